"""The Git repository that books are kept in, asked by its own program."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from acctkit.problem import Refusal, refusal


def git(folder: Path, *words: str, given: bytes | None = None, index: Path | None = None) -> bytes | None:
    """What git answers in a folder, None where it refuses; `index` is the index to use instead of its own.

    Raises Refusal X902 where there is no git.
    """
    code, answer = git_code(folder, *words, given=given, index=index)
    return None if code else answer


def git_code(folder: Path, *words: str, given: bytes | None = None, index: Path | None = None) -> tuple[int, bytes]:
    """Git's exit code, and what it answers on standard output. Raises Refusal X902 where there is no git."""
    environment = {**os.environ, "LC_ALL": "C"} | ({"GIT_INDEX_FILE": str(index.absolute())} if index else {})
    command = ["git", "-c", "core.quotePath=false", *words]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, input=given or b"", capture_output=True, check=False
        )
    except OSError:
        raise no_git() from None
    return done.returncode, done.stdout


def no_git() -> Refusal:
    """The refusal where git is wanted and is not there."""
    return refusal("X902", "git cannot be run", "install git: the books are versioned by it")


def branch_of(folder: Path) -> str | None:
    """The branch that is checked out, "" where none is, None where the folder is in no repository."""
    if git(folder, "rev-parse", "--git-dir") is None:
        return None
    return (git(folder, "symbolic-ref", "--short", "-q", "HEAD") or b"").decode().strip()
