"""What an account holds, lot by lot, and which lots a reduction takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal.entries import Cost, CostSpec
from acctkit.money import EXACT

ZERO = Decimal(0)


class Lot(NamedTuple):
    """So many units of a commodity, bought at one cost; `cost` is None for what has no cost."""

    commodity: str
    cost: Cost | None


class Inventory:
    """The units an account holds of each lot; lots of zero units are not kept."""

    def __init__(self) -> None:
        self._units: dict[Lot, Decimal] = {}
        self._with_cost = False

    def copy(self) -> Inventory:
        """An inventory that can be changed without changing this one."""
        new = Inventory()
        new._units = dict(self._units)
        new._with_cost = self._with_cost
        return new

    def add(self, commodity: str, cost: Cost | None, number: Decimal) -> None:
        """Add units to a lot, or take them off where the number is negative."""
        lot = Lot(commodity, cost)
        total = EXACT.add(self._units.get(lot, ZERO), number)
        self._with_cost |= cost is not None
        if total:
            self._units[lot] = total
        else:
            self._units.pop(lot, None)

    def __iter__(self) -> Iterator[tuple[Lot, Decimal]]:
        return iter(self._units.items())

    def commodities(self) -> set[str]:
        """The commodities held."""
        return {lot.commodity for lot in self._units}

    def cost_currencies(self) -> set[str]:
        """The commodities that lots were paid in."""
        return {lot.cost.commodity for lot in self._units if lot.cost is not None}

    def is_reduced_by(self, commodity: str, number: Decimal) -> bool:
        """Whether units of this sign would reduce something held."""
        return any(
            lot.commodity == commodity and (held > 0) != (number > 0) for lot, held in self._units.items()
        ) and bool(number)

    def lots_that_fit(self, commodity: str, spec: CostSpec, cost_number: Decimal | None) -> list[tuple[Cost, Decimal]]:
        """The lots at cost that agree with all that the braces say, in the order they were bought."""
        found = []
        for lot, held in self._units.items():
            cost = lot.cost
            if lot.commodity != commodity or cost is None:
                continue
            if (
                (cost_number is None or cost.number == cost_number)
                and (spec.commodity is None or cost.commodity == spec.commodity)
                and (spec.date is None or cost.date == spec.date)
                and (spec.label is None or cost.label == spec.label)
            ):
                found.append((cost, held))
        return found


class Taken(NamedTuple):
    """What a reduction takes of each lot (signed as the posting), or why it cannot be said."""

    lots: list[tuple[Cost, Decimal]]
    ambiguous: bool = False
    short: bool = False


def take(matches: list[tuple[Cost, Decimal]], number: Decimal, method: str) -> Taken:
    """Choose among matching lots by the account's booking method; `number` is signed as the posting.

    Beancount has a method AVERAGE and books nothing by it, not even where there is one lot.
    """
    if method == "AVERAGE":
        return Taken([], ambiguous=True)
    if len(matches) == 1:
        cost, held = matches[0]
        return Taken([(cost, number)]) if abs(number) <= abs(held) else Taken([], short=True)
    if method in ("STRICT", "STRICT_WITH_SIZE"):
        if sum((held for _, held in matches), ZERO) == -number:
            return Taken([(cost, -held) for cost, held in matches])
        if method == "STRICT_WITH_SIZE":
            same = sorted((m for m in matches if m[1] == -number), key=lambda m: m[0].date or date.min)
            if same:
                return Taken([(same[0][0], number)])
        return Taken([], ambiguous=True)
    if method == "HIFO":
        ordered = sorted(matches, key=lambda m: m[0].number, reverse=True)
    else:
        ordered = sorted(matches, key=lambda m: m[0].date or date.min, reverse=method == "LIFO")
    return _take_in_order(ordered, number)


def _take_in_order(lots: list[tuple[Cost, Decimal]], number: Decimal) -> Taken:
    left = abs(number)
    sign = Decimal(1).copy_sign(number)
    taken = []
    for cost, held in lots:
        if not left:
            break
        units = min(abs(held), left)
        taken.append((cost, units * sign))
        left -= units
    return Taken([], short=True) if left else Taken(taken)
