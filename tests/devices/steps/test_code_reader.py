"""Code readers through random steps: each code held up is heard once, noise makes none; their health is right."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Protocol

import pytest

from devices.code_reader.driver import HidCodeReader, ListeningCodeReader, SerialCodeReader
from devices.code_reader.scans import FLOOD_S
from devices.code_reader.simulator import SimulatedCodeReader, by_keys, over_serial
from devices.farend import FarEnd
from devices.health import Cause, Health
from devices.protocols import Scan
from devices.resources import InputPort, SerialPort

NAME = "reader-1"
A_WHILE_S = 2.0
"""After it a torn code is dropped, and the same code is another scan."""
LOOK_S = 0.005
ENOUGH_LOOKS = 4
"""By which a driver has taken what came and dropped what was torn."""
MORE_LOOKS = {"repeat": 8, "flood": 16}
"""A keyboard's driver takes 64 events a look."""


class Clock(Protocol):
    looks: Counter[str]

    def __call__(self) -> float: ...
    def leap(self, seconds: float) -> None: ...


class Cable(FarEnd):
    path: Path
    garbles: bool

    def replug(self) -> None: ...


class CodeTrial:
    """A reader, its driver, and the codes of ours that should have been heard."""

    def __init__(self, cable: Cable, clock: Clock, *, hid: bool) -> None:
        self._cable = cable
        self._clock = clock
        self._hid = hid
        self._numbers = count(1)
        self._far = SimulatedCodeReader(cable, by_keys if hid else over_serial, Random(6))
        self._flooded = False
        self._passing_s: list[float] = []
        """How time is to leap before the next step, each time when the driver has taken what came."""
        self._expected: list[str] = []
        self._heard: list[str] = []
        self._enough_looks = 0
        self._far.start()
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        return {
            "scan": lambda _: self._hold("scan"),
            "hold for long": lambda _: self._hold("repeat"),
            "garbage": lambda random: self._noise("garbage", bytes=random.randint(1, 60)),
            "half": lambda _: self._noise("half"),
            "flood": lambda _: self._flood(),
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._do("plug"),
            "replug": lambda _: self._replug(),
            "wrong speed": lambda _: setattr(self._cable, "garbles", True),
            "right speed": lambda _: self._right_speed(),
            "start anew": lambda _: self._start_anew(),
        }

    def close(self) -> None:
        self._driver.close()
        self._far.stop()

    def ill_judged(self) -> str:
        said, wanted = self._driver.health(), Health.of(self._causes())
        return f"health is {said}, not {wanted}" if said != wanted else ""

    def amiss(self) -> str:
        if self._cable.plugged and self._clock.looks[NAME] < self._enough_looks:
            return "not looked again yet"
        ours = [text for text in self._heard if text.startswith("T-")]
        if ours != self._expected:
            return f"heard {ours[-3:]}, not {self._expected[-3:]}"
        if self._passing_s:
            self._clock.leap(self._passing_s.pop(0))
            self._flooded = False
            self._enough_looks = self._clock.looks[NAME] + ENOUGH_LOOKS
            return "time passes"
        return ""

    def _causes(self) -> set[Cause]:
        if not self._cable.plugged:
            return {Cause.UNPLUGGED}
        return {Cause.FLOOD} if self._flooded else set()

    def _begin(self) -> ListeningCodeReader[Any]:
        path = str(self._cable.path)
        driver: ListeningCodeReader[Any]
        if self._hid:
            driver = HidCodeReader(NAME, InputPort(path), reopen_s=0.02, clock=self._clock)
        else:
            driver = SerialCodeReader(NAME, SerialPort(path), reopen_s=0.02, clock=self._clock)
        driver.start(self._hear, lambda _health: None)
        self._flooded = False
        return driver

    def _hear(self, scan: Scan) -> None:
        self._heard.append(scan.text)

    def _do(self, button: str, **facts: object) -> None:
        self._far.do({"do": button, **facts})
        self._let_pass(A_WHILE_S, MORE_LOOKS.get(button, ENOUGH_LOOKS))

    def _noise(self, button: str, **facts: object) -> None:
        """Ended, so that however late a loaded machine brings it, it is not taken for the next code's beginning."""
        self._do(button, **facts)
        self._end()

    def _right_speed(self) -> None:
        self._cable.garbles = False
        self._end()

    def _end(self) -> None:
        self._cable.send((by_keys if self._hid else over_serial)(b"\r"))

    def _hold(self, button: str) -> None:
        """The code behind it is heard when all repeats of the first have been."""
        for do in (button, "scan"):
            text = f"T-{next(self._numbers):05d}"
            if self._cable.plugged and not self._cable.garbles:
                self._expected.append(text)
            self._do(do, text=text)

    def _flood(self) -> None:
        self._flooded = self._cable.plugged and not self._cable.garbles
        self._do("flood", codes=12)
        self._passing_s = [2 * FLOOD_S]

    def _replug(self) -> None:
        self._cable.replug()
        self._let_pass(A_WHILE_S)

    def _let_pass(self, seconds: float, looks: int = ENOUGH_LOOKS) -> None:
        self._passing_s = [seconds]
        self._enough_looks = self._clock.looks[NAME] + looks

    def _start_anew(self) -> None:
        self._driver.close()
        self._driver = self._begin()
        self._let_pass(A_WHILE_S)


@contextmanager
def opened(cable: Cable, clock: Clock, *, hid: bool) -> Iterator[CodeTrial]:
    trial = CodeTrial(cable, clock, hid=hid)
    try:
        yield trial
    finally:
        trial.close()


Walk = Callable[[Callable[[], AbstractContextManager[CodeTrial]]], None]


@pytest.fixture(autouse=True)
def _brisk(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most steps wait until a driver has looked again and again at a line that says nothing."""
    del walk
    for module in ("serial_line", "hid"):
        monkeypatch.setattr(f"devices.{module}.READ_S", LOOK_S)


@pytest.mark.driver("code_reader", "serial")
def test_each_code_held_up_is_heard_once(walk: Walk, new_cable: Callable[[], Cable], clock: Clock) -> None:
    walk(lambda: opened(new_cable(), clock, hid=False))


@pytest.mark.driver("code_reader", "hid")
def test_each_code_typed_by_a_reader_is_heard_once(walk: Walk, new_cable: Callable[[], Cable], clock: Clock) -> None:
    walk(lambda: opened(new_cable(), clock, hid=True))
