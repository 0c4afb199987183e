"""Postings at a cost or a price, read by the block: what they weigh, and which lots they buy or sell."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from acctkit.money import places_of

# Only days that exist.
DAY = (
    rb"(?!0000)(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    rb"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
    rb"|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
NAME = rb"[A-Z][\w\-\x80-\xff]*+(?::[A-Z0-9\x80-\xff][\w\-\x80-\xff]*+)++"
COMMODITY = (
    rb"(?!(?:TRUE|FALSE|NULL)\b)[A-Z]"
    rb"(?:[A-Z0-9]++(?![A-Z0-9'._\-])|[A-Z0-9'._\-]*[A-Z0-9](?![A-Z0-9'._\-])|(?=[ \t\n]))"
)
NUMBER = rb"\d{1,15}+(?:\.\d{1,15}+)?+"
_LEG = re.compile(
    rb"[ \t]++(" + NAME + rb")[ \t]++(-?+" + NUMBER + rb")[ \t]++(" + COMMODITY + rb")"
    rb"(?:[ \t]++\{[ \t]*+("
    + NUMBER
    + rb")[ \t]++("
    + COMMODITY
    + rb")(?:[ \t]*+,[ \t]*+("
    + DAY
    + rb"))?+[ \t]*+\})?+"
    rb"(?:[ \t]++@[ \t]++(" + NUMBER + rb")[ \t]++(" + COMMODITY + rb"))?+[ \t]*+\n"
)
_MOST_PLACES = 13  # characters of a number whose worth is worked out here: products keep within 28 digits


class Worth(NamedTuple):
    """What a posting at a cost or price weighs: which of its entry's or block's it is, in minor units of a currency."""

    at: int
    currency: str
    minor: int


class Move(NamedTuple):
    """Units that come into lots of an account or leave them, as they are written.

    `cost` is that of one unit, `lot_day` the day of the lot where the braces name it, else "".
    """

    account: str
    number: str
    commodity: str
    cost: str
    currency: str
    lot_day: str


# A posting as it is written: account, number, commodity; cost, its currency, day of the lot; price, its currency.
_Leg: TypeAlias = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]


class Priced(NamedTuple):
    """An entry with costs or prices: its postings without them, what these are worth, and what moves in lots."""

    body: bytes
    worth: list[Worth]
    moves: list[Move]


def read_priced(body: bytes) -> Priced | None:
    """Postings less their costs and prices; None where they are set aside.

    All must weigh in one currency, and add up to no more than the tolerance of what is written in it. The worth is
    rounded as the ledger rounds it, and what rounding leaves over goes to the largest foreign leg. Where a commodity
    is held in lots, an account has one posting in it.
    """
    legs: list[_Leg] = _LEG.findall(body)
    _, _, commodity, _, cost_in, _, _, price_in = legs[0]
    currency = cost_in or price_in or commodity
    places = places_of(currency.decode())
    values = None if places is None else _weighed(legs, currency, places)
    if values is None:
        return None
    in_lots = [(leg[0], leg[2]) for leg in legs if leg[3]]
    if in_lots and sum((leg[0], leg[2]) in in_lots for leg in legs) > len(set(in_lots)):
        return None
    name = currency.decode()
    return Priced(
        b"".join([b"  %b  %b %b\n" % leg[:3] for leg in legs]),
        [Worth(i, name, values[i]) for i, leg in enumerate(legs) if leg[2] != currency],
        [Move(*[part.decode() for part in leg[:6]]) for leg in legs if leg[3]] if in_lots else [],
    )


def _weighed(legs: list[_Leg], currency: bytes, places: int) -> list[int] | None:
    """What each posting weighs in minor units of the currency; None where they do not add up to nothing there."""
    weights, finest, coarsest = [], 0, _MOST_PLACES
    for _, number, commodity, cost, cost_in, _, price, price_in in legs:
        minor, digits = _minor(number)
        rate = cost or price
        if not minor or max(len(number), len(rate), len(price)) > _MOST_PLACES:
            return None
        if rate:
            if commodity == currency or (cost_in or price_in) != currency or (price and price_in != currency):
                return None
            each, more = _minor(rate)
            if cost and not each:
                return None
            minor, digits = minor * each, digits + more
        elif commodity != currency or digits > places:
            return None
        else:
            coarsest = min(coarsest, digits or coarsest)
        weights.append((minor, digits))
        finest = max(finest, digits)
    over = abs(sum([minor * 10 ** (finest - digits) for minor, digits in weights]))
    if over and (coarsest == _MOST_PLACES or 2 * over * 10**coarsest > 10**finest):
        return None
    values = [_rounded(minor, digits - places) for minor, digits in weights]
    if (rest := sum(values)) and abs(rest) <= len(values):
        foreign = [i for i, leg in enumerate(legs) if leg[2] != currency]
        values[max(foreign, key=lambda i: abs(values[i]))] -= rest
    return values


def _minor(number: bytes) -> tuple[int, int]:
    """A number as an integer, and how many of its digits are decimal places."""
    at = number.find(b".")
    return (int(number[:at] + number[at + 1 :]), len(number) - at - 1) if at >= 0 else (int(number), 0)


def _rounded(number: int, places: int) -> int:
    """A number with so many places less, half away from zero; with more where `places` is negative."""
    if places <= 0:
        return int(number * 10**-places)
    unit = int(10**places)
    rounded = (2 * abs(number) + unit) // (2 * unit)
    return -rounded if number < 0 else rounded
