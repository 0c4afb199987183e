"""One neutral table of a period's books, from which every export for an authority is written.

Amounts are base currency in minor units. Every text in it is one line that can be printed: blanks of any kind
are one blank, and control characters are shown escaped, as on a screen, so that no format can carry them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from acctkit.audit.seals import Chain, Seal
from acctkit.journal.entries import Posting, Transaction
from acctkit.ledger.items import Item, Items, party_reader, read_items
from acctkit.ledger.ledger import Ledger
from acctkit.money import format_minor, places_of
from acctkit.period import Period, financial_year, parse_day
from acctkit.problem import Problem, Refusal, error, refusal

SALES, PURCHASES, BANK, PAYROLL = "sales", "purchases", "bank", "payroll"
OPENING, CLOSING, GENERAL = "opening", "closing", "general"
RESULTS = ("Income", "Expenses")
_JOURNALS = {
    "sales-invoice": SALES, "sales-credit": SALES, "purchase-invoice": PURCHASES, "purchase-credit": PURCHASES,
    "receipt": BANK, "payment": BANK, "refund": BANK, "transfer": BANK, "payroll": PAYROLL, "opening": OPENING,
    "year-end": CLOSING,
}  # fmt: skip
_MONEY_ROLES = ("bank", "cash", "card")
_MOST_NAMED = 5  # entries named in one refusal
_LETTERS = 26
_SHORTEST = 3  # letters of a letter


class Leg(NamedTuple):
    """One line of an entry: its account's code, the party on it and of which kind, debit and credit.

    `foreign` is the amount in `currency` as decimal text, debit positive, "" where it is in base currency. `letter`
    is the same on all lines that settle one another in full by the end of the period, since `lettered`.
    """

    account: str
    kind: str
    party: str
    debit: int
    credit: int
    foreign: str = ""
    currency: str = ""
    vat: str = ""
    letter: str = ""
    lettered: date | None = None


class Voucher(NamedTuple):
    """One entry: its ref or id, journal, type, day, the document behind it and its day, words, seal and lines."""

    ref: str
    journal: str
    type: str
    day: date
    document: str
    issued: date
    text: str
    seal: Seal | None
    legs: tuple[Leg, ...]

    @property
    def sealed(self) -> date | None:
        """The day of its seal: from then on it could not be changed unseen."""
        return parse_day(self.seal.time[:10]) if self.seal else None


class AccountRow(NamedTuple):
    """An account that was used: code, name, kind, the day it was opened, its opening balance and what moved."""

    code: str
    name: str
    kind: str
    opened: date | None
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """The balance at the end of the period."""
        return self.opening + self.debit - self.credit


class PartyRow(NamedTuple):
    """A customer or supplier that the entries or openings name, on the code of one control account."""

    code: str
    name: str
    kind: str
    vat_number: str
    account: str
    opening: int
    closing: int


class OpenRow(NamedTuple):
    """An item that is open at the end of the period: its entry, party, days, and what is open, debit positive."""

    ref: str
    kind: str
    party: str
    account: str
    issued: date
    due: date
    amount: str
    currency: str


class Authority(NamedTuple):
    """The table: whose books, the period, accounts, parties, entries in the order they were sealed, open items.

    `parties` has a row for each party and control account. `open_items` are those at the end of the period.
    """

    name: str
    currency: str
    scale: int
    places: int
    begin: date
    last: date
    head: str
    accounts: tuple[AccountRow, ...]
    parties: tuple[PartyRow, ...]
    vouchers: tuple[Voucher, ...]
    open_items: tuple[OpenRow, ...]

    def amount(self, minor: int, point: str = ".") -> str:
        """An amount as decimal text, each with the same number of places."""
        return format_minor(minor, self.scale, self.places).replace(".", point)

    @property
    def debit(self) -> int:
        """The debits of all entries."""
        return sum(leg.debit for voucher in self.vouchers for leg in voucher.legs)

    @property
    def lines(self) -> int:
        """How many lines the entries have."""
        return sum(len(voucher.legs) for voucher in self.vouchers)


def read_authority(ledger: Ledger, chain: Chain, stream: Iterable[str], period: Period) -> Authority:
    """The table of a period with two ends; `stream` names the files whose entries are under seal.

    Raises Refusal X907 where the books cannot be told to an authority as they stand, with all that stands against it.
    """
    if period.begin is None or period.last is None:
        raise refusal("X907", "the period has no two ends", "name it: -p 2026, or -p 2025-04..2026-03")
    reading = _Reading(ledger, chain, frozenset(stream), period.begin, period.last)
    vouchers = tuple(reading.vouchers())
    reading.require_sound()
    accounts = tuple(reading.account_rows())
    amounts = [value for row in accounts for value in (row.opening, row.debit, row.credit)]
    amounts += [value for voucher in vouchers for leg in voucher.legs for value in (leg.debit, leg.credit)]
    currency = ledger.entity.currency
    return Authority(
        plain(ledger.entity.name), currency, ledger.scale(currency), _places(ledger, amounts),
        period.begin, period.last,
        f"{chain.seals[-1].number}:{chain.head}" if chain.seals else "",
        accounts, tuple(reading.party_rows()), vouchers, tuple(reading.open_rows()),
    )  # fmt: skip


def plain(text: str) -> str:
    """A text on one line: every run of blanks is one, and what cannot be printed is shown escaped."""
    text = " ".join(text.split())
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _places(ledger: Ledger, amounts: list[int]) -> int:
    """The decimal places all amounts are written with: those of the currency, or what the finest of them needs."""
    currency = ledger.entity.currency
    scale = ledger.scale(currency)
    places = min(ledger.shown(currency), scale)
    while places < scale and any(amount % 10 ** (scale - places) for amount in amounts):
        places += 1
    return places


class _Reading:
    """Reading a ledger into the table: balances by account and party, and what stands against it."""

    def __init__(self, ledger: Ledger, chain: Chain, stream: frozenset[str], begin: date, last: date) -> None:
        self.ledger, self.chain, self.stream = ledger, chain, stream
        self.begin, self.last = begin, last
        year_end = ledger.entity.year_end
        self.year_begin = (financial_year(begin, year_end).begin if year_end else None) or begin
        self.codes = _codes(ledger)
        self.party_of = party_reader(ledger)
        self.items = read_items(ledger)
        self.letters = _letters(self.items, last)
        self.opening: dict[tuple[str, str, str], int] = {}  # by account, kind and party
        self.moved: dict[tuple[str, str, str], list[int]] = {}
        self.unbalanced: list[Transaction] = []
        self.valueless: list[Transaction] = []

    def vouchers(self) -> Iterator[Voucher]:
        """The entries of the period in the order of their seals; what was before adds to the openings."""
        inside = []
        for entry in self.ledger.transactions:
            if entry.date > self.last:
                continue
            bases = self.ledger.bases(entry)
            if None in bases:
                self.valueless.append(entry)
            elif sum(base or 0 for base in bases):
                self.unbalanced.append(entry)
            elif entry.date < self.begin:
                self._carry(entry, bases)
            else:
                inside.append((entry, bases, self._seal(entry)))
        unsealed, order = self.chain.next_number, self.ledger.order
        inside.sort(
            key=lambda row: (row[2].number if row[2] else unsealed, order.get(row[0].source.name, 0), row[0].line)
        )
        for entry, bases, seal in inside:
            yield self._voucher(entry, bases, seal)

    def _seal(self, entry: Transaction) -> Seal | None:
        return self.chain.seal_over(entry.source.name, entry.line) if entry.source.name in self.stream else None

    def _carry(self, entry: Transaction, bases: list[int | None]) -> None:
        """Add an entry before the period to the openings: the results of earlier years to retained earnings."""
        for posting, base in zip(entry.postings, bases, strict=True):
            account = posting.account
            if entry.date < self.year_begin and self.ledger.kind(account) in RESULTS:
                account = "\0"
            key = account, *self.party_of(entry, posting)
            self.opening[key] = self.opening.get(key, 0) + (base or 0)

    def _voucher(self, entry: Transaction, bases: list[int | None], seal: Seal | None) -> Voucher:
        ledger = self.ledger
        meta = ledger.meta(entry)
        name = ledger.name(entry)
        issued, theirs = meta.get("issued"), meta.get("their-ref")
        words = ", ".join(text for text in (entry.payee, entry.narration) if text and text.strip())
        document = plain(theirs) if isinstance(theirs, str) else ""
        legs = tuple(self._leg(entry, posting, base or 0) for posting, base in zip(entry.postings, bases, strict=True))
        return Voucher(
            plain(name), _journal(ledger, entry), plain(entry.type), entry.date, document or plain(name),
            issued if isinstance(issued, date) else entry.date, plain(words) or plain(name), seal, legs,
        )  # fmt: skip

    def _leg(self, entry: Transaction, posting: Posting, base: int) -> Leg:
        ledger = self.ledger
        kind, party = self.party_of(entry, posting)
        moved = self.moved.setdefault((posting.account, kind, party), [0, 0])
        moved[0] += max(base, 0)
        moved[1] += max(-base, 0)
        letter, since = self.letters.get((id(entry), posting.account, party, posting.commodity), ("", None))
        currency = posting.commodity
        is_foreign = currency != ledger.entity.currency and places_of(currency) is not None
        vat = posting.meta.get("vat")
        return Leg(
            self.codes[posting.account], kind, plain(party), max(base, 0), max(-base, 0),
            ledger.show(ledger.minor(posting.number, currency), currency) if is_foreign else "",
            currency if is_foreign else "", plain(vat) if isinstance(vat, str) else "", letter, since,
        )  # fmt: skip

    def require_sound(self) -> None:
        """Raise Refusal X907 with what stands against the table; put what earlier years earned where it belongs."""
        found = [
            *_against(self.ledger, self.valueless, f"has no value in {self.ledger.entity.currency or 'one currency'}",
                      "give the posting a price in base currency: reverse the entry and post it again"),
            *_against(self.ledger, self.unbalanced, "balances only within the tolerance, and authorities allow none",
                      "post the difference to an account of role rounding: reverse the entry and post it again"),
            *self._retain(),
        ]  # fmt: skip
        used = {account for account, *_ in (*self.opening, *self.moved)}
        shared: dict[str, list[str]] = {}
        for account in sorted(used):
            shared.setdefault(self.codes[account], []).append(account)
        for code, accounts in shared.items():
            if len(accounts) > 1:
                message = f"{' and '.join(accounts)} share the nominal code {code}"
                hint = f'give one another: custom "amend" "{accounts[-1]}" with nominal: "..."'
                found.append(error("X907", message, None, hint))
        if found:
            raise Refusal(*found)

    def _retain(self) -> list[Problem]:
        earned = {key: value for key, value in self.opening.items() if key[0] == "\0"}
        for key in earned:
            del self.opening[key]
        total = sum(earned.values())
        if not total:
            return []
        own = [name for name, info in self.ledger.accounts.items() if info.meta.get("role") == "retained-earnings"]
        if not own:
            message = "the results of earlier years are on no account"
            return [error("X907", message, None, 'give an equity account the role "retained-earnings"')]
        key = own[0], "", ""
        self.opening[key] = self.opening.get(key, 0) + total
        return []

    def account_rows(self) -> Iterator[AccountRow]:
        """The accounts with a balance or a line, by code."""
        sums: dict[str, list[int]] = {}
        for (account, *_), value in self.opening.items():
            sums.setdefault(account, [0, 0, 0])[0] += value
        for (account, *_), (debit, credit) in self.moved.items():
            row = sums.setdefault(account, [0, 0, 0])
            row[1] += debit
            row[2] += credit
        for account in sorted(sums, key=lambda name: self.codes[name]):
            info = self.ledger.accounts.get(account)
            name = plain(account.partition(":")[2].replace(":", ", ")) or account
            opened = info.opened if info else None
            yield AccountRow(self.codes[account], name, self.ledger.kind(account), opened, *sums[account])

    def party_rows(self) -> Iterator[PartyRow]:
        """The parties with a balance or a line on a control account, by kind, code and account."""
        keys = {key for key in (*self.opening, *self.moved) if key[1] and key[2]}
        for key in sorted(keys, key=lambda key: (key[1], key[2], self.codes[key[0]])):
            account, kind, code = key
            party = self.items.parties.get(code)
            opening = self.opening.get(key, 0)
            debit, credit = self.moved.get(key, (0, 0))
            name, number = (party.name, party.vat_number) if party else (code, "")
            yield PartyRow(
                plain(code), plain(name), kind, plain(number), self.codes[account], opening, opening + debit - credit
            )

    def open_rows(self) -> Iterator[OpenRow]:
        """The items that are open at the end of the period."""
        for item in self.items.as_at(self.last):
            if item.open:
                amount = self.ledger.show(item.open, item.commodity)
                yield OpenRow(
                    plain(item.name), item.kind, plain(item.party), self.codes[item.account], item.issued, item.due,
                    amount, item.commodity,
                )  # fmt: skip


def _against(ledger: Ledger, entries: list[Transaction], why: str, hint: str) -> list[Problem]:
    """A problem for each of the first few entries something stands against, and how many more there are."""
    names = [(ledger.name(entry), entry.place) for entry in entries]
    found = [error("X907", f"{name} {why}", place, hint) for name, place in names[:_MOST_NAMED]]
    if more := len(names) - len(found):
        found.append(error("X907", f"{more} more entries like these", names[_MOST_NAMED][1], hint))
    return found


def _codes(ledger: Ledger) -> dict[str, str]:
    """Each account's nominal code, else its name."""
    codes = {}
    for account in {p.account for entry in ledger.transactions for p in entry.postings} | set(ledger.accounts):
        info = ledger.accounts.get(account)
        nominal = info.meta.get("nominal") if info else None
        codes[account] = (plain(nominal) if isinstance(nominal, str) else "") or account
    return codes


