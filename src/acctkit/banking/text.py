"""What every bank file has: bytes to text, places in it, and its numbers, days and words.

Nothing here raises on bad input: a number or day that cannot be read is None.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property

from acctkit.problem import Place

# Longer lines are not repeated in a problem; their columns still hold.
LONGEST_SHOWN = 2000
# More characters than any bank's figure has; it keeps sums exact and hostile files cheap.
LONGEST_NUMBER = 40
LONGEST_ID = 255
YEARS = range(1900, 2200)

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(rb"(?:encoding\s{0,9}=\s{0,9}[\"']|CHARSET:|ENCODING:)\s{0,9}([\w-]{1,30})", re.IGNORECASE)
# ISO 8859-1 is read as the Windows code page that contains it, as browsers do.
_CODECS = {
    **{str(page): f"cp{page}" for page in range(1250, 1259)},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"8859-{part}": f"iso8859-{part}" for part in (2, 9, 15)},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 9, 15)},
    "850": "cp850",
    "437": "cp437",
}

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\t"), " ")
_SIGNS = dict.fromkeys(map(ord, "−–‒﹣－"), "-")
_NUMBERS = {
    mark: re.compile(rf"[+-]?(?:[0-9]{{1,3}}(?:([{group}])[0-9]{{3}})(?:\1[0-9]{{3}})*|[0-9]*)(?:\{mark}[0-9]*)?")
    for mark, group in ((".", ",'’ "), (",", ".'’ "))
}
_CODE = re.compile(r"[A-Z]{3}")


class SourceText:
    """The decoded text of one file, LF line ends, and the places in it under the file's name."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line_of(self, offset: int) -> int:
        """The number, from 1, of the line a character stands in."""
        return bisect_right(self._starts, offset)

    def place(self, start: int, end: int) -> Place:
        """The place of the characters from `start` to `end`, which is cut at the end of its line."""
        line = self.line_of(start)
        first = self._starts[line - 1]
        last = self.text.find("\n", start)
        last = len(self.text) if last < 0 else last
        shown = self.text[first:last] if last - first <= LONGEST_SHOWN else ""
        column = start - first + 1
        return Place(self.name, line, column, max(min(end, last) - first + 1, column + 1), shown)


def decode(data: bytes) -> str:
    """The bytes as text with LF line ends, whatever encoding they are in; NUL characters are dropped.

    A byte order mark decides, then UTF-8 where it fits, then what the file declares, then Windows 1252.
    """
    text = _decoded(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\x1a", "")


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    head = data[:400]
    if head.count(0) * 3 > len(head):
        little = head[1::2].count(0) > head[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        declared = [match[1].decode("ascii", "replace").lower() for match in _DECLARED.finditer(data[:2000])]
        known = [_CODECS[name] for name in declared if name in _CODECS]
        return data.decode(known[-1] if known else "cp1252", errors="replace")


def looks_binary(text: str) -> bool:
    """Whether decoded text is too full of control and undecodable characters to be a statement."""
    head = text[:4000]
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\f\v") for char in head)
    return odd * 20 > len(head)


def clean(text: str) -> str:
    """Words on one line: white space collapsed, control, bidirectional and zero-width characters gone."""
    if not text.isprintable():
        text = "".join(_visible(char) for char in text)
    return " ".join(text.split())


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char


def clean_id(text: str) -> str:
    """A bank's own id as it may stand in a journal: one line without quotes or backslashes."""
    return clean(text).replace('"', "'").replace("\\", "/")


def number(text: str, mark: str = ".") -> Decimal | None:
    """A bare signed number with `mark` as its decimal mark and thousands in threes, or None."""
    text = text.translate(_SPACES).translate(_SIGNS).strip()
    if len(text) > LONGEST_NUMBER:
        return None
    match = _NUMBERS[mark].fullmatch(text)
    if not match or not any(char in "0123456789" for char in text):
        return None
    plain = text.replace(match[1], "") if match[1] else text
    value = Decimal(plain.replace(mark, "."))
    return value or value.copy_abs()


def decimal_mark(values: Iterable[str]) -> str:
    """The mark that the amounts of a file show beyond doubt: "." or ","; "" for none or both."""
    marks = {mark for value in values if (mark := _shown_mark(value))}
    return marks.pop() if len(marks) == 1 else ""


def _shown_mark(value: str) -> str:
    """The decimal mark an amount by itself must have, or "": `1,234` may be either."""
    commas, points = value.count(","), value.count(".")
    if commas and points:
        return max(",", ".", key=value.rfind)
    if not commas and not points:
        return ""
    mark, other = (",", ".") if commas else (".", ",")
    if commas + points > 1:
        return other
    before, _, after = value.partition(mark)
    grouping = len(after.strip()) == 3 and before.strip(" +-0") and len(before.strip(" +-")) <= 3
    return "" if grouping else mark


def amount_by(value: str, mark: str) -> Decimal | None:
    """A bare amount in a file of that decimal mark; None where it is none, or its lone comma may mean either."""
    own = _shown_mark(value) or mark or ("" if "," in value else ".")
    return number(value, own) if own else None


def money(text: str, mark: str = ".") -> Decimal | None:
    """A number as banks print it: `£1,200.00`, `(12.50)`, `12.50-`, `GBP 5`; None where it is none."""
    text = text.translate(_SPACES).translate(_SIGNS).strip()
    if len(text) > LONGEST_NUMBER:
        return None
    if bracketed := text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    if text.endswith("-"):
        text = "-" + text[:-1]
    sign, text = (text[0], text[1:].strip()) if text[:1] in ("-", "+") else ("", text)
    value = number(sign + _bare(text), mark)
    if not bracketed or value is None:
        return value
    return None if sign or value < 0 else value.copy_negate()


def _bare(text: str) -> str:
    """The text without one currency sign or code before or after it."""
    if text and unicodedata.category(text[0]) == "Sc":
        return text[1:].strip()
    if text and unicodedata.category(text[-1]) == "Sc":
        return text[:-1].strip()
    if _CODE.fullmatch(text[:3]):
        return text[3:].strip()
    return text[:-3].strip() if _CODE.fullmatch(text[-3:]) else text


def calendar_day(year: str, month: str, day: str) -> date | None:
    """The day of three written numbers, or None where the calendar has no such day."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found.year in YEARS else None


def quoted(text: str) -> str:
    """A text of the file as it is named in a message: on one line, in quotes, not too long."""
    text = clean(text[:200])
    return f'"{text[:57]}..."' if len(text) > 60 else f'"{text}"'
