"""Reconciliation: importing statements, proposing matches, and the statement that always adds up."""

import io
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.banking.statement import BankLine, BankStatement
from acctkit.cli.show import progress
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.reconcile import (
    Asked,
    check_reconcile,
    import_draft,
    json_answer,
    propose,
    read_bank,
    reconcile_draft,
    state,
    statement_table,
)

BANK = "Assets:Bank:Current"
APRIL_30 = date(2026, 4, 30)
TODAY = date(2026, 5, 2)

CHART = """
2026-01-01 open Assets:Bank:Current GBP
2026-01-01 open Assets:Debtors GBP
2026-01-01 open Liabilities:Card GBP
2026-01-01 open Liabilities:Creditors GBP
2026-01-01 open Equity:Opening
2026-01-01 open Expenses:Charges GBP
"""

# The example of the design: an opening entry, a receipt that the bank names by its invoice.
BOOK = """
2026-04-01 * "Opening balances"
  type: "opening"
  ref: "OPN-0001"
  Assets:Bank:Current   4890.10 GBP
  Equity:Opening

2026-04-28 * "Acme Ltd" "Website" ^INV-0042
  type: "receipt"
  ref: "RCT-0012"
  Assets:Bank:Current   1200.00 GBP
  Assets:Debtors

2026-04-30 custom "statement" "CUR-2026-04" Assets:Bank:Current 6090.10 GBP
  opening: 4890.10 GBP
  from: 2026-04-01
2026-04-28 custom "statement-line" "CUR-2026-04" "20260428001" 1200.00 GBP "FPI ACME LTD INV42"
"""
OPENED = '2026-05-02 custom "reconcile" "CUR-2026-04" "opening" "OPN-0001" 4890.10 GBP\n'
MATCHED = '2026-05-02 custom "reconcile" "CUR-2026-04" "20260428001" "RCT-0012" 1200.00 GBP\n'


def book(*texts):
    source = Source("t.beancount", "\n".join((CHART, *texts)).encode())
    return Ledger([parse(source)], Entity("Acme", "GBP", (3, 31), None))


def entry(day, ref, amount, *, account=BANK, payee="", meta=""):
    head = f'"{payee}" "x"' if payee else '"x"'
    return f'2026-{day} * {head}\n  ref: "{ref}"\n{meta}  {account}  {amount} GBP\n  Assets:Debtors\n'


def bank_line(day, ident, amount, text="", statement="S"):
    return f'2026-{day} custom "statement-line" "{statement}" "{ident}" {amount} GBP "{text}"\n'


def statement(end, closing=None, *, opening=None, begin=None, name="S", account=BANK):
    text = f'2026-{end} custom "statement" "{name}" {account}' + (f" {closing} GBP" if closing else "") + "\n"
    text += f"  opening: {opening} GBP\n" if opening else ""
    return text + (f"  from: 2026-{begin}\n" if begin else "")


def reconcile(line, ref, amount, name="S"):
    return f'2026-06-01 custom "reconcile" "{name}" "{line}" "{ref}" {amount} GBP\n'


def figures(recon):
    show = recon.unit.text
    total = recon.lodgements_total, recon.unpresented_total
    return tuple(map(show, (recon.statement, *total, recon.books, recon.difference)))


def adds_up(recon):
    found = sum(item.amount for item in recon.unrecorded) + sum(gap.amount for gap in recon.breaks)
    return recon.difference == found == recon.statement + recon.lodgements_total - recon.unpresented_total - recon.books


def codes(problems):
    return [problem.code for problem in problems]


# The state.


def test_a_finished_reconciliation():
    recon = state(book(BOOK, OPENED, MATCHED), BANK, APRIL_30)
    assert figures(recon) == ("6090.10", "0.00", "0.00", "6090.10", "0.00")
    assert recon.is_done


def test_nothing_matched():
    recon = state(book(BOOK), BANK, APRIL_30)
    assert figures(recon) == ("6090.10", "6090.10", "0.00", "6090.10", "6090.10")
    assert [item.id for item in recon.unrecorded] == ["20260428001"]
    (gap,) = recon.breaks
    assert (gap.statement, gap.date, gap.amount) == ("CUR-2026-04", date(2026, 3, 31), 489010)
    assert adds_up(recon)


def test_a_day_within_the_statement():
    recon = state(book(BOOK, OPENED, MATCHED), BANK, date(2026, 4, 27))
    assert figures(recon) == ("4890.10", "0.00", "0.00", "4890.10", "0.00")


def test_an_undone_match_never_was_and_is_only_suggested_again():
    undo = MATCHED.replace('"reconcile"', '"undo" "reconcile"')
    ledger = book(BOOK, OPENED, MATCHED, undo)
    assert ledger.problems == []
    recon = state(ledger, BANK, APRIL_30)
    assert figures(recon) == ("6090.10", "1200.00", "0.00", "6090.10", "1200.00")
    proposal = propose(ledger, BANK)
    assert proposal.matched == ()
    assert [(one.entries, one.why) for one in proposal.suggested] == [(("RCT-0012",), "this match was undone before")]


