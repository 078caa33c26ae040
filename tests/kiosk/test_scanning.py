"""A code held up to the kiosk: its ticket is shown, who was expected is checked in, a slip can be had again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from devices.protocols import Printed
from kiosk.texts import Texts
from server.application.phone import Capabilities
from server.contract.held import held_ticket
from server.contract.words import Language, TicketState
from server.domain.vocabulary import TicketId

Bench = Any
URL = "https://hall.example"
TICKET = TicketId("01KANMJ9DNMTPKYQ1DSA8Z4SGF")
LATER = datetime(2026, 11, 20, 3, 12, tzinfo=UTC)


def test_the_halls_own_codes_are_known() -> None:
    phones = Capabilities(b"secret", f"{URL}/")

    held = held_ticket(str(phones.url(TICKET)), URL)

    assert held is not None
    assert (held.ticket, phones.ticket_of(held.token)) == (TICKET, TICKET)
    assert held.token not in repr(held)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "A023",
        "6901234567892",
        "https://hall.example",
        "https://hall.example/t/",
        "https://hall.example/t/short",
        "https://hall.example.evil.example/t/" + "A" * 42,
        "http://hall.example/t/" + "A" * 42,
        "https://hall.example/t/" + "A" * 43,
        "https://hall.example/t/" + "A" * 41 + "/",
        "https://hall.example/t/../t/" + "A" * 37,
        "https://hall.example/t/" + "A" * 40 + "%2",
        "WIFI:T:WPA;S:hall;P:secret;;",
        "'; DROP TABLE tickets; --",
    ],
)
def test_any_other_code_is_refused_by_its_form(foreign: str) -> None:
    assert held_ticket(foreign, URL) is None


@given(st.text(max_size=300))
def test_whatever_is_held_up_names_a_ticket_or_none(text: str) -> None:
    for code in (text, f"{URL}/t/{text}"):
        held = held_ticket(code, URL)
        assert held is None or (len(held.ticket) == 26 and code == f"{URL}/t/{held.token}")


def test_without_a_public_address_no_code_is_ours() -> None:
    assert held_ticket(f"{URL}/t/{'A' * 42}", None) is None


def test_a_slip_held_up_shows_its_place_as_it_is_now(bench: Bench) -> None:
    bench.holds_up(TicketState.WAITING, ahead=5)

    assert (bench.model.page, bench.model.ticket["number"]) == ("ticket", "A019")
    assert bench.model.ticket["print"]["title"] == "正在排队"
    assert bench.model.ticket["ahead"] == "5 人"
    assert (bench.server.acts, bench.printer.sheets) == ([], [])


@pytest.mark.parametrize("state", [TicketState.EXPECTED, TicketState.DELAYED])
def test_who_was_expected_is_checked_in(bench: Bench, state: TicketState) -> None:
    bench.holds_up(state, ahead=2)

    assert bench.server.acts == [f"check-in {TICKET}"]
    assert bench.model.ticket["print"]["title"] == "签到好了"


def test_an_appointment_of_another_day_stands(bench: Bench) -> None:
    bench.server.refuses = "too-early"
    bench.holds_up(TicketState.EXPECTED)

    assert bench.model.ticket["print"]["title"] == "预约还没到日子"


@pytest.mark.parametrize(
    ("state", "facts", "title"),
    [
        (TicketState.CALLED, {"counter": 3}, "请现在到 3 号窗口"),
        (TicketState.SERVING, {"counter": 3}, "3 号窗口正在为您办"),
        (TicketState.MISSED, {"return_until": LATER}, "刚才叫过您，号还能用"),
        (TicketState.HELD, {"delayed_until": LATER}, "您的号先放着"),
        (TicketState.CLOSED, {}, "这个号已经结束了"),
    ],
)
def test_each_state_has_its_own_words(bench: Bench, state: TicketState, facts: dict[str, Any], title: str) -> None:
    bench.holds_up(state, **facts)

    assert bench.model.ticket["print"]["title"] == title
    assert bench.server.acts == []


@pytest.mark.fault(15)
def test_a_slip_is_printed_again_with_the_halls_count_of_copies(bench: Bench) -> None:
    bench.holds_up(TicketState.WAITING, reprints=2)
    bench.settle()
    bench.model.act("again")
    bench.worker.work()

    assert bench.server.acts == [f"reprint {TICKET}"]
    assert [sheet.copy_mark for sheet in bench.printer.sheets] == ["补打 3"]
    assert bench.model.ticket["print"]["state"] == "printed"


def test_a_closed_number_is_not_printed_again(bench: Bench) -> None:
    bench.holds_up(TicketState.CLOSED)

    assert bench.model.ticket["other"]["act"] == "read_on"


@pytest.mark.parametrize("language", list(Language))
def test_a_foreign_code_is_answered_in_one_sentence_and_nothing_is_asked(bench: Bench, language: Language) -> None:
    bench.model.speak(language.value)
    bench.settle()
    bench.model.scan("https://elsewhere.example/<b>code</b>")
    bench.worker.work()

    assert bench.model.page == "notice"
    assert bench.model.notice["title"] == Texts(language)("scan.foreign")
    assert "elsewhere" not in str(bench.model.notice)
    assert bench.server.acts == []


def test_a_code_the_hall_does_not_know_sends_to_staff(bench: Bench) -> None:
    bench.holds_up(None)

    assert bench.model.notice["title"] == "没找到这个号"


def test_without_the_hall_a_code_says_that_the_number_is_valid(bench: Bench) -> None:
    bench.server.away = True
    bench.holds_up(TicketState.WAITING)

    assert bench.model.notice["title"] == "线路暂时不通，查不到号"
    assert bench.model.notice["body"].startswith("您的号有效")


def test_a_scan_works_on_any_page_but_takes_no_number_from_whom_it_is_being_printed(bench: Bench) -> None:
    bench.settle()
    bench.model.choose("trf")
    bench.holds_up(TicketState.WAITING)
    assert bench.model.page == "ticket"

    bench.settle()
    bench.model.act("done")
    bench.take()
    bench.model.scan("https://elsewhere.example/")
    assert bench.model.page == "service"
    bench.worker.jobs.pop(0)()
    bench.model.scan("https://elsewhere.example/")
    bench.worker.work()
    assert (bench.model.page, bench.model.ticket["number"]) == ("ticket", "A023")


def test_the_screen_speaks_the_tickets_language_to_who_has_not_chosen_one(new_bench: Callable[[], Bench]) -> None:
    heard = {}
    for chosen in (None, Language.EN):
        bench = new_bench()
        bench.hear()
        if chosen:
            bench.model.speak(chosen.value)
        bench.holds_up(TicketState.WAITING, language=Language.VI)
        heard[chosen] = bench.model.manner["language"]

    assert heard == {None: "vi", Language.EN: "en"}


@pytest.mark.parametrize("state", [TicketState.WAITING, None])
def test_what_a_code_showed_goes_home_by_itself(bench: Bench, qtbot: QtBot, state: TicketState | None) -> None:
    bench.holds_up(state)
    bench.machine.passes(26)
    bench.model.start()

    qtbot.waitUntil(lambda: bench.model.page == "home", timeout=30_000)


def test_the_check_in_row_tells_where_to_hold_the_code_while_the_reader_is_well(bench: Bench) -> None:
    told = []
    for well in (False, True, False):
        bench.model.hear_reader(well)
        told.append(bench.model.home["checkin_sub"])

    assert told == ["请到 1 号台签到", "把二维码对准扫码口就行", "请到 1 号台签到"]


def test_a_failed_copy_leaves_the_number_valid(bench: Bench, expected_logs: Any) -> None:
    expected_logs.expect("slip not confirmed")
    bench.printer.says = Printed.FAILED
    bench.holds_up(TicketState.WAITING)
    bench.settle()
    bench.model.act("again")
    bench.worker.work()

    assert bench.model.ticket["print"]["state"] == "failed"
    assert bench.model.ticket["other"]["act"] == "again"
