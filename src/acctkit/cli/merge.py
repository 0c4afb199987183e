"""acct merge."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.cli.options import DryRun, Format, FormatOption
from acctkit.cli.show import clean_lines, show_json, show_problems, tell


def merge(
    ctx: typer.Context,
    branch: Annotated[str, typer.Argument(help="The branch to merge into the one that is checked out.")],
    dry_run: DryRun = False,
    form: FormatOption = Format.auto,
) -> int:
    """Merge a branch of the books: what was posted there is posted here again, with the next numbers.

    What stands here stays as it is. Entries that get another number say what it was, and what names them follows.
    Other files are merged by Git; the commit is left to you.

    Example: acct merge stocktake --dry-run
    """
    from acctkit.books.merge import merge as merge_branch

    context: Context = ctx.obj
    done = merge_branch(context.root(), branch, context.writer(), checks(), dry_run=dry_run)
    receipt, problems = done.receipt, done.receipt.problems
    if form is Format.json:
        show_json(
            {
                "schema": "acctkit.merge/1",
                "problems": problems,
                "dry_run": dry_run,
                "appends": len(done.replay.drafts),
                "known": done.replay.known,
                "renumbered": [{"was": was, "ref": ref} for was, ref in done.replay.renumbered],
                "notes": done.replay.notes,
                "files": done.brought,
                "refs": receipt.refs,
                "file": receipt.file or None,
                "line": receipt.line or None,
                "text": receipt.draft.text,
            }
        )
        return int(problems["errors"] > 0)
    if dry_run:
        text = receipt.draft.text
        sys.stdout.write(clean_lines(text) if sys.stdout.isatty() else text)
    show_problems(receipt.warnings, sys.stderr)
    say = tell if dry_run else print
    for was, ref in done.replay.renumbered:
        say(f"{ref} was {was} on {branch}")
    for name in done.brought:
        say(f"{name} comes from {branch}" if dry_run else f"{name} came from {branch}")
    for note in done.replay.notes:
        tell(note)
    count = len(done.replay.drafts)
    if done.replay.known:
        say(f"{done.replay.known} appends were replayed here before")
    if not dry_run:
        where = f" to {receipt.file}, line {receipt.line}" if receipt.line else ""
        print(f"replayed {count} append{'s' if count != 1 else ''} of {branch}{where}")
        tell("next: git commit")
    return int(problems["errors"] > 0)
