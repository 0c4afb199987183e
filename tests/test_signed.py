"""Reconciliations that were signed: by whom they can be, what is signed, and whether it still comes out the same."""

import hashlib
import json
import subprocess
from datetime import date

import pytest
from hypothesis import given, settings

from acctkit.cli import run
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.reconcile import check_signed, signed_hash, signed_text, state
from test_reconcile import BANK, DAYS, book, books
from test_statement import JOURNAL, PUT_RIGHT, WRONG

TEXT = """\
acct reconciliation 1
account\tAssets:Bank
currency\tGBP
as-of\t2026-04-30
statement\t4.00
bank-error\t2026-04-03\tL2\t\t-6.00\tRENT\t66 for 60
bank-error\t2026-04-04\tL3\t\t-30.00\tDIRECT DEBIT\tnot ours
adjusted\t40.00
books\t40.00
difference\t0.00
"""
SIGN = ("reconcile", "1200", "--statement", "BAN-2026-04", "--sign")
REVIEW = (*SIGN, "--as", "reviewer")
LATE = '2026-04-09 * "Bob" "Late"\n  ref: "RCT-0002"\n  Assets:Bank  5.00 GBP\n  Income:Sales\n'


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2026-06-10")
    monkeypatch.setenv("ACCT_USER", "jo")
    monkeypatch.setenv("ACCT_BOOK", "t.beancount")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "t.beancount"
    path.write_text(JOURNAL + WRONG + PUT_RIGHT)
    return path


@pytest.fixture
def by(monkeypatch, capsys):
    """Run a command as somebody; gives what it printed."""

    def command(who, *arguments, code=0):
        monkeypatch.setenv("ACCT_USER", who)
        assert run(list(arguments)) == code
        return capsys.readouterr()

    return command


def answer(by, *arguments, code=0):
    return json.loads(by("jo", *arguments, "-O", "json", code=code).out, parse_float=pytest.fail)


def verified(by, code=0):
    found = answer(by, "audit", "verify", code=code)
    (looked,) = [one for one in found["checks"] if one["what"] == "Reconciliations as signed"]
    return looked["extent"], [one for one in found["differences"] if one["code"] == "A611"]


def test_a_name_with_blanks_is_one_name_and_cannot_review_itself(written, by):
    by("Jo Bell", *SIGN)
    for who in ("Jo Bell", "JoBell", " Jo\tBell\x1b"):
        assert "JoBell has prepared" in by(who, *REVIEW, code=2).err
    by("Sam Orr", *REVIEW)
    assert verified(by) == ("2 signatures, 0 with a key", [])


