"""Seals: the proof that what was posted still stands as it was posted.

The stream is the files that acct appends to, in the order of their names. Each append ends with a seal, a
comment line: its number, the time, who, and the SHA-256 over the previous seal's hash and all bytes since
that seal's line, up to and with the words of this line before the hash.

The settings and the chart of accounts stand outside the stream and are edited by hand. Above a seal stands a line
`; covers FILE SHA-256` for each of them that changed since the seal before, so that the seal covers them too.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from acctkit.journal.source import Source
from acctkit.problem import Place, Problem, error, warning

# A literal comes first in these, so that the text between seals is passed over fast.
_SEAL = re.compile(rb"; seal (?<=^; seal )(\d{1,18}) (\S+) (\S+) ([0-9a-f]{64})$", re.MULTILINE)
# What is left of a seal's line when any one byte of it, or of the line ends about it, was changed.
_LIKE_SEAL = (
    re.compile(rb"; seal (?<=^; seal )\d{1,18} \d{4}-\d\d-\d\dT", re.MULTILINE),
    re.compile(rb"Z \S+ [0-9a-f]{64}[ \t\r\f\v]*$", re.MULTILINE),
)
_COVER = re.compile(rb"; covers (.+) ([0-9a-f]{64}|none)")
# What Git writes where two branches changed the same lines.
_MARK = re.compile(rb"<{7} (?<=^<{7} ).", re.MULTILINE)
_UNMERGE = (
    "undo that merge (git reset --keep ORIG_HEAD, where nothing was posted since), then acct merge BRANCH, "
    "which posts anew what was posted there"
)
_NONE = "none"  # in the place of the hash of a file that is no longer there

UNSEALED = "A602"
MERGED = "A609"
CHANGED = "A604"


class Seal(NamedTuple):
    """One seal: its number, time, who, hash, and where it stands."""

    number: int
    time: str
    who: str
    hash: str
    file: str
    line: int


class Chain(NamedTuple):
    """The seals of a stream in order, the bytes after the last of them, and where those begin.

    `unsealed` is [(file, first line, bytes)] of files with text after the last seal; `covers` gives each file
    outside the stream that seals cover with the SHA-256 it had last; `files` names the files of the stream.
    """

    seals: list[Seal]
    unsealed: list[tuple[str, int, bytes]]
    problems: list[Problem]
    covers: dict[str, str]
    files: frozenset[str] = frozenset()

    @property
    def next_number(self) -> int:
        """The number the next seal bears."""
        return self.seals[-1].number + 1 if self.seals else 1

    @property
    def head(self) -> str:
        """The hash of the last seal, "" before the first."""
        return self.seals[-1].hash if self.seals else ""

    def seal_over(self, file: str, line: int) -> Seal | None:
        """The first seal after a line of the stream: it says when the line was written, and by whom.

        None for one that is not sealed yet, and for a file outside the stream: of that no seal says who wrote it.
        """
        if file not in self.files:
            return None
        at = bisect_right(self.seals, (file, line), key=lambda seal: (seal.file, seal.line))
        return self.seals[at] if at < len(self.seals) else None


def read_chain(stream: Sequence[Source], after: Seal | None = None, before: Iterable[bytes] = ()) -> Chain:
    """Recompute every seal of a stream; one that does not fit the text before it is a problem A601.

    Where only the end of a stream is read, `after` is the seal it follows, and stands first in the chain, and
    `before` the text between them, which holds none.
    """
    seals: list[Seal] = [after] if after else []
    problems: list[Problem] = []
    pending: list[tuple[str, int, bytes]] = [("", 0, data) for data in before]
    covers: dict[str, str] = {}
    for source in stream:
        at, counted, line = 0, 0, 1
        problems += [*_spoilt(source), *_unmerged(source)]
        for match in _SEAL.finditer(source.data):
            line += source.data.count(b"\n", counted, match.start())
            counted = match.start()
            number, time, who, found = (part.decode(errors="replace") for part in match.groups())
            seal = Seal(int(number), time, who, found, source.name, line)
            pending.append((source.name, 0, source.data[at : match.start(4)]))
            problems += _check_seal(seal, seals, [part for _, _, part in pending], source)
            covers |= _covers_above(source.data, at, match.start())
            seals.append(seal)
            pending = []
            at = min(match.end() + 1, len(source.data))
        rest = source.data[at:]
        if rest.strip():
            pending.append((source.name, source.data.count(b"\n", 0, at) + 1, rest))
        elif rest:
            pending.append((source.name, 0, rest))
    names = frozenset(source.name for source in stream)
    return Chain(seals, [part for part in pending if part[2].strip()], problems, covers, names)


def _covers_above(data: bytes, begin: int, end: int) -> dict[str, str]:
    """The files that a seal covers, by the lines right above it."""
    found: dict[str, str] = {}
    while begin < end:
        start = max(data.rfind(b"\n", begin, end - 1) + 1, begin)
        match = _COVER.fullmatch(data, start, end - 1)
        if match is None:
            break
        found.setdefault(match[1].decode(errors="replace"), match[2].decode())
        end = start
    return found


def _check_seal(seal: Seal, seals: list[Seal], parts: Sequence[bytes], source: Source) -> Iterable[Problem]:
    """What is wrong with a seal, by those before it."""
    before = seals[-1] if seals else None
    place = source.place(seal.line)
    hint = "git diff and git log show who changed the text above this seal, and how it stood"
    if seal_hash(before.hash if before else "", parts) != seal.hash:
        if first := _sibling(seal, seals, parts):
            yield _merged(seal, first, source)
            return
        if before and seal.number <= before.number:
            hint += f"; if Git merged two branches here, {_UNMERGE}"
        since = f"seal {before.number}" if before else "the beginning"
        words = f"seal {seal.number} does not fit: the text since {since} was changed"
        yield error("A601", words, place._replace(column=place.end_column - len(seal.hash)), hint)
    if seal.number != (before.number + 1 if before else 1):
        message = f"seal {seal.number} follows {f'seal {before.number}' if before else 'nothing'}: one is missing"
        yield error("A601", message, _at_number(seal, source), hint)


def _sibling(seal: Seal, seals: list[Seal], parts: Sequence[bytes]) -> Seal | None:
    """The earlier seal of the same number, where this one was made of the same books on another branch."""
    if not seals or seal.number > seals[-1].number:
        return None
    first = next((one for one in seals if one.number == seal.number), None)
    before = next((one for one in seals if one.number == seal.number - 1), None)
    fits = seal_hash(before.hash if before else "", parts) == seal.hash
    return first if fits and (before or seal.number == 1) else None


def _merged(seal: Seal, first: Seal, source: Source) -> Problem:
    """The problem of two branches that Git joined."""
    where = f"{first.file}, line {first.line}" if first.file != seal.file else f"line {first.line}"
    message = (
        f"seal {seal.number} was made on another branch than the seal {seal.number} of {where}: Git merged the two"
    )
    return error(MERGED, message, _at_number(seal, source), f"nothing is lost: {_UNMERGE}")


def _at_number(seal: Seal, source: Source) -> Place:
    place = source.place(seal.line)
    start = place.column + len("; seal ")
    return place._replace(column=start, end_column=start + len(str(seal.number)))


def _unmerged(source: Source) -> Iterable[Problem]:
    """The marks that Git leaves where it could not merge; the first of a file."""
    if match := _MARK.search(source.data):
        place = source.place(source.data.count(b"\n", 0, match.start()) + 1)
        hint = "nothing is lost: git merge --abort, then acct merge BRANCH, which posts anew what was posted there"
        yield error(MERGED, "Git left the marks of a conflict: it cannot merge what two branches posted", place, hint)


def _spoilt(source: Source) -> Iterable[Problem]:
    """Lines that were seals, and are none any more."""
    for start in _like_seals(source.data):
        end = source.data.find(b"\n", start)
        if not _SEAL.fullmatch(source.data[start : end if end >= 0 else None]):
            place = source.place(source.data.count(b"\n", 0, start) + 1)
            hint = "git diff and git log show who changed it, and how it stood"
            yield error("A601", "this line is like a seal and is none: it was changed", place, hint)


def _like_seals(data: bytes) -> list[int]:
    """Where the lines begin that are seals, or like one."""
    found = (match.start() for pattern in _LIKE_SEAL for match in pattern.finditer(data))
    return sorted({data.rfind(b"\n", 0, start) + 1 for start in found})


def holds_seal(data: bytes) -> bool:
    """Whether a text holds a line that is a seal, or like one."""
    return bool(_SEAL.search(data) or _like_seals(data))


def seal_hash(head: str, parts: Iterable[bytes]) -> str:
    """The hash of a seal: over the previous seal's hash in hex, then all bytes since that seal's line."""
    digest = hashlib.sha256(head.encode())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def seal_line(chain: Chain, since: Iterable[bytes], time: str, who: str) -> bytes:
    """The next seal's line, for a stream whose bytes since the last seal are `since`."""
    name = "".join(who.split()) or "unknown"
    words = f"; seal {chain.next_number} {time} {name} ".encode()
    return words + seal_hash(chain.head, [*since, words]).encode() + b"\n"


