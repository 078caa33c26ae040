"""What a kiosk tells the hall's staff of its own disk: an alert that stands until the trouble is over."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.taking import NumberDesk
from kiosk.telling import Telling
from kiosk.upkeep import Upkeep
from server.contract.acts import IssueTicket
from server.contract.messages import DeviceAlert
from server.contract.topics import DEVICE_ALERT
from server.link.broker import BrokerAddress, BrokerLink
from server.link.hearing import Heard
from server.link.presence import device_state, server_state

Machine = Any
Server = Any
Alerts = queue.Queue[Heard[DeviceAlert]]


@pytest.fixture
def alerts(mosquitto: Any, branch_id: str) -> Iterator[Alerts]:
    """What the server hears."""
    heard: Alerts = queue.Queue()
    address = BrokerAddress(mosquitto.host, mosquitto.port, "server", "any")
    link = BrokerLink(address, server_state(branch_id, lambda: ("j1", 1)))
    link.hear(DEVICE_ALERT, heard.put)
    link.start()
    assert link.wait_up(10)
    yield heard
    link.stop()


@pytest.fixture
def start(machine: Machine, mosquitto: Any, branch_id: str) -> Iterator[Callable[[], Telling]]:
    """The kiosk's program, started anew each time it is called."""
    links: list[BrokerLink] = []

    def open_one() -> Telling:
        for link in links:
            link.stop()
        address = BrokerAddress(mosquitto.host, mosquitto.port, "kiosk-1", "any")
        links.append(BrokerLink(address, device_state(branch_id, "kiosk-1", "kiosk")))
        links[-1].start()
        assert links[-1].wait_up(10)
        return Telling(links[-1], "printer-1", machine.wall, machine.monotonic)

    yield open_one
    links[-1].stop()


@pytest.fixture
def upkeep(
    desk: NumberDesk, server: Server, services: Any, printer: Any, machine: Machine, start: Callable[[], Telling]
) -> Upkeep:
    return Upkeep(desk, services, lambda _services: None, printer, lambda _health: None, start(), machine.monotonic)


def next_of(alerts: Alerts, name: str, is_so: Callable[[DeviceAlert | None], bool]) -> DeviceAlert | None:
    while True:
        heard = alerts.get(timeout=10)
        if heard.ids["name"] == name and is_so(heard.message):
            return heard.message


def test_a_number_on_paper_that_the_hall_would_not_take_is_alarmed_for_a_day(
    upkeep: Upkeep, desk: NumberDesk, server: Server, machine: Machine, alerts: Alerts, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away|offline number not adopted")
    upkeep.step()
    server.away = True
    assert desk.take(IssueTicket(request_id="request-a", services=["trf"])).number == "A800"
    server.away, server.refuses = False, "number-taken"
    machine.passes(3)
    upkeep.step()

    alert = next_of(alerts, "not-adopted", bool)
    assert alert is not None
    assert (alert.cause, alert.facts) == ("not-adopted", {"count": 1})

    machine.passes(27 * 3600)
    upkeep.step()
    assert next_of(alerts, "not-adopted", lambda message: message is None) is None


def test_a_store_that_was_set_aside_is_alarmed_until_staff_took_it_away(
    upkeep: Upkeep, desk: NumberDesk, alerts: Alerts, tmp_path: Path
) -> None:
    upkeep.step()
    assert desk.store.aside == ()
    lost = tmp_path / "kiosk.db.broken-yesterday"
    lost.write_text("broken", encoding="utf-8")
    upkeep.step()
    alert = next_of(alerts, "store", bool)
    assert alert is not None
    assert alert.cause == "store-set-aside"

    lost.unlink()
    upkeep.step()
    assert next_of(alerts, "store", lambda message: message is None) is None


def test_a_call_for_staff_ends_after_three_minutes_also_when_the_kiosk_was_started_anew(
    start: Callable[[], Telling], machine: Machine, alerts: Alerts
) -> None:
    assert start().call_staff()
    alert = next_of(alerts, "staff-wanted", bool)
    assert alert is not None

    telling = start()
    machine.passes(100)
    telling.tick()
    assert alerts.empty()
    machine.passes(100)
    telling.tick()

    assert next_of(alerts, "staff-wanted", lambda message: message is None) is None
