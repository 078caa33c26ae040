"""Rating pads through random steps: no press lost, none twice, none wrong, the light as told, the health right."""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from devices.farend import FarEnd, Machine
from devices.health import Cause, Health
from devices.protocols import Press, RatingPad
from devices.rating_pad.driver import FramedRatingPad, Pace
from devices.rating_pad.short import Lamp, ShortFramePad
from devices.rating_pad.short_frames import ShortFrame
from devices.rating_pad.short_simulator import SimulatedShortFramePad
from devices.rating_pad.simulator import SimulatedRatingPad
from devices.resources import SerialPort
from server.link.outbox import SEEN_KEPT

QUICK = Pace(reopen_s=0.02, ping_s=0.05, silent_s=0.4, renew_s=1.0)
SHAPE = ShortFrame(b"\xaa\x55", b"\r", 5, 2, {0x31 + n: n + 1 for n in range(5)}, "xor")
LAMP = Lamp(b"\xaa\x55\x01", b"\xaa\x55\x02", b"\xaa\x55\x03")
NAME = "pad-1"
FINGER_S = 0.6
"""Between two presses: no bounce, and too slow for a flood."""
A_WHILE_S = 0.2
LONG_S = 60_000
HELD_AT_MOST = 60


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


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


class PadTrial:
    """A pad, its driver, and the station's part: each mark is kept once, none while the disk is full."""

    def __init__(
        self, make: Callable[[], RatingPad], far: Machine, cable: Cable, clock: Clock, *, repeats: bool
    ) -> None:
        self._make = make
        self._far = far
        self._cable = cable
        self._clock = clock
        self._repeats = repeats
        self._pressed: list[int] = []
        self._heard: list[Press] = []
        self._marks: deque[str] = deque(maxlen=SEEN_KEPT)
        self._full = self._silent = self._stuck = False
        self._light = ("off", "")
        self._light_heard = True
        """False: what the driver told it was lost, and this pad cannot say so."""
        self._healths: list[Health] = []
        self._must_see: set[Cause] = set()
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        common: dict[str, Callable[[Random], None]] = {
            "press": lambda random: self._press("press", random),
            "bounce": lambda random: self._press("bounce", random),
            "garbage": lambda random: self._do("garbage", bytes=random.randint(1, 200)),
            "half": self._half,
            "invite": lambda random: self._show("invite", f"A{random.randrange(1000):03}"),
            "thanks": lambda _: self._show("thanks"),
            "dark": lambda _: self._show("off"),
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._plug(),
            "replug": lambda _: self._replug(),
            "wrong speed": lambda _: setattr(self._cable, "garbles", True),
            "right speed": lambda _: setattr(self._cable, "garbles", False),
            "disk full": lambda _: setattr(self, "_full", True),
            "disk free": lambda _: setattr(self, "_full", False),
            "start anew": lambda _: self._start_anew(),
        }
        if self._repeats:
            common |= {
                "repeat": lambda random: self._press("repeat", random),
                "silence": lambda _: self._silence(True),
                "speak": lambda _: self._silence(False),
                "stuck": lambda random: self._stick(random.randint(1, 8)),
                "loose": lambda _: self._stick(0),
                "power": lambda _: self._power(),
            }
        return common

    def close(self) -> None:
        self._driver.close()

    def ill_judged(self) -> str:
        wanted = Health.of(self._causes())
        said = self._driver.health()
        if Cause.STUCK_KEY in wanted.causes - said.causes and (self._full or not self._far.look()["unacknowledged"]):
            self._clock.leap(A_WHILE_S)
        unseen = self._must_see - {cause for health in self._healths for cause in health.causes}
        return f"health is {said}, not {wanted}" if said != wanted or unseen or not self._healths else ""

    def amiss(self) -> str:
        told = self._told
        if len(told) >= len(self._pressed) and told != self._pressed:
            return f"told {told[-8:]} of {self._pressed[-8:]}"
        if not self._cable.judged(self._clock, NAME):
            return "bytes are on their way"
        if not self._reached:
            return ""
        look = self._far.look()
        if self._light_heard and (look["light"], look.get("number", "")) != self._light:
            return f"shows {look}, not {self._light}"
        if self._full:
            return ""
        lost = len(self._pressed) - len(told) + look.get("unacknowledged", 0)
        return f"{lost} presses are on their way" if lost else ""

    def _begin(self) -> RatingPad:
        driver = self._make()
        self._healths = []
        driver.start(self._keep, self._healths.append)
        return driver

    def _keep(self, press: Press) -> None:
        if self._full:
            raise OSError("disk full")
        if press.mark not in self._marks:
            self._marks.append(press.mark)
            self._heard.append(press)

    @property
    def _told(self) -> list[int]:
        """In the order in which the fingers came: a pad repeats what was not kept in any order."""
        return [press.key for press in sorted(self._heard, key=lambda press: press.pressed_at_s)]

    @property
    def _reached(self) -> bool:
        return self._cable.plugged and not self._cable.garbles and not self._silent

    def _causes(self) -> set[Cause]:
        if not self._cable.plugged:
            return {Cause.UNPLUGGED}
        if self._repeats and not self._reached:
            return {Cause.SILENT}
        return {Cause.STUCK_KEY} if self._stuck else set()

    def _do(self, button: str, **facts: object) -> None:
        self._far.do({"do": button, **facts})
        self._must_see = set()

    def _press(self, button: str, random: Random) -> None:
        """One finger on another key than the last; no more than a pad can hold."""
        held = self._far.look().get("unacknowledged", len(self._pressed) - len(self._told))
        if held >= HELD_AT_MOST:
            return
        key = random.choice([key for key in range(1, 6) if key not in self._pressed[-1:]])
        self._clock.leap(FINGER_S)
        self._do(button, key=key)
        if button != "press" or self._full:
            self._cable.wait_for(self._clock, NAME)
        if self._repeats or self._reached:
            self._pressed.append(key)

    def _half(self, random: Random) -> None:
        self._do("half", **({} if self._repeats else {"key": random.randint(1, 5)}))

    def _show(self, light: str, number: str = "") -> None:
        {
            "invite": lambda: self._driver.invite(LONG_S, number),
            "thanks": self._driver.thank,
            "off": self._driver.dark,
        }[light]()
        self._light = (light, number if self._repeats else "")
        self._light_up()

    def _light_up(self) -> None:
        """Whatever lights the pad now is heard, or lost."""
        if self._cable.plugged:
            self._light_heard = self._repeats or not self._cable.garbles

    def _plug(self) -> None:
        if not self._cable.plugged:
            self._do("plug")
            self._light_up()

    def _replug(self) -> None:
        """A pad that repeats nothing is heard again once its driver has seen that it was gone."""
        if not self._repeats:
            self._healths.clear()
            self._must_see = {Cause.UNPLUGGED} if self._cable.plugged else set()
        self._cable.replug()
        self._light_up()

    def _silence(self, on: bool) -> None:
        self._silent = on
        self._do("silence", on=on)

    def _stick(self, key: int) -> None:
        """A key that is held long enough is stuck."""
        self._stuck = bool(key)
        self._do("stuck", key=key or 1, on=bool(key))

    def _power(self) -> None:
        """What the pad could not tell is gone with its power."""
        self._do("restart")
        self._pressed = list(self._told)

    def _start_anew(self) -> None:
        """The station starts again and shows nothing until it is told; what only its memory held is gone."""
        self._driver.close()
        if not self._repeats:
            self._pressed = list(self._told)
        self._light = ("off", "")
        self._light_up()
        self._must_see = set()
        self._driver = self._begin()


