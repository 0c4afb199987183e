"""How lines like one were coded before: counted for and against, the most recent first.

A line is like another where both name the same somebody, or, where the bank's own words are all there is, say the same
but for their dates and numbers. It is compared with lines of its own sign and account; of other accounts only where its
own has none.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from acctkit.coding.lines import Line
from acctkit.coding.rules import VAT_ROLES
from acctkit.journal.entries import Transaction
from acctkit.ledger.ledger import Ledger
from acctkit.matching.likeness import name_words
from acctkit.matching.names import Names
from acctkit.money import round_minor, to_decimal

# In percent: how surely the words of one line show those of another.
_ALIKE = 75
_MOST_SHOWN = 3
_LETTERS = re.compile(r"[^\W\d_]+")
_NAMES = (*calendar.month_name, *calendar.month_abbr, "SEPT")
_MONTHS = frozenset(name.upper() for name in _NAMES)

Words = tuple[str, ...]


class Target(NamedTuple):
    """Where a part of a line went: the account, the VAT code, the party of a control account, and what share."""

    account: str
    code: str
    party: str
    share: Fraction


class Coding(NamedTuple):
    """How a line was coded. The shares of one with several targets are its latest, and do not tell codings apart."""

    targets: tuple[Target, ...]
    party: str
    payee: str
    narration: str

    @property
    def key(self) -> tuple[tuple[str, str, str], ...]:
        """What tells one coding from another."""
        return tuple(target[:3] for target in self.targets)


class Past(NamedTuple):
    """A line that was coded, and how."""

    account: str
    date: date
    amount: Decimal
    entry: str
    coding: Coding


class Found(NamedTuple):
    """The coding that most lines like one had: those for it and those against it, the most recent first.

    `is_tied` tells that another coding has as many; then the most recent one counts.
    """

    coding: Coding
    for_it: tuple[Past, ...]
    against: tuple[Past, ...]
    is_tied: bool
    of_amount: bool


class History:
    """The lines of a book that were matched with one entry each, by what they say."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.by_name: dict[Words, list[Past]] = {}
        self.by_words: dict[Words, list[Past]] = {}
        for past, words in self._read():
            if names := name_words(words):
                self.by_name.setdefault(names, []).append(past)
            self.by_words.setdefault(plain_words(words), []).append(past)
        self.names = Names(self.by_name)

    def of(self, line: Line) -> Found | None:
        """How lines like this one were coded, None where there was none like it."""
        like = self._like(line)
        own = [past for past in like if past.account == line.account] or like
        if not own:
            return None
        amount = to_decimal(line.amount.minor, line.amount.scale)
        same = [past for past in own if past.amount == amount]
        of_amount = len({past.coding.key for past in own}) > 1 and len({past.coding.key for past in same}) == 1
        return _counted(same if of_amount else own, of_amount=of_amount)

    def _like(self, line: Line) -> list[Past]:
        """The lines like this one, of its sign."""
        exact = self.by_words.get(plain_words(line.words), [])
        found = list(exact)
        if not exact and (words := name_words(line.words)):
            shown = self.names.all_shown_by(words)
            best = max(shown.values(), default=0)
            if best >= _ALIKE:
                found = [past for name, percent in shown.items() if percent == best for past in self.by_name[name]]
        return [past for past in found if past.amount * line.amount.minor > 0]

    # Reading what was done.

    def _read(self) -> Iterable[tuple[Past, str]]:
        """Every line that is wholly one entry, and the entry's other postings."""
        heads = {record.text(0): str(record.values[1]) for record in self.ledger.records("statement")}
        lines = {
            (heads[record.text(0)], record.text(1)): record
            for record in reversed(self.ledger.records("statement-line"))
            if record.text(0) in heads
        }
        matches = [
            (heads[record.text(0)], record.text(1), record.text(2), record.amount(3)[0])
            for record in self.ledger.records("reconcile")
            if record.text(0) in heads
        ]
        per_line = Counter((account, line) for account, line, _, _ in matches)
        per_entry = Counter((account, entry) for account, _, entry, _ in matches)
        taken_back = {entry.meta.get("reverses") for entry in self.ledger.transactions}
        for account, ident, name, amount in matches:
            record, entry = lines.get((account, ident)), self.ledger.entry(name)
            if record is None or entry is None or name in taken_back:
                continue
            if per_line[account, ident] > 1 or per_entry[account, name] > 1 or amount != record.amount(2)[0]:
                continue
            if coding := self._coding(entry, account):
                words = " ".join(filter(None, (record.note("payer"), record.text(3), record.note("reference"))))
                yield Past(account, record.date, amount, name, coding), words

    def _coding(self, entry: Transaction, account: str) -> Coding | None:
        """How an entry coded its line: its other postings, VAT apart; None where they are on both sides of zero."""
        sums: dict[tuple[str, str, str], int] = {}
        taxes: dict[str, int] = {}
        for posting, base in zip(entry.postings, self.ledger.bases(entry), strict=True):
            if posting.account == account or posting.account.startswith(f"{account}:"):
                continue
            if base is None:
                return None
            code, party = (_text(posting.meta.get(key)) for key in ("vat", "party"))
            role = self.ledger.role(posting.account)
            if role in VAT_ROLES and code:
                taxes[code] = taxes.get(code, 0) + base
                continue
            if role in ("debtors", "creditors"):
                party = party or _text(entry.meta.get("party"))
            key = posting.account, code, party
            sums[key] = sums.get(key, 0) + base
        if not sums or any(base * next(iter(sums.values())) <= 0 for base in sums.values()):
            return None
        for code, tax in taxes.items():  # the tax of several accounts under one code goes with their nets
            own = [key for key in sums if key[1] == code]
            net = sum(sums[key] for key in own)
            for key in own:
                sums[key] += round_minor(to_decimal(tax, 0) * sums[key] / net, 0) if net else 0
        whole = sum(sums.values())
        ordered = sorted(sums, key=lambda key: (-abs(sums[key]), key))
        targets = tuple(Target(*key, Fraction(sums[key], whole)) for key in ordered)
        return Coding(targets, _text(entry.meta.get("party")), entry.payee or "", entry.narration)


