"""Approval by a second person, its ssh signature, and the trial balance with adjustments."""

import subprocess
from datetime import date

import pytest

from acctkit.audit import read_chain
from acctkit.audit.approval import approving, propose_approval, waiting
from acctkit.books import pen
from acctkit.books.covers import check_approved
from acctkit.books.new import NewBooks, create
from acctkit.books.proof import prove
from acctkit.books.reader import open_books
from acctkit.books.root import find_root
from acctkit.books.signing import is_signed, sign, signers_of
from acctkit.cli.load import checks
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.writer import Draft
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Refusal
from acctkit.reports.adjustments import adjusted
from acctkit.reports.trial_balance import trial_balance

TODAY = date(2026, 5, 6)
RULE = '\n[approval]\nabove = "500.00"\naccounts = ["Liabilities:Loans"]\nsince = 2026-05-01\n'


def writer(who):
    return pen.Writer(who, TODAY, "2026-05-06T09:00:00Z")


@pytest.fixture
def root(tmp_path):
    create(tmp_path, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    settings = tmp_path / "acct.toml"
    settings.write_text(settings.read_text() + RULE)
    chart = tmp_path / "journals" / "chart.beancount"
    chart.write_text(chart.read_text() + "\n2026-04-01 open Liabilities:Loans:Bank GBP\n")
    return find_root(str(tmp_path), {}, tmp_path)


def post(root, ref, amount, day="2026-05-02", account="Expenses:Rent", who="jo"):
    text = f'{day} * "x"\n  ref: "{ref}"\n  {account}  {amount} GBP\n  Assets:Bank:Current  -{amount} GBP\n'
    pen.append(root, lambda _: Draft((text,)), writer(who))


def approve(root, ref, who, signature=""):
    books = open_books(root, ())
    what = approving(books.ledger, read_chain(books.stream), ref, who, TODAY)
    pen.append(root, lambda _: propose_approval(what, signature or sign(root.folder, what.words)), writer(who))


def found(root):
    return [p.message for p in check_approved(open_books(root, ()).ledger, root)]


def waits(root):
    books = open_books(root, ())
    return [books.ledger.name(entry) for entry, _ in waiting(books.ledger, read_chain(books.stream))]


def test_what_is_large_or_on_an_account_named_waits_for_a_second_person(root):
    post(root, "A", "500.00")
    post(root, "B", "499.99")
    post(root, "C", "1.00", account="Liabilities:Loans:Bank")
    post(root, "D", "900.00", day="2026-04-30")
    assert waits(root) == ["A", "C"]
    assert found(root) == [
        "A is not approved: its debits are 500.00, from 500.00 on",
        "C is not approved: it touches Liabilities:Loans:Bank",
    ]
    approve(root, "A", "sam")
    approve(root, "C", "sam")
    assert (waits(root), found(root)) == ([], [])


def test_poster_and_approver_differ(root):
    post(root, "A", "500.00", who="jo")
    for who, ref in (("jo", "A"), ("sam", "Z")):
        with pytest.raises(Refusal):
            approve(root, ref, who)
    approve(root, "A", "sam")
    with pytest.raises(Refusal):
        approve(root, "A", "kim")


@pytest.mark.parametrize(
    ("by", "who", "entry", "said"),
    [
        ("sam", "jo", "", "it names sam, and jo wrote it"),
        ("jo", "jo", "", "jo posted the entry as well"),
        ("sam", "sam", "0" * 64, "the entry is not the one that was approved"),
    ],
)
def test_an_approval_written_by_hand_does_not_hold(root, by, who, entry, said):
    post(root, "A", "500.00", who="jo")
    books = open_books(root, ())
    what = approving(books.ledger, read_chain(books.stream), "A", "sam", TODAY)
    what = what._replace(who=by, sha256=entry or what.sha256)
    pen.append(root, lambda _: propose_approval(what, ""), writer(who))
    assert found(root)[0] == f"the approval of A does not hold: {said}"
    assert waits(root) == ["A"]


def key(folder, name):
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return path


def git(root, *words):
    subprocess.run(["git", *words], cwd=root.folder, check=True, capture_output=True)


def test_a_signature_is_checked_by_verify(root, tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys")
    sam, eve = key(keys, "sam"), key(keys, "eve")
    git(root, "init", "-q")
    git(root, "config", "gpg.format", "ssh")
    git(root, "config", "user.signingkey", str(sam))
    (root.folder / "signers").write_text(f"sam {sam.with_suffix('.pub').read_text()}")
    root.settings.write_text(root.settings.read_text() + 'signers = "signers"\n')
    post(root, "A", "500.00")
    post(root, "B", "500.00")
    approve(root, "A", "sam")

    def proved():
        proof = prove(open_books(root, checks()), [])
        (part,) = [one for one in proof.looked if one.what == "Approvals hold"]
        return part.extent, [p.message for p in part.differences]

    assert proved() == ("1 approval, 1 signed", [])
    git(root, "config", "user.signingkey", str(eve))
    approve(root, "B", "sam")
    assert proved() == ("2 approvals, 2 signed", ["the approval of B is not signed with a key of sam"])


def test_signing(root, tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys")
    sam = key(keys, "sam")
    git(root, "init", "-q")
    assert sign(root.folder, b"words") == ""  # git does not sign with ssh
    git(root, "config", "gpg.format", "ssh")
    git(root, "config", "user.signingkey", str(sam))
    signature = sign(root.folder, b"words")
    signers = keys / "signers"
    signers.write_text(f"sam {sam.with_suffix('.pub').read_text()}")
    assert is_signed(signers, "sam", b"words", signature)
    assert not is_signed(signers, "sam", b"other words", signature)
    assert not is_signed(signers, "jo", b"words", signature)
    assert not is_signed(signers, "sam", b"words", "garbage")
    git(root, "config", "user.signingkey", str(keys / "missing"))
    with pytest.raises(Refusal):
        sign(root.folder, b"words")
    for named in ("../signers", "missing", str(signers)):
        with pytest.raises(Refusal):
            signers_of(root.folder, named)


# Adjustments.

OPENS = """\
2026-01-01 open Assets:Bank GBP
2026-01-01 open Expenses:Rent GBP
2026-01-01 open Liabilities:Accruals GBP
"""


def entry(ref, amount, kind, credit="Assets:Bank", more=""):
    return (
        f'2026-03-31 * "x"\n  type: "{kind}"\n  ref: "{ref}"\n{more}  Expenses:Rent  {amount} GBP\n'
        f"  {credit}  {-amount} GBP\n"
    )


def test_the_trial_balance_before_and_after_adjustments():
    text = OPENS + entry("J", 100, "journal") + entry("A1", 30, "adjustment", "Liabilities:Accruals")
    text += entry("A2", -10, "adjustment") + entry("R", 10, "reversal", more='  reverses: "A2"\n')
    ledger = Ledger([parse(Source("x", text.encode()))], Entity("Acme", "GBP", (3, 31)))
    rows, entries = adjusted(ledger, trial_balance(ledger, None, date(2026, 3, 31)))
    assert {one.account: one[2:] for one in rows} == {
        "Assets:Bank": (-10000, 1000, 1000, -10000),
        "Expenses:Rent": (10000, 4000, 1000, 13000),
        "Liabilities:Accruals": (0, 0, 3000, -3000),
    }
    assert [ledger.name(one) for one in entries] == ["A1", "A2", "R"]
    assert sum(one.debit for one in rows) == sum(one.credit for one in rows)


@pytest.mark.parametrize("name", ["1.beancount", "zz.beancount"])
def test_nobody_approves_what_stands_outside_the_stream(root, name):
    """No seal says who typed it, whatever the name of the file."""
    post(root, "A", "500.00", who="jo")
    text = '2026-05-02 * "x"\n  ref: "B"\n  Expenses:Rent  900 GBP\n  Assets:Bank:Current  -900 GBP\n'
    root.file.with_name(name).write_text(text)
    root.file.write_text(root.file.read_text() + f'include "{name}"\n')
    with pytest.raises(Refusal, match=f"B stands in .*{name}, where acct posts nothing: no seal says who wrote it"):
        approve(root, "B", "sam")
    approve(root, "A", "sam")
