"""Bank files that are not CSV or OFX: QIF, MT940 and MT942, CAMT, BAI2."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.banking import BankFile, read
from acctkit.banking.days import reading
from acctkit.banking.text import decode

TODAY = date(2026, 6, 1)


def bank(text: str, dates: str = "") -> BankFile:
    return read(text.encode(), "bank.txt", today=TODAY, dates=dates)


def only(found: BankFile):
    assert not [p for p in found.problems if p.severity == "error"], found.problems
    (statement,) = found.statements
    return statement


def told(found: BankFile) -> list[tuple[str, str, int]]:
    return [(p.code, p.severity, p.place.line if p.place else 0) for p in found.problems]


# QIF

QIF = "!Type:Bank\nD28/04/2026\nT-1,234.56\nPStaples\nMPaper\nN0042\nLOffice\n^\nD3/4'26\nU20.00\nPAcme Ltd\n^\n"


def test_qif():
    found = bank(QIF)
    statement = only(found)
    assert (found.format, statement.kind, statement.currency, statement.closing) == ("qif", "bank", "", None)
    paper, acme = statement.lines
    assert (paper.date, paper.amount, paper.payer) == (date(2026, 4, 28), Decimal("-1234.56"), "Staples")
    assert (paper.text, paper.reference, paper.line) == ("Staples Paper", "0042", 2)
    assert (acme.date, acme.amount) == (date(2026, 4, 3), 20)
    assert only(bank(QIF)).lines == statement.lines


def test_qif_lists_accounts_and_leaves_trades_out():
    text = (
        "!Option:AutoSwitch\n!Account\nNVisa\nTCCard\n^\n!Type:CCard\nD2026-04-28\nT-5\n^\n"
        "!Account\nNTill\nTCash\n^\n!Type:Cash\nD2026-04-29\nT7\n^\n!Type:Invst\nD2026-04-29\nNBuy\n^\n!Type:Cat\nNFood\n^\n"
    )
    found = bank(text)
    assert [(s.account, s.kind, s.lines[0].amount) for s in found.statements] == [
        ("Visa", "card", -5),
        ("Till", "bank", 7),
    ]
    assert told(found) == [("B402", "warning", 1)]


def test_a_qif_opening_balance_is_no_line():
    statement = only(bank("!Type:Bank\nD2026-04-01\nT100\nPOpening Balance\nL[Current]\n^\nD2026-04-02\nT-1\n^\n"))
    assert (statement.opening, statement.opening_stated, len(statement.lines)) == (100, True, 1)


def test_days_that_may_be_either_are_asked_about():
    text = "!Type:Bank\nD03/04/2026\nT-4.20\n^\nD05/04/2026\nT-2.00\n^\n"
    found = bank(text)
    assert told(found) == [("B407", "error", 2)]
    assert "3 April 2026 (dmy) or 4 March 2026 (mdy)" in found.problems[0].message
    assert "--dates" in found.problems[0].hint
    assert [line.date for line in only(bank(text, "dmy")).lines] == [date(2026, 4, 3), date(2026, 4, 5)]
    assert [line.date for line in only(bank(text, "mdy")).lines] == [date(2026, 3, 4), date(2026, 5, 4)]


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (["03/04/2026", "13/04/2026"], date(2026, 4, 3)),  # no month 13
        (["03/04/2026", "04/13/2026"], date(2026, 3, 4)),
        (["03/04/2026", "05/12/2025", "01/05/2026"], None),
        (["03/04/2026", "04/08/2026"], date(2026, 3, 4)),  # 4 August lies ahead
        (["12/05/2026"], date(2026, 5, 12)),  # 5 December lies ahead
        (["04/04/2026"], date(2026, 4, 4)),
        (["3 Apr 2026"], date(2026, 4, 3)),
        (["20260403"], date(2026, 4, 3)),
    ],
)
def test_what_decides_the_order_of_days(days, first):
    found = bank("!Type:Bank\n" + "".join(f"D{day}\nT1\n^\n" for day in days))
    if first is None:
        assert [code for code, _, _ in told(found)] == ["B407"]
    else:
        assert only(found).lines[0].date == first


def test_days_in_no_one_order():
    found = bank("!Type:Bank\nD13/04/2026\nT1\n^\nD04/14/2026\nT1\n^\nD15/04/2026\nT1\n^\n")
    assert told(found) == [("B403", "error", 5)]
    assert "day, month, year" in found.problems[0].message


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("!Type:Bank\nD2026-04-01\nTx\n^\n", "B403", 3),
        ("!Type:Bank\nD2026-04-31\nT1\n^\n", "B403", 2),
        ("!Type:Bank\nT1\n^\n", "B403", 2),
        ("!Type:Bank\nD2026-04-01\nPx\n^\n", "B403", 2),
        ("!Type:Cat\nNFood\n^\n", "B402", 1),
    ],
)
def test_bad_qif(text, code, line):
    assert told(bank(text)) == [(code, "error", line)]


# MT940

MT940 = """{1:F01BANKGB2LXXXX0000000000}{2:O940BANKGB2LXXXXN}{3:}{4:
:20:STMT0001
:25:20051712345678GBP
:28C:00001/001
:60F:C260427GBP4890,10
:61:2604280428C1200,00NTRFINV42//FP0001
:86:FPI ACME LTD INV42
:61:260429D9,90NCHK000042
:86:CHEQUE
:62F:C260430GBP6080,20
:64:C260430GBP6080,20
-}
"""


def test_mt940():
    found = bank(MT940)
    statement = only(found)
    assert (found.format, statement.account, statement.currency) == ("mt940", "20051712345678", "GBP")
    assert (statement.opening, statement.closing) == (Decimal("4890.10"), Decimal("6080.20"))
    assert (statement.begin, statement.end) == (date(2026, 4, 28), date(2026, 4, 30))
    acme, cheque = statement.lines
    assert (acme.id, acme.amount, acme.reference, acme.kind) == ("FP0001", 1200, "INV42", "NTRF")
    assert (acme.text, acme.line) == ("FPI ACME LTD INV42", 6)
    assert (cheque.amount, cheque.reference, cheque.date) == (Decimal("-9.90"), "000042", date(2026, 4, 29))
    assert len(cheque.id) == 16


def test_an_mt940_that_does_not_add_up():
    assert told(bank(MT940.replace("6080,20", "6080,21"))) == [("B404", "error", 8)]


def test_mt940_pages_are_one_statement():
    first = MT940.replace(":62F:C260430GBP6080,20", ":62M:C260430GBP6080,20")
    second = ":20:B\n:25:20051712345678\n:60M:C260430GBP6080,20\n:61:2604300430RC80,20NTRF\n:62F:C260430GBP6000,00\n-\n"
    statement = only(bank(first + second))
    assert (statement.opening, statement.closing, len(statement.lines)) == (Decimal("4890.10"), 6000, 3)
    assert statement.lines[2].amount == Decimal("-80.20")


def test_mt942_reports_of_a_day_count_a_line_once():
    line = ":61:2604280428C5,00NTRFNONREF\n:86:ACME\n"
    text = f":20:A\n:25:1\n:34F:GBP0,\n{line}-\n:20:B\n:25:1\n:34F:GBP0,\n{line}{line}-\n"
    statement = only(bank(text))
    assert [line.amount for line in statement.lines] == [5, 5]
    assert len({line.id for line in statement.lines}) == 2
    assert statement.closing is None


def test_german_parts_of_a_text():
    text = ":86:166?00GUTSCHRIFT?20EREF+INV-42?21SVWZ+Website?32ACME?33 LTD"
    (line, _) = only(bank(MT940.replace(":86:FPI ACME LTD INV42", text))).lines
    assert (line.payer, line.text) == ("ACME LTD", "ACME LTD Website")


def test_value_days_outside_the_statement():
    (_, line) = only(bank(MT940.replace(":61:260429D", ":61:260503D"))).lines
    assert (line.date, line.value_date) == (date(2026, 4, 30), date(2026, 5, 3))
    (line, _) = only(bank(MT940.replace(":61:2604280428", ":61:2602300428"))).lines
    assert (line.date, line.value_date) == (date(2026, 4, 28), date(2026, 2, 28))


def test_references_on_several_lines_are_no_ids():
    doubled = MT940.replace("NCHK000042", "NCHK000042//FP0001")
    assert not {line.id for line in only(bank(doubled)).lines} & {"FP0001"}


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (":62F:C260430GBP6080,20\n", "", "B402", 5),
        ("C260427GBP4890,10", "X", "B403", 5),
        ("2604280428C1200,00", "2604280428C12OO,00", "B403", 6),
        ("2604280428C", "2613280428C", "B403", 6),
        ("2604280428C", "2604280431C", "B403", 6),
    ],
)
def test_bad_mt940(old, new, code, line):
    assert told(bank(MT940.replace(old, new))) == [(code, "error", line)]


# CAMT


def camt(
    *entries: str, version: str = "053.001.08", balances: str = "", root: str = "BkToCstmrStmt", own: str = "Stmt"
) -> str:
    return (
        f'<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}">\n<{root}><{own}>\n'
        f"<Acct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id><Ccy>GBP</Ccy></Acct>{balances}\n"
        + "\n".join(f"<Ntry>{entry}</Ntry>" for entry in entries)
        + f"\n</{own}></{root}></Document>"
    )


def entry(amount: str, sign: str = "CRDT", more: str = "", status: str = "<Cd>BOOK</Cd>") -> str:
    return (
        f'<Amt Ccy="GBP">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-04-28</Dt></BookgDt><ValDt><DtTm>2026-04-29T09:00:00+01:00</DtTm></ValDt>{more}"
    )


def details(amount: str, name: str, text: str, side: str = "Dbtr") -> str:
    return (
        f'<TxDtls><Refs><EndToEndId>E-{name}</EndToEndId></Refs><Amt Ccy="GBP">{amount}</Amt>'
        f"<RltdPties><{side}><Nm>{name}</Nm></{side}></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def camt_balance(code: str, amount: str, day: str = "2026-04-28", currency: str = "GBP") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


BOTH = camt_balance("PRCD", "4890.10", "2026-04-27") + camt_balance("CLBD", "6090.10")
ACME = f"<AcctSvcrRef>FP1</AcctSvcrRef><NtryDtls>{details('1200', 'ACME', 'INV42')}</NtryDtls>"


@pytest.mark.parametrize(
    ("version", "root", "own"),
    [
        ("052.001.01", "BkToCstmrAcctRptV01", "Rpt"),
        ("053.001.02", "BkToCstmrStmt", "Stmt"),
        ("053.001.13", "BkToCstmrStmt", "Stmt"),
        ("054.001.04", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    ],
)
def test_camt_of_every_version(version, root, own):
    found = bank(camt(entry("1200.00000", more=ACME), version=version, root=root, own=own, balances=BOTH))
    statement = only(found)
    assert (found.format, statement.account, statement.currency) == ("camt", "GB33BUKB20201555555555", "GBP")
    assert (statement.opening, statement.closing) == (Decimal("4890.10"), Decimal("6090.10"))
    assert (statement.begin, statement.end) == (date(2026, 4, 28), date(2026, 4, 28))
    (line,) = statement.lines
    assert (line.id, str(line.amount), line.payer, line.text) == ("FP1", "1200.00", "ACME", "ACME INV42")
    assert (line.reference, line.date, line.value_date, line.line) == (
        "E-ACME",
        date(2026, 4, 28),
        date(2026, 4, 29),
        5,
    )


def test_a_camt_batch_gives_a_line_for_each_transaction_that_makes_it():
    batch = "<AcctSvcrRef>B</AcctSvcrRef><NtryDtls>{}{}</NtryDtls>"
    parts = batch.format(details("700", "ACME", "INV42"), details("500", "BOLT", "INV43"))
    first, second = only(bank(camt(entry("1200", more=parts), balances=BOTH))).lines
    assert [(first.id, first.amount, first.payer), (second.id, second.amount, second.payer)] == [
        ("B/1", 700, "ACME"),
        ("B/2", 500, "BOLT"),
    ]
    (line,) = only(bank(camt(entry("1199", more=parts)))).lines  # a fee was taken
    assert (line.id, line.amount, line.payer) == ("B", 1199, "")
    assert "INV42" in line.text
    assert "BOLT" in line.text


def test_camt_debits_reversals_and_what_is_not_booked():
    paid = f"<NtryDtls>{details('5', 'STAPLES', 'paper', 'Cdtr')}</NtryDtls>"
    back = "<RvslInd>true</RvslInd>"
    found = bank(camt(entry("5", "DBIT", paid), entry("5", "CRDT", back), entry("9", status="PDNG"), entry("0.00")))
    assert [(line.amount, line.payer) for line in only(found).lines] == [(-5, "STAPLES"), (5, "")]
    assert [p.message.split(" left")[0] for p in found.problems] == ["1 entry was", "1 line was"]


def test_camt_pages_and_statements_that_follow():
    first = camt(entry("5"), balances=camt_balance("OPBD", "10"))
    second = camt(entry("6"), balances=camt_balance("CLBD", "21", "2026-04-29"))
    both = first.replace("</BkToCstmrStmt></Document>", "") + second.partition("<BkToCstmrStmt>")[2]
    statement = only(bank(both))
    assert (statement.opening, statement.closing, len(statement.lines)) == (10, 21, 2)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (camt(entry("12,00")), "B403", 5),
        (camt(entry("12", "X")), "B403", 5),
        (camt(entry("12").replace("2026-04-28", "28/04/2026").replace("2026-04-29T", "T")), "B403", 5),
        (camt(entry("1"), balances=camt_balance("OPBD", "1") + camt_balance("CLBD", "3")), "B404", 5),
        (camt(entry("1"), balances=camt_balance("CLBD", "3", currency="SEK")), "B406", 4),
        (camt(entry("1"))[:-30], "B402", 6),
        (camt(entry("1")).replace("\n<Document", '\n<!DOCTYPE x [<!ENTITY a "ha">]>\n<Document'), "B402", 2),
        (camt(entry("1" + "<a>" * 200 + "</a>" * 200)), "B402", 5),
        (camt(own="Nothing"), "B402", 1),
    ],
)
def test_bad_camt(text, code, line):
    assert told(bank(text)) == [(code, "error", line)]


# BAI2

BAI2 = """01,BANKUS,ACME,260430,0100,1,,,2/
02,ACME,BANKUS,1,260430,,USD,2/
03,12345678,,010,489010,,,015,609010,,/
88,100,120990,2,,400,990,1,/
16,165,120990,V,260502,,FP0001,INV42,FPI ACME LTD
88,INV42, WEBSITE/
16,475,990,,,42/
16,890,,,,,note only/
49,1341980,7/
98,1341980,1,8/
99,1341980,1,10/
"""


def test_bai2():
    found = bank(BAI2)
    statement = only(found)
    assert (found.format, statement.account, statement.currency) == ("bai2", "12345678", "USD")
    assert (statement.opening, statement.closing, statement.end) == (
        Decimal("4890.10"),
        Decimal("6090.10"),
        date(2026, 4, 30),
    )
    acme, cheque = statement.lines
    assert (acme.id, acme.amount, acme.reference, acme.value_date) == (
        "FP0001",
        Decimal("1209.90"),
        "INV42",
        date(2026, 5, 2),
    )
    assert (acme.text, acme.line) == ("FPI ACME LTD INV42, WEBSITE", 5)
    assert (cheque.amount, cheque.reference) == (Decimal("-9.90"), "42")
    assert told(found) == [("B402", "warning", 3)]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("49,1341980,7/", "49,1341981,7/", "B404", 9),
        ("49,1341980,7/", "49,1341980,8/", "B404", 9),
        ("49,1341980,7/\n", "", "B402", 3),
        ("120990,V", "1209.90,V", "B403", 5),
        ("16,475", "16,075", "B403", 7),
        ("1,260430", "1,263430", "B403", 2),
        ("015,609010,,", "015,6O9010,,", "B403", 3),
    ],
)
def test_bad_bai2(old, new, code, line):
    assert (code, "error", line) in told(bank(BAI2.replace(old, new)))


def test_bai2_that_does_not_add_up():
    wrong = BAI2.replace("015,609010", "015,609011").replace("1341980,7", "1341981,7")
    assert told(bank(wrong))[-1] == ("B404", "error", 7)


# properties

CAMT = camt(entry("1200", more=ACME), balances=BOTH)
PARTS = st.sampled_from(
    [
        *(line + "\n" for text in (QIF, MT940, BAI2, CAMT) for line in text.split("\n")),
        *("<Ntry>", "</Ntry>", "<Amt>", "</Stmt>", "<!DOCTYPE x>", "&a;", "<![CDATA[", "16,", "88,x/", "49,"),
        *(
            "!Account\n",
            "^\n",
            "-\n",
            ":86:166?20EREF+",
            ":61:",
            ":NS:01x\n",
            "260428",
            "D",
            "T",
            "5,00",
            "?32",
            "/NAME/",
        ),
    ]
)
STARTS = st.sampled_from(["", "!Type:Bank\n", ":20:X\n", MT940, QIF, BAI2, BAI2[:200], CAMT, CAMT[:200], CAMT[:-40]])
MIXED = st.tuples(STARTS, st.lists(st.one_of(PARTS, st.text(max_size=5))).map("".join)).map("".join)


@given(MIXED)
def test_nothing_makes_it_raise(text):
    found = read(text.encode(errors="replace"), "x", today=TODAY)
    lines = decode(text.encode(errors="replace")).count("\n") + 1
    assert found.statements or any(p.severity == "error" for p in found.problems)
    for problem in found.problems:
        assert problem.place is None or 1 <= problem.place.line <= lines
    for statement in found.statements:
        assert len({line.id for line in statement.lines}) == len(statement.lines)


@given(st.dates(date(1999, 1, 1), TODAY))
def test_a_day_is_read_in_the_order_it_is_written(day):
    assert reading(f"{day:%d/%m/%Y}", "dmy", TODAY) == day
    assert reading(f"{day:%m-%d-%y}", "mdy", TODAY) == day
    assert reading(f"{day:%Y.%m.%d}", "ymd", TODAY) == day
    assert reading(f"{day.day} {day:%B %Y}", "dmy", TODAY) == day
