"""The code reader at the far end: codes to hold up, and the faults of real readers as buttons."""

import time
from collections.abc import Callable
from random import Random

from devices import hid
from devices.buttons import Answer, Argument, Button, Buttons, Request
from devices.code_reader import frames
from devices.farend import FarEnd, Machine

_KEY_OF = {
    letter: (code, shifted)
    for shifted, letters in ((True, hid.SHIFTED), (False, hid.PLAIN))
    for code, letter in letters.items()
    if code not in hid.KEYPAD
}
_SHIFT, _ENTER, _UNKNOWN = min(hid.SHIFTS), min(hid.ENTERS), 1

Spoken = Callable[[bytes], bytes]


def over_serial(data: bytes) -> bytes:
    return data


def by_keys(data: bytes, clock: Callable[[], float] = time.monotonic) -> bytes:
    """As the kernel tells of a keyboard that types these bytes."""
    told = b""
    for byte in data:
        if byte == ord("\r"):
            code, shifted = _ENTER, False
        else:
            code, shifted = _KEY_OF.get(chr(byte), (_UNKNOWN, False))
        keys = [(_SHIFT, hid.PRESSED)] if shifted else []
        keys += [(code, hid.PRESSED), (code, hid.LET_GO)]
        keys += [(_SHIFT, hid.LET_GO)] if shifted else []
        told += b"".join(hid.encode(key, value, clock()) for key, value in keys)
    return told


class SimulatedCodeReader(Machine):
    def __init__(self, line: FarEnd, spoken: Spoken, random: Random) -> None:
        """`spoken`: how the bytes of a code are put on the line."""
        self._line = line
        self._spoken = spoken
        self._random = random
        self._scanned = 0
        self.buttons = Buttons(
            "a code reader",
            Button(
                "scan", "a customer holds up a code", self._scan, (Argument("text", usual="https://hall.example/t/x"),)
            ),
            Button("repeat", "the code is held up for long", self._repeat, (Argument("text", usual="6901234567892"),)),
            Button("half", "a code breaks off", lambda _: self._line.send(self._spoken(b"https://hall"))),
            Button("flood", "codes one after the other, from no hand", self._flood, (Argument("codes", usual=30),)),
            Button("garbage", "noise on the line", self._garbage, (Argument("bytes", usual=64),)),
            *line.buttons(),
            Button("mend", "all is well again", lambda _: self._line.plug()),
        )

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._line.stop()

    def take(self, data: bytes) -> None:
        """A code reader is told nothing."""

    def look(self) -> Answer:
        return {"scanned": self._scanned, "faults": [] if self._line.plugged else ["unplugged"]}

    def _scan(self, request: Request) -> None:
        self._say(str(request["text"]))

    def _repeat(self, request: Request) -> None:
        for _ in range(5):
            self._say(str(request["text"]))

    def _flood(self, request: Request) -> None:
        for _ in range(int(request["codes"])):
            self._say(f"{self._random.randrange(10**13):013d}")

    def _garbage(self, request: Request) -> None:
        self._line.send(self._random.randbytes(int(request["bytes"])))

    def _say(self, text: str) -> None:
        self._scanned += 1
        self._line.send(self._spoken(frames.encode(text)))
