"""Beancount's own plugins as acct has them built in; what each does was seen by running beancount 3.2.3."""

from datetime import date
from decimal import Decimal

import pytest

from acctkit.journal.entries import Balance, Close, Open
from acctkit.ledger.plugins import PLUGINS
from test_beancount_rules import A, B, codes, raw, read_files

OPENS = "".join(f"2020-01-01 open {name}\n" for name in ("Assets:A", "Assets:B", "Equity:Q", "Income:I", "Expenses:X"))
BUY = '2020-01-02 * "buy"\n  Assets:A  10 HOOL {2 USD}\n  Assets:B  -20 USD\n'


def run(name, text, setting=None):
    config = "" if setting is None else f' "{setting}"'
    return raw(f'plugin "beancount.plugins.{name}"{config}\n{text}'.encode())


def named(ledger, kind):
    return [(entry.date.isoformat(), entry.account) for entry in ledger.entries if isinstance(entry, kind)]


def prices(ledger):
    return [(entry.date.day, entry.commodity, str(entry.number), entry.quote) for entry in ledger.prices()]


def test_auto_accounts_opens_on_the_day_of_first_use():
    text = '2020-01-03 note Assets:B "x"\n2020-01-02 pad Assets:A Equity:Q\n2020-01-03 balance Assets:A 1 USD\n'
    ledger = run("auto_accounts", text + '2020-01-01 custom "x" Assets:Not-Counted\n')
    assert codes(ledger) == []
    assert named(ledger, Open) == [("2020-01-02", "Assets:A"), ("2020-01-02", "Equity:Q"), ("2020-01-03", "Assets:B")]


def test_auto_accounts_opens_nothing_for_what_cannot_be_booked():
    ledger = run("auto_accounts", '2020-01-01 * "x"\n  Assets:A  1 USD\n  Assets:B\n  Assets:C\n')
    assert codes(ledger) == ["L202"]
    assert named(ledger, Open) == []
    assert ledger.left_out == 1


def test_implicit_prices_of_prices_and_of_lots_added_to():
    sales = '2020-01-03 * "s"\n  Assets:A  -1 HOOL {2 USD} @@ 5 USD\n  Assets:B  5 USD\n  Income:I\n'
    sales += '2020-01-04 * "no price, a reduction"\n  Assets:A  -1 HOOL {2 USD}\n  Assets:B  2 USD\n'
    ledger = run("implicit_prices", OPENS + BUY + BUY + sales)
    assert codes(ledger) == []
    assert prices(ledger) == [(2, "HOOL", "2", "USD"), (3, "HOOL", "5", "USD")]


def test_auto_is_both():
    ledger = run("auto", BUY)
    assert codes(ledger) == []
    assert len(named(ledger, Open)) == 2
    assert prices(ledger) == [(2, "HOOL", "2", "USD")]


@pytest.mark.parametrize(("value", "wanted"), [("TRUE", ["L209"]), ('"FALSE"', ["L209"]), ("FALSE", []), ("0", [])])
def test_check_closing(value, wanted):
    ledger = run("check_closing", f'{OPENS}2020-01-02 * "x"\n  {A}  1 USD\n    closing: {value}\n  {B}\n')
    assert codes(ledger) == wanted
    assert named(ledger, Balance) == [("2020-01-03", A)] * len(wanted)


def test_check_drained_asserts_all_that_may_be_held():
    text = "2020-01-01 open Assets:A USD,EUR\n2020-01-01 open Income:I\n2020-03-01 close Assets:A\n"
    ledger = run("check_drained", text + "2020-03-01 close Income:I\n2020-03-01 balance Assets:A 0 EUR\n")
    assert codes(ledger) == []
    assert named(ledger, Balance) == [("2020-03-01", A), ("2020-03-02", A)]
    held = text + '2020-02-01 * "x"\n  Assets:A  1 USD\n  Income:I\n'
    assert codes(run("check_drained", held)) == ["L209"]
    after = text + '2020-04-01 * "x"\n  Assets:A  1 GBP\n  Income:I\n'
    assert len(named(run("check_drained", after), Balance)) == 2  # what is posted later was not held


def test_close_tree():
    text = "2020-01-01 open Assets:A:B\n2020-01-01 open Assets:A:C\n2020-01-01 open Assets:A:C:D\n"
    ledger = run("close_tree", text + "2020-02-01 close Assets:A:C\n2020-03-01 close Assets:A\n")
    assert codes(ledger) == []
    wanted = [("2020-02-01", "Assets:A:C:D"), ("2020-02-01", "Assets:A:C"), ("2020-03-01", "Assets:A:B")]
    assert named(ledger, Close) == wanted


def test_check_closing_twice_asserts_once():
    line = 'plugin "beancount.plugins.check_closing"\n'
    ledger = run("check_closing", f'{line}{OPENS}2020-01-02 * "x"\n  {A}  1 USD\n    closing: TRUE\n  {B}\n')
    assert named(ledger, Balance) == [("2020-01-03", A)]
    assert codes(ledger) == ["L209"]


