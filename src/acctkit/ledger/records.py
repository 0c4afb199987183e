"""The `custom` directives acct gives a meaning to, less those that were undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from itertools import takewhile
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Account, Custom, Meta, Money, Value
from acctkit.problem import Place, Problem, error, warning

# What each kind of record says, in order. A `?` may be left out at the end; `*` takes any more.
SHAPES: dict[str, tuple[str, ...]] = {
    "customer": ("text", "text"),
    "supplier": ("text", "text"),
    "purchase-order": ("text", "text"),
    "order-line": ("text", "text", "text", "number", "text", "amount", "account"),
    "goods-received": ("text", "text", "text", "number"),
    "remittance-line": ("text", "text", "amount", "text?"),
    "allocate": ("text", "text", "amount"),
    "amend": ("text", "text?"),
    "approve": ("text",),
    "query": ("text", "text", "text"),
    "statement": ("text", "account", "amount?"),
    "statement-line": ("text", "text", "amount", "text"),
    "reconcile": ("text", "text", "text", "amount"),
    "bank-error": ("text", "text", "text"),
    "signed": ("account", "date", "text", "text"),
    "lock": ("text", "date"),
    "vat-return": ("text", "date", "date"),
    "vat-scheme": ("text", "text"),
    "year-end": ("text",),
    "merged": ("text", "text", "text"),
}


class Record(NamedTuple):
    """One record: its kind, the day somebody decided it, its words, metadata and place, and the directive it is."""

    kind: str
    date: dt.date
    values: tuple[Value, ...]
    meta: Meta
    place: Place
    entry: Custom

    def text(self, index: int) -> str:
        """A word of the record; its shape has been checked."""
        value = self.values[index]
        assert isinstance(value, str)  # noqa: S101
        return value

    def amount(self, index: int) -> tuple[Decimal, str]:
        """An amount of the record; its shape has been checked."""
        value = self.values[index]
        assert isinstance(value, Money)  # noqa: S101
        assert value.number is not None  # noqa: S101
        assert value.commodity is not None  # noqa: S101
        return value.number, value.commodity

    def day(self, index: int) -> dt.date:
        """A date of the record; its shape has been checked."""
        value = self.values[index]
        assert isinstance(value, dt.date)  # noqa: S101
        return value

    def note(self, key: str) -> str:
        """A text of its metadata, "" where there is none."""
        value = self.meta.get(key)
        return value if isinstance(value, str) else ""


def standing(customs: Iterable[Custom]) -> tuple[list[Record], list[Problem]]:
    """The records that stand, in the order they stand in the journal; unknown kinds are left alone."""
    records: dict[int, Record] = {}
    by_words: dict[tuple[Value, ...], list[int]] = {}
    problems: list[Problem] = []
    for index, entry in enumerate(customs):
        if entry.kind == "undo":
            standing_ones = by_words.get(entry.values)
            if standing_ones:
                del records[standing_ones.pop()]  # the latest that says the same words
            else:
                hint = 'repeat the record\'s own words: custom "undo" "reconcile" ... as they stand'
                problems.append(error("D307", "there is no such record to undo", spans.words(entry.place), hint))
        elif entry.kind in SHAPES:
            if problem := _misshapen(entry):
                problems.append(problem)
            else:
                records[index] = Record(entry.kind, entry.date, entry.values, entry.meta, entry.place, entry)
                by_words.setdefault((entry.kind, *entry.values), []).append(index)
                if entry.kind == "year-end":
                    message = "a year-end record changes nothing yet"
                    problems.append(
                        warning("D305", message, spans.string(entry.place, 0), "change year-end in acct.toml")
                    )
        elif near := get_close_matches(entry.kind[:40], SHAPES, n=1, cutoff=4 / 5):
            message = f"a `{entry.kind}` record means nothing to acct"
            problems.append(warning("D305", message, spans.string(entry.place, 0), f"did you mean {near[0]}?"))
    return list(records.values()), problems


def _misshapen(entry: Custom) -> Problem | None:
    shape = SHAPES[entry.kind]
    least = sum(not word.endswith("?") for word in shape)
    fits = least <= len(entry.values) <= len(shape) and all(
        _is(value, word.rstrip("?")) for value, word in zip(entry.values, shape, strict=False)
    )
    if fits:
        return None
    wanted = " ".join(
        word.rstrip("?").upper() if not word.endswith("?") else f"[{word[:-1].upper()}]" for word in shape
    )
    fitting = takewhile(
        lambda pair: _is(pair[0], pair[1].rstrip("?")), zip(entry.values[: len(shape)], shape, strict=False)
    )
    place = spans.value(entry.place, sum(1 for _ in fitting))
    message = f"this {entry.kind} record lacks a word, or has a wrong one"
    return error("D305", message, place, f'custom "{entry.kind}" {wanted}')


def _is(value: Value, word: str) -> bool:
    if word == "account":
        return isinstance(value, Account)
    if word == "text":
        return isinstance(value, str) and not isinstance(value, Account)
    if word == "amount":
        return isinstance(value, Money)
    if word == "date":
        return isinstance(value, dt.date)
    return isinstance(value, Decimal)
