"""The ledger of one account: opening, each line with its contra and the running balance, closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger, Line
from acctkit.ledger.nearest import meant
from acctkit.period import Period, financial_year
from acctkit.problem import count, refusal
from acctkit.table import MONEY, Column, Row, Table


@dataclass(frozen=True, slots=True)
class AccountLedger:
    """One account (with those below it) in one commodity: minor units, debit positive."""

    account: str
    commodity: str
    opening: int
    lines: list[Line]

    @property
    def closing(self) -> int:
        """The opening and all lines."""
        return self.opening + sum(line.minor for line in self.lines)


_MOST_LIKE = 3


def find_account(ledger: Ledger, name: str) -> str:
    """The account of that name, nominal code, or unique ending of whole parts; raises Refusal X907 for any other."""
    names, above = _names(ledger)
    if name in names | above:
        return name
    by_nominal = [full for full, info in ledger.accounts.items() if info.meta.get("nominal") == name]
    ending = f":{name}".lower()
    found = by_nominal or sorted(full for full in names | above if f":{full}".lower().endswith(ending))
    if len(found) == 1:
        return found[0]
    if found:
        raise refusal("X907", f"`{name}` could be several accounts: {', '.join(found[:6])}", "write more of the name")
    like = accounts_like(ledger, name)
    hint = f"did you mean {' or '.join(like)}?" if 0 < len(like) <= _MOST_LIKE else _meant(ledger, name, names | above)
    raise refusal("X907", f"there is no account `{name}` in these books", hint)


def accounts_like(ledger: Ledger, name: str) -> list[str]:
    """The accounts that have a text anywhere in their names."""
    names, _ = _names(ledger)
    return sorted(full for full in names if name.lower() in full.lower())


def _names(ledger: Ledger) -> tuple[set[str], set[str]]:
    """The accounts that are open or posted to, and those above them."""
    names = set(ledger.accounts) | {p.account for t in ledger.transactions for p in t.postings}
    return names, {full.rsplit(":", depth)[0] for full in names for depth in range(1, full.count(":") + 1)}


def _meant(ledger: Ledger, name: str, names: set[str]) -> str:
    """A hint at the account that may have been meant, by its name, the end of its name or its nominal code."""
    otherwise = "acct tb lists the accounts"
    if name.isdigit():  # of codes with another digit there are too many: only swapped digits tell
        nominals = {str(info.meta.get("nominal")) for info in ledger.accounts.values()}
        return meant(name, {code for code in nominals if sorted(code) == sorted(name)}, otherwise)
    depth = name.count(":") + 1
    return meant(name, names | {":".join(full.split(":")[-depth:]) for full in names}, otherwise)


def account_ledger(ledger: Ledger, account: str, period: Period) -> list[AccountLedger]:
    """The ledger of an account and those below it within a period, one for each commodity it holds."""
    opening: dict[str, int] = {}
    lines: dict[str, list[Line]] = {}
    for line in ledger.lines(account=account, period=Period(_since(ledger, account, period), period.end)):
        commodity = line.posting.commodity
        opening.setdefault(commodity, 0)
        if period.begin is not None and line.entry.date < period.begin:
            opening[commodity] += line.minor
        else:
            lines.setdefault(commodity, []).append(line)
    base = ledger.entity.currency
    return [
        AccountLedger(account, commodity, opening[commodity], lines.get(commodity, []))
        for commodity in sorted(opening, key=lambda c: (c != base, c))
        if opening[commodity] or lines.get(commodity)
    ]


class Contras:
    """The contra of each line of a ledger: worked out once for the lines of an entry that have the same."""

    def __init__(self) -> None:
        self._entry: Transaction | None = None
        self._found: dict[tuple[str, bool], str] = {}

    def of(self, line: Line) -> str:
        """The contra of a line; lines of one entry are asked for one after another."""
        if line.entry is not self._entry:
            self._entry, self._found = line.entry, {}
        key = line.posting.account, line.posting.number > 0
        if key not in self._found:
            self._found[key] = contra(line)
        return self._found[key]


def _since(ledger: Ledger, account: str, period: Period) -> date | None:
    """Where the opening begins to count: income and expense open their financial year at nothing."""
    year_end = ledger.entity.year_end
    if period.begin is None or year_end is None or ledger.kind(account) not in ("Income", "Expenses"):
        return None
    return financial_year(period.begin, year_end).begin


def contra(line: Line) -> str:
    """The account on the other side: the only one, or the largest and how many more there are."""
    sign = line.posting.number > 0
    others = [p for p in line.entry.postings if p.account != line.posting.account]
    facing = [p for p in others if (p.number > 0) != sign] or others
    if not facing:
        return ""
    largest = max(facing, key=lambda p: abs(p.number))
    more = len({p.account for p in facing}) - 1
    return largest.account + (f" +{more}" if more else "")


def table(ledger: Ledger, ledgers: list[AccountLedger], account: str, period: Period) -> Table:
    """The account's ledger as accountants print it, one block for each commodity."""
    columns = (
        Column("Date"), Column("Ref"), Column("Details"), Column("Contra"),
        Column("Debit", MONEY), Column("Credit", MONEY), Column("Balance", MONEY),
    )  # fmt: skip
    rows: list[Row] = []
    for own in ledgers:
        if len(ledgers) > 1:
            rows.append(Row((own.commodity,), "heading"))
        rows += _rows(ledger, own, period)
        if len(ledgers) > 1:
            rows.append(Row((), "blank"))
    info = ledger.accounts.get(account)
    nominal = f"{info.meta['nominal']} " if info and info.meta.get("nominal") else ""
    commodity = f", in {ledgers[0].commodity}" if len(ledgers) == 1 else ""
    notes = () if ledgers else ("nothing was posted here in this period",)
    return Table(f"{nominal}{account}", columns, tuple(rows), _span(period) + commodity, notes)


