"""The reconciliation prompt, answered by a script: every answer is in the books at once."""

import io
from datetime import date

import pytest

from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli import prompt, run
from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.cli.show import folded
from acctkit.problem import ERROR
from acctkit.reconcile import state
from test_cli import JOURNAL, SETTINGS

LINES = """\
id,date,description,amount,balance
L1,2026-04-28,FPI ACME LTD INV42,1200.00,6090.10
L2,2026-04-29,CHARGES,-6.00,6084.10
L3,2026-04-29,CASH IN,50.00,6134.10
L4,2026-04-30,SHOP,-24.00,6110.10
"""
TIES = """\
2026-04-29 * "One" "cash"
  ref: "RCT-0013"
  Assets:Bank:Current  50.00 GBP
  Income:Design
2026-04-29 * "Two" "cash"
  ref: "RCT-0014"
  Assets:Bank:Current  50.00 GBP
  Income:Design
"""


@pytest.fixture
def books(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2026-05-10")
    monkeypatch.setenv("ACCT_USER", "jo@acme.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "acct.toml").write_text(SETTINGS.replace("GB123456782", "GB765432126"))
    (tmp_path / "journals" / "2026").mkdir(parents=True)
    (tmp_path / "journals" / "main.beancount").write_text('include "*/*.beancount"\n')
    (tmp_path / "journals" / "2026" / "2026-05.beancount").write_text(JOURNAL + TIES)
    (tmp_path / "april.csv").write_text(LINES)
    assert run(["import", "april.csv", "--account", "1200"]) == 0
    return Root(tmp_path / "journals" / "main.beancount", tmp_path)


def work(monkeypatch, *answers):
    """Answer the prompts one by one; an exception class is raised instead of an answer."""
    left = list(answers)

    def ask(question, **_):
        reply = left.pop(0)
        if isinstance(reply, type):
            raise reply
        print(f"{question}: {reply}")
        return reply

    monkeypatch.setattr(prompt.typer, "prompt", ask)
    context = Context(None, date(2026, 5, 10), 100, is_terminal=True, colour=False, can_ask=True)
    prompt.work_through(context, "Assets:Bank:Current", None)
    return left


def ledger_of(root):
    books = open_books(root, checks())
    assert not [p for p in books.ledger.problems if p.severity == ERROR]
    return books.ledger


def matches(ledger):
    return [(record.text(1), record.text(2)) for record in ledger.records("reconcile")]


def test_accept_choose_post_query_skip_undo_and_quit(books, monkeypatch, capsys):
    left = work(
        monkeypatch,
        "y",  # the certain ones: the opening and L1
        "p", "Expenses:Stationery", "E", "Bank charges",  # L2: a new entry
        "u", "y",  # taken back
        "p", "Expenses:Stationery", "", "Bank charges",  # and posted without a code
        "2",  # L3: the second of two candidates; the other cash receipt stays open
        "q", "owner", "what did we buy?",  # L4: a question, and it is skipped
    )  # fmt: skip
    assert left == []
    ledger = ledger_of(books)
    assert matches(ledger) == [("opening", "OPN-0001"), ("L1", "RCT-0012"), ("L2", "PAY-0002"), ("L3", "RCT-0014")]
    reversal = ledger.entry("REV-0001")
    assert reversal.meta["reverses"] == "PAY-0001"
    assert [record.values for record in ledger.records("query")] == [("CUR-2026-04/L4", "owner", "what did we buy?")]
    recon = state(ledger, "Assets:Bank:Current", date(2026, 4, 30))
    assert [item.id for item in recon.unrecorded] == ["L4"]
    assert [item.id for item in recon.lodgements] == ["RCT-0013"]
    assert recon.unpresented == ()
    assert "1 line left for another time" in capsys.readouterr().out


def test_vat_is_taken_out_of_the_gross(books, monkeypatch):
    work(monkeypatch, "y", "s", "s", "p", "Expenses:Stationery", "S", "Paper")
    ledger = ledger_of(books)
    legs = {p.account: (str(p.number), p.meta.get("vat")) for p in ledger.entry("PAY-0001").postings}
    assert legs == {
        "Assets:Bank:Current": ("-24.00", None),
        "Expenses:Stationery": ("20.00", "S"),
        "Liabilities:VAT": ("4.00", "S"),
    }


def test_nothing_answered_is_lost_on_ctrl_c_and_work_goes_on_where_it_stopped(books, monkeypatch, capsys):
    with pytest.raises(KeyboardInterrupt):
        work(monkeypatch, "y", KeyboardInterrupt)
    assert "every answer so far is in the books" in capsys.readouterr().out
    assert matches(ledger_of(books)) == [("opening", "OPN-0001"), ("L1", "RCT-0012")]
    work(monkeypatch, "s", "1", "x")
    assert matches(ledger_of(books))[-1] == ("L3", "RCT-0013")


def test_a_refused_answer_says_why_and_goes_on(books, monkeypatch, capsys):
    work(monkeypatch, "y", "p", "No:Such", "9", "nonsense", "x")
    out = capsys.readouterr().out
    assert "there is no account `No:Such`" in out
    assert "there is no candidate 9" in out
    assert "`nonsense` is not an answer" in out
    assert matches(ledger_of(books)) == [("opening", "OPN-0001"), ("L1", "RCT-0012")]


def test_a_line_of_the_prompt_breaks_between_words_at_the_edge_of_a_screen(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("COLUMNS", "40")
    long = "   2  2026-03-31  RCT-0105  Alderton & Pike Solicitors LLP | Cheque banked, INV-0076"
    on_screen = folded(long, Screen())
    assert on_screen.split() == long.split()
    assert max(map(len, on_screen.splitlines())) <= 40
    assert on_screen.splitlines()[1].startswith(" " * 9)
    assert folded(long, io.StringIO()) == long
    assert folded("  short", Screen()) == "  short"
