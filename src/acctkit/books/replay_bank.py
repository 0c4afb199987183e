"""What a branch imported from the bank, beside what was imported here: each line once, whichever side brought it."""

from __future__ import annotations

import re
from typing import NamedTuple

from acctkit.journal.entries import Custom, Entry
from acctkit.ledger.ledger import Ledger

# Records whose first word after their kind is a statement.
OF_STATEMENTS = ("statement", "statement-line", "reconcile", "bank-error")


# A statement's name with the part that tells it from others of its month.
_SECOND = re.compile(r"(-\d{4}-\d\d)-\d+\Z", re.ASCII)


class Bank(NamedTuple):
    """The statements that are here, with what was replayed so far: by their names, their files, their lines' ids.

    `gone` are the lines of the branch that were here already and are not replayed.
    """

    accounts: dict[str, str]
    files: dict[tuple[str, str], str]
    lines: dict[tuple[str, str], str]
    gone: set[tuple[str, str]]


def read_bank(ledger: Ledger) -> Bank:
    """The statements and lines of a ledger."""
    bank = Bank({}, {}, {}, set())
    for record in ledger.records("statement"):
        bank.accounts[record.text(0)] = str(record.values[1])
        bank.files.setdefault((str(record.values[1]), record.note("sha256")), record.text(0))
    for record in ledger.records("statement-line"):
        bank.lines[bank.accounts.get(record.text(0), ""), record.text(1)] = record.text(0)
    return bank


def settle(entry: Entry, bank: Bank, renaming: dict[str, str], changed: list[tuple[str, str]]) -> str | None:
    """The statement that a record is to name here: "" where the record is here already and goes, None for any other.

    A statement of the same file, and a line of the same id, is the same. A name that is taken gets a second part, which
    is noted in `renaming` and `changed`.
    """
    if not isinstance(entry, Custom):
        return None
    is_undo = entry.kind == "undo" and bool(entry.values)
    kind, *words = entry.values if is_undo else (entry.kind, *entry.values)
    if kind not in OF_STATEMENTS or len(words) < 2 or not isinstance(words[0], str):
        return None
    if kind == "statement" and not is_undo:
        return _settle_statement(words[0], str(words[1]), str(entry.meta.get("sha256", "")), bank, renaming, changed)
    name = renaming.get(words[0], words[0])
    line = bank.accounts.get(name, ""), str(words[1])
    if kind == "statement-line":
        if is_undo:
            return "" if line in bank.gone else name
        if line in bank.lines:
            bank.gone.add(line)
            return ""
        bank.lines[line] = name
    return bank.lines.get(line, name)


def _settle_statement(
    name: str, account: str, sha256: str, bank: Bank, renaming: dict[str, str], changed: list[tuple[str, str]]
) -> str:
    here = bank.files.get((account, sha256)) if sha256 else None
    first, free, number = _SECOND.sub(r"\1", name), name, 2
    while here is None and free in bank.accounts:
        free, number = f"{first}-{number}", number + 1
    now = here or free
    if now != name:
        renaming[name] = now
        changed.append((name, now))
    bank.accounts.setdefault(now, account)
    bank.files.setdefault((account, sha256), now)
    return "" if here else now
