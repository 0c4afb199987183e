"""Coding: rules, splits, transfers, parties, the past; and what never happens."""

from datetime import date
from decimal import Decimal
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.cli.coded import law_of, waiting
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
