"""A reconciliation as the statement an accountant signs, and as the answer a program reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from acctkit.ledger.ledger import Ledger
from acctkit.period import add_months
from acctkit.problem import Place
from acctkit.reconcile.propose import Match, Proposal
from acctkit.reconcile.state import Item, Reconciliation
from acctkit.table import MONEY, Column, Row, Table

_COLUMNS = (Column("Date"), Column("Ref"), Column("Details"), Column("Amount", MONEY), Column("Balance", MONEY))
# A cheque is good for so long.
_STALE_MONTHS = 6

Answer = dict[str, Any]


def statement_table(ledger: Ledger, recon: Reconciliation) -> Table:
    """The bank reconciliation statement: from the bank's balance to the books', and what is left to explain.

    The amounts of unpresented payments are positive and their sum is taken off. Figures are plain texts.
    """
    show = recon.unit.text
    is_card = ledger.kind(recon.account) == "Liabilities"
    what = "card" if is_card else "bank"
    first = f"Balance per {what} statement at {recon.as_of}"
    if not recon.is_stated:
        first = f"No balance stated by the {what}; its lines to {recon.as_of} come to"
    rows = [_line(first, balance=show(recon.statement))]
    rows += _section(recon, "Add: outstanding lodgements", recon.lodgements, 1)
    rows += _section(recon, "Less: unpresented payments", recon.unpresented, -1)
    rows.append(_line(f"Adjusted {what} balance", balance=show(recon.adjusted), style="subtotal"))
    rows.append(_line(f"Balance per books at {recon.as_of}", balance=show(recon.books)))
    rows.append(_line("Difference", balance=show(recon.difference), style="total"))
    rows += _section(recon, "On the statement and not in the books", recon.unrecorded, 1)
    if recon.breaks:
        breaks = [Item(gap.statement, gap.date, gap.message, gap.amount, gap.place) for gap in recon.breaks]
        rows += _section(recon, "Gaps in the chain of statements", breaks, 1)
    title = f"{what.title()} reconciliation: {recon.account}"
    return Table(title, _COLUMNS, tuple(rows), f"{recon.unit.currency} at {recon.as_of}", tuple(_notes(recon)))


def _line(text: str, amount: str = "", balance: str = "", style: str = "line") -> Row:
    return Row(("", "", text, amount, balance), style)


def _section(recon: Reconciliation, title: str, items: Iterable[Item], sign: int) -> list[Row]:
    """A heading, the items with `sign` times their amounts, and their signed sum; nothing for no items."""
    items, show = list(items), recon.unit.text
    if not items:
        return []
    rows = [_line(title, style="heading")]
    for item in items:
        text = f"{item.text} (cleared {item.cleared})" if item.cleared else item.text
        rows.append(Row((item.date.isoformat(), item.number or item.id, text, show(sign * item.amount), "")))
    total = sum(item.amount for item in items)
    rows.append(_line("", show(sign * total), show(total), "subtotal"))
    return rows


def _notes(recon: Reconciliation) -> list[str]:
    return [
        f"{item.number or item.id} of {item.date} is unpresented for more than six months"
        for item in recon.unpresented
        if add_months(item.date, _STALE_MONTHS) < recon.as_of and not item.cleared
    ]


def json_answer(proposal: Proposal, recon: Reconciliation) -> Answer:
    """`matched`, `suggested`, `unmatched_lines`, `unmatched_entries` and `balance`; amounts are decimal texts."""
    show = proposal.unit.text
    return {
        "matched": [_match(one, proposal) for one in proposal.matched],
        "suggested": [{**_match(one, proposal), "why": one.why} for one in proposal.suggested],
        "unmatched_lines": [
            {
                "id": row.line.id,
                "statement": row.line.statement.id,
                "date": row.line.date.isoformat(),
                "amount": show(row.amount),
                "text": row.line.text,
                **_place(row.line.place),
            }
            for row in proposal.unmatched_lines
        ],
        "unmatched_entries": [
            {
                "id": row.entry.name,
                "date": row.entry.date.isoformat(),
                "amount": show(row.amount),
                "text": " ".join(filter(None, (row.entry.entry.payee, row.entry.entry.narration))),
                **_place(row.entry.entry.place),
            }
            for row in proposal.unmatched_entries
        ],
        "balance": _balance(recon),
    }


def _match(one: Match, proposal: Proposal) -> Answer:
    return {
        "lines": list(one.lines),
        "entries": list(one.entries),
        "amount": proposal.unit.text(one.amount.minor),
        "method": one.method,
        "tier": one.tier,
        "reasons": list(one.reasons),
        "score": one.score,
        "margin": one.margin,
    }


def _balance(recon: Reconciliation) -> Answer:
    show = recon.unit.text
    return {
        "as_of": recon.as_of.isoformat(),
        "currency": recon.unit.currency,
        "statement": show(recon.statement),
        "stated": recon.is_stated,
        "lodgements": show(recon.lodgements_total),
        "unpresented": show(recon.unpresented_total),
        "books": show(recon.books),
        "difference": show(recon.difference),
        "unrecorded": [
            {
                "id": item.id,
                "date": item.date.isoformat(),
                "amount": show(item.amount),
                "text": item.text,
                **_place(item.place),
            }
            for item in recon.unrecorded
        ],
        "breaks": [
            {
                "statement": gap.statement,
                "date": gap.date.isoformat(),
                "amount": show(gap.amount),
                "message": gap.message,
                **_place(gap.place),
            }
            for gap in recon.breaks
        ],
    }


def _place(place: Place) -> Answer:
    return {"file": place.file, "line": place.line}
