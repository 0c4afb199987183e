"""Exports for authorities: each format against the rules that are published for it, spelled out here."""

import csv
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctkit.audit import fec, read_chain, saft
from acctkit.audit.authorities import plain, read_authority
from acctkit.audit.gobd import DTD, GRAMMAR, gobd_files
from acctkit.audit.seals import bytes_since_seal, seal_line
from acctkit.books.reader import open_books
from acctkit.books.root import find_root
from acctkit.cli import run
from acctkit.cli.load import checks
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.period import ALWAYS, Period, parse_period
from acctkit.problem import Refusal
from acctkit.reports.trial_balance import trial_balance
from runner import ROOT

OPENS = """\
2025-01-01 open Assets:Bank
  nominal: "512000"
  role: "bank"
2025-01-01 open Assets:Debtors
  nominal: "411000"
  role: "debtors"
2025-01-01 open Liabilities:Creditors
  nominal: "401000"
  role: "creditors"
2025-01-01 open Equity:Retained
  nominal: "110000"
  role: "retained-earnings"
2025-01-01 open Income:Sales
  nominal: "706000"
2025-01-01 open Expenses:Rent
  nominal: "613000"
2025-01-01 custom "customer" "ACME" "Société Acme"
  vat-number: "FR44732829320"
2025-01-01 custom "supplier" "LOUE" "Loue & Fils"
"""
BOOK = """\
2025-06-01 * "Société Acme" "Conseil" ^INV-1
  type: "sales-invoice"
  ref: "INV-1"
  party: "ACME"
  Assets:Debtors 100.00 EUR
  Income:Sales -100.00 EUR
2026-02-01 * "Société Acme" "Virement"
  type: "receipt"
  ref: "RCT-1"
  party: "ACME"
  Assets:Bank 100.00 EUR
  Assets:Debtors -100.00 EUR
2026-02-03 custom "allocate" "RCT-1" "INV-1" 100.00 EUR
2026-03-01 * "Loue & Fils" "Loyer"
  type: "purchase-invoice"
  ref: "BILL-1"
  their-ref: "L-77"
  issued: 2026-02-27
  party: "LOUE"
  Expenses:Rent 50.00 EUR
  Liabilities:Creditors -50.00 EUR
2026-03-02 * "Divers"
  Assets:Bank 11.00 USD @ 0.90 EUR
  Income:Sales -9.90 EUR
2026-12-31 * "Clôture"
  type: "year-end"
  ref: "YE-1"
  Income:Sales 9.90 EUR
  Equity:Retained 40.10 EUR
  Expenses:Rent -50.00 EUR
"""
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
ENTITY = Entity("Exemple <SARL>", "EUR", (12, 31))


def table(text=BOOK, period=YEAR, entity=ENTITY, *, sealed=True, opens=OPENS):
    data = (opens + text).encode()
    if sealed:
        source = Source("x.beancount", data)
        data += seal_line(read_chain([source]), bytes_since_seal([source]), "2026-12-31T10:00:00Z", "jo@x.example")
    source = Source("x.beancount", data)
    ledger = Ledger([parse(source)], entity)
    assert not ledger.problems, ledger.problems
    return read_authority(ledger, read_chain([source]), ["x.beancount"], period)


def tree(text):
    return ET.fromstring(text)  # noqa: S314 - what acct itself wrote


def refused(*arguments, **more):
    with pytest.raises(Refusal) as reason:
        table(*arguments, **more)
    return str(reason.value)


# The French file: article A47 A-1 of the livre des procédures fiscales.

EIGHTEEN = re.findall(
    r"\w+",
    "JournalCode JournalLib EcritureNum EcritureDate CompteNum CompteLib CompAuxNum CompAuxLib PieceRef PieceDate "
    "EcritureLib Debit Credit EcritureLet DateLet ValidDate Montantdevise Idevise",
)
MAY_BE_EMPTY = {"CompAuxNum", "CompAuxLib", "EcritureLet", "DateLet", "Montantdevise", "Idevise"}


