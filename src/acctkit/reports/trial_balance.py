"""The trial balance: every account's opening, gross debits and credits, and closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from acctkit.ledger.balances import Balances, Movement, Movements, Special
from acctkit.period import ONE_DAY, Period, day_after, financial_year
from acctkit.problem import count, refusal
from acctkit.table import MONEY, Column, Row, Table

_KINDS = ("Assets", "Liabilities", "Equity", "Income", "Expenses")


class BalanceRow(NamedTuple):
    """One account in one commodity."""

    account: str
    nominal: str
    commodity: str
    movement: Movement


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The rows from `begin` (None: ever) to `as_of`, in the order of the chart."""

    begin: date | None
    as_of: date | None
    rows: list[BalanceRow]


def trial_balance(
    ledger: Balances, begin: date | None, as_of: date | None, *, cumulative: bool = False
) -> TrialBalance:
    """The trial balance to the end of `as_of`, for an entity with years from the first day of its year.

    Income and expense open the financial year at nothing; the results of earlier years stand in the opening
    of retained earnings, computed, never posted. `opening` entries of the first day count as opening, and
    `year-end` entries from the day after their own. `cumulative`, and books without years, have none of this: they
    hold what was posted. Raises Refusal X907 where it would begin after its last day.
    """
    if begin is not None and as_of is not None and begin > as_of:
        raise refusal("X907", f"the trial balance would begin on {begin}, after {as_of}", "choose an earlier first day")
    year_end = None if cumulative else ledger.entity.year_end
    if year_end is None or as_of is None:
        placed = dict(ledger.movements(Period(begin, day_after(as_of) if as_of else None)))
        return TrialBalance(begin, as_of, _rows(ledger, placed))
    year_start = financial_year(as_of, year_end).begin or date.min
    begin = begin or year_start
    placed = {key: row for key, row in _placed(ledger, begin, as_of).items() if not _is_result(ledger, key[0])}
    # Income and expense are this year's only, also where the period begins in an earlier one.
    for key, row in _placed(ledger, max(begin, year_start), as_of).items():
        if _is_result(ledger, key[0]):
            placed[key] = row
    retained = _retained_account(ledger)
    earlier = _placed(ledger, year_start, year_start - ONE_DAY) if year_start > date.min else {}
    for (account, commodity), before in earlier.items():
        if _is_result(ledger, account):
            result = Movement(before.opening, 0, 0, before.base_opening)
            key, target = (account, commodity), (retained, commodity)
            placed[key] = _plus(placed.get(key, Movement()), result, -1)
            placed[target] = _plus(placed.get(target, Movement()), result, 1)
    return TrialBalance(begin, as_of, _rows(ledger, placed))


def _is_result(ledger: Balances, account: str) -> bool:
    return ledger.kind(account) in ("Income", "Expenses")


def _retained_account(ledger: Balances) -> str:
    """The account of role retained-earnings, else the name one would have."""
    for name, info in ledger.accounts.items():
        if info.meta.get("role") == "retained-earnings":
            return name
    equity = next((name.partition(":")[0] for name in ledger.accounts if ledger.kind(name) == "Equity"), "Equity")
    return f"{equity}:Retained-Earnings"


def _placed(ledger: Balances, begin: date, as_of: date) -> Movements:
    """Movements with opening and year-end entries placed where they count."""
    end = day_after(as_of)
    placed = dict(ledger.movements(Period(begin, end)))
    for special in ledger.specials():
        was = _column(special.date, begin, end)
        day = (day_after(special.date) or special.date) if special.type == "year-end" else special.date
        now = "opening" if day == begin else _column(day, begin, end)
        if was != now:
            key = special.account, special.commodity
            moved = _moved(placed.get(key, Movement()), special, was, -1)
            placed[key] = _moved(moved, special, now, 1)
    return placed


def _column(day: date, begin: date, end: date | None) -> str:
    if day < begin:
        return "opening"
    return "movement" if end is None or day < end else ""


