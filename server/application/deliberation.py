"""One batch under judgement: each command is decided against the hall as the ones before it would leave it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.application.answers import Accepted, Answer, Dropped, Refused, ReusedRequestId
from server.application.ports import Act, ActKey, Batch, CommitUnknown, Draft, LedgerUnavailable, PrivateText
from server.domain.commands import Command, Context, Issue
from server.domain.copying import quick
from server.domain.errors import Code, Refusal
from server.domain.events.event import Event
from server.domain.events.tickets import InteractionRecorded
from server.domain.evolving import after
from server.domain.hall import decide
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit
from server.domain.vocabulary import ClerkId, TicketId

log = logging.getLogger(__name__)

Render = Callable[[Hall, Sequence[Event], Command, int], str]
"""Makes the answer's body of the hall after the command, its events, the command and the rev of that hall."""

Tell = Callable[[Answer], None]

Prepare = Callable[[Hall, Command, datetime], Command]
"""Adds to a command what is only known just before deciding, as the forecast that will be promised."""


class Decide(Protocol):
    """The domain's judgement."""

    def __call__(
        self, hall: Hall, command: Command, context: Context, closed: ClosedVisit | None = None
    ) -> tuple[Event, ...] | Refusal:
        """Events or a refusal."""


def no_body(_hall: Hall, _events: Sequence[Event], _command: Command, _rev: int) -> str:
    """For callers that want no answer body."""
    return ""


def unheard(_answer: Answer) -> None:
    """For requests whose answer nobody awaits."""


def as_asked(_hall: Hall, command: Command, _at: datetime) -> Command:
    """Adds nothing."""
    return command


@dataclass(frozen=True, slots=True)
class Laws:
    """By what a hall is judged and moves on."""

    decide: Decide = decide
    after: Callable[[Hall, Event], tuple[Hall, ClosedVisit | None]] = after
    prepare: Prepare = as_asked


@quick
@dataclass(frozen=True, slots=True)
class Request:
    """A command on its way, with who asks and how to answer. `deadline` is machine time (monotonic seconds)."""

    command: Command
    by: str
    client: str = "system"
    request_id: str = ""
    body_digest: str = ""
    deadline: float | None = None
    supervisor: bool = False
    texts: Sequence[PrivateText] = ()
    render: Render = no_body
    status: int = 200
    tell: Tell = unheard
    """Hears the answer, on the keeper's thread: must be quick and never raise."""

    @property
    def key(self) -> ActKey:
        return self.client, self.request_id

    @property
    def repeatable(self) -> bool:
        return bool(self.request_id)


class Deliberation:
    """Judges requests one after the other; nothing it says is true before its batch is committed."""

    def __init__(
        self,
        laws: Laws,
        hall: Hall,
        rev: int,
        *,
        accepted_before: dict[ActKey, Act],
        closed_visit: Callable[[TicketId], ClosedVisit | None],
        now: Callable[[], datetime],
        machine_now: Callable[[], float],
    ) -> None:
        self.hall = hall
        self.rev = rev
        self.answers: list[tuple[Request, Answer]] = []
        self._laws = laws
        self._first_seq = rev + 1
        self._acts = dict(accepted_before)
        self._new_acts: list[Act] = []
        self._drafts: list[Draft] = []
        self._texts: dict[str, PrivateText] = {}
        self._closed: dict[TicketId, ClosedVisit] = {}
        self._find_closed = closed_visit
        self._now = now
        self._machine_now = machine_now

    @property
    def batch(self) -> Batch:
        return Batch(self._first_seq, self._drafts, self._new_acts, list(self._texts.values()))

    @property
    def writes(self) -> bool:
        return bool(self._drafts or self._new_acts)

    def consider(self, request: Request) -> None:
        """Judges one request; a fault in judging refuses it alone."""
        self.answers.append((request, self._judged(request)))

    def _judged(self, request: Request) -> Answer:
        if request.deadline is not None and self._machine_now() >= request.deadline:
            return Dropped()
        before = self._acts.get(request.key) if request.repeatable else None
        if before is not None:
            return self._again(before, request)
        try:
            return self._decided(request)
        except (LedgerUnavailable, CommitUnknown):
            raise
        except Exception:
            log.exception("deciding %s for %s failed", type(request.command).__name__, request.client)
            return Refused(Refusal(Code.FAULT), self.hall)

    def _again(self, act: Act, request: Request) -> Answer:
        if act.body_digest != request.body_digest:
            return ReusedRequestId()
        return Accepted(act.seq, (), self.hall, act.answer, act.status, repeated=True)

    def _decided(self, request: Request) -> Answer:
        at = max(self._now(), self.hall.at) if self.hall.at else self._now()
        command = self._laws.prepare(self.hall, request.command, at)
        closed = self._closed_visit(command)
        context = Context(at, request.by, request.supervisor)
        outcome = self._laws.decide(self.hall, command, context, closed)
        if isinstance(outcome, Refusal):
            return Refused(outcome, self.hall)
        return self._accept(request, command, at, outcome, closed)

    def _accept(
        self, request: Request, command: Command, at: datetime, events: tuple[Event, ...], closed: ClosedVisit | None
    ) -> Accepted:
        key = f"{request.client}/{request.request_id}" if request.repeatable else ""
        hall, drafts = self.hall, list[Draft]()
        for event in events:
            hall, over = moved_on(self._laws, hall, event, closed)
            closed = over or closed
            drafts.append(Draft(event, request.by, key, over))
        rev = self.rev + len(drafts)
        body = request.render(hall, events, command, rev)
        self.hall, self.rev = hall, rev
        self._drafts += drafts
        self._closed |= {draft.closed.visit.id: draft.closed for draft in drafts if draft.closed}
        self._texts |= {text.digest: text for text in request.texts if _told(text, events)}
        if request.repeatable:
            self._keep(Act(request.client, request.request_id, request.body_digest, request.status, body, rev, at))
        return Accepted(rev, events, hall, body, request.status)

    def _keep(self, act: Act) -> None:
        self._acts[act.client, act.request_id] = act
        self._new_acts.append(act)

    def _closed_visit(self, command: Command) -> ClosedVisit | None:
        ticket: TicketId | None = getattr(command, "ticket", None)
        if ticket is None or isinstance(command, Issue) or ticket in self.hall.live:
            return None
        return self._closed.get(ticket) or self._find_closed(ticket)


def _told(text: PrivateText, events: Sequence[Event]) -> bool:
    """What no event speaks of is not kept: nobody would find it to erase it."""
    return any(text.digest in repr(event) for event in events)


def moved_on(laws: Laws, hall: Hall, event: Event, closed: ClosedVisit | None) -> tuple[Hall, ClosedVisit | None]:
    """The hall after `event`, and the visit that the event closed or, when it was `closed` before, changed."""
    then, over = laws.after(hall, event)
    if isinstance(event, InteractionRecorded) and closed is not None and event.ticket == closed.visit.id:
        over = closed.record(event.leg, event.record, ClerkId(event.by), event.at)
    return then, over
