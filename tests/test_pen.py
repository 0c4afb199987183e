"""The pen: what it appends, what it refuses, and what stands in the files when it is killed or the disk fails."""

import errno
import fcntl
import hashlib
import json
import multiprocessing
import os
import stat
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acctkit.audit import read_chain
from acctkit.books import lock, pen
from acctkit.books.new import NewBooks, create
from acctkit.books.pen import Writer
from acctkit.books.reader import open_books
from acctkit.books.root import ROOT_FILE, Root
from acctkit.cli import run
from acctkit.cli.load import checks
from acctkit.journal.entries import Transaction
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.writer import Draft
from acctkit.posting import posted
from acctkit.problem import ERROR, Refusal
from strategies import transactions

WRITER = Writer("jo@acme.example", date(2026, 5, 7), "2026-05-07T17:02:11Z")
LATER = Writer("jo@acme.example", date(2026, 6, 2), "2026-06-02T09:00:00Z")
OPENS = "".join(
    f"2026-04-01 open {name}\n" for name in ("Assets:Bank:Current", "Expenses:Stationery", "Expenses:Travel")
)
PAPER = """2026-05-06 * "Staples" "Paper"
  Expenses:Stationery    24.50 GBP
  Assets:Bank:Current   -24.50 GBP
"""
TAXI = """2026-05-06 * "Taxi"
  type: "payment"
  Expenses:Travel         9.00 GBP
  Assets:Bank:Current
"""
NOTED = '2026-05-06 custom "query" "JNL-0001" "buyer" "8 boxes or 10?"\n'


def single(folder, text=OPENS):
    path = folder / "books.beancount"
    path.write_bytes(text.encode())
    return Root(path, None)


def fresh(folder):
    create(folder, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    return Root(folder / ROOT_FILE, folder)


@pytest.fixture(params=["folder", "single"])
def root(request, tmp_path):
    return fresh(tmp_path / "acme") if request.param == "folder" else single(tmp_path)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(lock, "_PAUSE", 0.002)
    monkeypatch.setattr(os, "fsync", lambda _: None)


def proposing(text):
    data = text if isinstance(text, bytes) else text.encode()
    return lambda ledger: posted(ledger, "typed", data)


def post(root, text, writer=WRITER, key=""):
    return pen.append(root, proposing(text), writer, checks(), key)


def errors(root):
    return [p.message for p in open_books(root, checks()).ledger.problems if p.severity == ERROR]


def tree(root):
    """Every file of the books but the lock, and every folder, with a hash of what it holds."""
    top = root.folder or root.file.parent
    paths = sorted(path for path in top.rglob("*") if not path.name.endswith("lock"))
    return [(str(p), hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "folder") for p in paths]


def refused(root, act, *codes):
    """What `act` is refused for; no file has changed and none was made."""
    before = tree(root)
    with pytest.raises(Refusal) as reason:
        act()
    assert tree(root) == before
    found = [problem.code for problem in reason.value.problems]
    assert found == list(codes), reason.value
    return reason.value


ACTS = {
    "append": lambda root: post(root, TAXI + NOTED, key="k"),
    "new month": lambda root: post(root, TAXI + NOTED, LATER, "k"),
    "seal": lambda root: pen.seal(root, WRITER, checks()),
}


def append_by_hand(root, text):
    last = open_books(root, ()).stream[-1]
    Path(last.name).write_bytes(last.data + text.encode())


def line_of(receipt):
    return Path(receipt.file).read_text().split("\n")[receipt.line - 1]


# What is appended.


def test_an_entry_is_appended_with_type_ref_and_seal(root):
    done = post(root, PAPER)
    assert (done.refs, done.ids) == (["JNL-0001"], ["JNL-0001"])
    assert done.problems == {"errors": 0, "warnings": 0}
    assert line_of(done) == '2026-05-06 * "Staples" "Paper"'
    books = open_books(root, checks())
    assert books.ledger.problems == []
    assert books.ledger.entry("JNL-0001").meta == {"type": "journal", "ref": "JNL-0001"}
    last = books.stream[-1]
    assert last.name == done.file
    assert last.data.endswith(b"\n")
    (found,) = read_chain(books.stream).seals
    assert (found.number, found.time, found.who) == (1, WRITER.time, WRITER.who)
    assert found.line == last.data.count(b"\n")


def test_a_month_has_its_own_file(tmp_path):
    root = fresh(tmp_path / "acme")
    april = Writer("jo", date(2026, 4, 9), "2026-04-09T09:00:00Z")
    files = [post(root, PAPER, writer).file for writer in (april, WRITER, LATER, WRITER)]
    names = [path.rpartition("/")[2].removesuffix(".beancount") for path in files]
    assert names == ["2026-04", "2026-05", "2026-06", "2026-06"]  # a clock that went back writes to the newest
    assert [seal.number for seal in read_chain(open_books(root, ()).stream).seals] == [1, 2, 3, 4]
    assert errors(root) == []


def test_refs_go_on_in_their_series(root):
    assert post(root, PAPER + "\n" + TAXI + "\n" + PAPER).refs == ["JNL-0001", "PAY-0001", "JNL-0002"]
    own = PAPER.replace("Paper", "x").replace('"\n', '"\n  ref: "JNL-0003"\n', 1)
    assert post(root, PAPER + "\n" + own).refs == ["JNL-0004", "JNL-0003"]
    assert (post(root, PAPER).refs, errors(root)) == (["JNL-0005"], [])


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "  ", "\n; a remark", "\r\n"])
def test_the_line_is_that_of_the_date(tmp_path, end):
    root = single(tmp_path, OPENS.rstrip("\n") + end)
    before = root.file.read_bytes()
    done = post(root, "; the reason\n; in two lines\n" + PAPER)
    assert line_of(done) == '2026-05-06 * "Staples" "Paper"'
    assert open_books(root, ()).ledger.entry(done.refs[0]).line == done.line
    after = root.file.read_bytes()
    assert after.startswith(before)
    assert b"; the reason\n; in two lines\n2026-05-06 *" in after
    assert errors(root) == []


