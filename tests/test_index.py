"""The index: what it answers is what a fresh read answers, whatever happened to the books or to the cache."""

import multiprocessing
import os
import shutil
import sqlite3
import stat
import time
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from acctkit.books import blocks, index, indexing, pen
from acctkit.books.balances import open_balances
from acctkit.books.index import IndexedBalances, index_path
from acctkit.books.new import NewBooks, create
from acctkit.books.reader import open_books
from acctkit.books.root import ROOT_FILE, Root
from acctkit.cli.load import checks
from acctkit.period import ALWAYS, Period
from acctkit.posting import posted
from acctkit.problem import Refusal
from strategies import OPENS, damaged, journals

DAYS = [date(1, 1, 1), date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 6), date(2026, 2, 1), date(2028, 2, 29)]
DAYS += [date(2031, 1, 1), date(9999, 12, 31)]
PERIODS = [Period(begin, end) for begin in [None, *DAYS] for end in [None, *DAYS]]
FEW = [
    ALWAYS,
    Period(date(2026, 1, 3), date(2026, 1, 5)),
    Period(date(2026, 1, 1), None),
    Period(None, date(2026, 4, 20)),
]
some_days = st.none() | st.dates(date(2025, 12, 20), date(2026, 2, 10)) | st.dates(date(2019, 1, 1), date(2032, 1, 1))
tell = str  # what is told where an index cannot be kept is asked for in one test only
ENTRY = """2026-04-14 * "Staples" "Paper"
  Expenses:Stationery    24.50 GBP
  Assets:Bank:Current
"""
given_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


READ = []  # the roots that were read for an answer


@pytest.fixture(autouse=True)
def counted(monkeypatch):
    real = indexing.read_balances
    monkeypatch.setattr(indexing, "read_balances", lambda root, *rest: READ.append(root) or real(root, *rest))


@pytest.fixture
def later(monkeypatch):
    """The clock as it will be in ten seconds: files that stand now are then old enough to be trusted."""
    real = time.time_ns
    monkeypatch.setattr(indexing.time, "time_ns", lambda: real() + 10_000_000_000)


def single(folder, data):
    path = folder / "books.beancount"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return Root(path, None)


