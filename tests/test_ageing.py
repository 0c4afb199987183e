"""Aged debtors and creditors: buckets, on account, as at a day, and agreement with the control accounts."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Refusal
from acctkit.reports.ageing import BUCKETS, aged, json_answer, table

CHART = """
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Debtors
  role: "debtors"
2026-01-01 open Assets:Debtors:Exchange XTS
2026-01-01 open Liabilities:Creditors
  role: "creditors"
2026-01-01 open Income:Sales XTS
2026-01-01 open Income:Exchange XTS
2026-01-01 open Expenses:Costs XTS
2026-01-01 custom "customer" "ACME" "Acme Ltd"
2026-01-01 custom "customer" "BOLT" "Bolt plc"
2026-01-01 custom "supplier" "STAPLES" "Staples UK Ltd"
"""
AS_OF = date(2026, 6, 30)


def book(*texts):
    return Ledger([parse(Source("t.beancount", (CHART + "".join(texts)).encode()))], Entity("A", "XTS", (3, 31), None))


def leg(ref, day, kind, amount, party="ACME", extra="", account="Assets:Debtors", other="Income:Sales"):
    return f"""
{day} * "x"
  type: "{kind}"
  ref: "{ref}"
  party: "{party}"
{extra}  {account}   {amount}
  {other}
"""


def buckets(ledger, kind="debtors", as_of=AS_OF, by="due"):
    report = aged(ledger, kind, as_of, by)
    assert report.difference == 0
    return {
        (row.party, row.commodity): {name: minor for name, minor in zip(BUCKETS, row.buckets, strict=True) if minor}
        for row in report.rows
    }


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-5, "not_due"), (0, "not_due"), (1, "days_1_30"), (30, "days_1_30"), (31, "days_31_60"), (60, "days_31_60"),
     (61, "days_61_90"), (90, "days_61_90"), (91, "days_over_90"), (400, "days_over_90")],
)  # fmt: skip
def test_an_invoice_stands_where_its_days_overdue_say(days, bucket):
    due = AS_OF - timedelta(days=days)
    ledger = book(leg("INV-1", "2026-01-02", "sales-invoice", "100 XTS", extra=f"  due: {due}\n"))
    assert buckets(ledger) == {("ACME", "XTS"): {bucket: 100}}
    issued = book(leg("INV-1", "2026-01-02", "sales-invoice", "100 XTS", extra=f"  issued: {due}\n  due: 2027-01-01\n"))
    assert buckets(issued, by="issued") == {("ACME", "XTS"): {bucket: 100}}
    assert buckets(issued) == {("ACME", "XTS"): {"not_due": 100}}


def test_what_is_not_allocated_stands_on_account_and_never_nets_silently():
    text = leg("INV-1", "2026-06-01", "sales-invoice", "100 XTS")
    text += leg("INV-2", "2026-06-02", "sales-invoice", "70 XTS")
    text += leg("RCT-1", "2026-06-20", "receipt", "-120 XTS", other="Assets:Bank")
    text += leg("CRN-1", "2026-06-21", "sales-credit", "-5 XTS")
    text += '2026-07-01 custom "allocate" "RCT-1" "INV-1" 100 XTS\n'
    ledger = book(text)
    assert buckets(ledger) == {("ACME", "XTS"): {"days_1_30": 70, "on_account": -25}}
    assert buckets(ledger, as_of=date(2026, 6, 19)) == {("ACME", "XTS"): {"days_1_30": 170}}
    report = aged(ledger, "debtors", AS_OF)
    assert (report.control, report.rows[0].total, report.rows[0].name) == (45, 45, "Acme Ltd")
    assert buckets(ledger, "creditors") == {}


def test_creditors_are_negative_in_the_answer_and_positive_on_the_page():
    bill = leg("BILL-1", "2026-06-01", "purchase-invoice", "-294.00 XTS", "STAPLES", "", "Liabilities:Creditors",
               "Expenses:Costs")  # fmt: skip
    paid = leg("PAY-1", "2026-06-05", "payment", "10.00 XTS", "STAPLES", "", "Liabilities:Creditors", "Assets:Bank")
    ledger = book(bill + paid)
    report = aged(ledger, "creditors", AS_OF)
    answer = json.loads(json.dumps(json_answer(ledger, report)))
    assert answer["schema"] == "acctkit.aged/1"
    assert answer["rows"] == [
        {
            "party": "STAPLES",
            "name": "Staples UK Ltd",
            "commodity": "XTS",
            "not_due": "0.00",
            "days_1_30": "-294.00",
            "days_31_60": "0.00",
            "days_61_90": "0.00",
            "days_over_90": "0.00",
            "on_account": "10.00",
            "total": "-284.00",
            "base": "-284.00",
        }
    ]
    assert (answer["control"], answer["difference"]) == ("-284.00", "0.00")
    assert answer["totals"]["XTS"]["total"] == "-284.00"
    shown = table(ledger, report)
    assert shown.rows[0].cells == ("Staples UK Ltd", "XTS", "", "294.00", "", "", "", "-10.00", "284.00", "284.00")
    assert shown.rows[-1].style == "total"
    assert shown.notes == ("agrees with the control accounts: 284.00 XTS",)


def figures(ledger, report):
    return [(row.commodity, ledger.show(row.total, row.commodity), ledger.show(row.base, "XTS")) for row in report.rows]


def test_other_currencies_have_their_own_rows_and_the_books_own_base_value():
    text = leg("INV-1", "2026-06-01", "sales-invoice", "100.00 EUR @ 0.80 XTS", other="Income:Sales  -80.00 XTS")
    text += leg("INV-2", "2026-06-01", "sales-invoice", "50.00 XTS")
    text += leg("RCT-1", "2026-06-10", "receipt", "-100.00 EUR @ 0.85 XTS", other="Assets:Bank  85.00 XTS")
    text += '2026-06-11 custom "allocate" "RCT-1" "INV-1" 100.00 EUR\n'
    before = aged(book(text), "debtors", AS_OF)
    assert figures(book(text), before) == [("EUR", "0.00", "-5.00"), ("XTS", "50.00", "50.00")]
    exchange = """
