"""A small hall to tell rules with: two services, three counters, a customer a line."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from server.domain import commands as do
from server.domain.commands import Command, Context, OfflineIssue
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.errors import Code, Refusal
from server.domain.events.event import Event
from server.domain.hall import Hall, after, decide
from server.domain.ticket import ClosedVisit, Ticket, state_of
from server.domain.visit import Record
from server.domain.vocabulary import (
    BranchId,
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    Language,
    Outcome,
    ServiceId,
    TicketId,
    TicketState,
)

PAY, NEW = ServiceId("pay"), ServiceId("new")
ONE, TWO, THREE = CounterNo(1), CounterNo(2), CounterNo(3)
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""09:00 in the hall."""
KIOSK = "kiosk-1"
PAID = Record(PAY, Outcome.DONE)
OPENED = Record(NEW, Outcome.DONE)


def make_config(**changes: Any) -> HallConfig:
    config = HallConfig(
        branch=BranchId("chengdong"),
        timezone="Asia/Shanghai",
        day_start=time(4, 0),
        services={
            PAY: Service(PAY, "B", {CustomerClass.NORMAL: 900, CustomerClass.ELDER: 450}, 300, 180),
            NEW: Service(NEW, "A", {CustomerClass.NORMAL: 1800, CustomerClass.ELDER: 600}, 900, 600),
        },
        series={
            "A": Series("A", 1, 20, {KIOSK: (10, 12)}),
            "B": Series("B", 1, 799, {KIOSK: (800, 899), "kiosk-2": (900, 949)}),
        },
        counters={ONE: Counter(ONE, (PAY,)), TWO: Counter(TWO, (PAY, NEW)), THREE: Counter(THREE, (NEW,))},
    )
    return replace(config, **changes)


@dataclass
class Story:
    """Lives one hall: each act is decided, its events are applied, and everything is kept for a replay."""

    hall: Hall = field(default_factory=lambda: Hall.empty(BranchId("chengdong")))
    now: datetime = MORNING
    journal: list[Event] = field(default_factory=list)
    closed: dict[TicketId, ClosedVisit] = field(default_factory=dict)
    tickets: int = 0

    def ask(
        self,
        command: Command,
        by: str = "system",
        supervisor: bool = False,
        closed: TicketId | None = None,
    ) -> tuple[Event, ...] | Refusal:
        context = Context(self.now, by, supervisor)
        outcome = decide(self.hall, command, context, self.closed.get(closed) if closed else None)
        if not isinstance(outcome, Refusal):
            self._live(outcome)
        return outcome

    def act(self, command: Command, by: str = "system", **more: Any) -> tuple[Event, ...]:
        """An act that must be accepted."""
        outcome = self.ask(command, by, **more)
        assert not isinstance(outcome, Refusal), outcome
        return outcome

    def refused(self, command: Command, by: str = "system", **more: Any) -> Code:
        """An act that must be refused, and leaves the hall as it was."""
        before = self.hall
        outcome = self.ask(command, by, **more)
        assert isinstance(outcome, Refusal), outcome
        assert self.hall == before
        return outcome.code

    def later(self, seconds: float = 0, minutes: float = 0) -> "Story":
        self.now += timedelta(seconds=seconds, minutes=minutes)
        return self

    def opens(self, counter: CounterNo, clerk: str = "") -> None:
        self.act(do.OpenCounter(counter, ClerkId(clerk or f"c{counter}")))

    def comes(self, *services: ServiceId, by: str = KIOSK, **facts: Any) -> TicketId:
        """A customer takes a number."""
        self.act(self.asks_for(*services, **facts), by)
        return TicketId(f"t{self.tickets}")

    def asks_for(self, *services: ServiceId, **facts: Any) -> do.Issue:
        self.tickets += 1
        issue = do.Issue(
            TicketId(f"t{self.tickets}"),
            services or (PAY,),
            CustomerClass.NORMAL,
            Digest(""),
            Language.ZH,
            Channel.KIOSK,
        )
        return replace(issue, **facts)

    def offline(self, number: int, minutes_ago: float = 0) -> OfflineIssue:
        return OfflineIssue(number, self.now - timedelta(minutes=minutes_ago))

    def calls(self, counter: CounterNo, record: Record | None = None) -> TicketId | None:
        """The clerk presses next; the ticket now at the counter."""
        current = self.hall.current(counter)
        self.act(do.Next(counter, current.visit.id if current else None, record))
        after = self.hall.current(counter)
        return after.visit.id if after else None

    def serves(self, counter: CounterNo) -> TicketId:
        """The clerk calls the next customer and starts."""
        ticket = self.calls(counter)
        assert ticket is not None
        self.act(do.Start(counter, ticket))
        return ticket

    def finishes(self, counter: CounterNo, record: Record = PAID) -> tuple[Event, ...]:
        current = self.hall.current(counter)
        assert current is not None
        return self.act(do.Finish(counter, current.visit.id, record))

    def ticks(self) -> tuple[Event, ...]:
        return self.act(do.Tick())

    def ticket(self, ticket: TicketId) -> Ticket:
        return self.hall.live[ticket]

    def state(self, ticket: TicketId) -> TicketState:
        return state_of(self.hall.live[ticket]) if ticket in self.hall.live else self.closed[ticket].state

    def number(self, ticket: TicketId) -> str:
        held = self.hall.live.get(ticket) or self.closed[ticket]
        return held.visit.number

    def _live(self, happened: tuple[Event, ...]) -> None:
        for event in happened:
            self.hall, gone = after(self.hall, event)
            if gone is not None:
                self.closed[gone.visit.id] = gone
            self.journal.append(event)


@pytest.fixture
def config() -> Callable[..., HallConfig]:
    return make_config


def _configured() -> Story:
    story = Story()
    story.act(do.AdoptConfig(make_config()))
    return story


@pytest.fixture(scope="session")
def new_story() -> Callable[[], Story]:
    """Makes halls as `story` is, for tests that need many."""
    return _configured


@pytest.fixture
def story() -> Story:
    """The hall at nine in the morning, configured, all counters closed."""
    return _configured()


@pytest.fixture
def busy(story: Story) -> Story:
    """The same with counters 1 and 2 open."""
    story.opens(ONE)
    story.opens(TWO)
    return story
