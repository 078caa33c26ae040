"""Call pads on a real line: one press is one key, the lamp says what is so, and a pulled cable is found again."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.call_pad.driver import Pace, WiredCallPads
from devices.call_pad.frames import Form
from devices.call_pad.simulator import SimulatedCallPads
from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import CallKey, CallLight, PadKey
from devices.resources import SerialPort

Wait = Callable[[Callable[[], bool]], None]
QUICK = Pace(reopen_s=0.1, ping_s=0.1, silent_s=0.5, again_s=0.5)


@dataclass
class Line:
    driver: WiredCallPads
    far: SimulatedCallPads
    keys: list[PadKey] = field(default_factory=list)

    def do(self, do: str, **facts: object) -> dict[str, object]:
        return self.far.do({"do": do, **facts})

    @property
    def pressed(self) -> list[tuple[int, CallKey]]:
        return [(key.address, key.key) for key in self.keys]


@pytest.fixture(params=list(Form), ids=lambda form: form.name.lower())
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    path = tmp_path / "pads"
    far = SimulatedCallPads(PtyEnd(path), (1, 2), request.param, Random(3))
    marks = map(str, itertools.count())
    driver = WiredCallPads(
        "keys-1", SerialPort(str(path), 9600), (1, 2), request.param, new_mark=lambda: next(marks), pace=QUICK
    )
    line = Line(driver, far)
    far.start()
    driver.start(line.keys.append, lambda _health: None)
    yield line
    driver.close()
    far.stop()


def test_each_key_of_each_pad_arrives_once(line: Line, eventually: Wait) -> None:
    eventually(lambda: line.driver.health().ok)
    wanted = [(address, key) for address in (1, 2) for key in CallKey]
    for address, key in wanted:
        line.do("key", address=address, key=key)

    eventually(lambda: sorted(line.pressed) == sorted(wanted))
    assert len({key.mark for key in line.keys}) == len(wanted)


@pytest.mark.parametrize("button", ["bounce", "repeat"])
def test_a_bouncing_or_repeated_key_is_one_press(line: Line, eventually: Wait, button: str) -> None:
    eventually(lambda: line.driver.health().ok)
    line.do(button, address=1)
    eventually(lambda: line.do("look")["unacknowledged"] == 0)
    line.do("key", address=2)

    eventually(lambda: line.pressed == [(1, CallKey.CALL), (2, CallKey.CALL)])


def test_the_lamp_says_what_is_so_also_after_the_power_was_lost(line: Line, eventually: Wait) -> None:
    for light in CallLight:
        line.driver.light(2, light)
        eventually(partial(lambda wanted: line.far.lights[2] is wanted, light))
    line.do("restart")

    eventually(lambda: line.far.lights == {1: CallLight.OFF, 2: CallLight.AWAY})


def test_the_last_lights_reach_pads_that_are_closed(line: Line, eventually: Wait) -> None:
    eventually(lambda: line.driver.health().ok)
    for address in (1, 2):
        line.driver.light(address, CallLight.AWAY)
    line.driver.close()

    eventually(lambda: line.far.lights == {1: CallLight.AWAY, 2: CallLight.AWAY})


def test_a_pulled_cable_is_told_and_found_again(line: Line, eventually: Wait) -> None:
    eventually(lambda: line.driver.health().ok)
    line.do("unplug")
    eventually(lambda: Cause.UNPLUGGED in line.driver.health().causes)
    line.do("plug")
    eventually(lambda: line.driver.health().ok)

    line.do("key", address=1)
    eventually(lambda: line.pressed == [(1, CallKey.CALL)])


@pytest.mark.parametrize("line", [Form.CHECKED], indirect=True)
def test_pads_that_answer_can_be_missed(line: Line, eventually: Wait) -> None:
    line.do("silence")
    eventually(lambda: line.driver.health() == Health(HealthState.UNKNOWN, frozenset({Cause.SILENT})))
    line.do("mend")
    eventually(lambda: line.driver.health().ok)


STEPS = st.sampled_from(["key", "bounce", "repeat", "garbage", "half", "unplug", "plug", "silence", "restart"])


@pytest.mark.fault(20)
@pytest.mark.parametrize("line", [Form.CHECKED], indirect=True)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8))
def test_through_noise_and_pulled_cables_no_key_comes_twice_and_none_is_made_up(
    line: Line, eventually: Wait, steps: list[str]
) -> None:
    line.keys.clear()
    for step in steps:
        line.do(step)
    line.do("mend")
    eventually(lambda: line.driver.health().ok)
    eventually(lambda: line.do("look")["unacknowledged"] == 0)

    fingers = sum(step in {"key", "bounce", "repeat"} for step in steps)
    assert len(line.keys) <= fingers
    assert all(key.key is CallKey.CALL for key in line.keys)