def test_an_empty_journal_is_appended_to(tmp_path):
    root = single(tmp_path, "")
    done = post(root, OPENS + PAPER)
    assert (done.line, done.refs, errors(root)) == (1, ["JNL-0001"], [])


def test_records_stand_together_and_entries_apart(root):
    done = post(root, PAPER + NOTED + NOTED + TAXI)
    text = open_books(root, ()).stream[-1].text
    assert f"GBP\n\n{NOTED}{NOTED}\n2026-05-06 *" in text
    assert done.ids == ["JNL-0001", "PAY-0001"]
    assert line_of(post(root, NOTED)) == NOTED.rstrip()


def test_an_empty_draft_writes_nothing(root):
    before = tree(root)
    assert pen.append(root, lambda _: Draft(()), WRITER, checks()).line == 0
    assert tree(root) == before


@given(st.lists(transactions(lots=False, balanced=True), min_size=1, max_size=4), st.sampled_from(["", "K", 'q"\\;']))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_what_is_posted_is_read_back(tmp_path, drawn, key):
    typed = "\n".join(t.text for t in drawn)
    accounts = sorted({posting.account for entry in entries(typed) for posting in entry.postings})
    opens = "".join(f"2020-01-01 open {name}\n" for name in accounts)
    root = single(tmp_path, opens)
    try:
        text, _ = pen.tried(open_books(root, checks()), proposing(typed), WRITER, checks(), key)
    except Refusal:  # a total price worked out for one unit may miss by the last of 28 digits
        return
    done = post(root, typed, key=key)
    is_pending = any(entry.flag == "!" for entry in entries(typed))
    seal = b"" if is_pending else b"; seal 1 "
    assert root.file.read_bytes().startswith(opens.encode() + b"\n" + text.encode() + seal)
    assert len(read_chain(open_books(root, ()).stream).seals) == (not is_pending)
    assert errors(root) == []
    names = open_books(root, checks()).ledger
    assert [names.entry(name).narration for name in done.ids] == [entry.narration for entry in entries(typed)]
    assert list(map(essence, entries(text))) == list(map(essence, entries(typed)))
    assert {names.entry(name).meta.get("key", "") for name in done.ids} <= {"", key}


def entries(text):
    return [e for e in parse(Source("x", text.encode())).entries if isinstance(e, Transaction)]


def essence(entry):
    legs = [(p.account, p.units, p.price, p.meta) for p in entry.postings]
    return entry.date, entry.flag, entry.payee, entry.narration, entry.tags, entry.links, legs


