"""acct import, acct reconcile."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from acctkit.cli.context import Context, day_of
from acctkit.cli.load import checks, exit_code
from acctkit.cli.options import AsOfOption, DryRun, Format, FormatOption, KeyOption, OutputFile
from acctkit.cli.show import clean_lines, output, progress, show, show_json, show_problems, tell
from acctkit.problem import ERROR, WARNING, Problem, Refusal, count, refusal

if TYPE_CHECKING:
    from acctkit.banking import BankStatement
    from acctkit.books.reader import Books
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger
    from acctkit.reconcile import ImportProposal, Proposal

ITEMS_LEFT = 3

ProfileOption = Annotated[str, typer.Option("--profile", metavar="NAME", help="The CSV layout, where it is not found.")]
DatesOption = Annotated[str, typer.Option("--dates", metavar="ORDER", help="dmy or mdy, where the file does not tell.")]
AcceptOption = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="CODE", help="Import although: B404, B405, B408 or B409; repeatable."),
]
SkipOption = Annotated[bool, typer.Option("--skip-repeats", help="Leave lines out that stand under other ids.")]
SourceOption = Annotated[
    str, typer.Option("--source", metavar="NUMBER", help="Which account of a file that holds several.")
]


def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A bank file: OFX, QIF, MT940, CAMT, BAI2 or CSV.", show_default=False)],
    account: Annotated[str, typer.Option("--account", "-a", help="The account it is of.")] = "",
    profile: ProfileOption = "",
    source: SourceOption = "",
    dates: DatesOption = "",
    accept: AcceptOption = None,
    skip_repeats: SkipOption = False,
    learn: Annotated[bool, typer.Option("--learn", help="Ask about an unknown CSV, and keep its layout.")] = False,
    dry_run: DryRun = False,
    key: KeyOption = "",
    form: FormatOption = Format.auto,
) -> int:
    """Import a bank or card statement: its lines become records, each once however often it is imported.

    Opening, lines and closing must add up. A CSV headed id,date,description,amount needs no profile.

    Example: acct import examples/statements/current-2026-03.ofx --account 1200
    """
    context: Context = ctx.obj
    if learn:
        from acctkit.cli.learn import learn as learn_layout

        return learn_layout(context, file)
    if not account:
        raise refusal("X907", f"which account is {file} of?", "name it: --account 1200")
    asked = _Asked(profile, source, dates, accepted(accept), skip_repeats)
    done = _import(context, file, account, asked, dry_run=dry_run, key=key)
    if form is Format.json:
        show_json(
            {
                "schema": "acctkit.import/1",
                "problems": count(done.books.ledger.problems),
                "account": done.account,
                **_import_json(done),
            }
        )
    elif dry_run:
        sys.stdout.write(clean_lines(done.text) if sys.stdout.isatty() else done.text)
    else:
        print(_import_words(done))
    code = exit_code(done.books.ledger.problems)
    return code or (ITEMS_LEFT if done.proposal.ties is False else 0)


@dataclass
class _Imported:
    """What an import did: the account, the proposal, the text, and the books after it."""

    account: str
    proposal: ImportProposal
    statements: tuple[BankStatement, ...]
    text: str
    books: Books


class _Asked(NamedTuple):
    """What the user says of a file that it may not say itself."""

    profile: str
    source: str
    dates: str
    accept: frozenset[str]
    skip_repeats: bool


# What a person may know better than acct.
_ACCEPTABLE = ("B404", "B405", "B408", "B409")


def accepted(codes: list[str] | None) -> frozenset[str]:
    """The codes somebody accepts; raises Refusal for one that cannot be."""
    for code in codes or ():
        if code not in _ACCEPTABLE:
            raise refusal("X907", f"{code} cannot be accepted", f"what can be is {', '.join(_ACCEPTABLE)}")
    return frozenset(codes or ())


def _import(context: Context, file: str, account: str, asked: _Asked, *, dry_run: bool, key: str) -> _Imported:
    from acctkit.books import pen
    from acctkit.books.evidence import copy_of, name_for
    from acctkit.books.files import read_bytes
    from acctkit.books.reader import open_books
    from acctkit.reconcile import Asked, import_draft
    from acctkit.reports.account import find_account

    root, writer = context.root(), context.writer()
    data = read_bytes(Path(file))
    statements = _read_file(context, file, data, asked)
    books = open_books(root, checks())
    name = find_account(books.ledger, account)
    chosen = _choose(statements, asked.source, books.ledger, name, file)
    _require_bank_account(books.ledger, name, chosen[0], data, file)
    if not asked.source:
        _require_same_number(context, books.ledger, name, chosen[0].account, file)
    found: list[ImportProposal] = []
    digest = _sha256(data)

    def proposed(ledger: Ledger) -> ImportProposal:
        known = name_for(root, Path(file), data)
        return import_draft(
            ledger,
            name,
            *chosen,
            file=known,
            sha256=digest,
            today=context.today,
            received=file,
            asked=Asked(asked.accept, asked.skip_repeats),
        )

    def propose(ledger: Ledger) -> Draft:
        from acctkit.journal.writer import Draft as Nothing

        proposal = proposed(ledger)
        errors = [problem for problem in proposal.problems if problem.severity == ERROR]
        if errors:
            raise Refusal(*errors)
        found.append(proposal)
        if proposal.draft is None:
            return Nothing(())
        return replace(proposal.draft, files=copy_of(root, Path(file), data))

    if dry_run:
        text, books = pen.tried(books, propose, writer, checks(), key)
    else:
        receipt = pen.append(root, propose, writer, checks(), key)
        text = receipt.draft.text
        books = open_books(root, checks())
    if not found:  # written under this key before
        found.append(proposed(books.ledger))
    show_problems(found[-1].problems, sys.stderr)
    return _Imported(name, found[-1], chosen, text, books)


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _read_file(context: Context, file: str, data: bytes, asked: _Asked) -> tuple[BankStatement, ...]:
    """The statements of a file; raises Refusal with what is wrong in it. Warnings are shown."""
    from acctkit.banking import ORDERS, read
    from acctkit.cli.learn import layouts_of

    if asked.dates not in ("", *ORDERS):
        raise refusal("X907", f"{asked.dates} is no order of dates", "write --dates dmy, --dates mdy or --dates ymd")
    found = read(
        data, file, profile=asked.profile or None, today=context.today, dates=asked.dates, known=layouts_of(context)
    )
    taken = found.statements and asked.accept
    problems = [
        p._replace(severity=WARNING, hint="") if taken and p.code in asked.accept else p for p in found.problems
    ]
    if any(problem.severity == ERROR for problem in problems):
        raise Refusal(*problems)
    show_problems(problems, sys.stderr)
    if not found.statements:
        raise refusal("B402", f"{file} holds no statement", "export it again from the bank")
    return found.statements


def _choose(
    statements: tuple[BankStatement, ...], source: str, ledger: Ledger, account: str, file: str
) -> tuple[BankStatement, ...]:
    """The statements of the account: of the only one, the one named, or the one whose number the account bears."""
    groups: dict[tuple[str, str], list[BankStatement]] = {}
    for one in statements:
        groups.setdefault((one.account, one.currency), []).append(one)
    if source:
        number, _, currency = source.rpartition(" ")
        named = [key for key in groups if key[0].endswith(source) or source == key[1]]
        named = named or [key for key in groups if number and key[0].endswith(number) and key[1] == currency]
    else:
        info = ledger.accounts.get(account)
        number = str(info.meta.get("bank-account", "")) if info else ""
        named = [key for key in groups if number and key[0].endswith(number)] or list(groups)
        taken = info.commodities if info else ()
        if len(named) > 1 and taken:
            named = [key for key in named if key[1] in taken] or named
    if len(named) == 1:
        return tuple(groups[named[0]])
    listed = ", ".join(" ".join(filter(None, key)) or "no number" for key in groups)
    hint = "name one with --source: the end of its account number, its currency, or both"
    if not named:
        raise refusal("B406", f"{file} holds no account {source}; it holds {listed}", hint)
    raise refusal("B406", f"{file} holds several accounts: {listed}", hint)


def _require_bank_account(ledger: Ledger, account: str, statement: BankStatement, data: bytes, file: str) -> None:
    """Refuse a file for an account that has no statements, or that another account's file is known to be."""
    roles = {ledger.role(account)} & {"bank", "card", "cash"}
    if not roles and (ledger.role(account) or ledger.kind(account) not in ("Assets", "Liabilities")):
        hint = 'name a bank or card account; its open directive has role: "bank", "card" or "cash"'
        raise refusal("B406", f"{account} is not a bank or card account", hint)
    info = ledger.accounts.get(account)
    number = str(info.meta.get("bank-account", "")) if info else ""
    if number and statement.account and not statement.account.endswith(number):
        hint = "name the account it belongs to, or correct `bank-account` on this one"
        raise refusal("B406", f"{file} is of account {statement.account}, and {account} is {number}", hint)
    digest = _sha256(data)
    for record in ledger.records("statement"):
        if record.note("sha256") == digest and record.values[1] != account:
            hint = f"undo {record.text(0)} first if it was imported into the wrong account"
            raise refusal("B406", f"{file} was imported into {record.values[1]} as {record.text(0)}", hint)


