"""Bank files: text in, statements or problems out."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acctkit.banking import BankFile, read
from acctkit.banking.profiles import day_of
from acctkit.banking.text import clean, decimal_mark, decode, money, number

TODAY = date(2026, 6, 1)
PLAIN = "id,date,description,amount\n"
BARCLAYS = "Number,Date,Account,Amount,Subcategory,Memo\n"
STARLING = "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n"
MONZO = (
    "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,"
    "Notes and #tags,Address,Receipt,Description,Category split,Money Out,Money In,Balance,Balance currency\n"
)


def bank(text: str, profile: str | None = None) -> BankFile:
    return read(text.encode(), "bank.txt", profile=profile, today=TODAY)


def only(found: BankFile):
    assert not [p for p in found.problems if p.severity == "error"], found.problems
    (statement,) = found.statements
    return statement


def told(found: BankFile) -> list[tuple[str, str, int]]:
    return [(p.code, p.severity, p.place.line if p.place else 0) for p in found.problems]


def ofx(*moved: str, account: str = "<BANKACCTFROM><ACCTID>12345678</BANKACCTFROM>", end: str = "") -> str:
    listed = "".join(f"<STMTTRN>{one}</STMTTRN>\n" for one in moved)
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>GBP"
        f"{account}<BANKTRANLIST><DTSTART>20260401<DTEND>20260430\n{listed}</BANKTRANLIST>{end}</STMTRS></OFX>"
    )


def moved(amount: str, fitid: str = "", day: str = "20260428", name: str = "ACME LTD", more: str = "") -> str:
    return f"<TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{fitid}<NAME>{name}{more}"


def balance(amount: str, day: str = "20260430") -> str:
    return f"<LEDGERBAL><BALAMT>{amount}<DTASOF>{day}</LEDGERBAL>"


# OFX


def test_sgml_without_end_tags():
    more = "<CHECKNUM>0042<MEMO>INV-42 &amp; &#163;5"
    statement = only(bank(ofx(moved("1200.00", "F1", "20260428120000[-5:EST]", more=more), end=balance("6090.10"))))
    (line,) = statement.lines
    assert (line.id, line.date, line.amount) == ("F1", date(2026, 4, 28), Decimal("1200.00"))
    assert (line.text, line.payer, line.reference) == ("ACME LTD INV-42 & £5", "ACME LTD", "0042")
    assert (statement.account, statement.currency, statement.kind) == ("12345678", "GBP", "bank")
    assert (statement.begin, statement.end) == (date(2026, 4, 1), date(2026, 4, 30))
    assert (statement.opening, statement.closing) == (Decimal("4890.10"), Decimal("6090.10"))
    assert not statement.opening_stated


def test_xml_with_a_card_and_cdata():
    text = """<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200"?>
