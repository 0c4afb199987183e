"""The page of each problem code: what it means, how it comes about, what acct says of it, and its cure.

A page is src/acctkit/data/problems/CODE.md, which `acct explain` shows: its title, what the code means, a journal
that has no other problem, the problem as `acct check` shows it, and the same journal cured. A line
`; ---- NAME ----` in a journal begins another file, which may be its acct.toml; a word after `beancount` on the
fence is the encoding the file is saved in. What a journal cannot show is a transcript instead.
"""

import io
import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from acctkit.books.covers import check_approved, check_covered
from acctkit.books.evidence import check_files
from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli import run
from acctkit.cli.load import checks
from acctkit.cli.show import show_problems
from acctkit.ledger.bookkeeping import check_bookkeeping, check_dates
from acctkit.ledger.holdings import check_holdings
from acctkit.problem import CODES, Place, error, in_order
from runner import ROOT, run_file

PAGES = {path.stem: path for path in sorted((ROOT / "src" / "acctkit" / "data" / "problems").glob("*.md"))}
BY_JOURNAL = [code for code in PAGES if code[0] in "JLDVA" and "```console\n" not in PAGES[code].read_text()]
BY_TRANSCRIPT = [code for code in PAGES if code not in BY_JOURNAL]
TODAY = date(2026, 6, 30)
MAIN = "books.beancount"
# Problems of a whole line, and why nothing narrower is at fault.
WHOLE_LINES = {
    "J101": "the line is no directive",
    "J108": "the line belongs to no entry",
    "L202": "the posting holds nothing but its account",
    "L217": "the entry stands twice, with all it says",
    "A604": "the file as a whole was changed",
    "A602": "the line and those after it are not sealed",
}
_BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"^; ---- (\S+) ----\n", re.MULTILINE)


def problems_of(text, encoding="utf-8"):
    """The problems of a journal written into the current folder, which is empty."""
    names = iter([MAIN, *_FILE.findall(text)])
    for part in _FILE.split(text)[::2]:
        path = Path(next(names))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(part.encode(encoding))
    root = Root(Path(MAIN), Path() if Path("acct.toml").exists() else None)
    own = (
        check_holdings,
        check_bookkeeping,
        lambda ledger: check_dates(ledger, TODAY),
        lambda ledger: check_files(ledger, root),
        lambda ledger: check_covered(ledger, root),
        lambda ledger: check_approved(ledger, root),
    )
    return open_books(root, (*checks(), *own)).ledger.problems


def shown(problems):
    out = io.StringIO()
    show_problems(problems, out)
    return out.getvalue()


@pytest.mark.parametrize("code", BY_JOURNAL)
def test_the_page_is_true(code, tmp_path, monkeypatch, update):
    text = PAGES[code].read_text()
    title, meaning, *_ = text.split("\n\n")
    blocks = list(_BLOCK.finditer(text))
    assert title == f"# {code} — {CODES[code]}"
    assert meaning
    assert "```" not in meaning
    assert [block[1] for block in blocks] == ["beancount", "text", "beancount"]

    monkeypatch.chdir(tmp_path)
    failing = problems_of(blocks[0][3], blocks[0][2] or "utf-8")
    assert {problem.code for problem in failing} == {code}
    assert all(problem.hint and problem.place for problem in failing)
    if update:
        PAGES[code].write_text(text[: blocks[1].start(3)] + shown(failing) + text[blocks[1].end(3) :])
    else:
        assert shown(failing) == blocks[1][3]

    (tmp_path / "cured").mkdir()
    monkeypatch.chdir(tmp_path / "cured")
    assert problems_of(blocks[2][3], blocks[2][2] or "utf-8") == []


