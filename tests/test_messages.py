"""What the commands say where the books have errors, and the hints that are commands themselves."""

import io
import shlex

import pytest

from acctkit.cli import run
from acctkit.cli.show import show_problems
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Place, error

BOOKS = """option "operating_currency" "GBP"
2026-01-01 open Assets:Bank GBP
2026-01-01 open Expenses:Current-Rent
2026-01-01 open Expenses:Travel
2026-01-02 * "Landlord" "Rent"
  ref: "JNL-0001"
  Expenses:Current-Rent  5.00 GBP
  Assets:Bank           -4.00 GBP
"""
ERRORS = "the books have 1 error (acct check shows them)"


@pytest.fixture
def books(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2026-02-01")
    path = tmp_path / "main.beancount"
    path.write_text(BOOKS)
    return path


def said(capsys, *arguments, code):
    assert run([*map(str, arguments)]) == code
    return capsys.readouterr()


def problems_of(text):
    return Ledger([parse(Source("main.beancount", text.encode()))], Entity()).problems


@pytest.mark.parametrize(
    "arguments",
    [
        ("post", "journal", "Expenses:Travel 5.00", "Assets:Bank -5.00", "-y"),
        ("post", "journal", "Expenses:Travel 5.00", "Assets:Bank -5.00", "-y", "-O", "json"),
        ("reverse", "JNL-0001", "--reason", "twice", "-y"),
        ("audit", "verify"),
        ("tb",),
    ],
)
def test_books_with_errors_are_told_on_standard_error(books, capsys, arguments):
    if arguments[0] == "reverse":
        books.write_text(BOOKS.replace("-4.00", "-5.00") + '2026-01-03 * "x"\n  Assets:Bank  1.00 GBP\n')
    assert ERRORS in said(capsys, *arguments, "-f", books, code=1).err


def test_a_trial_balance_that_differs_says_by_how_much(books, capsys):
    lines = said(capsys, "-f", books, "tb", code=1).out.splitlines()
    assert lines[-3].split() == ["Total", "5.00", "4.00"]
    assert lines[-1].split() == ["Difference", "1.00"]
    books.write_text(BOOKS.replace("-4.00", "-5.00"))
    assert "Difference" not in said(capsys, "-f", books, "tb", code=0).out


@pytest.mark.parametrize("form", ["auto", "markdown", "html"])
def test_a_trial_balance_in_a_file_says_that_the_books_have_errors(books, capsys, form):
    said(capsys, "-f", books, "tb", "-O", form, "-o", "tb.out", code=1)
    assert ERRORS in (books.parent / "tb.out").read_text()
    books.write_text(BOOKS.replace("-4.00", "-5.00"))
    said(capsys, "-f", books, "tb", "-O", form, "-o", "tb.out", code=0)
    assert "errors" not in (books.parent / "tb.out").read_text()


@pytest.mark.parametrize("name", ["rre", "rent-ren", "Ren", "nk"])
def test_what_is_posted_to_a_part_of_a_name_is_refused(books, capsys, name):
    before = books.read_bytes()
    found = said(capsys, "-f", books, "post", "journal", f"{name} 5", "Expenses:Travel -5", "-y", code=2)
    assert f"there is no account `{name}`" in found.err
    assert "did you mean" in found.err
    assert books.read_bytes() == before


@pytest.mark.parametrize("name", ["Bank", "assets:bank", "current-rent"])
def test_the_end_of_a_name_by_whole_parts_is_taken(books, capsys, name):
    found = said(capsys, "-f", books, "post", "journal", f"{name} 5", "Expenses:Travel -5", "-y", "--dry-run", code=0)
    assert "  Expenses:Travel" in found.out


def test_a_report_says_which_account_it_took(books, capsys):
    found = said(capsys, "-f", books, "ledger", "urrent-r", code=1)
    assert "`urrent-r` was taken for Expenses:Current-Rent" in found.err
    assert "taken" not in said(capsys, "-f", books, "ledger", "Current-Rent", code=1).err


def test_a_path_after_check_is_answered_with_f(books, capsys):
    assert "acct -f main.beancount check" in said(capsys, "check", "main.beancount", code=2).err
    assert "acct -f" not in said(capsys, "check", "nowhere.beancount", code=2).err


def test_the_hint_on_a_balance_can_be_run(books, capsys):
    books.write_text(BOOKS.replace("-4.00", "-5.00") + "2026-01-05 balance Assets:Bank  7.00 GBP\n")
    out = said(capsys, "-f", books, "check", code=1).out
    (hint,) = [line for line in out.splitlines() if "shows what it is made of" in line]
    command = shlex.split(hint.partition("hint: ")[2].removesuffix(" shows what it is made of"))
    assert command[:3] == ["acct", "-f", str(books)]
    assert "Landlord" in said(capsys, *command[1:], code=1).out


def test_a_balance_of_no_account_has_no_command():
    found = {p.code: p.hint for p in problems_of(BOOKS + "2026-01-05 balance Assets:Bnk  7.00 GBP\n")}
    assert found["L209"] == "check the account's name"
    assert found["L205"] == "write Assets:Bank"


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        ('note Expenses:Travle "x"', "L205", "write Expenses:Travel"),
        ('note Expenses:Postage "x"', "L205", "open it: 2026-01-05 open Expenses:Postage"),
        ('note Foo:Bar "x"', "L205", "the first part is one of Assets, Liabilities, Equity, Income, Expenses"),
        ("close Expenses:Travle", "L207", "write Expenses:Travel, or remove this line"),
        ("close Expenses:Postage", "L207", "open it, or remove this line"),
        ("close Foo:Bar", "L207", "remove this line"),
    ],
)
def test_an_account_that_is_not_open(line, code, hint):
    assert [p.hint for p in problems_of(f"{BOOKS}2026-01-05 {line}\n") if p.code == code] == [hint]


