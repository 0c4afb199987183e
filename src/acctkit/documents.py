"""Documents to draft entries: invoices and bills, receipts and payments, journals, reversals.

Amounts come in as positive minor units and are turned to the right side here; in a journal's legs debit is
positive. Whatever cannot be posted is refused (X907) before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from acctkit.journal.entries import Cost, Meta, Money, Posting, Transaction, Value
from acctkit.journal.writer import Draft, Leg, quote, record_text, transaction_text, value_text
from acctkit.ledger.exchange import Realised, base_of_part, exchange_draft
from acctkit.ledger.items import CUSTOMER, KINDS, Item, Party, open_items, parties
from acctkit.ledger.ledger import SERIES, Ledger
from acctkit.ledger.nearest import meant, nearest
from acctkit.ledger.records import Record
from acctkit.ledger.references import Names
from acctkit.money import ARITHMETIC
from acctkit.period import due_date
from acctkit.problem import refusal
from acctkit.refs import canonical

# Which side each kind of document puts on the control account, and whose document it is.
_SIDES = {
    "sales-invoice": (1, "debtors"),
    "sales-credit": (-1, "debtors"),
    "purchase-invoice": (-1, "creditors"),
    "purchase-credit": (1, "creditors"),
}
_ROLE_OF = {kind: role for role, kind in KINDS.items()}
_LINK = re.compile(r"[A-Za-z0-9\-_/.]+")
_ALLOCATION_METHOD = "named"
# What a posting says that its reversal says too.
_KEPT_ON_POSTINGS = ("vat", "party", "order", "qty")


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of an invoice or bill: where its net goes, its VAT code ("" none) and tax, what it is for.

    `net` and `tax` are minor units of the base currency, positive as on the document. `meta` is anything
    else the posting should say, as `order` and `qty`.
    """

    account: str
    net: int
    code: str = ""
    tax: int = 0
    text: str = ""
    meta: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a control account takes in another currency, positive minor units, for the same base value."""

    minor: int
    commodity: str


# Invoices, bills and credits.


def invoice(
    ledger: Ledger,
    *,
    day: date,
    party: str,
    lines: Sequence[DocumentLine],
    due: date | None,
    narration: str,
    ref: str | None = None,
    their_ref: str | None = None,
    issued: date | None = None,
    kind: str = "sales-invoice",
    foreign: Foreign | None = None,
) -> Draft:
    """A sales or purchase document as an entry: control account, net lines, one VAT posting a code.

    `due` None takes the party's terms, from `issued`, else `day`. Raises Refusal (X907).
    """
    if kind not in _SIDES:
        raise refusal("X907", f"{kind} is not a kind of document", f"the kinds are {', '.join(_SIDES)}")
    if not lines:
        raise refusal("X907", "a document without lines posts nothing", "give it at least one line")
    sign, role = _SIDES[kind]
    who = _party(ledger, party)
    control = _control(ledger, role)
    name = _new_ref(ledger, kind, ref)
    if their_ref:
        _refuse_posted_before(ledger, party, their_ref, kind)
    net_legs = [_net_leg(ledger, line, -sign) for line in lines]
    gross = sum(line.net + line.tax for line in lines)
    if gross <= 0:
        hint = "post a credit note for what is given back"
        raise refusal("X907", "the lines of a document add up to more than zero", hint)
    meta: dict[str, Value] = {"type": kind, "ref": name}
    if their_ref:
        meta["their-ref"] = their_ref
    if issued is not None and issued != day:
        meta["issued"] = issued
    meta["party"] = party
    meta["due"] = due or _due(who, issued or day)
    legs = [_control_leg(ledger, control, sign * gross, foreign), *net_legs, *_tax_legs(ledger, lines, role, -sign)]
    text = transaction_text(day, who.name, narration, legs, meta, links=_links(name))
    total = ledger.show(gross, ledger.entity.currency)
    reason = f"{name}: {total} {ledger.entity.currency} of {who.name}, due {value_text(meta['due'])}"
    return Draft((text,), (name,), (reason,))


def _control_leg(ledger: Ledger, account: str, minor: int, foreign: Foreign | None) -> Leg:
    base = _money(ledger, minor, ledger.entity.currency)
    if foreign is None or foreign.commodity == ledger.entity.currency:
        return Leg(account, base)
    units = _money(ledger, foreign.minor if minor >= 0 else -foreign.minor, foreign.commodity)
    return Leg(account, units, total_price=_money(ledger, abs(minor), ledger.entity.currency))


def _net_leg(ledger: Ledger, line: DocumentLine, sign: int) -> Leg:
    _account(ledger, line.account)
    meta: dict[str, Value] = {"vat": line.code} if line.code else {}
    if line.text:
        meta["text"] = line.text
    return Leg(line.account, _money(ledger, sign * line.net, ledger.entity.currency), {**meta, **line.meta})


def _tax_legs(ledger: Ledger, lines: Sequence[DocumentLine], role: str, sign: int) -> list[Leg]:
    """One VAT posting for each code that has tax, in the order the codes appear."""
    taxes: dict[str, int] = {}
    for line in lines:
        taxes[line.code] = taxes.get(line.code, 0) + line.tax
    if not any(taxes.values()):
        return []
    own = "vat-output" if role == "debtors" else "vat-input"
    accounts = ledger.with_role(own) or ledger.with_role("vat")
    if not accounts:
        hint = f'open one with role: "vat", or roles "vat-output" and "vat-input"; here "{own}" is wanted'
        raise refusal("X907", "there is no account for VAT", hint)
    return [
        Leg(accounts[0], _money(ledger, sign * tax, ledger.entity.currency), {"vat": code} if code else {})
        for code, tax in taxes.items()
        if tax
    ]


def _due(party: Party, issued: date) -> date:
    due = due_date(issued, party.terms)
    if due is None:
        hint = f'write terms as "30 days" or "30 days end of month" on {party.code}, or say when it is due'
        raise refusal("X907", f"the terms of {party.name}, {quote(party.terms)}, cannot be read", hint)
    return due


def _refuse_posted_before(ledger: Ledger, party: str, their_ref: str, kind: str) -> None:
    reversed_refs = {entry.meta.get("reverses") for entry in ledger.transactions}
    wanted = canonical(their_ref)
    for entry in ledger.transactions:
        number = entry.meta.get("their-ref")
        if not isinstance(number, str) or entry.type != kind or entry.meta.get("party") != party:
            continue
        if canonical(number) == wanted and ledger.name(entry) not in reversed_refs:
            message = f"{their_ref} of {party} is posted already, as {ledger.name(entry)}"
            raise refusal("X907", message, f"reverse {ledger.name(entry)} first if this one is to stand", entry.place)


# Receipts and payments.


def receipt(
    ledger: Ledger,
    *,
    day: date,
    party: str,
    bank_account: str,
    amount: int,
    narration: str,
    allocate: Sequence[str] = (),
    ref: str | None = None,
    foreign: Foreign | None = None,
) -> Draft:
    """Money in, from a customer, or back from a supplier (then of type refund), with its allocations.

    `allocate` names what it settles, in order; each takes what is open, and the rest stays on account.
    """
    return _cash(ledger, 1, day, party, bank_account, amount, narration, allocate, ref, foreign)


def payment(
    ledger: Ledger,
    *,
    day: date,
    party: str,
    bank_account: str,
    amount: int,
    narration: str,
    allocate: Sequence[str] = (),
    ref: str | None = None,
    foreign: Foreign | None = None,
) -> Draft:
    """Money out, to a supplier, or back to a customer (then of type refund), with its allocations.

    `allocate` names what it settles, in order; each takes what is open, and the rest stays on account.
    """
    return _cash(ledger, -1, day, party, bank_account, amount, narration, allocate, ref, foreign)


def _cash(
    ledger: Ledger,
    sign: int,
    day: date,
    party: str,
    bank_account: str,
    amount: int,
    narration: str,
    allocate: Sequence[str],
    ref: str | None,
    foreign: Foreign | None,
) -> Draft:
    """Money in (sign 1) or out (-1). Without `foreign`, all of it is in base currency."""
    if amount <= 0:
        raise refusal("X907", "an amount of money is more than zero", "money out is a payment, money in a receipt")
    who = _party(ledger, party)
    control = _control(ledger, _ROLE_OF[who.kind])
    _account(ledger, bank_account)
    usual = (sign == 1) == (who.kind == CUSTOMER)
    kind = "refund" if not usual else "receipt" if sign == 1 else "payment"
    name = _new_ref(ledger, kind, ref)
    control_leg = _control_leg(ledger, control, -sign * amount, foreign)
    bank_leg = _bank_leg(ledger, bank_account, sign * amount, foreign)
    commodity = foreign.commodity if foreign else ledger.entity.currency
    taken, reasons = _allocate(ledger, who, control, commodity, sign, foreign.minor if foreign else amount, allocate)
    meta: dict[str, Value] = {"type": kind, "ref": name, "party": party}
    links = _links(*(item.name for item, _ in taken))
    texts = [transaction_text(day, who.name, narration, [bank_leg, control_leg], meta, links=links)]
    texts += [
        record_text(
            day, "allocate", [name, item.name, _money(ledger, minor, commodity)], {"method": _ALLOCATION_METHOD}
        )
        for item, minor in taken
    ]
    exchange = exchange_draft(ledger, _realised(name, control, -sign * amount, foreign, taken), day)
    return Draft((*texts, *exchange.texts), (name, *exchange.refs), (*reasons, *exchange.reasons))


def _realised(
    name: str, control: str, base: int, foreign: Foreign | None, taken: Sequence[tuple[Item, int]]
) -> Iterator[Realised]:
    """What each allocation of foreign money leaves behind in base currency; `base` is all of it, signed."""
    used = 0
    if foreign is None:
        return
    for item, minor in taken:
        of_money = base_of_part(base, foreign.minor, used, minor)
        of_item = base_of_part(item.base or 0, abs(item.amount), abs(item.settled), minor)
        used += minor
        if item.base is not None:
            yield Realised(control, item.party, of_money + of_item, name, item.name)


def _bank_leg(ledger: Ledger, account: str, minor: int, foreign: Foreign | None) -> Leg:
    """The bank's leg: in the foreign currency only where its account takes that and not the base."""
    takes = ledger.accounts[account].commodities
    is_foreign = foreign is not None and foreign.commodity in takes and ledger.entity.currency not in takes
    return _control_leg(ledger, account, minor, foreign if is_foreign else None)


