"""Suppliers' statements: read whatever their layout, compared with the ledger, and proved."""

import io
import sys
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.banking.suppliers import SupplierLine, SupplierStatement, read_supplier
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Refusal
from acctkit.suppliers import compare, find_supplier, json_answer, letter, table
from runner import ROOT

TODAY = date(2026, 4, 9)
CHART = """
2026-01-01 open Assets:Bank
  role: "bank"
2026-01-01 open Liabilities:Creditors
  role: "creditors"
2026-01-01 open Expenses:Costs
2026-01-01 open Liabilities:VAT
  role: "vat"
2026-01-01 custom "supplier" "STAPLES" "Staples UK Ltd"
2026-01-01 custom "supplier" "PELICAN" "Pelican Paper Ltd"
"""


def bill(ref, day, amount, number, party="STAPLES", extra="", kind="purchase-invoice"):
    return f"""
{day} * "S" "goods"
  type: "{kind}"
  ref: "{ref}"
  their-ref: "{number}"
  party: "{party}"
{extra}  Liabilities:Creditors   {-Decimal(amount)} GBP
  Expenses:Costs   {amount} GBP
"""


def payment(ref, day, amount, party="STAPLES"):
    return f"""
{day} * "S" "payment run"
  type: "payment"
  ref: "{ref}"
  party: "{party}"
  Liabilities:Creditors   {amount} GBP
  Assets:Bank   -{amount} GBP
"""


def allocate(from_, to, amount, day="2026-03-31"):
    return f'{day} custom "allocate" "{from_}" "{to}" {amount} GBP\n'


def book(text):
    return Ledger([parse(Source("t.beancount", (CHART + text).encode()))], Entity("Acme Ltd", "GBP", (3, 31), None))


def read(text, **more):
    return read_supplier(text.encode() if isinstance(text, str) else text, "s.csv", today=TODAY, **more)


def only(text, **more):
    found = read(text, **more)
    assert not found.problems, found.problems
    (statement,) = found.statements
    return statement


def amounts(text):
    statement = only(text)
    return [f"{line.amount:f}" for line in statement.lines], f"{statement.closing:f}"


def codes(text, **more):
    return [problem.code for problem in read(text, **more).problems]


def kinds(ledger, text, **more):
    party = find_supplier(ledger, "STAPLES")
    found = compare(ledger, party, only(text), name="s.csv", **more)
    assert found.difference == 0
    return [(one.kind, one.effect) for one in found.findings], found


# Reading.

