"""Made-up bank lines and ledger entries whose matches are known.

`problem(seed, level, size)` gives about `size` lines, the entries they should be matched with, and the truth. Each
seed is another little world: other names, another bank's way to write, other amounts, another way to keep the
ledger. Levels are easy, medium, hard and stress; `RATES` says how often each thing happens.
"""

from __future__ import annotations

import random
import string
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from acctkit.matching import Row

FIRST_DAY = date(2026, 1, 5)
FRIDAY = 4
LINES_A_DAY = 11
LEVELS = ("easy", "medium", "hard", "stress")

# How often, in percent of the events, or of the rows where the name says so.
RATES: dict[str, dict[str, float]] = {
    #                 easy, medium, hard, stress
    "duplicate": dict(zip(LEVELS, (2, 5, 8, 10), strict=True)),
    "recurring": dict(zip(LEVELS, (3, 6, 8, 8), strict=True)),
    "deposit": dict(zip(LEVELS, (1, 2, 3, 4), strict=True)),
    "run": dict(zip(LEVELS, (0.5, 1, 1.5, 2), strict=True)),
    "party_sum": dict(zip(LEVELS, (0.5, 1, 1.5, 2), strict=True)),
    "split": dict(zip(LEVELS, (0.3, 0.6, 1, 1.5), strict=True)),
    "many": dict(zip(LEVELS, (0, 0.1, 0.2, 0.3), strict=True)),
    "fee": dict(zip(LEVELS, (0, 0.3, 0.7, 1), strict=True)),
    "rounding": dict(zip(LEVELS, (0, 0.1, 0.2, 0.3), strict=True)),
    "transposed": dict(zip(LEVELS, (0, 0.3, 0.7, 1), strict=True)),
    "void": dict(zip(LEVELS, (0, 0.5, 1, 2), strict=True)),
    "bounced": dict(zip(LEVELS, (0, 0.5, 1, 2), strict=True)),
    "line_missing": dict(zip(LEVELS, (2, 3, 5, 15), strict=True)),
    "entry_missing": dict(zip(LEVELS, (2, 3, 5, 15), strict=True)),
    "typo": dict(zip(LEVELS, (0, 4, 10, 25), strict=True)),
    "truncated": dict(zip(LEVELS, (5, 20, 35, 35), strict=True)),
    "abbreviated": dict(zip(LEVELS, (0, 3, 6, 10), strict=True)),
    "nameless": dict(zip(LEVELS, (2, 5, 10, 30), strict=True)),
    "cut_to_8": dict(zip(LEVELS, (0, 0, 3, 15), strict=True)),
    "quoted": dict(zip(LEVELS, (70, 50, 35, 25), strict=True)),
    "mangled": dict(zip(LEVELS, (5, 20, 40, 50), strict=True)),
    "wrong_digit": dict(zip(LEVELS, (0, 0.5, 1, 5), strict=True)),
    "blank_reference": dict(zip(LEVELS, (5, 10, 15, 50), strict=True)),
    "round_amount": dict(zip(LEVELS, (0, 1, 3, 15), strict=True)),
    "entry_typo": dict(zip(LEVELS, (0, 1, 3, 5), strict=True)),
    "unknown_payer": dict(zip(LEVELS, (0, 0.5, 1, 4), strict=True)),
}

HOLIDAYS = {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31)}
HOLIDAYS |= {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2026, 7, 3), date(2026, 11, 26)}

