"""acct vat return, acct vat filed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from acctkit.cli.context import Context, period_of
from acctkit.cli.load import exit_code, load
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption, OutputFile, PeriodOption, YesOption
from acctkit.cli.show import output, show, tell

vat = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Prepare the VAT return, and record that it was filed.

    Example: acct vat return -p 2026-Q1
    """,
)


@vat.command("return")
def return_(
    ctx: typer.Context,
    period: PeriodOption = "",
    lines: Annotated[bool, typer.Option("--lines", help="The lines behind each box.")] = False,
    mtd: Annotated[str, typer.Option("--mtd", metavar="KEY", help="Print exactly the body HMRC's API takes.")] = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Print the nine boxes of a period; without -p, of the oldest period not filed.

    Example: acct vat return -p 2026-Q1 --lines
    """
    from acctkit.vat import filing, returns
    from acctkit.vat import show as drawing

    context: Context = ctx.obj
    books = load(context)
    problems = books.ledger.problems
    wanted = period_of(context, "", "", period) if period else None
    shown = returns.vat_return(books.ledger, wanted)
    if mtd:
        body = filing.mtd_json(shown, mtd)
        filing.require_ended(shown, context.today)
        if exit_code(problems):
            tell("nothing leaves books with errors: mend them first")
            return 1
        with output(output_file) as out:
            out.write(body + "\n")
        return 0
    table = drawing.lines_table(shown) if lines else drawing.return_table(shown)
    show(table, drawing.return_json(shown, problems), form, context, output_file)
    return exit_code(problems)


@vat.command("filed")
def filed(
    ctx: typer.Context,
    period: PeriodOption = "",
    period_key: Annotated[str, typer.Option("--period-key", metavar="KEY", help="HMRC's key of the period.")] = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Record that the oldest open return was filed as it stands; what is posted later goes to the next.

    Example: acct vat filed -p 2026-Q1 --period-key 26A1
    """
    from acctkit.cli.post import write
    from acctkit.vat.filing import propose_filed
    from acctkit.vat.returns import vat_return

    context: Context = ctx.obj
    if exit_code(load(context).ledger.problems):
        tell("a return is not recorded as filed from books with errors: mend them first")
        sys.stdout.flush()
        return 1
    wanted = period_of(context, "", "", period) if period else None
    return write(
        context,
        lambda ledger: propose_filed(vat_return(ledger, wanted), context.today, period_key),
        dry_run,
        key,
        yes,
        form,
    )
