"""VAT: journals as text in, boxes and problems out."""

import json
import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity, VatRegistration
from acctkit.ledger.ledger import Ledger
from acctkit.period import Period, parse_period
from acctkit.problem import Refusal
from acctkit.vat.boxes import round_box
from acctkit.vat.checks import check_vat
from acctkit.vat.codes import load_country
from acctkit.vat.filing import mtd_body, mtd_json, propose_filed
from acctkit.vat.returns import vat_return
from acctkit.vat.show import lines_table, return_json, return_table
from acctkit.vat.sides import INPUT, NET, OUTPUT, coded_lines

ROLES = {
    "Assets:Bank": "bank",
    "Assets:Debtors": "debtors",
    "Assets:Stock": "stock",
    "Assets:Plant": "fixed-asset",
    "Liabilities:Creditors": "creditors",
    "Liabilities:Deferred": "deferred-income",
    "Liabilities:Loan": "",
    "Liabilities:VAT": "vat",
    "Liabilities:VAT:Output": "vat-output",
    "Liabilities:VAT:Input": "vat-input",
    "Income:Sales": "",
    "Expenses:Costs": "",
    "Expenses:Wages": "payroll",
    "Equity:Capital": "",
}
CHART = "".join(
    f"2020-01-01 open {account}\n" + (f'  role: "{role}"\n' if role else "") for account, role in ROLES.items()
)
GB = VatRegistration("GB", "GB123456782", registered=date(2024, 3, 10))
TODAY = date(2026, 6, 1)
CODES = ["S", "R", "Z", "E", "O", "RC", "DRC", "PVA", "C79", "X", "NIA", "NID"]


def ledger(text: str, vat: VatRegistration | None = GB, currency: str = "GBP") -> Ledger:
    files = [parse(Source("chart.beancount", CHART.encode())), parse(Source("t.beancount", text.encode()))]
    return Ledger(files, Entity("Acme Ltd", currency, (3, 31), vat))


def period(text: str) -> Period:
    found = parse_period(text, TODAY)
    assert found is not None
    return found


def boxes(text: str, when: str = "2026-Q2") -> dict[str, str]:
    """The boxes that are not nil, as texts."""
    found = return_json(vat_return(ledger(text), period(when)), [])["boxes"]
    return {name: amount for name, amount in found.items() if Decimal(amount)}


def codes(text: str, vat: VatRegistration | None = GB) -> list[str]:
    return [problem.code for problem in check_vat(ledger(text, vat))]


def entry(kind: str, *postings: str, ref: str = "", day: str = "2026-04-14", meta: str = "") -> str:
    """A transaction; a posting is `account amount [code]`, amounts in GBP unless they name another."""
    lines = [f'{day} * "Somebody" "Something"']
    lines += [f'  type: "{kind}"'] if kind else []
    lines += [f'  ref: "{ref}"'] if ref else []
    lines += [f"  {line}" for line in meta.split("; ") if line]
    for posting in postings:
        account, amount, *code = posting.rsplit(" | ")[0].split(" ", 1) + posting.split(" | ")[1:]
        lines.append(f"  {account}  {amount}" + ("" if amount[-1].isalpha() else " GBP"))
        lines += [f'    vat: "{code[0]}"'] if code else []
    return "\n".join(lines) + "\n\n"


SALE = entry(
    "sales-invoice",
    "Assets:Debtors 1200.00", "Income:Sales -1000.00 | S", "Liabilities:VAT -200.00 | S",
    ref="INV-0042",
)  # fmt: skip
BILL = entry(
    "purchase-invoice",
    "Liabilities:Creditors -294.00", "Expenses:Costs 245.00 | S", "Liabilities:VAT 49.00 | S",
    ref="BILL-0107",
)  # fmt: skip


def buy(code: str, net: str, account: str = "Expenses:Costs", **more: str) -> str:
    return entry("purchase-invoice", f"Liabilities:Creditors -{net}", f"{account} {net} | {code}", **more)


def sell(code: str, net: str) -> str:
    return entry("sales-invoice", f"Assets:Debtors {net}", f"Income:Sales -{net} | {code}")


# --- boxes --------------------------------------------------------------------------------------------


def test_a_sale_and_a_purchase_at_the_standard_rate():
    assert boxes(SALE + BILL) == {"1": "200.00", "3": "200.00", "4": "49.00", "5": "151.00", "6": "1000", "7": "245"}
    assert check_vat(ledger(SALE + BILL)) == []


