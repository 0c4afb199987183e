"""Days whose order a file does not tell: 03/04/2026 is 3 April or 4 March, decided for a whole file.

What decides is proof alone: a number above 12, or a day that lies ahead. In doubt somebody is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from acctkit.banking.text import calendar_day, quoted
from acctkit.problem import Place, Problem, error

ORDERS = ("dmy", "mdy", "ymd")
CENTURY = 100
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Where a bank is east of us its day has begun already.
_AHEAD = timedelta(days=2)

_WRITTEN = re.compile(
    r"([0-9]{1,4})[-/. ]\s?([0-9]{1,2}|[A-Za-z]{3,9})[-/.' ]\s?([0-9]{1,4})(?:[ T][0-9]{1,2}:[0-9]{2}\S{0,40})?"
)
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")


class Written(NamedTuple):
    """A day as written, and where."""

    text: str
    place: Place


def reading(text: str, order: str, today: date) -> date | None:
    """A day written as numbers in the order `dmy`, `mdy` or `ymd`, a month perhaps as a word; None if it is none.

    A year of two digits is the latest that is not after next year.
    """
    match = _COMPACT.fullmatch(text.strip()) if order == "ymd" else None
    match = match or _WRITTEN.fullmatch(text.strip())
    if not match:
        return None
    parts = dict(zip(order, match.groups(), strict=True))
    if not parts["m"].isdigit() and match[2] != parts["m"]:
        return None
    if match[2].isalpha():
        parts = {"y": parts["y"], "m": match[2], "d": match[3] if order == "ymd" else match[1]}
    month = parts["m"][:3].lower()
    number = str(MONTHS.index(month) + 1) if month in MONTHS else parts["m"]
    if not number.isdigit() or len(parts["d"]) > 2 or len(number) > 2:
        return None
    year = full_year(parts["y"], today)
    return calendar_day(year, number, parts["d"]) if year else None


def full_year(written: str, today: date) -> str:
    """A year of four digits, or of two, then the latest that is not after next year; "" for any other."""
    if len(written) == 4:
        return written
    if len(written) > 2 or not written.isdigit():
        return ""
    full = today.year // CENTURY * CENTURY + int(written)
    return str(full - CENTURY if full > today.year + 1 else full)


def order_of(days: Sequence[Written], today: date) -> str | Problem:
    """The order the days of a file are written in, or B403 where no order fits, B407 where two do."""
    latest = today + _AHEAD
    fitting: dict[str, list[date]] = {}
    readable: dict[str, tuple[date, ...]] = {}
    for order in ORDERS:
        read = [day for one in days if (day := reading(one.text, order, today))]
        if len(read) == len(days):
            readable[order] = tuple(read)
            if max(read, default=latest) <= latest:
                fitting[order] = read
    if len(fitting) == 1 or len({tuple(read) for read in fitting.values()}) == 1:
        return next(iter(fitting))
    if fitting:
        return in_doubt(days, today)
    if len(set(readable.values())) == 1:
        return next(iter(readable))
    counts = {order: sum(reading(one.text, order, today) is not None for one in days) for order in ORDERS}
    best = max(ORDERS, key=lambda order: counts[order])
    wrong = next((one for one in days if reading(one.text, best, today) is None), days[0])
    if not counts[best] or counts[best] < len(days):
        message = f"the date {quoted(wrong.text)} cannot be read"
        if counts[best]:
            message += f"; the others are {IN_WORDS[best]}"
        return error("B403", message, wrong.place, "A file writes its days in one order, like 28/04/2026.")
    return in_doubt(days, today)


IN_WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


def in_doubt(days: Sequence[Written], today: date) -> Problem:
    """B407 that shows the first day that may be either, in words, and the order in which the file is sorted."""
    doubtful = next(
        one for one in days if len({day for order in ORDERS if (day := reading(one.text, order, today))}) > 1
    )
    told = [f"{day.day} {day:%B %Y} ({order})" for order in ORDERS if (day := reading(doubtful.text, order, today))]
    sorted_by = [
        order
        for order in ORDERS
        if (read := [day for one in days if (day := reading(one.text, order, today))])
        and len(read) == len(days)
        and read in (sorted(read), sorted(read, reverse=True))
    ]
    hint = "Say which: --dates dmy or --dates mdy."
    if len(sorted_by) == 1 and len(days) > 2:
        hint += f" The lines would be in order of date if it is {sorted_by[0]}."
    message = f"no day of this file tells whether {quoted(doubtful.text)} is {' or '.join(told)}"
    return error("B407", message, doubtful.place, hint)
