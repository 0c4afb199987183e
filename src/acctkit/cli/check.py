"""acct check."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks, exit_code, pasteable
from acctkit.cli.options import Format, FormatOption, OutputFile
from acctkit.cli.show import output, problem_json, show, show_json, show_problems, tell
from acctkit.cli.waiting import long_reading
from acctkit.problem import ERROR, Problem
from acctkit.table import INTEGER, Column, Row, Table, counted

if TYPE_CHECKING:
    from acctkit.books.reader import Books


def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Read nothing outside the folder of the books.")] = False,
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Check the books: their text, arithmetic, records, VAT codes, seals and locks.

    Everything is read afresh. Exit code 1 where there are errors; warnings alone are 0.

    Example: acct check
    """
    from acctkit.books.covers import check_approved, check_covered
    from acctkit.books.evidence import check_files
    from acctkit.books.reader import open_books
    from acctkit.ledger.bookkeeping import check_bookkeeping, check_dates
    from acctkit.ledger.holdings import check_holdings

    context: Context = ctx.obj
    root = context.root()
    own = (
        check_holdings,
        check_bookkeeping,
        lambda ledger: check_dates(ledger, context.today),
        lambda ledger: check_files(ledger, root),
        lambda ledger: check_covered(ledger, root),
        lambda ledger: check_approved(ledger, root),
    )
    with long_reading():
        books = open_books(root, (*checks(), *own), strict=strict)
    problems = pasteable(books.ledger.problems, context.file)
    if form is Format.json:
        with output(output_file) as out:
            show_json(_answer(books, problems), out)
    elif form in (Format.csv, Format.markdown, Format.html):
        show(_table(problems), {}, form, context, output_file)
    else:
        with output(output_file) as out:
            show_problems(problems, out)
            out.write(_summary(books) + "\n")
        if problems and context.is_terminal:
            tell(_more(problems))
    sys.stdout.flush()
    return exit_code(problems)


def _counts(books: Books) -> dict[str, int]:
    ledger = books.ledger
    return {
        "transactions": len(ledger.transactions),
        "postings": sum(len(entry.postings) for entry in ledger.transactions),
        "accounts": len(ledger.accounts),
        "records": len(ledger.records()),
        "files": len(books.files),
        "left_out": ledger.left_out,
    }


def _answer(books: Books, problems: list[Problem]) -> dict[str, object]:
    return {
        "schema": "acctkit.check/1",
        "ok": exit_code(problems) == 0,
        "counts": _counts(books),
        "problems": [problem_json(problem) for problem in problems],
    }


def _summary(books: Books) -> str:
    counts = _counts(books)
    found = Counter(problem.severity for problem in books.ledger.problems)
    what = ", ".join(counted(counts[f"{name}s"], name) for name in ("transaction", "posting", "account", "record"))
    words = [counted(found[severity], severity) for severity in ("error", "warning") if found[severity]]
    return f"{what}: {' and '.join(words) or 'no problems'}"


def _more(problems: list[Problem]) -> str:
    """Where to read on, for a person at a terminal: the page of the first error, else of the first warning."""
    first = next((problem for problem in problems if problem.severity == ERROR), problems[0])
    return f"acct explain {first.code} says more"


def _table(problems: list[Problem]) -> Table:
    columns = (
        Column("Code"), Column("Severity"), Column("Message"), Column("File"),
        Column("Line", INTEGER), Column("Column", INTEGER), Column("Hint"),
    )  # fmt: skip
    rows = []
    for p in problems:
        place = (p.place.file, str(p.place.line), str(p.place.column)) if p.place else ("", "", "")
        rows.append(Row((p.code, p.severity, p.message, *place, p.hint)))
    return Table("", columns, tuple(rows))
