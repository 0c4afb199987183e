"""The ledger as it was known when a record was written: only what stands before it."""

from __future__ import annotations

from acctkit.journal.entries import Custom, Entry, Pad, Transaction, Value
from acctkit.journal.parser import Parsed
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Place

# Records that a reconciliation is made of, each with a statement as its first word.
_OF_STATEMENTS = ("statement-line", "reconcile", "bank-error")


def known_before(ledger: Ledger, place: Place, account: str) -> list[Parsed]:
    """The files of a ledger with what stands before a place of the stream, as far as the bank and one account go.

    Entries that do not touch the account are left out, unless pads, plugins or lots may make them matter to it,
    and so are records of anything else.
    """
    last = ledger.order[place.file]
    everything = [entry for parsed in ledger.files for entry in parsed.entries]
    whole = any(parsed.plugins for parsed in ledger.files) or any(
        isinstance(entry, Pad) or (isinstance(entry, Transaction) and any(leg.cost for leg in entry.postings))
        for entry in everything
    )
    names = {
        entry.values[0]
        for entry in everything
        if isinstance(entry, Custom) and entry.kind == "statement" and entry.values[1:2] == (account,)
    }

    def matters(entry: Entry) -> bool:
        if isinstance(entry, Transaction):
            return whole or _touches(entry, account)
        return not isinstance(entry, Custom) or _is_of(entry, names)

    def stands(parsed: Parsed, entry: Entry) -> bool:
        at = ledger.order[parsed.source.name]
        return (at < last or (at == last and entry.line < place.line)) and matters(entry)

    return [
        parsed._replace(entries=[entry for entry in parsed.entries if stands(parsed, entry)]) for parsed in ledger.files
    ]


def ledger_of(ledger: Ledger, files: list[Parsed]) -> Ledger:
    """The ledger that some of the files' entries make, with all else as it is."""
    return Ledger(files, ledger.entity, stream=ledger.appended)


def _is_of(entry: Custom, names: set[Value]) -> bool:
    """Whether a record, or what it undoes, is of one of these statements, or any statement or amendment."""
    kind, *words = (*entry.values, "", "") if entry.kind == "undo" else (entry.kind, *entry.values, "")
    return kind in ("statement", "amend") or (kind in _OF_STATEMENTS and words[0] in names)


def _touches(entry: Transaction, account: str) -> bool:
    return any(leg.account == account or leg.account.startswith(f"{account}:") for leg in entry.postings)
