"""Locks: days that are closed to whatever changes an account, and what was posted there all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Balance, Close, Custom, Entry, Open, Pad, PriceEntry, Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.period import day_after
from acctkit.problem import Problem, error

# What a lock closes; evidence and decisions stay open, since they change no account.
_LOCKED = (Transaction, Pad, Balance, PriceEntry, Open, Close)
HARD, SOFT = "hard", "soft"


class Late(NamedTuple):
    """An entry that stands after a lock and is dated within it.

    It is an exception where the lock is soft and the entry says why, else a breach. `open_from` is the first open day.
    """

    entry: Entry
    kind: str
    locked: date
    open_from: date | None

    @property
    def reason(self) -> str:
        """Why it was posted all the same, "" where that is not said or does not help."""
        reason = self.entry.meta.get("reason")
        return str(reason) if reason and self.kind == SOFT else ""


def check_locks(ledger: Ledger) -> list[Problem]:
    """Entries that stand after a lock and are dated within it (A603).

    A soft lock yields to an entry with a `reason`, and ends by `undo`; a hard one never does.
    """
    problems: list[Problem] = []
    for found in _walked(ledger):
        if isinstance(found, Problem):
            problems.append(found)
        elif not found.reason:
            message = f"the books are locked up to {found.locked}, and this is dated {found.entry.date}"
            say_why = "; or say why with --reason, or a `reason:` on the entry" if found.kind == SOFT else ""
            hint = f"the first open day is {found.open_from}{say_why}"
            problems.append(error("A603", message, spans.day(found.entry.place), hint))
    return problems


def last_locked(ledger: Ledger) -> date:
    """The last day that any lock ever closed, one undone since as well; the first of all days where there is none."""
    found = (_lock(e) for parsed in ledger.stream for e in parsed.entries if isinstance(e, Custom))
    return max((day for word, day in found if word), default=date.min)


def exceptions(ledger: Ledger) -> list[Late]:
    """The entries that were posted into a soft lock with a reason, in the order they stand."""
    return [found for found in _walked(ledger) if isinstance(found, Late) and found.reason]


def _walked(ledger: Ledger) -> Iterator[Late | Problem]:
    """The stream from its beginning: what stands after a lock and within it, and locks that cannot be."""
    if not any(
        isinstance(entry, Custom) and entry.kind == "lock" for parsed in ledger.stream for entry in parsed.entries
    ):
        return
    standing = {(record.place.file, record.place.line) for record in ledger.records("lock")}
    hard: set[date] = set()
    soft: set[date] = set()
    undone: set[date] = set()  # soft locks that an undo further on ends
    for parsed in ledger.stream:
        for entry in sorted(parsed.entries, key=lambda item: item.line):
            if isinstance(entry, Custom):
                kind, day = _lock(entry)
                if kind == HARD:
                    hard.add(day)
                elif (entry.source.name, entry.line) in standing and entry.kind == "lock":
                    soft.add(day)
                elif kind == SOFT:
                    undone.add(day)
                elif entry.kind == "undo" and entry.values[:2] == ("lock", SOFT):
                    undone -= set(entry.values[2:])
                yield from _misused(entry, hard)
            elif isinstance(entry, _LOCKED):
                late = list(_late(entry, max(hard, default=None), max(soft, default=None)))
                if not late and entry.meta.get("reason"):  # it was an exception when it was posted, and stays one
                    late = list(_late(entry, None, max(undone, default=None)))
                yield from late


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
    if word and word not in (HARD, SOFT):
        message = f"a lock is hard or soft, not `{word}`"
        yield error("D305", message, spans.value(entry.place, 0), 'custom "lock" "hard" 2026-04-30')
    undone = entry.values[2] if entry.kind == "undo" and len(entry.values) == 3 else None
    if isinstance(undone, date) and undone in hard and entry.values[:2] == ("lock", HARD):
        hint = "post what is missing on the first open day"
        message = f"a hard lock is not undone: the books stay locked up to {undone}"
        yield error("A603", message, spans.words(entry.place), hint)


def _late(entry: Entry, hard: date | None, soft: date | None) -> Iterable[Late]:
    if hard and entry.date <= hard:
        yield Late(entry, HARD, hard, day_after(max(hard, soft or hard)))
    elif soft and entry.date <= soft:
        yield Late(entry, SOFT, soft, day_after(max(soft, hard or soft)))
