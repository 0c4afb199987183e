"""One row that is several: deposits and batch payments, payments in parts, and several against several of one party.

A sum that agrees is not evidence by itself: what counts is how few sums chance would make of the rows there are, and
whether they are of one party or one day. Rows of one party come before rows of one day, and those before mixed ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from acctkit.matching.judge import Judge, days_apart, name_of
from acctkit.matching.likeness import CHEQUE_SERIES, is_of_bank, is_of_sums, resemblance
from acctkit.matching.rows import CLEAR, MANY, SPLIT, SUM, SURE, TIERS, Group, Pair
from acctkit.matching.sides import Side, Sides, Words
from acctkit.matching.sums import Pool, chance, largest

# How many rows a sum may have, and how many days its rows may lie before and after the one they make.
MOST_ROWS = 8
_PARTY_DAYS, _DAY_DAYS = 21, 8
# Rows of so many days together are tried, after those of one day.
_SPAN = 4
# So many pools are kept for the lines that follow.
_POOLS = 64
_SPLIT_DAYS = 21
_AFTER = 3
# A pool of more rows than this is not searched.
_MOST_POOL = 60
# So many ways to make an amount, and it is never taken unasked.
_MANY = 3
# Points: a sum is so much rarer than one against one; a party's name; another's; a sum is named as one.
_RARER = -12
_NAMED, _OTHER = 20, -35
_SAID = 15
# Cheques are presented one by one.
_CHEQUE = 25
_LEAST = 5
_LEAST_MARGIN = -10
_ONE_DAY = 5
_OFFERED = 3


class Found(NamedTuple):
    """Rows that make a sum, with what speaks for them."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    method: str
    points: int
    ways: int
    is_sure: bool
    said: tuple[str, ...]


