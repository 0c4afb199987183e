"""Documents to drafts: what stands in the journal afterwards, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.documents import DocumentLine, Foreign, invoice, journal, payment, receipt, reversal
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.items import check_items, open_items
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Refusal

CHART = """
2026-01-01 open Assets:Bank GBP
  role: "bank"
2026-01-01 open Assets:Bank-EUR EUR
  role: "bank"
2026-01-01 open Assets:Debtors
  role: "debtors"
2026-01-01 open Assets:Shares
2026-01-01 open Liabilities:Creditors
  role: "creditors"
2026-01-01 open Liabilities:VAT GBP
  role: "vat"
2026-01-01 open Income:Design
2026-01-01 open Expenses:Stationery
2026-01-01 custom "customer" "ACME" "Acme Ltd"
  terms: "30 days"
2026-01-01 custom "customer" "ODD" "Odd Terms Ltd"
  terms: "when it rains"
2026-01-01 custom "supplier" "STAPLES" "Staples UK Ltd"
  terms: "30 days end of month"
"""
START = """
2026-04-01 * "Acme Ltd" "first" ^INV-0041
  type: "sales-invoice"
  ref: "INV-0041"
  party: "ACME"
  Assets:Debtors   100.00 GBP
  Income:Design
"""
DAY = date(2026, 4, 14)


def book(text=START):
    return Ledger([parse(Source("t.beancount", (CHART + text).encode()))], Entity("Acme", "GBP", (3, 31), None))


def after(draft, text=START):
    """The book with the draft appended; it has no errors, and each draft's entries balance."""
    ledger = book(text + "\n" + draft.text)
    assert [p for p in ledger.problems + check_items(ledger) if p.severity == "error"] == []
    return ledger


def opens(ledger):
    return {item.name: item.open for item in open_items(ledger)}


def sale(ledger, amount=100000, **more):
    lines = [DocumentLine("Income:Design", amount, "S", amount // 5)]
    return invoice(ledger, day=DAY, party="ACME", lines=lines, due=None, narration="Website redesign", **more)


def test_an_invoice_stands_as_the_design_has_it():
    draft = sale(book())
    assert draft.refs == ("INV-0042",)
    assert draft.text == (
        '2026-04-14 * "Acme Ltd" "Website redesign" ^INV-0042\n'
        '  type: "sales-invoice"\n'
        '  ref: "INV-0042"\n'
        '  party: "ACME"\n'
        "  due: 2026-05-14\n"
        "  Assets:Debtors                             1200.00 GBP\n"
        "  Income:Design                             -1000.00 GBP\n"
        '    vat: "S"\n'
        "  Liabilities:VAT                            -200.00 GBP\n"
        '    vat: "S"\n'
    )
    assert opens(after(draft)) == {"INV-0041": 10000, "INV-0042": 120000}


def test_a_bill_has_their_number_their_date_and_one_vat_posting_a_code():
    lines = [
        DocumentLine("Expenses:Stationery", 24500, "S", 4900, "paper", {"order": "PO-0007/1", "qty": Decimal(10)}),
        DocumentLine("Expenses:Stationery", 1000, "Z", 0),
        DocumentLine("Expenses:Stationery", 500, "S", 100),
    ]
    draft = invoice(
        book(),
        day=date(2026, 4, 20),
        party="STAPLES",
        lines=lines,
        due=None,
        narration="Paper",
        their_ref="SI-99812",
        issued=date(2026, 3, 28),
        kind="purchase-invoice",
    )
    entry = after(draft).entry("BILL-0001")
    assert entry.meta["their-ref"] == "SI-99812"
    assert (entry.meta["issued"], entry.meta["due"]) == (date(2026, 3, 28), date(2026, 4, 30))
    assert [(p.account, str(p.number), p.meta.get("vat")) for p in entry.postings] == [
        ("Liabilities:Creditors", "-310.00", None),
        ("Expenses:Stationery", "245.00", "S"),
        ("Expenses:Stationery", "10.00", "Z"),
        ("Expenses:Stationery", "5.00", "S"),
        ("Liabilities:VAT", "50.00", "S"),
    ]
    assert entry.postings[1].meta == {"vat": "S", "text": "paper", "order": "PO-0007/1", "qty": Decimal(10)}
    with pytest.raises(Refusal, match="posted already, as BILL-0001"):
        invoice(
            after(draft),
            day=DAY,
            party="STAPLES",
            lines=lines,
            due=None,
            narration="again",
            their_ref="si 99812",
            kind="purchase-invoice",
        )


def test_credits_stand_the_other_way_and_input_and_output_tax_have_their_own_accounts():
    credit = sale(book(), kind="sales-credit")
    assert [str(p.number) for p in after(credit).entry("CRN-0001").postings] == ["-1200.00", "1000.00", "200.00"]
    split = START + '2026-01-01 open Assets:VAT-In\n  role: "vat-input"\n'
    split += '2026-01-01 open Liabilities:VAT-Out\n  role: "vat-output"\n'
    assert "Liabilities:VAT-Out" in sale(book(split)).text
    bill = invoice(
        book(split),
        day=DAY,
        party="STAPLES",
        lines=[DocumentLine("Expenses:Stationery", 100, "S", 20)],
        due=DAY,
        narration="x",
        kind="purchase-invoice",
    )
    assert "Assets:VAT-In" in bill.text


def test_an_invoice_in_another_currency_has_its_base_value():
    ledger = after(sale(book(), foreign=Foreign(140000, "EUR")))
    entry = ledger.entry("INV-0042")
    posting = entry.postings[0]
    assert (str(posting.number), posting.commodity, ledger.base(entry, posting)) == ("1400.00", "EUR", 120000)


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"party": "ACNE"}, "there is no customer or supplier ACNE", "did you mean ACME?"),
        ({"party": "acme ltd"}, "no customer or supplier", "did you mean ACME?"),
        ({"lines": [DocumentLine("Income:Desing", 1)]}, "not an account", "did you mean Income:Design?"),
        ({"lines": []}, "without lines", "one line"),
        ({"ref": "INV-0041"}, "used already", "INV-0042"),
        ({"kind": "sales-order"}, "not a kind", "sales-invoice"),
        ({"party": "ODD"}, "cannot be read", "30 days"),
    ],
)
def test_what_cannot_be_posted_is_refused_with_a_remedy(change, message, hint):
    given_ = {"party": "ACME", "lines": [DocumentLine("Income:Design", 1)], "due": None, "narration": "x", **change}
    with pytest.raises(Refusal) as refused:
        invoice(book(), day=DAY, **given_)
    (problem,) = refused.value.problems
    assert problem.code == "X907"
    assert message in problem.message
    assert hint in problem.hint


