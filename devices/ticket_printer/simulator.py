"""The printer at the far end: prints what it is sent into slips, and breaks when a button is pressed."""

import re
import threading
import time
from collections.abc import Callable
from random import Random

from devices.buttons import Answer, Argument, Button, Buttons, Request, switch
from devices.farend import FarEnd, Machine
from devices.ticket_printer.happenings import (
    PRESENT,
    RETRACT,
    SAY_WHETHER_OUT,
    Asked,
    Cut,
    Happening,
    Present,
    Reset,
    Speak,
)
from devices.ticket_printer.paper import number_on
from devices.ticket_printer.slips import Reader, Slip

_REALTIME = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x05[\x01\x02]")
_UNFINISHED = re.compile(rb"\x10[\x04\x05]?\Z")
_FIXED_BITS = 0x12
_PAPER = (Argument("state", ("out", "near_end", "ok")), Argument("after", usual=0))


class SimulatedPrinter(Machine):
    """Keeps each slip; `random` makes the noise of the *garbage* button."""

    def __init__(self, line: FarEnd, random: Random, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._random = random
        self._clock = clock
        self._heard_at = 0.0
        self._lock = threading.RLock()
        self._reader = Reader()
        self._held = b""
        self._marks_left: int | None = None
        self._numbers: list[str] = []
        self.paper = "ok"
        self.cover_open = self.jammed = self.jam_at_cut = False
        self.silent = self.noisy = False
        self.held_out = False
        self.drawn_in = 0
        self.slow_s = 0.0
        self._speaks_unasked = False
        self._said_last = b""
        self.buttons = Buttons(
            "a printer",
            Button("paper", "fills the roll or takes it out, at once or after so many marks", self._set_paper, _PAPER),
            Button("cover", "opens or shuts the cover", self._set_cover, (Argument("state", ("open", "closed")),)),
            Button(
                "cutter", "jams at the next cut, or is freed", self._set_cutter, (Argument("state", ("jam", "ok")),)
            ),
            Button("take", "the customer takes the slip that the presenter holds out", lambda _: self._take_slip()),
            *line.buttons(),
            switch("silence", "says nothing any more", lambda on: setattr(self, "silent", on)),
            switch("garbage", "says nonsense", lambda on: setattr(self, "noisy", on)),
            Button("slow", "takes so long for each answer", self._set_slow, (Argument("seconds", usual=1.0),)),
            Button("mend", "all is well again", lambda _: self._mend()),
            Button("slips", "what came out of it", self._slips, (Argument("since", usual=0),)),
        )

    def start(self) -> None:
        self._line.start(self.take)

    def stop(self) -> None:
        self._line.stop()

    @property
    def slips(self) -> list[Slip]:
        """Those that have come out, whole or torn, oldest first."""
        with self._lock:
            return list(self._reader.slips)

    def look(self) -> Answer:
        slips = self.slips
        last = _told(slips[-1], self._number(len(slips) - 1)) if slips else {"number": "", "text": ""}
        faults = {
            "unplugged": not self._line.plugged,
            "paper out": self.paper == "out",
            "paper near its end": self.paper == "near_end",
            "cover open": self.cover_open,
            "cutter jammed": self.jammed,
            "silent": self.silent,
            "talks nonsense": self.noisy,
            "slow": self.slow_s > 0,
        }
        return {
            "number": last["number"],
            "slips": len(slips),
            "paper": self.paper,
            "cover": "open" if self.cover_open else "closed",
            "faults": [fault for fault, so in faults.items() if so],
            "slip": last["text"],
        }

    def take(self, data: bytes) -> None:
        """Real-time questions are answered at once, wherever they stand; the rest is printed while nothing hinders."""
        answers = b""
        with self._lock:
            self._heard_at = self._clock()
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
        self.jammed = self.jammed and self.jam_at_cut
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
            answers += b"" if happened is True else self._happen(happened)
            self._wear()
            answers += self._unasked()
        return answers + self._unasked()

    def _happen(self, happened: Happening) -> bytes:
        match happened:
            case Asked():
                return bytes((0x03 if self.paper == "near_end" else 0,))
            case Cut():
                self._cut()
            case Speak(n=n):
                self._speaks_unasked, self._said_last = bool(n), b""
            case Reset():
                self._speaks_unasked = False
            case Present(n=n):
                return self._present(n)
        return b""

    def _present(self, n: int) -> bytes:
        """GS e as Custom's and Pyramid's presenters have it (PyramidTechnologies/escpos, paper_movement.rst)."""
        if n == PRESENT:
            self._cut()
            self.held_out = not self.jammed
        elif n == RETRACT:
            self.drawn_in += self.held_out
            self.held_out = False
        return bytes((0x08 * self.held_out,)) if n == SAY_WHETHER_OUT else b""

    def _unasked(self) -> bytes:
        """The block of four bytes, when it is wanted and says anything new."""
        near, out = 0x03 * (self.paper != "ok"), 0x0C * (self.paper == "out")
        now = bytes((0x10 | 0x08 * self._hindered | 0x20 * self.cover_open, 0x08 * self.jammed, near | out, 0x0F))
        if not self._speaks_unasked or now == self._said_last:
            return b""
        self._said_last = now
        return now

    def _take_slip(self) -> None:
        with self._lock:
            self.held_out = False

    def _cut(self) -> None:
        self.jammed = self.jam_at_cut
        self._reader.tear(cut=not self.jammed).ended_at = self._heard_at

    def _wear(self) -> None:
        if self._marks_left is not None:
            self._marks_left -= 1
            if self._marks_left <= 0:
                self.paper, self._marks_left = "out", None

    def _set_paper(self, request: Request) -> Answer:
        after = int(request["after"])
        with self._lock:
            self._marks_left = after or None
            self.paper = self.paper if after else request["state"]
            answers = self._print()
        self._say(answers)
        return {}

    def _set_cover(self, request: Request) -> Answer:
        with self._lock:
            self.cover_open = request["state"] == "open"
            answers = self._print()
        self._say(answers)
        return {}

    def _set_cutter(self, request: Request) -> None:
        """`jam` takes effect at the next cut; after `ok` the error stands until the printer is told to recover."""
        self.jam_at_cut = request["state"] == "jam"

    def _set_slow(self, request: Request) -> Answer:
        self.slow_s = float(request["seconds"])
        return {}

    def _mend(self) -> None:
        self.silent = self.noisy = False
        self.slow_s = 0.0
        self._end_jam()
        self._set_cover({"state": "closed"})
        self._set_paper({"state": "ok", "after": 0})
        self._line.plug()

    def _end_jam(self) -> None:
        """Freed, switched off and on."""
        with self._lock:
            self.jam_at_cut = False
            if self.jammed:
                self.jammed = False
                self._reader.clear()

    def _slips(self, request: Request) -> Answer:
        """From number `since` on, so that a caller need not take the whole day each time."""
        since = int(request["since"])
        return {"slips": [_told(slip, self._number(nth)) for nth, slip in enumerate(self.slips[since:], since)]}

    def _number(self, nth: int) -> str:
        """Read once a slip: looking at a picture takes a while."""
        slips = self.slips
        while len(self._numbers) <= nth:
            self._numbers.append(number_on(slips[len(self._numbers)]))
        return self._numbers[nth]


def _told(slip: Slip, number: str) -> Answer:
    """As a person reads the slip: a number that stands there as a picture is in its text too."""
    text = slip.text if number in slip.text else f"{number}\n{slip.text}"
    qr = slip.codes[0] if slip.codes else ""
    return {"text": text, "number": number, "qr": qr, "bytes": slip.bytes, "cut": slip.cut, "at": slip.ended_at}
