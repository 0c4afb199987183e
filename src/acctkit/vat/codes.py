"""A country's VAT codes, rates and boxes, read from its data file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from acctkit.problem import refusal

SUPPLY = "supply"
PURCHASE = "purchase"

# Where the tax of a code comes from; data/vat/gb.toml says what each means.
CHARGED = "charged"
STATED = "stated"
REVERSE = "reverse"
POSTPONED = "postponed"
BLOCKED = "blocked"
NONE = "none"

_HUNDRED = 100


class Side(NamedTuple):
    """The boxes one side of a code enters: those of the net, of tax due and of tax reclaimed."""

    base: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    input: tuple[str, ...] = ()

    @property
    def is_taxed(self) -> bool:
        """Whether tax of this side enters any box."""
        return bool(self.output or self.input)


@dataclass(frozen=True, slots=True)
class Code:
    """A tax code: where its tax comes from, the name of its rate, and its sides (None: it has no such)."""

    name: str
    title: str
    tax: str
    rate: str | None
    supply: Side | None
    purchase: Side | None

    def side(self, name: str) -> Side | None:
        """The boxes of SUPPLY or PURCHASE."""
        return self.supply if name == SUPPLY else self.purchase


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the return.

    `places` are those it is filed with; `rounding` is "half-up" or "toward-zero", once on the total. Where
    `plus` or `minus` name boxes it is worked out from them, as rounded; `is_absolute` then drops the sign,
    and `owed` and `reclaimed` are its titles before that was done. `digits` is the most before the point.
    """

    name: str
    title: str
    field: str
    places: int
    rounding: str
    digits: int
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    is_absolute: bool
    owed: str
    reclaimed: str

    @property
    def is_formula(self) -> bool:
        """Whether the box is worked out from other boxes."""
        return bool(self.plus or self.minus)


class Rate(NamedTuple):
    """A rate, as a fraction of the net, from a day on."""

    day: date
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Country:
    """A country's law: codes, rates by name in order of their days, boxes in the order of the form.

    `places` are those of its currency's minor unit; `period_key` is the pattern of the authority's own
    names of periods.
    """

    name: str
    currency: str
    places: int
    authority: str
    schemes: tuple[str, ...]
    codes: dict[str, Code]
    rates: dict[str, tuple[Rate, ...]]
    boxes: dict[str, Box]
    period_key: str

    def rate_on(self, code: str, day: date) -> Fraction | None:
        """The rate of a code on a day, as a fraction of the net; None where it has none."""
        known = self.codes.get(code)
        if known is None or known.rate is None:
            return None
        found = [rate.rate for rate in self.rates[known.rate] if rate.day <= day]
        return found[-1] if found else None

    def tax_on(self, net: int, code: str, day: date, scale: int = 2) -> int:
        """The tax to post with a net line of a document; 0 where none is charged.

        In minor units of the scale, of whole pence, half up: HMRC manual VATREC12030.
        """
        known = self.codes.get(code)
        return self.due_on(net, code, day, scale) if known is not None and known.tax == CHARGED else 0

    def due_on(self, net: int, code: str, day: date, scale: int = 2) -> int:
        """The tax at a code's rate of the day, whoever accounts for it; rounded as `tax_on`."""
        return self._to_pence(net * (self.rate_on(code, day) or Fraction(0)), scale)

    def tax_within(self, gross: int, code: str, day: date, scale: int = 2) -> int:
        """The tax within a gross amount at a code's rate of the day, by the VAT fraction; rounded as `tax_on`."""
        rate = self.rate_on(code, day) or Fraction(0)
        return self._to_pence(gross * rate / (1 + rate), scale)

    def charged_within(self, gross: int, code: str, day: date, scale: int = 2) -> int:
        """The tax to post out of a gross amount: as `tax_within`, and 0 for a code under which none is charged."""
        known = self.codes.get(code)
        return self.tax_within(gross, code, day, scale) if known is not None and known.tax == CHARGED else 0

    def _to_pence(self, number: Fraction, scale: int) -> int:
        """A number of minor units to the nearest penny, half away from zero, in minor units again."""
        penny: int = 10 ** max(0, scale - self.places)
        pence = number / penny
        magnitude = (2 * abs(pence.numerator) + pence.denominator) // (2 * pence.denominator)
        return penny * (-magnitude if number < 0 else magnitude)


@cache
def load_country(name: str) -> Country:
    """The law of a country by its two letters; raises Refusal X905 where there is no file for it."""
    folder = resources.files("acctkit") / "data" / "vat"
    known = sorted(file.name.removesuffix(".toml").upper() for file in folder.iterdir())
    if name not in known:
        hint = f"set `country` in [vat] of acct.toml to one of: {', '.join(known)}"
        raise refusal("X905", f"there are no VAT rules for country {name}", hint)
    file = folder / f"{name.lower()}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    return Country(
        name=data["country"],
        currency=data["currency"],
        places=data["places"],
        authority=data["authority"],
        schemes=tuple(data["schemes"]),
        codes={code: _code(code, table) for code, table in data["codes"].items()},
        rates={rate: _rates(table) for rate, table in data["rates"].items()},
        boxes={box: _box(box, table) for box, table in data["boxes"].items()},
        period_key=data["filing"]["period-key"],
    )


def _code(name: str, table: dict[str, Any]) -> Code:
    sides = {side: _side(table[side]) if side in table else None for side in (SUPPLY, PURCHASE)}
    return Code(name, table["title"], table["tax"], table.get("rate"), sides[SUPPLY], sides[PURCHASE])


def _side(table: dict[str, list[str]]) -> Side:
    return Side(*(tuple(table.get(key, ())) for key in Side._fields))


def _rates(table: dict[str, Any]) -> tuple[Rate, ...]:
    return tuple(sorted(Rate(row["day"], Fraction(row["percent"]) / _HUNDRED) for row in table["from"]))


def _box(name: str, table: dict[str, Any]) -> Box:
    return Box(
        name=name,
        title=table["title"],
        field=table["field"],
        places=table["places"],
        rounding=table["round"],
        digits=table["digits"],
        plus=tuple(table.get("plus", ())),
        minus=tuple(table.get("minus", ())),
        is_absolute=table.get("absolute", False),
        owed=table.get("owed", table["title"]),
        reclaimed=table.get("reclaimed", table["title"]),
    )
