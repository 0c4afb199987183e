"""Why a transaction does not balance: the posting most likely wrong, where the arithmetic points at one.

Looked for are the slips that leave a trace in the difference: two digits swapped (it divides by 9), a sign the wrong
way round (it is twice a posting), a decimal point moved, and a posting that is equal to it. Where several postings
would do, all are named and none is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal import spans
from acctkit.journal.entries import Cost, Posting, Transaction
from acctkit.ledger.nearest import nearest
from acctkit.ledger.tolerance import Tolerances, weight
from acctkit.problem import Place, Problem, error

_SWAPPED = "two digits swapped?"
_SIGN = "the sign the wrong way round?"
_SHIFTED = "the decimal point in the wrong place?"
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


def not_balanced(entry: Transaction, sums: dict[str, Decimal], tolerances: Tolerances) -> Problem | None:
    """The problem of a transaction whose postings weigh `sums` together (L201), None where that is near enough to 0."""
    over = [(n, commodity) for commodity, n in sums.items() if n and abs(n) > tolerances.of(commodity)]
    if not over:
        return None
    words = " and ".join(
        f"{'debits exceed credits' if number > 0 else 'credits exceed debits'} by {abs(number):f} {commodity}"
        for number, commodity in over
    )
    message = f"the transaction does not balance: {words}"
    if len(over) == 2:
        place, hint, related = _two_commodities(entry, over)
    elif len(over) == 1:
        number, commodity = over[0]
        place, hint, related = _explained(entry, slips(entry, number, commodity, tolerances), number, commodity)
    else:
        place, hint, related = entry.place, "each commodity adds up to zero, or a price joins it to another", ()
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
                    found.append(Slip(posting, what, f"{mended:f} {unit}", place))
                    break
    return found


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


_Said = tuple[Place, str, tuple[tuple[str, Place], ...]]


def _amount(entry: Transaction, posting: Posting) -> Place:
    return spans.amount(spans.posting(entry, posting))


def _explained(entry: Transaction, found: list[Slip], difference: Decimal, commodity: str) -> _Said:
    """Where to point, what to say, and what else to look at, for what may explain a difference."""
    if _stands_twice(found):
        one, other = found
        hint = f"{other.wanted} on {other.posting.account} stands twice: without one of the two the rest balances"
        return other.place, hint, (("stands first", one.place),)
    if not found or len(found) > _MOST_NAMED:
        missing = f"{-difference:f} {commodity}"
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


def _two_commodities(entry: Transaction, over: list[tuple[Decimal, str]]) -> _Said:
    """Two commodities that do not add up: most often one is misspelt, or what it is worth in the other is missing."""
    (one, first), (other, second) = over
    legs = {c: [p for p in entry.postings if weight(p)[1] == c and not p.inferred] for c in (first, second)}
    # The one with a single posting of its own is the foreign one; of two such, the one written last.
    foreign, home, worth = (second, first, one) if len(legs[second]) == 1 else (first, second, other)
    if len(legs[foreign]) != 1:
        return entry.place, "each commodity adds up to zero, or a price joins it to another", ()
    posting = legs[foreign][0]
    related = tuple((f"in {home}", _amount(entry, leg)) for leg in legs[home][:1])
    place = _amount(entry, posting)
    if (one > 0) == (other > 0) or posting.price is not None or posting.cost is not None:
        return place, "each commodity adds up to zero, or a price joins it to another", related
    hint = f"say what it is worth: {posting.number:f} {posting.commodity} @@ {abs(worth):f} {home}"
    if nearest(foreign, [home]) and abs(one) == abs(other):
        hint = f"did you mean {posting.number:f} {home}?"
    return place, hint, related
