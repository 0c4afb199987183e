"""What most entries are, read by the block: bytes to columns of integers, with no object for each entry.

One expression takes a whole transaction: its header, metadata, postings in one commodity with their amounts, the
last of which may be left out. Entries that it does not take, that do not add up to nothing, or whose metadata
asks for more than adding up, are set aside byte for byte, for the parser. What is taken here the parser reads as
the same entry, without a problem; `tests/test_fast.py` holds the two to that.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from itertools import accumulate, groupby, repeat
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from acctkit.journal.facts import Facts, Note, read_facts, read_notes
from acctkit.journal.parser import parse
from acctkit.journal.priced import COMMODITY, DAY, NAME, NUMBER, Move, Worth, read_priced
from acctkit.journal.roots import ROOTS
from acctkit.journal.source import Source, is_utf8
from acctkit.journal.tokens import ACCOUNT, LONGEST_ACCOUNT, is_account
from acctkit.money import places_of

_TEXT = rb'"[^"\\\n]*+"'
_LINE_END = rb"[ \t]*+(?:;[^\n]*+)?+\n"
_META = rb"[ \t]++[a-z][A-Za-z0-9\-_]++: ++(?:" + _TEXT + rb"|" + DAY + rb"|" + NUMBER + rb"|TRUE|FALSE)[ \t]*+\n"
_COST = rb"(?:[ \t]++\{[ \t]*+" + NUMBER + rb"[ \t]++" + COMMODITY + rb"(?:[ \t]*+,[ \t]*+" + DAY + rb")?+[ \t]*+\})?+"
_PRICED = rb"(?:[ \t]++@[ \t]++" + NUMBER + rb"[ \t]++" + COMMODITY + rb")?+"
_POSTING = rb"[ \t]++" + NAME + rb"[ \t]++-?+" + NUMBER + rb"[ \t]++" + COMMODITY + _COST + _PRICED + _LINE_END
_ENTRY = (
    rb"(" + DAY + rb")[ \t]++(?:[*]|txn)(?:[ \t]++" + _TEXT + rb"){0,2}(?:[ \t]++[#^][A-Za-z0-9\-_/.]++)*+"
    + _LINE_END
    + rb"((?:" + _META + rb")*+)"
    + rb"((?:" + _POSTING + rb"(?:" + _META + rb")*+)++)"
    + rb"(?:[ \t]++(" + NAME + rb")" + _LINE_END + rb")?+"
    + rb"(?=[ \t]*+\n|[^ \t]|\Z)(?:[ \t]*+\n)*+"
)  # fmt: skip
_PRICE = (
    rb"(" + DAY + rb"[ \t]++price[ \t]++" + COMMODITY + rb"[ \t]++" + NUMBER + rb"[ \t]++" + COMMODITY
    + rb")" + _LINE_END + rb"(?=[ \t]*+\n|[^ \t]|\Z)(?:[ \t]*+\n)*+"
)  # fmt: skip
# A block is tiled: by whole entries, by prices, by any other line.
_TILE = re.compile(rb"(" + _ENTRY + rb"|" + _PRICE + rb"|[^\n]*+\n)")
_IDLE = re.compile(rb"(?:[ \t]*+(?:;[^\n]*+)?+\n)*+")
_PUSHED = re.compile(rb"^(?:push|pop)", re.MULTILINE)
_META_LINES = re.compile(rb"\n(?:" + _META + rb")++")
_KEY_TWICE = re.compile(rb"\n[ \t]++([a-z][A-Za-z0-9\-_]++):[^\n]*+\n(?:[ \t]++[a-z][^\n]*+\n)*?[ \t]++\1:")
_PARTY = re.compile(rb"[ \t]party:")
_REMARK = re.compile(rb"[ \t]*+;[^\n]*+")
_NOT_TWO_PLACES = re.compile(rb"\.(?!\d\d(?: |\Z))")
_ACCOUNT = re.compile(ACCOUNT, re.ASCII)
_LIKE_SEAL = re.compile(rb"Z \S+ [0-9a-f]{64}")

# The whole text, day, metadata, postings with their metadata, account without an amount; or a price.
_Tile: TypeAlias = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
# By month (as written), account, commodity (indexes of names), and whether of credits.
Sums: TypeAlias = dict[tuple[str, int, int, bool], int]
# Which entries are to be set aside, told from their number in the block and what _Tile says of them.
Doubtful: TypeAlias = Callable[[Iterable[tuple[int, bytes, bytes, bytes, bytes]]], Iterable[int]]
# Days (as written) and the accounts whose balances are asked as they begin.
Watched: TypeAlias = frozenset[tuple[str, str]]
# By the last watched day up to then (as written, "" before the first), account and commodity.
DaySums: TypeAlias = dict[tuple[str, int, int], int]
# As Sums, by the currency of worth too: what was posted at a price, never negative, and what that is worth.
Valued: TypeAlias = dict[tuple[str, int, int, bool, str], tuple[int, int]]


class Span(NamedTuple):
    """Text that was set aside: where it begins in its file, in bytes and in lines from 0, and what it says."""

    offset: int
    line: int
    text: bytes


class Lots(NamedTuple):
    """The entries of a block that buy or sell at cost: as columns, what moves in lots, and the text of each.

    `moves` has for each entry where it begins, its day as written, and its postings at cost. They count as columns
    only where booking would take the same lots, see `ledger.lot_columns`; else their text is set aside.
    """

    block: Block
    moves: list[tuple[int, str, list[Move]]]
    spans: list[Span]


# Offset, day and count of postings of an entry; account, commodity and amount of a posting.
COLUMNS = "QiHHHq"


class Asked(NamedTuple):
    """What is asked of a block beside its sums.

    `watched` are accounts, with those below them, whose balances are asked as a day begins. Set aside are the entries
    whose refs are `named`, and those that `doubtful` tells.
    """

    watched: Watched = frozenset()
    named: frozenset[bytes] = frozenset()
    doubtful: Doubtful | None = None


_NOTHING_ASKED = Asked()


class Block(NamedTuple):
    """A part of a file: its entries as columns, their sums, and the text that was set aside.

    Amounts are minor units, debit positive, of so many `places` of each commodity. `columns` hold the bytes of
    arrays, see COLUMNS; accounts and commodities are indexes of the lists here, days are ordinals. `months` are
    gross sums, never negative; `days` are net, of the accounts that are watched, from one such day to the next.
    `digits` counts how many decimal places the amounts of what is no currency are written with, `used` how often a
    commodity is posted. `worth` says of postings at a price, by their place in the columns, how many minor units of
    which currency they weigh; a currency's minor unit is the usual one. `valued` adds that up by side, neither
    negative but where rounding makes it so.
    """

    lines: int
    accounts: list[str]
    commodities: list[str]
    places: dict[str, int]
    digits: dict[str, Counter[int]]
    used: Counter[str]
    columns: tuple[bytes, ...]
    months: Sums
    days: DaySums
    first_day: int
    last_day: int
    entries: int
    facts: Facts
    worth: list[Worth]
    valued: Valued
    aside: list[Span]
    may_be_sealed: bool
    lots: Lots | None

    def read_columns(self) -> list[array[int]]:
        """The columns as arrays."""
        return [array(code, column) for code, column in zip(COLUMNS, self.columns, strict=True)]


class _Numbers(dict[bytes, int]):
    """Numbers for names, given in the order they come."""

    def __missing__(self, name: bytes) -> int:
        self[name] = number = len(self)
        return number


class _Days(dict[bytes, int]):
    """Days as ordinals, each worked out once."""

    def __missing__(self, text: bytes) -> int:
        self[text] = day = date.fromisoformat(text.decode()).toordinal()
        return day


_days = _Days()


def scan(data: bytes, start: int = 0, asked: Asked | None = None) -> Block | None:
    """Read a block of whole directives that begins at byte `start` of its file; None where the parser must read all.

    None is given for what is not UTF-8, has CR line ends or a byte order mark, pushes tags, has a string that may run
    past a directive, or an amount past 64 bits.
    """
    if b"\r" in data or b"\0" in data or data.startswith(b"\xef\xbb\xbf") or not (data.isascii() or is_utf8(data)):
        return None
    tiles: list[_Tile] = _TILE.findall(data if data.endswith(b"\n") else data + b"\n")
    starts = list(accumulate(map(len, map(itemgetter(0), tiles)), initial=start))
    bodies: dict[int, bytes] = {}
    metas: dict[int, bytes] = {}
    detailed: list[int] = []
    odd: list[int] = []
    for index, (_, day, meta, body, rest, _) in enumerate(tiles):
        if day:
            bodies[index] = body
            if meta:
                metas[index] = meta
            if b": " in body:
                detailed.append(index)
            if rest or b"@" in body or b"{" in body or b";" in body:
                odd.append(index)
    watched, named, doubtful = asked or _NOTHING_ASKED
    for index in list(doubtful((at, *tiles[at][1:5]) for at in bodies)) if doubtful else ():
        del bodies[index]
        metas.pop(index, None)
    noted = read_notes(metas)
    notes = {index: note for index, note in noted.items() if note is not None and note[0] not in named}
    for index in noted.keys() - notes.keys():
        del bodies[index]
    worth: dict[int, list[Worth]] = {}
    moves: dict[int, list[Move]] = {}
    _without_metadata([index for index in detailed if index in bodies], bodies)
    _make_plain(tiles, odd, bodies, worth, moves)
    in_lots = {index: bodies.pop(index) for index in moves if index in bodies}
    text = _Text(data, tiles, starts)
    try:
        read, read_lots = _read_fit(bodies, worth), _read_fit(in_lots, worth)
        beside = _beside(text, bodies.keys() | in_lots.keys())
        aside = _set_aside(data, start, beside)
        if aside is None:
            return None
        # A seal is a remark; one whose line was joined to an entry's may be a remark of that.
        remarks = [own for _, own in beside] + [tiles[index][0] for index in odd if b";" in tiles[index][0]]
        block = _block(text, bodies, read, notes, worth, watched)
        return block._replace(
            lines=data.count(b"\n"),
            aside=aside,
            may_be_sealed=any(map(_may_be_sealed, remarks)),
            lots=Lots(
                _block(text, in_lots, read_lots, notes, worth, watched),
                [(starts[index], tiles[index][1].decode(), moves[index]) for index in in_lots],
                _spans(data, start, [(starts[index] - start, tiles[index][0]) for index in in_lots]),
            )
            if in_lots
            else None,
        )
    except OverflowError:
        return None


def _read_fit(bodies: dict[int, bytes], worth: dict[int, list[Worth]]) -> _Read:
    """The postings of the entries; those that do not add up to nothing are taken out."""
    read = _read(bodies, worth)
    if read.unfit:
        for index in set(read.unfit):
            del bodies[index]
        read = _read(bodies, worth)
    return read


def _without_metadata(detailed: list[int], bodies: dict[int, bytes]) -> None:
    """Leave out what stands below postings; where that says more than adding up, or a thing twice, take them out."""
    joined = b"\0".join([bodies[index] for index in detailed])
    # A remark may look like metadata, and a text hold what looks like a remark.
    if b";" in joined or b"party:" in joined or _KEY_TWICE.search(joined):
        for index in detailed:
            body = bodies[index]
            if b";" in body or _PARTY.search(body) or _KEY_TWICE.search(body):
                del bodies[index]
        detailed = [index for index in detailed if index in bodies]
        joined = b"\0".join([bodies[index] for index in detailed])
    if detailed:
        bodies.update(zip(detailed, _META_LINES.sub(b"\n", joined).split(b"\0"), strict=True))


def _make_plain(
    tiles: list[_Tile], odd: list[int], bodies: dict[int, bytes],
    worth: dict[int, list[Worth]], moves: dict[int, list[Move]],
) -> None:  # fmt: skip
    """Leave bare postings, each with its amount, of the entries that have more; those that cannot be are taken out."""
    for index in odd:
        if index not in bodies:
            continue
        plain: bytes | None = bodies[index]
        if plain and b";" in plain:
            plain = _REMARK.sub(b"", plain)
        if plain and (b"@" in plain or b"{" in plain):
            priced = None if tiles[index][4] else read_priced(plain)
            plain = priced and priced.body
            if priced:
                worth[index] = priced.worth
            if priced and priced.moves:
                moves[index] = priced.moves
        elif plain and tiles[index][4]:
            plain = _completed(plain, tiles[index][4])
        if plain is None:
            del bodies[index]
        else:
            bodies[index] = plain


def _completed(body: bytes, rest: bytes) -> bytes | None:
    """Postings with the last one's amount worked out, where all are written with two places in one commodity."""
    words = body.split()
    numbers, commodities = words[1::3], set(words[2::3])
    if len(commodities) > 1 or any(number[-3:-2] != b"." for number in numbers):
        return None
    wanted = -sum(int(number.replace(b".", b"")) for number in numbers)
    if not wanted:
        return None  # such a posting is left out
    sign = "-" if wanted < 0 else ""
    amount = f"{sign}{abs(wanted) // 100}.{abs(wanted) % 100:02d}"
    return body + b"  " + rest + b"  " + amount.encode() + b" " + words[2] + b"\n"


