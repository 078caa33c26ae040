"""Acts over HTTP: body to command, the keeper's answer to a response. Nothing here waits but for the keeper."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from server.application import calling, issuing, rating, serving
from server.application.answers import (
    Accepted,
    Answer,
    Busy,
    Dropped,
    NotOwner,
    Refused,
    ReusedRequestId,
    Unavailable,
)
from server.application.asking import Asked, Asking
from server.application.audit import Deed
from server.application.callers import Caller
from server.application.deliberation import Render
from server.application.desk_view import desk_view
from server.application.fresh_ids import FreshIds
from server.application.front import Front
from server.application.views import issued_view, ticket_view
from server.contract import acts
from server.contract.views.answers import InteractionView, KeyView, TicketView
from server.domain.commands import Command, Issue
from server.domain.errors import Code, Refusal
from server.domain.events.event import Event
from server.domain.state import Hall
from server.domain.ticket import state_of
from server.domain.visit import number_text
from server.domain.vocabulary import CounterNo, Role, TicketId
from server.entrypoints.bodies import read_body
from server.entrypoints.problems import AWAY_S, Problem, refusal_response
from server.entrypoints.table import CounterEndpoint, TicketEndpoint
from server.entrypoints.waiting import Crossing
from server.entrypoints.who_may import Door

WHILE_LOCKED = frozenset({"counter-pause", "counter-close", "counter-served-offline"})
"""What a paused counter's program may still send: repetitions, leaving, and what was done before."""
_CHANGING = {"age_ms", "offline"}
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


