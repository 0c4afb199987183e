"""Made-up books of any size, from a seed: in Beancount's syntax and in that of ledger and hledger.

usage: books.py TRANSACTIONS FOLDER [--seed N]

Ten years of a trading company with 250 accounts: sales, bills, receipts, payments, VAT, purchases by card,
securities. A third of the entries are as acct writes them, with type, ref, party, due date, VAT codes and links,
and `acct check` finds no error in them; the others are as any Beancount user writes them, on accounts without a
role. 2 % buy or sell lots, 5 % have a price (and for every twentieth entry there is a price directive), 1 %
leave an amount out, and up to 1,000 balances are asserted, all of them right.

In the folder: `single/main.beancount`, a Beancount ledger in one file; `months/`, the same as books of acct's own,
with an acct.toml, registered for VAT, one file a month, and allocations of a tenth of the receipts and payments;
`main.journal`, the same for ledger and hledger; `books.json`, what every account holds. Each entry is written as it
is made, so that a million take no more memory than a thousand. Amounts are integers of pence. Rates of exchange
are those of the month, since ledger keeps a lot for each that it sees.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, TextIO

FIRST_DAY = date(2016, 1, 1)
DAYS = 3653  # ten years
LAST_DAY = FIRST_DAY + timedelta(DAYS - 1)
CUSTOMERS = SUPPLIERS = 100
MOST_ASSERTIONS = 1000
MOST_LOTS = 12  # of one security, before one is sold
MOST_UNPAID = 500

BANKS = ("Assets:Bank:Current", "Assets:Bank:Savings", "Assets:Bank:Reserve")
DEBTORS, CREDITORS = "Assets:Debtors", "Liabilities:Creditors"
VAT_OUT, VAT_IN = "Liabilities:VAT:Output", "Liabilities:VAT:Input"
# Of entries that are not acct's: the same without roles.
OWED_TO_US, OWED_BY_US, SALES_TAX = "Assets:Receivable", "Liabilities:Payable", "Liabilities:SalesTax"
CARD, CARD_ABROAD, ABROAD, BROKER = "Liabilities:Card", "Liabilities:CardUSD", "Assets:Export", "Assets:Broker"
GAINS, CAPITAL = "Income:Gains", "Equity:Capital"
SALES = tuple(f"Income:Sales:Region{n:02d}" for n in range(1, 55))
KINDS = ("Travel", "Rent", "Power", "Post", "Paper", "Repairs", "Training", "Software", "Adverts", "Freight")
COSTS = tuple(f"Expenses:Branch{n:02d}:{kind}" for n in range(1, 17) for kind in KINDS)
SECURITIES = tuple(f"SH{a}{b}" for a in "ABCD" for b in "PQRST")
HOLDINGS = {security: f"Assets:Investments:{security}" for security in SECURITIES}
ACCOUNTS = (
    *BANKS, DEBTORS, CREDITORS, VAT_OUT, VAT_IN, OWED_TO_US, OWED_BY_US, SALES_TAX, CARD, CARD_ABROAD, ABROAD, BROKER,
    GAINS, CAPITAL, *HOLDINGS.values(), *SALES, *COSTS,
)  # fmt: skip
assert len(ACCOUNTS) == 250
IN_GBP = (*BANKS, DEBTORS, CREDITORS, VAT_OUT, VAT_IN, OWED_TO_US, OWED_BY_US, SALES_TAX, CARD, BROKER, *SALES, *COSTS)
COMMODITIES = {CARD_ABROAD: "USD", ABROAD: "EUR"} | {account: security for security, account in HOLDINGS.items()}
ROLES = {BANKS[0]: "bank", DEBTORS: "debtors", CREDITORS: "creditors", VAT_OUT: "vat-output", VAT_IN: "vat-input"}
PREFIXES = {
    "sales-invoice": "INV",
    "purchase-invoice": "BILL",
    "receipt": "RCT",
    "payment": "PAY",
    "journal": "JNL",
}
RATES = ("S",) * 16 + ("R",) + ("Z",) * 3
PERCENT = {"S": 20, "R": 5, "Z": 0}

HEAD = 'option "title" "Made-up books"\noption "operating_currency" "GBP"\n\n'
INCLUDES = 'include "chart.beancount"\ninclude "*/*.beancount"\n'
SETTINGS = """[entity]
name = "Made-up Traders Ltd"
currency = "GBP"
year-end = "12-31"