EXERCISE = (
    entry("11-01", "OPN-1", "395.35"),
    entry("11-28", "RCT-1", "865.25", payee="Hallam"),
    entry("11-26", "PAY-1", "-190.56", meta='  cheque: "100201"\n'),
    entry("11-27", "PAY-2", "-214.33"),
    entry("11-29", "PAY-3", "-646.75"),
    statement("11-30", "395.35", opening="395.35", begin="11-02"),
    reconcile("opening", "OPN-1", "395.35"),
)


def test_the_published_exercise():
    ledger = book(*EXERCISE)
    recon = state(ledger, BANK, date(2026, 11, 30))
    assert figures(recon) == ("395.35", "865.25", "1051.64", "208.96", "0.00")
    table = statement_table(ledger, recon)
    assert [(*row.cells[1:3], *row.cells[4:]) for row in table.rows if row.style in ("line", "subtotal", "total")] == [
        ("", "Balance per bank statement", "", "395.35"),
        ("RCT-1", "Hallam x", "865.25", ""),
        ("", "", "865.25", "865.25"),
        ("100201", "x", "190.56", ""),
        ("PAY-2", "x", "214.33", ""),
        ("PAY-3", "x", "646.75", ""),
        ("", "", "1051.64", "-1051.64"),
        ("", "Adjusted bank balance", "", "208.96"),
        ("", "Balance per books", "", "208.96"),
        ("", "Difference", "", "0.00"),
    ]


def test_a_later_line_clears_from_its_own_day():
    december = statement("12-31", "204.79", begin="12-01", opening="395.35", name="T")
    line = bank_line("12-04", "1", "-190.56", statement="T")
    ledger = book(*EXERCISE, december, line, reconcile("1", "PAY-1", "-190.56", "T"))
    before, after = state(ledger, BANK, date(2026, 11, 30)), state(ledger, BANK, date(2026, 12, 31))
    assert figures(before) == ("395.35", "865.25", "1051.64", "208.96", "0.00")
    assert before.unpresented[0].cleared == date(2026, 12, 4)
    assert figures(after) == ("204.79", "865.25", "861.08", "208.96", "0.00")
    assert "(cleared 2026-12-04)" in str(statement_table(ledger, before))


def test_a_cheque_goes_stale():
    ledger = book(entry("01-05", "PAY-1", "-10.00"), statement("08-01", "0.00", opening="0.00", begin="01-01"))
    notes = statement_table(ledger, state(ledger, BANK, date(2026, 8, 1))).notes
    assert notes == ("PAY-1 of 2026-01-05 is unpresented for more than six months",)
    for text in (
        entry("01-05", "PAY-1", "-10.00", meta='  cheque: "100201"\n'),
        entry("01-05", "PAY-1", "-10.00", payee="Cheque 12"),
    ):
        ledger = book(text, statement("08-01", "0.00", opening="0.00", begin="01-01"))
        table = statement_table(ledger, state(ledger, BANK, date(2026, 8, 1)))
        assert "Stale: " in str(table.rows[2])
        assert "208" in table.rows[2].cells
        assert table.notes[0].startswith("Stale: a cheque drawn more than six months ago")


def test_one_line_of_several_entries_in_part():
    texts = (
        statement("04-30", "90.00", opening="0.00", begin="04-01"),
        bank_line("04-10", "1", "90.00"),
        entry("04-09", "R1", "100.00"),
        entry("04-09", "R2", "-30.00"),
        reconcile("1", "R1", "100.00"),
        reconcile("1", "R2", "-20.00"),
    )
    recon = state(book(*texts), BANK, APRIL_30)
    assert figures(recon) == ("90.00", "0.00", "10.00", "70.00", "10.00")
    assert [item.amount for item in recon.unrecorded] == [1000]


def test_an_entry_dated_after_the_day_leaves_its_line_unrecorded():
    texts = (
        statement("04-30", "50.00", opening="0.00", begin="04-01"),
        bank_line("04-30", "1", "50.00"),
        entry("05-01", "R1", "50.00"),
    )
    recon = state(book(*texts, reconcile("1", "R1", "50.00")), BANK, APRIL_30)
    assert figures(recon) == ("50.00", "0.00", "0.00", "0.00", "50.00")
    assert [item.id for item in recon.unrecorded] == ["1"]
    assert figures(state(book(*texts, reconcile("1", "R1", "50.00")), BANK, date(2026, 5, 1)))[4] == "0.00"
    proposal = propose(book(*texts), BANK)
    assert proposal.matched == ()
    assert [one.why for one in proposal.suggested] == ["the entry is dated after the statement's end"]


