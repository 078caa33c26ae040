"""The manager's board in a real browser: only for who signs in, the API's own figures, never old ones as fresh."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.application.alarms import Alarm
from server.application.scene import DeviceFacts
from server.contract.views.board import DeviceLine

LANGUAGES = ("zh", "en", "vi", "ru")


@pytest.fixture(scope="module")
def window(served: Any, open_window: Any) -> Any:
    return open_window(served)


def figure(board: Page, title: str) -> str:
    return board.locator(".figure", has_text=title).locator("p").inner_text().split()[0]


def test_board_asks_who_looks(screens: Any) -> None:
    page = screens.login()
    expect(page.locator("form#login")).to_be_visible()
    assert page.locator(".board").count() == 0
    page.fill("[name=staff]", "manager-1")
    page.fill("[name=secret]", "not the password")
    page.click("button.primary")
    expect(page.locator(".problem")).to_have_text("工号或密码不对，请再试一次。")
    assert page.locator(".board").count() == 0


def test_figures_are_those_of_the_api(screens: Any, window: Any) -> None:
    for _ in range(3):
        window.arrives()
    window.next()
    board = screens.board()
    answer = board.request.get(f"{window.hall.url}/api/v1/branches/chengdong/board")
    view = answer.json()
    expect(board.locator(".figure", has_text="正在等候").locator("p")).to_contain_text(str(view["waiting"]))
    assert figure(board, "没等到就走了") == str(view["no_show"])
    assert f"已取 {view['issued']} 个号" in board.locator(".arrivals h2").inner_text()
    assert board.locator(".counters > div").count() == len(view["counters"])
    expect(board.locator(".counters > div").first).to_contain_text(view["counters"][0]["number"])


def test_a_call_reaches_the_board_within_moments(screens: Any, window: Any) -> None:
    board = screens.board()
    ticket = window.arrives()
    while window.next().current.number != ticket.number:
        pass
    expect(board.locator(".counters > div").first).to_contain_text(ticket.number, timeout=2000)


def crowded(view: dict[str, Any]) -> dict[str, Any]:
    """The same hall on its worst morning: the longest names everywhere, twelve late, six devices ailing."""
    now = view["stamp"]["as_of"]
    late = {"ticket": "x", "number": "A023", "service": "trf", "customer_class": "appointment", "waited_s": 2280}
    done = {"called": 30, "p50_s": 1440, "p90_s": 2280, "within_target": 24, "of_target": 32}
    held = {"state": "open", "number": "A017", "service": "trf", "ticket_state": "serving", "ticket_since": now}
    device = {"part": "printer-1", "health": "fault", "alert": "roll-ending", "since": now, "paper_minutes": 95}
    for queue in view["queues"]:
        queue |= {"waiting": 5, "longest_wait_s": 2280}
    return view | {
        "device_lamps": True,
        "late": [late | {"target_s": 1200, "share": 1.9}] * 3 + [late | {"target_s": 2500, "share": 0.91}] * 3,
        "services_today": [done | {"service": service} for service in ("trf", "ent", "inv", "pay", "new", "con")],
        "counters": [counter | held for counter in view["counters"]],
        "devices": [device | {"device": f"kiosk-{number}"} for number in range(1, 7)],
        "ratings": view["ratings"] | {"n": 44, "satisfied": 41, "low": 0.818, "high": 0.977, "unmatched": 12},
        "finished": 180,
        "no_show": 12,
        "forecast_n": 150,
        "forecast_hit": 120,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_stay_in_their_boxes_and_nobody_late_or_broken_goes_uncounted(
    screens: Any, window: Any, overflowing: Callable[[Page], list[str]], language: str
) -> None:
    board = screens.board(language)
    view = crowded(board.request.get(f"{window.hall.url}/api/v1/branches/chengdong/board").json())
    told = f"event: snapshot\ndata: {json.dumps(view)}\n\n"
    board.route("**/events?view=board", lambda route: route.fulfill(content_type="text/event-stream", body=told))
    board.reload()
    expect(board.locator(".late tr")).to_have_count(6)
    assert overflowing(board) == []
    board.set_viewport_size({"width": 390, "height": 844})
    assert overflowing(board) == []
    assert board.evaluate("document.documentElement.scrollWidth") == 390
    expect(board.locator(".late h2")).to_contain_text("12")
    devices = board.locator(".devices li")
    expect(devices).to_have_count(5)
    expect(devices.last).to_contain_text("2")


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_nothing_serious_for_people_who_use_aids(
    screens: Any, window: Any, serious: Callable[[Page], list[str]], language: str
) -> None:
    login = screens.login(language)
    assert serious(login) == []
    assert serious(screens.board(language)) == []


def test_board_says_what_ails_devices_and_the_hall_also_in_words_it_has_not_learned(
    screens: Any, serve_hall: Any, tmp_path: Path
) -> None:
    since = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
    ailing = [
        DeviceLine(device="kiosk-1", part=part, health="fault", alert=alert, since=since)
        for part, alert in (("printer-1", "paper-out"), ("store", "store-set-aside"), ("coil", "warp-coil-cold"))
    ]
    ending = DeviceLine(
        device="kiosk-2", part="printer-2", health="ok", alert="roll-ending", since=since, paper_minutes=95
    )
    with serve_hall(tmp_path) as hall:
        hall.server.front.devices = lambda: DeviceFacts(True, (*ailing, ending))
        hall.server.front.alarms.watch(lambda: [Alarm("flood", ("pad-7",))])
        screens.hall = hall
        board = screens.board("en")
        paper = ("the roll will end soon", "paper for about 95 min of use")
        flood = "sends far too much, the rest is dropped: pad-7"
        for words in ("out of paper", "set aside", "warp-coil-cold", flood, *paper):
            expect(board.locator(".list", has_text=words).first).to_be_visible()


def test_says_within_twelve_seconds_that_it_is_old(screens: Any, serve_hall: Any, tmp_path: Path) -> None:
    screens.expected += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE"]
    with serve_hall(tmp_path) as hall:
        screens.hall = hall
        board = screens.board()
        expect(board.locator(".age")).to_contain_text("秒前")
        board.clock.install()
        board.reload()
        expect(board.locator(".age")).to_contain_text("秒前")
    board.clock.run_for(12_000)
    expect(board.locator(".board")).to_have_class("board stale")
    expect(board.locator(".age")).to_contain_text("数据停在")
