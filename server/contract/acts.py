"""What callers send: one body an act (DESIGN §5, HTTP)."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from server.contract.common import Body, Moment, RequestId, ShortText
from server.domain.vocabulary import Channel, CustomerClass, HoldReason, Language, Outcome, PauseReason

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _of_our_time(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("a moment of the years 2000 to 2199")
    return moment


SaidMoment = Annotated[Moment, AfterValidator(_of_our_time)]
"""By the caller's own clock, which may be wrong but not absurd."""

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""A name out of a list, as the journal keeps it for ever: nothing that a person types."""

Documents = Annotated[list[Word], Field(max_length=20)]


class Act(Body):
    request_id: RequestId


class IssuedOffline(Body):
    """A ticket that a kiosk issued from its reserved range while away from the server."""

    number: Annotated[int, Field(ge=1, le=9999)]
    age_ms: Annotated[int, Field(ge=0)]
    """Monotonic time since it was issued, at sending; -> its true time."""
    issued_at: SaidMoment
    """By the kiosk's own clock; used when `age_ms` does not reach back (the kiosk was restarted)."""


class IssueTicket(Act):
    services: Annotated[list[Annotated[str, Field(min_length=1, max_length=32)]], Field(min_length=1, max_length=5)]
    """One leg each, in this order."""
    customer_class: CustomerClass = CustomerClass.NORMAL
    class_reason: ShortText = ""
    """Required for any class but normal when a guide or clerk gives it."""
    language: Language = Language.ZH
    channel: Channel = Channel.KIOSK
    appointment: SaidMoment | None = None
    """Makes the ticket Expected until its check-in."""
    offline: IssuedOffline | None = None


class TicketAct(Act):
    """cancel, check-in, reprint."""


class DelayTicket(Act):
    minutes: Annotated[int, Field(ge=5, le=60)]


class ChangeClass(Act):
    customer_class: CustomerClass
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class OpenCounter(Act):
    services: list[str] = Field(default_factory=list)
    """Empty: all that the branch lets this counter serve."""


class CounterAct(Act):
    """resume, close."""


class PauseCounter(Act):
    reason: PauseReason


class Interaction(Body):
    service_done: Annotated[str, Field(min_length=1, max_length=32)]
    outcome: Outcome
    documents_seen: Documents = Field(default_factory=list)
    note: ShortText = ""


class NextCustomer(Act):
    expect: str | None
    """The ticket the clerk believes current, or null; a mismatch is 409."""
    record: Interaction | None = None
    """From Serving: the record of the leg being finished."""


class CallTicket(NextCustomer):
    ticket: str
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class CurrentAct(Act):
    """recall, start, no-show, return: on the ticket at this counter."""

    ticket: str


class PressKey(Act):
    """A key of the counter's call pad; what it means depends on who stands there, as the hall knows it."""

    key: Literal["call", "start", "redirect", "end"]


class FinishCustomer(CurrentAct):
    record: Interaction


class HoldCustomer(CurrentAct):
    reason: HoldReason
    minutes: Annotated[int, Field(ge=1, le=240)]
    note: ShortText = ""


class ReviveTicket(CurrentAct):
    """Brings a ticket that was missed, held or adopted too late back to the queue at its seniority."""


class TransferCustomer(CurrentAct):
    service: str | None = None
    counter: int | None = None
    clerk: str | None = None
    return_to_sender: bool = False
    note: Annotated[str, Field(min_length=1, max_length=500)]
    documents_seen: Documents = Field(default_factory=list)


class PutInteraction(Act):
    record: Interaction


class ServedOffline(Act):
    """A customer whom the counter called by voice and served while away from the server; adopted later."""

    number: Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,4}$")]
    started_at: SaidMoment
    finished_at: SaidMoment
    age_ms: Annotated[int, Field(ge=0)]
    record: Interaction


class GiveRating(Act):
    """From phone, kiosk or counter; a pad's press travels as the MQTT event `RatingPress`."""

    window: str
    score: Annotated[int, Field(ge=1, le=5)]
    reasons: Annotated[list[Word], Field(max_length=6)] = Field(default_factory=list)
    text: ShortText = ""


class Login(Body):
    """A manager, guide or auditor in the browser, or a clerk at an enrolled counter."""

    staff: Annotated[str, Field(min_length=1, max_length=32)]
    secret: Annotated[str, Field(min_length=1, max_length=128, repr=False)]
    """Password, or PIN for a clerk."""
    counter: int | None = None


class Enrol(Body):
    code: Annotated[str, Field(min_length=8, max_length=64, repr=False)]
    device: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
