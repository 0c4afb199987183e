"""Bank files as they were received: kept in the books' statements folder, never edited."""

from __future__ import annotations

import os
from pathlib import Path

from acctkit.books.files import in_words
from acctkit.books.lock import sync_folder, write_whole
from acctkit.books.root import Root
from acctkit.journal import spans
from acctkit.journal.entries import Entry, Value
from acctkit.ledger.bookkeeping import is_ours
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem, refusal, warning

FOLDER = "statements"


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


def name_for(root: Root, path: Path, data: bytes) -> str:
    """The name the books are to know a file by: that of a copy in their statements folder, free or of these bytes.

    A single journal keeps no copies and names the file where it is, as do books that hold it already. Ask for it
    under the lock: another import may take the name.
    """
    if root.folder is None or _is_inside(path, root.folder):
        return Path(os.path.relpath(path, root.folder or root.file.parent)).as_posix()
    return _free(root.folder / FOLDER / path.name, data).relative_to(root.folder).as_posix()


def copy_of(root: Root, path: Path, data: bytes) -> tuple[tuple[str, bytes], ...]:
    """The copy of a file that is to stand beside the books, for a draft; none where they name it where it is."""
    if root.folder is None or _is_inside(path, root.folder):
        return ()
    return ((name_for(root, path, data), data),)


def keep(root: Root, files: tuple[tuple[str, bytes], ...]) -> list[Path]:
    """Put files beside the books that are not there yet, whole or not at all; the paths made.

    Raises Refusal X903; then none was made.
    """
    folder = root.folder or root.file.parent
    made: list[Path] = []
    for name, data in files:
        path = folder / name
        if path.exists():
            continue
        try:
            _write(path, data)
        except OSError as reason:
            remove(made)
            hint = "check the permissions of the folder, and whether the disk is full"
            raise refusal("X903", f"{path} cannot be written: {in_words(reason)}", hint) from None
        made.append(path)
    return made


def remove(made: list[Path]) -> None:
    """Take away copies of which nothing was written into the books after all."""
    for path in made:
        path.unlink(missing_ok=True)


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
    """Write a file under a name of its own, and give it the right one once it is on the disk; raises OSError.

    The name is always the same: what a pen that died left there is written over by the next one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(".acct.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    named = part
    try:
        write_whole(descriptor, data)
        os.fsync(descriptor)
        os.replace(part, target)
        named = target
        sync_folder(target.parent)
    except OSError:
        named.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
