"""Why a transaction does not balance: the posting most likely wrong, where the arithmetic points at one.

Looked for are the slips that leave a trace in the difference: two digits swapped (it divides by 9), a sign the wrong
way round (it is twice a posting), a price or cost of all written as that of one (or of one as that of all), a decimal
point moved, and a posting that is equal to it. Where several postings would do, all are named and none is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Cost, Posting, Transaction
from acctkit.ledger.mixed import NO_GUESS, Known, Said, places_in, shown, two_commodities
from acctkit.ledger.tolerance import Tolerances, weight
from acctkit.money import scale_of
from acctkit.problem import Place, Problem, error

_SWAPPED = "two digits swapped?"
_SIGN = "the sign the wrong way round?"
_SHIFTED = "the decimal point in the wrong place?"
_OF_ALL = "meant for all of it, not for one?"
_OF_ONE = "meant for one, not for all of it?"
_ALONE = "alone"
_MOST_NAMED = 3
_SHIFTS = (1, -1, 2, -2)


class Slip(NamedTuple):
    """A posting that may be wrong: where, what may have happened to it, and what would mend it.

    `wanted` is the amount it may have been meant to be; of a posting that balances when it is left out, its own.
    """

    posting: Posting
    what: str
    wanted: str
    place: Place


def not_balanced(entry: Transaction, sums: dict[str, Decimal], tolerances: Tolerances, known: Known) -> Problem | None:
    """The problem of a transaction whose postings weigh `sums` together (L201), None where that is near enough to 0.

    `known` tells which of two commodities is the base currency, or a name the books know.
    """
    over = [(n, commodity) for commodity, n in sums.items() if n and abs(n) > tolerances.of(commodity)]
    if not over:
        return None
    words = " and ".join(
        f"{'debits exceed credits' if number > 0 else 'credits exceed debits'} by "
        f"{shown(abs(number), places_in(entry, commodity))} {commodity}"
        for number, commodity in over
    )
    message = f"the transaction does not balance: {words}"
    if len(over) == 2:
        place, hint, related = two_commodities(entry, over, known)
    elif len(over) == 1:
        number, commodity = over[0]
        place, hint, related = _explained(entry, slips(entry, number, commodity, tolerances), number, commodity)
    else:
        place, hint, related = entry.place, NO_GUESS, ()
    return error("L201", message, place, hint)._replace(related=related)


def slips(entry: Transaction, difference: Decimal, commodity: str, tolerances: Tolerances) -> list[Slip]:
    """Every single slip that would explain a difference, in the order of the postings."""
    near = tolerances.of(commodity)
    found = []
    for posting in entry.postings:
        weighed, currency = weight(posting)
        if posting.inferred or not weighed or currency != commodity:
            continue
        line = spans.posting(entry, posting)
        if abs(weighed - difference) <= near:
            found.append(Slip(posting, _ALONE, f"{posting.number:f} {posting.commodity}", spans.amount(line)))
        for number, unit, place in _numbers(posting, line):
            for what, mended in _mended(number):
                counts = what != _SIGN or place == spans.amount(line)
                if counts and abs(weighed - weighed / number * mended - difference) <= near:
                    own = places_in(entry, unit, posting) if what == _SHIFTED else scale_of(number)
                    found.append(Slip(posting, what, f"{shown(mended, own)} {unit}", place))
                    break
        found += [slip for other, slip in _one_or_all(posting, line) if abs(weighed - other - difference) <= near]
    if any(slip.what in (_OF_ALL, _OF_ONE) for slip in found):
        return [slip for slip in found if slip.what != _SHIFTED]
    return found


def _one_or_all(posting: Posting, line: Place) -> Iterator[tuple[Decimal, Slip]]:
    """What a posting would weigh if its cost or price were that of all its units, not of one, or the other way."""
    number = posting.number
    cost, price = posting.cost, posting.price
    if isinstance(cost, Cost):
        place = spans.cost(line)
        text = place.text[place.column - 1 : place.end_column - 1]
        if text.startswith("{{"):
            total = cost.number * abs(number)
            if f"{shown(total, 0)}" in text:
                yield total * number, Slip(posting, _OF_ONE, text[1:-1], place)
        elif text.startswith("{") and str(cost.number) in text:
            yield cost.number.copy_sign(number), Slip(posting, _OF_ALL, f"{{{text}}}", place)
    elif price is not None and price.number and price.commodity:
        place = spans.price(line)
        text = place.text[place.column - 1 : place.end_column - 1]
        if price.is_total and text.startswith("@@"):
            yield price.number * number, Slip(posting, _OF_ONE, text[1:], place)
        elif not price.is_total and text.startswith("@"):
            yield price.number.copy_sign(number), Slip(posting, _OF_ALL, f"@{text}", place)


def _numbers(posting: Posting, line: Place) -> Iterator[tuple[Decimal, str, Place]]:
    """The numbers a posting was written with that its weight is made of: its units, its cost or price."""
    yield posting.number, posting.commodity, spans.amount(line)
    cost, price = posting.cost, posting.price
    if isinstance(cost, Cost):
        place = spans.cost(line)
        if cost.number and str(cost.number) in place.text[place.column - 1 : place.end_column - 1]:
            yield cost.number, cost.commodity, place
    elif price is not None and price.number and price.commodity:
        yield price.number, price.commodity, spans.price(line)


def _mended(number: Decimal) -> Iterator[tuple[str, Decimal]]:
    """What a number may have been meant to be, each with the slip that made it what it is."""
    yield _SIGN, number.copy_negate()
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return
    for at in range(len(digits) - 1):
        if digits[at] != digits[at + 1]:
            swapped = (*digits[:at], digits[at + 1], digits[at], *digits[at + 2 :])
            yield _SWAPPED, Decimal((sign, swapped, exponent))
    for places in _SHIFTS:
        yield _SHIFTED, Decimal((sign, (*digits, *(0,) * places), exponent + min(places, 0)))


def _explained(entry: Transaction, found: list[Slip], difference: Decimal, commodity: str) -> Said:
    """Where to point, what to say, and what else to look at, for what may explain a difference."""
    if _stands_twice(found):
        one, other = found
        hint = f"{other.wanted} on {other.posting.account} stands twice: without one of the two the rest balances"
        return other.place, hint, (("stands first", one.place),)
    if not found or len(found) > _MOST_NAMED:
        missing = f"{shown(-difference, places_in(entry, commodity))} {commodity}"
        hint = f"a posting of {missing} would balance it: is one missing, or an amount mistyped?"
        return entry.place, hint, ()
    first = found[0].place
    others = dict.fromkeys(slip.place for slip in found if slip.place != first)
    related = tuple(("or this one", place) for place in others)
    return first, _remedies(found), related


def _remedies(found: list[Slip]) -> str:
    """What would mend it: each slip that would explain it, and that it is to be found out which."""
    check = ": check which" if len(found) > 1 else ""
    if len({slip.what for slip in found}) > 1:
        return f"{'; or: '.join(_remedies([slip]) for slip in found)}{check}"
    listed = [f"{slip.wanted} on {slip.posting.account}" for slip in found]
    if found[0].what == _ALONE:
        return f"without {', or without '.join(listed)} the rest balances: is its other side missing?"
    return f"{found[0].what} {', or '.join(listed)} would balance it{check}"


def _stands_twice(found: list[Slip]) -> bool:
    """Whether two postings say the same, and one of them alone makes the difference."""
    said = [(slip.what, slip.wanted, slip.posting.account) for slip in found]
    return len(said) == 2 and said[0] == said[1] and found[0].what == _ALONE