def fec_rows(text, mark="\t"):
    """The rows of a file that keeps every rule of the article; fails on the first that is broken."""
    assert text.endswith("\r\n")
    head, *lines = text[:-2].split("\r\n")
    assert head.split(mark) == EIGHTEEN
    rows = []
    for line in lines:
        assert line.isprintable() or mark in line
        cells = line.split(mark)
        assert len(cells) == 18
        row = dict(zip(EIGHTEEN, cells, strict=True))
        assert [name for name in EIGHTEEN if not row[name] and name not in MAY_BE_EMPTY] == []
        for name in ("EcritureDate", "PieceDate", "ValidDate", "DateLet"):
            if row[name]:
                assert re.fullmatch(r"\d{8}", row[name])
                date.fromisoformat(row[name])
        for name in ("Debit", "Credit"):
            assert re.fullmatch(r"\d+,\d\d", row[name])
        assert "0,00" in (row["Debit"], row["Credit"])
        assert re.match(r"\d{3}", row["CompteNum"])
        assert bool(row["CompAuxNum"]) == bool(row["CompAuxLib"])
        assert bool(row["EcritureLet"]) == bool(row["DateLet"])
        assert bool(row["Montantdevise"]) == bool(row["Idevise"])
        assert not row["Idevise"] or re.fullmatch(r"-?\d+(,\d+)?", row["Montantdevise"])
        rows.append(row)
    numbers = list(dict.fromkeys(int(row["EcritureNum"]) for row in rows))
    assert numbers == list(range(1, len(numbers) + 1)), "the numbering has a gap, or an entry is torn apart"
    by_entry = {}
    for row in rows:
        by_entry.setdefault(row["EcritureNum"], []).append(row)
    for own in by_entry.values():
        assert sum(decimal(row["Debit"]) for row in own) == sum(decimal(row["Credit"]) for row in own)
        assert len({(row["JournalCode"], row["EcritureDate"], row["ValidDate"], row["PieceRef"]) for row in own}) == 1
    validated = [own[0]["ValidDate"] for own in by_entry.values()]
    assert validated == sorted(validated)
    return rows


def decimal(text):
    return Decimal(text.replace(",", "."))


@pytest.mark.parametrize("separator", ["tab", "pipe"])
def test_fec_keeps_the_rules(separator):
    rows = fec_rows(fec.fec_text(table(), separator), fec.SEPARATORS[separator])
    told = [(row["JournalCode"], row["EcritureNum"], row["CompteNum"], row["Debit"], row["Credit"]) for row in rows]
    assert told == [
        ("AN", "1", "110000", "0,00", "100,00"),  # what 2025 earned
        ("AN", "1", "411000", "100,00", "0,00"),
        ("BQ", "2", "512000", "100,00", "0,00"),
        ("BQ", "2", "411000", "0,00", "100,00"),
        ("AC", "3", "613000", "50,00", "0,00"),
        ("AC", "3", "401000", "0,00", "50,00"),
        ("BQ", "4", "512000", "9,90", "0,00"),
        ("BQ", "4", "706000", "0,00", "9,90"),
    ]
    assert rows[1]["CompAuxNum"] == "ACME"
    assert rows[1]["CompAuxLib"] == "Société Acme"
    assert (rows[3]["EcritureLet"], rows[3]["DateLet"]) == ("AAA", "20260201")
    assert (rows[4]["PieceRef"], rows[4]["PieceDate"], rows[4]["EcritureDate"]) == ("L-77", "20260227", "20260301")
    assert (rows[6]["Montantdevise"], rows[6]["Idevise"]) == ("11,00", "USD")
    assert {row["ValidDate"] for row in rows[2:]} == {"20261231"}
    assert fec.left_out(table()) == ["YE-1"]  # so that classes 6 and 7 give the result


def test_a_reversed_year_end_is_left_out_with_it():
    text = BOOK + (
        '2026-12-31 * "Contrepassation"\n  type: "reversal"\n  ref: "REV-1"\n  reverses: "YE-1"\n'
        "  Income:Sales -9.90 EUR\n  Equity:Retained -40.10 EUR\n  Expenses:Rent 50.00 EUR\n"
    )
    assert fec.left_out(table(text)) == ["YE-1", "REV-1"]


