"""Words that tell no party apart, learnt from the lists: what the bank and the bookkeeper write round a name.

The bank's own words stand beside many names, or in many lines, and in no name. The bookkeeper's stand beside many
other words where an entry has no name of its own. A line that shows only such words shows nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from acctkit.matching.likeness import is_word
from acctkit.matching.names import Words

# A word in so many percent of the lines is the bank's own; and one that stands beside so many words of names.
_PERCENT = 2
_LEAST = 6
_LEAST_BESIDE = 6
# A word whose lines so many parties explain is none of them.
_LEAST_EXPLAINED = 3
# A word of entries without names is the bookkeeper's where so many other words stand beside it, and in so many percent
# of the entries.
_LEAST_COMPANY = 12
_MOST_PER_COMPANY = 4


def of_entries(texts: Sequence[Words]) -> frozenset[str]:
    """The bookkeeper's own words in the texts of entries that have no name."""
    counts, beside = _counted(texts)
    least = max(_LEAST, len(texts) * _PERCENT // 100)
    return frozenset(
        word
        for word, count in counts.items()
        if count >= least and len(beside[word]) >= max(_LEAST_COMPANY, count // _MOST_PER_COMPANY)
    )


def of_lines(texts: Sequence[Words], names: AbstractSet[str]) -> frozenset[str]:
    """The bank's own words: in many lines, or beside many words of names, and in no name, whole or in part."""
    counts, beside = _counted(texts)
    least = max(_LEAST, len(texts) * _PERCENT // 100)
    known = Known(names)
    return frozenset(
        word
        for word, count in counts.items()
        if count >= _LEAST and (count >= least or len(beside[word] & names) >= _LEAST_BESIDE) and not known.has(word)
    )


def of_nobody(explained: Iterable[tuple[Words, Words]], names: AbstractSet[str]) -> frozenset[str]:
    """Words of lines that entries of several parties explain, though their names do not stand there."""
    parties: Mapping[str, set[Words]] = defaultdict(set)
    for words, name in explained:
        for word in words:
            parties[word].add(name)
    known = Known(names)
    return frozenset(word for word, found in parties.items() if len(found) >= _LEAST_EXPLAINED and not known.has(word))


class Known:
    """The words of names, by their first two letters."""

    def __init__(self, names: AbstractSet[str]) -> None:
        self._by_head: dict[str, list[str]] = defaultdict(list)
        for word in sorted(names):
            self._by_head[word[:2]].append(word)

    def has(self, word: str) -> bool:
        """Whether a word is one of a name, also cut off or mistyped."""
        return any(is_word(word, other) for other in self._by_head.get(word[:2], ()))


def _counted(texts: Sequence[Words]) -> tuple[Counter[str], dict[str, set[str]]]:
    """In how many texts each word stands, and beside which others."""
    counts: Counter[str] = Counter()
    beside: dict[str, set[str]] = defaultdict(set)
    for words in texts:
        each = set(words)
        counts.update(each)
        for word in each:
            beside[word] |= each
    return counts, beside
