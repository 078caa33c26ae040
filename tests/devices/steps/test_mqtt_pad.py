"""A pad with a line of its own through random steps at a real broker: no press lost, none twice, the health right."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

import pytest
from ulid import ULID

from devices.rating_pad.mqtt_simulator import PadPlace, SimulatedMqttPad
from server.contract.messages import DeviceState, Event, PartState, RatingPress, Stored
from server.contract.topics import DEVICE_PART, DEVICE_STATE, RATING, STORED
from server.link.broker import BrokerAddress, BrokerLink
from server.link.presence import server_state

FINGER_S = 0.6
"""Between two presses: no bounce, and too slow for a flood."""
A_WHILE_S = 0.2
NAME, KEYS = "pad-1", (1, 2, 3, 4, 5)
A_LINE_IS_SLOW = 3
"""A step takes so many times what it takes on a cable; so many fewer are walked."""


class Clock(Protocol):
    def __call__(self) -> float: ...
    def leap(self, seconds: float) -> None: ...


class Walker(Protocol):
    steps: int

    def __call__(self, open_trial: Callable[[], object]) -> None: ...


class Address(Protocol):
    host: str
    port: int


class Hall:
    """The server's side: keeps each event once and acknowledges it."""

    def __init__(self, branch: str, address: Address) -> None:
        self.part = PartState()
        self.online = False
        self._lock = threading.Lock()
        self._events: dict[int, Event[RatingPress]] = {}
        broker = BrokerAddress(address.host, address.port, "server", "")
        self._link = BrokerLink(broker, server_state(branch, lambda: ("J", 1)))
        self._link.subscribe(RATING, self._keep)
        self._link.subscribe(DEVICE_PART, lambda part: setattr(self, "part", part))
        self._link.subscribe(DEVICE_STATE, self._hear_state)
        self._link.start()
        assert self._link.wait_up(30)

    def stop(self) -> None:
        self._link.stop()

    @property
    def keys(self) -> list[int]:
        with self._lock:
            return [event.data.key for _, event in sorted(self._events.items())]

    def _keep(self, event: Event[RatingPress]) -> None:
        with self._lock:
            known = self._events.setdefault(event.seq, event)
            upto = len(self._events)
        assert known.id == event.id
        self._link.publish(STORED, Stored(id=str(ULID()), boot=event.boot, upto=upto), device=NAME)

    def _hear_state(self, state: DeviceState) -> None:
        self.online = state.online


class MqttTrial:
    def __init__(self, hall: Hall, pad: SimulatedMqttPad, clock: Clock) -> None:
        self._hall = hall
        self._pad = pad
        self._clock = clock
        self._pressed: list[int] = []
        self._plugged = True
        self._held: int | None = None

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        return {
            "press": lambda random: self._press("press", random),
            "bounce": lambda random: self._press("bounce", random),
            "stuck": self._stick,
            "loose": lambda _: self._loosen(),
            "unplug": lambda _: self._plug("unplug"),
            "plug": lambda _: self._plug("plug"),
            "restart": lambda _: self._restart(),
        }

    def ill_judged(self) -> str:
        if self._hall.online != self._plugged:
            return f"online is {self._hall.online}"
        wanted = ["stuck-key"] if self._held else []
        if wanted and "stuck-key" not in self._hall.part.causes:
            self._clock.leap(A_WHILE_S)
        said = self._hall.part.causes
        return f"causes are {said}, not {wanted}" if self._plugged and said != wanted else ""

    def amiss(self) -> str:
        told, held = self._hall.keys, int(str(self._pad.look()["unacknowledged"]))
        if told != self._pressed[: len(told)]:
            return f"told {told[-8:]} of {self._pressed[-8:]}"
        if self._plugged and (held or len(told) < len(self._pressed)):
            return f"{len(self._pressed) - len(told)} presses are on their way, {held} are unacknowledged"
        return "" if len(told) + held >= len(self._pressed) else "a press is not on the disk"

    def _do(self, button: str, **facts: object) -> None:
        self._pad.do({"do": button, **facts})

    def _press(self, button: str, random: Random) -> None:
        """One finger on another key than the last."""
        key = random.choice([key for key in KEYS if key not in {*self._pressed[-1:], self._held}])
        self._clock.leap(FINGER_S)
        self._do(button, key=key)
        self._pressed.append(key)

    def _stick(self, random: Random) -> None:
        self._loosen()
        self._press("stuck", random)
        self._held = self._pressed[-1]

    def _loosen(self) -> None:
        self._do("stuck", on=False)
        self._held = None

    def _plug(self, button: str) -> None:
        self._do(button)
        self._plugged = button == "plug"

    def _restart(self) -> None:
        self._do("restart")
        self._held = None


@pytest.mark.driver("rating_pad", "mqtt")
def test_a_pad_with_a_line_of_its_own_loses_no_press_and_none_comes_twice(
    walk: Walker, mosquitto: Address, branch_id: str, tmp_path: Path, clock: Clock
) -> None:
    numbers, marks = count(1), count()
    walk.steps //= A_LINE_IS_SLOW

    @contextmanager
    def open_trial() -> Iterator[MqttTrial]:
        number = next(numbers)
        branch = f"{branch_id}-{number}"
        place = PadPlace(branch, NAME, 1, KEYS, tmp_path / f"{number}.outbox")
        address = BrokerAddress(mosquitto.host, mosquitto.port, NAME, "")
        pad = SimulatedMqttPad(place, address, new_mark=lambda: str(next(marks)), clock=clock)
        hall = Hall(branch, mosquitto)
        pad.start()
        try:
            yield MqttTrial(hall, pad, clock)
        finally:
            pad.stop()
            hall.stop()

    walk(open_trial)
