"""Write the demonstration company: a year of a small print studio's books, its bank files and inputs.

    python examples/make_demo.py            write the books into this repository
    python examples/make_demo.py --check    exit 1 if what stands there differs

The same seed gives the same bytes. First the year's trading is made (`demo_trade`), then what follows
from it (month ends, VAT returns, bank statements, reconciliations), then everything is put in the
order it was posted, numbered, written and sealed (`demo_text`).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import demo_data as data
import demo_trade as trade
from demo_books import (
    CARD,
    CREDITORS,
    CURRENT,
    DEBTORS,
    DECISION,
    DIRECTOR,
    EURO,
    GAINS,
    IMPORT,
    INPUT,
    JOURNAL,
    MORNING,
    OUTPUT,
    RECONCILE,
    SAVINGS,
    Books,
    bill,
    euro_rate,
    in_pounds,
    invoice,
    month_end,
    months,
    on_or_before,
    session,
)
from demo_text import (
    Account,
    Append,
    Clearing,
    Entry,
    Line,
    Money,
    Posting,
    Statement,
    fill,
    number,
    ofx,
    plain_csv,
    quote,
    starling_csv,
    stream_files,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo_text import Value

BANK = "Estuary Bank"
FILED = {  # quarter's end: the day its return was filed, HMRC's key for it
    date(2025, 6, 30): (date(2025, 8, 1), "25A2"),
    date(2025, 9, 30): (date(2025, 11, 4), "25A3"),
    date(2025, 12, 31): (date(2026, 2, 3), "25A4"),
}


# --- month ends -----------------------------------------------------------------------------------


def month_ends(books: Books) -> None:
    """Post each month's depreciation, stock used, accrual and prepayment."""
    for first in months():
        day = month_end(first)
        posted = session(day + timedelta(3))
        press = 12000 if first >= date(2025, 10, 1) else 0
        charges = {"Plant": 53125 + press, "Computers": 20542, "Fixtures": 10333}
        legs = [(f"Expenses:Depreciation:{name}", minor) for name, minor in charges.items()]
        legs += [(f"Assets:Fixed:{name}:Depreciation", -minor) for name, minor in charges.items()]
        books.journal(day, "depreciation", "DEP", f"Depreciation, {first:%B %Y}", legs, posted)
        printed = sold(books, first, {"Income:Print", "Income:PrintedMatter"}, {"S", "Z"})
        paper, volumes = printed * 14 // 100, sold(books, first, {"Income:Counter"}, {"Z"}) * 45 // 100
        legs = [
            ("Expenses:CostOfSales:Materials", paper), ("Expenses:CostOfSales:Books", volumes),
            ("Assets:Stock:Paper", -paper), ("Assets:Stock:Books", -volumes),
        ]  # fmt: skip
        books.journal(day, "journal", "JNL", f"Stock used, {first:%B %Y}", legs, posted)
        if day.month % 3 == 0:
            legs = [("Expenses:Professional:Accountancy", 49500), ("Liabilities:Accruals", -49500)]
            books.journal(day, "accrual", "JNL", f"Accountancy, quarter to {first:%B %Y}", legs, posted)
        month = 14500 if first < date(2025, 10, 1) else 15500
        legs = [("Expenses:Premises:Insurance", month), ("Assets:Prepayments", -month)]
        books.journal(day, "prepayment", "JNL", f"Insurance, {first:%B %Y}", legs, posted)
    legs = [("Liabilities:Accruals", 180000), ("Expenses:Professional:Accountancy", -180000)]
    books.journal(
        date(2025, 7, 17),
        "accrual",
        "JNL",
        "Accrual of March 2025 released: bill received",
        legs,
        date(2025, 7, 18),
    )
    legs = [("Expenses:Tax:Corporation", 340000), ("Liabilities:CorporationTax", -340000)]
    books.journal(
        date(2025, 9, 30),
        "journal",
        "JNL",
        "Corporation tax, estimate for half year",
        legs,
        date(2025, 10, 3),
    )


def sold(books: Books, first: date, accounts: set[str], codes: set[str]) -> int:
    """Sum a month's net sales on some accounts under some VAT codes."""
    return -sum(
        posting.minor
        for entry in books.entries() if first <= entry.when <= month_end(first)
        for posting in entry.postings if posting.account in accounts and posting.meta.get("vat") in codes
    )  # fmt: skip


