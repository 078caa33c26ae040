"""Any maker's pad: its frames as told in devices.toml, each finger's press once, kept even while the disk is full."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.checksums import CHECKS, Check
from devices.errors import ConfigError
from devices.farend import PtyEnd
from devices.health import Cause, Health, HealthState
from devices.protocols import Press
from devices.rating_pad.presses import BOUNCE_S, FLOOD_PRESSES, FLOOD_S, STUCK_S
from devices.rating_pad.short import Lamp, ShortFramePad
from devices.rating_pad.short_frames import ShortFrame, parse
from devices.rating_pad.short_simulator import SimulatedShortFramePad
from devices.registry import build, load_devices
from devices.resources import SerialPort

Wait = Callable[[Callable[[], bool]], None]
CODES = {0x31 + n: n + 1 for n in range(5)}
LAMP = Lamp(b"\xaa\x01", b"\xaa\x02", b"\xaa\x00")


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...

    def texts(self) -> list[str]: ...


def shape(check: Check = "xor") -> ShortFrame:
    return ShortFrame(b"\xaa\x55", b"\r", 6 if check != "crc16-modbus" else 7, 3, CODES, check)


@given(
    st.sampled_from(sorted(CHECKS)),
    st.lists(st.sampled_from(list(CODES)), max_size=6),
    st.lists(st.integers(1, 7), max_size=30),
)
def test_it_does_not_matter_where_the_line_cuts_the_bytes(check: Check, sent: list[int], cuts: list[int]) -> None:
    wire, torn = b"".join(shape(check).encode(code) for code in sent), b""
    keys: list[int] = []
    for cut in [*cuts, len(wire)]:
        parsed = parse(shape(check), torn + wire[:cut])
        wire, torn = wire[cut:], parsed.rest
        keys += parsed.keys

    assert keys == [CODES[code] for code in sent]


@given(st.sampled_from(sorted(CHECKS)), st.binary(max_size=200))
def test_any_bytes_are_survived_and_accounted_for(check: Check, data: bytes) -> None:
    parsed = parse(shape(check), data)

    assert len(parsed.keys) * shape(check).size + parsed.noise + len(parsed.rest) == len(data)


@given(st.integers(0, 5), st.integers(1, 255))
def test_a_changed_byte_makes_no_press(at: int, change: int) -> None:
    said = bytearray(shape().encode(0x33))
    said[at] ^= change

    assert parse(shape(), bytes(said), no_more=True).keys == ()


def test_a_plain_line_of_text_is_a_frame_too() -> None:
    line = ShortFrame(b"", b"\r\n", 3, 0, {0x31: 1, 0x35: 5})

    assert parse(line, b"5\r\n1\r\nx\r\n").keys == (5, 1)


@dataclass
class Bench:
    driver: ShortFramePad = field(init=False)
    far: SimulatedShortFramePad = field(init=False)
    presses: list[Press] = field(default_factory=list)
    full: bool = False
    now: float = 100.0
    """What the driver's clock shows."""

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
    path, bench = tmp_path / "pad", Bench()
    far = SimulatedShortFramePad(PtyEnd(path), shape(), LAMP, Random(1))
    marks = map(str, itertools.count())
    driver = ShortFramePad(
        "pad-1",
        SerialPort(str(path), 9600),
        shape(),
        LAMP,
        new_mark=lambda: next(marks),
        reopen_s=0.1,
        clock=lambda: bench.now,
    )
    bench.driver, bench.far = driver, far
    far.start()
    driver.start(bench.take, lambda _health: None)
    eventually(lambda: driver.health().ok)
    yield bench
    driver.close()
    far.stop()


def test_each_key_arrives_once(bench: Bench, eventually: Wait) -> None:
    for key in (1, 2, 3, 4, 5):
        bench.do("press", key=key)

    eventually(lambda: bench.keys == [1, 2, 3, 4, 5])
    assert len({press.mark for press in bench.presses}) == 5


def test_a_bounce_is_one_press(bench: Bench, eventually: Wait) -> None:
    bench.do("bounce", key=2)
    bench.do("press", key=3)

    eventually(lambda: bench.keys == [2, 3])


def test_a_key_that_never_stops_is_one_press_and_told_as_stuck(bench: Bench, eventually: Wait) -> None:
    bench.do("stuck", key=2)
    eventually(lambda: bench.keys == [2])
    while bench.now < 100 + STUCK_S:
        bounces = bench.driver.ignored()["bounces"]
        eventually(lambda bounces=bounces: bench.driver.ignored()["bounces"] > bounces)  # type: ignore[misc]
        bench.now += BOUNCE_S / 2
    eventually(lambda: bench.driver.health() == Health(HealthState.FAULT, frozenset({Cause.STUCK_KEY})))

    bench.do("mend")
    bench.now += BOUNCE_S

    eventually(lambda: bench.driver.health().ok)
    assert bench.keys == [2]


