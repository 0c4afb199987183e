"""Which listed differences explain that acct and beancount answer differently; docs/differences.md has the list.

Two ways a difference is explained, and no other: a *rule* takes out of both answers exactly what it describes, or a
*repair* takes out of the ledger what it describes, and both programs are asked again. What is left must agree.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import combinations
from typing import Any

Ask = Callable[[bytes], tuple[Any, Any]]
_MOST_CUTS = 12

TEXT = ("J101", "J102", "J103", "J104", "J105", "J106", "J107", "J108", "J110")
_OF_FORM = {"LexerError", "ParserSyntaxError"}


def listed(data: bytes, mine: Any, theirs: Any, compare: Callable[[Any, Any], str], ask: Ask) -> str:
    """The numbers of the differences in docs/differences.md that explain it, "" where none do."""
    if "crash" in theirs.errors:
        return "2"
    if found := _by_rules(mine, theirs, compare):
        return found
    if (smaller := _without_crashed(data, theirs)) != data:
        mine, theirs = ask(smaller)
        found = listed(smaller, mine, theirs, compare, ask) if compare(mine, theirs) else "2"
        return f"2 {found}" if found not in ("", "2") else found
    for numbers, repaired in _repaired(data):
        if (found := _agree(*ask(repaired), compare)) is not None:
            return f"{numbers} {found}".strip()
    return _by_cutting(data, mine, theirs, compare, ask)


def _agree(mine: Any, theirs: Any, compare: Callable[[Any, Any], str]) -> str | None:
    """The rules that make two answers agree, "" where they do so by themselves, None where none do."""
    if not compare(mine, theirs):
        return ""
    if "crash" in theirs.errors:
        return "2"
    return _by_rules(mine, theirs, compare) or None


def _by_rules(mine: Any, theirs: Any, compare: Callable[[Any, Any], str]) -> str:
    for count in range(1, len(_RULES) + 1):
        for chosen in combinations(_RULES, count):
            a, b = mine, theirs
            for number in chosen:
                a, b = _RULES[number](a, b)
            if not compare(a, b):
                return " ".join(chosen)
    return ""


# Repairs.


def _without_mark(data: bytes) -> bytes:
    """4: a byte order mark is no error."""
    return data.removeprefix(b"\xef\xbb\xbf")


def _without_crashed(data: bytes, theirs: Any) -> bytes:
    """2: beancount gives up on a plugin of its own and reads on without it."""
    for name in re.findall(r'Error applying plugin "([\w.]+)"', str(theirs.messages)):
        data = re.sub(rb'^plugin\s+"' + re.escape(name.encode()) + rb'"[^\n]*\n', b"", data, flags=re.MULTILINE)
    return data


def _with_line_end(data: bytes) -> bytes:
    """7: a commodity of one letter may stand at the very end, or before CRLF."""
    return re.sub(rb"(?<=[^A-Z0-9'._\-])([A-Z])(?:\r\n|\Z)", rb"\1\n", data)


def _without_remarks(data: bytes) -> bytes:
    """8: a comment may be indented anywhere."""
    return re.sub(rb"^[ \t]+;[^\n]*(?:\n|\Z)", b"", data, flags=re.MULTILINE)


def _without_sales_in_part(data: bytes) -> bytes:
    """10: a cost given in part balances for a sale too: the entries with one are taken out."""
    return b"".join(block for block in _blocks(data) if not re.search(rb"-[\d.,]+ *\S+ *\{[^}\n]*#", block))


def _with_single_commas(data: bytes) -> bytes:
    """11: `1,,000` is no number."""
    return re.sub(rb"(?<=\d),,+(?=\d)", b",", data)


def _without_kept_names(data: bytes) -> bytes:
    """12: a posting may have metadata of any name."""
    return re.sub(rb"^[ \t]+(?:filename|lineno):[^\n]*\n", b"", data, flags=re.MULTILINE)


def _without_endless_tolerance(data: bytes) -> bytes:
    """13: a tolerance has an end: the options that set one without are taken out."""
    return re.sub(_ENDLESS, b"", data, flags=re.MULTILINE | re.IGNORECASE)


_ENDLESS = rb'^option\s+"(?:inferred_)?tolerance_multiplier"\s+"\s*[+-]?(?:inf(?:inity)?|[\d.,]+e\d{3,})\s*"[^\n]*\n?'

_REPAIRS: dict[str, Callable[[bytes], bytes]] = {
    "4": _without_mark,
    "7": _with_line_end,
    "8": _without_remarks,
    "10": _without_sales_in_part,
    "11": _with_single_commas,
    "12": _without_kept_names,
    "13": _without_endless_tolerance,
}


def _repaired(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The ledger after each repair that changes it, then after all of them."""
    useful = [number for number, repair in _REPAIRS.items() if repair(data) != data]
    for chosen in [[number] for number in useful] + ([useful] if len(useful) > 1 else []):
        repaired = data
        for number in chosen:
            repaired = _REPAIRS[number](repaired)
        yield " ".join(chosen), repaired


