"""Learning the layout of an unknown CSV: what its columns seem to hold, and the profile that answers make of it.

Nothing here asks: the questions are the command line's, the guesses are only offered as answers.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.banking.days import ORDERS, reading
from acctkit.banking.rows import DELIMITERS, LONGEST_HEADER, PREAMBLE
from acctkit.banking.text import clean, decimal_mark, money
from acctkit.money import EXACT

# So many rows tell enough.
_ENOUGH = 200
_CURRENCY = re.compile(r"[A-Z]{3}")
_PARTS = re.compile(r"([0-9]+|[A-Za-z]+)([-/. ])([0-9]+|[A-Za-z]+)([-/.' ])([0-9]+)(.*)")
_WORDS = {
    "payer": ("payee", "payer", "name", "counterparty", "merchant", "beneficiary", "partner"),
    "reference": ("reference", "ref", "cheque", "check", "memo"),
    "id": ("id", "transaction id", "transaction number", "fitid", "unique"),
    "text": ("description", "details", "narrative", "text", "particulars", "memo", "transaction"),
}


class Sample(NamedTuple):
    """The first rows of a file: its delimiter, the line of its header (0 for none), the columns and the cells."""

    delimiter: str
    header: int
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Guess(NamedTuple):
    """What the columns seem to hold, by number from 0; None where nothing seems to be it.

    `orders` are those in which every day can be read, `mark` the decimal mark.
    """

    date: int | None
    orders: tuple[str, ...]
    amounts: tuple[int, ...]
    balance: int | None
    texts: tuple[int, ...]
    id: int | None
    payer: int | None
    reference: int | None
    currency: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody said of a layout; columns by number from 0, `amounts` one, or money in and money out."""

    name: str
    title: str
    seen: date
    date: int
    order: str
    amounts: tuple[int, ...]
    invert: bool
    texts: tuple[int, ...]
    balance: int | None
    id: int | None
    payer: int | None
    reference: int | None
    currency: int | str
    card: bool
    mark: str


def sample_of(text: str) -> Sample | None:
    """The columns and first rows of decoded CSV; None where there are no rows of several cells with a day in each."""
    lines = [line[:LONGEST_HEADER] for line in text.split("\n")[: PREAMBLE + _ENOUGH]]
    found = []
    for delimiter in DELIMITERS:
        rows = _rows(lines, delimiter)
        widths = Counter(len(cells) for _, cells in rows if len(cells) > 1)
        if widths:
            width = max(widths, key=lambda one: (widths[one], one))
            found.append((widths[width] * (width - 1), delimiter, width, rows))
    if not found:
        return None
    _, delimiter, width, rows = max(found, key=lambda one: one[0])
    for at, (line, cells) in enumerate(rows):
        below = [tuple(cells[:width] + [""] * (width - len(cells))) for _, cells in rows[at + 1 :] if any(cells)]
        if len(cells) < 2 or abs(len(cells) - width) > 1:
            continue
        if _has_day(cells) and _has_money(cells):
            here = tuple(cells[:width] + [""] * (width - len(cells)))
            return Sample(delimiter, 0, tuple(f"column {number}" for number in range(1, width + 1)), (here, *below))
        if below and _has_day(below[0]):
            names = tuple(clean(cell) for cell in cells[:width]) + ("",) * (width - len(cells))
            return Sample(delimiter, line, names, tuple(below))
    return None


def guess(sample: Sample, today: date) -> Guess:
    """What the columns seem to hold, by their cells and, for words, by their names."""
    columns = list(zip(*sample.rows, strict=True))
    day = next((index for index, cells in enumerate(columns) if _orders(cells, today)), None)
    orders = _orders(columns[day], today) if day is not None else ()
    figures = [cell for index, cells in enumerate(columns) if index != day for cell in cells if _is_figure(cell)]
    mark = decimal_mark(figures) or "."
    sums = [
        index
        for index, cells in enumerate(columns)
        if index != day
        and any(cells)
        and all(not cell.strip() or _is_figure(cell) for cell in cells)
        and not _are_numbers_of_something(sample.names[index], cells)
    ]
    balance = _balance(columns, sums, mark)
    moved = tuple(index for index in sums if index != balance)
    amounts = _amounts(columns, moved)
    taken = {day, balance, *amounts}
    currency = next(
        (i for i, cells in enumerate(columns) if i not in taken and all(_CURRENCY.fullmatch(c.strip()) for c in cells)),
        None,
    )
    words = [
        i for i, cells in enumerate(columns) if i not in {*taken, currency, *sums} and any(c.strip() for c in cells)
    ]
    named = {role: _named(sample.names, words, role) for role in _WORDS}
    own = named["id"]
    if own is not None and len({c.strip() for c in columns[own]}) < len(sample.rows):
        own = None
    words = [i for i in words if i != own and not _orders(columns[i], today)]
    longest = max(words, key=lambda i: sum(len(cell) for cell in columns[i]), default=None)
    text = named["text"] if named["text"] is not None else longest
    return Guess(
        day, orders, amounts, balance, () if text is None else (text,), own, named["payer"], named["reference"],
        currency, mark,
    )  # fmt: skip