def test_a_closed_year_opens_the_next_as_an_open_one_does():
    closed = '2025-12-31 * "Clôture"\n  type: "year-end"\n  Income:Sales 100.00 EUR\n  Equity:Retained -100.00 EUR\n'
    assert fec.fec_text(table(closed + BOOK)) == fec.fec_text(table())


def test_fec_says_when_it_is_part_of_a_year():
    quarter = table(period=Period(date(2026, 1, 1), date(2026, 4, 1)))
    fec.require_fit(quarter, ENTITY)
    assert fec.part_of(quarter, ENTITY) == "2026-01-01 to 2026-12-31"
    assert fec.part_of(table(), ENTITY) == ""


def test_fec_is_named_and_encoded_as_the_law_says():
    assert fec.file_name("732829320", date(2026, 12, 31)) == "732829320FEC20261231.txt"
    assert fec.encoded("Opérations, 5 €") == ("Opérations, 5 €".encode("iso8859-15"), "ISO 8859-15")
    assert fec.encoded("Łódź") == ("Łódź".encode(), "UTF-8")
    assert fec.siren_of(ENTITY, "732 829 320") == "732829320"
    for wrong, said in (("732829321", "check digit"), ("", "there is none")):
        with pytest.raises(Refusal, match=said):
            fec.siren_of(ENTITY, wrong)


def test_fec_refuses_what_the_law_does_not_take():
    for found, said in (
        (table(sealed=False), "RCT-1, BILL-1, [0-9a-f]{16}, YE-1: not sealed"),
        (table(opens=OPENS.replace('"706000"', '"7"')), "7: without a number that begins with the three digits"),
        (table(period=Period(date(2025, 1, 1), date(2027, 1, 1))), "more than one financial year"),
    ):
        with pytest.raises(Refusal, match=said):
            fec.require_fit(found, ENTITY)
    fec.require_fit(table(), ENTITY)
    with pytest.raises(Refusal, match="the sign that separates"):
        fec.fec_text(table(BOOK.replace('"Loyer"', '"Loyer | mars"')), "pipe")


# The German transfer: the description standard's grammar, its models as published.

MODELS = {
    "DataSet": "Extension*,Version,DataSupplier?,Command*,Media+,Command*",
    "DataSupplier": "Name,Location,Comment",
    "Media": "Name,Command*,Table*,Command*,AcceptNoTables?",
    "Table": "URL,Name?,Description?,Validity?,(ANSI|Macintosh|OEM|UTF16|UTF7|UTF8)?,"
    "(DecimalSymbol,DigitGroupingSymbol)?,SkipNumBytes?,Range?,Epoch?,(VariableLength|FixedLength)",
    "Validity": "Range,Format?",
    "Range": "From,(To|Length)?",
    "VariableLength": "ColumnDelimiter?,RecordDelimiter?,TextEncapsulator?,"
    "((VariablePrimaryKey+,VariableColumn*)|(VariableColumn+)),ForeignKey*",
    "VariablePrimaryKey": "Name,Description?,(Numeric|(AlphaNumeric,MaxLength?)|Date),Map*",
    "VariableColumn": "Name,Description?,(Numeric|(AlphaNumeric,MaxLength?)|Date),Map*",
    "ForeignKey": "Name+,References,Alias*",
    "Numeric": "(ImpliedAccuracy|Accuracy)?",
    "Date": "Format?",
}
EMPTY = {"UTF8", "AlphaNumeric"}


def breaches(element, models=MODELS):
    """Every element whose children do not stand as its model says."""
    children = "".join(f"{child.tag} " for child in element)
    model = re.sub(r"(\w+)", r"(?:\1 )", models.get(element.tag, "")).replace(",", "")
    found = [] if re.fullmatch(model, children) else [f"{element.tag}: {children}"]
    if element.tag in EMPTY and (element.text or "").strip():
        found.append(f"{element.tag} is not empty")
    return found + [breach for child in element for breach in breaches(child, models)]


