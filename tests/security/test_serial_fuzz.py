"""Whatever bytes come from a cable: whole frames are found, the rest is dropped, and nothing piles up."""

import os
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.call_pad import frames as call_pad
from devices.farend import TcpEnd
from devices.led_sign import frames as led_sign
from devices.protocols import Press
from devices.rating_pad import frames as rating_pad
from devices.rating_pad.driver import FramedRatingPad, Pace
from devices.resources import SerialPort, TcpPort
from devices.ticket_printer import frames as printer
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Patience
from devices.ticket_printer.layout import Paper

MEMORY = 16 * 2**20
LONGEST_TAIL = 9000
"""Of the longest frame that any of the lines has, escaped; a parser may keep no more for the next bytes."""
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "rating pad": rating_pad.parse,
    "call pad, plain": lambda buffer: call_pad.parse(call_pad.Form.PLAIN, buffer),
    "call pad, checked": lambda buffer: call_pad.parse(call_pad.Form.CHECKED, buffer),
    "led sign": led_sign.parse,
}
HEADS = [b"\xaa\x55\x23", b"\xaa\x55\xff", b"\x01\x01\x01", b"\x02\x02\x02\x02", b"\x1b\x1b", b"\xa5", b"\xae", b"\x5a"]
CHUNKS = st.lists(
    st.binary(max_size=64) | st.builds(lambda head, times: head * times, st.sampled_from(HEADS), st.integers(1, 400)),
    max_size=8,
)


@pytest.mark.attack(12)
@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS.keys())
@given(chunks=CHUNKS)
def test_no_bytes_break_a_parser_or_pile_up_in_it(parse: Callable[[bytes], Any], chunks: list[bytes]) -> None:
    rest = b""
    for chunk in chunks:
        parsed = parse(rest + chunk)
        rest = parsed.rest
        assert len(rest) <= LONGEST_TAIL


@pytest.mark.attack(12)
@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=rating_pad.MAX_PAYLOAD))
def test_a_sound_frame_with_any_content_is_read_or_passed_over(address: int, kind: int, payload: bytes) -> None:
    (frame,) = rating_pad.parse(rating_pad.encode(rating_pad.Frame(address, 1, kind, payload))).frames

    press, hello = rating_pad.read_press(frame.payload), rating_pad.read_hello(frame.payload)

    assert press is None or 1 <= press.key <= 8
    assert hello is None or hello.held <= set(range(1, 9))


@pytest.mark.attack(12)
@given(st.integers(1, 4), st.integers(0, 255))
def test_any_answer_of_a_printer_says_something_or_nothing(question: int, byte: int) -> None:
    assert printer.settle(printer.read_status(question, byte) | printer.read_marker(byte)) is not None


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A serial line: our end, and the name of the other."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


@pytest.mark.attack(12)
def test_a_pad_that_floods_its_line_is_understood_again_afterwards(cable: tuple[int, str]) -> None:
    ours, name = cable
    pad = FramedRatingPad("pad-1", SerialPort(name), 1, pace=Pace(ping_s=60.0))
    presses: list[Press] = []
    pad.start(presses.append, lambda _health: None)
    asked, hello = threading.Event(), rating_pad.hello(0xBEEF, frozenset(), 0)
    hearing = threading.Thread(target=_drain, args=(ours, asked), daemon=True)
    hearing.start()
    assert asked.wait(10)
    _send(ours, rating_pad.encode(rating_pad.Frame(1, 0, rating_pad.Kind.HELLO, hello)))
    noise = Random(12).randbytes(20_000)
    sound = rating_pad.encode(rating_pad.Frame(1, 7, rating_pad.Kind.PRESS, rating_pad.press(0xBEEF, 3, 0.0)))
    torn = sound[:-1] + bytes((sound[-1] ^ 1,))
    _send(ours, noise + torn * 50)
    warm = psutil.Process().memory_info().rss

    for _ in range(5):
        _send(ours, noise + torn * 50 + rating_pad.HEADER * 500)
    assert presses == []
    end = monotonic() + 20
    while not presses and monotonic() < end:
        _send(ours, sound)
        threading.Event().wait(0.2)

    assert [(press.key, press.mark) for press in presses] == [(3, "beef-7")]
    assert psutil.Process().memory_info().rss - warm < MEMORY
    pad.close()


def _send(line: int, data: bytes) -> None:
    while data:
        data = data[os.write(line, data[:1024]) :]


def _drain(line: int, spoken: threading.Event) -> None:
    """What the driver says is of no interest, but must be taken off the line."""
    try:
        while os.read(line, 4096):
            spoken.set()
    except OSError:
        return


@pytest.mark.attack(12)
def test_a_printer_that_answers_with_endless_noise_is_asked_in_bounded_time() -> None:
    far = TcpEnd("127.0.0.1", 0)
    noise = bytes(byte for byte in range(256) if not printer.is_status(byte) and not printer.is_marker(byte)) * 200
    far.start(lambda _data: far.send(noise))
    asked = EscposTicketPrinter(
        "printer-1", cable_to("printer-1", TcpPort("127.0.0.1", far.port)), Paper(), patience=Patience(answer_s=0.1)
    )
    asked.health()
    warm, began = psutil.Process().memory_info().rss, monotonic()

    for _ in range(5):
        asked.health()

    assert monotonic() - began < 20
    assert psutil.Process().memory_info().rss - warm < MEMORY
    asked.close()
    far.stop()
