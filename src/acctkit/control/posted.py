"""What stands on accounts of some roles to the end of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from acctkit.control.shape import Support
from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger, Line
from acctkit.period import Period, day_after
from acctkit.problem import refusal

MONEY_ROLES = ("bank", "cash", "card")


def posted(ledger: Ledger, accounts: Iterable[str], day: date) -> list[Line]:
    """The postings on these very accounts, in order of date."""
    own = set(accounts)
    return [line for line in ledger.lines(period=Period(None, day_after(day))) if line.posting.account in own]


def require_accounts(ledger: Ledger, kind: str, *roles: str) -> list[str]:
    """The accounts of these roles; raises Refusal X907 where there are none."""
    found = ledger.with_role(*roles)
    if not found:
        hint = f'give the account its role: role: "{roles[0]}" on its open directive, or an amend record'
        raise refusal("X907", f"no account of these books is a {kind} account", hint)
    return found


def balances(lines: Iterable[Line], accounts: Iterable[str]) -> tuple[Support, ...]:
    """Each account that was posted to, with its balance in base currency."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.posting.account] = sums.get(line.posting.account, 0) + (line.base or 0)
    return tuple(Support(name, "", sums[name]) for name in accounts if name in sums)


def is_money(ledger: Ledger, entry: Transaction) -> bool:
    """Whether an entry pays or receives: it touches a bank, cash or card account."""
    return any(ledger.role(posting.account) in MONEY_ROLES for posting in entry.postings)


def support_of(ledger: Ledger, entry: Transaction, amount: int, text: str = "", days: int | None = None) -> Support:
    """An entry as a support: its name, its words, its day and place."""
    words = text or " ".join(filter(None, (entry.payee, entry.narration)))
    return Support(ledger.name(entry), words, amount, entry.date, days, entry.place)
