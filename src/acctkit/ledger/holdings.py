"""What beancount books in silence, and hardly anybody means: warnings, of books of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from acctkit.journal import spans
from acctkit.journal.entries import Balance, Close, Posting, Transaction
from acctkit.ledger.booking import booking_methods
from acctkit.ledger.ledger import Ledger
from acctkit.money import EXACT
from acctkit.problem import Problem, warning

ZERO = Decimal(0)
_MOST_SHOWN = 3
_Held: TypeAlias = dict[str, dict[str, Decimal]]  # units by account and commodity


def check_holdings(ledger: Ledger) -> list[Problem]:
    """Sales that take nothing from the lots an account holds (L224), accounts closed that hold something (L225)."""
    return [*_bare_sales(ledger), *_closed(ledger)]


def _bare_sales(ledger: Ledger) -> Iterator[Problem]:
    """The first sale without braces of each commodity that an account holds in lots; L222 says the same."""
    said = {(p.place.file, p.place.line) for p in ledger.problems if p.place and p.code == "L222"}
    methods, _ = booking_methods(ledger.entries, ledger.options)
    in_lots: _Held = {}
    last: dict[tuple[str, str], tuple[Transaction, Posting]] = {}
    told: set[tuple[str, str]] = set()
    for entry in ledger.transactions:
        for posting in entry.postings:
            key = posting.account, posting.commodity
            if posting.cost is not None:
                _add(in_lots, posting)
                last[key] = entry, posting
            elif key in last and key not in told and methods.get(posting.account, methods[""]) != "NONE":
                lots = in_lots[posting.account][posting.commodity]
                if lots * posting.number < 0:
                    told.add(key)
                    problem = _bare_sale(entry, posting, last[key])
                    if problem.place and (problem.place.file, problem.place.line) not in said:
                        yield problem


def _bare_sale(entry: Transaction, posting: Posting, lot: tuple[Transaction, Posting]) -> Problem:
    units = f"{posting.number} {posting.commodity}"
    message = f"{units} has no braces, and so takes nothing from the lots that {posting.account} holds"
    place = spans.amount(spans.posting(entry, posting))
    related = (("the last lot", spans.posting(*lot)),)
    return warning("L224", message, place, f"write {units} {{}} to sell from the lots")._replace(related=related)


def _closed(ledger: Ledger) -> Iterator[Problem]:
    """Accounts of the balance sheet that hold something when they are closed; what a plugin asserts it says itself."""
    roots = ledger.options.roots[:3]
    closes = [e for e in ledger.entries if isinstance(e, Close) and e.account.partition(":")[0] in roots]
    names = {close.account for close in closes}
    asserted = (
        {(e.source.name, e.line, e.account) for e in ledger.entries if isinstance(e, Balance)} if names else set()
    )
    held: _Held = {}
    for entry in ledger.entries if names else ():
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                if posting.account in names:
                    _add(held, posting)
        elif isinstance(entry, Close) and entry.account in names:
            names.remove(entry.account)
            left = {commodity: number for commodity, number in held.get(entry.account, {}).items() if number}
            if left and (entry.source.name, entry.line, entry.account) not in asserted:
                words = [f"{number} {commodity}" for commodity, number in left.items()]
                more = f" and {len(words) - _MOST_SHOWN} commodities more" if len(words) > _MOST_SHOWN else ""
                message = f"{entry.account} is closed, and holds {', '.join(words[:_MOST_SHOWN])}{more}"
                hint = "move what it holds to another account first"
                yield warning("L225", message, spans.account(entry.place), hint)


def _add(held: _Held, posting: Posting) -> None:
    own = held.setdefault(posting.account, {})
    own[posting.commodity] = EXACT.add(own.get(posting.commodity, ZERO), posting.number)
