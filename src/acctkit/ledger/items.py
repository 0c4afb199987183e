"""Parties and their open items: what each entry put on a control account, and what has settled it.

Amounts are minor units, debit positive: an invoice to a customer is positive, a bill negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Custom, Meta, Posting, Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.ledger.references import Names, check_references
from acctkit.period import due_date
from acctkit.problem import Problem, error

CUSTOMER = "customer"
SUPPLIER = "supplier"
# The role of a control account, and the kind of party that stands on it.
KINDS = {"debtors": CUSTOMER, "creditors": SUPPLIER}
INVOICES = ("sales-invoice", "purchase-invoice")
CREDITS = ("sales-credit", "purchase-credit")
# Types that settle, on whichever side they stand, and so are never what a link calls the invoice.
SETTLING = (*CREDITS, "receipt", "payment", "refund", "transfer", "reversal")
EXCHANGE = "Exchange"  # the sub-account of a control account for exchange differences


@dataclass(frozen=True, slots=True)
class Party:
    """A customer or supplier; `terms` as written, "" where none were agreed."""

    code: str
    name: str
    kind: str
    terms: str = ""
    vat_number: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry's amount on one control account, for one party ("" unknown) and commodity.

    `amount` and `settled` are signed minor units, debit positive, of one sign. `base` is the amount in base
    currency as it was posted, None where it has no such value. `index` is its place in the order of the book.
    """

    index: int
    name: str
    entry: Transaction
    type: str
    party: str
    kind: str
    account: str
    commodity: str
    issued: date
    due: date
    amount: int
    base: int | None = 0
    settled: int = 0
    disputed: str = ""

    @property
    def date(self) -> date:
        """The entry's accounting date."""
        return self.entry.date

    @property
    def open(self) -> int:
        """What is not settled yet, of the amount's sign."""
        return self.amount - self.settled

    @property
    def natural(self) -> bool:
        """Whether it is on the side of an invoice: a debit among debtors, a credit among creditors."""
        return (self.amount > 0) == (self.kind == CUSTOMER)


class Allocated(NamedTuple):
    """An allocation in effect: item `payer` settles item `paid` by `minor` (positive) from `date` on.

    Both are indexes of items. `record` is None where a reversal or a shared link says so.
    """

    payer: int
    paid: int
    minor: int
    date: date
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """All items of a book by index, none settled yet, what settles them, and what is wrong with the records."""

    parties: dict[str, Party]
    items: list[Item]
    allocated: list[Allocated]
    problems: list[Problem]

    def as_at(self, day: date | None = None) -> list[Item]:
        """The items dated to the day (None: all), settled by the allocations in effect on it."""
        settled: dict[int, int] = {}
        for allocation in self.allocated:
            if day is None or allocation.date <= day:
                for index in (allocation.payer, allocation.paid):
                    settled[index] = settled.get(index, 0) + allocation.minor
        return [
            replace(item, settled=settled[item.index] * _sign(item.amount)) if item.index in settled else item
            for item in self.items
            if day is None or item.date <= day
        ]


def parties(ledger: Ledger) -> dict[str, Party]:
    """The customers and suppliers by code, in the order they were first named; a later record replaces."""
    found: dict[str, Party] = {}
    for record in ledger.records(CUSTOMER, SUPPLIER):
        code, name = record.text(0), record.text(1)
        found[code] = Party(code, name, record.kind, record.note("terms"), record.note("vat-number"))
    return found


def open_items(ledger: Ledger, as_of: date | None = None) -> list[Item]:
    """The items dated to the day, settled ones too, in order of date, then of the book."""
    return read_items(ledger).as_at(as_of)


def check_items(ledger: Ledger) -> list[Problem]:
    """What is wrong with references, types, and the records that name entries: D301 to D306."""
    return check_references(ledger) + read_items(ledger).problems


def control_accounts(ledger: Ledger) -> dict[str, str]:
    """Each control account, `:Exchange` sub-accounts apart, and the kind of party that stands on it."""
    return {
        account: kind
        for role, kind in KINDS.items()
        for account in ledger.with_role(role)
        if account.rpartition(":")[2] != EXCHANGE
    }


def party_reader(ledger: Ledger) -> Callable[[Transaction, Posting], tuple[str, str]]:
    """What names the party of a posting: the kind its control account is for and the code, "" where there is none."""
    controls = control_accounts(ledger)
    by_name = _by_name(parties(ledger))

    def read(entry: Transaction, posting: Posting) -> tuple[str, str]:
        kind = controls.get(posting.account, "")
        return kind, _party_of(entry, posting, by_name, kind) if kind else ""

    return read


