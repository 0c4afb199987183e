"""Answers for beancount: run by a Python that has beancount 3, never imported by acct.

usage: oracle.py < LIST-OF-FILES   prints one JSON object a line: file, errors, balances.
"""

import json
import sys

from beancount import loader
from beancount.core import data


def answer(path: str) -> dict[str, object]:
    """What beancount makes of one ledger: the kinds of its errors, and units by account and lot."""
    entries, errors, _ = loader.load_file(path)
    balances: dict[str, object] = {}
    for entry in data.filter_txns(entries):
        for posting in entry.postings:
            cost = posting.cost
            lot = [str(cost.number), cost.currency, str(cost.date), cost.label] if cost else None
            key = json.dumps([posting.account, posting.units.currency, lot])
            balances[key] = balances.get(key, 0) + posting.units.number
    return {
        "file": path,
        "errors": [type(error).__name__ for error in errors],
        "messages": [error.message for error in errors][:5],
        "balances": {key: str(number) for key, number in balances.items() if number},
    }


def main() -> None:
    """One answer for each path on standard input."""
    for path in sys.stdin.read().splitlines():
        try:
            result = answer(path)
        except Exception as reason:  # noqa: BLE001 - the oracle's own crash is an answer too
            result = {"file": path, "crash": repr(reason)[:200], "errors": ["crash"], "balances": {}}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
