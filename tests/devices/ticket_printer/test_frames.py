"""What the printer's answers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.health import Cause
from devices.ticket_printer import frames


@pytest.mark.parametrize(
    ("question", "answer", "causes"),
    [
        (1, 0x12, set()),
        (1, 0x1A, {Cause.OFFLINE}),
        (2, 0x16, {Cause.COVER_OPEN}),
        (2, 0x32, {Cause.PAPER_OUT}),
        (3, 0x1A, {Cause.CUTTER}),
        (3, 0x32, {Cause.ERROR}),
        (4, 0x12, set()),
        (4, 0x1E, {Cause.PAPER_NEAR_END}),
        (4, 0x72, {Cause.PAPER_OUT}),
        (4, 0x7E, {Cause.PAPER_OUT, Cause.PAPER_NEAR_END}),
    ],
)
def test_an_answer_names_its_causes(question: int, answer: int, causes: set[Cause]) -> None:
    assert frames.is_status(answer)
    assert frames.read_status(question, answer) == causes


def test_the_cause_that_explains_the_others_is_left() -> None:
    everything = frozenset({Cause.PAPER_OUT, Cause.PAPER_NEAR_END, Cause.OFFLINE, Cause.ERROR})

    assert frames.settle(everything) == {Cause.PAPER_OUT}


@given(st.integers(0, 255))
def test_no_byte_is_both_a_status_and_a_marker(byte: int) -> None:
    assert not (frames.is_status(byte) and frames.is_marker(byte))


@pytest.mark.parametrize(
    ("answer", "causes"), [(0x00, set()), (0x03, {Cause.PAPER_NEAR_END}), (0x0F, {Cause.PAPER_OUT})]
)
def test_the_marker_tells_of_paper(answer: int, causes: set[Cause]) -> None:
    assert frames.read_marker(answer) == causes


@given(st.text())
def test_an_encoded_text_holds_no_control_byte(text: str) -> None:
    assert [byte for byte in frames.encode(text) if byte < 0x20 or byte == 0x7F] == []


def test_a_letter_the_printer_lacks_is_a_question_mark() -> None:
    assert frames.encode("Đ供") == b"?" + "供".encode("gb18030")