def company(folder, number="GB123456782"):
    """Books of several files: a chart, two months, a document, another year end than the calendar's."""
    create(folder, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", number))
    may = folder / "journals" / "2026" / "2026-05.beancount"
    opening = ENTRY.replace('Paper"', 'Paper"\n  type: "opening"').replace("04-14", "04-01")
    may.write_text(ENTRY + opening + '2026-05-01 document Assets:Bank:Current "../../documents/bill.pdf"\n')
    (folder / "documents" / "bill.pdf").write_text("a bill")
    return Root(folder / ROOT_FILE, folder)


def facts(balances, periods=FEW):
    """All that balances can be asked."""
    movements = [balances.movements(period) for period in periods]
    commodities = {commodity for _, commodity in movements[0]} | {"GBP", "NONE"}
    accounts = {account for account, _ in movements[0]} | set(balances.accounts) | {"Nothing:Of:This"}
    amounts = [(c, n, g) for c in sorted(commodities) for n in (0, -1, 123456789) for g in (False, True)]
    return {
        "movements": movements,
        "specials": sorted(map(repr, balances.specials())),
        "problems": balances.problems,
        "accounts": balances.accounts,
        "order": list(balances.accounts),
        "entity": balances.entity,
        "last day": balances.last_day,
        "left out": balances.left_out,
        "kinds": [balances.kind(account) for account in sorted(accounts)],
        "shown": [balances.show(number, c, grouped=grouped) for c, number, grouped in amounts],
    }


def fresh(root):
    return open_books(root, checks()).ledger


def assert_same(root, periods=FEW, *, indexed=None):
    """The answer is that of a fresh read; `indexed` is whether it comes without the books being read."""
    READ.clear()
    answer = open_balances(root, checks, tell)
    assert indexed is None or indexed != bool(READ)
    found, wanted = facts(answer, periods), facts(fresh(root), periods)
    for key, value in wanted.items():
        assert found[key] == value, key
    return answer


def assert_indexed(root, periods=FEW):
    """An index is made, and answers."""
    assert_same(root, periods, indexed=False)
    return assert_same(root, periods, indexed=True)


def assert_indexed_unless_wide(root, periods):
    """The same, for books that may hold values past 64 bits."""
    movements = fresh(root).movements(ALWAYS).values()
    is_wide = any(abs(value) >= 1 << 63 for movement in movements for value in movement if value is not None)
    (assert_same if is_wide else assert_indexed)(root, periods)


# What it answers.


@given(journals() | damaged(), some_days, some_days)
@example(OPENS + "0999-12-30 * \n  Assets:Bank  1 GBP\n  Assets:Debtors\n", date(999, 12, 31), None)
@example(OPENS + "9999-12-30 * \n  Assets:Bank  1 GBP\n  Assets:Debtors\n", date(9999, 12, 30), date(9999, 12, 31))
@example(
    OPENS
    + "2026-01-02 * \n  Assets:Bank  9 EUR @ 2 GBP\n  Assets:Debtors\n"
    + "2026-01-03 * \n  Assets:Bank  -4 EUR\n  Assets:Debtors  4 EUR @ 2 GBP\n",
    date(2026, 2, 1),
    None,
)
@given_folder
def test_a_single_journal_is_answered_as_it_is_read(tmp_path, journal, begin, end):
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    root = single(tmp_path, journal)
    try:
        fresh(root)
    except Refusal:
        return
    assert_indexed_unless_wide(root, [ALWAYS, Period(begin, end), Period(None, end), Period(begin, None)])


@given(st.lists(journals(), min_size=1, max_size=4), some_days, some_days)
@given_folder
def test_books_of_several_files_are_answered_as_they_are_read(tmp_path, texts, begin, end):
    folder = tmp_path / "acme"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    (folder / "journals" / "2026").mkdir(parents=True)
    (folder / "acct.toml").write_text('[entity]\nname = "A"\ncurrency = "GBP"\nyear-end = "03-31"\n')
    root = Root(folder / ROOT_FILE, folder)
    root.file.write_text('option "title" "A"\ninclude "*/*.beancount"\ninclude "none.beancount"\n' + OPENS)
    for number, text in enumerate(texts):
        (folder / "journals" / "2026" / f"2026-{number:02}.beancount").write_text(text.replace(OPENS, ""))
    assert_indexed_unless_wide(root, [ALWAYS, Period(begin, end), Period(None, end), Period(begin, None)])


def test_every_period(tmp_path):
    text = "".join(ENTRY.replace("2026-04-14", f"{day}").replace("24.50", f"{n}.01") for n, day in enumerate(DAYS, 1))
    root = single(tmp_path, text)
    answer = assert_indexed(root, PERIODS)
    assert {row.closing for row in answer.movements(ALWAYS).values()} == {3608, -3608}


def test_accounts_keep_all_their_metadata(tmp_path):
    notes = '  nominal: "1200"\n  goods: TRUE\n  none:\n  since: 2026-01-01\n  most: 10.50 GBP\n  rate: 1.50\n'
    notes += "  other: Assets:Bank\n  tag: #x\n  in: GBP\n"
    root = single(
        tmp_path, f"2026-01-01 open Assets:Bank:Current GBP,EUR\n{notes}2026-05-01 close Assets:Bank:Current\n"
    )
    info = assert_indexed(root).accounts["Assets:Bank:Current"]
    wanted = fresh(root).accounts["Assets:Bank:Current"].meta
    assert [(k, type(v), str(v)) for k, v in info.meta.items()] == [(k, type(v), str(v)) for k, v in wanted.items()]


def test_options_that_change_what_is_shown(tmp_path):
    text = 'option "display_precision" "NONE:0.0001"\noption "name_assets" "Vermögen"\n'
    root = single(tmp_path, text + "2026-01-01 open Vermögen:Bank\n")
    assert assert_indexed(root).kind("Vermögen:Bank") == "Assets"


def test_small_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 100)
    monkeypatch.setattr(indexing, "BLOCK_BYTES", 100)
    text = "; remark\n" * 30 + "".join(ENTRY.replace("04-14", f"0{n % 3 + 1}-1{n}") + "; x\n" * n for n in range(10))
    root = single(tmp_path, text)
    answer = assert_indexed(root, PERIODS + [Period(date(2026, n, 15), date(2026, 3, 15 + n)) for n in (1, 2, 3)])
    rows = list(answer._rows("select lo, hi from part order by lo"))
    assert len(rows) > 8
    assert [lo for lo, _ in rows] == [0, *(hi for _, hi in rows[:-1])]
    assert rows[-1][1] == len(text)


# Never a stale answer.