def _journal(ledger: Ledger, entry: Transaction) -> str:
    """The journal an entry belongs to: by its type, that of what it reverses, or the money it moves."""
    reverses = entry.meta.get("reverses")
    seen = {id(entry)}
    while entry.type == "reversal" and isinstance(reverses, str) and (other := ledger.entry(reverses)):
        if id(other) in seen:
            break
        seen.add(id(other))
        entry, reverses = other, other.meta.get("reverses")
    if entry.type in _JOURNALS:
        return _JOURNALS[entry.type]
    moves = not entry.type and any(ledger.role(posting.account) in _MONEY_ROLES for posting in entry.postings)
    return BANK if moves else GENERAL


def _letters(items: Items, last: date) -> dict[tuple[int, str, str, str], tuple[str, date]]:
    """A letter and its day for the items that settle one another in full by a day."""
    above = {item.index: item.index for item in items.items}

    def top(index: int) -> int:
        while above[index] != index:
            above[index] = above[above[index]]
            index = above[index]
        return index

    known = [one for one in items.allocated if one.date <= last]
    for one in known:
        above[max(top(one.payer), top(one.paid))] = min(top(one.payer), top(one.paid))
    since: dict[int, date] = {}
    for one in known:
        since[top(one.payer)] = max(one.date, since.get(top(one.payer), one.date))
    groups: dict[int, list[Item]] = {}
    for item in items.as_at(last):
        if top(item.index) in since:
            groups.setdefault(top(item.index), []).append(item)
    whole = [index for index in sorted(groups) if not any(item.open for item in groups[index])]
    return {
        (id(item.entry), item.account, item.party, item.commodity): (_letter(number), since[index])
        for number, index in enumerate(whole)
        for item in groups[index]
    }


def _letter(number: int) -> str:
    """AAA, AAB, AAC and so on; four letters once three are used up."""
    letters = ""
    while number or len(letters) < _SHORTEST:
        number, rest = divmod(number, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def carried(table: Authority) -> list[Leg]:
    """The openings as lines of one entry: a control account's by party, what is on no party by itself."""
    legs = []
    by_party: dict[str, int] = {}
    for party in table.parties:
        if party.opening:
            by_party[party.account] = by_party.get(party.account, 0) + party.opening
            legs.append(_opening_leg(party.account, party.opening, party.kind, party.code))
    for account in table.accounts:
        rest = account.opening - by_party.get(account.code, 0)
        if rest:
            legs.append(_opening_leg(account.code, rest))
    return sorted(legs, key=lambda leg: (leg.account, leg.party))


def _opening_leg(account: str, minor: int, kind: str = "", party: str = "") -> Leg:
    return Leg(account, kind, party, max(minor, 0), max(-minor, 0))


def cell(text: str) -> str:
    """A text of a delimited file: one that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
