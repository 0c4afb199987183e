"""Making the index: from columns and what stands beside them, or from a ledger of all entries."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import sqlite3
import time
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from acctkit.audit import Chain, bytes_since_seal, check_seals, last_locked, read_chain
from acctkit.books.blocks import BLOCK_BYTES, AskedOfEntriesError, BlockReading, Part, workers
from acctkit.books.config import read_entity
from acctkit.books.filed import document_folders
from acctkit.books.files import in_words, include_pattern, read_journal, source_of
from acctkit.books.growth import Known
from acctkit.books.index import (
    COLUMNS,
    IndexedBalances,
    Segments,
    check_sum,
    index_path,
    made_for,
    month_of,
    prove,
)
from acctkit.books.kept import Distrusted, entity_to, value_to
from acctkit.books.lock import lock_path
from acctkit.books.patterns import expand
from acctkit.books.reader import Books, Check, names_of_stream, open_books, stream_of
from acctkit.books.root import Root, Stamp, stamp_of
from acctkit.journal.entries import Balance, Document, Transaction
from acctkit.journal.fast import Block
from acctkit.ledger.balances import Balances
from acctkit.ledger.judge import held_at_cost, is_steady, judge, latest, series, usage
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.lot_columns import Moved, are_plain
from acctkit.ledger.tally import Tally
from acctkit.money import places_of
from acctkit.problem import Refusal, in_order

_LARGEST = 1 << 63
_SEGMENT_ENTRIES = 16_384
# Why books have no index: they changed meanwhile, or hold what it cannot; every answer is the same, only slower.
_NOT_KEPT = (Distrusted, Refusal, sqlite3.Error, ValueError, OverflowError)

_TABLES = """
create table about(key text primary key, value text) without rowid;
create table file(path text primary key, size int, mtime_ns int, ctime_ns int, inode int, lines int) without rowid;
create table part(file text, lo int, hi int, sha256 text, primary key(file, lo)) without rowid;
create table glob(pattern text primary key, found text) without rowid;
create table document(path text primary key, found int) without rowid;
create table segment(
  id integer primary key, first_day int, last_day int, names text,
  entry_day blob, entry_postings blob,
  account blob, commodity blob, minor blob, valued blob, base blob, based blob);
create table account(
  id integer primary key, name text, opened text, closed text, commodities text, meta text, place text);
create table commodity(id integer primary key, name text, scale int, shown int);
create table month_balance(
  month text, account int, commodity int, debit int, credit int, base_debit int, base_credit int,
  primary key(month, account, commodity)) without rowid;
