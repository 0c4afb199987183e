"""The index: one SQLite database for each root file, in the user's cache, that can be deleted at any time.

It answers a trial balance without reading the journal. It is trusted only while every file is as it was
when the index was made: same size, times and inode and older than the index by two seconds, else same hash.
Globs are expanded every time. Anything else, and anything wrong with the index, means a full read.

After the database's pages stands what proves them whole: check sums of the pages that every answer needs, and
of each segment, whose columns are read for a part of a month only. A cache that was torn is never believed.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import sqlite3
import struct
import time
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

from acctkit import __version__
from acctkit.books.config import read_entity
from acctkit.books.filed import document_folders
from acctkit.books.files import Root, include_pattern, stamp_of
from acctkit.books.patterns import expand
from acctkit.books.reader import Books, Check, open_books
from acctkit.journal.entries import Account, Commodity, Document, Money, Tag, Transaction, Value
from acctkit.journal.source import Source
from acctkit.journal.tokens import ROOTS
from acctkit.ledger.checks import AccountInfo
from acctkit.ledger.entity import Entity, VatRegistration
from acctkit.ledger.ledger import Balances, Ledger, Movement, Movements, Special
from acctkit.money import format_minor
from acctkit.period import Period, month_end
from acctkit.problem import Place, Problem, Refusal

SCHEMA = 2
_SEGMENT_BYTES = 2 << 20
_TRUSTED_AFTER_NS = 2_000_000_000
_LARGEST = 1 << 63
_FOOT = struct.Struct(">QI")  # where the proof begins, and its own check sum

_TABLES = """
create table about(key text primary key, value text) without rowid;
create table file(path text primary key, size int, mtime_ns int, ctime_ns int, inode int, sha256 text) without rowid;
create table glob(pattern text primary key, found text) without rowid;
create table document(path text primary key, found int) without rowid;
create table segment(
  id integer primary key, file text, lo int, hi int, sha256 text, scale text, first_day int, last_day int,
  entry_offset blob, entry_day blob, entry_postings blob,
  account blob, commodity blob, minor blob, base blob, based blob);
create table account(
  id integer primary key, name text, opened text, closed text, commodities text, meta text, place text);
create table commodity(id integer primary key, name text, scale int, shown int);
create table month_balance(
  month text, account int, commodity int, debit int, credit int, base_debit int, base_credit int,
  primary key(month, account, commodity)) without rowid;
create table special(day text, type text, account text, commodity text, minor int, base int);
create table price(day text, commodity text, number text, quote text);
create table record(kind text, day text, words text, file text, line int);
create table problem(id integer primary key, body text);
"""


# The columns of a segment: an entry's offset, day and count of postings, then these postings one after another.
_COLUMNS = {
    "entry_offset": "Q", "entry_day": "i", "entry_postings": "H",
    "account": "I", "commodity": "H", "minor": "q", "base": "q", "based": "B",
}  # fmt: skip

# A segment's first and last day, and the check sum of its columns.
_Segments = dict[int, tuple[int, int, int]]


class Distrusted(Exception):  # noqa: N818 - not an error: the books are read instead
    """The index cannot answer: it is absent, torn, of another schema, or the files have changed."""


def open_balances(root: Root, checks: Callable[[], Sequence[Check]]) -> Balances:
    """The balances of a set of books: from the index where it can be trusted, else from a full read.

    `checks` gives what is checked, and is asked only where the journal is read.
    """
    try:
        path = index_path(root)
    except RuntimeError:  # the user has no home
        return open_books(root, checks()).ledger
    with suppress(Distrusted, sqlite3.Error, OSError, ValueError, KeyError):
        return IndexedBalances(path, root, lambda: open_books(root, checks()).ledger)
    started = time.time_ns()
    books = open_books(root, checks())
    # Without an index every answer is the same, only slower.
    with suppress(Distrusted, Refusal, OSError, sqlite3.Error, ValueError):
        _write(path, books, started)
    return books.ledger


def index_path(root: Root) -> Path:
    """Where the index of a root file is kept."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    name = hashlib.sha256(os.fsencode(os.path.abspath(root.file))).hexdigest()[:32]
    return cache / "acctkit" / f"{name}.sqlite"


# Reading.


