"""Payroll liabilities by month: what the payrolls owe, what was paid of it, and what is outstanding since when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from acctkit.control.posted import balances, is_money, posted, require_accounts, support_of
from acctkit.control.shape import Control, Support, groups
from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger, Line
from acctkit.period import month_end

# Wages may be paid so many days before their payroll is posted.
_BEFORE = timedelta(days=15)
_PAYROLLS = ("payroll", "opening", "reversal", "accrual")


class _Owed(NamedTuple):
    """A month's liability on one account: its entries, and what was paid of it so far (both debit positive)."""

    month: date
    entries: list[Transaction]
    amount: int
    paid: int
    payers: list[str]

    @property
    def left(self) -> int:
        """What is outstanding."""
        return self.amount + self.paid


def payroll_control(ledger: Ledger, day: date) -> Control:
    """The payroll accounts at the end of a day, by month of the payroll; what no payroll posted is the difference."""
    accounts = require_accounts(ledger, "payroll", "payroll")
    lines = posted(ledger, accounts, day)
    supports: list[tuple[str, list[Support]]] = []
    over: list[Support] = []
    direct: list[Support] = []
    for account in accounts:
        own = [line for line in lines if line.posting.account == account]
        owed, payments, others = _parted(ledger, own)
        direct += [support_of(ledger, line.entry, line.base or 0) for line in others]
        months, unspent = _settled(ledger, owed, payments)
        over += unspent
        supports.append((account, _months(ledger, months, day)))
    if not sum(line.amount for line in direct):
        direct = []
    return Control(
        "payroll",
        day,
        ledger.entity.currency,
        -1,
        balances(lines, accounts),
        groups(*supports),
        groups(("Paid, and no payroll owes it", over), ("Posted by no payroll", direct)),
    )


def _parted(ledger: Ledger, lines: list[Line]) -> tuple[list[_Owed], list[Line], list[Line]]:
    """Liabilities by month, payments, and all else, of one account."""
    months: dict[date, _Owed] = {}
    payments: list[Line] = []
    others: list[Line] = []
    for line in lines:
        entry = line.entry
        if entry.type in _PAYROLLS and not (is_money(ledger, entry) and entry.type == "accrual"):
            origin = ledger.entry(str(entry.meta.get("reverses", ""))) or entry
            month = month_end(origin.date)
            before = months.get(month) or _Owed(month, [], 0, 0, [])
            months[month] = before._replace(entries=[*before.entries, entry], amount=before.amount + (line.base or 0))
        elif is_money(ledger, entry):
            payments.append(line)
        else:
            others.append(line)
    return [months[month] for month in sorted(months)], payments, others


def _settled(ledger: Ledger, owed: list[_Owed], payments: list[Line]) -> tuple[list[_Owed], list[Support]]:
    """Set payments against months: the oldest of just that amount, else the oldest first; and what is left over."""
    months = list(owed)
    rest: list[tuple[Line, int]] = []

    def pay(at: int, line: Line, amount: int) -> None:
        one = months[at]
        months[at] = one._replace(paid=one.paid + amount, payers=[*one.payers, ledger.name(line.entry)])

    for line in payments:
        amount = line.base or 0
        latest = line.entry.date + _BEFORE
        exact = [at for at, one in enumerate(months) if one.left == -amount and one.entries[0].date <= latest]
        if exact and amount:
            pay(exact[0], line, amount)
        elif amount:
            rest.append((line, amount))
    unspent: list[Support] = []
    for line, whole in rest:
        amount = whole
        for at, one in enumerate(months):
            if amount and one.left * amount < 0:
                part = min(abs(amount), abs(one.left)) * (1 if amount > 0 else -1)
                pay(at, line, part)
                amount -= part
        if amount:
            unspent.append(support_of(ledger, line.entry, amount))
    return months, unspent


def _months(ledger: Ledger, months: list[_Owed], day: date) -> list[Support]:
    """The months that are not settled, and the latest of them whatever it is."""
    found = []
    for one in months:
        if not one.left and one is not months[-1]:
            continue
        payers = f" ({', '.join(dict.fromkeys(one.payers))})" if one.payers else ""
        owed, paid = (ledger.show(minor, ledger.entity.currency, grouped=True) for minor in (-one.amount, one.paid))
        text = f"owed {owed}, paid {paid}{payers}"
        name = ", ".join(dict.fromkeys(ledger.name(entry) for entry in one.entries))
        last = max(one.entries, key=lambda entry: entry.date)
        days = (day - last.date).days if one.left else None
        found.append(Support(name, text, one.left, last.date, days, last.place))
    return found