def _span(period: Period) -> str:
    first = f"{period.begin:%-d %B %Y}" if period.begin else "the beginning"
    last = f"{period.last:%-d %B %Y}" if period.last else "the last entry"
    return f"from {first} to {last}"


def _rows(ledger: Ledger, own: AccountLedger, period: Period) -> list[Row]:
    def show(minor: int) -> str:
        return ledger.show(minor, own.commodity)

    begin = period.begin.isoformat() if period.begin else ""
    rows = [Row((begin, "", "Opening balance", "", "", "", show(own.opening)))]
    balance, debited, credited = own.opening, 0, 0
    contras = Contras()
    for line in own.lines:
        balance += line.minor
        debited += max(line.minor, 0)
        credited += max(-line.minor, 0)
        figure = show(abs(line.minor))
        rows.append(
            Row(
                (
                    line.entry.date.isoformat(),
                    str(line.entry.meta.get("ref") or ""),
                    details(line),
                    contras.of(line),
                    figure if line.minor >= 0 else "",
                    figure if line.minor < 0 else "",
                    show(balance),
                )
            )
        )
    last = period.last.isoformat() if period.last else ""
    rows.append(Row((last, "", "Closing balance", "", show(debited), show(credited), show(balance)), "total"))
    return rows


def details(line: Line) -> str:
    """Payee and narration in one text."""
    return " | ".join(part for part in (line.entry.payee, line.entry.narration) if part)


def json_answer(ledger: Ledger, ledgers: list[AccountLedger], account: str, period: Period) -> dict[str, object]:
    """The answer of `acct ledger -O json`: one object for each commodity, with every line's file and line."""
    return {
        "schema": "acctkit.ledger/1",
        "problems": count(ledger.problems),
        "account": account,
        "from": period.begin.isoformat() if period.begin else None,
        "to": period.last.isoformat() if period.last else None,
        "ledgers": [
            {
                "commodity": own.commodity,
                "opening": ledger.show(own.opening, own.commodity),
                "closing": ledger.show(own.closing, own.commodity),
                "lines": _json_lines(ledger, own),
            }
            for own in ledgers
        ],
    }


def _json_lines(ledger: Ledger, own: AccountLedger) -> list[dict[str, object]]:
    balance = own.opening
    contras = Contras()
    lines: list[dict[str, object]] = []
    for line in own.lines:
        balance += line.minor
        lines.append(
            {
                "entry": ledger.name(line.entry),
                "date": line.entry.date.isoformat(),
                "account": line.posting.account,
                "payee": line.entry.payee or "",
                "narration": line.entry.narration,
                "contra": contras.of(line),
                "amount": ledger.show(line.minor, own.commodity),
                "balance": ledger.show(balance, own.commodity),
                "file": line.entry.source.name,
                "line": line.posting.line or line.entry.line,
            }
        )
    return lines
