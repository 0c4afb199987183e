"""What was measured, as tables: the goals and whether they are met, medians and ratios, growth, the page in docs/."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from math import log
from typing import NamedTuple

from measure import Task
from peers import PEERS

PASS, HELP, VERSION = "python -c pass", "acct --help", "acct --version"
COLD, ONE_WORKER = "acct tb, cold", "acct tb, cold, one worker"
WARM, APPENDED = "acct tb, unchanged", "acct tb, one entry appended"
POST, POSTED = "acct post of one entry", "acct tb after that post"
CHECK_COLD, CHECK = "acct check, cold", "acct check, unchanged"
LEDGER = "acct ledger of {}"
MONTHS = ", a file a month"
LEAST_FOR_GROWTH = 10_000
NO_SIZE = 0  # what is measured once, whatever the size of the books


@dataclass(slots=True)
class Row:
    """One command on one size of books: medians in nanoseconds, and its peak memory in bytes.

    `against` names for each peer the row that does the same work.
    """

    name: str
    wall: int
    cpu: int
    peak: int
    runs: int
    peer: str = ""
    failure: str = ""
    against: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """All that was found on one size of books."""

    size: int
    day: str
    versions: str
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def row(self, name: str) -> Row | None:
        """The row of a command that ran."""
        return next((row for row in self.rows if row.name == name and row.runs), None)


def row_of(task: Task, against: dict[str, str]) -> Row:
    """What a task took."""
    if not task.runs:
        return Row(task.name, 0, 0, task.peak, 0, task.peer, task.failure or "it was not run")
    return Row(task.name, task.wall, task.cpu, task.peak, len(task.runs), task.peer, task.failure, against)


# The goals.


class Goal(NamedTuple):
    """That one figure over another is at least or at most so much; each is a size, a command and what of it."""

    words: str
    is_at_least: bool
    bound: Decimal
    over: tuple[int, str]
    under: tuple[int, str]
    attribute: str = "wall"


def _goals() -> Iterator[Goal]:
    def at_least(size: int, times: int, peer: str, name: str, attribute: str = "wall") -> Goal:
        work = f"{name}, {size:,}: {'a share of the memory' if attribute == 'peak' else 'times as fast'} as {peer}"
        return Goal(work, True, Decimal(times), (size, peer), (size, name), attribute)

    million = 1_000_000
    for layout in ("", MONTHS):
        for times, peer in ((5, "ledger bal"), (20, "hledger bal"), (60, "bean-query, no cache")):
            yield at_least(million, times, peer, COLD + layout)
    yield at_least(100_000, 1, "ledger bal", COLD)
    yield at_least(10_000, 3, "hledger bal", COLD)
    yield at_least(10_000, 3, "bean-check --no-cache", COLD)
    for layout in ("", MONTHS):
        yield at_least(million, 150, "ledger bal", WARM + layout)
        yield at_least(million, 40, "ledger bal", APPENDED + layout)
        words = f"{POST}{layout}, {million:,}: the time of {APPENDED}{layout}"
        yield Goal(words, False, Decimal(2), (million, POST + layout), (million, APPENDED + layout))
    yield Goal(f"{WARM}, 1,000: the time of {PASS}", False, Decimal(9), (1000, WARM), (NO_SIZE, PASS))
    yield at_least(1000, 3, "bean-query, its cache kept", WARM)
    yield Goal(f"{HELP}: the time of {PASS}", False, Decimal(7), (NO_SIZE, HELP), (NO_SIZE, PASS))
    yield Goal(
        f"{COLD}, {million:,}: ledger bal's peak memory over acct's", True, Decimal(10),
        (million, "ledger bal"), (million, COLD), "peak",
    )  # fmt: skip


def goal_rows(found: list[Measured]) -> list[list[str]]:
    """Each goal of DESIGN.md with what was reached: met, not met, or not measured."""
    by_size = {measured.size: measured for measured in found}

    def figure(place: tuple[int, str], attribute: str) -> int:
        measured = by_size.get(place[0])
        row = measured.row(place[1]) if measured else None
        return getattr(row, attribute) if row else 0

    rows = []
    for goal in _goals():
        over, under = figure(goal.over, goal.attribute), figure(goal.under, goal.attribute)
        sign = "at least" if goal.is_at_least else "at most"
        reached, verdict = "", "not measured"
        if over and under:
            value = Decimal(over) / under
            reached = ratio(over, under)
            verdict = "met" if (value >= goal.bound if goal.is_at_least else value <= goal.bound) else "NOT met"
        rows.append([goal.words, f"{sign} {goal.bound}", reached, verdict])
    return rows


# Growth.


def growth_rows(found: list[Measured]) -> list[list[str]]:
    """For each figure that should grow slowly, the exponent of its growth from 10,000 transactions on."""
    large = [measured for measured in found if measured.size >= LEAST_FOR_GROWTH]
    rows = []
    for name, attribute, what in (
        (COLD, "wall", "time"), (COLD, "peak", "memory"), (ONE_WORKER, "wall", "time"), (WARM, "wall", "time"),
        (APPENDED, "wall", "time"), (POST, "wall", "time"), (POSTED, "wall", "time"),
        ("ledger bal", "wall", "time"), ("ledger bal", "peak", "memory"),
    ):  # fmt: skip
        points = [(m.size, getattr(row, attribute)) for m in large if (row := m.row(name))]
        if len(points) > 1 and all(value for _, value in points):
            sizes = f"{points[0][0]:,} to {points[-1][0]:,}"
            rows.append([f"{name}: {what}", sizes, f"{exponent(points):.2f}"])
    return rows


def exponent(points: list[tuple[int, int]]) -> float:
    """The slope of the line of least squares through the logarithms: 1 where a figure grows as the book does."""
    xs, ys = [log(size) for size, _ in points], [log(value) for _, value in points]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - x_mean) ** 2 for x in xs)


# Tables.


def times_rows(measured: Measured, baseline: Row | None) -> tuple[list[str], list[list[str]]]:
    """The headings and rows of one size: a peer's column says how many times as long as acct it takes."""
    peers = [name for name in PEERS if any(row.peer == name for row in measured.rows)]
    headings = ["command", "ms", "CPU ms", "peak MB", *peers, "python", "runs"]
    rows = []
    for row in measured.rows:
        if not row.runs:
            rows.append([row.name, *[""] * (len(headings) - 2), "failed"])
            continue
        figures = [f"{row.wall / 1e6:,.1f}", f"{row.cpu / 1e6:,.1f}", f"{row.peak / 1e6:,.1f}"]
        others = [measured.row(row.against.get(name, "")) for name in peers]
        ratios = [ratio(other.wall, row.wall) if other else "" for other in others]
        own = ratio(row.wall, baseline.wall) if baseline else ""
        rows.append([row.name, *figures, *ratios, own, str(row.runs)])
    return headings, rows


