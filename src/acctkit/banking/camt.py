"""CAMT.052, 053 and 054, the XML of ISO 20022, in every version: reports, statements and notifications.

Tags are known by their names, whatever namespace they are in. A file with a document type is refused, so
that no entity is ever defined or expanded; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce
from xml.parsers import expat

from acctkit.banking.statement import BankFile, BankLine, BankStatement, finished, first_problems, left_out
from acctkit.banking.text import LONGEST_SHOWN, calendar_day, clean, clean_id, number, quoted
from acctkit.money import EXACT, scale_of
from acctkit.period import ONE_DAY
from acctkit.problem import Place, Problem, error

LOOKS = re.compile(r"camt\.05[234]\.|<(?:\w{1,20}:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)\b")
DEEPEST = 100
_STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T.{0,40}|Z|[+-].{0,9})?")
_CODE = re.compile(r"[A-Z]{3}")
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF", "NOT PROVIDED"})
_HUNDREDTHS = Decimal("0.01")
_LONGEST_TEXT = 10_000
_OPENINGS = ("OPBD", "PRCD")
_PENDING = {"PDNG": "not yet booked", "INFO": "only told, not booked", "FUTR": "of a day to come"}


@dataclass(slots=True)
class Node:
    """An element: its name without a prefix, its text, its currency, and where it stands in the file."""

    tag: str
    line: int
    begin: int
    currency: str = ""
    text: str = ""
    end: int = 0
    children: list[Node] = field(default_factory=list)

    def all(self, path: str) -> Iterator[Node]:
        """The elements down a path, in the file's order."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.tag == first:
                yield from child.all(rest) if rest else (child,)

    def one(self, *paths: str) -> Node | None:
        """The first element down any of the paths, in their order."""
        return next((found for path in paths for found in self.all(path)), None)

    def words(self, *paths: str) -> str:
        """The text of that element, "" for none."""
        found = self.one(*paths)
        return clean(found.text) if found else ""


