"""Input that was made by accident or in malice: it is read or refused, soon, and never commands a terminal."""

import io
import json
import os
import time
from pathlib import Path

import pytest

from acctkit.books.files import names_file
from acctkit.books.patterns import expand
from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli import run
from acctkit.cli.load import checks
from acctkit.cli.show import clean_lines, show_json, show_problems
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Refusal

OPEN = "2026-01-01 open Assets:A\n"
ENTRY = '2026-01-01 * "x"\n'
SECONDS = 60  # a hang, not a slow machine


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    folder = tmp_path / "books"
    folder.mkdir()
    monkeypatch.chdir(folder)


def problems(text="", *, strict=False, root="main.beancount"):
    """The problems of a journal with all its checks, and that it did not take for ever."""
    data = text if isinstance(text, bytes) else text.encode()
    if data:
        Path(root).write_bytes(data)
    began = time.monotonic()
    found = open_books(Root(Path(root), None), checks(), strict=strict).ledger.problems
    assert time.monotonic() - began < SECONDS
    show_problems(found, io.StringIO())
    return found


def codes(*args, **kwargs):
    return {problem.code for problem in problems(*args, **kwargs)}


# Includes.


def test_a_chain_of_2000_includes():
    for number in range(1, 2001):
        Path(f"{number}.beancount").write_text(f'include "{number + 1}.beancount"\n' if number < 2000 else OPEN)
    assert problems('include "1.beancount"\n') == []


def test_includes_in_a_circle():
    Path("b.beancount").write_text('include "main.beancount"\n')
    assert codes('include "b.beancount"\n') == {"J112"}
    assert codes('include "main.beancount"\n') == {"J112"}


@pytest.mark.parametrize("way", ["dots", "whole", "link", "linked-folder"])
def test_an_include_that_leaves_the_folder(way, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.beancount").write_text(OPEN)
    Path("link").symlink_to(outside / "x.beancount")
    Path("folder").symlink_to(outside)
    path = {
        "dots": "../outside/x.beancount",
        "whole": str(outside / "x.beancount"),
        "link": "link",
        "linked-folder": "folder/*.beancount",
    }[way]
    text = f'include "{path}"\n{ENTRY}  Assets:A  0 GBP\n'
    assert [(p.code, p.severity) for p in problems(text)] == [("J115", "warning")]
    assert ("J115", "error") in [(p.code, p.severity) for p in problems(text, strict=True)]
    assert "L205" in codes(text, strict=True)  # it was not read


def test_a_link_within_the_folder_stays_in_it():
    Path("real.beancount").write_text(OPEN)
    Path("link").symlink_to("real.beancount")
    assert problems('include "link"\n', strict=True) == []


def test_check_strict_is_an_error(tmp_path, capsys):
    (tmp_path / "x.beancount").write_text(OPEN)
    Path("main.beancount").write_text('include "../x.beancount"\n')
    assert run(["-f", "main.beancount", "check"]) == 0
    assert "warning J115" in capsys.readouterr().out
    assert run(["-f", "main.beancount", "check", "--strict"]) == 1
    assert "error J115" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/dev/full", "pipe", "*", "folder", "x" * 5000, "a\0b"])
def test_an_include_of_what_is_no_file(path):
    os.mkfifo("pipe")
    Path("folder").mkdir()
    assert "J112" in codes(f'include "{path}"\n')


def test_a_root_that_is_no_file():
    os.mkfifo("pipe")
    Path("folder").mkdir()
    for root in ("pipe", "folder", "/dev/zero", "no-such-file"):
        with pytest.raises(Refusal) as refused:
            problems(root=root)
        assert refused.value.problems[0].code == "X901"


def test_absurd_patterns():
    for number in range(6):
        for inner in range(6):
            Path(f"{number}/{inner}/x").mkdir(parents=True)
    Path("1/2/x/y.beancount").write_text(OPEN)
    Path("loop").symlink_to(".")
    Path("1/loop").symlink_to("..")
    assert problems(f'include "{"**/" * 500}y.beancount"\n') == []
    assert problems('include "*/**/loop/**/y.*"\n') == []
    assert codes(f'include "{"*a" * 100}b"\ninclude "{"**" * 3000}"\n') == {"J112"}


def test_a_pattern_that_looks_everywhere(monkeypatch):
    monkeypatch.setattr("acctkit.books.patterns.MOST_FOLDERS", 20)
    for number in range(30):
        Path(f"d{number}").mkdir()
    (problem,) = problems('include "**/none"\n')
    assert "more than" in problem.message


def test_patterns_find_what_glob_finds():
    import glob

    for name in ("a/b/c.bean", "a/.hidden/c.bean", "a/c.bean", ".dot/c.bean", "c.bean", "[x]/c.bean", "b/c/d/c.bean"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")
    here = str(Path.cwd())
    for pattern in (
        "*.bean", "**", "**/*.bean", "**/c.bean", "a/**", "a/**/c.bean", "*/*", ".*/*", "a/*/c.bean", "./*.bean",
        "a/../*.bean", "a/", "*/", "[[]x]/*", "?/c.bean", "b/**/d/*", "**/c/**/c.*", "c.bean", "none", f"{here}/*.bean",
        f"{here}/**/c.bean", "a/**/.hidden/*", "",
    ):  # fmt: skip
        expected = sorted({path for path in glob.glob(pattern, recursive=True) if not Path(path).is_dir()})  # noqa: PTH207
        assert expand(pattern) == expected, pattern


def test_a_pattern_names_a_file_soon():
    parsed = parse(Source("main.beancount", f'include "{"**/*/" * 40}x"\n'.encode()))
    assert not names_file(parsed, parsed.includes[0], Path("/".join("a" * 60)))
    parsed = parse(Source("main.beancount", b'include "**/2026/*.beancount"\n'))
    assert names_file(parsed, parsed.includes[0], Path("2026/x.beancount"))
    assert names_file(parsed, parsed.includes[0], Path("a/b/2026/x.beancount"))
    assert not names_file(parsed, parsed.includes[0], Path("a/b/2026/c/x.beancount"))


def test_documents_whose_names_no_system_takes():
    text = f'{OPEN}2026-01-01 document Assets:A "{"x" * 5000}"\n2026-01-01 document Assets:A "a\0b"\n'
    assert codes(text) == {"L215"}


# Bytes and lines.


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + OPEN.encode(), {"J110"}),
        (OPEN.replace("\n", "\r\n").encode(), set()),
        (OPEN.replace("\n", "\r").encode() * 3, {"J101"}),
        (OPEN.replace("\n", "\0\n").encode(), {"J102"}),
        (OPEN.encode() + b'2026-01-01 * "caf\xe9"\n', {"J110"}),
        (b"; only a remark", set()),
        (b"\n", set()),
        (b"\n\n \n\t\n", set()),
    ],
)
def test_bytes(data, expected):
    assert codes(data) == expected