def _require_same_number(context: Context, ledger: Ledger, account: str, number: str, file: str) -> None:
    """Refuse a file of another number than the file imported last, which the books keep, where both tell."""
    from acctkit.banking import read
    from acctkit.books.files import read_bytes
    from acctkit.cli.learn import layouts_of

    info = ledger.accounts.get(account)
    heads = [one for one in ledger.records("statement") if one.values[1] == account and one.note("file")]
    if not _digits(number) or not heads or (info and info.meta.get("bank-account")):
        return
    last, root = max(heads, key=lambda one: one.date), context.root()
    path = (root.folder or root.file.parent) / last.note("file")
    if not path.is_file() or _sha256(data := read_bytes(path)) != last.note("sha256"):
        return
    found = read(data, path.name, today=context.today, known=layouts_of(context))
    others = {one.account for one in found.statements if _digits(one.account)}
    if len(others) != 1:
        return
    other = others.pop()
    here, there = _digits(number), _digits(other)
    if not here.endswith(there) and not there.endswith(here):
        message = f"{file} is of account {number}; {last.note('file')}, imported into {account} before, is of {other}"
        hint = f"name the account it belongs to with --account, or say that both are: --source {number[-4:]}"
        raise refusal("B406", message, hint)


def _digits(number: str) -> str:
    """The digits of an account's number, "" where they are too few to tell it from another."""
    digits = "".join(char for char in number if char.isdigit())
    return digits if len(digits) > 3 else ""


