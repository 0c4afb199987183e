"""MT940 statements and MT942 interim reports, as banks write them: fields like `:61:` within messages.

Only the tags of these messages begin a field, so that a time within a wrapped text begins none. Messages of
one account that follow on from each other are one statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.banking.statement import BankFile, BankLine, BankStatement, finished, first_problems
from acctkit.banking.text import SourceText, calendar_day, clean, clean_id, number, quoted
from acctkit.period import ONE_DAY
from acctkit.problem import Place, Problem, error

# Banks cut a text at this width, within a word where it falls so.
WIDTH = 65
# A reference is this long at most, a numbered part of a text, its number with it, this long.
_REFERENCE = 16
_PART = 29
_YEAR_2000 = 2000
_OLD = 80

_TAGS = r":(20|25P?|28C?|34F|13D?|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):"
_FIELD = re.compile(rf"[ \t\x01\ufeff]{{0,9}}(?:\{{[^\n]{{0,200}}\{{4:)?{_TAGS}")
LOOKS = re.compile(r"^[ \t\x01\ufeff]{0,9}(?:\{1:|:(?:20|25|28C?|60[FM]|61|62[FM]|86):)", re.MULTILINE)
_END = re.compile(r"[ \t]{0,9}-(?:\}|X{3}|\x03|[ \t]*$)")
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})?([0-9.,]{1,40})\s*")
_MOVED = re.compile(
    r"([0-9]{6})([0-9]{4})?(R?[CD])([A-Z])?\s?([0-9.]{1,30}(?:,[0-9]{0,9})?)"
    r"(?:([A-Z][A-Z0-9 ]{3})([^\n]*)|[ \t]*)((?:\n.*)?)",
    re.DOTALL,
)
_ACCOUNT = re.compile(r"(.*?[0-9A-Z])[ /]?([A-Z]{3})")
# A text in numbered parts: a code of three digits, then the mark each part begins with.
_CODED = re.compile(r"\s{0,9}[0-9]{3}([?>])")
_NO_REFERENCE = frozenset({"", "N", "NONREF", "NOTPROVIDED", "KREF", "EREF", "MREF", "PREF"})
_KEYED = re.compile(r"/(NAME|REMI|EREF|IBAN|BENM|ORDP|TRTP|BIC|ISDT|MARF|CSID|PREF|TRCD|CNTP|RTRN|SVCL|ULTD|PURP)/")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")


class Field(NamedTuple):
    """A field: its tag, its text with LF between its lines, and where it begins and ends in the file."""

    tag: str
    text: str
    begin: int
    end: int


class Balance(NamedTuple):
    """A stated balance, its currency ("" where none is written) and the day it is of."""

    amount: Decimal
    currency: str
    day: date


@dataclass(slots=True)
class _Moved:
    field: Field
    details: list[Field]


@dataclass(slots=True)
class _Message:
    """The fields of one message that count."""

    first: Field
    account: Field | None = None
    opening: Field | None = None
    closing: Field | None = None
    moved: list[_Moved] = field(default_factory=list)


def read_swift(text: str, name: str) -> BankFile:
    """Decoded MT940 or MT942 to statements; none where anything that counts cannot be read.

    Problems are B402 for a message cut short, B403 for balances and lines, B404 where it does not add up.
    """
    source = SourceText(name, text)
    problems: list[Problem] = []
    statements: list[BankStatement] = []
    for message in _messages(text):
        found = _statement(message, source)
        if isinstance(found, BankStatement):
            statements.append(found)
        else:
            problems += found
    if not problems and not statements:
        hint = "Fetch the statement from the bank again."
        problems.append(error("B402", "no message has a closing balance or a line", source.place(0, len(text)), hint))
    if problems:
        return BankFile("mt940", "", (), first_problems(problems))
    whole, told = finished(statements, name)
    return BankFile("mt940", "", whole, tuple(told))


def _messages(text: str) -> Iterator[_Message]:
    """The messages of a file: one begins with its `:20:`, or where a field stands that there was already."""
    message: _Message | None = None
    for one in _fields(text):
        kind = one.tag[:2]
        if message is None or _begins(message, one):
            if message:
                yield message
            message = _Message(one)
        if kind == "25":
            message.account = one
        elif kind == "60":
            message.opening = one
        elif kind == "62":
            message.closing = one
        elif kind == "61":
            message.moved.append(_Moved(one, []))
        elif one.tag in ("86", "NS") and message.moved and not message.closing:
            message.moved[-1].details.append(one)
    if message:
        yield message


def _begins(message: _Message, one: Field) -> bool:
    kind = one.tag[:2]
    if kind == "25" and message.account:
        return message.closing is not None
    return (
        (kind == "20" and one is not message.first)
        or (kind == "60" and message.opening is not None)
        or (kind in ("61", "62") and message.closing is not None)
    )


def _fields(text: str) -> Iterator[Field]:
    parts: list[str] = []
    tag, begin, end, at = "", 0, 0, 0
    for line in text.split("\n"):
        match = _FIELD.match(line)
        if match or _END.match(line):
            if tag:
                yield Field(tag, "\n".join(parts), begin, end)
            tag, begin, parts = "", at, []
            if match:
                tag, parts = match[1], [line[match.end() :]]
        elif tag:
            parts.append(line)
        if line.strip() and tag:
            end = at + len(line)
        at += len(line) + 1
    if tag:
        yield Field(tag, "\n".join(parts), begin, end)


def _statement(message: _Message, source: SourceText) -> BankStatement | list[Problem]:
    """A message as a statement, or what is wrong with it."""
    problems: list[Problem] = []
    opening = _balance(message.opening, source, problems)
    closing = _balance(message.closing, source, problems)
    if message.opening and not message.closing:
        hint = "The end is missing, and lines with it: fetch the file from the bank again."
        place = _place(message.opening, source)
        problems.append(error("B402", "the message has no closing balance (:62F:)", place, hint))
    if not (message.opening or message.closing or message.moved):
        hint = "Fetch the statement from the bank again."
        place = _place(message.first, source)
        problems.append(error("B402", "the message has neither balances nor lines", place, hint))
    if message.closing and not message.opening and not message.moved:
        hint = "The beginning is missing: fetch the file from the bank again."
        place = _place(message.closing, source)
        problems.append(error("B402", "the message has no opening balance (:60F:)", place, hint))
    begin, end = _days(opening, closing)
    lines = []
    for moved in message.moved:
        line = _line(moved, opening, closing, source)
        if isinstance(line, Problem):
            problems.append(line)
        else:
            lines.append(line)
    if problems:
        return problems
    currency = next((one.currency for one in (opening, closing) if one and one.currency), "")
    account = clean(message.account.text) if message.account else ""
    match = _ACCOUNT.fullmatch(account)
    if match and match[2] == currency:
        account = match[1]
    days = [line.date for line in lines]
    return BankStatement(
        account,
        currency,
        opening.amount if opening else None,
        closing.amount if closing else None,
        min([*days, *([begin] if begin else [])], default=None),
        max([*days, *([end] if end else [])], default=None),
        tuple(lines),
        opening_stated=opening is not None,
    )


def _days(opening: Balance | None, closing: Balance | None) -> tuple[date | None, date | None]:
    """The first and last day of a statement: the opening balance is of the day before, or of the only day."""
    if not opening or not closing:
        return None, closing.day if closing else None
    return min(opening.day + ONE_DAY, closing.day), closing.day


def _balance(held: Field | None, source: SourceText, problems: list[Problem]) -> Balance | None:
    if held is None:
        return None
    match = _BALANCE.fullmatch(held.text.replace("\n", ""))
    day = _day(match[2]) if match else None
    amount = number(match[4], ",") if match else None
    if match is None or day is None or amount is None:
        message = f"the balance {quoted(held.text)} cannot be read"
        hint = "A balance is written like C260430GBP6090,10."
        problems.append(error("B403", message, _place(held, source), hint))
        return None
    return Balance(amount.copy_negate() if match[1] == "D" and amount else amount, match[3] or "", day)


def _line(moved: _Moved, opening: Balance | None, closing: Balance | None, source: SourceText) -> BankLine | Problem:
    """A `:61:` with its `:86:`, or B403.

    Without a booking day it is booked on its value day or, where that lies outside the statement, on the
    nearest day within.
    """
    written = moved.field
    match = _MOVED.fullmatch(written.text) or _MOVED.fullmatch(written.text.replace("\n", "", 1))
    amount = number(match[5], ",") if match else None
    value_day = _day(match[1], lenient=True) if match else None
    if match is None or amount is None or value_day is None:
        message = f"the line {quoted(written.text)} cannot be read"
        hint = "A line begins with its day, C or D and the amount, like 2604280428C1200,00NTRF."
        return error("B403", message, _place(written, source), hint)
    booked = _booked(value_day, match[2])
    if match[2] and booked is None:
        message = f"the booking day {quoted(match[2])} cannot be read"
        return error("B403", message, _place(written, source), "It is a month and a day, like 0428.")
    if booked is None:
        begin, end = _days(opening, closing)
        booked = begin if begin and opening and value_day < opening.day else value_day
        booked = min(booked, end) if end else booked
    if match[3] in ("D", "RC") and amount:
        amount = amount.copy_negate()
    own, _, banks = (match[7] or "").partition("//")
    payer, reference, told = _details(moved.details)
    rest = clean(own[_REFERENCE:])
    text = " ".join(filter(None, (rest, told))) or clean(match[8]) or clean(own)
    references = (_reference(own[:_REFERENCE]), reference, _reference(banks))
    last = moved.details[-1] if moved.details else written
    return BankLine(
        id=clean_id(_reference(banks)),
        date=booked,
        amount=amount,
        text=f"{payer} {text}".strip() if payer and payer.casefold() not in text.casefold() else text,
        payer=payer,
        reference=next((one for one in references if one), ""),
        kind=clean(match[6] or ""),
        value_date=value_day,
        line=source.line_of(written.begin),
        raw=source.text[written.begin : last.end].strip(),
    )


def _reference(written: str) -> str:
    """A reference, or "" where the bank only says that there is none."""
    plain = clean(written)
    return "" if plain.rstrip("+") in _NO_REFERENCE else plain


def _details(parts: Sequence[Field]) -> tuple[str, str, str]:
    """Payer, reference and words of a `:86:`, of the layouts banks part it by; else all of it is words."""
    text = "\n".join(one.text for one in parts)
    if parts and parts[0].tag == "NS":
        return _numbered(text)
    for one in parts:
        coded = _CODED.match(one.text)
        if coded:
            return _coded(one.text, coded[1])
    run = _unwrapped(text)
    found = _KEYED.split(run)
    if len(found) > 2:
        keyed = _pairs(found)
        return keyed.get("NAME", ""), _reference(keyed.get("EREF", "")), keyed.get("REMI", "") or run
    return "", "", run


def _coded(text: str, mark: str) -> tuple[str, str, str]:
    """A text in parts `?20`, `?21`: 00 the kind, 20 to 29 and 60 to 63 the words, 32 and 33 the name."""
    parts: dict[int, str] = {}
    for part in text.replace("\n", "").split(mark)[1:]:
        if part[:2].isdigit() and part[:2].isascii():
            key = int(part[:2])
            parts[key] = parts.get(key, "") + part[2:] + ("" if len(part) >= _PART else " ")
    words = "".join(parts[key] for key in sorted(parts) if 20 <= key <= 29 or 60 <= key <= 63)
    name = clean("".join(parts.get(key, "") for key in (32, 33)))
    keyed = _pairs(_SEPA.split(words))
    told = keyed.get("SVWZ", "") or clean(words) or clean(parts.get(0, ""))
    return name, _reference(keyed.get("EREF", "")) or _reference(keyed.get("KREF", "")), told


def _numbered(text: str) -> tuple[str, str, str]:
    """The lines of a `:NS:`: 01 to 14 the words, 15 and 16 the name, 18 the cheque's number, 17 the kind."""
    parts: dict[str, str] = {}
    for line in text.split("\n"):
        parts[line[:2]] = parts.get(line[:2], "") + line[2:]
    words = clean(" ".join(parts.get(f"{key:02}", "") for key in range(1, 15)))
    name = clean(parts.get("15", "") + parts.get("16", ""))
    return name, clean(parts.get("18", "")), words or clean(parts.get("17", ""))


