"""The demonstration company: what stands in the project is what its script makes, and acct finds no fault in it."""

import subprocess
import sys
from datetime import date
from pathlib import Path

from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli.load import checks
from acctkit.reports.trial_balance import total, trial_balance

HERE = Path(__file__).resolve().parent.parent


def test_the_script_makes_the_books_that_stand_here():
    run = subprocess.run([sys.executable, HERE / "examples" / "make_demo.py", "--check"], check=False)
    assert run.returncode == 0


def test_the_books_have_no_problems_and_their_trial_balance_balances():
    books = open_books(Root(HERE / "journals" / "main.beancount", HERE), checks())
    assert books.ledger.problems == []
    balance = trial_balance(books.ledger, None, date(2026, 3, 31))
    assert total(balance.rows).base_closing == 0
    assert sum(row.movement.base_closing for row in balance.rows if row.movement.base_closing > 0) == 35143202