class IndexedBalances:
    """Balances as the index holds them; raises Distrusted where it may not be believed.

    A segment is proved whole only when it is needed; where it is not, `read` reads the books after all.
    """

    def __init__(self, path: Path, root: Root, read: Callable[[], Balances]) -> None:
        if not path.is_file():
            raise Distrusted
        self._path, self._read = path, read
        self._segments = _proved(path)
        self._database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            self._load(root)
        except BaseException:
            self._database.close()
            raise

    def _load(self, root: Root) -> None:
        about = dict(self._database.execute("select key, value from about"))
        if any(about.get(key) != value for key, value in _made_for(root).items()):
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
        for path, found in self._rows("select path, found from document"):
            if Path(path).exists() != bool(found):
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
        with suppress(sqlite3.Error):
            return [Special(date.fromisoformat(day), *rest) for day, *rest in self._rows("select * from special")]
        return self._read_afresh().specials()

    def movements(self, period: Period) -> Movements:
        """What moved on each account in each commodity, by accounting date alone.

        Whole months come from their sums; the days of a month cut by the period, from the segments.
        """
        with suppress(Distrusted, sqlite3.Error):
            return self._movements(period)
        return self._read_afresh().movements(period)

    def _read_afresh(self) -> Balances:
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        return self._read()

    def _movements(self, period: Period) -> Movements:
        sums: dict[tuple[int, int], list[int | None]] = {}
        cut = {_month(day) for day in (period.begin, period.end) if day is not None and day.day != 1}
        first = _month(period.begin) if period.begin else ""
        last = _month(period.end) if period.end else "9999-99"
        query = "select * from month_balance where month < ?"
        for month, account, commodity, debit, credit, base_debit, base_credit in self._rows(query, (last,)):
            if month not in cut:
                row = sums.setdefault((account, commodity), [0] * 6)
                if month < first:
                    base = None if base_debit is None or base_credit is None else base_debit - base_credit
                    _add(row, 0, debit - credit, base)
                else:
                    _add(row, 1, debit, base_debit)
                    _add(row, 2, credit, base_credit)
        for month in cut:
            self._add_days(month, period, sums)
        names = self._account, self._commodity
        return {(names[0][a], names[1][c]): Movement(*row) for (a, c), row in sums.items()}  # type: ignore[arg-type]

    def _add_days(self, month: str, period: Period, sums: dict[tuple[int, int], list[int | None]]) -> None:
        first = date.fromisoformat(f"{month}-01")
        low, high = first.toordinal(), month_end(first).toordinal() + 1
        begin = period.begin.toordinal() if period.begin else 0
        end = min(high, period.end.toordinal() if period.end else high)
        wanted = [number for number, (since, to, _) in self._segments.items() if since < end and low <= to]
        for number in wanted:
            _, days, counts, accounts, commodities, minors, bases, based = self._columns(number)
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

    def _columns(self, number: int) -> list[array[int]]:
        """The columns of a segment; raises Distrusted where they are not those that were written."""
        query = f"select {', '.join(_COLUMNS)} from segment where id = ?"  # noqa: S608 - our own names
        blobs = next(self._rows(query, (number,)), ())
        if _check_sum(blobs) != self._segments[number][2]:
            raise Distrusted
        return [array(code, blob) for code, blob in zip(_COLUMNS.values(), blobs, strict=True)]


def _month(day: date) -> str:
    return day.isoformat()[:7]  # strftime leaves out the zeros of a year before 1000


def _made_for(root: Root) -> dict[str, str]:
    """What an index must say of itself: the same root may be read with an acct.toml or without."""
    return {"schema": f"{SCHEMA} {__version__}", "shown_as": str(root.file), "settings": str(root.settings or "")}


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
            (pages,) = database.execute("pragma page_count").fetchone()
            (size,) = database.execute("pragma page_size").fetchone()
            _fill_entries(database, books.ledger)
            segments = _fill_segments(database, books)
            database.execute("commit")
        _prove(temporary, pages * size, segments)
        temporary.replace(path)
    except OverflowError:
        path.unlink(missing_ok=True)
    finally:
        temporary.unlink(missing_ok=True)


def _fill(database: sqlite3.Connection, books: Books, started_ns: int) -> None:
    """All that a trial balance needs, but for the segments."""
    ledger = books.ledger
    about = {
        **_made_for(books.root), "made_ns": str(started_ns),
        "entity": json.dumps(_entity_to(ledger.entity)), "roots": json.dumps(ledger.options.roots),
        "last_day": ledger.last_day.isoformat() if ledger.last_day else "", "left_out": str(ledger.left_out),
    }  # fmt: skip
    database.executemany("insert into about values(?,?)", about.items())
    _fill_files(database, books)
    accounts, commodities = _numbered(ledger)
    database.executemany("insert into account values(?,?,?,?,?,?,?)", _account_rows(ledger, accounts))
    database.executemany(
        "insert into commodity values(?,?,?,?)",
        [(i, name, ledger.scale(name), ledger.shown(name)) for name, i in commodities.items()],
    )
    _fill_months(database, ledger, accounts, commodities)
    database.executemany(
        "insert into special values(?,?,?,?,?,?)", [(s.date.isoformat(), *s[1:]) for s in ledger.specials()]
    )
    database.executemany("insert into problem(body) values(?)", [(json.dumps(p),) for p in ledger.problems])


