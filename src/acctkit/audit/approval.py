"""Approval by a second person: what needs it, what waits for it, and whether an approval holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from acctkit.audit.population import plain
from acctkit.audit.seals import Chain
from acctkit.audit.trail import gross
from acctkit.journal.entries import Transaction
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.money import round_minor
from acctkit.problem import Problem, count, error, refusal, warning
from acctkit.table import MONEY, Column, Row, Table

# The cure for an entry in a file that is edited by hand.
_POST_ANEW = "take it out of that file and post it with acct post; or begin later: [approval] since = DAY in acct.toml"


class Approving(NamedTuple):
    """What is approved: the entry's ref and hash, by whom, on what day."""

    ref: str
    sha256: str
    who: str
    day: date

    @property
    def words(self) -> bytes:
        """The bytes that a signature is over."""
        return f"acct approve\n{self.ref}\n{self.sha256}\n{self.who}\n{self.day}\n".encode()


def entry_hash(entry: Transaction) -> str:
    """The SHA-256 of an entry's own bytes, from the date to the last line, LF ends, trailing blanks dropped."""
    lines = [line.rstrip(" \t\r") for line in entry.source.lines[entry.line - 1 : entry.last_line]]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def why_needed(ledger: Ledger, entry: Transaction) -> str:
    """Why an entry needs approval by the settings, "" where it needs none."""
    rule = ledger.entity.approval
    if rule is None or (rule.since is not None and entry.date < rule.since):
        return ""
    if rule.above is not None and gross(ledger, entry) >= round_minor(rule.above, ledger.scale(ledger.entity.currency)):
        return f"its debits are {plain(ledger, gross(ledger, entry))}, from {rule.above} on"
    for account in rule.accounts:
        for posting in entry.postings:
            if posting.account == account or posting.account.startswith(f"{account}:"):
                return f"it touches {posting.account}"
    return ""


def waiting(ledger: Ledger, chain: Chain) -> list[tuple[Transaction, str]]:
    """The entries that need approval and have none that holds, each with why it needs it."""
    held = {record.text(0) for record, fault in _judged(ledger, chain) if not fault}
    needed = ((entry, why_needed(ledger, entry)) for entry in ledger.transactions) if ledger.entity.approval else ()
    return [(entry, why) for entry, why in needed if why and ledger.name(entry) not in held]


def check_approvals(ledger: Ledger, chain: Chain) -> list[Problem]:
    """A610 for each approval that does not hold, A608 for each entry that waits for one."""
    problems = []
    for record, fault in _judged(ledger, chain):
        if fault:
            hint = "somebody else approves it: acct approve REF"
            problems.append(
                error("A610", f"the approval of {record.text(0)} does not hold: {fault}", record.place, hint)
            )
    for entry, why in waiting(ledger, chain):
        hint = f"somebody other than who posted it: acct approve {ledger.name(entry)}"
        hint = hint if entry.source.name in chain.files else _POST_ANEW
        problems.append(warning("A608", f"{ledger.name(entry)} is not approved: {why}", entry.place, hint))
    return problems


def _judged(ledger: Ledger, chain: Chain) -> Iterator[tuple[Record, str]]:
    """Every approval that stands, with why it does not hold, "" where it does."""
    for record in ledger.records("approve"):
        entry = ledger.entry(record.text(0))
        seal = chain.seal_over(record.place.file, record.place.line)
        if entry is None:
            yield record, "there is no such entry"
        elif record.note("entry") != entry_hash(entry):
            yield record, "the entry is not the one that was approved"
        elif seal is None:
            yield record, "it is not sealed"
        elif seal.who != record.note("by"):
            yield record, f"it names {record.note('by') or 'nobody'}, and {seal.who} wrote it"
        elif entry.source.name not in chain.files:
            yield record, "the entry stands outside what acct seals, so nobody can tell who posted it"
        elif (posted := chain.seal_over(entry.source.name, entry.line)) is None or posted.who == seal.who:
            yield record, f"{seal.who} posted the entry as well"
        else:
            yield record, ""


def approving(ledger: Ledger, chain: Chain, ref: str, who: str, day: date) -> Approving:
    """What somebody approves; raises Refusal X907 where it cannot be approved, or not by them."""
    entry = ledger.entry(ref)
    if entry is None:
        raise refusal("X907", f"there is no entry {ref}", "acct approve, without a ref, lists what waits")
    if entry.source.name not in chain.files:
        message = f"{ref} stands in {entry.source.name}, where acct posts nothing: no seal says who wrote it"
        raise refusal("X907", message, _POST_ANEW, entry.place)
    posted = chain.seal_over(entry.source.name, entry.line)
    if posted is None:
        hint = "acct seal seals what was typed in an editor at the end of the file acct appends to"
        raise refusal("X907", f"{ref} is not sealed, so nobody can tell who posted it", hint, entry.place)
    if posted.who == who:
        hint = "somebody else approves it; acct takes the name from git, or from ACCT_USER"
        raise refusal("X907", f"{who} posted {ref} and cannot approve it", hint, entry.place)
    if any(record.text(0) == ref and not fault for record, fault in _judged(ledger, chain)):
        raise refusal("X907", f"{ref} is approved already", "acct audit trail shows by whom", entry.place)
    return Approving(ref, entry_hash(entry), who, day)


def propose_approval(what: Approving, signature: str) -> Draft:
    """The record of an approval, signed where there is a signature."""
    meta = {"by": what.who, "entry": what.sha256} | ({"signature": signature} if signature else {})
    signed = "signed" if signature else "not signed: git is not set up for ssh signing"
    return Draft((record_text(what.day, "approve", [what.ref], meta),), reasons=(f"{what.ref} is approved, {signed}",))


def signed(ledger: Ledger) -> list[tuple[Record, Approving, str]]:
    """Every approval with a signature, what it is over, and the signature."""
    return [
        (
            record,
            Approving(record.text(0), record.note("entry"), record.note("by"), record.date),
            record.note("signature"),
        )
        for record in ledger.records("approve")
        if record.note("signature")
    ]


def forged(record: Record) -> Problem:
    """A610: a signature that is not of who approved."""
    message = f"the approval of {record.text(0)} is not signed with a key of {record.note('by')}"
    return error("A610", message, record.place, "the file of signers names the keys of each person")


def table(ledger: Ledger, found: list[tuple[Transaction, str]]) -> Table:
    """What waits for approval."""
    columns = (Column("Ref"), Column("Date"), Column("Details"), Column("Amount", MONEY), Column("Why"))
    rows = []
    for entry, why in found:
        details = ", ".join(text for text in (entry.payee, entry.narration) if text)
        amount = plain(ledger, gross(ledger, entry))
        rows.append(Row((ledger.name(entry), str(entry.date), details, amount, why)))
    return Table("Waiting for approval", columns, tuple(rows), notes=() if rows else ("nothing waits",))


def answer(ledger: Ledger, found: list[tuple[Transaction, str]]) -> dict[str, object]:
    """The answer of `acct approve` without a ref."""
    return {
        "schema": "acctkit.approve/1",
        "problems": count(ledger.problems),
        "waiting": [
            {
                "entry": ledger.name(entry),
                "date": str(entry.date),
                "amount": plain(ledger, gross(ledger, entry)),
                "why": why,
                "file": entry.source.name,
                "line": entry.line,
            }
            for entry, why in found
        ],
    }
