"""BAI2, the cash reports of American and some British banks: numbered records, 88 going on with the one before.

Amounts are in minor units. Every account ends with the sum of its amounts and the count of its records, and
both are proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from acctkit.banking.statement import BankFile, BankLine, BankStatement, finished, first_problems, left_out
from acctkit.banking.text import SourceText, calendar_day, clean, clean_id, quoted
from acctkit.money import places_of
from acctkit.problem import Place, Problem, error
from acctkit.table import counted

LOOKS = re.compile(r"[ \t\ufeff]{0,9}01,[^\n]{3,200}\n[ \t]{0,9}(?:88|02|03),")
# Lines as wide as this are cut within a word.
WIDTH = 80
_RECORD = re.compile(r"[ \t\ufeff]{0,9}(01|02|03|16|49|88|98|99),?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,25}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_OPENING, _CLOSING = "010", "015"
_NOT_MONEY = "890"
_USUAL_PLACES = 2
# How many fields follow a funds type; D has pairs, as many as it says.
_FUNDS = {"S": 3, "V": 2}


@dataclass(slots=True)
class _Record:
    """A record, the lines of 88 with it: code, fields, its offsets, and how many lines it has."""

    code: str
    parts: list[str]
    begin: int
    end: int
    count: int = 1

    def fields(self) -> list[str]:
        """Its fields after the code, with commas between what its lines bring."""
        return [clean(one) for one in ",".join(part.removesuffix("/") for part in self.parts).split(",")]


@dataclass(slots=True)
class _Account:
    """An account of a group: its first record, its movements, its last, and what the group says."""

    first: _Record
    day: date | None
    currency: str
    moved: list[_Record] = field(default_factory=list)
    last: _Record | None = None


def read_bai2(text: str, name: str) -> BankFile:
    """Decoded BAI2 to statements; none where anything that counts cannot be read.

    Problems are B402 for a file cut short, B403 for amounts and days, B404 for sums and counts that are not
    those stated.
    """
    source = SourceText(name, text)
    problems: list[Problem] = []
    told: list[Problem] = []
    accounts = list(_accounts(text, source, problems))
    statements = [_statement(account, source, problems, told) for account in accounts]
    if not accounts and not problems:
        hint = "Fetch the file from the bank again."
        problems.append(error("B402", "the file holds no account (03)", Place(name, 1), hint))
    if problems:
        return BankFile("bai2", "", (), first_problems(problems))
    whole, checked = finished(statements, name)
    return BankFile("bai2", "", whole, (*told, *checked))


def _records(text: str) -> Iterator[_Record]:
    record: _Record | None = None
    at = 0
    for line in text.split("\n"):
        begin, at = at, at + len(line) + 1
        match = _RECORD.match(line)
        if not match:
            continue
        rest = line[match.end() :].rstrip(" \t")
        if match[1] != "88":
            if record:
                yield record
            record = _Record(match[1], [rest], begin, begin + len(line))
        elif record:
            record.parts.append(rest)
            record.end = begin + len(line)
            record.count += 1
    if record:
        yield record


def _accounts(text: str, source: SourceText, problems: list[Problem]) -> Iterator[_Account]:
    """The accounts of all groups, each with the day and currency of its group."""
    day: date | None = None
    currency = ""
    account: _Account | None = None
    for record in _records(text):
        fields = record.fields()
        if record.code == "02":
            day = _day(fields[3]) if len(fields) > 3 else None
            currency = fields[5] if len(fields) > 5 and _CURRENCY.fullmatch(fields[5]) else ""
            if day is None:
                written = quoted(fields[3] if len(fields) > 3 else "")
                hint = "The fifth field of a group is its day, like 260430."
                problems.append(error("B403", f"the day {written} cannot be read", _place(record, source), hint))
        elif record.code == "03":
            if account:
                yield account
            account = _Account(record, day, currency)
        elif record.code == "16" and account:
            account.moved.append(record)
        elif record.code == "49" and account:
            account.last = record
            yield account
            account = None
    if account:
        yield account


def _statement(account: _Account, source: SourceText, problems: list[Problem], told: list[Problem]) -> BankStatement:
    """An account as a statement; what is wrong with it is added to `problems`."""
    fields = account.first.fields()
    number = fields[0] if fields else ""
    currency = fields[1] if len(fields) > 1 and _CURRENCY.fullmatch(fields[1]) else account.currency
    places = places_of(currency)
    step = Decimal(1).scaleb(-(_USUAL_PLACES if places is None else places))
    stated: dict[str, int] = {}
    amounts = 0
    for code, written in _stated(fields[2:]):
        value = _minor(written)
        if value is None:
            message = f"the amount {quoted(written)} of type {quoted(code)} cannot be read"
            problems.append(error("B403", message, _place(account.first, source), _PLAIN))
        else:
            amounts += value
            stated.setdefault(code, value)
    lines = []
    aside = 0
    for record in account.moved:
        if record.fields()[0] == _NOT_MONEY:
            aside += 1
            continue
        found = _line(record, account, step, source)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            lines.append(found)
    if aside:
        told.append(left_out(aside, "record", "it moves no money", _place(account.first, source)))
    problems += _proved(account, amounts, source)
    opening, closing = (stated.get(code) for code in (_OPENING, _CLOSING))
    return BankStatement(
        number,
        currency,
        None if opening is None else opening * step,
        None if closing is None else closing * step,
        account.day,
        account.day,
        tuple(lines),
        opening_stated=opening is not None,
    )


_PLAIN = "An amount is in minor units without a point, like 120000 for 1,200.00."


def _stated(fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The type codes of an account record with their amounts, those without one left out."""
    at = 0
    while at < len(fields):
        if not fields[at]:
            at += 1
            continue
        code, written = fields[at], fields[at + 1] if at + 1 < len(fields) else ""
        if written:
            yield code, written
        at += 3 + _funds(fields, at + 3)


