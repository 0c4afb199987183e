"""Made-up bank lines and entries by another hand: other names, lags, numbers, batches and habits than `matching_books`.

Here a clean problem is made first, payment by payment, and then spoilt row by row, so that what goes wrong falls on
any row alike: a deposit may lose one of its entries, and then has no true match. Nothing in the matcher was fitted to
this one: it is there to see whether what was learnt on the other holds elsewhere.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from acctkit.matching import Row
from matching_books import LEVELS, Problem, Truth

START = date(2025, 9, 1)

# How often a row is spoilt in one way, in percent, and how often a payment is of a kind.
SPOILT: dict[str, tuple[float, float, float, float]] = {
    #                 easy, medium, hard, stress
    "no name": (3, 6, 10, 30),
    "cut to 18": (30, 30, 30, 30),
    "cut to 8": (0, 1, 3, 15),
    "mistyped": (0, 3, 8, 20),
    "name in entry mistyped": (0, 1, 2, 6),
    "line lost": (2, 3, 5, 15),
    "entry lost": (2, 3, 5, 15),
    "number blanked": (10, 15, 20, 50),
    "number wrong": (0, 0.3, 1, 5),
    "round amount": (0, 1, 3, 15),
    "unknown payer": (0, 0.5, 1, 4),
}
KINDS: dict[str, tuple[float, float, float, float]] = {
    "standing": (4, 6, 8, 8),
    "fixed price": (3, 5, 6, 8),
    "takings": (2, 3, 4, 4),
    "payroll": (0.5, 1, 1.5, 1.5),
    "collection": (0.3, 0.6, 1, 1),
    "on account": (0.5, 1, 2, 2.5),
    "in parts": (0.3, 0.6, 1, 1.5),
    "refund": (0.5, 1, 1.5, 2),
    "bounced": (0, 0.5, 1, 2),
    "reissued": (0, 0.5, 1, 2),
    "same day twins": (1, 3, 6, 8),
    "fee": (0, 0.3, 0.7, 1),
    "rounding": (0, 0.1, 0.3, 0.3),
    "swapped": (0, 0.3, 0.7, 1),
}

_COMPANIES = """British Gas|Severn Trent Water|BT Group|Screwfix Direct|Travis Perkins|Howdens Joinery|Royal Mail
    Amazon EU|Google Ireland|Microsoft Ireland|Xerox Finance|Shell UK Oil Products|Allstar Business Solutions
    Brakes Foodservice|Bidfood|Costco Wholesale|Booker|City Electrical Factors|Wolseley UK|Jewson|Edmundson Electrical
    Lyreco|Viking Direct|Office Depot|Vodafone|EE|Sky Business|Chubb Fire|Rentokil Initial|Biffa Waste|Veolia|Aviva
    AXA Insurance|Zurich|Hiscox|Close Brothers|Lombard North Central|Arval UK|Leaseplan|Enterprise Rent-A-Car|TNT
    DHL Parcel|DPD Local|Yodel|Parcelforce|UPS|Adobe Systems|Dropbox|Slack Technologies|Zoom Video|Mailchimp
    Thames Water|Southern Electric|EDF Energy|Eon Next|Octopus Energy|Bulb|Scottish Power|SSE Business|Npower"""
_SURNAMES = """Abernathy Bhattacharya Callaghan Desrosiers Eastwood Featherstone Gallimore Hargreaves Ingleby Jellicoe
    Kirkpatrick Llewellyn McAllister Nightingale O'Sullivan Pemberton Quigley Ramachandran Sotheran Trevelyan Umarji
    Venkataraman Wolstenholme Younghusband Zielinski Ashworth Bickerstaff Cholmondeley Dunwoody Entwistle Fotheringham
    Greenhalgh Higginbotham Isherwood Jankowski Kaczmarek Longbottom Mainwaring Ng Okonkwo Postlethwaite Ravenscroft
    Stubbs Thistlethwaite Underwood Vasquez Winterbottom Yamamoto Adeyemi Balakrishnan Cartwright Dimitrov"""
_GIVEN = """Alan Beatrice Colin Deborah Edward Fiona Gordon Helen Ian Judith Keith Lorraine Malcolm Nadia Oliver
    Patricia Quentin Rosemary Stephen Tracey Una Vincent Wendy Yusuf Zara Anil Bozena Chidi Dmitri Esme"""
_PLACES = """Aldershot Barnsley Chester Dorking Exeter Falmouth Guildford Hexham Ipswich Jarrow Kendal Lowestoft
    Malvern Newquay Otley Paignton Reigate Stroud Truro Uttoxeter Ventnor Whitby Yeovil Ashby Buxton Crewe"""
_SORTS = """Parish Council|Tennis Club|Primary School|Dental Practice|Garden Centre|Brewery|Housing Association
    Veterinary Surgery|Autos|Roofing Services|Cricket Club|Estates|Farm Shop|Care Homes|Windows|Scaffolding
    Medical Centre|Academy Trust|Hotel|Taxis|Hire|Skips|Glass|Timber Merchants|Kitchens|Signs|Upholstery"""


def listed(text: str, between: str) -> list[str]:
    """The parts of a text, however its lines are broken."""
    return [" ".join(part.split()) for part in text.replace("\n", between).split(between) if part.strip()]


COMPANIES, SORTS = listed(_COMPANIES, "|"), listed(_SORTS, "|")
SURNAMES, GIVEN, PLACES = listed(_SURNAMES, " "), listed(_GIVEN, " "), listed(_PLACES, " ")
_NUMBERS = ("{:05d}", "SINV{:06d}", "{year}-{:04d}", "S-{:d}", "INV/{:d}", "OP/I{:05d}", "{:d}", "PO{:06d}")
_IN = ("BACS {name} {ref}", "{name} {ref} FP {when} 10", "Automated Credit {name} {ref}", "CR {ref} {name}", "{name}")
_OUT = ("{name} {ref} DDR", "Direct Debit {name} {ref}", "OTR {name} {ref}", "Bill Payment {name} {ref}", "SO {name}")
_CARD = ("{name} {place} CD 8823 {when}", "VIS {name} {place}", "{name} ON {when} BCC", "CLS {name} 4029357733")
_BARE = ("Automated Credit", "FP {long} 30", "OTR {long}", "INWARD PAYMENT", "MOB {long}", "{long}", "BACS")


@dataclass
class Paid:
    """One thing that happened: what the bank shows of it, what the books hold, and its kind."""

    kind: str
    lines: list[Row]
    entries: list[Row]


@dataclass
class Hand:
    """A firm, its parties and habits, and what has been written so far."""

    rng: random.Random
    level: int
    days: int
    customers: list[str]
    suppliers: list[str]
    staff: list[str]
    numbers: str
    has_fields: bool
    is_name_kept: bool
    paid: list[Paid] = field(default_factory=list)
    count: int = 0
    document: int = 0
    cheque: int = 2740

    def often(self, what: str) -> bool:
        """Whether something happens to this row."""
        return self.rng.random() * 100 < SPOILT[what][self.level]

    def ident(self, side: str) -> str:
        """An id that no other row has."""
        self.count += 1
        return f"{side}-{self.rng.randrange(10**6):06d}-{self.count}"


def hand(seed: int, level: str, size: int) -> Hand:
    """A firm with its parties."""
    rng = random.Random(f"another hand {seed} {level} {size}")
    many = max(15, min(size // rng.choice((8, 14, 20)), 3000))
    customers, suppliers = set(), {*rng.sample(COMPANIES, 25)}
    while len(customers) < many:
        form = rng.random()
        person = f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)}"
        firm = f"{rng.choice(PLACES)} {rng.choice(SORTS)}"
        customers.add(person if form < 0.35 else f"{person.split()[1]} & Sons" if form < 0.45 else firm)
    while len(suppliers) < max(25, many // 2):
        form = rng.random()
        suppliers.add(f"{rng.choice(SURNAMES)} {rng.choice(SORTS)}{' Ltd' if form < 0.5 else ''}")
    staff = [f"{given} {rng.choice(SURNAMES)}" for given in rng.sample(GIVEN, 9)]
    days = max(28, size // rng.choice((7, 10, 14))) if size <= 5000 else 360
    numbers, fields, kept = rng.choice(_NUMBERS), rng.random() < 0.4, rng.random() < 0.8
    return Hand(rng, LEVELS.index(level), days, sorted(customers), sorted(suppliers), staff, numbers, fields, kept)


# Days, amounts and words.


def next_day(day: date, steps: int) -> date:
    """So many weekdays on, counted from the next weekday on or after a day."""
    while day.weekday() > 4 or (day.month, day.day) in ((12, 25), (12, 26), (1, 1)):
        day += timedelta(1)
    for _ in range(steps):
        day = next_day(day + timedelta(1), 0)
    return day


def any_day(h: Hand) -> date:
    return START + timedelta(h.rng.randrange(h.days))


def minor(h: Hand) -> int:
    rng = h.rng
    if h.often("round amount"):
        return rng.choice((3000, 4500, 6000, 7500, 12000, 30000, 40000, 60000))
    if rng.random() < 0.5:  # hours or goods at a price, with VAT
        return rng.choice((1850, 2400, 3250, 4195, 899, 1275, 6640)) * rng.randrange(1, 40) * 12 // 10
    return int(10 ** rng.uniform(3, 5.6))


def number(h: Hand) -> str:
    h.document += h.rng.randrange(1, 4)
    return h.numbers.format(h.document + 3170, year=25)


def slip(rng: random.Random, word: str) -> str:
    """A slip of the fingers: a neighbour swapped, a letter dropped, doubled or wrong."""
    at = rng.randrange(1, max(2, len(word) - 1))
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at - 1 : at] + word[at:],
            word[: at - 1] + word[at : at + 1] + word[at - 1 : at] + word[at + 1 :],
            word[:at] + rng.choice("aeioustrnl") + word[at + 1 :],
        )
    )


def shown(h: Hand, name: str) -> str:
    """A name as it stands on the statement."""
    rng = h.rng
    words = name.split()
    if len(words) == 2 and words[0] in GIVEN:
        first, last = words
        name = rng.choice(
            (f"{last} {first[0]}", f"{first[0]} {last}", f"MR {first[0]} {last}", name, f"{last}, {first}")
        )
    if h.often("mistyped"):
        name = slip(rng, name)
    name = name.upper() if rng.random() < 0.9 else name
    if h.often("cut to 8"):
        return name[:8].strip()
    return name[:18].strip() if h.often("cut to 18") else name


def quoted(h: Hand, ref: str) -> str:
    """A number as payers quote it: whole, bare, with other words, or not at all."""
    rng = h.rng
    if not ref or rng.random() < (0.2, 0.4, 0.55, 0.65)[h.level]:
        return rng.choice(("", "", "INVOICE", "THANKS", "ACCOUNT"))
    if h.often("number wrong"):
        at = rng.choice([at for at, sign in enumerate(ref) if sign.isdigit()])
        ref = ref[:at] + rng.choice("0123456789") + ref[at + 1 :]
    digits = "".join(sign for sign in ref if sign.isdigit())
    return rng.choice((ref, ref, digits, f"INV {digits}", f"INV{digits}", ref.replace("-", "").replace("/", " ")))


def line(h: Hand, day: date, amount: int, name: str, ref: str = "", by: str = "") -> Row:
    """A bank line."""
    rng = h.rng
    known = {
        "when": day.strftime("%d%b").upper(),
        "long": str(rng.randrange(10**9, 10**11)),
        "place": rng.choice(PLACES).upper(),
    }
    if by == "cheque":
        return Row(h.ident("B"), day, amount, rng.choice(("{}", "CHQ {}", "Cheque 00{}")).format(ref))
    if not name or h.often("no name"):
        return Row(h.ident("B"), day, amount, rng.choice(_BARE).format(**known))
    name = shown(h, f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)}" if h.often("unknown payer") else name)
    ref = quoted(h, ref) if by != "card" else ""
    if h.has_fields and by != "card":
        return Row(h.ident("B"), day, amount, ref, (ref,) if any(map(str.isdigit, ref)) else (), name)
    shape = rng.choice(_CARD if by == "card" else _IN if amount > 0 else _OUT)
    return Row(h.ident("B"), day, amount, " ".join(shape.format(name=name, ref=ref, **known).split()))


def entry(h: Hand, day: date, amount: int, name: str, ref: str = "", words: str = "") -> Row:
    """An entry in the books."""
    said = slip(h.rng, name) if h.often("name in entry mistyped") else name
    own = f"JNL{h.rng.randrange(10**5):05d}"
    refs = () if h.often("number blanked") or not ref else (f"CHQ {ref}" if ref.isdigit() and len(ref) == 6 else ref,)
    text = f"{said} - {words or h.rng.choice(('sales receipt', 'purchase payment', 'bank payment', 'invoice settled'))}"
    return Row(h.ident("G"), day, amount, text, (own, *refs), said if h.is_name_kept else "")


# What happens.


def payment(h: Hand, kind: str = "plain", day: date | None = None, amount: int = 0, name: str = "") -> None:
    """One line, one entry."""
    rng = h.rng
    day, amount = day or any_day(h), amount or minor(h)
    is_in = (name in h.customers) if name else rng.random() < 0.5
    name = name or rng.choice(h.customers if is_in else h.suppliers)
    amount = abs(amount) if is_in else -abs(amount)
    by = "transfer" if is_in else rng.choices(("transfer", "debit", "card", "cheque"), (45, 25, 20, 10))[0]
    ref = "" if by == "card" else number(h)
    if by == "cheque":
        h.cheque += 1
        ref = f"10{h.cheque}"[-6:].rjust(6, "1")
        bank = next_day(day, rng.choice((3, 4, 4, 5, 6, 8, 10, 14)))
    elif is_in:  # mostly entered from the statement: the same day or some after
        bank = next_day(day, 0)
        day = bank + timedelta(rng.choice((0, 0, 0, 0, 1, 1, 2, 3)))
    else:
        bank = next_day(day, rng.choice((0, 0, 1, 1, 2, 3)) if by != "card" else rng.choice((1, 2, 2, 3, 4)))
    h.paid.append(Paid(kind, [line(h, bank, amount, name, ref, by)], [entry(h, day, amount, name, ref)]))


def standing(h: Hand) -> None:
    """Rent, leases, retainers: one amount to one party, monthly, fortnightly or weekly."""
    rng = h.rng
    is_in = rng.random() < 0.4
    name = rng.choice(h.customers if is_in else h.suppliers)
    amount = minor(h) * (1 if is_in else -1)
    step = rng.choice((7, 7, 14, 30))
    day = any_day(h)
    for at in range(rng.randrange(3, 10)):
        due = day + timedelta(step * at)
        if (due - START).days < h.days:
            bank = next_day(due, rng.choice((0, 0, 0, 1, 2)))
            h.paid.append(Paid("standing", [line(h, bank, amount, name)], [entry(h, due, amount, name)]))


def fixed_price(h: Hand) -> None:
    """A subscription of one price that several customers pay in the same days."""
    price = h.rng.choice((1500, 2500, 3999, 4950, 12000, 18000))
    day = any_day(h)
    for name in h.rng.sample(h.customers, h.rng.choice((2, 3, 4, 6))):
        payment(h, "fixed price", day + timedelta(h.rng.randrange(4)), price, name)


def takings(h: Hand) -> None:
    """Cheques and cash paid in: one line of two to eight receipts of some days."""
    rng = h.rng
    day = any_day(h)
    entries = []
    for _ in range(rng.choice((2, 2, 3, 3, 4, 5, 6, 8))):
        booked = day - timedelta(rng.choice((0, 0, 0, 1, 2, 3)))
        entries.append(entry(h, booked, minor(h), rng.choice(h.customers), number(h)))
    text = rng.choice(("PAID IN AT {}", "COUNTER CREDIT {}", "{} BGC", "CHQS IN {}")).format(rng.randrange(500, 9000))
    total = sum(row.amount for row in entries)
    bank = Row(h.ident("B"), next_day(day, rng.choice((0, 1, 1, 2))), total, text)
    h.paid.append(Paid("takings", [bank], entries))


def payroll(h: Hand) -> None:
    """The wages of a day in one line; each is in the books."""
    rng = h.rng
    day = next_day(any_day(h), 0)
    staff = rng.sample(h.staff, rng.randrange(2, 8))
    entries = [entry(h, day, -rng.randrange(90000, 320000), name, "", "net wages") for name in staff]
    total = sum(row.amount for row in entries)
    text = rng.choice(("BACS MULTIPLE PAYMENTS", "SALARIES {}", "BULK BACS {}")).format(rng.randrange(100, 999))
    h.paid.append(Paid("payroll", [Row(h.ident("B"), next_day(day, rng.choice((0, 0, 1))), total, text)], entries))


def collection(h: Hand) -> None:
    """Direct debits collected from customers through a collector, in one line that names the collector."""
    rng = h.rng
    day = next_day(any_day(h), 0)
    names = rng.sample(h.customers, rng.randrange(2, 7))
    entries = [entry(h, day, minor(h), name, number(h)) for name in names]
    text = rng.choice(("GOCARDLESS LTD {}", "STRIPE PAYMENTS {}", "SUMUP PID{}")).format(rng.randrange(10**5, 10**6))
    total = sum(row.amount for row in entries)
    h.paid.append(Paid("collection", [Row(h.ident("B"), next_day(day, rng.choice((1, 2, 3))), total, text)], entries))


def on_account(h: Hand) -> None:
    """Several documents of one party, paid in one sum."""
    rng = h.rng
    is_in = rng.random() < 0.5
    name = rng.choice(h.customers if is_in else h.suppliers)
    day, sign = any_day(h), 1 if is_in else -1
    ref = number(h)
    entries = [
        entry(h, day - timedelta(rng.choice((0, 0, 0, 1, 2, 7))), sign * minor(h), name, number(h) if at else ref)
        for at in range(rng.choice((2, 2, 3, 3, 4, 5)))
    ]
    total = sum(row.amount for row in entries)
    bank = line(h, next_day(day, rng.choice((0, 1, 2))), total, name, ref)
    h.paid.append(Paid("on account", [bank], entries))


def in_parts(h: Hand) -> None:
    """One entry that was paid in two or three."""
    rng = h.rng
    is_in = rng.random() < 0.6
    name = rng.choice(h.customers if is_in else h.suppliers)
    day, ref = any_day(h), number(h)
    whole = minor(h) * (1 if is_in else -1)
    first = whole * rng.choice((50, 50, 30, 25, 40)) // 100
    parts = [first, whole - first]
    if rng.random() < 0.2:
        parts = [first, (whole - first) // 2, whole - first - (whole - first) // 2]
    lines = [line(h, next_day(day, rng.randrange(0, 9)), part, name, ref) for part in parts]
    h.paid.append(Paid("in parts", lines, [entry(h, day, whole, name, ref)]))


def refund(h: Hand) -> None:
    """A receipt, and the same amount given back within some days: four rows, two true pairs."""
    name, day, amount = h.rng.choice(h.customers), any_day(h), minor(h)
    payment(h, "refund", day, amount, name)
    back = day + timedelta(h.rng.randrange(1, 6))
    bank = line(h, next_day(back, h.rng.choice((0, 1, 2))), -amount, name, "", "card" if h.rng.random() < 0.5 else "")
    h.paid.append(Paid("refund", [bank], [entry(h, back, -amount, name, "", "refund")]))


def bounced(h: Hand) -> None:
    """A direct debit or cheque that comes back unpaid, both in the books too."""
    name, day, amount = h.rng.choice(h.customers), any_day(h), minor(h)
    payment(h, "bounced", day, amount, name)
    back = next_day(day, h.rng.randrange(2, 5))
    text = h.rng.choice(("UNPAID ITEM", "RETURNED DD {}", "UNPAID DIRECT DEBIT {}")).format(shown(h, name))
    h.paid.append(
        Paid("bounced", [Row(h.ident("B"), back, -amount, text)], [entry(h, back, -amount, name, "", "unpaid")])
    )


def reissued(h: Hand) -> None:
    """A cheque cancelled in the books the same day, and another written in its place."""
    rng = h.rng
    name, day, amount = rng.choice(h.suppliers), any_day(h), -minor(h)
    h.cheque += 2
    old, new = f"10{h.cheque - 1}"[-6:].rjust(6, "1"), f"10{h.cheque}"[-6:].rjust(6, "1")
    numbered = [
        replace(entry(h, day, sign * amount, name, "", words), references=(f"CHQ {old}",))
        for sign, words in ((1, "payment"), (-1, "cancelled"))
    ]
    h.paid.append(Paid("", [], numbered))
    bank = line(h, next_day(day, rng.randrange(2, 8)), amount, name, new, "cheque")
    h.paid.append(Paid("reissued", [bank], [replace(entry(h, day, amount, name), references=(f"CHQ {new}",))]))


def twins(h: Hand) -> None:
    """Two or three payments of one amount on one day."""
    day, amount = any_day(h), minor(h)
    for name in h.rng.sample(h.customers if h.rng.random() < 0.5 else h.suppliers, h.rng.choice((2, 2, 3))):
        payment(h, "same day twins", day, amount, name)


def differing(h: Hand, kind: str) -> None:
    """A line whose amount is not the entry's."""
    rng = h.rng
    payment(h, kind)
    last = h.paid[-1]
    entry_row = last.entries[0]
    amount = abs(entry_row.amount)
    sign = 1 if entry_row.amount > 0 else -1
    if kind == "fee":
        off = rng.choice((20, 35, 80, 150, 400, 600, 1000, 1500, 2000)) * -sign
        amount = amount + off if off * 5 < amount else amount + 20
    elif kind == "rounding":
        amount += rng.choice((-2, -1, 1, 2))
    else:
        text = str(amount)
        at = rng.randrange(len(text) - 1)
        amount = int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    if amount < 100 or amount == abs(entry_row.amount) or len(str(amount)) != len(str(abs(entry_row.amount))):
        last.kind = "plain"
        return
    last.lines[0] = replace(last.lines[0], amount=sign * amount)