def _allocate(
    ledger: Ledger, party: Party, control: str, commodity: str, sign: int, amount: int, names: Sequence[str]
) -> tuple[list[tuple[Item, int]], list[str]]:
    """What is taken of each item named, in order, and the reasons; refuses what cannot be settled at all.

    `sign` is that of the items it can settle: money in (1) settles debits.
    """
    reasons: list[str] = []
    taken: list[tuple[Item, int]] = []
    left = amount
    by_name: dict[str, list[Item]] = {}
    for item in open_items(ledger) if names else ():
        by_name.setdefault(item.name, []).append(item)
    for name in dict.fromkeys(names):
        item = _to_settle(ledger, by_name, name, party, control, commodity, sign)
        minor = min(left, abs(item.open))
        if not minor:
            reasons.append(f"{name} gets nothing: the money went to those before it")
            continue
        left -= minor
        taken.append((item, minor))
        rest = abs(item.open) - minor
        shown = ledger.show(minor, commodity)
        after = f", {ledger.show(rest, commodity)} stays open" if rest else " in full"
        reasons.append(f"{shown} {commodity} settles {name}{after}")
    if left:
        reasons.append(f"{ledger.show(left, commodity)} {commodity} stays on the account of {party.name}")
    return taken, reasons


def _to_settle(
    ledger: Ledger,
    by_name: dict[str, list[Item]],
    name: str,
    party: Party,
    control: str,
    commodity: str,
    sign: int,
) -> Item:
    if ledger.entry(name) is None:
        near = Names(ledger).nearest(name)
        raise refusal("X907", f"there is no entry {name}", f"did you mean {near}?" if near else "see acct aged")
    fitting = [
        item
        for item in by_name.get(name, ())
        if item.account == control
        and item.commodity == commodity
        and item.party in (party.code, "")
        and (item.amount > 0) == (sign > 0)
    ]
    if not fitting:
        message = f"{name} is nothing that {party.name} owes or is owed on {control} in {commodity}"
        raise refusal("X907", message, "name documents of this party only, in the currency of the money")
    for item in fitting:
        if item.open:
            return item
    message = f"{name} is settled already"
    raise refusal("X907", message, "leave it out to keep the money on account, or undo the earlier allocation")


