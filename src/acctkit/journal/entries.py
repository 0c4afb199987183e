"""What stands in a journal: one frozen record for each kind of directive.

Numbers are Decimals with the digits that were written. As parsed, an amount may lack its number or its
commodity (None); once booked it lacks neither. Every entry knows its source and its first and last line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from acctkit.journal.source import Source
from acctkit.problem import Place


class Money(NamedTuple):
    """A number and its commodity as written; either is None where it is left to be worked out."""

    number: Decimal | None
    commodity: str | None


class Account(str):
    """A metadata or custom value that was written as an account, not in quotes."""

    __slots__ = ()


class Tag(str):
    """A metadata value that was written as a tag, kept without its `#`."""

    __slots__ = ()


class Commodity(str):
    """A metadata value that was written as a bare commodity."""

    __slots__ = ()


Value: TypeAlias = str | Decimal | date | bool | Money | None
Meta: TypeAlias = dict[str, Value]

NO_META: Meta = {}


def is_one(value: Value, other: Value) -> bool:
    """Whether two values are one and the same thing to beancount, which then lets metadata have its key twice."""
    if value is None or isinstance(value, bool):
        return value is other
    if isinstance(value, Account):
        return isinstance(other, Account) and value == other
    return isinstance(value, str) and isinstance(other, str) and value == other and len(value) <= 1


class CostSpec(NamedTuple):
    """What stands in braces: `{per # total CUR, date, "label"}`, each None where absent.

    `{}` is all None. `is_partial` marks a `#` with a number on one side only, so that one is to be worked out.
    """

    per_unit: Decimal | None = None
    total: Decimal | None = None
    commodity: str | None = None
    date: date | None = None
    label: str | None = None
    is_partial: bool = False


class Cost(NamedTuple):
    """The cost of a lot, for one unit: number, commodity, the day it was bought, its label."""

    number: Decimal
    commodity: str
    date: date | None
    label: str | None


class Price(NamedTuple):
    """What stands after `@` (for one unit) or `@@` (for all of them)."""

    number: Decimal | None
    commodity: str | None
    is_total: bool


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg of a transaction. Debit is positive.

    `units` is None where the amount was left out altogether. `cost` is a CostSpec as parsed and a Cost
    once booked. `inferred` marks a leg whose number was worked out rather than written.
    """

    account: str
    units: Money | None
    cost: CostSpec | Cost | None = None
    price: Price | None = None
    flag: str | None = None
    meta: Meta = field(default_factory=dict)
    line: int = 0
    inferred: bool = False

    @property
    def number(self) -> Decimal:
        """The number of units; only of a booked posting."""
        assert self.units is not None  # noqa: S101 - a posting that is not booked is a bug
        assert self.units.number is not None  # noqa: S101
        return self.units.number

    @property
    def commodity(self) -> str:
        """The commodity of the units; only of a booked posting."""
        assert self.units is not None  # noqa: S101
        assert self.units.commodity is not None  # noqa: S101
        return self.units.commodity


@dataclass(frozen=True, slots=True)
class Entry:
    """What all directives have: a day, metadata, and the lines they stand on."""

    date: date
    meta: Meta
    source: Source
    line: int
    last_line: int

    @property
    def place(self) -> Place:
        """The entry's first line."""
        return self.source.place(self.line)

    @property
    def text(self) -> str:
        """The entry as it stands in the journal, from its date to its last line."""
        return "\n".join(self.source.lines[self.line - 1 : self.last_line])

    @property
    def digest(self) -> str:
        """The first 16 hex digits of the SHA-256 of its own bytes: the name of an entry without a ref.

        From the date to the last line, LF ends, trailing blanks dropped.
        """
        lines = [line.rstrip(" \t\r") for line in self.source.lines[self.line - 1 : self.last_line]]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Transaction(Entry):
    """Money moved: flag, payee, narration, tags, links, postings."""

    flag: str
    payee: str | None
    narration: str
    tags: frozenset[str]
    links: frozenset[str]
    postings: tuple[Posting, ...]

    @property
    def type(self) -> str:
        """The entry's `type`, "" where it has none."""
        value = self.meta.get("type")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Open(Entry):
    """An account comes into use; empty `commodities` takes any."""

    account: str
    commodities: tuple[str, ...]
    booking: str | None


@dataclass(frozen=True, slots=True)
class Close(Entry):
    """An account goes out of use after this day."""

    account: str


@dataclass(frozen=True, slots=True)
class Commodities(Entry):
    """A commodity is declared."""

    commodity: str


@dataclass(frozen=True, slots=True)
class Pad(Entry):
    """Fill `account` from `other` so that its next balance holds."""

    account: str
    other: str


@dataclass(frozen=True, slots=True)
class Balance(Entry):
    """At the start of this day the account and those below it hold this much of the commodity."""

    account: str
    number: Decimal
    commodity: str
    tolerance: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceEntry(Entry):
    """One unit of `commodity` is worth `number` `quote` on this day."""

    commodity: str
    number: Decimal
    quote: str


@dataclass(frozen=True, slots=True)
class Note(Entry):
    """A remark on an account."""

    account: str
    comment: str
    tags: frozenset[str]
    links: frozenset[str]


@dataclass(frozen=True, slots=True)
class Document(Entry):
    """A file that belongs to an account; `path` is as written."""

    account: str
    path: str
    tags: frozenset[str]
    links: frozenset[str]


@dataclass(frozen=True, slots=True)
class Event(Entry):
    """A named value changes."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Query(Entry):
    """A named query of another tool, kept as it stands."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Custom(Entry):
    """Anything else: a kind and typed values. What acct adds to a journal stands in these."""

    kind: str
    values: tuple[Value, ...]


class Option(NamedTuple):
    """An `option` line."""

    name: str
    value: str
    line: int


class Include(NamedTuple):
    """An `include` line; the path is as written, relative to its own file."""

    path: str
    line: int


class Plugin(NamedTuple):
    """A `plugin` line; acct runs no code of a journal, and knows a few plugins by name."""

    module: str
    config: str | None
    line: int
