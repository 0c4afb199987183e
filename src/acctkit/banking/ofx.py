"""OFX and QFX, the SGML of version 1 and the XML of version 2, as banks write them.

Tags are found one by one and no grammar is asked for: headers may be missing, end tags of values too. No
entity is ever defined or expanded beyond single characters, so a file cannot grow while it is read.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from acctkit.banking.statement import (
    BankFile,
    BankLine,
    BankStatement,
    Kind,
    check_statement,
    complete,
    moving,
    told_apart,
    with_ids,
    without_repeats,
)
from acctkit.banking.text import SourceText, amount_by, calendar_day, clean, clean_id, decimal_mark, quoted
from acctkit.problem import ERROR, Place, Problem, error, warning

MOST_PROBLEMS = 50

# Possessive, so that text which is almost a tag is looked at once.
_TAG = re.compile(r"<(?:(/?)([A-Za-z][\w.:-]*+)[^<>]*+>|!\[CDATA\[|!--)")
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{0,30}));")
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[^0-9].{0,60}|[0-9]{2,6}(?:[^0-9].{0,60})?)?", re.DOTALL)
_MIDNIGHT = re.compile(r"[0-9]{8}0{4,6}(?:[^0-9].{0,60})?", re.DOTALL)
# What a bank writes as the beginning where it was asked for everything.
_EVER = date(1970, 1, 1)
_CODE = re.compile(r"[A-Z]{3}")

_STATEMENTS: dict[str, Kind] = {"STMTRS": "bank", "CCSTMTRS": "card", "INVSTMTRS": "bank"}
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
# Parts whose values are not wanted, though some have the names of values that are.
_ASIDE = frozenset(
    {
        "AVAILBAL",
        "BAL",
        "BALLIST",
        "INVBAL",
        "INVPOSLIST",
        "INVPOS",
        "SECLIST",
        "SONRS",
        "STMTTRNP",
        "INVTRAN",
    }
)
_CURRENCIES = frozenset({"CURRENCY", "ORIGCURRENCY"})


class Token(NamedTuple):
    """A tag (`/` before the name of an end tag), the text after it, and the offsets of both."""

    tag: str
    value: str
    at: int
    begin: int
    end: int


class Value(NamedTuple):
    """A value and where it stands, as offsets into the text."""

    text: str
    begin: int
    end: int


Values = dict[str, Value]


@dataclass(slots=True)
class _Moved:
    """A transaction as it stands: its values, and from where to where."""

    begin: int
    end: int
    values: Values = field(default_factory=dict)


@dataclass(slots=True)
class _Draft:
    """A statement as it stands; `pending` and `trades` count what is not read."""

    kind: Kind
    values: Values = field(default_factory=dict)
    account: Values = field(default_factory=dict)
    ledger: Values = field(default_factory=dict)
    moved: list[_Moved] = field(default_factory=list)
    pending: int = 0
    trades: int = 0


def read_ofx(text: str, name: str, today: date) -> BankFile:
    """Decoded OFX text to statements, one for each account, and for each currency within an account.

    Problems: B402 where the bank answered with an error or the file holds no statement, B403 for amounts
    and dates, B405 for ids used twice, and warnings for what is left out. A closing balance is taken only
    where it is the balance after the last line and not later than the statement.
    """
    source = SourceText(name, text)
    walk = _Walk()
    for token in tokens(text):
        walk.take(token)
    problems = [problem for status in walk.statuses if (problem := _status_problem(status, source))]
    if not walk.drafts and not problems:
        problems.append(_no_statement(walk.seen, source))
    mark = decimal_mark(
        values[tag].text
        for draft in walk.drafts
        for values, tag in [(draft.ledger, "BALAMT"), *((moved.values, "TRNAMT") for moved in draft.moved)]
        if tag in values
    )
    statements: list[BankStatement] = []
    for draft in walk.drafts:
        found, told = _statements(draft, mark, source, today)
        statements += found
        problems += told
    fatal = [p for p in problems if p.severity == ERROR and p.code in ("B402", "B403")]
    if fatal:
        rest = len(fatal) - MOST_PROBLEMS
        more = [error("B403", f"{rest} more transactions cannot be read")] if rest > 0 else []
        return BankFile("ofx", "", (), (*fatal[:MOST_PROBLEMS], *more))
    return BankFile("ofx", "", tuple(statements), tuple(problems))


def tokens(text: str) -> Iterator[Token]:
    """The tags of a text and what stands after each, in one pass; comments are dropped, CDATA is text."""
    last = {"<!--": text.rfind("-->"), "<![CDATA[": text.rfind("]]>")}
    tag, at, begin = "", 0, 0
    parts: list[str] = []
    position = 0
    while match := _TAG.search(text, position):
        parts.append(_unescaped(text[position : match.start()]))
        position = match.end()
        if match[2] is None:
            opening = match[0]
            if position > last[opening]:
                continue
            end = text.find("-->" if opening == "<!--" else "]]>", position)
            if opening != "<!--":
                parts.append(text[position:end])
            position = end + 3
            continue
        if tag:
            yield Token(tag, "".join(parts).strip(), at, begin, match.start())
        tag = match[1] + match[2].rpartition(":")[2].upper()
        at, begin, parts = match.start(), match.end(), []
    if tag:
        parts.append(_unescaped(text[position:]))
        yield Token(tag, "".join(parts).strip(), at, begin, len(text))


def _day(value: str) -> date | None:
    """The day as the bank wrote it, whatever the time and zone after it."""
    match = _DAY.fullmatch(value)
    return calendar_day(match[1], match[2], match[3]) if match else None


def _unescaped(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    """The character of a reference; what names none stays as it is written."""
    if match[3]:
        found = html.entities.html5.get(match[3] + ";") or html.entities.html5.get(match[3].lower() + ";")
        return found or match[0]
    code = int(match[1]) if match[1] else int(match[2], 16)
    valid = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid else match[0]


class _Walk:
    """Sorts tokens into statements: `take` each, then see `drafts`, `statuses` and the tags `seen`."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.statuses: list[Values] = []
        self.seen: dict[str, int] = {}
        self._draft: _Draft | None = None
        self._moved: _Moved | None = None
        self._values: Values = {}
        self._within = ""

    def take(self, token: Token) -> None:
        """File one token where it belongs."""
        tag = token.tag
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag.startswith("/"):
            self._close(tag[1:], token.begin)
        elif not self._open(tag, token):
            key = f"{self._within}.{tag}" if tag == "CURSYM" else tag
            held = self._values.get(key)
            if held is None or (token.value and not held.text):
                self._values[key] = Value(token.value, token.begin, token.end)
            if self._moved:
                self._moved.end = token.end

    def _open(self, tag: str, token: Token) -> bool:
        """Begin the part of a file that a tag opens; False where the tag is a value's."""
        if tag in _STATEMENTS:
            self._begin(_STATEMENTS[tag])
        elif tag == "STMTTRN":
            draft = self._draft or self._begin("bank")
            self._moved = _Moved(token.at, token.end)
            draft.moved.append(self._moved)
            self._values = self._moved.values
        elif tag == "STATUS":
            self._moved, self._values = None, {"": Value("", token.at, token.begin)}
            self.statuses.append(self._values)
        elif tag in _ACCOUNTS:
            self._moved, self._values = None, self._draft.account if self._draft else {}
        elif tag == "LEDGERBAL":
            self._moved, self._values = None, self._draft.ledger if self._draft else {}
        elif tag in _ASIDE:
            self._moved, self._values = None, {}
            if self._draft:
                self._draft.pending += tag == "STMTTRNP"
                self._draft.trades += tag == "INVTRAN"
        elif tag in _CURRENCIES:
            self._within = tag
        else:
            return False
        return True

    def _begin(self, kind: Kind) -> _Draft:
        self._draft = _Draft(kind)
        self._moved, self._values = None, self._draft.values
        self.drafts.append(self._draft)
        return self._draft

    def _close(self, tag: str, end: int) -> None:
        if tag in _CURRENCIES:
            self._within = ""
        elif tag in _STATEMENTS:
            self._draft, self._moved, self._values = None, None, {}
        elif tag == "STMTTRN":
            if self._moved:
                self._moved.end = end
            self._moved, self._within = None, ""
            self._values = self._draft.values if self._draft else {}
        elif tag in _ASIDE or tag in _ACCOUNTS or tag in ("LEDGERBAL", "STATUS"):
            self._values = self._draft.values if self._draft else {}