LAYOUTS = {
    "debit, credit and running balance": """\
Date,Reference,Type,Debit,Credit,Balance
01/03/2026,,Balance b/f,,,50.00
05/03/2026,A-101,Invoice,100.00,,150.00
20/03/2026,,Payment,,50.00,100.00
25/03/2026,A-9,Credit note,,10.00,90.00
""",
    "one amount with signs": """\
Doc Date;Doc No;Doc Type;Value;Running Balance
01/03/2026;;Brought forward;50.00;50.00
05/03/2026;A-101;Inv;100.00;150.00
20/03/2026;;Pay;-50.00;100.00
25/03/2026;A-9;CRN;(10.00);90.00
""",
    "one amount, signed by its type": """\
Date,Ref,Type,Amount,Balance
01/03/2026,,Opening balance,,50.00
05/03/2026,A-101,SI,100.00,150.00
20/03/2026,,SR,50.00,100.00
25/03/2026,A-9,SC,10.00,90.00
""",
    "CR behind the figures": """\
Date,Ref,Details,Amount,Balance
01/03/2026,,Bal B/Fwd,50.00 DR,50.00 DR
05/03/2026,A-101,Invoice,100.00 DR,150.00 DR
20/03/2026,,Payment received,50.00 CR,100.00 DR
25/03/2026,A-9,Credit,10.00 CR,90.00 DR
""",
    "the newest first": """\
Date,Reference,Type,Debit,Credit,Balance
25/03/2026,A-9,Credit note,,10.00,90.00
20/03/2026,,Payment,,50.00,100.00
05/03/2026,A-101,Invoice,100.00,,150.00
01/03/2026,,Balance b/f,,,50.00
""",
    "pounds and thousands": """\
Date\tReference\tType\tDebit\tCredit\tBalance\t
01/03/2026\t\tBalance b/f\t\t\t£50.00
05/03/2026\tA-101\tInvoice\t£100.00\t\t£150.00
20/03/2026\t\tPayment\t\t£50.00\t£100.00
25/03/2026\tA-9\tCredit note\t\t£10.00\t£90.00
""",
    "decimal commas": """\
Date;Reference;Type;Debit;Credit;Balance
01.03.2026;;Balance b/f;;;50,00
05.03.2026;A-101;Invoice;100,00;;150,00
20.03.2026;;Payment;;50,00;100,00
25.03.2026;A-9;Credit note;;10,00;90,00
""",
    "payments below nothing in their column, pages, a foot": """\
Staples UK Ltd
Statement date: 31 March 2026
Date,Invoice No,Description,Charges,Payments,Balance
1 Mar 2026,,Balance brought forward,,,50.00
5 Mar 2026,A-101,Goods,100.00,,150.00
,,Carried forward,,,150.00
Date,Invoice No,Description,Charges,Payments,Balance
,,Brought forward,,,150.00
20 Mar 2026,,Payment - thank you,,-50.00,100.00
25 Mar 2026,A-9,Credit note,,-10.00,90.00
,,Totals,100.00,60.00,90.00
Current,30 days,60 days,90+ days
90.00,0.00,0.00,0.00
Total due,,,,,90.00
""",
    "a reference of ours beside their number": """\
Date,Activity,Reference,Due Date,Invoice Amount,Payments,Balance GBP
1 Mar 2026,Opening Balance,,,,,50.00
5 Mar 2026,Invoice # A-101,PO 7781,4 Apr 2026,100.00,,150.00
20 Mar 2026,Payment,,,,50.00,100.00
25 Mar 2026,Credit Note # A-9,,,-10.00,,90.00
BALANCE DUE GBP,,,,,,90.00
""",
    "in German": """\
Datum;Belegnummer;Belegart;Fälligkeit;Soll;Haben;Saldo
01.03.2026;;Saldovortrag;;;;50,00
05.03.2026;A-101;Rechnung;04.04.2026;100,00;;150,00
20.03.2026;;Zahlung;;;50,00;100,00
25.03.2026;A-9;Gutschrift;;;10,00;90,00
""",
    "months before days": """\
Date,Num,Type,Charges,Credits,Account Bal.
03/01/2026,,Balance Forward,,,$50.00
03/05/2026,A-101,Invoice,$100.00,,$150.00
03/20/2026,,Payment,,$50.00,$100.00
03/25/2026,A-9,Credit memo,,$10.00,$90.00
Current,1-30,31-60,61-90,Over 90,Total
$90.00,$0.00,$0.00,$0.00,$0.00,$90.00
""",
    "signs turned round": """\
Date,Ref,Type,Amount,Balance
01/03/2026,,Opening balance,,-50.00
05/03/2026,A-101,Invoice,100.00,50.00
""",
}


@pytest.mark.parametrize("layout", list(LAYOUTS)[:-1])
def test_one_statement_reads_the_same_in_every_layout(layout):
    statement = only(LAYOUTS[layout])
    assert [line.amount for line in statement.lines] == [100, -50, -10]
    assert [line.kind for line in statement.lines] == ["invoice", "payment", "credit"]
    assert [line.reference for line in statement.lines if line.reference] == ["A-101", "A-9"]
    assert (statement.opening, statement.closing, statement.is_open) == (50, 90, False)
    assert [line.date.day for line in statement.lines] == [5, 20, 25]


