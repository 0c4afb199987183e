"""Parties, open items, allocations as at a day, and the checks of references."""

from datetime import date

import pytest

from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.bookkeeping import check_bookkeeping
from acctkit.ledger.entity import Entity
from acctkit.ledger.items import check_items, open_items, parties, read_items
from acctkit.ledger.ledger import Ledger

CHART = """
2026-01-01 open Assets:Bank
  role: "bank"
2026-01-01 open Assets:Debtors
  role: "debtors"
2026-01-01 open Assets:Debtors:Exchange
2026-01-01 open Liabilities:Creditors
  role: "creditors"
2026-01-01 open Income:Sales
2026-01-01 open Expenses:Costs
2026-01-01 custom "customer" "ACME" "Acme Ltd"
  terms: "30 days"
  vat-number: "GB123456782"
2026-01-01 custom "customer" "BOLT" "Bolt plc"
2026-01-01 custom "supplier" "STAPLES" "Staples UK Ltd"
  terms: "30 days end of month"
"""


def book(text):
    return Ledger([parse(Source("t.beancount", (CHART + text).encode()))], Entity("Acme", "XTS", (3, 31), None))


def sale(ref, day, amount, extra="", party="ACME", kind="sales-invoice", commodity="XTS", links=""):
    return f"""
{day} * "A" "sale"{links}
  type: "{kind}"
  ref: "{ref}"
  party: "{party}"
{extra}  Assets:Debtors   {amount} {commodity}
  Income:Sales   {-amount} {commodity}
"""


def receipt(ref, day, amount, party="ACME", links="", kind="receipt", commodity="XTS"):
    return f"""
{day} * "Acme" "money"{links}
  type: "{kind}"
  ref: "{ref}"
  party: "{party}"
  Assets:Bank   {amount} {commodity}
  Assets:Debtors   {-amount} {commodity}
"""


def allocate(from_, to, amount, day="2026-05-01", commodity="XTS"):
    return f'{day} custom "allocate" "{from_}" "{to}" {amount} {commodity}\n'


def opens(ledger, day=None):
    return {item.name: item.open for item in open_items(ledger, day)}


def codes(ledger):
    return [(problem.code, problem.severity) for problem in check_items(ledger)]


def test_a_later_party_record_replaces_the_earlier():
    ledger = book('2026-02-01 custom "customer" "ACME" "Acme International Ltd"\n')
    found = parties(ledger)
    assert list(found) == ["ACME", "BOLT", "STAPLES"]
    assert found["ACME"].name == "Acme International Ltd"
    assert found["ACME"].terms == ""
    assert parties(book(""))["ACME"].vat_number == "GB123456782"


def test_an_item_knows_its_dates_party_and_side():
    (item,) = open_items(book(sale("INV-1", "2026-04-14", 1200)))
    assert (item.name, item.party, item.account, item.commodity) == ("INV-1", "ACME", "Assets:Debtors", "XTS")
    assert (item.amount, item.settled, item.open, item.base, item.natural) == (1200, 0, 1200, 1200, True)
    assert (item.date, item.issued, item.due) == (date(2026, 4, 14), date(2026, 4, 14), date(2026, 5, 14))


def test_terms_run_from_the_document_date_and_a_due_date_wins_and_may_be_amended():
    issued = sale("INV-1", "2026-04-14", 10, "  issued: 2026-03-28\n")
    assert open_items(book(issued))[0].due == date(2026, 4, 27)
    due = sale("INV-1", "2026-04-14", 10, "  due: 2026-04-20\n")
    assert open_items(book(due))[0].due == date(2026, 4, 20)
    amended = due + '2026-05-04 custom "amend" "INV-1"\n  due: 2026-05-31\n  disputed: "colour"\n'
    item = open_items(book(amended))[0]
    assert (item.due, item.disputed) == (date(2026, 5, 31), "colour")
    assert open_items(book(sale("INV-1", "2026-04-14", 10, party="BOLT")))[0].due == date(2026, 4, 14)


