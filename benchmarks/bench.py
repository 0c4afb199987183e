"""How fast acct is, beside ledger, hledger, beancount and rustledger, on made-up books.

usage: bench.py [--sizes 1k,10k,100k,1m] [--runs 5] [--quick] [--peers ledger,hledger] [--oracle PYTHON]
                [--resume] [--write [PAGE]]

Commands take turns, A B C A B C, after one round in which their memory is looked at, and medians are printed.
A peer that cannot be installed is named and left out; one that fails, takes too long or needs too much memory
is reported as such. All must give the same balances first: a difference is printed, and the exit code is 1.
What was found is kept for each size in build/bench, so that --resume measures only what is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import peers
from books import BANKS, CARD, COSTS, LAST_DAY, Written, write_books
from measure import Failed, Task, kilobytes, measure, read, spend
from peers import PEERS, REGISTER, Held, Tools, answered, asking, find_tools, held
from performance import (
    APPENDED,
    CHECK,
    CHECK_COLD,
    COLD,
    HELP,
    LEDGER,
    MONTHS,
    NO_SIZE,
    ONE_WORKER,
    PASS,
    POST,
    POSTED,
    VERSION,
    WARM,
    Measured,
    Row,
    page,
    printed,
    row_of,
)
from profile_start import start_of

BUILD = Path("build/bench")
PAGE = Path("docs/performance.md")
SETTLED = 2.2  # seconds: acct's index trusts a file by its times only when it is older than two
BUSY = 0.7  # the load from which others disturb
SLOW = 20  # seconds: what takes longer is run fewer times
SLOW_RUNS = 3
LIMIT = 600
UNITS = {"k": 1000, "m": 1_000_000}
LARGE, SMALL = BANKS[0], COSTS[0]
NEXT_DAY = LAST_DAY + timedelta(1)
ENTRY = f'{NEXT_DAY} * "Corner shop" "One more"\n  {SMALL}  12.50 GBP\n  {CARD}  -12.50 GBP\n'
ENTRY_AMOUNT = Decimal("12.50")


class Bench:
    """One size of books: the files, copies of them for what changes them, and the tasks that run on them."""

    def __init__(self, tools: Tools, books: Written, folder: Path, limit: int) -> None:
        self.tools, self.books, self.folder, self.limit = tools, books, folder, limit
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.entry = folder / "entry.beancount"
        self.entry.write_text(ENTRY)
        self.roots: dict[str, Path] = {}  # of the copies that grow, by what makes them grow
        self.tasks = [*self._acct_tasks(""), *self._acct_tasks(MONTHS), *self._peer_tasks()]

    # The tasks.

    def _copy(self, name: str, layout: str) -> Path:
        """A copy of the books in one layout; gives what -f names."""
        target = self.folder / plain(name + layout)
        shutil.copytree(self.books.months if layout else self.books.single.parent, target)
        self.roots[name + layout] = root = target if layout else target / self.books.single.name
        return root

    def _acct(self, name: str, root: Path, *arguments: str, prime: bool = False) -> Task:
        """A task of acct's, with a cache of its own; primed, it finds the index of a trial balance there."""
        cache = str(self.folder / "cache" / plain(name))
        begin = [*self.tools.acct, "-f", str(root)]
        return Task(name, [*begin, *arguments], environment(cache), prime=[*begin, "tb"] if prime else None)

    def _acct_tasks(self, layout: str) -> Iterator[Task]:
        """What acct is measured at; the work on whole books in both layouts, the rest on the single file."""
        root = self.books.months if layout else self.books.single
        yield forgetting(self._acct(COLD + layout, root, "tb"))
        one = forgetting(self._acct(ONE_WORKER + layout, root, "tb"))
        one.environment["ACCT_WORKERS"] = "1"
        yield one
        yield self._acct(WARM + layout, root, "tb", prime=True)
        yield self._appending(layout)
        copy = self._copy(POST, layout)
        post = self._acct(POST + layout, copy, "post", str(self.entry), prime=True)
        yield post
        after = self._acct(POSTED + layout, copy, "tb")
        after.environment = post.environment
        yield after
        if layout:
            return
        yield forgetting(self._acct(CHECK_COLD, root, "check"))
        yield self._acct(CHECK, root, "check", prime=True)
        for account in (LARGE, SMALL):
            yield self._acct(LEDGER.format(account), root, "ledger", account, prime=True)

    def _appending(self, layout: str) -> Task:
        """A trial balance after an editor or a shell added an entry to the newest file."""
        copy = self._copy(APPENDED, layout)
        newest = max(copy.glob("journals/*/*.beancount")) if layout else copy

        def append() -> None:
            with newest.open("a") as file:
                file.write(f"\n{ENTRY}")

        task = self._acct(APPENDED + layout, copy, "tb", prime=True)
        task.before = append
        return task

    def _peer_tasks(self) -> Iterator[Task]:
        cached = self.books.single
        if "bean-query" in self.tools.peers:
            cached = self._copy("cached", "")
            del self.roots["cached"]
        yield from peers.tasks(self.tools, self.books, cached, (LARGE, SMALL))

    # Measuring.

    def run(self, runs: int, extra: list[Task]) -> None:
        """Fill the caches, run every task once to look at its memory, then time them in turns."""
        tasks = [*extra, *self.tasks]
        time.sleep(SETTLED)
        for task in tasks:
            if task.prime:
                try:
                    spend(task.name, task.prime, {**os.environ, **task.environment}, self.folder, self.limit)
                except Failed as reason:
                    task.failure = str(reason)
        time.sleep(SETTLED)
        slow: set[str] = set()
        for turn in range(runs + 1):
            print(f"  round {turn} of {runs}, {datetime.now(UTC):%H:%M:%S}", flush=True)
            for task in tasks:
                if task.failure or (task.name in slow and turn > SLOW_RUNS):
                    continue
                try:
                    run = measure(task, self.folder, self.limit, watched=turn == 0)
                except Failed as reason:
                    task.failure = str(reason)
                    continue
                if turn == 0:
                    task.peak = run.peak
                    slow |= {task.name} if run.wall > SLOW * 1_000_000_000 else set()
                else:
                    task.runs.append(run)

    def rows(self, tasks: list[Task]) -> list[Row]:
        """What the tasks took, each beside the peers' tasks that do the same work."""
        whole: dict[str, str] = {}
        for task in self.tasks:
            if task.peer:
                whole.setdefault(task.peer, task.name)
        rows = []
        for task in tasks:
            account = next((name for name in (LARGE, SMALL) if task.name == LEDGER.format(name)), "")
            ours = {"ledger": REGISTER.format(account)} if account else whole
            rows.append(row_of(task, ours if task in self.tasks and not task.peer else {}))
        return rows

    # The same balances?

    @property
    def made(self) -> Held:
        """What the books were made with."""
        keys = ((*key.rsplit(" ", 1), number) for key, number in self.books.balances.items())
        return held((account, number, commodity) for account, commodity, number in keys)

    def balances(self, measured: Measured) -> Iterator[tuple[str, Held]]:
        """The units each tool says every account holds, by account and commodity, zeros left out."""
        for name, root in (("acct on one file", self.books.single), ("acct on months", self.books.months)):
            yield name, self._acct_balances(root, str(self.folder / "cache" / "asked"))
        for name, command in asking(self.tools, self.books):
            try:
                answer = self._asked(name, command, {**os.environ, **peers.NO_CACHE})
            except Failed as reason:
                measured.remarks.append(f"not compared: {reason}")
            else:
                yield name, answered(answer)

    def _acct_balances(self, root: Path, cache: str) -> Held:
        command = [*self.tools.acct, "-f", str(root), "tb", "--cumulative", "-O", "json"]
        text = self._asked("acct", command, {**os.environ, **environment(cache)})
        return held((row["account"], row["closing"], row["commodity"]) for row in json.loads(text)["rows"])

    def _asked(self, name: str, command: list[str], around: dict[str, str]) -> str:
        spend(name, command, around, self.folder, self.limit)
        return (self.folder / "stdout").read_text()

    def compare(self, measured: Measured) -> None:
        """Whether all tools give the balances the books were made with, as remarks or as differences."""
        same = []
        for name, answer in self.balances(measured):
            if difference := differing(self.made, answer):
                measured.differences.append(f"{name} DIFFERS: {difference}")
            else:
                same.append(name)
        measured.remarks.append(f"{listed(same)}: the same {len(self.made)} balances, those the books were made with")

    def compare_grown(self, measured: Measured) -> None:
        """Whether what grew while it was measured, and was read through the index, has every entry once."""
        by_name = {task.name: task for task in self.tasks}
        for name, root in self.roots.items():
            task = by_name[name]
            count = len(task.runs) + 1
            if task.failure:
                continue
            expected = dict(self.made)
            for account, amount in ((SMALL, ENTRY_AMOUNT), (CARD, -ENTRY_AMOUNT)):
                expected[account, "GBP"] = expected.get((account, "GBP"), Decimal(0)) + count * amount
            answer = self._acct_balances(root, task.environment["XDG_CACHE_HOME"])
            if difference := differing(expected, answer):
                measured.differences.append(f"{name}, {count} times: acct DIFFERS: {difference}")


