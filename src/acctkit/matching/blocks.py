"""Rows of one amount: which pair up, and which of those pairs are clearly better than any other way.

Within a block, the rows that hang together by their dates or references are paired in the best way there is. A pair
is taken when the best way without it is clearly worse, and no row that nothing explains could equally be its half.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from acctkit.matching.assign import Assignment
from acctkit.matching.judge import REFERENCE_DAYS, Evidence, Judge
from acctkit.matching.likeness import OTHER, SIMILAR
from acctkit.matching.rows import AMOUNT, CLEAR, DATE, LATE_DAYS, NAME, REFERENCE, SURE, TIERS, Group, Pair
from acctkit.matching.sides import Sides

# By so many working days one date must be nearer than another to count as clearly nearer.
CLEAR_DAYS = 3
# Of more equal rows than these, the nearest in time are listed.
MOST_LISTED = 12
# Of so many pairs a row is worth comparing with each.
MOST_NEAR = 40
# Points that a suggestion gains by being part of the best way to pair a block.
_BEST = 100
# Of less worth than this, a pair is no suggestion where there are better things to look at.
_LEAST_SUGGESTED = -15
_ROUNDS = 4
# Late rows are looked for only where there are so few of an amount: of more, it is not known which is late.
_FEW = 4
# Where a part has as many left as right rows, none is likely to be missing: the margin may be less for a pair that
# shows a name, and for one that shows none. Where it has not, dates alone need more.
_CLEAR_NAMED, _CLEAR_BARE, _CLEAR_OF_ODD = 25, 33, 60
# Where few rows of the lists are without a partner, a named pair needs less.
_CLEAR_OF_MANY = 30
# A name that is shown outweighs a row that shows none from this margin on.
_CLEAR_OF_NAMELESS = 40
# Of two rows of one party, the one whose date is so much likelier.
_CLEAR_IN_SERIES = 32
_NEIGHBOURS = 3


class Block:
    """The open rows of one amount."""

    def __init__(self, sides: Sides, judge: Judge, amount: int) -> None:
        self.sides, self.judge, self.amount = sides, judge, amount
        self.left: list[int] = []
        self.right: list[int] = []
        self.evidence: dict[Pair, Evidence] = {}
        self.is_crowded = False
        self._refresh()

    def _refresh(self) -> None:
        self.left = [index for index in self.sides.left.of_amount[self.amount] if self.sides.left.is_open[index]]
        self.right = [index for index in self.sides.right.of_amount[self.amount] if self.sides.right.is_open[index]]

    def take(self) -> Iterator[Group]:
        """Take what is sure, round by round."""
        for _ in range(_ROUNDS):
            self._refresh()
            taken = list(self._round())
            yield from taken
            if not taken:
                break

    def _round(self) -> Iterator[Group]:
        sure: dict[Pair, int] = {}
        counts: dict[Pair, tuple[int, int]] = {}
        for part in self._parts():
            solved = Assignment(_worths(part))
            size = len({pair.left for pair in part}), len({pair.right for pair in part})
            for left, right in solved.partner.items():
                pair = Pair(left, right)
                margin = solved.margin(left, SURE)
                if margin >= self._needed(part[pair], size) and self._may_be_taken(pair, part[pair]):
                    sure[pair] = margin
                    counts[pair] = size
        lefts, rights = {pair.left for pair in sure}, {pair.right for pair in sure}
        kept = [pair for pair in sorted(sure) if self._is_alone(pair, sure[pair], lefts, rights)]
        for pair in kept:
            self.sides.take((pair.left,), (pair.right,))
        for pair in kept:
            yield self._group(pair, self._method(pair, counts[pair]), "", sure[pair])

    def _needed(self, evidence: Evidence, size: tuple[int, int]) -> int:
        """How wide a margin must be: wider where nothing but dates tells rows apart."""
        if evidence.is_referenced:
            return CLEAR
        clear = _CLEAR_OF_MANY if self.judge.is_complete else CLEAR
        if size[0] == size[1]:
            return _CLEAR_NAMED if evidence.judged == SIMILAR else CLEAR if evidence.judged == OTHER else _CLEAR_BARE
        return clear if evidence.judged == SIMILAR else _CLEAR_OF_ODD

    def _may_be_taken(self, pair: Pair, evidence: Evidence) -> bool:
        """Whether nothing forbids to take a pair unasked."""
        if evidence.doubt:
            return False
        if evidence.is_referenced:
            return self.sides.days(pair) <= REFERENCE_DAYS
        is_near = self.judge.is_in_window(pair) or self.judge.is_late(pair)
        return is_near and not self.judge.recurs(pair)

    def _method(self, pair: Pair, size: tuple[int, int]) -> str:
        evidence = self.evidence[pair]
        if evidence.is_referenced:
            return REFERENCE
        if size == (1, 1):
            return AMOUNT
        if evidence.judged == SIMILAR:
            return NAME
        rivals = [Pair(pair.left, right) for right in self.right] + [Pair(left, pair.right) for left in self.left]
        named = [rival for rival in rivals if rival in self.evidence and rival != pair]
        is_last = not any(self.sides.left.is_open[r.left] or self.sides.right.is_open[r.right] for r in named)
        return AMOUNT if is_last and not self._is_by_date(named) else DATE

    def _is_by_date(self, rivals: Iterable[Pair]) -> bool:
        """Whether only dates can have decided: nothing that was compared shows a name or reference."""
        return all(self.evidence[rival].judged not in (OTHER, SIMILAR) for rival in rivals)

    # Pairs and parts.

    def weigh(self, pair: Pair) -> Evidence:
        """The evidence for a pair, kept."""
        if pair not in self.evidence:
            self.evidence[pair] = self.judge.weigh(pair)
        return self.evidence[pair]

    def _pairs(self) -> Iterator[Pair]:
        """The pairs near in time, unless there are too many, and those of one reference."""
        near = [(left, self._near(left)) for left in self.left]
        self.is_crowded = sum(len(positions) for _, positions in near) > MOST_NEAR * len(near)
        if not self.is_crowded:
            yield from (Pair(left, self.right[at]) for left, positions in near for at in positions)
            yield from self._late(near)
        yield from self._of_references()

    def _late(self, near: list[tuple[int, range]]) -> Iterator[Pair]:
        """Pairs of which the left row is weeks late, but names the right one."""
        if max(len(self.left), len(self.right)) > _FEW:
            return
        for left, positions in near:
            day = self.sides.left.days[left]
            late = self.sides.right.between(self.right, day - LATE_DAYS, day)
            for at in range(late.start, min(positions.start, late.stop, late.start + MOST_LISTED)):
                pair = Pair(left, self.right[at])
                if self.judge.is_late(pair):
                    yield pair

    def _of_references(self) -> Iterator[Pair]:
        rights = set(self.right)
        for left in self.left:
            for key in sorted(self.sides.left.marks[left].found):
                carriers = self.sides.carriers.get(key, ([], []))[1]
                if len(carriers) > MOST_NEAR:
                    continue
                for right in carriers:
                    pair = Pair(left, right)
                    if right in rights and key in self.sides.common(pair) and self.sides.days(pair) <= REFERENCE_DAYS:
                        yield pair

    def _near(self, left: int) -> range:
        return self.sides.right.between(self.right, *self.sides.window(self.sides.left.rows[left].date))

    def _parts(self) -> Iterator[dict[Pair, Evidence]]:
        """The pairs, grouped so that no row of one part is in another."""
        of_left: dict[int, list[Pair]] = {}
        of_right: dict[int, list[Pair]] = {}
        for pair in dict.fromkeys(self._pairs()):
            of_left.setdefault(pair.left, []).append(pair)
            of_right.setdefault(pair.right, []).append(pair)
        seen: set[int] = set()
        for first in sorted(of_left):
            if first in seen:
                continue
            part: dict[Pair, Evidence] = {}
            waiting = [first]
            seen.add(first)
            while waiting:
                for pair in of_left[waiting.pop()]:
                    part[pair] = self.weigh(pair)
                    fresh = {other.left for other in of_right[pair.right]} - seen
                    seen |= fresh
                    waiting += sorted(fresh)
            yield part

    def _is_alone(self, pair: Pair, margin: int, lefts: set[int], rights: set[int]) -> bool:
        """Whether no row that nothing explains could equally be one of the pair."""
        evidence = self.weigh(pair)
        if evidence.is_referenced:
            return True
        rivals = [Pair(pair.left, other) for other in _around(pair.right, self.right) if other not in rights]
        rivals += [Pair(other, pair.right) for other in _around(pair.left, self.left) if other not in lefts]
        rivals = [rival for rival in rivals if rival != pair]
        limit = _steps(self.sides.distance(pair)) + CLEAR_DAYS
        return not any(self._is_twin(pair, rival, evidence, margin, limit) for rival in rivals)

    def _is_twin(self, pair: Pair, rival: Pair, evidence: Evidence, margin: int, limit: int) -> bool:
        if _steps(self.sides.distance(rival)) >= limit:
            return False
        other = self.weigh(rival)
        if other.judged == OTHER or self.judge.conflict(rival):
            return False
        if evidence.judged == SIMILAR and margin >= (SURE if other.judged == SIMILAR else _CLEAR_OF_NAMELESS):
            return False
        if evidence.judged == SIMILAR and other.judged != SIMILAR and self._is_single(pair):
            return False
        return evidence.points - other.points < (_CLEAR_IN_SERIES if evidence.judged == SIMILAR else SURE)

    def _is_single(self, pair: Pair) -> bool:
        """Whether the party of a pair has no other row of this amount in these weeks, on either side."""
        sides = self.sides
        name = sides.right.words(pair.right)[0]
        day = sides.right.days[pair.right]
        rights, lefts = sides.right.of_amount[self.amount], sides.left.of_amount[self.amount]
        near = [rights[at] for at in sides.right.between(rights, day - LATE_DAYS, day + LATE_DAYS)]
        if any(sides.right.words(right)[0] == name for right in near if right != pair.right):
            return False
        others = [lefts[at] for at in sides.left.between(lefts, day - LATE_DAYS, day + LATE_DAYS)]
        return not any(self.judge.likeness(Pair(left, pair.right)) == SIMILAR for left in others if left != pair.left)

    # Suggestions.

    def suggest(self) -> Iterator[Group]:
        """What is left and might be: the best way to pair it first."""
        self._refresh()
        if not self.left or not self.right:
            return
        shown: set[int] = set()
        for part in self._parts():
            best = Assignment(_worths(part)).partner
            lefts, rights = {pair.left for pair in part}, {pair.right for pair in part}
            why = f"{len(lefts)} against {len(rights)} rows of this amount, and nothing tells them apart"
            of_left: dict[int, list[Pair]] = {}
            for pair in part:
                of_left.setdefault(pair.left, []).append(pair)
            for left, pairs in of_left.items():
                shown.add(left)
                pairs.sort(key=lambda pair: (best.get(pair.left) != pair.right, -part[pair].points, pair))
                for pair in pairs[:MOST_LISTED]:
                    if part[pair].points >= _LEAST_SUGGESTED:
                        said = self._why(pair, part[pair], (len(lefts), len(rights)), why)
                        yield self._group(pair, AMOUNT, said, 0, best=best.get(left) == pair.right)
        yield from self._far(shown)

    def _why(self, pair: Pair, evidence: Evidence, size: tuple[int, int], tied: str) -> str:
        if evidence.doubt:
            return evidence.doubt
        if evidence.is_referenced:
            return "more than one row has this reference and amount"
        if evidence.judged == OTHER:
            return self.judge.says_who(pair)
        if size != (1, 1):
            return tied
        if recurs := self.judge.recurs(pair):
            return recurs
        if evidence.points >= CLEAR or not self._is_alone(pair, 0, set(), set()):
            return "another row of this amount is as near in time"
        return "the amount is a common one, and little else speaks for it"

    def _far(self, shown: set[int]) -> Iterator[Group]:
        """For rows without any candidate, those of the same amount that are nearest in time."""
        for left in self.left:
            if left in shown:
                continue
            at = bisect_left(self.right, self.sides.left.days[left], key=self.sides.right.days.__getitem__)
            for right in self.right[max(0, at - MOST_LISTED // 2) : at + MOST_LISTED // 2]:
                pair = Pair(left, right)
                is_near = self.judge.is_in_window(pair)
                if self.sides.days(pair) <= REFERENCE_DAYS and self.weigh(pair).points >= _LEAST_SUGGESTED:
                    tied = f"{len(self.left)} rows of this amount, and nothing tells them apart"
                    yield self._group(pair, AMOUNT, tied if is_near else self._why_far(pair), 0)

    def _why_far(self, pair: Pair) -> str:
        return self.evidence[pair].doubt or "the dates are too far apart"

    def _group(self, pair: Pair, method: str, why: str, margin: int, *, best: bool = False) -> Group:
        evidence = self.weigh(pair)
        left, right = self.sides.left.rows[pair.left], self.sides.right.rows[pair.right]
        method = REFERENCE if evidence.is_referenced else method
        reasons = self.judge.reasons(pair, evidence.judged)
        score = evidence.points + _BEST * best
        return Group((left.id,), (right.id,), left.amount, TIERS[method], method, reasons, score, why, margin)


def _worths(part: dict[Pair, Evidence]) -> dict[int, dict[int, int]]:
    worths: dict[int, dict[int, int]] = {pair.left: {} for pair in part}
    for pair, evidence in part.items():
        if evidence.points > 0:
            worths[pair.left][pair.right] = evidence.points
    return worths


def _around(index: int, indices: Sequence[int]) -> Sequence[int]:
    """A row and its neighbours in time; rows are in order of date, and so are their indices."""
    at = bisect_left(indices, index)
    return indices[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1]


def _steps(distance: int) -> int:
    """A distance in working days, double where the entry is the later."""
    return distance if distance >= 0 else -2 * distance
