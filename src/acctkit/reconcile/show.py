"""A reconciliation as the statement an accountant signs, and as the answer a program reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from acctkit.ledger.ledger import Ledger
from acctkit.period import add_months
from acctkit.problem import Place, count
from acctkit.reconcile.propose import Match, Proposal
from acctkit.reconcile.state import Item, Reconciliation
from acctkit.table import INTEGER, MONEY, Column, Row, Table

_COLUMNS = (
    Column("Date"), Column("Ref"), Column("Details"), Column("Days", INTEGER), Column("Amount", MONEY),
    Column("Balance", MONEY),
)  # fmt: skip
# By the custom of UK banks, which no statute sets, a cheque older than this is out of date and is not paid.
_STALE_MONTHS = 6
_CHEQUE = re.compile(r"\b(?:cheque|chq|check)\b", re.IGNORECASE)
_TO_SIGN = "_" * 20, "_" * 10

Answer = dict[str, Any]


class Signer(NamedTuple):
    """A line to sign on: "Prepared" or "Reviewed", by whom and on what day, "" and None where nobody has yet.

    `is_changed` says that the statement is not any more what was signed.
    """

    role: str
    who: str = ""
    day: date | None = None
    is_changed: bool = False


def statement_table(ledger: Ledger, recon: Reconciliation, signers: Sequence[Signer] = ()) -> Table:
    """The bank reconciliation statement: from the bank's balance to the books', and what is left to explain.

    The amounts of unpresented payments are positive and their sum is taken off; what the bank did wrong is taken
    back. The difference is what is left then. Figures are plain texts. `signers` are the lines to sign on.
    """
    show = recon.unit.text
    what = "card" if ledger.kind(recon.account) == "Liabilities" else "bank"
    first = f"Balance per {what} statement" if recon.is_stated else "No balance stated; the lines come to"
    at = str(recon.as_of)
    rows = [_line(first, balance=show(recon.statement), day=at)]
    rows += _section(recon, "Add: outstanding lodgements", recon.lodgements, 1)
    rows += _section(recon, "Less: unpresented payments", recon.unpresented, -1)
    wrong = [replace(one, amount=-one.amount, text=f"{one.text} ({one.error})") for one in recon.bank_errors]
    rows += _section(recon, f"Errors of the {what}, taken back", wrong, 1)
    rows.append(_line(f"Adjusted {what} balance", balance=show(recon.adjusted), style="subtotal"))
    rows.append(_line("Balance per books", balance=show(recon.books), day=at))
    rows.append(_line("Difference", balance=show(recon.unexplained), style="total"))
    rows += _section(recon, "On the statement and not in the books", recon.unexplained_lines, 1)
    if recon.breaks:
        breaks = [Item(gap.statement, gap.date, gap.message, gap.amount, gap.place) for gap in recon.breaks]
        rows += _section(recon, "Gaps in the chain of statements", breaks, 1)
    for role, who, day, changed in signers:
        words = f"{role} by {who or _TO_SIGN[0]}" + (" (changed since)" if changed else "")
        rows += [Row((), "blank"), Row((str(day or _TO_SIGN[1]), "", words, "", "", ""))]
    title = f"{what.title()} reconciliation: {recon.account}"
    entity = f"{ledger.entity.name}, " if ledger.entity.name else ""
    return Table(title, _COLUMNS, tuple(rows), f"{entity}{recon.unit.currency} at {recon.as_of}", tuple(_notes(recon)))


def is_stale(item: Item, as_of: date) -> bool:
    """Whether a payment is one that waits for the bank for more than six months."""
    return add_months(item.date, _STALE_MONTHS) < as_of and not item.cleared


def is_cheque(item: Item) -> bool:
    """Whether a payment is a cheque: it has a cheque's number, or its text says so."""
    return bool(item.number) or _CHEQUE.search(item.text) is not None


def _line(text: str, amount: str = "", balance: str = "", style: str = "line", day: str = "") -> Row:
    return Row((day, "", text, "", amount, balance), style)


def _section(recon: Reconciliation, title: str, items: Iterable[Item], sign: int) -> list[Row]:
    """A heading, the items with `sign` times their amounts, and their signed sum; nothing for no items."""
    items, show = list(items), recon.unit.text
    if not items:
        return []
    rows = [_line(title, style="heading")]
    for item in items:
        text = f"{item.text} (cleared {item.cleared})" if item.cleared else item.text
        if sign < 0 and is_stale(item, recon.as_of) and is_cheque(item):
            text = f"Stale: {text}"
        days = str((recon.as_of - item.date).days)
        rows.append(Row((str(item.date), item.number or item.id, text, days, show(sign * item.amount), "")))
    total = sum(item.amount for item in items)
    rows.append(_line("", show(sign * total), show(total), "subtotal"))
    return rows


def _notes(recon: Reconciliation) -> Iterator[str]:
    stale = [item for item in recon.unpresented if is_stale(item, recon.as_of)]
    if any(is_cheque(item) for item in stale):
        yield "Stale: a cheque drawn more than six months ago, which UK banks by custom do not pay any more."
    for item in stale:
        if not is_cheque(item):
            yield f"{item.id} of {item.date} is unpresented for more than six months"
    if recon.last_day is not None and recon.last_day < recon.as_of:
        yield f"The last statement ends on {recon.last_day}, {(recon.as_of - recon.last_day).days} days before."


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
        "bank_errors": show(recon.bank_errors_total),
        "adjusted": show(recon.adjusted),
        "books": show(recon.books),
        "difference": show(recon.difference),
        "unexplained": show(recon.unexplained),
        "unrecorded": [
            {
                "id": item.id,
                "date": item.date.isoformat(),
                "amount": show(item.amount),
                "text": item.text,
                "wrong": show(item.wrong),
                "bank_error": item.error or None,
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


def statement_json(
    ledger: Ledger, recon: Reconciliation, signed: Sequence[Signer], statement: str, text: str, sha256: str
) -> Answer:
    """The reconciliation statement as the answer of `acct reconcile --statement`; `text` is what is signed."""
    show = recon.unit.text

    def items(found: Iterable[Item], sign: int = 1) -> list[Answer]:
        return [
            {
                "id": item.id,
                "date": item.date.isoformat(),
                "days": (recon.as_of - item.date).days,
                "amount": show(sign * item.amount),
                "text": item.text,
                "cheque": item.number,
                "stale": sign < 0 and is_stale(item, recon.as_of) and is_cheque(item),
                "cleared": item.cleared.isoformat() if item.cleared else None,
                **_place(item.place),
            }
            for item in found
        ]

    return {
        "schema": "acctkit.reconciliation/1",
        "problems": count(ledger.problems),
        "entity": ledger.entity.name,
        "account": recon.account,
        "id": statement or None,
        "balance": _balance(recon),
        "lodgements": items(recon.lodgements),
        "unpresented": items(recon.unpresented, -1),
        **{one.role.lower(): _signer(one) for one in signed},
        "text": text,
        "sha256": sha256,
    }


def _signer(one: Signer) -> Answer | None:
    if one.day is None:
        return None
    return {"by": one.who, "date": one.day.isoformat(), "changed_since": one.is_changed}


def _place(place: Place) -> Answer:
    return {"file": place.file, "line": place.line}
