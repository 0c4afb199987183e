"""Reconciliation: what the bank said, what the books say, and what is agreed between the two.

`import_draft` brings a statement into the books, `propose` matches its lines, `reconcile_draft` records
what was agreed, `state` says how the books stand against the bank on any day.
"""

from acctkit.reconcile.checks import check_reconcile
from acctkit.reconcile.evidence import (
    OPENING,
    BankBook,
    BookEntry,
    Statement,
    StatementLine,
    read_bank,
    statement_named,
)
from acctkit.reconcile.importing import Asked, ImportProposal, import_draft
from acctkit.reconcile.propose import UNDONE, Match, OpenEntry, OpenLine, Part, Proposal, propose, reconcile_draft
from acctkit.reconcile.queries import answer, ask, bank_error, open_queries, queries_json, queries_table
from acctkit.reconcile.show import json_answer, statement_json, statement_table
from acctkit.reconcile.signing import Signing, check_signed, signature_draft, signed_hash, signed_text, signers, signing
from acctkit.reconcile.state import Break, Item, Reconciliation, state

__all__ = [
    "OPENING",
    "UNDONE",
    "Asked",
    "BankBook",
    "BookEntry",
    "Break",
    "ImportProposal",
    "Item",
    "Match",
    "OpenEntry",
    "OpenLine",
    "Part",
    "Proposal",
    "Reconciliation",
    "Signing",
    "Statement",
    "StatementLine",
    "answer",
    "ask",
    "bank_error",
    "check_reconcile",
    "check_signed",
    "import_draft",
    "json_answer",
    "open_queries",
    "propose",
    "queries_json",
    "queries_table",
    "read_bank",
    "reconcile_draft",
    "signature_draft",
    "signed_hash",
    "signed_text",
    "signers",
    "signing",
    "state",
    "statement_json",
    "statement_named",
    "statement_table",
]
