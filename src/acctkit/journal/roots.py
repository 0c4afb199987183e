"""The five roots that the accounts of a chart stand under."""

from difflib import get_close_matches

ROOTS = ("Assets", "Liabilities", "Equity", "Income", "Expenses")


def root_meant(name: str, roots: tuple[str, ...]) -> str:
    """The root that the first part of an account's name was meant to be, "" where it is like none."""
    first = name.partition(":")[0].casefold()
    folded = {root.casefold(): root for root in roots}
    return next((folded[near] for near in get_close_matches(first, folded, 1, 7 / 10)), "")