def plain(name: str) -> str:
    """A task's name as that of a folder."""
    return name.replace(",", "").replace(" ", "-")


def environment(cache: str) -> dict[str, str]:
    """What acct is told: where its index is kept, and the day."""
    return {"XDG_CACHE_HOME": cache, "ACCT_TODAY": str(NEXT_DAY)}


def forgetting(task: Task) -> Task:
    """The task without an index to find."""
    task.before = lambda: shutil.rmtree(task.environment["XDG_CACHE_HOME"], ignore_errors=True)
    return task


def differing(made: Held, answer: Held) -> str:
    """What differs first, and how many; "" where nothing does."""
    if not answer:
        return "it gives no balances"
    keys = sorted(key for key in made.keys() | answer.keys() if made.get(key) != answer.get(key))
    if not keys:
        return ""
    is_now, was = (numbers.get(keys[0], Decimal(0)) for numbers in (answer, made))
    return f"{len(keys)} balances, the first of {keys[0][0]}: {is_now} {keys[0][1]}, made with {was}"


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names) or "no tool"


# Around it.


def machine() -> str:
    """What it was measured on."""
    lines = read(Path("/proc/cpuinfo")).splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = kilobytes(Path("/proc/meminfo"), "MemTotal:") / (1 << 20)
    system = next(
        (line.partition("=")[2].strip('"') for line in read(Path("/etc/os-release")).splitlines() if "PRETTY" in line),
        platform.system(),
    )
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {next(names, platform.machine())}, {memory:.0f} GB, {system}, {platform.release()}"


