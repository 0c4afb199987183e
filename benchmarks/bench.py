"""How fast acct is, beside ledger, hledger and beancount, on made-up books.

usage: bench.py [--sizes 1000,10000] [--runs 5] [--oracle PYTHON] [--months] [--write FILE]

Whole processes are measured: wall time, user and system time, and the peak memory of all processes of a
command together. The commands take turns, A B C A B C, after one round that is not timed, and medians are
printed. A peer that is not installed is named and left out. First all tools must agree on every balance.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from books import DAYS, FIRST_DAY, Written, write_books
from profile_start import imports, imports_text

SETTLED = 2.2  # seconds: acct's index trusts a file by its times only when it is older than two
POLL = 0.002
BUSY = 0.7  # the load from which others disturb
PEERS = ("ledger", "hledger", "bean-check", "bean-query")
QUERY = "SELECT account, {} GROUP BY 1"
NEXT_DAY = FIRST_DAY + timedelta(DAYS)
ENTRY = f'{NEXT_DAY} * "Corner shop" "One more"\n  Expenses:Branch01:Paper  12.50 GBP\n  Liabilities:Card  -12.50 GBP\n'
COLD, WARM, APPENDED, POST = "acct tb, cold", "acct tb, unchanged", "acct tb, one entry appended", "acct post"
PYTHON = "python -c pass"

Held = dict[tuple[str, str], Decimal]


# Measuring a process.


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a command took: nanoseconds by the clock and of processor time, and bytes."""

    wall: int
    cpu: int
    peak: int


class Failed(Exception):  # noqa: N818 - told in the table, not an error
    """A command that did not end with exit code 0."""


@dataclass(slots=True)
class Task:
    """A command to measure. `before` runs each time, untimed; `prime` once, to fill the command's cache."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    prime: list[str] | None = None
    peer: str = ""
    runs: list[Run] = field(default_factory=list)
    peak: int = 0
    failure: str = ""

    @property
    def wall(self) -> int:
        """The median by the clock."""
        return int(median(run.wall for run in self.runs))

    @property
    def cpu(self) -> int:
        """The median of processor time."""
        return int(median(run.cpu for run in self.runs))


def measure(task: Task, folder: Path, *, watched: bool = False) -> Run:
    """Run a task's command once. Its memory is watched only on request, since looking takes time too."""
    if task.before:
        task.before()
    said = folder / "stderr"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(folder / "stdout"), flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, str(said), flags, 0o600),
    ]
    begun = time.perf_counter_ns()
    pid = os.posix_spawn(task.command[0], task.command, {**os.environ, **task.environment}, file_actions=actions)
    peak = watch(pid) if watched else 0
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter_ns() - begun
    if status:
        last = said.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise Failed(f"{task.name}: exit code {os.waitstatus_to_exitcode(status)}: {last[0]}")
    largest = used.ru_maxrss * 1024
    if largest > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024:  # else it may be what we had ourselves
        peak = max(peak, largest)
    return Run(wall, round((used.ru_utime + used.ru_stime) * 1_000_000_000), peak)


def clear_environment(compiled: str) -> None:
    """Take out what would change the figures, and have all Python code compiled once, into a folder of ours."""
    for name in list(os.environ):
        if name.startswith("ACCT_") or (name.startswith("PYTHON") and name != "PYTHONPATH"):
            del os.environ[name]
    os.environ["PYTHONPYCACHEPREFIX"] = compiled


def watch(pid: int) -> int:
    """The most memory a process and those it started held at once, looked at until it ends."""
    peak = 0
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        family = list(processes(pid))
        names = ("status", "VmHWM:") if len(family) == 1 else ("smaps_rollup", "Pss:")
        peak = max(peak, sum(kilobytes(Path(f"/proc/{member}/{names[0]}"), names[1]) for member in family) * 1024)
        time.sleep(POLL)
    return peak


