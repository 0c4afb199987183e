"""Settings and chart, which stand outside the stream: the seals cover them as well."""

from datetime import date

import pytest

from acctkit.audit import cover_lines, read_chain
from acctkit.books import pen
from acctkit.books.covers import check_covered, covered
from acctkit.books.new import NewBooks, create
from acctkit.books.reader import open_books
from acctkit.books.root import Root, find_root
from acctkit.cli import run
from acctkit.journal.writer import Draft, record_text

WRITER = pen.Writer("jo@acme.example", date(2026, 5, 6), "2026-05-06T09:00:00Z")


@pytest.fixture
def root(tmp_path):
    create(tmp_path, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    return find_root(str(tmp_path), {}, tmp_path)


def post(root):
    draft = Draft((record_text(date(2026, 5, 6), "customer", ["ACME", "Acme Ltd"]),))
    return pen.append(root, lambda _: draft, WRITER)


def found(root):
    return [(p.severity, p.message) for p in check_covered(open_books(root, ()).ledger, root)]


def edit(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def lines(root):
    text = "".join(source.text for source in open_books(root, ()).stream)
    return [line for line in text.splitlines() if line.startswith("; covers ")]


def test_the_first_seal_covers_all_and_the_next_what_changed(root):
    post(root)
    names = ["acct.toml", "journals/chart.beancount", "journals/main.beancount"]
    assert [line.split()[2] for line in lines(root)] == names
    post(root)
    assert len(lines(root)) == 3
    assert found(root) == []
    edit(root.settings, b"03-31", b"12-31")
    assert found(root) == [("warning", "acct.toml changed since seal 2")]
    post(root)
    assert [line.split()[2] for line in lines(root)] == [*names, "acct.toml"]
    assert found(root) == []
    chain = read_chain(open_books(root, ()).stream)
    assert (len(chain.seals), chain.problems, chain.unsealed) == (3, [], [])


def test_every_byte_outside_the_stream_is_covered(root):
    post(root)
    books = open_books(root, ())
    chain, sources = read_chain(books.stream), covered(root, books.files)
    for source in sources.values():
        for at in range(0, len(source.data), 97):
            data = source.data[:at] + bytes([source.data[at] ^ 1]) + source.data[at + 1 :]
            changed = {name: data if other is source else other.data for name, other in sources.items()}
            assert cover_lines(chain, changed)


def test_files_come_and_go(root):
    post(root)
    more = root.file.with_name("more.beancount")
    more.write_text("2026-04-01 open Assets:Bank:Other GBP\n")
    edit(root.file, b"include", b'include "more.beancount"\ninclude')
    name = "journals/more.beancount"
    assert found(root) == [
        ("warning", "journals/main.beancount changed since seal 1"),
        ("warning", f"{name} is new since seal 1"),
    ]
    assert pen.seal(root, WRITER) == (2, 0)
    assert found(root) == []
    assert pen.seal(root, WRITER) == (0, 0)
    more.unlink()
    edit(root.file, b'include "more.beancount"\n', b"")
    assert found(root)[1] == ("warning", f"{name} is gone since seal 2")
    assert pen.seal(root, WRITER) == (3, 0)
    assert lines(root)[-1] == f"; covers {name} none"
    assert found(root) == []


def test_books_sealed_before_there_were_such_lines_stay_as_they_are(root, monkeypatch):
    monkeypatch.setattr(pen, "_covers", lambda *_: b"")
    post(root)
    monkeypatch.undo()
    edit(root.settings, b"03-31", b"12-31")
    assert found(root) == []
    post(root)
    assert len(lines(root)) == 3


def test_a_single_journal_covers_itself(tmp_path):
    file = tmp_path / "x.beancount"
    file.write_text("2026-04-01 open Assets:Bank GBP\n")
    root = Root(file, None)
    post(root)
    assert (lines(root), found(root)) == ([], [])


@pytest.fixture
def single(tmp_path):
    """A single journal that includes one whose name comes before its own and one that comes after."""
    for name in ("2025", "zones/old"):
        path = tmp_path / f"{name}.beancount"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"2025-04-01 open Assets:{name[-3:].title()} GBP\n")
    file = tmp_path / "main.beancount"
    file.write_text('include "2025.beancount"\ninclude "zones/*.beancount"\n2025-04-01 open Assets:Bank GBP\n')
    return Root(file, None)


def test_a_single_journal_covers_what_it_includes(single):
    post(single)
    assert [line.split()[2] for line in lines(single)] == ["2025.beancount", "zones/old.beancount"]
    assert found(single) == []
    edit(single.file.parent / "zones" / "old.beancount", b"GBP", b"USD")
    assert found(single) == [("warning", "zones/old.beancount changed since seal 1")]
    assert pen.seal(single, WRITER) == (2, 0)
    assert found(single) == []
    (single.file.parent / "zones" / "new.beancount").write_text("2025-04-01 open Assets:New GBP\n")
    (single.file.parent / "zones" / "old.beancount").unlink()
    assert found(single) == [
        ("warning", "zones/new.beancount is new since seal 2"),
        ("warning", "zones/old.beancount is gone since seal 2"),
    ]
    post(single)
    assert lines(single)[-1] == "; covers zones/old.beancount none"
    chain = read_chain(open_books(single, ()).stream)
    assert (found(single), len(chain.seals), chain.problems, chain.unsealed) == ([], 3, [], [])


def test_a_single_journal_sealed_before_it_covered_what_it_includes_adopts_that(single, monkeypatch):
    monkeypatch.setattr(pen, "_covers", lambda *_: b"")
    post(single)
    monkeypatch.undo()
    assert (lines(single), found(single), open_books(single, ()).ledger.problems) == ([], [], [])
    assert pen.seal(single, WRITER) == (2, 0)
    assert (len(lines(single)), found(single)) == (2, [])


def test_acct_says_what_it_sealed(single, capsys):
    post(single)
    edit(single.file.parent / "2025.beancount", b"GBP", b"USD")
    assert run(["-f", str(single.file), "check"]) == 0
    assert "A604: 2025.beancount changed since seal 1" in capsys.readouterr().out
    assert run(["-f", str(single.file), "seal"]) == 0
    assert capsys.readouterr().out == "seal 2: files that are included changed\n"
    assert run(["-f", str(single.file), "check"]) == 0
    assert "A604" not in capsys.readouterr().out


def test_a_cover_line_that_was_changed_breaks_its_seal(root):
    post(root)
    target = root.file.parent / "2026" / "2026-05.beancount"
    edit(target, b"; covers acct", b"; cover acct")
    chain = read_chain(open_books(root, ()).stream)
    assert [p.code for p in chain.problems] == ["A601"]