<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><CCSTMTRS>
<CURDEF>GBP</CURDEF><CCACCTFROM><ACCTID>4111</ACCTID></CCACCTFROM><BANKTRANLIST><STMTTRN>
<DTPOSTED>20260402</DTPOSTED><TRNAMT>-450,00</TRNAMT><FITID>a</FITID><NAME></NAME>
<MEMO><![CDATA[Caf\u00e9 <1>]]></MEMO></STMTTRN></BANKTRANLIST>
<LEDGERBAL><BALAMT>-450,00</BALAMT><DTASOF>20260402</DTASOF></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></OFX>"""
    statement = only(bank(text))
    assert (statement.kind, statement.account) == ("card", "4111")
    assert (statement.closing, statement.opening) == (Decimal("-450.00"), Decimal("0.00"))
    assert statement.lines[0].text == "Café <1>"


def test_several_accounts_and_currencies():
    dollars = "<CURRENCY><CURRATE>0.8<CURSYM>USD</CURRENCY>"
    first = ofx(moved("5", "a"), moved("7", "b", more=dollars))
    second = "<STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>9</BANKACCTFROM></STMTRS>"
    found = bank(first.replace("</OFX>", second + "</OFX>"))
    accounts = [(s.account, s.currency, len(s.lines)) for s in found.statements]
    assert accounts == [("12345678", "GBP", 1), ("12345678", "USD", 1), ("9", "EUR", 0)]


@pytest.mark.parametrize(
    ("as_of", "closing"),
    [
        ("20260430", Decimal(9)),
        ("20260428", Decimal(9)),
        ("20260501000000", Decimal(9)),
        ("20260501", None),
        ("20260427", None),
        ("", None),
    ],
)
def test_a_ledger_balance_of_another_day_is_no_closing(as_of, closing):
    found = bank(ofx(moved("5", "a"), end=balance("9", as_of)))
    assert only(found).closing == closing
    assert told(found) == ([] if closing else [("B404", "warning", 7)])


def test_a_bad_amount_is_shown_in_its_line():
    found = bank(ofx(moved("5", "a"), moved("$120", "b")))
    (problem,) = found.problems
    assert (problem.code, problem.severity, found.statements) == ("B403", "error", ())
    assert problem.place.line == 7
    assert problem.place.text[problem.place.column - 1 : problem.place.end_column - 1] == "$120"
    assert "$120" in problem.message
    assert problem.hint


@pytest.mark.parametrize("day", ["", "20260230", "28/04/2026", "2026", "00000000", "202602290000"])
def test_bad_days(day):
    assert told(bank(ofx(moved("5", "a", day)))) == [("B403", "error", 6)]


def test_leap_day():
    assert only(bank(ofx(moved("5", "a", "20240229")))).lines[0].date == date(2024, 2, 29)


def test_one_bank_id_on_two_movements():
    one, other, again = moved("5", "F"), moved("3", "F"), moved("5", "F")
    found = bank(ofx(one, other, again))
    (statement,) = found.statements
    assert sorted((line.amount, line.id) for line in statement.lines) == [(3, "F"), (5, "F-2")]
    assert [(code, severity) for code, severity, _ in told(found)] == [("B405", "warning"), ("B405", "error")]
    (turned,) = bank(ofx(other, one)).statements
    assert {line.amount: line.id for line in turned.lines} == {3: "F", 5: "F-2"}


def test_a_line_of_nothing_is_left_out_aloud():
    found = bank(ofx(moved("5", "a"), moved("0.00", "b")))
    assert [line.id for line in only(found).lines] == ["a"]
    assert told(found) == [("B402", "warning", 7)]


def test_missing_ids_are_derived_and_equal_lines_kept():
    text = ofx(moved("5"), moved("5"), moved("6"))
    ids = [line.id for line in only(bank(text)).lines]
    assert ids[1] == ids[0] + "-2"
    assert len(set(ids)) == 3
    assert [line.id for line in only(bank(text)).lines] == ids


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("<OFX></OFX>", "no statement"),
        ("<OFX><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></OFX>", "only the bank's sign-on"),
        ("<OFX><STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>Down for tea</STATUS></OFX>", "Down for tea"),
        ("<OFX><ACCTINFO><BANKACCTFROM><ACCTID>1</BANKACCTFROM></ACCTINFO></OFX>", "a list of 1 account"),
    ],
)
def test_ofx_without_a_statement(text, part):
    (problem,) = bank(text).problems
    assert problem.code == "B402"
    assert part in problem.message


def test_no_entity_is_expanded():
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + ofx(
        moved("5", "a", name="&b;")
    )
    assert only(bank(bomb)).lines[0].text == "&b;"


def test_pending_and_trades_are_left_out_aloud():
    found = bank(
        ofx(moved("5", "a")).replace("</STMTRS>", "<STMTTRNP><TRNAMT>9</STMTTRNP><INVTRAN></INVTRAN></STMTRS>")
    )
    assert len(only(found).lines) == 1
    assert [p.message.split(" left")[0] for p in found.problems] == [
        "1 pending transaction",
        "1 trade in securities",
    ]


@pytest.mark.parametrize(
    ("values", "mark"),
    [(["5,00"], ","), (["5.00", "1,234"], "."), (["1.234,5"], ","), (["1,234"], ""), (["1,5", "1.5"], "")],
)
def test_decimal_marks(values, mark):
    assert decimal_mark(values) == mark


def test_a_lone_comma_that_may_mean_either_is_refused():
    assert told(bank(ofx(moved("1,234", "a")))) == [("B403", "error", 6)]
    assert only(bank(ofx(moved("1,234", "a"), moved("5.00", "b")))).lines[0].amount == 1234


# CSV


def test_plain_header_in_any_order():
    found = bank("Amount;Balance;ID;Description;Date\n1,200.00;6090.10;A1;FPI ACME LTD INV42;2026-04-28\n")
    statement = only(found)
    assert (found.format, found.profile) == ("csv", "plain")
    assert (statement.opening, statement.closing) == (Decimal("4890.10"), Decimal("6090.10"))
    assert statement.opening_stated
    assert statement.lines[0].id == "A1"


def test_barclays_without_ids():
    rows = [
        ",28/04/2026,20-00-00 12345678,-10.99,Card Purchase,NETFLIX.COM         ON 27 APR BCC",
        ",28/04/2026,20-00-00 12345678,-10.99,Card Purchase,NETFLIX.COM         ON 27 APR BCC",
        ",27/04/2026,20-00-00 87654321,1200.00,Counter Credit,ACME LTD \tINV-42, BGC",
    ]
    found = bank(BARCLAYS + "\n".join(rows) + "\n")
    assert [(s.account, len(s.lines)) for s in found.statements] == [
        ("20-00-00 12345678", 2),
        ("20-00-00 87654321", 1),
    ]
    first, second = found.statements[0].lines
    assert second.id == first.id + "-2"
    assert found.statements[1].lines[0].payer == "ACME LTD"
    assert found.statements[1].lines[0].reference == "INV-42,BGC"
    turned = bank(BARCLAYS + "\n".join(reversed(rows)) + "\n")
    ids = {line.id for found_ in (found, turned) for s in found_.statements for line in s.lines}
    assert len(ids) == 3


def test_starling_newest_first_with_currency_in_the_heading():
    rows = "16/04/2026,Gas,,DD,-95.00,905.00,,\n15/04/2026,Ann,May,FP,100.00,1000.00,,\n"
    statement = only(bank(STARLING.replace("GBP", "EUR") + rows))
    assert (statement.currency, statement.opening, statement.closing) == ("EUR", 900, 905)
    line = statement.lines[1]
    assert (line.payer, line.reference, line.text, line.kind) == ("Ann", "May", "Ann May", "FP")


def test_monzo_leaves_declined_payments_out_aloud():
    text = MONZO + (
        "tx_1,01/04/2026,09:00:00,Faster payment,Acme,,Income,450.00,GBP,,,INV-7,,,INV-7,,,,550.00,GBP\n"
        "tx_2,02/04/2026,09:00:00,Card payment,Shop,,Bills,0.00,GBP,-9.00,GBP,,,,SHOP  LONDON,,,,550.00,GBP\n"
    )
    found = bank(text)
    assert [(line.id, line.reference) for line in only(found).lines] == [("tx_1", "INV-7")]
    assert told(found) == [("B402", "warning", 1)]
    assert found.problems[0].message.startswith("1 row was left out")


def test_a_broken_chain_is_shown_where_it_breaks():
    rows = ["1,2026-04-01,a,10,110", "2,2026-04-02,b,5,116", "3,2026-04-03,c,5,121"]
    found = bank("id,date,description,amount,balance\n" + "\n".join(rows))
    (problem,) = found.problems
    assert (problem.code, problem.severity, problem.place.line) == ("B404", "error", 3)
    assert problem.place.text == rows[1]
    assert "115" in problem.message
    assert "116" in problem.message


def test_a_day_in_any_order_is_no_break():
    rows = ["1,2026-04-01,a,10,110", "3,2026-04-01,c,5,120", "2,2026-04-01,b,5,115"]
    statement = only(bank("id,date,description,amount,balance\n" + "\n".join(rows)))
    assert (statement.opening, statement.closing) == (100, 120)


def test_ids_on_different_rows():
    assert told(bank(PLAIN + "1,2026-04-01,a,5\n1,2026-04-02,b,6\n")) == [("B405", "error", 3)]
    assert told(bank(PLAIN + "1,2026-04-01,a,5\n1,2026-04-01,a,5\n")) == [("B405", "warning", 3)]


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ("1,2026-04-01,a,12..3", "12..3"),
        ("1,2026-04-01,a,", "no amount"),
        ("1,01/04/2026,a,5", "01/04/2026"),
        ("1,2026-02-29,a,5", "2026-02-29"),
        ("1,,a,5", "no date"),
        ("1,2026-04-01,a, b,5", "5 cells"),
        ("1,2026-04-01,a," + "9" * 99, "999"),
    ],
)
def test_bad_cells(row, part):
    found = bank(PLAIN + row)
    (problem,) = found.problems
    assert (problem.code, problem.place.line, problem.place.text, found.statements) == ("B403", 2, row, ())
    assert part in problem.message
    assert 1 <= problem.place.column < problem.place.end_column <= len(row) + 1


@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        (b"", "B402", "empty"),
        (b"\xef\xbb\xbf\r\n \x00", "B402", "empty"),
        (b"%PDF-1.7 ...", "B401", "a PDF"),
        (b"\x00\x01\x02\x03\x9d\x81\x01\x02", "B401", "not text"),
        (b'{"transactions": []}', "B401", "JSON"),
        (b"Date,Description,Amount\n2026-04-01,a,5\n", "B401", "Date,Description,Amount"),
        (b"id,date,description,amount,fee\n1,2026-04-01,a,5,1\n", "B401", '"fee"'),
        (b'id,date,description,amount\n1,2026-04-01,"a,5\n2,2026-04-01,b,5\n', "B402", "quotation mark"),
    ],
)
def test_refused_files(data, code, part):
    found = read(data, "bank.txt", today=TODAY)
    (problem,) = found.problems
    assert (problem.code, problem.severity, found.statements) == (code, "error", ())
    assert part in problem.message


def test_named_profiles():
    assert bank(PLAIN, "lloyds").problems[0].code == "B401"
    assert "not that of Monzo" in bank(PLAIN, "monzo").problems[0].message
    assert "this is OFX" in bank(ofx(), "monzo").problems[0].message
    assert only(bank("id,date,description,amount,fee\n1,2026-04-01,a,5,1\n", "plain")).lines[0].amount == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding, ends):
    text = (PLAIN + '1,2026-04-01,"Café\n""£5""",-5.00\n').replace("\n", ends)
    (line,) = only(read(text.encode(encoding), "x", today=TODAY)).lines
    assert (line.text, line.line) == ('Café "£5"', 2)


