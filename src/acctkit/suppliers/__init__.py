"""Suppliers' statements against the purchase ledger: what agrees, what does not, why, and what to ask the supplier."""

from acctkit.suppliers.compare import compare, find_supplier
from acctkit.suppliers.letter import letter
from acctkit.suppliers.shape import Comparison
from acctkit.suppliers.show import json_answer, table

__all__ = ["Comparison", "compare", "find_supplier", "json_answer", "letter", "table"]
