"""Realised exchange differences: what a settled foreign item gained or lost between its two entries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal.entries import Money, Value
from acctkit.journal.writer import Draft, Leg, transaction_text
from acctkit.ledger.items import EXCHANGE, Item
from acctkit.ledger.ledger import Ledger, round_to


class Realised(NamedTuple):
    """What settling left behind on a control account, in base minor units, debit positive, and of whom."""

    control: str
    party: str
    minor: int
    payer: str
    paid: str


def left_behind(payer: Item, paid: Item, minor: int) -> int:
    """What stays on the control account in base currency when so much (positive) of two items is settled.

    Debit positive; 0 where it all is in base currency. Both items as they were before.
    """
    return _settled_base(payer, minor) + _settled_base(paid, minor)


def _settled_base(item: Item, minor: int) -> int:
    """The base value of the next `minor` units of an item."""
    return 0 if item.base is None else base_of_part(item.base, abs(item.amount), abs(item.settled), minor)


def base_of_part(base: int, whole: int, before: int, minor: int) -> int:
    """What the units from `before` to `before + minor` of `whole` are worth of `base`; the last take the rounding."""
    return _share(base, before + minor, whole) - _share(base, before, whole)


def _share(base: int, part: int, whole: int) -> int:
    return int(round_to(Decimal(base) * part / whole, 0)) if part != whole else base


def exchange_draft(ledger: Ledger, realised: Iterable[Realised], day: date) -> Draft:
    """Entries that move what was left behind to the exchange account of role fx-gain; empty where nothing was.

    The control account's `:Exchange` sub-account is opened where it is missing. In books without an account
    of role fx-gain nothing is drafted, and a reason says so.
    """
    wanted = [one for one in realised if one.minor]
    gains = ledger.with_role("fx-gain")
    if not wanted:
        return Draft(())
    currency = ledger.entity.currency
    if not gains:
        amounts = ", ".join(f"{ledger.show(-one.minor, currency)} {currency} on {one.paid}" for one in wanted)
        reason = f"exchange differences are not posted ({amounts}): no account has the role fx-gain"
        return Draft((), (), (reason,))
    accounts = dict.fromkeys(f"{one.control}:{EXCHANGE}" for one in wanted)
    texts = [f"{day} open {account} {currency}\n" for account in accounts if account not in ledger.accounts]
    refs = ledger.next_refs("journal", len(wanted))
    reasons = []
    for ref, one in zip(refs, wanted, strict=True):
        amount = Money(Decimal(ledger.show(one.minor, currency)), currency)
        other = Money(Decimal(ledger.show(-one.minor, currency)), currency)
        legs = [Leg(f"{one.control}:{EXCHANGE}", Money(other.number, currency)), Leg(gains[0], amount)]
        meta: dict[str, Value] = {"type": "journal", "ref": ref}
        if one.party:
            meta["party"] = one.party
        narration = f"Exchange difference on {one.paid} settled by {one.payer}"
        texts.append(transaction_text(day, "", narration, legs, meta))
        word = "gain" if one.minor < 0 else "loss"
        reasons.append(f"{ref}: exchange {word} of {ledger.show(abs(one.minor), currency)} {currency} on {one.paid}")
    return Draft(tuple(texts), tuple(refs), tuple(reasons))
