"""Reading the files of books."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import BinaryIO

from acctkit.books.filed import add_filed, document_folders
from acctkit.books.lock import lock_path, settled, settled_size
from acctkit.books.patterns import MOST_FOLDERS, TooManyFoldersError, expand
from acctkit.books.root import ROOT_FILE, Stamp, stamp_of
from acctkit.journal import spans
from acctkit.journal.entries import Document, Include
from acctkit.journal.parser import Parsed, parse
from acctkit.journal.source import Source
from acctkit.ledger.nearest import nearest
from acctkit.problem import Place, Problem, Refusal, error, refusal, warning

_MOST_READS = 1000


def read_bytes(path: Path) -> bytes:
    """A file's bytes; raises Refusal X902 where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as reason:
        raise refusal(
            "X902", f"{path} cannot be read: {in_words(reason)}", "check the path and its permissions"
        ) from None


def in_words(reason: OSError) -> str:
    """Why the system refused, in a few plain words."""
    return (reason.strerror or str(reason)).lower()


class Reading:
    """How the files of a journal are read: each by the parser, when it is reached. `lock` is that of the books."""

    def __init__(self, lock: Path) -> None:
        self.lock = lock

    def expect(self, paths: list[str]) -> None:
        """Be told of files that are likely to be asked for next."""

    def read(self, path: str) -> Parsed:
        """What a file holds; raises OSError where it cannot be read."""
        return parse(source_of(path, self.lock))


def read_journal(
    root: Path, folder: Path | None = None, *, strict: bool = False, reading: Reading | None = None
) -> list[Parsed]:
    """The root file and all it includes, in the order they are reached, each once.

    A file outside the folder of the books (that of the root file, where none is named) is a warning; where it is
    read `strict`, such a file is an error and is not read.
    Raises Refusal where the root cannot be read; a wrong include is a problem of the file that names it.
    """
    reading = reading or Reading(lock_path(root, folder))
    try:
        parsed = reading.read(str(root))
    except OSError as reason:
        hint = "check the path and its permissions"
        if root.name == ROOT_FILE.name and not root.exists():
            hint = "the books' root file is missing: restore it, or begin new books with acct init"
        raise refusal("X901", f"{root} cannot be read: {in_words(reason)}", hint) from None
    if not parsed.entries and any(p.code == "J110" for p in parsed.problems):
        raise Refusal(*parsed.problems)
    files = [parsed]
    reached = {os.path.abspath(root)}
    fence = _Fence(folder or root.parent, strict)
    _follow(parsed, files, reached, fence, reading)
    options = files[0].options
    if not any(option.name == "plugin_processing_mode" and option.value == "raw" for option in options):
        for parsed in files:
            _check_documents(parsed)
        _add_filed(files, fence)
    return files


def source_of(path: str, lock: Path) -> Source:
    """A file as it was between two appends, with the stamp it had then; raises OSError.

    While it changes it is read again. What is there of an append that is under way, or was cut off, is passed over.
    """
    for _ in range(_MOST_READS):
        with open_regular(path) as file:
            found = stamp_of(os.fstat(file.fileno()))
            data = file.read()
        counted = settled(path, data, lock)
        if len(counted) < len(data):
            return Source(path, counted, unsettled(len(counted)))
        if stamp_of(os.stat(path)) == found and len(data) == found[0]:
            return Source(path, data, found)
    raise OSError(0, "it changes all the time")


def settled_stamp(path: str, lock: Path) -> Stamp:
    """A file's stamp between two appends, its size that of what counts; raises OSError. See `source_of`."""
    for _ in range(_MOST_READS):
        found = stamp_of(os.stat(path))
        size = settled_size(path, found[0], lock)
        if size < found[0]:
            return unsettled(size)
        if stamp_of(os.stat(path)) == found:
            return found
    raise OSError(0, "it changes all the time")


def unsettled(size: int) -> Stamp:
    """The stamp of a file whose end does not count: such as no file has, so that nothing is trusted by it."""
    return size, 0, 0, 0


def open_regular(path: str) -> BinaryIO:
    """A file opened to be read; raises OSError for what is no file."""
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - for the caller to close
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(0, "it is no file but a device, pipe or socket")


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe nobody writes to is not waited for."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


class _Fence:
    """The folder that the files of a book are to stay in, and whether what lies outside is refused."""

    def __init__(self, folder: Path, is_strict: bool) -> None:
        self.folder = os.path.realpath(folder)
        self.is_strict = is_strict

    def refuses(self, parent: Parsed, place: Place, path: str) -> bool:
        """Say where a path that is named at a place leads out of the folder; whether it is not to be read."""
        real = os.path.realpath(path)
        if os.path.commonpath([self.folder, real]) == self.folder:
            return False
        say = error if self.is_strict else warning
        hint = "acct check --strict refuses it; a copy inside the folder is safe from changes made elsewhere"
        message = f"{path} lies outside the folder of these books"
        parent.problems.append(say("J115", message, place, hint))
        return self.is_strict


