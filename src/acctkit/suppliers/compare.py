"""A supplier's statement against the purchase ledger, step by step from their balance to ours.

A statement that brings a balance forward is compared with all that we posted; one that lists what is open, with what
is open here. Where they have not yet set a payment of ours against an invoice, our allocation is taken back, so that
the invoice agrees and the payment stands as on its way. Whatever is taken back or not, our side sums to the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from acctkit.ledger.items import SUPPLIER, Allocated, Item, Items, Party, parties, read_items
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.problem import Place, refusal
from acctkit.refs import canonical
from acctkit.suppliers.explain import why_differ
from acctkit.suppliers.shape import (
    AFTER,
    AGREED,
    DIFFERS,
    DISPUTED,
    FORWARD,
    GAP,
    LATER,
    MISSING_CREDIT,
    MISSING_INVOICE,
    MISSING_PAYMENT,
    PAYMENT,
    TRANSIT,
    UNSEEN_CREDIT,
    UNSEEN_INVOICE,
    UNSEEN_PAYMENT,
    Comparison,
    Finding,
    LineLike,
    StatementLike,
    Tie,
)
from acctkit.suppliers.ties import Ties, their_refs

# A payment is on its way for so many days; after that they should have it.
_ON_ITS_WAY = timedelta(days=10)
# How far back what a balance brought forward may lack is looked for.
_FORWARD_DAYS = timedelta(days=92)
_TELLING = 2


def find_supplier(ledger: Ledger, name: str) -> Party:
    """The supplier of a code or name; raises Refusal X907 where there is none."""
    known = parties(ledger)
    wanted = name.casefold()
    found = [p for p in known.values() if p.kind == SUPPLIER and wanted in (p.code.casefold(), p.name.casefold())]
    if len(found) == 1:
        return found[0]
    suppliers = [party.code for party in known.values() if party.kind == SUPPLIER]
    remedy = f"choose one of {', '.join(suppliers[:8])}" if suppliers else "no supplier has a record in these books"
    raise refusal("X907", f"there is no supplier {name}", meant(name.upper(), suppliers, remedy))


def compare(
    ledger: Ledger, party: Party, statement: StatementLike, *, name: str, as_of: date | None = None, words: str = ""
) -> Comparison:
    """Compare one statement with what the books hold of the supplier at the end of `as_of`, else of its own day.

    `name` is what problems call the file and `words` what it says outside its table. Raises Refusal B406 for a
    statement of another supplier, B403 for an amount in more places than its currency has, X907 for one whose
    currency nothing tells.
    """
    found = read_items(ledger)
    day = as_of or statement.date
    dated = statement.date if statement.is_dated else max(day, statement.date)
    currency = _currency(ledger, found, party, statement)
    _require_own(ledger, found, party, statement, name, words)
    items = _of_party(found, party, currency, day)
    owed = [_minor(ledger, line.amount, currency, line, name) for line in statement.lines]
    opening = None if statement.opening is None else _minor(ledger, statement.opening, currency, None, name)
    keeps = opening is None or statement.is_open
    books = _Books(items, found.allocated, day, keeps=keeps)
    ties = Ties(ledger, statement.lines, owed, items, [books.left[item.index] for item in items])
    ties.by_numbers()
    ties.by_amounts(is_open=keeps)
    ties.by_days(is_open=keeps)
    ties.by_slips()
    for tie in sorted(ties.ties, key=lambda tie: not all(items[at].amount > 0 for at in tie.items)):
        books.undo([items[at] for at in tie.items], sum(owed[at] for at in tie.lines))
    steps = _Steps(ledger, statement, items, books, day, dated)
    findings = [steps.tied(tie, owed) for tie in ties.ties]
    findings += [steps.theirs(at, owed[at]) for at in sorted(ties.free_lines)]
    findings += steps.ours([items[at] for at in sorted(ties.free_items)], opening)
    closing = _minor(ledger, statement.closing, currency, None, name)
    if gap := _minor(ledger, statement.gap, currency, None, name):
        reason = "their closing balance is not what their lines come to"
        findings.append(Finding(GAP, (), (), gap, 0, (reason,)))
    findings.sort(key=lambda one: (one.date, one.lines[0].line if one.lines else 0, [i.index for i in one.items]))
    balance = sum(-item.amount for item in items if item.date <= day)
    free = tuple(
        guess
        for guess in ties.guesses
        if all(line in [statement.lines[at] for at in ties.free_lines] for line in guess.lines)
        and all(item in [items[at] for at in ties.free_items] for item in guess.items)
    )
    notes = _notes(statement)
    if not items:
        notes = (f"The books have nothing of {party.name} in {currency}.", *notes)
    return Comparison(party, currency, dated, day, closing, balance, tuple(findings), free, statement.is_stated, notes)


def _currency(ledger: Ledger, found: Items, party: Party, statement: StatementLike) -> str:
    """The statement's currency, else the only one the books have of the supplier, else the base."""
    if statement.currency:
        return statement.currency
    used = {item.commodity for item in found.items if item.party == party.code and item.kind == SUPPLIER}
    if len(used) > 1:
        message = f"the statement names no currency, and {party.name} is paid in {', '.join(sorted(used))}"
        raise refusal("X907", message, "write it in the headings of the file: Amount EUR")
    return used.pop() if used else ledger.entity.currency