def processes(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read(listed).split():
            yield from processes(int(child))


def kilobytes(path: Path, name: str) -> int:
    """A figure of a file under /proc, 0 where the process is gone."""
    return next((int(line.split()[1]) for line in read(path).splitlines() if line.startswith(name)), 0)


def read(path: Path) -> str:
    """The text of a file under /proc, "" where it is gone or not ours to read."""
    try:
        return path.read_text()
    except OSError:
        return ""


# What is run.


@dataclass(frozen=True, slots=True)
class Tools:
    """How each program is called; a peer that is not there is missing."""

    acct: list[str]
    peers: dict[str, str]

    @property
    def missing(self) -> list[str]:
        """The peers that are left out."""
        return [name for name in PEERS if name not in self.peers]


def find_tools(oracle: str) -> Tools:
    """The acct beside this Python, ledger and hledger on the path, beancount's programs beside the oracle."""
    own = Path(sys.executable).with_name("acct")
    acct = [str(own)] if own.is_file() else [sys.executable, "-m", "acctkit"]
    beside = str(Path(oracle).absolute().parent) if oracle else None
    places = {name: beside if name.startswith("bean") else None for name in PEERS}
    found = {name: shutil.which(name, path=places[name]) for name in PEERS}
    return Tools(acct, {name: str(Path(path).absolute()) for name, path in found.items() if path})


class Bench:
    """One size of books: the files, copies of them for what changes them, and the tasks that run on them."""

    def __init__(self, tools: Tools, books: Written, folder: Path) -> None:
        self.tools, self.books, self.folder = tools, books, folder
        self.entry = folder / "entry.beancount"
        self.entry.write_text(ENTRY)
        self.tasks = [*self._acct_tasks(), *self._peer_tasks()]

    def _copy(self, name: str) -> Path:
        """A copy of the book's folder; gives its root file."""
        target = self.folder / name
        shutil.copytree(self.books.beancount.parent, target)
        return target / self.books.beancount.name

    def _cache(self, name: str) -> dict[str, str]:
        return {"XDG_CACHE_HOME": str(self.folder / "cache" / name)}

    def _acct(self, root: Path, *arguments: str) -> list[str]:
        return [*self.tools.acct, "-f", str(root), *arguments]

    def _acct_tasks(self) -> Iterator[Task]:
        root, appended, posted = self.books.beancount, self._copy("appended"), self._copy("posted")
        newest = appended.parent / self.books.newest.relative_to(root.parent)

        def forget() -> None:
            shutil.rmtree(self.folder / "cache" / "cold", ignore_errors=True)

        def append() -> None:
            with newest.open("a") as file:
                file.write(f"\n{ENTRY}")

        tb, tb_appended = self._acct(root, "tb"), self._acct(appended, "tb")
        yield Task(COLD, tb, self._cache("cold"), before=forget)
        yield Task(WARM, tb, self._cache("warm"), prime=tb)
        yield Task(APPENDED, tb_appended, self._cache("appended"), before=append, prime=tb_appended)
        post = self._acct(posted, "post", str(self.entry))
        yield Task(POST, post, self._cache("posted"), prime=self._acct(posted, "tb"))
        yield Task("acct check", self._acct(root, "check"), self._cache("check"))

    def _peer_tasks(self) -> Iterator[Task]:
        programs, root, journal = self.tools.peers, str(self.books.beancount), str(self.books.ledger)
        if ledger := programs.get("ledger"):
            yield Task("ledger bal", [ledger, "--args-only", "-f", journal, "bal"], peer="ledger")
        if hledger := programs.get("hledger"):
            yield Task("hledger bal", [hledger, "-f", journal, "bal"], peer="hledger")
        if check := programs.get("bean-check"):
            yield Task("bean-check --no-cache", [check, "--no-cache", root], peer="bean-check")
        if query := programs.get("bean-query"):
            words = QUERY.format("sum(position)")
            without = {"BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
            yield Task("bean-query, no cache", [query, root, words], without, peer="bean-query")
            cached = [query, str(self._copy("cached")), words]
            yield Task("bean-query, its cache kept", cached, prime=cached)

    def run(self, runs: int, extra: list[Task]) -> None:
        """Fill the caches, run every task once to look at its memory, then time them in turns."""
        tasks = [*extra, *self.tasks]
        for task in tasks:
            if task.prime:
                silent(task.prime, {**os.environ, **task.environment})
        for turn in range(runs + 1):
            for task in tasks:
                if task.failure:
                    continue
                try:
                    run = measure(task, self.folder, watched=turn == 0)
                except Failed as reason:
                    task.failure = str(reason)
                    continue
                if turn == 0:
                    task.peak = run.peak
                else:
                    task.runs.append(run)

    # The same balances?

    def balances(self) -> Iterator[tuple[str, Held]]:
        """The units each tool says every account holds, by account and commodity, zeros left out."""
        root, journal = str(self.books.beancount), str(self.books.ledger)
        environment = {**os.environ, **self._cache("check"), "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
        answer = json.loads(silent(self._acct(self.books.beancount, "tb", "-O", "json"), environment) or '{"rows": []}')
        rows = [(row["account"], row["closing"], row["commodity"]) for row in answer["rows"]]
        yield "acct", held(rows)
        for name, command in self._asking(root, journal):
            text = silent(command, environment)
            lines = [(row[0], *row[1].split()) for row in csv.reader(text.splitlines()) if len(row) == 2]
            yield name, held([line for line in lines if len(line) == 3])

    def _asking(self, root: str, journal: str) -> Iterator[tuple[str, list[str]]]:
        programs = self.tools.peers
        if ledger := programs.get("ledger"):
            shape = "%(account),%(scrub(display_total))\n"
            flags = ["--flat", "--no-total", "--format", shape]
            yield "ledger", [ledger, "--args-only", "-f", journal, "bal", *flags]
        if hledger := programs.get("hledger"):
            yield "hledger", [hledger, "-f", journal, "bal", "--flat", "--no-total", "-O", "csv"]
        if query := programs.get("bean-query"):
            yield "bean-query", [query, "-f", "csv", root, QUERY.format("units(sum(position))")]

    def agreement(self) -> str:
        """Whether all tools give the balances the books were made with, in a sentence or more."""
        made = held([(account, number, commodity) for (account, commodity), number in self.books.balances.items()])
        same, said = [], []
        for name, answer in self.balances():
            if answer == made:
                same.append(name)
                continue
            if not answer:
                said.append(f"{name} gives NO balances")
                continue
            differing = sorted(key for key in made.keys() | answer.keys() if made.get(key) != answer.get(key))
            account, commodity = differing[0]
            is_now, was = (numbers.get(differing[0], Decimal(0)) for numbers in (answer, made))
            said.append(f"{name} DIFFERS on {len(differing)}, first {account}: {is_now} {commodity}, made with {was}")
        verb = "give" if len(same) > 1 else "gives"
        head = f"{self.books.transactions:,} transactions: {listed(same)} {verb} the {len(made)} balances"
        return "; ".join([f"{head} the books were made with", *said])


def silent(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints, its complaints apart; "" where it fails."""
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return run.stdout if run.returncode == 0 else ""


def held(rows: Iterable[Sequence[str]]) -> Held:
    """Rows of account, number and commodity by account and commodity, zeros left out."""
    numbers = {(account, commodity): Decimal(number) for account, number, commodity in rows}
    return {key: number for key, number in numbers.items() if number}


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names) or "no tool"


# What is printed.


@dataclass(slots=True)
class Report:
    """All that was found, to be printed and to be written."""

    tools: Tools
    runs: int
    agreements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    start: str = ""

    @property
    def headers(self) -> list[str]:
        """The titles of the columns."""
        peers = [name for name in PEERS if name in self.tools.peers]
        return ["transactions", "command", "wall ms", "CPU ms", "peak MB", *peers, "python"]

    def add(self, size: int, tasks: list[Task], python: Task) -> None:
        """The rows of one size; a task without runs has failed."""
        peers = {task.peer: task for task in tasks if task.peer and task.runs}
        for task in tasks:
            if not task.runs:
                self.notes.append(task.failure or f"{task.name} was not run")
                continue
            figures = [f"{task.wall / 1e6:.1f}", f"{task.cpu / 1e6:.1f}", f"{task.peak / 1e6:.1f}"]
            beside = [name for name in PEERS if name in self.tools.peers]
            ours = size and task.name.startswith("acct")
            ratios = [ratio(peers[name].wall, task.wall) if ours and name in peers else "" for name in beside]
            own = ratio(task.wall, python.wall) if python.runs else ""
            self.rows.append([f"{size:,}" if size else "any", task.name, *figures, *ratios, own])
        self._compare(size, {task.name: task for task in tasks if task.runs}, peers)

    def _compare(self, size: int, by_name: dict[str, Task], peers: dict[str, Task]) -> None:
        if COLD in by_name and peers:
            said = [f"{ratio(by_name[COLD].peak, peer.peak)} of {name}'s" for name, peer in peers.items() if peer.peak]
            self.notes.append(f"{size:,} transactions: the peak memory of {COLD}, is {', '.join(said)}.")
        if POST in by_name and APPENDED in by_name:
            times = ratio(by_name[POST].wall, by_name[APPENDED].wall)
            self.notes.append(f"{size:,} transactions: {POST} takes {times} times as long as {APPENDED}.")

    def table(self, shape: str) -> str:
        """All rows in columns."""
        from tabulate import tabulate

        sides = ["right", "left"] + ["right"] * (len(self.headers) - 2)
        return tabulate(self.rows, self.headers, tablefmt=shape, colalign=sides, disable_numparse=True)

    @property
    def legend(self) -> str:
        """What the columns say."""
        return (
            f"Medians of {self.runs} timed run{'s' if self.runs != 1 else ''}, taken in turns.\n"
            "Peak memory is that of all processes of a command together.\n"
            "Under a peer's name stands how many times as long the peer takes: above 1 acct is faster, below it\n"
            "slower. Under python: how many times as long as `python -c pass`."
        )

    def printed(self) -> str:
        """All of it for a terminal."""
        parts = [self.table("simple"), self.legend, "\n".join(self.notes)]
        return "\n\n".join([*parts, f"The slowest imports of {WARM}:\n{self.start}"])

    def page(self, machine: list[str], command: str) -> str:
        """All of it as a page of the documentation."""
        facts = "\n".join(f"- {line}" for line in [*machine, *self.agreements, *self.notes])
        return (
            "# Performance\n\n"
            "Books made up from a seed by `benchmarks/books.py`: invoices with VAT, bills, receipts, payments and\n"
            "investments, a third of the entries with acct's metadata.\n\n"
            f"{self.legend}\n\n{self.table('github')}\n\n{facts}\n\n"
            f"The slowest imports of `{WARM}`:\n\n```text\n{self.start}\n```\n\n"
            f"Measured with:\n\n```sh\n{command}\n```\n"
        )


def ratio(one: int, other: int) -> str:
    """One over the other to three digits or so."""
    value = Decimal(one) / Decimal(other) if other else Decimal(0)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def machine() -> list[str]:
    """What it was measured on."""
    lines = read(Path("/proc/cpuinfo")).splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = kilobytes(Path("/proc/meminfo"), "MemTotal:") >> 20
    return [f"{len(os.sched_getaffinity(0))} cores of {model}, {memory} GB, {platform.system()} {platform.release()}"]


def versions(tools: Tools) -> list[str]:
    """What was measured."""
    from acctkit import __version__

    found = [f"acct {__version__}", f"Python {platform.python_version()}"]
    for name, program in tools.peers.items():
        said = silent([program, "--version"], dict(os.environ)).splitlines()
        found.append(f"{name}: {said[0].partition(', the command')[0] if said else 'version unknown'}")
    return ["; ".join(found)]


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure acct beside ledger, hledger and beancount.")
    parser.add_argument("--sizes", default="1000,10000", help="transactions, with commas between")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command")
    parser.add_argument("--oracle", default="", metavar="PYTHON", help="the Python that beancount is installed for")
    parser.add_argument("--months", action="store_true", help="Beancount books of one file a month")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the figures to a page too")
    return parser.parse_args()


def main() -> int:
    """Make the books, compare the tools' answers, measure, and print."""
    asked = options()
    sizes = [int(size) for size in asked.sizes.split(",")]
    tools = find_tools(asked.oracle)
    report = Report(tools, asked.runs)
    about = machine() + versions(tools)
    print("\n".join(about))
    if (load := os.getloadavg()[0]) > BUSY:
        report.notes.append(f"The machine was busy before it began (load {load:.1f}): CPU is surer than wall time.")
    if tools.missing:
        report.notes.append(f"Not installed, so left out: {', '.join(tools.missing)}.")
        print(report.notes[-1])
    python = Task(PYTHON, [sys.executable, "-c", "pass"])
    started = [python, Task("acct --help", [*tools.acct, "--help"])]
    with tempfile.TemporaryDirectory(prefix="acct-bench-") as folder:
        clear_environment(f"{folder}/compiled")
        for number, size in enumerate(sizes):
            place = Path(folder) / str(size)
            books = write_books(size, place, seed=asked.seed, months=asked.months)
            bench = Bench(tools, books, place)
            time.sleep(SETTLED)
            report.agreements.append(bench.agreement())
            print(report.agreements[-1], flush=True)
            bench.run(asked.runs, started if number == 0 else [])
            if number == 0:
                report.add(0, started, python)
                report.start = imports_text(imports(str(books.beancount), {**os.environ, **bench.tasks[1].environment}))
            report.add(size, bench.tasks, python)
            shutil.rmtree(place)
    print(f"\n{report.printed()}")
    if asked.write:
        months = " --months" if asked.months else ""
        oracle = " --oracle PYTHON" if asked.oracle else ""
        command = f"python benchmarks/bench.py --sizes {asked.sizes} --runs {asked.runs}{months}{oracle}"
        asked.write.write_text(report.page(about, command))
    return 0


if __name__ == "__main__":
    sys.exit(main())
