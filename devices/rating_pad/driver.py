"""Listens to a rating pad: acknowledges what was kept, and finds the pad again after its cable was pulled."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import serial
import structlog

from devices.health import Cause, Health
from devices.line_driver import LineDriver
from devices.protocols import PadLight, Press
from devices.rating_pad import frames
from devices.rating_pad.frames import Frame, Kind
from devices.rating_pad.presses import Judged, PressJudge
from devices.resources import SerialPort
from devices.serial_line import read, write

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A replugged pad is found within `reopen_s`; a pad is silent after three unanswered pings."""

    reopen_s: float = 1.0
    ping_s: float = 0.5
    silent_s: float = 1.8
    renew_s: float = 10.0
    """A pad silent so long may have come back under a new port: close and open."""


class FramedRatingPad(LineDriver):
    """A `RatingPad` on a serial port that it owns alone."""

    def __init__(
        self,
        name: str,
        port: SerialPort,
        address: int,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace or Pace()
        super().__init__(name, port, reopen_s=self._pace.reopen_s, clock=clock)
        self._address = address
        self._judge = PressJudge()
        self._orders: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._keeps = True
        self._lighting = threading.Lock()
        self._light = (PadLight.OFF, "", 0.0)
        self._shown = 0
        """Sequence of the order that says so."""
        self._greeted = False
        """The pad has said HELLO since the line was opened; what came before may lack its head, and comes again."""
        self._lit = False
        """Since then it was told its light."""
        self._sequence = 0
        self._heard_at = self._pinged_at = float("-inf")
        self.counts = self._judge.counts

    def start(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None:
        self._on_press = on_press
        self._begin(on_health)

    def invite(self, seconds: float, number: str) -> None:
        self._show(PadLight.INVITE, number, self._clock() + seconds)

    def thank(self) -> None:
        self._show(PadLight.THANKS)

    def dark(self) -> None:
        self._show(PadLight.OFF)

    def _show(self, light: PadLight, number: str = "", until: float = float("inf")) -> None:
        with self._lighting:
            self._light = (light, number, until)
            self._order_light()

    def _order_light(self) -> None:
        light, number, until = self._light
        left = until - self._clock()
        if light is PadLight.INVITE and left > 0:
            self._shown = self._order(Kind.INVITE, frames.invite(left, number))
        else:
            self._shown = self._order(Kind.THANK if light is PadLight.THANKS else Kind.DARK)

    def ignored(self) -> dict[str, int]:
        return self._judge.ignored()

    def _order(self, kind: Kind, payload: bytes = b"") -> int:
        """Under the lock: no two orders have one sequence, by which the pad tells what it shows."""
        self._sequence = self._sequence % 255 + 1
        self._orders.put(Frame(self._address, self._sequence, kind, payload))
        return self._sequence

    def _rest(self) -> None:
        self.counts["tries"] += 1
        super()._rest()

    def _serve(self, line: serial.SerialBase) -> None:
        opened_at = self._heard_at = self._clock()
        self._pinged_at = float("-inf")
        self._greeted = self._lit = False
        while not self._orders.empty():
            self._orders.get()
        buffer = b""
        while not self._stopping.is_set():
            now = self._clock()
            self._write_orders(line, now)
            data = read(self._name, line)
            parsed = frames.parse(buffer + data, no_more=not data)
            buffer = parsed.rest
            for frame in parsed.frames:
                self._take(frame)
            if not self._judge_line(opened_at):
                return

    def _judge_line(self, opened_at: float) -> bool:
        """Tells the health as of now; false when the port should be opened afresh."""
        now = self._clock()
        quiet_s = now - self._heard_at
        if quiet_s >= self._pace.silent_s:
            self._say({Cause.SILENT})
            return quiet_s < self._pace.renew_s
        if self._heard_at > opened_at:
            self._say(self._judge.causes(now))
        return True

    def _write_orders(self, line: serial.SerialBase, now: float) -> None:
        if now - self._pinged_at >= self._pace.ping_s:
            self._pinged_at = now
            with self._lighting:
                self._order(Kind.PING)
        while not self._orders.empty():
            write(self._name, line, frames.encode(self._orders.get()))

    def _take(self, frame: Frame) -> None:
        if frame.address != self._address:
            return
        self._heard_at = self._clock()
        if frame.kind == Kind.PRESS and (press := frames.read_press(frame.payload)):
            if self._greeted:
                self._press(frame.sequence, press)
        elif frame.kind == Kind.HELLO and (hello := frames.read_hello(frame.payload)):
            self._greeted = True
            self._judge.held(hello.held, self._heard_at)
            self._show_again(hello.shown)

    def _show_again(self, shown: int) -> None:
        """A pad that was away, lost its power or did not hear shows what it should no longer, or nothing."""
        with self._lighting:
            if (shown != self._shown or not self._lit) and self._orders.empty():
                self._order_light()
                self._lit = True

    def _press(self, sequence: int, said: frames.PressSaid) -> None:
        """Acknowledged only when kept: a press that could not be kept is repeated by the pad."""
        pressed_at = self._heard_at - said.age_s
        judged = self._judge.judge(said.boot, sequence, said.key, pressed_at)
        if judged is Judged.PRESS and not self._tell(Press(said.key, pressed_at, f"{said.boot:04x}-{sequence}")):
            return
        self._judge.remember(said.boot, sequence, said.key, pressed_at, judged)
        self._orders.put(Frame(self._address, sequence, Kind.ACK, frames.ack(said.boot)))

    def _tell(self, press: Press) -> bool:
        try:
            self._on_press(press)
        except Exception:
            if self._keeps:
                log.exception("press not kept, the pad will repeat it", device=self._name)
            self._keeps = False
            return False
        self._keeps = True
        return True