# Journals.


def journal(
    ledger: Ledger,
    *,
    day: date,
    narration: str,
    legs: Sequence[tuple[str, int, str] | tuple[str, int, str, str]],
    type: str = "journal",  # noqa: A002 - it is the entry's type, as the journal words it
    ref: str | None = None,
    party: str = "",
) -> Draft:
    """A journal of (account, minor units with debit positive, commodity, VAT code if any).

    Refuses one that does not balance.
    """
    if type not in SERIES:
        raise refusal(
            "X907", f"there is no entry type {type}", meant(type, SERIES, f"the types are {', '.join(SERIES)}")
        )
    if len(legs) < 2:
        raise refusal("X907", "a journal has two legs or more", "debits are positive, credits negative")
    sums: dict[str, int] = {}
    for account, minor, commodity, *_ in legs:
        _account(ledger, account)
        sums[commodity] = sums.get(commodity, 0) + minor
    over = [f"{ledger.show(minor, commodity)} {commodity}" for commodity, minor in sums.items() if minor]
    if over:
        hint = "debits are positive, credits negative, and they add up to zero"
        raise refusal("X907", f"the journal does not balance: {' and '.join(over)} too much", hint)
    if party:
        _party(ledger, party)
    name = _new_ref(ledger, type, ref)
    meta: dict[str, Value] = {"type": type, "ref": name}
    if party:
        meta["party"] = party
    written = [
        Leg(account, _money(ledger, minor, commodity), {"vat": code[0]} if code and code[0] else {})
        for account, minor, commodity, *code in legs
    ]
    return Draft((transaction_text(day, "", narration, written, meta),), (name,))


