"""acct reconcile."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from acctkit.cli.bank import (
    ITEMS_LEFT,
    AcceptOption,
    Asking,
    DatesOption,
    ProfileOption,
    SkipOption,
    SourceOption,
    accepted,
    import_file,
    import_json,
    import_words,
)
from acctkit.cli.context import Context, day_of
from acctkit.cli.load import checks, exit_code
from acctkit.cli.options import AsOfOption, DryRun, Format, FormatOption, KeyOption, OutputFile
from acctkit.cli.reconciling import apart_in_words
from acctkit.cli.show import output, progress, show, tell
from acctkit.cli.statement import (
    AnswerOption,
    BankErrorOption,
    CorrectsOption,
    MessageOption,
    Noted,
    Paper,
    QueriesOption,
    QueryOption,
    RoleOption,
    SignOption,
    StatementOption,
    ToOption,
    WhyOption,
    list_queries,
    note,
    on_paper,
    require_statement,
)
from acctkit.cli.supplier import ControlOption, DraftOption, Proving, SupplierOption, prove, require_alone
from acctkit.cli.waiting import long_reading
from acctkit.problem import Problem, count, refusal

if TYPE_CHECKING:
    from acctkit.books.reader import Books
    from acctkit.cli.bank import Imported
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger
    from acctkit.reconcile import Proposal


def reconcile(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="A bank or card account.", show_default=False)] = "",
    file: Annotated[str, typer.Argument(help="A statement to import first.", show_default=False)] = "",
    queries: QueriesOption = False,
    query: QueryOption = "",
    answer: AnswerOption = "",
    bank_error: BankErrorOption = "",
    corrects: CorrectsOption = "",
    to: ToOption = "",
    message: MessageOption = "",
    supplier: SupplierOption = "",
    control: ControlOption = "",
    draft: DraftOption = "",
    statement: StatementOption = "",
    sign: SignOption = False,
    role: RoleOption = "",
    reason: WhyOption = "",
    auto: Annotated[bool, typer.Option("--auto", help="Match what is certain, and ask nothing.")] = False,
    as_of: AsOfOption = "",
    profile: ProfileOption = "",
    source: SourceOption = "",
    dates: DatesOption = "",
    accept: AcceptOption = None,
    skip_repeats: SkipOption = False,
    dry_run: DryRun = False,
    key: KeyOption = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Reconcile an account with its statements, and print the reconciliation statement.

    In a terminal it asks about each line that is open; every answer is written at once, so that it can be
    stopped at any moment. With --auto it matches what is certain. Exit code 3 while lines are left.

    Example: acct reconcile 1200 --auto
    """
    context: Context = ctx.obj
    if queries:
        return list_queries(context, account, form, output_file)
    noted = Noted(query, answer, bank_error, corrects, to, message)
    if any(noted):
        return note(context, account, noted, dry_run=dry_run, key=key, form=form)
    if control or supplier or draft:
        asked = Proving(control, supplier, account, as_of, dates, accepted(accept), draft)
        require_alone(asked, file=file, auto=auto, profile=profile, source=source, key=key, dry_run=dry_run)
        return prove(context, asked, form, output_file)
    day = day_of(context, as_of)
    paper = Paper(statement, day, sign, role, reason)
    if paper.is_wanted:
        paper.require_alone(file, auto)
        return on_paper(context, account, paper, form, output_file, dry_run=dry_run, key=key)
    if not account:
        raise refusal("X907", "which account is to be reconciled?", "name it: acct reconcile 1200")
    asking = Asking(profile, source, dates, accepted(accept), skip_repeats) if file else None
    return _reconcile(
        context, account, file, asking, day, auto=auto, dry_run=dry_run, key=key, form=form, output_file=output_file
    )  # fmt: skip