# W2, W6, W20 and W21 are the worked cases of HMRC's notices and of the trade press.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (buy("RC", "100.00"), "1=20.00 3=20.00 4=20.00 6=100 7=100"),  # W2: services from abroad
        (sell("RC", "100.00"), "6=100"),
        (sell("DRC", "10000.00"), "6=10000"),  # W6: the subcontractor
        (buy("DRC", "10000.00"), "1=2000.00 3=2000.00 4=2000.00 7=10000"),  # W6: the contractor
        (buy("PVA", "20000.00", "Assets:Stock"), "1=4000.00 3=4000.00 4=4000.00 7=20000"),  # W20
        (buy("NIA", "5000.00"), "2=1000.00 3=1000.00 4=1000.00 7=5000 9=5000"),  # W21
        (sell("NID", "8000.00"), "6=8000 8=8000"),  # W21
        (sell("Z", "70.00"), "6=70"),
        (buy("Z", "70.00"), "7=70"),
        (sell("E", "70.00"), "6=70"),
        (buy("E", "70.00"), "7=70"),
        (sell("O", "70.00") + buy("O", "70.00"), ""),
        (buy("X", "120.00"), "7=100"),  # posted gross: box 7 takes it less one sixth
        (buy("C79", "2000.00"), "7=2000"),
    ],
)
def test_what_each_code_enters(text, expected):
    assert " ".join(f"{box}={amount}" for box, amount in boxes(text).items()) == expected
    assert codes(text) == []


def test_the_reduced_rate_is_taken_as_posted():
    text = entry(
        "purchase-invoice",
        "Liabilities:Creditors -105.00", "Expenses:Costs 100.00 | R", "Liabilities:VAT 5.00 | R",
    )  # fmt: skip
    assert boxes(text) == {"4": "5.00", "5": "5.00", "7": "100"}
    assert codes(text) == []


def test_credit_notes_reduce_and_boxes_round_toward_zero():
    text = entry(
        "sales-credit",
        "Assets:Debtors -120.98", "Income:Sales 100.99 | S", "Liabilities:VAT 19.99 | S",
    ) + entry("purchase-credit", "Liabilities:Creditors 50.99", "Expenses:Costs -50.99 | Z")  # fmt: skip
    assert boxes(text) == {"1": "-19.99", "3": "-19.99", "5": "19.99", "6": "-100", "7": "-50"}


def test_box_5_is_positive_where_vat_is_reclaimed():
    shown = vat_return(ledger(BILL), period("2026-Q2"))
    assert (shown.boxes["5"], shown.payable) == (4900, -4900)
    assert return_table(shown).rows[4].cells == ("5", "Net VAT to reclaim", "49.00")


def test_a_box_is_rounded_once_on_its_total():
    text = "".join(buy("Z", "0.60", ref=f"BILL-{n}") for n in range(5))
    assert boxes(text) == {"7": "3"}


@pytest.mark.parametrize(("minor", "rounded"), [(199, 1), (-199, -1), (0, 0), (-99, 0), (100, 1)])
def test_whole_pounds_leave_the_pence_out(minor, rounded):
    assert round_box(minor, 2, load_country("GB").boxes["6"]) == rounded


def test_a_box_of_pence_rounds_half_a_penny_away_from_zero():
    box = load_country("GB").boxes["1"]
    assert [round_box(minor, 3, box) for minor in (1005, 1004, -1005)] == [101, 100, -101]


def test_foreign_invoices_count_at_their_base_value():
    text = entry(
        "sales-invoice",
        "Assets:Debtors 1000.00 EUR @@ 850.00 GBP", "Income:Sales -850.00 | RC", ref="INV-1",
    ) + entry(
        "purchase-invoice",
        "Liabilities:Creditors -200.00 EUR @ 0.85 GBP", "Expenses:Costs 200.00 EUR @ 0.85 GBP | RC", ref="BILL-1",
    )  # fmt: skip
    assert boxes(text) == {"1": "34.00", "3": "34.00", "4": "34.00", "6": "1020", "7": "170"}


def test_books_kept_in_whole_pounds_still_have_pence_of_tax():
    assert boxes(buy("RC", "1003")) == {"1": "200.60", "3": "200.60", "4": "200.60", "6": "1003", "7": "1003"}


def test_the_tax_point_chooses_rate_and_return():
    assert boxes(buy("RC", "100.00", meta="tax-point: 2010-06-01"))["1"] == "17.50"
    early = buy("Z", "60", meta="tax-point: 2026-03-30")
    assert boxes(early, "2026-Q1") == {"7": "60"}
    assert boxes(buy("Z", "60", meta="tax-point: 2026-07-01")) == {}


