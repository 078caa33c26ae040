"""A ticket's own page in a real browser: from waiting to the rating, in four languages."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from server.contract import acts
from server.contract.words import Language
from server.link.acts import new_request_id

LANGUAGES = ("zh", "en", "vi", "ru")


@pytest.fixture(scope="module")
def window(served: Any, open_window: Any) -> Any:
    return open_window(served)


def state(window: Any, ticket: Any) -> str:
    return str(window.kiosk.ticket(ticket.id).state)


def served_until(window: Any, ticket: Any) -> None:
    while window.next().current.number != ticket.number:
        pass


def test_one_visit_from_waiting_to_the_rating(screens: Any, window: Any) -> None:
    window.arrives("pay")
    ticket = window.arrives("pay")
    phone = screens.phone(ticket)
    expect(phone.locator(".head .number")).to_have_text(ticket.number)
    expect(phone.locator(".ahead b")).to_have_text("1 人")
    expect(phone.locator(".papers li")).to_have_text("电费户号")
    served_until(window, ticket)
    expect(phone.locator("body")).to_have_class("called")
    expect(phone.locator(".go .counter")).to_have_text("1号窗口")
    window.finish()
    expect(phone.locator(".faces")).to_be_visible()
    assert phone.locator(".faces :checked").count() == 0
    expect(phone.get_by_role("button", name="提交")).to_be_disabled()
    phone.get_by_label("不满意", exact=True).check(force=True)
    phone.get_by_label("等得太久").check(force=True)
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator(".asked")).to_contain_text("收到了，谢谢您")
    assert window.kiosk.ticket(ticket.id).rated
    again = screens.phone(ticket)
    expect(again.locator(".head .number")).to_have_text(ticket.number)
    assert again.locator(".faces").count() == 0
    expect(again.locator(".code")).to_be_hidden()


def test_the_page_shows_its_own_code_to_a_kiosks_reader(screens: Any, window: Any) -> None:
    ticket = window.arrives()
    phone = screens.phone(ticket)
    phone.get_by_text("给取号机看这个码").click()
    code = phone.locator(".code img")
    phone.wait_for_function("() => document.querySelector('.code img').naturalWidth > 0")

    picture = Image.open(BytesIO(code.screenshot()))

    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [ticket.phone_url]


def test_giving_up_takes_two_taps_and_can_be_undone(screens: Any, window: Any) -> None:
    ticket = window.arrives()
    phone = screens.phone(ticket)
    phone.clock.install()
    phone.reload()
    phone.get_by_role("button", name="不办了").click()
    expect(phone.locator(".ask h2")).to_have_text("真的不办了吗？")
    phone.get_by_role("button", name="不办了").click()
    phone.clock.run_for(8000)
    phone.get_by_role("button", name="撤回，继续等").click()
    phone.clock.run_for(20_000)
    assert state(window, ticket) == "waiting"
    phone.get_by_role("button", name="不办了").click()
    phone.get_by_role("button", name="不办了").click()
    phone.clock.run_for(10_000)
    expect(phone.locator(".cards")).to_contain_text("号码已取消")
    assert state(window, ticket) == "closed"


def test_a_call_stops_a_giving_up(screens: Any, window: Any) -> None:
    ticket = window.arrives()
    phone = screens.phone(ticket)
    phone.clock.install()
    phone.reload()
    phone.get_by_role("button", name="不办了").click()
    phone.get_by_role("button", name="不办了").click()
    served_until(window, ticket)
    expect(phone.locator("body")).to_have_class("called")
    phone.clock.run_for(15_000)
    assert state(window, ticket) == "called"


def test_coming_later_once(screens: Any, window: Any) -> None:
    ticket = window.arrives()
    phone = screens.phone(ticket)
    phone.get_by_role("button", name="晚一点到").click()
    phone.get_by_label("30 分钟").check(force=True)
    phone.get_by_role("button", name="晚到，保留号").click()
    expect(phone.locator(".cards")).to_contain_text("已让后面的人先办")
    shown = window.kiosk.ticket(ticket.id)
    assert shown.state == "delayed"
    assert not shown.may_delay
    assert phone.get_by_role("button", name="晚一点到").count() == 0


def test_an_act_that_did_not_arrive_is_told_and_sent_again_as_the_same(screens: Any, window: Any) -> None:
    screens.expected.append("503")
    ticket = window.arrives()
    phone = screens.phone(ticket)
    asked: list[str] = []

    def once_away(route: Any) -> None:
        asked.append(json.loads(route.request.post_data)["request_id"])
        if len(asked) == 1:
            route.fulfill(status=503, body="{}")
        else:
            route.continue_()

    phone.route("**/delay", once_away)
    phone.get_by_role("button", name="晚一点到").click()
    phone.get_by_role("button", name="晚到，保留号").click()
    expect(phone.locator(".problem")).to_contain_text("您的号不受影响")
    phone.get_by_role("button", name="晚到，保留号").click()
    expect(phone.locator(".cards")).to_contain_text("已让后面的人先办")
    assert asked[0] == asked[1]


def test_a_wrong_address_says_what_to_do(screens: Any, window: Any) -> None:
    screens.expected.append("401")
    ticket = window.arrives()
    wrong = ticket.model_copy(update={"phone_url": f"{ticket.phone_url}x"})
    phone = screens.phone(wrong)
    expect(phone.locator(".cards h2")).to_have_text("号码不对或已过期")
    expect(phone.locator(".cards p")).to_contain_text("再扫一次")
    expect(phone.locator(".code")).to_be_hidden()


def test_a_page_that_cannot_reach_the_hall_says_so_in_its_middle(screens: Any, window: Any) -> None:
    screens.expected.append("ERR_FAILED")
    page = screens.watch(screens.context("phone").new_page())
    page.route("**/events?view=ticket", lambda route: route.abort())
    page.clock.install()
    page.goto(f"{window.arrives().phone_url}?lang=zh")
    page.clock.run_for(13_000)
    expect(page.locator(".cards")).to_have_text("连不上营业厅，正在再试。您的号码不受影响，请看大屏、听广播。")
    expect(page.locator(".code")).to_be_hidden()


def test_the_language_of_the_kiosk_is_kept(screens: Any, window: Any) -> None:
    ticket = window.kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"], language=Language.RU))
    page = screens.watch(screens.context("phone", locale="en-US").new_page())
    page.goto(ticket.phone_url)
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.locator(".head .number")).to_have_text(ticket.number)


def test_old_news_keep_the_place_and_turn_amber(
    screens: Any, serve_hall: Any, open_window: Any, tmp_path: Path
) -> None:
    screens.expected += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE"]
    with serve_hall(tmp_path) as hall:
        screens.hall = hall
        ticket = open_window(hall).arrives()
        phone = screens.phone(ticket)
        phone.clock.install()
        phone.reload()
        expect(phone.locator(".age")).to_contain_text("断网也会保留您的号")
    phone.clock.run_for(41_000)
    expect(phone.locator(".age")).to_have_class("age old")
    expect(phone.locator(".head .number")).to_have_text(ticket.number)
    phone.clock.run_for(16 * 60_000)
    expect(phone.locator(".unknown")).to_have_text("时间不详，请看大屏、听广播")
    assert phone.locator(".ahead").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_stay_in_their_boxes(
    screens: Any, window: Any, overflowing: Callable[[Page], list[str]], language: str
) -> None:
    phone = screens.phone(window.arrives("trf"), language)
    assert overflowing(phone) == []
    phone.locator(".two button").first.click()
    assert overflowing(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_nothing_serious_for_people_who_use_aids(
    screens: Any, window: Any, serious: Callable[[Page], list[str]], language: str
) -> None:
    ticket = window.arrives()
    phone = screens.phone(ticket, language)
    assert serious(phone) == []
    phone.locator(".two button").first.click()
    assert serious(phone) == []
    served_until(window, ticket)
    expect(phone.locator("body")).to_have_class("called")
    assert serious(phone) == []
    window.finish()
    phone.locator(".face").first.click()
    assert serious(phone) == []
