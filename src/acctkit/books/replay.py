"""What another branch appended, made ready to be appended here: next numbers, and records that name them rewritten.

An append is replayed word for word, but for the numbers that are taken here. An entry that gets another number says
what it `was`; links and records of the branch that name it follow. A `merged` record under each says which seal of
which branch it was, and how it was renumbered, so that it is replayed once and later records still find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from acctkit.audit import Chain, read_chain
from acctkit.audit.seals import Seal
from acctkit.books.replay_bank import read_bank, settle
from acctkit.journal.entries import Custom, Entry, Transaction
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.tokens import Token, tokenize, unquote
from acctkit.journal.writer import Draft, quote, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.problem import refusal

MERGED = "merged"
# Which quoted words of a record name an entry, an order or a delivery, counted from 0 after its kind.
_NAMING = {
    "allocate": (0, 1), "amend": (0,), "query": (0,), "reconcile": (2,), "remittance-line": (0,),
    "purchase-order": (0,), "order-line": (0,), "goods-received": (0, 1),
}  # fmt: skip
# Records that bring a number of their own.
_NUMBERED = ("purchase-order", "goods-received")
# Metadata whose text is a number, or an order's number with a line.
_NAMING_KEYS = ("reverses", "order")
_COVERS = re.compile(r"; covers .+ (?:[0-9a-f]{64}|none)")
_NUMBER = re.compile(r"(.*?)(\d{1,18})", re.ASCII | re.DOTALL)
_MERGED_SEAL = re.compile(rb'custom "merged" "(?:[^"\\]|\\.)*" "\d+" "([0-9a-f]{64})"')
_PUSHED = ("pushtag", "pushmeta", "poptag", "popmeta")

Edit = tuple[int, int, str]  # from, to, what stands there instead


class Append(NamedTuple):
    """One append of a branch: its text without seal, and its seal."""

    text: str
    seal: Seal


class Replay(NamedTuple):
    """Drafts for what a branch appended, the numbers that changed as (was, is), and how many were replayed before.

    `notes` are sentences for a person: what of it was here already.
    """

    drafts: list[Draft]
    renumbered: list[tuple[str, str]]
    known: int
    notes: list[str]


def appends_since(stream: Sequence[Source], base: dict[str, bytes]) -> tuple[list[Append], Chain]:
    """What a branch appended to the stream as both sides had it, and the branch's chain.

    Raises Refusal where it did more than append, has text that is not sealed, or a chain that does not hold.
    """
    chain = read_chain(stream)
    if chain.problems:
        hint = "acct check there shows what was changed; nothing can be replayed from it"
        raise refusal("X907", "the seals of that branch do not hold", hint, chain.problems[0].place)
    names = {source.name for source in stream}
    seals = {(seal.file, seal.line): seal for seal in chain.seals}
    found: list[Append] = []
    pending: list[str] = []
    for name, data in base.items():
        if data.strip() and name not in names:
            raise refusal("X907", f"{name} is not on that branch any more", "restore it there first")
    for source in stream:
        before = base.get(source.name, b"")
        if not source.data.startswith(before):
            hint = "acct check there shows where; what was sealed is not edited"
            raise refusal("X907", f"that branch changed what both sides have in {source.name}", hint)
        start = before.count(b"\n")
        lines = Source(source.name, source.data[len(before) :]).lines
        for number, line in enumerate(lines, start + 1):
            if seal := seals.get((source.name, number)):
                while pending and _COVERS.fullmatch(pending[-1]):
                    pending.pop()
                found.append(Append("\n".join(pending), seal))
                pending = []
            else:
                pending.append(line)
    if any(line.strip() for line in pending):
        hint = "on that branch: acct seal, and commit; then merge again"
        raise refusal("X907", "that branch has text that is not sealed", hint)
    return found, chain


def require_one_way(theirs: Sequence[Source], ours: Sequence[Source]) -> None:
    """Refuse a branch that has replayed appends of this one: they would come back under other numbers."""
    own = {seal.hash.encode() for seal in read_chain(ours).seals}
    if any(found in own for source in theirs for found in _MERGED_SEAL.findall(source.data)):
        message = "that branch has replayed appends of this one: branches merge one way only"
        raise refusal("X907", message, "on that branch, undo its merge; then merge it here")


def replay(ledger: Ledger, appends: Sequence[Append], theirs: Chain, branch: str, today: date) -> Replay:
    """The appends of a branch as drafts for these books, each once. Raises Refusal where one cannot be replayed."""
    done = {record.text(2): record.note("renumbered") for record in ledger.records(MERGED)}
    renaming: dict[str, str] = {}
    for seal in theirs.seals:
        renaming |= dict(_pairs(done.get(seal.hash, "")))
    taken = {*ledger.names, *(record.text(0) for record in ledger.records(*_NUMBERED))}
    keys = {key: ledger.name(entry) for entry in ledger.transactions if isinstance(key := entry.meta.get("key"), str)}
    bank = read_bank(ledger)
    result = Replay([], [], sum(one.seal.hash in done for one in appends), [])
    for one in appends:
        if one.seal.hash in done:
            continue
        entries = _entries(one, branch)
        changed = _renumbered(entries, taken)
        renaming |= dict(changed)
        own = dict(changed)
        codes = {entry.line: settle(entry, bank, renaming, changed) for entry in entries}
        text = _rewritten(one.text, entries, Renaming(renaming, own, codes)).strip("\n")
        result.notes.extend(_repeated(entries, keys, renaming))
        record = record_text(today, MERGED, (branch, str(one.seal.number), one.seal.hash), _about(one.seal, changed))
        own_refs = (entry.meta.get("ref") for entry in entries if isinstance(entry, Transaction))
        refs = tuple(renaming.get(ref, ref) for ref in own_refs if isinstance(ref, str))
        result.drafts.append(Draft((text + "\n", record) if text else (record,), refs))
        result.renumbered.extend(changed)
    if bank.gone:
        result.notes.append(f"{len(bank.gone)} statement lines were imported here already")
    return result


def _repeated(entries: list[Entry], keys: dict[str, str], renaming: dict[str, str]) -> Iterator[str]:
    """Entries that were posted under a key on both sides, as a scheduled command may."""
    for entry in entries:
        key, ref = entry.meta.get("key"), str(entry.meta.get("ref", ""))
        if isinstance(key, str) and key in keys:
            name = renaming.get(ref, ref)
            yield f"{name} was posted under the key {key}, as {keys[key]} was here: reverse one of them"


def _about(seal: Seal, changed: list[tuple[str, str]]) -> dict[str, str]:
    about = {"posted-by": seal.who, "posted-at": seal.time}
    return about | ({"renumbered": "; ".join(f"{was} -> {now}" for was, now in changed)} if changed else {})


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The numbers that a `merged` record says were changed."""
    for pair in text.split("; "):
        was, _, now = pair.partition(" -> ")
        if now:
            yield was, now


