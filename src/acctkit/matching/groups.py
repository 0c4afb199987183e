"""One row that is several: deposits and batch payments, payments in parts, and several against several of one party.

A sum that agrees is not evidence by itself: what counts is how few sums chance would make of the rows there are, and
whether they are of one party or one day. Rows of one party come before rows of one day, and those before mixed ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from acctkit.matching.judge import Judge, days_apart, name_of
from acctkit.matching.likeness import CHEQUE_SERIES, is_of_bank, is_of_sums
from acctkit.matching.names import Words
from acctkit.matching.packing import packed
from acctkit.matching.rows import MANY, SPLIT, SUM, SURE, TIERS, Group, Pair
from acctkit.matching.sides import Side, Sides
from acctkit.matching.sums import Pool, chance, largest

# How many rows a sum may have, and how many days its rows may lie before and after the one they make.
MOST_ROWS = 8
_PARTY_DAYS, _DAY_DAYS = 21, 8
# Rows of so many days together are tried, after those of one day.
_SPAN = 4
# So many pools are kept for the lines that follow.
_POOLS = 160
_SPLIT_DAYS = 21
_AFTER = 3
# A pool of more rows than this is not searched.
_MOST_POOL = 60
# So many ways to make an amount, and it is never taken unasked.
_MANY = 3
# Where chance alone makes a sum more often than these points say, it is not looked for.
_LEAST_CHANCE = 12
# Points: a sum is so much rarer than one against one; a party's name; another's; a sum is named as one.
_RARER = -12
_NAMED, _OTHER = 20, -35
_SAID = 15
# Words that so many open lines show, and no entry, are those of somebody who collects.
_COLLECTOR = 3
# Cheques are presented one by one.
_CHEQUE = 25
_LEAST = 5
_LEAST_MARGIN = -10
# A sum is taken where the best rival is so much worse, and more where many rows are without a partner.
_CLEAR, _CLEAR_OF_FEW = 30, 38
_ONE_DAY = 5
_OFFERED = 3
# Points that a suggestion gains by being one of those that are best together.
_TOGETHER = 40


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
        taken: list[Group] = []
        open_ones: list[tuple[Found, str, int, bool]] = []
        gone: set[tuple[int, int]] = set()
        for one in best:
            keys = _keys(one)
            if gone & keys:
                continue
            others = [other for key in keys for other in rivals[key] if other is not one and not gone & _keys(other)]
            rival = max(others, key=lambda other: other.points, default=None)
            margin = min(SURE, one.points - (rival.points if rival else 0))
            if why := self._why(one, margin):
                is_near = rival is None or rival.left == one.left or margin >= _LEAST_MARGIN
                open_ones.append((one, why, max(margin, 0), is_near))
            else:
                taken.append(self._group(one, "", margin))
                gone |= keys
                self.sides.take(one.left, one.right)
        return taken, self._offered([each for each in open_ones if not gone & _keys(each[0])])

    def _offered(self, found: list[tuple[Found, str, int, bool]]) -> list[Group]:
        """What is to be suggested: first those that are best together, then what comes near them."""
        together = packed([_keys(one) for one, *_ in found], [one.points for one, *_ in found])
        offered = []
        for at, (one, why, margin, is_near) in enumerate(found):
            if at in together or is_near:
                group = self._group(one, why, margin)
                offered.append(group._replace(score=group.score + _TOGETHER * (at in together)))
        return offered

    def _why(self, one: Found, margin: int) -> str:
        if not one.is_sure:
            return f"{one.ways} ways or more make this amount"
        if self._has_twin(one):
            return "another row of one of these amounts could be in its place"
        if margin < (_CLEAR if self.judge.is_complete else _CLEAR_OF_FEW):
            return "another sum is nearly as good" if one.points >= _CLEAR else "the sum may be an accident"
        return ""

    # One line of several entries.

    def _deposit(self, index: int) -> None:
        """Entries that a line may be the sum of."""
        sides = self.sides
        day, is_in = sides.left.days[index], sides.left.rows[index].amount > 0
        words = _words_of(sides.left, index)
        of_days = {when: self._of_day[is_in, when] for when in range(day - _DAY_DAYS, day + 2)}
        shown = {
            name: sure
            for name, sure in (sides.lookalikes(words) if words else {}).items()
            if (rows := self._of_party.get((is_in, name))) and sides.right.between(rows, day - _PARTY_DAYS, day + 1)
        }
        best = max(shown.values(), default=0)
        names = {name for name, sure in shown.items() if sure >= best - 10}
        if not words:
            names = {sides.right.words(row)[0] for rows in of_days.values() for row in rows} - {()}
        for name in sorted(names):
            rows = self._of_party[is_in, name]
            near = [rows[at] for at in sides.right.between(rows, day - _PARTY_DAYS, day + 1)]
            if len(near) > 1:
                said = (f"all of {name_of(sides.right.rows[near[0]])}",)
                self._search(index, near, _NAMED if shown else 0, said)
        is_sum = is_of_sums(sides.left.rows[index].text)
        is_collector = self._alike[words] >= _COLLECTOR
        against = _OTHER if len("".join(words)) >= _LEAST and not (is_sum or is_collector) else 0
        against = 2 * _OTHER if best else against + _SAID * is_sum
        for when, rows in of_days.items():
            if not rows:
                continue
            self._search(index, rows, against + _ONE_DAY, ("all of one day",))
            tried = [rows]
            for rows_of, span in ((self._lonely, _SPAN // 2), (self._lonely, _SPAN), (self._of_day, _SPAN)):
                together = [row for then in range(when - span + 1, when + 1) for row in rows_of[is_in, then]]
                if together not in tried:
                    tried.append(together)
                    self._search(index, together, against, (f"all within {span} days",))

    @cached_property
    def _alike(self) -> Counter[Words]:
        """How many open lines show the same words: somebody who collects for several parties shows in many."""
        return Counter(_words_of(self.sides.left, index) for index in _open(self.sides.left))

    @cached_property
    def _lonely(self) -> defaultdict[tuple[bool, int], list[int]]:
        """The open right rows that no open line of their amount could be, by sign and day."""
        found: defaultdict[tuple[bool, int], list[int]] = defaultdict(list)
        for key, rows in self._of_day.items():
            found[key] = [row for row in rows if not self._has_line(row)]
        return found

    def _has_line(self, right: int) -> bool:
        sides = self.sides
        equal = sides.left.of_amount.get(sides.right.rows[right].amount, ())
        near = sides.left.between(equal, sides.right.days[right] - _AFTER, sides.right.days[right] + sides.days_before)
        return any(sides.left.is_open[equal[at]] for at in near)

    @cached_property
    def _of_day(self) -> defaultdict[tuple[bool, int], list[int]]:
        """The right rows that are open when the search begins, by sign and day."""
        found: defaultdict[tuple[bool, int], list[int]] = defaultdict(list)
        for row in _open(self.sides.right):
            found[self.sides.right.rows[row].amount > 0, self.sides.right.days[row]].append(row)
        return found

    @cached_property
    def _of_party(self) -> defaultdict[tuple[bool, Words], list[int]]:
        """The same by sign and name."""
        found: defaultdict[tuple[bool, Words], list[int]] = defaultdict(list)
        for row in _open(self.sides.right):
            found[self.sides.right.rows[row].amount > 0, self.sides.right.words(row)[0]].append(row)
        return found

    @cached_property
    def _payers(self) -> defaultdict[tuple[bool, Words], list[int]]:
        """The open left rows by sign and each name they show; those that show none under the empty name."""
        found: defaultdict[tuple[bool, Words], list[int]] = defaultdict(list)
        for row in _open(self.sides.left):
            words = _words_of(self.sides.left, row)
            is_in = self.sides.left.rows[row].amount > 0
            for name in self.sides.lookalikes(words) if words else ():
                found[is_in, name].append(row)
            is_cheque = CHEQUE_SERIES in self.sides.left.marks[row].firm
            if not words and not is_cheque and not is_of_bank(self.sides.left.rows[row].text):
                found[is_in, ()].append(row)
        return found

    def _near(self, rows: list[int], first: int, last: int) -> list[int]:
        return [rows[at] for at in self.sides.left.between(rows, first, last)]

    def _search(self, index: int, pool: Sequence[int], points: int, said: tuple[str, ...]) -> None:
        """Look for rows of a pool that make a line's amount."""
        side = self.sides.right
        minor = abs(self.sides.left.rows[index].amount)
        if not 2 <= len(pool) <= _MOST_POOL:
            return
        if len(pool) <= MOST_ROWS and sum(abs(side.rows[row].amount) for row in pool) < minor:
            return
        kept = self._pool_of(side, pool)
        if kept.most(MOST_ROWS) < minor:
            return
        most = min(MOST_ROWS, kept.largest(max(_LEAST_CHANCE, _LEAST - points - _RARER)))
        if not most:
            return
        amounts, found = kept.amounts, kept.subsets(minor, most=most)
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
        if len(pool) <= MOST_ROWS:  # many, and soon made again
            return Pool([abs(side.rows[row].amount) for row in pool])
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
        name = sides.right.words(index)[0]
        is_in, day, minor = sides.right.rows[index].amount > 0, sides.right.days[index], sides.right.rows[index].amount
        if not name or not (named := self._near(self._payers[is_in, name], day - _AFTER, day + _SPLIT_DAYS)):
            return
        bare = self._near(self._payers[is_in, ()], day - _AFTER, day + _SPLIT_DAYS // 2)
        named_rows = {*named}
        for pool, points in ((named, _NAMED), (sorted({*named, *bare}), 0)):
            amounts = [abs(sides.left.rows[row].amount) for row in pool]
            if not 2 <= len(pool) <= _MOST_POOL or sum(amounts) < abs(minor):
                continue
            found = Pool(amounts).subsets(abs(minor), most=min(4, largest(amounts, _LEAST_CHANCE)))
            for positions in found.sets[:_OFFERED]:
                rows = tuple(pool[at] for at in positions)
                total = points + _RARER + chance(amounts, [amounts[at] for at in positions])
                if total >= _LEAST and not named_rows.isdisjoint(rows):
                    said = (f"in parts, by {name_of(sides.right.rows[index])}",)
                    self._keep(Found(rows, (index,), SPLIT, total, len(found.sets), len(found.sets) < _MANY, said))

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
        for (is_in, name), rights in sorted(self._of_party.items()):
            if not name or not 2 <= len(rights) <= MOST_ROWS:
                continue
            first, last = sides.right.days[rights[0]] - _AFTER, sides.right.days[rights[-1]] + _DAY_DAYS
            lefts = self._near(self._payers[is_in, name], first, last)
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
