"""LED signs through random steps: the text told last stands there while the sign is reached; its health is right."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from devices.farend import FarEnd
from devices.health import Cause, Health
from devices.led_sign.driver import Bx6, Dialect, Lines, Pace, WiredLedSign
from devices.led_sign.frames import Place
from devices.led_sign.lines import LineFormat
from devices.led_sign.simulator import Bx6Panel, LinePanel, Panel, SimulatedSign
from devices.resources import SerialPort

QUICK = Pace(reopen_s=0.02, ask_s=0.05, silent_s=0.4, again_s=3.0)
FORM = LineFormat(b"\x02", b"\r\n", 32, "xor")
ENCODING = "gb18030"
A_WHILE_S = 0.2


class Clock(Protocol):
    def __call__(self) -> float: ...
    def leap(self, seconds: float) -> None: ...


class Cable(FarEnd):
    path: Path
    garbles: bool

    def replug(self) -> None: ...


class SignTrial:
    """A sign, its driver, and the text that should stand there."""

    def __init__(self, cable: Cable, panel: Panel, dialect: Callable[[], Dialect], clock: Clock) -> None:
        self._cable = cable
        self._dialect = dialect
        self._clock = clock
        self._far = SimulatedSign(cable, panel, ENCODING, Random(6))
        self._text = ""
        self._silent = False
        self._answers = dialect().answers
        self._far.start()
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        common: dict[str, Callable[[Random], None]] = {
            "number": lambda random: self._show(f"A{random.randrange(1000):03}"),
            "call": lambda random: self._show(f"请 B{random.randrange(1000):03} 到 {random.randint(1, 20)} 号窗口"),
            "nothing": lambda _: self._show(""),
            "garbage": lambda random: self._do("garbage", bytes=random.randint(1, 200)),
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._do("plug"),
            "replug": lambda _: self._cable.replug(),
            "wrong speed": lambda _: setattr(self._cable, "garbles", True),
            "right speed": lambda _: setattr(self._cable, "garbles", False),
            "power": lambda _: self._do("restart"),
            "start anew": lambda _: self._start_anew(),
        }
        if self._answers:
            common |= {"silence": lambda _: self._silence(True), "speak": lambda _: self._silence(False)}
        return common

    def close(self) -> None:
        self._driver.close()
        self._far.stop()

    def ill_judged(self) -> str:
        said, wanted = self._driver.health(), Health.of(self._causes())
        return f"health is {said}, not {wanted}" if said != wanted or not self._healths else ""

    def amiss(self) -> str:
        if not self._cable.plugged or self._cable.garbles or self._far.text == self._text:
            return ""
        self._clock.leap(A_WHILE_S)
        return f"shows {self._far.text!r}, not {self._text!r}"

    def _begin(self) -> WiredLedSign:
        driver = WiredLedSign(
            "sign-1", SerialPort(str(self._cable.path)), self._dialect(), pace=QUICK, clock=self._clock
        )
        driver.show(self._text)
        self._healths: list[Health] = []
        driver.start(self._healths.append)
        return driver

    def _causes(self) -> set[Cause]:
        if not self._cable.plugged:
            return {Cause.UNPLUGGED}
        return {Cause.SILENT} if self._answers and (self._silent or self._cable.garbles) else set()

    def _do(self, button: str, **facts: object) -> None:
        self._far.do({"do": button, **facts})

    def _show(self, text: str) -> None:
        self._text = text
        self._driver.show(text)

    def _silence(self, on: bool) -> None:
        self._silent = on
        self._do("silence", on=on)

    def _start_anew(self) -> None:
        self._driver.close()
        self._driver = self._begin()


@contextmanager
def opened(cable: Cable, panel: Panel, dialect: Callable[[], Dialect], clock: Clock) -> Iterator[SignTrial]:
    trial = SignTrial(cable, panel, dialect, clock)
    try:
        yield trial
    finally:
        trial.close()


Walk = Callable[[Callable[[], AbstractContextManager[SignTrial]]], None]


@pytest.mark.driver("led_sign", "bx6")
def test_a_bx6_sign_shows_what_it_was_told_last(walk: Walk, new_cable: Callable[[], Cable], clock: Clock) -> None:
    walk(lambda: opened(new_cable(), Bx6Panel(3), lambda: Bx6(3, Place(64, 16), ENCODING), clock))


@pytest.mark.driver("led_sign", "lines")
def test_a_sign_of_lines_shows_what_it_was_told_last(walk: Walk, new_cable: Callable[[], Cable], clock: Clock) -> None:
    walk(lambda: opened(new_cable(), LinePanel(FORM), lambda: Lines(FORM, ENCODING), clock))
