"""A pad on a real serial line: every press once, none lost, and the pad is found again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import PadLight, Press
from devices.rating_pad.driver import FramedRatingPad, Pace
from devices.rating_pad.simulator import SimulatedRatingPad
from devices.resources import SerialPort

Wait = Callable[[Callable[[], bool]], None]


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...

    def texts(self) -> list[str]: ...


LONG_S = 3600.0
"""A pad without its cable."""
QUICK = Pace(reopen_s=0.1, ping_s=0.1, silent_s=0.6, renew_s=1.5)


@dataclass
class Line:
    """A pad, its cable and who listens."""

    driver: FramedRatingPad
    far: SimulatedRatingPad
    pad_s: float = 0.0
    """What the pad's clock is ahead of the machine's."""
    presses: list[Press] = field(default_factory=list)
    full: bool = False
    """While so, nobody can keep a press."""
    tries: int = 0

    def take(self, press: Press) -> None:
        self.tries += 1
        if self.full:
            raise OSError("disk full")
        self.presses.append(press)

    def do(self, do: str, **facts: object) -> dict[str, object]:
        return self.far.do({"do": do, **facts})

    @property
    def keys(self) -> list[int]:
        return [press.key for press in self.presses]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    path = tmp_path / "pad-1"
    far = SimulatedRatingPad(PtyEnd(path), 1, Random(3), clock=lambda: monotonic() + opened.pad_s)
    driver = FramedRatingPad("pad-1", SerialPort(str(path), 9600), 1, pace=QUICK)
    opened = Line(driver, far)
    far.start()
    driver.start(opened.take, lambda _health: None)
    yield opened
    driver.close()
    far.stop()


def test_a_press_arrives_once_and_is_acknowledged(line: Line, eventually: Wait) -> None:
    line.do("press", key=5)

    eventually(lambda: line.do("look")["unacknowledged"] == 0)
    assert line.keys == [5]


def test_a_pad_that_answers_is_ok(line: Line, eventually: Wait) -> None:
    eventually(lambda: line.driver.health() == Health(HealthState.OK))


@pytest.mark.fault(21)
@pytest.mark.parametrize("button", ["bounce", "repeat"])
def test_a_bouncing_or_repeated_press_counts_once(line: Line, eventually: Wait, button: str) -> None:
    line.do(button, key=2)

    eventually(lambda: line.do("look")["unacknowledged"] == 0)
    assert line.keys == [2]


def test_the_light_invites_with_the_number_and_goes_out(line: Line, eventually: Wait) -> None:
    line.driver.invite(30, "A023")
    eventually(lambda: (line.far.light, line.far.number) == (PadLight.INVITE, "A023"))
    line.driver.thank()
    eventually(lambda: line.far.light is PadLight.THANKS)
    line.driver.dark()
    eventually(lambda: line.far.light is PadLight.OFF)


def test_a_replugged_pad_is_found_lit_and_tells_what_it_held_with_the_time_of_the_finger(
    line: Line, eventually: Wait
) -> None:
    eventually(lambda: line.driver.health().ok)
    line.do("unplug")
    eventually(lambda: Cause.UNPLUGGED in line.driver.health().causes)
    line.do("press", key=1)
    pressed = monotonic()
    line.pad_s = LONG_S
    line.driver.invite(30, "B107")

    line.do("plug")

    eventually(lambda: line.keys == [1])
    assert line.presses[0].pressed_at_s == pytest.approx(pressed - LONG_S, abs=60)
    eventually(lambda: (line.far.light, line.far.number) == (PadLight.INVITE, "B107"))
    eventually(lambda: line.driver.health().ok)


def test_a_press_that_cannot_be_kept_is_not_acknowledged_and_comes_again(
    line: Line, eventually: Wait, expected_logs: Logs
) -> None:
    expected_logs.expect("press not kept")
    line.full = True
    line.do("press", key=4)
    eventually(lambda: line.tries >= 3)
    assert len(expected_logs.texts()) == 1
    line.full = False

    eventually(lambda: line.do("look")["unacknowledged"] == 0)
    assert line.keys == [4]


def test_an_absent_pad_is_logged_once_however_often_it_is_looked_for(
    line: Line, eventually: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    eventually(lambda: line.driver.health().ok)
    line.do("unplug")
    eventually(lambda: "away" in caplog.text)
    tries = line.driver.counts["tries"]
    eventually(lambda: line.driver.counts["tries"] >= tries + 5)

    assert caplog.text.count("cannot open") == 1


def test_a_silent_pad_is_unknown_until_it_speaks(line: Line, eventually: Wait) -> None:
    line.do("silence")
    eventually(lambda: line.driver.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT})))
    line.do("mend")
    eventually(lambda: line.driver.health().ok)


def test_a_pad_of_another_address_is_not_heard(line: Line, tmp_path: Path, eventually: Wait) -> None:
    path = tmp_path / "pad-2"
    far = SimulatedRatingPad(PtyEnd(path), 2, Random(3))
    far.start()
    stranger = Line(FramedRatingPad("pad-2", SerialPort(str(path), 9600), 9, pace=QUICK), far)
    stranger.driver.start(stranger.take, lambda _health: None)
    stranger.do("press", key=5)

    eventually(lambda: stranger.driver.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT})))
    stranger.driver.close()
    far.stop()
    assert stranger.presses == []


STEPS = st.sampled_from(["press", "bounce", "repeat", "garbage", "half", "unplug", "plug"])


@pytest.mark.fault(20)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8))
def test_through_noise_and_pulled_cables_every_press_comes_exactly_once(
    line: Line, eventually: Wait, steps: list[str]
) -> None:
    line.presses.clear()
    pressed = []
    for nth, step in enumerate(steps):
        key = nth % 8 + 1
        line.do(step, key=key)
        if step in {"press", "bounce", "repeat"}:
            pressed.append(key)
    line.do("mend")

    eventually(lambda: line.do("look")["unacknowledged"] == 0)
    assert line.keys == pressed