LOST = (
    BOOKS.replace("-4.00", "-5.00")
    + '2026-01-03 * "Train"\n  memo: hello\n  Expenses:Travel  1.00 GBP\n  Assets:Bank\n'
)


def test_an_entry_lost_to_its_metadata_counts_as_left_out(books, capsys):
    books.write_text(LOST)
    words = "the books have 1 error; 1 entry left out of every figure (acct check shows them)"
    assert said(capsys, "-f", books, "tb", code=1).err.strip() == words
    twice = BOOKS.replace("-4.00", "-5.00") + '  memo: "a"\n  memo: "b"\n'
    assert [(p.code, ledger_of(twice).left_out) for p in problems_of(twice)] == [("J107", 0)]


def ledger_of(text):
    return Ledger([parse(Source("main.beancount", text.encode()))], Entity())


@pytest.mark.parametrize("words", [["tb"], ["ledger", "Assets:Bank"], ["aged", "debtors"]])
def test_a_report_in_a_file_tells_of_the_errors_on_its_foot(books, capsys, words):
    chart = '2026-01-01 open Assets:Debtors\n  role: "debtors"\n'
    books.write_text(BOOKS + chart)
    said(capsys, "-f", books, *words, "-o", "out.txt", code=1)
    assert ERRORS in books.with_name("out.txt").read_text()


def test_the_long_trial_balance_says_what_it_is_out_by(books, capsys):
    lines = said(capsys, "-f", books, "tb", "--movements", code=1).out.splitlines()
    assert lines[-1].split() == ["Difference", "GBP", "1.00", "1.00"]
    books.write_text(BOOKS.replace("-4.00", "-5.00"))
    assert "Difference" not in said(capsys, "-f", books, "tb", "--movements", code=0).out


def test_one_is_one(books, capsys):
    books.write_text(BOOKS.replace("-4.00", "-5.00"))
    assert said(capsys, "-f", books, "check", code=0).out.startswith("1 transaction, 2 postings, 3 accounts, 0 records")


SALE = """2026-01-01 open Assets:Shares
2026-01-01 open Assets:Bank
2026-01-01 open Income:Gains
{}2026-02-01 * "Sold"
  Assets:Shares  -5 HOOL {} @ 9.00 GBP
  Assets:Bank    45.00 GBP
  Income:Gains
"""
BOUGHT = '2026-01-0{} * "Bought"\n  Assets:Shares  2 HOOL {{4.00 GBP}}\n  Assets:Bank\n'


@pytest.mark.parametrize(
    ("bought", "braces", "message", "hint"),
    [
        (0, "{}", "Assets:Shares holds no HOOL that -5 could come from", "what is sold was bought before 2026-02-01"),
        (1, "{3.00 GBP}", "holds no lot that -5 HOOL could come from", "it holds 2 at 4.00 GBP of 2026-01-02"),
        (7, "{3.00 GBP}", "holds no lot that -5 HOOL could come from", "2026-01-06, and 2 lots more"),
        (1, "{}", "-5 HOOL is more than Assets:Shares holds: 2 at 4.00 GBP of 2026-01-02", "the number of units"),
    ],
)
def test_a_sale_of_what_is_not_held_says_what_is(bought, braces, message, hint):
    text = SALE.replace("{}", "\0", 1).replace("{}", braces)
    text = text.replace("\0", "".join(BOUGHT.format(day) for day in range(2, 2 + bought)))
    (problem,) = problems_of(text)
    assert (problem.code, message in problem.message, hint in problem.hint) == ("L203", True, True)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("booking_method", "FIFOO", "write one of STRICT"),
        ("name_assets", "assets", "write one word that begins with a capital"),
        ("account_previous_balances", "opening", "write the end of an account's name"),
        ("plugin_processing_mode", "x", "write default or raw"),
        ("display_precision", "x", "write a commodity and a number"),
        ("tolerance_multiplier", "x", "write a number"),
    ],
)
def test_a_wrong_option_says_what_is_right(name, value, hint):
    assert any(hint in problem.hint for problem in problems_of(f'option "{name}" "{value}"\n'))


def test_an_include_that_finds_nothing_says_what_may_be_meant(books, capsys):
    books.with_name("chart.beancount").write_text("")
    books.write_text('include "chrat.beancount"\ninclude "nothing-like-it.beancount"\n')
    out = said(capsys, "-f", books, "check", code=1).out
    assert "did you mean chart.beancount?" in out
    assert "correct the path, which is relative to the file that includes it" in out


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", [20, 40, 80, 160])
def test_problems_are_wrapped_on_a_screen_and_not_in_a_pipe(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "dumb")
    place = Place("books/journals/2026/2026-04.beancount", 12, 3, 9, "  assets:bank")
    problem = error("L205", "there is no such account " * 6, place, "open it " * 20)
    screen, pipe = Screen(), io.StringIO()
    show_problems([problem], screen)
    show_problems([problem], pipe)
    room = max(columns, len("books/journals/2026/2026-04.beancount:12:3: error L205:"))
    assert all(len(line) <= max(room, 40) for line in screen.getvalue().splitlines())
    assert screen.getvalue().split() == pipe.getvalue().split()
    assert len(pipe.getvalue().splitlines()) == 4