def _status_problem(status: Values, source: SourceText) -> Problem | None:
    """B402 where the bank's answer is an error instead of a statement."""
    code, severity = _text(status, "CODE"), _text(status, "SEVERITY").upper()
    if severity != "ERROR" and (severity or code.strip("0") == ""):
        return None
    said = _text(status, "MESSAGE")
    message = f"the bank answered with error {quoted(code)}" + (f": {quoted(said)}" if said else "")
    opening = status[""]
    return error("B402", message, source.place(opening.begin, opening.end), "Fetch the file from the bank again.")


def _no_statement(seen: dict[str, int], source: SourceText) -> Problem:
    """B402 that says what stands in a file in place of statements."""
    if listed := seen.get("ACCTINFO", 0):
        held = f"a list of {listed} account{'s' if listed > 1 else ''}"
    elif moved := seen.get("INTRARS", 0) + seen.get("INTERRS", 0):
        held = f"{moved} transfer order{'s' if moved > 1 else ''}"
    elif "SONRS" in seen:
        held = "only the bank's sign-on"
    else:
        held = "no account at all"
    hint = "Ask the bank for a statement or transaction download."
    return error("B402", f"the file holds no statement: {held}", Place(source.name, 1), hint)


def _statements(draft: _Draft, mark: str, source: SourceText, today: date) -> tuple[list[BankStatement], list[Problem]]:
    """The statements of one account, one a currency, and their problems."""
    closing, told = _closing(draft, mark, source)
    currency = _currency(_text(draft.values, "CURDEF"))
    groups: dict[str, list[tuple[BankLine, str]]] = {}
    for moved in draft.moved:
        read = _line(moved, mark, source)
        if isinstance(read, Problem):
            told.append(read)
        else:
            own = _currency(_text(moved.values, "CURRENCY.CURSYM")) or currency
            groups.setdefault(own, []).append(read)
    if not currency and len(groups) == 1:
        currency = next(iter(groups))
    if not groups or closing is not None:
        groups.setdefault(currency, [])
    statements = []
    for own, pairs in groups.items():
        lines, again = without_repeats(with_ids(pairs), source.name)
        lines, apart = told_apart(lines, source.name)
        lines, still = moving(lines, source.name)
        statement, doubt = _dated(draft, own, tuple(lines), closing if own == currency else None, today)
        told += again + apart + still + check_statement(statement, source.name)
        if doubt:
            told.append(_left_out(doubt, draft, source))
        statements.append(statement)
    if draft.pending:
        told.append(_counted(draft.pending, "pending transaction", "not yet booked", source))
    if draft.trades:
        told.append(_counted(draft.trades, "trade in securities", "only cash movements are read", source))
    return statements, told


