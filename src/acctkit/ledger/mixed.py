"""A transaction in two commodities that nothing joins: which is misspelt, or what one is worth in the other.

The base currency is never the one that gets a price: what was bought or sold for it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from decimal import Context, Decimal
from functools import cached_property
from typing import TypeAlias

from acctkit.journal import spans
from acctkit.journal.entries import Commodities, Entry, Open, Posting, PriceEntry, Transaction
from acctkit.ledger.nearest import nearest
from acctkit.ledger.tolerance import ZERO, weight
from acctkit.money import ARITHMETIC, places_of, scale_of
from acctkit.problem import Place

Said: TypeAlias = tuple[Place, str, tuple[tuple[str, Place], ...]]

NO_GUESS = "each commodity adds up to zero, or a price joins it to another"
_WIDE = Context(prec=999)
_MOST_PLACES = 10  # of a figure that a division made: what is beyond them is its rounding
_MORE_PLACES = 4  # a price for one may have so many more than the amount paid


def shown(number: Decimal, places: int) -> str:
    """A number with so many decimal places, or as many more as it needs; the rounding of a division is taken off."""
    number = _rounded(number, places + _MOST_PLACES)
    needed = scale_of(_WIDE.normalize(number))
    return f"{_rounded(number, max(places, needed)):f}"


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), context=_WIDE)


def places_in(entry: Transaction, commodity: str, without: Posting | None = None) -> int:
    """How many decimal places an entry's amounts of a commodity have, those of one posting not counted."""
    units = [p.units for p in entry.postings if p is not without and not p.inferred and p.units]
    found = [scale_of(number) for number, of in units if number is not None and of == commodity]
    return max(found) if found else places_of(commodity) or 0


class Known:
    """The commodities of a book, to be asked which of two it knows better; they are counted when first asked."""

    def __init__(self, entries: Iterable[Entry], home: Collection[str], used: Counter[str] | None = None) -> None:
        self._entries = entries
        self.home = home
        self._used_beside = used or Counter()

    @cached_property
    def declared(self) -> set[str]:
        """What the book declares, prices, or opens accounts for."""
        known: set[str] = set()
        for entry in self._entries:
            if isinstance(entry, Open):
                known.update(entry.commodities)
            elif isinstance(entry, Commodities | PriceEntry):
                known.add(entry.commodity)
        return known

    @cached_property
    def _used(self) -> Counter[str]:
        own = (p.commodity for entry in self._entries if isinstance(entry, Transaction) for p in entry.postings)
        return Counter(own) + self._used_beside

    def rank(self, commodity: str) -> tuple[bool, bool, bool, int]:
        """How well a commodity is known, to be compared: as a base, by declaration, as a currency, by use."""
        is_currency = places_of(commodity) is not None
        return commodity in self.home, commodity in self.declared, is_currency, self._used[commodity]

    def is_known(self, commodity: str) -> bool:
        """Whether the book or the world knows it, more than by its being used."""
        return any(self.rank(commodity)[:3])


def two_commodities(entry: Transaction, over: list[tuple[Decimal, str]], known: Known) -> Said:
    """Where to point and what to say: most often one is misspelt, or what it is worth in the other is missing."""
    (one, first), (other, second) = over
    legs = {c: [p for p in entry.postings if weight(p)[1] == c and not p.inferred] for c in (first, second)}
    if not legs[first] or not legs[second]:
        return entry.place, NO_GUESS, ()
    if nearest(first, [second]):
        odd, right = sorted((first, second), key=known.rank)
        if one == -other or (known.is_known(right) and not known.is_known(odd)):
            return _misspelt(entry, legs, odd, right)
    sums = {first: one, second: other}
    foreign, home = _foreign_first(sums, legs, known)
    of_foreign = legs[foreign]
    place = _amount(entry, of_foreign[0])
    related = tuple((f"in {home}", _amount(entry, leg)) for leg in legs[home][:1])
    if (one > 0) == (other > 0) or any(leg.price is not None or leg.cost is not None for leg in of_foreign):
        return place, NO_GUESS, related
    places = places_in(entry, home)
    if len(of_foreign) == 1:
        return place, _worth(of_foreign[0], abs(sums[home]), home, places), related
    each = _each(abs(sums[foreign]), abs(sums[home]), places)
    rate = f"@ {each} {home}" if each else f"@@ and its worth in {home}"
    return place, f"say what each of the {len(of_foreign)} amounts in {foreign} is worth, with {rate}", related


def _misspelt(entry: Transaction, legs: dict[str, list[Posting]], odd: str, right: str) -> Said:
    leg = legs[odd][0]
    line = spans.posting(entry, leg)
    related = tuple((f"in {right}", _amount(entry, leg)) for leg in legs[right][:1])
    if leg.commodity != odd:  # it stands in a price or a cost
        return spans.commodity(line, odd), f"did you mean {right}?", related
    return spans.amount(line), f"did you mean {leg.number:f} {right}?", related


def _foreign_first(sums: dict[str, Decimal], legs: dict[str, list[Posting]], known: Known) -> tuple[str, str]:
    """The commodity to say a worth of, and the one to say it in."""

    def standing(commodity: str) -> tuple[bool, bool, bool, bool]:
        is_currency = places_of(commodity) is not None
        return commodity in known.home, is_currency, len(legs[commodity]) > 1, sums[commodity] < 0

    foreign, home = sorted(sums, key=standing)
    return foreign, home


def _worth(posting: Posting, worth: Decimal, home: str, places: int) -> str:
    """What to write so that a posting counts for so much: a cost where shares or goods were bought, else a price."""
    written = f"{posting.number:f} {posting.commodity}"
    if places_of(home) is None or places_of(posting.commodity) is not None:
        return f"say what it is worth: {written} @@ {shown(worth, places)} {home}"
    each = _each(abs(posting.number), worth, places)
    if posting.number > 0:
        cost = f"{{{each} {home}}}" if each else f"{{{{{shown(worth, places)} {home}}}}}"
        return f"say what it cost: {written} {cost}"
    price = f"@ {each} {home}" if each else f"@@ {shown(worth, places)} {home}"
    return f"say what was got for it: {written} {price}, or with {{}} before the @ where it was bought at a cost"


def _each(units: Decimal, worth: Decimal, places: int) -> str:
    """What one unit is worth, or "" where that takes too many digits to be what was meant."""
    if units == ZERO:
        return ""
    each = ARITHMETIC.divide(worth, units)
    rounded = _rounded(each, places + _MORE_PLACES)
    return shown(rounded, places) if rounded == each else ""


def _amount(entry: Transaction, posting: Posting) -> Place:
    return spans.amount(spans.posting(entry, posting))
