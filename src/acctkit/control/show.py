"""A control account as an accountant reads it, and as the answer a program reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from acctkit.control.shape import Control, Group, Support
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem, count
from acctkit.table import MONEY, Column, Row, Table

_TITLES = {"vat": "VAT", "debtors": "Debtors", "creditors": "Creditors", "payroll": "Payroll"}
_COLUMNS = (
    Column("Date"),
    Column("Ref"),
    Column("Details"),
    Column("Days", MONEY),
    Column("Amount", MONEY),
    Column("Balance", MONEY),
)
Answer = dict[str, Any]


def table(ledger: Ledger, found: Control) -> Table:
    """The balance of the accounts, what supports it, and under a difference what makes it."""

    def show(minor: int) -> str:
        return ledger.show(found.sign * minor, found.currency)

    rows = [_line("Balance per ledger", style="heading")]
    rows += [_line(line.id, show(line.amount)) for line in found.accounts]
    rows.append(_line("", show(found.balance), show(found.balance), "subtotal"))
    rows += _groups(found.supports, show)
    rows.append(_line("Supported", balance=show(found.supported), style="subtotal"))
    rows.append(_line("Difference", balance=show(found.difference), style="total"))
    rows += _groups(found.differences, show)
    if found.unexplained:
        rows.append(_line("No entry is found for", balance=show(found.unexplained)))
    for group in found.review:
        rows.append(_line(f"To look at: {group.title}", style="heading"))
        rows += [_row(line, show) for line in group.lines]
    owed = "what is owed to us is positive" if found.sign > 0 else "what we owe is positive"
    title = f"{_TITLES[found.kind]} control account"
    return Table(title, _COLUMNS, tuple(rows), f"{found.currency} at {found.as_of}, {owed}", found.notes)


def _line(text: str, amount: str = "", balance: str = "", style: str = "line") -> Row:
    return Row((text,), style) if style == "heading" else Row(("", "", text, "", amount, balance), style)


def _groups(found: Iterable[Group], show: Any) -> list[Row]:  # noqa: ANN401 - how an amount is written
    rows: list[Row] = []
    for group in found:
        rows.append(_line(group.title, style="heading"))
        rows += [_row(line, show) for line in group.lines]
        rows.append(_line("", show(group.total), show(group.total), "subtotal"))
    return rows


def _row(line: Support, show: Any) -> Row:  # noqa: ANN401 - as above
    day = line.date.isoformat() if line.date else ""
    days = "" if line.days is None else str(line.days)
    return Row((day, line.id, line.text, days, show(line.amount), ""))


def json_answer(ledger: Ledger, found: Control, problems: Sequence[Problem]) -> Answer:
    """The answer of `acct reconcile --control -O json`: amounts are decimal texts in base currency, debit positive."""

    def show(minor: int) -> str:
        return ledger.show(minor, found.currency)

    def listed(groups: Iterable[Group]) -> list[Answer]:
        return [
            {
                "title": group.title,
                "total": show(group.total),
                "lines": [
                    {
                        "id": line.id,
                        "date": line.date.isoformat() if line.date else None,
                        "details": line.text,
                        "amount": show(line.amount),
                        "days": line.days,
                        "file": line.place.file if line.place else None,
                        "line": line.place.line if line.place else None,
                    }
                    for line in group.lines
                ],
            }
            for group in groups
        ]

    return {
        "schema": "acctkit.control/1",
        "problems": count(list(problems)),
        "control": found.kind,
        "as_of": found.as_of.isoformat(),
        "base": found.currency,
        "accounts": [{"account": line.id, "balance": show(line.amount)} for line in found.accounts],
        "balance": show(found.balance),
        "supports": listed(found.supports),
        "supported": show(found.supported),
        "difference": show(found.difference),
        "differences": listed(found.differences),
        "unexplained": show(found.unexplained),
        "review": listed(found.review),
    }
