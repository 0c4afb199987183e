"""Measuring whole processes: time, and the memory of a process with all it starts."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

POLL = 0.002
ROOM = 4 / 5  # of the memory that is free: a process that takes more is stopped


class Run(NamedTuple):
    """What one run of a command took: nanoseconds by the clock and of processor time, and bytes."""

    wall: int
    cpu: int
    peak: int


class Failed(Exception):  # noqa: N818 - told in the table, not an error
    """A command that did not end with exit code 0, or not soon enough."""


@dataclass(slots=True)
class Task:
    """A command to measure. `before` runs each time, untimed; `prime` once, to fill the command's cache.

    `peer` is the name of another program's task, and `against` the peers' tasks that do the same work.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    prime: list[str] | None = None
    peer: str = ""
    runs: list[Run] = field(default_factory=list)
    peak: int = 0
    failure: str = ""

    @property
    def wall(self) -> int:
        """The median by the clock."""
        return int(median(run.wall for run in self.runs))

    @property
    def cpu(self) -> int:
        """The median of processor time."""
        return int(median(run.cpu for run in self.runs))


def measure(task: Task, folder: Path, limit: int, *, watched: bool = False) -> Run:
    """Run a task's command once, for so many seconds at most.

    Its memory is watched only on request, since looking takes time too.
    """
    if task.before:
        task.before()
    return spend(task.name, task.command, {**os.environ, **task.environment}, folder, limit, watched=watched)


def spend(
    name: str, command: list[str], environment: dict[str, str], folder: Path, limit: int, *, watched: bool = False
) -> Run:
    """Run a command; what it prints goes into the folder. Raises Failed where it fails or takes too much."""
    said = folder / "stderr"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(folder / "stdout"), flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, str(said), flags, 0o600),
    ]
    stopped: list[str] = []
    begun = time.perf_counter_ns()
    pid = os.posix_spawn(command[0], command, environment, file_actions=actions, setpgroup=0)

    def stop(why: str) -> None:
        stopped.append(why)
        with suppress(ProcessLookupError):  # it ended just now
            os.killpg(pid, signal.SIGKILL)

    clock = threading.Timer(limit, stop, [f"it was stopped after {limit} seconds"])
    clock.start()
    try:
        peak = watch(pid, stop) if watched else 0
        _, status, used = os.wait4(pid, 0)
    except BaseException as reason:
        stop(str(reason))
        raise
    finally:
        clock.cancel()
    wall = time.perf_counter_ns() - begun
    if stopped:
        raise Failed(f"{name}: {stopped[0]}")
    if status:
        last = said.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise Failed(f"{name}: exit code {os.waitstatus_to_exitcode(status)}: {last[0]}")
    largest = used.ru_maxrss * 1024
    if largest > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024:  # else it may be what we had ourselves
        peak = max(peak, largest)
    return Run(wall, round((used.ru_utime + used.ru_stime) * 1_000_000_000), peak)


def watch(pid: int, stop: Callable[[str], None]) -> int:
    """The most memory a process and those it started held at once, looked at until it ends."""
    peak = 0
    most = kilobytes(Path("/proc/meminfo"), "MemAvailable:") * 1024 * ROOM
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        begun = time.perf_counter()
        family = list(processes(pid))
        names = ("status", "VmHWM:") if len(family) == 1 else ("smaps_rollup", "Pss:")
        peak = max(peak, sum(kilobytes(Path(f"/proc/{member}/{names[0]}"), names[1]) for member in family) * 1024)
        if peak > most:
            stop(f"it took more than {most / 1e9:.1f} GB, four fifths of what was free")
        time.sleep(max(POLL, 4 * (time.perf_counter() - begun)))  # a large process is slow to look at
    return peak


def processes(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read(listed).split():
            yield from processes(int(child))


def kilobytes(path: Path, name: str) -> int:
    """A figure of a file under /proc, 0 where the process is gone."""
    return next((int(line.split()[1]) for line in read(path).splitlines() if line.startswith(name)), 0)


def read(path: Path) -> str:
    """The text of a file under /proc, "" where it is gone or not ours to read."""
    try:
        return path.read_text()
    except OSError:
        return ""
