"""Tables, problems and JSON to text: the only place that draws."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TextIO

from acctkit.cli.options import Format
from acctkit.problem import ERROR, Problem, refusal
from acctkit.table import MONEY, TEXT, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from acctkit.cli.context import Context

_MOST_PROBLEMS = 50
_GAP = 2  # blanks between columns
_LEAST_TEXT = 10  # a column of text is not cut shorter than this
_LEAST_FIRST = 24
_LONGEST_EXCERPT = 160  # of a user's line, where no screen limits it
_LEAST_EXCERPT = 32
_INDENT = 6  # of what stands below a problem's first line
_MARGIN = 8  # the number of the line and its bar
# What JSON may hold as it is, and a terminal or a UTF-8 file may not: it is written as \\u and four digits.
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>&#|~]")


@contextmanager
def output(path: str) -> Iterator[TextIO]:
    """Standard output, or the file named; raises Refusal X903 where it cannot be written."""
    if path in ("", "-"):
        yield sys.stdout
        return
    from acctkit.books.private import private

    try:
        with private():
            file = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 - it is closed below
        with file:
            yield file
    except OSError as reason:
        why = (reason.strerror or str(reason)).lower()
        raise refusal("X903", f"{path} cannot be written: {why}", "choose another file") from None


# What a report is written as to a file of such a name, where no format is asked for.
_BY_SUFFIX = {
    ".csv": Format.csv,
    ".json": Format.json,
    ".md": Format.markdown,
    ".html": Format.html,
    ".xlsx": Format.xlsx,
    ".pdf": Format.pdf,
}


def show(
    report: Table | Callable[[], Table],
    answer: dict[str, object] | Callable[[], dict[str, object]],
    form: Format,
    context: Context,
    path: str = "",
) -> None:
    """Print a report in the format asked for, else in that of the file's name: `answer` is its JSON.

    Each may be made only when it is wanted.
    """
    form = _BY_SUFFIX.get(PurePath(path).suffix.lower(), form) if form is Format.auto else form
    if form is Format.json:
        found = answer() if callable(answer) else answer
        with output(path) as out:
            show_json(found, out)
        return
    table = report() if callable(report) else report
    if form is Format.pdf:
        _save_pdf(table, context, path)
        return
    if path not in ("", "-"):
        table = _with_head(table, context)
    if form is Format.xlsx:
        _save_workbook(table, path)
        return
    with output(path) as out:
        if form is Format.csv:
            _show_csv(table, out)
        elif form in (Format.markdown, Format.html):
            _show_marked_up(table, form, out)
        elif form is Format.table or (form is Format.auto and context.is_terminal and not path):
            _show_rich(table, context, out)
        else:
            _show_plain(table, out)


def _save_workbook(table: Table, path: str) -> None:
    """A report as an Excel workbook."""
    from acctkit.cli.xlsx import workbook

    _require_file(path, "a workbook", "report.xlsx")
    _save(path, workbook(table, clean))


def _save_pdf(table: Table, context: Context, path: str) -> None:
    """A report as a PDF, with whose it is at its head and the head of the books at its foot."""
    from acctkit.books.config import read_entity
    from acctkit.cli.pdf import Around, pdf

    _require_file(path, "a PDF", "report.pdf")
    entity = read_entity(context.root().settings).name
    _save(path, pdf(table, Around(entity, _head(context)), clean, _grouped))


def _require_file(path: str, what: str, name: str) -> None:
    if path in ("", "-"):
        raise refusal("X907", f"{what} is written to a file", f"name it: -o {name}")


def _save(path: str, data: bytes) -> None:
    """Write a report that is no text; raises Refusal X903 where it cannot be written."""
    from acctkit.books.private import private

    try:
        with private():
            Path(path).write_bytes(data)
    except OSError as reason:
        why = (reason.strerror or str(reason)).lower()
        raise refusal("X903", f"{path} cannot be written: {why}", "choose another file") from None


def _head(context: Context) -> str:
    """The head of the books as it stands on a report that leaves the house, "" where they were never sealed."""
    from acctkit.books.proof import newest_seal

    seal = newest_seal(context.root())
    return f"Books sealed to {seal.number}:{seal.hash}" if seal else ""


def _with_head(table: Table, context: Context) -> Table:
    """A report that leaves the house, with the head of the books on its foot."""
    from dataclasses import replace

    head = _head(context)
    return replace(table, notes=(*table.notes, head)) if head else table


def show_json(answer: dict[str, object], out: TextIO | None = None) -> None:
    """One JSON object, its keys in the order they were made."""
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    (out or sys.stdout).write(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def clean(text: str) -> str:
    """Text that cannot command a terminal: control characters are shown escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in text)