class _Refused(Exception):  # noqa: N818 - it ends the parser and goes no further
    """The problem that a file is given up for."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


class _Tree:
    """Builds the statements of a document while expat reads it; everything around them is dropped."""

    def __init__(self) -> None:
        self.statements: list[Node] = []
        self._open: list[Node] = []
        self._depth = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        hint = "A bank's file has none: fetch it from the bank again."
        raise _Refused(self.parser.CurrentLineNumber, "the file declares a document type", hint)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            hint = "Fetch the file from the bank again."
            raise _Refused(self.parser.CurrentLineNumber, f"elements stand {DEEPEST} deep within each other", hint)
        tag = name.rpartition(":")[2]
        if not self._open and tag not in _STATEMENTS:
            return
        node = Node(tag, self.parser.CurrentLineNumber, self.parser.CurrentByteIndex, attributes.get("Ccy", ""))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.statements.append(node)
        self._open.append(node)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._open:
            self._open.pop().end = self.parser.CurrentByteIndex + len(name) + len("</>")

    def _text(self, text: str) -> None:
        if self._open and len(self._open[-1].text) < _LONGEST_TEXT:
            self._open[-1].text += text


@dataclass(frozen=True, slots=True)
class _File:
    """The bytes of a file and its lines, for what is kept of an entry and for the places of problems."""

    name: str
    data: bytes
    lines: Sequence[str]

    def place(self, node: Node) -> Place:
        text = self.lines[node.line - 1] if node.line <= len(self.lines) else ""
        if len(text) > LONGEST_SHOWN:
            return Place(self.name, node.line, 1, 2)
        column = len(text) - len(text.lstrip()) + 1
        return Place(self.name, node.line, column, max(len(text.rstrip()) + 1, column + 1), text)

    def raw(self, node: Node) -> str:
        return self.data[node.begin : node.end].decode(errors="replace")


def read_camt(text: str, name: str) -> BankFile:
    """Decoded CAMT to statements; none where anything that counts cannot be read.

    An entry with several transactions in it gives a line for each, if their amounts make that of the entry.
    Problems are B402 for XML that breaks off or holds no statement, B403 for amounts and days, B404, B406
    for balances in several currencies.
    """
    data = re.sub(r"^\s*<\?xml[^>]*\?>", lambda m: re.sub(r"[^\n]", " ", m[0]), text.lstrip("\ufeff")).encode(
        errors="replace"
    )
    file = _File(name, data, text.split("\n"))
    tree = _Tree()
    try:
        tree.parser.Parse(data, True)
    except expat.ExpatError as fault:
        hint = "Fetch the file from the bank again."
        message = f"the XML breaks off here: {expat.errors.messages.get(fault.code, 'it is not well-formed')}"
        return _refused(error("B402", message, file.place(Node("", fault.lineno, 0)), hint))
    except _Refused as fault:
        return _refused(error("B402", fault.message, file.place(Node("", fault.line, 0)), fault.hint))
    if not tree.statements:
        hint = "Ask the bank for a statement: camt.053, or camt.052 or 054."
        return _refused(error("B402", "the file holds no statement", Place(name, 1), hint))
    problems: list[Problem] = []
    told: list[Problem] = []
    statements = [_statement(node, file, problems, told) for node in tree.statements]
    if problems:
        return _refused(*first_problems(problems))
    whole, checked = finished(statements, name)
    return BankFile("camt", "", whole, (*told, *checked))


def _refused(*problems: Problem) -> BankFile:
    return BankFile("camt", "", (), problems)


def _statement(node: Node, file: _File, problems: list[Problem], told: list[Problem]) -> BankStatement:
    """A statement, a report or a notification; what is wrong with it is added to `problems`."""
    entries = list(node.all("Ntry"))
    opening, first = _balance(node, _OPENINGS, file, problems)
    closing, last = _balance(node, ("CLBD",), file, problems)
    amounts = [one for entry in entries if (one := entry.one("Amt"))]
    currency = node.words("Acct/Ccy") or next((one.currency for one in (*amounts, *filter(None, (first, last)))), "")
    for one in (*filter(None, (first, last)), *amounts):
        if one.currency and one.currency != currency:
            message = f"an amount in {one.currency} in a statement in {currency}"
            hint = "One statement has one currency: ask the bank for one file a currency."
            problems.append(error("B406", message, file.place(one), hint))
    lines: list[BankLine] = []
    aside: dict[str, int] = {}
    for entry in entries:
        status = entry.words("Sts/Cd", "Sts") or "BOOK"
        if status in _PENDING:
            aside[status] = aside.get(status, 0) + 1
            continue
        found = _lines(entry, file)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            lines += found
    told += [left_out(count, "entry", _PENDING[status], file.place(node)) for status, count in aside.items()]
    begin, end = _days(node, [line.date for line in lines])
    account = node.words("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/BBAN", "Acct/Id/PrtryAcct/Id", "Acct/Id/UPIC")
    return BankStatement(
        account, currency, opening, closing, begin, end, tuple(lines), opening_stated=opening is not None
    )


def _balance(
    node: Node, codes: Sequence[str], file: _File, problems: list[Problem]
) -> tuple[Decimal | None, Node | None]:
    """The balance of the first of these codes a statement has, and its amount's element."""
    held = {code: one for one in node.all("Bal") if (code := one.words("Tp/CdOrPrtry/Cd", "Tp/Cd"))}
    one = next((held[code] for code in codes if code in held), None)
    if one is None:
        return None, None
    value = _amount(one)
    if value is None:
        message = f"the balance {quoted(one.words('Amt'))} cannot be read"
        problems.append(error("B403", message, file.place(one.one("Amt") or one), _PLAIN))
    return value, one.one("Amt")


_PLAIN = "An amount is written like 1200.00, with CRDT or DBIT beside it."


def _amount(node: Node, *, otherwise: str = "") -> Decimal | None:
    """The signed amount of an entry, a balance or a transaction within an entry."""
    written = node.words("Amt", "AmtDtls/TxAmt/Amt", "TxAmt/Amt")
    value = number(written)
    sign = node.words("CdtDbtInd") or otherwise
    if value is None or value < 0 or "," in written or sign not in ("CRDT", "DBIT"):
        return None
    value = _short(value)
    return value.copy_negate() if sign == "DBIT" and value else value


def _short(value: Decimal) -> Decimal:
    """A value without zeros after its hundredths: some banks write 8.85000."""
    plain = value.normalize(EXACT)
    return plain.quantize(_HUNDREDTHS, context=EXACT) if "." in str(value) and scale_of(plain) <= 2 else value


def _days(node: Node, days: Sequence[date]) -> tuple[date | None, date | None]:
    """The first and last day covered: by the balances, else as stated, and never less than the lines."""
    of_balance = {
        one.words("Tp/CdOrPrtry/Cd", "Tp/Cd"): _day(one.words("Dt/Dt", "Dt/DtTm", "Dt")) for one in node.all("Bal")
    }
    end = of_balance.get("CLBD") or _day(node.words("FrToDt/ToDtTm", "FrToDt/ToDt"))
    begin = of_balance.get("OPBD")
    if begin is None and (before := of_balance.get("PRCD")):
        begin = before + ONE_DAY
        begin = min(begin, end) if end else begin
    begin = begin or _day(node.words("FrToDt/FrDtTm", "FrToDt/FrDt"))
    begin = min((day for day in (begin, *days) if day), default=None)
    end = max((day for day in (end, *days) if day), default=None)
    return begin, end