class _Read(NamedTuple):
    """The postings of a block: names, how often used, and columns in the order of the entries.

    The entries that are `unfit` do not add up to nothing.
    """

    accounts: list[str]
    commodities: list[str]
    places: list[int]
    digits: dict[str, Counter[int]]
    used: list[int]
    counts: list[int]
    account: list[int]
    commodity: list[int]
    minor: list[int]
    unfit: list[int]


def _read(bodies: dict[int, bytes], worth: dict[int, list[Worth]]) -> _Read:
    """The postings of the entries as columns; raises OverflowError for an account that is none."""
    words = b"".join(bodies.values()).split()
    account, commodity = _Numbers(), _Numbers()
    accounts = list(map(account.__getitem__, words[0::3]))
    commodities = list(map(commodity.__getitem__, words[2::3]))
    numbers = words[1::3]
    names = [name.decode() for name in account]
    if not all(len(n) <= LONGEST_ACCOUNT and _ACCOUNT.fullmatch(n) and is_account(n, ROOTS) for n in names):
        raise OverflowError
    joined = b" ".join(numbers)
    if joined.count(b".") == len(numbers) and not _NOT_TWO_PLACES.search(joined):
        minor = list(map(int, joined.replace(b".", b"").split()))
        written: Iterable[int] = repeat(2, len(numbers))
        places = [2] * len(commodity)
    else:
        written = [len(n) - at - 1 if (at := n.find(b".")) >= 0 else 0 for n in numbers]
        places = [0] * len(commodity)
        for number, digits in zip(commodities, written, strict=True):
            places[number] = max(places[number], digits)
        minor = [
            int(n.replace(b".", b"")) * 10 ** (places[c] - digits)
            for n, c, digits in zip(numbers, commodities, written, strict=True)
        ]
    counts = [body.count(b"\n") for body in bodies.values()]
    ends = list(accumulate(counts, initial=0))
    running = list(accumulate(minor, initial=0))
    unfit = [
        index
        for index, begin, end in zip(bodies, ends, ends[1:], strict=False)
        if running[begin] != running[end] and index not in worth
    ]
    if 0 in minor:  # nothing moved, and yet somebody asks what it is worth
        indexes = list(bodies)
        unfit += {indexes[bisect_right(ends, i) - 1] for i, number in enumerate(minor) if not number}
    used = [commodities.count(number) for number in range(len(commodity))]
    if len(commodity) > 1:
        most = used.index(max(used))
        unfit += [index for index in _mixed(list(bodies), ends, commodities, most) if index not in worth]
    units = [name.decode() for name in commodity]
    digits_of = {name: Counter[int]() for name in units if places_of(name) is None}
    if digits_of:
        for number, digits in zip(commodities, written, strict=True):
            if units[number] in digits_of:
                digits_of[units[number]][digits] += 1
    return _Read(names, units, places, digits_of, used, counts, accounts, commodities, minor, unfit)


