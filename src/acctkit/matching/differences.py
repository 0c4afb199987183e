"""Pairs whose amounts differ, each with what may explain the difference: never taken, and never just "close enough".

Two digits swapped in one amount; a rounding; a fee that a payment cost or a receipt was cut by; a difference of
exchange; a part. Each kind has its own test, and is as likely as few amounts pass it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator

from acctkit.matching.blocks import MOST_LISTED
from acctkit.matching.judge import Judge
from acctkit.matching.likeness import OTHER, SIMILAR
from acctkit.matching.rows import EXCHANGE, FEE, REFERENCE, ROUNDING, SWAPPED, TIERS, Group, Pair
from acctkit.matching.sides import Sides

# A rounding is at most this much; a fee this much or this share; an exchange difference this share. In percent.
_ROUNDING = 2
_FEE_LEAST, _FEE_MOST, _FEE_PERCENT = 500, 3000, 10
_EXCHANGE_PERCENT = 3
# Points, against two rows that stand alone.
_POINTS = {SWAPPED: 35, ROUNDING: 40, FEE: 8, EXCHANGE: -5}
_REFERENCE = 70
_LEAST_SUGGESTED = 25
_EXPLAINED = {
    SWAPPED: "two digits are swapped in one amount",
    ROUNDING: "the difference may be a rounding",
    FEE: "the difference may be a fee",
    EXCHANGE: "the difference may be one of exchange",
}


def explained(sides: Sides, judge: Judge) -> Iterator[Group]:
    """Pairs of open rows whose amounts differ in a way that has an explanation, or that share a reference."""
    seen: set[Pair] = set()
    for pair in _of_references(sides):
        seen.add(pair)
        yield _group(sides, judge, pair, kind_of(*_amounts(sides, pair)) or REFERENCE)
    of_days: dict[tuple[bool, int], list[tuple[int, int]]] = defaultdict(list)
    of_amount: dict[int, list[int]] = defaultdict(list)
    for right, row in enumerate(sides.right.rows):
        if sides.right.is_open[right]:
            of_days[row.amount > 0, sides.right.days[right]].append((row.amount, right))
            of_amount[row.amount].append(right)
    for rows in of_days.values():
        rows.sort()
    for left, row in enumerate(sides.left.rows):
        if not sides.left.is_open[left]:
            continue
        first, last = sides.window(row.date)
        days = [of_days[row.amount > 0, day] for day in range(first, last + 1)]
        for right in _near_in_amount(row.amount, days, of_amount):
            pair = Pair(left, right)
            if pair in seen or not first <= sides.right.days[right] <= last:
                continue
            if (kind := kind_of(*_amounts(sides, pair))) and _is_fit(judge, pair, kind):
                group = _group(sides, judge, pair, kind)
                if group.score >= _LEAST_SUGGESTED:
                    yield group


def _is_fit(judge: Judge, pair: Pair, kind: str) -> bool:
    """Whether names and numbers leave room for a difference of a kind."""
    judged = judge.likeness(pair)
    is_named = judged == SIMILAR if kind in (FEE, EXCHANGE) else judged != OTHER
    return is_named and not judge.conflict(pair)


def kind_of(line: int, entry: int) -> str:
    """What may explain that a line and an entry of one sign differ, "" where nothing does."""
    difference = abs(line - entry)
    if not difference or line * entry <= 0:
        return ""
    if difference <= _ROUNDING:
        return ROUNDING
    if _is_swapped(str(abs(line)), str(abs(entry))):
        return SWAPPED
    limit = min(_FEE_MOST, max(_FEE_LEAST, abs(entry) * _FEE_PERCENT // 100))
    if line < entry and difference <= limit and difference * 2 < abs(entry):  # a receipt cut, or a payment that cost
        return FEE
    return EXCHANGE if difference * 100 <= abs(entry) * _EXCHANGE_PERCENT else ""


def _is_swapped(one: str, other: str) -> bool:
    """Whether two numbers differ by an exchange of two neighbouring digits."""
    if len(one) != len(other):
        return False
    places = [at for at in range(len(one)) if one[at] != other[at]]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    at = places[0]
    return one[at] == other[at + 1] and one[at + 1] == other[at]


def _near_in_amount(minor: int, days: list[list[tuple[int, int]]], of_amount: dict[int, list[int]]) -> Iterator[int]:
    """Open right rows whose amount an explanation may lead to; each once."""
    reach = min(_FEE_MOST, max(_FEE_LEAST, abs(minor) * _FEE_PERCENT // 50))
    reach = max(reach, abs(minor) * (_EXCHANGE_PERCENT + 1) // 100)
    near = [
        right
        for rows in days
        for _, right in rows[bisect_left(rows, (minor - reach, -1)) : bisect_right(rows, (minor + reach, 1 << 60))]
    ]
    yield from near
    known = set(near)
    text, sign = str(abs(minor)), 1 if minor > 0 else -1
    for at in range(len(text) - 1):
        swapped = sign * int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
        yield from (right for right in of_amount.get(swapped, ()) if right not in known)


def _of_references(sides: Sides) -> Iterator[Pair]:
    """Pairs of open rows with one reference whose amounts have one sign but differ."""
    for lefts, rights in sides.carriers.values():
        ours = [index for index in lefts if sides.left.is_open[index]]
        theirs = [index for index in rights if sides.right.is_open[index]]
        if len(ours) > MOST_LISTED or len(theirs) > MOST_LISTED:
            continue
        for pair in (Pair(one, other) for one in ours for other in theirs):
            line, entry = _amounts(sides, pair)
            if line != entry and line * entry > 0 and sides.common(pair):
                yield pair


def _amounts(sides: Sides, pair: Pair) -> tuple[int, int]:
    return sides.left.rows[pair.left].amount, sides.right.rows[pair.right].amount


def _group(sides: Sides, judge: Judge, pair: Pair, kind: str) -> Group:
    left, right = sides.left.rows[pair.left], sides.right.rows[pair.right]
    judged, points = judge.name(pair)
    points += judge.date(pair) + _POINTS.get(kind, 0)
    points += _REFERENCE if sides.common(pair) else judge.number(pair)
    amount = min(left.amount, right.amount, key=abs)
    explained_by = (_EXPLAINED[kind],) if kind in _EXPLAINED else ()
    reasons = (*explained_by, *judge.reasons(pair, judged))
    ids = (left.id,), (right.id,)
    return Group(*ids, amount, TIERS[kind], kind, reasons, points, "the amounts differ")
