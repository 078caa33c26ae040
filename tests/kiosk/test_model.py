"""The view-model: touches become moves, moves become what the screens show."""

from typing import Any

from pytestqt.qtbot import QtBot

from devices.protocols import Printed

Bench = Any


def test_a_touch_on_a_tile_shows_the_service(bench: Bench, qtbot: QtBot) -> None:
    bench.settle()
    with qtbot.waitSignal(bench.model.page_changed):
        bench.model.choose("trf")

    assert bench.model.page == "service"
    assert bench.model.service["wait"]["figure"] == "8–14"


def test_one_visit_is_one_ticket_however_often_it_is_touched(bench: Bench) -> None:
    bench.take()
    bench.model.take()
    bench.model.take()
    bench.worker.work()

    assert len(bench.server.issued) == 1
    assert len(bench.printer.sheets) == 1
    assert (bench.model.page, bench.model.ticket["number"]) == ("ticket", "A023")


def test_the_number_is_on_the_screen_before_the_paper(bench: Bench) -> None:
    bench.take()
    bench.worker.jobs.pop(0)()
    bench.worker.jobs.pop(0)()

    assert bench.model.page == "ticket"
    assert bench.model.ticket["print"]["state"] == "printing"
    assert bench.printer.sheets == []


def test_a_printer_fault_leaves_the_number_valid_and_offers_another_try(bench: Bench, expected_logs: Any) -> None:
    expected_logs.expect("slip not confirmed")
    bench.printer.says = Printed.FAILED
    bench.take()
    bench.worker.work()

    assert bench.model.ticket["print"]["state"] == "failed"
    assert bench.model.ticket["number"] == "A023"

    bench.printer.says = Printed.PRINTED
    bench.settle()
    bench.model.act("again")
    bench.worker.work()
    assert bench.model.ticket["print"]["state"] == "printed"
    assert bench.printer.sheets[1].copy_mark == "补打 1"


def test_nothing_is_signalled_while_nothing_changes(bench: Bench, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(bench.model.home_changed), qtbot.assertNotEmitted(bench.model.dock_changed):
        bench.model.refresh()
        bench.model.refresh()


def test_waits_go_stale_twelve_seconds_after_the_last_word(bench: Bench) -> None:
    bench.machine.passes(12.0)
    bench.model.refresh()
    assert bench.model.home["panel"]["kind"] == "live"

    bench.machine.passes(0.1)
    bench.model.refresh()
    tile = bench.model.home["groups"][0]["tiles"][1]
    assert (bench.model.home["panel"]["kind"], tile["kind"], tile["stamp"]) == ("offline", "stale", "10:42")


def test_the_elder_screen_has_six_places_and_issues_the_elder_class(bench: Bench) -> None:
    bench.model.act("elder")
    assert len(bench.model.elder["tiles"]) == 6

    bench.take()
    bench.worker.work()
    assert [one.customer_class.value for one in bench.server.issued.values()] == ["elder"]


def test_the_language_is_the_tickets_too(bench: Bench) -> None:
    bench.model.speak("ru")
    bench.take()
    bench.worker.work()

    assert [one.language.value for one in bench.server.issued.values()] == ["ru"]
    assert bench.printer.sheets[0].language.value == "ru"


def test_a_call_for_staff_says_only_what_is_true(bench: Bench) -> None:
    bench.model.act("staff")
    bench.worker.work()
    assert bench.model.dock["staff"]["label"] == "已通知工作人员"

    bench.staff_hears[0] = False
    bench.model.act("staff")
    bench.worker.work()
    assert bench.model.dock["staff"]["label"] == "没通知到，\n请到 1 号台"


def test_without_the_hall_the_number_is_from_the_reserved_range(bench: Bench, expected_logs: Any) -> None:
    expected_logs.expect("the hall is away")
    bench.remember()
    bench.server.away = True
    bench.take()
    bench.worker.work()

    assert bench.model.ticket["number"] == "A800"
    assert bench.model.ticket["url"] == ""
    assert bench.model.ticket["wait"]["phrase"] == "线路暂时不通"


def test_a_closed_service_cannot_be_taken_and_says_when(bench: Bench) -> None:
    bench.close_service("trf")
    bench.take()

    assert bench.model.service["may_take"] is False
    assert "今天 14:00 起" in bench.model.service["trouble"]["body"]


def test_no_number_can_be_asked_for_while_the_hall_gives_none(bench: Bench) -> None:
    bench.stop_issuing()
    bench.take()

    assert bench.model.service["may_take"] is False
    assert bench.model.service["trouble"]["title"] == bench.model.home["panel"]["title"] == "现在不取号了"


def test_a_service_that_was_closed_too_long_ago_to_know_may_be_taken(bench: Bench) -> None:
    bench.close_service("trf")
    bench.machine.passes(16 * 60)
    bench.settle()
    bench.model.choose("trf")

    assert bench.model.service["may_take"] is True
    assert bench.model.service["trouble"]["body"] == ""


def test_no_slip_is_promised_by_a_printer_that_is_known_to_fail(bench: Bench) -> None:
    promised = []
    for well in (True, False):
        bench.model.hear_printer(well)
        bench.settle()
        bench.model.choose("trf")
        promised.append((bench.model.service["take_sub"], bench.model.service["may_take"]))

    assert promised == [("会打印小票", True), ("现在打不了小票，号码照样有效", True)]
