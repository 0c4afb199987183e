"""The index: one SQLite database for each root file, in the user's cache, that can be deleted at any time.

It answers a trial balance without reading the journal. It is trusted only while every file is as it was
when the index was made: same size, times and inode and older than the index by two seconds, else same hashes.
Globs are expanded every time. The newest file, where it only grew, is read from where it ended. Anything else,
and anything wrong with the index, means that the books are read.

After the database's pages stands what proves them whole: check sums of the pages that every answer needs, and
of each segment, whose columns are read for a part of a month only. A cache that was torn is never believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from acctkit import __version__
from acctkit.books.kept import Distrusted, Grown, account_from, entity_from, problem_from
from acctkit.books.patterns import expand
from acctkit.books.root import Root, stamp_of
from acctkit.journal.roots import ROOTS
from acctkit.ledger.balances import Balances, Movement, Movements, Special
from acctkit.money import format_minor
from acctkit.period import Period, month_end
from acctkit.problem import in_order

if TYPE_CHECKING:
    from acctkit.books.growth import Growth

SCHEMA = 7
# The columns of a segment: an entry's day and count of postings, then these postings one after another; then the
# places of those whose base value is not told by their amount, that value, and whether they have one.
COLUMNS = {
    "entry_day": "i", "entry_postings": "H", "account": "H", "commodity": "H", "minor": "q",
    "valued": "I", "base": "q", "based": "B",
}  # fmt: skip
FOOT = struct.Struct(">QI")  # where the proof begins, and its own check sum
_TRUSTED_AFTER_NS = 2_000_000_000


_SUMS = """
select account, commodity, month < ?, sum(debit), sum(credit), sum(base_debit), sum(base_credit),
count(*) - count(base_debit), count(*) - count(base_credit)
from month_balance where month < ? and month not in (?, ?) group by 1, 2, 3"""

# A segment's first and last day, and the check sum of its columns.
Segments = dict[int, tuple[int, int, int]]


def index_path(root: Root) -> Path:
    """Where the index of a root file is kept."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    name = hashlib.sha256(os.fsencode(os.path.abspath(root.file))).hexdigest()[:32]
    return cache / "acctkit" / f"{name}.sqlite"


