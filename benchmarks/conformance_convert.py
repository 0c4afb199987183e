"""Convert third-party ledgers with acct and ask beancount whether anything changed.

usage: conformance_convert.py ORACLE_PYTHON CORPORA   prints a line for each difference and counts.
The converted file must give the same balances, the same again when it is converted itself, and the same
verdict, unless acct said that something could not be read and is left out.
"""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from acctkit.cli import run
from acctkit.money import EXACT


def convert(source: Path, target: Path) -> str:
    """Convert a file; what was said on standard error."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        run(["convert", str(source), "-o", str(target)])
    return said.getvalue()


def balances(answer: dict[str, object]) -> dict[str, Decimal]:
    """What each account holds of each lot, by the oracle's booked postings."""
    held: dict[str, Decimal] = {}
    for _, _, postings in answer.get("transactions", []):
        for account, number, commodity, cost, _ in postings:
            key = json.dumps([account, commodity, cost])
            held[key] = EXACT.add(held.get(key, Decimal(0)), Decimal(number))
    return {key: number for key, number in held.items() if number}


def compare(before: dict[str, object], after: dict[str, object], said: str) -> str:
    """How the oracle's answers to a ledger and to its conversion differ; "" where they agree."""
    if balances(before) != balances(after):
        return "balances differ"
    if bool(before["errors"]) == bool(after["errors"]):
        return ""
    return "same balances, what could not be read is left out" if said and before["errors"] else "verdicts differ"


def main() -> int:
    """Convert all ledgers, ask the oracle about all of them at once, and count."""
    python, corpora = sys.argv[1], Path(sys.argv[2])
    files = sorted((corpora / "beancount").rglob("*.beancount"))
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        targets = [Path(folder) / f"{number}.beancount" for number in range(len(files))]
        said = [convert(source, target) for source, target in zip(files, targets, strict=True)]
        for target in targets:
            again = target.with_suffix(".again")
            convert(target, again)
            counts["changed when converted again"] += target.read_bytes() != again.read_bytes()
        asked = "\n".join(map(str, [*files, *targets]))
        oracle = Path(__file__).with_name("oracle.py")
        done = subprocess.run([python, str(oracle)], input=asked, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()[1:]]  # the first says which beancount it is
    for source, before, after, words in zip(files, answers, answers[len(files) :], said, strict=False):
        difference = compare(before, after, words)
        counts[difference or "same balances and verdict"] += 1
        if "differ" in difference:
            print(f"{source.relative_to(corpora)}: {difference}")
    print(f"beancount ledgers converted: {len(files)}")
    for kind, count in sorted(counts.items()):
        print(f"  {kind}: {count}")
    return int(any("differ" in kind or "changed" in kind for kind, count in counts.items() if count))


if __name__ == "__main__":
    sys.exit(main())