# Reversals.


def reversal(ledger: Ledger, name: str, day: date, reason: str, undone: Collection[Record] = ()) -> Draft:
    """The entry that takes another back: all signs turned, costs, prices and VAT codes kept.

    Refuses (X907) what is reversed already, and what an allocation or a reconciliation stands on, but for those
    `undone` by the same append.
    """
    entry = ledger.entry(name)
    if entry is None:
        near = Names(ledger).nearest(name)
        hint = f"did you mean {near}?" if near else "acct ledger shows the refs and ids"
        raise refusal("X907", f"there is no entry {name}", hint)
    _refuse_to_reverse(ledger, entry, name, day, undone)
    ref = ledger.next_refs("reversal")[0]
    meta: dict[str, Value] = {"type": "reversal", "ref": ref, "reverses": name}
    if isinstance(party := entry.meta.get("party"), str):
        meta["party"] = party
    legs = [_turned(entry, posting) for posting in entry.postings]
    narration = f"Reversal of {name}: {reason}" if reason else f"Reversal of {name}"
    text = transaction_text(day, entry.payee or "", narration, legs, meta, links=sorted(entry.links))
    return Draft((text,), (ref,), (f"{ref} reverses {name} of {entry.date}",))


def _refuse_to_reverse(ledger: Ledger, entry: Transaction, name: str, day: date, undone: Collection[Record]) -> None:
    if not entry.postings:
        raise refusal("X907", f"{name} moves nothing, so there is nothing to reverse", "", entry.place)
    if entry.type == "reversal":
        hint = f"post what {name} reversed again instead"
        raise refusal("X907", f"{name} is a reversal itself", hint, entry.place)
    if day < entry.date:
        hint = "date the reversal on or after what it reverses"
        raise refusal("X907", f"{name} is of {entry.date}, after {day}", hint, entry.place)
    for other in ledger.transactions:
        if other.meta.get("reverses") == name:
            message = f"{name} is reversed already, by {ledger.name(other)}"
            raise refusal("X907", message, "nothing is left to reverse", other.place)
    standing = [r for r in ledger.records("allocate") if name in (r.text(0), r.text(1))]
    standing += [r for r in ledger.records("reconcile") if r.text(2) == name]
    standing = [record for record in standing if record not in undone]
    if standing:
        undo = "; ".join(_undo_text(record) for record in standing)
        message = f"{name} is {_joined(standing)}, so it cannot be reversed as it stands"
        raise refusal("X907", message, f"undo first: {undo}", standing[0].place)


