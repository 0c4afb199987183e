"""A bank or card line as an entry, against the account that a person names."""

from __future__ import annotations

from datetime import date

from acctkit.coding.parts import vat_account
from acctkit.journal.entries import Money, Value
from acctkit.journal.writer import Draft, Leg, transaction_text
from acctkit.ledger.ledger import Ledger
from acctkit.money import to_decimal
from acctkit.problem import refusal


def coded_entry(
    ledger: Ledger,
    *,
    day: date,
    bank_account: str,
    amount: int,
    account: str,
    narration: str,
    payee: str = "",
    code: str = "",
    tax: int = 0,
    party: str = "",
) -> Draft:
    """A receipt or payment of a bank line in base currency, against one account.

    `amount` is the line's, in minor units, money in positive; `tax` is the part of it, positive, that is VAT
    under the code. Raises Refusal X907 where the other account needs a party or there is no VAT account.
    """
    currency = ledger.entity.currency
    scale = ledger.scale(currency)
    kind = "receipt" if amount > 0 else "payment"
    if ledger.role(account) in ("debtors", "creditors") and not party:
        raise refusal("X907", f"{account} is a control account: say which party", "name the party's code")
    ref = ledger.next_refs(kind)[0]
    sign = 1 if amount > 0 else -1

    def money(minor: int) -> Money:
        return Money(to_decimal(minor, scale), currency)

    vat = {"vat": code} if code else {}
    legs = [Leg(bank_account, money(amount)), Leg(account, money(-amount + sign * tax), vat)]
    if tax:
        legs.append(Leg(vat_account(ledger, account), money(-sign * tax), vat))
    meta: dict[str, Value] = {"type": kind, "ref": ref}
    if party:
        meta["party"] = party
    return Draft((transaction_text(day, payee, narration, legs, meta),), (ref,))