_STEMS = (
    """Alder Birch Cobalt Dunmore Elmstead Fairlie Granger Hallam Inver Juniper Kestrel Larkspur Meridian Norwood
    Oakhurst Penrose Quarry Redmayne Saltburn Thornbury Upton Vale Wexford Yarrow Zephyr Ashdown Bramley Carrick
    Drayton Easby Foxglove Greywell Harbour Ivybridge Kinross Lomond Mallard Nettle Orchard Pike""",
    """Apex Bayline Cascade Delta Evergreen Frontier Gateway Horizon Ironwood Jefferson Keystone Liberty Magnolia
    Northstar Olympic Pinnacle Quantum Redwood Summit Tidewater Union Vanguard Westfield Yellowstone Zenith Atlas
    Blue-Ridge Copper Dakota Everett Falcon Granite Hudson Interlake Juno Lakeshore Monarch Niagara Orion Pacific""",
    """Bergmann Calvino Dupont Ekström Fernández Grünwald Hoffmann Ibáñez Jansen Kowalski Lefèvre Müller Nørgaard
    Oliveira Petrov Quintana Rossi Schäfer Takács Ulrich Vandermeer Weiss Xanthos Yıldız Zimmermann Almeida Bianchi
    Čapek Delacroix Engström Fontaine Girard Huber Ivanov Jørgensen Keller Lambert Moreau Novák Olsen""",
)
_TRADES = (
    [
        "Design",
        "Foods",
        "Motors",
        "Plumbing",
        "Logistics",
        "Consulting",
        "Florists",
        "Solicitors",
        "Builders",
        "Stationers",
        "Electrical",
        "Catering",
        "Roofing",
        "Interiors",
        "Media",
        "Software",
        "Engineering",
        "Textiles",
        "Packaging",
        "Dental",
        "Farms",
        "Printing",
        "Cleaning",
        "Security",
        "Training",
        "Landscapes",
        "Joinery",
        "Optics",
        "Travel",
        "Energy",
    ],
    [
        "Supply",
        "Partners",
        "Distributors",
        "Hardware",
        "Technologies",
        "Industries",
        "Services",
        "Realty",
        "Trucking",
        "Staffing",
        "Paper",
        "Foods",
        "Systems",
        "Insurance",
        "Labs",
        "Marketing",
        "Freight",
        "Rentals",
        "Nursery",
        "Outfitters",
        "Tools",
        "Brewing",
        "Dairy",
        "Fitness",
        "Pharmacy",
        "Aviation",
        "Marine",
        "Steel",
        "Apparel",
        "Analytics",
    ],
    [
        "Maschinenbau",
        "Trasporti",
        "Conseil",
        "Alimentos",
        "Elektronik",
        "Import",
        "Export",
        "Möbel",
        "Ceramica",
        "Vins",
        "Papier",
        "Logistik",
        "Textil",
        "Bau",
        "Werkzeuge",
        "Optik",
        "Bakkerij",
        "Transport",
        "Viaggi",
        "Software",
        "Medizintechnik",
        "Verlag",
        "Moda",
        "Huile",
        "Impianti",
        "Fenster",
        "Garten",
        "Chemie",
        "Druck",
        "Energie",
    ],
)
_FORMS = (
    ("Ltd", "Limited", "LLP", "plc", "& Co", "& Sons Ltd", ""),
    ("Inc", "LLC", "Corp", "Co", "Inc.", ""),
    ("GmbH", "SA", "SARL", "BV", "AG", "S.r.l.", "AB", ""),
)
_FIRST = [
    "Ella",
    "James",
    "Priya",
    "Tomasz",
    "Aoife",
    "Mohammed",
    "Grace",
    "Liam",
    "Sofia",
    "Noah",
    "Chloe",
    "Daniel",
    "Hannah",
    "Omar",
    "Ruth",
    "Victor",
]
_LAST = [
    "Jackson",
    "Patel",
    "Novak",
    "Murphy",
    "Begum",
    "Wright",
    "Okafor",
    "Chen",
    "Hughes",
    "Silva",
    "Ward",
    "Khan",
    "Reid",
    "Fox",
    "Byrne",
    "Cole",
]
_TOWNS = [
    "LONDON",
    "LEEDS",
    "YORK",
    "DERBY",
    "AUSTIN",
    "DENVER",
    "BOSTON",
    "BERLIN",
    "LYON",
    "MILANO",
    "GENT",
    "BATH",
    "HULL",
    "RENO",
    "TAMPA",
    "OSLO",
]

