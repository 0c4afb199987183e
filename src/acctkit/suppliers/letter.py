"""The query to send to a supplier: copies of what is missing, what differs, what they should have had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from textwrap import fill

from acctkit.ledger.ledger import Ledger
from acctkit.suppliers.shape import (
    DIFFERS,
    DISPUTED,
    FORWARD,
    GAP,
    MISSING_CREDIT,
    MISSING_INVOICE,
    MISSING_PAYMENT,
    TRANSIT,
    UNSEEN_CREDIT,
    UNSEEN_INVOICE,
    UNSEEN_PAYMENT,
    Comparison,
    Finding,
)

_WIDTH = 72
_ASKED = (
    (MISSING_INVOICE, "We do not have these documents. Please send us copies:"),
    (MISSING_CREDIT, "We have no credit notes for these. Please send us copies:"),
    (
        MISSING_PAYMENT,
        "You show these payments, which we did not make or do not know. Please tell us where they come from:",
    ),
    (DIFFERS, "These amounts differ. Please check them, and send a corrected document or a copy of yours:"),
    (
        UNSEEN_PAYMENT,
        "We paid these, and your statement does not show them. Please tell us where they were credited:",
    ),
    (UNSEEN_CREDIT, "We expect these credits, which your statement does not show. Please confirm them:"),
    (UNSEEN_INVOICE, "We have these invoices of yours, which your statement does not show. Please confirm them:"),
    (DISPUTED, "These stay in dispute:"),
    (FORWARD, "The balance you bring forward is not ours of that day. Please send us the statement before:"),
    (GAP, "Your statement does not add up. Please send us a corrected one:"),
)
_TOLD = ((TRANSIT, "For your information, these payments are on their way to you:"),)


def letter(ledger: Ledger, found: Sequence[Comparison], today: date) -> str:
    """The query as plain text, "" where there is nothing to ask; one letter for all currencies."""
    asked = [one for one in found if not one.is_clear and any(one.of(kind) for kind, _ in _ASKED)]
    if not asked:
        return ""
    party, entity = found[0].party, ledger.entity.name
    dated = " and ".join(dict.fromkeys(f"{one.date.day} {one.date:%B %Y}" for one in asked))
    parts = [
        f"To: {party.name}" + (f"\nFrom: {entity}" if entity else ""),
        f"Date: {today.day} {today:%B %Y}\nSubject: Your statement of account of {dated}",
        "Dear Sir or Madam,",
    ]
    for one in asked:
        parts += _of_currency(ledger, one)
    parts += [
        "We will settle what is agreed as it falls due, and the rest when we have\nheard from you. Thank you.",
        "Yours faithfully,\n" + (entity or ""),
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _of_currency(ledger: Ledger, found: Comparison) -> list[str]:
    def show(minor: int) -> str:
        return f"{ledger.show(minor, found.currency, grouped=True)} {found.currency}"

    day = f"{found.date.day} {found.date:%B %Y}"
    parts = [
        _wrapped(
            f"Your statement of {day} shows {show(found.closing)} to pay; our ledger shows {show(found.ledger)}. "
            "We have compared the two."
        )
    ]
    for kind, heading in (*_ASKED, *_TOLD):
        if findings := found.of(kind):
            parts.append("\n".join([_wrapped(heading), *(_item(ledger, found, one) for one in findings)]))
    return parts


def _item(ledger: Ledger, found: Comparison, one: Finding) -> str:
    """One line of the letter: the day, the number as they know it, and the amounts."""

    def show(minor: int) -> str:
        return ledger.show(minor, found.currency, grouped=True)

    if one.kind in (FORWARD, GAP):
        amounts = f"yours {show(one.theirs)}, ours {show(one.ours)}" if one.kind == FORWARD else show(one.theirs)
        return f"  {amounts}"
    numbers = [line.reference or line.text for line in one.lines]
    if not one.lines:
        metas = [ledger.meta(item.entry).get("their-ref") for item in one.items]
        numbers = [number for number in metas if isinstance(number, str)]
    number = ", ".join(filter(None, numbers)) or ", ".join(item.name for item in one.items)
    amount = show(abs(one.theirs or one.ours))
    if one.kind in (DIFFERS, DISPUTED) and one.lines and one.theirs != one.ours:
        amount = f"yours {show(one.theirs)}, ours {show(one.ours)}"
    why = next((reason for reason in one.reasons if reason.startswith("disputed")), "")
    tail = f"  {why.removeprefix('disputed: ')}" if why else ""
    return f"  {one.date:%d/%m/%Y}  {number:<18}  {amount:>14}{tail}"


def _wrapped(text: str) -> str:
    """Words in lines no longer than a letter's."""
    return fill(text, _WIDTH)