def versions(tools: Tools) -> str:
    """What was measured."""
    from acctkit import __version__

    commit = said(["git", "rev-parse", "--short", "HEAD"])
    found = [f"acct {__version__} ({commit})" if commit else f"acct {__version__}"]
    found.append(f"Python {platform.python_version()}")
    for name, program in tools.peers.items():
        if name == "rustledger":
            found.append(f"{peers.RUSTLEDGER} in node {said([program[0], '--version'])}")
        else:
            found.append(f"{name}: {said([*program, '--version']).partition(', the command')[0] or 'version unknown'}")
    return "; ".join(found)


def said(command: list[str]) -> str:
    """The first line a command prints; "" where it fails."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.stdout.splitlines()[0] if run.returncode == 0 and run.stdout else ""


def clear_environment() -> None:
    """Take out what would change the figures."""
    for name in list(os.environ):
        if name.startswith(("ACCT_", "PYTHON")):
            del os.environ[name]


def size_of(text: str) -> int:
    """1000, 1k or 1m as a number."""
    number, unit = (text[:-1], UNITS[text[-1].lower()]) if text[-1:].lower() in UNITS else (text, 1)
    return int(number) * unit


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure acct beside ledger, hledger, beancount and rustledger.")
    parser.add_argument("--sizes", default="1k,10k,100k", help="transactions: 1k,10k,100k,1m")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command")
    parser.add_argument("--quick", action="store_true", help="1k and 10k, three runs")
    parser.add_argument("--peers", default=",".join(PEERS), help="whom to measure beside")
    parser.add_argument("--oracle", default="", metavar="PYTHON", help="the Python that beancount is installed for")
    parser.add_argument("--no-install", action="store_true", help="install no peer that is missing")
    parser.add_argument("--limit", type=int, default=LIMIT, help="seconds, after which a run is stopped")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="take what was measured before, measure what is missing")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=PAGE, metavar="PAGE", help=f"write the page too ({PAGE})"
    )
    asked = parser.parse_args()
    if asked.quick:
        asked.sizes, asked.runs = "1k,10k", 3
    return asked


def kept(size: int) -> Path:
    """Where what was found on a size is kept."""
    return BUILD / f"{size or 'start'}.json"


def measure_size(asked: argparse.Namespace, tools: Tools, size: int, started: list[Task]) -> Iterator[Measured]:
    """What is found on one size, and with it what is measured once."""
    today = str(date.today())  # noqa: DTZ011 - the day of whoever measures
    measured = Measured(size, today, versions(tools))
    if (load := os.getloadavg()[0]) > BUSY:
        measured.remarks.append(f"the machine was busy before it began (load {load:.1f}): CPU is surer than ms")
    folder = BUILD / f"{size}"
    print(f"{size:,} transactions: the books, {datetime.now(UTC):%H:%M:%S}", flush=True)
    books = write_books(size, (folder / "books").absolute(), seed=asked.seed)
    bench = Bench(tools, books, (folder / "work").absolute(), asked.limit)
    bench.compare(measured)
    print("\n".join(f"  {line}" for line in (*measured.remarks, *measured.differences)), flush=True)
    if not measured.differences:
        bench.run(asked.runs, started)
        bench.compare_grown(measured)
        measured.rows = bench.rows(bench.tasks)
        if started:
            yield Measured(NO_SIZE, today, measured.versions, bench.rows(started))
    yield measured
    shutil.rmtree(folder / "work")


def keep(measured: Measured) -> None:
    """Keep what was found for --resume."""
    kept(measured.size).write_text(json.dumps(asdict(measured)))


def found_before(size: int) -> Measured | None:
    """What was kept of a size."""
    if not kept(size).is_file():
        return None
    fields = json.loads(kept(size).read_text())
    return Measured(**{**fields, "rows": [Row(**row) for row in fields["rows"]]})


def starts(size: int, seed: int) -> dict[str, tuple[str, str]]:
    """What --help and a warm trial balance import."""
    books = write_books(size, (BUILD / str(size) / "books").absolute(), seed=seed)
    around = {**os.environ, **environment(str((BUILD / "cache").absolute()))}
    result = {}
    for name, arguments in ((HELP, ["--help"]), (WARM, ["-f", str(books.single), "tb"])):
        start_of(arguments, around)  # fills the caches
        start = start_of(arguments, around)
        result[name] = (start.summary, start.slowest)
    return result


def main() -> int:
    """Make the books, compare the tools' answers, measure, and print."""
    asked = options()
    sizes = sorted(size_of(size) for size in asked.sizes.split(","))
    clear_environment()
    own = Path(sys.executable).with_name("acct")
    acct = [str(own)] if own.is_file() else [sys.executable, "-m", "acctkit"]
    tools = find_tools(acct, asked.oracle, BUILD / "peers", asked.peers.split(","), install=not asked.no_install)
    about = [machine(), *tools.remarks]
    if tools.missing:
        about.append(f"Not installed or not asked for, so left out: {', '.join(tools.missing)}")
    print("\n".join([*about, versions(tools)]), flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    found: list[Measured] = []
    if asked.resume and (once := found_before(NO_SIZE)):
        found.append(once)
    for size in sizes:
        if asked.resume and (before := found_before(size)):
            found.append(before)
            continue
        started = [] if any(measured.size == NO_SIZE for measured in found) else start_tasks(tools)
        for measured in measure_size(asked, tools, size, started):
            keep(measured)
            found.append(measured)
    found.sort(key=lambda measured: measured.size)
    imports = starts(sizes[0], asked.seed)
    print(f"\n{printed(found, imports)}")
    if asked.write:
        command = f"python benchmarks/bench.py --sizes {asked.sizes} --runs {asked.runs} --oracle PYTHON --write"
        asked.write.write_text(page(found, imports, about, command))
    return int(any(measured.differences for measured in found))


def start_tasks(tools: Tools) -> list[Task]:
    """What is measured once: an empty Python, and acct without books."""
    return [
        Task(PASS, [sys.executable, "-c", "pass"]),
        Task(HELP, [*tools.acct, "--help"]),
        Task(VERSION, [*tools.acct, "--version"]),
    ]


if __name__ == "__main__":
    sys.exit(main())