def clean_lines(text: str) -> str:
    """Journal text for a terminal: its lines as they are, but for what could command it."""
    return "\n".join(clean(line) for line in text.split("\n"))


def _grouped(text: str) -> str:
    """A figure with a comma between its thousands, where it has none yet."""
    if len(text.partition(".")[0]) < 4:
        return text
    bare = text.strip("()-")
    whole, point, places = bare.partition(".")
    if "," in text or not whole.isdigit():
        return text
    return text.replace(bare, f"{int(whole):,}{point}{places}")


# CSV.


def _show_csv(table: Table, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.title for column in table.columns])
    for row in table.rows:
        if row.style in ("heading", "blank") and len(row.cells) <= 1:
            cells = [*row.cells, *[""] * (len(table.columns) - len(row.cells))]
        else:
            cells = list(row.cells)
        if any(cells):
            writer.writerow([_csv_cell(cell, column.kind) for cell, column in zip(cells, table.columns, strict=False)])


def _csv_cell(cell: str, kind: str) -> str:
    """A figure without grouping; a text that a spreadsheet would take for a formula gets an apostrophe."""
    if kind != TEXT:
        return cell.replace(",", "")
    text = clean(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


# Plain text.


def _ruled(table: Table) -> list[tuple[str, list[str]]]:
    """Every line to draw with its style: rules stand above subtotals, above and below totals."""
    count = len(table.columns)
    figures = [i for i, column in enumerate(table.columns) if column.kind == MONEY]
    rows: list[tuple[Row, list[str]]] = []
    for row in table.rows:
        cells = [*map(clean, row.cells), *[""] * (count - len(row.cells))]
        for i in figures:
            cells[i] = _grouped(cells[i])
        rows.append((row, cells))
    widths = {i: max((len(cells[i]) for row, cells in rows if row.style != "heading"), default=0) for i in figures}

    def rule(cells: list[str], mark: str) -> tuple[str, list[str]]:
        return "rule", [mark * widths[i] if i in widths and cell else "" for i, cell in enumerate(cells)]

    lines: list[tuple[str, list[str]]] = []
    for row, cells in rows:
        if row.style in ("subtotal", "total"):
            lines.append(rule(cells, "─"))
        lines.append((row.style, cells))
        if row.style == "total":
            lines.append(rule(cells, "═"))
    return lines


def _show_plain(table: Table, out: TextIO) -> None:
    """A table whose columns are as wide as what stands in them."""
    for text in (table.title, table.subtitle):
        if text:
            out.write(clean(text) + "\n")
    if table.title or table.subtitle:
        out.write("\n")
    titles = [column.title for column in table.columns]
    lines = _ruled(table)
    widths = [len(title) + _GAP for title in titles]
    standing = [cells for style, cells in lines if not _spans(style, cells)]
    for index, cells in enumerate(zip(*standing, strict=True)):
        widths[index] = max(widths[index], *map(len, cells))
    drawn = [_aligned(table, titles, widths)]
    if lines:
        drawn.append(_aligned(table, ["-" * width for width in widths], widths))
    drawn += [cells[0] if _spans(style, cells) else _aligned(table, cells, widths) for style, cells in lines]
    out.write("\n".join(drawn).rstrip() + "\n")
    out.writelines(f"\n{clean(note)}\n" for note in table.notes)


def _spans(style: str, cells: list[str]) -> bool:
    """Whether a line is a heading that stands alone, across all columns."""
    return style == "heading" and not any(cells[1:])


def _aligned(table: Table, cells: list[str], widths: list[int]) -> str:
    """Cells side by side: texts left, figures right."""
    columns = zip(table.columns, cells, widths, strict=True)
    placed = [cell.ljust(width) if kind == TEXT else cell.rjust(width) for (_, kind), cell, width in columns]
    return (" " * _GAP).join(placed).rstrip()


# Markdown and HTML.


def _show_marked_up(table: Table, form: Format, out: TextIO) -> None:
    """A table for a page: nothing in it can be taken for markup."""
    from html import escape

    from tabulate import tabulate

    is_html = form is Format.html
    marked: Callable[[str], str] = escape if is_html else lambda text: _MARKDOWN.sub(r"\\\g<0>", text)
    heading, paragraph = ("<h1>{}</h1>", "<p>{}</p>") if is_html else ("# {}", "{}")
    body = [cells for style, cells in _ruled(table) if style not in ("rule", "blank")]
    cells = body if is_html else [[marked(cell) for cell in cells] for cells in body]  # tabulate escapes HTML itself
    drawn = tabulate(
        cells, [column.title for column in table.columns], tablefmt="html" if is_html else "github",
        colalign=["left" if column.kind == TEXT else "right" for column in table.columns] if cells else None,
        disable_numparse=True,
    )  # fmt: skip
    parts = ['<meta charset="utf-8">'] if is_html else []
    parts += [heading.format(marked(clean(table.title)))] if table.title else []
    parts += [paragraph.format(marked(clean(table.subtitle)))] if table.subtitle else []
    out.write("\n\n".join([*parts, drawn, *(paragraph.format(marked(clean(note))) for note in table.notes)]) + "\n")


# A terminal.


def _show_rich(table: Table, context: Context, out: TextIO) -> None:
    """A table as wide as the terminal: texts are shortened, figures never.

    Where the figures alone are wider, the columns are printed in bands under one another.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, width=context.width, no_color=not context.colour, highlight=False)

    def put(text: str, style: str = "") -> None:
        console.print(Text(text, style=style), soft_wrap=True)

    for text, style in ((table.title, "bold"), (table.subtitle, "dim")):
        if text:
            put(clean(text), style)
    lines = _ruled(table)
    styles = {"heading": "bold", "subtotal": "bold", "total": "bold", "rule": "dim"}
    for band in _bands(table, lines, context.width):
        put("")
        put(_side_by_side(table, [column.title for column in table.columns], band), "bold")
        put((" " * _GAP).join("─" * width for width in band.values()), "dim")
        for style, cells in lines:
            put(cells[0] if _spans(style, cells) else _side_by_side(table, cells, band), styles.get(style, ""))
    for note in table.notes:
        put(f"\n{clean(note)}", "dim")


def _side_by_side(table: Table, cells: list[str], band: dict[int, int]) -> str:
    """The cells of a band's columns on one line: texts left, figures right."""
    from rich.cells import set_cell_size

    parts = []
    for index, width in band.items():
        cell = _fitted(cells[index], width)
        parts.append(set_cell_size(cell, width) if table.columns[index].kind == TEXT else cell.rjust(width))
    return (" " * _GAP).join(parts).rstrip()


def _bands(table: Table, lines: list[tuple[str, list[str]]], room: int) -> list[dict[int, int]]:
    """The columns to print side by side, each with its width: one band where all fit, else several."""
    natural = [len(column.title) for column in table.columns]
    for style, cells in lines:
        if not _spans(style, cells):
            natural = [max(width, len(cell)) for width, cell in zip(natural, cells, strict=True)]
    texts = [i for i, column in enumerate(table.columns) if column.kind == TEXT]
    figures = [i for i in range(len(natural)) if i not in texts]
    taken = sum(natural[i] for i in figures) + _GAP * (len(natural) - 1)
    shrunk = _shrunk([natural[i] for i in texts], room - taken)
    if shrunk is not None:
        widths = dict(zip(texts, shrunk, strict=True)) | {i: natural[i] for i in figures}
        return [dict(sorted(widths.items()))]
    first = {texts[0]: min(natural[texts[0]], _LEAST_FIRST)} if texts else {}
    rest = {i: min(natural[i], _LEAST_TEXT) for i in texts[1:]} | {i: natural[i] for i in figures}
    bands = [dict(first)]
    for index, width in sorted(rest.items()):
        if len(bands[-1]) > 1 and sum(bands[-1].values()) + _GAP * len(bands[-1]) + width > room:
            bands.append(dict(first))
        bands[-1][index] = width
    return bands


def _shrunk(widths: list[int], room: int) -> list[int] | None:
    """Widths that fit into the room, the widest shortened first; None where too little would be left of them."""
    widths = list(widths)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda i: widths[i], default=None)
        if widest is None or widths[widest] <= _LEAST_TEXT:
            return None
        widths[widest] -= 1
    return widths