def _fill_entries(database: sqlite3.Connection, ledger: Ledger) -> None:
    prices = ((p.date.isoformat(), p.commodity, str(p.number), p.quote) for p in ledger.prices())
    database.executemany("insert into price values(?,?,?,?)", prices)
    records = (
        (r.kind, r.date.isoformat(), json.dumps([str(v) for v in r.values]), r.place.file, r.place.line)
        for r in ledger.records()
    )
    database.executemany("insert into record values(?,?,?,?,?)", records)


def _numbered(ledger: Ledger) -> tuple[dict[str, int], dict[str, int]]:
    """The numbers that accounts and commodities go by in the index."""
    posted = [posting for entry in ledger.transactions for posting in entry.postings]
    accounts = dict.fromkeys(ledger.accounts) | dict.fromkeys(sorted({p.account for p in posted}))
    commodities = dict.fromkeys(p.commodity for p in posted)
    commodities |= dict.fromkeys((ledger.entity.currency, *ledger.options.display_digits))
    return {name: i for i, name in enumerate(accounts)}, {name: i for i, name in enumerate(commodities)}


def _fill_files(database: sqlite3.Connection, books: Books) -> None:
    """Every file that counts, with the stamp it had before it was read, and what each include found.

    Raises Distrusted where the files are other than those that were read.
    """
    sources = [parsed.source for parsed in books.files]
    settings = books.root.settings
    if settings is not None:
        stamp = stamp_of(settings.stat())
        sources.append(Source(str(settings), settings.read_bytes(), stamp))
        if read_entity(settings) != books.entity:
            raise Distrusted
    were_read = {os.path.abspath(source.name) for source in sources}
    for source in sources:
        assert source.stamp is not None  # noqa: S101 - it was read from a file
        database.execute("insert into file values(?,?,?,?,?,?)", (source.name, *source.stamp, source.sha256))
    for parsed in books.files:
        for include in parsed.includes:
            pattern = include_pattern(parsed, include)
            found = expand(pattern)
            if not {os.path.abspath(path) for path in found} <= were_read:
                raise Distrusted
            database.execute("insert or ignore into glob values(?,?)", (pattern, json.dumps(found)))
        for _, folder, _ in document_folders(parsed):
            pattern = os.path.join(glob.escape(folder), "**")
            database.execute("insert or ignore into glob values(?,?)", (pattern, json.dumps(expand(pattern))))
        documents = {entry.path for entry in parsed.entries if isinstance(entry, Document)}
        rows = ((path, int(Path(path).exists())) for path in documents)
        database.executemany("insert or ignore into document values(?,?)", rows)


