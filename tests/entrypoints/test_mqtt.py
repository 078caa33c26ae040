"""The server at its broker: a finished customer is asked at the pad, the press counts, devices reach the board."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.application.answers import Accepted
from server.bootstrap import Server, build
from server.contract.messages import (
    CallsNow,
    DeviceAlert,
    Health,
    KpiNow,
    PartState,
    RatingClosed,
    RatingPress,
    RatingWindow,
    ServerState,
)
from server.contract.topics import (
    DEVICE_ALERT,
    DEVICE_PART,
    LIVE_CALLS,
    LIVE_KPI,
    RATING,
    RATING_CLOSED,
    RATING_WINDOW,
    SERVER_STATE,
)
from server.domain import commands as cmd
from server.domain.visit import Record
from server.domain.vocabulary import (
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    Language,
    Outcome,
    ServiceId,
    TicketId,
)
from server.link.broker import BrokerAddress, BrokerLink
from server.link.outbox import Outbox
from server.link.presence import device_state
from server.link.sender import EventSender
from server.settings import load

CONFIG = Path(__file__).parents[2] / "config"
PAY, ONE = ServiceId("pay"), CounterNo(1)


class Station:
    """A station with one pad at counter 1."""

    def __init__(self, host: str, port: int, branch: str, outbox: Path) -> None:
        self.link = BrokerLink(
            BrokerAddress(host, port, "station-1", "any"), device_state(branch, "station-1", "station")
        )
        self.heard: queue.Queue[Any] = queue.Queue()
        self.outbox = Outbox(outbox)
        self.sender = EventSender(self.link, self.outbox, "station-1", (RATING,))
        self.link.subscribe(RATING_WINDOW, self.heard.put)
        self.link.subscribe(RATING_CLOSED, self.heard.put)
        self.link.publish(DEVICE_PART, PartState(health=Health.OK, kind="rating_pad", counter=1), name="pad-1")
        self.sender.start()
        self.link.start()

    def close(self) -> None:
        self.sender.stop()
        self.link.stop()
        self.outbox.close()


@pytest.fixture
def server(start_mosquitto: Any, tmp_path: Path) -> Iterator[Server]:
    broker = start_mosquitto("allow_anonymous true\npersistence false")
    environment = {
        "HALL_DATA": str(tmp_path / "data"),
        "HALL_SPEED": "4",
        "HALL_BROKER": "mosquitto",
        "HALL_BROKER_PORT": str(broker.port),
    }
    made = build(load(CONFIG, environment))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def station(server: Server, tmp_path: Path) -> Iterator[Station]:
    place = server.settings.broker
    station = Station(place.host, place.port, server.settings.branch, tmp_path / "outbox.db")
    assert until(lambda: server.front.devices().lamps and len(server.front.devices().lines) == 2)
    yield station
    station.close()


def until(wanted: Callable[[], bool], seconds: float = 30) -> bool:
    return any(wanted() or threading.Event().wait(0.05) for _ in range(int(seconds / 0.05)))


def ask(server: Server, command: cmd.Command, request_id: str) -> None:
    answer = server.keeper.submit(
        command, by="1001", client="counter-1", request_id=request_id, body_digest=request_id
    ).result(10)
    assert isinstance(answer, Accepted), answer


def serve_one(server: Server, ticket: str) -> None:
    issue = cmd.Issue(
        TicketId(ticket), (PAY,), CustomerClass.NORMAL, Digest(""), Language.RU, Channel.KIOSK, promise=(0, 1, 2)
    )
    record = Record(PAY, Outcome.DONE)
    steps: tuple[cmd.Command, ...] = (
        issue,
        cmd.Next(ONE, None),
        cmd.Start(ONE, TicketId(ticket)),
        cmd.Finish(ONE, TicketId(ticket), record),
    )
    for number, step in enumerate(steps):
        ask(server, step, f"{ticket}-step-{number}")


def test_finished_customer_is_asked_at_the_pad_and_the_press_counts(server: Server, station: Station) -> None:
    ask(server, cmd.OpenCounter(ONE, ClerkId("1001")), "open-counter-1")
    serve_one(server, "01JBR3K1ZQ8YV7T5M2N4P6R8S1")

    window = station.heard.get(timeout=30)
    assert isinstance(window, RatingWindow)
    assert (window.counter, window.language) == (1, Language.RU)
    assert window.seconds <= server.settings.hall.rating_s

    press = RatingPress(window=window.window, score=5, key=1, counter=1, in_time=True)
    station.sender.tell(RATING, press)

    assert until(lambda: station.outbox.count() == 0)
    assert server.keeper.figures.today().by_score == {5: 1}
    closed = station.heard.get(timeout=30)
    assert isinstance(closed, RatingClosed)
    assert closed.window == window.window


def test_station_that_comes_late_is_told_of_the_open_window(server: Server, tmp_path: Path) -> None:
    ask(server, cmd.OpenCounter(ONE, ClerkId("1001")), "open-counter-1")
    serve_one(server, "01JBR3K1ZQ8YV7T5M2N4P6R8S1")

    place = server.settings.broker
    late = Station(place.host, place.port, server.settings.branch, tmp_path / "late.db")

    assert late.heard.get(timeout=30).number.startswith("B")
    late.close()


def test_devices_and_their_alerts_reach_the_board(server: Server, station: Station) -> None:
    station.link.publish(DEVICE_PART, PartState(health=Health.FAULT, kind="rating_pad", counter=1), name="pad-1")
    station.link.publish(DEVICE_ALERT, DeviceAlert(cause="unplugged", part="pad-1"), name="pad-1")

    def lines() -> list[tuple[str, str, str, str | None]]:
        return [(line.device, line.part, line.health, line.alert) for line in server.front.devices().lines]

    wanted = [("station-1", "", "ok", None), ("station-1", "pad-1", "fault", "unplugged")]
    assert until(lambda: lines() == wanted), lines()

    station.link.stop()

    assert until(lambda: [line[2] for line in lines()] == ["lost", "lost"]), lines()


def test_live_facts_and_the_servers_own_state_are_there_for_everyone(server: Server, station: Station) -> None:
    heard: queue.Queue[Any] = queue.Queue()
    station.link.subscribe(SERVER_STATE, heard.put)
    state = heard.get(timeout=30)
    assert isinstance(state, ServerState)
    assert (state.online, state.journal) == (True, server.keeper.journal_id)

    station.link.subscribe(LIVE_KPI, heard.put)
    station.link.subscribe(LIVE_CALLS, heard.put)
    ask(server, cmd.OpenCounter(ONE, ClerkId("1001")), "open-counter-1")
    serve_one(server, "01JBR3K1ZQ8YV7T5M2N4P6R8S1")

    said: list[Any] = []

    def finished() -> bool:
        while not heard.empty():
            said.append(heard.get())
        called = any(isinstance(each, CallsNow) and len(each.calls) == 1 for each in said)
        return called and any(isinstance(each, KpiNow) and (each.issued, each.finished) == (1, 1) for each in said)

    assert until(finished), said
