"""Receipts, payments and credits to the items they settle: what is done, what is only suggested, and why."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.allocation import draft, json_answer, match_payments, table
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.items import check_items, open_items
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.mentions import BARE, LABELLED, SPELLED, Mentions

DAY = date(2026, 4, 29)
CHART = """
2026-01-01 open Assets:Bank
  role: "bank"
2026-01-01 open Assets:Debtors
  role: "debtors"
2026-01-01 open Liabilities:Creditors
  role: "creditors"
2026-01-01 open Income:Sales GBP
2026-01-01 open Income:Exchange GBP
  role: "fx-gain"
2026-01-01 open Expenses:Costs GBP
2026-01-01 custom "customer" "ACME" "Acme Widgets Ltd"
2026-01-01 custom "customer" "BOLT" "Bolt plc"
2026-01-01 custom "supplier" "STAPLES" "Staples UK Ltd"
"""


def book(*texts):
    source = Source("t.beancount", (CHART + "".join(texts)).encode())
    return Ledger([parse(source)], Entity("Acme", "GBP", (3, 31), None))


def entry(day, kind, ref, party, words, control, amount, other, extra="", commodity="GBP"):
    party_line = f'  party: "{party}"\n' if party else ""
    return f"""
{day} * "{words}"
  type: "{kind}"
  ref: "{ref}"
{party_line}{extra}  {control}   {amount:.2f} {commodity}
  {other}
