"""What is on the paper."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.sheets import Columns, Framed, Line, Qr, Sheet, TickBoxes
from devices.ticket_printer.frames import has_glyphs
from kiosk.pages import Picture
from kiosk.slip import slip
from kiosk.taking import NumberDesk
from kiosk.texts import Texts
from kiosk.visit_pages import Told
from server.contract.acts import IssueTicket
from server.contract.words import Language

NOW = datetime(2026, 11, 20, 2, 42, tzinfo=UTC)
Server = Any
Services = Callable[..., Any]


def lines(sheet: Sheet) -> list[str]:
    found: list[str] = []
    for element in sheet.elements:
        for one in element.lines if isinstance(element, Framed) else (element,):
            if isinstance(one, Line):
                found.append(one.text)
            elif isinstance(one, Columns):
                found.append(f"{one.left} | {one.right}")
    return found


@pytest.fixture
def held(desk: NumberDesk) -> Told:
    return desk.take(IssueTicket(request_id="request-a", services=["trf"]))


def test_a_chinese_slip_reads_from_top_to_cut(held: Told, services: Services) -> None:
    sheet = slip(held, Picture(NOW, services()), Texts(Language.ZH), "1")

    assert lines(sheet) == [
        "城东供电营业厅 | 11-20 10:42",
        "A023",
        "过户 / 更名",
        "预计等候",
        "8–14 分钟",
        "前面 | 5 人",
        "大约 10:50–10:56 叫到您",
        "请听广播、看大屏",
        "窗口要看这些",
        "取号机 1 | 当日有效",
        "过号 30 分钟内到 1 号台，不用重排",
    ]
    assert [one.data for one in sheet.elements if isinstance(one, Qr)] == [
        "https://hall.example/t/4fJk2mQx9wLrT7vB1nZc"
    ]
    boxes = next(one for one in sheet.elements if isinstance(one, TickBoxes))
    assert boxes.items[:2] == ("身份证原件", "不动产权证或购房合同")


def test_no_public_address_no_code(desk: NumberDesk, server: Server, services: Services) -> None:
    server.phone_url = None
    held = desk.take(IssueTicket(request_id="request-a", services=["trf"]))

    sheet = slip(held, Picture(NOW, services()), Texts(Language.ZH), "1")

    assert [one for one in sheet.elements if isinstance(one, Qr)] == []


def test_an_offline_slip_says_so_and_tells_no_wait(services: Services) -> None:
    sheet = slip(Told("A800", "trf", NOW), Picture(NOW, services()), Texts(Language.EN), "1")

    assert "Kiosk 1 | Issued offline, valid today" in lines(sheet)
    assert [one for one in sheet.elements if isinstance(one, Framed | Qr)] == []


@pytest.mark.parametrize("language", list(Language))
def test_a_copy_is_marked_in_the_customers_language(held: Told, services: Services, language: Language) -> None:
    texts = Texts(language)

    sheet = slip(held, Picture(NOW, services()), texts, "1", copies=2)

    assert (sheet.language, sheet.copy_mark) == (language, texts("slip.copy", count=2))
    assert slip(held, Picture(NOW, services()), texts, "1").copy_mark == ""


def test_a_kiosk_that_knows_no_branch_still_prints_the_number() -> None:
    assert "A800" in lines(slip(Told("A800", "trf", NOW), Picture(NOW), Texts(Language.RU), "1"))


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_own_words_of_a_slip_are_in_the_printers_own_letters(language: Language) -> None:
    texts = Texts(language)

    assert has_glyphs(texts("slip.offline"))
    assert has_glyphs(texts("slip.today"))
