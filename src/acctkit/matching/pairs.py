"""Pairs of rows: what is surely one thing seen from two sides.

A pair is taken only when it is clearly the only good one. Whatever is tied, doubtful or nearly right
becomes a suggestion that says why. Three tiers, each working on what the one before left:

1. `reference`: both rows carry one reference and amount, and no other row does.
2. `amount`: no other row of that amount is near enough in time, on either side.
3. `name` and `date`: among rows of one amount, one pair that resembles in name where all others differ,
   or as many rows on either side, each with a partner clearly nearer in time than any other.

Amounts are signed minor units and are never compared by size alone. The answer does not depend on the
order of the input. Work is done within rows of one amount or one reference, never all against all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from acctkit.matching.likeness import (
    OTHER,
    SIMILAR,
    UNNAMED,
    Likeness,
    References,
    likeness,
    name_words,
    reference_key,
    references,
    series_of,
)

REFERENCE, AMOUNT, NAME, DATE = "reference", "amount", "name", "date"
TIERS = {REFERENCE: 1, AMOUNT: 2, NAME: 3, DATE: 3}
# A reference decides over half a year, which is as long as a cheque is good.
REFERENCE_DAYS = 200
# By so many working days one date must be nearer than another to count as clearly nearer.
CLEAR_DAYS = 4
# A name decides over so many working days.
NAME_DAYS = 5
# Of more equal rows than these, the nearest in time are listed.
MOST_LISTED = 12
# Of so many pairs a row is worth comparing names; of a reference, so many pairs at all.
MOST_NEAR = 40
MOST_PAIRS = 2500
# Whole pounds are often paid: an amount of them says less than one with odd pence.
ROUND_AMOUNT = 100
FRIDAY = 4
_ROUNDS = 4
_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line or entry: `id` is unique on its side, `amount` in signed minor units.

    `references` are numbers known to be such, a cheque's as `CHQ 100123`; others are read out of `text`.
    `name` is the other party where it is known, "" where it can only be in the text.
    """

    id: str
    date: date
    amount: int
    text: str = ""
    references: tuple[str, ...] = ()
    name: str = ""


