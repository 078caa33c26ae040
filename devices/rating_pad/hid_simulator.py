"""A pad that plays a keyboard at the far end: the events of its keys as the kernel would tell them."""

import time
from collections.abc import Callable, Mapping

from devices.buttons import Answer, Argument, Button, Buttons, Request
from devices.farend import FarEnd, Machine
from devices.hid import LET_GO, PRESSED, REPEATED, encode, encode_lost

_BOUNCES = 4
_REPEATS = 10
_TIMES = (Argument("times", usual=40),)
_STRANGE = 1
"""Esc, which no pad has."""


class SimulatedHidPad(Machine):
    def __init__(self, line: FarEnd, codes: Mapping[int, int], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._clock = clock
        self._codes = {key: code for code, key in codes.items()}
        self._pressed: int | None = None
        self._held: int | None = None
        key = (Argument("key", tuple(self._codes)),)
        self.buttons = Buttons(
            "a key pad",
            Button("press", "one finger on one key", lambda request: self._hit(request, 1), key),
            Button("bounce", "the key chatters", lambda request: self._hit(request, _BOUNCES), key),
            Button("stuck", "the key stays down and is repeated", self._stick, (*key, Argument("on", usual=True))),
            Button("flood", "all keys, far too often", lambda request: self._flood(request["times"]), _TIMES),
            Button("stray", "a key that the pad does not have", lambda _: self._send(_STRANGE)),
            Button("lost", "the kernel drops events", lambda _: self._line.send(encode_lost())),
            *line.buttons(),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._line.stop()

    def take(self, data: bytes) -> None:
        """Such a pad is told nothing."""

    def look(self) -> Answer:
        faults = [f"key {self._held} stuck"] if self._held else []
        faults += [] if self._line.plugged else ["unplugged"]
        return {"pressed": self._pressed, "faults": faults}

    def _hit(self, request: Request, times: int) -> None:
        self._pressed = request["key"]
        for _ in range(times):
            self._send(self._codes[request["key"]])

    def _send(self, code: int) -> None:
        self._line.send(encode(code, PRESSED, self._clock()) + encode(code, LET_GO, self._clock()))

    def _stick(self, request: Request) -> None:
        self._let_go()
        if not request["on"]:
            return
        self._pressed = self._held = request["key"]
        code = self._codes[request["key"]]
        values = (PRESSED, *[REPEATED] * _REPEATS)
        self._line.send(b"".join(encode(code, value, self._clock()) for value in values))

    def _flood(self, times: int) -> None:
        codes = tuple(self._codes.values())
        for nth in range(times):
            self._send(codes[nth % len(codes)])

    def _let_go(self) -> None:
        if self._held is not None:
            self._line.send(encode(self._codes[self._held], LET_GO, self._clock()))
        self._held = None

    def _mend(self) -> None:
        self._let_go()
        self._line.plug()
