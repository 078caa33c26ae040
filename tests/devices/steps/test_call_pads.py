"""Call pads through random steps: no key lost, none twice, none older than three seconds, the lamps as told."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from devices.call_pad.driver import Pace, WiredCallPads
from devices.call_pad.frames import Form
from devices.call_pad.simulator import SimulatedCallPads
from devices.farend import FarEnd
from devices.health import Cause, Health
from devices.protocols import CallKey, CallLight, PadKey
from devices.resources import SerialPort

QUICK = Pace(reopen_s=0.02, ping_s=0.05, silent_s=0.4, again_s=3.0)
NAME = "keys-1"
ADDRESSES = (1, 2)
FINGER_S = 2.1
"""Between two presses: neither a bounce nor a key that sticks."""
TOO_OLD_S = 3.5
A_WHILE_S = 0.2

Key = tuple[int, str]


class Clock(Protocol):
    def __call__(self) -> float: ...
    def leap(self, seconds: float) -> None: ...


class Cable(FarEnd):
    path: Path
    garbles: bool

    def replug(self) -> None: ...
    def wait_for(self, clock: Clock, driver: str) -> None: ...
    @abstractmethod
    def judged(self, clock: Clock, driver: str) -> bool: ...


class CallPadsTrial:
    """A line of pads, its driver, and what was pressed on them."""

    def __init__(self, cable: Cable, form: Form, clock: Clock, marks: Iterator[int]) -> None:
        self._cable = cable
        self._form = form
        self._clock = clock
        self._marks = marks
        self._far = SimulatedCallPads(cable, ADDRESSES, form, Random(4), clock=clock)
        self._pressed: list[Key] = []
        self._told: list[Key] = []
        self._last: Key = (0, "")
        self._lights = dict.fromkeys(ADDRESSES, CallLight.OFF)
        self._silent = False
        self._far.start()
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        common: dict[str, Callable[[Random], None]] = {
            "key": lambda random: self._press("key", random),
            "bounce": lambda random: self._press("bounce", random),
            "stick": self._stick,
            "garbage": lambda random: self._do("garbage", bytes=random.randint(1, 200)),
            "half": lambda _: self._do("half"),
            "light": self._light,
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._do("plug"),
            "replug": lambda _: self._replug(),
            "wrong speed": lambda _: setattr(self._cable, "garbles", True),
            "right speed": lambda _: setattr(self._cable, "garbles", False),
            "power": lambda _: self._do("restart"),
            "start anew": lambda _: self._start_anew(),
        }
        if self._form is Form.CHECKED:
            common |= {
                "repeat": lambda random: self._press("repeat", random),
                "silence": lambda _: self._silence(True),
                "speak": lambda _: self._silence(False),
            }
        return common

    def close(self) -> None:
        self._driver.close()
        self._far.stop()

    def ill_judged(self) -> str:
        said, wanted = self._driver.health(), Health.of(self._causes())
        if Cause.STUCK_KEY in said.causes:
            self._clock.leap(A_WHILE_S)
        unseen = self._must_see - {cause for health in self._healths for cause in health.causes}
        return f"health is {said}, not {wanted}" if said != wanted or unseen or not self._healths else ""

    def amiss(self) -> str:
        if not self._cable.judged(self._clock, NAME):
            return "bytes are on their way"
        unacknowledged = self._far.look()["unacknowledged"]
        if self._told != self._pressed or unacknowledged:
            return f"told {self._told[-8:]} of {self._pressed[-8:]}, {unacknowledged} unacknowledged"
        lights = dict(self._far.lights)
        if self._reached and lights != self._lights:
            self._clock.leap(A_WHILE_S)
            return f"shows {lights}, not {self._lights}"
        return ""

    def _begin(self) -> WiredCallPads:
        port = SerialPort(str(self._cable.path))
        driver = WiredCallPads(
            "keys-1",
            port,
            ADDRESSES,
            self._form,
            new_mark=lambda: str(next(self._marks)),
            pace=QUICK,
            clock=self._clock,
        )
        for address, light in self._lights.items():
            driver.light(address, light)
        self._healths: list[Health] = []
        self._must_see: set[Cause] = set()
        driver.start(self._keep, self._healths.append)
        return driver

    def _keep(self, key: PadKey) -> None:
        self._told.append((key.address, key.key.value))

    @property
    def _reached(self) -> bool:
        return self._cable.plugged and not self._cable.garbles and not self._silent

    def _causes(self) -> set[Cause]:
        if not self._cable.plugged:
            return {Cause.UNPLUGGED}
        return {Cause.SILENT} if self._form is Form.CHECKED and not self._reached else set()

    def _do(self, button: str, **facts: object) -> None:
        self._must_see = set()
        self._far.do({"do": button, **facts})

    def _press(self, button: str, random: Random) -> None:
        """One finger on another key than the last; what cannot be told in time is never told."""
        keys = [(address, key.value) for address in ADDRESSES for key in CallKey]
        key = random.choice([key for key in keys if key != self._last])
        self._last = key
        self._clock.leap(FINGER_S)
        reached = self._reached
        self._do(button, address=key[0], key=key[1])
        if button != "key":
            self._cable.wait_for(self._clock, NAME)
        if reached:
            self._pressed.append(key)
        else:
            self._clock.leap(TOO_OLD_S)

    def _stick(self, random: Random) -> None:
        if not self._reached:
            return
        self._press("key", random)
        self._healths.clear()
        for _ in range(8):
            self._do("key", address=self._last[0], key=self._last[1])
        self._cable.wait_for(self._clock, NAME)
        self._must_see = {Cause.STUCK_KEY}

    def _light(self, random: Random) -> None:
        address, light = random.choice(ADDRESSES), random.choice(list(CallLight))
        self._driver.light(address, light)
        self._lights[address] = light

    def _replug(self) -> None:
        self._healths.clear()
        self._must_see = {Cause.UNPLUGGED} if self._cable.plugged else set()
        self._cable.replug()

    def _silence(self, on: bool) -> None:
        self._silent = on
        self._do("silence", on=on)

    def _start_anew(self) -> None:
        self._driver.close()
        self._driver = self._begin()


@contextmanager
def opened(cable: Cable, form: Form, clock: Clock, marks: Iterator[int]) -> Iterator[CallPadsTrial]:
    trial = CallPadsTrial(cable, form, clock, marks)
    try:
        yield trial
    finally:
        trial.close()


Walk = Callable[[Callable[[], AbstractContextManager[CallPadsTrial]]], None]


@pytest.mark.driver("call_pads", "checked")
def test_checked_call_pads_lose_no_key_and_take_none_twice(
    walk: Walk, new_cable: Callable[[], Cable], clock: Clock
) -> None:
    marks = count()
    walk(lambda: opened(new_cable(), Form.CHECKED, clock, marks))


@pytest.mark.driver("call_pads", "plain")
def test_plain_call_pads_lose_no_key_and_take_none_twice(
    walk: Walk, new_cable: Callable[[], Cable], clock: Clock
) -> None:
    marks = count()
    walk(lambda: opened(new_cable(), Form.PLAIN, clock, marks))
