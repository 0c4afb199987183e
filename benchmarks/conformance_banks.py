"""Reads every bank file of a corpora folder and compares with what other readers made of it.

    python benchmarks/conformance_banks.py [--all] [CORPORA]

CORPORA is `$ACCT_CORPORA`, else ../shared/corpora. Beside a file may stand FILE.expected.json, with what each
of several readers found, or the exception it ended with. Lines are counted and summed over a whole file, and
balances compared where the other reader gives the last ones. --all names every file. Exit code 1 if any
file differs or crashes.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from acctkit.banking import BankFile, BankStatement, read
from acctkit.problem import ERROR

TODAY = date(2026, 1, 1)
LEFT_OUT = re.compile(r"([0-9]+) (?:row|entr|line|record)\w* w")
SUFFIXES = {".ofx": "OFX", ".qfx": "OFX", ".qif": "QIF", ".sta": "MT940", ".csv": "CSV"}
SAME = "same as another reader"
ALONE = "read where other readers failed"
PROVED = "proved by its balances, unlike another's sum"
UNCHECKED = "read, no verdict to compare"
REFUSED = "refused with a reason, no line lost"
NAMED = "refused, though other readers read it"
DIFFERS = "differs"
OUTCOMES = (SAME, ALONE, PROVED, UNCHECKED, REFUSED, NAMED, DIFFERS)


class Figures(NamedTuple):
    """How many lines there are and their sum, None where a reader gave none."""

    lines: int | None
    amount: Decimal | None

    def agrees(self, other: Figures) -> bool:
        """Whether what both give is the same."""
        pairs = ((self.lines, other.lines), (self.amount, other.amount))
        return all(None in pair or pair[0] == pair[1] for pair in pairs)


def main(arguments: list[str]) -> int:
    folders = [one for one in arguments if not one.startswith("-")]
    default = Path(__file__).resolve().parents[2] / "shared" / "corpora"
    folder = Path(folders[0] if folders else os.environ.get("ACCT_CORPORA", default))
    files = [(kind, path) for path in sorted(folder.rglob("*")) if (kind := kind_of(path, folder))]
    if not files:
        print(f"no bank files under {folder}", file=sys.stderr)
        return 2
    counts: Counter[tuple[str, str]] = Counter()
    for kind, path in files:
        outcome, said = verdict(path)
        counts[kind, outcome] += 1
        if said and (outcome != REFUSED or "--all" in arguments):
            print(f"{path.relative_to(folder)}: {outcome}: {said}")
    kinds = sorted({kind for kind, _ in files})
    print(f"\n{'':44}" + "".join(f"{kind:>8}" for kind in kinds))
    for outcome in OUTCOMES:
        print(f"{outcome:44}" + "".join(f"{counts[kind, outcome]:8}" for kind in kinds))
    wrong = sum(counts[kind, DIFFERS] for kind in kinds)
    print(f"{len(files)} files, {len(files) - wrong} read, or refused with a reason that names the line")
    return 1 if wrong else 0


def kind_of(path: Path, folder: Path) -> str:
    """The kind of bank file, "" for any other file."""
    parts = path.relative_to(folder).parts
    if path.suffix == ".xml" and "camt" in path.as_posix():
        return "CAMT"
    if path.name.endswith(".940.txt"):
        return "MT940"
    if "bai" in parts[0].lower() and not path.name.endswith(".json"):
        return "BAI2"
    return SUFFIXES.get(path.suffix.lower(), "")


def verdict(path: Path) -> tuple[str, str]:
    """The outcome for a file, and what to say about it, "" where there is nothing to say."""
    data = path.read_bytes()
    found = read(data, path.name, today=TODAY)
    beside = path.with_name(path.name + ".expected.json")
    readers: dict[str, Any] = json.loads(beside.read_text()) if beside.exists() else {}
    theirs = dict(oracles(readers))
    errors = [problem for problem in found.problems if problem.severity == ERROR]
    if errors and not found.statements:
        reasons = "; ".join(f"{p.code} line {p.place.line if p.place else '?'}: {p.message}" for p in errors)
        moved = any(one.lines for one in theirs.values())
        unplaced = any(p.place is None for p in errors[:50])
        return DIFFERS if unplaced else NAMED if moved else REFUSED, reasons
    if not readers:
        return UNCHECKED, ""
    if not theirs:
        return ALONE, ""
    ours = figures(found, data)
    if any(LEFT_OUT.match(problem.message) for problem in found.problems):
        ours = ours._replace(amount=None)  # a sum may count what is not booked
    wrong = {name: one for name, one in theirs.items() if not ours.agrees(one)}
    if wrong and not errors and all(proves(one) for one in found.statements):
        return PROVED, f"here {ours}, elsewhere {wrong}"
    if wrong:
        return DIFFERS, f"here {ours}, elsewhere {wrong}"
    return SAME, ""


def proves(statement: BankStatement) -> bool:
    """Whether a statement states both balances; that they add up `read` has checked."""
    return statement.opening_stated and statement.closing is not None


def figures(found: BankFile, data: bytes) -> Figures:
    """What is read here, with trades that are left out and opening balances that other readers call lines."""
    lines = [line for statement in found.statements for line in statement.lines]
    total = sum((line.amount for line in lines), Decimal(0))
    count = sum(not line.id.endswith("/fee") for line in lines) + sum(
        int(said[1]) for problem in found.problems if (said := LEFT_OUT.match(problem.message))
    )
    if found.format == "ofx":
        count += data.upper().count(b"<INVTRAN>")
    if found.format == "qif":
        openings = [one.opening for one in found.statements if one.opening is not None]
        count, total = count + len(openings), sum(openings, total)
    return Figures(count, total)


def oracles(readers: dict[str, Any]) -> Iterator[tuple[str, Figures]]:
    """What each reader that did not fail found."""
    for name, told in readers.items():
        if isinstance(told, dict) and "accounts" in told and "exception" not in told:
            yield name, accounts(told["accounts"])
        elif isinstance(told, dict) and "statements" in told:
            yield name, entries(told["statements"])
        elif isinstance(told, dict) and "sum_amounts" in told:
            yield name, Figures(told["n_transactions"], Decimal(told["sum_amounts"]))
        elif isinstance(told, dict) and "nonblank_rows" in told:
            yield name, Figures(told["nonblank_rows"] - 1, None)


def entries(listed: list[dict[str, Any]]) -> Figures:
    """The figures of a reader that lists statements of entries; of a batch the count may be either."""
    count = sum(one["n_entries"] for one in listed)
    plain = all(one["n_txdtls"] <= one["n_entries"] for one in listed)
    return Figures(count if plain else None, sum((Decimal(one["signed_sum"]) for one in listed), Decimal(0)))


def accounts(listed: list[dict[str, Any]]) -> Figures:
    """The figures of a reader that lists accounts; securities move no cash and are not counted."""
    if any("transactions" in one for one in listed):
        kinds = [(kind, count) for one in listed for kind, count in one.get("transactions", {}).items()]
        count = sum(count for kind, count in kinds if not kind.endswith("INVST"))
        return Figures(count, sum((Decimal(one["sum"]) for one in listed), Decimal(0)))
    sums = [account.get("sum_amounts") for account in listed]
    amount = None if None in sums else sum((Decimal(one) for one in sums), Decimal(0))
    return Figures(sum(account.get("n_transactions", 0) for account in listed), amount)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
