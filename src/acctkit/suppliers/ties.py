"""Which lines of a statement are which of our documents: by their numbers, then by amount and day, never by guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import product

from acctkit.ledger.items import Item
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import slips
from acctkit.matching import Row, match
from acctkit.refs import canonical
from acctkit.suppliers.shape import CREDIT, INVOICE, PAYMENT, Guess, LineLike, Tie

# How many days before and after a line our own entry of it may stand, where only amounts tell.
_DOCUMENT_DAYS = 10
_WINDOWS = {PAYMENT: (21, 5), CREDIT: (_DOCUMENT_DAYS, _DOCUMENT_DAYS), INVOICE: (_DOCUMENT_DAYS, _DOCUMENT_DAYS)}
_LEAST_DIGITS = 3
_LEAST_SLIPPED = 4
_MOST_SLIPS = 2
_MOST_COMPARED = 40_000
_SETTLES = ("payment", "refund", "receipt", "transfer")


class Ties:
    """The ties found so far, and what is free yet. `lines` and `items` are named by their index.

    `owed` are the lines' amounts, and `left` what the books hold of the items: both positive for what we owe.
    """

    def __init__(
        self, ledger: Ledger, lines: Sequence[LineLike], owed: Sequence[int], items: Sequence[Item], left: Sequence[int]
    ) -> None:
        self.ledger, self.lines, self.items = ledger, lines, items
        self.owed, self.left = owed, left
        self.ties: list[Tie] = []
        self.guesses: list[Guess] = []
        self.free_lines = {at for at in range(len(lines)) if owed[at]}
        self.free_items = set(range(len(items)))

    def take(self, lines: Iterable[int], items: Iterable[int], reason: str) -> None:
        """Tie lines and items, which then are free no more."""
        tie = Tie(tuple(sorted(lines)), tuple(sorted(items)), reason)
        self.ties.append(tie)
        self.free_lines -= set(tie.lines)
        self.free_items -= set(tie.items)

    def guess(self, lines: Iterable[int], items: Iterable[int], reasons: Sequence[str], why: str) -> None:
        """Suggest, where nothing was taken for sure; each pair once."""
        made = Guess(
            tuple(self.lines[at] for at in sorted(lines)),
            tuple(self.items[at] for at in sorted(items)),
            tuple(reasons),
            why,
        )
        if not any(one.lines == made.lines and one.items == made.items for one in self.guesses):
            self.guesses.append(made)

    # Numbers.

    def by_numbers(self) -> None:
        """Tie what bears one number: their reference, any number they name, our own ref, or its bare digits."""
        their = [canonical(_their_ref(self.ledger, item)) for item in self.items]
        ours = [canonical(item.name) for item in self.items]
        first = [[canonical(line.reference)] for line in self.lines]
        every = [[canonical(number) for number in line.numbers] for line in self.lines]
        quoted = [[canonical(number) for number in (line.other, *line.numbers)] for line in self.lines]
        self._by_key(first, their, "both bear {}")
        self._by_key(every, their, "their line names {}")
        self._by_key(quoted, ours, "their line names our {}")
        self._by_key(
            [[_bare(key) for key in keys[:1]] for keys in first],
            [_bare(key) for key in their],
            "both bear the number {}",
            self._is_one_shortened,
        )

    def _by_key(
        self,
        of_lines: Sequence[Sequence[str]],
        of_items: Sequence[str],
        reason: str,
        also: Callable[[int, int], bool] | None = None,
    ) -> None:
        """Tie the free lines and items that share a key no others share; several of one key by their amounts."""
        items: dict[tuple[str, bool], list[int]] = {}
        for item in sorted(self.free_items):
            if any(char.isdigit() for char in of_items[item]):
                items.setdefault((of_items[item], self._own(item) > 0), []).append(item)
        lines: dict[tuple[str, bool], list[int]] = {}
        for line in sorted(self.free_lines):
            for number in dict.fromkeys(of_lines[line]):
                if (number, self.owed[line] > 0) in items:
                    lines.setdefault((number, self.owed[line] > 0), []).append(line)
        for key, group in lines.items():
            free = [line for line in group if line in self.free_lines]
            among = [
                item
                for item in items[key]
                if item in self.free_items
                and any(_fits(self.lines[line], self.items[item]) and (not also or also(line, item)) for line in free)
            ]
            if free and among:
                first = self.items[among[0]]
                name = first.name if "our" in reason else _their_ref(self.ledger, first)
                self._settle(free, among, reason.format(name))

    def _settle(self, lines: list[int], items: list[int], reason: str) -> None:
        """Tie lines and items of one number: one with one, all with all where they come to the same, else by amount."""
        if len(lines) == 1 and len(items) == 1:
            self.take(lines, items, reason)
            return
        if len(items) == 1 and sum(self.owed[at] for at in lines) in (self.left[items[0]], self._own(items[0])):
            self.take(lines, items, f"{reason}, in {len(lines)} lines")
            return
        if len(lines) == 1 and sum(self._own(at) for at in items) == self.owed[lines[0]]:
            self.take(lines, items, f"{reason}, in {len(items)} entries")
            return
        for line in lines:
            same = [at for at in items if at in self.free_items and self._own(at) == self.owed[line]]
            rivals = [at for at in lines if at in self.free_lines and self.owed[at] == self.owed[line]]
            if len(same) == 1 and len(rivals) == 1:
                self.take([line], same, reason)
        open_lines = [at for at in lines if at in self.free_lines]
        open_items = [at for at in items if at in self.free_items]
        if len(open_items) == 1 and open_lines:
            equal = [at for at in open_lines if self.owed[at] == self._own(open_items[0])]
            lines = equal[:1] or open_lines  # a document they show twice is ours once; its parts are together ours
            self.take(lines, open_items, reason)
            return
        for line in open_lines:
            for item in open_items:
                self.guess([line], [item], (reason,), f"{len(open_lines)} lines and {len(open_items)} entries bear it")

    def _own(self, item: int) -> int:
        """What an item came to, before anything settled it."""
        return -self.items[item].amount

    def _is_one_shortened(self, line: int, item: int) -> bool:
        """Whether one number is the other without its letters, and the amount is the same or the days are near."""
        one = canonical(self.lines[line].reference)
        other = canonical(_their_ref(self.ledger, self.items[item]))
        if sum(char.isdigit() for char in one) < _LEAST_DIGITS or not one or not other:
            return False
        if not (one.endswith(other) or other.endswith(one) or one.isdigit() or other.isdigit()):
            return False
        near = abs((self.lines[line].date - self.items[item].issued).days) <= _DOCUMENT_DAYS
        return near or self.owed[line] in (self.left[item], self._own(item))

    # Amounts.

    def by_amounts(self, *, is_open: bool) -> None:
        """Tie what only one line and one entry of a kind and day come to; suggest what several do."""
        for kind, (before, after) in _WINDOWS.items():
            is_payment = kind == PAYMENT
            lines = [at for at in sorted(self.free_lines) if self._may_be(at, kind)]
            amounts = self.left if is_open else [self._own(at) for at in range(len(self.items))]
            items = [at for at in sorted(self.free_items) if amounts[at] and self._kind_of_item(at) == kind]
            if not lines or not items:
                continue
            left = [self._line_row(at, is_numbered=not is_payment) for at in lines]
            right = [self._item_row(at, amounts[at], is_numbered=not is_payment) for at in items]
            found = match(left, right, days_before=before, days_after=after)
            for group in found.matched:
                self.take(map(int, group.left), map(int, group.right), "; ".join(group.reasons))
            for group in found.suggested:
                self.guess(map(int, group.left), map(int, group.right), group.reasons, group.why)

    def _may_be(self, at: int, kind: str) -> bool:
        """Whether a line may be of a kind; one taken off that says nothing else may be a payment or a credit."""
        line = self.lines[at]
        return line.kind == kind or (not line.kind and (self.owed[at] > 0) == (kind == INVOICE))

    def _kind_of_item(self, at: int) -> str:
        if self._own(at) > 0:
            return INVOICE
        return CREDIT if self.items[at].type in ("purchase-credit", "reversal") else PAYMENT

    def _line_row(self, at: int, *, is_numbered: bool) -> Row:
        line = self.lines[at]
        numbers = (line.reference,) if is_numbered and line.reference else ()
        return Row(str(at), line.date, self.owed[at], references=numbers)

    def _item_row(self, at: int, amount: int, *, is_numbered: bool) -> Row:
        item = self.items[at]
        number = _their_ref(self.ledger, item) if is_numbered else ""
        return Row(str(at), item.issued, amount, references=(number,) if number else ())

    def by_days(self, *, is_open: bool) -> None:
        """Tie money of one day on one side with one payment on the other, where all of the day comes to just that."""
        amounts = self.left if is_open else [self._own(at) for at in range(len(self.items))]
        lines = [at for at in sorted(self.free_lines) if self._may_be(at, PAYMENT)]
        items = [at for at in sorted(self.free_items) if amounts[at] and self._kind_of_item(at) == PAYMENT]
        before, after = (timedelta(days=days) for days in _WINDOWS[PAYMENT])
        ties: list[tuple[list[int], list[int]]] = []
        for day in sorted({self.lines[at].date for at in lines}):
            group = [at for at in lines if self.lines[at].date == day]
            total = sum(self.owed[at] for at in group)
            near = [at for at in items if day - before <= self.items[at].date <= day + after and amounts[at] == total]
            ties += [(group, near)] if len(group) > 1 and len(near) == 1 else []
        for day in sorted({self.items[at].date for at in items}):
            bunch = [at for at in items if self.items[at].date == day]
            total = sum(amounts[at] for at in bunch)
            close = [
                at for at in lines if day - after <= self.lines[at].date <= day + before and self.owed[at] == total
            ]
            ties += [(close, bunch)] if len(bunch) > 1 and len(close) == 1 else []
        for own_lines, own_items in ties:
            rivals = [pair for pair in ties if set(pair[0]) & set(own_lines) or set(pair[1]) & set(own_items)]
            if len(rivals) == 1:
                self.take(own_lines, own_items, "all of one day comes to just this")

    # Slips.

    def by_slips(self) -> None:
        """Suggest what differs by a letter or two of its number, and has the day or the amount in common."""
        items = [(at, canonical(_their_ref(self.ledger, self.items[at]))) for at in sorted(self.free_items)]
        lines = [(at, canonical(self.lines[at].reference)) for at in sorted(self.free_lines)]
        if len(items) * len(lines) > _MOST_COMPARED:
            return
        for (line, one), (item, other) in product(lines, items):
            is_alike = (self.owed[line] > 0) == (self._own(item) > 0) and _fits(self.lines[line], self.items[item])
            if (
                not is_alike
                or min(len(one), len(other)) < _LEAST_SLIPPED
                or slips(one, other, _MOST_SLIPS) > _MOST_SLIPS
            ):
                continue
            same = ["the amount"] if self.owed[line] == self._own(item) else []
            same += ["the day"] if self.lines[line].date == self.items[item].issued else []
            if same:
                number = _their_ref(self.ledger, self.items[item])
                why = f"the numbers {self.lines[line].reference} and {number} differ"
                self.guess([line], [item], (f"{' and '.join(same)} {'agree' if same[1:] else 'agrees'}",), why)


def _their_ref(ledger: Ledger, item: Item) -> str:
    value = ledger.meta(item.entry).get("their-ref")
    return value if isinstance(value, str) else ""


def their_refs(ledger: Ledger, items: Iterable[Item]) -> Iterator[str]:
    """The supplier's own numbers of our items, those that have one."""
    yield from filter(None, (_their_ref(ledger, item) for item in items))


def _bare(key: str) -> str:
    """The last run of digits of a canonical number, "" where it is too short to tell."""
    digits = ""
    for char in reversed(key):
        if not char.isdigit():
            break
        digits = char + digits
    return digits if len(digits) >= _LEAST_DIGITS else ""


def _fits(line: LineLike, item: Item) -> bool:
    """Whether a line and an item may be one document by their kinds: money is no credit note."""
    is_money = item.type in _SETTLES
    return not (line.kind == CREDIT and is_money) and not (line.kind == PAYMENT and item.type == "purchase-credit")