# What is typed, as it will stand.


def drafted(tmp_path, data):
    return posted(open_books(single(tmp_path), ()).ledger, "typed", data).text


def test_type_and_ref_are_added_where_they_are_missing(tmp_path):
    added = '  type: "journal"\n  ref: "JNL-0001"\n'
    head, legs = PAPER.split("\n", 1)
    for text in (PAPER.encode(), PAPER.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + PAPER.encode()):
        assert drafted(tmp_path, text) == f"{head}\n{added}{legs}"
    typed = f'{head}\n  type: "payment"\n{legs}'
    assert drafted(tmp_path, typed.encode()) == typed.replace("\n", '\n  ref: "PAY-0001"\n', 1)
    whole = f'{head}\n  ref: "X-1"\n  type: "accrual"\n{legs}'
    assert drafted(tmp_path, whole.encode()) == whole


@pytest.mark.parametrize(
    "head",
    [
        '2026-05-06 * "Staples" "Paper, "\n',
        '2026-05-06 * "a text\n  of two lines  \nor three"\n',
        '2026-05-06 * "Screws" ; 5" long\n',
        '2026-05-06 * "a \\"quoted\\" word \\\\"\n',
        '2026/5/6\ttxn\t"tabs and slashes"\t#tag ^link\n',
        '2026-05-06 ! "; no comment"\n',
        "2026-05-06 *\n",
    ],
)
def test_the_text_is_kept_as_it_was_typed(tmp_path, head):
    legs = "\tExpenses:Stationery \t 24.50 GBP ; note\n  Assets:Bank:Current\n"
    assert drafted(tmp_path, (head + legs).encode()) == f'{head}  type: "journal"\n  ref: "JNL-0001"\n{legs}'
    root = single(tmp_path)
    (name,) = post(root, head + legs, key="once").refs
    entry = open_books(root, checks()).ledger.entry(name)
    assert entry.meta == {"key": "once", "type": "journal", "ref": "JNL-0001"}
    assert entry.narration == entries(head + legs)[0].narration
    assert post(root, head + legs, key="once").line == 0


def test_comments_above_entries_stay_and_seals_do_not(tmp_path):
    fake = f"; seal 7 2026-05-07T17:02:11Z eve {'0' * 64}\n"
    text = "; why\n\n; and how\n" + fake + PAPER + "  ; below the legs\n; above\n" + TAXI
    made = drafted(tmp_path, text.encode())
    assert made.startswith("; why\n; and how\n2026-05-06 *")
    assert "; seal" not in made
    assert "; above\n2026-05-06 * " in made
    root = single(tmp_path)
    post(root, text)
    assert len(read_chain(open_books(root, ()).stream).seals) == 1


@pytest.mark.parametrize("tail", [f"{'a' * 64}", "4be1"])
def test_a_seal_hidden_in_a_text_is_refused(root, tail):
    fake = f'2026-05-06 * "one\n; seal 1 2026-05-07T17:02:11Z eve {tail}\ntwo"\n  Expenses:Travel  1 GBP\n'
    refused(root, lambda: post(root, fake + "  Assets:Bank:Current\n"), "X906")


@pytest.mark.parametrize("line", ['option "title" "x"', 'include "x"', 'plugin "x"', "pushtag #x\npoptag #x", ""])
def test_only_entries_are_posted(tmp_path, line):
    root = single(tmp_path)
    refused(root, lambda: post(root, f"{line}\n{PAPER}" if line else "; nothing but a remark\n"), "X906")


def test_text_that_cannot_be_read_is_refused_with_its_lines(root):
    reason = refused(root, lambda: post(root, PAPER + "\n2026-05-06 * Taxi\n" + TAXI), "X906", "J102")
    assert (reason.problems[1].place.file, reason.problems[1].place.line) == ("typed", 5)
    refused(root, lambda: post(root, PAPER.replace("Paper", "P\xe4per").encode("latin-1")), "X906", "J110")


def test_names_of_roots_are_those_of_the_books(tmp_path):
    option = 'option "name_assets" "Vermögen"\n'
    root = single(tmp_path, option + OPENS.replace("Assets", "Vermögen"))
    assert post(root, PAPER.replace("Assets", "Vermögen")).refs == ["JNL-0001"]
    refused(root, lambda: post(root, PAPER), "X906", "J106", "L205")