def edit(path, old, new):
    """Change a file in place, keeping its inode and, where the size stays, its time of change."""
    before, data = path.stat(), path.read_bytes()
    assert old in data
    with path.open("r+b") as file:
        file.write(data.replace(old, new))
        file.truncate()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def last(root):
    return root.folder / "journals" / "2026" / "2026-05.beancount"


def exchange(root):
    other = last(root).with_name("other")
    other.write_bytes(last(root).read_bytes().replace(b"24.50", b"42.50"))
    shutil.copystat(last(root), other)
    other.replace(last(root))


CHANGES = {
    "entry added": lambda root: last(root).write_text(last(root).read_text() + ENTRY),
    "edited in place, of one size, its time put back": lambda root: edit(last(root), b"24.50", b"42.50"),
    "edited in place, shorter, its time put back": lambda root: edit(last(root), b"24.50", b"4.5"),
    "replaced by one of the same size and time": exchange,
    "emptied": lambda root: last(root).write_bytes(b""),
    "deleted": lambda root: last(root).unlink(),
    "renamed": lambda root: last(root).rename(last(root).with_name("2026-06.beancount")),
    "moved away": lambda root: last(root).rename(root.folder / "x"),
    "a new file": lambda root: last(root).with_name("2026-06.beancount").write_text(ENTRY),
    "a new folder": lambda root: shutil.copytree(last(root).parent, last(root).parent.with_name("2027")),
    "a link": lambda root: last(root).with_name("2026-07.beancount").symlink_to(last(root)),
    "root edited": lambda root: edit(root.file, b'"GBP"', b'"EUR"'),
    "include added": lambda root: edit(root.file, b"chart", b"chart*"),
    "chart edited": lambda root: edit(root.file.with_name("chart.beancount"), b'"7500"', b'"7599"'),
    "year end": lambda root: edit(root.settings, b"03-31", b"12-31"),
    "another name": lambda root: edit(root.settings, b"Acme", b"Bcme"),
    "document gone": lambda root: (root.folder / "documents" / "bill.pdf").unlink(),
}


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen(tmp_path, request, what, trusted):
    if trusted:
        request.getfixturevalue("later")
    root = company(tmp_path / "acme")
    assert_indexed(root)
    before = facts(fresh(root))
    CHANGES[what](root)
    assert_same(root, indexed=what == "entry added")
    assert_same(root)
    assert facts(fresh(root)) != before or what in ("include added", "root edited")


SALE = (
    '2026-05-{day} * "Acme"\n  type: "sales-invoice"\n{ref}  Assets:Debtors  120.00 GBP\n'
    '  Income:Sales  -100.00 GBP\n    vat: "{code}"\n  {account}  -20.00 GBP\n    vat: "{code}"\n\n'
)
# What is posted to books with VAT, records and locks.
PIECES = [
    SALE.format(day=10, ref='  ref: "INV-0001"\n', code="S", account="Liabilities:VAT:Output"),
    SALE.format(day=11, ref='  ref: "INV-0002"\n', code="S", account="Liabilities:VAT:Output"),
    SALE.format(day=12, ref="", code="Z", account="Liabilities:VAT:Output"),
    SALE.format(day=12, ref="", code="PVA", account="Liabilities:VAT:Output"),
    SALE.format(day=12, ref="", code="QQ", account="Liabilities:VAT:Output"),
    SALE.format(day=12, ref="", code="S", account="Assets:Debtors"),
    SALE.format(day=12, ref="", code="S", account="Liabilities:VAT:Output").replace("-100.00", "-90.00"),
    SALE.format(day=12, ref="", code="S", account="Liabilities:VAT:Output").replace('    vat: "S"\n', ""),
    '2026-05-13 * "Bank"\n  Assets:Bank:Current  5.00 GBP\n  Equity:Opening  -5.00 GBP\n\n',
    '2026-04-13 * "Bank"\n  Assets:Bank:Current  5.00 GBP\n  Equity:Opening  -5.00 GBP\n\n',
    '2026-05-14 * "Broker"\n  Assets:Bank:Current  5 HOOL {2.00 GBP}\n  Equity:Opening  -10.00 GBP\n\n',
    '2026-05-15 custom "lock" "hard" 2026-04-30\n\n',
    '2026-05-15 custom "lock" "soft" 2026-05-11\n\n',
    '2026-05-15 custom "allocate" "INV-0002" "INV-0001" 1.00 GBP\n\n',
    '2026-05-15 custom "customer" "ACME" "Acme Ltd"\n\n',
    "2026-05-16 balance Assets:Bank:Current  5.00 GBP\n\n",
    "2026-05-16 pad Assets:Bank:Current Equity:Opening\n\n",
    '2026-05-17 * "R"\n  type: "reversal"\n  reverses: "INV-0001"\n  Assets:Debtors  1 GBP\n  Assets:Bank:Current\n\n',
    '2026-05-17 * "U"\n  Assets:Debtors  1.00\n  Assets:Bank:Current\n\n',
    '2026-05-18 custom "amend" "INV-0002"\n  due: 2026-07-01\n\n',
]


