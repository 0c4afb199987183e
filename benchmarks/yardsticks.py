"""What other systems would match, written from their public descriptions: the yardsticks of the matching benchmark.

Each takes lines and entries and gives the automatic groups and, best first, the suggested ones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from acctkit.matching import Row

WINDOW = 31  # ERPNext's tool and Odoo's rule look at a range of dates that the user gives
_DIGITS = re.compile(r"\d{4,}")


class Pairing(NamedTuple):
    """Ids of both sides."""

    left: tuple[str, ...]
    right: tuple[str, ...]


class Answer(NamedTuple):
    """What is taken, and what is suggested."""

    matched: list[Pairing]
    suggested: list[Pairing]


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.date, row.id))


def amount_and_date(left: list[Row], right: list[Row]) -> Answer:
    """The nearest free entry of the same amount within three days, line by line."""
    of_amount: dict[int, list[Row]] = defaultdict(list)
    for row in in_order(right):
        of_amount[row.amount].append(row)
    taken: set[str] = set()
    matched = []
    for line in in_order(left):
        near = [row for row in of_amount[line.amount] if row.id not in taken and abs((row.date - line.date).days) <= 3]
        if near:
            best = min(near, key=lambda row: abs((row.date - line.date).days))
            taken.add(best.id)
            matched.append(Pairing((line.id,), (best.id,)))
    return Answer(matched, [])


def erpnext(left: list[Row], right: list[Row]) -> Answer:
    """ERPNext: automatic where the bank's reference equals an entry's; else ranked by three yes-or-noes.

    The rank is 1 + same reference + same amount + same party; nothing weighs dates or likeness.
    """
    of_reference: dict[str, list[Row]] = defaultdict(list)
    of_amount: dict[int, list[Row]] = defaultdict(list)
    for row in in_order(right):
        of_amount[row.amount].append(row)
        for reference in row.references:
            of_reference[reference].append(row)
    taken: set[str] = set()
    matched, suggested = [], []
    for line in in_order(left):
        by_reference = [row for ref in line.references for row in of_reference[ref] if row.amount * line.amount > 0]
        exact = [row for row in by_reference if row.amount == line.amount and row.id not in taken]
        if exact:
            taken.add(exact[0].id)
            matched.append(Pairing((line.id,), (exact[0].id,)))
            continue

        def rank(row: Row, line: Row = line) -> int:
            same_party = bool(line.name) and line.name.casefold() == row.name.casefold()
            same_reference = bool({*row.references} & {*line.references})
            return 1 + same_reference + (row.amount == line.amount) + same_party

        known = {row.id: row for row in (*by_reference, *of_amount[line.amount]) if row.id not in taken}
        near = [row for row in known.values() if abs((row.date - line.date).days) <= WINDOW]
        suggested += [Pairing((line.id,), (row.id,)) for row in sorted(near, key=rank, reverse=True)[:5]]
    return Answer(matched, suggested)


def odoo(left: list[Row], right: list[Row]) -> Answer:
    """Odoo's rule: numbers of four digits and more that both texts hold, else what the partner has open.

    One open item of the amount is perfect; else items are added up in order of date while there is room. It is
    automatic where a number hit and the sum is exact.
    """
    of_token: dict[str, list[Row]] = defaultdict(list)
    of_party: dict[str, list[Row]] = defaultdict(list)
    for row in in_order(right):
        of_party[row.name.casefold()].append(row)
        for token in {*_DIGITS.findall(" ".join((row.text, *row.references)))}:
            of_token[token].append(row)
    taken: set[str] = set()
    matched, suggested = [], []
    for line in in_order(left):
        tokens = _DIGITS.findall(" ".join((line.text, *line.references)))
        hits = {row.id: row for token in tokens for row in of_token.get(token, ())}
        pool = list(hits.values()) or of_party.get(line.name.casefold() or "?", [])
        pool = [
            row
            for row in pool
            if row.id not in taken and row.amount * line.amount > 0 and abs((row.date - line.date).days) <= WINDOW
        ]
        chosen = list(greedy(line.amount, pool))
        if not chosen:
            continue
        pairing = Pairing((line.id,), tuple(row.id for row in chosen))
        if hits and sum(row.amount for row in chosen) == line.amount:
            taken.update(pairing.right)
            matched.append(pairing)
        else:
            suggested.append(pairing)
    return Answer(matched, suggested)


def greedy(minor: int, pool: list[Row]) -> Iterator[Row]:
    """One item of just the amount, else items by date while there is room."""
    perfect = [row for row in pool if row.amount == minor]
    if perfect:
        yield perfect[0]
        return
    left = abs(minor)
    for row in sorted(pool, key=lambda row: row.date):
        if abs(row.amount) <= left:
            left -= abs(row.amount)
            yield row
