"""Debtors and creditors: the ledger's balance against the open items of each party."""

from __future__ import annotations

from datetime import date

from acctkit.control.posted import balances, posted, require_accounts, support_of
from acctkit.control.shape import Control, Group, Support, groups
from acctkit.ledger.items import EXCHANGE, KINDS, Item, read_items
from acctkit.ledger.ledger import Ledger
from acctkit.reports.ageing import Aged, aged

_DOCUMENTS = (
    "sales-invoice", "sales-credit", "purchase-invoice", "purchase-credit", "receipt", "payment", "refund", "transfer",
    "opening", "reversal",
)  # fmt: skip


def party_control(ledger: Ledger, kind: str, day: date) -> Control:
    """The debtors or creditors at the end of a day, by party; what bears no party is the difference."""
    accounts = require_accounts(ledger, kind, kind)
    report = aged(ledger, kind, day)
    items = [item for item in read_items(ledger).as_at(day) if item.kind == KINDS[kind]]
    lines = posted(ledger, accounts, day)
    nameless = [item for item in items if not item.party]
    exchange = [
        support_of(ledger, line.entry, line.base or 0, "Exchange difference without a party")
        for line in lines
        if line.posting.account.rpartition(":")[2] == EXCHANGE
        and line.base
        and not (line.posting.meta.get("party") or line.entry.meta.get("party"))
    ]
    settled = sum(item.base or 0 for item in nameless if not item.open)
    without = [support_of(ledger, item.entry, item.base or 0) for item in nameless if item.open]
    without += [Support("", "settled among themselves, a difference left", settled)] if settled else []
    cancelled = report.control - report.base
    odd = [Support("", "entries that cancel in their own currency and not in base", cancelled)] if cancelled else []
    notes = [f"{report.unvalued} items have no value in {ledger.entity.currency}"] if report.unvalued else []
    return Control(
        kind,
        day,
        ledger.entity.currency,
        1 if kind == "debtors" else -1,
        balances(lines, accounts),
        groups(("Open items by party", _by_party(report, items, day))),
        groups(("Postings without a party", without), ("Exchange", exchange), ("Other", odd)),
        _review(ledger, report, items),
        tuple(notes),
    )


def _by_party(report: Aged, items: list[Item], day: date) -> list[Support]:
    """Each party's open items in base currency, and the days since the oldest of them was issued."""
    oldest: dict[tuple[str, str], date] = {}
    for item in items:
        if item.open:
            key = item.party, item.commodity
            oldest[key] = min(oldest.get(key, item.issued), item.issued)
    found = []
    for row in report.rows:
        if row.party:
            since = oldest.get((row.party, row.commodity))
            foreign = "" if all(one.commodity == row.commodity for one in report.rows) else f", {row.commodity}"
            days = (day - since).days if since else None
            found.append(Support(row.party, f"{row.name}{foreign}", row.base, None, days))
    return found


def _review(ledger: Ledger, report: Aged, items: list[Item]) -> tuple[Group, ...]:
    """What the parties' items hold that somebody may want to look at; each in base currency where it is so kept."""
    base = ledger.entity.currency
    named = [item for item in items if item.party and item.open]

    def shown(item: Item) -> Support:
        amount = item.open if item.commodity == base else 0
        foreign = "" if item.commodity == base else f"{ledger.show(item.open, item.commodity)} {item.commodity} "
        words = f"{foreign}{item.party}: {item.entry.narration or item.entry.payee or ''}".rstrip(": ")
        return support_of(ledger, item.entry, amount, words)

    on_account = [shown(item) for item in named if not item.natural]
    journals = [shown(item) for item in named if item.type and item.type not in _DOCUMENTS]
    left = [
        Support(row.party, f"{row.name}, {row.commodity}: settled, an exchange difference left", row.base)
        for row in report.rows
        if row.party and row.base and not row.total and row.commodity != base
    ]
    return groups(
        ("payments and credits not allocated (acct match payments)", on_account),
        ("journals to the control account", journals),
        ("exchange differences to post", left),
    )
