"""What could not be settled for sure: suggestions, best first, each with why it was not done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from acctkit.allocation.engine import MOST_COMPARED, Heard, Key, Matching, age_of, key_of, settles
from acctkit.allocation.result import PaymentMatch, Suggestion
from acctkit.ledger.items import Item
from acctkit.ledger.ledger import Ledger

_MOST_A_PAYER = 5
_MOST_IN_SUBSET = 12
_MOST_OLDEST = 3

# How good a suggestion is; the best come first.
_BY_REFERENCE, _DUPLICATE, _TIE, _WHOLE, _OTHER_PARTY, _SUM, _NEAR, _OLDEST = range(8)


def match_payments(ledger: Ledger, today: date) -> PaymentMatch:  # noqa: ARG001 - every propose function is told the day
    """Propose allocations for all that is open in the book, whatever its date.

    The result does not depend on the order in which entries stand.
    """
    matching = Matching(ledger)
    matching.settle()
    left = [matching.current(item) for item in matching.in_order if matching.left[item.index]]
    return PaymentMatch(
        sorted(matching.allocations, key=lambda one: matching.rank[one.from_]),
        suggestions(matching),
        [item for item in left if settles(item)],
        [item for item in left if not settles(item)],
        matching.exchange,
    )


def suggestions(matching: Matching) -> list[Suggestion]:
    """Suggestions for all money and credits that are left, the best kinds first, then the earliest money."""
    suggesting = _Suggesting(matching)
    ranked: list[tuple[int, int, Suggestion]] = []
    for order, payer in enumerate(matching.settlers):
        if matching.left[payer.index]:
            own: dict[str, tuple[int, Suggestion]] = {}
            for rank, suggestion in sorted(suggesting.of(payer), key=lambda pair: pair[0]):
                own.setdefault(suggestion.to, (rank, suggestion))
            ranked += [(rank, order, suggestion) for rank, suggestion in list(own.values())[:_MOST_A_PAYER]]
    return [suggestion for _, _, suggestion in sorted(ranked, key=lambda row: row[:2])]


class _Suggesting:
    """Indexes over what is left once all that is sure was settled."""

    def __init__(self, matching: Matching) -> None:
        self.m = matching
        self.open: dict[Key, list[Item]] = {}
        self.of_amount: dict[tuple[Key, int], list[Item]] = {}
        self.anywhere: dict[tuple[str, str, int], list[Item]] = {}
        self.paid: dict[tuple[Key, int], list[Item]] = {}
        self.sides: dict[tuple[Key, int | None, bool, bool, bool], list[Item]] = {}
        for item in matching.in_order:
            left = matching.left[item.index]
            if left:
                self.open.setdefault(key_of(item), []).append(item)
                self.of_amount.setdefault((key_of(item), left), []).append(item)
                if not settles(item):
                    self.anywhere.setdefault((item.account, item.commodity, left), []).append(item)
            elif not settles(item):
                self.paid.setdefault((key_of(item), abs(item.amount)), []).append(item)

    def of(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        """What may be said of one payer, with how good it is."""
        strong = [*self._by_reference(payer), *self._ties(payer)]
        if not strong and payer.party:
            strong += self._whole(payer)
        if not strong and not payer.party:
            strong += self._anywhere(payer)
        if not strong:
            strong += self._near(payer)
        yield from strong or self._oldest(payer)

    def _say(self, rank: int, payer: Item, item: Item, why: str, most: int | None = None) -> tuple[int, Suggestion]:
        minor = min(self.m.left[payer.index], self.m.left[item.index])
        if self.m.is_undone(payer, item):
            why += "; this allocation was undone once"
        amount = minor if most is None else min(minor, most)
        return rank, Suggestion(payer.name, item.name, amount, payer.commodity, why)

    def _owed(self, payer: Item, amount: int | None = None) -> list[Item]:
        """What is open of the payer's party that it could settle, oldest first; of one amount, or all.

        A refund settles credits, all else settles invoices.
        """
        return self._sides(payer, amount, is_owed=True)

    def _rival(self, payer: Item) -> Item | None:
        """Other money of the same party, side and amount."""
        same = self._sides(payer, self.m.left[payer.index], is_owed=False)
        return next((item for item in same[:2] if item is not payer), None)

    def _sides(self, payer: Item, amount: int | None, *, is_owed: bool) -> list[Item]:
        is_debit = (payer.amount > 0) != is_owed
        key = key_of(payer), amount, is_debit, payer.natural, is_owed
        if key not in self.sides:
            items = self.open.get(key[0], []) if amount is None else self.of_amount.get((key[0], amount), [])
            self.sides[key] = [
                item
                for item in items
                if (item.amount > 0) == is_debit and settles(item) == (payer.natural if is_owed else True)
            ]
        return self.sides[key]

    def _by_reference(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        heard = self.m.hear(payer)
        firm = sorted((self.m.items[index] for index in heard.firm), key=age_of)
        money = self.m.left[payer.index]
        doubts = "; ".join(heard.doubts)
        for item in firm:
            why = f"the payer's words name {item.name}, but {self._but(payer, firm, heard)}"
            yield self._say(_BY_REFERENCE, payer, item, why, money)
            money -= min(money, self.m.left[item.index])
        for item in sorted(heard.unsure, key=age_of):
            yield self._say(_BY_REFERENCE, payer, item, "the payer's words may mean this one, or another")
        for item in heard.paid:
            yield self._say(_DUPLICATE, payer, item, f"{item.name} is settled already: probable duplicate")
        for item in heard.bare:
            why = f"a number in the payer's words may be {item.name}, but the amounts differ"
            yield self._say(_TIE, payer, item, why)
        for item in sorted(heard.others, key=age_of)[:_MOST_A_PAYER]:
            why = f"the payer's words name {item.name}, which is of {self.m.party(item)} on {item.account}"
            yield _OTHER_PARTY, Suggestion(payer.name, item.name, 0, payer.commodity, why)
        if doubts and not firm:
            for item in self._owed(payer, self.m.left[payer.index])[:_MOST_A_PAYER]:
                yield self._say(_TIE, payer, item, f"the amount is that of {item.name}, but {doubts}")

    def _but(self, payer: Item, firm: list[Item], heard: Heard) -> str:
        """Why the items a payer names were not settled."""
        total = sum(self.m.left[item.index] for item in firm)
        money = self.m.shown(self.m.left[payer.index], payer)
        if any(self.m.is_undone(payer, item) for item in firm):
            return "a person has looked at it before"
        if self.m.left[payer.index] == total:
            return "also something else"
        if heard.doubts:
            return "; ".join(heard.doubts)
        if not all(self.m.is_of_payer(payer, item) for item in firm):
            return f"{money} is not what is open and the payer is not surely {self.m.party(firm[0])}"
        if heard.paid:
            return f"{heard.paid[0].name}, which they also name, is settled already"
        if len(firm) > 1:
            return f"{money} is not the {self.m.shown(total, payer)} they come to"
        return f"{money} is not the {self.m.shown(total, payer)} that is open"

    def _ties(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        """Items of just that amount that were not the only ones, or not clearly meant."""
        if not payer.party:
            return
        money = self.m.left[payer.index]
        owed, rival = self._owed(payer, money), self._rival(payer)
        for item in owed[:_MOST_A_PAYER]:
            if len(owed) > 1:
                why = f"it is one of {len(owed)} open items of {self.m.shown(money, payer)}"
            elif rival:
                why = f"{rival.name} is of the same amount, and only one of them can settle {item.name}"
            elif self.m.is_early(payer, item):
                why = f"the amount is that of {item.name}, but it was issued on {item.issued}, after the money came"
            else:
                why = f"the amount is that of {item.name}"
            yield self._say(_TIE, payer, item, why)

    def _whole(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        """All open invoices together, or the only few of them that add up."""
        owed = self._owed(payer)
        money = self.m.left[payer.index]
        rank, chosen, why = _WHOLE, owed, "it is all that is open, but other money or credits are open too"
        if len(owed) > MOST_COMPARED or sum(self.m.left[item.index] for item in owed) != money or len(owed) < 2:
            sums = _subsets(owed, [self.m.left[item.index] for item in owed], money)
            rank, chosen = _SUM, sums[0] if sums else []
            names = " and ".join(item.name for item in chosen)
            why = f"{names} add up to the amount" + (", but so do others" if len(sums) > 1 else "")
        for item in chosen:
            yield self._say(rank, payer, item, why)

    def _anywhere(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        """Items of that amount of any party, where the payer's is not known; those named alike first."""
        found = self.anywhere.get((payer.account, payer.commodity, self.m.left[payer.index]), [])[:MOST_COMPARED]
        fitting = [item for item in found if (item.amount > 0) != (payer.amount > 0)]
        for item in sorted(fitting, key=lambda one: not self.m.is_of_payer(payer, one))[:_MOST_A_PAYER]:
            alike = self.m.is_of_payer(payer, item)
            words = "the payer is named alike" if alike else "the payer is not known"
            rank = _TIE if alike else _OTHER_PARTY
            yield self._say(rank, payer, item, f"the amount is that of {item.name}, and {words}")

    def _near(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        """Two figures the wrong way round, or an amount that was paid before."""
        money = self.m.left[payer.index]
        for item in self._owed(payer)[:MOST_COMPARED] if payer.party else ():
            if _is_swapped(money, self.m.left[item.index]):
                shown = self.m.shown(self.m.left[item.index], item)
                yield self._say(_NEAR, payer, item, f"two figures of {shown} may stand the wrong way round")
        for item in self.paid.get((key_of(payer), money), [])[-1:] if payer.party else ():
            if (item.amount > 0) != (payer.amount > 0):
                why = f"{item.name} of the same amount is settled already: probable duplicate"
                yield self._say(_NEAR, payer, item, why)

    def _oldest(self, payer: Item) -> Iterator[tuple[int, Suggestion]]:
        """The oldest open items, as far as the money goes."""
        money = self.m.left[payer.index]
        for item in self._owed(payer)[:_MOST_OLDEST]:
            if not money or not payer.party:
                return
            why = f"the amount fits nothing; {item.name} is among the oldest that are open"
            yield self._say(_OLDEST, payer, item, why, money)
            money -= min(money, self.m.left[item.index])


def _subsets(items: list[Item], amounts: list[int], wanted: int) -> list[list[Item]]:
    """Up to two ways to add some of the items up to an amount; none where there are too many to try."""
    if len(items) > _MOST_IN_SUBSET:
        return []
    ways: dict[int, list[list[int]]] = {0: [[]]}
    for index, amount in enumerate(amounts):
        for total, found in list(ways.items()):
            if total + amount <= wanted:
                more = [[*way, index] for way in found]
                ways[total + amount] = (ways.get(total + amount, []) + more)[:2]
    return [[items[index] for index in way] for way in ways.get(wanted, []) if len(way) > 1]


def _is_swapped(one: int, other: int) -> bool:
    """Whether two amounts differ by two neighbouring figures the wrong way round."""
    left, right = str(one), str(other)
    differing = [index for index in range(min(len(left), len(right))) if left[index] != right[index]]
    if len(left) != len(right) or len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return left[first] == right[second] and left[second] == right[first]
