"""A technician at a real terminal: a program on a pty, its screen read back by an emulator."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from select import select
from time import monotonic

import pyte
import pytest

MODULE = ("-m", "devices")
WAIT_S = 30.0


class Terminal:
    """`stty` is how the terminal was before the program came."""

    def __init__(self, words: list[str], home: Path, rows: int, columns: int) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._master, self._slave = pty.openpty()
        self._sized(rows, columns)
        self.stty = termios.tcgetattr(self._slave)
        sizes = {"LINES", "COLUMNS"}  # the window says its size itself
        environ = {key: value for key, value in os.environ.items() if key not in sizes}
        environ |= {"TERM": "linux", "LC_ALL": "C.UTF-8", "HALL_DATA": str(home)}
        self.process = subprocess.Popen(
            [sys.executable, *words, "--config", str(home)],
            env=environ,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
        )

    def _sized(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        self._sized(rows, columns)
        self._screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def read(self, within_s: float = 0.1) -> bool:
        """-> whether anything has come."""
        if not select([self._master], [], [], within_s)[0]:
            return False
        data = os.read(self._master, 65536)
        self.raw += data
        self._stream.feed(data)
        return True

    @property
    def rows(self) -> list[str]:
        """As an eye sees them: a wide letter takes two cells, and stands here once."""
        buffer, width = self._screen.buffer, self._screen.columns
        return ["".join(buffer[y][x].data for x in range(width)).rstrip() for y in range(self._screen.lines)]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def cell(self, row: int, column: int) -> str:
        return str(self._screen.buffer[row][column].data)

    def keys(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def sees(self, *wanted: str) -> None:
        """Waits until all of this stands on the screen."""
        self.until(lambda: all(each in self.text for each in wanted), f"{wanted}")

    def until(self, is_so: Callable[[], bool], what: str = "") -> None:
        end = monotonic() + WAIT_S
        while not is_so():
            self.read()
            if monotonic() > end:
                pytest.fail(f"never seen: {what}\n{self.text}", pytrace=False)

    def ended(self) -> int:
        """The exit code, with everything read that was written before."""
        self.until(lambda: self.process.poll() is not None, "its end")
        while self.read():
            continue
        return int(self.process.wait())

    @property
    def is_sane(self) -> bool:
        return termios.tcgetattr(self._slave)[:4] == self.stty[:4]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(end)


Sit = Callable[..., Terminal]


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    """Sits down at a terminal and starts `python -m devices` with these words."""
    with ExitStack() as stack:

        def start(*words: str, rows: int = 24, columns: int = 80, program: Sequence[str] = MODULE) -> Terminal:
            terminal = Terminal([*program, *words], tmp_path, rows, columns)
            stack.callback(terminal.close)
            return terminal

        yield start
