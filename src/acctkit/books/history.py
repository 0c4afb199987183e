"""The Git history of a set of books along first parents, asked of git's own program.

Nothing that a repository holds is run: no pager, hook, filter, signature program or replaced object.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from acctkit.problem import refusal

HEAD_TRAILER = "Books-Head"
_FIELDS = 5
_SAFE = ("core.fsmonitor=false", "log.showSignature=false", "core.quotePath=false", "core.hooksPath=/dev/null")
_SURE = {
    "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull, "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}  # fmt: skip
_MISSING = b" missing"


class Commit(NamedTuple):
    """A commit: its id, who wrote it, when, the first parent, and the heads of the books its message names."""

    id: str
    parents: tuple[str, ...]
    author: str
    date: str
    heads: tuple[str, ...]


class Version(NamedTuple):
    """What a commit made of a file: its path from the top of the repository then, and its blob."""

    commit: Commit
    path: str
    blob: str


class History(NamedTuple):
    """The commits from the first to the checked-out one, and each file's versions, by its path now.

    `prefix` leads from the top of the repository to the books, "" or ending in a slash. `gone` are the last versions
    of files that a commit took away. `is_whole` is false where the clone lacks the older commits.
    """

    top: Path
    prefix: str
    algorithm: str
    is_whole: bool
    commits: list[Commit]
    files: dict[str, list[Version]]
    gone: list[tuple[Version, Commit]]


class _Change(NamedTuple):
    status: str
    blob: str
    source: str
    target: str


def read_history(folder: Path) -> History | None:
    """The history of the books in a folder; None where they are in no repository, or it has no commit yet.

    Raises Refusal X902 where git is missing or cannot read it.
    """
    if not os.path.isdir(folder) or _asked(folder, "rev-parse", "--git-dir") is None:
        return None
    if _asked(folder, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        return None
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    prefix = _git(folder, "rev-parse", "--show-prefix").decode(errors="surrogateescape").rstrip("\n")
    form = _git(folder, "rev-parse", "--show-object-format").decode().strip()
    is_whole = _git(folder, "rev-parse", "--is-shallow-repository").strip() == b"false"
    commits = _commits(folder)
    files: dict[str, list[Version]] = {}
    gone: list[tuple[Version, Commit]] = []
    for commit, changes in zip(commits, _changes(folder, commits), strict=True):
        moved = {change.source: files.pop(change.source, []) for change in changes if change.status in "DR"}
        for change in changes:
            if change.status == "D":
                gone += [(version, commit) for version in moved[change.source][-1:]]
                continue
            before = moved[change.source] if change.status == "R" else files.get(change.target, [])
            files[change.target] = [*before, Version(commit, change.target, change.blob)]
    return History(top, prefix, form, is_whole, commits, files, gone)


def _commits(folder: Path) -> list[Commit]:
    """The commits along first parents, the oldest first."""
    trailers = f"%(trailers:key={HEAD_TRAILER},valueonly,separator=%x20)"
    form = f"--format=%H%x00%P%x00%an <%ae>%x00%aI%x00{trailers}"
    text = _git(folder, "log", "-z", "--first-parent", "--reverse", form).decode(errors="replace")
    fields = text.split("\0")
    rows = [fields[at : at + _FIELDS] for at in range(0, len(fields) - 1, _FIELDS)]
    return [
        Commit(one, tuple(parents.split()), who, day, tuple(heads.split())) for one, parents, who, day, heads in rows
    ]


def _changes(folder: Path, commits: list[Commit]) -> Iterator[list[_Change]]:
    """What each commit changed of plain files, against its first parent."""
    wanted = "".join(" ".join((one.id, *one.parents[:1])) + "\n" for one in commits)
    words = ("diff-tree", "--stdin", "--root", "-r", "-z", "-M", "--no-ext-diff", "--no-textconv", "--raw")
    tokens = iter(_git(folder, *words, given=wanted.encode()).decode(errors="surrogateescape").split("\0"))
    found: dict[str, list[_Change]] = {one.id: [] for one in commits}
    current = ""
    for token in tokens:
        if not token.startswith(":"):
            current = token.split(" ")[0] if token else current
            continue
        old_mode, mode, _, blob, status = token[1:].split(" ")
        source = next(tokens)
        target = next(tokens) if status[0] in "RC" else source
        is_file = (old_mode if status == "D" else mode).startswith("100")
        if is_file or old_mode.startswith("100"):
            kind = status[0] if is_file else "D"  # a link or a module in the place of a file: the file is gone
            found[current].append(_Change("A" if kind == "C" else kind, blob, source, target))
    return iter(found.values())


def blob_sizes(history: History, blobs: Iterable[str]) -> dict[str, int]:
    """The size of each blob, without reading it."""
    wanted = sorted(set(blobs))
    given = "".join(f"{one}\n" for one in wanted).encode()
    lines = _git(history.top, "cat-file", "--batch-check", given=given).splitlines()
    if any(line.endswith(_MISSING) for line in lines):
        raise refusal("X902", "the repository lacks objects of its own history", "git fsck names them")
    return {one: int(line.split()[2]) for one, line in zip(wanted, lines, strict=True)}


def read_blobs(history: History, blobs: Iterable[str]) -> dict[str, bytes]:
    """What blobs hold."""
    wanted = sorted(set(blobs))
    data = _git(history.top, "cat-file", "--batch", given="".join(f"{one}\n" for one in wanted).encode())
    found: dict[str, bytes] = {}
    at = 0
    for one in wanted:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[2])
        found[one] = data[end + 1 : end + 1 + size]
        at = end + 2 + size
    return found


def files_at(history: History, commit: str) -> dict[str, str]:
    """The plain files of a commit by their paths from the top of the repository, each with its blob."""
    found = {}
    for line in _git(history.top, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        about, _, path = line.partition(b"\t")
        if about.startswith(b"100"):
            found[path.decode(errors="surrogateescape")] = about.split()[2].decode()
    return found


def common_commit(history: History, one: str, other: str) -> str | None:
    """The newest commit that two have in common, None where they have none."""
    answer = _asked(history.top, "merge-base", one, other)
    return answer.decode().strip() if answer is not None else None


def blob_id(algorithm: str, data: bytes | memoryview) -> str:
    """The id that git gives to a blob of these bytes."""
    digest = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def grew(history: History, present: Mapping[str, bytes]) -> dict[str, bool]:
    """For each file, by its path from the top: whether every version only added to the one before, up to now.

    Each version is compared by the hash of as many bytes of the present file, so that old ones need not be read.
    """
    versions = {path: history.files.get(path, []) for path in present}
    sizes = blob_sizes(history, (one.blob for several in versions.values() for one in several))
    whole: dict[str, bool] = {}
    for path, data in present.items():
        view = memoryview(data)
        lengths = [sizes[one.blob] for one in versions[path]]
        known = dict(zip((one.blob for one in versions[path]), lengths, strict=True))
        whole[path] = lengths == sorted(lengths) and all(
            size <= len(data) and blob_id(history.algorithm, view[:size]) == blob for blob, size in known.items()
        )
    return whole


def _asked(folder: Path, *words: str) -> bytes | None:
    """What git answers, None where it refuses."""
    done = _run(folder, words, b"")
    return None if done.returncode else done.stdout


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    done = _run(folder, words, given)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        message = f"git cannot read the history: {said[-1] if said else words[0]}"
        raise refusal("X902", message, "git fsck looks for damage in the repository")
    return done.stdout


def _run(folder: Path, words: tuple[str, ...], given: bytes) -> subprocess.CompletedProcess[bytes]:
    options = [word for setting in _SAFE for word in ("-c", setting)]
    command = ["git", "--no-pager", "--no-optional-locks", *options, *words]
    try:
        return subprocess.run(
            command, cwd=folder, env={**os.environ, **_SURE}, input=given, capture_output=True, check=False
        )
    except OSError:
        raise refusal("X902", "git cannot be run", "install git: the history of the books is read by it") from None