def ratio(one: int, other: int) -> str:
    """One over the other to three digits or so."""
    value = Decimal(one) / Decimal(other) if other else Decimal(0)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def drawn(headings: list[str], rows: list[list[str]], shape: str) -> str:
    """Rows in columns, all but the first to the right."""
    from tabulate import tabulate

    sides = ["left"] + ["right"] * (len(headings) - 1)
    return tabulate(rows, headings, tablefmt=shape, colalign=sides if rows else None, disable_numparse=True)


LEGEND = (
    "Cold is without acct's index; the books are in the system's cache of files, for all alike. Unchanged is with it.\n"
    "Whole processes, medians of runs taken in turns (A B C A B C), after one that is not timed, in which the\n"
    "memory is looked at: of a single process its peak as the system keeps it (VmHWM), of several the sum of\n"
    "their proportional shares (Pss in smaps_rollup, so that shared pages count once), every 2 ms or as often as that\n"
    "can be read. Under a peer's name: how many times as long as acct it takes, so that above 1 acct is faster.\n"
    "Under python: how many times as long as `python -c pass`. A command that takes long is run fewer times."
)


def sections(found: list[Measured], starts: dict[str, tuple[str, str]], shape: str) -> Iterator[tuple[str, str]]:
    """All tables under their headings."""
    sided = [measured for measured in found if measured.rows]
    first = next((measured for measured in sided if measured.size == NO_SIZE), None)
    baseline = first.row(PASS) if first else None
    yield "Goals", drawn(["work", "to reach", "reached", ""], goal_rows(found), shape)
    for measured in sided:
        title = f"{measured.size:,} transactions" if measured.size else "Start-up"
        table = drawn(*times_rows(measured, baseline), shape)
        failed = [f"- {row.failure}" for row in measured.rows if row.failure]
        remarks = [f"- {remark}" for remark in (*measured.remarks, *measured.differences)]
        yield title, "\n".join([table, *([""] if failed or remarks else []), *remarks, *failed])
    if rows := growth_rows(found):
        words = "How fast each grows with the book, as the exponent of a power: 1 is in proportion, 0 not at all."
        yield "Growth", f"{words}\n\n{drawn(['figure', 'transactions', 'exponent'], rows, shape)}"
    for name, (summary, slowest) in starts.items():
        block = f"```text\n{slowest}\n```" if shape == "github" else slowest
        yield f"Imports of {name}", f"{summary}.\n\n{block}"


def printed(found: list[Measured], starts: dict[str, tuple[str, str]]) -> str:
    """All of it for a terminal."""
    parts = [f"{title}\n\n{text}" for title, text in sections(found, starts, "simple")]
    return "\n\n".join([*parts, LEGEND])


def page(found: list[Measured], starts: dict[str, tuple[str, str]], about: list[str], command: str) -> str:
    """All of it as a page of the documentation."""
    when: dict[tuple[str, str], list[str]] = {}
    for measured in found:
        of = f"{measured.size:,} transactions" if measured.size else "start-up"
        when.setdefault((measured.day, measured.versions), []).append(of)
    measurings = [f"{day}: {', '.join(sizes)}: {versions}" for (day, versions), sizes in when.items()]
    facts = "\n".join(f"- {line}" for line in (*about, *measurings))
    parts = [f"## {title}\n\n{text}" for title, text in sections(found, starts, "github")]
    head = (
        "# Performance\n\n"
        "Made by `make bench` on books made up from a seed (`benchmarks/books.py`): ten years of sales, bills,\n"
        "receipts, payments and VAT on 250 accounts; a third of the entries as acct writes them, 2 % lots, 5 %\n"
        "with a price, 1 % with an amount left out, up to 1,000 assertions. They are one Beancount file, which the\n"
        "peers read too; `a file a month` is the same as books of acct's own, registered for VAT, with allocations.\n"
        "No time is taken before all programs give the same balances.\n"
    )
    return "\n\n".join([head.rstrip(), facts, LEGEND, *parts, f"Measured with:\n\n```sh\n{command}\n```"]) + "\n"