def gobd_tables(files):
    """Each table of index.xml with its rows, read by nothing but what index.xml says of it."""
    head = files["index.xml"].split("\n")[:2]
    assert head == ['<?xml version="1.0" encoding="UTF-8"?>', f'<!DOCTYPE DataSet SYSTEM "{DTD}">']
    root = tree(files["index.xml"])
    assert breaches(root) == []
    tables = {}
    for one in root.iter("Table"):
        layout = one.find("VariableLength")
        columns = [*layout.findall("VariablePrimaryKey"), *layout.findall("VariableColumn")]
        assert [column.tag for column in layout if column in columns] == [column.tag for column in columns]
        mark, quote = layout.findtext("ColumnDelimiter"), layout.findtext("TextEncapsulator")
        text = files[one.findtext("URL")]
        end = layout.findtext("RecordDelimiter")
        assert end == "\r\n"
        assert text.endswith(end)
        lines = list(csv.reader(StringIO(text, newline=""), delimiter=mark, quotechar=quote, strict=True))
        rows = lines[int(one.findtext("Range/From")) - 1 :]
        names = [column.findtext("Name") for column in columns]
        assert lines[0] == names
        for row in rows:
            assert len(row) == len(columns)
            for column, cell in zip(columns, row, strict=True):
                if column.find("Date") is not None:
                    assert column.findtext("Date/Format") == "DD.MM.YYYY"
                    assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", cell)
                    date.fromisoformat("-".join(reversed(cell.split("."))))
                if column.find("Numeric") is not None:
                    places = int(column.findtext("Numeric/Accuracy"))
                    assert re.fullmatch(rf"-?\d+{f',[0-9]{{{places}}}' if places else ''}", cell)
        found = [dict(zip(names, row, strict=True)) for row in rows]
        keys = [column.findtext("Name") for column in layout.findall("VariablePrimaryKey")]
        assert not keys or len({tuple(row[key] for key in keys) for row in found}) == len(found)
        tables[one.findtext("Name")] = found
    for one in root.iter("Table"):
        for key in one.iter("ForeignKey"):
            target = tables[key.findtext("References")]
            held = {next(iter(row.values())) for row in target}
            assert {row[key.findtext("Name")] for row in tables[one.findtext("Name")]} <= held
    return tables


def test_gobd_keeps_the_rules():
    files = gobd_files(table(), "Hamburg", "acct")
    assert list(files)[-1] == "index.xml"
    found = gobd_tables(files)
    assert list(found) == ["Konten", "Geschaeftspartner", "Buchungen", "Offene_Posten"]
    for row in found["Konten"]:
        assert decimal(row["Anfangssaldo"]) + decimal(row["Soll"]) - decimal(row["Haben"]) == decimal(row["Endsaldo"])
    for own in ("Soll", "Haben"):
        assert sum(decimal(row[own]) for row in found["Buchungen"]) == Decimal("209.90")
        assert sum(decimal(row[own]) for row in found["Konten"]) == Decimal("209.90")
    assert [row["Offen"] for row in found["Offene_Posten"]] == ["-50,00"]
    assert [row["Ausgleich"] for row in found["Buchungen"]][:2] == ["", "AAA"]
    assert found["Buchungen"][0]["Festgeschrieben"] == "2026-12-31T10:00:00Z"


def test_the_grammar_beside_it_is_the_standards():
    declared = dict(re.findall(r"<!ELEMENT (\w+) (.+)>", GRAMMAR))
    for name, model in MODELS.items():
        outer = declared[name].replace(" ", "")
        assert outer == f"({model})", name
    assert {name for name in EMPTY if declared[name] != "EMPTY"} == set()
    named = {word for model in declared.values() for word in re.findall(r"\b[A-Z]\w+", model)} - {"EMPTY", "PCDATA"}
    assert named <= declared.keys()
    tree(f"<!DOCTYPE DataSet [\n{GRAMMAR}]>\n<DataSet/>")


def test_a_breach_of_the_grammar_is_found():
    good = gobd_files(table(), "Hamburg", "acct")["index.xml"]
    for old, new in (
        ("<Location>Hamburg</Location>", ""),
        ("<UTF8 />", "<UTF8 /><UTF8 />"),
        ("<DigitGroupingSymbol>.</DigitGroupingSymbol>", ""),
        ("<Version>1.0</Version>", ""),
    ):
        assert old in good
        assert breaches(tree(good.replace(old, new)))


