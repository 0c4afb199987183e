"""Posting by the index: byte for byte what the pen appends that reads the books, or the pen reads them after all."""

import shutil
from datetime import date

import pytest

from acctkit.audit.locking import propose_lock
from acctkit.books import growth, pen, quick
from acctkit.books.balances import open_balances
from acctkit.books.new import NewBooks, create
from acctkit.books.quick import Quick
from acctkit.books.reader import open_books
from acctkit.books.root import ROOT_FILE, Root
from acctkit.cli.load import checks
from acctkit.journal.fast import scan
from acctkit.ledger.ledger import Ledger
from acctkit.period import ALWAYS
from acctkit.posting import posted
from acctkit.problem import Refusal
from strategies import OPENS

ENTRY = '2026-04-14 * "Staples" "Paper"\n{}  Expenses:Stationery    24.50 GBP\n  Assets:Bank    -24.50 GBP\n'
NAMES = [
    ENTRY.format(""),
    "; why it is\n" + ENTRY.format('  type: "accrual"\n') + "\n" + ENTRY.format(""),
    ENTRY.format('  ref: "JNL-0007"\n'),
    ENTRY.format('  ref: "X"\n'),
    ENTRY.format("").replace("-24.50 GBP", ""),
    ENTRY.format("").replace('"Staples"', '"Staples" ^x #y'),
    ENTRY.format('  type: "sales-invoice"\n  party: "NOBODY"\n'),
    ENTRY.format("").replace("-24.50", "-24.51"),
    ENTRY.format("").replace("Stationery", "Stationary"),
    ENTRY.format("").replace("24.50", "24.505"),
    ENTRY.format("").replace("2026-04-14", "2019-04-14"),
    ENTRY.format("").replace("*", "!"),
    ENTRY.format('  type: "opening"\n'),
    '2026-04-14 custom "customer" "ACME" "Acme Ltd"\n',
    ENTRY.format("").replace("24.50 GBP", "24.50 EUR"),
    ENTRY.format("").replace("24.50 GBP\n", "24.50 GBP ; invoice: 12\n", 1),
    ENTRY.format("").replace("Stationery    24.50 GBP", "Stationery    0.00 GBP").replace("-24.50", "0.00"),
    ENTRY.format('  ref: ""\n  type: "journal"\n'),
    ENTRY.format("").replace("GBP\n", 'GBP\n    vat: "Z"\n', 1),
    ENTRY.format("").replace("GBP\n", 'GBP\n    vat: "S"\n', 1),
]
# What may stand in books before somebody posts to them.
BEFORE = [
    "\n",
    ENTRY.format("").replace("*", "!"),
    '2026-04-14 * "x"\n  Assets:Debtors  5 GBP ; invoice: 12\n  Expenses:Stationery  -2.00 GBP\n  Assets:Bank\n',
    '2026-05-01 custom "lock" "hard" 2026-04-30\n2026-05-02 custom "undo" "lock" "hard" 2026-04-30\n',
    '2026-01-01 note Assets:Bank "he said \\"hi\n' + ENTRY.format("") + 'and \\"bye"\n',
    ENTRY.format('  ref: "X-1"\n') + ENTRY.format('  ref: "X-5"\n'),
    "<<<<<<< HEAD\n",
    ENTRY.format("").replace("GBP", "EUR") * 6,
    "pushtag #x\n",
    'include "missing.beancount"\n',
]


def single(folder, sealed):
    root = Root(folder / "books.beancount", None)
    folder.mkdir()
    text = OPENS + "".join(ENTRY.format(f'  type: "journal"\n  ref: "JNL-000{n}"\n') for n in (1, 2, 3))
    root.file.write_text(text + ("" if sealed else "2026-05-01 balance Assets:Bank  -73.50 GBP\n"))
    if sealed:
        pen.seal(root, writer(1))
        pen.append(root, lambda ledger: posted(ledger, "typed", ENTRY.format("").encode()), writer(2))
    return root


def including(folder, sealed):
    """A single journal that includes others, whose names come before and after its own."""
    root = single(folder, sealed)
    for name, number in (("2025", 1), ("zones", 2)):
        text = ENTRY.format(f'  type: "accrual"\n  ref: "ACR-000{number}"\n').replace("2026", "2025")
        root.file.with_name(f"{name}.beancount").write_text(text)
    with root.file.open("a") as file:
        file.write('\ninclude "2025.beancount"\ninclude "zones.beancount"\n')
    if sealed:
        pen.seal(root, writer(2))
    return root


def company(folder, number=""):
    create(folder, NewBooks("Acme Ltd", "GBP", "03-31", date(2026, 4, 1), "uk-ltd", number))
    root = Root(folder / ROOT_FILE, folder)
    chart = root.file.with_name("chart.beancount")
    chart.write_text(chart.read_text() + "2020-01-01 open Assets:Bank\n")
    for day in (1, 2, 3):
        pen.append(root, lambda ledger: posted(ledger, "typed", ENTRY.format("").encode()), writer(day))
    return root


def registered(folder):
    """A company that is registered for VAT, with a lock and what only a full read can tell of."""
    root = company(folder, "GB123456782")
    pen.append(root, lambda ledger: propose_lock(ledger, date(2026, 3, 31), "hard", date(2026, 5, 3)), writer(3))
    return root


BOOKS = {
    "single": lambda folder: single(folder, sealed=False),
    "sealed": lambda folder: single(folder, sealed=True),
    "including": lambda folder: including(folder, sealed=False),
    "including sealed": lambda folder: including(folder, sealed=True),
    "company": company,
    "registered": registered,
}


def writer(day):
    return pen.Writer("jo", date(2026, 5, day), f"2026-05-{day:02}T09:00:00Z")


