"""Coding: rules, splits, transfers, parties, the past; and what never happens."""

import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.books.coding import add_rule, rules_path, rules_text
from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli import code_prompt, run
from acctkit.cli.coded import law_of, waiting
from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.coding import coding_draft, propose, read_rules
from acctkit.coding.parts import divide, with_vat
from acctkit.coding.phrases import normal, says
from acctkit.coding.rules import FIXED, PERCENT, REST, Part
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity, VatRegistration
from acctkit.ledger.ledger import Ledger
from acctkit.problem import ERROR, Refusal
from acctkit.reconcile import check_reconcile
from acctkit.reports.account import find_account
from acctkit.vat.codes import load_country
from test_cli import SETTINGS

TODAY = date(2026, 5, 10)
CUR, SAV, CARD, EUR = "Assets:Bank:Current", "Assets:Bank:Savings", "Liabilities:Card", "Assets:Bank:Euro"
CHART = """
2026-01-01 open Assets:Bank:Current GBP
  role: "bank"
2026-01-01 open Assets:Bank:Savings GBP
  role: "bank"
2026-01-01 open Assets:Bank:Euro EUR
  role: "bank"
2026-01-01 open Liabilities:Card GBP
  role: "card"
2026-01-01 open Assets:Debtors GBP,EUR
  role: "debtors"
2026-01-01 open Liabilities:Creditors GBP,EUR
  role: "creditors"
2026-01-01 open Liabilities:VAT:Output GBP
  role: "vat-output"
2026-01-01 open Liabilities:VAT:Input GBP
  role: "vat-input"
2026-01-01 open Liabilities:Loan GBP
2026-01-01 open Income:Sales GBP
  nominal: "4000"
2026-01-01 open Expenses:Phone GBP
  nominal: "7502"
2026-01-01 open Expenses:Charges GBP
  nominal: "7901"
2026-01-01 open Expenses:Late GBP
  nominal: "7999"
2026-01-01 custom "customer" "ACME" "Acme Widgets Ltd"
2026-01-01 custom "supplier" "STAPLES" "Staples UK Ltd"
2026-01-01 custom "supplier" "NIMBUS" "Nimbus Cloud Services DAC"
"""
VAT = VatRegistration("GB", "GB123456782")


def book(*texts, vat=VAT):
    source = Source("t.beancount", "\n".join((CHART, *texts)).encode())
    return Ledger([parse(source)], Entity("Harbour Lane Studio Ltd", "GBP", (3, 31), vat))


def statement(account, ident, *lines, end="2026-04-30", currency="GBP"):
    """A statement with lines of (day, id, amount, text)."""
    texts = [f'{end} custom "statement" "{ident}" {account}\n  from: 2026-04-01\n']
    texts += [
        f'2026-{day} custom "statement-line" "{ident}" "{name}" {amount} {currency} "{text}"\n'
        for day, name, amount, text in lines
    ]
    return "".join(texts)


def invoice(ref="INV-0042", amount="1200.00", party="ACME", day="03-14"):
    return f"""2026-{day} * "{party}" "work" ^{ref}
  type: "sales-invoice"
  ref: "{ref}"
  party: "{party}"
  Assets:Debtors  {amount} GBP
  Income:Sales
"""


def past(day, ref, name, amount, text, account="Expenses:Phone", code="S", bank=CUR, statement="OLD"):
    """A line that was coded and matched: net and input VAT where the code is S."""
    gross = -Decimal(amount)
    tax = (gross / 6).quantize(Decimal("0.01")) if code == "S" else Decimal(0)
    tax_leg = f'  Liabilities:VAT:Input  {tax} GBP\n    vat: "S"\n' if tax else ""
    vat = f'    vat: "{code}"\n' if code else ""
    return f"""2026-{day} custom "statement-line" "{statement}" "{name}" {amount} GBP "{text}"
2026-{day} * "phone" "x"
  type: "payment"
  ref: "{ref}"
  {bank}  {amount} GBP
  {account}  {gross - tax} GBP
{vat}{tax_leg}
2026-05-01 custom "reconcile" "{statement}" "{name}" "{ref}" {amount} GBP
"""


OLD = f'2026-03-31 custom "statement" "OLD" {CUR}\n  from: 2026-01-01\n'


def rules(ledger, text):
    return read_rules(text, "coding.toml", ledger, partial(find_account, ledger), law_of(ledger))


def code(ledger, text="", account=CUR, **options):
    return propose(ledger, account, rules(ledger, text), waiting=waiting(ledger), law=law_of(ledger), **options)


def posted(ledger, found):
    """The books with what was coded, which must be without errors."""
    draft = coding_draft(ledger, found.coded, TODAY)
    text = "\n".join(file.source.text for file in ledger.files)
    after = book(text.removeprefix(CHART), draft.text, vat=ledger.entity.vat)
    assert not [p for p in (*after.problems, *check_reconcile(after)) if p.severity == ERROR]
    return after, draft


def legs(one):
    return [(leg.account, leg.base, leg.code) for leg in one.legs]


CHARGES = """
[[rule]]
name = "Charges"
when = { text = "ACCOUNT CHARGES", sign = "out" }
account = "7901"
vat = "E"
payee = "The bank"
narration = "Bank charges"
"""


# Phrases.


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("account charges", "ACCOUNT  CHARGES TO 28MAR", True),
        ("charge", "ACCOUNT CHARGES", False),
        ("charge*", "ACCOUNT CHARGES", True),
        ("*harges", "ACCOUNT CHARGES", True),
        ("amzn*mktp", "AMZNABCMKTP UK", True),
        ("amzn*mktp", "MKTP AMZN", False),
        ("paypal *spotify", "PAYPAL *SPOTIFYAB", False),
        ("paypal *spotify*", "PAYPAL *SPOTIFYAB", True),
        ("amazon", "AMAZON.CO.UK*2X4", True),
        ("ref ?2", "REF 12", True),
        ("ref ?2", "REF 2", False),
        ("a*a", "A", False),
        ("straße", "STRASSE 7", True),
    ],
)
def test_phrases(phrase, text, found):
    assert says(normal(phrase), normal(text)) is found


