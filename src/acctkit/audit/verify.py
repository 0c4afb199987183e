"""The whole proof, as an auditor asks for it: what was looked at, and every difference with its place and commit."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from acctkit.audit.locks import exceptions
from acctkit.audit.seals import Chain, Seal
from acctkit.journal.entries import Custom
from acctkit.ledger.ledger import Ledger
from acctkit.problem import Place, Problem, error, refusal
from acctkit.table import INTEGER, Column, Row, Table, counted

LEAST_HEAD = 8  # hex digits
_HEX = re.compile(r"[0-9a-f]+")


class Looked(NamedTuple):
    """One part of the proof: what it is about, how much was looked at, in words, and the differences found."""

    what: str
    extent: str
    differences: tuple[Problem, ...]


class Edit(NamedTuple):
    """A version of a file that does not begin with the one before it: where, what stood there, what stands there now.

    `by` says in which commit, by whom and when. `now` is None where the text is gone.
    """

    file: str
    line: int
    was: str
    now: str | None
    by: str


def first_change(old: bytes, new: bytes) -> tuple[int, str, str | None] | None:
    """Where a text does not begin with an older one: the line, and it in both; None where it only grew."""
    if new.startswith(old):
        return None
    low, high = 0, min(len(old), len(new))
    while low < high:  # the longest common beginning
        middle = (low + high + 1) // 2
        if old[:middle] == new[:middle]:
            low = middle
        else:
            high = middle - 1
    line = old.count(b"\n", 0, low) + 1
    start = old.rfind(b"\n", 0, low) + 1
    now = None if low == len(new) else _line_at(new, start)
    return line, _line_at(old, start), now


def _line_at(data: bytes, start: int) -> str:
    end = data.find(b"\n", start)
    return data[start : end if end >= 0 else None].decode(errors="replace")


def edited(edit: Edit) -> Problem:
    """A605: posted text that was changed or taken away."""
    what = "was taken away" if edit.now is None else "was changed"
    message = f"line {edit.line} {what} {edit.by}; it was: {edit.was}"
    hint = "what was posted stays: restore it, and correct it by a reversal"
    text = edit.now or ""
    return error("A605", message, Place(edit.file, edit.line, 1, len(text) + 1, text), hint)


def removed(file: str, by: str) -> Problem:
    """A605: a file of the books that was taken away."""
    return error("A605", f"{file} was taken away {by}", Place(file, 1), "restore it: what was posted stays")


def not_replayed(seal: Seal, by: str) -> Problem:
    """A605: an append of a branch that was merged, and stands here neither as it was nor replayed."""
    message = f"what {seal.who} posted on {seal.time[:10]} (seal {seal.number} of a branch merged {by}) is not here"
    hint = "restore what acct merge replayed; after a plain git merge, undo it and merge with acct merge"
    return error("A605", message, Place(seal.file, seal.line), hint)


def replayed_otherwise(place: Place, seal: Seal, by: str) -> Problem:
    """A605: an append of a branch that was merged, and whose replay says something else than it did."""
    message = f"what was replayed is not what seal {seal.number} of the branch merged {by} holds"
    return error("A605", message, place, "compare the two: git show names the branch, the record its seal")


def left_out(file: str) -> Problem:
    """A605: a file of the stream that is no part of the books any more."""
    hint = 'restore the line include "*/*.beancount" of the root file'
    return error("A605", f"{file} stands there and is no part of the books: nothing includes it", Place(file, 1), hint)


def is_head(head: str) -> bool:
    """Whether a text is the beginning of a hash, as `acct audit head` prints it, long enough to be told by."""
    wanted = head.rpartition(":")[2].lower()
    return len(wanted) >= LEAST_HEAD and _HEX.fullmatch(wanted) is not None


def check_heads(chain: Chain, heads: Iterable[tuple[str, str]]) -> list[Problem]:
    """A606 for each head, with where it was published, that no seal has: the books were cut short or sealed anew.

    Raises Refusal X907 for one that is not the beginning of a hash.
    """
    problems = []
    hashes = sorted(seal.hash for seal in chain.seals)
    for head, source in heads:
        wanted = head.rpartition(":")[2].lower()
        if not is_head(head):
            hint = f"give {LEAST_HEAD} or more digits of it, as `acct audit head` prints them"
            raise refusal("X907", f"`{head}` is no head of books", hint)
        at = bisect_left(hashes, wanted)
        if at == len(hashes) or not hashes[at].startswith(wanted):
            message = f"no seal has the head {wanted[:16]} {source}: the books were cut short, or sealed anew"
            hint = "compare them with a copy from that time"
            last = chain.seals[-1] if chain.seals else None
            problems.append(error("A606", message, Place(last.file, last.line) if last else None, hint))
    return problems


def check_evidence(ledger: Ledger, read: Callable[[str], bytes | None]) -> tuple[int, list[Problem]]:
    """How many files of evidence the books hold a hash of, and A607 for each that is not as it was received."""
    named = [(record.meta, "file", record.place) for record in ledger.records("statement")]
    named += [(entry.meta, "document", entry.place) for entry in ledger.transactions]
    hashed = [(meta[key], meta["sha256"], place) for meta, key, place in named if key in meta and "sha256" in meta]
    problems = []
    for name, recorded, place in hashed:
        data = read(str(name))
        if data is None:
            problems.append(
                error(
                    "A607",
                    f"{name} is not there, or lies outside the folder of the books",
                    place,
                    "restore it from a copy of the books",
                )
            )
        elif hashlib.sha256(data).hexdigest() != str(recorded).lower():
            message = f"{name} is not the file that was received: its SHA-256 is another"
            problems.append(error("A607", message, place, "restore it from where it was received, or from a copy"))
    return len(hashed), problems


def changed_evidence(file: str, by: str) -> Problem:
    """A607: a file of evidence that a commit changed or took away."""
    return error("A607", f"{file} was changed or taken away {by}", Place(file, 1), "restore it as it was received")


def only(problems: Sequence[Problem], *codes: str) -> tuple[Problem, ...]:
    """The problems of these codes."""
    return tuple(problem for problem in problems if problem.code in codes)


def locks_looked_at(ledger: Ledger) -> str:
    """How many locks there are and how many entries were posted into soft ones with a reason."""
    late = len(exceptions(ledger))
    return f"{counted(len(ledger.records('lock')), 'lock')}, {counted(late, 'exception')}"


def returns_looked_at(ledger: Ledger) -> str:
    """How many VAT returns are filed, and how many were undone."""
    undone = [
        e for e in ledger.entries if isinstance(e, Custom) and e.kind == "undo" and e.values[:1] == ("vat-return",)
    ]
    return counted(len(ledger.records("vat-return")), "return") + (f", {len(undone)} undone" if undone else "")


def report(title: str, chain: Chain, looked: Sequence[Looked], notes: Sequence[str]) -> Table:
    """What was looked at, and how many differences each part has."""
    columns = (Column("What"), Column("Looked at"), Column("Differences", INTEGER))
    rows = [Row((one.what, one.extent, str(len(one.differences)))) for one in looked]
    return Table(f"Audit: {title}" if title else "Audit", columns, tuple(rows), head_words(chain), tuple(notes))


def head_words(chain: Chain) -> str:
    """The head of the books in words, as it stands on reports."""
    if not chain.seals:
        return "the books are not sealed"
    last = chain.seals[-1]
    return f"sealed to {last.number} on {last.time[:10]} by {last.who}, head {last.hash}"


def head_json(chain: Chain) -> dict[str, object] | None:
    """The last seal, as the answers of `acct audit` hold it; None in books never sealed."""
    if not chain.seals:
        return None
    last = chain.seals[-1]
    place = {"file": last.file, "line": last.line}
    return {"number": last.number, "time": last.time, "who": last.who, "hash": last.hash, **place}
