"""A sitting at a bank account: what is open, what a line may be, and decisions that are appended as they are made.

The plain prompt and the full screen share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.journal.entries import Custom, Value
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.problem import refusal

if TYPE_CHECKING:
    from acctkit.books.pen import Receipt
    from acctkit.coding import Suggestion
    from acctkit.ledger.records import Record
    from acctkit.matching import Progress
    from acctkit.reconcile import BankBook, Match, OpenEntry, OpenLine, Part, Proposal

# What a record says, its kind first.
Words = tuple[Value, ...]

# Matches by these were chosen by a person, or are of an entry that was posted for the line.
CHOSEN, POSTED = "chosen", "posted"
_CODED = ("rule", "transfer", "party", "history")  # the methods of coding
_SEAL = "; seal "
_TAKEN_BACK = "taken back while reconciling"


class Decision(NamedTuple):
    """What was decided, in words, and the draft that records it; `matches` where it is nothing but matches."""

    what: str
    draft: Callable[[Ledger], Draft]
    matches: tuple[Match, ...] = ()

    def draft_of(self, today: date) -> Draft:
        """The records of its matches."""
        from acctkit.reconcile import reconcile_draft

        return reconcile_draft(self.matches, today)


class Candidate(NamedTuple):
    """What a line may be: the entries, the match that was found, None where only the sign agrees."""

    entries: tuple[OpenEntry, ...]
    match: Match | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The refs or ids of the entries."""
        return tuple(found.entry.name for found in self.entries)

    @property
    def amount(self) -> int:
        """What is open of the entries."""
        return sum(found.amount for found in self.entries)

    @property
    def is_certain(self) -> bool:
        """Whether nothing speaks against it."""
        return self.match is not None and not self.match.why


class Posting(NamedTuple):
    """What a person says of a line that has no entry: what is to be posted for it."""

    account: str
    narration: str
    party: str = ""
    code: str = ""
    tax: int = 0


@dataclass
class Sitting:
    """The account worked through, the lines skipped, and what each decision wrote, the last one last.

    `waiting` is told when another process holds the lock, `progress` how far the matching is.
    """

    context: Context
    account: str
    day: date | None
    waiting: Callable[[str], None] | None = None
    progress: Progress | None = None
    skipped: set[str] = field(default_factory=set)
    written: list[tuple[str, tuple[Words, ...]]] = field(default_factory=list)

    @property
    def who(self) -> str:
        """Who decides."""
        return self.context.writer().who

    def ledger(self) -> Ledger:
        """The books as they are now."""
        from acctkit.books.reader import open_books

        return open_books(self.context.root(), checks()).ledger

    def proposal(self, ledger: Ledger | None = None) -> Proposal:
        """What the open lines may be, by the books as they are now."""
        from acctkit.reconcile import propose

        return propose(ledger or self.ledger(), self.account, as_of=self.day, progress=self.progress)

    def append(self, draft: Callable[[Ledger], Draft]) -> Receipt:
        """Append a draft; raises Refusal where it cannot be."""
        from acctkit.books import pen

        writer = self.context.writer()
        writer = writer._replace(waiting=self.waiting or writer.waiting)
        return pen.append(self.context.root(), draft, writer, checks())

    def write(self, decision: Decision) -> Receipt:
        """Append a decision, to be taken back later if need be; raises Refusal where it cannot be."""
        done = self.append(decision.draft)
        if done.line:
            self.written.append((decision.what, recorded(done.draft)))
        return done

    def write_all(self, decisions: Sequence[Decision]) -> Receipt:
        """Append decisions that are nothing but matches at once; raises Refusal where one of them cannot be."""
        matches = [match for one in decisions for match in one.matches]
        done = self.append(agree(self, matches, "").draft)
        for one in decisions:
            self.written.append((one.what, recorded(one.draft_of(self.context.today))))
        return done

    def take_back(self, words: Sequence[Words], reason: str = _TAKEN_BACK) -> list[str]:
        """Undo records, and reverse the entries that were posted with them; gives the refs of the reversals.

        Each entry is reversed in the append that undoes its match. Raises Refusal where one cannot be.
        """
        ledger = self.ledger()
        known = _by_words(ledger)
        own = [one for one in words if one in known and was_posted_with(ledger, known[one])]
        rest = [one for one in words if one not in own]
        refs = [ref for some in (rest, *([one] for one in own)) if some for ref in self._undo(some, reason)]
        kept = ((what, tuple(one for one in old if one not in words)) for what, old in self.written)
        self.written = [(what, old) for what, old in kept if old]
        return refs

    def _undo(self, words: Sequence[Words], reason: str) -> list[str]:
        return self.append(lambda ledger: undo_draft(ledger, words, reason, self.context.today)).refs


