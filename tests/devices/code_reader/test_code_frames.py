"""What a code reader sends: whole codes are taken, too long or odd ones are empty, torn ones wait or are dropped."""

import string

from hypothesis import given
from hypothesis import strategies as st

from devices import hid
from devices.code_reader import frames
from devices.code_reader.frames import Typist
from devices.code_reader.scans import BOUNCE_S, FLOOD_S, FLOOD_SCANS, ScanJudge
from devices.code_reader.simulator import by_keys

URL = "https://hall.example/t/AZqrSSW1pq0_XC3KkfJmD-4fKq9ZrT7bWmXc2LpVn8Ya"
TEXTS = st.text(string.ascii_letters + string.digits + "-_/:.?=&%", min_size=1, max_size=80)


@given(st.lists(TEXTS, max_size=6), st.sampled_from([b"\r", b"\r\n", b"\n"]))
def test_codes_come_back_as_they_were_whatever_ends_them(texts: list[str], end: bytes) -> None:
    parsed = frames.parse(b"".join(text.encode() + end for text in texts))

    assert (list(parsed.codes), parsed.rest) == (texts, b"")


@given(st.lists(TEXTS, max_size=4), st.lists(st.integers(1, 30), max_size=40))
def test_it_does_not_matter_where_the_line_cuts_the_bytes(texts: list[str], cuts: list[int]) -> None:
    wire, torn = b"".join(frames.encode(text) for text in texts), b""
    taken: list[str] = []
    for cut in [*cuts, len(wire)]:
        parsed = frames.parse(torn + wire[:cut])
        wire, torn = wire[cut:], parsed.rest
        taken += parsed.codes

    assert taken == texts


@given(st.lists(st.binary(max_size=700), max_size=8))
def test_whatever_comes_is_bounded_and_printable(pieces: list[bytes]) -> None:
    torn = b""
    for piece in pieces:
        parsed = frames.parse(torn + piece)
        torn = parsed.rest
        assert len(torn) <= frames.MOST + 1
        assert all(len(code) <= frames.MOST and (code.isprintable() and code.isascii()) for code in parsed.codes)


def test_a_code_that_is_too_long_or_odd_is_empty() -> None:
    told = {"x" * 257: "", "x" * 256: "x" * 256, "请": "", "a\x1b[2J": "", " A023 ": "A023"}

    assert {text: frames.parse(frames.encode(text)).codes[0] for text in told} == told


def test_half_a_code_is_no_code_and_spoils_none() -> None:
    assert frames.parse(b"https://hall", no_more=True) == frames.Parsed((), b"")


@given(st.text(string.printable[:95], min_size=1, max_size=90))
def test_a_reader_that_plays_a_keyboard_types_the_same_code(text: str) -> None:
    events = hid.parse(by_keys(frames.encode(text), lambda: 1.0)).events

    assert Typist().bytes_of(events) == frames.encode(text)


def test_keys_that_were_lost_or_are_no_letters_make_a_foreign_code() -> None:
    for spoiled in (by_keys(b"\x01"), hid.encode_lost()):
        events = hid.parse(by_keys(b"AB") + spoiled + by_keys(b"CD\r")).events
        assert frames.parse(Typist().bytes_of(events)).codes == ("",)


def test_the_same_code_within_a_second_is_one_scan() -> None:
    judge = ScanJudge()
    heard = [judge.is_scan(URL, at) for at in (0.0, 0.4, 1.2, 2.0, 2.0 + BOUNCE_S, 3.1)]

    assert heard == [True, False, False, False, True, False]


def test_another_code_is_another_scan_at_once() -> None:
    judge = ScanJudge()
    assert [judge.is_scan(text, 0.0) for text in ("A", "B", "A")] == [True, True, True]


def test_of_a_flood_nothing_is_taken_until_it_is_quiet() -> None:
    judge = ScanJudge()
    taken = [judge.is_scan(str(turn), 0.1 * turn) for turn in range(100)]

    assert taken.count(True) == FLOOD_SCANS - 1
    assert judge.flooded(9.9)
    assert not judge.flooded(9.9 + FLOOD_S)
    assert judge.is_scan("A", 9.9 + FLOOD_S)