def bytes_since_seal(stream: Sequence[Source]) -> list[bytes]:
    """All bytes of a stream after its last seal's line."""
    parts: list[bytes] = []
    for source in stream:
        ends = [match.end() + 1 for match in _SEAL.finditer(source.data)]
        if ends:
            parts = []
        parts.append(source.data[ends[-1] :] if ends else source.data)
    return parts


def check_seals(stream: Sequence[Source]) -> list[Problem]:
    """Seals that do not fit, and text after the last one; a stream that was never sealed has neither."""
    chain = read_chain(stream)
    problems = list(chain.problems)
    if chain.seals:
        sources = {source.name: source for source in stream}
        for name, line, data in chain.unsealed:
            lines = sum(1 for text in data.splitlines() if text.strip())
            what = "lines" if lines != 1 else "line"
            message = f"{lines} {what} after seal {chain.seals[-1].number} not sealed"
            hint = "they count, and may still be edited; `acct seal` adopts them"
            first = line + data[: len(data) - len(data.lstrip())].count(b"\n")
            problems.append(warning(UNSEALED, message, sources[name].place(first), hint))
    return problems


# What stands outside the stream.


def cover_lines(chain: Chain, files: Mapping[str, bytes]) -> bytes:
    """The lines above the next seal: the hash of each file outside the stream that is not as a seal last covered it."""
    return "".join(f"; covers {name} {found}\n" for name, found in _uncovered(chain, files).items()).encode()


