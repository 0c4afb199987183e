"""A terminal for tests: a program runs in it, keys are pressed, and its screen is read.

It understands what a full-screen program writes: places, text, line ends; styles are kept as they were written.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

KEYS = {"enter": "\r", "escape": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "tab": "\t", "ctrl+c": "\x03"}
_SEQUENCE = re.compile(
    r"\x1b\[([?>=<]?[0-9;]*)[ $]?([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78]"
)
_BEGUN = re.compile(r"\x1b(?:\[[?>=<]?[0-9;]*[ $]?|\][^\x07\x1b]*\x1b?|[()])?\Z")


class Terminal:
    """A pseudo-terminal of so many columns and rows, and the program in it."""

    def __init__(self, command, columns=80, rows=24, **environment):
        self.columns, self.rows = columns, rows
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
        env |= {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(rows), **environment}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
        )
        os.close(slave)
        self.written, self.left = "", ""
        self.cells = [[" "] * columns for _ in range(rows)]
        self.at = [0, 0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)

    @property
    def lines(self):
        return ["".join(row).replace("\u00a0", " ").rstrip() for row in self.cells]

    @property
    def screen(self):
        return "\n".join(self.lines)

    def press(self, *keys):
        for key in keys:
            os.write(self.master, KEYS.get(key, key).encode())

    def wait(self, *words, gone=(), seconds=30):
        """Wait until all these words stand on the screen, and none that should be gone; gives the screen."""
        end = time.monotonic() + seconds
        while not all(word in self.screen for word in words) or any(word in self.screen for word in gone):
            assert time.monotonic() < end, f"{words!r} never came:\n{self.screen}"
            if not self._read(0.05) and self.process.poll() is not None and not self._read(0.2):
                raise AssertionError(f"it ended before {words!r} came:\n{self.screen}")
        return self.screen

    def end(self, seconds=30):
        """Wait until the program ends; gives its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.screen}"
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.returncode

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # nobody has the other end any more
            return False
        self._feed(data.decode(errors="replace"))
        return bool(data)

    def _feed(self, text):
        self.written += text
        text = self.left + text
        begun = _BEGUN.search(text)
        self.left = text[begun.start() :] if begun else ""
        place, end = 0, len(text) - len(self.left)
        while place < end:
            if match := _SEQUENCE.match(text, place, end):
                self._obey(match[1] or "", match[2] or "")
                place = match.end()
            else:
                self._put(text[place])
                place += 1

    def _obey(self, numbers, letter):
        counts = [int(number or 0) for number in numbers.strip("?>=<").split(";")]
        if letter == "H":
            row, column = (*counts, 1)[:2]
            self.at = [max(1, row) - 1, max(1, column) - 1]
        elif (letter == "J" and counts[0] == 2) or (letter in ("h", "l") and numbers == "?1049"):
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
            self.at = [0, 0]
        elif letter == "K":
            self.cells[self.at[0]][self.at[1] :] = [" "] * (self.columns - self.at[1])

    def _put(self, sign):
        if sign == "\r":
            self.at[1] = 0
        elif sign == "\n":
            self.at[0] += 1
        elif sign >= " ":
            if self.at[1] < self.columns:
                self.cells[self.at[0]][self.at[1]] = sign
            self.at[1] += 1
        while self.at[0] >= self.rows:
            self.cells = [*self.cells[1:], [" "] * self.columns]
            self.at[0] -= 1