MAKERS: dict[str, Callable[[Hand], None]] = {
    "standing": standing,
    "fixed price": fixed_price,
    "takings": takings,
    "payroll": payroll,
    "collection": collection,
    "on account": on_account,
    "in parts": in_parts,
    "refund": refund,
    "bounced": bounced,
    "reissued": reissued,
    "same day twins": twins,
    "plain": payment,
}
MAKERS |= {kind: lambda h, kind=kind: differing(h, kind) for kind in ("fee", "rounding", "swapped")}  # type: ignore[misc]
# How many lines one of a kind makes, about.
_LINES = {"standing": 4, "fixed price": 3.5, "same day twins": 2.3, "refund": 2, "bounced": 2, "in parts": 2.2}


def problem(seed: int, level: str, size: int) -> Problem:
    """About `size` bank lines, the entries, and what is true of those that are left on both sides."""
    h = hand(seed, level, size)
    kinds = [*MAKERS]
    rates = [KINDS[kind][h.level] / _LINES.get(kind, 1) if kind in KINDS else 0 for kind in kinds]
    rates[kinds.index("plain")] = 100 - sum(of[h.level] for of in KINDS.values())
    while sum(len(one.lines) for one in h.paid) < size:
        MAKERS[h.rng.choices(kinds, rates)[0]](h)
    for _ in range(size // 60):  # what the bank takes, which nobody booked
        text = h.rng.choice(("TOTAL CHARGES TO 28AUG", "NON-GBP TRANS FEE", "DEBIT INTEREST", "ACCOUNT FEE"))
        bank = Row(
            h.ident("B"), next_day(any_day(h), 0), -h.rng.choice((500, 650, 1250, h.rng.randrange(50, 3000))), text
        )
        h.paid.append(Paid("", [bank], []))
    return spoilt(h)


def spoilt(h: Hand) -> Problem:
    """Rows lost on either side, one by one; the truth is what is whole still."""
    left: list[Row] = []
    right: list[Row] = []
    truth: list[Truth] = []
    counts: Counter[str] = Counter()
    for one in h.paid:
        lines = [row for row in one.lines if not h.often("line lost")]
        entries = [row for row in one.entries if not h.often("entry lost")]
        left += lines
        right += entries
        if not one.kind:
            continue
        if lines and entries and len(lines) == len(one.lines) and len(entries) == len(one.entries):
            is_equal = sum(row.amount for row in lines) == sum(row.amount for row in entries)
            ids = frozenset(row.id for row in lines), frozenset(row.id for row in entries)
            truth.append(Truth(*ids, one.kind, is_equal))
            counts[one.kind] += 1
        else:
            counts["not whole"] += 1
    h.rng.shuffle(left)
    h.rng.shuffle(right)
    return Problem(left, right, truth, counts)