create table special(day text, type text, account text, commodity text, minor int, base int);
create table problem(id integer primary key, body text);
"""

_Row = list[int | None]


class Read(NamedTuple):
    """Books that were read to be indexed: the parts of files that are tallied, the seals, and whether text follows."""

    books: Books
    parts: list[Part]
    chain: Chain | None = None
    has_since: bool = False


def read_balances(root: Root, checks: Callable[[], Sequence[Check]], tell: Callable[[str], None]) -> Balances:
    """The balances of books that are read now, by the block where that is enough; the index is made on the way.

    `checks` gives what else is checked, where every entry is read; `tell` is told where the index cannot be kept.
    """
    started = time.time_ns()
    read = _read_by_block(root) or _read_in_full(root, checks())

    def in_full() -> Balances:
        return open_books(root, checks()).ledger if read.parts else read.books.ledger

    try:
        path = index_path(root)
        return _indexed(path, root, read, started, in_full)
    except RuntimeError:  # the user has no home
        pass
    except OSError as reason:
        tell(f"the index cannot be kept in {path.parent}: {in_words(reason)}; every run reads the books")
    except _NOT_KEPT:
        pass
    if not read.parts:
        return read.books.ledger
    with suppress(OSError, *_NOT_KEPT), TemporaryDirectory() as folder:
        return _indexed(Path(folder) / "index.sqlite", root, read, started, in_full)
    return in_full()


def index_by_block(root: Root) -> bool:
    """Make the index of books without reading every entry, where that is enough to know them; whether it was made."""
    started = time.time_ns()
    read = _read_by_block(root)
    if read is None:
        return False
    try:
        _write(index_path(root), read, started)
    except (OSError, RuntimeError, *_NOT_KEPT):
        return False
    return True


def _indexed(path: Path, root: Root, read: Read, started: int, in_full: Callable[[], Balances]) -> Balances:
    _write(path, read, started)
    return IndexedBalances(path, root, in_full)


def _read_by_block(root: Root) -> Read | None:
    """The books with most entries in columns, or None where what stands there asks for every entry."""
    entity = read_entity(root.settings)
    lock = lock_path(root.file, root.folder)
    reading = BlockReading(lock, workers(), entity)

    def read() -> tuple[list[Part], Tally, Ledger]:
        files = read_journal(root.file, root.folder, reading=reading)
        parts = reading.parts()
        tally = Tally([block for part in parts for block in part.blocks])
        return parts, tally, Ledger(files, entity, tally, names_of_stream(root, files))

    try:
        parts, tally, ledger = read()
        if not _has_plain_lots(ledger, parts):
            reading.set_lots_aside()
            parts, tally, ledger = read()
    except AskedOfEntriesError:
        return None
    finally:
        reading.close()
    files = ledger.files
    if not parts or not judge(ledger, tally) or not _has_vat_checked(ledger, reading):
        return None
    stream = stream_of(root, files)
    # What the parser read whole may hold anything; seals, and the marks of a conflict, are set aside from columns.
    if any(part.block.may_be_sealed for part in parts) or any(
        source.numbers is None or b"<<<<<<< " in source.data for source in stream
    ):
        whole = [source_of(source.name, lock) for source in stream]
        if any(source.stamp != read.stamp for source, read in zip(whole, stream, strict=True)):
            return None
        ledger.problems = in_order(ledger.problems + check_seals(whole))
        return Read(Books(root, entity, files, ledger), parts, read_chain(whole), any(bytes_since_seal(whole)))
    return Read(Books(root, entity, files, ledger), parts)


def _has_vat_checked(ledger: Ledger, reading: BlockReading) -> bool:
    """Whether only entries without a problem of VAT are in columns; then those of the others are added."""
    if ledger.entity.vat is None:
        return True
    from acctkit.vat.checks import check_vat
    from acctkit.vat.columns import still_hold

    if not reading.judged_by or not all(still_hold(accounts, ledger) for accounts in reading.judged_by):
        return False
    ledger.problems = in_order(ledger.problems + check_vat(ledger))
    return True


def _read_in_full(root: Root, checks: Sequence[Check]) -> Read:
    """The books with every entry read, and where their seals stand."""
    books = open_books(root, checks)
    return Read(books, [], read_chain(books.stream), any(bytes_since_seal(books.stream)))


def _has_plain_lots(ledger: Ledger, parts: list[Part]) -> bool:
    """Whether what is bought and sold at cost may stay in its columns."""
    lots = [(part.file, part.block.lots) for part in parts if part.block.lots]
    moved = [Moved(day, file, offset, moves) for file, own in lots for offset, day, moves in own.moves]
    return not moved or are_plain(ledger, [part.block for part in parts], moved)


def _newest(read: Read) -> str:
    """The file that what is appended next comes after all else in; "" where none can be told to be that."""
    stream = stream_of(read.books.root, read.books.files)
    last = read.books.ledger.stream[-1].source.name
    is_plain = not read.parts or any(part.file == last for part in read.parts)
    return last if stream and stream[-1].name == last and is_plain and not os.path.islink(last) else ""


def _seals(read: Read) -> list[str | int] | None:
    """The number and hash of the last seal, none where there is none; None where even a blank stands after it."""
    chain = read.chain
    if chain is None or (not chain.seals and not chain.problems):
        return []
    if read.has_since or chain.problems or not chain.seals:
        return None
    return [chain.seals[-1].number, chain.head]


def _write(path: Path, read: Read, started_ns: int) -> None:
    """Write the index of books to a new file and put it in place; raises OverflowError for a value past 64 bits."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
            database.executescript("pragma journal_mode=off; pragma synchronous=off; begin;" + _TABLES)
            numbers = _fill(database, read, started_ns)
            (pages,) = database.execute("pragma page_count").fetchone()
            (size,) = database.execute("pragma page_size").fetchone()
            segments = _fill_segments(database, read, numbers)
            database.execute("commit")
        prove(temporary, pages * size, segments)
        temporary.replace(path)
    except OverflowError:
        path.unlink(missing_ok=True)
        raise
    finally:
        temporary.unlink(missing_ok=True)


