"""Report tables as PDF: ruled as accountants rule, each page with whose it is, its number and the books' head.

Texts are drawn in Roboto, which travels within the file; what it has no letter for is shown escaped. The same report
of the same books is the same file to the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from acctkit.table import MONEY, TEXT, Row, Table

_SIZES = (9, 8, 7, 6)  # of letters in points, the largest at which all fits
_A4 = 595, 842  # points
_MARGIN = 42  # points
_HEAD, _FOOT = 34, 30
_FRAME = 6  # what reportlab leaves free within the margins
_PAD = 4  # beside and between columns
_LEAST = 54  # a column of text is not made narrower than this
_MOST_LINES = 30  # of one cell
_REGULAR, _BOLD = "Roboto", "Roboto-Bold"
_GREY = 0.45
_RULE = 0.5


Page = tuple[int, int]


class Around(NamedTuple):
    """What stands on each page around a report: whose it is, and the head of the books, "" where there is none."""

    entity: str
    head: str


def pdf(table: Table, around: Around, shown: Callable[[str], str], grouped: Callable[[str], str]) -> bytes:
    """A report as a PDF file; `shown` escapes control characters, `grouped` puts commas into a figure."""
    from reportlab.platypus import SimpleDocTemplate, Spacer

    letters = _fonts()

    def clean(text: str) -> str:
        return "".join(c if ord(c) in letters else repr_of(c) for c in shown(text))

    rows = [_cells(row, table, clean, grouped) for row in table.rows]
    page, size, widths = _laid_out(table, rows, (_A4, _A4[::-1]), clean)
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=page, leftMargin=_MARGIN - _FRAME, rightMargin=_MARGIN - _FRAME, topMargin=_MARGIN + _HEAD,
        bottomMargin=_MARGIN + _FOOT, title=clean(table.title), author=clean(around.entity), invariant=1,
    )  # fmt: skip
    story: list[Any] = [_drawn(table, rows, widths, size, clean)]
    for note in table.notes:
        story += [Spacer(1, 6), _paragraph(clean(note), size - 1, page[0])]
    document.build(story, canvasmaker=_paged(table, around, clean))
    return out.getvalue()


def repr_of(letter: str) -> str:
    """A letter that cannot be drawn, escaped."""
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fonts() -> set[int]:
    """Register the two fonts; the code points they have letters for."""
    import font_roboto
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    regular = TTFont(_REGULAR, font_roboto.Roboto)
    pdfmetrics.registerFont(regular)
    pdfmetrics.registerFont(TTFont(_BOLD, str(Path(font_roboto.Roboto).with_name("Roboto-Bold.ttf"))))
    pdfmetrics.registerFontFamily(_REGULAR, normal=_REGULAR, bold=_BOLD, italic=_REGULAR, boldItalic=_BOLD)
    return set(regular.face.charToGlyph)


def _width(text: str, font: str, size: int) -> int:
    """How wide a text is drawn, in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    width: int = ceil(stringWidth(text, font, size))
    return width


# Columns.


def _cells(row: Row, table: Table, clean: Callable[[str], str], grouped: Callable[[str], str]) -> list[str]:
    """The cells of a row, one a column: figures with commas between thousands."""
    cells = [*map(clean, row.cells), *[""] * (len(table.columns) - len(row.cells))]
    return [grouped(cell) if column.kind == MONEY else cell for cell, column in zip(cells, table.columns, strict=True)]


def _is_bold(row: Row) -> bool:
    return row.style in ("heading", "subtotal", "total")


def _natural(table: Table, rows: list[list[str]], size: int, clean: Callable[[str], str]) -> list[int]:
    """How wide each column is when nothing in it is broken into lines."""
    widths = [_width(clean(column.title), _BOLD, size) for column in table.columns]
    for row, cells in zip(table.rows, rows, strict=True):
        if row.style == "heading" and not any(cells[1:]):
            continue
        for index, cell in enumerate(cells):
            widths[index] = max(widths[index], _width(cell, _BOLD if _is_bold(row) else _REGULAR, size))
    return [width + 2 * _PAD + 1 for width in widths]


def _laid_out(
    table: Table, rows: list[list[str]], pages: tuple[Page, Page], clean: Callable[[str], str]
) -> tuple[Page, int, list[int]]:
    """The page, the size of letters, and the columns: upright where all fits, else across, texts broken into lines."""
    for size in _SIZES[:2]:
        widths = _natural(table, rows, size, clean)
        for page in pages:
            if sum(widths) <= page[0] - 2 * _MARGIN:
                return page, size, _fitted(table, widths, page[0] - 2 * _MARGIN)
    page = pages[1]
    room = page[0] - 2 * _MARGIN
    for size in _SIZES:
        widths = _natural(table, rows, size, clean)
        least = (
            min(one, _LEAST) if column.kind == TEXT else one for one, column in zip(widths, table.columns, strict=True)
        )
        if sum(least) <= room:
            break
    return page, size, _fitted(table, widths, room)


