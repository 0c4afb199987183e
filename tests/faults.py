"""Faults, injected at every call by which a command changes a file: the process dies, or the disk refuses.

An act is run once to count its calls, then once for each call and each kind of fault. Whatever happened, what must
hold of the books afterwards is in `sound`: they load without errors, what was there is there, what was being posted
is wholly there or absent, refs have no gap, every reader agrees, and the next post goes through.
"""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from acctkit.audit import read_chain
from acctkit.books import evidence, index, lock, pen
from acctkit.books.balances import open_balances
from acctkit.books.new import NewBooks, create
from acctkit.books.pen import Writer
from acctkit.books.reader import open_books
from acctkit.books.root import ROOT_FILE, Root
from acctkit.cli.load import checks
from acctkit.journal.writer import Draft
from acctkit.period import Period
from acctkit.posting import posted
from acctkit.problem import ERROR, Refusal

WRITER = Writer("jo@acme.example", date(2026, 5, 7), "2026-05-07T17:02:11Z")
NEXT_YEAR = Writer("jo@acme.example", date(2027, 1, 2), "2027-01-02T09:00:00Z")
PAPER = '2026-05-06 * "Paper"\n  Expenses:Stationery    24.50 GBP\n  Assets:Bank:Current   -24.50 GBP\n'
TAXI = '2026-05-06 * "Taxi"\n  type: "journal"\n  Expenses:Travel         9.00 GBP\n  Assets:Bank:Current\n'
NOTED = '2026-05-06 custom "query" "JNL-0001" "buyer" "8 boxes or 10?"\n'
TYPED = (
    '\n2026-05-06 * "Typed"\n  type: "journal"\n  ref: "JNL-0002"\n  Expenses:Travel  1.00 GBP\n  Assets:Bank:Current\n'
)
STATEMENT = b"date,amount\n" + b"2026-05-06,9.00\n" * 50
OPENS = "".join(
    f"2026-04-01 open {name}\n" for name in ("Assets:Bank:Current", "Expenses:Stationery", "Expenses:Travel")
)
KIND = {"flock": fcntl}
CALLS = (
    "open", "write", "pwrite", "fsync", "ftruncate", "close", "unlink", "remove", "rename", "replace", "mkdir", "rmdir",
    "flock",
)  # fmt: skip
DIED = 77
Act = Callable[[Root], object]


class Fault(NamedTuple):
    """What happens at which call: `exit` or `kill` before it, after it or in the middle of a write; or an errno."""

    at: int
    kind: str
    number: int = 0


DEATHS = [f"{how} {when}" for how in ("exit", "kill") for when in ("before", "after", "within")]
ERRORS = [errno.ENOSPC, errno.EIO, errno.EROFS]


# Books and acts.


