"""Values to journal text, and the drafts that the pen appends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from acctkit.journal.entries import Account, Commodity, Money, Tag, Value

_INDENT = "  "
# Control characters, line ends of other kinds, marks that turn the direction of text, halves of characters.
_DROPPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_AMOUNT_COLUMN = 52  # where the number of a posting ends, so that they line up under one another


@dataclass(frozen=True, slots=True)
class Leg:
    """A posting to be written. Debit is positive; `total_price` is what all of it is worth elsewhere."""

    account: str
    amount: Money
    meta: Mapping[str, Value] = field(default_factory=dict)
    total_price: Money | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a command proposes to append: journal texts in order, the refs they bring, and why.

    `reasons` are sentences for a person. `files` are kept beside the books with it: their names as seen from the
    folder of the books, and what they hold.
    """

    texts: tuple[str, ...]
    refs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def text(self) -> str:
        """The whole draft as it will stand in the journal."""
        return "\n".join(self.texts)


def transaction_text(
    day: date,
    payee: str,
    narration: str,
    legs: Sequence[Leg],
    meta: Mapping[str, Value],
    *,
    flag: str = "*",
    tags: Iterable[str] = (),
    links: Iterable[str] = (),
) -> str:
    """A transaction as journal text; metadata stands in the order given."""
    words = [day.isoformat(), flag]
    words += [quote(payee), quote(narration)] if payee else [quote(narration)]
    words += [f"#{tag}" for tag in tags] + [f"^{link}" for link in links]
    lines = [" ".join(words), *_meta_lines(meta, _INDENT)]
    for leg in legs:
        number, commodity = leg.amount
        gap = max(2, _AMOUNT_COLUMN - len(_INDENT + leg.account) - len(f"{number:f}"))
        line = f"{_INDENT}{leg.account}{' ' * gap}{number:f} {commodity}"
        if leg.total_price is not None:
            line += f" @@ {value_text(leg.total_price)}"
        lines += [line, *_meta_lines(leg.meta, _INDENT * 2)]
    return "\n".join(lines) + "\n"


def record_text(day: date, kind: str, values: Sequence[Value], meta: Mapping[str, Value] | None = None) -> str:
    """A `custom` record as journal text.

    Raises ValueError where a number would follow a number or amount: with a sign the two would read as one.
    """
    for before, after in pairwise(values):
        if isinstance(before, Decimal) and isinstance(after, Decimal | Money) and not isinstance(after, str):
            raise ValueError("two numbers side by side read as an expression")  # noqa: TRY004 - the order is wrong, not a type
    words = [day.isoformat(), "custom", quote(kind), *(value_text(value) for value in values)]
    return "\n".join([" ".join(words), *_meta_lines(meta or {}, _INDENT)]) + "\n"


def _meta_lines(meta: Mapping[str, Value], indent: str) -> list[str]:
    return [f"{indent}{key}: {value_text(value)}".rstrip() for key, value in meta.items()]


def value_text(value: Value) -> str:
    """A metadata or custom value as it is written; text in quotes."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Account | Commodity):
        return str(value)
    if isinstance(value, Tag):
        return f"#{value}"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Money):
        return f"{value.number:f} {value.commodity}"
    if isinstance(value, date):
        return value.isoformat()
    return "NULL" if value is None else f"{value:f}"


def quote(text: str) -> str:
    """Text as a quoted string on one line: quotes, backslashes, line ends and tabs escaped, `_DROPPED` dropped."""
    flat = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{_DROPPED.sub("", flat)}"'
