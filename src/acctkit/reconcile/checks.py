"""Whether statements add up, their lines are their own, and matches name what there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from acctkit.journal import spans
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import Nearest, nearest
from acctkit.ledger.records import Record
from acctkit.ledger.references import Names
from acctkit.problem import Problem, error, in_order, warning
from acctkit.reconcile.evidence import OPENING, BankBook, Matched, day_before, read_bank, statement_currencies
from acctkit.reconcile.state import chain

_UNDO = 'withdraw it: custom "undo" and its own words'


def check_reconcile(ledger: Ledger) -> list[Problem]:
    """Problems of `statement`, `statement-line` and `reconcile` records.

    Errors: D301 two statements of one id, D303 a name that names nothing, D304 more matched than there is,
    B405 two lines of one id on an account, B406 a line in another currency than its statement. Warnings:
    B404 a statement that does not add up or follow the one before.
    """
    heads: dict[str, Record] = {}
    problems: list[Problem] = []
    for record in ledger.records("statement"):
        if earlier := heads.get(record.text(0)):
            problem = error(
                "D301", f"there is a statement {record.text(0)} already", spans.value(record.place, 0), _UNDO
            )
            problems.append(problem._replace(related=(("the first", spans.value(earlier.place, 0)),)))
        else:
            heads[record.text(0)] = record
    problems += _check_lines(ledger, heads)
    problems += _check_names(ledger, heads)
    problems += _check_corrections(ledger, heads)
    for account in dict.fromkeys(str(record.values[1]) for record in heads.values()):
        for currency in statement_currencies(ledger, account):
            bank = read_bank(ledger, account, currency)
            problems += _check_sums(bank)
            problems += _check_amounts(bank)
            problems += _check_sides(ledger, bank)
    return in_order(problems)


def _check_lines(ledger: Ledger, heads: dict[str, Record]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Record] = {}
    near = Nearest(heads)
    for record in ledger.records("statement-line"):
        head = heads.get(record.text(0))
        if head is None:
            hint = "write its statement record, or correct the name"
            message = f"there is no statement {record.text(0)}{near.question(record.text(0))}"
            yield error("D303", message, spans.value(record.place, 0), hint)
            continue
        currency = record.amount(2)[1]
        stated = head.amount(2)[1] if len(head.values) > 2 else currency
        if currency != stated:
            yield error("B406", f"a line in {currency} on a statement in {stated}", spans.value(record.place, 2), _UNDO)
        key = str(head.values[1]), record.text(1)
        if earlier := first.get(key):
            message = f"{head.values[1]} has a line {record.text(1)} already; only the first counts"
            problem = error("B405", message, spans.value(record.place, 1), _UNDO)
            yield problem._replace(related=(("the first", spans.value(earlier.place, 1)),))
        else:
            first[key] = record


def _check_names(ledger: Ledger, heads: dict[str, Record]) -> Iterator[Problem]:
    lines = {(record.text(0), record.text(1)) for record in ledger.records("statement-line")}
    names, near = Names(ledger), Nearest(heads)
    ids: dict[str, list[str]] = defaultdict(list)
    for record in ledger.records("statement-line"):
        ids[record.text(0)].append(record.text(1))
    for record in ledger.records("reconcile", "bank-error"):
        statement, line, name = record.text(0), record.text(1), record.text(2)
        is_match = record.kind == "reconcile"
        if statement not in heads:
            message, wrong = f"there is no statement {statement}{near.question(statement)}", 0
        elif (line != OPENING or not is_match) and (statement, line) not in lines:
            meant = nearest(line, ids[statement])
            message, wrong = f"statement {statement} has no line {line}", 1
            message += f"; did you mean {meant[0]}?" if meant else ""
        elif is_match and ledger.entry(name) is None:
            yield names.unknown(name, spans.value(record.place, 2))
            continue
        else:
            continue
        what = "match" if is_match else "record"
        yield error("D303", message, spans.value(record.place, wrong), f"correct the name, or undo the {what}")


def _check_corrections(ledger: Ledger, heads: dict[str, Record]) -> Iterator[Problem]:
    """D303 where a bank error corrects a line that is none of the account's, or is no bank error itself."""
    wrong = {
        (str(heads[record.text(0)].values[1]), record.text(1))
        for record in ledger.records("bank-error")
        if record.text(0) in heads and not record.note("corrects")
    }
    for record in ledger.records("bank-error"):
        corrected, head = record.note("corrects"), heads.get(record.text(0))
        if corrected and head and (str(head.values[1]), corrected) not in wrong:
            message = f"{head.values[1]} has no bank error {corrected} that {record.text(1)} could correct"
            hint = "name the line that the bank put right by this one"
            yield error("D303", message, spans.meta(record.entry, "corrects"), hint)