def check_covers(chain: Chain, files: Mapping[str, Source]) -> list[Problem]:
    """A604 for each file outside the stream that was changed, added or taken away since a seal covered it.

    Books whose seals cover none, sealed before there were such lines, have no such problem.
    """
    if not chain.covers:
        return []
    number = chain.seals[-1].number
    hint = "git diff shows what changed; `acct seal`, or the next thing posted, records that it did, when and by whom"
    problems = []
    for name, found in _uncovered(chain, {name: source.data for name, source in files.items()}).items():
        recorded = chain.covers.get(name, _NONE)
        what = "is gone" if found == _NONE else "is new" if recorded == _NONE else "changed"
        seal = chain.seals[-1]
        place = files[name].place(1) if name in files else Place(seal.file, seal.line)
        problems.append(warning(CHANGED, f"{name} {what} since seal {number}", place, hint))
    return problems


def _uncovered(chain: Chain, files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file that is not as a seal last covered it, `none` of one that is gone."""
    now = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    gone = {name: _NONE for name in sorted(chain.covers) if name not in now}
    return {name: found for name, found in (now | gone).items() if chain.covers.get(name, _NONE) != found}


def last_seal(data: bytes) -> Seal | None:
    """The last line of a text that is a seal, unchecked; its file and line are left out."""
    found = list(_SEAL.finditer(data))
    if not found:
        return None
    number, time, who, head = (part.decode(errors="replace") for part in found[-1].groups())
    return Seal(int(number), time, who, head, "", 0)
