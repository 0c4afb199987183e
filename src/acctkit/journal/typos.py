"""What was meant by a line that cannot be read, where it is one of the slips that people make most.

A complaint of the parser points at the first token that fits nowhere. Here the words around it are looked at: the
same complaint comes back over the whole word, with a hint that shows what to write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from acctkit.journal.roots import root_meant
from acctkit.journal.tokens import ACCOUNT, Unreadable, is_account

_CODES = ("J101", "J102", "J103", "J107")
_LONGEST = 300  # of a line that is looked at
_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY"}
_CLOSES = {"“": '”“"', "„": '“”"', "”": '”"', "«": "»", "‘": "’‘'", "’": "’'", "'": "'", "`": "`'"}
_LETTERS = str.maketrans("OoIl", "0011")
_LIKE_NUMBER = re.compile(r"[-+]?(?=[\d.,]*[OoIl])(?=[OoIl.,]*\d)[\dOoIl][\dOoIl.,]*")
_NUMBER = r"[-+]?\d[\d,]*(?:\.\d*)?"
_HEADER = re.compile(r"\d{4,}[-/]\d+[-/]\d+[ \t]+(?:txn|[*!&#?%PSTCURM])[ \t]+(?:\"[^\"]*\"[ \t]+)?", re.ASCII)
_COMMA_FOR_POINT = re.compile(r"([-+]?\d{1,3}(?:\.\d{3})+|[-+]?\d+),(\d{1,2}|\d{4,})")
_POINTS_FOR_COMMAS = re.compile(r"([-+]?\d{1,3}(?:\.\d{3})+)\.(\d+)")
_COMMA_AT_END = re.compile(r"([-+]?\d{1,3}(?:,\d{3})+),(\d{1,2})")
_SPACED = re.compile(r"[-+]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)")
_NAME = re.compile(rf"{ACCOUNT}(?=[ \t])")


class _Line(NamedTuple):
    """A line, where on it the complaint begins, and the word there with its own beginning."""

    text: str
    at: int
    word: str
    start: int
    roots: tuple[str, ...]

    @property
    def before(self) -> str:
        """The word before, "" where there is none."""
        words = self.text[: self.start].split()
        return words[-1] if words else ""

    @property
    def after(self) -> str:
        """The word after, "" where there is none."""
        words = self.text[self.start + len(self.word) :].split()
        return words[0] if words else ""


class _Meant(NamedTuple):
    """What stands on a line and where, and the hint that mends it; a message where the complaint's own says less."""

    found: str
    start: int
    hint: str
    message: str = ""


def explained(complaint: Unreadable, text: str, roots: tuple[str, ...]) -> Unreadable:
    """The complaint about a text, over the whole word and with a hint at what was meant where that is known."""
    if complaint.code not in _CODES:
        return complaint
    begin = text.rfind("\n", 0, complaint.start) + 1
    end = text.find("\n", complaint.start)
    line = text[begin : len(text) if end < 0 else end].rstrip("\r")
    at = complaint.start - begin
    if len(line) > _LONGEST or at >= len(line) or line[at].isspace():
        at = len(line.rstrip()) - 1 if at >= len(line) else at
        if len(line) > _LONGEST or at < 0 or line[at].isspace():
            return complaint
    start = max(line.rfind(blank, 0, at) for blank in " \t") + 1
    word = line[start:].split(maxsplit=1)[0]
    where = _Line(line, at, word, start, roots)
    meant = next((found for rule in _RULES if (found := rule(where)) is not None), None)
    if meant is None:
        return complaint
    said, mark, _ = complaint.message.partition(", found `")
    message = meant.message or (f"{said}{mark}{meant.found}`" if mark else complaint.message)
    code = "J102" if complaint.code == "J107" and meant.message else complaint.code
    return Unreadable(code, message, begin + meant.start, begin + meant.start + len(meant.found), meant.hint)


def _quotes(line: _Line) -> _Meant | None:
    opening = line.text[line.at]
    if opening not in _CLOSES:
        return None
    if opening in "'’" and line.at > line.start:  # within a word
        return None
    rest = line.text[line.at + 1 :]
    ends = [at for at in (rest.find(closing) for closing in _CLOSES[opening]) if at >= 0]
    inside = rest[: min(ends)] if ends else rest.split("  ", maxsplit=1)[0]
    found = opening + rest[: len(inside) + bool(ends)]
    return _Meant(found, line.at, f'write straight double quotes: "{inside}"')


def _account(line: _Line) -> _Meant | None:
    """A name with small letters, an unknown root or signs that no name holds."""
    word = line.word.rstrip(",")
    root = root_meant(word, line.roots)
    if not root or word.startswith('"'):
        return None
    if ":" not in word.rstrip(":"):
        if word.rstrip(":") != root:
            return None
        hint = f"a name has two parts or more, like `{root}:Name`"
        return _Meant(word, line.start, hint, f"`{word}` is not a valid account")
    first, _, rest = word.partition(":")
    parts = [part[:1].upper() + part[1:] for part in ("".join(_kept(p)) for p in rest.split(":")) if part]
    name = ":".join((first if first in line.roots else root, *parts))
    if name == word or not parts or not is_account(name, line.roots):
        return None
    hint = f"each part begins with a capital or a digit, and holds letters, digits and dashes: {name}"
    return _Meant(word, line.start, hint, f"`{word}` is not a valid account")


def _kept(part: str) -> Iterator[str]:
    return (c if c.isalnum() or c == "-" else "-" if c in "_/&+" else "" for c in part)


