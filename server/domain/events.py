"""What happened in a hall. Events are the only truth; each carries all that a projection of it needs.

Fields are of these kinds only: str, int, float, bool, None, datetime, enums, dataclasses, tuples and dicts of them.
`at` is hall time, UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from server.domain.commands import NO_TEXT, Digest, Record
from server.domain.config import HallConfig
from server.domain.copying import quick
from server.domain.state import Hall
from server.domain.ticket import Leg, Visit
from server.domain.vocabulary import (
    CallPolicy,
    Channel,
    ClerkId,
    ClosedAs,
    CounterNo,
    CustomerClass,
    HoldReason,
    PauseReason,
    RatingFate,
    ServiceId,
    TicketId,
    TicketState,
)


@dataclass(frozen=True, slots=True)
class _Happening:
    at: datetime


@dataclass(frozen=True, slots=True)
class DayOpened(_Happening):
    """Carries the whole hall, so that nothing before it is needed to go on. `at` is the scheduled instant."""

    day: date
    state: Hall


@dataclass(frozen=True, slots=True)
class ConfigAdopted(_Happening):
    config: HallConfig
    by: str


@dataclass(frozen=True, slots=True)
class TimeStepped(_Happening):
    """The wall clock was moved; hall time went on evenly, so no duration needs correcting."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Restored(_Happening):
    """The hall went on from a backup: what happened after `rev` of `journal` is lost, open tickets stand as then."""

    journal: str
    rev: int
    kept_until: datetime
    """When the last event happened that is still known."""
    skipped: int
    """Numbers left out in every series, because they may have been told."""
    by: str


@dataclass(frozen=True, slots=True)
class _OfTicket(_Happening):
    ticket: TicketId
    number: str
    service: ServiceId
    leg: int


@dataclass(frozen=True, slots=True)
class _AtCounter(_OfTicket):
    counter: CounterNo
    clerk: ClerkId


@quick
@dataclass(frozen=True, slots=True)
class TicketIssued(_OfTicket):
    visit: Visit
    expected: bool = False
    """An appointment that has not come yet."""


@dataclass(frozen=True, slots=True)
class TicketRenumbered(_OfTicket):
    """Paper wins: the kiosk had printed `number` though the server had given `before`."""

    before: str
    ordinal: int
    by: str


@dataclass(frozen=True, slots=True)
class TicketCheckedIn(_OfTicket):
    seniority: datetime


@dataclass(frozen=True, slots=True)
class TicketDelayed(_OfTicket):
    until: datetime


@dataclass(frozen=True, slots=True)
class TicketReturned(_OfTicket):
    """Back in the queue from `was`: Delayed, Missed or Held, or sent back by the counter from Called or Serving."""

    was: TicketState
    by: str
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class TicketReleased(_OfTicket):
    """The counter or clerk it was meant for has gone; the service's queue takes it."""

    counter: CounterNo | None
    clerk: ClerkId | None


@dataclass(frozen=True, slots=True)
class TicketCancelled(_OfTicket):
    was: TicketState
    by: str
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class TicketExpired(_OfTicket):
    """Still open when its business day ended."""

    was: TicketState
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class SlipReprinted(_OfTicket):
    count: int
    by: str


@dataclass(frozen=True, slots=True)
class ClassChanged(_OfTicket):
    before: CustomerClass
    customer_class: CustomerClass
    reason: Digest
    by: str


@quick
@dataclass(frozen=True, slots=True)
class TicketCalled(_AtCounter):
    """With the figures that explain why this one and not another."""

    customer_class: CustomerClass
    policy: CallPolicy
    waited_s: float
    target_s: int
    share: float
    """waited_s ÷ target_s."""
    candidates: int
    """Queue heads the counter could choose from, this one included."""
    runner_up: TicketId | None
    runner_up_share: float | None
    called_before: bool = False
    """This leg had been called before and came back."""
    reason: Digest = NO_TEXT
    """Why it was called out of order; "" when it was its turn."""
    streak: int = 0
    """Priority customers called here in a row, this one included (N-for-1)."""


@dataclass(frozen=True, slots=True)
class TicketRecalled(_AtCounter):
    calls: int


@quick
@dataclass(frozen=True, slots=True)
class ServiceStarted(_AtCounter):
    called_at: datetime
    waited_s: float


@quick
@dataclass(frozen=True, slots=True)
class LegFinished(_AtCounter):
    record: Record
    called_at: datetime
    started_at: datetime
    waited_s: float
    served_s: float
    upcoming: Leg | None = None
    """The visit's next leg; None: the visit is closed as finished."""


@dataclass(frozen=True, slots=True)
class LegServedOffline(_AtCounter):
    """Called by voice and served away from the server, adopted now."""

    record: Record
    started_at: datetime
    finished_at: datetime
    waited_s: float
    served_s: float
    upcoming: Leg | None = None


@dataclass(frozen=True, slots=True)
class TicketMissed(_AtCounter):
    calls: int
    until: datetime
    """May return until then."""


@dataclass(frozen=True, slots=True)
class TicketGivenUp(_OfTicket):
    """Did not return in time: closed as no-show."""

    counter: CounterNo


@dataclass(frozen=True, slots=True)
class TicketHeld(_AtCounter):
    reason: HoldReason
    until: datetime
    note: Digest
    started_at: datetime


@dataclass(frozen=True, slots=True)
class TicketTransferred(_AtCounter):
    to: Leg
    back: Leg | None
    """The leg that returns the customer to the sender afterwards."""
    note: Digest
    documents_seen: tuple[str, ...]
    called_at: datetime
    started_at: datetime
    served_s: float


@dataclass(frozen=True, slots=True)
class InteractionRecorded(_OfTicket):
    """A later edit of a leg's record; the first one travels in `LegFinished`."""

    record: Record
    by: str


@dataclass(frozen=True, slots=True)
class CounterOpened(_Happening):
    counter: CounterNo
    clerk: ClerkId
    services: tuple[ServiceId, ...]


@dataclass(frozen=True, slots=True)
class CounterPaused(_Happening):
    counter: CounterNo
    clerk: ClerkId
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class CounterResumed(_Happening):
    counter: CounterNo
    clerk: ClerkId


@dataclass(frozen=True, slots=True)
class CounterClosed(_Happening):
    counter: CounterNo
    clerk: ClerkId
    moved_to: CounterNo | None = None
    """The clerk opened another counter."""


@quick
@dataclass(frozen=True, slots=True)
class RatingOpened(_AtCounter):
    window: str
    seconds: int
    opened_at: datetime
    """When the customer was finished; before `at` for one served away from the server."""


@quick
@dataclass(frozen=True, slots=True)
class RatingClosed(_Happening):
    """The window shows no more; unrated is missed, never satisfied."""

    window: str
    counter: CounterNo
    score: int | None


@quick
@dataclass(frozen=True, slots=True)
class RatingGiven(_AtCounter):
    window: str
    score: int
    source: str
    channel: Channel
    pressed_at: datetime
    reasons: tuple[str, ...] = ()
    text: Digest = NO_TEXT


@dataclass(frozen=True, slots=True)
class RatingExplained(_AtCounter):
    """Reasons or text added to the accepted score from phone or kiosk."""

    window: str
    source: str
    channel: Channel
    reasons: tuple[str, ...]
    text: Digest


@dataclass(frozen=True, slots=True)
class RatingIgnored(_Happening):
    """A press kept but not counted; `fate` says why."""

    fate: RatingFate
    window: str | None
    counter: CounterNo | None
    score: int
    source: str
    channel: Channel
    pressed_at: datetime


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
