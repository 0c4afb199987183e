"""A sample for an audit: seeded, so that anyone draws it again; the population is stated first."""

from __future__ import annotations

import random
from typing import NamedTuple

from acctkit.audit.population import Member, Population, as_json, in_words, money, plain
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.problem import count, refusal
from acctkit.table import INTEGER, MONEY, Column, Row, Table, counted

MONETARY, RANDOM = "mus", "random"
METHODS = (MONETARY, RANDOM)


class Sample(NamedTuple):
    """What was drawn: members with how often each was hit, the method, seed, interval in minor units and first hit."""

    drawn: tuple[tuple[Member, int], ...]
    method: str
    seed: int
    interval: int
    start: int


def draw(population: Population, size: int, method: str, seed: int) -> Sample:
    """Draw a sample; raises Refusal X907 where the method is unknown or there is nothing to draw.

    Monetary-unit sampling takes every interval-th minor unit of the debits, from a start the seed gives: an entry of
    an interval or more is certain. A random sample draws entries alike, whatever their amounts.
    """
    if method not in METHODS:
        raise refusal(
            "X907", f"there is no method `{method}`", meant(method, METHODS, f"the methods are {' and '.join(METHODS)}")
        )
    if size < 1 or not population.members:
        raise refusal("X907", "there is nothing to draw", "name a size of 1 or more, and a period with entries")
    chance = random.Random(seed)  # noqa: S311 - it must be drawn again by anyone
    if method == RANDOM:
        chosen = sorted(chance.sample(range(len(population.members)), min(size, len(population.members))))
        return Sample(tuple((population.members[at], 1) for at in chosen), method, seed, 0, 0)
    interval = max(1, population.total // size)
    start = chance.randrange(interval)
    drawn = []
    passed, following = 0, start
    for member in population.members:
        passed += member.amount
        hits = max(0, -(-(passed - following) // interval))
        if hits:
            drawn.append((member, hits))
            following += hits * interval
    return Sample(tuple(drawn), method, seed, interval, start)


def method_in_words(ledger: Ledger, sample: Sample) -> str:
    """How the sample was drawn, so that it can be drawn again."""
    if sample.method == RANDOM:
        return f"Drawn: {counted(len(sample.drawn), 'entry', 'entries')} at random, seed {sample.seed}."
    every, first = money(ledger, sample.interval), money(ledger, sample.start)
    hits = sum(hits for _, hits in sample.drawn)
    drawn = f"Drawn: {counted(len(sample.drawn), 'entry', 'entries')} by {counted(hits, 'monetary unit')}"
    return f"{drawn}, one every {every} from {first} on, seed {sample.seed}."


def table(ledger: Ledger, population: Population, sample: Sample) -> Table:
    """The sample as a report, the population stated above it."""
    columns = (
        Column("Ref"), Column("Date"), Column("Type"), Column("Details"), Column("Amount", MONEY),
        Column("Hits", INTEGER), Column("By"), Column("File"), Column("Line", INTEGER),
    )  # fmt: skip
    rows = [
        Row(
            (
                one.ref,
                str(one.entry.date),
                one.entry.type,
                one.details,
                plain(ledger, one.amount),
                str(hits),
                one.who,
                one.entry.source.name,
                str(one.entry.line),
            )
        )
        for one, hits in sample.drawn
    ]
    total = sum(one.amount for one, _ in sample.drawn)
    rows.append(Row(("", "", "", "", plain(ledger, total), "", "", "", ""), "total"))
    stated = [Row((text,), "heading") for text in (*in_words(ledger, population), method_in_words(ledger, sample))]
    return Table("Audit sample", columns, (*stated, *rows))


def answer(ledger: Ledger, population: Population, sample: Sample) -> dict[str, object]:
    """The answer of `acct audit sample`."""
    return {
        "schema": "acctkit.audit-sample/1",
        "problems": count(ledger.problems),
        "population": as_json(ledger, population),
        "method": sample.method,
        "seed": sample.seed,
        "interval": plain(ledger, sample.interval) if sample.method == MONETARY else None,
        "start": plain(ledger, sample.start) if sample.method == MONETARY else None,
        "items": [member_json(ledger, one) | {"hits": hits} for one, hits in sample.drawn],
    }


def member_json(ledger: Ledger, one: Member) -> dict[str, object]:
    """An entry of a population as the JSON answers hold it."""
    return {
        "entry": one.ref,
        "date": str(one.entry.date),
        "type": one.entry.type,
        "details": one.details,
        "amount": plain(ledger, one.amount),
        "by": one.who or None,
        "written": one.seal.time if one.seal else None,
        "file": one.entry.source.name,
        "line": one.entry.line,
    }
