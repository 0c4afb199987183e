"""The French file of accounting entries (fichier des écritures comptables), article A47 A-1 of the LPF.

Eighteen columns in the order of the article, days as YYYYMMDD, decimal commas, a line for each posting. First come
the openings, then the entries in the order they were sealed, numbered without a gap; entries that close income and
expense are left out. The openings and the entries each balance.
"""

from __future__ import annotations

from datetime import date

from stdnum.fr import siren

from acctkit.audit.authorities import (
    BANK,
    CLOSING,
    GENERAL,
    OPENING,
    PAYROLL,
    PURCHASES,
    RESULTS,
    SALES,
    Authority,
    Leg,
    Voucher,
    carried,
    cell,
)
from acctkit.ledger.entity import Entity
from acctkit.period import financial_year
from acctkit.problem import Problem, Refusal, error, refusal

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
SEPARATORS = {"tab": "\t", "pipe": "|"}
_JOURNALS = {
    SALES: ("VE", "Ventes"),
    PURCHASES: ("AC", "Achats"),
    BANK: ("BQ", "Banque"),
    PAYROLL: ("PA", "Paie"),
    OPENING: ("AN", "À nouveaux"),
    CLOSING: ("OD", "Opérations diverses"),
    GENERAL: ("OD", "Opérations diverses"),
}
_DIGITS = 3  # an account's number begins with so many, those of the general chart of accounts
_MOST_NAMED = 5
_VAT_NUMBER = 13  # FR, two characters, SIREN


def siren_of(entity: Entity, named: str) -> str:
    """The SIREN: as named, else that within a French VAT number; raises Refusal X907 where it is none."""
    number = "".join(named.split())
    vat = entity.vat.number.replace(" ", "").upper() if entity.vat else ""
    if not number and vat.startswith("FR") and len(vat) == _VAT_NUMBER:
        number = vat[4:]
    if not number:
        raise refusal("X907", "the file's name begins with a SIREN, and there is none", "name it: --siren 732829320")
    if not siren.is_valid(number):
        raise refusal("X907", f"{number} is not a SIREN: its check digit does not fit", "nine digits, as registered")
    return number


def file_name(siren: str, last: date) -> str:
    """The name the file must have: SIREN, FEC, and the day the financial year ends."""
    return f"{siren}FEC{last:%Y%m%d}.txt"


def require_fit(table: Authority, entity: Entity) -> None:
    """Raise Refusal X907 with whatever keeps the table from being such a file."""
    found: list[Problem] = []
    if entity.year_end and table.last not in financial_year(table.begin, entity.year_end):
        hint = f"one file holds one year: -p {table.begin}..{_year_last(table, entity)}"
        found.append(error("X907", f"{table.begin} to {table.last} is more than one financial year", None, hint))
    unsealed = [voucher.ref for voucher in table.vouchers if voucher.sealed is None]
    if unsealed:
        message = f"{_some(unsealed)}: not sealed, so without the day of validation that the file must name"
        found.append(error("X907", message, None, "acct seal adopts what was typed in an editor"))
    numberless = [row.code for row in table.accounts if not (row.code[:_DIGITS].isdigit() and len(row.code) >= _DIGITS)]
    if numberless:
        message = f"{_some(numberless)}: without a number that begins with the three digits of the French chart"
        hint = f'give each its number: custom "amend" "{numberless[0]}" with nominal: "512000"'
        found.append(error("X907", message, None, hint))
    openings = carried(table)
    if difference := sum(leg.debit - leg.credit for leg in openings):
        message = f"the openings on {table.begin} differ by {table.amount(difference)}"
        found.append(error("X907", message, None, "acct check and acct tb --movements show where"))
    if found:
        raise Refusal(*found)


def part_of(table: Authority, entity: Entity) -> str:
    """The financial year that the table is a part of only, in words; "" where it is all of it."""
    year = financial_year(table.begin, entity.year_end) if entity.year_end else None
    if year is None or (year.begin, year.last) == (table.begin, table.last):
        return ""
    return f"{year.begin} to {year.last}"


def _year_last(table: Authority, entity: Entity) -> date | None:
    assert entity.year_end  # noqa: S101 - asked only where there is one
    return financial_year(table.begin, entity.year_end).last


def _some(names: list[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def fec_text(table: Authority, separator: str = "tab") -> str:
    """The file as text; raises Refusal X907 where a text holds the separator."""
    names = {row.code: row.name for row in table.accounts}
    parties = {(row.kind, row.code): row.name for row in table.parties}
    without = set(left_out(table))
    rows: list[tuple[str, ...]] = [COLUMNS]
    vouchers = [voucher for voucher in table.vouchers if voucher.ref not in without]
    openings = carried(table)
    if openings:
        ref = f"AN{table.begin:%Y%m%d}"
        first = Voucher(ref, OPENING, "opening", table.begin, ref, table.begin, "À nouveaux", None, tuple(openings))
        vouchers = [first, *vouchers]
    for number, voucher in enumerate(vouchers, 1):
        rows += [_row(table, number, voucher, leg, names, parties) for leg in voucher.legs]
    mark = SEPARATORS[separator]
    for row in rows:
        if any(mark in text for text in row):
            message = f"entry {row[8]} holds the sign that separates the columns"
            raise refusal("X907", message, "separate them with tabs: --separator tab")
    return "".join(mark.join(row) + "\r\n" for row in rows)


def left_out(table: Authority) -> list[str]:
    """The entries that close income and expense at the end of a year: the file must do without them."""
    results = {row.code for row in table.accounts if row.kind in RESULTS}
    closing = (voucher for voucher in table.vouchers if voucher.journal == CLOSING)
    return [voucher.ref for voucher in closing if any(leg.account in results for leg in voucher.legs)]


def _row(
    table: Authority,
    number: int,
    voucher: Voucher,
    leg: Leg,
    names: dict[str, str],
    parties: dict[tuple[str, str], str],
) -> tuple[str, ...]:
    """One line of the file."""
    code, title = _JOURNALS[voucher.journal]
    return (
        code, title, str(number), _day(voucher.day), cell(leg.account), cell(names[leg.account]),
        cell(leg.party), cell(parties.get((leg.kind, leg.party), leg.party)), cell(voucher.document),
        _day(voucher.issued), cell(voucher.text), table.amount(leg.debit, ","), table.amount(leg.credit, ","),
        leg.letter, _day(leg.lettered), _day(voucher.sealed or voucher.day), leg.foreign.replace(".", ","),
        leg.currency,
    )  # fmt: skip


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def encoded(text: str) -> tuple[bytes, str]:
    """The file's bytes and their encoding: ISO 8859-15, which the article names, else UTF-8."""
    try:
        return text.encode("iso8859-15"), "ISO 8859-15"
    except UnicodeEncodeError:
        return text.encode(), "UTF-8"