def test_a_card_is_negative():
    texts = (
        entry("04-05", "BILL-1", "-450.00", account="Liabilities:Card"),
        statement("04-30", "-450.00", opening="0.00", begin="04-01", account="Liabilities:Card"),
        bank_line("04-06", "1", "-450.00"),
        reconcile("1", "BILL-1", "-450.00"),
    )
    ledger = book(*texts)
    recon = state(ledger, "Liabilities:Card", APRIL_30)
    assert figures(recon) == ("-450.00", "0.00", "0.00", "-450.00", "0.00")
    assert "card statement" in statement_table(ledger, recon).rows[0].cells[2]


def test_statements_without_balances_go_by_their_lines():
    texts = (
        entry("04-01", "OPN-1", "100.00"),
        entry("04-05", "R1", "20.00"),
        statement("04-30", begin="04-02"),
        bank_line("04-06", "1", "20.00"),
        reconcile("1", "R1", "20.00"),
    )
    assert figures(state(book(*texts), BANK, APRIL_30)) == ("20.00", "100.00", "0.00", "120.00", "0.00")
    opened = book(*texts, reconcile("opening", "OPN-1", "100.00"))
    assert figures(state(opened, BANK, APRIL_30)) == ("120.00", "0.00", "0.00", "120.00", "0.00")


def test_a_missing_statement_is_a_break():
    texts = (
        statement("04-30", "10.00", opening="0.00", begin="04-01"),
        bank_line("04-06", "1", "10.00"),
        statement("06-30", "35.00", opening="30.00", begin="06-01", name="U"),
        bank_line("06-06", "2", "5.00", statement="U"),
    )
    ledger = book(*texts)
    recon = state(ledger, BANK, date(2026, 6, 30))
    assert [(gap.statement, gap.amount) for gap in recon.breaks] == [("U", 2000)]
    assert recon.breaks[0].message == "U opens with 30.00, what stands before it makes 10.00"
    assert adds_up(recon)
    assert codes(check_reconcile(ledger)) == ["B404"]
    may = statement("05-31", "30.00", opening="10.00", begin="05-01", name="T")
    assert check_reconcile(book(*texts, may, bank_line("05-02", "3", "20.00", statement="T"))) == []


def test_overlapping_files_and_one_made_before_the_day_was_over_are_no_break():
    texts = (
        statement("04-15", "30.00", opening="0.00", begin="04-01"),
        bank_line("04-06", "1", "10.00") + bank_line("04-15", "2", "20.00"),
        statement("04-20", "65.00", opening="10.00", begin="04-10", name="T"),
        bank_line("04-15", "3", "5.00", statement="T") + bank_line("04-18", "4", "30.00", statement="T"),
    )
    ledger = book(*texts)
    assert check_reconcile(ledger) == []
    assert [state(ledger, BANK, date(2026, 4, day)).statement for day in (9, 15, 20)] == [1000, 3500, 6500]


def test_sub_accounts_and_other_currencies():
    texts = (
        "2026-01-01 open Assets:Bank:Current:Till GBP\n",
        "2026-01-01 open Assets:Bank:Current:Pot GBP\n",
        "2026-01-01 open Assets:Bank:Current:Exchange USD\n",
        entry("04-02", "R1", "10.00", account="Assets:Bank:Current:Till"),
        entry("04-02", "R2", "20.00", account="Assets:Bank:Current:Pot"),
        '2026-04-02 * "x"\n  Assets:Bank:Current:Exchange  5 USD @@ 4.00 GBP\n  Equity:Opening\n',
        statement("04-30", "10.00", opening="0.00", begin="04-01"),
        bank_line("04-06", "1", "10.00"),
        statement("04-30", "20.00", opening="0.00", begin="04-01", name="P", account="Assets:Bank:Current:Pot"),
        reconcile("1", "R1", "10.00"),
    )
    recon = state(book(*texts), BANK, APRIL_30)
    assert figures(recon) == ("10.00", "0.00", "0.00", "10.00", "0.00")


def test_the_bank_may_have_more_places_than_the_books():
    april = statement("04-30", "9.50", opening="0.00", begin="04-01")
    recon = state(book(entry("04-02", "R1", "10"), april, bank_line("04-06", "1", "9.50")), BANK, APRIL_30)
    assert figures(recon) == ("9.50", "10.00", "0.00", "10.00", "9.50")


def test_an_account_without_statements():
    recon = state(book(entry("04-02", "R1", "10.00")), BANK, APRIL_30)
    assert figures(recon) == ("0.00", "10.00", "0.00", "10.00", "0.00")


# That it adds up, whatever stands in the journal.

DAYS = st.integers(1, 28)
PENCE = st.integers(-300, 300).filter(bool)


