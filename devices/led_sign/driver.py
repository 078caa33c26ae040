"""Keeps a sign showing what it should: after a pulled cable or a lost power the same text stands there again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import serial

from devices.health import Cause, Health
from devices.led_sign import frames
from devices.led_sign.frames import Frame, Place
from devices.led_sign.lines import LineFormat
from devices.led_sign.texts import letters
from devices.line_driver import LineDriver
from devices.resources import SerialPort, TcpPort
from devices.serial_line import read, write


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A sign that answers is asked every `ask_s`; every `again_s` any sign is told its text afresh."""

    reopen_s: float = 1.0
    ask_s: float = 1.0
    silent_s: float = 1.8
    again_s: float = 30.0


class Dialect(Protocol):
    """How one make of sign is spoken to; keeps what is left of a torn answer."""

    answers: bool
    """False: it never says anything, and its health is that of its cable."""

    def show(self, text: str) -> bytes: ...

    def ask(self) -> bytes: ...

    def heard(self, data: bytes) -> int:
        """How often the sign has said that it took something."""
        ...


class Bx6:
    """An Onbon BX-6 controller."""

    answers = True

    def __init__(self, address: int, place: Place, encoding: str) -> None:
        self._address = address
        self._place = place
        self._encoding = encoding
        self._torn = b""

    def show(self, text: str) -> bytes:
        return self._frame(frames.show(letters(text, self._encoding), self._place))

    def ask(self) -> bytes:
        return self._frame(frames.ping())

    def heard(self, data: bytes) -> int:
        parsed = frames.parse(self._torn + data)
        self._torn = parsed.rest
        return sum(frame.to == frames.HOST and frame.command == frames.ACK for frame in parsed.frames)

    def _frame(self, data: bytes) -> bytes:
        return frames.encode(Frame(self._address, frames.HOST, data))


class Lines:
    """A sign that takes lines and says nothing."""

    answers = False

    def __init__(self, form: LineFormat, encoding: str) -> None:
        self._form = form
        self._encoding = encoding

    def show(self, text: str) -> bytes:
        return self._form.encode(letters(text, self._encoding, self._form.columns))

    def ask(self) -> bytes:
        return b""

    def heard(self, data: bytes) -> int:
        del data
        return 0


class WiredLedSign(LineDriver):
    """An `LedSign` on a serial or TCP line that it owns alone."""

    def __init__(
        self,
        name: str,
        port: SerialPort | TcpPort,
        dialect: Dialect,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace or Pace()
        super().__init__(name, port, reopen_s=self._pace.reopen_s, clock=clock)
        self._dialect = dialect
        self._wanted = ""
        self._changed = threading.Event()
        self._well = self._taken = False
        """It answers, and it has said that it took the text."""
        self._unanswered = 0
        self._written_at = self._asked_at = self._heard_at = float("-inf")

    def start(self, on_health: Callable[[Health], None]) -> None:
        self._begin(on_health)

    def show(self, text: str) -> None:
        if text != self._wanted:
            self._wanted = text
            self._changed.set()

    def _serve(self, line: serial.SerialBase) -> None:
        self._written_at = self._asked_at = float("-inf")
        self._heard_at, self._well = self._clock(), not self._dialect.answers
        while not self._stopping.is_set():
            self._write_due(line, self._clock())
            self._judge(self._dialect.heard(read(self._name, line)), self._clock())
        if self._changed.is_set():
            write(self._name, line, self._dialect.show(self._wanted))

    def _write_due(self, line: serial.SerialBase, now: float) -> None:
        """A text that was not taken is told instead of the question."""
        if self._changed.is_set() or now - self._written_at >= self._pace.again_s:
            self._taken = False
        elif not self._dialect.answers or now - self._asked_at < self._pace.ask_s:
            return
        else:
            self._unanswered = 0
        self._asked_at = now
        self._unanswered += 1
        if self._taken:
            write(self._name, line, self._dialect.ask())
        else:
            self._changed.clear()
            self._written_at = now
            write(self._name, line, self._dialect.show(self._wanted))

    def _judge(self, answers: int, now: float) -> None:
        """A sign that speaks again may have lost its power meanwhile: it is told its text once more."""
        if answers:
            self._unanswered = max(self._unanswered - answers, 0)
            self._taken = self._well and not self._unanswered
            self._asked_at = self._asked_at if self._well else float("-inf")
            self._heard_at, self._well = now, True
        elif self._dialect.answers and now - self._heard_at >= self._pace.silent_s:
            self._well = False
            self._say({Cause.SILENT})
        if self._well:
            self._say(set())
