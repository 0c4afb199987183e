"""Entries somebody typed, made ready to be appended: every transaction gets a type and the next ref."""

from __future__ import annotations

import re

from acctkit.journal.entries import Entry, Transaction
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.writer import Draft
from acctkit.ledger.ledger import Ledger
from acctkit.problem import ERROR, Refusal, error, refusal

_SEAL = re.compile(r"^; seal \d+ ")


def posted(ledger: Ledger, name: str, data: bytes) -> Draft:
    """The entries of a text as a draft, in their order, comments above them kept.

    Raises Refusal with the text's problems, or where it holds more than entries and records.
    """
    source = Source(name, data)
    parsed = parse(source)
    faults = [problem for problem in parsed.problems if problem.severity == ERROR]
    if faults:
        hint = "nothing was written; correct the text and post it again"
        raise Refusal(error("X906", "the draft was refused: it cannot be read", hint=hint), *faults)
    for what, lines in (("option", parsed.options), ("include", parsed.includes), ("plugin", parsed.plugins)):
        if lines:
            hint = f"write {what} lines into the books' first file yourself"
            raise refusal("X906", f"an {what} line cannot be posted", hint, source.place(lines[0].line))
    if any(line.startswith(("pushtag", "pushmeta", "poptag", "popmeta")) for line in source.lines):
        raise refusal("X906", "pushed tags or metadata cannot be posted", "write them on each entry")
    if not parsed.entries:
        raise refusal("X906", f"{name} holds no entries", "an entry begins with a date")
    refs: list[str] = []
    numbering = _Numbering(ledger)
    texts = []
    last = 0
    for entry in sorted(parsed.entries, key=lambda item: item.line):
        texts.append(_text(entry, last, numbering, refs))
        last = entry.last_line
    return Draft(tuple(texts), tuple(refs))


class _Numbering:
    """The next ref of each series, for several entries in one draft."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._given: dict[str, int] = {}

    def next(self, entry_type: str) -> str:
        count = self._given[entry_type] = self._given.get(entry_type, 0) + 1
        return self._ledger.next_refs(entry_type, count)[-1]


def _text(entry: Entry, last: int, numbering: _Numbering, refs: list[str]) -> str:
    """An entry as it will stand, with the comments since the one before it."""
    lines = entry.source.lines
    above = [line for line in lines[last : entry.line - 1] if line.strip() and not _SEAL.match(line)]
    own = lines[entry.line - 1 : entry.last_line]
    if isinstance(entry, Transaction):
        ref = entry.meta.get("ref")
        if isinstance(ref, str):
            refs.append(ref)
        else:
            entry_type = entry.type or "journal"
            new = numbering.next(entry_type)
            refs.append(new)
            added = [] if entry.type else [f'  type: "{entry_type}"']
            head = _header_lines(own)
            own = [*own[:head], *added, f'  ref: "{new}"', *own[head:]]
    return "\n".join([*above, *(line.rstrip() for line in own)]) + "\n"


def _header_lines(lines: list[str]) -> int:
    """How many lines the header takes: a string in it may run over several."""
    quotes = 0
    for number, line in enumerate(lines, 1):
        quotes += len(re.findall(r'(?<!\\)"', line.partition(";")[0] if quotes % 2 == 0 and '"' not in line else line))
        if quotes % 2 == 0:
            return number
    return 1
