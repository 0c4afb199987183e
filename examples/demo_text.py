"""How the demonstration's facts become text: entries, records, seals and bank files.

Amounts are integer minor units. An entry gets its `ref` when the stream has its final order, so
texts that quote a ref are templates until then: `{r}` is the ref of the first entry cited, `{n}` its
number without zeros, `{rs}` all refs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

WIDTH = 58  # the column in which amounts end


class Money(NamedTuple):
    """An amount of minor units with two decimals."""

    minor: int
    currency: str = "GBP"

    def __str__(self) -> str:
        return f"{number(self.minor)} {self.currency}"


class Account(str):
    """An account's name: a string that is written without quotes."""

    __slots__ = ()


@dataclass
class Posting:
    """One leg; `base` is its value in GBP where the currency is another."""

    account: str
    minor: int
    currency: str = "GBP"
    base: int = 0
    meta: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.currency == "GBP":
            self.base = self.minor


class Clearing(NamedTuple):
    """How a bank shows an entry: the day, the text, and a label shared by entries paid in one line."""

    when: date | None
    text: str
    batch: str = ""


@dataclass(eq=False)
class Entry:
    """A transaction, the day it was posted, and what the banks will make of it."""

    when: date
    kind: str
    series: str
    payee: str
    text: str
    postings: list[Posting]
    posted: date
    slot: int = 0
    rank: int = 0
    meta: dict[str, Value] = field(default_factory=dict)
    cites: tuple[Entry, ...] = ()
    tags: tuple[str, ...] = ()
    cleared: dict[str, Clearing] = field(default_factory=dict)
    ref: str = ""

    @property
    def narration(self) -> str:
        """The text with the refs it cites."""
        return fill(self.text, self.cites)

    def amount(self, account: str) -> int:
        """Sum this entry's postings to one account, in the account's own currency."""
        return sum(p.minor for p in self.postings if p.account == account)

    def render(self) -> str:
        """Give the entry as journal text."""
        head = f"{self.when} * {quote(self.payee)} {quote(self.narration)}"
        if self.kind in {"sales-invoice", "purchase-invoice", "sales-credit", "purchase-credit"}:
            head += f" ^{self.ref}"
        lines = [head + "".join(f" #{tag}" for tag in self.tags)]
        lines += [f'  type: "{self.kind}"', f'  ref: "{self.ref}"']
        lines += [f"  {key}: {show(value)}" for key, value in self.meta.items()]
        for posting in self.postings:
            amount = number(posting.minor)
            gap = " " * max(2, WIDTH - 2 - len(posting.account) - len(amount))
            price = "" if posting.currency == "GBP" else f" @@ {Money(abs(posting.base))}"
            lines.append(f"  {posting.account}{gap}{amount} {posting.currency}{price}")
            lines += [f"    {key}: {show(value)}" for key, value in posting.meta.items()]
        return "\n".join(lines) + "\n"


Value: TypeAlias = "str | int | date | Money | Account | Entry"


@dataclass(eq=False)
class Record:
    """A custom directive (or, with another `head`, a price or note) and the day it was posted."""

    when: date
    words: tuple[Value, ...]
    posted: date
    slot: int = 0
    rank: int = 0
    meta: dict[str, Value] = field(default_factory=dict)
    cites: tuple[Entry, ...] = ()
    head: str = "custom"

    def render(self) -> str:
        """Give the record as journal text."""
        words = " ".join(
            show(fill(word, self.cites) if self.cites and type(word) is str else word) for word in self.words
        )
        lines = [f"{self.when} {self.head} {words}"]
        lines += [f"  {key}: {show(value)}" for key, value in self.meta.items()]
        return "\n".join(lines) + "\n"


def number(minor: int) -> str:
    """Show minor units with two decimals."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def quote(text: str) -> str:
    """Show a string as the journal has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def show(value: Value) -> str:
    """Show a metadata value or a record's word."""
    if isinstance(value, Entry):
        return quote(value.ref)
    if isinstance(value, str) and not isinstance(value, Account):
        return quote(value)
    return str(value)


def fill(template: str, cites: tuple[Entry, ...]) -> str:
    """Put the refs of the entries cited into a text."""
    if not cites:
        return template
    first = cites[0].ref
    digits = str(int(first.rsplit("-", 1)[1]))
    return template.format(r=first, n=digits, rs=" and ".join(entry.ref for entry in cites))


# --- the stream and its seals ---------------------------------------------------------------------


class Append(NamedTuple):
    """What was written at one time by one person."""

    when: datetime
    who: str
    items: list[Entry | Record]


def seal_line(previous: str, body: bytes, count: int, append: Append) -> tuple[bytes, str]:
    """End an append: its seal line, and the hash that the next seal builds on.

    The hash is the SHA-256 over the previous hash as ASCII (nothing for the first), the bytes after
    the previous seal's line, and this line up to just before the hash.
    """
    head = f"; seal {count} {append.when:%Y-%m-%dT%H:%M:%SZ} {append.who} ".encode()
    digest = hashlib.sha256(previous.encode("ascii") + body + head).hexdigest()
    return head + digest.encode("ascii") + b"\n", digest


