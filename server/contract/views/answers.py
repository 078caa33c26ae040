"""What one act, or one question about a ticket, is answered by."""

from pydantic import Field

from server.contract.common import Moment, Stamp, View, WaitRange
from server.contract.views.desk import DeskView
from server.domain.vocabulary import Channel, ClosedAs, CustomerClass, Language, Outcome, RatingFate, TicketState


class TicketView(View):
    """One ticket, to its holder: kiosk after issuing, phone page, guide."""

    stamp: Stamp
    id: str
    number: str
    service: str
    customer_class: CustomerClass
    language: Language
    state: TicketState
    closed_as: ClosedAs | None = None
    leg: int = 1
    channel: Channel = Channel.KIOSK
    issued_at: Moment
    ahead: int | None = None
    promise: WaitRange | None = None
    """The forecast as it was told at issue; never rewritten."""
    forecast: WaitRange | None = None
    counter: int | None = None
    called_at: Moment | None = None
    return_until: Moment | None = None
    delayed_until: Moment | None = None
    may_delay: bool = False
    phone_url: str | None = None
    """With the capability in it; only in the answer to issue and reprint."""
    reprints: int = 0
    rating_window: str | None = None
    rated: bool = False


class KeyView(View):
    """What a call pad's key has done: who is at the counter now."""

    counter: int
    number: str | None = None
    ticket_state: TicketState | None = None


class RatingView(View):
    fate: RatingFate
    window: str | None = None


class InteractionView(View):
    ticket: str
    leg: int
    service_done: str
    outcome: Outcome
    documents_seen: list[str] = Field(default_factory=list)
    note: str = ""


class SessionView(View):
    """A signed-in person."""

    token: str = Field(repr=False)
    """Bearer for clerk programs; browsers get a cookie and an empty token."""
    person: str
    role: str
    counter: int | None = None


class EnrolledView(View):
    """The answer to an enrolment: the machine's own token, told this once."""

    device: str
    token: str = Field(repr=False)


class ProblemView(View):
    """RFC 9457 problem details; `type` is `urn:powerhall:` + `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """One of `server.domain.errors` or the transport's own; screens choose their words by it."""
    request_id: str | None = None
    facts: dict[str, str | int | float | None] = Field(default_factory=dict)
    """Figures for the words: number, counter, state …"""
    errors: list[dict[str, str]] = Field(default_factory=list)
    """Field by field, for malformed bodies."""
    desk: DeskView | None = None
    """The present view, with 409 on counter acts."""