def bank_finds(books: Books) -> None:
    """Post what only the bank knows: charges, interest and fees; those of March 2026 are not yet posted."""
    for first in months():
        day = on_or_before(month_end(first))
        posted = session(month_end(first) + timedelta(3))
        found = [
            (
                CURRENT,
                -books.rng.randrange(1250, 2350),
                f"ACCOUNT CHARGES TO {day - timedelta(3):%d%b}".upper(),
            )
        ]
        if first.month % 3 == 0:
            found.append((CURRENT, books.rng.randrange(620, 1480), f"GROSS INTEREST TO {day:%d%b}".upper()))
        found.append((EURO, -350, "MONTHLY ACCOUNT FEE"))
        for account, minor, text in found:
            if first == date(2026, 3, 1):
                books.unbooked.append((account, Line(day, "", minor, text, ())))
                continue
            base = minor if account == CURRENT else in_pounds(minor, euro_rate(day))
            other, words = (
                ("Income:Interest", "Bank interest") if minor > 0 else ("Expenses:BankCharges", "Bank charges")
            )
            legs = [
                Posting(account, minor, "EUR" if account == EURO else "GBP", base),
                Posting(other, -base, meta={"vat": "E"}),
            ]
            shown = {account: Clearing(day, text)}
            books.add(
                Entry(
                    day,
                    "journal",
                    "JNL",
                    BANK,
                    f"{words}, {first:%B %Y}",
                    legs,
                    posted,
                    RECONCILE,
                    -1,
                    cleared=shown,
                )
            )
    for day, minor in ((date(2026, 2, 27), 1187), (date(2026, 3, 31), 1864)):
        text = "Starling Bank|INTEREST|DEPOSIT INTEREST"
        books.unbooked.append((SAVINGS, Line(day, "", minor, text, ())))


def revaluations(books: Books) -> None:
    """Revalue the euro items at each quarter's end, and reverse that the next day."""
    pending: list[Entry] = []
    for day in FILED:
        rate = data.EURO[day]
        legs: dict[tuple[str, str], list[int]] = {}
        for entry in books.entries():
            for posting in entry.postings if entry.when <= day else ():
                control = posting.account.removesuffix(":Exchange")
                if control in {EURO, DEBTORS, CREDITORS} and (posting.currency == "EUR" or control != posting.account):
                    party = "" if control == EURO else str(entry.meta.get("party", ""))
                    sums = legs.setdefault((control, party), [0, 0])
                    sums[0] += posting.minor if posting.currency == "EUR" else 0
                    sums[1] += posting.base
        gains = {key: in_pounds(cents, rate) - base for key, (cents, base) in legs.items()}
        postings = [
            Posting(f"{control}:Exchange", gain, meta={"party": party} if party else {})
            for (control, party), gain in sorted(gains.items()) if gain
        ]  # fmt: skip
        postings.append(Posting(GAINS, -sum(gains.values()), meta={"vat": "O"}))
        posted = session(day + timedelta(3))
        text = f"Euro balances at {rate / 10000:.4f}"
        entry = Entry(day, "revaluation", "FXR", data.TITLE, text, postings, posted, rank=JOURNAL)
        back = [Posting(p.account, -p.minor, meta=dict(p.meta)) for p in postings]
        undo = Entry(day + timedelta(1), "reversal", "REV", data.TITLE, "Revaluation reversed", back, posted,
                     rank=JOURNAL, meta={"reverses": entry})  # fmt: skip
        pending.extend((entry, undo))
    books.items.extend(pending)


# --- VAT ------------------------------------------------------------------------------------------