[vat]
country = "GB"
number = "GB123456782"
scheme = "standard"
registered = 2016-01-01
periods = "quarters to 03"
"""


class Unpaid(NamedTuple):
    """An invoice or bill that waits to be paid."""

    party: int
    pence: int
    link: str


class Leg(NamedTuple):
    """A posting: its amount in either syntax, and its VAT code."""

    account: str
    text: str
    code: str = ""
    ledger_text: str = ""


@dataclass(slots=True)
class Lot:
    """Units of a security that are still held."""

    cost: int
    bought: str
    units: int


class Waiting(NamedTuple):
    """What is still to be paid to us and by us."""

    to_come_in: deque[Unpaid]
    to_go_out: deque[Unpaid]


class Maker:
    """Makes the entries of a book in order of date, and keeps what every account holds."""

    def __init__(self, count: int, seed: int, write: Callable[..., None]) -> None:
        self.count, self.write = count, write
        self.held: dict[tuple[str, str], int] = defaultdict(int)
        self.asserted = 0
        self._draw = random.Random(seed).random
        self._refs: dict[str, int] = defaultdict(int)
        self._ours, self._plain = Waiting(deque(), deque()), Waiting(deque(), deque())
        self._lots: dict[str, deque[Lot]] = {security: deque() for security in SECURITIES}
        self._rates = (0, 0)
        self._set_day(FIRST_DAY)

    def _set_day(self, day: date) -> None:
        """Go on to a day; the rates of exchange are those of its month."""
        if self._rates == (0, 0) or day.month != self._date.month:
            self._rates = 7000 + self._below(1500), 8000 + self._below(1500)
        self._date, self._day, self._due = day, str(day), str(day + timedelta(30))

    def run(self) -> None:
        """Write all entries, prices and assertions, in order of date."""
        wanted = min(MOST_ASSERTIONS, self.count // 10)
        for number in range(self.count):
            day = FIRST_DAY + timedelta(number * DAYS // self.count)
            if day != self._date:
                self._set_day(day)
                while self.asserted < wanted * number // self.count:
                    self._assert()
            self._transaction()
            if self._draw() < 1 / 20:
                self._price()
        self._set_day(LAST_DAY + timedelta(1))
        while self.asserted < wanted:
            self._assert()

    def _below(self, number: int) -> int:
        return int(self._draw() * number)

    def _one_of(self, many: tuple[str, ...]) -> str:
        return many[int(self._draw() * len(many))]

    # Assertions and prices.

    def _assert(self) -> None:
        """That an account holds so much at the start of the day."""
        account = self._one_of(IN_GBP)
        text = pounds(self.held[account, "GBP"])
        self.write(
            self._date,
            f"{self._day} balance {account}  {text} GBP\n\n",
            f"{self._day} * Balance\n    {account}  0.00 GBP = {text} GBP\n\n",
        )
        self.asserted += 1

    def _price(self) -> None:
        words = f"{self._one_of(SECURITIES)} {pounds(500 + self._below(4500))} GBP\n\n"
        self.write(self._date, f"{self._day} price {words}", f"P {self._day} {words}")

    # The kinds of entry.

    def _transaction(self) -> None:
        ours = self._draw() < 1 / 3
        waiting = self._ours if ours else self._plain
        kind = self._below(100)
        if kind < 2:
            self._investment(ours=ours)
        elif kind < 5:
            self._bought_abroad(ours=ours)
        elif kind < 7:
            self._sold_abroad(ours=ours)
        elif kind < 34:
            self._invoice(ours=ours)
        elif kind < 55:
            self._bill(ours=ours)
        elif kind < 77:
            (self._receipt if waiting.to_come_in else self._invoice)(ours=ours)
        elif kind < 94:
            (self._payment if waiting.to_go_out else self._bill)(ours=ours)
        else:
            self._bought_by_card(ours=ours)

    def _taxed(self, pence: int, account: str, sign: int, *, ours: bool) -> tuple[list[Leg], int]:
        """A net amount and its VAT as postings, and their sum."""
        code = RATES[self._below(len(RATES))]
        vat = (pence * PERCENT[code] + 50) // 100
        tax = (VAT_IN if sign > 0 else VAT_OUT) if ours else SALES_TAX
        shown = code if ours else ""
        legs = [self._leg(account, sign * pence, shown)]
        if vat:
            legs.append(self._leg(tax, sign * vat, shown))
        return legs, pence + vat

    def _invoice(self, *, ours: bool) -> None:
        party = 1 + self._below(CUSTOMERS)
        legs, gross = self._taxed(1000 + self._below(500_000), self._one_of(SALES), -1, ours=ours)
        legs.insert(0, self._leg(DEBTORS if ours else OWED_TO_US, gross))
        facts, link = "", f"sale-{self._next('sale'):06d}"
        if ours:
            facts, link = self._facts("sales-invoice", f'  party: "C{party:03d}"\n  due: {self._due}\n')
        self._entry(f"Customer {party} Ltd", "Work done", legs, facts, link)
        waiting = (self._ours if ours else self._plain).to_come_in
        if len(waiting) < MOST_UNPAID:
            waiting.append(Unpaid(party, gross, link))

    def _bill(self, *, ours: bool) -> None:
        party = 1 + self._below(SUPPLIERS)
        legs, gross = self._taxed(1000 + self._below(400_000), self._one_of(COSTS), 1, ours=ours)
        legs.insert(0, self._leg(CREDITORS if ours else OWED_BY_US, -gross))
        facts, link = "", f"bill-{self._next('bill'):06d}"
        if ours:
            theirs = f'  their-ref: "S{self._next("theirs")}"\n'
            facts, link = self._facts("purchase-invoice", f'{theirs}  party: "S{party:03d}"\n  due: {self._due}\n')
        self._entry(f"Supplier {party} plc", "Goods and services", legs, facts, link)
        waiting = (self._ours if ours else self._plain).to_go_out
        if len(waiting) < MOST_UNPAID:
            waiting.append(Unpaid(party, gross, link))

    def _receipt(self, *, ours: bool) -> None:
        paid = (self._ours if ours else self._plain).to_come_in.popleft()
        legs = [self._leg(self._one_of(BANKS), paid.pence), self._leg(DEBTORS if ours else OWED_TO_US, -paid.pence)]
        self._settle(paid, f"Customer {paid.party} Ltd", "With thanks", legs, f"C{paid.party:03d}" if ours else "")

    def _payment(self, *, ours: bool) -> None:
        paid = (self._ours if ours else self._plain).to_go_out.popleft()
        legs = [self._leg(self._one_of(BANKS), -paid.pence), self._leg(CREDITORS if ours else OWED_BY_US, paid.pence)]
        self._settle(paid, f"Supplier {paid.party} plc", "As agreed", legs, f"S{paid.party:03d}" if ours else "")

    def _settle(self, paid: Unpaid, payee: str, words: str, legs: list[Leg], party: str) -> None:
        """Money for an invoice or bill: joined to it by a link, and one time in ten by an allocation."""
        if not party:
            self._entry(payee, words, legs, "", paid.link)
            return
        facts, ref = self._facts("receipt" if party[0] == "C" else "payment", f'  party: "{party}"\n')
        self._entry(payee, words, legs, facts, paid.link)
        if self._draw() < 1 / 10:
            words = f'"{ref}" "{paid.link}" {pounds(paid.pence)} GBP\n  method: "reference"\n'
            self.write(self._date, "", "", f'{self._day} custom "allocate" {words}\n')

    def _bought_by_card(self, *, ours: bool) -> None:
        legs, gross = self._taxed(100 + self._below(20_000), self._one_of(COSTS), 1, ours=ours)
        self._entry("Corner shop", "Small things", [*legs, self._leg(CARD, -gross)], self._journal(ours=ours))

    def _bought_abroad(self, *, ours: bool) -> None:
        hundreds, rate = 1 + self._below(40), self._rates[0]
        legs = [self._foreign(CARD_ABROAD, -100 * hundreds, "USD", f" @ 0.{rate} GBP")]
        legs.append(self._leg(self._one_of(COSTS), hundreds * rate, "O" if ours else ""))
        self._entry("Acme Inc", "Bought abroad", legs, self._journal(ours=ours))

    def _sold_abroad(self, *, ours: bool) -> None:
        hundreds, rate = 1 + self._below(40), self._rates[1]
        legs = [self._foreign(ABROAD, 100 * hundreds, "EUR", f" @ 0.{rate} GBP")]
        legs.append(self._leg(self._one_of(SALES), -hundreds * rate, "O" if ours else ""))
        self._entry("Beispiel GmbH", "Sold abroad", legs, self._journal(ours=ours))

    def _investment(self, *, ours: bool) -> None:
        security = self._one_of(SECURITIES)
        lots = self._lots[security]
        if lots and (len(lots) >= MOST_LOTS or self._draw() < 1 / 2):
            self._entry("Broker", "Sale", self._sale(security, lots[0]), self._journal(ours=ours), whole=True)
            if not lots[0].units:
                lots.popleft()
            return
        units, cost = 1 + self._below(200), 500 + self._below(4500)
        same = next((lot for lot in lots if (lot.cost, lot.bought) == (cost, self._day)), None)
        if same:
            same.units += units
        else:
            lots.append(Lot(cost, self._day, units))
        braces = f" {{{pounds(cost)} GBP}}"
        bought = self._foreign(HOLDINGS[security], units, security, braces, f"{braces} @ {pounds(cost)} GBP")
        legs = [bought, self._leg(BROKER, -units * cost)]
        self._entry("Broker", "Purchase", legs, self._journal(ours=ours), whole=True)

    def _sale(self, security: str, lot: Lot) -> list[Leg]:
        """The postings of a sale; ledger and hledger are told the cost, by which the one balances and the other."""
        units = 1 + self._below(lot.units)
        price = lot.cost * (80 + self._below(41)) // 100
        lot.units -= units
        cost = pounds(lot.cost)
        words = f" {{{cost} GBP, {lot.bought}}} @ {pounds(price)} GBP"
        sold = self._foreign(
            HOLDINGS[security], -units, security, words, f" {{{cost} GBP}} [{lot.bought}] @ {cost} GBP"
        )
        gain = units * (lot.cost - price)
        return [sold, self._leg(BROKER, units * price), *([self._leg(GAINS, gain)] if gain else [])]

    # Their parts.

    def _leg(self, account: str, pence: int, code: str = "") -> Leg:
        self.held[account, "GBP"] += pence
        return Leg(account, f"{pounds(pence)} GBP", code)

    def _foreign(self, account: str, units: int, commodity: str, more: str, other: str = "") -> Leg:
        """Whole units of something else; `other` is what follows in the syntax of ledger, where it differs."""
        self.held[account, commodity] += units
        amount = f"{units}.00 {commodity}" if commodity in ("USD", "EUR") else f"{units} {commodity}"
        return Leg(account, amount + more, "", amount + (other or more))

    def _next(self, series: str) -> int:
        self._refs[series] = number = self._refs[series] + 1
        return number

    def _facts(self, kind: str, more: str) -> tuple[str, str]:
        """The metadata of an entry of a type, and its ref."""
        prefix = PREFIXES[kind]
        ref = f"{prefix}-{self._next(prefix):06d}"
        return f'  type: "{kind}"\n  ref: "{ref}"\n{more}', ref

    def _journal(self, *, ours: bool) -> str:
        return self._facts("journal", "")[0] if ours else ""

    def _entry(
        self, payee: str, narration: str, legs: list[Leg], facts: str, link: str = "", *, whole: bool = False
    ) -> None:
        """Write an entry in both syntaxes; one in a hundred leaves its last amount out, unless it must be whole."""
        shown = len(legs) - (not whole and self._draw() < 1 / 100)
        lines, other = [], []
        for index, (account, text, code, ledger_text) in enumerate(legs):
            lines.append(f"  {account}  {text}\n" if index < shown else f"  {account}\n")
            other.append(f"    {account}  {ledger_text or text}\n" if index < shown else f"    {account}\n")
            if code:
                lines.append(f'    vat: "{code}"\n')
                other.append(f"    ; vat: {code}\n")
        caret = f" ^{link}" if link else ""
        comments = facts.replace('"', "").replace("  ", "    ; ")
        self.write(
            self._date,
            f'{self._day} * "{payee}" "{narration}"{caret}\n{facts}{"".join(lines)}\n',
            f"{self._day} * {payee} | {narration}\n{comments}{''.join(other)}\n",
        )


def pounds(pence: int) -> str:
    """Pence as pounds with two places."""
    return f"{pence // 100}.{pence % 100:02d}" if pence >= 0 else f"-{-pence // 100}.{-pence % 100:02d}"


def chart() -> str:
    """The opening of every account and the parties, in Beancount's syntax."""
    lines = []
    for number, account in enumerate(ACCOUNTS):
        lines += [f"{FIRST_DAY} open {account}  {COMMODITIES.get(account, 'GBP')}", f'  nominal: "{1000 + number}"']
        if role := ROLES.get(account):
            lines.append(f'  role: "{role}"')
    lines += [f'{FIRST_DAY} custom "customer" "C{n:03d}" "Customer {n} Ltd"' for n in range(1, CUSTOMERS + 1)]
    lines += [f'{FIRST_DAY} custom "supplier" "S{n:03d}" "Supplier {n} plc"' for n in range(1, SUPPLIERS + 1)]
    return "\n".join(lines) + "\n\n"