def test_two_people_sign_what_is_hashed(written, by):
    by("jo", *SIGN)
    by("sam", *REVIEW)
    found = answer(by, "reconcile", "--statement", "BAN-2026-04")
    assert list(found)[:5] == ["schema", "problems", "entity", "account", "id"]
    assert (found["schema"], found["id"]) == ("acctkit.reconciliation/1", "BAN-2026-04")
    assert found["prepared"] == {"by": "jo", "date": "2026-06-10", "changed_since": False}
    assert found["reviewed"] == {"by": "sam", "date": "2026-06-10", "changed_since": False}
    assert found["text"] == TEXT
    assert found["sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert written.read_text().count(f'  sha256: "{found["sha256"]}"') == 2
    assert "  bank-errors: -36.00 GBP\n" in written.read_text()
    shown = by("jo", "reconcile", "--statement", "BAN-2026-04").out
    assert "Prepared by jo" in shown
    assert "Reviewed by sam" in shown
    assert verified(by) == ("2 signatures, 0 with a key", [])
    assert answer(by, "check")["ok"]


@pytest.mark.parametrize(
    ("who", "words", "said"),
    [
        ("jo", REVIEW, "nobody has prepared"),
        ("jo", (*SIGN, "--as", "owner"), "nobody signs as owner"),
        ("jo", (*SIGN, "--reason", "x"), "no difference"),
        ("jo", ("reconcile", "1200", "--sign", "--as-of", "2026-06-11"), "not over"),
        ("jo", ("reconcile", "1200", "--sign", "--as-of", "2026-03-31"), "no statement"),
        ("jo", ("reconcile", "1200", "--sign"), "which day"),
        ("jo", ("reconcile", "--sign", "--as-of", "2026-04-30"), "which account"),
        ("jo", ("reconcile", "Income:Sales", "--sign", "--as-of", "2026-04-30"), "no statement of Income:Sales"),
        ("jo", ("reconcile", "1200", "--statement", "BAN-2026-4", "--sign"), "there is no statement BAN-2026-4"),
        ("jo", ("reconcile", "1200", "--statement", "BAN-2026-04", "--as", "reviewer"), "belong to --sign"),
        ("jo", ("reconcile", "1200", "x.csv", "--statement", "BAN-2026-04"), "import and match first"),
    ],
)
def test_what_cannot_be_signed(written, by, who, words, said):
    before = written.read_bytes()
    shown = by(who, *words, code=2)
    assert (shown.out, said in shown.err, written.read_bytes()) == ("", True, before)


def test_a_difference_is_signed_with_its_reason_only(written, by):
    written.write_text(JOURNAL)
    shown = by("jo", *SIGN, code=2)
    assert "the difference is -36.00" in shown.err
    by("jo", *SIGN, "--reason", "the bank is asked")
    assert '  difference: -36.00 GBP\n  reason: "the bank is asked"\n' in written.read_text()


def test_nobody_reviews_their_own_work_or_signs_twice(written, by):
    by("jo", *SIGN)
    assert "jo has prepared" in by("jo", *REVIEW, code=2).err
    assert "jo has signed" in by("sam", *SIGN, code=2).err
    by("sam", *REVIEW)
    assert "sam has signed" in by("eve", *REVIEW, code=2).err


def test_books_with_errors_are_not_signed(written, by):
    written.write_text(written.read_text() + '2026-05-01 * "x"\n  Assets:Bank  1 GBP\n  Income:Sales  1 GBP\n')
    before = written.read_bytes()
    shown = by("jo", *SIGN, code=1)
    assert (shown.out, "errors" in shown.err, written.read_bytes()) == ("", True, before)


def test_a_dry_run_signs_nothing(written, by):
    before = written.read_bytes()
    assert 'custom "signed" Assets:Bank 2026-04-30 "preparer" "jo"' in by("jo", *SIGN, "--dry-run").out
    assert written.read_bytes() == before


def test_what_is_known_later_leaves_the_signature_as_it_was(written, by, tmp_path):
    by("jo", *SIGN)
    (tmp_path / "late.beancount").write_text(LATE)
    by("jo", "post", "late.beancount")
    assert verified(by) == ("1 signature, 0 with a key", [])
    found = answer(by, "reconcile", "--statement", "BAN-2026-04")
    assert found["prepared"]["changed_since"]
    assert found["lodgements"][0] | {"file": "", "line": 0} == {
        "id": "RCT-0002", "date": "2026-04-09", "days": 21, "amount": "5.00", "text": "Bob Late", "cheque": "",
        "stale": False, "cleared": None, "file": "", "line": 0,
    }  # fmt: skip
    assert "jo looks at it again" in by("sam", *REVIEW, code=2).err
    by("eve", *SIGN)
    by("jo", *REVIEW)
    assert "Prepared by eve" in by("jo", "reconcile", "--statement", "BAN-2026-04").out
    assert verified(by) == ("3 signatures, 0 with a key", [])


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("-60.00", "-61.00", "per books 40.00 was signed, and 39.00 comes out"),
        ('"L1" 100.00 GBP "ANN"', '"L1" 99.00 GBP "ANN"', "an item of it does not"),
        ('"66 for 60"', '"66 for 61"', "its figures come out the same, but an item of it does not"),
        ("  per-books: 40.00 GBP", "  per-books: 41.00 GBP", "per books 41.00 was signed, and 40.00 comes out"),
        ("  per-books: 40.00 GBP\n", "", "per books 40.00 comes out, and none was signed"),
        ('"preparer" "jo"', '"preparer" "eve"', "jo wrote it"),
        ('"preparer" "jo"', '"owner" "jo"', "nobody signs as owner"),
        ('"preparer" "jo"', '"reviewer" "jo"', "nobody had prepared it"),
    ],
)
def test_an_altered_reconciliation_is_found(written, by, was, now, said):
    by("jo", *SIGN)
    text = written.read_text()
    assert text.count(was) >= 1
    written.write_text(text.replace(was, now))
    _, problems = verified(by, code=1)
    assert any(said in one["message"] for one in problems)
    line = written.read_text().splitlines()[problems[0]["line"] - 1]
    assert (problems[0]["file"], 'custom "signed"' in line) == ("t.beancount", True)


def test_an_alteration_is_found_with_commit_and_author_though_all_was_sealed_anew(written, by, tmp_path):
    def git(*words):
        name = {f"GIT_{role}_{key}": "Jo" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        subprocess.run(["git", *words], check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **name})

    by("jo", *SIGN)
    signed = written.read_text()
    unsealed = "".join(line for line in signed.splitlines(keepends=True) if not line.startswith("; seal"))
    written.write_text(unsealed.replace("-60.00", "-61.00"))
    by("jo", "seal")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "books")
    found = answer(by, "audit", "verify", code=1)
    assert [one["code"] for one in found["differences"]] == ["A611"]
    (related,) = found["differences"][0]["related"]
    assert related["message"].startswith("committed in ")
    assert " by Jo " in related["message"]


