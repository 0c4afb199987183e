"""Whose line it is: the party that a bank's text names, and what of that party's account the line would settle."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from acctkit.coding.lines import Line
from acctkit.ledger.items import CUSTOMER, SUPPLIER, Item, Party, read_items
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.mentions import LABELLED, Mentions
from acctkit.matching.likeness import name_words
from acctkit.matching.names import Names
from acctkit.money import rescale

# In percent: from here on a name is surely shown; two names this near to one another are not told apart.
SURE = 90
_NEAR = 10

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Payer:
    """The party a line names, "" where none or several; how surely in percent, and by what.

    `among` are the parties it may be: several that are named alike, or those of whose names it says one word only.
    `owed` are the open items of the party that money of the line's sign and currency settles; `named` those of them
    whose reference the text says.
    """

    code: str = ""
    percent: int = 0
    among: tuple[str, ...] = ()
    owed: tuple[Item, ...] = ()
    named: tuple[Item, ...] = ()
    has_ledger: bool = False


class Payers:
    """The parties of a book, by their names and by the references of what they have open."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        found = read_items(ledger)
        self.parties: dict[str, Party] = found.parties
        self.open: dict[str, list[Item]] = {}
        self.with_ledger: set[str] = set()
        self.by_reference: dict[str, list[Item]] = {}
        for item in found.as_at():
            self.with_ledger |= {item.party} - {""}
            if item.open and item.party:
                self.open.setdefault(item.party, []).append(item)
                for reference in (item.name, item.entry.meta.get("their-ref")):
                    if isinstance(reference, str):
                        self.by_reference.setdefault(reference, []).append(item)
        self.mentions = Mentions(self.by_reference)
        self.codes: dict[Words, list[str]] = {}
        for party in self.parties.values():
            if words := name_words(party.name):
                self.codes.setdefault(words, []).append(party.code)
        self.names = Names(self.codes)
        self.own = name_words(ledger.entity.name)

    def of(self, line: Line) -> Payer:
        """The party a line names."""
        named = [item for item in self._named(line) if self._settles(line, item)]
        shown = self._shown(line)
        best = max(shown.values(), default=0)
        among = sorted(code for code, percent in shown.items() if percent > best - _NEAR)
        by_reference = sorted({item.party for item in named})
        if len(by_reference) == 1 and (not among or by_reference[0] in among):
            among = by_reference
        elif len(by_reference) > 1 or by_reference:
            among = sorted({*among, *by_reference})
        among = self._of_side(line, among)
        if not among:
            return Payer(among=tuple(self._hinted(line)))
        if len(among) > 1:
            return Payer(among=tuple(among), has_ledger=any(code in self.with_ledger for code in among))
        code = among[0]
        owed = tuple(item for item in self.open.get(code, ()) if self._settles(line, item))
        of_party = tuple(item for item in named if item.party == code)
        return Payer(code, shown.get(code, 0), (), owed, of_party, code in self.with_ledger)

    def _named(self, line: Line) -> list[Item]:
        """The open items whose references the texts say."""
        found: dict[int, Item] = {}
        for mention in self.mentions.find(line.words):
            if mention.strength >= LABELLED:
                for name in mention.names:
                    found.update({item.index: item for item in self.by_reference[name]})
        return list(found.values())

    def _shown(self, line: Line) -> dict[str, int]:
        """The parties whose names the payer's name shows, else the texts, and how surely."""
        for text in (line.payer, f"{line.text} {line.reference}"):
            words = name_words(text)
            if words and words != self.own:
                shown = self.names.all_shown_by(words)
                if shown:
                    return {code: percent for name, percent in shown.items() for code in self.codes[name]}
        return {}

    def _hinted(self, line: Line) -> list[str]:
        """The parties of whose names a text says the first words, as many as of any: too little to be sure of one."""
        words = set(name_words(line.words))
        said = {name: sum(1 for _ in takewhile(words.__contains__, name)) for name in self.codes if name[0] in words}
        most = max(said.values(), default=0)
        return sorted(code for name, count in said.items() if count == most for code in self.codes[name])

    def _of_side(self, line: Line, codes: list[str]) -> list[str]:
        """Of a customer and a supplier of one name the one whose money it is; others stay."""
        if len(codes) != 2 or {self.parties[code].kind for code in codes} != {CUSTOMER, SUPPLIER}:
            return codes
        if name_words(self.parties[codes[0]].name) != name_words(self.parties[codes[1]].name):
            return codes
        kind = CUSTOMER if line.amount.minor > 0 else SUPPLIER
        return [code for code in codes if self.parties[code].kind == kind]

    def _settles(self, line: Line, item: Item) -> bool:
        """Whether money of the line's sign and currency settles an item: money in settles debits."""
        return item.commodity == line.amount.commodity and item.open * line.amount.minor > 0

    def left_of(self, item: Item, scale: int) -> int:
        """What is open of an item, in minor units of another scale, without a sign."""
        return rescale(abs(item.open), self.ledger.scale(item.commodity), scale)


def control_of(ledger: Ledger, party: Party) -> str:
    """The control account a party stands on, "" where the books have none."""
    role = "debtors" if party.kind == CUSTOMER else "creditors"
    return next(iter(ledger.with_role(role)), "")


def kind_of(amount: int, party: Party | None = None) -> str:
    """The type of an entry that moves money: a receipt or payment; with the wrong side of a party a refund."""
    if party is not None and (amount > 0) != (party.kind == CUSTOMER):
        return "refund"
    return "receipt" if amount > 0 else "payment"
