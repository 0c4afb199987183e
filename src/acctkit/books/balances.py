"""The balances of a set of books: from its index where that can be trusted, else from the books."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from acctkit.books.index import IndexedBalances, index_path
from acctkit.books.kept import Distrusted
from acctkit.books.root import Root
from acctkit.ledger.balances import Balances

if TYPE_CHECKING:
    from acctkit.books.reader import Check


def open_balances(root: Root, checks: Callable[[], Sequence[Check]], tell: Callable[[str], None]) -> Balances:
    """The balances of a set of books: from the index where it can be trusted, else from the books.

    `checks` gives what is checked, and is asked only where every entry is read; `tell` is told where an index
    cannot be kept.
    """
    with suppress(Distrusted, sqlite3.Error, OSError, ValueError, KeyError, RuntimeError):
        return IndexedBalances(index_path(root), root, lambda: _read(root, checks, tell))
    return _read(root, checks, tell)


def _read(root: Root, checks: Callable[[], Sequence[Check]], tell: Callable[[str], None]) -> Balances:
    from acctkit.books.indexing import read_balances

    return read_balances(root, checks, tell)