def test_postponed_vat_is_taken_as_stated():
    stated = entry(
        "purchase-invoice",
        "Liabilities:Creditors -20000", "Assets:Stock 20000 | PVA",
        "Liabilities:VAT:Output -4100 | PVA", "Liabilities:VAT:Input 4100 | PVA",
    )  # fmt: skip
    assert boxes(stated) == {"1": "4100.00", "3": "4100.00", "4": "4100.00", "7": "20000"}
    on_one_account = stated.replace(":Output", "").replace(":Input", "")
    assert boxes(on_one_account) == boxes(stated)
    assert codes(stated) == codes(on_one_account) == []


def test_a_credit_note_of_postponed_vat_on_one_account_turns_the_legs_round():
    text = entry(
        "purchase-credit",
        "Liabilities:Creditors 200", "Assets:Stock -200 | PVA", "Liabilities:VAT 41 | PVA", "Liabilities:VAT -41 | PVA",
    )  # fmt: skip
    assert boxes(text) == {"1": "-41.00", "3": "-41.00", "4": "-41.00", "7": "-200"}


def test_a_statement_of_postponed_vat_is_joined_to_its_import_by_a_link():
    goods = buy("PVA", "20000.00", "Assets:Stock", ref="BILL-1")
    stated = entry("journal", "Liabilities:VAT:Output -4100 | PVA", "Liabilities:VAT:Input 4100 | PVA")
    assert codes(goods + stated) == ["V504"]
    linked = (goods + stated).replace('"Something"', '"Something" ^MPIVS-2026-04')
    assert boxes(linked)["1"] == "4100.00"
    assert codes(linked) == []


def test_import_vat_paid_is_taken_as_posted():
    text = entry("payment", "Assets:Bank -431.17", "Liabilities:VAT 431.17 | C79")
    assert boxes(text) == {"4": "431.17", "5": "431.17"}
    assert codes(text) == []


def test_reverse_charge_tax_that_is_posted_is_not_counted_twice():
    text = entry(
        "purchase-invoice",
        "Liabilities:Creditors -100", "Expenses:Costs 100 | RC",
        "Liabilities:VAT:Output -20 | RC", "Liabilities:VAT:Input 20 | RC",
    )  # fmt: skip
    assert boxes(text) == boxes(buy("RC", "100"))
    assert codes(text) == []
    assert codes(text.replace(" 20 ", " 25 ").replace("-20 ", "-25 ")) == ["V504"]


# --- sides --------------------------------------------------------------------------------------------


def test_the_type_decides_the_side_whatever_the_account():
    text = entry("sales-invoice", "Assets:Debtors 600", "Assets:Plant -500 | S", "Liabilities:VAT:Input -100 | S")
    assert boxes(text) == {"1": "100.00", "3": "100.00", "5": "100.00", "6": "500"}


def test_elsewhere_the_account_decides():
    text = entry(
        "receipt",
        "Assets:Bank 360", "Income:Sales -100 | S", "Liabilities:Deferred -200 | S", "Liabilities:VAT -60 | S",
    ) + entry("payment", "Assets:Bank -120", "Assets:Plant 100 | S", "Liabilities:VAT 20 | S")  # fmt: skip
    assert boxes(text) == {"1": "60.00", "3": "60.00", "4": "20.00", "5": "40.00", "6": "300", "7": "100"}


def test_both_sides_in_one_entry_need_two_accounts():
    text = entry(
        "journal",
        "Expenses:Costs 50 | S", "Liabilities:VAT:Input 10 | S",
        "Income:Sales -40 | S", "Liabilities:VAT:Output -8 | S", "Equity:Capital -12",
    )  # fmt: skip
    assert boxes(text) == {"1": "8.00", "3": "8.00", "4": "10.00", "5": "2.00", "6": "40", "7": "50"}
    assert codes(text.replace(":Input", "").replace(":Output", "")).count("V502") == 2


def test_a_reversal_has_the_side_of_what_it_reverses():
    sale = entry(
        "sales-invoice", "Assets:Debtors 600", "Assets:Plant -500 | S", "Liabilities:VAT -100 | S", ref="INV-1"
    )
    back = entry(
        "reversal", "Assets:Debtors -600", "Assets:Plant 500 | S", "Liabilities:VAT 100 | S",
        ref="REV-1", meta='reverses: "INV-1"',
    )  # fmt: skip
    assert boxes(sale + back) == {}
    again = entry(
        "reversal", "Assets:Debtors 600", "Assets:Plant -500 | S", "Liabilities:VAT -100 | S",
        ref="REV-2", meta='reverses: "REV-1"',
    )  # fmt: skip
    assert boxes(sale + back + again) == boxes(sale)
    assert codes(sale + back + again) == []


