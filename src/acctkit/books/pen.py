"""The one pen: every command that writes to books appends through here, all or nothing.

It takes the lock, reads the books anew, asks for the draft, refuses it where it would add an error, then
writes entries, records and seal with one write, syncs, and reads back.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from acctkit.audit import UNSEALED, Chain, bytes_since_seal, cover_lines, holds_seal, read_chain, seal_line
from acctkit.books.covers import covered
from acctkit.books.files import Root, in_words, names_file, stamp_of
from acctkit.books.reader import Books, Check, make_books, open_books
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.tokens import tokenize, unquote
from acctkit.journal.writer import Draft, quote
from acctkit.ledger.ledger import Ledger
from acctkit.problem import ERROR, Place, Problem, Refusal, count, error, refusal

LOCK_SECONDS = 5
_PAUSE = 0.05

Propose = Callable[[Ledger], Draft]


class Writer(NamedTuple):
    """Who writes, on what day, at what time (UTC, as the seal states it)."""

    who: str
    today: date
    time: str


Added = tuple[Problem, ...]


class Receipt(NamedTuple):
    """What was appended: the draft, the refs and ids of its entries, the file and the line of the first.

    `line` is 0 where nothing was written: the draft was empty, or its key had been used before. `adopted` is how
    many lines typed in an editor were sealed with it, `warnings` what the draft brings that a person should see.
    """

    draft: Draft
    refs: list[str]
    ids: list[str]
    file: str
    line: int
    problems: dict[str, int]
    adopted: int = 0
    warnings: Added = ()


def append(root: Root, propose: Propose, writer: Writer, checks: Sequence[Check] = (), key: str = "") -> Receipt:
    """Append what `propose` makes of the books as they are under the lock.

    `checks` are asked before and after, beside the ledger's own. Raises Refusal where the draft adds an
    error, the lock is held, or the file cannot be written; then no file has changed.
    """
    key = unquote(quote(key))  # as it will be read back
    with _locked(root, writer.who):
        books = open_books(root, checks)
        if key and (earlier := _written_under(books, key)):
            return earlier
        draft = propose(books.ledger)
        if not draft.texts:
            return Receipt(draft, [], [], "", 0, _counted(books))
        target, old = _target(books, writer.today)
        block = _block(draft, old, key)
        new, warnings = _verified(books, target, old, block, checks)
        chain = read_chain(books.stream)
        _require_sound(books, chain)
        covers = _covers(books, chain)
        seal = seal_line(chain, [*bytes_since_seal(new.stream), covers], writer.time, writer.who)
        _require_unchanged(books)
        _write(target, len(old), block + covers + seal)
        first = old.count(b"\n") + 1 + (len(block) - len(block.lstrip(b"\n")))
        adopted = sum(1 for _, _, data in chain.unsealed for text in data.splitlines() if text.strip())
        return _receipt(new, draft, target, first, adopted if chain.seals else 0)._replace(warnings=warnings)


def tried(
    books: Books, propose: Propose, writer: Writer, checks: Sequence[Check] = (), key: str = ""
) -> tuple[str, Books]:
    """The text that `append` would write, less its seal, and the books as they would be; nothing is written.

    Refused for the same reasons. The text is empty where there is nothing to write.
    """
    key = unquote(quote(key))
    if key and _written_under(books, key):
        return "", books
    draft = propose(books.ledger)
    if not draft.texts:
        return "", books
    target, old = _target(books, writer.today)
    block = _block(draft, old, key)
    new, _ = _verified(books, target, old, block, checks)
    return block.decode().lstrip("\n"), new


# The lock.


@contextmanager
def _locked(root: Root, who: str) -> Iterator[None]:
    """Hold the books' lock, waiting a while for another holder; raises Refusal X904 when it does not come."""
    path = (root.folder / ".acct.lock") if root.folder else root.file.with_name(f".{root.file.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    except OSError as reason:
        hint = "check the permissions of the folder, and whether the disk is read-only"
        raise refusal("X903", f"the books cannot be written: {path}: {in_words(reason)}", hint) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise refusal("X903", f"{path} is not a file", "remove it: acct makes its lock there")
        _wait_for(descriptor, path)
        with suppress(OSError):  # says who writes to whoever waits; on a full disk it goes unsaid
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {who}\n".encode(), 0)
        try:
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(_PAUSE)
                continue
            pid, _, who = os.pread(descriptor, 200, 0).decode(errors="replace").partition(" ")
            named = f"process {pid} of {who.strip()}" if who.strip() else "another process"
            hint = f"wait until it is done, then try again (the lock is {path})"
            raise refusal("X904", f"the books are being written by {named}", hint) from None
        except OSError as reason:
            hint = "keep the books on a disk that can lock files"
            raise refusal("X903", f"{path} cannot be locked: {in_words(reason)}", hint) from None
        return


# What is written.


def _target(books: Books, today: date) -> tuple[Path, bytes]:
    """The file to append to, and what it holds: this month's file of the stream, or the newest if later."""
    root = books.root
    if root.folder is None:
        return root.file, books.files[0].source.data
    target = root.folder / "journals" / f"{today:%Y}" / f"{today:%Y-%m}.beancount"
    stream = books.stream
    if stream and Path(stream[-1].name) >= target:
        return Path(stream[-1].name), stream[-1].data
    return target, _new_file(books, target)


def _new_file(books: Books, target: Path) -> bytes:
    """The stream's next file is empty; the books must include it by its name."""
    if not any(names_file(parsed, include, target) for parsed in books.files for include in parsed.includes):
        hint = f'add this line to {books.files[0].source.name}: include "*/*.beancount"'
        raise refusal("X906", f"{target} would not be part of the books: nothing includes it", hint)
    if target.exists():
        raise refusal("X906", f"{target} exists and is not part of the books", "move it away")
    return b""


def _block(draft: Draft, old: bytes, key: str) -> bytes:
    """The bytes a draft adds: a blank line before each entry, records one under another."""
    texts = list(draft.texts)
    if key:
        texts[0] = _with_key(texts[0], key)
    parts: list[str] = []
    was_record = False
    for text in texts:
        is_record = " custom " in text.split("\n", 1)[0]
        if parts and not (is_record and was_record):
            parts.append("\n")
        parts.append(text if text.endswith("\n") else text + "\n")
        was_record = is_record
    lead = "" if not old else "\n" if old.endswith(b"\n") else "\n\n"
    block = (lead + "".join(parts)).encode()
    if holds_seal(block):
        raise refusal("X906", "the draft holds a line that looks like a seal", "only acct seals; remove that line")
    return block


def _covers(books: Books, chain: Chain) -> bytes:
    """The lines above the next seal for what changed outside the stream."""
    return cover_lines(chain, {name: source.data for name, source in covered(books.root, books.files).items()})


def _with_key(text: str, key: str) -> str:
    """A text with the key under the header of its first entry; a string in a header may run over lines."""
    source = Source("", text.encode())
    entry = min(parse(source).entries, key=lambda e: e.line, default=None)
    if entry is None:
        raise refusal("X906", "the draft holds no entry that could bear the key", "an entry begins with a date")
    start = sum(len(line) + 1 for line in source.lines[: entry.line - 1])
    _, end = tokenize(source.text, start)
    return f"{source.text[:end]}\n  key: {quote(key)}{source.text[end:]}"


def _verified(books: Books, target: Path, old: bytes, block: bytes, checks: Sequence[Check]) -> tuple[Books, Added]:
    """The books as they will be, and the warnings the draft adds; raises Refusal with the errors it would add.

    A problem within the draft is placed by its line there, since it stands in no file yet.
    """
    parsed = parse(Source(str(target), old + block))
    known = {p.source.name for p in books.files}
    files = [parsed if p.source.name == str(target) else p for p in books.files]
    if str(target) not in known:
        files.append(parsed)
    new = make_books(books.root, books.entity, files, checks)
    before = Counter(map(_key, books.ledger.problems))
    added = []
    lines_before = old.count(b"\n") + len(block) - len(block.lstrip(b"\n"))
    for problem in new.ledger.problems:
        if before[_key(problem)] > 0:
            before[_key(problem)] -= 1
        elif problem.code != UNSEALED:  # what is appended is sealed with it
            added.append(_within_draft(problem, str(target), lines_before))
    errors = [problem for problem in added if problem.severity == ERROR]
    if errors:
        hint = "nothing was written; correct the draft and post it again"
        refused = error("X906", "the draft was refused: it would add these errors to the books", hint=hint)
        raise Refusal(refused, *errors)
    return new, tuple(added)


def _within_draft(problem: Problem, target: str, lines_before: int) -> Problem:
    place = problem.place
    if place is None or place.file != target or place.line <= lines_before:
        return problem

    def moved(place: Place) -> Place:
        is_new = place.file == target and place.line > lines_before
        return place._replace(file="draft", line=place.line - lines_before) if is_new else place

    related = tuple((words, moved(other)) for words, other in problem.related)
    return problem._replace(place=moved(place), related=related)


def _key(problem: Problem) -> tuple[str, str, int]:
    place = problem.place
    return problem.code, place.file if place else "", place.line if place else 0


def _errors(books: Books) -> list[Problem]:
    """The errors of books as far as a draft can make them: unsealed text is sealed with it."""
    return [p for p in books.ledger.problems if p.severity == ERROR]


def _require_unchanged(books: Books) -> None:
    """Refuse where a file of the stream is no longer as it was read: its seal would not fit."""
    for source in books.stream:
        try:
            unchanged = stamp_of(os.stat(source.name)) == source.stamp
        except OSError:
            unchanged = False
        if not unchanged:
            raise refusal("X906", f"{source.name} changed while it was read", "nothing was written: try again")


def _write(target: Path, offset: int, data: bytes) -> None:
    """Append with one write and sync; on any failure the file is as it was, and Refusal X903 is raised."""
    created = [] if target.exists() else [target, *(p for p in target.parents if not p.exists())]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as reason:
        _remove(created)
        hint = "check its permissions, and whether the disk is read-only or full; nothing was written"
        raise refusal("X903", f"{target} cannot be written: {in_words(reason)}", hint) from None
    try:
        if os.fstat(descriptor).st_size != offset:
            raise refusal("X906", f"{target} changed while it was read", "nothing was written: try again")
        try:
            _write_whole(descriptor, data)
            for path in created:
                _sync_folder(path.parent)
        except OSError as reason:
            hint = _take_back(descriptor, offset, created)
            raise refusal("X903", f"{target} cannot be written: {in_words(reason)}", hint) from None
    finally:
        os.close(descriptor)
    if _end_of(target, offset) != data:
        raise refusal("X903", f"{target} does not hold what was written to it", "check the disk, then acct check")


def _write_whole(descriptor: int, data: bytes) -> None:
    """One write, all of it, synced to the disk; a short write is a full disk."""
    if os.write(descriptor, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


def _take_back(descriptor: int, offset: int, created: list[Path]) -> str:
    """Make the file what it was before an append that failed; what to do next, in words."""
    try:
        os.ftruncate(descriptor, offset)
    except OSError:
        return f"its end may hold part of what was to be written: look at it in an editor, after byte {offset:,}"
    _remove(created)
    return "make room, then try again; nothing was written"


def _end_of(target: Path, offset: int) -> bytes:
    try:
        with open(target, "rb") as file:
            file.seek(offset)
            return file.read()
    except OSError:
        return b""


def _remove(created: list[Path]) -> None:
    """Take away a file and folders made for an append that failed."""
    for path in created:
        with suppress(OSError):  # somebody else put something there
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder lasting; some file systems cannot, and need not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as reason:
        if reason.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


# What was written.


def _receipt(books: Books, draft: Draft, target: Path, line: int, adopted: int) -> Receipt:
    entries = [e for e in books.ledger.transactions if e.source.name == str(target) and e.line >= line]
    entries.sort(key=lambda e: e.line)
    new = (e.line for p in books.files if p.source.name == str(target) for e in p.entries if e.line >= line)
    line = min(new, default=line)
    names = [books.ledger.name(entry) for entry in entries]
    refs = [name for name, entry in zip(names, entries, strict=True) if isinstance(entry.meta.get("ref"), str)]
    return Receipt(draft, refs, names, str(target), line, _counted(books), adopted)


def _counted(books: Books) -> dict[str, int]:
    """How many errors and warnings books have once what was appended is sealed."""
    return count([problem for problem in books.ledger.problems if problem.code != UNSEALED])


def _written_under(books: Books, key: str) -> Receipt | None:
    """What an earlier append under this key wrote: all from the entry that bears it to the next seal.

    Raises Refusal X906 where no seal follows: that append was cut off, and a person must look.
    """
    for parsed in books.files:
        for entry in parsed.entries:
            if entry.meta.get("key") == key:
                name = entry.source.name
                seals = [
                    one.line for one in read_chain(books.stream).seals if one.file == name and one.line > entry.line
                ]
                if not seals:
                    hint = "look at what stands there: remove it if it was cut off, or adopt it with acct seal"
                    message = f"what was posted under the key {key} was never sealed"
                    raise refusal("X906", message, hint, entry.place)
                written = (t for t in books.ledger.transactions if t.source.name == name)
                within = sorted((t for t in written if entry.line <= t.line < seals[0]), key=lambda t: t.line)
                names = [books.ledger.name(t) for t in within]
                return Receipt(Draft(()), names, names, name, 0, _counted(books))
    return None


def _require_sound(books: Books, chain: Chain) -> None:
    """Refuse to seal what was typed since the last seal while it has errors: sealed, it could not be mended."""
    if not chain.seals:
        return
    typed = {(name, line + n) for name, line, data in chain.unsealed for n in range(data.count(b"\n") + 1)}
    wrong = [p for p in _errors(books) if p.place and (p.place.file, p.place.line) in typed]
    if wrong:
        hint = "mend what was typed in an editor since the last seal, then post again"
        message = "the draft was refused: it would seal text with errors, which could then not be mended"
        raise Refusal(error("X906", message, hint=hint), *wrong)


def seal(root: Root, writer: Writer, checks: Sequence[Check] = ()) -> tuple[int, int]:
    """Seal what was typed in an editor since the last seal: (the seal's number, how many lines of the stream).

    Raises Refusal where the books have errors. Nothing is written where all is as it was sealed: (0, 0).
    """
    with _locked(root, writer.who):
        books = open_books(root, checks)
        stream = books.stream
        chain = read_chain(stream)
        lines = sum(1 for _, _, data in chain.unsealed for text in data.splitlines() if text.strip())
        covers = _covers(books, chain) if stream else b""
        if not lines and not covers:
            return 0, 0
        if errors := _errors(books):
            hint = "correct what was typed, then seal again"
            raise Refusal(error("X906", "books with errors are not sealed", hint=hint), *errors)
        last = stream[-1]
        lead = (b"" if last.data.endswith(b"\n") or not last.data else b"\n") + covers
        line = seal_line(chain, [*bytes_since_seal(stream), lead], writer.time, writer.who)
        _require_unchanged(books)
        _write(Path(last.name), len(last.data), lead + line)
        return chain.next_number, lines
