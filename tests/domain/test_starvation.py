"""A day with many priority customers, lived by the decider itself."""

import heapq
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from server.domain import commands as do
from server.domain.config import Counter, HallConfig
from server.domain.events.tickets import TicketCalled, TicketIssued
from server.domain.visit import Record
from server.domain.vocabulary import CounterNo, CustomerClass, Outcome, ServiceId

if TYPE_CHECKING:
    from tests.domain.conftest import Story

PAY = ServiceId("pay")
COUNTERS = tuple(CounterNo(number) for number in range(1, 7))
PAID = Record(PAY, Outcome.DONE)
OPEN_S = 6 * 3600
HANDLE_S = 180
TARGET_S = 900
PRIORITY = 0.4
LOAD = 0.85


def arrivals(chance: Random) -> Iterator[float]:
    at = 0.0
    while (at := at + chance.expovariate(len(COUNTERS) * LOAD / HANDLE_S)) < OPEN_S:
        yield at


def handle_s(chance: Random) -> float:
    return chance.gammavariate(2, HANDLE_S / 2)


def live_a_day(story: "Story", chance: Random) -> None:
    morning = story.now
    for counter in COUNTERS:
        story.opens(counter)
    due = [(at, 0, CounterNo(0)) for at in arrivals(chance)]
    heapq.heapify(due)
    while due:
        at, kind, counter = heapq.heappop(due)
        story.now = morning + timedelta(seconds=at)
        if kind == 0:
            elder = chance.random() < PRIORITY
            story.comes(PAY, customer_class=CustomerClass.ELDER if elder else CustomerClass.NORMAL)
        else:
            story.finishes(counter)
        for free in COUNTERS:
            if story.hall.current(free) is None and story.hall.waiting:
                story.serves(free)
                heapq.heappush(due, (at + handle_s(chance), 1, free))


@pytest.mark.parametrize("seed", range(4))
def test_nobody_starves_while_four_in_ten_have_priority(
    story: "Story", config: Callable[..., HallConfig], seed: int
) -> None:
    counters = {number: Counter(number, tuple(config().services)) for number in COUNTERS}
    story.act(do.AdoptConfig(config(counters=counters)))

    live_a_day(story, Random(seed))

    calls = [event for event in story.journal if isinstance(event, TicketCalled)]
    issued = sum(isinstance(event, TicketIssued) for event in story.journal)
    normal = [event.waited_s for event in calls if event.customer_class is CustomerClass.NORMAL]
    elder = [event.waited_s for event in calls if event.customer_class is CustomerClass.ELDER]
    assert len(calls) == issued > 500
    assert max(normal) <= 2 * TARGET_S
    assert sum(elder) / len(elder) < sum(normal) / len(normal)