def _follow(start: Parsed, files: list[Parsed], reached: set[str], fence: _Fence, reading: Reading) -> None:
    """Read what a file includes, and what those include, in the order of the include lines."""
    pending = [(start, include) for include in reversed(start.includes)]
    while pending:
        parent, include = pending.pop()
        paths = _included(parent, include)
        reading.expect([path for path in paths if os.path.abspath(path) not in reached])
        for path in paths:
            absolute = os.path.abspath(path)
            if absolute in reached:
                _wrong_include(parent, include, f"{path} was included already; it counts once", "remove one of the two")
                continue
            reached.add(absolute)
            if fence.refuses(parent, _place_of(parent, include), path):
                continue
            try:
                parsed = reading.read(path)
            except OSError as reason:
                message = f"{path} cannot be read: {in_words(reason)}"
                _wrong_include(parent, include, message, "check its permissions, and that it is a file")
                continue
            files.append(parsed)
            pending += [(parsed, inner) for inner in reversed(parsed.includes)]


def _included(parent: Parsed, include: Include) -> list[str]:
    """The files an include line names, by name; a pattern that finds none is a problem."""
    try:
        found = expand(include_pattern(parent, include))
    except TooManyFoldersError:
        message = f"{include.path} looks into more than {MOST_FOLDERS:,} folders"
        _wrong_include(parent, include, message, "name the folder that is meant, without **")
        return []
    if not found:
        _wrong_include(parent, include, f"there is no file {include.path}", _near(parent, include))
    return found


def include_pattern(parent: Parsed, include: Include) -> str:
    """The pattern of an include line, as seen from here."""
    folder = os.path.dirname(parent.source.name)
    return os.path.join(glob.escape(folder) if folder else "", PurePath(include.path))


def names_file(parent: Parsed, include: Include, path: Path) -> bool:
    """Whether an include line names a file, be it there or not."""
    folder = os.path.abspath(os.path.dirname(parent.source.name))
    pattern = os.path.normpath(os.path.join(glob.escape(folder), include.path))
    return _fits(pattern.split(os.sep), os.path.abspath(path).split(os.sep))


def _fits(patterns: list[str], parts: list[str]) -> bool:
    """Whether the parts of a path fit those of a pattern, where `**` stands for any number of folders."""
    at = _past_stars(patterns, {0})
    for part in parts:
        taken = {i if patterns[i] == "**" else i + 1 for i in at if i < len(patterns) and _is_named(part, patterns[i])}
        at = _past_stars(patterns, taken)
    return len(patterns) in at


def _past_stars(patterns: list[str], at: set[int]) -> set[int]:
    """The positions in a pattern, and those after each `**`, which may stand for no folder at all."""
    reached = set()
    for position in at:
        reached.add(position)
        while position < len(patterns) and patterns[position] == "**":
            position += 1  # noqa: PLW2901 - it walks on
            reached.add(position)
    return reached


def _is_named(part: str, pattern: str) -> bool:
    return pattern == "**" or fnmatch.fnmatchcase(part, pattern)


def _near(parent: Parsed, include: Include) -> str:
    """How a path that names no file may be meant."""
    path = Path(os.path.dirname(parent.source.name), include.path)
    with suppress(OSError):
        if near := nearest(path.name, [one.name for one in path.parent.iterdir()]):
            return f"did you mean {PurePath(include.path).with_name(near[0])}?"
    return "correct the path, which is relative to the file that includes it, or remove the line"


def _wrong_include(parent: Parsed, include: Include, message: str, hint: str) -> None:
    parent.problems.append(error("J112", message, _place_of(parent, include), hint))


def _place_of(parent: Parsed, include: Include) -> Place:
    return spans.string(parent.source.place(include.line), 0)


def _add_filed(files: list[Parsed], fence: _Fence) -> None:
    """Add the documents in the folders of option `documents`, which are relative to the first file and exist."""
    first = files[0]
    for option, folder, place in document_folders(first):
        if not os.path.exists(folder):
            hint = "restore the folder, or correct its path"
            first.problems.append(error("L215", f"there is no folder {option.value}", place, hint))
        elif not fence.refuses(first, place, folder):
            add_filed(files, option, folder, place)


def _check_documents(parsed: Parsed) -> None:
    """A document directive names a file that exists, relative to its journal."""
    folder = Path(parsed.source.name).parent
    for index, entry in enumerate(parsed.entries):
        if isinstance(entry, Document):
            path = folder / entry.path
            parsed.entries[index] = replace(entry, path=str(path))
            if not os.path.exists(path):
                parsed.problems.append(missing_document(entry))


def missing_document(entry: Document) -> Problem:
    """The problem of a document directive whose file is not there."""
    hint = "restore the file, or correct its path"
    return error("L215", f"there is no file {entry.path}", spans.string(entry.place, 0), hint)
