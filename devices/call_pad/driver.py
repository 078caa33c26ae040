"""Listens to the call pads of one RS-485 line and lights them; finds the line again after its cable was pulled."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import serial

from devices.call_pad import frames
from devices.call_pad.frames import Form, Frame
from devices.call_pad.presses import KeyJudge
from devices.health import Cause, Health
from devices.line_driver import LineDriver
from devices.protocols import CallLight, PadKey
from devices.resources import SerialPort
from devices.serial_line import read, write


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A pad of the checked form is silent when it has not answered for `silent_s`."""

    reopen_s: float = 1.0
    ping_s: float = 0.5
    silent_s: float = 1.8
    again_s: float = 10.0
    """Lights are sent afresh so often: a pad that lost its power is dark."""


class WiredCallPads(LineDriver):
    """A `CallPads` on a serial port that it owns alone."""

    def __init__(
        self,
        name: str,
        port: SerialPort,
        addresses: Collection[int],
        form: Form,
        *,
        new_mark: Callable[[], str],
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace or Pace()
        super().__init__(name, port, reopen_s=self._pace.reopen_s, clock=clock)
        self._form = form
        self._new_mark = new_mark
        self._judge = KeyJudge()
        self._lights = dict.fromkeys(sorted(addresses), CallLight.OFF)
        self._lit: dict[int, CallLight] = {}
        self._heard_at: dict[int, float] = {}
        self._sequence = 0

    def start(self, on_key: Callable[[PadKey], None], on_health: Callable[[Health], None]) -> None:
        self._on_key = on_key
        self._begin(on_health)

    def light(self, address: int, light: CallLight) -> None:
        self._lights[address] = light

    def _serve(self, line: serial.SerialBase) -> None:
        opened_at = self._clock()
        self._heard_at = dict.fromkeys(self._lights, opened_at)
        pinged_at = lit_at = float("-inf")
        torn = b""
        while not self._stopping.is_set():
            now = self._clock()
            if now - lit_at >= self._pace.again_s:
                lit_at, self._lit = now, {}
            if self._form is Form.CHECKED and now - pinged_at >= self._pace.ping_s:
                pinged_at = now
                for address in self._lights:
                    self._order(line, address, frames.PING)
            self._write_lights(line)
            data = read(self._name, line)
            parsed = frames.parse(self._form, torn + data, no_more=not data)
            torn = parsed.rest
            for frame in parsed.frames:
                self._take(line, frame)
            self._judge_line(opened_at, self._clock())
        self._write_lights(line)

    def _write_lights(self, line: serial.SerialBase) -> None:
        for address, light in self._lights.items():
            if self._lit.get(address) is not light:
                self._order(line, address, frames.LIGHTS[light])
                self._lit[address] = light

    def _order(self, line: serial.SerialBase, address: int, code: int, sequence: int | None = None) -> None:
        self._sequence = self._sequence % 255 + 1
        said = self._sequence if sequence is None else sequence
        write(self._name, line, frames.encode(self._form, Frame(address, code, said)))

    def _take(self, line: serial.SerialBase, frame: Frame) -> None:
        if frame.address not in self._lights:
            return
        now = self._clock()
        switched_on = (frame.code, frame.sequence) == (frames.HELLO, 0)
        if switched_on:
            self._judge.forget(frame.address)
        if switched_on or now - self._heard_at[frame.address] >= self._pace.silent_s:
            self._lit.pop(frame.address, None)
        self._heard_at[frame.address] = now
        key = frames.KEYS.get(frame.code)
        if key is None:
            return
        numbered = self._form is Form.CHECKED
        if numbered:
            self._order(line, frame.address, frames.ACK, frame.sequence)
        if self._judge.is_press(frame, now, numbered=numbered):
            self._on_key(PadKey(frame.address, key, now, self._new_mark()))

    def _judge_line(self, opened_at: float, now: float) -> None:
        causes = {Cause.STUCK_KEY} if self._judge.stuck(now) else set()
        if self._form is Form.CHECKED:
            if any(now - heard >= self._pace.silent_s for heard in self._heard_at.values()):
                causes.add(Cause.SILENT)
            elif any(heard == opened_at for heard in self._heard_at.values()):
                return
        self._say(causes)
