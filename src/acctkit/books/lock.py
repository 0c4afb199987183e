"""The lock of a set of books: one writer at a time, and what it is about to append.

The lock is an advisory one (flock), so it goes when its holder dies. The lock file says who holds it, and before
each append what is to be appended, where: a file, an offset, a length, a hash, and the bytes. What a pen that died
left undone is known from that: the next one takes back the part that was written, and until then readers pass it over.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from acctkit.problem import refusal

LOCK_SECONDS = 30
_PAUSE = 0.02  # of those in line
_NEXT_PAUSE = 0.005
_OUT_OF_TURN = 2  # seconds
_SAID_AFTER = 1  # second of waiting
_HOLDER_BYTES = 1024  # the first line, padded; the intent follows
_LONGEST_WORDS = 48
_OF_FOLDER = ".acct.lock"
_NO_INTENT = b"-\n"


class Holder(NamedTuple):
    """Who is to hold the lock, by which command, and for how many seconds to wait for another holder.

    `waiting` is told once, in words, whom it waits for.
    """

    who: str
    command: str = ""
    timeout: int | None = None
    waiting: Callable[[str], None] | None = None


class Intent(NamedTuple):
    """What a pen is about to append: the file as seen from the lock's folder, where in it, and the bytes.

    `made` are the file and the folders that are not there yet, the innermost first.
    """

    file: str
    offset: int
    data: bytes
    made: tuple[str, ...] = ()


@dataclass(slots=True)
class Lock:
    """A lock that is held; `is_owed` where an append could not be taken back, and the next pen must do it."""

    path: Path
    descriptor: int
    is_owed: bool = False

    def record(self, intent: Intent) -> None:
        """Say what is to be appended, lastingly; raises OSError."""
        said = {"file": intent.file, "offset": intent.offset, "length": len(intent.data), "made": intent.made}
        head = json.dumps({**said, "sha256": _digest(intent)}).encode()
        write_whole(self.descriptor, head + b"\n" + intent.data, _HOLDER_BYTES)
        os.fsync(self.descriptor)
        sync_folder(self.path.parent)

    def require_held(self) -> None:
        """Raises Refusal X904 where somebody took the lock file away, and another pen may be at work."""
        if not _is_at(self.descriptor, self.path):
            raise refusal("X904", f"{self.path} was taken away", "leave it alone while acct writes; then try again")


def lock_path(root: Path, folder: Path | None) -> Path:
    """The lock of books with this root file and folder (None: a single journal)."""
    return folder / _OF_FOLDER if folder else root.with_name(f".{root.name}.lock")


@contextmanager
def locked(path: Path, mode: int, holder: Holder) -> Iterator[Lock]:
    """Hold a lock, once what a dead pen left was taken back; its file goes again with it.

    `mode` is the mode of a new lock file. Raises Refusal X904 where another holder does not go in time.
    """
    lock = Lock(path, _acquire(path, mode, holder))
    try:
        _recover(lock)
        said = {
            "pid": os.getpid(), "host": socket.gethostname()[:_LONGEST_WORDS], "who": holder.who[:_LONGEST_WORDS],
            "command": holder.command[:_LONGEST_WORDS], "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }  # fmt: skip
        with suppress(OSError):  # on a full disk it goes unsaid; what is to be appended does not
            os.pwrite(lock.descriptor, json.dumps(said).encode().ljust(_HOLDER_BYTES - 1) + b"\n" + _NO_INTENT, 0)
        yield lock
    finally:
        if not lock.is_owed:
            _forget(lock)
        os.close(lock.descriptor)


def _acquire(path: Path, mode: int, holder: Holder) -> int:
    """The descriptor of the lock file, locked; who comes waits for his turn."""
    began = time.monotonic()
    timeout = LOCK_SECONDS if holder.timeout is None else holder.timeout
    is_told = False
    with _line(path) as line:
        while True:
            waited = time.monotonic() - began
            is_next = _is_locked(line)
            # Whoever is next may have been suspended: he is not waited for.
            if (is_next or waited >= min(timeout, _OUT_OF_TURN)) and (descriptor := _try(path, mode)) is not None:
                return descriptor
            if waited >= timeout:
                hint = f"try again when it is done, or wait longer with --lock-timeout SECONDS (the lock is {path})"
                raise refusal("X904", f"the books are being written by {_holder_in_words(path)}", hint)
            if waited >= _SAID_AFTER and not is_told and holder.waiting is not None:
                is_told = True
                holder.waiting(f"waiting for {_holder_in_words(path)}, up to {timeout} seconds")
            time.sleep(_NEXT_PAUSE if is_next else _PAUSE)


@contextmanager
def _line(path: Path) -> Iterator[int | None]:
    """Where those wait who want a lock: a lock on the folder, or the journal, itself, which one of them holds.

    He alone asks for the lock, so that who lets it go cannot take it again before him. None where it cannot be had.
    """
    waited_at = path.parent if path.name == _OF_FOLDER else path.with_name(path.name[1:].removesuffix(".lock"))
    try:
        descriptor = os.open(waited_at, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_locked(line: int | None) -> bool:
    """Whether a place in line is the first, or could be: some file systems lock no folders."""
    try:
        if line is not None:
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _try(path: Path, mode: int) -> int | None:
    """The descriptor of a lock file that is locked and still the one of that name; None where another has it."""
    descriptor = _open(path, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, path):
            return descriptor
    except BlockingIOError:
        pass
    except OSError as reason:
        os.close(descriptor)
        hint = "keep the books on a disk that can lock files"
        raise refusal("X903", f"{path} cannot be locked: {_in_words(reason)}", hint) from None
    os.close(descriptor)
    return None


def _open(path: Path, mode: int) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, mode)
    except OSError as reason:
        hint = "check the permissions of the folder, and whether the disk is read-only"
        raise refusal("X903", f"the books cannot be written: {path}: {_in_words(reason)}", hint) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refusal("X903", f"{path} is not a file", "remove it: acct makes its lock there")
    return descriptor


def _not_elsewhere(path: str, flags: int) -> int:
    """Open a file, but no link, and without waiting for what is no file."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether a name still stands for the open file: its holder takes the lock file away."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except OSError:
        return False