def _check_sides(ledger: Ledger, bank: BankBook) -> Iterator[Problem]:
    """D303 where a match's entry is there but moves nothing on the account, or in another currency."""
    counted = {id(match.record) for match in bank.matches}
    statements = {statement.id for statement in bank.statements}
    moving = {entry.name for entry in bank.entries}
    for record in ledger.records("reconcile"):
        if record.text(0) not in statements or id(record) in counted:
            continue
        name, currency = record.text(2), record.amount(3)[1]
        if currency != bank.unit.currency:
            message = f"a match in {currency} on a statement in {bank.unit.currency}"
            yield error("B406", message, spans.value(record.place, 3), "match in the currency of the account")
        elif ledger.entry(name) is not None and name not in moving:
            hint = f"match an entry with a posting to {bank.account}"
            yield error("D303", f"{name} moves nothing on {bank.account}", spans.value(record.place, 2), hint)


def _check_amounts(bank: BankBook) -> Iterator[Problem]:
    """D304 on the last match of a line or an entry of which more is matched than there is."""
    by_line: dict[str, list[Matched]] = defaultdict(list)
    by_entry: dict[int, list[Matched]] = defaultdict(list)
    for match in bank.matches:
        by_line[match.line.id if match.line else ""].append(match)
        by_entry[id(match.entry.entry)].append(match)
    for matches in by_line.values():
        line = matches[0].line
        if line is not None:
            yield from _too_much(bank, line.amount, f"line {line.id}", matches)
        elif bank.opening is not None:
            yield from _too_much(bank, bank.opening, "the opening balance", matches)
    for matches in by_entry.values():
        entry = matches[0].entry
        yield from _too_much(bank, entry.amount, entry.name, matches)


def _too_much(bank: BankBook, amount: int, what: str, matches: list[Matched]) -> Iterable[Problem]:
    total = sum(match.amount for match in matches)
    if 0 <= total * (1 if amount > 0 else -1) <= abs(amount):
        return
    show = bank.unit.text
    message = f"{show(total)} of {what} is matched, and it is {show(amount)}"
    yield error("D304", message, spans.value(matches[-1].record.place, 3), "undo a match, or match a part only")


def _check_sums(bank: BankBook) -> Iterator[Problem]:
    """B404 where opening and lines do not make the closing, and where an opening does not follow."""
    show, told = bank.unit.text, set()
    brought: dict[int, int] = defaultdict(int)
    for line in bank.lines:
        brought[id(line.statement)] += line.amount
    for statement in bank.statements:
        if statement.opening is None or statement.closing is None:
            continue
        own = brought[id(statement)]
        within = bank.moved_before_end(statement) - bank.moved(day_before(statement.begin))
        if statement.closing - statement.opening not in (own, within):
            told.add(statement.id)
            message = (
                f"{statement.id} opens with {show(statement.opening)}, its lines are {show(within)}, "
                f"and it closes with {show(statement.closing)}"
            )
            yield warning(
                "B404", message, spans.amount(statement.place), "a line is missing or changed: compare with the bank"
            )
    opening = bank.opening if bank.opening is not None else bank.opening_matched
    for gap in chain(bank, date.max, opening):
        if gap.statement not in told:
            yield warning("B404", gap.message, spans.amount(gap.place), "import the statement that is missing between")
