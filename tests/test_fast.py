"""Reading by the block: what is taken into columns is what the parser reads, and all else is set aside."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acctkit.books import blocks
from acctkit.books.balances import open_balances
from acctkit.books.blocks import AskedOfEntriesError, BlockReading, Part, _beside
from acctkit.books.files import Reading
from acctkit.books.index import IndexedBalances
from acctkit.books.indexing import _read_by_block
from acctkit.books.lock import lock_path
from acctkit.books.reader import open_books
from acctkit.books.root import Root
from acctkit.cli.load import checks
from acctkit.journal.entries import PriceEntry, Transaction
from acctkit.journal.fast import scan
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.booking import book
from acctkit.ledger.entity import Entity
from acctkit.ledger.options import Options
from acctkit.period import ALWAYS, Period
from acctkit.refs import numbered
from strategies import OPENS, damaged, journals

HEADS = [
    '2026-01-02 * "Acme" "Work"',
    '2026-01-03 ! "Work"',
    "2026-01-04 txn",
    '2024-02-29 * "Leap"',
    '2026-02-30 * "No day"',
    "2026-01-05 * \"Tea; and; 'quotes'\" ; a remark",
    '2026-01-05 * "A" "B" #tag ^link-1',
    "2026-01-06 * | ",
    '2026-01-07 * "an \\"escape\\""',
    '0000-01-01 * "Year nought"',
    "2026-01-02*",
    '2026-13-01 * "x"',
    '2026-01-08 * "a" "b" "c"',
    '2026-01-09 * "two',
    '2026-01-10 * "é"',
    '2026-01-11  *\t"tab"',
    "2026-01-12 open Assets:Bank:New",
    "2026-01-12 price ABC 1.5 GBP",
    "2026-01-12 price ABC 2 GBP ; dear",
    "2026-01-12 balance Assets:Bank  0 GBP",
    "* a heading",
    "; a remark",
    'option "title" "x"',
]
METAS = [
    '  type: "sales-invoice"',
    '  ref: "INV-1"',
    '  ref: "INV-1" ; kept',
    '  party: "ACME"',
    "  due: 2026-02-01",
    "  due: 2026-02-31",
    "  qty: 10",
    "  note: TRUE",
    "  none:",
    '  type: "opening"',
    '  reverses: "INV-1"',
    "  on: Assets:Bank",
    '    vat: "S"',
    "  a: 1",
    "  ; only a remark",
    '  text: "runs',
    '  over"',
    "  #tag ^link",
    '  their-ref: "X"',
    '  esc: "a\\"b"',
    "  number: 1,000.00",
]
LEGS = [
    "  Assets:Bank  10.00 GBP",
    '  Assets:Bank  10.00 GBP\n    vat: "S"',
    "  Income:Design  -10.00 GBP",
    "  Income:Design",
    "  Assets:Bank  10 GBP",
    "  Assets:Bank  -10.0 GBP",
    "  Assets:Bank  10.00 EUR",
    "  Assets:Debtors  -10.00 EUR ; why",
    "  Assets:Bank  1,000.00 GBP",
    "  Assets:Bank  5.00 * 2 GBP",
    "  Assets:Bank  10.00 EUR @ 2 GBP",
    "  Assets:Bank  1 ABC {10.00 GBP}",
    "  ! Assets:Bank  10.00 GBP",
    "  Assets:Bank  +10.00 GBP",
    "  Assets:bank  10.00 GBP",
    "  Assets:Bank_Two  10.00 GBP",
    "  Aktiva:Bank  10.00 GBP",
    "  Assets:Bank  10.000 GBP",
    "  Assets:Bank  GBP",
    "  Assets:Bank  10. GBP",
    "  Assets:Bank  0.00 GBP",
    "  Assets:Bank  -10.00 A'B-C",
    "  Assets:Bank  123456789012345678 GBP",
    "  Assets:Été  1 GBP",
    "\tAssets:Bank  10.00 GBP",
    "  Assets:Bank  10.00 GBP\f",
    "  Assets:Bank  10.00GBP",
    "  Assets:Bank 1.5 /A.B",
]
GAPS = ["", "", "", "  ", "; a remark", "\t;", '"', "x"]
entries = st.builds(
    lambda head, metas, legs, gaps: "\n".join([head, *metas, *legs, *gaps]) + "\n",
    st.sampled_from(HEADS), st.lists(st.sampled_from(METAS), max_size=3),
    st.lists(st.sampled_from(LEGS) | st.sampled_from(METAS), max_size=4), st.lists(st.sampled_from(GAPS), max_size=2),
)  # fmt: skip
plain = st.builds(
    lambda head, metas, pounds, gap: "\n".join(
        [head, *metas, f"  Assets:Bank  {pounds} GBP", f"  Income:Design  {-pounds} GBP", gap, ""]
    ),
    st.sampled_from(HEADS[:3]),
    st.lists(st.sampled_from(METAS[:7]), max_size=3, unique=True),
    st.decimals(-10000, 10000, places=2),
    st.sampled_from(["", "; x"]),
)
texts = st.lists(entries | plain, max_size=8).map("".join)


def taken(data):
    """What the parser reads of a text, and what the block and the parser read of it together; None: parser only."""
    block = scan(data)
    whole = parse(Source("x", data))
    if block is None:
        return None
    beside = parse(_beside("x", (0, 0, 0, 0), [Part("x", 0, len(data), "", block)]))
    return whole, block, beside


def facts_of(entry):
    return (
        entry.date.toordinal(),
        [(p.account, p.commodity, p.number) for p in entry.postings],
    )


def refs_in(facts):
    """The refs of a block by how they begin and their number, -1 where they have none."""
    found = [(prefix, n) for prefix, own in facts.series.items() for a, b in own for n in range(a, b + 1)]
    return sorted(found + [(ref, -1) for ref in facts.named])


def rows_of(block):
    """The entries in the columns: by the line they stand on, their day and postings."""
    rows, at = {}, 0
    offsets, days, counts, accounts, commodities, minors = block.read_columns()
    for offset, day, count in zip(offsets, days, counts, strict=True):
        postings = []
        for i in range(at, at + count):
            commodity = block.commodities[commodities[i]]
            number = Decimal(minors[i]).scaleb(-block.places[commodity])
            postings.append((block.accounts[accounts[i]], commodity, number))
        rows[offset] = day, postings
        at += count
    return rows


@given(texts | journals() | damaged())
@settings(max_examples=300)
@example('2026-01-02 * "two\n2026-01-03 * "x"\n  Assets:Bank  1 GBP\n  Income:Design  -1 GBP\n"\n')
@example("2026-01-02 *\n  Assets:Bank  10.00 GBP\n  Income:Design\n  text: 1\n")
@example("2026-01-02 *\n  Assets:Bank  10.00 GBP\n  Income:Design  -10.00 GBP\n\n  stray\n2026-01-02 *\n")
def test_p21_a_block_and_the_parser_read_the_same(text):
    data = text if isinstance(text, bytes) else text.encode()
    found = taken(data)
    if found is None:
        return
    whole, block, beside = found
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    rows = rows_of(block)
    held = {starts[entry.line - 1]: entry for entry in whole.entries}
    mine = [held.pop(offset) for offset in rows]
    booked = book(mine, Options()).entries
    assert [facts_of(entry) for entry in booked] == list(rows.values())
    told = {(e.source.number(e.line), e.date) for e in beside.entries}
    prices = [e for e in held.values() if isinstance(e, PriceEntry) and (e.line, e.date) not in told]
    rest = [entry for entry in held.values() if entry not in prices]
    assert [(e.source.number(e.line), e.date, e.meta, type(e)) for e in beside.entries] == [
        (e.line, e.date, e.meta, type(e)) for e in rest
    ]
    assert [str(p) for p in whole.problems] == [str(p) for p in beside.problems]
    assert beside.options == [o._replace(line=b.line) for o, b in zip(whole.options, beside.options, strict=True)]
    refs = [e.meta["ref"] for e in mine if isinstance(e.meta.get("ref"), str)]
    numbers = sorted(numbered(ref) or (ref, -1) for ref in refs)
    assert refs_in(block.facts) == numbers if not block.facts.is_twice else len(set(numbers)) < len(numbers)
    assert block.facts.types == {e.type for e in mine if e.type}
    assert block.facts.parties == {e.meta["party"] for e in mine if isinstance(e.meta.get("party"), str)}
    assert block.used == Counter(p.commodity for e in booked for p in e.postings)


def test_most_of_what_books_hold_is_taken():
    text = (
        '2026-04-14 * "Acme Ltd" "Website" ^INV-0042\n  type: "sales-invoice"\n  ref: "INV-0042"\n  due: 2026-05-14\n'
        '  Assets:Debtors         1200.00 GBP\n  Income:Design         -1000.00 GBP\n    vat: "S"\n'
        '  Liabilities:VAT        -200.00 GBP\n    vat: "S"\n\n'
        "2026-04-15 * \n  Assets:Bank  1.5 BTC ; five\n  Assets:Other  -1.50000000 BTC\n\n"
        '2026-04-16 txn "x"\n  Assets:Bank  5.00 GBP\n  Income:Design\n'
    )
    block = scan(text.encode())
    assert block is not None
    assert block.aside == []
    assert block.entries == 3
    assert block.places == {"GBP": 2, "BTC": 8}
    assert list(rows_of(block).values())[2][1] == [
        ("Assets:Bank", "GBP", Decimal("5.00")), ("Income:Design", "GBP", Decimal("-5.00")),
    ]  # fmt: skip


@given(texts | journals() | damaged(), st.integers(1, 400))
@settings(max_examples=150)
def test_p22_blocks_of_any_size_and_the_whole_give_the_same(tmp_path_factory, text, size):
    folder = tmp_path_factory.mktemp("books")
    root = Root(folder / "books.beancount", None)
    data = text if isinstance(text, bytes) else text.encode()
    root.file.write_bytes((OPENS.encode() if not data.startswith(OPENS.encode()) else b"") + data)
    before = blocks.BLOCK_BYTES
    try:
        blocks.BLOCK_BYTES = size
        reading = BlockReading(lock_path(root.file, None), 1, Entity())
        cut = reading.read(str(root.file))
        whole = Reading(lock_path(root.file, None)).read(str(root.file))
    except AskedOfEntriesError:  # a record asks for every entry
        return
    finally:
        blocks.BLOCK_BYTES = before
    columns = sum(block.entries for part in reading.parts() for block in part.blocks)
    transactions = [e for e in whole.entries if isinstance(e, Transaction)]
    assert columns + sum(isinstance(e, Transaction) for e in cut.entries) == len(transactions)
    assert [str(p) for p in cut.problems] == [str(p) for p in whole.problems]


def test_a_string_that_runs_over_a_cut(tmp_path, monkeypatch):
    inside = '2026-01-03 * "x"\n  Assets:Bank  1.00 GBP\n  Income:Design  -1.00 GBP\n'
    text = OPENS + '2026-01-01 query "q" "' + inside * 20 + '"\n' + inside
    root = Root(tmp_path / "books.beancount", None)
    root.file.write_text(text)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wanted = open_books(root, checks()).ledger.movements(ALWAYS)
    for size in (50, 100, 200, 1000):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
        assert open_balances(root, checks, str).movements(ALWAYS) == wanted


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_number_of_workers_changes_nothing(tmp_path, monkeypatch, workers):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2000)
    monkeypatch.setattr(blocks, "_WORTH_A_POOL", 1000)
    monkeypatch.setattr(blocks, "workers", lambda: workers)
    root = Root(tmp_path / "books.beancount", None)
    entry = '2026-0{}-1{} * "Staples" "Paper"\n  Expenses:Stationery  {}.50 GBP\n  Assets:Bank\n\n'
    lots = "2026-03-01 *\n  Assets:Broker  2 ABC {3.00 GBP}\n  Assets:Bank\n\n"
    held = "2026-05-01 balance Assets:Bank  -{} GBP\n"
    total = sum(Decimal(n) + Decimal("0.5") for n in range(200)) + 6
    root.file.write_text(
        OPENS + "".join(entry.format(n % 4 + 1, n % 9, n) for n in range(200)) + lots + held.format(total)
    )
    answer = open_balances(root, checks, str)
    ledger = open_books(root, checks()).ledger
    assert isinstance(answer, IndexedBalances)
    assert answer.problems == ledger.problems == []
    for period in (ALWAYS, Period(date(2026, 2, 12), date(2026, 3, 15))):
        assert answer.movements(period) == ledger.movements(period)


def test_exactness(tmp_path, monkeypatch):
    """Eighteen decimals, amounts past 64 bits, and many pennies, each the same as adding up Decimals."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one = "2026-01-0{} *\n  Assets:Bank  {} {}\n  Income:Design  -{} {}\n\n"
    rows = [("0.000000000000000001", "ETH"), ("1.5", "ETH"), ("3", "ETH"), ("922337203685477.5807", "XAU")] * 3
    rows += [("0.01", "GBP")] * 1000 + [("99999999999999.99", "EUR")] * 1000
    for size in (200, 2 << 20):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", size * 50)
        root = Root(tmp_path / f"books{size}.beancount", None)
        root.file.write_text(OPENS + "".join(one.format(n % 9 + 1, a, c, a, c) for n, (a, c) in enumerate(rows)))
        answer = open_balances(root, checks, str)
        for commodity in ("ETH", "XAU", "GBP", "EUR"):
            wanted = sum(Decimal(amount) for amount, unit in rows if unit == commodity)
            closing = answer.movements(ALWAYS)["Assets:Bank", commodity].closing
            assert Decimal(answer.show(closing, commodity)) == wanted
    assert Path(tmp_path / "cache").exists()