@pytest.mark.parametrize("code", BY_JOURNAL)
def test_the_caret_stands_under_what_is_at_fault(code, tmp_path, monkeypatch):
    block = _BLOCK.search(PAGES[code].read_text())
    monkeypatch.chdir(tmp_path)
    for problem in problems_of(block[3], block[2] or "utf-8"):
        place = problem.place
        line = Path(place.file).read_bytes().decode(errors="replace").splitlines()[place.line - 1]
        assert place.text == line
        assert 1 <= place.column < place.end_column <= len(line) + 2
        is_whole = line[place.column - 1 : place.end_column - 1] == line.strip()
        assert is_whole == (code in WHOLE_LINES), line[place.column - 1 : place.end_column - 1]
        for _, other in problem.related:
            assert (other.file, other.line) != (place.file, place.line)
            assert other.text[other.column - 1 : other.end_column - 1].strip()


@pytest.mark.parametrize("code", BY_TRANSCRIPT)
def test_the_transcript_of_the_page_is_true(code, tmp_path, update):
    page = PAGES[code]
    title, meaning, *_ = page.read_text().split("\n\n")
    assert title == f"# {code} — {CODES[code]}"
    assert meaning
    assert not run_file(page, tmp_path, update=update)
    text = page.read_text()
    first, *cures = _BLOCK.finditer(text)
    assert f"error {code}: " in first[3] or f"warning {code}: " in first[3]
    assert "hint: " in first[3]
    assert "\nThe cure: " in text[first.end() :]
    assert all("[exit" not in cure[3] for cure in cures)


def test_every_code_has_its_page():
    assert PAGES.keys() == CODES.keys()


def test_problems_are_listed_once_in_the_order_of_the_file():
    place = Place("a", 2, 1, 2, "x")
    late, early = error("L201", "late", place._replace(line=9)), error("J101", "early", place)
    assert in_order([late, early, late, early]) == [early, late]


def test_the_first_fifty_problems_are_shown_and_the_rest_counted():
    lines = shown([error("L201", f"number {n}", Place("a", n, 1, 2, "x")) for n in range(1, 61)]).splitlines()
    assert [line for line in lines if "number" in line][-1].endswith("number 50")
    assert lines[-1] == "... and 10 more"


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize(
    ("before", "span", "after"),
    [
        ("  ", "Assets:Bank", "  1.00 GBP"),
        ("2026-01-01 * ", '"here"', " #tag" * 60),
        ("2026-01-01 * " + '"long" ' * 40, "here", ""),
        ("2026-01-01 * " + '"long" ' * 40, "here", " #tag" * 60),
        ("", "x" * 300, " y"),
        ('2026-01-01 * "' + "東京" * 30 + '" ', "here", ' "' + "é" * 90),
        ("\t\t", "here", "\t"),
    ],
)
def test_the_caret_stays_under_its_span_on_a_narrow_screen(width, before, span, after, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    out = Screen()
    text = before + span + after
    place = Place("a", 7, len(before) + 1, len(before + span) + 1, text)
    show_problems([error("L201", "x", place, "y")], out)
    _, line, carets, _ = out.getvalue().splitlines()
    cells = "".join(c * (2 if unicodedata.east_asian_width(c) == "W" else 1) for c in line)
    assert len(cells) <= width
    assert len(carets) <= width
    under = cells[carets.index("^") : carets.rindex("^") + 1]
    assert under == span or (under.endswith("…") and span.startswith(under[:-1]))
    if len(text) <= width - 8 and text.isascii():
        assert line[8:] == text.replace("\t", " ")


def test_a_problem_as_editors_read_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path(MAIN).write_text("2026-04-01 open Assets:A\n2026-04-02 open Assets:A\n")
    assert run(["-f", MAIN, "check", "-O", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem == {
        "code": "L206", "severity": "error", "message": "Assets:A is open already", "file": MAIN, "line": 2,
        "column": 17, "end_column": 25, "hint": "remove one of the two",
        "related": [{"message": "opened first", "file": MAIN, "line": 1, "column": 17, "end_column": 25}],
    }  # fmt: skip
