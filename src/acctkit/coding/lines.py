"""What goes into coding and what comes out: open lines, what is left of each account, suggestions.

Amounts of lines are minor units of their own scale, money in positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from acctkit.money import Amount
from acctkit.problem import Place

RULE, TRANSFER, PARTY, HISTORY = "rule", "transfer", "party", "history"
TIERS = (RULE, TRANSFER, PARTY, HISTORY)

Day = date


class Line(NamedTuple):
    """A line of a bank or card statement, and what of it is matched to nothing."""

    account: str
    statement: str
    id: str
    date: Day
    amount: Amount
    text: str
    payer: str
    reference: str
    place: Place

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from any other line."""
        return self.account, self.id

    @property
    def words(self) -> str:
        """All that the bank says of it, each thing once."""
        payer = "" if self.payer in self.text else self.payer
        reference = "" if self.reference in self.text else self.reference
        return " ".join(filter(None, (payer, self.text, reference)))


class OpenEntry(NamedTuple):
    """An entry that moves an account, and what of that is matched to nothing."""

    account: str
    name: str
    date: Day
    amount: Amount


@dataclass(frozen=True, slots=True)
class Waiting:
    """What reconciling leaves of one account: open lines, open entries, and the lines it has an entry for.

    `matched` says of a line's id with which entry reconciling matches it, `perhaps` with which it may belong.
    `covered` are the days, first and last, of each of its statements.
    """

    account: str
    lines: tuple[Line, ...]
    entries: tuple[OpenEntry, ...] = ()
    matched: Mapping[str, str] = field(default_factory=dict)
    perhaps: Mapping[str, str] = field(default_factory=dict)
    covered: tuple[tuple[date, date], ...] = ()


class CodeOfLaw(Protocol):
    """A VAT code: None on the side it does not exist on."""

    @property
    def supply(self) -> object | None:
        """What it means on a sale."""

    @property
    def purchase(self) -> object | None:
        """What it means on a purchase."""


class Law(Protocol):
    """What coding asks of a country's VAT."""

    @property
    def codes(self) -> Mapping[str, CodeOfLaw]:
        """The codes by name."""

    def charged_within(self, gross: int, code: str, day: date, scale: int) -> int:
        """The tax that stands within a gross amount under a code, 0 where none is charged."""


class Coded(NamedTuple):
    """A posting to be, beside that of the bank: debit positive, in minor units of the base currency.

    `units` is what it is in a currency that is not the base's; `tax` tells that it is VAT under the code.
    """

    account: str
    base: int
    code: str = ""
    party: str = ""
    units: Amount | None = None
    tax: bool = False


class Tried(NamedTuple):
    """A rule that was asked about a line: whether it takes it, and why or why not."""

    rule: str
    place: Place
    takes: bool
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How a line may be coded, by what evidence, and what speaks against doing it unasked ("": nothing).

    `tier` is rule, transfer, party or history; `rule` the rule's name. `base` is what the line is worth in minor units
    of the base currency, at the `scale` of these; the legs add up to it with the sign turned. `others` are the lines of
    other own accounts that the same entry explains. Where the entry stands in the books already, `entry` names it and
    there are no legs.
    """

    line: Line
    tier: str
    kind: str
    base: int
    scale: int
    legs: tuple[Coded, ...]
    reasons: tuple[str, ...]
    why: str = ""
    rule: str = ""
    party: str = ""
    payee: str = ""
    narration: str = ""
    others: tuple[Line, ...] = ()
    entry: str = ""

    @property
    def account(self) -> str:
        """The account it is coded to, of several the one that takes most; "" for an entry in the books."""
        nets = [leg for leg in self.legs if not leg.tax]
        return max(nets, key=lambda leg: abs(leg.base)).account if nets else ""

    @property
    def code(self) -> str:
        """The VAT code of that account, "" for none."""
        return next((leg.code for leg in self.legs if leg.account == self.account and not leg.tax), "")

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines that the entry explains."""
        return (self.line, *self.others)


class Left(NamedTuple):
    """A line that nothing is suggested for, and why; `entry` names what reconciling matches it with, "" for nothing."""

    line: Line
    why: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class CodingProposal:
    """What can be posted unasked, what a person should look at, and what is left, in order of date and id.

    `tried` is, for each open line by account and id, what the rules said to it, in their order.
    """

    account: str
    coded: tuple[Suggestion, ...]
    suggested: tuple[Suggestion, ...]
    left: tuple[Left, ...]
    tried: Mapping[tuple[str, str], tuple[Tried, ...]]
