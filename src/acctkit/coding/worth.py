"""What a line is worth in base currency: itself, or by the price that the books have of its currency."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from acctkit.coding.lines import Line
from acctkit.journal.entries import PriceEntry
from acctkit.ledger.ledger import Ledger, round_to
from acctkit.money import EXACT, Amount, places_of, to_decimal, to_minor

# A price older than this says little of what something is worth.
_OLDEST = timedelta(days=31)


class Worth(NamedTuple):
    """Minor units of the base currency at a scale, None where no price tells; and how it is known."""

    base: int | None
    scale: int
    said: str


class Prices:
    """The prices of a book in its base currency, by commodity, in order of date."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.base = ledger.entity.currency
        self.scale = ledger.scale(self.base)
        places = places_of(self.base)
        self.places = ledger.shown(self.base) if places is None else places
        self._of: dict[str, list[PriceEntry]] = {}
        for price in ledger.prices():
            if price.quote == self.base:
                self._of.setdefault(price.commodity, []).append(price)

    def near(self, commodity: str, day: date) -> PriceEntry | None:
        """The latest price on or before a day, where it is not too old."""
        known = [price for price in self._of.get(commodity, ()) if day - _OLDEST <= price.date <= day]
        return max(known, key=lambda price: price.date) if known else None

    def worth(self, line: Line) -> Worth:
        """What a line is worth."""
        if line.amount.commodity == self.base:
            return Worth(line.amount.minor, line.amount.scale, "")
        price = self.near(line.amount.commodity, line.date)
        if price is None:
            return Worth(None, self.scale, "")
        return Worth(self.at(line.amount, price.number), self.scale, self.said(price))

    def at(self, amount: Amount, rate: Decimal) -> int:
        """What an amount is worth at a rate, to the minor unit of the base currency, half away from zero."""
        exact = EXACT.multiply(to_decimal(amount.minor, amount.scale), rate)
        return to_minor(round_to(exact, min(self.places, self.scale)), self.scale)

    def said(self, price: PriceEntry) -> str:
        """A price in words."""
        return f"at the books' price of {price.date}, {price.number:f} {price.quote} for 1 {price.commodity}"

    def missing(self, line: Line) -> str:
        """Why a line has no worth, and what to do."""
        currency = line.amount.commodity
        example = f"{line.date} price {currency} 1.00 {self.base}"
        return f"the books have no price of {currency} of the 31 days to {line.date}: post one, like `{example}`"