# How banks write, as templates: what a payment in and out look like, a card's, a cheque's, a sum's, a nameless one.
_BANKS: tuple[dict[str, tuple[str, ...]], ...] = (
    {
        "in": ("FPI {name} {ref}", "BGC {name} {ref}", "{name} {ref} BGC", "FASTER PAYMENT RECEIVED {name} {ref}"),
        "out": ("FPO {name} {ref}", "BBP {name} {ref}", "DD {name} {ref}", "STO {name}", "BP {name} {ref} VIA ONLINE"),
        "card": ("CARD PAYMENT {name} {town} ON {day}", "DEB {name} CD 4471", "POS 2210 {name} {town} GB"),
        "cheque": ("CHQ {number}", "CHEQUE {number}", "{number}", "CHQ{number}"),
        "sum": ("CREDIT {digits}", "CASH & CHQ DEPOSIT {digits}", "BATCH {digits}", "DEPOSIT"),
        "bare": ("FPI {digits}", "BGC", "DIRECT CREDIT {digits}", "TFR {digits}", "FASTER PAYMENT"),
        "charge": ("ACCOUNT CHARGES TO {day}", "INTEREST", "SERVICE FEE", "NON-STG TRANS FEE"),
    },
    {
        "in": ("ACH CREDIT {name} {ref}", "WIRE TYPE:WIRE IN ORIG:{name} {ref}", "{name} DES:PAYMENT ID:{ref}"),
        "out": (
            "ACH DEBIT {name} {ref}",
            "BILL PAY {name} {ref}",
            "{name} DES:WEB PMT ID:{ref} CCD",
            "ZELLE TO {name}",
        ),
        "card": ("CHECKCARD {mmdd} {name} {town} TX {digits}", "PURCHASE {mmdd} {name} #0{small}", "POS DEBIT {name}"),
        "cheque": ("CHECK {number}", "CHECK # {number}", "CHK {number}", "Check {number}"),
        "sum": ("DEPOSIT", "COUNTER CREDIT", "MERCHANT SETTLEMENT {digits}", "DEPOSIT {digits}", "MOBILE DEPOSIT"),
        "bare": (
            "ACH CREDIT {digits}",
            "ONLINE TRANSFER {digits}",
            "WIRE {digits}",
            "WITHDRAWAL",
            "ACH DEBIT {digits}",
        ),
        "charge": ("SERVICE CHARGE", "WIRE TRANSFER FEE", "ANALYSIS CHARGE", "INTEREST PAYMENT"),
    },
    {
        "in": ("SEPA-GUTSCHRIFT {name} {ref}", "SEPA CREDIT TRANSFER {name} RF {ref}", "VIR RECU {name} {ref}"),
        "out": ("SEPA-LASTSCHRIFT {name} {ref}", "VIR SEPA {name} {ref}", "UEBERWEISUNG {name} RE {ref}"),
        "card": ("CB {name} {mmdd} {town}", "KARTENZAHLUNG {name} {town}", "PAIEMENT CARTE {digits} {name}"),
        "cheque": ("CHEQUE {number}", "CHQ {number}", "CHEQUE NO {number}"),
        "sum": ("REMISE CHEQUES {digits}", "SAMMELGUTSCHRIFT {digits}", "SEPA BATCH {digits}"),
        "bare": ("SEPA CREDIT {digits}", "VIREMENT {digits}", "GUTSCHRIFT", "SEPA DD {digits}"),
        "charge": ("ENTGELT", "FRAIS DE TENUE DE COMPTE", "COMMISSION", "ZINSEN"),
    },
    {
        "in": ("{digits} {name}", "CR {name}/{ref}", "TRF FRM {name} {ref}", "{name}"),
        "out": ("{name} {ref}", "DR {name}/{ref}", "TRF TO {name} {ref}", "{name}"),
        "card": ("{name}*{town}", "{name} {digits}", "SQ *{name}", "PAYPAL *{name} {digits}"),
        "cheque": ("0{number}", "CHQ NO {number}", "CQ{number} CLG"),
        "sum": ("LODGEMENT", "CDM DEP {digits}", "BULK CR {digits}"),
        "bare": ("{digits}", "IBFT {digits}", "CR TRF", "MISC {digits}"),
        "charge": ("CHGS", "COMM", "LEDGER FEE", "INT"),
    },
)


