"""A supplier's file to statements: rows to lines, and what their order of days, signs and balances is, by proof."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.banking.days import ORDERS, Written, order_of, reading
from acctkit.banking.suppliers.grid import Grid, GridRow, grid_of_csv, grid_of_page_text, place_of
from acctkit.banking.suppliers.pages import MOST_BYTES, lines_of_pdf
from acctkit.banking.suppliers.proof import Foot, Part, prove
from acctkit.banking.suppliers.statement import SupplierFile, SupplierStatement
from acctkit.banking.suppliers.words import (
    MONEY_ROLES,
    bare_figure,
    currency_in,
    figure,
    is_ageing,
    is_carried,
    is_figure,
    is_forward,
    is_sum,
    is_total,
    kind_of,
)
from acctkit.banking.text import clean, decimal_mark, decode, looks_binary, quoted
from acctkit.problem import Place, Problem, error

_BINARY = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"II*\x00", "a picture"),
)
_SAVE = "Save it as CSV, or give the PDF that the supplier sent."
_LOOKS_DAY = re.compile(r"\s*(?:\d{1,4}[-/. ]\s?(?:\d{1,2}|[A-Za-z]{3,9})[-/.' ]\s?\d{1,4}|(?:19|20)\d{6})\b")
_MONTH_FIRST = re.compile(r"\s*([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\s*")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_HEAD_DAY = re.compile(
    r"(?:statement\s+date|statement(?:\s+of\s+account)?|date\s+of\s+statement|as\s+at|as\s+of|statement\s+(?:to|as\s+at)|period\s+(?:end(?:ing|ed)?|to)"
    r"|month\s+end(?:ing|ed)?|up\s+to|dated?)\W{0,5}\s*([A-Za-z]{3,9}\.?\s+\d{1,2},?\s+\d{4}|\d[\w/. -]{4,18}\d)",
    re.IGNORECASE,
)
MOST_PROBLEMS = 50


class _Sorted(NamedTuple):
    """The rows of a grid by what they are."""

    lines: list[GridRow]
    forwards: list[tuple[int, GridRow]]
    totals: list[GridRow]
    sums: list[GridRow]
    aged: list[list[str]]
    loose: list[GridRow]


def read_supplier(data: bytes, name: str, *, today: date, dates: str = "") -> SupplierFile:
    """The statements in a supplier's file, one for each currency, and every problem found; never raises on bad bytes.

    `name` is what problems call the file; `dates` ("dmy", "mdy", "ymd") the order of day and month where the file
    does not tell. Errors: B401 an unknown kind, B402 not readable, B403 an amount or date, B404 a statement that does
    not add up, which then is given all the same, B407 days that may be read two ways.
    """
    kind = next((kind for magic, kind in _BINARY if data.startswith(magic)), "")
    if kind:
        return _refused("", error("B401", f"this is {kind}, which is not read", Place(name, 1), _SAVE))
    if len(data) > MOST_BYTES:
        return _refused("", error("B402", "the file is too large for a statement", Place(name, 1), _SAVE))
    is_pdf = data[:1024].lstrip().startswith(b"%PDF")
    grid: Grid | Problem
    if is_pdf:
        lines = lines_of_pdf(data, name)
        grid = lines if isinstance(lines, Problem) else grid_of_page_text(lines, name)
    else:
        text = decode(data)
        if not text.strip("\ufeff \t\n\f\v"):
            return _refused(
                "", error("B402", "the file is empty", Place(name, 1), "Ask the supplier to send it again.")
            )
        if looks_binary(text):
            return _refused("", error("B401", "this is neither text nor a PDF", Place(name, 1), _SAVE))
        grid = grid_of_csv(text.removeprefix("\ufeff"), name)
    form = "pdf" if is_pdf else "csv"
    return _refused(form, grid) if isinstance(grid, Problem) else _read(grid, name, form, today, dates)


def _refused(form: str, *problems: Problem) -> SupplierFile:
    return SupplierFile(form, (), "", problems)


def _read(grid: Grid, name: str, form: str, today: date, dates: str) -> SupplierFile:
    rows = _sorted(grid)
    outside = [row.words for row in (*grid.head, *rows.totals, *rows.loose)]
    words = clean("\n".join(outside)[:20_000])
    if rows.loose and (bad := [row for row in rows.loose if _has_figure(grid, row)]):
        message = "this row has an amount and no date"
        hint = "Give it the date of its document, or take it out if it is no part of the account."
        return _refused(form, *(error("B403", message, place_of(row, name), hint) for row in bad[:MOST_PROBLEMS]))
    head_days = [found[1] for row in grid.head for found in _HEAD_DAY.finditer(row.words)]
    order = dates or _order(grid, rows.lines, head_days, name, today)
    if isinstance(order, Problem):
        return _refused(form, order)
    mark = _mark(grid, [*rows.lines, *(row for _, row in rows.forwards)])
    lines, bad_cells = _lines(grid, rows, name, order, mark, today)
    if bad_cells:
        return _refused(form, *bad_cells[:MOST_PROBLEMS])
    if not lines and not rows.forwards and not rows.totals:
        place = Place(name, grid.header.line)
        return _refused(form, error("B402", "the file has headings and no lines below them", place, _SAVE))
    own = currency_in(" ".join(grid.header.cells)) or currency_in(words, is_prose=True)
    day = next((found for text in head_days if (found := _day(text, order, today))), None)
    statements: list[SupplierStatement] = []
    problems: list[Problem] = []
    for currency in dict.fromkeys(line.currency or own for line in lines) or {own: None}:
        of_currency = [line for line in lines if (line.currency or own) == currency]
        is_only = len(of_currency) == len(lines)
        feet = (*rows.totals, *(row for row in grid.head if is_total(row.words)))
        foot = [Foot(row, _figures(filter(is_figure, row.parts), mark)) for row in feet]
        columns = [Foot(row, _figures(row.parts, mark)) for row in rows.sums]
        aged = [_figures(parts, mark) for parts in rows.aged]
        proof = foot if is_only else [], columns if is_only else [], aged if is_only else []
        proved = prove(of_currency, grid, name, *proof, currency, day)
        statements.append(proved.statement)
        problems += proved.problems
    return SupplierFile(form, tuple(statements), words, tuple(problems))


def _figures(parts: Iterable[str], mark: str) -> list[Decimal]:
    """The numbers among texts."""
    return [value for part in parts if (value := figure(part, mark)) is not None]


def _sorted(grid: Grid) -> _Sorted:
    """Every row below the headings: lines have a day; all else is known by its words."""
    found = _Sorted([], [], [], [], [], [])
    after_ages, header = False, [cell.strip().casefold() for cell in grid.header.cells]
    is_done = False
    carried: list[tuple[int, GridRow]] = []
    for row in grid.rows:
        if [cell.strip().casefold() for cell in row.cells] == header:
            after_ages = is_done = False
            continue
        written = grid.cell(row, "date")
        if is_ageing(row.parts) and not _LOOKS_DAY.match(written):
            after_ages = True
            continue
        if after_ages and any(is_figure(part) for part in row.parts):
            found.aged.append(row.parts)
            after_ages = False
            is_done = True
            continue
        if is_forward(row.words) and _has_figure(grid, row):
            found.forwards.append((len(found.lines), row))
        elif is_carried(row.words) or is_total(row.words):
            if _LOOKS_DAY.match(written) and _has_document(grid, row):
                found.lines.append(row)
                continue
            carried += [(len(found.lines), row)] if is_carried(row.words) else []
            found.totals.append(row)
            is_done = is_done or not is_carried(row.words)
        elif is_sum(row.words):
            found.sums.append(row)
        elif _LOOKS_DAY.match(written) or _MONTH_FIRST.match(written):
            if _has_figure(grid, row) or not is_done:
                found.lines.append(row)
        elif written and _has_figure(grid, row) and not is_done:
            found.lines.append(row)  # its day will be found to be none
        elif not is_done or not _has_figure(grid, row):
            found.loose.append(row)
    over = [row for at, row in carried if at < len(found.lines)]  # to the next page
    return found._replace(totals=[row for row in found.totals if row not in over])


def _has_document(grid: Grid, row: GridRow) -> bool:
    """Whether a row bears the number of a document, and so is a line whatever its words."""
    return bool(grid.cell(row, "reference")) and not is_total(grid.cell(row, "reference"))


def _has_figure(grid: Grid, row: GridRow) -> bool:
    return any(is_figure(cell) or figure(cell, ".") for role in MONEY_ROLES if (cell := grid.cell(row, role)))


def _order(grid: Grid, lines: Sequence[GridRow], head: Sequence[str], name: str, today: date) -> str | Problem:
    """The order of day and month of a file, by its days, the statement's own, and the days that lines are due."""
    days = [
        Written(_plain(written), place_of(row, name, written)) for row in lines if (written := grid.cell(row, "date"))
    ]
    if not days:
        return "dmy"
    top = [Written(_plain(text), Place(name, 1)) for text in head]
    found = order_of(days, today)
    if not isinstance(found, Problem) or found.code != "B407":
        return found
    dues = [
        (row, due)
        for row in lines
        if (due := grid.cell(row, "due")) and any(reading(_plain(due), order, today) for order in ORDERS)
    ]
    fitting = []
    for order in ORDERS:
        read = [reading(one.text, order, today) for one in days]
        pairs = [(_day(grid.cell(row, "date"), order, today), _day(due, order, today)) for row, due in dues]
        last = max((day for day in read if day), default=today)
        heads = [day for one in top if (day := reading(one.text, order, today))]
        is_due_later = all(day and later and later >= day for day, later in pairs)
        if all(read) and is_due_later and len(heads) == len(top) and all(last <= day <= today for day in heads):
            fitting.append(order)
    return fitting[0] if len(fitting) == 1 else found


