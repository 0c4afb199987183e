"""How each bank lays out its CSV: one TOML file a layout, found by the header it names.

A profile file says `name`, `title`, `source` (where the layout was seen) and `seen` (when), `header` (the
columns that make it out), `optional` (others it may have), `more-columns` (whether any further ones may stand
there), `dates` (patterns of d, m and y; both orders where the bank writes either), `[columns]` (role = column)
and what else `Profile` lists. In a column `{currency}` stands for a code and `|` parts names of one column.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from acctkit.banking.days import MONTHS, full_year, reading
from acctkit.banking.statement import Kind
from acctkit.banking.text import calendar_day, clean, money

ROLES = (
    "id",
    "date",
    "value-date",
    "amount",
    "in",
    "out",
    "fee",
    "fee-signed",
    "balance",
    "payer",
    "reference",
    "kind",
    "account",
    "currency",
)
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}\S{0,40})?"


class Skip(NamedTuple):
    """Rows that move nothing: those whose `column` holds one of these values, or none of `unless`, and why."""

    column: str
    holds: tuple[str, ...]
    unless: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A bank's CSV layout.

    `columns` maps roles to columns; money is in `amount`, signed, or in `in` and `out`, unsigned. `text`
    columns joined describe a line and, where the bank gives no id, make its derived id: never change them
    once they are published. `split` is the column whose tabs or padding part payer from reference.
    `invert` turns amounts and balances round, for a card whose purchases are positive. `mark` is the
    decimal mark. A `fee` is a cost that the amount does not hold, `fee-signed` one that has the sign of money
    in; each is a line of its own. Where a header is no bank's alone, one of the columns `telling` must stand
    there too, unless somebody names the profile. `headerless` files have the columns of `header` in that
    order. `strip` are characters put before a cell so that spreadsheets take it for text.
    """

    name: str
    title: str
    source: str
    seen: date
    header: tuple[str, ...]
    telling: tuple[str, ...]
    headerless: bool
    strip: str
    optional: tuple[str, ...]
    more_columns: bool
    columns: dict[str, str]
    text: tuple[str, ...]
    split: str
    dates: tuple[str, ...]
    mark: str
    currency: str
    kind: Kind
    invert: bool
    skips: tuple[Skip, ...]

    @property
    def is_open(self) -> bool:
        """Whether the bank writes day and month in either order, so that each file has to tell."""
        return any(
            pattern.replace("dd", "?").replace("mm", "dd").replace("?", "mm") in self.dates
            for pattern in self.dates
            if "mm" in pattern and "mmm" not in pattern
        )


class Layout(NamedTuple):
    """A profile met in a file: the place of each role and text column in a row, and the currency."""

    profile: Profile
    roles: dict[str, int]
    texts: tuple[int, ...]
    split: int | None
    skips: tuple[tuple[int, Skip], ...]
    currency: str
    width: int
    order: str = ""

    def day(self, text: str, today: date) -> date | None:
        """A day written as the layout's patterns say, or in `order` where the file or somebody decided it."""
        return reading(text, self.order, today) if self.order else day_of(text, self.profile.dates, today)