def test_a_credit_balance_brought_forward_is_what_they_owe_us():
    statement = only(LAYOUTS["signs turned round"])
    assert (statement.opening, statement.closing) == (-50, 50)


OPEN_LAYOUTS = {
    "outstanding": """\
Invoice Date,Due Date,Invoice No,Type,Original Amount,Amount Outstanding
05/03/2026,04/04/2026,A-101,Invoice,100.00,100.00
15/03/2026,14/04/2026,A-102,Invoice,80.00,30.00
,,,,Total due,130.00
""",
    "amount, paid and balance of each": """\
Date,Activity,Reference,Due Date,Invoice Amount,Payments,Balance GBP
05/03/2026,Invoice,A-101,04/04/2026,100.00,0.00,100.00
15/03/2026,Invoice,A-102,14/04/2026,80.00,50.00,30.00
,,,,,Amount due GBP,130.00
""",
    "open amount and a running balance of it": """\
Date,Transaction,Amount,Open amount,Balance
05/03/2026,INV #A-101,100.00,100.00,100.00
15/03/2026,INV #A-102,80.00,30.00,130.00
""",
}


@pytest.mark.parametrize("layout", OPEN_LAYOUTS)
def test_a_list_of_what_is_open_is_read_as_what_is_left(layout):
    statement = only(OPEN_LAYOUTS[layout])
    assert [line.amount for line in statement.lines] == [100, 30]
    assert statement.closing == 130
    assert statement.is_stated


def test_days_are_told_by_what_is_due_and_by_the_statements_own_day():
    rows = "Date,Due,Ref,Amount\n03/04/2026,{due},A-1,1.00\n"
    assert only(rows.format(due="30/04/2026").replace("03/04", "03/02")).lines[0].date == date(2026, 2, 3)
    assert codes("Date,Ref,Type,Amount\n03/02/2026,A-1,Invoice,1.00\n") == ["B407"]
    assert only("Date,Ref,Type,Amount\n03/02/2026,A-1,Invoice,1.00\n", dates="mdy").lines[0].date == date(2026, 3, 2)
    assert only('Date,Ref,Type,Amount\n"March 2, 2026",A-1,Invoice,1.00\n').lines[0].date == date(2026, 3, 2)
    stated = "Statement date,28/02/2026\nDate,Ref,Type,Amount\n03/02/2026,A-1,Invoice,1.00\n"
    assert only(stated).lines[0].date == date(2026, 2, 3)


def test_a_total_that_is_another_is_named_where_it_stands():
    (problem,) = read("Date,Ref,Type,Amount\n13/03/2026,A-1,Invoice,1.00\n,,Total due,9.00\n").problems
    assert problem.place
    assert (problem.place.line, problem.place.text) == (3, ",,Total due,9.00")


def test_days_that_lie_ahead_are_read_all_the_same():
    assert only("Date,Ref,Type,Amount\n15 Mar 2031,A-1,Invoice,1.00\n").lines[0].date == date(2031, 3, 15)


def test_several_currencies_are_several_statements():
    text = "Date,Ref,Type,Currency,Amount\n13/03/2026,A-1,Invoice,GBP,1.00\n14/03/2026,A-2,Invoice,EUR,2.00\n"
    assert [(one.currency, one.closing) for one in read(text).statements] == [("GBP", 1), ("EUR", 2)]
    assert only("Date,Ref,Type,Amount EUR\n13/03/2026,A-1,Invoice,1.00\n").currency == "EUR"