def vat_returns(books: Books) -> None:
    """File the three quarters that are over: the return, the journal to the control account, the lock."""
    done: set[Entry] = set()
    for end, (filed, key) in FILED.items():
        covered = [
            entry for entry in books.entries()
            if entry not in done and entry.posted <= filed and tax_point(entry) <= end
        ]  # fmt: skip
        done.update(covered)
        boxes = vat_boxes(covered)
        start = (end.replace(day=1) - timedelta(40)).replace(day=1)
        due = boxes[3] - boxes[4]
        coded = [p for e in covered for p in e.postings if "vat" in p.meta]
        sums = {account: sum(p.minor for p in coded if p.account == account) for account in (OUTPUT, INPUT)}
        legs = [(OUTPUT, -sums[OUTPUT]), (INPUT, -sums[INPUT]), ("Liabilities:VAT:Control", -due)]
        text = f"VAT for the quarter to {end:%d %B %Y}"
        books.journal(end, "vat-return", "VAT", text, legs, filed, "HM Revenue & Customs", DIRECTOR)
        meta: dict[str, Value] = {"period-key": key}
        meta |= {f"box-{n}": Account(number(minor)) if n <= 5 else minor for n, minor in boxes.items()}
        books.record(filed, "vat-return", "GB", start, end, posted=filed, slot=DIRECTOR, meta=meta)
        books.record(filed, "lock", "hard", end, posted=filed, slot=DIRECTOR, rank=DECISION + 1)
        paid = {6: date(2025, 8, 12), 9: date(2025, 11, 12), 12: date(2026, 2, 12)}[end.month]
        text = f"VAT, quarter to {end:%B %Y}"
        trade.plain_payment(books, "HMRC", paid, text, "Liabilities:VAT:Control", due, "DD HMRC VAT 765432126")


def tax_point(entry: Entry) -> date:
    """Give the day on which VAT falls due."""
    point = entry.meta.get("tax-point", entry.when)
    assert isinstance(point, date)  # noqa: S101 - our own data
    return point


