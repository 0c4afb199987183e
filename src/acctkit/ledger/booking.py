"""Entries to booked entries: missing numbers worked out, reductions matched to lots.

The rules are beancount 3.2.3's: postings are grouped by the commodity they balance in, lots are matched
against what was held before the transaction, then at most one number a group is worked out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation, localcontext
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Cost, CostSpec, Entry, Money, Open, Posting, Price, Transaction
from acctkit.ledger.lots import Inventory, take
from acctkit.ledger.nearest import nearest
from acctkit.ledger.options import METHODS, Options
from acctkit.ledger.tolerance import ZERO, Tolerances, digits_needed, per_unit, weight
from acctkit.problem import Problem, error

_MOST_STEP_DIGITS = 4


@dataclass(slots=True)
class _Leg:
    """A posting being booked. `weigh_in` is the commodity it balances in, once known.

    A commodity is None where it is missing; `has_cost` and `has_price` say whether one is expected.
    """

    posting: Posting
    commodity: str | None
    cost_currency: str | None
    price_currency: str | None
    has_cost: bool
    has_price: bool

    @property
    def number(self) -> Decimal | None:
        return self.posting.units.number if self.posting.units else None

    @property
    def bucket(self) -> str | None:
        """The commodity its weight is in, as far as known."""
        if self.has_cost or self.has_price:
            return self.cost_currency or self.price_currency
        return self.commodity


class Booked(NamedTuple):
    """Booked entries, and problems. A transaction keeps the postings of the commodities that could be booked.

    `incomplete` counts those that lost postings; `lost` are the ones that beancount would not hold at all.
    """

    entries: list[Entry]
    problems: list[Problem]
    incomplete: int
    lost: list[Entry]


def book(entries: list[Entry], options: Options) -> Booked:
    """Book every transaction of entries in order."""
    incomplete, lost = 0, []
    methods, problems = booking_methods(entries, options)
    held: dict[str, Inventory] = {}
    booked: list[Entry] = []
    for entry in entries:
        if not isinstance(entry, Transaction):
            booked.append(entry)
            continue
        postings: tuple[Posting, ...] | None = entry.postings
        if not all(_is_plain(posting) for posting in entry.postings):
            with localcontext() as context:
                context.prec = digits_needed(entry.postings)
                postings, found, is_short = _book_transaction(entry, held, methods, options)
            problems += found
            incomplete += is_short
        for posting in postings or ():
            inventory = held.get(posting.account)
            if inventory is None:
                inventory = held[posting.account] = Inventory()
            cost = posting.cost if isinstance(posting.cost, Cost) else None
            inventory.add(posting.commodity, cost, posting.number)
        booked.append(entry if postings is entry.postings else replace(entry, postings=postings or ()))
        if postings is None:
            lost.append(booked[-1])
    return Booked(booked, problems, incomplete, lost)


def booking_methods(entries: list[Entry], options: Options) -> tuple[dict[str, str], list[Problem]]:
    """Each account's booking method where it is not the book's; "" stands for the book's own."""
    methods = {"": options.booking_method}
    problems = []
    for entry in entries:
        if isinstance(entry, Open) and entry.booking:
            if entry.booking in METHODS:
                methods[entry.account] = entry.booking
            else:
                message = f"there is no booking method `{entry.booking}`"
                message += f"; did you mean {near[0]}?" if (near := nearest(entry.booking, METHODS)) else ""
                hint = f"the methods are {', '.join(METHODS)}"
                problems.append(error("L214", message, spans.string(entry.place, 0), hint))
    return methods, problems


