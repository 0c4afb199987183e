"""What of a bank account's open lines and entries belongs together, and the records that say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from acctkit.journal.entries import Custom, Meta, Money, Transaction
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.matching import Group, Progress, Row, match
from acctkit.money import Amount, to_decimal
from acctkit.reconcile.evidence import OPENING, BankBook, BookEntry, StatementLine, Unit, read_bank
from acctkit.reconcile.state import cheque

_LONGEST_WHY = 100
# Why a match is not made again: a person has said no to it once.
UNDONE = "this match was undone before"
_CHEQUE_TYPES = ("CHECK", "CHEQUE", "CHQ")
# Metadata of an entry that others may quote.
_NUMBERS = ("ref", "their-ref", "invoice", "number")


class Part(NamedTuple):
    """One `reconcile` record to be: so much of a line (or of the opening) is so much of an entry."""

    statement: str
    line: str
    entry: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Match:
    """Lines and entries that belong together, in parts: how that was found, and by what evidence.

    `why` says what speaks against doing it without being asked, "" where nothing does; `margin` by how much it is
    better than anything else.
    """

    parts: tuple[Part, ...]
    tier: int
    method: str
    reasons: tuple[str, ...]
    score: int = 0
    why: str = ""
    margin: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The ids of the lines."""
        return tuple(dict.fromkeys(part.line for part in self.parts))

    @property
    def entries(self) -> tuple[str, ...]:
        """The refs or ids of the entries."""
        return tuple(dict.fromkeys(part.entry for part in self.parts))

    @property
    def amount(self) -> Amount:
        """What is matched, signed."""
        return self.parts[0].amount._replace(minor=sum(part.amount.minor for part in self.parts))


class OpenLine(NamedTuple):
    """A line and what of it is matched to nothing."""

    line: StatementLine
    amount: int


