"""Branches of books: merged by replaying what one posted, and numbers that only one branch gives."""

import json
import os
import re
import stat
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.audit import read_chain
from acctkit.books import pen, replay
from acctkit.books.merge import merge
from acctkit.books.new import NewBooks, create
from acctkit.books.pen import Writer
from acctkit.books.proof import prove
from acctkit.books.reader import open_books
from acctkit.books.root import ROOT_FILE, Root
from acctkit.cli import run
from acctkit.cli.load import checks
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.posting import posted
from acctkit.problem import ERROR, Refusal
from strategies import transactions

JO = Writer("jo@acme.example", date(2026, 5, 7), "2026-05-07T17:02:11Z")
EVE = Writer("eve@acme.example", date(2026, 5, 8), "2026-05-08T09:00:00Z")
JUNE = Writer("eve@acme.example", date(2026, 6, 1), "2026-06-01T09:00:00Z")
PARTIES = '2026-05-01 custom "customer" "TERN" "Tern Ltd"\n2026-05-01 custom "supplier" "REED" "Reed Ltd"\n'


def journal(words, day="2026-05-06"):
    return f'{day} * "{words}"\n  Expenses:Travel  9.00 GBP\n  Assets:Bank:Current\n'


def invoice(amount="100.00", ref=""):
    ref = f'  ref: "{ref}"\n' if ref else ""
    return (
        f'2026-05-06 * "Tern Ltd" "Design"\n  type: "sales-invoice"\n{ref}  party: "TERN"\n'
        f"  Assets:Debtors  {amount} GBP\n  Income:Sales\n"
    )


def receipt(to, amount="100.00"):
    return (
        f'2026-05-06 * "Tern Ltd" "" ^{to}\n  type: "receipt"\n  party: "TERN"\n'
        f"  Assets:Bank:Current  {amount} GBP\n  Assets:Debtors\n"
    )


def git(root, *words):
    folder = root.folder or root.file.parent
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(root, words):
    git(root, "add", "-A")
    git(root, "commit", "-qm", words)


def on(root, branch, *texts, writer=EVE):
    """Post texts on a branch, each as an append of its own, and commit them."""
    git(root, "switch", "-q", branch)
    refs = [ref for text in texts for ref in post(root, text, writer).refs]
    commit(root, f"posted on {branch}")
    return refs


def post(root, text, writer=JO, key=""):
    return pen.append(root, lambda ledger: posted(ledger, "typed", text.encode()), writer, checks(), key)


def problems(root):
    return [f"{p.code} {p.message}" for p in open_books(root, checks()).ledger.problems]


def tree(root):
    top = root.folder or root.file.parent
    paths = sorted(path for path in top.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path): path.read_bytes() for path in paths}


