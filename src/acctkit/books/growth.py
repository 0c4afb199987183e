"""What was appended since the index was made, read from where it ended.

Only what can be judged by what the index knows is taken: plain entries that bring no problem. Else Distrusted is
raised, and the books are read.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

from acctkit.audit import Chain, bytes_since_seal, read_chain
from acctkit.audit.seals import Seal
from acctkit.books.files import open_regular, settled_stamp
from acctkit.books.kept import Added, Distrusted, Grown
from acctkit.books.lock import lock_path
from acctkit.books.root import Root
from acctkit.journal.fast import Block, scan
from acctkit.journal.roots import ROOTS
from acctkit.journal.source import Source
from acctkit.ledger.balances import AccountInfo
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import SERIES, Ledger
from acctkit.ledger.references import LEAST_IN_SERIES
from acctkit.problem import Problem

# What is read again each time may be about so many times as much as would cost what making the index anew does, which
# takes the longer the more there is to read: then both together cost the least.
FEWEST_BYTES = 1 << 15
_SHARE = 1 << 10


class Known(NamedTuple):
    """What the index knows beside sums, to judge entries that are added.

    `series` gives each prefix of refs its last number and how many it has, `asserted` each account the last day its
    balance is asserted, `used` how often commodities are posted where that decides the base currency, `seals` the
    last seal's number and hash: [] without seals, None where text after it is not sealed; `covers` what the seals
    cover outside the stream, `latest` the ref of each type's latest entry, `stream` the files acct appends to. What
    is appended to `newest` comes after all else, and no other file may grow ("": none may). `has_pending` is whether
    an entry is flagged `!`, `locked` the last day a lock ever closed, `at_cost` are the accounts that hold lots.
    """

    parties: list[str]
    series: dict[str, list[int]]
    asserted: dict[str, str]
    used: dict[str, int]
    seals: list[str | int] | None
    covers: dict[str, str]
    latest: dict[str, str]
    stream: list[str]
    newest: str
    has_pending: bool
    locked: str
    at_cost: list[str]


class Tail(NamedTuple):
    """What a file has gained: where that begins, and the bytes."""

    file: str
    offset: int
    data: bytes


class Held(Protocol):
    """What the index holds, as far as a new posting is judged by it."""

    entity: Entity
    accounts: dict[str, AccountInfo]
    roots: tuple[str, ...]

    def file(self, path: str) -> tuple[int, int] | None:
        """How many bytes and lines of a file the index knows; None where it does not know the file."""

    def has_commodity(self, commodity: str) -> bool:
        """Whether the commodity was posted when the index was made."""

    def scale(self, commodity: str) -> int:
        """How many decimal places a minor unit of the commodity has."""


class Growth(NamedTuple):
    """What was gained: the text, its columns and postings, and the seals it ends with, None where there are none.

    Its `problems` are of its VAT.
    """

    tail: Tail
    block: Block
    added: list[Added]
    chain: Chain | None
    problems: list[Problem]


def read_growth(root: Root, known: Known, grown: Grown, held: Held) -> Growth | None:
    """What the newest file has gained, None where that does not count yet.

    Raises Distrusted where it asks for more than adding up.
    """
    size = settled_stamp(grown.file, lock_path(root.file, root.folder))[0]
    if size == grown.size:
        return None
    most = max(FEWEST_BYTES, math.isqrt(grown.known * _SHARE))
    if grown.file != known.newest or not grown.size <= size <= grown.size + most:
        raise Distrusted
    tail = _tail(grown, size)
    block = require_plain(tail)
    require_known_refs(known, [block])
    added = required(block, known, held, block.used)
    return Growth(tail, block, added, _require_sealed(root, known, tail, block), vat_problems(tail, held))


def vat_problems(tail: Tail, held: Held) -> list[Problem]:
    """What is wrong with the VAT of entries that are added; raises Distrusted where that takes those before them."""
    if held.entity.vat is None:
        return []
    from acctkit.journal.parser import parse
    from acctkit.vat.checks import check_added

    _, lines = held.file(tail.file) or (0, 0)
    count = tail.data.count(b"\n") + 1
    source = Source(tail.file, tail.data, numbers=range(lines + 1, lines + 1 + count))
    ledger = Ledger([parse(source)], held.entity)
    ledger.accounts = held.accounts
    found = check_added(ledger) if held.roots == ROOTS else None
    if found is None:
        raise Distrusted
    return found


def _tail(file: Grown, size: int) -> Tail:
    """What a file has gained up to a size, which must begin a line of its own that continues no entry."""
    with open_regular(file.file) as opened:
        opened.seek(max(0, file.size - 1))
        before = opened.read(min(1, file.size))
        data = opened.read(size - file.size)
    if before not in (b"", b"\n") or data[:1] in (b" ", b"\t", b""):
        raise Distrusted
    return Tail(file.file, file.size, data)


def require_plain(tail: Tail) -> Block:
    """The entries of a text; raises Distrusted where not all of them go into columns."""
    block = scan(tail.data, tail.offset)
    if block is None or block.aside or block.lots or block.digits or block.worth or block.facts.has_theirs:
        raise Distrusted
    return block


def _require_sealed(root: Root, known: Known, tail: Tail, block: Block) -> Chain | None:
    """The chain of what was added to sealed books, which is sealed to its end; None where there are no seals."""
    if known.seals is None:
        raise Distrusted
    if not known.seals and not block.may_be_sealed:
        return None
    source = Source(tail.file, tail.data)
    if known.seals:
        number, head = known.seals
        chain = read_chain([source], Seal(int(number), "", "", str(head), "", 0))
    else:  # the first seal covers all that stood there before, which holds none
        lock = lock_path(root.file, root.folder)
        before = [_begin(name, tail.offset if name == tail.file else None, lock) for name in known.stream]
        chain = read_chain([source], None, before)
    if chain.problems or not chain.seals or any(bytes_since_seal([source])):
        raise Distrusted
    return chain


def _begin(name: str, size: int | None, lock: Path) -> bytes:
    """A file up to a size, or what of it counts."""
    with open_regular(name) as file:
        return file.read(settled_stamp(name, lock)[0] if size is None else size)


def require_known_refs(known: Known, blocks: list[Block]) -> None:
    """Every ref is the next of its series, every type and party one that is known; else Distrusted is raised.

    What gaps a series has is only told once it has a few refs.
    """
    series = {prefix: list(row) for prefix, row in known.series.items()}
    for block in blocks:
        if not block.facts.types <= set(SERIES) or (known.parties and not block.facts.parties <= set(known.parties)):
            raise Distrusted
        if block.facts.named or block.facts.is_twice:
            raise Distrusted
        for prefix, numbers in block.facts.series.items():
            first, last = numbers[0]
            row = series.setdefault(prefix, [first - 1, LEAST_IN_SERIES])
            if len(numbers) > 1 or first != row[0] + 1 or row[1] < LEAST_IN_SERIES:
                raise Distrusted
            row[0], row[1] = last, row[1] + last - first + 1


def required(block: Block, known: Known, held: Held, used: Counter[str]) -> list[Added]:
    """The postings of a block, each on an open account that takes its commodity and holds no lots.

    None is dated before an assertion, nor in days that were ever locked.
    `used` is how often commodities were posted since the index was made. Raises Distrusted for any other posting.
    """
    if known.used and min(known.used, key=lambda c: (-known.used[c] - used[c], c)) != held.entity.currency:
        raise Distrusted
    for commodity, places in block.places.items():
        if not held.has_commodity(commodity) or places > held.scale(commodity):
            raise Distrusted
    factors = [10 ** (held.scale(name) - block.places[name]) for name in block.commodities]
    asserted = {account: _last_asserted(account, known) for account in block.accounts}
    at_cost = set(known.at_cost)
    added, at = [], 0
    _, days, counts, accounts, commodities, minors = block.read_columns()
    for ordinal, count in zip(days, counts, strict=True):
        day = date.fromordinal(ordinal)
        if day.isoformat() <= known.locked:
            raise Distrusted
        for i in range(at, at + count):
            account, commodity = block.accounts[accounts[i]], block.commodities[commodities[i]]
            info = held.accounts.get(account)
            if (
                info is None
                or account in at_cost
                or day < info.opened
                or (info.closed is not None and day > info.closed)
            ):
                raise Distrusted
            if (info.commodities and commodity not in info.commodities) or day.isoformat() < asserted[account]:
                raise Distrusted
            minor = minors[i] * factors[commodities[i]]
            added.append(Added(account, commodity, day, minor, minor if commodity == held.entity.currency else None))
        at += count
    return added


def _last_asserted(account: str, known: Known) -> str:
    """The last day the balance of an account, or of one above it, is asserted; "" where it never is."""
    last = ""
    while account:
        last = max(last, known.asserted.get(account, ""))
        account = account.rpartition(":")[0]
    return last
