"""The known name that an unknown one may have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable

# Comparing takes time: in big books few names are looked for among all, and after that the reader has understood.
_MOST_COMPARED = 100_000
_MOST_KNOWN = 20_000
_LONGEST = 200
_LETTERS_A_SLIP = 4
_MOST_SLIPS = 3
_MOST_MEANT = 3


def slips(name: str, other: str, most: int) -> int:
    """How many letters are left out, added, changed or swapped with the next one, to `most`; else `most` + 1."""
    too_many = most + 1
    if abs(len(name) - len(other)) > most or len(set(name) ^ set(other)) > 2 * most:
        return too_many
    start, end = 0, 0
    shorter = min(len(name), len(other))
    while start < shorter and name[start] == other[start]:
        start += 1
    while end < shorter - start and name[-end - 1] == other[-end - 1]:
        end += 1
    name, other = name[start : len(name) - end], other[start : len(other) - end]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(name, 1):
        above, row = row, [i]
        for j, its in enumerate(other, 1):
            least = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and its == name[i - 2]:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return too_many
        before = above
    return min(row[-1], too_many)


def _allowed(name: str) -> int:
    return min(max(1, len(name) // _LETTERS_A_SLIP), _MOST_SLIPS)


def _apart(name: list[str], other: list[str]) -> int:
    """The slips between two names part by part, 0 where a part has too many or all its letters would change."""
    if len(name) != len(other):
        name, other = [":".join(name)], [":".join(other)]
    made = 0
    for part, its in zip(name, other, strict=True):
        if part != its:
            most = _allowed(part)
            here = slips(part, its, most)
            if here > most or here >= max(len(part), len(its)):
                return 0
            made += here
    return made


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """The known names most like an unknown one, the most like first; none where none is near.

    Each part of an account may have one slip of the pen, a long one up to three; capitals are no matter.
    """
    if not name or len(name) > _LONGEST:
        return []
    parts = name.casefold().split(":")
    found = []
    for other in known:
        folded = other.casefold()
        made = _apart(parts, folded.split(":"))
        if made or (folded == name.casefold() and other != name):
            # Letters swapped are likelier than one changed.
            found.append((made, sorted(folded) != sorted(name.casefold()), other))
    return [other for *_, other in sorted(found)[:count]]


def meant(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint at the names that may have been meant; another hint where none is near."""
    near = nearest(name, known, _MOST_MEANT)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


class Nearest:
    """Names that are known, to be asked which is the most like an unknown one; each is looked for once."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._found: dict[str, str] = {}
        self._left = _MOST_COMPARED

    def of(self, name: str) -> str:
        """The known name most like another, or "" where none is or too much was asked."""
        if name not in self._found:
            self._found[name] = self._search(name)
        return self._found[name]

    def _search(self, name: str) -> str:
        size = len(self._known)
        if size > min(self._left, _MOST_KNOWN):
            return ""
        self._left -= size
        return next(iter(nearest(name, self._known)), "")

    def question(self, name: str) -> str:
        """`; did you mean NAME?`, or "" where nothing is near."""
        near = self.of(name)
        return f"; did you mean {near}?" if near else ""