def _blank_in_account(line: _Line) -> _Meant | None:
    """An account whose name goes on after a blank."""
    name = next((m for m in _NAME.finditer(line.text) if m.end() <= line.at), None)
    if name is None or line.text[name.end() : line.at].strip() or not (line.word[0].isalpha() or line.word[0] == "&"):
        return None
    goes_on = re.match(r"[^\d\t\-;\"{}@]*?(?=[ ]{2}|\t|[ ]*(?:[-+]?\d|[;\"{}@]|$))", line.text[name.start() :])
    whole = goes_on[0].rstrip() if goes_on else ""
    words = ["".join(c for c in word if c.isalnum() or c in ":-") for word in whole.split()]
    joined = "-".join(word[:1].upper() + word[1:] for word in words if word)
    if len(words) < 2 or not is_account(joined, line.roots) or len(whole) <= len(name[0]):
        return None
    hint = f"a name holds letters, digits and dashes, and no blanks: {joined}"
    return _Meant(whole, name.start(), hint, f"`{whole}` is not a valid account")


def _minus(line: _Line) -> _Meant | None:
    if match := re.match(r"[\u2010-\u2015\u2212\uff0d][ ]?(\d[\d.,]*)", line.text[line.at :]):
        return _Meant(match[0], line.at, f"write the minus with the sign on the keyboard: -{match[1]}")
    if re.fullmatch(r"\d[\d,.]*-", line.before) and not line.text[line.at].isdigit():
        start = line.text.rindex(line.before, 0, line.start)
        return _Meant(line.before, start, f"the minus stands before the number: -{line.before[:-1]}")
    return None


def _currency_sign(line: _Line) -> _Meant | None:
    sign = line.text[line.at]
    if sign not in _SIGNS:
        return None
    code = _SIGNS[sign]
    if match := re.match(rf"[ ]?({_NUMBER})", line.text[line.at + 1 :]):
        found, number = sign + match[0], match[1]
        minus = "-" if line.text[: line.at].endswith("-") else ""
        begin = line.at - len(minus)
        return _Meant(f"{minus}{found}", begin, f"the commodity stands after the number: {minus}{number} {code}")
    number = line.text[line.start : line.at] or line.before
    if re.fullmatch(_NUMBER, number):
        return _Meant(sign, line.at, f"a commodity is written in capitals: {number} {code}")
    return None


def _number(line: _Line) -> _Meant | None:
    """Marks between the thousands and before the decimals that are those of another country, or not there at all."""
    word = line.word
    for pattern in (_COMMA_AT_END, _COMMA_FOR_POINT, _POINTS_FOR_COMMAS):
        if match := pattern.fullmatch(word):
            number = f"{match[1].replace('.', ',')}.{match[2]}"
            message = f"`{word}` is not a number"
            hint = f"the decimals stand after a point, thousands may be parted by commas: {number}"
            return _Meant(word, line.start, hint, message)
    for match in _SPACED.finditer(line.text):
        if match.start() < line.at < match.end():
            joined = re.sub(r"[ \u00a0\u202f]", "", match[0])
            return _Meant(match[0], match.start(), f"no blanks stand within a number: {joined}")
    for text in (word, line.before):
        if _LIKE_NUMBER.fullmatch(text):
            start = line.start if text == word else line.text.rindex(text, 0, line.start)
            hint = f"a letter stands where a digit should: {text.translate(_LETTERS)}"
            return _Meant(text, start, hint, f"`{text}` is not a number")
    return None


def _commodity(line: _Line) -> _Meant | None:
    """A commodity in small letters, before its number, or beside another without a comma."""
    word, before = line.word.rstrip(",}"), line.before
    is_number = re.fullmatch(_NUMBER, before.lstrip("{"))
    if is_number and word.isascii() and word.isalpha() and word != word.upper():
        return _Meant(word, line.start, f"a commodity is written in capitals: {before.lstrip('{')} {word.upper()}")
    if re.fullmatch(r"[A-Z][A-Z0-9'._\-]*", before):
        if re.fullmatch(_NUMBER, word):
            return _Meant(word, line.start, f"the commodity stands after the number: {word} {before}")
        if re.search(r"\sopen\s", line.text[: line.start]) and word.isupper() and word.isalpha():
            hint = f"put commas between commodities: {before}, {word}"
            return _Meant(word, line.start, hint)
    return None


def _unquoted(line: _Line) -> _Meant | None:
    """A text without quotes, in the first line of a transaction or as the value of a key."""
    header = _HEADER.match(line.text)
    value = re.match(r"[ \t]+[a-z][A-Za-z0-9\-_]+:[ \t]*(?=[^\W\d])", line.text)
    begin = header or value
    if value and value[0].endswith(":") and root_meant(line.word, line.roots):
        return None  # an account in small letters
    if begin is None or begin.end() != line.at or not (line.word[0].isalnum() or line.word[0] in "(&"):
        return None
    text = re.split(r"[ \t]+[#^][A-Za-z0-9]|[ \t]*[\";]", line.text[line.at :])[0].rstrip()
    return _Meant(text, line.at, f'text stands in double quotes: "{text}"') if text else None


def _key(line: _Line) -> _Meant | None:
    """A key that begins with a capital."""
    if not re.fullmatch(r"[A-Z][A-Za-z0-9\-_]*:", line.word) or line.text[: line.start].strip():
        return None
    return _Meant(line.word, line.start, f"a key begins with a small letter: {line.word[0].lower()}{line.word[1:]}")


_RULES: tuple[Callable[[_Line], _Meant | None], ...] = (
    _quotes,
    _key,
    _unquoted,
    _minus,
    _currency_sign,
    _account,
    _number,
    _commodity,
    _blank_in_account,
)
