"""References: each used once, series without gaps, types that exist, records that name what exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from acctkit.journal import spans
from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import SERIES, Ledger
from acctkit.ledger.nearest import Nearest, nearest
from acctkit.ledger.records import Record
from acctkit.problem import Place, Problem, error, warning
from acctkit.refs import canonical, numbered

LEAST_IN_SERIES = 3  # that a gap is told of
_MOST_LISTED = 5
# Looking for the nearest name is slow in big books; after so many the reader has understood.
_MOST_SUGGESTIONS = 20
# What an amendment cannot change: it would alter what was posted.
_FIXED_KEYS = ("date", "party", "ref", "vat")


class Names:
    """The names of a book's entries, to say which one an unknown name may have meant."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.asked = 0

    def nearest(self, name: str) -> str:
        """The ref most like a name, or "" where none is."""
        self.asked += 1
        if self.asked > _MOST_SUGGESTIONS:
            return ""
        wanted, size = canonical(name), len(name)
        likely = [ref for ref in self.ledger.names if abs(len(ref) - size) <= 3 and ref[:1].upper() == name[:1].upper()]
        same = [ref for ref in likely if canonical(ref) == wanted]
        near = same or nearest(name, likely)
        return near[0] if near else ""

    def unknown(self, name: str, place: Place, others: Collection[str] = ()) -> Problem:
        """The problem of a record that names no entry (D303), nor any of the other names that would do."""
        near = self.nearest(name) or next(iter(nearest(name, others)), "")
        hint = f"did you mean {near}?" if near else "acct ledger ACCOUNT lists the entries of an account"
        return error("D303", f"there is no entry {name}", place, hint)


def check_references(ledger: Ledger) -> list[Problem]:
    """All that can be wrong with refs, types and the records that name entries, allocations apart."""
    names = Names(ledger)
    entries = sorted(ledger.transactions, key=lambda t: (ledger.order.get(t.source.name, 0), t.line))
    return [
        *_used_twice(ledger, entries),
        *_their_refs(ledger, entries),
        *_gaps(ledger, entries),
        *_types(entries),
        *_parties(ledger, entries),
        *_named(ledger, entries, names),
    ]


def _ref(entry: Transaction, key: str = "ref") -> str:
    value = entry.meta.get(key)
    return value if isinstance(value, str) else ""


def _used_twice(ledger: Ledger, entries: list[Transaction]) -> Iterator[Problem]:
    """A ref that two entries bear. Another tool's journal may use `ref` for something else: there it is a warning."""
    is_ours = ledger.entity.year_end is not None
    first: dict[str, Transaction] = {}
    for entry in entries:
        ref = _ref(entry)
        if ref and (earlier := first.setdefault(ref, entry)) is not entry:
            say = error if is_ours or entry.type or earlier.type else warning
            problem = say(
                "D301", f"{ref} is used twice", spans.meta(entry, "ref"), "give this entry the next free number"
            )
            yield problem._replace(related=(("used first", spans.meta(earlier, "ref")),))


def _their_refs(ledger: Ledger, entries: list[Transaction]) -> Iterator[Problem]:
    """A supplier's number posted twice is most often a bill posted twice; what was reversed does not count."""
    reversed_refs = {_ref(entry, "reverses") for entry in entries} - {""}
    first: dict[tuple[str, str, str], Transaction] = {}
    for entry in entries:
        number, party = ledger.meta(entry).get("their-ref"), _ref(entry, "party")
        if not isinstance(number, str) or not entry.type.startswith("purchase-"):
            continue
        if not number or not party or _ref(entry) in reversed_refs:
            continue
        earlier = first.setdefault((party, entry.type, canonical(number)), entry)
        if earlier is not entry:
            message = f"{number} of {party} is posted twice"
            place = spans.meta(entry, "their-ref")
            problem = error("D301", message, place, "if it is the same document, reverse one of the two")
            yield problem._replace(related=(("posted first", spans.meta(earlier, "their-ref")),))


def _gaps(ledger: Ledger, entries: list[Transaction]) -> Iterator[Problem]:
    """Numbers that a series leaves out, one problem a gap; a number that is void leaves none."""
    series: dict[str, dict[int, Transaction]] = {}
    for entry in entries:
        if found := numbered(_ref(entry)):
            series.setdefault(found[0], {}).setdefault(found[1], entry)
    void = {record.text(0) for record in ledger.records("amend") if "void" in record.meta}
    explained: dict[str, set[int]] = {}
    for name in void:
        if found := numbered(name):
            explained.setdefault(found[0], set()).add(found[1])
    for prefix, used in series.items():
        if len(used) < LEAST_IN_SERIES:
            continue
        numbers = sorted(used)
        for before, after in pairwise(numbers):
            missing = after - before - 1
            if not missing or used[after].type == "opening" or not used[after].postings:
                continue  # those between are in the books that it was brought forward from
            spoken = {n for n in explained.get(prefix, ()) if before < n < after}
            if missing > len(spoken):
                yield _gap(prefix, before, used[after], spoken, missing - len(spoken))


