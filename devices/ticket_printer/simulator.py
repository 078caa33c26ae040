"""The printer at the far end: prints what it is sent into slips, and breaks when a button is pressed."""

import re
import threading
import time
from collections.abc import Callable
from random import Random

from devices.farend import Answer, FarEnd, Request
from devices.ticket_printer.paper import number_on
from devices.ticket_printer.slips import Asked, Cut, Reader, Slip

_REALTIME = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x05[\x01\x02]")
_UNFINISHED = re.compile(rb"\x10[\x04\x05]?\Z")
_FIXED_BITS = 0x12


class SimulatedPrinter:
    """Keeps each slip; `random` makes the noise of the *garbage* button."""

    def __init__(self, line: FarEnd, random: Random) -> None:
        self._line = line
        self._random = random
        self._lock = threading.RLock()
        self._reader = Reader()
        self._held = b""
        self._marks_left: int | None = None
        self._numbers: list[str] = []
        self.paper = "ok"
        self.cover_open = self.jammed = self.jam_at_cut = False
        self.silent = self.noisy = False
        self.slow_s = 0.0
        self._buttons: dict[str, Callable[[Request], Answer]] = {
            "paper": self._set_paper,
            "cover": self._set_cover,
            "cutter": self._set_cutter,
            "unplug": lambda _: self._then(self._line.unplug),
            "plug": lambda _: self._then(self._line.plug),
            "silence": lambda request: self._then(lambda: setattr(self, "silent", _on(request))),
            "garbage": lambda request: self._then(lambda: setattr(self, "noisy", _on(request))),
            "slow": lambda request: self._then(lambda: setattr(self, "slow_s", float(request.get("seconds", 0)))),
            "mend": lambda _: self._then(self._mend),
            "slips": self._slips,
        }

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._line.stop()

    @property
    def slips(self) -> list[Slip]:
        """Those that have come out, whole or torn, oldest first."""
        with self._lock:
            return list(self._reader.slips)

    def do(self, request: Request) -> Answer:
        button = self._buttons.get(str(request.get("do")))
        if button is None:
            raise ValueError(f"a printer has no button {request.get('do')!r}; it has {', '.join(self._buttons)}")
        return button(request)

    def take(self, data: bytes) -> None:
        """Real-time questions are answered at once, wherever they stand; the rest is printed while nothing hinders."""
        answers = b""
        with self._lock:
            data = self._held + data
            tail = _UNFINISHED.search(data)
            self._held = tail[0] if tail else b""
            data = data[: len(data) - len(self._held)]
            for question in _REALTIME.findall(data):
                answers += self._realtime(question[1], question[2])
            self._reader.take(_REALTIME.sub(b"", data))
            answers += self._print()
        self._say(answers)

    def _say(self, answers: bytes) -> None:
        if self.slow_s:
            time.sleep(self.slow_s)
        if self.noisy:
            answers = self._random.randbytes(3) + answers[: self._random.randint(0, len(answers))]
        if answers and not self.silent:
            self._line.send(answers)

    def _realtime(self, kind: int, n: int) -> bytes:
        if kind == 0x04:
            return bytes((self._status(n),))
        if n == 2:
            self._reader.clear()
            self._reader.tear(cut=False)
        return b""

    def _status(self, n: int) -> int:
        paper_bits = {"ok": 0x00, "near_end": 0x0C, "out": 0x6C}[self.paper]
        causes = {
            1: 0x08 if self._hindered else 0,
            2: 0x04 * self.cover_open | (0x20 if self.paper == "out" else 0) | 0x40 * self.jammed,
            3: 0x08 * self.jammed,
            4: paper_bits,
        }
        return _FIXED_BITS | causes[n]

    @property
    def _hindered(self) -> bool:
        return self.paper == "out" or self.cover_open or self.jammed

    def _print(self) -> bytes:
        answers = b""
        while not self._hindered:
            happened = self._reader.step()
            if happened is False:
                break
            if isinstance(happened, Asked):
                answers += bytes((0x03 if self.paper == "near_end" else 0,))
            elif isinstance(happened, Cut):
                self._cut()
            self._wear()
        return answers

    def _cut(self) -> None:
        self.jammed = self.jam_at_cut
        self._reader.tear(cut=not self.jammed)

    def _wear(self) -> None:
        if self._marks_left is not None:
            self._marks_left -= 1
            if self._marks_left <= 0:
                self.paper, self._marks_left = "out", None

    def _set_paper(self, request: Request) -> Answer:
        state = str(request.get("state", "out"))
        if state not in {"ok", "near_end", "out"}:
            raise ValueError(f"paper is ok, near_end or out, not {state!r}")
        after = request.get("after")
        with self._lock:
            self._marks_left = int(after) if after is not None else None
            self.paper = self.paper if after is not None else state
            answers = self._print()
        self._say(answers)
        return {}

    def _set_cover(self, request: Request) -> Answer:
        with self._lock:
            self.cover_open = request.get("state", "open") == "open"
            answers = self._print()
        self._say(answers)
        return {}

    def _set_cutter(self, request: Request) -> Answer:
        """`jam` takes effect at the next cut."""
        with self._lock:
            self.jam_at_cut = request.get("state", "jam") == "jam"
            self.jammed = self.jammed and self.jam_at_cut
            answers = self._print()
        self._say(answers)
        return {}

    def _mend(self) -> None:
        self.silent = self.noisy = False
        self.slow_s = 0.0
        self._set_cover({"state": "closed"})
        self._set_cutter({"state": "ok"})
        self._set_paper({"state": "ok"})
        self._line.plug()

    def _slips(self, request: Request) -> Answer:
        """From number `since` on, so that a caller need not take the whole day each time."""
        slips = self.slips
        while len(self._numbers) < len(slips):
            self._numbers.append(number_on(slips[len(self._numbers)]))
        since = int(request.get("since", 0))
        return {"slips": [_told(slip, number) for slip, number in list(zip(slips, self._numbers, strict=True))[since:]]}

    @staticmethod
    def _then(act: Callable[[], object]) -> Answer:
        act()
        return {}


def _on(request: Request) -> bool:
    return bool(request.get("on", True))


def _told(slip: Slip, number: str) -> Answer:
    """As a person reads the slip: a number that stands there as a picture is in its text too."""
    text = slip.text if number in slip.text else f"{number}\n{slip.text}"
    qr = slip.codes[0] if slip.codes else ""
    return {"text": text, "number": number, "qr": qr, "bytes": slip.bytes, "cut": slip.cut}
