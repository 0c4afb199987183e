"""The proof of merges: what a branch appended stands here as it was, or is replayed, and replayed as it was.

A replay is proved by being done again, on the books as they were before the merge: it must say the same.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from acctkit.audit import read_chain
from acctkit.audit.verify import not_replayed, replayed_otherwise
from acctkit.books.history import Commit, History, common_commit, files_at, read_blobs
from acctkit.books.reader import Books, open_books
from acctkit.books.replay import MERGED, appends_since, replay
from acctkit.books.root import SETTINGS, STREAM, Root
from acctkit.journal.source import Source
from acctkit.ledger.records import Record
from acctkit.problem import Problem, Refusal

_SEAL = "; seal "
_COVERS = re.compile(r"; covers .+ (?:[0-9a-f]{64}|none)")


class Merges(NamedTuple):
    """How many appends of merged branches were looked at, those that are not here as they were, what is not proved."""

    appends: int
    differences: list[Problem]
    notes: list[str]


def check_merges(books: Books, history: History) -> Merges:
    """Every append of each branch that was merged, beside what stands here now."""
    here = {seal.hash for seal in read_chain(books.stream).seals}
    records = {record.text(2): record for record in books.ledger.records(MERGED)}
    result = Merges(0, [], [])
    for commit in history.commits:
        for theirs in commit.parents[1:]:
            by = f"in {commit.id[:10]} by {commit.author} on {commit.date[:10]}"
            try:
                found, differences = _compared(books, history, (commit, theirs, by), here, records)
            except Refusal as reason:
                result.notes.append(f"Not proved: what was merged {by}: {reason.problems[0].message}.")
                continue
            result.differences.extend(differences)
            result = result._replace(appends=result.appends + found)
    return result


def _compared(
    books: Books, history: History, merge: tuple[Commit, str, str], here: set[str], records: dict[str, Record]
) -> tuple[int, list[Problem]]:
    """How many appends one branch had since it left, and the problem of each that is not here as it was."""
    commit, theirs, by = merge
    base = common_commit(history, commit.parents[0], theirs)
    before = _stream_at(books.root, history, base) if base else {}
    stream = [Source(name, data) for name, data in sorted(_stream_at(books.root, history, theirs).items())]
    if all(before.get(source.name) == source.data for source in stream) or not read_chain(stream).seals:
        return 0, []
    appends, chain = appends_since(stream, before)
    missing = [one for one in appends if one.seal.hash not in here]
    problems = [not_replayed(one.seal, by) for one in missing if one.seal.hash not in records]
    replayed = [one for one in missing if one.seal.hash in records]
    if replayed:
        with tempfile.TemporaryDirectory() as folder:
            old = open_books(_written_out(books.root, history, commit.parents[0], Path(folder)), ()).ledger
        done = {record.text(2) for record in old.records(MERGED)}
        new = [one for one in appends if one.seal.hash not in done and one.seal.hash in records]
        if new:
            first = records[new[0].seal.hash]
            again = replay(old, new, chain, first.text(0), first.date)
            for one, draft in zip(new, again.drafts, strict=True):
                record = records[one.seal.hash]
                if not _ends_with(_append_of(books.stream, record), draft.texts):
                    problems.append(replayed_otherwise(record.place, one.seal, by))
    return len(appends), problems


def _append_of(stream: Sequence[Source], record: Record) -> list[str]:
    """The lines of the append that holds a record, less blank ones and those of its seal."""
    lines = next(source.lines for source in stream if source.name == record.place.file)
    first = last = record.place.line - 1
    while first > 0 and not lines[first - 1].startswith(_SEAL):
        first -= 1
    while last < len(lines) and not lines[last].startswith(_SEAL):
        last += 1
    return [line for line in lines[first:last] if line.strip() and not _COVERS.fullmatch(line)]


def _ends_with(lines: list[str], texts: Sequence[str]) -> bool:
    """Whether lines are those of a draft; a new file has its heading before them."""
    wanted = [line for text in texts for line in text.split("\n") if line.strip()]
    rest = lines[: -len(wanted)]
    return lines[-len(wanted) :] == wanted and all(line.startswith(";") for line in rest)


# What commits hold.


def _stream_at(root: Root, history: History, commit: str) -> dict[str, bytes]:
    """The files of the stream as a commit has them, by their paths from the top of the repository."""
    pattern = PurePath(history.prefix + (STREAM if root.folder else root.file.name))
    found = {
        path: blob
        for path, blob in files_at(history, commit).items()
        if len(PurePath(path).parts) == len(pattern.parts) and PurePath(path).match(str(pattern))
    }
    data = read_blobs(history, found.values())
    return {path: data[blob] for path, blob in found.items()}


def _written_out(root: Root, history: History, commit: str, folder: Path) -> Root:
    """The books of a commit in a folder of their own: the journals and settings, with nothing of Git's filters run."""
    wanted = dict(_journals(history, commit))
    data = read_blobs(history, wanted.values())
    for path, blob in wanted.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data[blob])
    there = folder / history.prefix
    inside = os.path.relpath(root.file, root.folder) if root.folder else root.file.name
    return Root(there / inside, there if root.folder else None)


def _journals(history: History, commit: str) -> Iterator[tuple[str, str]]:
    for path, blob in files_at(history, commit).items():
        inside = path.startswith(history.prefix) and ".." not in PurePath(path).parts
        if inside and (path.endswith((".beancount", ".bean")) or PurePath(path).name == SETTINGS):
            yield path, blob