class IndexedBalances:
    """Balances as the index holds them; raises Distrusted where it may not be believed.

    A segment is proved whole only when it is needed; where it is not, `read` reads the books after all.
    """

    def __init__(self, path: Path, root: Root, read: Callable[[], Balances]) -> None:
        if not path.is_file():
            raise Distrusted
        self._path, self._read = path, read
        self._segments, proved = _proved(path)
        self._database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            self._load(root, proved)
        except BaseException:
            self._database.close()
            raise

    def _load(self, root: Root, proved: int) -> None:
        if os.stat(self._path).st_ino != proved:  # another was put in its place meanwhile
            raise Distrusted
        about = dict(self._database.execute("select key, value from about"))
        if any(about.get(key) != value for key, value in made_for(root).items()):
            raise Distrusted
        self.entity = entity_from(json.loads(about["entity"]))
        self.last_day = date.fromisoformat(about["last_day"]) if about["last_day"] else None
        self.left_out = int(about["left_out"])
        self.roots: tuple[str, ...] = tuple(json.loads(about["roots"]))
        self.problems = [
            problem_from(json.loads(body)) for (body,) in self._rows("select body from problem order by id")
        ]
        opened = self._rows("select * from account where opened <> '' order by id")
        self.accounts = {info.name: info for info in map(account_from, opened)}
        self._account = [name for (name,) in self._rows("select name from account order by id")]
        commodities = list(self._rows("select name, scale, shown from commodity order by id"))
        self._commodity = [name for name, _, _ in commodities]
        self._scales = {name: (scale, shown) for name, scale, shown in commodities}
        self.known = json.loads(about["known"]) if "known" in about else None
        self.growth: Growth | None = None
        if grown := self._grown(int(about["made_ns"])):
            if self.known is None:
                raise Distrusted
            from acctkit.books.growth import Known, read_growth

            self.growth = read_growth(root, Known(*self.known), grown, self)
            self.problems = in_order([*self.problems, *(self.growth.problems if self.growth else [])])
            days = [added.day for added in self.growth.added] if self.growth else []
            self.last_day = max([*days, *([self.last_day] if self.last_day else [])], default=None)

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple]:  # type: ignore[type-arg]
        return iter(self._database.execute(query, values))

    def _grown(self, made_ns: int) -> Grown | None:
        """The one file that only grew since, None where none did; raises Distrusted where anything else has changed."""
        for pattern, names in self._rows("select pattern, found from glob"):
            if expand(pattern) != json.loads(names):
                raise Distrusted
        for path, exists in self._rows("select path, found from document"):
            if Path(path).exists() != bool(exists):
                raise Distrusted
        grown: Grown | None = None
        files = list(self._rows("select * from file"))
        for path, size, mtime_ns, ctime_ns, inode, _ in files:
            stamp = stamp_of(os.stat(path))
            settled = max(stamp[1], stamp[2]) + _TRUSTED_AFTER_NS < made_ns
            if stamp == (size, mtime_ns, ctime_ns, inode) and settled:
                continue
            if stamp[0] < size or os.path.islink(path) or not self._begins_as_it_was(path):
                raise Distrusted
            if stamp[0] > size:
                if grown is not None:
                    raise Distrusted
                grown = Grown(path, size, sum(row[1] for row in files))
        return grown

    def _begins_as_it_was(self, path: str) -> bool:
        """Whether a file still begins with all that was read of it."""
        with open(path, "rb") as file:
            for lo, hi, sha256 in self._rows("select lo, hi, sha256 from part where file = ? order by lo", (path,)):
                data = file.read(hi - lo)
                if len(data) != hi - lo or hashlib.sha256(data).hexdigest() != sha256:
                    return False
        return True

    def kind(self, account: str) -> str:
        """Assets, Liabilities, Equity, Income or Expenses, whatever the book calls them."""
        root = account.partition(":")[0]
        return ROOTS[self.roots.index(root)] if root in self.roots else ""

    def scale(self, commodity: str) -> int:
        """How many decimal places a minor unit of the commodity has."""
        scale, _ = self._scales.get(commodity, (2, 2))
        return int(scale)

    def file(self, path: str) -> tuple[int, int] | None:
        """How many bytes and lines of a file the index knows; None where it does not know the file."""
        return next(self._rows("select size, lines from file where path = ?", (path,)), None)

    def files(self) -> list[str]:
        """The files that the index was made of."""
        return [path for (path,) in self._rows("select path from file order by path")]

    def has_commodity(self, commodity: str) -> bool:
        """Whether the commodity was posted when the index was made."""
        return commodity in self._scales

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
        sums: dict[tuple[str, str], list[int | None]] = {}
        ends_within = period.end is not None and self.last_day is not None and period.end <= self.last_day
        days = (period.begin, period.end if ends_within else None)
        cut = {month_of(day) for day in days if day is not None and day.day != 1}
        first = month_of(period.begin) if period.begin else ""
        last = month_of(period.end) if period.end and ends_within else "9999-99"
        one, other = (*cut, "", "")[:2]
        for account, commodity, is_before, debit, credit, *base, no_debit, no_credit in self._rows(
            _SUMS, (first, last, one, other)
        ):
            row = sums.setdefault((self._account[account], self._commodity[commodity]), [0] * 6)
            if is_before:
                _add(row, 0, debit - credit, None if no_debit or no_credit else base[0] - base[1])
            else:
                _add(row, 1, debit, None if no_debit else base[0])
                _add(row, 2, credit, None if no_credit else base[1])
        for month in cut:
            self._add_days(month, period, sums)
        for added in self.growth.added if self.growth else ():
            if period.end is None or added.day < period.end:
                is_before = period.begin is not None and added.day < period.begin
                _add_posting(sums.setdefault((added.account, added.commodity), [0] * 6), is_before, added[3], added[4])
        return {key: Movement(*row) for key, row in sums.items()}  # type: ignore[arg-type]

    def _add_days(self, month: str, period: Period, sums: dict[tuple[str, str], list[int | None]]) -> None:
        first = date.fromisoformat(f"{month}-01")
        low, high = first.toordinal(), month_end(first).toordinal() + 1
        begin = period.begin.toordinal() if period.begin else 0
        end = min(high, period.end.toordinal() if period.end else high)
        wanted = [number for number, (since, to, _) in self._segments.items() if since < end and low <= to]
        for number in wanted:
            accounts, commodities, factors, columns = self._columns(number)
            days, counts, account, commodity, minors, valued, bases, based = columns
            base = self.entity.currency
            values = {i: value if has else None for i, value, has in zip(valued, bases, based, strict=True)}
            at = 0
            for day, count in zip(days, counts, strict=True):
                if low <= day < end:
                    for i in range(at, at + count):
                        name, unit = accounts[account[i]], commodities[commodity[i]]
                        minor = minors[i] * factors[commodity[i]]
                        value = values.get(i, minor if unit == base else None)
                        _add_posting(sums.setdefault((name, unit), [0] * 6), day < begin, minor, value)
                at += count

    def _columns(self, number: int) -> tuple[list[str], list[str], list[int], list[array[int]]]:
        """The names and columns of a segment; raises Distrusted where they are not those that were written."""
        query = f"select names, {', '.join(COLUMNS)} from segment where id = ?"  # noqa: S608 - our own names
        names, *blobs = next(self._rows(query, (number,)), ("",))
        if check_sum([names.encode(), *blobs]) != self._segments[number][2]:
            raise Distrusted
        accounts, commodities, factors = json.loads(names)
        columns = [array(code, blob) for code, blob in zip(COLUMNS.values(), blobs, strict=True)]
        return [self._account[i] for i in accounts], [self._commodity[i] for i in commodities], factors, columns


