"""Opening books for a command, and saying on standard error what is wrong with them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from acctkit.cli.context import Context
from acctkit.cli.show import tell
from acctkit.cli.waiting import long_reading
from acctkit.problem import ERROR, Problem, Refusal

if TYPE_CHECKING:
    from acctkit.books.reader import Books, Check
    from acctkit.ledger.ledger import Ledger


def checks() -> Sequence[Check]:
    """All that is checked of a ledger beyond its own arithmetic, imported when it is: the pen often needs no check."""
    return _items, _reconciled, _vat


def _items(ledger: Ledger) -> list[Problem]:
    from acctkit.ledger.items import check_items

    return check_items(ledger)


def _reconciled(ledger: Ledger) -> list[Problem]:
    from acctkit.reconcile import check_reconcile

    return check_reconcile(ledger)


def _vat(ledger: Ledger) -> list[Problem]:
    from acctkit.vat.checks import check_vat

    return check_vat(ledger)


def load(context: Context) -> Books:
    """Open the books and say how many errors they have."""
    from acctkit.books.reader import open_books

    with long_reading():
        books = open_books(context.root(), checks())
    warn(books.ledger.problems, books.ledger.left_out)
    return books


def warn(problems: list[Problem], left_out: int) -> None:
    """One line on standard error where books have errors."""
    if words := errors_in_words(sum(problem.severity == ERROR for problem in problems), left_out):
        tell(words)
        sys.stderr.flush()


def errors_in_words(errors: int, left_out: int = 0) -> str:
    """How many errors the books have and how many entries are left out, "" where there are none."""
    if not errors:
        return ""
    plural = "s" if errors != 1 else ""
    out = f"; {left_out} entr{'ies' if left_out != 1 else 'y'} left out of every figure" if left_out else ""
    return f"the books have {errors} error{plural}{out} (acct check shows them)"


def account_for_report(ledger: Ledger, name: str) -> str:
    """The account a report is asked for; a part of one name only will do, and it is said which was taken."""
    from acctkit.reports.account import accounts_like, find_account

    try:
        return find_account(ledger, name)
    except Refusal:
        found = accounts_like(ledger, name)
        if len(found) != 1:
            raise
    tell(f"`{name}` was taken for {found[0]}")
    return found[0]


def pasteable(problems: Iterable[Problem], file: str | None) -> list[Problem]:
    """Problems whose hints name the books as this run did, so that a command in them can be run as it stands."""
    begin = f"acct -f {shlex.quote(file)} ledger " if file else ""
    return [
        p._replace(hint=begin + p.hint.removeprefix("acct ledger "))
        if begin and p.hint.startswith("acct ledger ")
        else p
        for p in problems
    ]


def exit_code(problems: list[Problem]) -> int:
    """0, or 1 where the books have errors."""
    return int(any(problem.severity == ERROR for problem in problems))
