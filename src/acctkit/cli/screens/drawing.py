"""The rows and panels of the reconciliation screen as styled text; meaning is never in a colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from acctkit.cli.reconciling import Candidate, in_words
from acctkit.cli.screens.evidence import Span, common
from acctkit.cli.screens.rows import fitted
from acctkit.cli.screens.view import CERTAIN, NOTHING, SUGGESTED, View, figure
from acctkit.cli.show import clean
from acctkit.problem import Refusal
from acctkit.reconcile import OpenEntry, OpenLine, Reconciliation
from acctkit.reconcile.evidence import Matched, Unit

# What stands before a line, by how sure the best is that was found for it.
MARKS = {CERTAIN: "=", SUGGESTED: "~", NOTHING: " "}
ASKED, SKIPPED, WRITING, CHOSEN = "?", "-", "…", "*"
AGREES = "bold underline green"
_DIM = "dim"
_WIDE = 100  # columns from which a date has its year, also in lists
_MOST_SHOWN = 4
_COLUMN = 14
_LONGEST_NAME = 10


def day_text(day: date, form: str = "%b %Y") -> str:
    """A day as people write it."""
    return f"{day.day:2} {day:{form}}"


def spaced(text: str, width: int) -> str:
    """A figure at the right of a column."""
    return text.rjust(width)


def entry_words(found: OpenEntry) -> str:
    """The texts of an entry."""
    entry = found.entry.entry
    return clean(" | ".join(filter(None, (entry.payee, entry.narration))))


def line_words(row: OpenLine) -> str:
    """The texts of a statement line; the payer where the text does not begin with it."""
    line = row.line
    parts = [] if not line.payer or line.text.upper().startswith(line.payer.upper()) else [line.payer]
    return clean(" | ".join(filter(None, (*parts, line.text))))


def underlined(text: str, spans: Iterable[Span]) -> Text:
    """A text with the places underlined that agree with another."""
    drawn = Text(text)
    for begin, end in spans:
        drawn.stylize(AGREES, begin, end)
    return drawn


# The head.


def title(view: View, width: int, waiting: int) -> Text:
    """The account and the day, and how far the work is."""
    done, whole = view.progress
    left = Text.assemble((clean(view.proposal.account), "bold"), "  ", _until(view))
    right = Text(f"{done:,} of {whole:,} lines done")
    if waiting:
        right = Text.assemble((f"writing {waiting}  ", "italic"), right)
    return Text.assemble(fitted(left, max(0, width - right.cell_len - 1)), " ", right)


def _until(view: View) -> Text:
    return Text(f"{view.recon.unit.currency} to {day_text(view.proposal.as_of).strip()}", _DIM)


def shared_words(row: OpenLine, candidate: Candidate | None) -> tuple[Span, ...]:
    """The places in a line's texts that agree with the entries it may be."""
    found = (
        [common(line_words(row), f"{entry_words(of)}  {of.entry.name}") for of in candidate.entries]
        if candidate
        else []
    )
    return tuple(span for one in found for span in one.left)


