"""How the books stand against the bank at the end of a day.

`difference = statement + lodgements - unpresented - books`, and it is the sum of `unrecorded` and `breaks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from acctkit.journal.entries import Meta
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Place
from acctkit.reconcile.evidence import BankBook, BookEntry, Matched, Statement, Unit, day_before, read_bank

Day = date


@dataclass(frozen=True, slots=True)
class Item:
    """Something that stands on one side only: an entry by its ref or id, or a statement line by its id.

    `amount` is what is unmatched of it, signed, money in positive. `number` is a cheque's, "" for none.
    `cleared` is the later day on which the bank shows all the rest, None where it does not. `wrong` is how much
    of a line is the bank's own error, which it is to put right, and `error` why.
    """

    id: str
    date: Day
    text: str
    amount: int
    place: Place
    number: str = ""
    cleared: Day | None = None
    wrong: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A gap in the chain of statements: what a balance is more than those before and the lines make."""

    statement: str
    date: Day
    amount: int
    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The reconciliation of an account at the end of a day. Amounts are signed, money in positive.

    `statement` is the bank's balance: what it stated last, and the lines since. `lodgements` are receipts
    and `unpresented` payments in the books that no line to that day shows; `unrecorded` are lines to that
    day that no entry to that day explains. `is_stated` is False where no statement states any balance, so
    that `statement` is only what the lines come to. `last_day` is the end of the last statement begun by then.
    """

    account: str
    as_of: date
    unit: Unit
    statement: int
    lodgements: tuple[Item, ...]
    unpresented: tuple[Item, ...]
    books: int
    unrecorded: tuple[Item, ...]
    breaks: tuple[Break, ...]
    is_stated: bool = True
    last_day: Day | None = None

    @property
    def lodgements_total(self) -> int:
        """The outstanding lodgements together, positive."""
        return sum(item.amount for item in self.lodgements)

    @property
    def unpresented_total(self) -> int:
        """The unpresented payments together, positive."""
        return -sum(item.amount for item in self.unpresented)

    @property
    def bank_errors(self) -> tuple[Item, ...]:
        """The bank's own errors that it has not put right, each with the amount that is wrong."""
        return tuple(replace(item, amount=item.wrong) for item in self.unrecorded if item.wrong)

    @property
    def bank_errors_total(self) -> int:
        """The bank's errors together, signed: what it showed and should not have."""
        return sum(item.wrong for item in self.unrecorded)

    @property
    def unexplained_lines(self) -> tuple[Item, ...]:
        """What of the lines is neither in the books nor the bank's error."""
        parts = (replace(item, amount=item.amount - item.wrong, wrong=0, error="") for item in self.unrecorded)
        return tuple(item for item in parts if item.amount)

    @property
    def adjusted(self) -> int:
        """What the books should say: the bank's balance when all under way has arrived and its errors are mended."""
        return self.statement + self.lodgements_total - self.unpresented_total - self.bank_errors_total

    @property
    def difference(self) -> int:
        """The bank's balance and what is under way, less the books: the sum of `unrecorded` and `breaks`."""
        return self.adjusted + self.bank_errors_total - self.books

    @property
    def unexplained(self) -> int:
        """The difference less the bank's errors: what is left to explain, nothing when the work is done."""
        return self.adjusted - self.books

    @property
    def is_done(self) -> bool:
        """Whether no line but the bank's errors is unrecorded, and no break is left."""
        return not self.unexplained_lines and not self.breaks


def state(ledger: Ledger, account: str, as_of: date, currency: str = "") -> Reconciliation:
    """The reconciliation of an account at the end of a day, in the currency of its statements."""
    bank = read_bank(ledger, account, currency)
    known = [entry for entry in bank.entries if entry.date <= as_of]
    counted = [match for match in bank.matches if match.entry.date <= as_of]
    outstanding = list(_outstanding(ledger, bank, known, as_of))
    breaks = tuple(chain(bank, as_of, sum(match.amount for match in counted if match.line is None)))
    offset = sum(item.amount for item in breaks) + _opening_counted(bank, counted, as_of)
    return Reconciliation(
        account,
        as_of,
        bank.unit,
        bank.moved(as_of) + offset,
        tuple(item for item in outstanding if item.amount > 0),
        tuple(item for item in outstanding if item.amount < 0),
        sum(entry.amount for entry in known),
        tuple(_unrecorded(bank, counted, as_of)),
        breaks,
        any(one.opening is not None or one.closing is not None for one in bank.statements),
        max((one.end for one in bank.statements if one.begin <= as_of), default=None),
    )