def _moved(movement: Movement, special: Special, column: str, sign: int) -> Movement:
    """A movement with a special posting put into a column, or taken out of it (sign -1)."""
    base = special.base
    if column == "opening":
        return _plus(movement, Movement(special.minor, 0, 0, base), sign)
    if column == "movement" and special.minor > 0:
        return _plus(movement, Movement(0, special.minor, 0, 0, base), sign)
    if column == "movement":
        credit = -special.minor, None if base is None else -base
        return _plus(movement, Movement(0, 0, credit[0], 0, 0, credit[1]), sign)
    return movement


def _plus(left: Movement, right: Movement, sign: int) -> Movement:
    values = (None if a is None or b is None else a + sign * b for a, b in zip(left, right, strict=True))
    return Movement(*values)  # type: ignore[arg-type]


def _rows(ledger: Balances, placed: Movements) -> list[BalanceRow]:
    rows = []
    for (account, commodity), movement in placed.items():
        if any(movement):  # a balance that is nil in its own currency may still have a value in base
            info = ledger.accounts.get(account)
            nominal = info.meta.get("nominal") if info else None
            rows.append(BalanceRow(account, nominal if isinstance(nominal, str) else "", commodity, movement))
    return sorted(rows, key=lambda row: (*_chart_order(ledger, row), row.commodity))


def _chart_order(ledger: Balances, row: BalanceRow) -> tuple[int, str, int, str]:
    """By nominal code where there is one, else by kind and name."""
    kind = ledger.kind(row.account)
    return (0 if row.nominal else 1, row.nominal, _KINDS.index(kind) if kind in _KINDS else len(_KINDS), row.account)


# Shown.


def total(rows: list[BalanceRow]) -> Movement:
    """The sum of rows of one commodity (in its minor units), or of all of them in base."""
    result = Movement()
    for row in rows:
        result = _plus(result, row.movement, 1)
    return result


def table(ledger: Balances, balance: TrialBalance) -> Table:
    """The classic trial balance: closing balances as debits or credits, ruled and totalled.

    In base currency where every row has a base value, else one block for each commodity.
    """
    base = ledger.entity.currency
    title = f"{ledger.entity.name}: trial balance" if ledger.entity.name else "Trial balance"
    subtitle = f"as at {balance.as_of:%-d %B %Y}" if balance.as_of else ""
    has_nominal = any(row.nominal for row in balance.rows)
    columns: tuple[Column, ...] = (Column("Nominal"),) if has_nominal else ()
    columns += (Column("Account"), Column("Debit", MONEY), Column("Credit", MONEY))
    rows: list[Row] = []
    if all(row.movement.base_closing is not None for row in balance.rows):
        rows = _block(ledger, balance.rows, base, has_nominal=has_nominal, in_base=True)
        subtitle += f", in {base}" if subtitle and base else ""
    else:
        commodities = sorted({row.commodity for row in balance.rows}, key=lambda c: (c != base, c))
        for commodity in commodities:
            own = [row for row in balance.rows if row.commodity == commodity]
            rows += [Row((commodity,), "heading"), *_block(ledger, own, commodity, has_nominal=has_nominal)]
            rows.append(Row((), "blank"))
    return Table(title, columns, tuple(rows), subtitle)


def _block(
    ledger: Balances, rows: list[BalanceRow], currency: str, *, has_nominal: bool, in_base: bool = False
) -> list[Row]:
    lines = []
    debited = credited = 0
    for row in rows:
        closing = row.movement.base_closing if in_base else row.movement.closing
        if not closing:
            continue
        figure = ledger.show(abs(closing), currency)
        debited += max(closing, 0)
        credited += max(-closing, 0)
        name = row.account
        if in_base and row.commodity != currency:
            name += f" ({ledger.show(row.movement.closing, row.commodity, grouped=True)} {row.commodity})"
        lines.append(
            _line(
                row.nominal, name, figure if closing > 0 else "", figure if closing < 0 else "", has_nominal=has_nominal
            )
        )
    both = ledger.show(debited, currency), ledger.show(credited, currency)
    lines.append(_line("", "Total", *both, has_nominal=has_nominal, style="total"))
    if debited != credited:
        more = ledger.show(abs(debited - credited), currency)
        cells = ("", more) if debited < credited else (more, "")
        lines.append(_line("", "Difference", *cells, has_nominal=has_nominal))
    return lines