class Group(NamedTuple):
    """Rows that belong together: ids of both sides, the amount they settle, how and why.

    `score` orders groups, higher is better. `why` says what speaks against taking a suggestion by itself,
    and is "" where the group was taken.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    amount: int
    tier: int
    method: str
    reasons: tuple[str, ...]
    score: int
    why: str = ""


class Result(NamedTuple):
    """What was taken, by date, and what is suggested, best first; no row of one is in the other."""

    matched: tuple[Group, ...]
    suggested: tuple[Group, ...]


def match(left: Sequence[Row], right: Sequence[Row], *, days_before: int = 10, days_after: int = 5) -> Result:
    """Pair the rows of two lists.

    A right row may be dated up to `days_before` days before its left row, to `days_after` after it; a limit
    that falls on a weekend moves outwards to the next weekday.
    """
    rows = _Rows(left, right, days_before, days_after)
    rows.take_references()
    for amount in sorted(rows.amounts()):
        _Block(rows, amount).solve()
    rows.suggest_other_amounts()
    return rows.result()


class _Side:
    """One list, its rows by date and id, and what each is known by."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.date, row.amount, row.id))
        self.is_open = [True] * len(self.rows)
        self.of_amount: dict[int, list[int]] = defaultdict(list)
        for index, row in enumerate(self.rows):
            self.of_amount[row.amount].append(index)
        self.marks: list[References] = []
        self._words: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def words(self, index: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words of a row's name, and of its text; computed where they are needed."""
        if index not in self._words:
            row = self.rows[index]
            self._words[index] = name_words(row.name), name_words(row.text)
        return self._words[index]


class _Pair(NamedTuple):
    left: int
    right: int


class _Rows:
    """Both lists, what has been taken and what is suggested so far."""

    def __init__(self, left: Sequence[Row], right: Sequence[Row], days_before: int, days_after: int) -> None:
        self.left, self.right = _Side(left), _Side(right)
        self.days_before, self.days_after = days_before, days_after
        sides = (self.left, self.right)
        series = series_of(reference_key(text) for s in sides for row in s.rows for text in row.references)
        for side in sides:
            side.marks = [references(row.references, row.text, series) for row in side.rows]
        self.matched: dict[_Pair, Group] = {}
        self.suggested: dict[_Pair, Group] = {}
        self.has_suggestion: set[int] = set()  # rows on the left

    # References.

    @cached_property
    def carriers(self) -> dict[str, tuple[list[int], list[int]]]:
        """The rows that carry each reference that is stated somewhere, on the left and on the right."""
        sides = (self.left, self.right)
        stated = {key for side in sides for marks in side.marks for key in marks.stated}
        found: dict[str, tuple[list[int], list[int]]] = {}
        for number, side in enumerate(sides):
            for index, marks in enumerate(side.marks):
                for key in marks.found & stated:
                    found.setdefault(key, ([], []))[number].append(index)
        return found

    def take_references(self) -> None:
        """Take pairs that alone carry one reference and amount; suggest the others that share one."""
        alone: dict[_Pair, set[str]] = {}
        shared: dict[_Pair, set[str]] = {}
        for key, (lefts, rights) in self.carriers.items():
            blocks: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
            for index in lefts:
                blocks[self.left.rows[index].amount][0].append(index)
            for index in rights:
                blocks[self.right.rows[index].amount][1].append(index)
            for ours, theirs in blocks.values():
                is_alone = len(ours) == len(theirs) == 1
                if len(ours) * len(theirs) > MOST_PAIRS:
                    continue
                for pair in _pairs(ours, theirs):
                    if self._states(pair, key):
                        (alone if is_alone else shared).setdefault(pair, set()).add(key)
        partners = _partner_counts(alone)
        for pair in sorted(alone):
            why = self.conflict(pair)
            if max(partners[0][pair.left], partners[1][pair.right]) > 1:
                why = why or "its references lead to several rows"
            if self.days(pair) > REFERENCE_DAYS:
                why = why or "the dates are too far apart"
            self._put(pair, REFERENCE, why)
        for pair in sorted(shared.keys() - alone.keys()):
            if self._is_open(pair):
                self._put(pair, REFERENCE, "more than one row has this reference and amount")

    def _states(self, pair: _Pair, key: str) -> bool:
        return key in self.left.marks[pair.left].stated or key in self.right.marks[pair.right].stated

    def conflict(self, pair: _Pair) -> str:
        """Numbers of one series that differ, as a sentence; "" where none do."""
        left, right = self.left.marks[pair.left], self.right.marks[pair.right]
        for series in sorted(left.firm.keys() & right.firm.keys()):
            ours, theirs = left.firm[series], right.firm[series]
            if not ours & theirs and (ours | theirs) & (left.stated | right.stated):
                return f"the numbers differ: {_shown(ours)} and {_shown(theirs)}"
        return ""

    def leads_elsewhere(self, pair: _Pair) -> str:
        """Why a pair's references belong to other rows, "" where they do not."""
        left, right = self.left.marks[pair.left].found, self.right.marks[pair.right].found
        for key in sorted(left ^ right):
            lefts, rights = self.carriers.get(key, ([], []))
            if rights and key in left and any(key in self.right.marks[index].stated for index in rights):
                return f"{_shown({key})} stands on another row"
            if lefts and key in right and any(key in self.left.marks[index].stated for index in lefts):
                return f"{_shown({key})} stands on another row"
        return ""

    # Names.

    def likeness(self, pair: _Pair) -> Likeness:
        """Whether the right row's name is in the left row's name or text."""
        left_name, left_text = self.left.words(pair.left)
        right_name, right_text = self.right.words(pair.right)
        return likeness((*left_name, *left_text), right_name, right_text)

    @cached_property
    def _parties(self) -> dict[str, set[tuple[str, ...]]]:
        """Every name on the right, by its first word."""
        parties: dict[str, set[tuple[str, ...]]] = {}
        for index, row in enumerate(self.right.rows):
            if row.name and (words := self.right.words(index)[0]):
                parties.setdefault(words[0], set()).add(words)
        return parties

    def is_telling(self, amount: int) -> bool:
        """Whether an amount is so particular that it hardly comes twice: not round, and once on each side."""
        counts = len(self.left.of_amount[amount]), len(self.right.of_amount[amount])
        return amount % ROUND_AMOUNT != 0 and counts == (1, 1)

    def misnamed(self, pair: _Pair) -> str:
        """Why the left row names somebody else than the right row, "" where it does not.

        Money also comes by way of others, a card company or a bank, so an amount that hardly comes twice outweighs
        the name; a round one, or one that occurs again, does not.
        """
        if self.is_telling(self.left.rows[pair.left].amount):
            return ""
        judged = self.likeness(pair)
        name, text = self.left.words(pair.left)
        if judged == SIMILAR or not self.right.words(pair.right)[0]:
            return ""
        if judged == OTHER:
            return "the names differ"
        words = (*name, *text)
        for start, word in enumerate(words):
            for party in self._parties.get(word, ()):
                if words[start : start + len(party)] == party:
                    return f"the text names {' '.join(party).title()}"
        return ""

    # Dates.

    def window(self, day: date) -> tuple[date, date]:
        """The first and last day on which a right row may stand for a left row of that day."""
        first = date.fromordinal(max(day.toordinal() - self.days_before, 3))
        last = date.fromordinal(min(day.toordinal() + self.days_after, date.max.toordinal() - 2))
        first -= timedelta(max(0, first.weekday() - FRIDAY))
        return first, last + timedelta(7 - last.weekday() if last.weekday() > FRIDAY else 0)

    def days(self, pair: _Pair) -> int:
        """How many days a pair's dates are apart."""
        return abs((self.left.rows[pair.left].date - self.right.rows[pair.right].date).days)

    def distance(self, pair: _Pair) -> int:
        """How unlikely a pair's dates are: working days from right to left, double where it is the later."""
        right, left = self.right.rows[pair.right].date, self.left.rows[pair.left].date
        return _working_days(right, left) if right <= left else 2 * _working_days(left, right)

    # Groups.

    def amounts(self) -> set[int]:
        """The amounts that rows of both sides have."""
        return (self.left.of_amount.keys() & self.right.of_amount.keys()) - {0}

    def _is_open(self, pair: _Pair) -> bool:
        return self.left.is_open[pair.left] and self.right.is_open[pair.right]

    def _put(self, pair: _Pair, method: str, why: str) -> None:
        if why:
            self.suggest(pair, method, why)
        else:
            self.take(pair, method)

    def take(self, pair: _Pair, method: str) -> None:
        """Match a pair; its rows are no candidates any more."""
        self.matched[pair] = self._group(pair, method, "")
        self.left.is_open[pair.left] = self.right.is_open[pair.right] = False

    def suggest(self, pair: _Pair, method: str, why: str) -> None:
        """Suggest a pair, unless it is suggested already."""
        if pair not in self.suggested:
            self.suggested[pair] = self._group(pair, method, why)
            self.has_suggestion.add(pair.left)

    def _group(self, pair: _Pair, method: str, why: str) -> Group:
        left, right = self.left.rows[pair.left], self.right.rows[pair.right]
        is_equal = left.amount == right.amount
        reasons, score = (["same amount"] if is_equal else []), 50 * is_equal
        if common := self._common(pair):
            reasons.append(f"reference {_shown(common)}")
            score += 40
        elif self.conflict(pair):
            score -= 40
        judged = self.likeness(pair)
        if judged == SIMILAR:
            reasons.append(f"names {right.name}")
        score += {SIMILAR: 20, OTHER: -20}.get(judged, 0)
        days = self.days(pair)
        reasons.append("same day" if days == 0 else "1 day apart" if days == 1 else f"{days} days apart")
        score -= min(self.distance(pair), 30)
        amount = left.amount if abs(left.amount) <= abs(right.amount) else right.amount
        return Group((left.id,), (right.id,), amount, TIERS[method], method, tuple(reasons), score, why)

    def _common(self, pair: _Pair) -> set[str]:
        left, right = self.left.marks[pair.left], self.right.marks[pair.right]
        return {key for key in left.found & right.found if self._states(pair, key)}

    def suggest_other_amounts(self) -> None:
        """Suggest pairs with one reference whose amounts have one sign but differ: parts, fees, discounts."""
        for lefts, rights in self.carriers.values():
            ours = [index for index in lefts if self.left.is_open[index]]
            theirs = [index for index in rights if self.right.is_open[index]]
            if len(ours) > MOST_LISTED or len(theirs) > MOST_LISTED:
                continue
            for pair in _pairs(ours, theirs):
                amounts = self.left.rows[pair.left].amount, self.right.rows[pair.right].amount
                if amounts[0] != amounts[1] and amounts[0] * amounts[1] > 0 and self._common(pair):
                    self.suggest(pair, REFERENCE, "the amounts differ")

    def result(self) -> Result:
        """What was taken, and the suggestions that are left."""
        suggested = [group for pair, group in self.suggested.items() if self._is_open(pair)]
        days = {row.id: row.date for row in self.left.rows}
        suggested.sort(key=lambda group: (-group.score, days[group.left[0]], group.left, group.right))
        return Result(tuple(group for _, group in sorted(self.matched.items())), tuple(suggested))


@dataclass(frozen=True)
class _Part:
    """Rows of one amount that hang together by their dates: indices of both sides, in order of date.

    `near` are, for each left row, the positions in `block` of the right rows within its window.
    """

    left: list[int]
    right: list[int]
    near: list[range]
    block: list[int]

    @cached_property
    def is_crowded(self) -> bool:
        """Whether there are too many pairs to look at each."""
        return sum(map(len, self.near)) > MOST_NEAR * len(self.left)

    def pairs(self) -> Iterator[_Pair]:
        """Every pair near in time."""
        return (_Pair(index, self.block[at]) for index, near in zip(self.left, self.near, strict=True) for at in near)


class _Block:
    """The open rows of one amount."""

    def __init__(self, rows: _Rows, amount: int) -> None:
        self.rows = rows
        self.left = [index for index in rows.left.of_amount[amount] if rows.left.is_open[index]]
        self.right = [index for index in rows.right.of_amount[amount] if rows.right.is_open[index]]

    def solve(self) -> None:
        """Take what is sure, round by round, and suggest the rest."""
        for _ in range(_ROUNDS):
            if not self._round():
                break
        for part in self._parts():
            self._suggest(part)
        self._suggest_far()

    def _round(self) -> bool:
        """Take the sure pairs of all parts at once; True where there were any."""
        sure: dict[_Pair, str] = {}
        for part in self._parts():
            if len(part.left) == len(part.right) == 1:
                pair = _Pair(part.left[0], part.right[0])
                if not self._doubt(pair):
                    sure[pair] = AMOUNT
            elif not part.is_crowded:
                sure |= self._by_name(part) or self._by_date(part)
        lefts, rights = {pair.left for pair in sure}, {pair.right for pair in sure}
        kept = {
            pair: method for pair, method in sure.items() if method != AMOUNT or not self._has_twin(pair, lefts, rights)
        }
        for pair, method in kept.items():
            self.rows.take(pair, method)
        self.left = [index for index in self.left if self.rows.left.is_open[index]]
        self.right = [index for index in self.right if self.rows.right.is_open[index]]
        return bool(kept)

    def _doubt(self, pair: _Pair) -> str:
        rows = self.rows
        return rows.conflict(pair) or rows.leads_elsewhere(pair) or rows.misnamed(pair)

    def _has_twin(self, pair: _Pair, lefts: set[int], rights: set[int]) -> bool:
        """Whether a row just outside the window, not explained by those given, could as well be the one."""
        rivals = [_Pair(pair.left, index) for index in _around(pair.right, self.right) if index not in rights]
        rivals += [_Pair(index, pair.right) for index in _around(pair.left, self.left) if index not in lefts]
        limit = self.rows.distance(pair) + CLEAR_DAYS
        return any(self.rows.distance(rival) < limit for rival in rivals)

    def _by_name(self, part: _Part) -> dict[_Pair, str]:
        """Pairs that alone resemble; where the sides are unequal, every rival must bear another name."""
        judged = {pair: self.rows.likeness(pair) for pair in part.pairs()}
        is_balanced = len(part.left) == len(part.right)
        of_left: dict[int, list[Likeness]] = defaultdict(list)
        of_right: dict[int, list[Likeness]] = defaultdict(list)
        for pair, state in judged.items():
            of_left[pair.left].append(state)
            of_right[pair.right].append(state)
        sure = {}
        for pair, state in judged.items():
            if state == SIMILAR and self.rows.distance(pair) <= NAME_DAYS and not self._doubt(pair):
                rivals = [*of_left[pair.left], *of_right[pair.right]]
                rivals.remove(SIMILAR)
                rivals.remove(SIMILAR)
                if SIMILAR not in rivals and (is_balanced or UNNAMED not in rivals):
                    sure[pair] = NAME
        return sure

    def _by_date(self, part: _Part) -> dict[_Pair, str]:
        """Each row with a partner clearly nearer than any other; nothing unless that holds of all."""
        if len(part.left) != len(part.right):
            return {}
        sure = {}
        last = len(part.left) - 1
        for at, pair in enumerate(map(_Pair, part.left, part.right)):
            own = self.rows.distance(pair)
            # Both are in order of date, so no other row is nearer than these.
            beside = [other for other in (at - 1, at + 1) if 0 <= other <= last]
            rivals = [_Pair(pair.left, part.right[other]) for other in beside]
            rivals += [_Pair(part.left[other], pair.right) for other in beside]
            if own >= CLEAR_DAYS or self._doubt(pair):
                return {}
            if any(self.rows.distance(rival) < own + CLEAR_DAYS for rival in rivals):
                return {}
            sure[pair] = DATE
        return sure

    def _parts(self) -> list[_Part]:
        """The rows grouped so that no row of one part has a row of another within its window."""
        days = [self.rows.right.rows[index].date for index in self.right]
        parts: list[_Part] = []
        reached = 0
        for index in self.left:
            first, last = self.rows.window(self.rows.left.rows[index].date)
            low, high = bisect_left(days, first), bisect_right(days, last)
            if low >= high:
                continue
            if low >= reached:
                parts.append(_Part([], [], [], self.right))
                reached = low
            parts[-1].left.append(index)
            parts[-1].right.extend(self.right[reached:high])
            parts[-1].near.append(range(low, high))
            reached = max(reached, high)
        return parts

    # Suggestions.

    def _suggest(self, part: _Part) -> None:
        counts = len(part.left), len(part.right)
        if counts == (1, 1):
            pair = _Pair(part.left[0], part.right[0])
            self.rows.suggest(pair, AMOUNT, self._doubt(pair) or "another row of this amount is as near in time")
            return
        why = f"{counts[0]} against {counts[1]} rows of this amount, and nothing tells them apart"
        for index, near in zip(part.left, part.near, strict=True):
            others = self._nearest(index, part.right) if part.is_crowded else [self.right[at] for at in near]
            listed = sorted((_Pair(index, other) for other in others), key=lambda pair: (-self._rank(pair), pair))
            for pair in listed[:MOST_LISTED]:
                self.rows.suggest(pair, AMOUNT, self.rows.conflict(pair) or why)

    def _rank(self, pair: _Pair) -> int:
        return {SIMILAR: 20, OTHER: -20}.get(self.rows.likeness(pair), 0) - self.rows.distance(pair)

    def _nearest(self, index: int, indices: list[int]) -> list[int]:
        """Those of the right rows, in order of date, that stand around a left row's day."""
        day = self.rows.left.rows[index].date
        at = bisect_left(indices, day, key=lambda other: self.rows.right.rows[other].date)
        half = MOST_LISTED // 2
        return indices[max(0, at - half) : at + half]

    def _suggest_far(self) -> None:
        """For rows without any candidate, those of the same amount that are too far off in time."""
        for index in self.left:
            if index in self.rows.has_suggestion or not self.right:
                continue
            for other in self._nearest(index, self.right)[:MOST_LISTED]:
                pair = _Pair(index, other)
                if self.rows.days(pair) <= REFERENCE_DAYS:
                    why = self.rows.conflict(pair) or "the dates are too far apart"
                    self.rows.suggest(pair, AMOUNT, why)


def _pairs(left: Iterable[int], right: Sequence[int]) -> Iterator[_Pair]:
    return (_Pair(ours, theirs) for ours in left for theirs in right)


def _around(index: int, indices: Sequence[int]) -> Sequence[int]:
    """A row and its neighbours in time; rows are in order of date, and so are their indices."""
    at = bisect_left(indices, index)
    return indices[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1]


def _partner_counts(pairs: Iterable[_Pair]) -> tuple[dict[int, int], dict[int, int]]:
    """How many pairs each left and each right row is in."""
    left: dict[int, int] = defaultdict(int)
    right: dict[int, int] = defaultdict(int)
    for pair in pairs:
        left[pair.left] += 1
        right[pair.right] += 1
    return left, right


def _working_days(first: date, last: date) -> int:
    """Weekdays after the first day, up to and with the last."""
    weeks, rest = divmod((last - first).days, 7)
    return weeks * 5 + sum((first + timedelta(step)).weekday() <= FRIDAY for step in range(1, rest + 1))


def _shown(keys: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(key.replace("#", "no. ") for key in keys))
