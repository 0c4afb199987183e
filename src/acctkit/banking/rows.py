"""Bank files of rows and columns: CSV with commas, semicolons or tabs, read by a profile."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.banking.days import Written, order_of
from acctkit.banking.profiles import (
    Layout,
    Profile,
    layout_of,
    layout_without_header,
    profiles,
    unknown_columns,
)
from acctkit.banking.statement import (
    BankFile,
    BankLine,
    BankStatement,
    check_statement,
    complete,
    left_out,
    moving,
    told_apart,
    with_ids,
    without_repeats,
)
from acctkit.banking.text import LONGEST_SHOWN, clean, clean_id, money, quoted
from acctkit.money import EXACT
from acctkit.problem import ERROR, Place, Problem, error, warning

DELIMITERS = (",", ";", "\t")
# A header stands within so many lines of the top, below what a bank prints about the account.
PREAMBLE = 30
LONGEST_HEADER = 10_000
# More unreadable rows than this are only counted.
MOST_PROBLEMS = 50

_PADDING = re.compile(r"\s{2,}|\t")


class Row(NamedTuple):
    """One row: its first line's number, its text in the file, its cells."""

    line: int
    raw: str
    cells: list[str]


class Header(NamedTuple):
    """The line the header stands on, from 1, the delimiter, and the layout it shows."""

    line: int
    delimiter: str
    layout: Layout


class Read(NamedTuple):
    """A row read: which account and currency it belongs to, the line, its raw description, and its fee.

    The amount of the line is what the account moved by, the fee with it.
    """

    account: str
    currency: str
    line: BankLine
    raw: str
    fee: Decimal


def read_rows(
    text: str, name: str, wanted: str, today: date, dates: str = "", known: Sequence[Profile] = ()
) -> BankFile:
    """Decoded CSV text to statements, one for each account and currency in it.

    `wanted` names a profile, "" finds it by the header. `today` settles years of two digits, `dates` the
    order of day and month where somebody said it; `known` are layouts of the user's own. Problems are B401
    for a header that nobody knows, B402 for broken quoting, B403 for cells, B404, B405, and B407 for days that
    may be read two ways.
    """
    among = [profile for profile in (*known, *profiles()) if wanted in ("", profile.name)]
    if not among:
        names = ", ".join(profile.name for profile in (*known, *profiles()))
        return _refused("", error("B401", f"there is no profile {quoted(wanted)}", hint=f"Profiles are {names}."))
    lines = text.split("\n")
    header = _header(lines, among, today, lenient=bool(wanted))
    if header is None:
        return _refused(wanted, _unknown_header(lines, name, among))
    layout = header.layout
    rows, broken = _rows(lines, header, name)
    if broken:
        return _refused(layout.profile.name, broken)
    order = dates or _order(rows, header, name, today)
    if isinstance(order, Problem):
        return _refused(layout.profile.name, order)
    layout = layout._replace(order=order)
    header = header._replace(layout=layout)
    good: list[Read] = []
    bad: list[Problem] = []
    skipped: Counter[str] = Counter()
    for row in rows:
        why = _skipped(row, layout)
        if why:
            skipped[why] += 1
            continue
        read = _read(row, header, name, today)
        if isinstance(read, Problem):
            bad.append(read)
        else:
            good.append(read)
    if bad:
        return _refused(layout.profile.name, *_first(bad))
    return _file(good, header, name, skipped)


def _order(rows: Sequence[Row], header: Header, name: str, today: date) -> str | Problem:
    """The order of day and month in the rows of a layout that leaves it open; "" for any other layout."""
    column = header.layout.roles["date"]
    if not header.layout.profile.is_open:
        return ""
    days = [
        Written(row.cells[column], _cell_place(row, column, name))
        for row in rows
        if column < len(row.cells) and row.cells[column].strip() and not _skipped(row, header.layout)
    ]
    return order_of(days, today) if days else ""


