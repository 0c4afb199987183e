"""Days and periods: calendar periods, financial years, due dates.

A period holds its first day and the day after its last, so that two that touch share a day.
"""

from __future__ import annotations

import calendar
import re
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
MONTHS_A_YEAR = 12


class Period(NamedTuple):
    """From `begin` up to, and not including, `end`; None is without limit on that side."""

    begin: date | None
    end: date | None

    @property
    def last(self) -> date | None:
        """The last day inside, or None where the period has no end."""
        return None if self.end is None else self.end - ONE_DAY

    def __contains__(self, day: object) -> bool:
        return (
            isinstance(day, date) and (self.begin is None or day >= self.begin) and (self.end is None or day < self.end)
        )


ALWAYS = Period(None, None)


def day_after(day: date) -> date | None:
    """The next day; None after the last day there is."""
    return day + ONE_DAY if day < date.max else None


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last day of that month where it is shorter.

    Past the calendar's ends, its first or last day.
    """
    index = day.year * MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(index, MONTHS_A_YEAR)
    if not MINYEAR <= year <= MAXYEAR:
        return date.min if year < MINYEAR else date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    """The last day of the month a day lies in."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_of(day: date, months: int = 1) -> Period:
    """The calendar month a day lies in, or that month and the next ones."""
    first = day.replace(day=1)
    end = add_months(first, months)
    return Period(first, end if end < date.max else None)


def parse_day(text: str) -> date | None:
    """An ISO day, `2026-04-14`, or None where it is not one."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_period(text: str, today: date) -> Period | None:
    """A period as typed: `2026`, `2026-Q1`, `2026-04`, a day, `A..B`, `last month`, `this year`.

    Always calendar periods. Returns None where the text is none of these.
    """
    text = text.strip()
    if ".." in text:
        left, right = (part.strip() for part in text.split("..", 1))
        if ".." in right:
            return None
        first = parse_period(left, today) if left else ALWAYS
        last = parse_period(right, today) if right else ALWAYS
        if first is None or last is None:
            return None
        return Period(first.begin, last.end)
    named = _named_period(text.lower(), today)
    if named:
        return named
    try:
        if match := re.fullmatch(r"(\d{4})", text):
            return month_of(date(int(match[1]), 1, 1), MONTHS_A_YEAR)
        if match := re.fullmatch(r"(\d{4})-?[qQ]([1-4])", text):
            return month_of(date(int(match[1]), int(match[2]) * 3 - 2, 1), 3)
        if match := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
            return month_of(date(int(match[1]), int(match[2]), 1))
    except (ValueError, OverflowError):
        return None
    day = parse_day(text)
    return Period(day, day_after(day)) if day else None


def _named_period(text: str, today: date) -> Period | None:
    """`today`, `yesterday`, and this, last or next month, quarter or year."""
    if text in ("today", "yesterday"):
        day = today if text == "today" or today == date.min else today - ONE_DAY
        return Period(day, day_after(day))
    match = re.fullmatch(r"(this|last|next) (month|quarter|year)", text)
    if not match:
        return None
    length = {"month": 1, "quarter": 3, "year": MONTHS_A_YEAR}[match[2]]
    first_month = (today.month - 1) // length * length + 1
    shift = {"this": 0, "last": -length, "next": length}[match[1]]
    return month_of(add_months(date(today.year, first_month, 1), shift), length)


def parse_year_end(text: str) -> tuple[int, int] | None:
    """A year end `MM-DD` as (month, day), or None; 29 February means the last day of February."""
    match = re.fullmatch(r"(\d{2})-(\d{2})", text)
    if not match:
        return None
    month, day = int(match[1]), int(match[2])
    valid = 1 <= month <= MONTHS_A_YEAR and 1 <= day <= calendar.monthrange(2024, month)[1]
    return (month, day) if valid else None


def financial_year(day: date, year_end: tuple[int, int]) -> Period:
    """The financial year a day lies in, for a year that ends on (month, day)."""
    last = _year_end_in(day.year, year_end)
    if day > last:
        end = _year_end_in(day.year + 1, year_end) if day.year < MAXYEAR else date.max
        return Period(day_after(last), day_after(end))
    before = _year_end_in(day.year - 1, year_end) if day.year > MINYEAR else None
    return Period(day_after(before) if before else date.min, day_after(last))


def _year_end_in(year: int, year_end: tuple[int, int]) -> date:
    month, day = year_end
    last = calendar.monthrange(year, month)[1]
    # A year that ends on 28 February ends on the 29th in a leap year: it ends with the month.
    return date(year, month, last if (month == 2 and day >= 28) else min(day, last))


def due_date(issued: date, terms: str) -> date | None:
    """When a document falls due: `30 days`, `30 days end of month`, `end of month`, `on receipt`.

    `30 days end of month` is the end of the month in which the thirtieth day falls, `30 days from end of
    month` thirty days after the end of the month of issue. Returns None where the terms cannot be read.
    """
    words = " ".join(terms.lower().split())
    if words in ("", "on receipt", "immediate", "immediately", "cash"):
        return issued
    match = re.fullmatch(r"(?:(?:net )?(\d{1,4})(?: days?)?)?(?: ?(?:eom|(?:from )?end of month))?", words)
    if not match:
        return None
    counts_from_end = words.endswith("from end of month")
    start = month_end(issued) if counts_from_end else issued
    day = date.fromordinal(min(start.toordinal() + int(match[1] or 0), date.max.toordinal()))
    return month_end(day) if words.endswith(("eom", "end of month")) and not counts_from_end else day


def return_periods(rule: str, day: date) -> Period | None:
    """The VAT period a day lies in: `months`, `quarters to 01|02|03`, `year to MM`; None if unknown."""
    if rule == "months":
        return month_of(day)
    match = re.fullmatch(r"(quarters|year) to (\d{2})", rule)
    if not match:
        return None
    length, last_month = (3 if match[1] == "quarters" else MONTHS_A_YEAR), int(match[2])
    if not 1 <= last_month <= (3 if length == 3 else MONTHS_A_YEAR):
        return None
    behind = (day.month - last_month - 1) % length
    return month_of(add_months(day.replace(day=1), -behind), length)
