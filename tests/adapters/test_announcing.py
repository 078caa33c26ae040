"""What the hall commits, as the broker's readers see it."""

import queue
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.adapters.announcing import Announcer, live_facts
from server.adapters.pad_windows import PadWindows
from server.application.ports import Recorded
from server.contract.common import Stamp, WaitRange
from server.contract.messages import CallsNow, CounterNow, KpiNow, QueueNow
from server.contract.topics import (
    LIVE_CALLS,
    LIVE_COUNTER,
    LIVE_KPI,
    LIVE_QUEUE,
    RATING_CLOSED,
    RATING_WINDOW,
)
from server.contract.views.board import BoardView, RatingsToday
from server.contract.views.hall import CallView, CounterView, QueueView
from server.domain.events.ratings import RatingClosed, RatingOpened
from server.domain.rating import Window, Windows
from server.domain.state import Hall
from server.domain.vocabulary import (
    BranchId,
    ClerkId,
    CounterNo,
    CounterState,
    Language,
    ServiceId,
    TicketId,
    TicketState,
)
from server.link.broker import BrokerAddress, BrokerLink
from server.link.hearing import Heard
from server.link.presence import device_state, server_state

AT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
RANGE = WaitRange(low_s=60, likely_s=180, high_s=420, as_of=AT)


def board(rev: int = 1, *, waiting: int = 2, services: tuple[str, ...] = ("pay", "new")) -> BoardView:
    return BoardView(
        stamp=Stamp(journal="j1", rev=rev, as_of=AT),
        branch="chengdong",
        name={},
        business_day=date(2026, 11, 2),
        waiting=waiting,
        queues=[
            QueueView(service=each, waiting=waiting, longest_wait_s=90, target_s=600, forecast=RANGE)
            for each in services
        ],
        counters=[
            CounterView(
                counter=3,
                state=CounterState.OPEN,
                since=AT,
                number="A023",
                service="pay",
                ticket_state=TicketState.CALLED,
            )
        ],
        calls=[CallView(seq=9, number="A023", counter=3, service="pay", at=AT, language=Language.RU)],
        ratings=RatingsToday(n=20, satisfied=18),
        issued=40,
        called=37,
    )


@pytest.fixture
def line(mosquitto: Any, branch_id: str) -> Iterator[Callable[[str], BrokerLink]]:
    links: list[BrokerLink] = []

    def open_line(user: str) -> BrokerLink:
        own = (
            server_state(branch_id, lambda: ("j1", 1)) if user == "server" else device_state(branch_id, user, "station")
        )
        links.append(BrokerLink(BrokerAddress(mosquitto.host, mosquitto.port, user, "any"), own))
        return links[-1]

    yield open_line
    for link in links:
        link.stop()


def up(link: BrokerLink) -> BrokerLink:
    link.start()
    assert link.wait_up(10)
    return link


def test_board_becomes_facts_for_every_queue_and_counter() -> None:
    facts = {fact.topic.at(branch="b", **fact.ids): fact.message for fact in live_facts(board())}

    assert sorted(facts) == [
        "hall/v1/b/live/calls",
        "hall/v1/b/live/counter/3",
        "hall/v1/b/live/kpi",
        "hall/v1/b/live/queue/new",
        "hall/v1/b/live/queue/pay",
    ]
    queue_now, counter, kpi = (facts[f"hall/v1/b/live/{name}"] for name in ("queue/pay", "counter/3", "kpi"))
    calls = facts["hall/v1/b/live/calls"]
    assert isinstance(calls, CallsNow)
    assert [(call.number, call.language) for call in calls.calls] == [("A023", Language.RU)]
    assert isinstance(queue_now, QueueNow)
    assert (queue_now.waiting, queue_now.oldest_at, queue_now.forecast) == (2, AT - timedelta(seconds=90), RANGE)
    assert isinstance(counter, CounterNow)
    assert (counter.number, counter.ticket_state) == ("A023", TicketState.CALLED)
    assert isinstance(kpi, KpiNow)
    assert (kpi.issued, kpi.called, kpi.rated, kpi.satisfied) == (40, 37, 20, 18)


