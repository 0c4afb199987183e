"""Merging a branch of books: the stream here stays to the byte, and what the branch appended is appended anew.

All other files (the chart, acct.toml, statements) are merged as Git merges them. Nothing here ever lets Git write into
the stream: the result is put together beside it, in Git's own store, and brought over without it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from acctkit.books.config import books_branch
from acctkit.books.files import in_words
from acctkit.books.pen import Receipt, Writer, append_each, tried_each
from acctkit.books.reader import Check, open_books
from acctkit.books.replay import Replay, appends_since, replay, require_one_way
from acctkit.books.repository import branch_of, git, git_code
from acctkit.books.root import STREAM, Root
from acctkit.journal.source import Source
from acctkit.journal.writer import Draft
from acctkit.ledger.ledger import Ledger
from acctkit.problem import refusal
from acctkit.table import counted

_MADE_TREE = (0, 1)  # git's codes where a merge is clean, and where it has conflicts


class Merged(NamedTuple):
    """What a merge did: the replay, what was appended (at line 0: nothing), the other files Git brought over."""

    replay: Replay
    receipt: Receipt
    brought: list[str]


class _Sides(NamedTuple):
    """The two sides of a merge: where the books are in the repository, and both commits with their common one."""

    folder: Path  # of the books
    top: Path  # of the repository
    prefix: str  # of the books within it, "" or with a slash at its end
    stream: str  # the pattern of the stream's files within the repository
    ours: str
    theirs: str
    base: str


def merge(root: Root, branch: str, writer: Writer, checks: Sequence[Check] = (), *, dry_run: bool = False) -> Merged:
    """Replay what a branch appended, and merge all other files; the commit is left to be made.

    Raises Refusal where the branch cannot be replayed, or a file outside the stream has conflicts; nothing has changed.
    """
    sides = _sides(root, branch)
    _require_ready(root, sides)
    stream = [Source(name, data) for name, data in sorted(_stream_at(sides, sides.theirs).items())]
    require_one_way(stream, [Source(name, data) for name, data in sorted(_stream_at(sides, sides.ours).items())])
    appends, chain = appends_since(stream, _stream_at(sides, sides.base))
    tree = _merged_tree(sides)
    found: list[Replay] = []

    def propose(ledger: Ledger) -> list[Draft]:
        found[:] = [replay(ledger, appends, chain, branch, writer.today)]
        return found[0].drafts

    changed = git(sides.top, "diff", "--name-only", "-z", sides.ours, tree) or b""
    brought = [name for name in changed.decode().split("\0") if name]
    if dry_run:
        with tempfile.TemporaryDirectory() as folder:
            there = _checked_out(root, sides, tree, Path(folder))
            books = open_books(there, ())
            receipt = tried_each(books, propose(books.ledger), writer, checks)
            return Merged(found[0], receipt, brought)
    _bring(sides, tree)
    try:
        _begin(sides, branch)
        receipt = append_each(root, propose, writer, checks)
    except OSError as reason:
        _take_away(sides, tree)
        hint = "check the permissions of .git, and whether the disk is full"
        raise refusal("X903", f"the merge cannot be written: {in_words(reason)}", hint) from None
    except BaseException:
        _take_away(sides, tree)
        raise
    if receipt.line and git(sides.top, "add", "--", str(Path(receipt.file).resolve())) is None:
        hint = f"git add {receipt.file}, then git commit"
        raise refusal("X903", "what the branch posted was appended, but git add refused it", hint)
    return Merged(found[0], receipt, brought)


# What is to be merged.


def _sides(root: Root, branch: str) -> _Sides:
    """The two sides. Raises Refusal X907 where there is no such branch, or no repository."""
    folder = root.folder or root.file.parent
    top = git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise refusal("X907", f"{folder} is in no Git repository", "branches are Git's: git init, and commit the books")
    prefix = (git(folder, "rev-parse", "--show-prefix") or b"").decode().strip()
    theirs = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{branch}^{{commit}}")
    ours = git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if theirs is None or ours is None:
        raise refusal("X907", f"there is no branch {branch}", "git branch -a lists them")
    base = git(folder, "merge-base", "HEAD", theirs.decode().strip())
    if base is None:
        raise refusal("X907", f"{branch} and this branch have nothing in common", "were they ever one set of books?")
    stream = prefix + (STREAM if root.folder else root.file.name)
    commits = (commit.decode().strip() for commit in (ours, theirs, base))
    return _Sides(folder, Path(top.decode().strip()), prefix, stream, *commits)


def _require_ready(root: Root, sides: _Sides) -> None:
    """Refuse on another branch than the books', during another merge, and with changes that are not committed."""
    branch, here = books_branch(root.settings), branch_of(sides.folder)
    if branch and here != branch:
        where = f"branch {here}" if here else "no branch"
        message = f"{where} is checked out, and branch {branch} is the books"
        raise refusal("X907", message, f"git switch {branch}, then merge there")
    if sides.base == sides.theirs:
        raise refusal("X907", "that branch has nothing that is not here already", "git log --graph --all shows both")
    if _merge_head(sides).exists():
        named = (git(sides.top, "diff", "--name-only", "-z", "HEAD") or b"").decode().split("\0")
        hint = "finish it with git commit, or drop it with git merge --abort"
        if not any(_is_stream(sides, name) for name in named if name):
            hint = "nothing was replayed yet, so do not commit it: git merge --abort, then acct merge again"
        raise refusal("X907", "another merge is under way", hint)
    changed = (git(sides.top, "status", "--porcelain", "--untracked-files=no") or b"").decode().splitlines()
    if changed:
        hint = "git commit them first, so that a merge can be told from what was posted"
        raise refusal("X907", f"changes are not committed in {counted(len(changed), 'file')}", hint)


