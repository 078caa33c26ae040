"""Frames of the card reader: whole answers are found, wrong checks counted, noise passed over, torn tails left."""

from hypothesis import given
from hypothesis import strategies as st

from devices.card_reader import frames
from devices.card_reader.frames import Command, Status

STATUS = st.integers(0, 0xFFFFFF)
ANSWERS = st.tuples(STATUS, st.binary(max_size=60))
NOISE = st.binary(max_size=20) | st.sampled_from([b"\xaa", b"\xaa\xaa\xaa\x96", frames.HEADER, frames.HEADER + b"\x05"])


def _said(wire: bytes, *, no_more: bool = False) -> list[tuple[int, bytes]]:
    found = frames.parse(wire, no_more=no_more).answers
    return [(each.status, wire[each.start : each.end]) for each in found]


def test_the_commands_are_those_of_the_readers() -> None:
    assert {order: frames.command(order).hex().upper() for order in Command} == {
        Command.STATE: "AAAAAA9669000311FFED",
        Command.FIND: "AAAAAA96690003200122",
        Command.SELECT: "AAAAAA96690003200221",
        Command.READ: "AAAAAA96690003300132",
    }


def test_the_answers_of_real_readers_are_understood() -> None:
    told = {
        "AAAAAA9669000800009F0000000097": Status.FOUND,
        "AAAAAA9669000400008084": Status.NO_CARD,
        "AAAAAA9669000C00009000000000000000009C": Status.DONE,
        "AAAAAA9669000400008185": Status.NOT_SELECTED,
        "AAAAAA9669000400004145": Status.NOT_READ,
        "AAAAAA9669000400006064": Status.BROKEN,
    }
    assert {wire: _said(bytes.fromhex(wire))[0][0] for wire in told} == told


def test_a_cards_answer_has_1295_bytes() -> None:
    assert len(frames.answer(Status.DONE, bytes(4 + frames.TEXT + frames.PHOTO))) == frames.WHOLE == 1295


@given(st.lists(ANSWERS, max_size=5))
def test_answers_come_back_as_they_were(sent: list[tuple[int, bytes]]) -> None:
    wire = b"".join(frames.answer(*each) for each in sent)
    parsed = frames.parse(wire)

    assert _said(wire) == sent
    assert (parsed.used, parsed.noise, parsed.wrong_checks) == (len(wire), 0, 0)


@given(st.lists(ANSWERS, max_size=4), st.lists(st.integers(1, 15), max_size=60))
def test_it_does_not_matter_where_the_line_cuts_the_bytes(sent: list[tuple[int, bytes]], cuts: list[int]) -> None:
    wire, buffer = b"".join(frames.answer(*each) for each in sent), b""
    taken: list[tuple[int, bytes]] = []
    for cut in [*cuts, len(wire)]:
        buffer, wire = buffer + wire[:cut], wire[cut:]
        taken += _said(buffer)
        buffer = buffer[frames.parse(buffer).used :]

    assert taken == sent


@given(st.lists(st.tuples(NOISE, ANSWERS), max_size=4), NOISE)
def test_every_answer_is_found_again_behind_noise(sent: list[tuple[bytes, tuple[int, bytes]]], tail: bytes) -> None:
    wire = b"".join(noise + frames.answer(*each) for noise, each in sent) + tail
    wanted = [each for _, each in sent]

    assert [each for each in _said(wire, no_more=True) if each in wanted] == wanted


@given(ANSWERS, st.integers(0, 400), st.integers(1, 255))
def test_a_byte_that_changed_on_the_way_makes_no_answer(sent: tuple[int, bytes], at: int, change: int) -> None:
    wire = bytearray(frames.answer(*sent))
    wire[at % len(wire)] ^= change

    assert sent not in _said(bytes(wire), no_more=True)


@given(ANSWERS, st.integers(1, 255))
def test_a_wrong_check_is_counted_once(sent: tuple[int, bytes], change: int) -> None:
    wire = bytearray(frames.answer(*sent))
    wire[-1] ^= change

    assert frames.parse(bytes(wire), no_more=True).wrong_checks == 1 + sent[1].count(frames.HEADER)


@given(st.binary(max_size=400))
def test_any_bytes_are_survived_and_accounted_for(data: bytes) -> None:
    parsed = frames.parse(data)

    framed = sum(len(frames.answer(*each)) for each in _said(data))
    assert framed + parsed.noise == parsed.used <= len(data)
    assert len(data) - parsed.used < frames.WHOLE
