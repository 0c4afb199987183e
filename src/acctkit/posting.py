"""Entries somebody typed, made ready to be appended: every transaction gets a type and the next ref."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from acctkit.journal.entries import Entry, Transaction
from acctkit.journal.parser import parse
from acctkit.journal.roots import ROOTS
from acctkit.journal.source import Source
from acctkit.journal.tokens import tokenize
from acctkit.journal.writer import Draft, quote
from acctkit.problem import ERROR, Refusal, error, refusal

_SEAL = re.compile(r"^; seal \d+ ")


class _Roots(Protocol):
    @property
    def roots(self) -> tuple[str, ...]:
        """The names of the five roots."""


class Numbers(Protocol):
    """What typed entries ask of a ledger."""

    @property
    def options(self) -> _Roots:
        """The options of the books."""

    def next_refs(self, entry_type: str, count: int = 1) -> list[str]:
        """The next free refs of the series that entries of a type are numbered in."""


def posted(ledger: Numbers, name: str, data: bytes) -> Draft:
    """The entries of a text as a draft, in their order, comments above them kept.

    Raises Refusal with the text's problems, or where it holds more than entries and records.
    """
    source = Source(name, data.removeprefix(b"\xef\xbb\xbf"))
    parsed = parse(source)
    renamed = ledger.options.roots != ROOTS  # then only the books can tell whether an account's name is valid
    faults = [p for p in parsed.problems if p.severity == ERROR and not (renamed and p.code == "J106")]
    if faults:
        hint = "nothing was written; correct the text and post it again"
        raise Refusal(error("X906", "the draft was refused: it cannot be read", hint=hint), *faults)
    for what, lines in (("option", parsed.options), ("include", parsed.includes), ("plugin", parsed.plugins)):
        if lines:
            hint = f"write {what} lines into the books' first file yourself"
            raise refusal("X906", f"`{what}` lines cannot be posted", hint, source.place(lines[0].line))
    if any(line.startswith(("pushtag", "pushmeta", "poptag", "popmeta")) for line in source.lines):
        raise refusal("X906", "pushed tags or metadata cannot be posted", "write them on each entry")
    if not parsed.entries:
        raise refusal("X906", f"{name} holds no entries", "an entry begins with a date")
    refs: list[str] = []
    numbering = _Numbering(ledger, parsed.entries)
    texts = []
    last = 0
    for entry in sorted(parsed.entries, key=lambda item: item.line):
        texts.append(_text(entry, last, numbering, refs))
        last = entry.last_line
    return Draft(tuple(texts), tuple(refs))


class _Numbering:
    """The next ref of each series, for several entries in one draft, some of which may bring their own."""

    def __init__(self, ledger: Numbers, entries: list[Entry]) -> None:
        self._ledger = ledger
        self._most = 2 * len(entries)  # as many may be taken as are wanted
        self._taken = {str(entry.meta.get("ref")) for entry in entries}
        self._series: dict[str, Iterator[str]] = {}

    def next(self, entry_type: str) -> str:
        if entry_type not in self._series:
            self._series[entry_type] = iter(self._ledger.next_refs(entry_type, self._most))
        ref = next(ref for ref in self._series[entry_type] if ref not in self._taken)
        self._taken.add(ref)
        return ref


def _text(entry: Entry, last: int, numbering: _Numbering, refs: list[str]) -> str:
    """An entry as it will stand, with the comments since the one before it."""
    lines = entry.source.lines
    above = [line for line in lines[last : entry.line - 1] if line.strip() and not _SEAL.match(line)]
    own = lines[entry.line - 1 : entry.last_line]
    if isinstance(entry, Transaction):
        ref = entry.meta.get("ref")
        entry_type = entry.type or "journal"
        added = []
        if not isinstance(ref, str):
            ref = numbering.next(entry_type)
            # An entry with a ref of its own keeps its words: a type given here would draw its series to it.
            added = [*([] if entry.type else [f'  type: "{entry_type}"']), f'  ref: "{ref}"']
        refs.append(ref)
        head = _header_lines(own)
        own = [*own[:head], *added, *own[head:]]
    return "\n".join([*above, *own]) + "\n"


def _header_lines(lines: list[str]) -> int:
    """How many lines the header takes: a string in it may run over several."""
    text = "\n".join(lines)
    _, end = tokenize(text, 0)
    return text.count("\n", 0, end) + 1


def reasoned(draft: Draft, reason: str) -> Draft:
    """A draft whose entries say why they are posted; one that says it already keeps its own words."""
    return replace(draft, texts=tuple(_with_reason(text, reason) for text in draft.texts)) if reason else draft


def _with_reason(text: str, reason: str) -> str:
    source = Source("", text.encode())
    entry = next((found for found in parse(source).entries if isinstance(found, Transaction)), None)
    if entry is None or entry.meta.get("reason"):
        return text
    start = sum(len(line) + 1 for line in source.lines[: entry.line - 1])
    _, end = tokenize(source.text, start)
    return f"{source.text[:end]}\n  reason: {quote(reason)}{source.text[end:]}"