def _file(good: Sequence[Read], header: Header, name: str, skipped: Counter[str]) -> BankFile:
    """Rows that all could be read, as statements with their checks."""
    profile = header.layout.profile
    problems = [left_out(count, "row", why, Place(name, 1)) for why, count in skipped.items()]
    groups: dict[tuple[str, str], list[Read]] = {}
    for read in good:
        groups.setdefault((read.account, read.currency), []).append(read)
    statements = []
    for (account, currency), group in groups.items():
        lines, again = without_repeats(with_ids((read.line, read.raw) for read in group), name)
        lines, apart = told_apart(lines, name)
        bare = BankStatement(account, currency, None, None, None, None, tuple(lines), profile.kind)
        statement = complete(bare)
        problems += again + apart + check_statement(statement, name)
        moved, still = moving(_with_fees(statement.lines, {read.line.line: read.fee for read in group}), name)
        statements.append(replace(statement, lines=tuple(moved)))
        problems += still
    if not good and not skipped:
        problems.append(warning("B402", "the file has a header and no rows", Place(name, header.line)))
    return BankFile("csv", profile.name, tuple(statements), tuple(problems))


def _with_fees(lines: Sequence[BankLine], fees: Mapping[int, Decimal]) -> list[BankLine]:
    """The lines, each that holds a fee as two: what was paid, and the fee."""
    told = []
    for line in lines:
        fee = fees.get(line.line)
        if not fee:
            told.append(line)
            continue
        told.append(replace(line, amount=EXACT.subtract(line.amount, fee), balance=None))
        told.append(replace(line, id=f"{line.id}/fee", amount=fee, text=f"Fee {line.text}".strip(), kind="fee"))
    return told


def _refused(profile: str, *problems: Problem) -> BankFile:
    return BankFile("csv", profile, (), problems)