def undone_pairs(ledger: Ledger) -> set[tuple[str, str]]:
    """The pairs (from, to) of which an allocation was undone: a person has said no to them once."""
    return {
        (entry.values[1], entry.values[2])
        for entry in ledger.entries
        if isinstance(entry, Custom)
        and entry.kind == "undo"
        and entry.values[:1] == ("allocate",)
        and len(entry.values) > 2
        and isinstance(entry.values[1], str)
        and isinstance(entry.values[2], str)
    }


def read_items(ledger: Ledger) -> Items:
    """All items of the book and all that settles them, known now; one pass over the entries.

    Records come first, in the order they stand, then reversals, then links. A record that asks for more
    than is open counts as far as it goes, and is a problem (D303, D304, D305).
    """
    known = parties(ledger)
    items = list(_read(ledger, known))
    settling = _Settling(ledger, items)
    for record in ledger.records("allocate"):
        settling.by_record(record)
    settling.by_reversals()
    settling.by_links()
    return Items(known, items, settling.allocated, settling.problems)


# Items.


def _read(ledger: Ledger, known: dict[str, Party]) -> Iterator[Item]:
    """The items in order of date, one for each party, control account and commodity of an entry."""
    controls = control_accounts(ledger)
    by_name = _by_name(known)
    index = 0
    for entry in ledger.transactions:
        legs: dict[tuple[str, str, str], list[Posting]] = {}
        for posting in entry.postings:
            if kind := controls.get(posting.account):
                party = _party_of(entry, posting, by_name, kind)
                legs.setdefault((posting.account, party, posting.commodity), []).append(posting)
        for (account, party, commodity), postings in legs.items():
            amount = sum(ledger.minor(posting.number, commodity) for posting in postings)
            if amount:
                meta = ledger.meta(entry)
                issued = _day(meta, "issued") or entry.date
                yield Item(
                    index,
                    ledger.name(entry),
                    entry,
                    _text(meta, "type"),
                    party,
                    controls[account],
                    account,
                    commodity,
                    issued,
                    _day(meta, "due") or _by_terms(issued, known.get(party)),
                    amount,
                    _base(ledger, entry, postings),
                    disputed=_text(meta, "disputed"),
                )
                index += 1


def _by_name(known: dict[str, Party]) -> dict[tuple[str, str], str]:
    """Codes by kind and name in small letters; a name that two parties bear names neither."""
    codes: dict[tuple[str, str], str] = {}
    for party in known.values():
        key = party.kind, party.name.casefold()
        codes[key] = "" if key in codes else party.code
    return codes


def _party_of(entry: Transaction, posting: Posting, by_name: dict[tuple[str, str], str], kind: str) -> str:
    """The code on the posting, else on the entry as posted, else of the party that the payee names."""
    code = _text(posting.meta, "party") or _text(entry.meta, "party")
    if code or not entry.payee:
        return code
    name = entry.payee.casefold()
    other = SUPPLIER if kind == CUSTOMER else CUSTOMER
    return by_name.get((kind, name)) or by_name.get((other, name), "")


def _by_terms(issued: date, party: Party | None) -> date:
    return (due_date(issued, party.terms) if party else None) or issued


def _base(ledger: Ledger, entry: Transaction, postings: list[Posting]) -> int | None:
    total = 0
    for posting in postings:
        base = ledger.base(entry, posting)
        if base is None:
            return None
        total += base
    return total


def _text(meta: Meta, key: str) -> str:
    value = meta.get(key)
    return value if isinstance(value, str) else ""


def _day(meta: Meta, key: str) -> date | None:
    value = meta.get(key)
    return value if isinstance(value, date) else None


def _sign(number: int) -> int:
    return -1 if number < 0 else 1


# Settling.