class Sums:
    """Looks for sums among the open rows."""

    def __init__(self, sides: Sides, judge: Judge) -> None:
        self.sides, self.judge = sides, judge
        self.found: list[Found] = []
        self._pools: dict[tuple[int, ...], Pool] = {}

    def look(self, left: int) -> None:
        """Look for entries that a left row may be the sum of."""
        if self.sides.left.is_open[left] and not is_of_bank(self.sides.left.rows[left].text):
            self._deposit(left)

    def take(self) -> tuple[list[Group], list[Group]]:
        """What is clearly the best, which is taken, and what is to be suggested."""
        for index in _open(self.sides.right):
            self._parts(index)
        self._several()
        best = sorted(self.found, key=lambda one: (-one.points, one.left, one.right))
        rivals: dict[tuple[int, int], list[Found]] = defaultdict(list)
        for one in best:
            for key in _keys(one):
                rivals[key].append(one)
        taken, offered = [], []
        gone: set[tuple[int, int]] = set()
        for one in best:
            keys = _keys(one)
            if gone & keys:
                continue
            others = [other for key in keys for other in rivals[key] if other is not one and not gone & _keys(other)]
            rival = max(others, key=lambda other: other.points, default=None)
            margin = min(SURE, one.points - (rival.points if rival else 0))
            why = self._why(one, margin)
            if why:
                if rival is None or rival.left == one.left or margin >= _LEAST_MARGIN:
                    offered.append(self._group(one, why, max(margin, 0)))
            else:
                taken.append(self._group(one, "", margin))
                gone |= keys
                self.sides.take(one.left, one.right)
        return taken, offered

    def _why(self, one: Found, margin: int) -> str:
        if not one.is_sure:
            return f"{one.ways} ways or more make this amount"
        if self._has_twin(one):
            return "another row of one of these amounts could be in its place"
        if margin < CLEAR:
            return "another sum is nearly as good" if one.points >= CLEAR else "the sum may be an accident"
        return ""

    # One line of several entries.

    def _deposit(self, index: int) -> None:
        """Entries that a line may be the sum of."""
        sides = self.sides
        day, minor = sides.left.days[index], sides.left.rows[index].amount
        words = _words_of(sides.left, index)
        near = self._pool(sides.right, minor, day - _PARTY_DAYS, day + 1)
        by_party: dict[Words, list[int]] = defaultdict(list)
        by_day: dict[int, list[int]] = defaultdict(list)
        for row in near:
            by_party[sides.right.words(row)[0]].append(row)
            if sides.right.days[row] >= day - _DAY_DAYS:
                by_day[sides.right.days[row]].append(row)
        shown = {name: resemblance(words, name) for name in by_party if name}
        best = max(shown.values(), default=0)
        for name in sorted(by_party):
            if name and (not words or shown[name]) and shown[name] >= best - 10:
                said = (f"all of {name_of(sides.right.rows[by_party[name][0]])}",)
                named = _NAMED if shown[name] else 0
                self._search(index, by_party[name], named, said)
        is_sum = is_of_sums(sides.left.rows[index].text)
        against = _OTHER if len("".join(words)) >= _LEAST and not is_sum else 0
        against = 2 * _OTHER if best else against + _SAID * is_sum
        for when in sorted(by_day):
            self._search(index, by_day[when], against + _ONE_DAY, ("all of one day",))
            together = [row for row in near if when - _SPAN < sides.right.days[row] <= when]
            if len(together) > len(by_day[when]):
                self._search(index, together, against, (f"all within {_SPAN} days",))

    def _pool(self, side: Side, minor: int, first: int, last: int) -> list[int]:
        """Open rows within some days that may be part of an amount."""
        rows = side.rows
        return [
            row
            for row in side.between(range(len(rows)), first, last)
            if side.is_open[row] and rows[row].amount * minor > 0
        ]

    def _search(self, index: int, pool: Sequence[int], points: int, said: tuple[str, ...]) -> None:
        """Look for rows of a pool that make a line's amount."""
        side = self.sides.right
        minor = abs(self.sides.left.rows[index].amount)
        amounts = [abs(side.rows[row].amount) for row in pool]
        if not 2 <= len(pool) <= _MOST_POOL or sum(sorted(amounts)[-MOST_ROWS:]) < minor:
            return
        most = min(MOST_ROWS, largest(amounts, _LEAST - points - _RARER))
        found = self._pool_of(side, pool).subsets(minor, most=most)
        for positions in found.sets[:_OFFERED]:
            rows = tuple(pool[at] for at in positions)
            first, last = side.days[rows[0]], side.days[rows[-1]]
            of_days = [abs(side.rows[row].amount) for row in pool if first <= side.days[row] <= last]
            rarity = chance(of_days, [amounts[at] for at in positions])
            apart = max(self.judge.date(Pair(index, row)) for row in rows) - 15
            total = points + rarity + _RARER + max(apart, -30)
            if side.rows[rows[0]].amount < 0:
                total -= _CHEQUE * any(CHEQUE_SERIES in side.marks[row].firm for row in rows)
            if total >= _LEAST:
                self._keep(Found((index,), rows, SUM, total, len(found.sets), len(found.sets) < _MANY, said))

    def _pool_of(self, side: Side, pool: Sequence[int]) -> Pool:
        """The pool of some rows, kept for the next line that needs it."""
        key = (side is self.sides.left, *pool)
        if key not in self._pools:
            if len(self._pools) >= _POOLS:
                del self._pools[next(iter(self._pools))]
            self._pools[key] = Pool([abs(side.rows[row].amount) for row in pool])
        return self._pools[key]

    def _keep(self, one: Found) -> None:
        """Keep what was found, once."""
        for at, other in enumerate(self.found[-_MOST_POOL:], max(0, len(self.found) - _MOST_POOL)):
            if (other.left, other.right) == (one.left, one.right):
                if one.points > other.points:
                    self.found[at] = one
                return
        self.found.append(one)

    # One entry of several lines.

    def _parts(self, index: int) -> None:
        """Lines that an entry may have been paid by, in parts: those that name its party."""
        sides = self.sides
        name = sides.right.words(index)[0] or sides.right.words(index)[1]
        if not name:
            return
        day, minor = sides.right.days[index], sides.right.rows[index].amount
        near = self._pool(sides.left, minor, day - _AFTER, day + _SPLIT_DAYS)
        named = [row for row in near if resemblance(_words_of(sides.left, row), name)]
        bare = [row for row in near if self._is_bare(row) and sides.left.days[row] <= day + _SPLIT_DAYS // 2]
        for pool, points in ((named, _NAMED), (sorted({*named, *bare}), 0)):
            amounts = [abs(sides.left.rows[row].amount) for row in pool]
            if not named or not 2 <= len(pool) <= _MOST_POOL or sum(amounts) < abs(minor):
                continue
            found = Pool(amounts).subsets(abs(minor), most=4)
            for positions in found.sets[:_OFFERED]:
                rows = tuple(pool[at] for at in positions)
                total = points + _RARER + chance(amounts, [amounts[at] for at in positions])
                if total >= _LEAST:
                    said = (f"in parts, by {name_of(sides.right.rows[index])}",)
                    self._keep(Found(rows, (index,), SPLIT, total, len(found.sets), len(found.sets) < _MANY, said))

    def _is_bare(self, left: int) -> bool:
        """Whether a line names nobody, and is not the bank's own."""
        return not _words_of(self.sides.left, left) and not is_of_bank(self.sides.left.rows[left].text)

    def _has_twin(self, one: Found) -> bool:
        """Whether an open row of one of the amounts could as well be in the place of one found."""
        for side, rows in ((self.sides.left, one.left), (self.sides.right, one.right)):
            for row in rows:
                equal = side.of_amount[side.rows[row].amount]
                near = side.between(equal, side.days[row] - _DAY_DAYS, side.days[row] + _DAY_DAYS)
                if any(side.is_open[equal[at]] and equal[at] not in rows for at in near):
                    return True
        return False

    # Several of several.

    def _several(self) -> None:
        """Two or three lines of a party that make what two or three entries of it make."""
        sides = self.sides
        entries: dict[tuple[Words, bool], list[int]] = defaultdict(list)
        for row in _open(sides.right):
            if name := sides.right.words(row)[0]:
                entries[name, sides.right.rows[row].amount > 0].append(row)
        for (name, is_in), rights in sorted(entries.items()):
            if len(rights) < 2 or len(rights) > MOST_ROWS:
                continue
            first, last = sides.right.days[rights[0]] - _AFTER, sides.right.days[rights[-1]] + _DAY_DAYS
            near = sides.left.between(range(len(sides.left.rows)), first, last)
            lefts = [
                row
                for row in near
                if sides.left.is_open[row]
                and (sides.left.rows[row].amount > 0) == is_in
                and resemblance(_words_of(sides.left, row), name)
            ]
            if 2 <= len(lefts) <= MOST_ROWS:
                self._equal_sums(lefts, rights)

    def _equal_sums(self, lefts: list[int], rights: list[int]) -> None:
        ours = [abs(self.sides.left.rows[row].amount) for row in lefts]
        theirs = [abs(self.sides.right.rows[row].amount) for row in rights]
        pairs = [(one, other) for at, one in enumerate(lefts) for other in lefts[at + 1 :]]
        sets = {minor: pair for pair in pairs if (minor := sum(abs(self.sides.left.rows[row].amount) for row in pair))}
        for minor, pair in sorted(sets.items()):
            found = Pool(theirs).subsets(minor, most=3)
            for positions in found.sets[:1]:
                rows = tuple(rights[at] for at in positions)
                likely = chance(theirs, [theirs[at] for at in positions])
                total = likely + _RARER + _NAMED - 5 * len(ours)
                said = (f"{len(pair)} lines make what {len(rows)} entries of one party make",)
                if total >= _LEAST and not self._is_known_already(pair, rows):
                    self._keep(Found(pair, rows, MANY, total, len(found.sets), False, said))

    def _is_known_already(self, lefts: tuple[int, ...], rights: tuple[int, ...]) -> bool:
        """Whether part of a group is one by itself."""
        amounts = {self.sides.left.rows[row].amount for row in lefts}
        return bool(amounts & {self.sides.right.rows[row].amount for row in rights})

    def _group(self, one: Found, why: str, margin: int) -> Group:
        lefts = [self.sides.left.rows[row] for row in one.left]
        rights = [self.sides.right.rows[row] for row in one.right]
        days = max(self.sides.days(Pair(left, right)) for left in one.left for right in one.right)
        how = "the line is" if len(lefts) == 1 else "the entry is" if len(rights) == 1 else "both are"
        count = max(len(lefts), len(rights))
        said = (f"{how} the sum of {count}", *one.said, days_apart(days) + (" at most" if days > 1 else ""))
        ids = tuple(row.id for row in lefts), tuple(row.id for row in rights)
        amount = sum(row.amount for row in lefts)
        return Group(*ids, amount, TIERS[one.method], one.method, said, one.points, why, margin)


def _open(side: Side) -> Iterator[int]:
    return (index for index, is_open in enumerate(side.is_open) if is_open)


def _keys(one: Found) -> set[tuple[int, int]]:
    return {*((0, row) for row in one.left), *((1, row) for row in one.right)}


def _words_of(side: Side, index: int) -> Words:
    name, text = side.words(index)
    return (*name, *text)