@given(st.lists(st.sampled_from(PIECES), max_size=5), st.lists(st.sampled_from(PIECES), min_size=1, max_size=2))
@settings(max_examples=60)
@example([PIECES[0]], [PIECES[1]])
@example([PIECES[0], PIECES[11]], [PIECES[1], PIECES[6]])
def test_p28_what_is_added_to_books_with_vat_and_records_is_judged_as_when_all_is_read(tmp_path_factory, before, added):
    folder = tmp_path_factory.mktemp("books")
    with pytest.MonkeyPatch.context() as other:
        other.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        root = company(folder / "acme")
        with last(root).open("a") as file:
            file.write("\n" + "".join(before))
        assert_same(root)
        with last(root).open("a") as file:
            file.write("".join(added))
        assert_same(root)


def test_a_sale_added_to_books_with_vat_needs_no_reading(tmp_path):
    root = company(tmp_path / "acme")
    with last(root).open("a") as file:
        file.write("\n" + PIECES[0] + PIECES[11])
    assert_indexed(root)
    with last(root).open("a") as file:
        file.write(PIECES[1] + PIECES[6].replace("-90.00 GBP", "-90.00 GBP ").replace("120.00", "110.00"))
    found = assert_same(root, indexed=True).problems
    assert "V504" in {problem.code for problem in found}
    with last(root).open("a") as file:
        file.write(PIECES[9])
    assert "A603" in {problem.code for problem in assert_same(root, indexed=False).problems}


coded = st.builds(
    lambda day, kind, party, legs, more: (
        f'2026-0{day} * "Somebody"\n'
        + (f'  type: "{kind}"\n' if kind else "")
        + party
        + "".join(
            f"  {account}  {amount} {unit}\n" + (f'    vat: "{code}"\n' if code else "")
            for account, amount, unit, code in legs
        )
        + more
        + "\n"
    ),
    st.sampled_from(["3-31", "4-02", "5-10"]),
    st.sampled_from(["", "sales-invoice", "purchase-invoice", "purchase-credit", "journal", "payroll"]),
    st.sampled_from(["", '  party: "ACME"\n', "  tax-point: 2026-04-01\n"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "Income:Sales",
                    "Expenses:Stationery",
                    "Liabilities:VAT:Output",
                    "Liabilities:VAT:Input",
                    "Assets:Bank:Current",
                    "Assets:Stock",
                    "Liabilities:VAT",
                    "Expenses:Nowhere",
                    "Equity:Opening",
                ]
            ),
            st.sampled_from(["100.00", "-100.00", "20.00", "-20.00", "20.01", "-20.02", "5", "0.00"]),
            st.sampled_from(["GBP", "GBP", "GBP", "GBP", "EUR", "GBP @ 1.10 EUR", "EUR @ 2.00 GBP"]),
            st.sampled_from(["", "S", "S", "R", "Z", "E", "RC", "PVA", "X", "DRC", "s"]),
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["  Assets:Bank:Current\n", "  Assets:Debtors\n", "  Income:Sales\n", "  Equity:Opening\n"]),
)


@given(st.lists(coded, max_size=4).map("".join), st.booleans())
@settings(max_examples=150)
def test_p29_vat_by_the_block_is_vat_in_full(tmp_path_factory, text, is_spelt):
    """Amounts are left out at the end, or, so that columns take the entry, written."""
    folder = tmp_path_factory.mktemp("books")
    with pytest.MonkeyPatch.context() as other:
        other.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        root = company(folder / "acme")
        if is_spelt:
            text = "\n\n".join(map(completed, text.split("\n\n")))
        with last(root).open("a") as file:
            file.write("\n" + text)
        assert_same(root)


