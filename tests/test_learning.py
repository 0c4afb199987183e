"""Learning the layout of a CSV that nobody knows, by questions answered on standard input."""

import io
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.banking import read
from acctkit.banking.learning import Answers, guess, layout_text, pattern_of, sample_of
from acctkit.banking.profiles import profile_of
from acctkit.cli import run

TODAY = date(2026, 5, 1)
COOP = """Co-op export

When,What,How much,Left
03/04/2026,Tea for the office,-4.20,995.80
05/04/2026,"ACME LTD, INV42","1,200.00","2,195.80"
28/04/2026,Biscuits,-2.00,"2,193.80"
"""


@pytest.fixture
def books(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", TODAY.isoformat())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "t.beancount").write_text("2026-01-01 open Assets:Bank GBP\n")
    (tmp_path / "coop.csv").write_text(COOP)

    def ask(*arguments, answers=()):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers)))
        return run(["-f", "t.beancount", *arguments])

    return ask


def test_a_layout_is_learnt_and_used(books, tmp_path, capsys):
    assert books("import", "coop.csv", "--account", "Assets:Bank") == 2
    assert "acct import --learn coop.csv" in capsys.readouterr().err
    answers = ["Co-op!", "co-op", *[""] * 9, "gbp", "", "y", "y"]
    assert books("import", "--learn", "coop.csv", answers=answers) == 0
    said = capsys.readouterr().out
    assert "small letters" in said
    assert "3 lines of +1,193.80 GBP" in said
    assert "opening 1,000.00, closing 2,193.80: they add up" in said
    assert 'dates = ["dd/mm/yyyy"]' in (tmp_path / "banks" / "co-op.toml").read_text()
    assert books("import", "coop.csv", "--account", "Assets:Bank") == 0
    assert "3 lines imported" in capsys.readouterr().out
    assert books("import", "--learn", "coop.csv", answers=answers) == 2
    assert "there is a layout" in capsys.readouterr().err


def test_a_question_that_is_asked_again_says_why_and_the_account_named_is_imported_into(books, capsys):
    answers = ["co-op", "co-op", "x", "9", "0", "1,2", *[""] * 8, "gbp", "", "y", "y"]
    assert books("import", "--learn", "coop.csv", "-a", "Bank", answers=answers) == 0
    said = capsys.readouterr().out
    for reason in (
        "`x` is no number of a column: they are 1 to 4",
        "there is no column 9: they are 1 to 4",
        "a column is needed here, 1 to 4",
        "1 column at most, please: 2 columns were named",
        "3 lines imported, 0 known already",
    ):
        assert reason in said


def test_money_in_and_out_the_order_of_days_and_signs_are_asked(books, tmp_path, capsys):
    (tmp_path / "two.csv").write_text("Day;Out;In;Words\n03/04/2026;4,20;;Tea\n04/05/2026;;1.200,00;Acme\n")
    answers = ["two", "", "", "dmy", "", "n", "", "", "", "", "", "EUR", "", "y", "y"]
    assert books("import", "--learn", "two.csv", answers=answers) == 0
    assert "2026-04-03        -4.20  Tea" in capsys.readouterr().out
    (tmp_path / "card.csv").write_text("Date,Shop,Cost\n2026-04-03,Tea,4.20\n2026-04-04,Refund,-1.00\n")
    answers = ["card", "", "", "", "y", "", "", "", "", "", "", "", "y", "y"]
    assert books("import", "--learn", "card.csv", answers=answers) == 0
    text = (tmp_path / "banks" / "card.toml").read_text()
    assert "invert = true" in text
    assert "card = true" in text


def test_nothing_is_written_where_somebody_stops(books, tmp_path, capsys):
    assert books("import", "--learn", "coop.csv", answers=["co-op", ""]) == 130
    assert "nothing was written" in capsys.readouterr().out
    assert books("import", "--learn", "coop.csv", answers=["co-op", *[""] * 11, "n"]) == 2
    assert not (tmp_path / "banks").exists()
    (tmp_path / "no.csv").write_text("just words\n")
    assert books("import", "--learn", "no.csv") == 2
    assert "B401" in capsys.readouterr().err


