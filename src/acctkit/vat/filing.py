"""What leaves the house: the body that HMRC's interface takes, and the record that a return was filed."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

from acctkit.journal.entries import Meta
from acctkit.journal.writer import Draft, record_text
from acctkit.money import to_decimal
from acctkit.period import day_after
from acctkit.problem import refusal
from acctkit.vat.returns import VatReturn
from acctkit.vat.show import box_text


def mtd_body(shown: VatReturn, period_key: str) -> dict[str, str | Decimal | bool]:
    """The eleven fields of a return in HMRC's VAT (MTD) API 1.0, numbers as Decimals with their places.

    `period_key` is the one HMRC gave with the obligation; raises Refusal X907 where it has not that form, or
    where a box has more digits than the interface takes. Box 5 is never negative.
    """
    _check_key(shown, period_key)
    body: dict[str, str | Decimal | bool] = {"periodKey": period_key}
    for name, box in shown.country.boxes.items():
        minor = shown.boxes[name]
        if abs(minor) >= 10 ** (box.digits + shown.country.places):
            raise refusal("X907", f"box {name} is larger than {shown.country.authority} takes")
        body[box.field] = Decimal(box_text(shown, name, minor))
    body["finalised"] = True
    return body


def require_ended(shown: VatReturn, today: date) -> None:
    """Raise Refusal X907 for a return whose period is not over: HMRC takes none before."""
    if today <= shown.last:
        message = f"the period {shown.begin} to {shown.last} has not ended"
        raise refusal("X907", message, f"file it from {day_after(shown.last)} on")


def _check_key(shown: VatReturn, period_key: str) -> None:
    if not re.fullmatch(shown.country.period_key, period_key):
        authority = shown.country.authority
        message = f"`{period_key}` is no period key: they are four capitals or digits, such as 26A1"
        raise refusal("X907", message, f"take it from {authority}'s list of returns due")


def mtd_json(shown: VatReturn, period_key: str) -> str:
    """The body as JSON text, each number written exactly, as 5.05, without passing through a float."""
    fields = [
        f"  {json.dumps(name)}: {format(value, 'f') if isinstance(value, Decimal) else json.dumps(value)}"
        for name, value in mtd_body(shown, period_key).items()
    ]
    return "{\n" + ",\n".join(fields) + "\n}"


def propose_filed(shown: VatReturn, decided: date, period_key: str = "") -> Draft:
    """The record that a return was filed, with its boxes.

    Raises Refusal X907 where it was filed before, or is not the oldest open one: its record would cover the
    lines of those before it.
    """
    if period_key:
        _check_key(shown, period_key)
    if shown.filed:
        raise refusal("X907", f"this return was filed on {shown.filed.date}", place=shown.filed.place)
    if not shown.is_next:
        message = f"{shown.begin} to {shown.last} is not the oldest return that is open"
        raise refusal("X907", message, "acct vat return, without -p, shows that one")
    require_ended(shown, decided)
    meta: Meta = {"period-key": period_key} if period_key else {}
    for name, minor in shown.boxes.items():
        meta[f"box-{name}"] = Decimal(box_text(shown, name, minor))
    record = record_text(decided, "vat-return", [shown.country.name, shown.begin, shown.last], meta)
    payable = to_decimal(abs(shown.payable), shown.country.places)
    word = "to pay" if shown.payable >= 0 else "to reclaim"
    reason = f"{payable:f} {shown.country.currency} {word}; late lines included: {len(shown.late)}"
    return Draft((record,), reasons=(reason,))
