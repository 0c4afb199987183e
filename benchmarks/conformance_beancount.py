"""Compare acct with beancount on third-party ledgers: verdict and final balances.

usage: conformance_beancount.py ORACLE_PYTHON CORPORA   prints a line for each difference and pass counts.
A ledger passes when both find errors or neither does, and when every account holds the same units in the
same lots. A plugin acct does not run is told apart, since there beancount fails to import it.
"""

import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from acctkit.books.files import read_journal
from acctkit.journal.entries import Cost
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.money import EXACT
from acctkit.problem import ERROR


def ours(path: str) -> tuple[bool, dict[str, Decimal], set[str]]:
    """Whether acct finds errors, what each account holds by lot, and the codes of all problems."""
    ledger = Ledger(read_journal(Path(path)), Entity())
    held: dict[str, Decimal] = {}
    for entry in ledger.transactions:
        for posting in entry.postings:
            cost = posting.cost
            lot = None
            if isinstance(cost, Cost):
                lot = [_plain(cost.number), cost.commodity, str(cost.date), cost.label]
            key = json.dumps([posting.account, posting.commodity, lot])
            held[key] = EXACT.add(held.get(key, Decimal(0)), posting.number)
    errors = any(problem.severity == ERROR for problem in ledger.problems)
    return errors, {k: v for k, v in held.items() if v}, {p.code for p in ledger.problems}


def _plain(number: Decimal) -> str:
    return format(number.normalize(EXACT), "f")


def theirs(answer: dict[str, object]) -> dict[str, Decimal]:
    """The oracle's balances under keys like ours."""
    held: dict[str, Decimal] = {}
    for key, number in answer["balances"].items():
        account, commodity, lot = json.loads(key)
        if lot:
            lot[0] = _plain(Decimal(lot[0]))
        new = json.dumps([account, commodity, lot])
        held[new] = EXACT.add(held.get(new, Decimal(0)), Decimal(number))
    return {k: v for k, v in held.items() if v}


def compare(answer: dict[str, object]) -> str:
    """What differs, or nothing where acct agrees."""
    errors, held, codes = ours(answer["file"])
    if held != theirs(answer):
        differing = sorted(k for k in held.keys() | theirs(answer).keys() if held.get(k) != theirs(answer).get(k))
        key = differing[0]
        return f"balance of {key}: ours {held.get(key)}, beancount's {theirs(answer).get(key)}"
    if errors != bool(answer["errors"]):
        if not errors and "J113" in codes:
            return "plugin"
        return f"verdict: ours {sorted(codes) or 'no problems'}, beancount's {answer.get('messages')}"
    return ""


def main() -> int:
    """Run the oracle over all ledgers at once, then compare one by one."""
    python, corpora = sys.argv[1], Path(sys.argv[2])
    files = sorted(str(path) for path in (corpora / "beancount").rglob("*.beancount"))
    if not files:
        print(f"no ledgers under {corpora}/beancount: nothing compared")
        return 0
    oracle = Path(__file__).with_name("oracle.py")
    run = subprocess.run([python, str(oracle)], input="\n".join(files), capture_output=True, text=True, check=True)
    counts: Counter[str] = Counter()
    for line in run.stdout.splitlines():
        answer = json.loads(line)
        difference = compare(answer)
        kind = "without errors" if not answer["errors"] else "with errors"
        outcome = "same" if not difference else "plugin not run" if difference == "plugin" else "differs"
        counts[f"{kind}: {outcome}"] += 1
        if outcome == "differs":
            print(f"{Path(answer['file']).relative_to(corpora)}: {difference}")
    print(f"beancount ledgers: {len(files)}")
    for kind, count in sorted(counts.items()):
        print(f"  {kind}: {count}")
    return int(counts["without errors: differs"] > 0)


if __name__ == "__main__":
    sys.exit(main())
