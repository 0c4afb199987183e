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


def test_difference_11_no_empty_groups():
    assert codes(read(simple(f"{A}  1,,000 USD", B))) == ["J103"]


def test_difference_12_metadata_of_any_name():
    assert codes(read(simple(f"{A}  1 USD", '  filename: "x"', "  lineno: 3", B))) == []


def test_difference_13_a_tolerance_has_an_end():
    assert codes(raw(b'option "tolerance_multiplier" "Infinity"\n')) == ["J111"]


@pytest.mark.parametrize("words", ['L"IFO"', 'V"LIFO"', "V,USD"])
def test_a_letter_is_a_commodity_where_a_blank_follows(words):
    assert codes(raw(f"2020-01-01 open Assets:A {words}\n".encode())) == ["J102"]


@pytest.mark.parametrize("leg", ["1 V{2 USD}", "1 V@2 USD", "1 V;remark"])
def test_a_letter_with_nothing_between_it_and_what_follows(leg):
    assert "J102" in codes(read(simple(f"{A}  {leg}", B)))


@pytest.mark.parametrize(
    "option",
    [
        '"input_hash" "x"',
        '"commodities" "x"',
        '"dcontext" "x"',
        '"tolerance_multiplier" ""',
        '"tolerance_multiplier" "1,5"',
        '"tolerance_multiplier" "-1"',
        '"inferred_tolerance_default" "USD:0.02 or so"',
        '"inferred_tolerance_default" ":0.02"',
        '"display_precision" "USD:1 "',
    ],
)
def test_options_that_beancount_takes_are_warnings(option):
    (problem,) = raw(f"option {option}\n2020-01-01 open Assets:A\n".encode()).problems
    assert (problem.code, problem.severity) == ("J111", "warning")


def test_an_odd_tolerance_counts_as_beancount_counts_it():
    legs = f"{A}  1.00 USD", f"{B}  -1.12 USD"
    assert codes(read(simple(*legs), options='option "tolerance_multiplier" "1,5"\n')) == ["J111"]
    assert "L201" in codes(read(simple(*legs), options='option "tolerance_multiplier" ""\n'))


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ('"inferred_tolerance_default" "*:1"', {}),
        ('"infer_tolerance_from_cost" "TRUE"', {"JPY": Decimal("-0.322")}),
        ('"inferred_tolerance_default" "JPY:0.05"', {"JPY": Decimal("-0.3")}),
    ],
)
def test_precise_interpolation_takes_the_finest_tolerance(option, wanted):
    options = f'option "use_precise_interpolation" "YES"\noption {option}\n'
    ledger = read(simple(f"{LOTS}  0.46 HOOL {{0.70 JPY}}", B), options=options)
    assert held(ledger, B) == wanted


def test_a_cost_in_part_is_rounded_as_beancount_does():
    ledger = read(simple(f'{LOTS}  1.8 WIDG {{# 18 EUR, "lot"}}', f"{B}  0.96 EUR"))
    assert list(held(ledger, LOTS)) == ["WIDG {-0.5333333333333333333333333278 EUR}"]


@pytest.mark.parametrize(
    ("day", "hint"),
    [
        ("2026-04-31", "April 2026 has 30 days"),
        ("2026-30-04", "did you mean 2026-04-30? the month stands before the day"),
        ("2026-13-13", "the months are 01 to 12: write year-month-day"),
        ("0000-01-01", "the year comes first, with four digits: 2026-04-14"),
        ("9999-12-32", "December 9999 has 31 days"),
    ],
)
def test_a_date_that_does_not_exist_says_why(day, hint):
    for line in (f'{day} * "x"', f"{day} open Assets:A"):
        (problem,) = raw(f"{line}\n".encode()).problems
        assert problem.code == "J105"
        assert problem.hint == hint


def test_a_total_cost_gives_no_tolerance():
    options = 'option "infer_tolerance_from_cost" "TRUE"\n'
    ledger = read(simple(f"{LOTS}  -1.729 HOOL {{{{521.6778 USD}}}} @ 4965 USD", B), options=options)
    assert held(ledger, B) == {"USD": 522}


def test_units_are_worked_out_beside_a_cost_for_all_of_them():
    ledger = read(simple(f"{LOTS}  HOOL {{100.00 # 9.95 USD}}", f"{B}  -1009.95 USD"))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {100.995 USD}": 10}
    ledger = read(simple(f"{LOTS}  HOOL {{100.00 # 9.95 USD}}", f"{B}  1009.95 USD"))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {100.995 USD}": -10}
    assert codes(read(simple(f"{LOTS}  HOOL {{100.00 # 9.95 USD}}", f"{B}  -1.00 USD"))) == ["L201"]


def test_an_open_directive_as_beancount_reads_it():
    assert codes(raw(b'2020-01-01 open Assets:A ,USD,EUR "FIFO"\n')) == []
    assert codes(raw(b'2020-01-01 open Assets:A ""\n')) == []
    assert codes(raw(b'2020-01-01 open Assets:A , "FIFO"\n')) == ["J102"]


@pytest.mark.parametrize(
    ("value", "severity"),
    [("", "warning"), ("TRUE", "warning"), ("Assets:A", "warning"), ('"x"', "warning"), ("1", "error")],
)
def test_a_key_twice_with_one_value(value, severity):
    (problem,) = read(simple(f"{A}  1 USD", f"  aa: {value}", f"  aa: {value}", B)).problems
    assert (problem.code, problem.severity) == ("J107", severity)


@pytest.mark.parametrize(
    ("cost", "wanted"),
    [('{, "lot"}', []), ('{2020-01-05,, "lot"}', ["J102"]), ('{20 USD,, "lot"}', ["J102"]), ("{,,}", ["J102"])],
)
def test_only_the_first_part_of_a_cost_may_be_empty(cost, wanted):
    assert [c for c in codes(read(simple(f"{LOTS}  1 HOOL {cost}", f"{B}  -20 USD"))) if c != "L201"] == wanted
