"""What stands on the reconciliation screen, and the task that writes what is decided and reads the books again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from time import monotonic
from typing import NamedTuple, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from acctkit.cli.reconciling import Candidate, Decision, Sitting, Words
from acctkit.cli.screens import drawing
from acctkit.cli.screens.dialogs import Told
from acctkit.cli.screens.help import KEYS, MATCHED_KEYS
from acctkit.cli.screens.rows import Rows
from acctkit.cli.screens.view import View, look
from acctkit.cli.show import clean
from acctkit.coding import Suggestion
from acctkit.problem import Refusal
from acctkit.reconcile import OpenLine
from acctkit.reconcile.evidence import Matched

EVIDENCE = 6  # rows of the panel below
_TALL = 30
_CHEAP = 2  # seconds: matching that takes no longer is done again after each decision
_PAUSE = 1.5  # seconds after the last decision until that is done
_GLANCE = 0.7  # seconds a person needs to see that something changed
_LONG = 5000  # rows from which matching says how far it is


T = TypeVar("T")


class Job(NamedTuple):
    """Something to be written: what it is, what writes it, and the lines and entries it settles.

    Where there is a `decision`, it may be written together with others.
    """

    what: str
    run: Callable[[], list[str]]
    lines: Collection[str] = ()
    entries: Collection[str] = ()
    decision: Decision | None = None


class Outcome(NamedTuple):
    """What came of a job: the refs it posted, or why it was refused."""

    job: Job
    refs: list[str]
    refused: Refusal | None = None


# Nothing is written: the books are only read again.
READ = Job("", list)


class Board(Screen[None]):
    """The lines, the candidates and the evidence. What is decided is written by one task, in order."""

    def __init__(self, sitting: Sitting) -> None:
        super().__init__()
        self.sitting = sitting
        self.seen: View | None = None
        self.candidates: list[Candidate] = []
        self.chosen: list[tuple[str, ...]] = []
        self.words = ""
        self.sought = ""
        self.in_matched = False
        self.jobs: asyncio.Queue[Job] = asyncio.Queue()
        self.writing: list[Job] = []
        self.all_written = asyncio.Event()
        self.all_written.set()
        self.thread = ThreadPoolExecutor(1)
        self.refused: list[Refusal] = []  # and not read yet
        self.codings: tuple[View, dict[str, list[Suggestion]]] | None = None  # how lines may be coded, by a view
        self.cost = 0.0  # seconds that reading and matching took last
        self.changed = 0.0  # when the candidate under the cursor became another by itself
        self.line_columns = self.candidate_columns = self.match_columns = drawing.NO_COLUMNS

    def compose(self) -> ComposeResult:
        """Head, lists, evidence, message and keys."""
        yield Static(id="title")
        yield Static(id="figures")
        with Horizontal(id="lists"):
            with Vertical(id="left"):
                yield Static(classes="head", id="lines-head")
                yield Rows(self._draw_line, self._line_moved, id="lines")
            with Vertical(id="right"):
                yield Static(classes="head", id="candidates-head")
                yield Rows(self._draw_candidate, self.show_evidence, id="candidates")
        yield Static(id="evidence")
        yield Static(id="message")
        yield Input(placeholder="part of a text, a name or an amount", id="filter")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Read the books, and begin to write what is decided."""
        self.set_focus(self.line_rows)
        self.say("reading the books…")
        self.run_worker(self._work(), exit_on_error=True)
        self.jobs.put_nowait(READ)

    # What is shown.

    @property
    def line_rows(self) -> Rows:
        """The list of lines."""
        return self.query_one("#lines", Rows)

    @property
    def candidate_rows(self) -> Rows:
        """The list of candidates, or of what a line is matched to."""
        return self.query_one("#candidates", Rows)

    @property
    def has_just_changed(self) -> bool:
        """Whether what stands under the cursor is not what stood there when the person last looked."""
        return monotonic() - self.changed < _GLANCE

    @property
    def row(self) -> OpenLine | None:
        """The open line under the cursor."""
        view = self.seen
        if view is None or self.in_matched or not view.lines:
            return None
        return view.lines[min(self.line_rows.cursor, len(view.lines) - 1)]

    @property
    def candidate(self) -> Candidate | None:
        """The candidate under the cursor."""
        at = self.candidate_rows.cursor
        return self.candidates[at] if not self.in_matched and at < len(self.candidates) else None

    @property
    def matches(self) -> list[Matched]:
        """The matches of the matched line under the cursor."""
        if self.seen is None or not self.in_matched or not self.seen.matched:
            return []
        return self.seen.matched[min(self.line_rows.cursor, len(self.seen.matched) - 1)][1]

    def say(self, words: str, style: str = "") -> None:
        """A message in its line; it stands until the next."""
        self.query_one("#message", Static).update(Text(clean(words), style, no_wrap=True, overflow="ellipsis"))

    def look_at(self, view: View) -> None:
        """Show the books as they are now, the cursor on the line it stood on."""
        old = self.row.line.id if self.row else ""
        names = self.candidate.names if self.candidate else ()
        place = self.line_rows.cursor
        self.seen = view
        if not self.in_matched:
            place = next((at for at, row in enumerate(view.lines) if row.line.id == old), place)
        self.show_lines(place)
        is_same = self.row is not None and self.row.line.id == old
        self.show_candidates(names if is_same else ())
        now = self.candidate.names if self.candidate else ()
        if names and (now != names or not is_same):
            self.changed = monotonic()

    def show_lines(self, place: int) -> None:
        """The left list and the head."""
        view = self.seen
        if view is None:
            return
        shown = [(row.amount, row.line.date) for row in view.lines]
        if self.in_matched:
            shown = [(line.amount, line.date) for line, _ in view.matched]
        self.line_columns = drawing.columns(view.bank.unit, (minor for minor, _ in shown), (day for _, day in shown))
        self.line_rows.fill(len(shown), place)
        what = "matched lines" if self.in_matched else "open lines"
        self.query_one("#lines-head", Static).update(Text.assemble((what.capitalize(), "bold"), f"  {len(shown):,}"))
        self.query_one("#figures", Static).update(drawing.figures(view.recon, self.size.width - 2))
        self.show_title()
        pairs = MATCHED_KEYS if self.in_matched else KEYS
        self.query_one("#keys", Static).update(drawing.keys(pairs, self.size.width - 2))

    def show_title(self) -> None:
        """The account, how far the work is, and what is being written."""
        if self.seen is not None:
            words = drawing.title(self.seen, self.size.width - 2, len(self.writing))
            self.query_one("#title", Static).update(words)

    def show_candidates(self, names: tuple[str, ...] = ()) -> None:
        """The right list and the evidence, for the line under the cursor."""
        view, row = self.seen, self.row
        head = Text.assemble(("Matched to", "bold"), f"  {len(self.matches)}")
        if view is not None and self.in_matched:
            matches = self.matches
            self.match_columns = drawing.columns(
                view.bank.unit, [one.amount for one in matches], [one.entry.date for one in matches]
            )
            self.candidate_rows.fill(len(matches), 0)
        elif view is not None:
            used = {name for job in self.writing for name in job.entries}
            listed = view.search(row, self.words) if row and self.words else view.candidates(row) if row else []
            self.candidates = [one for one in listed if used.isdisjoint(one.names)]
            entries = [of.entry for one in self.candidates for of in one.entries]
            amounts = [one.amount for one in self.candidates]
            days, shown = [of.date for of in entries], [of.name for of in entries]
            self.candidate_columns = drawing.columns(view.bank.unit, amounts, days, shown)
            place = next((at for at, one in enumerate(self.candidates) if one.names == names), 0)
            self.candidate_rows.fill(len(self.candidates), place)
            found = f"  {len(self.candidates)}" + (f" with `{self.words}`" if self.words else "")
            head = Text.assemble(("Candidates", "bold"), clean(found))
        self.query_one("#candidates-head", Static).update(head)
        self.show_evidence()

    def show_evidence(self) -> None:
        """The panel below."""
        panel = self.query_one("#evidence", Static)
        room = EVIDENCE if self.size.height < _TALL else 2 * EVIDENCE - 2
        panel.styles.height = room
        view, row = self.seen, self.row
        if view is None:
            return
        if self.in_matched:
            panel.update(drawing.match_in_words(view, self.matches, self.candidate_rows.cursor))
        elif row is not None:
            panel.update(drawing.evidence(view, row, self.candidate, room))
        else:
            panel.update(Text("no line is open: the account is worked through", "bold"))
        self.line_rows.refresh()

    def _draw_line(self, at: int, width: int) -> Text:
        view = self.seen
        if view is None:
            return Text()
        if self.in_matched:
            line, _ = view.matched[at]
            return drawing.matched_row(self.line_columns, line.date, line.amount, line.text, width)
        row = view.lines[at]
        ident = row.line.id
        mark = drawing.MARKS[view.tier(ident)]
        if any(ident in job.lines for job in self.writing):
            mark = drawing.WRITING
        elif view.questions(row.line):
            mark = drawing.ASKED
        elif ident in self.sitting.skipped:
            mark = drawing.SKIPPED
        spans = drawing.shared_words(row, self.candidate) if at == self.line_rows.cursor else ()
        return drawing.line_row(self.line_columns, row, mark, width, spans)

    def _draw_candidate(self, at: int, width: int) -> Text:
        if self.in_matched:
            match = self.matches[at]
            words = f"{match.entry.name}  {match.entry.entry.payee} {match.entry.entry.narration}"
            return drawing.matched_row(self.match_columns, match.entry.date, match.amount, words, width)
        row = self.row
        if row is None:
            return Text()
        candidate = self.candidates[at]
        number = drawing.CHOSEN if candidate.names in self.chosen else str(at + 1) if at < 9 else ""
        return drawing.candidate_row(self.candidate_columns, candidate, number, row, width)

    def _line_moved(self) -> None:
        """Another line has other candidates."""
        self.chosen = []
        self.show_candidates()

    def on_resize(self) -> None:
        """Draw it anew for the new size."""
        if self.seen is not None:
            self.look_at(self.seen)

    def next_line(self) -> None:
        """On to the next line that nothing was decided about, round to the first."""
        view = self.seen
        if view is None:
            return
        busy = {line for job in self.writing for line in job.lines} | self.sitting.skipped
        at = self.line_rows.cursor
        order = [*range(at + 1, len(view.lines)), *range(at)]
        place = next((n for n in order if view.lines[n].line.id not in busy), None)
        self.chosen, self.words = [], ""
        if place is None:
            self.show_candidates()
        else:
            self.line_rows.move_to(place)
        self.line_rows.refresh()

    # Writing.

    def decide(self, decision: Decision, lines: Collection[str], entries: Collection[str] = ()) -> None:
        """Have a decision written, and go on to the next line."""
        together = decision if decision.matches else None
        self.put(Job(decision.what, lambda: self.sitting.write(decision).refs, lines, entries, together))
        self.next_line()

    def take_back(self, what: str, words: list[Words], reason: str) -> None:
        """Have records undone."""
        self.put(Job(f"taken back: {what}", lambda: self.sitting.take_back(words, *filter(None, [reason]))))

    def put(self, job: Job) -> None:
        """Have something written after all that was decided before."""
        self.writing.append(job)
        self.all_written.clear()
        self.jobs.put_nowait(job)
        self.show_title()

    async def _work(self) -> None:
        """Write what is decided, in order, and read the books after it; matches that wait are written together."""
        while True:
            jobs = [await self.jobs.get()]
            while not self.jobs.empty():
                jobs.append(self.jobs.get_nowait())
            outcomes = await self._aside(partial(self._write, jobs))
            settled = {name for one in outcomes if not one.refused for name in (*one.job.lines, *one.job.entries)}
            before = self.seen if all(job.what for job in jobs) else None
            try:
                view = await self._aside(partial(self._look, before, settled))
            except Refusal as reason:
                self.tell("The books cannot be read", reason)
                view = None
            self._report(outcomes, view)
            if view is not None and not view.is_fresh and self.cost < _CHEAP:
                self.set_timer(_PAUSE, self._look_anew)

    async def _aside(self, work: Callable[[], T]) -> T:
        """Do something in the thread that reads and writes books; nobody who leaves waits for it to have read."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    def _look_anew(self) -> None:
        """Match again what is left, where nothing is being written."""
        if self.jobs.empty() and not self.writing and self.seen is not None and not self.seen.is_fresh:
            self.jobs.put_nowait(READ)

    def _write(self, jobs: Sequence[Job]) -> list[Outcome]:
        """In a thread of its own: write jobs in order, those that may be together at once."""
        outcomes: list[Outcome] = []
        for is_plain, group in groupby(jobs, lambda job: job.decision is not None):
            some = list(group)
            try:
                if is_plain and len(some) > 1:
                    self.sitting.write_all([job.decision for job in some if job.decision])
                    outcomes += [Outcome(job, []) for job in some]
                    continue
            except Refusal:
                pass  # one by one tells which of them it was
            outcomes += [self._write_one(job) for job in some]
        return outcomes

    def _write_one(self, job: Job) -> Outcome:
        try:
            return Outcome(job, job.run())
        except Refusal as reason:
            return Outcome(job, [], reason)

    def _look(self, before: View | None, settled: Collection[str]) -> View:
        """In a thread of its own: read the books, and keep what was proposed where it holds."""
        start = monotonic()
        view = look(self.sitting, before, settled)
        self.cost = monotonic() - start if view.is_fresh else self.cost
        return view

    def _report(self, outcomes: Sequence[Outcome], view: View | None) -> None:
        """Say what was written and what was not, and show the books as they are."""
        for job, refs, refused in outcomes:
            if job in self.writing:
                self.writing.remove(job)
            if not self.writing:
                self.all_written.set()
            if refused:
                self.refused.append(refused)
                self.tell("Not written", refused)
            elif job.what:
                self.say(f"{job.what}; posted {', '.join(refs)}" if refs else job.what)
            elif self.seen is None and view is not None:
                count = len(view.proposal.matched)
                self.say(f"{count:,} certain: press G, then A, to see and accept them" if count else "")
        if view is not None:
            self.look_at(view)

    def tell(self, heading: str, reason: Refusal) -> None:
        """Show why something cannot be done, until it was read."""

        def read(_: None) -> None:
            if reason in self.refused:
                self.refused.remove(reason)

        self.app.push_screen(Told(heading, drawing.refusal_text(reason)), read)

    def tell_from_thread(self, words: str) -> None:
        """A message from the thread that writes."""
        self.app.call_from_thread(self.say, words)

    def progress_from_thread(self, done: int, whole: int) -> None:
        """How far the matching is."""
        if whole > _LONG and done < whole:
            self.tell_from_thread(f"matching: {done:,} of {whole:,}")