def money(pence):
    return f"{Decimal(pence) / 100:.2f}"


@st.composite
def books(draw):
    texts = []
    entries = draw(st.lists(st.tuples(DAYS, PENCE), max_size=6))
    for at, (day, pence) in enumerate(entries):
        texts.append(entry(f"04-{day:02d}", f"R{at % 5}", money(pence)))  # R0 may stand twice
    names = draw(st.lists(st.tuples(DAYS, DAYS, st.none() | PENCE, st.none() | PENCE), max_size=4))
    for at, (begin, end, opening, closing) in enumerate(names):
        texts.append(
            statement(
                f"04-{end:02d}",
                closing and money(closing),
                opening=opening and money(opening),
                begin=draw(st.sampled_from([None, f"04-{begin:02d}"])),
                name=f"S{at % 3}",
            )
        )
    for at, (day, pence) in enumerate(draw(st.lists(st.tuples(DAYS, PENCE), max_size=6))):
        texts.append(bank_line(f"04-{day:02d}", str(at % 5), money(pence), statement=f"S{draw(st.integers(0, 3))}"))
    lines = st.sampled_from(["0", "1", "2", "3", "4", "opening"])
    for line, ref, pence in draw(st.lists(st.tuples(lines, st.integers(0, 5), PENCE), max_size=8)):
        match = reconcile(line, f"R{ref}", money(pence), f"S{draw(st.integers(0, 3))}")
        texts.append(match)
        if draw(st.booleans()):
            texts.append(match.replace('"reconcile"', '"undo" "reconcile"'))
    for line, corrects in draw(st.lists(st.tuples(lines, st.none() | lines), max_size=4)):
        texts.append(f'2026-06-01 custom "bank-error" "S{draw(st.integers(0, 3))}" "{line}" "twice"\n')
        texts.append(f'  corrects: "{corrects}"\n' if corrects else "")
    return "".join(texts)


@given(books(), DAYS)
def test_it_always_adds_up(text, day):
    ledger = book(text)
    recon = state(ledger, BANK, date(2026, 4, day))
    assert adds_up(recon)
    assert all(item.amount > 0 for item in recon.lodgements)
    assert all(item.amount < 0 for item in recon.unpresented)
    split = [item.amount for item in (*recon.bank_errors, *recon.unexplained_lines)]
    assert sum(split) == sum(item.amount for item in recon.unrecorded)
    assert recon.adjusted == recon.books + recon.unexplained
    assert recon.unexplained == recon.difference - recon.bank_errors_total
    check_reconcile(ledger)
    proposal = propose(ledger, BANK)
    after = book(text, reconcile_draft(proposal.matched, TODAY).text)
    assert adds_up(state(after, BANK, date(2026, 4, day)))
    assert propose(after, BANK).matched == ()
    known = [problem.message for problem in check_reconcile(ledger) if problem.code in ("D303", "D304")]
    assert [p.message for p in check_reconcile(after) if p.code in ("D303", "D304")] == known


def test_a_statement_that_ends_on_the_day_shows_its_closing():
    ledger = book(statement("04-20", "12.00", opening="5.00", begin="04-01"), bank_line("04-03", "1", "1.00"))
    recon = state(ledger, BANK, date(2026, 4, 20))
    assert recon.statement == 1200
    assert [gap.amount for gap in recon.breaks] == [500, 600]
    assert codes(check_reconcile(ledger)) == ["B404"]


# Proposing.


def test_the_first_month_matches_itself():
    ledger = book(BOOK)
    proposal = propose(ledger, BANK)
    assert [(one.lines, one.entries, one.method) for one in proposal.matched] == [
        (("opening",), ("OPN-0001",), "opening"),
        (("20260428001",), ("RCT-0012",), "reference"),
    ]
    draft = reconcile_draft(proposal.matched, TODAY)
    assert draft.texts[1] == (
        '2026-05-02 custom "reconcile" "CUR-2026-04" "20260428001" "RCT-0012" 1200.00 GBP\n'
        '  method: "reference"\n'
        '  why: "same amount; reference INV42; names Acme Ltd; same day"\n'
    )
    after = book(BOOK, draft.text)
    assert after.problems == []
    assert check_reconcile(after) == []
    assert state(after, BANK, APRIL_30).is_done
    again = propose(after, BANK)
    assert (again.matched, again.suggested, again.unmatched_lines, again.unmatched_entries) == ((), (), (), ())


def test_an_opening_of_many_entries_is_a_question():
    texts = (entry("03-01", "R1", "10.00"), entry("03-02", "R2", "5.00"))
    proposal = propose(book(*texts, statement("04-30", "15.00", opening="15.00", begin="04-01")), BANK)
    assert proposal.matched == ()
    assert [(one.method, one.entries) for one in proposal.suggested] == [("opening", ("R1", "R2"))]
    assert propose(book(*texts, statement("04-30", "9.00", opening="9.00", begin="04-01")), BANK).suggested == ()