def recorded(draft: Draft) -> tuple[Words, ...]:
    """The words of the records in a draft."""
    from acctkit.journal.parser import parse
    from acctkit.journal.source import Source

    entries = parse(Source("draft", "\n".join(draft.texts).encode())).entries
    return tuple((entry.kind, *entry.values) for entry in entries if isinstance(entry, Custom))


def _by_words(ledger: Ledger) -> dict[Words, Record]:
    """The records that a sitting writes, by what they say; of several that say the same, the latest."""
    return {(record.kind, *record.values): record for record in ledger.records("reconcile", "query")}


# What a line may be.


def candidates(proposal: Proposal, row: OpenLine, most: int = 100) -> list[Candidate]:
    """What a line may be, best first: what was found, then open entries of its sign, nearest in amount and date.

    Of these, there are as many as `most`.
    """
    by_name = {found.entry.name: found for found in proposal.unmatched_entries}
    listed: dict[tuple[str, ...], Candidate] = {}
    for one in proposal.suggested:
        if row.line.id in one.lines and all(name in by_name for name in one.entries):
            entries = tuple(by_name[name] for name in one.entries)
            listed.setdefault(one.entries, Candidate(entries, one))
    same_sign = (found for found in by_name.values() if found.amount * row.amount > 0)
    for found in nsmallest(most, same_sign, key=lambda found: distance(found, row)):
        listed.setdefault((found.entry.name,), Candidate((found,)))
    return list(listed.values())


def distance(found: OpenEntry, row: OpenLine) -> tuple[int, int, str]:
    """How far an entry is from a line: in amount, then in days."""
    return abs(found.amount - row.amount), abs((found.entry.date - row.line.date).days), found.entry.name


def in_words(match: Match | None) -> str:
    """Why something was found, and what speaks against it, "" where it was not found."""
    if match is None:
        return ""
    together = [f"lines {', '.join(match.lines)} together"] if len(match.lines) > 1 else []
    return f"{'; '.join((*together, *match.reasons))}{f' - but {match.why}' if match.why else ''}"


def apart_in_words(proposal: Proposal) -> list[str]:
    """The entries that cancel each other in the books, in words."""
    return [f"{one} and {other} cancel each other in the books: set apart" for one, other in proposal.apart]


# Decisions.


def accept(sitting: Sitting, proposal: Proposal, row: OpenLine, candidate: Candidate) -> Decision:
    """A line is what a candidate says; of one entry of another amount, as much as both have."""
    names = ", ".join(candidate.names)
    if candidate.match is not None and differing(row, candidate) is None:
        chosen = candidate.match
        if chosen.why:
            chosen = chosen_match(sitting, chosen.parts)
        return agree(sitting, (chosen,), f"{', '.join(chosen.lines)} is {names}")
    found = candidate.entries[0]
    minor = min(abs(row.amount), abs(found.amount)) * (1 if row.amount > 0 else -1)
    return split(sitting, proposal, row, [(found, minor)])


def differing(row: OpenLine, candidate: Candidate) -> int | None:
    """What a line and the one entry it may be have in common, where their amounts differ; else None."""
    if len(candidate.entries) > 1 or candidate.amount == row.amount:
        return None
    if candidate.match is not None and len(candidate.match.lines) > 1:
        return None
    return min(row.amount, candidate.amount, key=abs)


def agree(sitting: Sitting, matches: Sequence[Match], what: str) -> Decision:
    """Matches are right as they were found; refused where another process changed what is open of them."""
    from acctkit.reconcile import reconcile_draft

    def draft(ledger: Ledger) -> Draft:
        require_open(ledger, sitting.account, matches)
        return reconcile_draft(matches, sitting.context.today)

    return Decision(what, draft, tuple(matches))


def split(sitting: Sitting, proposal: Proposal, row: OpenLine, amounts: Sequence[tuple[OpenEntry, int]]) -> Decision:
    """So much of a line is so much of each of several entries; what is left of it stays open."""
    from acctkit.reconcile import Part

    line, unit = row.line, proposal.unit
    parts = tuple(Part(line.statement.id, line.id, of.entry.name, unit.amount(minor)) for of, minor in amounts)
    names = ", ".join(part.entry for part in parts)
    return agree(sitting, (chosen_match(sitting, parts),), f"{line.id} is {names}")


def chosen_match(sitting: Sitting, parts: tuple[Part, ...]) -> Match:
    """A match that a person chose."""
    from acctkit.reconcile import Match

    return Match(parts, 0, CHOSEN, (f"chosen by {sitting.who}",))