def _entries(one: Append, branch: str) -> list[Entry]:
    """What an append holds. Raises Refusal where it holds more than entries."""
    source = Source(f"{branch}, seal {one.seal.number}", one.text.encode())
    parsed = parse(source)
    lines = [option.line for option in parsed.options] + [include.line for include in parsed.includes]
    for line in lines + [plugin.line for plugin in parsed.plugins]:
        hint = "write it into the books' first file here, and take it out there"
        raise refusal("X907", "option, include and plugin lines cannot be replayed", hint, source.place(line))
    if pushed := next((n for n, line in enumerate(source.lines, 1) if line.startswith(_PUSHED)), 0):
        raise refusal("X907", "pushed tags or metadata cannot be replayed", "write them out", source.place(pushed))
    return sorted(parsed.entries, key=lambda entry: entry.line)


def _renumbered(entries: list[Entry], taken: set[str]) -> list[tuple[str, str]]:
    """The numbers of an append that are taken here, each with the next of its series; all are taken after it."""
    changed = []
    for entry in entries:
        ref = entry.meta.get("ref") if isinstance(entry, Transaction) else None
        if isinstance(entry, Custom) and entry.kind in _NUMBERED and entry.values:
            ref = entry.values[0]
        if not isinstance(ref, str) or not ref:
            continue
        now = ref
        if ref in taken:
            now = _next(ref, taken)
            changed.append((ref, now))
        taken.add(now)
    return changed