class Acting:
    """The act endpoints of one branch."""

    def __init__(self, front: Front, door: Door) -> None:
        self._front = front
        self._door = door
        self._ids = FreshIds()
        self._crossing: Crossing | None = None

    async def issue(self, request: Request) -> Response:
        caller = self._unlocked(request, "issue")
        body = await read_body(request, acts.IssueTicket)
        if body.offline is not None and caller.role is not Role.KIOSK:
            raise Problem("forbidden", "only a kiosk issues numbers by itself")
        if body.offline is None:
            self._door.pace.number(caller)
        who = self._front.asking(caller)
        asked = issuing.issue(who, self._ids.ticket(), body)
        said = digest("issue", body)
        answer = await self._ask(asked, who, body.request_id, said, self._issued, 201)
        if isinstance(answer, Accepted) and body.offline is not None and answer.repeated:
            answer = await self._paper_wins(who, body, body.offline, answer)
        return self._response(answer, body.request_id)

    async def ticket_act(self, request: Request, of: TicketEndpoint) -> Response:
        caller = self._unlocked(request, of.act)
        ticket = ticket_id(request)
        body = await read_body(request, of.body)
        who = self._front.asking(caller)
        asked = of.use(who, ticket, body)
        said = digest(f"{of.act} {ticket}", body)
        answer = await self._ask(asked, who, body.request_id, said, self._ticket_render(ticket))
        return self._response(answer, body.request_id)

    async def counter_act(self, request: Request, of: CounterEndpoint) -> Response:
        caller = self._unlocked(request, f"counter-{of.act}")
        counter = counter_no(request)
        body = await read_body(request, of.body)
        who = self._front.asking(caller)
        asked = of.use(who, counter, body)
        said = digest(f"{of.act} {counter}", body)

        def render(hall: Hall, _events: Sequence[Event], _command: Command, rev: int) -> str:
            return self._front.desk_of(self._front.scene_of(hall, rev), counter)

        answer = await self._ask(asked, who, body.request_id, said, render)
        return self._response(answer, body.request_id, counter)

    async def pad_key(self, request: Request) -> Response:
        caller = self._door.admit(request, "counter-key")
        counter = counter_no(request)
        body = await read_body(request, acts.PressKey)
        asked = calling.press_key(self._front.keeper.hall, counter, body)
        if isinstance(asked, Refusal):
            return refusal_response(asked, body.request_id, None)
        said = digest(f"key {counter}", body)

        def render(hall: Hall, _events: Sequence[Event], _command: Command, _rev: int) -> str:
            current = hall.current(counter)
            number, state = (current.visit.number, state_of(current)) if current else (None, None)
            return KeyView(counter=counter, number=number, ticket_state=state).model_dump_json()

        answer = await self._ask(asked, self._front.asking(caller), body.request_id, said, render)
        return self._response(answer, body.request_id)

    async def interaction(self, request: Request) -> Response:
        caller = self._door.admit(request, "interaction")
        ticket, leg = ticket_id(request), whole_number(request, "leg")
        body = await read_body(request, acts.PutInteraction)
        who = self._front.asking(caller)
        asked = serving.put_interaction(who, ticket, leg, body)
        record = body.record
        view = InteractionView(
            ticket=ticket,
            leg=leg,
            service_done=record.service_done,
            outcome=record.outcome,
            documents_seen=record.documents_seen,
            note=record.note,
        ).model_dump_json()
        said = digest(f"interaction {ticket} {leg}", body)
        answer = await self._ask(asked, who, body.request_id, said, lambda *_: view)
        return self._response(answer, body.request_id)

    async def rate(self, request: Request) -> Response:
        caller = self._door.admit(request, "rate")
        body = await read_body(request, acts.GiveRating)
        self._own_window(caller, body.window)
        who = self._front.asking(caller)

        said = digest("rate", body)
        answer = await self._ask(rating.rate(who, body), who, body.request_id, said, rating.rating_json)
        return self._response(answer, body.request_id)

    def _unlocked(self, request: Request, row: str) -> Caller:
        caller = self._door.admit(request, row)
        if row not in WHILE_LOCKED and self._front.locked(caller):
            raise Problem("session-locked")
        return caller

    def _own_window(self, caller: Caller, window: str) -> None:
        found = self._front.keeper.hall.windows.get(window)
        if not self._front.ready():
            raise Problem("not-owner", retry_after_s=1)
        if found is None:
            raise Problem("not-found", "no such rating window")
        if caller.role is Role.PHONE and found.ticket != caller.ticket:
            raise Problem("forbidden", "another ticket")
        if caller.role is Role.COUNTER and caller.counter not in (None, found.counter):
            raise Problem("forbidden", "another counter")

    async def _paper_wins(
        self, who: Asking, body: acts.IssueTicket, printed: acts.IssuedOffline, first: Accepted
    ) -> Answer:
        """The server had answered this very issue, but the kiosk, not hearing it, printed a number of its own."""
        told = TicketView.model_validate_json(first.body)
        if told.number == number_text(self._series(told), printed.number):
            return first
        asked = issuing.renumber(who, TicketId(told.id), printed)
        said = digest(f"renumber {printed.number}", acts.TicketAct(request_id=body.request_id))
        request_id = hashlib.sha256(f"{body.request_id} paper".encode()).hexdigest()
        return await self._ask(asked, who, request_id, said, self._ticket_render(TicketId(told.id)), 201)

    def _series(self, told: TicketView) -> str:
        return told.number.rstrip("0123456789")

    def _issued(self, hall: Hall, _events: Sequence[Event], command: Command, rev: int) -> str:
        assert isinstance(command, Issue)
        found = self._front.anteroom.lately(hall, command.ticket)
        url = self._front.capabilities.mark(command.ticket)
        return issued_view(self._front.scene_of(hall, rev), found, url).model_dump_json()

    def _ticket_render(self, ticket: TicketId) -> Render:
        def render(hall: Hall, _events: Sequence[Event], _command: Command, rev: int) -> str:
            found = self._front.anteroom.lately(hall, ticket)
            url = self._front.capabilities.mark(ticket)
            return ticket_view(self._front.scene_of(hall, rev), found, phone_url=url).model_dump_json()

        return render

    async def _ask(
        self, asked: Asked, who: Asking, request_id: str, body_digest: str, render: Render, status: int = 200
    ) -> Answer:
        if self._crossing is None:
            self._crossing = Crossing(asyncio.get_running_loop(), self._front.keeper.ask)
        waiting = self._crossing.waiting()
        tell = partial(self._crossing.tell, waiting)
        request = self._front.request(
            asked, who, request_id=request_id, body_digest=body_digest, render=render, tell=tell, status=status
        )
        answer = await self._crossing.answer(request, waiting)
        self._audit(who.caller, asked.command, answer)
        return answer

    def _audit(self, caller: Caller, command: Command, answer: Answer) -> None:
        act = type(command).__name__
        if isinstance(answer, Accepted) and caller.supervisor and not answer.repeated:
            self._door.audit.record(Deed.SUPERVISED, caller.audited, act=act, seq=answer.seq)
        elif isinstance(answer, Refused) and answer.refusal.code is Code.NOT_ALLOWED:
            self._door.audit.record(Deed.REFUSED, caller.audited, act=act, why="not-allowed")

    def _response(self, answer: Answer, request_id: str, counter: CounterNo | None = None) -> Response:
        match answer:
            case Accepted():
                body = self._front.capabilities.fill(answer.body)
                return Response(body, answer.status, media_type="application/json")
            case Refused():
                return self._refused(answer.refusal, answer.hall, request_id, counter)
            case _:
                return failure(answer).response(request_id)

    def _refused(self, refusal: Refusal, hall: Hall, request_id: str, counter: CounterNo | None) -> Response:
        desk = None
        if counter is not None and counter in hall.counters:
            scene = self._front.scene()
            desk = desk_view(scene, counter, self._front.texts)
        return refusal_response(refusal, request_id, desk)


def failure(answer: Answer) -> Problem:
    match answer:
        case ReusedRequestId():
            return Problem("reused-request-id")
        case Busy():
            return Problem("busy", retry_after_s=answer.retry_after_s)
        case Dropped():
            return Problem("busy", "its time had passed before it was decided", retry_after_s=1)
        case NotOwner():
            return Problem("not-owner", retry_after_s=1)
        case Unavailable():
            return Problem("unavailable", answer.cause, retry_after_s=AWAY_S)
        case _:
            return Problem("outcome-unknown", retry_after_s=1)


def digest(what: str, body: BaseModel) -> str:
    """What an act says, without what changes from one sending of it to the next."""
    said = body.model_dump_json(exclude=_CHANGING)
    return hashlib.sha256(f"{what} {said}".encode()).hexdigest()


def ticket_id(request: Request) -> TicketId:
    given = request.path_params["ticket"]
    if not _ULID.fullmatch(given):
        raise Problem("not-found", "not a ticket's id")
    return TicketId(given)


def counter_no(request: Request) -> CounterNo:
    return CounterNo(whole_number(request, "counter"))


def whole_number(request: Request, name: str) -> int:
    given = request.path_params[name]
    with suppress(ValueError):
        if given.isascii() and given.isdecimal() and len(given) <= 4:
            return int(given)
    raise Problem("not-found", f"not a {name}'s number")