@given(st.text("ab*? ", max_size=12), st.text("ab ", max_size=20))
def test_a_phrase_never_takes_long_and_a_text_says_itself(phrase, text):
    says(normal(phrase), normal(text))
    assert says(normal(text), normal(text))


def test_no_phrase_is_slow():
    assert not says("a*" * 90 + "b", "a" * 20_000)


# Rules that cannot be used.

SPLIT = """
[[rule]]
name = "Phone"
when = { text = "TELECOM" }
[[rule.split]]
percent = "20"
account = "Loan"
[[rule.split]]
rest = true
account = "7502"
vat = "S"
"""


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[[rule]\n", 1, "not valid TOML"),
        ("x = 1\n", 1, "`x` means nothing here"),
        ('rule = "no"\n', 1, "not a list of rules"),
        ('[[rule]]\nwhen = { text = "a" }\naccount = "7901"\n', 1, "without a name"),
        ('[[rule]]\nname = "a"\naccount = "7901"\n', 1, "would take every line"),
        ('[[rule]]\nname = "a"\nwhen = { text = "**" }\naccount = "7901"\n', 3, "found in every text"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a", acount = "1" }\naccount = "7901"\n', 3, "not a key of `when`"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "7909"\n', 4, "no account `7909`"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "Assets:Bank"\n', 4, "not an account that is open"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "7901"\nvat = "Q"\n', 5, "no VAT code `Q`"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "Loan"\nvat = "S"\n', 5, "takes no VAT code"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "4000"\nvat = "C79"\n', 5, "not a code of a sale"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\nparty = "ACMEE"\n', 4, "no customer or supplier ACMEE"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "Debtors"\n', 4, "is a control account"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "Savings"\n', 4, "account of one's own"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\ntransfer = "7901"\n', 4, "not a bank, cash or card"),
        (
            '[[rule]]\nname = "a"\nwhen = { text = "a" }\naccount = "7901"\ntransfer = "Savings"\n',
            5,
            "one of `account`",
        ),
        ('[[rule]]\nname = "a"\nwhen = { text = "a" }\n', 1, "codes to nothing"),
        ('[[rule]]\nname = "a"\nwhen = { text = "a", amount = "x" }\naccount = "7901"\n', 3, "`x` is not an amount"),
        ('[[rule]]\nname = "a"\nwhen = { amount = "9..5" }\naccount = "7901"\n', 3, "no amount is from 9 to 5"),
        ('[[rule]]\nname = "a"\nwhen = { amount = "-5" }\naccount = "7901"\n', 3, "without a sign"),
        ('[[rule]]\nname = "a"\nwhen = { amount = nan }\naccount = "7901"\n', 3, "is not an amount"),
        ('[[rule]]\nname = "a"\nwhen = { text = 7 }\naccount = "7901"\n', 3, "not a text or a list"),
        (
            '[[rule]]\nname = "a"\nwhen = { text = "a" }\n[[rule.split]]\npercent = 60\naccount = "7901"\n',
            1,
            "leave something over",
        ),
        (
            SPLIT.replace('"20"', '"0"').lstrip(),
            5,
            "`0` is not more than zero",
        ),
        (CHARGES + CHARGES, 11, "a rule `Charges` already"),
    ],
)
def test_a_bad_rule_is_a_problem_with_its_place_and_a_remedy(text, line, said):
    with pytest.raises(Refusal) as raised:
        rules(book(), text)
    problem = raised.value.problems[0]
    assert (problem.code, problem.place.file, problem.place.line) == ("B410", "coding.toml", line), problem
    assert said in problem.message
    assert problem.hint
    assert problem.place.text == text.splitlines()[line - 1]


def test_all_faults_are_told_at_once_in_order():
    text = '[[rule]]\nname = "a"\nwhen = { sign = "x", text = "a" }\naccount = "1"\n\n[[rule]]\nname = "b"\n'
    with pytest.raises(Refusal) as raised:
        rules(book(), text)
    assert [problem.place.line for problem in raised.value.problems] == [3, 4, 6, 6]


def test_no_vat_code_where_the_entity_is_not_registered():
    with pytest.raises(Refusal, match="not registered"):
        rules(book(vat=None), CHARGES)


# What a rule takes.