def test_books_without_control_or_vat_account_are_told_which_role_is_missing():
    text = 'option "operating_currency" "GBP"\n2026-01-01 open Income:X\n2026-01-01 custom "customer" "A" "A Ltd"\n'
    ledger = Ledger([parse(Source("t.beancount", text.encode()))], Entity("", "GBP", None, None))
    with pytest.raises(Refusal, match="no account of role debtors"):
        invoice(ledger, day=DAY, party="A", lines=[DocumentLine("Income:X", 1)], due=None, narration="x")
    text += '2026-01-01 open Assets:D\n  role: "debtors"\n'
    ledger = Ledger([parse(Source("t.beancount", text.encode()))], Entity("", "GBP", None, None))
    with pytest.raises(Refusal, match="no account for VAT"):
        invoice(ledger, day=DAY, party="A", lines=[DocumentLine("Income:X", 5, "S", 1)], due=None, narration="x")


# Money.


def take(ledger, amount, *names, **more):
    facts = {"day": date(2026, 4, 28), "party": "ACME", "bank_account": "Assets:Bank", "narration": "FPI", **more}
    return receipt(ledger, amount=amount, allocate=names, **facts)


def test_a_receipt_brings_its_allocations_and_never_takes_more_than_is_open():
    draft = take(book(), 15000, "INV-0041")
    assert draft.reasons == ("100.00 GBP settles INV-0041 in full", "50.00 GBP stays on the account of Acme Ltd")
    assert draft.texts[1] == ('2026-04-28 custom "allocate" "RCT-0001" "INV-0041" 100.00 GBP\n  method: "named"\n')
    assert opens(after(draft)) == {"INV-0041": 0, "RCT-0001": -5000}


def test_money_goes_to_what_is_named_first_and_the_rest_stays_open():
    two = START + sale(book()).text
    draft = take(book(two), 12000, "INV-0041", "INV-0042")
    assert opens(after(draft, two)) == {"INV-0041": 0, "INV-0042": 118000, "RCT-0001": 0}
    other = take(book(two), 12000, "INV-0042", "INV-0041")
    assert opens(after(other, two)) == {"INV-0041": 10000, "INV-0042": 108000, "RCT-0001": 0}
    assert other.reasons[-1] == "INV-0041 gets nothing: the money went to those before it"


