"""The passes that settle what is sure: by reference, by amount, by balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from acctkit.allocation.result import Allocation
from acctkit.ledger.exchange import Realised, left_behind
from acctkit.ledger.items import CREDITS, SETTLING, SUPPLIER, Item, read_items, undone_pairs
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.mentions import BARE, SPELLED, Mention, Mentions
from acctkit.matching.likeness import SIMILAR, likeness, name_words

# Money that went the way of an invoice: it settles credits and overpayments, never invoices.
_REFUNDS = ("refund", "receipt", "payment")
# Metadata of an entry that is not the payer's words.
_OUR_WORDS = ("type", "ref", "party", "reverses", "method", "disputed")
# A payment a little before its invoice was made against it; one long before was made for something else.
_MOST_EARLY = timedelta(days=7)
MOST_COMPARED = 200


def settles(item: Item) -> bool:
    """Whether an item looks for something to settle: money and credits, against what is invoiced."""
    return not item.natural or item.type in _REFUNDS


def age_of(item: Item) -> tuple[date, str, str, str, str]:
    """Oldest first, by what stands in the books and never by their order."""
    return item.issued, item.name, item.account, item.commodity, item.party


Key = tuple[str, str, str]


def key_of(item: Item) -> Key:
    """What items that may settle each other have in common: account, commodity, party."""
    return item.account, item.commodity, item.party


@dataclass(slots=True)
class Heard:
    """What the words of a payer name, as far as it could be settled.

    `firm` are open items named with certainty and how; `bare` those a lone number may name; `unsure` those
    of names that fit several; `credits` stand on the payer's own side; `doubts` are sentences.
    """

    firm: dict[int, int] = field(default_factory=dict)
    bare: list[Item] = field(default_factory=list)
    unsure: list[Item] = field(default_factory=list)
    paid: list[Item] = field(default_factory=list)
    credits: list[Item] = field(default_factory=list)
    others: list[Item] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def is_doubtful(self) -> bool:
        """Whether anything but open items is named."""
        return bool(self.unsure or self.paid or self.others or self.doubts)


class Matching:
    """What is left of each item while it is settled, pass by pass, the surest first."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        found = read_items(ledger)
        self.parties = found.parties
        self.items = found.as_at()
        self.in_order = sorted(self.items, key=age_of)
        self.left = [abs(item.open) for item in self.items]
        self.undone = undone_pairs(ledger)
        self.allocations: list[Allocation] = []
        self.exchange: list[Realised] = []
        self.settlers = sorted(
            (item for item in self.items if item.open and settles(item)), key=lambda i: (i.date, *age_of(i)[1:])
        )
        self.rank = {name: n for n, name in enumerate(dict.fromkeys(item.name for item in self.settlers))}
        self.groups: dict[Key, list[Item]] = {}
        for item in self.in_order:
            if item.open:
                self.groups.setdefault(key_of(item), []).append(item)
        self.of_reference: dict[tuple[str, str], list[Item]] = {}
        for item in self.in_order:
            for reference in _references(ledger, item):
                self.of_reference.setdefault((item.kind, reference), []).append(item)
        self.mentions = {
            kind: Mentions(reference for side, reference in self.of_reference if side == kind)
            for kind in {item.kind for item in self.items}
        }
        self.remittances: dict[str, list[tuple[str, int, str]]] = {}
        self._read_remittances()
        self.named: dict[int, list[Mention]] = {}
        self.claimed: set[int] = set()

    def _read_remittances(self) -> None:
        for record in self.ledger.records("remittance-line"):
            number, commodity = record.amount(2)
            try:
                minor = self.ledger.minor(number, commodity)
            except ValueError:
                minor = 0
            words = " / ".join(value for value in (record.values[1], *record.values[3:]) if isinstance(value, str))
            self.remittances.setdefault(record.text(0), []).append((words, minor, commodity))

    def current(self, item: Item) -> Item:
        """The item with what was proposed so far taken off."""
        sign = 1 if item.amount > 0 else -1
        return replace(item, settled=item.amount - sign * self.left[item.index])

    def take(self, payer: Item, paid: Iterable[Item], method: str, *reasons: str, most: int | None = None) -> None:
        """Allocate to each item in turn what is open, as far as the money goes."""
        for item in paid:
            minor = min(self.left[payer.index], self.left[item.index])
            minor = minor if most is None else min(minor, most)
            if not minor:
                continue
            if item.commodity != self.ledger.entity.currency:
                rest = left_behind(self.current(payer), self.current(item), minor)
                party = item.party or payer.party
                self.exchange.append(Realised(item.account, party, rest, payer.name, item.name))
            self.left[payer.index] -= minor
            self.left[item.index] -= minor
            said = (*reasons, self.outcome(item))
            self.allocations.append(Allocation(payer.name, item.name, minor, item.commodity, method, said))

    def outcome(self, item: Item) -> str:
        """What is open of an item now, in words."""
        left = self.left[item.index]
        return f"{self.shown(left, item)} of {item.name} stays open" if left else f"{item.name} is then settled in full"

    def shown(self, minor: int, item: Item) -> str:
        """An amount with its commodity, as a person reads it."""
        return f"{self.ledger.show(minor, item.commodity)} {item.commodity}"

    # By reference.

    def settle(self) -> None:
        """Settle all that is sure, pass by pass, until nothing more is: one settled item may make another sure."""
        self._listen()
        before = -1
        while before != len(self.allocations):
            before = len(self.allocations)
            self.by_reference()
            self.by_amount()
            self.by_balance()

    def _listen(self) -> None:
        """Read the words of all payers once."""
        for item in self.settlers:
            mentions = self.mentions[item.kind]
            found: dict[Mention, None] = {}
            for text in self.words(item):
                found.update(dict.fromkeys(mentions.find(text)))
            if said := [mention for mention in found if mention.names != (item.name,)]:
                self.named[item.index] = said

    def by_reference(self) -> None:
        """Settle what the payer names, the earliest money first."""
        self.claimed = set()
        for item in self.settlers:
            if item.index in self.named and self.left[item.index]:
                heard = self.hear(item)
                if not self._settle_named(item, heard):
                    self.claimed.update(heard.firm)

    def words(self, item: Item) -> Iterator[str]:
        """The payer's words: payee, narration, remittance lines and what else the entry says in text."""
        yield item.entry.payee or ""
        yield item.entry.narration
        for key, value in item.entry.meta.items():
            if isinstance(value, str) and key not in _OUR_WORDS:
                yield value
        for words, _, _ in self.remittances.get(item.name, ()):
            yield words

    def hear(self, payer: Item) -> Heard:
        """What the names in a payer's words come to, with what is open now."""
        heard = Heard()
        for mention in self.named.get(payer.index, ()):
            self._hear_one(payer, mention, heard)
        return heard

    def _hear_one(self, payer: Item, mention: Mention, heard: Heard) -> None:
        named: dict[int, Item] = {}
        for name in mention.names:
            for item in self.of_reference[payer.kind, name]:
                if item.entry is not payer.entry and item.account == payer.account:
                    named[item.index] = item
        same = [i for i in named.values() if i.commodity == payer.commodity and _agree(payer, i)]
        fitting = [item for item in same if (item.amount > 0) != (payer.amount > 0)]
        if not mention.names:
            heard.doubts.append(f"it names {mention.words}, which is not in the books")
        elif len(fitting) > 1:
            heard.unsure += [item for item in fitting if self.left[item.index]]
        elif fitting and not self.left[fitting[0].index]:
            heard.paid += fitting if mention.strength > BARE else []
        elif fitting and mention.strength == BARE:
            heard.bare += fitting
        elif fitting:
            heard.firm[fitting[0].index] = max(mention.strength, heard.firm.get(fitting[0].index, 0))
        elif same:
            heard.credits += [item for item in same if self.left[item.index] and item.type in CREDITS]
        elif mention.strength == SPELLED:
            heard.others += named.values()

    def _settle_named(self, payer: Item, heard: Heard) -> bool:
        """Settle what is named where that is clear; returns whether it was."""
        money = self.left[payer.index]
        hits = sorted((self.items[index] for index in heard.firm), key=age_of) or sorted(heard.bare, key=age_of)
        if not hits or any(self.is_undone(payer, item) for item in hits):
            return False
        is_known = all(self.is_of_payer(payer, item) for item in hits)
        is_spelled = all(heard.firm.get(item.index) == SPELLED for item in hits)
        total = sum(self.left[item.index] for item in hits)
        names = " and ".join(item.name for item in hits)
        reason = f"the payer's words name {names}"
        is_one_party = len({item.party for item in hits}) == 1 and not heard.others and not heard.unsure
        if total == money and is_one_party and (is_known or is_spelled):
            self.take(payer, hits, "reference", reason, f"and {self.shown(total, payer)} is just what is open")
            return True
        if not is_known or not heard.firm:
            return False
        if self._settle_net(payer, hits, heard.credits, total, reason) or self._settle_stated(payer, hits, reason):
            return True
        if len(hits) > 1 or heard.is_doubtful or heard.credits or self._is_another(payer, hits[0], money):
            return False
        what = "part of it" if money < total else "it, and the rest stays on account"
        self.take(payer, hits, "reference", reason, f"{self.shown(money, payer)} pays {what}")
        return True

    def _settle_net(self, payer: Item, hits: list[Item], credits: list[Item], total: int, reason: str) -> bool:  # noqa: A002
        """Settle invoices less credits that are named with them, where that is just the money."""
        credit = sum(self.left[item.index] for item in credits)
        if not credit or total - credit != self.left[payer.index]:
            return False
        names = " and ".join(item.name for item in credits)
        for item in sorted(credits, key=age_of):
            self.take(item, hits, "reference", f"{payer.name} names it as taken off")
        self.take(payer, hits, "reference", reason, f"less {names}, and that is just what was paid")
        return True

    def _settle_stated(self, payer: Item, hits: list[Item], reason: str) -> bool:
        """Settle as remittance lines state, where each names one item and they add up to the money."""
        stated: list[tuple[Item, int]] = []
        for words, minor, commodity in self.remittances.get(payer.name, ()):
            names = {name for mention in self.mentions[payer.kind].find(words) for name in mention.names}
            meant = [item for item in hits if any(item in self.of_reference[item.kind, name] for name in names)]
            if len(meant) != 1 or commodity != payer.commodity or not 0 < minor <= self.left[meant[0].index]:
                return False
            stated.append((meant[0], minor))
        per_item = {item.index for item, _ in stated}
        if len(per_item) != len(stated) or sum(minor for _, minor in stated) != self.left[payer.index]:
            return False
        for item, minor in stated:
            self.take(payer, [item], "reference", reason, "and the remittance states the amount", most=minor)
        return bool(stated)

    def _is_another(self, payer: Item, named: Item, money: int) -> bool:
        """Whether the amount is exactly that of another open item than the one that is named."""
        group = self.groups.get(key_of(named), ())[:MOST_COMPARED]
        return any(
            self.left[item.index] == money and item is not named and (item.amount > 0) != (payer.amount > 0)
            for item in group
        )

    def is_undone(self, payer: Item, item: Item) -> bool:
        """Whether a person undid an allocation between the two."""
        return (payer.name, item.name) in self.undone

    def is_of_payer(self, payer: Item, item: Item) -> bool:
        """Whether both surely are of one party: of one code, or the payer is named like the other's party."""
        if payer.party or not item.party:
            return bool(payer.party == item.party and (payer.party or payer.entry.payee == item.entry.payee))
        party = self.parties.get(item.party)
        words = f"{payer.entry.payee or ''} {payer.entry.narration}"
        return party is not None and likeness(name_words(words), name_words(party.name)) == SIMILAR

    # By amount and by balance.

    def is_free(self, item: Item) -> bool:
        """Whether no words speak of what some money should settle, nor claim it for other money."""
        firm = any(mention.strength > BARE for mention in self.named.get(item.index, ()))
        return not firm and item.index not in self.claimed

    def by_amount(self) -> None:
        """Settle the only open item of a party with just that amount, by the only money of that amount."""
        for key in sorted(self.groups):
            buckets: dict[int, list[Item]] = {}
            for item in self.groups[key] if key[2] else ():
                if self.left[item.index]:
                    buckets.setdefault(self.left[item.index], []).append(item)
            for amount in sorted(buckets):
                pair = self._only_pair(buckets[amount])
                if pair:
                    payer, item = pair
                    reason = f"it is the only open item of {self.party(item)} of {self.shown(amount, item)}"
                    self.take(payer, [item], "amount", reason)

    def _only_pair(self, bucket: list[Item]) -> tuple[Item, Item] | None:
        """The payer and the paid among items of one amount, where these are all and nothing speaks against it."""
        if len(bucket) != 2 or (bucket[0].amount > 0) == (bucket[1].amount > 0):
            return None
        paid, payer = sorted(bucket, key=lambda item: (settles(item), item.natural))
        if not self.is_free(payer) or paid.index in self.claimed or self.is_undone(payer, paid):
            return None
        return (payer, paid) if settles(payer) and not self.is_early(payer, paid) else None

    def is_early(self, payer: Item, paid: Item) -> bool:
        """Whether the money came too long before what it would settle."""
        return min(paid.issued, paid.date) > payer.date + _MOST_EARLY

    def by_balance(self) -> None:
        """Settle all that a party has open, credits taken off, by the one payment that is just that much."""
        for key in sorted(self.groups):
            group = [item for item in self.groups[key] if self.left[item.index]] if key[2] else []
            payers = [item for item in group if settles(item) and item.type not in CREDITS]
            if len(payers) != 1 or payers[0].natural or not self.is_free(payers[0]):
                continue
            payer = payers[0]
            others = [item for item in group if item is not payer]
            to_then = [item for item in others if item.date <= payer.date]
            for items, when in ((others, ""), (to_then, f" on {payer.date}")):
                if self._settle_all(payer, items, when):
                    break

    def _settle_all(self, payer: Item, items: list[Item], when: str) -> bool:
        owed = [item for item in items if not settles(item)]
        credits = [item for item in items if settles(item)]  # noqa: A001
        total = sum(self.left[item.index] for item in owed) - sum(self.left[item.index] for item in credits)
        if len(items) < 2 or total != self.left[payer.index]:
            return False
        if any(item.index in self.claimed or self.is_undone(payer, item) for item in items):
            return False
        if not when and any(self.is_early(payer, item) for item in items):
            return False
        if any(self.is_undone(one, other) for one in credits for other in owed):
            return False
        reason = f"{self.shown(total, payer)} is the whole balance of {self.party(payer)}{when}"
        for credit in credits:
            self.take(credit, owed, "balance", f"{reason}, with {payer.name}")
        self.take(payer, owed, "balance", reason)
        return True

    def party(self, item: Item) -> str:
        """The name of an item's party."""
        party = self.parties.get(item.party)
        return party.name if party else item.party or "nobody known"


def _references(ledger: Ledger, item: Item) -> Iterator[str]:
    """What a payer may call an item: our number, the supplier's own, an invoice's links."""
    if item.entry.meta.get("ref") == item.name:
        yield item.name
    theirs = ledger.meta(item.entry).get("their-ref")
    if item.kind == SUPPLIER and isinstance(theirs, str) and theirs != item.name:
        yield theirs
    if item.natural and item.type not in SETTLING:
        yield from sorted(item.entry.links - {item.name, theirs})


def _agree(one: Item, other: Item) -> bool:
    return one.party == other.party or not one.party or not other.party
