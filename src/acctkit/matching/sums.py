"""Subsets of amounts that make a total: found exactly within bounds, counted, and how many chance alone would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, combinations
from math import comb, gcd, isqrt, log
from typing import NamedTuple, TypeAlias

# So many combinations of one size are listed; more, and the search is cut off.
MOST_LISTED = 6000
MOST_CHECKED = 50000
# Points of a chance of one in one; ten points are a factor of e.
_TEN = 10


BySum: TypeAlias = Mapping[int, Sequence[tuple[int, ...]]]


class Found(NamedTuple):
    """The subsets found, as positions, and whether there may be more than were looked for."""

    sets: list[tuple[int, ...]]
    is_cut: bool


class Pool:
    """Positive amounts, and what two, three and more of them come to."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self.amounts = amounts
        self._listed: dict[int, BySum] = {}
        self._largest: dict[int, int] = {}
        # What so many of the amounts come to at least and at most.
        self._least = [0, *accumulate(sorted(amounts))]
        self._most = [0, *accumulate(sorted(amounts, reverse=True))]

    def most(self, count: int) -> int:
        """What so many of the amounts come to at most."""
        return self._most[min(count, len(self.amounts))]

    def largest(self, least: int) -> int:
        """How many rows a sum may have for chance to be as unlikely as `least` points still; kept."""
        if least not in self._largest:
            self._largest[least] = largest(self.amounts, least)
        return self._largest[least]

    def subsets(self, total: int, *, most: int, limit: int = 4) -> Found:
        """Subsets of 2 to `most` amounts that make a total, the smallest first, until there are `limit`.

        Each is looked for once, as a first half and a second half, by meeting in the middle.
        """
        found: list[tuple[int, ...]] = []
        checked = 0
        for size in range(2, min(most, len(self.amounts)) + 1):
            first = (size + 1) // 2
            if comb(len(self.amounts), first) > MOST_LISTED:
                return Found(found, is_cut=True)
            if not self._least[size] <= total <= self._most[size]:
                continue
            heads_by_sum, tails_by_sum = self._by_sum(first), self._by_sum(size - first)
            for half in [half for half in tails_by_sum if total - half in heads_by_sum]:
                heads = heads_by_sum[total - half]
                for tail in tails_by_sum[half]:
                    checked += len(heads)
                    found += [head + tail for head in heads if head[-1] < tail[0]]
                if len(found) >= limit or checked > MOST_CHECKED:
                    return Found(found, is_cut=True)
        return Found(found, is_cut=most < len(self.amounts))

    def _by_sum(self, size: int) -> BySum:
        if size not in self._listed:
            self._listed[size] = _listed(self.amounts, size)
        return self._listed[size]


def _listed(amounts: Sequence[int], size: int) -> BySum:
    """Combinations of one size by their sum; most have one of their own."""
    made = list(map(sum, combinations(amounts, size)))
    chosen = list(combinations(range(len(amounts)), size))
    sums: dict[int, Sequence[tuple[int, ...]]] = dict(zip(made, zip(chosen, strict=True), strict=True))
    if len(sums) < len(made):
        last = dict(zip(made, range(len(made)), strict=True))
        shared: dict[int, list[tuple[int, ...]]] = {}
        for at in [at for at, minor in enumerate(made) if last[minor] != at]:
            shared.setdefault(made[at], []).append(chosen[at])
        for minor, those in shared.items():
            sums[minor] = [*those, chosen[last[minor]]]
    return sums


def largest(amounts: Sequence[int], least: int) -> int:
    """How many rows a sum may have for chance to be as unlikely as `least` points still; 0 where none may."""
    if len(amounts) < 2:
        return 0
    spread, sizes, ways = _spread(amounts), 0, 0
    for size in range(2, len(amounts) + 1):
        ways += comb(len(amounts), size)
        if _points(size, spread, ways) < least:
            break
        sizes = size
    return sizes


def chance(amounts: Sequence[int], chosen: Sequence[int]) -> int:
    """How unlikely it is that amounts of a pool make the sum of those chosen by accident, in points.

    About as many subsets do as there are of up to so many rows, by the spread of what they come to; amounts that
    are all whole units, or tens, spread over so much fewer sums.
    """
    unit = 0
    for minor in chosen:
        unit = gcd(unit, minor)
    alike = [minor // unit for minor in amounts if minor % unit == 0]
    ways = sum(comb(len(alike), size) for size in range(2, len(chosen) + 1))
    return _points(len(chosen), _spread(alike), ways)


def _spread(amounts: Sequence[int]) -> int:
    mean = sum(amounts) // len(amounts)
    return isqrt(sum((minor - mean) ** 2 for minor in amounts) // len(amounts)) + mean // 4 + 1


def _points(size: int, spread: int, ways: int) -> int:
    return round(_TEN * log(5 * isqrt(size * spread * spread) + 1) - _TEN * log(2 * ways))
