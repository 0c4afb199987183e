"""New books from old ones: the trial balance, the ageing and the bank are the same at the day, and work goes on."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

import faults
from acctkit.cli import run

HERE = Path(__file__).resolve().parent.parent
TODAY = "2026-04-08"
SETTINGS = '[entity]\nname = "Acme Design Ltd"\ncurrency = "GBP"\nyear-end = "03-31"\n'
CHART = """\
2025-04-01 open Assets:Bank:Current GBP
  role: "bank"
  nominal: "1200"
2025-04-01 open Assets:Bank:Euro EUR,GBP
  role: "bank"
2025-04-01 open Assets:Shares HOOL "FIFO"
2025-04-01 open Assets:Old GBP
2025-06-01 close Assets:Old
2025-04-01 open Assets:Debtors GBP,EUR
  role: "debtors"
2025-04-01 open Assets:Debtors:Exchange GBP
2025-04-01 open Liabilities:Creditors GBP
  role: "creditors"
2025-04-01 open Income:Sales GBP
2025-04-01 open Income:Exchange GBP
  role: "fx-gain"
2025-04-01 open Expenses:Costs GBP
2025-04-01 open Equity:Opening GBP
  role: "opening"
"""
JOURNAL = """\
2025-04-01 custom "customer" "ACME" "Acme Ltd"
  terms: "30 days"
2025-04-01 custom "supplier" "STAPLES" "Staples Ltd"
2025-05-01 * "Lots" ""
  type: "journal"
  ref: "JNL-0001"
  Assets:Shares      10 HOOL {12.50 GBP, "first"}
  Assets:Shares       4 HOOL {15.00 GBP}
  Assets:Bank:Current  -185.00 GBP
2025-06-01 * "Some sold"
  type: "journal"
  ref: "JNL-0002"
  Assets:Shares      -3 HOOL {12.50 GBP, "first"}
  Assets:Bank:Current    37.50 GBP
2025-07-01 * "Acme Ltd" "First" ^INV-0001
  type: "sales-invoice"
  ref: "INV-0001"
  party: "ACME"
  Assets:Debtors   1000.00 EUR @@ 850.00 GBP
  Income:Sales     -850.00 GBP
2025-07-20 * "Acme Ltd" "Paid" ^INV-0001
  type: "receipt"
  ref: "RCT-0001"
  party: "ACME"
  Assets:Bank:Euro  1000.00 EUR @@ 870.00 GBP
  Assets:Debtors   -1000.00 EUR @@ 870.00 GBP
2025-07-20 * "Exchange difference"
  type: "journal"
  ref: "JNL-0003"
  party: "ACME"
  Assets:Debtors:Exchange   20.00 GBP
  Income:Exchange          -20.00 GBP
2025-07-25 * "Euro sold"
  type: "transfer"
  ref: "TRF-0001"
  Assets:Bank:Current    860.00 GBP
  Assets:Bank:Euro     -1000.00 EUR @@ 860.00 GBP
2025-08-01 * "Acme Ltd" "Second" ^INV-0002
  type: "sales-invoice"
  ref: "INV-0002"
  party: "ACME"
  due: 2025-08-15
  Assets:Debtors   300.00 EUR @@ 260.01 GBP
  Income:Sales    -260.01 GBP
2025-08-10 * "Acme Ltd" "Part" ^INV-0002
  type: "receipt"
  ref: "RCT-0002"
  party: "ACME"
  Assets:Bank:Euro   100.00 EUR @@ 88.00 GBP
  Assets:Debtors    -100.00 EUR @@ 88.00 GBP
2025-08-20 * "Staples Ltd" "Paper" #office
  party: "STAPLES"
  Expenses:Costs          40.00 GBP
  Liabilities:Creditors  -40.00 GBP
2025-08-21 * "Acme Ltd" "On account"
  type: "receipt"
  ref: "RCT-0003"
  party: "ACME"
  cheque: "000123"
  Assets:Bank:Current   75.00 GBP
  Assets:Debtors       -75.00 GBP
2025-08-31 custom "statement" "CUR-08" Assets:Bank:Current 705.50 GBP
  opening: 0.00 GBP
  from: 2025-04-01
