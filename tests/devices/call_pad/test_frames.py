"""Frames of call pads, plain and checked: whole ones are taken, noise is dropped, torn tails are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.call_pad import frames
from devices.call_pad.frames import Form, Frame
from devices.call_pad.presses import STUCK_PRESSES, STUCK_S, KeyJudge

BYTE = st.integers(0, 255)
CODE = st.sampled_from([*frames.KEYS, *frames.LIT])
PLAIN = st.builds(Frame, BYTE, CODE)
CHECKED = st.builds(Frame, BYTE, BYTE, BYTE)
SENT = st.tuples(st.just(Form.PLAIN), st.lists(PLAIN, max_size=5)) | st.tuples(
    st.just(Form.CHECKED), st.lists(CHECKED, max_size=5)
)


def wire(form: Form, sent: list[Frame]) -> bytes:
    return b"".join(frames.encode(form, frame) for frame in sent)


def test_a_plain_key_stands_on_the_wire_as_known() -> None:
    assert frames.encode(Form.PLAIN, Frame(5, 0x31)) == bytes.fromhex("01 05 31 07")


@given(SENT, st.lists(st.integers(1, 9), max_size=40))
def test_it_does_not_matter_where_the_line_cuts_the_bytes(sent: tuple[Form, list[Frame]], cuts: list[int]) -> None:
    form, wanted = sent
    left, torn = wire(form, wanted), b""
    taken: list[Frame] = []
    for cut in [*cuts, len(left)]:
        parsed = frames.parse(form, torn + left[:cut])
        left, torn = left[cut:], parsed.rest
        taken += parsed.frames

    assert taken == wanted


@given(CHECKED, st.integers(0, 6), st.integers(1, 255))
def test_a_checked_frame_that_changed_on_the_way_is_none(frame: Frame, at: int, change: int) -> None:
    said = bytearray(frames.encode(Form.CHECKED, frame))
    said[at] ^= change

    assert frame not in frames.parse(Form.CHECKED, bytes(said), no_more=True).frames


@given(st.sampled_from(Form), st.binary(max_size=200))
def test_any_bytes_are_survived_and_accounted_for(form: Form, data: bytes) -> None:
    parsed = frames.parse(form, data)

    assert len(parsed.frames) * form.size + parsed.noise + len(parsed.rest) == len(data)
    assert len(parsed.rest) < form.size


@pytest.mark.parametrize("code", [0x00, 0x35, 0x41, 0xFF])
def test_a_plain_frame_of_no_key_is_noise(code: int) -> None:
    known = code in frames.LIT
    assert bool(frames.parse(Form.PLAIN, bytes((1, 5, code, 7)), no_more=True).frames) is known


def test_one_press_is_taken_once_however_often_it_is_repeated() -> None:
    judge = KeyJudge()
    key = Frame(1, 0x31, sequence=9)

    assert [judge.is_press(key, at, numbered=True) for at in (0, 0.2, 1.0, 3.0)] == [True, False, False, False]


def test_bounces_of_a_plain_key_are_one_press() -> None:
    judge = KeyJudge()
    key = Frame(1, 0x31)

    assert [judge.is_press(key, at, numbered=False) for at in (0, 0.05, 0.1, 1.0)] == [True, False, False, True]
    assert judge.is_press(Frame(2, 0x31), 1.05, numbered=False)


def test_a_key_that_sticks_calls_nobody_and_is_told() -> None:
    judge = KeyJudge()
    presses = [judge.is_press(Frame(1, 0x31), nth * 0.5, numbered=False) for nth in range(20)]

    assert presses.count(True) == STUCK_PRESSES - 1
    assert judge.stuck(9.5)
    assert not judge.stuck(9.5 + STUCK_S)
    assert judge.is_press(Frame(1, 0x31), 20, numbered=False)