def _mixed(indexes: list[int], ends: list[int], commodities: list[int], most: int) -> set[int]:
    """The entries whose postings are in more than one commodity; few are in another than most."""
    at = {bisect_right(ends, i) - 1 for i, number in enumerate(commodities) if number != most}
    return {indexes[n] for n in at if len(set(commodities[ends[n] : ends[n + 1]])) > 1}


class _Text(NamedTuple):
    """A block's bytes, its tiles, and where each begins in its file."""

    data: bytes
    tiles: list[_Tile]
    starts: list[int]


def _block(
    text: _Text, bodies: dict[int, bytes], read: _Read,
    notes: dict[int, Note], worth: dict[int, list[Worth]], watched: Watched,
) -> Block:  # fmt: skip
    """The entries as columns; nothing is set aside yet."""
    data, tiles, starts = text
    written = [tiles[index][1] for index in bodies]
    days = list(map(_days.__getitem__, written))
    months, by_day = _sums(written, read, watched)
    offsets = [starts[index] for index in bodies]
    columns = (offsets, days, read.counts, read.account, read.commodity, read.minor)
    values, valued = _values(tiles, bodies, read, worth)
    return Block(
        lines=0,
        accounts=read.accounts,
        commodities=read.commodities,
        places=dict(zip(read.commodities, read.places, strict=True)),
        digits=read.digits,
        used=Counter(dict(zip(read.commodities, read.used, strict=True))),
        columns=tuple(array(code, column).tobytes() for code, column in zip(COLUMNS, columns, strict=True)),
        months=months,
        days=by_day,
        first_day=min(days, default=0),
        last_day=max(days, default=0),
        entries=len(days),
        facts=read_facts({starts[index] - starts[0]: notes[index] for index in bodies if index in notes}, data),
        worth=values,
        valued=valued,
        aside=[],
        may_be_sealed=False,
        lots=None,
    )


