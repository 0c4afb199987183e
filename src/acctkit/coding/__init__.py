"""Coding: a bank or card line that has no entry yet becomes one.

`read_rules` reads the rules, `propose` says of each open line how it may be coded and by what evidence, `coding_draft`
makes entries and matches of what was agreed, `coded_entry` one against an account that a person names.
"""

from acctkit.coding.draft import coding_draft, shown
from acctkit.coding.entry import coded_entry
from acctkit.coding.history import label
from acctkit.coding.lines import (
    HISTORY,
    PARTY,
    RULE,
    TRANSFER,
    Coded,
    CodingProposal,
    Law,
    Left,
    Line,
    OpenEntry,
    Suggestion,
    Tried,
    Waiting,
)
from acctkit.coding.propose import propose
from acctkit.coding.rules import Rule, read_rules, rule_text
from acctkit.coding.show import coding_table, explained, explained_lines, json_answer, target, whys

__all__ = [
    "HISTORY",
    "PARTY",
    "RULE",
    "TRANSFER",
    "Coded",
    "CodingProposal",
    "Law",
    "Left",
    "Line",
    "OpenEntry",
    "Rule",
    "Suggestion",
    "Tried",
    "Waiting",
    "coded_entry",
    "coding_draft",
    "coding_table",
    "explained",
    "explained_lines",
    "json_answer",
    "label",
    "propose",
    "read_rules",
    "rule_text",
    "shown",
    "target",
    "whys",
]
