"""How far apart the dates of a pair are, in days on which the bank works, and how likely that is for these lists.

How late a bank shows what the books have is a habit: of the bank, and of who keeps the books. The habit is learnt from
the pairs that are the only ones of their amount, and mixed with what is usual, which decides where there are few.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log

FRIDAY = 4
# A weekday without one line is no working day, where the weekdays around have so many on average.
_OFTEN, _AROUND = 5, 10
_TEN = 10
# What is usual, in points by working days from the entry to the line, and where the entry is the later: ten are a
# factor of e, against a day taken at random from a window of twelve.
_WINDOW = 12
_LATER = (15, 13, 8, 3, -2, -6, -10, -14, -18, -22, -26)
_CHEQUE_LATER = (-2, 2, 4, 5, 5, 4, 3, 1, -1, -3, -5)
_EARLIER = (15, -4, -8, -12, -18, -24)
_FAR = -30
# What is usual counts as much as so many pairs, and what never came as a tenth.
_USUAL = 8
_NEVER = 1 / 10

# What recurs comes three times at least, not oftener than weekly, and a day in so many early or late.
_LEAST_STEPS, _SHORTEST, _SLACK = 2, 7, 7


class Days:
    """The days on which the bank works: weekdays, but those on which it shows nothing where it should."""

    def __init__(self, days: Sequence[int]) -> None:
        self.closed = sorted(_closed(days))

    def distance(self, entry: int, line: int) -> int:
        """Working days from an entry, or the next working day, to a line; negative where the entry is the later."""
        if entry > line:
            return -self._after(line, entry)
        while entry < line and not self._is_working(entry):
            entry += 1
        return self._after(entry, line)

    def _after(self, first: int, last: int) -> int:
        """Working days after the first day, up to and with the last, as ordinals."""
        closed = bisect_right(self.closed, last) - bisect_right(self.closed, first) if self.closed else 0
        return working_days(first, last) - closed

    def _is_working(self, day: int) -> bool:
        at = bisect_left(self.closed, day)
        return _is_weekday(day) and (at == len(self.closed) or self.closed[at] != day)


def _closed(days: Sequence[int]) -> Iterable[int]:
    """Weekdays on which the bank shows nothing, although it works on the days around."""
    counts = Counter(days)
    if not counts:
        return
    for day in range(days[0], days[-1]):
        if day not in counts and _is_weekday(day):
            near = [counts[other] for other in range(day - _AROUND, day + _AROUND + 1) if _is_weekday(other)]
            if sum(near) >= _OFTEN * len(near):
                yield day


def working_days(first: int, last: int) -> int:
    """Weekdays after the first day, up to and with the last, as ordinals; ordinal 1 is a Monday."""
    return _weekdays_to(last) - _weekdays_to(first)


def _is_weekday(day: int) -> bool:
    return (day - 1) % 7 <= FRIDAY


def _weekdays_to(day: int) -> int:
    weeks, rest = divmod(day, 7)
    return weeks * 5 + min(rest, 5)


class Habit:
    """How likely each distance is, in points, for pairs of one sort."""

    def __init__(self, seen: Counter[int], *, is_cheque: bool) -> None:
        self.seen, self.is_cheque = seen, is_cheque
        self.number = sum(seen.values())
        self._points: dict[int, int] = {}

    def points(self, steps: int) -> int:
        """Points for a distance in working days, negative where the entry is the later."""
        if steps not in self._points:
            usual = _usual(steps, is_cheque=self.is_cheque)
            count = self.seen[steps] + _USUAL * exp(usual / _TEN) / _WINDOW
            share = max(count, _NEVER) / (self.number + _USUAL)
            self._points[steps] = round(_TEN * log(share * _WINDOW))
        return self._points[steps]


def _usual(steps: int, *, is_cheque: bool) -> int:
    if steps < 0:
        return _EARLIER[-steps] if -steps < len(_EARLIER) else _FAR
    table = _CHEQUE_LATER if is_cheque else _LATER
    return table[steps] if steps < len(table) else table[-1] - 6 - (steps - len(table)) // 2


def period(days: Sequence[int]) -> int:
    """Every how many days something comes, 0 where it does not come regularly; some of it may be missing."""
    steps = [last - first for first, last in itertools.pairwise(days) if last > first]
    if len(steps) < _LEAST_STEPS:
        return 0
    step = min(steps)
    if step < _SHORTEST or any(min(each % step, step - each % step) > step // _SLACK for each in steps):
        return 0
    return step
