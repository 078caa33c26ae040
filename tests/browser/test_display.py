"""The hall display in a real browser: calls at once, each long enough, never an old one as if it were new."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

LANGUAGES = ("zh", "en", "vi", "ru")
MOMENTS_MS = 2000
SMALL_TEXTS = """() => [...document.body.querySelectorAll("*")]
  .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== ""))
  .filter((node) => node.getClientRects().length > 0 && parseFloat(getComputedStyle(node).fontSize) < 52)
  .map((node) => `${getComputedStyle(node).fontSize} ${node.textContent}`)"""


@pytest.fixture(scope="module")
def window(served: Any, open_window: Any) -> Any:
    return open_window(served)


def hall_json(window: Any) -> dict[str, Any]:
    view: dict[str, Any] = json.loads(window.kiosk.hall().model_dump_json())
    return view


def frame(view: dict[str, Any]) -> str:
    return f"event: snapshot\nid: {view['stamp']['rev']}\ndata: {json.dumps(view)}\n\n"


def call(view: dict[str, Any], seq: int, number: str, active: bool = True) -> dict[str, Any]:
    at = view["stamp"]["as_of"]
    return {"seq": seq, "number": number, "counter": 2, "service": "pay", "at": at, "times": 1, "active": active}


def telling(views: list[dict[str, Any]]) -> Callable[[Page], None]:
    """Puts these views in place of the hall's stream; they come at once, one after the other."""

    def before(page: Page) -> None:
        def answer(route: Route) -> None:
            route.fulfill(content_type="text/event-stream", body="".join(frame(view) for view in views))

        page.route("**/events?view=hall", answer)

    return before


def unheard_of(page: Page) -> None:
    """The hall does not answer, and the display has waited for it long enough."""
    page.route("**/events?view=hall", lambda route: route.abort())
    page.clock.install()
    page.on("domcontentloaded", lambda loaded: loaded.clock.run_for(13_000))


def test_a_call_is_shown_within_moments(screens: Any, window: Any) -> None:
    window.arrives()
    window.next()
    window.finish()
    display = screens.display()
    ticket = window.arrives()
    expect(display.locator(".call .number")).not_to_have_text(ticket.number)
    window.next()
    expect(display.locator(".call .number")).to_have_text(ticket.number, timeout=MOMENTS_MS)
    expect(display.locator(".call .box")).to_have_text("1")
    expect(display.locator(".call")).to_have_class("call flash now")


def test_two_quick_calls_are_each_shown_six_seconds(screens: Any, window: Any) -> None:
    window.arrives()
    window.next()
    window.finish()
    display = screens.display(before=lambda page: page.clock.install())
    first, second = window.arrives(), window.arrives()
    display.clock.pause_at(display.evaluate("Date.now() / 1000") + 0.5)
    window.next()
    number = display.locator(".call .number")
    expect(number).to_have_text(first.number)
    window.next()
    expect(display.locator(".strip")).to_have_text("现在不用等，请直接取号。")
    display.clock.run_for(5700)
    expect(number).to_have_text(first.number)
    display.clock.run_for(600)
    expect(number).to_have_text(second.number)
    expect(display.locator(".last li").first).to_contain_text(first.number)


def test_a_call_that_was_answered_before_its_turn_is_not_shown_and_one_that_was_loses_its_yellow(
    screens: Any, window: Any
) -> None:
    first, second, third = (hall_json(window) for _ in range(3))
    first["calls"] = [call(first, 90, "A090")]
    second["calls"] = [call(second, 91, "A091"), *first["calls"]]
    third["calls"] = [call(third, 91, "A091", active=False), call(third, 90, "A090", active=False)]
    for rev, view in enumerate((first, second, third), start=1000):
        view["stamp"]["rev"] = rev

    def before(page: Page) -> None:
        page.clock.install()
        telling([first, second, third])(page)

    display = screens.display(before=before)
    expect(display.locator(".call")).to_have_class("call flash now")
    display.clock.run_for(7000)
    expect(display.locator(".call .number")).to_have_text("A090")
    expect(display.locator(".call")).to_have_class("call flash")