def _dated(
    draft: _Draft, currency: str, lines: tuple[BankLine, ...], closing: Decimal | None, today: date
) -> tuple[BankStatement, str]:
    """The statement with its days, its closing where that is beyond doubt, and else the doubt."""
    days = [line.date for line in lines]
    begin, stated_end = _day(_text(draft.values, "DTSTART")), _day(_text(draft.values, "DTEND"))
    if begin == _EVER:
        begin = None
    if stated_end and stated_end > today:
        stated_end = None
    last = max(days, default=None)
    end = max((day for day in (last, stated_end) if day), default=None)
    doubt = ""
    written = _text(draft.ledger, "DTASOF")
    if closing is not None:
        as_of = _day(written)
        if as_of and end and as_of == end + timedelta(days=1) and _MIDNIGHT.fullmatch(written):
            as_of = end
        doubt = _doubt(as_of, last, end if stated_end else None)
        closing = None if doubt else closing
        end = end or as_of
    if days and begin:
        begin = min(begin, *days)
    account = clean(_text(draft.account, "ACCTID"))
    return complete(BankStatement(account, currency, None, closing, begin, end, lines, draft.kind)), doubt


def _doubt(as_of: date | None, last: date | None, end: date | None) -> str:
    """Why the bank's balance is not that after the last line of the statement, or ""."""
    if as_of is None:
        return "it bears no date"
    if last and as_of < last:
        return f"it is of {as_of}, before the last line of {last}"
    if end and as_of > end:
        return f"it is of {as_of}, after the statement's end on {end}"
    return ""


