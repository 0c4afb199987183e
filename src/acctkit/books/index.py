"""The index: one SQLite database for each root file, in the user's cache, that can be deleted at any time.

It answers a trial balance without reading the journal. It is trusted only while every file is as it was
when the index was made: same size, times and inode and older than the index by two seconds, else same hash.
Globs are expanded every time. Anything else, and anything wrong with the index, means a full read.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

from acctkit.books import Books, Check, open_books
from acctkit.books.files import Root, expand, include_pattern, stamp_of
from acctkit.journal.entries import Transaction
from acctkit.journal.source import Source
from acctkit.journal.tokens import ROOTS
from acctkit.ledger.checks import AccountInfo
from acctkit.ledger.entity import Entity, VatRegistration
from acctkit.ledger.ledger import Balances, Ledger, Movement, Movements, Special
from acctkit.money import format_minor
from acctkit.period import Period
from acctkit.problem import Place, Problem

SCHEMA = 1
_SEGMENT_BYTES = 2 << 20
_TRUSTED_AFTER_NS = 2_000_000_000
_LARGEST = 1 << 63

_TABLES = """
create table about(key text primary key, value text) without rowid;
create table file(path text primary key, size int, mtime_ns int, ctime_ns int, inode int, sha256 text) without rowid;
create table glob(pattern text primary key, found text) without rowid;
create table segment(
  id integer primary key, file text, lo int, hi int, sha256 text, scale text, first_day int, last_day int,
  entry_offset blob, entry_day blob, entry_postings blob,
  account blob, commodity blob, minor blob, base blob, based blob);
create table account(
  id integer primary key, name text, opened text, closed text, commodities text, meta text, file text, line int);
create table commodity(id integer primary key, name text, scale int, shown int);
create table month_balance(
  month text, account int, commodity int, debit int, credit int, base_debit int, base_credit int,
  primary key(month, account, commodity)) without rowid;
create table special(day text, type text, account text, commodity text, minor int, base int);
create table price(day text, commodity text, number text, quote text);
create table record(kind text, day text, words text, file text, line int);
create table problem(id integer primary key, body text);
"""


class Distrusted(Exception):  # noqa: N818 - not an error: the books are read instead
    """The index cannot answer: it is absent, torn, of another schema, or the files have changed."""


def open_balances(root: Root, checks: Sequence[Check]) -> Balances:
    """The balances of a set of books: from the index where it can be trusted, else from a full read."""
    path = index_path(root)
    with suppress(Distrusted, sqlite3.Error, OSError, ValueError, KeyError):
        return IndexedBalances(path, root)
    started = time.time_ns()
    books = open_books(root, checks)
    with suppress(OSError, sqlite3.Error):  # without an index every answer is the same, only slower
        _write(path, books, started)
    return books.ledger


def index_path(root: Root) -> Path:
    """Where the index of a root file is kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    name = hashlib.sha256(os.path.abspath(root.file).encode()).hexdigest()[:32]
    return Path(cache) / "acctkit" / f"{name}.sqlite"


# Reading.


