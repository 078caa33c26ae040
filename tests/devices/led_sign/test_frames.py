"""Frames and lines of LED signs: escapes, checksums, noise and torn tails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.checksums import Check
from devices.led_sign import frames
from devices.led_sign.frames import Frame, Place
from devices.led_sign.lines import LineFormat

ADDRESS = st.integers(0, 0xFFFF)
FRAMES = st.builds(Frame, ADDRESS, ADDRESS, st.binary(max_size=60))
AWKWARD = st.binary(max_size=12) | st.sampled_from(
    [b"\xa5", b"\x5a", b"\xa5\xa6", b"\xa6\x02", b"\x5b\x5a", b"\xa5\x5a"]
)
PLACE = Place(64, 16)


def test_a_ping_stands_on_the_wire_as_the_maker_writes_it() -> None:
    wire = frames.encode(Frame(frames.EVERYBODY, frames.HOST, frames.ping()))

    assert wire.startswith(bytes.fromhex("a5a5a5a5a5a5a5a5 feff 0080 00 00 fe 00 00000000 05000000 a200010000"))
    assert wire.endswith(b"\x5a")


@given(FRAMES)
def test_start_and_end_stand_nowhere_within(frame: Frame) -> None:
    within = frames.encode(frame)[8:-1]

    assert b"\xa5" not in within
    assert b"\x5a" not in within


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 15), max_size=60))
def test_it_does_not_matter_where_the_line_cuts_the_bytes(sent: list[Frame], cuts: list[int]) -> None:
    wire = b"".join(frames.encode(frame) for frame in sent)
    taken: list[Frame] = []
    torn = b""
    for cut in [*cuts, len(wire)]:
        parsed = frames.parse(torn + wire[:cut])
        wire, torn = wire[cut:], parsed.rest
        taken += parsed.frames

    assert taken == sent


@given(st.lists(st.tuples(AWKWARD, FRAMES), max_size=4), AWKWARD)
def test_every_frame_is_found_again_behind_noise(sent: list[tuple[bytes, Frame]], tail: bytes) -> None:
    wire = b"".join(noise + frames.encode(frame) for noise, frame in sent) + tail

    found = frames.parse(wire).frames

    assert [frame for frame in found if frame in [each for _, each in sent]] == [frame for _, frame in sent]


@given(FRAMES, st.integers(0, 400), st.integers(1, 255))
def test_a_byte_that_changed_on_the_way_makes_no_frame(frame: Frame, at: int, change: int) -> None:
    wire = bytearray(frames.encode(frame)[7:])
    wire[1 + at % (len(wire) - 1)] ^= change

    assert frame not in frames.parse(bytes(wire)).frames


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    parsed = frames.parse(data)

    assert len(parsed.rest) + parsed.noise <= len(data)


def test_a_tail_without_end_is_not_kept_for_ever() -> None:
    assert frames.parse(b"\xa5" + bytes(10_000)).rest == b""


@given(st.binary(max_size=60))
def test_a_text_comes_back_as_it_was_sent(text: bytes) -> None:
    assert frames.read_show(frames.show(text, PLACE)) == text


def test_what_is_no_text_is_none() -> None:
    whole = frames.show(b"A023", PLACE)

    assert frames.read_show(frames.ping()) is None
    assert frames.read_show(whole[:-1]) is None
    assert frames.read_show(whole + b"x") is None


@pytest.mark.parametrize(
    ("checksum", "wire"),
    [
        ("none", b"\x02A023\r\n"),
        ("xor", b"\x02A023" + bytes((0x02 ^ 0x41 ^ 0x30 ^ 0x32 ^ 0x33,)) + b"\r\n"),
        ("sum", b"\x02A023" + bytes(((2 + 0x41 + 0x30 + 0x32 + 0x33) & 0xFF,)) + b"\r\n"),
    ],
)
def test_a_line_is_framed_as_told(checksum: Check, wire: bytes) -> None:
    form = LineFormat(b"\x02", b"\r\n", 4, checksum)

    assert form.encode(b"A023") == wire
    assert form.read(wire.removesuffix(b"\r\n")) == b"A023"


@pytest.mark.parametrize("line", [b"", b"A023", b"\x02A02\x7f"])
def test_a_line_that_is_none_is_not_read(line: bytes) -> None:
    assert LineFormat(b"\x02", b"\r\n", 4, "xor").read(line) is None
