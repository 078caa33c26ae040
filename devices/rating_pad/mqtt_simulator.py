"""A pad that speaks to the broker by itself: a station of its own with one pad and no cable in between.

It is enrolled under its own name, tells its presence and its part, keeps each press on its disk until the hall has
stored it, and is asked and thanked by the commands to its name (contract/topics.py).
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from devices.buttons import Answer, Argument, Button, Buttons, Request
from devices.farend import Machine
from devices.health import Health
from devices.parts import Parts
from devices.protocols import PadLight, Press
from devices.rating_pad.presses import Fingers
from devices.station import Pad, Station
from server.contract.topics import RATING
from server.link.broker import BrokerAddress, BrokerLink
from server.link.outbox import Outbox
from server.link.presence import device_state
from server.link.sender import EventSender

_BOUNCES = 4
_TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class PadPlace:
    """What was set in the pad: the hall it belongs to, its counter, what each key is worth."""

    branch: str
    name: str
    counter: int
    keys: tuple[int, ...]
    outbox: Path


class SimulatedMqttPad(Machine):
    def __init__(
        self,
        place: PadPlace,
        address: BrokerAddress,
        *,
        new_mark: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._address = address
        self._clock = clock
        self._new_keys = partial(_Keys, place.name, new_mark, clock)
        self._keys = self._new_keys()
        self._lock = threading.RLock()
        self._power = ExitStack()
        self._link: BrokerLink | None = None
        self._outbox: Outbox | None = None
        self._plugged = True
        self._pressed: int | None = None
        key = (Argument("key", tuple(range(1, len(place.keys) + 1))),)
        self.buttons = Buttons(
            "a pad on the network",
            Button("press", "one finger on one key", lambda request: self._hit(request, 1), key),
            Button("bounce", "the key chatters", lambda request: self._hit(request, _BOUNCES), key),
            Button("stuck", "the key stays down", self._stick, (*key, Argument("on", usual=True))),
            Button("flood", "all keys, far too often", self._flood, (Argument("times", usual=40),)),
            Button("unplug", "takes it off the network", lambda _: self._unplug()),
            Button("plug", "puts it back on the network", lambda _: self._plug()),
            Button("restart", "switches it off and on", lambda _: self._restart()),
            Button("mend", "all is well again", lambda _: self._mend()),
        )

    def start(self) -> None:
        with self._lock, ExitStack() as power:
            place = self._place
            place.outbox.parent.mkdir(parents=True, exist_ok=True)
            self._outbox = Outbox(place.outbox)
            power.callback(self._outbox.close)
            self._link = BrokerLink(self._address, device_state(place.branch, place.name, "rating-pad"))
            sender = EventSender(self._link, self._outbox, place.name, (RATING,))
            pad = Pad(place.name, self._keys, place.counter, place.keys)
            parts = Parts(self._link, lambda: datetime.now(UTC))
            station = Station(self._link, sender, parts, (pad,), {}, clock=self._clock)
            power.callback(self._link.stop)
            power.callback(sender.stop)
            power.callback(station.stop)
            station.start()
            sender.start()
            if self._plugged:
                self._link.start()
            self._power = power.pop_all()

    def stop(self) -> None:
        with self._lock:
            self._power.close()
            self._link = self._outbox = None

    def take(self, data: bytes) -> None:
        """It has no cable."""

    def look(self) -> Answer:
        return {
            "light": str(self._keys.light),
            "number": self._keys.number,
            "pressed": self._pressed,
            "unacknowledged": self._outbox.count() if self._outbox else 0,
            "faults": [] if self._plugged else ["unplugged"],
        }

    def _unplug(self) -> None:
        with self._lock:
            if self._link and self._plugged:
                self._link.stop()
            self._plugged = False

    def _plug(self) -> None:
        with self._lock:
            if self._link and not self._plugged:
                self._link.start()
            self._plugged = True

    def _restart(self) -> None:
        with self._lock:
            self.stop()
            self._keys = self._new_keys()
            self.start()

    def _mend(self) -> None:
        self._keys.hold(frozenset())
        self._plug()

    def _hit(self, request: Request, times: int) -> None:
        self._pressed = request["key"]
        for _ in range(times):
            self._keys.hit(request["key"])

    def _stick(self, request: Request) -> None:
        if request["on"]:
            self._hit(request, 1)
        self._keys.hold(frozenset({request["key"]}) if request["on"] else frozenset())

    def _flood(self, request: Request) -> None:
        for nth in range(request["times"]):
            self._keys.hit(nth % len(self._place.keys) + 1)


class _Keys:
    """The keys and the lamp in the pad's own case: a `RatingPad` without a cable."""

    def __init__(self, name: str, new_mark: Callable[[], str], clock: Callable[[], float]) -> None:
        self._fingers = Fingers(name, new_mark)
        self._clock = clock
        self._lock = threading.Lock()
        self._held: frozenset[int] = frozenset()
        self._health = Health.of(())
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.light = PadLight.OFF
        self.number = ""

    def start(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None:
        self._thread = threading.Thread(target=self._run, args=(on_press, on_health), name="pad-keys", daemon=True)
        self._thread.start()

    def hit(self, key: int) -> None:
        with self._lock:
            self._fingers.take(key, self._clock())

    def hold(self, keys: frozenset[int]) -> None:
        self._held = keys

    def invite(self, seconds: float, number: str) -> None:  # noqa: ARG002 -- it is told when to stop
        self.light, self.number = PadLight.INVITE, number

    def thank(self) -> None:
        self.light, self.number = PadLight.THANKS, ""

    def dark(self) -> None:
        self.light, self.number = PadLight.OFF, ""

    def ignored(self) -> dict[str, int]:
        return self._fingers.judge.ignored()

    def health(self) -> Health:
        return self._health

    def close(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def _run(self, on_press: Callable[[Press], None], on_health: Callable[[Health], None]) -> None:
        while not self._stopping.wait(_TICK_S):
            with self._lock:
                self._fingers.keep(on_press)
                self._fingers.judge.held(self._held, self._clock())
                health = Health.of(self._fingers.judge.causes(self._clock()))
            if health != self._health:
                self._health = health
                on_health(health)