class Truth(NamedTuple):
    """Lines and entries that belong together, what kind of thing that is, and whether the amounts agree."""

    left: frozenset[str]
    right: frozenset[str]
    kind: str
    is_equal: bool


class Problem(NamedTuple):
    """What is given, what is true, and how many of each kind there are."""

    left: list[Row]
    right: list[Row]
    truth: list[Truth]
    counts: Counter[str]


class Party(NamedTuple):
    """A customer or supplier, and how it is paid."""

    name: str
    pays_by: str
    is_customer: bool


@dataclass
class World:
    """One seed's world and what was made in it so far."""

    rng: random.Random
    level: str
    size: int
    bank: dict[str, tuple[str, ...]]
    parties: list[Party]
    amounts: str
    fields: str  # what the bank keeps apart: "" all in one text, "name", or "name and reference"
    ledger: str  # where the ledger has a number: "field", "narration" or "links"
    round_ones: list[int]
    days: int
    left: list[Row] = field(default_factory=list)
    right: list[Row] = field(default_factory=list)
    truth: list[Truth] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    number: int = 1000
    cheque: int = 100200
    used: set[str] = field(default_factory=set)

    def happens(self, what: str) -> bool:
        """Whether something happens this time."""
        return self.rng.random() * 100 < RATES[what][self.level]