def test_a_posting_may_name_its_own_party_and_a_payee_may_stand_for_one():
    ledger = book("""
2026-02-01 * "Acme Ltd" "two parties"
  ref: "JNL-1"
  Assets:Debtors   30 XTS
  Assets:Debtors   12 XTS
    party: "BOLT"
  Income:Sales
2026-02-02 * "Nobody we know" "cash"
  ref: "JNL-2"
  Assets:Debtors   5 XTS
  Assets:Debtors:Exchange   1 XTS
  Income:Sales
""")
    assert [(i.name, i.party, i.amount) for i in open_items(ledger)] == [
        ("JNL-1", "ACME", 30),
        ("JNL-1", "BOLT", 12),
        ("JNL-2", "", 5),
    ]


def test_part_payments_leave_the_rest_open_and_undoing_one_keeps_its_sibling():
    text = sale("INV-1", "2026-04-01", 200) + receipt("RCT-1", "2026-04-10", 55) + receipt("RCT-2", "2026-04-20", 35)
    text += allocate("RCT-1", "INV-1", 55) + allocate("RCT-2", "INV-1", 35)
    assert opens(book(text)) == {"INV-1": 110, "RCT-1": 0, "RCT-2": 0}
    undone = book(text + '2026-05-03 custom "undo" "allocate" "RCT-1" "INV-1" 55 XTS\n')
    assert opens(undone) == {"INV-1": 165, "RCT-1": -55, "RCT-2": 0}
    assert codes(undone) == []


def test_a_credit_settles_part_of_an_invoice():
    text = sale("INV-1", "2026-04-01", 100) + sale("CRN-1", "2026-04-02", -80, kind="sales-credit")
    assert opens(book(text + allocate("CRN-1", "INV-1", 80))) == {"INV-1": 20, "CRN-1": 0}


def test_an_allocation_has_the_later_date_of_what_it_joins_whenever_it_was_made():
    text = sale("INV-1", "2026-04-01", 100) + receipt("RCT-1", "2026-04-20", 60)
    ledger = book(text + allocate("RCT-1", "INV-1", 60, "2026-06-30"))
    assert opens(ledger, date(2026, 3, 31)) == {}
    assert opens(ledger, date(2026, 4, 19)) == {"INV-1": 100}
    assert opens(ledger, date(2026, 4, 20)) == {"INV-1": 40, "RCT-1": 0}
    assert [(a.minor, a.date) for a in read_items(ledger).allocated] == [(60, date(2026, 4, 20))]


def test_more_than_is_open_is_a_problem_and_counts_as_far_as_it_goes():
    text = sale("INV-1", "2026-04-01", 100) + receipt("RCT-1", "2026-04-20", 200) + allocate("RCT-1", "INV-1", 200)
    ledger = book(text)
    assert codes(ledger) == [("D304", "error")]
    assert opens(ledger) == {"INV-1": 0, "RCT-1": -100}
    (problem,) = check_items(ledger)
    assert problem.message == "200 XTS is allocated, but only 100 was still open between RCT-1 and INV-1"
    assert "allocate" in problem.place.text


@pytest.mark.parametrize(
    ("record", "code", "words"),
    [
        (allocate("RCT-1", "INV-2", 10), "D304", "they are of ACME and BOLT"),
        (allocate("RCT-1", "BILL-1", 10), "D304", "they stand on Assets:Debtors and Liabilities:Creditors"),
        (allocate("RCT-1", "INV-1", 10, commodity="EUR"), "D304", "the allocation in EUR"),
        (allocate("INV-3", "INV-1", 10), "D304", "both stand on one side"),
        (allocate("RCT-1", "JNL-1", 10), "D303", "no amount on a debtors or creditors account"),
        (allocate("RCT-1", "INV-0001", 10), "D303", "there is no entry INV-0001"),
        (allocate("RCT-1", "INV-1", 0), "D305", "more than zero"),
        (allocate("RCT-1", "INV-1", "-10"), "D305", "more than zero"),
    ],
)
def test_an_allocation_that_joins_nothing_is_a_problem_and_changes_nothing(record, code, words):
    text = sale("INV-1", "2026-04-01", 100) + sale("INV-2", "2026-04-01", 10, party="BOLT")
    text += sale("INV-3", "2026-04-02", 10) + receipt("RCT-1", "2026-04-03", 10)
    text += """
2026-04-01 * "Staples UK Ltd" "paper"
  ref: "BILL-1"
  Expenses:Costs   10 XTS
  Liabilities:Creditors
2026-04-01 * "bank" "interest"
  ref: "JNL-1"
  Assets:Bank   10 XTS
  Income:Sales
"""
    ledger = book(text + record)
    problems = [problem for problem in check_items(ledger) if problem.code == code]
    assert len(problems) == 1
    assert words in problems[0].message
    assert all(item.settled == 0 for item in open_items(ledger))