def _holder_in_words(path: Path) -> str:
    """Who holds a lock, by the first line of its file."""
    try:
        with open(path, "rb", opener=_not_elsewhere) as file:
            said = json.loads(file.read(_HOLDER_BYTES))
        command = f" ({said['command']})" if said["command"] else ""
        words = f"process {said['pid']}{command} of {said['who']} on {said['host']} since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def _forget(lock: Lock) -> None:
    """Take the lock file away with what it says; where that is not allowed, its intent."""
    try:
        if _is_at(lock.descriptor, lock.path):
            os.unlink(lock.path)
    except OSError:
        with suppress(OSError):  # then the next pen finds an append that is whole, and leaves it
            os.pwrite(lock.descriptor, _NO_INTENT, _HOLDER_BYTES)


# What is to be appended.


def in_flight(path: Path) -> Intent | None:
    """What a lock file says is being appended, or was when its pen died; None where nothing is."""
    try:
        with open(path, "rb", opener=_not_elsewhere) as file:
            file.seek(_HOLDER_BYTES)
            head, _, data = file.read().partition(b"\n")
    except OSError:
        return None
    try:
        said = json.loads(head)
        intent = Intent(said["file"], said["offset"], data[: said["length"]], tuple(said["made"]))
        return intent if said["sha256"] == _digest(intent) else None
    except (ValueError, KeyError, TypeError):
        return None  # nothing, or not all of it: then nothing of it was appended


