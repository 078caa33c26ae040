"""A counter as the hall knows it: who sits there, what it serves, whom it has before it."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.copying import quick, replace
from server.domain.rating import Window
from server.domain.vocabulary import ClerkId, CounterNo, CounterState, PauseReason, ServiceId, TicketId


@quick
@dataclass(frozen=True, slots=True)
class LastLeg:
    """The leg finished last here; its record may still be edited."""

    ticket: TicketId
    leg: int
    number: str
    service: ServiceId
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    number: CounterNo
    since: datetime
    state: CounterState = CounterState.CLOSED
    clerk: ClerkId | None = None
    services: tuple[ServiceId, ...] = ()
    """Those it serves while open."""
    pause_reason: PauseReason | None = None
    current: TicketId | None = None
    """Called or being served here."""
    window: Window | None = None
    """The rating window open at its pad."""
    last_leg: LastLeg | None = None
    streak: int = 0
    """Priority customers called in a row, for the N-for-1 policy."""

    @property
    def open(self) -> bool:
        return self.state is CounterState.OPEN

    def opened(self, clerk: ClerkId, services: tuple[ServiceId, ...], at: datetime) -> "Desk":
        same = clerk == self.clerk
        return replace(
            self,
            since=at,
            state=CounterState.OPEN,
            clerk=clerk,
            services=services,
            pause_reason=None,
            last_leg=self.last_leg if same else None,
        )

    def paused(self, reason: PauseReason, at: datetime) -> "Desk":
        return replace(self, since=at, state=CounterState.PAUSED, pause_reason=reason)

    def resumed(self, at: datetime) -> "Desk":
        return replace(self, since=at, state=CounterState.OPEN, pause_reason=None)

    def closed(self, at: datetime) -> "Desk":
        return replace(
            self,
            since=at,
            state=CounterState.CLOSED,
            clerk=None,
            services=(),
            pause_reason=None,
            last_leg=None,
            streak=0,
        )

    def calling(self, ticket: TicketId, streak: int) -> "Desk":
        return replace(self, current=ticket, streak=streak)

    def freed(self) -> "Desk":
        return replace(self, current=None)

    def finished(self, leg: LastLeg) -> "Desk":
        return replace(self, current=None, last_leg=leg)

    def asking(self, window: Window | None) -> "Desk":
        return replace(self, window=window)
