"""Documents filed in folders: what the `documents` option finds, as Beancount does.

`ROOT/Assets/Bank/2026-04-14.statement.pdf` is a document of Assets:Bank of that day, where the books know the account.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date

from acctkit.books.patterns import MOST_FOLDERS
from acctkit.journal import spans
from acctkit.journal.entries import Document, Option
from acctkit.journal.parser import Parsed
from acctkit.ledger.plugin_checks import accounts_of
from acctkit.problem import Place, Problem, error

_DATED = re.compile(r"(\d{4})-(\d\d)-(\d\d).(.*)", re.ASCII)


def document_folders(parsed: Parsed) -> list[tuple[Option, str, Place]]:
    """The folders that a book's first file names, as seen from here, each with its option and place."""
    here = os.path.dirname(parsed.source.name)
    return [
        (option, os.path.normpath(os.path.join(here, option.value)), spans.string(parsed.source.place(option.line), 1))
        for option in parsed.options
        if option.name == "documents" and "\0" not in option.value
    ]


def add_filed(files: list[Parsed], option: Option, folder: str, place: Place) -> None:
    """Add to the first file the documents found in a folder, for the accounts that the books name."""
    first = files[0]
    known = {name for parsed in files for entry in parsed.entries for name in accounts_of(entry)}
    looked_into = 0
    for account, inside, names in _walk(folder):
        looked_into += 1
        if looked_into > MOST_FOLDERS:
            message = f"{option.value} holds more than {MOST_FOLDERS:,} folders"
            first.problems.append(error("L215", message, place, "name a folder that holds documents only"))
            return
        for name in names if account in known else ():
            if match := _DATED.match(name):
                path = os.path.join(inside, name)
                try:
                    day = date(int(match[1]), int(match[2]), int(match[3]))
                except ValueError:
                    first.problems.append(_misdated(path, name[:10], place))
                    continue
                first.entries.append(
                    Document(day, {}, first.source, option.line, option.line, account, path, frozenset(), frozenset())
                )


def _walk(folder: str) -> Iterator[tuple[str, str, list[str]]]:
    """The folders from a folder down: the account each is for, its path, its files; links are not followed."""
    for inside, folders, names in os.walk(folder):
        folders.sort()
        relative = os.path.relpath(inside, folder)
        yield relative.replace(os.sep, ":"), inside, sorted(name for name in names if _is_text(name))


def _is_text(name: str) -> bool:
    """Whether a file's name can be written down."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _misdated(path: str, day: str, place: Place) -> Problem:
    return error("L215", f"there is no day {day}: {path} is no document", place, "name the file by the day it is of")
