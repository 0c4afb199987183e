"""What `acct reconcile` does beside matching: queries, the bank's errors, the statement and its signatures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from acctkit.cli.context import Context, day_of
from acctkit.cli.load import exit_code, load
from acctkit.cli.options import Format
from acctkit.cli.show import show, tell
from acctkit.period import parse_period
from acctkit.problem import refusal

if TYPE_CHECKING:
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger
    from acctkit.reconcile import Reconciliation, Signing

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
StatementOption = Annotated[
    str, typer.Option("--statement", metavar="ID|DAY", help="Only print the reconciliation at its end, or at a day.")
]
SignOption = Annotated[bool, typer.Option("--sign", help="Sign the reconciliation as it stands.")]
RoleOption = Annotated[str, typer.Option("--as", metavar="preparer|reviewer", help="With --sign: as whom.")]
WhyOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is signed with a difference.")]
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


def require_statement(ledger: Ledger, account: str) -> None:
    """Refuse an account without any statement."""
    if not any(record.values[1] == account for record in ledger.records("statement")):
        hint = f"import one: acct import FILE --account {account}"
        raise refusal("X907", f"no statement of {account} was imported yet", hint)


# The statement.


class Paper(NamedTuple):
    """The reconciliation statement asked for: by its statement's id or a day; signed, as whom, with what reason."""

    statement: str
    day: date | None
    sign: bool
    role: str
    reason: str

    @property
    def is_wanted(self) -> bool:
        """Whether the statement is to be printed or signed, and nothing else."""
        return bool(self.statement or self.sign or self.role or self.reason)

    def require_alone(self, file: str, auto: bool) -> None:
        """Refuse a file or --auto beside what only reads the books as they are."""
        if file or auto:
            what = "a statement is printed or signed as the books are"
            raise refusal("X907", what, "import and match first: acct reconcile ACCOUNT FILE --auto")


def on_paper(context: Context, account: str, paper: Paper, form: Format, path: str, *, dry_run: bool, key: str) -> int:
    """Print the reconciliation statement, or sign it."""
    if paper.sign:
        return _sign(context, account, paper, dry_run=dry_run, key=key, form=form)
    return _print(context, account, paper, form, path)


def _print(context: Context, account: str, paper: Paper, form: Format, path: str) -> int:
    """Print the reconciliation statement at a day; nothing is imported or matched. Exit code 3 while it is not done."""
    from acctkit.reconcile import signed_hash, signed_text, signers, statement_json, statement_table

    if paper.role or paper.reason:
        raise refusal("X907", "--as and --reason belong to --sign", "add --sign, or leave them out")
    ledger = load(context).ledger
    recon, name = _found(context, ledger, account, paper)
    lines = signers(ledger, recon)
    answer = statement_json(ledger, recon, lines, name, signed_text(recon), signed_hash(recon))
    show(statement_table(ledger, recon, lines), answer, form, context, path)
    return exit_code(ledger.problems) or (0 if recon.is_done and not recon.unexplained else ITEMS_LEFT)


def _sign(context: Context, account: str, paper: Paper, *, dry_run: bool, key: str, form: Format) -> int:
    """Record who prepared or reviewed a reconciliation; from books without errors only."""
    from acctkit.books.signing import sign
    from acctkit.cli.post import write
    from acctkit.reconcile import signature_draft, signing

    books = load(context)
    if exit_code(books.ledger.problems):
        tell("a reconciliation is not signed from books with errors: mend them first")
        return 1
    who = context.writer().who

    def signed(ledger: Ledger) -> Signing:
        recon, name = _found(context, ledger, account, paper)
        role = paper.role or "preparer"
        return signing(ledger, recon, role, who, context.today, statement=name, reason=paper.reason)

    seen = signed(books.ledger)
    ssh = "" if dry_run else sign(books.root.folder or books.root.file.parent, seen.signature.words)

    def draft(ledger: Ledger) -> Draft:
        if signed(ledger).signature != seen.signature:
            raise refusal("X907", "the books were changed while it was signed", "look at it again, and sign it then")
        return signature_draft(seen, ssh)

    return write(context, draft, dry_run, key, yes=False, form=form)


def _found(context: Context, ledger: Ledger, account: str, paper: Paper) -> tuple[Reconciliation, str]:
    """The reconciliation asked for, and the id of the statement at whose end it is, "" where it is of another day."""
    from acctkit.reconcile import state, statement_named
    from acctkit.reports.account import find_account

    name = find_account(ledger, account) if account else ""
    named, day = paper.statement, paper.day
    is_day = named and parse_period(named, context.today) is not None
    head = statement_named(ledger, name, named) if named and not is_day else None
    if day is None:
        day = head.end if head else day_of(context, named)
    if day is None:
        raise refusal("X907", "the reconciliation of which day?", "name a statement or a day: --statement CUR-2026-03")
    name = head.account if head else name
    if not name:
        raise refusal("X907", "which account is to be reconciled?", "name it: acct reconcile 1200")
    require_statement(ledger, name)
    return state(ledger, name, day, head.currency if head else ""), head.id if head and head.end == day else ""
