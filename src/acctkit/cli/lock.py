"""acct lock."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from acctkit.cli.context import Context, period_of
from acctkit.cli.load import exit_code, load
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption, OutputFile, PeriodOption, YesOption
from acctkit.cli.show import show, tell
from acctkit.problem import refusal


def lock(
    ctx: typer.Context,
    period: PeriodOption = "",
    soft: Annotated[bool, typer.Option("--soft", help="Takes an entry with a --reason, and can be undone.")] = False,
    hard: Annotated[bool, typer.Option("--hard", help="Takes nothing, and is never undone.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo a soft lock; needs a --reason.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in words.")] = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Close every day up to the end of a period, softly where nothing else is said; or list what is closed.

    Statements, matches, allocations and amendments stay possible: they change no account.

    Example: acct lock -p 2026-03 --hard
    """
    from acctkit.audit import locking, read_chain
    from acctkit.audit.locks import HARD, SOFT
    from acctkit.cli.post import write

    context: Context = ctx.obj
    if soft + hard + undo > 1:
        raise refusal("X907", "--soft, --hard and --undo exclude each other", "choose one of them")
    last = period_of(context, "", "", period).last if period else None
    if undo:
        propose = lambda ledger: locking.propose_unlock(ledger, last, context.today, reason)  # noqa: E731
        return write(context, propose, dry_run, key, yes, form)
    if last is not None:
        kind = HARD if hard else SOFT
        if hard and exit_code(load(context).ledger.problems):
            tell("books with errors are not locked for good: mend them first")
            sys.stdout.flush()
            return 1
        propose = lambda ledger: locking.propose_lock(ledger, last, kind, context.today, reason)  # noqa: E731
        return write(context, propose, dry_run, key, yes, form)
    if period or soft or hard:
        raise refusal("X907", "say which days are to be closed", "name a period that ends: -p 2026-03")
    books = load(context)
    lines = locking.standing_locks(books.ledger, read_chain(books.stream))
    table, answer = locking.locks_table(lines), locking.locks_json(books.ledger, lines)
    show(table, answer, form, context, output_file)
    return exit_code(books.ledger.problems)