def require_open(ledger: Ledger, account: str, matches: Iterable[Match]) -> None:
    """Refuse matches of more than is open; raises Refusal X907."""
    from acctkit.reconcile import OPENING, read_bank

    bank = read_bank(ledger, account)
    sums: dict[str, int] = {}
    for part in (part for one in matches for part in one.parts):
        for key in (f"line {part.line}", part.entry):
            sums[key] = sums.get(key, 0) + part.amount.minor
    rests = {f"line {line.id}": bank.open_line(line) for line in bank.lines}
    rests |= {entry.name: bank.open_entry(entry) for entry in bank.entries if entry.is_named}
    for name, minor in sums.items():
        rest = rests.get(name)
        if name == f"line {OPENING}":
            continue
        if other := bank.taken_back.get(name):
            message = f"{name} and {other.name} take each other back"
            raise refusal("X907", message, "look again at what is open, and choose anew")
        if rest is None:
            raise refusal("X907", f"{name} is not in the books any more", "look again at what is open, and choose anew")
        if not 0 <= minor * (1 if rest > 0 else -1) <= abs(rest):
            shown = bank.unit.text
            left = f"only {shown(rest)} of {name} is open" if rest else f"{name} is matched already"
            raise refusal("X907", f"{left}: it was matched meanwhile", "look again at what is open, and choose anew")


def ask(sitting: Sitting, row: OpenLine, who: str, question: str) -> Decision:
    """A question to somebody about a line, which stays open."""
    words = (f"{row.line.statement.id}/{row.line.id}", who, question)
    return Decision(f"the question to {who}", lambda _: Draft((record_text(sitting.context.today, "query", words),)))


def queries(ledger: Ledger, row: OpenLine) -> list[Record]:
    """The questions about a line that nobody has answered."""
    name = f"{row.line.statement.id}/{row.line.id}"
    return [record for record in ledger.records("query") if record.text(0) == name]


# An entry for a line.


def find_posting(ledger: Ledger, row: OpenLine, account: str, party: str, code: str, narration: str) -> Posting:
    """What a person says of a line, found in the books; raises Refusal X907 for an account or party not in them."""
    from acctkit.ledger.items import parties
    from acctkit.ledger.nearest import meant
    from acctkit.reports.account import find_account

    name = find_account(ledger, account)
    wants = wanted(ledger, name)
    if wants != "party":
        tax = _tax(ledger, row, code) if wants == "code" and code else 0
        return Posting(name, narration, code=code if wants == "code" else "", tax=tax)
    known = parties(ledger)
    if party and party not in known:
        raise refusal("X907", f"there is no party {party}", meant(party, known, "acct aged lists them"))
    return Posting(name, narration, party)


def wanted(ledger: Ledger, account: str) -> str:
    """What an account asks for beside itself: a "party", a VAT "code", or nothing."""
    if ledger.role(account) in ("debtors", "creditors"):
        return "party"
    is_coded = ledger.entity.vat is not None and ledger.kind(account) in ("Income", "Expenses")
    return "code" if is_coded else ""


def _tax(ledger: Ledger, row: OpenLine, code: str) -> int:
    """The tax within a line under a code."""
    from acctkit.vat.codes import load_country

    vat = ledger.entity.vat
    if vat is None or code not in ("S", "R"):
        return 0
    scale = ledger.scale(ledger.entity.currency)
    return load_country(vat.country).tax_within(abs(row.amount), code, row.line.date, scale)


def require_base(ledger: Ledger, proposal: Proposal) -> None:
    """Refuse to post for a line in another currency than the books': its worth is not known; raises Refusal X907."""
    base = ledger.entity.currency
    if proposal.unit.currency != base:
        hint = f"post it in {proposal.unit.currency} with its worth in {base}: acct post -"
        raise refusal("X907", f"the line is in {proposal.unit.currency}, the books are in {base}", hint)


def new_entry(ledger: Ledger, bank_account: str, row: OpenLine, posting: Posting) -> Draft:
    """The entry that is to be posted for what is open of a line; raises Refusal where it cannot be."""
    from acctkit.coding import coded_entry

    return coded_entry(
        ledger, day=row.line.date, bank_account=bank_account, amount=row.amount, account=posting.account,
        narration=posting.narration, payee=row.line.payer, code=posting.code, tax=posting.tax, party=posting.party,
    )  # fmt: skip