def test_a_declared_code_page():
    text = ofx(moved("5", "a", name="Łódź")).replace("CHARSET:1252", "CHARSET:1250")
    assert only(read(text.encode("cp1250"), "x", today=TODAY)).lines[0].text == "Łódź"


def test_ids_and_texts_are_fit_for_a_journal():
    (line,) = only(bank(PLAIN + '"a""\\\tb",2026-04-01,"x\u202e\u200b \x07 y",1\n')).lines
    assert (line.id, line.text) == ("a'/ b", "x y")


# values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("£1,200.00", "1200.00"),
        ("-£5", "-5"),
        ("£-5", "-5"),
        ("(12.50)", "-12.50"),
        ("12.50-", "-12.50"),
        ("−3", "-3"),
        ("GBP 5", "5"),
        ("1 234.5", "1234.5"),
        ("-0.00", "0.00"),
        (".5", "0.5"),
    ],
)
def test_money(text, value):
    assert str(money(text)) == value


@pytest.mark.parametrize("text", ["1,23", "1,2345", "--5", "(-5)", "(£-5)", "1e5", "NaN", "٣", "-", ""])
def test_no_money(text):
    assert money(text) is None


def test_numbers_with_a_comma():
    assert number("-1.234,56", ",") == Decimal("-1234.56")


