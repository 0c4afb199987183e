"""What matching payments comes to, and how it is written, shown and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal.entries import Money
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.exchange import Realised, exchange_draft
from acctkit.ledger.items import Item
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem, count
from acctkit.table import MONEY, Column, Row, Table


class Allocation(NamedTuple):
    """`from_` settles `to` by `amount`; `method` is reference, amount or balance."""

    from_: str
    to: str
    amount: int
    commodity: str
    method: str
    reasons: tuple[str, ...]


class Suggestion(NamedTuple):
    """What a person may decide, and why it was not done; `amount` is 0 where nothing could be allocated."""

    from_: str
    to: str
    amount: int
    commodity: str
    why: str


@dataclass(frozen=True, slots=True)
class PaymentMatch:
    """What is proposed, what is suggested (best first), and what then stays on account and open.

    `unallocated` and `open` have the proposed allocations taken off. `exchange` is what these leave behind
    on control accounts in base currency.
    """

    allocations: list[Allocation]
    suggested: list[Suggestion]
    unallocated: list[Item]
    open: list[Item]
    exchange: list[Realised]


def draft(ledger: Ledger, match: PaymentMatch, day: date) -> Draft:
    """The proposed allocations as records of that day, then entries for the exchange differences they realise."""
    texts = [
        record_text(
            day,
            "allocate",
            [one.from_, one.to, Money(Decimal(ledger.show(one.amount, one.commodity)), one.commodity)],
            {"method": one.method},
        )
        for one in match.allocations
    ]
    reasons = [f"{one.from_} settles {one.to}: {'; '.join(one.reasons)}" for one in match.allocations]
    exchange = exchange_draft(ledger, match.exchange, day)
    return Draft((*texts, *exchange.texts), exchange.refs, (*reasons, *exchange.reasons))


def table(ledger: Ledger, match: PaymentMatch) -> Table:
    """What is proposed and suggested, and what stays on account, for a person."""
    rows: list[Row] = []

    def section(title: str, lines: Sequence[tuple[str, str, int, str, str]]) -> None:
        if lines:
            rows.append(Row((title, "", "", "", ""), "heading"))
            rows.extend(
                Row((one, other, ledger.show(amount, commodity) if amount else "", commodity, words))
                for one, other, amount, commodity, words in lines
            )

    proposed = ((one, f"{one.method}: {'; '.join(one.reasons)}") for one in match.allocations)
    section("Allocated", [(one.from_, one.to, one.amount, one.commodity, why) for one, why in proposed])
    section("Suggested", [(s.from_, s.to, s.amount, s.commodity, s.why) for s in match.suggested])
    section("On account", [(i.name, "", abs(i.open), i.commodity, _who(i)) for i in match.unallocated])
    columns = (Column("From"), Column("To"), Column("Amount", MONEY), Column("Currency"), Column("Why"))
    number = len(match.open)
    note = f"{number} {'item stays' if number == 1 else 'items stay'} open" if number else "nothing stays open"
    return Table("Payments matched", columns, tuple(rows), notes=(note,))


def _who(item: Item) -> str:
    return ", ".join(words for words in (item.party, item.entry.payee, item.entry.narration) if words)


def json_answer(ledger: Ledger, match: PaymentMatch, problems: list[Problem] | None = None) -> dict[str, object]:
    """The answer of `acct match payments -O json`: amounts as decimal strings.

    Those of allocations and suggestions are positive, those of items debit positive. `problems` are all those
    of the books; left out, the ledger's own.
    """
    return {
        "schema": "acctkit.match-payments/1",
        "problems": count(ledger.problems if problems is None else problems),
        "allocations": [
            {
                "from": one.from_,
                "to": one.to,
                "amount": ledger.show(one.amount, one.commodity),
                "commodity": one.commodity,
                "method": one.method,
                "reasons": list(one.reasons),
            }
            for one in match.allocations
        ],
        "suggested": [
            {
                "from": one.from_,
                "to": one.to,
                "amount": ledger.show(one.amount, one.commodity),
                "commodity": one.commodity,
                "why": one.why,
            }
            for one in match.suggested
        ],
        "unallocated": [_item_json(ledger, item) for item in match.unallocated],
        "open": [_item_json(ledger, item) for item in match.open],
    }


def _item_json(ledger: Ledger, item: Item) -> dict[str, object]:
    return {
        "entry": item.name,
        "type": item.type,
        "party": item.party,
        "date": item.date.isoformat(),
        "due": item.due.isoformat(),
        "account": item.account,
        "commodity": item.commodity,
        "amount": ledger.show(item.amount, item.commodity),
        "open": ledger.show(item.open, item.commodity),
        "file": item.entry.source.name,
        "line": item.entry.line,
    }
