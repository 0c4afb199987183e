"""A bank statement as records: what a file says that the books do not hold yet.

The statement is any object with the fields of `StatementLike`; its amounts are Decimals, money in positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from acctkit.journal.entries import Account, Meta, Money
from acctkit.journal.writer import Draft, record_text, value_text
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.money import EXACT, scale_of
from acctkit.problem import ERROR, Place, Problem, error, warning
from acctkit.reconcile.evidence import OPENING, BankBook, day_before, read_bank, statement_currency

_NAME_LETTERS = 3

# The field `date` hides the class of that name.
Day = date


class LineLike(Protocol):
    """A line of a bank file; texts are "" where the bank gave none."""

    @property
    def id(self) -> str:
        """The bank's own id, or one derived from the line."""

    @property
    def date(self) -> Day:
        """The day it was booked."""

    @property
    def amount(self) -> Decimal:
        """Money in positive."""

    @property
    def text(self) -> str:
        """What the bank prints."""

    @property
    def payer(self) -> str:
        """The other party."""

    @property
    def reference(self) -> str:
        """The reference given with the payment, or a cheque's number."""

    @property
    def kind(self) -> str:
        """The bank's word for what it is."""

    @property
    def value_date(self) -> Day | None:
        """The day it counts for interest."""

    @property
    def line(self) -> int:
        """The line of the file it begins in, 0 for none."""


class StatementLike(Protocol):
    """A statement of a bank file; balances and days are None where it gives no ground for them."""

    @property
    def currency(self) -> str:
        """Its code, "" where the file is silent."""

    @property
    def opening(self) -> Decimal | None:
        """The balance before the first line."""

    @property
    def closing(self) -> Decimal | None:
        """The balance after the last line."""

    @property
    def begin(self) -> Day | None:
        """The first day covered."""

    @property
    def end(self) -> Day | None:
        """The last day covered."""

    @property
    def lines(self) -> Sequence[LineLike]:
        """The lines in the file's order."""


@dataclass(frozen=True, slots=True)
class ImportProposal:
    """What an import would write: nothing (`draft` None) where all is known or an error stands against it.

    `statement` is the id of the new statement, of the one that holds the lines already, or "". `lines` are
    the ids that are new and `duplicates` those that stand already. `ties` says whether opening and lines
    make the closing and follow the statement before, None where the file gives no ground for it.
    """

    draft: Draft | None
    statement: str
    lines: tuple[str, ...]
    duplicates: tuple[str, ...]
    opening: Decimal | None
    closing: Decimal | None
    ties: bool | None
    problems: tuple[Problem, ...]


def import_draft(
    ledger: Ledger,
    account: str,
    statement: StatementLike,
    *,
    file: str,
    sha256: str,
    today: date,
    statement_id: str = "",
) -> ImportProposal:
    """The `statement` and `statement-line` records of what is new in a bank file.

    `file` is its path as the books will name it. A line whose id stands for the account is a duplicate.
    Errors: L205 no such account, B406 another currency, B405 an id that stands with another date or amount,
    D301 a statement id that is taken. Warning: B404 a balance that does not follow.
    """
    standing = _standing(ledger, account)
    duplicates = [line for line in statement.lines if line.id in standing]
    new = [line for line in statement.lines if line.id not in standing]
    held = {standing[line.id].text(0): None for line in duplicates}
    currency = statement.currency or _currency(ledger, account)
    problems = _refusals(ledger, account, statement, statement_id)
    problems += _changed(duplicates, standing, currency, file)
    has_errors = any(problem.severity == ERROR for problem in problems)
    gaps = [] if has_errors else _gaps(read_bank(ledger, account, currency), statement, new, file)
    name, draft = next(iter(held), ""), None
    if not has_errors and (new or _is_news(ledger, account, statement, sha256)):
        end = _end(statement, today)
        name = statement_id or _free_id(ledger, account, end)
        draft = _draft(ledger, account, statement, new, (name, end, currency, file, sha256))
    return ImportProposal(
        draft,
        name,
        tuple(line.id for line in new),
        tuple(line.id for line in duplicates),
        statement.opening,
        statement.closing,
        _ties(statement, gaps),
        (*problems, *gaps),
    )


def _standing(ledger: Ledger, account: str) -> dict[str, Record]:
    """The standing lines of an account by their ids."""
    names = {record.text(0) for record in ledger.records("statement") if record.values[1] == account}
    standing: dict[str, Record] = {}
    for record in ledger.records("statement-line"):
        if record.text(0) in names:
            standing.setdefault(record.text(1), record)
    return standing


def _currency(ledger: Ledger, account: str) -> str:
    heads = [record for record in ledger.records("statement") if record.values[1] == account]
    names = {record.text(0) for record in heads}
    lines = [record for record in ledger.records("statement-line") if record.text(0) in names]
    return statement_currency(ledger, account, heads, lines)


def _refusals(ledger: Ledger, account: str, statement: StatementLike, statement_id: str) -> list[Problem]:
    info = ledger.accounts.get(account)
    if info is None:
        return [error("L205", f"{account} is not open", hint="open it first, or name another account")]
    problems = []
    is_bound = bool(info.commodities) or any(r.values[1] == account for r in ledger.records("statement"))
    accepted = info.commodities or (_currency(ledger, account),)
    if is_bound and statement.currency and statement.currency not in accepted:
        message = f"the file is in {statement.currency}, {account} is in {', '.join(accepted)}"
        problems.append(error("B406", message, info.place, "import it into the account it belongs to"))
    if statement_id and any(record.text(0) == statement_id for record in ledger.records("statement")):
        problems.append(error("D301", f"there is a statement {statement_id} already", hint="choose another id"))
    return problems


