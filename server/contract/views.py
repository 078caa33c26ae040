"""What screens render: the services, the hall, a clerk's desk, the manager's board, one ticket.

Each of `HallView`, `DeskView` and `BoardView` is both the answer of a GET and the data of every SSE event of that view.
"""

from datetime import date

from pydantic import Field

from server.contract.common import DeviceId, Moment, Stamp, View, WaitRange, Words
from server.domain.vocabulary import (
    Channel,
    ClosedAs,
    CounterState,
    CustomerClass,
    HoldReason,
    Language,
    Outcome,
    PauseReason,
    RatingFate,
    TicketState,
)


class DocumentView(View):
    id: str
    name: Words
    hint: Words = Field(default_factory=dict)
    optional: bool = False


class OnlineView(View):
    """The way to do this service on a phone."""

    url: str
    minutes: int | None = None
    note: Words = Field(default_factory=dict)


class ServiceView(View):
    id: str
    series: str
    """The letter before its numbers."""
    group: str
    name: Words
    elder_name: Words = Field(default_factory=dict)
    """Spoken words for the elder screen; empty: not one of its six tasks."""
    icon: str = "dots"
    target_minutes: dict[CustomerClass, float]
    handle_target_minutes: float
    documents: list[DocumentView] = Field(default_factory=list)
    online: OnlineView | None = None
    more: bool = False
    """Shown behind "more services" rather than on the first screen."""


class GroupView(View):
    id: str
    name: Words


class ReservedRange(View):
    """Numbers of one series that one kiosk may issue while away from the server."""

    series: str
    first: int
    last: int
    taken: list[int] = Field(default_factory=list)
    """Those that the hall knows somebody holds today: a kiosk that lost its memory does not give them again."""


class ServicesView(View):
    """GET /services: all that a kiosk or counter must know of the branch, and keeps on its own disk."""

    stamp: Stamp
    branch: str
    name: Words
    timezone: str
    business_day: date
    public_url: str | None = None
    """Unset: no QR is shown or printed."""
    groups: list[GroupView]
    services: list[ServiceView]
    reserved: list[ReservedRange] = Field(default_factory=list)
    """Only for the asking kiosk."""
    recall_limit: int = 3
    no_show_after_s: int = 45
    return_within_s: int = 1800
    reception_counter: int = 1


class QueueView(View):
    service: str
    waiting: int
    longest_wait_s: int
    """Of those still waiting; 0 when nobody waits."""
    target_s: int
    forecast: WaitRange | None = None
    """For a customer who takes a number now; None: not known."""
    open: bool = True
    closed_why: Words = Field(default_factory=dict)
    counters: list[int] = Field(default_factory=list)
    """Open counters that serve it."""


class CounterView(View):
    counter: int
    state: CounterState
    clerk: str | None = None
    pause_reason: PauseReason | None = None
    since: Moment
    number: str | None = None
    service: str | None = None
    ticket_state: TicketState | None = None
    """called or serving while `number` is set."""
    ticket_since: Moment | None = None
    services: list[str] = Field(default_factory=list)


class KeyView(View):
    """What a call pad's key has done: who is at the counter now."""

    counter: int
    number: str | None = None
    ticket_state: TicketState | None = None


class CallView(View):
    """A number being called, or one of the last ones; its `language` is the customer's own, for a voice."""

    seq: int
    number: str
    counter: int
    service: str
    language: Language | None = None
    at: Moment
    times: int = 1
    active: bool = True
    """False once the customer has come, gone or been given up."""


class HallView(View):
    """What the hall may see: numbers only. Display, kiosk, phone."""

    stamp: Stamp
    branch: str
    name: Words
    timezone: str = "Asia/Shanghai"
    business_day: date
    issuing: bool = True
    issuing_closed_why: Words = Field(default_factory=dict)
    waiting: int
    queues: list[QueueView]
    counters: list[CounterView]
    calls: list[CallView]
    """Newest first, at most 5."""
    device_lamps: bool = True
    """False while the broker is away."""


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
    counters: list[CounterView] = Field(default_factory=list)
    queues: list[QueueView] = Field(default_factory=list)
    rating: RatingWindowView | None = None
    last_leg: LastLegView | None = None
    """Its interaction may still be edited."""
    mean_interarrival_s: float | None = None


class RatingsToday(View):
    """Satisfied is 4 and 5 of 5; who did not press is counted apart, never as satisfied."""

    n: int
    satisfied: int
    low: float | None = None
    high: float | None = None
    """Wilson 95 % interval of satisfied ÷ n, 0..1; None while n < 10."""
    not_rated: int = 0
    by_score: dict[int, int] = Field(default_factory=dict)
    unmatched: int = 0


class ServiceToday(View):
    service: str
    called: int
    p50_s: int | None = None
    p90_s: int | None = None
    within_target: int = 0
    of_target: int = 0
    """Those called today plus those still waiting over their target."""


class DeviceLine(View):
    device: DeviceId
    part: str
    health: str
    """ok, fault, unknown or lost."""
    alert: str | None = None
    since: Moment
    paper_minutes: int | None = None
    """For how many minutes of use a printer's roll is likely to last; not told by any other device."""


class AlarmView(View):
    """Something in the hall's own works that staff must mend."""

    cause: str
    """projection-broken, journal-failing, disk-nearly-full, flood, messages-refused, pad-disputed,
    name-shared, restored, asking-too-often."""
    since: Moment
    names: list[str] = Field(default_factory=list)
    """Whom or what it is about."""


class BoardView(HallView):
    """What the manager sees."""

    late: list[WaitingView] = Field(default_factory=list)
    """Over target or above 80 % of it, worst first, at most 6."""
    ratings: RatingsToday
    services_today: list[ServiceToday] = Field(default_factory=list)
    issued: int = 0
    called: int = 0
    finished: int = 0
    no_show: int = 0
    forecast_n: int = 0
    forecast_hit: int = 0
    """Promises of today whose customer has been called, and how many fell into their range."""
    arrivals: list[int] = Field(default_factory=list)
    """Tickets issued in each quarter hour since `arrivals_from`."""
    arrivals_from: Moment | None = None
    devices: list[DeviceLine] = Field(default_factory=list)
    projections_broken: list[str] = Field(default_factory=list)
    alarms: list[AlarmView] = Field(default_factory=list)


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
