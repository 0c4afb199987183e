"""A comparison as the statement an accountant reads and signs, and as the answer a program reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem, count
from acctkit.suppliers.shape import (
    AFTER,
    AGREED,
    DIFFERS,
    DISPUTED,
    FORWARD,
    GAP,
    LATER,
    MISSING_CREDIT,
    MISSING_INVOICE,
    MISSING_PAYMENT,
    TIED,
    TRANSIT,
    UNSEEN_CREDIT,
    UNSEEN_INVOICE,
    UNSEEN_PAYMENT,
    Comparison,
    Finding,
    Guess,
    LineLike,
)
from acctkit.table import MONEY, Column, Row, Table

_COLUMNS = (
    Column("Date"),
    Column("Theirs"),
    Column("Ours"),
    Column("Details"),
    Column("Amount", MONEY),
    Column("Balance", MONEY),
)
# Each kind, how it is headed, and the sign its amounts are shown with; 0: as they are.
_SECTIONS = (
    (MISSING_INVOICE, "Less: on their statement and not in our ledger", -1),
    (MISSING_CREDIT, "Add: their credits that are not in our ledger", 1),
    (MISSING_PAYMENT, "Add: payments they show that are not in our ledger", 0),
    (UNSEEN_INVOICE, "Add: in our ledger and not on their statement", 1),
    (UNSEEN_CREDIT, "Less: our credits that they do not show", -1),
    (TRANSIT, "Less: payments in transit", -1),
    (UNSEEN_PAYMENT, "Less: payments they should have had, and do not show", -1),
    (DIFFERS, "Add or less: amounts that differ", 0),
    (DISPUTED, "Add or less: disputed", 0),
    (FORWARD, "Add or less: balance brought forward", 0),
    (LATER, "Less: in our ledger after {as_of}", -1),
    (AFTER, "Add or less: in our ledger, dated after their statement", 0),
    (GAP, "Add or less: their statement does not add up", 0),
)
Answer = dict[str, Any]


def table(ledger: Ledger, found: Sequence[Comparison]) -> Table:
    """The reconciliation from their balance to ours, then what agrees, then what may belong together.

    Amounts under `Add` and `Less` are positive and their sum is added or taken off; under both they have their sign.
    Several currencies stand one below the other.
    """
    rows: list[Row] = []
    for one in found:
        rows += [_line(one.currency, style="heading")] if len(found) > 1 else []
        rows += _rows(ledger, one)
    currencies = ", ".join(one.currency for one in found)
    notes = tuple(dict.fromkeys(note for one in found for note in one.notes))
    title = f"Supplier reconciliation: {found[0].party.name}"
    return Table(title, _COLUMNS, tuple(rows), f"{currencies}, what we owe is positive", notes)


def _rows(ledger: Ledger, found: Comparison) -> list[Row]:
    """The rows of one currency."""

    def show(minor: int) -> str:
        return ledger.show(minor, found.currency)

    stated = "Balance per statement" if found.is_stated else "Balance of their lines"
    rows = [_line(stated, balance=show(found.closing), day=found.date.isoformat())]
    for kind, title, sign in _SECTIONS:
        if findings := found.of(kind):
            rows.append(_line(title.format(as_of=found.as_of), style="heading"))
            for one in findings:
                rows += _told(ledger, found, one, show((sign or 1) * one.effect))
            total = sum(one.effect for one in findings)
            rows.append(_line("", show((sign or 1) * total), show(total), "subtotal"))
    expected = found.closing + sum(one.effect for one in found.findings)
    rows.append(_line("Adjusted statement balance", balance=show(expected), style="subtotal"))
    rows.append(_line("Balance per our ledger", balance=show(found.ledger), day=found.as_of.isoformat()))
    rows.append(_line("Difference", balance=show(found.difference), style="total"))
    if agreed := found.of(AGREED):
        rows.append(_line("Agreed", style="heading"))
        for one in agreed:
            rows += _told(ledger, found, one, show(one.theirs))
        rows.append(_line("", show(sum(one.theirs for one in agreed)), style="subtotal"))
    if found.suggested:
        rows.append(_line("Perhaps the same", style="heading"))
        for guess in found.suggested:
            rows += _guess(guess)
    return rows


def _line(text: str, amount: str = "", balance: str = "", style: str = "line", day: str = "") -> Row:
    return Row((text,), style) if style == "heading" else Row((day, "", "", text, amount, balance), style)


def _told(ledger: Ledger, found: Comparison, one: Finding, amount: str) -> list[Row]:
    """A finding: whose documents they are, and below them, line by line, what is to be said of them."""
    first, *more = _details(ledger, found, one)
    cells = (
        one.date.isoformat() if one.lines or one.items else "",
        ", ".join(filter(None, (line.reference for line in one.lines))),
        ", ".join(item.name for item in one.items),
        first,
        amount,
        "",
    )
    return [Row(cells), *(_line(text) for text in more)]


def _details(ledger: Ledger, found: Comparison, one: Finding) -> list[str]:
    """What is to be said of a finding, in words; of what agrees, what it is."""
    texts = [line.text for line in one.lines] or [item.entry.narration or item.entry.payee or "" for item in one.items]
    text = ", ".join(filter(None, dict.fromkeys(texts)))
    if one.kind == AGREED:
        return [text or "; ".join(one.reasons)]
    said = [text] if text else []
    if one.lines and one.items and one.theirs != one.ours and one.kind != LATER:
        theirs, ours = (ledger.show(minor, found.currency, grouped=True) for minor in (one.theirs, one.ours))
        said = [f"{theirs}, ours {ours}"]
    return [*said, *(reason for reason in one.reasons if not reason.startswith(TIED))] or [""]


def _guess(guess: Guess) -> list[Row]:
    cells = (
        min(line.date for line in guess.lines).isoformat(),
        ", ".join(line.reference or line.text for line in guess.lines),
        ", ".join(item.name for item in guess.items),
        "; ".join(guess.reasons),
        "",
        "",
    )
    return [Row(cells), _line(f"but {guess.why}")]


def json_answer(
    ledger: Ledger, found: Sequence[Comparison], file: str, letters: str, problems: Sequence[Problem]
) -> Answer:
    """The answer of `acct reconcile --supplier -O json`: what we owe is positive, amounts are decimal texts."""
    first = found[0]
    return {
        "schema": "acctkit.supplier-statement/1",
        "problems": count(list(problems)),
        "supplier": first.party.code,
        "name": first.party.name,
        "file": file,
        "statements": [_answer(ledger, one, file) for one in found],
        "letter": letters,
    }


def _answer(ledger: Ledger, found: Comparison, file: str) -> Answer:
    def show(minor: int) -> str:
        return ledger.show(minor, found.currency)

    return {
        "currency": found.currency,
        "date": found.date.isoformat(),
        "as_of": found.as_of.isoformat(),
        "stated": found.is_stated,
        "statement": show(found.closing),
        "ledger": show(found.ledger),
        "difference": show(found.difference),
        "agrees": found.is_clear,
        "totals": {kind: show(sum(one.effect for one in found.of(kind))) for kind, *_ in _SECTIONS if found.of(kind)},
        "findings": [
            {
                "kind": one.kind,
                "date": one.date.isoformat() if one.lines or one.items else None,
                "theirs": show(one.theirs),
                "ours": show(one.ours),
                "effect": show(one.effect),
                "reasons": list(one.reasons),
                "lines": [_their_line(line, file) for line in one.lines],
                "entries": [
                    {
                        "id": item.name,
                        "date": item.date.isoformat(),
                        "file": item.entry.place.file,
                        "line": item.entry.place.line,
                    }
                    for item in one.items
                ],
            }
            for one in found.findings
        ],
        "suggested": [
            {
                "lines": [_their_line(line, file) for line in guess.lines],
                "entries": [item.name for item in guess.items],
                "reasons": list(guess.reasons),
                "why": guess.why,
            }
            for guess in found.suggested
        ],
    }


def _their_line(line: LineLike, file: str) -> Answer:
    return {
        "date": line.date.isoformat(),
        "reference": line.reference,
        "kind": line.kind,
        "amount": f"{line.amount:f}",
        "text": line.text,
        "file": file,
        "line": line.line,
    }