def test_ties_are_suggested_and_listed():
    texts = (
        statement("04-30", "50.00", opening="0.00", begin="04-01"),
        bank_line("04-10", "1", "50.00", "CASH"),
        entry("04-07", "R1", "50.00"),
        entry("04-09", "R2", "50.00"),
    )
    ledger = book(*texts)
    proposal = propose(ledger, BANK)
    assert proposal.matched == ()
    assert [one.entries for one in proposal.suggested] == [("R2",), ("R1",)]
    answer = json_answer(proposal, state(ledger, BANK, APRIL_30))
    assert answer["suggested"][0] == {
        "lines": ["1"],
        "entries": ["R2"],
        "amount": "50.00",
        "method": "amount",
        "tier": 2,
        "reasons": ["same amount", "1 day apart"],
        "score": answer["suggested"][0]["score"],
        "margin": 0,
        "why": "1 against 2 rows of this amount, and nothing tells them apart",
    }
    assert [row["id"] for row in answer["unmatched_lines"]] == ["1"]
    assert answer["unmatched_entries"][0] == {
        "id": "R1",
        "date": "2026-04-07",
        "amount": "50.00",
        "text": "x",
        "file": "t.beancount",
        "line": 15,
    }
    balance = answer["balance"]
    names = ("statement", "lodgements", "unpresented", "books", "difference")
    assert [balance[name] for name in names] == ["50.00", "100.00", "0.00", "100.00", "50.00"]
    assert [item["amount"] for item in balance["unrecorded"]] == ["50.00"]
    assert balance["breaks"] == []


def test_what_an_entry_pays_names_it():
    texts = (
        '2026-04-01 custom "supplier" "STAPLES" "Staples UK Ltd"\n',
        entry("04-02", "BILL-0107", "-50.00", account="Liabilities:Creditors", meta='  their-ref: "SI-99812"\n'),
        entry("04-03", "PAY-0001", "-50.00"),
        entry("04-03", "PAY-0002", "-50.00"),
        '2026-04-04 custom "allocate" "PAY-0001" "BILL-0107" 50.00 GBP\n',
        statement("04-30", "-50.00", opening="0.00", begin="04-01"),
        bank_line("04-06", "1", "-50.00", "FPO STAPLES SI99812"),
    )
    assert [one.entries for one in propose(book(*texts), BANK).matched] == [("PAY-0001",)]


def test_an_entry_without_ref_is_named_by_its_id():
    text = '2026-04-03 * "Shop"\n  Assets:Bank:Current  -12.34 GBP\n  Expenses:Charges\n'
    bank = statement("04-30", "-12.34", opening="0.00", begin="04-01") + bank_line("04-06", "1", "-12.34")
    ledger = book(text, bank)
    (one,) = propose(ledger, BANK).matched
    assert one.entries == (ledger.transactions[0].digest,)
    assert state(book(text, bank, reconcile_draft([one], TODAY).text), BANK, APRIL_30).is_done


# Checks.


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (bank_line("04-03", "1", "1.00", statement="X"), "D303", "there is no statement X"),
        (reconcile("1", "RCT-0012", "1.00", "X"), "D303", "there is no statement X"),
        (reconcile("9", "RCT-0012", "1.00", "CUR-2026-04"), "D303", "statement CUR-2026-04 has no line 9"),
        (reconcile("20260428001", "RCT-9", "1.00", "CUR-2026-04"), "D303", "there is no entry RCT-9"),
        (
            entry("04-28", "JNL-1", "5.00", account="Expenses:Charges")
            + reconcile("20260428001", "JNL-1", "1.00", "CUR-2026-04"),
            "D303",
            "JNL-1 moves nothing on Assets:Bank:Current",
        ),
        (
            MATCHED + reconcile("20260428001", "OPN-0001", "0.01", "CUR-2026-04"),
            "D304",
            "1200.01 of line 20260428001 is matched, and it is 1200.00",
        ),
        (
            reconcile("20260428001", "RCT-0012", "-1.00", "CUR-2026-04"),
            "D304",
            "-1.00 of line 20260428001 is matched, and it is 1200.00",
        ),
        (statement("04-30", "1.00", name="CUR-2026-04"), "D301", "there is a statement CUR-2026-04 already"),
        (
            bank_line("04-29", "20260428001", "3.00", statement="CUR-2026-04"),
            "B405",
            "Assets:Bank:Current has a line 20260428001 already; only the first counts",
        ),
        (
            bank_line("04-29", "7", "3.00", statement="CUR-2026-04").replace("GBP", "EUR"),
            "B406",
            "a line in EUR on a statement in GBP",
        ),
        (
            bank_line("04-29", "7", "3.00", statement="CUR-2026-04"),
            "B404",
            "CUR-2026-04 opens with 4890.10, its lines are 1203.00, and it closes with 6090.10",
        ),
    ],
)
def test_check(text, code, message):
    problems = check_reconcile(book(BOOK, OPENED, text))
    assert (code, message) in [(problem.code, problem.message) for problem in problems]
    assert set(codes(problems)) == {code}
    assert all(problem.place and problem.hint for problem in problems)
    assert check_reconcile(book(BOOK, OPENED, MATCHED)) == []


