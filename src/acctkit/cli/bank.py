"""acct import."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks, exit_code
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption
from acctkit.cli.show import clean_lines, show_json, show_problems
from acctkit.cli.waiting import long_reading
from acctkit.problem import ERROR, WARNING, Refusal, count, refusal

if TYPE_CHECKING:
    from acctkit.banking import BankStatement
    from acctkit.books.reader import Books
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger
    from acctkit.reconcile import ImportProposal

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

        code = learn_layout(context, file, account)
        if code or not account:
            return code
    if not account:
        raise refusal("X907", f"which account is {file} of?", "name it: --account 1200")
    asked = Asking(profile, source, dates, accepted(accept), skip_repeats)
    done = import_file(context, file, account, asked, dry_run=dry_run, key=key)
    if form is Format.json:
        show_json(
            {
                "schema": "acctkit.import/1",
                "problems": count(done.books.ledger.problems),
                "account": done.account,
                **import_json(done),
            }
        )
    elif dry_run:
        sys.stdout.write(clean_lines(done.text) if sys.stdout.isatty() else done.text)
    else:
        print(import_words(done))
    code = exit_code(done.books.ledger.problems)
    return code or (ITEMS_LEFT if done.proposal.ties is False else 0)


@dataclass
class Imported:
    """What an import did: the account, the proposal, the text, and the books after it."""

    account: str
    proposal: ImportProposal
    statements: tuple[BankStatement, ...]
    text: str
    books: Books


class Asking(NamedTuple):
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


def import_file(context: Context, file: str, account: str, asked: Asking, *, dry_run: bool, key: str) -> Imported:
    """Import a file, or only try it; raises Refusal where it cannot be imported as it is."""
    from acctkit.books import pen
    from acctkit.books.evidence import copy_of, name_for
    from acctkit.books.files import read_bytes
    from acctkit.books.reader import open_books
    from acctkit.reconcile import Asked, import_draft
    from acctkit.reports.account import find_account

    root, writer = context.root(), context.writer()
    data = read_bytes(Path(file))
    statements = _read_file(context, file, data, asked)
    with long_reading():
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
    return Imported(name, found[-1], chosen, text, books)


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _read_file(context: Context, file: str, data: bytes, asked: Asking) -> tuple[BankStatement, ...]:
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


def import_json(done: Imported) -> dict[str, Any]:
    """What an import did, as the answers hold it."""
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


def import_words(done: Imported) -> str:
    """What an import did, for a person."""
    proposal = done.proposal
    lines, known = len(proposal.lines), len(proposal.duplicates)
    words = f"{', '.join(proposal.statements)}: {lines} line{'s' if lines != 1 else ''} imported, {known} known already"
    if not lines:
        all_ = f"all {known} lines stand" if known > 1 else "its line stands"
        words = f"nothing new: {all_} in {proposal.statement} already" if known else "nothing new"
    if proposal.opening is not None and proposal.closing is not None:
        total = sum(line.amount for one in done.statements for line in one.lines)
        words += f"\nopening {proposal.opening:,.2f}, lines {total:+,.2f}, closing {proposal.closing:,.2f}"
        words += {True: ": they add up", False: ": they do not add up", None: ""}[proposal.ties]
    return "\n".join((words, *proposal.notes))
