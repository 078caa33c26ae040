"""A pad of short frames at the far end: keys to press, the lamp to look at, faults as buttons."""

import threading
from random import Random

from devices.buttons import Answer, Argument, Button, Buttons, Request
from devices.farend import FarEnd, Machine
from devices.rating_pad.short import Lamp
from devices.rating_pad.short_frames import ShortFrame

_BOUNCES = 4
_REPEAT_S = 0.1
_TIMES = (Argument("times", usual=40),)


class SimulatedShortFramePad(Machine):
    def __init__(self, line: FarEnd, shape: ShortFrame, lamp: Lamp, random: Random) -> None:
        self._line = line
        self._shape = shape
        self._lamp = lamp
        self._random = random
        self._codes = {key: code for code, key in shape.codes.items()}
        self.light = "off"
        self._pressed: int | None = None
        self._held: int | None = None
        self._stopping = threading.Event()
        self._repeating: threading.Thread | None = None
        key = (Argument("key", tuple(self._codes)),)
        self.buttons = Buttons(
            "a pad",
            Button("press", "one finger on one key", lambda request: self._line.send(self._frame(request)), key),
            Button("bounce", "the key chatters", lambda request: self._line.send(self._frame(request) * _BOUNCES), key),
            Button("stuck", "the key stays down and is repeated", self._stick, (*key, Argument("on", usual=True))),
            Button("flood", "all keys, far too often", lambda request: self._flood(request["times"]), _TIMES),
            Button("garbage", "noise on the line", self._garbage, (Argument("bytes", usual=64),)),
            Button("half", "a frame breaks off", lambda request: self._line.send(self._frame(request)[:-1]), key),
            *line.buttons(),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        self._line.start(self.take)
        self._repeating = threading.Thread(target=self._repeat_held, name="pad-repeats", daemon=True)
        self._repeating.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._repeating:
            self._repeating.join()
        self._line.stop()

    def take(self, data: bytes) -> None:
        lamps = {"invite": self._lamp.invite, "thanks": self._lamp.thank, "off": self._lamp.dark}
        for light, said in lamps.items():
            if said and data.endswith(said):
                self.light = light

    def look(self) -> Answer:
        faults = [f"key {self._held} stuck"] if self._held else []
        faults += [] if self._line.plugged else ["unplugged"]
        return {"light": self.light, "pressed": self._pressed, "faults": faults}

    def _stick(self, request: Request) -> None:
        self._pressed = request["key"]
        self._held = request["key"] if request["on"] else None

    def _repeat_held(self) -> None:
        while not self._stopping.wait(_REPEAT_S):
            if self._held:
                self._line.send(self._shape.encode(self._codes[self._held]))

    def _flood(self, times: int) -> None:
        keys = tuple(self._codes)
        for nth in range(times):
            self._line.send(self._shape.encode(self._codes[keys[nth % len(keys)]]))

    def _mend(self) -> None:
        self._held = None
        self._line.plug()

    def _garbage(self, request: Request) -> None:
        self._line.send(self._random.randbytes(int(request["bytes"])))

    def _frame(self, request: Request) -> bytes:
        self._pressed = request["key"]
        return self._shape.encode(self._codes[request["key"]])