def _gap(prefix: str, before: int, entry: Transaction, spoken: set[int], missing: int) -> Problem:
    ref = _ref(entry)
    width = len(ref) - len(prefix)
    after = int(ref[len(prefix) :])
    if missing <= _MOST_LISTED and after - before < 1000:
        names = [f"{prefix}{n:0{width}d}" for n in range(before + 1, after) if n not in spoken]
    else:
        names = [f"{prefix}{before + 1:0{width}d} to {prefix}{after - 1:0{width}d}"]
    message = f"{', '.join(names)} {'is' if missing == 1 else 'are'} missing before {ref}"
    hint = f'post what is missing, or explain it: {entry.date} custom "amend" "{names[0].split()[0]}" with void: "why"'
    return warning("D302", message, spans.meta(entry, "ref"), hint)


def _types(entries: list[Transaction]) -> Iterator[Problem]:
    for entry in entries:
        if entry.type and entry.type not in SERIES:
            near = nearest(entry.type, SERIES)
            hint = f"did you mean {near[0]}?" if near else f"the types are {', '.join(SERIES)}"
            yield warning("D306", f"there is no entry type {entry.type}", spans.meta(entry, "type"), hint)


def _parties(ledger: Ledger, entries: list[Transaction]) -> Iterator[Problem]:
    """Party codes that no record introduces, in books that introduce parties at all; each once."""
    known = {record.text(0) for record in ledger.records("customer", "supplier")}
    told = set(known)
    near = Nearest(known)
    for entry in entries if known else []:
        for leg in (None, *entry.postings):
            code = (entry.meta if leg is None else leg.meta).get("party")
            if isinstance(code, str) and code not in told:
                told.add(code)
                meant = near.of(code)
                introduce = f'introduce it: {entry.date} custom "customer" "{code}" "Name"'
                hint = f"did you mean {meant}?" if meant else introduce
                place = spans.meta(entry, "party", leg)
                yield warning("D303", f"there is no customer or supplier {code}", place, hint)


def _named(ledger: Ledger, entries: list[Transaction], names: Names) -> Iterator[Problem]:
    for record in ledger.records("remittance-line"):
        if ledger.entry(record.text(0)) is None:
            yield names.unknown(record.text(0), spans.value(record.place, 0))
    orders = {record.text(0) for record in ledger.records("purchase-order")}
    order_lines = {(record.text(0), record.text(1)) for record in ledger.records("order-line")}
    for record in ledger.records("amend"):
        yield from _amendment(ledger, record, names, orders, order_lines)
    for entry in entries:
        reverses = _ref(entry, "reverses")
        if reverses and ledger.entry(reverses) is None:
            yield names.unknown(reverses, spans.meta(entry, "reverses"))


def _amendment(
    ledger: Ledger, record: Record, names: Names, orders: set[str], order_lines: set[tuple[str, str]]
) -> Iterator[Problem]:
    """An amendment names an entry, account, order or order line, or a number that is void."""
    name = record.text(0)
    if len(record.values) > 1:
        if (name, record.text(1)) not in order_lines:
            yield _no_order_line(record, orders, order_lines)
        return
    entry = ledger.entry(name)
    if entry is None:
        if name not in ledger.accounts and name not in orders and "void" not in record.meta:
            yield names.unknown(name, spans.value(record.place, 0), orders | set(ledger.accounts))
        return
    for key in _FIXED_KEYS:
        if key in record.meta:
            message = f"an amendment cannot change the {key} of {name}"
            yield error("D305", message, spans.meta(record.entry, key), f"reverse {name} and post it again")


def _no_order_line(record: Record, orders: set[str], order_lines: set[tuple[str, str]]) -> Problem:
    """D303 for an order that is unknown, or a line it does not have."""
    order, line = record.text(0), record.text(1)
    if order not in orders and not any(name == order for name, _ in order_lines):
        near = nearest(order, orders)
        hint = f"did you mean {near[0]}?" if near else "name the order as its purchase-order record does"
        return error("D303", f"there is no order {order}", spans.value(record.place, 0), hint)
    own = [number for name, number in order_lines if name == order]
    listed = f"; its lines are {', '.join(sorted(own))}" if 0 < len(own) <= _MOST_LISTED else ""
    message = f"there is no line {line} of order {order}{listed}"
    return error("D303", message, spans.value(record.place, 1), "name the order and its line as they stand")
