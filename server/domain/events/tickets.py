"""What happens to a ticket: issued, called, served, parked, sent on, closed."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.copying import quick
from server.domain.events.happening import AtCounter, OfTicket
from server.domain.visit import Leg, Record, Visit
from server.domain.vocabulary import (
    NO_TEXT,
    CallPolicy,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    HoldReason,
    TicketId,
    TicketState,
)


@quick
@dataclass(frozen=True, slots=True)
class TicketIssued(OfTicket):
    visit: Visit
    expected: bool = False
    """An appointment that has not come yet."""


@dataclass(frozen=True, slots=True)
class TicketRenumbered(OfTicket):
    """Paper wins: the kiosk had printed `number` though the server had given `before`."""

    before: str
    ordinal: int
    by: str


@dataclass(frozen=True, slots=True)
class TicketCheckedIn(OfTicket):
    seniority: datetime


@dataclass(frozen=True, slots=True)
class TicketDelayed(OfTicket):
    until: datetime


@dataclass(frozen=True, slots=True)
class TicketReturned(OfTicket):
    """Back in the queue from `was`: Delayed, Missed or Held, or sent back by the counter from Called or Serving."""

    was: TicketState
    by: str
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class TicketReleased(OfTicket):
    """The counter or clerk it was meant for has gone; the service's queue takes it."""

    counter: CounterNo | None
    clerk: ClerkId | None


@dataclass(frozen=True, slots=True)
class TicketCancelled(OfTicket):
    was: TicketState
    by: str
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class TicketExpired(OfTicket):
    """Still open when its business day ended."""

    was: TicketState
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class SlipReprinted(OfTicket):
    count: int
    by: str


@dataclass(frozen=True, slots=True)
class ClassChanged(OfTicket):
    before: CustomerClass
    customer_class: CustomerClass
    reason: Digest
    by: str


@quick
@dataclass(frozen=True, slots=True)
class TicketCalled(AtCounter):
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
class TicketRecalled(AtCounter):
    calls: int


@quick
@dataclass(frozen=True, slots=True)
class ServiceStarted(AtCounter):
    called_at: datetime
    waited_s: float


@quick
@dataclass(frozen=True, slots=True)
class LegFinished(AtCounter):
    record: Record
    called_at: datetime
    started_at: datetime
    waited_s: float
    served_s: float
    upcoming: Leg | None = None
    """The visit's next leg; None: the visit is closed as finished."""


@dataclass(frozen=True, slots=True)
class LegServedOffline(AtCounter):
    """Called by voice and served away from the server, adopted now."""

    record: Record
    started_at: datetime
    finished_at: datetime
    waited_s: float
    served_s: float
    upcoming: Leg | None = None


@dataclass(frozen=True, slots=True)
class TicketMissed(AtCounter):
    calls: int
    until: datetime
    """May return until then."""


@dataclass(frozen=True, slots=True)
class TicketGivenUp(OfTicket):
    """Did not return in time: closed as no-show."""

    counter: CounterNo


@dataclass(frozen=True, slots=True)
class TicketHeld(AtCounter):
    reason: HoldReason
    until: datetime
    note: Digest
    started_at: datetime


@dataclass(frozen=True, slots=True)
class TicketTransferred(AtCounter):
    to: Leg
    back: Leg | None
    """The leg that returns the customer to the sender afterwards."""
    note: Digest
    documents_seen: tuple[str, ...]
    called_at: datetime
    started_at: datetime
    served_s: float


@dataclass(frozen=True, slots=True)
class InteractionRecorded(OfTicket):
    """A later edit of a leg's record; the first one travels in `LegFinished`."""

    record: Record
    by: str
