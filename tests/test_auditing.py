"""What an auditor asks for: the trail of an entry, a sample, the journal-entry tests; and workbooks."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.audit import journal_tests, read_chain, sampling, trail
from acctkit.audit.population import in_words, read_population
from acctkit.audit.seals import bytes_since_seal, seal_line
from acctkit.cli.show import clean
from acctkit.cli.xlsx import workbook
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.period import ALWAYS, Period, parse_period
from acctkit.problem import Refusal
from acctkit.table import MONEY, Column, Row, Table

OPENS = """\
2026-01-01 open Assets:Bank GBP
2026-01-01 open Assets:Debtors GBP
  role: "debtors"
2026-01-01 open Income:Sales GBP
2026-01-01 open Expenses:Rent GBP
2026-01-01 custom "customer" "ACME" "Acme Ltd"
"""
CRITERIA = journal_tests.Criteria(round_to=100_000, limit=500_000)


def entry(day, words, amount="10.00", debit="Expenses:Rent", credit="Assets:Bank", meta=""):
    return f"{day} * {words}\n{meta}  {debit}  {amount} GBP\n  {credit}  -{amount} GBP\n"


def book(*appends):
    """A ledger and its chain: each append is (time, who, text), sealed."""
    data = OPENS.encode()
    for time, who, text in appends:
        old = [Source("x.beancount", data)]
        data += text.encode()
        data += seal_line(read_chain(old), bytes_since_seal([Source("x.beancount", data)]), time, who)
    source = Source("x.beancount", data)
    ledger = Ledger([parse(source)], Entity("Acme", "GBP"))
    assert not ledger.problems, ledger.problems
    return ledger, read_chain([source])


def flagged(test, *appends, criteria=CRITERIA):
    ledger, chain = book(*appends)
    population = read_population(ledger, chain, ALWAYS)
    found = journal_tests.run_tests(ledger, population, criteria, [test])
    return [(one.member.ref, one.why) for one in found]


def on(day, text, who="jo", time="10:00:00"):
    return f"{day}T{time}Z", who, text


def ref(name):
    return f'  ref: "{name}"\n'


# The trail.

INVOICE = entry(
    "2026-03-02", '"Acme Ltd" "Signs"', "100.00", "Assets:Debtors", "Income:Sales",
    '  type: "sales-invoice"\n  ref: "INV-1"\n  party: "ACME"\n',
)  # fmt: skip
RECEIPT = entry(
    "2026-03-20", '"Acme Ltd" "Paid"', "100.00", "Assets:Bank", "Assets:Debtors",
    '  type: "receipt"\n  ref: "RCT-1"\n  party: "ACME"\n',
)  # fmt: skip
MATCHED = """\
2026-03-31 custom "statement" "CUR" Assets:Bank 100.00 GBP
2026-03-20 custom "statement-line" "CUR" "7" 100.00 GBP "ACME"
2026-03-20 custom "statement-line" "CUR" "8" 5.00 GBP "OTHER"
2026-04-01 custom "allocate" "RCT-1" "INV-1" 60.00 GBP
2026-04-01 custom "undo" "allocate" "RCT-1" "INV-1" 60.00 GBP
2026-04-01 custom "allocate" "RCT-1" "INV-1" 100.00 GBP
2026-04-02 custom "reconcile" "CUR" "7" "RCT-1" 100.00 GBP
2026-04-03 custom "query" "INV-1" "buyer" "agreed?"
"""


def test_the_trail_leads_to_the_statement_line_and_names_who_and_when():
    other = entry("2026-03-03", '"Other"', meta=ref("JNL-1"))
    ledger, chain = book(
        on("2026-03-02", INVOICE, "jo"), on("2026-03-21", RECEIPT + other, "sam"), on("2026-04-03", MATCHED)
    )
    steps = trail.trail(ledger, chain, "INV-1")
    assert [(step.what, step.seal.who, step.undone) for step in steps] == [
        ("sales-invoice", "jo", False),
        ("receipt", "sam", False),
        ("statement", "jo", False),
        ("statement-line", "jo", False),
        ("allocate", "jo", True),
        ("undo", "jo", False),
        ("allocate", "jo", False),
        ("reconcile", "jo", False),
        ("query", "jo", False),
    ]
    table = trail.table("INV-1", steps, {(steps[0].file, steps[0].line): "4be1c2d39a77"})
    assert table.rows[0].cells[0] == "2026-03-02T10:00:00Z"
    assert table.rows[0].cells[-1] == "4be1c2d39a"
    answer = trail.answer(ledger, "INV-1", steps, {})
    assert answer["steps"][4]["undone"] is True


def test_the_trail_holds_reversals_and_links():
    back = entry("2026-04-01", '"Acme Ltd" "Back"', "100.00", "Income:Sales", "Assets:Debtors",
                 '  type: "reversal"\n  ref: "REV-1"\n  reverses: "INV-1"\n  party: "ACME"\n')  # fmt: skip
    ledger, chain = book(on("2026-03-02", INVOICE), on("2026-04-01", back))
    for name in ("INV-1", "REV-1"):
        assert {"sales-invoice", "reversal"} <= {step.what for step in trail.trail(ledger, chain, name)}
    with pytest.raises(Refusal):
        trail.trail(ledger, chain, "INV-9")


# The population and the sample.


def many(amounts):
    text = "".join(
        entry(f"2026-03-{1 + n % 28:02}", f'"No {n}"', f"{amount / 100:.2f}", meta=ref(f"JNL-{n}"))
        for n, amount in enumerate(amounts)
    )
    return book(on("2026-03-31", text))


amounts = st.lists(st.integers(1, 10**7), min_size=1, max_size=12)


@given(amounts, st.integers(1, 15), st.integers(0, 5))
def test_every_monetary_unit_is_as_likely(values, size, seed):
    ledger, chain = many(values)
    population = read_population(ledger, chain, ALWAYS)
    assert (population.total, population.broken) == (sum(values), ())
    sample = sampling.draw(population, size, "mus", seed)
    assert sample == sampling.draw(population, size, "mus", seed)
    hits: dict[str, int] = {}
    for unit in range(sample.start, population.total, sample.interval):  # by brute force
        passed = 0
        for member in population.members:
            passed += member.amount
            if unit < passed:
                hits[member.ref] = hits.get(member.ref, 0) + 1
                break
    assert {member.ref: number for member, number in sample.drawn} == hits
    large = {m.ref for m in population.members if m.amount >= sample.interval}
    assert large <= {m.ref for m, _ in sample.drawn}


@given(amounts, st.integers(1, 15), st.integers(0, 5))
def test_a_random_sample_has_its_size_and_no_entry_twice(values, size, seed):
    ledger, chain = many(values)
    drawn = sampling.draw(read_population(ledger, chain, ALWAYS), size, "random", seed).drawn
    assert len({member.ref for member, _ in drawn}) == len(drawn) == min(size, len(values))


def test_the_population_is_that_of_the_period_or_account_and_is_stated():
    march, april = entry("2026-03-31", '"A"', meta=ref("A")), entry("2026-04-01", '"B"', "7.00", meta=ref("B"))
    sale = entry("2026-04-02", '"C"', "3.00", "Assets:Bank", "Income:Sales", ref("C"))
    ledger, chain = book(on("2026-04-02", march + april + sale))
    period = parse_period("2026-04", None)
    population = read_population(ledger, chain, period)
    assert [m.ref for m in population.members] == ["B", "C"]
    assert in_words(ledger, population) == [
        "Population: 2 entries dated 2026-04-01 to 2026-04-30, debits 10.00 GBP.",
        "Complete: opening and entries give the closing balance of 3 of 3 accounts.",
    ]
    assert [(m.ref, m.amount) for m in read_population(ledger, chain, period, "Income").members] == [("C", 300)]


def test_what_cannot_be_drawn_is_refused():
    ledger, chain = many([5])
    population = read_population(ledger, chain, ALWAYS)
    for size, method, wanted in (
        (0, "mus", population),
        (1, "guess", population),
        (1, "mus", population._replace(members=())),
    ):
        with pytest.raises(Refusal):
            sampling.draw(wanted, size, method, 1)


# The tests: for each an entry that meets the criterion, and one that just does not.

A, B = ref("A"), ref("B")


def test_late_entries():
    text = entry("2026-01-10", '"x"', meta=A), entry("2026-01-11", '"x" "y"', meta=B)
    assert flagged("late", on("2026-02-10", text[0] + text[1])) == [("A", "written 31 days after its date")]


def test_entries_after_the_lock():
    lock = '2026-04-02 custom "lock" "soft" 2026-03-31\n'
    late = entry("2026-03-30", '"x"', meta=A + '  reason: "audit"\n')
    assert flagged("after-close", on("2026-04-02", lock + late + entry("2026-04-01", '"y"', meta=B))) == [
        ("A", "posted after the lock up to 2026-03-31: audit")
    ]


def test_entries_of_weekends_and_nights():
    one, two = entry("2026-03-06", '"x"', meta=A), entry("2026-03-06", '"y"', meta=B)
    assert flagged("hours", on("2026-03-07", one), on("2026-03-09", two)) == [("A", "written on Saturday 2026-03-07")]
    assert flagged("hours", on("2026-03-09", one, time="20:00:00"), on("2026-03-10", two, time="19:59:59")) == [
        ("A", "written at 20:00 UTC")
    ]


def test_round_amounts_and_those_just_below_the_limit():
    text = entry("2026-03-06", '"x"', "2000.00", meta=A) + entry("2026-03-06", '"y"', "2000.01", meta=B)
    assert [name for name, _ in flagged("round", on("2026-03-09", text))] == ["A"]
    text = entry("2026-03-06", '"x"', "4750.00", meta=A) + entry("2026-03-06", '"y"', "5000.00", meta=B)
    assert [name for name, _ in flagged("below-limit", on("2026-03-09", text))] == ["A"]
    none = journal_tests.Criteria()
    assert flagged("below-limit", on("2026-03-09", text), criteria=none) == []
    ledger, chain = book(on("2026-03-09", text))
    stated = journal_tests.stated(ledger, none, [])
    assert stated["below-limit"] == ""
    rows = journal_tests.table(ledger, read_population(ledger, chain, ALWAYS), [], stated).rows
    assert any("below-limit: no amount was given: not run" in row.cells[0] for row in rows)


def test_rare_pairs_of_accounts():
    often = "".join(entry(f"2026-03-0{n}", f'"{n}"', meta=ref(f"N{n}")) for n in (1, 2, 3))
    rare = entry("2026-03-06", '"x"', debit="Expenses:Rent", credit="Income:Sales", meta=A)
    assert flagged("rare-pair", on("2026-03-09", often + rare)) == [
        ("A", "Expenses:Rent against Income:Sales occurs once")
    ]


def test_entries_without_a_description():
    text = entry("2026-03-06", '""', meta=A) + entry("2026-03-06", '"y"', meta=B)
    assert flagged("no-description", on("2026-03-09", text)) == [("A", "neither payee nor narration")]


@pytest.mark.parametrize(("day", "found"), [("2026-03-31", []), ("2026-04-30", ["A"]), ("2026-05-01", [])])
def test_entries_reversed_in_the_next_month(day, found):
    back = entry(
        day, '"back"', debit="Assets:Bank", credit="Expenses:Rent", meta=B + '  type: "reversal"\n  reverses: "A"\n'
    )
    text = entry("2026-03-31", '"x"', meta=A) + back
    assert [name for name, _ in flagged("reversed", on("2026-05-04", text))] == found


@pytest.mark.parametrize(
    ("day", "words", "found"), [("2026-03-16", '"x"', ["B"]), ("2026-03-17", '"x"', []), ("2026-03-16", '"P" "x"', [])]
)
def test_entries_that_stand_twice(day, words, found):
    text = entry("2026-03-06", '"x"', meta=A) + entry(day, words, meta=B)
    assert [name for name, _ in flagged("duplicate", on("2026-03-18", text))] == found


def test_entries_of_a_seldom_user_and_telling_words():
    often = "".join(entry(f"2026-03-0{n}", f'"{n}"', meta=ref(f"N{n}")) for n in (1, 2, 3, 4))
    rare = entry("2026-03-06", '"Plug, per CFO"', meta=A)
    appends = on("2026-03-09", often), on("2026-03-09", rare, "sam")
    assert flagged("seldom-user", *appends) == [("A", "sam wrote 1 entry in all")]
    assert flagged("words", *appends) == [("A", "says `plug`")]


def test_an_unknown_test_is_refused():
    ledger, chain = many([5])
    with pytest.raises(Refusal):
        journal_tests.run_tests(ledger, read_population(ledger, chain, Period(None, None)), CRITERIA, ["benford"])


# The workbook.


def test_a_workbook_holds_figures_as_numbers_and_no_formula():
    pytest.importorskip("xlsxwriter")
    evil = ("=cmd|' /C calc'!A0", "+1", "http://evil.example", "@x", "a\x1b[2J")
    rows = [Row((text, "1234.50")) for text in evil] + [Row(("big", "12345678901234567.89"))]
    table = Table("=1+1", (Column("Name"), Column("Amount", MONEY)), tuple(rows), notes=("=2+2",))
    with zipfile.ZipFile(BytesIO(workbook(table, clean))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
        assert "hyperlink" not in "".join(book.namelist()) + sheet
    assert "<f>" not in sheet
    assert sheet.count("<v>1234.50</v>") == len(evil)
    assert "12345678901234567.89" in strings
    assert "\x1b" not in strings
