"""Receipts, payments and credits to the open items they settle.

What is sure is proposed: a reference in the payer's words, the only open item of a party with that amount, or
the whole of what a party has open. A tie, a near miss or a doubt is a suggestion that says why; the rest stays
on account. Amounts are minor units; those of allocations and suggestions are positive.
"""

from acctkit.allocation.result import Allocation, PaymentMatch, Suggestion, draft, json_answer, table
from acctkit.allocation.suggest import match_payments

__all__ = ["Allocation", "PaymentMatch", "Suggestion", "draft", "json_answer", "match_payments", "table"]
