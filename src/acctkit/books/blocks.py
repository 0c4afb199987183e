"""Reading a journal by blocks, on all cores: entries to columns, and only what is left to the parser.

A file is cut where a directive begins, about every two megabytes. Results do not depend on where, nor on how many
processes read: a string that runs over a cut, and anything else that a block alone cannot tell, sends the whole
file to the parser.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from acctkit.books.files import Reading, open_regular, settled_stamp, source_of
from acctkit.books.root import Stamp
from acctkit.journal.entries import Balance, Open
from acctkit.journal.fast import Asked, Block, Doubtful, Watched, scan
from acctkit.journal.parser import Parsed, parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.judge import ASKING, NAMING
from acctkit.ledger.ledger import Ledger

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from acctkit.vat.columns import Accounts

BLOCK_BYTES = 2 << 20
_WINDOW = 1 << 16
# A pool of processes costs about as much as reading this many bytes.
_WORTH_A_POOL = 4 * BLOCK_BYTES
_CUT = re.compile(rb"\n(?=\d{4}-\d\d-\d\d )")
_RECORD = re.compile(rb' custom[ \t]+"([a-z-]+)"([^\n]*)')
_WORD = re.compile(rb'"([^"\n]*)"')
_ASSERTED = re.compile(rb"(\d{4}-\d\d-\d\d)[ \t]+balance[ \t]+([^\s;]+)")


class Part(NamedTuple):
    """A part of a file as it was read: its bytes from `lo` to `hi`, their hash, and the columns in them."""

    file: str
    lo: int
    hi: int
    sha256: str
    block: Block

    @property
    def blocks(self) -> list[Block]:
        """Its columns: those of most entries, and those of what is bought and sold at cost."""
        return [self.block, *([self.block.lots.block] if self.block.lots else [])]

    def without_lots(self) -> Part:
        """The part less what is bought and sold at cost."""
        return self._replace(block=self.block._replace(lots=None))


class _Task(NamedTuple):
    path: str
    lo: int
    hi: int
    watched: Watched
    named: bytes
    accounts: Accounts | None


class AskedOfEntriesError(Exception):
    """A record stands in the books by which every entry must be known."""


class _Cut(NamedTuple):
    """A file before it is read: its stamp, the ranges of its blocks, the balances it asserts, what its records name."""

    stamp: Stamp
    ranges: list[tuple[int, int]]
    asserted: Watched
    named: frozenset[bytes]


class BlockReading(Reading):
    """Reads the files of a journal by blocks, many at once; keeps their parts for a tally."""

    def __init__(self, lock: Path, workers: int, entity: Entity) -> None:
        """Of a registered `entity`, entries go into columns where the accounts read before tell that VAT is plain."""
        super().__init__(lock)
        self._entity = entity
        self._charts: list[Parsed] = []  # the files read so far that open accounts
        self._known: tuple[int, Accounts | None] = 0, None  # what these say, and how many there were
        self._workers = workers
        self._pool: Executor | None = None
        self._waiting: dict[str, tuple[_Cut, list[_Task], list[Future[Part | None]]]] = {}
        self._watched: Watched = frozenset()
        self._named: frozenset[bytes] = frozenset()
        self._asserted: set[tuple[str, str]] = set()
        self._tasks: list[tuple[_Task, Part]] = []
        self._found: dict[str, tuple[Stamp, list[Part]]] = {}
        self._with_lots = True
        self.judged_by: list[Accounts] = []  # what was known of accounts when the VAT of entries was judged

    def expect(self, paths: list[str]) -> None:
        """Cut files into blocks, and begin to read them where that takes a while.

        Raises AskedOfEntriesError where that would be in vain.
        """
        cuts = {path: cut for path in paths if self._is_new(path) and (cut := _cut(path, self.lock)) is not None}
        self._watched = self._watched.union(*(cut.asserted for cut in cuts.values()))
        self._named = self._named.union(*(cut.named for cut in cuts.values()))
        named = b"\n".join(sorted(self._named))
        size = sum(cut.ranges[-1][1] for cut in cuts.values() if cut.ranges)
        if size >= _WORTH_A_POOL and self._workers > 1 and self._pool is None:
            self._pool = _new_pool(self._workers)
        accounts = self._accounts() if cuts else None
        for path, cut in cuts.items():
            tasks = [_Task(path, lo, hi, self._watched, named, accounts) for lo, hi in cut.ranges]
            self._waiting[path] = cut, tasks, [self._pool.submit(_scan, task) for task in tasks] if self._pool else []

    def _is_new(self, path: str) -> bool:
        return path not in self._waiting and path not in self._found

    def read(self, path: str) -> Parsed:
        """What a file holds beside its columns, or all it holds where the parser must read it."""
        if path in self._found:
            return parse(_beside(path, *self._found[path], with_lots=self._with_lots))
        if path not in self._waiting:
            self.expect([path])
        if path not in self._waiting:
            parsed = parse(source_of(path, self.lock))  # says why it could not be cut
        else:
            cut, tasks, futures = self._waiting.pop(path)
            found = [future.result() for future in futures] if futures else [_scan(task) for task in tasks]
            parts = [part for part in found if part is not None]
            if len(parts) < len(found):
                parsed = parse(source_of(path, self.lock))
            else:
                self._found[path] = cut.stamp, parts
                parsed = parse(_beside(path, cut.stamp, parts, with_lots=self._with_lots))
                self._tasks += zip(tasks, parts, strict=True)
        if any(isinstance(entry, Open) for entry in parsed.entries):
            self._charts.append(parsed)
        self._asserted |= {(e.date.isoformat(), e.account) for e in parsed.entries if isinstance(e, Balance)}
        return parsed

    def _accounts(self) -> Accounts | None:
        """What is known by now of the accounts of a registered entity."""
        if self._entity.vat is None:
            return None
        from acctkit.vat.columns import accounts_of

        count, found = self._known
        if len(self._charts) > count:
            found = accounts_of(Ledger(self._charts, self._entity))
            self._known = len(self._charts), found
            self.judged_by += [found] if found else []
        return found

    def parts(self) -> list[Part]:
        """The parts of all files; one that was read before an assertion of a later file was seen is read again."""
        asserted = frozenset(self._asserted)
        parts = []
        for task, part in self._tasks:
            again = None if asserted <= task.watched else _scan(task._replace(watched=asserted))
            # A file that has changed keeps the hash of what was read first, by which that is found.
            parts.append(again if again and again.sha256 == part.sha256 else part)
        return parts if self._with_lots else [part.without_lots() for part in parts]

    def set_lots_aside(self) -> None:
        """Leave what is bought and sold at cost to the parser: files are then to be asked for once more."""
        self._with_lots = False

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def workers() -> int:
    """How many processes may read: those the machine has, or fewer by $ACCT_WORKERS."""
    asked = os.environ.get("ACCT_WORKERS", "")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(asked), available)) if asked.isascii() and asked.isdigit() else available


def _new_pool(workers: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, get_context("fork" if hasattr(os, "fork") else None))


def _cut(path: str, lock: Path) -> _Cut | None:
    """Where a file can be cut, before a line that begins with a date; None where it cannot be read."""
    asserted: set[tuple[str, str]] = set()
    named: set[bytes] = set()
    ranges: list[tuple[int, int]] = []
    try:
        with open_regular(path) as file:
            stamp = settled_stamp(path, lock)
            lo, size = 0, stamp[0]
            while lo < size:
                data = file.read(min(BLOCK_BYTES, size - lo))
                while data and lo + len(data) < size and not (found := _CUT.search(data, max(0, len(data) - _WINDOW))):
                    data += file.read(min(BLOCK_BYTES, size - lo - len(data)))
                if not data:
                    return None
                hi = lo + len(data) if lo + len(data) >= size else lo + found.end()  # type: ignore[union-attr]
                named |= _named(data)
                asserted |= _asserted(data)
                ranges.append((lo, hi))
                file.seek(hi)
                lo = hi
    except OSError:
        return None
    return _Cut(stamp, ranges, frozenset(asserted), frozenset(named))


def _named(data: bytes) -> set[bytes]:
    """What the records of a text name, by the look of it; raises AskedOfEntriesError where that is not enough."""
    found: set[bytes] = set()
    for kind, words in _RECORD.findall(data):
        if kind.decode() in ASKING:
            raise AskedOfEntriesError
        if kind.decode() in NAMING:
            found.update(_WORD.findall(words))
    return found


def _asserted(data: bytes) -> set[tuple[str, str]]:
    """Days and accounts that balances are asserted of, by the look of it: what is missed here is read again later."""
    found = set()
    at = data.find(b" balance")
    while at >= 0:
        if match := _ASSERTED.match(data, data.rfind(b"\n", 0, at) + 1):
            found.add((match[1].decode(), match[2].decode(errors="replace")))
        at = data.find(b" balance", at + 1)
    return found


def _scan(task: _Task) -> Part | None:
    """Read one block; None where the file has become shorter, or the parser must read it."""
    with open_regular(task.path) as file:
        file.seek(task.lo)
        data = file.read(task.hi - task.lo)
    block = None
    if len(data) == task.hi - task.lo:
        block = scan(data, task.lo, Asked(task.watched, _names(task.named), _doubtful(task.accounts)))
    return block and Part(task.path, task.lo, task.hi, hashlib.sha256(data).hexdigest(), block)


@lru_cache(maxsize=1)
def _names(joined: bytes) -> frozenset[bytes]:
    """The refs whose entries are set aside; as one text they reach another process sooner."""
    return frozenset(joined.split(b"\n")) if joined else frozenset()


@lru_cache(maxsize=1)
def _doubtful(accounts: Accounts | None) -> Doubtful | None:
    """What tells the entries whose VAT is to be checked in full; one process asks it of many blocks."""
    if accounts is None:
        return None
    from acctkit.vat.columns import PlainVat

    return PlainVat(accounts).doubtful


def _beside(path: str, stamp: Stamp, parts: list[Part], *, with_lots: bool = True) -> Source:
    """The text of a file that stands in no column, each piece followed by a blank line; it knows its line numbers.

    What is bought and sold at cost is in columns `with_lots`.
    """
    texts: list[bytes] = []
    numbers: list[int] = []
    line = 1
    for part in parts:
        lots = part.block.lots.spans if part.block.lots and not with_lots else []
        for span in sorted([*part.block.aside, *lots]):
            text = span.text if span.text.endswith(b"\n") else span.text + b"\n"
            texts.append(text + b"\n")
            first, count = line + span.line, text.count(b"\n")
            numbers += range(first, first + count + 1)
        line += part.block.lines
    numbers.append(line)
    return Source(path, b"".join(texts), stamp, numbers)