# SAF-T: the order of elements in the OECD's schema 2.00.

BALANCES = "(OpeningDebitBalance|OpeningCreditBalance),(ClosingDebitBalance|ClosingCreditBalance)"
COMPANY = "RegistrationNumber?,Name,Address+,Contact*,TaxRegistration*,BankAccount*"
SCHEMA = {
    "AuditFile": "Header,MasterFiles?,GeneralLedgerEntries?,SourceDocuments?",
    "Header": "AuditFileVersion,AuditFileCountry,AuditFileRegion?,AuditFileDateCreated,SoftwareCompanyName,SoftwareID,"
    "SoftwareVersion,Company,DefaultCurrencyCode,SelectionCriteria?,HeaderComment?,TaxAccountingBasis,TaxEntity?",
    "Company": "RegistrationNumber,Name,Address+,Contact+,TaxRegistration*,BankAccount*",
    "Contact": "ContactPerson,Telephone,Fax?,Email?,Website?",
    "ContactPerson": "FirstName,LastName",
    "Address": "Country?",
    "TaxRegistration": "TaxRegistrationNumber",
    "SelectionCriteria": "SelectionStartDate,SelectionEndDate",
    "MasterFiles": "GeneralLedgerAccounts?,Taxonomies?,Customers?,Suppliers?",
    "GeneralLedgerAccounts": "Account+",
    "Account": f"AccountID,AccountDescription,StandardAccountID?,AccountType,AccountCreationDate?,{BALANCES}",
    "Customers": "Customer+",
    "Suppliers": "Supplier+",
    "Customer": f"{COMPANY},CustomerID,SelfBillingIndicator?,AccountID?,{BALANCES}",
    "Supplier": f"{COMPANY},SupplierID,SelfBillingIndicator?,AccountID?,{BALANCES}",
    "GeneralLedgerEntries": "NumberOfEntries,TotalDebit,TotalCredit,Journal*",
    "Journal": "JournalID,Description,Type,Transaction*",
    "Transaction": "TransactionID,Period,PeriodYear,TransactionDate,SourceID?,TransactionType?,Description,BatchID?,"
    "SystemEntryDate,GLPostingDate,CustomerID?,SupplierID?,SystemID?,Line+",
    "Line": "RecordID,AccountID,Analysis*,ValueDate?,SourceDocumentID?,CustomerID?,SupplierID?,Description,"
    "(DebitAmount|CreditAmount),TaxInformation*",
    "DebitAmount": "Amount,(CurrencyCode,CurrencyAmount,ExchangeRate?)?",
    "CreditAmount": "Amount,(CurrencyCode,CurrencyAmount,ExchangeRate?)?",
}
LENGTHS = {
    "AccountID": 70, "AccountDescription": 256, "AccountType": 18, "Name": 70, "CustomerID": 35, "SupplierID": 35,
    "JournalID": 18, "TransactionID": 70, "TransactionType": 18, "Description": 256, "SourceID": 35,
    "SourceDocumentID": 35, "LastName": 70, "Telephone": 18, "RegistrationNumber": 35, "TaxAccountingBasis": 18,
    "HeaderComment": 256, "Type": 9, "AuditFileVersion": 9, "RecordID": 18, "SoftwareVersion": 18,
}  # fmt: skip


