"""Bank files as they were received: kept in the books' statements folder, never edited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acctkit.books.files import Root, in_words
from acctkit.journal import spans
from acctkit.journal.entries import Entry, Value
from acctkit.ledger.bookkeeping import is_ours
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem, refusal, warning

FOLDER = "statements"


class Evidence:
    """A file received: its bytes, and the name the books know it by; `wanted` says whether it is to stay."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.wanted = False


def check_files(ledger: Ledger, root: Root) -> list[Problem]:
    """D311 for each file that a statement (`file:`) or an entry (`document:`) names and that is not there."""
    if not is_ours(ledger):
        return []
    named: list[tuple[Value, str, Entry]]
    named = [(record.meta.get("file"), "file", record.entry) for record in ledger.records("statement")]
    named += [(entry.meta.get("document"), "document", entry) for entry in ledger.transactions]
    folder = root.folder or root.file.parent
    hint = "restore it from where it was received, or from a copy of the books"
    return [
        warning("D311", f"there is no file {name}", spans.meta(entry, key), hint)
        for name, key, entry in named
        if isinstance(name, str) and not os.path.exists(folder / name)
    ]


@contextmanager
def received(root: Root, path: Path, data: bytes, *, keep: bool = True) -> Iterator[Evidence]:
    """Keep a copy of a file for as long as it is wanted: it goes again where nothing was written of it.

    A single journal keeps no copies and names the file where it is; without `keep` nothing is written at all.
    Raises Refusal X903.
    """
    if root.folder is None or _is_inside(path, root.folder):
        start = root.folder or root.file.parent
        yield Evidence(Path(os.path.relpath(path, start)).as_posix(), data)
        return
    target = _free(root.folder / FOLDER / path.name, data)
    evidence = Evidence(target.relative_to(root.folder).as_posix(), data)
    made = keep and not target.exists()
    try:
        if made:
            _write(target, data)
        yield evidence
    finally:
        if made and not evidence.wanted:
            target.unlink(missing_ok=True)


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to((folder / FOLDER).resolve())


def _free(target: Path, data: bytes) -> Path:
    """A name that is free, or that holds these very bytes."""
    number = 2
    found = target
    while found.exists() and not (found.is_file() and found.read_bytes() == data):
        found = target.with_stem(f"{target.stem}-{number}")
        number += 1
    return found


def _write(target: Path, data: bytes) -> None:
    made = False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        made = True
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as reason:
        if made:  # else it is not ours
            target.unlink(missing_ok=True)
        hint = "check the permissions of the folder, and whether the disk is full"
        raise refusal("X903", f"{target} cannot be written: {in_words(reason)}", hint) from None