# Importing.

LINES = (
    BankLine("1", date(2026, 4, 3), Decimal("-12.5"), "CARD SHOP", kind="POS"),
    BankLine("2", date(2026, 4, 28), Decimal(1200), 'FPI "ACME"', "ACME LTD", "INV42", value_date=date(2026, 4, 29)),
)
FILE = BankStatement("123", "GBP", Decimal("100.00"), Decimal("1287.50"), date(2026, 4, 1), APRIL_30, LINES)


def bring(ledger, file=FILE, account=BANK, **more):
    return import_draft(ledger, account, file, file="statements/2026-04.ofx", sha256="9f2c", today=TODAY, **more)


def changed(**more):
    values = {name: getattr(FILE, name) for name in FILE.__slots__} | more
    return BankStatement(**values)


def test_an_import_as_text():
    found = bring(book())
    assert found.draft is not None
    assert found.draft.text == (
        '2026-04-30 custom "statement" "CUR-2026-04" Assets:Bank:Current 1287.50 GBP\n'
        "  opening: 100.00 GBP\n"
        "  from: 2026-04-01\n"
        '  file: "statements/2026-04.ofx"\n'
        '  sha256: "9f2c"\n'
        "\n"
        '2026-04-03 custom "statement-line" "CUR-2026-04" "1" -12.50 GBP "CARD SHOP"\n'
        '  type: "POS"\n'
        "\n"
        '2026-04-28 custom "statement-line" "CUR-2026-04" "2" 1200.00 GBP "FPI \\"ACME\\""\n'
        '  payer: "ACME LTD"\n'
        '  reference: "INV42"\n'
        "  value-date: 2026-04-29\n"
    )
    assert (found.statement, found.lines, found.duplicates, found.ties) == ("CUR-2026-04", ("1", "2"), (), True)
    ledger = book(found.draft.text)
    assert ledger.problems == []
    assert check_reconcile(ledger) == []
    bank = read_bank(ledger, BANK)
    assert [(line.id, line.amount, line.reference) for line in bank.lines] == [("1", -1250, ""), ("2", 120000, "INV42")]


def test_the_same_file_twice_adds_nothing():
    ledger = book(bring(book()).draft.text)
    again = bring(ledger)
    assert (again.draft, again.lines, again.duplicates, again.problems) == (None, (), ("1", "2"), ())
    assert (again.statement, again.ties) == ("CUR-2026-04", True)


def test_an_overlapping_file_brings_what_is_new():
    ledger = book(bring(book()).draft.text)
    new = BankLine("3", date(2026, 4, 30), Decimal("5.00"), "INTEREST")
    found = bring(ledger, changed(lines=(*LINES, new), closing=Decimal("1292.50")))
    assert (found.lines, found.duplicates, found.problems) == (("3",), ("1", "2"), ())
    assert found.statement == "CUR-2026-04-2"
    assert bring(ledger, changed(lines=(*LINES, new)), statement_id="X").statement == "X"
    assert codes(bring(ledger, changed(lines=(new,)), statement_id="CUR-2026-04").problems) == ["D301"]
    assert [p.message for p in check_reconcile(book(ledger_text(ledger), found.draft.text))] == []


def ledger_text(ledger):
    return ledger.files[0].source.text.replace(CHART, "")


def test_a_line_that_changed_is_an_error():
    ledger = book(bring(book()).draft.text)
    other = BankLine("2", date(2026, 4, 28), Decimal("1200.01"), "FPI", line=7)
    found = bring(ledger, changed(lines=(LINES[0], other)))
    assert (found.draft, codes(found.problems)) == (None, ["B405"])
    message = "line 2 is 1200.01 on 2026-04-28 here, and 1200.00 GBP on 2026-04-28 in the books"
    assert found.problems[0].message == message
    assert 'custom "undo" "statement-line" "CUR-2026-04" "2" 1200.00 GBP "FPI \\"ACME\\""' in found.problems[0].hint