def _lines(entry: Node, file: _File) -> list[BankLine] | Problem:
    """The lines of an entry, or B403 with what cannot be read."""
    amount = _amount(entry)
    if amount is None:
        message = f"the amount {quoted(entry.words('Amt'))} {quoted(entry.words('CdtDbtInd'))} cannot be read"
        return error("B403", message, file.place(entry.one("Amt") or entry), _PLAIN)
    booked, valued = entry.one("BookgDt"), entry.one("ValDt")
    value_day = _day(valued.words("Dt", "DtTm") or valued.text) if valued else None
    day = _day(booked.words("Dt", "DtTm") or booked.text) if booked else value_day
    if day is None:
        message = "the date cannot be read" if booked or valued else "the entry has no date"
        return error("B403", message, file.place(booked or valued or entry), "It is written like 2026-04-28.")
    sign = entry.words("CdtDbtInd")
    details = [*entry.all("NtryDtls/TxDtls"), *entry.all("TxDtls")]
    parts = [_amount(one, otherwise=sign) for one in details]
    own = entry.words("AcctSvcrRef") or (details[0].words("Refs/AcctSvcrRef") if len(details) == 1 else "")
    kind = entry.words("BkTxCd/Prtry/Cd") or "-".join(
        filter(None, (entry.words(f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")))
    )
    whole = BankLine(clean_id(own), day, amount, "", "", "", kind, value_day, None, entry.line, file.raw(entry))
    if len(details) < 2 or not _makes(entry, details, parts):
        return [_told(whole, entry, details, amount)]
    lines = []
    for index, (detail, part) in enumerate(zip(details, parts, strict=True), 1):
        ref = detail.words("Refs/AcctSvcrRef")
        ref = ref if ref and ref != own else f"{own}/{index}" if own else ""
        line = BankLine(
            clean_id(ref), day, part or Decimal(0), "", "", "", kind, value_day, None, detail.line, file.raw(detail)
        )
        lines.append(_told(line, entry, [detail], part or Decimal(0)))
    return lines


def _makes(entry: Node, details: Sequence[Node], parts: Sequence[Decimal | None]) -> bool:
    """Whether the amounts of an entry's transactions are in its currency and make its own."""
    held = entry.one("Amt")
    currencies = {one.currency for detail in details if (one := detail.one("Amt", "AmtDtls/TxAmt/Amt"))}
    known = [part for part in parts if part]
    if held is None or len(known) != len(parts) or not currencies <= {held.currency, ""}:
        return False
    return reduce(EXACT.add, known) == _amount(entry)


def _told(line: BankLine, entry: Node, details: Sequence[Node], amount: Decimal) -> BankLine:
    """The line with payer, reference and all texts of its transactions."""
    names, references, texts = [], [], []
    for detail in details:
        side = "Cdtr" if amount < 0 else "Dbtr"
        who = detail.words(*(f"RltdPties/{role}{part}/Nm" for role in (side, f"Ultmt{side}") for part in ("/Pty", "")))
        names.append(who)
        strict = [clean(one.text) for one in detail.all("RmtInf/Strd/CdtrRefInf/Ref")]
        strict += [clean(one.text) for one in detail.all("RmtInf/Strd/CdtrRefInf/CdtrRef")]
        ours = detail.words("Refs/EndToEndId")
        references += [*strict, ours if ours not in _NO_REFERENCE else "", detail.words("Refs/ChqNb")]
        texts += [who, *(clean(one.text) for one in detail.all("RmtInf/Ustrd")), *strict]
        texts += [clean(one.text) for one in detail.all("RmtInf/Strd/AddtlRmtInf")]
        texts.append(detail.words("AddtlTxInf"))
    texts.append(entry.words("AddtlNtryInf"))
    known = list(dict.fromkeys(filter(None, texts)))
    fallback = entry.words("NtryRef") or next(filter(None, references), "") or line.kind
    text = " ".join(known)[: LONGEST_SHOWN // 2]
    payer = names[0] if len(set(names)) == 1 else ""
    return BankLine(
        line.id, line.date, line.amount, text or fallback, payer, next(filter(None, references), ""),
        line.kind, line.value_date, None, line.line, line.raw,
    )  # fmt: skip


def _day(written: str) -> date | None:
    match = _DAY.fullmatch(written.strip())
    return calendar_day(match[1], match[2], match[3]) if match else None