def world(seed: int, level: str, size: int) -> World:
    """A world: which names, which bank, which amounts, and where the ledger keeps its numbers."""
    rng = random.Random(f"{seed}/{level}/{size}")
    pools = rng.choice([(0,), (1,), (2,), (0, 1), (0, 2)])
    parties: dict[str, Party] = {}
    wanted = max(30, min(size // rng.choice((6, 10, 16)), 4000))
    while len(parties) < wanted:
        name = _name(rng, rng.choice(pools))
        by = rng.choices(("transfer", "card", "cheque"), (70, 18, 12))[0]
        is_customer = by != "card" and rng.random() < 0.45
        parties.setdefault(name, Party(name, by, is_customer))
    return World(
        rng,
        level,
        size,
        rng.choice(_BANKS),
        list(parties.values()),
        rng.choice(("log", "retail", "mixed", "small")),
        rng.choice(("", "", "name", "name and reference")),
        rng.choice(("field", "field", "narration", "links")),
        [rng.choice((2000, 2500, 5000, 10000, 15000, 20000, 25000, 50000, 100000, 120000)) for _ in range(7)],
        max(20, size // LINES_A_DAY) if size <= 5000 else 360,
    )


def _name(rng: random.Random, pool: int) -> str:
    stems = _STEMS[pool].split()
    shape = rng.random()
    if shape < 0.12:
        return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    trade, form = rng.choice(_TRADES[pool]), rng.choice(_FORMS[pool])
    if shape < 0.3:
        first = f"{rng.choice(stems)} & {rng.choice(_LAST)}"
    elif shape < 0.5:
        first = f"{rng.choice(stems)} {rng.choice(stems)}"
    else:
        first = rng.choice(stems)
    return f"{first} {trade} {form}".strip()


# Days and amounts.


def working(day: date) -> bool:
    return day.weekday() <= FRIDAY and day not in HOLIDAYS


def later(day: date, steps: int) -> date:
    """The working day so many after a day, at least that day or the next working one."""
    while not working(day):
        day += timedelta(1)
    for _ in range(steps):
        day += timedelta(1)
        while not working(day):
            day += timedelta(1)
    return day


def lag(w: World, by: str) -> int:
    if by == "cheque":
        return w.rng.choice((2, 3, 3, 4, 4, 5, 5, 6, 7, 9, 12, 16) if w.level in ("hard", "stress") else (2, 3, 4, 5))
    return w.rng.choices((0, 1, 2, 3, 4, 5), (40, 30, 15, 8, 4, 3))[0]


def amount(w: World) -> int:
    if w.happens("round_amount"):
        return w.rng.choice(w.round_ones)
    rng = w.rng
    kind = rng.choice(("log", "retail", "small")) if w.amounts == "mixed" else w.amounts
    if kind == "log":
        return max(105, int(rng.lognormvariate(10.3, 1.1)))
    if kind == "retail":
        return rng.choice((1, 3, 5, 8, 12, 20, 35, 60, 100)) * rng.randrange(100, 1300) + rng.choice((0, 50, 95, 99))
    return rng.randrange(250, 30000)


def day_in(w: World) -> date:
    return FIRST_DAY + timedelta(w.rng.randrange(w.days))


# Names and numbers, as they are written.


def typo(rng: random.Random, text: str) -> str:
    """A text with one error of typing in a letter."""
    places = [at for at, sign in enumerate(text) if sign.isalpha() and at > 0]
    if not places:
        return text
    at, kind = rng.choice(places), rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + rng.choice(string.ascii_uppercase) + text[at + 1 :]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at] + text[at:]


def bank_name(w: World, name: str) -> str:
    """A name as the bank writes it: capitals, cut off, mistyped, shortened, run together."""
    rng = w.rng
    text = name.upper().replace("&", rng.choice(("&", "AND", "+")))
    for ours, theirs in (("Ü", "UE"), ("Ö", "OE"), ("Ä", "AE"), ("Ø", "O"), ("Č", "C"), ("É", "E"), ("È", "E")):
        text = text.replace(ours, rng.choice((theirs, ours)))
    if rng.random() < 0.2:
        text = " ".join(word for word in text.split() if word not in ("LTD", "LIMITED", "INC", "LLC", "GMBH"))
    if w.happens("abbreviated"):
        words = text.split()
        words = [
            word[0] + "".join(c for c in word[1:] if c not in "AEIOU") if len(word) > 4 else word for word in words
        ]
        text = " ".join(words)
    if w.happens("typo"):
        text = typo(rng, text)
    if rng.random() < 0.06:
        text = text.replace(" ", "")
    if w.happens("cut_to_8"):
        return text[:8].strip()
    if w.happens("truncated"):
        return text[: rng.choice((12, 15, 18, 18, 22))].strip()
    return text


def mangled(w: World, number: str) -> str:
    """A number as the other side quotes it."""
    rng = w.rng
    if w.happens("wrong_digit"):
        at = rng.choice([at for at, sign in enumerate(number) if sign.isdigit()])
        number = number[:at] + rng.choice("0123456789") + number[at + 1 :]
    if not w.happens("mangled"):
        return number
    digits = "".join(sign for sign in number if sign.isdigit())
    return rng.choice((digits, digits.lstrip("0"), number.replace("-", ""), number.replace("-", " "), f"INV{digits}"))


def document(w: World) -> str:
    """The number of an invoice."""
    w.number += w.rng.randrange(1, 5)
    return w.rng.choice(("INV-{:04d}", "INV-{:04d}", "SI-{:06d}", "2026-{:05d}", "B{:05d}")).format(w.number)


def ident(w: World, letter: str) -> str:
    while True:
        name = f"{letter}{w.rng.randrange(10**9):09d}"
        if name not in w.used:
            w.used.add(name)
            return name


def say(w: World, shape: str, day: date, **words: str) -> str:
    rng = w.rng
    pattern = rng.choice(w.bank[shape])
    text = pattern.format(
        name=words.get("name", ""),
        ref=words.get("ref", ""),
        number=words.get("number", ""),
        day=day.strftime("%d %b").upper(),
        mmdd=day.strftime("%m%d"),
        town=rng.choice(_TOWNS),
        digits=rng.randrange(10**4, 10**8),
        small=rng.randrange(100, 999),
    )
    return " ".join(text.split())


# Rows.


def line(w: World, day: date, minor: int, party: Party | None, number: str = "", shape: str = "") -> Row:
    """A bank line: of a party, or of nobody."""
    rng = w.rng
    if party is None:
        return Row(ident(w, "L"), day, minor, say(w, shape or "bare", day))
    if party.pays_by == "cheque" and number.isdigit() and minor < 0:
        return Row(ident(w, "L"), day, minor, say(w, "cheque", day, number=number))
    if w.happens("nameless"):
        quoted = mangled(w, number) if number and not number.isdigit() and rng.random() < 0.2 else ""
        return Row(ident(w, "L"), day, minor, f"{say(w, 'bare', day)} {quoted}".strip())
    name = bank_name(w, _name(rng, rng.randrange(3)) if w.happens("unknown_payer") else party.name)
    ref = mangled(w, number) if number and not number.isdigit() and w.happens("quoted") else ""
    shape = shape or ("card" if party.pays_by == "card" else "in" if minor > 0 else "out")
    if shape == "card" or not w.fields:
        return Row(ident(w, "L"), day, minor, say(w, shape, day, name=name, ref=ref))
    stated = (ref,) if ref and w.fields.endswith("reference") else ()
    text = say(w, shape, day, name="", ref="" if stated else ref)
    return Row(ident(w, "L"), day, minor, text, stated, name)


def entry(w: World, day: date, minor: int, party: Party, number: str = "", words: str = "") -> Row:
    """A ledger entry of a party."""
    rng = w.rng
    name = typo(rng, party.name) if w.happens("entry_typo") else party.name
    own = f"{'RCT' if minor > 0 else 'PAY'}-{rng.randrange(10**6):06d}"
    words = words or rng.choice(("Invoice", "Payment", "Received", "Paid", "On account", "Payment run", "Goods"))
    numbers: tuple[str, ...] = (own,)
    if number.isdigit():
        numbers += (f"CHQ {number}",)
    elif number and not w.happens("blank_reference"):
        if w.ledger == "narration":
            words += f" {number}"
        else:
            numbers += (number,)
    if w.ledger == "narration":
        numbers = numbers[1:]
    return Row(ident(w, "E"), day, minor, f"{name} {words}", numbers, name)


def number_for(w: World, party: Party, minor: int) -> str:
    if party.pays_by == "cheque" and minor < 0:
        w.cheque += 1
        return str(w.cheque)
    return document(w) if party.pays_by != "card" else ""


def put(w: World, kind: str, lines: list[Row], entries: list[Row]) -> None:
    """Keep rows and what is true of them, unless one side is lost."""
    lost_line, lost_entry = w.happens("line_missing"), w.happens("entry_missing")
    if lost_line and lost_entry:
        lost_entry = False
    lines = [] if lost_line else lines
    entries = [] if lost_entry else entries
    w.left += lines
    w.right += entries
    if lines and entries:
        total = sum(row.amount for row in lines) == sum(row.amount for row in entries)
        w.truth.append(Truth(frozenset(r.id for r in lines), frozenset(r.id for r in entries), kind, total))
        w.counts[kind] += 1
    else:
        w.counts["entry missing" if lines else "line missing"] += max(len(lines), len(entries))


# Events.


def party_of(w: World, sign: int = 0) -> Party:
    """A party; a few trade far more than the rest."""
    while True:
        at = int(w.rng.random() ** 2 * len(w.parties)) if w.rng.random() < 0.6 else w.rng.randrange(len(w.parties))
        party = w.parties[at]
        if not sign or party.is_customer == (sign > 0):
            return party


def sign_of(party: Party) -> int:
    return 1 if party.is_customer else -1


def one(w: World, kind: str = "plain", day: date | None = None, minor: int = 0, taken: set[str] | None = None) -> None:
    """One line and one entry; of a party that is not taken."""
    party = party_of(w)
    while taken and party.name in taken:
        party = party_of(w)
    if taken is not None and w.rng.random() < 0.9:
        taken.add(party.name)
    minor = minor or sign_of(party) * amount(w)
    minor = abs(minor) * sign_of(party)
    day = day or day_in(w)
    number = number_for(w, party, minor)
    booked = day
    if kind == "plain" and w.rng.random() < 0.05:  # entered after the bank showed it
        booked = day + timedelta(w.rng.randrange(1, 4))
        bank = later(day, 0)
    else:
        bank = later(day, lag(w, party.pays_by))
    put(w, kind, [line(w, bank, minor, party, number)], [entry(w, booked, minor, party, number)])


def duplicate(w: World) -> None:
    """One amount twice or three times on a day, mostly of different parties."""
    day, minor = day_in(w), amount(w)
    taken: set[str] = set()
    for _ in range(w.rng.choice((2, 2, 2, 3))):
        one(w, "duplicate", day, minor, taken)


def recurring(w: World) -> None:
    """A payment of one amount to one party, every week."""
    party, minor = party_of(w), amount(w)
    minor *= sign_of(party)
    start, steps = day_in(w), w.rng.randrange(4, 13)
    for step in range(steps):
        day = start + timedelta(7 * step)
        number = number_for(w, party, minor)
        bank = later(day, lag(w, "transfer"))
        if (day - FIRST_DAY).days < w.days:
            put(w, "recurring", [line(w, bank, minor, party, number)], [entry(w, day, minor, party, number)])


def deposit(w: World) -> None:
    """One line of several receipts, mostly of different payers and nameless."""
    count = w.rng.choice((2, 2, 3, 3, 4, 4, 5, 6, 7, 8))
    day = day_in(w)
    entries = []
    for _ in range(count):
        party = party_of(w, 1)
        booked = day if w.rng.random() < 0.75 else day - timedelta(w.rng.randrange(3))
        entries.append(entry(w, booked, amount(w), party, document(w)))
    total = sum(row.amount for row in entries)
    put(w, "deposit", [line(w, later(day, w.rng.choice((0, 1, 1, 2))), total, None, shape="sum")], entries)


def run(w: World) -> None:
    """One line of several payments made on one day."""
    count = w.rng.choice((2, 3, 4, 5, 6, 8))
    day = day_in(w)
    entries = [entry(w, day, -amount(w), party_of(w, -1), document(w)) for _ in range(count)]
    total = sum(row.amount for row in entries)
    put(w, "run", [line(w, later(day, w.rng.choice((0, 0, 1, 2))), total, None, shape="bare")], entries)


def party_sum(w: World) -> None:
    """One line of several entries of one party."""
    party = party_of(w)
    day = day_in(w)
    entries = []
    for _ in range(w.rng.choice((2, 2, 3, 4))):
        booked = day - timedelta(w.rng.choice((0, 0, 0, 1, 3, 6)))
        entries.append(entry(w, booked, sign_of(party) * amount(w), party, document(w)))
    total = sum(row.amount for row in entries)
    number = w.rng.choice(entries).references[-1:]
    bank = later(day, lag(w, "transfer"))
    put(w, "party sum", [line(w, bank, total, party._replace(pays_by="transfer"), *number)], entries)


def split(w: World) -> None:
    """One entry that the bank shows in parts."""
    party = party_of(w)
    number, day = document(w), day_in(w)
    parts = [sign_of(party) * amount(w) for _ in range(w.rng.choice((2, 2, 2, 3)))]
    payer = party._replace(pays_by="transfer")
    lines = [line(w, later(day, w.rng.choice((0, 1, 2, 3, 5))), part, payer, number) for part in parts]
    put(w, "split", lines, [entry(w, day, sum(parts), party, number)])


def many(w: World) -> None:
    """Two lines of one party for two or three entries, cut otherwise."""
    party, day = party_of(w), day_in(w)
    amounts = [sign_of(party) * amount(w) for _ in range(w.rng.choice((2, 3)))]
    first = sum(amounts) * w.rng.randrange(30, 70) // 100
    payer = party._replace(pays_by="transfer")
    parts = (first, sum(amounts) - first)
    lines = [line(w, later(day, w.rng.choice((0, 1, 2))), part, payer, document(w)) for part in parts]
    put(w, "many", lines, [entry(w, day, minor, party, document(w)) for minor in amounts])


def differing(w: World, kind: str) -> None:
    """An entry whose line has another amount: a fee, a rounding, two digits swapped."""
    party = party_of(w)
    minor = amount(w)
    booked = minor
    if kind == "fee":
        minor -= sign_of(party) * w.rng.choice((15, 25, 50, 100, 250, 500, 1000, 1200, 1500, 2500))
    elif kind == "rounding":
        minor += w.rng.choice((-1, 1, 2, -2))
    else:
        booked = swapped(w.rng, minor)
    if minor < 100 or minor == booked:
        return
    day = day_in(w)
    number = number_for(w, party, sign_of(party))
    bank = line(w, later(day, lag(w, "transfer")), sign_of(party) * minor, party, number)
    put(w, kind, [bank], [entry(w, day, sign_of(party) * booked, party, number)])


def swapped(rng: random.Random, minor: int) -> int:
    """An amount with two neighbouring digits exchanged."""
    text = str(minor)
    places = [at for at in range(len(text) - 1) if text[at] != text[at + 1] and not (at == 0 and text[1] == "0")]
    if not places:
        return minor
    at = rng.choice(places)
    return int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])