def test_a_missing_statement_is_named():
    ledger = book(bring(book()).draft.text)
    days = {"begin": date(2026, 6, 1), "end": date(2026, 6, 30)}
    lines = (BankLine("9", date(2026, 6, 3), Decimal(1), "X", line=4),)
    found = bring(ledger, changed(lines=lines, **days, opening=Decimal("1300.00"), closing=Decimal("1301.00")))
    assert codes(found.problems) == ["B404"]
    assert found.problems[0].message == "the file opens with 1300.00, and statement CUR-2026-04 closes with 1287.50"
    assert found.draft is not None
    assert found.ties is False
    assert bring(ledger, changed(lines=lines, **days, opening=Decimal("1287.50"))).problems == ()


def test_the_wrong_account():
    assert codes(bring(book(), changed(currency="EUR")).problems) == ["B406"]
    assert codes(bring(book(), account="Assets:Nowhere").problems) == ["L205"]


def test_a_file_without_balances_or_lines():
    bare = bring(book(), changed(opening=None, closing=None, begin=None, end=None))
    assert bare.draft.text.startswith('2026-04-28 custom "statement" "CUR-2026-04" Assets:Bank:Current\n  file:')
    assert bare.ties is None
    assert bring(book(), changed(opening=None, closing=None, lines=())).draft is None
    quiet = bring(book(), changed(closing=Decimal("100.00"), lines=()))
    assert quiet.draft is not None
    assert bring(book(quiet.draft.text), changed(closing=Decimal("100.00"), lines=())).draft is None


RENAMED = tuple(replace(line, id=f"X{line.id}") for line in LINES)
BARE = {"opening": None, "closing": None}


def test_a_file_downloaded_again_under_new_ids_is_named():
    ledger = book(bring(book(), changed(**BARE)).draft.text)
    again = bring(ledger, changed(lines=RENAMED, **BARE))
    assert (again.draft, codes(again.problems)) == (None, ["B408"])
    assert "2 of 2 lines" in again.problems[0].message
    assert "--skip-repeats" in again.problems[0].hint
    skipped = bring(ledger, changed(lines=RENAMED, **BARE), asked=Asked(skip_repeats=True))
    assert (skipped.draft, skipped.lines, skipped.problems) == (None, (), ())
    kept = bring(ledger, changed(lines=RENAMED, **BARE), asked=Asked(frozenset({"B408"})))
    assert kept.lines == ("X1", "X2")
    assert '  accepted: "B408"' in kept.draft.text
    assert [p.severity for p in kept.problems] == ["warning"]


def test_a_day_with_the_same_amounts_under_other_words_is_a_repeat():
    ledger = book(bring(book(), changed(**BARE)).draft.text)
    other = tuple(replace(line, text=f"other words {line.id}") for line in RENAMED)
    assert codes(bring(ledger, changed(lines=other, **BARE)).problems) == ["B408"]
    more = (*other, replace(other[1], id="X3", amount=Decimal(7)))  # that day is not the same
    assert "1 line" in bring(ledger, changed(lines=more, **BARE), asked=Asked(skip_repeats=True)).notes[0]


def test_a_second_purchase_that_the_balances_prove_is_no_repeat():
    ledger = book(bring(book()).draft.text)
    same = replace(LINES[1], id="9", date=APRIL_30)
    first = book(bring(book(), changed(lines=(*LINES, same), closing=Decimal("2487.50"))).draft.text)
    next_day = changed(
        lines=(replace(same, id="10"),),
        begin=APRIL_30,
        end=APRIL_30,
        opening=Decimal("2487.50"),
        closing=Decimal("3687.50"),
    )
    assert codes(bring(first, next_day).problems) == []
    assert codes(bring(first, replace(next_day, opening=None, closing=None)).problems) == ["B408"]
    assert codes(bring(ledger, changed()).problems) == []


def test_a_file_that_was_edited_since():
    ledger = book(bring(book()).draft.text)
    edited = changed(lines=(replace(LINES[0], id="7", amount=Decimal("-21.50")), LINES[1]))
    found = bring(ledger, edited)
    assert (found.draft, codes(found.problems)) == (None, ["B409"])
    assert "changed since" in found.problems[0].message
    other_name = bring(ledger, edited, received="selection.ofx")
    assert [(p.code, p.severity) for p in other_name.problems] == [("B409", "warning")]
    assert bring(ledger, edited, asked=Asked(frozenset({"B409"}))).draft is not None


def test_a_file_of_another_account_is_known_by_its_lines():
    text = bring(book()).draft.text.replace("Assets:Bank:Current", "Assets:Bank:Euro").replace("GBP", "EUR")
    found = bring(book(text), changed(currency="", **BARE))
    assert [(p.code, p.message) for p in found.problems] == [
        ("B406", "2 of its 2 lines stand on Assets:Bank:Euro, under the same ids")
    ]


def test_a_file_imported_before_under_another_name():
    ledger = book(bring(book()).draft.text)
    again = bring(ledger, received="copy.ofx")
    assert (again.draft, again.lines) == (None, ())
    assert again.notes == ("the same file was imported before as statements/2026-04.ofx (CUR-2026-04)",)


