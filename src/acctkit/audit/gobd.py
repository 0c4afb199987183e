"""The German transfer of data to an auditor (GoBD, Z3): CSV files and the index.xml that describes them.

index.xml follows the description standard for such transfers, whose grammar is gdpdu-01-09-2004.dtd and lies beside
it. The files have a heading, semicolons, texts in quotes, decimal commas and days as DD.MM.YYYY.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    cell,
    plain,
)
from acctkit.ledger.items import CUSTOMER

DTD = "gdpdu-01-09-2004.dtd"
_CRLF = "\r\n"  # the end of a line: stated where the character set is not the default
_TEXT, _FIGURE, _MONEY, _DAY, _NUMBER = "text", "figure", "money", "day", "number"
_JOURNALS = {
    SALES: "Ausgangsrechnungen", PURCHASES: "Eingangsrechnungen", BANK: "Zahlungen", PAYROLL: "Lohn",
    OPENING: "Eröffnung", CLOSING: "Jahresabschluss", GENERAL: "Sonstige",
}  # fmt: skip
_KINDS = {
    "Assets": "Aktiva", "Liabilities": "Verbindlichkeiten", "Equity": "Eigenkapital", "Income": "Ertrag",
    "Expenses": "Aufwand",
}  # fmt: skip


class _Field(NamedTuple):
    """A column: its name, what it holds, in German, and its kind; `is_key` where it names the row.

    A figure is an amount in any currency, with as many places as that has.
    """

    name: str
    about: str
    kind: str = _TEXT
    is_key: bool = False


class _File(NamedTuple):
    """A CSV file: its name, its title and purpose in German, columns, rows, and the tables its columns point to."""

    file: str
    title: str
    about: str
    fields: tuple[_Field, ...]
    rows: Sequence[tuple[str, ...]]
    keys: tuple[tuple[tuple[str, ...], str], ...] = ()


def gobd_files(table: Authority, supplier: str, software: str) -> dict[str, str]:
    """Every file of the transfer by its name, index.xml last; `supplier` is where the entity has its seat."""
    files = [_accounts(table), _parties(table), _entries(table), _open_items(table)]
    texts = {one.file: _csv(one) for one in files}
    return {**texts, DTD: GRAMMAR, "index.xml": _index(table, files, supplier, software)}


# The tables.


def _accounts(table: Authority) -> _File:
    fields = (
        _Field("Konto", "Nummer des Sachkontos", is_key=True),
        _Field("Bezeichnung", "Name des Sachkontos"),
        _Field("Kontoart", "Aktiva, Verbindlichkeiten, Eigenkapital, Ertrag oder Aufwand"),
        _Field("Anfangssaldo", "Saldo zu Beginn des Zeitraums, Soll positiv", _MONEY),
        _Field("Soll", "Summe der Sollbuchungen im Zeitraum", _MONEY),
        _Field("Haben", "Summe der Habenbuchungen im Zeitraum", _MONEY),
        _Field("Endsaldo", "Saldo am Ende des Zeitraums, Soll positiv", _MONEY),
    )
    rows = [
        (row.code, row.name, _KINDS.get(row.kind, row.kind),
         *(_money(table, value) for value in (row.opening, row.debit, row.credit, row.closing)))
        for row in table.accounts
    ]  # fmt: skip
    return _File("konten.csv", "Konten", "Sachkonten mit Anfangssaldo, Bewegung und Endsaldo", fields, rows)


def _parties(table: Authority) -> _File:
    fields = (
        _Field("Art", "Debitor oder Kreditor", is_key=True),
        _Field("Partner", "Kurzzeichen des Geschäftspartners", is_key=True),
        _Field("Sammelkonto", "Sachkonto, auf dem er geführt wird", is_key=True),
        _Field("Name", "Name des Geschäftspartners"),
        _Field("UStIdNr", "Umsatzsteuer-Identifikationsnummer"),
        _Field("Anfangssaldo", "Saldo zu Beginn des Zeitraums, Soll positiv", _MONEY),
        _Field("Endsaldo", "Saldo am Ende des Zeitraums, Soll positiv", _MONEY),
    )
    rows = [
        (_party_kind(row.kind), row.code, row.account, row.name, row.vat_number,
         _money(table, row.opening), _money(table, row.closing))
        for row in table.parties
    ]  # fmt: skip
    about = "Debitoren und Kreditoren mit Salden"
    return _File("geschaeftspartner.csv", "Geschaeftspartner", about, fields, rows, ((("Sammelkonto",), "Konten"),))


def _entries(table: Authority) -> _File:
    fields = (
        _Field("Buchungsnummer", "Laufende Nummer in der Reihenfolge der Festschreibung", _NUMBER, is_key=True),
        _Field("Zeile", "Zeile der Buchung", _NUMBER, is_key=True),
        _Field("Buchung", "Kennung der Buchung"),
        _Field("Journal", "Art des Journals"),
        _Field("Buchungsdatum", "Tag der Buchung", _DAY),
        _Field("Belegnummer", "Nummer des Belegs"),
        _Field("Belegdatum", "Tag des Belegs", _DAY),
        _Field("Konto", "Nummer des Sachkontos"),
        _Field("Partner", "Kurzzeichen des Geschäftspartners"),
        _Field("Buchungstext", "Text der Buchung"),
        _Field("Soll", "Betrag im Soll", _MONEY),
        _Field("Haben", "Betrag im Haben", _MONEY),
        _Field("Waehrung", "Währung des Fremdwährungsbetrags, sonst leer"),
        _Field("Fremdwaehrungsbetrag", "Betrag in fremder Währung, Soll positiv", _FIGURE),
        _Field("Steuerschluessel", "Steuerschlüssel der Zeile"),
        _Field("Ausgleich", "Zeichen der Zeilen, die einander ausgleichen"),
        _Field("Festgeschrieben", "Zeitpunkt der Festschreibung in UTC; leer: noch nicht festgeschrieben"),
        _Field("Erfasser", "Wer festgeschrieben hat"),
    )
    rows = [
        (str(number), str(line), voucher.ref, _JOURNALS[voucher.journal], _day(voucher.day), voucher.document,
         _day(voucher.issued), leg.account, leg.party, voucher.text, _money(table, leg.debit),
         _money(table, leg.credit), leg.currency, leg.foreign.replace(".", ","), leg.vat, leg.letter,
         voucher.seal.time if voucher.seal else "", plain(voucher.seal.who) if voucher.seal else "")
        for number, voucher in enumerate(table.vouchers, 1)
        for line, leg in enumerate(voucher.legs, 1)
    ]  # fmt: skip
    about = "Alle Buchungen des Zeitraums in der Reihenfolge ihrer Festschreibung"
    return _File("buchungen.csv", "Buchungen", about, fields, rows, ((("Konto",), "Konten"),))


def _open_items(table: Authority) -> _File:
    fields = (
        _Field("Buchung", "Kennung der Buchung, die den Posten begründet"),
        _Field("Art", "Debitor oder Kreditor"),
        _Field("Partner", "Kurzzeichen des Geschäftspartners"),
        _Field("Konto", "Sachkonto, auf dem der Posten steht"),
        _Field("Belegdatum", "Tag des Belegs", _DAY),
        _Field("Faellig", "Tag der Fälligkeit", _DAY),
        _Field("Waehrung", "Währung des Postens"),
        _Field("Offen", "Offener Betrag in der Währung des Postens, Soll positiv", _FIGURE),
    )
    rows = [
        (row.ref, _party_kind(row.kind), row.party, row.account, _day(row.issued), _day(row.due), row.currency,
         row.amount.replace(".", ","))
        for row in table.open_items
    ]  # fmt: skip
    about = "Offene Posten am Ende des Zeitraums"
    return _File("offene_posten.csv", "Offene_Posten", about, fields, rows, ((("Konto",), "Konten"),))


def _party_kind(kind: str) -> str:
    return "Debitor" if kind == CUSTOMER else "Kreditor"


def _money(table: Authority, minor: int) -> str:
    return table.amount(minor, ",")


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _csv(one: _File) -> str:
    """A file as text: figures and days bare, texts in quotes and never formulas."""
    lines = [";".join(_quoted(field.name) for field in one.fields)]
    for row in one.rows:
        texts = zip(one.fields, row, strict=True)
        lines.append(";".join(_quoted(cell(text)) if field.kind == _TEXT else text for field, text in texts))
    return "".join(f"{line}\r\n" for line in lines)


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


# index.xml.


def _index(table: Authority, files: Iterable[_File], supplier: str, software: str) -> str:
    root = ET.Element("DataSet")
    _put(root, "Version", "1.0")
    source = ET.SubElement(root, "DataSupplier")
    _put(source, "Name", table.name or "-")
    _put(source, "Location", supplier or "-")
    sealed = f", sealed to {table.head}" if table.head else ""
    _put(source, "Comment", f"{software}{sealed}; {table.currency}")
    media = ET.SubElement(root, "Media")
    _put(media, "Name", f"Buchhaltung {table.begin:%d.%m.%Y} bis {table.last:%d.%m.%Y}")
    for one in files:
        _describe(media, one, table)
    ET.indent(root)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE DataSet SYSTEM "{DTD}">\n'
    text = ET.tostring(root, encoding="unicode")
    return head + text.replace(_CRLF, "&#13;&#10;") + "\n"  # as they are, a reader would take them for LF alone


def _describe(media: ET.Element, one: _File, table: Authority) -> None:
    """One table of index.xml, its elements in the order the grammar wants."""
    element = ET.SubElement(media, "Table")
    _put(element, "URL", one.file)
    _put(element, "Name", one.title)
    _put(element, "Description", one.about)
    within = ET.SubElement(ET.SubElement(element, "Validity"), "Range")
    _put(within, "From", _day(table.begin))
    _put(within, "To", _day(table.last))
    ET.SubElement(element, "UTF8")
    _put(element, "DecimalSymbol", ",")
    _put(element, "DigitGroupingSymbol", ".")
    _put(ET.SubElement(element, "Range"), "From", "2")  # the first line is the heading
    layout = ET.SubElement(element, "VariableLength")
    _put(layout, "ColumnDelimiter", ";")
    _put(layout, "RecordDelimiter", _CRLF)
    _put(layout, "TextEncapsulator", '"')
    for field in one.fields:  # keys stand first in every file
        column = ET.SubElement(layout, "VariablePrimaryKey" if field.is_key else "VariableColumn")
        _put(column, "Name", field.name)
        _put(column, "Description", field.about)
        if field.kind == _MONEY:
            _put(ET.SubElement(column, "Numeric"), "Accuracy", str(table.places))
        elif field.kind == _NUMBER:
            _put(ET.SubElement(column, "Numeric"), "Accuracy", "0")
        elif field.kind == _DAY:
            _put(ET.SubElement(column, "Date"), "Format", "DD.MM.YYYY")
        else:
            ET.SubElement(column, "AlphaNumeric")
    for names, target in one.keys:
        foreign = ET.SubElement(layout, "ForeignKey")
        for name in names:
            _put(foreign, "Name", name)
        _put(foreign, "References", target)


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


# What an index.xml may hold, as the description standard declares it.
GRAMMAR = """\
<!-- The description standard for the transfer of data to tax auditors: what index.xml may hold. -->
<!-- The whole, and where the data are. -->
<!ELEMENT DataSet (Extension*, Version, DataSupplier?, Command*, Media+, Command*)>
<!ELEMENT Extension (Name, URL)>
<!ELEMENT DataSupplier (Name, Location, Comment)>
<!ELEMENT Media (Name, Command*, Table*, Command*, AcceptNoTables?)>
<!-- A table: its file, how it is written, its columns. -->
<!ELEMENT Table (URL, Name?, Description?, Validity?, (ANSI | Macintosh | OEM | UTF16 | UTF7 | UTF8)?, \
(DecimalSymbol, DigitGroupingSymbol)?, SkipNumBytes?, Range?, Epoch?, (VariableLength | FixedLength))>
<!ELEMENT Validity (Range, Format?)>
<!ELEMENT Range (From, (To | Length)?)>
<!ELEMENT VariableLength (ColumnDelimiter?, RecordDelimiter?, TextEncapsulator?, \
((VariablePrimaryKey+, VariableColumn*) | (VariableColumn+)), ForeignKey*)>
<!ELEMENT VariablePrimaryKey (Name, Description?, (Numeric | (AlphaNumeric, MaxLength?) | Date), Map*)>
<!ELEMENT VariableColumn (Name, Description?, (Numeric | (AlphaNumeric, MaxLength?) | Date), Map*)>
<!ELEMENT FixedLength ((Length | RecordDelimiter)?, ((FixedPrimaryKey+, FixedColumn*) | (FixedColumn+)), ForeignKey*)>
<!ELEMENT FixedPrimaryKey (Name, Description?, (Numeric | AlphaNumeric | Date), Map*, FixedRange)>
<!ELEMENT FixedColumn (Name, Description?, (Numeric | AlphaNumeric | Date), Map*, FixedRange)>
<!ELEMENT FixedRange (From, (To | Length))>
<!ELEMENT ForeignKey (Name+, References, Alias*)>
<!ELEMENT Alias (From, To)>
<!ELEMENT Map (Description?, From, To)>
<!-- Kinds of columns. -->
<!ELEMENT AlphaNumeric EMPTY>
<!ELEMENT Numeric ((ImpliedAccuracy | Accuracy)?)>
<!ELEMENT Date (Format?)>
<!-- Character sets. -->
<!ELEMENT ANSI EMPTY>
<!ELEMENT Macintosh EMPTY>
<!ELEMENT OEM EMPTY>
<!ELEMENT UTF16 EMPTY>
<!ELEMENT UTF7 EMPTY>
<!ELEMENT UTF8 EMPTY>
<!-- Texts. -->
""" + "".join(
    f"<!ELEMENT {name} (#PCDATA)>\n"
    for name in (
        "Version", "Name", "Location", "Comment", "Command", "URL", "Description", "From", "To", "Length", "Format",
        "DecimalSymbol", "DigitGroupingSymbol", "SkipNumBytes", "Epoch", "ColumnDelimiter", "RecordDelimiter",
        "AcceptNoTables", "TextEncapsulator", "MaxLength", "Accuracy", "ImpliedAccuracy", "References",
    )
)  # fmt: skip
