"""What a terminal shows while books are read, and a pipe never does."""

import os
import pty
import signal
import threading
import time
from types import SimpleNamespace

import pytest

from acctkit.cli import waiting
from acctkit.cli.waiting import long_reading


class Tty:
    """Standard error on one end of a terminal; what was shown is read at the other."""

    def __init__(self):
        self.other, self.own = pty.openpty()

    def isatty(self):
        return True

    def fileno(self):
        return self.own

    def shown(self):
        os.write(self.own, b"!")
        found = b""
        while not found.endswith(b"!"):
            found += os.read(self.other, 4096)
        return found


@pytest.fixture
def screen(monkeypatch):
    tty = Tty()
    monkeypatch.setattr(waiting, "sys", SimpleNamespace(stderr=tty))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(waiting, "FIRST", 0.01)
    yield tty
    os.close(tty.own)
    os.close(tty.other)


def read_for_long():
    before = signal.getsignal(signal.SIGALRM)
    with long_reading():
        time.sleep(0.05)
    assert signal.getsignal(signal.SIGALRM) == before


def test_long_reading_is_said_and_the_line_goes_again(screen):
    read_for_long()
    assert screen.shown() == b"\r\x1b[Kreading the books: 0.01 s\r\x1b[K!"


def test_short_reading_is_not_said(screen):
    with long_reading():
        pass
    time.sleep(0.05)
    assert screen.shown() == b"!"


def test_nothing_is_said_on_a_dumb_terminal_in_a_pipe_or_in_a_thread(screen, monkeypatch):
    thread = threading.Thread(target=read_for_long)
    thread.start()
    thread.join()
    monkeypatch.setenv("TERM", "dumb")
    read_for_long()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(screen, "isatty", lambda: False)
    read_for_long()
    assert screen.shown() == b"!"


def test_the_line_goes_where_reading_fails(screen):
    def fail():
        with long_reading():
            time.sleep(0.05)
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    assert screen.shown().endswith(b"\r\x1b[K!")
