"""The facts of the demonstration company: its chart, parties, prices, people and set pieces.

Everything here is invented. Money is in integer pence (or cents); dates are plain dates.
`make_demo.py` turns these facts into journals and bank files.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

TITLE = "Harbour Lane Studio Ltd"
JO = "jo@harbourlane.example"
SAM = "sam@harbourlane.example"

FIRST = date(2025, 4, 1)
YEAR_END = date(2026, 3, 31)

ACCT_TOML = """\
[entity]
name = "Harbour Lane Studio Ltd"
currency = "GBP"
year-end = "03-31"

[vat]
country = "GB"
number = "GB765432126"
scheme = "standard"
registered = 2019-06-01
periods = "quarters to 03"
"""

MAIN = """\
option "title" "Harbour Lane Studio Ltd"
option "operating_currency" "GBP"

include "chart.beancount"
include "*/*.beancount"
"""

# Account, currencies, nominal code, role, further metadata.
CHART = """\
Assets:Fixed:Plant:Cost                  | GBP     | 0020 | fixed-asset
Assets:Fixed:Plant:Depreciation          | GBP     | 0021 | depreciation
Assets:Fixed:Computers:Cost              | GBP     | 0030 | fixed-asset
Assets:Fixed:Computers:Depreciation      | GBP     | 0031 | depreciation
Assets:Fixed:Fixtures:Cost               | GBP     | 0040 | fixed-asset
Assets:Fixed:Fixtures:Depreciation       | GBP     | 0041 | depreciation
Assets:Stock:Paper                       | GBP     | 1001 | stock
Assets:Stock:Books                       | GBP     | 1002 | stock
Assets:Debtors                           | GBP,EUR | 1100 | debtors
Assets:Debtors:Exchange                  | GBP     | 1101 |
Assets:Prepayments                       | GBP     | 1103 | prepayments
Assets:Deposits                          | GBP     | 1104 |
Assets:Bank:Current                      | GBP     | 1200 | bank
Assets:Bank:Savings                      | GBP     | 1210 | bank
Assets:Bank:Euro                         | EUR     | 1220 | bank
Assets:Bank:Euro:Exchange                | GBP     | 1221 |
Assets:Cash:Petty                        | GBP     | 1230 | cash
Liabilities:Card                         | GBP     | 1240 | card
Liabilities:Creditors                    | GBP,EUR | 2100 | creditors
Liabilities:Creditors:Exchange           | GBP     | 2101 |
Liabilities:GRNI                         | GBP     | 2105 | grni
Liabilities:Accruals                     | GBP     | 2109 | accruals
Liabilities:DeferredIncome               | GBP     | 2110 | deferred-income
Liabilities:VAT:Output                   | GBP     | 2200 | vat-output
Liabilities:VAT:Input                    | GBP     | 2201 | vat-input
Liabilities:VAT:Control                  | GBP     | 2202 | vat
Liabilities:Payroll:PAYE                 | GBP     | 2210 | payroll
Liabilities:Payroll:NetWages             | GBP     | 2220 | payroll
Liabilities:Payroll:Pension              | GBP     | 2230 | payroll
Liabilities:DirectorsLoan                | GBP     | 2301 | directors-loan
Liabilities:CorporationTax               | GBP     | 2320 | corporation-tax
Equity:ShareCapital                      | GBP     | 3000 |
Equity:RetainedEarnings                  | GBP     | 3200 | retained-earnings
Equity:Dividends                         | GBP     | 3250 |
Equity:Opening                           | GBP     | 3900 | opening
Income:Design                            | GBP     | 4000 |
Income:Print                             | GBP     | 4010 |
Income:PrintedMatter                     | GBP     | 4020 |
Income:Counter                           | GBP     | 4030 |
Income:Carriage                          | GBP     | 4905 |
Income:Interest                          | GBP     | 4906 |
Income:ExchangeGains                     | GBP     | 4907 | fx-gain
Income:Other                             | GBP     | 4909 |
Expenses:CostOfSales:Materials           | GBP     | 5000 | cost-of-sales
Expenses:CostOfSales:Books               | GBP     | 5001 | cost-of-sales
Expenses:CostOfSales:InksAndPlates       | GBP     | 5002 | cost-of-sales
Expenses:CostOfSales:Finishing           | GBP     | 5003 | cost-of-sales
Expenses:CostOfSales:Freelancers         | GBP     | 5004 | cost-of-sales
Expenses:CostOfSales:Carriage            | GBP     | 5100 | cost-of-sales
Expenses:CostOfSales:Variance            | GBP     | 5200 | variance
Expenses:Staff:Wages                     | GBP     | 7000 |
Expenses:Staff:Directors                 | GBP     | 7001 |
Expenses:Staff:EmployerNIC               | GBP     | 7006 |
Expenses:Staff:Pension                   | GBP     | 7007 |
Expenses:Staff:Training                  | GBP     | 7008 |
Expenses:Premises:Rent                   | GBP     | 7100 |
Expenses:Premises:Rates                  | GBP     | 7103 |
Expenses:Premises:Insurance              | GBP     | 7104 |
Expenses:Premises:Cleaning               | GBP     | 7105 |
Expenses:Premises:Electricity            | GBP     | 7200 |
Expenses:Travel                          | GBP     | 7400 |
Expenses:Entertaining                    | GBP     | 7403 |             | disallowable: TRUE
Expenses:Office:Postage                  | GBP     | 7501 |
Expenses:Office:Telephone                | GBP     | 7502 |
Expenses:Office:Stationery               | GBP     | 7504 |             | goods: TRUE
Expenses:Office:Software                 | GBP     | 7505 |
Expenses:Office:Hosting                  | GBP     | 7506 |
Expenses:Office:Refreshments             | GBP     | 7507 |
Expenses:Professional:Accountancy        | GBP     | 7601 |
Expenses:Professional:Legal              | GBP     | 7602 |
Expenses:Professional:FilingFees         | GBP     | 7603 |
Expenses:Marketing                       | GBP     | 7610 |
Expenses:Repairs                         | GBP     | 7800 |
Expenses:BankCharges                     | GBP     | 7901 | bank-charges
Expenses:CardProcessing                  | GBP     | 7902 |
Expenses:DiscountsAllowed                | GBP     | 7905 | discounts
Expenses:Rounding                        | GBP     | 7909 | rounding
Expenses:Depreciation:Plant              | GBP     | 8001 |             | disallowable: TRUE
Expenses:Depreciation:Computers          | GBP     | 8002 |             | disallowable: TRUE
Expenses:Depreciation:Fixtures           | GBP     | 8003 |             | disallowable: TRUE
Expenses:BadDebts                        | GBP     | 8100 | bad-debts
Expenses:Tax:Corporation                 | GBP     | 9000 |             | disallowable: TRUE
Assets:Suspense                          | GBP     | 9998 | suspense
"""


class Party(NamedTuple):
    """A customer or supplier; `days` is how long it usually takes to pay, or until it is paid."""

    code: str
    name: str
    terms: str
    days: int
    extra: tuple[tuple[str, str], ...] = ()


CUSTOMERS = (
    Party("ALDERTON", "Alderton & Pike Solicitors LLP", "30 days", 27),
    Party("BEACON", "Beacon Point Hotels Ltd", "30 days", 38),
    Party("CORMORANT", "Cormorant Brewing Co Ltd", "14 days", 22),
    Party("DRIFTWOOD", "Driftwood Interiors Ltd", "30 days", 31),
    Party("ELMSTEAD", "Elmstead Parish Council", "30 days", 19),
    Party("FENNIMORE", "Fennimore Books Ltd", "30 days end of month", 44),
    Party("GREENSHANK", "Greenshank Wildlife Trust", "30 days", 29),
    Party("HOLLOWELL", "Hollowell Theatre Trust", "30 days", 33),
    Party("INKWELL", "Inkwell Literary Festival CIC", "14 days", 26),
    Party("JUNIPER", "Juniper & Vale Florists", "14 days", 15),
    Party("KITTIWAKE", "Kittiwake Sailing School Ltd", "14 days", 17),
    Party("LARKFIELD", "Larkfield Primary Academy", "30 days", 32),
    Party("MOORHEN", "Moorhen Property Management Ltd", "30 days", 36),
    Party("NORTHMERE", "Northmere Vets Ltd", "14 days", 20),
    Party("KERGOAT", "Atelier Kergoat SARL", "30 days", 29, (("vat-number", "FR52987000007"),)),
    Party("VANDERSLUIS", "Vandersluis Uitgeverij BV", "30 days", 34, (("vat-number", "NL123456782B01"),)),
    Party("COUNTER", "Counter sales", "", 0),
)

SUPPLIERS = (
    Party("TIDEWATER", "Tidewater Estates LLP", "10 days", 0),
    Party("BRIGHTGRID", "Brightgrid Energy Ltd", "10 days", 14),
    Party("SALTMARSH", "Saltmarsh Telecom Ltd", "10 days", 10),
    Party("BOROUGH", "Harbour Borough Council", "10 days", 0),
    Party("QUAYBRIDGE", "Quaybridge Payments Ltd", "10 days", 5),
    Party("NIMBUS", "Nimbus Cloud Services DAC", "", 0, (("vat-number", "IE1234567T"),)),
    Party("PELICAN", "Pelican Paper Merchants Ltd", "30 days end of month", 30),
    Party("CASTLEFIELD", "Castlefield Inks & Plates Ltd", "30 days", 30),
    Party("FOLDWELL", "Foldwell Finishing Ltd", "30 days", 30),
    Party("MARRAM", "Marram Bookbinders", "30 days", 30),
    Party("PARCELWING", "Parcelwing Couriers Ltd", "30 days", 30),
    Party("KESTREL", "Kestrel Office Supplies Ltd", "30 days", 30),
    Party("TEAL", "Teal & Rowe Photography", "14 days", 14),
    Party("ANCHORAGE", "Anchorage Mutual Insurance Ltd", "14 days", 14),
    Party("LEDGERWOOD", "Ledgerwood & Finch LLP", "30 days", 30),
    Party("MERIDIAN", "Meridian Print Machines Ltd", "30 days", 30),
    Party("SCHRIFTWERFT", "Schriftwerft GmbH", "30 days", 24, (("vat-number", "DE987654301"),)),
    Party("NORTHQUAY", "Northquay Workplace Pensions", "10 days", 0),
    Party("HMRC", "HM Revenue & Customs", "", 0),
    Party("COHOUSE", "Companies House", "", 0),
    Party("COASTLINE", "Coastline Trains", "", 0),
    Party("POSTOFFICE", "Harbour Road Post Office", "", 0),
    Party("LOBSTER", "The Lobster Loft Restaurant", "", 0),
    Party("QUAYHARD", "Quayside Hardware", "", 0),
)

# What a sales invoice may hold: income account, VAT code, description, lowest and highest net in pounds.
SALES = (
    ("Income:Design", "S", "Brand identity", 1100, 3200),
    ("Income:Design", "S", "Website redesign", 1600, 4000),
    ("Income:Design", "S", "Exhibition panels, artwork", 750, 2100),
    ("Income:Design", "S", "Layout and artwork", 450, 1500),
    ("Income:Print", "S", "Business cards and letterheads", 240, 780),
    ("Income:Print", "S", "Posters, A1 and A2", 320, 1240),
    ("Income:Print", "S", "Window graphics", 480, 1750),
    ("Income:PrintedMatter", "Z", "Leaflets, A5", 260, 980),
    ("Income:PrintedMatter", "Z", "Brochures, 24 pages", 740, 2400),
    ("Income:PrintedMatter", "Z", "Short-run books", 900, 3200),
)

# Card spending: party, description, account, code, lowest and highest gross in pounds, text on the card.
CARD = (
    ("COASTLINE", "Train fare to client", "Expenses:Travel", "Z", 24, 96, "COASTLINE TRAINS WEB"),
    ("POSTOFFICE", "Recorded post", "Expenses:Office:Postage", "E", 9, 38, "HARBOUR RD POST OFFICE"),
    ("LOBSTER", "Client lunch", "Expenses:Entertaining", "X", 58, 142, "THE LOBSTER LOFT"),
    ("QUAYHARD", "Workshop sundries", "Expenses:Repairs", "S", 18, 84, "QUAYSIDE HARDWARE"),
    ("KESTREL", "Toner and labels", "Expenses:Office:Stationery", "S", 30, 110, "KESTREL OFFICE SUPP"),
    ("NIMBUS", "Cloud hosting", "Expenses:Office:Hosting", "RC", 92, 128, "NIMBUS CLOUD DUBLIN"),
)

# Bills that come every month: party, description, account, code, day, lowest and highest net in pence.
MONTHLY_BILLS = (
    ("TIDEWATER", "Rent, Unit 4 Harbour Lane", "Expenses:Premises:Rent", "S", 1, 145000, 145000),
    ("BRIGHTGRID", "Electricity", "Expenses:Premises:Electricity", "S", 8, 21000, 38500),
    ("SALTMARSH", "Broadband and telephones", "Expenses:Office:Telephone", "S", 12, 8450, 8450),
    ("FOLDWELL", "Folding and stitching", "Expenses:CostOfSales:Finishing", "S", 17, 32000, 88000),
)

# Bills in some months: as above, with the months.
SOME_BILLS: tuple[tuple[str, str, str, str, int, int, int, tuple[int, ...]], ...] = (
    ("CASTLEFIELD", "Plates and inks", "Expenses:CostOfSales:InksAndPlates", "S", 10, 28000, 64000,
     (4, 6, 8, 10, 12, 1)),
    ("PARCELWING", "Courier deliveries", "Expenses:CostOfSales:Carriage", "S", 20, 9000, 21000,
     (5, 7, 9, 11, 1, 3)),
    ("MARRAM", "Case-bound edition for the shop", "Assets:Stock:Books", "Z", 14, 36000, 74000,
     (5, 8, 10, 12)),
    ("KESTREL", "Stationery", "Expenses:Office:Stationery", "S", 22, 4500, 13500, (5, 9, 11)),
    ("QUAYBRIDGE", "Card terminal fees", "Expenses:CardProcessing", "E", 3, 8400, 13800, (6, 9, 12, 3)),
    ("TEAL", "Studio photography", "Expenses:CostOfSales:Freelancers", "O", 18, 35000, 48000, (6, 10)),
)  # fmt: skip

# Bills once: party, issued, description, [(account, code, net)].
SINGLE_BILLS: tuple[tuple[str, date, str, tuple[tuple[str, str, int], ...]], ...] = (
    ("MERIDIAN", date(2025, 6, 11), "Annual service of press", (("Expenses:Repairs", "S", 64000),)),
    ("LEDGERWOOD", date(2025, 7, 15), "Accounts and tax return, year to March 2025",
     (("Expenses:Professional:Accountancy", "S", 195000),)),
    ("MERIDIAN", date(2025, 9, 10), "Digital press, model M4", (("Assets:Fixed:Plant:Cost", "S", 960000),)),
    ("ANCHORAGE", date(2025, 10, 1), "Business insurance to 30 September 2026",
     (("Assets:Prepayments", "E", 186000),)),
    ("MERIDIAN", date(2025, 12, 9), "Rollers replaced", (("Expenses:Repairs", "S", 31250),)),
    ("TEAL", date(2026, 2, 6), "Portraits for prospectus",
     (("Expenses:CostOfSales:Freelancers", "O", 39000),)),
    ("CASTLEFIELD", date(2026, 2, 5), "Plates", (("Expenses:CostOfSales:InksAndPlates", "S", 27650),)),
    ("MARRAM", date(2026, 2, 12), "Case-bound edition, second printing",
     (("Assets:Stock:Books", "Z", 118000),)),
    ("LEDGERWOOD", date(2026, 2, 13), "Payroll bureau, quarter to January",
     (("Expenses:Professional:Accountancy", "S", 24000),)),
    ("MERIDIAN", date(2026, 2, 17), "Blade and fuser kit", (("Expenses:Repairs", "S", 31000),)),
    ("KESTREL", date(2026, 2, 18), "Desk chairs and stationery",
     (("Assets:Fixed:Fixtures:Cost", "S", 54000), ("Expenses:Office:Stationery", "S", 6240))),
    ("PARCELWING", date(2026, 2, 20), "Courier deliveries, February",
     (("Expenses:CostOfSales:Carriage", "S", 15325),)),
    ("CASTLEFIELD", date(2026, 2, 24), "Inks, process set",
     (("Expenses:CostOfSales:InksAndPlates", "S", 38475),)),
    ("TEAL", date(2026, 3, 12), "Product photographs, spring",
     (("Expenses:CostOfSales:Freelancers", "O", 42500),)),
    ("KESTREL", date(2026, 3, 19), "Archive boxes", (("Expenses:Office:Stationery", "S", 7880),)),
)  # fmt: skip

DIRECT_DEBIT = {"TIDEWATER", "BRIGHTGRID", "SALTMARSH", "QUAYBRIDGE"}
COUNCIL_MONTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1)

# Paper bought without an order: issued, [(description, quantity, price)].
PAPER: tuple[tuple[date, tuple[tuple[str, int, int], ...]], ...] = (
    (date(2025, 4, 9), (("Silk 150 gsm SRA3, ream", 40, 2450), ("Uncoated 120 gsm SRA3, ream", 18, 1980))),
    (date(2025, 6, 12), (("Silk 150 gsm SRA3, ream", 44, 2450),)),
    (date(2025, 7, 10), (("Board 300 gsm SRA3, pack", 30, 3640), ("Uncoated 120 gsm SRA3, ream", 20, 1980))),
    (date(2025, 8, 13), (("Silk 150 gsm SRA3, ream", 42, 2450),)),
    (date(2025, 10, 9), (("Silk 150 gsm SRA3, ream", 50, 2450), ("Envelopes C5, box", 12, 2875))),
    (date(2025, 11, 12), (("Board 300 gsm SRA3, pack", 26, 3640),)),
    (date(2025, 12, 4), (("Uncoated 120 gsm SRA3, ream", 44, 1980),)),
)


class Order(NamedTuple):
    """A purchase order: its lines, the goods that came, and the bill if there is one."""

    number: str
    party: str
    when: date
    lines: tuple[tuple[str, int, str, int, str], ...]  # description, quantity, unit, price, account
    received: tuple[tuple[date, int, int], ...]  # day, line number, quantity
    billed: tuple[date, tuple[tuple[int, int, int], ...]] | None  # issued, (line number, quantity, price)


_PAPER = "Assets:Stock:Paper"
ORDERS = (
    Order("PO-0001", "PELICAN", date(2025, 5, 6), (("Silk 150 gsm SRA3", 48, "ream", 2450, _PAPER),),
          ((date(2025, 5, 13), 1, 48),), (date(2025, 5, 14), ((1, 48, 2450),))),
    Order("PO-0002", "PELICAN", date(2025, 9, 9),
          (("Silk 150 gsm SRA3", 40, "ream", 2450, _PAPER), ("Board 300 gsm SRA3", 20, "pack", 3640, _PAPER)),
          ((date(2025, 9, 16), 1, 40), (date(2025, 9, 16), 2, 20)),
          (date(2025, 9, 17), ((1, 40, 2450), (2, 20, 3640)))),
    Order("PO-0003", "PELICAN", date(2026, 1, 9), (("Uncoated 120 gsm SRA3", 60, "ream", 1980, _PAPER),),
          ((date(2026, 1, 16), 1, 40), (date(2026, 1, 23), 1, 20)), (date(2026, 1, 26), ((1, 60, 1980),))),
    Order("PO-0004", "PELICAN", date(2026, 2, 6), (("Silk 150 gsm SRA3", 50, "ream", 2450, _PAPER),),
          ((date(2026, 2, 13), 1, 50),), (date(2026, 2, 16), ((1, 50, 2510),))),
    Order("PO-0005", "PELICAN", date(2026, 3, 6),
          (("Board 300 gsm SRA3", 24, "pack", 3640, _PAPER), ("Envelopes C5", 10, "box", 2875, _PAPER)),
          ((date(2026, 3, 13), 1, 20),), (date(2026, 3, 16), ((1, 24, 3640),))),
    Order("PO-0006", "CASTLEFIELD", date(2026, 3, 17),
          (("Offset plates", 30, "pack", 1840, "Expenses:CostOfSales:InksAndPlates"),),
          ((date(2026, 3, 27), 1, 30),), None),
)  # fmt: skip

# EUR in GBP at the end of each month, in ten-thousandths; the first is the opening day.
EURO = {
    date(2025, 4, 1): 8360, date(2025, 4, 30): 8512, date(2025, 5, 31): 8426, date(2025, 6, 30): 8561,
    date(2025, 7, 31): 8647, date(2025, 8, 31): 8658, date(2025, 9, 30): 8731, date(2025, 10, 31): 8794,
    date(2025, 11, 30): 8763, date(2025, 12, 31): 8728, date(2026, 1, 31): 8677, date(2026, 2, 28): 8704,
    date(2026, 3, 31): 8719,
}  # fmt: skip

# Sales in euro: customer, day, description, account, code, net in cents.
EURO_SALES = (
    ("KERGOAT", date(2025, 4, 22), "Catalogue design, spring", "Income:Design", "RC", 280000),
    ("KERGOAT", date(2025, 6, 17), "Website illustrations", "Income:Design", "RC", 346000),
    ("VANDERSLUIS", date(2025, 7, 8), "Cover designs, autumn list", "Income:Design", "RC", 415000),
    ("KERGOAT", date(2025, 9, 16), "Catalogue design, autumn", "Income:Design", "RC", 292500),
    ("VANDERSLUIS", date(2025, 10, 14), "Printed books, exported", "Income:PrintedMatter", "Z", 388000),
    ("KERGOAT", date(2025, 11, 25), "Winter campaign", "Income:Design", "RC", 264000),
    ("VANDERSLUIS", date(2026, 1, 13), "Cover designs, spring list", "Income:Design", "RC", 437500),
    ("KERGOAT", date(2026, 2, 10), "Catalogue design, spring", "Income:Design", "RC", 310000),
    ("VANDERSLUIS", date(2026, 3, 10), "Series template", "Income:Design", "RC", 225000),
)

# Bills in euro: supplier, issued, description, cents.
EURO_BILLS = (
    ("SCHRIFTWERFT", date(2025, 5, 20), "Type licence, two families", 100000),
    ("SCHRIFTWERFT", date(2025, 11, 18), "Type licence, extension", 50000),
    ("SCHRIFTWERFT", date(2026, 2, 24), "Type licence, one family", 50000),
)

# Euro changed into pounds: day, cents, rate in ten-thousandths.
CONVERSIONS = (
    (date(2025, 6, 24), 400000, 8538),
    (date(2025, 9, 9), 600000, 8644),
    (date(2025, 12, 9), 700000, 8741),
    (date(2026, 3, 12), 500000, 8692),
)

# Staff: name, monthly gross in pence; the first is the director.
STAFF = (("director", 104750), ("studio manager", 325000), ("press operator", 268000), ("designer", 241000))

# Items open on the first day: party, number, issued, due, pence (positive: owed to us), days until settled.
OPENING_ITEMS = (
    ("ALDERTON", "1187", date(2025, 3, 12), date(2025, 4, 11), 237600, 9),
    ("BEACON", "1181", date(2025, 3, 3), date(2025, 4, 2), 312000, 11),
    ("FENNIMORE", "1176", date(2025, 2, 24), date(2025, 3, 31), 284500, 6),
    ("GREENSHANK", "1190", date(2025, 3, 19), date(2025, 4, 18), 148800, 17),
    ("MOORHEN", "1185", date(2025, 3, 10), date(2025, 4, 9), 194400, 15),
    ("DRIFTWOOD", "1192", date(2025, 3, 25), date(2025, 4, 24), 409200, 27),
    ("PELICAN", "PP-20744", date(2025, 3, 11), date(2025, 4, 30), -214560, 0),
    ("FOLDWELL", "FF-3302", date(2025, 3, 18), date(2025, 4, 17), -67200, 0),
    ("PARCELWING", "PW/11873", date(2025, 3, 20), date(2025, 4, 19), -18840, 0),
)

# The other balances on the first day, without retained earnings, which takes the rest.
OPENING = (
    ("Assets:Fixed:Plant:Cost", 4250000), ("Assets:Fixed:Plant:Depreciation", -2125000),
    ("Assets:Fixed:Computers:Cost", 986000), ("Assets:Fixed:Computers:Depreciation", -591600),
    ("Assets:Fixed:Fixtures:Cost", 620000), ("Assets:Fixed:Fixtures:Depreciation", -248000),
    ("Assets:Stock:Paper", 341260), ("Assets:Stock:Books", 287500),
    ("Assets:Prepayments", 87000), ("Assets:Deposits", 435000),
    ("Assets:Bank:Current", 2164237), ("Assets:Cash:Petty", 12000),
    ("Liabilities:Card", -61240), ("Liabilities:Accruals", -180000), ("Liabilities:VAT:Control", -491822),
    ("Liabilities:Payroll:PAYE", -141853), ("Liabilities:Payroll:Pension", -52614),
    ("Liabilities:DirectorsLoan", -600000), ("Liabilities:CorporationTax", -721400),
    ("Equity:ShareCapital", -10000),
)  # fmt: skip
OPENING_EURO = 325000

BANK_HOLIDAYS = frozenset({
    date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 5), date(2025, 5, 26), date(2025, 8, 25),
    date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6),
})  # fmt: skip


class Piece(NamedTuple):
    """A set piece: a sales invoice written by hand, under a name by which `make_demo.py` calls it."""

    name: str
    customer: str
    when: date
    lines: tuple[tuple[str, str, str, int], ...]  # account, code, description, net in pence


_D, _P, _M = "Income:Design", "Income:Print", "Income:PrintedMatter"
PIECES = (
    Piece("disputed", "MOORHEN", date(2025, 11, 14), ((_P, "S", "Site hoardings, printed", 168000),)),
    Piece("credited", "FENNIMORE", date(2025, 12, 4), ((_M, "Z", "Short-run books, 200 copies", 234000),)),
    Piece("part", "CORMORANT", date(2026, 1, 19), ((_D, "S", "Label range, artwork", 215000),)),
    Piece("overdue", "INKWELL", date(2026, 1, 26), ((_D, "S", "Festival branding", 96000),)),
    Piece("twin-1", "HOLLOWELL", date(2026, 2, 3), ((_P, "S", "Season posters, February", 40000),)),
    Piece("remit-1", "GREENSHANK", date(2026, 2, 5), ((_M, "Z", "Members' magazine", 126000),)),
    Piece("by-ref", "BEACON", date(2026, 2, 9), ((_D, "S", "Menu and signage design", 145000),)),
    Piece("by-amount", "NORTHMERE", date(2026, 2, 11), ((_P, "S", "Appointment cards", 61500),)),
    Piece("by-number", "DRIFTWOOD", date(2026, 2, 16), ((_D, "S", "Lookbook artwork", 89000),)),
    Piece("remit-2", "GREENSHANK", date(2026, 2, 19), ((_P, "S", "Reserve signs", 34000),)),
    Piece("unbooked", "LARKFIELD", date(2026, 2, 24), ((_M, "Z", "School prospectus", 93000),)),
    Piece("cheque-1", "JUNIPER", date(2026, 2, 26), ((_P, "S", "Gift tags and cards", 30000),)),
    Piece("lodged", "ALDERTON", date(2026, 2, 27), ((_P, "S", "Letterheads and folders", 110000),)),
    Piece("cheque-2", "ELMSTEAD", date(2026, 3, 2), ((_P, "S", "Notice boards", 30000),)),
    Piece("twin-2", "HOLLOWELL", date(2026, 3, 3), ((_P, "S", "Season posters, March", 40000),)),
)

ACCRUAL = """\
2026-03-31 * "Brightgrid Energy Ltd" "Electricity used from 9 to 31 March, not yet billed"
  type: "accrual"
  Expenses:Premises:Electricity                    241.50 GBP
    vat: "O"
  Liabilities:Accruals                            -241.50 GBP
"""

MONTH_END = """\
#!/bin/sh
# Month end, unattended: check the books, import, reconcile and code the bank, print the trial balance.
#
#   30 6 3 * *  ACCT_BOOK=/srv/books/harbourlane /srv/books/harbourlane/examples/cron/month-end.sh FILE
#
# FILE is the bank's file for the current account. Exit codes are acct's own: 0 all done, 1 the books
# have errors, 2 something was not done, 3 done, with items left for a person. Cron mails what is printed.
set -u

file=${1:?usage: month-end.sh STATEMENT-FILE}
account=Assets:Bank:Current
left=0

# run STEP...: stop at an error or a refusal; remember that items were left.
run() {
    "$@"
    code=$?
    case $code in
        0) ;;
        3) left=3 ;;
        1) echo "month end stopped: the books have errors ($*)" >&2; exit 1 ;;
        *) echo "month end stopped: not done, exit $code ($*)" >&2; exit "$code" ;;
    esac
}

run acct check
run acct import "$file" --account "$account"
run acct reconcile "$account" --auto
run acct code "$account" --auto
run acct tb -p "last month"

if [ "$left" -eq 3 ]; then
    echo "month end done; items are left for a person: acct reconcile $account, acct code $account" >&2
fi
exit "$left"
"""
