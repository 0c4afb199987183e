"""The slips of the pen that people make most: each is shown whole, and the hint says what to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.journal.parser import parse
from acctkit.journal.source import Source

POSTING = '2026-04-14 * "S" "P"\n  Expenses:S  '
NEXT = '\n2026-04-15 * "Next" "Entry"\n  Expenses:S  1.00 GBP\n  Assets:B  -1.00 GBP\n'


def problems(text):
    return parse(Source("main.beancount", text.encode())).problems


def one(text):
    (problem,) = problems(text)
    return problem


def under(place):
    return place.text[place.column - 1 : place.end_column - 1]


@pytest.mark.parametrize(
    ("amount", "caret", "hint"),
    [
        ("£20.00", "£20.00", "20.00 GBP"),
        ("-£20.00", "-£20.00", "-20.00 GBP"),
        ("£1,020.00 GBP", "£1,020.00", "1,020.00 GBP"),
        ("20.00 €", "€", "20.00 EUR"),
        ("24.50 gbp", "gbp", "24.50 GBP"),
        ("24.50 Gbp", "Gbp", "24.50 GBP"),
        ("10 USD @ 0.80 gbp", "gbp", "0.80 GBP"),
        ("1.234,50 GBP", "1.234,50", "1,234.50"),
        ("24,50 GBP", "24,50", "24.50"),
        ("1 000.00 GBP", "1 000.00", "no blanks stand within a number: 1000.00"),
        ("1O.00 GBP", "1O.00", "10.00"),
        ("1l.00 GBP", "1l.00", "11.00"),
        ("GBP 1", "1", "1 GBP"),
        ("\u221224.50 GBP", "\u221224.50", "-24.50"),
        ("\u201324.50 GBP", "\u201324.50", "-24.50"),
        ("24.50- GBP", "24.50-", "-24.50"),
    ],
)
def test_amounts(amount, caret, hint):
    problem = one(f"{POSTING}{amount}\n")
    assert problem.code in ("J102", "J103")
    assert under(problem.place) == caret
    assert problem.hint.endswith(hint)
    assert caret in problem.message


@pytest.mark.parametrize(
    ("header", "caret", "hint"),
    [
        ("Staples", "Staples", '"Staples"'),
        ("staples paper", "staples paper", '"staples paper"'),
        ('Staples "Paper"', "Staples", '"Staples"'),
        ('"Staples" Paper and ink #office', "Paper and ink", '"Paper and ink"'),
        ("\u201cStaples\u201d", "\u201cStaples\u201d", '"Staples"'),
        ("'Staples'", "'Staples'", '"Staples"'),
        ("\u2018Staples\u2019", "\u2018Staples\u2019", '"Staples"'),
    ],
)
def test_texts_without_their_quotes(header, caret, hint):
    problem = one(f"2026-04-14 * {header}\n  Expenses:S  1.00 GBP\n")
    assert (problem.code, under(problem.place)) == ("J102", caret)
    assert problem.hint.endswith(hint)


@pytest.mark.parametrize(
    ("line", "caret", "hint"),
    [
        ("open Expenses:Food & Drink", "Expenses:Food & Drink", "and no blanks: Expenses:Food-Drink"),
        ("open Assets:cash", "Assets:cash", "letters, digits and dashes: Assets:Cash"),
        ("open assets:bank", "assets:bank", "letters, digits and dashes: Assets:Bank"),
        ("open Assets:Bank:current GBP", "Assets:Bank:current", "letters, digits and dashes: Assets:Bank:Current"),
        ("balance asset:bank 1.00 GBP", "asset:bank", "letters, digits and dashes: Assets:Bank"),
        ('* "x"\n  assets:bank  1.00 GBP', "assets:bank", "letters, digits and dashes: Assets:Bank"),
        ('* "x"\n  Assets:Bank Account  1.00 GBP', "Assets:Bank Account", "and no blanks: Assets:Bank-Account"),
        ("open Assets", "Assets", "a name has two parts or more, like `Assets:Name`"),
    ],
)
def test_names_that_no_account_has(line, caret, hint):
    problem = one(f"2026-04-14 {line}\n")
    assert (problem.code, under(problem.place)) == ("J102", caret)
    assert problem.message == f"`{caret}` is not a valid account"
    assert problem.hint.endswith(hint)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Asset:Bank", "Assets:Bank"), ("Expense:Rent", "Expenses:Rent"), ("Liability:Card", "Liabilities:Card")],
)
def test_a_root_that_is_misspelt(name, meant):
    problem = one(f"2026-04-14 open {name}\n")
    assert problem.code == "J106"
    assert problem.hint.startswith(f"did you mean {meant}? the first part is one of Assets, ")


def test_commas_between_commodities():
    problem = one("2026-04-14 open Assets:X GBP EUR\n")
    assert (under(problem.place), problem.hint) == ("EUR", "put commas between commodities: GBP, EUR")


def test_a_value_without_quotes_and_a_key_with_a_capital():
    assert one('2026-04-14 * "x"\n  memo: hello there\n').hint == 'text stands in double quotes: "hello there"'
    assert one('2026-04-14 * "x"\n  Memo: "x"\n').hint == "a key begins with a small letter: memo:"


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ('2026-04-14 * "Staples" "Paper\n', '"Paper'),
        ('2026-04-14 * "S"\n  memo: "unclosed\n', '"unclosed'),
        ('2026-04-14 * "S"\n  memo: "unclosed\n  note: "closed"\n', '"unclosed'),
        ('2026-04-14 * "S"\n  memo: "unclosed\n  note: ""\n', '"unclosed'),
        ('2026-04-14 * "S"\n  Assets:B  3 VWRL {10.00 GBP, "lot}\n', '"lot}'),
        ('2026-04-14 open Assets:X\n  memo: "unclosed\n', '"unclosed'),
    ],
)
@pytest.mark.parametrize("after", ["", NEXT])
def test_a_string_never_closed_is_told_where_it_was_opened(text, opened, after):
    found = parse(Source("main.beancount", (text + after).encode()))
    (problem,) = found.problems
    assert problem.code == "J104"
    assert under(problem.place) == opened
    assert [entry.payee for entry in found.entries] == (["Next"] if after else [])


@given(st.text("Aa1 :.,\"'£−&{}@-O\t", max_size=40))
def test_whatever_is_typed_is_told_within_its_line(text):
    for problem in problems(f"2026-04-14 {text}\n  {text}\n"):
        assert 1 <= problem.place.column <= problem.place.end_column <= len(problem.place.text) + 2
