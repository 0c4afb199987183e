"""Which return a coded posting belongs to, and the return of a period.

A filed return covers what stands before its record with a tax point to its end and in no earlier one. What
comes later goes to the next return that is open, whatever its tax point.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal.entries import Custom, Value
from acctkit.ledger.entity import VatRegistration
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record, standing
from acctkit.money import round_minor
from acctkit.period import ONE_DAY, Period, day_after, return_periods
from acctkit.problem import Place, refusal
from acctkit.vat.boxes import BoxLines, fill, totals
from acctkit.vat.codes import Country, load_country
from acctkit.vat.sides import CodedLine, Position, position_of, read_coded, scale_of_lines, tax_point_of


class Filed(NamedTuple):
    """What the record of a filed return says: when, under which key, and the boxes it names, in minor units."""

    date: date
    period_key: str
    boxes: dict[str, int]
    place: Place


@dataclass(frozen=True, slots=True)
class VatReturn:
    """A VAT return.

    `boxes` are as filed, in the currency's minor units (whole pounds are so many hundred pence); `payable`
    is the net with its sign, negative to reclaim. `lines` behind each box, worked-out boxes included, are in
    minor units of `scale` and add up to it before rounding. `late` are the lines in it whose tax point
    lies before the period. `is_next` says whether it is the oldest return not filed.
    """

    entity: str
    registration: VatRegistration
    country: Country
    period: Period
    scheme: str
    scale: int
    boxes: dict[str, int]
    payable: int
    lines: BoxLines
    late: tuple[CodedLine, ...]
    filed: Filed | None
    is_next: bool
    notes: tuple[str, ...]

    @property
    def begin(self) -> date:
        """The first day of the period."""
        return self.period.begin or date.min

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.period.last or date.max


def vat_return(ledger: Ledger, period: Period | None = None) -> VatReturn:
    """The return of a period, filed or open; of the oldest period not filed where none is named.

    Raises Refusal X907 where there is none to make: not registered, an unsupported scheme, no such period.
    """
    registration, country = _registered(ledger)
    lines, problems = read_coded(ledger)
    stream = Stream(ledger, registration, lines)
    next_open = stream.next_open()
    period = period or next_open
    if period is None:
        raise refusal("X907", "there is nothing to return: the books hold no entry", "post the first one")
    if period.begin is None or period.end is None:
        raise refusal("X907", "a VAT return has a first and a last day", "name a period such as 2026-Q1")
    records = stream.records_of(period)
    scheme = stream.scheme_of(records[-1]) if records else scheme_on(ledger, period.end - ONE_DAY)
    if scheme not in country.schemes:
        message = f"returns under the {scheme} scheme are not worked out yet"
        raise refusal("X907", message, f"what is: {', '.join(country.schemes)}")
    if records:
        chosen, notes = stream.covered(records), []
    else:
        chosen = [line for line in stream.open if line.tax_point < period.end]
        notes = stream.notes(period.begin, period.end - ONE_DAY, next_open)
    if problems:
        notes.append(f"Coded postings with a fault, in no box: {len(problems)}; acct check lists them.")
    scale = scale_of_lines(ledger, country)
    boxes = fill(country, chosen, scale)
    filed, payable = totals(country, boxes, scale)
    return VatReturn(
        ledger.entity.name,
        registration,
        country,
        period,
        scheme,
        scale,
        filed,
        payable,
        boxes,
        tuple(line for line in chosen if line.tax_point < period.begin),
        filed_as(records[-1], country) if records else None,
        not records and period == next_open,
        tuple(notes),
    )


def _registered(ledger: Ledger) -> tuple[VatRegistration, Country]:
    """The registration and the country's law, or a Refusal."""
    registration = ledger.entity.vat
    if registration is None:
        hint = "where it is, say so in [vat] of acct.toml"
        raise refusal("X907", "the entity is not registered for VAT", hint)
    country = load_country(registration.country)
    if ledger.entity.currency != country.currency:
        message = f"the return is in {country.currency}, and these books are kept in {ledger.entity.currency}"
        raise refusal("X907", message, f"keep the books of this registration in {country.currency}")
    return registration, country


def scheme_on(ledger: Ledger, day: date, known: Iterable[Record] | None = None) -> str:
    """The scheme of a day: that of acct.toml until a `vat-scheme` record of the country dated to that day.

    `known` are the records that count, all that stand where none are given.
    """
    registration = ledger.entity.vat
    scheme, since = (registration.scheme, date.min) if registration else ("", date.min)
    for record in ledger.records("vat-scheme") if known is None else known:
        is_ours = registration is not None and record.text(0) == registration.country
        if is_ours and since <= record.date <= day:
            scheme, since = record.text(1), record.date
    return scheme


def filed_as(record: Record, country: Country) -> Filed:
    """What a `vat-return` record says was filed; boxes it does not name are left out."""
    boxes = {}
    for name in country.boxes:
        number = record.meta.get(f"box-{name}")
        if isinstance(number, Decimal):
            boxes[name] = round_minor(number, country.places)
    return Filed(record.date, record.note("period-key"), boxes, record.place)


def undone_returns(ledger: Ledger) -> list[tuple[Custom, date | None]]:
    """The undoing of each filed return, with the last day of a later one that stands (None: none does)."""
    undone: list[Custom] = []
    filed: list[tuple[Value, ...]] = []
    for entry in _customs(ledger, "vat-return"):
        if entry.kind != "undo":
            filed += [record.values for record in standing([entry])[0]]
        elif entry.values[1:] in filed:
            filed.remove(entry.values[1:])
            undone.append(entry)
    return [(entry, _filed_after(entry, ledger)) for entry in undone]