def _is_stream(sides: _Sides, name: str) -> bool:
    path = PurePath(name)
    return len(path.parts) == len(PurePath(sides.stream).parts) and path.match(sides.stream)


def _stream_at(sides: _Sides, commit: str) -> dict[str, bytes]:
    """The files of the stream as a commit has them, by their names within the repository."""
    listed = (git(sides.top, "ls-tree", "-r", "-z", "--name-only", commit) or b"").decode().split("\0")
    names = [name for name in listed if name and _is_stream(sides, name)]
    return {name: git(sides.top, "cat-file", "blob", f"{commit}:{name}") or b"" for name in names}


def _merged_tree(sides: _Sides) -> str:
    """The tree of the merge, with the stream as it is here. Raises Refusal X907 where other files have conflicts."""
    words = ("merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", sides.ours, sides.theirs)
    code, answer = git_code(sides.top, *words)
    if code not in _MADE_TREE:
        raise refusal("X907", "git could not merge the two branches", "acct merge needs Git 2.38 or newer")
    tree, *conflicts = answer.decode().strip("\0").split("\0")
    if wrong := sorted({name for name in conflicts if name and not _is_stream(sides, name)}):
        hint = "make them the same on both branches, commit, then merge again"
        raise refusal("X907", f"both branches changed {', '.join(wrong)}", hint)
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        git(sides.top, "read-tree", tree, index=index)
        listed = (git(sides.top, "ls-files", "-z", index=index) or b"").split(b"\0")
        drop = b"\0".join(name for name in listed if name and _is_stream(sides, name.decode()))
        git(sides.top, "update-index", "-z", "--force-remove", "--stdin", given=drop, index=index)
        held = (git(sides.top, "ls-tree", "-r", "-z", sides.ours) or b"").split(b"\0")
        keep = b"\0".join(line for line in held if line and _is_stream(sides, line.partition(b"\t")[2].decode()))
        git(sides.top, "update-index", "-z", "--index-info", given=keep, index=index)
        made = git(sides.top, "write-tree", index=index)
    if made is None:
        raise refusal("X907", "git could not put the merge together", "git fsck shows what is wrong")
    return made.decode().strip()


# Carrying it out.


def _merge_head(sides: _Sides) -> Path:
    named = (git(sides.top, "rev-parse", "--git-path", "MERGE_HEAD") or b"").decode().strip()
    return sides.top / named


def _bring(sides: _Sides, tree: str) -> None:
    """Bring the other files over."""
    if git(sides.top, "read-tree", "-m", "-u", sides.ours, tree) is None:
        hint = "move away files that Git does not know and that the branch brings"
        raise refusal("X907", "git could not bring the files of that branch over", hint)


def _begin(sides: _Sides, branch: str) -> None:
    """Tell Git that a merge is under way."""
    _merge_head(sides).write_text(f"{sides.theirs}\n")
    _merge_head(sides).with_name("MERGE_MSG").write_text(f"Merge branch '{branch}'\n")


def _take_away(sides: _Sides, tree: str) -> None:
    """The other files as they were, and no merge under way."""
    for name in ("MERGE_HEAD", "MERGE_MSG"):
        _merge_head(sides).with_name(name).unlink(missing_ok=True)
    if git(sides.top, "read-tree", "-m", "-u", tree, sides.ours) is None:
        raise refusal("X903", "the merge was refused, and its files could not be taken away", "git status shows them")


def _checked_out(root: Root, sides: _Sides, tree: str, folder: Path) -> Root:
    """A copy of the books as they would be, before the replay; where they are."""
    index = folder / "index"
    git(sides.top, "read-tree", tree, index=index)
    git(sides.top, "checkout-index", "--all", f"--prefix={folder / 'tree'}/", index=index)
    there = folder / "tree" / sides.prefix
    return Root(there / (root.file.relative_to(root.folder) if root.folder else root.file.name), root.folder and there)
