"""Joins a machine's devices to the hall: presses go in, lights go out, each device's health is told."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import structlog

from devices.health import Health, HealthState
from devices.parts import Parts
from devices.protocols import RATING_PAD, TICKET_PRINTER, Press, RatingPad, TicketPrinter
from server.contract.messages import RatingClosed, RatingPress, RatingWindow
from server.contract.topics import RATING, RATING_CLOSED, RATING_WINDOW
from server.link.broker import BrokerLink
from server.link.sender import EventSender

log = structlog.get_logger(__name__)

POLL_S = 5.0
"""How often a printer is asked how it is; pads say it by themselves."""


@dataclass(frozen=True, slots=True)
class Pad:
    """A rating pad where it stands."""

    name: str
    device: RatingPad
    counter: int
    keys: tuple[int, ...]
    """Score of each key, from the left."""


@dataclass(slots=True)
class _Window:
    """When a counter's customer may press, by the machine clock."""

    window: str
    number: str
    from_s: float
    until_s: float
    pressed: bool = False


@dataclass(slots=True)
class _Windows:
    """The newest window of each counter."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _by_counter: dict[int, _Window] = field(default_factory=dict)

    def open(self, wish: RatingWindow, now: float) -> bool:
        """False if it is known already: a command may come twice."""
        with self._lock:
            known = self._by_counter.get(wish.counter)
            if known and known.window == wish.window:
                return False
            self._by_counter[wish.counter] = _Window(wish.window, wish.number, now, now + wish.seconds)
            return True

    def close(self, window: str, now: float) -> int | None:
        """The counter whose window it was, None if it is not the newest of any."""
        with self._lock:
            for counter, known in self._by_counter.items():
                if known.window == window:
                    known.until_s = min(known.until_s, now)
                    return counter
        return None

    def at(self, counter: int, pressed_at: float) -> str | None:
        """The window in which a press fell.

        A press after the window known here may belong to a new one whose word is still on its way: then None, and the
        server judges by the time of the press.
        """
        with self._lock:
            known = self._by_counter.get(counter)
            return known.window if known and known.from_s <= pressed_at <= known.until_s else None

    def first(self, counter: int, window: str) -> bool:
        """Whether the press that was just kept is the first in its window."""
        with self._lock:
            known = self._by_counter[counter]
            if known.window != window or known.pressed:
                return False
            known.pressed = True
            return True


class Station:
    """One device that hangs stalls no other: each pad runs on its own thread, and so does each printer's poll."""

    def __init__(
        self,
        link: BrokerLink,
        sender: EventSender,
        parts: Parts,
        pads: tuple[Pad, ...],
        printers: Mapping[str, TicketPrinter],
        *,
        clock: Callable[[], float] = time.monotonic,
        poll_s: float = POLL_S,
    ) -> None:
        self._link = link
        self._sender = sender
        self._parts = parts
        self._pads = pads
        self._printers = printers
        self._clock = clock
        self._poll_s = poll_s
        self._windows = _Windows()
        self._kept: Counter[str] = Counter()
        self._timers: dict[int, threading.Timer] = {}
        self._stopping = threading.Event()
        self._polls: list[threading.Thread] = []

    def start(self) -> None:
        self._link.subscribe(RATING_WINDOW, self._invite)
        self._link.subscribe(RATING_CLOSED, self._end)
        for pad in self._pads:
            self._parts.enter(pad.name, RATING_PAD, pad.counter, pad.device.health(), self._counts(pad))
            pad.device.start(partial(self._take, pad), partial(self._tell, pad))
        for name, printer in self._printers.items():
            self._parts.enter(name, TICKET_PRINTER, None, Health(HealthState.UNKNOWN), {})
            printer.watch(partial(self._parts.tell, name))
            poll = threading.Thread(target=self._poll, args=(name, printer), name=f"poll-{name}", daemon=True)
            poll.start()
            self._polls.append(poll)

    def stop(self) -> None:
        self._stopping.set()
        for timer in self._timers.values():
            timer.cancel()
        for pad in self._pads:
            pad.device.close()
        for poll in self._polls:
            poll.join(2)
        for printer in self._printers.values():
            printer.close()

    def _take(self, pad: Pad, press: Press) -> None:
        """Kept on disk before anything else; raises when it cannot be, so that the pad repeats it."""
        if not 1 <= press.key <= len(pad.keys):
            log.info("a key without a score", device=pad.name, key=press.key)
            return
        window = self._windows.at(pad.counter, press.pressed_at_s)
        kept = self._sender.tell_once(
            RATING,
            RatingPress(
                window=window,
                score=pad.keys[press.key - 1],
                key=press.key,
                counter=pad.counter,
                in_time=True if window else None,
                pressed_age_ms=max(round((self._clock() - press.pressed_at_s) * 1000), 0),
            ),
            pad.name,
            press.mark,
        )
        if kept is None:
            return
        self._kept[pad.name] += 1
        self._parts.counted(pad.name, self._counts(pad))
        if window and self._windows.first(pad.counter, window):
            pad.device.thank()

    def _tell(self, pad: Pad, health: Health) -> None:
        self._parts.tell(pad.name, health)
        self._parts.counted(pad.name, self._counts(pad))

    def _counts(self, pad: Pad) -> dict[str, int]:
        return {"presses": self._kept[pad.name]} | pad.device.ignored()

    def _invite(self, wish: RatingWindow) -> None:
        if self._windows.open(wish, self._clock()):
            for pad in self._pads_at(wish.counter):
                pad.device.invite(wish.seconds, wish.number)
            self._end_later(wish)

    def _end_later(self, wish: RatingWindow) -> None:
        """The lamps go out in time also when the server's word for it is lost."""
        over = RatingClosed(id=wish.id, window=wish.window, counter=wish.counter)
        timer = threading.Timer(wish.seconds, self._end, (over,))
        timer.daemon = True
        if former := self._timers.get(wish.counter):
            former.cancel()
        self._timers[wish.counter] = timer
        timer.start()

    def _end(self, wish: RatingClosed) -> None:
        counter = self._windows.close(wish.window, self._clock())
        if counter is not None:
            for pad in self._pads_at(counter):
                pad.device.dark()

    def _pads_at(self, counter: int) -> tuple[Pad, ...]:
        return tuple(pad for pad in self._pads if pad.counter == counter)

    def _poll(self, name: str, printer: TicketPrinter) -> None:
        while not self._stopping.is_set():
            try:
                self._parts.tell(name, printer.health())
                self._parts.counted(name, printer.counts())
            except Exception:
                log.exception("polling failed", device=name)
            self._stopping.wait(self._poll_s)
