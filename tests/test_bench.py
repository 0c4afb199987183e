"""The made-up books that speed is measured on are sound, and so is the arithmetic of the measuring."""

import os
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from acctkit.books.reader import open_books
from acctkit.books.root import find_root
from acctkit.cli.load import checks
from acctkit.reports.trial_balance import trial_balance

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
COUNT = 400


@pytest.fixture(scope="module")
def bench(request):
    sys.path.insert(0, str(BENCHMARKS))
    import books
    import measure
    import performance

    yield books, performance, measure
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def written(bench, tmp_path_factory):
    return bench[0].write_books(COUNT, tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("layout", ["single", "months"])
def test_made_up_books_are_without_problems_and_hold_what_they_were_made_with(written, layout):
    opened = open_books(find_root(str(getattr(written, layout)), {}, Path.cwd()), checks())
    assert [problem for problem in opened.ledger.problems if problem.code != "A602"] == []
    assert len(opened.ledger.transactions) == COUNT
    rows = trial_balance(opened.ledger, None, date(2026, 1, 1), cumulative=True).rows
    found = {f"{row.account} {row.commodity}": opened.ledger.show(row.movement.closing, row.commodity) for row in rows}
    made = {key: Decimal(number) for key, number in written.balances.items() if Decimal(number)}
    assert {key: Decimal(number) for key, number in found.items() if Decimal(number)} == made


def test_made_up_books_are_the_same_each_time_and_for_every_tool(bench, written, tmp_path):
    again = bench[0].write_books(COUNT, tmp_path)
    assert again.single.read_bytes() == written.single.read_bytes()
    assert again.balances == written.balances
    journal = written.ledger.read_text()
    assert journal.count("\n20") + journal.count("\nP ") > COUNT
    text = written.single.read_text()
    assert COUNT / 4 < text.count("  type: ") < COUNT / 2
    assert text.count(" balance ") == written.assertions == COUNT // 10
    assert all(word in text for word in (" @ 0.", " {", '    vat: "S"', " price "))
    assert any('custom "allocate"' in path.read_text() for path in written.months.glob("journals/*/*"))


def test_growth_and_goals(bench):
    performance = bench[1]
    assert performance.exponent([(10, 30), (100, 300), (1000, 3000)]) == pytest.approx(1)
    assert performance.exponent([(10, 5), (1000, 5)]) == pytest.approx(0)
    rows = [
        performance.Row(performance.COLD, 100, 100, 5, 5),
        performance.Row("hledger bal", 300, 300, 5, 5, "hledger"),
    ]
    found = [performance.Measured(10_000, "2026-01-01", "acct", rows)]
    verdicts = {row[0]: row[3] for row in performance.goal_rows(found)}
    assert verdicts["acct tb, cold, 10,000: times as fast as hledger bal"] == "met"
    assert verdicts["acct tb, cold, 100,000: times as fast as ledger bal"] == "not measured"
    rows[1].wall = 299
    verdicts = {row[0]: row[3] for row in performance.goal_rows(found)}
    assert verdicts["acct tb, cold, 10,000: times as fast as hledger bal"] == "NOT met"


def spent(measure, folder, code, limit=20, *, watched=False):
    return measure.spend("it", [sys.executable, "-c", code], dict(os.environ), folder, limit, watched=watched)


def test_a_command_that_fails_or_takes_too_long_is_named_with_the_reason(bench, tmp_path):
    measure = bench[2]
    with pytest.raises(measure.Failed, match="it: exit code 3: no such book"):
        spent(measure, tmp_path, "import sys; print('no such book', file=sys.stderr); sys.exit(3)")
    with pytest.raises(measure.Failed, match=r"stopped after 0\.2 seconds"):
        spent(measure, tmp_path, "import time; time.sleep(60)", 0.2)


def test_memory_is_that_of_all_processes_together(bench, tmp_path):
    grow = "import os, time; pid = os.fork(); held = b'x' * 40_000_000; time.sleep(1.5); pid and os.wait()"
    run = spent(bench[2], tmp_path, grow, watched=True)
    assert 80_000_000 < run.peak < 200_000_000
    assert run.wall > 500_000_000
