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

# ISO 4217: the currencies in use, and those whose minor unit is not a hundredth.
_CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a page of codes, not a list of strings
)
_OTHER_UNITS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?")


class Amount(NamedTuple):
    """So many minor units of a commodity: Amount(120000, 2, "GBP") is 1200.00 GBP."""

    minor: int
    scale: int
    commodity: str

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.scale)} {self.commodity}"


def places_of(commodity: str) -> int | None:
    """The decimal places of a currency's minor unit, by ISO 4217; None for what is not a currency."""
    return _OTHER_UNITS.get(commodity, 2) if commodity in _CURRENCIES else None


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