def _first(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    rest = f"{len(problems) - MOST_PROBLEMS} more rows cannot be read"
    return [*problems[:MOST_PROBLEMS], Problem("B403", ERROR, rest)]


def _header(lines: Sequence[str], among: Sequence[Profile], today: date, *, lenient: bool) -> Header | None:
    """The first line that is the header of a profile, with whichever delimiter; else a layout that has none."""
    for index, line in enumerate(lines[:PREAMBLE]):
        if not line.strip() or len(line) > LONGEST_HEADER:
            continue
        for delimiter in DELIMITERS:
            layout = layout_of(_cells(line, delimiter), among, lenient=lenient)
            if layout:
                return Header(index + 1, delimiter, layout)
    first = next((line for line in lines if line.strip()), "")[:LONGEST_HEADER]
    layout = layout_without_header(_cells(first, ","), among, today)
    return Header(0, ",", layout) if layout else None


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _unknown_header(lines: Sequence[str], name: str, among: Sequence[Profile]) -> Problem:
    """B401 with the header that was found, and what would have been understood."""
    index = next((index for index, line in enumerate(lines) if line.strip()), 0)
    line = lines[index][:LONGEST_HEADER]
    cells = max((_cells(line, delimiter) for delimiter in DELIMITERS), key=len)
    shown = lines[index] if len(lines[index]) <= LONGEST_SHOWN else ""
    place = Place(name, index + 1, 1, len(shown) + 1 if shown else 2, shown)
    if len(among) == 1:
        asked = among[0]
        message = f"the header is not that of {asked.title}: {quoted(line)}"
        return error("B401", message, place, f"{asked.title} has the columns {', '.join(asked.header)}.")
    near = next((found for one in among if (found := unknown_columns(cells, one))), [])
    if near:
        message = f"the header has columns that are not known: {', '.join(quoted(cell) for cell in near[:9])}"
    else:
        message = f"no bank's layout has this header: {quoted(line)}"
    hint = (
        f"acct import --learn {name} learns this layout by asking. Or give the file the header "
        "id,date,description,amount[,balance], ISO dates, money in positive."
    )
    return error("B401", message, place, hint)


def _rows(lines: Sequence[str], header: Header, name: str) -> tuple[list[Row], Problem | None]:
    """The rows below the header that are not blank, or what is wrong with their quotation marks.

    Text that breaks the rules of quoting is read leniently as long as every row stays on one line: beyond
    that nobody can say where a row ends.
    """
    first = header.line
    for strict in (True, False):
        rows: list[Row] = []
        try:
            rows.extend(_parsed(lines, first, header.delimiter, strict=strict))
        except csv.Error as fault:
            at = rows[-1].line + rows[-1].raw.count("\n") + 1 if rows else first + 1
            if not strict:
                message = f"the row that begins here cannot be read: {fault}"
                return [], error("B402", message, _line_place(lines, at, name))
            continue
        spanning = next((row for row in rows if "\n" in row.raw), None)
        if strict or not spanning:
            return rows, None
        hint = 'Within quotation marks, write " as "".'
        message = "a quotation mark is opened in this row and not closed as it should be"
        return [], error("B402", message, _line_place(lines, spanning.line, name), hint)
    return [], None


def _parsed(lines: Sequence[str], first: int, delimiter: str, *, strict: bool) -> Iterator[Row]:
    reader = csv.reader(
        (line + "\n" for line in lines[first:]), delimiter=delimiter, skipinitialspace=True, strict=strict
    )
    done = 0
    for cells in reader:
        start, done = done, reader.line_num
        if any(cell.strip() for cell in cells):
            yield Row(first + start + 1, "\n".join(lines[first + start : first + done]), cells)


def _line_place(lines: Sequence[str], number: int, name: str) -> Place:
    text = lines[number - 1] if number <= len(lines) and len(lines[number - 1]) <= LONGEST_SHOWN else ""
    return Place(name, number, 1, len(text) + 1 if text else 2, text)


def _skipped(row: Row, layout: Layout) -> str:
    """Why the profile leaves this row out, or ""."""
    for column, skip in layout.skips:
        cell = row.cells[column].strip() if column < len(row.cells) else ""
        if not cell:
            continue
        if any(_is(cell, value, layout.profile.mark) for value in skip.holds):
            return skip.why
        if skip.unless and not any(_is(cell, value, layout.profile.mark) for value in skip.unless):
            return skip.why
    return ""


def _is(cell: str, wanted: str, mark: str) -> bool:
    """Whether a cell holds a value, as a number if it is one."""
    value = money(cell, mark)
    return value == money(wanted) if value is not None else cell.casefold() == wanted.casefold()


def _read(row: Row, header: Header, name: str, today: date) -> Read | Problem:
    """One row as a line, or B403 with the cell that cannot be read."""
    layout = header.layout
    profile, roles = layout.profile, layout.roles
    cells = _fitted(row.cells, layout, header.delimiter)
    if cells is None:
        message = f"this row has {len(row.cells)} cells, the header has {layout.width}"
        hint = f"A text that holds {quoted(header.delimiter)} belongs in quotation marks."
        return error("B403", message, _cell_place(row, 0, name, whole=True), hint)
    if profile.strip:
        cells = [cell.strip().lstrip(profile.strip) for cell in cells]
    day = layout.day(cells[roles["date"]], today)
    if day is None:
        shown = cells[roles["date"]].strip()
        message = f"the date {quoted(shown)} cannot be read" if shown else "the row has no date"
        return error("B403", message, _cell_place(row, roles["date"], name), f"Dates are {profile.dates[0]}.")
    amount = _amount(cells, layout)
    if isinstance(amount, tuple):
        column, message = amount
        return error("B403", message, _cell_place(row, column, name), _PLAIN_AMOUNT)
    balance = None
    written = _cell(cells, layout, "balance")
    if written:
        balance = money(written, profile.mark)
        if balance is None:
            message = f"the balance {quoted(written)} cannot be read"
            return error("B403", message, _cell_place(row, roles["balance"], name), _PLAIN_AMOUNT)
    fee = _fee(cells, layout)
    if fee is None:
        column = roles.get("fee", roles.get("fee-signed", 0))
        message = f"the fee {quoted(cells[column])} cannot be read"
        return error("B403", message, _cell_place(row, column, name), _PLAIN_AMOUNT)
    amount = EXACT.add(amount, fee)
    if profile.invert:
        fee = fee.copy_negate() if fee else fee
        amount = amount.copy_negate() if amount else amount
        balance = balance.copy_negate() if balance else balance
    payer, reference = _split(cells, layout)
    line = BankLine(
        id=clean_id(_cell(cells, layout, "id")),
        date=day,
        amount=amount,
        text=_described(cells, layout),
        payer=payer or clean(_cell(cells, layout, "payer")),
        reference=reference or clean(_cell(cells, layout, "reference")),
        kind=clean(_cell(cells, layout, "kind")),
        value_date=layout.day(_cell(cells, layout, "value-date"), today),
        balance=balance,
        line=row.line,
        raw=row.raw,
    )
    currency = clean(_cell(cells, layout, "currency")).upper() or layout.currency
    raw = "\t".join(cells[index] for index in layout.texts)
    return Read(clean(_cell(cells, layout, "account")), currency, line, raw, fee)


_PLAIN_AMOUNT = "An amount is written like 1200.00 or -1,200.00."


def _fitted(cells: list[str], layout: Layout, delimiter: str) -> list[str] | None:
    """As many cells as the header has; None where more stand there than can be told apart.

    What is too much belongs to the last column if that one is text, since all before it are counted off.
    """
    over = cells[layout.width :]
    if not any(cell.strip() for cell in over):
        return cells[: layout.width] + [""] * (layout.width - len(cells))
    if layout.width - 1 in layout.texts:
        return [*cells[: layout.width - 1], delimiter.join(cells[layout.width - 1 :])]
    return None


def _cell(cells: Sequence[str], layout: Layout, role: str) -> str:
    """The cell of a role, stripped; "" where the file has no such column."""
    index = layout.roles.get(role)
    return "" if index is None else cells[index].strip()


def _amount(cells: Sequence[str], layout: Layout) -> Decimal | tuple[int, str]:
    """The signed amount before inversion, or the column that stands in the way and what is wrong there."""
    roles, mark = layout.roles, layout.profile.mark
    if "amount" in roles:
        written = _cell(cells, layout, "amount")
        value = money(written, mark)
        if value is None:
            said = f"the amount {quoted(written)} cannot be read" if written else "the row has no amount"
            return roles["amount"], said
        return value
    parts: dict[str, Decimal] = {}
    for role in ("in", "out"):
        written = _cell(cells, layout, role)
        value = money(written, mark) if written else None
        if written and value is None:
            return roles[role], f"the amount {quoted(written)} cannot be read"
        if value is not None and value < 0:
            return roles[role], f"the amount {quoted(written)} has a sign in a column without signs"
        if value is not None:
            parts[role] = value
    if not parts:
        return roles["in"], "the row has no amount"
    if len(parts) == 2 and all(parts.values()):
        return roles["in"], "the row has money in and money out"
    moved_in, moved_out = parts.get("in"), parts.get("out")
    if moved_in is not None and (moved_in or not moved_out):
        return moved_in
    return moved_out.copy_negate() if moved_out else Decimal(0)


def _fee(cells: Sequence[str], layout: Layout) -> Decimal | None:
    """What a fee adds to the amount, mostly less than nothing; None where it cannot be read."""
    written, signed = _cell(cells, layout, "fee"), _cell(cells, layout, "fee-signed")
    if not written and not signed:
        return Decimal(0)
    value = money(written or signed, layout.profile.mark)
    return value.copy_negate() if value and written else value


def _described(cells: Sequence[str], layout: Layout) -> str:
    """The text columns joined, each said once."""
    parts: list[str] = []
    for index in layout.texts:
        part = clean(cells[index])
        if part and not any(part.casefold() in told.casefold() for told in parts):
            parts.append(part)
    return " ".join(parts)


def _split(cells: Sequence[str], layout: Layout) -> tuple[str, str]:
    """Payer and reference where one column holds both, parted by a tab or padding; else two times ""."""
    if layout.split is None:
        return "", ""
    parts = _PADDING.split(cells[layout.split].strip(), maxsplit=1)
    return clean(parts[0]), clean(parts[1]) if len(parts) > 1 else ""


def _cell_place(row: Row, column: int, name: str, *, whole: bool = False) -> Place:
    """The place of a cell in its row, or of the row's first line where the cell cannot be found there."""
    first = row.raw[: LONGEST_SHOWN + 1].partition("\n")[0]
    if len(first) > LONGEST_SHOWN:
        return Place(name, row.line, 1, 2)
    start = 0
    for cell in [] if whole else row.cells[:column]:
        found = first.find(cell, start)
        start = found + len(cell) + 1 if found >= 0 else len(first)
    cell = row.cells[column] if column < len(row.cells) and not whole else ""
    found = first.find(cell, start) if cell else -1
    if found < 0:
        return Place(name, row.line, 1, max(len(first) + 1, 2), first)
    return Place(name, row.line, found + 1, found + len(cell) + 1, first)
