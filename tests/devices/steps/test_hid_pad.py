"""A pad that plays a keyboard through random steps: no press lost, none twice, none wrong, the health right."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Protocol

import pytest

from devices.farend import PtyEnd
from devices.health import Cause, Health
from devices.protocols import Press
from devices.rating_pad.hid import HidRatingPad
from devices.rating_pad.hid_simulator import SimulatedHidPad
from devices.resources import InputPort

CODES = {79: 1, 80: 2, 81: 3, 75: 4, 76: 5}
FINGER_S = 0.6
"""Between two presses: no bounce, and too slow for a flood."""
A_WHILE_S = 0.2
KEPT_AT_MOST = 60
LOOKS = 6
NAME = "pad"


class Clock(Protocol):
    looks: Counter[str]
    """By the name of the thread that looked."""

    def __call__(self) -> float: ...
    def leap(self, seconds: float) -> None: ...


class Cable(PtyEnd):
    def replug(self) -> None: ...


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


class HidTrial:
    """A pad, its driver, and the station's part: a press is kept once, none while the disk is full."""

    def __init__(self, cable: Cable, clock: Clock) -> None:
        self._cable = cable
        self._clock = clock
        self._marks = count()
        self.far = SimulatedHidPad(cable, CODES, clock=clock)
        self._pressed: list[int] = []
        self._told: list[int] = []
        self._full = False
        self._read_by = 0
        """How often the driver has looked at the clock when it has surely read the last press."""
        self._held: int | None = None
        """As far as the driver can know."""
        self._healths: list[Health] = []
        self._must_see: set[Cause] = set()
        self.far.start()
        self.driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        return {
            "press": lambda random: self._press("press", random),
            "bounce": lambda random: self._press("bounce", random),
            "stuck": lambda random: self._press("stuck", random),
            "loose": lambda _: self._loosen(),
            "stray": lambda _: self._do("stray"),
            "lost": lambda _: self._lose(),
            "unplug": lambda _: self._unplug(),
            "plug": lambda _: self._do("plug"),
            "replug": lambda _: self._replug(),
            "disk full": lambda _: setattr(self, "_full", True),
            "disk free": lambda _: setattr(self, "_full", False),
            "start anew": lambda _: self._start_anew(),
        }

    def ill_judged(self) -> str:
        causes = set() if self._cable.plugged else {Cause.UNPLUGGED}
        wanted, said = Health.of(causes | ({Cause.STUCK_KEY} if self._held else set())), self.driver.health()
        if Cause.STUCK_KEY in wanted.causes - said.causes:
            self._clock.leap(A_WHILE_S)
        unseen = self._must_see - {cause for health in self._healths for cause in health.causes}
        return f"health is {said}, not {wanted}" if said != wanted or unseen or not self._healths else ""

    def amiss(self) -> str:
        if self._told != self._pressed[: len(self._told)]:
            return f"told {self._told[-8:]} of {self._pressed[-8:]}"
        if self._full:
            return "" if self._clock.looks[NAME] >= self._read_by else "nobody knows whether the last press was read"
        missing = len(self._pressed) - len(self._told)
        return f"{missing} presses are on their way" if missing else ""

    def _begin(self) -> HidRatingPad:
        port = InputPort(str(self._cable.path))
        driver = HidRatingPad(
            NAME, port, CODES, new_mark=lambda: str(next(self._marks)), reopen_s=0.02, clock=self._clock
        )
        self._healths = []
        driver.start(self._keep, self._healths.append)
        return driver

    def _keep(self, press: Press) -> None:
        if self._full:
            raise OSError("disk full")
        self._told.append(press.key)

    def _do(self, button: str, **facts: object) -> None:
        self.far.do({"do": button, **facts})
        self._must_see = set()

    def _press(self, button: str, random: Random) -> None:
        """One finger on another key than the last; one that is stuck comes loose before the next sticks."""
        if len(self._pressed) - len(self._told) >= KEPT_AT_MOST:
            return
        if button == "stuck":
            self._loosen()
        key = random.choice([key for key in range(1, 6) if key not in {*self._pressed[-1:], self._held}])
        self._clock.leap(FINGER_S)
        self._do(button, key=key)
        if self._cable.plugged:
            self._read_by = self._clock.looks[NAME] + LOOKS if self._full else 0
            self._pressed.append(key)
            self._held = key if button == "stuck" else self._held

    def _loosen(self) -> None:
        self._do("stuck", on=False)
        self._held = None

    def _lose(self) -> None:
        self._do("lost")
        self._held = None if self._cable.plugged else self._held

    def _unplug(self) -> None:
        self._do("unplug")
        self._held = None

    def _replug(self) -> None:
        """It is heard again once its driver has seen that it was gone."""
        self._healths.clear()
        self._must_see = {Cause.UNPLUGGED} if self._cable.plugged else set()
        self._held = None
        self._cable.replug()

    def _start_anew(self) -> None:
        """What only the driver's memory held is gone with it."""
        self.driver.close()
        self._pressed = list(self._told)
        self._held = None
        self._must_see = set()
        self.driver = self._begin()


@pytest.mark.driver("rating_pad", "hid")
def test_a_pad_that_plays_a_keyboard_loses_no_press_and_takes_none_twice(
    walk: Callable[..., None],
    new_cable: Callable[[], Cable],
    clock: Clock,
    expected_logs: Logs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected_logs.expect("press not kept")
    monkeypatch.setattr("devices.hid.READ_S", 0.02)

    @contextmanager
    def open_trial() -> Iterator[HidTrial]:
        trial = HidTrial(new_cable(), clock)
        try:
            yield trial
        finally:
            trial.driver.close()
            trial.far.stop()

    walk(open_trial)
