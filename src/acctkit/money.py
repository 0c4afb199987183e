"""Exact money: integers of minor units inside, Decimal at the rim.

A *scale* is the number of decimal places of a minor unit: 2 for pence, 0 for yen, 8 for a satoshi.
Nothing here takes or gives a float.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact
from typing import NamedTuple

# Beancount computes with 28 digits; acct does the same where it divides, so that both give one answer.
ARITHMETIC = Context(prec=28)
# Everything that must not round uses this one, which refuses instead.
EXACT = Context(prec=999, traps=[Inexact])

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?")


class Amount(NamedTuple):
    """So many minor units of a commodity: Amount(120000, 2, "GBP") is 1200.00 GBP."""

    minor: int
    scale: int
    commodity: str

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.scale)} {self.commodity}"


def scale_of(number: Decimal) -> int:
    """How many decimal places a number is written with; never negative."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def to_minor(number: Decimal, scale: int) -> int:
    """The number as an integer of minor units; raises ValueError where it does not fit exactly."""
    shifted = number.scaleb(scale, EXACT)
    minor = int(shifted)
    if minor != shifted:
        raise ValueError(f"{number} has more than {scale} decimal places")
    return minor


def round_minor(number: Decimal, scale: int) -> int:
    """The nearest integer of minor units, half away from zero: the rounding of invoices and tax."""
    return int(number.scaleb(scale, EXACT).to_integral_value(ROUND_HALF_UP))


def to_decimal(minor: int, scale: int) -> Decimal:
    """Minor units as the Decimal that is written, with all places of the scale."""
    return Decimal(minor).scaleb(-scale, EXACT)


def rescale(minor: int, scale: int, new_scale: int) -> int:
    """The same value counted in units of another scale; raises ValueError where that is not exact."""
    if new_scale >= scale:
        return int(minor * 10 ** (new_scale - scale))
    quotient, rest = divmod(minor, int(10 ** (scale - new_scale)))
    if rest:
        raise ValueError(f"{format_minor(minor, scale)} has more than {new_scale} decimal places")
    return quotient


def format_minor(minor: int, scale: int, shown: int | None = None, *, grouped: bool = False) -> str:
    """Minor units as text, exact: at least `shown` decimal places (default: all of the scale)."""
    digits = str(abs(minor)).rjust(scale + 1, "0")
    whole, places = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    if shown is not None:
        places = places[:shown] + places[shown:].rstrip("0") if shown < scale else places.ljust(shown, "0")
    if grouped:
        whole = f"{int(whole):,}"
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{places}" if places else sign + whole


def parse_number(text: str) -> Decimal | None:
    """A number as a person types it, `1,200.00` or `-5`, or None where it is not one."""
    text = text.strip()
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None
