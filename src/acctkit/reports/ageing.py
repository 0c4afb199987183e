"""Aged debtors and creditors: what each party has open, by how long it is overdue or was issued."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from acctkit.ledger.items import EXCHANGE, KINDS, Item, control_accounts, read_items
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.period import Period, day_after
from acctkit.problem import Problem, count, refusal
from acctkit.table import MONEY, Column, Row, Table, counted

BUCKETS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "on_account")
_LAST_DAYS = (0, 30, 60, 90)
_ON_ACCOUNT = len(BUCKETS) - 1
_TITLES = ("Not due", "1-30", "31-60", "61-90", "Over 90", "On account")


class AgedRow(NamedTuple):
    """What one party has open in one currency: minor units, debit positive, in the order of BUCKETS.

    `base` is what the books carry it at in base currency, exchange differences posted for it included.
    """

    party: str
    name: str
    commodity: str
    buckets: tuple[int, ...]
    base: int

    @property
    def total(self) -> int:
        """All of it, what is on account taken off."""
        return sum(self.buckets)


@dataclass(frozen=True, slots=True)
class Aged:
    """The rows, in order of party and currency, and the control accounts' balance in base currency.

    `kind` is debtors or creditors, `by` due or issued. `unvalued` counts items without a value in base.
    """

    kind: str
    as_of: date
    by: str
    rows: list[AgedRow]
    control: int
    unvalued: int

    @property
    def base(self) -> int:
        """The rows' total in base currency."""
        return sum(row.base for row in self.rows)

    @property
    def difference(self) -> int:
        """The control accounts less the rows, in base currency: 0 unless something is wrong."""
        return self.control - self.base


def aged(ledger: Ledger, kind: str, as_of: date, by: str = "due") -> Aged:
    """What was open at the end of a day by age, allocations in effect by then taken off.

    Invoices stand in the bucket of their age; payments and credits not allocated stand in a column of their
    own. Raises Refusal (X907) for another `kind` than debtors and creditors, or `by` than due and issued.
    """
    if kind not in KINDS:
        raise refusal("X907", f"{kind} cannot be aged", meant(kind, KINDS, "choose debtors or creditors"))
    if by not in ("due", "issued"):
        raise refusal("X907", f"there is no ageing by {by}", meant(by, ("due", "issued"), "choose due or issued"))
    found = read_items(ledger)
    buckets: dict[tuple[str, str], list[int]] = {}
    base: dict[tuple[str, str], int] = {}
    unvalued = 0
    for item in found.as_at(as_of):
        if item.kind != KINDS[kind]:
            continue
        key = item.party, item.commodity
        if item.base is None:
            unvalued += 1
        base[key] = base.get(key, 0) + (item.base or 0)
        if item.open:
            buckets.setdefault(key, [0] * len(BUCKETS))[_bucket(item, as_of, by)] += item.open
    _add_exchange(ledger, kind, as_of, base)
    rows = [
        AgedRow(
            party,
            found.parties[party].name if party in found.parties else party or "unknown",
            commodity,
            tuple(buckets.get((party, commodity), [0] * len(BUCKETS))),
            base.get((party, commodity), 0),
        )
        for party, commodity in sorted(base, key=lambda key: (not key[0], key))
        if any(buckets.get((party, commodity), ())) or base.get((party, commodity), 0)
    ]
    return Aged(kind, as_of, by, rows, _control(ledger, kind, as_of), unvalued)


def _bucket(item: Item, as_of: date, by: str) -> int:
    """Which bucket what is open of an item stands in."""
    if not item.natural:
        return _ON_ACCOUNT
    days = (as_of - (item.due if by == "due" else item.issued)).days
    return sum(days > last for last in _LAST_DAYS)


def _exchange_accounts(ledger: Ledger, kind: str) -> list[str]:
    return [name for name in ledger.with_role(kind) if name.rpartition(":")[2] == EXCHANGE]


def _add_exchange(ledger: Ledger, kind: str, as_of: date, base: dict[tuple[str, str], int]) -> None:
    """Add posted exchange differences to the foreign row of their party, else to a row of their own."""
    currency = ledger.entity.currency
    foreign: dict[str, list[str]] = {}
    for party, commodity in sorted(base):
        if commodity != currency:
            foreign.setdefault(party, []).append(commodity)
    for account in _exchange_accounts(ledger, kind):
        for line in ledger.lines(account=account, period=Period(None, day_after(as_of))):
            if line.posting.account != account or not line.base:
                continue
            named = line.posting.meta.get("party") or line.entry.meta.get("party")
            code = named if isinstance(named, str) else ""
            own = foreign.get(code, [])
            key = code, own[0] if len(own) == 1 else line.posting.commodity
            base[key] = base.get(key, 0) + line.base