"""


def inv(ref, amount, day="2026-04-01", party="ACME", **more):
    return entry(day, "sales-invoice", ref, party, "sale", "Assets:Debtors", amount, "Income:Sales", **more)


def crn(ref, amount, words="credit", day="2026-04-02", party="ACME", **more):
    return entry(day, "sales-credit", ref, party, words, "Assets:Debtors", -amount, "Income:Sales", **more)


def rct(ref, amount, words="FPI", day="2026-04-28", party="ACME", **more):
    return entry(day, "receipt", ref, party, words, "Assets:Debtors", -amount, "Assets:Bank", **more)


def bill(ref, amount, theirs, day="2026-04-01"):
    extra = f'  their-ref: "{theirs}"\n'
    control, other = "Liabilities:Creditors", "Expenses:Costs"
    return entry(day, "purchase-invoice", ref, "STAPLES", "paper", control, -amount, other, extra)


def pay(ref, amount, words="BACS", day="2026-04-28"):
    return entry(day, "payment", ref, "STAPLES", words, "Liabilities:Creditors", amount, "Assets:Bank")


def rfd(ref, amount, words="refund", day="2026-04-28"):
    return entry(day, "refund", ref, "ACME", words, "Assets:Debtors", amount, "Assets:Bank")


def done(ledger):
    return [(a.from_, a.to, a.amount, a.method) for a in match_payments(ledger, DAY).allocations]


def hints(ledger):
    return [(s.from_, s.to, s.amount, s.why) for s in match_payments(ledger, DAY).suggested]


# References in words.

REFERENCES = Mentions(["INV-0042", "INV-0043", "BILL-0107", "SI-99812", "INV-2026-0042", "77001"])


@pytest.mark.parametrize(
    ("text", "names", "strength"),
    [
        ("FPI ACME LTD INV42", "INV-0042", SPELLED),
        ("inv 0042", "INV-0042", SPELLED),
        ("INV-42.", "INV-0042", SPELLED),
        ("Invoice no. 42", "INV-0042", SPELLED),
        ("INV-00 42", "INV-0042", SPELLED),
        ("INV20260042", "INV-2026-0042", SPELLED),
        ("PAYMENTINV0042", "INV-0042", LABELLED),
        ("invoice 99812", "SI-99812", LABELLED),
        ("ref 99812", "SI-99812", BARE),
        ("77001", "77001", BARE),
    ],
)
def test_a_reference_is_known_however_it_is_written(text, names, strength):
    (mention,) = REFERENCES.find(text)
    assert (mention.names, mention.strength) == ((names,), strength)


def test_lists_go_on_and_run_together():
    for text in ("INVOICES 42, 43", "INV0042INV0043", "inv 42 and 43", "INV-0042/0043", "INV-0042 INV-0043"):
        assert [mention.names[0] for mention in REFERENCES.find(text)] == ["INV-0042", "INV-0043"], text


def test_numbers_that_are_part_of_something_else_name_nothing():
    for text in ("", "42", "CN-99812", "99812.00", "12/99812", "A99812", "99812-1", "April 2026"):
        assert REFERENCES.find(text) == [], text
    assert REFERENCES.find("INV-0044")[0].names == ()


@given(st.text(max_size=60))
def test_any_text_can_be_read(text):
    Mentions([text, "INV-1"]).find(text + " INV1")


# By reference.


@pytest.mark.parametrize("words", ["FPI ACME INV42", "inv 0042", "Invoice 42", "INV-42 thanks", "INV-0042"])
def test_an_invoice_that_is_named_is_settled(words):
    ledger = book(inv("INV-0042", 120), inv("INV-0043", 120), rct("RCT-1", 120, words))
    assert done(ledger) == [("RCT-1", "INV-0042", 12000, "reference")]
    assert hints(ledger) == []


def test_a_part_payment_that_names_its_invoice_is_allocated():
    ledger = book(inv("INV-0042", 120), inv("INV-0043", 70), rct("RCT-1", 50, "INV42 part"), rct("RCT-2", 50, "INV42"))
    assert done(ledger) == [("RCT-1", "INV-0042", 5000, "reference"), ("RCT-2", "INV-0042", 5000, "reference")]
    assert [item.open for item in match_payments(ledger, DAY).open] == [2000, 7000]


def test_more_money_than_the_one_invoice_named_stays_on_account():
    found = match_payments(book(inv("INV-0042", 120), rct("RCT-1", 150, "INV42")), DAY)
    assert [(a.to, a.amount) for a in found.allocations] == [("INV-0042", 12000)]
    assert [(item.name, item.open) for item in found.unallocated] == [("RCT-1", -3000)]
    assert found.open == []


def test_a_remittance_line_is_the_payers_word_and_the_words_of_the_supplier_count_too():
    remittance = '2026-04-28 custom "remittance-line" "RCT-1" "Invoice 42" 120.00 GBP "website"\n'
    assert done(book(inv("INV-0042", 120), inv("INV-0043", 120), rct("RCT-1", 120), remittance)) == [
        ("RCT-1", "INV-0042", 12000, "reference")
    ]
    bills = bill("BILL-0107", 294, "SI-99812") + bill("BILL-0108", 294, "SI-99813")
    assert done(book(bills, pay("PAY-1", 294, "BACS 99812"))) == [("PAY-1", "BILL-0107", 29400, "reference")]
    assert done(book(bills, pay("PAY-1", 200, "BACS SI 99812"))) == [("PAY-1", "BILL-0107", 20000, "reference")]
    assert done(book(bills, pay("PAY-1", 200, "BACS 99812"))) == []


def test_several_references_settle_only_what_adds_up():
    two = inv("INV-0042", 120) + inv("INV-0043", 70, "2026-03-01")
    exact = book(two, rct("RCT-1", 190, "INV 42 + 43"))
    assert [(to, amount) for _, to, amount, _ in done(exact)] == [("INV-0043", 7000), ("INV-0042", 12000)]
    short = book(two, rct("RCT-1", 150, "INV 42 + 43"))
    assert done(short) == []
    assert [(to, amount) for _, to, amount, _ in hints(short)] == [("INV-0043", 7000), ("INV-0042", 8000)]
    assert "150.00 GBP is not the 190.00 GBP they come to" in hints(short)[0][3]


def test_remittance_amounts_settle_parts_and_named_credits_are_taken_off():
    two = inv("INV-0042", 120) + inv("INV-0043", 70)
    lines = """
