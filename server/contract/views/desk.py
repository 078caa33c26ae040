"""What a clerk sees at one counter.

`DeskView` is the answer of a GET and of every counter act, and the data of every SSE event of the desk.
"""

from pydantic import Field

from server.contract.common import Moment, Stamp, View
from server.contract.views.hall import CounterView, QueueView
from server.domain.vocabulary import CounterState, CustomerClass, HoldReason, Language, PauseReason, TicketState


class NoteView(View):
    """A colleague's note on this visit."""

    text: str
    by: str
    counter: int | None = None
    at: Moment
    documents_seen: list[str] = Field(default_factory=list)


class WaitingView(View):
    """One line of the waiting list, in the order of calling."""

    ticket: str
    number: str
    service: str
    customer_class: CustomerClass
    state: TicketState = TicketState.WAITING
    waited_s: int
    target_s: int
    share: float
    """Waited ÷ target; what the calling policy looks at."""
    reason: str = "target_share"
    leg: int = 1
    appointment: Moment | None = None
    has_note: bool = False
    back_at: Moment | None = None
    """For held and delayed ones."""
    hold_reason: HoldReason | None = None


class CurrentView(View):
    """The customer at this counter; `next_services` are those of later legs of the visit."""

    ticket: str
    number: str
    service: str
    customer_class: CustomerClass
    language: Language
    state: TicketState
    leg: int
    issued_at: Moment
    called_at: Moment
    last_call_at: Moment | None = None
    """Of the last recall, while called; a no-show is counted from it."""
    started_at: Moment | None = None
    waited_s: int
    """From issue to the first call of this leg."""
    calls: int = 1
    notes: list[NoteView] = Field(default_factory=list)
    documents_seen: list[str] = Field(default_factory=list)
    next_services: list[str] = Field(default_factory=list)


class RatingWindowView(View):
    window: str
    leg: int
    number: str
    seconds: int
    opened_at: Moment
    score: int | None = None


class LastLegView(View):
    """The leg finished last at this counter: its record may still be edited."""

    ticket: str
    leg: int
    number: str
    service: str
    finished_at: Moment


class DeskView(View):
    """What a clerk sees at one counter."""

    stamp: Stamp
    branch: str
    counter: int
    state: CounterState
    clerk: str | None = None
    pause_reason: PauseReason | None = None
    since: Moment
    current: CurrentView | None = None
    waiting: list[WaitingView] = Field(default_factory=list)
    """Those this counter may call, in the order it would call them."""
    missed: list[WaitingView] = Field(default_factory=list)
    held: list[WaitingView] = Field(default_factory=list)
    """On hold, delayed, or (waiting) issued away from the server and adopted too late: called on request."""
    counters: list[CounterView] = Field(default_factory=list)
    queues: list[QueueView] = Field(default_factory=list)
    rating: RatingWindowView | None = None
    last_leg: LastLegView | None = None
    """Its interaction may still be edited."""
    mean_interarrival_s: float | None = None
