"""Locks: days that are closed to whatever changes an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from acctkit.journal.entries import Balance, Close, Custom, Entry, Open, Pad, PriceEntry, Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.period import day_after
from acctkit.problem import Problem, error

# What a lock closes; evidence and decisions stay open, since they change no account.
_LOCKED = (Transaction, Pad, Balance, PriceEntry, Open, Close)


def check_locks(ledger: Ledger) -> list[Problem]:
    """Entries that stand after a lock and are dated within it (A603).

    A soft lock yields to an entry with a `reason`, and ends by `undo`; a hard one never does.
    """
    if not any(
        isinstance(entry, Custom) and entry.kind == "lock" for parsed in ledger.stream for entry in parsed.entries
    ):
        return []
    standing = {(record.place.file, record.place.line) for record in ledger.records("lock")}
    hard: set[date] = set()
    soft: set[date] = set()
    problems: list[Problem] = []
    for parsed in ledger.stream:
        for entry in sorted(parsed.entries, key=lambda item: item.line):
            if isinstance(entry, Custom):
                kind, day = _lock(entry)
                if kind == "hard":
                    hard.add(day)
                elif (entry.source.name, entry.line) in standing and entry.kind == "lock":
                    soft.add(day)
                problems += _misused(entry, hard)
            elif isinstance(entry, _LOCKED):
                problems += _breach(entry, max(hard, default=None), max(soft, default=None))
    return problems


def _lock(entry: Custom) -> tuple[str, date]:
    """The word and day of a lock, ("", ...) where it has none."""
    if entry.kind == "lock" and len(entry.values) == 2:
        word, day = entry.values
        if isinstance(word, str) and isinstance(day, date):
            return word, day
    return "", date.min


def _misused(entry: Custom, hard: set[date]) -> Iterable[Problem]:
    """A lock that is neither hard nor soft, and an undo of a hard one."""
    word, _ = _lock(entry)
    if word and word not in ("hard", "soft"):
        yield error("D305", f"a lock is hard or soft, not `{word}`", entry.place, 'custom "lock" "hard" 2026-04-30')
    undone = entry.values[2] if entry.kind == "undo" and len(entry.values) == 3 else None
    if isinstance(undone, date) and undone in hard and entry.values[:2] == ("lock", "hard"):
        hint = "post what is missing on the first open day"
        yield error("A603", f"a hard lock is not undone: the books stay locked up to {undone}", entry.place, hint)


def _breach(entry: Entry, hard: date | None, soft: date | None) -> Iterable[Problem]:
    closed = hard if hard and entry.date <= hard else soft if soft and entry.date <= soft else None
    if closed is None or (closed == soft and closed != hard and entry.meta.get("reason")):
        return
    hint = f"the first open day is {day_after(max(hard or closed, soft or closed))}"
    yield error("A603", f"the books are locked up to {closed}, and this is dated {entry.date}", entry.place, hint)
