"""Beancount v3 as beancount 3.2.3 behaves, rule by rule: what re-implementations get wrong.

Every journal here is read by beancount 3.2.3 with the same balances and the same verdict, where a remark
does not say otherwise.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from acctkit.books.files import read_journal
from acctkit.journal.entries import Balance, Close, Cost, Document, Note, Open, Pad, PriceEntry, Transaction
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.money import EXACT

OPENS = """\
2000-01-01 open Assets:A
2000-01-01 open Assets:A:Sub
2000-01-01 open Assets:B
2000-01-01 open Assets:Lots
2000-01-01 open Assets:Fifo  "FIFO"
2000-01-01 open Assets:Lifo  "LIFO"
2000-01-01 open Assets:Hifo  "HIFO"
2000-01-01 open Assets:None  "NONE"
2000-01-01 open Assets:Size  "STRICT_WITH_SIZE"
2000-01-01 open Equity:Q
2000-01-01 open Income:I
2000-01-01 open Expenses:E
"""
A, B, LOTS, INCOME = "Assets:A", "Assets:B", "Assets:Lots", "Income:I"


def read(text, *, options=""):
    """The ledger of one journal; its accounts are open."""
    return raw(f"{options}{OPENS}{text}".encode())


def raw(data):
    return Ledger([parse(Source("main.beancount", data))], Entity())


def read_files(folder, **texts):
    """The ledger of several files; `main` is the first."""
    for name, text in texts.items():
        (folder / f"{name}.beancount").write_text(text)
    return Ledger(read_journal(folder / "main.beancount"), Entity())


def codes(ledger):
    return sorted(problem.code for problem in ledger.problems)


def held(ledger, account):
    """What an account holds: units by commodity, and by cost where there is one, e.g. `HOOL {5 USD}`."""
    sums = {}
    for entry in ledger.transactions:
        for posting in entry.postings:
            if posting.account == account:
                key = posting.commodity
                if isinstance(posting.cost, Cost):
                    key += f" {{{posting.cost.number} {posting.cost.commodity}}}"
                sums[key] = EXACT.add(sums.get(key, Decimal(0)), posting.number)
    return {key: number for key, number in sums.items() if number}


def kinds(ledger):
    return [type(entry) for entry in ledger.entries if entry.date > date(2000, 1, 1)]


def buy(day, units, cost, account=LOTS, spec=""):
    total = Decimal(str(units)) * Decimal(str(cost))
    return f'{day} * "buy"\n  {account}  {units} HOOL {{{cost} USD{spec}}}\n  {B}  {-total} USD\n'


def sell(day, units, braces="{}", account=LOTS, extra=""):
    return f'{day} * "sell"\n  {account}  {units} HOOL {braces}{extra}\n  {B}\n'


def simple(*legs, header='2020-01-05 * "x"'):
    return "\n".join([header, *(f"  {leg}" for leg in legs)]) + "\n"


# Order and time.


def test_rule_01_order_within_a_day():
    ledger = raw(
        b'2020-01-05 close Assets:A\n2020-01-05 * "x"\n  Assets:A  5 USD\n  Assets:B\n'
        b'2020-01-05 price USD 1 EUR\n2020-01-05 note Assets:A "after the price"\n'
        b"2020-01-05 balance Assets:A  0 USD\n2020-01-05 open Assets:A\n2020-01-05 open Assets:B\n"
    )
    assert codes(ledger) == []
    assert kinds(ledger) == [Open, Open, Balance, Transaction, PriceEntry, Note, Close]


def test_rule_01_pad_keeps_its_line_order():
    pad = "2020-01-05 pad Assets:A Equity:Q\n2020-01-06 balance Assets:A 3 USD\n"
    ledger = read("2020-01-05 price USD 1 EUR\n" + pad)
    assert codes(ledger) == []
    assert kinds(ledger) == [PriceEntry, Pad, Transaction, Balance]


def test_rule_01_documents_come_after_transactions():
    text = simple(f"{A}  1 USD", B) + '2020-01-05 note Assets:A "x"\n'
    ledger = read('2020-01-05 document Assets:A "x.pdf"\n' + text)
    assert kinds(ledger) == [Transaction, Note, Document]


def test_rule_02_lines_are_compared_across_files(tmp_path):
    padding = "\n" * 40
    main = f'include "sub.beancount"\n{OPENS}{padding}' + sell("2020-01-05", -1)
    ledger = read_files(tmp_path, main=main, sub=buy("2020-01-05", 1, 5))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {}


def test_rule_03_a_balance_is_of_the_start_of_its_day():
    text = simple(f"{A}  5 USD", B)
    assert codes(read(text + "2020-01-05 balance Assets:A  0 USD\n2020-01-06 balance Assets:A  5 USD\n")) == []
    assert codes(read(text + "2020-01-05 balance Assets:A  5 USD\n")) == ["L209"]


def test_rule_04_a_pad_on_the_day_of_its_balance_is_too_late():
    ledger = read("2020-01-05 pad Assets:A Equity:Q\n2020-01-05 balance Assets:A  5 USD\n")
    assert codes(ledger) == ["L209", "L210"]
    assert held(ledger, A) == {}


def test_rule_05_postings_on_the_day_of_closing():
    close = "2020-01-05 close Assets:A\n"
    assert codes(read(close + simple(f"{A}  5 USD", B))) == []  # closed with a balance, silently
    assert codes(read(close + simple(f"{A}  5 USD", B, header='2020-01-06 * "x"'))) == ["L205"]


def test_rule_05_what_may_follow_a_close():
    close = "2020-01-05 close Assets:A\n"
    assert codes(read(close + '2020-01-06 balance Assets:A  0 USD\n2020-01-06 note Assets:A "x"\n')) == []
    pad = "2020-01-06 pad Assets:A Equity:Q\n2020-01-07 balance Assets:A  1 USD\n"
    assert "L205" in codes(read(close + pad))


def test_rule_06_booking_is_in_order_of_date():
    ledger = read(sell("2020-02-01", -1) + buy("2020-01-01", 1, 5))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {}


# Words and layout.


@pytest.mark.parametrize("line", ["* Heading", ":prop:", "#+TITLE: x", "! x", "& x", "# x", "? x", "% x", "; x"])
def test_rule_07_lines_that_are_comments(line):
    assert codes(read(line + "\n")) == []


@pytest.mark.parametrize("line", ["garbage", "Assets:A", "> quote", "1234", "#tag", "#", "*", "!"])
def test_rule_07_other_lines_are_not(line):
    assert codes(read(line + "\n")) == ["J101"]


def test_rule_08_a_comment_does_not_end_a_transaction():
    assert codes(read(simple(f"{A}  1 USD", "; indented", B))) == []


@pytest.mark.parametrize("line", ["", "   ", "; at the margin"])
def test_rule_08_a_blank_line_does(line):
    ledger = read(f'2020-01-05 * "x"\n  {A}  1 USD\n{line}\n  {B}  -1 USD\n')
    assert codes(ledger) == ["J108", "L201"]
    assert held(ledger, A) == {"USD": 1}


def test_rule_09_indents_line_ends_and_byte_order_mark():
    text = OPENS + '2020-01-05 * "x"\n Assets:A  1USD\n\tAssets:B  -1 USD'
    for data in (text.encode(), text.replace("\n", "\r\n").encode()):
        ledger = raw(data)
        assert codes(ledger) == []
        assert held(ledger, A) == {"USD": 1}
    assert codes(raw(b"\xef\xbb\xbf" + text.encode())) == ["J110"]


def test_rule_10_metadata_belongs_to_the_posting_above_it():
    ledger = read(simple('own: "1"', f"{A}  1 USD", 'first: "2"', B, '       second: "3"', ' third: "4"'))
    (entry,) = ledger.transactions
    assert entry.meta == {"own": "1"}
    assert [posting.meta for posting in entry.postings] == [{"first": "2"}, {"second": "3", "third": "4"}]


@pytest.mark.parametrize("key", ["k", "Key", "1st", "_x"])
def test_rule_11_keys_that_are_not_valid(key):
    assert codes(read(simple(f'{key}: "1"', f"{A}  1 USD", B)))


def test_rule_11_a_key_given_twice():
    ledger = read(simple('key: "1"', 'key: "2"', f"{A}  1 USD", B))
    assert codes(ledger) == ["J107"]
    assert ledger.transactions[0].meta == {"key": "1"}


def test_rule_12_metadata_values():
    ledger = read(
        simple('aa: "text"', "ab: Assets:A", "ac: 2020-01-01", "ad: USD", "ae: #tag", "af: 1 + 2", "ag: 3.50 USD",
               "ah: TRUE", "ai: FALSE", "aj: NULL", "ak:", f"{A}  1 USD", B)
    )  # fmt: skip
    assert codes(ledger) == []
    assert list(ledger.transactions[0].meta.values()) == [
        "text", "Assets:A", date(2020, 1, 1), "USD", "tag", 3, (Decimal("3.50"), "USD"), True, False, None, None,
    ]  # fmt: skip


def test_rule_12_a_link_is_no_metadata_value():
    assert codes(read(simple("aa: ^link", f"{A}  1 USD", B)))


@pytest.mark.parametrize("name", ["A", "USD", "VT.L", "A'B", "A_B-C1", "/ESM", "/6J", "A" * 30])
def test_rule_13_commodities(name):
    ledger = read(simple(f"{A}  1 {name}", B))
    assert codes(ledger) == []
    assert held(ledger, A) == {name: 1}


@pytest.mark.parametrize("name", ["usd", "Usd", "A-", "/12"])
def test_rule_13_not_commodities(name):
    assert codes(read(simple(f"{A}  1 {name}", B)))


def test_rule_13_true_is_no_truth():
    assert codes(read(simple("aa: true", f"{A}  1 USD", B)))


def test_rule_13_a_capital_is_a_flag():
    ledger = read(simple(f"{A}  1 USD", B, header='2020-01-05 P "x"'))
    assert codes(ledger) == []
    assert ledger.transactions[0].flag == "P"


@pytest.mark.parametrize("name", ["Assets:1Bank", "Assets:Банк", "Assets:X-y", "Assets:Été", "Assets:Food🍕:été"])
def test_rule_14_accounts(name):
    assert codes(read(f"2020-01-05 open {name}\n")) == []


@pytest.mark.parametrize("name", ["Assets:银行", "Assets:My_Bank", "Assets:bank", "Aktiva:Bank", "Assets"])
def test_rule_14_not_accounts(name):
    assert codes(read(f"2020-01-05 open {name}\n"))


def test_rule_14_roots_are_options():
    ledger = raw(b'option "name_assets" "Aktiva"\n2020-01-05 open Aktiva:Bank\n')
    assert codes(ledger) == []
    assert ledger.kind("Aktiva:Bank") == "Assets"


@pytest.mark.parametrize(
    ("text", "day"),
    [("2020-01-05", date(2020, 1, 5)), ("2020/1/5", date(2020, 1, 5)), ("2020/01-005", date(2020, 1, 5)),
     ("0001-12-31", date(1, 12, 31)), ("9999-1-31", date(9999, 1, 31))],
)  # fmt: skip
def test_rule_15_days(text, day):
    ledger = read(f'{text} event "x" "y"\n')
    assert codes(ledger) == []
    assert day in [entry.date for entry in ledger.entries]


@pytest.mark.parametrize("text", ["2020-02-30", "2020-13-01", "0000-01-01", "12020-01-01", "999-01-01", "2020-01"])
def test_rule_15_not_days(text):
    assert codes(read(f'{text} event "x" "y"\n'))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.5", "1234.5"), ("1.", "1"), ("-(2 + 3) * 4 / 8", "-2.5"), ("1,234,567", "1234567"), ("+5", "5"),
     ("1 - -1", "2"), ("10 / 3", "3.333333333333333333333333333"), ("1 + 2 * 3", "7")],
)  # fmt: skip
def test_rule_16_numbers_wherever_a_number_goes(text, number):
    ledger = read(simple(f"nn: {text}", f"{A}  {text} USD", B) + f"2020-01-06 balance {A}  {text} USD\n")
    assert codes(ledger) == []
    assert held(ledger, A) == {"USD": Decimal(number)}
    assert ledger.transactions[0].meta["nn"] == Decimal(number)
    assert ledger.entries[-1].number == Decimal(number)


@pytest.mark.parametrize("text", ["1,5", "1,00,0.5", ".5", "12,34", "1/0", "(1", "1+"])
def test_rule_16_not_numbers(text):
    ledger = read(simple(f"{A}  {text} USD", B))
    assert codes(ledger)
    assert held(ledger, A) == {}


def test_rule_17_strings():
    ledger = read('2020-01-05 * "two\nlines" "a\\nb\\tc \\"d\\" e\\\\f"\n  Assets:A  1 USD\n  Assets:B\n')
    assert codes(ledger) == []
    entry = ledger.transactions[0]
    assert (entry.payee, entry.narration) == ("two\nlines", 'a\nb\tc "d" e\\f')


def test_rule_17_a_very_long_string_is_only_a_warning():
    ledger = read('2020-01-05 * "{}"\n  Assets:A  1 USD\n  Assets:B\n'.format("x\n" * 65))
    assert [(problem.code, problem.severity) for problem in ledger.problems] == [("J104", "warning")]
    assert held(ledger, A) == {"USD": 1}


def test_rule_18_headers():
    ledger = read(simple("#more ^link-2", f"{A}  1 USD", B, header='2020-01-05 * "who" "what" #tag ^link-1'))
    assert codes(ledger) == []
    entry = ledger.transactions[0]
    assert (entry.payee, entry.narration) == ("who", "what")
    assert (entry.tags, entry.links) == ({"tag", "more"}, {"link-1", "link-2"})
    assert read(simple(f"{A}  1 USD", B)).transactions[0].payee is None
    assert read(simple(f"{A}  1 USD", B, header="2020-01-05 *")).transactions[0].narration == ""


@pytest.mark.parametrize("words", ['"a" "b" "c"', '#tag "a"', '"a" #tag "b"'])
def test_rule_18_not_headers(words):
    ledger = read(simple(f"{A}  1 USD", B, header=f"2020-01-05 * {words}"))
    assert codes(ledger) == ["J102"]


def test_rule_18_a_bar_is_an_error_and_the_entry_counts():
    ledger = read(simple(f"{A}  1 USD", B, header='2020-01-05 * "a" | "b"'))
    assert codes(ledger) == ["J102"]
    assert (ledger.transactions[0].payee, ledger.transactions[0].narration) == ("a", "b")


def test_rule_18_tags_elsewhere():
    assert codes(read('2020-01-05 note Assets:A "x" #tag ^link\n')) == []
    for text in ('event "x" "y" #tag', "close Assets:A ^link", "price USD 1 EUR #tag", "balance Assets:A 0 USD #tag"):
        assert codes(read(f"2020-01-05 {text}\n")) == ["J102"]
    assert codes(read(simple(f"{A}  1 USD #tag", B)))


def test_rule_19_pushed_tags_and_metadata():
    ledger = read(
        'pushtag #trip\npushmeta where: "York"\n2020-01-05 note Assets:A "x"\n'
        + simple(f"{A}  1 USD", B)
        + "2020-01-06 close Assets:B\npoptag #trip\npopmeta where:\n"
        + simple(f"{A}  1 USD", "Income:I")
    )
    assert codes(ledger) == []
    note, close = (next(en for en in ledger.entries if isinstance(en, kind)) for kind in (Note, Close))
    first, last = ledger.transactions
    assert note.tags == first.tags == {"trip"}
    assert note.meta == first.meta == close.meta == {"where": "York"}
    assert (last.tags, last.meta) == (set(), {})


def test_rule_19_what_is_pushed_is_popped():
    assert codes(read("pushtag #trip\n")) == ["J109"]
    assert codes(read("poptag #trip\n")) == ["J109"]
    assert codes(read('pushmeta where: "York"\n')) == ["J109"]
    assert codes(read("popmeta where:\n")) == ["J109"]


def test_rule_19_included_files_are_not_reached(tmp_path):
    main = f'{OPENS}pushtag #trip\ninclude "sub.beancount"\npoptag #trip\n'
    ledger = read_files(tmp_path, main=main, sub=simple(f"{A}  1 USD", B))
    assert codes(ledger) == []
    assert ledger.transactions[0].tags == set()


# Files, options, plugins.


def test_rule_20_includes_are_relative_and_sorted(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("deep/b", "deep/a", "deep/er/c"):
        text = f'2020-01-05 event "{name}" "x"\n'
        (tmp_path / f"{name}.beancount").write_text(text)
    ledger = read_files(tmp_path, main=f'{OPENS}include "deep/**/*.beancount"\n')
    assert codes(ledger) == []
    assert [Path(name).name for name in ledger.order] == [
        "main.beancount", "a.beancount", "b.beancount", "c.beancount",
    ]  # fmt: skip


def test_rule_20_a_pattern_without_files_and_a_file_met_twice(tmp_path):
    assert codes(read_files(tmp_path, main='include "none*.beancount"\n')) == ["J112"]
    main = OPENS + 'include "sub.beancount"\ninclude "sub.beancount"\n'
    ledger = read_files(tmp_path, main=main, sub=simple(f"{A}  1 USD", B))
    assert codes(ledger) == ["J112"]
    assert held(ledger, A) == {"USD": 1}


def test_rule_21_options_of_included_files(tmp_path):
    main = f'option "operating_currency" "GBP"\n{OPENS}include "sub.beancount"\n'
    sub = 'option "title" "Sub"\noption "operating_currency" "EUR"\noption "booking_method" "FIFO"\n'
    ledger = read_files(tmp_path, main=main, sub=sub)
    assert ledger.options.operating_currencies == ("GBP", "EUR")
    assert (ledger.options.title, ledger.options.booking_method) == ("", "STRICT")
    assert codes(ledger) == ["J114", "J114"]  # beancount says nothing; here they are warnings
    assert {problem.severity for problem in ledger.problems} == {"warning"}


def test_rule_21_roots_are_read_file_by_file(tmp_path):
    main = 'option "name_assets" "Aktiva"\ninclude "sub.beancount"\n'
    assert codes(read_files(tmp_path, main=main, sub="2020-01-05 open Aktiva:Bank\n")) == ["J106"]


def test_rule_22_a_plugin_that_is_not_run_is_named():
    # Beancount takes a module it cannot import for an error; acct runs no module and says so.
    ledger = read('plugin "nowhere.to.be.found" "config"\n' + simple(f"{A}  1 USD", B))
    assert [(problem.code, problem.severity) for problem in ledger.problems] == [("J113", "warning")]
    assert held(ledger, A) == {"USD": 1}


def test_rule_22_auto_accounts_is_built_in():
    ledger = raw(b'plugin "beancount.plugins.auto_accounts"\n2020-01-05 * "x"\n  Assets:New  1 USD\n  Assets:Old\n')
    assert codes(ledger) == []
    assert set(ledger.accounts) == {"Assets:New", "Assets:Old"}


def test_rule_23_a_document_exists_beside_its_journal(tmp_path):
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "one.pdf").write_text("")
    assert codes(read_files(tmp_path, main=OPENS + '2020-01-05 document Assets:A "bills/one.pdf"\n')) == []
    assert codes(read_files(tmp_path, main=OPENS + '2020-01-05 document Assets:A "bills/two.pdf"\n')) == ["L215"]


def test_rule_24_values_of_custom():
    ledger = read('2020-01-05 custom "kind" "text" 2020-01-01 TRUE 1.50 USD 1 + 2 Assets:A\n')
    assert codes(ledger) == []
    *_, entry = ledger.entries
    assert entry.values == ("text", date(2020, 1, 1), True, (Decimal("1.50"), "USD"), Decimal(3), "Assets:A")


@pytest.mark.parametrize("value", ["#tag", "^link", "USD", "NULL"])
def test_rule_24_not_values_of_custom(value):
    assert codes(read(f'2020-01-05 custom "kind" {value}\n')) in (["J102"], ["J107"])


# Balancing, tolerance, precision.


def test_rule_25_cost_before_price_before_units():
    assert codes(read(simple(f"{LOTS}  2 HOOL {{5 USD}} @ 7 USD", f"{B}  -10 USD"))) == []
    assert codes(read(simple(f"{A}  2 HOOL @ 7 USD", f"{B}  -14 USD"))) == []
    assert codes(read(simple(f"{A}  2 HOOL", f"{B}  -14 USD"))) == ["L201"]


@pytest.mark.parametrize(
    ("legs", "expected"),
    [(["1.00", "-1.005"], []), (["1.00", "-1.006"], ["L201"]), (["1", "-1.0"], []), (["10", "-10.04", "0.0"], []),
     (["1", "-2"], ["L201"]), (["1.0", "-1.05"], []), (["1.0", "-1.06"], ["L201"])],
)  # fmt: skip
def test_rule_26_tolerance_is_half_the_coarsest_last_digit(legs, expected):
    assert codes(read(simple(*(f"{A}  {number} USD" for number in legs)))) == expected


def test_rule_26_whole_numbers_give_no_tolerance():
    assert codes(read(simple(f"{A}  3 HOOL @ 3.3333 USD", f"{B}  -10 USD"))) == ["L201"]


def test_rule_27_digits_of_cost_count_only_when_asked_for():
    text = simple(f"{LOTS}  10.22626 HOOL {{37.61 USD}}", f"{B}  -384.6098 USD")
    assert codes(read(text)) == ["L201"]
    assert codes(read(text, options='option "infer_tolerance_from_cost" "TRUE"\n')) == []


def test_rule_28_default_tolerances():
    text = simple(f"{A}  1.00 USD", f"{B}  -1.02 USD")
    assert codes(read(text, options='option "inferred_tolerance_default" "USD:0.02"\n')) == []
    assert codes(read(text, options='option "inferred_tolerance_default" "*:0.02"\n')) == ["L201"]
    whole = simple(f"{A}  3 HOOL @ 0.333 USD", f"{B}  -1 USD")
    assert codes(read(whole, options='option "inferred_tolerance_default" "*:0.02"\n')) == []


@pytest.mark.parametrize(
    ("asserted", "expected"),
    [("1.01", []), ("0.99", []), ("1.02", ["L209"]), ("1.02 ~ 0.02", []), ("1.03 ~ 0.02", ["L209"]), ("1", []),
     ("2", ["L209"]), ("1.1", []), ("1.2", ["L209"])],
)  # fmt: skip
def test_rule_29_a_balance_has_twice_that_tolerance(asserted, expected):
    assert codes(read(simple(f"{A}  1.00 USD", B) + f"2020-01-06 balance {A}  {asserted} USD\n")) == expected


def test_rule_29_a_whole_number_is_asserted_exactly():
    assert codes(read(simple(f"{A}  1.01 USD", B) + f"2020-01-06 balance {A}  1 USD\n")) == ["L209"]


def test_rule_30_a_balance_covers_accounts_below():
    text = simple(f"{A}  5 USD", f"{A}:Sub  2 USD", f"{A}  9 EUR", f"{B}  -7 USD", f"{B}  -9 EUR")
    assert codes(read(text + f"2020-01-06 balance {A}  7 USD\n2020-01-06 balance {A}:Sub  2 USD\n")) == []


def test_rule_30_two_balances_of_a_day():
    text = simple(f"{A}  5 USD", B)
    one, two = f"2020-01-06 balance {A}  5 USD\n", f"2020-01-06 balance {A}  6 USD\n"
    assert codes(read(text + one + one)) == []
    assert codes(read(text + one + two)) == ["L209", "L211"]
    assert codes(read(text + two + f"2020-01-07 balance {A}  7 USD\n")) == ["L209", "L209"]


def test_rule_31_a_pad_fills_each_commodity_until_its_balance():
    text = f"2020-01-05 pad {A} Equity:Q\n2020-01-06 balance {A}  5 USD\n2020-01-07 balance {A}  9 EUR\n"
    ledger = read(text)
    assert codes(ledger) == []
    assert held(ledger, A) == {"USD": 5, "EUR": 9}
    assert [entry.flag for entry in ledger.transactions] == ["P", "P"]
    again = read(text + f"2020-01-08 balance {A}  6 USD\n")
    assert codes(again) == ["L209"]
    assert held(again, A) == {"USD": 5, "EUR": 9}


def test_rule_31_what_accounts_below_hold_counts():
    text = simple(f"{A}:Sub  2 USD", B) + f"2020-01-06 pad {A} Equity:Q\n2020-01-07 balance {A}  5 USD\n"
    ledger = read(text)
    assert codes(ledger) == []
    assert held(ledger, A) == {"USD": 3}


def test_rule_31_a_balance_of_an_account_below_fills_the_pad_above():
    text = f"2020-01-05 pad {A} Equity:Q\n2020-01-06 balance {A}:Sub  5 USD\n"
    ledger = read(text)
    assert codes(ledger) == ["L209"]
    assert held(ledger, A) == {"USD": 5}


def test_rule_31_positions_at_cost_are_not_padded():
    text = buy("2020-01-05", 1, 5) + f"2020-01-06 pad {LOTS} Equity:Q\n2020-01-07 balance {LOTS}  5 HOOL\n"
    ledger = read(text)
    assert codes(ledger) == ["L210"]
    assert held(ledger, LOTS) == {"HOOL {5 USD}": 1, "HOOL": 4}  # an error, and filled all the same


def test_rule_31_an_unused_pad():
    assert codes(read(f"2020-01-05 pad {A} Equity:Q\n")) == ["L210"]


@pytest.mark.parametrize(
    ("legs", "expected"),
    [(["-3 USD @@ 1 EUR", "1 EUR"], ["L201"]), (["3 CAD @@ 10 USD", "-10 USD"], ["L201"]),
     (["3.00 CAD @@ 10.00 USD", "-10.00 USD"], []), (["4 CAD @@ 10 USD", "-10 USD"], [])],
)  # fmt: skip
def test_rule_32_totals_are_divided_to_28_digits(legs, expected):
    assert codes(read(simple(f"{A}  {legs[0]}", f"{B}  {legs[1]}"))) == expected


def test_rule_32_total_costs():
    ledger = read(simple(f"{LOTS}  4 HOOL {{{{10 USD}}}}", f"{B}  -10 USD"))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {2.5 USD}": 4}


@pytest.mark.parametrize("cost", ["10 # 5 USD", "# 5 USD"])
def test_rule_32_total_costs_take_no_cost_for_one_unit(cost):
    ledger = read(simple(f"{LOTS}  1 HOOL {{{{{cost}}}}}", f"{B}  -5 USD"))
    assert codes(ledger) == ["J102"]
    assert held(ledger, LOTS) == {"HOOL {5 USD}": 1}


@pytest.mark.parametrize("cost", ["{5, 1999-01-01}", '{5,"lot"}', "{{5, 1999-01-01}}"])
def test_rule_32_a_comma_after_a_number_ends_it(cost):
    ledger = read(simple(f"{LOTS}  1 HOOL {cost}", f"{B}  -5 USD"))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {5 USD}": 1}


def test_rule_33_signs_of_prices_and_costs():
    assert codes(read(simple(f"{A}  2 HOOL @ -5 USD", f"{B}  -10 USD"))) == ["L213"]
    assert codes(read(simple(f"{A}  -2 HOOL @@ 10 USD", f"{B}  10 USD"))) == []
    assert "L213" in codes(read(simple(f"{LOTS}  2 HOOL {{-5 USD}}", f"{B}  10 USD")))
    assert "L213" in codes(read(simple(f"{LOTS}  0 HOOL {{5 USD}}", f"{B}  0 USD")))


def test_rule_34_one_leg_without_an_amount():
    ledger = read(simple(f"{A}  5 USD", B, f"{A}  9 EUR"))
    assert codes(ledger) == []
    assert held(ledger, B) == {"USD": -5, "EUR": -9}
    assert len(ledger.transactions[0].postings) == 4


def test_rule_34_two_are_too_many_and_a_balanced_one_vanishes():
    ledger = read(simple(f"{A}  5 USD", B, INCOME))
    assert codes(ledger) == ["L202"]
    assert held(ledger, A) == {}
    ledger = read(simple(f"{A}  5 USD", f"{INCOME}  -5 USD", B))
    assert codes(ledger) == []
    assert len(ledger.transactions[0].postings) == 2


def test_rule_34_one_number_for_each_commodity():
    ledger = read(simple(f"{A}  5 USD", f"{B}  USD", f"{A}  9 EUR", f"{B}  EUR"))
    assert codes(ledger) == []
    assert held(ledger, B) == {"USD": -5, "EUR": -9}


@pytest.mark.parametrize(
    ("legs", "account", "expected"),
    [([f"{A}  10 CAD @ USD", f"{B}  -8 USD"], A, {"CAD": 10}),
     ([f"{LOTS}  HOOL {{7 USD}}", f"{B}  -21 USD"], LOTS, {"HOOL {7 USD}": 3}),
     ([f"{LOTS}  4 HOOL {{}}", f"{B}  -10 USD"], LOTS, {"HOOL {2.5 USD}": 4}),
     ([f"{A}  10 USD", f"{B}  -10"], B, {"USD": -10}),
     ([f"{A}  CAD @ 2 USD", f"{B}  -10 USD"], A, {"CAD": 5})],
)  # fmt: skip
def test_rule_35_any_one_number_may_be_missing(legs, account, expected):
    ledger = read(simple(*legs))
    assert codes(ledger) == []
    assert held(ledger, account) == expected


def test_rule_36_missing_units_are_rounded_to_the_coarsest_digits():
    text = simple(f"{A}  1.475 EUR", f"{A}  0.1 EUR", f"{A}  -0.1 EUR", B)
    assert held(read(text), B) == {"EUR": Decimal("-1.5")}
    precise = read(text, options='option "use_precise_interpolation" "TRUE"\n')
    assert held(precise, B) == {"EUR": Decimal("-1.475")}
    half = simple(f"{A}  0.125 EUR", f"{A}  1.00 EUR", f"{A}  -1.00 EUR", B)
    assert held(read(half), B) == {"EUR": Decimal("-0.12")}


def test_rule_36_missing_costs_are_not_rounded():
    ledger = read(simple(f"{LOTS}  3.00 HOOL {{}}", f"{B}  -10.00 USD"))
    assert held(ledger, LOTS) == {"HOOL {3.333333333333333333333333333 USD}": 3}


def test_rule_37_long_numbers_are_exact():
    # Beancount 3.2.3 stops with an exception at more than 28 digits.
    long = "12345678901234567890123456789012.34"
    ledger = read(simple(f"{A}  {long} USD", f"{A}  0.01 USD", B))
    assert codes(ledger) == []
    assert held(ledger, B) == {"USD": Decimal("-12345678901234567890123456789012.35")}
    assert codes(read(simple(f"{A}  {long} USD", f"{B}  -{long[:-1]}9 USD"))) == ["L201"]


def test_rule_38_shown_digits_are_the_most_common():
    text = simple(f"{A}  1.00 USD", f"{A}  1.005 USD", f"{A}  10.50 USD", f"{B}  -12.505 USD", f"{INCOME}  0.00 USD")
    assert read(text).shown("USD") == 2
    assert read(text).scale("USD") == 3
    assert read(text, options='option "display_precision" "USD:0.0001"\n').shown("USD") == 4


# Booking.


def test_rule_39_without_braces_nothing_is_reduced():
    text = buy("2020-01-05", 10, 100) + simple(f"{LOTS}  -10 HOOL @ 150 USD", B, header='2020-01-06 * "x"')
    ledger = read(text)
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {100 USD}": 10, "HOOL": -10}


TWO_LOTS = buy("2020-01-05", 5, 100) + buy("2020-01-06", 5, 110, spec=', "late"')


@pytest.mark.parametrize(
    ("braces", "left"),
    [("{100 USD}", 110), ("{110 USD}", 100), ("{2020-01-05}", 110), ('{"late"}', 100), ("{110 USD, 2020-01-06}", 100)],
)
def test_rule_40_braces_choose_the_lot(braces, left):
    ledger = read(TWO_LOTS + sell("2020-02-01", -5, braces))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {f"HOOL {{{left} USD}}": 5}


def test_rule_40_no_lot_several_lots_all_lots():
    assert codes(read(TWO_LOTS + sell("2020-02-01", -5, "{120 USD}"))) == ["L203"]
    assert codes(read(TWO_LOTS + sell("2020-02-01", -5))) == ["L204"]
    everything = read(TWO_LOTS + sell("2020-02-01", -10))
    assert codes(everything) == []
    assert held(everything, LOTS) == {}


def test_rule_40_a_lot_of_the_same_size():
    lots = buy("2020-01-05", 5, 100, "Assets:Size") + buy("2020-01-06", 6, 110, "Assets:Size")
    ledger = read(lots + sell("2020-02-01", -6, account="Assets:Size"))
    assert codes(ledger) == []
    assert held(ledger, "Assets:Size") == {"HOOL {100 USD}": 5}
    assert codes(read(lots + sell("2020-02-01", -4, account="Assets:Size"))) == ["L204"]


@pytest.mark.parametrize(
    ("method", "left"),
    [("Fifo", {"HOOL {110 USD}": 5}), ("Lifo", {"HOOL {120 USD}": 5}), ("Hifo", {"HOOL {110 USD}": 5})],
)
def test_rule_41_lots_are_taken_by_their_own_date(method, left):
    account = f"Assets:{method}"
    lots = buy("2020-01-05", 5, 110, account) + buy("2020-01-06", 5, 120, account, ", 2020-01-01")
    ledger = read(lots + sell("2020-02-01", -5, account=account))
    assert codes(ledger) == []
    assert held(ledger, account) == left


def test_rule_41_one_sale_from_several_lots():
    lots = buy("2020-01-05", 5, 110, "Assets:Fifo") + buy("2020-01-06", 5, 120, "Assets:Fifo")
    ledger = read(lots + sell("2020-02-01", -7, account="Assets:Fifo"))
    assert codes(ledger) == []
    assert [posting.number for posting in ledger.transactions[-1].postings[:2]] == [-5, -2]
    assert held(ledger, "Assets:Fifo") == {"HOOL {120 USD}": 3}


@pytest.mark.parametrize("account", [LOTS, "Assets:Fifo", "Assets:Hifo"])
def test_rule_42_more_than_is_held(account):
    ledger = read(buy("2020-01-05", 5, 100, account) + sell("2020-02-01", -6, account=account))
    assert codes(ledger) == ["L203"]
    assert held(ledger, account) == {"HOOL {100 USD}": 5}


def test_rule_42_short_positions():
    short = simple(f"{LOTS}  -5 HOOL {{100 USD}}", B) + simple(
        f"{LOTS}  2 HOOL {{100 USD}}", B, header='2020-01-06 * "x"'
    )
    ledger = read(short)
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {100 USD}": -3}


def test_rule_43_methods():
    assert codes(read('2020-01-01 open Assets:New  "fifo"\n')) == ["L214"]
    fifo = read(TWO_LOTS + sell("2020-02-01", -5), options='option "booking_method" "FIFO"\n')
    assert codes(fifo) == []
    assert held(fifo, LOTS) == {"HOOL {110 USD}": 5}


@pytest.mark.parametrize("units", [-2, -5])
def test_rule_43_nothing_is_booked_by_average(units):
    ledger = read(buy("2020-01-05", 5, 100) + sell("2020-02-01", units), options='option "booking_method" "AVERAGE"\n')
    assert codes(ledger) == ["L204"]
    assert held(ledger, LOTS) == {"HOOL {100 USD}": 5}


def test_rule_43_the_method_none_matches_nothing():
    text = buy("2020-01-05", 5, 100, "Assets:None") + simple("Assets:None  -2 HOOL {120 USD}", B)
    ledger = read(text)
    assert codes(ledger) == []
    assert held(ledger, "Assets:None") == {"HOOL {100 USD}": 5, "HOOL {120 USD}": -2}


def test_rule_44_a_sale_sees_what_was_held_before_its_transaction():
    both = simple(f"{LOTS}  5 HOOL {{100 USD}}", f"{LOTS}  -5 HOOL {{100 USD}}", f"{B}  0 USD")
    ledger = read(both)
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {}
    text = buy("2020-01-05", 5, 100) + simple(
        f"{LOTS}  7 HOOL {{110 USD}}", f"{LOTS}  -5 HOOL {{}}", B, header='2020-01-06 * "x"'
    )
    ledger = read(text)
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {110 USD}": 7}


def test_rule_44_cost_per_unit_and_in_total():
    ledger = read(simple(f"{LOTS}  10 HOOL {{5 # 9.95 USD}}", B))
    assert codes(ledger) == []
    assert held(ledger, LOTS) == {"HOOL {5.995 USD}": 10}
    cost = ledger.transactions[0].postings[0].cost
    assert cost.date == date(2020, 1, 5)


def test_rule_45_commodities_of_an_account():
    opened = "2020-01-01 open Assets:New  USD,EUR\n"
    assert codes(read(opened + simple("Assets:New  1 USD", B))) == []
    assert codes(read(opened + simple("Assets:New  1 GBP", B))) == ["L208"]
    assert codes(read(opened + simple("Assets:New  1 USD @ 2 GBP", B))) == []


def test_rule_45_accounts_are_open_once_and_first():
    assert codes(read(simple(f"{A}  1 USD", B, header='1999-12-31 * "x"'))) == ["L205", "L205"]
    assert codes(read("2020-01-01 open Assets:A\n")) == ["L206"]
    assert codes(read(simple("Assets:Nowhere  1 USD", B))) == ["L205"]


def test_a_total_price_over_several_lots_is_that_of_each_unit():
    text = (
        'option "booking_method" "FIFO"\n2026-01-01 open Assets:Bank\n2026-01-01 open Assets:Broker\n'
        "2026-01-02 *\n  Assets:Broker  1 HOOL {2 USD}\n  Assets:Bank\n"
        "2026-01-03 *\n  Assets:Broker  2 HOOL {2 USD}\n  Assets:Bank\n"
        "2026-01-04 *\n  Assets:Bank  6 USD\n  Assets:Broker  -3 HOOL {} @@ 7.50 USD\n"
    )
    ledger = Ledger([parse(Source("x", text.encode()))], Entity())
    prices = [posting.price for posting in ledger.transactions[-1].postings if posting.price]
    assert [(price.number, price.is_total) for price in prices] == [(Decimal("2.5"), False)] * 2