@pytest.mark.parametrize(("tax", "fits"), [("19.99", True), ("20.01", True), ("20.02", False), ("-20.00", False)])
def test_vat_by_the_block_may_be_a_penny_out(tmp_path, tax, fits):
    root = company(tmp_path / "acme")
    text = PIECES[0].replace("-20.00", f"{-Decimal(tax)}").replace("120.00", f"{100 + Decimal(tax)}")
    with last(root).open("a") as file:
        file.write("\n" + text)
    assert ("V504" in {problem.code for problem in assert_same(root).problems}) != fits


@pytest.mark.parametrize(
    ("kind", "legs", "code"),
    [
        ("", '  Expenses:Abroad  5.00 EUR\n    vat: "Z"\n  Assets:Abroad  -5.00 EUR\n', "V502"),
        ("", '  Assets:Bank:Current  5.00 GBP\n    vat: ""\n  Equity:Opening  -5.00 GBP\n', "V501"),
        ("", '  Expenses:Rent  5.00 GBP\n    note: "the vat: Z"\n  Liabilities:Creditors  -5.00 GBP\n', "V503"),
        ('  party: ""\n', "  Assets:Bank:Current  5.00 GBP\n  Equity:Opening  -5.00 GBP\n", "D303"),
    ],
)
def test_what_looks_plain_and_is_not(tmp_path, kind, legs, code):
    root = company(tmp_path / "acme")
    with (root.file.parent / "chart.beancount").open("a") as file:
        file.write("2026-04-01 open Expenses:Abroad\n2026-04-01 open Assets:Abroad\n")
    with last(root).open("a") as file:
        file.write("\n" + PIECES[14] + f'2026-05-20 * "Somebody"\n{kind}{legs}')
    assert code in {problem.code for problem in assert_same(root).problems}


def test_a_number_that_is_void_and_comes_after_all(tmp_path):
    root = company(tmp_path / "acme")
    with last(root).open("a") as file:
        file.write("\n" + PIECES[0] + '2026-05-18 custom "amend" "INV-0002"\n  void: "not sent"\n  ref: "INV-0003"\n\n')
    assert_indexed(root)
    with last(root).open("a") as file:
        file.write(PIECES[1])
    assert "D305" in {problem.code for problem in assert_same(root).problems}


def completed(entry):
    """An entry with the amount that was left out, where all are in pounds."""
    lines = entry.rstrip("\n").split("\n")
    amounts = [line.split() for line in lines[1:] if line[2:3].isupper() and len(line.split()) > 1]
    if lines[0] and all(words[2:] == ["GBP"] for words in amounts):
        lines[-1] += f"  {-sum(Decimal(words[1]) for words in amounts)} GBP"
    return "\n".join(lines)


def test_a_document_that_comes_is_seen(tmp_path, later):
    root = company(tmp_path / "acme")
    bill = root.folder / "documents" / "bill.pdf"
    bill.unlink()
    assert "L215" in {problem.code for problem in assert_indexed(root).problems}
    bill.write_text("a bill")
    assert "L215" not in {problem.code for problem in assert_same(root, indexed=False).problems}


def test_what_touches_nothing_is_trusted(tmp_path, later):
    root = company(tmp_path / "acme")
    assert_indexed(root)
    os.utime(last(root))
    last(root).chmod(0o600)
    shutil.copy2(last(root), last(root).with_name("copy"))
    last(root).with_name("copy").replace(last(root))
    assert_same(root, indexed=True)


def test_what_was_appended_is_seen(tmp_path, later):
    root = company(tmp_path / "acme", "")
    for day in (date(2026, 5, 7), date(2026, 5, 8), date(2026, 6, 1)):
        assert_same(root)
        assert_same(root, indexed=True)
        writer = pen.Writer("jo", day, f"{day}T09:00:00Z")
        pen.append(root, lambda ledger: posted(ledger, "typed", ENTRY.encode()), writer)
    answer = assert_same(root, indexed=False)  # a new month's file
    assert answer.movements(ALWAYS)["Expenses:Stationery", "GBP"].debit == 5 * 2450


def test_an_old_file_is_trusted_by_its_stamp_and_a_new_one_by_its_hash(tmp_path, monkeypatch):
    reads = []
    real = IndexedBalances._begins_as_it_was
    monkeypatch.setattr(
        IndexedBalances, "_begins_as_it_was", lambda self, path: reads.append(Path(path)) or real(self, path)
    )
    root = single(tmp_path, ENTRY)
    now = time.time_ns()
    for age, hashed in ((1_900_000_000, True), (2_100_000_000, False)):
        stamp = root.file.stat()
        changed = max(stamp.st_mtime_ns, stamp.st_ctime_ns)
        monkeypatch.setattr(indexing.time, "time_ns", lambda made=changed + age: made)
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        open_balances(root, checks, tell)
        reads.clear()
        assert_same(root, indexed=True)
        assert reads == [root.file] * hashed
    assert now <= time.time_ns()


