"""acct match payments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks, exit_code
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption, OutputFile
from acctkit.cli.show import output, show, tell
from acctkit.cli.waiting import long_reading

if TYPE_CHECKING:
    from acctkit.allocation import PaymentMatch
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger

ITEMS_LEFT = 3

match = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Match payments with invoices.

    Example: acct match payments --auto
    """,
)


@match.callback()
def _match() -> None:
    """Match payments with invoices."""


@match.command("payments")
def payments(
    ctx: typer.Context,
    auto: Annotated[bool, typer.Option("--auto", help="Record what is certain; without it, only show.")] = False,
    dry_run: DryRun = False,
    key: KeyOption = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Allocate receipts, payments and credits to open invoices, and show what stays on account.

    Certain is a reference in the payer's words, the only open item of a party with that amount, or the whole
    of what a party has open. Ties are suggested, never taken. Exit code 3 while something is left.

    Example: acct match payments --auto --dry-run
    """
    from acctkit import allocation
    from acctkit.books import pen
    from acctkit.books.reader import open_books

    context: Context = ctx.obj
    found: list[PaymentMatch] = []

    def certain(ledger: Ledger) -> Draft:
        found.append(allocation.match_payments(ledger, context.today))
        return allocation.draft(ledger, found[-1], context.today)

    text = ""
    if auto and not dry_run:
        pen.append(context.root(), certain, context.writer(), checks(), key)
    with long_reading():
        books = open_books(context.root(), checks())
    if dry_run:
        text, _ = pen.tried(books, certain, context.writer(), checks(), key)
    result = found[-1] if found else allocation.match_payments(books.ledger, context.today)
    problems = books.ledger.problems
    if dry_run and form is not Format.json:
        with output(output_file) as out:
            out.write(text)
    else:
        answer = allocation.json_answer(books.ledger, result, problems)
        show(allocation.table(books.ledger, result), answer, form, context, output_file)
        if form is not Format.json and result.allocations and not auto:
            certainly = f"{len(result.allocations)} allocation{'s are' if len(result.allocations) > 1 else ' is'}"
            tell(f"{certainly} certain: acct match payments --auto records what is")
    sys.stdout.flush()
    return exit_code(problems) or (ITEMS_LEFT if result.suggested or result.unallocated else 0)