def test_no_call_is_told_by_what_is_known(screens: Any, window: Any) -> None:
    screens.expected.append("ERR_FAILED")
    unheard = screens.display(before=unheard_of)
    expect(unheard.locator(".call")).to_have_text("正在连接，请听广播")
    expect(unheard.locator(".strip")).to_contain_text("您的号码有效")
    view = hall_json(window) | {"calls": [], "waiting": 7}
    expect(screens.display(before=telling([view])).locator(".call")).to_have_text("还没有叫号，叫到您时会显示在这里")
    view |= {"waiting": 0, "issuing": False}
    expect(screens.display(before=telling([view])).locator(".call")).to_have_text("现在停止取号")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_is_said_in_every_language(
    screens: Any, window: Any, overflowing: Callable[[Page], list[str]], language: str
) -> None:
    screens.expected.append("ERR_FAILED")
    display = screens.display(language, before=unheard_of)
    expect(display.locator(".queues p .ic").first).to_be_visible()
    assert overflowing(display) == []
    assert display.evaluate(SMALL_TEXTS) == []


def test_a_lower_revision_is_not_shown(screens: Any, window: Any) -> None:
    newer = hall_json(window)
    older = json.loads(json.dumps(newer))
    newer["calls"] = [call(newer, 90, "A900")]
    older["calls"] = [call(newer, 80, "A800")]
    older["stamp"]["rev"] = newer["stamp"]["rev"] - 1
    display = screens.display(before=telling([newer, older]))
    expect(display.locator(".call .number")).to_have_text("A900")
    expect(display.locator(".last")).not_to_contain_text("A800")


def test_names_are_text_whatever_they_contain(screens: Any, window: Any) -> None:
    view = hall_json(window)
    evil = "<script>document.title='owned'</script>{{7*7}}"
    view["calls"] = [call(view, 90, evil) | {"service": evil}]
    display = screens.display(before=telling([view]))
    expect(display.locator(".call .number")).to_have_text(evil)
    assert display.locator(".call script").count() == 0
    assert display.title() != "owned"


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_large_and_inside_their_boxes_and_nothing_scrolls(
    screens: Any, window: Any, overflowing: Callable[[Page], list[str]], language: str
) -> None:
    view = hall_json(window)
    for queue in view["queues"]:
        queue |= {"waiting": 17, "longest_wait_s": 3000}
        queue["forecast"] = {"low_s": 1860, "likely_s": 3000, "high_s": 5900, "as_of": view["stamp"]["as_of"]}
    view["waiting"] = 68
    display = screens.display(language, before=telling([view]))
    expect(display.locator(".strip .slow")).to_be_visible()
    assert display.evaluate(SMALL_TEXTS) == []
    assert overflowing(display) == []
    root = "document.documentElement"
    assert display.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [1920, 1080]


def test_says_within_twelve_seconds_that_it_is_old_and_recovers(
    screens: Any, serve_hall: Any, open_window: Any, tmp_path: Path
) -> None:
    screens.expected += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "503"]
    with serve_hall(tmp_path) as hall:
        screens.hall = hall
        window = open_window(hall)
        before = window.arrives()
        window.next()
        display = screens.display(before=lambda page: page.clock.install())
        expect(display.locator(".call .number")).to_have_text(before.number)
    display.clock.run_for(12_000)
    expect(display.locator(".display")).to_have_class("display stale")
    expect(display.locator(".call")).not_to_have_class("now")
    expect(display.locator(".strip")).to_contain_text("您的号码有效")
    expect(display.locator(".queues p").first).to_have_text("时间不详")
    with serve_hall(tmp_path, at=urlsplit(hall.url).port):
        display.clock.run_for(6000)
        expect(display.locator(".display")).to_have_class("display", timeout=10_000)
        expect(display.locator(".call .number")).to_have_text(before.number)


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_nothing_serious_for_people_who_use_aids(
    screens: Any, window: Any, serious: Callable[[Page], list[str]], language: str
) -> None:
    assert serious(screens.display(language)) == []
