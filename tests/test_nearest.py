"""The known name that an unknown one may have meant: in records, in the ledger, in what is typed at a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.cli import run
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import Nearest, meant, nearest, slips
from acctkit.ledger.references import check_references
from acctkit.reconcile.checks import check_reconcile

ACCOUNTS = ["Assets:Bank:Current", "Expenses:Stationery", "Expenses:Travel", "Income:Sales"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Expenses:Stationary", "Expenses:Stationery"),
        ("Assets:Bank:Curent", "Assets:Bank:Current"),
        ("Asets:Bnak:Current", "Assets:Bank:Current"),
        ("assets:bank:current", "Assets:Bank:Current"),
        ("Expenses:Rent", ""),
        ("", ""),
        ("x" * 1000, ""),
    ],
)
def test_the_account_that_was_meant(name, wanted):
    assert next(iter(nearest(name, ACCOUNTS)), "") == wanted
    assert Nearest(ACCOUNTS).of(name) == wanted


def test_letters_swapped_come_before_a_letter_changed():
    assert nearest("INV-0024", ["INV-0025", "INV-0042"]) == ["INV-0042"]
    assert nearest("GPB", ["GBP", "GPX"]) == ["GBP"]


def test_nothing_is_near():
    assert nearest("S", ["R"]) == []
    assert nearest("USD", ["AUD", "EUR"]) == []
    assert meant("USD", ["EUR"], "none is") == "none is"
    assert meant("USX", ["USD", "USC", "EUR"], "") == "did you mean USC or USD?"


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.integers(0, 6))
def test_slips_are_counted_both_ways_alike(one, other, most):
    made = slips(one, other, most)
    assert made == slips(other, one, most)
    assert (made == 0) == (one == other)
    assert made <= most + 1
    assert slips(one, other, 12) <= max(len(one), len(other))


def test_looking_ends_in_big_books():
    many = [f"Assets:Customers:{n:06d}" for n in range(20_001)]
    assert Nearest(many).of("Assets:Customers:00001x") == ""


# In the ledger.


def problems(text, *checks):
    ledger = Ledger([parse(Source("main.beancount", text.encode()))], Entity())
    return [*ledger.problems, *(problem for check in checks for problem in check(ledger))]


def said(text, *checks):
    (problem,) = problems(text, *checks)
    return f"{problem.message} / {problem.hint}"


OPEN = "2026-01-01 open Assets:A  GBP\n2026-01-01 open Assets:B\n"


def test_a_commodity_that_an_account_does_not_take():
    posting = '2026-02-01 * "x"\n  Assets:A  1 {0}\n  Assets:B  -1 {0}\n'
    assert "did you mean GBP?" in said(OPEN + posting.format("GPB"))
    assert "did you mean" not in said(OPEN + posting.format("EUR"))  # it is a currency
    assert "did you mean" not in said(OPEN + "2026-01-01 commodity GPB\n" + posting.format("GPB"))
    assert "did you mean HOOL?" in said(OPEN + "2026-01-01 price HOOL 1 GBP\n" + posting.format("HOLO"))


def test_a_booking_method_and_an_option():
    assert "did you mean FIFO?" in said('2026-01-01 open Assets:C "fifo"\n')
    assert "did you mean operating_currency?" in said('option "operating_curency" "GBP"\n')


ORDER = """\
2026-01-01 custom "supplier" "STAPLES" "Staples"
2026-01-01 custom "purchase-order" "PO-0012" "STAPLES"
2026-01-01 custom "order-line" "PO-0012" "1" "Paper" 10 "ream" 4.00 GBP Assets:B
"""


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('amend" "PO-0021" "1"', "did you mean PO-0012?"),
        ('amend" "PO-0012" "2"', "its lines are 1"),
        ('amend" "PO-0021"', "did you mean PO-0012?"),
        ('amend" "Assets:AA"', "did you mean Assets:A?"),
    ],
)
def test_orders_and_their_lines(line, wanted):
    assert wanted in said(f'{OPEN}{ORDER}2026-01-02 custom "{line}\n  note: "x"\n', check_references)


def test_a_party():
    text = f'{OPEN}{ORDER}2026-01-02 * "x"\n  party: "STAPELS"\n'
    assert "did you mean STAPLES?" in said(text, check_references)


STATEMENT = """\
2026-01-31 custom "statement" "CUR-2026-01" Assets:B
2026-01-30 custom "statement-line" "CUR-2026-01" "20260130001" 1.00 GBP "x"
2026-01-30 * "x" ^x
  ref: "RCT-0001"
  Assets:B  1.00 GBP
  Assets:A
"""


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ('"CUR-2025-01" "20260130001" "RCT-0001"', "did you mean CUR-2026-01?"),
        ('"CUR-2026-01" "20260130010" "RCT-0001"', "did you mean 20260130001?"),
        ('"CUR-2026-01" "20260130001" "RCT-0010"', "did you mean RCT-0001?"),
        ('"CUR-2026-01" "20260130001" "SAL-9"', "acct ledger ACCOUNT lists the entries of an account"),
    ],
)
def test_statements_lines_and_entries(words, wanted):
    text = f'{OPEN}{STATEMENT}2026-02-01 custom "reconcile" {words} 1.00 GBP\n'
    assert wanted in said(text, check_reconcile)


# At a command.


@pytest.fixture
def _books(tmp_path, monkeypatch):
    (tmp_path / "b.beancount").write_text(
        '2026-01-01 open Assets:Bank:Current\n  nominal: "1200"\n2026-01-01 open Income:Sales\n'
        '2026-01-02 * "x"\n  ref: "INV-0001"\n  Assets:Bank:Current  1 GBP\n  Income:Sales\n'
    )
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_books")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["ledger", "Assets:Bank:Curent"], "did you mean Assets:Bank:Current?"),
        (["ledger", "Bank:Curent"], "did you mean Bank:Current?"),
        (["ledger", "1020"], "did you mean 1200?"),
        (["ledger", "1300"], "acct tb lists the accounts"),
        (["reconcile", "Curent"], "did you mean Current?"),
        (["aged", "debtor"], "did you mean debtors?"),
        (["aged", "debtors", "--by", "isued"], "did you mean issued?"),
        (["reverse", "INV-0010", "--reason", "x"], "did you mean INV-0001?"),
        (["ledgr"], "id you mean `ledger`"),
    ],
)
def test_what_is_typed_at_a_command(words, wanted, capsys):
    assert run(["-f", "b.beancount", *words]) == 2
    out = capsys.readouterr()
    assert wanted in out.out + out.err
