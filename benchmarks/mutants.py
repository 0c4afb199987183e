"""Damage to a ledger: lines and bytes deleted, doubled, swapped, cut short."""

import random


def mutate(data: bytes, rng: random.Random) -> tuple[str, bytes]:
    """A damaged copy, and a word for the damage."""
    how = rng.choice(sorted(_DAMAGE))
    for _ in range(rng.randint(1, 2)):
        data = _DAMAGE[how](data, rng)
    return how, data


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def _delete_line(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def _double_line(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


def _swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _cut_line(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines))
    lines[at] = lines[at][: rng.randint(0, len(lines[at]))]
    return b"\n".join(lines)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _delete_byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + 1 :]


def _double_byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at : at + 1] + data[at:]


def _swap_bytes(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + 1 : at + 2] + data[at : at + 1] + data[at + 2 :]


def _swap_words(data: bytes, rng: random.Random) -> bytes:
    words = data.split(b" ")
    a, b = rng.randrange(len(words)), rng.randrange(len(words))
    words[a], words[b] = words[b], words[a]
    return b" ".join(words)


_DAMAGE = {
    "a line deleted": _delete_line,
    "a line doubled": _double_line,
    "lines swapped": _swap_lines,
    "a line cut": _cut_line,
    "the end cut off": _cut,
    "a byte deleted": _delete_byte,
    "a byte doubled": _double_byte,
    "bytes swapped": _swap_bytes,
    "words swapped": _swap_words,
}
