"""The text of a PDF, line by line as it stands on its pages; a scan, which has none, is refused."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from acctkit.banking.text import quoted
from acctkit.problem import Place, Problem, error

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_BYTES = 20_000_000
MOST_PAGES = 200
# Of all pages, unpacked; a page of text has some ten thousand.
MOST_UNPACKED = 2_000_000
_LEAST_LETTERS = 20
_ASK = "Ask the supplier for the statement as CSV, or type it into one: Date, Reference, Type, Debit, Credit, Balance."


def lines_of_pdf(data: bytes, name: str) -> list[str] | Problem:
    """The lines of all pages, words at the columns they have there, or B402 that says why there are none."""
    import pypdf  # noqa: PLC0415 - it takes 100 ms, and most statements are CSV

    logger = logging.getLogger("pypdf")
    logger.propagate, logger.disabled = False, True  # what it would say of a page, it says to a programmer
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return _refused("the PDF is locked with a password", name, "Save it again without one.")
        return _lines(reader, name)
    except MemoryError:
        return _refused("the PDF unpacks to more than can be held", name, _ASK)
    except Exception as reason:  # noqa: BLE001 - a damaged PDF can make the library raise anything
        return _refused(f"the PDF is damaged: {quoted(str(reason) or type(reason).__name__)}", name, _ASK)


def _lines(reader: PdfReader, name: str) -> list[str] | Problem:
    if len(reader.pages) > MOST_PAGES:
        return _refused(f"the PDF has more than {MOST_PAGES} pages", name, "Take the pages of the statement out of it.")
    lines: list[str] = []
    pictures = unpacked = 0
    for number, page in enumerate(reader.pages, 1):
        unpacked += _size(page)
        if unpacked > MOST_UNPACKED:
            return _refused(f"the PDF unpacks, at page {number}, to more than a statement can hold", name, _ASK)
        text = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)
        pictures += not text.strip()
        lines += text.replace("\0", "").split("\n")
    letters = sum(char.isalnum() for line in lines for char in line)
    if letters < _LEAST_LETTERS:
        what = "is a scan: its pages are pictures without text" if pictures else "holds no text"
        return _refused(f"the PDF {what}", name, _ASK)
    return lines


def _size(page: PageObject) -> int:
    contents = page.get_contents()
    return len(contents.get_data()) if contents is not None else 0


def _refused(message: str, name: str, hint: str) -> Problem:
    return error("B402", message, Place(name, 1), hint)
