"""Answers for beancount: run by a Python that has beancount 3, never imported by acct.

usage: oracle.py   reads paths from standard input, one a line, and prints one JSON object for each: the kinds of
its errors, its booked transactions, its prices, what each account holds. The first line says where beancount is.
"""

import json
import os
import sys
from pathlib import Path

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

import beancount
from beancount import loader
from beancount.core import data

_OF_FORM = ("LexerError", "ParserError", "ParserSyntaxError")


def cost_of(posting: data.Posting) -> list[object] | None:
    """A booked posting's cost: number, currency, lot date, label."""
    cost = posting.cost
    return [str(cost.number), cost.currency, str(cost.date), cost.label] if cost else None


def kind_of(error: object) -> str:
    """The class of an error; a plugin that cannot be imported is told apart from other files that cannot."""
    name = type(error).__name__
    if name == "BalanceError" and str(error.message).startswith("Invalid"):
        return "ValidationError"  # an account or commodity that is not open for it
    if name == "LoadError" and str(error.message).startswith("Error applying"):
        return "PluginCrash"
    return "PluginImport" if name == "LoadError" and str(error.message).startswith("Error importing") else name


def answer(path: str) -> dict[str, object]:
    """What beancount makes of one ledger."""
    entries, errors, _ = loader.load_file(path)
    transactions = [
        [
            str(entry.date),
            entry.flag,
            [
                [
                    posting.account,
                    str(posting.units.number),
                    posting.units.currency,
                    cost_of(posting),
                    [str(posting.price.number), posting.price.currency] if posting.price is not None else None,
                ]
                for posting in entry.postings
            ],
        ]
        for entry in data.filter_txns(entries)
    ]
    prices = [
        [str(entry.date), entry.currency, str(entry.amount.number), entry.amount.currency]
        for entry in entries
        if isinstance(entry, data.Price)
    ]
    return {
        "file": path,
        "errors": [kind_of(error) for error in errors],
        "messages": [str(error.message)[:300] for error in errors][:5],
        "lines": [
            error.source["lineno"]
            for error in errors
            if type(error).__name__ in _OF_FORM and error.source and error.source.get("filename") == path
        ],
        "transactions": transactions,
        "prices": prices,
        "others": [
            [str(entry.date), type(entry).__name__, getattr(entry, "account", "")]
            for entry in entries
            if isinstance(entry, (data.Open, data.Close, data.Balance))
        ],
    }


def main() -> None:
    """One answer for each path on standard input, as soon as it is read."""
    print(json.dumps({"beancount": str(Path(beancount.__file__).parent)}), flush=True)
    for line in sys.stdin:
        path = line.rstrip("\n")
        try:
            result = answer(path)
        except Exception as reason:  # noqa: BLE001 - the oracle's own crash is an answer too
            result = {"file": path, "crash": repr(reason)[:200], "errors": ["crash"], "messages": []}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
