"""What acct imports when it starts, the slowest first.

usage: profile_start.py BOOK [COUNT]   runs `acct -f BOOK tb` under `python -X importtime`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Imported(NamedTuple):
    """A module that was imported, and how long that took in microseconds: with all it imports, and by itself."""

    name: str
    whole: int
    own: int


def imports(book: str, environment: Mapping[str, str] | None = None) -> list[Imported]:
    """All that a trial balance of a book imports, the slowest with all below it first."""
    command = [sys.executable, "-X", "importtime", "-m", "acctkit", "-f", book, "tb"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    found = []
    for line in run.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            found.append(Imported(parts[2].strip(), int(parts[1]), int(parts[0])))
    return sorted(found, key=lambda module: -module.whole)


def imports_text(modules: list[Imported], count: int = 10) -> str:
    """So many of the slowest, one a line."""
    lines = [f"{'ms':>8}  {'itself':>8}  module"]
    lines += [f"{m.whole / 1000:>8.1f}  {m.own / 1000:>8.1f}  {m.name}" for m in modules[:count]]
    return "\n".join(lines)


if __name__ == "__main__":
    print(imports_text(imports(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10))