def test_only_what_changed_is_published_again(line: Callable[[str], BrokerLink]) -> None:
    state = [board(1)]
    heard: queue.Queue[Heard[Any]] = queue.Queue()
    server = line("server")
    announcer = Announcer(server, lambda: state[0])
    sign = line("sign-1")
    for topic in (LIVE_QUEUE, LIVE_COUNTER, LIVE_CALLS, LIVE_KPI):
        sign.hear(topic, heard.put)
    up(server)
    up(sign)
    announcer.start()
    assert len([heard.get(timeout=30) for _ in range(5)]) == 5

    state[0] = board(2).model_copy(update={"waiting": 7})
    announcer.on_committed([], Hall.empty(BranchId("b")))

    changed = heard.get(timeout=30)
    assert isinstance(changed.message, KpiNow)
    assert (changed.message.waiting, changed.message.stamp.rev) == (7, 2)
    assert heard.empty()
    announcer.stop()


def test_what_an_earlier_configuration_left_is_cleared(line: Callable[[str], BrokerLink], branch_id: str) -> None:
    heard: queue.Queue[Heard[QueueNow]] = queue.Queue()
    old = line("server")
    up(old).publish(LIVE_QUEUE, live_facts(board())[0].message, service="abolished")
    old.stop()
    sign = line("sign-1")
    sign.hear(LIVE_QUEUE, heard.put, service="abolished")
    up(sign)
    assert heard.get(timeout=30).message is not None

    server = line("server")
    announcer = Announcer(server, board)
    up(server)
    announcer.start()

    assert heard.get(timeout=30).message is None
    announcer.stop()


WINDOW = Window(
    id="w1",
    ticket=TicketId("t1"),
    number="A023",
    leg=1,
    service=ServiceId("pay"),
    counter=CounterNo(3),
    clerk=ClerkId("1001"),
    opened_at=AT,
    ends_at=AT + timedelta(seconds=10),
    language=Language.VI,
)
HALL = Hall(BranchId("b"), windows=Windows().put(WINDOW))
OPENED = RatingOpened(AT, WINDOW.ticket, "A023", WINDOW.service, 1, WINDOW.counter, WINDOW.clerk, "w1", 10, AT)


class Clock:
    now = AT

    def seconds_until(self, at: datetime) -> float:
        return max(0.0, (at - self.now).total_seconds()) / 2


def pads(link: BrokerLink, station: str | None, clock: Clock) -> PadWindows:
    return PadWindows(
        link,
        station_of=lambda counter: station if counter == 3 else None,
        hall=lambda: HALL,
        now=lambda: clock.now,
        seconds_until=clock.seconds_until,
        new_id=lambda: "c1",
    )


def test_window_goes_to_the_station_of_its_counter_in_machine_seconds(line: Callable[[str], BrokerLink]) -> None:
    heard: queue.Queue[Any] = queue.Queue()
    station, server, clock = line("station-1"), line("server"), Clock()
    station.subscribe(RATING_WINDOW, heard.put)
    station.subscribe(RATING_CLOSED, heard.put)
    up(station)
    windows = pads(up(server), "station-1", clock)

    windows.on_committed([Recorded(1, OPENED, "1001")], HALL)

    window = heard.get(timeout=30)
    assert (window.window, window.counter, window.seconds) == ("w1", 3, 5.0)
    assert (window.number, window.language) == ("A023", Language.VI)

    windows.on_committed([Recorded(2, RatingClosed(AT, "w1", CounterNo(3), 5), "system")], HALL)

    assert heard.get(timeout=30).window == "w1"


def test_station_that_comes_back_learns_what_is_being_asked(line: Callable[[str], BrokerLink]) -> None:
    heard: queue.Queue[Any] = queue.Queue()
    station, server, clock = line("station-1"), line("server"), Clock()
    clock.now = AT + timedelta(seconds=4)
    station.subscribe(RATING_WINDOW, heard.put)
    up(station)
    windows = pads(up(server), "station-1", clock)

    windows.greet("station-2")
    windows.greet("station-1")

    assert heard.get(timeout=30).seconds == 3.0
    assert heard.empty()


def test_counter_without_a_pad_is_asked_nothing(line: Callable[[str], BrokerLink]) -> None:
    windows = pads(up(line("server")), None, Clock())

    windows.on_committed([Recorded(1, OPENED, "1001")], HALL)
    windows.greet("station-1")
