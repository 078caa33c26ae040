"""The call pads at the far end of one line: keys to press, lights to look at, faults as buttons."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random

from devices.buttons import Answer, Argument, Button, Buttons, Request, switch
from devices.call_pad import frames
from devices.call_pad.frames import Form, Frame
from devices.farend import FarEnd, Machine
from devices.protocols import CallKey, CallLight

_REPEAT_S = 0.15
_GIVES_UP_S = 3.0
_BOUNCES = 3


@dataclass(frozen=True, slots=True)
class _Unsaid:
    frame: Frame
    at: float


class SimulatedCallPads(Machine):
    """Every pad of one bus; a checked one repeats a key until it is acknowledged, three seconds at most."""

    def __init__(
        self,
        line: FarEnd,
        addresses: Collection[int],
        form: Form,
        random: Random,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._form = form
        self._random = random
        self._clock = clock
        self._lock = threading.RLock()
        self._sequence = 0
        self._unsaid: list[_Unsaid] = []
        self._torn = b""
        self._stopping = threading.Event()
        self._repeating: threading.Thread | None = None
        self.lights = dict.fromkeys(addresses, CallLight.OFF)
        self.silent = False
        self._pressed = ""
        keys = (Argument("address", tuple(addresses)), Argument("key", tuple(key.value for key in CallKey)))
        self.buttons = Buttons(
            "a line of call pads",
            Button("key", "one finger on one key of a pad", self._key, keys),
            Button("bounce", "the key chatters", self._bounce, keys),
            Button("repeat", "the pad says one press again and again", self._repeat_key, keys),
            Button("garbage", "noise on the line", self._garbage, (Argument("bytes", usual=64),)),
            Button("half", "a frame breaks off", lambda _: self._half()),
            *line.buttons(),
            Button("restart", "power off and on", lambda _: self._restart()),
            switch("silence", "say nothing any more", lambda on: setattr(self, "silent", on)),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        self._line.start(self.take)
        self._repeating = threading.Thread(target=self._repeat_unsaid, name="call-pads", daemon=True)
        self._repeating.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._repeating:
            self._repeating.join()
        self._line.stop()

    def take(self, data: bytes) -> None:
        with self._lock:
            parsed = frames.parse(self._form, self._torn + data)
            self._torn = parsed.rest
            for frame in parsed.frames:
                self._hear(frame)

    def look(self) -> Answer:
        with self._lock:
            faults = ["silent"] if self.silent else []
            faults += [] if self._line.plugged else ["unplugged"]
            return {
                "lights": {str(address): light.value for address, light in self.lights.items()},
                "pressed": self._pressed,
                "unacknowledged": len(self._unsaid),
                "faults": faults,
            }

    def _hear(self, frame: Frame) -> None:
        if frame.address not in self.lights:
            return
        if frame.code == frames.ACK:
            self._unsaid = [each for each in self._unsaid if each.frame.sequence != frame.sequence]
        elif frame.code == frames.PING:
            self._say(Frame(frame.address, frames.HELLO, frame.sequence))
        elif frame.code in frames.LIT:
            self.lights[frame.address] = frames.LIT[frame.code]

    def _say(self, frame: Frame) -> None:
        if not self.silent:
            self._line.send(frames.encode(self._form, frame))

    def _key(self, request: Request) -> None:
        with self._lock:
            self._say(self._press(request))

    def _bounce(self, request: Request) -> None:
        for _ in range(_BOUNCES):
            self._key(request)

    def _repeat_key(self, request: Request) -> None:
        with self._lock:
            frame = self._press(request)
            for _ in range(_BOUNCES + 1):
                self._say(frame)

    def _press(self, request: Request) -> Frame:
        address, key = request["address"], CallKey(request["key"])
        self._pressed = f"{address} {key.value}"
        self._sequence = (self._sequence + 1) % 256
        frame = Frame(address, frames.CODES[key], self._sequence)
        if self._form is Form.CHECKED:
            self._unsaid.append(_Unsaid(frame, self._clock()))
        return frame

    def _garbage(self, request: Request) -> None:
        self._line.send(self._random.randbytes(int(request["bytes"])))

    def _half(self) -> None:
        self._line.send(bytes((self._form, next(iter(self.lights)))))

    def _repeat_unsaid(self) -> None:
        while not self._stopping.wait(_REPEAT_S):
            with self._lock:
                now = self._clock()
                self._unsaid = [each for each in self._unsaid if now - each.at < _GIVES_UP_S]
                for each in self._unsaid:
                    self._say(each.frame)

    def _restart(self) -> None:
        with self._lock:
            self._unsaid, self._torn, self._sequence = [], b"", 0
            self.lights = dict.fromkeys(self.lights, CallLight.OFF)
            if self._form is Form.CHECKED:
                for address in self.lights:
                    self._say(Frame(address, frames.HELLO))

    def _mend(self) -> None:
        self.silent = False
        self._line.plug()
