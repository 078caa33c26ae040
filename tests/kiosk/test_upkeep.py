"""Behind the screen: learning the branch, coming back on line, telling staff of the printer."""

from collections.abc import Callable
from typing import Any

import pytest

from devices.health import Cause, Health
from kiosk.halltime import HallTime
from kiosk.taking import NumberDesk
from kiosk.telling import NoPrinter, Telling
from kiosk.upkeep import Upkeep
from server.contract.acts import IssueTicket
from server.contract.views.services import ServicesView
from server.link.errors import HallAway

Machine = Any
Server = Any
Printer = Any
Services = Callable[..., Any]


@pytest.fixture
def learned() -> list[ServicesView]:
    return []


@pytest.fixture
def healths() -> list[Health]:
    return []


@pytest.fixture
def upkeep(
    desk: NumberDesk,
    server: Server,
    services: Services,
    printer: Printer,
    machine: Machine,
    learned: list[ServicesView],
    healths: list[Health],
) -> Upkeep:
    def ask() -> ServicesView:
        if server.away:
            raise HallAway("no connection")
        view: ServicesView = services()
        return view

    telling = Telling(None, "printer-1", machine.wall, machine.monotonic)
    return Upkeep(desk, ask, learned.append, printer, healths.append, telling, machine.monotonic)


def test_the_branch_is_learned_and_kept(upkeep: Upkeep, desk: NumberDesk, learned: list[ServicesView]) -> None:
    upkeep.step()
    upkeep.step()

    assert len(learned) == 1
    assert desk.store.services() == learned[0]


def test_the_screen_hears_how_the_printer_is(upkeep: Upkeep, printer: Printer, healths: list[Health]) -> None:
    upkeep.step()

    assert healths == [printer.health()]


def test_numbers_are_reported_when_the_hall_is_back(
    upkeep: Upkeep, desk: NumberDesk, server: Server, machine: Machine, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away")
    upkeep.step()
    server.away = True
    for name in ("a", "b"):
        desk.take(IssueTicket(request_id=f"request-{name}", services=["trf"]))
        machine.passes(1)
    upkeep.step()
    assert server.adopted == []

    server.away = False
    machine.passes(3)
    upkeep.step()
    assert [one.offline.number for one in server.adopted] == [800, 801]
    assert desk.store.waiting() == ()


def test_without_a_broker_nobody_is_told_and_it_says_so(machine: Machine) -> None:
    telling = Telling(None, "printer-1", machine.wall, machine.monotonic)

    telling.printer(Health.of({Cause.PAPER_OUT}), {})
    telling.tick()
    assert telling.call_staff() is False


def test_a_kiosk_without_printer_says_it_of_each_slip() -> None:
    assert NoPrinter().health().causes == {Cause.UNPLUGGED}


def test_hall_time_runs_on_from_what_was_told(machine: Machine) -> None:
    time = HallTime(machine.wall, machine.monotonic, speed=60.0)
    assert (time.now(), time.fresh) == (machine.wall(), False)

    start = machine.wall()
    time.told(start)
    time.heard(machine.monotonic())
    machine.passes(10)
    assert ((time.now() - start).total_seconds(), time.fresh) == (600.0, True)
    machine.passes(3)
    assert time.fresh is False
