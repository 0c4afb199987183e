"""Matching: two lists of money in, groups out; knows no ledger and no bank."""

from acctkit.matching.engine import Progress, match
from acctkit.matching.rows import Group, Result, Row

__all__ = ["Group", "Progress", "Result", "Row", "match"]
