"""Opening balances: an old system's trial balance and open items, taken over and proved."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal.entries import Money, Value
from acctkit.journal.writer import Draft, Leg, transaction_text
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import nearest
from acctkit.money import parse_number
from acctkit.period import parse_day
from acctkit.problem import Place, Problem, Refusal, error, refusal

_NEEDED = {"account", "debit", "credit"}
_KNOWN = {*_NEEDED, "party", "ref", "issued", "due"}


class _Balance(NamedTuple):
    """One line of the file: debit positive."""

    account: str
    number: Decimal
    party: str
    ref: str
    issued: date | None
    due: date | None


def opening_draft(ledger: Ledger, name: str, data: bytes, day: date) -> Draft:
    """One opening entry for the balances, and one for each open item, dated on the first day.

    The file is CSV headed `account,debit,credit` and, for open items, `party,ref,issued,due`; `ref` is our
    number for what is owed to us, the supplier's for what we owe. An account is
    named in full or by its nominal code. Raises Refusal with every line at fault, or where it does not balance.
    """
    balances, problems = _read(ledger, name, data)
    if problems:
        raise Refusal(*problems)
    total = sum((balance.number for balance in balances), Decimal(0))
    if total:
        word = "debit" if total > 0 else "credit"
        raise refusal("X907", f"{name} does not balance: {abs(total)} more {word}", "add the missing line to the file")
    if not balances:
        raise refusal("X907", f"{name} holds no balances", "give each account a line with its debit or credit")
    equity = ledger.with_role("opening")
    if not equity:
        raise refusal("X907", "no account has the role opening", 'give one the metadata role: "opening"')
    items = [balance for balance in balances if balance.party]
    plain = [balance for balance in balances if not balance.party]
    refs = ledger.next_refs("opening", len(items) + 1)
    currency = ledger.entity.currency
    legs = [Leg(balance.account, Money(balance.number, currency)) for balance in plain]
    rest = sum((balance.number for balance in items), Decimal(0))
    if rest:
        legs.append(Leg(equity[0], Money(rest, currency)))
    texts = [transaction_text(day, "", "Opening balances", legs, {"type": "opening", "ref": refs[0]})]
    for index, balance in enumerate(items, 1):
        if balance.ref and ledger.role(balance.account) == "debtors":
            refs[index] = balance.ref  # our own number, by which a customer will pay it
        texts.append(_item(balance, refs[index], day, equity[0], currency))
    debits = sum((balance.number for balance in balances if balance.number > 0), Decimal(0))
    reason = f"{len(plain)} balances and {len(items)} open items: debits {debits} {currency}, credits the same"
    return Draft(tuple(texts), tuple(refs), (reason,))


def _item(balance: _Balance, ref: str, day: date, equity: str, currency: str) -> str:
    meta: dict[str, Value] = {"type": "opening", "ref": ref, "party": balance.party}
    if balance.ref not in ("", ref):
        meta["their-ref"] = balance.ref
    if balance.issued:
        meta["issued"] = balance.issued
    if balance.due:
        meta["due"] = balance.due
    legs = [Leg(balance.account, Money(balance.number, currency)), Leg(equity, Money(-balance.number, currency))]
    return transaction_text(day, "", f"Open item {balance.ref or balance.party}", legs, meta)


def _read(ledger: Ledger, name: str, data: bytes) -> tuple[list[_Balance], list[Problem]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal("X902", f"{name} is not UTF-8", "save it as UTF-8 CSV") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = {column.strip().lower() for column in reader.fieldnames or []}
    if not header >= _NEEDED or header - _KNOWN:
        columns = ", ".join(sorted(header))
        hint = f"the columns are account,debit,credit and, for open items, party,ref,issued,due; found {columns}"
        raise refusal("X902", f"{name} has not the columns of opening balances", hint)
    lines = text.splitlines()
    balances: list[_Balance] = []
    problems: list[Problem] = []
    for row in _rows(reader, name):
        number = reader.line_num
        shown = lines[number - 1] if number <= len(lines) else ""
        cells = {
            (key or "").strip().lower(): (value or "").strip() for key, value in row.items() if isinstance(value, str)
        }
        if not any(cells.values()):
            continue
        found = _balance(ledger, cells)
        if isinstance(found, str):
            problems.append(error("X902", found, Place(name, number, 1, len(shown) + 1, shown), "correct this line"))
        elif found.number:
            balances.append(found)
    return balances, problems


def _rows(reader: csv.DictReader[str], name: str) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as reason:
        raise refusal("X902", f"{name} is not CSV: {reason}", "look for a quote that is never closed") from None


def _balance(ledger: Ledger, cells: dict[str, str]) -> _Balance | str:
    """One line's balance, or what is wrong with it."""
    account = cells["account"]
    by_nominal = {str(info.meta.get("nominal")): full for full, info in ledger.accounts.items()}
    account = by_nominal.get(account, account)
    if account not in ledger.accounts:
        near = nearest(account, [*ledger.accounts, *by_nominal])
        return f"there is no account {account}" + (f"; did you mean {near[0]}?" if near else "")
    debit, credit = (parse_number(cells.get(side) or "0") for side in ("debit", "credit"))
    if debit is None or credit is None:
        return "an amount that cannot be read"
    days = {key: parse_day(cells.get(key, "")) for key in ("issued", "due")}
    for key, found in days.items():
        if cells.get(key) and found is None:
            return f"{key} is not a day like 2026-03-31"
    if not cells.get("party") and ledger.role(account) in ("debtors", "creditors"):
        return f"{account} is a control account: its open items need a party, one line each"
    return _Balance(account, debit - credit, cells.get("party", ""), cells.get("ref", ""), days["issued"], days["due"])
