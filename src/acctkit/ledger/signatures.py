"""Signatures under reconciliations, as the records that say who signed what."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from acctkit.journal.entries import Money
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.problem import Problem, error

SIGNED = "signed"
PREPARER, REVIEWER = "preparer", "reviewer"
ROLES = (PREPARER, REVIEWER)
PER_STATEMENT = "per-statement"


class Signature(NamedTuple):
    """Who signed the reconciliation of an account at the end of a day, in what role, and the hash of its text.

    `decided` is the day it was signed, `record` None while it is not in the books.
    """

    account: str
    as_of: date
    currency: str
    role: str
    who: str
    sha256: str
    decided: date
    record: Record | None = None

    @property
    def words(self) -> bytes:
        """The bytes that an ssh signature is over."""
        what = f"{self.account}\n{self.as_of}\n{self.currency}\n{self.role}\n{self.sha256}\n{self.who}\n{self.decided}"
        return f"acct reconcile\n{what}\n".encode()

    @property
    def ssh(self) -> str:
        """The ssh signature, "" where there is none."""
        return self.record.note("signature") if self.record else ""


def signatures(ledger: Ledger) -> list[Signature]:
    """The signatures that stand, in the order they were made."""
    return [_read(record) for record in ledger.records(SIGNED)]


def _read(record: Record) -> Signature:
    money = record.meta.get(PER_STATEMENT)
    currency = money.commodity or "" if isinstance(money, Money) else ""
    account, role, who = str(record.values[0]), record.text(2), record.text(3)
    return Signature(account, record.day(1), currency, role, who, record.note("sha256"), record.date, record)


def broken(one: Signature, why: str, hint: str) -> Problem:
    """A611: a signature that does not hold."""
    place = one.record.place if one.record else None
    message = f"what {one.who} signed as {one.role} of {one.account} at {one.as_of} does not hold: {why}"
    return error("A611", message, place, hint)
