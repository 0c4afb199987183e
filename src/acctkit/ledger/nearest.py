"""The known name that an unknown one may have meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

# difflib is slow: in big books few names are looked for among all, and after that the reader has understood.
_MOST_COMPARED = 100_000
_MOST_KNOWN = 10_000
_LONGEST = 200
_CLOSE = 3 / 4


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
        if size > _MOST_KNOWN or size > self._left or len(name) > _LONGEST:
            return ""
        self._left -= size
        likely = [other for other in self._known if abs(len(other) - len(name)) <= max(3, len(name) // 4)]
        near = get_close_matches(name, likely, n=1, cutoff=_CLOSE)
        return near[0] if near else ""

    def question(self, name: str) -> str:
        """`; did you mean NAME?`, or "" where nothing is near."""
        near = self.of(name)
        return f"; did you mean {near}?" if near else ""
