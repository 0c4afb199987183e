"""The command line as scripts call it: JSON shapes, exit codes, options, and what a terminal sees."""

import json
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from acctkit import cli
from acctkit.cli import run
from acctkit.cli.context import Context
from acctkit.cli.options import Format
from acctkit.cli.show import show
from acctkit.table import MONEY, Column, Row, Table

TODAY = "2026-05-10"
JOURNAL = """\
2026-04-01 open Assets:Bank:Current GBP
  nominal: "1200"
  role: "bank"
2026-04-01 open Assets:Debtors GBP
  role: "debtors"
2026-04-01 open Liabilities:Creditors GBP
  role: "creditors"
2026-04-01 open Liabilities:VAT GBP
  role: "vat"
2026-04-01 open Income:Design GBP
2026-04-01 open Expenses:Stationery GBP
2026-04-01 open Equity:Opening GBP
  role: "opening"
2026-04-01 custom "customer" "ACME" "Acme Ltd"
  terms: "30 days"
2026-04-01 * "Opening balances"
  type: "opening"
  ref: "OPN-0001"
  Assets:Bank:Current  4890.10 GBP
  Equity:Opening
2026-04-14 * "Acme Ltd" "Website redesign" ^INV-0042
  type: "sales-invoice"
  ref: "INV-0042"
  party: "ACME"
  due: 2026-05-14
  Assets:Debtors         1200.00 GBP
  Income:Design         -1000.00 GBP
    vat: "S"
  Liabilities:VAT        -200.00 GBP
    vat: "S"
2026-04-28 * "Acme Ltd" "FPI ACME LTD INV42"
  type: "receipt"
  ref: "RCT-0012"
  party: "ACME"
  Assets:Bank:Current    1200.00 GBP
  Assets:Debtors        -1200.00 GBP
"""
SETTINGS = """\
[entity]
name = "Acme Design Ltd"
currency = "GBP"
year-end = "03-31"

[vat]
country = "GB"
number = "GB123456782"
"""
STATEMENT = """\
id,date,description,amount,balance
L1,2026-04-28,FPI ACME LTD INV42,1200.00,6090.10
L2,2026-04-30,CHARGES,-6.00,6084.10
"""


