"""Files that are the user's alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private() -> Iterator[None]:
    """What is made within is the user's alone: files 0600, folders 0700. What is there already stays as it is."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def as_open_as(folder: Path) -> int:
    """The permissions of a new file in a folder: who may use the folder may use the file, and nobody else."""
    while not folder.exists():
        folder = folder.parent
    return (os.stat(folder).st_mode & 0o666) | 0o600
