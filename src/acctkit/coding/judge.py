"""What the rules say to a line: each is asked in turn, the first that takes it codes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from acctkit.coding.lines import RULE, Coded, Law, Line, Suggestion, Tried
from acctkit.coding.parts import divide, with_vat
from acctkit.coding.payers import Payer, Payers, control_of, kind_of
from acctkit.coding.phrases import normal, says
from acctkit.coding.rules import Part, Rule
from acctkit.coding.transfers import Transfers
from acctkit.coding.worth import Prices
from acctkit.ledger.items import Item
from acctkit.money import to_decimal

_EARNED_OR_SPENT = ("Income", "Expenses")


class Judge:
    """The rules, and what they need to know of the books."""

    def __init__(self, rules: Sequence[Rule], law: Law | None, payers: Payers, prices: Prices) -> None:
        self.rules = rules
        self.law = law
        self.payers = payers
        self.prices = prices
        self.ledger = payers.ledger
        vat = self.ledger.entity.vat
        self.registered = (vat.registered if vat else None) or date.min

    def ask(self, line: Line, payer: Payer, transfers: Transfers) -> tuple[Suggestion | None, tuple[Tried, ...]]:
        """The coding of the first rule that takes a line, and what each rule said."""
        found: Suggestion | None = None
        tried: list[Tried] = []
        text = normal(line.words)
        for rule in self.rules:
            why = self._why_not(rule, line, text, payer)
            if not why and found is not None:
                why = f"it would, but `{found.rule}` stands before it"
            coded = None
            if not why:
                coded, why = self._coded(rule, line, payer, transfers)
            if coded is not None:
                found = coded
                why = "; ".join(coded.reasons[1:]) or "it asks for nothing else"
            tried.append(Tried(rule.name, rule.place, coded is not None, why))
        return found, tuple(tried)

    def is_particular(self, name: str) -> bool:
        """Whether a rule asks for a text or a party, not for an amount alone."""
        return any(rule.name == name and (rule.texts or rule.payer) for rule in self.rules)

    def _why_not(self, rule: Rule, line: Line, text: str, payer: Payer) -> str:
        """Why a rule does not ask for a line like this, "" where it does."""
        if rule.accounts and not any(_is_of(line.account, account) for account in rule.accounts):
            return f"it is for {' and '.join(rule.accounts)}"
        amount = line.amount
        if rule.sign and rule.sign * amount.minor < 0:
            return f"it is for money {'in' if rule.sign > 0 else 'out'}"
        size = abs(to_decimal(amount.minor, amount.scale))
        if not (rule.least or 0) <= size <= (size if rule.most is None else rule.most):
            return f"{size:f} is not {_range(rule)}"
        if rule.texts and not any(says(normal(phrase), text) for phrase in rule.texts):
            return f"the text does not say {' or '.join(f'`{phrase}`' for phrase in rule.texts)}"
        if rule.payer and rule.payer != payer.code:
            return f"the text does not name {rule.payer}" + (f", it names {payer.code}" if payer.code else "")
        return ""

    def _coded(self, rule: Rule, line: Line, payer: Payer, transfers: Transfers) -> tuple[Suggestion | None, str]:
        """The coding a rule gives a line that it asks for, or why it cannot."""
        if rule.transfer:
            return self._transfer(rule, line, transfers)
        worth = self.prices.worth(line)
        if worth.base is None:
            return None, self.prices.missing(line)
        party = self.payers.parties.get(rule.party)
        parts = rule.parts
        if not parts and party is not None:
            control = control_of(self.ledger, party)
            if not control:
                return None, f"the books have no account for a {party.kind}"
            parts = (Part(control, party=party.code),)
        if why := self._cannot(line, parts, payer):
            return None, why
        try:
            sized = list(zip(parts, divide(worth.base, worth.scale, self.prices.places, parts), strict=True))
        except ValueError as reason:
            return None, str(reason)
        legs = with_vat(self.ledger, self.law, line.date, worth.scale, sized)
        legs = tuple(self._in_units(leg, line, worth.base) for leg in legs)
        name = payer.code if payer.code and not rule.party and any(leg.party == payer.code for leg in legs) else ""
        suggestion = Suggestion(
            line, RULE, kind_of(line.amount.minor, party), worth.base, worth.scale, legs,
            (f"rule {rule.name}", *filter(None, (self._said(rule, line), worth.said))), rule=rule.name,
            party=rule.party or name, payee=rule.payee or (party.name if party else "") or line.payer,
            narration=rule.narration or line.text,
        )  # fmt: skip
        return suggestion, ""

    def _in_units(self, leg: Coded, line: Line, base: int) -> Coded:
        """A control account holds what is owed in the currency it is owed in, where all of the line stands there."""
        is_whole = leg.base == -base and self.ledger.role(leg.account) in ("debtors", "creditors")
        if not is_whole or line.amount.commodity == self.ledger.entity.currency:
            return leg
        return leg._replace(units=line.amount._replace(minor=-line.amount.minor))

    def _said(self, rule: Rule, line: Line) -> str:
        text = normal(line.words)
        said = next((phrase for phrase in rule.texts if says(normal(phrase), text)), "")
        return f"the text says `{said}`" if said else ""

    def _cannot(self, line: Line, parts: Sequence[Part], payer: Payer) -> str:
        """What keeps a line from the accounts of a rule, "" where nothing does."""
        for part in parts:
            info = self.ledger.accounts[part.account]
            if part.account == line.account:
                return f"it would code {line.account} to itself"
            if info.opened > line.date or (info.closed is not None and info.closed <= line.date):
                return f"{part.account} is not open on {line.date}"
            if part.code and self.law is not None and line.date < self.registered:
                return f"the entity is registered for VAT since {self.registered} only"
        earned = [part.account for part in parts if self.ledger.kind(part.account) in _EARNED_OR_SPENT]
        items = self.open_of(line, payer)
        if earned and items:
            names = ", ".join(item.name for item in items[:3]) + (" and more" if len(items) > 3 else "")
            return f"{items[0].party} has {names} open: that is settled before anything goes to {earned[0]}"
        return ""

    def open_of(self, line: Line, payer: Payer) -> tuple[Item, ...]:
        """What the line's payer, or any of those it may be, has open that money of its sign settles, in any money."""
        codes = (payer.code,) if payer.code else payer.among
        items = [item for code in codes for item in self.payers.open.get(code, ())]
        return tuple(item for item in items if item.open * line.amount.minor > 0)

    def _transfer(self, rule: Rule, line: Line, transfers: Transfers) -> tuple[Suggestion | None, str]:
        if rule.transfer == line.account:
            return None, f"it would transfer {line.account} to itself"
        made, why = transfers.by_rule(line, rule.transfer)
        if made is None:
            return None, why
        reasons = (f"rule {rule.name}", *filter(None, (self._said(rule, line),)), *made.reasons)
        narration = rule.narration or line.text
        changed = Suggestion(
            line, RULE, made.kind, made.base, made.scale, made.legs, reasons, made.why, rule.name, "",
            rule.payee or made.payee, narration, made.others,
        )  # fmt: skip
        return changed, ""


def _is_of(account: str, wanted: str) -> bool:
    return account == wanted or account.startswith(f"{wanted}:")


def _range(rule: Rule) -> str:
    least, most = rule.least, rule.most
    if least is not None and least == most:
        return f"{_plain(least)}"
    if least is None:
        return f"at most {_plain(most)}"
    return f"at least {_plain(least)}" if most is None else f"from {_plain(least)} to {_plain(most)}"


def _plain(number: Decimal | None) -> str:
    return f"{number:f}" if number is not None else ""
