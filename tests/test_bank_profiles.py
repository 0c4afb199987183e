"""Each CSV layout that comes with the package, on a small made-up file of its own."""

# ruff: noqa: E501, ISC004 - the files are as wide as banks write them

from datetime import date
from decimal import Decimal

import pytest

from acctkit.banking import BankFile, read
from acctkit.banking.profiles import profiles

TODAY = date(2026, 6, 1)

# name -> (file, what is expected of each line: date, amount, payer, reference, text), then kind, currency, closing
FILES = {
    "plain": (
        "id,date,description,amount,balance\n1,2026-04-28,FPI ACME INV42,1200.00,6090.10\n",
        ["2026-04-28 1200.00 ||FPI ACME INV42"],
        "bank  6090.10",
    ),
    "barclays": (
        "Number,Date,Account,Amount,Subcategory,Memo\n ,28/04/2026,20-00-00 12345678,1200.00,BGC,ACME LTD  \tINV42 BGC\n",
        ["2026-04-28 1200.00 ACME LTD|INV42 BGC|ACME LTD INV42 BGC"],
        "bank  None",
    ),
    "starling": (
        "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP)\n28/04/2026,Acme,INV42,FASTER PAYMENT,1200.00,6090.10\n",
        ["2026-04-28 1200.00 Acme|INV42|Acme INV42"],
        "bank GBP 6090.10",
    ),
    "monzo": (
        "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Notes and #tags,Description\n"
        "tx_1,28/04/2026,09:00:00,Faster payment,Acme,,Income,1200.00,GBP,INV42,ACME LTD\n"
        "tx_2,28/04/2026,09:00:00,Card payment,Shop,,Bills,0.00,GBP,,SHOP\n",
        ["2026-04-28 1200.00 Acme|INV42|Acme ACME LTD"],
        "bank GBP None",
    ),
    "lloyds": (
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,"
        "Balance,\n29/04/2026,DD,'20-00-00,12345678,OFCOM,9.90,,6080.20\n"
        "28/04/2026,FPI,'20-00-00,12345678,ACME LTD INV42,,1200.00,6090.10\n",
        ["2026-04-29 -9.90 ||OFCOM", "2026-04-28 1200.00 ||ACME LTD INV42"],
        "bank GBP 6080.20",
    ),
    "natwest": (
        "\n\nDate,Type,Description,Value,Balance,Account Name,Account Number\n"
        '28 Apr 2026,BAC,"\'ACME LTD , INV42",1200.00,6090.10,"\'ACME DESIGN","\'600001-12345678"\n',
        ["2026-04-28 1200.00 ||ACME LTD , INV42"],
        "bank GBP 6090.10",
    ),
    "hsbc": (
        '28/04/2026,ACME LTD INV42 CR,"1,200.00"\n29/04/2026,OFCOM DD,-9.90\n',
        ["2026-04-28 1200.00 ||ACME LTD INV42 CR", "2026-04-29 -9.90 ||OFCOM DD"],
        "bank GBP None",
    ),
    "nationwide": (
        '"Account Name:","FlexAccount ****12345"\n"Account Balance:","£6080.20"\n"Available Balance: ","£6080.20"\n\n'
        '"Date","Transaction type","Description","Paid out","Paid in","Balance"\n'
        '"28 Apr 2026","Bank credit","ACME LTD INV42","","£1200.00","£6090.10"\n'
        '"29 Apr 2026","Direct debit","OFCOM","£9.90","","£6080.20"\n',
        ["2026-04-28 1200.00 ||Bank credit ACME LTD INV42", "2026-04-29 -9.90 ||Direct debit OFCOM"],
        "bank GBP 6080.20",
    ),
    "santander-card": (
        "Date,Card,Description,Amount\n2026-04-28,1234,STAPLES,29.40\n2026-04-29,1234,PAYMENT,-450.00\n",
        ["2026-04-28 -29.40 ||STAPLES", "2026-04-29 450.00 ||PAYMENT"],
        "card GBP None",
    ),
    "barclaycard": (
        "Cardholder Name,Account Number,Transaction Date,Merchant Name,Amount,Currency,Original Amount,Posted Date,"
        "Transaction ID,Transaction Type\nJo,4929,27/04/2026,STAPLES,29.40,GBP,29.40,28/04/2026,T1,Sale\n",
        ["2026-04-28 -29.40 STAPLES||STAPLES"],
        "card GBP None",
    ),
    "amex": (
        "Date,Description,Amount,Extended Details,Appears On Your Statement As,Reference\n"
        "28/04/2026,STAPLES,29.40,\"PAPER\n2 BOXES\",STAPLES UK,'AT1'\n29/04/2026,PAYMENT,-450.00,,,'AT2'\n",
        ["2026-04-28 -29.40 STAPLES||STAPLES", "2026-04-29 450.00 PAYMENT||PAYMENT"],
        "card  None",
    ),
    "revolut": (
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "TRANSFER,Current,2026-04-28 09:00:00,2026-04-28 09:00:05,To Staples,-29.40,0.50,GBP,COMPLETED,70.10\n"
        "CARD_PAYMENT,Current,2026-04-29 09:00:00,,Shop,-5.00,0.00,GBP,PENDING,\n",
        ["2026-04-28 -29.40 ||To Staples", "2026-04-28 -0.50 ||Fee To Staples"],
        "bank GBP 70.10",
    ),
    "wise": (
        "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance,Payer Name\n"
        "TRANSFER-1,28-04-2026,1200.00,EUR,Received money from Acme,INV42,6090.10,Acme\n",
        ["2026-04-28 1200.00 Acme|INV42|Received money from Acme"],
        "bank EUR 6090.10",
    ),
    "paypal": (
        '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID","Invoice Number",'
        '"Balance","Balance Impact"\n'
        '"28/04/2026","09:00:00","BST","Acme","Website Payment","Completed","GBP","1,200.00","-41.10","1,158.90","P1","INV42",'
        '"1,158.90","Credit"\n'
        '"28/04/2026","09:00:00","BST","Bolt","Invoice sent","Pending","GBP","50.00","0.00","50.00","P2","","","Memo"\n'
        '"29/04/2026","09:00:00","BST","","Withdrawal","Completed","GBP","-1,158.90","0.00","-1,158.90","P3","","0.00","Debit"\n',
        [
            "2026-04-28 1200.00 Acme|INV42|Acme Website Payment",
            "2026-04-28 -41.10 Acme|INV42|Fee Acme Website Payment",
            "2026-04-29 -1158.90 ||Withdrawal",
        ],
        "bank GBP 0",
    ),
    "stripe": (
        '"id","description","created","amount","amount_refunded","currency","converted_amount","converted_currency","fee",'
        '"status","card_name"\nch_1,Website,2026-04-28 09:00,1200.00,0.00,gbp,1200.00,gbp,18.20,Paid,Acme\n'
        "ch_2,Tea,2026-04-28 09:00,5.00,5.00,gbp,5.00,gbp,0.27,Refunded,Bolt\n",
        ["2026-04-28 1200.00 Acme||Website", "2026-04-28 -18.20 Acme||Fee Website"],
        "bank GBP None",
    ),
    "stripe-balance": (
        "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,description,"
        "automatic_payout_id\ntxn_1,2026-04-28 09:00:00,2026-05-01,gbp,1200.00,18.20,1181.80,charge,Website,po_1\n"
        "txn_2,2026-04-29 00:00:00,2026-04-29,gbp,-1181.80,0.00,-1181.80,payout,STRIPE PAYOUT,po_1\n",
        [
            "2026-04-28 1200.00 |po_1|Website charge",
            "2026-04-28 -18.20 |po_1|Fee Website charge",
            "2026-04-29 -1181.80 |po_1|STRIPE PAYOUT",
        ],
        "bank GBP None",
    ),
    "capital-one": (
        "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n2026-04-27,2026-04-28,1234,STAPLES,Office,29.40,\n",
        ["2026-04-28 -29.40 STAPLES||STAPLES"],
        "card USD None",
    ),
    "chase-card": (
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n04/27/2026,04/28/2026,STAPLES,Office,Sale,-29.40,\n",
        ["2026-04-28 -29.40 STAPLES||STAPLES"],
        "card USD None",
    ),
    "schwab": (
        '"Date","Status","Type","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"\n'
        '"04/29/2026","Pending","ACH","","OFCOM","$5.00","",""\n'
        '"04/28/2026","Posted","CHECK","558","Check Paid #558","$9.90","","$6,080.20"\n',
        ["2026-04-28 -9.90 |558|Check Paid #558"],
        "bank USD 6080.20",
    ),
    "ubs-fr": (
        "Produit;Monn.;Description;Date de valeur;Description 1;Description 2;Description 3;N° de transaction;Débit;Crédit;Solde\n"
        "0123 4567;CHF;Compte;28.04.2026;Virement;ACME SA;INV42;Z1;;1'200.00;6'090.10\n",
        ["2026-04-28 1200.00 ACME SA||Virement ACME SA INV42"],
        "bank CHF 6090.10",
    ),
    "gls": (
        "Kontonummer;Buchungstag;Wertstellung;Auftraggeber/Empfänger;Buchungstext;VWZ1;VWZ2;Betrag;Kontostand;Währung\n"
        '12345;28.04.2026;28.04.2026;Acme GmbH;Gutschrift;INV42;Website;1.200,00;"6.090,10";EUR\n',
        ["2026-04-28 1200.00 Acme GmbH||Acme GmbH INV42 Website"],
        "bank EUR 6090.10",
    ),
    "n26": (
        '"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)"\n'
        '2026-04-28,2026-04-28,"Acme GmbH",DE00,"Credit Transfer",INV42,Main,1200.00\n',
        ["2026-04-28 1200.00 Acme GmbH|INV42|Acme GmbH INV42"],
        "bank EUR None",
    ),
    "ing-es": (
        "date,class,subcategory,desc,notes,image,amount,balance\n28/04/2026,Ingresos,Otros,ACME SA INV42,,No,1200.00,6090.10\n",
        ["2026-04-28 1200.00 ||ACME SA INV42"],
        "bank EUR 6090.10",
    ),
    "payoneer": (
        "Transaction Date,Transaction Time,Time Zone,Transaction ID,Description,Credit Amount,Debit Amount,Currency,Status,"
        "Running Balance,Reference ID\n28/04/2026,09:00:00,UTC,77,Acme INV42,1200,,USD,Completed,6090.10,R1\n"
        "29/04/2026,09:00:00,UTC,78,Card,,5,USD,Pending,,\n",
        ["2026-04-28 1200 |R1|Acme INV42"],
        "bank USD 6090.10",
    ),
    "pc-mastercard": (
        '"Merchant Name","Card Used For Transaction","Date","Time","Amount"\n"STAPLES","**** 1234","04/28/2026","06:50 PM","29.40"\n',
        ["2026-04-28 -29.40 STAPLES||STAPLES"],
        "card CAD None",
    ),
    "outbank": (
        "#;Account;Date;Value Date;Amount;Currency;Name;Number;Bank;Reason;Client Reference\n"
        '1;DE00;4/28/26;4/28/26;1.200,00;EUR;"Acme GmbH";DE01;X;INV42;C1\n',
        ["2026-04-28 1200.00 Acme GmbH|C1|Acme GmbH INV42"],
        "bank EUR None",
    ),
}


