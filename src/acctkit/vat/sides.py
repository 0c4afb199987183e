"""The coded postings of a book: which code, which side, net or tax, how much, and as of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Meta, Posting, Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.period import parse_day
from acctkit.problem import Place, Problem, error
from acctkit.vat.codes import PURCHASE, SUPPLY, Code, Country, Side, load_country

SALES_TYPES = ("sales-invoice", "sales-credit")
PURCHASE_TYPES = ("purchase-invoice", "purchase-credit")
VAT_ROLES = ("vat", "vat-input", "vat-output")
MONEY_ROLES = ("bank", "cash", "card")
# Accounts that hold what an entry comes to, tax and all: a code on them would count it twice.
CONTROL_ROLES = (*MONEY_ROLES, "debtors", "creditors")

OUTPUT = "output"
INPUT = "input"
NET = ""

# Where something stands in the stream: its file's place in the book, and its line.
Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CodedLine:
    """A posting with a tax code.

    `leg` is NET, or for a posting on a VAT account OUTPUT (tax due) or INPUT (tax reclaimed). `amount` is its
    base value in minor units with the sign the boxes count: sales, purchases and tax are positive, credits
    negative. `tax_point` is as amended since.
    """

    entry: Transaction
    posting: Posting
    ref: str
    code: str
    side: str
    leg: str
    amount: int
    tax_point: date
    position: Position


def coded_lines(ledger: Ledger) -> list[CodedLine]:
    """Every posting with a tax code that can be placed, in order of date; the others are `check_vat`'s."""
    return read_coded(ledger)[0]


def read_coded(ledger: Ledger) -> tuple[list[CodedLine], list[Problem]]:
    """The coded postings of a book, and a problem (V501, V502) for each that enters no box for a fault.

    Both are empty where the entity is not registered.
    """
    if ledger.entity.vat is None:
        return [], []
    reader = _Reader(ledger, load_country(ledger.entity.vat.country))
    for entry in ledger.transactions:
        coded = [posting for posting in entry.postings if posting.meta.get("vat") is not None]
        if coded:
            reader.read(entry, coded)
    return reader.lines, reader.problems


def scale_of_lines(ledger: Ledger, country: Country) -> int:
    """The scale of coded lines: the base currency's in this book, and never coarser than its minor unit."""
    return max(ledger.scale(ledger.entity.currency), country.places)


def position_of(ledger: Ledger, file: str, line: int) -> Position:
    """Where a line of a file stands in the stream."""
    return ledger.order.get(file, 0), line


def tax_point_of(meta: Meta, default: date) -> date:
    """The `tax-point` of an entry's metadata, else the day given."""
    value = meta.get("tax-point")
    if isinstance(value, str):
        value = parse_day(value)
    return value if isinstance(value, date) else default


def origin(ledger: Ledger, entry: Transaction) -> tuple[Transaction, bool]:
    """What an entry reverses in the end, and whether that is turned round; itself where it reverses nothing."""
    seen, is_turned = {id(entry)}, False
    while isinstance(reversed_ref := entry.meta.get("reverses"), str):
        other = ledger.entry(reversed_ref)
        if other is None or id(other) in seen:
            break
        seen.add(id(other))
        entry, is_turned = other, not is_turned
    return entry, is_turned


def side_of_type(entry_type: str) -> str | None:
    """SUPPLY for sales types, PURCHASE for purchase types, else None: the account decides."""
    if entry_type in SALES_TYPES:
        return SUPPLY
    return PURCHASE if entry_type in PURCHASE_TYPES else None


def side_of_account(ledger: Ledger, account: str) -> str | None:
    """The side an account alone stands for: income a supply, expense or asset a purchase, else None."""
    return side_of_kind(ledger.kind(account), ledger.role(account))


def side_of_kind(kind: str, role: str) -> str | None:
    """The same, by the kind and role of an account."""
    if kind == "Income" or role == "deferred-income":
        return SUPPLY
    return PURCHASE if kind in ("Expenses", "Assets") else None


class _Found(NamedTuple):
    """A coded posting of an entry whose code is known, its account's role, and its base value, debit positive."""

    posting: Posting
    code: Code
    role: str
    base: int


