"""What a run knows of the world: the day, the user, the terminal. Nothing else asks the clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from acctkit.period import ALWAYS, ONE_DAY, Period, day_after, parse_day, parse_period
from acctkit.problem import refusal

if TYPE_CHECKING:
    from acctkit.books.pen import Writer
    from acctkit.books.root import Root


@dataclass(frozen=True, slots=True)
class Context:
    """The books asked for, today, and what standard output is."""

    file: str | None
    today: date
    width: int
    is_terminal: bool
    colour: bool
    can_ask: bool
    command: str = ""
    lock_timeout: int | None = None

    def root(self) -> Root:
        """Where the books are; raises Refusal X901 where there are none."""
        from acctkit.books.root import find_root

        return find_root(self.file, dict(os.environ), Path.cwd())

    def writer(self) -> Writer:
        """Who writes, and when: the git identity or login, and the time of the seal in UTC."""
        from acctkit.books.pen import Writer

        now = datetime.now(UTC)
        if self.today != date.today():  # noqa: DTZ011 - the user's own day
            now = datetime.combine(self.today, now.time(), UTC)
        time, command = f"{now:%Y-%m-%dT%H:%M:%SZ}", f"acct {self.command}".strip()
        return Writer(_user(), self.today, time, command, self.lock_timeout, _tell)


def _tell(words: str) -> None:
    """Say something on standard error at once: somebody may be waiting for it."""
    print(words, file=sys.stderr, flush=True)


def make_context(file: str | None, today: str | None, command: str = "", lock_timeout: int | None = None) -> Context:
    """The context of this run; raises Refusal X907 where the day given is not one."""
    named = today or os.environ.get("ACCT_TODAY")
    day = parse_day(named) if named else date.today()  # noqa: DTZ011 - the user's own day
    if day is None:
        raise refusal("X907", f"`{named}` is not a day", "write it as 2026-04-30")
    is_terminal = sys.stdout.isatty()
    colour = is_terminal and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ
    width = shutil.get_terminal_size((100, 24)).columns
    return Context(
        file, day, width, is_terminal, colour, sys.stdin.isatty() and sys.stdout.isatty(), command, lock_timeout
    )


def _user() -> str:
    """Who writes, under the one name that seals can hold: without blanks, or what does not print."""
    return "".join(letter for letter in _named() if letter.isprintable() and not letter.isspace()) or "unknown"


def _named() -> str:
    """$ACCT_USER, else git's e-mail address, else the login."""
    import getpass

    if named := os.environ.get("ACCT_USER"):
        return named.encode(errors="replace").decode()
    try:
        asked = subprocess.run(["git", "config", "user.email"], capture_output=True, text=True, check=False)
    except OSError:
        asked = None
    if asked and asked.stdout.strip():
        return asked.stdout.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def period_of(context: Context, begin: str, end: str, period: str) -> Period:
    """The period that -b, -e and -p name together; raises Refusal X907 where one cannot be read."""
    result = ALWAYS
    if period:
        found = parse_period(period, context.today)
        if found is None:
            hint = "write 2026, 2026-Q1, 2026-04, 2026-01..2026-03 or `last month`"
            raise refusal("X907", f"`{period}` is not a period", hint)
        result = found
    if begin:
        first = parse_period(begin, context.today)
        if first is None or first.begin is None:
            raise refusal("X907", f"`{begin}` is not a day", "write it as 2026-04-01")
        result = Period(first.begin, result.end)
    if end:
        last = parse_period(end, context.today)
        if last is None or last.begin is None:
            raise refusal("X907", f"`{end}` is not a day", "write it as 2026-05-01; the end is not part of the period")
        result = Period(result.begin, last.begin)
    if result.begin and result.end and result.begin >= result.end:
        raise refusal(
            "X907", f"the period ends on {result.end - ONE_DAY}, before it begins", "-e is exclusive, as in hledger"
        )
    return result


def day_of(context: Context, text: str, default: date | None = None) -> date | None:
    """A day as typed, ISO or `today`, `yesterday`; the default where it is empty; raises Refusal X907."""
    if not text:
        return default
    found = parse_period(text, context.today)
    if found is None or found.begin is None or found.end != day_after(found.begin):
        raise refusal("X907", f"`{text}` is not a day", "write it as 2026-04-30")
    return found.begin
