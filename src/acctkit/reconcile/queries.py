"""Queries: what somebody was asked about a statement line or an entry, and has not answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from acctkit.journal.entries import Meta, Transaction
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.ledger.records import Record
from acctkit.money import format_minor, scale_of, to_minor
from acctkit.problem import count, refusal
from acctkit.reconcile.evidence import read_bank, statement_currencies
from acctkit.reconcile.state import wrong_lines
from acctkit.table import INTEGER, MONEY, Column, Row, Table

LINE, ENTRY, BANK_ERROR, OTHER = "line", "entry", "bank-error", "other"
_BANK = "bank"
_COLUMNS = (
    Column("Asked"), Column("Days", INTEGER), Column("About"), Column("Dated"), Column("Details"),
    Column("Amount", MONEY), Column("Currency"),
)  # fmt: skip
_WORDS = (Column("Whom"), Column("Query"))


class Query(NamedTuple):
    """A query that is open, or an error that the bank has not put right: the record, whom it asks, and what.

    `kind` is "line", "entry", "bank-error" or "other"; `name` is the line's id, or the entry's ref or id.
    `amount` is a plain decimal text, money in positive, "" where what it is about has none; `dated` is None
    likewise.
    """

    record: Record
    kind: str
    whom: str
    words: str
    name: str
    statement: str = ""
    account: str = ""
    dated: date | None = None
    details: str = ""
    amount: str = ""
    currency: str = ""


def open_queries(ledger: Ledger, today: date, account: str = "") -> list[Query]:
    """What nobody has answered, the oldest first; of an account, what is about its lines and entries."""
    heads = {record.text(0): str(record.values[1]) for record in ledger.records("statement")}
    lines = {f"{one.text(0)}/{one.text(1)}": one for one in ledger.records("statement-line")}
    found = []
    for record in ledger.records("query"):
        name = record.text(0)
        if line := lines.get(name):
            query = _about_line(ledger, record, line, heads.get(line.text(0), ""))
        elif entry := ledger.entry(name):
            query = _about_entry(ledger, record, entry, account)
        else:
            query = Query(record, OTHER, record.text(1), record.text(2), name)
        if not account or query.account == account:
            found.append(query)
    for name in dict.fromkeys(heads.values()):
        if ledger.records("bank-error") and account in ("", name):
            found += _bank_errors(ledger, name, today)
    return sorted(found, key=lambda query: query.record.date)


def _about_line(ledger: Ledger, record: Record, line: Record, account: str) -> Query:
    number, currency = line.amount(2)
    text = " ".join(dict.fromkeys(filter(None, (line.note("payer"), line.text(3)))))
    places = scale_of(number)
    amount = format_minor(to_minor(number, places), places, ledger.shown(currency))
    about = line.text(1), line.text(0), account, line.date
    return Query(record, LINE, record.text(1), record.text(2), *about, text, amount, currency)


def _about_entry(ledger: Ledger, record: Record, entry: Transaction, account: str) -> Query:
    """What an entry moves on the account asked for, else its debits in base currency."""
    details = " ".join(filter(None, (entry.payee, entry.narration)))
    on = [p for p in entry.postings if account and (p.account == account or p.account.startswith(f"{account}:"))]
    if on:
        currency = on[0].commodity
        minor = sum(ledger.minor(p.number, currency) for p in on if p.commodity == currency)
    else:
        currency = ledger.entity.currency
        minor = sum(value for value in ledger.bases(entry) if value and value > 0)
    about = ledger.name(entry), "", account if on else "", entry.date
    amount = ledger.show(minor, currency)
    return Query(record, ENTRY, record.text(1), record.text(2), *about, details, amount, currency)


def _bank_errors(ledger: Ledger, account: str, today: date) -> Iterator[Query]:
    """What the bank has not put right on an account; each is put to the bank."""
    for currency in statement_currencies(ledger, account):
        bank = read_bank(ledger, account, currency)
        lines = {line.id: line for line in bank.lines}
        for name, minor in wrong_lines(bank, today):
            line, error = lines[name], bank.errors[name]
            about = name, line.statement.id, account, line.date, line.text
            yield Query(error.record, BANK_ERROR, _BANK, error.why, *about, bank.unit.text(minor), currency)


# Asking and answering.


def ask(ledger: Ledger, account: str, name: str, whom: str, words: str, today: date) -> Draft:
    """The record of a query about a statement line or an entry; raises Refusal X907 where there is none such."""
    if not whom or not words:
        hint = f'acct reconcile --query {name} --to owner -m "What is this?"'
        raise refusal("X907", "a query has somebody who is asked, and a text", hint)
    full = find_subject(ledger, account, name)
    return Draft((record_text(today, "query", (full, whom, words)),), (), (f"{whom} is asked about {full}",))


def answer(ledger: Ledger, account: str, name: str, whom: str, words: str, today: date) -> Draft:
    """The record that a query was answered; raises Refusal X907 where none is open, or it is not clear which."""
    if not words:
        raise refusal("X907", "what is the answer?", f'acct reconcile --answer {name} -m "It is ..."')
    full = find_subject(ledger, account, name)
    asked = [one for one in ledger.records("query") if one.text(0) == full and whom in ("", one.text(1))]
    if not asked:
        raise refusal("X907", f"no query about {full} is open", "acct reconcile --queries lists those that are")
    if len(asked) > 1:
        who = ", ".join(dict.fromkeys(one.text(1) for one in asked))
        if not whom and len({one.text(1) for one in asked}) > 1:
            raise refusal("X907", f"{len(asked)} queries about {full} are open: {who}", "say whose: --to WHOM")
    values = ("query", *asked[-1].values)
    return Draft((record_text(today, "undo", values, {"reason": words}),), (), (f"the query about {full} is answered",))


def bank_error(ledger: Ledger, account: str, name: str, corrects: str, words: str, today: date) -> Draft:
    """The record that a line is the bank's own error, or puts an earlier one right.

    Raises Refusal X907 where there is no such line, nothing of it is open, or it is recorded already.
    """
    if not words:
        raise refusal("X907", "what did the bank do wrong?", f'acct reconcile --bank-error {name} -m "charged twice"')
    heads = {one.text(0): str(one.values[1]) for one in ledger.records("statement")}
    full = find_subject(ledger, account, name)
    found = [one for one in ledger.records("statement-line") if f"{one.text(0)}/{one.text(1)}" == full]
    if not found:
        raise refusal("X907", f"{full} is an entry, and no error of the bank", "reverse it, and post it again")
    statement, line = found[0].text(0), found[0].text(1)
    bank = read_bank(ledger, heads[statement], found[0].amount(2)[1])
    if line in bank.errors:
        hint = f'to take it back: custom "undo" "bank-error" "{statement}" "{line}" and its text'
        raise refusal("X907", f"{full} is recorded as a bank error already", hint, bank.errors[line].record.place)
    if not any(one.id == line and bank.open_line(one) for one in bank.lines):
        raise refusal("X907", f"all of {full} is matched", "undo the match first, if it is wrong")
    if corrects and (corrects not in bank.errors or bank.errors[corrects].corrects):
        listed = ", ".join(name for name, error in bank.errors.items() if not error.corrects) or "none"
        raise refusal("X907", f"{corrects} is no bank error of {bank.account}", f"those recorded: {listed}")
    meta: Meta = {"corrects": corrects} if corrects else {}
    reason = f"{full} puts {corrects} right" if corrects else f"{full} is the bank's error"
    return Draft((record_text(today, "bank-error", (statement, line, words), meta),), (), (reason,))


def find_subject(ledger: Ledger, account: str, name: str) -> str:
    """What a query is about as its record names it: `STATEMENT/LINE`, or an entry's ref or id.

    A line is named by its id, or with its statement. Raises Refusal X907 where there is none, or more than one.
    """
    heads = {one.text(0) for one in ledger.records("statement") if account in ("", one.values[1])}
    lines = [one for one in ledger.records("statement-line") if one.text(0) in heads]
    found = [f"{one.text(0)}/{one.text(1)}" for one in lines if name in (one.text(1), f"{one.text(0)}/{one.text(1)}")]
    found += [name] if ledger.entry(name) else []
    if len(found) == 1:
        return found[0]
    if found:
        hint = "name the account first, or the line with its statement"
        raise refusal("X907", f"`{name}` could be {', '.join(found[:6])}", hint)
    hint = meant(
        name, [*(one.text(1) for one in lines), *ledger.names], "name a line by the bank's id, an entry by its ref"
    )
    raise refusal("X907", f"there is no statement line or entry {name}{f' of {account}' if account else ''}", hint)


# Drawing.


def queries_table(queries: list[Query], account: str, today: date, *, narrow: bool = False) -> Table:
    """The open queries, the oldest first, as they may be sent; in a narrow table each stands below its words."""
    rows = []
    for one in queries:
        asked = str(one.record.date), str((today - one.record.date).days)
        about = one.name, str(one.dated or ""), one.details, one.amount, one.currency
        if narrow:
            rows += [Row((f"To {one.whom}: {one.words}",), "heading"), Row((*asked, *about))]
        else:
            rows.append(Row((*asked, *about, one.whom, one.words)))
    title = f"Open queries: {account}" if account else "Open queries"
    return Table(title, _COLUMNS if narrow else (*_COLUMNS, *_WORDS), tuple(rows), f"at {today}")


def queries_json(ledger: Ledger, queries: list[Query], account: str, today: date) -> dict[str, Any]:
    """The answer of `acct reconcile --queries`."""
    return {
        "schema": "acctkit.queries/1",
        "problems": count(ledger.problems),
        "account": account or None,
        "as_of": today.isoformat(),
        "queries": [
            {
                "about": one.kind,
                "id": one.name,
                "statement": one.statement,
                "account": one.account,
                "to": one.whom,
                "query": one.words,
                "asked": one.record.date.isoformat(),
                "days": (today - one.record.date).days,
                "date": one.dated.isoformat() if one.dated else None,
                "details": one.details,
                "amount": one.amount or None,
                "currency": one.currency,
                "file": one.record.place.file,
                "line": one.record.place.line,
            }
            for one in queries
        ],
    }
