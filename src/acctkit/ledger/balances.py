"""What a trial balance asks of books, and the few values it gets: light to import, so that an index answers soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Protocol

from acctkit.ledger.entity import Entity
from acctkit.period import Period
from acctkit.problem import Place, Problem

if TYPE_CHECKING:
    from acctkit.journal.entries import Meta

# Entries that a trial balance does not count on their own day: see `special`.
SPECIAL_TYPES = ("opening", "year-end")


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account: when it was opened and closed (None: still open), what it takes, its metadata."""

    name: str
    opened: date
    closed: date | None
    commodities: tuple[str, ...]
    meta: Meta
    place: Place


class Movement(NamedTuple):
    """What moved on an account in one commodity: opening, gross debits and credits (never negative).

    The base values are the same in base currency, None where a posting has no value in it.
    """

    opening: int = 0
    debit: int = 0
    credit: int = 0
    base_opening: int | None = 0
    base_debit: int | None = 0
    base_credit: int | None = 0

    @property
    def closing(self) -> int:
        """Opening plus debits less credits."""
        return self.opening + self.debit - self.credit

    @property
    def base_closing(self) -> int | None:
        """The closing in base currency."""
        if self.base_opening is None or self.base_debit is None or self.base_credit is None:
            return None
        return self.base_opening + self.base_debit - self.base_credit


class Special(NamedTuple):
    """A posting of an opening or year-end entry, which reports place differently from its date."""

    date: date
    type: str
    account: str
    commodity: str
    minor: int
    base: int | None


Movements = dict[tuple[str, str], Movement]


class Balances(Protocol):
    """What a trial balance needs: answered by a ledger, or by an index of one without reading any entry."""

    entity: Entity
    problems: list[Problem]
    accounts: dict[str, AccountInfo]
    left_out: int

    @property
    def last_day(self) -> date | None:
        """The day of the last transaction, None where there is none."""

    def movements(self, period: Period) -> Movements:
        """What moved on each account in each commodity, by accounting date alone."""

    def specials(self) -> list[Special]:
        """The postings of opening and year-end entries."""

    def kind(self, account: str) -> str:
        """Assets, Liabilities, Equity, Income or Expenses, whatever the book calls them."""

    def show(self, minor: int, commodity: str, *, grouped: bool = False) -> str:
        """An amount as text, with at least the places the commodity is usually written with."""