def _next(ref: str, taken: set[str]) -> str:
    """The number after the last one taken in the series of a ref; one without digits gets a second part."""
    if match := _NUMBER.fullmatch(ref):
        prefix, width = match[1], len(match[2])
        rests = (name[len(prefix) :] for name in taken if name.startswith(prefix))
        numbers = (int(rest) for rest in rests if rest.isascii() and rest.isdecimal() and len(rest) <= 18)
        return f"{prefix}{max(numbers, default=0) + 1:0{width}d}"
    number = 2
    while f"{ref}-{number}" in taken:
        number += 1
    return f"{ref}-{number}"


# Rewriting.


class Renaming(NamedTuple):
    """What has other names here: all numbers that changed, those of this append, statements by the record's line."""

    names: dict[str, str]
    own: dict[str, str]
    codes: dict[int, str | None]


def _rewritten(text: str, entries: list[Entry], renaming: Renaming) -> str:
    """A text with other numbers, less the records that are here already. All else stays as it is."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    edits: list[Edit] = []
    for entry in entries:
        at, end, own = starts[entry.line - 1], starts[entry.last_line] - 1, renaming.own
        begin, code = at, renaming.codes.get(entry.line)
        if code == "":
            edits.append((at, end + 1, ""))
            continue
        while at < end:
            tokens, line_end = tokenize(text, at)
            own = own if not tokens or tokens[0].kind in ("date", "key") else {}  # below a posting it is the posting's
            edits += _links(tokens, renaming.names)
            if at == begin:
                edits += _names(entry, tokens, renaming.names, code)
            elif tokens and tokens[0].kind == "key":
                edits += _metadata(entry, tokens, text[at : tokens[0].start], renaming.names, own)
            at = line_end + 1
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words + text[end:]
    return text


def _links(tokens: list[Token], renaming: dict[str, str]) -> Iterator[Edit]:
    for token in tokens:
        if token.kind == "link" and token.text[1:] in renaming:
            yield token.start, token.end, f"^{renaming[token.text[1:]]}"


def _names(entry: Entry, tokens: list[Token], renaming: dict[str, str], code: str | None) -> Iterator[Edit]:
    """The entries, orders and deliveries that a record names, and its statement."""
    if not isinstance(entry, Custom):
        return
    kind, words = entry.kind, [token for token in tokens if token.kind == "string"][1:]
    if kind == "undo" and words:
        kind, words = unquote(words[0].text), words[1:]
    if code is not None and words and unquote(words[0].text) != code:
        yield words[0].start, words[0].end, quote(code)
    for position in _NAMING.get(kind, ()):
        if position < len(words):
            yield from _renamed(words[position], renaming)


def _metadata(
    entry: Entry, tokens: list[Token], indent: str, renaming: dict[str, str], own: dict[str, str]
) -> Iterator[Edit]:
    """What changes on a line of metadata: an entry's own number, with what it was, and those it names."""
    value = next((token for token in tokens if token.kind == "string"), None)
    if value is None:
        return
    key, text = tokens[0].text, unquote(value.text)
    if key == "ref" and isinstance(entry, Transaction):
        yield from _renamed(value, own)
        if text in own and "was" not in entry.meta:
            yield value.end, value.end, f"\n{indent}was: {value.text}"
    elif key == "was" and entry.meta.get("ref") in own:
        yield value.start, value.end, quote(f"{text}, {entry.meta['ref']}")
    elif key in _NAMING_KEYS:
        yield from _renamed(value, renaming)


def _renamed(token: Token, renaming: dict[str, str]) -> Iterator[Edit]:
    """A quoted number that has changed; of an order's line, the order."""
    whole = unquote(token.text)
    name, slash, line = whole.partition("/")
    if whole in renaming:
        yield token.start, token.end, quote(renaming[whole])
    elif slash and name in renaming:
        yield token.start, token.end, quote(f"{renaming[name]}/{line}")
