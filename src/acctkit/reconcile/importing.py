"""A bank statement as records: what a file says that the books do not hold yet.

The statement is any object with the fields of `StatementLike`; its amounts are Decimals, money in positive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from acctkit.journal.entries import Account, Meta, Money
from acctkit.journal.writer import Draft, record_text, value_text
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.records import Record
from acctkit.money import EXACT, scale_of
from acctkit.problem import ERROR, WARNING, Place, Problem, error, warning
from acctkit.reconcile.evidence import (
    OPENING,
    BankBook,
    StatementLine,
    day_before,
    read_bank,
    statement_currency,
)
from acctkit.reconcile.repeats import Covered, FileLine, missing, repeated
from acctkit.table import counted

_NAME_LETTERS = 3
# Fewer lines than this tell nothing of whose they are.
_TELLING = 2

# The field `date` hides the class of that name.
Day = date


class LineLike(FileLine, Protocol):
    """A line of a bank file; texts are "" where the bank gave none."""

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

    `statement` is the id of the first new statement, of the one that holds the lines already, or "", and
    `statements` all of them. `lines` are the ids that are new and `duplicates` those that stand already. `ties`
    says whether opening and lines make the closing and follow the statement before, None where the file gives
    no ground for it. `notes` are what else a person wants to know.
    """

    draft: Draft | None
    statement: str
    lines: tuple[str, ...]
    duplicates: tuple[str, ...]
    opening: Decimal | None
    closing: Decimal | None
    ties: bool | None
    problems: tuple[Problem, ...]
    statements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody said of a file: the codes of problems to accept, and whether repeats are to be left out."""

    accept: frozenset[str] = frozenset()
    skip_repeats: bool = False


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a statement comes from: the file as the books will name it, its digest, and its path as received."""

    file: str
    sha256: str
    received: str


def import_draft(
    ledger: Ledger,
    account: str,
    *statements: StatementLike,
    file: str,
    sha256: str,
    today: date,
    statement_id: str = "",
    received: str = "",
    asked: Asked | None = None,
) -> ImportProposal:
    """The `statement` and `statement-line` records of what is new in the statements of a bank file.

    `file` is its path as the books will name it, `received` that it came from. A line whose id stands for the
    account is a duplicate. Errors: L205 no such account, B406 another currency or account, B405 an id that
    stands with another date or amount, B408 lines that stand under other ids, B409 lines that a file of this
    name had before and has no more, D301 a statement id that is taken. Warnings: B404 a balance that does not
    follow, B409 lines the file does not show; and what is `asked` to be accepted.
    """
    asked = asked or Asked()
    source = _Source(file, sha256, received or file)
    standing = _standing(ledger, account)
    known = dict.fromkeys(standing)
    names: list[str] = []
    found: list[ImportProposal] = []
    ordered = sorted(statements, key=lambda one: one.begin or one.end or date.max)
    for number, one in enumerate(ordered):
        new = [line for line in one.lines if line.id not in known]
        known |= dict.fromkeys(line.id for line in new)
        before = ordered[number - 1].closing if number else None
        wanted = statement_id if number == 0 else ""
        part = _one(ledger, account, one, standing, new, source, (before, names, wanted), today, asked)
        names += [part.statement] if part.draft else []
        found.append(part)
    return found[0] if len(found) == 1 else _together(found)