def _funds(fields: Sequence[str], at: int) -> int:
    """How many fields a funds type takes, with what follows it."""
    kind = fields[at].upper() if at < len(fields) else ""
    if kind == "D":
        pairs = fields[at + 1] if at + 1 < len(fields) else ""
        return 2 + (2 * int(pairs) if pairs.isascii() and pairs.isdigit() and len(pairs) < 4 else 0)
    return 1 + _FUNDS.get(kind, 0)


def _line(record: _Record, account: _Account, step: Decimal, source: SourceText) -> BankLine | Problem:
    """A movement, or B403 with what cannot be read."""
    fields = [clean(one) for one in record.parts[0].removesuffix("/").split(",")]
    code, written = fields[0], fields[1] if len(fields) > 1 else ""
    value, sign = _minor(written), _sign(code)
    if value is None or not sign:
        what = f"the amount {quoted(written)}" if sign else f"the type {quoted(code)} is no credit or debit, so it"
        hint = _PLAIN if sign else "Types 100 to 399 are credits, 400 to 699 debits."
        return error("B403", f"{what} cannot be read", _place(record, source), hint)
    if account.day is None:
        return error("B403", "the line has no day: its group has none", _place(record, source), "")
    used = 2 + _funds(fields, 2)
    value_day = _day(fields[3]) if fields[2:3] == ["V"] and len(fields) > 3 else None
    bank_reference, reference, *rest = [*fields[used:], "", ""]
    text = _joined([",".join(rest).strip(",")] if any(rest) else [], record.parts)
    return BankLine(
        id=clean_id(bank_reference),
        date=account.day,
        amount=sign * value * step,
        text=text or reference or bank_reference or code,
        reference=reference or bank_reference,
        kind=code,
        value_date=value_day,
        line=source.line_of(record.begin),
        raw=source.text[record.begin : record.end],
    )


def _joined(first: Sequence[str], parts: Sequence[str]) -> str:
    """The text of a movement: a line as wide as it may be goes on without a space."""
    run = " ".join(first)
    for before, part in pairwise(parts):
        plain = part.removesuffix("/")
        is_cut = run and len(before) + len("88,") >= WIDTH and not before.endswith("/")
        run = run + plain if is_cut else f"{run} {plain}"
    return clean(run)


def _sign(code: str) -> int:
    """1 for a credit, -1 for a debit, 0 for what is neither."""
    if len(code) != 3 or not (code.isascii() and code.isdigit()):
        return 0
    value = int(code)
    if 100 <= value <= 399 or 920 <= value <= 959:
        return 1
    return -1 if 400 <= value <= 699 or 960 <= value <= 999 else 0


def _proved(account: _Account, amounts: int, source: SourceText) -> list[Problem]:
    """Whether the last record of an account states the sum and the count there are."""
    last = account.last
    if last is None:
        hint = "The end is missing, and lines with it: fetch the file from the bank again."
        place = _place(account.first, source)
        return [error("B402", "the account has no trailer (49)", place, hint)]
    fields = last.fields()
    moved = [_minor(one.fields()[1]) for one in account.moved if len(one.fields()) > 1 and one.fields()[1]]
    count = sum(one.count for one in (account.first, *account.moved, last))
    found = amounts + sum(one or 0 for one in moved)
    problems = []
    hint = "Lines may be missing or changed: fetch the file from the bank again."
    stated = _minor(fields[0])
    if fields[0] and stated != found:
        message = f"the amounts of the account make {found}, its trailer says {fields[0]}"
        problems.append(error("B404", message, _place(last, source), hint))
    if len(fields) > 1 and fields[1] and fields[1].lstrip("0") != str(count):
        message = f"the account has {counted(count, 'record')}, its trailer says {fields[1]}"
        problems.append(error("B404", message, _place(last, source), hint))
    return problems


def _minor(written: str) -> int | None:
    return int(written) if _NUMBER.fullmatch(written) else None


def _day(written: str) -> date | None:
    if len(written) != 6 or not (written.isascii() and written.isdigit()):
        return None
    return calendar_day(f"20{written[:2]}", written[2:4], written[4:])


def _place(record: _Record, source: SourceText) -> Place:
    return source.place(record.begin, record.end)
