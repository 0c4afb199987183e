"""What the figures of a statement mean, by what makes them add up.

Whether a column of balances runs from line to line or says what is left of each, whether payments stand with a sign or
by their kind alone, whether the newest line comes first: each reading is tried, and the one that the statement's own
balances and totals bear out is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from acctkit.banking.suppliers.grid import Grid, GridRow, place_of
from acctkit.banking.suppliers.statement import CREDIT, FORWARD, INVOICE, PAYMENT, SupplierLine, SupplierStatement
from acctkit.banking.suppliers.words import is_credit_number, kind_of, numbers_in
from acctkit.banking.text import clean
from acctkit.money import EXACT
from acctkit.problem import Problem, error

ZERO = Decimal(0)
# The field `date` hides the class of that name.
Day = date
_MARKED = re.compile(r"#\s*([\w/-]*[0-9][\w/-]*)")
_REMEDY = "Ask the supplier for the statement again; --accept B404 compares it as it stands."


class Part(NamedTuple):
    """A row with its figures by column, its kind by its words, its days; `is_forward` for a balance brought forward."""

    row: GridRow
    figures: dict[str, Decimal]
    kind: str
    date: Day = date.min
    due: Day | None = None
    currency: str = ""
    is_forward: bool = False


class Foot(NamedTuple):
    """A row that names a total, and its figures."""

    row: GridRow
    figures: list[Decimal]


class Proved(NamedTuple):
    """A statement, and what is wrong with it."""

    statement: SupplierStatement
    problems: list[Problem]


class _Reading(NamedTuple):
    """One way to read the figures: what each line adds, and the balances that run along, in order of time."""

    amounts: list[Decimal]
    balances: list[Decimal | None]
    is_open: bool
    is_reversed: bool
    is_written: bool


class _Outcome(NamedTuple):
    """What a reading comes to: how often it was borne out, and where it breaks (an index of its lines)."""

    reading: _Reading
    opening: Decimal | None
    closing: Decimal
    tests: int
    breaks: list[int]
    is_total: bool | None
    contradictions: int
    is_implied: bool

    @property
    def rank(self) -> tuple[int, ...]:
        """The order of readings, best first."""
        failed = len(self.breaks) + (self.is_total is False)
        return failed, -self.tests - bool(self.is_total), self.contradictions, self.is_implied


def prove(
    parts: Sequence[Part],
    grid: Grid,
    name: str,
    foot: Sequence[Foot],
    column_sums: Sequence[Foot],
    aged: Sequence[Sequence[Decimal]],
    currency: str,
    day: date | None,
) -> Proved:
    """The statement that the parts of one currency make, by the reading that its own figures bear out best.

    `foot` are rows that name the balance, `column_sums` those that name none, `aged` the figures of ageing boxes.
    Problems are B404 for what does not add up, B403 where a sign is in doubt.
    """
    lines = [part for part in parts if not part.is_forward]
    totals, sums = [one.figures for one in foot], [one.figures for one in column_sums]
    outcomes = [_tried(reading, parts, totals, sums, aged) for reading in _readings(lines)]
    best = min(outcomes, key=lambda one: one.rank)
    problems: list[Problem] = []
    doubtful = _doubt(best, outcomes, lines)
    if doubtful:
        message = "nothing tells whether this payment or credit adds to the balance or takes off it"
        hint = "Others of its kind have the other sign. Write its sign, or add a column Balance."
        problems.append(error("B403", message, place_of(doubtful.row, name), hint))
    closing, gap = best.closing, ZERO
    if best.breaks:
        problem, closing = _break(best, lines, name)
        problems.append(problem)
    elif best.is_total is False:
        total = next(one for one in (*foot, *column_sums) if one.figures)
        closing, place = total.figures[-1], place_of(total.row, name)
        message = f"the statement says {closing:,f} is owed; its lines come to {best.closing:,f}"
        problems.append(error("B404", message, place, _REMEDY))
    gap = EXACT.subtract(closing, best.closing)
    in_time = lines[::-1] if best.reading.is_reversed else lines
    made = [_line(part, best.reading, index, grid) for index, part in enumerate(in_time)]
    last = max((line.date for line in made), default=None)
    dated = day if day and (last is None or day >= last) else last
    is_stated = bool(best.tests or best.is_total is not None)
    statement = SupplierStatement(
        currency,
        dated or date.min,
        best.opening,
        closing,
        tuple(made),
        best.reading.is_open,
        is_stated,
        dated is not None and dated == day,
        gap,
    )
    if dated is None:
        message = "the statement has no line and says no date"
        problems.append(
            error("B402", message, place_of(grid.header, name), "Write `Statement date` and the day above it.")
        )
    return Proved(statement, problems)


def _readings(lines: Sequence[Part]) -> list[_Reading]:
    """All ways in which the columns can be read, the usual ones first."""
    amounts = _amounts(lines)
    opens, balances = _column(lines, "open"), _column(lines, "balance")
    has_opens, has_balances = any(v is not None for v in opens), any(v is not None for v in balances)
    none: list[Decimal | None] = [None] * len(lines)
    ways: list[tuple[list[Decimal], list[Decimal | None], bool]] = []
    if has_opens and _are_within(opens, amounts):
        ways.append(([value or ZERO for value in opens], balances, True))
    if amounts is not None:
        ways.append((amounts, opens if has_opens and not has_balances else balances, False))
    if has_balances and not has_opens and _are_within(balances, amounts):
        ways.append(([value or ZERO for value in balances], none, True))
    if not ways:
        ways.append((amounts or [value or ZERO for value in opens], none, has_opens))
    readings = []
    for (plain, running, is_open), is_reversed in product(ways, (False, True)):
        step = -1 if is_reversed else 1
        for is_written, signed in _signings(plain, lines):
            readings.append(_Reading(signed[::step], running[::step], is_open, is_reversed, is_written))
    return readings


def _signings(plain: list[Decimal], lines: Sequence[Part]) -> list[tuple[bool, list[Decimal]]]:
    """The amounts as written, signed by kind, and all turned round."""
    by_kind = [
        value.copy_abs().copy_negate() if part.kind in (CREDIT, PAYMENT) else value
        for value, part in zip(plain, lines, strict=True)
    ]
    turned = [value.copy_negate() if value else value for value in plain]
    found = [(True, plain)]
    found += [(False, by_kind)] if by_kind != plain else []
    return [*found, (False, turned)]


def _amounts(lines: Sequence[Part]) -> list[Decimal] | None:
    """What each line adds, by its debit and credit or its amount; None where no column says it."""
    columns = {role for part in lines for role in part.figures}
    if "amount" in columns and not columns & {"debit", "credit"}:
        return [part.figures.get("amount", ZERO) for part in lines]
    if not columns & {"debit", "credit"}:
        return None
    taken = [part.figures["credit"] for part in lines if "credit" in part.figures]
    is_negative = any(taken) and all(value <= 0 for value in taken)
    made = []
    for part in lines:
        credit = part.figures.get("credit", ZERO)
        debit = part.figures.get("debit", part.figures.get("amount", ZERO))
        made.append(EXACT.subtract(debit, credit.copy_negate() if is_negative else credit))
    return made


def _column(lines: Sequence[Part], role: str) -> list[Decimal | None]:
    return [part.figures.get(role) for part in lines]


def _are_within(opens: Sequence[Decimal | None], amounts: Sequence[Decimal] | None) -> bool:
    """Whether each is what may be left of its amount: of one sign, and no more."""
    if amounts is None:
        return True
    return all(
        value is None or (value.copy_abs() <= amount.copy_abs()) for value, amount in zip(opens, amounts, strict=True)
    )


def _tried(
    reading: _Reading,
    parts: Sequence[Part],
    totals: Sequence[Sequence[Decimal]],
    sums: Sequence[Sequence[Decimal]],
    aged: Sequence[Sequence[Decimal]],
) -> _Outcome:
    """What a reading comes to, and what of the statement bears it out or contradicts it."""
    opening = _opening(parts, reading)
    expected, tests, breaks = opening, 0, []
    is_implied = False
    before = ZERO
    for index, (amount, stated) in enumerate(zip(reading.amounts, reading.balances, strict=True)):
        before = EXACT.add(before, amount)
        if stated is None:
            continue
        if expected is None:
            implied = EXACT.subtract(stated, before)
            opening, is_implied = (implied, True) if implied else (None, False)
        else:
            tests += 1
            if EXACT.add(expected, before) != stated:
                breaks.append(index)
        expected, before = stated, ZERO
    closing = _sum([opening or ZERO, *reading.amounts])
    is_total = _borne_out(reading, closing, totals, sums, aged)
    if is_total is False and tests and not any(totals):
        is_total = None
    kinds = [part.kind for part in parts if not part.is_forward][:: -1 if reading.is_reversed else 1]
    wrong = sum(
        (kind in (CREDIT, PAYMENT) and amount > 0) or (kind == INVOICE and amount < 0)
        for kind, amount in zip(kinds, reading.amounts, strict=True)
    )
    return _Outcome(reading, opening, closing, tests, breaks, is_total, wrong, is_implied)


def _opening(parts: Sequence[Part], reading: _Reading) -> Decimal | None:
    """What is brought forward before the first line, None where nothing is said of it; between pages it is no more."""
    ordered = list(parts)[::-1] if reading.is_reversed else list(parts)
    if not ordered or not ordered[0].is_forward:
        return None
    figures = ordered[0].figures
    for role in ("balance", "open", "amount", "debit"):
        if figures.get(role):
            return figures[role]
    return figures.get("credit", ZERO).copy_abs().copy_negate() if figures.get("credit") else ZERO


def _borne_out(
    reading: _Reading,
    closing: Decimal,
    totals: Sequence[Sequence[Decimal]],
    sums: Sequence[Sequence[Decimal]],
    aged: Sequence[Sequence[Decimal]],
) -> bool | None:
    """Whether a total, the sums of columns or the boxes of an ageing say the same; None where there are none."""
    if any(closing in row for row in totals) or any(closing == _sum(row) or closing in row for row in aged):
        return True
    if any(totals):
        return False
    debits = _sum(value for value in reading.amounts if value > 0)
    taken = _sum(value for value in reading.amounts if value < 0).copy_abs()
    if any(closing in row or (debits in row and (taken in row or not taken)) for row in sums):
        return True
    return False if any(sums) else None


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = EXACT.add(total, value)
    return total


def _doubt(best: _Outcome, outcomes: Sequence[_Outcome], lines: Sequence[Part]) -> Part | None:
    """A payment or credit whose sign nothing proves, where others of its kind have the other sign."""
    if best.tests or best.is_total or not best.reading.amounts:
        return None
    written = next(one for one in outcomes if one.reading.is_written and not one.reading.is_reversed)
    takes = [
        (amount > 0, part)
        for part, amount in zip(lines, written.reading.amounts, strict=True)
        if part.kind in (CREDIT, PAYMENT) and amount
    ]
    if len({is_positive for is_positive, _ in takes}) < 2:
        return None
    return next(part for is_positive, part in takes if is_positive)


def _break(best: _Outcome, lines: Sequence[Part], name: str) -> tuple[Problem, Decimal]:
    """B404 at the first line whose balance its amount does not lead to, and the balance that is stated last."""
    reading = best.reading
    in_time = lines[::-1] if reading.is_reversed else lines
    index = best.breaks[0]
    stated = reading.balances[index] or ZERO
    earlier = next((at for at in range(index - 1, -1, -1) if reading.balances[at] is not None), None)
    start = best.opening or ZERO if earlier is None else reading.balances[earlier] or ZERO
    come = _sum([start, *reading.amounts[0 if earlier is None else earlier + 1 : index + 1]])
    more = f" ({len(best.breaks)} lines do)" if len(best.breaks) > 1 else ""
    message = f"the balance here is {stated:,f}, and by the lines above it would be {come:,f}: it does not add up{more}"
    last = next(value for value in reversed(reading.balances) if value is not None)
    part = in_time[index]
    shown = next((cell for cell in part.row.parts[::-1] if any(char.isdigit() for char in cell)), "")
    tail_at = max(at for at, value in enumerate(reading.balances) if value is not None)
    closing = _sum([last, *reading.amounts[tail_at + 1 :]])
    return error("B404", message, place_of(part.row, name, shown), _REMEDY), closing


def _line(part: Part, reading: _Reading, index: int, grid: Grid) -> SupplierLine:
    """A part as a line, by the reading that was taken."""
    amount = reading.amounts[index]
    row = part.row
    reference, other = clean(grid.cell(row, "reference")), clean(grid.cell(row, "other"))
    texts = [clean(grid.cell(row, role)) for role in ("kind", "text")]
    if reference and not any(char.isdigit() for char in reference):  # "BACS" is no number
        texts, reference = [*texts, reference], ""
    if marked := _MARKED.search(texts[0]):  # "Invoice # INV-2031": their number, and beside it a reference of ours
        reference, other = marked[1], other or reference
    original = None
    if reading.is_open and part.figures.keys() & {"amount", "debit"}:
        whole = part.figures.get("amount", part.figures.get("debit", ZERO)).copy_abs()
        original = whole.copy_negate() if amount < 0 else whole
    numbers = tuple(dict.fromkeys(filter(None, (reference, *numbers_in(reference, *texts, other)))))
    return SupplierLine(
        part.date,
        amount,
        _kind(part, amount, grid),
        reference or next(iter(numbers_in(*texts)), ""),
        other,
        " ".join(filter(None, texts)),
        part.due,
        original,
        reading.balances[index],
        numbers,
        row.line,
        row.raw,
    )


def _kind(part: Part, amount: Decimal, grid: Grid) -> str:
    """What a line is: by its words, else by its sign and the heading its amount stands under."""
    kind = "" if part.kind == FORWARD else part.kind
    if kind == INVOICE and amount < 0:
        return CREDIT
    if kind == CREDIT and amount > 0:
        return INVOICE
    if kind or amount == 0:
        return kind
    if amount > 0:
        return INVOICE
    if is_credit_number(grid.cell(part.row, "reference")):
        return CREDIT
    column = grid.columns.get("credit")
    heading = grid.header.cells[column] if column is not None and part.figures.get("credit") else ""
    return PAYMENT if kind_of(heading) == PAYMENT and "credit" not in heading.casefold() else ""
