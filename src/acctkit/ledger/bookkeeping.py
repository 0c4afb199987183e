"""What a bookkeeper looks over before the books are shown to anybody: warnings, of acct's own books only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from acctkit.journal import spans
from acctkit.journal.entries import Posting, Transaction
from acctkit.ledger.items import Item, parties, read_items
from acctkit.ledger.ledger import SERIES, Ledger
from acctkit.problem import Place, Problem, warning

_AHEAD = timedelta(days=31)  # accruals and direct debits are posted for the month to come
_GAP = timedelta(days=5 * 365)
_MOST_STRAYS = 5
_NEAR = timedelta(days=60)
_MONTHLY = range(27, 33)  # days between two bills that come every month
_REGULAR = 3
# Entries of a whole control account, with no party of their own.
_WITHOUT_PARTY = ("opening", "revaluation", "year-end", "reversal")


def is_ours(ledger: Ledger) -> bool:
    """Whether these are books as acct keeps them: they have an acct.toml, or entries of acct's types."""
    return ledger.entity.year_end is not None or any(entry.type in SERIES for entry in ledger.transactions)


def check_bookkeeping(ledger: Ledger) -> list[Problem]:
    """Suspense that is not empty, control postings without a party, bills that may be posted twice."""
    if not is_ours(ledger):
        return []
    return [*_suspense(ledger), *_without_party(ledger), *_twice(ledger)]


def check_dates(ledger: Ledger, today: date) -> list[Problem]:
    """Entries dated more than a month ahead of today, and a few that lie years before all others."""
    if not is_ours(ledger):
        return []
    found = []
    hint = "is the year right?"
    latest = date.max if today > date.max - _AHEAD else today + _AHEAD
    for entry in ledger.transactions:
        if entry.date > latest:
            days = (entry.date - today).days
            found.append(warning("D308", f"this entry is dated {days:,} days from now", spans.day(entry.place), hint))
    for index, (before, after) in enumerate(pairwise(ledger.transactions[: _MOST_STRAYS + 1]), 1):
        if after.date - before.date > _GAP:
            for entry in ledger.transactions[:index]:
                message = f"this entry is dated years before all others, which begin on {after.date}"
                found.append(warning("D308", message, spans.day(entry.place), hint))
            break
    return found


def _suspense(ledger: Ledger) -> Iterator[Problem]:
    accounts = set(ledger.with_role("suspense"))
    held: dict[tuple[str, str], int] = defaultdict(int)
    last: dict[tuple[str, str], tuple[Transaction, Posting]] = {}
    for entry in ledger.transactions if accounts else ():
        for posting in entry.postings:
            if posting.account in accounts:
                key = posting.account, posting.commodity
                held[key] += ledger.minor(posting.number, posting.commodity)
                last[key] = entry, posting
    for (account, commodity), minor in held.items():
        if minor:
            message = f"{account} is not empty: it holds {ledger.show(minor, commodity)} {commodity}"
            hint = "find out what it is, and move it with a journal"
            yield warning("D309", message, spans.amount(spans.posting(*last[account, commodity])), hint)


def _without_party(ledger: Ledger) -> Iterator[Problem]:
    if not parties(ledger):
        return
    told: set[int] = set()
    items = read_items(ledger).items
    for item in items:
        entry = item.entry
        if not item.party and entry.type not in _WITHOUT_PARTY and id(entry) not in told:
            told.add(id(entry))
            message = f"{item.account} is posted without a party: it is in no customer's or supplier's account"
            place = spans.account(_posted(item), item.account)
            yield warning("D310", message, place, 'name whose it is: party: "CODE" on the entry or the posting')
    yield from _apart(ledger, items)


def _apart(ledger: Ledger, items: list[Item]) -> Iterator[Problem]:
    """Control accounts that hold something else than their sub-ledgers, by entries that may lack a party."""
    of_parties: Counter[tuple[str, str]] = Counter()
    of_none: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], Item] = {}
    for item in items:
        key = item.account, item.commodity
        (of_parties if item.party else of_none)[key] += item.amount
        if not item.party and item.entry.type in _WITHOUT_PARTY:
            last[key] = item
    for (account, commodity), item in last.items():
        owed = of_parties[account, commodity]
        if rest := of_none[account, commodity]:
            held, theirs = ledger.show(owed + rest, commodity), ledger.show(owed, commodity)
            message = f"{account} holds {held} {commodity}, the accounts of its {item.kind}s {theirs}"
            hint = "reverse what names no party, and post an item for each party"
            yield warning("D310", message, spans.account(_posted(item), account), hint)


def _posted(item: Item) -> Place:
    """Where an item is posted to its control account."""
    entry = item.entry
    line = next((p for p in entry.postings if p.account == item.account), entry.postings[0])
    return spans.posting(entry, line)


def _twice(ledger: Ledger) -> Iterator[Problem]:
    """Two bills of one supplier and amount, near in time, under two numbers; what comes each month is none."""
    gone = {entry.meta.get("reverses") for entry in ledger.transactions} - {None}
    bills: dict[tuple[str, str, str, int], list[tuple[date, str, Transaction]]] = defaultdict(list)
    for item in read_items(ledger).items:
        number = ledger.meta(item.entry).get("their-ref")
        if item.type == "purchase-invoice" and item.party and item.name not in gone and isinstance(number, str):
            bills[item.party, item.account, item.commodity, item.amount].append((item.issued, number, item.entry))
    for (party, _, commodity, minor), found in bills.items():
        if len(found) >= _REGULAR:
            continue
        for (first, one, earlier), (second, other, entry) in pairwise(sorted(found, key=lambda bill: bill[0])):
            if one != other and second - first <= _NEAR and (second - first).days not in _MONTHLY:
                amount = f"{ledger.show(abs(minor), commodity)} {commodity}"
                message = f"{party} billed {amount} twice, as {one} and as {other}"
                hint = "if it is one bill, reverse one of the two"
                place, related = spans.meta(entry, "their-ref"), (("the other", spans.meta(earlier, "their-ref")),)
                yield warning("D312", message, place, hint)._replace(related=related)
