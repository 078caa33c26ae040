"""The pad at the far end: keys to press, a light to look at, and the faults of real pads as buttons."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from devices.buttons import Answer, Argument, Button, Buttons, Request, switch
from devices.farend import FarEnd, Machine
from devices.protocols import PadLight
from devices.rating_pad import frames
from devices.rating_pad.frames import Frame, Kind

_REPEAT_S = 0.2
_KEEPS = 64
"""Presses that the pad holds while nobody acknowledges; then the oldest goes."""
_BOUNCES = 4
_KEY = (Argument("key", tuple(range(1, 9))),)
_TIMES = (Argument("times", usual=40),)


@dataclass(frozen=True, slots=True)
class _Held:
    sequence: int
    key: int
    at: float


class SimulatedRatingPad(Machine):
    """Repeats each press until it is acknowledged; `random` names its boot and makes its noise."""

    def __init__(
        self, line: FarEnd, address: int, random: Random, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._address = address
        self._random = random
        self._clock = clock
        self._lock = threading.RLock()
        self._boot = random.randrange(0x10000)
        self._sequence = self._shown = 0
        self._unsaid: list[_Held] = []
        self._buffer = b""
        self._stopping = threading.Event()
        self._repeating: threading.Thread | None = None
        self.held: frozenset[int] = frozenset()
        self.silent = False
        self.light = PadLight.OFF
        self.number = ""
        self._pressed: int | None = None
        self.buttons = Buttons(
            "a rating pad",
            Button("press", "one finger on one key", self._press, _KEY),
            Button("bounce", "the key chatters: several presses of one finger", self._bounce, _KEY),
            Button("repeat", "the pad says one press again and again", self._repeat, _KEY),
            Button("stuck", "the key stays down", self._stuck, (*_KEY, Argument("on", usual=True))),
            Button("flood", "all keys, far too often", lambda request: self._flood(request["times"]), _TIMES),
            Button("garbage", "noise on the line", self._garbage, (Argument("bytes", usual=64),)),
            Button("half", "a frame breaks off", lambda _: self._half()),
            *line.buttons(),
            Button("restart", "power off and on", lambda _: self._restart()),
            switch("silence", "says nothing any more", lambda on: setattr(self, "silent", on)),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        self._line.start(self.take)
        self._say(Kind.HELLO, self._hello())
        self._repeating = threading.Thread(target=self._repeat_unsaid, name="pad-repeats", daemon=True)
        self._repeating.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._repeating:
            self._repeating.join()
        self._line.stop()

    def look(self) -> Answer:
        with self._lock:
            faults = [f"key {key} stuck" for key in sorted(self.held)]
            faults += ["silent"] if self.silent else []
            faults += [] if self._line.plugged else ["unplugged"]
            return {
                "light": str(self.light),
                "number": self.number,
                "pressed": self._pressed,
                "unacknowledged": len(self._unsaid),
                "faults": faults,
            }

    def take(self, data: bytes) -> None:
        with self._lock:
            parsed = frames.parse(self._buffer + data)
            self._buffer = parsed.rest
            for frame in parsed.frames:
                if frame.address == self._address and not self.silent:
                    self._obey(frame)

    def _obey(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.PING:
                self._say(Kind.HELLO, self._hello())
            case Kind.ACK if frame.payload == frames.ack(self._boot):
                self._unsaid = [press for press in self._unsaid if press.sequence != frame.sequence]
            case Kind.INVITE:
                self._show(frame, PadLight.INVITE, frame.payload[2:].decode("ascii", "replace"))
            case Kind.THANK:
                self._show(frame, PadLight.THANKS)
            case Kind.DARK:
                self._show(frame, PadLight.OFF)

    def _show(self, frame: Frame, light: PadLight, number: str = "") -> None:
        self.light, self.number, self._shown = light, number, frame.sequence

    def _hello(self) -> bytes:
        return frames.hello(self._boot, self.held, self._shown)

    def _say(self, kind: Kind, payload: bytes, sequence: int = 0) -> None:
        if not self.silent:
            self._line.send(frames.encode(Frame(self._address, sequence, kind, payload)))

    def _say_press(self, press: _Held) -> None:
        self._say(Kind.PRESS, frames.press(self._boot, press.key, self._clock() - press.at), press.sequence)

    def _repeat_unsaid(self) -> None:
        while not self._stopping.wait(_REPEAT_S):
            with self._lock:
                for press in self._unsaid:
                    self._say_press(press)

    def _hit(self, key: int) -> _Held:
        with self._lock:
            self._pressed = key
            self._sequence = (self._sequence + 1) % 256
            press = _Held(self._sequence, key, self._clock())
            self._unsaid = [*self._unsaid, press][-_KEEPS:]
            self._say_press(press)
            return press

    def _press(self, request: Request) -> Answer:
        press = self._hit(request["key"])
        return {"sequence": press.sequence}

    def _bounce(self, request: Request) -> Answer:
        for _ in range(_BOUNCES):
            self._hit(request["key"])
        return {}

    def _repeat(self, request: Request) -> Answer:
        press = self._hit(request["key"])
        for _ in range(_BOUNCES):
            self._say_press(press)
        return {}

    def _flood(self, times: int) -> None:
        for nth in range(times):
            self._hit(nth % 5 + 1)

    def _stuck(self, request: Request) -> Answer:
        self.held = frozenset({request["key"]}) if request["on"] else frozenset()
        return {}

    def _garbage(self, request: Request) -> Answer:
        self._line.send(self._random.randbytes(int(request["bytes"])))
        return {}

    def _half(self) -> None:
        whole = frames.encode(Frame(self._address, 0, Kind.HELLO, self._hello()))
        self._line.send(whole[: self._random.randrange(1, len(whole))])

    def _restart(self) -> None:
        """Power off and on: what it had not told is gone, as on a real pad without a battery."""
        with self._lock:
            self._boot = self._random.randrange(0x10000)
            self._sequence, self._shown, self._unsaid, self._buffer = 0, 0, [], b""
            self.light, self.number = PadLight.OFF, ""

    def _mend(self) -> None:
        self.silent, self.held = False, frozenset()
        self._line.plug()