def _plain(text: str) -> str:
    """A day as it is written where its month stands first in words or its day is an ordinal, else as it is."""
    month_first = _MONTH_FIRST.fullmatch(text)
    if month_first:
        return f"{month_first[2]} {month_first[1]} {month_first[3]}"
    return _ORDINAL.sub(r"\1", text.strip())


def _day(text: str, order: str, today: date) -> date | None:
    return reading(_plain(text), order, today)


def _mark(grid: Grid, rows: Sequence[GridRow]) -> str:
    """The decimal mark of the file's amounts; a point where none of them tells."""
    cells = [cell for row in rows for role in MONEY_ROLES if (cell := grid.cell(row, role))]
    return decimal_mark(bare_figure(cell) for cell in cells) or "."


def _lines(
    grid: Grid, rows: _Sorted, name: str, order: str, mark: str, today: date
) -> tuple[list[Part], list[Problem]]:
    """Lines and balances brought forward in the file's order, and B403 for each cell that cannot be read."""
    parts: list[Part] = []
    problems: list[Problem] = []
    queue = list(rows.forwards)
    for index, row in enumerate([*rows.lines, None]):
        while queue and queue[0][0] == index:
            parts.append(_part(grid, queue.pop(0)[1], name, mark, problems)._replace(is_forward=True))
        if row is None:
            break
        written = grid.cell(row, "date")
        day = _day(written, order, today)
        if day is None:
            hint = "A file writes its days in one order, like 28/04/2026."
            place = place_of(row, name, written)
            problems.append(error("B403", f"the date {quoted(written)} cannot be read", place, hint))
            continue
        due = _day(grid.cell(row, "due"), order, today)
        parts.append(_part(grid, row, name, mark, problems)._replace(date=day, due=due))
    return parts, problems


def _part(grid: Grid, row: GridRow, name: str, mark: str, problems: list[Problem]) -> Part:
    """A row with its figures; B403 is added for each that cannot be read."""
    figures: dict[str, Decimal] = {}
    for role in MONEY_ROLES:
        cell = grid.cell(row, role)
        if not cell or not any(char.isdigit() for char in cell):
            continue
        value = figure(cell, mark)
        if value is None:
            message = f"the amount {quoted(cell)} cannot be read"
            hint = "An amount is like 1200.00, -12.50, (12.50) or 12.50 CR."
            problems.append(error("B403", message, place_of(row, name, cell), hint))
        else:
            figures[role] = value
    kind = kind_of(grid.cell(row, "kind"), grid.cell(row, "text"), grid.cell(row, "reference"))
    stated = grid.cell(row, "currency")
    return Part(row, figures, kind, currency=currency_in(stated.upper()) if stated else "")