def _fitted(text: str, width: int) -> str:
    """A text cut to a width with an ellipsis; of an account's name the end is what tells it apart."""
    if len(text) <= width:
        return text
    return f"…{text[len(text) - width + 1 :]}" if ":" in text and " " not in text.strip() else f"{text[: width - 1]}…"


# Problems.


def show_problems(problems: Sequence[Problem], out: TextIO) -> None:
    """Problems as a person reads them: place, words, the user's own line with a caret, a hint."""
    bold, red, yellow, dim, plain = _colours(out)
    for problem in problems[:_MOST_PROBLEMS]:
        colour = red if problem.severity == ERROR else yellow
        place = problem.place
        where = f"{clean(place.file)}:{place.line}:{place.column}:" if place else ""
        what = f"{problem.severity} {problem.code}:"
        words = _wrapped(clean(problem.message), len(f"{where} {what} " if where else f"{what} "), out)
        out.write(f"{bold}{where}{plain} " if where else "")
        out.write(f"{colour}{what}{plain}{'' if words[:1].isspace() else ' '}{words}\n")
        if place and place.text.strip():
            _show_excerpt(place.line, place.column, place.end_column, place.text, out, (colour, dim, plain))
        out.writelines(
            f"      {dim}{_wrapped(f'{said}: {clean(other.file)}:{other.line}', _INDENT, out)}{plain}\n"
            for said, other in problem.related
        )
        if problem.hint:
            out.write(f"      {dim}hint:{plain} {_wrapped(clean(problem.hint), _INDENT + len('hint: '), out)}\n")
    if len(problems) > _MOST_PROBLEMS:
        out.write(f"... and {len(problems) - _MOST_PROBLEMS} more\n")