def _reconcile(
    context: Context,
    account: str,
    file: str,
    asking: Asking | None,
    day: date | None,
    *,
    auto: bool,
    dry_run: bool,
    key: str,
    form: Format,
    output_file: str,
) -> int:
    """Import the file, where there is one, then ask about open lines, match them, or only show how things stand."""
    from acctkit.books.reader import open_books
    from acctkit.reports.account import find_account

    imported = None
    if asking:
        imported = import_file(context, file, account, asking, dry_run=dry_run, key=key and f"{key}/import")
        books = imported.books
        if form is not Format.json:
            tell(import_words(imported))
    else:
        with long_reading():
            books = open_books(context.root(), checks())
    name = find_account(books.ledger, account)
    require_statement(books.ledger, name)
    if not auto and not dry_run and context.can_ask and form is Format.auto:
        from acctkit.cli.screens import work_through

        work_through(context, name, day)
        books = open_books(context.root(), checks())
        return _answer(context, books, _proposal(books, name, day), imported, form, output_file, asked=True)
    if auto or dry_run:
        proposal, written, books = _match(context, books, name, day, dry_run=dry_run, key=key)
    else:
        proposal, written = _proposal(books, name, day), ""
    if dry_run and form is not Format.json:
        with output(output_file) as out:
            out.write((imported.text if imported else "") + written)
        return _code(books.ledger.problems, proposal, None)
    return _answer(context, books, proposal, imported, form, output_file)


def _proposal(books: Books, account: str, day: date | None) -> Proposal:
    from acctkit.reconcile import propose

    return propose(books.ledger, account, as_of=day, progress=progress("matching"))


def _match(
    context: Context, books: Books, account: str, day: date | None, *, dry_run: bool, key: str
) -> tuple[Proposal, str, Books]:
    """Record what is certain (or only try it): the proposal it came from, the text, the books after it."""
    from acctkit.books import pen
    from acctkit.books.reader import open_books
    from acctkit.reconcile import propose, reconcile_draft

    proposals: list[Proposal] = []

    def certain(ledger: Ledger) -> Draft:
        proposals.append(propose(ledger, account, as_of=day, progress=progress("matching")))
        return reconcile_draft(proposals[-1].matched, context.today)

    if dry_run:
        text, books = pen.tried(books, certain, context.writer(), checks(), key)
    else:
        receipt = pen.append(context.root(), certain, context.writer(), checks(), key)
        text = receipt.draft.text
        books = open_books(context.root(), checks())
    return (proposals[-1] if proposals else _proposal(books, account, day)), text, books


def _answer(
    context: Context,
    books: Books,
    proposal: Proposal,
    imported: Imported | None,
    form: Format,
    path: str,
    *,
    asked: bool = False,
) -> int:
    from acctkit.reconcile import json_answer, state, statement_table

    ledger = books.ledger
    recon = state(ledger, proposal.account, proposal.as_of)
    answer: dict[str, object] = {
        "schema": "acctkit.reconcile/1",
        "problems": count(ledger.problems),
        "account": proposal.account,
        "import": import_json(imported) if imported else None,
        **json_answer(proposal, recon),
    }
    show(statement_table(ledger, recon), answer, form, context, path)
    if form in (Format.auto, Format.table, Format.plain):
        _tell_left(proposal, asked=asked)
    return _code(ledger.problems, proposal, recon.unexplained)


def _code(problems: list[Problem], proposal: Proposal, difference: int | None) -> int:
    if code := exit_code(problems):
        return code
    return ITEMS_LEFT if proposal.unmatched_lines or proposal.suggested or difference else 0


def _tell_left(proposal: Proposal, *, asked: bool) -> None:
    """What was matched, and for each line that is left what it might be, on standard error.

    After a sitting at the prompt what is certain and was declined is left too.
    """
    show_amount = proposal.unit.text
    if asked:
        left = len(proposal.unmatched_lines) + sum(len(one.lines) for one in proposal.matched)
        tell(f"\nleft {left}")
        return
    tell(f"\nmatched {len(proposal.matched)}, left {len(proposal.unmatched_lines)}")
    for row in proposal.unmatched_lines:
        line = row.line
        tell(f"  {line.date} {show_amount(row.amount):>12} {line.id}  {line.text}")
        for one in proposal.suggested:
            if line.id in one.lines:
                tell(f"      perhaps {', '.join(one.entries)}: {'; '.join(one.reasons)} - but {one.why}")
    for words in apart_in_words(proposal):
        tell(f"  {words}")
