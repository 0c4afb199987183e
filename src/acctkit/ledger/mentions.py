"""Which references a payer's words name, however banks and people write them.

`INV42`, `inv 0042`, `Invoice no. 42` and `INV-42` all name INV-0042. Nothing is guessed: a reference is named
when its letters and its number stand there, never when it is merely similar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from acctkit.refs import canonical

SPELLED = 2  # letters and number
LABELLED = 1  # a number under a word for invoice, or in a list that began with a reference
BARE = 0  # a number alone

_RUN = re.compile(r"[A-Z]+|\d+")
_LABEL = "INV"
_LABELS = frozenset(("INV", "INVS", "INVOICE", "INVOICES", "INVNO", "INVOICENO"))
_FILLERS = frozenset(("NO", "NOS", "NR", "NUM", "NUMBER", "NUMBERS", "REF"))
_JOINS_LIST = frozenset(("AND", "PLUS"))
_GLUE = "-/._"
_MOST_GAP = 3  # characters between the parts of one reference
_MOST_RUNS = 6
_LEAST_BARE_DIGITS = 3
_LEAST_PREFIX = 2


class Mention(NamedTuple):
    """References a text names in one place: all it can mean, none where it names one that does not exist."""

    names: tuple[str, ...]
    strength: int
    words: str


class _Run(NamedTuple):
    """Letters or digits that stand together; `glued` where a sign joins them to what is beside them."""

    text: str
    start: int
    end: int
    glued: bool

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()


class Mentions:
    """References to be found in texts, indexed by how they may be written."""

    def __init__(self, references: Iterable[str]) -> None:
        self._exact: dict[str, list[str]] = {}
        self._by_number: dict[str, list[str]] = {}
        self._prefixes: set[str] = set()
        for reference in dict.fromkeys(references):
            runs = _RUN.findall(reference.upper())
            if not any(run.isdigit() for run in runs):
                continue
            for key in dict.fromkeys((canonical(reference), "".join(runs))):
                self._exact.setdefault(key, []).append(reference)
            numbers = [run for run in runs if run.isdigit()]
            if len(numbers) == 1:
                self._by_number.setdefault(canonical(numbers[0]), []).append(reference)
            if len(runs) > 1 and not runs[0].isdigit() and len(runs[0]) >= _LEAST_PREFIX:
                self._prefixes.add(runs[0])

    def find(self, text: str) -> list[Mention]:
        """The references a text names, in the order they stand in it, each once."""
        runs = _runs(text.upper())
        found: dict[tuple[str, ...], Mention] = {}
        listed = ""  # the letters that a list of numbers began with
        index = 0
        while index < len(runs):
            mention, used, listed = self._at(runs, index, listed)
            if mention is not None:
                key = mention.names or (mention.words,)
                if key not in found or found[key].strength < mention.strength:
                    found[key] = mention
            index += used
        return list(found.values())

    def _at(self, runs: list[_Run], index: int, listed: str) -> tuple[Mention | None, int, str]:
        """What is named from a run on, how many runs that takes, and the letters of the list it continues."""
        for count in range(min(_MOST_RUNS, len(runs) - index), 0, -1):
            part = runs[index : index + count]
            if not _is_close(part) or not any(run.is_number for run in part):
                continue
            has_letters = not all(run.is_number for run in part)
            if names := self._named(part):
                letters = part[0].text if not part[0].is_number else listed
                digits = sum(len(run.text) for run in part if run.is_number)
                if has_letters:
                    return Mention(names, SPELLED, _words(part)), count, letters
                if digits >= _LEAST_BARE_DIGITS and not listed and not part[0].glued:
                    return Mention(names, BARE, _words(part)), count, ""
        run = runs[index]
        if run.is_number:
            return self._number(runs, index, listed)
        following = runs[index + 1] if index + 1 < len(runs) else None
        if run.text in _JOINS_LIST:
            return None, 1, listed
        if following is not None and following.is_number and _is_close([run, following]):
            return self._letters_and_number(run, following)
        return None, 1, ""

    def _named(self, part: list[_Run]) -> tuple[str, ...]:
        joined = "".join(run.text for run in part)
        names = self._exact.get(joined) or self._exact.get(canonical(" ".join(run.text for run in part)))
        return tuple(names or ())

    def _letters_and_number(self, run: _Run, number: _Run) -> tuple[Mention | None, int, str]:
        """Letters before a number that together are no reference: a label, glued text, or one unknown."""
        if run.text == _LABEL and (names := self._by_number.get(canonical(number.text))):
            return Mention(tuple(names), LABELLED, _words([run, number])), 2, _LABEL
        if run.end == number.start:
            for size in range(len(run.text) - 1, _LEAST_PREFIX - 1, -1):
                prefix = run.text[-size:]
                if prefix in self._prefixes and (names := self._exact.get(prefix + canonical(number.text))):
                    return Mention(tuple(names), LABELLED, _words([run, number])), 2, prefix
        if run.text in self._prefixes or run.text == _LABEL:
            return Mention((), SPELLED, _words([run, number])), 2, run.text
        return None, 1, ""

    def _number(self, runs: list[_Run], index: int, listed: str) -> tuple[Mention | None, int, str]:
        """A number that continues a list, or stands alone; else nothing."""
        run = runs[index]
        key = canonical(run.text)
        if listed:
            names = self._exact.get(listed + key) or (self._by_number.get(key) if listed == _LABEL else None)
            return (Mention(tuple(names), LABELLED, run.text) if names else None), 1, listed if names else ""
        names = self._by_number.get(key)
        if names and len(run.text) >= _LEAST_BARE_DIGITS and not run.glued:
            return Mention(tuple(names), BARE, run.text), 1, ""
        return None, 1, ""


def _runs(text: str) -> list[_Run]:
    """Letters and numbers of a text in capitals; words for an invoice become one, fillers after it go."""
    runs: list[_Run] = []
    for match in _RUN.finditer(text):
        run = _Run(match[0], match.start(), match.end(), _is_glued(text, match.start(), match.end()))
        if run.text in _LABELS:
            run = run._replace(text=_LABEL)
        elif runs and runs[-1].text == _LABEL and run.text in _FILLERS:
            runs[-1] = runs[-1]._replace(end=run.end)
            continue
        runs.append(run)
    return runs


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether letters, digits or the signs of dates, amounts and other numbers touch this part of a text."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    return (
        before.isalnum()
        or (before != "" and before in _GLUE)
        or after[:1].isalnum()
        or (len(after) == 2 and after[0] in _GLUE and after[1].isalnum())
    )


def _is_close(part: list[_Run]) -> bool:
    return all(after.start - before.end <= _MOST_GAP for before, after in pairwise(part))


def _words(part: list[_Run]) -> str:
    return " ".join(run.text for run in part)