def figures(recon: Reconciliation, width: int) -> Text:
    """The reconciliation in one sum, each figure under its name."""
    unit = recon.unit
    of_bank = "Statement" if recon.is_stated else "Lines come to"
    items = [
        (of_bank, recon.statement),
        ("+ Lodgements", recon.lodgements_total),
        ("- Unpresented", recon.unpresented_total),
        ("- Bank errors", recon.bank_errors_total),
        ("- Books", recon.books),
        ("= Difference", recon.unexplained),
    ]
    if not recon.bank_errors:
        del items[3]
    column = max(_COLUMN, *(len(figure(unit, minor)) + 1 for _, minor in items))
    column = min(column, width // len(items)) if width // len(items) >= _COLUMN - 1 else column
    names, sums = Text(), Text()
    for place, (name, minor) in enumerate(items):
        is_last = place == len(items) - 1
        style = ("bold green" if not minor else "bold") if is_last else ""
        names.append(spaced(name, column), style or _DIM)
        sums.append(spaced(figure(unit, minor), column), style)
    if not recon.unexplained and recon.is_done:
        sums.append("  agreed", "bold green")
    return Text("\n").join((names, sums))


# The lists.


class Columns(NamedTuple):
    """How wide the figures and names of a list are, so that they stand under one another."""

    unit: Unit
    figures: int = 4
    names: int = 0
    years: int = 1

    def day(self, day: date, width: int) -> str:
        """A day, as short as the room and the years shown allow."""
        return day_text(day, "%b %Y" if width >= _WIDE // 2 else "%b" if self.years == 1 else "%b %y")


def columns(unit: Unit, amounts: Iterable[int], days: Iterable[date], names: Iterable[str] = ()) -> Columns:
    """The columns of so many amounts, days and names."""
    figures = max((len(figure(unit, minor)) for minor in amounts), default=4)
    return Columns(
        unit,
        figures,
        min(max((len(name) for name in names), default=0), _LONGEST_NAME),
        len({day.year for day in days}),
    )


NO_COLUMNS = Columns(Unit("", 0, 0))


def line_row(widths: Columns, row: OpenLine, mark: str, width: int, spans: Iterable[Span] = ()) -> Text:
    """A statement line in a list."""
    text = Text(f"{mark} {widths.day(row.line.date, width)} ")
    text.append(spaced(figure(widths.unit, row.amount), widths.figures))
    text.append("  ")
    text.append_text(underlined(line_words(row), spans))
    if mark in (SKIPPED, WRITING):
        text.stylize(_DIM)
    return text


def candidate_row(widths: Columns, candidate: Candidate, number: str, row: OpenLine, width: int) -> Text:
    """A candidate in a list: its first entry, and how many more."""
    first = candidate.entries[0]
    agrees = candidate.amount == row.amount
    text = Text(f"{number:>2} {widths.day(first.entry.date, width)} ")
    text.append(spaced(figure(widths.unit, candidate.amount), widths.figures), AGREES if agrees else "")
    many = len(candidate.entries)
    name = f"{many} entries" if many > 1 else first.entry.name
    text.append(f"  {clean(name)[: widths.names]:{widths.names}}  ")
    words = ", ".join(map(clean, candidate.names)) if many > 1 else entry_words(first)
    text.append_text(underlined(words, common(line_words(row), words).right))
    return text


# The evidence.


def evidence(view: View, row: OpenLine, candidate: Candidate | None, rows: int) -> Table:
    """The line above what it may be, what agrees underlined in both, and the reasons in words."""
    unit = view.bank.unit
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for justify in ("left", "left", "right"):
        grid.add_column(justify=justify, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    entries = candidate.entries if candidate else ()
    ours = line_words(row)
    theirs = [f"{entry_words(found)}  {clean(found.entry.name)}" for found in entries]
    shared = [common(_with_reference(row, ours), words) for words in theirs]
    spans = [span for one in shared for span in one.left]
    is_equal = candidate is not None and candidate.amount == row.amount
    days = {found.entry.date for found in entries}
    grid.add_row(
        Text("Bank", "bold"),
        Text(day_text(row.line.date), AGREES if days == {row.line.date} else ""),
        Text(figure(unit, row.amount), AGREES if is_equal else ""),
        underlined(_with_reference(row, ours), spans),
    )
    shown = entries[:_MOST_SHOWN] if len(entries) > _MOST_SHOWN else entries
    for place, found in enumerate(shown):
        grid.add_row(
            Text("Books" if place == 0 else "", "bold"),
            Text(day_text(found.entry.date), AGREES if found.entry.date == row.line.date else ""),
            Text(figure(unit, found.amount), AGREES if is_equal and len(entries) == 1 else ""),
            underlined(theirs[place], shared[place].right),
        )
    if candidate and len(entries) > 1:
        more = f"and {len(entries) - len(shown)} more; " if len(shown) < len(entries) else ""
        style = AGREES if is_equal else ""
        grid.add_row("", "", Text(figure(unit, candidate.amount), style), f"{more}{len(entries)} entries together")
    for words in _reasons(view, row, candidate)[: max(1, rows - 2)]:
        grid.add_row("", "", "", Text(words, "italic"))
    return grid


def _with_reference(row: OpenLine, words: str) -> str:
    reference = clean(row.line.reference)
    return f"{words}  {reference}" if reference and reference not in words else words


def _reasons(view: View, row: OpenLine, candidate: Candidate | None) -> list[str]:
    """Why a candidate is one, what is asked about the line, and what else a person should know."""
    unit = view.bank.unit
    words = [clean(f"asked of {one.text(1)}: {one.text(2)}") for one in view.questions(row.line)]
    if row.amount != row.line.amount:
        words.append(f"of {figure(unit, row.line.amount)}, {figure(unit, row.amount)} is open")
    if candidate is None:
        return [*words, "no entry like it is open: post a new one, or ask somebody"]
    if candidate.match is not None:
        sure = "suggested" if candidate.match.why else "certain"
        words.insert(0, clean(f"{sure}: {in_words(candidate.match)}"))
    elif candidate.amount != row.amount:
        words.insert(0, f"the amounts differ by {figure(unit, row.amount - candidate.amount)}")
    else:
        words.insert(0, "same amount")
    for one, other in view.proposal.apart:
        if {one, other} & set(candidate.names):
            words.append(f"{one} and {other} cancel each other in the books: set apart")
    return words


def matched_row(widths: Columns, day: date, minor: int, words: str, width: int) -> Text:
    """A line, or an entry, that is matched."""
    text = Text(f"  {widths.day(day, width)} ")
    text.append(spaced(figure(widths.unit, minor), widths.figures))
    text.append(f"  {clean(words)}")
    return text


def match_in_words(view: View, matches: Sequence[Matched], at: int) -> Table | Text:
    """What a matched line is, by what evidence, and since when."""
    if not matches:
        return Text("no line is matched")
    match = matches[min(at, len(matches) - 1)]
    unit, line, record = view.bank.unit, match.line, match.record
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for justify in ("left", "left", "right"):
        grid.add_column(justify=justify, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    if line is not None:
        row = OpenLine(line, line.amount)
        words = line_words(row)
        grid.add_row(Text("Bank", "bold"), day_text(line.date), figure(unit, line.amount), words)
    entry = OpenEntry(match.entry, match.amount)
    words = f"{entry_words(entry)}  {clean(match.entry.name)}"
    day = day_text(match.entry.date)
    grid.add_row(Text("Books", "bold"), day, figure(unit, match.amount), words)
    why = ": ".join(filter(None, (record.note("method"), record.note("why"))))
    grid.add_row("", "", "", Text(clean(f"matched on {day_text(record.date).strip()}, {why}"), "italic"))
    return grid


def refusal_text(reason: Refusal) -> Text:
    """Why something was refused, and the remedy."""
    text = Text()
    for problem in reason.problems:
        text.append(f"{clean(problem.message)}\n", "bold")
        if problem.hint:
            text.append(f"{clean(problem.hint)}\n")
    text.rstrip()
    return text


def keys(pairs: Sequence[tuple[str, str]], width: int) -> Text:
    """The keys and what they do, in lines that break between them and never within."""
    lines = [Text()]
    for key, what in pairs:
        words = Text.assemble((key, "bold"), " ", (what, _DIM))
        if lines[-1] and lines[-1].cell_len + 2 + words.cell_len > width:
            lines.append(Text())
        lines[-1] = Text("  ").join(filter(None, (lines[-1], words)))
    return Text("\n").join(lines)
