"""The files of a set of books that stand outside the stream, and that its seals cover.

They are the settings and the chart, and the files that a single journal includes.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from acctkit.audit import check_covers, read_chain
from acctkit.books.files import read_bytes
from acctkit.books.reader import stream_of
from acctkit.books.root import Root
from acctkit.journal.parser import Parsed
from acctkit.journal.source import Source
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Problem


def covered(root: Root, files: list[Parsed]) -> dict[str, Source]:
    """acct.toml and the journals outside the stream, by their names as seen from the folder of the books.

    A single journal is its own stream, so they are the files it includes, as seen from its folder.
    """
    stream = {source.name for source in stream_of(root, files)}
    sources = [parsed.source for parsed in files if parsed.source.name not in stream]
    if root.settings is not None:
        sources.insert(0, Source(str(root.settings), read_bytes(root.settings)))
    return {name_inside(root.folder or root.file.parent, source.name): source for source in sources}


def check_covered(ledger: Ledger, root: Root) -> list[Problem]:
    """A604 for each file outside the stream that is not as the last seal covers it."""
    return check_covers(read_chain(stream_of(root, ledger.files)), covered(root, ledger.files))


def check_approved(ledger: Ledger, root: Root) -> list[Problem]:
    """A608 and A610: what a second person has not approved, and approvals that do not hold."""
    if ledger.entity.approval is None and not ledger.records("approve"):
        return []
    from acctkit.audit.approval import check_approvals

    return check_approvals(ledger, read_chain(stream_of(root, ledger.files)))


def name_inside(folder: Path, name: str) -> str:
    """A file's name as seen from the folder of the books, on one line of plain text."""
    name = PurePath(os.path.relpath(name, folder)).as_posix()
    return name if name.isprintable() else repr(name)[1:-1]