def vat_boxes(entries: list[Entry]) -> dict[int, int]:
    """Work out the boxes: 1 to 5 in pence, 6 to 9 in whole pounds."""
    out = inn = supplies = bought = reverse = 0
    for entry in entries:
        for posting in entry.postings:
            code = posting.meta.get("vat")
            if code is None or code == "O":
                continue
            sale = entry.kind.startswith("sales") or (
                not entry.kind.startswith("purchase") and posting.account.startswith("Income")
            )
            if posting.account == OUTPUT:
                out -= posting.minor
            elif posting.account == INPUT:
                inn += posting.minor
            elif sale:
                supplies -= posting.minor
            else:
                bought += posting.minor * (50 if code == "X" else 60)
                reverse += posting.minor if code == "RC" else 0
    tax = reverse // 5
    boxes = {1: out + tax, 2: 0, 3: out + tax, 4: inn + tax, 5: abs(out - inn)}
    return boxes | {6: (supplies + reverse) // 100, 7: bought // 6000, 8: 0, 9: 0}


# --- banks ----------------------------------------------------------------------------------------


ACCOUNTS = (  # account, statements' name, files' name, their format, last month imported
    (CURRENT, "CUR", "current", ofx, date(2026, 2, 1)),
    (CARD, "CARD", "card", plain_csv, date(2026, 3, 1)),
    (EURO, "EUR", "euro", plain_csv, date(2026, 2, 1)),
)


def bank_lines(books: Books, account: str) -> list[Line]:
    """Give everything one bank account's statements show, in order, under the bank's own ids."""
    batches: dict[tuple[date, str, str], list[tuple[Entry, int]]] = {}
    for index, entry in enumerate(books.entries()):
        shown = entry.cleared.get(account)
        if shown and shown.when:
            text = fill(shown.text, entry.cites) if "|" not in shown.text else shown.text
            key = (shown.when, text, shown.batch or f"{index:06d}")
            batches.setdefault(key, []).append((entry, entry.amount(account)))
    lines = [Line(when, "", sum(m for _, m in paid), text, tuple(paid)) for (when, text, _), paid in batches.items()]
    for owner, line in books.unbooked:
        if owner == account:
            cites = tuple(entry for entry, _ in line.entries)
            lines.append(line._replace(text=fill(line.text, cites), entries=()))
    lines.sort(key=lambda line: (line.when, line.text))
    numbered = []
    for when, group in groupby(lines, key=lambda line: line.when):
        numbered += [line._replace(ident=f"{when:%Y%m%d}{n:03d}") for n, line in enumerate(group, 1)]
    return numbered


def statements(books: Books) -> dict[str, bytes]:
    """Cut the bank lines into statements, record those imported, and give all the files."""
    files: dict[str, bytes] = {}
    for index, (account, name, stem, write, last) in enumerate(ACCOUNTS):
        balance = books.named["opening"].amount(account)
        lines = bank_lines(books, account)
        currency = "EUR" if account == EURO else "GBP"
        for first in months(last=data.YEAR_END):
            end = month_end(first)
            inside = [line for line in lines if first <= line.when <= end]
            statement = Statement(f"{name}-{first:%Y-%m}", account, currency, first, end, balance, inside)
            balance = statement.closing
            path = f"statements/{stem}-{first:%Y-%m}.{'ofx' if write is ofx else 'csv'}"
            if first > last:
                files["examples/statements/plain.csv" if account == EURO else f"examples/{path}"] = write(statement)
            else:
                files[path] = write(statement)
                imported(books, statement, path, files[path], index * 10)
    lines = bank_lines(books, SAVINGS)
    statement = Statement("", SAVINGS, "GBP", lines[0].when, data.YEAR_END, 0, lines)
    files["examples/statements/starling.csv"] = starling_csv(statement)
    return files


def imported(books: Books, statement: Statement, path: str, content: bytes, rank: int) -> None:
    """Record a statement, its lines, and what each line was matched to."""
    posted = session(statement.end + timedelta(3))
    currency, name = statement.currency, statement.name
    closing = Money(statement.closing, currency)
    meta: dict[str, Value] = {
        "opening": Money(statement.opening, currency),
        "from": statement.start,
        "file": path,
    }
    meta["sha256"] = hashlib.sha256(content).hexdigest()
    account = Account(statement.account)
    books.record(statement.end, "statement", name, account, closing, posted=posted, slot=IMPORT, rank=rank, meta=meta)
    for line in statement.lines:
        words: tuple[Value, ...] = (
            "statement-line",
            name,
            line.ident,
            Money(line.minor, currency),
            line.text,
        )
        books.record(line.when, *words, posted=posted, slot=IMPORT, rank=rank + 1)
    for verb, words, reason in decided(books, statement):
        note: dict[str, Value] = {"reason" if verb else "method": reason}
        books.record(posted, *verb, *words, posted=posted, slot=RECONCILE, rank=DECISION + rank, meta=note)


Decision: TypeAlias = "tuple[tuple[Value, ...], tuple[Value, ...], str]"  # `undo` or nothing, words, reason or method


def decided(books: Books, statement: Statement) -> Iterator[Decision]:
    """Give the matches of a statement's lines, one of them wrong and taken back."""
    name, currency = statement.name, statement.currency
    if statement.start == data.FIRST:
        opening = Money(statement.opening, currency)
        yield (), ("reconcile", name, "opening", books.named["opening"], opening), "opening"
    receipts = [line for line in statement.lines if line.minor > 0]
    mistaken = min(receipts, key=lambda line: line.minor) if name == "CUR-2025-11" else None
    for line in statement.lines:
        if line is mistaken:
            other = next(other for other in receipts if other is not line).entries[0][0]
            wrong: tuple[Value, ...] = ("reconcile", name, line.ident, other, Money(line.minor))
            yield (), wrong, "hand"
            yield ("undo",), wrong, "another receipt of that month"
        for entry, minor in line.entries:
            yield (), ("reconcile", name, line.ident, entry, Money(minor, currency)), how(line, entry)


def how(line: Line, entry: Entry) -> str:
    """Say by what a line was matched."""
    if len(line.entries) > 1:
        return "batch"
    digits = {str(int(cite.ref.rsplit("-", 1)[1])) for cite in entry.cites}
    return "reference" if any(word.strip("INV-0") in digits for word in line.text.split()) else "amount"


# --- decisions and loose ends ---------------------------------------------------------------------


def decisions(books: Books) -> None:
    """Record a dispute, a query, notes and a soft lock; post the first papers of April 2026."""
    named = books.named
    reason: dict[str, Value] = {"disputed": "two boards printed in the wrong blue"}
    books.record(date(2026, 1, 20), "amend", named["disputed"], meta=reason)
    words: tuple[Value, ...] = (
        "query",
        named["PO-0004"],
        "buyer",
        "Billed at 25.10 a ream, ordered at 24.50: credit note?",
    )
    books.record(date(2026, 2, 20), *words)
    press = named["MERIDIAN 2025-09-10"]
    plant = (Account("Assets:Fixed:Plant:Cost"), "Digital press M4, serial M4-20771, five years' warranty")
    books.record(press.when, *plant, posted=press.posted, head="note")
    overdue = (
        Account(DEBTORS),
        "Inkwell: telephoned on 17 March, promises payment after the April board meeting",
    )
    books.record(date(2026, 3, 17), *overdue, head="note")
    books.record(date(2026, 3, 24), "lock", "soft", date(2026, 2, 28), rank=DECISION + 1)
    invoice(books, "BEACON", date(2026, 4, 2), [("Income:Print", "S", "Easter menus", 28500)])
    rent = [("Expenses:Premises:Rent", "S", 145000)]
    bill(books, "TIDEWATER", date(2026, 4, 1), "Rent, Unit 4 Harbour Lane, April", rent)
    fair = [("Expenses:Marketing", "S", 46500)]
    bill(books, "KESTREL", date(2026, 3, 25), "Banners and stands, book fair", fair, 8).tags = ("bookfair",)
    invoice(books, "INKWELL", date(2026, 3, 24), [("Income:Design", "S", "Book fair stand, artwork", 62000)]).tags = (
        "bookfair",
    )


# --- the files ------------------------------------------------------------------------------------


def chart() -> bytes:
    """Write the chart of accounts."""
    text = "; The chart of accounts: nominal codes and roles.\n"
    for row in data.CHART.splitlines():
        account, currencies, nominal, role, *extra = (cell.strip() for cell in row.split("|"))
        text += f"\n{data.FIRST} open {account:<40} {currencies}\n  nominal: {quote(nominal)}\n"
        text += f"  role: {quote(role)}\n" if role else ""
        text += "".join(f"  {line}\n" for line in extra)
    return text.encode()


def appends(books: Books) -> Iterator[Append]:
    """Cut the stream into what was written at one time, with a time and a name."""
    clock = random.Random(9)
    hours = {MORNING: (9, 11), IMPORT: (11, 12), RECONCILE: (13, 15), DIRECTOR: (16, 17)}
    for (day, slot), group in groupby(books.ordered(), key=lambda item: (item.posted, item.slot)):
        low, high = hours[slot]
        seconds = clock.randrange(low * 3600, high * 3600)
        when = datetime.combine(day, datetime.min.time()) + timedelta(seconds=seconds)
        yield Append(when, data.SAM if slot == DIRECTOR else data.JO, list(group))


def make() -> dict[str, bytes]:
    """Make every file of the demonstration, by its path."""
    books = Books()
    steps: tuple[Callable[[Books], None], ...] = (
        trade.opening, trade.random_sales, trade.set_pieces, trade.euro_trade, trade.counter_sales,
        trade.purchases, trade.payment_runs, trade.card_spending, trade.payroll, trade.owners_and_taxes,
        decisions, month_ends, bank_finds, revaluations, vat_returns,
    )  # fmt: skip
    for step in steps:
        step(books)
    books.number()
    outside = {
        "acct.toml": data.ACCT_TOML.encode(),
        "journals/main.beancount": data.MAIN.encode(),
        "journals/chart.beancount": chart(),
    }
    files = {
        **outside,
        "examples/entries/accrual.beancount": data.ACCRUAL.encode(),
        "examples/cron/month-end.sh": data.MONTH_END.encode(),
    }
    files |= statements(books)
    files |= stream_files(appends(books), outside)
    return files


def strays(root: Path, files: dict[str, bytes]) -> list[str]:
    """List journals and statements that the demonstration does not have."""
    found = [*root.glob("journals/**/*.beancount"), *root.glob("statements/*")]
    return sorted(name for path in found if (name := path.relative_to(root).as_posix()) not in files)


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description="Write the demonstration company.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the files differ")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the folder to write to"
    )
    options = parser.parse_args()
    root: Path = options.root
    files = make()
    changed = [
        name for name, text in files.items() if not (root / name).is_file() or (root / name).read_bytes() != text
    ]
    extra = strays(root, files)
    for name in extra:
        print(f"not part of the demonstration: {name}", file=sys.stderr)
    if options.check:
        for name in changed:
            print(f"differs: {name}", file=sys.stderr)
        return 1 if changed or extra else 0
    for name in changed:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
        if name.endswith(".sh"):
            path.chmod(0o755)
    print(f"{len(files)} files, {len(changed)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