def bank(text: str, **more: str) -> BankFile:
    return read(text.encode(), "bank.csv", today=TODAY, **more)


def test_every_layout_has_a_file_here():
    assert FILES.keys() == {profile.name for profile in profiles()}


@pytest.mark.parametrize("name", FILES)
def test_a_layout(name):
    text, lines, rest = FILES[name]
    found = bank(text)
    assert not [p for p in found.problems if p.severity == "error"], found.problems
    assert found.profile == name
    (statement,) = found.statements
    assert [f"{one.date} {one.amount} {one.payer}|{one.reference}|{one.text}" for one in statement.lines] == lines
    assert f"{statement.kind} {statement.currency} {statement.closing}" == rest
    ids = [line.id for line in statement.lines]
    assert len(set(ids)) == len(ids)
    moved = sum(line.amount for line in statement.lines)
    assert statement.closing in (None, statement.opening + moved if statement.opening is not None else None)
    assert len(found.problems) <= 1  # what is left out, counted


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.name)
def test_a_layout_is_sourced_and_dated(profile):
    assert profile.source
    assert date(2026, 1, 1) <= profile.seen <= date(2100, 1, 1)


def test_a_header_that_is_no_banks_alone_is_not_guessed():
    text = "Date,Description,Amount\n28/04/2026,STAPLES,29.40\n"
    assert [p.code for p in bank(text).problems] == ["B401"]
    (statement,) = bank(text, profile="amex").statements
    assert statement.lines[0].amount == Decimal("-29.40")