def _values(
    tiles: list[_Tile], bodies: dict[int, bytes], read: _Read, worth: dict[int, list[Worth]]
) -> tuple[list[Worth], Valued]:
    """What postings at a price are worth, by their place in the columns, and the sums of that by month."""
    values: list[Worth] = []
    sums: Valued = {}
    for index, begin in zip(bodies, accumulate(read.counts, initial=0), strict=False) if worth else ():
        for leg, unit, value in worth.get(index, ()):
            at = begin + leg
            values.append(Worth(at, unit, value))
            minor, is_credit = read.minor[at], read.minor[at] < 0
            key = tiles[index][1][:7].decode(), read.account[at], read.commodity[at], is_credit, unit
            posted, held = sums.get(key, (0, 0))
            sums[key] = posted + abs(minor), held - value if is_credit else held + value
    return values, sums


def _above(account: str) -> Iterator[str]:
    """An account and all those above it."""
    while account:
        yield account
        account = account.rpartition(":")[0]


def _sums(days: list[bytes], read: _Read, watched: Watched) -> tuple[Sums, DaySums]:
    """The gross sums of each month, and what watched accounts and those below them move between the days watched."""
    width = len(read.commodities)
    keys = [a * width + c for a, c in zip(read.account, read.commodity, strict=True)] if width > 1 else read.account
    names = {account for _, account in watched}
    wanted = {i for i, name in enumerate(read.accounts) if any(above in names for above in _above(name))}
    marks = sorted({day.encode() for day, _ in watched}) if wanted else []
    spans = {day: (day[:7], marks[at - 1] if (at := bisect_right(marks, day)) else b"") for day in set(days)}
    by_month: defaultdict[tuple[str, int, int, bool], int] = defaultdict(int)
    by_day: defaultdict[tuple[str, int, int], int] = defaultdict(int)
    end = at = 0
    for (month, since), run in groupby(map(spans.__getitem__, days)):
        entries = sum(1 for _ in run)
        begin, end = end, end + sum(read.counts[at : at + entries])
        at += entries
        debits: defaultdict[int, int] = defaultdict(int)
        credits_: defaultdict[int, int] = defaultdict(int)
        for key, minor in zip(keys[begin:end], read.minor[begin:end], strict=True):
            if minor < 0:
                credits_[key] -= minor
            else:
                debits[key] += minor
        for is_credit, sums in ((False, debits), (True, credits_)):
            for key, total in sums.items():
                account, commodity = divmod(key, width)
                by_month[month.decode(), account, commodity, is_credit] += total
                if account in wanted:
                    by_day[since.decode(), account, commodity] += -total if is_credit else total
    return dict(by_month), dict(by_day)