def test_currency_accounts():
    text = '2020-01-03 * "x"\n  Assets:A  100 EUR @ 2 USD\n  Assets:B  -200 USD\n'
    text += '2020-01-04 * "one commodity"\n  Assets:A  1 HOOL {2 USD} @ 3 USD\n  Assets:B  -2 USD\n'
    ledger = run("currency_accounts", OPENS + text, "Equity:Cur")
    assert codes(ledger) == []
    first, second = ledger.transactions
    assert [(p.account, p.number, p.commodity, p.price) for p in first.postings] == [
        ("Assets:A", Decimal(100), "EUR", None),
        ("Equity:Cur:EUR", Decimal(-100), "EUR", None),
        ("Assets:B", Decimal(-200), "USD", None),
        ("Equity:Cur:USD", Decimal(200), "USD", None),
    ]
    assert len(second.postings) == 2
    assert ("2020-01-01", "Equity:Cur:EUR") in named(ledger, Open)
    assert ledger.transactions[0].date == date(2020, 1, 3)
    elsewhere = run("currency_accounts", OPENS + text, "not an account")
    assert ("2020-01-01", "Equity:CurrencyAccounts:EUR") in named(elsewhere, Open)


@pytest.mark.parametrize(("rate", "wanted"), [("2", []), ("0", ["L201"])])
def test_a_price_of_nothing_is_none_to_currency_accounts(rate, wanted):
    text = f'2020-01-03 * "x"\n  Assets:A  100 EUR @ {rate} USD\n  Assets:B  -7 USD\n'
    assert codes(run("currency_accounts", OPENS + text, "Equity:Cur")) == wanted


@pytest.mark.parametrize(("rate", "wanted"), [("2", ["L201", "L216"]), ("0", [])])
def test_a_price_of_nothing_uses_no_commodity(rate, wanted):
    text = f'2020-01-01 commodity EUR\n2020-01-03 * "x"\n  Assets:A  100 EUR @ {rate} USD\n'
    assert sorted(codes(run("check_commodity", OPENS + text))) == wanted


def test_check_commodity():
    text = "2020-01-01 open Assets:A EUR\n2020-01-01 price EUR 1 USD\n"
    assert codes(run("check_commodity", text)) == ["L216", "L216", "L216"]
    assert codes(run("check_commodity", text, "{'Assets:.*': 'EU'}")) == ["L216"]  # EUR is passed over altogether
    assert codes(run("check_commodity", "2020-01-01 commodity EUR\n" + text)) == ["L216"]


@pytest.mark.parametrize("setting", ["{'A': ", "['A']", "{'(': 'A'}", "__import__('os')"])
def test_a_setting_is_read_and_never_run(setting):
    assert codes(run("check_commodity", "", setting)) == ["J116"]


def test_settings_that_do_not_fit():
    assert codes(run("leafonly", "", "x")) == ["J116"]
    assert codes(run("currency_accounts", "")) == ["J116"]
    assert codes(run("onecommodity", "", "(")) == ["J116"]


def test_coherent_cost():
    assert codes(run("coherent_cost", OPENS + BUY)) == []
    assert codes(run("coherent_cost", OPENS + BUY + f'2020-01-03 * "x"\n  {A}  1 HOOL\n  {B}  -1 HOOL\n')) == ["L222"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('note Assets:A "x"', ["L218"]),
        ("close Assets:A", ["L218"]),
        ("balance Assets:A 0 USD", []),
        ('note Assets:A:Sub "x"', []),
    ],
)
def test_leafonly(line, wanted):
    assert codes(run("leafonly", f"{OPENS}2020-01-01 open Assets:A:Sub\n2020-01-02 {line}\n")) == wanted


def test_noduplicates():
    one = '2020-01-02 * "x"\n  Assets:A  2 USD\n  Assets:B  -2 USD\n'
    turned = '2020-01-02 * "x"\n  kk: "meta"\n  Assets:B  -2 USD\n  Assets:A  2 USD\n'
    assert codes(run("noduplicates", OPENS + one + turned)) == ["L217"]
    assert codes(run("noduplicates", OPENS + one + one.replace("*", "!"))) == []
    assert codes(run("noduplicates", OPENS + one + one.replace(" 2 ", " 2.00 "))) == []
    assert codes(run("noduplicates", '2020-01-02 event "a" "b"\n' * 2)) == ["L217"]
    assert codes(run("noduplicates", "2020-01-02 price EUR 1 USD\n" * 2)) == []


def test_nounused():
    used = '2020-01-02 note Assets:A "x"\n2020-01-02 balance Assets:B 0 USD\n2020-01-02 close Equity:Q\n'
    assert codes(run("nounused", OPENS + used + '2020-01-02 custom "x" Income:I\n')) == ["L223", "L223"]


