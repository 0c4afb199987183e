"""What the metadata of entries read by the block says, as far as anything is checked of it.

All of a block's metadata is read at once: its values are taken out, and what remains of an entry's, its shape, is
one of a few, so that which value is which is worked out once for each.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from acctkit.refs import Runs, bill, by_series, runs

_NOTED = (b"ref", b"type", b"party", b"their-ref")
# Entries of these types count otherwise than on their own day, or undo others.
_ASIDE_TYPES = frozenset((b"opening", b"year-end", b"reversal"))
# A metadata line from its colon on; its value, where that is a text.
_VALUE = re.compile(rb': ++(?:"([^"\n]*+)")?+[^\n\0]*+')
_NOTHING = b""

# What an entry says of each of _NOTED; empty where that is no text.
Note: TypeAlias = tuple[bytes, bytes, bytes, bytes]
SILENT: Note = (_NOTHING,) * 4


class Facts(NamedTuple):
    """The facts of a block: `series` are the numbers of its refs by how they begin, `named` the refs without one.

    `is_twice` says that a number stands there twice; `bills` are party, type and number, made comparable, of what
    suppliers numbered; `has_theirs` says whether any entry has a number of the other side. `latest` is the last
    entry of each type that has a ref: the line it begins on, from 0, and the ref.
    """

    series: dict[str, Runs]
    named: list[str]
    is_twice: bool
    types: set[str]
    parties: set[str]
    bills: list[str]
    has_theirs: bool
    latest: dict[str, tuple[int, str]]


class _Shape(NamedTuple):
    """How an entry's metadata is laid out: how many values, and which of them says what of _NOTED; -1 for none."""

    size: int
    at: tuple[int, ...]
    is_fit: bool


class _Shapes(dict[bytes, _Shape]):
    """Layouts of metadata, each worked out once."""

    def __missing__(self, shape: bytes) -> _Shape:
        keys = shape.split()
        at = tuple(keys.index(name) if name in keys else -1 for name in _NOTED)
        self[shape] = found = _Shape(len(keys), at, len(set(keys)) == len(keys) and b"reverses" not in keys)
        return found


_shapes = _Shapes()


def read_notes(metas: dict[int, bytes]) -> dict[int, Note | None]:
    """What the metadata of entries says; None where it asks for more than adding up, or says a thing twice."""
    if not metas:
        return {}
    joined = b"\0".join(metas.values())
    values: list[bytes] = [*_VALUE.findall(joined), _NOTHING]  # the last is what is not said
    notes: dict[int, Note | None] = {}
    begin = 0
    for index, shape in zip(metas, _VALUE.sub(b"", joined).split(b"\0"), strict=True):
        size, (ref, kind, party, theirs), is_fit = _shapes[shape]
        type_ = values[begin + kind] if kind >= 0 else _NOTHING
        own = values[begin + ref] if ref >= 0 else _NOTHING
        whose = values[begin + party] if party >= 0 else _NOTHING
        # An empty ref or party is something to be said of the entry.
        is_said = (own or ref < 0) and (whose or party < 0)
        notes[index] = (
            (own, type_, whose, values[begin + theirs] if theirs >= 0 else _NOTHING)
            if is_fit and is_said and type_ not in _ASIDE_TYPES
            else None
        )
        begin += size
    return notes


def read_facts(notes: dict[int, Note], data: bytes) -> Facts:
    """The facts of a block from its entries' notes, by where in it they begin."""
    refs, types, parties, theirs = zip(*notes.values(), strict=True) if notes else ((), (), (), ())
    last = {kind: (at, ref) for at, (ref, kind, _, _) in notes.items() if kind and ref}
    series, named, is_twice = _series(refs)
    return Facts(
        series,
        named,
        is_twice,
        {name.decode() for name in set(types) if name},
        {code.decode() for code in set(parties) if code},
        [
            found
            for number, party, kind in zip(theirs, parties, types, strict=True)
            if number and (found := bill(party.decode(), kind.decode(), number.decode()))
        ],
        any(theirs),
        _latest(last, data),
    )


def _series(refs: tuple[bytes, ...]) -> tuple[dict[str, Runs], list[str], bool]:
    """The numbers of refs by how they begin, those without a number, and whether one stands there twice."""
    numbers, named = by_series(filter(None, b"\n".join(refs).decode().split("\n")))
    series = {prefix: runs(own) for prefix, own in numbers.items()}
    whole = {prefix: own for prefix, own in series.items() if own is not None}
    return whole, named, len(whole) < len(series)


def _latest(last: dict[bytes, tuple[int, bytes]], data: bytes) -> dict[str, tuple[int, str]]:
    """The line and ref of the last entry of each type, by where it begins."""
    found: dict[str, tuple[int, str]] = {}
    line = counted = 0
    for kind, (at, ref) in sorted(last.items(), key=lambda item: item[1][0]):
        line += data.count(b"\n", counted, at)
        counted = at
        found[kind.decode()] = line, ref.decode()
    return found
