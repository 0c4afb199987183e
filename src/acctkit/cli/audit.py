"""acct audit: the proof of the books, and what an auditor asks of them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks, exit_code, load
from acctkit.cli.options import Format, FormatOption, OutputFile
from acctkit.cli.show import output, problem_json, show, show_json, show_problems
from acctkit.problem import count, refusal

audit = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Prove that nothing posted was altered, and answer an auditor's questions.

    Example: acct audit verify
    """,
)


@audit.command("verify")
def verify(
    ctx: typer.Context,
    head: Annotated[
        list[str], typer.Option("--head", metavar="HASH", help="A head published before; repeat it for more.")
    ] = [],  # noqa: B006 - typer reads it, nobody changes it
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Verify the seals, the whole Git history, locks, files of evidence, filed returns and published heads.

    Nothing is taken from an index. Exit code 1 where there is any difference.

    Example: acct audit verify --head 4be1c2d39a77
    """
    from acctkit.audit.verify import head_json, report
    from acctkit.books.proof import prove
    from acctkit.books.reader import open_books

    context: Context = ctx.obj
    books = open_books(context.root(), checks())
    proof = prove(books, head)
    differences = proof.differences
    if form is Format.json:
        answer: dict[str, object] = {
            "schema": "acctkit.audit-verify/1",
            "problems": count(books.ledger.problems),
            "ok": not differences,
            "head": head_json(proof.chain),
            "checks": [
                {"what": one.what, "extent": one.extent, "differences": len(one.differences)} for one in proof.looked
            ],
            "differences": [problem_json(problem) for problem in differences],
            "notes": proof.notes,
        }
        with output(output_file) as out:
            show_json(answer, out)
    else:
        table = report(books.entity.name, proof.chain, proof.looked, proof.notes)
        show(table, {}, form, context, output_file)
        if differences:
            sys.stdout.flush()
            show_problems(differences, sys.stdout)
    return int(bool(differences)) or exit_code(books.ledger.problems)


@audit.command("head")
def head(ctx: typer.Context, form: FormatOption = Format.auto) -> int:
    """Print the number and hash of the last seal: published elsewhere, it proves all that stands before it.

    Example: git commit -am "bank: March reconciled" --trailer "Books-Head: $(acct audit head)"
    """
    from acctkit.audit import read_chain
    from acctkit.audit.verify import head_json

    context: Context = ctx.obj
    books = load(context)
    chain = read_chain(books.stream)
    if chain.problems:
        raise refusal("X907", "the seals do not fit, so no head proves anything", "acct audit verify says where")
    if not chain.seals:
        raise refusal("X907", "the books are not sealed", "acct seal, or anything posted, seals them")
    if form is Format.json:
        show_json(
            {"schema": "acctkit.audit-head/1", "problems": count(books.ledger.problems), **(head_json(chain) or {})}
        )
    else:
        print(f"{chain.seals[-1].number}:{chain.head}")
    return exit_code(books.ledger.problems)
