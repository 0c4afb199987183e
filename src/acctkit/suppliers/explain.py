"""Why two amounts of one document differ: digits swapped or mistyped, VAT, a discount, a rounding; or nothing known."""

from __future__ import annotations

from acctkit.ledger.items import Item
from acctkit.ledger.ledger import Ledger

_ROUNDING = 2
_VAT_ROLES = ("vat", "vat-input", "vat-output")
# Discounts are whole or half per cents to this; what is more, to _MOST_VAT, may be a tax.
_MOST_DISCOUNT = 10
_MOST_VAT = 27
_HUNDRED = 100


def why_differ(ledger: Ledger, theirs: int, ours: int, items: tuple[Item, ...]) -> str:
    """What may explain the difference of two amounts, "" where nothing known does."""
    difference = theirs - ours
    if not difference:
        return ""
    if theirs == -ours:
        return "one side has it as an invoice, the other as a credit"
    if theirs * ours <= 0:
        return ""
    rounding = "perhaps a rounding" if abs(difference) <= _ROUNDING else ""
    others = filter(None, (rounding, _of_digits(theirs, ours), _of_share(theirs, ours)))
    return _of_vat(ledger, theirs, ours, items) or "; or ".join(others)


def _of_vat(ledger: Ledger, theirs: int, ours: int, items: tuple[Item, ...]) -> str:
    """The VAT of our entry is what we have more than they."""
    vat = sum(
        ledger.minor(posting.number, posting.commodity)
        for entry in {id(item.entry): item.entry for item in items}.values()
        for posting in entry.postings
        if ledger.role(posting.account) in _VAT_ROLES and items and posting.commodity == items[0].commodity
    )
    if vat and abs(vat) == abs(ours) - abs(theirs):
        return "they show it without VAT, we with it"
    return ""


def _of_digits(theirs: int, ours: int) -> str:
    one, other = str(abs(theirs)), str(abs(ours))
    if len(one) == len(other):
        places = [at for at in range(len(one)) if one[at] != other[at]]
        first, last = places[0], places[-1]
        swapped = one[first] == other[last] and one[last] == other[first]
        if len(places) == 2 and swapped and last == first + 1:
            return "two digits are swapped"
        if len(places) == 2 and swapped:
            return "two digits changed places"
        if len(places) == 1 and len(one) > 2:
            return "one digit differs"
    for factor in (10, 100):
        if theirs == ours * factor or ours == theirs * factor:
            return "the decimal point is misplaced"
    if theirs == 2 * ours or ours == 2 * theirs:
        return "one amount is twice the other"
    return ""


def _of_share(theirs: int, ours: int) -> str:
    """A whole per cent more or less: VAT left out, or a discount."""
    more, less = max(abs(theirs), abs(ours)), min(abs(theirs), abs(ours))
    side = "ours" if abs(ours) < abs(theirs) else "theirs"
    for per_cent in range(_MOST_DISCOUNT + 1, _MOST_VAT + 1):
        if _is_share(more - less, less, per_cent, _HUNDRED):
            return f"VAT of {per_cent} % may be missing from {side}"
    for halves in range(1, 2 * _MOST_DISCOUNT + 1):
        if _is_share(more - less, more, halves, 2 * _HUNDRED):
            shown = f"{halves // 2}.5" if halves % 2 else str(halves // 2)
            return f"a discount of {shown} % may be off {side}"
    return ""


def _is_share(part: int, whole: int, numerator: int, denominator: int) -> bool:
    """Whether a part is that share of the whole, rounded half up, and more than a rounding."""
    return part > _ROUNDING and part == (2 * whole * numerator + denominator) // (2 * denominator)
