"""Whether a ledger with a tally says all that the whole ledger would, and what its refs are.

Where the columns could bring a problem, or change what the other entries mean, all of the books are read by the
parser instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from acctkit.journal.entries import CostSpec, Custom, Entry, Pad, Transaction
from acctkit.ledger.balances import AccountInfo
from acctkit.ledger.items import read_items
from acctkit.ledger.ledger import SERIES, Ledger
from acctkit.ledger.records import SHAPES
from acctkit.ledger.references import LEAST_IN_SERIES
from acctkit.ledger.tally import Tally
from acctkit.problem import ERROR, Problem
from acctkit.refs import Runs, bill, join_runs, numbered

# Options that change nothing of an entry whose amounts are all written and add up to nothing.
_HARMLESS = ("title", "operating_currency", "documents", "render_commas", "booking_method")
# Records that say nothing about entries.
_PARTIES = ("customer", "supplier")
# Records by which the entries that they name must be known, and those by which all must be.
NAMING = ("allocate", "remittance-line")
ASKING = frozenset(SHAPES) - {*_PARTIES, *NAMING} | {"undo"}


def judge(ledger: Ledger, tally: Tally) -> bool:
    """Whether the columns bring no problem of their own, and change nothing of the entries beside them.

    True: the ledger's problems are those of the whole book, but for its seals and VAT, which are not asked here, and
    so are its sums with the tally's.
    """
    return (
        _stands_alone(ledger)
        and _keeps_to_chart(ledger.accounts, tally)
        and not _meets_lots(ledger, tally)
        and _is_numbered_well(ledger, tally)
        and _has_all_named(ledger)
    )


def is_steady(ledger: Ledger) -> bool:
    """Whether plain entries that are added to books read in full bring no problems but their own, and cure none.

    Names that name nothing might come to name one of them; what is worked out of what an account holds might change.
    """
    if _is_set_oddly(ledger):
        return False
    if any(problem.severity == ERROR or problem.code in ("D303", "L208") for problem in ledger.problems):
        return False
    numbers = _series(ledger, Tally([]))
    if numbers is None or any(_is_to_come(record.text(0), numbers) for record in ledger.records("amend")):
        return False
    return not any(
        posting.units is not None and posting.units.commodity is None
        for parsed in ledger.files
        for entry in parsed.entries
        if isinstance(entry, Transaction)
        for posting in entry.postings
    )


def _is_to_come(name: str, numbers: dict[str, Runs]) -> bool:
    """Whether a name may be the next of its series, as a number that is void may be."""
    prefix, number = numbered(name) or ("", -1)
    return number >= 0 and (prefix not in numbers or number > numbers[prefix][-1][1])


def held_at_cost(ledger: Ledger, moved: Iterable[str]) -> list[str]:
    """The accounts that hold lots: those of the ledger's entries, and of what `moved` in columns."""
    posted = (posting for entry in ledger.transactions for posting in entry.postings)
    return sorted({posting.account for posting in posted if posting.cost is not None}.union(moved))


def _stands_alone(ledger: Ledger) -> bool:
    """Whether nothing is asked of the books that looks into entries: plugins, pads, records, odd options."""
    if _is_set_oddly(ledger):
        return False
    if any(_asks(entry) for parsed in ledger.files for entry in parsed.entries):
        return False
    # What the columns price is not known here, and a hint might name it.
    return not any(_guesses_commodity(problem) for problem in ledger.problems)


def _is_set_oddly(ledger: Ledger) -> bool:
    """Whether plugins or options may change what an entry means."""
    return any(
        parsed.plugins or any(option.name not in _HARMLESS for option in parsed.options) for parsed in ledger.files
    )


def _guesses_commodity(problem: Problem) -> bool:
    """Whether the remedy of a problem may be another commodity, by what the books price and how often they use it."""
    return problem.code == "L208" or (problem.code == "L201" and " and " in problem.message)


def _asks(entry: Entry) -> bool:
    """Whether an entry says something of other entries: a record that was undone may, too."""
    if isinstance(entry, Custom):
        return entry.kind in ASKING
    return isinstance(entry, Pad) or (isinstance(entry, Transaction) and "reverses" in entry.meta)


def _has_all_named(ledger: Ledger) -> bool:
    """Whether what the records name stands beside the columns, and nothing is wrong with them."""
    for record in ledger.records(*NAMING):
        names = [record.text(0), record.text(1)] if record.kind == "allocate" else [record.text(0)]
        if any(ledger.entry(name) is None for name in names):
            return False
    return not read_items(ledger).problems


