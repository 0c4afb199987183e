"""What a supplier says, whatever layout it says it in: lines, balances, and what proves them.

Amounts are what they say we owe: an invoice is positive, a payment or a credit note negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from acctkit.problem import Problem

INVOICE, CREDIT, PAYMENT, FORWARD = "invoice", "credit", "payment", "forward"

# The field `date` hides the class of that name.
Day = date


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """One line of a supplier's statement.

    `reference` is their number of the document and `other` the number of ours that they quote; `numbers` are all
    words that may be a document's number. `kind` is "" where neither words nor columns tell. `amount` is what the
    line adds to what they say we owe: all of it, or what is left of it where the statement lists what is open;
    `original` is the amount before anything was paid. `line` counts from 1, in a PDF over its text.
    """

    date: date
    amount: Decimal
    kind: str = ""
    reference: str = ""
    other: str = ""
    text: str = ""
    due: Day | None = None
    original: Decimal | None = None
    balance: Decimal | None = None
    numbers: tuple[str, ...] = ()
    line: int = 0
    raw: str = ""


@dataclass(frozen=True, slots=True)
class SupplierStatement:
    """The lines of one currency in the file's order, between what was brought forward and what they say is owed.

    `opening` is None where nothing is brought forward: then the lines alone make the closing. `is_open` says that
    the lines are what is left of each document, not what it came to. `closing` is as stated, else what the lines
    come to; `is_stated` says that balances or totals bear it out. `date` is the statement's own where it `is_dated`,
    else that of its last line. `gap` is by how much stated and added up differ: 0 unless somebody accepted it.
    """

    currency: str
    date: date
    opening: Decimal | None
    closing: Decimal
    lines: tuple[SupplierLine, ...]
    is_open: bool = False
    is_stated: bool = False
    is_dated: bool = False
    gap: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class SupplierFile:
    """What was read: the format ("csv", "pdf" or ""), the statements, all words outside the table, and problems.

    Where something could not be read there are no statements, only the errors that say why.
    """

    format: str
    statements: tuple[SupplierStatement, ...]
    words: str
    problems: tuple[Problem, ...]