class _Numbers(NamedTuple):
    """The numbers that accounts and commodities go by in the index."""

    accounts: dict[str, int]
    commodities: dict[str, int]


def _fill(database: sqlite3.Connection, read: Read, started_ns: int) -> _Numbers:
    """All that a trial balance needs, but for the segments."""
    ledger = read.books.ledger
    about = {
        **made_for(read.books.root), "made_ns": str(started_ns),
        "entity": json.dumps(entity_to(ledger.entity)), "roots": json.dumps(ledger.options.roots),
        "last_day": ledger.last_day.isoformat() if ledger.last_day else "", "left_out": str(ledger.left_out),
        **_for_growth(read),
    }  # fmt: skip
    database.executemany("insert into about values(?,?)", about.items())
    _fill_files(database, read)
    numbers = _numbered(ledger)
    database.executemany("insert into account values(?,?,?,?,?,?,?)", _account_rows(ledger, numbers.accounts))
    database.executemany(
        "insert into commodity values(?,?,?,?)",
        [(i, name, ledger.scale(name), ledger.shown(name)) for name, i in numbers.commodities.items()],
    )
    _fill_months(database, ledger, numbers)
    database.executemany(
        "insert into special values(?,?,?,?,?,?)", [(s.date.isoformat(), *s[1:]) for s in ledger.specials()]
    )
    database.executemany("insert into problem(body) values(?)", [(json.dumps(p),) for p in ledger.problems])
    return numbers


def _numbered(ledger: Ledger) -> _Numbers:
    posted = [posting for entry in ledger.transactions for posting in entry.postings]
    blocks = ledger.tally.blocks if ledger.tally else []
    names = {p.account for p in posted}.union(*(block.accounts for block in blocks))
    accounts = dict.fromkeys(ledger.accounts) | dict.fromkeys(sorted(names))
    units = {p.commodity for p in posted}.union(*(block.commodities for block in blocks))
    commodities = dict.fromkeys(sorted(units))
    commodities |= dict.fromkeys((ledger.entity.currency, *ledger.options.display_digits))
    return _Numbers({name: i for i, name in enumerate(accounts)}, {name: i for i, name in enumerate(commodities)})


def _fill_files(database: sqlite3.Connection, read: Read) -> None:
    """Every file that counts, with the stamp it had before it was read, and what each include found.

    Raises Distrusted where the files are other than those that were read.
    """
    files, root = read.books.files, read.books.root
    lines: dict[str, int] = defaultdict(int)
    for part in read.parts:
        lines[part.file] += part.block.lines
    stamps: list[tuple[str, Stamp]] = []
    pieces = [part[:4] for part in read.parts]
    for source in (parsed.source for parsed in files):
        assert source.stamp is not None  # noqa: S101 - it was read from a file
        stamps.append((source.name, source.stamp))
        if source.numbers is None:
            pieces += _pieces(source.name, source.data)
            lines[source.name] = source.data.count(b"\n")
    if root.settings is not None:
        stamps.append((str(root.settings), stamp_of(root.settings.stat())))
        pieces += _pieces(str(root.settings), root.settings.read_bytes())
        if read_entity(root.settings) != read.books.entity:
            raise Distrusted
    database.executemany(
        "insert into file values(?,?,?,?,?,?)", [(name, *stamp, lines[name]) for name, stamp in stamps]
    )
    database.executemany("insert into part values(?,?,?,?)", pieces)
    were_read = {os.path.abspath(name) for name, _ in stamps}
    for parsed in files:
        for include in parsed.includes:
            pattern = include_pattern(parsed, include)
            found = expand(pattern)
            if not {os.path.abspath(path) for path in found} <= were_read:
                raise Distrusted
            database.execute("insert or ignore into glob values(?,?)", (pattern, json.dumps(found)))
        for _, folder, _ in document_folders(parsed):
            pattern = os.path.join(glob.escape(folder), "**")
            database.execute("insert or ignore into glob values(?,?)", (pattern, json.dumps(expand(pattern))))
        documents = {folder for _, folder, _ in document_folders(parsed)}
        documents |= {entry.path for entry in parsed.entries if isinstance(entry, Document)}
        rows = ((path, int(Path(path).exists())) for path in documents)
        database.executemany("insert or ignore into document values(?,?)", rows)


