"""The trial balance before the auditor's adjustments, the adjustments, and after."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.period import Period, day_after
from acctkit.problem import count, refusal
from acctkit.reports.trial_balance import TrialBalance
from acctkit.table import MONEY, Column, Row, Table

KIND = "adjustment"


class Adjusted(NamedTuple):
    """An account: its balance before, the debits and credits of the adjustments, and its balance after.

    In minor units of the base currency, debit positive.
    """

    account: str
    nominal: str
    before: int
    debit: int
    credit: int
    after: int


def is_adjustment(ledger: Ledger, entry: Transaction) -> bool:
    """Whether an entry is of type adjustment, or reverses one."""
    other = ledger.entry(str(entry.meta["reverses"])) if "reverses" in entry.meta else None
    return entry.type == KIND or (other is not None and is_adjustment(ledger, other))


def adjusted(ledger: Ledger, balance: TrialBalance) -> tuple[list[Adjusted], list[Transaction]]:
    """The accounts of a trial balance in base currency, and the adjustments within its days.

    Raises Refusal X907 where a balance has no value in base currency.
    """
    period = Period(balance.begin, day_after(balance.as_of) if balance.as_of else None)
    entries = [entry for entry in ledger.transactions if entry.date in period and is_adjustment(ledger, entry)]
    moved: dict[str, list[int]] = {}
    for entry in entries:
        for posting, base in zip(entry.postings, ledger.bases(entry), strict=True):
            sums = moved.setdefault(posting.account, [0, 0])
            sums[(base or 0) < 0] += abs(base or 0)
    after: dict[str, int] = {}
    nominals: dict[str, str] = {}
    for row in balance.rows:
        if row.movement.base_closing is None:
            message = f"{row.account} has a balance in {row.commodity} without a value in {ledger.entity.currency}"
            raise refusal("X907", message, "acct tb shows it by currency")
        after[row.account] = after.get(row.account, 0) + row.movement.base_closing
        nominals[row.account] = row.nominal
    rows = []
    for account in [*after, *(name for name in moved if name not in after)]:
        debit, credit = moved.get(account, [0, 0])
        closing = after.get(account, 0)
        if closing or debit or credit:
            rows.append(Adjusted(account, nominals.get(account, ""), closing - debit + credit, debit, credit, closing))
    return rows, entries


def table(ledger: Ledger, rows: list[Adjusted], entries: list[Transaction], as_of: date | None) -> Table:
    """The adjusted trial balance as a working paper: one column each, credits negative, and the adjustments below."""
    columns = (
        Column("Nominal"), Column("Account"), Column("Before", MONEY), Column("Debit", MONEY), Column("Credit", MONEY),
        Column("After", MONEY),
    )  # fmt: skip
    currency = ledger.entity.currency

    def show(minor: int) -> str:
        return ledger.show(minor, currency) if minor else ""

    lines = [
        Row((one.nominal, one.account, *map(show, (one.before, one.debit, one.credit, one.after)))) for one in rows
    ]
    sums = [sum(values) for values in zip(*((r.before, r.debit, r.credit, r.after) for r in rows), strict=True)]
    lines.append(Row(("", "Total", *(ledger.show(value, currency) for value in sums or [0] * 4)), "total"))
    notes = [f"{ledger.name(e)} {e.date}: {', '.join(t for t in (e.payee, e.narration) if t)}" for e in entries]
    name = f"{ledger.entity.name}: trial balance" if ledger.entity.name else "Trial balance"
    subtitle = (
        f"as at {as_of:%-d %B %Y}, in {currency}, debits positive" if as_of else f"in {currency}, debits positive"
    )
    return Table(f"{name} with adjustments", columns, tuple(lines), subtitle, tuple(notes or ["No adjustments."]))


def answer(ledger: Ledger, rows: list[Adjusted], entries: list[Transaction], as_of: date | None) -> dict[str, object]:
    """The answer of `acct tb --adjustments`."""
    currency = ledger.entity.currency
    return {
        "schema": "acctkit.tb-adjustments/1",
        "problems": count(ledger.problems),
        "as_of": str(as_of) if as_of else None,
        "base": currency,
        "rows": [
            {
                "account": one.account,
                "nominal": one.nominal,
                "before": ledger.show(one.before, currency),
                "debit": ledger.show(one.debit, currency),
                "credit": ledger.show(one.credit, currency),
                "after": ledger.show(one.after, currency),
            }
            for one in rows
        ],
        "adjustments": [
            {"entry": ledger.name(e), "date": str(e.date), "file": e.source.name, "line": e.line} for e in entries
        ],
    }