class _Settling:
    """What is left of each item while allocations are read one after the other."""

    def __init__(self, ledger: Ledger, items: list[Item]) -> None:
        self.ledger = ledger
        self.items = items
        self.left = [item.amount for item in items]
        self.of_entry: dict[int, list[Item]] = {}
        for item in items:
            self.of_entry.setdefault(id(item.entry), []).append(item)
        self.names = Names(ledger)
        self.allocated: list[Allocated] = []
        self.problems: list[Problem] = []

    def by_record(self, record: Record) -> None:
        """Allocate as a record says, as far as it goes; whatever is wrong with it becomes a problem."""
        sides = [self._named(record, index) for index in (0, 1)]
        wanted = self._wanted(record)
        if not all(sides) or wanted is None:
            return
        commodity = record.amount(2)[1]
        pairs = [
            (payer, paid)
            for payer in sides[0]
            for paid in sides[1]
            if _joinable(payer, paid) and payer.commodity == commodity
        ]
        if not pairs:
            message = f"{record.text(0)} cannot settle {record.text(1)}: {_why_not(sides[0], sides[1], commodity)}"
            hint = "an allocation joins a debit and a credit of one party on one control account"
            self.problems.append(error("D304", message, spans.words(record.place), hint))
            return
        left = wanted
        for payer, paid in pairs:
            left -= self._settle(payer, paid, left, record)
        if left:
            could = self.ledger.show(wanted - left, commodity)
            asked = self.ledger.show(wanted, commodity)
            both = f"{record.text(0)} and {record.text(1)}"
            message = f"{asked} {commodity} is allocated, but only {could} was still open between {both}"
            hint = "undo this record and allocate what is open, or undo an earlier one"
            self.problems.append(error("D304", message, spans.value(record.place, 2), hint))

    def _named(self, record: Record, index: int) -> list[Item]:
        name = record.text(index)
        entry = self.ledger.entry(name)
        found = self.of_entry.get(id(entry), []) if entry else []
        if entry is None:
            self.problems.append(self.names.unknown(name, spans.value(record.place, index)))
        elif not found:
            message = f"{name} has no amount on a debtors or creditors account"
            hint = "give the control account its role, or name another entry"
            self.problems.append(error("D303", message, spans.value(record.place, index), hint))
        return found

    def _wanted(self, record: Record) -> int | None:
        number, commodity = record.amount(2)
        try:
            minor = self.ledger.minor(number, commodity)
        except ValueError:
            minor = 0
        if minor > 0 and number > Decimal(0):
            return minor
        message = f"{number} {commodity} cannot be allocated: an allocation is more than zero, in whole minor units"
        hint = "the entry that settles comes first, then what it settles, then how much"
        self.problems.append(error("D305", message, spans.value(record.place, 2), hint))
        return None

    def _settle(self, payer: Item, paid: Item, most: int, record: Record | None = None) -> int:
        """Allocate up to `most` of what is open on both sides; returns how much."""
        minor = min(most, abs(self.left[payer.index]), abs(self.left[paid.index]))
        if minor > 0:
            for item in (payer, paid):
                self.left[item.index] -= minor * _sign(item.amount)
            effect = max(payer.date, paid.date)
            self.allocated.append(Allocated(payer.index, paid.index, minor, effect, record))
        return minor

    def by_reversals(self) -> None:
        """A reversal settles what it reverses, as far as that is open."""
        for item in self.items:
            reverses = _text(item.entry.meta, "reverses")
            entry = self.ledger.entry(reverses) if reverses else None
            for other in self.of_entry.get(id(entry), []) if entry else []:
                if _joinable(item, other):
                    self._settle(item, other, abs(self.left[item.index]))

    def by_links(self) -> None:
        """A link that one invoice shares with its payments allocates them where no record speaks of them."""
        spoken = {record.text(0) for record in self.ledger.records("allocate")}
        spoken |= {payer for payer, _ in undone_pairs(self.ledger)}
        groups: dict[tuple[str, str, str], list[Item]] = {}
        for item in self.items:
            for link in item.entry.links:
                groups.setdefault((link, item.account, item.commodity), []).append(item)
        ready = []
        for (link, *_), group in groups.items():
            invoices = [item for item in group if _is_invoice(item)]
            if len(invoices) == 1 and len(group) > 1:
                ready.append((invoices[0].index, link, invoices[0], group))
        for _, _, invoice, group in sorted(ready, key=lambda row: row[:2]):
            for item in group:
                if item.name not in spoken and _joinable(item, invoice):
                    self._settle(item, invoice, abs(self.left[item.index]))


def _joinable(one: Item, other: Item) -> bool:
    """Whether one may settle the other: opposite signs, one account and commodity, no two different parties."""
    return (
        one.account == other.account
        and one.commodity == other.commodity
        and (one.amount > 0) != (other.amount > 0)
        and (one.party == other.party or not one.party or not other.party)
    )


def _is_invoice(item: Item) -> bool:
    return item.type in INVOICES or (item.natural and item.type not in SETTLING)


def _why_not(payers: list[Item], paid: list[Item], commodity: str) -> str:
    """Why no item of one entry can settle one of another, in a person's words."""
    if not {item.account for item in payers} & {item.account for item in paid}:
        return f"they stand on {payers[0].account} and {paid[0].account}"
    if not any(item.commodity == commodity for item in payers) or not any(i.commodity == commodity for i in paid):
        return f"they are in {payers[0].commodity} and {paid[0].commodity}, the allocation in {commodity}"
    if not {item.party for item in payers} & {item.party for item in paid}:
        return f"they are of {payers[0].party or 'nobody'} and {paid[0].party or 'nobody'}"
    return "both stand on one side"
