"""The checks among beancount's own plugins: stricter rules that a book asks for by a `plugin` line."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterator
from datetime import date
from decimal import Decimal

from acctkit.journal import spans
from acctkit.journal.entries import (
    Account,
    Balance,
    Close,
    Commodities,
    Cost,
    Document,
    Entry,
    Note,
    Open,
    Pad,
    PriceEntry,
    Transaction,
)
from acctkit.ledger.nearest import Nearest
from acctkit.ledger.options import Options
from acctkit.ledger.tolerance import ZERO, Tolerances, per_unit, weight
from acctkit.problem import Place, Problem, error


class BadSetting(Exception):  # noqa: N818 - caught where plugins are run
    """A plugin's setting that it cannot work with: why, and a remedy."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def accounts_of(entry: Entry) -> Iterator[str]:
    """The accounts an entry uses, as beancount counts them: those of a record do not count."""
    if isinstance(entry, Transaction):
        for posting in entry.postings:
            yield posting.account
    elif isinstance(entry, Pad):
        yield entry.account
        yield entry.other
    elif isinstance(entry, Open | Close | Balance | Note | Document):
        yield entry.account


def _line_of(entry: Entry, line: int) -> Place:
    return entry.source.place(line or entry.line)


def _setting_pairs(setting: str | None) -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    """The setting of check_commodity: expressions for accounts, each with one for the commodities to pass over."""
    if setting is None or not setting:
        return []
    hint = "write pairs of expressions: \"{'Assets:Broker': 'X.*'}\""
    try:
        pairs = ast.literal_eval(setting)
        return [(re.compile(key), re.compile(value)) for key, value in pairs.items()]
    except (ValueError, SyntaxError, TypeError, AttributeError, re.error, RecursionError, MemoryError):
        raise BadSetting("its setting cannot be read", hint) from None


def check_commodity(entries: list[Entry], _options: Options, setting: str | None) -> list[Problem]:
    """Each commodity that is used is declared (L216); said once for each account."""
    passed_over = _setting_pairs(setting)
    declared = {entry.commodity for entry in entries if isinstance(entry, Commodities)}
    ignored: set[str] = set()
    used: dict[tuple[str, str], Place] = {}
    for entry in entries:
        for account, commodity, line in _uses(entry):
            if commodity not in declared:
                used.setdefault((account, commodity), entry.source.place(line))
    problems = []
    near = Nearest(declared)
    for (account, commodity), place in sorted(used.items(), key=lambda pair: not pair[0][0]):
        if account and any(a.match(account) and c.match(commodity) for a, c in passed_over):
            ignored.add(commodity)
        elif account or commodity not in ignored:
            hint = f"declare it: {_first_day(entries)} commodity {commodity}"
            message = f"{commodity} is not declared{near.question(commodity)}"
            problems.append(error("L216", message, spans.commodity(place, commodity), hint))
    return problems


def _first_day(entries: list[Entry]) -> date:
    return entries[0].date


def _uses(entry: Entry) -> Iterator[tuple[str, str, int]]:
    """The commodities an entry uses, each with its account ("" for a price) and line."""
    if isinstance(entry, Open):
        for commodity in entry.commodities:
            yield entry.account, commodity, entry.line
    elif isinstance(entry, Balance):
        yield entry.account, entry.commodity, entry.line
    elif isinstance(entry, PriceEntry):
        yield "", entry.commodity, entry.line
        yield "", entry.quote, entry.line
    elif isinstance(entry, Transaction):
        for posting in entry.postings:
            line = posting.line or entry.line
            yield posting.account, posting.commodity, line
            if isinstance(posting.cost, Cost):
                yield posting.account, posting.cost.commodity, line
            if posting.price is not None and posting.price.number and posting.price.commodity is not None:
                yield posting.account, posting.price.commodity, line  # to beancount a price of 0 is none


def coherent_cost(entries: list[Entry], _options: Options, _setting: str | None) -> list[Problem]:
    """No commodity is posted both with a cost and without one (L222)."""
    with_cost: dict[str, Place] = {}
    without: dict[str, Place] = {}
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                seen = without if posting.cost is None else with_cost
                seen.setdefault(posting.commodity, _line_of(entry, posting.line))
    problems = []
    for commodity, place in without.items():
        if commodity in with_cost:
            message = f"{commodity} is posted with a cost elsewhere, and without one here"
            hint = "name the lot in braces, `{}` for the only one"
            problem = error("L222", message, spans.commodity(place, commodity), hint)
            problems.append(problem._replace(related=(("with a cost", spans.cost(with_cost[commodity])),)))
    return problems


def leafonly(entries: list[Entry], _options: Options, _setting: str | None) -> list[Problem]:
    """Only accounts without accounts below them are used (L218); to open or to assert one is no use."""
    parents: set[str] = set()
    used: dict[str, Entry] = {}
    for entry in entries:
        named = list(accounts_of(entry))
        named += [v for v in getattr(entry, "values", ()) if isinstance(v, Account)]
        for account in named:
            parents.update(account[: match.start()] for match in re.finditer(":", account))
            if not isinstance(entry, Open | Balance):
                used.setdefault(account, entry)
    hint = "use one of the accounts below it"
    return [
        error("L218", f"{account} has accounts below it, and is used itself", _where(entry, account), hint)
        for account, entry in used.items()
        if account in parents
    ]


def _where(entry: Entry, account: str) -> Place:
    """Where an entry names an account: on the line of its first posting to it, or on its own."""
    legs = entry.postings if isinstance(entry, Transaction) else ()
    line = next((leg.line for leg in legs if leg.account == account), 0)
    return spans.account(_line_of(entry, line), account)