def _beside(text: _Text, taken: Collection[int]) -> list[tuple[int, bytes]]:
    """The text that no column holds, with where it begins in the block."""
    data, tiles, starts = text
    found: list[tuple[int, bytes]] = []
    begin = end = 0
    for index in [index for index, tile in enumerate(tiles) if index not in taken and not tile[5]]:
        if index != end or not found:
            begin = starts[index] - starts[0]
            found.append((begin, b""))
        end = index + 1
        found[-1] = begin, data[begin : starts[end] - starts[0]]
    return found


def _set_aside(data: bytes, start: int, beside: list[tuple[int, bytes]]) -> list[Span] | None:
    """What stands beside the columns, less blank lines and remarks; None where one may run into the next entry."""
    kept = [(begin, text) for begin, text in beside if not _IDLE.fullmatch(text)]
    if any(_PUSHED.search(text) or not _is_closed(text) for _, text in kept):
        return None
    return _spans(data, start, kept)


def _spans(data: bytes, start: int, texts: list[tuple[int, bytes]]) -> list[Span]:
    """Texts of a block with where they begin in their file, in order."""
    spans: list[Span] = []
    line = counted = 0
    for begin, text in texts:
        line += data.count(b"\n", counted, begin)
        counted = begin
        spans.append(Span(start + begin, line, text))
    return spans


def _may_be_sealed(text: bytes) -> bool:
    """Whether a text holds a seal, or what is left of one."""
    return b"; seal " in text or (b"Z " in text and bool(_LIKE_SEAL.search(text)))


def _is_closed(text: bytes) -> bool:
    """Whether every string that begins in a text ends in it, whatever follows."""
    if b"\\" not in text and all(line.count(b'"') % 2 == 0 for line in text.split(b"\n")):
        return True
    # A string over several lines, or with escapes: what has no problem by itself has none elsewhere.
    return not parse(Source("", text)).problems
