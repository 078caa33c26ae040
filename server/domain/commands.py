"""What may be asked of a hall. A command is decided by `hall.decide` into events or a refusal."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.config import HallConfig
from server.domain.copying import quick
from server.domain.visit import Record
from server.domain.vocabulary import (
    NO_TEXT,
    Channel,
    ClerkId,
    CounterNo,
    CustomerClass,
    Digest,
    HoldReason,
    Language,
    PauseReason,
    ServiceId,
    TicketId,
)


@dataclass(frozen=True, slots=True)
class AdoptConfig:
    config: HallConfig


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: rollover, ends of holds, delays, return periods and rating windows due at `context.at`."""


@dataclass(frozen=True, slots=True)
class StepTime:
    """The wall clock was moved by `seconds` while the hall clock went on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RecordRestore:
    """The hall goes on from a backup: what came after `rev` of `journal` is not known any more.

    Every series skips `skip` numbers, so that none told after the backup is given again.
    """

    journal: str
    rev: int
    skip: int


@dataclass(frozen=True, slots=True)
class OfflineIssue:
    """What a kiosk printed from its reserved range; `at` is the true time of issue."""

    number: int
    at: datetime


@quick
@dataclass(frozen=True, slots=True)
class Issue:
    ticket: TicketId
    services: tuple[ServiceId, ...]
    customer_class: CustomerClass
    class_reason: Digest
    language: Language
    channel: Channel
    appointment: datetime | None = None
    offline: OfflineIssue | None = None
    promise: tuple[int, int, int] | None = None
    """The forecast as told: low, likely, high seconds. The keeper fills it in just before deciding."""
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Renumber:
    """The kiosk printed `offline` though the server had answered: paper wins."""

    ticket: TicketId
    offline: OfflineIssue


@dataclass(frozen=True, slots=True)
class CheckIn:
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Delay:
    ticket: TicketId
    minutes: int


@dataclass(frozen=True, slots=True)
class Cancel:
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Reprint:
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class ChangeClass:
    ticket: TicketId
    customer_class: CustomerClass
    reason: Digest


@dataclass(frozen=True, slots=True)
class OpenCounter:
    """A clerk open elsewhere moves here if that counter has no customer."""

    counter: CounterNo
    clerk: ClerkId
    services: tuple[ServiceId, ...] = ()
    """Empty: all that the branch lets this counter serve."""


@dataclass(frozen=True, slots=True)
class PauseCounter:
    counter: CounterNo
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class ResumeCounter:
    counter: CounterNo


@dataclass(frozen=True, slots=True)
class CloseCounter:
    counter: CounterNo


@dataclass(frozen=True, slots=True)
class Next:
    counter: CounterNo
    expect: TicketId | None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Call one ticket out of order, with a reason that is journalled."""

    counter: CounterNo
    ticket: TicketId
    expect: TicketId | None
    reason: Digest
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    counter: CounterNo
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Start:
    counter: CounterNo
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Finish:
    counter: CounterNo
    ticket: TicketId
    record: Record


@dataclass(frozen=True, slots=True)
class NoShow:
    counter: CounterNo
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Revive:
    """Back to the queue at its seniority: a missed one in time, a held one before its time, one adopted too late."""

    ticket: TicketId
    counter: CounterNo | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    counter: CounterNo
    ticket: TicketId
    reason: HoldReason
    minutes: int
    note: Digest = NO_TEXT


@dataclass(frozen=True, slots=True)
class Return:
    """Send the called or served customer back to the queue unserved, at its seniority."""

    counter: CounterNo
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Transfer:
    counter: CounterNo
    ticket: TicketId
    service: ServiceId | None
    to_counter: CounterNo | None
    to_clerk: ClerkId | None
    return_to_sender: bool
    note: Digest
    documents_seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PutInteraction:
    """An edit of a leg's record, until the day closes."""

    ticket: TicketId
    leg: int
    record: Record


@dataclass(frozen=True, slots=True)
class AdoptServedOffline:
    """Called by voice and served at a counter away from the server."""

    counter: CounterNo
    number: str
    started_at: datetime
    finished_at: datetime
    record: Record


@dataclass(frozen=True, slots=True)
class GiveRating:
    """A press or answer. `window` None: match by `pressed_at` and `counter` to one window, else stored unmatched."""

    source: str
    """Device id or `phone:{ticket}`."""
    channel: Channel
    score: int
    pressed_at: datetime
    window: str | None = None
    in_time: bool | None = None
    """By the station's monotonic age against the window it knew; None: judge by `pressed_at`."""
    counter: CounterNo | None = None
    reasons: tuple[str, ...] = ()
    text: Digest = NO_TEXT


Command = (
    AdoptConfig
    | Tick
    | StepTime
    | RecordRestore
    | Issue
    | Renumber
    | CheckIn
    | Delay
    | Cancel
    | Reprint
    | ChangeClass
    | OpenCounter
    | PauseCounter
    | ResumeCounter
    | CloseCounter
    | Next
    | Call
    | Recall
    | Start
    | Finish
    | NoShow
    | Revive
    | Hold
    | Return
    | Transfer
    | PutInteraction
    | AdoptServedOffline
    | GiveRating
)


@quick
@dataclass(frozen=True, slots=True)
class Context:
    """Who asks and when; all that `decide` may know of the world."""

    at: datetime
    """Hall time, UTC, never behind the last event."""
    by: str
    """A machine's id, a staff number, `phone:{ticket}` or `system`."""
    supervisor: bool = False
    """A guide or manager: may act on any counter's ticket and give priority."""
