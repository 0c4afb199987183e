"""Money that went from one own account to another: recognised where both sides show it, and there is one way to see it.

A pair is a line out of one account and a line into another, of equal amounts, a few days apart. Across currencies the
two amounts must agree with the books' price within a margin, and the entry takes its rate from them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from acctkit.coding.lines import TRANSFER, Coded, Line, OpenEntry, Suggestion, Waiting
from acctkit.coding.worth import Prices
from acctkit.ledger.ledger import Ledger
from acctkit.matching.likeness import name_words
from acctkit.money import ARITHMETIC, format_minor, rescale, to_decimal

SAME, IT = "the same amount", "it"
_MOST_DAYS = timedelta(days=5)
# In percent of the books' price: a bank's rate has its margin, and prices move within a month.
_RATE_MARGIN = 5
_TRANSFER_WORDS = frozenset("TRANSFER TFR TRF XFER FX EXCHANGE CONVERSION".split())  # noqa: SIM905 - words of banks
# What banks write on a line between own accounts that is nobody's name.
_BANK_WORDS = frozenset(
    ("THANK", "YOU", "RECEIVED", "SALE", "BUY", "SELL", "SOLD", "INTERNAL", "OWN", "MONTHLY", "FULL")
)
_BANK_WORDS |= frozenset(("MONTHLY", "SAVINGS", "CURRENT", "BALANCE", "REPAYMENT", "AUTOPAY"))
_TOKEN = re.compile(r"[A-Z]+|[0-9]+")
_LEAST_DIGITS = 4

Key = tuple[str, str]


class Way(NamedTuple):
    """A way to see a transfer: the line out, the line in, and how their amounts agree ("" they are equal)."""

    out: Line
    into: Line
    said: str

    @property
    def keys(self) -> tuple[Key, Key]:
        """The keys of both lines."""
        return self.out.key, self.into.key

    def other(self, line: Line) -> Line:
        """The other side."""
        return self.into if line.key == self.out.key else self.out


def shows(other: Line, line: Line, what: str) -> str:
    """How another account shows a line: SAME, or IT where the amounts are of two currencies."""
    days = abs((other.date - line.date).days)
    when = "on the same day" if not days else f"{days} day{'s' if days > 1 else ''} apart"
    way = "out" if line.amount.minor > 0 else "in"
    return f"{other.account} shows {what} {way}, {other.id}, {when}"


class Transfers:
    """The open lines and entries of all own accounts, and what of them may be transfers."""

    def __init__(self, ledger: Ledger, waiting: Sequence[Waiting], prices: Prices) -> None:
        self.ledger = ledger
        self.prices = prices
        self.waiting = {one.account: one for one in waiting}
        self.lines = sorted((line for one in waiting for line in one.lines), key=order)
        self.free = [line for line in self.lines if not self._is_held(line)]
        self.ways: dict[Key, list[Way]] = {}
        for way in self._all_ways():
            for key in way.keys:
                self.ways.setdefault(key, []).append(way)

    def _is_held(self, line: Line) -> bool:
        one = self.waiting[line.account]
        return line.id in one.matched or line.id in one.perhaps

    def _all_ways(self) -> Iterator[Way]:
        """Every line out with every line in that it may be: of its amount, or of another currency."""
        ins = [line for line in self.free if line.amount.minor > 0]  # in order of date
        equal: dict[tuple[str, Decimal], list[Line]] = {}
        foreign: dict[str, list[Line]] = {}
        currencies = {line.amount.commodity for line in self.free}
        for line in ins:
            equal.setdefault((line.amount.commodity, _size(line)), []).append(line)
            for currency in currencies - {line.amount.commodity}:
                foreign.setdefault(currency, []).append(line)
        for out in self.free:
            if out.amount.minor < 0:
                currency = out.amount.commodity
                for near in (equal.get((currency, _size(out)), []), foreign.get(currency, [])):
                    yield from self._ways_of(out, near)

    def _ways_of(self, out: Line, ins: list[Line]) -> Iterator[Way]:
        """The ways to see a line out with those of some lines in, in order of date, that are near it."""
        first = bisect_left(ins, out.date - _MOST_DAYS, key=lambda line: line.date)
        last = bisect_right(ins, out.date + _MOST_DAYS, key=lambda line: line.date)
        for into in ins[first:last]:
            if into.account != out.account and (said := self._agree(out, into)) is not None:
                yield Way(out, into, said)

    def _agree(self, out: Line, into: Line) -> str | None:
        """How the amounts of a line out and a line in agree, None where they do not."""
        one, other = out.amount, into.amount
        if one.commodity == other.commodity:
            return "" if to_decimal(-one.minor, one.scale) == to_decimal(other.minor, other.scale) else None
        ours, theirs = self.prices.worth(out), self.prices.worth(into)
        if ours.base is None or theirs.base is None:
            return None
        scale = max(ours.scale, theirs.scale)
        sent, got = rescale(-ours.base, ours.scale, scale), rescale(theirs.base, theirs.scale, scale)
        if abs(got - sent) * 100 > sent * _RATE_MARGIN:
            return None
        rate = ARITHMETIC.divide(to_decimal(other.minor, other.scale), to_decimal(-one.minor, one.scale))
        shown = f"1 {one.commodity} was {rate.quantize(Decimal('1.0000')):f} {other.commodity}"
        if got == sent:
            return f"{shown}, the books' price"
        word = "more" if got > sent else "less"
        base = self.ledger.entity.currency
        said = " and ".join(filter(None, (ours.said, theirs.said)))
        return f"{shown}, {format_minor(abs(got - sent), scale, 2)} {base} {word} than {said}"

    # From both sides.

    def certain(self, taken: Collection[Key], is_open: Callable[[date], bool]) -> Iterator[Suggestion]:
        """The transfers that both sides show, each as a suggestion for its line out; `why` tells where one is in doubt.

        `taken` are the lines that something else explains; they do not count as the other side of anything.
        """
        gone = frozenset(taken)
        for line in self.free:
            if line.amount.minor > 0:
                continue
            for way in self.ways.get(line.key, ()):
                if gone.isdisjoint(way.keys) and is_open(min(way.out.date, way.into.date)):
                    near = (one for key in way.keys for one in self.ways[key])
                    rivals = [one for one in near if one is not way and gone.isdisjoint(one.keys)]
                    yield self._made(way, line, self._doubt(way, rivals))

    def _doubt(self, way: Way, rivals: Sequence[Way]) -> str:
        """What speaks against a way, "" where it is the only one and nobody else is named."""
        if rivals:
            others = sorted({f"{line.id} of {line.account}" for one in rivals for line in (one.out, one.into)})
            mine = {f"{line.id} of {line.account}" for line in (way.out, way.into)}
            return f"{' and '.join(other for other in others if other not in mine)} would fit as well"
        if other := self.waits(way.out) or self.waits(way.into):
            return f"{other} of the same amount waits for the bank"
        if self._speaks(way.out, way.into) or self._speaks(way.into, way.out):
            return ""
        strange = sorted({word for line in (way.out, way.into) for word in self._strange(line)})
        if strange:
            return f"no text says that it is a transfer, and {' '.join(strange[:4])} may be somebody else"
        return "no text says that it is a transfer" if way.said else ""

    def waits(self, line: Line) -> str:
        """An entry of the line's account and amount that no line shows yet, of whatever day; "" for none."""
        entries = self.waiting[line.account].entries
        return next((entry.name for entry in entries if entry.amount.minor == line.amount.minor), "")

    def is_said(self, one: Suggestion) -> bool:
        """Whether a text of either side speaks of the transfer."""
        return any(self._speaks(line, other) for line in one.lines for other in one.lines if line is not other)

    def _speaks(self, line: Line, way: Line) -> bool:
        """Whether a line's words speak of a transfer, or of the other account."""
        other = way.account
        words = _TOKEN.findall(line.words.upper())
        own = name_words(self.ledger.entity.name)
        if _TRANSFER_WORDS & set(words) or (own and set(own) <= set(name_words(line.words))):
            return True
        return bool(self._names_of(other) & set(words)) or self._number_of(other) in words

    def _names_of(self, account: str) -> set[str]:
        """The words that name an account: the last of its name, and the currency of one that is not in the base's."""
        words = set(_TOKEN.findall(account.rpartition(":")[2].upper()))
        info = self.ledger.accounts.get(account)
        base = self.ledger.entity.currency
        return words | {currency for currency in (info.commodities if info else ()) if currency != base}

    def _number_of(self, account: str) -> str:
        info = self.ledger.accounts.get(account)
        number = str(info.meta.get("bank-account", "")) if info else ""
        return number if len(number) >= _LEAST_DIGITS else "-"

    def _strange(self, line: Line) -> list[str]:
        """The words of a line that may name somebody else."""
        known = {word for account in self.waiting for word in self._names_of(account)}
        known |= _BANK_WORDS | _TRANSFER_WORDS | set(name_words(self.ledger.entity.name))
        return [word for word in name_words(line.words) if word not in known]

    def _made(self, way: Way, line: Line, why: str) -> Suggestion:
        other = way.other(line)
        base, scale, leg = self._legs(line, other)
        reasons = [shows(other, line, IT if way.said else SAME)]
        if way.said:
            reasons.append(way.said)
        return Suggestion(
            line, TRANSFER, "transfer", base, scale, (leg,), tuple(reasons), why, payee=self.ledger.entity.name,
            narration=line.text, others=(other,),
        )  # fmt: skip

    def _legs(self, line: Line, other: Line) -> tuple[int, int, Coded]:
        """What a line is worth, at what scale, and the posting on the other account.

        The side that is in base currency says what both are worth; where neither is, the books' price of this line.
        """
        base = self.ledger.entity.currency
        if line.amount.commodity == base:
            minor, scale = line.amount.minor, line.amount.scale
        elif other.amount.commodity == base:
            minor, scale = -other.amount.minor, other.amount.scale
        else:
            worth = self.prices.worth(line)
            minor, scale = worth.base or 0, worth.scale
        units = other.amount if other.amount.commodity != base else None
        return minor, scale, Coded(other.account, -minor, units=units)

    # From one side.

    def by_rule(self, line: Line, account: str) -> tuple[Suggestion | None, str]:
        """The transfer to an account that a rule says a line is, with its other side where that is there and clear."""
        ways = [way for way in self.ways.get(line.key, ()) if way.other(line).account == account]
        if len(ways) == 1:
            other = ways[0].other(line)
            rivals = [
                one for one in self.ways[other.key] if one is not ways[0] and one.other(other).account == line.account
            ]
            why = f"{rivals[0].other(other).id} would fit {other.id} as well" if rivals else ""
            return self._made(ways[0], line, why), ""
        if len(ways) > 1:
            listed = " and ".join(way.other(line).id for way in ways)
            return self._made(ways[0], line, f"{listed} of {account} would both fit"), ""
        made = self._one_sided(line, account)
        if made is None:
            return None, f"{account} is in another currency, and no line there tells the amount"
        return made, ""

    def _one_sided(self, line: Line, account: str) -> Suggestion | None:
        """A transfer of which the other account shows nothing yet; None where its amount there is not known."""
        info = self.ledger.accounts[account]
        worth = self.prices.worth(line)
        if (info.commodities and line.amount.commodity not in info.commodities) or worth.base is None:
            return None
        units = None
        if line.amount.commodity != self.ledger.entity.currency:
            units = line.amount._replace(minor=-line.amount.minor)
        reasons = [f"no line of {account} shows it yet", *filter(None, (worth.said,))]
        leg = Coded(account, -worth.base, units=units)
        return Suggestion(
            line, TRANSFER, "transfer", worth.base, worth.scale, (leg,), tuple(reasons),
            payee=self.ledger.entity.name, narration=line.text,
        )  # fmt: skip

    def named(self, line: Line, accounts: Collection[str]) -> Suggestion | None:
        """The transfer a line speaks of by naming one other own account whose statement is not in yet."""
        numbers = {self._number_of(account) for account in accounts}
        words = set(name_words(line.words)) | (numbers & set(_TOKEN.findall(line.words.upper())))
        found = [
            account
            for account in sorted(accounts)
            if account != line.account and ((self._names_of(account) & words) or self._number_of(account) in words)
        ]
        if len(found) != 1 or self.is_covered(found[0], line.date):
            return None
        made = self._one_sided(line, found[0])
        if made is None:
            return None
        why = f"only one side of it is in: no statement of {found[0]} covers {line.date}"
        reason = f"the text names {found[0]}"
        return replace(made, reasons=(reason, *made.reasons[1:]), why=why)

    def is_covered(self, account: str, day: date) -> bool:
        """Whether a statement of an account covers a day."""
        one = self.waiting.get(account)
        return one is not None and any(first <= day <= last for first, last in one.covered)

    # Entries that stand in the books.

    def standing(self) -> Iterator[Suggestion]:
        """Lines on both sides of a transfer that stands in the books: each leg is one open line's amount exactly."""
        fitting: dict[str, list[list[Line]]] = {}
        wanted: dict[Key, set[str]] = {}
        for name, legs in self._half_open():
            fitting[name] = [self._fitting(leg) for leg in legs]
            for line in (line for lines in fitting[name] for line in lines):
                wanted.setdefault(line.key, set()).add(name)
        for name, found in fitting.items():
            lines = [one[0] for one in found if len(one) == 1 and wanted[one[0].key] == {name}]
            if len(lines) == len(found) and not any(self._rival_entries(line, name) for line in lines):
                shown = " and ".join(sorted(line.account for line in lines))
                reason = f"it is in the books, and {shown} {'each show' if len(lines) > 1 else 'shows'} its amount"
                reason += "" if len(lines) > 1 else "; its other side is matched already"
                yield Suggestion(
                    lines[0], TRANSFER, "transfer", 0, 0, (), (reason,), others=tuple(lines[1:]), entry=name
                )

    def _half_open(self) -> Iterator[tuple[str, list[OpenEntry]]]:
        """The transfers that wait for lines, each with its open legs: the others, if any, are matched."""
        entries: dict[str, list[OpenEntry]] = {}
        for one in self.waiting.values():
            for entry in one.entries:
                entries.setdefault(entry.name, []).append(entry)
        heads = {record.text(0): record.values[1] for record in self.ledger.records("statement")}
        matched = {(heads.get(record.text(0)), record.text(2)) for record in self.ledger.records("reconcile")}
        for name, legs in sorted(entries.items()):
            standing = self.ledger.entry(name)
            own = {posting.account for posting in standing.postings} & self.waiting.keys() if standing else set()
            others = own - {leg.account for leg in legs}
            if len(own) > 1 and all((account, name) in matched for account in others):
                yield name, legs

    def _fitting(self, leg: OpenEntry) -> list[Line]:
        amount = to_decimal(leg.amount.minor, leg.amount.scale)
        matched = self.waiting[leg.account].matched
        return [
            line
            for line in self.waiting[leg.account].lines
            if line.id not in matched
            and line.amount.commodity == leg.amount.commodity
            and to_decimal(line.amount.minor, line.amount.scale) == amount
            and abs(line.date - leg.date) <= _MOST_DAYS
        ]

    def _rival_entries(self, line: Line, name: str) -> bool:
        """Whether another open entry of the account has the line's amount near its day."""
        return any(
            entry.name != name and entry.amount.minor == line.amount.minor and abs(entry.date - line.date) <= _MOST_DAYS
            for entry in self.waiting[line.account].entries
        )


def _size(line: Line) -> Decimal:
    """A line's amount without its sign."""
    return abs(to_decimal(line.amount.minor, line.amount.scale))


def order(line: Line) -> tuple[date, str, str]:
    """Lines in order of date, then account, then id."""
    return line.date, line.account, line.id
