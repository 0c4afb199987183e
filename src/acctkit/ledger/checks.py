"""What must hold in any book: accounts open, commodities allowed, transactions balanced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, Rounded, getcontext, localcontext

from acctkit.journal.entries import (
    Balance,
    Close,
    Commodities,
    Document,
    Entry,
    Meta,
    Note,
    Open,
    Pad,
    Posting,
    Transaction,
)
from acctkit.ledger.nearest import Nearest
from acctkit.ledger.options import Options
from acctkit.ledger.tolerance import DIGITS, Tolerances, digits_needed, residual
from acctkit.problem import Place, Problem, error


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account: when it was opened and closed (None: still open), what it takes, its metadata."""

    name: str
    opened: date
    closed: date | None
    commodities: tuple[str, ...]
    meta: Meta
    place: Place


def read_accounts(entries: list[Entry]) -> tuple[dict[str, AccountInfo], list[Problem]]:
    """The chart of accounts as the open and close directives make it."""
    accounts: dict[str, AccountInfo] = {}
    problems = []
    near = Nearest(accounts)
    for entry in entries:
        if isinstance(entry, Open):
            if earlier := accounts.get(entry.account):
                related = (("opened first", earlier.place),)
                problem = error("L206", f"{entry.account} is open already", entry.place, "remove one of the two")
                problems.append(problem._replace(related=related))
                continue
            accounts[entry.account] = AccountInfo(
                entry.account, entry.date, None, entry.commodities, entry.meta, entry.place
            )
        elif isinstance(entry, Close):
            info = accounts.get(entry.account)
            if info is None:
                message = f"{entry.account} was never opened{near.question(entry.account)}"
                problems.append(error("L207", message, entry.place, "open it, or remove this line"))
            elif info.closed is not None:
                problems.append(error("L207", f"{entry.account} is closed already", entry.place, "remove this line"))
            else:
                accounts[entry.account] = AccountInfo(
                    info.name, info.opened, entry.date, info.commodities, info.meta, info.place
                )
    return accounts, problems


def check_entries(entries: list[Entry], accounts: dict[str, AccountInfo], options: Options) -> list[Problem]:
    """All checks that need entries and accounts only, in the order of the entries."""
    asserted: dict[tuple[str, str, date], Balance] = {}
    declared: set[str] = set()
    problems: list[Problem] = []
    near = Nearest(accounts)
    for entry in entries:
        problems += _check_accounts(entry, accounts, near)
        if isinstance(entry, Transaction):
            problems += _check_commodities(entry, accounts)
            problems += _check_balanced(entry, options)
        elif isinstance(entry, Balance):
            other = asserted.setdefault((entry.account, entry.commodity, entry.date), entry)
            if other.number != entry.number:
                message = f"another balance of {other.number} {other.commodity} is asserted for this day"
                problems.append(error("L211", message, entry.place, "remove one of the two"))
            info = accounts.get(entry.account)
            if info and info.commodities and entry.commodity not in info.commodities:
                problems.append(_not_taken(info, entry.commodity, entry.place))
        elif isinstance(entry, Commodities):
            if entry.commodity in declared:
                message = f"{entry.commodity} is declared already"
                problems.append(error("L212", message, entry.place, "remove one of the two"))
            declared.add(entry.commodity)
    return problems


def _named_accounts(entry: Entry) -> Iterator[tuple[str, int]]:
    if isinstance(entry, Transaction):
        for posting in entry.postings:
            yield posting.account, posting.line
    elif isinstance(entry, Pad):
        yield entry.account, entry.line
        yield entry.other, entry.line
    elif isinstance(entry, Balance | Note | Document):
        yield entry.account, entry.line


def _check_accounts(entry: Entry, accounts: dict[str, AccountInfo], near: Nearest) -> Iterator[Problem]:
    told = set()
    for name, line in _named_accounts(entry):
        info = accounts.get(name)
        if name in told:
            continue
        if info is None:
            message = f"{name} is not an account of these books{near.question(name)}"
            hint = f"open it: {entry.date} open {name}"
        elif entry.date < info.opened:
            message = f"{name} opens on {info.opened}, after this entry"
            hint = "date its opening earlier, or this entry later"
        elif info.closed and entry.date > info.closed and not isinstance(entry, Balance | Note | Document):
            message = f"{name} was closed on {info.closed}"
            hint = "use another account, or date the close later"
        else:
            continue
        told.add(name)
        place = entry.source.place(line or entry.line)
        column = place.text.find(name) + 1
        if column:
            place = place._replace(column=column, end_column=column + len(name))
        yield error("L205", message, place, hint)


def _check_commodities(entry: Transaction, accounts: dict[str, AccountInfo]) -> Iterator[Problem]:
    for posting in entry.postings:
        info = accounts.get(posting.account)
        if info and info.commodities and posting.commodity not in info.commodities:
            yield _not_taken(info, posting.commodity, entry.source.place(posting.line or entry.line))


def _not_taken(info: AccountInfo, commodity: str, place: Place) -> Problem:
    message = f"{info.name} takes {', '.join(info.commodities)}, not {commodity}"
    return error("L208", message, place, "use another account, or open this one for more commodities")


def _check_balanced(entry: Transaction, options: Options) -> Iterator[Problem]:
    sums = _sums(entry)
    if not any(sums.values()):
        return
    tolerances = Tolerances(entry.postings, options)
    over = [(number, commodity) for commodity, number in sums.items() if abs(number) > tolerances.of(commodity)]
    if over:
        worst = _likeliest(entry, sums)
        hint = "debits are positive, credits negative, and they add up to zero"
        if all(_is_swapped(number) for number, _ in over):
            hint += "; a difference that divides by 9 is often two digits swapped"
        if worst is not None:
            units = f"{worst.number:f} {worst.commodity}"
            hint = f"{worst.account} {units} alone would explain it: is it missing a partner, or its sign wrong?"
        place = entry.source.place(worst.line if worst and worst.line else entry.line)
        words = " and ".join(
            f"{'debits exceed credits' if number > 0 else 'credits exceed debits'} by {abs(number):f} {commodity}"
            for number, commodity in over
        )
        message = f"the transaction does not balance: {words}"
        yield error("L201", message, place, hint)


def _is_swapped(number: Decimal) -> bool:
    """Whether two digits the wrong way round can make a difference: it is a multiple of 9 of its last place."""
    digits = int("".join(map(str, number.as_tuple().digits)))
    return digits % 9 == 0


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


def _likeliest(entry: Transaction, sums: dict[str, Decimal]) -> Posting | None:
    """The only posting equal to the difference, or to half of it (a sign the wrong way)."""
    found = [p for p in entry.postings if sums.get(p.commodity) in (p.number, p.number * 2) and p.number]
    return found[0] if len(found) == 1 else None
