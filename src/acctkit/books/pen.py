"""The one pen: every command that writes to books appends through here, all or nothing.

It takes the lock, reads the books anew, asks for the draft, refuses it where it would add an error, says in the lock
file what it is about to append, writes entries, records and seal with one write, syncs, and reads back.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from acctkit.audit import UNSEALED, Chain, bytes_since_seal, cover_lines, holds_seal, read_chain, seal_line
from acctkit.audit.seals import Seal
from acctkit.books.config import books_branch
from acctkit.books.covers import covered
from acctkit.books.evidence import keep, remove
from acctkit.books.files import in_words, names_file
from acctkit.books.kept import Distrusted
from acctkit.books.lock import Holder, Intent, Lock, is_of, lock_path, locked, sync_folder, take_back, write_whole
from acctkit.books.private import as_open_as
from acctkit.books.quick import Quick, open_quick
from acctkit.books.reader import Books, Check, make_books, open_books
from acctkit.books.repository import branch_of
from acctkit.books.root import Root, stamp_of
from acctkit.journal.entries import Custom, Entry, Transaction
from acctkit.journal.parser import Parsed, parse
from acctkit.journal.source import Source
from acctkit.journal.tokens import tokenize, unquote
from acctkit.journal.writer import Draft, quote
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.signatures import SIGNED
from acctkit.problem import ERROR, Place, Problem, Refusal, count, error, in_order, refusal

PENDING = "!"  # the flag of an entry that is not sealed yet
# What goes to others, and so is numbered on one branch only.
_FOR_OTHERS = ("sales-invoice", "sales-credit")
_FILED = ("vat-return", "purchase-order", SIGNED)

Propose = Callable[[Ledger], Draft]


class Writer(NamedTuple):
    """Who writes, on what day, at what time (UTC, as the seal states it), by which command.

    `lock_timeout` is for how many seconds another writer is waited for; `waiting` is told whom.
    """

    who: str
    today: date
    time: str
    command: str = ""
    lock_timeout: int | None = None
    waiting: Callable[[str], None] | None = None


Warnings = tuple[Problem, ...]


class Receipt(NamedTuple):
    """What was appended: the draft, the refs and ids of its entries, the file and the line of the first.

    `line` is 0 where nothing was written: the draft was empty, or its key had been used before. `adopted` is how
    many lines typed in an editor were sealed with it, `warnings` what the draft brings that a person should see,
    `pending` how many entries flagged `!` stand after the last seal, so that it was not sealed.
    """

    draft: Draft
    refs: list[str]
    ids: list[str]
    file: str
    line: int
    problems: dict[str, int]
    adopted: int = 0
    warnings: Warnings = ()
    pending: int = 0


def append(
    root: Root,
    propose: Propose,
    writer: Writer,
    checks: Sequence[Check] = (),
    key: str = "",
    propose_by_index: Callable[[Quick], Draft] | None = None,
) -> Receipt:
    """Append what `propose` makes of the books as they are under the lock.

    `checks` are asked of the books with the draft, beside the ledger's own, and of those without it where that finds
    anything. `propose_by_index` makes the same draft of what the index knows; where that is enough to judge it, the
    books are not read. Raises Refusal where the draft adds an error, the lock is held, or the file cannot be
    written; then no file has changed.
    """
    key = unquote(quote(key))  # as it will be read back
    with held(root, writer) as lock:
        if propose_by_index and not key and (done := _append_by_index(root, propose_by_index, writer, lock)):
            return done
        books = open_books(root, ())
        if key and (earlier := _written_under(books, key, checks)):
            return earlier
        draft = propose(books.ledger)
        if not draft.texts:
            return Receipt(draft, [], [], "", 0, _counted(_all_problems(books, checks)))
        target, old = _target(books, writer.today)
        block = _block(draft, old, key)
        new, warnings = _verified(books, target, old, block, checks)
        chain = read_chain(books.stream)
        _require_sound(new, chain)
        pending = len(_pending(new, chain, target, old.count(b"\n") + 1))
        ending = b"" if pending else _ending(books, new, chain, writer)
        made = keep(root, draft.files)
        try:
            _require_unchanged(books)
            _write(lock, target, len(old), block + ending)
        except BaseException:
            remove(made)
            raise
        first = old.count(b"\n") + 1 + (len(block) - len(block.lstrip(b"\n")))
        adopted = sum(1 for _, _, data in chain.unsealed for text in data.splitlines() if text.strip())
        adopted = adopted if chain.seals and not pending else 0
        return _receipt(new, draft, target, first, adopted)._replace(warnings=warnings, pending=pending)


def _append_by_index(root: Root, propose: Callable[[Quick], Draft], writer: Writer, lock: Lock) -> Receipt | None:
    """Append a draft of plain entries by what the index knows of the books; None where that is not enough."""
    quick = open_quick(root)
    if quick is None:
        return None
    try:
        draft = propose(quick)
        stands = quick.standing(writer.today)
        block = _block(draft, stands.end, "")
        quick.require_plain(block)
        entries = parse(Source("draft", block)).entries
        if any(not isinstance(e, Transaction) or e.flag == PENDING or not e.meta.get("ref") for e in entries):
            return None
    except (Distrusted, sqlite3.Error, OSError):
        return None
    _require_branch(root, entries)
    covers = cover_lines(stands.chain, stands.outside)
    line = seal_line(stands.chain, [*stands.since, block, covers], writer.time, writer.who)
    _write(lock, stands.target, stands.size, block + covers + line)
    refs = [str(e.meta["ref"]) for e in sorted(entries, key=lambda e: e.line)]
    first = stands.lines + min(entry.line for entry in entries)
    return Receipt(draft, refs, refs, str(stands.target), first, _counted(stands.problems))


def append_each(
    root: Root, propose: Callable[[Ledger], Sequence[Draft]], writer: Writer, checks: Sequence[Check] = ()
) -> Receipt:
    """Append several drafts at once, all or none, each with a seal of its own; the receipt is of them together.

    Raises Refusal as `append` does, and where text typed in an editor is not sealed yet.
    """
    with held(root, writer) as lock:
        books = open_books(root, ())
        drafts = propose(books.ledger)
        if not drafts:
            return Receipt(Draft(()), [], [], "", 0, _counted(_all_problems(books, checks)))
        target, data, new, warnings = _joined(books, drafts, writer, checks)
        old = next((source.data for source in books.stream if source.name == str(target)), b"")
        _require_unchanged(books)
        _write(lock, target, len(old), data)
        whole = Draft(tuple(text for draft in drafts for text in draft.texts))
        return _receipt(new, whole, target, old.count(b"\n") + 1, 0)._replace(warnings=warnings)


def tried_each(books: Books, drafts: Sequence[Draft], writer: Writer, checks: Sequence[Check] = ()) -> Receipt:
    """What `append_each` would give, its draft the text with its seals; nothing is written.

    Refused for the same reasons.
    """
    if not drafts:
        return Receipt(Draft(()), [], [], "", 0, _counted(_all_problems(books, checks)))
    _, data, new, warnings = _joined(books, drafts, writer, checks)
    text = data.decode().lstrip("\n")
    return Receipt(Draft((text,)), [], [], "", 0, _counted(new.ledger.problems), warnings=warnings)


def _joined(
    books: Books, drafts: Sequence[Draft], writer: Writer, checks: Sequence[Check]
) -> tuple[Path, bytes, Books, Warnings]:
    """Where several drafts go, their bytes with a seal after each, the books as they will be, what they bring."""
    chain = read_chain(books.stream)
    if chain.unsealed:
        hint = "acct seal, and commit; then try again"
        raise refusal("X907", "text typed in an editor is not sealed yet", hint, Place(*chain.unsealed[0][:2]))
    target, old = _target(books, writer.today)
    data, since, covers = b"", bytes_since_seal(books.stream), _covers(books, chain)
    for draft in drafts:
        block = _block(draft, old + data, "") + covers
        line = seal_line(chain, [*since, block], writer.time, writer.who)
        data += block + line
        done = Seal(chain.next_number, writer.time, writer.who, line[-65:-1].decode(), str(target), 0)
        chain, since, covers = chain._replace(seals=[*chain.seals, done]), [], b""
    new, warnings = _verified(books, target, old, data, checks)
    return target, data, new, warnings


def tried(
    books: Books, propose: Propose, writer: Writer, checks: Sequence[Check] = (), key: str = ""
) -> tuple[str, Books]:
    """The text that `append` would write, less its seal, and the books as they would be; nothing is written.

    Refused for the same reasons. The text is empty where there is nothing to write.
    """
    key = unquote(quote(key))
    if key and _written_under(books, key, checks):
        return "", books
    draft = propose(books.ledger)
    if not draft.texts:
        return "", books
    target, old = _target(books, writer.today)
    block = _block(draft, old, key)
    new, _ = _verified(books, target, old, block, checks)
    return block.decode().lstrip("\n"), new


def held(root: Root, writer: Writer) -> AbstractContextManager[Lock]:
    """The lock of a set of books, held; a new lock file may be used by whom the root file may be."""
    try:
        mode = os.stat(root.file).st_mode & 0o666
    except OSError:
        mode = 0o600
    holder = Holder(writer.who, writer.command, writer.lock_timeout, writer.waiting)
    return locked(lock_path(root.file, root.folder), mode | 0o600, holder)


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


def _verified(books: Books, target: Path, old: bytes, block: bytes, checks: Sequence[Check]) -> tuple[Books, Warnings]:
    """The books as they will be, and the warnings the draft adds; raises Refusal with the errors it would add.

    A problem within the draft is placed by its line there, since it stands in no file yet.
    """
    known = {p.source.name: p for p in books.files}
    parsed = _with_block(known.get(str(target)), str(target), old, block)
    files = [parsed if p.source.name == str(target) else p for p in books.files]
    if str(target) not in known:
        files.append(parsed)
    lines_before = old.count(b"\n") + len(block) - len(block.lstrip(b"\n"))
    _require_branch(books.root, [e for e in parsed.entries if e.line > lines_before])
    new = make_books(books.root, books.entity, files, checks)
    problems = [problem for problem in new.ledger.problems if problem.code != UNSEALED]  # it is sealed with it
    before = Counter(map(_key, _all_problems(books, checks))) if problems else Counter()
    added = []
    for problem in problems:
        if before[_key(problem)] > 0:
            before[_key(problem)] -= 1
        else:
            added.append(_within_draft(problem, str(target), lines_before))
    errors = [problem for problem in added if problem.severity == ERROR]
    if errors:
        hint = "nothing was written; correct the draft and post it again"
        refused = error("X906", "the draft was refused: it would add these errors to the books", hint=hint)
        raise Refusal(refused, *errors)
    return new, tuple(added)


def _with_block(before: Parsed | None, name: str, old: bytes, block: bytes) -> Parsed:
    """A file with a block after what it holds, read as a whole; only the block is parsed where that is the same.

    It is where the file is in order and says nothing of what follows: no names of roots, and it ends with a line.
    """
    source = Source(name, old + block)
    names = before is not None and any(option.name.startswith("name_") for option in before.options)
    if before is None or before.problems or names or not old.endswith(b"\n") or b"\r" in old + block:
        parsed = parse(source)
        if before is not None and before.problems:  # what was found where it was included is not in its text
            in_text = {str(problem) for problem in parse(before.source).problems}
            parsed.problems.extend(problem for problem in before.problems if str(problem) not in in_text)
        return parsed
    own = parse(Source(name, b"\n" * old.count(b"\n") + block))
    return Parsed(
        source,
        before.entries + own.entries,
        before.options + own.options,
        before.includes + own.includes,
        before.plugins + own.plugins,
        own.problems,
    )


def _all_problems(books: Books, checks: Sequence[Check]) -> list[Problem]:
    """The problems of books with those that checks find, which were not asked when they were opened."""
    return in_order([*books.ledger.problems, *(problem for check in checks for problem in check(books.ledger))])


def _require_branch(root: Root, entries: Sequence[Entry]) -> None:
    """Refuse documents that go to others, and returns, on any branch but the one that is the books."""
    kinds = [e.type for e in entries if isinstance(e, Transaction) and e.type in _FOR_OTHERS]
    kinds += [e.kind for e in entries if isinstance(e, Custom) and e.kind in _FILED]
    branch = books_branch(root.settings) if kinds else ""
    if not branch or root.folder is None:
        return
    here = branch_of(root.folder)
    if here in (None, branch):
        return
    where = f"branch {here}" if here else "no branch"
    what = "a reconciliation is signed" if kinds[0] == SIGNED else f"a {kinds[0]} is numbered"
    message = f"{what} only on branch {branch}, which is the books, and {where} is checked out"
    hint = f"git switch {branch}, and post it there; acct merge brings over what else was posted on another branch"
    raise refusal("X906", message, hint)


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


def _pending(books: Books, chain: Chain, target: Path | None = None, line: int = 1) -> list[Problem]:
    """The entries flagged `!` after the last seal of a chain, as problems of a seal that would take them in.

    What the books hold in `target` from `line` on comes after the chain.
    """
    hint = "flag it * when it is settled, then: acct seal"
    after = {str(target): line} | {name: first for name, first, _ in chain.unsealed}
    return [
        error("X906", "an entry flagged ! is not sealed", entry.place, hint)
        for parsed in books.files
        if parsed.source.name in after
        for entry in parsed.entries
        if isinstance(entry, Transaction) and entry.flag == PENDING and entry.line >= after[parsed.source.name]
    ]


def _ending(books: Books, new: Books, chain: Chain, writer: Writer) -> bytes:
    """The seal of what is appended, with the lines above it for what changed outside the stream."""
    covers = _covers(books, chain)
    return covers + seal_line(chain, [*bytes_since_seal(new.stream), covers], writer.time, writer.who)


def _require_unchanged(books: Books) -> None:
    """Refuse where a file of the stream is no longer as it was read: its seal would not fit."""
    for source in books.stream:
        try:
            unchanged = stamp_of(os.stat(source.name)) == source.stamp
        except OSError:
            unchanged = False
        if not unchanged:
            raise refusal("X906", f"{source.name} changed while it was read", "nothing was written: try again")


def _write(lock: Lock, target: Path, offset: int, data: bytes) -> None:
    """Append with one write and sync; on any failure the file is as it was, and Refusal X903 is raised."""
    folder = lock.path.parent
    paths = [target, *(p for p in target.parents if not p.exists())]
    made = tuple(os.path.relpath(p, folder) for p in paths) if not target.exists() else ()
    intent = Intent(os.path.relpath(target, folder), offset, data, made)
    hint = "make room, or check its permissions and whether the disk is read-only; nothing was written"
    lock.require_held()
    if not is_of(intent.file, lock.path):  # what a crash left there could not be taken back either
        away = "put the journal itself there, in the place of the link"
        raise refusal("X903", f"{target} is a link that leads out of the journals of these books", away)
    try:
        lock.record(intent)
        _put(target, offset, data)
        for name in made:
            sync_folder((folder / name).parent)
    except BaseException as reason:
        try:
            take_back(folder, intent, is_own=isinstance(reason, OSError))
        except OSError:
            lock.is_owed = True
            hint = "part of it may stand there, and does not count: what writes next takes it back first"
        if isinstance(reason, OSError):
            raise refusal("X903", f"{target} cannot be written: {in_words(reason)}", hint) from None
        raise
    if _end_of(target, offset) != data:
        raise refusal("X903", f"{target} does not hold what was written to it", "check the disk, then acct check")


def _put(target: Path, offset: int, data: bytes) -> None:
    """The append itself; raises OSError."""
    mode = as_open_as(target.parent)
    target.parent.mkdir(parents=True, exist_ok=True, mode=mode | (mode & 0o444) >> 2)
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        if os.fstat(descriptor).st_size != offset:
            raise refusal("X906", f"{target} changed while it was read", "nothing was written: try again")
        write_whole(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _end_of(target: Path, offset: int) -> bytes:
    try:
        with open(target, "rb") as file:
            file.seek(offset)
            return file.read()
    except OSError:
        return b""


# What was written.


def _receipt(books: Books, draft: Draft, target: Path, line: int, adopted: int) -> Receipt:
    entries = [e for e in books.ledger.transactions if e.source.name == str(target) and e.line >= line]
    entries.sort(key=lambda e: e.line)
    new = (e.line for p in books.files if p.source.name == str(target) for e in p.entries if e.line >= line)
    line = min(new, default=line)
    names = [books.ledger.name(entry) for entry in entries]
    refs = [name for name, entry in zip(names, entries, strict=True) if isinstance(entry.meta.get("ref"), str)]
    return Receipt(draft, refs, names, str(target), line, _counted(books.ledger.problems), adopted)


def _counted(problems: list[Problem]) -> dict[str, int]:
    """How many errors and warnings books have once what was appended is sealed."""
    return count([problem for problem in problems if problem.code != UNSEALED])


def _written_under(books: Books, key: str, checks: Sequence[Check]) -> Receipt | None:
    """What an earlier append under this key wrote: all from the entry that bears it to the next seal.

    Raises Refusal X906 where no seal follows, and no entry flagged `!` is why: a person must look.
    """
    for parsed in books.files:
        for entry in parsed.entries:
            if entry.meta.get("key") == key:
                name, chain = entry.source.name, read_chain(books.stream)
                seals = [one.line for one in chain.seals if one.file == name and one.line > entry.line]
                if not seals and not _pending(books, chain):
                    hint = "look at what stands there: remove it if it was cut off, or adopt it with acct seal"
                    message = f"what was posted under the key {key} was never sealed"
                    raise refusal("X906", message, hint, entry.place)
                end = seals[0] if seals else len(parsed.source.lines) + 1
                written = (t for t in books.ledger.transactions if t.source.name == name)
                within = sorted((t for t in written if entry.line <= t.line < end), key=lambda t: t.line)
                names = [books.ledger.name(t) for t in within]
                return Receipt(Draft(()), names, names, name, 0, _counted(_all_problems(books, checks)))
    return None


def _require_sound(new: Books, chain: Chain) -> None:
    """Refuse to seal what was typed since the last seal while it has errors: sealed, it could not be mended."""
    if not chain.seals:
        return
    typed = {(name, line + n) for name, line, data in chain.unsealed for n in range(data.count(b"\n") + 1)}
    wrong = [p for p in _errors(new) if p.place and (p.place.file, p.place.line) in typed]
    if wrong:
        hint = "mend what was typed in an editor since the last seal, then post again"
        message = "the draft was refused: it would seal text with errors, which could then not be mended"
        raise Refusal(error("X906", message, hint=hint), *wrong)


def _errors(books: Books) -> list[Problem]:
    """The errors of books as far as a draft can make them: unsealed text is sealed with it."""
    return [p for p in books.ledger.problems if p.severity == ERROR]


def seal(root: Root, writer: Writer, checks: Sequence[Check] = ()) -> tuple[int, int]:
    """Seal what was typed in an editor since the last seal: (the seal's number, how many lines of the stream).

    Raises Refusal where the books have errors, or an entry is still flagged `!`. Nothing is written where all is as
    it was sealed: (0, 0).
    """
    with held(root, writer) as lock:
        books = open_books(root, checks)
        stream = books.stream
        chain = read_chain(stream)
        lines = sum(1 for _, _, data in chain.unsealed for text in data.splitlines() if text.strip())
        covers = _covers(books, chain) if stream else b""
        if not lines and not covers:
            return 0, 0
        if errors := _errors(books) or _pending(books, chain):
            hint = "correct what was typed, then seal again"
            what = "an entry flagged !" if errors[0].code == "X906" else "errors"
            raise Refusal(error("X906", f"books with {what} are not sealed", hint=hint), *errors)
        last = stream[-1]
        lead = (b"" if last.data.endswith(b"\n") or not last.data else b"\n") + covers
        line = seal_line(chain, [*bytes_since_seal(stream), lead], writer.time, writer.who)
        _require_unchanged(books)
        _write(lock, Path(last.name), len(last.data), lead + line)
        return chain.next_number, lines