NASTY = {
    "empty": (b"", ["B402"]),
    "blank": (b" \n\t\n", ["B402"]),
    "a spreadsheet": (b"PK\x03\x04 and so on", ["B401"]),
    "a picture": (b"\x89PNG\r\n", ["B401"]),
    "noise": (bytes(range(1, 32)) * 40, ["B401"]),
    "no headings": (b"this,is\nno,statement\n", ["B401"]),
    "headings alone": (b"Date,Ref,Amount\n", ["B402"]),
    "no date": (b"Date,Ref,Type,Amount\n13/03/2026,A-1,Invoice,1.00\n,A-2,Invoice,2.00\n", ["B403"]),
    "a day that is none": (b"Date,Ref,Type,Amount\n32/13/2026,A-1,Invoice,1.00\n", ["B403"]),
    "an amount in words": (b"Date,Ref,Type,Amount\n13/03/2026,A-1,Invoice,1.0.0\n", ["B403"]),
    "a balance that breaks": (
        b"Date,Ref,Type,Amount,Balance\n13/03/2026,A-1,Invoice,1.00,1.00\n14/03/2026,A-2,Invoice,2.00,5.00\n",
        ["B404"],
    ),
    "a total that is another": (b"Date,Ref,Type,Amount\n13/03/2026,A-1,Invoice,1.00\n,,Total due,9.00\n", ["B404"]),
    "signs in doubt": (
        b"Date,Ref,Type,Amount\n13/03/2026,A,Invoice,9.00\n14/03/2026,B,Payment,-1.00\n15/03/2026,C,Payment,2.00\n",
        ["B403"],
    ),
    "a PDF that is none": (b"%PDF-1.4 and nothing more", ["B402"]),
    "an open quotation": (b'Date,Ref,Type,Amount\n13/03/2026,"A-1,Invoice,1.00\n' + b"x" * 11_000, ["B402"]),
}


@pytest.mark.parametrize("name", NASTY)
def test_what_cannot_be_read_is_refused_with_its_reason_and_a_remedy(name):
    data, expected = NASTY[name]
    found = read_supplier(data, "s.csv", today=TODAY)
    assert [problem.code for problem in found.problems] == expected
    assert all(problem.place and problem.hint for problem in found.problems)


def test_huge_numbers_stay_exact():
    big = "9" * 30
    assert amounts(f"Date,Ref,Type,Amount\n13/03/2026,A-1,Invoice,{big}.99\n14/03/2026,A-2,Invoice,0.01\n") == (
        [f"{big}.99", "0.01"],
        f"1{'0' * 30}.00",
    )


@given(st.binary(max_size=300) | st.text("0123456789/,.;\n-CRDateBalnceInvoicTyp £()", max_size=200).map(str.encode))
def test_no_bytes_make_the_reader_raise(data):
    for head in (b"", b"Date,Ref,Type,Debit,Credit,Balance\n"):
        read_supplier(head + data, "s.csv", today=TODAY)


# PDF.


def pdf(lines):
    sys.path.insert(0, str(ROOT / "examples"))
    from make_suppliers import pdf as make

    return make(lines)


def test_a_pdf_is_read_by_where_its_words_stand():
    found = read_supplier((ROOT / "examples/suppliers/foldwell-2026-03.pdf").read_bytes(), "f.pdf", today=TODAY)
    (statement,) = found.statements
    assert (found.format, found.problems, statement.currency) == ("pdf", (), "GBP")
    assert [f"{line.amount:f}" for line in statement.lines] == ["894.72", "644.64", "-48.00", "212.40"]
    assert (statement.closing, statement.is_open, statement.date) == (Decimal("1703.76"), True, date(2026, 3, 31))


def test_a_debit_and_a_credit_of_a_pdf_are_told_by_their_place():
    head = [(50, "Date"), (120, "Ref"), (200, "Details"), (-400, "Debit"), (-470, "Credit"), (-545, "Balance")]
    rows = [
        [(50, "01/03/2026"), (200, "Balance brought forward"), (-545, "1,050.00")],
        [(50, "13/03/2026"), (120, "A-101"), (200, "Invoice"), (-400, "100.00"), (-545, "1,150.00")],
        [(200, "delivered to the workshop")],
        [(50, "20/03/2026"), (200, "Payment received"), (-470, "50.00"), (-545, "1,100.00")],
    ]
    (statement,) = read_supplier(pdf([head, *rows]), "s.pdf", today=TODAY).statements
    assert [line.amount for line in statement.lines] == [100, -50]
    assert (statement.opening, statement.closing) == (1050, 1100)


