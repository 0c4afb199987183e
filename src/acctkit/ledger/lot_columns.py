"""Whether what is held at cost, and was read into columns, is bought and sold as booking would have it.

It is where each sale names one lot that is held and has enough in it, whatever the account's booking method: then
every posting counts as it is written. Anything else is booked in full.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from acctkit.journal.entries import Transaction
from acctkit.journal.fast import Block
from acctkit.journal.priced import Move
from acctkit.ledger.booking import booking_methods
from acctkit.ledger.ledger import Ledger
from acctkit.money import EXACT

# Methods by which a sale takes no lot, or never a single one.
_ODD_METHODS = ("NONE", "AVERAGE")
_ZERO = Decimal(0)

# The cost of one unit, its currency, and the day it was bought.
_Lot: TypeAlias = tuple[Decimal, str, str]


class Moved(NamedTuple):
    """An entry that buys or sells at cost: its day as written, its file and where it begins there, what it moves."""

    day: str
    file: str
    offset: int
    moves: list[Move]


def are_plain(ledger: Ledger, columns: Iterable[Block], moved: list[Moved]) -> bool:
    """Whether lots move plainly, and nothing else touches what is held in them.

    `columns` are the blocks of the other entries; the ledger holds what is read in no column.
    """
    moved = sorted(moved)
    held = {(move.account, move.commodity) for entry in moved for move in entry.moves}
    accounts = {account for account, _ in held}
    if any(commodity == ledger.entity.currency for _, commodity in held):  # then it is not worth what it says
        return False
    methods, _ = booking_methods(ledger.entries, ledger.options)
    if any(methods.get(account, methods[""]) in _ODD_METHODS for account in accounts):
        return False
    if any(pair in held for block in columns for pair in _pairs(block)):
        return False
    for parsed in ledger.files:
        for entry in parsed.entries:
            for posting in entry.postings if isinstance(entry, Transaction) else ():
                commodity = posting.units.commodity if posting.units else None
                if posting.account in accounts and (commodity is None or (posting.account, commodity) in held):
                    return False
    return not _is_out_of_order(moved) and _sells_what_is_held(moved)


def _pairs(block: Block) -> set[tuple[str, str]]:
    """The accounts and commodities posted to in a block."""
    pairs = {(account, commodity) for _, account, commodity, _ in block.months}
    return {(block.accounts[account], block.commodities[commodity]) for account, commodity in pairs}


def _is_out_of_order(moved: list[Moved]) -> bool:
    """Whether lots move in several files on a day, so that the order of entries there is not that of files."""
    return any(len({entry.file for entry in own}) > 1 for _, own in groupby(moved, key=itemgetter(0)))


def _sells_what_is_held(moved: list[Moved]) -> bool:
    """Whether every sale names one lot that is held, and no more of it than there is."""
    held: dict[tuple[str, str], dict[_Lot, Decimal]] = {}
    for entry in moved:
        for move in entry.moves:
            lots = held.setdefault((move.account, move.commodity), {})
            number, cost = Decimal(move.number), Decimal(move.cost)
            if number > 0:
                lot = cost, move.currency, move.lot_day or entry.day
                lots[lot] = EXACT.add(lots.get(lot, _ZERO), number)
                continue
            fit = [lot for lot in lots if lot[0] == cost and lot[1] == move.currency and move.lot_day in ("", lot[2])]
            left = EXACT.add(lots[fit[0]], number) if len(fit) == 1 else Decimal(-1)
            if left < 0:
                return False
            lots[fit[0]] = left
            if not left:
                del lots[fit[0]]
    return True
