"""A sitting at a bank account: decisions are appended at once, refused where the books moved on, and taken back."""

from datetime import date

import pytest

from acctkit.cli.context import Context
from acctkit.cli.reconciling import (
    Sitting,
    accept,
    apart_in_words,
    ask,
    candidates,
    find_posting,
    post,
    queries,
    split,
    words_of,
)
from acctkit.documents import reversal
from acctkit.journal.writer import Draft
from acctkit.problem import Refusal
from acctkit.reconcile import read_bank
from test_prompt import books, ledger_of, matches  # noqa: F401 - the fixture

ACCOUNT = "Assets:Bank:Current"
VOIDED = """\
2026-04-20 * "Acme Ltd" "cheque 000229"
  ref: "PAY-0031"
  cheque: "000229"
  Assets:Bank:Current  -425.00 GBP
  Expenses:Stationery
2026-04-21 * "Acme Ltd" "void cheque 000229"
  ref: "RCT-0032"
  cheque: "000229"
  Assets:Bank:Current  425.00 GBP
  Expenses:Stationery
"""


@pytest.fixture
def sitting(books):  # noqa: F811 - the fixture
    return Sitting(Context(None, date(2026, 5, 10), 100, is_terminal=True, colour=False, can_ask=True), ACCOUNT, None)


def row_of(proposal, name):
    return next(row for row in proposal.unmatched_lines if row.line.id == name)


def named(proposal, row, *names):
    return next(one for one in candidates(proposal, row) if one.names == names)


def test_what_another_process_matched_meanwhile_is_refused(sitting, books):  # noqa: F811
    proposal = sitting.proposal()
    row = row_of(proposal, "L3")
    chosen = accept(sitting, proposal, row, named(proposal, row, "RCT-0013"))
    Sitting(sitting.context, ACCOUNT, None).write(chosen)
    with pytest.raises(Refusal, match="L3 is matched already: it was matched meanwhile"):
        sitting.write(accept(sitting, proposal, row, named(proposal, row, "RCT-0014")))
    with pytest.raises(Refusal, match="L3 was matched meanwhile"):
        sitting.write(post(sitting, proposal, row, find_posting(sitting.ledger(), row, "Income:Design", "", "", "x")))
    assert sitting.written == []
    assert matches(ledger_of(books)) == [("L3", "RCT-0013")]


def test_an_entry_that_was_reversed_meanwhile_is_refused(sitting, books):  # noqa: F811
    proposal = sitting.proposal()
    row = row_of(proposal, "L3")
    sitting.append(lambda ledger: reversal(ledger, "RCT-0013", date(2026, 4, 29), "not ours"))
    with pytest.raises(Refusal, match="RCT-0013 and REV-0001 take each other back"):
        sitting.write(accept(sitting, proposal, row, named(proposal, row, "RCT-0013")))


def test_one_part_of_a_split_is_taken_back_and_its_sibling_stays(sitting, books):  # noqa: F811
    proposal = sitting.proposal()
    row = row_of(proposal, "L3")
    one, other = (named(proposal, row, name).entries[0] for name in ("RCT-0013", "RCT-0014"))
    sitting.write(split(sitting, proposal, row, [(one, 2000), (other, 3000)]))
    made = words_of(read_bank(ledger_of(books), ACCOUNT), "L3")
    assert [record.text(2) for record in made] == ["RCT-0013", "RCT-0014"]
    assert sitting.take_back([("reconcile", *made[0].values)], "the wrong half") == []
    assert matches(ledger_of(books)) == [("L3", "RCT-0014")]
    bank = read_bank(ledger_of(books), ACCOUNT)
    assert {line.id: bank.open_line(line) for line in bank.lines}["L3"] == 2000
    assert len(sitting.written[-1][1]) == 1
    with pytest.raises(Refusal, match="undone meanwhile"):
        sitting.take_back([("reconcile", *made[0].values)])


def test_an_entry_posted_for_a_line_is_reversed_with_its_match_or_neither_is(sitting, books):  # noqa: F811
    proposal = sitting.proposal()
    row = row_of(proposal, "L2")
    ledger = sitting.ledger()
    done = sitting.write(post(sitting, proposal, row, find_posting(ledger, row, "Expenses:Stationery", "", "", "Fees")))
    assert done.refs == ["PAY-0001"]
    record = words_of(read_bank(ledger_of(books), ACCOUNT), "L2")[0]
    assert sitting.take_back([("reconcile", *record.values)], "not ours") == ["REV-0001"]
    ledger = ledger_of(books)
    assert matches(ledger) == []
    assert ledger.entry("REV-0001").narration == "Reversal of PAY-0001: not ours"
    assert sitting.written == []


def test_in_a_locked_period_the_reversal_is_dated_today(sitting, books):  # noqa: F811
    proposal = sitting.proposal()
    row = row_of(proposal, "L2")
    sitting.write(post(sitting, proposal, row, find_posting(sitting.ledger(), row, "Expenses:Stationery", "", "", "x")))
    stream = books.folder / "journals" / "2026" / "2026-05.beancount"
    stream.write_text(stream.read_text() + '\n2026-05-02 custom "lock" "hard" 2026-04-30\n')
    sitting.take_back(sitting.written[-1][1], "not ours")
    assert ledger_of(books).entry("REV-0001").date == date(2026, 5, 10)


def test_a_question_stands_until_it_is_taken_back(sitting):
    proposal = sitting.proposal()
    row = row_of(proposal, "L4")
    sitting.write(ask(sitting, row, "owner", "what is it?"))
    assert [record.text(2) for record in queries(sitting.ledger(), row)] == ["what is it?"]
    sitting.take_back(sitting.written[-1][1])
    assert queries(sitting.ledger(), row) == []


def test_entries_that_cancel_each_other_are_told(sitting, books):  # noqa: F811
    stream = books.folder / "journals" / "2026" / "2026-05.beancount"
    stream.write_text(stream.read_text() + "\n" + VOIDED)
    assert apart_in_words(sitting.proposal()) == [
        "PAY-0031 and RCT-0032 cancel each other in the books: set apart",
    ]


def test_an_entry_of_two_matches_is_reversed_with_the_last(sitting, books):  # noqa: F811
    stream = books.folder / "journals" / "2026" / "2026-05.beancount"
    stream.write_text(
        stream.read_text()
        + """
2026-04-29 * "Charges"
  type: "payment"
  ref: "PAY-0001"
  Assets:Bank:Current  -6.00 GBP
  Expenses:Stationery

2026-05-01 custom "reconcile" "CUR-2026-04" "L2" "PAY-0001" -2.00 GBP
  method: "rule"
2026-05-01 custom "reconcile" "CUR-2026-04" "L2" "PAY-0001" -4.00 GBP
  method: "rule"
"""
    )
    one, other = words_of(read_bank(ledger_of(books), ACCOUNT), "L2")
    assert sitting.take_back([("reconcile", *one.values)], "no") == []
    assert sitting.take_back([("reconcile", *other.values)], "no") == ["REV-0001"]
    assert matches(ledger_of(books)) == []


def test_a_match_with_an_entry_that_was_there_leaves_it(sitting, books):  # noqa: F811
    said = ('2026-05-01 custom "reconcile" "CUR-2026-04" "L3" "RCT-0013" 50.00 GBP\n  method: "rule"',)
    sitting.append(lambda _: Draft(said))
    (made,) = words_of(read_bank(ledger_of(books), ACCOUNT), "L3")
    assert sitting.take_back([("reconcile", *made.values)], "another one") == []
    assert ledger_of(books).entry("RCT-0013") is not None
    assert matches(ledger_of(books)) == []
