"""Balance assertions, and the entries that pads make so that they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from acctkit.journal import spans
from acctkit.journal.entries import Balance, Cost, Entry, Money, Open, Pad, Posting, Transaction
from acctkit.ledger.options import Options
from acctkit.ledger.tolerance import ONE, ZERO
from acctkit.money import EXACT, scale_of
from acctkit.problem import Place, Problem, error

# What is held of a commodity by entries beside these: account, commodity, and the day that begins.
Held: TypeAlias = Callable[[str, str, date], Decimal]


def pad_and_assert(
    entries: list[Entry], options: Options, held: Held | None = None
) -> tuple[list[Entry], list[Problem]]:
    """Entries in order with what the pads add, and a problem for each balance that is not as asserted."""
    entries, problems = _pad(entries, options)
    return entries, problems + _assert_balances(entries, options, held)


def _tolerance(balance: Balance, options: Options) -> Decimal:
    """Twice the tolerance of a posting with the digits of the assertion; none where it is a whole number."""
    if balance.tolerance is not None:
        return balance.tolerance
    exponent = balance.number.as_tuple().exponent
    return (
        ONE.scaleb(exponent) * options.tolerance_multiplier * 2 if isinstance(exponent, int) and exponent < 0 else ZERO
    )


def _above(account: str) -> Iterator[str]:
    """An account and all those above it."""
    yield account
    while ":" in account:
        account = account.rpartition(":")[0]
        yield account


@dataclass(slots=True)
class _Padded:
    """An account that has pads, while its entries are walked through; sub-accounts are counted in."""

    units: dict[str, Decimal] = field(default_factory=dict)
    at_cost: dict[str, Decimal] = field(default_factory=dict)
    pad: Pad | None = None
    done: set[str] = field(default_factory=set)

    def add(self, posting: Posting) -> None:
        commodity = posting.commodity
        self.units[commodity] = EXACT.add(self.units.get(commodity, ZERO), posting.number)
        if isinstance(posting.cost, Cost):
            self.at_cost[commodity] = EXACT.add(self.at_cost.get(commodity, ZERO), posting.number)


def _pad(entries: list[Entry], options: Options) -> tuple[list[Entry], list[Problem]]:
    states = {entry.account: _Padded() for entry in entries if isinstance(entry, Pad)}
    if not states:
        return entries, []
    added: dict[int, list[Transaction]] = {}
    problems: list[Problem] = []
    pads: list[Pad] = []
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                for account in _above(posting.account):
                    if account in states:
                        states[account].add(posting)
        elif isinstance(entry, Pad):
            state = states[entry.account]
            state.pad, state.done = entry, set()
            pads.append(entry)
        elif isinstance(entry, Balance):
            for account in _above(entry.account):
                if account in states:
                    problems += _fill(entry, states[account], added, options)
    for pad in pads:
        if id(pad) not in added:
            hint = "remove it, or date it before the balance it is for"
            problems.append(error("L210", "this pad fills nothing", spans.account(pad.place), hint))
    result: list[Entry] = []
    for entry in entries:
        result.append(entry)
        result += added.get(id(entry), ())
    return result, problems


def _fill(balance: Balance, state: _Padded, added: dict[int, list[Transaction]], options: Options) -> Iterable[Problem]:
    """Make the entry a pad owes to this balance, once for each commodity."""
    pad, commodity = state.pad, balance.commodity
    if pad is None or commodity in state.done:
        return
    state.done.add(commodity)
    difference = EXACT.subtract(balance.number, state.units.get(commodity, ZERO))
    if abs(difference) <= _tolerance(balance, options):
        return
    if state.at_cost.get(commodity):
        message = f"{commodity} in {pad.account} is held at cost and should not be padded"
        problem = error("L210", message, spans.account(pad.place), "post the missing lots with their cost")
        yield problem._replace(related=(("for this balance", spans.amount(balance.place)),))
    narration = f"Padding for the balance of {balance.date}: {difference} {commodity}"
    postings = tuple(
        Posting(account, Money(number, commodity), line=pad.line)
        for account, number in ((pad.account, difference), (pad.other, difference.copy_negate()))
    )
    entry = Transaction(
        pad.date, {}, pad.source, pad.line, pad.last_line, "P", None, narration, frozenset(), frozenset(), postings
    )
    added.setdefault(id(pad), []).append(entry)
    state.units[commodity] = balance.number


def _asserted(balance: Balance) -> Place:
    """Where the amount of an assertion stands; one that a plugin made has the line of what it was made for."""
    return spans.amount(balance.place)


def _assert_balances(entries: list[Entry], options: Options, beside: Held | None) -> list[Problem]:
    asserted = {entry.account for entry in entries if isinstance(entry, Balance)}
    watched: dict[str, list[str]] = {}
    units: dict[tuple[str, str], Decimal] = {}
    opened: set[str] = set()  # with those above them; found when first asked
    problems = []
    for entry in entries:
        if isinstance(entry, Transaction) and asserted:
            for posting in entry.postings:
                account = posting.account
                if account not in watched:
                    watched[account] = [name for name in _above(account) if name in asserted]
                for name in watched[account]:
                    key = name, posting.commodity
                    units[key] = EXACT.add(units.get(key, ZERO), posting.number)
        elif isinstance(entry, Balance):
            held = units.get((entry.account, entry.commodity), ZERO)
            if beside is not None:
                held = EXACT.add(held, beside(entry.account, entry.commodity, entry.date))
            difference = EXACT.subtract(held, entry.number)
            if abs(difference) > _tolerance(entry, options):
                word = "too much" if difference > 0 else "too little"
                holds, by = _written(held, entry.number), _written(abs(difference), entry.number)
                message = f"{entry.account} holds {holds} {entry.commodity}, not {entry.number}: {by} {word}"
                hint = f"acct ledger {entry.account} -e {entry.date} shows what it is made of"
                opened = opened or {name for one in entries if isinstance(one, Open) for name in _above(one.account)}
                if entry.account not in opened:
                    hint = "check the account's name"
                problems.append(error("L209", message, _asserted(entry), hint))
    return problems


def _written(number: Decimal, like: Decimal) -> str:
    """A number with all its places, and at least as many as another is written with."""
    places = max(scale_of(like), scale_of(EXACT.normalize(number)))
    return f"{EXACT.quantize(number, ONE.scaleb(-places)):f}"