class _Reader:
    """The coded lines and problems of a book while its entries are gone through."""

    def __init__(self, ledger: Ledger, country: Country) -> None:
        self.ledger = ledger
        self.country = country
        self.lines: list[CodedLine] = []
        self.problems: list[Problem] = []
        scale = scale_of_lines(ledger, country)
        self.factor: int = 10 ** (scale - ledger.scale(ledger.entity.currency))

    def read(self, entry: Transaction, coded: list[Posting]) -> None:
        """Place the coded postings of one entry: the net lines first, since tax follows them."""
        found = [one for posting in coded if (one := self._known(entry, posting))]
        source, is_turned = origin(self.ledger, entry)
        fixed = side_of_type(source.type)
        nets = [one for one in found if one.role not in VAT_ROLES]
        sides: dict[str, dict[str, int]] = {}
        for one in nets:
            side = fixed or side_of_account(self.ledger, one.posting.account)
            if side is None:
                self._refuse(entry, one, f"{one.posting.account} is neither income, nor an expense, nor an asset")
            elif one.code.side(side) is None:
                self._refuse(entry, one, f"{one.code.name}, {one.code.title}, is not a code of a {side}")
            else:
                by_side = sides.setdefault(one.code.name, {})
                by_side[side] = by_side.get(side, 0) + one.base
                self._add(entry, one, side, NET)
        is_credit = (source.type == "purchase-credit") != is_turned
        for one in found:
            if one.role in VAT_ROLES:
                self._read_tax(entry, one, fixed, sides.get(one.code.name, {}), is_credit)

    def _known(self, entry: Transaction, posting: Posting) -> _Found | None:
        """A posting with its code, or None and a problem."""
        written = posting.meta["vat"]
        code = self.country.codes.get(written) if isinstance(written, str) else None
        if code is None:
            known = ", ".join(self.country.codes)
            near = get_close_matches(str(written).upper(), self.country.codes, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            message = f"there is no VAT code `{written}`{guess}"
            self._fault("V501", entry, posting, message, f"the codes are {known}")
            return None
        role = self.ledger.role(posting.account)
        if role in CONTROL_ROLES:
            message = f"{posting.account} holds the amount with its VAT, so it takes no VAT code"
            hint = "put the code on the lines that say what was sold or bought"
            self._fault("V502", entry, posting, message, hint)
            return None
        base = self.ledger.base(entry, posting)
        if base is None:
            message = f"{posting.commodity} has no value in {self.ledger.entity.currency} here, so it enters no VAT box"
            hint = f"add what it was worth: @@ 100.00 {self.ledger.entity.currency}"
            self._fault("V502", entry, posting, message, hint, spans.amount(spans.posting(entry, posting)))
            return None
        return _Found(posting, code, role, base * self.factor)

    def _refuse(self, entry: Transaction, one: _Found, message: str) -> None:
        hint = "remove the code, or give the entry a sales or purchase type"
        self._fault("V502", entry, one.posting, message, hint)

    def _fault(
        self, code: str, entry: Transaction, posting: Posting, message: str, hint: str, place: Place | None = None
    ) -> None:
        self.problems.append(error(code, message, place or spans.meta(entry, "vat", posting), hint))

    def _read_tax(
        self, entry: Transaction, one: _Found, fixed: str | None, nets: dict[str, int], is_credit: bool
    ) -> None:
        side = fixed or _side_of_tax(one, nets)
        boxes = one.code.side(side) if side else None
        if side is None:
            message = f"{one.posting.account} does not say whether this VAT is on sales or on purchases"
            hint = "post it on an account of role vat-output or vat-input"
            self._fault("V502", entry, one.posting, message, hint)
        elif boxes is None:
            self._refuse(entry, one, f"{one.code.name}, {one.code.title}, is not a code of a {side}")
        else:
            if nets.get(side):
                is_credit = nets[side] < 0
            self._add(entry, one, side, _leg(one, side, boxes, is_credit=is_credit))

    def _add(self, entry: Transaction, one: _Found, side: str, leg: str) -> None:
        is_due = leg == OUTPUT or (leg == NET and side == SUPPLY)
        amount = -one.base if is_due else one.base
        tax_point = tax_point_of(self.ledger.meta(entry), entry.date)
        position = position_of(self.ledger, entry.source.name, entry.line)
        ref = self.ledger.name(entry)
        self.lines.append(CodedLine(entry, one.posting, ref, one.code.name, side, leg, amount, tax_point, position))


def _side_of_tax(one: _Found, nets: dict[str, int]) -> str | None:
    """The side of tax in an entry without a side of its own: the code's only one, the role's, or the net's.

    On an account of role vat, tax of a code with both sides or none of the net in the entry has none.
    """
    taxed = [side for side in (SUPPLY, PURCHASE) if (boxes := one.code.side(side)) and boxes.is_taxed]
    if len(taxed) == 1:
        return taxed[0]
    if one.role != "vat":
        return SUPPLY if one.role == "vat-output" else PURCHASE
    return next(iter(nets)) if len(nets) == 1 else None


def _leg(one: _Found, side: str, boxes: Side, *, is_credit: bool) -> str:
    """Whether tax is due or reclaimed: as its boxes say; for a code of both, the account's role or its sign.

    On one VAT account the two legs of a purchase stand with opposite signs: the debit is reclaimed, and in a
    credit note the other way round.
    """
    if not (boxes.output and boxes.input):
        return OUTPUT if boxes.output or (side == SUPPLY and not boxes.input) else INPUT
    if one.role != "vat":
        return OUTPUT if one.role == "vat-output" else INPUT
    return INPUT if (one.base > 0) != is_credit else OUTPUT
