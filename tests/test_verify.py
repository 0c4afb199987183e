"""The proof over the whole history: whatever was changed since it was posted is found, with its commit."""

import os
import subprocess
from contextlib import suppress
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.audit import read_chain
from acctkit.audit.verify import check_evidence, check_heads, first_change
from acctkit.books import pen
from acctkit.books.history import blob_id, read_history
from acctkit.books.new import NewBooks, create
from acctkit.books.proof import newest_seal, prove
from acctkit.books.reader import open_books
from acctkit.books.root import find_root
from acctkit.cli import run
from acctkit.cli.load import checks
from acctkit.journal.writer import Draft
from acctkit.problem import Refusal

PERSON = {"NAME": "Jo", "EMAIL": "jo@acme.example", "DATE": "2026-05-06T09:00:00Z"}
RENT = (
    '2026-{month:02}-14 * "Rent {number}"\n  type: "journal"\n  ref: "JNL-{number:04}"\n  Expenses:Rent  500.00 GBP\n'
    "  Assets:Bank:Current  -500.00 GBP\n"
)


def git(folder, *words):
    names = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in PERSON.items()}
    variables = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder, message="books"):
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")[:10]


def post(root, number, month):
    draft = Draft((RENT.format(number=number, month=month),))
    writer = pen.Writer("jo@acme.example", date(2026, month, 20), f"2026-{month:02}-20T09:00:0{number}Z")
    pen.append(root, lambda _: draft, writer)


