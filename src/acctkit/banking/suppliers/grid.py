"""A supplier's file as a grid: the line of headings, the rows below it, and what stands around them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from acctkit.banking.suppliers.words import MONEY_ROLES, is_figure, rank_of, role_of
from acctkit.banking.text import LONGEST_SHOWN, quoted
from acctkit.problem import Place, Problem, error

DELIMITERS = (",", ";", "\t", "|")
# Headings stand within so many lines of the top.
PREAMBLE = 80
LONGEST_LINE = 10_000
MOST_ROWS = 50_000
_HINT = (
    "Give the file a line of headings: Date, Reference, Type, Debit, Credit, Balance; or Date, Reference, Type, Amount."
)
_GAP = re.compile(r"\s{2,}|\t")


class GridRow(NamedTuple):
    """One row: the number of its line, its text, its cells by column, and its words as they stand side by side."""

    line: int
    raw: str
    cells: list[str]
    parts: list[str]

    @property
    def words(self) -> str:
        """All of it on one line."""
        return " ".join(" ".join(self.parts).split())


class Grid(NamedTuple):
    """What each column is, the headings, the rows below, and all rows above."""

    columns: dict[str, int]
    header: GridRow
    rows: list[GridRow]
    head: list[GridRow]

    def cell(self, row: GridRow, role: str) -> str:
        """The text of a row's column, "" where there is none."""
        index = self.columns.get(role)
        return row.cells[index].strip() if index is not None and index < len(row.cells) else ""


def columns_of(cells: Sequence[str]) -> dict[str, int]:
    """The columns that headings name, one a role, or nothing where they are no headings of a statement."""
    best: dict[str, int] = {}
    for index, cell in enumerate(cells):
        role = role_of(cell)
        if role and (role not in best or rank_of(cell) < rank_of(cells[best[role]])):
            best[role] = index
    if "debit" in best and "amount" in best and "credit" not in best:
        del best["debit"]
    if "credit" in best and "amount" in best and "debit" not in best:
        best["debit"] = best.pop("amount")
    named = [role for role in MONEY_ROLES if role in best]
    is_whole = "date" in best and named and named != ["credit"]
    return best if is_whole and len(best) > 2 else {}


def place_of(row: GridRow, name: str, cell: str = "") -> Place:
    """The place of a cell in its row, or the row's first line."""
    first = row.raw.partition("\n")[0]
    if len(first) > LONGEST_SHOWN:
        return Place(name, row.line, 1, 2)
    at = first.find(cell) if cell else -1
    if at < 0:
        return Place(name, row.line, 1, max(len(first) + 1, 2), first)
    return Place(name, row.line, at + 1, at + len(cell) + 1, first)


def no_headings(lines: Iterable[str], name: str) -> Problem:
    """B401 for a file without a line of headings that could be those of a statement."""
    at, first = next(((at, line) for at, line in enumerate(lines, 1) if line.strip()), (1, ""))
    message = f"no line of this file has the headings of a statement: it begins {quoted(first)}"
    shown = first if len(first) <= LONGEST_SHOWN else ""
    return error("B401", message, Place(name, at, 1, max(len(shown) + 1, 2), shown), _HINT)


def grid_of_csv(text: str, name: str) -> Grid | Problem:
    """The grid of rows that a delimiter parts, or why there is none: B401, B402."""
    lines = text.split("\n")
    for index, line in enumerate(lines[:PREAMBLE]):
        for delimiter in DELIMITERS if len(line) <= LONGEST_LINE else ():
            cells = _cells(line, delimiter)
            if columns := columns_of(cells):
                header = GridRow(index + 1, line, cells, [cell for cell in cells if cell.strip()])
                rows = _rows(lines, index + 1, delimiter, name)
                if isinstance(rows, Problem):
                    return rows
                head = [
                    GridRow(at + 1, one, [], [cell for cell in _cells(one, delimiter) if cell.strip()])
                    for at, one in enumerate(lines[:index])
                    if one.strip() and len(one) <= LONGEST_LINE
                ]
                return Grid(columns, header, rows, head)
    return no_headings(lines, name)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


