"""A pad of short frames at the far end: keys to press, the lamp to look at, faults as buttons."""

from collections.abc import Callable
from random import Random

from devices.farend import Answer, FarEnd, Request
from devices.rating_pad.short import Lamp
from devices.rating_pad.short_frames import ShortFrame

_BOUNCES = 4


class SimulatedShortFramePad:
    def __init__(self, line: FarEnd, shape: ShortFrame, lamp: Lamp, random: Random) -> None:
        self._line = line
        self._shape = shape
        self._lamp = lamp
        self._random = random
        self._codes = {key: code for code, key in shape.codes.items()}
        self.light = "off"
        self._buttons: dict[str, Callable[[Request], object]] = {
            "press": lambda request: self._line.send(self._frame(request)),
            "bounce": lambda request: self._line.send(self._frame(request) * _BOUNCES),
            "garbage": lambda request: self._line.send(self._random.randbytes(int(request.get("bytes", 64)))),
            "half": lambda request: self._line.send(self._frame(request)[:-1]),
            "unplug": lambda _: self._line.unplug(),
            "plug": lambda _: self._line.plug(),
            "mend": lambda _: self._line.plug(),
        }

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._line.stop()

    def take(self, data: bytes) -> None:
        lamps = {"invite": self._lamp.invite, "thanks": self._lamp.thank, "off": self._lamp.dark}
        for light, said in lamps.items():
            if said and data.endswith(said):
                self.light = light

    def do(self, request: Request) -> Answer:
        if request.get("do") == "look":
            return {"light": self.light}
        button = self._buttons.get(str(request.get("do")))
        if button is None:
            raise ValueError(f"a pad has no button {request.get('do')!r}; it has look, {', '.join(self._buttons)}")
        button(request)
        return {}

    def _frame(self, request: Request) -> bytes:
        key = request.get("key", next(iter(self._codes)))
        if key not in self._codes:
            raise ValueError(f"key is one of {sorted(self._codes)}, not {key!r}")
        return self._shape.encode(self._codes[key])