def _pairs(split: Sequence[str]) -> dict[str, str]:
    """What `re.split` with one group gives, as keys with their words; the first of each counts."""
    pairs: dict[str, str] = {}
    for key, value in zip(split[1::2], split[2::2], strict=False):
        if clean(value):
            pairs.setdefault(key, clean(value).strip("/").strip())
    return pairs


def _unwrapped(text: str) -> str:
    """The lines of a text as one: a line as wide as it may be goes on without a space."""
    run = ""
    for number_, line in enumerate(text.split("\n")):
        run += line if len(line) >= WIDTH - (len(":86:") if not number_ else 0) else line + " "
    return clean(run)


def _booked(value_day: date, written: str | None) -> date | None:
    """The booking day, month and day alone, in the year that brings it nearest to the value day."""
    if not written:
        return None
    years = (value_day.year, value_day.year - 1, value_day.year + 1)
    days = [day for year in years if (day := calendar_day(str(year), written[:2], written[2:]))]
    return min(days, key=lambda day: abs(day - value_day), default=None)


def _day(written: str, *, lenient: bool = False) -> date | None:
    """A day `yymmdd`; where `lenient`, interest's 30 February is the last day of the month."""
    short = int(written[:2])
    year = str(_YEAR_2000 + short if short < _OLD else _YEAR_2000 - 100 + short)
    day = calendar_day(year, written[2:4], written[4:])
    if day or not lenient or written[2:] not in ("0229", "0230", "0231"):
        return day
    return calendar_day(year, "2", "29") or calendar_day(year, "2", "28")


def _place(held: Field, source: SourceText) -> Place:
    return source.place(held.begin, held.end)