def post(sitting: Sitting, proposal: Proposal, row: OpenLine, posting: Posting) -> Decision:
    """A new entry for what is open of a line, and its match with the line, in one append."""
    from acctkit.reconcile import Match, Part, reconcile_draft

    line, today = row.line, sitting.context.today

    def draft(now: Ledger) -> Draft:
        _require_untouched(now, sitting.account, line.id, row.amount)
        new = new_entry(now, sitting.account, row, posting)
        part = Part(line.statement.id, line.id, new.refs[0], proposal.unit.amount(row.amount))
        match = Match((part,), 0, POSTED, (f"posted for it by {sitting.who}",))
        return Draft((*new.texts, *reconcile_draft([match], today).texts), new.refs)

    return Decision(f"the entry posted for {line.id}", draft)


def codings(sitting: Sitting, ledger: Ledger, proposal: Proposal) -> dict[str, list[Suggestion]]:
    """How lines may be coded, by their ids, the surest first: also lines that some entry is suggested for.

    Raises Refusal where the rules have errors.
    """
    from acctkit.cli.coded import law_of, left_of, rules_of
    from acctkit.coding import propose
    from acctkit.reconcile import propose as propose_matches

    accounts = dict.fromkeys(str(record.values[1]) for record in ledger.records("statement"))
    others = [left_of(ledger, propose_matches(ledger, name)) for name in accounts if name != sitting.account]
    own = replace(left_of(ledger, proposal), perhaps={})
    rules = rules_of(sitting.context.root(), ledger)
    found = propose(ledger, sitting.account, rules, waiting=[own, *others], law=law_of(ledger))
    listed: dict[str, list[Suggestion]] = {}
    for one in (*found.coded, *found.suggested):
        listed.setdefault(one.line.id, []).append(one)
    return listed


def code(sitting: Sitting, suggestion: Suggestion) -> Decision:
    """The entry that is suggested for a line, and its match with the line, in one append."""
    from acctkit.coding import coding_draft

    def draft(ledger: Ledger) -> Draft:
        for line in suggestion.lines:
            _require_untouched(ledger, line.account, line.id, line.amount.minor)
        return coding_draft(ledger, [suggestion], sitting.context.today)

    what = suggestion.entry or f"the entry posted for {suggestion.line.id}"
    return Decision(what, draft)


def _require_untouched(ledger: Ledger, account: str, line: str, minor: int) -> None:
    """Refuse where so much is not open of a line any more; raises Refusal X907."""
    from acctkit.reconcile import read_bank

    bank = read_bank(ledger, account)
    if minor not in (bank.open_line(found) for found in bank.lines if found.id == line):
        raise refusal("X907", f"line {line} was matched meanwhile", "look again at what is open, and choose anew")


# Taking back.


def words_of(bank: BankBook, line: str) -> list[Record]:
    """The matches of a line that stand, in the order they were made."""
    return [match.record for match in bank.matches if match.line is not None and match.line.id == line]


def undo_draft(ledger: Ledger, words: Sequence[Words], reason: str, today: date) -> Draft:
    """The records that take others back; the entry that was posted with a match is reversed.

    Raises Refusal X907 where one does not stand any more, or its entry cannot be reversed.
    """
    from acctkit.documents import reversal

    texts: list[str] = []
    refs: list[str] = []
    known = _by_words(ledger)
    for one in words:
        record = known.get(one)
        if record is None:
            raise refusal("X907", f"that {one[0]} was undone meanwhile", "look again at what is matched")
        texts.append(record_text(today, "undo", one, {"reason": reason}))
        if was_posted_with(ledger, record) and not _stands_otherwise(ledger, record, words):
            name = record.text(2)
            entry = ledger.entry(name)
            day = today if entry is None or _is_locked(ledger, entry.date) else entry.date
            new = reversal(ledger, name, day, reason, undone=[record])
            texts += new.texts
            refs += new.refs
    return Draft(tuple(texts), tuple(refs))


def was_posted_with(ledger: Ledger, record: Record) -> bool:
    """Whether a match and its entry were written in one append: the entry was posted for the line."""
    if record.kind != "reconcile" or record.note("method") not in (POSTED, *_CODED):
        return False
    entry = ledger.entry(record.text(2))
    if entry is None or entry.source.name != record.place.file or entry.line > record.place.line:
        return False
    between = entry.source.lines[entry.line : record.place.line - 1]
    return not any(line.startswith(_SEAL) for line in between)


def _stands_otherwise(ledger: Ledger, record: Record, words: Sequence[Words]) -> bool:
    """Whether the entry of a match is matched with something else too, or was reversed already."""
    name = record.text(2)
    others = [one for one in ledger.records("reconcile") if one.text(2) == name and one is not record]
    others = [one for one in others if (one.kind, *one.values) not in words]
    return bool(others) or any(entry.meta.get("reverses") == name for entry in ledger.transactions)


def _is_locked(ledger: Ledger, day: date) -> bool:
    return any(day <= record.day(1) for record in ledger.records("lock"))
