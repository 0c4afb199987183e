"""Whose books these are: what acct.toml says of the entity and its registrations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class VatRegistration:
    """A VAT registration: country code, number, scheme, since when, flat rate in percent, return periods."""

    country: str
    number: str
    scheme: str = "standard"
    registered: date | None = None
    flat_rate: Decimal | None = None
    periods: str = "quarters to 03"


@dataclass(frozen=True, slots=True)
class Approval:
    """Which entries a second person approves: from an amount on (of debits, in base currency), or on some accounts.

    Entries dated before `since` need none. `signers` is the file of the keys that approvals are signed with.
    """

    above: Decimal | None = None
    accounts: tuple[str, ...] = ()
    since: date | None = None
    signers: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """The entity; books without an acct.toml have no name, no financial years (None) and no VAT."""

    name: str = ""
    currency: str = ""
    year_end: tuple[int, int] | None = None
    vat: VatRegistration | None = None
    approval: Approval | None = None
