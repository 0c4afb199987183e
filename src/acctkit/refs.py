"""References: how one is numbered, when two say the same, and which numbers of a series are taken."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

_PARTS = re.compile(r"[A-Z]+|\d+")
MOST_DIGITS = 18  # of a number in a ref

# Numbers that follow one another: the first and the last of each run, in order.
Runs: TypeAlias = list[tuple[int, int]]


def split_ref(ref: str) -> tuple[str, str]:
    """How a ref begins, and the digits it ends in, as many as a number may have; "" where it ends in none."""
    prefix = ref.rstrip("0123456789")
    if len(ref) - len(prefix) > MOST_DIGITS:
        prefix = ref[:-MOST_DIGITS]
    return prefix, ref[len(prefix) :]


def numbered(reference: str) -> tuple[str, int] | None:
    """The series a reference is numbered in and its number there; None where it ends in no number."""
    prefix, digits = split_ref(reference)
    return (prefix, int(digits)) if digits else None


def by_series(references: Iterable[str]) -> tuple[dict[str, list[int]], list[str]]:
    """The numbers of references by how they begin, and the references that end in none; see `numbered`."""
    numbers: dict[str, list[int]] = {}
    others = []
    for reference in references:
        prefix = reference.rstrip("0123456789")
        size = len(reference) - len(prefix)
        if 0 < size <= MOST_DIGITS:
            numbers.setdefault(prefix, []).append(int(reference[-size:]))
        elif found := numbered(reference):
            numbers.setdefault(found[0], []).append(found[1])
        else:
            others.append(reference)
    return numbers, others


def canonical(reference: str) -> str:
    """A reference less case, punctuation and leading zeros: `Inv. 0042` and `INV-42` are both `INV42`.

    Two numbers side by side stay apart, so that `1-11` and `11-1` are different.
    """
    parts: list[str] = []
    for run in _PARTS.findall(reference.upper()):
        text = (run.lstrip("0") or "0") if run.isdigit() else run
        if parts and run.isdigit() and parts[-1].isdigit():
            parts.append("/")
        parts.append(text)
    return "".join(parts)


def bill(party: str, kind: str, number: str) -> str:
    """What is the same for two entries of one bill: its supplier, type and number; "" for what is no bill."""
    return f"{party}\0{kind}\0{canonical(number)}" if party and number and kind.startswith("purchase-") else ""


def runs(numbers: Iterable[int]) -> Runs | None:
    """The runs of numbers; None where one stands there twice."""
    return join_runs((number, number) for number in sorted(numbers))


def join_runs(found: Iterable[tuple[int, int]]) -> Runs | None:
    """Runs in order of their beginnings with those that touch as one; None where two overlap."""
    joined: Runs = []
    for first, last in found:
        if joined and first <= joined[-1][1]:
            return None
        if joined and first == joined[-1][1] + 1:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined
