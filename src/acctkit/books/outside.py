"""What was put into closed days beside the stream: files edited by hand stand before every lock, so only Git tells.

A lock closes nothing that they hold, since their text bears no time. Beside the commit that brought a lock, an entry of
the days it closed that is new, changed or gone is a breach of it all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from acctkit.audit.locks import SOFT
from acctkit.books.history import Commit, History, Version, read_blobs
from acctkit.journal.entries import Pad, Transaction
from acctkit.journal.parser import Parsed, parse
from acctkit.journal.source import Source
from acctkit.ledger.records import Record
from acctkit.problem import Place, Problem, error

_HINT = "what is dated within a lock stays as it was: restore it, and post what is missing on the first open day"


class Outside(NamedTuple):
    """A file beside the stream as it stands, and its versions, the oldest first."""

    parsed: Parsed
    versions: Sequence[Version]


def check_outside(
    locks: Sequence[tuple[Record, Commit | None]], files: Sequence[Outside], history: History
) -> Iterator[Problem]:
    """A603 for each entry beside the stream that changed after the commit of a lock that closes its day.

    `locks` are those that stand, each with the commit that brought it, None for one that is not committed yet.
    """
    order = {commit.id: n for n, commit in enumerate(history.commits)}
    blobs = read_blobs(history, (one.blob for file in files for one in file.versions)) if locks else {}
    said: set[tuple[str, str]] = set()
    for lock, commit in locks:
        last = order[commit.id] if commit else len(order)
        before: Counter[str] = Counter()
        for file in files:
            held = [one for one in file.versions if order[one.commit.id] <= last][-1:]
            before += Counter(text for one in held for text in _closed(_read(file, blobs[one.blob]), lock))
        left = before.copy()
        for file in files:
            for text, entry in _entries(file.parsed, lock.day(1)):
                if left[text] > 0:
                    left[text] -= 1
                elif not (lock.text(0) == SOFT and entry.meta.get("reason")) and ("new", text) not in said:
                    said.add(("new", text))
                    yield _late(lock, entry.place, f"this was put there {_brought(file, text, blobs, last, order)}")
        for text, entry_place in _gone(files, left, blobs, last, order):
            if ("gone", text) not in said:
                said.add(("gone", text))
                yield _late(lock, entry_place, f"`{text.splitlines()[0]}` was changed or taken away since")


def _late(lock: Record, place: Place, what: str) -> Problem:
    return error("A603", f"the books are locked up to {lock.day(1)} since {lock.date}, and {what}", place, _HINT)


def _read(file: Outside, data: bytes) -> Parsed:
    return parse(Source(file.parsed.source.name, data))


def _entries(parsed: Parsed, last: date) -> Iterator[tuple[str, Transaction | Pad]]:
    """The entries of a file that change accounts in days that are closed, each with its text."""
    for entry in parsed.entries:
        if isinstance(entry, Transaction | Pad) and entry.date <= last:
            lines = entry.source.lines[entry.line - 1 : entry.last_line]
            yield "\n".join(line.rstrip() for line in lines), entry


def _closed(parsed: Parsed, lock: Record) -> list[str]:
    return [text for text, _ in _entries(parsed, lock.day(1))]


def _gone(
    files: Sequence[Outside], left: Counter[str], blobs: Mapping[str, bytes], last: int, order: Mapping[str, int]
) -> Iterator[tuple[str, Place]]:
    """The texts that stood there when a lock was set and do not any more, with the file they stood in."""
    texts = {text for text, number in left.items() if number > 0}
    for file in files if texts else ():
        for one in [one for one in file.versions if order[one.commit.id] <= last][-1:]:
            for text, _ in _entries(_read(file, blobs[one.blob]), date.max):
                if text in texts:
                    texts.discard(text)
                    yield text, file.parsed.source.place(1)


def _brought(file: Outside, text: str, blobs: Mapping[str, bytes], last: int, order: Mapping[str, int]) -> str:
    """In which commit a text came, by whom and when."""
    for one in file.versions:
        if order[one.commit.id] > last and any(t == text for t, _ in _entries(_read(file, blobs[one.blob]), date.max)):
            return f"in {one.commit.id[:10]} by {one.commit.author} on {one.commit.date[:10]}"
    return "since the last commit"