2025-05-02 custom "statement-line" "CUR-08" "a" -185.00 GBP "SHARES"
2025-06-02 custom "statement-line" "CUR-08" "b" 37.50 GBP "SHARES"
2025-07-26 custom "statement-line" "CUR-08" "c" 860.00 GBP "FX"
2025-08-30 custom "statement-line" "CUR-08" "d" -7.00 GBP "CHARGES"
2025-09-01 custom "reconcile" "CUR-08" "a" "JNL-0001" -185.00 GBP
2025-09-01 custom "reconcile" "CUR-08" "b" "JNL-0002" 37.50 GBP
2025-09-01 custom "reconcile" "CUR-08" "c" "TRF-0001" 860.00 GBP
2025-09-01 custom "bank-error" "CUR-08" "d" "not our charges"
2025-09-01 custom "query" "INV-0002" "jo" "Will they pay?"
2025-09-02 * "Acme Ltd" "Third" ^INV-0003
  type: "sales-invoice"
  ref: "INV-0003"
  party: "ACME"
  Assets:Debtors   10.00 GBP
  Income:Sales    -10.00 GBP
"""


def acct(capsys, *words):
    code = run(["--today", TODAY, *map(str, words)])
    return code, *capsys.readouterr()


def begin(capsys, old, new, day, *more):
    return acct(capsys, "init", new, "--from", old, "--at", day, *more)


def answer(capsys, books, *words):
    code, out, err = acct(capsys, "-f", books, *words, "-O", "json")
    assert code in (0, 3), err
    return json.loads(out)


def rows(capsys, books, day):
    found = answer(capsys, books, "tb", "--as-of", day)["rows"]
    return {(one["account"], one["commodity"]): (one["closing"], one["base"]["closing"]) for one in found}


def require_same(capsys, old, new, day):
    before, after = rows(capsys, old, day), rows(capsys, new, day)
    zero = {key: value for key, value in before.items() if any(float(one) for one in value)}
    assert zero == {key: value for key, value in after.items() if any(float(one) for one in value)}
    for kind in ("debtors", "creditors"):
        for by in ("due", "issued"):
            one, other = (answer(capsys, books, "aged", kind, "--as-of", day, "--by", by) for books in (old, new))
            assert one == other
            assert one["difference"] == "0.00"


@pytest.fixture
def old(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Jo")
    folder = tmp_path / "old"
    (folder / "journals" / "2025").mkdir(parents=True)
    (folder / "acct.toml").write_text(SETTINGS)
    includes = 'include "chart.beancount"\ninclude "*/*.beancount"\n'
    (folder / "journals" / "main.beancount").write_text(f'option "operating_currency" "GBP"\n{includes}')
    (folder / "journals" / "chart.beancount").write_text(CHART)
    (folder / "journals" / "2025" / "2025-09.beancount").write_text(JOURNAL)
    assert run(["--today", TODAY, "-f", str(folder), "seal"]) == 0
    return folder


@pytest.mark.parametrize("day", ["2025-04-01", "2025-11-30", "2026-03-31", "2026-04-01"])
def test_the_demonstration_company_stands_the_same_in_new_books(day, tmp_path, capsys):
    new = tmp_path / "new"
    code, _, err = begin(capsys, HERE, new, day)
    assert code == 0, err
    require_same(capsys, HERE, new, day)
    assert answer(capsys, new, "check")["problems"] == []
    assert faults.Beancount().accepts(faults.Root(new / "journals" / "main.beancount", new))
    head = answer(capsys, HERE, "audit", "head")
    assert str(head["hash"]) in (new / "acct.toml").read_text()
    assert tomllib.loads((new / "acct.toml").read_text()) == tomllib.loads((HERE / "acct.toml").read_text())


def test_bank_foreign_money_lots_and_entries_without_a_number_are_brought_forward(old, tmp_path, capsys):
    new = tmp_path / "new"
    code, _, err = begin(capsys, old, new, "2025-08-31")
    assert code == 0, err
    require_same(capsys, old, new, "2025-08-31")
    text = (new / "journals" / "2025" / "2025-08.beancount").read_text() + "".join(
        path.read_text() for path in (new / "journals" / "2026").glob("*")
    )
    assert 'HOOL {12.50 GBP, 2025-05-01, "first"}' in text
    assert 'cheque: "000123"' in text
    assert 'custom "query" "INV-0002"' in text
    assert "was: " in text
    assert "Assets:Old" not in (new / "journals" / "chart.beancount").read_text()
    one, other = (
        answer(capsys, books, "reconcile", "Assets:Bank:Current", "--as-of", "2025-08-31")["balance"]
        for books in (old, new)
    )
    assert [line["id"] for line in one.pop("unrecorded")] == ["d"]
    assert [line["id"] for line in other.pop("unrecorded")] == ["d"]
    assert one == other
    assert one["bank_errors"] == "-7.00"
    assert faults.Beancount().accepts(faults.Root(new / "journals" / "main.beancount", new))


def test_numbers_go_on_from_the_old_books_and_payments_settle_what_was_brought(old, tmp_path, capsys):
    new = tmp_path / "new"
    assert begin(capsys, old, new, "2025-08-31")[0] == 0
    sold = tmp_path / "sold.beancount"
    sold.write_text(
        '2026-04-02 * "Acme Ltd" "Fourth"\n  type: "sales-invoice"\n  party: "ACME"\n'
        "  Assets:Debtors  5.00 GBP\n  Income:Sales  -5.00 GBP\n"
        '2026-04-03 * "Acme Ltd" "The rest" ^INV-0002\n  type: "receipt"\n  party: "ACME"\n'
        "  Assets:Bank:Euro  200.00 EUR @@ 170.00 GBP\n  Assets:Debtors  -200.00 EUR @@ 170.00 GBP\n"
    )
    posted = answer(capsys, new, "post", sold)
    assert posted["refs"] == ["INV-0004", "RCT-0004"]
    assert posted["problems"] == {"errors": 0, "warnings": 0}
    euro = [one for one in answer(capsys, new, "aged", "debtors")["rows"] if one["commodity"] == "EUR"]
    assert all(one["total"] == "0.00" for one in euro)


def test_nothing_is_made_of_books_that_are_not_in_order(old, tmp_path, capsys):
    new = tmp_path / "new"
    stream = old / "journals" / "2025" / "2025-09.beancount"
    sealed = stream.read_text()
    stream.write_text(sealed + '2025-09-09 * "Typed"\n  Income:Sales  1.00 GBP\n  Expenses:Costs  -1.00 GBP\n')
    code, out, err = begin(capsys, old, new, "2025-08-31")
    assert (code, out) == (2, "")
    assert "not sealed to their end" in err
    stream.write_text(sealed + '2025-09-09 * "Typed"\n  Income:Sales  1.00 GBP\n')
    code, out, err = begin(capsys, old, new, "2025-08-31")
    assert (code, out) == (2, "")
    assert "books with errors are not brought forward" in err
    stream.write_text(sealed)
    for more, words in (
        (["--currency", "EUR"], "--currency says what the old books say"),
        (["--opening", "x.csv"], "--opening says what the old books say"),
    ):
        code, out, err = begin(capsys, old, new, "2025-08-31", *more)
        assert (code, out) == (2, "")
        assert words in err
    assert begin(capsys, old, new, "2027-01-01")[0] == 2
    assert acct(capsys, "init", new, "--from", old)[0] == 2
    assert begin(capsys, old, old, "2025-08-31")[0] == 2
    assert not new.exists()


def test_a_balance_without_a_value_is_refused(old, tmp_path, capsys):
    stream = old / "journals" / "2025" / "2025-09.beancount"
    with stream.open("a") as file:
        file.write('2025-08-02 open Assets:Points\n2025-08-03 * "Points"\n  Assets:Points  5 PTS\n')
        file.write("  Assets:Points:More  -5 PTS\n2025-08-02 open Assets:Points:More\n")
    assert acct(capsys, "-f", old, "seal")[0] == 0
    code, _, err = begin(capsys, old, tmp_path / "new", "2025-08-31")
    assert code == 2
    assert "Assets:Points holds 5 PTS without a value in GBP" in err
    assert not (tmp_path / "new").exists()


def test_a_dry_run_prints_all_and_makes_nothing(old, tmp_path, capsys):
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    code, out, _ = begin(capsys, old, tmp_path / "new", "2025-08-31", "--dry-run")
    assert code == 0
    assert 'custom "customer" "ACME"' in out
    assert "old-head: " in out
    assert "open Assets:Bank:Current" in out
    assert not (tmp_path / "new").exists()
    assert before == {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}


def test_new_books_that_fail_the_proof_are_taken_away(old, tmp_path, capsys, monkeypatch):
    from acctkit.cli import takeover

    monkeypatch.setattr(takeover, "balances", _wrong(takeover.balances))
    code, _, err = begin(capsys, old, tmp_path / "new", "2025-08-31")
    assert code == 2
    assert "would not agree with the old" in err
    assert not (tmp_path / "new").exists()


def _wrong(balances):
    """The balances with one a penny too much, the first time they are asked."""
    asked = []

    def given(ledger, day):
        found = balances(ledger, day)
        asked.append(day)
        more = [
            row._replace(minor=row.minor + 1, base=row.base + 1) for row in found if row.account == "Expenses:Costs"
        ]
        others = [row for row in found if row.account != "Expenses:Costs"]
        return [*others, *more] if len(asked) == 1 else found

    return given


def test_the_old_folder_can_be_deleted(old, tmp_path, capsys):
    new = tmp_path / "new"
    assert begin(capsys, old, new, "2025-08-31")[0] == 0
    before = rows(capsys, old, "2025-08-31")
    shutil.rmtree(old)
    assert rows(capsys, new, "2025-08-31").items() >= before.items()
    assert answer(capsys, new, "audit", "verify")["differences"] == []