@pytest.fixture(autouse=True)
def world(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", TODAY)
    monkeypatch.setenv("ACCT_USER", "jo@acme.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ACCT_BOOK", raising=False)


@pytest.fixture
def books(tmp_path):
    (tmp_path / "acct.toml").write_text(SETTINGS.replace("GB123456782", "GB765432126"))
    (tmp_path / "journals" / "2026").mkdir(parents=True)
    (tmp_path / "journals" / "main.beancount").write_text('include "*/*.beancount"\n')
    (tmp_path / "journals" / "2026" / "2026-05.beancount").write_text(JOURNAL)
    (tmp_path / "april.csv").write_text(STATEMENT)
    return tmp_path


def answer(capsys, *arguments, code=0):
    assert run([*arguments, "-O", "json"]) == code
    return json.loads(capsys.readouterr().out, parse_float=pytest.fail)


def test_check(books, capsys):
    found = answer(capsys, "check")
    assert next(iter(found)) == "schema"
    assert found["schema"] == "acctkit.check/1"
    assert found["ok"] is True
    assert found["counts"]["transactions"] == 3
    (books / "journals" / "2026" / "2026-05.beancount").write_text(JOURNAL.replace("-200.00", "-100.00"))
    found = answer(capsys, "check", code=1)
    assert found["ok"] is False
    problem = found["problems"][0]
    assert {"code", "severity", "message", "file", "line", "column", "hint"} <= problem.keys()
    assert problem["code"] == "L201"


def test_tb_of_a_financial_year(books, capsys):
    found = answer(capsys, "tb", "--as-of", "2026-04-30")
    assert found["schema"] == "acctkit.tb/1"
    assert found["problems"] == {"errors": 0, "warnings": 0}
    assert found["as_of"] == "2026-04-30"
    rows = {row["account"]: row for row in found["rows"]}
    bank = rows["Assets:Bank:Current"]
    assert bank["nominal"] == "1200"
    assert (bank["opening"], bank["debit"], bank["credit"], bank["closing"]) == (
        "4890.10",
        "1200.00",
        "0.00",
        "6090.10",
    )
    assert bank["base"] == {k: bank[k] for k in ("opening", "debit", "credit", "closing")}
    assert rows["Assets:Debtors"]["closing"] == "0.00"
    assert rows["Assets:Debtors"]["debit"] == rows["Assets:Debtors"]["credit"] == "1200.00"
    assert found["totals"]["GBP"]["closing"] == found["totals"]["base"]["closing"] == "0.00"


def test_results_of_earlier_years_stand_in_retained_earnings(books, capsys):
    rows = {row["account"]: row for row in answer(capsys, "tb", "--as-of", "2027-04-30")["rows"]}
    assert "Income:Design" not in rows
    assert rows["Equity:Retained-Earnings"]["opening"] == "-1000.00"
    rows = {row["account"]: row for row in answer(capsys, "tb", "--as-of", "2027-04-30", "--cumulative")["rows"]}
    assert rows["Income:Design"]["closing"] == "-1000.00"
    assert rows["Income:Design"]["opening"] == "0.00"


def test_a_single_journal_has_no_years(tmp_path, capsys):
    (tmp_path / "one.beancount").write_text(JOURNAL)
    rows = {row["account"]: row for row in answer(capsys, "-f", "one.beancount", "tb")["rows"]}
    assert rows["Assets:Bank:Current"]["opening"] == "0.00"
    assert rows["Assets:Bank:Current"]["closing"] == "6090.10"
    assert rows["Income:Design"]["closing"] == "-1000.00"


def test_post_from_a_file_and_from_standard_input(books, capsys, monkeypatch):
    (books / "new.beancount").write_text(
        '2026-05-09 * "Paper"\n  Expenses:Stationery  5.00 GBP\n  Assets:Bank:Current\n'
    )
    found = answer(capsys, "post", "new.beancount")
    assert found["refs"] == found["ids"] == ["JNL-0001"]
    file, line = found["file"], found["line"]
    assert (books / file).read_text().splitlines()[line - 1] == '2026-05-09 * "Paper"'
    with (books / "new.beancount").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert answer(capsys, "-f", str(books), "post", "-")["refs"] == ["JNL-0002"]


def test_a_refused_draft_is_2_and_changes_nothing(books, capsys):
    (books / "bad.beancount").write_text(
        '2026-05-09 * "x"\n  Expenses:Stationery  5.00 GBP\n  Assets:Bank:Current -4 GBP\n'
    )
    before = (books / "journals" / "2026" / "2026-05.beancount").read_bytes()
    assert run(["post", "bad.beancount", "-O", "json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "L201" in shown.err
    assert (books / "journals" / "2026" / "2026-05.beancount").read_bytes() == before


def test_post_under_a_key_writes_once(books, capsys):
    command = ["post", "journal", "Expenses:Stationery 5.00", "1200 -5.00", "--key", "rent-2026-05"]
    assert answer(capsys, *command)["refs"] == ["JNL-0001"]
    again = answer(capsys, *command)
    assert again["refs"] == ["JNL-0001"]
    assert again["line"] is None


def test_import_and_reconcile(books, capsys):
    found = answer(capsys, "import", "april.csv", "--account", "Assets:Bank:Current")
    assert {k: found[k] for k in ("statement", "lines", "duplicates", "opening", "closing", "ties")} == {
        "statement": "CUR-2026-04",
        "lines": 2,
        "duplicates": 0,
        "opening": "4890.10",
        "closing": "6084.10",
        "ties": True,
    }
    assert (books / "statements" / "april.csv").read_text() == STATEMENT
    again = answer(capsys, "import", "april.csv", "--account", "Assets:Bank:Current")
    assert (again["lines"], again["duplicates"]) == (0, 2)
    found = answer(capsys, "reconcile", "Assets:Bank:Current", "--auto", code=3)
    assert [(one["lines"], one["entries"], one["amount"]) for one in found["matched"]] == [
        (["opening"], ["OPN-0001"], "4890.10"),
        (["L1"], ["RCT-0012"], "1200.00"),
    ]
    assert {"method", "tier", "reasons"} <= found["matched"][0].keys()
    assert [line["id"] for line in found["unmatched_lines"]] == ["L2"]
    balance = found["balance"]
    assert balance["statement"] == "6084.10"
    assert balance["books"] == "6090.10"
    assert balance["difference"] == "-6.00"
    assert sum(Decimal(item["amount"]) for item in balance["unrecorded"]) == Decimal("-6.00")
    assert answer(capsys, "reconcile", "Assets:Bank:Current", "--auto", code=3)["matched"] == []


def contents(folder):
    return sorted((path, path.read_bytes()) for path in folder.rglob("*") if path.is_file() and "lock" not in path.name)


def test_reconcile_asks_which_account(books, capsys):
    assert run(["reconcile"]) == 2
    out, err = capsys.readouterr()
    assert (out, "X907" in err, "acct reconcile 1200" in err) == ("", True, True)


def test_reconcile_with_a_file_dry_run_writes_nothing(books, capsys):
    before = sorted(
        (path, path.read_bytes()) for path in books.rglob("*") if path.is_file() and "lock" not in path.name
    )
    assert run(["reconcile", "1200", "april.csv", "--auto", "--dry-run"]) == 3
    out = capsys.readouterr().out
    assert 'custom "statement-line"' in out
    assert 'custom "reconcile"' in out
    assert contents(books) == before


def test_match_payments(books, capsys):
    found = answer(capsys, "match", "payments", "--auto")
    assert found["schema"] == "acctkit.match-payments/1"
    allocation = found["allocations"][0]
    assert (allocation["from"], allocation["to"], allocation["amount"]) == ("RCT-0012", "INV-0042", "1200.00")
    assert {"suggested", "unallocated", "open"} <= found.keys()
    assert answer(capsys, "match", "payments", "--auto")["allocations"] == []


def test_aged_and_vat(books, capsys):
    found = answer(capsys, "aged", "debtors", "--as-of", "2026-04-20")
    assert found["rows"][0]["not_due"] == "1200.00"
    assert found["difference"] == "0.00"
    found = answer(capsys, "vat", "return", "-p", "2026-Q2")
    assert found["boxes"]["1"] == "200.00"
    assert found["boxes"]["6"] == "1000"
    assert found["lines"]["1"][0]["ref"] == "INV-0042"
    assert run(["vat", "return", "-p", "2026-Q2", "--mtd", "26A2"]) == 2  # the quarter is not over
    assert capsys.readouterr().out == ""
    assert run(["--today", "2026-07-01", "vat", "return", "-p", "2026-Q2", "--mtd", "26A2"]) == 0
    body = json.loads(capsys.readouterr().out, parse_float=Decimal)
    assert body["vatDueSales"] == Decimal("200.00")
    assert body["finalised"] is True
    assert len(body) == 11


def test_what_leaves_the_house_leaves_only_books_without_errors(books, capsys):
    (books / "journals" / "2026" / "2026-05.beancount").write_text(JOURNAL.replace("4890.10 GBP\n", "4890.10 USD\n"))
    assert run(["--today", "2026-07-01", "vat", "return", "-p", "2026-Q2", "--mtd", "26A2"]) == 1
    assert capsys.readouterr().out == ""


def test_the_ledger_of_an_account(books, capsys):
    found = answer(capsys, "ledger", "1200", "-b", "2026-04-10")["ledgers"][0]
    assert (found["opening"], found["closing"]) == ("4890.10", "6090.10")
    assert found["lines"][0]["contra"] == "Assets:Debtors"
    assert found["lines"][0]["balance"] == "6090.10"


def test_reports_hold_in_books_with_errors_and_say_so(books, capsys):
    text = JOURNAL + '2026-05-01 * "two unknowns"\n  Assets:Bank:Current\n  Income:Design\n'
    (books / "journals" / "2026" / "2026-05.beancount").write_text(text)
    assert run(["tb", "--as-of", "2026-05-31"]) == 1
    assert "1 entry left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["tb", "--nonsense"],
        ["nonsense"],
        ["tb", "-p", "soon"],
        ["tb", "--as-of", "2026-02-30"],
        ["ledger", "Assets:Nothing"],
        ["-f", "nowhere", "tb"],
        ["post", "nowhere.beancount"],
        ["import", "nowhere.ofx", "--account", "1200"],
        ["reverse", "INV-9999"],
        ["--today", "yesterday-ish", "tb"],
        ["aged", "stock"],
    ],
)
def test_what_cannot_be_done_is_2_with_a_sentence(books, capsys, arguments):
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.strip()
    assert "Traceback" not in shown.err


def test_a_bug_is_one_line_and_70(books, capsys, monkeypatch):
    monkeypatch.setitem(cli.COMMANDS, "broken", ("report", "no_such_function", ""))
    monkeypatch.delenv("ACCT_DEBUG", raising=False)
    assert run(["broken"]) == 70
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert "a bug" in shown.err


def test_ctrl_c_is_130(books, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("acctkit.cli.report.period_of", stop)
    assert run(["tb"]) == 130


def test_every_command_has_help_with_an_example(capsys):
    assert run(["--help"]) == 0
    overview = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert f"  {name} " in overview
        assert run([name, "--help"]) == 0
        assert "Example: acct" in capsys.readouterr().out, name


def test_f_may_stand_after_the_command(books, capsys):
    assert run(["tb", "-f", str(books), "--as-of", "2026-04-30"]) == 0
    assert "6,090.10" in capsys.readouterr().out


TABLE = Table(
    "A report",
    (Column("Date"), Column("Account"), Column("Details"), Column("Debit", MONEY), Column("Credit", MONEY)),
    (
        Row(("A heading",), "heading"),
        Row(("2026-04-01", "Assets:Bank:Current:Main", "=cmd|' /C calc'!A0", "1234567.89", "")),
        Row(("2026-04-02", "Expenses:Stationery", "long " * 30 + "\x1b[31mred", "", "-5.00")),
        Row(("", "", "Total", "1234567.89", "-5.00"), "total"),
    ),
)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_figures_are_never_cut_in_a_terminal(capsys, width):
    context = Context(None, None, width, is_terminal=True, colour=False, can_ask=False)
    show(TABLE, {}, Format.table, context)
    out = capsys.readouterr().out
    assert out.count("1,234,567.89") == 2
    assert "\x1b" not in out
    assert all(len(line) <= width for line in out.splitlines())
    assert re.search("^A heading$", out, re.MULTILINE)


def test_csv_carries_no_formula_and_no_grouping(capsys):
    context = Context(None, None, 80, is_terminal=False, colour=False, can_ask=False)
    show(TABLE, {}, Format.csv, context)
    out = capsys.readouterr().out
    assert "'=cmd" in out
    assert ",1234567.89," in out


HOSTILE = Table(
    "A & B <b>Ltd</b>",
    (Column("Payee"), Column("Amount", MONEY)),
    (Row(("<script>alert(1)</script> | [x](y) *_`\x1b[31m", "1234.50")), Row(("Total", "1234.50"), "total")),
    notes=("<i>see</i>",),
)


@pytest.mark.parametrize("form", [Format.markdown, Format.html])
def test_a_page_carries_no_markup_of_a_payee(capsys, form):
    context = Context(None, None, 80, is_terminal=False, colour=False, can_ask=False)
    show(HOSTILE, {}, form, context)
    out = capsys.readouterr().out
    assert out.count("1,234.50") == 2
    assert "═" not in out
    assert "\x1b" not in out
    assert not re.search(r"(?<!\\)<(script|b|i)>", out)
    if form is Format.markdown:
        assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in out.splitlines() if line.startswith("|"))
        assert r"\[x\](y) \*\_\`" in out


def test_an_empty_table_can_be_drawn_in_every_form(capsys):
    context = Context(None, None, 80, is_terminal=False, colour=False, can_ask=False)
    for form in (Format.table, Format.plain, Format.csv, Format.markdown, Format.html):
        show(Table("", (Column("Payee"), Column("Amount", MONEY)), ()), {}, form, context)
        assert "Payee" in capsys.readouterr().out


def test_closed_streams_and_a_reader_that_leaves_are_no_bug(tmp_path):
    book = tmp_path / "book.beancount"
    book.write_text("2026-01-01 open Assets:Cash\n")
    acct = f"{sys.executable} -m acctkit -f {book}"
    for line in (f"{acct} tb >&-", f"{acct} tb >&- 2>&- <&-", f"{acct} tb | true", f"{acct} tb -O json | head -c 5"):
        ended = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, ""), line


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.xlsx", b"PK"), ("a.csv", b"Nominal,"), ("a.JSON", b"{"), ("a.pdf", b"%PDF"), ("a.txt", b"Acme")],
)
def test_a_file_is_written_in_the_format_of_its_name(books, name, begin):
    assert run(["tb", "-o", name]) == 0
    assert (books / name).read_bytes().startswith(begin)
    assert run(["tb", "-o", name, "-O", "plain"]) == 0
    assert (books / name).read_bytes().startswith(b"Acme")
