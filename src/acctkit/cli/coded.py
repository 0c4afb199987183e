"""What coding needs of the books, put together: what reconciling leaves of every account, the rules, the law."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from acctkit.cli.show import progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from acctkit.books.root import Root
    from acctkit.coding import CodingProposal, Law, Line, Rule, Waiting
    from acctkit.ledger.ledger import Ledger
    from acctkit.reconcile import BankBook, Match, Proposal, StatementLine

_FAR = timedelta(days=31)


def proposal(root: Root, ledger: Ledger, account: str = "", *, soft: bool = False, asked: str = "") -> CodingProposal:
    """How the open lines of an account (or of all) may be coded, by the rules that stand beside the books.

    `asked` is the id of a line that the rules are asked about although it may be matched already.
    """
    from acctkit.coding import propose

    rules = rules_of(root, ledger)
    left = waiting(ledger)
    is_open = any(line.account == account and line.id == asked for one in left for line in one.lines)
    also = [] if is_open or not asked else _closed(ledger, account, asked)
    return propose(ledger, account, rules, waiting=left, law=law_of(ledger), soft=soft, also=also)


def rules_of(root: Root, ledger: Ledger) -> tuple[Rule, ...]:
    """The rules of the books; raises Refusal with all that is wrong with them (B410)."""
    from acctkit.books.coding import rules_text

    return read(root, ledger, rules_text(root))


def read(root: Root, ledger: Ledger, text: str) -> tuple[Rule, ...]:
    """The rules of a text that stands, or is to stand, where the books' own do."""
    from acctkit.books.coding import rules_path
    from acctkit.coding import read_rules
    from acctkit.reports.account import find_account

    return read_rules(text, str(rules_path(root)), ledger, partial(find_account, ledger), law_of(ledger))


def law_of(ledger: Ledger) -> Law | None:
    """The VAT of the country the entity is registered in, None where it is not registered."""
    from acctkit.vat.codes import load_country

    return load_country(ledger.entity.vat.country) if ledger.entity.vat else None


def waiting(ledger: Ledger) -> list[Waiting]:
    """What reconciling leaves of each account that has statements."""
    from acctkit.reconcile import propose

    accounts = dict.fromkeys(str(record.values[1]) for record in ledger.records("statement"))
    return [left_of(ledger, propose(ledger, account, progress=progress("matching"))) for account in accounts]


def left_of(ledger: Ledger, found: Proposal) -> Waiting:
    """What a reconciliation leaves of an account, as coding knows it."""
    from acctkit.coding import OpenEntry, Waiting
    from acctkit.reconcile import UNDONE, read_bank

    bank = read_bank(ledger, found.account, found.unit.currency)
    matched = {line: ", ".join(one.entries) for one in found.matched for line in one.lines}
    perhaps: dict[str, str] = {}
    dates = {line.id: line.date for line in bank.lines}
    for one in found.suggested:
        if one.why != UNDONE and not _is_faint(ledger, one, dates):
            for line in one.lines:
                perhaps.setdefault(line, ", ".join(one.entries))
    lines = [line for line in bank.lines if line.date <= found.as_of and line.id not in bank.errors]
    return Waiting(
        found.account,
        tuple(_line(bank, line, rest) for line in lines if (rest := bank.open_line(line)) * line.amount > 0),
        tuple(
            OpenEntry(found.account, row.entry.name, row.entry.date, found.unit.amount(row.amount))
            for row in found.unmatched_entries
        ),
        matched,
        perhaps,
        tuple((one.begin, one.end) for one in bank.statements),
    )


def _is_faint(ledger: Ledger, one: Match, dates: Mapping[str, date]) -> bool:
    """Whether a line and an entry have nothing in common but the amount, more than a month apart."""
    entries = [ledger.entry(name) for name in one.entries]
    far = all(
        entry is not None and line in dates and abs(entry.date - dates[line]) > _FAR
        for entry in entries
        for line in one.lines
    )
    return far and set(one.reasons) <= {"same amount", *(word for word in one.reasons if word.endswith(" days apart"))}


def _closed(ledger: Ledger, account: str, name: str) -> list[Line]:
    """A line of an account that is matched already."""
    from acctkit.reconcile import read_bank

    bank = read_bank(ledger, account)
    return [_line(bank, line, line.amount) for line in bank.lines if line.id == name]


def _line(bank: BankBook, line: StatementLine, minor: int) -> Line:
    from acctkit.coding import Line

    return Line(
        bank.account, line.statement.id, line.id, line.date, bank.unit.amount(minor), line.text, line.payer,
        line.reference, line.place,
    )  # fmt: skip
