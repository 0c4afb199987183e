"""The proof: seals, locks, and what an auditor asks of the books.

`seals` is the chain that ends each append, `locks` closes days.
"""

from acctkit.audit.locks import check_locks, last_locked
from acctkit.audit.seals import (
    UNSEALED,
    Chain,
    bytes_since_seal,
    check_covers,
    check_seals,
    cover_lines,
    holds_seal,
    last_seal,
    read_chain,
    seal_line,
)

__all__ = [
    "UNSEALED",
    "Chain",
    "bytes_since_seal",
    "check_covers",
    "check_locks",
    "check_seals",
    "cover_lines",
    "holds_seal",
    "last_locked",
    "last_seal",
    "read_chain",
    "seal_line",
]
