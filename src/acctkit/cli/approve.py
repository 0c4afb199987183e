"""acct approve."""

from __future__ import annotations

from typing import Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import exit_code, load
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption, OutputFile, YesOption
from acctkit.cli.show import show


def approve(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[REF]", help="The entry; without it: what waits.")] = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Approve an entry that somebody else posted, or list what waits for approval (exit code 3 where anything does).

    acct.toml says what needs it: [approval] above = "5000.00", accounts = ["Liabilities:Loans"], since = 2026-04-01.
    Where git is set up to sign with an ssh key, the approval is signed with it.

    Example: acct approve PAY-0149
    """
    from acctkit.audit import approval, read_chain
    from acctkit.books.signing import sign
    from acctkit.cli.post import write

    context: Context = ctx.obj
    books = load(context)
    chain = read_chain(books.stream)
    if not name:
        found = approval.waiting(books.ledger, chain)
        show(approval.table(books.ledger, found), approval.answer(books.ledger, found), form, context, output_file)
        return exit_code(books.ledger.problems) or (3 if found else 0)
    what = approval.approving(books.ledger, chain, name, context.writer().who, context.today)
    signature = sign(books.root.folder or books.root.file.parent, what.words) if not dry_run else ""
    return write(context, lambda _: approval.propose_approval(what, signature), dry_run, key, yes, form)