def layout_text(sample: Sample, answers: Answers) -> str:
    """The profile as TOML, as `profiles.profile_of` reads it."""
    told = json.dumps
    names = sample.names
    kept = [name for name in names if name]
    lines = [
        f"# The layout of {answers.title}, learnt from a file of that bank.",
        f"name = {told(answers.name)}",
        f"title = {told(answers.title, ensure_ascii=False)}",
        'source = "a file of our own"',
        f"seen = {answers.seen.isoformat()}",
        f"header = {told(kept, ensure_ascii=False)}",
    ]
    if not sample.header:
        lines.append("headerless = true")
    lines.append(f"dates = {told([pattern_of(_first(sample, answers.date), answers.order)])}")
    lines.append(f"text = {told([names[index] for index in answers.texts], ensure_ascii=False)}")
    if answers.mark != ".":
        lines.append(f"decimal-mark = {told(answers.mark)}")
    if isinstance(answers.currency, str) and answers.currency:
        lines.append(f"currency = {told(answers.currency)}")
    lines += ["card = true"] if answers.card else []
    lines += ["invert = true"] if answers.invert else []
    roles: dict[str, int | None] = {"id": answers.id, "date": answers.date}
    roles |= dict(zip(("amount",) if len(answers.amounts) == 1 else ("in", "out"), answers.amounts, strict=True))
    roles |= {"balance": answers.balance, "payer": answers.payer, "reference": answers.reference}
    roles["currency"] = answers.currency if isinstance(answers.currency, int) else None
    lines += ["", "[columns]"]
    lines += [f"{role} = {told(names[at], ensure_ascii=False)}" for role, at in roles.items() if at is not None]
    return "\n".join(lines) + "\n"


def pattern_of(written: str, order: str) -> str:
    """A day as written, as a pattern of d, m and y in that order: `03/04/2026` and dmy give `dd/mm/yyyy`."""
    match = _PARTS.fullmatch(written.strip())
    if not match:
        return "yyyymmdd"
    pieces = []
    for letter, part in zip(order, (match[1], match[3], match[5]), strict=True):
        if part.isalpha():
            pieces.append("mmm")
        else:
            pieces.append({"d": "dd", "m": "mm", "y": "yyyy" if len(part) == 4 else "yy"}[letter])
    return f"{pieces[0]}{match[2]}{pieces[1]}{match[4]}{pieces[2]}"


def _rows(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with its line; a row of several lines stands at its last."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))
    except csv.Error:
        return rows
    return rows


def _has_day(cells: Sequence[str]) -> bool:
    return any(reading(cell, order, date.max) for cell in cells for order in ORDERS)


def _has_money(cells: Sequence[str]) -> bool:
    return any(_is_figure(cell) and not _has_day([cell]) for cell in cells)


def _is_figure(cell: str) -> bool:
    return money(cell, ".") is not None or money(cell, ",") is not None


def _orders(cells: Sequence[str], today: date) -> tuple[str, ...]:
    """The orders in which every cell that is not empty is a day; none where most are empty."""
    written = [cell for cell in cells if cell.strip()]
    if len(written) * 2 < len(cells) or not written:
        return ()
    return tuple(order for order in ORDERS if all(reading(cell, order, today) for cell in written))


def _are_numbers_of_something(name: str, cells: Sequence[str]) -> bool:
    """Whether figures are ids, card or cheque numbers rather than money: whole, long, or so named."""
    plain = [cell.strip() for cell in cells if cell.strip()]
    named = any(word in name.casefold() for word in ("number", "account", "card", "cheque", "check", "sort", "id"))
    return all(cell.isdigit() for cell in plain) and (named or any(len(cell) > 7 for cell in plain))


def _amounts(columns: Sequence[Sequence[str]], moved: Sequence[int]) -> tuple[int, ...]:
    """The column of amounts that is always filled, or two of which each row has one."""
    whole = [index for index in moved if all(cell.strip() for cell in columns[index])]
    if whole:
        return (whole[0],)
    for first in moved:
        for second in moved:
            if first < second and all(
                bool(a.strip()) != bool(b.strip()) for a, b in zip(columns[first], columns[second], strict=True)
            ):
                return first, second
    return tuple(moved[:1])


def _balance(columns: Sequence[Sequence[str]], sums: Sequence[int], mark: str) -> int | None:
    """The column of which each figure is the one before it and an amount of another column, either way up."""
    figures = {index: [money(cell, mark) or Decimal(0) for cell in columns[index]] for index in sums}
    for index in reversed(sums):
        steps = [EXACT.subtract(b, a) for a, b in zip(figures[index], figures[index][1:], strict=False)]
        others = [figures[other] for other in sums if other != index]
        if not steps or not others:
            continue
        follows = all(any(abs(step) in (abs(o[n]), abs(o[n + 1])) for o in others) for n, step in enumerate(steps))
        if follows and any(steps):
            return index
    return None


def _named(names: Sequence[str], among: Sequence[int], role: str) -> int | None:
    for word in _WORDS[role]:
        for index in among:
            if word == names[index].casefold() or (len(word) > 3 and word in names[index].casefold()):
                return index
    return None


def _first(sample: Sample, column: int) -> str:
    return next((row[column] for row in sample.rows if row[column].strip()), "")