def test_a_million_postings_of_a_penny(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pennies = "  Assets:Bank  0.01 GBP\n" * 1000
    entries = [f"2026-0{n % 9 + 1}-01 *\n{pennies}  Income:Design  -10.00 GBP\n\n" for n in range(1000)]
    root = Root(tmp_path / "books.beancount", None)
    root.file.write_text(OPENS + "".join(entries))
    answer = open_balances(root, checks, str)
    assert isinstance(answer, IndexedBalances)
    moved = answer.movements(ALWAYS)["Assets:Bank", "GBP"]
    assert (moved.debit, moved.closing) == (1_000_000, 1_000_000)
    assert answer.movements(Period(date(2026, 2, 1), date(2026, 2, 2)))["Assets:Bank", "GBP"].debit == 111_000


at_price = st.builds(
    lambda day, unit, number, price, cur, off, third: (
        f"2026-0{day % 9 + 1}-{day % 28 + 1:02} *\n  Assets:Bank  {number} {unit} @ {price} {cur}\n"
        + (f"  Assets:Debtors  {number * 2} {unit} @ {price} {cur}\n" if third else "")
        + f"  Income:Design  {(-number * price * (3 if third else 1)).quantize(Decimal('0.01')) + off} {cur}\n\n"
    ),
    st.integers(1, 250), st.sampled_from(["USD", "EUR", "JPY", "ABC", "GBP"]), st.decimals(-9999, 9999, places=2),
    st.decimals(0, 9, places=4), st.sampled_from(["GBP", "GBP", "EUR", "JPY"]),
    st.sampled_from([Decimal(0), Decimal(0), Decimal("0.01"), Decimal("0.001")]), st.booleans(),
)  # fmt: skip


@given(st.lists(at_price | plain, max_size=8).map("".join), st.sampled_from(["GBP", "EUR", ""]))
@settings(max_examples=150)
def test_p25_postings_at_a_price_have_the_base_value_of_the_ledger(tmp_path_factory, text, currency):
    folder = tmp_path_factory.mktemp("books")
    root = Root(folder / "books.beancount", None)
    option = f'option "operating_currency" "{currency}"\n' if currency else ""
    root.file.write_text(option + OPENS + text)
    ledger = open_books(root, checks()).ledger
    with pytest.MonkeyPatch.context() as other:
        other.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        answer = open_balances(root, checks, str)
        assert answer.problems == ledger.problems
        for period in (ALWAYS, Period(date(2026, 2, 12), date(2026, 5, 15)), Period(None, date(2026, 3, 1))):
            assert answer.movements(period) == ledger.movements(period)


def test_most_of_what_is_posted_at_a_price_is_taken():
    entry = "2026-04-14 *\n  Assets:Bank  100.00 USD @ 0.7201 GBP\n  Income:Design  -72.01 GBP\n\n"
    block = scan((entry + entry.replace("0.7201", "0.72014")).encode())
    assert block is not None
    assert block.aside == []
    assert block.worth == [(0, "GBP", 7201), (2, "GBP", 7201)]


lot_days = st.sampled_from(["2026-04-01", "2026-04-02", "2026-04-03", "2026-05-01"])
buys = st.builds(
    "{0} * \n  Assets:Broker  {1} HOOL {{{2} GBP}}\n  Assets:Bank  -{3} GBP\n\n".format,
    lot_days, st.sampled_from(["10", "5", "2.5"]), st.sampled_from(["4.00", "4", "6.20"]),
    st.sampled_from(["40.00", "20.00", "10.00", "15.50", "62.00"]),
)  # fmt: skip
sales = st.builds(
    '{0} *\n  ref: "JNL-{5}"\n  Assets:Broker  -{1} HOOL {{{2} GBP{3}}}{4}\n  Assets:Bank  {6} GBP\n\n'.format,
    lot_days, st.sampled_from(["10", "5", "2.5"]), st.sampled_from(["4.00", "4.0", "6.20"]),
    st.sampled_from(["", ", 2026-04-01", " ,2026-04-02"]), st.sampled_from(["", " @ 5.00 GBP", " @ 5.00 EUR"]),
    st.integers(1, 20), st.sampled_from(["40.00", "20.00", "10.00", "15.50", "62.00"]),
)  # fmt: skip
others = st.sampled_from(
    [
        "2026-04-02 *\n  Assets:Broker  -5 HOOL\n  Assets:Bank  5 HOOL\n\n",
        "2026-04-03 *\n  Assets:Broker  -5 HOOL {}\n  Assets:Bank  20.00 GBP\n  Income:Design\n\n",
        "2026-04-02 *\n  Assets:Broker  5 HOOL {{20.00 GBP}}\n  Assets:Bank  -20.00 GBP\n\n",
        "2026-04-02 *\n  Assets:Bank  5.00 GBP\n  Assets:Broker  -5.00 GBP\n\n",
        "2026-04-02 *\n  Assets:Broker  5 HOOL {4 GBP}\n  Assets:Broker  -5 HOOL {4 GBP}\n\n",
        "2026-04-02 *\n  Assets:Broker  5 MICR {4 EUR}\n  Assets:Bank  -20.00 EUR\n\n",
        "2026-04-02 balance Assets:Broker  10 HOOL\n\n",
        "2026-04-03 *\n  Assets:Bank  5.00 GBP\n  Assets:Broker\n\n",
    ]
)


@given(
    st.lists(st.one_of(buys, buys, sales, sales, others), max_size=7).map("".join),
    st.sampled_from(["", ' "FIFO"', ' "NONE"', ' "STRICT_WITH_SIZE"']),
)
@settings(max_examples=150)
def test_p27_what_is_held_at_cost_is_booked_as_the_ledger_books_it(tmp_path_factory, text, method):
    folder = tmp_path_factory.mktemp("books")
    root = Root(folder / "books.beancount", None)
    root.file.write_text(OPENS.replace(' "FIFO"', method) + text)
    ledger = open_books(root, checks()).ledger
    with pytest.MonkeyPatch.context() as other:
        other.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        answer = open_balances(root, checks, str)
        assert answer.problems == ledger.problems
        for period in (ALWAYS, Period(date(2026, 4, 2), date(2026, 4, 3))):
            assert answer.movements(period) == ledger.movements(period)


BUY = "2026-04-01 *\n  Assets:Broker  10 HOOL {4.00 GBP}\n  Assets:Bank  -40.00 GBP\n\n"
SELL = (
    "2026-04-02 *\n  Assets:Broker  -4 HOOL {4 GBP, 2026-04-01} @ 5.00 GBP\n"
    "  Assets:Bank  20.00 GBP\n  Income:Design  -4.00 GBP\n\n"
)


def held_in_columns(folder, text):
    """Whether a book is read by the block, and what is held at cost with it; no pool is worth its while here."""
    root = Root(folder / "books.beancount", None)
    root.file.write_text(OPENS.replace(' "FIFO"', "") + text)
    read = _read_by_block(root)
    return read is not None, read is not None and any(part.block.lots for part in read.parts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BUY + SELL, (True, True)),
        (BUY + SELL + SELL, (True, True)),
        (BUY + SELL + SELL + SELL, (True, False)),  # more than is held
        (SELL + BUY, (True, True)),  # days count, not lines
        (BUY.replace("04-01", "04-03") + SELL, (True, False)),
        (BUY + BUY.replace("04-01", "04-02") + SELL, (True, True)),
        (BUY + BUY.replace("04-01", "04-02") + SELL.replace(", 2026-04-01", ""), (True, False)),  # fits two lots
        (BUY + SELL.replace("{4 GBP, 2026-04-01}", "{}"), (True, False)),
        (
            BUY + "2026-04-02 *\n  Assets:Broker  -1 HOOL\n  Assets:Bank  1 HOOL\n",
            (False, False),
        ),  # asks for every entry
        (BUY + "2026-04-02 *\n  Assets:Bank  -1.00 GBP\n  Assets:Broker\n", (True, True)),
        (
            'option "operating_currency" "GBP"\n2026-04-01 *\n  Assets:Broker  4 GBP {4 EUR}\n  Assets:Bank  -16 EUR\n',
            (True, False),
        ),
    ],
)
def test_lots_stay_in_columns_where_each_sale_is_of_one_that_is_held(tmp_path, text, found):
    assert held_in_columns(tmp_path, text) == found


