"""Frames of the rating pad: whole ones are taken, noise is dropped, torn tails are kept."""

from hypothesis import given
from hypothesis import strategies as st

from devices.rating_pad import frames
from devices.rating_pad.frames import Frame

BYTE = st.integers(0, 255)
FRAMES = st.builds(Frame, BYTE, BYTE, BYTE, st.binary(max_size=frames.MAX_PAYLOAD))
NOISE = st.binary(max_size=20) | st.sampled_from([b"\xaa", b"\xaa\x55", b"\xaa\x55\x05", b"\xaa\xaa\x55\xff"])


@given(st.lists(FRAMES, max_size=5))
def test_frames_come_back_as_they_were(sent: list[Frame]) -> None:
    parsed = frames.parse(b"".join(frames.encode(frame) for frame in sent))

    assert (list(parsed.frames), parsed.rest, parsed.noise) == (sent, b"", 0)


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 15), max_size=60))
def test_it_does_not_matter_where_the_line_cuts_the_bytes(sent: list[Frame], cuts: list[int]) -> None:
    wire = b"".join(frames.encode(frame) for frame in sent)
    taken: list[Frame] = []
    buffer = b""
    for cut in [*cuts, len(wire)]:
        parsed = frames.parse(buffer + wire[:cut])
        wire, buffer = wire[cut:], parsed.rest
        taken += parsed.frames

    assert taken == sent


@given(st.lists(st.tuples(NOISE, FRAMES), max_size=4), NOISE)
def test_every_frame_is_found_again_behind_noise(sent: list[tuple[bytes, Frame]], tail: bytes) -> None:
    wire = b"".join(noise + frames.encode(frame) for noise, frame in sent) + tail

    found = frames.parse(wire, no_more=True).frames

    assert [frame for frame in found if frame in [each for _, each in sent]] == [frame for _, frame in sent]


@given(FRAMES, st.integers(0, 400), st.integers(1, 255))
def test_a_byte_that_changed_on_the_way_makes_no_frame(frame: Frame, at: int, change: int) -> None:
    wire = bytearray(frames.encode(frame))
    wire[at % len(wire)] ^= change

    assert frame not in frames.parse(bytes(wire), no_more=True).frames


@given(st.binary(max_size=300))
def test_any_bytes_are_survived_and_accounted_for(data: bytes) -> None:
    parsed = frames.parse(data)

    framed = sum(len(frames.encode(frame)) for frame in parsed.frames)
    assert framed + parsed.noise + len(parsed.rest) == len(data)
    assert len(parsed.rest) < 5 + 3 + frames.MAX_PAYLOAD


@given(st.integers(0, 65535), st.integers(1, 8), st.integers(0, 65535))
def test_a_press_says_its_key_and_age(boot: int, key: int, tenths: int) -> None:
    said = frames.read_press(frames.press(boot, key, tenths / 10))

    assert said == frames.PressSaid(boot, key, tenths / 10)


def test_a_press_of_no_key_is_none() -> None:
    assert frames.read_press(bytes((0, 1, 9, 0, 0))) is None
    assert frames.read_press(b"\x01") is None


@given(st.integers(0, 65535), st.frozensets(st.integers(1, 8)), BYTE)
def test_a_hello_says_which_keys_are_held_and_what_is_shown(boot: int, held: frozenset[int], shown: int) -> None:
    assert frames.read_hello(frames.hello(boot, held, shown)) == frames.HelloSaid(boot, held, shown)


def test_an_invitation_shows_the_number_without_control_bytes() -> None:
    assert frames.invite(10, "A0\x1b23") == b"\x00\x0aA023"
