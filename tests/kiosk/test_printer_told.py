"""What staff hear of a kiosk's printer: a fault at once, its paper in figures, and an alarm before the roll ends."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from devices.farend import TcpEnd
from devices.protocols import Printed
from devices.resources import TcpPort
from devices.sheets import NUMBER, Line, Sheet
from devices.ticket_printer.cable import cable_to
from devices.ticket_printer.driver import EscposTicketPrinter, Says
from devices.ticket_printer.layout import Paper
from devices.ticket_printer.rollbook import RollBook
from devices.ticket_printer.simulator import SimulatedPrinter
from kiosk.taking import NumberDesk
from kiosk.telling import Telling
from kiosk.upkeep import Upkeep
from server.contract.messages import DeviceAlert, PartState
from server.contract.topics import DEVICE_ALERT, DEVICE_PART
from server.contract.words import Language
from server.link.broker import BrokerAddress, BrokerLink
from server.link.presence import device_state, server_state

Heard = queue.Queue[Any]
SLIP = Sheet((Line("A001", NUMBER, bold=True), Line("过户 / 更名")), Language.ZH)


@pytest.fixture
def far() -> Iterator[tuple[SimulatedPrinter, int]]:
    end = TcpEnd("127.0.0.1", 0)
    far = SimulatedPrinter(end, Random(1))
    far.start()
    yield far, end.port
    far.stop()


@pytest.fixture
def printer(far: tuple[SimulatedPrinter, int], machine: Any, tmp_path: Path) -> Iterator[EscposTicketPrinter]:
    """It speaks unasked, on a roll of a metre."""
    roll = RollBook(tmp_path / "printer-1.roll", 1000, machine.wall, fed_mm=12)
    cable = cable_to("printer-1", TcpPort("127.0.0.1", far[1]))
    printer = EscposTicketPrinter("printer-1", cable, Paper(), says=Says(unasked=True), roll=roll)
    yield printer
    printer.close()


@pytest.fixture
def told(mosquitto: Any, branch_id: str) -> Iterator[tuple[Heard, Heard]]:
    """Parts and alerts as the server hears them."""
    parts: Heard = queue.Queue()
    alerts: Heard = queue.Queue()
    link = BrokerLink(
        BrokerAddress(mosquitto.host, mosquitto.port, "server", "any"), server_state(branch_id, lambda: ("j1", 1))
    )
    link.hear(DEVICE_PART, parts.put)
    link.hear(DEVICE_ALERT, alerts.put)
    link.start()
    assert link.wait_up(30)
    yield parts, alerts
    link.stop()


@pytest.fixture
def upkeep(
    desk: NumberDesk, services: Any, printer: EscposTicketPrinter, machine: Any, mosquitto: Any, branch_id: str
) -> Iterator[Upkeep]:
    link = BrokerLink(
        BrokerAddress(mosquitto.host, mosquitto.port, "kiosk-1", "any"), device_state(branch_id, "kiosk-1", "kiosk")
    )
    link.start()
    assert link.wait_up(30)
    telling = Telling(link, "printer-1", machine.wall, machine.monotonic)
    upkeep = Upkeep(desk, services, lambda _services: None, printer, lambda _health: None, telling, machine.monotonic)
    yield upkeep
    upkeep.stop()
    link.stop()


def next_of(heard: Heard, is_so: Callable[[Any], bool]) -> Any:
    while True:
        message = heard.get(timeout=30)
        if message.ids["name"] == "printer-1" and is_so(message.message):
            return message.message


def test_what_a_printer_says_unasked_is_told_to_staff_and_taken_back(
    upkeep: Upkeep, far: tuple[SimulatedPrinter, int], told: tuple[Heard, Heard]
) -> None:
    upkeep.start()
    next_of(told[0], lambda part: part is not None and part.health == "ok")

    far[0].do({"do": "paper", "state": "out"})
    alert: DeviceAlert = next_of(told[1], bool)
    assert (alert.cause, alert.part) == ("paper-out", "printer-1")

    far[0].do({"do": "mend"})
    next_of(told[1], lambda alert: alert is None)


def test_paper_is_told_in_figures_and_its_end_before_it_comes(
    upkeep: Upkeep, printer: EscposTicketPrinter, told: tuple[Heard, Heard]
) -> None:
    upkeep.step()
    first: PartState = next_of(told[0], bool)
    assert first.counts == {"slips": 0, "cuts": 0, "paper-mm": 0, "paper-left-mm": 1000}

    for _ in range(8):
        assert printer.print(SLIP).printed is Printed.PRINTED
    upkeep.step()

    part: PartState = next_of(told[0], lambda part: part.counts["slips"] == 8)
    assert part.counts["cuts"] == 8
    assert part.counts["paper-left-mm"] == 1000 - part.counts["paper-mm"]
    assert part.counts["paper-minutes"] <= 120
    assert (part.health, part.causes) == ("ok", ["roll-ending"])
    alert: DeviceAlert = next_of(told[1], bool)
    assert alert.cause == "roll-ending"
