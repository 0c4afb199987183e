"""Whether a bank file is what it seems: new, and not one that the books hold already under other ids."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

from acctkit.money import to_decimal
from acctkit.reconcile.evidence import BankBook, StatementLine


class FileLine(Protocol):
    """What of a line of a bank file tells whether it is known."""

    @property
    def id(self) -> str:
        """The bank's own id, or one derived from the line."""

    @property
    def date(self) -> date:
        """The day it was booked."""

    @property
    def amount(self) -> Decimal:
        """Money in positive."""

    @property
    def text(self) -> str:
        """What the bank prints."""


Line = TypeVar("Line", bound=FileLine)


class Covered(NamedTuple):
    """The days and balances a bank file states."""

    begin: date | None
    end: date | None
    opening: Decimal | None
    closing: Decimal | None


def repeated(
    bank: BankBook, lines: Sequence[Line], new: Iterable[Line], covered: Covered
) -> list[tuple[Line, StatementLine]]:
    """The new lines of a file that say what a line of the books says which the file does not show by its id.

    Either day, amount and text are equal; or a day has the same amounts in both and no others. Lines of a
    statement that the file's balances join on to are no repeats.
    """
    apart = _not_in(bank, lines, covered)
    waiting: dict[tuple[date, Decimal], list[StatementLine]] = defaultdict(list)
    for held in apart:
        waiting[held.date, _amount(bank, held)].append(held)
    found: list[tuple[Line, StatementLine]] = []
    rest: list[Line] = []
    for line in new:
        group = waiting[line.date, line.amount]
        same = next((held for held in group if _plain(held.text) == _plain(line.text)), None)
        if same is None:
            rest.append(line)
        else:
            group.remove(same)
            found.append((line, same))
    here = _amounts_by_day((line.date, line.amount) for line in rest)
    there = _amounts_by_day((held.date, _amount(bank, held)) for group in waiting.values() for held in group)
    found += [
        (line, waiting[line.date, line.amount].pop(0)) for line in rest if here[line.date] == there.get(line.date)
    ]
    return found


def missing(
    bank: BankBook, lines: Sequence[FileLine], known: Iterable[StatementLine], covered: Covered
) -> list[StatementLine]:
    """The lines of the books between the first and last day of a file that it does not show; `known` it does."""
    if covered.begin is None or covered.end is None:
        return []
    seen = {held.id for held in known}
    apart = _not_in(bank, lines, covered)
    return [held for held in apart if held.id not in seen and covered.begin < held.date < covered.end]


def _not_in(bank: BankBook, lines: Sequence[FileLine], covered: Covered) -> list[StatementLine]:
    """The lines of the books whose ids a file does not have, less those of statements it joins on to."""
    ids = {line.id for line in lines}
    unit = bank.unit
    before = after = None
    for one in bank.statements:
        if covered.begin and covered.opening is not None and one.closing is not None and one.end <= covered.begin:
            before = one.order if to_decimal(one.closing, unit.scale) == covered.opening else before
        if covered.end and covered.closing is not None and one.opening is not None and one.begin >= covered.end:
            joins = after is None and to_decimal(one.opening, unit.scale) == covered.closing
            after = one.order if joins else after
    return [
        line
        for line in bank.lines
        if line.id not in ids
        and (before is None or line.statement.order > before)
        and (after is None or line.statement.order < after)
    ]


def _amounts_by_day(pairs: Iterable[tuple[date, Decimal]]) -> dict[date, Counter[Decimal]]:
    days: dict[date, Counter[Decimal]] = defaultdict(Counter)
    for day, amount in pairs:
        days[day][amount] += 1
    return days


def _amount(bank: BankBook, held: StatementLine) -> Decimal:
    return to_decimal(held.amount, bank.unit.scale)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
