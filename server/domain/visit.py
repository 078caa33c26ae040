"""What stays with a customer through every state of the ticket: number, legs, notes, promise, seniority."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.domain.copying import quick, replace
from server.domain.vocabulary import (
    NO_TEXT,
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    Language,
    Outcome,
    ServiceId,
    TicketId,
)


@quick
@dataclass(frozen=True, slots=True)
class Leg:
    """One service to be done for this visit. A named counter or clerk alone may call it by `next`."""

    number: int
    service: ServiceId
    counter: CounterNo | None = None
    clerk: ClerkId | None = None


@quick
@dataclass(frozen=True, slots=True)
class Record:
    """The clerk's interaction log of one leg."""

    service_done: ServiceId
    outcome: Outcome
    documents_seen: tuple[str, ...] = ()
    note: Digest = NO_TEXT


@quick
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


@quick
@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague left on this visit; `text` is the digest of the private store."""

    leg: int
    at: datetime
    by: ClerkId
    counter: CounterNo
    text: Digest
    documents_seen: tuple[str, ...] = ()


@quick
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
    appointment: datetime | None = None
    promise: tuple[int, int, int] | None = None
    """Low, likely, high seconds as told at issue; never rewritten."""
    ahead: int | None = None
    class_reason: Digest = NO_TEXT
    issued_by: str = ""
    offline: bool = False
    adopted_late: bool = False
    """Came from an offline kiosk too late for a fair place: stands aside until somebody asks for it."""
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

    @property
    def documents_seen(self) -> tuple[str, ...]:
        """All that any note lists, in the order they were seen."""
        return tuple(dict.fromkeys(document for note in self.notes for document in note.documents_seen))

    def paused(self, since: datetime, until: datetime) -> "Visit":
        """The customer's own pause does not count as waiting; before an appointment's slot nobody waits anyway."""
        pause = until - max(since, self.seniority)
        return replace(self, seniority=self.seniority + pause) if pause > timedelta() else self

    def annotated(self, note: Note) -> "Visit":
        """With the note, if it says or lists anything."""
        return replace(self, notes=(*self.notes, note)) if note.text or note.documents_seen else self

    def recorded(self, leg: int, record: Record, by: ClerkId, at: datetime) -> "Visit":
        """The leg's record as edited; its note takes the place of the one it had."""
        past = self.done_leg(leg)
        if past is None:
            return self
        old = (leg, past.record.note, past.record.documents_seen) if past.record else None
        kept = tuple(note for note in self.notes if (note.leg, note.text, note.documents_seen) != old)
        done = tuple(replace(each, record=record) if each is past else each for each in self.done)
        note = Note(leg, at, by, past.counter, record.note, record.documents_seen)
        return replace(self, done=done, notes=kept).annotated(note)

    def released(self) -> "Visit":
        """Its named counter or clerk has gone: anyone who serves the service may call it."""
        return replace(self, leg=replace(self.leg, counter=None, clerk=None))

    def next_leg_number(self) -> int:
        past = [leg.number for leg in self.done]
        return max(past + [leg.number for leg in (self.leg, *self.to_come)]) + 1

    def done_leg(self, leg: int) -> DoneLeg | None:
        return next((past for past in self.done if past.number == leg), None)


def number_text(series: str, ordinal: int) -> str:
    return f"{series}{ordinal:03d}"
