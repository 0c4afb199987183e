"""Queries, the bank's errors, and the reconciliation statement as it is printed and signed."""

import csv
import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from hypothesis import given

from acctkit.cli import run
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.reconcile import check_reconcile, open_queries, propose, state, statement_table
from acctkit.reconcile.show import Signer
from test_reconcile import DAYS, books
from test_reconcile import book as any_book

BANK = "Assets:Bank"
APRIL_30 = date(2026, 4, 30)
JOURNAL = """\
2026-01-01 open Assets:Bank GBP
  nominal: "1200"
  role: "bank"
2026-01-01 open Assets:Savings GBP
  role: "bank"
2026-01-01 open Income:Sales
2026-01-01 open Expenses:Rent
2026-04-02 * "Ann" "=cmd|' /C calc'!A0"
  ref: "RCT-0001"
  Assets:Bank      100.00 GBP
  Income:Sales
2026-04-03 * "Landlord" "Rent"
  ref: "PAY-0001"
  Assets:Bank      -60.00 GBP
  Expenses:Rent
2026-04-30 custom "statement" "BAN-2026-04" Assets:Bank 4.00 GBP
  opening: 0.00 GBP
  from: 2026-04-01
2026-04-02 custom "statement-line" "BAN-2026-04" "L1" 100.00 GBP "ANN"
2026-04-03 custom "statement-line" "BAN-2026-04" "L2" -66.00 GBP "RENT"
2026-04-04 custom "statement-line" "BAN-2026-04" "L3" -30.00 GBP "DIRECT DEBIT"
2026-05-31 custom "statement" "BAN-2026-05" Assets:Bank 40.00 GBP
  opening: 4.00 GBP
  from: 2026-05-01
2026-05-05 custom "statement-line" "BAN-2026-05" "L4" 30.00 GBP "REFUND"
2026-05-06 custom "statement-line" "BAN-2026-05" "L5" 6.00 GBP "CORRECTION"
2026-05-31 custom "statement" "SAV-2026-05" Assets:Savings 0.00 GBP
2026-05-05 custom "statement-line" "SAV-2026-05" "L4" 0.01 GBP "INTEREST"
2026-05-02 custom "reconcile" "BAN-2026-04" "L1" "RCT-0001" 100.00 GBP
2026-05-02 custom "reconcile" "BAN-2026-04" "L2" "PAY-0001" -60.00 GBP
"""
WRONG = """\
2026-05-02 custom "bank-error" "BAN-2026-04" "L2" "66 for 60"
2026-05-02 custom "bank-error" "BAN-2026-04" "L3" "not ours"
"""
PUT_RIGHT = """\
2026-05-07 custom "bank-error" "BAN-2026-05" "L4" "refunded"
  corrects: "L3"
2026-05-07 custom "bank-error" "BAN-2026-05" "L5" "corrected"
  corrects: "L2"
"""


def book(*texts):
    source = Source("t.beancount", "".join((JOURNAL, *texts)).encode())
    return Ledger([parse(source)], Entity("Acme", "GBP", (3, 31), None))


@pytest.fixture
def books_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2026-06-10")
    monkeypatch.setenv("ACCT_USER", "jo@acme.example")
    monkeypatch.setenv("ACCT_BOOK", "t.beancount")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "t.beancount"
    path.write_text(JOURNAL)
    return path


def said(capsys, *arguments, code=0):
    assert run(list(arguments)) == code
    return capsys.readouterr()


def answer(capsys, *arguments, code=0):
    return json.loads(said(capsys, *arguments, "-O", "json", code=code).out, parse_float=pytest.fail)


# The bank's errors.


def test_a_bank_error_is_taken_back_until_the_bank_puts_it_right():
    ledger = book(WRONG, PUT_RIGHT)
    assert check_reconcile(ledger) == []
    april = state(ledger, BANK, APRIL_30)
    assert [(one.id, one.amount, one.error) for one in april.bank_errors] == [
        ("L2", -600, "66 for 60"),
        ("L3", -3000, "not ours"),
    ]
    assert (april.statement, april.adjusted, april.books) == (400, 4000, 4000)
    assert (april.difference, april.unexplained, april.is_done) == (-3600, 0, True)
    table = statement_table(ledger, april)
    assert ("", "", "", "", "36.00", "36.00") in [row.cells for row in table.rows]
    may = state(ledger, BANK, date(2026, 5, 5))
    assert [one.id for one in may.bank_errors] == ["L2"]
    assert state(ledger, BANK, date(2026, 5, 31)).unrecorded == ()


