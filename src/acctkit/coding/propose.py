"""How the open lines of an account may be coded: rules first, then transfers, parties, and what was done before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

from acctkit.coding.history import Coding, Found, History, in_words
from acctkit.coding.judge import Judge
from acctkit.coding.lines import HISTORY, PARTY, Coded, CodingProposal, Law, Left, Line, Suggestion, Tried, Waiting
from acctkit.coding.parts import with_vat
from acctkit.coding.payers import SURE, Payer, Payers, control_of, kind_of
from acctkit.coding.rules import OWN_ROLES, Part, Rule
from acctkit.coding.transfers import IT, SAME, Key, Transfers, shows
from acctkit.coding.worth import Prices
from acctkit.ledger.ledger import Ledger

_EARNED_OR_SPENT = ("Income", "Expenses")
# A payment a little before its invoice was made against it.
_MOST_EARLY = timedelta(days=7)


def propose(
    ledger: Ledger,
    account: str,
    rules: Sequence[Rule] = (),
    *,
    waiting: Sequence[Waiting],
    law: Law | None = None,
    soft: bool = False,
    also: Sequence[Line] = (),
) -> CodingProposal:
    """Code the open lines of an account ("": of all those waiting), as far as rules, texts and the past tell how.

    `waiting` is what reconciling leaves of each own account that has statements: transfers are seen from both sides.
    A line that reconciling matches, or has an entry to suggest for, is left to it. What nothing speaks against is in
    `coded`: lines a rule takes, transfers that both sides show in one way only, and money of a party that pays just
    what is open. All else is `suggested`, or `left`. With `soft`, lines in a period under a soft lock are coded too.
    Of the lines in `also`, which something explains already, the rules are asked only.
    The result does not depend on the order of lines, entries or accounts.
    """
    coding = _Coding(ledger, rules, waiting, law, soft=soft)
    return coding.with_closed(coding.proposal(account), also)


class _Coding:
    """What coding knows while it goes through the lines of all own accounts."""

    def __init__(
        self, ledger: Ledger, rules: Sequence[Rule], waiting: Sequence[Waiting], law: Law | None, *, soft: bool
    ) -> None:
        self.ledger = ledger
        self.law = law
        self.waiting = {one.account: one for one in sorted(waiting, key=lambda one: one.account)}
        self.prices = Prices(ledger)
        self.payers = Payers(ledger)
        self.history = History(ledger)
        self.judge = Judge(rules, law, self.payers, self.prices)
        self.transfers = Transfers(ledger, list(self.waiting.values()), self.prices)
        self.own = sorted(ledger.with_role(*OWN_ROLES))
        kinds = ("hard",) if soft else ("hard", "soft")
        self.yields = "" if soft else "; a soft lock takes it with --reason"
        locks = [record.day(1) for record in ledger.records("lock") if record.text(0) in kinds]
        self.locked = max(locks, default=date.min)
        self.payer = {line.key: self.payers.of(line) for line in self.transfers.lines}
        self.tried: dict[Key, tuple[Tried, ...]] = {}
        self.standing = list(self.transfers.standing())
        self.ruled: set[Key] = {line.key for one in self.standing for line in one.lines}
        self.claims = self._claims()
        self.sure = {line.key for line in self.transfers.free if not self._party_doubt(line)}
        self.asked: dict[Key, Suggestion] = {}
        for line in self.transfers.lines:  # every open line, so that it can be explained
            found, self.tried[line.key] = self.judge.ask(line, self.payer[line.key], self.transfers)
            if found is not None:
                self.asked[line.key] = found

    def proposal(self, account: str) -> CodingProposal:
        """What can be done with the lines of an account."""
        found: dict[Key, Suggestion] = {}
        ways = self._clear_transfers(), self._by_rules(), self._both_sides(), self._by_party()
        each_way = (*self.standing, *chain.from_iterable(ways))
        for each in sorted(each_way, key=lambda one: bool(one.why)):  # a doubt takes no line that is certain otherwise
            for line in each.lines:
                found.setdefault(line.key, each)
        self._unpair(found)
        coded: list[Suggestion] = []
        suggested: list[Suggestion] = []
        left: list[Left] = []
        for line in self.transfers.lines:
            one: Suggestion | None = found.get(line.key)
            if account not in ("", line.account):
                continue
            if one is not None and one.line.key != line.key:
                if account in ("", one.line.account):
                    continue  # it stands under its other side
                one = self._turned(one, line)
            if one is None:
                one = self._by_history(line)
            if one is None:
                left.append(Left(line, self._why_left(line), self.waiting[line.account].matched.get(line.id, "")))
            elif one.why:
                suggested.append(one)
            else:
                coded.append(one)
        return CodingProposal(account, tuple(coded), tuple(suggested), tuple(left), self.tried)

    def with_closed(self, found: CodingProposal, lines: Sequence[Line]) -> CodingProposal:
        """The proposal with what the rules say to lines that are no longer open."""
        for line in lines:
            _, self.tried[line.key] = self.judge.ask(line, self.payers.of(line), self.transfers)
        closed = [Left(line, "it is matched already") for line in lines]
        return replace(found, left=(*found.left, *closed)) if closed else found

    def _unpair(self, found: dict[Key, Suggestion]) -> None:
        """Put a doubt on what would explain a line that something else explains already."""
        for key, one in list(found.items()):
            if one.line.key == key and any(found[line.key] is not one for line in one.lines):
                other = next(found[line.key] for line in one.lines if found[line.key] is not one)
                found[key] = replace(one, why=one.why or f"its other side may be {other.rule or other.tier} instead")

    def _turned(self, one: Suggestion, line: Line) -> Suggestion:
        """A transfer as seen from its other side: the same entry, named by the line that was asked about."""
        others = tuple(other for other in one.lines if other.key != line.key)
        if one.entry:
            return replace(one, line=line, others=others)
        turns = {shows(line, one.line, what): shows(one.line, line, what) for what in (SAME, IT)}
        reasons = tuple(turns.get(reason, reason) for reason in one.reasons)
        leg = one.legs[0]
        base = self.ledger.entity.currency
        units = one.line.amount if one.line.amount.commodity != base else None
        turned = Coded(one.line.account, one.base, units=units)
        return replace(one, line=line, base=leg.base, legs=(turned,), reasons=reasons, others=others)

    # The ways to code a line, the surest first.

    def _is_held(self, line: Line) -> bool:
        one = self.waiting[line.account]
        return line.id in one.matched or line.id in one.perhaps

    def _is_open(self, day: date) -> bool:
        return day > self.locked

    def _clear_transfers(self) -> Iterator[Suggestion]:
        """Transfers that both sides show in one way and a text speaks of, whatever a rule makes of one side.

        Where no text does, a rule that asks for a text or a party of either side comes first.
        """
        for one in list(self.transfers.certain(self.ruled | self.sure, self._is_open)):
            rules = [self.asked[line.key] for line in one.lines if line.key in self.asked]
            if one.why or not rules or any(rule.kind == "transfer" for rule in rules):
                continue
            if not self.transfers.is_said(one) and any(self.judge.is_particular(rule.rule) for rule in rules):
                continue
            self.ruled.update(line.key for line in one.lines)
            for line, other in zip(one.lines, (one.others[0], one.line), strict=True):
                why = f"{other.account} shows its other side, {other.id}: it is a transfer"
                tried = self.tried[line.key]
                self.tried[line.key] = tuple(
                    each._replace(takes=False, why=why) if each.takes else each for each in tried
                )
            yield one

    def _by_rules(self) -> Iterator[Suggestion]:
        """What the rules take."""
        for line in self.transfers.lines:
            found = self.asked.get(line.key)
            if found is None or self._is_held(line) or line.key in self.ruled:
                continue
            if any(other.key in self.ruled for other in found.others):
                continue
            if not all(self._is_open(one.date) for one in found.lines):
                continue
            rival = next((self.asked[other.key] for other in found.others if other.key in self.asked), None)
            if rival is not None and rival.account != line.account:
                found = replace(found, why=f"rule {rival.rule} takes its other side for something else")
            self.ruled.update(one.key for one in (found.lines if not found.why else (line,)))
            yield found

    def _both_sides(self) -> Iterator[Suggestion]:
        """Transfers that both sides show, of what the rules leave."""
        yield from self.transfers.certain(self.ruled | self.sure, self._is_open)

    def _by_party(self) -> Iterator[Suggestion]:
        """Money of a party with a ledger, on its account."""
        for line in self.transfers.free:
            payer = self.payer[line.key]
            if line.key in self.ruled or not payer.code or not payer.has_ledger or not self._is_open(line.date):
                continue
            party = self.payers.parties[payer.code]
            control, worth = control_of(self.ledger, party), self.prices.worth(line)
            if not control or worth.base is None:
                continue
            units = line.amount._replace(minor=-line.amount.minor) if worth.said else None
            why = self._party_doubt(line)
            named = [f"the text names {item.name}" for item in payer.named]
            named += [f"it names {party.name}"] if payer.percent else []
            reasons = (*named, *((self._settled(payer),) if not why else ()), *filter(None, (worth.said,)))
            yield Suggestion(
                line, PARTY, kind_of(line.amount.minor, party), worth.base, worth.scale,
                (Coded(control, -worth.base, party=payer.code, units=units),), reasons, why, party=payer.code,
                payee=party.name, narration=line.text,
            )  # fmt: skip

    def _settled(self, payer: Payer) -> str:
        items = payer.named or payer.owed
        return (
            f"it is just what {' and '.join(item.name for item in items)} {'has' if len(items) == 1 else 'have'} open"
        )

    def _party_doubt(self, line: Line) -> str:
        """Why money is not surely a party's for what it has open, "" where it is."""
        payer = self.payer[line.key]
        if not payer.code or not payer.owed:
            return "nothing is open that it settles"
        amount = abs(line.amount.minor)
        open_of = {item.index: self.payers.left_of(item, line.amount.scale) for item in payer.owed}
        named = sum(open_of[item.index] for item in payer.named)
        equal = [item for item in payer.owed if open_of[item.index] == amount]
        if payer.named:
            if named != amount:
                return f"it is not just what {' and '.join(item.name for item in payer.named)} has open"
            chosen = payer.named
        else:
            if payer.percent < SURE:
                return "the name is not surely shown"
            if len(equal) != 1 and sum(open_of.values()) != amount:
                return "several open items are of this amount" if equal else "it is not just what an open item has open"
            chosen = tuple(equal) if len(equal) == 1 else payer.owed
        if any(self.claims[item.index] > 1 for item in chosen):
            return "another open line would settle the same"
        if late := [item.name for item in chosen if item.issued > line.date + _MOST_EARLY]:
            return f"{late[0]} was issued after the money came"
        if other := self.transfers.waits(line):
            return f"{other} of the same amount waits for the bank"
        return ""

    def _claims(self) -> Counter[int]:
        """How many open lines each open item may be settled by: those that name it, or have its amount and party."""
        claimed: Counter[int] = Counter()
        for line in self.transfers.lines:
            payer, amount = self.payer[line.key], abs(line.amount.minor)
            equal = [item for item in payer.owed if self.payers.left_of(item, line.amount.scale) == amount]
            claimed.update({item.index for item in payer.named or equal})
        return claimed

    def _by_history(self, line: Line) -> Suggestion | None:
        """What lines like this were coded to, or a transfer that its words speak of."""
        if self._is_held(line) or not self._is_open(line.date):
            return None
        found = self.history.of(line)
        coded = self._as_before(line, found) if found else None
        return coded or self.transfers.named(line, self.own)

    def _as_before(self, line: Line, found: Found) -> Suggestion | None:
        worth, coding = self.prices.worth(line), found.coding
        if worth.base is None or not self._may(line, coding):
            return None
        total, scale = worth.base, worth.scale
        penny = 10 ** max(0, scale - self.prices.places)
        sizes = [penny * (int(abs(total) * target.share) // penny) for target in coding.targets]
        sizes[0] += abs(total) - sum(sizes)
        sign = 1 if total > 0 else -1
        parts = [Part(target.account, target.code, target.party) for target in coding.targets]
        sized = [(part, sign * size) for part, size in zip(parts, sizes, strict=True)]
        legs = with_vat(self.ledger, self.law, line.date, scale, sized)
        own = [target.account for target in coding.targets if self.ledger.role(target.account) in OWN_ROLES]
        party = self.payers.parties.get(coding.party)
        foreign = line.amount.commodity != self.ledger.entity.currency
        if foreign and (own or any(target.party for target in coding.targets)):
            if len(legs) != 1:
                return None
            legs = (legs[0]._replace(units=line.amount._replace(minor=-line.amount.minor)),)
        doubt = "lines like it were coded in several ways, and as often" if found.is_tied else ""
        return Suggestion(
            line, HISTORY, "transfer" if own else kind_of(line.amount.minor, party), total, scale, legs,
            (*in_words(self.ledger, found), *filter(None, (worth.said,))), doubt or "no rule says so",
            party=coding.party, payee=coding.payee or line.payer, narration=line.text,
        )  # fmt: skip

    def _may(self, line: Line, coding: Coding) -> bool:
        """Whether a line may be coded so: never to income or expense where its party has a ledger or something open."""
        payer = self.payer[line.key]
        accounts = [target.account for target in coding.targets]
        infos = [self.ledger.accounts.get(account) for account in accounts]
        if any(info is None or info.opened > line.date or (info.closed and info.closed <= line.date) for info in infos):
            return False
        if any(target.code and self.law is None for target in coding.targets):
            return False
        if any(account == line.account for account in accounts):
            return False
        is_earned = any(self.ledger.kind(account) in _EARNED_OR_SPENT for account in accounts)
        return not (is_earned and (payer.has_ledger or self.judge.open_of(line, payer)))

    def _why_left(self, line: Line) -> str:
        one, payer = self.waiting[line.account], self.payer[line.key]
        if line.id in one.matched:
            return f"acct reconcile --auto matches it with {one.matched[line.id]}"
        if line.id in one.perhaps:
            return f"it may be {one.perhaps[line.id]}, which is in the books: acct reconcile"
        if not self._is_open(line.date):
            return f"the books are locked up to {self.locked}" + self.yields
        if self.prices.worth(line).base is None:
            return self.prices.missing(line)
        if payer.among:
            return f"it may be of {' or '.join(payer.among)}"
        return "no rule takes it, and no line like it was coded before"
