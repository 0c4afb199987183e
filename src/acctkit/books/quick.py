"""Appending plain entries by what the index knows of the books, with none of their entries read.

What the index cannot judge, it does not: then the pen reads the books, and appends or refuses as ever.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, NoReturn

from acctkit.audit import Chain
from acctkit.audit.seals import Seal
from acctkit.books.covers import name_inside
from acctkit.books.growth import FEWEST_BYTES, Known, Tail, require_known_refs, require_plain, required, vat_problems
from acctkit.books.index import IndexedBalances, index_path
from acctkit.books.kept import Distrusted
from acctkit.books.root import Root
from acctkit.journal.fast import Block
from acctkit.ledger.ledger import numbering
from acctkit.problem import Problem

_WORTH_AN_INDEX = FEWEST_BYTES  # of journal: what an index may grow by, so that posting goes on being quick


class Standing(NamedTuple):
    """What the pen needs of books that it did not read.

    `target` is the file to append to, `size` its bytes, `lines` its lines, `end` its last byte. `chain` is that of the
    seals, with the last of them alone, `since` the bytes after it, `outside` the files that seals cover beside it.
    """

    target: Path
    size: int
    lines: int
    end: bytes
    chain: Chain
    since: list[bytes]
    outside: dict[str, bytes]
    problems: list[Problem]


class Quick:
    """Books as far as the index knows them. `options` and `next_refs` are all that plain entries ask of a ledger."""

    def __init__(self, root: Root) -> None:
        """Raises Distrusted where the index cannot be believed, or does not know enough."""
        try:
            self._held = IndexedBalances(index_path(root), root, _unread)
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError, RuntimeError):
            raise Distrusted from None
        if self._held.known is None:
            raise Distrusted
        self._root = root
        self._known = Known(*self._held.known)
        if self._known.has_pending:  # then nothing is sealed
            raise Distrusted
        self._growth = self._held.growth
        self.options = SimpleNamespace(roots=self._held.roots)

    def next_refs(self, entry_type: str, count: int = 1) -> list[str]:
        """The next free refs of the series that entries of a type are numbered in; see Ledger.next_refs."""
        known = dict(self._known.latest)
        last = {prefix: row[0] for prefix, row in self._known.series.items()}
        for block in self._blocks():
            known |= {kind: ref for kind, (_, ref) in block.facts.latest.items()}
            for prefix, numbers in block.facts.series.items():
                last[prefix] = max(numbers[-1][1], last.get(prefix, 0))
        prefix, width = numbering(entry_type, known.get(entry_type, ""))
        if not prefix:  # then an id of digits alone might stand in the series
            raise Distrusted
        number = max(last.get(prefix, 0), 0)
        return [f"{prefix}{number + step:0{width}d}" for step in range(1, count + 1)]

    def require_plain(self, block: bytes) -> None:
        """Raises Distrusted where a draft is more than plain entries, or would bring a problem."""
        tail = Tail("draft", 0, block.lstrip(b"\n"))
        found = require_plain(tail)
        blocks = [*self._blocks(), found]
        require_known_refs(self._known, blocks)
        required(found, self._known, self._held, sum((one.used for one in blocks), Counter()))
        if vat_problems(tail, self._held):
            raise Distrusted

    def _blocks(self) -> list[Block]:
        return [self._growth.block] if self._growth else []

    def standing(self, today: date) -> Standing:
        """Where the books stand; raises Distrusted where a new file is to be begun, or text is not sealed yet."""
        root, known = self._root, self._known
        target = self._target(today)
        size, lines = self._held.file(str(target)) or (0, 0)
        if self._growth:
            tail = self._growth.tail
            size, lines = tail.offset + len(tail.data), lines + tail.data.count(b"\n")
        with target.open("rb") as file:
            file.seek(max(0, size - 1))
            end = file.read(1)
            if len(end + file.read()) > 1:
                raise Distrusted  # it has grown meanwhile
        chain, since = self._chain(known)
        return Standing(target, size, lines, end, chain, since, self._outside(root, known), list(self._held.problems))

    def _target(self, today: date) -> Path:
        """The newest file of the stream, which must be this month's or later: a new one is the pen's to begin."""
        newest = Path(self._known.newest)
        folder = self._root.folder
        if not self._known.newest:
            raise Distrusted
        if folder is not None and newest < folder / "journals" / f"{today:%Y}" / f"{today:%Y-%m}.beancount":
            raise Distrusted
        return newest

    def _chain(self, known: Known) -> tuple[Chain, list[bytes]]:
        """The chain up to its last seal, and what follows it: nothing, or all there is where there is no seal."""
        if self._growth and self._growth.chain:
            chain = self._growth.chain
            return chain._replace(covers={**known.covers, **chain.covers}), []
        if known.seals is None:
            raise Distrusted
        if known.seals:
            number, head = known.seals
            return Chain([Seal(int(number), "", "", str(head), "", 0)], [], [], known.covers), []
        return Chain([], [], [], {}), [Path(name).read_bytes() for name in known.stream]

    def _outside(self, root: Root, known: Known) -> dict[str, bytes]:
        """The files that seals cover beside the stream, by their names as seen from the folder of the books."""
        names = [name for name in self._held.files() if name not in known.stream]
        return {name_inside(root.folder or root.file.parent, name): Path(name).read_bytes() for name in names}


def _unread() -> NoReturn:
    raise Distrusted


def open_quick(root: Root) -> Quick | None:
    """The books by their index, made where that is sooner done than reading them; None where it does not do."""
    for again in (False, True):
        try:
            return Quick(root)
        except Distrusted:
            if again or not _is_large(root):
                return None
        from acctkit.books.indexing import index_by_block

        if not index_by_block(root):
            return None
    return None


def _is_large(root: Root) -> bool:
    """Whether the journals by the root file hold so much that an index is worth making."""
    size = 0
    for path in root.file.parent.rglob("*.beancount") if root.folder else [root.file]:
        try:
            size += path.stat().st_size
        except OSError:
            continue
    return size >= _WORTH_AN_INDEX
