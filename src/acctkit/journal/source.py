"""One file of a journal: its bytes, its lines, and where each begins."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

from acctkit.problem import Place


class Source:
    """The bytes of one file and the name it is shown under.

    `text` is the decoded text with LF line ends, so that lines here are the lines an editor shows; bytes
    that are not UTF-8 are replaced there, and `undecodable` lists the lines they stand in, from 1. A byte
    order mark is no part of it. `stamp` is the file's size, times of change and inode before it was read,
    None for text that is in no file. Where `data` is only a part of the file, `numbers` says which line of it
    each line is, from 1; places name those, all else counts the lines that are here.
    """

    def __init__(
        self,
        name: str,
        data: bytes,
        stamp: tuple[int, int, int, int] | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        self.stamp = stamp
        self.numbers = numbers
        self.name = name
        self.data = data
        self.undecodable: frozenset[int] = frozenset()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            lines = data.split(b"\n")
            self.undecodable = frozenset(n for n, line in enumerate(lines, 1) if not is_utf8(line))
            text = data.decode(errors="replace")
        self.has_byte_order_mark = text.startswith("\ufeff")
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.text.split("\n")

    @cached_property
    def sha256(self) -> str:
        """The hash of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    def number(self, line: int) -> int:
        """Which line of the file a line is, both from 1."""
        numbers = self.numbers
        return numbers[line - 1] if numbers is not None and 0 < line <= len(numbers) else line

    def line(self, number: int) -> str:
        """The line of that number, counted from 1; "" past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, line: int, column: int = 0, end_column: int = 0) -> Place:
        """A place in this file; without columns, the whole line less its indent."""
        text = self.line(line)
        if not column:
            column = len(text) - len(text.lstrip()) + 1
            end_column = max(len(text.rstrip()) + 1, column + 1)
        return Place(self.name, self.number(line), column, max(end_column, column + 1), text)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
