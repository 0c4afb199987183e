"""Statements as suppliers send them: bytes in, statements out, nothing guessed."""

from acctkit.banking.suppliers.reader import read_supplier
from acctkit.banking.suppliers.statement import SupplierFile, SupplierLine, SupplierStatement

__all__ = ["SupplierFile", "SupplierLine", "SupplierStatement", "read_supplier"]