class IndexedBalances:
    """Balances as the index holds them; raises Distrusted where it may not be believed."""

    def __init__(self, path: Path, root: Root) -> None:
        if not path.is_file():
            raise Distrusted
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        about = dict(self._database.execute("select key, value from about"))
        if about.get("schema") != str(SCHEMA) or about.get("shown_as") != str(root.file):
            raise Distrusted
        self._require_unchanged(int(about["made_ns"]))
        self.entity = _entity_from(json.loads(about["entity"]))
        self.last_day = date.fromisoformat(about["last_day"]) if about["last_day"] else None
        self.left_out = int(about["left_out"])
        self._roots = tuple(json.loads(about["roots"]))
        self.problems = [
            _problem_from(json.loads(body)) for (body,) in self._rows("select body from problem order by id")
        ]
        opened = self._rows("select * from account where opened <> '' order by id")
        self.accounts = {info.name: info for info in map(_account_from, opened)}
        self._account = [name for (name,) in self._rows("select name from account order by id")]
        commodities = list(self._rows("select name, scale, shown from commodity order by id"))
        self._commodity = [name for name, _, _ in commodities]
        self._scales = {name: (scale, shown) for name, scale, shown in commodities}

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple]:  # type: ignore[type-arg]
        return iter(self._database.execute(query, values))

    def _require_unchanged(self, made_ns: int) -> None:
        for pattern, found in self._rows("select pattern, found from glob"):
            if expand(pattern) != json.loads(found):
                raise Distrusted
        for path, size, mtime_ns, ctime_ns, inode, sha256 in self._rows("select * from file"):
            stamp = stamp_of(os.stat(path))
            settled = max(stamp[1], stamp[2]) + _TRUSTED_AFTER_NS < made_ns
            if stamp == (size, mtime_ns, ctime_ns, inode) and settled:
                continue
            if stamp[0] != size or hashlib.sha256(Path(path).read_bytes()).hexdigest() != sha256:
                raise Distrusted

    def kind(self, account: str) -> str:
        """Assets, Liabilities, Equity, Income or Expenses, whatever the book calls them."""
        root = account.partition(":")[0]
        return ROOTS[self._roots.index(root)] if root in self._roots else ""

    def show(self, minor: int, commodity: str, *, grouped: bool = False) -> str:
        """An amount as text, with at least the places the commodity is usually written with."""
        scale, shown = self._scales.get(commodity, (2, 2))
        return format_minor(minor, scale, shown, grouped=grouped)

    def specials(self) -> list[Special]:
        """The postings of opening and year-end entries."""
        return [Special(date.fromisoformat(day), *rest) for day, *rest in self._rows("select * from special")]

    def movements(self, period: Period) -> Movements:
        """What moved on each account in each commodity, by accounting date alone.

        Whole months come from their sums; the days of a month cut by the period, from the segments.
        """
        sums: dict[tuple[int, int], list[int | None]] = {}
        cut = {f"{day:%Y-%m}" for day in (period.begin, period.end) if day is not None and day.day != 1}
        first = f"{period.begin:%Y-%m}" if period.begin else ""
        last = f"{period.end:%Y-%m}" if period.end else "9999-99"
        query = "select * from month_balance where month < ?"
        for month, account, commodity, debit, credit, base_debit, base_credit in self._rows(query, (last,)):
            if month not in cut:
                row = sums.setdefault((account, commodity), [0] * 6)
                if month < first:
                    base = None if base_debit is None else base_debit - base_credit
                    _add(row, 0, debit - credit, base)
                else:
                    _add(row, 1, debit, base_debit)
                    _add(row, 2, credit, base_credit)
        for month in cut:
            self._add_days(month, period, sums)
        names = self._account, self._commodity
        return {(names[0][a], names[1][c]): Movement(*row) for (a, c), row in sums.items()}  # type: ignore[arg-type]

    def _add_days(self, month: str, period: Period, sums: dict[tuple[int, int], list[int | None]]) -> None:
        year, number = map(int, month.split("-"))
        low = date(year, number, 1).toordinal()
        high = date(year + number // 12, number % 12 + 1, 1).toordinal()
        begin = period.begin.toordinal() if period.begin else 0
        end = min(high, period.end.toordinal() if period.end else high)
        columns = "entry_day, entry_postings, account, commodity, minor, base, based"
        query = f"select {columns} from segment where last_day >= ? and first_day < ?"  # noqa: S608 - our own names
        for blobs in self._rows(query, (low, end)):
            days, counts, accounts, commodities, minors, bases, based = (
                array(code, blob) for code, blob in zip("iHIHqqB", blobs, strict=True)
            )
            at = 0
            for day, count in zip(days, counts, strict=True):
                if low <= day < end:
                    for i in range(at, at + count):
                        row = sums.setdefault((accounts[i], commodities[i]), [0] * 6)
                        minor, base = minors[i], bases[i] if based[i] else None
                        column = 0 if day < begin else 1 if minor > 0 else 2
                        sign = -1 if column == 2 else 1
                        _add(row, column, sign * minor, None if base is None else sign * base)
                at += count


def _add(row: list[int | None], column: int, minor: int, base: int | None) -> None:
    row[column] += minor  # type: ignore[operator]
    held = row[column + 3]
    row[column + 3] = None if held is None or base is None else held + base


# Writing.


def _write(path: Path, books: Books, started_ns: int) -> None:
    """Write the index of books to a new file and put it in place; nothing where a value is past 64 bits."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
            database.executescript("pragma journal_mode=off; pragma synchronous=off; begin;" + _TABLES)
            _fill(database, books, started_ns)
            database.execute("commit")
        temporary.replace(path)
    except OverflowError:
        path.unlink(missing_ok=True)
    finally:
        temporary.unlink(missing_ok=True)


def _fill(database: sqlite3.Connection, books: Books, started_ns: int) -> None:
    ledger = books.ledger
    about = {
        "schema": str(SCHEMA), "shown_as": str(books.root.file), "made_ns": str(started_ns),
        "entity": json.dumps(_entity_to(ledger.entity)), "roots": json.dumps(ledger.options.roots),
        "last_day": ledger.last_day.isoformat() if ledger.last_day else "", "left_out": str(ledger.left_out),
    }  # fmt: skip
    database.executemany("insert into about values(?,?)", about.items())
    _fill_files(database, books)
    names = list(ledger.accounts)
    names += sorted({p.account for t in ledger.transactions for p in t.postings} - set(names))
    accounts = {name: index for index, name in enumerate(names)}
    commodities = {
        c: i for i, c in enumerate(dict.fromkeys(p.commodity for t in ledger.transactions for p in t.postings))
    }
    for currency in (ledger.entity.currency,):
        commodities.setdefault(currency, len(commodities))
    database.executemany("insert into account values(?,?,?,?,?,?,?,?)", _account_rows(ledger, names))
    database.executemany(
        "insert into commodity values(?,?,?,?)",
        [(i, name, ledger.scale(name), ledger.shown(name)) for name, i in commodities.items()],
    )
    _fill_months(database, ledger, accounts, commodities)
    for parsed in books.files:
        _fill_segments(database, ledger, parsed.source, accounts, commodities)
    database.executemany(
        "insert into special values(?,?,?,?,?,?)", [(s.date.isoformat(), *s[1:]) for s in ledger.specials()]
    )
    prices = ((p.date.isoformat(), p.commodity, str(p.number), p.quote) for p in ledger.prices())
    database.executemany("insert into price values(?,?,?,?)", prices)
    records = (
        (r.kind, r.date.isoformat(), json.dumps([str(v) for v in r.values]), r.place.file, r.place.line)
        for r in ledger.records()
    )
    database.executemany("insert into record values(?,?,?,?,?)", records)
    database.executemany("insert into problem(body) values(?)", [(json.dumps(p),) for p in ledger.problems])


def _fill_files(database: sqlite3.Connection, books: Books) -> None:
    """Every file that counts, with the stamp it had before it was read, and what each include found."""
    sources = [parsed.source for parsed in books.files]
    if books.root.settings is not None:
        settings = books.root.settings
        sources.append(Source(str(settings), settings.read_bytes(), stamp_of(settings.stat())))
    for source in sources:
        assert source.stamp is not None  # noqa: S101 - it was read from a file
        database.execute("insert into file values(?,?,?,?,?,?)", (source.name, *source.stamp, source.sha256))
    for parsed in books.files:
        for include in parsed.includes:
            pattern = include_pattern(parsed, include)
            database.execute("insert or ignore into glob values(?,?)", (pattern, json.dumps(expand(pattern))))


def _account_rows(ledger: Ledger, names: list[str]) -> Iterator[tuple[object, ...]]:
    for index, name in enumerate(names):
        info = ledger.accounts.get(name)
        if info is None:
            yield index, name, "", "", "[]", "{}", "", 0
        else:
            meta = {key: value for key, value in info.meta.items() if isinstance(value, str)}
            yield (
                index, name, info.opened.isoformat(), info.closed.isoformat() if info.closed else "",
                json.dumps(info.commodities), json.dumps(meta), info.place.file, info.place.line,
            )  # fmt: skip


def _fill_months(
    database: sqlite3.Connection, ledger: Ledger, accounts: dict[str, int], commodities: dict[str, int]
) -> None:
    months: dict[tuple[str, int, int], list[int | None]] = {}
    for line in ledger.lines():
        key = f"{line.entry.date:%Y-%m}", accounts[line.posting.account], commodities[line.posting.commodity]
        row = months.setdefault(key, [0, 0, 0, 0, 0, 0])
        column = 1 if line.minor > 0 else 2
        sign = 1 if line.minor > 0 else -1
        _add(row, column, sign * line.minor, None if line.base is None else sign * line.base)
    if any(value is not None and abs(value) >= _LARGEST for row in months.values() for value in row):
        raise OverflowError
    rows = ((*key, row[1], row[2], row[4], row[5]) for key, row in months.items())
    database.executemany("insert into month_balance values(?,?,?,?,?,?,?)", rows)


def _fill_segments(
    database: sqlite3.Connection, ledger: Ledger, source: Source, accounts: dict[str, int], commodities: dict[str, int]
) -> None:
    """The postings of one file as columns, a row for each two megabytes of it."""
    starts = [0]
    for line in source.data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    entries = sorted((t for t in ledger.transactions if t.source is source), key=lambda t: t.line)
    offsets = [starts[entry.line - 1] for entry in entries]
    at, lo = 0, 0
    while lo < len(source.data) or at < len(entries):
        upto = bisect_right(offsets, lo + _SEGMENT_BYTES - 1, at)
        hi = len(source.data) if upto == len(entries) else offsets[upto]
        columns = _columns(ledger, entries[at:upto], offsets[at:upto], accounts, commodities)
        days = columns[1] or array("i", [0])
        scales = json.dumps({name: ledger.scale(name) for name in commodities})
        digest = hashlib.sha256(source.data[lo:hi]).hexdigest()
        blobs = [column.tobytes() for column in columns]
        head = (source.name, lo, hi, digest, scales, min(days), max(days))
        marks = ",".join("?" * (len(head) + len(blobs)))
        database.execute(f"insert into segment values(null,{marks})", (*head, *blobs))
        at, lo = upto, hi


def _columns(
    ledger: Ledger,
    entries: list[Transaction],
    offsets: list[int],
    accounts: dict[str, int],
    commodities: dict[str, int],
) -> list[array[int]]:
    columns = [array(code) for code in "QiHIHqqB"]
    where, days, counts, account, commodity, minor, base, based = columns
    for entry, offset in zip(entries, offsets, strict=True):
        where.append(offset)
        days.append(entry.date.toordinal())
        counts.append(len(entry.postings))
        for posting in entry.postings:
            value = ledger.base(posting)
            account.append(accounts[posting.account])
            commodity.append(commodities[posting.commodity])
            minor.append(ledger.minor(posting.number, posting.commodity))
            base.append(value or 0)
            based.append(value is not None)
    return columns


# Values that are kept as JSON.


def _entity_to(entity: Entity) -> list[object]:
    vat = entity.vat
    kept = vat and [
        vat.country, vat.number, vat.scheme, vat.registered and vat.registered.isoformat(),
        None if vat.flat_rate is None else str(vat.flat_rate), vat.periods,
    ]  # fmt: skip
    return [entity.name, entity.currency, entity.year_end, kept]


def _entity_from(kept: list[object]) -> Entity:
    name, currency, year_end, vat = kept
    registration = None
    if isinstance(vat, list):
        country, number, scheme, registered, flat_rate, periods = vat
        day = date.fromisoformat(registered) if registered else None
        rate = Decimal(flat_rate) if flat_rate is not None else None
        registration = VatRegistration(country, number, scheme, day, rate, periods)
    last = (int(year_end[0]), int(year_end[1])) if isinstance(year_end, list) else None
    return Entity(str(name), str(currency), last, registration)


def _account_from(row: tuple[int, str, str, str, str, str, str, int]) -> AccountInfo:
    _, name, opened, closed, commodities, meta, file, line = row
    last = date.fromisoformat(closed) if closed else None
    taken = tuple(json.loads(commodities))
    return AccountInfo(name, date.fromisoformat(opened), last, taken, json.loads(meta), Place(file, line))


def _problem_from(kept: list[object]) -> Problem:
    code, severity, message, place, hint, related = kept
    places = tuple((words, Place(*at)) for words, at in related)  # type: ignore[attr-defined]
    return Problem(str(code), str(severity), str(message), Place(*place) if place else None, str(hint), places)  # type: ignore[misc]