def void(w: World) -> None:
    """A cheque voided on the day it was written, and another for it: only the second reaches the bank."""
    party = party_of(w, -1)._replace(pays_by="cheque")
    minor, day = -amount(w), day_in(w)
    old, new = number_for(w, party, minor), number_for(w, party, minor)
    voided = [entry(w, day, minor, party, old), entry(w, day, -minor, party, old, "Void")]
    w.right += voided
    w.counts["voided pair"] += 1
    day += timedelta(w.rng.choice((0, 0, 0, 1)))
    bank = line(w, later(day, lag(w, "cheque")), minor, party, new)
    put(w, "void", [bank], [entry(w, day, minor, party, new)])


def bounced(w: World) -> None:
    """A receipt that comes back: both are on the bank, and both in the books."""
    party = party_of(w, 1)
    minor, day, number = amount(w), day_in(w), document(w)
    first = later(day, lag(w, "transfer"))
    put(w, "bounced", [line(w, first, minor, party, number)], [entry(w, day, minor, party, number)])
    back = later(first, w.rng.choice((1, 2, 3, 4)))
    words = w.rng.choice(("RETURNED UNPAID", "UNPAID CHQ", "RETURN ITEM", "REFER TO DRAWER", "RUECKGABE"))
    text = f"{words} {bank_name(w, party.name)}" if w.rng.random() < 0.5 else words
    booked = later(back, w.rng.choice((0, 0, 1)))
    put(w, "bounced", [Row(ident(w, "L"), back, -minor, text)], [entry(w, booked, -minor, party, number, "Returned")])