def test_an_unknown_reference_is_met_with_the_nearest():
    text = sale("INV-0042", "2026-04-01", 100) + receipt("RCT-1", "2026-04-03", 10)
    (problem,) = check_items(book(text + allocate("RCT-1", "INV-42", 10)))
    assert (problem.code, problem.hint) == ("D303", "did you mean INV-0042?")


# Links.


def test_a_link_shared_with_one_invoice_allocates_also_in_books_of_other_tools():
    ledger = book("""
2026-02-01 * "Client" "work" ^job-7
  Assets:Debtors   100.00 XTS
  Income:Sales
2026-02-20 * "Client Limited" "paid" ^job-7
  Assets:Bank   60.00 XTS
  Assets:Debtors
""")
    assert [item.open for item in open_items(ledger)] == [4000, 0]


def test_a_link_takes_no_more_than_is_open_and_nothing_where_two_invoices_share_it():
    one = sale("INV-1", "2026-04-01", 100, links=" ^x") + receipt("RCT-1", "2026-04-03", 150, links=" ^x")
    assert opens(book(one)) == {"INV-1": 0, "RCT-1": -50}
    two = one + sale("INV-2", "2026-04-02", 50, links=" ^x")
    assert opens(book(two)) == {"INV-1": 100, "RCT-1": -150, "INV-2": 50}


def test_a_record_about_a_payment_outweighs_its_links_even_when_undone():
    text = sale("INV-1", "2026-04-01", 100, links=" ^x") + receipt("RCT-1", "2026-04-03", 100, links=" ^x")
    record = allocate("RCT-1", "INV-1", 40)
    assert opens(book(text + record)) == {"INV-1": 60, "RCT-1": -60}
    undone = text + record + '2026-05-03 custom "undo" "allocate" "RCT-1" "INV-1" 40 XTS\n'
    assert opens(book(undone)) == {"INV-1": 100, "RCT-1": -100}


def test_a_link_leaves_what_records_took_and_pays_in_order_of_date():
    text = sale("INV-1", "2026-04-01", 100, links=" ^x") + sale("CRN-1", "2026-04-30", -20, kind="sales-credit")
    text += receipt("RCT-2", "2026-04-10", 50, links=" ^x") + receipt("RCT-1", "2026-04-03", 60, links=" ^x")
    assert opens(book(text + allocate("CRN-1", "INV-1", 20))) == {"INV-1": 0, "RCT-1": 0, "RCT-2": -30, "CRN-1": 0}


def test_a_reversal_settles_what_it_reverses():
    text = sale("INV-1", "2026-04-01", 100)
    text += sale("REV-1", "2026-04-05", -100, '  reverses: "INV-1"\n', kind="reversal")
    assert opens(book(text)) == {"INV-1": 0, "REV-1": 0}
    assert opens(book(text), date(2026, 4, 4)) == {"INV-1": 100}


# References.


def test_a_reference_used_twice_names_the_earlier_place():
    (problem,) = check_items(book(sale("INV-1", "2026-04-05", 1) + sale("INV-1", "2026-04-01", 2)))
    assert (problem.code, problem.severity) == ("D301", "error")
    assert problem.related[0][1].line < problem.place.line


