"""The files that the pattern of an include line names."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterator

MOST_FOLDERS = 10_000  # that one pattern looks into


class TooManyFoldersError(ValueError):
    """A pattern that looks into more folders than any books have."""


def expand(pattern: str) -> list[str]:
    """The files a pattern names, by name, as glob finds them.

    A folder is looked into once, however many links and `**` lead there. Raises TooManyFoldersError.
    """
    if not glob.has_magic(pattern):
        return [pattern] if _exists(pattern) and not os.path.isdir(pattern) else []
    if pattern.endswith(os.sep):  # that names folders
        return []
    start = os.sep if pattern.startswith(os.sep) else ""
    parts = [part for part in pattern.split(os.sep) if part]
    return sorted(set(_Walk(parts).files(start)))


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL
        return False


class _Walk:
    """A walk through folders after the parts of a pattern, each folder once for each part."""

    def __init__(self, parts: list[str]) -> None:
        self.parts = [p for i, p in enumerate(parts) if p != "**" or parts[i - 1 : i] != ["**"]]
        self.seen: set[tuple[int, int, int]] = set()
        self.folders = 0

    def files(self, start: str) -> Iterator[str]:
        """The files found from a folder on."""
        pending = [(start, 0)]
        while pending:
            folder, at = pending.pop()
            part, is_last = self.parts[at], at + 1 == len(self.parts)
            if not glob.has_magic(part):
                path = os.path.join(folder, part)
                if is_last:
                    if _exists(path) and not os.path.isdir(path):
                        yield path
                elif os.path.isdir(path):
                    pending.append((path, at + 1))
                continue
            if not self._is_new(folder, at):
                continue
            if part == "**" and not is_last:
                pending.append((folder, at + 1))
            for name, is_folder in self._listed(folder):
                path = os.path.join(folder, name)
                if name.startswith(".") and not part.startswith("."):
                    continue
                if part == "**":
                    if is_folder:
                        pending.append((path, at))
                    elif is_last:
                        yield path
                elif fnmatch.fnmatchcase(name, part):
                    if is_folder and not is_last:
                        pending.append((path, at + 1))
                    elif is_last and not is_folder:
                        yield path

    def _is_new(self, folder: str, at: int) -> bool:
        """Whether a folder was not looked into yet for this part, whatever links lead to it."""
        try:
            found = os.stat(folder or os.curdir)
        except (OSError, ValueError):
            return False
        key = found.st_dev, found.st_ino, at
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def _listed(self, folder: str) -> list[tuple[str, bool]]:
        """What a folder holds; real folders come last, so that they are looked into before links to them."""
        self.folders += 1
        if self.folders > MOST_FOLDERS:
            raise TooManyFoldersError
        try:
            with os.scandir(folder or os.curdir) as entries:
                found = [(entry.name, entry.is_dir(), not entry.is_symlink()) for entry in entries]
        except OSError:
            return []
        return [(name, is_folder) for name, is_folder, _ in sorted(found, key=lambda one: (one[2], one[0]))]