def test_each_page_of_a_pdf_has_its_own_columns_and_short_texts_under_wide_headings_are_theirs():
    head = [(50, "Date"), (120, "Document No."), (300, "Description"), (-470, "Amount"), (-545, "Balance")]
    rows = [
        [(50, "13/03/2026"), (120, "SI-101"), (200, "Invoice"), (-470, "100.00"), (-545, "100.00")],
        [
            (50, "14/03/2026"),
            (120, "SI-102"),
            (200, "Invoice, and carriage to the site"),
            (-470, "7.00"),
            (-545, "107.00"),
        ],
    ]
    later = [
        [(20, "Page 2 of 2, and words that stand far to the left of all others and push the columns aside")],
        head,
        [(50, "20/03/2026"), (200, "Payment"), (-470, "50.00-"), (-545, "57.00")],
    ]
    import pypdf

    writer = pypdf.PdfWriter()
    for page in ([head, *rows], later):
        writer.append(io.BytesIO(pdf(page)))
    out = io.BytesIO()
    writer.write(out)
    found = read_supplier(out.getvalue(), "s.pdf", today=TODAY)
    assert not found.problems
    told = [(line.reference, line.kind, line.amount) for line in found.statements[0].lines]
    assert told == [("SI-101", "invoice", 100), ("SI-102", "invoice", 7), ("", "payment", -50)]


def test_a_pdf_that_unpacks_to_too_much_is_refused():
    bomb = pdf([[(50, "Date")]]).replace(b"(Date) Tj", b"(Date) Tj " * 250_000)
    assert "unpacks" in read_supplier(bomb, "s.pdf", today=TODAY).problems[0].message


def test_a_scan_a_locked_and_a_damaged_pdf_are_refused_plainly():
    whole = pdf([[(50, "Date")]])
    scan = read_supplier(whole.replace(b"(Date) Tj", b""), "s.pdf", today=TODAY).problems
    assert "is a scan" in scan[0].message
    for at in range(20, len(whole), 37):
        assert read_supplier(whole[:at], "s.pdf", today=TODAY).problems
    import pypdf

    writer = pypdf.PdfWriter(io.BytesIO(whole))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "password" in read_supplier(out.getvalue(), "s.pdf", today=TODAY).problems[0].message


def test_a_pdf_of_too_many_pages_is_refused():
    import pypdf

    writer = pypdf.PdfWriter()
    for _ in range(201):
        writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)
    assert "200 pages" in read_supplier(out.getvalue(), "s.pdf", today=TODAY).problems[0].message


# Comparing.

BILLS = bill("BILL-1", "2026-03-05", "100.00", "A-101") + bill("BILL-2", "2026-03-12", "80.00", "A-102")
HEAD = "Date,Reference,Type,Debit,Credit,Balance\n"


def test_all_agrees():
    found, comparison = kinds(
        book(BILLS),
        HEAD + "05/03/2026,A101,Inv,100,,100\n12/03/2026,a 0102,Inv,80,,180\n13/03/2026,,Balance c/f,,,180\n",
    )
    assert found == [("agreed", 0)] * 2
    assert comparison.is_clear
    assert letter(book(BILLS), [comparison], TODAY) == ""


