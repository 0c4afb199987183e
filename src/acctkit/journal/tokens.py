"""One line of a journal as tokens, and the numbers, amounts and values that tokens make.

A logical line ends where a line ends outside a string, so it may run over several lines of the file.
Positions are offsets into the text of the source.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import NamedTuple

from acctkit.journal.entries import Account, Commodity, Money, Tag, Value
from acctkit.money import ARITHMETIC, scale_of

ACCOUNT = r"[A-Z\x80-\U0010ffff][A-Za-z0-9\-\x80-\U0010ffff]*(?::[A-Z0-9\x80-\U0010ffff][A-Za-z0-9\-\x80-\U0010ffff]*)+"
COMMODITY = r"[A-Z][A-Z0-9'._\-]*[A-Z0-9]|[A-Z]|/[A-Z0-9'._\-]*[A-Z](?:[A-Z0-9'._\-]*[A-Z0-9])?"

_TOKEN = re.compile(
    rf"""
    (?P<blank>[ \t\r]+)
  | (?P<comment>;[^\n]*)
  | (?P<string>"(?:[^"\\]++|\\.)*+")
  | (?P<date>\d{{4,}}[-/]\d+[-/]\d+)
  | (?P<number>\d[\d,]*(?:\.\d*)?)
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
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?", re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ROOTS = ("Assets", "Liabilities", "Equity", "Income", "Expenses")
DEEPEST_NESTING = 100
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


@lru_cache(maxsize=65536)
def is_account(name: str, roots: tuple[str, ...] = ROOTS) -> bool:
    """Whether a name in the form of an account is valid: a known root, then a part with a capital or digit first.

    Beancount looks no further than that: the form allows ASCII letters, digits and dashes, and anything else.
    """
    root, _, rest = name.partition(":")
    return root in roots and unicodedata.category(rest[0]) in ("Lu", "Nd")


class Line:
    """A logical line being read: the next token, and the parts of the grammar that all directives share."""

    def __init__(self, tokens: list[Token], end: int, roots: tuple[str, ...]) -> None:
        self.tokens = tokens
        self.at = 0
        self.end = end
        self.roots = roots
        self.bad_accounts: list[Token] = []

    @property
    def next(self) -> Token:
        """The next token, not taken yet."""
        if self.at < len(self.tokens):
            return self.tokens[self.at]
        return Token("end", "", self.end, self.end)

    def take(self, kind: str, text: str | None = None) -> Token | None:
        """The next token if it is of that kind and text, else None and nothing is taken."""
        token = self.next
        if token.kind != kind or (text is not None and token.text != text):
            return None
        self.at += 1
        return token

    def need(self, kind: str, what: str, hint: str = "") -> Token:
        """The next token, which must be of that kind; `what` says in words what was expected."""
        token = self.take(kind)
        if token is None:
            raise self.wrong(f"expected {what}", hint)
        return token

    def wrong(self, message: str, hint: str = "", code: str = "J102") -> Unreadable:
        """A complaint about the next token."""
        token = self.next
        if token.kind == "other" and token.text == '"':
            return Unreadable(
                "J104", "a string without its closing quote", token.start, self.end, 'add the closing `"`'
            )
        found = " here" if token.kind == "end" else f", found `{token.text.splitlines()[0][:40]}`"
        return Unreadable(code, message + found, token.start, max(token.end, token.start + 1), hint)

    def finish(self) -> None:
        """Nothing may be left on the line."""
        if self.next.kind != "end":
            raise self.wrong("expected the end of the line")

    def string(self, what: str) -> str:
        """A quoted string."""
        return unquote(self.need("string", what, f"write {what} in double quotes").text)

    def account(self) -> str:
        """An account; a name that is not valid is noted, and taken all the same."""
        token = self.need("account", "an account", "accounts look like `Assets:Bank:Current`")
        if not is_account(token.text, self.roots):
            self.bad_accounts.append(token)
        return token.text

    def commodity(self) -> str:
        """A commodity."""
        return self.need("commodity", "a commodity", "commodities are in capitals, like `GBP`").text

    def date(self) -> date | None:
        """A date if one is next."""
        token = self.take("date")
        if token is None:
            return None
        day = read_date(token.text)
        if day is None:
            raise Unreadable(
                "J105", f"there is no day {token.text}", token.start, token.end, "write year-month-day"
            )
        return day

    # Numbers and what is made of them.

    def starts_number(self) -> bool:
        """Whether a number or an expression is next."""
        token = self.next
        return token.kind == "number" or (token.kind == "mark" and token.text in "+-(")

    def number(self) -> Decimal:
        """A number or an arithmetic expression, worked out with 28 digits as beancount does."""
        start = self.next.start
        try:
            value = self._sum(0)
        except (DivisionByZero, InvalidOperation, Overflow):
            end = self.tokens[self.at - 1].end
            raise Unreadable(
                "J103", "this expression has no value", start, end, "is something divided by zero?"
            ) from None
        if value.adjusted() >= MOST_DIGITS or scale_of(value) > MOST_DIGITS:
            end = self.tokens[self.at - 1].end
            hint = f"at most {MOST_DIGITS} digits may stand before and after the point"
            raise Unreadable("J103", "this number is too long", start, end, hint)
        return value

    def _sum(self, depth: int) -> Decimal:
        value = self._product(depth)
        while True:
            if self.take("mark", "+"):
                value = ARITHMETIC.add(value, self._product(depth))
            elif self.take("mark", "-"):
                value = ARITHMETIC.subtract(value, self._product(depth))
            else:
                return value

    def _product(self, depth: int) -> Decimal:
        value = self._factor(depth)
        while True:
            if self.take("mark", "*"):
                value = ARITHMETIC.multiply(value, self._factor(depth))
            elif self.take("mark", "/"):
                value = ARITHMETIC.divide(value, self._factor(depth))
            else:
                return value

    def _factor(self, depth: int) -> Decimal:
        negative = False
        while self.next.kind == "mark" and self.next.text in "+-":
            negative ^= self.next.text == "-"
            self.at += 1
        if self.take("mark", "("):
            if depth >= DEEPEST_NESTING:
                raise self.wrong("too many brackets inside one another", code="J103")
            value = self._sum(depth + 1)
            if not self.take("mark", ")"):
                raise self.wrong("expected a closing `)`", code="J103")
        else:
            token = self.need("number", "a number")
            found = read_number(token.text)
            if found is None:
                hint = "commas stand only between groups of three digits"
                raise Unreadable("J103", f"`{token.text}` is not a number", token.start, token.end, hint)
            value = found
        return value.copy_negate() if negative else value

    def amount(self, what: str) -> tuple[Decimal, str]:
        """A number and its commodity."""
        if not self.starts_number():
            raise self.wrong(f"expected {what}", "an amount is a number and a commodity, like `12.50 GBP`")
        return self.number(), self.commodity()

    def value(self) -> Value:
        """A metadata or custom value: text, account, date, amount, number, commodity, tag, yes or no."""
        token = self.next
        if token.kind == "string":
            self.at += 1
            return unquote(token.text)
        if token.kind == "account":
            return Account(self.account())
        if token.kind == "date":
            return self.date()
        if token.kind == "tag":
            self.at += 1
            return Tag(token.text[1:])
        if token.kind == "commodity":
            self.at += 1
            return Commodity(token.text)
        if token.kind == "word":
            self.at += 1
            return {"TRUE": True, "FALSE": False, "NULL": None}[token.text]
        if self.starts_number():
            number = self.number()
            commodity = self.take("commodity")
            return Money(number, commodity.text) if commodity else number
        raise self.wrong("expected a value", "text stands in double quotes", code="J107")