def _digest(intent: Intent) -> str:
    about = json.dumps([intent.file, intent.offset, len(intent.data), list(intent.made)])
    return hashlib.sha256(about.encode() + b"\n" + intent.data).hexdigest()


def is_part(tail: bytes, data: bytes) -> bool:
    """Whether what follows an offset is a part of what was to be appended there, and not all of it."""
    return len(tail) < len(data) and data.startswith(tail)


def settled(path: str, data: bytes, lock: Path) -> bytes:
    """The bytes of a file that count: those that were read, less an append of which only a part stands there."""
    intent = in_flight(lock)
    if intent is None or len(data) <= intent.offset:
        return data
    if os.path.realpath(lock.parent / intent.file) != os.path.realpath(path):
        return data
    return data[: intent.offset] if is_part(data[intent.offset :], intent.data) else data


def settled_size(path: str, size: int, lock: Path) -> int:
    """How many bytes of a file of that size count; see `settled`."""
    intent = in_flight(lock)
    if intent is None or size <= intent.offset:
        return size
    if os.path.realpath(lock.parent / intent.file) != os.path.realpath(path):
        return size
    with open(path, "rb") as file:
        file.seek(intent.offset)
        return intent.offset if is_part(file.read(size - intent.offset), intent.data) else size


def _recover(lock: Lock) -> None:
    """Take back what a pen that died had written of an append; what it had written whole stays."""
    intent = in_flight(lock.path)
    if intent is None:
        return
    if not is_of(intent.file, lock.path):
        hint = f"look at the end of it in an editor, then remove {lock.path}"
        lock.is_owed = True
        raise refusal("X903", f"{intent.file}, where an append was cut off, is no journal of these books", hint)
    try:
        take_back(lock.path.parent, intent)
    except OSError as reason:
        lock.is_owed = True
        message = f"an append to {intent.file} was cut off, and cannot be taken back: {_in_words(reason)}"
        raise refusal("X903", message, "check its permissions, and whether the disk is read-only") from None


def is_of(name: str, path: Path) -> bool:
    """Whether a name is that of a journal that the pen under a lock appends to; a lock file may come from anybody."""
    folder, target = os.path.realpath(path.parent), os.path.realpath(path.parent / name)
    if path.name != _OF_FOLDER:
        return f".{name}.lock" == path.name
    return os.path.commonpath([os.path.join(folder, "journals"), target]) == os.path.join(folder, "journals")


def take_back(folder: Path, intent: Intent, *, is_own: bool = False) -> None:
    """Cut a file back to where an append began, where a part of it follows; raises OSError.

    An append that stands there whole stays, unless it is one's own (`is_own`) and was refused by the disk. A file and
    folders that were made for it go too. What anybody else wrote there is left alone.
    """
    target = folder / intent.file
    try:
        descriptor = os.open(target, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        _remove(folder, intent.made)
        return
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, len(intent.data) + 1, intent.offset)
        is_cut = size >= intent.offset and (is_part(tail, intent.data) or (is_own and tail == intent.data))
        if is_cut and tail:
            os.ftruncate(descriptor, intent.offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_cut:
        _remove(folder, intent.made)
    elif intent.made:
        sync_folder(target.parent)


def _remove(folder: Path, made: tuple[str, ...]) -> None:
    """Take away a file and folders that were made for an append and are empty."""
    for name in made:
        path = folder / name
        try:
            if path.is_dir():
                path.rmdir()
            elif path.stat().st_size == 0:
                path.unlink()
        except OSError:  # it was never made, or somebody put something there
            return


def write_whole(descriptor: int, data: bytes, offset: int | None = None) -> None:
    """One write, all of it, at an offset or the end; raises OSError: a short write is a full disk."""
    done = os.write(descriptor, data) if offset is None else os.pwrite(descriptor, data, offset)
    if done != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder lasting; some file systems cannot, and need not. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as reason:
        if reason.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _in_words(reason: OSError) -> str:
    return (reason.strerror or str(reason)).lower()
