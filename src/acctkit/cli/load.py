"""Opening books for a command, and saying on standard error what is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from acctkit.cli.context import Context
from acctkit.cli.show import tell
from acctkit.problem import ERROR, Problem

if TYPE_CHECKING:
    from acctkit.books.reader import Books, Check


def checks() -> Sequence[Check]:
    """All that is checked of a ledger beyond its own arithmetic."""
    from acctkit.ledger.items import check_items
    from acctkit.reconcile import check_reconcile
    from acctkit.vat.checks import check_vat

    return check_items, check_reconcile, check_vat


def load(context: Context) -> Books:
    """Open the books and say how many errors they have."""
    from acctkit.books.reader import open_books

    books = open_books(context.root(), checks())
    warn(books.ledger.problems, books.ledger.left_out)
    return books


def warn(problems: list[Problem], left_out: int) -> None:
    """One line on standard error where books have errors."""
    errors = sum(problem.severity == ERROR for problem in problems)
    if errors:
        plural = "s" if errors != 1 else ""
        out = f"; {left_out} entr{'ies' if left_out != 1 else 'y'} left out of every figure" if left_out else ""
        tell(f"the books have {errors} error{plural}{out} (acct check shows them)")
        sys.stderr.flush()


def exit_code(problems: list[Problem]) -> int:
    """0, or 1 where the books have errors."""
    return int(any(problem.severity == ERROR for problem in problems))
