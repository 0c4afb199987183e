"""Saying that books are being read, where that takes long and somebody is looking."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

FIRST, EACH = 1, 1  # second after which it is said, and how often again


@contextmanager
def long_reading() -> Iterator[None]:
    """Say on a terminal's standard error for how long books have been read, once that takes longer than a second.

    The line goes when they are read. Nothing is said in a pipe. Processes that read along are not disturbed: a timer
    is not inherited.
    """
    is_heard = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not is_heard or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    seconds = count(FIRST, EACH)
    so_far = 0

    def say(*_: object) -> None:
        nonlocal so_far
        so_far = next(seconds)
        os.write(sys.stderr.fileno(), f"\r\x1b[Kreading the books: {so_far} s".encode())

    before = signal.signal(signal.SIGALRM, say)
    signal.setitimer(signal.ITIMER_REAL, FIRST, EACH)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if so_far:
            os.write(sys.stderr.fileno(), b"\r\x1b[K")