def test_what_the_columns_price_counts_for_a_guess(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = Root(tmp_path / "books.beancount", None)
    entry = "2026-04-01 *\n  Assets:Bank  5 {}\n  Income:Design  -5 {}\n\n"
    priced = "2026-04-01 price HOOA 5 GBP\n\n"
    root.file.write_text(OPENS + entry.format("HOOA", "HOOB") + priced + entry.format("HOOB", "HOOB") * 2)
    problems = open_books(root, checks()).ledger.problems
    assert [problem.hint for problem in problems] == ["did you mean -5 HOOA?"]
    assert open_balances(root, checks, str).problems == problems


def test_a_file_that_changes_while_it_is_read_keeps_the_hash_of_what_was_read(tmp_path):
    root = Root(tmp_path / "books.beancount", None)
    entry = "2026-04-02 *\n  Assets:Bank  {0} GBP\n  Income:Design  -{0} GBP\n\n"
    root.file.write_text(OPENS + entry.format("1.00"))
    reading = BlockReading(lock_path(root.file, None), 1, Entity())
    reading.read(str(root.file))
    (before,) = reading.parts()
    reading._asserted.add(("2026-04-03", "Assets:Bank"))  # as a later file does
    (watched,) = reading.parts()
    assert watched.sha256 == before.sha256
    assert watched.block.days
    assert not before.block.days
    root.file.write_text(OPENS + entry.format("2.00"))
    assert reading.parts() == [before]