def test_reversals_in_a_ring_are_read_by_account():
    text = buy("Z", "5", ref="A-1").replace("purchase-invoice", "reversal")
    ring = text.replace('ref: "A-1"', 'ref: "A-1"\n  reverses: "A-1"')
    assert boxes(ring) == {"7": "5"}


def test_coded_lines_say_what_they_are():
    lines = coded_lines(ledger(SALE + buy("RC", "7.00")))
    assert [(x.ref[:8], x.code, x.side, x.leg, x.amount) for x in lines[:2]] == [
        ("INV-0042", "S", "supply", NET, 100000),
        ("INV-0042", "S", "supply", OUTPUT, 20000),
    ]
    assert (lines[2].side, lines[2].leg, lines[2].amount) == ("purchase", NET, 700)
    assert [x.leg for x in coded_lines(ledger(BILL))] == [NET, INPUT]


# --- which return -------------------------------------------------------------------------------------

FILED = '2026-05-07 custom "vat-return" "GB" 2026-01-01 2026-03-31\n  period-key: "26A1"\n  box-1: 20.00\n\n'


def sale_on(day: str, net: int, ref: str, meta: str = "") -> str:
    parts = f"Assets:Debtors {net * 6 / 5:.2f}", f"Income:Sales -{net} | S", f"Liabilities:VAT -{net / 5:.2f} | S"
    return entry("sales-invoice", *parts, ref=ref, day=day, meta=meta)


def test_what_comes_after_a_filed_return_goes_to_the_next_and_the_filed_one_stays():
    before = sale_on("2026-02-01", 100, "INV-1")
    late = sale_on("2026-03-31", 50, "INV-2") + sale_on("2026-04-02", 7, "INV-3", meta="tax-point: 2026-03-20")
    book = ledger(before + FILED + late + sale_on("2026-04-03", 10, "INV-4"))
    filed = vat_return(book, period("2026-Q1"))
    assert filed.boxes["1"] == 2000
    assert filed.filed is not None
    assert filed.filed.period_key == "26A1"
    assert filed.late == ()
    assert check_vat(book) == []
    following = vat_return(book)
    assert (following.begin, following.last, following.is_next) == (date(2026, 4, 1), date(2026, 6, 30), True)
    assert following.boxes["6"] == 6700
    assert {line.ref for line in following.late} == {"INV-2", "INV-3"}
    assert following == vat_return(book, period("2026-Q2"))


def test_what_stands_before_the_record_with_a_later_tax_point_is_not_covered():
    book = ledger(sale_on("2026-02-01", 100, "INV-1") + sale_on("2026-04-03", 10, "INV-4") + FILED)
    assert vat_return(book, period("2026-Q1")).boxes["6"] == 10000
    assert vat_return(book).boxes["6"] == 1000


def test_a_return_filed_with_other_figures_is_told():
    book = ledger(sale_on("2026-02-01", 110, "INV-1") + FILED)
    (problem,) = check_vat(book)
    assert (problem.code, problem.severity) == ("V505", "warning")
    assert "box 1 20.00, not 22.00" in problem.message
    table = return_table(vat_return(book, period("2026-Q1")))
    assert table.rows[0].cells == ("1", "VAT due on sales and other outputs", "22.00", "20.00")


def test_an_undone_return_never_was():
    undo = '2026-05-08 custom "undo" "vat-return" "GB" 2026-01-01 2026-03-31\n\n'
    book = ledger(sale_on("2026-02-01", 100, "INV-1") + FILED + undo)
    assert vat_return(book).boxes["1"] == 2000


def test_amending_a_tax_point_moves_nothing_out_of_a_filed_return():
    amend = '2026-05-09 custom "amend" "INV-1"\n  tax-point: 2026-04-05\n\n'
    sale = sale_on("2026-02-01", 100, "INV-1")
    after, before = ledger(sale + FILED + amend), ledger(sale + amend + FILED)
    assert vat_return(after, period("2026-Q1")).boxes["1"] == 2000
    assert vat_return(after).boxes["1"] == 0
    assert vat_return(before, period("2026-Q1")).boxes["1"] == 0
    assert vat_return(before).boxes["1"] == 2000


AMENDED = '2026-05-01 custom "amend" "INV-1"\n  tax-point: 2026-04-05\n\n'
LATER = [
    sale_on("2026-03-31", 50, "INV-9"),
    AMENDED,
    AMENDED.replace("04-05", "02-05"),
    '2026-05-09 custom "undo" "amend" "INV-1"\n\n',
    '2026-03-02 custom "vat-scheme" "GB" "flat-rate"\n\n',
    '2026-05-09 custom "undo" "vat-scheme" "GB" "standard"\n\n',
]