def _together(parts: Sequence[ImportProposal]) -> ImportProposal:
    """The proposals for the statements of a file as one; with an error in any, nothing is written of all."""
    drafts = [part.draft for part in parts if part.draft]
    ties = [part.ties for part in parts]
    problems = tuple(problem for part in parts for problem in part.problems)
    failed = any(problem.severity == ERROR for problem in problems)
    draft = None
    if drafts and not failed:
        texts = tuple(text for one in drafts for text in one.texts)
        draft = replace(drafts[0], texts=texts, reasons=tuple(reason for one in drafts for reason in one.reasons))
    return ImportProposal(
        draft,
        next((part.statement for part in parts if part.statement), ""),
        tuple(line for part in parts for line in part.lines),
        tuple(line for part in parts for line in part.duplicates),
        parts[0].opening,
        parts[-1].closing,
        None if None in ties else all(ties),
        problems,
        tuple(dict.fromkeys(name for part in parts for name in part.statements)),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _one(
    ledger: Ledger,
    account: str,
    statement: StatementLike,
    standing: dict[str, Record],
    new: list[LineLike],
    source: _Source,
    place: tuple[Decimal | None, list[str], str],
    today: date,
    asked: Asked,
) -> ImportProposal:
    """The proposal for one statement; `place` is the closing before it in the file, names taken, and its own."""
    before, taken, statement_id = place
    file = source.received
    duplicates = [line for line in statement.lines if line.id in standing]
    held = {standing[line.id].text(0): None for line in duplicates}
    currency = statement.currency or _currency(ledger, account)
    problems = _refusals(ledger, account, statement, statement_id)
    problems += _changed(duplicates, standing, currency, file)
    if not _failed(problems):
        problems += _of_another(ledger, account, new, source)
    notes: list[str] = []
    gaps: list[Problem] = []
    if not _failed(problems):
        bank = read_bank(ledger, account, currency)
        new, told = _settled(bank, statement, new, source, asked, notes)
        problems += told
        gaps = _gaps(bank, statement, new, file) if before is None else _step(before, statement, new, file)
        notes += _notes(ledger, bank, statement, source, is_known=not new)
    name, draft = next(iter(held), ""), None
    if not _failed(problems) and (new or _is_news(ledger, account, statement, source.sha256)):
        end = _end(statement, today)
        name = statement_id or _free_id(ledger, account, end, taken)
        draft = _draft(ledger, account, statement, new, (name, end, currency, source, asked.accept))
    return ImportProposal(
        draft,
        name,
        tuple(line.id for line in new),
        tuple(line.id for line in duplicates),
        statement.opening,
        statement.closing,
        _ties(statement, gaps),
        (*problems, *gaps),
        (name,) if name else (),
        tuple(notes),
    )


def _failed(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == ERROR for problem in problems)


def _of_another(ledger: Ledger, account: str, new: Sequence[LineLike], source: _Source) -> list[Problem]:
    """B406 where most of the new lines stand on another account under their very ids."""
    if len(new) < _TELLING:
        return []
    accounts = {record.text(0): str(record.values[1]) for record in ledger.records("statement")}
    contents = {(line.id, line.date, line.amount) for line in new}
    found: Counter[str] = Counter()
    for record in ledger.records("statement-line"):
        other = accounts.get(record.text(0), account)
        if other != account and (record.text(1), record.date, record.amount(2)[0]) in contents:
            found[other] += 1
    if not found or found.most_common(1)[0][1] * 2 <= len(new):
        return []
    other, count = found.most_common(1)[0]
    message = f"{count} of its {counted(len(new), 'line')} stand on {other}, under the same ids"
    hint = f"import it with --account {other}, or undo there what was imported into the wrong account"
    return [error("B406", message, Place(source.received, new[0].line) if new[0].line else None, hint)]


def _settled(
    bank: BankBook,
    statement: StatementLike,
    new: list[LineLike],
    source: _Source,
    asked: Asked,
    notes: list[str],
) -> tuple[list[LineLike], list[Problem]]:
    """The lines that stay new, and B408 and B409 where the books hold them under other ids, or others."""
    covered = Covered(statement.begin, statement.end, statement.opening, statement.closing)
    pairs = repeated(bank, statement.lines, new, covered)
    again = {line.id for line, _ in pairs}
    problems = []
    if pairs and asked.skip_repeats:
        notes.append(f"{_lines(len(pairs))} left out that the books hold under other ids")
        new = [line for line in new if line.id not in again]
    elif pairs:
        line, held = pairs[0]
        many = f"{len(pairs)} of {_lines(len(new))}" if len(pairs) > 1 else "a line"
        message = (
            f"{many} of the file stand{'s' if len(pairs) == 1 else ''} in the books under other ids, first {line.id}"
        )
        message += f" of {line.date}, which is {held.id} of {held.statement.id}"
        hint = "leave them out with --skip-repeats, or import them all the same with --accept B408"
        problems.append(_unless(asked, "B408", message, source, line.line, hint, held))
    lost = missing(bank, statement.lines, [held for _, held in pairs], covered)
    if lost:
        first = lost[0]
        is_edited = first.statement.file != "" and _basename(first.statement.file) == _basename(source.received)
        message = f"the file does not show {_lines(len(lost))} of its days that the books hold, first {first.id} of "
        message += f"{first.date}: {bank.unit.text(first.amount)}"
        if is_edited:
            message += f"; a file of this name, imported as {first.statement.id}, did: it was changed since"
        hint = "compare it with the file kept in statements/; --accept B409 imports what is new in it all the same"
        told = _unless(asked, "B409", message, source, 0, hint, first)
        problems.append(told if is_edited else told._replace(severity=WARNING))
    return new, problems


def _unless(
    asked: Asked, code: str, message: str, source: _Source, line: int, hint: str, held: StatementLine
) -> Problem:
    """An error, or a warning where it was accepted, that shows the line of the books."""
    make = warning if code in asked.accept else error
    problem = make(code, message, Place(source.received, line) if line else None, hint if make is error else "")
    return problem._replace(related=(("the line in the books", held.place),))


def _lines(count: int) -> str:
    return f"{count} line{'s' if count != 1 else ''}"


def _basename(path: str) -> str:
    return path.rpartition("/")[2].casefold()


def _notes(ledger: Ledger, bank: BankBook, statement: StatementLike, source: _Source, *, is_known: bool) -> list[str]:
    """What is worth saying: the file under another name, days that other statements cover too, no balances."""
    notes = []
    for record in ledger.records("statement"):
        name = record.note("file")
        is_same = record.note("sha256") == source.sha256 and record.values[1] == bank.account
        if is_same and _basename(name) != _basename(source.received):
            notes.append(f"the same file was imported before as {name} ({record.text(0)})")
    begin, end = statement.begin, statement.end
    over = [one.id for one in bank.statements if begin and end and one.begin <= end and begin <= one.end]
    if over and not is_known:
        notes.append(f"its days overlap with {', '.join(over[-3:])}")
    if statement.opening is None and statement.closing is None and statement.lines and not is_known:
        notes.append("the file states no balances: nothing proves that it is whole")
    return notes


def _step(before: Decimal, statement: StatementLike, new: Sequence[LineLike], file: str) -> list[Problem]:
    """B404 where a statement does not open as the one before it in the file closes."""
    if statement.opening is None or statement.opening == before:
        return []
    first = next((line.line for line in new if line.line), 0)
    message = f"one statement of the file closes with {before}, the next opens with {statement.opening}"
    hint = "a statement between may be missing: import it too"
    return [warning("B404", message, Place(file, first) if first else None, hint)]


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


def _free_id(ledger: Ledger, account: str, end: date, others: Sequence[str]) -> str:
    """A statement id like `CUR-2026-04`, with `-2`, `-3` where it is taken."""
    leaf = account.rpartition(":")[2]
    letters = "".join(c for c in leaf if c.isalpha())[:_NAME_LETTERS].upper() or "STM"
    taken = {*others, *(record.text(0) for record in ledger.records("statement"))}
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
    head: tuple[str, date, str, _Source, frozenset[str]],
) -> Draft:
    name, end, currency, source, accepted = head
    places = ledger.shown(currency)

    def money(number: Decimal) -> Money:
        step = Decimal(1).scaleb(-max(places, scale_of(number)))
        return Money(number.quantize(step, context=EXACT), currency)

    values = [name, Account(account)]
    closing = [] if statement.closing is None else [money(statement.closing)]
    meta: Meta = {OPENING: money(statement.opening)} if statement.opening is not None else {}
    if statement.begin is not None:
        meta["from"] = min(statement.begin, end)
    meta |= {"file": source.file, "sha256": source.sha256}
    if accepted:
        meta["accepted"] = " ".join(sorted(accepted))
    texts = [record_text(end, "statement", [*values, *closing], meta)]
    for line in new:
        words = (name, line.id, money(line.amount), line.text)
        texts.append(record_text(line.date, "statement-line", words, _evidence(line)))
    count = "1 new line" if len(new) == 1 else f"{len(new)} new lines"
    return Draft(tuple(texts), (), (f"{count} of {source.file} for {account}",))


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