def _minor(ledger: Ledger, number: Decimal, currency: str, line: LineLike | None, name: str) -> int:
    try:
        return ledger.minor(number, currency)
    except ValueError:
        place = Place(name, line.line, 1, len(line.raw) + 1, line.raw) if line else None
        message = f"{number:f} {currency} has more decimal places than the currency"
        raise refusal("B403", message, "Ask the supplier for a statement in whole minor units.", place) from None


def _require_own(ledger: Ledger, found: Items, party: Party, statement: StatementLike, name: str, words: str) -> None:
    """Refuse a file whose numbers or head are of another supplier, and none of this one."""
    numbers = {canonical(number) for line in statement.lines for number in line.numbers} - {""}
    bearing: dict[str, int] = {}
    for item in found.items:
        if item.kind == SUPPLIER and any(canonical(ref) in numbers for ref in their_refs(ledger, [item])):
            bearing[item.party] = bearing.get(item.party, 0) + 1
    if bearing.get(party.code):
        return
    said = " ".join(words.casefold().split())
    named = [one for one in found.parties.values() if one.kind == SUPPLIER and one.name and one.name.casefold() in said]
    others = [code for code, count in bearing.items() if count >= _TELLING]
    if party.name.casefold() in said or (not others and not named):
        return
    other = found.parties[others[0]] if others and others[0] in found.parties else named[0] if named else None
    if other is None or other.code == party.code:
        return
    why = f"{bearing[other.code]} of its numbers are on bills of {other.code}" if others else f"it names {other.name}"
    hint = f"acct reconcile --supplier {other.code} {name}"
    raise refusal("B406", f"{name} is not a statement of {party.name}: {why}", hint)


def _of_party(found: Items, party: Party, currency: str, day: date) -> list[Item]:
    """The items of the supplier in the currency, less bills that were reversed in full and their reversals."""
    items = [
        item for item in found.items if (item.party, item.kind, item.commodity) == (party.code, SUPPLIER, currency)
    ]
    by_index = {item.index: item for item in items}
    gone: set[int] = set()
    for one in found.allocated:
        pair = by_index.get(one.payer), by_index.get(one.paid)
        if pair[0] is None or pair[1] is None or (pair[0].date <= day) != (pair[1].date <= day):
            continue
        if pair[0].amount == -pair[1].amount and pair[0].entry.meta.get("reverses") == pair[1].name:
            gone |= {one.payer, one.paid}
    return [item for item in items if item.index not in gone]


def _notes(statement: StatementLike) -> tuple[str, ...]:
    notes = [] if statement.is_stated else ["The statement states no balance or total that proves its lines."]
    if not statement.is_dated:
        notes.append("The statement says no date, so that of its last line was taken: --as-of DAY names another.")
    return tuple(notes)


class _Books:
    """What is left of each item at the end of a day, while allocations are taken back; the sum never changes."""

    def __init__(self, items: Sequence[Item], allocated: Sequence[Allocated], day: date, *, keeps: bool) -> None:
        self.own = {item.index: -item.amount for item in items if item.date <= day}
        self.left = {item.index: self.own.get(item.index, 0) for item in items}
        of_day = [one for one in allocated if one.date <= day and one.payer in self.own and one.paid in self.own]
        self.standing = of_day if keeps else []
        self.firm: set[int] = set()
        for one in self.standing:
            self._move(one, 1)

    def _move(self, one: Allocated, sign: int) -> None:
        """Set an allocation against both its items (1), or take it back (-1)."""
        for index in (one.payer, one.paid):
            self.left[index] -= sign * (one.minor if self.own[index] > 0 else -one.minor)

    def undo(self, items: Sequence[Item], wanted: int) -> None:
        """Take back the latest allocations of these items until they come to what is wanted, or as near as may be."""
        inside = {item.index for item in items}
        total = sum(self.left[index] for index in inside)
        touching = [
            one
            for one in self.standing
            if (one.payer in inside) != (one.paid in inside) and not {one.payer, one.paid} - inside & self.firm
        ]
        touching.sort(key=lambda one: (one.date, one.payer, one.paid), reverse=True)
        best, taken = 0, abs(total - wanted)
        for count, one in enumerate(touching, 1):
            index = one.payer if one.payer in inside else one.paid
            total += one.minor if self.own[index] > 0 else -one.minor
            if abs(total - wanted) < taken:
                best, taken = count, abs(total - wanted)
        for one in touching[:best]:
            self.standing.remove(one)
            self._move(one, -1)
        if not taken:
            self.firm |= inside


