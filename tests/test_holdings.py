"""Warnings of what beancount books in silence: it has no part in verdict or balances."""

import pytest

from acctkit.ledger.holdings import check_holdings
from test_beancount_rules import LOTS, B, buy, codes, held, raw, read, sell, simple

PLUGIN = 'plugin "beancount.plugins.coherent_cost"\n'
OPEN = "2020-01-01 open Assets:A\n2020-01-01 open Assets:B\n2020-01-01 open Income:I\n"


def told(ledger):
    return [(p.code, p.severity, p.place.line) for p in check_holdings(ledger)]


@pytest.mark.parametrize(("units", "braces", "wanted"), [(-2, "", 1), (-2, "{}", 0), (2, "", 0), (-2, "{100 USD}", 0)])
def test_a_sale_without_braces(units, braces, wanted):
    ledger = read(buy("2020-01-05", 5, 100) + sell("2020-02-01", units, braces, extra=" @ 120 USD"))
    assert codes(ledger) == []
    assert [code for code, *_ in told(ledger)] == ["L224"] * wanted
    if wanted:
        assert held(ledger, LOTS) == {"HOOL {100 USD}": 5, "HOOL": -2}


def test_it_is_said_once_and_not_by_the_method_none():
    sales = sell("2020-02-01", -1, "", extra=" @ 1 USD") + sell("2020-02-02", -1, "", extra=" @ 1 USD")
    (problem,) = check_holdings(read(buy("2020-01-05", 5, 100) + sales))
    assert [words for words, _ in problem.related] == ["the last lot"]
    assert told(read(buy("2020-01-05", 5, 100) + sales, options='option "booking_method" "NONE"\n')) == []


def test_what_a_plugin_says_is_not_said_again():
    ledger = read(buy("2020-01-05", 5, 100) + sell("2020-02-01", -1, "", extra=" @ 1 USD"), options=PLUGIN)
    assert codes(ledger) == ["L222"]
    assert told(ledger) == []


def test_what_has_no_lots_needs_no_braces():
    assert told(read(simple(f"{LOTS}  -2 HOOL @ 3 USD", B))) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2020-01-03 close Assets:A\n", [("L225", "warning", 7)]),
        ('2020-01-03 * "y"\n  Assets:A  -1 USD\n  Assets:B\n2020-01-03 close Assets:A\n', []),
        ("2020-01-03 close Income:I\n", []),
        ("2020-01-01 close Assets:B\n", []),
        ('plugin "beancount.plugins.check_drained"\n2020-01-03 close Assets:A\n', []),
    ],
)
def test_an_account_closed_that_is_not_empty(text, wanted):
    ledger = raw(f'{OPEN}2020-01-02 * "x"\n  Assets:A  1 USD\n  Income:I\n{text}'.encode())
    assert told(ledger) == wanted
    assert codes(ledger) == (["L209"] if "check_drained" in text else [])
