"""Finding books, and telling a file that was changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeAlias

from acctkit.problem import refusal

# What tells a file that was changed: its size, times of change in ns, and inode.
Stamp: TypeAlias = tuple[int, int, int, int]

SETTINGS = "acct.toml"
ROOT_FILE = Path("journals") / "main.beancount"
STREAM = "journals/[0-9][0-9][0-9][0-9]/*.beancount"


@dataclass(frozen=True, slots=True)
class Root:
    """Where a set of books is: its root file, and the folder of its acct.toml (None: a single journal)."""

    file: Path
    folder: Path | None

    @property
    def settings(self) -> Path | None:
        """The path of acct.toml, None where there is none."""
        return self.folder / SETTINGS if self.folder else None


def find_root(path: str | None, environment: dict[str, str], here: Path) -> Root:
    """The books named by -f, else by $ACCT_BOOK, else by the nearest acct.toml from here upwards.

    Raises Refusal X901 where there are none.
    """
    named = path or environment.get("ACCT_BOOK")
    if named:
        return _named_root(Path(named))
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            shown = Path(os.path.relpath(folder, here))
            return Root(shown / ROOT_FILE, shown)
    hint = "name them with -f PATH, or begin new ones with: acct init FOLDER"
    raise refusal("X901", f"there are no books here: no {SETTINGS} in this folder or above it", hint)


def _named_root(path: Path) -> Root:
    if path.name == SETTINGS and path.is_file():
        path = path.parent
    if path.is_dir():
        if not (path / SETTINGS).is_file():
            hint = f"name a folder with an {SETTINGS} or a .beancount file; acct init {path} begins new books"
            raise refusal("X901", f"{path} holds no books: there is no {SETTINGS} in it", hint)
        return Root(path / ROOT_FILE, path)
    if not path.exists():
        hint = f"check the path; acct init {path} begins new books" if not path.suffix else "check the path"
        raise refusal("X901", f"{path} does not exist", hint)
    return Root(path, None)


def stamp_of(found: os.stat_result) -> Stamp:
    """What tells a file that was changed: its size, times of change in ns, and inode."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def is_in_stream(root: Root, path: Path) -> bool:
    """Whether a file of the books is one that acct appends to."""
    if root.folder is None:
        return path == root.file
    try:
        inside = path.relative_to(root.folder)
    except ValueError:
        return False
    pattern = PurePath(STREAM)
    return len(inside.parts) == len(pattern.parts) and inside.match(str(pattern))