@given(st.lists(st.sampled_from(LATER), max_size=6), st.lists(st.sampled_from(LATER), max_size=6))
def test_p27_a_filed_return_locks_what_it_covers(before, after):
    text = sale_on("2026-02-01", 100, "INV-1") + '2026-02-02 custom "vat-scheme" "GB" "standard"\n\n' + "".join(before)
    text += FILED.replace("  box-1: 20.00\n", "")
    try:
        filed = vat_return(ledger(text), period("2026-Q1"))
    except Refusal as reason:
        filed = str(reason)
    try:
        found = vat_return(ledger(text + "".join(after)), period("2026-Q1"))
    except Refusal as reason:
        found = str(reason)
    assert found == filed or (found.boxes, found.late, found.scheme) == (filed.boxes, filed.late, filed.scheme)


def test_filed_returns_are_undone_the_latest_first():
    second = '2026-07-07 custom "vat-return" "GB" 2026-04-01 2026-06-30\n\n'
    undo_first = '2026-07-08 custom "undo" "vat-return" "GB" 2026-01-01 2026-03-31\n\n'
    undo_second = undo_first.replace("2026-01-01 2026-03-31", "2026-04-01 2026-06-30")
    books = sale_on("2026-02-01", 100, "INV-1") + FILED + second
    assert codes(books + undo_first) == ["V506"]
    assert codes(books + undo_second + undo_first) == codes(books + undo_first + undo_second) == []
    assert codes(books + undo_second + undo_first + FILED + second) == []
    malformed = 'custom "vat-return" "GB"\n\n'
    assert codes(books + "2026-07-08 " + malformed + "2026-07-08 " + malformed.replace("m ", 'm "undo" ')) == []


def test_the_stream_runs_over_files_by_name_however_they_are_included():
    first = parse(Source("2026-04.beancount", (CHART + FILED).encode()))
    second = parse(Source("2026-05.beancount", sale_on("2026-02-01", 100, "INV-1").encode()))
    entity = Entity("Acme Ltd", "GBP", (3, 31), GB)
    assert vat_return(Ledger([first, second], entity), period("2026-Q1")).boxes["1"] == 0
    assert vat_return(Ledger([second, first], entity), period("2026-Q1")).boxes["1"] == 0


def test_an_open_return_takes_what_earlier_open_ones_would_and_says_so():
    text = "".join(sale_on(f"2026-{month:02}-05", month, f"INV-{month}") for month in range(1, 7))
    assert vat_return(ledger(text)).period == period("2026-Q1")
    assert vat_return(ledger(text)).boxes["6"] == 600
    second = vat_return(ledger(text), period("2026-Q2"))
    assert second.boxes["6"] == 2100
    assert {line.ref for line in second.late} == {"INV-1", "INV-2", "INV-3"}
    assert second.notes[0].startswith("The return 2026-01-01 to 2026-03-31 is open")


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        (date(2024, 3, 10), "2026-04-01..2026-06-30"),  # the books begin later than the registration
        (date(2026, 2, 10), "2026-02-10..2026-03-31"),  # the first return, nil, from the day of registration
        (None, "2026-04-01..2026-06-30"),
    ],
)
def test_the_oldest_period_not_filed(registered, expected):
    text = entry("journal", "Assets:Bank 5", "Equity:Capital -5", day="2026-02-10") + SALE
    shown = vat_return(ledger(text, VatRegistration("GB", "GB123456782", registered=registered)))
    assert f"{shown.begin}..{shown.last}" == expected


def test_a_period_across_what_was_filed_says_so():
    shown = vat_return(ledger(sale_on("2026-02-01", 100, "INV-1") + FILED), period("2026-02"))
    assert shown.boxes["6"] == 0
    assert len(shown.notes) == 2


@pytest.mark.parametrize(
    ("vat", "when", "words"),
    [
        (None, "2026-Q2", "not registered"),
        (VatRegistration("GB", "1", "cash"), "2026-Q2", "cash scheme"),
        (VatRegistration("GB", "1", "flat-rate"), None, "flat-rate scheme"),
        (VatRegistration("XX", "1"), None, "no VAT rules for country XX"),
        (VatRegistration("GB", "1", periods="weeks"), None, "`weeks` are no VAT periods"),
        (GB, "..", "a first and a last day"),
    ],
)
def test_what_cannot_be_made_is_refused(vat, when, words):
    with pytest.raises(Refusal, match=words):
        vat_return(ledger(SALE, vat), period(when) if when else None)


