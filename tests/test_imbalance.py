"""Transactions that do not balance: acct points at the posting most likely wrong, and never guesses where two are."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger

ACCOUNTS = ("Assets:A", "Assets:B", "Assets:C", "Assets:D")
ALONE = "without 100.00 GBP on Assets:A the rest balances: is its other side missing?"
SIGN = "the sign the wrong way round?"
OPEN = "".join(f"2026-01-01 open {name}\n" for name in ACCOUNTS)


def unbalanced(*legs, options=""):
    """The problem of a transaction with these amounts, each on an account of its own."""
    lines = [f"  {leg if ':' in leg else f'{name}  {leg}'}\n" for name, leg in zip(ACCOUNTS, legs, strict=False)]
    text = options + OPEN + '2026-02-01 * "x"\n' + "".join(lines)
    ledger = Ledger([parse(Source("main.beancount", text.encode()))], Entity())
    (problem,) = ledger.problems
    assert problem.code == "L201"
    return problem


def under(place):
    return place.text[place.column - 1 : place.end_column - 1]


@pytest.mark.parametrize(
    ("legs", "under_caret", "hint"),
    [
        (
            ("20.42 GBP", "4.08 GBP", "-25.40 GBP"),
            "-25.40 GBP",
            "two digits swapped? -24.50 GBP on Assets:C would balance it",
        ),
        (
            ("10.10 GBP", "4.00 GBP", "7.05 GBP", "-17.15 GBP"),
            "4.00 GBP",
            "without 4.00 GBP on Assets:B the rest balances: is its other side missing?",
        ),
        (
            ("10.10 GBP", "4.00 GBP", "14.10 GBP"),
            "14.10 GBP",
            "the sign the wrong way round? -14.10 GBP on Assets:C would balance it",
        ),
        (
            ("10.10 GBP", "4.00 GBP", "-1.410 GBP"),
            "-1.410 GBP",
            "the decimal point in the wrong place? -14.10 GBP on Assets:C would balance it",
        ),
        (
            ("10.10 GBP", "4.00 GBP", "-1410 GBP"),
            "-1410 GBP",
            "the decimal point in the wrong place? -14.10 GBP on Assets:C would balance it",
        ),
        (
            ("10.10 GBP", "4.00 GBP", "-15.35 GBP"),
            '2026-02-01 * "x"',
            "a posting of 1.25 GBP would balance it: is one missing, or an amount mistyped?",
        ),
        (
            ("3 HOOL {21.00 GBP}", "-30.00 GBP", "-6.00 GBP"),
            "{21.00 GBP}",
            "two digits swapped? 12.00 GBP on Assets:A would balance it",
        ),
        (
            ("3 HOOL @ 21.00 GBP", "-30.00 GBP", "-6.00 GBP"),
            "@ 21.00 GBP",
            "two digits swapped? 12.00 GBP on Assets:A would balance it",
        ),
        (
            ("12 HOOL {10.00 GBP}", "-200.00 GBP", "-10.00 GBP"),
            "12 HOOL",
            "two digits swapped? 21 HOOL on Assets:A would balance it",
        ),
        (
            ("10.00 EUR @ 0.85 GBP", "4.00 GBP", "12.50 GBP"),
            "12.50 GBP",
            "the sign the wrong way round? -12.50 GBP on Assets:C would balance it",
        ),
    ],
)
def test_the_one_posting_that_explains_the_difference(legs, under_caret, hint):
    problem = unbalanced(*legs)
    assert under(problem.place) == under_caret
    assert problem.hint == hint
    assert problem.related == ()


@pytest.mark.parametrize(
    ("legs", "hint", "others"),
    [
        (
            ("24.50 GBP", "-25.40 GBP"),
            "two digits swapped? 25.40 GBP on Assets:A, or -24.50 GBP on Assets:B would balance it: check which",
            ["-25.40 GBP"],
        ),
        (
            ("24.50 GBP", "24.50 GBP"),
            f"{SIGN} -24.50 GBP on Assets:A, or -24.50 GBP on Assets:B would balance it: check which",
            ["24.50 GBP"],
        ),
        (
            ("100.00 GBP", "50.00 GBP", "-50.00 GBP"),
            f"{ALONE}; or: {SIGN} -50.00 GBP on Assets:B would balance it: check which",
            ["50.00 GBP"],
        ),
    ],
)
def test_what_several_postings_would_explain_is_not_guessed(legs, hint, others):
    problem = unbalanced(*legs)
    assert problem.hint == hint
    assert [(words, under(place)) for words, place in problem.related] == [("or this one", text) for text in others]


def test_a_posting_that_stands_twice():
    legs = ("Assets:A  20.00 GBP", "Assets:A  20.00 GBP", "4.00 GBP", "-24.00 GBP")
    problem = unbalanced(*legs)
    assert problem.hint == "20.00 GBP on Assets:A stands twice: without one of the two the rest balances"
    assert problem.related[0][1].line == problem.place.line - 1


GBP_BOOKS = 'option "operating_currency" "GBP"\n'


@pytest.mark.parametrize("options", ["", GBP_BOOKS])
def test_two_commodities_without_a_price(options):
    problem = unbalanced("100.00 EUR", "-85.00 GBP", options=options)
    assert under(problem.place) == "100.00 EUR"
    assert problem.hint == "say what it is worth: 100.00 EUR @@ 85.00 GBP"
    problem = unbalanced("100.00 EUR", "-80.00 GBP", "-5.00 GBP", options=options)
    assert under(problem.place) == "100.00 EUR"
    assert problem.hint == "say what it is worth: 100.00 EUR @@ 85.00 GBP"
    assert [under(place) for _, place in problem.related] == ["-80.00 GBP"]


@pytest.mark.parametrize(
    ("legs", "hint"),
    [
        (("-100.00 EUR", "85.00 GBP"), "say what it is worth: -100.00 EUR @@ 85.00 GBP"),
        (("85.00 GBP", "-100.00 EUR"), "say what it is worth: -100.00 EUR @@ 85.00 GBP"),
        (
            ("60.00 EUR", "40.00 EUR", "-85.00 GBP"),
            "say what each of the 2 amounts in EUR is worth, with @ 0.85 GBP",
        ),
        (
            ("60.00 EUR", "30.00 EUR", "-85.00 GBP"),
            "say what each of the 2 amounts in EUR is worth, with @@ and its worth in GBP",
        ),
        (("2 VWRL", "-20.00 GBP"), "say what it cost: 2 VWRL {10.00 GBP}"),
        (("-20.00 GBP", "2 VWRL"), "say what it cost: 2 VWRL {10.00 GBP}"),
        (("3 VWRL", "-20.00 GBP"), "say what it cost: 3 VWRL {{20.00 GBP}}"),
        (
            ("-2 VWRL", "20.00 GBP"),
            "say what was got for it: -2 VWRL @ 10.00 GBP, or with {} before the @ where it was bought at a cost",
        ),
    ],
)
@pytest.mark.parametrize("options", [GBP_BOOKS, "2026-01-01 commodity GBP\n" + GBP_BOOKS])
def test_the_base_currency_never_gets_a_price(legs, hint, options):
    assert unbalanced(*legs, options=options).hint == hint


def test_the_base_of_the_settings_counts_as_one():
    text = OPEN + '2026-02-01 * "x"\n  Assets:A  100.00 EUR\n  Assets:B  -85.00 GBP\n'
    parsed = parse(Source("main.beancount", text.encode()))
    hints = {base: Ledger([parsed], Entity(currency=base)).problems[0].hint for base in ("GBP", "EUR")}
    assert hints == {
        "GBP": "say what it is worth: 100.00 EUR @@ 85.00 GBP",
        "EUR": "say what it is worth: -85.00 GBP @@ 100.00 EUR",
    }


@pytest.mark.parametrize(
    ("legs", "options", "caret", "hint"),
    [
        (("85.00 GPB", "-80.00 GBP", "-5.00 GBP"), "", "85.00 GPB", "did you mean 85.00 GBP?"),
        (("24.50 GPB", "-24.50 GBP"), "", "24.50 GPB", "did you mean 24.50 GBP?"),
        (("24.50 GBP", "-24.50 GPB"), "", "-24.50 GPB", "did you mean -24.50 GBP?"),
        (("-24.50 GBP", "24.50 GPB"), GBP_BOOKS, "24.50 GPB", "did you mean 24.50 GBP?"),
        (("24.50 GPB", "-25.00 GBP"), "", "24.50 GPB", "did you mean 24.50 GBP?"),
        (("3 HUOR", "-3 HOUR"), "2026-01-01 commodity HOUR\n", "3 HUOR", "did you mean 3 HOUR?"),
        (("3 HOUR", "-3 HUOR"), "2026-01-01 commodity HOUR\n", "-3 HUOR", "did you mean -3 HOUR?"),
        (("3 HOUR", "-2 HUOR", "-1 HUOR"), "2026-01-01 open Assets:E HOUR\n", "-2 HUOR", "did you mean -2 HOUR?"),
        (("3 HOUR", "2 HOUR", "-5 HUOR"), "", "-5 HUOR", "did you mean -5 HOUR?"),
        (("10 EUR @ 0.80 GPB", "-8.00 GBP"), "", "GPB", "did you mean GBP?"),
    ],
)
def test_a_commodity_misspelt(legs, options, caret, hint):
    problem = unbalanced(*legs, options=options)
    assert under(problem.place) == caret
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("legs", "caret", "wanted"),
    [
        (("20.00 USD @ 16.00 GBP", "-16.00 GBP"), "@ 16.00 GBP", "all @@ 16.00 GBP"),
        (("100.00 EUR @ 85.00 GBP", "-85.00 GBP"), "@ 85.00 GBP", "all @@ 85.00 GBP"),
        (("3 VWRL {30.00 GBP}", "-30.00 GBP"), "{30.00 GBP}", "all {{30.00 GBP}}"),
        (("3 VWRL {30.00 GBP, 2026-01-05}", "-30.00 GBP"), None, "all {{30.00 GBP, 2026-01-05}}"),
        (("-20.00 USD @ 16.00 GBP", "16.00 GBP"), "@ 16.00 GBP", "all @@ 16.00 GBP"),
        (("20.00 USD @@ 0.80 GBP", "-16.00 GBP"), "@@ 0.80 GBP", "one @ 0.80 GBP"),
        (("3 VWRL {{10.00 GBP}}", "-30.00 GBP"), "{{10.00 GBP}}", "one {10.00 GBP}"),
    ],
)
def test_a_price_of_all_for_that_of_one(legs, caret, wanted):
    problem = unbalanced(*legs)
    which, _, text = wanted.partition(" ")
    what = {"all": "meant for all of it, not for one?", "one": "meant for one, not for all of it?"}[which]
    assert problem.hint == f"{what} {text} on Assets:A would balance it"
    assert caret is None or under(problem.place) == caret


def test_a_figure_that_was_worked_out_has_the_digits_of_the_entry():
    problem = unbalanced("99.00 EUR @ 85.00 GBP", "-10.00 GBP", "-3.00 GBP")
    assert "by 8402.00 GBP" in problem.message
    assert problem.hint.startswith("a posting of -8402.00 GBP would balance it")
    assert "-24.50 GBP on" in unbalanced("20.42 GBP", "4.08 GBP", "-245.00 GBP").hint


def test_three_commodities():
    problem = unbalanced("1.00 EUR", "-80.00 GBP", "-5.00 USD")
    assert problem.hint == "each commodity adds up to zero, or a price joins it to another"


@given(
    st.lists(st.integers(10_00, 999_99), min_size=3, max_size=3, unique=True), st.integers(0, 2), st.sampled_from("ws")
)
def test_a_slip_is_found_and_its_remedy_balances(cents, at, kind):
    amounts = [Decimal(n).scaleb(-2) for n in cents]
    amounts.append(-sum(amounts))
    wrong = amounts[at]
    if kind == "s":
        slipped = -wrong
    else:
        digits = f"{wrong:.2f}"
        slipped = Decimal(digits[1] + digits[0] + digits[2:])
        if slipped == wrong or digits[1] == "0":
            return
    written = [*amounts[:at], slipped, *amounts[at + 1 :]]
    problem = unbalanced(*(f"{n} GBP" for n in written))
    if "or an amount mistyped" in problem.hint:  # more than three would do
        return
    assert f"{wrong} GBP on {ACCOUNTS[at]}" in problem.hint
    assert Fraction(sum(written)) != 0