def _import_json(done: _Imported) -> dict[str, Any]:
    proposal = done.proposal
    return {
        "statement": proposal.statement,
        "statements": list(proposal.statements),
        "lines": len(proposal.lines),
        "duplicates": len(proposal.duplicates),
        "opening": None if proposal.opening is None else f"{proposal.opening:f}",
        "closing": None if proposal.closing is None else f"{proposal.closing:f}",
        "ties": proposal.ties,
        "notes": list(proposal.notes),
    }


def _import_words(done: _Imported) -> str:
    proposal = done.proposal
    lines, known = len(proposal.lines), len(proposal.duplicates)
    words = f"{', '.join(proposal.statements)}: {lines} line{'s' if lines != 1 else ''} imported, {known} known already"
    if not lines:
        words = f"nothing new: all {known} lines stand in {proposal.statement} already" if known else "nothing new"
    if proposal.opening is not None and proposal.closing is not None:
        total = sum(line.amount for one in done.statements for line in one.lines)
        words += f"\nopening {proposal.opening:,.2f}, lines {total:+,.2f}, closing {proposal.closing:,.2f}"
        words += {True: ": they add up", False: ": they do not add up", None: ""}[proposal.ties]
    return "\n".join((words, *proposal.notes))


def reconcile(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="A bank or card account.", show_default=False)],
    file: Annotated[str, typer.Argument(help="A statement to import first.", show_default=False)] = "",
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
    from acctkit.books.reader import open_books
    from acctkit.reports.account import find_account

    context: Context = ctx.obj
    day = day_of(context, as_of)
    imported = None
    if file:
        asked = _Asked(profile, source, dates, accepted(accept), skip_repeats)
        imported = _import(context, file, account, asked, dry_run=dry_run, key=key and f"{key}/import")
        books = imported.books
        if form is not Format.json:
            tell(_import_words(imported))
    else:
        books = open_books(context.root(), checks())
    name = find_account(books.ledger, account)
    if not any(record.values[1] == name for record in books.ledger.records("statement")):
        hint = f"import one: acct import FILE --account {name}"
        raise refusal("X907", f"no statement of {name} was imported yet", hint)
    if not auto and not dry_run and context.can_ask and form is Format.auto:
        from acctkit.cli.prompt import work_through

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
    imported: _Imported | None,
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
        "import": _import_json(imported) if imported else None,
        **json_answer(proposal, recon),
    }
    show(statement_table(ledger, recon), answer, form, context, path)
    if form in (Format.auto, Format.table, Format.plain):
        _tell_left(proposal, asked=asked)
    return _code(ledger.problems, proposal, recon.difference)


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