def saft_root(found, entity=ENTITY):
    """The file as a tree without its namespace, once it keeps the schema and adds up."""
    by = saft.sender(entity, "LU", "B123456", ("acct", "0"), date(2027, 1, 5))
    root = tree(saft.saft_text(found, entity, by))
    for element in root.iter():
        space, _, element.tag = element.tag[1:].partition("}")
        assert space == "urn:OECD:StandardAuditFile-Taxation/2.00"
        if len(element) == 0 and element.tag != "Address":
            assert element.text
            assert len(element.text) <= LENGTHS.get(element.tag, 256)
    assert breaches(root, SCHEMA) == []
    entries = root.find("GeneralLedgerEntries")
    transactions = list(entries.iter("Transaction"))
    assert int(entries.findtext("NumberOfEntries")) == len(transactions)
    sides = {"DebitAmount": "TotalDebit", "CreditAmount": "TotalCredit"}
    for side, total in sides.items():
        assert sum(Decimal(one.text) for one in entries.iterfind(f".//{side}/Amount")) == Decimal(
            entries.findtext(total)
        )
    for one in transactions:
        amounts = [sum(Decimal(amount.text) for amount in one.iterfind(f"./Line/{side}/Amount")) for side in sides]
        assert amounts[0] == amounts[1]
        assert [line.text for line in one.iterfind("./Line/RecordID")] == [
            str(n + 1) for n in range(len(one.findall("Line")))
        ]
    for line, master in (
        ("AccountID", "Account/AccountID"),
        ("CustomerID", "Customer/CustomerID"),
        ("SupplierID", "Supplier/SupplierID"),
    ):
        used = {element.text for element in entries.iterfind(f".//Line/{line}")}
        held = [element.text for element in root.iterfind(f".//MasterFiles//{master}")]
        assert used <= set(held)
        assert len(held) == len(set(held))
    return root


def test_saft_keeps_the_schema():
    root = saft_root(table())
    assert root.findtext("Header/Company/Name") == "Exemple <SARL>"
    assert root.findtext("GeneralLedgerEntries/TotalDebit") == "209.90"
    customer = root.find(".//Customer")
    assert [customer.findtext(name) for name in ("CustomerID", "OpeningDebitBalance", "ClosingDebitBalance")] == [
        "ACME", "100.00", "0.00",
    ]  # fmt: skip
    foreign = root.find(".//DebitAmount[CurrencyCode]")
    assert [child.text for child in foreign] == ["9.90", "USD", "11.00"]
    balances = dict.fromkeys(("Opening", "Closing"), Decimal(0))
    for account in root.iter("Account"):
        for child in account:
            if match := re.fullmatch("(Opening|Closing)(Debit|Credit)Balance", child.tag):
                balances[match[1]] += Decimal(child.text) * (1 if match[2] == "Debit" else -1)
    assert balances == {"Opening": 0, "Closing": 0}


def test_saft_periods_are_months_of_the_financial_year():
    entity = Entity("X", "EUR", (3, 31))
    root = saft_root(table(entity=entity, period=Period(date(2026, 2, 1), date(2026, 3, 2))), entity)
    assert [(one.findtext("Period"), one.findtext("PeriodYear")) for one in root.iter("Transaction")] == [
        ("12", "2026"), ("11", "2026"),
    ]  # fmt: skip


