"""acct tb, acct ledger, acct aged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from acctkit.cli.context import Context, day_of, period_of
from acctkit.cli.load import account_for_report, checks, errors_in_words, exit_code, load, warn
from acctkit.cli.options import (
    AsOfOption,
    BeginOption,
    EndOption,
    Format,
    FormatOption,
    OutputFile,
    PeriodOption,
)
from acctkit.cli.show import show, tell
from acctkit.cli.waiting import long_reading
from acctkit.problem import Problem, count
from acctkit.table import Table


def tb(
    ctx: typer.Context,
    as_of: AsOfOption = "",
    begin: BeginOption = "",
    end: EndOption = "",
    period: PeriodOption = "",
    cumulative: Annotated[bool, typer.Option("--cumulative", help="Since the beginning: no financial years.")] = False,
    movements: Annotated[bool, typer.Option("--movements", help="Opening, debits, credits and closing.")] = False,
    adjustments: Annotated[
        bool, typer.Option("--adjustments", help="Before, the entries of type adjustment, and after.")
    ] = False,
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Print the trial balance of the financial year, or of a period.

    Without a day it is that of all entries.

    Example: acct tb --as-of 2026-03-31
    """
    from acctkit.books.balances import open_balances
    from acctkit.reports import trial_balance as report

    context: Context = ctx.obj
    wanted = period_of(context, begin, end, period)
    last = day_of(context, as_of, wanted.last)
    if adjustments:
        from acctkit.reports import adjustments as working_paper

        full = load(context).ledger
        balance = report.trial_balance(full, wanted.begin, last or full.last_day, cumulative=cumulative)
        found, entries = working_paper.adjusted(full, balance)
        paper = working_paper.table(full, found, entries, balance.as_of)
        paper = _errors_on_foot(full.problems, full.left_out, output_file)(paper)
        show(paper, working_paper.answer(full, found, entries, balance.as_of), form, context, output_file)
        return exit_code(full.problems)
    with long_reading():
        ledger = open_balances(context.root(), checks, tell)
    warn(ledger.problems, ledger.left_out)
    balance = report.trial_balance(ledger, wanted.begin, last or ledger.last_day, cumulative=cumulative)
    table = report.movements_table if movements or form is Format.csv else report.table
    answer = report.json_answer
    foot = _errors_on_foot(ledger.problems, ledger.left_out, output_file)
    show(lambda: foot(table(ledger, balance)), lambda: answer(ledger, balance), form, context, output_file)
    return exit_code(ledger.problems)


def _errors_on_foot(problems: list[Problem], left_out: int, path: str) -> Callable[[Table], Table]:
    """What a report in a file says at its foot of the errors of the books: standard error stays behind."""
    words = errors_in_words(count(problems)["errors"], left_out) if path not in ("", "-") else ""
    return lambda table: replace(table, notes=(*table.notes, words)) if words else table


def ledger(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="An account, its nominal code, or the end of its name.")],
    begin: BeginOption = "",
    end: EndOption = "",
    period: PeriodOption = "",
    as_of: AsOfOption = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Print the ledger of an account: opening, each line with its contra and balance, closing.

    Accounts below it are included.

    Example: acct ledger 1200 -p 2026-03
    """
    from acctkit.period import Period, day_after
    from acctkit.reports import account as report

    context: Context = ctx.obj
    wanted = period_of(context, begin, end, period)
    if last := day_of(context, as_of):
        wanted = Period(wanted.begin, day_after(last))
    books = load(context)
    name = account_for_report(books.ledger, account)
    ledgers = report.account_ledger(books.ledger, name, wanted)
    parts = books.ledger, ledgers, name, wanted
    foot = _errors_on_foot(books.ledger.problems, books.ledger.left_out, output_file)
    show(lambda: foot(report.table(*parts)), lambda: report.json_answer(*parts), form, context, output_file)
    return exit_code(books.ledger.problems)


def aged(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="debtors|creditors", help="Whose.", show_default=False)],
    as_of: AsOfOption = "",
    by: Annotated[
        str, typer.Option("--by", metavar="due|issued", help="Count days from the due or issue date.")
    ] = "due",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Print what is owed by age, proved against the control account.

    Example: acct aged debtors --as-of 2026-03-31
    """
    from acctkit.reports import ageing as report

    context: Context = ctx.obj
    books = load(context)
    day = day_of(context, as_of, context.today) or context.today
    found = report.aged(books.ledger, kind, day, by)
    answer = report.json_answer(books.ledger, found, books.ledger.problems)
    foot = _errors_on_foot(books.ledger.problems, books.ledger.left_out, output_file)
    show(foot(report.table(books.ledger, found)), answer, form, context, output_file)
    return exit_code(books.ledger.problems)
