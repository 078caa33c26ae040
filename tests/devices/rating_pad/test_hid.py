"""A pad that plays a keyboard: each finger's press once, whatever the kernel tells of held and chattering keys."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.errors import ConfigError
from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Press
from devices.rating_pad.hid import HidRatingPad
from devices.rating_pad.hid_simulator import SimulatedHidPad
from devices.rating_pad.presses import FLOOD_PRESSES, FLOOD_S, STUCK_S
from devices.registry import build, load_devices
from devices.resources import InputPort

Wait = Callable[..., None]
CODES = {79: 1, 80: 2, 81: 3, 75: 4, 76: 5}


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...

    def texts(self) -> list[str]: ...


@dataclass
class Bench:
    driver: HidRatingPad = field(init=False)
    far: SimulatedHidPad = field(init=False)
    presses: list[Press] = field(default_factory=list)
    full: bool = False
    now: float = 100.0
    """What the clocks of both ends show."""

    def take(self, press: Press) -> None:
        if self.full:
            raise OSError("disk full")
        self.presses.append(press)

    def do(self, do: str, **facts: object) -> None:
        self.far.do({"do": do, **facts})

    @property
    def keys(self) -> list[int]:
        return [press.key for press in self.presses]


@pytest.fixture
def bench(tmp_path: Path, eventually: Wait) -> Iterator[Bench]:
    path, marks, bench = tmp_path / "keys", map(str, itertools.count()), Bench()
    bench.far = SimulatedHidPad(PtyEnd(path), CODES, clock=lambda: bench.now)
    bench.driver = HidRatingPad(
        "pad-1", InputPort(str(path)), CODES, new_mark=lambda: next(marks), reopen_s=0.1, clock=lambda: bench.now
    )
    bench.far.start()
    bench.driver.start(bench.take, lambda _health: None)
    eventually(lambda: bench.driver.health().ok, 30)
    yield bench
    bench.driver.close()
    bench.far.stop()


def test_each_key_arrives_once_with_the_time_of_its_finger(bench: Bench, eventually: Wait) -> None:
    for key in (1, 2, 3, 4, 5):
        bench.now = 100.0 + key
        bench.do("press", key=key)

    eventually(lambda: bench.keys == [1, 2, 3, 4, 5], 30)
    assert len({press.mark for press in bench.presses}) == 5
    assert [press.pressed_at_s for press in bench.presses] == [101, 102, 103, 104, 105]


def test_a_bounce_is_one_press(bench: Bench, eventually: Wait) -> None:
    bench.do("bounce", key=2)
    bench.do("press", key=3)

    eventually(lambda: bench.keys == [2, 3], 30)


def test_a_held_key_is_one_press_however_often_it_is_repeated(bench: Bench, eventually: Wait) -> None:
    bench.do("stuck", key=4)
    bench.do("mend")
    bench.do("press", key=1)

    eventually(lambda: bench.keys == [4, 1], 30)


def test_a_stuck_key_is_told_until_it_comes_up(bench: Bench, eventually: Wait) -> None:
    bench.do("stuck", key=4)
    eventually(lambda: bench.keys == [4], 30)
    bench.now += STUCK_S
    eventually(lambda: bench.driver.health() == Health(HealthState.FAULT, frozenset({Cause.STUCK_KEY})), 30)

    bench.do("mend")

    eventually(lambda: bench.driver.health().ok, 30)
    assert bench.keys == [4]


def test_a_flood_is_bounded_told_and_passes(bench: Bench, eventually: Wait) -> None:
    bench.do("flood", times=40)
    eventually(lambda: Cause.FLOOD in bench.driver.health().causes, 30)
    assert len(bench.keys) == FLOOD_PRESSES

    bench.now += FLOOD_S
    eventually(lambda: not bench.driver.health().causes, 30)
    bench.do("press", key=3)

    eventually(lambda: len(bench.keys) == FLOOD_PRESSES + 1, 30)


def test_a_key_that_the_pad_should_not_have_is_no_press(
    bench: Bench, eventually: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(3):
        bench.do("stray")
    bench.do("press", key=5)

    eventually(lambda: bench.keys == [5], 30)
    assert caplog.text.count("not among its codes") == 1
    assert "esc" in caplog.text


def test_dropped_events_leave_no_key_stuck(bench: Bench, eventually: Wait) -> None:
    bench.do("stuck", key=4)
    eventually(lambda: bench.keys == [4], 30)
    bench.now += STUCK_S
    eventually(lambda: Cause.STUCK_KEY in bench.driver.health().causes, 30)

    bench.do("lost")

    eventually(lambda: bench.driver.health().ok, 30)


def test_a_press_waits_while_it_cannot_be_kept(bench: Bench, eventually: Wait, expected_logs: Logs) -> None:
    expected_logs.expect("press not kept")
    bench.full = True
    bench.do("press", key=4)
    eventually(lambda: bool(expected_logs.texts()), 30)
    bench.do("unplug")
    bench.full = False

    eventually(lambda: bench.keys == [4], 30)


def test_a_pulled_cable_is_told_and_found_again(bench: Bench, eventually: Wait) -> None:
    bench.do("stuck", key=2)
    bench.do("unplug")
    eventually(lambda: Cause.UNPLUGGED in bench.driver.health().causes, 30)
    bench.do("plug")
    eventually(lambda: bench.driver.health().ok, 30)

    bench.do("press", key=1)
    eventually(lambda: bench.keys[-1:] == [1], 30)


STEPS = st.sampled_from(["bounce", "stuck", "stray", "lost", "unplug", "plug", "mend"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=6))
def test_through_all_faults_no_press_is_made_up(bench: Bench, eventually: Wait, steps: list[str]) -> None:
    bench.do("mend")
    eventually(lambda: bench.driver.health().state is HealthState.OK, 30)
    fingers = 0
    bench.presses.clear()
    for step in steps:
        keyed = step in {"bounce", "stuck"}
        bench.do(step, **({"key": 1} if keyed else {}))
        fingers += keyed
    bench.do("mend")
    eventually(lambda: bench.driver.health().state is HealthState.OK, 30)

    assert len(bench.keys) <= fingers
    assert set(bench.keys) <= {1}


PART = """
[devices.pad-1]
kind = "rating_pad"
driver = "hid"
at = "station-1"
counter = 1
input = { path = "/dev/input/by-id/usb-pad-event-kbd" }
codes = ["kp1", "kp2", 81]
keys = [5, 3, 1]
"""


def test_devices_toml_describes_it(tmp_path: Path) -> None:
    (tmp_path / "devices.toml").write_text(PART, encoding="utf-8")

    assert isinstance(build(load_devices(tmp_path, tmp_path)[0]), HidRatingPad)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (('"kp2"', '"kp22"'), "no key is called 'kp22'"),
        (('"kp2"', '"kp1"'), "2 different codes for 3 keys"),
        (("81]", "9999]"), "key codes: entry 3 must be at most 767, not 9999"),
        (("[5, 3, 1]", "[5, 5, 1]"), "3, 4 or 5 scores, from 1 up to 5 or from 5 down to 1"),
        (("[5, 3, 1]", "[3, 2, 1]"), "from 5 down to 1"),
        (("[5, 3, 1]", "[5, 1, 3]"), "from 5 down to 1"),
        (("[5, 3, 1]", "[6, 3, 1]"), "entry 1 must be at most 5, not 6"),
        (("[5, 3, 1]", "[5, 1]"), "3, 4 or 5 scores"),
    ],
)
def test_keys_that_cannot_be_are_refused(tmp_path: Path, wrong: tuple[str, str], words: str) -> None:
    (tmp_path / "devices.toml").write_text(PART.replace(*wrong), encoding="utf-8")

    with pytest.raises(ConfigError, match=words):
        load_devices(tmp_path, tmp_path)