class OpenEntry(NamedTuple):
    """An entry and what of it is matched to nothing."""

    entry: BookEntry
    amount: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What can be matched by itself, what a person should look at (best first), and what is left.

    The unmatched are all that `matched` does not settle, also where something is suggested for them;
    entries only to the day `as_of`. The bank's own errors are left out. `apart` are pairs of the unmatched
    entries that cancel each other in the books, and that the bank says nothing of.
    """

    account: str
    unit: Unit
    as_of: date
    matched: tuple[Match, ...]
    suggested: tuple[Match, ...]
    unmatched_lines: tuple[OpenLine, ...]
    unmatched_entries: tuple[OpenEntry, ...]
    apart: tuple[tuple[str, str], ...] = ()


def propose(
    ledger: Ledger,
    account: str,
    *,
    as_of: date | None = None,
    statement: str = "",
    currency: str = "",
    progress: Progress | None = None,
) -> Proposal:
    """Match the open lines to a day with the open entries; by default to the last statement's end, or the last entry.

    `statement` limits the lines to one statement. An entry dated after its statement's end is suggested,
    never matched. `progress` is called now and then with how much of the matching is done, and how much there is.
    """
    bank = read_bank(ledger, account, currency)
    latest = max((entry.date for entry in ledger.transactions), default=date.max)
    day = as_of or max((s.end for s in bank.statements), default=latest)
    opening = _opening(ledger, bank)
    lines = {
        row.line.id: row
        for row in _open_lines(bank)
        if row.line.date <= day and statement in ("", row.line.statement.id)
    }
    taken = {name for found in opening if not found.why for name in found.entries}
    refused = _undone(ledger)
    entries = {row.entry.name: row for row in _open_entries(bank) if row.entry.name not in taken}
    known = _Known(ledger)
    rows = [_line_row(row) for row in lines.values()], [known.entry_row(row) for row in entries.values()]
    result = match(*rows, progress=progress)
    found = [
        *opening,
        *(
            _match(bank.unit, group, lines, entries, bank.taken_back, refused)
            for group in (*result.matched, *result.suggested)
        ),
    ]
    matched = tuple(one for one in found if not one.why)
    settled = {name for one in matched for name in one.lines}, {name for one in matched for name in one.entries}
    return Proposal(
        account,
        bank.unit,
        day,
        matched,
        tuple(sorted((one for one in found if one.why), key=lambda one: -one.score)),
        tuple(row for name, row in lines.items() if name not in settled[0]),
        tuple(
            row
            for name, row in entries.items()
            if name not in settled[1] and row.entry.date <= day and name not in bank.taken_back
        ),
        tuple(pair for pair in result.apart if not bank.taken_back.keys() & set(pair)),
    )


def reconcile_draft(matches: Sequence[Match], today: date) -> Draft:
    """The `reconcile` records of matches, decided today."""
    texts, reasons = [], []
    for one in matches:
        why = "; ".join(one.reasons)
        meta: Meta = {"method": one.method}
        if why and len(why) <= _LONGEST_WHY:
            meta["why"] = why
        for part in one.parts:
            money = Money(to_decimal(part.amount.minor, part.amount.scale), part.amount.commodity)
            texts.append(record_text(today, "reconcile", (part.statement, part.line, part.entry, money), meta))
        reasons.append(f"{', '.join(one.lines)} is {', '.join(one.entries)}: {why}")
    return Draft(tuple(texts), (), tuple(reasons))


def _open_lines(bank: BankBook) -> Iterator[OpenLine]:
    for line in bank.lines:
        rest = bank.open_line(line)
        if rest * line.amount > 0 and line.id not in bank.errors:
            yield OpenLine(line, rest)


def _open_entries(bank: BankBook) -> Iterator[OpenEntry]:
    for entry in bank.entries:
        rest = bank.open_entry(entry)
        if entry.is_named and rest * entry.amount > 0:
            yield OpenEntry(entry, rest)


def _match(
    unit: Unit,
    group: Group,
    lines: dict[str, OpenLine],
    entries: dict[str, OpenEntry],
    taken_back: dict[str, BookEntry],
    refused: set[tuple[object, object]],
) -> Match:
    """A group of lines and entries as a match."""
    names = set(group.right)
    why = group.why
    if any(entries[name].entry.date > lines[line].line.statement.end for name in names for line in group.left):
        why = why or "the entry is dated after the statement's end"
    for name in group.right:
        if other := taken_back.get(name):
            why = why or f"{'it' if len(names) == 1 else name} and {other.name} take each other back"
    if any((line, name) in refused for line in group.left for name in names):
        why = why or UNDONE
    parts = tuple(_parts(unit, group, lines, entries))
    return Match(parts, group.tier, group.method, group.reasons, group.score, why, group.margin)


def _parts(unit: Unit, group: Group, lines: dict[str, OpenLine], entries: dict[str, OpenEntry]) -> Iterator[Part]:
    """How much of each line is how much of each entry: each line is filled in turn by the entries that follow."""
    if len(group.left) == len(group.right) == 1:
        line, entry = lines[group.left[0]].line, entries[group.right[0]].entry
        yield Part(line.statement.id, line.id, entry.name, unit.amount(group.amount))
        return
    left = {name: entries[name].amount for name in group.right}
    for ident in group.left:
        line, rest = lines[ident].line, lines[ident].amount
        for name in group.right:
            minor = min(left[name], rest, key=abs)
            if minor:
                yield Part(line.statement.id, line.id, name, unit.amount(minor))
                left[name] -= minor
                rest -= minor


def _undone(ledger: Ledger) -> set[tuple[object, object]]:
    """The lines and entries of which a match was undone: a person has said no to them once."""
    undone = (entry.values for entry in ledger.entries if isinstance(entry, Custom) and entry.kind == "undo")
    return {(values[2], values[3]) for values in undone if values[:1] == ("reconcile",) and len(values) > 3}


# The opening.


def _opening(ledger: Ledger, bank: BankBook) -> list[Match]:
    """What the first opening balance may be matched to: the one opening entry of that amount, else a question."""
    if bank.opening is None or not (rest := bank.opening - bank.opening_matched):
        return []
    first = bank.statements[0]
    before = [
        row
        for row in _open_entries(bank)
        if row.entry.date < first.begin or (row.entry.date == first.begin and _is_opening(ledger, row.entry.entry))
    ]
    equal = [row for row in before if row.amount == rest and _is_opening(ledger, row.entry.entry)]
    if len(equal) == 1:
        return [_opening_match(bank, equal, "the opening entry of that amount", "")]
    if equal:
        return [_opening_match(bank, [row], "an opening entry of that amount", "there are several") for row in equal]
    if before and sum(row.amount for row in before) == rest:
        why = "it supposes that the bank showed all of them before its first statement"
        return [_opening_match(bank, before, "all entries before the first statement make it", why)]
    return []


def _opening_match(bank: BankBook, rows: Iterable[OpenEntry], reason: str, why: str) -> Match:
    name = bank.statements[0].id
    parts = tuple(Part(name, OPENING, row.entry.name, bank.unit.amount(row.amount)) for row in rows)
    return Match(parts, 1, OPENING, (reason,), 100, why)


def _is_opening(ledger: Ledger, entry: Transaction) -> bool:
    """Whether an entry brings balances in: by its type, as a pad, or because it sets balances against equity."""
    if entry.type == OPENING or entry.flag == "P":
        return True
    kinds = {ledger.kind(posting.account) for posting in entry.postings}
    return "Equity" in kinds and kinds <= {"Equity", "Assets", "Liabilities"}


# Rows for matching.


def _line_row(row: OpenLine) -> Row:
    line = row.line
    reference = f"CHQ {line.reference}" if line.type.upper() in _CHEQUE_TYPES else line.reference
    stated = (reference,) if line.reference else ()
    return Row(line.id, line.date, row.amount, line.text, stated, line.payer)


class _Known:
    """What the books know of an entry's other party, and of the documents it pays."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.parties = {record.text(0): record.text(1) for record in ledger.records("customer", "supplier")}
        self.settles: dict[str, list[str]] = {}
        for record in ledger.records("allocate"):
            self.settles.setdefault(record.text(0), []).append(record.text(1))

    def entry_row(self, row: OpenEntry) -> Row:
        """An entry as a row: its own numbers, and those of what it pays."""
        transaction, name = row.entry.entry, row.entry.name
        meta = self.ledger.meta(transaction)
        party = meta.get("party")
        party = self.parties.get(party, "") if isinstance(party, str) else ""
        numbers = _texts(meta, _NUMBERS)
        for paid in (*sorted(transaction.links), *self.settles.get(name, ())):
            other = self.ledger.entry(paid)
            numbers += [paid, *(_texts(self.ledger.meta(other), ("their-ref",)) if other else ())]
        if number := cheque(meta):
            numbers.append(f"CHQ {number}")
        text = " ".join(filter(None, (transaction.payee, transaction.narration, party)))
        return Row(name, row.entry.date, row.amount, text, tuple(dict.fromkeys(numbers)), transaction.payee or party)


def _texts(meta: Meta, keys: Iterable[str]) -> list[str]:
    return [value for key in keys if isinstance(value := meta.get(key), str)]