def test_an_empty_file():
    Path("main.beancount").write_bytes(b"")
    assert problems() == []


def test_bytes_that_are_no_text():
    for data in (b"\0" * 100_000, b"\xff\xfeab"):
        with pytest.raises(Refusal):
            problems(data)
    assert "J101" in codes(bytes(range(256)) * 1000)


@pytest.mark.parametrize(
    "line",
    [
        ENTRY.replace("x", "x" * 10_000_000),
        "x" * 10_000_000,
        '"' * 2_000_000,
        "(" * 2_000_000,
        " " * 10_000_000 + "x",
        "2026-01-01 open A" + ":A" * 1_000_000,
        "2026-01-01 open " + "A" * 10_000_000,
        ENTRY.strip() + " " * 2_000_000 + "y",
        f"{ENTRY}  Assets:A{' ' * 2_000_000}y",
        f"{ENTRY}  Assets:{'A' * 2_000_000}  1 GBP",
        "2026-01-01 commodity /" + "A." * 500_000 + "a",
    ],
    ids=range(11),
)
def test_lines_of_megabytes(line):
    problems(line + "\n")


# Numbers, entries, tags.

NESTED = "(" * 10_000 + "1" + ")" * 10_000


@pytest.mark.parametrize(
    "number",
    [
        "1" * 200, "1." + "1" * 200, "9" * 1_000_000, "1," * 100_000, "9*" * 10_000 + "9", NESTED,
    ],
    ids=range(6),
)  # fmt: skip
def test_numbers_no_books_have(number):
    assert codes(f"{OPEN}{ENTRY}  Assets:A  {number} GBP\n  Assets:A\n") == {"J103"}


def test_signs_without_end():
    assert problems(f"{OPEN}{ENTRY}  Assets:A  {'-' * 10_000}1 GBP\n  Assets:A\n") == []


def test_100_000_postings():
    assert problems(OPEN + ENTRY + "  Assets:A  1 GBP\n  Assets:A  -1 GBP\n" * 50_000) == []


def test_the_ledger_of_an_account_with_many_postings_in_one_entry(capsys):
    """The contra of each line was looked for among all postings."""
    postings = "  Assets:A  1 GBP\n  Assets:B  -1 GBP\n" * 10_000
    Path("main.beancount").write_text(f"{OPEN}2026-01-01 open Assets:B\n{ENTRY}{postings}")
    began = time.monotonic()
    assert run(["-f", "main.beancount", "ledger", "Assets:A", "-O", "csv"]) == 0
    assert time.monotonic() - began < SECONDS
    assert capsys.readouterr().out.count("Assets:B") == 10_000


def test_a_megabyte_of_tags():
    assert problems(f"{ENTRY.strip()} {' '.join(f'#tag{number}' for number in range(100_000))}\n") == []