def _filed_after(entry: Custom, ledger: Ledger) -> date | None:
    """The last day of a return that stood when one was undone, was filed for later, and still stands."""
    _, country, _, last = entry.values
    at = position_of(ledger, entry.source.name, entry.line)
    later = (
        record.day(2)
        for record in ledger.records("vat-return")
        if record.text(0) == country and position_of(ledger, record.place.file, record.place.line) < at
    )
    return min((day for day in later if isinstance(last, date) and day > last), default=None)


def _customs(ledger: Ledger, *kinds: str) -> Iterator[Custom]:
    """The records of some kinds, and what undoes them, in the order they stand."""
    for parsed in ledger.stream:
        for entry in parsed.entries:
            if isinstance(entry, Custom) and (
                entry.kind in kinds or (entry.kind == "undo" and entry.values[:1] and entry.values[0] in kinds)
            ):
                yield entry


class Stream:
    """The coded lines of a book and its filed returns, in the order they stand; who covers what.

    What was known of tax points and schemes when a return was filed counts for it, whatever was posted since.
    """

    def __init__(self, ledger: Ledger, registration: VatRegistration, lines: list[CodedLine]) -> None:
        self.ledger = ledger
        self.registration = registration
        ours = [record for record in ledger.records("vat-return") if record.text(0) == registration.country]
        placed = sorted(((self._position(record), record) for record in ours), key=lambda pair: pair[0])
        self.positions = [position for position, _ in placed]
        self.returns = [record for _, record in placed]
        told = list(_customs(ledger, "amend", "vat-scheme"))
        self._ever_amended = {entry.values[0] for entry in told if entry.kind == "amend" and entry.values}
        self._schemes: list[list[Record]] = []
        self._tax_points: list[dict[str, date]] = []
        for position in self.positions:
            before = (e for e in told if position_of(ledger, e.source.name, e.line) < position)
            known, _ = standing(before)
            self._schemes.append([record for record in known if record.kind == "vat-scheme"])
            days = ((r.text(0), tax_point_of(r.meta, date.min)) for r in known if r.kind == "amend")
            self._tax_points.append({ref: day for ref, day in days if day != date.min})
        self._covered: dict[int, list[CodedLine]] = defaultdict(list)
        self.open: list[CodedLine] = []
        for line in lines:
            self._place(line)

    def _position(self, record: Record) -> Position:
        return position_of(self.ledger, record.place.file, record.place.line)

    def _place(self, line: CodedLine) -> None:
        """Put a line into the earliest return after it whose end its tax point, as known then, does not pass."""
        for index in range(bisect_right(self.positions, line.position), len(self.returns)):
            tax_point = self._tax_point_at(line, index)
            if tax_point <= self.returns[index].day(2):
                kept = line if tax_point == line.tax_point else replace(line, tax_point=tax_point)
                self._covered[index].append(kept)
                return
        self.open.append(line)

    def _tax_point_at(self, line: CodedLine, index: int) -> date:
        """A line's tax point as it was known when a return was filed."""
        if line.ref not in self._ever_amended:
            return line.tax_point
        return self._tax_points[index].get(line.ref) or tax_point_of(line.entry.meta, line.entry.date)

    def scheme_of(self, record: Record) -> str:
        """The scheme of a filed return, as it was known then."""
        return scheme_on(self.ledger, record.day(2), self._schemes[self.returns.index(record)])

    def records_of(self, period: Period) -> list[Record]:
        """The records of exactly this period, from registration where that lies within it."""
        wanted = self._clipped(period.begin or date.min), period.last
        return [r for r in self.returns if (self._clipped(r.day(1)), r.day(2)) == wanted]

    def _clipped(self, begin: date) -> date:
        return max(begin, self.registration.registered or begin)

    def covered(self, records: list[Record]) -> list[CodedLine]:
        """The lines these filed returns cover."""
        return [line for i, record in enumerate(self.returns) if record in records for line in self._covered[i]]

    def filed_to(self) -> date | None:
        """The last day that any filed return reaches, or None."""
        return max((record.day(2) for record in self.returns), default=None)

    def next_open(self) -> Period | None:
        """The oldest period not filed, or None in books without an entry.

        Without a filed return it is the first of the registration, or, in books that begin later than that, the
        first with a coded posting.
        """
        filed_to, registered = self.filed_to(), self.registration.registered
        begins = next((entry.date for entry in self.ledger.transactions), None)
        first = min((line.tax_point for line in self.open), default=begins)
        if registered is not None and (begins is None or begins <= registered):
            first = registered
        if filed_to is not None:
            first = day_after(filed_to)
        if first is None:
            return None
        first = self._clipped(first)
        period = self._period_of(first)
        begin = self._clipped(period.begin or first)
        return Period(begin if filed_to is None else max(begin, first), period.end)

    def _period_of(self, day: date) -> Period:
        rule = self.registration.periods
        period = return_periods(rule, day)
        if period is None:
            hint = "write `months`, `quarters to 01`, `02` or `03`, or `year to MM` in acct.toml"
            raise refusal("X905", f"`{rule}` are no VAT periods", hint)
        return period

    def notes(self, begin: date, last: date, next_open: Period | None) -> list[str]:
        """What a reader of an open return, of these days, must know of the others."""
        notes = []
        usual = self._period_of(last)
        is_next = next_open is not None and begin == next_open.begin
        if last != usual.last or (begin != usual.begin and not is_next):
            notes.append(f"This is not a VAT period of these books, which are {self.registration.periods}.")
        if next_open is not None and begin > (next_open.last or date.max):
            earlier = f"{next_open.begin} to {next_open.last}"
            notes.append(f"The return {earlier} is open; until it is filed, its lines are in this one too.")
        filed_to = self.filed_to()
        if filed_to is not None and begin <= filed_to:
            notes.append(f"Returns are filed to {filed_to}; what they cover is not in this one.")
        return notes
