"""Listens to any maker's pad that sends one short frame a press, and lights it with the bytes told in devices.toml."""

import queue
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import serial
import structlog

from devices.health import Cause, Health
from devices.line_driver import LineDriver
from devices.protocols import Press
from devices.rating_pad import short_frames
from devices.rating_pad.presses import Judged, PressJudge
from devices.rating_pad.short_frames import ShortFrame
from devices.resources import SerialPort
from devices.serial_line import read, write

log = structlog.get_logger(__name__)

MOST_UNKEPT = 64
"""Presses that wait while they cannot be kept on disk; such a pad does not repeat them."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """Bytes to send; empty: the pad has no such lamp."""

    invite: bytes = b""
    thank: bytes = b""
    dark: bytes = b""


class ShortFramePad(LineDriver):
    """A `RatingPad` whose pad neither numbers nor repeats its presses; its health is that of its cable."""

    def __init__(
        self,
        name: str,
        port: SerialPort,
        shape: ShortFrame,
        lamp: Lamp,
        *,
        new_mark: Callable[[], str],
        reopen_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name, port, reopen_s=reopen_s, clock=clock)
        self._shape = shape
        self._lamp = lamp
        self._new_mark = new_mark
        self._judge = PressJudge()
        self._sequence = 0
        self._unkept: deque[Press] = deque(maxlen=MOST_UNKEPT)
        self._orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._keeps = True

    def start(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None:
        self._on_press = on_press
        self._begin(on_health)

    def invite(self, seconds: float, number: str) -> None:  # noqa: ARG002 -- such a lamp knows neither
        self._orders.put(self._lamp.invite)

    def thank(self) -> None:
        self._orders.put(self._lamp.thank)

    def dark(self) -> None:
        self._orders.put(self._lamp.dark)

    def _rest(self) -> None:
        self._keep_waiting()
        super()._rest()

    def _serve(self, line: serial.SerialBase) -> None:
        torn = b""
        while not self._stopping.is_set():
            while not self._orders.empty():
                write(self._name, line, self._orders.get())
            data = read(self._name, line)
            parsed = short_frames.parse(self._shape, torn + data, no_more=not data)
            torn = parsed.rest
            for key in parsed.keys:
                self._take(key)
            self._keep_waiting()
            self._say({Cause.FLOOD} if self._judge.flooded(self._clock()) else set())

    def _take(self, key: int) -> None:
        now = self._clock()
        self._sequence += 1
        judged = self._judge.judge(0, self._sequence, key, now)
        self._judge.remember(0, self._sequence, key, now, judged)
        if judged is Judged.PRESS:
            self._unkept.append(Press(key, now, self._new_mark()))

    def _keep_waiting(self) -> None:
        """In order; what cannot be kept now is tried again at the next look."""
        while self._unkept:
            try:
                self._on_press(self._unkept[0])
            except Exception:
                if self._keeps:
                    log.exception("press not kept, it waits", device=self._name)
                self._keeps = False
                return
            self._keeps = True
            self._unkept.popleft()