def test_a_file_that_comes_while_the_books_are_read(tmp_path, monkeypatch, later):
    root = company(tmp_path / "acme")
    real = indexing._write

    def slow(*args):
        last(root).with_name("2026-06.beancount").write_text(ENTRY)
        real(*args)

    monkeypatch.setattr(indexing, "_write", slow)
    open_balances(root, checks, tell)
    monkeypatch.setattr(indexing, "_write", real)
    assert_same(root, indexed=False)


def test_settings_that_change_while_the_books_are_read(tmp_path, monkeypatch):
    root = company(tmp_path / "acme")
    real = indexing._write

    def slow(*args):
        root.settings.write_bytes(root.settings.read_bytes().replace(b"03-31", b"12-31"))
        real(*args)

    monkeypatch.setattr(indexing, "_write", slow)
    open_balances(root, checks, tell)
    monkeypatch.setattr(indexing, "_write", real)
    assert_same(root, indexed=False)


def test_the_same_root_with_its_settings_and_without(tmp_path):
    root = company(tmp_path / "acme")
    assert_indexed(root)
    alone = Root(root.file, None)
    assert assert_same(alone, indexed=False).entity.year_end is None
    assert assert_same(root, indexed=False).entity.year_end == (3, 31)


def test_places_are_named_as_the_books_are(tmp_path, monkeypatch):
    root = company(tmp_path / "acme", "")
    last(root).write_text(ENTRY.replace("Stationery", "Stationary"))
    assert_indexed(root)
    monkeypatch.chdir(tmp_path)
    (problem,) = assert_indexed(Root(Path("acme") / ROOT_FILE, Path("acme"))).problems
    assert problem.place.file == "acme/journals/2026/2026-05.beancount"


