"""One bank account as the books know it: its statements and lines, its entries, and what is matched.

Amounts are minor units of `BankBook.scale`, money in positive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from acctkit.journal.entries import Meta, Money, Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.ledger.records import Record
from acctkit.money import Amount, format_minor, scale_of, to_minor
from acctkit.period import ONE_DAY
from acctkit.problem import Place, refusal

# The line a first statement's opening balance is matched by.
OPENING = "opening"
_MOST_NAMED = 6

# The field `date` hides the class of that name.
Day = date


class Unit(NamedTuple):
    """How an account's amounts are counted and shown: the scale, and the decimal places always shown."""

    currency: str
    scale: int
    shown: int

    def minor(self, number: Decimal) -> int:
        """A number in minor units."""
        return to_minor(number, self.scale)

    def text(self, minor: int) -> str:
        """An amount as a plain decimal text."""
        return format_minor(minor, self.scale, self.shown)

    def amount(self, minor: int) -> Amount:
        """An amount with its currency."""
        return Amount(minor, self.scale, self.currency)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: the days it covers, and its balances, None where it states none.

    `order` is its place among the account's statements, by first day, `file` that it came from, "" for none.
    """

    id: str
    begin: date
    end: date
    opening: int | None
    closing: int | None
    place: Place
    order: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement the bank shows, and the statement whose file brought it."""

    id: str
    statement: Statement
    date: Day
    amount: int
    text: str
    payer: str
    reference: str
    type: str
    place: Place


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A transaction and what it moves on the account, sub-accounts with it.

    `is_named` is False where its ref is another entry's too, and means that one.
    """

    name: str
    entry: Transaction
    amount: int
    is_named: bool

    @property
    def date(self) -> Day:
        """The accounting date."""
        return self.entry.date


class Matched(NamedTuple):
    """A standing `reconcile` record: part of a line (None: the opening) is part of an entry."""

    line: StatementLine | None
    entry: BookEntry
    amount: int
    record: Record


class BankError(NamedTuple):
    """A line that is the bank's own error: why, and the line that it corrects, "" where it corrects none."""

    why: str
    corrects: str
    record: Record


@dataclass(frozen=True)
class BankBook:
    """An account in the currency of its statements.

    Statements are in order of their first day, lines and entries in order of date. Records that name
    nothing known are in none of these; the checks name them. `errors` are the lines that are the bank's
    own errors, by their ids.
    """

    account: str
    unit: Unit
    statements: tuple[Statement, ...]
    lines: tuple[StatementLine, ...]
    entries: tuple[BookEntry, ...]
    matches: tuple[Matched, ...]
    errors: dict[str, BankError]

    @cached_property
    def begin(self) -> date | None:
        """The first day of the first statement."""
        return self.statements[0].begin if self.statements else None

    @cached_property
    def _days(self) -> list[date]:
        return [line.date for line in self.lines]

    @cached_property
    def _running(self) -> list[int]:
        return list(accumulate((line.amount for line in self.lines), initial=0))

    def moved(self, day: date) -> int:
        """The sum of all lines dated on or before a day."""
        return self._running[bisect_right(self._days, day)]

    def moved_before_end(self, statement: Statement) -> int:
        """The sum of the lines a statement's closing counts.

        Those to its last day; of that day's, not those a later statement brought: it may have been made
        before the day was over.
        """
        counted = self.moved(day_before(statement.end))
        first = bisect_right(self._days, day_before(statement.end))
        last = bisect_right(self._days, statement.end)
        return counted + sum(line.amount for line in self.lines[first:last] if line.statement.order <= statement.order)

    def offsets(self) -> Iterator[tuple[date, Statement, bool, int]]:
        """Every balance the bank stated less the lines to it: the same figure, if no line is missing.

        As (day, statement, whether it is the opening, balance less lines), in order of day. An opening
        that a closing before it equals says nothing new and is left out.
        """
        found = []
        for statement in self.statements:
            if statement.opening is not None and not self._continues(statement):
                day = day_before(statement.begin)
                found.append((day, statement, True, statement.opening - self.moved(day)))
            if statement.closing is not None:
                found.append((statement.end, statement, False, statement.closing - self.moved_before_end(statement)))
        return iter(sorted(found, key=lambda f: (f[0], f[1].order, not f[2])))

    def _continues(self, statement: Statement) -> bool:
        before = [s for s in self.statements[: statement.order] if s.end <= statement.begin and s.closing is not None]
        return bool(before) and max(before, key=lambda s: (s.end, s.order)).closing == statement.opening

    @cached_property
    def opening(self) -> int | None:
        """The balance before the first statement: as stated, else as it follows; None where nothing says."""
        return next((offset for _, _, _, offset in self.offsets()), None) if self.statements else None

    def open_line(self, line: StatementLine) -> int:
        """What of a line is matched to nothing."""
        return line.amount - self._matched[0].get(line.id, 0)

    def open_entry(self, entry: BookEntry) -> int:
        """What of an entry is matched to nothing."""
        return entry.amount - self._matched[1].get(id(entry.entry), 0)

    @cached_property
    def taken_back(self) -> dict[str, BookEntry]:
        """Entries and their reversals of which the bank has shown neither: each by its name, with the other.

        Together they move nothing, so that neither waits for the bank.
        """
        by_name = {entry.name: entry for entry in self.entries}
        pairs: dict[str, BookEntry] = {}
        for reversal in self.entries:
            reverses = reversal.entry.meta.get("reverses")
            entry = by_name.get(reverses) if isinstance(reverses, str) else None
            if entry is None or {entry.name, reversal.name} & pairs.keys() or entry.amount != -reversal.amount:
                continue
            if not {id(entry.entry), id(reversal.entry)} & self._matched[1].keys():
                pairs[entry.name], pairs[reversal.name] = reversal, entry
        return pairs

    @cached_property
    def opening_matched(self) -> int:
        """What of the opening is matched."""
        return sum(match.amount for match in self.matches if match.line is None)

    @cached_property
    def _matched(self) -> tuple[dict[str, int], dict[int, int]]:
        lines: dict[str, int] = {}
        entries: dict[int, int] = {}
        for match in self.matches:
            if match.line is not None:
                lines[match.line.id] = lines.get(match.line.id, 0) + match.amount
            key = id(match.entry.entry)  # two entries may bear one ref, which is an error, but must not mislead
            entries[key] = entries.get(key, 0) + match.amount
        return lines, entries