def test_a_payment_settles_a_bill_and_a_refund_a_credit():
    bill = invoice(
        book(),
        day=DAY,
        party="STAPLES",
        lines=[DocumentLine("Expenses:Stationery", 5000)],
        due=None,
        narration="x",
        kind="purchase-invoice",
    )
    text = START + bill.text + sale(book(), 500, kind="sales-credit").text
    facts = {"day": DAY, "bank_account": "Assets:Bank", "narration": "BACS"}
    paid = payment(book(text), party="STAPLES", amount=3000, allocate=["BILL-0001"], **facts)
    assert opens(after(paid, text))["BILL-0001"] == -2000
    refund = payment(book(text), party="ACME", amount=600, allocate=["CRN-0001"], **facts)
    ledger = after(refund, text)
    assert ledger.entry("RFD-0001").type == "refund"
    assert opens(ledger)["CRN-0001"] == 0


def test_money_on_account_needs_no_names_and_may_be_in_another_currency():
    draft = take(book(), 500)
    assert len(draft.texts) == 1
    assert draft.reasons == ("5.00 GBP stays on the account of Acme Ltd",)
    text = START + sale(book(), foreign=Foreign(140000, "EUR")).text
    settled = take(book(text), 120000, "INV-0042", foreign=Foreign(140000, "EUR"), bank_account="Assets:Bank-EUR")
    assert len(settled.texts) == 2
    assert opens(after(settled, text))["INV-0042"] == 0
    home = take(book(text), 118000, "INV-0042", foreign=Foreign(140000, "EUR"))
    assert opens(after(home, text))["INV-0042"] == 0
    assert home.reasons[-1].startswith("exchange differences are not posted (-20.00 GBP on INV-0042)")
    text += '2026-01-01 open Income:Exchange\n  role: "fx-gain"\n'
    half = take(book(text), 59000, "INV-0042", foreign=Foreign(70000, "EUR"))
    assert half.reasons[-1] == "JNL-0001: exchange loss of 10.00 GBP on INV-0042"
    ledger = after(half, text)
    assert [line.base for line in ledger.lines(account="Assets:Debtors:Exchange")] == [-1000]


@pytest.mark.parametrize(
    ("names", "change", "message", "hint"),
    [
        (["INV-0043"], {}, "no entry INV-0043", "did you mean INV-00"),
        (["INV-0041"], {"party": "ODD"}, "nothing that Odd Terms Ltd owes", "this party"),
        (["INV-0041"], {"foreign": Foreign(5, "EUR")}, "in EUR", "currency"),
        ([], {"bank_account": "Assets:Bnk"}, "not an account", "Assets:Bank"),
        ([], {"amount": 0}, "more than zero", "payment"),
    ],
)
def test_money_that_cannot_be_posted_is_refused(names, change, message, hint):
    facts = {"day": DAY, "party": "ACME", "bank_account": "Assets:Bank", "narration": "x", "amount": 5, **change}
    with pytest.raises(Refusal) as refused:
        receipt(book(), allocate=names, **facts)
    assert message in refused.value.problems[0].message
    assert hint in refused.value.problems[0].hint


def test_what_is_settled_already_is_refused():
    paid = START + take(book(), 10000, "INV-0041").text
    with pytest.raises(Refusal, match="INV-0041 is settled already"):
        take(book(paid), 10000, "INV-0041")


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.integers(1, 2000))
def test_allocations_add_up_and_never_pass_what_is_open(amounts, money):
    text = START
    for number, amount in enumerate(amounts, 42):
        text += sale(book(text), amount * 5, ref=f"INV-{number:04d}").text
    names = [f"INV-{number:04d}" for number in range(42, 42 + len(amounts))]
    before = opens(book(text))
    now = opens(after(take(book(text), money, *names), text))
    assert now["RCT-0001"] == -max(0, money - sum(before[name] for name in names))
    assert sum(now.values()) == sum(before.values()) - money
    assert all(0 <= now[name] <= before[name] for name in names)


# Journals.


def test_a_journal_balances_in_each_commodity_or_is_refused():
    legs = [("Expenses:Stationery", 500, "GBP"), ("Assets:Bank", -500, "GBP")]
    draft = journal(book(), day=DAY, narration="petty cash", legs=legs)
    assert after(draft).entry("JNL-0001").narration == "petty cash"
    accrual = journal(book(), day=DAY, narration="x", legs=legs, type="accrual", party="ACME")
    assert after(accrual).entry("ACR-0001").meta["party"] == "ACME"
    with pytest.raises(Refusal, match=r"does not balance: 0\.01 GBP too much"):
        journal(book(), day=DAY, narration="x", legs=[*legs, ("Assets:Bank", 1, "GBP")])
    with pytest.raises(Refusal, match="no entry type jornal"):
        journal(book(), day=DAY, narration="x", legs=legs, type="jornal")
    with pytest.raises(Refusal, match="two legs"):
        journal(book(), day=DAY, narration="x", legs=legs[:1])


