"""How much speaks for a pair of rows: amount, date, name, reference and number, each in points.

Ten points are a factor of e in likelihood, against the case that both rows stand alone and agree by accident. What
forbids to take a pair unasked, whatever its points, is a doubt.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from math import log
from typing import NamedTuple

from acctkit.matching.lags import Habit, period
from acctkit.matching.likeness import (
    CHEQUE_SERIES,
    NEUTRAL,
    OTHER,
    SIMILAR,
    UNNAMED,
    Likeness,
    is_of_bank,
    likeness,
    resemblance,
)
from acctkit.matching.rows import LATE_DAYS, Pair, Row
from acctkit.matching.sides import Sides

# A reference decides over half a year, which is as long as a cheque is good.
REFERENCE_DAYS = 200

# Of so few points for its dates, a pair is as late or as early as none that is beyond doubt.
NEVER = -35

_TEN = 10
# The share of rows that stand alone, in percent: at least and at most, however few or many seem to.
_LEAST_ALONE, _MOST_ALONE = 2, 40
# Few stand alone below this share, in percent, as those of sums and of differing amounts also seem to.
_FEW_ALONE = 23
# How often an amount would come again in 20,000 rows: a round one more than one with odd pence.
_ROUND = (10000, 1000, 500, 100, 50, 10, 1)
_COMMON = (120, 50, 30, 12, 4, 2, 1)
_SAMPLE, _MILLIARD = 20000, 10**9
# What is usual counts as much as so many rows.
_USUAL = 50
# Names.
_LEAST_NAME, _MOST_NAME = 5, 45
_OTHER = -35
_ELSEWHERE = -45
_NEUTRAL = -12
_STRONG = 90
# In so many pairs that are the only ones of their amount, texts must have shown names to be taken for them.
_LEAST_TOLD = 20
# References and numbers.
_REFERENCE, _SHARED_REFERENCE = 70, 35
_CONFLICT, _LEADS_ELSEWHERE = -60, -25
_MOST_NUMBER = 45
_NO_NUMBER = -25
_SAYS_NUMBER = 30
_SAYING = 50
_LEAST_DIGITS = 4
# From so many working days on, a payment that recurs may be the one before.
_OFF_BY_ONE = 5
_MOST_ALIKE = 30


class Evidence(NamedTuple):
    """What speaks for a pair, in points, and against taking it unasked, in words."""

    points: int
    judged: Likeness
    is_referenced: bool
    doubt: str


class Judge:
    """Weighs pairs of the two lists."""

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self._amounts: dict[int, int] = {}
        self._regular: dict[tuple[int, tuple[str, ...]], tuple[list[int], int]] = {}
        self._borne: dict[tuple[str, ...], int] = {}

    def weigh(self, pair: Pair) -> Evidence:
        """All that speaks for and against a pair of one amount."""
        common = self.sides.common(pair)
        doubt = self.conflict(pair)
        is_misquoted = not common and self._is_misquoted(pair)
        if is_misquoted:
            doubt = ""
        points = self.amount(self.sides.left.rows[pair.left].amount) + self.date(pair)
        judged, for_name = self.name(pair)
        points += for_name
        points += self.reference(pair, common, doubt)
        if not doubt and not common:
            doubt = self.leads_elsewhere(pair) or ("" if is_misquoted else self.near_miss(pair))
            points += _LEADS_ELSEWHERE * bool(doubt)
        if not doubt and not common:
            is_other = judged == OTHER and not self.is_telling(self.sides.left.rows[pair.left].amount)
            doubt = self.says_who(pair) if is_other else ""
        return Evidence(points, judged, bool(common), doubt)

    # Amounts.

    def amount(self, minor: int) -> int:
        """How telling it is that two rows have this amount."""
        if minor not in self._amounts:
            sides = self.sides
            rows = len(sides.left.rows) + len(sides.right.rows)
            again = len(sides.left.of_amount.get(minor, ())) + len(sides.right.of_amount.get(minor, ())) - 2
            share = (max(again, 0) + 1 / 100) / rows + self._shares[_sort_of(minor)] / _MILLIARD
            days = sides.days_before + sides.days_after + 2
            near = max(1, len(sides.right.rows) * min(days, sides.right.span) // sides.right.span)
            self._amounts[minor] = round(-_TEN * log(share * near * self._alone / 10000))
        return self._amounts[minor]

    @cached_property
    def _shares(self) -> list[int]:
        """How many rows in a milliard have an amount by chance, by how round it is: as usual, and as entries show.

        Two entries of one amount and of different names have it by chance.
        """
        side = self.sides.right
        pairs, numbers = [0] * len(_COMMON), [0] * len(_COMMON)
        for minor, rows in side.of_amount.items():
            sort = _sort_of(minor)
            numbers[sort] += len(rows)
            if len(rows) > 1:
                names = Counter(side.words(index)[0] for index in rows)
                pairs[sort] += len(rows) * len(rows) - sum(count * count for count in names.values())
        usual = [often * _MILLIARD // _SAMPLE for often in _COMMON]
        seen = [pair * _MILLIARD // (len(side.rows) + 1) for pair in pairs]
        return [
            (found + _USUAL * often) // (number + _USUAL)
            for found, number, often in zip(seen, numbers, usual, strict=True)
        ]

    @cached_property
    def _alone(self) -> int:
        """How many in 10,000 are the chance that both rows of a pair stand alone: that of the left by the right's."""
        sides = self.sides
        lefts = sum(not self._has_equal(index) for index in range(len(sides.left.rows)))
        rights = sum(row.amount not in sides.left.of_amount for row in sides.right.rows)
        shares = (100 * (lefts + 2) // (len(sides.left.rows) + 20), 100 * (rights + 2) // (len(sides.right.rows) + 20))
        left, right = (max(_LEAST_ALONE, min(_MOST_ALONE, share)) for share in shares)
        return left * right

    @property
    def is_complete(self) -> bool:
        """Whether few rows of either list seem to be without a partner."""
        return self._alone <= _FEW_ALONE * _FEW_ALONE

    def _has_equal(self, left: int) -> bool:
        """Whether any right row has a left row's amount, and is near enough in time."""
        row = self.sides.left.rows[left]
        return bool(
            self.sides.right.between(self.sides.right.of_amount.get(row.amount, ()), *self.sides.window(row.date))
        )

    def is_telling(self, minor: int) -> bool:
        """Whether an amount is so particular that it hardly comes twice: not round, and once on each side."""
        counts = len(self.sides.left.of_amount.get(minor, ())), len(self.sides.right.of_amount.get(minor, ()))
        return minor % _ROUND[3] != 0 and max(counts) <= 1

    # Dates.

    def date(self, pair: Pair) -> int:
        """How likely a pair's dates are."""
        habit, sides = self._habits[self._sort(pair)], self.sides
        points = habit.points(sides.distance(pair))
        if missing := self._missing(pair):
            line = sides.left.days[pair.left]
            points -= max(0, max(habit.points(sides.working.distance(day, line)) for day in missing) - points)
        return points

    def _missing(self, pair: Pair) -> list[int]:
        """The days near a pair on which its party's entry of this amount, which comes regularly, is missing."""
        key = self.sides.right.rows[pair.right].amount, self.sides.right.words(pair.right)[0]
        if key not in self._regular:
            days = [self.sides.right.days[index] for index in self._of_party(*key)] if key[1] else []
            self._regular[key] = days, period(days)
        days, step = self._regular[key]
        entry = self.sides.right.days[pair.right]
        turns = [entry + turn * step for turn in (-2, -1, 1, 2)] if step else []
        return [day for day in turns if not any(day - 1 <= other <= day + 1 for other in days)]

    def _of_party(self, amount: int, name: tuple[str, ...]) -> list[int]:
        """The right rows of one amount whose name is one, or nearly."""
        side = self.sides.right
        rows = side.of_amount[amount]
        return [index for index in rows if resemblance(side.words(index)[0], name) >= _STRONG]

    def _sort(self, pair: Pair) -> str:
        """Cheques are late, and money in and out each have their habit."""
        if CHEQUE_SERIES in self.sides.left.marks[pair.left].firm or self._is_cheque(pair.right):
            return "cheque"
        return "in" if self.sides.left.rows[pair.left].amount > 0 else "out"

    @cached_property
    def _habits(self) -> dict[str, Habit]:
        """How far apart the dates are of those pairs that are the only ones of their amount, and named alike."""
        sides = self.sides
        seen: dict[str, Counter[int]] = {"cheque": Counter(), "in": Counter(), "out": Counter()}
        for pair in sides.only:
            if sides.common(pair) or self.likeness(pair) == SIMILAR:
                seen[self._sort(pair)][sides.distance(pair)] += 1
        return {sort: Habit(counts, is_cheque=sort == "cheque") for sort, counts in seen.items()}

    def is_in_window(self, pair: Pair) -> bool:
        """Whether a pair's dates are near enough."""
        first, last = self.sides.window(self.sides.left.rows[pair.left].date)
        return first <= self.sides.right.days[pair.right] <= last

    def is_late(self, pair: Pair) -> bool:
        """Whether the left row is some weeks late, and still names the right one's party or number."""
        days = self.sides.left.days[pair.left] - self.sides.right.days[pair.right]
        is_telling = self.is_telling(self.sides.left.rows[pair.left].amount)
        is_possible = 0 <= days <= LATE_DAYS and (is_telling or self.date(pair) > NEVER)
        return is_possible and (self.likeness(pair) == SIMILAR or self.number(pair) >= _SAYS_NUMBER)

    def _is_cheque(self, right: int) -> bool:
        return CHEQUE_SERIES in self.sides.right.marks[right].firm

    # Names.

    def likeness(self, pair: Pair) -> Likeness:
        """Whether the right row's name is in the left row's name or text."""
        left_name, left_text = self.sides.left.words(pair.left)
        right_name, right_text = self.sides.right.words(pair.right)
        judged = likeness((*left_name, *left_text), right_name, right_text)
        is_told = self.sides.right.rows[pair.right].name or self._texts_are_names
        return judged if judged == SIMILAR or is_told else UNNAMED

    @cached_property
    def _texts_are_names(self) -> bool:
        """Whether the texts of entries without names show parties: else a text speaks for a pair, never against it."""
        sides = self.sides
        counts: Counter[bool] = Counter()
        for pair in sides.only:
            words = (*sides.left.words(pair.left)[0], *sides.left.words(pair.left)[1])
            text = sides.right.words(pair.right)[0]
            if words and text and not sides.right.rows[pair.right].name:
                counts[likeness(words, text) == SIMILAR] += 1
        return counts[True] >= max(_LEAST_TOLD, 2 * counts[False])

    def name(self, pair: Pair) -> tuple[Likeness, int]:
        """What the names say, in a word and in points."""
        judged = self.likeness(pair)
        if judged == UNNAMED:
            is_told = self.sides.right.rows[pair.right].name or self._texts_are_names
            is_banks = (
                is_told and self.sides.right.words(pair.right)[0] and is_of_bank(self.sides.left.rows[pair.left].text)
            )
            return judged, _NEUTRAL - _TEN if is_banks else 0
        left_name, left_text = self.sides.left.words(pair.left)
        right_name, _ = self.sides.right.words(pair.right)
        words = (*left_name, *left_text)
        sure = resemblance(words, right_name) if right_name else 0
        if judged == SIMILAR:
            share = (self._bearers(right_name) + 1) / (len(self.sides.right.rows) + 1)
            points = max(_LEAST_NAME, min(_MOST_NAME, round(-_TEN * log(share))))
            if sure >= _STRONG:
                return judged, points
            return (NEUTRAL, 0) if self._another(words, right_name, sure) else (judged, points * 3 // 5)
        if judged == OTHER or self._another(words, right_name, sure):
            return OTHER, _ELSEWHERE if self._another(words, right_name, sure) else _OTHER
        return judged, _NEUTRAL

    def _bearers(self, name: tuple[str, ...]) -> int:
        """How many rows on the right bear a name, or one that differs from it by typing."""
        if name not in self._borne:
            others = self.sides.likely(name)
            counts = [self.sides.named[other] for other, sure in others.items() if sure >= _STRONG]
            self._borne[name] = max(sum(counts), self.sides.named[name])
        return self._borne[name]

    def _another(self, words: tuple[str, ...], own: tuple[str, ...], sure: int) -> tuple[str, ...]:
        """A name on the right that the words show clearly better than the one given, () where none."""
        least = max(_STRONG, sure + _TEN)
        better = [(-other, name) for name, other in self.sides.likely(words).items() if name != own and other >= least]
        return min(better)[1] if better else ()

    def says_who(self, pair: Pair) -> str:
        """Why the left row names somebody else than the right row, in words."""
        if self.likeness(pair) == OTHER:
            return "the names differ"
        left_name, left_text = self.sides.left.words(pair.left)
        other = self._another((*left_name, *left_text), self.sides.right.words(pair.right)[0], 0)
        return f"the text names {' '.join(other).title()}" if other else "the names differ"

    # References and numbers.

    def reference(self, pair: Pair, common: set[str], conflict: str) -> int:
        """What references and loose numbers say."""
        if common:
            carried = min(max(map(len, self.sides.carriers[key])) for key in common)
            return _REFERENCE if carried == 1 else _SHARED_REFERENCE
        return (_CONFLICT if conflict else 0) + self.number(pair) + self._cheques(pair)

    def number(self, pair: Pair) -> int:
        """What a run of digits says that both rows have: the more, the longer and rarer it is."""
        shared = self.sides.left.numbers[pair.left] & self.sides.right.numbers[pair.right]
        if not shared:
            return 0
        counts = self.sides.number_counts
        most = 0
        for run in shared:
            often = max(counts[0][run], counts[1][run])
            share = often / (len(self.sides.right.rows) + 1) + len(self.sides.left.rows) / 10 ** len(run) / _TEN
            most = max(most, round(-_TEN * log(share)))
        return min(_MOST_NUMBER, most * 4 // 5)

    @cached_property
    def _cheques_are_shown(self) -> bool:
        """Whether the bank shows most cheque numbers that the books have."""
        counts: Counter[bool] = Counter()
        for marks in self.sides.right.marks:
            for key in marks.firm.get(CHEQUE_SERIES, ()):
                counts[bool(self.sides.carriers.get(key, ([], []))[0])] += 1
        return counts[True] > counts[False]

    def _cheques(self, pair: Pair) -> int:
        """A cheque number on one side only speaks against a pair where both sides use them."""
        left = CHEQUE_SERIES in self.sides.left.marks[pair.left].firm
        return _NO_NUMBER if left != self._is_cheque(pair.right) and self._cheques_are_shown else 0

    def conflict(self, pair: Pair) -> str:
        """Numbers of one series that differ, as a sentence; "" where none do."""
        left, right = self.sides.left.marks[pair.left], self.sides.right.marks[pair.right]
        for series in sorted(left.firm.keys() & right.firm.keys()):
            ours, theirs = left.firm[series], right.firm[series]
            if not ours & theirs and (ours | theirs) & (left.stated | right.stated):
                return f"the numbers differ: {shown(ours)} and {shown(theirs)}"
        return ""

    def leads_elsewhere(self, pair: Pair) -> str:
        """Why a pair's references belong to other rows, "" where they do not."""
        left, right = self.sides.left.marks[pair.left].found, self.sides.right.marks[pair.right].found
        for key in sorted(left ^ right):
            lefts, rights = self.sides.carriers.get(key, ([], []))
            if rights and key in left and any(key in self.sides.right.marks[index].stated for index in rights):
                return f"{shown({key})} stands on another row"
            if lefts and key in right and any(key in self.sides.left.marks[index].stated for index in lefts):
                return f"{shown({key})} stands on another row"
        return ""

    def _is_misquoted(self, pair: Pair) -> bool:
        """Whether the payer got one digit of a number wrong: all else agrees, and nothing else has that number.

        The amount is a particular one, the name is that of the party, and the dates are as they mostly are.
        """
        left, right = self.sides.left.marks[pair.left], self.sides.right.marks[pair.right]
        if CHEQUE_SERIES in left.firm and CHEQUE_SERIES in right.firm:
            return False
        if not self.is_telling(self.sides.left.rows[pair.left].amount) or self.date(pair) < 0:
            return False
        ours, theirs = self.sides.left.numbers[pair.left], self.sides.right.numbers[pair.right]
        if not any(_differ_by_a_digit(one, other) for one in ours for other in theirs):
            return False
        words = (*self.sides.left.words(pair.left)[0], *self.sides.left.words(pair.left)[1])
        name = self.sides.right.words(pair.right)[0]
        return (
            bool(name)
            and resemblance(words, name) >= _STRONG
            and not any(self.sides.number_counts[1][one] for one in ours)
        )

    def near_miss(self, pair: Pair) -> str:
        """Numbers that differ in their last two digits, as a sentence: they number two things; "" where none do."""
        left, right = self.sides.left.numbers[pair.left], self.sides.right.numbers[pair.right]
        if left & right:
            return ""
        for ours in sorted(left):
            for theirs in sorted(right):
                if len(ours) == len(theirs) >= _LEAST_DIGITS and ours[:-2] == theirs[:-2]:
                    return f"the numbers differ: {ours} and {theirs}"
        return ""

    def recurs(self, pair: Pair) -> str:
        """Why a pair may be off by one in a row of equal payments, "" where its dates are near."""
        steps = self.sides.distance(pair)
        if 0 <= steps < _OFF_BY_ONE or -2 < steps < 0:
            return ""
        row = self.sides.right.rows[pair.right]
        name = self.sides.right.words(pair.right)[0]
        equal = self.sides.right.of_amount[row.amount]
        others = [index for index in equal if index != pair.right and self.sides.right.words(index)[0] == name]
        lefts = [index for index in self.sides.left.of_amount[row.amount] if index != pair.left]
        alike = [index for index in lefts[:_MOST_ALIKE] if self.likeness(Pair(index, pair.right)) == SIMILAR]
        many = len(others) + len(alike) >= 2 if name else len(equal) > 2
        return "it recurs, and the dates are not near enough to tell which one it is" if many else ""

    # In words.

    def reasons(self, pair: Pair, judged: Likeness) -> tuple[str, ...]:
        """What speaks for a pair, in words."""
        left, right = self.sides.left.rows[pair.left], self.sides.right.rows[pair.right]
        said = ["same amount"] if left.amount == right.amount else []
        if common := self.sides.common(pair):
            said.append(f"reference {shown(common)}")
        elif runs := self.sides.left.numbers[pair.left] & self.sides.right.numbers[pair.right]:
            said.append(f"number {', '.join(sorted(runs, key=lambda run: (-len(run), run))[:1])} in both")
        if judged == SIMILAR:
            said.append(f"names {name_of(right)}")
        said.append(days_apart(self.sides.days(pair)))
        return tuple(said)


def _sort_of(minor: int) -> int:
    """How round an amount is, the roundest first."""
    return next(sort for sort, unit in enumerate(_ROUND) if minor % unit == 0)


def _differ_by_a_digit(one: str, other: str) -> bool:
    """Whether two numbers of one length differ in one digit."""
    is_long = len(one) == len(other) >= _LEAST_DIGITS - 1
    return is_long and sum(ours != theirs for ours, theirs in zip(one, other, strict=True)) == 1


def name_of(row: Row) -> str:
    """The name of a row's party, or its text."""
    return row.name or row.text[:_SAYING]


def days_apart(days: int) -> str:
    """How far apart two days are, in words."""
    return "same day" if days == 0 else "1 day apart" if days == 1 else f"{days} days apart"


def shown(keys: set[str] | frozenset[str]) -> str:
    """Reference keys as a person reads them."""
    return ", ".join(sorted(key.replace("#", "no. ") for key in keys))
