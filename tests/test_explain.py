"""acct explain: every code has a page that reads well in a terminal, and acct check says where to find it."""

import sys

import pytest

from acctkit.cli import run
from acctkit.problem import CODES, TOPICS


def explained(capsys, *code):
    assert run(["explain", *code]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_plain_text(code, capsys):
    text = explained(capsys, code)
    lines = text.splitlines()
    assert lines[0] == f"{code} — {CODES[code]}"
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text
    assert not any(line.startswith(("#", "```")) for line in lines)
    assert not any(len(line) > 80 for line in lines if not line.startswith("    "))
    hints = [line for line in lines if "hint: " in line]
    assert hints
    assert all(len(line) <= 80 for line in hints)
    assert any(line.startswith("The cure") for line in lines)


def test_a_page_says_what_its_blocks_are(capsys):
    text = explained(capsys, "l201")
    assert text.index("\nFor example:\n") < text.index("\nacct check says:\n") < text.index("\nThe cure:\n")
    assert '\n    2026-04-14 * "Staples" "Paper"\n      Expenses:Stationery' in text
    console = explained(capsys, "B403")
    assert "\nacct check says:\n" not in console
    assert "\n    $ acct import tea.csv" in console


def test_all_codes_are_listed_by_topic(capsys):
    text = explained(capsys)
    for code, title in CODES.items():
        assert f"  {code}  {title}\n" in text
    places = [text.index(f"{topic}\n") for topic in TOPICS.values()]
    assert places == sorted(places)
    assert {code[0] for code in CODES} == TOPICS.keys()
    vat = explained(capsys, "v")
    assert vat.splitlines()[0] == "VAT"
    assert "L201" not in vat


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("201", "L201"), ("L2O1", "L201"), ("A6O1", "A601"), ("L2011", "L201"), ("seal", "A601"), ("zzz", "lists them")],
)
def test_an_unknown_code_suggests_the_nearest(typed, meant, capsys):
    assert run(["explain", typed]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"there is no problem `{typed}`" in shown.err
    assert meant in shown.err.split("hint: ")[1]


def test_check_says_where_to_read_on_once_and_in_a_terminal_only(tmp_path, capsys, monkeypatch):
    book = tmp_path / "x.beancount"
    book.write_text('option "nonsense" "1"\noption "nonsense" "2"\nplugin "mine"\n')
    assert run(["-f", str(book), "check"]) == 1
    assert "explain" not in "".join(capsys.readouterr())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("TERM", raising=False)
    assert run(["-f", str(book), "check"]) == 1
    shown = capsys.readouterr()
    assert shown.err == "acct explain J111 says more\n"
    assert "explain" not in shown.out
    book.write_text("2026-01-01 open Assets:Cash\n")
    assert run(["-f", str(book), "check"]) == 0
    assert "explain" not in "".join(capsys.readouterr())