def day_before(day: date) -> date:
    """The day before, or the first there is."""
    return day - ONE_DAY if day > date.min else day


def read_bank(ledger: Ledger, account: str, currency: str = "") -> BankBook:
    """A bank account with its statements, in one currency: that given, else that of its statements."""
    heads = [record for record in ledger.records("statement") if record.values[1] == account]
    names = {record.text(0) for record in heads}
    lines = [record for record in ledger.records("statement-line") if record.text(0) in names]
    matches = [record for record in ledger.records("reconcile") if record.text(0) in names]
    currency = currency or statement_currency(ledger, account, heads, lines)
    heads = [record for record in heads if _currency_of(record, lines) in ("", currency)]
    lines = [record for record in lines if record.amount(2)[1] == currency]
    unit = _unit(ledger, currency, [*heads, *lines, *matches])
    statements = _statements(heads, lines, unit)
    found = _lines(lines, {statement.id: statement for statement in statements}, unit)
    entries = _entries(ledger, account, unit)
    return BankBook(
        account,
        unit,
        statements,
        tuple(sorted(found.values(), key=lambda line: (line.date, line.statement.order, line.id))),
        entries,
        tuple(_matches(matches, {statement.id for statement in statements}, found, entries, unit)),
        _errors(ledger, found),
    )


def statement_currency(ledger: Ledger, account: str, heads: Iterable[Record], lines: Iterable[Record]) -> str:
    """The currency an account's statements are in: as they say, else what the account holds, else the base."""
    lines = list(lines)
    for record in heads:
        if currency := _currency_of(record, lines):
            return currency
    info = ledger.accounts.get(account)
    if info and info.commodities:
        return info.commodities[0]
    used = {line.posting.commodity for line in ledger.lines(account=account) if line.posting.account == account}
    return used.pop() if len(used) == 1 else ledger.entity.currency


class Named(NamedTuple):
    """A statement by its id: its account, its last day, its currency."""

    id: str
    account: str
    end: Day
    currency: str


def statement_named(ledger: Ledger, account: str, name: str) -> Named:
    """The statement of an id, of an account or ("") of any; raises Refusal X907 where there is none."""
    heads = [one for one in ledger.records("statement") if account in ("", one.values[1])]
    for head in heads:
        if head.text(0) == name:
            lines = (one for one in ledger.records("statement-line") if one.text(0) == name)
            return Named(name, str(head.values[1]), head.date, _currency_of(head, lines))
    ids = [head.text(0) for head in heads]
    hint = meant(name, ids, f"the last there are: {', '.join(ids[-_MOST_NAMED:])}" if ids else "import one first")
    raise refusal("X907", f"there is no statement {name}{f' of {account}' if account else ''}", hint)


def statement_currencies(ledger: Ledger, account: str) -> list[str]:
    """The currencies an account has statements in, its own first."""
    heads = [record for record in ledger.records("statement") if record.values[1] == account]
    names = {record.text(0) for record in heads}
    lines = [record for record in ledger.records("statement-line") if record.text(0) in names]
    found = {statement_currency(ledger, account, heads, lines): None}
    for record in heads:
        if len(record.values) > 2:
            found[record.amount(2)[1]] = None
    return list(found)


