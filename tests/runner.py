"""Runs the commands of Markdown files and compares what they print with what stands under them.

A `console` block holds commands, each on a line that begins with `$ ` and goes on over lines that begin
with `> `, and under each the lines it prints on stdout and stderr. `[exit N]` as the last of them is its
exit code where that is not 0; a line of just `...` stands for any lines. The blocks of a file share a
folder, a copy of the demonstration books, or an empty one where the file says `<!-- empty -->`;
`<!-- today: 2026-04-09 -->` sets the day.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOKS = ("acct.toml", "coding.toml", "journals", "statements", "documents", "examples")
TODAY = "2026-04-09"
_TODAY_LINE = re.compile(r"<!-- today: (\d{4}-\d\d-\d\d) -->")


@dataclass
class Command:
    """A command of a block: what is run, the lines expected, and where these stand (from 0, end exclusive)."""

    text: str
    expected: list[str]
    start: int
    end: int


def read_commands(lines: list[str]) -> list[Command]:
    """The commands of all console blocks of a file; raises ValueError for output without a command."""
    commands: list[Command] = []
    at, inside = 0, False
    while at < len(lines):
        line = lines[at]
        at += 1
        if not inside:
            inside = line == "```console"
        elif line == "```":
            inside = False
        elif line.startswith("$ "):
            text = line[2:]
            while lines[at].startswith("> "):
                text += "\n" + lines[at][2:]
                at += 1
            start = at
            while lines[at] != "```" and not lines[at].startswith("$ "):
                at += 1
            commands.append(Command(text, lines[start:at], start, at))
        else:
            raise ValueError(f"line {at}: output without a command")
    return commands


def prepare(folder: Path, *, empty: bool) -> Path:
    """The folder to work in, with the demonstration books unless it is to be empty."""
    work = folder / "work"
    work.mkdir()
    for path in () if empty else (ROOT / name for name in BOOKS):
        if path.is_dir():
            shutil.copytree(path, work / path.name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        elif path.exists():
            shutil.copy(path, work)
    return work


def environment(folder: Path, today: str) -> dict[str, str]:
    """The variables commands see: a fixed day, user, width and language, and a home of their own."""
    own = folder / "bin"
    own.mkdir()
    python = Path(sys.executable)
    if not (python.parent / "acct").exists():
        shim = own / "acct"
        shim.write_text(f'#!/bin/sh\nexec "{python}" -m acctkit "$@"\n')
        shim.chmod(0o755)
    person = {"NAME": "Jo Bloggs", "EMAIL": "jo@acme.example", "DATE": f"{today}T09:00:00Z"}
    return {
        "PATH": os.pathsep.join([str(own), str(python.parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "ACCT_TODAY": today,
        "ACCT_USER": "jo@acme.example",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()},
    }


def run(command: str, folder: Path, variables: dict[str, str]) -> list[str]:
    """The lines a command prints, and its exit code; the folder it ends in is where the next one starts."""
    memory = folder / "cwd"
    here = memory.read_text().rstrip("\n") if memory.exists() else folder / "work"
    script = f'{command}\ncode=$?; pwd > "{memory}"; exit $code'
    done = subprocess.run(
        ["sh", "-c", script], cwd=here, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, timeout=120,
    )  # fmt: skip
    lines = [line.rstrip() for line in done.stdout.decode(errors="replace").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return [*lines, f"[exit {done.returncode}]"] if done.returncode else lines


def fits(expected: list[str], found: list[str]) -> bool:
    """Whether the lines found are those expected, where `...` stands for any."""
    if "..." not in expected:
        return [line.rstrip() for line in expected] == found
    parts = [r"(?:.*\n)*" if line == "..." else re.escape(line.rstrip()) + r"\n" for line in expected]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in found)) is not None


def run_file(path: Path, folder: Path, *, update: bool = False) -> str:
    """Run a file's commands in a new folder; returns "" or the differences, or rewrites the file."""
    text = path.read_text()
    lines = text.split("\n")
    today = _TODAY_LINE.search(text)
    prepare(folder, empty="<!-- empty -->" in lines)
    variables = environment(folder, today[1] if today else TODAY)
    differences: list[str] = []
    shift = 0
    for command in read_commands(lines.copy()):
        found = run(command.text, folder, variables)
        while command.expected and not command.expected[-1]:
            command.expected.pop()
        if fits(command.expected, found):
            continue
        if update:
            lines[command.start + shift : command.end + shift] = found
            shift += len(found) - (command.end - command.start)
        else:
            name = f"{path.name}:{command.start}: $ {command.text}"
            differences += difflib.unified_diff(
                command.expected, found, f"{name} (as written)", "(as run)", lineterm=""
            )
    if update and lines != text.split("\n"):
        path.write_text("\n".join(lines))
    return "\n".join(differences)
