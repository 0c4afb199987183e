"""Which listed differences explain that acct and beancount answer differently; docs/differences.md has the list."""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import combinations
from typing import Any

_LAST_LETTER = re.compile(rb"[^A-Z0-9'._\-][A-Z]$")
_SALE_IN_PART = re.compile(rb"-[\d.]+ \S+ \{#")
_INDENTED_REMARK = re.compile(rb"^[ \t]+;", re.MULTILINE)


def listed(data: bytes, mine: Any, theirs: Any, compare: Callable[[Any, Any], str]) -> str:
    """The numbers of the differences in docs/differences.md that explain it, "" where none do."""
    if "crash" in theirs.errors:
        return "2"
    if data.startswith(b"\xef\xbb\xbf"):
        return "4"
    if _LAST_LETTER.search(data) and "LexerError" in theirs.errors:
        return "7"
    if _INDENTED_REMARK.search(data) and "ParserSyntaxError" in theirs.errors and not set(_TEXT) & set(mine.errors):
        return "8"
    if _SALE_IN_PART.search(data):
        return "10"
    for count in range(1, len(_RULES) + 1):
        for chosen in combinations(_RULES, count):
            a, b = mine, theirs
            for number in chosen:
                a, b = _RULES[number](a, b)
            if not compare(a, b):
                return " ".join(chosen)
    return ""


def _plugins(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """A plugin that is not run is no error here; there it cannot be imported, or finds what it looks for."""
    if "J113" not in str(mine.messages):
        return mine, theirs
    names = ("PluginImport", "CommodityError", "AverageError")
    return mine, theirs._replace(errors=[name for name in theirs.errors if name not in names])


def _crashes(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """A plugin of beancount's gives up on a ledger without entries."""
    if "J116" in str(mine.messages):
        return mine, theirs
    return mine, theirs._replace(errors=[name for name in theirs.errors if name != "PluginCrash"])


def _days(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """A lot whose units were worked out has a day here."""
    dayless = {
        (day, a, n, c, cost[:2], cost[3])
        for day, _, legs in theirs.transactions
        for a, n, c, cost, _ in legs
        if cost and cost[2] == "None"
    }

    def strip(day: str, leg: Any) -> Any:
        a, n, c, cost, price = leg
        if cost and (day, a, n, c, cost[:2], cost[3]) in dayless:
            return a, n, c, (*cost[:2], "None", cost[3]), price
        return leg

    changed = [
        (day, flag, sorted((strip(day, leg) for leg in legs), key=repr)) for day, flag, legs in mine.transactions
    ]
    return mine._replace(transactions=sorted(changed, key=repr)), theirs


def _digits(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """Sums are exact here, and of 28 digits there."""
    return _short(mine), _short(theirs)


def _short(answer: Any) -> Any:
    def short(number: str) -> str:
        return f"{round(Decimal(number), 18).normalize():f}"

    changed = [
        (day, flag, sorted(((a, short(n), c, cost, price) for a, n, c, cost, price in legs), key=repr))
        for day, flag, legs in answer.transactions
    ]
    return answer._replace(transactions=sorted(changed, key=repr))


_TEXT = ("J101", "J102", "J103", "J104", "J105", "J106", "J107", "J108", "J110")


def _recovery(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """Both find errors of form; which entries near them are kept, and what is said of these, differs."""
    if set(_TEXT) & set(mine.errors) and {"LexerError", "ParserSyntaxError"} & set(theirs.errors):
        return theirs._replace(errors=[]), theirs._replace(errors=[])
    return mine, theirs


_RULES: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "1": _plugins,
    "2": _crashes,
    "3": _days,
    "5": _digits,
    "6": _recovery,
}