def outcome(root, text, day, by_index):
    """What posting a text gives: the receipt or the refusal, and all files of the books; and who judged the draft."""
    asked = []

    def propose(ledger):
        asked.append(type(ledger))
        return posted(ledger, "typed", text.encode())

    try:
        done = pen.append(root, propose, writer(day), checks(), "", propose if by_index else None)
        told = done._replace(file="", warnings=tuple((p.code, p.message, p.place.line) for p in done.warnings))
    except Refusal as refused:
        told = [(p.code, p.message, p.hint) for p in refused.problems]
    where = root.folder or root.file.parent
    files = {p.relative_to(where): p.read_bytes() for p in where.rglob("*.beancount")}
    return told, files, asked


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("kind", list(BOOKS))
def test_p24_the_index_and_the_books_give_the_same(tmp_path, kind, text):
    root = BOOKS[kind](tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    folder = tmp_path / "b"
    other = Root(folder / ROOT_FILE, folder) if root.folder else Root(folder / "books.beancount", None)
    open_balances(root, checks, str)
    for day, draft in ((3, text), (4, ENTRY.format("")), (5, text)):
        short, full = outcome(root, draft, day, by_index=True), outcome(other, draft, day, by_index=False)
        assert short[:2] == full[:2]
        assert full[2] == [Ledger]
    assert open_balances(root, checks, str).problems == open_books(root, checks()).ledger.problems


@pytest.mark.parametrize("kind", list(BOOKS))
def test_plain_entries_are_posted_without_reading_the_books(tmp_path, kind):
    root = BOOKS[kind](tmp_path / "a")
    open_balances(root, checks, str)
    for day in (3, 4, 5):
        text = ENTRY.format("").replace("04-14", "05-14").replace("GBP\n", 'GBP\n    vat: "Z"\n', 1)
        _, _, asked = outcome(root, text, day, by_index=True)
        assert asked == [Quick]
    text = ENTRY.format("").replace("04-14", "03-14")
    if kind == "single":  # an entry before a balance that is asserted is for the books to judge
        assert outcome(root, text, 6, by_index=True)[2] == [Quick, Ledger]


def test_without_an_index_the_books_are_read(tmp_path):
    root = single(tmp_path / "a", sealed=True)
    assert outcome(root, ENTRY.format(""), 3, by_index=True)[2] == [Ledger]


def test_a_large_book_is_indexed_to_be_posted_to(tmp_path, monkeypatch):
    monkeypatch.setattr(quick, "_WORTH_AN_INDEX", 10)
    root = single(tmp_path / "a", sealed=True)
    assert outcome(root, ENTRY.format(""), 3, by_index=True)[2] == [Quick]


@pytest.mark.parametrize("refs", [["X-1"], ["X-3", "X-4"], ["X-1", "X-3"], ["X-1", "X-3", "X-4"], ["X-2", "X-1"]])
def test_a_young_series_is_judged_by_the_index_unless_its_next_number_tells_of_a_gap(tmp_path, refs):
    outcomes = []
    for name, by_index in (("a", True), ("b", False)):
        folder = tmp_path / name
        folder.mkdir()
        root = Root(folder / "books.beancount", None)
        root.file.write_text(OPENS + "".join(ENTRY.format(f'  type: "accrual"\n  ref: "{ref}"\n') for ref in refs))
        open_balances(root, checks, str)
        text = ENTRY.format('  type: "accrual"\n')
        outcomes.append([outcome(root, text, day, by_index) for day in (3, 4)])
    (short, next_short), (full, next_full) = outcomes
    assert (short[:2], next_short[:2]) == (full[:2], next_full[:2])
    assert (short[2] == [Quick]) == (refs != ["X-1", "X-3"])


def test_the_index_is_made_anew_before_it_costs_much_to_read_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "FEWEST_BYTES", 2000)
    monkeypatch.setattr(quick, "_WORTH_AN_INDEX", 2000)
    root = single(tmp_path / "a", sealed=True)
    open_balances(root, checks, str)
    read = []
    monkeypatch.setattr(growth, "scan", lambda data, at: read.append(len(data)) or scan(data, at))
    for _ in range(24):
        assert outcome(root, ENTRY.format(""), 3, by_index=True)[2] == [Quick]
    assert root.file.stat().st_size > 3 * max(read)
    assert max(read) <= 2 * 2000


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("kind", ["single", "sealed", "company"])
@pytest.mark.parametrize("indexed_first", [True, False])
def test_p26_whatever_stood_there_the_index_and_the_books_give_the_same(tmp_path, kind, before, indexed_first):
    root = company(tmp_path / "a") if kind == "company" else single(tmp_path / "a", kind == "sealed")
    newest = (
        max((tmp_path / "a").rglob("*.beancount"))
        if root.folder is None
        else root.folder / "journals/2026/2026-05.beancount"
    )
    if indexed_first:
        open_balances(root, checks, str)
    newest.write_text(newest.read_text() + before)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    folder = tmp_path / "b"
    other = Root(folder / ROOT_FILE, folder) if root.folder else Root(folder / "books.beancount", None)
    if not indexed_first:
        open_balances(root, checks, str)
    for day, draft in ((4, ENTRY.format("")), (5, ENTRY.format('  ref: "X-6"\n')), (6, ENTRY.format(""))):
        short, full = outcome(root, draft, day, by_index=True), outcome(other, draft, day, by_index=False)
        assert short[:2] == full[:2]
    wanted = open_books(root, checks()).ledger
    found = open_balances(root, checks, str)
    assert found.problems == wanted.problems
    assert found.movements(ALWAYS) == wanted.movements(ALWAYS)
