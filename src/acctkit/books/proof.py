"""The proof that needs files: what every commit held beside what stands there now, and evidence as it was received."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path, PurePath
from typing import NamedTuple

from acctkit.audit import last_seal, read_chain
from acctkit.audit.approval import forged, signed
from acctkit.audit.seals import Chain, Seal
from acctkit.audit.verify import (
    Edit,
    Looked,
    changed_evidence,
    check_evidence,
    check_heads,
    edited,
    first_change,
    is_head,
    left_out,
    locks_looked_at,
    only,
    removed,
    returns_looked_at,
)
from acctkit.books.covers import check_approved, check_covered, covered
from acctkit.books.history import (
    Commit,
    History,
    Version,
    blob_id,
    blob_sizes,
    grew,
    read_blobs,
    read_history,
)
from acctkit.books.outside import Outside, check_outside
from acctkit.books.reader import Books
from acctkit.books.replayed import check_merges
from acctkit.books.root import STREAM, Root
from acctkit.books.signing import is_signed, signers_of
from acctkit.journal.source import Source
from acctkit.ledger.signatures import broken, signatures
from acctkit.problem import Place, Problem
from acctkit.table import counted

_EVIDENCE = ("statements/", "documents/")
_MOST_EDITS = 100  # of one file
_OUTSIDE = ("Settings and chart, as sealed", "Included files, as sealed")


class Proof(NamedTuple):
    """What was looked at and found, and remarks that are no differences."""

    chain: Chain
    looked: list[Looked]
    notes: list[str]

    @property
    def differences(self) -> list[Problem]:
        """Every difference, part by part."""
        return [problem for one in self.looked for problem in one.differences]


def prove(books: Books, heads: Sequence[str], reconciled: Sequence[Problem] = ()) -> Proof:
    """Look at everything that proves the books: they were read whole and checked, `heads` are what was published.

    `reconciled` is what was found of the reconciliations that were signed.

    Raises Refusal where git cannot read the history, or a head is none.
    """
    root, ledger, problems = books.root, books.ledger, books.ledger.problems
    chain = read_chain(books.stream)
    folder = root.folder or root.file.parent
    history = read_history(folder)
    outside = covered(root, books.files)
    files, wrong_files = check_evidence(ledger, lambda name: _received(root, name))
    published = [(head, "given with --head") for head in heads]
    notes: list[str] = []
    if history:
        named = [(head, f"published {_in(commit)}") for commit in history.commits for head in commit.heads]
        published += [(head, by) for head, by in named if is_head(head)]
        notes += [f"Not proved: `{head}`, {by}, is no head of books." for head, by in named if not is_head(head)]
    notes = [*_notes(history, problems), *_not_in_git(books, history), *notes]
    looked = [
        Looked("Seals, one chain", counted(len(chain.seals), "seal"), only(problems, "A601", "A609")),
        Looked(_OUTSIDE[root.folder is None], counted(len(outside), "file"), tuple(check_covered(ledger, root))),
        *_looked_back(books, history),
        *_merged(books, history, notes),
        Looked("Files that are included", counted(len(books.files), "file"), tuple(_left_out(books))),
        Looked("Heads published elsewhere", counted(len(published), "head"), tuple(check_heads(chain, published))),
        _approvals(books, notes),
        Looked("Locks respected", locks_looked_at(ledger), (*only(problems, "A603"), *_closed_days(books, history))),
        Looked("Evidence as received", counted(files, "file"), tuple(wrong_files)),
        Looked("VAT returns as filed", returns_looked_at(ledger), only(problems, "V505", "V506")),
        _reconciliations(books, chain, reconciled, notes),
        Looked(
            "Bank statements add up",
            counted(len(ledger.records("statement")), "statement"),
            only(problems, "B404", "B405", "B406", "D304"),
        ),
    ]
    looked[1] = looked[1]._replace(differences=tuple(_dated(looked[1].differences, history, outside, chain.covers)))
    looked = [one._replace(differences=tuple(_attributed(books, history, one.differences))) for one in looked]
    return Proof(chain, looked, notes)


def _closed_days(books: Books, history: History | None) -> Iterator[Problem]:
    """A603 for each entry beside the stream that changed since a lock that closes its day."""
    locks = books.ledger.records("lock")
    if history is None or not locks:
        return
    places = {(lock.place.file, lock.place.line): lock for lock in locks}
    commits = commits_of(books, history, places)
    stream = {source.name for source in books.stream}
    names = [parsed for parsed in books.files if parsed.source.name not in stream]
    files = [Outside(parsed, _versions(history, parsed.source.name)) for parsed in names]
    yield from check_outside([(lock, commits.get(place)) for place, lock in places.items()], files, history)


def _approvals(books: Books, notes: list[str]) -> Looked:
    """Approvals that do not hold, among them signatures that are not of who approved."""
    ledger, folder = books.ledger, books.root.folder or books.root.file.parent
    found = list(only(check_approved(ledger, books.root), "A610"))
    signatures = signed(ledger)
    signers = (
        signers_of(folder, ledger.entity.approval.signers if ledger.entity.approval else "") if signatures else None
    )
    if signatures and signers is None:
        notes.append(
            "Not proved: the signatures of approvals, since no file of signers is named in acct.toml or in git."
        )
    elif signers is not None:
        found += [
            forged(record) for record, what, text in signatures if not is_signed(signers, what.who, what.words, text)
        ]
    extent = f"{counted(len(ledger.records('approve')), 'approval')}, {len(signatures)} signed"
    return Looked("Approvals hold", extent, tuple(found))


def _reconciliations(books: Books, chain: Chain, reconciled: Sequence[Problem], notes: list[str]) -> Looked:
    """Signatures under reconciliations that do not hold, among them those that somebody else wrote, or signed."""
    ledger, folder = books.ledger, books.root.folder or books.root.file.parent
    found, made = list(reconciled), signatures(ledger)
    with_key = [one for one in made if one.ssh]
    approval = ledger.entity.approval
    signers = signers_of(folder, approval.signers if approval else "") if with_key else None
    if with_key and signers is None:
        notes.append(
            "Not proved: the signatures of reconciliations, since no file of signers is named in acct.toml or in git."
        )
    for one in made:
        assert one.record is not None  # noqa: S101 - it was read from one
        seal = chain.seal_over(one.record.place.file, one.record.place.line)
        hint = "undo it; who prepared or reviewed it signs: acct reconcile --sign"
        if seal is not None and seal.who != one.who:
            found.append(broken(one, f"{seal.who} wrote it", hint))
        if one.ssh and signers is not None and not is_signed(signers, one.who, one.words, one.ssh):
            found.append(broken(one, "it is not signed with a key of theirs", hint))
    extent = f"{counted(len(made), 'signature')}, {len(with_key)} with a key"
    return Looked("Reconciliations as signed", extent, tuple(found))


def _notes(history: History | None, problems: Iterable[Problem]) -> list[str]:
    notes = [f"Not proved: {problem.message}." for problem in problems if problem.code == "A602"]
    if history is None:
        notes.append("The books are in no Git repository: only their seals prove them, and a head published elsewhere.")
    elif not history.is_whole:
        notes.append("This clone lacks the older commits: git fetch --unshallow brings the whole history.")
    return notes


def _not_in_git(books: Books, history: History | None) -> Iterator[str]:
    """What Git cannot prove yet: files of the stream that no commit holds, or not as far as they go now."""
    for source in books.stream if history else ():
        versions = _versions(history, source.name) if history else []
        if not versions:
            yield f"Not in Git yet: {source.name}; git add and git commit put it there."
        elif history and blob_id(history.algorithm, source.data) != versions[-1].blob:
            yield f"Not committed yet: what was posted to {source.name} since the last commit."


def _left_out(books: Books) -> Iterator[Problem]:
    """A605 for each file of the stream that no include reaches any more: all it holds would count for nothing."""
    if books.root.folder is None:
        return
    included = {os.path.realpath(source.name) for source in books.stream}
    for path in sorted(books.root.folder.glob(STREAM)):
        if os.path.realpath(path) not in included:
            yield left_out(str(path))


def _dated(
    problems: Sequence[Problem], history: History | None, outside: dict[str, Source], covers: dict[str, str]
) -> Iterator[Problem]:
    """A604 with the commits since that changed the file, who made them and when, at the first line that differs."""
    recorded = {source.name: (source, covers.get(name, "")) for name, source in outside.items()}
    for problem in problems:
        if history is None or problem.place is None or problem.place.file not in recorded:
            yield problem
            continue
        source, sha256 = recorded[problem.place.file]
        versions = _versions(history, source.name)
        blobs = read_blobs(history, (one.blob for one in versions))
        sealed = [n for n, one in enumerate(versions) if hashlib.sha256(blobs[one.blob]).hexdigest() == sha256]
        by = [f"changed {_in(one.commit)}" for one in versions[sealed[-1] + 1 if sealed else -1 :]]
        if not versions or blobs[versions[-1].blob] != source.data:
            by.append("changed since the last commit" if versions else "not committed yet")
        line = 1
        if sealed:
            old = blobs[versions[sealed[-1]].blob]
            line, _, _ = first_change(old, source.data) or (old.count(b"\n") + 1, "", "")
        place = source.place(min(line, len(source.lines)))
        yield problem._replace(related=(*problem.related, *((words, place) for words in by[-_MOST_EDITS:])))


def _merged(books: Books, history: History | None, notes: list[str]) -> Iterator[Looked]:
    """Branches that were merged: each append of theirs is here, as it was or replayed."""
    if history is None or not any(commit.parents[1:] for commit in history.commits):
        return
    found = check_merges(books, history)
    notes += found.notes
    yield Looked("Merged branches, replayed", counted(found.appends, "append"), tuple(found.differences))


# The history.


def _looked_back(books: Books, history: History | None) -> Iterator[Looked]:
    """Files that only grew, and evidence that never changed, over all commits."""
    if history is None:
        yield Looked("Journals that only grew", "no history", ())
        return
    present = {_path(history, source.name): source for source in books.stream}
    data = {path: source.data for path, source in present.items()}
    over = f"over {counted(len(history.commits), 'commit')}"
    found = [
        edited(edit)
        for path, whole in grew(history, data).items()
        if not whole
        for edit in _edits(history, path, present[path].name, data[path])
    ]
    for version, commit in history.gone:
        inside = PurePath(version.path.removeprefix(history.prefix))
        in_stream = len(inside.parts) == len(PurePath(STREAM).parts) and inside.match(STREAM)
        if version.path.startswith(history.prefix) and version.path not in present and in_stream:
            found.append(removed(_name(books.root, str(inside)), _in(commit)))
    yield Looked("Journals that only grew", f"{counted(len(present), 'file')} {over}", tuple(found))
    count, wrong = _evidence_history(books.root, history)
    yield Looked("Evidence never changed", f"{counted(count, 'file')} {over}", tuple(wrong))


def _edits(history: History, path: str, name: str, data: bytes) -> Iterator[Edit]:
    """Each version of a file that does not begin with the one before it, the file as it stands now among them."""
    versions = history.files[path]
    blobs = read_blobs(history, (one.blob for one in versions))
    texts = [(blobs[one.blob], _in(one.commit)) for one in versions] + [(data, "since the last commit")]
    found = 0
    for (old, _), (new, by) in pairwise(texts):
        if change := first_change(old, new):
            yield Edit(name, *change, by)
            found += 1
            if found == _MOST_EDITS:
                return


def _evidence_history(root: Root, history: History) -> tuple[int, list[Problem]]:
    """How many files of evidence were committed, and A607 for each that a commit, or anybody since, changed."""
    if root.folder is None:
        return 0, []
    problems: list[Problem] = []
    count = 0
    for path, versions in history.files.items():
        inside = path.removeprefix(history.prefix)
        if not path.startswith(history.prefix) or not _is_evidence(inside):
            continue
        count += 1
        name = _name(root, inside)
        changes = [after for before, after in pairwise(versions) if after.blob != before.blob]
        problems += [changed_evidence(name, _in(version.commit)) for version in changes]
        now = _bytes_of(root.folder / inside)
        if now is None or blob_id(history.algorithm, now) != versions[-1].blob:
            problems.append(changed_evidence(name, "since the last commit"))
    for version, commit in history.gone:
        inside = version.path.removeprefix(history.prefix)
        if version.path.startswith(history.prefix) and _is_evidence(inside) and version.path not in history.files:
            problems.append(changed_evidence(_name(root, inside), _in(commit)))
    return count, problems


def _is_evidence(inside: str) -> bool:
    return inside.startswith(_EVIDENCE) and PurePath(inside).name not in ("README", ".gitkeep", ".gitignore")


def _attributed(books: Books, history: History | None, problems: Sequence[Problem]) -> Iterator[Problem]:
    """Problems of the stream with the commit that brought their line, the author and the date.

    Of a seal that does not fit it is the commit since which the text above it stands as it does.
    """
    places = [(problem.place.file, problem.place.line) for problem in problems if problem.place]
    commits = commits_of(books, history, places)
    for problem in problems:
        place = problem.place
        if history is None or place is None or problem.code == "A605" or (place.file, place.line) not in commits:
            yield problem
            continue
        if problem.code == "A601":
            commit = _standing_since(books, history, place)
            words = f"stands so since it was committed {_in(commit)}" if commit else "stands so since the last commit"
        else:
            commit = commits[place.file, place.line]
            words = f"committed {_in(commit)}" if commit else "not committed yet"
        yield problem._replace(related=(*problem.related, (words, place)))


def _standing_since(books: Books, history: History, place: Place) -> Commit | None:
    """The first commit in which a file was, up to the end of a line, as it stands now; None where none was."""
    data = next(source.data for source in books.stream if source.name == place.file)
    ends = [*_line_starts(data), len(data)]
    above = data[: ends[place.line]]
    versions = _versions(history, place.file)
    blobs = read_blobs(history, (one.blob for one in versions))
    return next((one.commit for one in versions if blobs[one.blob].startswith(above)), None)


def commits_of(
    books: Books, history: History | None, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Commit | None]:
    """The commit that brought each line (file, line) of the stream, None for one that is not committed yet."""
    sources = {source.name: source.data for source in books.stream}
    wanted = sorted({place for place in places if place[0] in sources})
    if history is None or not wanted:
        return {}
    sizes = blob_sizes(history, (one.blob for name in sources for one in _versions(history, name)))
    starts = {name: _line_starts(sources[name]) for name in {name for name, _ in wanted}}
    found: dict[tuple[str, int], Commit | None] = {}
    for name, line in wanted:
        start = starts[name][min(line, len(starts[name])) - 1]
        longer = (one.commit for one in _versions(history, name) if sizes[one.blob] > start)
        found[name, line] = next(longer, None)
    return found


def _line_starts(data: bytes) -> list[int]:
    return [0, *(match.end() for match in re.finditer(b"\n", data))]


def _versions(history: History, name: str) -> list[Version]:
    return history.files.get(_path(history, name), [])


def _in(commit: Commit) -> str:
    return f"in {commit.id[:10]} by {commit.author} on {commit.date[:10]}"


def _path(history: History, name: str) -> str:
    """A file's path from the top of the repository."""
    return PurePath(os.path.relpath(os.path.realpath(name), os.path.realpath(history.top))).as_posix()


def _name(root: Root, inside: str) -> str:
    return str((root.folder or root.file.parent) / inside)


def _received(root: Root, name: str) -> bytes | None:
    """A file of evidence, None where it is not there or lies outside the books; a single journal names any."""
    path = (root.folder or root.file.parent) / name
    if root.folder is not None and not path.resolve().is_relative_to(root.folder.resolve()):
        return None
    return _bytes_of(path)


def _bytes_of(path: Path) -> bytes | None:
    """What a plain file holds, None where there is none."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None


# The head.


def newest_seal(root: Root) -> Seal | None:
    """The last seal of the books, unchecked and read from the end: what the foot of a report names."""
    names = sorted(map(str, root.folder.glob(STREAM)), reverse=True) if root.folder else [str(root.file)]
    for name in names:
        data = _bytes_of(Path(name))
        if data is not None and (seal := last_seal(data)):
            return seal
    return None
