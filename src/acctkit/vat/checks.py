"""What is wrong or doubtful in the VAT of a book."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from acctkit.journal import spans
from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.money import format_minor
from acctkit.problem import Place, Problem, Refusal, error, in_order, warning
from acctkit.vat.boxes import fill, stated_keys, totals
from acctkit.vat.codes import CHARGED, POSTPONED, REVERSE, SUPPLY, Code, Country, load_country
from acctkit.vat.returns import Stream, filed_as, undone_returns
from acctkit.vat.sides import (
    CONTROL_ROLES,
    INPUT,
    NET,
    OUTPUT,
    CodedLine,
    origin,
    read_coded,
    scale_of_lines,
    side_of_type,
)

# Entries that move what was taxed before, or what no tax is on.
UNTAXED_TYPES = (
    "payroll",
    "depreciation",
    "accrual",
    "prepayment",
    "year-end",
    "opening",
    "revaluation",
    "vat-return",
)
# Accounts on which no supply is posted: a missing code there says nothing.
UNTAXED_ROLES = ("payroll", "depreciation", "corporation-tax", "fx-gain", "bad-debts", "rounding")
# Entries that correct tax without its net: bad-debt relief, errors of earlier returns.
_CORRECTING_TYPES = ("journal", "adjustment")


def check_vat(ledger: Ledger) -> list[Problem]:
    """All VAT problems of a book, by place: V501 to V506; none where the entity is not registered."""
    if ledger.entity.vat is None:
        return []
    try:
        country = load_country(ledger.entity.vat.country)
    except Refusal as reason:
        return list(reason.problems)
    lines, problems = read_coded(ledger)
    problems += _uncoded(ledger)
    problems += _misfits(ledger, country, lines)
    problems += _filed_otherwise(ledger, country, lines)
    problems += _undone_beneath(ledger)
    return in_order(problems)


def check_added(ledger: Ledger) -> list[Problem] | None:
    """All VAT problems of a few entries that are added to books, whose accounts the ledger knows.

    None where the entries before them must be known to tell: postponed tax is joined to a net.
    """
    country = load_country(ledger.entity.vat.country) if ledger.entity.vat else None
    lines, _ = read_coded(ledger)
    if country is None or any(country.codes[line.code].tax == POSTPONED for line in lines):
        return None
    return check_vat(ledger)


def _uncoded(ledger: Ledger) -> list[Problem]:
    """V503, once an entry: income or expense without a code, in an entry that deals with somebody else.

    That is an invoice or credit note, one that moves money on a bank, cash or card account, or one that names
    a party. Entries of types that only move or spread what was taxed before, reversals (what they
    reverse is listed) and days before registration are passed over.
    """
    since = ledger.entity.vat.registered if ledger.entity.vat else None
    problems = []
    for entry in ledger.transactions:
        if entry.type in UNTAXED_TYPES or "reverses" in entry.meta or (since is not None and entry.date < since):
            continue
        bare = [
            posting
            for posting in entry.postings
            if posting.meta.get("vat") is None
            and posting.number
            and ledger.kind(posting.account) in ("Income", "Expenses")
            and ledger.role(posting.account) not in UNTAXED_ROLES
        ]
        if not bare or not _deals_with_somebody(ledger, entry):
            continue
        more = f" and {len(bare) - 1} more of this entry" if len(bare) > 1 else ""
        message = f"{bare[0].account}{more} has no VAT code, so it is in no box"
        hint = 'add one below the posting, such as vat: "S"; vat: "O" where it is outside the scope'
        problems.append(warning("V503", message, spans.account(spans.posting(entry, bare[0])), hint))
    return problems


def _deals_with_somebody(ledger: Ledger, entry: Transaction) -> bool:
    if side_of_type(entry.type) is not None or "party" in entry.meta:
        return True
    return any("party" in p.meta or ledger.role(p.account) in CONTROL_ROLES for p in entry.postings)


class _Group:
    """The lines of one entry under one code on one side."""

    def __init__(self) -> None:
        self.nets: list[CodedLine] = []
        self.taxes: list[CodedLine] = []

    @property
    def first(self) -> CodedLine:
        return (self.taxes or self.nets)[0]

    @property
    def place(self) -> Place:
        line = self.first
        return spans.amount(spans.posting(line.entry, line.posting))

    def tax(self, *legs: str) -> int:
        """The tax posted on these legs, in minor units."""
        return sum(line.amount for line in self.taxes if line.leg in legs)


def _misfits(ledger: Ledger, country: Country, lines: list[CodedLine]) -> list[Problem]:
    """V504: tax that does not fit its code, for each entry, code and side.

    Tax at a rate may differ from net x rate by a penny a line, since each line may have been rounded.
    """
    groups: dict[tuple[str, str, str], _Group] = defaultdict(_Group)
    joined = set()
    for line in lines:
        group = groups[line.ref, line.code, line.side]
        (group.nets if line.leg == NET else group.taxes).append(line)
        if line.leg == NET and country.codes[line.code].tax == POSTPONED:
            joined |= stated_keys(line)
    scale = scale_of_lines(ledger, country)
    problems = []
    for group in groups.values():
        code = country.codes[group.first.code]
        boxes = code.side(group.first.side)
        found = None
        if boxes is None or not boxes.is_taxed:
            found = _tax_of_none(code, group, scale)
        elif code.tax == CHARGED:
            found = _charged_misfit(ledger, country, group, scale)
        elif code.tax == POSTPONED:
            found = _postponed_misfit(group, joined)
        elif code.tax == REVERSE:
            found = _reverse_misfit(country, group, scale)
        if found:
            problems.append(warning("V504", found[0], group.place, found[1]))
    return problems


def _charged_misfit(ledger: Ledger, country: Country, group: _Group, scale: int) -> tuple[str, str] | None:
    """Tax at a rate against the net times that rate; tax alone is left to entries that correct."""
    line = group.first
    rate = country.rate_on(line.code, line.tax_point)
    source, _ = origin(ledger, line.entry)
    if rate is None or (not group.nets and source.type in _CORRECTING_TYPES):
        return None
    net, posted = sum(n.amount for n in group.nets), group.tax(OUTPUT, INPUT)
    penny = 10 ** (scale - country.places)
    if abs(posted - Fraction(net) * rate) <= penny * max(1, len(group.nets)):
        return None
    expected = sum(country.due_on(n.amount, line.code, line.tax_point, scale) for n in group.nets)
    percent = (Decimal(rate.numerator * 100) / rate.denominator).normalize()
    message = (
        f"{_pounds(posted, scale)} VAT is posted under {line.code}; "
        f"{percent:f}% of {_pounds(net, scale)} is {_pounds(expected, scale)}"
    )
    if group.taxes:
        return message, "check the amounts, the code and the tax point"
    role = "vat-output" if line.side == SUPPLY else "vat-input"
    return message, f'post the VAT on an account of role {role} with vat: "{line.code}", or correct the code'


def _tax_of_none(code: Code, group: _Group, scale: int) -> tuple[str, str] | None:
    posted = group.tax(OUTPUT, INPUT)
    if not posted:
        return None
    message = f"{_pounds(posted, scale)} VAT is posted under {code.name}, {code.title}: a {group.first.side} has none"
    return message, "it is in no box: give it the code it belongs to, or post it with the net"


def _reverse_misfit(country: Country, group: _Group, scale: int) -> tuple[str, str] | None:
    """Reverse-charge tax that is posted against what the return computes: only the latter is in the boxes."""
    if not group.taxes:
        return None
    line = group.first
    due = sum(country.due_on(n.amount, n.code, n.tax_point, scale) for n in group.nets)
    posted = group.tax(OUTPUT)
    if abs(posted - due) <= 10 ** (scale - country.places) * max(1, len(group.nets)):
        return None
    message = (
        f"{_pounds(posted, scale)} VAT due is posted under {line.code}; the return computes "
        f"{_pounds(due, scale)} from the net"
    )
    return message, "leave this VAT out, or post both sides of it, on accounts of roles vat-output and vat-input"


def _postponed_misfit(group: _Group, joined: set[str]) -> tuple[str, str] | None:
    """Postponed tax is taken as stated, but must have its due side and be joined to its net."""
    if not group.taxes:
        return None
    line = group.first
    if not any(tax.leg == OUTPUT for tax in group.taxes):
        message = f"the VAT due under {line.code} is missing: only what is reclaimed is posted"
        return message, "post what is due too, on the account of role vat-output"
    if not stated_keys(line) & joined:
        message = f"{line.code} VAT stands alone: the net of this import would be computed upon as well"
        return message, "give this entry and the import's a common link, such as ^MPIVS-2026-04"
    return None


def _filed_otherwise(ledger: Ledger, country: Country, lines: list[CodedLine]) -> list[Problem]:
    """V505: filed returns whose record names a box that their lines do not give."""
    registration = ledger.entity.vat
    if registration is None:
        return []
    stream, scale = Stream(ledger, registration, lines), scale_of_lines(ledger, country)
    problems = []
    for record in stream.returns:
        if stream.scheme_of(record) not in country.schemes:
            continue
        filed = filed_as(record, country).boxes
        boxes, _ = totals(country, fill(country, stream.covered([record]), scale), scale)
        wrong = {
            name: f"box {name} {_pounds(value, country.places)}, not {_pounds(boxes[name], country.places)}"
            for name, value in filed.items()
            if value != boxes[name]
        }
        if wrong:
            message = f"the return to {record.day(2)} was filed as {'; '.join(wrong.values())}"
            hint = f"acct vat return -p {record.day(1)}..{record.day(2)} shows the lines it covers"
            place = spans.meta(record.entry, f"box-{next(iter(wrong))}")
            problems.append(warning("V505", message, place, hint))
    return problems


def _undone_beneath(ledger: Ledger) -> list[Problem]:
    """V506: a filed return that was undone while a later one stood, which would then cover its lines as well."""
    return [
        error(
            "V506",
            f"a filed return is not undone while that to {later} stands, which would cover its lines as well",
            spans.words(entry.place),
            "undo the later ones first, the latest of them first",
        )
        for entry, later in undone_returns(ledger)
        if later
    ]


def _pounds(minor: int, scale: int) -> str:
    return format_minor(minor, scale, min(scale, 2))