def test_missing_unseen_in_transit_and_different():
    books = book(
        BILLS
        + bill("BILL-3", "2026-03-20", "30.00", "A-103")
        + payment("PAY-1", "2026-03-26", "70.00")
        + payment("PAY-2", "2026-03-01", "5.00")
    )
    text = HEAD + "13/02/2026,A-90,Inv,7,,7\n05/03/2026,A-101,Inv,100,,107\n12/03/2026,A-102,Inv,88,,195\n"
    text += "25/03/2026,CN-1,Credit note,,4,191\n28/03/2026,R-1,Payment,,9,182\n"
    found, comparison = kinds(books, text)
    assert sorted(found) == [
        ("agreed", 0), ("differs", -800), ("invoice_not_shown", 3000), ("missing_credit", 400),
        ("missing_invoice", -700), ("missing_payment", 900), ("payment_in_transit", -7000), ("payment_not_shown", -500),
    ]  # fmt: skip
    assert (comparison.closing, comparison.ledger) == (18200, 13500)
    words = letter(books, [comparison], TODAY)
    assert all(part in words for part in ("A-90", "CN-1", "R-1", "yours 88.00, ours 80.00", "A-103"))


@pytest.mark.parametrize(
    ("theirs", "ours", "why"),
    [
        ("108.00", "180.00", "two digits are swapped"),
        ("100.00", "120.00", "VAT of 20 % may be missing from theirs"),
        ("97.50", "100.00", "discount of 2.5 %"),
        ("1000.00", "100.00", "decimal point"),
        ("100.03", "100.00", "one digit differs"),
        ("200.00", "160.00", "VAT of 25 %"),
        ("99.99", "100.00", "rounding"),
        ("111.11", "57.23", ""),
    ],
)
def test_why_amounts_differ(theirs, ours, why):
    books = book(bill("BILL-1", "2026-03-13", ours, "A-101"))
    _, found = kinds(books, f"Date,Reference,Type,Amount\n13/03/2026,A-101,Invoice,{theirs}\n")
    (one,) = found.of("differs")
    assert why in one.reasons[0]
    assert why or len(one.reasons) == 1


def test_an_invoice_that_we_have_paid_and_they_still_show_agrees_with_the_payment_on_its_way():
    books = book(BILLS + payment("PAY-1", "2026-03-28", "100.00") + allocate("PAY-1", "BILL-1", "100.00"))
    text = "Date,Ref,Type,Amount,Outstanding\n05/03/2026,A-101,Inv,100,100\n12/03/2026,A-102,Inv,80,80\n"
    text += "30/03/2026,,Total due,,180\n"
    found, comparison = kinds(books, "Statement date,31/03/2026\n" + text)
    assert sorted(found) == [("agreed", 0), ("agreed", 0), ("payment_in_transit", -10000)]
    assert comparison.is_clear


def test_what_was_settled_before_on_both_sides_is_not_told():
    old = bill("BILL-0", "2026-01-05", "55.00", "A-99") + payment("PAY-0", "2026-02-05", "55.00")
    books = book(old + BILLS + allocate("PAY-0", "BILL-0", "55.00"))
    found, _ = kinds(books, "Date,Ref,Type,Outstanding\n05/03/2026,A-101,Inv,100\n13/03/2026,A-102,Inv,80\n")
    assert found == [("agreed", 0)] * 2


def test_a_part_paid_invoice_is_compared_by_what_is_left():
    books = book(BILLS + payment("PAY-1", "2026-03-15", "40.00") + allocate("PAY-1", "BILL-1", "40.00"))
    found, _ = kinds(
        books,
        "As at 31/03/2026\nDate,Ref,Type,Amount,Outstanding\n05/03/2026,A-101,Inv,100,60\n13/03/2026,A-102,Inv,80,80\n",
    )
    assert found == [("agreed", 0)] * 2


def test_the_balance_brought_forward_is_compared_and_what_it_lacks_is_named():
    old = bill("BILL-0", "2026-02-20", "55.00", "A-99") + bill("BILL-00", "2026-01-20", "45.00", "A-98")
    found, comparison = kinds(
        book(old + BILLS),
        HEAD + "01/03/2026,,Balance b/f,,,45\n05/03/2026,A-101,Inv,100,,145\n13/03/2026,A-102,Inv,80,,225\n",
    )
    assert ("brought_forward", 5500) in found
    assert any("BILL-0 of 2026-02-20" in reason for reason in comparison.of("brought_forward")[0].reasons)