def test_a_flood_is_bounded_told_and_passes(bench: Bench, eventually: Wait) -> None:
    bench.do("flood", times=40)
    eventually(lambda: bench.driver.ignored()["floods"] == 40 - FLOOD_PRESSES)
    eventually(lambda: Cause.FLOOD in bench.driver.health().causes)
    assert len(bench.keys) == FLOOD_PRESSES

    bench.now += FLOOD_S
    eventually(lambda: not bench.driver.health().causes)
    bench.do("press", key=3)

    eventually(lambda: len(bench.keys) == FLOOD_PRESSES + 1)


def test_the_lamp_is_lit_with_the_pads_own_bytes(bench: Bench, eventually: Wait) -> None:
    bench.driver.invite(10, "A012")
    eventually(lambda: bench.far.light == "invite")
    bench.driver.thank()
    eventually(lambda: bench.far.light == "thanks")
    bench.driver.dark()
    eventually(lambda: bench.far.light == "off")


def test_a_lamp_that_missed_going_out_goes_out_when_it_is_told_again(bench: Bench, eventually: Wait) -> None:
    bench.driver.thank()
    eventually(lambda: bench.far.light == "thanks")
    bench.driver.dark()
    eventually(lambda: bench.far.light == "off")
    bench.far.light = "thanks"

    bench.driver.dark()

    eventually(lambda: bench.far.light == "off")


def test_the_lamp_goes_out_when_its_time_is_over_and_is_lit_for_the_next(bench: Bench, eventually: Wait) -> None:
    bench.driver.invite(10, "A012")
    eventually(lambda: bench.far.light == "invite")
    bench.now += 10
    eventually(lambda: bench.far.light == "off")

    bench.driver.invite(10, "A013")

    eventually(lambda: bench.far.light == "invite")


def test_a_press_waits_while_it_cannot_be_kept(bench: Bench, eventually: Wait, expected_logs: Logs) -> None:
    expected_logs.expect("press not kept")
    bench.full = True
    bench.do("press", key=4)
    eventually(lambda: bool(expected_logs.texts()))
    bench.full = False

    eventually(lambda: bench.keys == [4])


def test_a_pulled_cable_is_told_and_found_again(bench: Bench, eventually: Wait) -> None:
    bench.do("unplug")
    eventually(lambda: Cause.UNPLUGGED in bench.driver.health().causes)
    bench.do("plug")
    eventually(lambda: bench.driver.health().ok)

    bench.do("press", key=1)
    eventually(lambda: bench.keys == [1])


STEPS = st.sampled_from(["garbage", "half", "unplug", "plug"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=6))
def test_through_noise_and_pulled_cables_no_press_is_made_up(bench: Bench, eventually: Wait, steps: list[str]) -> None:
    bench.presses.clear()
    for step in steps:
        bench.do(step)
    bench.do("mend")
    eventually(lambda: bench.driver.health().ok)

    assert bench.keys == []


PART = """
[devices.pad-1]
kind = "rating_pad"
driver = "short"
at = "station-1"
counter = 1
serial = { path = "pad" }
header = "AA 55"
size = 6
key_at = 3
check = "xor"
tail = "0D"
codes = [0x31, 0x32, 0x33]
keys = [5, 3, 1]
"""


def test_devices_toml_describes_it(tmp_path: Path) -> None:
    (tmp_path / "devices.toml").write_text(PART, encoding="utf-8")

    assert isinstance(build(load_devices(tmp_path, tmp_path)[0]), ShortFramePad)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("key_at = 3", "key_at = 4"), "key_at: 4 is not between the header and the check of 6 bytes"),
        (("keys = [5, 3, 1]", "keys = [5, 1]"), "3, 4 or 5 scores"),
        (("0x33]", "0x32]"), "2 different codes for 3 keys"),
        (('"AA 55"', '"AA 5"'), "header"),
    ],
)
def test_a_frame_that_cannot_be_is_refused(tmp_path: Path, wrong: tuple[str, str], words: str) -> None:
    (tmp_path / "devices.toml").write_text(PART.replace(*wrong), encoding="utf-8")

    with pytest.raises(ConfigError, match=words):
        load_devices(tmp_path, tmp_path)