def _keeps_to_chart(accounts: dict[str, AccountInfo], tally: Tally) -> bool:
    """Whether every account is open, and takes the commodity, in each month it is posted to."""
    for (account, commodity), (first, last) in tally.pairs.items():
        info = accounts.get(account)
        if info is None or (info.commodities and commodity not in info.commodities):
            return False
        if first <= _month(info.opened) and tally.first_day(account, first) < info.opened:
            return False
        if info.closed is not None and last >= _month(info.closed) and tally.last_day_of(account, last) > info.closed:
            return False
    return True


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _meets_lots(ledger: Ledger, tally: Tally) -> bool:
    """Whether what is in the columns could be what an entry beside them takes from, or what it leaves to be found."""
    held = {account for account, _ in tally.pairs}
    for parsed in ledger.files:
        for entry in parsed.entries:
            for posting in entry.postings if isinstance(entry, Transaction) else ():
                commodity = posting.units.commodity if posting.units else ""
                if commodity is None and posting.account in held:
                    return True
                if isinstance(posting.cost, CostSpec) and (posting.account, commodity) in tally.pairs:
                    return True
    return False


def _series(ledger: Ledger, tally: Tally) -> dict[str, Runs] | None:
    """The numbers of all refs by how they begin, with -1 for a ref that ends in none; None where one is used twice."""
    found: dict[str, Runs] = {}
    for block in tally.blocks:
        if block.facts.is_twice:
            return None
        for prefix, own in block.facts.series.items():
            found.setdefault(prefix, []).extend(own)
        for ref in block.facts.named:
            found.setdefault(ref, []).append((-1, -1))
    for entry in ledger.transactions:
        if isinstance(own_ref := entry.meta.get("ref"), str) and own_ref:
            prefix, number = numbered(own_ref) or (own_ref, -1)
            found.setdefault(prefix, []).append((number, number))
    joined = {prefix: join_runs(sorted(own)) for prefix, own in found.items()}
    whole = {prefix: own for prefix, own in joined.items() if own is not None}
    return whole if len(whole) == len(joined) else None


def series(ledger: Ledger) -> dict[str, list[int]]:
    """For each series of refs its last number and how many it has; a ref that ends in no number is one of its own.

    The refs are all different, as `judge` found. A series without a gap has as many as gaps are told of: the next
    number leaves none.
    """
    found = {}
    for prefix, own in (_series(ledger, ledger.tally or Tally([])) or {}).items():
        count = sum(last - first + 1 for first, last in own)
        found[prefix] = [own[-1][1], max(count, LEAST_IN_SERIES) if len(own) == 1 else count]
    return found


def latest(ledger: Ledger, lines: list[tuple[str, int]]) -> dict[str, str]:
    """The ref of each type's latest entry. `lines` says of each block its file and the lines before it there."""
    found: dict[str, tuple[int, int, str]] = {}
    blocks = ledger.tally.blocks if ledger.tally else []
    for block, (file, before) in zip(blocks, lines, strict=True):
        for kind, (line, ref) in block.facts.latest.items():
            found[kind] = max(found.get(kind, (-1, 0, "")), (ledger.order[file], before + line + 1, ref))
    for entry in ledger.transactions:
        if entry.type and isinstance(own := entry.meta.get("ref"), str):
            at = ledger.order.get(entry.source.name, 0), entry.source.number(entry.line)
            found[entry.type] = max(found.get(entry.type, (-1, 0, "")), (*at, own))
    return {kind: ref for kind, (_, _, ref) in found.items()}


def usage(ledger: Ledger) -> Counter[str]:
    """How often each commodity is posted."""
    used = Counter(p.commodity for t in ledger.transactions for p in t.postings)
    return used + ledger.tally.used if ledger.tally else used


def _is_numbered_well(ledger: Ledger, tally: Tally) -> bool:
    """Whether all refs are different and leave no gap, types and parties are known, no bill stands here twice."""
    types: set[str] = set()
    parties: set[str] = set()
    bills: list[str] = []
    for block in tally.blocks:
        types |= block.facts.types
        parties |= block.facts.parties
        bills += block.facts.bills
    for entry in ledger.transactions:
        meta = entry.meta
        party, number = (str(own) if isinstance(own := meta.get(key), str) else "" for key in ("party", "their-ref"))
        types.add(entry.type)
        codes = (each.get("party") for each in (meta, *(posting.meta for posting in entry.postings)))
        parties |= {code for code in codes if isinstance(code, str)}
        bills += filter(None, [bill(party, entry.type, number)])
    known = {record.text(0) for record in ledger.records(*_PARTIES)}
    numbers = _series(ledger, tally)
    return (
        numbers is not None
        and len(set(bills)) == len(bills)
        and types <= {"", *SERIES}
        and (not known or parties <= known)
        and not any(_has_gap(own) for own in numbers.values())
    )


def _has_gap(numbers: Runs) -> bool:
    """Whether a series leaves numbers out, once it has as many as a gap is told of."""
    own = [(first, last) for first, last in numbers if last >= 0]
    own = [(max(first, 0), last) for first, last in own]
    return len(own) > 1 and sum(last - first + 1 for first, last in own) >= LEAST_IN_SERIES