def _joined(records: Iterable[Record]) -> str:
    words = {"allocate": "allocated", "reconcile": "reconciled"}
    return " and ".join(dict.fromkeys(words[record.kind] for record in records))


def _undo_text(record: Record) -> str:
    return " ".join(["undo", quote(record.kind), *(value_text(value) for value in record.values)])


def _turned(entry: Transaction, posting: Posting) -> Leg:
    """A posting with its sign turned; a lot is named in full, so that the same one is meant."""
    words = [posting.commodity]
    if isinstance(posting.cost, Cost):
        words.append(_cost_text(posting.cost))
    price = posting.price
    if price is not None and price.number is not None and price.commodity is not None:
        number, mark = price.number, "@@" if price.is_total else "@"
        siblings = [other for other in entry.postings if other.line == posting.line]
        if price.is_total and len(siblings) > 1:  # one posting that took several lots: its price was for all of them
            units = sum((abs(other.number) for other in siblings), Decimal(0))
            number, mark = ARITHMETIC.divide(number, units), "@"
        words.append(f"{mark} {number:f} {price.commodity}")
    meta = {key: posting.meta[key] for key in _KEPT_ON_POSTINGS if key in posting.meta}
    return Leg(posting.account, Money(posting.number.copy_negate(), " ".join(words)), _turned_quantity(meta))


def _turned_quantity(meta: Meta) -> Meta:
    quantity = meta.get("qty")
    return {**meta, "qty": quantity.copy_negate()} if isinstance(quantity, Decimal) else meta


def _cost_text(cost: Cost) -> str:
    parts = [f"{cost.number:f} {cost.commodity}"]
    if cost.date is not None:
        parts.append(cost.date.isoformat())
    if cost.label is not None:
        parts.append(quote(cost.label))
    return "{" + ", ".join(parts) + "}"


# What all of them need.


def _party(ledger: Ledger, code: str) -> Party:
    known = parties(ledger)
    if code in known:
        return known[code]
    names = {party.name.casefold(): party.code for party in known.values()}
    near = nearest(code, known, 3)
    # A name in words may be half of what the party is called.
    near += [names[name] for name in get_close_matches(code.casefold(), names, n=3)]
    near = list(dict.fromkeys(near))[:3]
    introduce = 'introduce it with a record: custom "customer" "CODE" "Name"'
    hint = f"did you mean {' or '.join(near)}?" if near else introduce
    raise refusal("X907", f"there is no customer or supplier {code}", hint)


def _account(ledger: Ledger, name: str) -> None:
    if name in ledger.accounts:
        return
    hint = meant(name, ledger.accounts, "open it first")
    raise refusal("X907", f"{name} is not an account of these books", hint)


def _control(ledger: Ledger, role: str) -> str:
    accounts = ledger.with_role(role)
    if not accounts:
        hint = f'give the control account its role: role: "{role}" under its open directive'
        raise refusal("X907", f"there is no account of role {role}", hint)
    return accounts[0]


def _new_ref(ledger: Ledger, kind: str, ref: str | None) -> str:
    if not ref:
        return ledger.next_refs(kind)[0]
    if (entry := ledger.entry(ref)) is not None:
        hint = f"the next free number is {ledger.next_refs(kind)[0]}"
        raise refusal("X907", f"{ref} is used already", hint, entry.place)
    return ref


def _links(*names: str) -> list[str]:
    """Names as links, those that can be written as one."""
    return [name for name in names if _LINK.fullmatch(name)]


def _money(ledger: Ledger, minor: int, commodity: str) -> Money:
    return Money(Decimal(ledger.show(minor, commodity)), commodity)
