"""Suggestions to journal text: each an entry and the records that match it with its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from acctkit.coding.lines import Line, Suggestion
from acctkit.journal.entries import Money, Value
from acctkit.journal.writer import Draft, Leg, record_text, transaction_text
from acctkit.ledger.ledger import Ledger
from acctkit.money import Amount, format_minor, to_decimal

_LONGEST_WHY = 100


def coding_draft(ledger: Ledger, suggestions: Sequence[Suggestion], today: date, method: str = "") -> Draft:
    """The entries of suggestions, numbered on, and their `reconcile` records, decided today.

    Each record says by which method (the tier, where none is given), which rule, and why.
    """
    counts = Counter(one.kind for one in suggestions if not one.entry)
    refs = {kind: iter(ledger.next_refs(kind, count)) for kind, count in counts.items()}
    texts: list[str] = []
    made: list[str] = []
    reasons: list[str] = []
    for one in suggestions:
        name = one.entry or next(refs[one.kind])
        if not one.entry:
            made.append(name)
            texts.append(_entry(ledger, one, name))
        texts += _records(one, name, today, method or one.tier)
        reasons.append(f"{', '.join(line.id for line in one.lines)} is {name}: {'; '.join(one.reasons)}")
    return Draft(tuple(texts), tuple(made), tuple(reasons))


def _entry(ledger: Ledger, one: Suggestion, name: str) -> str:
    meta: dict[str, Value] = {"type": one.kind, "ref": name}
    if one.party:
        meta["party"] = one.party
    day = min(line.date for line in one.lines)
    return transaction_text(day, one.payee, one.narration, list(_legs(ledger, one)), meta)


def _legs(ledger: Ledger, one: Suggestion) -> Iterator[Leg]:
    """The bank's posting, then the others; foreign money with all that it is worth."""
    base = ledger.entity.currency
    scale = one.scale
    own = one.line.amount
    yield _leg(ledger, one.line.account, one.base, scale, own if own.commodity != base else None, {})
    for coded in one.legs:
        meta: dict[str, Value] = {"vat": coded.code} if coded.code else {}
        if coded.party and coded.party != one.party:
            meta["party"] = coded.party
        yield _leg(ledger, coded.account, coded.base, scale, coded.units, meta)


def _leg(ledger: Ledger, account: str, minor: int, scale: int, units: Amount | None, meta: dict[str, Value]) -> Leg:
    base = ledger.entity.currency
    if units is None:
        return Leg(account, _money(ledger, Amount(minor, scale, base)), meta)
    price = _money(ledger, Amount(abs(minor), scale, base))
    return Leg(account, _money(ledger, units), meta, total_price=price)


def _money(ledger: Ledger, amount: Amount) -> Money:
    """An amount with the places its currency is written with, and more only where it has them."""
    shown = format_minor(amount.minor, amount.scale, ledger.shown(amount.commodity))
    number = to_decimal(amount.minor, amount.scale)
    return Money(type(number)(shown), amount.commodity)


def _records(one: Suggestion, name: str, today: date, method: str) -> Iterator[str]:
    meta: dict[str, Value] = {"method": method}
    if one.rule:
        meta["rule"] = one.rule
    why = "; ".join(reason for reason in one.reasons if reason != f"rule {one.rule}")
    if why and len(why) <= _LONGEST_WHY:
        meta["why"] = why
    for line in one.lines:
        amount = Money(to_decimal(line.amount.minor, line.amount.scale), line.amount.commodity)
        yield record_text(today, "reconcile", (line.statement, line.id, name, amount), meta)


def shown(ledger: Ledger, line: Line) -> str:
    """A line's amount as it is shown."""
    return format_minor(line.amount.minor, line.amount.scale, ledger.shown(line.amount.commodity))
