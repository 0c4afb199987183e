"""The best of groups that exclude each other: those worth most together, of which no two share a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

# Of more groups that hang together than these, the best ones are taken one by one.
_MOST = 22

Key = tuple[int, int]


def packed(groups: Sequence[AbstractSet[Key]], worths: Sequence[int]) -> set[int]:
    """Which groups to keep; groups are in the order in which equal ones are preferred."""
    kept: set[int] = set()
    for part in _parts(groups):
        part.sort(key=lambda at: (-worths[at], at))
        kept.update(_best(part[:_MOST], groups, worths))
        used = {key for at in kept for key in groups[at]}
        for at in part[_MOST:]:
            if used.isdisjoint(groups[at]):
                kept.add(at)
                used |= groups[at]
    return kept


def _parts(groups: Sequence[AbstractSet[Key]]) -> list[list[int]]:
    """The groups, by which of them hang together through shared rows."""
    holders: dict[Key, list[int]] = defaultdict(list)
    for at, keys in enumerate(groups):
        for key in keys:
            holders[key].append(at)
    parts, seen = [], set()
    for first in range(len(groups)):
        if first in seen:
            continue
        seen.add(first)
        part = [first]
        for at in part:
            for other in sorted({other for key in groups[at] for other in holders[key]} - seen):
                seen.add(other)
                part.append(other)
        parts.append(part)
    return parts


def _best(part: Sequence[int], groups: Sequence[AbstractSet[Key]], worths: Sequence[int]) -> list[int]:
    """The groups of a part that are worth most together, by trying each with and without, best first."""
    rest = [0] * (len(part) + 1)
    for place in range(len(part) - 1, -1, -1):
        rest[place] = rest[place + 1] + max(worths[part[place]], 0)
    best: tuple[int, list[int]] = (0, [])
    waiting: list[tuple[int, int, list[int], frozenset[Key]]] = [(0, 0, [], frozenset())]
    while waiting:
        place, worth, chosen, used = waiting.pop()
        if worth > best[0]:
            best = worth, chosen
        if place == len(part) or worth + rest[place] <= best[0]:
            continue
        at = part[place]
        waiting.append((place + 1, worth, chosen, used))
        if used.isdisjoint(groups[at]):
            waiting.append((place + 1, worth + worths[at], [*chosen, at], used | groups[at]))
    return best[1]
