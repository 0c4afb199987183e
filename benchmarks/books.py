"""Made-up books of any size, from a seed: in Beancount's syntax and in that of ledger and hledger.

usage: books.py TRANSACTIONS FOLDER [--seed N] [--months]

Invoices with VAT, bills, receipts, payments and investments over ten years and 250 accounts. A third of the
entries bear acct's metadata, 2 % buy or sell lots, 1 % leave an amount out; for every twentieth there is a
price, and up to 1,000 balances are asserted, all of them right. Everything is written as it is made: a book
of a million transactions takes no more memory than one of a thousand. Amounts are integers of pence.
"""

from __future__ import annotations

import argparse
import random
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, TextIO

FIRST_DAY = date(2016, 1, 1)
DAYS = 3653  # ten years
CUSTOMERS = SUPPLIERS = 100
MOST_ASSERTIONS = 1000
MOST_LOTS = 12  # of one security, before one is sold
MOST_UNPAID = 500

BANKS = ("Assets:Bank:Current", "Assets:Bank:Savings", "Assets:Bank:Reserve")
CARD, DEBTORS, CREDITORS, VAT = "Liabilities:Card", "Assets:Debtors", "Liabilities:Creditors", "Liabilities:VAT"
GAINS, INTEREST, CAPITAL = "Income:Gains", "Income:Interest", "Equity:Capital"
SALES = tuple(f"Income:Sales:Region{n:02d}" for n in range(1, 61))
KINDS = ("Travel", "Rent", "Power", "Post", "Paper", "Repairs", "Training", "Software", "Adverts", "Freight")
COSTS = tuple(f"Expenses:Branch{n:02d}:{kind}" for n in range(1, 17) for kind in KINDS)
SECURITIES = tuple(f"SH{a}{b}" for a in "ABCD" for b in "PQRST")
PREFIXES = {
    "sales-invoice": "INV",
    "purchase-invoice": "BILL",
    "receipt": "RCT",
    "payment": "PAY",
    "journal": "JNL",
}
ROLES = {DEBTORS: "debtors", CREDITORS: "creditors", VAT: "vat", CARD: "card", BANKS[0]: "bank"}
HEAD = 'option "title" "Made-up books"\noption "operating_currency" "GBP"\n\n'


def holding(security: str) -> str:
    """The account a security is held on."""
    return f"Assets:Investments:{security}"


ACCOUNTS = (*BANKS, DEBTORS, CREDITORS, VAT, CARD, GAINS, INTEREST, CAPITAL, *map(holding, SECURITIES), *SALES, *COSTS)
assert len(ACCOUNTS) == 250


# What a book is made of.

Facts = dict[str, str | date]


class Lot(NamedTuple):
    """What braces say: the pence paid for one unit, and the day; no day where it is being bought."""

    cost: int
    bought: date | None
    price: int


@dataclass(slots=True)
class Leg:
    """A posting in pence, or in whole units of a security with its lot. `shown` is whether the amount is written.

    `holds` is what the account holds after it, where the other tools are to assert that.
    """

    account: str
    amount: int
    commodity: str = "GBP"
    lot: Lot | None = None
    shown: bool = True
    holds: int | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry; `facts` is acct's metadata, in order, and a text unless it is a day."""

    day: date
    payee: str
    narration: str
    legs: list[Leg]
    facts: Facts
    link: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """One unit of a security costs so many pence on a day."""

    day: date
    security: str
    pence: int


@dataclass(frozen=True, slots=True)
class Balance:
    """An account holds so many pence at the start of a day."""

    day: date
    account: str
    pence: int


Item = Transaction | Price | Balance


class Unpaid(NamedTuple):
    """An invoice or bill that waits to be paid."""

    party: int
    pence: int
    ref: str


@dataclass(slots=True)
class _Holding:
    """One lot still held."""

    cost: int
    bought: date
    units: int


