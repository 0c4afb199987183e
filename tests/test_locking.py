"""Closing periods: what `acct lock` writes, refuses and lists, and what is posted into a soft lock all the same."""

from datetime import date

import pytest

from acctkit.audit import check_locks, locking, read_chain
from acctkit.audit.locks import HARD, SOFT, exceptions
from acctkit.books import pen
from acctkit.books.new import NewBooks, create
from acctkit.books.reader import open_books
from acctkit.books.root import Root, find_root
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.writer import Draft
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.posting import reasoned
from acctkit.problem import Refusal

OPENS = "2026-01-01 open Assets:Bank\n2026-01-01 open Expenses:Rent\n"
RENT = '2026-04-14 * "Rent"\n  ref: "JNL-0001"\n  Expenses:Rent  5 GBP\n  Assets:Bank\n'
TODAY = date(2026, 5, 4)
WRITER = pen.Writer("jo@acme.example", TODAY, "2026-05-04T09:00:00Z")
APRIL, MARCH = date(2026, 4, 30), date(2026, 3, 31)


def book(*texts):
    source = Source("x.beancount", "\n".join((OPENS, *texts)).encode())
    return Ledger([parse(source)], Entity("Acme", "GBP"))


def refused(call, *arguments):
    with pytest.raises(Refusal) as found:
        call(*arguments)
    (problem,) = found.value.problems
    assert problem.hint
    return problem.message


def test_a_lock_is_written_and_works():
    for kind in (SOFT, HARD):
        draft = locking.propose_lock(book(), APRIL, kind, TODAY)
        assert draft.text == f'2026-05-04 custom "lock" "{kind}" 2026-04-30\n'
        assert [p.code for p in check_locks(book(draft.text, RENT))] == ["A603"]


def test_only_days_that_are_over_and_open_are_closed():
    assert refused(locking.propose_lock, book(), TODAY, SOFT, TODAY) == "2026-05-04 is not over yet"
    soft, hard = (locking.propose_lock(book(), APRIL, kind, TODAY).text for kind in (SOFT, HARD))
    for text, kind in ((soft, SOFT), (hard, HARD), (hard, SOFT)):
        for day in (MARCH, APRIL):
            assert "already" in refused(locking.propose_lock, book(text), day, kind, TODAY)
    assert locking.propose_lock(book(soft), APRIL, HARD, TODAY).texts


def test_a_soft_lock_is_undone_for_a_reason():
    soft, hard = (locking.propose_lock(book(), APRIL, kind, TODAY).text for kind in (SOFT, HARD))
    undo = locking.propose_unlock(book(soft), None, TODAY, "audit").text
    assert undo == '2026-05-04 custom "undo" "lock" "soft" 2026-04-30\n  reason: "audit"\n'
    assert check_locks(book(soft, undo, RENT)) == []
    assert "for a reason" in refused(locking.propose_unlock, book(soft), None, TODAY, "")
    assert refused(locking.propose_unlock, book(soft), MARCH, TODAY, "x") == "there is no soft lock up to 2026-03-31"
    assert refused(locking.propose_unlock, book(hard), None, TODAY, "x") == "there is no soft lock"


def test_an_entry_with_a_reason_is_an_exception_of_a_soft_lock_alone():
    soft, hard = (locking.propose_lock(book(), APRIL, kind, TODAY).text for kind in (SOFT, HARD))
    late = reasoned(Draft((RENT,)), "the auditor said so").text
    ledger = book(soft, late)
    assert (check_locks(ledger), [one.reason for one in exceptions(ledger)]) == ([], ["the auditor said so"])
    (line,) = locking.standing_locks(ledger, read_chain([]))
    assert [(one.locked, one.kind) for one in line.exceptions] == [(APRIL, SOFT)]
    table = locking.locks_table([line])
    assert table.rows[0].cells == ("soft", "2026-04-30", "2026-05-04", "not sealed", "1")
    assert table.notes == ("JNL-0001 dated 2026-04-14: the auditor said so",)
    assert table.subtitle == "the first open day is 2026-05-01"
    undo = locking.propose_unlock(ledger, None, TODAY, "audit").text
    assert [one.reason for one in exceptions(book(soft, late, undo))] == ["the auditor said so"]  # it stays one
    assert exceptions(book(soft, undo, late)) == exceptions(book(late, soft, undo)) == []
    assert check_locks(book(soft, RENT, undo)) == []
    assert exceptions(book(hard, late)) == []
    assert [p.code for p in check_locks(book(hard, late))] == ["A603"]


def test_the_reason_stands_under_the_header_of_each_entry_without_one():
    quoted = reasoned(Draft((f"; why\n{RENT}", '2026-04-14 custom "query" "x" "y" "z"\n')), 'say "so"')
    header = '2026-04-14 * "Rent"\n  reason: "say \\"so\\""\n'
    assert quoted.texts[0].startswith(f"; why\n{header}")
    assert quoted.texts[1] == '2026-04-14 custom "query" "x" "y" "z"\n'
    assert reasoned(quoted, "other") == quoted
    two_lines = reasoned(Draft(('2026-04-14 * "a\nb" "c"\n  Expenses:Rent  5 GBP\n  Assets:Bank\n',)), "why").text
    assert '"c"\n  reason: "why"\n' in two_lines


# What stands before the stream.


@pytest.mark.parametrize("name", ["2025.beancount", "archive/2025.beancount", "zz.beancount", "z/z/z.beancount"])
def test_a_lock_in_a_single_journal_closes_nothing_that_it_includes(tmp_path, name):
    file = tmp_path / "main.beancount"
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(RENT)
    file.write_text(f'include "{name}"\n{OPENS}')
    root = Root(file, None)
    pen.append(root, lambda ledger: locking.propose_lock(ledger, APRIL, HARD, TODAY), WRITER)
    assert open_books(root, ()).ledger.problems == []
    with pytest.raises(Refusal) as found:
        pen.append(root, lambda _: Draft((RENT.replace("0001", "0002"),)), WRITER)
    assert [problem.code for problem in found.value.problems] == ["X906", "A603"]


def test_a_lock_in_a_file_that_is_included_closes_the_journal(tmp_path):
    (tmp_path / "zz.beancount").write_text(locking.propose_lock(book(), APRIL, HARD, TODAY).text)
    file = tmp_path / "main.beancount"
    file.write_text(f'include "zz.beancount"\n{OPENS}{RENT}')
    codes = {problem.code for problem in open_books(Root(file, None), ()).ledger.problems}
    assert codes == {"A603"}


@pytest.mark.parametrize("name", ["old.beancount", "2020/deep/er/old.beancount"])
def test_a_lock_in_the_stream_closes_nothing_outside_it(tmp_path, name):
    create(tmp_path, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    root = find_root(str(tmp_path), {}, tmp_path)
    path = root.file.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OPENS + RENT)
    root.file.write_text(root.file.read_text() + f'include "{name}"\n')
    pen.append(root, lambda ledger: locking.propose_lock(ledger, APRIL, HARD, TODAY), WRITER)
    assert [p.code for p in open_books(root, ()).ledger.problems if p.code == "A603"] == []
