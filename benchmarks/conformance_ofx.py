"""Reads every OFX and QFX file of a corpora folder and compares with what other readers made of it.

    python benchmarks/conformance_ofx.py [CORPORA]

CORPORA is `$ACCT_CORPORA`, else ../shared/corpora. Beside a file may stand FILE.expected.json: for each of
several readers the accounts, or the exception it ended with. Exit code 1 if any file differs or crashes.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from acctkit.banking import BankFile, read
from acctkit.problem import ERROR

TODAY = date(2026, 1, 1)
SAME = "same as another reader"
ALONE = "read where other readers failed"
UNCHECKED = "read, no verdict to compare"
REFUSED = "refused with a reason"
DIFFERS = "differs"


def main(arguments: list[str]) -> int:
    default = Path(__file__).resolve().parents[2] / "shared" / "corpora"
    folder = Path(arguments[0] if arguments else os.environ.get("ACCT_CORPORA", default))
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".ofx", ".qfx"))
    if not files:
        print(f"no OFX files under {folder}", file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    for path in files:
        kind, said = verdict(path)
        counts[kind] += 1
        if said:
            print(f"{path.relative_to(folder)}: {kind}: {said}")
    print(*(f"{count:5} {kind}" for kind, count in counts.most_common()), sep="\n")
    print(f"{len(files):5} files, {len(files) - counts[DIFFERS]} read or refused as they should be")
    return 1 if counts[DIFFERS] else 0


def verdict(path: Path) -> tuple[str, str]:
    """The kind of outcome for a file, and what to say about it, "" where there is nothing to say."""
    data = path.read_bytes()
    found = read(data, path.name, today=TODAY)
    beside = path.with_name(path.name + ".expected.json")
    readers = json.loads(beside.read_text()) if beside.exists() else {}
    oracles = {name: told["accounts"] for name, told in readers.items() if "accounts" in told}
    errors = [problem for problem in found.problems if problem.severity == ERROR]
    if errors:
        reasons = "; ".join(f"{p.code} line {p.place.line if p.place else '?'}: {p.message}" for p in errors)
        moved = any(account["n_transactions"] for accounts in oracles.values() for account in accounts)
        return (DIFFERS if moved else REFUSED), reasons
    if not readers:
        return UNCHECKED, ""
    if not oracles:
        return ALONE, ""
    ours = figures(found, data)
    theirs = {name: expected(accounts) for name, accounts in oracles.items()}
    wrong = {name: told for name, told in theirs.items() if not agrees(ours, told)}
    if wrong:
        return DIFFERS, f"here {ours}, elsewhere {wrong}"
    return SAME, ""


def figures(found: BankFile, data: bytes) -> tuple[int, Decimal]:
    """How many transactions there are, trades that are left out included, and the sum of the amounts."""
    lines = [line for statement in found.statements for line in statement.lines]
    return len(lines) + data.upper().count(b"<INVTRAN>"), sum((line.amount for line in lines), Decimal(0))


def expected(accounts: list[dict[str, Any]]) -> tuple[int, Decimal | None]:
    """The same of another reader; the sum is None where it gave none."""
    sums = [account.get("sum_amounts") for account in accounts]
    amount = None if None in sums else sum((Decimal(one) for one in sums), Decimal(0))
    return sum(account["n_transactions"] for account in accounts), amount


def agrees(ours: tuple[int, Decimal], theirs: tuple[int, Decimal | None]) -> bool:
    return ours[0] == theirs[0] and theirs[1] in (None, ours[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
