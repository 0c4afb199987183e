"""Control accounts against what supports them: every difference is made up of entries, whatever the books hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.control import KINDS, control, json_answer, table
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity, VatRegistration
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Refusal

DAY = date(2026, 4, 9)
CHART = """
2026-01-01 open Assets:Bank
  role: "bank"
2026-01-01 open Assets:Debtors
  role: "debtors"
2026-01-01 open Assets:Debtors:Exchange
2026-01-01 open Liabilities:Creditors
  role: "creditors"
2026-01-01 open Liabilities:VAT
  role: "vat"
2026-01-01 open Liabilities:Payroll:PAYE
  role: "payroll"
2026-01-01 open Liabilities:Payroll:Net
  role: "payroll"
2026-01-01 open Income:Sales
2026-01-01 open Expenses:Wages
2026-01-01 custom "customer" "ACME" "Acme Ltd"
"""
UK = VatRegistration("GB", "765432126", registered=date(2026, 1, 1))


def book(text, vat=UK):
    return Ledger([parse(Source("t.beancount", (CHART + text).encode()))], Entity("Us", "GBP", (3, 31), vat))


def entry(ref, day, kind, *legs, meta=""):
    lines = "".join(f"  {account}  {amount} GBP\n{code}" for account, amount, code in legs)
    return f'\n{day} * "entry"\n  type: "{kind}"\n  ref: "{ref}"\n{meta}{lines}'


def sale(ref, day, net, tax):
    code = '    vat: "S"\n'
    legs = (("Assets:Debtors", net + tax, ""), ("Income:Sales", -net, code), ("Liabilities:VAT", -tax, code))
    return entry(ref, day, "sales-invoice", *legs, meta='  party: "ACME"\n')


def money(ref, day, account, amount, kind="payment"):
    return entry(ref, day, kind, (account, amount, ""), ("Assets:Bank", -amount, ""))


def groups(found):
    return {group.title: [(line.id, line.amount) for line in group.lines] for group in found}


def test_a_posting_without_a_party_is_the_difference():
    books = book(sale("INV-1", "2026-02-03", 100, 20) + money("JNL-1", "2026-02-04", "Assets:Debtors", -5, "receipt"))
    found = control(books, "debtors", DAY)
    assert (found.balance, found.supported, found.difference, found.unexplained) == (11500, 12000, -500, 0)
    assert groups(found.differences) == {"Postings without a party": [("JNL-1", -500)]}


def test_what_is_on_account_and_journals_are_to_be_looked_at_and_no_difference():
    party = '  party: "ACME"\n'
    books = book(
        sale("INV-1", "2026-02-03", 100, 20)
        + entry("RCT-1", "2026-02-05", "receipt", ("Assets:Bank", 50, ""), ("Assets:Debtors", -50, ""), meta=party)
        + entry("JNL-1", "2026-02-06", "journal", ("Assets:Debtors", 7, ""), ("Income:Sales", -7, ""), meta=party)
    )
    found = control(books, "debtors", DAY)
    assert found.difference == 0
    assert [[line.id for line in group.lines] for group in found.review] == [["RCT-1"], ["JNL-1"]]


FILED = """
2026-04-02 custom "vat-return" "GB" 2026-01-01 2026-03-31
  period-key: "26A1"
  box-3: {tax}
  box-4: 0.00
  box-5: {tax}
