"""What a command imports when it starts: how long that takes, and what of it is then never called.

usage: profile_start.py [ACCT-ARGUMENT ...]   such as: profile_start.py -f BOOK tb
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

HEAVY = 500  # microseconds
RUNS = 5  # of which the fastest counts

# Run instead of acct: notes every module of which a function was called, and says at the end which were not.
WATCHER = """
import os, sys
called = set()
def note(frame, event, arg):
    if event == "call" and frame.f_code.co_flags & 1:
        called.add(frame.f_globals.get("__name__"))
leave = os._exit
def end(code):
    sys.setprofile(None)
    import json
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    idle = [name for name, file in files.items() if file.endswith(".py") and name not in called]
    with open(sys.argv[0], "w") as out:
        json.dump(sorted(idle), out)
    leave(code)
os._exit = end
sys.argv = sys.argv[1:]
sys.setprofile(note)
from acctkit.__main__ import main
main()
"""


class Imported(NamedTuple):
    """A module that was imported, and how long that took in microseconds: with all it imports, and by itself."""

    name: str
    whole: int
    own: int


@dataclass(frozen=True, slots=True)
class Start:
    """All that a command imports, the slowest first, and those of which no function was ever called."""

    modules: list[Imported]
    idle: list[str]

    @property
    def summary(self) -> str:
        """How many modules and how long, in a sentence."""
        whole = sum(module.own for module in self.modules) / 1000
        own = [module for module in self.modules if module.name.partition(".")[0] == "acctkit"]
        mine = sum(module.own for module in own) / 1000
        return f"{len(self.modules)} modules in {whole:.0f} ms, of which acct's own {len(own)} in {mine:.0f} ms"

    @property
    def slowest(self) -> str:
        """The slowest of them, and the heavy ones that are never called."""
        lines = [f"{'ms':>7}  {'itself':>7}  module"]
        lines += [f"{m.whole / 1000:>7.1f}  {m.own / 1000:>7.1f}  {m.name}" for m in self.modules[:12]]
        idle = sorted((m for m in self.modules if m.name in self.idle), key=lambda m: -m.own)
        heavy = ", ".join(f"{m.name} ({m.own / 1000:.1f})" for m in idle if m.own >= HEAVY)
        whole = sum(m.own for m in idle) / 1000
        return "\n".join([*lines, f"no function called of {len(idle)}, {whole:.1f} ms in all: {heavy or 'none heavy'}"])


def start_of(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Start:
    """What acct imports for these arguments, the interpreter's own start left out."""
    bare = {module.name for module in _timed(["-c", "pass"], environment)}
    timed = (_timed(["-m", "acctkit", *arguments], environment) for _ in range(RUNS))
    fastest = min(timed, key=lambda modules: sum(module.own for module in modules))
    modules = [module for module in fastest if module.name not in bare]
    with tempfile.TemporaryDirectory(prefix="acct-start-") as folder:
        out = Path(folder) / "idle.json"
        command = [sys.executable, "-c", WATCHER, str(out), *arguments]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=environment)
        idle = json.loads(out.read_text()) if out.is_file() else []
    return Start(sorted(modules, key=lambda module: -module.whole), idle)


def _timed(command: Sequence[str], environment: Mapping[str, str] | None) -> list[Imported]:
    words = [sys.executable, "-X", "importtime", *command]
    run = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    found = []
    for line in run.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            found.append(Imported(parts[2].strip(), int(parts[1]), int(parts[0])))
    return found


if __name__ == "__main__":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found = start_of(sys.argv[1:] or ["--help"], environment)
    print(f"{found.summary}\n{found.slowest}")