def test_onecommodity():
    both = "2020-01-02 balance Assets:A 0 USD\n2020-01-02 balance Assets:A 0 EUR\n"
    assert codes(run("onecommodity", OPENS + both)) == ["L220"]
    assert codes(run("onecommodity", OPENS + both, "Assets:B")) == []
    assert "L220" in codes(run("onecommodity", both, "Assets:B"))  # it is the opening that is passed over
    assert codes(run("onecommodity", "2020-01-01 open Assets:A USD,EUR\n" + both)) == []
    assert codes(run("onecommodity", "2020-01-01 open Assets:A\n  onecommodity: FALSE\n" + both)) == []
    assert codes(run("onecommodity", OPENS + BUY + BUY.replace("USD", "EUR"))) == ["L220", "L220"]


@pytest.mark.parametrize(("paid", "wanted"), [("2.50", []), ("2.51", []), ("2.52", ["L221"])])
def test_sellgains_takes_twice_the_tolerance(paid, wanted):
    sale = f'2020-01-03 * "s"\n  Assets:A  -1 HOOL {{2 USD}} @ 2.50 USD\n  Assets:B  {paid} USD\n  Income:I\n'
    assert codes(run("sellgains", OPENS + BUY + sale)) == wanted
    assert codes(run("sellgains", OPENS + BUY + sale.replace(" @ 2.50 USD", ""))) == []


def test_sellgains_counts_no_unknown_kind_and_no_other_commodity():
    sale = '2020-01-03 * "s"\n  Assets:A  -1 HOOL {2 USD} @ 2.50 USD\n  Assets:B  2.50 USD\n'
    assert codes(run("sellgains", OPENS + BUY + sale + "  Incme:I  -0.50 USD\n")) == ["J106", "L205"]
    assert codes(run("sellgains", OPENS + BUY + sale + "  Assets:A  0.001 EUR\n  Income:I\n")) == ["L221"]


def test_unique_prices():
    assert codes(run("unique_prices", "2020-01-02 price EUR 1 USD\n2020-01-02 price EUR 1.00 USD\n")) == []
    assert codes(run("unique_prices", "2020-01-02 price EUR 1 USD\n2020-01-02 price EUR 1.01 USD\n")) == ["L219"]
    assert codes(run("unique_prices", "2020-01-02 price EUR 1 USD\n2020-01-02 price USD 2 EUR\n")) == []


def test_pedantic_is_all_the_checks():
    assert codes(run("pedantic", "2020-01-01 open Assets:A USD\n")) == ["L216", "L223"]


def test_plugins_run_in_the_order_of_their_lines():
    opened = 'plugin "beancount.plugins.auto_accounts"\n'
    unused = 'plugin "beancount.plugins.close_tree"\n'
    text = '2020-01-01 note Assets:A:B "x"\n2020-02-01 close Assets:A:B\n2020-03-01 close Assets:A\n'
    assert codes(raw((opened + unused + text).encode())) == []
    assert codes(raw((unused + text).encode())) == ["L205"]


def test_plugins_run_before_pads():
    text = OPENS + "2020-01-02 pad Assets:A Equity:Q\n2020-01-03 balance Assets:A 1 USD\n"
    assert codes(run("noduplicates", text + text.partition("\n")[0] + "\n")) == ["L206", "L217"]
    assert codes(run("implicit_prices", text)) == []


def test_raw_mode_omits_pads_and_balances():
    text = 'option "plugin_processing_mode" "raw"\n' + OPENS
    ledger = raw((text + "2020-01-02 pad Assets:A Equity:Q\n2020-01-03 balance Assets:A 1 USD\n").encode())
    assert codes(ledger) == []
    assert ledger.transactions == []
    assert codes(raw(b'option "plugin_processing_mode" "other"\n')) == ["J111"]


def test_only_the_plugins_of_the_first_file_count(tmp_path):
    sub = 'plugin "beancount.plugins.nounused"\n'
    ledger = read_files(tmp_path, main='include "sub.beancount"\n2020-01-01 open Assets:A\n', sub=sub)
    assert codes(ledger) == ["J113"]


def test_no_other_plugin_is_run():
    assert codes(raw(b'plugin "os"\nplugin "beancount.ops.pad"\nplugin "auto_accounts"\n')) == ["J113"] * 3
    assert all(name.startswith("beancount.plugins.") for name in PLUGINS)


@pytest.mark.parametrize(
    "text",
    [
        '2020-01-02 * "x"\n  Assets:A  HOOL {{2000 USD}}\n  Assets:B  -20000 USD\n',
        '2020-01-02 * "x"\n  Assets:A  0 HOOL @ USD\n  Assets:B  1 USD\n',
        '2020-01-02 * "x"\n  Assets:A  10 HOOL {20 USD} @ EUR\n  Assets:B  -200 USD\n',
    ],
)
def test_what_beancount_crashes_on(text):
    assert raw((OPENS + text).encode()).problems is not None
    assert codes(run("currency_accounts", "", "Equity:Cur")) == []
