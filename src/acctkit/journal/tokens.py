"""The text of a journal as tokens, and what a single token says.

A logical line ends where a line ends outside a string, so it may run over several lines of the file.
Positions are offsets into the text of the source.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from acctkit.journal.roots import ROOTS, root_meant

# Written as what may not stand there: the other way round, the wide ranges take 12 ms to compile.
_CAPITAL = r"[^\x00-@\[-\x7f]"
_CAPITAL_OR_DIGIT = r"[^\x00-/:-@\[-\x7f]"
_IN_NAME = r"[^\x00-,./:-@\[-`{-\x7f]"
ACCOUNT = rf"{_CAPITAL}{_IN_NAME}*(?::{_CAPITAL_OR_DIGIT}{_IN_NAME}*)+"
COMMODITY = r"[A-Z][A-Z0-9'._\-]*[A-Z0-9]|[A-Z](?=[ \t\r\n]|\Z)|/[A-Z0-9'._\-]*[A-Z](?:[A-Z0-9'._\-]*[A-Z0-9])?"

_TOKEN = re.compile(
    rf"""
    (?P<blank>[ \t\r]+)
  | (?P<comment>;[^\n]*)
  | (?P<string>"(?:[^"\\]++|\\.)*+")
  | (?P<date>\d{{4,}}[-/]\d+[-/]\d+)
  | (?P<number>\d(?:[\d,]*\d)?(?:\.\d*)?)
  | (?P<account>{ACCOUNT})
  | (?P<word>(?:TRUE|FALSE|NULL)\b)
  | (?P<commodity>{COMMODITY})
  | (?P<tag>\#[A-Za-z0-9\-_/.]+)
  | (?P<link>\^[A-Za-z0-9\-_/.]+)
  | (?P<key>[a-z][A-Za-z0-9\-_]+(?=:))
  | (?P<name>[a-z]+)
  | (?P<mark>\{{\{{|\}}\}}|@@|[{{}}@+\-*/()~,|!&?%\#:])
  | (?P<other>[^\n])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
# What most lines are, each read with one expression; the rest goes through tokens.
_PLAIN_COMMODITY = r"[A-Z][A-Z0-9]*[A-Z0-9]"
_PLAIN_NUMBER = r"\d{1,50}(?:\.\d{0,50})?"
PLAIN_POSTING = re.compile(
    rf"[ \t]+({ACCOUNT})(?:[ \t]+(-?{_PLAIN_NUMBER})[ \t]+({COMMODITY})"
    rf"([ \t]+\{{({_PLAIN_NUMBER})[ \t]+({_PLAIN_COMMODITY})(?:,[ \t]*(\d{{4}})-(\d\d)-(\d\d))?\}}"
    rf"(?:[ \t]+@[ \t]+({_PLAIN_NUMBER})[ \t]+({COMMODITY}))?)?)?[ \t]*(?:;.*)?",
    re.ASCII,
)
PLAIN_META = re.compile(r'[ \t]+([a-z][A-Za-z0-9\-_]+):[ \t]*"([^"\\]*)"[ \t]*')
PLAIN_HEADER = re.compile(
    r'(\d{4})-(\d\d)-(\d\d)[ \t]+(\*|!|txn)(?:[ \t]+"([^"\\]*)")?(?:[ \t]+"([^"\\]*)")?'
    r"((?:[ \t]+[#^][A-Za-z0-9\-_/.]+)*)[ \t]*(?:;.*)?",
    re.ASCII,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?", re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
MOST_TOKENS = 200_000  # of one logical line
LONGEST_ACCOUNT = 1000  # characters
_MONTHS = 12
_LONGEST_PART = 9  # digits of a year, month or day that are looked at
YES = ("TRUE", "1", "YES")  # what an option that is on says
MOST_DIGITS = 100  # on either side of a number's point: more than anything counts, and safe to work with


class Token(NamedTuple):
    """A token: its kind (a group of the expression above, or "end"), its text, where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Unreadable(Exception):  # noqa: N818 - caught by the parser, which makes a problem of it
    """A logical line that breaks the grammar: the problem's code, message, hint and the span at fault."""

    def __init__(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.start, self.end = start, end


def tokenize(text: str, offset: int) -> tuple[list[Token], int]:
    """The tokens from an offset to the end of its logical line, and the offset where that line ends."""
    tokens: list[Token] = []
    length = len(text)
    while offset < length and text[offset] != "\n":
        if len(tokens) > MOST_TOKENS:  # no directive is so long: the rest of it is one token that fits nowhere
            end = text.find("\n", offset)
            end = length if end < 0 else end
            tokens.append(Token("other", text[offset:end], offset, end))
            return tokens, end
        match = _TOKEN.match(text, offset)
        assert match is not None  # noqa: S101 - `other` takes anything but a line end
        kind = match.lastgroup or ""
        start, offset = match.span()
        if kind not in ("blank", "comment"):
            tokens.append(Token(kind, match[0], start, offset))
    return tokens, offset


def unquote(text: str) -> str:
    """The text of a quoted string, its escapes undone."""
    body = text[1:-1]
    return _ESCAPED.sub(lambda m: _ESCAPES.get(m[1], m[1]), body) if "\\" in body else body


def read_number(text: str) -> Decimal | None:
    """A number as a journal writes it; commas only between groups of three."""
    return Decimal(text.replace(",", "")) if _THOUSANDS.fullmatch(text) else None


def read_date(text: str) -> date | None:
    """A date with `-` or `/`, or None where there is no such day."""
    year, month, day = re.split("[-/]", text)
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None


def no_day(text: str, start: int) -> Unreadable:
    """The complaint about a date that does not exist."""
    return Unreadable("J105", f"there is no day {text}", start, start + len(text), _date_hint(text))


def _date_hint(text: str) -> str:
    """What a person can do about a date that does not exist."""
    year, month, day = (int(part[:_LONGEST_PART]) for part in re.split("[-/]", text))
    if not 1 <= year <= date.max.year:
        return "the year comes first, with four digits: 2026-04-14"
    if 1 <= month <= _MONTHS:
        return f"{date(year, month, 1):%B %Y} has {_days_of(year, month)} days"
    if 1 <= day <= _MONTHS and 1 <= month <= _days_of(year, day):
        return f"did you mean {year:04d}-{day:02d}-{month:02d}? the month stands before the day"
    return "the months are 01 to 12: write year-month-day"


def _days_of(year: int, month: int) -> int:
    return 31 if month == _MONTHS else (date(year, month + 1, 1) - timedelta(days=1)).day


@lru_cache(maxsize=65536)
def is_account(name: str, roots: tuple[str, ...] = ROOTS) -> bool:
    """Whether a name in the form of an account is valid: a known root, then a part with a capital or digit first.

    Beancount looks no further than that: the form allows ASCII letters, digits and dashes, and anything else.
    """
    root, _, rest = name.partition(":")
    return root in roots and unicodedata.category(rest[0]) in ("Lu", "Nd")


def is_part(text: str, *, first: bool = True) -> bool:
    """Whether a text can be one part of an account: the first begins with a capital, others may with a digit."""
    begins = ("Lu",) if first else ("Lu", "Nd")
    return bool(text) and unicodedata.category(text[0]) in begins and all(c.isalnum() or c == "-" for c in text)


def bad_account(token: Token, roots: tuple[str, ...]) -> Unreadable:
    """The complaint about an account name that is not valid."""
    if token.text.split(":", 1)[0] in roots:
        hint = "each part begins with a capital or a digit, and holds letters, digits and dashes"
    else:
        near = root_meant(token.text, roots)
        meant = f"did you mean {near}:{token.text.partition(':')[2]}? " if near else ""
        hint = f"{meant}the first part is one of {', '.join(roots)}"
    return Unreadable("J106", f"`{token.text}` is not a valid account", token.start, token.end, hint)


def too_long(start: int, end: int) -> Unreadable:
    """The complaint about an account name that no books have."""
    message = f"an account name of more than {LONGEST_ACCOUNT:,} characters"
    return Unreadable("J106", message, start, end, "is a line end missing?")
