"""A Standard Audit File for Tax in the OECD's form, version 2.00: header, master files, general ledger entries.

The elements stand in the order of the OECD's schema. National forms of SAF-T add to it or narrow it: what an
authority wants beyond it, such as its own account codes, is not here.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from xml.etree import ElementTree as ET

from acctkit.audit.authorities import (
    BANK,
    CLOSING,
    GENERAL,
    OPENING,
    PAYROLL,
    PURCHASES,
    SALES,
    Authority,
    Leg,
    PartyRow,
    Voucher,
)
from acctkit.ledger.entity import Entity
from acctkit.ledger.items import CUSTOMER, SUPPLIER
from acctkit.money import places_of
from acctkit.period import MONTHS_A_YEAR, financial_year
from acctkit.problem import Problem, Refusal, error, refusal

NAMESPACE = "urn:OECD:StandardAuditFile-Taxation/2.00"
_LONG, _MIDDLE, _HALF, _SHORT = 256, 70, 35, 18  # the most letters of the schema's texts
_COUNTRY = 2
_NONE = "NotUsed"
_PLACES = 2  # the most decimals of an amount
_YEARS = range(1970, 2101)
_JOURNALS = {
    SALES: "Sales", PURCHASES: "Purchases", BANK: "Bank and cash", PAYROLL: "Payroll", OPENING: "Opening balances",
    CLOSING: "Year end", GENERAL: "General journal",
}  # fmt: skip
_KINDS = {
    "Assets": "Asset", "Liabilities": "Liability", "Equity": "Liability", "Income": "Sale", "Expenses": "Expense",
}  # fmt: skip


class Sender(NamedTuple):
    """What a file says of its making: the country of its authority, the entity's number there, who made it and when.

    `contact` answers questions about it, by `telephone`; the schema wants both.
    """

    country: str
    number: str
    software: str
    version: str
    made: date
    contact: str
    telephone: str


def sender(
    entity: Entity,
    country: str,
    number: str,
    software: tuple[str, str],
    made: date,
    contact: str = "",
    telephone: str = "",
) -> Sender:
    """The sender as named, else as acct.toml registers it for VAT; raises Refusal X907 where that is not enough."""
    country = (country or (entity.vat.country if entity.vat else "")).upper()
    if not (len(country) == _COUNTRY and country.isascii() and country.isalpha()):
        what = f"`{country}` is not a country" if country else "there is no country to name in the file"
        raise refusal("X907", what, "name it by its two letters: --country LU")
    number = number or (entity.vat.number if entity.vat else "")
    if not number or len(number) > _HALF:
        raise refusal("X907", "there is no registration number to name in the file", "name it: --number B123456")
    if places_of(entity.currency) is None:
        message = f"the books are kept in {entity.currency or 'no currency'}"
        raise refusal("X907", message, "SAF-T wants a currency of ISO 4217")
    return Sender(country, number, *software, made, contact or entity.name or number, telephone or _NONE)


def saft_text(table: Authority, entity: Entity, by: Sender) -> str:
    """The file as text; raises Refusal X907 where a code is longer than the schema lets it be."""
    _require_short(table)
    root = ET.Element("AuditFile", {"xmlns": NAMESPACE})
    _header(root, table, by)
    master = ET.SubElement(root, "MasterFiles")
    _accounts(master, table)
    _parties(master, table, CUSTOMER)
    _parties(master, table, SUPPLIER)
    entries = ET.SubElement(root, "GeneralLedgerEntries")
    _put(entries, "NumberOfEntries", str(len(table.vouchers)))
    _put(entries, "TotalDebit", table.amount(table.debit))
    _put(entries, "TotalCredit", table.amount(sum(leg.credit for one in table.vouchers for leg in one.legs)))
    for journal, title in _JOURNALS.items():
        vouchers = [voucher for voucher in table.vouchers if voucher.journal == journal]
        if vouchers:
            element = ET.SubElement(entries, "Journal")
            _put(element, "JournalID", journal)
            _put(element, "Description", title)
            _put(element, "Type", journal)
            for voucher in vouchers:
                _transaction(element, voucher, table, entity)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _require_short(table: Authority) -> None:
    """Names may be cut, what names something may not; nor may amounts and years be other than the schema knows."""
    found: list[Problem] = []
    for what, names, most in (
        ("account", [row.code for row in table.accounts], _MIDDLE),
        ("party", [row.code for row in table.parties], _HALF),
        ("entry", [voucher.ref for voucher in table.vouchers], _MIDDLE),
    ):
        for name in dict.fromkeys(names):
            if len(name) > most:
                message = f"the {what} {name[:most]}... has a name of more than the {most} letters SAF-T allows"
                hint = "give the account a nominal code" if what == "account" else "SAF-T cannot hold it"
                found.append(error("X907", message, None, hint))
    if table.places > _PLACES:
        found.append(error("X907", f"SAF-T holds {_PLACES} decimals, and amounts of these books have {table.places}"))
    for voucher in table.vouchers:
        if voucher.day.year not in _YEARS:
            found.append(error("X907", f"SAF-T knows the years 1970 to 2100, and {voucher.ref} is of {voucher.day}"))
        long = [leg for leg in voucher.legs if len(leg.foreign.partition(".")[2]) > _PLACES]
        if long:
            words = f"{long[0].foreign} {long[0].currency} of {voucher.ref}"
            found.append(error("X907", f"SAF-T holds {_PLACES} decimals, and {words} has more"))
    if found:
        raise Refusal(*found)


def _header(root: ET.Element, table: Authority, by: Sender) -> None:
    header = ET.SubElement(root, "Header")
    _put(header, "AuditFileVersion", "2.00")
    _put(header, "AuditFileCountry", by.country)
    _put(header, "AuditFileDateCreated", by.made.isoformat())
    _put(header, "SoftwareCompanyName", by.software, _MIDDLE)
    _put(header, "SoftwareID", by.software, _LONG)
    _put(header, "SoftwareVersion", by.version, _SHORT)
    company = ET.SubElement(header, "Company")
    _put(company, "RegistrationNumber", by.number)
    _put(company, "Name", table.name or by.number, _MIDDLE)
    _address(company, by.country)
    contact = ET.SubElement(company, "Contact")
    person = ET.SubElement(contact, "ContactPerson")
    _put(person, "FirstName", _NONE)  # as the schema has it where a name is one text
    _put(person, "LastName", by.contact, _MIDDLE)
    _put(contact, "Telephone", by.telephone, _SHORT)
    _put(header, "DefaultCurrencyCode", table.currency)
    criteria = ET.SubElement(header, "SelectionCriteria")
    _put(criteria, "SelectionStartDate", table.begin.isoformat())
    _put(criteria, "SelectionEndDate", table.last.isoformat())
    if table.head:
        _put(header, "HeaderComment", f"Books sealed to {table.head}", _LONG)
    _put(header, "TaxAccountingBasis", "Invoice Accounting", _SHORT)


def _address(parent: ET.Element, country: str) -> None:
    """An address: books hold no more of it than the country."""
    _put(ET.SubElement(parent, "Address"), "Country", country)


def _accounts(master: ET.Element, table: Authority) -> None:
    if not table.accounts:
        return
    accounts = ET.SubElement(master, "GeneralLedgerAccounts")
    for row in table.accounts:
        account = ET.SubElement(accounts, "Account")
        _put(account, "AccountID", row.code)
        _put(account, "AccountDescription", row.name, _LONG)
        _put(account, "AccountType", _KINDS.get(row.kind, row.kind), _SHORT)
        if row.opened:
            _put(account, "AccountCreationDate", row.opened.isoformat())
        _balance(account, "Opening", row.opening, table)
        _balance(account, "Closing", row.closing, table)


def _parties(master: ET.Element, table: Authority, kind: str) -> None:
    """The customers or suppliers, each once; one on several control accounts has their sum, and no account."""
    rows: dict[str, list[PartyRow]] = {}
    for row in table.parties:
        if row.kind == kind:
            rows.setdefault(row.code, []).append(row)
    if not rows:
        return
    name = "Customer" if kind == CUSTOMER else "Supplier"
    parties = ET.SubElement(master, f"{name}s")
    for code, own in rows.items():
        party = ET.SubElement(parties, name)
        _put(party, "Name", own[0].name or code, _MIDDLE)
        ET.SubElement(party, "Address")  # books hold none
        if own[0].vat_number:
            _put(ET.SubElement(party, "TaxRegistration"), "TaxRegistrationNumber", own[0].vat_number, _HALF)
        _put(party, f"{name}ID", code)
        if len(own) == 1:
            _put(party, "AccountID", own[0].account)
        _balance(party, "Opening", sum(row.opening for row in own), table)
        _balance(party, "Closing", sum(row.closing for row in own), table)


def _balance(parent: ET.Element, when: str, minor: int, table: Authority) -> None:
    side = "Credit" if minor < 0 else "Debit"
    _put(parent, f"{when}{side}Balance", table.amount(abs(minor)))


def _transaction(journal: ET.Element, voucher: Voucher, table: Authority, entity: Entity) -> None:
    month, year = _month_of(voucher.day, entity)
    element = ET.SubElement(journal, "Transaction")
    _put(element, "TransactionID", voucher.ref)
    _put(element, "Period", str(month))
    _put(element, "PeriodYear", str(year))
    _put(element, "TransactionDate", voucher.issued.isoformat())
    if voucher.seal:
        _put(element, "SourceID", voucher.seal.who, _HALF)
    if voucher.type:
        _put(element, "TransactionType", voucher.type, _SHORT)
    _put(element, "Description", voucher.text, _LONG)
    _put(element, "SystemEntryDate", (voucher.sealed or voucher.day).isoformat())
    _put(element, "GLPostingDate", voucher.day.isoformat())
    for number, leg in enumerate(voucher.legs, 1):
        _line(element, number, leg, voucher, table)


def _month_of(day: date, entity: Entity) -> tuple[int, int]:
    """Which month of its financial year a day lies in, and the year by the day it ends; else by the calendar."""
    year = financial_year(day, entity.year_end) if entity.year_end else None
    if year is None or year.begin is None or year.last is None:
        return day.month, day.year
    return (day.month - year.begin.month) % MONTHS_A_YEAR + 1, year.last.year


def _line(parent: ET.Element, number: int, leg: Leg, voucher: Voucher, table: Authority) -> None:
    line = ET.SubElement(parent, "Line")
    _put(line, "RecordID", str(number))
    _put(line, "AccountID", leg.account)
    _put(line, "SourceDocumentID", voucher.document, _HALF)
    if leg.party:
        _put(line, "CustomerID" if leg.kind == CUSTOMER else "SupplierID", leg.party)
    _put(line, "Description", voucher.text, _LONG)
    side = ET.SubElement(line, "CreditAmount" if leg.credit else "DebitAmount")
    _put(side, "Amount", table.amount(leg.credit or leg.debit))
    if leg.currency:
        _put(side, "CurrencyCode", leg.currency)
        _put(side, "CurrencyAmount", leg.foreign.removeprefix("-"))


def _put(parent: ET.Element, name: str, text: str, most: int = 0) -> None:
    """An element with a text; the text of a name or description is cut where the schema says so."""
    ET.SubElement(parent, name).text = text[:most] if most else text
