from datetime import UTC, datetime, time, timedelta

import pytest

from server.domain import commands as do
from server.domain.commands import Context
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.errors import Refusal
from server.domain.hall import Hall, decide, evolve
from server.domain.visit import Record
from server.domain.vocabulary import (
    NO_TEXT,
    BranchId,
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Language,
    Outcome,
    PauseReason,
    ServiceId,
    TicketId,
)
from server.forecasting.hall_waits import HallWaits, queue_of
from server.forecasting.waits import OpenCounter, Queue

PAY = ServiceId("pay")
ONE = CounterNo(1)
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
CONFIG = HallConfig(
    branch=BranchId("chengdong"),
    timezone="Asia/Shanghai",
    day_start=time(4, 0),
    services={PAY: Service(PAY, "B", {CustomerClass.NORMAL: 900, CustomerClass.ELDER: 450}, 300, 180)},
    series={"B": Series("B")},
    counters={ONE: Counter(ONE, (PAY,))},
)


class Listened:
    """A hall whose every event the forecaster hears."""

    def __init__(self) -> None:
        self.hall = Hall.empty(CONFIG.branch)
        self.waits = HallWaits()
        self.now = START
        self.act(do.AdoptConfig(CONFIG))

    def act(self, command: do.Command) -> None:
        happened = decide(self.hall, command, Context(self.now, "system"))
        assert not isinstance(happened, Refusal), happened
        self.waits.learn(happened)
        for event in happened:
            self.hall = evolve(self.hall, event)

    def comes(self, name: str) -> TicketId:
        ticket = TicketId(name)
        self.act(do.Issue(ticket, (PAY,), CustomerClass.NORMAL, NO_TEXT, Language.ZH, Channel.KIOSK))
        return ticket

    def likely(self, ahead: int, customer_class: CustomerClass = CustomerClass.NORMAL) -> int:
        found = self.waits(self.hall, PAY, customer_class, ahead, self.now)
        assert found is not None
        return found[1]


@pytest.fixture
def listened() -> Listened:
    return Listened()


def test_a_hall_with_no_open_counter_has_no_forecast(listened: Listened) -> None:
    assert listened.waits(listened.hall, PAY, CustomerClass.NORMAL, 0, START) is None
    assert listened.waits(listened.hall, ServiceId("ghost"), CustomerClass.NORMAL, 0, START) is None


def test_a_newcomer_finds_the_open_counters_and_who_waits(listened: Listened) -> None:
    listened.act(do.OpenCounter(ONE, ClerkId("ann")))
    for name in ("a", "b"):
        listened.comes(name)
    listened.act(do.Next(ONE, None))

    assert queue_of(listened.hall) == Queue([OpenCounter((PAY,), True)], {PAY: 1})
    assert listened.likely(1, CustomerClass.ELDER) < listened.likely(1)


def test_the_hall_learns_from_what_its_counters_do(listened: Listened) -> None:
    listened.act(do.OpenCounter(ONE, ClerkId("ann")))
    before = None
    for n in range(30):
        ticket = listened.comes(f"t{n}")
        listened.act(do.Next(ONE, None))
        before = before or listened.likely(3)
        listened.act(do.Start(ONE, ticket))
        listened.now += timedelta(minutes=10)
        listened.act(do.Finish(ONE, ticket, Record(PAY, Outcome.DONE)))
    listened.comes("last")
    listened.act(do.Next(ONE, None))

    assert before is not None
    assert listened.likely(3) > 2 * before


def test_a_paused_counter_serves_nobody(listened: Listened) -> None:
    listened.act(do.OpenCounter(ONE, ClerkId("ann")))
    listened.act(do.PauseCounter(ONE, PauseReason.MEAL))

    assert listened.waits(listened.hall, PAY, CustomerClass.NORMAL, 0, START) is None
