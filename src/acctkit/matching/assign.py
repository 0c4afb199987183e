"""The best way to pair the rows of one block, and how much worse the best one without a pair would be.

Left rows, right rows and what each pair is worth; any row may stay alone, which is worth nothing. Solved by shortest
augmenting paths with prices (Jonker and Volgenant), on the pairs that there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

# Left row, right row, and what they are worth together: more than nothing.
Worths = Mapping[int, Mapping[int, int]]

_ALONE = -1
_OUT = (2, 0)


class Assignment:
    """The best pairing of a block: `partner` gives each paired left row its right row."""

    def __init__(self, worths: Worths) -> None:
        self.worths = worths
        self.partner: dict[int, int] = {}
        self.holder: dict[int, int] = {}
        self._own = dict.fromkeys(sorted(worths), 0)  # the prices of left rows, never above 0
        self._price = {right: 0 for rights in worths.values() for right in rights}  # of right rows, likewise
        for left in sorted(worths):
            self._place(left)

    def _place(self, first: int) -> None:
        """Find the place of one more left row, moving others where that is better."""
        reached: dict[int, int] = {}
        before: dict[int, int] = {}
        done: list[tuple[int, int]] = []
        heap: list[tuple[int, int, int]] = []  # distance, right row (or alone), the left row it is reached from
        left, so_far = first, 0
        self._own[first] = min(0, -max(self.worths[first].values(), default=0))
        while True:
            heappush(heap, (so_far - self._own[left], _ALONE, left))
            for right, worth in self.worths[left].items():
                distance = so_far - worth - self._own[left] - self._price[right]
                if right != self.partner.get(left) and distance < reached.get(right, distance + 1):
                    reached[right] = distance
                    before[right] = left
                    heappush(heap, (distance, right, left))
            while True:
                so_far, right, via = heappop(heap)
                if right == _ALONE or (reached[right] == so_far and before[right] == via):
                    break
            if right == _ALONE or right not in self.holder:
                break
            done.append((right, so_far))
            reached[right] = so_far
            left = self.holder[right]
        self._own[first] += so_far
        for each, distance in done:
            self._own[self.holder[each]] += so_far - distance
            self._price[each] -= so_far - distance
        self._move(first, right, via, before)

    def _move(self, first: int, right: int, via: int, before: dict[int, int]) -> None:
        """Give each left row on the way the right row it was found to take."""
        while True:
            freed = self.partner.pop(via, None)
            if right != _ALONE:
                self.partner[via] = right
                self.holder[right] = via
            if via == first:
                return
            assert freed is not None  # noqa: S101 - only paired rows are on the way
            right, via = freed, before[freed]

    def margin(self, left: int, most: int) -> int:
        """How much worse the best pairing without this left row's pair is, measured up to `most`."""
        goal = (1, self.partner[left])
        best: dict[tuple[int, int], int] = {}
        heap = [(0, (0, left))]
        while heap:
            distance, node = heappop(heap)
            if node == goal:
                return min(distance, most)
            if distance >= most:
                return most
            if best.get(node, distance + 1) <= distance:
                continue
            best[node] = distance
            for step, other in self._steps(node, goal[1] if node == (0, left) else None):
                if best.get(other, distance + step + 1) > distance + step:
                    heappush(heap, (distance + step, other))
        return most

    def _steps(self, node: tuple[int, int], without: int | None) -> list[tuple[int, tuple[int, int]]]:
        """Where a change can go on from here, and what each step costs."""
        kind, row = node
        if kind == 0:
            own, taken = self._own[row], self.partner.get(row)
            steps = [
                (-worth - own - self._price[right], (1, right))
                for right, worth in self.worths[row].items()
                if right not in (taken, without)
            ]
            return [*steps, (-own, _OUT)]
        if kind == 1:
            return [(0, (0, self.holder[row]))] if row in self.holder else [(0, _OUT)]
        vacated = [(-self._price[right], (1, right)) for right in self.holder]
        return vacated + [(0, (0, left)) for left in self.worths if left not in self.partner]
