"""What the index keeps as JSON: entities, accounts, problems, the values of metadata; and why it is not believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from acctkit.ledger.balances import AccountInfo
from acctkit.ledger.entity import Approval, Entity, VatRegistration
from acctkit.problem import Place, Problem

if TYPE_CHECKING:
    from acctkit.journal.entries import Value


class Distrusted(Exception):  # noqa: N818 - not an error: the books are read instead
    """The index cannot answer: it is absent, torn, of another schema, or the files have changed."""


class Grown(NamedTuple):
    """A file that holds more than the index knows, how many bytes it knows, and how many of all files."""

    file: str
    size: int
    known: int


class Added(NamedTuple):
    """A posting that the index does not hold yet; `base` is None where it has no base value."""

    account: str
    commodity: str
    day: date
    minor: int
    base: int | None


def entity_to(entity: Entity) -> list[object]:
    """An entity as a list."""
    vat = entity.vat
    kept = vat and [
        vat.country, vat.number, vat.scheme, vat.registered and vat.registered.isoformat(),
        None if vat.flat_rate is None else str(vat.flat_rate), vat.periods,
    ]  # fmt: skip
    approval = entity.approval and [
        None if entity.approval.above is None else str(entity.approval.above), entity.approval.accounts,
        entity.approval.since and entity.approval.since.isoformat(), entity.approval.signers,
    ]  # fmt: skip
    return [entity.name, entity.currency, entity.year_end, kept, approval]


def entity_from(kept: list[object]) -> Entity:
    """The entity that was kept."""
    name, currency, year_end, vat, approved = kept
    registration = None
    if isinstance(vat, list):
        country, number, scheme, registered, flat_rate, periods = vat
        day = date.fromisoformat(registered) if registered else None
        rate = Decimal(flat_rate) if flat_rate is not None else None
        registration = VatRegistration(country, number, scheme, day, rate, periods)
    last = (int(year_end[0]), int(year_end[1])) if isinstance(year_end, list) else None
    approval = None
    if isinstance(approved, list):
        above, accounts, since, signers = approved
        first = date.fromisoformat(since) if since else None
        approval = Approval(None if above is None else Decimal(above), tuple(accounts), first, signers)
    return Entity(str(name), str(currency), last, registration, approval)


def account_from(row: tuple[int, str, str, str, str, str, str]) -> AccountInfo:
    """The account that a row of the index holds."""
    _, name, opened, closed, commodities, meta, place = row
    last = date.fromisoformat(closed) if closed else None
    notes = {key: value_from(value) for key, value in json.loads(meta).items()}
    taken = tuple(json.loads(commodities))
    return AccountInfo(name, date.fromisoformat(opened), last, taken, notes, Place(*json.loads(place)))


def value_to(value: Value) -> object:
    """A metadata value as JSON: a list of its kind and its parts where JSON has no such kind."""
    from acctkit.journal.entries import Account, Commodity, Money, Tag

    if isinstance(value, Account | Commodity | Tag):
        return [type(value).__name__, str(value)]
    if isinstance(value, Decimal):
        return ["Decimal", str(value)]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Money):
        return ["Money", None if value.number is None else str(value.number), value.commodity]
    return value


def value_from(kept: object) -> Value:
    """The metadata value that was kept."""
    if not isinstance(kept, list):
        return kept  # type: ignore[return-value]
    from acctkit.journal.entries import Account, Commodity, Money, Tag

    kind, word = kept[:2]
    if kind == "Money":
        return Money(None if word is None else Decimal(word), kept[2])
    made: dict[str, Callable[[str], Value]] = {
        "Account": Account, "Commodity": Commodity, "Tag": Tag, "Decimal": Decimal, "date": date.fromisoformat,
    }  # fmt: skip
    return made[kind](word)


def problem_from(kept: list[object]) -> Problem:
    """The problem that was kept."""
    code, severity, message, place, hint, related = kept
    places = tuple((words, Place(*at)) for words, at in related)  # type: ignore[attr-defined]
    return Problem(str(code), str(severity), str(message), Place(*place) if place else None, str(hint), places)  # type: ignore[misc]