@cache
def profiles() -> tuple[Profile, ...]:
    """All layouts that come with the package, by name."""
    folder = resources.files("acctkit") / "data" / "banks"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(profile_of(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)


def profile_of(data: dict[str, Any]) -> Profile:
    """A profile from its TOML; a missing or unknown role is a fault of the data and raises."""
    columns = data["columns"]
    if unknown := set(columns) - set(ROLES):
        raise ValueError(f"profile {data['name']}: unknown roles {sorted(unknown)}")
    if "date" not in columns or ("amount" in columns) == ("in" in columns and "out" in columns):
        raise ValueError(f"profile {data['name']}: needs a date, and an amount or in and out")
    return Profile(
        name=data["name"],
        title=data["title"],
        source=data["source"],
        seen=data["seen"],
        header=tuple(data["header"]),
        telling=tuple(data.get("telling", ())),
        headerless=data.get("headerless", False),
        strip=data.get("strip", ""),
        optional=tuple(data.get("optional", ())),
        more_columns=data.get("more-columns", False),
        columns=columns,
        text=tuple(data["text"]),
        split=data.get("split", ""),
        dates=tuple(data["dates"]),
        mark=data.get("decimal-mark", "."),
        currency=data.get("currency", ""),
        kind="card" if data.get("card", False) else "bank",
        invert=data.get("invert", False),
        skips=tuple(
            Skip(skip["column"], tuple(skip.get("holds", ())), tuple(skip.get("unless", ())), skip["why"])
            for skip in data.get("skip", ())
        ),
    )


def layout_of(cells: Sequence[str], among: Sequence[Profile], *, lenient: bool = False) -> Layout | None:
    """The layout whose header these cells are, of several the one that names most columns, else None.

    `lenient` allows columns a profile does not know, because somebody named the profile.
    """
    names = [_folded(cell) for cell in cells]
    fitting = [profile for profile in among if _fits(profile, names, lenient)]
    if not fitting:
        return None
    return _layout(max(fitting, key=lambda candidate: len(candidate.header)), names)


def layout_without_header(cells: Sequence[str], among: Sequence[Profile], today: date) -> Layout | None:
    """The layout of the one headerless profile that a first row fits, with a day and an amount in their places."""
    fitting = []
    for profile in among:
        layout = _layout(profile, [_folded(cell) for cell in profile.header]) if profile.headerless else None
        if layout is None or len(cells) != layout.width or "amount" not in layout.roles:
            continue
        if layout.day(cells[layout.roles["date"]], today) and money(cells[layout.roles["amount"]], profile.mark):
            fitting.append(layout)
    return fitting[0] if len(fitting) == 1 else None


def _layout(profile: Profile, names: Sequence[str]) -> Layout:
    roles = {role: place for role, column in profile.columns.items() if (place := _find(column, names)) is not None}
    texts = tuple(place for column in profile.text if (place := _find(column, names)) is not None)
    skips = tuple((place, skip) for skip in profile.skips if (place := _find(skip.column, names)) is not None)
    money = profile.columns.get("amount") or profile.columns["in"]
    currency = _currency(money, names) or profile.currency
    split = _find(profile.split, names) if profile.split else None
    return Layout(profile, roles, texts, split, skips, currency, len(names))


def unknown_columns(cells: Sequence[str], profile: Profile) -> list[str]:
    """The header cells a profile does not know, where it has all it needs; else none."""
    names = [_folded(cell) for cell in cells]
    if profile.telling or any(_find(column, names) is None for column in profile.header):
        return []
    known = [_pattern(column) for column in (*profile.header, *profile.optional)]
    return [clean(cell) for cell in cells if not any(one.fullmatch(_folded(cell)) for one in known)]


def day_of(text: str, dates: Sequence[str], today: date) -> date | None:
    """A day written by one of the patterns, a time after it aside, or None.

    A year of two digits is the latest that is not after next year.
    """
    for pattern in dates:
        match = _date_pattern(pattern).fullmatch(text.strip())
        if not match:
            continue
        parts = match.groupdict()
        month = parts["m"].lower()
        number = str(MONTHS.index(month[:3]) + 1) if month[:3] in MONTHS else month
        return calendar_day(full_year(parts["y"], today), number, parts["d"])
    return None


@cache
def _date_pattern(pattern: str) -> re.Pattern[str]:
    """`dd/mm/yyyy`, `yyyy-mm-dd`, `d mmm yy`: as a pattern with groups d, m and y."""
    written = re.escape(pattern)
    for letters, group in (
        ("yyyy", "(?P<y>[0-9]{4})"),
        ("yy", "(?P<y>[0-9]{2})"),
        ("mmm", "(?P<m>[A-Za-z]{3})"),
        ("mm", "(?P<m>[0-9]{1,2})"),
        ("dd", "(?P<d>[0-9]{1,2})"),
    ):
        if group[:5] not in written:
            written = written.replace(letters, group, 1)
    return re.compile(written + _TIME)


def _fits(profile: Profile, names: Sequence[str], lenient: bool) -> bool:
    if any(_find(column, names) is None for column in profile.header):
        return False
    if not lenient and profile.telling and all(_find(column, names) is None for column in profile.telling):
        return False
    if lenient or profile.more_columns:
        return True
    known = [_pattern(column) for column in (*profile.header, *profile.optional, *profile.telling)]
    return all(not name or any(one.fullmatch(name) for one in known) for name in names)


def _folded(cell: str) -> str:
    return clean(cell).casefold()


@cache
def _pattern(column: str) -> re.Pattern[str]:
    return re.compile(re.escape(_folded(column)).replace(re.escape("{currency}"), "([a-z]{3})").replace(r"\|", "|"))


def _find(column: str, names: Sequence[str]) -> int | None:
    pattern = _pattern(column)
    return next((index for index, name in enumerate(names) if pattern.fullmatch(name)), None)


def _currency(column: str, names: Sequence[str]) -> str:
    """The currency code a header names in this column, or ""."""
    found = _find(column, names)
    match = None if found is None else _pattern(column).fullmatch(names[found])
    return match[1].upper() if match and match.groups() else ""