def test_a_signature_with_a_key(written, by, tmp_path):
    key = tmp_path / "jo"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "signers").write_text(f"jo {key.with_suffix('.pub').read_text()}")
    signers = str(tmp_path / "signers")
    kept = {"gpg.format": "ssh", "user.signingkey": str(key), "gpg.ssh.allowedSignersFile": signers}
    subprocess.run(["git", "init", "-q"], check=True)
    for name, value in kept.items():
        subprocess.run(["git", "config", name, value], check=True)
    by("jo", *SIGN)
    assert '  signature: "' in written.read_text()
    assert verified(by) == ("1 signature, 1 with a key", [])
    lines = written.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith("  signature:"))
    written.write_text("".join([*lines[:at], '  signature: "' + "A" * 300 + '"\n', *lines[at + 1 :]]))
    assert any("not signed with a key of theirs" in one["message"] for one in verified(by, code=1)[1])
    subprocess.run(["git", "config", "--unset", "gpg.ssh.allowedSignersFile"], check=True)
    assert any("no file of signers" in note for note in answer(by, "audit", "verify", code=1)["notes"])


def test_the_text_is_the_same_whatever_the_order_of_its_items():
    lines = [f'2026-04-05 * "p{n}" "x"\n  ref: "R{n}"\n  Assets:Bank  {n}.00 GBP\n  Income:Sales\n' for n in (3, 1, 2)]
    made = []
    for texts in (lines, lines[::-1]):
        source = Source("t.beancount", (JOURNAL + "".join(texts)).encode())
        ledger = Ledger([parse(source)], Entity("Acme", "GBP", (3, 31), None))
        made.append(signed_text(state(ledger, "Assets:Bank", date(2026, 4, 30))))
    assert made[0] == made[1]
    assert made[0].count("lodgement") == 3


@pytest.mark.parametrize(
    "more",
    [
        (
            "2026-01-01 open Assets:Bank:Pot GBP\n"
            '2026-04-05 * "To the pot"\n  ref: "TRF-1"\n  Assets:Bank:Pot  7.00 GBP\n  Income:Sales\n'
            '2026-04-30 custom "statement" "POT-1" Assets:Bank:Pot 7.00 GBP\n'
        ),
        (
            "2026-01-01 open Equity:Opening GBP\n2026-01-01 pad Assets:Bank Equity:Opening\n"
            "2026-04-01 balance Assets:Bank 3.00 GBP\n"
        ),
        (
            "2026-01-01 open Assets:Shares\n"
            '2026-04-05 * "Buy"\n  Assets:Shares  2 X {3.00 GBP}\n  Income:Sales\n'
            '2026-04-06 * "Sell"\n  Assets:Shares  -1 X {}\n  Assets:Bank\n'
        ),
        (
            '2026-04-05 * "Ann" "x"\n  ref: "R1"\n  Assets:Bank  1.00 GBP\n  Income:Sales\n'
            '2026-04-06 custom "amend" "R1"\n  cheque: "77"\n'
        ),
    ],
    ids=["an account below", "a pad", "lots", "an amendment"],
)
def test_whatever_makes_a_balance_is_known_again(written, by, more):
    written.write_text(JOURNAL + WRONG + more)
    by("jo", *SIGN)
    assert verified(by) == ("1 signature, 0 with a key", [])


@settings(max_examples=40)
@given(books(), DAYS, books())
def test_a_signature_holds_whatever_is_written_after_it(before, day, after):
    at = date(2026, 4, day)
    recon = state(book(before), BANK, at, "GBP")
    money = recon.unit.text
    signed = (
        f'2026-06-01 custom "signed" {BANK} {at} "preparer" "jo"\n  per-statement: {money(recon.statement)} GBP\n'
        f"  lodgements: {money(recon.lodgements_total)} GBP\n  unpresented: {money(recon.unpresented_total)} GBP\n"
        f"  bank-errors: {money(recon.bank_errors_total)} GBP\n  per-books: {money(recon.books)} GBP\n"
        f'  difference: {money(recon.unexplained)} GBP\n  sha256: "{signed_hash(recon)}"\n'
    )
    assert check_signed(book(before, signed, after)) == []
    if recon.books:
        wrong = signed.replace(f"per-books: {money(recon.books)}", "per-books: 0.00")
        assert [problem.code for problem in check_signed(book(before, wrong, after))] == ["A611"]
