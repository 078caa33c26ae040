"""How a sheet goes on paper: small, readable, and never a command by accident."""

import dataclasses
import re

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from devices.sheets import NUMBER, Columns, Element, Framed, Line, Qr, Rule, Sheet, TickBoxes
from devices.ticket_printer import frames
from devices.ticket_printer.happenings import Cut
from devices.ticket_printer.layout import Paper, render
from devices.ticket_printer.paper import number_on, picture_of
from devices.ticket_printer.slips import Reader, Slip
from server.contract.words import Language

URL = "https://hall.csgd.example.cn/t/4fKq9ZrT7bWmXc2LpVn8Ya"


def printed(data: bytes) -> list[Slip]:
    reader = Reader()
    reader.take(data)
    while (happened := reader.step()) is not False:
        if isinstance(happened, Cut):
            reader.tear(cut=True)
    assert not reader.waiting
    return reader.slips


def code_on(slip: Slip) -> str:
    """Read as a phone's camera reads it."""
    found = zxingcpp.read_barcodes(picture_of(slip).convert("L"))
    return "".join(code.text for code in found)


def test_a_whole_chinese_ticket_takes_at_most_600_bytes(zh_sheet: Sheet) -> None:
    assert len(render(zh_sheet, Paper())) <= 600


@pytest.mark.parametrize("name", ["ru_sheet", "vi_sheet"])
def test_a_ticket_in_pictures_takes_at_most_12_kilobytes(name: str, request: pytest.FixtureRequest) -> None:
    assert len(render(request.getfixturevalue(name), Paper())) <= 12_000


@pytest.mark.parametrize(("name", "number"), [("zh_sheet", "A023"), ("ru_sheet", "A023"), ("vi_sheet", "B107")])
def test_the_number_and_the_code_can_be_read_from_the_paper(
    name: str, number: str, request: pytest.FixtureRequest
) -> None:
    (slip,) = printed(render(request.getfixturevalue(name), Paper()))

    assert (slip.cut, number_on(slip), code_on(slip)) == (True, number, URL)


@pytest.mark.parametrize("letters", ["ABCDEFG", "HIJKLM", "NOPQRST", "UVWXZ", "Y8", "0123456", "789"])
def test_every_letter_of_a_number_can_be_told_from_the_others(letters: str) -> None:
    sheet = Sheet((Line(letters, NUMBER, True, "center"), Line("Đ")), Language.VI)

    (slip,) = printed(render(sheet, Paper(832)))
    assert number_on(slip) == letters


def test_the_chinese_words_stand_on_the_paper_in_their_order(zh_sheet: Sheet) -> None:
    (slip,) = printed(render(zh_sheet, Paper()))

    words = [line.strip(" │") for line in slip.text.splitlines() if line]
    assert words[0] == "城东供电营业厅11-20 10:42"
    assert words[words.index("A023") + 1] == "过户 / 更名"
    assert "□ 不动产权证或购房合同" in words


def test_a_reprint_carries_its_mark_at_the_top(zh_sheet: Sheet) -> None:
    (slip,) = printed(render(dataclasses.replace(zh_sheet, copy_mark="补打 1"), Paper()))

    assert slip.text.splitlines()[0] == "补打 1"


def test_a_printer_without_chinese_letters_gets_pictures(zh_sheet: Sheet) -> None:
    (slip,) = printed(render(zh_sheet, Paper(chinese_font=False)))

    assert slip.text.strip() == ""
    assert (number_on(slip), code_on(slip)) == ("A023", URL)


def test_a_chinese_ticket_with_a_foreign_word_goes_as_pictures() -> None:
    sheet = Sheet((Line("A001", NUMBER, True), Line("Điện lực 供电")), Language.ZH)

    assert b"\x1dv0" in render(sheet, Paper())


def test_english_goes_in_the_printers_own_letters() -> None:
    sheet = Sheet((Line("A001", NUMBER, True), Line("8–14 min")), Language.EN)

    (slip,) = printed(render(sheet, Paper()))
    assert [line for line in slip.text.splitlines() if line] == ["A001", "8-14 min"]


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
MEAN = TEXT | st.sampled_from(["\x1bi\x1dV0", "\x10\x04\x01", "\x1b@\x1dVB\x00", "a\x10\x14b", "\x1c.\x1b="])
ELEMENTS: st.SearchStrategy[Element] = st.one_of(
    st.builds(Line, MEAN, st.integers(1, 8), st.booleans(), st.sampled_from(["left", "center", "right"])),
    st.builds(Columns, MEAN, MEAN, st.booleans(), st.integers(1, 3)),
    st.builds(TickBoxes, st.tuples(MEAN)),
    st.builds(Framed, st.tuples(st.builds(Columns, MEAN, MEAN))),
    st.builds(Qr, st.just(URL), st.tuples(MEAN)),
    st.builds(Rule, st.booleans()),
)


@given(st.lists(ELEMENTS, max_size=4), st.sampled_from(list(Language)), st.sampled_from([384, 576]))
def test_control_bytes_in_a_text_never_become_commands(elements: list[Element], language: Language, dots: int) -> None:
    data = render(Sheet(tuple(elements), language), Paper(dots))

    assert data.startswith(frames.INIT)
    assert data.endswith(frames.CUT)
    assert re.findall(rb"\x10[\x04\x05\x14]", data) == []
    assert len(printed(data + frames.INIT + b"x\n" + frames.CUT)) in {1, 2}


PIECES = st.sampled_from([b"\x1b@", b"\x1d(k", b"\x1d(", b"\x1dv0", b"\x1c&", b"\x1dV", b"\x1de", b"\x1b$", b"1P"])


@given(st.lists(PIECES | st.binary(max_size=9), max_size=12).map(b"".join))
def test_a_printer_survives_any_bytes_and_comes_to_rest(data: bytes) -> None:
    reader = Reader()
    reader.take(data)
    steps = 0
    while reader.step() is not False:
        steps += 1

    assert steps <= len(data)


@given(st.binary(min_size=72, max_size=720))
def test_a_picture_never_holds_a_real_time_command(dots: bytes) -> None:
    rows = dots[: len(dots) // 72 * 72]

    assert re.findall(rb"\x10[\x04\x05\x14]", frames.raster(rows, 72)) == []
