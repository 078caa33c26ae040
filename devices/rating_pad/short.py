"""Listens to any maker's pad that sends one short frame a press, and lights it with the bytes told in devices.toml."""

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass

import serial

from devices.health import Health
from devices.line_driver import LineDriver
from devices.protocols import Press
from devices.rating_pad import short_frames
from devices.rating_pad.presses import Fingers
from devices.rating_pad.short_frames import ShortFrame
from devices.resources import SerialPort
from devices.serial_line import read, write


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
        self._fingers = Fingers(name, new_mark)
        self._orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()

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
        self._fingers.keep(self._on_press)
        super()._rest()

    def _serve(self, line: serial.SerialBase) -> None:
        torn = b""
        while not self._stopping.is_set():
            while not self._orders.empty():
                write(self._name, line, self._orders.get())
            data = read(self._name, line)
            parsed = short_frames.parse(self._shape, torn + data, no_more=not data)
            torn = parsed.rest
            now = self._clock()
            for key in parsed.keys:
                self._fingers.take(key, now)
            self._fingers.keep(self._on_press)
            self._say(self._fingers.judge.causes(now))