def _left_out(doubt: str, draft: _Draft, source: SourceText) -> Problem:
    balance = draft.ledger["BALAMT"]
    message = f"the balance {quoted(balance.text)} is left out: {doubt}"
    return warning("B404", message, source.place(balance.begin, balance.end), "Fetch the file up to that day.")


def _counted(count: int, what: str, why: str, source: SourceText) -> Problem:
    first, _, rest = what.partition(" ")
    many = f"{first}s {rest}" if rest.startswith("in ") else f"{what}s"
    message = f"{count} {many if count > 1 else what} left out: {why}"
    return warning("B402", message, Place(source.name, 1))


def _closing(draft: _Draft, mark: str, source: SourceText) -> tuple[Decimal | None, list[Problem]]:
    """The bank's balance, None where none is stated, and B403 where it cannot be read."""
    balance = draft.ledger.get("BALAMT")
    if balance is None or not balance.text:
        return None, []
    value = amount_by(balance.text, mark)
    if value is not None:
        return value, []
    message = f"the balance {quoted(balance.text)} cannot be read"
    return None, [error("B403", message, _value_place(balance, source), _PLAIN_AMOUNT)]


_PLAIN_AMOUNT = "An OFX amount is a bare number, like -1200.00: no currency sign, no spaces."


def _line(moved: _Moved, mark: str, source: SourceText) -> tuple[BankLine, str] | Problem:
    """One transaction and its raw description, or B403 with the value that cannot be read."""
    values = moved.values
    posted, amount = values.get("DTPOSTED"), values.get("TRNAMT")
    if amount is None or not amount.text or posted is None or not posted.text:
        missing, tag = ("date", "DTPOSTED") if amount and amount.text else ("amount", "TRNAMT")
        opening = source.place(moved.begin, moved.begin + len("<STMTTRN>"))
        return error("B403", f"the transaction has no {missing}", opening, f"It needs a {tag}.")
    value, day = amount_by(amount.text, mark), _day(posted.text)
    if value is None:
        message = f"the amount {quoted(amount.text)} cannot be read"
        return error("B403", message, _value_place(amount, source), _PLAIN_AMOUNT)
    if day is None:
        message = f"the date {quoted(posted.text)} cannot be read"
        return error("B403", message, _value_place(posted, source), "An OFX date begins yyyymmdd.")
    payer, memo = _text(values, "NAME"), _text(values, "MEMO")
    numbers = dict.fromkeys(clean(_text(values, tag)) for tag in ("CHECKNUM", "REFNUM"))
    kind = clean(_text(values, "TRNTYPE")).upper()
    line = BankLine(
        id=clean_id(_text(values, "FITID")),
        date=day,
        amount=value,
        text=_described(clean(payer), clean(memo)) or kind,
        payer=clean(payer),
        reference=" ".join(filter(None, numbers)),
        kind=kind,
        value_date=_day(_text(values, "DTAVAIL")) or _day(_text(values, "VALUEDATE")),
        line=source.line_of(moved.begin),
        raw=source.text[moved.begin : moved.end].strip(),
    )
    return line, f"{payer}\t{memo}"


def _described(payer: str, memo: str) -> str:
    """Name and memo, of which banks often begin one with the other."""
    if memo.casefold().startswith(payer.casefold()):
        return memo
    return payer if payer.casefold().startswith(memo.casefold()) else f"{payer} {memo}"


def _value_place(value: Value, source: SourceText) -> Place:
    """The place of a value without the white space around it."""
    written = source.text[value.begin : value.end]
    begin = value.begin + len(written) - len(written.lstrip())
    return source.place(begin, begin + len(written.strip()))


def _text(values: Values, tag: str) -> str:
    held = values.get(tag)
    return held.text if held else ""


def _currency(written: str) -> str:
    code = clean(written).upper()
    return code if _CODE.fullmatch(code) else ""
