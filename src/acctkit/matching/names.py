"""The names on one side, found again in the words of the other without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acctkit.matching.likeness import SHOWN_BY_END, Shape, is_shown_by_end, is_word, resembles, shape, skeleton

Words = tuple[str, ...]
# Errors of typing make a name so many letters longer or shorter.
_TYPED = 3


class Names:
    """Names, by how their words begin, and by the letter that a name begins with itself.

    Words of which none begins with that letter can show a name only by initials or by its other words, and most
    by one long last word, which many names share. That word is compared once for all of these.
    """

    def __init__(self, names: Iterable[Words]) -> None:
        self.shapes = [shape(name) for name in sorted(names)]
        self._heads = [_heads(each.words) for each in self.shapes]
        self._by_head: dict[tuple[str, str], list[int]] = {}
        self._by_word: dict[str, list[int]] = {}
        self._ends: dict[str, dict[str, list[Words]]] = {}  # by a long last word, and the letter a name begins with
        self._ends_by_head: dict[str, list[str]] = {}
        self._known: dict[Words, dict[Words, int]] = {}
        for index, each in enumerate(self.shapes):
            self._enter(index, each)
        for end in self._ends:
            for head in _heads((end,)):
                self._ends_by_head.setdefault(head, []).append(end)

    def _enter(self, index: int, each: Shape) -> None:
        first = each.words[0][0]
        is_by_end = is_shown_by_end(each)
        if is_by_end:
            self._ends.setdefault(each.words[1], {}).setdefault(first, []).append(each.words)
        for head in self._heads[index]:
            self._by_head.setdefault((head, first), []).append(index)
            if each.initials or (each.is_shown_by_rest and not is_by_end):
                self._by_head.setdefault((head, ""), []).append(index)
        for word in set(each.words):
            self._by_word.setdefault(word, []).append(index)

    def shown_by(self, words: Words) -> dict[Words, int]:
        """The names that words show by more than a long last word, and how surely in percent."""
        if words not in self._known:
            ours = shape(words)
            near = sorted(self._near(ours))
            have = set(words)
            if whole := [at for at in near if have.issuperset(self.shapes[at].words)]:
                near = sorted({*whole, *self._variants(near, whole)})
            sure = ((self.shapes[at], resembles(ours, self.shapes[at])) for at in near)
            self._known[words] = {name.words: percent for name, percent in sure if percent}
        return self._known[words]

    def _variants(self, near: list[int], whole: list[int]) -> Iterator[int]:
        """Where a name stands there whole, only those that may differ from it by typing are worth comparing."""
        longest = max((self.shapes[at].runs[0] for at in whole), key=len)
        for at in near:
            squashed = self.shapes[at].runs[0]
            if squashed[0] == longest[0] and abs(len(squashed) - len(longest)) <= _TYPED:
                yield at

    def all_shown_by(self, words: Words) -> dict[Words, int]:
        """The names that words show, where two words begin alike, and how surely in percent."""
        firsts = shape(words).firsts
        ends = {end for head in _heads(words) for end in self._ends_by_head.get(head, ())}
        shown: dict[Words, int] = {}
        for end in sorted(ends):
            if any(is_word(word, end) for word in words):
                for first, names in self._ends[end].items():
                    if first not in firsts:
                        shown.update(dict.fromkeys(names, SHOWN_BY_END))
        return shown | self.shown_by(words)

    def _near(self, ours: Shape) -> set[int]:
        """The names that words could show."""
        heads = _heads(ours.words)
        near: set[int] = set()
        for head in heads:
            for first in ("", *ours.firsts):
                near.update(self._by_head.get((head, first), ()))
        for word in ours.initials:
            near.update(at for at in self._by_word.get(word, ()) if not heads.isdisjoint(self._heads[at]))
        return near


def _heads(words: Words) -> set[str]:
    """How words begin, with their vowels and without."""
    return {head for word in words for head in (word[:3], skeleton(word)[:3])}