def _control(ledger: Ledger, kind: str, as_of: date) -> int:
    """The balance of the control accounts and their exchange accounts, in base currency."""
    kinds = control_accounts(ledger)
    own = {name for name, party_kind in kinds.items() if party_kind == KINDS[kind]}
    own.update(_exchange_accounts(ledger, kind))
    lines = ledger.lines(period=Period(None, day_after(as_of)))
    return sum(line.base or 0 for line in lines if line.posting.account in own)


def totals(rows: Iterable[AgedRow]) -> dict[str, tuple[int, ...]]:
    """The sum of each bucket by currency, in order of currency."""
    sums: dict[str, tuple[int, ...]] = {}
    for row in sorted(rows, key=lambda one: one.commodity):
        before = sums.get(row.commodity, (0,) * len(BUCKETS))
        sums[row.commodity] = tuple(one + other for one, other in zip(before, row.buckets, strict=True))
    return sums


def table(ledger: Ledger, report: Aged) -> Table:
    """The report as an accountant reads it: what is owed is positive, to us or by us; on account is negative."""
    sign = 1 if report.kind == "debtors" else -1
    currency = ledger.entity.currency

    def cells(name: str, commodity: str, buckets: tuple[int, ...], base: str) -> tuple[str, ...]:
        figures = (ledger.show(sign * minor, commodity) if minor else "" for minor in buckets)
        return name, commodity, *figures, ledger.show(sign * sum(buckets), commodity), base

    rows = [
        Row(cells(row.name, row.commodity, row.buckets, ledger.show(sign * row.base, currency))) for row in report.rows
    ]
    sums = totals(report.rows)
    for commodity, buckets in sums.items():
        of_currency = sum(row.base for row in report.rows if row.commodity == commodity)
        style = "total" if len(sums) == 1 else "subtotal"
        rows.append(Row(cells("Total", commodity, buckets, ledger.show(sign * of_currency, currency)), style))
    if len(sums) > 1:
        blanks = ("",) * (len(BUCKETS) + 2)
        rows.append(Row(("Total in base currency", *blanks, ledger.show(sign * report.base, currency)), "total"))
    titles = ("Party", "Currency", *_TITLES, "Total", f"Base {currency}".strip())
    columns = tuple(Column(title, MONEY if index > 1 else "text") for index, title in enumerate(titles))
    notes = [_control_note(ledger, report, sign)]
    if report.unvalued:
        notes.append(f"no value in {currency}, and so counted as nothing in it: {counted(report.unvalued, 'item')}")
    owed = "what is owed to us" if report.kind == "debtors" else "what we owe"
    subtitle = f"as at {report.as_of}, days since {'due' if report.by == 'due' else 'issued'}, {owed} is positive"
    return Table(f"Aged {report.kind}", columns, tuple(rows), subtitle, tuple(notes))


def _control_note(ledger: Ledger, report: Aged, sign: int) -> str:
    currency = ledger.entity.currency
    control = f"{ledger.show(sign * report.control, currency, grouped=True)} {currency}".strip()
    if not report.difference:
        return f"agrees with the control accounts: {control}"
    return f"the control accounts stand at {control}: a difference of {ledger.show(sign * report.difference, currency)}"


def json_answer(ledger: Ledger, report: Aged, problems: list[Problem] | None = None) -> dict[str, object]:
    """The answer of `acct aged -O json`: amounts as decimal strings, debit positive, creditors thus negative.

    `totals` are by currency, and `base` in base currency. `problems` left out are the ledger's own.
    """
    currency = ledger.entity.currency

    def figures(commodity: str, buckets: tuple[int, ...]) -> dict[str, object]:
        shown = {name: ledger.show(minor, commodity) for name, minor in zip(BUCKETS, buckets, strict=True)}
        return {**shown, "total": ledger.show(sum(buckets), commodity)}

    by_currency: dict[str, object] = {}
    for commodity, buckets in totals(report.rows).items():
        of_currency = sum(row.base for row in report.rows if row.commodity == commodity)
        by_currency[commodity] = {**figures(commodity, buckets), "base": ledger.show(of_currency, currency)}
    by_currency["base"] = ledger.show(report.base, currency)
    return {
        "schema": "acctkit.aged/1",
        "problems": count(ledger.problems if problems is None else problems),
        "kind": report.kind,
        "as_of": report.as_of.isoformat(),
        "by": report.by,
        "base": currency,
        "rows": [
            {
                "party": row.party,
                "name": row.name,
                "commodity": row.commodity,
                **figures(row.commodity, row.buckets),
                "base": ledger.show(row.base, currency),
            }
            for row in report.rows
        ],
        "totals": by_currency,
        "control": ledger.show(report.control, currency),
        "difference": ledger.show(report.difference, currency),
    }