def test_saft_refuses_what_its_header_cannot_say():
    for entity, country, number, said in (
        (ENTITY, "", "1", "no country"), (ENTITY, "LUX", "1", "not a country"), (ENTITY, "LU", "", "no registration"),
        (Entity("X", "HOURS"), "LU", "1", "kept in HOURS"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=said):
            saft.sender(entity, country, number, ("acct", "0"), date(2027, 1, 5))
    long = "Assets:" + "A" * 80
    text = f"2026-01-01 open {long}\n2026-02-01 *\n  {long} 1 EUR\n  Assets:Bank -1 EUR\n"
    with pytest.raises(Refusal, match="more than the 70 letters"):
        saft_root(table(text))
    fine = "2026-01-01 open Assets:Old\n2026-02-01 *\n  Assets:Old  -1.005 USD @@ 1 EUR\n  Assets:Old  1 EUR\n"
    with pytest.raises(Refusal, match=r"SAF-T holds 2 decimals, and -1.005 USD of \w+ has more"):
        saft_root(table(fine))
    old = "1950-01-01 open Assets:Old\n1960-02-01 *\n  Assets:Old  -1 EUR\n  Assets:Old  1 EUR\n"
    with pytest.raises(Refusal, match="knows the years 1970 to 2100"):
        saft_root(table(old, period=Period(date(1960, 1, 1), date(1961, 1, 1))))


def test_saft_names_who_answers():
    for names, said in (
        (("", ""), ["NotUsed", "Exemple <SARL>", "NotUsed"]),
        (("Jo", "+352 1"), ["NotUsed", "Jo", "+352 1"]),
    ):
        by = saft.sender(ENTITY, "LU", "B1", ("acct", "0"), date(2027, 1, 5), *names)
        root = tree(saft.saft_text(table(), ENTITY, by))
        contact = next(element for element in root.iter() if element.tag.endswith("}Contact"))
        assert [element.text for element in contact.iter() if (element.text or "").strip()] == said


# The demonstration company, against its own trial balance.


@pytest.mark.parametrize("words", ["2025-04..2026-03", "2026-Q1"])
def test_the_demonstration_books_keep_every_rule(words):
    shown = open_books(find_root(str(ROOT), {}, ROOT), checks())
    ledger, period = shown.ledger, parse_period(words, date(2026, 4, 9))
    names = [source.name for source in shown.stream]
    found = read_authority(ledger, read_chain(shown.stream), names, period)
    fec.require_fit(found, ledger.entity)
    rows = fec_rows(fec.fec_text(found))
    gobd_tables(gobd_files(found, "GB", "acct"))
    saft_root(found, ledger.entity)
    balances = {}
    for row in trial_balance(ledger, period.begin, period.last).rows:
        balances[row.nominal] = balances.get(row.nominal, 0) + row.movement.base_closing
    assert {row.code: row.closing for row in found.accounts if row.closing} == {k: v for k, v in balances.items() if v}
    in_file = {}
    for row in rows:
        moved = decimal(row["Debit"]) - decimal(row["Credit"])
        in_file[row["CompteNum"]] = in_file.get(row["CompteNum"], 0) + moved
    assert {code: value for code, value in in_file.items() if value} == {
        row.code: Decimal(found.amount(row.closing)) for row in found.accounts if row.closing
    }


# What stands against the table as a whole.


def test_books_that_cannot_be_told_are_refused():
    assert "no two ends" in refused(period=ALWAYS)
    share = "2026-02-01 *\n  Assets:Bank 5 SHARES @ 3 USD\n  Income:Sales -15 USD\n"
    assert "has no value in EUR" in refused(share)
    loose = "2026-02-01 *\n  Assets:Bank 3.333 EUR\n  Income:Sales -3.33 EUR\n"
    assert "balances only within the tolerance" in refused(loose)
    assert "more entries like these" in refused(loose * 9)
    assert "share the nominal code 512000" in refused(opens=OPENS.replace("706000", "512000"))
    assert "results of earlier years" in refused(opens=OPENS.replace('  role: "retained-earnings"\n', ""))


def test_every_place_that_is_posted_is_kept():
    found = table("2026-02-01 *\n  Assets:Bank 3.125 EUR\n  Income:Sales -3.125 EUR\n")
    assert found.amount(found.debit) == "3.125"


def test_a_text_is_one_harmless_line():
    assert plain(" a\t\r\n b\u00a0c\u2028d ") == "a b c d"
    assert plain("\x1b[2J\x00\u202e") == "\\x1b[2J\\x00\\u202e"


EVIL = st.sampled_from(
    ["=1+1", "+x", "-x", "@sum", "<x>&amp;", "]]>", '\';""', "\t", "\r\n", "\x1b[2J", "\x00", "|", "é", "€", "漢"]
)
WORDS = st.lists(EVIL, min_size=1, max_size=4).map("".join).map(lambda text: text.replace('"', '\\"'))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(WORDS, WORDS, st.integers(1, 10**12), st.booleans()), min_size=1, max_size=5),
    st.sampled_from(["2025", "2026"]),
)
def test_no_payee_reaches_out_of_its_cell(entries, year):
    text = "".join(
        f'{year}-02-0{number} * "{payee}" "{words}"\n  type: "journal"\n  Assets:{"Debtors" if owed else "Bank"} '
        f"{minor // 100}.{minor % 100:02d} EUR\n  Income:Sales\n"
        for number, (payee, words, minor, owed) in enumerate(entries, 1)
    )
    found = table(text)
    rows = fec_rows(fec.fec_text(found))
    tables = gobd_tables(gobd_files(found, "Ort", "acct"))
    saft_root(found)
    cells = [cell for row in rows for name, cell in row.items() if name != "Montantdevise"]
    cells += [row["Buchungstext"] for row in tables["Buchungen"]]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")] == []
    assert all(cell.isprintable() for cell in cells)


