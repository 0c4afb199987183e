"""Options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How a report is printed; `auto` is a table in a terminal and plain text elsewhere."""

    auto = "auto"
    table = "table"
    plain = "plain"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    html = "html"
    xlsx = "xlsx"
    pdf = "pdf"


FormatOption = Annotated[Format, typer.Option("-O", "--output-format", help="How to print it.")]
OutputFile = Annotated[str, typer.Option("-o", "--output-file", metavar="FILE", help="Print to a file instead.")]
BeginOption = Annotated[str, typer.Option("-b", "--begin", metavar="DAY", help="From this day on.")]
EndOption = Annotated[str, typer.Option("-e", "--end", metavar="DAY", help="Up to, not including, this day.")]
PeriodOption = Annotated[
    str,
    typer.Option("-p", "--period", metavar="PERIOD", help="2026, 2026-Q1, 2026-04, 2026-01..2026-03, `last month`."),
]
AsOfOption = Annotated[str, typer.Option("--as-of", metavar="DAY", help="Up to and with this day.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the journal text and write nothing.")]
KeyOption = Annotated[
    str, typer.Option("--key", metavar="KEY", help="Write once under this key, however often repeated.")
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why it is posted into a period under a soft lock.")
]
YesOption = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask before writing.")]