def test_a_rule_codes_a_line_and_says_which_it_was():
    ledger = book(statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES TO 28MAR")))
    found = code(ledger, CHARGES)
    (one,) = found.coded
    assert (one.tier, one.rule, one.account, one.code, one.why) == ("rule", "Charges", "Expenses:Charges", "E", "")
    after, draft = posted(ledger, found)
    assert '"The bank" "Bank charges"' in draft.text
    (record,) = after.records("reconcile")
    assert (record.note("method"), record.note("rule")) == ("rule", "Charges")
    assert code(after, CHARGES).coded == code(after, CHARGES).left == ()


def test_the_first_of_two_rules_that_fit_counts_and_the_other_says_so():
    other = CHARGES.replace('"Charges"', '"Also"').replace("7901", "7502")
    ledger = book(statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES TO 28MAR")))
    found = code(ledger, CHARGES + other)
    assert [one.rule for one in found.coded] == ["Charges"]
    assert [(t.rule, t.takes, t.why) for t in found.tried[CUR, "L1"]][1] == (
        "Also", False, "it would, but `Charges` stands before it",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ('text = "ACCOUNT CHARGES", account = "Savings"', "it is for Assets:Bank:Savings"),
        ('text = "ACCOUNT CHARGES", sign = "in"', "it is for money in"),
        ('text = "ACCOUNT CHARGES", amount = "..12.98"', "12.99 is not at most 12.98"),
        ('text = "ACCOUNT CHARGES", amount = "13.."', "12.99 is not at least 13"),
        ('text = "ACCOUNT CHARGES", amount = 12', "12.99 is not 12"),
        ('text = ["OTHER", "WORDS"]', "the text does not say `OTHER` or `WORDS`"),
        ('party = "ACME"', "the text does not name ACME"),
    ],
)
def test_each_reason_why_a_rule_does_not_take_a_line(when, why):
    ledger = book(statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES TO 28MAR")))
    found = code(ledger, f'[[rule]]\nname = "r"\nwhen = {{ {when} }}\naccount = "7901"\n')
    assert [(t.takes, t.why) for t in found.tried[CUR, "L1"]] == [(False, why)]
    assert found.left[0].why == "no rule takes it, and no line like it was coded before"


def test_lines_of_zero_are_nothing_to_code():
    ledger = book(statement(CUR, "C", ("04-30", "L1", "0.00", "ACCOUNT CHARGES")))
    found = code(ledger, CHARGES)
    assert (found.coded, found.suggested, found.left) == ((), (), ())


def test_a_closed_account_and_a_locked_period_are_told():
    line = statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES"))
    closed = book(line, "2026-04-15 close Expenses:Charges\n")
    assert code(closed, CHARGES).tried[CUR, "L1"][0].why == "Expenses:Charges is not open on 2026-04-30"
    locked = book(line, '2026-05-01 custom "lock" "soft" 2026-04-30\n')
    assert "locked up to 2026-04-30" in code(locked, CHARGES).left[0].why
    assert len(code(locked, CHARGES, soft=True).coded) == 1
    hard = book(line, '2026-05-01 custom "lock" "hard" 2026-04-30\n')
    assert code(hard, CHARGES, soft=True).coded == ()


# Splits and VAT.


def test_a_split_line_adds_up_and_its_vat_is_that_of_its_part():
    ledger = book(statement(CUR, "C", ("04-30", "L1", "-101.37", "TELECOM 12")))
    found = code(ledger, SPLIT)
    (one,) = found.coded
    assert legs(one) == [
        ("Liabilities:Loan", 2027, ""), ("Expenses:Phone", 6758, "S"), ("Liabilities:VAT:Input", 1352, "S"),
    ]  # fmt: skip
    posted(ledger, found)


parts_of = st.one_of(
    st.lists(st.integers(1, 9999), min_size=1, max_size=4).map(
        lambda shares: [Part("A", "", "", PERCENT, Decimal(share) / 100) for share in shares] + [Part("B")]
    ),
    st.lists(st.integers(1, 30000), min_size=1, max_size=3).map(
        lambda sizes: [Part("A", "", "", FIXED, Decimal(size) / 100) for size in sizes] + [Part("B", kind=REST)]
    ),
    st.integers(1, 9999).map(
        lambda share: [
            Part("A", "", "", PERCENT, Decimal(share) / 100),
            Part("B", "", "", PERCENT, 100 - Decimal(share) / 100),
        ]
    ),
)


@given(st.integers(-(10**9), 10**9).filter(bool), parts_of)
def test_parts_always_add_up_to_the_line(amount, parts):
    try:
        sizes = divide(amount, 2, 2, parts)
    except ValueError:
        return
    assert sum(sizes) == amount
    assert all(size * amount >= 0 for size in sizes)


def test_parts_that_do_not_fit_say_why():
    fixed = [Part("A", "", "", FIXED, Decimal("15.00"))]
    with pytest.raises(ValueError, match=r"fixed parts come to 15\.00, the line is 12\.00"):
        divide(-1200, 2, 2, fixed)
    with pytest.raises(ValueError, match=r"more than the line's 12\.00"):
        divide(-1200, 2, 2, [*fixed, Part("B")])
    assert divide(-1500, 2, 2, fixed) == [-1500]
    third = [Part("A", "", "", PERCENT, Decimal("33.33")), Part("B", "", "", PERCENT, Decimal("66.67"))]
    assert divide(10, 2, 2, third) == [3, 7]


@cache
def _plain():
    return book()


@given(
    st.integers(-(10**7), 10**7).filter(bool),
    st.sampled_from(("S", "R", "Z", "E", "O", "RC", "X", "")),
    st.sampled_from(("Expenses:Phone", "Income:Sales")),
    st.dates(date(2005, 1, 1), date(2026, 12, 31)),
    st.integers(0, 100),
)
def test_net_and_tax_are_exactly_the_line(amount, code_, account, day, share):
    ledger, law = _plain(), load_country("GB")
    parts = [Part(account, code_, "", PERCENT, Decimal(share)), Part("Expenses:Charges", "E")]
    sized = zip(parts, divide(amount, 2, 2, parts), strict=True)
    assert sum(leg.base for leg in with_vat(ledger, law, day, 2, sized)) == -amount


# Money of a party.


INCOME = """
[[rule]]
name = "Sales"
when = { text = "FPI", sign = "in" }
account = "4000"
vat = "S"
"""


def test_money_of_a_payer_with_an_open_invoice_goes_to_the_invoice_and_never_to_income():
    ledger = book(invoice(), statement(CUR, "C", ("04-28", "L1", "1200.00", "FPI ACME WIDGETS INV42")))
    found = code(ledger, INCOME)
    (one,) = found.coded
    assert (one.tier, one.kind, one.party, legs(one)) == ("party", "receipt", "ACME", [("Assets:Debtors", -120000, "")])
    assert "ACME has INV-0042 open" in found.tried[CUR, "L1"][0].why
    after, _ = posted(ledger, found)
    assert after.entry("RCT-0001").payee == "Acme Widgets Ltd"


def test_part_of_what_is_open_is_suggested_on_account():
    ledger = book(invoice(), statement(CUR, "C", ("04-28", "L1", "700.00", "FPI ACME WIDGETS")))
    found = code(ledger, INCOME)
    assert found.coded == ()
    (one,) = found.suggested
    assert (one.party, one.why) == ("ACME", "it is not just what an open item has open")


def test_two_lines_that_would_settle_one_invoice_are_both_in_doubt():
    lines = (("04-28", "L1", "1200.00", "FPI ACME WIDGETS INV42"), ("04-29", "L2", "1200.00", "FPI ACME WIDGETS INV42"))
    found = code(book(invoice(), statement(CUR, "C", *lines)))
    assert [one.why for one in found.suggested] == ["another open line would settle the same"] * 2


def test_a_line_that_names_a_party_with_a_ledger_goes_on_its_account_unless_a_rule_says_so():
    bill = """2026-02-20 * "Staples" "Paper"
  type: "purchase-invoice"
  ref: "BILL-0001"
  party: "STAPLES"
  Liabilities:Creditors  -30.00 GBP
  Expenses:Phone
2026-02-21 * "Staples" ""
  type: "payment"
  ref: "PAY-0001"
  party: "STAPLES"
  Liabilities:Creditors  30.00 GBP
  Liabilities:Loan
2026-02-21 custom "allocate" "PAY-0001" "BILL-0001" 30.00 GBP
"""
    ledger = book(
        OLD, past("02-10", "P1", "O1", "-18.00", "STAPLES UK LONDON"), bill,
        statement(CUR, "C", ("04-28", "L1", "-18.00", "STAPLES UK LONDON")),
    )  # fmt: skip
    (one,) = code(ledger).suggested
    assert (one.tier, one.account, one.why) == ("party", "Liabilities:Creditors", "nothing is open that it settles")
    rule = '[[rule]]\nname = "r"\nwhen = { party = "STAPLES" }\naccount = "7502"\nvat = "S"\n'
    assert [(each.tier, each.account) for each in code(ledger, rule).coded] == [("rule", "Expenses:Phone")]


def test_a_party_without_a_ledger_is_coded_as_before():
    ledger = book(
        OLD, past("02-10", "P1", "O1", "-18.00", "NIMBUS CLOUD DUBLIN"),
        statement(CUR, "C", ("04-28", "L1", "-21.60", "NIMBUS CLOUD DUBLIN")),
    )  # fmt: skip
    (one,) = code(ledger).suggested
    assert (one.tier, legs(one)) == (
        "history", [("Expenses:Phone", 1800, "S"), ("Liabilities:VAT:Input", 360, "S")],
    )  # fmt: skip


NAMES = st.sampled_from(("ACME WIDGETS", "ACME WIDGETS LTD", "ACME", "FPI ACME WIDGET", "INV42", "FPI INVOICE 42 ACME"))


@given(NAMES, st.integers(1, 300000), st.sampled_from(("1200.00", "0.01", "3000.00")))
def test_no_rule_codes_a_payer_with_an_open_invoice_to_income(text, minor, amount):
    rule = '[[rule]]\nname = "all"\nwhen = { amount = "0.." }\naccount = "4000"\nvat = "S"\n'
    line = ("04-28", "L1", f"{Decimal(minor) / 100:.2f}", f"FPI {text}")
    found = code(book(invoice(amount=amount), statement(CUR, "C", line)), rule)
    for one in (*found.coded, *found.suggested):
        assert not any(leg.account.startswith("Income") for leg in one.legs)


# What was done before.


def test_the_past_is_counted_for_and_against_and_only_suggested():
    ledger = book(
        OLD,
        past("01-05", "P1", "O1", "-30.00", "TELECOM PLC 1111 05JAN"),
        past("02-05", "P2", "O2", "-30.60", "TELECOM PLC 1111 05FEB"),
        past("03-05", "P3", "O3", "-12.00", "TELECOM PLC 1111 05MAR", "Expenses:Charges", "E"),
        statement(CUR, "C", ("04-05", "L1", "-31.20", "TELECOM PLC 1111 05APR")),
    )
    found = code(ledger)
    assert found.coded == ()
    (one,) = found.suggested
    assert (one.account, one.code, one.reasons) == (
        "Expenses:Phone", "S",
        (
            "2 of 3 lines like this were coded to 7502 Phone S: 2026-02-05 P2, 2026-01-05 P1",
            "1 to 7901 Charges E, last 2026-03-05 P3",
        ),
    )  # fmt: skip
    same = replace_amount(ledger, "-12.00")
    assert [each.account for each in code(same).suggested] == ["Expenses:Charges"]


def replace_amount(ledger, amount):
    text = "\n".join(file.source.text for file in ledger.files).removeprefix(CHART)
    return book(text.replace("-31.20", amount))


def test_a_tie_says_so_and_the_latest_counts():
    ledger = book(
        OLD,
        past("01-05", "P1", "O1", "-30.00", "MARKET STALL"),
        past("02-05", "P2", "O2", "-40.00", "MARKET STALL", "Expenses:Charges", "E"),
        statement(CUR, "C", ("04-05", "L1", "-31.20", "MARKET STALL")),
    )
    (one,) = code(ledger).suggested
    assert (one.account, one.why) == ("Expenses:Charges", "lines like it were coded in several ways, and as often")


def test_the_other_sign_and_reversed_entries_are_no_precedent():
    reversal = """2026-03-01 * "x"
  type: "reversal"
  ref: "REV-0001"
  reverses: "P1"
  Assets:Bank:Current  30.00 GBP
  Expenses:Charges  -30.00 GBP
    vat: "E"
"""
    old = past("01-05", "P1", "O1", "-30.00", "MARKET STALL", "Expenses:Charges", "E")
    line = statement(CUR, "C", ("04-05", "L1", "31.20", "MARKET STALL"))
    assert code(book(OLD, old, line)).suggested == ()
    assert code(book(OLD, old, reversal, line.replace("31.20", "-31.20"))).suggested == ()


# Transfers.


def test_a_transfer_that_both_sides_show_is_one_entry_matched_to_both():
    ledger = book(
        statement(CUR, "C", ("04-02", "L1", "-500.00", "TFR TO SAVINGS")),
        statement(SAV, "S", ("04-03", "M1", "500.00", "FROM CURRENT")),
    )
    for account in (CUR, SAV, ""):
        (one,) = code(ledger, account=account).coded
        assert (one.tier, one.kind, {line.id for line in one.lines}) == ("transfer", "transfer", {"L1", "M1"})
        side = f"{CUR} shows the same amount out, L1" if account == SAV else f"{SAV} shows the same amount in, M1"
        assert one.reasons[0] == f"{side}, 1 day apart"
    after, draft = posted(ledger, code(ledger, account=SAV))
    assert draft.refs == ("TRF-0001",)
    assert after.entry("TRF-0001").date == date(2026, 4, 2)
    assert len(after.records("reconcile")) == 2
    assert code(after, account="").left == ()


def test_two_ways_to_see_a_transfer_are_no_certainty():
    ledger = book(
        statement(CUR, "C", ("04-02", "L1", "-500.00", "TFR TO SAVINGS")),
        statement(SAV, "S", ("04-03", "M1", "500.00", "FROM CURRENT"), ("04-04", "M2", "500.00", "FROM CURRENT")),
    )
    found = code(ledger, account="")
    assert found.coded == ()
    assert {one.why for one in found.suggested if one.line.id == "L1"} == {
        "M2 of Assets:Bank:Savings would fit as well"
    }


def test_equal_amounts_that_speak_of_somebody_else_are_only_suggested():
    ledger = book(
        statement(CUR, "C", ("04-02", "L1", "-500.00", "FPO BRIGHTGRID ENERGY")),
        statement(SAV, "S", ("04-03", "M1", "500.00", "QUAYBRIDGE BONUS")),
    )
    found = code(ledger)
    assert found.coded == ()
    assert found.suggested[0].why.startswith("no text says that it is a transfer")


def test_a_card_is_settled_from_the_bank_as_a_transfer():
    ledger = book(
        statement(CUR, "C", ("04-18", "L1", "-205.80", "DD ESTUARY BANK CARD")),
        statement(
            CARD, "K", ("04-18", "M1", "205.80", "PAYMENT RECEIVED THANK YOU"), ("04-20", "M2", "-20.00", "CAFE")
        ),
    )
    found = code(ledger, account=CARD)
    (one,) = found.coded
    assert (one.account, one.base, [leg.base for leg in one.legs]) == (CUR, 20580, [-20580])
    after, _ = posted(ledger, found)
    rule = '[[rule]]\nname = "Cafe"\nwhen = { text = "CAFE" }\naccount = "7502"\nvat = "S"\n'
    (one,) = code(after, rule, account=CARD).coded
    assert legs(one) == [("Expenses:Phone", 1667, "S"), ("Liabilities:VAT:Input", 333, "S")]


def test_one_side_alone_is_suggested_with_why():
    ledger = book(statement(CUR, "C", ("04-25", "L1", "-500.00", "TO SAVINGS")), statement(SAV, "S", end="2026-04-20"))
    (one,) = code(ledger).suggested
    assert (one.tier, one.account) == ("transfer", SAV)
    assert one.why == "only one side of it is in: no statement of Assets:Bank:Savings covers 2026-04-25"
    line = statement(CUR, "C", ("04-15", "L1", "-500.00", "TO SAVINGS"))
    covered = book(line, statement(SAV, "S", end="2026-04-20"))
    assert code(covered).suggested == ()


PRICE = "2026-03-31 price EUR 0.8700 GBP\n"


def test_a_transfer_across_currencies_takes_its_rate_from_the_two_amounts():
    ledger = book(
        PRICE,
        statement(CUR, "C", ("04-12", "L1", "4346.00", "FX PURCHASE GBP FROM EUR")),
        statement(EUR, "E", ("04-12", "M1", "-5000.00", "FX SALE EUR/GBP"), currency="EUR"),
    )
    found = code(ledger)
    (one,) = found.coded
    assert one.reasons[1] == (
        "1 EUR was 0.8692 GBP, 4.00 GBP less than at the books' price of 2026-03-31, 0.8700 GBP for 1 EUR"
    )
    after, draft = posted(ledger, found)
    assert "-5000.00 EUR @@ 4346.00 GBP" in draft.text
    assert [code(after, account=account).left for account in (CUR, EUR)] == [(), ()]
    assert posted(ledger, code(ledger, account=EUR))[1].texts[1:] != draft.texts[1:]
    assert code(book(ledger.files[0].source.text.removeprefix(CHART).replace(PRICE, ""))).coded == ()


def test_a_transfer_in_the_books_is_matched_with_the_lines_of_both_sides():
    entry = """2026-04-12 * "Harbour Lane Studio Ltd" "Euro sold"
  type: "transfer"
  ref: "TRF-0017"
  Assets:Bank:Current  4346.00 GBP
  Assets:Bank:Euro  -5000.00 EUR @@ 4346.00 GBP
"""
    ledger = book(
        entry, PRICE,
        statement(CUR, "C", ("04-12", "L1", "4346.00", "FX PURCHASE GBP FROM EUR")),
        statement(EUR, "E", ("04-12", "M1", "-5000.00", "FX SALE EUR/GBP"), currency="EUR"),
    )  # fmt: skip
    found = code(ledger)
    (one,) = found.coded
    assert (one.entry, one.legs) == ("TRF-0017", ())
    after, draft = posted(ledger, found)
    assert draft.refs == ()
    assert [record.text(2) for record in after.records("reconcile")] == ["TRF-0017"] * 2


TRANSFER = '[[rule]]\nname = "Card"\nwhen = { text = "ESTUARY CARD" }\ntransfer = "Liabilities:Card"\n'


def test_a_rule_makes_a_transfer_from_one_side_and_finds_the_other_where_it_is():
    ours = statement(CUR, "C", ("04-18", "L1", "-205.80", "DD ESTUARY CARD"))
    one_sided = code(book(ours), TRANSFER)
    assert [(one.tier, one.others, legs(one)) for one in one_sided.coded] == [("rule", (), [(CARD, 20580, "")])]
    posted(book(ours), one_sided)
    both = book(ours, statement(CARD, "K", ("04-19", "M1", "205.80", "RECEIVED QUAYSIDE")))
    (one,) = code(both, TRANSFER).coded
    assert [line.id for line in one.others] == ["M1"]
    two = book(ours, statement(CARD, "K", ("04-19", "M1", "205.80", "A"), ("04-20", "M2", "205.80", "B")))
    (one,) = code(two, TRANSFER).suggested
    assert one.why == "M1 and M2 of Liabilities:Card would both fit"


# Money in another currency.


def test_a_foreign_line_is_worth_the_books_price_and_left_without_one():
    fee = statement(EUR, "E", ("04-12", "M1", "-3.50", "ACCOUNT CHARGES"), currency="EUR")
    found = code(book(PRICE, fee), CHARGES, account=EUR)
    (one,) = found.coded
    assert legs(one) == [("Expenses:Charges", 305, "E")]
    assert "-3.50 EUR @@ 3.05 GBP" in posted(book(PRICE, fee), found)[1].text
    assert "no price of EUR" in code(book(fee), CHARGES, account=EUR).left[0].why
    assert "no price of EUR" in code(book(fee, PRICE.replace("03-31", "01-31")), CHARGES, account=EUR).left[0].why


def test_a_party_pays_in_its_currency():
    bill = """2026-03-14 * "ACME" "work"
  type: "sales-invoice"
  ref: "INV-0042"
  party: "ACME"
  Assets:Debtors  2250.00 EUR @@ 1957.50 GBP
  Income:Sales
"""
    line = statement(EUR, "E", ("04-12", "M1", "2250.00", "SEPA ACME WIDGETS INV-0042"), currency="EUR")
    found = code(book(PRICE, bill, line), account=EUR)
    text = posted(book(PRICE, bill, line), found)[1].text
    assert "Assets:Debtors                            -2250.00 EUR @@ 1957.50 GBP" in text


# What the matcher has an entry for.


def test_what_reconciling_matches_or_suggests_is_left_to_it():
    entry = """2026-04-29 * "Somebody else" "x"
  ref: "PAY-0001"
  Assets:Bank:Current  -12.99 GBP
  Liabilities:Loan
"""
    ledger = book(entry, statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES TO 28MAR")))
    found = code(ledger, CHARGES)
    assert (found.coded, found.suggested) == ((), ())
    assert "PAY-0001" in found.left[0].why


# Whatever the order.

_TEXTS = ("TFR TO SAVINGS", "FROM CURRENT", "FPI ACME WIDGETS", "ACCOUNT CHARGES", "TELECOM 1", "CARD", "CAFE")
_LINES = st.lists(
    st.tuples(st.integers(1, 28), st.sampled_from(("-500.00", "500.00", "-12.99", "1200.00")), st.sampled_from(_TEXTS)),
    max_size=5,
)


@given(_LINES, _LINES, st.integers(0, 2**16))
def test_the_order_of_the_input_changes_nothing(ours, theirs, seed):
    def books(mix):
        parts = [invoice()]
        for account, ident, lines in ((CUR, "C", ours), (SAV, "S", theirs)):
            named = [(f"04-{day:02}", f"{ident}{n}", amount, text) for n, (day, amount, text) in enumerate(lines)]
            parts.append(statement(account, ident, *mix(named)))
        return book(*mix(parts))

    def answer(mix):
        ledger = books(mix)
        left = mix(waiting(ledger))
        left = [replace(one, lines=tuple(mix(list(one.lines))), entries=tuple(mix(list(one.entries)))) for one in left]
        found = propose(ledger, "", rules(ledger, CHARGES + SPLIT), waiting=left, law=law_of(ledger))
        for one in (*found.coded, *found.suggested):
            assert one.entry or sum(leg.base for leg in one.legs) == -one.base
            assert one.line.amount.minor == one.base
        return [
            [(one.line.key, one.why, *((legs(one), one.reasons) if hasattr(one, "legs") else ())) for one in part]
            for part in (found.coded, found.suggested, found.left)
        ]

    shuffler = random.Random(seed)
    assert answer(list) == answer(lambda items: shuffler.sample(items, len(items)))


# The rules' file.


def test_where_the_rules_stand_and_one_is_added(tmp_path):
    folder = Root(tmp_path / "journals" / "main.beancount", tmp_path)
    single = Root(tmp_path / "acme.beancount", None)
    assert rules_path(folder) == tmp_path / "coding.toml"
    assert rules_path(single) == tmp_path / "acme.coding.toml"
    assert rules_text(folder) == ""
    add_rule(folder, "# one")
    add_rule(folder, "# two\n")
    assert rules_text(folder) == "# one\n\n# two\n"
    rules_path(folder).write_bytes(b"\xff")
    with pytest.raises(Refusal, match="not UTF-8"):
        rules_text(folder)


# The command and its prompt.


LINES = """\
id,date,description,amount,balance
L1,2026-04-28,FPI ACME WIDGETS INV42,1200.00,1200.00
L2,2026-04-29,ACCOUNT CHARGES TO 28APR,-6.00,1194.00
L3,2026-04-30,TELECOM 4471,-24.00,1170.00
L4,2026-04-30,UNHEARD OF,-1.00,1169.00
"""


@pytest.fixture
def books(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2026-05-10")
    monkeypatch.setenv("ACCT_USER", "jo@acme.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    settings = SETTINGS.replace("GB123456782", "GB765432126")
    (tmp_path / "acct.toml").write_text(settings)
    (tmp_path / "journals" / "2026").mkdir(parents=True)
    (tmp_path / "journals" / "main.beancount").write_text('include "*/*.beancount"\n')
    old = past("02-05", "P2", "O2", "-30.60", "TELECOM PLC 4471")
    (tmp_path / "journals" / "2026" / "2026-04.beancount").write_text(CHART + OLD + old + invoice())
    (tmp_path / "april.csv").write_text(LINES)
    (tmp_path / "coding.toml").write_text(CHARGES)
    assert run(["import", "april.csv", "--account", "Current"]) in (0, 3)
    return tmp_path


def answer(capsys, *words):
    capsys.readouterr()
    done = run(["code", *words, "-O", "json"])
    return done, json.loads(capsys.readouterr().out)


def test_the_command_posts_what_is_certain_once(books, capsys):
    before, _ = answer(capsys, "Current")
    done, found = answer(capsys, "Current", "--auto", "--key", "k")
    assert (before, done) == (3, 3)
    assert [(one["id"], one["tier"], one["rule"]) for one in found["coded"]] == [
        ("L1", "party", None), ("L2", "rule", "Charges"),
    ]  # fmt: skip
    assert [(one["id"], one["to"], one["vat"]) for one in found["suggested"]] == [("L3", "Expenses:Phone", "S")]
    assert [one["id"] for one in found["left"]] == ["L4"]
    again = (books / "journals" / "2026" / "2026-05.beancount").read_bytes()
    for key in ((), ("--key", "k")):
        done, found = answer(capsys, "Current", "--auto", *key)
        assert (done, found["coded"]) == (3, [])
    assert (books / "journals" / "2026" / "2026-05.beancount").read_bytes() == again
    assert run(["check"]) == 0
    assert run(["code", "Current", "-O", "xlsx", "-o", "left.xlsx"]) == 3
    assert (books / "left.xlsx").read_bytes()[:2] == b"PK"


def test_exit_code_0_where_nothing_is_left(books, capsys):
    with (books / "coding.toml").open("a") as file:
        file.write('[[rule]]\nname = "Rest"\nwhen = { text = ["UNHEARD*", "TELECOM"] }\naccount = "7502"\nvat = "O"\n')
    assert answer(capsys, "--auto")[0] == 0
    assert answer(capsys)[0] == 0


def ask(monkeypatch, *answers):
    left = list(answers)

    def reply(question, default="", **_):
        given = left.pop(0)
        if isinstance(given, type):
            raise given
        return given or default

    monkeypatch.setattr(code_prompt.typer, "prompt", reply)
    context = Context(None, TODAY, 100, is_terminal=True, colour=False, can_ask=True)
    code_prompt.ask_each(context, CUR, "", "")
    return left


def refs(books):
    ledger = open_books(Root(books / "journals" / "main.beancount", books), checks()).ledger
    assert not [p for p in ledger.problems if p.severity == ERROR]
    return {record.text(1): record.text(2) for record in ledger.records("reconcile")}


def test_the_prompt_posts_what_is_agreed_and_passes_on(books, monkeypatch, capsys):
    assert ask(monkeypatch, "n", "y", "s", "?", "y") == []
    assert refs(books) == {"O2": "P2", "L1": "RCT-0001", "L3": "P3"}
    said = capsys.readouterr().out
    assert "1 of 1 line like this was coded to 7502 Phone S: 2026-02-05 P2" in said
    assert "`?` is not an answer" in said


def test_the_prompt_makes_a_rule_of_a_suggestion(books, monkeypatch, capsys):
    assert ask(monkeypatch, "y", "r", "TELECOM", "Phone", "y", "y") == []
    assert refs(books).keys() == {"O2", "L1", "L2", "L3"}
    assert '[[rule]]\nname = "Phone"\nwhen = { text = "TELECOM"' in (books / "coding.toml").read_text()
    assert "rule Phone" in capsys.readouterr().out


def test_a_rule_with_a_name_that_is_taken_is_refused_at_once(books, monkeypatch, capsys):
    assert ask(monkeypatch, "y", "r", "TELECOM", "Charges", "x") == []
    assert "there is a rule `Charges` already" in capsys.readouterr().out
    assert (books / "coding.toml").read_text() == CHARGES


def test_ctrl_c_at_the_prompt_loses_nothing(books, monkeypatch, capsys):
    with pytest.raises(KeyboardInterrupt):
        ask(monkeypatch, "y", EOFError)
    assert refs(books).keys() == {"O2", "L1", "L2"}
    assert "every answer so far is in the books" in capsys.readouterr().out


# What comes before what.


ALL_IN = '[[rule]]\nname = "All in"\nwhen = { amount = "0.01..", sign = "in" }\naccount = "4000"\nvat = "S"\n'


def test_a_transfer_that_a_text_speaks_of_comes_before_any_rule():
    ours = statement(CUR, "C", ("04-02", "L1", "-500.00", "TFR TO SAVINGS"))
    theirs = statement(SAV, "S", ("04-03", "M1", "500.00", "FROM CURRENT"))
    found = code(book(ours, theirs), ALL_IN, account=SAV)
    assert [(one.tier, one.account) for one in found.coded] == [("transfer", CUR)]
    assert found.tried[SAV, "M1"][0][2:] == (False, "Assets:Bank:Current shows its other side, L1: it is a transfer")


def test_a_rule_for_the_text_comes_before_a_transfer_that_no_text_speaks_of():
    ours = statement(CUR, "C", ("04-02", "L1", "-500.00", "7781"))
    theirs = statement(SAV, "S", ("04-03", "M1", "500.00", "9912"))
    by_text = ALL_IN.replace('amount = "0.01.."', 'text = "9912"')
    assert [one.tier for one in code(book(ours, theirs), by_text, account=SAV).coded] == ["rule"]
    assert [one.tier for one in code(book(ours, theirs), ALL_IN, account=SAV).coded] == ["transfer"]
    assert [one.tier for one in code(book(ours, theirs)).coded] == ["transfer"]


def test_two_rules_that_see_the_two_sides_otherwise_are_in_doubt():
    ours = statement(CUR, "C", ("04-18", "L1", "-205.80", "DD ESTUARY CARD"))
    theirs = statement(CARD, "K", ("04-18", "M1", "205.80", "REFUND"))
    refund = '[[rule]]\nname = "Refund"\nwhen = { text = "REFUND" }\naccount = "7502"\n'
    found = code(book(ours, theirs), TRANSFER + refund, account="")
    assert [one.rule for one in found.coded] == ["Refund"]
    assert [one.why for one in found.suggested] == ["rule Refund takes its other side for something else"]


def test_an_invoice_in_another_currency_keeps_money_from_income_too():
    bill = """2026-03-14 * "ACME" "work"
  type: "sales-invoice"
  ref: "INV-0042"
  party: "ACME"
  Assets:Debtors  2250.00 EUR @@ 1957.50 GBP
  Income:Sales
"""
    found = code(book(bill, statement(CUR, "C", ("04-12", "L1", "1957.50", "FPI ACME WIDGETS"))), ALL_IN)
    assert found.coded == ()
    assert [(one.tier, one.account) for one in found.suggested] == [("party", "Assets:Debtors")]


def test_no_vat_is_taken_out_before_the_registration():
    ledger = book(
        statement(CUR, "C", ("04-12", "L1", "-60.00", "TELECOM 1")),
        vat=VatRegistration("GB", "GB123456782", registered=date(2026, 4, 13)),
    )
    assert code(ledger, SPLIT).tried[CUR, "L1"][0].why == "the entity is registered for VAT since 2026-04-13 only"


def test_the_other_side_of_a_transfer_that_is_half_matched():
    entry = """2026-04-12 * "Harbour Lane Studio Ltd" "Card paid"
  type: "transfer"
  ref: "TRF-0017"
  Assets:Bank:Current  -99.00 GBP
  Liabilities:Card  99.00 GBP
2026-05-01 custom "reconcile" "C" "L1" "TRF-0017" -99.00 GBP
"""
    ledger = book(
        statement(CUR, "C", ("04-12", "L1", "-99.00", "CARD")),
        statement(CARD, "K", ("04-13", "M1", "99.00", "QUAYSIDE THANK YOU")),
        entry,
    )
    found = code(ledger, account=CARD)
    (one,) = (*found.coded, *found.left)
    assert "TRF-0017" in (one.entry, one.why)
    posted(ledger, found)


def test_the_banks_own_errors_are_no_lines_to_code():
    line = statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES"))
    found = code(book(line, '2026-05-02 custom "bank-error" "C" "L1" "charged twice"\n'), CHARGES)
    assert (found.coded, found.suggested, found.left) == ((), (), ())


def test_an_entry_that_waits_for_the_bank_and_a_later_invoice_leave_money_in_doubt():
    receipt = """2026-02-15 * "Paid in"
  type: "receipt"
  ref: "RCT-0009"
  Assets:Bank:Current  1200.00 GBP
  Liabilities:Loan
"""
    line = statement(CUR, "C", ("04-28", "L1", "1200.00", "FPI ACME WIDGETS"))
    (one,) = code(book(invoice(), receipt, line)).suggested
    assert one.why == "RCT-0009 of the same amount waits for the bank"
    (one,) = code(book(invoice(day="05-09"), line)).suggested
    assert one.why == "INV-0042 was issued after the money came"
    own = receipt.replace("1200.00", "-500.00").replace('type: "receipt"', 'type: "payment"')
    pair = (
        statement(CUR, "C", ("04-02", "L1", "-500.00", "TFR TO SAVINGS")),
        statement(SAV, "S", ("04-03", "M1", "500.00", "FROM CURRENT")),
    )
    (one,) = code(book(own, *pair)).suggested
    assert (one.tier, one.why) == ("transfer", "RCT-0009 of the same amount waits for the bank")


def test_a_rule_codes_what_an_old_entry_only_has_the_amount_of():
    entry = """2026-02-15 * "Cheque"
  ref: "PAY-0009"
  Assets:Bank:Current  -12.99 GBP
  Liabilities:Loan
"""
    line = statement(CUR, "C", ("04-30", "L1", "-12.99", "ACCOUNT CHARGES"))
    assert [one.rule for one in code(book(entry, line), CHARGES).coded] == ["Charges"]
    assert code(book(entry.replace("02-15", "04-15"), line), CHARGES).coded == ()


def test_a_line_that_is_matched_can_be_explained(books, capsys):
    capsys.readouterr()
    assert run(["code", "Current", "O2", "--explain"]) == 0
    said = capsys.readouterr().out
    assert "2026-02-05 O2 -30.60 GBP TELECOM PLC 4471" in said
    assert "the text does not say `ACCOUNT CHARGES`" in said
    assert "left: it is matched already" in said
