"""The coding rules of the books: `coding.toml` beside acct.toml, or `NAME.coding.toml` beside NAME.beancount."""

from __future__ import annotations

import os
from pathlib import Path

from acctkit.books.files import in_words
from acctkit.books.root import Root
from acctkit.problem import refusal

FILE = "coding.toml"


def rules_path(root: Root) -> Path:
    """Where the rules stand. A single journal has its own, since a folder may hold several."""
    return root.folder / FILE if root.folder else root.file.with_name(f"{root.file.stem}.{FILE}")


def rules_text(root: Root) -> str:
    """The text of the rules, "" where there are none; raises Refusal X902 where it cannot be read."""
    path = rules_path(root)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as reason:
        why = in_words(reason) if isinstance(reason, OSError) else "it is not UTF-8"
        raise refusal("X902", f"{path} cannot be read: {why}", "correct or remove the file") from None


def add_rule(root: Root, text: str) -> Path:
    """Add a rule to the end of the rules and give their path; raises Refusal X903 where that cannot be written."""
    path = rules_path(root)
    held = rules_text(root)
    gap = "" if not held else "\n" if held.endswith("\n") else "\n\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), "w", encoding="utf-8") as file:
            file.write(gap + text)
    except OSError as reason:
        hint = "check the permissions of the folder, and whether the disk is full"
        raise refusal("X903", f"{path} cannot be written: {in_words(reason)}", hint) from None
    return path
