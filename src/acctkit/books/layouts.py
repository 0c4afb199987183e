"""The bank layouts of the books' own: TOML files in their folder `banks`."""

from __future__ import annotations

import os
from pathlib import Path

from acctkit.books.files import in_words
from acctkit.books.root import Root
from acctkit.problem import refusal

FOLDER = "banks"


def own_layouts(root: Root) -> list[tuple[str, str]]:
    """The names of the files and their texts, in order of name; raises Refusal X902 for one that cannot be read."""
    folder = _folder(root)
    paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    try:
        return [(f"{FOLDER}/{path.name}", path.read_text(encoding="utf-8")) for path in paths]
    except (OSError, UnicodeDecodeError) as reason:
        why = in_words(reason) if isinstance(reason, OSError) else "it is not UTF-8"
        raise refusal("X902", f"a layout in {folder} cannot be read: {why}", "correct or remove the file") from None


def write_layout(root: Root, name: str, text: str) -> str:
    """Write a new layout and give its path as seen from the books; raises Refusal X903 where it stands already."""
    folder = _folder(root)
    target = folder / f"{name}.toml"
    try:
        folder.mkdir(exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise refusal("X903", f"there is a layout {target} already", "choose another name, or remove it") from None
    except OSError as reason:
        hint = "check the permissions of the folder, and whether the disk is full"
        raise refusal("X903", f"{target} cannot be written: {in_words(reason)}", hint) from None
    return f"{FOLDER}/{target.name}"


def _folder(root: Root) -> Path:
    return (root.folder or root.file.parent) / FOLDER