def _show_excerpt(line: int, column: int, end: int, text: str, out: TextIO, colours: tuple[str, str, str]) -> None:
    """The line with a caret under the span; a line longer than the screen is wide is cut around it."""
    colour, dim, plain = colours
    room = _room(out)
    at, end = column - 1, max(end, column) - 1
    parts = text[max(0, at - room - 1) : at], text[at : min(end, at + room + 1)], text[end : end + room + 1]
    before, span, after = (clean(part.replace("\t", " ")) for part in parts)
    if _cells(before + span + after) > room:
        before = _cut(before[::-1], max(room // 3, room - _cells(span + after)))[::-1]
        span = _cut(span, room - _cells(before))
        after = _cut(after, room - _cells(before + span))
    out.write(f"{dim}{line:5} |{plain} {before}{span}{after}\n")
    out.write(f"{dim}      |{plain} {' ' * _cells(before)}{colour}{'^' * max(1, _cells(span))}{plain}\n")


def _room(out: TextIO) -> int:
    """How many characters of a line stand beside its number."""
    return max(_LEAST_EXCERPT, _width(out) - _MARGIN) if out.isatty() else _LONGEST_EXCERPT


def _width(out: TextIO) -> int:
    """How wide the screen is; 0 where there is none."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns if out.isatty() else 0


def _wrapped(text: str, begins: int, out: TextIO) -> str:
    """A text that begins in a column of a screen, on as many lines as it takes there; a pipe has it on one."""
    width = _width(out)
    if begins + _cells(text) <= width or not width:
        return text
    import textwrap

    is_below = begins > width // 2  # what stands before it leaves no room
    first = " " * (_INDENT if is_below else begins)
    lines = textwrap.wrap(text, width, initial_indent=first, subsequent_indent=" " * _INDENT, break_on_hyphens=False)
    return "\n" * is_below + "\n".join(lines)[0 if is_below else begins :]


def _cells(text: str) -> int:
    """How many columns of a screen a text takes: a Chinese letter takes two, an accent of its own none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _cut(text: str, room: int) -> str:
    """What of a text fits, with an ellipsis where it goes on."""
    if _cells(text) <= room:
        return text
    while text and _cells(text) >= room:
        text = text[:-1]
    return f"{text}…" if room > 0 else ""


def _colours(out: TextIO) -> tuple[str, str, str, str, str]:
    import os

    if not out.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb":
        return "", "", "", "", ""
    return "\033[1m", "\033[31m", "\033[33m", "\033[2m", "\033[0m"


def problem_json(problem: Problem) -> dict[str, object]:
    """A problem as the JSON answers list it."""
    place = problem.place
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "end_column": place.end_column if place else None,
        "hint": problem.hint,
        "related": [
            {"message": words, "file": at.file, "line": at.line, "column": at.column, "end_column": at.end_column}
            for words, at in problem.related
        ],
    }


def tell(text: str) -> None:
    """Say something to the person, not to the data: on standard error."""
    sys.stdout.flush()
    print("\n".join(folded(line, sys.stderr) for line in clean_lines(text).split("\n")), file=sys.stderr)


def folded(line: str, out: TextIO) -> str:
    """A line as a screen shows it: what does not fit stands below it, further in. A pipe has it on one line."""
    width = _width(out)
    if not width or _cells(line) <= width:
        return line
    import textwrap

    below = " " * (len(line) - len(line.lstrip()) + _INDENT)
    return textwrap.fill(line, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)


# Less work than this is done before anybody waits.
_LONG_WORK = 5000


def progress(what: str) -> Callable[[int, int], None] | None:
    """Says how far long work has come, on one line of a terminal's standard error; None where that is none."""
    import os

    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return None

    def say(done: int, whole: int) -> None:
        if whole >= _LONG_WORK:
            words = f"{what}: {done:,} of {whole:,}" if done < whole else ""
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()

    return say
