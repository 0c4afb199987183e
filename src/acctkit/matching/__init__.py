"""Matching: two lists of money in, groups out; knows no ledger and no bank."""

from acctkit.matching.pairs import Group, Result, Row, match

__all__ = ["Group", "Result", "Row", "match"]