def test_a_period_without_a_coded_posting_is_a_nil_return():
    shown = vat_return(ledger("", VatRegistration("GB", "1")), period("2026-Q2"))
    assert set(shown.boxes.values()) == {0}
    assert return_table(shown).rows[4].cells == ("5", "Net VAT", "0.00")
    with pytest.raises(Refusal, match="nothing to return"):
        vat_return(ledger("", VatRegistration("GB", "1")))
    with pytest.raises(Refusal, match="a first and a last day"):
        vat_return(ledger("", VatRegistration("GB", "1", registered=date(9999, 12, 31))))


def test_a_return_in_another_currency_is_refused():
    with pytest.raises(Refusal, match="in GBP, and these books are kept in EUR"):
        vat_return(ledger(SALE, currency="EUR"))


def test_a_change_of_scheme_counts_from_its_day():
    change = '2026-04-01 custom "vat-scheme" "GB" "cash"\n\n'
    book = ledger(sale_on("2026-02-01", 100, "INV-1") + change)
    assert vat_return(book, period("2026-Q1")).scheme == "standard"
    with pytest.raises(Refusal, match="cash scheme"):
        vat_return(book, period("2026-Q2"))


# --- checks -------------------------------------------------------------------------------------------


def test_an_unknown_code_is_an_error_and_enters_no_box():
    (problem,) = [p for p in check_vat(ledger(SALE.replace('vat: "S"', 'vat: "s"', 1))) if p.code == "V501"]
    assert problem.message == "there is no VAT code `s`; did you mean S?"
    assert problem.place is not None
    assert problem.place.text.strip() == 'vat: "s"'
    shown = vat_return(ledger(SALE.replace('"S"', '"Q"')), period("2026-Q2"))
    assert not any(shown.boxes.values())
    assert shown.notes == ("Coded postings with a fault, in no box: 2; acct check lists them.",)


@pytest.mark.parametrize(
    "text",
    [
        entry("journal", "Equity:Capital -5 | S", "Assets:Bank 5"),
        entry("journal", "Liabilities:Loan -5 | Z", "Assets:Bank 5"),
        entry("sales-invoice", "Assets:Debtors 5 | Z", "Equity:Capital -5"),
        entry("receipt", "Assets:Bank 5", "Income:Sales -5 | PVA"),
        entry("payment", "Assets:Bank -5", "Expenses:Costs 5 | NID"),
        entry("payment", "Assets:Bank -5", "Liabilities:VAT 5 | S"),
        entry("payment", "Assets:Bank -5 EUR", "Expenses:Costs 5 EUR | Z"),
    ],
)
def test_a_code_where_none_belongs(text):
    assert codes(text) == ["V502"]
    assert boxes(text) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (entry("payment", "Assets:Bank -5", "Expenses:Costs 5"), ["V503"]),
        (entry("", "Assets:Bank -5", "Expenses:Costs 3", "Expenses:Costs 2"), ["V503"]),
        (entry("journal", "Equity:Capital -5", "Expenses:Costs 5", meta='party: "X"'), ["V503"]),
        (entry("payment", "Assets:Bank -5", "Expenses:Costs 5", day="2024-03-09"), []),
        (entry("payment", "Assets:Bank -5", "Expenses:Wages 5"), []),
        (entry("payroll", "Assets:Bank -5", "Expenses:Costs 5"), []),
        (entry("journal", "Equity:Capital -5", "Expenses:Costs 5"), []),
        (entry("payment", "Assets:Bank -5", "Liabilities:VAT 5"), []),
    ],
)
def test_income_or_expense_without_a_code(text, expected):
    assert codes(text) == expected
    assert codes(text, None) == []


@pytest.mark.parametrize(
    ("net", "tax", "code", "expected"),
    [
        ("100.00", "20.00", "S", []),
        ("100.02", "20.01", "S", []),  # a penny of rounding
        ("100.00", "20.02", "S", ["V504"]),
        ("100.00", "5.00", "S", ["V504"]),
        ("100.00", "5.00", "R", []),
        ("100.00", "20.00", "Z", ["V504"]),
        ("120.00", "20.00", "X", ["V504"]),
        ("100.00", "1.00", "C79", []),
    ],
)
def test_tax_that_does_not_fit_its_code(net, tax, code, expected):
    total = Decimal(net) + Decimal(tax)
    text = entry(
        "purchase-invoice",
        f"Liabilities:Creditors -{total}", f"Expenses:Costs {net} | {code}", f"Liabilities:VAT {tax} | {code}",
    )  # fmt: skip
    assert codes(text) == expected


def test_tax_that_is_missing_names_where_it_goes():
    (problem,) = check_vat(ledger(sell("S", "1200.00")))
    assert problem.code == "V504"
    assert problem.message == "0.00 VAT is posted under S; 20% of 1200.00 is 240.00"
    assert "role vat-output" in problem.hint


