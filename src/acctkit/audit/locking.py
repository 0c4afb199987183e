"""Closing a period, opening it again, and the list of what is closed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from acctkit.audit.locks import HARD, SOFT, Late, exceptions
from acctkit.audit.seals import Chain, Seal
from acctkit.journal.entries import Transaction
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.period import day_after
from acctkit.problem import count, refusal
from acctkit.table import INTEGER, Column, Row, Table


def propose_lock(ledger: Ledger, last: date, kind: str, today: date, reason: str = "") -> Draft:
    """The record that closes every day up to one; raises Refusal X907 where it would close nothing or a day to come."""
    if last >= today:
        raise refusal("X907", f"{last} is not over yet", f"lock it from {day_after(last)} on")
    for record in ledger.records("lock"):
        if record.day(1) >= last and record.text(0) in (kind, HARD):
            message = f"the books are locked up to {record.day(1)} already ({record.text(0)})"
            raise refusal("X907", message, "acct lock lists what is closed", record.place)
    closed = f"every day up to {last} is closed"
    yields = "an entry with a --reason is still taken, as an exception" if kind == SOFT else "this cannot be undone"
    meta = {"reason": reason} if reason else None
    return Draft((record_text(today, "lock", [kind, last], meta),), reasons=(f"{closed}; {yields}",))


def propose_unlock(ledger: Ledger, last: date | None, today: date, reason: str) -> Draft:
    """The undo of a soft lock, of the latest one where no day is named; raises Refusal X907 without one or a reason."""
    soft = [record for record in ledger.records("lock") if record.text(0) == SOFT and last in (None, record.day(1))]
    if not soft:
        hint = "a hard lock is never undone: post what is missing on the first open day"
        raise refusal("X907", f"there is no soft lock{f' up to {last}' if last else ''}", hint)
    if not reason:
        raise refusal("X907", "a lock is undone for a reason", 'say why: --reason "the auditor\'s adjustments"')
    draft = record_text(today, "undo", ["lock", SOFT, soft[-1].day(1)], {"reason": reason})
    return Draft((draft,), reasons=(f"the soft lock up to {soft[-1].day(1)} is undone",))


# The report.


class LockLine(NamedTuple):
    """A lock that stands: its record, the seal over it, and the entries posted into it with a reason."""

    record: Record
    seal: Seal | None
    exceptions: tuple[Late, ...]


def standing_locks(ledger: Ledger, chain: Chain) -> list[LockLine]:
    """The locks that stand, in the order of the stream, each with its exceptions."""
    records = ledger.records("lock")
    late = exceptions(ledger)
    return [
        LockLine(
            record,
            chain.seal_over(record.place.file, record.place.line),
            tuple(one for one in late if record.text(0) == SOFT and one.locked == record.day(1)),
        )
        for record in records
    ]


def locks_table(lines: list[LockLine]) -> Table:
    """The locks, the latest day last, and below each the entries that were posted into it."""
    columns = (Column("Lock"), Column("Up to"), Column("Set on"), Column("By"), Column("Exceptions", INTEGER))
    rows = []
    for line in sorted(lines, key=lambda one: one.record.day(1)):
        record, who = line.record, line.seal.who if line.seal else "not sealed"
        cells = (record.text(0), str(record.day(1)), str(record.date), who, str(len(line.exceptions)))
        rows.append(Row(cells))
    notes = [f"{_named(one)} dated {one.entry.date}: {one.reason}" for line in lines for one in line.exceptions]
    last = max((line.record.day(1) for line in lines), default=None)
    subtitle = f"the first open day is {day_after(last)}" if last else "no day is closed"
    return Table("Locks", columns, tuple(rows), subtitle, tuple(notes))


def locks_json(ledger: Ledger, lines: list[LockLine]) -> dict[str, object]:
    """The answer of `acct lock`."""
    last = max((line.record.day(1) for line in lines), default=None)
    return {
        "schema": "acctkit.locks/1",
        "problems": count(ledger.problems),
        "open_from": str(day_after(last)) if last else None,
        "locks": [
            {
                "kind": line.record.text(0),
                "up_to": str(line.record.day(1)),
                "date": str(line.record.date),
                "by": line.seal.who if line.seal else None,
                "sealed": line.seal.time if line.seal else None,
                "file": line.record.place.file,
                "line": line.record.place.line,
                "exceptions": [
                    {
                        "entry": _named(one),
                        "date": str(one.entry.date),
                        "reason": one.reason,
                        "file": one.entry.source.name,
                        "line": one.entry.line,
                    }
                    for one in line.exceptions
                ],
            }
            for line in lines
        ],
    }


def _named(late: Late) -> str:
    """The ref or id of an entry, the kind of any other directive."""
    entry = late.entry
    if isinstance(entry, Transaction):
        return str(entry.meta.get("ref") or entry.digest)
    return type(entry).__name__.lower()