2026-04-28 custom "remittance-line" "RCT-1" "INV-0042" 100.00 GBP
2026-04-28 custom "remittance-line" "RCT-1" "INV-0043" 50.00 GBP
"""
    assert [row[1:3] for row in done(book(two, rct("RCT-1", 150), lines))] == [("INV-0042", 10000), ("INV-0043", 5000)]
    net = book(two, crn("CRN-0003", 40), rct("RCT-1", 150, "INV-0042 INV-0043 less CRN-0003"))
    assert sorted(row[:3] for row in done(net)) == [
        ("CRN-0003", "INV-0042", 4000),
        ("RCT-1", "INV-0042", 8000),
        ("RCT-1", "INV-0043", 7000),
    ]


def test_a_paid_invoice_is_a_probable_duplicate_and_never_settled_again():
    text = inv("INV-0042", 120) + rct("RCT-1", 120, "INV42", "2026-04-10") + inv("INV-0043", 120)
    ledger = book(text, rct("RCT-2", 120, "INV42"))
    assert done(ledger) == [("RCT-1", "INV-0042", 12000, "reference")]
    assert hints(ledger)[:2] == [
        ("RCT-2", "INV-0042", 0, "INV-0042 is settled already: probable duplicate"),
        ("RCT-2", "INV-0043", 12000, "the amount is that of INV-0043"),
    ]


def test_a_reference_that_names_something_else_keeps_the_amount_from_being_enough():
    unknown = book(inv("INV-0042", 120), rct("RCT-1", 120, "INV-0099"))
    assert done(unknown) == []
    assert hints(unknown) == [
        ("RCT-1", "INV-0042", 12000, "the amount is that of INV-0042, but it names INV 0099, which is not in the books")
    ]
    other = book(inv("INV-0042", 120), inv("INV-0043", 120, party="BOLT"), rct("RCT-1", 120, "INV-0043"))
    assert done(other) == []
    assert [row[1:3] for row in hints(other)] == [("INV-0042", 12000), ("INV-0043", 0)]
    assert "is of Bolt plc" in hints(other)[1][3]
    swapped = book(inv("INV-0042", 120), inv("INV-0043", 70), rct("RCT-1", 70, "INV-0042"))
    assert done(swapped) == []
    assert [row[1] for row in hints(swapped)] == ["INV-0042", "INV-0043"]


def test_money_of_an_unknown_payer_needs_the_reference_and_the_amount_or_the_name():
    ledger = book(inv("INV-0042", 120), rct("RCT-1", 120, "INV-0042", party=""))
    assert done(ledger) == [("RCT-1", "INV-0042", 12000, "reference")]
    assert done(book(inv("INV-0042", 120), rct("RCT-1", 50, "INV-0042", party=""))) == []
    assert done(book(inv("INV-0042", 120), rct("RCT-1", 50, "FPI ACME WIDGETS INV42", party=""))) == [
        ("RCT-1", "INV-0042", 5000, "reference")
    ]
    nameless = book(inv("INV-0042", 120), rct("RCT-1", 120, "cash", party=""))
    assert done(nameless) == []
    assert [row[1:3] for row in hints(nameless)] == [("INV-0042", 12000)]


# By amount and balance.


def test_the_only_open_item_of_that_amount_is_settled_and_of_two_none():
    assert done(book(inv("INV-1", 120), inv("INV-2", 70), rct("RCT-1", 70))) == [("RCT-1", "INV-2", 7000, "amount")]
    tie = book(inv("INV-1", 70), inv("INV-2", 70), inv("INV-3", 1), rct("RCT-1", 70))
    assert done(tie) == []
    assert hints(tie) == [
        ("RCT-1", "INV-1", 7000, "it is one of 2 open items of 70.00 GBP"),
        ("RCT-1", "INV-2", 7000, "it is one of 2 open items of 70.00 GBP"),
    ]
    twins = book(inv("INV-1", 70), rct("RCT-1", 70), rct("RCT-2", 70))
    assert done(twins) == []
    assert [row[:2] for row in hints(twins)] == [("RCT-1", "INV-1"), ("RCT-2", "INV-1")]
    assert "only one of them can settle" in hints(twins)[0][3]


def test_another_party_currency_or_side_is_never_settled():
    assert done(book(inv("INV-1", 70, party="BOLT"), rct("RCT-1", 70))) == []
    assert done(book(inv("INV-1", 70), rfd("RFD-1", 70))) == []
    assert done(book(bill("BILL-1", 70, "X-1"), rct("RCT-1", 70))) == []
    assert done(book(crn("CRN-1", 70), rct("RCT-1", 70))) == []


def test_money_long_before_the_invoice_is_only_a_suggestion():
    early = book(inv("INV-1", 70, "2026-06-30"), rct("RCT-1", 70))
    assert done(early) == []
    assert "issued on 2026-06-30, after the money came" in hints(early)[0][3]


def test_a_payment_of_all_that_is_open_settles_it_credits_taken_off():
    two = inv("INV-1", 120) + inv("INV-2", 70)
    assert sorted(done(book(two, rct("RCT-1", 190)))) == [
        ("RCT-1", "INV-1", 12000, "balance"),
        ("RCT-1", "INV-2", 7000, "balance"),
    ]
    netted = book(two, crn("CRN-1", 40), rct("RCT-1", 150))
    assert sorted(done(netted)) == [
        ("CRN-1", "INV-1", 4000, "balance"),
        ("RCT-1", "INV-1", 8000, "balance"),
        ("RCT-1", "INV-2", 7000, "balance"),
    ]
    gross = book(two, crn("CRN-1", 40), rct("RCT-1", 190))
    assert done(gross) == []
    assert [row[1:3] for row in hints(gross) if row[0] == "RCT-1"] == [("INV-1", 12000), ("INV-2", 7000)]
    rivals = book(two, rct("RCT-1", 190), rct("RCT-2", 190))
    assert done(rivals) == []
    later = book(two, inv("INV-3", 5, "2026-04-29"), rct("RCT-1", 190))
    assert [row[1] for row in done(later)] == ["INV-1", "INV-2"]


def test_credits_settle_invoices_and_refunds_settle_credits():
    assert done(book(inv("INV-0042", 100), crn("CRN-0001", 80, "INV-0042 returned"))) == [
        ("CRN-0001", "INV-0042", 8000, "reference")
    ]
    assert done(book(inv("INV-0042", 100), crn("CRN-0001", 80), rfd("RFD-1", 80))) == [
        ("RFD-1", "CRN-0001", 8000, "amount")
    ]
    assert done(book(inv("INV-0042", 80), crn("CRN-0001", 80), rfd("RFD-1", 80))) == []


def test_what_fits_nothing_is_suggested_for_the_oldest_and_stays_on_account():
    ledger = book(inv("INV-2", 120), inv("INV-1", 70, "2026-03-01"), rct("RCT-1", 100))
    assert [row[1:3] for row in hints(ledger)] == [("INV-1", 7000), ("INV-2", 3000)]
    assert [item.open for item in match_payments(ledger, DAY).unallocated] == [-10000]


def test_some_that_add_up_swapped_figures_and_equal_paid_amounts_are_said_to():
    three = inv("INV-1", 300) + inv("INV-2", 400) + inv("INV-3", 200)
    ledger = book(three, rct("RCT-1", 500))
    assert done(ledger) == []
    assert [(row[1], row[3]) for row in hints(ledger)] == [
        ("INV-1", "INV-1 and INV-3 add up to the amount"),
        ("INV-3", "INV-1 and INV-3 add up to the amount"),
    ]
    assert "wrong way round" in hints(book(inv("INV-1", 132.40), rct("RCT-1", 123.40)))[0][3]
    text = inv("INV-1", 70) + inv("INV-2", 5) + rct("RCT-1", 70)
    text += '2026-04-28 custom "allocate" "RCT-1" "INV-1" 70.00 GBP\n' + rct("RCT-2", 70)
    assert "probable duplicate" in hints(book(text))[0][3]


def test_what_a_person_undid_is_not_done_again():
    text = inv("INV-0042", 70) + rct("RCT-1", 70, "INV-0042")
    record = '2026-04-28 custom "allocate" "RCT-1" "INV-0042" 70.00 GBP\n'
    undo = '2026-04-29 custom "undo" "allocate" "RCT-1" "INV-0042" 70.00 GBP\n  reason: "wrong"\n'
    ledger = book(text, record, undo)
    assert done(ledger) == []
    assert "undone once" in hints(ledger)[0][3]


# Drafts and answers.


def test_a_draft_is_records_in_the_words_of_the_design_and_settles_what_it_says():
    text = inv("INV-0042", 1200) + rct("RCT-0012", 1200, "FPI ACME LTD INV42")
    ledger = book(text)
    proposal = draft(ledger, match_payments(ledger, DAY), DAY)
    assert proposal.text == ('2026-04-29 custom "allocate" "RCT-0012" "INV-0042" 1200.00 GBP\n  method: "reference"\n')
    after = book(text, proposal.text)
    assert check_items(after) == []
    assert [item.open for item in open_items(after)] == [0, 0]
    assert match_payments(after, DAY).allocations == []


def test_the_answer_is_text_and_has_decimal_strings():
    ledger = book(inv("INV-0042", 1200), inv("INV-0043", 10), rct("RCT-0012", 1200, "INV42"), rct("RCT-0013", 5))
    match = match_payments(ledger, DAY)
    answer = json.loads(json.dumps(json_answer(ledger, match)))
    assert next(iter(answer)) == "schema"
    assert answer["schema"] == "acctkit.match-payments/1"
    assert answer["problems"] == {"errors": 0, "warnings": 0}
    assert answer["allocations"] == [
        {
            "from": "RCT-0012",
            "to": "INV-0042",
            "amount": "1200.00",
            "commodity": "GBP",
            "method": "reference",
            "reasons": [
                "the payer's words name INV-0042",
                "and 1200.00 GBP is just what is open",
                "INV-0042 is then settled in full",
            ],
        }
    ]
    assert answer["suggested"][0]["amount"] == "5.00"
    assert [(row["entry"], row["open"], row["file"]) for row in answer["unallocated"]] == [
        ("RCT-0013", "-5.00", "t.beancount")
    ]
    assert [row["entry"] for row in answer["open"]] == ["INV-0043"]
    shown = table(ledger, match)
    assert [row.cells[0] for row in shown.rows if row.style == "heading"] == ["Allocated", "Suggested", "On account"]
    assert all(len(row.cells) == len(shown.columns) for row in shown.rows)


def foreign(kind, ref, sign, base, words):
    other = "Income:Sales" if kind == "sales-invoice" else "Assets:Bank"
    return f"""