def test_a_suppliers_number_posted_twice_is_an_error_until_one_is_reversed():
    bill = """
2026-04-0{day} * "Staples UK Ltd" "paper"
  type: "purchase-invoice"
  ref: "BILL-{day}"
  party: "STAPLES"
  their-ref: "{number}"
  Expenses:Costs   10 XTS
  Liabilities:Creditors
"""
    text = bill.format(day=1, number="SI-0099") + bill.format(day=2, number="si 99")
    assert codes(book(text)) == [("D301", "error")]
    reversal = '2026-04-05 * "reversal"\n  type: "reversal"\n  ref: "REV-1"\n  reverses: "BILL-1"\n'
    reversal += "  Expenses:Costs  -10 XTS\n  Liabilities:Creditors\n"
    assert codes(book(text + reversal)) == []


def test_gaps_are_one_problem_each_and_void_numbers_are_none():
    text = "".join(sale(f"INV-{n:04d}", f"2026-04-{n:02d}", 1) for n in (1, 2, 5, 9))
    found = check_items(book(text))
    assert [(p.code, p.severity) for p in found] == [("D302", "warning")] * 2
    assert [p.message for p in found] == [
        "INV-0003, INV-0004 are missing before INV-0005",
        "INV-0006, INV-0007, INV-0008 are missing before INV-0009",
    ]
    void = '2026-05-01 custom "amend" "INV-0003"\n  void: "spoilt"\n2026-05-01 custom "amend" "INV-0004"\n  void: "x"\n'
    assert [p.message for p in check_items(book(text + void))] == [found[1].message]
    assert codes(book(sale("INV-1", "2026-04-01", 1) + sale("INV-9", "2026-04-01", 1))) == []


def test_types_amendments_remittances_and_parties_that_nobody_knows():
    text = sale("INV-1", "2026-04-01", 1, kind="sales-invoce")
    (problem,) = check_items(book(text))
    assert (problem.code, problem.severity, problem.hint) == ("D306", "warning", "did you mean sales-invoice?")
    assert codes(book('2026-05-01 custom "amend" "INV-1"\n  due: 2026-05-31\n')) == [("D303", "error")]
    assert codes(book('2026-05-01 custom "amend" "PO-1" "2"\n  due: 2026-05-31\n')) == [("D303", "error")]
    assert codes(book('2026-05-01 custom "remittance-line" "RCT-9" "Invoice 1" 1 XTS\n')) == [("D303", "error")]
    assert codes(book(sale("INV-1", "2026-04-01", 1, party="ACMEE"))) == [("D303", "warning")]
    fixed = sale("INV-1", "2026-04-01", 1) + '2026-05-01 custom "amend" "INV-1"\n  party: "BOLT"\n'
    assert codes(book(fixed)) == [("D305", "error")]
    assert open_items(book(fixed))[0].party == "ACME"


def _taken_over(number, kind="opening", party=""):
    return f"""
2026-03-01 * "taken over"
  type: "{kind}"
  ref: "OB-{number}"
{f'  party: "{party}"' if party else ""}
  Assets:Debtors   {number} XTS
  Income:Sales   {-number} XTS
""".replace("\n\n  Assets", "\n  Assets")


HELD = "Assets:Debtors holds {} XTS, the accounts of its customers 1000"
NO_PARTY = "Assets:Debtors is posted without a party: it is in no customer's or supplier's account"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (_taken_over(200, party="ACME"), []),
        (_taken_over(200), [HELD.format(1200)]),
        (_taken_over(200) + _taken_over(-200, "reversal"), []),
        (_taken_over(200) + _taken_over(-50, "reversal"), [HELD.format(1150)]),
        (_taken_over(5, "journal"), [NO_PARTY]),
        (_taken_over(5, "journal") + _taken_over(-5, "reversal"), [NO_PARTY]),
    ],
)
def test_control_accounts_against_their_sub_ledgers(text, wanted):
    problems = check_bookkeeping(book(sale("INV-1", "2026-04-01", 1000) + text))
    assert [problem.message for problem in problems] == wanted
    assert {problem.code for problem in problems} <= {"D310"}
