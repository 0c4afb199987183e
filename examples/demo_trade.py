"""The demonstration company's year of trading: sales, purchases, payments and wages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import demo_data as data
from demo_books import (
    BILL,
    CARD,
    CASH,
    CREDITORS,
    CURRENT,
    DEBTORS,
    EURO,
    INPUT,
    JOURNAL,
    ORDER,
    OUTPUT,
    PARTIES,
    SAVINGS,
    Books,
    allocate,
    bill,
    euro_rate,
    in_pounds,
    invoice,
    month_end,
    months,
    on_or_after,
    on_or_before,
    session,
    settle,
    short,
)
from demo_text import Account, Clearing, Entry, Line, Money, Posting

if TYPE_CHECKING:
    from demo_text import Value


# --- the start ------------------------------------------------------------------------------------


def opening(books: Books) -> None:
    """Post the parties, the balances and open items taken over, and the opening rate."""
    day = data.FIRST
    for kind, parties in (("customer", data.CUSTOMERS), ("supplier", data.SUPPLIERS)):
        for party in parties:
            meta: dict[str, Value] = {"terms": party.terms} if party.terms else {}
            meta |= dict(party.extra)
            books.record(day, kind, party.code, party.name, rank=-2, meta=meta)
    legs = [Posting(account, minor) for account, minor in data.OPENING]
    base = in_pounds(data.OPENING_EURO, data.EURO[day])
    legs.append(Posting(EURO, data.OPENING_EURO, "EUR", base))
    items = sum(minor for *_, minor, _ in data.OPENING_ITEMS)
    legs.append(Posting("Equity:RetainedEarnings", -items - sum(leg.base for leg in legs)))
    legs.append(Posting("Equity:Opening", items))
    books.named["opening"] = books.add(
        Entry(day, "opening", "OPN", data.TITLE, "Balances taken over", legs, session(day), rank=-1)
    )
    for item in data.OPENING_ITEMS:
        opening_item(books, *item)
    for when, rate in data.EURO.items():
        posted = session(when + timedelta(1))
        books.record(when, Account("EUR"), Account(f"0.{rate:04d} GBP"), posted=posted, rank=-2, head="price")


def opening_item(books: Books, code: str, ref: str, issued: date, due: date, minor: int, days: int) -> None:
    """Post an invoice or bill open on the first day, and the receipt of an invoice."""
    day, owed = data.FIRST, minor > 0
    text = f"Invoice {ref} open on 31 March 2025" if owed else "Bill open on 31 March 2025"
    meta: dict[str, Value] = {} if owed else {"their-ref": ref}
    meta |= {"issued": issued, "party": code, "due": due}
    legs = [Posting(DEBTORS if owed else CREDITORS, minor), Posting("Equity:Opening", -minor)]
    name = PARTIES[code].name
    entry = books.add(Entry(day, "opening", "OPN", name, text, legs, session(day), rank=-1, meta=meta))
    books.open[entry] = abs(minor)
    if owed:
        paid = on_or_after(day + timedelta(days))
        shown = Clearing(paid, f"FPI {short(code)} {ref}")
        settle(books, code, paid, [(entry, minor)], f"Faster payment, invoice {ref}", shown)


# --- sales ----------------------------------------------------------------------------------------


def random_sales(books: Books) -> None:
    """Invoice five pieces of work a month and let the customers pay as they usually do."""
    for first in months():
        busy = {"KERGOAT", "VANDERSLUIS", "COUNTER"}
        if first.year == 2026:
            busy |= {"HOLLOWELL", "NORTHMERE", "KITTIWAKE", "GREENSHANK", "CORMORANT", "LARKFIELD"}
        names = [party.code for party in data.CUSTOMERS if party.code not in busy]
        days = sorted(books.rng.sample(range(1, 28), 5))
        for day, code in zip(days, books.rng.sample(names, 5), strict=True):
            when = on_or_after(first + timedelta(day))
            lines = [
                (account, vat, words, books.rng.randrange(low * 2, high * 2) * 50)
                for account, vat, words, low, high in books.rng.sample(data.SALES, books.rng.choice((1, 2, 2, 3)))
            ]
            if any(account != "Income:Design" for account, *_ in lines) and books.rng.random() < 0.25:
                lines.append(("Income:Carriage", lines[-1][1], "delivery", books.rng.randrange(24, 60) * 50))
            collect(books, code, invoice(books, code, when, lines))


def collect(books: Books, code: str, sale: Entry) -> None:
    """Let a customer pay an invoice some days after, if that is within the year."""
    paid = on_or_after(sale.when + timedelta(max(3, PARTIES[code].days + books.rng.randrange(-6, 10))))
    late, style = books.rng.randrange(2), books.rng.randrange(6)
    if paid > date(2026, 3, 30):
        return
    name = short(code)
    text = ("Faster payment, {r}", "Bank giro credit, {r}", "Faster payment")[style % 3]
    shown = (f"FPI {name} INV{{n}}", f"BGC {name} {{r}}", f"FPI {name}", f"FPI {name} {{r}}",
             f"BGC {name} {{n}}", f"FPI {name} INVOICE {{n}}")[style]  # fmt: skip
    clear = on_or_after(paid, late)
    method = "amount" if style == 2 else "reference"
    settle(books, code, paid, [(sale, books.open[sale])], text, Clearing(clear, shown), method)


def set_pieces(books: Books) -> None:
    """Invoice the set pieces, and post the receipts that wait to be allocated."""
    named = books.named
    for piece in data.PIECES:
        lines = [(account, code, text, net) for account, code, text, net in piece.lines]
        named[piece.name] = invoice(books, piece.customer, piece.when, lines)
    credit = [("Income:PrintedMatter", "Z", "Twenty copies returned", 24000)]
    note = invoice(books, "FENNIMORE", date(2026, 1, 15), credit, kind="sales-credit")
    del note.meta["due"]
    allocate(books, note, named["credited"], 24000)

    def receive(name: str, day: int, text: str, shown: str, lag: int, amount: int = 0, method: str = "") -> Entry:
        sale = named[name]
        party = str(sale.meta["party"])
        when = date(2026, 3, day)
        clear = Clearing(on_or_after(when, lag), f"FPI {short(party)} {shown}".strip())
        return settle(books, party, when, [(sale, amount or books.open[sale])], text, clear, method)

    receive("part", 5, "FPI CORMORANT BREWING INV{n} PART", "INV{n} PART", 0, 100000)
    receive("by-amount", 10, "FPI NORTHMERE VETS", "", 1)
    receive("by-ref", 12, "Faster payment, {r}", "{r}", 0)
    receive("by-number", 17, "FPI DRIFTWOOD INTERIOR INV{n}", "INV{n}", 1)
    receive("twin-1", 20, "FPI HOLLOWELL THEATRE", "", 1)
    settle(books, "KITTIWAKE", date(2026, 3, 24), [], "FPI KITTIWAKE SAILING DEPOSIT",
           Clearing(date(2026, 3, 24), "FPI KITTIWAKE SAILING DEPOSIT"), "", extra=35000)  # fmt: skip
    joint = [(named["remit-1"], 126000), (named["remit-2"], 40800)]
    both = settle(books, "GREENSHANK", date(2026, 3, 19), joint, "FPI GREENSHANK WILDLIF",
                  Clearing(date(2026, 3, 20), "FPI GREENSHANK WILDLIF"), "")  # fmt: skip
    for item, amount in joint:
        words = ("remittance-line", both, "Invoice {n}", Money(amount), str(item.text).lower())
        books.record(date(2026, 3, 20), *words, cites=(item,))
    for name, clear in (("cheque-1", date(2026, 3, 18)), ("cheque-2", date(2026, 3, 19))):
        sale = named[name]
        settle(books, str(sale.meta["party"]), date(2026, 3, 17), [(sale, 36000)], "Cheque banked, {r}",
               Clearing(clear, "CHQ IN AT COUNTER"))  # fmt: skip
    settle(books, "ALDERTON", date(2026, 3, 31), [(named["lodged"], 132000)], "Cheque banked, {r}",
           Clearing(None, ""))  # fmt: skip
    unbooked = Line(date(2026, 3, 27), "", 93000, f"FPI {short('LARKFIELD')} INV{{n}}", ((named["unbooked"], 0),))
    books.unbooked.append((CURRENT, unbooked))


def euro_trade(books: Books) -> None:
    """Sell and buy in euro, and change what is not needed into pounds."""
    for code, when, text, account, vat, cents in data.EURO_SALES:
        sale = invoice(books, code, when, [(account, vat, text, cents)], "EUR")
        paid = on_or_after(when + timedelta(PARTIES[code].days + books.rng.randrange(-3, 6)))
        if paid <= data.YEAR_END:
            rate = euro_rate(paid) + books.rng.randrange(-40, 41)
            shown = Clearing(paid, f"SEPA CREDIT {short(code)} {{r}}")
            settle(books, code, paid, [(sale, cents)], "SEPA credit, {r}", shown, bank=EURO, rate=rate)
    for code, when, text, cents in data.EURO_BILLS:
        item = bill(books, code, when, text, [("Expenses:Office:Software", "RC", cents)], 2, currency="EUR")
        paid = on_or_after(when + timedelta(PARTIES[code].days))
        rate = euro_rate(paid) + books.rng.randrange(-40, 41)
        shown = Clearing(paid, f"SEPA DEBIT {short(code)} {item.meta['their-ref']}")
        settle(
            books,
            code,
            paid,
            [(item, cents)],
            f"SEPA transfer, {item.meta['their-ref']}",
            shown,
            bank=EURO,
            rate=rate,
        )
    for when, cents, rate in data.CONVERSIONS:
        pounds = in_pounds(cents, rate)
        legs = [Posting(EURO, -cents, "EUR", -pounds), Posting(CURRENT, pounds)]
        transfer(books, when, "Euro sold", legs, {EURO: "FX SALE EUR/GBP", CURRENT: "FX PURCHASE GBP FROM EUR"})


def transfer(books: Books, when: date, text: str, legs: list[Posting], shown: dict[str, str]) -> Entry:
    """Move money between our own accounts."""
    cleared = {account: Clearing(when, words) for account, words in shown.items()}
    entry = Entry(when, "transfer", "TRF", data.TITLE, text, legs, session(when), rank=CASH, cleared=cleared)
    return books.add(entry)


def counter_sales(books: Books) -> None:
    """Take a fortnight of counter sales every other Friday, gross: the terminal bills its fees."""
    day = date(2025, 4, 4)
    while day <= data.YEAR_END:
        when = on_or_before(day)
        gross, books_sold = books.rng.randrange(42000, 96000), books.rng.randrange(14000, 34000)
        vat = (gross + 3) // 6
        postings = [
            Posting(CURRENT, gross + books_sold),
            Posting("Income:Counter", vat - gross, meta={"vat": "S"}),
            Posting("Income:Counter", -books_sold, meta={"vat": "Z"}),
            Posting(OUTPUT, -vat, meta={"vat": "S"}),
        ]
        clear = on_or_after(when + timedelta(1), books.rng.randrange(2))
        shown = {CURRENT: Clearing(clear, f"QUAYBRIDGE PAYMENTS {when:%d%m}")}
        text = f"Card takings, fortnight to {when.day} {when:%B}"
        books.add(Entry(when, "receipt", "RCT", "Counter sales", text, postings, session(when), rank=CASH,
                        meta={"party": "COUNTER"}, cleared=shown))  # fmt: skip
        day += timedelta(14)


# --- purchases ------------------------------------------------------------------------------------


def purchases(books: Books) -> None:
    """Post the year's bills."""
    for first in months():
        for code, text, account, vat, day, low, high in data.MONTHLY_BILLS:
            net = low if low == high else books.rng.randrange(low // 5, high // 5) * 5
            regular(books, code, first + timedelta(day - 1), f"{text}, {first:%B}", account, vat, net)
        if first.month in data.COUNCIL_MONTHS:
            when, text = on_or_after(first + timedelta(4)), "Business rates, instalment"
            shown = f"DD {short('BOROUGH')} {mandate('BOROUGH')}"
            plain_payment(books, "BOROUGH", when, text, "Expenses:Premises:Rates", 41200, shown)
        occasional(books, first)
    for code, issued, text, lines in data.SINGLE_BILLS:
        books.named[f"{code} {issued}"] = bill(books, code, issued, text, lines, 2)
    diaries = [("Expenses:Office:Stationery", "S", 8640)]
    late = bill(books, "KESTREL", date(2025, 12, 19), "Diaries and planners", diaries, 0, date(2026, 2, 5))
    late.meta["tax-point"] = date(2025, 12, 19)
    for issued, paper in data.PAPER:
        text = "; ".join(words for words, *_ in paper)
        legs = [("Assets:Stock:Paper", "S", quantity * price) for _, quantity, price in paper]
        bill(books, "PELICAN", issued, text, legs, 2)
    for order in data.ORDERS:
        purchase_order(books, order)
    credit_from_supplier(books)


def occasional(books: Books, first: date) -> None:
    """Post the bills that come in some months only."""
    for code, text, account, vat, day, low, high, in_months in data.SOME_BILLS:
        if first.month not in in_months:
            continue
        net = books.rng.randrange(low // 5, high // 5) * 5
        issued = on_or_after(first + timedelta(day))
        if code in data.DIRECT_DEBIT:
            regular(books, code, issued, text, account, vat, net)
        else:
            entered = on_or_after(issued + timedelta(2)) if code == "PARCELWING" else None
            bill(books, code, issued, text, [(account, vat, net)], books.rng.randrange(1, 5), entered)


def regular(books: Books, code: str, when: date, text: str, account: str, vat: str, net: int) -> None:
    """Post a bill that comes regularly, and the direct debit that pays it unless the payment run does."""
    item = bill(books, code, when, text, [(account, vat, net)])
    if code == "FOLDWELL":
        return
    paid = on_or_after(when + timedelta(PARTIES[code].days))
    if paid > data.YEAR_END:
        return
    shown = Clearing(paid, f"DD {short(code)} {mandate(code)}")
    settle(books, code, paid, [(item, books.open[item])], "Direct debit, {r}", shown)


def mandate(code: str) -> int:
    """Give the number under which a supplier collects by direct debit."""
    return 100000 + sum(map(ord, code)) * 37


def purchase_order(books: Books, order: data.Order) -> None:
    """Record an order, the goods that came, and post its bill."""
    posted = session(order.when)
    books.record(order.when, "purchase-order", order.number, order.party, posted=posted, rank=ORDER)
    for index, (text, quantity, unit, price, account) in enumerate(order.lines, 1):
        words: tuple[Value, ...] = (
            "order-line",
            order.number,
            str(index),
            text,
            quantity,
            unit,
            Money(price),
            Account(account),
        )
        books.record(order.when, *words, posted=posted, rank=ORDER, meta={"vat": "S"})
    for when, index, quantity in order.received:
        books.goods += 1
        words = ("goods-received", f"GRN-{books.goods:04d}", order.number, str(index), quantity)
        books.record(when, *words, posted=session(when), rank=ORDER)
    if order.billed:
        issued, billed = order.billed
        lines = [(order.lines[index - 1][4], "S", quantity * price) for index, quantity, price in billed]
        notes: list[dict[str, Value]] = [{"order": f"{order.number}/{i}", "qty": quantity} for i, quantity, _ in billed]
        text = "; ".join(order.lines[index - 1][0] for index, *_ in billed)
        books.named[order.number] = bill(books, order.party, issued, text, lines, 1, extra=notes)


def credit_from_supplier(books: Books) -> None:
    """Post a supplier's credit note and set it against the bill."""
    target = next(e for e in books.open if e.payee.startswith("Castlefield") and e.when.month == 10)
    when = date(2025, 10, 24)
    postings = [
        Posting(CREDITORS, 11040),
        Posting("Expenses:CostOfSales:InksAndPlates", -9200, meta={"vat": "S"}),
        Posting(INPUT, -1840, meta={"vat": "S"}),
    ]
    meta: dict[str, Value] = {"their-ref": "CN-0418", "party": "CASTLEFIELD"}
    note = Entry(when, "purchase-credit", "SCN", target.payee, "Five faulty plates", postings, session(when),
                 rank=BILL, meta=meta)  # fmt: skip
    allocate(books, books.add(note), target, 11040)


def payment_runs(books: Books) -> None:
    """Pay, near the 26th of each month, the bills due by its end."""
    held = books.named["PO-0004"]
    for first in months():
        when = on_or_before(first.replace(day=26))
        bulk = first.month in {6, 9, 12}
        due: dict[str, list[Entry]] = {}
        for item, left in sorted(books.open.items(), key=lambda pair: (pair[0].posted, pair[0].when)):
            payable = item.amount(CREDITORS) < 0 and item.amount(CREDITORS) == sum(
                p.base for p in item.postings if p.account == CREDITORS
            )
            party = str(item.meta["party"])
            ready = item.posted <= when and str(item.meta.get("due")) <= str(month_end(first))
            if payable and ready and left and party not in data.DIRECT_DEBIT and item is not held:
                due.setdefault(party, []).append(item)
        for party, items in due.items():
            pay(books, party, when, items, bulk=bulk)


def pay(books: Books, party: str, when: date, items: list[Entry], *, bulk: bool) -> None:
    """Pay one supplier in a payment run; those of March 2026 wait for a bulk line or an allocation."""
    refs = " ".join(str(item.meta["their-ref"]) for item in items)
    last = (when.year, when.month) == (2026, 3)
    text = f"Payment run, {refs}"
    shown = Clearing(when, f"FPO {short(party)} {refs.upper()}"[:32].strip())
    pays = [(item, books.open[item]) for item in items]
    if party == "TEAL":
        books.cheque += 6
        cleared = None if last else on_or_after(when, 3)
        if last:
            when = date(2026, 3, 30)
        text, shown = f"Cheque {books.cheque:06d}, {refs}", Clearing(cleared, f"CHQ {books.cheque:06d}")
        settle(books, party, when, pays, text, shown)
        return
    if last and party in {"FOLDWELL", "PARCELWING", "CASTLEFIELD", "MARRAM"}:
        if party == "MARRAM":
            pays, text = [(items[0], 50000)], f"Part payment, {refs}"
        elif party != "FOLDWELL":
            text = "Payment run"
            shown = Clearing(when, f"FPO {short(party)}")
        settle(books, party, when, pays, text, shown, "")
        return
    if bulk or last:
        shown = Clearing(when, f"BACS BULK HARBOUR LANE {when:%d%m}", f"run {when}")
    settle(books, party, when, pays, text, shown)


def card_spending(books: Books) -> None:
    """Spend on the company card, and pay the card by direct debit."""
    owed = -sum(minor for account, minor in data.OPENING if account == CARD)
    for first in months():
        when = on_or_after(first + timedelta(17))
        legs = [Posting(CURRENT, -owed), Posting(CARD, owed)]
        shown = {CURRENT: "DD ESTUARY BANK CARD", CARD: "PAYMENT RECEIVED THANK YOU"}
        transfer(books, when, "Card paid by direct debit", legs, shown)
        choice = [data.CARD[-1], books.rng.choice(data.CARD[:-1])]
        for party, text, account, code, low, high, shop in choice:
            gross = low * 100 if low == high else books.rng.randrange(low * 20, high * 20) * 5
            day = on_or_after(first + timedelta(books.rng.randrange(2, 24)))
            card_payment(books, party, day, text, account, code, gross, shop)
        owed = -books.balance(CARD, month_end(first))
    fee = (
        "COHOUSE",
        date(2025, 6, 13),
        "Confirmation statement",
        "Expenses:Professional:FilingFees",
        "O",
        3400,
    )
    card_payment(books, *fee, "COMPANIES HOUSE")


def card_payment(
    books: Books, party: str, when: date, text: str, account: str, code: str, gross: int, shop: str
) -> None:
    """Post one payment by card."""
    vat = (gross + 3) // 6 if code == "S" else 0
    postings = [Posting(CARD, -gross), Posting(account, gross - vat, meta={"vat": code})]
    if vat:
        postings.append(Posting(INPUT, vat, meta={"vat": "S"}))
    clear = on_or_after(when, books.rng.randrange(2))
    books.add(Entry(when, "payment", "PAY", PARTIES[party].name, text, postings, session(when + timedelta(1)),
                    rank=CASH, meta={"party": party}, cleared={CARD: Clearing(clear, shop)}))  # fmt: skip


# --- wages, taxes and owners ----------------------------------------------------------------------


def plain_payment(books: Books, party: str, when: date, text: str, account: str, minor: int, shown: str) -> None:
    """Pay something that is not a bill."""
    meta: dict[str, Value] = {"party": party} if party else {}
    payee = PARTIES[party].name if party else data.TITLE
    outside = {"vat": "O"} if account.startswith("Expenses") else {}
    legs = [Posting(account, minor, meta=dict(outside)), Posting(CURRENT, -minor)]
    books.add(Entry(when, "payment", "PAY", payee, text, legs, session(when), rank=CASH, meta=meta,
                    cleared={CURRENT: Clearing(when, shown)}))  # fmt: skip


def payroll(books: Books) -> None:
    """Run the payroll each month: one journal, then net pay, and HMRC and pension the month after."""
    allowance = 1050000  # the year's employment allowance
    paye, pension = 141853, 52614
    for first in months():
        plain_payment(books, "NORTHQUAY", on_or_after(first + timedelta(14)), "Pension contributions",
                      "Liabilities:Payroll:Pension", pension, "DD NORTHQUAY WORKPLACE 0417722")  # fmt: skip
        plain_payment(books, "HMRC", on_or_before(first + timedelta(21)), "PAYE and National Insurance",
                      "Liabilities:Payroll:PAYE", paye, "FPO HMRC CUMBERNAULD 475PB01234567")  # fmt: skip
        when = on_or_before(first.replace(day=28))
        pays = [
            gross + (books.rng.randrange(0, 4) * 4500 if who == "press operator" else 0) for who, gross in data.STAFF
        ]
        slips = [payslip(gross) for gross in pays]
        tax, employee, employer, ours, theirs = (sum(column) for column in zip(*slips, strict=True))
        relief = min(allowance, employer)
        allowance -= relief
        paye, pension = tax + employee + employer - relief, ours + theirs
        net = sum(pays) - tax - employee - theirs
        legs = [
            ("Expenses:Staff:Directors", pays[0]), ("Expenses:Staff:Wages", sum(pays[1:])),
            ("Expenses:Staff:EmployerNIC", employer - relief), ("Expenses:Staff:Pension", ours),
            ("Liabilities:Payroll:PAYE", -paye), ("Liabilities:Payroll:Pension", -pension),
            ("Liabilities:Payroll:NetWages", -net),
        ]  # fmt: skip
        books.journal(when, "payroll", "PAYR", f"Payroll, {first:%B %Y}", legs, session(when))
        text = f"Net wages, {first:%B %Y}"
        plain_payment(books, "", when, text, "Liabilities:Payroll:NetWages", net, f"BACS WAGES {when:%b%y}".upper())


def payslip(gross: int) -> tuple[int, int, int, int, int]:
    """Work out a month's tax, employee and employer National Insurance, employer and employee pension."""
    qualifying = max(0, min(gross, 418900) - 52000) if gross >= 110000 else 0
    theirs, ours = qualifying * 5 // 100, qualifying * 3 // 100
    tax = max(0, gross - theirs - 104825) * 20 // 100
    employee = max(0, gross - 104800) * 8 // 100
    employer = max(0, gross - 41700) * 15 // 100
    return tax, employee, employer, ours, theirs


def owners_and_taxes(books: Books) -> None:
    """Pay dividends, the director's loan and corporation tax; move savings; spend petty cash."""
    for when, who in ((date(2025, 7, 18), "July"), (date(2026, 1, 16), "January")):
        plain_payment(
            books,
            "",
            when,
            f"Interim dividend, {who}",
            "Equity:Dividends",
            300000,
            "FPO J HARBOROUGH DIVIDEND",
        )
    for when in (date(2025, 8, 20), date(2025, 11, 20), date(2026, 2, 19)):
        text = "Director's loan, part repaid"
        plain_payment(books, "", when, text, "Liabilities:DirectorsLoan", 100000, "FPO J HARBOROUGH DLA")
    plain_payment(books, "HMRC", date(2025, 12, 30), "Corporation tax, year to March 2025",
                  "Liabilities:CorporationTax", 721400, "FPO HMRC CORP TAX 8855501234A00101A")  # fmt: skip
    vat_due = -dict(data.OPENING)["Liabilities:VAT:Control"]
    plain_payment(books, "HMRC", date(2025, 5, 12), "VAT, quarter to March 2025", "Liabilities:VAT:Control",
                  vat_due, "DD HMRC VAT 765432126")  # fmt: skip
    for when, pounds in (
        (date(2026, 2, 2), 300000),
        (date(2026, 3, 3), 150000),
        (date(2026, 3, 25), -100000),
    ):
        legs = [Posting(CURRENT, -pounds), Posting(SAVINGS, pounds)]
        into = "TFR TO SAVINGS" if pounds > 0 else "TFR FROM SAVINGS"
        shown = f"{data.TITLE}|{'TO SAVINGS' if pounds > 0 else 'TO CURRENT'}|FASTER PAYMENT"
        transfer(books, when, "To savings" if pounds > 0 else "From savings", legs, {CURRENT: into, SAVINGS: shown})
    for when, minor in ((date(2025, 6, 3), 1845), (date(2025, 9, 23), 2210), (date(2026, 1, 20), 1995)):
        legs = [
            Posting("Expenses:Office:Refreshments", minor, meta={"vat": "Z"}),
            Posting("Assets:Cash:Petty", -minor),
        ]
        books.add(
            Entry(
                when,
                "journal",
                "JNL",
                "Petty cash",
                "Tea, coffee and milk",
                legs,
                session(when),
                rank=JOURNAL,
            )
        )
