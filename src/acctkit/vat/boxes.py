"""The boxes of a return, filled from coded lines as the country's data says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from acctkit.vat.codes import BLOCKED, POSTPONED, REVERSE, Box, Country
from acctkit.vat.sides import NET, OUTPUT, CodedLine


class BoxLine(NamedTuple):
    """What one coded line adds to a box, in minor units; `is_computed` where it is no posted amount."""

    line: CodedLine
    amount: int
    is_computed: bool = False


BoxLines = dict[str, list[BoxLine]]


def fill(country: Country, lines: Iterable[CodedLine], scale: int) -> BoxLines:
    """What each box is made of, by tax point and place; lines of worked-out boxes are those they come from.

    The lines of a box add up to it before it is rounded. `scale` is that of the lines; tax that is computed
    is rounded to pence line by line.
    """
    ordered = sorted(lines, key=lambda line: (line.tax_point, line.position, line.posting.line))
    stated = _stated(country, ordered)
    boxes: BoxLines = {name: [] for name in country.boxes}
    for line in ordered:
        for name, box_line in _contributions(country, line, stated, scale):
            boxes[name].append(box_line)
    for box in country.boxes.values():
        if box.is_formula:
            boxes[box.name] = _formula_lines(box, boxes)
    return boxes


def _stated(country: Country, lines: list[CodedLine]) -> set[str]:
    """The refs and links under which postponed tax was posted: their net is not computed upon."""
    stated = set()
    for line in lines:
        if line.leg != NET and country.codes[line.code].tax == POSTPONED:
            stated |= stated_keys(line)
    return stated


def stated_keys(line: CodedLine) -> set[str]:
    """What joins the net of an import to the entry that posts its tax: the entry itself, or a shared link."""
    return {line.ref, *(f"^{link}" for link in line.entry.links)}


def _contributions(country: Country, line: CodedLine, stated: set[str], scale: int) -> Iterator[tuple[str, BoxLine]]:
    code = country.codes[line.code]
    boxes = code.side(line.side)
    if boxes is None:
        return
    if line.leg != NET:
        if code.tax != REVERSE:  # reverse-charge tax is worked out from the net, so what is posted only balances
            for name in boxes.output if line.leg == OUTPUT else boxes.input:
                yield name, BoxLine(line, line.amount)
        return
    is_blocked = code.tax == BLOCKED
    within = country.tax_within(line.amount, code.name, line.tax_point, scale) if is_blocked else 0
    for name in boxes.base:
        yield name, BoxLine(line, line.amount - within, is_blocked)
    if code.tax == REVERSE or (code.tax == POSTPONED and not stated & stated_keys(line)):
        due = country.due_on(line.amount, code.name, line.tax_point, scale)
        for name in (*boxes.output, *boxes.input):
            yield name, BoxLine(line, due, is_computed=True)


def _formula_lines(box: Box, boxes: BoxLines) -> list[BoxLine]:
    plus = [line for name in box.plus for line in boxes[name]]
    minus = [line._replace(amount=-line.amount) for name in box.minus for line in boxes[name]]
    lines = plus + minus
    if box.is_absolute and sum(line.amount for line in lines) < 0:
        return [line._replace(amount=-line.amount) for line in lines]
    return lines


def totals(country: Country, boxes: BoxLines, scale: int) -> tuple[dict[str, int], int]:
    """Each box as filed, and the net that is to pay (negative: to reclaim), in the currency's minor units.

    `scale` is that of the lines. A box is rounded once, on its total, and worked-out boxes come from rounded
    ones, so that the authority's own sums hold.
    """
    filed: dict[str, int] = {}
    payable = 0
    for box in country.boxes.values():
        if box.is_formula:
            value = sum(filed[name] for name in box.plus) - sum(filed[name] for name in box.minus)
            if box.is_absolute:
                payable, value = value, abs(value)
        else:
            value = round_box(sum(line.amount for line in boxes[box.name]), scale, box)
            value *= 10 ** (country.places - box.places)
        filed[box.name] = value
    return filed, payable


def round_box(minor: int, scale: int, box: Box) -> int:
    """A box's total in units of the places it is filed with, rounded as the box says, also where negative."""
    step: int = 10 ** max(0, scale - box.places)
    minor *= 10 ** max(0, box.places - scale)
    half = step // 2 if box.rounding == "half-up" else 0
    magnitude = (abs(minor) + half) // step
    return -magnitude if minor < 0 else magnitude