def _currency_of(head: Record, lines: Iterable[Record]) -> str:
    """The currency of a statement: of its closing, its opening, or its first line."""
    if len(head.values) > 2:
        return head.amount(2)[1]
    opening = head.meta.get(OPENING)
    if isinstance(opening, Money):
        return opening.commodity or ""
    return next((line.amount(2)[1] for line in lines if line.text(0) == head.text(0)), "")


def _unit(ledger: Ledger, currency: str, records: Iterable[Record]) -> Unit:
    """The scale that holds every amount of the account, the bank's as well as the books'."""
    numbers = [value for record in records for value in (*record.values, record.meta.get(OPENING))]
    places = [
        scale_of(value.number)
        for value in numbers
        if isinstance(value, Money) and value.number is not None and value.commodity == currency
    ]
    shown = ledger.shown(currency)
    return Unit(currency, max([ledger.scale(currency), *places]), max([shown, *(p for p in places if p <= 2)]))


def _statements(heads: list[Record], lines: list[Record], unit: Unit) -> tuple[Statement, ...]:
    first: dict[str, date] = {}
    for line in lines:
        name = line.text(0)
        first[name] = min(line.date, first.get(name, line.date))
    found: dict[str, Statement] = {}
    for record in heads:
        name = record.text(0)
        begin = record.meta.get("from")
        if not isinstance(begin, date):
            begin = first.get(name, record.date)
        closing = unit.minor(record.amount(2)[0]) if len(record.values) > 2 else None
        opening = _money(record.meta, OPENING, unit)
        begin = min(begin, record.date)
        found.setdefault(
            name, Statement(name, begin, record.date, opening, closing, record.place, file=record.note("file"))
        )
    ordered = sorted(found.values(), key=lambda s: (s.begin, s.end))
    return tuple(replace(one, order=order) for order, one in enumerate(ordered))


def _money(meta: Meta, key: str, unit: Unit) -> int | None:
    value = meta.get(key)
    if isinstance(value, Money) and value.number is not None and value.commodity == unit.currency:
        return unit.minor(value.number)
    return None


def _lines(records: list[Record], statements: dict[str, Statement], unit: Unit) -> dict[str, StatementLine]:
    """The lines by id; of two with one id the first counts."""
    found: dict[str, StatementLine] = {}
    for record in records:
        if statement := statements.get(record.text(0)):
            line = StatementLine(
                record.text(1),
                statement,
                record.date,
                unit.minor(record.amount(2)[0]),
                record.text(3),
                record.note("payer"),
                record.note("reference"),
                record.note("type"),
                record.place,
            )
            found.setdefault(line.id, line)
    return found


def _errors(ledger: Ledger, lines: dict[str, StatementLine]) -> dict[str, BankError]:
    """The lines that a person found to be the bank's errors; of two records of one line the later counts."""
    return {
        line.id: BankError(record.text(2), record.note("corrects"), record)
        for record in ledger.records("bank-error")
        if (line := lines.get(record.text(1))) and line.statement.id == record.text(0)
    }


def _entries(ledger: Ledger, account: str, unit: Unit) -> tuple[BookEntry, ...]:
    """What each transaction moves on the account and below it, less sub-accounts with statements of their own."""
    own = {str(record.values[1]) for record in ledger.records("statement")} - {account}
    sums: dict[int, int] = {}
    entries: dict[int, Transaction] = {}
    for line in ledger.lines(account=account):
        posting = line.posting
        if posting.commodity == unit.currency and not _is_below(posting.account, own):
            entries[id(line.entry)] = line.entry
            sums[id(line.entry)] = sums.get(id(line.entry), 0) + unit.minor(posting.number)
    found = []
    for key, entry in entries.items():
        if sums[key]:
            name = ledger.name(entry)
            found.append(BookEntry(name, entry, sums[key], ledger.entry(name) is entry))
    return tuple(found)


def _is_below(account: str, others: set[str]) -> bool:
    return bool(others) and any(account == other or account.startswith(f"{other}:") for other in others)


def _matches(
    records: list[Record],
    statements: set[str],
    lines: dict[str, StatementLine],
    entries: tuple[BookEntry, ...],
    unit: Unit,
) -> Iterator[Matched]:
    """The matches of a known line and a known entry in the account's currency."""
    by_name = {entry.name: entry for entry in entries if entry.is_named}
    for record in records:
        statement, line = record.text(0), lines.get(record.text(1))
        entry = by_name.get(record.text(2))
        number, currency = record.amount(3)
        if statement not in statements or entry is None or currency != unit.currency:
            continue
        if line is not None and line.statement.id == statement:
            yield Matched(line, entry, unit.minor(number), record)
        elif record.text(1) == OPENING:
            yield Matched(None, entry, unit.minor(number), record)