def folder_of_books(folder: Path) -> Root:
    create(folder, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", ""))
    chart = folder / "journals" / "chart.beancount"
    missing = [line for line in OPENS.splitlines(keepends=True) if line.split()[2] not in chart.read_text()]
    chart.write_text(chart.read_text() + "".join(missing))
    root = Root(folder / ROOT_FILE, folder)
    post(root, PAPER)
    return root


def single_journal(folder: Path) -> Root:
    folder.mkdir()
    path = folder / "books.beancount"
    path.write_text(OPENS)
    root = Root(path, None)
    post(root, PAPER)
    return root


def post(root: Root, text: str, writer: Writer = WRITER, key: str = "") -> pen.Receipt:
    return pen.append(root, lambda ledger: posted(ledger, "typed", text.encode()), writer, checks(), key)


def type_in(root: Root, text: str) -> None:
    last = open_books(root, ()).stream[-1]
    with Path(last.name).open("ab") as file:
        file.write(text.encode())


def leave_half(root: Root, writer: Writer = WRITER) -> None:
    """Leave books as a pen does that died half way through an append."""
    child = os.fork()
    if child == 0:
        write = os.write

        def half(descriptor: int, data: bytes) -> int:
            write(descriptor, data[: len(data) // 2])
            os._exit(DIED)

        os.write = half
        try:
            post(root, TAXI + NOTED, writer)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED


def import_file(root: Root) -> object:
    def propose(ledger):
        draft = posted(ledger, "typed", TAXI.encode())
        copies = evidence.copy_of(root, Path("elsewhere/statement.csv"), STATEMENT)
        return Draft((*draft.texts, NOTED), draft.refs, files=copies)

    return pen.append(root, propose, WRITER, checks())


def balances(root: Root) -> list[str]:
    """The balances as a report reads them, by way of the index."""
    ledger = open_balances(root, checks, lambda _: None)
    return sorted(f"{key} {moved.closing}" for key, moved in ledger.movements(Period(None, None)).items())


def report_afresh(root: Root) -> list[str]:
    index.index_path(root).write_bytes(b"")  # a torn one, to be made anew
    return balances(root)


ACTS: dict[str, tuple[Act, Act]] = {  # what comes before, and what is put to the test
    "post": (lambda _: None, lambda root: post(root, TAXI + NOTED, key="k")),
    "post in a new year": (lambda _: None, lambda root: post(root, TAXI + NOTED, NEXT_YEAR, "k")),
    "import": (lambda _: None, import_file),
    "seal": (lambda root: type_in(root, TYPED), lambda root: pen.seal(root, WRITER, checks())),
    "post after a crash": (leave_half, lambda root: post(root, TAXI + NOTED)),
    "post after a crash in a new year": (
        lambda root: leave_half(root, NEXT_YEAR), lambda root: post(root, TAXI + NOTED, NEXT_YEAR),
    ),
    "report": (balances, report_afresh),
}  # fmt: skip


# Faults.


@contextmanager
def injected(fault: Fault | None, seen: list[str], moment: Callable[[], None] | None = None):
    """Make the calls of CALLS count themselves in `seen`, and the one of a fault go wrong.

    `moment` is called before and after each call, and in the middle of each write.
    """
    real = {name: getattr(KIND.get(name, os), name) for name in CALLS}
    real["fsync"] = lambda _: None  # the disk is not what is tested
    is_inside = False

    def wrap(name):
        def call(*args, **kwargs):
            nonlocal is_inside
            if is_inside or (name == "open" and not args[1] & (os.O_WRONLY | os.O_RDWR)):
                return real[name](*args, **kwargs)
            seen.append(name)
            is_inside = True
            try:
                return at_work(name, args, kwargs)
            finally:
                is_inside = False

        return call

    def at_work(name, args, kwargs):
        here = fault if fault is not None and len(seen) - 1 == fault.at else None
        if moment:
            moment()
        if here:
            go_wrong(here, name, args, real)
        try:
            if moment and name in ("write", "pwrite"):
                done = in_two(name, args, real, moment)
            else:
                done = real[name](*args, **kwargs)
        finally:
            if here and here.kind.endswith("after"):
                die(here.kind)
        if moment:
            moment()
        return done

    try:
        for name in CALLS:
            setattr(KIND.get(name, os), name, wrap(name))
        yield
    finally:
        for name, function in real.items():
            setattr(KIND.get(name, os), name, function)


def go_wrong(fault, name, args, real):
    """Die or fail before a call, or in the middle of a write."""
    if fault.kind == "error":
        raise OSError(fault.number, os.strerror(fault.number))
    if fault.kind.endswith("before"):
        die(fault.kind)
    if fault.kind.endswith("within") and name in ("write", "pwrite"):
        real[name](args[0], args[1][: len(args[1]) // 2], *args[2:])
        die(fault.kind)


def in_two(name, args, real, moment):
    """A write whose first part others can see before the rest of it is there."""
    data, half = args[1], len(args[1]) // 2
    real[name](args[0], data[:half], *args[2:])
    moment()
    rest = [args[2] + half] if len(args) > 2 else []
    return half + real[name](args[0], data[half:], *rest)


def die(kind):
    if kind.startswith("exit"):
        os._exit(DIED)
    os.kill(os.getpid(), signal.SIGKILL)


def run_dying(act: Act, root: Root, fault: Fault) -> bool:
    """Run an act in a process that dies by a fault; whether it did."""
    child = os.fork()
    if child == 0:
        try:
            with injected(fault, []):
                act(root)
        except BaseException:  # noqa: BLE001 - the child must never go on as its parent
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, DIED, -signal.SIGKILL), (fault, code)
    return code != 0


# What must hold.


class Before(NamedTuple):
    """The books before an act: what there was, and how many transactions and queries its draft brings."""

    files: dict[str, bytes]
    names: list[str]
    queries: int
    brings: tuple[int, int]


def snapshot(root: Root) -> dict[str, bytes]:
    top = root.folder or root.file.parent
    return {str(path): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def restore(root: Root, files: dict[str, bytes]) -> None:
    top = root.folder or root.file.parent
    shutil.rmtree(top)
    for name, data in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)


def sound(root: Root, before: Before, *, may_be_old=True, may_be_new=True) -> bool:
    """Assert what must hold of the books after a fault; whether the draft is in them."""
    books = open_books(root, checks())
    assert [p for p in books.ledger.problems if p.severity == ERROR] == []
    held = len(books.ledger.transactions), len(books.ledger.records("query"))
    old = len(before.names), before.queries
    new = old[0] + before.brings[0], old[1] + before.brings[1]
    assert held in [old] * may_be_old + [new] * may_be_new, (held, old, new)
    names = [f"JNL-{number:04}" for number in range(1, held[0] + 1)]
    assert sorted(books.ledger.names) == names
    for source in books.stream:
        assert source.data.startswith(before.files.get(source.name, b"")[: len(source.data)])
    for name, data in snapshot(root).items():
        if "statements/" in name and not name.endswith(("README", ".acct.part")):
            assert data == STATEMENT
    with_index, without = balances(root), balances_of(books)
    assert with_index == without
    return held == new


def balances_of(books) -> list[str]:
    moved = books.ledger.movements(Period(None, None))
    return sorted(f"{key} {movement.closing}" for key, movement in moved.items())


def goes_on(root: Root, before: Before, *, is_new: bool) -> None:
    """Assert that the next post goes through, numbers on, and leaves whole books, a whole chain and no lock."""
    count = len(before.names) + is_new * before.brings[0]
    assert post(root, TAXI, NEXT_YEAR).refs == [f"JNL-{count + 1:04}"]
    books = open_books(root, checks())
    assert books.ledger.problems == []
    assert read_chain(books.stream).unsealed == []
    assert not lock.lock_path(root.file, root.folder).exists()


class Beancount:
    """Stock Beancount, asked of each different set of books once; nothing where it is not installed."""

    def __init__(self) -> None:
        beside = Path(sys.executable).parent.parent / "oracle" / "bin" / "bean-check"
        named = os.environ.get("ACCT_BEAN_CHECK") or shutil.which("bean-check")
        self.program = named or (str(beside) if beside.exists() else "")
        self.passed: set[int] = set()

    def accepts(self, root: Root) -> bool:
        """Whether bean-check passes; the half of an append is not for it, so it is asked after the next post."""
        state = hash(tuple(sorted((name, data) for name, data in snapshot(root).items() if name.endswith("beancount"))))
        if self.program and state not in self.passed:
            done = subprocess.run([self.program, "--no-cache", root.file], capture_output=True, check=False)
            if done.returncode:
                return False
            self.passed.add(state)
        return True


# Runs.


def prepared(root: Root, act: str) -> tuple[Before, list[str]]:
    """The books before an act, and the calls it makes."""
    prepare, run = ACTS[act]
    prepare(root)
    files = snapshot(root)
    books = open_books(root, checks())
    names, queries = list(books.ledger.names), len(books.ledger.records("query"))
    seen: list[str] = []
    with injected(None, seen):
        run(root)
    after = open_books(root, checks()).ledger
    brings = len(after.names) - len(names), len(after.records("query")) - queries
    restore(root, files)
    return Before(files, names, queries, brings), seen


def deaths(root: Root, act: str, kinds: list[str], oracle: Beancount) -> int:
    """Let an act die at every point; how many points there were."""
    before, seen = prepared(root, act)
    points = 0
    for at, name in enumerate(seen):
        for kind in kinds:
            if kind.endswith("within") and name not in ("write", "pwrite"):
                continue
            assert run_dying(ACTS[act][1], root, Fault(at, kind)), (act, at, name, kind)
            points += 1
            is_new = sound(root, before)
            goes_on(root, before, is_new=is_new)
            assert oracle.accepts(root), (act, at, name, kind)
            restore(root, before.files)
    return points


def errors(root: Root, act: str, numbers: list[int], oracle: Beancount) -> int:
    """Let every call of an act fail with each error; how many points there were."""
    before, seen = prepared(root, act)
    points = 0
    for at, name in enumerate(seen):
        if name == "close":  # it has nothing left to write
            continue
        for number in numbers:
            points += 1
            try:
                with injected(Fault(at, "error", number), []):
                    ACTS[act][1](root)
            except Refusal as reason:
                code = reason.problems[0].code
                is_new = sound(root, before, may_be_new=before.brings == (0, 0))
            else:
                is_new = sound(root, before, may_be_old=before.brings == (0, 0))
                code = "X903"
            assert code == "X903", (act, at, name, number)
            goes_on(root, before, is_new=is_new)
            assert oracle.accepts(root), (act, at, name, number)
            restore(root, before.files)
    return points


def readers(root: Root, act: str) -> int:
    """Read the books before, after and within every call of an act; how many moments there were."""
    before, _ = prepared(root, act)
    moments = 0
    was_new = False

    def moment():
        nonlocal moments, was_new
        moments += 1
        is_new = sound(root, before) and before.brings != (0, 0)
        assert is_new >= was_new  # what was seen once stays
        was_new = is_new

    with injected(None, [], moment):
        ACTS[act][1](root)
    restore(root, before.files)
    return moments
