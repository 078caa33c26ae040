"""A ticket as the chart of the house has it: each state a type with its own facts and its own moves.

Expected → Waiting → Called → Serving → finished; Waiting → Delayed; Called → Missed; Serving → Held; any → closed.
A move that the chart does not have does not exist as a method.
"""

from dataclasses import dataclass
from datetime import datetime

from server.domain.copying import quick, replace
from server.domain.visit import DoneLeg, Leg, Note, Record, Visit
from server.domain.vocabulary import ClerkId, ClosedAs, CounterNo, HoldReason, TicketState

ASKED_BY_CUSTOMER = frozenset({HoldReason.CUSTOMER_AWAY})
"""Holds whose time does not count as waiting."""


@quick
@dataclass(frozen=True, slots=True)
class ClosedVisit:
    visit: Visit
    closed_as: ClosedAs
    at: datetime

    def record(self, leg: int, record: Record, by: ClerkId, at: datetime) -> "ClosedVisit":
        return replace(self, visit=self.visit.recorded(leg, record, by, at))

    @property
    def state(self) -> TicketState:
        return TicketState.CLOSED


@dataclass(frozen=True, slots=True)
class _Open:
    visit: Visit

    def cancel(self, at: datetime) -> ClosedVisit:
        return ClosedVisit(self.visit, ClosedAs.CANCELLED, at)

    def expire(self, at: datetime) -> ClosedVisit:
        return ClosedVisit(self.visit, ClosedAs.EXPIRED, at)


@dataclass(frozen=True, slots=True)
class _Present(_Open):
    def served_away(self, past: DoneLeg, upcoming: Leg | None) -> "Waiting | ClosedVisit":
        """Called by voice, called before the line broke or being served then; finished away from the server."""
        return _after(self.visit, past, upcoming)


@dataclass(frozen=True, slots=True)
class Expected(_Open):
    """Has an appointment and has not come yet."""

    def check_in(self, at: datetime) -> "Waiting":
        since = max(at, self.visit.appointment or at)
        return Waiting(replace(self.visit, seniority=since))


@quick
@dataclass(frozen=True, slots=True)
class Waiting(_Present):
    def call(self, counter: CounterNo, clerk: ClerkId, at: datetime) -> "Called":
        visit = self.visit if self.visit.called_at else replace(self.visit, called_at=at, adopted_late=False)
        return Called(visit, counter, clerk, at, at, 1, visit.waited_s(visit.called_at or at))

    def join(self) -> "Waiting":
        """One that was adopted too late has come: to its place after all."""
        return Waiting(replace(self.visit, adopted_late=False))

    def delay(self, until: datetime, at: datetime) -> "Delayed":
        return Delayed(replace(self.visit, delayed=True), at, until)


@quick
@dataclass(frozen=True, slots=True)
class Delayed(_Open):
    """Asked to be called later; that time does not count as waiting."""

    delayed_at: datetime
    until: datetime

    def back(self, at: datetime) -> Waiting:
        return Waiting(self.visit.paused(self.delayed_at, min(at, self.until)))


@quick
@dataclass(frozen=True, slots=True)
class Called(_Present):
    counter: CounterNo
    clerk: ClerkId
    called_at: datetime
    last_call_at: datetime
    calls: int
    waited_s: float
    """To the first call of this leg."""

    def recall(self, at: datetime) -> "Called":
        return replace(self, last_call_at=at, calls=self.calls + 1)

    def begin(self, at: datetime) -> "Serving":
        return Serving(self.visit, self.counter, self.clerk, self.called_at, at, self.calls, self.waited_s)

    def miss(self, until: datetime, at: datetime) -> "Missed":
        return Missed(self.visit, self.counter, at, until)

    def send_back(self) -> Waiting:
        return Waiting(self.visit)


@quick
@dataclass(frozen=True, slots=True)
class Missed(_Open):
    """Did not come; may still return until `until`."""

    counter: CounterNo
    missed_at: datetime
    until: datetime

    def revive(self) -> Waiting:
        return Waiting(self.visit)

    def give_up(self, at: datetime) -> ClosedVisit:
        return ClosedVisit(self.visit, ClosedAs.NO_SHOW, at)


@quick
@dataclass(frozen=True, slots=True)
class Serving(_Present):
    counter: CounterNo
    clerk: ClerkId
    called_at: datetime
    started_at: datetime
    calls: int
    waited_s: float

    def _ended(self, at: datetime, record: Record | None) -> DoneLeg:
        """This leg as it will be remembered when it ends now."""
        leg = self.visit.leg
        return DoneLeg(leg.number, leg.service, self.counter, self.clerk, self.started_at, at, record)

    def finish(self, record: Record, upcoming: Leg | None, at: datetime) -> "Waiting | ClosedVisit":
        """`upcoming` is the visit's next leg, as the hall addresses it; None ends the visit."""
        return _after(self.visit, self._ended(at, record), upcoming)

    def transfer(self, to: Leg, back: Leg | None, note: Note, at: datetime) -> Waiting:
        """`back` is the leg that returns the customer to the sender afterwards."""
        done = (*self.visit.done, self._ended(at, None))
        to_come = (back, *self.visit.to_come) if back else self.visit.to_come
        return Waiting(replace(self.visit, leg=to, to_come=to_come, done=done, called_at=None).annotated(note))

    def hold(self, until: datetime, reason: HoldReason, note: Note, at: datetime) -> "Held":
        return Held(self.visit.annotated(note), self.counter, reason, at, until)

    def send_back(self) -> Waiting:
        return Waiting(self.visit)


@quick
@dataclass(frozen=True, slots=True)
class Held(_Open):
    """Parked while something is fetched or filled in; back in the queue at `until` or before."""

    counter: CounterNo
    reason: HoldReason
    held_at: datetime
    until: datetime

    def back(self, at: datetime) -> Waiting:
        asked = self.reason in ASKED_BY_CUSTOMER
        return Waiting(self.visit.paused(self.held_at, min(at, self.until)) if asked else self.visit)


Ticket = Expected | Waiting | Delayed | Called | Missed | Serving | Held

_STATES: dict[type[_Open], TicketState] = {
    Expected: TicketState.EXPECTED,
    Waiting: TicketState.WAITING,
    Delayed: TicketState.DELAYED,
    Called: TicketState.CALLED,
    Missed: TicketState.MISSED,
    Serving: TicketState.SERVING,
    Held: TicketState.HELD,
}


def state_of(ticket: Ticket) -> TicketState:
    """The state's word for topics, tables and screens."""
    return _STATES[type(ticket)]


def _after(visit: Visit, past: DoneLeg, upcoming: Leg | None) -> Waiting | ClosedVisit:
    record = past.record
    if record is not None:
        note = Note(past.number, past.finished_at, past.clerk, past.counter, record.note, record.documents_seen)
        visit = visit.annotated(note)
    done = (*visit.done, past)
    if upcoming is None:
        return ClosedVisit(replace(visit, done=done, to_come=()), ClosedAs.FINISHED, past.finished_at)
    to_come = tuple(leg for leg in visit.to_come if leg.number != upcoming.number)
    return Waiting(replace(visit, done=done, leg=upcoming, to_come=to_come, called_at=None, adopted_late=False))
