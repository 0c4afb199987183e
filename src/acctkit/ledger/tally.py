"""Entries that were read by the block, added up: what a ledger of the other entries needs to know of them.

A ledger with a tally answers a trial balance as the whole ledger would; see `judge` for when it may.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from acctkit.money import to_decimal
from acctkit.period import month_end

if TYPE_CHECKING:
    from acctkit.journal.fast import Block


class Tally:
    """Blocks of columns added up. Amounts are minor units of so many `places`, debit positive."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.places: dict[str, int] = {}
        self.digits: dict[str, Counter[int]] = {}
        self.used: Counter[str] = Counter()
        self._posted_in: dict[str, dict[str, tuple[int, int]]] = {}
        for block in blocks:
            self.used += block.used
            for commodity, places in block.places.items():
                self.places[commodity] = max(places, self.places.get(commodity, 0))
            for commodity, counted in block.digits.items():
                self.digits.setdefault(commodity, Counter()).update(counted)

    @property
    def last_day(self) -> date | None:
        """The day of the last entry, None where there is none."""
        last = max((block.last_day for block in self.blocks), default=0)
        return date.fromordinal(last) if last else None

    @cached_property
    def months(self) -> dict[tuple[str, str, str], list[int]]:
        """By month, account and commodity: debits and credits, neither negative."""
        found: dict[tuple[str, str, str], list[int]] = {}
        for block in self.blocks:
            factors = self._factors(block)
            for (month, account, commodity, is_credit), total in block.months.items():
                key = month, block.accounts[account], block.commodities[commodity]
                row = found.get(key)
                if row is None:
                    row = found[key] = [0, 0]
                row[is_credit] += total * factors[commodity]
        return found

    @cached_property
    def worth(self) -> dict[tuple[str, str, str, bool, str], list[int]]:
        """By month, account, commodity, side and currency: what was posted at a price, and what that is worth.

        Neither is negative, but where rounding makes it so.
        """
        found: dict[tuple[str, str, str, bool, str], list[int]] = {}
        for block in self.blocks:
            factors = self._factors(block) if block.valued else []
            for (month, account, commodity, is_credit, currency), (posted, value) in block.valued.items():
                key = month, block.accounts[account], block.commodities[commodity], is_credit, currency
                row = found.setdefault(key, [0, 0])
                row[0] += posted * factors[commodity]
                row[1] += value
        return found

    def _factors(self, block: Block) -> list[int]:
        return [10 ** (self.places[name] - block.places[name]) for name in block.commodities]

    @cached_property
    def pairs(self) -> dict[tuple[str, str], tuple[str, str]]:
        """The accounts and commodities posted to, with the first and the last month."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for month, account, commodity in self.months:
            first, last = found.get((account, commodity), (month, month))
            found[account, commodity] = min(first, month), max(last, month)
        return found

    def first_day(self, account: str, month: str) -> date:
        """The first day of a month on which an account is posted to."""
        first, _ = self._posted(month).get(account, (date.max.toordinal(), 0))
        return date.fromordinal(first)

    def last_day_of(self, account: str, month: str) -> date:
        """The last day of a month on which an account is posted to."""
        _, last = self._posted(month).get(account, (0, date.min.toordinal()))
        return date.fromordinal(last)

    def _posted(self, month: str) -> dict[str, tuple[int, int]]:
        """The accounts posted to in a month, with the first and the last day."""
        if month not in self._posted_in:
            self._posted_in[month] = self._find_posted(month)
        return self._posted_in[month]

    def _find_posted(self, month: str) -> dict[str, tuple[int, int]]:
        low = date.fromisoformat(f"{month}-01").toordinal()
        high = month_end(date.fromordinal(low)).toordinal()
        found: dict[str, tuple[int, int]] = {}
        for block in self.blocks:
            if block.first_day > high or block.last_day < low:
                continue
            _, days, counts, accounts, _, _ = block.read_columns()
            at = 0
            for day, count in zip(days, counts, strict=True):
                for i in range(at, at + count) if low <= day <= high else ():
                    name = block.accounts[accounts[i]]
                    first, last = found.get(name, (day, day))
                    found[name] = min(first, day), max(last, day)
                at += count
        return found

    # Balances that are asserted.

    @cached_property
    def _days(self) -> dict[str, dict[str, tuple[list[str], list[int]]]]:
        """By commodity and account: days that are watched, and what has moved until the next."""
        moved: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for block in self.blocks:
            factors = self._factors(block)
            for (day, account, commodity), total in block.days.items():
                moved[block.commodities[commodity], block.accounts[account]][day] += total * factors[commodity]
        found: dict[str, dict[str, tuple[list[str], list[int]]]] = defaultdict(dict)
        for (unit, name), by_day in moved.items():
            days = sorted(by_day)
            found[unit][name] = days, list(accumulate(by_day[day] for day in days))
        return found

    def held(self, account: str, commodity: str, day: date) -> Decimal:
        """What a watched account and those below it hold of a commodity when a day begins."""
        total, before = 0, day.isoformat()
        moved = self._days.get(commodity, {})
        for name in self._below.get(account, ()):
            if name in moved:
                days, sums = moved[name]
                at = bisect_left(days, before)
                total += sums[at - 1] if at else 0
        return to_decimal(total, self.places.get(commodity, 0))

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        """For each account that is posted to, and each above one, the accounts at and below it."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in {name for block in self.blocks for name in block.accounts}:
            above = name
            while above:
                found[above].append(name)
                above = above.rpartition(":")[0]
        return found
