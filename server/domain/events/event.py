"""Everything that can happen in a hall. Events are the only truth; each carries all that a projection of it needs."""

from typing import Any

from server.domain.events.counters import CounterClosed, CounterOpened, CounterPaused, CounterResumed
from server.domain.events.days import ConfigAdopted, DayOpened, Restored, TimeStepped
from server.domain.events.ratings import RatingClosed, RatingExplained, RatingGiven, RatingIgnored, RatingOpened
from server.domain.events.tickets import (
    ClassChanged,
    InteractionRecorded,
    LegFinished,
    LegServedOffline,
    ServiceStarted,
    SlipReprinted,
    TicketCalled,
    TicketCancelled,
    TicketCheckedIn,
    TicketDelayed,
    TicketExpired,
    TicketGivenUp,
    TicketHeld,
    TicketIssued,
    TicketMissed,
    TicketRecalled,
    TicketReleased,
    TicketRenumbered,
    TicketReturned,
    TicketTransferred,
)
from server.domain.vocabulary import ClosedAs, TicketId

Event = (
    DayOpened
    | ConfigAdopted
    | TimeStepped
    | Restored
    | TicketIssued
    | TicketRenumbered
    | TicketCheckedIn
    | TicketDelayed
    | TicketReturned
    | TicketReleased
    | TicketCancelled
    | TicketExpired
    | SlipReprinted
    | ClassChanged
    | TicketCalled
    | TicketRecalled
    | ServiceStarted
    | LegFinished
    | LegServedOffline
    | TicketMissed
    | TicketGivenUp
    | TicketHeld
    | TicketTransferred
    | InteractionRecorded
    | CounterOpened
    | CounterPaused
    | CounterResumed
    | CounterClosed
    | RatingOpened
    | RatingClosed
    | RatingGiven
    | RatingExplained
    | RatingIgnored
)

_CLOSES: dict[type[Any], ClosedAs] = {
    LegFinished: ClosedAs.FINISHED,
    LegServedOffline: ClosedAs.FINISHED,
    TicketCancelled: ClosedAs.CANCELLED,
    TicketExpired: ClosedAs.EXPIRED,
    TicketGivenUp: ClosedAs.NO_SHOW,
}


def closes(event: Any) -> tuple[TicketId, ClosedAs] | None:
    """The ticket that this event closes, and how."""
    closed_as = _CLOSES.get(type(event))
    if closed_as is None or getattr(event, "upcoming", None) is not None:
        return None
    return event.ticket, closed_as
