"""Listens to a code reader, on a serial line or as a keyboard that no other program hears; finds it again by itself."""

import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import serial

from devices.code_reader import frames
from devices.code_reader.frames import Typist
from devices.code_reader.scans import ScanJudge
from devices.health import Cause, Health
from devices.hid import Keyboard, open_keyboard
from devices.line_driver import ReopeningDriver
from devices.protocols import Scan
from devices.resources import InputPort, SerialPort
from devices.serial_line import open_line, read

L = TypeVar("L")
TORN_S = 0.5
"""How long an unfinished code waits for its rest; readers type at most this slowly."""


class ListeningCodeReader(ReopeningDriver[L]):
    """A `CodeReader`. It never says that it is well: its health is that of its cable."""

    def __init__(self, name: str, *, reopen_s: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name, reopen_s=reopen_s, clock=clock)
        self._judge = ScanJudge()

    def start(self, on_scan: Callable[[Scan], None], on_health: Callable[[Health], None]) -> None:
        self._on_scan = on_scan
        self._begin(on_health)

    @abstractmethod
    def _bytes(self, line: L) -> bytes:
        """What has come, as a serial reader sends it. Raises DeviceAway."""

    def _serve(self, line: L) -> None:
        torn, heard_at = b"", self._clock()
        while not self._stopping.is_set():
            data = self._bytes(line)
            now = self._clock()
            heard_at = now if data else heard_at
            parsed = frames.parse(torn + data, no_more=now - heard_at >= TORN_S)
            torn = parsed.rest
            for text in parsed.codes:
                if self._judge.is_scan(text, now):
                    self._on_scan(Scan(text))
            self._say({Cause.FLOOD} if self._judge.flooded(now) else set())


class SerialCodeReader(ListeningCodeReader[serial.SerialBase]):
    def __init__(
        self,
        name: str,
        port: SerialPort,
        *,
        reopen_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name, reopen_s=reopen_s, clock=clock)
        self._port = port

    def _open(self) -> serial.SerialBase:
        return open_line(self._name, self._port)

    def _bytes(self, line: serial.SerialBase) -> bytes:
        return read(self._name, line)


class HidCodeReader(ListeningCodeReader[Keyboard]):
    """What it types reaches this program alone: a code can press no key of the kiosk."""

    def __init__(
        self,
        name: str,
        port: InputPort,
        *,
        reopen_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name, reopen_s=reopen_s, clock=clock)
        self._port = port
        self._typist = Typist()

    def _open(self) -> AbstractContextManager[Keyboard]:
        self._typist = Typist()
        return open_keyboard(self._name, self._port)

    def _bytes(self, line: Keyboard) -> bytes:
        return self._typist.bytes_of(line.read())
