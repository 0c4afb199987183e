"""Entries that cancel each other, of which the other side knows nothing: a payment that was voided before it cleared.

Equal and opposite is not enough: a wrong payment and its return both clear. A pair is set apart only where both are of
one party and share a number, or the later says that it takes the other back; where no left row bears that number or
has the opposite amount near in time; and where enough of the amount is left for the left rows that have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from acctkit.matching.rows import Pair
from acctkit.matching.sides import Sides

_MOST_DAYS = 14
# A number in more rows than these is a year or a branch, and tells nothing.
_MOST_BEARERS = 6
_TAKEN_BACK = re.compile(r"(?i)\b(void|voided|cancel\w*|stop|stopped|revers\w*|reissue\w*|contra|annul\w*|storno)\b")


def cancelled(sides: Sides) -> list[Pair]:
    """Pairs of right rows, the earlier first, that cancel each other and never reached the left."""
    found: dict[int, int] = {}
    gone: set[int] = set()
    for later in range(len(sides.right.rows)):
        earlier = [index for index in _opposites(sides, later) if index not in gone]
        if later not in gone and len(earlier) == 1 and _never_came(sides, earlier[0], later):
            found[later] = earlier[0]
            gone |= {later, earlier[0]}
    return [Pair(earlier, later) for later, earlier in found.items()]


def _opposites(sides: Sides, later: int) -> Iterator[int]:
    """Rows that a row may take back: first those of its number, else those of its party where it says so."""
    side = sides.right
    row = side.rows[later]
    opposite = side.of_amount.get(-row.amount, ())
    near = [opposite[at] for at in side.between(opposite, side.days[later] - _MOST_DAYS, side.days[later])]
    near = [index for index in near if side.words(index)[0] == side.words(later)[0]]
    numbered = [index for index in near if _shared(sides, index, later)]
    # Of two entries of one day, which takes back the other? The one that says so, else the money coming back.
    says_so = bool(_TAKEN_BACK.search(row.text))
    if numbered:
        yield from (index for index in numbered if says_so or row.amount > 0 or side.days[index] < side.days[later])
    elif says_so and side.words(later)[0]:
        yield from near


def _shared(sides: Sides, one: int, other: int) -> set[str]:
    counts = sides.number_counts[1]
    return {run for run in sides.right.numbers[one] & sides.right.numbers[other] if counts[run] <= _MOST_BEARERS}


def _never_came(sides: Sides, earlier: int, later: int) -> bool:
    """Whether nothing on the left speaks of either."""
    if any(sides.number_counts[0][run] for run in _shared(sides, earlier, later)):
        return False
    amount = sides.right.rows[earlier].amount
    first, last = sides.right.days[earlier] - sides.days_after, sides.right.days[later] + 2 * sides.days_before
    if sides.left.between(sides.left.of_amount.get(-amount, ()), first, last):
        return False
    lines = sides.left.between(sides.left.of_amount.get(amount, ()), first, last)
    entries = sides.right.between(sides.right.of_amount[amount], first - sides.days_before, last)
    return len(lines) < len(entries)
