"""The demonstration company's books while they are being made: days, entries, what is still open.

`Books` gathers entries and records as they come, each with the day it was posted; they are numbered
once all are there. Below it stand the documents of which trading is made: invoices, bills, payments.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import demo_data as data
from demo_text import Clearing, Entry, Line, Money, Posting, Record, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from demo_text import Value

CURRENT, EURO, SAVINGS, CARD = (
    "Assets:Bank:Current",
    "Assets:Bank:Euro",
    "Assets:Bank:Savings",
    "Liabilities:Card",
)
DEBTORS, CREDITORS = "Assets:Debtors", "Liabilities:Creditors"
OUTPUT, INPUT = "Liabilities:VAT:Output", "Liabilities:VAT:Input"
GAINS = "Income:ExchangeGains"
PARTIES = {party.code: party for party in (*data.CUSTOMERS, *data.SUPPLIERS)}
OUTSIDE = {"vat": "O"}
POSTING_DAYS = (1, 4)  # Tuesday and Friday
MORNING, IMPORT, RECONCILE, DIRECTOR = range(4)  # the day's appends, in order
ORDER, SALE, BILL, CASH, JOURNAL, DECISION = range(6)  # the order within an append


# --- days -----------------------------------------------------------------------------------------


def is_open(day: date) -> bool:
    """Tell whether banks are open."""
    return day.weekday() < 5 and day not in data.BANK_HOLIDAYS


def on_or_after(day: date, extra: int = 0) -> date:
    """Give the working day on or after a day, and `extra` working days more."""
    while not is_open(day):
        day += timedelta(1)
    for _ in range(extra):
        day = on_or_after(day + timedelta(1))
    return day


def on_or_before(day: date) -> date:
    """Give the working day on or before a day."""
    while not is_open(day):
        day -= timedelta(1)
    return day


def session(day: date) -> date:
    """Give the first bookkeeping day on or after a day."""
    while not is_open(day) or day.weekday() not in POSTING_DAYS:
        day += timedelta(1)
    return day


def month_end(day: date) -> date:
    """Give the last day of a day's month."""
    return (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)


def months(last: date = data.YEAR_END) -> Iterator[date]:
    """Give the first day of each month from the first to the last."""
    day = data.FIRST
    while day <= last:
        yield day
        day = month_end(day) + timedelta(1)


def due_day(party: str, issued: date) -> date:
    """Give the day an invoice falls due under a party's terms."""
    terms = PARTIES[party].terms
    due = issued + timedelta(int(terms.split()[0]))
    return month_end(due) if "end of month" in terms else due


def euro_rate(day: date) -> int:
    """Give the rate of the last month end, in ten-thousandths."""
    return max((when, rate) for when, rate in data.EURO.items() if when <= day)[1]


def in_pounds(cents: int, rate: int) -> int:
    """Change euro cents into pence, rounding half up away from zero."""
    value = (abs(cents) * rate + 5000) // 10000
    return value if cents >= 0 else -value


def short(party: str) -> str:
    """Give a name as a bank cuts it."""
    name = PARTIES[party].name.upper().replace("&", "AND")
    for tail in (" LTD", " LLP", " CIC", " SARL", " BV", " DAC", " GMBH", " INC"):
        name = name.removesuffix(tail)
    return name[:18].strip()


# --- the books being made -------------------------------------------------------------------------


class Books:
    """Entries and records as they come, with what is still open on each invoice and bill."""

    def __init__(self) -> None:
        self.rng = random.Random(20250401)
        self.items: list[Entry | Record] = []
        self.open: dict[Entry, int] = {}
        self.named: dict[str, Entry] = {}
        self.unbooked: list[tuple[str, Line]] = []
        self.statements: dict[str, Statement] = {}
        self.their_refs: dict[str, int] = {}
        self.cheque = 205
        self.goods = 0

    def add(self, entry: Entry) -> Entry:
        """Take an entry."""
        self.items.append(entry)
        return entry

    def record(
        self, when: date, *words: Value, posted: date | None = None, slot: int = MORNING,
        rank: int = DECISION, meta: dict[str, Value] | None = None, cites: tuple[Entry, ...] = (),
        head: str = "custom",
    ) -> None:  # fmt: skip
        """Take a record."""
        self.items.append(Record(when, words, posted or session(when), slot, rank, meta or {}, cites, head))

    def journal(
        self, when: date, kind: str, series: str, text: str, legs: Iterable[tuple[str, int]], posted: date,
        payee: str = data.TITLE, slot: int = MORNING,
    ) -> Entry:  # fmt: skip
        """Post a journal between accounts in pounds; income and expense are outside the scope of VAT."""
        postings = [
            Posting(account, minor, meta=dict(OUTSIDE) if account.startswith(("Income", "Expenses")) else {})
            for account, minor in legs if minor
        ]  # fmt: skip
        return self.add(Entry(when, kind, series, payee, text, postings, posted, slot, JOURNAL))

    def entries(self) -> list[Entry]:
        """Give the entries, in the order of posting."""
        return [item for item in self.ordered() if isinstance(item, Entry)]

    def ordered(self) -> list[Entry | Record]:
        """Give everything in the order of posting."""
        return sorted(self.items, key=lambda item: (item.posted, item.slot, item.rank, item.when))

    def number(self) -> None:
        """Give every entry its ref, in the order of posting."""
        counts: dict[str, int] = {}
        for entry in self.entries():
            counts[entry.series] = counts.get(entry.series, 0) + 1
            entry.ref = f"{entry.series}-{counts[entry.series]:04d}"

    def balance(self, account: str, to: date, attribute: str = "minor") -> int:
        """Sum one account's postings dated to a day, in its own units or (`base`) in pounds."""
        return sum(
            getattr(p, attribute) for e in self.entries() for p in e.postings if p.account == account and e.when <= to
        )


