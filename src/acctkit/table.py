"""Report tables: what every report returns, and what every output format is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

TEXT = "text"
MONEY = "money"
INTEGER = "integer"


class Column(NamedTuple):
    """A column's heading, and whether its cells are text (left) or figures (right)."""

    title: str
    kind: str = TEXT


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a report.

    `cells` are texts, one a column, "" where empty; figures are plain decimal texts, grouped when drawn.
    `style` is "line", "heading" (spans the table), "subtotal" (ruled above), "total" (ruled above and
    below) or "blank".
    """

    cells: tuple[str, ...]
    style: str = "line"


@dataclass(frozen=True, slots=True)
class Table:
    """A report: whose it is, what it says, its columns and lines, and remarks for its foot."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    subtitle: str = ""
    notes: tuple[str, ...] = field(default=())


def counted(number: int, what: str, several: str = "") -> str:
    """A number and its noun: `1 seal`, `131 seals`; `several` where an s does not make the plural."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"