def charge(w: World) -> None:
    """What the bank takes, mostly not in the books yet."""
    day = later(day_in(w), 0)
    minor = -w.rng.choice((350, 500, 650, 1200, 1500, 2500, w.rng.randrange(100, 4000)))
    w.left.append(line(w, day, minor, None, shape="charge"))
    w.counts["entry missing"] += 1


EVENTS = {
    "duplicate": duplicate,
    "recurring": recurring,
    "deposit": deposit,
    "run": run,
    "party_sum": party_sum,
    "split": split,
    "many": many,
    "void": void,
    "bounced": bounced,
}
DIFFERENCES = ("fee", "rounding", "transposed")
# How many lines an event of a kind makes, about; a rate is that of lines.
_LINES = {"duplicate": 2.2, "recurring": 7, "bounced": 2, "split": 2.2, "many": 2}


def problem(seed: int, level: str, size: int) -> Problem:
    """About `size` bank lines of one world, the ledger's entries, both in no order, and the truth."""
    w = world(seed, level, size)
    kinds = [*EVENTS, *DIFFERENCES, "charge", "plain"]
    rates = [RATES[kind][level] / _LINES.get(kind, 1) for kind in (*EVENTS, *DIFFERENCES)]
    rates.append(1.5)
    rates.append(100 - sum(RATES[kind][level] for kind in (*EVENTS, *DIFFERENCES)) - 1.5)
    while len(w.left) < size:
        kind = w.rng.choices(kinds, rates)[0]
        if kind == "plain":
            one(w)
        elif kind == "charge":
            charge(w)
        elif kind in DIFFERENCES:
            differing(w, kind)
        else:
            EVENTS[kind](w)
    w.rng.shuffle(w.left)
    w.rng.shuffle(w.right)
    return Problem(w.left, w.right, w.truth, w.counts)
