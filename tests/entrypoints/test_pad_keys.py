"""Keys of call pads: the act that the clerk means, once, and nothing when it would be another's customer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest

from server.contract import acts
from server.contract.views.answers import KeyView
from server.contract.views.desk import DeskView
from server.contract.words import PauseReason, Role, TicketState
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

Key = Literal["call", "start", "redirect", "end"]
Until = Callable[[Callable[[], bool]], bool]


class Counter:
    """Counter 1 with a clerk, a call pad and customers who wait."""

    def __init__(self, hall: Any) -> None:
        self.kiosk: HallClient = hall.machine(Role.KIOSK, "kiosk-1")
        self.station: HallClient = hall.machine(Role.STATION, "station-1")
        self.clerk: HallClient = hall.clerk(1)
        self.clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))

    def issue(self, count: int) -> None:
        for _ in range(count):
            self.kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))

    def key(self, key: Key, request_id: str = "") -> KeyView:
        return self.station.press_key(1, acts.PressKey(request_id=request_id or new_request_id(), key=key))

    def refused(self, key: Key) -> str:
        with pytest.raises(ActRefused) as no:
            self.key(key)
        return no.value.problem.code

    def give_up(self, until: Until) -> None:
        """The key that says the customer has not come, as soon as the hall lets it."""
        assert until(self._given_up)

    def _given_up(self) -> bool:
        try:
            return self.key("end").number is None
        except ActRefused as no:
            if no.problem.code != "too-early":
                raise
            return False

    def next(self) -> DeskView:
        return self.clerk.counter_act(1, "next", acts.NextCustomer(request_id=new_request_id(), expect=None))


@pytest.fixture
def counter(serve_hall: Any, tmp_path: Path) -> Iterator[Counter]:
    with serve_hall(tmp_path, HALL_SPEED="300") as served:
        yield Counter(served)


def test_one_key_calls_calls_again_and_starts(counter: Counter) -> None:
    counter.issue(2)

    assert counter.key("call") == KeyView(counter=1, number="B001", ticket_state=TicketState.CALLED)
    assert counter.key("call").number == "B001"
    assert counter.key("start") == KeyView(counter=1, number="B001", ticket_state=TicketState.SERVING)
    calls = counter.kiosk.hall().calls
    assert [(call.number, call.times) for call in calls] == [("B001", 2)]


def test_who_does_not_come_is_let_go_by_a_key(counter: Counter, until: Until) -> None:
    counter.issue(2)
    counter.key("call")

    counter.give_up(until)

    assert counter.key("call").number == "B002"


def test_a_key_sent_twice_acts_once(counter: Counter) -> None:
    counter.issue(2)
    request_id = new_request_id()

    assert counter.key("call", request_id) == counter.key("call", request_id)

    assert [call.times for call in counter.kiosk.hall().calls] == [1]


@pytest.mark.fault(23)
def test_key_and_counter_program_at_once_make_one_call(counter: Counter, until: Until) -> None:
    counter.issue(10)

    for _ in range(5):
        with ThreadPoolExecutor(2) as both:
            ways = both.submit(counter.key, "call"), both.submit(counter.next)
        problems = [way.exception() for way in ways]
        assert [type(problem) for problem in problems if problem] in ([], [ActRefused])
        current = counter.clerk.desk(1).current
        assert current is not None
        assert [call.number for call in counter.kiosk.hall().calls if call.active] == [current.number]
        counter.give_up(until)

    assert sum(queue.waiting for queue in counter.kiosk.hall().queues) == 10 - 5


def test_what_a_key_cannot_mean_is_refused_and_changes_nothing(counter: Counter) -> None:
    assert counter.refused("call") == "nobody-waiting"
    assert counter.refused("start") == "wrong-state"
    counter.issue(1)
    counter.key("call")
    counter.key("start")

    assert counter.refused("call") == "expect-mismatch"
    assert counter.refused("end") == "reason-needed"
    assert counter.refused("redirect") == "reason-needed"
    current = counter.clerk.desk(1).current
    assert current is not None
    assert current.state is TicketState.SERVING


def test_a_paused_counter_takes_no_key(counter: Counter) -> None:
    counter.issue(1)
    counter.clerk.counter_act(1, "pause", acts.PauseCounter(request_id=new_request_id(), reason=PauseReason.BREAK))

    assert counter.refused("call") == "counter-paused"
