"""What comparing acct with beancount on many ledgers has found; see also docs/differences.md."""

from decimal import Decimal

import pytest

from acctkit.journal.entries import Open
from test_beancount_rules import LOTS, A, B, codes, held, raw, read, simple


def test_a_group_that_cannot_be_booked_leaves_the_others():
    ledger = read(simple(f"{A}  2 HOOL @ EUR", f"{A}  2 HOOL @ EUR", f"{A}  2 USD", B))
    assert codes(ledger) == ["L202"]
    assert held(ledger, A) == {"USD": 2}
    assert ledger.left_out == 1


@pytest.mark.parametrize("leg", ["HOOL @ 3 USD", "USD", "HOOL {20 USD}", "0 HOOL {USD}"])
def test_what_is_worked_out_as_nothing_is_left_out(leg):
    ledger = read(simple(f"{A}  1 USD", f"{B}  -1 USD", f"{LOTS}  {leg}"))
    assert codes(ledger) == []
    assert len(ledger.transactions[0].postings) == 2


@pytest.mark.parametrize(("rate", "wanted"), [("1.1", "-0.67"), ("1.1234", "-0.685156789123"), ("12.3456", "-6")])
def test_a_tolerance_of_many_digits_rounds_nothing(rate, wanted):
    text = simple(f"{A}  0.5 EUR @ {rate} GBP", f"{A}  0.123456789123 GBP", B)
    ledger = read(text, options='option "infer_tolerance_from_cost" "TRUE"\n')
    assert held(ledger, B) == {"GBP": Decimal(wanted)}


@pytest.mark.parametrize(
    ("leg", "kept"),
    [
        ("10 HOOL {20 USD} @ 3 EUR", 10),
        ("10 HOOL {{1 # 200 USD}}", 10),
        ("10 HOOL {20 USD, *}", 10),
    ],
)
def test_remarks_on_a_cost_keep_the_posting(leg, kept):
    ledger = read(simple(f"{LOTS}  {leg}", f"{B}  -200 USD"))
    assert codes(ledger) == ["J102"]
    assert held(ledger, LOTS) == {"HOOL {20 USD}": kept}


def test_a_total_price_without_units_does_not_count():
    ledger = read(simple(f"{A}  @@ 2000 USD", f"{B}  -20000 USD"))
    assert codes(ledger) == ["J102"]
    assert held(ledger, A) == {"USD": 20000}


def test_tags_belong_above_the_postings():
    assert codes(read(simple(f"{A}  1 USD", "#tag", f"{B}  -1 USD"))) == ["J102"]


def test_a_comma_after_a_number_is_no_part_of_it():
    assert codes(read(simple(f'{LOTS}  10 HOOL {{20, "lot"}} @ 3 USD', f"{B}  -200 USD"))) == []


def test_a_balance_in_a_commodity_the_account_does_not_take():
    text = b"2020-01-01 open Assets:A USD\n2020-01-02 balance Assets:A 0 EUR\n"
    assert codes(raw(text)) == ["L208"]


@pytest.mark.parametrize(
    "option",
    [
        '"name_assets" "Foo:Bar"',
        '"name_assets" ""',
        '"account_rounding" "a:b"',
        '"booking_method" "strict"',
        '"allow_pipe_separator" "TRUE"',
        '"inferred_tolerance_multiplier" "0.6"',
    ],
)
def test_options_that_are_errors(option):
    assert codes(raw(f"option {option}\n2020-01-01 open Assets:A\n".encode())) == ["J111"]


def test_difference_03_a_lot_with_units_worked_out_has_a_day():
    ledger = read(simple(f"{LOTS}  HOOL {{20 USD}}", f"{B}  -200 USD"))
    assert str(ledger.transactions[0].postings[0].cost.date) == "2020-01-05"


def test_difference_06_the_entry_before_an_error_is_kept():
    ledger = raw(b"2020-01-01 open Assets:A\n2020-01-0\n2020-01-01 open Assets:B\n")
    assert codes(ledger) == ["J105"]
    assert [entry.account for entry in ledger.entries if isinstance(entry, Open)] == ["Assets:A", "Assets:B"]


def test_units_and_cost_cannot_both_be_missing():
    assert codes(read(simple(f"{LOTS}  HOOL {{USD}}"))) == ["L202"]


def test_difference_10_a_sale_with_a_cost_in_part_balances():
    ledger = read(simple(f"{LOTS}  -2 HOOL {{# 1 USD}}", f"{B}  4 USD"))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {2 USD}": -2}


def test_difference_07_a_letter_at_the_end_of_a_file():
    assert codes(raw(b"2020-01-01 open Assets:A V")) == []


def test_difference_08_a_comment_may_be_indented_anywhere():
    assert codes(raw(b'option "title" "x"\n  ; a remark\n')) == []
