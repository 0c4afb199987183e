"""What goes into matching, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

REFERENCE, AMOUNT, NAME, DATE = "reference", "amount", "name", "date"
SUM, SPLIT, MANY = "sum", "split", "many"
FEE, ROUNDING, SWAPPED, EXCHANGE = "fee", "rounding", "swapped", "exchange"
TIERS = {REFERENCE: 1, AMOUNT: 2, NAME: 3, DATE: 3, SUM: 4, SPLIT: 4, MANY: 5}
TIERS |= dict.fromkeys((FEE, ROUNDING, SWAPPED, EXCHANGE), 6)
# Points by which the best solution must be better than the best without a group; ten points are a factor of e.
CLEAR = 40
# From here on nothing else comes into question, and the margin is not measured further.
SURE = 80

# A name or a number decides over so many days.
LATE_DAYS = 35


@dataclass(frozen=True, slots=True)
class Row:
    """One line or entry: `id` is unique on its side, `amount` in signed minor units.

    `references` are numbers known to be such, a cheque's as `CHQ 100123`; others are read out of `text`.
    `name` is the other party where it is known, "" where it can only be in the text.
    """

    id: str
    date: date
    amount: int
    text: str = ""
    references: tuple[str, ...] = ()
    name: str = ""


class Group(NamedTuple):
    """Rows that belong together: ids of both sides, the amount they settle, how and why.

    `score` orders groups, higher is better. `margin` is by how many points the best solution is better than the
    best one without this group, measured up to `SURE`. `why` says what speaks against taking a suggestion by
    itself, and is "" where the group was taken.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    amount: int
    tier: int
    method: str
    reasons: tuple[str, ...]
    score: int
    why: str = ""
    margin: int = 0


class Result(NamedTuple):
    """What was taken, by date, and what is suggested, best first; no row of one is in the other.

    `apart` are pairs of right rows that cancel each other, and that nothing on the left speaks of.
    """

    matched: tuple[Group, ...]
    suggested: tuple[Group, ...]
    apart: tuple[tuple[str, str], ...] = ()


class Pair(NamedTuple):
    """The indices of a left and a right row."""

    left: int
    right: int
