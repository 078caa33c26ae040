"""A ticket as the chart of the house has it: each state a type with its own facts and its own moves.

Expected → Waiting → Called → Serving → finished; Waiting → Delayed; Called → Missed; Serving → Held; any → closed.
A move that the chart does not have does not exist as a method.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from server.domain.commands import NO_TEXT, Digest, Record
from server.domain.vocabulary import (
    Channel,
    ClerkId,
    ClosedAs,
    CounterNo,
    CustomerClass,
    HoldReason,
    Language,
    ServiceId,
    TicketId,
    TicketState,
)

ASKED_BY_CUSTOMER = frozenset({HoldReason.CUSTOMER_AWAY})
"""Holds whose time does not count as waiting."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One service to be done for this visit. A named counter or clerk alone may call it by `next`."""

    number: int
    service: ServiceId
    counter: CounterNo | None = None
    clerk: ClerkId | None = None


@dataclass(frozen=True, slots=True)
class DoneLeg:
    """`record` is None for a leg that ended in a transfer, until the clerk writes one."""

    number: int
    service: ServiceId
    counter: CounterNo
    clerk: ClerkId
    started_at: datetime
    finished_at: datetime
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague left on this visit; `text` is the digest of the private store."""

    leg: int
    at: datetime
    by: ClerkId
    counter: CounterNo
    text: Digest
    documents_seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """What stays with the customer through every state."""

    id: TicketId
    seq: int
    """Order of issue in this branch; settles ties."""
    day: date
    """Business day of issue; (branch, day, number) is unique."""
    series: str
    ordinal: int
    customer_class: CustomerClass
    language: Language
    channel: Channel
    issued_at: datetime
    """True time, also of a ticket issued away from the server."""
    seniority: datetime
    """Waiting since: later of issue (or check-in) and slot, moved on by pauses the customer asked for."""
    leg: Leg
    to_come: tuple[Leg, ...] = ()
    done: tuple[DoneLeg, ...] = ()
    notes: tuple[Note, ...] = ()
    documents_seen: tuple[str, ...] = ()
    appointment: datetime | None = None
    promise: tuple[int, int, int] | None = None
    """Low, likely, high seconds as told at issue; never rewritten."""
    ahead: int | None = None
    class_reason: Digest = NO_TEXT
    issued_by: str = ""
    offline: bool = False
    adopted_late: bool = False
    """Came from an offline kiosk too late for a fair place: called only on request."""
    delayed: bool = False
    """The customer has used the one delay."""
    called_at: datetime | None = None
    """The first call of this leg; None: not called yet."""
    reprints: int = 0

    @property
    def number(self) -> str:
        """What people read: `A023`."""
        return number_text(self.series, self.ordinal)

    def waited_s(self, at: datetime) -> float:
        return max(0.0, (at - self.seniority).total_seconds())

    def later_by(self, pause: timedelta) -> "Visit":
        return replace(self, seniority=self.seniority + pause)

    def annotated(self, note: Note) -> "Visit":
        """With the note, if it says or lists anything."""
        if not note.text and not note.documents_seen:
            return self
        seen = tuple(dict.fromkeys(self.documents_seen + note.documents_seen))
        return replace(self, notes=(*self.notes, note), documents_seen=seen)

    def recorded(self, leg: int, record: Record, by: ClerkId, at: datetime) -> "Visit":
        """The leg's record as edited; its note takes the place of the one it had."""
        past = self.done_leg(leg)
        if past is None:
            return self
        old = past.record.note if past.record else NO_TEXT
        kept = tuple(note for note in self.notes if not (old and note.leg == leg and note.text == old))
        done = tuple(replace(each, record=record) if each is past else each for each in self.done)
        note = Note(leg, at, by, past.counter, record.note, record.documents_seen)
        return replace(self, done=done, notes=kept).annotated(note)

    def released(self) -> "Visit":
        """Its named counter or clerk has gone: anyone who serves the service may call it."""
        return replace(self, leg=replace(self.leg, counter=None, clerk=None))

    def next_leg_number(self) -> int:
        return max(leg.number for leg in (self.leg, *self.to_come)) + 1

    def done_leg(self, leg: int) -> DoneLeg | None:
        return next((past for past in self.done if past.number == leg), None)


def number_text(series: str, ordinal: int) -> str:
    return f"{series}{ordinal:03d}"


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
class Expected(_Open):
    """Has an appointment and has not come yet."""

    def check_in(self, at: datetime) -> "Waiting":
        since = max(at, self.visit.appointment or at)
        return Waiting(replace(self.visit, seniority=since))


@dataclass(frozen=True, slots=True)
class Waiting(_Open):
    def call(self, counter: CounterNo, clerk: ClerkId, at: datetime) -> "Called":
        visit = self.visit if self.visit.called_at else replace(self.visit, called_at=at)
        return Called(visit, counter, clerk, at, at, 1, visit.waited_s(visit.called_at or at))

    def delay(self, until: datetime, at: datetime) -> "Delayed":
        return Delayed(replace(self.visit, delayed=True), at, until)

    def served_away(self, past: DoneLeg, upcoming: Leg | None) -> "Waiting | ClosedVisit":
        """Called by voice and served while the counter was away from the server."""
        return _after(self.visit, past, upcoming)


@dataclass(frozen=True, slots=True)
class Delayed(_Open):
    """Asked to be called later; that time does not count as waiting."""

    delayed_at: datetime
    until: datetime

    def back(self, at: datetime) -> Waiting:
        return Waiting(self.visit.later_by(at - self.delayed_at))


@dataclass(frozen=True, slots=True)
class Called(_Open):
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

    def served_away(self, past: DoneLeg, upcoming: Leg | None) -> "Waiting | ClosedVisit":
        """Called before the line broke and served without it."""
        return _after(self.visit, past, upcoming)


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


@dataclass(frozen=True, slots=True)
class Serving(_Open):
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

    def served_away(self, past: DoneLeg, upcoming: Leg | None) -> "Waiting | ClosedVisit":
        """Being served when the line broke, finished without it."""
        return _after(self.visit, past, upcoming)


@dataclass(frozen=True, slots=True)
class Held(_Open):
    """Parked while something is fetched or filled in; back in the queue at `until` or before."""

    counter: CounterNo
    reason: HoldReason
    held_at: datetime
    until: datetime

    def back(self, at: datetime) -> Waiting:
        asked = self.reason in ASKED_BY_CUSTOMER
        return Waiting(self.visit.later_by(at - self.held_at) if asked else self.visit)


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
    note = past.record.note if past.record else NO_TEXT
    seen = past.record.documents_seen if past.record else ()
    noted = replace(visit, done=(*visit.done, past)).annotated(
        Note(past.number, past.finished_at, past.clerk, past.counter, note, seen)
    )
    to_come = tuple(leg for leg in visit.to_come if upcoming is None or leg.number != upcoming.number)
    if upcoming is None:
        return ClosedVisit(replace(noted, to_come=()), ClosedAs.FINISHED, past.finished_at)
    return Waiting(replace(noted, leg=upcoming, to_come=to_come, called_at=None))
