"""acct convert."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks, exit_code
from acctkit.cli.options import OutputFile
from acctkit.cli.show import output, tell
from acctkit.cli.waiting import long_reading
from acctkit.problem import ERROR, refusal

if TYPE_CHECKING:
    from acctkit.books.reader import Books
    from acctkit.journal.entries import Entry, Option
    from acctkit.journal.parser import Parsed


class Language(StrEnum):
    """The languages a book can be printed in."""

    beancount = "beancount"


def convert(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A journal file or a folder of books; else those of -f.")] = "",
    language: Annotated[Language, typer.Option("-O", "--output-format", help="In which language.")] = (
        Language.beancount
    ),
    output_file: OutputFile = "",
) -> int:
    """Print any books as one file in canonical form: includes resolved, entries in order of date.

    Comments and seals are not kept. Paths of documents are relative to the file that is printed to, else to
    the books' first file.

    Example: acct convert books -o whole.beancount
    """
    from acctkit.books.reader import open_books
    from acctkit.journal.printer import book_text

    del language
    context: Context = ctx.obj
    with long_reading():
        books = open_books(replace(context, file=file or context.file).root(), checks())
    if any(_is_same(output_file, parsed.source.name) for parsed in books.files):
        raise refusal("X907", f"{output_file} is one of the files to be converted", "print to another file")
    folder = Path(output_file if output_file not in ("", "-") else books.root.file).parent
    text = book_text(_entries(books, folder), _options(books, folder), books.files[0].plugins)
    with output(output_file) as out:
        out.write(text)
    _say_what_is_missing(books)
    sys.stdout.flush()
    return exit_code(books.ledger.problems)


def _is_same(one: str, other: str) -> bool:
    try:
        return bool(one) and Path(one).samefile(other)
    except OSError:
        return False


def _entries(books: Books, folder: Path) -> list[Entry]:
    """Every entry that was read, in the order of the book, with paths as seen from a folder.

    What the `documents` option found stands in no journal, and is found again.
    """
    from acctkit.journal.entries import Document
    from acctkit.ledger.plugins import in_order

    options = {option.line for option in books.files[0].options}
    entries = in_order(
        [
            entry
            for parsed in books.files
            for entry in parsed.entries
            if parsed is not books.files[0] or entry.line not in options
        ]
    )
    return [
        replace(entry, path=_seen_from(folder, entry.path, entry.source.name)) if isinstance(entry, Document) else entry
        for entry in entries
    ]


def _seen_from(folder: Path, path: str, source: str) -> str:
    """A document's path as seen from a folder; one that was written in full stays so."""
    if Path(path).is_absolute() and not Path(path).is_relative_to(Path(source).parent):
        return path
    return os.path.relpath(path, folder)


def _options(books: Books, folder: Path) -> list[Option]:
    """The options of the first file as they were written, and the operating currencies of the others."""
    first, *others = books.files
    options = []
    for option in first.options:
        value = option.value
        if option.name == "documents" and not Path(value).is_absolute():
            value = os.path.relpath(Path(first.source.name).parent / value, folder)
        options.append(option._replace(value=value))
    seen = {option.value for option in options if option.name == "operating_currency"}
    for option in (option for parsed in others for option in parsed.options):
        if option.name == "operating_currency" and option.value not in seen:
            seen.add(option.value)
            options.append(option)
    return options


def _say_what_is_missing(books: Books) -> None:
    """One line on standard error where books have errors: what could not be read is not in the output."""
    errors = sum(problem.severity == ERROR for problem in books.ledger.problems)
    if not errors:
        return
    lost = sum(_count_lost(parsed) for parsed in books.files)
    includes = sum(problem.code == "J112" for parsed in books.files for problem in parsed.problems)
    said = [f"the books have {errors} error{'s' if errors != 1 else ''}"]
    if lost:
        said.append(f"{lost} entr{'ies' if lost != 1 else 'y'} could not be read and {_are(lost)} left out")
    if includes:
        said.append(f"{includes} include{'s' if includes != 1 else ''} {_are(includes)} left out")
    tell("; ".join(said) + " (acct check shows them)")


def _are(count: int) -> str:
    return "are" if count != 1 else "is"


def _count_lost(parsed: Parsed) -> int:
    """How many entries of a file could not be read: errors that lose an entry, outside the entries that were kept."""
    from acctkit.ledger.ledger import LOSING

    kept = {line for entry in parsed.entries for line in range(entry.line, entry.last_line + 1)}
    return sum(
        problem.code in LOSING and problem.severity == ERROR and problem.place is not None
        and problem.place.line not in kept
        for problem in parsed.problems
    )  # fmt: skip
