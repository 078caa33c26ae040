"""The call pads at the far end of one line: keys to press, lights to look at, faults as buttons."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random

from devices.call_pad import frames
from devices.call_pad.frames import Form, Frame
from devices.farend import Answer, FarEnd, Request
from devices.protocols import CallKey, CallLight

_REPEAT_S = 0.15
_GIVES_UP_S = 3.0
_BOUNCES = 3


@dataclass(frozen=True, slots=True)
class _Unsaid:
    frame: Frame
    at: float


class SimulatedCallPads:
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
        self._buttons: dict[str, Callable[[Request], object]] = {
            "key": self._key,
            "bounce": lambda request: [self._key(request) for _ in range(_BOUNCES)],
            "repeat": self._repeat_key,
            "garbage": lambda request: self._line.send(self._random.randbytes(int(request.get("bytes", 64)))),
            "half": lambda _: self._line.send(bytes((self._form, next(iter(self.lights))))),
            "unplug": lambda _: self._line.unplug(),
            "plug": lambda _: self._line.plug(),
            "restart": lambda _: self._restart(),
            "silence": lambda request: setattr(self, "silent", bool(request.get("on", True))),
            "mend": lambda _: self._mend(),
        }

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

    def do(self, request: Request) -> Answer:
        if request.get("do") == "look":
            lights = {str(address): light.value for address, light in self.lights.items()}
            return {"lights": lights, "unacknowledged": len(self._unsaid)}
        button = self._buttons.get(str(request.get("do")))
        if button is None:
            raise ValueError(
                f"call pads have no button {request.get('do')!r}; they have look, {', '.join(self._buttons)}"
            )
        with self._lock:
            button(request)
        return {}

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

    def _key(self, request: Request) -> Frame:
        address, key = request.get("address", next(iter(self.lights))), CallKey(request.get("key", "call"))
        if address not in self.lights:
            raise ValueError(f"no pad has address {address!r}; there are {sorted(self.lights)}")
        self._sequence = (self._sequence + 1) % 256
        frame = Frame(address, frames.CODES[key], self._sequence)
        if self._form is Form.CHECKED:
            self._unsaid.append(_Unsaid(frame, self._clock()))
        self._say(frame)
        return frame

    def _repeat_key(self, request: Request) -> None:
        frame = self._key(request)
        for _ in range(_BOUNCES):
            self._say(frame)

    def _repeat_unsaid(self) -> None:
        while not self._stopping.wait(_REPEAT_S):
            with self._lock:
                now = self._clock()
                self._unsaid = [each for each in self._unsaid if now - each.at < _GIVES_UP_S]
                for each in self._unsaid:
                    self._say(each.frame)

    def _restart(self) -> None:
        self._unsaid, self._torn, self._sequence = [], b"", 0
        self.lights = dict.fromkeys(self.lights, CallLight.OFF)

    def _mend(self) -> None:
        self.silent = False
        self._line.plug()