def test_pushed_without_end():
    """Each entry bears every tag that is pushed, so that these are limited."""
    pushed = "".join(f"pushtag #t{number}\npushmeta k{number}: 1\n" for number in range(3000))
    assert codes(pushed + '2026-01-01 * "x" #own\n' * 200) == {"J109"}


def test_entries_alike_have_ids_of_their_own():
    """Numbering them took the square of their number."""
    ledger = Ledger([parse(Source("x", ENTRY.encode() * 20_000))], Entity())
    first = ledger.names[0]
    assert ledger.names == [first, *(f"{first}-{number}" for number in range(2, 20_001))]


def test_an_entry_with_the_flag_of_padding():
    """An empty entry flagged P had no name, and the checks ended in a KeyError."""
    assert problems('2012-02-07 P "x"\n') == []


def test_undo_without_end():
    said = "".join(f'2026-01-01 custom "query" "S{n}" "x" "y"\n' for n in range(5000))
    assert problems(said + said.replace('custom "query"', 'custom "undo" "query"')) == []


def test_unknown_accounts_without_end():
    """The nearest name is looked for a few times, not each time."""
    opened = "".join(f"2026-01-01 open Assets:Account-{n}\n" for n in range(9000))
    used = "".join(f"  Assets:Acount-{n}x  0 GBP\n" for n in range(5000))
    assert codes(opened + ENTRY + used) == {"L205"}


# Nothing commands a terminal.

ESCAPES = "\x1b[2J\x1b]0;title\x07\x9b31m\u202eevil\u2028"


def test_no_problem_or_table_commands_a_terminal(capsys):
    Path(f"{ESCAPES}.beancount").write_text(
        f'2026-01-01 open Assets:A{ESCAPES}\n2026-01-01 * "{ESCAPES}"\n  Assets:A  1 GBP\n  Assets:É{ESCAPES} -1 GBP\n'
        f'2026-01-01 custom "allocate" "{ESCAPES}" "{ESCAPES}" 1 GBP\n2026-01-01 open Assets:A\n{ESCAPES}\n'
        f'2026-01-01 * "{ESCAPES}" "{ESCAPES}"\n  ref: "{ESCAPES}"\n  Assets:A  1 GBP\n  Assets:A  -1 GBP\n'
    )
    Path("main.beancount").write_text('include "*"\n')
    for command in (["check"], ["check", "-O", "csv"], ["check", "-O", "json"], ["tb"], ["ledger", "Assets:A"],
                    ["ledger", "Assets:A", "-O", "json"], ["ledger", "Assets:A", "-O", "csv"]):  # fmt: skip
        assert run(["-f", "main.beancount", *command]) in (0, 1), command
        said = capsys.readouterr()
        unsafe = {c for c in said.out + said.err if not c.isprintable() and c not in "\n\t"}
        assert unsafe == set(), command


def test_json_holds_what_was_escaped():
    out = io.StringIO()
    show_json({"text": ESCAPES + "\udcff"}, out)
    assert json.loads(out.getvalue()) == {"text": ESCAPES + "\udcff"}
    out.getvalue().encode()


def test_a_draft_keeps_its_lines():
    assert clean_lines("a\n\tb\x1b[1m\n") == "a\n\tb\\x1b[1m\n"


def test_a_file_name_that_is_no_utf8(capsys):
    Path(os.fsdecode(b"a\xff.beancount")).write_text("x\n")
    Path("main.beancount").write_text('include "a*"\n')
    assert run(["-f", "main.beancount", "check"]) == 1
    assert run(["-f", "main.beancount", "check", "-O", "json"]) == 1
    capsys.readouterr().out.encode()


# What a bookkeeper looks over is said of acct's own books only.


def test_books_of_another_tool_hear_nothing_of_bookkeeping(capsys):
    text = (
        '2026-01-01 open Assets:S\n  role: "suspense"\n1999-01-01 open Assets:A\n'
        '1999-01-01 * "old"\n  Assets:A  0 GBP\n'
        '2026-01-01 * "x"\n  document: "none.pdf"\n  Assets:S  1 GBP\n  Assets:A  -1 GBP\n'
        '2030-01-01 * "far"\n  Assets:A  0 GBP\n'
    )
    Path("main.beancount").write_text(text)
    assert run(["--today", "2026-04-09", "-f", "main.beancount", "check"]) == 0
    assert "no problems" in capsys.readouterr().out
    Path("main.beancount").write_text(text.replace('"x"\n', '"x"\n  type: "journal"\n'))
    assert run(["--today", "2026-04-09", "-f", "main.beancount", "check", "-O", "csv"]) == 0
    told = sorted(line.split(",")[0] for line in capsys.readouterr().out.splitlines()[1:])
    assert told == ["D308", "D308", "D309", "D311"]