def test_a_file_without_a_header_needs_a_day_and_an_amount():
    assert [p.code for p in bank("28/04/2026,STAPLES,paper\n").problems] == ["B401"]
    assert [p.code for p in bank("28/04/2026,STAPLES,-5,x\n").problems] == ["B401"]


def test_both_orders_of_a_layout_that_is_open():
    text = FILES["payoneer"][0].replace("28/04/2026", "03/04/2026").replace("29/04/2026", "05/04/2026")
    assert [p.code for p in bank(text).problems] == ["B407"]
    (statement,) = bank(text, dates="mdy").statements
    assert statement.lines[0].date == date(2026, 3, 4)


def test_a_fee_is_part_of_the_running_balance_in_either_direction():
    head = "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
    rows = [
        f"TRANSFER,Current,2026-04-{day},2026-04-{day},x,{amount},{fee},GBP,COMPLETED,{balance}\n"
        for day, amount, fee, balance in ((27, "100.00", "1.00", "99.00"), (28, "-29.40", "0.50", "69.10"))
    ]
    for order in (rows, rows[::-1]):
        found = bank(head + "".join(order))
        assert not found.problems
        assert (found.statements[0].opening, found.statements[0].closing) == (0, Decimal("69.10"))
    assert [p.code for p in bank(head + rows[0] + rows[1].replace("69.10", "69.60")).problems] == ["B404"]


def test_a_fee_that_cannot_be_read():
    text = FILES["revolut"][0].replace("0.50", "half")
    (problem,) = [p for p in bank(text).problems if p.severity == "error"]
    assert (problem.code, problem.place.line) == ("B403", 2)