def _fitted(table: Table, widths: list[int], room: int) -> list[int]:
    """The columns as wide as the page: texts share what the figures leave, the widest giving or taking first."""
    texts = [index for index, column in enumerate(table.columns) if column.kind == TEXT]
    widths = list(widths)
    over = sum(widths) - room
    while over > 0 and texts:
        widest = max(texts, key=lambda index: widths[index])
        if widths[widest] <= _PAD * 4:
            break
        step = min(over, max(1, widths[widest] // 20))
        widths[widest] -= step
        over -= step
    if over > 0:  # figures alone are wider than a page
        return [width * room // sum(widths) for width in widths]
    if over < 0 and texts:
        widths[max(texts, key=lambda index: widths[index])] -= over
    return widths


# Drawing.


def _paragraph(text: str, size: int, width: int, *, bold: bool = False) -> Any:  # noqa: ANN401 - reportlab has no types
    """A text that is broken into lines, at most so many of them."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    most = max(20, width * 2 // size) * _MOST_LINES
    text = text if len(text) <= most else f"{text[:most]}…"
    style = ParagraphStyle("cell", fontName=_BOLD if bold else _REGULAR, fontSize=size, leading=size * 1.25)
    style.splitLongWords = 1
    return Paragraph(escape(text), style)


def _drawn(table: Table, rows: list[list[str]], widths: list[int], size: int, clean: Callable[[str], str]) -> Any:  # noqa: ANN401 - reportlab has no types
    """The table with its headings on each page, and its rules."""
    from reportlab.lib.colors import Color, black
    from reportlab.platypus import Table as Drawn

    kinds = [column.kind for column in table.columns]
    rules: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), _REGULAR, size, size * 1.25),
        ("FONT", (0, 0), (-1, 0), _BOLD, size, size * 1.25),
        ("LINEBELOW", (0, 0), (-1, 0), 1, black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *[(side, (0, 0), (-1, -1), _PAD) for side in ("LEFTPADDING", "RIGHTPADDING")],
        *[(side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING")],
        *[("ALIGN", (at, 0), (at, -1), "RIGHT") for at, kind in enumerate(kinds) if kind != TEXT],
    ]
    drawn: list[list[Any]] = [[clean(column.title) for column in table.columns]]
    for at, (row, cells) in enumerate(zip(table.rows, rows, strict=True), 1):
        spans = row.style == "heading" and not any(cells[1:])
        room = [sum(widths)] if spans else widths
        drawn.append(
            [
                _paragraph(cell, size, width, bold=_is_bold(row)) if cell and kind == TEXT else cell
                for cell, kind, width in zip(cells, kinds, [*room, *widths[len(room) :]], strict=True)
            ]
        )
        if spans:
            rules.append(("SPAN", (0, at), (-1, at)))
        if _is_bold(row):
            rules.append(("FONT", (0, at), (-1, at), _BOLD, size, size * 1.25))
        if row.style == "heading":
            rules.append(("TOPPADDING", (0, at), (-1, at), 6))
        if row.style in ("subtotal", "total"):
            figures = [i for i, kind in enumerate(kinds) if kind == MONEY and cells[i]]
            rules += [("LINEABOVE", (i, at), (i, at), _RULE, black) for i in figures]
            if row.style == "total":
                double = _RULE, black, 0, None, None, 2, 1.5
                rules += [("LINEBELOW", (i, at), (i, at), *double) for i in figures]
        elif row.style == "line" and (
            MONEY not in kinds or any(c for c, k in zip(cells, kinds, strict=True) if k == MONEY)
        ):
            rules.append(("LINEBELOW", (0, at), (-1, at), 0.1, Color(0.85, 0.85, 0.85)))
    return Drawn(drawn, colWidths=widths, repeatRows=1, style=rules, splitInRow=1)


def _paged(table: Table, around: Around, clean: Callable[[str], str]) -> Any:  # noqa: ANN401 - a class of reportlab's
    """A canvas that writes head and foot when it knows how many pages there are."""
    from reportlab.pdfgen.canvas import Canvas

    class Paged(Canvas):  # type: ignore[misc]
        """Pages are kept until the last one is drawn."""

        def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as reportlab calls it
            super().__init__(*arguments, **named)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            """Keep the page for later."""
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Draw what stands around each page, and write them all."""
            for number, page in enumerate(self.kept, 1):
                self.__dict__.update(page)
                _draw_around(self, table, around, clean, f"Page {number} of {len(self.kept)}")
                super().showPage()
            super().save()

    return Paged


def _draw_around(canvas: Any, table: Table, around: Around, clean: Callable[[str], str], number: str) -> None:  # noqa: ANN401
    """The head and the foot of one page."""
    wide, high = canvas._pagesize  # noqa: SLF001 - reportlab has no other name for it
    room = wide - 2 * _MARGIN
    subtitle = table.subtitle.removeprefix(f"{around.entity}, ") if around.entity else table.subtitle
    canvas.setFillGray(0)
    for text, font, size, up in (
        (around.entity, _BOLD, 12, 0), (table.title, _REGULAR, 11, 15), (subtitle, _REGULAR, 9, 28),
    ):  # fmt: skip
        canvas.setFont(font, size)
        canvas.drawString(_MARGIN, high - _MARGIN - up, _cut(clean(text), font, size, room))
    canvas.setFillGray(_GREY)
    canvas.setFont(_REGULAR, 7)
    canvas.drawString(_MARGIN, _MARGIN, _cut(clean(around.head), _REGULAR, 7, room - 80))
    canvas.drawRightString(wide - _MARGIN, _MARGIN, number)


def _cut(text: str, font: str, size: int, room: int) -> str:
    """What of a text fits on one line."""
    if _width(text, font, size) <= room:
        return text
    while text and _width(f"{text}…", font, size) > room:
        text = text[: -max(1, len(text) // 50)]
    return f"{text}…"
