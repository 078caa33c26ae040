"""The hall as a value: all that deciding needs, nothing that closed. `hall.py` decides over it and evolves it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from server.domain.config import HallConfig
from server.domain.copying import quick, replace
from server.domain.counter import Desk
from server.domain.layers import Layers
from server.domain.numbering import Numbers
from server.domain.queues import Queues
from server.domain.rating import Windows
from server.domain.ticket import Called, Serving, Ticket
from server.domain.vocabulary import BranchId, CounterNo, Language, ServiceId, TicketId


@quick
@dataclass(frozen=True, slots=True)
class RecentCall:
    """A number called; it is still being called while its ticket is `Called` at that counter."""

    seq: int
    ticket: TicketId
    number: str
    counter: CounterNo
    service: ServiceId
    language: Language
    """That the customer chose."""
    at: datetime
    times: int = 1


RECENT_CALLS = 5


@dataclass(frozen=True, slots=True)
class Loss:
    """What a restored hall does not know: all that happened between these moments."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Hall:
    branch: BranchId
    config: HallConfig | None = None
    """None until the first config is adopted; nothing else is accepted before."""
    business_day: date | None = None
    day_ends: datetime | None = None
    """The next rollover."""
    at: datetime | None = None
    """Of the last event."""
    live: Layers[TicketId, Ticket] = field(default_factory=Layers)
    queues: Queues = field(default_factory=Queues)
    """Where those of `live` stand who are at no counter."""
    counters: dict[CounterNo, Desk] = field(default_factory=dict)
    series: dict[str, Numbers] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    """Rating windows of this business day and the one before."""
    issued: int = 0
    """Tickets ever issued here; gives `Visit.seq`."""
    issued_today: int = 0
    called: int = 0
    """Calls ever made here; gives `RecentCall.seq`."""
    calls: tuple[RecentCall, ...] = ()
    """Newest first."""
    loss: Loss | None = None
    """Of this business day, when the hall was restored in it."""

    @classmethod
    def empty(cls, branch: BranchId) -> "Hall":
        return cls(branch)

    @property
    def rules(self) -> HallConfig:
        """The adopted config; a hall without one decides nothing but `AdoptConfig`."""
        if self.config is None:
            raise LookupError(f"hall {self.branch} has adopted no config")
        return self.config

    @property
    def waiting(self) -> int:
        """How many wait, for whatever service."""
        return sum(self.queues.waiting.values())

    def parked(self) -> list[Ticket]:
        """The expected, delayed, missed and held ones, and those adopted too late."""
        return [self.live[ticket] for ticket in self.queues.parked]

    def current(self, counter: CounterNo) -> Called | Serving | None:
        """The customer at this counter."""
        desk = self.counters.get(counter)
        ticket = self.live.get(desk.current) if desk and desk.current else None
        return ticket if isinstance(ticket, Called | Serving) else None

    def calling_now(self, call: RecentCall) -> bool:
        ticket = self.live.get(call.ticket)
        return isinstance(ticket, Called) and ticket.counter == call.counter

    def with_ticket(self, ticket: Ticket, desk: Desk | None = None, **more: Any) -> "Hall":
        """`desk`, `more`: what else changes with it, at the cost of one copy."""
        ident = ticket.visit.id
        queues = self.queues.moved(self.live.get(ident), ticket)
        return self.with_desk(desk, live=self.live.put(ident, ticket), queues=queues, **more)

    def without_ticket(self, ticket: TicketId, desk: Desk | None = None, **more: Any) -> "Hall":
        queues = self.queues.moved(self.live.get(ticket), None)
        return self.with_desk(desk, live=self.live.without(ticket), queues=queues, **more)

    def with_desk(self, desk: Desk | None, **more: Any) -> "Hall":
        if desk is not None:
            more["counters"] = {**self.counters, desk.number: desk}
        return replace(self, **more)
