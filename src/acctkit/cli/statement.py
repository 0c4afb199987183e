"""What `acct reconcile` does beside matching: queries, the bank's errors, the statement and its signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import exit_code, load
from acctkit.cli.options import Format
from acctkit.cli.show import show
from acctkit.problem import refusal

if TYPE_CHECKING:
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger

ITEMS_LEFT = 3

QueriesOption = Annotated[bool, typer.Option("--queries", help="List what was asked and not answered yet.")]
QueryOption = Annotated[
    str, typer.Option("--query", metavar="LINE|REF", help="Ask somebody (--to) about a line or an entry (-m).")
]
AnswerOption = Annotated[str, typer.Option("--answer", metavar="LINE|REF", help="Answer what was asked about it (-m).")]
BankErrorOption = Annotated[
    str, typer.Option("--bank-error", metavar="LINE", help="A line is the bank's own error (-m says what is wrong).")
]
CorrectsOption = Annotated[
    str, typer.Option("--corrects", metavar="LINE", help="With --bank-error: the error that this line puts right.")
]
ToOption = Annotated[str, typer.Option("--to", metavar="WHOM", help="Who is asked.")]
MessageOption = Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="What is asked, or the answer.")]


class Noted(NamedTuple):
    """What a person writes down about a line or an entry: one of the first three, and the words that belong to it."""

    query: str
    answer: str
    bank_error: str
    corrects: str
    to: str
    message: str

    def require_one(self) -> None:
        """Raise Refusal X907 unless there is one thing to write down, with nothing that does not belong to it."""
        asked = [name for name in ("query", "answer", "bank_error") if getattr(self, name)]
        if len(asked) > 1:
            raise refusal("X907", "a query, an answer and a bank error are written down one at a time")
        if self.corrects and asked != ["bank_error"]:
            raise refusal("X907", "--corrects belongs to --bank-error", "name the line that puts the error right there")
        if self.to and asked == ["bank_error"]:
            raise refusal("X907", "a bank error is put to the bank", "leave --to out")
        if not asked:
            raise refusal("X907", "what are --to and -m for?", "add --query, --answer or --bank-error")


def list_queries(context: Context, account: str, form: Format, path: str) -> int:
    """Print the open queries, of one account or all; exit code 3 while there are any."""
    from acctkit.reconcile import open_queries, queries_json, queries_table
    from acctkit.reports.account import find_account

    ledger = load(context).ledger
    name = find_account(ledger, account) if account else ""
    found = open_queries(ledger, context.today, name)
    is_drawn = form is Format.table or (form is Format.auto and context.is_terminal and not path)
    table = queries_table(found, name, context.today, narrow=is_drawn)
    show(table, queries_json(ledger, found, name, context.today), form, context, path)
    return exit_code(ledger.problems) or (ITEMS_LEFT if found else 0)


def note(context: Context, account: str, wanted: Noted, *, dry_run: bool, key: str, form: Format) -> int:
    """Write down a query, its answer, or an error of the bank."""
    from acctkit.cli.post import write
    from acctkit.reconcile import answer, ask, bank_error
    from acctkit.reports.account import find_account

    wanted.require_one()

    def draft(ledger: Ledger) -> Draft:
        name = find_account(ledger, account) if account else ""
        if wanted.query:
            return ask(ledger, name, wanted.query, wanted.to, wanted.message, context.today)
        if wanted.answer:
            return answer(ledger, name, wanted.answer, wanted.to, wanted.message, context.today)
        return bank_error(ledger, name, wanted.bank_error, wanted.corrects, wanted.message, context.today)

    return write(context, draft, dry_run, key, yes=True, form=form)