class _Steps:
    """What each tie, line and item is a step of."""

    def __init__(
        self, ledger: Ledger, statement: StatementLike, items: Sequence[Item], books: _Books, day: date, dated: date
    ) -> None:
        self.ledger, self.statement, self.items = ledger, statement, items
        self.books, self.day, self.dated = books, day, dated
        self.agreed: list[Item] = []

    def tied(self, tie: Tie, owed: Sequence[int]) -> Finding:
        """Lines and items that are the same: agreed, different, disputed, or posted later than the day."""
        lines = tuple(self.statement.lines[at] for at in tie.lines)
        items = tuple(self.items[at] for at in tie.items)
        self.agreed += items
        theirs, ours = sum(owed[at] for at in tie.lines), sum(self.books.left[item.index] for item in items)
        later = [item for item in items if item.date > self.day]
        whole = ours + sum(-item.amount for item in later)
        why = [why_differ(self.ledger, theirs, whole, items)] if whole != theirs else []
        reasons = tuple(filter(None, (*why, *(f"posted {item.date}" for item in later), tie.reason)))
        if disputed := self._disputed(items):
            return Finding(DISPUTED, lines, items, theirs, ours, (disputed, *reasons))
        kind = DIFFERS if whole != theirs else LATER if later else AGREED
        return Finding(kind, lines, items, theirs, ours, reasons)

    def _disputed(self, items: Sequence[Item]) -> str:
        return "; ".join(f"disputed: {item.disputed}" for item in items if item.disputed)

    def theirs(self, at: int, owed: int) -> Finding:
        """A line that nothing of ours is."""
        line = self.statement.lines[at]
        number = canonical(line.reference)
        twin = next(
            (
                other
                for other in self.statement.lines[:at]
                if number and canonical(other.reference) == number and other.amount == line.amount
            ),
            None,
        )
        reasons = (f"line {twin.line} of their statement is the same: they show it twice",) if twin else ()
        kind = MISSING_INVOICE if owed > 0 else MISSING_CREDIT
        if line.kind == PAYMENT:
            kind = MISSING_PAYMENT
        return Finding(kind, (line,), (), owed, 0, reasons)

    def ours(self, items: Sequence[Item], opening: int | None) -> list[Finding]:
        """What their lines do not show, what their balance brought forward should hold apart."""
        lines = self.statement.lines
        begin = min((line.date for line in lines), default=self.dated + timedelta(days=1))
        before = [item for item in items if opening is not None and item.issued < begin and item.date <= self.day]
        found = []
        if opening is not None:
            found.append(self._forward(before, opening, begin))
        inside = {item.index for item in before}
        unseen = [item for item in items if item.index not in inside and self.books.left[item.index]]
        return [*found, *map(self._unseen, unseen)]

    def _forward(self, before: Sequence[Item], opening: int, begin: date) -> Finding:
        """Their balance brought forward against ours of that day, and the one document that explains a difference."""
        ours = sum(self.books.left[item.index] for item in before)
        if ours == opening:
            return Finding(AGREED, (), (), opening, ours, ("balance brought forward",))
        likely = [
            item
            for item in before
            if self.books.left[item.index] == ours - opening and begin - item.issued <= _FORWARD_DAYS
        ]
        reasons = [f"theirs {self._show(opening)}, ours {self._show(ours)}", f"of what is dated before {begin}"]
        if len(likely) == 1:
            reasons.append(f"{likely[0].name} of {likely[0].issued} comes to the difference: they may not have had it")
        return Finding(FORWARD, (), (), opening, ours, tuple(reasons))

    def _unseen(self, item: Item) -> Finding:
        """An item that their statement should show, or could not yet."""
        ours = self.books.left[item.index]
        day, last = item.issued, self.dated
        if disputed := self._disputed([item]):
            return Finding(DISPUTED, (), (item,), 0, ours, (disputed, "they do not show it"))
        if day > last:
            return Finding(AFTER, (), (item,), 0, ours)
        if self._is_money(item):
            if last - day <= _ON_ITS_WAY:
                return Finding(TRANSIT, (), (item,), 0, ours)
            return Finding(UNSEEN_PAYMENT, (), (item,), 0, ours, (f"{(last - day).days} days before their statement",))
        twin = next((one for one in self.agreed if one.amount == item.amount and one.issued == item.issued), None)
        reasons = (f"{twin.name} has the same day and amount: posted twice?",) if twin else ()
        return Finding(UNSEEN_INVOICE if ours > 0 else UNSEEN_CREDIT, (), (item,), 0, ours, reasons)

    def _is_money(self, item: Item) -> bool:
        """Whether an item is a payment or a refund: by its type, else by the bank account it touches."""
        if item.type:
            return item.type in ("payment", "refund", "receipt", "transfer")
        return any(self.ledger.role(posting.account) in ("bank", "cash", "card") for posting in item.entry.postings)

    def _show(self, minor: int) -> str:
        commodity = self.items[0].commodity if self.items else self.ledger.entity.currency
        return self.ledger.show(minor, commodity, grouped=True)
