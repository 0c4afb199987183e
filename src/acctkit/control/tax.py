"""The VAT accounts: their balance against the returns, filed and open, and the payments made of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from acctkit.control.posted import balances, is_money, posted, require_accounts, support_of
from acctkit.control.shape import Control, Support, groups
from acctkit.ledger.entity import VatRegistration
from acctkit.ledger.ledger import Ledger, Line
from acctkit.ledger.records import Record
from acctkit.money import rescale
from acctkit.period import return_periods
from acctkit.problem import refusal
from acctkit.vat.codes import Country, load_country
from acctkit.vat.returns import Stream, filed_as
from acctkit.vat.sides import NET, OUTPUT, VAT_ROLES, coded_lines

# Of the returns that are settled, the latest so many are shown.
_MOST_SETTLED = 4


class _Due(NamedTuple):
    """What a filed return, or the books before these, says is payable (debit positive), and what was paid of it."""

    record: Record | None
    day: date
    text: str
    amount: int
    paid: int = 0
    payers: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """What is outstanding."""
        return self.amount + self.paid


class _Parted(NamedTuple):
    """The postings on the VAT accounts: of each filed return, of none yet, and by what else they are."""

    of_return: dict[int, list[Line]]
    open: list[tuple[Line, date]]
    opening: list[Line]
    payments: list[Line]
    transfers: list[Line]
    others: list[Line]


def vat_control(ledger: Ledger, day: date) -> Control:
    """The VAT accounts at the end of a day: returns filed and not paid, tax not filed yet, and what is neither."""
    registration = ledger.entity.vat
    if registration is None:
        hint = "where it is, say so in [vat] of acct.toml"
        raise refusal("X907", "the entity is not registered for VAT", hint)
    accounts = require_accounts(ledger, "VAT", *VAT_ROLES)
    country = load_country(registration.country)
    lines = posted(ledger, accounts, day)
    stream = Stream(ledger, registration, coded_lines(ledger))
    ended = [index for index, record in enumerate(stream.returns) if record.day(2) <= day]
    parted = _parted(ledger, stream, lines, set(ended))
    dues = [_brought(parted.opening)] if parted.opening else []
    dues += [_due(ledger, country, stream.returns[index]) for index in ended]
    dues, unspent = _paid(ledger, dues, parted.payments)
    apart = []
    for index in ended:
        record = stream.returns[index]
        due = next(one for one in dues if one.record is record)
        come = sum(line.base or 0 for line in parted.of_return.get(index, ()))
        if come != due.amount:
            text = f"{due.text}: its lines come to {_shown(ledger, -come)}, filed {_shown(ledger, -due.amount)}"
            apart.append(Support(_name(record), text, come - due.amount, due.day, None, record.place))
    late, current = _open(ledger, registration, stream, parted.open, day)
    return Control(
        "vat",
        day,
        ledger.entity.currency,
        -1,
        balances(lines, accounts),
        groups(
            ("Returns filed", _dues(ledger, dues, day)), ("Not filed yet", current), ("Late, for the next return", late)
        ),
        groups(
            ("Returns whose lines are not what was filed", apart),
            ("Paid or received, and no return says so", unspent),
            ("Transfers between VAT accounts that leave a rest", _rests(ledger, parted.transfers)),
            ("On a VAT account without a code", _rests(ledger, parted.others)),
        ),
    )


def _parted(ledger: Ledger, stream: Stream, lines: Iterable[Line], ended: set[int]) -> _Parted:
    """Each posting by the return that covers it, else by what its entry is."""
    covering: dict[int, int] = {}
    for index, record in enumerate(stream.returns):
        if index in ended:
            covering |= {id(line.posting): index for line in stream.covered([record]) if line.leg != NET}
    coded = {id(line.posting): line.tax_point for line in stream.open if line.leg != NET}
    for index, record in enumerate(stream.returns):
        if index not in ended:
            coded |= {id(line.posting): line.tax_point for line in stream.covered([record]) if line.leg != NET}
    found = _Parted({}, [], [], [], [], [])
    for line in lines:
        key = id(line.posting)
        if key in covering:
            found.of_return.setdefault(covering[key], []).append(line)
        elif key in coded:
            found.open.append((line, coded[key]))
        elif line.entry.type == "opening":
            found.opening.append(line)
        elif is_money(ledger, line.entry):
            found.payments.append(line)
        elif line.entry.type == "vat-return":
            found.transfers.append(line)
        else:
            found.others.append(line)
    return found


def _brought(lines: list[Line]) -> _Due:
    return _Due(None, lines[0].entry.date, "Brought forward", sum(line.base or 0 for line in lines))


def _due(ledger: Ledger, country: Country, record: Record) -> _Due:
    """A filed return as a debt: its net box, with the sign the boxes it is worked out from give it."""
    filed = filed_as(record, country).boxes
    minor = 0
    for box in country.boxes.values():
        if box.is_absolute:
            parts = (*((name, 1) for name in box.plus), *((name, -1) for name in box.minus))
            is_whole = all(name in filed for name, _ in parts)
            minor += sum(sign * filed[name] for name, sign in parts) if is_whole else filed.get(box.name, 0)
    amount = rescale(minor, country.places, max(ledger.scale(ledger.entity.currency), country.places))
    return _Due(record, record.day(2), f"{record.day(1)} to {record.day(2)}", -amount)


def _paid(ledger: Ledger, dues: list[_Due], payments: list[Line]) -> tuple[list[_Due], list[Support]]:
    """Set each payment against the oldest return of just its amount; one that fits none is left over."""
    found = list(dues)
    unspent = []
    sums: dict[int, list[Line]] = {}
    for line in payments:
        sums.setdefault(id(line.entry), []).append(line)
    for group in sums.values():
        entry, amount = group[0].entry, sum(line.base or 0 for line in group)
        at = next((at for at, due in enumerate(found) if amount and due.left == -amount), None)
        if at is None:
            unspent += [support_of(ledger, entry, amount)] if amount else []
            continue
        due = found[at]
        found[at] = due._replace(paid=due.paid + amount, payers=(*due.payers, ledger.name(entry)))
    return found, unspent


def _dues(ledger: Ledger, dues: list[_Due], day: date) -> list[Support]:
    """The returns that are not settled, and the latest that are."""
    settled = [due for due in dues if not due.left][-_MOST_SETTLED:]
    found = []
    for due in dues:
        if not due.left and due not in settled:
            continue
        words = [_shown(ledger, -due.amount), f"paid {', '.join(due.payers)}" if due.payers else "not paid"]
        words += [f"filed {due.record.date}"] if due.record else [due.text.lower()]
        name, place = (_name(due.record), due.record.place) if due.record else ("", None)
        days = (day - due.day).days if due.left else None
        found.append(Support(name, ", ".join(words), due.left, due.day, days, place))
    return found


def _open(
    ledger: Ledger, registration: VatRegistration, stream: Stream, lines: list[tuple[Line, date]], day: date
) -> tuple[list[Support], list[Support]]:
    """Late entries one by one, and the tax of each period that is not filed, output and input apart."""
    filed_to = max((record.day(2) for record in stream.returns if record.day(2) <= day), default=None)
    late: list[Support] = []
    legs = {id(line.posting): line.leg for line in coded_lines(ledger)}
    periods: dict[date, list[Line]] = {}
    for line, tax_point in lines:
        if filed_to is not None and tax_point <= filed_to:
            late.append(support_of(ledger, line.entry, line.base or 0))
            continue
        period = return_periods(registration.periods, tax_point)
        last = period.last if period and period.last else tax_point
        periods.setdefault(last, []).append(line)
    current = []
    for last in sorted(periods):
        group = periods[last]
        output = -sum(line.base or 0 for line in group if legs.get(id(line.posting)) == OUTPUT)
        come = -sum(line.base or 0 for line in group)
        text = f"output {_shown(ledger, output)} input {_shown(ledger, output - come)}"
        current.append(Support("", text, -come, last, max((day - last).days, 0) or None))
    return late, current


def _rests(ledger: Ledger, lines: Iterable[Line]) -> list[Support]:
    """What each entry leaves on the VAT accounts together, where it is not nothing."""
    sums: dict[int, tuple[Line, int]] = {}
    for line in lines:
        first, before = sums.get(id(line.entry), (line, 0))
        sums[id(line.entry)] = first, before + (line.base or 0)
    return [support_of(ledger, line.entry, amount) for line, amount in sums.values() if amount]


def _name(record: Record) -> str:
    return record.note("period-key") or record.text(0)


def _shown(ledger: Ledger, minor: int) -> str:
    return ledger.show(minor, ledger.entity.currency, grouped=True)