2026-06-11 * "Exchange difference"
  party: "ACME"
  Assets:Debtors:Exchange   5.00 XTS
  Income:Exchange
"""
    ledger = book(text, exchange)
    after = aged(ledger, "debtors", AS_OF)
    assert figures(ledger, after) == [("XTS", "50.00", "50.00")]
    assert (before.difference, after.difference, ledger.show(after.control, "XTS")) == (0, 0, "50.00")
    assert [row.style for row in table(ledger, aged(book(text), "debtors", AS_OF)).rows] == [
        "line",
        "line",
        "subtotal",
        "subtotal",
        "total",
    ]


def test_parties_that_are_not_known_come_last_and_wrong_words_are_refused():
    one, other = leg("INV-1", "2026-06-01", "", "1 XTS", ""), leg("INV-2", "2026-06-01", "", "2 XTS", "BOLT")
    ledger = book(one, other)
    assert [row.name for row in aged(ledger, "debtors", AS_OF).rows] == ["Bolt plc", "unknown"]
    with pytest.raises(Refusal, match="cannot be aged"):
        aged(ledger, "debitors", AS_OF)
    with pytest.raises(Refusal, match="no ageing by"):
        aged(ledger, "debtors", AS_OF, "date")


ENTRIES = st.lists(
    st.tuples(st.sampled_from(["ACME", "BOLT", ""]), st.integers(-50, 50).filter(bool), st.integers(1, 28),
              st.sampled_from(["{} XTS", "{0} EUR @ 0.83 XTS"])),
    max_size=8,
)  # fmt: skip


@given(ENTRIES, st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 60)), max_size=6),
       st.integers(1, 28))  # fmt: skip
def test_the_total_is_always_that_of_the_control_accounts(entries, allocations, day):
    texts = [
        leg(f"E-{n}", f"2026-06-{d:02d}", "", words.format(amount), party)
        for n, (party, amount, d, words) in enumerate(entries)
    ]
    texts += [f'2026-07-01 custom "allocate" "E-{a}" "E-{b}" {amount} XTS\n' for a, b, amount in allocations]
    ledger = book(*texts)
    as_of = date(2026, 6, day)
    report = aged(ledger, "debtors", as_of)
    assert report.difference == 0
    for commodity in ("XTS", "EUR"):
        held = sum(
            line.minor
            for line in ledger.lines(account="Assets:Debtors")
            if line.entry.date <= as_of and line.posting.commodity == commodity
        )
        assert sum(row.total for row in report.rows if row.commodity == commodity) == held
