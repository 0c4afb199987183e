"""What a comparison is made of. Amounts are minor units of what we owe: an invoice positive, a payment negative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from acctkit.ledger.items import Item, Party

# The field `date` hides the class of that name.
Day = date

INVOICE, CREDIT, PAYMENT = "invoice", "credit", "payment"

AGREED, DIFFERS, DISPUTED = "agreed", "differs", "disputed"
MISSING_INVOICE, MISSING_CREDIT, MISSING_PAYMENT = "missing_invoice", "missing_credit", "missing_payment"
TRANSIT, UNSEEN_PAYMENT = "payment_in_transit", "payment_not_shown"
UNSEEN_INVOICE, UNSEEN_CREDIT = "invoice_not_shown", "credit_not_shown"
AFTER, LATER, FORWARD, GAP = "after_statement", "posted_later", "brought_forward", "does_not_add_up"


# How the reason begins that documents were taken for one by a number both bear.
TIED = ("both bear", "their line names")


class LineLike(Protocol):
    """A line of a supplier's statement; texts are "" where it has none."""

    @property
    def date(self) -> Day:
        """The day of the document."""

    @property
    def amount(self) -> Decimal:
        """What it adds to what they say we owe."""

    @property
    def original(self) -> Decimal | None:
        """What it was before anything was paid, where the statement says it."""

    @property
    def kind(self) -> str:
        """`invoice`, `credit`, `payment`, or "" where nothing tells."""

    @property
    def reference(self) -> str:
        """Their number of the document."""

    @property
    def other(self) -> str:
        """The number of ours that they quote."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """All words that may be the number of a document."""

    @property
    def text(self) -> str:
        """What else the line says."""

    @property
    def line(self) -> int:
        """The line of the file."""

    @property
    def raw(self) -> str:
        """Its text there."""


class StatementLike(Protocol):
    """A supplier's statement in one currency; `opening` is None where nothing is brought forward."""

    @property
    def currency(self) -> str:
        """Its code, "" where the file is silent."""

    @property
    def date(self) -> Day:
        """Its day."""

    @property
    def opening(self) -> Decimal | None:
        """What is brought forward."""

    @property
    def closing(self) -> Decimal:
        """What they say we owe."""

    @property
    def gap(self) -> Decimal:
        """By how much the closing is more than opening and lines."""

    @property
    def is_open(self) -> bool:
        """Whether the lines are what is left of each document."""

    @property
    def is_stated(self) -> bool:
        """Whether balances or totals prove it."""

    @property
    def is_dated(self) -> bool:
        """Whether it says its day; else the day is that of its last line."""

    @property
    def lines(self) -> Sequence[LineLike]:
        """The lines in order of time."""


class Tie(NamedTuple):
    """Indexes of lines and of items that are the same documents, and why."""

    lines: tuple[int, ...]
    items: tuple[int, ...]
    reason: str


class Guess(NamedTuple):
    """Lines and items that may be the same, what speaks for it, and why it was not taken."""

    lines: tuple[LineLike, ...]
    items: tuple[Item, ...]
    reasons: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One step from their balance to ours: what they show, what we show, and what explains it.

    `effect` is what it adds on the way, ours less theirs; 0 for what agrees.
    """

    kind: str
    lines: tuple[LineLike, ...]
    items: tuple[Item, ...]
    theirs: int
    ours: int
    reasons: tuple[str, ...] = ()

    @property
    def effect(self) -> int:
        """What it adds to their balance to make ours."""
        return self.ours - self.theirs

    @property
    def date(self) -> Day:
        """The earliest day of its documents."""
        days = [line.date for line in self.lines] or [item.issued for item in self.items]
        return min(days, default=date.min)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A statement compared: their closing, our balance at the end of `as_of`, and every step from one to the other."""

    party: Party
    currency: str
    date: Day
    as_of: Day
    closing: int
    ledger: int
    findings: tuple[Finding, ...]
    suggested: tuple[Guess, ...] = ()
    is_stated: bool = True
    notes: tuple[str, ...] = ()

    def of(self, *kinds: str) -> list[Finding]:
        """The findings of these kinds, in order of date."""
        return [finding for finding in self.findings if finding.kind in kinds]

    @property
    def difference(self) -> int:
        """Our balance less theirs with every step: 0, or what nothing explains."""
        return self.ledger - self.closing - sum(finding.effect for finding in self.findings)

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left for a person: both sides agree but for payments on their way and what came after."""
        return not self.difference and all(one.kind in (AGREED, TRANSIT, AFTER, LATER) for one in self.findings)