def test_what_we_dispute_stands_apart():
    books = book(BILLS + '2026-03-20 custom "amend" "BILL-1"\n  disputed: "short by two boxes"\n')
    text = "Date,Ref,Type,Amount\n05/03/2026,A-101,Inv,100\n13/03/2026,A-102,Inv,80\n"
    found, comparison = kinds(books, text)
    assert found == [("disputed", 0), ("agreed", 0)]
    assert not comparison.is_clear
    assert "short by two boxes" in letter(books, [comparison], TODAY)


def test_two_that_could_be_it_are_suggested_and_not_taken():
    books = book(payment("PAY-1", "2026-03-10", "50.00") + payment("PAY-2", "2026-03-10", "50.00"))
    _, comparison = kinds(books, "Date,Ref,Type,Amount\n13/03/2026,,Payment,-50.00\n")
    assert [guess.items[0].name for guess in comparison.suggested] == ["PAY-1", "PAY-2"]
    assert comparison.of("missing_payment")


def test_one_payment_that_they_show_by_invoice_is_one():
    books = book(BILLS + payment("PAY-1", "2026-03-18", "180.00"))
    text = HEAD + "05/03/2026,A-101,Inv,100,,100\n13/03/2026,A-102,Inv,80,,180\n"
    text += "20/03/2026,,Payment,,100,80\n20/03/2026,,Payment,,80,0\n"
    assert kinds(books, text)[0] == [("agreed", 0)] * 3
    books = book(BILLS + payment("PAY-1", "2026-03-18", "100.00") + payment("PAY-2", "2026-03-18", "80.00"))
    text = HEAD + "05/03/2026,A-101,Inv,100,,100\n13/03/2026,A-102,Inv,80,,180\n20/03/2026,,Payment,,180,0\n"
    assert kinds(books, text)[0] == [("agreed", 0)] * 3


def test_what_differs_in_a_letter_of_its_number_is_suggested():
    _, comparison = kinds(book(BILLS), "Date,Ref,Type,Amount\n05/03/2026,A-1O1,Inv,100\n13/03/2026,A-102,Inv,80\n")
    assert [[item.name for item in guess.items] for guess in comparison.suggested] == [["BILL-1"]]


def test_a_currency_that_the_books_do_not_have_of_them_is_told():
    text = "Date,Ref,Type,Amount EUR\n13/03/2026,A-101,Inv,100\n"
    assert any("nothing of Staples UK Ltd in EUR" in note for note in kinds(book(BILLS), text)[1].notes)


def test_a_document_they_show_twice_is_told():
    text = "Date,Ref,Type,Amount\n05/03/2026,A-101,Inv,100\n05/03/2026,A-101,Inv,100\n13/03/2026,A-102,Inv,80\n"
    _, comparison = kinds(book(BILLS), text)
    (one,) = comparison.of("missing_invoice")
    assert "they show it twice" in one.reasons[0]


def test_an_invoice_in_two_lines_is_one():
    text = "Date,Ref,Type,Amount\n05/03/2026,A-101,Inv,60\n05/03/2026,A-101,Inv,40\n13/03/2026,A-102,Inv,80\n"
    assert kinds(book(BILLS), text)[0] == [("agreed", 0)] * 2


def test_a_bill_posted_after_their_statement_is_said_to_be():
    books = book(BILLS + bill("BILL-3", "2026-04-02", "30.00", "A-103", extra="  issued: 2026-03-30\n"))
    text = "Statement date,31/03/2026\nDate,Ref,Type,Amount\n05/03/2026,A-101,Inv,100\n12/03/2026,A-102,Inv,80\n"
    text += "30/03/2026,A-103,Inv,30\n"
    assert ("posted_later", -3000) in kinds(books, text)[0]
    assert ("agreed", 0) in kinds(books, text, as_of=date(2026, 4, 5))[0]