"""


def test_vat_that_is_filed_is_outstanding_until_it_is_paid():
    posted = sale("INV-1", "2026-02-03", 100, 20) + FILED.format(tax="20.00")
    found = control(book(posted), "vat", DAY)
    assert (found.balance, found.difference) == (-2000, 0)
    assert groups(found.supports) == {"Returns filed": [("26A1", -2000)]}
    found = control(book(posted + money("PAY-1", "2026-04-05", "Liabilities:VAT", 20)), "vat", DAY)
    assert groups(found.supports) == {"Returns filed": [("26A1", 0)]}
    assert "paid PAY-1" in found.supports[0].lines[0].text


def test_vat_of_an_open_period_a_late_entry_and_what_no_return_says():
    late = sale("INV-2", "2026-03-03", 10, 2)
    books = book(
        sale("INV-1", "2026-02-03", 100, 20) + FILED.format(tax="21.00") + late + sale("INV-3", "2026-04-03", 50, 10)
        + money("PAY-1", "2026-04-05", "Liabilities:VAT", 8)
        + entry("JNL-1", "2026-04-06", "journal", ("Liabilities:VAT", 3, ""), ("Expenses:Wages", -3, ""))
    )  # fmt: skip
    found = control(books, "vat", DAY)
    assert groups(found.supports) == {
        "Returns filed": [("26A1", -2100)],
        "Not filed yet": [("", -1000)],
        "Late, for the next return": [("INV-2", -200)],
    }
    assert groups(found.differences) == {
        "Returns whose lines are not what was filed": [("26A1", 100)],
        "Paid or received, and no return says so": [("PAY-1", 800)],
        "On a VAT account without a code": [("JNL-1", 300)],
    }
    assert (found.difference, found.unexplained) == (1200, 0)


def payroll(ref, day, tax, net):
    legs = (
        ("Expenses:Wages", tax + net, ""),
        ("Liabilities:Payroll:PAYE", -tax, ""),
        ("Liabilities:Payroll:Net", -net, ""),
    )
    return entry(ref, day, "payroll", *legs)


def test_payroll_is_paid_month_by_month_and_ages():
    books = book(
        payroll("PAYR-1", "2026-01-28", 20, 80) + payroll("PAYR-2", "2026-02-27", 20, 80)
        + money("PAY-1", "2026-01-28", "Liabilities:Payroll:Net", 80)
        + money("PAY-2", "2026-02-26", "Liabilities:Payroll:Net", 80)
        + money("PAY-3", "2026-02-20", "Liabilities:Payroll:PAYE", 20)
    )  # fmt: skip
    found = control(books, "payroll", DAY)
    assert found.difference == 0
    assert groups(found.supports) == {
        "Liabilities:Payroll:PAYE": [("PAYR-2", -2000)],
        "Liabilities:Payroll:Net": [("PAYR-2", 0)],
    }
    assert found.supports[0].lines[0].days == 41


def test_payroll_paid_twice_and_a_journal_make_the_difference():
    books = book(
        payroll("PAYR-1", "2026-01-28", 20, 80)
        + money("PAY-1", "2026-02-20", "Liabilities:Payroll:PAYE", 20)
        + money("PAY-2", "2026-03-20", "Liabilities:Payroll:PAYE", 20)
        + entry("JNL-1", "2026-03-21", "journal", ("Liabilities:Payroll:Net", 5, ""), ("Expenses:Wages", -5, ""))
    )  # fmt: skip
    found = control(books, "payroll", DAY)
    assert groups(found.differences) == {
        "Paid, and no payroll owes it": [("PAY-2", 2000)],
        "Posted by no payroll": [("JNL-1", 500)],
    }


def test_what_is_not_there_is_refused():
    with pytest.raises(Refusal, match="no control account vta"):
        control(book(""), "vta", DAY)
    with pytest.raises(Refusal, match="not registered"):
        control(book("", vat=None), "vat", DAY)
    bare = Ledger([parse(Source("t.beancount", b"2026-01-01 open Assets:A\n"))], Entity("Us", "GBP", (3, 31), UK))
    for kind in KINDS:
        with pytest.raises(Refusal, match="no account"):
            control(bare, kind, DAY)


days = st.sampled_from(["2026-01-05", "2026-02-10", "2026-03-31", "2026-04-01", "2026-04-20"])
accounts = st.sampled_from([
    "Assets:Bank", "Assets:Debtors", "Assets:Debtors:Exchange", "Liabilities:Creditors", "Liabilities:VAT",
    "Liabilities:Payroll:PAYE", "Liabilities:Payroll:Net", "Income:Sales", "Expenses:Wages",
])  # fmt: skip
types = st.sampled_from(
    ["sales-invoice", "purchase-invoice", "receipt", "payment", "payroll", "journal", "opening", "vat-return", ""]
)
commodities = st.sampled_from(["GBP", "EUR @ 0.80 GBP"])
codes = st.sampled_from(["", "", '    vat: "S"\n', '    vat: "Z"\n', '    party: "ACME"\n'])
parties = st.sampled_from(["", '  party: "ACME"\n', '  party: "NOBODY"\n'])
legs = st.tuples(accounts, st.integers(-30_000, 30_000), commodities, codes)
entries = st.lists(st.tuples(days, types, parties, st.lists(legs, min_size=1, max_size=3)), max_size=7)
links = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 30_000)), max_size=4)


@given(entries, links, st.booleans(), st.sampled_from([date(2026, 2, 1), date(2026, 3, 31), DAY, date(2026, 5, 1)]))
def test_balance_is_support_and_difference_is_entries(posted, allocated, is_filed, day):
    text = ""
    for at, (when, kind, party, postings) in enumerate(posted):
        text += f'\n{when} * "entry"\n' + (f'  type: "{kind}"\n' if kind else "") + f'  ref: "E-{at}"\n{party}'
        for account, pence, commodity, code in postings:
            text += f"  {account}  {Decimal(pence).scaleb(-2)} {commodity}\n{code}"
        text += "  Expenses:Wages\n"
    for one, two, pence in allocated:
        text += f'2026-04-20 custom "allocate" "E-{one}" "E-{two}" {Decimal(pence).scaleb(-2)} GBP\n'
    books = book(text + (FILED.format(tax="12.34") if is_filed else ""))
    for kind in KINDS:
        found = control(books, kind, day)
        roles = ("vat", "vat-input", "vat-output") if kind == "vat" else (kind,)
        own = set(books.with_role(*roles))
        held = sum(
            base or 0
            for one in books.transactions
            if one.date <= day
            for posting, base in zip(one.postings, books.bases(one), strict=True)
            if posting.account in own
        )
        assert found.balance == held
        assert found.unexplained == 0
        assert found.balance == found.supported + sum(group.total for group in found.differences)
        assert json_answer(books, found, [])["unexplained"] == "0.00"
        assert table(books, found).rows
