"""Which control accounts there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from acctkit.control.parties import party_control
from acctkit.control.payroll import payroll_control
from acctkit.control.shape import Control
from acctkit.control.tax import vat_control
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.problem import refusal

KINDS: dict[str, Callable[[Ledger, date], Control]] = {
    "vat": vat_control,
    "debtors": lambda ledger, day: party_control(ledger, "debtors", day),
    "creditors": lambda ledger, day: party_control(ledger, "creditors", day),
    "payroll": payroll_control,
}


def control(ledger: Ledger, kind: str, day: date) -> Control:
    """The control account of a kind at the end of a day; raises Refusal X907 for another kind, or without accounts."""
    if kind not in KINDS:
        message = f"there is no control account {kind}"
        raise refusal("X907", message, meant(kind, list(KINDS), f"choose one of {', '.join(KINDS)}"))
    return KINDS[kind](ledger, day)