def _account_rows(ledger: Ledger, accounts: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for name, index in accounts.items():
        info = ledger.accounts.get(name)
        if info is None:
            yield index, name, "", "", "[]", "{}", ""
        else:
            meta = {key: _value_to(value) for key, value in info.meta.items()}
            yield (
                index, name, info.opened.isoformat(), info.closed.isoformat() if info.closed else "",
                json.dumps(info.commodities), json.dumps(meta), json.dumps(info.place),
            )  # fmt: skip


def _fill_months(
    database: sqlite3.Connection, ledger: Ledger, accounts: dict[str, int], commodities: dict[str, int]
) -> None:
    months: dict[tuple[str, int, int], list[int | None]] = {}
    for line in ledger.lines():
        key = _month(line.entry.date), accounts[line.posting.account], commodities[line.posting.commodity]
        row = months.setdefault(key, [0, 0, 0, 0, 0, 0])
        column = 1 if line.minor > 0 else 2
        sign = 1 if line.minor > 0 else -1
        _add(row, column, sign * line.minor, None if line.base is None else sign * line.base)
    if any(value is not None and abs(value) >= _LARGEST for row in months.values() for value in row):
        raise OverflowError
    rows = ((*key, row[1], row[2], row[4], row[5]) for key, row in months.items())
    database.executemany("insert into month_balance values(?,?,?,?,?,?,?)", rows)


def _fill_segments(database: sqlite3.Connection, books: Books) -> _Segments:
    """The postings of every file as columns, a row for each two megabytes of it."""
    ledger = books.ledger
    numbers = _numbered(ledger)
    scales = json.dumps({name: ledger.scale(name) for name in numbers[1]})
    by_source: dict[int, list[Transaction]] = {}
    for entry in ledger.transactions:
        by_source.setdefault(id(entry.source), []).append(entry)
    segments: _Segments = {}
    for source in (parsed.source for parsed in books.files):
        for lo, hi, entries, offsets in _cut(source, by_source.get(id(source), [])):
            blobs = [column.tobytes() for column in _columns(ledger, entries, offsets, numbers)]
            days = [entry.date.toordinal() for entry in entries] or [0]
            digest = hashlib.sha256(source.data[lo:hi]).hexdigest()
            row = (len(segments), source.name, lo, hi, digest, scales, min(days), max(days), *blobs)
            database.execute(f"insert into segment values({','.join('?' * len(row))})", row)
            segments[len(segments)] = min(days), max(days), _check_sum(blobs)
    return segments


def _cut(source: Source, entries: list[Transaction]) -> Iterator[tuple[int, int, list[Transaction], list[int]]]:
    """Two megabytes of a file after another: where they begin and end, their entries, and where these begin."""
    starts = [0]
    for line in source.data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    entries = sorted(entries, key=lambda t: t.line)
    offsets = [starts[entry.line - 1] for entry in entries]
    at, lo = 0, 0
    while lo < len(source.data) or at < len(entries):
        upto = bisect_right(offsets, lo + _SEGMENT_BYTES - 1, at)
        hi = len(source.data) if upto == len(entries) else offsets[upto]
        yield lo, hi, entries[at:upto], offsets[at:upto]
        at, lo = upto, hi


def _columns(
    ledger: Ledger, entries: list[Transaction], offsets: list[int], numbers: tuple[dict[str, int], dict[str, int]]
) -> list[array[int]]:
    accounts, commodities = numbers
    columns = [array(code) for code in _COLUMNS.values()]
    where, days, counts, account, commodity, minor, base, based = columns
    for entry, offset in zip(entries, offsets, strict=True):
        where.append(offset)
        days.append(entry.date.toordinal())
        counts.append(len(entry.postings))
        for posting, value in zip(entry.postings, ledger.bases(entry), strict=True):
            account.append(accounts[posting.account])
            commodity.append(commodities[posting.commodity])
            minor.append(ledger.minor(posting.number, posting.commodity))
            base.append(value or 0)
            based.append(value is not None)
    return columns


# The proof that an index is whole.


def _check_sum(parts: Iterable[bytes]) -> int:
    found = 0
    for part in parts:
        found = zlib.crc32(part, found)
    return found


def _prove(path: Path, needed: int, segments: _Segments) -> None:
    """Write the check sums of the first `needed` bytes, which hold all but the segments, and of these."""
    with path.open("r+b") as file:
        body = json.dumps([needed, zlib.crc32(file.read(needed)), list(segments.items())]).encode()
        size = file.seek(0, os.SEEK_END)
        file.write(body + _FOOT.pack(size, zlib.crc32(body)))


def _proved(path: Path) -> _Segments:
    """The segments and their check sums; raises Distrusted where the index is not as it was written."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END) - _FOOT.size
        if end < 0:
            raise Distrusted
        file.seek(end)
        size, found = _FOOT.unpack(file.read())
        if size > end:
            raise Distrusted
        file.seek(size)
        body = file.read(end - size)
        if zlib.crc32(body) != found:
            raise Distrusted
        needed, found, segments = json.loads(body)
        file.seek(0)
        if zlib.crc32(file.read(needed)) != found:
            raise Distrusted
    return {number: (since, to, crc) for number, (since, to, crc) in segments}


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


def _account_from(row: tuple[int, str, str, str, str, str, str]) -> AccountInfo:
    _, name, opened, closed, commodities, meta, place = row
    last = date.fromisoformat(closed) if closed else None
    notes = {key: _value_from(value) for key, value in json.loads(meta).items()}
    taken = tuple(json.loads(commodities))
    return AccountInfo(name, date.fromisoformat(opened), last, taken, notes, Place(*json.loads(place)))


def _value_to(value: Value) -> object:
    """A metadata value as JSON: a list of its kind and its parts where JSON has no such kind."""
    if isinstance(value, Account | Commodity | Tag):
        return [type(value).__name__, str(value)]
    if isinstance(value, Decimal):
        return ["Decimal", str(value)]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Money):
        return ["Money", None if value.number is None else str(value.number), value.commodity]
    return value


def _value_from(kept: object) -> Value:
    if not isinstance(kept, list):
        return kept  # type: ignore[return-value]
    kind, word = kept[:2]
    if kind == "Money":
        return Money(None if word is None else Decimal(word), kept[2])
    made: dict[str, Callable[[str], Value]] = {
        "Account": Account, "Commodity": Commodity, "Tag": Tag, "Decimal": Decimal, "date": date.fromisoformat,
    }  # fmt: skip
    return made[kind](word)


def _problem_from(kept: list[object]) -> Problem:
    code, severity, message, place, hint, related = kept
    places = tuple((words, Place(*at)) for words, at in related)  # type: ignore[attr-defined]
    return Problem(str(code), str(severity), str(message), Place(*place) if place else None, str(hint), places)  # type: ignore[misc]
