"""Joins a machine's devices to the hall: presses go in, lights go out, each device's health is told."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog

from devices.health import WARNINGS, Cause, Health, HealthState
from devices.protocols import Press, RatingPad, TicketPrinter
from server.contract.messages import DeviceAlert, PartState, RatingClosed, RatingPress, RatingWindow
from server.contract.messages import Health as ToldHealth
from server.contract.topics import DEVICE_ALERT, DEVICE_PART, RATING, RATING_CLOSED, RATING_WINDOW
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
class _Told:
    health: Health
    since: datetime
    alert: Cause | None = None


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

    def at(self, counter: int, pressed_at: float) -> tuple[str | None, bool]:
        """The window in which a press fell, and whether it is the first one there.

        A press after the window known here may belong to a new one whose word is still on its way: then None, and the
        server judges by the time of the press.
        """
        with self._lock:
            known = self._by_counter.get(counter)
            if known is None or not known.from_s <= pressed_at <= known.until_s:
                return None, False
            first, known.pressed = not known.pressed, True
            return known.window, first


class Station:
    """One device that hangs stalls no other: each pad runs on its own thread, and so does each printer's poll."""

    def __init__(
        self,
        link: BrokerLink,
        sender: EventSender,
        pads: tuple[Pad, ...],
        printers: Mapping[str, TicketPrinter],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        poll_s: float = POLL_S,
    ) -> None:
        self._link = link
        self._sender = sender
        self._pads = pads
        self._printers = printers
        self._clock = clock
        self._wall = wall
        self._poll_s = poll_s
        self._windows = _Windows()
        self._told: dict[str, _Told] = {}
        self._presses: dict[str, int] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._polls: list[threading.Thread] = []

    def start(self) -> None:
        self._link.subscribe(RATING_WINDOW, self._invite)
        self._link.subscribe(RATING_CLOSED, self._end)
        for pad in self._pads:
            self._tell_part(pad.name, pad.device.health(), pad, starting=True)
            pad.device.start(partial(self._take, pad), partial(self._tell_pad, pad))
        for name, printer in self._printers.items():
            poll = threading.Thread(target=self._poll, args=(name, printer), name=f"poll-{name}", daemon=True)
            poll.start()
            self._polls.append(poll)

    def stop(self) -> None:
        self._stopping.set()
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
        window, first = self._windows.at(pad.counter, press.pressed_at_s)
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
        self._count(pad)
        if first:
            pad.device.thank()

    def _count(self, pad: Pad) -> None:
        with self._lock:
            self._presses[pad.name] = self._presses.get(pad.name, 0) + 1
            told = self._told[pad.name]
            self._link.publish(DEVICE_PART, self._part(pad.name, told.health, told.since, pad), name=pad.name)

    def _invite(self, wish: RatingWindow) -> None:
        if self._windows.open(wish, self._clock()):
            for pad in self._pads_at(wish.counter):
                pad.device.invite(wish.seconds, wish.number)

    def _end(self, wish: RatingClosed) -> None:
        counter = self._windows.close(wish.window, self._clock())
        if counter is not None:
            for pad in self._pads_at(counter):
                pad.device.dark()

    def _pads_at(self, counter: int) -> tuple[Pad, ...]:
        return tuple(pad for pad in self._pads if pad.counter == counter)

    def _tell_pad(self, pad: Pad, health: Health) -> None:
        self._tell_part(pad.name, health, pad)

    def _poll(self, name: str, printer: TicketPrinter) -> None:
        while not self._stopping.is_set():
            try:
                self._tell_part(name, printer.health(), None)
            except Exception:
                log.exception("polling failed", device=name)
            self._stopping.wait(self._poll_s)

    def _tell_part(self, name: str, health: Health, pad: Pad | None, *, starting: bool = False) -> None:
        """A device that has not had time to answer yet is unknown, and no alarm."""
        alert = None if starting else _alarming(health)
        with self._lock:
            told = self._told.get(name)
            if told and (told.health, told.alert) == (health, alert):
                return
            since = self._wall()
            self._told[name] = _Told(health, since, alert)
            self._link.publish(DEVICE_PART, self._part(name, health, since, pad), name=name)
            if alert:
                self._link.publish(DEVICE_ALERT, DeviceAlert(cause=_word(alert), part=name, since=since), name=name)
            elif told is None or told.alert:
                self._link.clear(DEVICE_ALERT, name=name)
        log.info("device", device=name, health=health.state.value, causes=sorted(health.causes))

    def _part(self, name: str, health: Health, since: datetime, pad: Pad | None) -> PartState:
        return PartState(
            health=ToldHealth(health.state.value),
            kind="rating_pad" if pad else "ticket_printer",
            counter=pad.counter if pad else None,
            causes=sorted(_word(cause) for cause in health.causes),
            counts={"presses": self._presses.get(name, 0)} if pad else {},
            since=since,
        )


def _alarming(health: Health) -> Cause | None:
    """What staff must mend: any fault, a device that says nothing, and paper near its end."""
    if health.state is HealthState.OK and Cause.PAPER_NEAR_END not in health.causes:
        return None
    worst = health.causes - WARNINGS or health.causes
    return min(worst, key=list(Cause).index)


def _word(cause: Cause) -> str:
    return cause.value.replace("_", "-")
