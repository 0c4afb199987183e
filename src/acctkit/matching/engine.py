"""Two lists in, groups out: what surely belongs together is taken, what may is suggested with what is against it.

Amounts are signed minor units and are never compared by size alone. The answer does not depend on the order of the
input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from acctkit.matching.blocks import Block
from acctkit.matching.cancel import cancelled
from acctkit.matching.differences import explained
from acctkit.matching.groups import Sums
from acctkit.matching.judge import Judge
from acctkit.matching.rows import Group, Result, Row
from acctkit.matching.sides import Sides

# Called now and then with how much of the work is done, and how much there is.
Progress = Callable[[int, int], None]
_EACH = 2000


def match(
    left: Sequence[Row],
    right: Sequence[Row],
    *,
    days_before: int = 10,
    days_after: int = 5,
    progress: Progress | None = None,
) -> Result:
    """Match the rows of two lists, one with one, and one with several.

    A right row may be dated up to `days_before` days before its left row, to `days_after` after it; a limit
    that falls on a weekend moves outwards to the next weekday.
    """
    sides = Sides(left, right, days_before, days_after)
    judge = Judge(sides)
    apart = cancelled(sides)
    for pair in apart:
        sides.take((), pair)
    matched: list[Group] = []
    amounts = sorted((sides.left.of_amount.keys() & sides.right.of_amount.keys()) - {0})
    whole = len(amounts) + len(sides.left.rows)  # amounts are looked at, then rows that no equal amount explains
    blocks = []
    for done, amount in enumerate(amounts):
        if progress and done % _EACH == 0:
            progress(done, whole)
        block = Block(sides, judge, amount)
        matched += block.take()
        if any(sides.left.is_open[index] for index in block.left):
            blocks.append(block)
    sums = Sums(sides, judge)
    for index in range(len(sides.left.rows)):
        if progress and index % _EACH == 0:
            progress(len(amounts) + index, whole)
        sums.look(index)
    taken, offered = sums.take()
    matched += taken
    for block in blocks if taken else ():  # what sums explain is nobody's twin any more
        matched += block.take()
    suggested = {(group.left, group.right): group for group in offered}
    for block in blocks:
        for group in block.suggest():
            suggested.setdefault((group.left, group.right), group)
    for group in explained(sides, judge):
        suggested.setdefault((group.left, group.right), group)
    if progress:
        progress(whole, whole)
    names = tuple((sides.right.rows[one].id, sides.right.rows[other].id) for one, other in apart)
    return _result(sides, matched, list(suggested.values()))._replace(apart=names)


def _result(sides: Sides, matched: list[Group], suggested: list[Group]) -> Result:
    """What was taken in order of date, and what is suggested, best first."""
    lefts = {row.id: at for at, row in enumerate(sides.left.rows)}
    rights = {row.id: at for at, row in enumerate(sides.right.rows)}

    def order(group: Group) -> tuple[list[int], list[int]]:
        return [lefts[name] for name in group.left], [rights[name] for name in group.right]

    matched.sort(key=order)
    free = [
        group
        for group in suggested
        if all(sides.left.is_open[lefts[name]] for name in group.left)
        and all(sides.right.is_open[rights[name]] for name in group.right)
    ]
    free.sort(key=lambda group: (-group.score, order(group)))
    return Result(tuple(matched), tuple(free))