2026-04-0{1 if sign > 0 else 5} * "{words}"
  type: "{kind}"
  ref: "{ref}"
  party: "ACME"
  Assets:Debtors   {sign * 100:.2f} EUR @@ {base:.2f} GBP
  {other}   {-sign * base:.2f} GBP
"""


def test_an_exchange_difference_is_drafted_with_its_allocation():
    text = foreign("sales-invoice", "INV-1", 1, 80, "sale") + foreign("receipt", "RCT-1", -1, 85, "INV-1")
    ledger = book(text)
    proposal = draft(ledger, match_payments(ledger, DAY), DAY)
    assert proposal.refs == ("JNL-0001",)
    after = book(text, proposal.text)
    assert [p for p in after.problems + check_items(after) if p.severity == "error"] == []
    assert sum(line.base for line in after.lines(account="Assets:Debtors")) == 0
    assert [line.minor for line in after.lines(account="Income:Exchange")] == [-500]
    assert "exchange gain of 5.00 GBP on INV-1" in proposal.reasons[-1]


# Whatever the books.

AMOUNTS = st.integers(1, 6).map(lambda n: n * 10)


@st.composite
def trades(draw):
    texts = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        party, day = draw(st.sampled_from(["ACME", "BOLT", ""])), draw(st.integers(1, 9))
        texts.append(inv(f"INV-{number:04d}", draw(AMOUNTS), f"2026-04-0{day}", party))
    for number in range(1, draw(st.integers(0, 5)) + 1):
        party, day = draw(st.sampled_from(["ACME", "BOLT", ""])), draw(st.integers(10, 19))
        words = draw(st.sampled_from(["", "INV1", "Invoice 2", "INV 1, 2", "0003", "INV-0009", "CRN-0001"]))
        make, prefix = draw(st.sampled_from([(rct, "RCT"), (crn, "CRN")]))
        texts.append(make(f"{prefix}-{number:04d}", draw(AMOUNTS), words, f"2026-04-{day}", party))
    return texts


@given(trades(), st.randoms())
def test_the_order_of_the_books_changes_nothing_and_no_more_than_is_open_is_taken(texts, random):
    ledger = book(*texts)
    match = match_payments(ledger, DAY)
    shuffled = list(texts)
    random.shuffle(shuffled)
    again = match_payments(book(*shuffled), DAY)
    assert (again.allocations, again.suggested) == (match.allocations, match.suggested)
    assert all(one.amount > 0 for one in match.allocations)
    after = book(*texts, draft(ledger, match, DAY).text)
    assert [p for p in after.problems + check_items(after) if p.severity == "error"] == []
    still = {item.name: item.open for item in open_items(after) if item.open}
    assert still == {item.name: item.open for item in [*match.unallocated, *match.open]}
    assert match_payments(after, DAY).allocations == []