def _changed(lines: Sequence[LineLike], standing: dict[str, Record], currency: str, file: str) -> list[Problem]:
    """B405 for each line that stands already, but with another date or amount."""
    problems = []
    for line in lines:
        record = standing[line.id]
        if (record.date, record.amount(2)) != (line.date, (line.amount, currency)):
            number, held = record.amount(2)
            stands = f"{number} {held} on {record.date}"
            message = f"line {line.id} is {line.amount} on {line.date} here, and {stands} in the books"
            words = " ".join(value_text(value) for value in record.values)
            hint = f'if the bank corrected it, withdraw the old one: custom "undo" "statement-line" {words}'
            problem = error("B405", message, Place(file, line.line) if line.line else None, hint)
            problems.append(problem._replace(related=(("the line in the books", record.place),)))
    return problems


def _gaps(bank: BankBook, statement: StatementLike, new: Sequence[LineLike], file: str) -> list[Problem]:
    """B404 where the opening is not the balance before, as the books know it."""
    begin = statement.begin or min((line.date for line in statement.lines), default=None)
    if statement.opening is None or begin is None or bank.begin is None or bank.begin > begin:
        return []
    before = [s for s in bank.statements if s.end <= begin and s.closing is not None]
    last = max(before, key=lambda s: (s.end, s.order), default=None)
    opening, scale = statement.opening, max(bank.unit.scale, scale_of(statement.opening))
    unit = bank.unit._replace(scale=scale)
    raised = 10 ** (scale - bank.unit.scale)
    expected = {(bank.moved(day_before(begin)) + _offset(bank, begin)) * raised}
    if last is not None and last.closing is not None:
        expected.add(last.closing * raised)
    if unit.minor(opening) in expected:
        return []
    stated = unit.text(unit.minor(opening))
    known = f"the books know a balance of {unit.text(min(expected))} before it"
    if last is not None and last.closing is not None:
        known = f"statement {last.id} closes with {unit.text(last.closing * raised)}"
    message = f"the file opens with {stated}, and {known}"
    first = next((line.line for line in new if line.line), 0)
    hint = "a statement between may be missing: import it too"
    return [warning("B404", message, Place(file, first) if first else None, hint)]


def _offset(bank: BankBook, begin: date) -> int:
    """What the balances before a day add to the lines."""
    offset = bank.opening if bank.opening is not None else bank.opening_matched
    for day, _, _, found in bank.offsets():
        if day < begin:
            offset = found
    return offset


def _ties(statement: StatementLike, gaps: list[Problem]) -> bool | None:
    if statement.opening is None or statement.closing is None:
        return None
    total = statement.opening
    for line in statement.lines:
        total = EXACT.add(total, line.amount)
    return total == statement.closing and not gaps


def _is_news(ledger: Ledger, account: str, statement: StatementLike, sha256: str) -> bool:
    """Whether a statement without any line says something new: that nothing moved up to a day."""
    if statement.lines or statement.closing is None or statement.end is None:
        return False
    for record in ledger.records("statement"):
        if record.values[1] == account and (record.note("sha256") == sha256 or record.date == statement.end):
            return False
    return True


def _end(statement: StatementLike, today: date) -> date:
    return statement.end or max((line.date for line in statement.lines), default=today)


def _free_id(ledger: Ledger, account: str, end: date) -> str:
    """A statement id like `CUR-2026-04`, with `-2`, `-3` where it is taken."""
    leaf = account.rpartition(":")[2]
    letters = "".join(c for c in leaf if c.isalpha())[:_NAME_LETTERS].upper() or "STM"
    taken = {record.text(0) for record in ledger.records("statement")}
    name = first = f"{letters}-{end:%Y-%m}"
    number = 1
    while name in taken:
        number += 1
        name = f"{first}-{number}"
    return name


def _draft(
    ledger: Ledger,
    account: str,
    statement: StatementLike,
    new: Sequence[LineLike],
    head: tuple[str, date, str, str, str],
) -> Draft:
    name, end, currency, file, sha256 = head
    places = ledger.shown(currency)

    def money(number: Decimal) -> Money:
        step = Decimal(1).scaleb(-max(places, scale_of(number)))
        return Money(number.quantize(step, context=EXACT), currency)

    values = [name, Account(account)]
    closing = [] if statement.closing is None else [money(statement.closing)]
    meta: Meta = {OPENING: money(statement.opening)} if statement.opening is not None else {}
    if statement.begin is not None:
        meta["from"] = min(statement.begin, end)
    meta |= {"file": file, "sha256": sha256}
    texts = [record_text(end, "statement", [*values, *closing], meta)]
    for line in new:
        words = (name, line.id, money(line.amount), line.text)
        texts.append(record_text(line.date, "statement-line", words, _evidence(line)))
    count = "1 new line" if len(new) == 1 else f"{len(new)} new lines"
    return Draft(tuple(texts), (), (f"{count} of {file} for {account}",))


def _evidence(line: LineLike) -> Meta:
    """What else the bank said of a line, where it says more than the text."""
    meta: Meta = {}
    if line.payer and line.payer != line.text:
        meta["payer"] = line.payer
    if line.reference:
        meta["reference"] = line.reference
    if line.value_date is not None and line.value_date != line.date:
        meta["value-date"] = line.value_date
    if line.kind:
        meta["type"] = line.kind
    return meta