def test_tax_alone_in_a_correction_is_nothing_to_warn_of():
    relief = entry("adjustment", "Liabilities:VAT:Input 40 | S", "Expenses:Costs -40")
    assert codes(relief) == []
    assert boxes(relief) == {"4": "40.00", "5": "40.00"}
    assert "V504" in codes(relief.replace("adjustment", "purchase-credit"))


# --- rates --------------------------------------------------------------------------------------------


def test_rates_by_day():
    gb = load_country("GB")
    assert gb.rate_on("S", date(2011, 1, 3)) == Fraction(7, 40)
    assert gb.rate_on("S", date(2011, 1, 4)) == Fraction(1, 5)
    assert gb.rate_on("Z", date(2026, 1, 1)) == 0
    assert gb.rate_on("E", date(2026, 1, 1)) is None
    assert gb.rate_on("R", date(1990, 1, 1)) is None
    assert gb.rate_on("?", date(2026, 1, 1)) is None


def test_tax_on_a_line_is_half_up_and_only_where_it_is_charged():
    gb, day = load_country("GB"), date(2026, 1, 1)
    assert [gb.tax_on(net, "S", day) for net in (1, 2, 3, -3, 12345)] == [0, 0, 1, -1, 2469]
    assert [gb.tax_on(10, "R", day), gb.tax_on(9, "R", day), gb.tax_on(-10, "R", day)] == [1, 0, -1]
    assert [gb.tax_on(1000, code, day) for code in ("Z", "E", "O", "RC", "PVA", "X", "?")] == [0] * 7
    assert (gb.due_on(1000, "RC", day), gb.tax_within(12000, "X", day)) == (200, 2000)


def test_every_code_and_box_of_the_data_is_whole():
    gb = load_country("GB")
    assert list(gb.codes) == CODES
    assert list(gb.boxes) == list("123456789")
    for code in gb.codes.values():
        for side in (code.supply, code.purchase):
            for names in side or ():
                assert set(names) <= set(gb.boxes)
        assert code.rate is None or code.rate in gb.rates


# --- what is shown and sent ---------------------------------------------------------------------------


def test_json_amounts_are_texts_with_the_places_that_are_filed():
    found = return_json(vat_return(ledger(SALE + BILL), period("2026-Q2")), [])
    assert list(found)[:2] == ["schema", "problems"]
    assert found["schema"] == "acctkit.vat-return/1"
    assert found["period"] == {"from": "2026-04-01", "to": "2026-06-30"}
    assert found["boxes"]["2"] == "0.00"
    assert found["boxes"]["8"] == "0"
    (line,) = found["lines"]["1"]
    assert (line["ref"], line["file"], line["amount"], line["account"], line["code"], line["tax_point"]) == (
        "INV-0042", "t.beancount", "200.00", "Liabilities:VAT", "S", "2026-04-14",
    )  # fmt: skip
    assert "." not in found["boxes"]["6"]
    json.dumps(found)


def test_the_lines_behind_the_boxes():
    rows = lines_table(vat_return(ledger(SALE), period("2026-Q2"))).rows
    assert rows[0].cells[0] == "Box 1: VAT due on sales and other outputs"
    assert rows[1].cells == ("2026-04-14", "INV-0042", "Somebody", "Liabilities:VAT", "S", "200.00")
    assert rows[2].cells[-1] == "200.00"


def test_the_body_that_is_sent():
    # W1, the interface's own example, as near as postings come to it: box 5 is positive on a reclaim.
    text = entry(
        "sales-invoice", "Assets:Debtors 305.50", "Income:Sales -300 | S", "Liabilities:VAT -5.50 | S"
    ) + entry(
        "purchase-invoice", "Liabilities:Creditors -405.15", "Expenses:Costs 300 | S", "Liabilities:VAT 105.15 | S"
    )
    sent = mtd_json(vat_return(ledger(text), period("2026-Q2")), "A001")
    assert '"netVatDue": 99.65,' in sent
    assert json.loads(sent, parse_float=Decimal) == {
        "periodKey": "A001",
        "vatDueSales": Decimal("5.50"),
        "vatDueAcquisitions": 0,
        "totalVatDue": Decimal("5.50"),
        "vatReclaimedCurrPeriod": Decimal("105.15"),
        "netVatDue": Decimal("99.65"),
        "totalValueSalesExVAT": 300,
        "totalValuePurchasesExVAT": 300,
        "totalValueGoodsSuppliedExVAT": 0,
        "totalAcquisitionsExVAT": 0,
        "finalised": True,
    }


