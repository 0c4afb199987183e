"""What two texts have in common, as places in both: the words and numbers a person would underline."""

from __future__ import annotations

import re
from typing import NamedTuple

from acctkit.matching.likeness import is_word, name_words, reference_key

_WORD = re.compile(r"[^\W\d_]+")
# A number with the letters before it, which name its series.
_NUMBER = re.compile(r"(?:(?P<series>[A-Za-z]+)[-/ ]?)?(?P<digits>\d[\d\-/]*\d|\d)")
_LEAST_DIGITS = 3
_LEAST_LETTERS = 3

Span = tuple[int, int]


class Common(NamedTuple):
    """The places of what agrees: in the one text, and in the other."""

    left: tuple[Span, ...]
    right: tuple[Span, ...]


class _Number(NamedTuple):
    """A number in a text: its place with and without its series, its digits, its reference key."""

    whole: Span
    bare: Span
    digits: str
    key: str


def common(left: str, right: str) -> Common:
    """What a bank's text and an entry's text have in common, in the order it stands in each."""
    ours, theirs = set[Span](), set[Span]()
    for one, one_word in _words(left):
        for other, other_word in _words(right):
            if is_word(one_word, other_word) or is_word(other_word, one_word):
                ours.add(one)
                theirs.add(other)
    for here in _numbers(left):
        for there in _numbers(right):
            if here.key and here.key == there.key:
                ours.add(here.whole)
                theirs.add(there.whole)
            elif here.digits == there.digits and len(here.digits) >= _LEAST_DIGITS:
                ours.add(here.bare)
                theirs.add(there.bare)
    return Common(_joined(ours), _joined(theirs))


def _words(text: str) -> list[tuple[Span, str]]:
    """The words that may tell a party from others, with their places."""
    found = []
    for match in _WORD.finditer(text):
        words = name_words(match[0])
        if len(words) == 1 and len(words[0]) >= _LEAST_LETTERS:
            found.append((match.span(), words[0]))
    return found


def _numbers(text: str) -> list[_Number]:
    found = []
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match["digits"]).lstrip("0")
        if not digits:
            continue
        key = reference_key(match[0]) if match["series"] else ""
        found.append(_Number(match.span(), match.span("digits"), digits, key))
    return found


def _joined(spans: set[Span]) -> tuple[Span, ...]:
    """Spans in order; those that overlap as one."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)