def test_years_of_two_digits():
    assert day_of("01/04/26", ("dd/mm/yy",), TODAY) == date(2026, 4, 1)
    assert day_of("01/04/99", ("dd/mm/yy",), TODAY) == date(1999, 4, 1)
    assert day_of("3 Apr 2026", ("dd mmm yyyy",), TODAY) == date(2026, 4, 3)


# properties

PIECES = st.sampled_from(
    f"{PLAIN}|{BARCLAYS}|{MONZO}|<OFX>|<STMTRS>|<STMTTRN>|<TRNAMT>|<DTPOSTED>20260428|<FITID>|</STMTTRN>|<!--|]]>"
    '|<![CDATA[|<LEDGERBAL><BALAMT>|1,2026-04-01,a,5\n|"|,|5|&#55296;|\n|<|é'.split("|")
)
STARTS = st.sampled_from(["", PLAIN, BARCLAYS, "<OFX>", "<OFX><STMTTRN><TRNAMT>5<DTPOSTED>20260428"])
MIXED = st.tuples(STARTS, st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join)).map("".join)


@given(st.one_of(st.binary(), MIXED.map(str.encode)))
def test_no_bytes_make_it_raise(data):
    found = read(data, "x", today=TODAY)
    lines = decode(data).count("\n") + 1
    assert found.statements or any(p.severity == "error" for p in found.problems) or "row" in found.problems[0].message
    for problem in found.problems:
        assert problem.place is None or 1 <= problem.place.line <= lines
    for statement in found.statements:
        ids = [line.id for line in statement.lines]
        assert all(ids)
        assert all(clean(one) == one and '"' not in one for one in ids)


AMOUNTS = st.decimals(-(10**12), 10**12, places=2)


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), TODAY), AMOUNTS, st.sampled_from(["a", "b"])), min_size=1))
def test_rows_without_ids_keep_their_number_and_their_ids(rows):
    text = BARCLAYS + "".join(f",{day:%d/%m/%Y},1,{amount},x,{memo}\n" for day, amount, memo in rows)
    first, second = only(bank(text)), only(bank(text))
    assert first == second
    assert len({line.id for line in first.lines}) == sum(amount != 0 for _, amount, _ in rows)


@given(st.lists(AMOUNTS, min_size=1), AMOUNTS, st.booleans())
def test_running_balances_give_opening_and_closing(amounts, opening, newest_first):
    rows, running = [], opening
    for number_, amount in enumerate(amounts):
        running += amount
        rows.append(f"{number_},2026-04-01,x,{amount},{running}\n")
    rows = rows[::-1] if newest_first else rows
    statement = only(bank("id,date,description,amount,balance\n" + "".join(rows)))
    assert statement.opening + sum(amounts) == statement.closing
