"""The one reader: a set of books from its files, checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from acctkit.audit import check_locks, check_seals
from acctkit.books.config import read_entity
from acctkit.books.files import read_journal
from acctkit.books.root import Root, is_in_stream
from acctkit.journal.parser import Parsed
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem, in_order

Check = Callable[[Ledger], list[Problem]]


@dataclass(frozen=True, slots=True)
class Books:
    """A set of books as it was read: where it is, its files, and the ledger they make."""

    root: Root
    entity: Entity
    files: list[Parsed]
    ledger: Ledger

    @property
    def stream(self) -> list[Source]:
        """The files acct appends to, in the order of their names."""
        return stream_of(self.root, self.files)


def open_books(root: Root, checks: Sequence[Check], *, strict: bool = False) -> Books:
    """Read a set of books and check them; `strict` reads nothing outside their folder.

    Raises Refusal where its root or settings cannot be read.
    """
    entity = read_entity(root.settings)
    return make_books(root, entity, read_journal(root.file, root.folder, strict=strict), checks)


def make_books(root: Root, entity: Entity, files: list[Parsed], checks: Sequence[Check]) -> Books:
    """The books that files make; the ledger's problems are all there are: its own, the checks', seals, locks."""
    ledger = Ledger(files, entity, stream=names_of_stream(root, files))
    found = [problem for check in (*checks, check_locks) for problem in check(ledger)]
    found += check_seals(stream_of(root, files))
    ledger.problems = in_order(ledger.problems + found)
    return Books(root, entity, files, ledger)


def stream_of(root: Root, files: list[Parsed]) -> list[Source]:
    """The files of a book that acct appends to, in the order of their names."""
    if root.folder is None:
        return [files[0].source]
    inside = [p.source for p in files if is_in_stream(root, Path(p.source.name))]
    return sorted(inside, key=lambda source: source.name)


def names_of_stream(root: Root, files: list[Parsed]) -> set[str]:
    """The names of the files that acct appends to: all else stands before them."""
    return {source.name for source in stream_of(root, files)}