# All or nothing.

BAD = {
    "unbalanced": (PAPER.replace("-24.50", "-24.05"), "L201"),
    "unknown account": (PAPER.replace("Stationery", "Stationary"), "L205"),
    "ref used": (PAPER.replace('"\n', '"\n  ref: "JNL-0001"\n', 1), "D301"),
    "locked": (PAPER.replace("2026-05-06", "2026-04-30"), "A603"),
    "undoes a hard lock": ('2026-05-06 custom "undo" "lock" "hard" 2026-04-30\n', "A603"),
    "unknown ref": ('2026-05-06 custom "amend" "JNL-0009"\n  due: 2026-06-01\n', "D303"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_draft_that_adds_an_error_is_refused(root, what):
    post(root, PAPER + '2026-05-06 custom "lock" "hard" 2026-04-30\n')
    text, code = BAD[what]
    for writer in (WRITER, LATER):  # to the newest file, and to one that is not there yet
        refused(root, lambda w=writer: post(root, TAXI + "\n" + text, w), "X906", code)
        books = open_books(root, checks())
        refused(root, lambda w=writer, b=books: pen.tried(b, proposing(text), w, checks()), "X906", code)
    assert post(root, TAXI).refs == ["PAY-0001"]


def test_errors_already_there_do_not_block(tmp_path):
    root = single(tmp_path, OPENS + PAPER.replace("-24.50", "-24.05"))
    assert len(errors(root)) == 1
    done = post(root, TAXI)
    assert (done.refs, done.problems["errors"]) == (["PAY-0001"], 1)


def test_what_is_tried_is_what_is_written(root):
    post(root, PAPER)
    for writer in (WRITER, LATER):
        before, books = tree(root), open_books(root, checks())
        sizes = {source.name: len(source.data) for source in books.stream}
        text, new = pen.tried(books, proposing("; why\n" + TAXI), writer, checks(), writer.time)
        assert tree(root) == before
        done = post(root, "; why\n" + TAXI, writer, writer.time)
        appended = Path(done.file).read_text()[sizes.get(done.file, 0) :].lstrip("\n")
        assert appended.partition("; seal ")[0] == text
        assert new.ledger.entry(done.refs[0]) is not None
        assert pen.tried(open_books(root, ()), proposing(TAXI), writer, (), writer.time)[0] == ""


@pytest.mark.parametrize("text", [TAXI + PAPER, NOTED + TAXI, "2026-05-06 price EUR 0.85 GBP\n"])
@pytest.mark.parametrize("key", ["2026-05 rent", 'quoted "\\ key', "a\x07b\r\nc"])
def test_a_key_writes_once(tmp_path, text, key):
    root = single(tmp_path)
    assert post(root, text, key=key).line > 0
    before = tree(root)
    again = post(root, text, LATER, key)
    assert (again.line, tree(root)) == (0, before)
    assert post(root, TAXI, key=key + "2").line > 0


def test_a_month_that_nothing_includes_is_refused(tmp_path):
    root = fresh(tmp_path / "acme")
    main = root.file.read_text()
    for line in ('include "2026/2026-04.beancount"', 'include "*.beancount"', 'include "2026/2026-0[1-4].*"', ""):
        root.file.write_text(main.replace('include "*/*.beancount"', line))
        refused(root, lambda: post(root, PAPER), "X906")
    for number, line in enumerate(("./*/*.beancount", "20??/**/*.beancount", f"{root.folder}/journals/2026/*")):
        root.file.write_text(main.replace("*/*.beancount", line))
        post(root, PAPER, Writer("jo", date(2026, 5 + number, 1), WRITER.time))
        assert errors(root) == []
    root.file.write_text(main.replace("*/*.beancount", "../journals/*/*.beancount"))
    assert "exists and is not part" in str(refused(root, lambda: post(root, PAPER), "X906"))
    root.file.write_text(main)
    assert len(list(root.folder.glob("journals/2026/*"))) == len(read_chain(open_books(root, ()).stream).seals) + 1


# The lock.


HOLDER = {"pid": 4711, "host": "till-2", "who": "Jo Bloggs", "command": "acct import", "since": "2026-05-07T17:02:11Z"}
IN_WORDS = "process 4711 (acct import) of Jo Bloggs on till-2 since 2026-05-07T17:02:11Z"


def test_a_lock_held_is_waited_for_and_its_holder_named(root, monkeypatch):
    monkeypatch.setattr(lock, "LOCK_SECONDS", 0.02)
    monkeypatch.setattr(lock, "_SAID_AFTER", 0)
    path = lock.lock_path(root.file, root.folder)
    for holder, said in ((json.dumps(HOLDER), IN_WORDS), ("", "another process"), ("[1]\n\x1b[31m", "another process")):
        told = []
        post(root, PAPER)
        with path.open("wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            held.write(holder.encode().ljust(1023) + b"\n-\n")
            held.flush()
            for act in (ACTS["append"], ACTS["seal"]):
                assert said in str(refused(root, lambda a=act: a(root), "X904"))
            with pytest.raises(Refusal):
                post(root, PAPER, WRITER._replace(lock_timeout=0, waiting=told.append))
            with pytest.raises(Refusal):
                post(root, PAPER, WRITER._replace(waiting=told.append))
        assert told == [f"waiting for {said}, up to 0.02 seconds"]
    assert post(root, PAPER).refs == ["JNL-0004"]
    assert not path.exists()


def in_line(path):
    """A place in the line of those who wait for a lock: the folder of the books, or the journal."""
    return os.open(path.parent if path.name == ".acct.lock" else path.with_name(path.name[1:-5]), os.O_RDONLY)


def test_who_lets_the_lock_go_does_not_take_it_again_before_who_waits(root, monkeypatch):
    monkeypatch.setattr(lock, "_OUT_OF_TURN", 60)
    path, holder, had = lock.lock_path(root.file, root.folder), lock.Holder("jo"), []

    def wait():
        with lock.locked(path, 0o600, holder):
            had.append("who waits")

    with lock.locked(path, 0o600, holder):
        waiter = threading.Thread(target=wait)
        waiter.start()
        line = in_line(path)
        with suppress(BlockingIOError):
            while True:  # until he stands there
                fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(line, fcntl.LOCK_UN)
        os.close(line)
    with lock.locked(path, 0o600, holder):
        had.append("who had it")
    waiter.join()
    assert had == ["who waits", "who had it"]


def test_who_is_next_and_does_not_move_is_passed_over(root, monkeypatch):
    line = in_line(lock.lock_path(root.file, root.folder))
    fcntl.flock(line, fcntl.LOCK_EX)
    assert post(root, PAPER, WRITER._replace(lock_timeout=0)).refs == ["JNL-0001"]
    monkeypatch.setattr(lock, "_OUT_OF_TURN", 0.01)
    assert post(root, PAPER).refs == ["JNL-0002"]
    os.close(line)


def test_a_file_system_without_locks_on_folders_has_no_line(root, monkeypatch):
    flock, path = fcntl.flock, lock.lock_path(root.file, root.folder)
    path.touch()

    def without(descriptor, flags):
        if not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise OSError(errno.EBADF, "bad file descriptor")
        flock(descriptor, flags)

    monkeypatch.setattr(fcntl, "flock", without)
    assert post(root, PAPER).refs == ["JNL-0001"]


def test_a_lock_that_was_taken_away_stops_the_pen(root):
    def propose(ledger):
        lock.lock_path(root.file, root.folder).unlink()
        return posted(ledger, "typed", PAPER.encode())

    refused(root, lambda: pen.append(root, propose, WRITER), "X904")
    assert post(root, PAPER).refs == ["JNL-0001"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/null")])
def test_a_lock_that_is_no_file(root, make):
    make(lock.lock_path(root.file, root.folder))
    open_books(root, ())
    refused(root, lambda: post(root, PAPER), "X903")


def test_the_holder_is_named_while_it_writes(root, monkeypatch):
    monkeypatch.setattr(lock, "LOCK_SECONDS", 0)

    def propose(ledger):
        with pytest.raises(Refusal, match=f"process {os.getpid()} of jo@acme.example"):
            post(root, TAXI)
        return posted(ledger, "typed", PAPER.encode())

    assert pen.append(root, propose, WRITER).refs == ["JNL-0001"]


def _post_ten(root, number):
    for turn in range(10):
        done = post(root, PAPER.replace("Paper", f"{number}-{turn}"))
        assert line_of(done).endswith(f'"{number}-{turn}"')
    os._exit(0)


def at_once(act, root, numbers):
    """Run `act(root, number)` in a process for each number, and wait for them."""
    context = multiprocessing.get_context("fork")
    all_of_them = [context.Process(target=act, args=(root, number)) for number in numbers]
    for process in all_of_them:
        process.start()
    for process in all_of_them:
        process.join(60)
        assert process.exitcode == 0


def test_two_processes_post_at_once(root):
    at_once(_post_ten, root, (1, 2))
    books = open_books(root, checks())
    assert books.ledger.problems == []
    assert books.ledger.names == [f"JNL-{number:04}" for number in range(1, 21)]
    assert len({entry.narration for entry in books.ledger.transactions}) == 20
    assert [seal.number for seal in read_chain(books.stream).seals] == list(range(1, 21))


# Disks and permissions that fail. Tests may run as root, so the calls fail, not the folders.


def failing(monkeypatch, name, error, when=lambda *_: True, module=os):
    """Make a call of the pen's fail where `when` says so of its arguments."""
    real = getattr(module, name)

    def call(*args, **kwargs):
        if when(*args):
            raise OSError(error, os.strerror(error))
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, call)


FAULTS = [("open", errno.EROFS), ("open", errno.EACCES), ("write", errno.ENOSPC), ("fsync", errno.EIO)]


@pytest.mark.parametrize(("name", "error"), FAULTS)
@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_fails(root, monkeypatch, act, name, error):
    post(root, PAPER)
    append_by_hand(root, NOTED)
    with monkeypatch.context() as broken:  # first the journal alone, then the lock too
        for writes in (os.O_WRONLY, os.O_WRONLY | os.O_RDWR):
            failing(broken, name, error, lambda *args, w=writes: name != "open" or args[1] & w)
            refused(root, lambda: ACTS[act](root), "X903")
    ACTS[act](root)
    assert open_books(root, checks()).ledger.problems == []


def test_a_folder_that_cannot_be_synced(tmp_path, monkeypatch):
    root = fresh(tmp_path / "acme")
    with monkeypatch.context() as broken:
        failing(broken, "fsync", errno.EIO, lambda fd: stat.S_ISDIR(os.fstat(fd).st_mode))
        refused(root, lambda: post(root, PAPER), "X903")
    failing(monkeypatch, "fsync", errno.EINVAL, lambda fd: stat.S_ISDIR(os.fstat(fd).st_mode))
    assert post(root, PAPER).refs == ["JNL-0001"]


@pytest.mark.parametrize("writer", [WRITER, LATER])
def test_a_short_write_is_taken_back(root, monkeypatch, writer):
    post(root, PAPER)
    real = os.write
    for length in (0, 1, 100):
        monkeypatch.setattr(pen.os, "write", lambda fd, data, n=length: real(fd, data[:n]))
        refused(root, lambda: post(root, TAXI, writer), "X903")


@pytest.mark.parametrize("writer", [WRITER, LATER])
def test_a_short_write_that_cannot_be_taken_back_does_not_count(root, monkeypatch, writer):
    post(root, PAPER)
    real = os.write
    with monkeypatch.context() as broken:
        broken.setattr(pen.os, "write", lambda fd, data: real(fd, data[:40]))
        failing(broken, "ftruncate", errno.EIO)
        with pytest.raises(Refusal) as reason:
            post(root, TAXI, writer)
        assert reason.value.problems[0].code == "X903"
        assert "does not count" in reason.value.problems[0].hint
        assert any(b"Taxi" in Path(path).read_bytes() for path, kind in tree(root) if kind != "folder")
        books = open_books(root, checks())
        assert (books.ledger.problems, books.ledger.names) == ([], ["JNL-0001"])
        with pytest.raises(Refusal, match="cannot be taken back"):
            post(root, TAXI, writer)
    assert post(root, TAXI, writer).refs == ["PAY-0001"]
    assert open_books(root, checks()).ledger.problems == []


def test_on_a_full_disk_nothing_is_begun(root, monkeypatch):
    failing(monkeypatch, "pwrite", errno.ENOSPC)
    refused(root, lambda: post(root, PAPER), "X903")


def test_a_disk_that_cannot_lock(root, monkeypatch):
    failing(monkeypatch, "flock", errno.ENOLCK, module=fcntl)
    refused(root, lambda: post(root, PAPER), "X903")


def test_a_write_that_lies_is_said(tmp_path, monkeypatch):
    root = single(tmp_path)
    real = os.write
    monkeypatch.setattr(pen.os, "write", lambda fd, data: real(fd, data.upper()))
    with pytest.raises(Refusal, match="does not hold what was written"):
        post(root, PAPER)


CHANGES = {
    "longer": lambda path, data: path.write_bytes(data + b"; more\n"),
    "of one size": lambda path, data: path.write_bytes(data[:-9] + b"X" + data[-8:]),
    "replaced": lambda path, data: (path.rename(path.with_name("old")), path.write_bytes(data)),
    "gone": lambda path, _: path.unlink(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_file_that_changes_while_it_is_read(root, what):
    path = Path(open_books(root, ()).stream[0].name)
    post(root, PAPER)

    def propose(ledger):
        CHANGES[what](path, path.read_bytes())
        return posted(ledger, "typed", TAXI.encode())

    with pytest.raises(Refusal, match="changed while it was read"):
        pen.append(root, propose, LATER)
    assert not [p for p, _ in tree(root) if p.endswith(".beancount") and b"Taxi" in Path(p).read_bytes()]
    assert not [p for p, _ in tree(root) if "2026-06" in p]


# The seal.


def test_what_was_typed_is_adopted(root):
    append_by_hand(root, "\n" + PAPER.rstrip())
    assert pen.seal(root, WRITER, checks()) == (1, 4 if root.folder else 6)  # of a single journal, all of it
    assert open_books(root, checks()).ledger.problems == []
    before = tree(root)
    assert pen.seal(root, LATER, checks()) == (0, 0)
    assert tree(root) == before
    append_by_hand(root, "\n\n" + TAXI)
    assert [p.code for p in open_books(root, checks()).ledger.problems] == ["A602"]
    assert pen.seal(root, LATER, checks()) == (2, 4)
    append_by_hand(root, "; a remark\n\n" + NOTED + "\n")
    done = post(root, PAPER)
    assert done.adopted == 2
    assert errors(root) == []
    assert [seal.number for seal in read_chain(open_books(root, ()).stream).seals] == [1, 2, 3]


def test_books_with_errors_are_not_sealed(root):
    post(root, PAPER)
    append_by_hand(root, PAPER.replace("-24.50", "-24.05"))
    refused(root, lambda: pen.seal(root, WRITER, checks()), "X906", "L201")


PENDING = PAPER.replace("*", "!")


def test_an_entry_flagged_with_a_mark_is_not_sealed_until_it_is_settled(root):
    post(root, TAXI)
    append_by_hand(root, "\n" + PENDING)
    before = open_books(root, checks())
    assert [p.code for p in before.ledger.problems] == ["A602"]
    assert len(before.ledger.transactions) == 2  # it counts
    said = refused(root, lambda: pen.seal(root, LATER, checks()), "X906", "X906")
    assert "books with an entry flagged ! are not sealed" in str(said)
    assert said.problems[1].place.line == int(before.ledger.problems[0].place.line)
    done = post(root, TAXI, key="k")
    assert (done.refs, done.pending, done.adopted) == (["PAY-0002"], 1, 0)
    assert (post(root, TAXI, key="k").line, post(root, PENDING, LATER).pending) == (0, 2)
    books = open_books(root, checks())
    assert len(read_chain(books.stream).seals) == 1
    assert {p.code for p in books.ledger.problems} == {"A602"}
    for source in books.stream:
        Path(source.name).write_bytes(source.data.replace(b" ! ", b" * "))
    other = Writer("eve@acme.example", date(2026, 6, 3), "2026-06-03T09:00:00Z")
    number, lines = pen.seal(root, other, checks())
    assert (number, lines > 12) == (2, True)
    (_, last) = read_chain(open_books(root, ()).stream).seals
    assert (last.who, last.time) == (other.who, other.time)
    assert open_books(root, checks()).ledger.problems == []


def _post_with_key(root, number):
    for _ in range(5):
        post(root, PAPER.replace("Paper", f"rent {number}"), key="rent 2026-05")
    os._exit(0)


def test_a_key_repeated_by_several_processes_at_once_posts_once(root):
    at_once(_post_with_key, root, range(4))
    books = open_books(root, checks())
    assert (books.ledger.names, books.ledger.problems) == (["JNL-0001"], [])
    assert len(read_chain(books.stream).seals) == 1


@given(st.text('\n" ;*a'), st.lists(transactions(lots=False, balanced=True), min_size=1, max_size=3))
@settings(max_examples=40)
def test_a_block_alone_is_read_as_in_its_file(noise, drawn):
    old = (OPENS + noise + "\n" + PAPER + "\n").encode()
    block = ("\n" + "\n".join(t.text for t in drawn)).encode()
    joined = pen._with_block(parse(Source("x", old)), "x", old, block)
    whole = parse(Source("x", old + block))
    bare = [[replace(e, source=None) for e in parsed.entries] for parsed in (joined, whole)]
    assert (bare[0], joined[2:]) == (bare[1], whole[2:])
    assert [e.place for e in joined.entries] == [e.place for e in whole.entries]
    assert [getattr(e, "digest", 0) for e in joined.entries] == [getattr(e, "digest", 0) for e in whole.entries]


@given(st.binary(max_size=6), st.binary(min_size=1, max_size=6), st.binary(max_size=9), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_a_part_of_what_was_to_be_appended_is_cut_off(tmp_path, old, data, tail, is_own):
    tail = tail if len(tail) > 4 else data[: len(tail)]  # often a part of it, sometimes something else
    path = tmp_path / "x.beancount"
    path.write_bytes(old + tail)
    lock.take_back(tmp_path, lock.Intent("x.beancount", len(old), data), is_own=is_own)
    is_part = data.startswith(tail) and (tail != data or is_own)
    assert path.read_bytes() == (old if is_part else old + tail)
    assert lock.settled(str(path), old + tail, tmp_path / ".acct.lock") == old + tail  # no lock says otherwise


@pytest.mark.parametrize("body", [b"", b"-\n", b"{}\nx", b"[]\n", b'{"file": 1}\n', b"\xff\n", b'{"file":'])
def test_a_lock_file_that_says_nothing_whole_is_of_no_account(root, body):
    path = lock.lock_path(root.file, root.folder)
    path.write_bytes(b" " * 1023 + b"\n" + body)
    assert lock.in_flight(path) is None
    assert post(root, PAPER).refs == ["JNL-0001"]


def test_a_lock_file_cannot_lead_out_of_the_books(root, tmp_path):
    victim = tmp_path / "victim.beancount"
    victim.write_bytes(b"keep this")
    path = lock.lock_path(root.file, root.folder)
    for name in (os.path.relpath(victim, path.parent), str(victim), "../../victim.beancount"):
        intent = lock.Intent(name, 0, b"keep this, and more")
        with path.open("wb") as file:
            lock.Lock(path, file.fileno()).record(intent)
        with pytest.raises(Refusal, match="no journal of these books"):
            post(root, PAPER)
        assert victim.read_bytes() == b"keep this"


def _import_ten(root, number):
    other = root.folder.parent / f"bank {number % 2}"
    for turn in range(5):
        name = f"march-{turn}.csv"
        (other / name).parent.mkdir(exist_ok=True)
        row = f"{number % 2}-{turn},2026-05-06,Fee {number % 2}-{turn},-{turn}.0{number % 2 + 1}"
        data = f"id,date,description,amount\n{row}\n".encode()
        part = other / f"{name}.{os.getpid()}"
        part.write_bytes(data)
        part.replace(other / name)
        assert run(["-f", str(root.folder), "--today", "2026-05-07", "import", str(other / name), "-a", "1200"]) == 0
    os._exit(0)


def test_imports_at_once_keep_each_file_once(tmp_path):
    root = fresh(tmp_path / "acme")
    at_once(_import_ten, root, range(4))
    books = open_books(root, checks())
    assert books.ledger.problems == []
    kept = {path.name: path.read_bytes() for path in (root.folder / "statements").glob("*.csv")}
    assert len(kept) == len(set(kept.values())) == 10
    records = books.ledger.records("statement")
    assert sorted(record.note("file") for record in records) == sorted(f"statements/{name}" for name in kept)
    for record in records:
        data = kept[record.note("file").removeprefix("statements/")]
        assert record.note("sha256") == hashlib.sha256(data).hexdigest()
    assert len(books.ledger.records("statement-line")) == 10
