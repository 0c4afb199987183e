"""The ledger: booked entries and the few ways to read them. All reports and checks start here.

Amounts are integers of minor units, debit positive. A commodity's scale is the most decimal places it is
posted with anywhere in the book, so that every posting is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from acctkit.journal.entries import (
    Cost,
    Custom,
    Entry,
    Meta,
    Posting,
    PriceEntry,
    Transaction,
)
from acctkit.journal.parser import TWICE, Parsed
from acctkit.journal.roots import ROOTS
from acctkit.ledger.balances import SPECIAL_TYPES, Movement, Movements, Special
from acctkit.ledger.booking import book
from acctkit.ledger.checks import check_entries, read_accounts
from acctkit.ledger.entity import Entity
from acctkit.ledger.mixed import Known
from acctkit.ledger.options import read_options
from acctkit.ledger.padding import pad_and_assert
from acctkit.ledger.plugins import in_order, run_plugins
from acctkit.ledger.records import Record, standing
from acctkit.money import EXACT, format_minor, places_of, round_minor, scale_of, to_minor
from acctkit.period import Period
from acctkit.problem import ERROR, Problem
from acctkit.problem import in_order as by_place
from acctkit.refs import MOST_DIGITS, split_ref

if TYPE_CHECKING:
    from acctkit.ledger.tally import Tally

# Errors in the text that lose the entry they stand in.
LOSING = ("J101", "J102", "J103", "J104", "J105", "J107", "J110")


# Each entry type, and how the refs of its entries begin in books that have none yet.
SERIES = {
    "sales-invoice": "INV",
    "sales-credit": "CRN",
    "purchase-invoice": "BILL",
    "purchase-credit": "BCN",
    "receipt": "RCT",
    "payment": "PAY",
    "refund": "RFD",
    "transfer": "TRF",
    "journal": "JNL",
    "accrual": "ACR",
    "prepayment": "PRE",
    "depreciation": "DEP",
    "revaluation": "FXR",
    "payroll": "PAYR",
    "vat-return": "VAT",
    "opening": "OPN",
    "adjustment": "ADJ",
    "year-end": "YE",
    "reversal": "REV",
}


class Line(NamedTuple):
    """A posting with its transaction, in minor units; `base` is None where it has no base value."""

    entry: Transaction
    posting: Posting
    minor: int
    base: int | None


class Ledger:
    """A book that was read: its entries in order of date, its accounts, records and problems.

    `left_out` counts the entries that could not be read or booked and so are in no figure. With a `tally`, the
    entries it adds up count in scales, asserted balances and the last day, and stand in no list here: such a
    ledger is only asked for what an index holds. `stream` names the files that are appended to, None where all may be.
    """

    def __init__(
        self, files: list[Parsed], entity: Entity, tally: Tally | None = None, stream: Collection[str] | None = None
    ) -> None:
        self.files = files
        self.tally = tally
        self._scales: dict[str, int] = {}
        self._valued: tuple[Transaction | None, dict[int, int | None]] = None, {}
        self._shown: dict[str, int] = {}
        self._bases: dict[int, tuple[Transaction, list[int | None]]] = {}
        self.options, option_problems = read_options(files)
        problems = [problem for parsed in files for problem in parsed.problems] + option_problems
        # Entries and records stand in the order of the stream: what is edited by hand first, then by name, then line.
        self.appended = appended = None if stream is None else set(stream)
        self.stream = sorted(files, key=lambda parsed: _standing(parsed.source.name, appended))
        self.order = {parsed.source.name: index for index, parsed in enumerate(self.stream)}
        entries = [entry for parsed in files for entry in parsed.entries]
        entries = in_order(entries)
        booked = book(entries, self.options)
        problems += booked.problems
        self.left_out = booked.incomplete + sum(map(_loses, problems))
        entries, found = self._run_plugins(booked.entries, booked.lost)
        problems += found
        beside = tally.held if tally else None
        self.entries, found = (entries, []) if self.options.raw else pad_and_assert(entries, self.options, beside)
        problems += found
        self.accounts, found = read_accounts(self.entries, self.options.roots)
        home = (*filter(None, [entity.currency]), *self.options.operating_currencies)
        known = Known(self.entries, home, tally.used if tally else None)
        problems += found + check_entries(self.entries, self.accounts, self.options, known)
        self.entity = entity if entity.currency else self._own_entity(entity)
        customs = [entry for parsed in self.stream for entry in parsed.entries if isinstance(entry, Custom)]
        self._records, found = standing(customs)
        self._amend_accounts()
        self.problems = by_place(problems + found)

    def _amend_accounts(self) -> None:
        """Give accounts the metadata that `amend` records have given them since."""
        for record in self.records("amend"):
            info = self.accounts.get(record.text(0))
            if info is not None and len(record.values) == 1:
                self.accounts[info.name] = replace(info, meta={**info.meta, **record.meta})

    def _run_plugins(self, entries: list[Entry], lost: list[Entry]) -> tuple[list[Entry], list[Problem]]:
        """What beancount's plugins make of the entries; they do not see the ones that could not be booked."""
        if not any(parsed.plugins for parsed in self.files):
            return entries, []
        without = {id(entry) for entry in lost}
        seen, problems = run_plugins(self.files, [en for en in entries if id(en) not in without], self.options)
        return in_order([*seen, *lost]) if lost else seen, problems

    def _own_entity(self, entity: Entity) -> Entity:
        """Books without acct.toml: the base is the first operating currency, else what is used most."""
        currencies = self.options.operating_currencies
        if currencies:
            base = currencies[0]
        else:
            used = Counter(p.commodity for t in self.transactions for p in t.postings)
            used += self.tally.used if self.tally else Counter()
            base = min(used, key=lambda c: (-used[c], c)) if used else ""
        return Entity(entity.name or self.options.title, base, entity.year_end, entity.vat)

    # Entries.

    @property
    def last_day(self) -> date | None:
        """The day of the last transaction, None where there is none."""
        days = [self.transactions[-1].date] if self.transactions else []
        days += [self.tally.last_day] if self.tally and self.tally.last_day else []
        return max(days, default=None)

    @cached_property
    def transactions(self) -> list[Transaction]:
        """The booked transactions in order of date."""
        return [entry for entry in self.entries if isinstance(entry, Transaction)]

    @cached_property
    def _names(self) -> tuple[dict[str, Transaction], dict[int, str]]:
        by_name: dict[str, Transaction] = {}
        names: dict[int, str] = {}
        used: dict[str, int] = {}
        in_book_order = sorted(self.transactions, key=lambda t: (self.order.get(t.source.name, 0), t.line))
        for entry in in_book_order:
            ref = entry.meta.get("ref")
            name = ref if isinstance(ref, str) and ref else entry.digest
            if name in by_name and not isinstance(ref, str):
                number = used.get(name, 2)
                while f"{name}-{number}" in by_name:
                    number += 1
                used[name] = number + 1
                name = f"{name}-{number}"
            by_name.setdefault(name, entry)
            names[id(entry)] = name
        return by_name, names

    def entry(self, name: str) -> Transaction | None:
        """The transaction of that ref or id."""
        return self._names[0].get(name)

    def name(self, entry: Transaction) -> str:
        """The ref of a transaction, else its id."""
        return self._names[1][id(entry)]

    @cached_property
    def names(self) -> list[str]:
        """Every ref and id."""
        return list(self._names[0])

    def next_refs(self, entry_type: str, count: int = 1) -> list[str]:
        """The next free refs of the series that entries of a type are numbered in.

        The series is that of the type's latest entry, else the type's own prefix from 0001.
        """
        latest = [t for t in self.transactions if t.type == entry_type and isinstance(t.meta.get("ref"), str)]
        last = max(latest, key=lambda t: (self.order.get(t.source.name, 0), t.line), default=None)
        prefix, width = numbering(entry_type, str(last.meta["ref"]) if last else "")
        number = 0
        for name in self.names:
            digits = name[len(prefix) :]
            if name.startswith(prefix) and digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS:
                number = max(number, int(digits))
        return [f"{prefix}{number + step:0{width}d}" for step in range(1, count + 1)]

    def meta(self, entry: Transaction) -> Meta:
        """An entry's metadata as amended since."""
        return self._amended.get(self.name(entry), entry.meta)

    @cached_property
    def _amended(self) -> dict[str, Meta]:
        amended: dict[str, Meta] = {}
        for record in self.records("amend"):
            name = record.text(0)
            entry = self.entry(name)
            if entry is not None and len(record.values) == 1:
                amended[name] = {**amended.get(name, entry.meta), **record.meta}
        return amended

    def records(self, *kinds: str) -> list[Record]:
        """The standing records of these kinds, or all, in the order they stand in the journal."""
        return [record for record in self._records if not kinds or record.kind in kinds]

    def prices(self) -> list[PriceEntry]:
        """The price directives, in order of date."""
        return [entry for entry in self.entries if isinstance(entry, PriceEntry)]

    # Accounts and roles.

    @cached_property
    def _roles(self) -> dict[str, str]:
        found = ((name, info.meta.get("role")) for name, info in self.accounts.items())
        return {name: role for name, role in found if isinstance(role, str)}

    def role(self, account: str) -> str:
        """The role of an account, its own or the nearest above it; "" where there is none."""
        while account:
            if account in self._roles:
                return self._roles[account]
            account = account.rpartition(":")[0]
        return ""

    def with_role(self, *roles: str) -> list[str]:
        """The accounts of these roles, in the order they were opened."""
        return [name for name in self.accounts if self.role(name) in roles]

    def kind(self, account: str) -> str:
        """Assets, Liabilities, Equity, Income or Expenses, whatever the book calls them."""
        root = account.partition(":")[0]
        return ROOTS[self.options.roots.index(root)] if root in self.options.roots else ""

    # Amounts.

    @cached_property
    def _digits(self) -> dict[str, Counter[int]]:
        digits: dict[str, Counter[int]] = {}
        for entry in self.transactions:
            for posting in entry.postings:
                digits.setdefault(posting.commodity, Counter())[scale_of(posting.number)] += 1
        for commodity, counted in self.tally.digits.items() if self.tally else ():
            digits.setdefault(commodity, Counter()).update(counted)
        return digits

    def scale(self, commodity: str) -> int:
        """How many decimal places a minor unit of the commodity has in this book."""
        scale = self._scales.get(commodity)
        if scale is None:
            scale = self._scales[commodity] = self._scale(commodity)
        return scale

    def _scale(self, commodity: str) -> int:
        counted = self._digits.get(commodity)
        tallied = self.tally.places.get(commodity, 0) if self.tally else 0
        return max(self.shown(commodity), places_of(commodity) or 0, tallied, *(counted or ()))

    def shown(self, commodity: str) -> int:
        """How many decimal places the commodity is written with: a currency's own, else the most usual, else 2."""
        shown = self._shown.get(commodity)
        if shown is None:
            shown = self._shown[commodity] = self._count_shown(commodity)
        return shown

    def _count_shown(self, commodity: str) -> int:
        if commodity in self.options.display_digits:
            return self.options.display_digits[commodity]
        counted = self._digits.get(commodity)
        places = places_of(commodity)
        if places is not None or not counted:
            return 2 if places is None else places
        return max(counted, key=lambda used: (counted[used], used))

    def minor(self, number: Decimal, commodity: str) -> int:
        """A number of the commodity in minor units; raises ValueError where it has more places."""
        return to_minor(number, self.scale(commodity))

    def show(self, minor: int, commodity: str, *, grouped: bool = False) -> str:
        """An amount as text, with at least the places the commodity is usually written with."""
        return format_minor(minor, self.scale(commodity), self.shown(commodity), grouped=grouped)

    def bases(self, entry: Transaction) -> list[int | None]:
        """Each posting's value in base currency: its weight, rounded half up to the currency's minor unit.

        None where it weighs in another currency. What rounding leaves over in an entry that balances goes to its
        largest foreign leg, so that it balances in base currency too.
        """
        kept = self._bases.get(id(entry))
        if kept is None or kept[0] is not entry:
            kept = self._bases[id(entry)] = entry, self._value(entry)
        return kept[1]

    def _value(self, entry: Transaction) -> list[int | None]:
        weights = [self._base_weight(posting) for posting in entry.postings]
        scale, places = self.scale(self.entity.currency), self._base_places
        bases = [
            None if weight is None else round_minor(round_to(weight, places) if is_foreign else weight, scale)
            for weight, is_foreign in weights
        ]
        rest = sum(value for value in bases if value is not None)
        foreign = [i for i, (weight, is_foreign) in enumerate(weights) if is_foreign and weight is not None]
        if rest and foreign and None not in bases and abs(rest) <= len(bases) * 10 ** (scale - places):
            largest = max(foreign, key=lambda i: abs(bases[i] or 0))
            bases[largest] = (bases[largest] or 0) - rest
        return bases

    def base(self, entry: Transaction, posting: Posting) -> int | None:
        """The value in base currency of one posting of an entry; see `bases`. Those of an entry are asked in a row."""
        if self._valued[0] is not entry:
            own = zip(entry.postings, self.bases(entry), strict=True)
            self._valued = entry, {id(other): value for other, value in own}
        return self._valued[1][id(posting)]

    @cached_property
    def _base_places(self) -> int:
        """The decimal places base values are kept in: those of the currency's minor unit, whatever is posted."""
        currency = self.entity.currency
        places = places_of(currency)
        return self.shown(currency) if places is None else places

    def _base_weight(self, posting: Posting) -> tuple[Decimal | None, bool]:
        """What a posting weighs in base currency (None: it weighs in another), and whether it is foreign money.

        An amount in base currency is kept as it was posted, to its last digit.
        """
        currency = self.entity.currency
        number, commodity = posting.number, posting.commodity
        cost, price = posting.cost, posting.price
        is_foreign = commodity != currency
        if isinstance(cost, Cost):
            number, commodity = EXACT.multiply(number, cost.number), cost.commodity
        elif price is not None and price.number is not None and is_foreign:
            commodity = price.commodity or ""
            number = price.number.copy_sign(number) if price.is_total else EXACT.multiply(number, price.number)
        return (number if commodity == currency else None), is_foreign

    # Postings.

    def lines(self, *, account: str | None = None, period: Period | None = None) -> Iterator[Line]:
        """Postings in order of date: of an account and those below it, or of all; within a period, or ever."""
        below = f"{account}:" if account else ""
        for entry in self.transactions:
            if period is not None and entry.date not in period:
                continue
            wanted = [account is None or p.account == account or p.account.startswith(below) for p in entry.postings]
            if not any(wanted):
                continue
            for posting, base, is_wanted in zip(entry.postings, self.bases(entry), wanted, strict=True):
                if is_wanted:
                    yield Line(entry, posting, self.minor(posting.number, posting.commodity), base)

    def movements(self, period: Period) -> Movements:
        """What moved on each account in each commodity, by accounting date alone.

        Opening is all before the period. Postings after its end are left out.
        """
        sums: dict[tuple[str, str], list[int | None]] = {}
        for line in self.lines(period=Period(None, period.end)):
            row = sums.setdefault((line.posting.account, line.posting.commodity), [0] * 6)
            before = period.begin is not None and line.entry.date < period.begin
            column = 0 if before else 1 if line.minor > 0 else 2
            sign = -1 if column == 2 else 1
            row[column] += sign * line.minor  # type: ignore[operator]
            held = row[column + 3]
            row[column + 3] = None if held is None or line.base is None else held + sign * line.base
        return {key: Movement(*row) for key, row in sums.items()}  # type: ignore[arg-type]

    def specials(self) -> list[Special]:
        """The postings of opening and year-end entries, and of what reverses them."""
        special = {id(entry): kind for entry in self.transactions if (kind := self._special_type(entry))}
        if not special:
            return []
        return [
            Special(
                line.entry.date,
                special[id(line.entry)],
                line.posting.account,
                line.posting.commodity,
                line.minor,
                line.base,
            )
            for line in self.lines()
            if id(line.entry) in special
        ]

    def _special_type(self, entry: Transaction) -> str:
        """The type of an opening or year-end entry or of one that is reversed by it, "" for any other."""
        reverses = entry.meta.get("reverses")
        if entry.type == "reversal" and isinstance(reverses, str) and (other := self.entry(reverses)):
            return other.type if other.type in SPECIAL_TYPES else ""
        return entry.type if entry.type in SPECIAL_TYPES else ""


def _loses(problem: Problem) -> bool:
    """Whether a problem of the text loses the entry it stands in."""
    return problem.code in LOSING and problem.severity == ERROR and TWICE not in problem.message


def _standing(name: str, stream: set[str] | None) -> tuple[bool, int, str]:
    """Where a file stands in the order of a book: after all that is outside the stream, folder by folder."""
    return stream is not None and name in stream, name.count("/"), name


def numbering(entry_type: str, latest: str) -> tuple[str, int]:
    """How the refs of a type begin and how many digits they have at least, by its latest entry's ref ("": none)."""
    prefix, digits = split_ref(latest)
    return (prefix, len(digits)) if digits else (f"{SERIES.get(entry_type, 'JNL')}-", 4)


def round_to(number: Decimal, places: int) -> Decimal:
    """A number rounded half away from zero to so many places."""
    return Decimal(round_minor(number, places)).scaleb(-places)
