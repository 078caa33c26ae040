"""Programs of the hall killed -9: the others go on, and what the dead one knew is neither lost nor done twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from server.contract.topics import LIVE_CALLS, LIVE_COUNTER, LIVE_KPI, LIVE_QUEUE
from server.contract.views.board import BoardView
from server.demo.cut_hall import CutHall, serve_next
from server.demo.cut_line import Fault
from server.demo.programs import KIOSK, STATION
from server.demo.simulated import Simulators
from server.link.acts import HallClient
from server.link.broker import BrokerAddress, BrokerLink
from server.link.errors import HallAway
from server.link.hearing import Heard
from server.link.presence import device_state

Until = Callable[..., bool]
Board = Callable[[], BoardView]
Unwell = Callable[..., list[tuple[str, str, str, str | None]]]
SIGN = "kiosk-2"
"""A device that only listens here."""


class Sign:
    """Somebody who comes fresh to the broker and is told what is so."""

    def __init__(self, cut: CutHall) -> None:
        place = cut.stage.settings.broker
        address = BrokerAddress(place.host, place.port, SIGN, cut.stage.tokens[SIGN])
        self.link = BrokerLink(address, device_state(cut.stage.settings.branch, SIGN, "sign"))
        self.kpi: Any = None
        self.counters: set[str] = set()
        self.queues: set[str] = set()
        self.calls: list[str] = []
        self.link.subscribe(LIVE_KPI, self._hear_kpi)
        self.link.hear(LIVE_COUNTER, lambda heard: self._add(self.counters, heard, "counter"))
        self.link.hear(LIVE_QUEUE, lambda heard: self._add(self.queues, heard, "service"))
        self.link.subscribe(LIVE_CALLS, self._hear_calls)

    def _hear_kpi(self, now: Any) -> None:
        self.kpi = now

    def _hear_calls(self, now: Any) -> None:
        self.calls = [call.number for call in now.calls]

    @staticmethod
    def _add(names: set[str], heard: Heard[Any], place: str) -> None:
        if heard.message is not None:
            names.add(heard.ids[place])


def invited(cut: CutHall, pad: str, number: str) -> bool:
    look = Simulators(cut.stage.control_port).ask(pad, "look")
    return (look["light"], look["number"]) == ("invite", number)


@pytest.mark.fault(1)
def test_with_the_broker_dead_people_are_called_and_a_new_empty_broker_learns_everything_again(
    cut: CutHall, clerk: HallClient, board: Board, unwell: Unwell, until: Until
) -> None:
    cut.kill("broker")
    assert until(lambda: not board().device_lamps)
    told = cut.touch("pay", tag="no-broker")
    assert (told["error"], told["offline"]) == ("", False)
    number = serve_next(clerk, 1)
    assert number == told["number"]

    cut.again("broker")
    fresh = Sign(cut)
    fresh.link.start()
    counters = {str(desk.counter) for desk in board().counters}
    queues = {queue.service for queue in board().queues}

    assert until(lambda: fresh.counters == counters and fresh.queues == queues and fresh.calls[:1] == [number])
    assert fresh.kpi.issued == board().issued
    fresh.link.stop()
    assert until(lambda: board().device_lamps)
    until(lambda: not unwell("ok", "lost"))
    assert unwell("ok", "lost") == []


@pytest.mark.fault(1, 30)
def test_presses_of_a_station_killed_before_they_were_acknowledged_count_once(
    cut: CutHall, clerk: HallClient, board: Board, until: Until
) -> None:
    cut.touch("pay", tag="pressed")
    counted = board().ratings.n
    number = serve_next(clerk, 1)
    assert until(lambda: invited(cut, "pad-1", number))

    cut.lines.server_broker.fail(Fault.REFUSED)
    Simulators(cut.stage.control_port).press("pad-1", 4)
    assert until(lambda: Simulators(cut.stage.control_port).ask("pad-1", "look")["light"] == "thanks")
    cut.kill(STATION)
    cut.lines.server_broker.mend()
    cut.again(STATION)

    assert until(lambda: board().ratings.n == counted + 1)
    assert board().ratings.by_score.get(4) == 1
    assert until(lambda: {line.health for line in board().devices if line.device == STATION} == {"ok"})


@pytest.mark.fault(4)
def test_a_kiosk_killed_with_numbers_of_its_own_reports_them_once_when_it_lives_again(
    cut: CutHall, clerk: HallClient, until: Until
) -> None:
    cut.lines.kiosk.fail(Fault.REFUSED)
    printed = [cut.touch("pay", tag=f"before-death-{n}")["number"] for n in range(2)]
    cut.kill(KIOSK)
    cut.lines.kiosk.mend()
    cut.again(KIOSK)

    assert until(lambda: [line.number for line in clerk.desk(1).waiting] == printed)
    assert cut.touch("pay", tag="alive")["number"] not in printed
    assert [serve_next(clerk, 1) for _ in range(3)][:2] == printed


@pytest.mark.fault(2)
def test_with_the_server_dead_the_hall_prints_numbers_and_knows_everything_when_it_is_back(
    cut: CutHall, clerk: HallClient, board: Board, until: Until
) -> None:
    before = board()
    cut.kill("server")
    told = cut.touch("pay", tag="no-server")
    assert (told["error"], told["offline"], told["printed"]) == ("", True, "printed")
    cut.again("server")

    assert until(lambda: told["number"] in waiting(clerk))
    assert board().issued == before.issued + 1
    assert serve_next(clerk, 1) == told["number"]
    assert until(lambda: board().device_lamps)


def waiting(clerk: HallClient) -> list[str]:
    try:
        return [line.number for line in clerk.desk(1).waiting]
    except HallAway:
        return []


def test_all_programs_killed_at_once_come_back_to_the_same_hall(
    cut: CutHall, clerk: HallClient, board: Board, until: Until
) -> None:
    told = cut.touch("pay", tag="before-the-cut")
    before = board()
    victims = ["broker", "server", STATION, KIOSK]
    killers = [threading.Thread(target=cut.kill, args=(name,)) for name in victims]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join()
    for name in victims:
        cut.again(name)

    assert until(lambda: told["number"] in waiting(clerk))
    after = board()
    assert (after.issued, after.called, after.finished) == (before.issued, before.called, before.finished)
    assert cut.touch("pay", tag="after-the-cut")["error"] == ""
    assert serve_next(clerk, 1) == told["number"]