def test_several_statements_of_a_file():
    may = changed(
        lines=(BankLine("3", date(2026, 5, 3), Decimal(1), "X"),),
        begin=date(2026, 5, 1),
        end=date(2026, 5, 31),
        opening=Decimal("1287.50"),
        closing=Decimal("1288.50"),
    )
    found = import_draft(book(), BANK, may, FILE, file="f", sha256="9", today=TODAY)
    assert (found.statements, found.lines) == (("CUR-2026-04", "CUR-2026-05"), ("1", "2", "3"))
    assert (found.opening, found.closing, found.ties) == (Decimal("100.00"), Decimal("1288.50"), True)
    assert check_reconcile(book(found.draft.text)) == []
    gap = import_draft(book(), BANK, FILE, replace(may, opening=Decimal(5)), file="f", sha256="9", today=TODAY)
    assert [p.message for p in gap.problems] == ["one statement of the file closes with 1287.50, the next opens with 5"]
    assert gap.ties is False


def test_without_any_balance_there_is_no_balance_per_statement():
    bare = book(bring(book(), changed(**BARE)).draft.text)
    recon = state(bare, BANK, APRIL_30)
    assert not recon.is_stated
    assert "No balance stated" in str(statement_table(bare, recon).rows[0])
    stated = book(bring(book()).draft.text)
    assert state(stated, BANK, APRIL_30).is_stated


@given(st.lists(st.tuples(DAYS, PENCE), min_size=1, max_size=8), st.integers(1, 7))
def test_any_two_overlapping_exports_make_one_whole(drawn, cut):
    drawn.sort()
    lines = tuple(
        BankLine(f"id{at}", date(2026, 4, day), Decimal(pence) / 100, "x") for at, (day, pence) in enumerate(drawn)
    )

    def export(part):
        before = sum((line.amount for line in lines if line.date < part[0].date), Decimal(5))
        within = tuple(line for line in lines if part[0].date <= line.date <= part[-1].date)
        total = sum((line.amount for line in within), Decimal(0))
        return changed(lines=within, begin=part[0].date, end=part[-1].date, opening=before, closing=before + total)

    text = ""
    for part in (lines[: cut + 1], lines[max(0, cut - 2) :] or lines[-1:], lines):
        draft = bring(book(text), export(part)).draft
        text += draft.text if draft else ""
    ledger = book(text)
    assert check_reconcile(ledger) == []
    assert len(read_bank(ledger, BANK).lines) == len(lines)
    end = lines[-1].date + timedelta(1)
    assert state(ledger, BANK, end).statement == 500 + sum(int(line.amount * 100) for line in lines)


def test_an_entry_taken_back_before_the_bank_saw_it_waits_for_nothing():
    text = """
2026-04-01 open Assets:Bank GBP
  role: "bank"
2026-04-01 open Income:Sales
2026-04-02 * "Ann" "posted by mistake"
  ref: "RCT-0001"
  Assets:Bank   50.00 GBP
  Income:Sales
2026-04-03 * "Ann" "taken back"
  ref: "REV-0001"
  type: "reversal"
  reverses: "RCT-0001"
  Assets:Bank  -50.00 GBP
  Income:Sales
2026-04-30 custom "statement" "BAN-2026-04" Assets:Bank 50.00 GBP
  opening: 0.00 GBP
  from: 2026-04-01
2026-04-03 custom "statement-line" "BAN-2026-04" "L1" 50.00 GBP "ANN"
"""
    ledger = Ledger([parse(Source("t.beancount", text.encode()))], Entity("Acme", "GBP", (3, 31), None))
    recon = state(ledger, "Assets:Bank", date(2026, 4, 30))
    assert not recon.lodgements
    assert not recon.unpresented
    assert recon.difference == sum(item.amount for item in recon.unrecorded) == 5000
    early = state(ledger, "Assets:Bank", date(2026, 4, 2))
    assert [item.id for item in early.lodgements] == ["RCT-0001"]
    proposal = propose(ledger, "Assets:Bank")
    assert not proposal.matched
    assert "take each other back" in proposal.suggested[0].why
    assert not proposal.unmatched_entries


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_says_how_far_it_has_come_and_wipes_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    say = progress("matching")
    assert say is not None
    say(0, 400)
    assert not screen.getvalue()
    say(2000, 40000)
    assert screen.getvalue().endswith("matching: 2,000 of 40,000")
    say(40000, 40000)
    assert screen.getvalue().endswith("\r\x1b[K")


def test_nothing_is_said_of_long_work_in_a_pipe_or_on_a_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setenv("TERM", "xterm")
    assert progress("matching") is None
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setenv("TERM", "dumb")
    assert progress("matching") is None
