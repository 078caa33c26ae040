"""Keys of a pad or code reader reach its driver alone, each once, with the time at which it was pressed."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DeviceAway, DeviceInUse
from devices.farend import PtyEnd
from devices.hid import (
    LET_GO,
    PLAIN,
    PRESSED,
    REPEATED,
    SHIFTED,
    KeyEvent,
    Lost,
    encode,
    encode_lost,
    open_keyboard,
    parse,
)
from devices.resources import InputPort

Wait = Callable[[Callable[[], bool]], None]
A, B = 30, 48


@pytest.fixture
def far(tmp_path: Path) -> Iterator[PtyEnd]:
    end = PtyEnd(tmp_path / "keys")
    end.start(lambda _data: None)
    yield end
    end.stop()


def test_the_kernels_events_are_read_as_it_writes_them() -> None:
    wire = bytes.fromhex(
        "10 00 00 00 00 00 00 00  20 a1 07 00 00 00 00 00  04 00 04 00 1e 00 07 00"
        "10 00 00 00 00 00 00 00  20 a1 07 00 00 00 00 00  01 00 1e 00 01 00 00 00"
        "10 00 00 00 00 00 00 00  20 a1 07 00 00 00 00 00  00 00 00 00 00 00 00 00"
    )

    assert parse(wire).events == (KeyEvent(A, True, 16.5),)


def test_repeats_of_a_held_key_are_left_out() -> None:
    wire = b"".join(encode(A, value, 2.0) for value in (PRESSED, REPEATED, REPEATED, LET_GO))

    assert [event.down for event in parse(wire).events if isinstance(event, KeyEvent)] == [True, False]


def test_what_the_kernel_had_to_drop_is_told() -> None:
    assert parse(encode_lost()).events == (Lost(),)


@given(st.lists(st.sampled_from(sorted(PLAIN)), max_size=8), st.lists(st.integers(1, 60), max_size=20))
def test_it_does_not_matter_where_the_reading_cuts_the_bytes(codes: list[int], cuts: list[int]) -> None:
    wire, torn = b"".join(encode(code, PRESSED, 1.0) for code in codes), b""
    heard: list[object] = []
    for cut in [*cuts, len(wire)]:
        parsed = parse(torn + wire[:cut])
        wire, torn = wire[cut:], parsed.rest
        heard += parsed.events

    assert heard == [KeyEvent(code, True, 1.0) for code in codes]


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    parsed = parse(data, no_more=True)

    assert parsed.rest == b""
    assert parsed.noise <= len(data)


def test_a_keyboard_plays_every_character_once() -> None:
    digits = [char for char in PLAIN.values() if char.isdigit()]

    assert sorted(digits) == sorted("0123456789" * 2)
    assert {char for char in SHIFTED.values() if char.isupper()} == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert (PLAIN[A], SHIFTED[A], PLAIN[B]) == ("a", "A", "b")


def test_a_key_comes_with_the_time_at_which_it_was_pressed(far: PtyEnd) -> None:
    pressed_at = round(time.monotonic() - 3, 3)
    with open_keyboard("pad-1", InputPort(str(far.path))) as keyboard:
        far.send(encode(A, PRESSED, pressed_at))

        (event,) = _read(keyboard.read)
    assert isinstance(event, KeyEvent)
    assert (event.code, event.down) == (A, True)
    assert abs(event.at_s - pressed_at) < 0.001


def test_a_device_is_read_by_one_program_alone(far: PtyEnd) -> None:
    port = InputPort(str(far.path))
    with (
        open_keyboard("pad-1", port),
        pytest.raises(DeviceInUse, match=r"pad-2: .* is in use by another program"),
        open_keyboard("pad-2", port),
    ):
        pytest.fail("two read it")
    with open_keyboard("pad-2", port):
        pass


def test_a_pulled_cable_is_told(far: PtyEnd) -> None:
    with open_keyboard("pad-1", InputPort(str(far.path))) as keyboard:
        far.unplug()
        with pytest.raises(DeviceAway, match="pad-1: went away"):
            _read(keyboard.read)


@pytest.mark.parametrize(
    ("name", "words"), [("none", "cannot open .*No such file"), ("file", "cannot have .* alone: it is no input device")]
)
def test_what_is_no_input_device_is_told(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeviceAway, match=words), open_keyboard("pad-1", InputPort(str(tmp_path / name))):
        pytest.fail("it was opened")


@pytest.mark.hardware
def test_a_grabbed_keyboard_is_deaf_to_others() -> None:
    """A real one, named by HALL_TEST_KEYBOARD: the kernel grants its keys to one reader."""
    port = InputPort(os.environ["HALL_TEST_KEYBOARD"])
    with open_keyboard("pad-1", port), pytest.raises(DeviceInUse), open_keyboard("pad-2", port):
        pytest.fail("two read it")


def _read(read: Callable[[], tuple[KeyEvent | Lost, ...]]) -> tuple[KeyEvent | Lost, ...]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if events := read():
            return events
    return ()
