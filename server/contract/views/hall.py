"""What anybody in the hall may see, numbers only: display, kiosk, phone.

`HallView` is both the answer of a GET and the data of every SSE event of the hall.
"""

from datetime import date

from pydantic import Field

from server.contract.common import Moment, Stamp, View, WaitRange, Words
from server.domain.vocabulary import CounterState, Language, PauseReason, TicketState


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
