"""Matching: two lists of money in, groups out; knows no ledger and no bank."""

from acctkit.matching.engine import match
from acctkit.matching.rows import Group, Result, Row

__all__ = ["Group", "Result", "Row", "match"]