def _has_begun(bank: BankBook, as_of: date) -> bool:
    """Whether the first statement's opening balance stands by the end of a day."""
    return bank.begin is not None and as_of >= day_before(bank.begin)


def _opening_counted(bank: BankBook, counted: Iterable[Matched], as_of: date) -> int:
    return sum(match.amount for match in counted if match.line is None) if _has_begun(bank, as_of) else 0


def chain(bank: BankBook, as_of: date, opening_matched: int) -> Iterator[Break]:
    """The breaks to the end of a day; the first is what of the first opening is matched to no entry."""
    if not _has_begun(bank, as_of):
        return
    first, show = bank.statements[0], bank.unit.text
    offset = bank.opening if bank.opening is not None else bank.opening_matched
    if rest := offset - opening_matched:
        message = f"the opening balance {show(offset)} of {first.id} is matched to {show(opening_matched)} of entries"
        yield Break(first.id, day_before(first.begin), rest, message, first.place)
    for day, statement, is_opening, found in bank.offsets():
        if day > as_of:
            break
        if found != offset:
            yield _break(bank, statement, is_opening, day, found - offset)
        offset = found


def _break(bank: BankBook, statement: Statement, is_opening: bool, day: date, amount: int) -> Break:
    show = bank.unit.text
    stated = (statement.opening if is_opening else statement.closing) or 0
    verb = "opens" if is_opening else "closes"
    message = f"{statement.id} {verb} with {show(stated)}, what stands before it makes {show(stated - amount)}"
    return Break(statement.id, day, amount, message, statement.place)


def _outstanding(ledger: Ledger, bank: BankBook, entries: Iterable[BookEntry], as_of: date) -> Iterator[Item]:
    """What of each entry no line to the day shows; an entry and its reversal, neither shown, move nothing."""
    cleared: dict[int, int] = {}
    last: dict[int, date] = {}
    for match in bank.matches:
        key = id(match.entry.entry)
        if match.line.date <= as_of if match.line else _has_begun(bank, as_of):
            cleared[key] = cleared.get(key, 0) + match.amount
        elif match.line:
            last[key] = max(match.line.date, last.get(key, match.line.date))
    for entry in entries:
        key = id(entry.entry)
        other = bank.taken_back.get(entry.name)
        if other is not None and other.date <= as_of:
            continue
        if amount := entry.amount - cleared.get(key, 0):
            later = last.get(key) if bank.open_entry(entry) == 0 else None
            yield item_of(ledger, entry, amount, later)


def item_of(ledger: Ledger, entry: BookEntry, amount: int, cleared: date | None = None) -> Item:
    """An entry, and so much of it, as an item."""
    transaction = entry.entry
    text = " ".join(filter(None, (transaction.payee, transaction.narration)))
    return Item(entry.name, entry.date, text, amount, transaction.place, cheque(ledger.meta(transaction)), cleared)


def cheque(meta: Meta) -> str:
    """An entry's cheque number, "" for none."""
    for key in ("cheque", "check"):
        if (value := meta.get(key)) is not None:
            return str(value)
    return ""


def _unrecorded(bank: BankBook, counted: Iterable[Matched], as_of: date) -> Iterator[Item]:
    """What of each line to the day no entry to the day explains; what the bank put right by then is passed over."""
    explained: dict[str, int] = {}
    for match in counted:
        if match.line:
            explained[match.line.id] = explained.get(match.line.id, 0) + match.amount
    wrong = dict(wrong_lines(bank, as_of))
    for line in bank.lines:
        if line.date > as_of:
            break
        amount = line.amount - explained.get(line.id, 0)
        error = bank.errors.get(line.id)
        if error and line.id not in wrong:
            amount -= bank.open_line(line)
        if amount:
            why = (error.why, wrong.get(line.id, 0)) if error else ("", 0)
            yield Item(line.id, line.date, line.text, amount, line.place, line.reference, None, why[1], why[0])


def wrong_lines(bank: BankBook, as_of: date) -> Iterator[tuple[str, int]]:
    """How much of each line to the day is the bank's error, but for errors and corrections that come to nothing."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for line in bank.lines:
        error = bank.errors.get(line.id)
        if error and line.date <= as_of and (amount := bank.open_line(line)):
            groups.setdefault(error.corrects or line.id, []).append((line.id, amount))
    for group in groups.values():
        if sum(amount for _, amount in group):
            yield from group
