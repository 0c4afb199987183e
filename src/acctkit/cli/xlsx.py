"""Report tables as an Excel workbook: figures are numbers, texts are texts and never formulas or links."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

from acctkit.table import TEXT, Table

_MOST_DIGITS = 15  # that a workbook keeps exactly
_WIDEST = 60


def workbook(table: Table, clean: Callable[[str], str]) -> bytes:
    """A workbook with one sheet: title, subtitle, headings, rows, notes; `clean` escapes control characters."""
    import xlsxwriter

    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("Report")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00;-#,##0.00"})
        total = book.add_format({"bold": True, "top": 1, "num_format": "#,##0.00;-#,##0.00"})
        line = 0
        for text in (table.title, table.subtitle):
            if text:
                sheet.write_string(line, 0, clean(text), bold)
                line += 1
        line += bool(line)
        for index, column in enumerate(table.columns):
            sheet.write_string(line, index, clean(column.title), bold)
            cells = [row.cells[index] for row in table.rows if index < len(row.cells) and row.style != "heading"]
            sheet.set_column(index, index, min(_WIDEST, 2 + max(map(len, (column.title, *cells)))))
        sheet.freeze_panes(line + 1, 0)
        for row in table.rows:
            line += 1
            style = total if row.style in ("subtotal", "total") else bold if row.style == "heading" else None
            for index, cell in enumerate(row.cells):
                number = _number(cell) if table.columns[index].kind != TEXT else None
                if number is not None:
                    plain_style = money if "." in cell else None
                    sheet.write_number(line, index, number, style or plain_style)
                elif cell:
                    sheet.write_string(line, index, clean(cell), style)
        for note in table.notes:
            line += 1
            sheet.write_string(line + 1, 0, clean(note))
    return out.getvalue()


def _number(cell: str) -> Decimal | None:
    """A figure, where a workbook can hold it exactly."""
    bare = cell.replace(",", "")
    digits = bare.removeprefix("-").replace(".", "", 1)
    if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
        return Decimal(bare)
    return None