def plain_words(text: str) -> Words:
    """The words of a text in capitals, without numbers, months and the likes of `28MAR`."""
    chunks = [chunk for chunk in text.upper().split() if not any(sign.isdigit() for sign in chunk)]
    return tuple(word for chunk in chunks for word in _LETTERS.findall(chunk) if word not in _MONTHS)


def _counted(pasts: Sequence[Past], *, of_amount: bool) -> Found:
    """The coding most of some lines had; of as many the one used last."""
    newest = sorted(pasts, key=lambda past: (past.date, past.entry, past.account), reverse=True)
    counts = Counter(past.coding.key for past in newest)
    most = max(counts.values())
    best = next(past.coding for past in newest if counts[past.coding.key] == most)
    return Found(
        best,
        tuple(past for past in newest if past.coding.key == best.key),
        tuple(past for past in newest if past.coding.key != best.key),
        sum(count == most for count in counts.values()) > 1,
        of_amount,
    )


def in_words(ledger: Ledger, found: Found) -> tuple[str, ...]:
    """The evidence as sentences."""
    count, whole = len(found.for_it), len(found.for_it) + len(found.against)
    like = "lines like this of this amount" if found.of_amount else "lines like this"
    verb = "was" if whole == 1 else "were"
    dates = ", ".join(f"{past.date} {past.entry}" for past in found.for_it[:_MOST_SHOWN])
    these = like if whole > 1 else "line like this"
    said = [f"{count} of {whole} {these} {verb} coded to {_named(ledger, found.coding)}: {dates}"]
    if found.against:
        others = Counter(_named(ledger, past.coding) for past in found.against)
        listed = ", ".join(
            f"{number} to {name}" for name, number in sorted(others.items(), key=lambda o: (-o[1], o[0]))
        )
        latest = found.against[0]
        said.append(f"{listed}, last {latest.date} {latest.entry}")
    return tuple(said)


def _named(ledger: Ledger, coding: Coding) -> str:
    return " and ".join(label(ledger, *target[:3]) for target in coding.targets)


def label(ledger: Ledger, account: str, code: str = "", party: str = "") -> str:
    """An account as a person knows it: nominal code, the end of its name, VAT code, party."""
    info = ledger.accounts.get(account)
    nominal = _text(info.meta.get("nominal")) if info else ""
    return " ".join(filter(None, (nominal, account.rpartition(":")[2], code, party)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
