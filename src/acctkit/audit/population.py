"""The population of an audit: all entries of a period, proved to be all before any is chosen from it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from acctkit.audit.seals import Chain, Seal
from acctkit.audit.trail import gross
from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.money import format_minor
from acctkit.period import Period
from acctkit.table import counted


class Member(NamedTuple):
    """One entry: its ref or id, its debits in base currency in minor units, and the seal over it."""

    ref: str
    entry: Transaction
    amount: int
    seal: Seal | None

    @property
    def details(self) -> str:
        """Payee and narration."""
        return ", ".join(text for text in (self.entry.payee, self.entry.narration) if text)

    @property
    def who(self) -> str:
        """Who wrote it, "" where no seal says so."""
        return self.seal.who if self.seal else ""


class Population(NamedTuple):
    """The entries of a period in order of date, and the proof that they are all.

    `accounts` is how many roll forward, opening and the entries' postings being the closing balance, and `broken`
    names those that do not. `left_out` counts entries that cannot be read or booked, in the books as a whole.
    """

    members: tuple[Member, ...]
    period: Period
    accounts: int
    broken: tuple[str, ...]
    left_out: int

    @property
    def total(self) -> int:
        """The debits of all entries in base currency, in minor units."""
        return sum(member.amount for member in self.members)


def read_population(ledger: Ledger, chain: Chain, period: Period, account: str = "") -> Population:
    """All entries of a period, or those that touch an account; the amount is then what they move on it."""
    below = f"{account}:"
    members = []
    moved: dict[tuple[str, str], int] = {}
    for entry in ledger.transactions:
        if entry.date not in period:
            continue
        touching = 0
        for posting, base in zip(entry.postings, ledger.bases(entry), strict=True):
            key = (posting.account, posting.commodity)
            moved[key] = moved.get(key, 0) + ledger.minor(posting.number, posting.commodity)
            if account and (posting.account == account or posting.account.startswith(below)):
                touching += base or 0
        amount = abs(touching) if account else gross(ledger, entry)
        if not account or any(p.account == account or p.account.startswith(below) for p in entry.postings):
            seal = chain.seal_over(entry.source.name, entry.line)
            members.append(Member(ledger.name(entry), entry, amount, seal))
    opening = ledger.movements(Period(None, period.begin)) if period.begin else {}
    closing = ledger.movements(Period(None, period.end))
    broken = []
    for key, end in closing.items():
        start = opening[key].debit - opening[key].credit if key in opening else 0
        if start + moved.get(key, 0) != end.debit - end.credit:
            broken.append(key[0])
    return Population(tuple(members), period, len(closing), tuple(broken), ledger.left_out)


def in_words(ledger: Ledger, population: Population) -> list[str]:
    """What the population is, and how it was proved to be all of it."""
    begin, last = population.period.begin, population.period.last
    days = f"{begin or 'the beginning'} to {last or ledger.last_day or date.min}"
    rolled = population.accounts - len(population.broken)
    members, accounts = counted(len(population.members), "entry", "entries"), counted(population.accounts, "account")
    lines = [
        f"Population: {members} dated {days}, debits {money(ledger, population.total)}.",
        f"Complete: opening and entries give the closing balance of {rolled:,} of {accounts}.",
    ]
    if population.left_out:
        lines.append(
            f"Not in it: {counted(population.left_out, 'entry', 'entries')} of the books that cannot be read or booked."
        )
    if population.broken:
        lines.append(f"Not complete: {', '.join(population.broken)}.")
    return lines


def as_json(ledger: Ledger, population: Population) -> dict[str, object]:
    """The population as the JSON answers hold it."""
    return {
        "begin": str(population.period.begin) if population.period.begin else None,
        "end": str(population.period.last) if population.period.last else None,
        "entries": len(population.members),
        "total": plain(ledger, population.total),
        "accounts": population.accounts,
        "broken": list(population.broken),
        "left_out": population.left_out,
    }


def plain(ledger: Ledger, minor: int) -> str:
    """An amount in base currency as a plain decimal text."""
    currency = ledger.entity.currency
    return format_minor(minor, ledger.scale(currency), min(2, ledger.scale(currency)))


def money(ledger: Ledger, minor: int) -> str:
    """An amount in base currency with its currency, grouped, as it stands in a sentence."""
    currency = ledger.entity.currency
    return f"{ledger.show(minor, currency, grouped=True)} {currency}"
