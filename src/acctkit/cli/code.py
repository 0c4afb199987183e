"""acct code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks, exit_code
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption, OutputFile, ReasonOption
from acctkit.cli.show import clean, output, show, tell
from acctkit.problem import count, refusal

if TYPE_CHECKING:
    from acctkit.books.reader import Books
    from acctkit.coding import CodingProposal
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger

ITEMS_LEFT = 3


def code(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="A bank or card account; none: all of them.", show_default=False)] = "",
    line: Annotated[str, typer.Argument(help="One line of it, by its id.", show_default=False)] = "",
    auto: Annotated[bool, typer.Option("--auto", help="Post what is certain, and ask nothing.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="What each rule said to each line; write nothing.")
    ] = False,
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Code the lines that no entry explains: by the rules of coding.toml, and by how lines like them were coded.

    Certain is what a rule takes, a transfer that both accounts show, or money of a party that pays just what it has
    open; --auto posts these, each with its match. What was done before is only ever suggested: in a terminal each
    suggestion is asked about. Lines that acct reconcile has an entry for are left to it. Exit code 3 while lines are
    left.

    Example: acct code 1200 --auto
    """
    from acctkit.books.reader import open_books
    from acctkit.cli.coded import proposal

    context: Context = ctx.obj
    books = open_books(context.root(), checks())
    name = _account(books.ledger, account, line)
    soft = bool(reason)
    if explain:
        found = proposal(books.root, books.ledger, name, soft=soft, asked=line)
        return _explain(context, books, found, line, form, output_file)
    if not auto and not dry_run and context.can_ask and form is Format.auto:
        from acctkit.cli.code_prompt import ask_each

        ask_each(context, name, line, reason)
        books = open_books(context.root(), checks())
        return _answer(context, books, proposal(books.root, books.ledger, name), form, output_file, done=False)
    text = ""
    posted: CodingProposal | None = None
    if auto or dry_run:
        posted, text, books = _post(context, books, name, line, reason, dry_run=dry_run, key=key)
    found = posted or _only(proposal(books.root, books.ledger, name, soft=soft), line)
    if dry_run and form is not Format.json:
        with output(output_file) as out:
            out.write(text)
        return _code(books, found, done=True)
    return _answer(context, books, found, form, output_file, done=auto and not dry_run and posted is not None)


def _account(ledger: Ledger, account: str, line: str) -> str:
    """The account asked for, "" for all; refused where it has no statements, or no such line."""
    from acctkit.reports.account import find_account

    if not account:
        return ""
    name = find_account(ledger, account)
    heads = {record.text(0) for record in ledger.records("statement") if record.values[1] == name}
    if not heads:
        hint = f"import one: acct import FILE --account {name}"
        raise refusal("X907", f"no statement of {name} was imported yet", hint)
    ids = {record.text(1) for record in ledger.records("statement-line") if record.text(0) in heads}
    if line and line not in ids:
        from acctkit.ledger.nearest import meant

        hint = meant(line, sorted(ids), f"acct code {account} lists the lines that are open")
        raise refusal("X907", f"{name} has no line {line}", hint)
    return name


def _only(found: CodingProposal, line: str) -> CodingProposal:
    """What of a proposal is of one line."""
    from dataclasses import replace

    if not line:
        return found
    return replace(
        found,
        coded=tuple(one for one in found.coded if one.line.id == line),
        suggested=tuple(one for one in found.suggested if one.line.id == line),
        left=tuple(one for one in found.left if one.line.id == line),
    )


def _post(
    context: Context, books: Books, account: str, line: str, reason: str, *, dry_run: bool, key: str
) -> tuple[CodingProposal | None, str, Books]:
    """Post what is certain, or only try it: the proposal it came from, the text, the books after it."""
    from acctkit.books import pen
    from acctkit.books.reader import open_books
    from acctkit.cli.coded import proposal
    from acctkit.coding import coding_draft
    from acctkit.posting import reasoned

    found: list[CodingProposal] = []

    def certain(ledger: Ledger) -> Draft:
        found.append(_only(proposal(books.root, ledger, account, soft=bool(reason)), line))
        return reasoned(coding_draft(ledger, found[-1].coded, context.today), reason)

    if dry_run:
        text, after = pen.tried(books, certain, context.writer(), checks(), key)
    else:
        done = pen.append(context.root(), certain, context.writer(), checks(), key)
        text, after = done.draft.text, open_books(context.root(), checks())
        if done.refs and done.line:
            tell(f"posted {', '.join(done.refs)}")
    return (found[-1] if found else None), text, after


def _explain(context: Context, books: Books, found: CodingProposal, line: str, form: Format, path: str) -> int:
    from acctkit.coding import explained, explained_lines, json_answer

    answer = {
        "schema": "acctkit.code/1",
        "problems": count(books.ledger.problems),
        **json_answer(books.ledger, _only(found, line), explain=True),
    }
    if _is_screen(context, form, path):
        print("\n".join(clean(words) for words in explained_lines(books.ledger, found, line)))
    else:
        show(explained(books.ledger, found, line), answer, form, context, path)
    return exit_code(books.ledger.problems)


def _answer(context: Context, books: Books, found: CodingProposal, form: Format, path: str, *, done: bool) -> int:
    """Show what was found; a screen is too narrow for the reasons, which are told below."""
    from acctkit.coding import coding_table, json_answer, whys

    ledger = books.ledger
    answer = {"schema": "acctkit.code/1", "problems": count(ledger.problems), **json_answer(ledger, found)}
    is_screen = _is_screen(context, form, path)
    show(coding_table(ledger, found, done=done, has_why=not is_screen), answer, form, context, path)
    if is_screen and (said := whys(found)):
        tell("\n" + "\n".join(said))
    return _code(books, found, done=done)


def _is_screen(context: Context, form: Format, path: str) -> bool:
    return not path and context.is_terminal and form in (Format.auto, Format.table)


def _code(books: Books, found: CodingProposal, *, done: bool) -> int:
    if failed := exit_code(books.ledger.problems):
        return failed
    return ITEMS_LEFT if found.suggested or found.left or (found.coded and not done) else 0