@pytest.fixture
def root(tmp_path):
    """Books of two months in a repository, four entries in four commits."""
    folder = tmp_path / "books"
    create(folder, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    (folder / "documents" / "lease.pdf").write_bytes(b"lease")
    git(folder, "init", "-q")
    found = find_root(str(folder), {}, tmp_path)
    for number, month in ((1, 4), (2, 4), (3, 5), (4, 5)):
        post(found, number, month)
        commit(folder, f"posted {number}")
    return found


def month(root, number):
    return root.folder / "journals" / "2026" / f"2026-{number:02}.beancount"


def edit(path, old, new):
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def found(root, *heads):
    return [(p.code, p.message) for p in prove(open_books(root, checks()), heads).differences]


def resealed(root):
    """Seal the books anew from the beginning, as somebody who knows how it works would."""
    from acctkit.audit.seals import _SEAL, seal_hash

    head, pending = "", b""
    for path in sorted(root.folder.glob("journals/2*/*.beancount")):
        data, at = path.read_bytes(), 0
        for match in _SEAL.finditer(data):
            pending += data[at : match.start(4)]
            head, pending = seal_hash(head, [pending]), b""
            data = data[: match.start(4)] + head.encode() + data[match.end() :]
            at = match.end() + 1
        pending += data[at:]
        path.write_bytes(data)


def test_books_as_they_were_posted_have_no_difference(root):
    proof = prove(open_books(root, checks()), [])
    assert (proof.differences, proof.notes) == ([], [])
    extents = {one.what: one.extent for one in proof.looked}
    assert extents["Journals that only grew"] == "2 files over 4 commits"
    assert extents["Seals, one chain"] == "4 seals"
    assert extents["Settings and chart, as sealed"] == "3 files"


def test_every_flipped_bit_is_found(root):
    """Bits of every file of the books: settings, chart, root and stream."""
    tried = 0
    for path in [root.settings, *sorted(root.folder.glob("journals/**/*.beancount"))]:
        data = path.read_bytes()
        for at in range(0, len(data), 1 + len(data) // 12):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
            with suppress(Refusal):  # it cannot be read at all
                assert found(root), (path, at)
            tried += 1
        path.write_bytes(data)
    assert tried > 50
    assert found(root) == []


def test_what_git_does_not_hold_yet_is_said(root):
    post(root, 5, 5)
    post(root, 6, 6)
    proof = prove(open_books(root, checks()), [])
    assert proof.differences == []
    may, june = (str(month(root, number)) for number in (5, 6))
    assert proof.notes == [
        f"Not committed yet: what was posted to {may} since the last commit.",
        f"Not in Git yet: {june}; git add and git commit put it there.",
    ]


def test_an_edit_that_was_sealed_anew_is_found_with_its_commit(root):
    edit(month(root, 4), b"Rent 1", b"Rent 9")
    resealed(root)
    assert open_books(root, checks()).ledger.problems == []
    by = "since the last commit"
    line = '2026-04-14 * "Rent 1"'
    assert ("A605", f"line 3 was changed {by}; it was: {line}") in found(root)
    by = f"in {commit(root.folder, 'tidy')} by Jo <jo@acme.example> on 2026-05-06"
    assert ("A605", f"line 3 was changed {by}; it was: {line}") in found(root)


def test_a_seal_that_does_not_fit_names_the_commit_that_changed_the_text_above_it(root):
    def since():
        (problem,) = [p for p in prove(open_books(root, checks()), []).differences if p.code == "A601"]
        return problem.related[-1][0]

    edit(month(root, 5), b"500.00", b"900.00")
    assert since() == "stands so since the last commit"
    by = f"in {commit(root.folder, 'tidy')} by Jo <jo@acme.example> on 2026-05-06"
    post(root, 5, 5)
    commit(root.folder)
    assert since() == f"stands so since it was committed {by}"


def test_an_edit_that_was_put_right_again_is_found_twice(root):
    edit(month(root, 5), b"500.00", b"900.00")
    first = commit(root.folder)
    edit(month(root, 5), b"900.00", b"500.00")
    second = commit(root.folder)
    assert [(code, message.split()[5]) for code, message in found(root)] == [("A605", first), ("A605", second)]


def test_a_tail_that_was_cut_off_is_found(root):
    path = month(root, 5)
    whole = path.read_bytes()
    head = read_chain(open_books(root, ()).stream).head
    path.write_bytes(whole[: whole.index(b'\n\n2026-05-14 * "Rent 4"') + 1])
    assert [code for code, _ in found(root)] == ["A605"]
    assert "was taken away since the last commit" in found(root)[0][1]
    # With the history rewritten, only a head that was published tells.
    git(root.folder, "checkout", "-q", "--orphan", "new")
    commit(root.folder)
    assert found(root) == []
    assert [code for code, _ in found(root, head, head[:8], f"4:{head}")] == ["A606"] * 3


def test_a_head_in_a_commit_message_is_looked_for(root):
    head = newest_seal(root).hash
    assert head == read_chain(open_books(root, ()).stream).head
    (root.folder / "note").write_text("x")
    commit(root.folder, f"filed\n\nBooks-Head: 4:{head}")
    assert found(root) == []
    (root.folder / "note").write_text("y")
    commit(root.folder, f"filed\n\nBooks-Head: {'0' * 64}")
    ((code, message),) = found(root)
    assert code == "A606"
    assert "published in" in message


def test_what_is_no_head_in_a_commit_message_is_said_and_hinders_nothing(root):
    (root.folder / "note").write_text("x")
    by = commit(root.folder, "filed\n\nBooks-Head: pending")
    proof = prove(open_books(root, checks()), [])
    words = f"`pending`, published in {by} by Jo <jo@acme.example> on 2026-05-06"
    assert (proof.differences, proof.notes) == ([], [f"Not proved: {words}, is no head of books."])


def test_a_graft_hides_no_commit(root):
    edit(month(root, 4), b"Rent 1", b"Rent 9")
    resealed(root)
    commit(root.folder, "tidy")
    (root.folder / ".git" / "info").mkdir(exist_ok=True)
    (root.folder / ".git" / "info" / "grafts").write_text(git(root.folder, "rev-parse", "HEAD") + "\n")
    assert "A605" in [code for code, _ in found(root)]


@pytest.fixture
def closed(root):
    """The books with April closed for good, and an older entry beside the stream."""
    path = root.folder / "journals" / "old.beancount"
    path.write_text(RENT.format(number=9001, month=4).replace("Rent 9001", "Old"))
    root.file.write_text(root.file.read_text() + 'include "old.beancount"\n')
    writer = pen.Writer("jo@acme.example", date(2026, 5, 21), "2026-05-21T09:00:00Z")
    pen.append(root, lambda _: Draft(('2026-05-21 custom "lock" "hard" 2026-04-30\n',)), writer)
    commit(root.folder, "April closed")
    assert found(root) == []
    return path


def reseal(root):
    pen.seal(root, pen.Writer("jo@acme.example", date(2026, 5, 22), "2026-05-22T09:00:00Z"))
    return commit(root.folder, "more")


def test_what_was_put_into_a_lock_beside_the_stream_is_found_with_its_commit(root, closed):
    open_day = RENT.format(number=9003, month=5).replace("JNL", "OLD")
    closed.write_text(closed.read_text() + "\n; a remark\n" + open_day)
    reseal(root)
    assert [one for one in found(root) if one[0] == "A603"] == []
    closed.write_text(closed.read_text() + "\n" + RENT.format(number=9002, month=4).replace("JNL", "OLD"))
    since = "the books are locked up to 2026-04-30 since 2026-05-21, and this was put there"
    assert ("A603", f"{since} since the last commit") in found(root)
    by = f"in {reseal(root)} by Jo <jo@acme.example> on 2026-05-06"
    assert [one for one in found(root) if one[0] == "A603"] == [("A603", f"{since} {by}")]


def test_what_was_changed_within_a_lock_beside_the_stream_is_found(root, closed):
    edit(closed, b"500.00", b"900.00")
    edit(closed, b"-500.00", b"-900.00")
    reseal(root)
    messages = [message for code, message in found(root) if code == "A603"]
    assert len(messages) == 2
    assert messages[1].endswith('`2026-04-14 * "Old"` was changed or taken away since')
    closed.write_text("; nothing\n")
    reseal(root)
    assert len([code for code, _ in found(root) if code == "A603"]) == 1


def test_a_file_that_was_taken_away_is_found(root):
    month(root, 5).unlink()
    by = commit(root.folder)
    (problem,) = [p for p in found(root) if p[0] == "A605"]
    assert "was taken away in " + by in problem[1]


def test_books_that_were_moved_keep_their_history(root):
    (root.folder / "uk").mkdir()
    for name in ("acct.toml", "journals", "statements", "documents"):
        git(root.folder, "mv", name, f"uk/{name}")
    commit(root.folder)
    moved = find_root(str(root.folder / "uk"), {}, root.folder)
    post(moved, 5, 5)
    commit(root.folder)
    assert found(moved) == []
    edit(month(moved, 4), b"Rent 1", b"Rent 9")
    resealed(moved)
    assert {code for code, _ in found(moved)} == {"A605"}


def test_what_was_merged_is_compared_along_first_parents(root):
    git(root.folder, "checkout", "-qb", "other", "HEAD~1")
    (root.folder / "other.txt").write_text("x")
    commit(root.folder)
    git(root.folder, "checkout", "-q", "-")
    git(root.folder, "merge", "-q", "--no-ff", "-m", "merged", "other")
    history = read_history(root.folder)
    assert len(history.commits) == 5
    assert found(root) == []


def test_evidence_that_was_changed_is_found(root):
    (root.folder / "documents" / "lease.pdf").write_bytes(b"other lease")
    assert found(root) == [
        ("A607", f"{root.folder}/documents/lease.pdf was changed or taken away since the last commit")
    ]
    by = commit(root.folder)
    ((code, message),) = found(root)
    assert (code, by in message) == ("A607", True)


def test_a_recorded_hash_is_compared(root):
    text = '2026-05-20 custom "statement" "CUR" Assets:Bank:Current 0.00 GBP\n  file: "statements/x"\n  sha256: "{}"\n'
    book = open_books(root, ()).ledger
    from acctkit.journal.parser import parse
    from acctkit.journal.source import Source
    from acctkit.ledger.ledger import Ledger

    book = Ledger([parse(Source("x", text.format("0" * 64).encode()))], book.entity)
    count, (problem,) = check_evidence(book, lambda _: b"data")
    assert (count, problem.code) == (1, "A607")
    assert "is not there" in check_evidence(book, lambda _: None)[1][0].message
    import hashlib

    book = Ledger([parse(Source("x", text.format(hashlib.sha256(b"data").hexdigest()).encode()))], book.entity)
    assert check_evidence(book, lambda _: b"data") == (1, [])


def test_without_a_history_it_is_said(tmp_path):
    create(tmp_path, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    proof = prove(open_books(find_root(str(tmp_path), {}, tmp_path), checks()), [])
    assert proof.differences == []
    assert "no Git repository" in proof.notes[0]


def test_a_shallow_clone_is_said(root, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{root.folder}", "clone")
    clone = find_root(str(tmp_path / "clone"), {}, tmp_path)
    proof = prove(open_books(clone, checks()), [])
    assert (proof.differences, "lacks the older commits" in proof.notes[0]) == ([], True)


def test_nothing_a_repository_names_is_run(root):
    marker = root.folder.parent / "ran"
    script = root.folder.parent / "script"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.pager", "diff.external", "diff.x.textconv", "filter.x.clean"):
        git(root.folder, "config", name, str(script))
    git(root.folder, "config", "log.showSignature", "true")
    (root.folder / ".gitattributes").write_text("* diff=x filter=x\n")
    edit(month(root, 4), b"Rent 1", b"Rent 9")
    assert found(root)
    assert not marker.exists()


def test_what_is_no_head_is_refused(root):
    chain = read_chain(open_books(root, ()).stream)
    for head in ("", "4be1", "zzzzzzzzzzzz", "3:"):
        with pytest.raises(Refusal):
            check_heads(chain, [(head, "x")])


@given(st.lists(st.binary(max_size=4).map(lambda b: b.replace(b"\0", b"\n")), min_size=1, max_size=4))
def test_the_first_change_is_where_texts_part(parts):
    texts = [b"".join(parts[:n]) for n in range(len(parts) + 1)]
    assert all(first_change(old, new) is None for old, new in pairwise(texts))
    whole = texts[-1]
    for at in range(len(whole)):
        line, _, now = first_change(whole, whole[:at])
        assert (line, now) == (whole.count(b"\n", 0, at) + 1, None)
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert first_change(whole, changed)[0] == line


def test_a_blob_is_named_as_git_names_it(tmp_path):
    (tmp_path / "x").write_bytes(b"hello\n")
    git(tmp_path, "init", "-q")
    assert blob_id("sha1", b"hello\n") == git(tmp_path, "hash-object", "x")


def test_a_report_in_a_file_bears_the_head(root, tmp_path, capsys):
    out = tmp_path / "tb.txt"
    assert run(["-f", str(root.folder), "tb", "-o", str(out)]) == 0
    assert out.read_text().endswith(f"\nBooks sealed to 4:{newest_seal(root).hash}\n")
    assert run(["-f", str(root.folder), "tb"]) == 0
    assert "sealed to" not in capsys.readouterr().out


def test_files_outside_the_stream_are_found_with_every_commit_that_changed_them(root):
    chart = root.file.with_name("chart.beancount")
    text = chart.read_text()
    first = text.count("\n") + 1
    for number, name in enumerate(("One", "Two"), 1):
        chart.write_text(text + f"2026-04-01 open Assets:{name}\n")
        made = commit(root.folder, f"chart {number}")
        assert made
    chart.write_text(text + "2026-04-01 open Assets:Three\n")
    (problem,) = prove(open_books(root, checks()), []).differences
    assert problem.message == "journals/chart.beancount changed since seal 4"
    words = [words for words, _ in problem.related]
    assert [word[: len("changed in")] for word in words] == ["changed in", "changed in", "changed si"]
    assert words[1] == f"changed in {made} by Jo <jo@acme.example> on 2026-05-06"
    assert {place.line for _, place in problem.related} == {first}


def test_what_a_single_journal_includes_is_proved(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "2025.beancount").write_text("2025-04-01 open Expenses:Rent\n2025-04-01 open Assets:Bank:Current\n")
    file = tmp_path / "main.beancount"
    file.write_text('include "2025.beancount"\n')
    single = find_root(str(file), {}, tmp_path)
    post(single, 1, 4)
    commit(tmp_path, "posted")
    proof = prove(open_books(single, checks()), [])
    assert (proof.differences, proof.looked[1].what, proof.looked[1].extent) == (
        [],
        "Included files, as sealed",
        "1 file",
    )
    edit(tmp_path / "2025.beancount", b"2025-04-01 open Assets", b"2025-04-02 open Assets")
    made = commit(tmp_path, "tidy")
    (problem,) = prove(open_books(single, checks()), []).differences
    assert (problem.code, problem.message) == ("A604", "2025.beancount changed since seal 1")
    ((words, place),) = problem.related
    assert (words, place.line) == (f"changed in {made} by Jo <jo@acme.example> on 2026-05-06", 2)
    assert run(["-f", str(file), "seal"]) == 0
    assert prove(open_books(single, checks()), []).differences == []