def _line(nominal: str, name: str, debit: str, credit: str, *, has_nominal: bool, style: str = "line") -> Row:
    cells = (name, debit, credit)
    return Row((nominal, *cells) if has_nominal else cells, style)


def movements_table(ledger: Balances, balance: TrialBalance) -> Table:
    """The long form: opening, debits, credits and closing of each account in its own commodity."""
    figures = ("Opening", "Debit", "Credit", "Closing")
    columns = (Column("Nominal"), Column("Account"), Column("Commodity"), *(Column(f, MONEY) for f in figures))
    rows = []
    for commodity in sorted({row.commodity for row in balance.rows}, key=lambda c: (c != ledger.entity.currency, c)):
        own = [row for row in balance.rows if row.commodity == commodity]
        rows += [
            Row((row.nominal, row.account, commodity, *_four(ledger, row.movement, commodity).values())) for row in own
        ]
        rows.append(Row(("", "Total", commodity, *_four(ledger, total(own), commodity).values()), "total"))
    rows += _difference(ledger, balance)
    title = f"{ledger.entity.name}: trial balance" if ledger.entity.name else "Trial balance"
    since = f"{balance.begin:%-d %B %Y} to " if balance.begin else "to "
    return Table(title, columns, tuple(rows), f"{since}{balance.as_of:%-d %B %Y}" if balance.as_of else "")


def _difference(ledger: Balances, balance: TrialBalance) -> list[Row]:
    """What debits and credits differ by in base currency, where that is known and they do."""
    all_of_it = total(balance.rows)
    figures = all_of_it.base_opening, all_of_it.base_debit, all_of_it.base_credit, all_of_it.base_closing
    opening, debit, credit, closing = figures
    if opening is None or debit is None or credit is None or closing is None or not (opening or closing):
        return []
    excess = (opening, max(debit - credit, 0), max(credit - debit, 0), closing)
    cells = (ledger.show(minor, ledger.entity.currency) if minor else "" for minor in excess)
    return [Row(("", "Difference", ledger.entity.currency, *cells))]


def _four(ledger: Balances, movement: Movement, commodity: str) -> dict[str, str]:
    return {
        "opening": ledger.show(movement.opening, commodity),
        "debit": ledger.show(movement.debit, commodity),
        "credit": ledger.show(movement.credit, commodity),
        "closing": ledger.show(movement.closing, commodity),
    }


def _four_in_base(ledger: Balances, movement: Movement) -> dict[str, str | None]:
    values = (movement.base_opening, movement.base_debit, movement.base_credit, movement.base_closing)
    names = ("opening", "debit", "credit", "closing")
    currency = ledger.entity.currency
    return {n: None if v is None else ledger.show(v, currency) for n, v in zip(names, values, strict=True)}


def json_answer(ledger: Balances, balance: TrialBalance) -> dict[str, object]:
    """The answer of `acct tb -O json`: amounts as decimal strings, debit positive."""
    commodities = sorted({row.commodity for row in balance.rows})
    totals: dict[str, object] = {}
    for commodity in commodities:
        totals[commodity] = _four(ledger, total([r for r in balance.rows if r.commodity == commodity]), commodity)
    totals["base"] = _four_in_base(ledger, total(balance.rows))
    return {
        "schema": "acctkit.tb/1",
        "problems": count(ledger.problems),
        "begin": balance.begin.isoformat() if balance.begin else None,
        "as_of": balance.as_of.isoformat() if balance.as_of else None,
        "base": ledger.entity.currency,
        "rows": [
            {
                "account": row.account,
                "nominal": row.nominal,
                "commodity": row.commodity,
                **_four(ledger, row.movement, row.commodity),
                "base": _four_in_base(ledger, row.movement),
            }
            for row in balance.rows
        ],
        "totals": totals,
    }
