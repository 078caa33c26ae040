"""What drivers with a thread of their own share: it opens the device, serves it, and finds it again."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

import serial
import structlog

from devices.errors import DeviceAway
from devices.health import Cause, Health
from devices.resources import SerialPort, TcpPort
from devices.serial_line import open_line

log = structlog.get_logger(__name__)


L = TypeVar("L")


class ReopeningDriver(ABC, Generic[L]):
    """Owns its device alone; one that is away is told once, not at every attempt to find it again."""

    def __init__(self, name: str, *, reopen_s: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._reopen_s = reopen_s
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._health = Health.of({Cause.SILENT})
        self._on_health: Callable[[Health], None] = lambda _health: None
        self._said = False
        self._away = ""

    def health(self) -> Health:
        return self._health

    def close(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def _begin(self, on_health: Callable[[Health], None]) -> None:
        self._on_health = on_health
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    @abstractmethod
    def _open(self) -> AbstractContextManager[L]:
        """Raises DeviceAway."""

    @abstractmethod
    def _serve(self, line: L) -> None:
        """Until the driver is closed, or the line should be opened afresh. Raises DeviceAway."""

    def _rest(self) -> None:
        """Between two attempts to find the device."""
        self._stopping.wait(self._reopen_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._open() as line:
                    self._away = ""
                    self._serve(line)
            except DeviceAway as cause:
                if cause.what != self._away:
                    log.info("away", device=self._name, why=cause.what)
                self._away = cause.what
                self._say({cause.cause})
                self._rest()

    def _say(self, causes: set[Cause]) -> None:
        health = Health.of(causes)
        if health != self._health or not self._said:
            self._health, self._said = health, True
            self._on_health(health)


class LineDriver(ReopeningDriver[serial.SerialBase]):
    """A driver on a serial or a TCP line."""

    def __init__(
        self,
        name: str,
        port: SerialPort | TcpPort,
        *,
        reopen_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name, reopen_s=reopen_s, clock=clock)
        self._port = port

    def _open(self) -> serial.SerialBase:
        return open_line(self._name, self._port)