def month_of(day: date) -> str:
    """The month of a day, as the index names it."""
    return day.isoformat()[:7]  # strftime leaves out the zeros of a year before 1000


def made_for(root: Root) -> dict[str, str]:
    """What an index must say of itself: the same root may be read with an acct.toml or without."""
    return {"schema": f"{SCHEMA} {__version__}", "shown_as": str(root.file), "settings": str(root.settings or "")}


def _add(row: list[int | None], column: int, minor: int, base: int | None) -> None:
    row[column] += minor  # type: ignore[operator]
    held = row[column + 3]
    row[column + 3] = None if held is None or base is None else held + base


def _add_posting(row: list[int | None], is_before: bool, minor: int, base: int | None) -> None:
    column = 0 if is_before else 1 if minor > 0 else 2
    sign = -1 if column == 2 else 1
    _add(row, column, sign * minor, None if base is None else sign * base)


# The proof that an index is whole.


def check_sum(parts: Iterable[bytes]) -> int:
    """One check sum of several pieces."""
    found = 0
    for part in parts:
        found = zlib.crc32(part, found)
    return found


def prove(path: Path, needed: int, segments: Segments) -> None:
    """Write the check sums of the first `needed` bytes, which hold all but the segments, and of these."""
    with path.open("r+b") as file:
        body = json.dumps([needed, zlib.crc32(file.read(needed)), list(segments.items())]).encode()
        size = file.seek(0, os.SEEK_END)
        file.write(body + FOOT.pack(size, zlib.crc32(body)))


def _proved(path: Path) -> tuple[Segments, int]:
    """The segments and their check sums, and the inode; raises Distrusted where it is not as it was written."""
    with path.open("rb") as file:
        inode = os.fstat(file.fileno()).st_ino
        end = file.seek(0, os.SEEK_END) - FOOT.size
        if end < 0:
            raise Distrusted
        file.seek(end)
        size, found = FOOT.unpack(file.read())
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
    return {number: (since, to, crc) for number, (since, to, crc) in segments}, inode