def _rows(lines: Sequence[str], first: int, delimiter: str, name: str) -> list[GridRow] | Problem:
    """The rows below the headings that are not blank; B402 where a row cannot be parted or there are too many."""
    reader = csv.reader((line + "\n" for line in lines[first:]), delimiter=delimiter, skipinitialspace=True)
    rows: list[GridRow] = []
    done = 0
    try:
        for cells in reader:
            start, done = done, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= MOST_ROWS:
                return error("B402", f"the statement has more than {MOST_ROWS} lines", Place(name, first + start + 1))
            raw = "\n".join(lines[first + start : first + done])
            if "\n" in raw and len(raw) > LONGEST_LINE:
                message = "a quotation mark is opened in this row and not closed as it should be"
                place = Place(name, first + start + 1, 1, 2)
                return error("B402", message, place, 'Within quotation marks, write " as "".')
            rows.append(GridRow(first + start + 1, raw, cells, [cell.strip() for cell in cells if cell.strip()]))
    except csv.Error as fault:
        return error("B402", f"the row that begins here cannot be read: {fault}", Place(name, first + done + 1))
    return rows


class _Cell(NamedTuple):
    """A text of a page and where on its line it begins and ends."""

    text: str
    start: int
    end: int


def grid_of_page_text(lines: Sequence[str], name: str) -> Grid | Problem:
    """The grid of text laid out in columns, as a PDF has it, or B401."""
    for index, line in enumerate(lines[:PREAMBLE]):
        headings = _headings(line)
        columns = columns_of([cell.text for cell in headings])
        if columns:
            header = GridRow(index + 1, line, [cell.text for cell in headings], [cell.text for cell in headings])
            head = [_page_row(at, one, [], {}) for at, one in enumerate(lines[:index], 1) if one.strip()]
            return Grid(columns, header, _page_rows(lines, index + 1, headings, columns), head)
    return no_headings(lines, name)


def _page_rows(lines: Sequence[str], first: int, headings: list[_Cell], columns: dict[str, int]) -> list[GridRow]:
    """The rows below the headings; where a page repeats these, its own places count from there on."""
    roles = {at: role for role, at in columns.items()}
    names = [cell.text for cell in headings]
    rows = []
    for number, line in enumerate(lines[first:], first + 1):
        again = _headings(line)
        if [cell.text for cell in again] == names:
            headings = again
            continue
        row = _page_row(number, line, headings, roles)
        rows += [row] if row.parts else []
    return rows


def _parted(line: str) -> list[_Cell]:
    """The texts of a line, parted by two blanks or more."""
    cells, start = [], 0
    for gap in [*_GAP.finditer(line), None]:
        end = gap.start() if gap else len(line)
        if text := line[start:end].strip():
            begin = start + line[start:end].index(text[0])
            cells.append(_Cell(text, begin, begin + len(text)))
        start = gap.end() if gap else end
    return cells


def _headings(line: str) -> list[_Cell]:
    """The headings of a line; words that one blank parts are headings of their own where they are known only so."""
    found: list[_Cell] = []
    for cell in _parted(line):
        words = cell.text.split()
        if role_of(cell.text) or len(words) == 1 or not all(role_of(word) for word in words):
            found.append(cell)
            continue
        at = cell.start
        for word in words:
            at = line.index(word, at)
            found.append(_Cell(word, at, at + len(word)))
            at += len(word)
    return found


def _page_row(number: int, line: str, headings: Sequence[_Cell], roles: dict[int, str]) -> GridRow:
    """A line of a page, each of its texts below the heading it stands nearest to."""
    parted = _parted(line)
    cells = [""] * len(headings)
    figures = [at for at in range(len(headings)) if roles.get(at) in MONEY_ROLES]
    others = [at for at in range(len(headings)) if at not in figures]
    for cell in parted if headings else ():
        among = (figures if is_figure(cell.text) else others) or list(range(len(headings)))
        nearest = min(among, key=lambda at: _distance(cell, headings[at]))
        free = [at for at in among if at > nearest and not cells[at]]
        if cells[nearest] and free and free[0] == min(at for at in among if at > nearest):
            nearest = free[0]  # two texts of a line stand in two columns
        cells[nearest] = f"{cells[nearest]} {cell.text}".strip()
    return GridRow(number, line, cells, [cell.text for cell in parted])


def _distance(cell: _Cell, heading: _Cell) -> tuple[int, int]:
    """How far a text stands from a heading: 0 where one is over the other, then by the nearer edge."""
    apart = max(cell.start - heading.end, heading.start - cell.end, 0)
    return apart, min(abs(cell.start - heading.start), abs(cell.end - heading.end))