# What is around an error of form.


def _blocks(data: bytes) -> list[bytes]:
    """The directives of a ledger, each with what is indented below it and the blank lines after it."""
    blocks = [b""]
    for line in data.splitlines(keepends=True):
        if line[:1].strip() and blocks[-1]:
            blocks.append(b"")
        blocks[-1] += line
    return blocks


def _cut(data: bytes, lines: list[int]) -> bytes:
    """A ledger less the directives that stand on these lines, and the one before each."""
    blocks, kept, at = _blocks(data), [], 1
    spans = []
    for block in blocks:
        end = at + max(block.count(b"\n"), 1)
        spans.append((at, end))
        at = end
    wrong = {i for i, (start, end) in enumerate(spans) for line in lines if start <= line < end}
    if any(line >= at for line in lines):
        wrong.add(len(blocks) - 1)
    kept = [block for i, block in enumerate(blocks) if i not in wrong and i + 1 not in wrong]
    return b"".join(kept)


def _by_cutting(data: bytes, mine: Any, theirs: Any, compare: Callable[[Any, Any], str], ask: Ask) -> str:
    """6: both find errors of form; the rest of the ledger, without what is next to these, says the same to both."""
    for _ in range(_MOST_CUTS):
        if not (set(TEXT) & set(mine.errors) and _OF_FORM & set(theirs.errors)):
            return ""
        smaller = _cut(data, [*mine.lines, *theirs.lines])
        if smaller == data:
            return ""
        data = smaller
        mine, theirs = ask(data)
        if (found := _agree(mine, theirs, compare)) is not None:
            return f"6 {found}".strip()
        for numbers, repaired in _repaired(data):
            if (found := _agree(*ask(repaired), compare)) is not None:
                return f"6 {numbers} {found}".strip()
    return ""


# Rules.

# The errors of plugins that acct does not run.
_ERRORS_OF = {"CommodityError": "commodity_attr", "AverageError": "check_average_cost"}


def _plugins(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """A plugin that is not run is no error here; there it cannot be imported, or finds what it looks for."""
    named = str([message for message in mine.messages if message.startswith("J113")])
    ours = {name for name, plugin in _ERRORS_OF.items() if plugin in named}
    if "never runs code" in named:
        ours.add("PluginImport")
    return mine, theirs._replace(errors=[name for name in theirs.errors if name not in ours])


def _crashes(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """A plugin of beancount's gives up on a ledger."""
    if "J116" in str(mine.messages):
        return mine, theirs
    return mine, theirs._replace(errors=[name for name in theirs.errors if name != "PluginCrash"])


def _days(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """A lot whose units were worked out has a day here: an entry for each one that lacks a day there."""
    pool = list(mine.transactions)
    dayless = [entry for entry in theirs.transactions if any(leg[3] and leg[3][2] == "None" for leg in entry[2])]
    for entry in theirs.transactions:
        if entry not in dayless and entry in pool:
            pool.remove(entry)
    changed = list(mine.transactions)
    for entry in dayless:
        found = next((other for other in pool if _is_but_for_days(other, entry)), None)
        if found is not None:
            pool.remove(found)
            changed[changed.index(found)] = entry
    return mine._replace(transactions=sorted(changed, key=repr)), theirs


def _is_but_for_days(mine: Any, theirs: Any) -> bool:
    """Whether entries are the same once the days are left out of as many lots as have none there."""
    if mine[:2] != theirs[:2] or len(mine[2]) != len(theirs[2]):
        return False
    legs = list(mine[2])
    for leg in theirs[2]:
        if leg in legs:
            legs.remove(leg)
    rest = [leg for leg in theirs[2] if leg[3] and leg[3][2] == "None"]
    return _undated(legs) == _undated(rest)


def _undated(legs: Any) -> list[Any]:
    return sorted(((a, n, c, cost and (*cost[:2], cost[3]), price) for a, n, c, cost, price in legs), key=repr)


def _digits(mine: Any, theirs: Any) -> tuple[Any, Any]:
    """Sums are exact here, and of 28 digits there: only numbers of so many digits may differ, in the last of them."""
    return _short(mine), _short(theirs)


def _short(answer: Any) -> Any:
    def short(number: str) -> str:
        value = Decimal(number)
        digits = len(value.as_tuple().digits)
        return f"{round(value, value.adjusted() * -1 + 25).normalize():f}" if digits > 26 else number

    changed = [
        (day, flag, sorted(((a, short(n), c, cost, price) for a, n, c, cost, price in legs), key=repr))
        for day, flag, legs in answer.transactions
    ]
    return answer._replace(transactions=sorted(changed, key=repr))


_RULES: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "1": _plugins,
    "2": _crashes,
    "3": _days,
    "5": _digits,
}
