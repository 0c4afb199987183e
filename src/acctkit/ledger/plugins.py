"""Beancount's own plugins, built in and recognised by name: a journal never makes acct run code.

A plugin takes booked entries in order and gives entries, with the problems it found. What changes entries
stands here, what only checks them in `plugin_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from acctkit.journal import spans
from acctkit.journal.entries import (
    Balance,
    Close,
    Cost,
    Document,
    Entry,
    Money,
    Open,
    Plugin,
    Posting,
    PriceEntry,
    Transaction,
)
from acctkit.journal.parser import Parsed
from acctkit.ledger import plugin_checks as checks
from acctkit.ledger.lots import Lot
from acctkit.ledger.options import Options
from acctkit.ledger.plugin_checks import BadSetting, accounts_of
from acctkit.ledger.tolerance import ZERO, per_unit
from acctkit.money import EXACT
from acctkit.problem import Problem, error, warning

Result: TypeAlias = tuple[list[Entry], list[Problem]]
_ORDER = {Open: -2, Balance: -1, Document: 1, Close: 2}
_ACCOUNT = re.compile(r"[A-Z][\w-]*(?::[A-Z0-9][\w-]*)+")
_DAY = timedelta(days=1)


def in_order(entries: list[Entry]) -> list[Entry]:
    """Entries by day, within a day by kind, then by line."""
    return sorted(entries, key=lambda entry: (entry.date, _ORDER.get(type(entry), 0), entry.source.number(entry.line)))


def run_plugins(files: list[Parsed], entries: list[Entry], options: Options) -> Result:
    """Run the plugins that the first file names, in its order. Any other one is named in a warning."""
    problems: list[Problem] = []
    for index, parsed in enumerate(files):
        for plugin in parsed.plugins:
            place = spans.string(parsed.source.place(plugin.line), 0)
            steps = PLUGINS.get(plugin.module, ())
            if index or not steps:
                where = " in an included file" if steps else ""
                message = f"plugin {plugin.module}{where} is not run"
                hint = "what it adds or changes is in no figure: write that into the journal, or remove the line"
                if steps:
                    hint = "move the line to the book's first file"
                else:
                    message += ": a journal never runs code here"
                problems.append(warning("J113", message, place, hint))
                continue
            try:
                for step in steps:
                    entries, found = step(entries, options, _setting(plugin))
                    entries = in_order(entries)
                    problems += found
            except BadSetting as reason:
                message = f"plugin {plugin.module} is not run: {reason}"
                problems.append(error("J116", message, place, reason.hint))
    return entries, problems


def _setting(plugin: Plugin) -> str | None:
    if plugin.config is not None and plugin.module.rpartition(".")[2] not in _WITH_SETTING:
        raise BadSetting("it takes no setting", "remove the second text of the line")
    return plugin.config


def auto_accounts(entries: list[Entry], _options: Options, _setting: str | None) -> Result:
    """An open directive, on the day of its first use, for each account that has none."""
    opened = {entry.account for entry in entries if isinstance(entry, Open)}
    first: dict[str, Entry] = {}
    for entry in entries:
        for name in accounts_of(entry):
            if name not in opened:
                first.setdefault(name, entry)
    return [*entries, *(_open(name, en.date, en) for name, en in sorted(first.items()))], []


def _open(account: str, day: date, entry: Entry) -> Open:
    return Open(day, {}, entry.source, entry.line, entry.line, account, (), None)


def implicit_prices(entries: list[Entry], _options: Options, _setting: str | None) -> Result:
    """A price directive for each price of a posting, else for the cost of each lot that is added to."""
    held: dict[tuple[str, Lot], Decimal] = {}
    seen: set[tuple[date, str, Decimal, str]] = set()
    added: list[Entry] = []
    for entry in entries:
        if not isinstance(entry, Transaction):
            continue
        for posting in entry.postings:
            cost = posting.cost if isinstance(posting.cost, Cost) else None
            key = posting.account, Lot(posting.commodity, cost)
            before = held.get(key, ZERO)
            held[key] = EXACT.add(before, posting.number)
            is_reduced = bool(before and posting.number) and (before > 0) != (posting.number > 0)
            price = posting.price
            if price is not None and price.number is not None and price.commodity is not None:
                number, quote = per_unit(price.number, posting.number, is_total=price.is_total), price.commodity
            elif cost is not None and not is_reduced:
                number, quote = cost.number, cost.commodity
            else:
                continue
            if (entry.date, posting.commodity, number, quote) not in seen:
                seen.add((entry.date, posting.commodity, number, quote))
                line = posting.line or entry.line
                added.append(PriceEntry(entry.date, {}, entry.source, line, line, posting.commodity, number, quote))
    return entries + added, []


def check_closing(entries: list[Entry], _options: Options, _setting: str | None) -> Result:
    """A balance of zero on the next day for each posting with `closing: TRUE`, once where the plugin is named twice."""
    lines = {(e.source.name, e.line) for e in entries if isinstance(e, Balance)}
    result: list[Entry] = []
    for entry in entries:
        result.append(entry)
        if not isinstance(entry, Transaction):
            continue
        result += [
            _empty(entry, posting.line or entry.line, posting.account, posting.commodity)
            for posting in entry.postings
            if posting.meta.get("closing") and (entry.source.name, posting.line or entry.line) not in lines
        ]
    return result, []


def _empty(entry: Entry, line: int, account: str, commodity: str) -> Balance:
    """The assertion that an account holds nothing of a commodity on the day after an entry."""
    day = entry.date + _DAY if entry.date < date.max else entry.date
    return Balance(day, {}, entry.source, line, line, account, ZERO, commodity, None)


def check_drained(entries: list[Entry], options: Options, _setting: str | None) -> Result:
    """A balance of zero on the day after an account of the balance sheet is closed, for all it may hold by then."""
    held: dict[str, set[str]] = {}
    asserted = {(e.account, e.commodity, e.date) for e in entries if isinstance(e, Balance)}
    result: list[Entry] = []
    for entry in entries:
        result.append(entry)
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                held.setdefault(posting.account, set()).add(posting.commodity)
        elif isinstance(entry, Open):
            held.setdefault(entry.account, set()).update(entry.commodities)
        elif isinstance(entry, Close) and entry.account.partition(":")[0] in options.roots[:3]:
            result += [
                _empty(entry, entry.line, entry.account, commodity)
                for commodity in sorted(held.get(entry.account, ()))
                if (entry.account, commodity, entry.date) not in asserted
            ]
    return result, []


def close_tree(entries: list[Entry], _options: Options, _setting: str | None) -> Result:
    """Closing an account closes those below it; one that was never opened is closed by name only."""
    opened = [entry.account for entry in entries if isinstance(entry, Open)]
    closed = {entry.account for entry in entries if isinstance(entry, Close)}
    result: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Close):
            for account in opened:
                if account.startswith(entry.account + ":") and account not in closed:
                    closed.add(account)
                    result.append(replace(entry, account=account))
            if entry.account not in opened:
                continue
        result.append(entry)
    return result, []


def currency_accounts(entries: list[Entry], _options: Options, setting: str | None) -> Result:
    """Transactions that exchange commodities at a price balance in each of them, through accounts of their own."""
    if setting is None:
        raise BadSetting("it needs an account", 'name it after the plugin, like "Equity:CurrencyAccounts"')
    base = setting if _ACCOUNT.fullmatch(setting) else "Equity:CurrencyAccounts"
    used: set[str] = set()
    result: list[Entry] = []
    for entry in entries:
        changed = _through_accounts(entry, base) if isinstance(entry, Transaction) else None
        if changed is not None:
            used |= {posting.account for posting in changed.postings if posting.account.startswith(base + ":")}
        result.append(changed or entry)
    return [*(_open(name, entries[0].date, entries[0]) for name in sorted(used)), *result], []


def _through_accounts(entry: Transaction, base: str) -> Transaction | None:
    """A transaction with a posting more for each commodity it exchanges, None where it exchanges none."""
    groups: dict[str, list[Posting]] = {}
    for posting in entry.postings:
        commodity = posting.cost.commodity if isinstance(posting.cost, Cost) else posting.commodity
        groups.setdefault(commodity or "", []).append(posting)
    if len(groups) < 2 or not any(p.price is not None and p.price.number for p in entry.postings):
        return None  # to beancount a price of 0 is none
    postings: list[Posting] = []
    for commodity, members in groups.items():
        total = ZERO
        for posting in members:
            rate = posting.cost.number if isinstance(posting.cost, Cost) else Decimal(1)
            total += posting.number * rate
        if not total:
            postings += members
            continue
        postings += [replace(posting, price=None) for posting in members]
        units = Money(-total, commodity)
        postings.append(Posting(f"{base}:{commodity}", units, line=entry.line))
    return replace(entry, postings=tuple(postings))


def _check(function: Callable[[list[Entry], Options, str | None], list[Problem]]) -> Step:
    """A plugin that changes nothing, made of a check."""
    return lambda entries, options, setting: (entries, function(entries, options, setting))


Step: TypeAlias = Callable[[list[Entry], Options, "str | None"], Result]
_WITH_SETTING = ("check_commodity", "onecommodity", "currency_accounts")
_SINGLE: dict[str, Step] = {
    "auto_accounts": auto_accounts,
    "implicit_prices": implicit_prices,
    "check_closing": check_closing,
    "check_drained": check_drained,
    "close_tree": close_tree,
    "currency_accounts": currency_accounts,
    "check_commodity": _check(checks.check_commodity),
    "coherent_cost": _check(checks.coherent_cost),
    "leafonly": _check(checks.leafonly),
    "noduplicates": _check(checks.noduplicates),
    "nounused": _check(checks.nounused),
    "onecommodity": _check(checks.onecommodity),
    "sellgains": _check(checks.sellgains),
    "unique_prices": _check(checks.unique_prices),
}
_PEDANTIC = (
    "check_commodity",
    "coherent_cost",
    "leafonly",
    "noduplicates",
    "nounused",
    "onecommodity",
    "sellgains",
    "unique_prices",
    "check_drained",
)
# What each plugin does, in steps.
PLUGINS: dict[str, tuple[Step, ...]] = {
    **{f"beancount.plugins.{name}": (step,) for name, step in _SINGLE.items()},
    "beancount.plugins.auto": (auto_accounts, implicit_prices),
    "beancount.plugins.pedantic": tuple(_SINGLE[name] for name in _PEDANTIC),
}