NAMES = ("2026-05", "2026-06", "2026-07", "2027-01")
ADDED = [
    ENTRY,
    ENTRY.replace("04-14", "05-20"),
    ENTRY.replace("Assets:Bank:Current", "Assets:Bank:Current  -24.50 GBP"),
    ENTRY.replace("Stationery", "Stationary"),
    ENTRY.replace('Paper"', 'Paper"\n  ref: "JNL-0001"\n  type: "journal"'),
    ENTRY.replace('Paper"', 'Paper"\n  ref: "JNL-0002"\n  type: "journal"'),
    ENTRY.replace('Paper"', 'Paper"\n  type: "opening"').replace("04-14", "04-01"),
    ENTRY.replace('Paper"', 'Paper"\n  party: "ACME"'),
    ENTRY.replace("24.50", "24.505"),
    ENTRY.replace("GBP", "EUR @ 2 GBP"),
    "2026-04-15 balance Assets:Bank:Current  -24.50 GBP\n",
    '2026-04-01 custom "customer" "ACME" "Acme Ltd"\n',
    "  vat: 1\n",
    "; seal 1 2026-05-07T09:00:00Z jo " + "0" * 64 + "\n",
    "2026-05-01 price EUR 0.8 GBP\n",
    '"',
]
STEPS = st.one_of(
    st.tuples(st.just("append"), st.sampled_from(NAMES), st.sampled_from(ADDED)),
    st.tuples(st.just("append"), st.just("2026-05"), st.sampled_from(ADDED[:3])),
    st.tuples(st.just("edit"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("seal"), st.just(""), st.just("")),
)


def step(root, what, name, other):
    """One thing that may happen to books between two looks at them."""
    path = root.folder / "journals" / name[:4] / f"{name}.beancount"
    path.parent.mkdir(exist_ok=True)
    if what == "append":
        with path.open("a") as file:
            file.write(other)
    elif what == "seal":
        with suppress(Refusal):
            pen.append(
                root, lambda ledger: posted(ledger, "typed", ENTRY.encode()), pen.Writer("jo", date(2026, 7, 1), "T")
            )
    elif path.exists() and what == "edit":
        path.write_bytes(path.read_bytes().replace(b"24.5", b"42.5"))
    elif path.exists() and what == "rename":
        path.rename(path.with_name(f"{other}.beancount"))
    elif path.exists() and what == "delete":
        path.unlink()


@given(st.lists(STEPS, min_size=1, max_size=6), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_p23_whatever_happens_to_the_files_the_answer_is_that_of_a_fresh_read(tmp_path_factory, steps, registered):
    root = company(tmp_path_factory.mktemp("books") / "acme", "GB123456782" if registered else "")
    for what in steps:
        step(root, *what)
        assert_same(root)


# A cache that fails.


def test_a_cache_is_nobody_elses(tmp_path, cache):
    root = single(tmp_path, ENTRY)
    assert_indexed(root)
    (path,) = (cache / "acctkit").iterdir()
    assert path == index_path(root)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.fixture
def torn(tmp_path, monkeypatch):
    """Books with their index; what is given is put in the index's place, and the answer compared."""
    monkeypatch.setattr(indexing, "_SEGMENT_ENTRIES", 2)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 200)
    days = ("01-03", "01-04", "02-14", "04-19") * 8  # so many segments that they do not fit a page
    text = "".join(ENTRY.replace("04-14", day).replace("24.50", f"{n}.5") for n, day in enumerate(days))
    opening = ENTRY.replace('Paper"', 'Paper"\n  type: "opening"')
    root = single(tmp_path, OPENS + text + opening + ENTRY.replace("Paper", "x" * 300))
    assert_indexed(root)
    path = index_path(root)
    whole, wanted = path.read_bytes(), facts(fresh(root))

    def check(data):
        path.write_bytes(data)
        found = facts(open_balances(root, checks, tell))
        assert found == wanted
        return path

    return whole, check


def test_an_index_cut_off_anywhere(torn):
    whole, check = torn
    places = {*range(0, len(whole), 2999), *range(4096, len(whole), 4096), *range(len(whole) - 40, len(whole), 3)}
    for at in sorted({0, 1, 11, 12, 13, 100, *places}):
        path = check(whole[:at])
        assert path.stat().st_size > 0, "it is made again"


def test_an_index_with_a_page_that_was_never_written(torn):
    whole, check = torn
    for at in range(0, len(whole), 4096):
        check(whole[:at] + bytes(4096) + whole[at + 4096 :])


@given(st.data())
@given_folder
def test_an_index_with_bytes_changed(torn, data):
    whole, check = torn
    at = data.draw(st.integers(0, len(whole) - 1))
    check(whole[:at] + data.draw(st.binary(min_size=1, max_size=50)) + whole[at + data.draw(st.integers(0, 50)) :])


def test_an_index_with_any_figure_changed(torn, tmp_path):
    """A bit of each column of each segment is changed, and of every page."""
    whole, check = torn
    with sqlite3.connect(index_path(Root(tmp_path / "books.beancount", None))) as database:
        rows = database.execute("select minor, base, account, entry_day, entry_postings from segment").fetchall()
    places = [whole.index(blob) for row in rows for blob in row if any(blob)]
    for page in range(0, len(whole), 4096):
        held = [at for at in range(page, min(page + 4096, len(whole))) if whole[at]]
        places += held[:: max(1, len(held) // 4)]
    assert len(places) > 60
    for at in places:
        check(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])


@pytest.mark.parametrize("garbage", [b"", b"garbage" * 100, b"SQLite format 3\0" + b"\xff" * 9000, bytes(12)])
def test_garbage(torn, garbage):
    _, check = torn
    check(garbage)


def test_an_index_of_another_making(torn, monkeypatch, tmp_path):
    whole, check = torn
    path = check(whole)
    for name, value in (("SCHEMA", 999), ("__version__", "0.0.0")):
        with monkeypatch.context() as other:
            other.setattr(index, name, value)
            assert_same(Root(tmp_path / "books.beancount", None), indexed=False)
        assert_same(Root(tmp_path / "books.beancount", None), indexed=False)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("create table about(key text, value text)")
    check(path.read_bytes())


def test_an_index_that_is_torn_after_it_was_opened(torn, tmp_path, monkeypatch):
    whole, check = torn
    path = check(whole)
    root = Root(tmp_path / "books.beancount", None)
    wanted = facts(fresh(root))
    for name in ("_movements", "_rows"):
        path.write_bytes(whole)
        answer = open_balances(root, checks, tell)
        assert isinstance(answer, IndexedBalances)

        def fail(*_):
            raise sqlite3.DatabaseError("database disk image is malformed")

        monkeypatch.setattr(answer, name, fail)
        assert facts(answer) == wanted


def failing(*_, **__):
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("call", ["stat", "open", "connect"])
def test_an_index_that_cannot_be_read(tmp_path, monkeypatch, call):
    root = single(tmp_path, ENTRY)
    assert_indexed(root)
    if call == "connect":
        monkeypatch.setattr(index.sqlite3, "connect", lambda *_, **__: sqlite3.Connection("/no/where"))
    else:
        real = getattr(Path, call)
        inside = tmp_path / "cache"
        monkeypatch.setattr(
            Path, call, lambda path, *a, **k: (failing if path.is_relative_to(inside) else real)(path, *a, **k)
        )
    assert_same(root, indexed=False)


@pytest.mark.parametrize("call", ["mkdir", "replace", "unlink"])
def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch, call):
    root = single(tmp_path, ENTRY)
    monkeypatch.setattr(index.Path, call, failing)
    assert_same(root, indexed=False)
    assert_same(root, indexed=False)
    assert not index_path(root).exists()


def test_a_full_disk(tmp_path, monkeypatch):
    root = single(tmp_path, ENTRY)

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(indexing, "_fill_segments", full)
    assert_same(root, indexed=False)
    assert list(index_path(root).parent.iterdir()) == []


def test_a_cache_that_is_a_file_or_has_a_folder_in_the_way(tmp_path, cache):
    root = single(tmp_path, ENTRY)
    index_path(root).mkdir(parents=True)
    assert_same(root, indexed=False)
    shutil.rmtree(cache)
    cache.write_text("a file")
    assert_same(root, indexed=False)


@pytest.mark.parametrize("name", ["with a space", "a#b", "a?mode=rw", "50%25", "Bücher"])
def test_a_cache_of_any_name(tmp_path, monkeypatch, name):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
    assert_indexed(single(tmp_path, ENTRY))


def test_a_user_without_a_home(tmp_path, monkeypatch):
    def no_home():
        raise RuntimeError("could not determine home directory")

    monkeypatch.setattr(index.Path, "home", no_home)
    monkeypatch.chdir(tmp_path)
    for named in ("", "relative/cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", named)
        assert_same(single(tmp_path, ENTRY), indexed=False)
    assert [path.name for path in tmp_path.iterdir()] == ["books.beancount"]


# Values past 64 bits.

HALF = "46116860184273879.04"  # in pence, half of what 64 bits hold
LARGE = "2026-04-14 * \n  Assets:Bank:Current  {} GBP\n  Expenses:Stationery\n"


@pytest.mark.parametrize(
    ("text", "indexed"),
    [
        (LARGE.format("92233720368547757.07"), True),
        (LARGE.format(1 << 63), False),
        (LARGE.format("92233720368547758.08"), False),
        (LARGE.format(-(1 << 63)), False),
        (LARGE.format(HALF) + LARGE.format(HALF), False),
        (LARGE.format(HALF) + LARGE.format(HALF).replace("04-14", "05-14"), False),
        (LARGE.format("1 EUR @@ 9223372036854775808"), False),
        (LARGE.format("0." + "0" * 40 + "1") + LARGE.format(1), False),
        (LARGE.format("9" * 90), False),
    ],
)
def test_values_past_64_bits_have_no_index_and_are_exact(tmp_path, text, indexed):
    assert_indexed(single(tmp_path, LARGE.format(1)))
    root = single(tmp_path, LARGE.format(1).replace("04-14", "03-14") + text)
    assert_same(root, PERIODS, indexed=False)
    assert_same(root, PERIODS, indexed=indexed)
    assert index_path(root).exists() == indexed


# Several at once.


def _ask(root, wanted, turns):
    for _ in range(turns):
        if facts(open_balances(root, checks, tell)) != wanted:
            os._exit(1)
    os._exit(0)


def test_processes_that_ask_at_once(tmp_path):
    root = company(tmp_path / "acme")
    context = multiprocessing.get_context("fork")
    asking = [context.Process(target=_ask, args=(root, facts(fresh(root)), 5)) for _ in range(4)]
    for process in asking:
        process.start()
    for turn in range(20):
        index_path(root).unlink(missing_ok=True)
        if turn % 2:
            open_balances(root, checks, tell)
    for process in asking:
        process.join(20)
        assert process.exitcode == 0
    assert_same(root)
    assert [path.suffix for path in index_path(root).parent.iterdir()] == [".sqlite"]