class _Unbookable(Exception):  # noqa: N818 - caught by the booking of its transaction
    """A transaction that cannot be booked, with the problems that say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = list(problems)


def _book_transaction(
    entry: Transaction, held: dict[str, Inventory], methods: dict[str, str], options: Options
) -> tuple[tuple[Posting, ...] | None, list[Problem], bool]:
    """The booked postings (None: it cannot even be grouped), the problems, and whether postings were lost."""
    problems: list[Problem] = []
    done: list[tuple[int, Posting]] = []
    try:
        groups = _group(entry, [_leg(posting) for posting in entry.postings], held)
        tolerances = Tolerances(entry.postings, options)
    except _Unbookable as reason:
        return None, reason.problems, True
    reduced: dict[str, Inventory] = {}
    for currency, members in groups.items():
        try:
            legs = [part for member in members for part in _reduce(entry, member, held, reduced, methods)]
            done += _interpolate(entry, legs, currency, tolerances, options)
        except _Unbookable as reason:
            problems += reason.problems
        except InvalidOperation:
            hint = "write fewer digits"
            problems.append(error("L202", "these numbers are too long to work with", entry.place, hint))
    postings = tuple(posting for _, posting in sorted(done, key=lambda pair: pair[0]))
    is_short = bool(problems)
    return postings, problems + [p for posting in postings for p in _zero_or_negative(entry, posting)], is_short


def _is_plain(posting: Posting) -> bool:
    """Whether a posting is complete as it stands: no number to work out, no lot to find."""
    return (
        posting.cost is None
        and posting.units is not None
        and None not in posting.units
        and (posting.price is None or (posting.price.number is not None and posting.price.commodity is not None))
    )


def _leg(posting: Posting) -> _Leg:
    units, cost, price = posting.units, posting.cost, posting.price
    cost_currency = cost.commodity if cost else None
    price_currency = price.commodity if price else None
    if cost is not None and price is not None:  # cost and price are in one currency
        cost_currency = cost_currency or price_currency
        price_currency = price_currency or cost_currency
    return _Leg(
        posting, units.commodity if units else None, cost_currency, price_currency, cost is not None, price is not None
    )


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _group(entry: Transaction, legs: list[_Leg], held: dict[str, Inventory]) -> dict[str, list[tuple[int, _Leg]]]:
    """Legs with their index by the commodity they balance in; a leg without any amount joins every group."""
    groups: dict[str, list[tuple[int, _Leg]]] = {}
    unknown = []
    for index, leg in enumerate(legs):
        if leg.posting.units is None:
            continue
        if leg.bucket is None:
            unknown.append((index, leg))
        else:
            groups.setdefault(leg.bucket, []).append((index, leg))
    if len(unknown) == 1 and len(groups) == 1:
        _settle_currency(unknown[0][1], next(iter(groups)))
    for index, leg in unknown:
        if leg.bucket is None:
            _currency_from_holding(leg, held.get(leg.posting.account))
        groups.setdefault(leg.bucket or "", []).append((index, leg))
    _require_commodities(entry, groups, held)
    autos = [(i, leg) for i, leg in enumerate(legs) if leg.posting.units is None]
    if len(autos) > 1:
        hint = "write the amount of all but one posting"
        raise _Unbookable(_cannot(entry, autos[1][1].posting, "only one posting may be left without an amount", hint))
    for index, leg in autos:
        for currency, members in groups.items():
            members.append((index, replace(leg, commodity=currency)))
    return groups


def _require_commodities(
    entry: Transaction, groups: dict[str, list[tuple[int, _Leg]]], held: dict[str, Inventory]
) -> None:
    """A leg whose commodity is still missing takes the only one its account holds."""
    problems = []
    for bucket, members in groups.items():
        for _, leg in members:
            if leg.commodity is None and (inventory := held.get(leg.posting.account)):
                leg.commodity = _only(inventory.commodities())
            if leg.commodity is None or not bucket:
                message = "which commodity this is cannot be worked out"
                problems.append(_cannot(entry, leg.posting, message))
    if problems:
        raise _Unbookable(*problems)


def _settle_currency(leg: _Leg, currency: str) -> None:
    """The one leg that is unknown takes the currency of the one group there is."""
    if leg.has_cost or leg.has_price:
        leg.price_currency = leg.price_currency or (currency if leg.has_price else None)
        leg.cost_currency = leg.cost_currency or (currency if leg.has_cost else None)
    else:
        leg.commodity = currency


def _currency_from_holding(leg: _Leg, inventory: Inventory | None) -> None:
    if inventory is None:
        return
    leg.commodity = leg.commodity or _only(inventory.commodities())
    if leg.has_cost or leg.has_price:
        currency = _only(inventory.cost_currencies())
        leg.price_currency = leg.price_currency or (currency if leg.has_price else None)
        leg.cost_currency = leg.cost_currency or (currency if leg.has_cost else None)


def _cannot(entry: Transaction, posting: Posting, message: str, hint: str = "write the amount in full") -> Problem:
    return error("L202", message, spans.amount(spans.posting(entry, posting)), hint)


# Reductions.


def _reduce(
    entry: Transaction,
    member: tuple[int, _Leg],
    held: dict[str, Inventory],
    reduced: dict[str, Inventory],
    methods: dict[str, str],
) -> list[tuple[int, _Leg]]:
    """A leg that reduces a holding as one leg for each lot it takes; any other leg as it is.

    `reduced` holds what is left of each account after the reductions of this transaction so far.
    """
    index, leg = member
    posting = leg.posting
    spec = posting.cost
    method = methods.get(posting.account, methods[""])
    if not isinstance(spec, CostSpec) or leg.number is None or leg.commodity is None or method == "NONE":
        return [member]
    inventory = reduced.get(posting.account) or held.get(posting.account)
    if inventory is None or not inventory.is_reduced_by(leg.commodity, leg.number):
        return [member]
    wanted = spec._replace(commodity=leg.cost_currency)
    matches = inventory.lots_that_fit(leg.commodity, wanted, _cost_number(spec, leg.number))
    taken = take(matches, leg.number, method) if matches else None
    if taken is None or not taken.lots:
        ambiguous = method if taken is not None and taken.ambiguous else ""
        held_lots = inventory.lots_that_fit(leg.commodity, CostSpec(), None)
        raise _Unbookable(_reduction_problem(entry, leg, matches or held_lots, ambiguous, fits=bool(matches)))
    after = reduced[posting.account] = inventory.copy()
    price = posting.price
    if price is not None and price.number is not None and price.is_total and len(taken.lots) > 1:
        price = Price(per_unit(price.number, leg.number, is_total=True), price.commodity, is_total=False)
    result = []
    for cost, number in taken.lots:
        after.add(leg.commodity, cost, number)
        part = _with(posting, Money(number, leg.commodity), cost, price)
        new = _Leg(part, leg.commodity, leg.cost_currency, leg.price_currency, leg.has_cost, leg.has_price)
        result.append((index, new))
    return result


def _reduction_problem(
    entry: Transaction, leg: _Leg, matches: list[tuple[Cost, Decimal]], ambiguous: str, *, fits: bool
) -> Problem:
    """Why no lots can be taken of those that fit the braces, or, where none does, of all that are held.

    `ambiguous` is the booking method by which none could be chosen, "" where one could.
    """
    posting = leg.posting
    place = spans.amount(spans.posting(entry, posting))
    units = f"{leg.number} {leg.commodity}"
    lots = ", ".join(f"{held} at {cost.number} {cost.commodity} of {cost.date}" for cost, held in matches[:5])
    lots += f", and {len(matches) - 5} lots more" if len(matches) > 5 else ""
    if not fits:
        message = f"{posting.account} holds no lot that {units} could come from"
        hint = f"check the braces: it holds {lots}" if lots else "check the braces"
        return error("L203", message, spans.cost(spans.posting(entry, posting)), hint)
    if ambiguous == "AVERAGE":
        message = f"{units} cannot be taken: there is no booking by AVERAGE, here as in beancount"
        hint = "open the account with another method: STRICT and the lot named in the braces, or FIFO"
        return error("L204", message, spans.cost(spans.posting(entry, posting)), hint)
    if ambiguous:
        hint = "name the lot by its cost, date or label in the braces, or open the account with FIFO"
        return error("L204", f"{units} fits several lots: {lots}", spans.cost(spans.posting(entry, posting)), hint)
    return error("L203", f"{units} is more than {posting.account} holds: {lots}", place, "check the number of units")


def _nothing_held(entry: Transaction, leg: _Leg) -> Problem:
    """A sale whose cost is to be that of the lots it takes, from an account that holds none."""
    posting = leg.posting
    message = f"{posting.account} holds no {leg.commodity} that {leg.number} could come from"
    hint = f"check the account and the date: what is sold was bought before {entry.date}"
    return error("L203", message, spans.cost(spans.posting(entry, posting)), hint)


def _cost_number(spec: CostSpec, number: Decimal) -> Decimal | None:
    """The cost of one unit that braces state, or None where they state none."""
    if spec.is_partial:
        return None
    if spec.total is not None:
        return ((spec.per_unit or ZERO) * abs(number) + spec.total) / abs(number) if number else None
    return spec.per_unit


# Missing numbers.


def _interpolate(
    entry: Transaction, members: list[tuple[int, _Leg]], currency: str, tolerances: Tolerances, options: Options
) -> list[tuple[int, Posting]]:
    """Book the legs of one group, working out the one number that may be missing."""
    missing = [(index, leg) for index, leg in members if _is_incomplete(leg)]
    if len(missing) > 1:
        for _, leg in missing:
            if isinstance(leg.posting.cost, CostSpec) and leg.number is not None and leg.number < 0:
                raise _Unbookable(_nothing_held(entry, leg))
        message = f"more than one number is missing among the {currency} postings"
        raise _Unbookable(_cannot(entry, missing[1][1].posting, message))
    result = [(index, _complete(entry, leg)) for index, leg in members if not _is_incomplete(leg)]
    for index, leg in missing:
        wanted = -sum((weight(posting)[0] for _, posting in result), ZERO)
        solved = _solve(entry, leg, wanted, tolerances, options)
        if solved is not None:
            result.append((index, solved))
    return result


def _is_incomplete(leg: _Leg) -> bool:
    posting = leg.posting
    if leg.number is None or (posting.price is not None and posting.price.number is None):
        return True
    spec = posting.cost
    return isinstance(spec, CostSpec) and _lacks_cost(spec)


def _lacks_cost(spec: CostSpec) -> bool:
    return spec.is_partial or (spec.per_unit is None and spec.total is None)


def _complete(entry: Transaction, leg: _Leg) -> Posting:
    """A leg whose numbers are all there, as a booked posting."""
    posting = leg.posting
    assert leg.number is not None  # noqa: S101 - the caller has asked
    cost = posting.cost
    if isinstance(cost, CostSpec):
        number = _cost_number(cost, leg.number)
        cost = Cost(
            number if number is not None else ZERO, leg.cost_currency or "", cost.date or entry.date, cost.label
        )
    price = posting.price
    if price is not None:
        price = Price(price.number, leg.price_currency, price.is_total)
    units = Money(leg.number, leg.commodity)
    if units == posting.units and cost == posting.cost and price == posting.price:
        return posting
    return _with(posting, units, cost, price)


def _with(posting: Posting, units: Money, cost: CostSpec | Cost | None, price: Price | None) -> Posting:
    return Posting(posting.account, units, cost, price, posting.flag, posting.meta, posting.line, posting.inferred)


def _solve(entry: Transaction, leg: _Leg, wanted: Decimal, tolerances: Tolerances, options: Options) -> Posting | None:
    """Work out the one number a leg lacks, so that it weighs what is wanted; None where it weighs nothing."""
    posting = leg.posting
    if leg.number is None and not wanted:
        if isinstance(posting.cost, CostSpec) and _lacks_cost(posting.cost):
            raise _Unbookable(_cannot(entry, posting, "both the units and the cost are missing"))
        return None
    if posting.units is None:
        number = _rounded(wanted, leg.commodity or "", tolerances, options)
        return replace(posting, units=Money(number, leg.commodity), inferred=True)
    if leg.number is None:
        return _solve_units(entry, leg, wanted, tolerances, options)
    spec, price = posting.cost, posting.price
    rate = wanted / leg.number if leg.number else ZERO
    units = Money(leg.number, leg.commodity)
    if isinstance(spec, CostSpec) and _lacks_cost(spec):
        if not leg.number:
            return None
        if price is not None and price.number is None:
            raise _Unbookable(_cannot(entry, posting, "both the cost and the price are missing"))
        cost = Cost(_rate(spec, leg.number, wanted), leg.cost_currency or "", spec.date or entry.date, spec.label)
        price = Price(price.number, leg.price_currency, price.is_total) if price else None
        return replace(posting, units=units, cost=cost, price=price, inferred=True)
    if spec is not None:
        hint = "write the price, or leave out the `@`"
        raise _Unbookable(_cannot(entry, posting, "a price beside a cost cannot be worked out", hint))
    return replace(posting, units=units, price=Price(abs(rate), leg.price_currency, is_total=False), inferred=True)


def _rate(spec: CostSpec, number: Decimal, wanted: Decimal) -> Decimal:
    """The cost of one unit so that all weigh what is wanted: rounded where beancount rounds, for what is bought."""
    if number < 0 or not spec.is_partial:
        return wanted / number
    if spec.total is not None:
        return (spec.total + (wanted - spec.total) / number * number) / number
    own = (spec.per_unit or ZERO) * number
    return (wanted - own + own) / number


def _solve_units(entry: Transaction, leg: _Leg, wanted: Decimal, tolerances: Tolerances, options: Options) -> Posting:
    posting = leg.posting
    spec, price = posting.cost, posting.price
    cost: Cost | None = None
    rate = Decimal(1)
    if isinstance(spec, CostSpec):
        if spec.per_unit is None:
            raise _Unbookable(_cannot(entry, posting, "the units cannot be worked out from a total cost"))
        rate = spec.per_unit
    elif price is not None:
        if price.number is None or price.is_total:
            raise _Unbookable(_cannot(entry, posting, "a total price needs the units it is for", "write the units"))
        rate = price.number
    if not rate:
        raise _Unbookable(_cannot(entry, posting, "the units cannot be worked out from a rate of zero"))
    total = spec.total if isinstance(spec, CostSpec) and spec.total else ZERO
    # Of a sale the total goes with the sign of the units; where that leaves none, the cost alone is too much.
    total = -total if wanted < -total else total
    number = _rounded((wanted - total) / rate, leg.commodity or "", tolerances, options)
    if isinstance(spec, CostSpec):
        each = _cost_number(spec, number)
        cost = Cost(rate if each is None else each, leg.cost_currency or "", spec.date or entry.date, spec.label)
    if price is not None:
        price = Price(price.number, leg.price_currency, price.is_total)
    return replace(posting, units=Money(number, leg.commodity), cost=cost, price=price, inferred=True)


def _rounded(number: Decimal, commodity: str, tolerances: Tolerances, options: Options) -> Decimal:
    """Rounded half to even to the coarsest digits the commodity is written with in this transaction.

    A step of five digits or more is none that a person wrote: it comes from a cost, and nothing is rounded.
    """
    step = tolerances.step(commodity, precise=options.precise_interpolation)
    if not step or len(step.normalize().as_tuple().digits) > _MOST_STEP_DIGITS:
        return number
    return number.quantize(step.normalize())


def _zero_or_negative(entry: Transaction, posting: Posting) -> list[Problem]:
    """Lots of nothing, or at a cost below zero: an error, though the posting counts as it stands."""
    if not isinstance(posting.cost, Cost):
        return []
    place = spans.posting(entry, posting)
    problems = []
    if not posting.number:
        problems.append(error("L213", "a lot of zero units", spans.amount(place), "leave the posting out"))
    if posting.cost.number < 0:
        message = f"a cost below zero: {posting.cost.number}"
        problems.append(error("L213", message, spans.cost(place), "write the cost without a sign"))
    return problems