def invoice(
    books: Books, party: str, when: date, lines: Iterable[tuple[str, str, str, int]], currency: str = "GBP",
    kind: str = "sales-invoice",
) -> Entry:  # fmt: skip
    """Post a sales invoice or credit note; lines are account, VAT code, description, net."""
    lines = list(lines)
    sign = 1 if kind == "sales-invoice" else -1
    rate = euro_rate(when) if currency == "EUR" else 10000
    vat = sum((net + 2) // 5 for _, code, _, net in lines if code == "S")
    total = sum(net for *_, net in lines) + vat
    postings = [Posting(DEBTORS, sign * total, currency, sign * in_pounds(total, rate))]
    postings += [Posting(acct, -sign * in_pounds(net, rate), meta={"vat": code}) for acct, code, _, net in lines]
    if vat:
        postings.append(Posting(OUTPUT, -sign * vat, meta={"vat": "S"}))
    text = "; ".join(words for _, _, words, _ in lines)
    meta: dict[str, Value] = {"party": party, "due": due_day(party, when)}
    series = "INV" if sign == 1 else "CRN"
    entry = books.add(
        Entry(when, kind, series, PARTIES[party].name, text, postings, session(when), rank=SALE, meta=meta)
    )
    books.open[entry] = total
    return entry


def their_ref(books: Books, party: str) -> str:
    """Give a supplier's next invoice number, in that supplier's own style."""
    books.their_refs[party] = books.their_refs.get(party, books.rng.randrange(1200, 31000)) + books.rng.randrange(3, 40)
    count = books.their_refs[party]
    style = sum(map(ord, party)) % 4
    return (f"{party[:2]}-{count}", f"{party[:3]}/{count}", f"INV{count:06d}", f"{count}")[style]


def bill(
    books: Books, party: str, issued: date, text: str, lines: Iterable[tuple[str, str, int]], delay: int = 0,
    entered: date | None = None, extra: Iterable[dict[str, Value]] = (), currency: str = "GBP",
) -> Entry:  # fmt: skip
    """Post a supplier's bill; lines are account, VAT code, net. `entered` is a later accounting date."""
    lines = list(lines)
    when = entered or issued
    rate = euro_rate(when) if currency == "EUR" else 10000
    vat = sum((net + 2) // 5 for _, code, net in lines if code == "S")
    total = sum(net for *_, net in lines) + vat
    notes = [*extra, *({} for _ in lines)]
    meta: dict[str, Value] = {"their-ref": their_ref(books, party)}
    if entered:
        meta["issued"] = issued
    meta |= {"party": party, "due": due_day(party, issued)}
    postings = [Posting(CREDITORS, -total, currency, -in_pounds(total, rate))]
    postings += [
        Posting(account, in_pounds(net, rate), meta={"vat": code} | note)
        for (account, code, net), note in zip(lines, notes, strict=False)
    ]
    if vat:
        postings.append(Posting(INPUT, vat, meta={"vat": "S"}))
    posted = session(when + timedelta(delay))
    name = PARTIES[party].name
    entry = books.add(Entry(when, "purchase-invoice", "BILL", name, text, postings, posted, rank=BILL, meta=meta))
    books.open[entry] = total
    return entry


def settle(
    books: Books, party: str, when: date, pays: Iterable[tuple[Entry, int]], text: str, shown: Clearing,
    method: str = "reference", bank: str = CURRENT, extra: int = 0, rate: int = 0, tags: tuple[str, ...] = (),
) -> Entry:  # fmt: skip
    """Post a receipt or payment and allocate it; without a method it stays unallocated.

    The amounts are positive; `extra` is paid beyond the items.
    """
    pays = list(pays)
    customer = PARTIES[party] in data.CUSTOMERS
    sign, control = (1, DEBTORS) if customer else (-1, CREDITORS)
    total = sum(amount for _, amount in pays) + extra
    currency = "EUR" if bank == EURO else "GBP"
    base = in_pounds(total, rate) if rate else total
    postings = [
        Posting(bank, sign * total, currency, sign * base),
        Posting(control, -sign * total, currency, -sign * base),
    ]
    kind, series = ("receipt", "RCT") if customer else ("payment", "PAY")
    entry = books.add(Entry(when, kind, series, PARTIES[party].name, text, postings, session(when), rank=CASH,
                            meta={"party": party}, cites=tuple(item for item, _ in pays),
                            tags=tags, cleared={bank: shown}))  # fmt: skip
    for item, amount in pays if method else ():
        allocate(books, entry, item, amount, currency, method)
    if currency == "EUR":
        realised(books, entry, pays[0][0], control)
    return entry


def allocate(
    books: Books, source: Entry, target: Entry, amount: int, currency: str = "GBP", method: str = "hand"
) -> None:
    """Record what settles what."""
    posted = max(source.posted, target.posted)
    books.record(posted, "allocate", source, target, Money(amount, currency), posted=posted, meta={"method": method})
    books.open[target] -= amount
    if books.open.get(source):
        books.open[source] -= amount


def realised(books: Books, paid: Entry, item: Entry, control: str) -> None:
    """Post the exchange difference between an item and its settlement in full."""
    left = sum(p.base for e in (paid, item) for p in e.postings if p.account == control)
    text = "Exchange difference, {rs}"
    entry = books.journal(
        paid.when, "journal", "JNL", text, [(f"{control}:Exchange", -left), (GAINS, left)], paid.posted
    )
    entry.cites, entry.payee = (item, paid), paid.payee
    entry.meta["party"] = item.meta["party"]