@pytest.fixture(params=["folder", "single", "below"])
def root(request, tmp_path, monkeypatch):
    """Books in a repository on branch main, with a branch called side."""
    for name, value in {"NAME": "Jo", "EMAIL": "jo@acme.example"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    folder = tmp_path / "clients" / "acme" if request.param == "below" else tmp_path / "acme"
    create(folder, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    root = Root(folder / ROOT_FILE, folder)
    if request.param == "single":
        text = (folder / "journals" / "chart.beancount").read_text()
        root = Root(folder / "acme.beancount", None)
        root.file.write_text('option "operating_currency" "GBP"\n' + text)
    subprocess.run(
        ["git", "init", "-qb", "main", tmp_path / "clients" if request.param == "below" else folder], check=True
    )
    post(root, PARTIES + invoice())
    commit(root, "begun")
    git(root, "branch", "side")
    return root


# A single journal has no other files beside it, and names no branch.
of_folders = pytest.mark.parametrize("root", ["folder", "below"], indirect=True)


def merged(root, branch="side", writer=JO):
    """Merge and commit; what stood here stands here still."""
    before = {source.name: source.data for source in open_books(root, ()).stream}
    done = merge(root, branch, writer, checks())
    books = open_books(root, checks())
    after = {source.name: source.data for source in books.stream}
    assert all(after[name].startswith(data) for name, data in before.items())
    assert [p for p in books.ledger.problems if p.severity == ERROR] == []
    assert read_chain(books.stream).unsealed == []
    git(root, "commit", "-q", "--no-edit")
    assert git(root, "status", "--porcelain") == ""
    assert differences(root) == []
    return done


def differences(root):
    """What the proof finds of merges, notes among it."""
    found = prove(open_books(root, checks()), ())
    of_merges = [p.message for one in found.looked if one.what.startswith("Merged") for p in one.differences]
    return of_merges + [note for note in found.notes if "merged" in note]


def test_a_branch_that_was_merged_and_dropped_is_found(root):
    on(root, "side", journal("Taxi, side"), journal("Train, side"))
    on(root, "main", journal("Taxi, main"), writer=JO)
    git(root, "merge", "-q", "-s", "ours", "-m", "dropped", "side")
    found = differences(root)
    assert len(found) == 2
    assert all(re.match(r"what eve@acme.example posted on 2026-05-08 \(seal [23] of a branch", one) for one in found)


def test_a_replay_that_says_something_else_is_found(root, monkeypatch):
    on(root, "side", journal("Taxi, side"), journal("Train, side"))
    on(root, "main", journal("Taxi, main"), writer=JO)

    def otherwise(*given):
        done = replay.replay(*given)
        texts = [draft.texts[0].replace("Taxi, side", "Taxi, mine") for draft in done.drafts]
        drafts = [draft.__class__((text, *draft.texts[1:])) for text, draft in zip(texts, done.drafts, strict=True)]
        return done._replace(drafts=drafts)

    monkeypatch.setattr("acctkit.books.merge.replay", otherwise)
    merge(root, "side", JO, checks())
    git(root, "commit", "-q", "--no-edit")
    (found,) = differences(root)
    assert found.startswith("what was replayed is not what seal 2 of the branch merged in ")


def test_a_branch_that_is_not_sealed_is_said_to_be_unproved(root):
    git(root, "switch", "-q", "side")
    name = open_books(root, ()).stream[-1].name
    with Path(name).open("a") as file:
        file.write("; typed\n")
    commit(root, "typed")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "plain", "side")
    assert any("Not proved: what was merged" in one for one in unproved(root))


def unproved(root):
    return prove(open_books(root, checks()), ()).notes


def test_what_was_posted_on_two_branches(root):
    assert on(root, "side", invoice("30.00") + receipt("INV-0002", "30.00"), journal("Taxi, side")) == [
        "INV-0002", "RCT-0001", "JNL-0001",
    ]  # fmt: skip
    record = '2026-05-08 custom "allocate" "RCT-0001" "INV-0002" 30.00 GBP\n'
    named = '2026-05-08 custom "query" "INV-0002" "INV-0002" "is INV-0002 right?"\n'
    undone = record.replace('"allocate"', '"undo" "allocate"')
    reversal = journal("Back").replace('"\n', '"\n  type: "reversal"\n  reverses: "INV-0002"\n', 1)
    on(root, "side", named, record + undone + record, reversal.replace("9.00", "-9.00"))
    assert on(root, "main", invoice("20.00"), journal("Taxi, main"), writer=JO) == ["INV-0002", "JNL-0001"]
    before = tree(root)
    rehearsed = merge(root, "side", JO, checks(), dry_run=True)
    assert tree(root) == before
    done = merged(root)
    assert rehearsed.replay == done.replay
    assert done.replay.renumbered == [("INV-0002", "INV-0003"), ("JNL-0001", "JNL-0002")]
    text = Path(done.receipt.file).read_bytes().decode()
    assert text.endswith(rehearsed.receipt.draft.text)
    ledger = open_books(root, checks()).ledger
    assert (ledger.entry("INV-0003").meta["was"], "was" in ledger.entry("RCT-0001").meta) == ("INV-0002", False)
    assert ledger.entry("RCT-0001").links == {"INV-0003"} or list(ledger.entry("RCT-0001").links) == ["INV-0003"]
    assert [record.values[:2] for record in ledger.records("allocate")] == [("RCT-0001", "INV-0003")]
    assert [record.values for record in ledger.records("query")] == [("INV-0003", "INV-0002", "is INV-0002 right?")]
    assert ledger.entry("REV-0001").meta["reverses"] == "INV-0003"
    assert problems(root) == []
    seals = read_chain(open_books(root, checks()).stream).seals
    assert [seal.number for seal in seals] == list(range(1, 9))
    assert {seal.who for seal in seals[-5:]} == {"jo@acme.example"}
    (first, *_) = ledger.records("merged")
    assert (first.text(0), first.note("posted-by"), first.note("renumbered")) == (
        "side", "eve@acme.example", "INV-0002 -> INV-0003",
    )  # fmt: skip


def test_a_branch_is_merged_again_and_its_older_numbers_are_known(root):
    on(root, "side", invoice("30.00"))
    on(root, "main", invoice("20.00"), writer=JO)
    merged(root)
    on(root, "side", receipt("INV-0002", "30.00"), invoice("31.00"))
    on(root, "main", invoice("21.00"), writer=JO)
    done = merged(root)
    assert (done.replay.renumbered, len(done.replay.drafts)) == ([("INV-0003", "INV-0005")], 2)
    ledger = open_books(root, checks()).ledger
    assert list(ledger.entry("RCT-0001").links) == ["INV-0003"]
    assert problems(root) == []
    with pytest.raises(Refusal, match="nothing that is not here"):
        merge(root, "side", JO, checks())


@of_folders
def test_other_files_are_merged_by_git(root):
    chart = root.folder / "journals" / "chart.beancount"
    git(root, "switch", "-q", "side")
    chart.write_text(chart.read_text() + '\n2026-04-01 open Expenses:Ferry GBP\n  nominal: "7999"\n')
    (root.folder / "documents" / "ticket.txt").write_text("Ferry, 9.00\n")
    on(root, "side", journal("Ferry").replace("Travel", "Ferry"))
    on(root, "main", journal("Taxi"), writer=JO)
    before = tree(root)
    assert "Expenses:Ferry" in merge(root, "side", JO, checks(), dry_run=True).receipt.draft.text
    assert tree(root) == before
    done = merged(root)
    assert [name.rpartition("/")[2] for name in done.brought] == ["ticket.txt", "chart.beancount"]
    assert "Expenses:Ferry" in chart.read_text()
    assert problems(root) == []


def test_months_of_either_side(root):
    on(root, "side", journal("June, side"), writer=JUNE)
    on(root, "main", journal("May, main"), writer=JO)
    done = merged(root)
    assert done.replay.renumbered == [("JNL-0001", "JNL-0002")]
    names = [Path(source.name).name for source in open_books(root, ()).stream if source.data.strip()]
    assert not any("2026-06" in name for name in names)  # it is posted here in May
    on(root, "main", journal("June, main"), writer=JUNE)
    on(root, "side", journal("June again, side"), writer=JUNE)
    git(root, "switch", "-q", "main")
    merged(root, writer=JUNE)
    assert problems(root) == []


def refused(root, said, branch="side"):
    before, head = tree(root), git(root, "rev-parse", "HEAD")
    with pytest.raises(Refusal) as reason:
        merge(root, branch, JO, checks())
    assert said in str(reason.value)
    assert (tree(root), git(root, "rev-parse", "HEAD")) == (before, head)
    assert not Path(
        root.folder or root.file.parent, git(root, "rev-parse", "--git-path", "MERGE_HEAD").strip()
    ).exists()
    return reason.value


def test_what_cannot_be_merged_is_refused_and_nothing_changes(root):
    stream = Path(open_books(root, ()).stream[-1].name)
    refused(root, "no branch nowhere", "nowhere")
    refused(root, "no branch --help", "--help")
    refused(root, "nothing that is not here")
    on(root, "side", journal("Taxi"))
    git(root, "switch", "-q", "main")
    stream.write_bytes(stream.read_bytes() + b"; typed\n")
    refused(root, "not committed")
    commit(root, "typed")
    refused(root, "not sealed yet")
    pen.seal(root, JO, checks())
    commit(root, "sealed")
    for kind, edit, said in (
        ("changed", lambda data: data.replace(b"Tern Ltd", b"Fern Ltd", 1), "seals of that branch do not hold"),
        ("typed", lambda data: data + b"\n" + journal("typed").encode(), "text that is not sealed"),
    ):
        git(root, "switch", "-qc", kind, "side")
        stream.write_bytes(edit(stream.read_bytes()))
        commit(root, kind)
        git(root, "switch", "-q", "main")
        refused(root, said, kind)
    on(root, "main", '2026-05-08 custom "lock" "hard" 2026-05-07\n', writer=JO)
    refused(root, "would add these errors")  # the branch posted into a period that is locked here


def test_a_merge_that_was_cut_off_before_the_replay_is_not_to_be_committed(root):
    on(root, "side", journal("side"))
    git(root, "switch", "-q", "main")
    place = (root.folder or root.file.parent) / git(root, "rev-parse", "--git-path", "MERGE_HEAD").strip()
    place.write_text(git(root, "rev-parse", "side"))
    for is_replayed in (False, True):
        if is_replayed:
            post(root, journal("here"))
        with pytest.raises(Refusal) as found:
            merged(root)
        (problem,) = found.value.problems
        assert problem.message == "another merge is under way"
        assert ("do not commit it" in problem.hint) is not is_replayed


def test_a_repository_that_cannot_be_written(root, monkeypatch):
    on(root, "side", journal("side"))
    on(root, "main", journal("main"), writer=JO)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_text", lambda *_: os.open("/nowhere/at/all", os.O_RDONLY))
        refused(root, "the merge cannot be written")
    merged(root)


@of_folders
def test_conflicts_outside_the_stream_are_named(root):
    notes = root.folder / "documents" / "README"
    for branch in ("side", "main"):
        git(root, "switch", "-q", branch)
        notes.write_text(f"kept on {branch}\n")
        on(root, branch, journal(branch))
    assert "documents/README" in str(refused(root, "both branches changed"))


def test_one_way_only(root):
    on(root, "side", journal("side"))
    on(root, "main", journal("main"), writer=JO)
    git(root, "switch", "-q", "side")
    merged(root, "main", EVE)
    git(root, "switch", "-q", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "apart")
    refused(root, "one way only")


def statement(sha, *ids, code="CUR-2026-05"):
    head = f'2026-05-06 custom "statement" "{code}" Assets:Bank:Current\n  file: "x"\n  sha256: "{sha}"\n'
    return head + "".join(line(name, code) for name in ids)


def line(name, code="CUR-2026-05"):
    return f'2026-05-06 custom "statement-line" "{code}" "{name}" -9.00 GBP "Taxi INV-0001"\n'


def matched(name, ref, code="CUR-2026-05"):
    return f'2026-05-07 custom "reconcile" "{code}" "{name}" "{ref}" -9.00 GBP\n'


def test_what_both_sides_imported_is_there_once(root):
    on(root, "side", statement("aa", "1", "2"), statement("bb", "3", "4", code="CUR-2026-05-2"), journal("Taxi"))
    undone = line("2").replace('"statement-line"', '"undo" "statement-line"')
    on(root, "side", matched("2", "JNL-0001"), matched("2", "JNL-0001").replace('"reconcile"', '"undo" "reconcile"'))
    on(root, "side", matched("3", "JNL-0001", "CUR-2026-05-2"), undone)
    on(
        root,
        "main",
        statement("aa", "1", "2"),
        statement("cc", "4", "5", code="CUR-2026-05-2"),
        journal("Bus"),
        writer=JO,
    )
    done = merged(root)
    assert done.replay.renumbered == [("CUR-2026-05-2", "CUR-2026-05-3"), ("JNL-0001", "JNL-0002")]
    assert done.replay.notes == ["3 statement lines were imported here already"]
    ledger = open_books(root, checks()).ledger
    lines = [(record.text(0)[9:], record.text(1)) for record in ledger.records("statement-line")]
    assert lines == [("05", "1"), ("05", "2"), ("05-2", "4"), ("05-2", "5"), ("05-3", "3")]
    assert [record.values[:3] for record in ledger.records("reconcile")] == [("CUR-2026-05-3", "3", "JNL-0002")]
    on(root, "side", matched("4", "JNL-0001", "CUR-2026-05-2").replace("JNL-0001", post_more(root)))
    git(root, "switch", "-q", "main")
    merged(root)
    ledger = open_books(root, checks()).ledger
    assert [record.values[:2] for record in ledger.records("reconcile")][1] == ("CUR-2026-05-2", "4")


def post_more(root):
    git(root, "switch", "-q", "side")
    return post(root, journal("Ferry"), EVE).refs[0]


def test_what_was_posted_under_one_key_on_both_sides_is_said(root):
    for branch in ("side", "main"):
        git(root, "switch", "-q", branch)
        post(root, journal(f"Rent, {branch}"), key="rent 2026-05")
        commit(root, "rent")
    done = merged(root)
    assert done.replay.notes == [
        "JNL-0002 was posted under the key rent 2026-05, as JNL-0001 was here: reverse one of them"
    ]


# A merge by Git alone.


@of_folders
def test_a_merge_by_git_alone_is_found_with_its_cure(root):
    on(root, "side", journal("side"), writer=JUNE)
    on(root, "main", journal("main"), writer=JO)
    git(root, "merge", "-q", "--no-edit", "side")
    (found,) = [p for p in open_books(root, checks()).ledger.problems if p.code[0] == "A"]
    assert (found.code, Path(found.place.file).name) == ("A609", "2026-06.beancount")
    assert "acct merge" in found.hint
    git(root, "reset", "-q", "--keep", "ORIG_HEAD")
    merged(root)


def test_lines_of_two_branches_mixed_are_found_with_their_cure(root):
    on(root, "side", journal("side"))
    on(root, "main", journal("main"), writer=JO)
    (Path(git(root, "rev-parse", "--show-toplevel").strip()) / ".gitattributes").write_text("*.beancount merge=union\n")
    commit(root, "union")
    git(root, "merge", "-q", "--no-edit", "side")
    found = [p for p in open_books(root, checks()).ledger.problems if p.code in ("A601", "A609")]
    assert any("acct merge" in p.hint for p in found)


def test_marks_of_a_conflict_are_found_with_their_cure(root):
    on(root, "side", journal("side"))
    on(root, "main", journal("main"), writer=JO)
    subprocess.run(["git", "merge", "side"], cwd=root.folder or root.file.parent, capture_output=True, check=False)
    found = [p for p in open_books(root, checks()).ledger.problems if p.code == "A609"]
    assert len(found) == 1
    assert "git merge --abort" in found[0].hint


# What only one branch does.


@pytest.fixture
def settled(root):
    settings = root.folder / "acct.toml"
    settings.write_text(settings.read_text() + '\n[git]\nbranch = "main"\n')
    commit(root, "one branch is the books")
    git(root, "branch", "-f", "side")
    return root


FOR_OTHERS = [
    invoice("5.00"),
    invoice("-5.00").replace("invoice", "credit"),
    '2026-05-08 custom "vat-return" "GB" 2026-01-01 2026-03-31\n',
]


@of_folders
@pytest.mark.parametrize("text", FOR_OTHERS)
def test_documents_for_others_are_numbered_on_one_branch(settled, text):
    git(settled, "switch", "-q", "side")
    with pytest.raises(Refusal) as reason:
        post(settled, text)
    assert "only on branch main" in str(reason.value)
    assert "git switch main" in reason.value.problems[0].hint
    assert post(settled, journal("Taxi")).refs == ["JNL-0001"]
    commit(settled, "side")
    git(settled, "switch", "-q", "--detach")
    with pytest.raises(Refusal, match="no branch is checked out"):
        post(settled, text)
    git(settled, "switch", "-q", "main")
    if "vat-return" not in text:
        assert post(settled, text).line


@of_folders
def test_only_the_branch_that_is_the_books_merges(settled):
    on(settled, "main", journal("Taxi"), writer=JO)
    git(settled, "switch", "-q", "side")
    refused(settled, "branch main is the books", "main")
    git(settled, "switch", "-q", "main")


def test_books_in_no_repository_have_no_branch(tmp_path):
    create(tmp_path / "acme", NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    root = Root(tmp_path / "acme" / ROOT_FILE, tmp_path / "acme")
    settings = root.folder / "acct.toml"
    settings.write_text(settings.read_text() + '\n[git]\nbranch = "main"\n')
    assert post(root, PARTIES + invoice()).refs == ["INV-0001"]
    with pytest.raises(Refusal, match="in no Git repository"):
        merge(root, "side", JO, checks())


def test_the_command(root, capsys):
    on(root, "side", journal("Taxi, side"))
    on(root, "main", journal("Taxi, main"), writer=JO)
    path = str(root.folder or root.file)
    assert run(["-f", path, "--today", "2026-05-07", "merge", "side", "--dry-run"]) == 0
    shown = capsys.readouterr()
    assert '  ref: "JNL-0002"\n  was: "JNL-0001"\n' in shown.out
    assert "JNL-0002 was JNL-0001 on side" in shown.err
    assert run(["-f", path, "--today", "2026-05-07", "merge", "side", "-O", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["schema"], answer["appends"], answer["renumbered"]) == (
        "acctkit.merge/1", 1, [{"was": "JNL-0001", "ref": "JNL-0002"}],
    )  # fmt: skip
    assert (answer["refs"], answer["problems"]) == (["JNL-0002"], {"errors": 0, "warnings": 0})
    assert re.search("(?m)^M +.*beancount", git(root, "status", "--porcelain"))


@pytest.mark.parametrize("half", [True, False])
def test_a_merge_that_dies_is_done_again(root, half):
    on(root, "side", journal("side"), invoice("30.00"))
    on(root, "main", journal("main"), writer=JO)
    child = os.fork()
    if child == 0:
        write = os.write

        def dying(descriptor, data):
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # what git is told
                return write(descriptor, data)
            write(descriptor, data[: len(data) // 2] if half else data)
            os._exit(77)

        os.write = dying
        try:
            merge(root, "side", JO, checks())
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77
    assert len(open_books(root, checks()).ledger.transactions) == (2 if half else 4)
    assert problems(root) == []
    git(root, "merge", "--abort")
    if not half:  # what was appended whole stays
        git(root, "commit", "-qam", "what the merge had appended")
    else:
        post(root, journal("more"))
        git(root, "commit", "-qam", "more")
    done = merged(root)
    assert (len(done.replay.drafts), done.replay.known) == ((2, 0) if half else (0, 2))
    assert problems(root) == []


# Rewriting, by itself.


def rewritten(text, names, own=None):
    parsed = sorted(parse(Source("side", text.encode())).entries, key=lambda entry: entry.line)
    return replay._rewritten(text, parsed, replay.Renaming(names, own or {}, {}))


@given(st.lists(transactions(), min_size=1, max_size=3), st.text('\n";^ INV-01a', max_size=20))
def test_what_names_nothing_stays_to_the_letter(drawn, noise):
    text = Source("", (noise + "\n" + "\n".join(entry.text for entry in drawn)).encode()).text
    assert rewritten(text, {"INV-0001": "INV-0002"}, {"INV-0001": "INV-0002"}) == text


def test_only_what_names_an_entry_is_rewritten():
    names = {"INV-0001": "INV-0009", "PO-0007": "PO-0008", 'odd "one"': "odd-2"}
    text = (
        '2026-05-06 * "INV-0001" "pays INV-0001" ^INV-0001 ^INV-00011 #INV-0001 ; INV-0001\n'
        '  ref: "INV-0001"\n  their-ref: "INV-0001"\n  reverses: "INV-0001" ; why\n'
        '  Expenses:Travel  9.00 GBP\n    ref: "INV-0001"\n    order: "PO-0007/1"\n    note: "PO-0007/1"\n'
        "  Assets:Bank:Current\n\n"
        '2026-05-06 custom "remittance-line" "INV-0001" "INV-0001" 9.00 GBP "INV-0001"\n'
        '2026-05-06 custom "statement-line" "S" "INV-0001" 9.00 GBP "INV-0001"\n'
        '2026-05-06 custom "allocate" "odd \\"one\\"" "INV-0001" 9.00 GBP\n'
        '2026-05-06 custom "undo" "amend" "INV-0001"\n  reason: "INV-0001"\n'
        '2026-05-06 custom "query" "PO-0007/1" "INV-0001" "INV-0001?"\n'
        '2026-05-06 custom "shopping" "INV-0001"\n; INV-0001\n'
    )
    assert rewritten(text, names, {"INV-0001": "INV-0009"}) == (
        '2026-05-06 * "INV-0001" "pays INV-0001" ^INV-0009 ^INV-00011 #INV-0001 ; INV-0001\n'
        '  ref: "INV-0009"\n  was: "INV-0001"\n  their-ref: "INV-0001"\n  reverses: "INV-0009" ; why\n'
        '  Expenses:Travel  9.00 GBP\n    ref: "INV-0001"\n    order: "PO-0008/1"\n    note: "PO-0007/1"\n'
        "  Assets:Bank:Current\n\n"
        '2026-05-06 custom "remittance-line" "INV-0009" "INV-0001" 9.00 GBP "INV-0001"\n'
        '2026-05-06 custom "statement-line" "S" "INV-0001" 9.00 GBP "INV-0001"\n'
        '2026-05-06 custom "allocate" "odd-2" "INV-0009" 9.00 GBP\n'
        '2026-05-06 custom "undo" "amend" "INV-0009"\n  reason: "INV-0001"\n'
        '2026-05-06 custom "query" "PO-0008/1" "INV-0001" "INV-0001?"\n'
        '2026-05-06 custom "shopping" "INV-0001"\n; INV-0001\n'
    )


@pytest.mark.parametrize(("ref", "taken", "then"), [
    ("INV-0043", {"INV-0043", "INV-0050"}, "INV-0051"), ("1187", {"1187"}, "1188"), ("X", {"X", "X-2"}, "X-3"),
    ("INV-9999", {"INV-9999"}, "INV-10000"), ("A1B09", {"A1B09", "A1B9x"}, "A1B10"),
])  # fmt: skip
def test_the_next_of_a_series(ref, taken, then):
    assert replay._next(ref, taken) == then
