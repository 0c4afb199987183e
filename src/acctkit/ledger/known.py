"""The ledger as it was known when a record was written: only what stands before it."""

from __future__ import annotations

from acctkit.journal.entries import Entry, Pad, Transaction
from acctkit.journal.parser import Parsed
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Place


def known_before(ledger: Ledger, place: Place, account: str) -> Ledger:
    """The ledger that the text before a place of the stream makes, as far as one account is concerned.

    Entries that do not touch the account are left out, unless pads, plugins or lots may make them matter to it.
    """
    last = ledger.order[place.file]
    whole = any(parsed.plugins for parsed in ledger.files) or any(
        isinstance(entry, Pad) or (isinstance(entry, Transaction) and any(leg.cost for leg in entry.postings))
        for parsed in ledger.files
        for entry in parsed.entries
    )

    def stands(parsed: Parsed, entry: Entry) -> bool:
        at = ledger.order[parsed.source.name]
        if at > last or (at == last and entry.line >= place.line):
            return False
        return whole or not isinstance(entry, Transaction) or _touches(entry, account)

    files = [
        parsed._replace(entries=[entry for entry in parsed.entries if stands(parsed, entry)]) for parsed in ledger.files
    ]
    return Ledger(files, ledger.entity, stream=ledger.appended)


def _touches(entry: Transaction, account: str) -> bool:
    return any(leg.account == account or leg.account.startswith(f"{account}:") for leg in entry.postings)
