"""Both lists as matching looks at them: in order, and by amount, day, reference, number and name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property

from acctkit.matching import jargon
from acctkit.matching.lags import FRIDAY, Days
from acctkit.matching.likeness import (
    OTHER,
    References,
    likeness,
    name_words,
    numbers,
    reference_key,
    references,
    series_of,
)
from acctkit.matching.names import Names, Words
from acctkit.matching.rows import LATE_DAYS, Pair, Row

# Words are learnt from so many pairs at most that are the only ones of their amount.
_MOST_ONLY = 3000


class Side:
    """One list, its rows by date and id, and what each is known by."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.date, row.amount, row.id))
        self.days = [row.date.toordinal() for row in self.rows]
        self.is_open = [True] * len(self.rows)
        self.of_amount: dict[int, list[int]] = defaultdict(list)
        for index, row in enumerate(self.rows):
            self.of_amount[row.amount].append(index)
        self.marks: list[References] = []
        self.jargon: frozenset[str] = frozenset()
        self.is_named_by_text = False  # where a row has no name, its text without the jargon is one
        self._words: dict[int, tuple[Words, Words]] = {}
        self._of_text: dict[str, Words] = {}

    def words(self, index: int) -> tuple[Words, Words]:
        """The words of a row's name, and of its text; computed where they are needed."""
        if index not in self._words:
            row = self.rows[index]
            text = self._read(row.text)
            name = self._read(row.name) if row.name or not self.is_named_by_text else text
            self._words[index] = name, text
        return self._words[index]

    def forget_words(self) -> None:
        """Read the words anew, since more is known to be jargon."""
        self._words.clear()
        self._of_text.clear()

    def _read(self, text: str) -> Words:
        if text not in self._of_text:
            found = name_words(text)
            if self.jargon:
                found = tuple(word for word in found if word not in self.jargon)
            self._of_text[text] = found
        return self._of_text[text]

    @cached_property
    def numbers(self) -> list[frozenset[str]]:
        """The runs of digits in each row's references, or in its text where it has none."""
        return [numbers(row.references, row.text) for row in self.rows]

    @cached_property
    def span(self) -> int:
        """How many days the rows cover, at least one."""
        return self.days[-1] - self.days[0] + 1 if self.days else 1

    def between(self, indices: Sequence[int], first: int, last: int) -> range:
        """The positions of rows, in order of date, within two days and with them."""
        low = bisect_left(indices, first, key=self.days.__getitem__)
        return range(low, bisect_right(indices, last, lo=low, key=self.days.__getitem__))


class Sides:
    """Both lists, and what each says of the other."""

    def __init__(self, left: Sequence[Row], right: Sequence[Row], days_before: int, days_after: int) -> None:
        self.left, self.right = Side(left), Side(right)
        self.days_before, self.days_after = days_before, days_after
        self.working = Days(self.left.days)
        both = (self.left, self.right)
        series = series_of(reference_key(text) for side in both for row in side.rows for text in row.references)
        for side in both:
            side.marks = [references(row.references, row.text, series) for row in side.rows]
        bare = [row.text for row in self.right.rows if not row.name]
        self.right.jargon = jargon.of_entries([name_words(text) for text in bare])
        self.right.is_named_by_text = True
        self.left.jargon = jargon.of_lines([name_words(row.text) for row in self.left.rows], self._name_words)
        self.left.forget_words()
        self.left.jargon |= jargon.of_nobody(self._explained(), self._name_words)
        self.left.forget_words()

    @cached_property
    def _name_words(self) -> frozenset[str]:
        """The words of all names and texts on the right."""
        return frozenset(
            word for index in range(len(self.right.rows)) for part in self.right.words(index) for word in part
        )

    @cached_property
    def only(self) -> list[Pair]:
        """Pairs that are the only ones of their amount within some weeks: a sample, where there are very many."""
        found = []
        for minor, lefts in sorted(self.left.of_amount.items()):
            rights = self.right.of_amount.get(minor, ())
            if len(lefts) == len(rights) == 1:
                _, last = self.window(self.left.rows[lefts[0]].date)
                if self.left.days[lefts[0]] - LATE_DAYS <= self.right.days[rights[0]] <= last:
                    found.append(Pair(lefts[0], rights[0]))
        return found[:: len(found) // _MOST_ONLY + 1]

    def _explained(self) -> Iterator[tuple[Words, Words]]:
        """What such lines say that do not show their entry's name, and that name."""
        for pair in self.only:
            name, text = self.left.words(pair.left)
            party = self.right.words(pair.right)[0]
            if text and not name and party and likeness(text, party) == OTHER:
                yield text, party

    @cached_property
    def carriers(self) -> dict[str, tuple[list[int], list[int]]]:
        """The rows that carry each reference that is stated somewhere, on the left and on the right."""
        both = (self.left, self.right)
        stated = {key for side in both for marks in side.marks for key in marks.stated}
        found: dict[str, tuple[list[int], list[int]]] = {}
        for number, side in enumerate(both):
            for index, marks in enumerate(side.marks):
                for key in marks.found & stated:
                    found.setdefault(key, ([], []))[number].append(index)
        return found

    @cached_property
    def number_counts(self) -> tuple[Counter[str], Counter[str]]:
        """How many rows of each side have a run of digits."""
        left = Counter(run for runs in self.left.numbers for run in runs)
        return left, Counter(run for runs in self.right.numbers for run in runs)

    def lookalikes(self, words: Words) -> dict[Words, int]:
        """The names on the right that words show, and how surely in percent, where two words begin alike."""
        return self._names.all_shown_by(words) if words else {}

    def likely(self, words: Words) -> dict[Words, int]:
        """The same without those that only a last word shows, which is never sure."""
        return self._names.shown_by(words) if words else {}

    @cached_property
    def _names(self) -> Names:
        return Names(self.named)

    @cached_property
    def named(self) -> Counter[Words]:
        """How many rows on the right bear a name."""
        names = (self.right.words(index)[0] for index in range(len(self.right.rows)))
        return Counter(name for name in names if name)

    def window(self, day: date) -> tuple[int, int]:
        """The first and last day on which a right row may stand for a left row of that day, as ordinals."""
        first = date.fromordinal(max(day.toordinal() - self.days_before, 3))
        last = date.fromordinal(min(day.toordinal() + self.days_after, date.max.toordinal() - 2))
        first -= timedelta(max(0, first.weekday() - FRIDAY))
        last += timedelta(7 - last.weekday() if last.weekday() > FRIDAY else 0)
        return first.toordinal(), last.toordinal()

    def common(self, pair: Pair) -> set[str]:
        """The references that both rows carry, and one of them states."""
        left, right = self.left.marks[pair.left], self.right.marks[pair.right]
        return {key for key in left.found & right.found if key in left.stated or key in right.stated}

    def days(self, pair: Pair) -> int:
        """How many days a pair's dates are apart."""
        return abs(self.left.days[pair.left] - self.right.days[pair.right])

    def distance(self, pair: Pair) -> int:
        """Working days from the right row to the left one, negative where it is the later."""
        right, left = self.right.days[pair.right], self.left.days[pair.left]
        return self.working.distance(right, left)

    def take(self, left: Sequence[int], right: Sequence[int]) -> None:
        """Rows that are matched are no candidates any more."""
        for index in left:
            self.left.is_open[index] = False
        for index in right:
            self.right.is_open[index] = False