def test_a_bill_reversed_and_posted_again_is_one_bill():
    books = book(
        bill("BILL-1", "2026-03-05", "10.00", "A-101")
        + bill("REV-1", "2026-03-06", "-10.00", "A-101", kind="reversal", extra='  reverses: "BILL-1"\n')
        + bill("BILL-2", "2026-03-06", "100.00", "A-101")
    )
    assert kinds(books, "Date,Ref,Type,Amount\n13/03/2026,A-101,Inv,100\n")[0] == [("agreed", 0)]


def test_the_statement_of_another_supplier_is_refused():
    books = book(
        BILLS
        + bill("BILL-8", "2026-03-05", "1.00", "PE-1", "PELICAN")
        + bill("BILL-9", "2026-03-06", "2.00", "PE-2", "PELICAN")
    )
    statement = only("Date,Ref,Type,Amount\n05/03/2026,PE-1,Inv,1\n16/03/2026,PE-2,Inv,2\n")
    with pytest.raises(Refusal, match="not a statement of Staples"):
        compare(books, find_supplier(books, "staples"), statement, name="s.csv")
    compare(books, find_supplier(books, "Pelican Paper Ltd"), statement, name="s.csv")
    with pytest.raises(Refusal, match="no supplier STAPELS"):
        find_supplier(books, "STAPELS")


# The proof.

moneys = st.integers(-50_000, 50_000).map(lambda pence: Decimal(pence).scaleb(-2))
their_days = st.integers(0, 60).map(lambda days: date(2026, 2, 1) + timedelta(days=days))
numbers = st.sampled_from(["A-101", "A-102", "A-103", "101", "PE-1", "", "BILL-2", "A-104"])
lines = st.builds(
    SupplierLine,
    their_days,
    moneys,
    st.sampled_from(["invoice", "credit", "payment", ""]),
    numbers,
    numbers=st.tuples(numbers),
)


@given(
    st.lists(lines, max_size=8),
    st.none() | moneys,
    st.booleans(),
    st.lists(st.tuples(st.sampled_from("bpc"), their_days, st.integers(1, 50_000), numbers), max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 60_000)), max_size=5),
    st.none() | their_days,
    moneys,
)
def test_the_proof_always_adds_up(theirs, opening, is_open, ours, settled, as_of, gap):
    text = ""
    for at, (kind, day, pence, number) in enumerate(ours):
        amount = Decimal(pence).scaleb(-2)
        if kind == "p":
            text += payment(f"E-{at}", day, amount)
        else:
            text += bill(f"E-{at}", day, amount if kind == "b" else -amount, number or f"N-{at}")
    text += "".join(allocate(f"E-{one}", f"E-{two}", Decimal(pence).scaleb(-2)) for one, two, pence in settled)
    books = book(text)
    theirs.sort(key=lambda line: line.date)
    closing = (opening or 0) + sum(line.amount for line in theirs) + gap
    statement = SupplierStatement("GBP", date(2026, 3, 31), opening, closing, tuple(theirs), is_open, gap=gap)
    party = find_supplier(books, "STAPLES")
    found = compare(books, party, statement, name="s.csv", as_of=as_of)
    assert found.difference == 0
    day = as_of or date(2026, 3, 31)
    held = [item for item in books.transactions if item.date <= day]
    owed = -sum(p.number for entry in held for p in entry.postings if p.account == "Liabilities:Creditors")
    assert found.ledger == owed * 100
    told = [line for one in found.findings for line in one.lines]
    assert len(told) == len({id(line) for line in told}) == sum(1 for line in theirs if line.amount)
    again = compare(books, party, statement, name="s.csv", as_of=as_of)
    assert json_answer(books, [found], "s", "", []) == json_answer(books, [again], "s", "", [])
    assert table(books, [found]).rows
    letter(books, [found], TODAY)
