"""Entries as parsed to canonical text: each value one way of writing it, and read back it is the same value.

What is not a value is not kept: comments, blank lines, the layout of the original, how an expression was
written, and thousands commas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from acctkit.journal import entries as e
from acctkit.journal.writer import value_text

_INDENT = "  "
_AMOUNT_COLUMN = 52  # where the numbers of a transaction end, unless an account of it needs more
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_ESCAPED = re.compile('[\\\\"\t\r\b\f]')


def book_text(entries: Sequence[e.Entry], options: Iterable[e.Option] = (), plugins: Iterable[e.Plugin] = ()) -> str:
    """A whole book as one file: options, plugins, then the entries in the order given.

    A blank line stands between entries, but not between two of one kind that take a line each.
    """
    head = [f"option {text_of(option.name)} {text_of(option.value)}\n" for option in options]
    blocks = ["".join(head)] if head else []
    if lines := [_plugin(plugin) for plugin in plugins]:
        blocks.append("".join(lines))
    kind: type | None = None
    for entry in entries:
        text = entry_text(entry)
        is_line = "\n" not in text[:-1] and not isinstance(entry, e.Transaction)
        if is_line and kind is type(entry):
            blocks[-1] += text
        else:
            blocks.append(text)
        kind = type(entry) if is_line else None
    return "\n".join(blocks)


def entry_text(entry: e.Entry) -> str:
    """A directive as canonical text, its metadata and postings under it; it ends with a line end."""
    head = f"{entry.date.isoformat()} {_HEADS[type(entry)](entry)}"
    lines = [head, *_meta(entry.meta, _INDENT)]
    if isinstance(entry, e.Transaction):
        lines += _postings(entry.postings)
    return "\n".join(lines) + "\n"


def text_of(text: str) -> str:
    """A string in quotes. Line ends stay as they are, so that a text of several lines is one."""
    return '"' + _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text) + '"'


def _value(value: e.Value) -> str:
    """A metadata or custom value."""
    is_text = isinstance(value, str) and not isinstance(value, e.Account | e.Tag | e.Commodity)
    return text_of(str(value)) if is_text else value_text(value)


def _meta(meta: e.Meta, indent: str) -> list[str]:
    return [f"{indent}{key}: {_value(value)}" for key, value in meta.items()]


def _plugin(plugin: e.Plugin) -> str:
    config = "" if plugin.config is None else f" {text_of(plugin.config)}"
    return f"plugin {text_of(plugin.module)}{config}\n"


# The head of each kind of directive, after its date.


def _marks(tags: Iterable[str], links: Iterable[str]) -> str:
    """Tags, then links, each in order of the alphabet."""
    return "".join([f" #{tag}" for tag in sorted(tags)] + [f" ^{link}" for link in sorted(links)])


def _transaction(entry: e.Transaction) -> str:
    payee = "" if entry.payee is None else f"{text_of(entry.payee)} "
    return f"{entry.flag} {payee}{text_of(entry.narration)}{_marks(entry.tags, entry.links)}"


def _open(entry: e.Open) -> str:
    commodities = f" {','.join(map(_apart, entry.commodities))}".rstrip() if entry.commodities else ""
    return f"open {entry.account}{commodities}" + ("" if entry.booking is None else f" {text_of(entry.booking)}")


def _balance(entry: e.Balance) -> str:
    tolerance = "" if entry.tolerance is None else f" ~ {entry.tolerance:f}"
    return f"balance {entry.account}  {entry.number:f}{tolerance} {entry.commodity}"


def _note(entry: e.Note) -> str:
    return f"note {entry.account} {text_of(entry.comment)}{_marks(entry.tags, entry.links)}"


def _document(entry: e.Document) -> str:
    return f"document {entry.account} {text_of(entry.path)}{_marks(entry.tags, entry.links)}"


def _custom(entry: e.Custom) -> str:
    words = ["custom", text_of(entry.kind)]
    before: e.Value = None
    for value in entry.values:
        text = _value(value)
        if isinstance(before, Decimal) and text.startswith("-"):  # with a sign the two would read as one number
            number, blank, commodity = text.partition(" ")
            text = f"({number}){blank}{commodity}"
        words.append(text)
        before = value
    return " ".join(words)


_HEADS: dict[type, Callable[[Any], str]] = {
    e.Transaction: _transaction,
    e.Open: _open,
    e.Close: lambda entry: f"close {entry.account}",
    e.Commodities: lambda entry: f"commodity {entry.commodity}",
    e.Pad: lambda entry: f"pad {entry.account} {entry.other}",
    e.Balance: _balance,
    e.PriceEntry: lambda entry: f"price {entry.commodity}  {entry.number:f} {entry.quote}",
    e.Note: _note,
    e.Document: _document,
    e.Event: lambda entry: f"event {text_of(entry.name)} {text_of(entry.value)}",
    e.Query: lambda entry: f"query {text_of(entry.name)} {text_of(entry.query)}",
    e.Custom: _custom,
}


# Postings.


def _postings(postings: Sequence[e.Posting]) -> list[str]:
    """The postings of a transaction, their numbers ending in one column."""
    parts = [(_account(posting), *_units(posting)) for posting in postings]
    widest = max((len(account) + 2 + len(number) for account, number, _ in parts if number), default=0)
    column = max(_AMOUNT_COLUMN, widest)
    lines: list[str] = []
    for posting, (account, number, rest) in zip(postings, parts, strict=True):
        if number:
            line = f"{account}{number:>{column - len(account)}} {rest}"
        else:  # a commodity alone stands under the others
            gap = column - len(account) + 1 if rest and rest[0] not in "{@" else 2
            line = f"{account}{' ' * max(gap, 2)}{rest}"
        lines.append(line.rstrip(" "))
        lines += _meta(posting.meta, _INDENT * 2)
    return lines


def _account(posting: e.Posting) -> str:
    return f"{_INDENT}{posting.flag} {posting.account}" if posting.flag else f"{_INDENT}{posting.account}"


def _units(posting: e.Posting) -> tuple[str, str]:
    """The number of a posting as text, "" where it is left out, and all that follows it."""
    number, commodity = posting.units or (None, None)
    words = [commodity] if commodity else []
    if isinstance(posting.cost, e.CostSpec):
        words.append(cost_text(posting.cost))
    if posting.price is not None:
        words.append(_amount("@@" if posting.price.is_total else "@", posting.price.number, posting.price.commodity))
    return "" if number is None else f"{number:f}", " ".join(words)


def _apart(commodity: str) -> str:
    """A commodity before a mark: beancount wants a blank after one of a single letter."""
    return f"{commodity} " if len(commodity) == 1 else commodity


def _amount(mark: str, number: Decimal | None, commodity: str | None) -> str:
    """A mark and what follows it; either part of the amount may be left out."""
    return " ".join(word for word in (mark, "" if number is None else f"{number:f}", commodity or "") if word)


def cost_text(cost: e.CostSpec) -> str:
    """What stands in braces, braces included; a total alone stands in double ones."""
    double = cost.total is not None and cost.per_unit is None and not cost.is_partial
    if double or (cost.total is None and not cost.is_partial):
        amount = _amount("", cost.total if double else cost.per_unit, _apart(cost.commodity or ""))
    else:
        amount = _amount(
            "#" if cost.per_unit is None else f"{cost.per_unit:f} #", cost.total, _apart(cost.commodity or "")
        )
    parts = [amount] if amount else []
    if cost.date is not None:
        parts.append(cost.date.isoformat())
    if cost.label is not None:
        parts.append(text_of(cost.label))
    inside = ", ".join(parts)
    return f"{{{{{inside}}}}}" if double else f"{{{inside}}}"
