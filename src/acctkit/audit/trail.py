"""The trail of an entry: reversals, what settles it, statement lines it is matched to; who did each, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from acctkit.audit.seals import Chain, Seal
from acctkit.journal.entries import Custom, Money, Transaction, Value
from acctkit.ledger.items import read_items
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.references import Names
from acctkit.money import format_minor
from acctkit.problem import count, refusal
from acctkit.table import INTEGER, Column, Row, Table

_HASH = re.compile("[0-9a-f]{64}")  # says nothing to a reader


class Step(NamedTuple):
    """One thing that stands in the books about an entry: what was done, in words, and the seal over it."""

    what: str
    words: str
    date: date
    file: str
    line: int
    seal: Seal | None
    undone: bool = False


def trail(ledger: Ledger, chain: Chain, name: str) -> list[Step]:
    """Everything that leads to an entry and on from it, in the order it was written.

    That is the entry, what it reverses and what reverses it; the entries that settle it or that it settles, with
    theirs; and every record that names one of them. Raises Refusal X907 where there is no such entry.
    """
    if ledger.entry(name) is None:
        like = Names(ledger).nearest(name)
        hint = f"did you mean {like}?" if like else "acct ledger shows the refs and ids"
        raise refusal("X907", f"there is no entry {name}", hint)
    own = _with_reversals(ledger, {name})
    settling = _settling(ledger, own)
    near = _with_reversals(ledger, {other for pair in settling for other in pair})
    steps = [_entry(ledger, chain, ref) for ref in sorted(own | near)]
    standing = {(record.place.file, record.place.line) for record in ledger.records()}
    named_lines: set[tuple[str, str]] = set()
    customs = [one for parsed in ledger.stream for one in parsed.entries if isinstance(one, Custom)]
    for record in customs:
        words = [word for word in record.values if isinstance(word, str)]
        kind = words[0] if record.kind == "undo" and words else record.kind
        names = own if kind not in ("reconcile", "allocate") else own | near
        if not names & set(words) or (kind == "allocate" and not own & set(words)):
            continue
        if kind == "reconcile":
            at = 1 if record.kind == "undo" else 0
            named_lines.add((str(record.values[at]), str(record.values[at + 1])))
        steps.append(_record(chain, record, standing))
    steps += [_record(chain, one, standing) for one in customs if _is_evidence(one, named_lines)]
    steps += _linked(ledger, chain, settling)
    return sorted(steps, key=lambda step: (ledger.order.get(step.file, 0), step.line))


def _with_reversals(ledger: Ledger, names: set[str]) -> set[str]:
    """Entries with what they reverse and what reverses them, to the end."""
    pairs = [(ledger.name(t), t.meta["reverses"]) for t in ledger.transactions if "reverses" in t.meta]
    found = set(names)
    while more := {other for pair in pairs for other in pair if found & set(pair)} - found:
        found |= {str(one) for one in more}
    return {one for one in found if ledger.entry(one) is not None}


def _settling(ledger: Ledger, names: set[str]) -> dict[tuple[str, str], tuple[int, str, bool]]:
    """(payer, paid) of each allocation of these entries: how much in minor units, of what, whether a record says so."""
    items = read_items(ledger)
    found = {}
    for one in items.allocated:
        payer, paid = items.items[one.payer], items.items[one.paid]
        if {payer.name, paid.name} & names:
            found[payer.name, paid.name] = (one.minor, payer.commodity, one.record is not None)
    return found


def _linked(ledger: Ledger, chain: Chain, settling: dict[tuple[str, str], tuple[int, str, bool]]) -> Iterator[Step]:
    """What a reversal or a shared link settles without a record."""
    for (payer, paid), (minor, commodity, by_record) in settling.items():
        entry = ledger.entry(payer)
        if not by_record and entry is not None:
            words = f"{payer} settles {paid} by {ledger.show(minor, commodity)} {commodity}: a reversal or shared link"
            place = (entry.source.name, entry.line)
            yield Step("settled", words, entry.date, *place, chain.seal_over(*place))


def _is_evidence(record: Custom, lines: set[tuple[str, str]]) -> bool:
    """Whether a record is one of these statement lines, or its statement."""
    if record.kind == "statement-line" and len(record.values) > 1:
        return (str(record.values[0]), str(record.values[1])) in lines
    return record.kind == "statement" and str(record.values[0]) in {name for name, _ in lines}


def _entry(ledger: Ledger, chain: Chain, ref: str) -> Step:
    entry = ledger.entry(ref)
    assert entry is not None  # noqa: S101 - its names come from the ledger
    amount = gross(ledger, entry)
    total = f"{format_minor(amount, ledger.scale(ledger.entity.currency), 2)} {ledger.entity.currency}"
    texts = [ref, entry.payee, entry.narration, total, *_said(entry)]
    place = (entry.source.name, entry.line)
    words = ", ".join(text for text in texts if text)
    return Step(entry.type or "entry", words, entry.date, *place, chain.seal_over(*place))


def _said(entry: Transaction) -> Iterator[str]:
    for key in ("their-ref", "reverses", "reason", "document", "key"):
        if key in entry.meta:
            yield f"{key} {entry.meta[key]}"


def gross(ledger: Ledger, entry: Transaction) -> int:
    """The debits of an entry in base currency, in minor units; those without a base value are left out."""
    return sum(value for value in ledger.bases(entry) if value is not None and value > 0)


def _record(chain: Chain, record: Custom, standing: set[tuple[str, int]]) -> Step:
    place = (record.source.name, record.line)
    words = " ".join(_word(value) for value in record.values)
    notes = ", ".join(f"{key} {_word(value)}" for key, value in record.meta.items() if not _HASH.fullmatch(str(value)))
    undone = record.kind != "undo" and place not in standing
    return Step(
        record.kind, f"{words} ({notes})" if notes else words, record.date, *place, chain.seal_over(*place), undone
    )


def _word(value: Value) -> str:
    return f"{value.number} {value.commodity}" if isinstance(value, Money) else str(value)


def table(name: str, steps: Iterable[Step], commits: dict[tuple[str, int], str]) -> Table:
    """The trail as a report, the oldest step first; `commits` gives the commit of a file's line."""
    columns = (
        Column("Written"), Column("By"), Column("What"), Column("Details"),
        Column("Dated"), Column("File"), Column("Line", INTEGER), Column("Commit"),
    )  # fmt: skip
    rows = []
    for step in steps:
        when, who = (step.seal.time, step.seal.who) if step.seal else ("not sealed", "")
        what = f"{step.what} (undone)" if step.undone else step.what
        commit = commits.get((step.file, step.line), "")[:10]
        rows.append(Row((when, who, what, step.words, str(step.date), step.file, str(step.line), commit)))
    return Table(f"Audit trail of {name}", columns, tuple(rows))


def answer(ledger: Ledger, name: str, steps: Iterable[Step], commits: dict[tuple[str, int], str]) -> dict[str, object]:
    """The answer of `acct audit trail`."""
    return {
        "schema": "acctkit.audit-trail/1",
        "problems": count(ledger.problems),
        "entry": name,
        "steps": [
            {
                "what": step.what,
                "words": step.words,
                "date": str(step.date),
                "undone": step.undone,
                "written": step.seal.time if step.seal else None,
                "by": step.seal.who if step.seal else None,
                "seal": step.seal.number if step.seal else None,
                "file": step.file,
                "line": step.line,
                "commit": commits.get((step.file, step.line)),
            }
            for step in steps
        ],
    }
