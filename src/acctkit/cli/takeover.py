"""acct init --from: new books that begin with the balances and open items of old ones."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from acctkit.audit import read_chain
from acctkit.books import new
from acctkit.books.files import read_bytes
from acctkit.books.pen import append
from acctkit.books.reader import Books, open_books
from acctkit.books.root import ROOT_FILE, Root, find_root
from acctkit.brought_forward import Balance, Bank, Brought, bring_forward
from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.cli.show import tell
from acctkit.ledger.items import KINDS
from acctkit.ledger.ledger import Ledger
from acctkit.money import to_decimal
from acctkit.problem import ERROR, Problem, Refusal, error, refusal
from acctkit.reconcile.evidence import read_bank
from acctkit.reconcile.state import state
from acctkit.reports.ageing import aged
from acctkit.reports.trial_balance import trial_balance
from acctkit.vat.returns import Stream
from acctkit.vat.sides import read_coded

_HEADED = "# Brought forward: "

Figure = tuple[str, str]  # what it is of, and of whom


def take_over(context: Context, folder: Path, old: str, day: date, *, dry_run: bool) -> int:
    """Make new books in a folder from old ones at the end of a day, prove that they agree, and say what is left to do.

    Raises Refusal where the old books have errors or are not sealed, and where a figure would differ; then nothing
    is made.
    """
    root = find_root(old, {}, Path.cwd())
    if root.folder is None:
        raise refusal("X907", f"{old} is a single journal without acct.toml", "acct init --opening takes over balances")
    if day > context.today:
        raise refusal("X907", f"{day} lies ahead", "bring books forward at a day that is over")
    books = open_books(root, checks())
    head = _require_ready(books)
    ledger = books.ledger
    brought = bring_forward(ledger, day, balances(ledger, day), banks(ledger, day), head)
    settings = _settings(root, ledger, day, head)
    if dry_run:
        with tempfile.TemporaryDirectory() as scratch:
            _make(context, Path(scratch) / "books", books, brought, settings, day)
        for name, text in (("acct.toml", settings), (ROOT_FILE, brought.root), ("chart.beancount", brought.chart)):
            sys.stdout.write(f"; {name}\n\n{text}\n")
        sys.stdout.write(f"; the journal\n\n{brought.draft.text}")
        return 0
    made = _make(context, folder, books, brought, settings, day)
    for path in made:
        print(f"made {path}")
    print(f"brought forward at {day}: {brought.draft.reasons[0]}; trial balance, ageing and bank agree with {old}")
    for note in _left_to_do(ledger, day, old):
        tell(note)
    return 0


def _require_ready(books: Books) -> str:
    """The head of the old books. Raises Refusal X907 where they have errors, or text that is not sealed."""
    errors = [problem for problem in books.ledger.problems if problem.severity == ERROR]
    if errors:
        hint = "correct them first: what is wrong would go on in the new books"
        raise Refusal(error("X907", "books with errors are not brought forward", hint=hint), *errors)
    chain = read_chain(books.stream)
    if chain.unsealed or not chain.seals:
        hint = f"acct -f {books.root.folder} seal, so that their head proves what was brought forward"
        raise refusal("X907", "the old books are not sealed to their end", hint)
    return f"{chain.seals[-1].number}:{chain.seals[-1].hash}"


def balances(ledger: Ledger, day: date) -> list[Balance]:
    """The closing balances of the trial balance at the end of a day."""
    rows = trial_balance(ledger, None, day).rows
    return [Balance(row.account, row.commodity, row.movement.closing, row.movement.base_closing) for row in rows]


def banks(ledger: Ledger, day: date) -> list[Bank]:
    """How each account with statements stood with the bank on their last day, the books taken to the end of `day`."""
    found = []
    for account in dict.fromkeys(str(record.values[1]) for record in ledger.records("statement")):
        book = read_bank(ledger, account)
        begun = [one for one in book.statements if one.begin <= day]
        if not begun:
            continue
        at, unit = state(ledger, account, day), book.unit

        def number(minor: int, scale: int = unit.scale) -> Decimal:
            return to_decimal(minor, scale)

        found.append(
            Bank(
                account,
                unit.currency,
                min(day, max(one.end for one in begun)),
                number(at.statement - sum(line.amount for line in at.unrecorded)),
                number(at.statement),
                tuple((item.id, number(item.amount)) for item in (*at.lodgements, *at.unpresented)),
                tuple((line.id, line.date, number(line.amount), line.text) for line in at.unrecorded),
                tuple((line.id, line.error) for line in at.unrecorded if line.wrong == line.amount),
            )
        )
    return found


def _settings(root: Root, ledger: Ledger, day: date, head: str) -> str:
    """The old acct.toml under the head it was brought forward from."""
    assert root.settings  # noqa: S101 - asked before
    text = root.settings.read_text(encoding="utf-8")
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(_HEADED))
    name = " ".join(ledger.entity.name.split())
    return f"{_HEADED}{name} at {day}; the head of those books is\n{_HEADED}{head}\n{kept}"


def _make(context: Context, folder: Path, old: Books, brought: Brought, settings: str, day: date) -> list[Path]:
    """The paths of the new books, proved against the old; where they differ, or cannot be made, nothing is left."""
    made = new.create_from(folder, old.entity.name, day, settings, brought.root, brought.chart)
    root = Root(folder / ROOT_FILE, folder)
    try:
        made += _signers(old, folder)
        done = append(root, lambda _: brought.draft, context.writer(), checks())
        made += [Path(done.file)] if Path(done.file) not in made else []
        now = open_books(root, checks()).ledger
        _require_same(old.ledger, now, day)
    except BaseException:
        new.remove(folder, made)
        raise
    return made


def _signers(old: Books, folder: Path) -> list[Path]:
    """The file of the keys that approvals are signed with, taken along."""
    named = old.entity.approval.signers if old.entity.approval else ""
    if not named:
        return []
    data = read_bytes((old.root.folder or Path()) / named)
    (folder / named).parent.mkdir(parents=True, exist_ok=True)
    (folder / named).write_bytes(data)
    return [folder / named]


def _require_same(old: Ledger, now: Ledger, day: date) -> None:
    """Raise Refusal X907 with each figure that is not the same in both books."""
    if wrong := list(_differences(old, now, day)):
        hint = "nothing was made; this is where they disagree"
        raise Refusal(error("X907", "the new books would not agree with the old", hint=hint), *wrong)


def _differences(old: Ledger, now: Ledger, day: date) -> Iterator[Problem]:
    before, after = _figures(old, day), _figures(now, day)
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key, "nothing"), after.get(key, "nothing")
        if one != other:
            yield error("X907", f"{key[0]}, {key[1]}: {one} in the old books, {other} in the new")


def _figures(ledger: Ledger, day: date) -> dict[Figure, str]:
    """The trial balance, the ageing and the bank reconciliations at the end of a day, each figure in words."""
    found: dict[Figure, str] = {}
    currency = ledger.entity.currency
    for row in balances(ledger, day):
        if row.minor or row.base:
            base = "" if row.base is None else ledger.show(row.base, currency)
            shown = f"{ledger.show(row.minor, row.commodity)} {row.commodity}, {base} {currency}"
            found["trial balance", f"{row.account} {row.commodity}"] = shown
    for kind in KINDS:
        for by in ("due", "issued"):
            for one in aged(ledger, kind, day, by).rows:
                buckets = ", ".join(ledger.show(minor, one.commodity) for minor in one.buckets)
                shown = f"{one.name}: {buckets}; {ledger.show(one.base, currency)} {currency}"
                found[f"aged {kind} by days {by}", f"{one.party} {one.commodity}"] = shown
    for bank in banks(ledger, day):
        lacking = "; ".join(f"{name} {number}" for name, number in sorted(bank.outstanding))
        lines = "; ".join(f"{name} {number}" for name, _, number, _ in bank.unrecorded)
        shown = f"{bank.closing} {bank.currency} at the bank, outstanding {lacking}, unrecorded {lines}"
        found["bank reconciliation", bank.account] = shown
    return found


def _left_to_do(ledger: Ledger, day: date, old: str) -> Iterator[str]:
    """What new books cannot hold, and somebody must see to."""
    if late := sum(entry.date > day for entry in ledger.transactions):
        yield f"dated after {day}, and so to be posted here under new numbers: {late}"
    if orders := len(ledger.records("purchase-order")):
        yield f"purchase orders, of which those that are open are to be posted again: {orders}"
    if (registration := ledger.entity.vat) is not None:
        lines, _ = read_coded(ledger)
        open_lines = [line for line in Stream(ledger, registration, lines).open if line.tax_point <= day]
        if open_lines:
            first = min(line.tax_point for line in open_lines)
            yield f"lines from {first} to {day} in no VAT return yet, to be filed from {old}: {len(open_lines)}"
    yield f"keep {old} for as long as the law says: its head stands in acct.toml and in the opening entry"
