"""A control account and what supports it. Amounts are minor units of the base currency, debit positive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from acctkit.problem import Place

# The field `date` hides the class of that name.
Day = date


class Support(NamedTuple):
    """One thing an account is made of: what it is, how much, and how many days old, None where that says nothing."""

    id: str
    text: str
    amount: int
    date: Day | None = None
    days: int | None = None
    place: Place | None = None


class Group(NamedTuple):
    """Supports of one kind, under their heading."""

    title: str
    lines: tuple[Support, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Control:
    """The accounts of a kind at the end of a day, what supports them, and what makes the difference.

    `review` is part of what supports the account, and somebody may want to look at it. `sign` is 1 where a debit is
    shown as positive, -1 where what we owe is.
    """

    kind: str
    as_of: Day
    currency: str
    sign: int
    accounts: tuple[Support, ...]
    supports: tuple[Group, ...]
    differences: tuple[Group, ...]
    review: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def balance(self) -> int:
        """What the ledger has."""
        return sum(line.amount for line in self.accounts)

    @property
    def supported(self) -> int:
        """What all that supports it comes to."""
        return sum(group.total for group in self.supports)

    @property
    def difference(self) -> int:
        """What nothing supports: 0 when the account is done."""
        return self.balance - self.supported

    @property
    def unexplained(self) -> int:
        """The part of the difference that no entry is named for."""
        return self.difference - sum(group.total for group in self.differences)


def groups(*found: tuple[str, Iterable[Support]]) -> tuple[Group, ...]:
    """Groups by their headings, those without lines left out."""
    made = (Group(title, tuple(lines)) for title, lines in found)
    return tuple(group for group in made if group.lines)
