"""QIF, the lists of Quicken: a letter and a value a line, `^` after each record, `!Type:` before a list.

Lists of bank accounts, cards and cash are read; trades are left out aloud, categories and the like silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from acctkit.banking.days import Written, order_of, reading
from acctkit.banking.statement import BankFile, BankLine, BankStatement, Kind, finished, first_problems
from acctkit.banking.text import SourceText, amount_by, clean, decimal_mark, quoted
from acctkit.problem import Place, Problem, error, warning

LOOKS = re.compile(r"^[ \t\ufeff]{0,9}!(?:Type|Account|Option|Clear)\b", re.IGNORECASE | re.MULTILINE)
_TYPES: dict[str, Kind] = {"bank": "bank", "cash": "bank", "ccard": "card", "oth a": "bank", "oth l": "bank"}
_OPENING = "opening balance"


class Value(NamedTuple):
    """A value and the offsets it stands between, its letter with it."""

    text: str
    begin: int
    end: int


@dataclass(slots=True)
class _Record:
    """The first value of each letter; of a split transaction the parts stand in `raw` alone."""

    begin: int
    end: int
    values: dict[str, Value] = field(default_factory=dict)

    def text(self, letter: str) -> str:
        held = self.values.get(letter)
        return held.text if held else ""


@dataclass(slots=True)
class _List:
    """The records of one account."""

    account: str
    kind: Kind
    records: list[_Record] = field(default_factory=list)


def read_qif(text: str, name: str, today: date, dates: str = "") -> BankFile:
    """Decoded QIF to statements, one for each account; it has no balances and no currency.

    `dates` is the order of its days where somebody said it. Problems are B402 for a file without any list of
    an account, B403 for days and amounts, B407 for days that may be read two ways.
    """
    source = SourceText(name, text)
    lists, trades = _lists(text)
    records = [record for one in lists for record in one.records]
    told: list[Problem] = []
    if trades:
        many = f"{trades} trades in securities" if trades > 1 else "1 trade in securities"
        told.append(warning("B402", f"{many} left out: only cash movements are read", Place(name, 1)))
    if not lists:
        hint = "Export the account's transactions."
        return BankFile("qif", "", (), (error("B402", "the file holds no list of an account", Place(name, 1), hint),))
    written = [
        Written(_day_text(held.text), source.place(held.begin, held.end))
        for record in records
        if (held := record.values.get("D")) and held.text
    ]
    order = dates or (order_of(written, today) if written else "dmy")
    if isinstance(order, Problem):
        return BankFile("qif", "", (), (order,))
    mark = decimal_mark(record.text("T") or record.text("U") for record in records)
    problems: list[Problem] = []
    statements: list[BankStatement] = []
    for one in lists:
        lines: list[BankLine] = []
        for record in one.records:
            line = _line(record, order, mark, source, today)
            if isinstance(line, Problem):
                problems.append(line)
            else:
                lines.append(line)
        statements.append(_statement(one, lines))
    if problems:
        return BankFile("qif", "", (), first_problems(problems))
    whole, checked = finished(statements, name)
    return BankFile("qif", "", whole, (*told, *checked))


def _statement(held: _List, lines: Sequence[BankLine]) -> BankStatement:
    """The lines of an account; a first record that states its opening balance is that and no line."""
    opening = None
    first = min(lines, key=lambda line: line.date, default=None)
    if first and first.payer.casefold() == _OPENING and "\nL[" in f"\n{first.raw}":
        opening = first.amount
        lines = [line for line in lines if line is not first]
    return BankStatement(
        held.account, "", opening, None, None, None, tuple(lines), held.kind, opening_stated=opening is not None
    )


def _lists(text: str) -> tuple[list[_List], int]:
    """The lists of accounts, one for each account and type, and how many trades there are besides."""
    lists: dict[tuple[str, Kind], _List] = {}
    account, section, trades = "", "", 0
    for heading, record in _records(text):
        if heading is not None:
            section = heading
            if section.startswith("type:") and section[5:].strip() in _TYPES:
                kind = _TYPES[section[5:].strip()]
                lists.setdefault((account, kind), _List(account, kind))
        elif record is not None and section == "account":
            account = clean(record.text("N")) or account
        elif record is not None and section == "type:invst":
            trades += 1
        elif record is not None and section.startswith("type:") and section[5:].strip() in _TYPES:
            kind = _TYPES[section[5:].strip()]
            lists.setdefault((account, kind), _List(account, kind)).records.append(record)
    return list(lists.values()), trades


def _records(text: str) -> Iterator[tuple[str | None, _Record | None]]:
    """The headings, in lower case, and the records of a file, in its order; options are passed over."""
    record: _Record | None = None
    at = 0
    for line in text.split("\n"):
        begin, end = at, at + len(line)
        at = end + 1
        plain = line.strip().lstrip("\ufeff")
        if plain.startswith("!"):
            if record:
                yield None, record
            record = None
            if not plain[1:].lower().startswith(("option:", "clear:")):
                yield plain[1:].lower().strip(), None
        elif plain.startswith("^"):
            if record:
                yield None, record
            record = None
        elif plain:
            if record is None:
                record = _Record(begin, end)
            record.end = end
            record.values.setdefault(plain[0].upper(), Value(plain[1:].strip(), begin, end))
    if record:
        yield None, record


def _line(record: _Record, order: str, mark: str, source: SourceText, today: date) -> BankLine | Problem:
    """A record as a line, or B403 with what cannot be read."""
    whole = source.place(record.begin, record.end)
    amount = record.values.get("T") or record.values.get("U")
    day = record.values.get("D")
    if amount is None or not amount.text:
        return error("B403", "the record has no amount", whole, "It needs a line like T-12.50.")
    if day is None or not day.text:
        return error("B403", "the record has no date", whole, "It needs a line like D28/04/2026.")
    value = amount_by(amount.text.lstrip("$£€").replace("-$", "-").strip(), mark)
    if value is None:
        message = f"the amount {quoted(amount.text)} cannot be read"
        return error("B403", message, source.place(amount.begin, amount.end), "An amount is written like T-1200.00.")
    booked = reading(_day_text(day.text), order, today)
    if booked is None:
        message = f"the date {quoted(day.text)} cannot be read"
        return error("B403", message, source.place(day.begin, day.end), "A day is written like D28/04/2026.")
    payer, memo = clean(record.text("P")), clean(record.text("M"))
    text = memo if payer.casefold() in memo.casefold() else f"{payer} {memo}".strip()
    return BankLine(
        id="",
        date=booked,
        amount=value,
        text=text or clean(record.text("L")),
        payer=payer,
        reference=clean(record.text("N")),
        line=source.line_of(record.begin),
        raw=source.text[record.begin : record.end],
    )


def _day_text(written: str) -> str:
    """A day without the padding Quicken puts into it: `1/ 2'26`."""
    return re.sub(r"(?<=[-/.'])\s+", "", written.strip())