def _pieces(name: str, data: bytes) -> list[tuple[str, int, int, str]]:
    starts = range(0, len(data), BLOCK_BYTES)
    return [
        (name, lo, min(lo + BLOCK_BYTES, len(data)), hashlib.sha256(data[lo : lo + BLOCK_BYTES]).hexdigest())
        for lo in starts
    ]


def _account_rows(ledger: Ledger, accounts: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for name, index in accounts.items():
        info = ledger.accounts.get(name)
        if info is None:
            yield index, name, "", "", "[]", "{}", ""
        else:
            meta = {key: value_to(value) for key, value in info.meta.items()}
            yield (
                index, name, info.opened.isoformat(), info.closed.isoformat() if info.closed else "",
                json.dumps(info.commodities), json.dumps(meta), json.dumps(info.place),
            )  # fmt: skip


def _fill_months(database: sqlite3.Connection, ledger: Ledger, numbers: _Numbers) -> None:
    """Gross debits and credits by month, account and commodity, and the same in base; None where one has no base."""
    months: dict[tuple[str, str, str], _Row] = {}
    for line in ledger.lines():
        key = month_of(line.entry.date), line.posting.account, line.posting.commodity
        row = months.setdefault(key, [0, 0, 0, 0])
        side = 0 if line.minor > 0 else 1
        row[side] = (row[side] or 0) + abs(line.minor)
        held = row[side + 2]
        row[side + 2] = None if held is None or line.base is None else held + (line.base if side == 0 else -line.base)
    if ledger.tally:
        _add_tally(months, ledger, ledger.tally)
    gross: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (_, account, commodity), row in months.items():
        sums = gross[account, commodity]
        sums[:] = [total + abs(value or 0) for total, value in zip(sums, row, strict=True)]
    if any(total >= _LARGEST for sums in gross.values() for total in sums):  # a sum of months could not be told
        raise OverflowError
    accounts, commodities = numbers
    rows = ((month, accounts[a], commodities[c], *row) for (month, a, c), row in months.items())
    database.executemany("insert into month_balance values(?,?,?,?,?,?,?)", rows)


def _add_tally(months: dict[tuple[str, str, str], _Row], ledger: Ledger, tally: Tally) -> None:
    base = ledger.entity.currency
    unit = _worth_unit(ledger)
    for key, sums in tally.months.items():
        factor = 10 ** (ledger.scale(key[2]) - tally.places[key[2]])
        row = months.setdefault(key, [0, 0, 0, 0])
        for side in (0, 1):
            if not sums[side]:
                continue
            row[side] = (row[side] or 0) + sums[side] * factor
            posted, value = tally.worth.get((*key, bool(side), base), (0, 0))
            if key[2] == base:
                worth: int | None = sums[side] * factor
            else:  # known where all of it was posted at a price in base currency
                worth = value * unit if posted == sums[side] else None
            held = row[side + 2]
            row[side + 2] = None if held is None or worth is None else held + worth


def _fill_segments(database: sqlite3.Connection, read: Read, numbers: _Numbers) -> Segments:
    """The postings as columns: those of each block, and those of the ledger's own entries."""
    ledger = read.books.ledger
    segments: Segments = {}
    for block in (block for part in read.parts for block in part.blocks):
        factors = [10 ** (ledger.scale(name) - block.places[name]) for name in block.commodities]
        names = _names(numbers, block.accounts, block.commodities, factors)
        blobs = [*block.columns[1:], *_bases(ledger, block)]
        _insert_segment(database, segments, block.first_day, block.last_day, names, blobs)
    for at in range(0, len(ledger.transactions), _SEGMENT_ENTRIES):
        some = ledger.transactions[at : at + _SEGMENT_ENTRIES]
        names, blobs = _columns(ledger, some, numbers)
        _insert_segment(database, segments, some[0].date.toordinal(), some[-1].date.toordinal(), names, blobs)
    return segments


def _bases(ledger: Ledger, block: Block) -> list[bytes]:
    """The last columns of a block's segment: of what was posted at a price in base currency."""
    unit = _worth_unit(ledger)
    valued = [(at, value * unit) for at, currency, value in block.worth if currency == ledger.entity.currency]
    places, values = zip(*valued, strict=True) if valued else ((), ())
    return [array("I", places).tobytes(), array("q", values).tobytes(), b"\1" * len(places)]


def _worth_unit(ledger: Ledger) -> int:
    """How many minor units of the books one is in which columns say what is worth base currency."""
    base = ledger.entity.currency
    return int(10 ** (ledger.scale(base) - (places_of(base) or 0)))


def _insert_segment(
    database: sqlite3.Connection, segments: Segments, first: int, last: int, names: str, blobs: list[bytes]
) -> None:
    row = (len(segments), first, last, names, *blobs)
    database.execute(f"insert into segment values({','.join('?' * len(row))})", row)
    segments[len(segments)] = first, last, check_sum([names.encode(), *blobs])


def _names(numbers: _Numbers, accounts: Iterable[str], commodities: Iterable[str], factors: list[int]) -> str:
    """What the numbers in columns stand for, and how many minor units of the book one in them is."""
    return json.dumps([[numbers.accounts[a] for a in accounts], [numbers.commodities[c] for c in commodities], factors])


def _columns(ledger: Ledger, entries: list[Transaction], numbers: _Numbers) -> tuple[str, list[bytes]]:
    accounts = {p.account: None for entry in entries for p in entry.postings}
    commodities = {p.commodity: None for entry in entries for p in entry.postings}
    account_at = {name: i for i, name in enumerate(accounts)}
    commodity_at = {name: i for i, name in enumerate(commodities)}
    columns = [array(code) for code in COLUMNS.values()]
    days, counts, account, commodity, minor, valued, base, based = columns
    currency = ledger.entity.currency
    for entry in entries:
        days.append(entry.date.toordinal())
        counts.append(len(entry.postings))
        for posting, value in zip(entry.postings, ledger.bases(entry), strict=True):
            account.append(account_at[posting.account])
            commodity.append(commodity_at[posting.commodity])
            own = ledger.minor(posting.number, posting.commodity)
            if value != (own if posting.commodity == currency else None):
                valued.append(len(minor))
                base.append(value or 0)
                based.append(value is not None)
            minor.append(own)
    names = _names(numbers, accounts, commodities, [1] * len(commodities))
    return names, [column.tobytes() for column in columns]


def _moved(parts: list[Part]) -> Iterator[str]:
    """The accounts on which lots move in columns."""
    for part in parts:
        for _, _, moves in part.block.lots.moves if part.block.lots else ():
            yield from (move.account for move in moves)


def _for_growth(read: Read) -> dict[str, str]:
    """What must be known to judge entries that are added later; nothing where only a full read could."""
    ledger = read.books.ledger
    if ledger.tally is None and not is_steady(ledger):
        return {}
    asserted: dict[str, str] = {}
    for entry in ledger.entries:
        if isinstance(entry, Balance):
            asserted[entry.account] = max(asserted.get(entry.account, ""), entry.date.isoformat())
    before: list[tuple[str, int]] = []
    counted: dict[str, int] = defaultdict(int)
    for part in read.parts:
        before += [(part.file, counted[part.file])] * len(part.blocks)
        counted[part.file] += part.block.lines
    known = Known(
        parties=sorted({record.text(0) for record in ledger.records("customer", "supplier")}),
        series=series(ledger),
        asserted=asserted,
        used={} if ledger.options.operating_currencies or read.books.entity.year_end else dict(usage(ledger)),
        seals=_seals(read),
        covers=read.chain.covers if read.chain else {},
        latest=latest(ledger, before),
        stream=[source.name for source in stream_of(read.books.root, read.books.files)],
        newest=_newest(read),
        has_pending=any(entry.flag == "!" for entry in ledger.transactions),
        locked=last_locked(ledger).isoformat(),
        at_cost=held_at_cost(ledger, _moved(read.parts)),
    )
    return {"known": json.dumps(known)}
