"""Words to be found in a bank's text, as a person writes them in a rule.

A phrase is found whatever its capitals and blanks, as whole words. `*` stands for any characters and `?` for one; at
its beginning or end `*` also lets it stand within a longer word. There are no other patterns: nothing a rule says can
make the search slow.
"""

from __future__ import annotations

from functools import lru_cache

LONGEST = 200
ANY, ONE = "*", "?"


@lru_cache(maxsize=1 << 12)
def normal(text: str) -> str:
    """A text without capitals, with one blank where it has several."""
    return " ".join(text.casefold().split())


def says(phrase: str, text: str) -> bool:
    """Whether a text says a phrase. Both are as `normal` gives them.

    Each part between two `*` is taken where it stands first: that leaves the most room for the next.
    """
    parts = phrase.split(ANY)
    at = 0
    for index, part in enumerate(parts):
        if part:
            is_start, is_end = index == 0, index == len(parts) - 1
            found = _find(part, text, at, is_start=is_start, is_end=is_end)
            if found < 0:
                return False
            at = found + len(part)
    return True


def _find(part: str, text: str, at: int, *, is_start: bool, is_end: bool) -> int:
    """Where a part stands first from a place on, -1 where it does not; at the ends of a phrase no word is cut."""
    start = _next(part, text, at)
    while start >= 0:
        end = start + len(part)
        is_cut = is_start and start > 0 and part[0].isalnum() and text[start - 1].isalnum()
        is_cut = is_cut or (is_end and end < len(text) and part[-1].isalnum() and text[end].isalnum())
        if not is_cut:
            return start
        start = _next(part, text, start + 1)
    return -1


def _next(part: str, text: str, at: int) -> int:
    """Where the signs of a part come next, `?` being any, -1 where they do not."""
    if ONE not in part:
        return text.find(part, at)
    starts = range(at, len(text) - len(part) + 1)
    return next((start for start in starts if _stands(part, text, start)), -1)


def _stands(part: str, text: str, start: int) -> bool:
    return all(sign in (ONE, text[start + at]) for at, sign in enumerate(part))