def test_a_layout_that_is_none_is_named(books, tmp_path, capsys):
    (tmp_path / "banks").mkdir()
    (tmp_path / "banks" / "odd.toml").write_text('name = "odd"\n')
    assert books("import", "coop.csv", "--account", "Assets:Bank") == 2
    assert "X905: banks/odd.toml is no bank layout" in capsys.readouterr().err


def test_a_file_of_another_number_is_named(books, tmp_path, capsys):
    head = ":20:A\n:25:{}\n:60F:C2604{}GBP100,00\n:61:2604{}0402C5,00NTRFNONREF//{}\n:62F:C2604{}GBP105,00\n-\n"
    (tmp_path / "one.sta").write_text(head.format("12345678", "01", "02", "B1", "02"))
    (tmp_path / "two.sta").write_text(head.format("20051712345678", "02", "03", "B2", "03").replace("0402C", "0403C"))
    (tmp_path / "other.sta").write_text(head.format("99990000", "03", "04", "B3", "04").replace("0402C", "0404C"))
    assert books("import", "one.sta", "--account", "Assets:Bank") == 0
    books("import", "two.sta", "--account", "Assets:Bank")
    assert "1 line imported" in capsys.readouterr().out
    assert books("import", "other.sta", "--account", "Assets:Bank") == 2
    assert "other.sta is of account 99990000; two.sta" in capsys.readouterr().err
    books("import", "other.sta", "--account", "Assets:Bank", "--source", "0000")
    assert "1 line imported" in capsys.readouterr().out


def test_what_the_columns_seem_to_hold():
    sample = sample_of(COOP)
    assert (sample.delimiter, sample.header, sample.names) == (",", 3, ("When", "What", "How much", "Left"))
    found = guess(sample, TODAY)
    assert (found.date, found.orders, found.amounts, found.balance, found.texts) == (0, ("dmy",), (2,), 3, (1,))


def test_a_file_without_a_header():
    sample = sample_of("2026-04-03,Tea,-4.20\n2026-04-04,Acme,5.00\n")
    found = guess(sample, TODAY)
    assert (sample.header, found.date, found.amounts, found.texts) == (0, 0, (2,), (1,))
    profile = learnt(sample, found)
    data = b"2026-04-03,Tea,-4.20\n2026-04-04,Acme,5.00\n"
    assert len(read(data, "x", today=TODAY, known=(profile,)).statements[0].lines) == 2


def learnt(sample, found, order="ymd"):
    answers = Answers(
        "one", "One", TODAY, found.date, order, found.amounts, False, found.texts or (0,), found.balance, found.id,
        found.payer, found.reference, "GBP", False, found.mark,
    )  # fmt: skip
    return profile_of(tomllib.loads(layout_text(sample, answers)))


@pytest.mark.parametrize(
    ("written", "order", "pattern"),
    [
        ("03/04/2026", "dmy", "dd/mm/yyyy"),
        ("2026-04-03 10:00", "ymd", "yyyy-mm-dd"),
        ("4.3.26", "mdy", "mm.dd.yy"),
        ("3 Apr 2026", "dmy", "dd mmm yyyy"),
        ("20260403", "ymd", "yyyymmdd"),
    ],
)
def test_patterns_of_days(written, order, pattern):
    assert pattern_of(written, order) == pattern


CELLS = st.sampled_from(
    ["03/04/2026", "2026-04-03", "-4.20", "1.200,00", "GBP", "Tea", "", '"a', "Name", "12345678", "x"]
)
ROWS = st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=6).map("\n".join)


@given(st.one_of(ROWS, st.text(max_size=60)))
def test_nothing_makes_a_guess_raise(text):
    sample = sample_of(text)
    if sample is None:
        return
    found = guess(sample, TODAY)
    if found.date is not None and found.amounts:
        assert learnt(sample, found, (found.orders or ("ymd",))[0]).columns["date"] == sample.names[found.date]
