"""Reconciliation: what the bank said, what the books say, and what is agreed between the two.

`import_draft` brings a statement into the books, `propose` matches its lines, `reconcile_draft` records
what was agreed, `state` says how the books stand against the bank on any day.
"""

from acctkit.reconcile.checks import check_reconcile
from acctkit.reconcile.evidence import OPENING, BankBook, BookEntry, Statement, StatementLine, read_bank
from acctkit.reconcile.importing import Asked, ImportProposal, import_draft
from acctkit.reconcile.propose import Match, OpenEntry, OpenLine, Part, Proposal, propose, reconcile_draft
from acctkit.reconcile.queries import answer, ask, bank_error, open_queries, queries_json, queries_table
from acctkit.reconcile.show import json_answer, statement_table
from acctkit.reconcile.state import Break, Item, Reconciliation, state

__all__ = [
    "OPENING",
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
    "Statement",
    "StatementLine",
    "answer",
    "ask",
    "bank_error",
    "check_reconcile",
    "import_draft",
    "json_answer",
    "open_queries",
    "propose",
    "queries_json",
    "queries_table",
    "read_bank",
    "reconcile_draft",
    "state",
    "statement_table",
]