@contextmanager
def opened(
    make: Callable[[], RatingPad], far: Machine, cable: Cable, clock: Clock, *, repeats: bool
) -> Iterator[PadTrial]:
    far.start()
    trial = PadTrial(make, far, cable, clock, repeats=repeats)
    try:
        yield trial
    finally:
        trial.close()
        far.stop()


@pytest.fixture(autouse=True)
def _unkept(expected_logs: Logs) -> None:
    expected_logs.expect("press not kept")


@pytest.mark.driver("rating_pad", "framed")
def test_a_framed_pad_loses_no_press_and_takes_none_twice(
    walk: Callable[..., None], new_cable: Callable[[], Cable], clock: Clock
) -> None:
    def open_trial() -> AbstractContextManager[PadTrial]:
        cable = new_cable()
        far = SimulatedRatingPad(cable, 1, Random(3), clock=clock)
        return opened(
            lambda: FramedRatingPad(NAME, SerialPort(str(cable.path)), 1, pace=QUICK, clock=clock),
            far,
            cable,
            clock,
            repeats=True,
        )

    walk(open_trial)


@pytest.mark.driver("rating_pad", "short")
def test_a_pad_of_short_frames_loses_no_press_and_takes_none_twice(
    walk: Callable[..., None], new_cable: Callable[[], Cable], clock: Clock
) -> None:
    marks = count()

    def open_trial() -> AbstractContextManager[PadTrial]:
        cable = new_cable()
        far = SimulatedShortFramePad(cable, SHAPE, LAMP, Random(3))
        return opened(
            lambda: ShortFramePad(
                NAME,
                SerialPort(str(cable.path)),
                SHAPE,
                LAMP,
                new_mark=lambda: str(next(marks)),
                reopen_s=0.02,
                clock=clock,
            ),
            far,
            cable,
            clock,
            repeats=False,
        )

    walk(open_trial)