# The command.


@pytest.fixture
def books(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2027-01-05")
    monkeypatch.setenv("ACCT_USER", "jo@x.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "x.beancount"
    path.write_text('option "operating_currency" "EUR"\n' + OPENS + BOOK)
    assert run(["-f", str(path), "seal"]) == 0
    return path


WANTED = {
    "fec": ["--siren", "732829320", "-o", "732829320FEC20261231.txt"],
    "gobd": ["-o", "z3"],
    "saft": ["--country", "LU", "--number", "B1", "-o", "saft.xml"],
}


@pytest.mark.parametrize("form", WANTED)
def test_the_command_writes_what_is_the_users_alone(books, capsys, form):
    capsys.readouterr()
    assert run(["-f", str(books), "export", form, "-p", "2026", *WANTED[form]]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "4 entries in 9 lines from 2026-01-01 to 2026-12-31, debits 209.90 EUR" in printed.err
    made = books.parent / WANTED[form][-1]
    files = sorted(made.iterdir()) if made.is_dir() else [made]
    assert [path.name for path in [made, *files] if path.stat().st_mode & 0o077] == []
    if form == "fec":
        fec_rows(made.read_bytes().decode("iso8859-15"))
        assert "without YE-1, which closed the year" in printed.err
    elif form == "gobd":
        gobd_tables({path.name: path.read_bytes().decode() for path in [*files, made / "index.xml"]})
    else:
        assert tree(made.read_text()).tag.endswith("AuditFile")


@pytest.mark.parametrize("form", WANTED)
def test_nothing_leaves_books_with_errors(books, capsys, form):
    books.write_text(books.read_text() + "2026-04-01 *\n  Assets:Bank 1 EUR\n  Income:Sales -2 EUR\n")
    capsys.readouterr()
    before = sorted(books.parent.iterdir())
    assert run(["-f", str(books), "export", form, "-p", "2026", *WANTED[form]]) == 1
    assert run(["-f", str(books), "export", form, "-p", "2026", *WANTED[form][:-1], "-"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "nothing leaves books with errors" in printed.err
    assert sorted(books.parent.iterdir()) == before


def test_what_is_asked_wrongly_writes_nothing(books, capsys):
    (books.parent / "full").mkdir()
    (books.parent / "full" / "x").write_text("")
    siren = ["--siren", "732829320"]
    before = sorted(books.parent.rglob("*"))
    for words, said in (
        (["fec", "-p", "2026", *siren, "-o", "fec.txt"], "call it 732829320FEC20261231.txt"),
        (["fec", "-p", "2026", "-o", "."], "there is none"),
        (["fec", "-p", "2026", *siren, "--separator", "comma", "-o", "."], "separates no columns"),
        (["fec", "-p", "2026..", *siren, "-o", "."], "no two ends"),
        (["gobd", "-p", "2026", "-o", "full"], "is not empty"),
        (["gobd", "-p", "2026", "-o", "-"], "several files"),
        (["gobd", "-p", "2026", "-o", "x.beancount"], "several files"),
        (["saft", "-p", "2026", "-o", "saft.xml"], "no country"),
        (["saft", "-p", "2026", "--country", "LU", "--number", "1", "-o", "no/saft.xml"], "cannot be written"),
    ):
        assert run(["-f", str(books), "export", *words]) == 2
        assert said in capsys.readouterr().err
    assert sorted(books.parent.rglob("*")) == before


def test_one_file_can_be_printed(books, capsysbinary):
    capsysbinary.readouterr()
    assert run(["-f", str(books), "export", "fec", "-p", "2026", "--siren", "732829320", "-o", "-"]) == 0
    fec_rows(capsysbinary.readouterr().out.decode("iso8859-15"))
