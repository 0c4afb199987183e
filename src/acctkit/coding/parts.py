"""A line divided into the parts of a rule, to the penny, and each part into net and VAT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from acctkit.coding.lines import Coded, Law
from acctkit.coding.rules import FIXED, PERCENT, REST, VAT_ROLES, Part
from acctkit.ledger.ledger import Ledger
from acctkit.money import format_minor, round_minor, to_decimal, to_minor
from acctkit.problem import refusal


def divide(amount: int, scale: int, places: int, parts: Sequence[Part]) -> list[int]:
    """How much of an amount each part is: minor units of its sign that add up to it.

    A percentage is of the whole, rounded half up to `places`; the last percentage takes the rounding where no part
    takes what is left. Raises ValueError, with the reason in words, where the parts do not fit the amount.
    """
    whole, sign = abs(amount), -1 if amount < 0 else 1
    penny = 10 ** max(0, scale - places)
    sizes = []
    for part in parts:
        if part.kind == FIXED:
            try:
                sizes.append(to_minor(part.value, scale))
            except ValueError:
                raise ValueError(f"its part {part.value:f} has more decimal places than the currency") from None
        elif part.kind == PERCENT:
            share = Decimal(whole) * part.value / 100 / penny
            sizes.append(round_minor(share, 0) * penny)
        else:
            sizes.append(0)
    rest = whole - sum(sizes)
    takers = [at for at, part in enumerate(parts) if part.kind == REST]
    takers = takers or [at for at, part in enumerate(parts) if part.kind == PERCENT][-1:]
    if rest and not takers:
        given = format_minor(sum(sizes), scale, places)
        raise ValueError(f"its fixed parts come to {given}, the line is {format_minor(whole, scale, places)}")
    if takers:
        sizes[takers[0]] += rest
    if any(size < 0 for size in sizes):
        shown = format_minor(whole, scale, places)
        raise ValueError(f"its other parts come to more than the line's {shown}")
    return [sign * size for size in sizes]


def with_vat(
    ledger: Ledger, law: Law | None, day: date, scale: int, sized: Iterable[tuple[Part, int]]
) -> tuple[Coded, ...]:
    """The postings of parts, each with so much of the line (money in positive): net, then the tax charged within it.

    What is not in the tax is in the net, so that both are exactly the part.
    """
    legs: list[Coded] = []
    for part, amount in sized:
        if not amount:
            continue
        sign = 1 if amount > 0 else -1
        tax = 0
        if law is not None and part.code and ledger.role(part.account) not in VAT_ROLES:
            tax = sign * law.charged_within(abs(amount), part.code, day, scale)
        legs.append(Coded(part.account, tax - amount, part.code, part.party))
        if tax:
            legs.append(Coded(vat_account(ledger, part.account), -tax, part.code, tax=True))
    return tuple(legs)


def vat_account(ledger: Ledger, account: str) -> str:
    """Where the tax stands: a refund has the side of what is refunded, so the account decides, not the money."""
    is_supply = ledger.kind(account) == "Income" or ledger.role(account) == "deferred-income"
    role = "vat-output" if is_supply else "vat-input"
    found = ledger.with_role(role) or ledger.with_role("vat")
    if not found:
        raise refusal("X907", f"no account has the role {role}", 'give one the metadata role: "vat-output" or "vat"')
    return found[0]


def in_base(legs: Iterable[Coded], scale: int) -> Decimal:
    """What legs come to, as a number."""
    return to_decimal(sum(leg.base for leg in legs), scale)