def cover_lines(files: dict[str, bytes]) -> bytes:
    """The lines above a seal that cover the files outside the stream."""
    return "".join(f"; covers {name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files)).encode()


def stream_files(appends: Iterable[Append], outside: dict[str, bytes]) -> dict[str, bytes]:
    """Write the stream: one file a month of posting, each append sealed; the first seal covers what is outside."""
    files: dict[str, bytes] = {}
    digest = ""
    for count, append in enumerate(appends, 1):
        path = f"journals/{append.when:%Y}/{append.when:%Y-%m}.beancount"
        lead = b"\n" if path in files else b""
        body = lead + body_text(append.items).encode() + (cover_lines(outside) if count == 1 else b"")
        line, digest = seal_line(digest, body, count, append)
        files[path] = files.get(path, b"") + body + line
    return files


def body_text(items: list[Entry | Record]) -> str:
    """Write an append's items: entries apart, records of one kind together."""
    text = ""
    before: Entry | Record | None = None
    for item in items:
        together = isinstance(item, Record) and isinstance(before, Record)
        text += ("" if before is None or together else "\n") + item.render()
        before = item
    return text


# --- bank files -----------------------------------------------------------------------------------


class Line(NamedTuple):
    """One line of a bank statement and the entries it pays."""

    when: date
    ident: str
    minor: int
    text: str
    entries: tuple[tuple[Entry, int], ...]


class Statement(NamedTuple):
    """A bank statement of one account and span of days."""

    name: str
    account: str
    currency: str
    start: date
    end: date
    opening: int
    lines: list[Line]

    @property
    def closing(self) -> int:
        """The balance at the end."""
        return self.opening + sum(line.minor for line in self.lines)


OFX_HEAD = """\
OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1><SONRS>
<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<DTSERVER>{end:%Y%m%d}235959
<LANGUAGE>ENG
</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS>
<TRNUID>1
<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS>
<CURDEF>{currency}
<BANKACCTFROM><BANKID>001122<ACCTID>40718823<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST>
<DTSTART>{start:%Y%m%d}
<DTEND>{end:%Y%m%d}
"""


def ofx_kind(line: Line) -> str:
    """Name a line's kind as OFX does."""
    for word, kind in (
        ("CHQ", "CHECK"),
        ("DD ", "DIRECTDEBIT"),
        ("GROSS INTEREST", "INT"),
        ("CHARGES", "SRVCHG"),
    ):
        if word in line.text:
            return "DEP" if kind == "CHECK" and line.minor > 0 else kind
    return "CREDIT" if line.minor > 0 else "DEBIT"


def ofx(statement: Statement) -> bytes:
    """Write a statement as OFX 1.02."""
    text = OFX_HEAD.format(currency=statement.currency, start=statement.start, end=statement.end)
    for line in statement.lines:
        text += (
            f"<STMTTRN>\n<TRNTYPE>{ofx_kind(line)}\n<DTPOSTED>{line.when:%Y%m%d}\n"
            f"<TRNAMT>{number(line.minor)}\n<FITID>{line.ident}\n"
        )
        if ofx_kind(line) == "CHECK":
            text += f"<CHECKNUM>{line.text.removeprefix('CHQ ')}\n"
        text += f"<NAME>{line.text.replace('&', '&amp;')}\n</STMTTRN>\n"
    text += (
        f"</BANKTRANLIST>\n<LEDGERBAL><BALAMT>{number(statement.closing)}\n"
        f"<DTASOF>{statement.end:%Y%m%d}\n</LEDGERBAL>\n</STMTRS>\n</STMTTRNRS></BANKMSGSRSV1>\n</OFX>\n"
    )
    return text.replace("\n", "\r\n").encode("ascii")


def plain_csv(statement: Statement) -> bytes:
    """Write a statement as a CSV headed id,date,description,amount,balance."""
    rows = ["id,date,description,amount,balance"]
    balance = statement.opening
    for line in statement.lines:
        balance += line.minor
        rows.append(f"{line.ident},{line.when},{line.text},{number(line.minor)},{number(balance)}")
    return ("\n".join(rows) + "\n").encode("ascii")


STARLING_HEAD = "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes"


def starling_csv(statement: Statement) -> bytes:
    """Write a statement in the layout of Starling Bank; a line's text is `party|reference|type`."""
    rows = [STARLING_HEAD]
    balance = statement.opening
    for line in statement.lines:
        balance += line.minor
        party, reference, kind = line.text.split("|")
        category = "INCOME" if kind == "DEPOSIT INTEREST" else "SAVING"
        rows.append(
            f"{line.when:%d/%m/%Y},{party},{reference},{kind},{number(line.minor)},{number(balance)},{category},"
        )
    return ("\n".join(rows) + "\n").encode("ascii")
