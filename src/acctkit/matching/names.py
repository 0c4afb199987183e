"""The names on one side, found again in the words of the other without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterable

from acctkit.matching.likeness import Shape, resembles, shape, skeleton

Words = tuple[str, ...]


class Names:
    """Names, by how their words begin, and by the letter that a name begins with itself.

    Words of which none begins with that letter can show a name only by its other words or by initials: such
    names are few, and kept under "".
    """

    def __init__(self, names: Iterable[Words]) -> None:
        self.shapes = [shape(name) for name in sorted(names)]
        self._heads = [_heads(each.words) for each in self.shapes]
        self._by_head: dict[tuple[str, str], list[int]] = {}
        self._by_word: dict[str, list[int]] = {}
        self._known: dict[Words, dict[Words, int]] = {}
        for index, each in enumerate(self.shapes):
            for head in self._heads[index]:
                self._by_head.setdefault((head, each.words[0][0]), []).append(index)
                if each.is_shown_by_rest or each.initials:
                    self._by_head.setdefault((head, ""), []).append(index)
            for word in set(each.words):
                self._by_word.setdefault(word, []).append(index)

    def shown_by(self, words: Words) -> dict[Words, int]:
        """The names that words show, and how surely in percent, where two words begin alike."""
        if words not in self._known:
            ours = shape(words)
            sure = ((self.shapes[at], resembles(ours, self.shapes[at])) for at in sorted(self._near(ours)))
            self._known[words] = {name.words: percent for name, percent in sure if percent}
        return self._known[words]

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