@pytest.mark.parametrize("key", ["", "26a1", "26A", "26A11", "26A1\n", "é6A1"])
def test_a_period_key_that_is_none(key):
    with pytest.raises(Refusal, match="is no period key"):
        mtd_body(vat_return(ledger(SALE)), key)


def test_filing_proposes_the_record_that_covers_the_return():
    text = sale_on("2026-02-01", 100, "INV-1") + SALE
    draft = propose_filed(vat_return(ledger(text)), date(2026, 5, 7), "26A1")
    book = ledger(text + draft.text)
    filed = vat_return(book, period("2026-Q1"))
    assert filed.filed is not None
    assert filed.filed.boxes == filed.boxes
    assert check_vat(book) == []
    assert vat_return(book).period == period("2026-Q2")
    with pytest.raises(Refusal, match="has not ended"):
        propose_filed(vat_return(book), date(2026, 6, 30))
    for when in ("2026-Q1", "2026-Q3"):
        with pytest.raises(Refusal, match=r"this return was filed|not the oldest"):
            propose_filed(vat_return(book, period(when)), date(2026, 12, 7))


# --- properties ---------------------------------------------------------------------------------------

ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["sales-invoice", "sales-credit", "purchase-invoice", "purchase-credit"]),
        st.sampled_from(CODES),
        st.integers(1, 10**7),
        st.integers(1, 28),
    ),
    max_size=12,
)


def random_book(rows: list[tuple[str, str, int, int]]) -> list[str]:
    gb, texts = load_country("GB"), []
    for number, (kind, code, net, day) in enumerate(rows):
        sign = -1 if kind in ("sales-invoice", "purchase-credit") else 1
        tax = gb.tax_on(net, code, date(2026, 4, day))
        account = "Income:Sales" if kind.startswith("sales") else "Expenses:Costs"
        parts = [f"Assets:Debtors {-sign * (net + tax) / 100:.2f}", f"{account} {sign * net / 100:.2f} | {code}"]
        parts += [f"Liabilities:VAT {sign * tax / 100:.2f} | {code}"] if tax else []
        texts.append(entry(kind, *parts, ref=f"E-{number}", day=f"2026-04-{day:02}"))
    return texts


@given(ENTRIES)
@settings(max_examples=40, deadline=None)
def test_the_lines_of_a_box_add_up_to_it(rows):
    shown = vat_return(ledger("".join(random_book(rows))), period("2026-Q2"))
    for name, box in shown.country.boxes.items():
        total = sum(line.amount for line in shown.lines[name])
        assert round_box(total, shown.scale, box) * 10 ** (2 - box.places) == shown.boxes[name]
    assert shown.boxes["3"] == shown.boxes["1"] + shown.boxes["2"]
    assert shown.boxes["5"] == abs(shown.boxes["3"] - shown.boxes["4"]) == abs(shown.payable)


@given(ENTRIES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_entries_changes_no_box(rows, chance: random.Random):
    texts = random_book(rows)
    mixed = chance.sample(texts, len(texts))
    when = period("2026-Q2")
    assert vat_return(ledger("".join(mixed)), when).boxes == vat_return(ledger("".join(texts)), when).boxes


@given(ENTRIES, st.integers(0, 12), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_each_line_is_in_exactly_one_return_wherever_the_records_stand(rows, first, second):
    texts = random_book(rows)
    early, late = sorted((min(first, len(texts)), min(second, len(texts))))
    texts.insert(late, '2026-07-02 custom "vat-return" "GB" 2026-04-15 2026-06-30\n\n')
    texts.insert(early, '2026-05-01 custom "vat-return" "GB" 2026-04-01 2026-04-14\n\n')
    book = ledger("".join(texts))
    spans = ("2026-04-01..2026-04-14", "2026-04-15..2026-06-30", "2026-07-01..2026-09-30")
    parts = [vat_return(book, period(span)) for span in spans]
    seen = [x.line.ref for part in parts for x in part.lines["7"]]
    bought = [x for x in coded_lines(book) if x.leg == NET and x.side == "purchase"]
    assert sorted(seen) == sorted(x.ref for x in bought if x.code != "O")
    stay = [vat_return(ledger("".join(texts) + SALE), period(span)).boxes for span in spans[:2]]
    assert stay == [part.boxes for part in parts[:2]]


def test_an_entry_of_many_lines_is_valued_once(monkeypatch):
    lines = [f"Income:Sales -{n}.00 | S" for n in range(1, 301)]
    book = ledger(entry("sales-invoice", "Assets:Debtors 45150.00", *lines, ref="INV-0001"))
    asked, bases = [], Ledger.bases
    monkeypatch.setattr(Ledger, "bases", lambda self, found: asked.append(found) or bases(self, found))
    check_vat(book)
    assert len(asked) <= 3
