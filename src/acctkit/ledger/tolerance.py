"""How far a transaction may be from zero, and what its postings weigh."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from acctkit.journal.entries import Cost, CostSpec, Posting
from acctkit.journal.tokens import MOST_DIGITS
from acctkit.ledger.options import Options

ZERO = Decimal(0)
ONE = Decimal(1)
DIGITS = 28
_LARGEST_FROM_COST = Decimal("0.5")
_ENOUGH = 5 * MOST_DIGITS


def digits_needed(postings: Iterable[Posting]) -> int:
    """How many digits to work with: 28 as beancount, or enough for an exact sum where units have more."""
    numbers = [p.units.number for p in postings if p.units and p.units.number]
    longest = max((len(number.as_tuple().digits) for number in numbers), default=0)
    return DIGITS if longest <= DIGITS else _ENOUGH


def weight(posting: Posting) -> tuple[Decimal, str]:
    """What a booked posting counts for when its transaction is balanced: at cost, else at price, else itself.

    The product is rounded to 28 digits, as beancount does, so that both accept the same transactions.
    """
    number, commodity = posting.number, posting.commodity
    if isinstance(posting.cost, Cost):
        return number * posting.cost.number, posting.cost.commodity
    price = posting.price
    if price is not None and price.number is not None and price.commodity is not None:
        return number * per_unit(price.number, number, is_total=price.is_total), price.commodity
    return number, commodity


def per_unit(price: Decimal, number: Decimal, *, is_total: bool) -> Decimal:
    """A price for one unit; a total price is divided by the units, to 28 digits."""
    if not is_total:
        return price
    return price / abs(number) if number else ZERO


def residual(postings: Iterable[Posting]) -> dict[str, Decimal]:
    """The sum of the weights of booked postings, by commodity."""
    sums: dict[str, Decimal] = {}
    for posting in postings:
        number, commodity = weight(posting)
        sums[commodity] = sums.get(commodity, ZERO) + number
    return sums


class Tolerances:
    """The tolerance of each commodity of one transaction, from the digits its amounts are written with."""

    def __init__(self, postings: Iterable[Posting], options: Options) -> None:
        self.default = options.tolerance_defaults.get("*", ZERO)
        self.by_commodity = {c: t for c, t in options.tolerance_defaults.items() if c != "*"}
        self.finest = dict(self.by_commodity)
        from_cost: dict[str, Decimal] = {}
        for posting in postings:
            if posting.inferred or posting.units is None:
                continue
            number, commodity = posting.units
            if number is None or commodity is None:
                continue
            exponent = number.as_tuple().exponent
            if not isinstance(exponent, int) or exponent >= 0:
                continue
            digit = ONE.scaleb(exponent) * options.tolerance_multiplier
            self.by_commodity[commodity] = max(digit, self.by_commodity.get(commodity, digit))
            self.finest[commodity] = min(digit, self.finest.get(commodity, digit))
            if options.tolerance_from_cost:
                for currency, tolerance in _from_cost(posting, digit):
                    from_cost[currency] = from_cost.get(currency, ZERO) + tolerance
        for currency, tolerance in from_cost.items():
            self.by_commodity[currency] = max(tolerance, self.by_commodity.get(currency, tolerance))
            self.finest[currency] = min(tolerance, self.finest.get(currency, tolerance))

    def of(self, commodity: str) -> Decimal:
        """How far from zero the commodity's sum may be."""
        return self.by_commodity.get(commodity, self.default)

    def step(self, commodity: str, *, precise: bool = False) -> Decimal | None:
        """The step an amount that is worked out is rounded to, or None where it is not rounded."""
        known = self.finest if precise else self.by_commodity
        tolerance = known.get(commodity, self.default)
        return tolerance * 2 if tolerance else None


def _from_cost(posting: Posting, digit: Decimal) -> Iterable[tuple[str, Decimal]]:
    """The tolerance that the last digit of units makes in the currencies of cost and price."""
    cost = posting.cost
    if isinstance(cost, Cost):
        yield cost.commodity, min(digit * cost.number, _LARGEST_FROM_COST)
    elif isinstance(cost, CostSpec) and cost.commodity is not None:
        numbers = [n for n in (cost.total, cost.per_unit) if n is not None]
        if cost.total is not None and len(numbers) == 1 and not cost.is_partial:
            numbers.append(ZERO)  # to beancount a total alone stands beside a cost of nothing for one unit
        yield cost.commodity, min([_LARGEST_FROM_COST, *(digit * n for n in numbers)])
    price = posting.price
    if price is not None and price.number is not None and price.commodity is not None and posting.units:
        number = posting.units.number or ZERO
        rate = per_unit(price.number, number, is_total=price.is_total)
        yield price.commodity, min(digit * rate, _LARGEST_FROM_COST)