def test_a_bank_error_is_left_out_of_matching():
    assert [row.line.id for row in propose(book(), BANK).unmatched_lines] == ["L2", "L3", "L4", "L5"]
    assert propose(book(WRONG, PUT_RIGHT), BANK).unmatched_lines == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('2026-05-02 custom "bank-error" "BAN-2026-04" "L9" "x"\n', "has no line L9"),
        ('2026-05-02 custom "bank-error" "BAN-2026-04" "opening" "x"\n', "has no line opening"),
        ('2026-05-02 custom "bank-error" "BAN-2026-09" "L2" "x"\n', "no statement BAN-2026-09"),
        ('2026-05-02 custom "bank-error" "BAN-2026-05" "L4" "x"\n  corrects: "L1"\n', "no bank error L1"),
    ],
)
def test_a_bank_error_names_what_there_is(text, said):
    (problem,) = check_reconcile(book(text))
    assert problem.code == "D303"
    assert said in problem.message


def test_bank_errors_from_the_command_line(books_file, capsys):
    said(capsys, "reconcile", "--bank-error", "L3", "-m", "not ours")
    said(capsys, "reconcile", "--bank-error", "L2", "-m", "66 for 60")
    found = answer(capsys, "reconcile", "1200", "--as-of", "2026-04-30")
    assert found["unmatched_lines"] == []
    assert found["balance"]["difference"] == "-36.00"
    assert (found["balance"]["bank_errors"], found["balance"]["unexplained"]) == ("-36.00", "0.00")
    assert [(one["id"], one["wrong"], one["bank_error"]) for one in found["balance"]["unrecorded"]] == [
        ("L2", "-6.00", "66 for 60"),
        ("L3", "-30.00", "not ours"),
    ]
    listed = answer(capsys, "reconcile", "1200", "--queries", code=3)["queries"]
    assert [(one["about"], one["to"], one["id"], one["amount"]) for one in listed] == [
        ("bank-error", "bank", "L2", "-6.00"),
        ("bank-error", "bank", "L3", "-30.00"),
    ]
    for words in (
        ("L3", "-m", "again"), ("L1", "-m", "x"), ("L2",), ("RCT-0001", "-m", "x"), ("L9", "-m", "x"),
        ("L5", "-m", "x", "--corrects", "L1"), ("L4", "-m", "x"), ("L5", "-m", "x", "--to", "bank"),
    ):  # fmt: skip
        assert "X907" in said(capsys, "reconcile", "--bank-error", *words, code=2).err
    said(capsys, "reconcile", "1200", "--bank-error", "L4", "-m", "refund", "--corrects", "L3")
    said(capsys, "reconcile", "1200", "--bank-error", "L5", "-m", "corrected", "--corrects", "L2")
    assert answer(capsys, "reconcile", "--queries")["queries"] == []
    assert answer(capsys, "check")["problems"] == []


# Queries.


def test_a_query_is_asked_listed_and_answered(books_file, capsys):
    said(capsys, "reconcile", "--query", "L2", "--to", "landlord", "-m", "Why 66?")
    said(capsys, "reconcile", "--query", "RCT-0001", "--to", "Ann", "-m", "For what?")
    found = answer(capsys, "reconcile", "1200", "--queries", code=3)
    written = books_file.read_text().splitlines()
    assert ["custom" in written[one.pop("line") - 1] for one in found["queries"]] == [True, True]
    assert found == {
        "schema": "acctkit.queries/1",
        "problems": {"errors": 0, "warnings": 0},
        "account": "Assets:Bank",
        "as_of": "2026-06-10",
        "queries": [
            {
                "about": "line", "id": "L2", "statement": "BAN-2026-04", "account": "Assets:Bank", "to": "landlord",
                "query": "Why 66?", "asked": "2026-06-10", "days": 0, "date": "2026-04-03", "details": "RENT",
                "amount": "-66.00", "currency": "GBP", "file": "t.beancount",
            },
            {
                "about": "entry", "id": "RCT-0001", "statement": "", "account": "Assets:Bank", "to": "Ann",
                "query": "For what?", "asked": "2026-06-10", "days": 0, "date": "2026-04-02",
                "details": "Ann =cmd|' /C calc'!A0", "amount": "100.00", "currency": "GBP",
                "file": "t.beancount",
            },
        ],
    }  # fmt: skip
    assert answer(capsys, "--today", "2026-06-12", "reconcile", "--queries", code=3)["queries"][0]["days"] == 2
    said(capsys, "reconcile", "--answer", "RCT-0001", "-m", "For work")
    assert '"undo" "query" "RCT-0001" "Ann" "For what?"\n  reason: "For work"' in books_file.read_text()
    assert [one["to"] for one in answer(capsys, "reconcile", "--queries", code=3)["queries"]] == ["landlord"]


@pytest.mark.parametrize(
    "words",
    [
        ("--query", "L4", "--to", "x", "-m", "of which account?"),
        ("--query", "L9", "--to", "x", "-m", "?"),
        ("--query", "L2", "-m", "?"),
        ("--query", "L2", "--to", "x"),
        ("--answer", "L2", "-m", "never asked"),
        ("--answer", "L2"),
        ("--answer", "L2", "--query", "L2", "-m", "x"),
        ("--query", "L2", "--corrects", "L3", "-m", "x"),
        ("--to", "x"),
    ],
)
def test_what_is_not_clear_is_refused(books_file, capsys, words):
    assert "X907" in said(capsys, "reconcile", *words, code=2).err
    assert books_file.read_text() == JOURNAL