@dataclass(slots=True)
class Maker:
    """Makes the entries of a book in order of date, and keeps what every account holds."""

    count: int
    seed: int = 1
    held: dict[str, int] = field(default_factory=dict)
    made: int = 0
    asserted: int = 0
    _random: random.Random = field(init=False)
    _refs: dict[str, int] = field(default_factory=dict)
    _to_come_in: deque[Unpaid] = field(default_factory=deque)
    _to_go_out: deque[Unpaid] = field(default_factory=deque)
    _lots: dict[str, deque[_Holding]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def items(self) -> Iterator[Item]:
        """All entries, prices and assertions, in order of date."""
        day = FIRST_DAY
        due: dict[str, None] = {}  # accounts to assert as they stand at the end of the day
        wanted = min(MOST_ASSERTIONS, self.count // 10)
        for number in range(self.count):
            today = FIRST_DAY + timedelta(number * DAYS // self.count)
            if today != day:
                yield from self._balances(due, today)
                day = today
            entry = self._transaction(day)
            self._post(entry, due, wanted=wanted * (number + 1) // self.count > self.asserted)
            self.made += 1
            yield entry
            if self._random.randrange(20) == 0:
                yield Price(day, self._random.choice(SECURITIES), self._random.randrange(500, 5000))
        yield from self._balances(due, day + timedelta(1))

    def _balances(self, due: dict[str, None], day: date) -> Iterator[Balance]:
        yield from (Balance(day, account, self.held[account]) for account in due)
        due.clear()

    def _post(self, entry: Transaction, due: dict[str, None], *, wanted: bool) -> None:
        for leg in entry.legs:
            self.held[leg.account] = self.held.get(leg.account, 0) + leg.amount
            if wanted and leg.commodity == "GBP" and leg.shown and leg.account not in due:
                leg.holds = self.held[leg.account]
                due[leg.account] = None
                self.asserted += 1
                wanted = False

    # The kinds of entry.

    def _transaction(self, day: date) -> Transaction:
        kind = self._random.randrange(100)
        if kind < 2:
            return self._investment(day)
        if kind < 30:
            return self._invoice(day)
        if kind < 52:
            return self._bill(day)
        if kind < 76:
            return self._receipt(day) if self._to_come_in else self._invoice(day)
        if kind < 94:
            return self._payment(day) if self._to_go_out else self._bill(day)
        return self._bought_by_card(day)

    def _entry(
        self, day: date, payee: str, narration: str, legs: list[Leg], kind: str, more: Facts, link: str = ""
    ) -> Transaction:
        """An entry of these legs: a third bear metadata, and one in a hundred leaves its last amount out."""
        facts: Facts = {}
        if self._random.randrange(3) == 0:
            ref = self._next_ref(kind)
            facts = {"type": kind, "ref": ref, **more}
            if kind.endswith("-invoice"):
                link = ref
        if legs[0].lot is None and self._random.randrange(100) == 0:
            legs[-1].shown = False
        return Transaction(day, payee, narration, legs, facts, link)

    def _next_ref(self, kind: str) -> str:
        prefix = PREFIXES[kind]
        self._refs[prefix] = number = self._refs.get(prefix, 0) + 1
        return f"{prefix}-{number:06d}"

    def _net_and_vat(self) -> tuple[int, int]:
        net = self._random.randrange(1000, 500000)
        return net, (net * 20 + 50) // 100

    def _invoice(self, day: date) -> Transaction:
        party = self._random.randrange(1, CUSTOMERS + 1)
        net, vat = self._net_and_vat()
        legs = [Leg(DEBTORS, net + vat), Leg(self._random.choice(SALES), -net), Leg(VAT, -vat)]
        more: Facts = {"party": f"C{party:03d}", "due": day + timedelta(30)}
        entry = self._entry(day, f"Customer {party} Ltd", "Work done", legs, "sales-invoice", more)
        if len(self._to_come_in) < MOST_UNPAID:
            self._to_come_in.append(Unpaid(party, net + vat, entry.link))
        return entry

    def _bill(self, day: date) -> Transaction:
        party = self._random.randrange(1, SUPPLIERS + 1)
        net, vat = self._net_and_vat()
        legs = [Leg(CREDITORS, -net - vat), Leg(self._random.choice(COSTS), net), Leg(VAT, vat)]
        more: Facts = {"party": f"S{party:03d}", "due": day + timedelta(30)}
        entry = self._entry(day, f"Supplier {party} plc", "Goods and services", legs, "purchase-invoice", more)
        if len(self._to_go_out) < MOST_UNPAID:
            self._to_go_out.append(Unpaid(party, net + vat, entry.link))
        return entry

    def _receipt(self, day: date) -> Transaction:
        paid = self._to_come_in.popleft()
        legs = [Leg(self._random.choice(BANKS), paid.pence), Leg(DEBTORS, -paid.pence)]
        party: Facts = {"party": f"C{paid.party:03d}"}
        return self._entry(day, f"Customer {paid.party} Ltd", "With thanks", legs, "receipt", party, paid.ref)

    def _payment(self, day: date) -> Transaction:
        paid = self._to_go_out.popleft()
        legs = [Leg(self._random.choice(BANKS), -paid.pence), Leg(CREDITORS, paid.pence)]
        party: Facts = {"party": f"S{paid.party:03d}"}
        return self._entry(day, f"Supplier {paid.party} plc", "As agreed", legs, "payment", party, paid.ref)

    def _bought_by_card(self, day: date) -> Transaction:
        pence = self._random.randrange(100, 20000)
        legs = [Leg(self._random.choice(COSTS), pence), Leg(CARD, -pence)]
        return self._entry(day, "Corner shop", "Small things", legs, "journal", {})

    def _investment(self, day: date) -> Transaction:
        security = self._random.choice(SECURITIES)
        lots = self._lots.setdefault(security, deque())
        sells = bool(lots) and (len(lots) >= MOST_LOTS or self._random.randrange(2) == 0)
        legs = self._sale(security, lots) if sells else self._purchase(security, lots, day)
        return self._entry(day, "Broker", "Sale" if sells else "Purchase", legs, "journal", {})

    def _purchase(self, security: str, lots: deque[_Holding], day: date) -> list[Leg]:
        units, cost = self._random.randrange(1, 200), self._random.randrange(500, 5000)
        same = next((lot for lot in lots if (lot.cost, lot.bought) == (cost, day)), None)
        if same:
            same.units += units
        else:
            lots.append(_Holding(cost, day, units))
        return [Leg(holding(security), units, security, Lot(cost, None, cost)), Leg(BANKS[0], -units * cost)]

    def _sale(self, security: str, lots: deque[_Holding]) -> list[Leg]:
        lot = lots[0]
        units = self._random.randrange(1, lot.units + 1)
        price = lot.cost * self._random.randrange(80, 121) // 100
        lot.units -= units
        if not lot.units:
            lots.popleft()
        legs = [
            Leg(holding(security), -units, security, Lot(lot.cost, lot.bought, price)),
            Leg(BANKS[0], units * price),
        ]
        if price != lot.cost:
            legs.append(Leg(GAINS, units * (lot.cost - price)))
        return legs


# Two ways to write it down.


def pounds(pence: int) -> str:
    """Pence as pounds with two places."""
    whole, rest = divmod(abs(pence), 100)
    return f"{'-' if pence < 0 else ''}{whole}.{rest:02d}"


def amount(number: int, commodity: str) -> str:
    """An amount as both syntaxes write it."""
    return f"{pounds(number) if commodity == 'GBP' else number} {commodity}"


def beancount_text(item: Item) -> str:
    """An item in Beancount's syntax."""
    if isinstance(item, Price):
        return f"{item.day} price {item.security} {pounds(item.pence)} GBP\n\n"
    if isinstance(item, Balance):
        return f"{item.day} balance {item.account}  {pounds(item.pence)} GBP\n\n"
    link = f" ^{item.link}" if item.link else ""
    lines = [f'{item.day} * "{item.payee}" "{item.narration}"{link}']
    for key, value in item.facts.items():
        lines.append(f'  {key}: "{value}"' if isinstance(value, str) else f"  {key}: {value}")
    lines += [f"  {leg.account}{_beancount_amount(leg)}" for leg in item.legs]
    return "\n".join(lines) + "\n\n"


def _beancount_amount(leg: Leg) -> str:
    if not leg.shown:
        return ""
    text = f"  {amount(leg.amount, leg.commodity)}"
    if lot := leg.lot:
        text += f" {{{pounds(lot.cost)} GBP, {lot.bought}}}" if lot.bought else f" {{{pounds(lot.cost)} GBP}}"
        text += f" @ {pounds(lot.price)} GBP" if lot.bought else ""
    return text


def ledger_text(item: Item) -> str:
    """An item in the syntax that ledger and hledger share; an assertion stands on its posting there."""
    if isinstance(item, Price):
        return f"P {item.day} {item.security} {pounds(item.pence)} GBP\n\n"
    if isinstance(item, Balance):
        return ""
    code = f" ({item.facts['ref']})" if item.facts else ""
    lines = [f"{item.day} *{code} {item.payee} | {item.narration}"]
    lines += [f"    ; {key}: {value}" for key, value in item.facts.items()]
    lines += [f"    ; link: {item.link}"] if item.link else []
    lines += [f"    {leg.account}{_ledger_amount(leg)}" for leg in item.legs]
    return "\n".join(lines) + "\n\n"


def _ledger_amount(leg: Leg) -> str:
    """An amount; lots are sold at cost, since hledger balances by the price and ledger by the braces."""
    if not leg.shown:
        return ""
    text = f"  {amount(leg.amount, leg.commodity)}"
    if lot := leg.lot:
        day = f" [{lot.bought}]" if lot.bought else ""
        text += f" {{{pounds(lot.cost)} GBP}}{day} @ {pounds(lot.cost)} GBP"
    if leg.holds is not None:
        text += f" = {pounds(leg.holds)} GBP"
    return text


def chart() -> str:
    """The opening of every account and the parties, in Beancount's syntax."""
    lines = []
    for account in ACCOUNTS:
        security = account.rpartition(":")[2]
        commodity = security if security in SECURITIES else "GBP"
        lines.append(f"{FIRST_DAY} open {account}  {commodity}")
        if role := ROLES.get(account):
            lines.append(f'  role: "{role}"')
    lines += [f'{FIRST_DAY} custom "customer" "C{n:03d}" "Customer {n} Ltd"' for n in range(1, CUSTOMERS + 1)]
    lines += [f'{FIRST_DAY} custom "supplier" "S{n:03d}" "Supplier {n} plc"' for n in range(1, SUPPLIERS + 1)]
    return "\n".join(lines) + "\n\n"


# Files.


@dataclass(frozen=True, slots=True)
class Written:
    """Books that were written: the two roots, the file that new entries go to, and what every account holds."""

    beancount: Path
    newest: Path
    ledger: Path
    transactions: int
    assertions: int
    balances: dict[tuple[str, str], str]


class _Pages:
    """Where Beancount's text goes: one file, or one a month under a root that includes them."""

    def __init__(self, root: Path, stack: ExitStack, *, months: bool) -> None:
        self.newest = root
        self._root, self._stack, self._months = root, stack, months
        self._file: TextIO = stack.enter_context(root.open("w"))
        self._month = ""
        self._file.write(HEAD + ('include "*/*.beancount"\n\n' if months else "") + chart())

    def write(self, day: date, text: str) -> None:
        """Add an entry of that day."""
        month = f"{day:%Y-%m}"
        if self._months and month > self._month:
            self._month = month
            self.newest = self._root.parent / f"{day:%Y}" / f"{month}.beancount"
            self.newest.parent.mkdir(exist_ok=True)
            self._file.close()
            self._file = self._stack.enter_context(self.newest.open("w"))
        self._file.write(text)


def write_books(count: int, folder: Path, *, seed: int = 1, months: bool = False) -> Written:
    """Write books of so many transactions: `book/main.beancount` and `main.journal` in the folder."""
    book = folder / "book"
    book.mkdir(parents=True, exist_ok=True)
    maker = Maker(count, seed)
    journal = folder / "main.journal"
    with ExitStack() as stack:
        pages = _Pages(book / "main.beancount", stack, months=months)
        other = stack.enter_context(journal.open("w"))
        other.write("".join(f"account {account}\n" for account in ACCOUNTS) + "\n")
        for item in maker.items():
            pages.write(item.day, beancount_text(item))
            other.write(ledger_text(item))
    balances = {}
    for account, number in maker.held.items():
        name = account.rpartition(":")[2]
        commodity = name if name in SECURITIES else "GBP"
        balances[account, commodity] = amount(number, commodity).split()[0]
    return Written(book / "main.beancount", pages.newest, journal, maker.made, maker.asserted, balances)


def main() -> None:
    """Write books as the command line asks."""
    parser = argparse.ArgumentParser(description="Write made-up books.")
    parser.add_argument("transactions", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--months", action="store_true", help="one file a month instead of a single one")
    asked = parser.parse_args()
    done = write_books(asked.transactions, asked.folder, seed=asked.seed, months=asked.months)
    print(f"{done.transactions:,} transactions, {done.assertions:,} assertions: {done.beancount}, {done.ledger}")


if __name__ == "__main__":
    main()
