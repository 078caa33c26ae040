"""Listens to any maker's pad that sends one short frame a press, and lights it with the bytes told in devices.toml."""

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


@dataclass(frozen=True, slots=True)
class _Light:
    """What a pad was told last; it is told so again when it was plugged in anew."""

    said: bytes
    until_s: float = float("inf")
    """Then it is dark."""


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
        self._light = self._dark = _Light(lamp.dark)

    def start(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None:
        self._on_press = on_press
        self._begin(on_health)

    def invite(self, seconds: float, number: str) -> None:  # noqa: ARG002 -- such a lamp knows no numbers
        self._light = _Light(self._lamp.invite, self._clock() + seconds)

    def thank(self) -> None:
        self._light = _Light(self._lamp.thank)

    def dark(self) -> None:
        """Said also to a pad that was told so before: such a pad cannot say what it heard."""
        self._light = _Light(self._lamp.dark)

    def ignored(self) -> dict[str, int]:
        return self._fingers.judge.ignored()

    def _rest(self) -> None:
        self._fingers.keep(self._on_press)
        super()._rest()

    def _serve(self, line: serial.SerialBase) -> None:
        torn = b""
        lit: _Light | None = None
        while not self._stopping.is_set():
            light = self._light
            wanted = light if self._clock() < light.until_s else self._dark
            if lit is not wanted:
                lit = wanted
                write(self._name, line, lit.said)
            data = read(self._name, line)
            parsed = short_frames.parse(self._shape, torn + data, no_more=not data)
            torn = parsed.rest
            now = self._clock()
            for key in parsed.keys:
                self._fingers.take(key, now)
            self._fingers.keep(self._on_press)
            self._say(self._fingers.judge.causes(now))
