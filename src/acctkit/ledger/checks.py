"""What must hold in any book: accounts open, commodities allowed, transactions balanced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, Rounded, getcontext, localcontext

from acctkit.journal import spans
from acctkit.journal.entries import (
    Balance,
    Close,
    Commodities,
    Document,
    Entry,
    Note,
    Open,
    Pad,
    Transaction,
)
from acctkit.journal.roots import ROOTS
from acctkit.journal.tokens import is_account
from acctkit.ledger.balances import AccountInfo
from acctkit.ledger.imbalance import not_balanced
from acctkit.ledger.mixed import Known
from acctkit.ledger.nearest import Nearest, nearest
from acctkit.ledger.options import Options
from acctkit.ledger.tolerance import DIGITS, Tolerances, digits_needed, residual
from acctkit.money import places_of
from acctkit.problem import Place, Problem, error

_PARTS = "each part begins with a capital or a digit"


def read_accounts(entries: list[Entry], roots: tuple[str, ...] = ROOTS) -> tuple[dict[str, AccountInfo], list[Problem]]:
    """The chart of accounts as the open and close directives make it."""
    accounts: dict[str, AccountInfo] = {}
    problems = []
    near = Nearest(accounts)
    for entry in entries:
        if isinstance(entry, Open):
            if earlier := accounts.get(entry.account):
                related = (("opened first", spans.account(earlier.place)),)
                place = spans.account(entry.place)
                problem = error("L206", f"{entry.account} is open already", place, "remove one of the two")
                problems.append(problem._replace(related=related))
                continue
            accounts[entry.account] = AccountInfo(
                entry.account, entry.date, None, entry.commodities, entry.meta, entry.place
            )
        elif isinstance(entry, Close):
            info = accounts.get(entry.account)
            if info is None:
                message = f"{entry.account} was never opened{near.question(entry.account)}"
                meant = near.of(entry.account)
                remedy = f"write {meant}" if meant else "open it" if is_account(entry.account, roots) else ""
                hint = f"{remedy}, or remove this line" if remedy else "remove this line"
                problems.append(error("L207", message, spans.account(entry.place), hint))
            elif info.closed is not None:
                message = f"{entry.account} was closed on {info.closed} already"
                problems.append(error("L207", message, spans.account(entry.place), "remove this line"))
            else:
                accounts[entry.account] = AccountInfo(
                    info.name, info.opened, entry.date, info.commodities, info.meta, info.place
                )
    return accounts, problems


def check_entries(
    entries: list[Entry], accounts: dict[str, AccountInfo], options: Options, known: Known | None = None
) -> list[Problem]:
    """All checks that need entries and accounts only, in the order of the entries; `known` are the commodities."""
    known = known or Known(entries, options.operating_currencies)
    asserted: dict[tuple[str, str, date], Balance] = {}
    declared: dict[str, Commodities] = {}
    problems: list[Problem] = []
    near = Nearest(accounts)
    untaken: list[tuple[AccountInfo, str, Place]] = []
    for entry in entries:
        problems += _check_accounts(entry, accounts, near, options.roots)
        if isinstance(entry, Transaction):
            untaken += _commodities_not_taken(entry, accounts)
            problems += _check_balanced(entry, options, known)
        elif isinstance(entry, Balance):
            other = asserted.setdefault((entry.account, entry.commodity, entry.date), entry)
            if other.number != entry.number:
                message = f"another balance of {other.number} {other.commodity} is asserted for this day"
                problem = error("L211", message, spans.amount(entry.place), "remove one of the two")
                problems.append(problem._replace(related=(("the other balance", spans.amount(other.place)),)))
            info = accounts.get(entry.account)
            if info and info.commodities and entry.commodity not in info.commodities:
                untaken.append((info, entry.commodity, entry.place))
        elif isinstance(entry, Commodities):
            first = declared.setdefault(entry.commodity, entry)
            problems += [_declared_twice(entry, first)] if first is not entry else []
    return problems + [_not_taken(info, commodity, place, known.declared) for info, commodity, place in untaken]


def _declared_twice(entry: Commodities, first: Commodities) -> Problem:
    name = entry.commodity
    place = spans.commodity(entry.place, name)
    problem = error("L212", f"{name} is declared already", place, "remove one of the two")
    return problem._replace(related=(("declared first", spans.commodity(first.place, name)),))


def _named_accounts(entry: Entry) -> Iterator[tuple[str, int]]:
    if isinstance(entry, Transaction):
        for posting in entry.postings:
            yield posting.account, posting.line
    elif isinstance(entry, Pad):
        yield entry.account, entry.line
        yield entry.other, entry.line
    elif isinstance(entry, Balance | Note | Document):
        yield entry.account, entry.line


def _check_accounts(
    entry: Entry, accounts: dict[str, AccountInfo], near: Nearest, roots: tuple[str, ...]
) -> Iterator[Problem]:
    told = set()
    for name, line in _named_accounts(entry):
        info = accounts.get(name)
        if name in told:
            continue
        if info is None:
            message = f"{name} is not an account of these books{near.question(name)}"
            if meant := near.of(name):
                hint = f"write {meant}"
            elif is_account(name, roots):
                hint = f"open it: {entry.date} open {name}"
            else:
                hint = f"the first part is one of {', '.join(roots)}" if name.partition(":")[0] not in roots else _PARTS
        elif entry.date < info.opened:
            message = f"{name} opens on {info.opened}, after this entry"
            hint = "date its opening earlier, or this entry later"
        elif info.closed and entry.date > info.closed and not isinstance(entry, Balance | Note | Document):
            message = f"{name} was closed on {info.closed}"
            hint = "use another account, or date the close later"
        else:
            continue
        told.add(name)
        related = (("opened here", spans.account(info.place)),) if info and entry.date < info.opened else ()
        place = spans.account(entry.source.place(line or entry.line), name)
        yield error("L205", message, place, hint)._replace(related=related)


def _commodities_not_taken(
    entry: Transaction, accounts: dict[str, AccountInfo]
) -> Iterator[tuple[AccountInfo, str, Place]]:
    for posting in entry.postings:
        info = accounts.get(posting.account)
        if info and info.commodities and posting.commodity not in info.commodities:
            yield info, posting.commodity, spans.posting(entry, posting)


def _not_taken(info: AccountInfo, commodity: str, place: Place, known: set[str]) -> Problem:
    """A commodity an account does not take: a slip of the pen where the book and the world know none of that name."""
    message = f"{info.name} takes {', '.join(info.commodities)}, not {commodity}"
    if commodity not in known and places_of(commodity) is None:
        near = nearest(commodity, info.commodities) or nearest(commodity, known)
        message += f"; did you mean {near[0]}?" if near else ""
    hint = "use another account, or open this one for more commodities"
    problem = error("L208", message, spans.commodity(place, commodity), hint)
    return problem._replace(related=((f"opened for {', '.join(info.commodities)}", spans.account(info.place)),))


def _check_balanced(entry: Transaction, options: Options, known: Known) -> Iterator[Problem]:
    sums = _sums(entry)
    if not any(sums.values()):
        return
    problem = not_balanced(entry, sums, Tolerances(entry.postings, options), known)
    if problem is not None:
        yield problem


def _sums(entry: Transaction) -> dict[str, Decimal]:
    """What the postings weigh together; only where that was rounded is it asked how many digits it needs."""
    rounded = getcontext().flags
    rounded[Rounded] = False
    sums = residual(entry.postings)
    if rounded[Rounded] and (digits := digits_needed(entry.postings)) > DIGITS:
        with localcontext() as context:
            context.prec = digits
            sums = residual(entry.postings)
    return sums
