"""The tests of journal entries that ISA 240 (32a, A44) asks for: criteria first, then the entries that meet them.

A finding is no accusation: it is an entry to be looked at. Each test prints its criterion with the findings, since a
selection by amount alone says nothing of how it was made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from acctkit.audit.locks import exceptions
from acctkit.audit.population import Member, Population, as_json, in_words, money, plain
from acctkit.audit.sampling import member_json
from acctkit.journal.entries import Posting
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.money import round_minor
from acctkit.period import add_months, month_end
from acctkit.problem import count, refusal
from acctkit.table import MONEY, Column, Row, Table

_NIGHT_FROM, _NIGHT_TO = 20, 6
_SATURDAY = 5
_RARE = 2
_DUPLICATE_DAYS = 10
_WORDS = ("adjust", "plug", "override", "as instructed", "per cfo", "per ceo", "correction", "write off", "write-off")


class Criteria(NamedTuple):
    """What the tests are asked for: amounts in minor units of the base currency, 0 where there is none."""

    late_days: int = 30
    round_to: int = 0
    limit: int = 0
    limit_percent: int = 5
    seldom: int = 3


class Finding(NamedTuple):
    """An entry that meets a criterion, and what about it does."""

    test: str
    member: Member
    why: str


Found = Iterator[tuple[Member, str]]
Test = Callable[[Ledger, Population, Criteria], Found]


def late(_: Ledger, population: Population, criteria: Criteria) -> Found:
    """Entries written long after their date."""
    for member in population.members:
        if member.seal:
            days = (date.fromisoformat(member.seal.time[:10]) - member.entry.date).days
            if days > criteria.late_days:
                yield member, f"written {days} days after its date"


def after_close(ledger: Ledger, population: Population, _: Criteria) -> Found:
    """Entries posted into a period under a soft lock."""
    reasons = {(one.entry.source.name, one.entry.line): one for one in exceptions(ledger)}
    for member in population.members:
        if one := reasons.get((member.entry.source.name, member.entry.line)):
            yield member, f"posted after the lock up to {one.locked}: {one.reason}"


def out_of_hours(_: Ledger, population: Population, __: Criteria) -> Found:
    """Entries written on a weekend or at night."""
    for member in population.members:
        if member.seal is None:
            continue
        day, hour = date.fromisoformat(member.seal.time[:10]), int(member.seal.time[11:13])
        if day.weekday() >= _SATURDAY:
            yield member, f"written on {day:%A} {day}"
        elif hour >= _NIGHT_FROM or hour < _NIGHT_TO:
            yield member, f"written at {member.seal.time[11:16]} UTC"


def round_amounts(ledger: Ledger, population: Population, criteria: Criteria) -> Found:
    """Entries of a round amount."""
    for member in population.members:
        if criteria.round_to and member.amount and member.amount % criteria.round_to == 0:
            yield member, f"{money(ledger, member.amount)} is a multiple of {money(ledger, criteria.round_to)}"


def just_below(ledger: Ledger, population: Population, criteria: Criteria) -> Found:
    """Entries just below the limit of approval."""
    least = criteria.limit * (100 - criteria.limit_percent) // 100
    for member in population.members:
        if criteria.limit and least <= member.amount < criteria.limit:
            yield member, f"{money(ledger, member.amount)} is just below {money(ledger, criteria.limit)}"


def rare_pairs(ledger: Ledger, population: Population, _: Criteria) -> Found:
    """Entries that bring together accounts that seldom meet, in the whole of the books."""
    pairs: Counter[tuple[str, str]] = Counter()
    for entry in ledger.transactions:
        pairs.update(_pairs(entry.postings))
    for member in population.members:
        rare = sorted(pair for pair in _pairs(member.entry.postings) if pairs[pair] <= _RARE)
        if rare:
            times = "once" if pairs[rare[0]] == 1 else "twice"
            yield member, f"{rare[0][0]} against {rare[0][1]} occurs {times}"


def _pairs(postings: tuple[Posting, ...]) -> set[tuple[str, str]]:
    debits = {p.account for p in postings if p.number > 0}
    credits_ = {p.account for p in postings if p.number < 0}
    return {(debit, credit) for debit in debits for credit in credits_}


def no_description(_: Ledger, population: Population, __: Criteria) -> Found:
    """Entries without a description."""
    for member in population.members:
        if not member.entry.narration.strip():
            yield member, "no narration" if member.entry.payee else "neither payee nor narration"


def reversed_soon(ledger: Ledger, population: Population, _: Criteria) -> Found:
    """Entries reversed in the month after their own."""
    reversals = {t.meta["reverses"]: t for t in ledger.transactions if "reverses" in t.meta}
    for member in population.members:
        other = reversals.get(member.ref)
        if other and month_end(other.date) == month_end(add_months(month_end(member.entry.date), 1)):
            yield member, f"reversed by {ledger.name(other)} of {other.date}"


def duplicates(_: Ledger, population: Population, __: Criteria) -> Found:
    """Entries that repeat another: same payee, accounts and amounts, days apart."""
    alike: dict[object, list[Member]] = defaultdict(list)
    for member in population.members:
        legs = tuple(sorted((p.account, p.number, p.commodity) for p in member.entry.postings))
        alike[member.entry.payee, legs].append(member)
    for members in alike.values():
        for before, member in pairwise(members):
            if (member.entry.date - before.entry.date).days <= _DUPLICATE_DAYS:
                yield member, f"as {before.ref} of {before.entry.date}"


def seldom_user(_: Ledger, population: Population, criteria: Criteria) -> Found:
    """Entries of somebody who writes few."""
    written = Counter(member.who for member in population.members if member.who)
    for member in population.members:
        if member.who and written[member.who] <= criteria.seldom:
            times = written[member.who]
            yield member, f"{member.who} wrote {times} entr{'y' if times == 1 else 'ies'} in all"


def telling_words(_: Ledger, population: Population, __: Criteria) -> Found:
    """Entries whose words ask for a look."""
    for member in population.members:
        text = member.details.lower()
        if word := next((word for word in _WORDS if word in text), ""):
            yield member, f"says `{word}`"


TESTS: dict[str, tuple[Test, Callable[[Ledger, Criteria], str]]] = {
    "late": (late, lambda _, c: f"written more than {c.late_days} days after its date"),
    "after-close": (after_close, lambda *_: "posted into a period under a soft lock, with a reason"),
    "hours": (out_of_hours, lambda *_: f"written on a weekend, or between {_NIGHT_FROM}:00 and 0{_NIGHT_TO}:00 UTC"),
    "round": (round_amounts, lambda led, c: f"debits a multiple of {money(led, c.round_to)}" if c.round_to else ""),
    "below-limit": (
        just_below,
        lambda led, c: f"debits up to {c.limit_percent} % below {money(led, c.limit)}" if c.limit else "",
    ),
    "rare-pair": (rare_pairs, lambda *_: f"a debit and a credit account that meet at most {_RARE} times in the books"),
    "no-description": (no_description, lambda *_: "no narration"),
    "reversed": (reversed_soon, lambda *_: "reversed in the month after its own"),
    "duplicate": (
        duplicates,
        lambda *_: f"payee, accounts and amounts of an entry up to {_DUPLICATE_DAYS} days before",
    ),
    "seldom-user": (
        seldom_user,
        lambda _, c: f"written by somebody with {c.seldom} entries or fewer in the population",
    ),
    "words": (telling_words, lambda *_: f"says {', '.join(_WORDS)}"),
}


def run_tests(ledger: Ledger, population: Population, criteria: Criteria, wanted: list[str]) -> list[Finding]:
    """The findings of the tests named, or of all, test by test; raises Refusal X907 for a name that is none."""
    for name in wanted:
        if name not in TESTS:
            raise refusal("X907", f"there is no test `{name}`", meant(name, TESTS, f"the tests are {', '.join(TESTS)}"))
    chosen = {name: test for name, (test, _) in TESTS.items() if not wanted or name in wanted}
    return [
        Finding(name, member, why)
        for name, test in chosen.items()
        for member, why in test(ledger, population, criteria)
    ]


def stated(ledger: Ledger, criteria: Criteria, wanted: list[str]) -> dict[str, str]:
    """The criterion of each test that is run, in words; "" where it lacks the amount it needs."""
    return {name: words(ledger, criteria) for name, (_, words) in TESTS.items() if not wanted or name in wanted}


def in_minor(ledger: Ledger, units: int | Decimal) -> int:
    """Units of the base currency in minor units."""
    return round_minor(Decimal(units), ledger.scale(ledger.entity.currency))


def table(ledger: Ledger, population: Population, findings: list[Finding], criteria: dict[str, str]) -> Table:
    """The findings as a report: population first, each test with its criterion above its findings."""
    columns = (
        Column("Test"), Column("Ref"), Column("Date"), Column("Details"), Column("Amount", MONEY), Column("By"),
        Column("Why"), Column("File"),
    )  # fmt: skip
    by_test: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_test[finding.test].append(finding)
    rows = [Row((text,), "heading") for text in in_words(ledger, population)]
    for name, words in criteria.items():
        number = len(by_test[name])
        result = f"{number:,} of {len(population.members):,}" if words else "not run: it needs an amount"
        rows.append(Row((f"{name}: {words or 'no amount was given'}: {result}",), "heading"))
        for one in by_test[name]:
            place = f"{one.member.entry.source.name}:{one.member.entry.line}"
            amount = plain(ledger, one.member.amount)
            cells = (name, one.member.ref, str(one.member.entry.date), one.member.details, amount, one.member.who)
            rows.append(Row((*cells, one.why, place)))
    return Table("Journal entry tests", columns, tuple(rows))


def answer(
    ledger: Ledger, population: Population, findings: list[Finding], criteria: dict[str, str]
) -> dict[str, object]:
    """The answer of `acct audit tests`."""
    return {
        "schema": "acctkit.audit-tests/1",
        "problems": count(ledger.problems),
        "population": as_json(ledger, population),
        "tests": [
            {
                "test": name,
                "criterion": words or None,
                "findings": [
                    member_json(ledger, one.member) | {"why": one.why} for one in findings if one.test == name
                ],
            }
            for name, words in criteria.items()
        ],
    }
