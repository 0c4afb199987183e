"""What the screen shows of a sitting: the books as they are, and what was proposed before where it still holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from heapq import nsmallest
from typing import NamedTuple

from acctkit.cli.reconciling import Candidate, Sitting, candidates, distance
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.money import format_minor
from acctkit.reconcile import (
    OPENING,
    UNDONE,
    BankBook,
    Match,
    OpenEntry,
    OpenLine,
    Proposal,
    Reconciliation,
    StatementLine,
    read_bank,
    state,
)
from acctkit.reconcile.evidence import Matched, Unit

CERTAIN, SUGGESTED, NOTHING = "certain", "suggested", "nothing"
# Of so many entries that are merely of a line's sign and nearest in amount, the first are listed.
_MOST_NEAR = 100


class Open(NamedTuple):
    """What is open of each line and each entry, by id and name, in minor units."""

    lines: Mapping[str, int]
    entries: Mapping[str, int]


@dataclass(frozen=True)
class View:
    """The books at one moment, what is proposed, and where the account stands."""

    ledger: Ledger
    bank: BankBook
    proposal: Proposal
    recon: Reconciliation
    is_fresh: bool

    @cached_property
    def open(self) -> Open:
        """What is open, of anything."""
        return what_is_open(self.bank)

    @cached_property
    def lines(self) -> list[OpenLine]:
        """The lines with something open, by date; the opening balance is the first of them."""
        found = [
            OpenLine(line, rest)
            for line in self.bank.lines
            if (rest := self.open.lines.get(line.id, 0)) and line.date <= self.proposal.as_of
        ]
        opening = _opening(self.bank)
        return [opening, *found] if opening else found

    @cached_property
    def matched(self) -> list[tuple[StatementLine, list[Matched]]]:
        """The lines with matches, by date, and the matches of each."""
        found: dict[str, tuple[StatementLine, list[Matched]]] = {}
        for match in self.bank.matches:
            line = match.line or _opening_line(self.bank)
            found.setdefault(line.id, (line, []))[1].append(match)
        return sorted(found.values(), key=lambda one: (one[0].date, one[0].id))

    @cached_property
    def found(self) -> dict[str, Match]:
        """The best that was found for each line: what is certain, else the first suggestion."""
        best: dict[str, Match] = {}
        for match in (*self.proposal.matched, *self.proposal.suggested):
            for line in match.lines:
                best.setdefault(line, match)
        return best

    @cached_property
    def queries(self) -> dict[str, list[Record]]:
        """The questions that wait for an answer, by the line they are about."""
        found: dict[str, list[Record]] = {}
        for record in self.ledger.records("query"):
            found.setdefault(record.text(0), []).append(record)
        return found

    @cached_property
    def entries(self) -> dict[str, OpenEntry]:
        """The open entries to the day, by name."""
        taken = self.bank.taken_back
        return {
            entry.name: OpenEntry(entry, rest)
            for entry in self.bank.entries
            if (rest := self.open.entries.get(entry.name, 0))
            and entry.date <= self.proposal.as_of
            and entry.name not in taken
        }

    @property
    def progress(self) -> tuple[int, int]:
        """How many lines are done, and of how many."""
        whole = sum(line.date <= self.proposal.as_of for line in self.bank.lines)
        left = sum(row.line.id != OPENING for row in self.lines)
        return whole - left, whole

    def questions(self, line: StatementLine) -> list[Record]:
        """The questions about a line."""
        return self.queries.get(f"{line.statement.id}/{line.id}", [])

    def tier(self, line: str) -> str:
        """How sure the best is that was found for a line."""
        match = self.found.get(line)
        return NOTHING if match is None else SUGGESTED if match.why else CERTAIN

    def candidates(self, row: OpenLine) -> list[Candidate]:
        """What a line may be, best first."""
        listed: list[Candidate] = []
        best = self.found.get(row.line.id)
        if best is not None and not best.why and all(name in self.entries for name in best.entries):
            listed.append(Candidate(tuple(self.entries[name] for name in best.entries), best))
        return listed + candidates(self.proposal, row, _MOST_NEAR)

    def search(self, row: OpenLine, words: str) -> list[Candidate]:
        """The open entries of which the date, amount, name and texts have all these words, nearest in amount first."""
        wanted = words.lower().split()
        texts = self._texts
        found = [of for name, of in self.entries.items() if all(word in texts[name] for word in wanted)]
        near = nsmallest(_MOST_NEAR, found, key=lambda of: distance(of, row))
        known = {one.names: one for one in self.candidates(row)}
        return [known.get((of.entry.name,), Candidate((of,))) for of in near]

    def find_line(self, words: str, after: int) -> int | None:
        """The next open line after a place, round to the first, of which date, amount and texts have all words."""
        wanted = words.lower().split()
        order: list[int] = [*range(after + 1, len(self.lines)), *range(after + 1)]
        for at in order:
            line = self.lines[at].line
            amount = f"{self.bank.unit.text(line.amount)} {figure(self.bank.unit, line.amount)}"
            text = f"{line.date} {line.id} {amount} {line.payer} {line.text} {line.reference}".lower()
            if all(word in text for word in wanted):
                return at
        return None

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {name: self._text(found) for name, found in self.entries.items()}

    def _text(self, found: OpenEntry) -> str:
        entry = found.entry.entry
        amount = f"{self.bank.unit.text(found.amount)} {figure(self.bank.unit, found.amount)}"
        return f"{entry.date} {found.entry.name} {amount} {entry.payee} {entry.narration}".lower()


def figure(unit: Unit, minor: int) -> str:
    """An amount with a comma between its thousands."""
    return format_minor(minor, unit.scale, unit.shown, grouped=True)


def what_is_open(bank: BankBook) -> Open:
    """What is open of each line and each entry of an account."""
    lines = {line.id: rest for line in bank.lines if (rest := bank.open_line(line)) * line.amount > 0}
    entries = {
        entry.name: rest
        for entry in bank.entries
        if entry.is_named and (rest := bank.open_entry(entry)) * entry.amount > 0
    }
    opening = _opening(bank)
    return Open({OPENING: opening.amount, **lines} if opening else lines, entries)


def look(sitting: Sitting, before: View | None = None, touched: Collection[str] = ()) -> View:
    """The books read again; what was proposed `before` is kept where nothing but the `touched` was settled since.

    `touched` are the lines and entries of a decision that was made on the ground of that view.
    """
    ledger = sitting.ledger()
    bank = read_bank(ledger, sitting.account)
    kept = _kept(before, what_is_open(bank), touched) if before else None
    proposal = kept or sitting.proposal(ledger)
    return View(ledger, bank, proposal, state(ledger, sitting.account, proposal.as_of), kept is None)


def _kept(before: View, now: Open, touched: Collection[str]) -> Proposal | None:
    """A proposal less what was settled of it; None where anything else changed."""
    gone: set[str] = set()
    for old, new in ((before.open.lines, now.lines), (before.open.entries, now.entries)):
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if changed & new.keys() or not changed <= set(touched):
            return None
        gone |= changed
    old_proposal = before.proposal

    def stands(match: Match) -> bool:
        return gone.isdisjoint(match.lines) and gone.isdisjoint(match.entries)

    return replace(
        old_proposal,
        matched=tuple(match for match in old_proposal.matched if stands(match)),
        suggested=tuple(match for match in old_proposal.suggested if stands(match)),
        unmatched_lines=tuple(row for row in old_proposal.unmatched_lines if row.line.id not in gone),
        unmatched_entries=tuple(row for row in old_proposal.unmatched_entries if row.entry.name not in gone),
        apart=tuple(pair for pair in old_proposal.apart if gone.isdisjoint(pair)),
    )


def _opening(bank: BankBook) -> OpenLine | None:
    """What of the first opening balance is matched to nothing, as a line."""
    rest = (bank.opening or 0) - bank.opening_matched
    return OpenLine(_opening_line(bank), rest) if rest and bank.statements else None


def _opening_line(bank: BankBook) -> StatementLine:
    first = bank.statements[0]
    day: date = first.begin
    return StatementLine(OPENING, first, day, bank.opening or 0, "Opening balance", "", "", "", first.place)


def all_above(view: View, lines: set[str]) -> tuple[list[Match], list[Match]]:
    """Of what was found for some lines, what is certain, and the first suggestions; no line or entry is in two.

    What was undone before is not suggested again here, nor what is no candidate.
    """
    used: set[str] = set()
    chosen: tuple[list[Match], list[Match]] = [], []
    for place, matches in enumerate((view.proposal.matched, view.proposal.suggested)):
        for match in matches:
            parts = {f"line {line}" for line in match.lines} | set(match.entries)
            is_known = match.why != UNDONE and all(name in view.entries for name in match.entries)
            if is_known and used.isdisjoint(parts) and set(match.lines) <= lines:
                chosen[place].append(match)
                used |= parts
    return chosen
