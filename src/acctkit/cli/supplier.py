"""acct reconcile --supplier and --control."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from acctkit.cli.context import Context, day_of
from acctkit.cli.load import exit_code, load
from acctkit.cli.options import Format
from acctkit.cli.show import clean_lines, output, show, show_problems, tell
from acctkit.problem import ERROR, WARNING, Refusal, refusal

if TYPE_CHECKING:
    from acctkit.banking.suppliers import SupplierFile
    from acctkit.ledger.ledger import Ledger

ITEMS_LEFT = 3

SupplierOption = Annotated[
    str,
    typer.Option("--supplier", metavar="PARTY", help="Compare a supplier's statement, CSV or PDF, with the ledger."),
]
ControlOption = Annotated[
    str,
    typer.Option("--control", metavar="KIND", help="Prove a control account: vat, debtors, creditors or payroll."),
]
DraftOption = Annotated[
    str, typer.Option("--draft", metavar="FILE", help="With --supplier: write the query to the supplier to a file.")
]


class Proving(NamedTuple):
    """What was asked: a control account, or whose statement; which file, as at which day, and where the query goes."""

    control: str
    supplier: str
    file: str
    as_of: str
    dates: str
    accept: frozenset[str]
    draft: str


def require_alone(asked: Proving, **others: str | bool) -> None:
    """Raise Refusal X907 for what says nothing to --supplier or --control."""
    name = "--control" if asked.control else "--supplier"
    if asked.control:
        others |= {"supplier": asked.supplier, "dates": asked.dates, "draft": asked.draft, "account": asked.file}
    for other, value in others.items():
        if value:
            words = f"the argument {value}" if other in ("file", "account") else f"--{other.replace('_', '-')}"
            raise refusal("X907", f"{words} says nothing to {name}", "leave it out")


def prove(context: Context, asked: Proving, form: Format, output_file: str) -> int:
    """Prove a control account, or compare a supplier's statement."""
    act = _reconcile_control if asked.control else _reconcile_supplier
    return act(context, asked, form, output_file)


def _reconcile_control(context: Context, asked: Proving, form: Format, output_file: str) -> int:
    """Print a control account against what supports it; exit code 3 where there is a difference."""
    from acctkit.control import control, json_answer, table

    day = day_of(context, asked.as_of, context.today) or context.today
    ledger = load(context).ledger
    found = control(ledger, asked.control, day)
    show(table(ledger, found), json_answer(ledger, found, ledger.problems), form, context, output_file)
    return exit_code(ledger.problems) or (ITEMS_LEFT if found.difference or found.unexplained else 0)


def _reconcile_supplier(context: Context, asked: Proving, form: Format, output_file: str) -> int:
    """Compare a supplier's statement with the purchase ledger, and draft the query where something is to be asked."""
    from acctkit.suppliers import compare, find_supplier, json_answer, letter, table

    supplier, file, draft = asked.supplier, asked.file, asked.draft
    if not supplier:
        raise refusal("X907", "--draft is the query to a supplier", "name whom: --supplier PARTY FILE")
    if not file:
        raise refusal("X907", "which file is the statement?", f"name it: acct reconcile --supplier {supplier} FILE")
    day = day_of(context, asked.as_of)
    books = load(context)
    ledger = books.ledger
    party = find_supplier(ledger, supplier)
    _require_none_of_the_banks(ledger, file)
    read = _read(context, file, asked.dates, asked.accept)
    found = [compare(ledger, party, statement, name=file, as_of=day, words=read.words) for statement in read.statements]
    code = exit_code(ledger.problems)
    query = "" if code else letter(ledger, found, context.today)
    answer = json_answer(ledger, found, file, query, ledger.problems)
    show(table(ledger, found), answer, form, context, output_file)
    if draft and query:
        with output(draft) as out:
            out.write(query)
        tell(f"the query to {party.name} stands in {draft}")
    elif query and form in (Format.auto, Format.table, Format.plain):
        text = f"\n{query}"
        sys.stdout.write(clean_lines(text) if sys.stdout.isatty() else text)
    elif draft:
        tell("no query leaves books with errors: mend them first" if code else "there is nothing to ask")
    return code or (0 if all(one.is_clear for one in found) else ITEMS_LEFT)


def _require_none_of_the_banks(ledger: Ledger, file: str) -> None:
    """Raise Refusal B406 for a file that the books know as a statement of one of their own accounts."""
    import hashlib

    from acctkit.books.files import read_bytes

    digest = hashlib.sha256(read_bytes(Path(file))).hexdigest()
    for record in ledger.records("statement"):
        if record.note("sha256") == digest:
            message = f"{file} is no supplier's: it was imported into {record.values[1]} as {record.text(0)}"
            raise refusal("B406", message, "name the file that the supplier sent")


def _read(context: Context, file: str, dates: str, accept: frozenset[str]) -> SupplierFile:
    """The statements of a file; raises Refusal with what is wrong in it, but for what was accepted."""
    from acctkit.banking import ORDERS
    from acctkit.banking.suppliers import read_supplier
    from acctkit.books.files import read_bytes

    if dates not in ("", *ORDERS):
        raise refusal("X907", f"{dates} is no order of dates", "write --dates dmy, --dates mdy or --dates ymd")
    found = read_supplier(read_bytes(Path(file)), file, today=context.today, dates=dates)
    problems = [
        problem._replace(severity=WARNING, hint="") if problem.code in accept and problem.code == "B404" else problem
        for problem in found.problems
    ]
    if any(problem.severity == ERROR for problem in problems):
        raise Refusal(*problems)
    show_problems(problems, sys.stderr)
    return found