def noduplicates(entries: list[Entry], _options: Options, _setting: str | None) -> list[Problem]:
    """No entry stands twice, prices apart (L217); metadata does not tell two entries apart."""
    first: dict[Hashable, Entry] = {}
    problems = []
    for entry in entries:
        if isinstance(entry, PriceEntry):
            continue
        earlier = first.setdefault(_content(entry), entry)
        if earlier is not entry:
            problem = error("L217", "this entry stands twice", entry.place, "remove one of the two")
            problems.append(problem._replace(related=(("stands first", earlier.place),)))
    return problems


_NOT_CONTENT = {"meta", "source", "line", "last_line"}


def _content(entry: Entry) -> Hashable:
    """What an entry says, as text, so that 2 and 2.00 differ; the order of postings does not count."""
    fields = [name for cls in reversed(type(entry).__mro__) for name in getattr(cls, "__slots__", ())]
    parts = []
    for name in fields:
        value = getattr(entry, name)
        if name == "postings":
            value = sorted(repr((p.account, p.units, p.cost, p.price, p.flag)) for p in value)
        elif isinstance(value, frozenset):
            value = sorted(value)
        if name not in _NOT_CONTENT:
            parts.append(repr(value))
    return type(entry).__name__, *parts


def nounused(entries: list[Entry], _options: Options, _setting: str | None) -> list[Problem]:
    """Each account that is opened is used (L223)."""
    used = {name for entry in entries if not isinstance(entry, Open) for name in accounts_of(entry)}
    return [
        error("L223", f"{entry.account} is never used", spans.account(entry.place), "remove this line, or close it")
        for entry in entries
        if isinstance(entry, Open) and entry.account not in used
    ]


def onecommodity(entries: list[Entry], _options: Options, setting: str | None) -> list[Problem]:
    """An account holds one commodity, bought in one (L220), unless it is opened for several, or passed over."""
    try:
        wanted = re.compile(setting) if setting else None
    except re.error:
        raise BadSetting("its setting cannot be read", "write an expression that names accounts") from None
    free = set()
    units: dict[str, dict[str, Place]] = {}
    costs: dict[str, dict[str, Place]] = {}
    for entry in entries:
        if isinstance(entry, Open):
            passed_over = not entry.meta.get("onecommodity", True) or (wanted and not wanted.match(entry.account))
            if len(entry.commodities) > 1 or passed_over:
                free.add(entry.account)
        elif isinstance(entry, Balance):
            units.setdefault(entry.account, {}).setdefault(entry.commodity, entry.place)
        elif isinstance(entry, Transaction):
            for posting in entry.postings:
                place = _line_of(entry, posting.line)
                units.setdefault(posting.account, {}).setdefault(posting.commodity, place)
                if isinstance(posting.cost, Cost):
                    costs.setdefault(posting.account, {}).setdefault(posting.cost.commodity, place)
    problems = []
    hint = "open an account for each, or write `onecommodity: FALSE` under this one's `open`"
    for what, found in (("holds", units), ("has lots bought in", costs)):
        for account, commodities in found.items():
            if len(commodities) > 1 and account not in free:
                message = f"{account} {what} more than one commodity: {', '.join(sorted(commodities))}"
                (first, here), (second, there) = list(commodities.items())[:2]
                problem = error("L220", message, spans.commodity(there, second), hint)
                problems.append(problem._replace(related=((f"{first} here", spans.commodity(here, first)),)))
    return problems


def sellgains(entries: list[Entry], options: Options, _setting: str | None) -> list[Problem]:
    """What lots were sold for, at their prices, went to accounts other than income (L221)."""
    problems = []
    for entry in entries:
        if not isinstance(entry, Transaction):
            continue
        lots = [posting for posting in entry.postings if isinstance(posting.cost, Cost)]
        if not lots or any(posting.price is None for posting in lots):
            continue
        differences: dict[str, Decimal] = {}
        for posting in lots:
            price = posting.price
            if price is None or price.number is None:
                continue
            worth = posting.number * per_unit(price.number, posting.number, is_total=price.is_total)
            currency = price.commodity or ""
            differences[currency] = differences.get(currency, ZERO) - worth
        sold_for = {currency for currency, number in differences.items() if number}
        counted = {*options.roots[:3], options.roots[4]}
        for posting in entry.postings:
            if not isinstance(posting.cost, Cost) and posting.account.partition(":")[0] in counted:
                number, currency = weight(posting)
                differences[currency] = differences.get(currency, ZERO) - number
        tolerances = Tolerances(entry.postings, options)
        allowed = {currency: tolerances.of(currency) * 2 for currency in sold_for}
        over = [f"{abs(n)} {c}" for c, n in differences.items() if abs(n) > allowed.get(c, ZERO)]
        if over:
            message = f"the price of what was sold and what was paid for it differ by {' and '.join(over)}"
            place = spans.price(_line_of(entry, lots[0].line))
            problems.append(error("L221", message, place, "correct the price, or the amount received"))
    return problems


def unique_prices(entries: list[Entry], _options: Options, _setting: str | None) -> list[Problem]:
    """A commodity has one price a day in another (L219); the same one twice is no matter."""
    first: dict[tuple[date, str, str], PriceEntry] = {}
    problems = []
    for entry in entries:
        if isinstance(entry, PriceEntry):
            earlier = first.setdefault((entry.date, entry.commodity, entry.quote), entry)
            if earlier.number != entry.number:
                message = f"{entry.commodity} has another price this day: {earlier.number} {earlier.quote}"
                problem = error("L219", message, spans.price(entry.place), "remove one of the two")
                problems.append(problem._replace(related=(("the other price", spans.price(earlier.place)),)))
    return problems
