"""Which entries have VAT without a problem, told from their text and the chart, with no ledger of them.

Books are read by the block where most entries need no more than adding up. Of a registered entity those are the
entries here: uncoded where nobody is dealt with, or coded under codes whose tax is charged and fits, or that have
none. All others are read in full, and `check_vat` says what is wrong with them; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple, TypeAlias

from acctkit.ledger.ledger import Ledger
from acctkit.money import places_of
from acctkit.vat.checks import UNTAXED_ROLES, UNTAXED_TYPES
from acctkit.vat.codes import CHARGED, PURCHASE, SUPPLY, load_country
from acctkit.vat.sides import CONTROL_ROLES, VAT_ROLES, side_of_kind, side_of_type

_ACCOUNT = re.compile(rb"^[ \t]++([A-Z]\S*+)", re.MULTILINE)
# Account, number, commodity, what else stands on a posting's line; and the metadata below it.
_POSTING = re.compile(
    rb"[ \t]++([A-Z]\S*+)[ \t]++(-?+[\d.]++)[ \t]++(\S++)[ \t]*+([^\n]*+)\n((?:[ \t]++[a-z][^\n]*+\n)*+)"
)
# One that stands alone on its line: a text of another key may look like it.
_CODE = re.compile(rb'^[ \t]++vat:[ \t]++"?+([^"\n]*+)', re.MULTILINE)
_TYPE = re.compile(rb'^[ \t]++type: ++"([^"\n]*+)"', re.MULTILINE)

# An entry's number in its block; its day, metadata, postings with theirs, and account without an amount, as written.
Written: TypeAlias = tuple[int, bytes, bytes, bytes, bytes]


class Accounts(NamedTuple):
    """What is known before the entries are read: whose VAT it is, since when; name, kind and role of each account."""

    country: str
    currency: str
    since: str
    known: tuple[tuple[str, str, str], ...]


class _Group(NamedTuple):
    """The postings of an entry under one code whose tax is charged: those of the net, and those of the tax."""

    code: str
    nets: list[int]
    taxes: list[int]


def accounts_of(ledger: Ledger) -> Accounts | None:
    """What is known of the accounts that the ledger has; None where VAT is not told from text alone."""
    vat = ledger.entity.vat
    if vat is None or places_of(ledger.entity.currency) != load_country(vat.country).places:
        return None
    since = vat.registered.isoformat() if vat.registered else ""
    known = tuple((name, ledger.kind(name), ledger.role(name)) for name in ledger.accounts)
    return Accounts(vat.country, ledger.entity.currency, since, known)


def still_hold(accounts: Accounts, ledger: Ledger) -> bool:
    """Whether the accounts are in the whole of the books what they were taken for."""
    return all((ledger.kind(name), ledger.role(name)) == (kind, role) for name, kind, role in accounts.known)


class PlainVat:
    """Tells the entries whose VAT is without a problem; what it works out for one shape of entry it keeps."""

    def __init__(self, accounts: Accounts) -> None:
        self._country = load_country(accounts.country)
        self._since = accounts.since.encode()
        self._currency = accounts.currency.encode()
        self._accounts = {name.encode(): (kind, role) for name, kind, role in accounts.known}
        self._silent: dict[tuple[bytes, bool, tuple[bytes, ...]], bool] = {}
        self._plans: dict[tuple[object, ...], list[_Group] | None] = {}
        self._rates: dict[tuple[str, bytes], tuple[int, int]] = {}
        self._ending = re.compile(rb"-?+\d++\.\d{%d}" % self._country.places if self._country.places else rb"-?+\d++")

    def doubtful(self, entries: Iterable[Written]) -> Iterator[int]:
        """The entries that must be read in full to tell."""
        for index, day, meta, body, rest in entries:
            if b"vat:" in body:
                if not self._is_coded_well(day, meta, body, rest):
                    yield index
            elif day >= self._since:
                accounts = (*_ACCOUNT.findall(body), *([rest] if rest else []))
                key = _type(meta), b"party:" in meta, accounts
                if key not in self._silent:
                    self._silent[key] = self._may_be_silent(*key)
                if not self._silent[key]:
                    yield index

    def _may_be_silent(self, kind: bytes, has_party: bool, accounts: tuple[bytes, ...]) -> bool:
        """Whether no code is missing; see V503."""
        if kind.decode() in UNTAXED_TYPES:
            return True
        found = [self._accounts.get(name) for name in accounts]
        if None in found:
            return False
        own = [info for info in found if info]
        return not any(_is_taxable(info) for info in own) or not (
            has_party or side_of_type(kind.decode()) or any(role in CONTROL_ROLES for _, role in own)
        )

    def _is_coded_well(self, day: bytes, meta: bytes, body: bytes, rest: bytes) -> bool:
        """Whether the codes of an entry are known and in their places, and the tax charged fits the net."""
        lines = _POSTING.findall(body)
        codes = [_CODE.findall(own) if b"vat:" in own else [] for *_, own in lines]
        if b"tax-point" in meta or any(more or unit != self._currency for _, _, unit, more, _ in lines):
            return False
        if any(len(own) > 1 for own in codes):
            return False
        coded = tuple((line[0], own[0] if own else None) for line, own in zip(lines, codes, strict=True))
        key = (_type(meta), rest, coded)
        if key not in self._plans:
            self._plans[key] = self._plan(*key)
        groups = self._plans[key]
        if groups is None:
            return False
        for code, nets, taxes in groups:
            amounts = [lines[at][1] for at in (*nets, *taxes)]
            if not all(self._ending.fullmatch(number) for number in amounts):
                return False
            minor = [int(number.replace(b".", b"")) for number in amounts]
            over, under = self._rate(code, day)
            misfit = sum(minor[len(nets) :]) * under - sum(minor[: len(nets)]) * over
            if not under or abs(misfit) > under * len(nets):
                return False
        return True

    def _rate(self, code: str, day: bytes) -> tuple[int, int]:
        """The rate of a code on a day as a fraction; nought over nought where it has none."""
        key = code, day
        if key not in self._rates:
            rate = self._country.rate_on(code, date.fromisoformat(day.decode()))
            self._rates[key] = (rate.numerator, rate.denominator) if rate is not None else (0, 0)
        return self._rates[key]

    def _plan(self, kind: bytes, rest: bytes, coded: tuple[tuple[bytes, bytes | None], ...]) -> list[_Group] | None:
        """The groups of an entry whose tax is charged; None where one is not to be told here. A code may be empty."""
        fixed = side_of_type(kind.decode())
        groups: dict[tuple[str, str], _Group] = {}
        for at, (name, written) in enumerate((*coded, *([(rest, None)] if rest else []))):
            info = self._accounts.get(name)
            if info is None or (written is None and _is_taxable(info)):
                return None
            if written is None:
                continue
            code = self._country.codes.get(written.decode())
            is_tax = info[1] in VAT_ROLES
            side = fixed or (_side_of_tax(info[1]) if is_tax else side_of_kind(*info))
            boxes = code.side(side) if code and side else None
            if code is None or boxes is None or side is None or info[1] in CONTROL_ROLES:
                return None
            is_charged = code.tax == CHARGED and boxes.is_taxed
            taxed = [own for own in (SUPPLY, PURCHASE) if (other := code.side(own)) and other.is_taxed]
            if is_tax and (not is_charged or (not fixed and taxed == [SUPPLY if side == PURCHASE else PURCHASE])):
                return None
            if boxes.is_taxed and (not is_charged or (boxes.input if side == SUPPLY else boxes.output)):
                return None
            if is_charged:
                group = groups.setdefault((code.name, side), _Group(code.name, [], []))
                (group.taxes if is_tax else group.nets).append(at)
        return None if any(not group.nets for group in groups.values()) else list(groups.values())


def _type(meta: bytes) -> bytes:
    found = _TYPE.search(meta) if meta else None
    return found[1] if found else b""


def _is_taxable(info: tuple[str, str]) -> bool:
    """Whether a posting on an account of this kind and role should have a code, where somebody is dealt with."""
    kind, role = info
    return kind in ("Income", "Expenses") and role not in UNTAXED_ROLES


def _side_of_tax(role: str) -> str | None:
    return {"vat-output": SUPPLY, "vat-input": PURCHASE}.get(role)