# Reversals.


def test_a_reversal_turns_every_sign_and_settles_what_it_reverses():
    text = START + sale(book()).text
    draft = reversal(book(text), "INV-0042", date(2026, 4, 30), "wrong customer")
    assert draft.refs == ("REV-0001",)
    ledger = after(draft, text)
    entry = ledger.entry("REV-0001")
    assert (entry.narration, entry.payee) == ("Reversal of INV-0042: wrong customer", "Acme Ltd")
    assert (entry.meta["reverses"], entry.meta["party"], entry.links) == ("INV-0042", "ACME", {"INV-0042"})
    assert [(p.account, str(p.number), p.meta.get("vat")) for p in entry.postings] == [
        ("Assets:Debtors", "-1200.00", None),
        ("Income:Design", "1000.00", "S"),
        ("Liabilities:VAT", "200.00", "S"),
    ]
    assert opens(ledger) == {"INV-0041": 10000, "INV-0042": 0, "REV-0001": 0}
    with pytest.raises(Refusal, match="INV-0042 is reversed already, by REV-0001"):
        reversal(ledger, "INV-0042", date(2026, 5, 1), "")
    with pytest.raises(Refusal, match="REV-0001 is a reversal itself"):
        reversal(ledger, "REV-0001", date(2026, 5, 1), "")


def test_what_is_allocated_or_reconciled_is_not_reversed_and_the_undo_is_named():
    text = START + take(book(), 10000, "INV-0041").text
    text += '2026-05-02 custom "reconcile" "CUR" "1" "RCT-0001" 100.00 GBP\n'
    with pytest.raises(Refusal) as refused:
        reversal(book(text), "INV-0041", date(2026, 5, 3), "x")
    assert refused.value.problems[0].hint == 'undo first: undo "allocate" "RCT-0001" "INV-0041" 100.00 GBP'
    with pytest.raises(Refusal, match="RCT-0001 is allocated and reconciled"):
        reversal(book(text), "RCT-0001", date(2026, 5, 3), "x")
    undone = text + '2026-05-03 custom "undo" "allocate" "RCT-0001" "INV-0041" 100.00 GBP\n'
    assert opens(after(reversal(book(undone), "INV-0041", date(2026, 5, 3), "x"), undone))["INV-0041"] == 0


def test_a_reversal_cannot_be_dated_before_or_name_nothing():
    with pytest.raises(Refusal, match="after 2026-03-01"):
        reversal(book(), "INV-0041", date(2026, 3, 1), "x")
    with pytest.raises(Refusal, match="no entry INV-0040"):
        reversal(book(), "INV-0040", DAY, "x")


LOTS = """
2026-02-01 * "Broker" "buy"
  ref: "JNL-0001"
  Assets:Shares   10 HOOL {5.00 GBP, "a \\"b\\""}
  Assets:Shares   3 HOOL {{10.00 GBP}}
  Assets:Bank
2026-02-02 * "Broker" "buy"
  ref: "JNL-0002"
  Assets:Shares   4 HOOL {6.00 GBP} @ 6.50 GBP
  Assets:Bank   -24.00 GBP
2026-02-03 * "Broker" "sell all"
  ref: "JNL-0003"
  Assets:Shares   -17 HOOL {} @@ 119.00 GBP
  Assets:Bank   119.00 GBP
  Income:Design
2026-02-04 * "Bureau" "euros"
  ref: "JNL-0004"
  Assets:Bank-EUR   100.00 EUR @@ 86.13 GBP
  Assets:Bank   -86.13 GBP
"""


def test_lots_and_prices_are_named_in_full():
    sold = reversal(book(LOTS), "JNL-0003", DAY, "x")
    ledger = after(sold, LOTS)
    assert sum(line.minor for line in ledger.lines(account="Assets:Shares")) == 17
    assert '10 HOOL {5.00 GBP, 2026-02-01, "a \\"b\\""} @ 7' in sold.text
    assert "4 HOOL {6.00 GBP, 2026-02-02} @ 7" in sold.text
    text = LOTS + sold.text
    for number in ("JNL-0001", "JNL-0002"):
        text += "\n" + reversal(book(text), number, DAY, "x").text
    text += "\n" + reversal(book(text), "JNL-0004", DAY, "x").text
    assert "-100.00 EUR @@ 86.13 GBP" in text
    ledger = book(text)
    assert [p for p in ledger.problems if p.severity == "error"] == []
    totals = {}
    for line in ledger.lines():
        totals[line.posting.account] = totals.get(line.posting.account, 0) + line.minor
    assert set(totals.values()) == {0}