def test_two_queries_about_one_line_are_answered_by_whom_they_ask(books_file, capsys):
    for whom in ("owner", "landlord"):
        said(capsys, "reconcile", "--query", "BAN-2026-04/L2", "--to", whom, "-m", "Why?")
    assert "--to WHOM" in said(capsys, "reconcile", "--answer", "L2", "-m", "So", code=2).err
    said(capsys, "reconcile", "--answer", "L2", "-m", "So", "--to", "owner")
    assert [one["to"] for one in answer(capsys, "reconcile", "--queries", code=3)["queries"]] == ["landlord"]


def test_queries_are_exported_safely(books_file, capsys):
    said(capsys, "reconcile", "--query", "RCT-0001", "--to", "=Ann", "-m", "+44 for what?")
    (row,) = csv.DictReader(io.StringIO(said(capsys, "reconcile", "--queries", "-O", "csv", code=3).out))
    assert (row["Whom"], row["Query"], row["Amount"]) == ("'=Ann", "'+44 for what?", "100.00")


def test_a_query_about_anything_else_is_listed_too():
    (query,) = open_queries(book('2026-05-01 custom "query" "PO-1/1" "x" "y"\n'), APRIL_30)
    assert (query.kind, query.name, query.amount) == ("other", "PO-1/1", "")


# The statement on paper.


@given(books(), DAYS)
def test_the_printed_figures_add_up(text, day):
    ledger = any_book(text)
    recon = state(ledger, "Assets:Bank:Current", date(2026, 4, day), "GBP")
    rows = statement_table(ledger, recon, (Signer("Prepared"),)).rows
    balances = {row.cells[2]: Decimal(row.cells[5]) for row in rows if row.cells and row.cells[5] and row.cells[2]}
    adjusted = next(at for at, row in enumerate(rows) if row.cells[2] == "Adjusted bank balance")
    above = sum(Decimal(row.cells[5]) for row in rows[:adjusted] if row.cells[5])
    assert above == balances["Adjusted bank balance"]
    assert balances["Adjusted bank balance"] - balances["Balance per books"] == balances["Difference"]
    below = next(at for at, row in enumerate(rows) if row.cells[2:3] == ("Difference",)) + 1
    left = sum(Decimal(row.cells[5]) for row in rows[below:] if row.cells and row.cells[5])
    assert left == balances["Difference"]
    total = Decimal(0)
    for row in rows:
        if row.style == "heading":
            total = Decimal(0)
        elif row.style == "subtotal" and row.cells[4]:
            assert total == Decimal(row.cells[4])
        elif row.cells and row.cells[4]:
            total += Decimal(row.cells[4])


def test_the_statement_only_reads(books_file, capsys, tmp_path):
    books_file.write_text(JOURNAL + WRONG)
    before = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*.beancount"))
    for form in ("plain", "table", "csv", "markdown", "html", "json"):
        said(capsys, "reconcile", "1200", "--statement", "BAN-2026-04", "-O", form)
    for form in ("xlsx", "pdf"):
        said(capsys, "reconcile", "--statement", "BAN-2026-04", "-O", form, "-o", f"out.{form}")
    assert sorted((path, path.read_bytes()) for path in tmp_path.rglob("*.beancount")) == before
    (page,) = pypdf.PdfReader(tmp_path / "out.pdf").pages
    text = page.extract_text()
    for words in ("Bank reconciliation: Assets:Bank", "66 for 60", "36.00", "Prepared by ____", "Page 1 of 1"):
        assert words in text


def test_no_payee_becomes_a_formula_in_the_workbook(books_file, capsys, tmp_path):
    evil = '2026-04-29 * "=cmd|calc!A0" "x"\n  ref: "RCT-0002"\n  Assets:Bank  1.00 GBP\n  Income:Sales\n'
    books_file.write_text(JOURNAL + WRONG + evil)
    said(capsys, "reconcile", "--statement", "BAN-2026-04", "-O", "xlsx", "-o", "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        assert "=cmd|calc!A0 x" in book.read("xl/sharedStrings.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<v>-36" not in sheet
    assert "<v>36" in sheet
    assert ",'=cmd|calc!A0 x," in said(capsys, "reconcile", "--statement", "BAN-2026-04", "-O", "csv").out


def test_a_statement_by_the_last_day_of_a_name_that_is_a_day(books_file, capsys):
    by_id = answer(capsys, "reconcile", "--statement", "BAN-2026-04", code=3)
    by_day = answer(capsys, "reconcile", "1200", "--statement", "2026-04-30", code=3)
    assert (by_id["id"], by_day["id"]) == ("BAN-2026-04", None)
    assert by_id["text"] == by_day["text"]
    for name in ("tomorrow", "last month", "2026-04", "BAN-2026-4", "x"):
        assert "X907" in said(capsys, "reconcile", "1200", "--statement", name, code=2).err
