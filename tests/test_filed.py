"""Documents filed in the folders of option `documents` are entries of their accounts, as in Beancount."""

from pathlib import Path

import pytest

from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli import run
from acctkit.journal.entries import Document

OPEN = "2020-01-01 open Assets:Bank\n2020-01-01 open Expenses:Paper\n"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    folder = tmp_path / "books"
    folder.mkdir()
    monkeypatch.chdir(folder)


def put(*paths):
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("x")


def books(option, text=OPEN, *, strict=False):
    Path("main.beancount").write_text(f'option "documents" "{option}"\n{text}')
    return open_books(Root(Path("main.beancount"), None), (), strict=strict).ledger


def found(ledger):
    return [(str(e.date), e.account, e.path) for e in ledger.entries if isinstance(e, Document)]


def test_a_file_is_found_by_account_and_day():
    put("docs/Assets/Bank/2020-02-01.statement.pdf", "docs/Expenses/Paper/2020-01-03 receipt")
    put("docs/Assets/Bank/notes.txt", "docs/Assets/Other/2020-02-01.x", "docs/2020-02-01.x", "docs/x/2020-02-01.x")
    ledger = books("docs")
    assert ledger.problems == []
    assert found(ledger) == [
        ("2020-01-03", "Expenses:Paper", "docs/Expenses/Paper/2020-01-03 receipt"),
        ("2020-02-01", "Assets:Bank", "docs/Assets/Bank/2020-02-01.statement.pdf"),
    ]


def test_what_is_wrong_with_a_filed_document():
    put("docs/Assets/Bank/2019-01-01.early", "docs/Assets/Bank/2020-02-30.x")
    problems = books("docs").problems
    assert [p.code for p in problems] == ["L205", "L215"]
    assert "there is no day 2020-02-30" in problems[1].message
    assert problems[1].place.text[problems[1].place.column - 1 : problems[1].place.end_column - 1] == "docs"
    assert [p.code for p in books("none").problems] == ["L215"]


def test_a_folder_named_twice_is_two_entries_of_each_file():
    put("docs/Assets/Bank/2020-02-01.x")
    text = 'option "documents" "./docs/"\nplugin "beancount.plugins.noduplicates"\n' + OPEN
    assert [p.code for p in books("docs", text).problems] == ["L217"]


def test_no_document_is_looked_for_in_raw_mode():
    put("docs/Assets/Bank/2020-02-01.x")
    assert found(books("docs", 'option "plugin_processing_mode" "raw"\n' + OPEN)) == []


def test_a_folder_outside_the_books(tmp_path):
    put(tmp_path / "docs/Assets/Bank/2020-02-01.x")
    ledger = books("../docs")
    assert [(p.code, p.severity) for p in ledger.problems] == [("J115", "warning")]
    assert len(found(ledger)) == 1
    ledger = books("../docs", strict=True)
    assert [(p.code, p.severity) for p in ledger.problems] == [("J115", "error")]
    assert found(ledger) == []


def test_links_are_not_followed(tmp_path):
    put(tmp_path / "docs/Bank/2020-02-01.x")
    Path("docs/Assets").mkdir(parents=True)
    Path("docs/Assets/Bank").symlink_to(tmp_path / "docs/Bank")
    assert found(books("docs")) == []


def test_too_many_folders(monkeypatch):
    monkeypatch.setattr("acctkit.books.filed.MOST_FOLDERS", 3)
    put(*(f"docs/{number}/x" for number in range(9)))
    assert [p.code for p in books("docs").problems] == ["L215"]


def test_a_book_with_filed_documents_converts_to_itself(capsys):
    put("docs/Assets/Bank/2020-02-01.x")
    books("docs")
    assert run(["-f", "main.beancount", "convert"]) == 0
    text = capsys.readouterr().out
    assert "document Assets" not in text
    assert 'option "documents" "docs"' in text


def test_the_index_sees_a_new_document(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    put("docs/Assets/Bank/2020-02-01.x")
    books("docs", OPEN + '2020-01-02 * "x"\n  Assets:Bank  1 GBP\n  Expenses:Paper\n')
    for _ in range(2):
        assert run(["-f", "main.beancount", "tb"]) == 0
    put("docs/Assets/Bank/2020-02-31.x")
    assert run(["-f", "main.beancount", "tb"]) == 1
    capsys.readouterr()