# Files.


@dataclass(frozen=True, slots=True)
class Written:
    """Books that were written, and what every account holds, by account and commodity with a blank between."""

    folder: str
    transactions: int
    made_by: str
    assertions: int
    balances: dict[str, str]

    @property
    def single(self) -> Path:
        """All in one Beancount file."""
        return Path(self.folder) / "single" / "main.beancount"

    @property
    def months(self) -> Path:
        """The folder of books with one file a month."""
        return Path(self.folder) / "months"

    @property
    def ledger(self) -> Path:
        """The same for ledger and hledger."""
        return Path(self.folder) / "main.journal"


class _Pages:
    """The three sets of files; what is written is gathered to the end of the month."""

    def __init__(self, folder: Path) -> None:
        self._journals = folder / "months" / "journals"
        self._journals.mkdir(parents=True, exist_ok=True)
        (folder / "single").mkdir(exist_ok=True)
        (folder / "months" / "acct.toml").write_text(SETTINGS)
        (self._journals / "main.beancount").write_text(HEAD + INCLUDES)
        (self._journals / "chart.beancount").write_text(chart())
        self._single: TextIO = (folder / "single" / "main.beancount").open("w")
        self._single.write(HEAD + chart())
        self._other: TextIO = (folder / "main.journal").open("w")
        self._other.write("".join(f"account {account}\n" for account in ACCOUNTS) + "\n")
        self._month = (0, 0)
        self._texts, self._ours, self._others = list[str](), list[str](), list[str]()

    def write(self, day: date, text: str, other: str, ours: str = "") -> None:
        """Add what belongs to a day, in both syntaxes; `ours` is what only acct's own books have."""
        month = (day.year, day.month)
        if month != self._month and day <= LAST_DAY:  # what is asserted after that stands in the last month's file
            self._flush()
            self._month = month
        self._texts.append(text)
        self._ours.append(text + ours)
        self._others.append(other)

    def _flush(self) -> None:
        if self._texts:
            path = self._journals / str(self._month[0]) / f"{self._month[0]}-{self._month[1]:02d}.beancount"
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(self._ours))
            self._single.write("".join(self._texts))
            self._other.write("".join(self._others))
            self._texts, self._ours, self._others = [], [], []

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._single.close()
        self._other.close()


def write_books(count: int, folder: Path, *, seed: int = 1) -> Written:
    """Write books of so many transactions into a folder, unless they stand there, made by the same program."""
    made_by = hashlib.sha256(f"{count} {seed} {Path(__file__).read_text()}".encode()).hexdigest()
    proof = folder / "books.json"
    if proof.is_file():
        found = json.loads(proof.read_text())
        if found["made_by"] == made_by:
            return Written(**found)
    folder.mkdir(parents=True, exist_ok=True)
    pages = _Pages(folder)
    maker = Maker(count, seed, pages.write)
    maker.run()
    pages.close()
    balances = {}
    for (account, commodity), number in maker.held.items():
        balances[f"{account} {commodity}"] = pounds(number) if commodity == "GBP" else str(number)
    written = Written(str(folder), count, made_by, maker.asserted, balances)
    proof.write_text(json.dumps(asdict(written)))
    return written


def main() -> None:
    """Write books as the command line asks."""
    parser = argparse.ArgumentParser(description="Write made-up books.")
    parser.add_argument("transactions", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    done = write_books(asked.transactions, asked.folder, seed=asked.seed)
    print(f"{done.transactions:,} transactions, {done.assertions:,} assertions in {done.folder}")


if __name__ == "__main__":
    main()
