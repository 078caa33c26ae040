"""Views over HTTP: once, or as an event stream."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from server.application.callers import Caller
from server.application.front import Front
from server.application.phone import LIFE_AFTER_CLOSE
from server.application.views import services_view, ticket_view
from server.domain.ticket import ClosedVisit, Ticket
from server.domain.vocabulary import CounterNo, Role, TicketId
from server.entrypoints.acting import counter_no, ticket_id
from server.entrypoints.problems import Problem
from server.entrypoints.streams import EventStream, Hub, Snapshot, Topic
from server.entrypoints.who_may import Door

VIEWS = ("hall", "board", "desk", "ticket")


class ViewMaker:
    """Makes the views that streams carry; runs off the event loop."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def __call__(self, topic: Topic) -> Snapshot:
        front = self._front
        scene = front.scene()
        match topic.view:
            case "hall":
                made = front.hall_json()
            case "board":
                made = front.board_json()
            case "desk":
                made = front.desk_of(scene, CounterNo(int(topic.key)))
            case _:
                made = front.ticket_json(TicketId(topic.key))
        return Snapshot(scene.rev, made)


class Reading:
    """The GET endpoints of one branch."""

    def __init__(self, front: Front, door: Door, hub: Hub) -> None:
        self._front = front
        self._door = door
        self._hub = hub

    async def services(self, request: Request) -> Response:
        caller = self._door.admit(request, "services")
        self._must_be_ready()
        return as_json(services_view(self._front.scene(), caller.id).model_dump_json())

    async def hall(self, request: Request) -> Response:
        self._door.admit(request, "hall")
        self._must_be_ready()
        return as_json(self._front.hall_json())

    async def board(self, request: Request) -> Response:
        self._door.admit(request, "board")
        self._must_be_ready()
        return as_json(self._front.board_json())

    async def desk(self, request: Request) -> Response:
        self._door.admit(request, "desk")
        self._must_be_ready()
        counter = self._known_counter(counter_no(request))
        return as_json(await asyncio.to_thread(self._front.desk_json, counter))

    async def ticket(self, request: Request) -> Response:
        caller = self._door.admit(request, "ticket")
        self._must_be_ready()
        found = await self._find(caller, ticket_id(request))
        return as_json(ticket_view(self._front.scene(), found).model_dump_json())

    async def journal(self, request: Request) -> Response:
        """`?after=`: the seq before the page, 0 for the first."""
        self._door.admit(request, "journal")
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) <= 15):
            raise Problem("malformed", "after is a seq")
        page = await asyncio.to_thread(self._front.read_journal, int(after))
        return as_json(page.model_dump_json())

    async def events(self, request: Request) -> Response:
        """`?view=hall|board|desk|ticket`, with `counter=` for a desk and `ticket=` for a ticket."""
        view = request.query_params.get("view", "")
        if view not in VIEWS:
            raise Problem("malformed", f"view is one of {', '.join(VIEWS)}")
        caller = self._door.admit(request, f"events-{view}")
        self._must_be_ready()
        topic = await self._topic(view, caller, request)
        listener = self._hub.join(topic, caller.id)
        if listener is None:
            raise Problem("too-many", "too many event streams are open", retry_after_s=5)
        try:
            first = await asyncio.to_thread(self._hub.first, topic)
        except BaseException:
            self._hub.leave(listener)
            raise
        return EventStream(self._hub, listener, first, self._still_may(request, f"events-{view}"))

    async def _topic(self, view: str, caller: Caller, request: Request) -> Topic:
        if view == "desk":
            given = request.query_params.get("counter", "")
            if not (given.isascii() and given.isdecimal() and len(given) <= 4):
                raise Problem("malformed", "counter is needed")
            return Topic("desk", str(self._known_counter(CounterNo(int(given)))))
        if view == "ticket":
            ticket = caller.ticket or TicketId(request.query_params.get("ticket", ""))
            await self._find(caller, ticket)
            return Topic("ticket", ticket)
        return Topic(view)

    def _still_may(self, request: Request, row: str) -> Callable[[], bool]:
        return lambda: self._front.ready() and _admitted(self._door, request, row)

    def _known_counter(self, counter: CounterNo) -> CounterNo:
        if counter not in self._front.keeper.hall.counters:
            raise Problem("not-found", f"the branch has no counter {counter}")
        return counter

    async def _find(self, caller: Caller, ticket: TicketId) -> Ticket | ClosedVisit:
        """A phone's capability dies some days after its visit."""
        live = self._front.keeper.hall.live.get(ticket)
        if live is not None:
            return live
        closed = await asyncio.to_thread(self._front.find_closed, ticket)
        dead = closed is not None and self._front.clock.now() > closed.at + LIFE_AFTER_CLOSE
        if closed is None or (caller.role is Role.PHONE and dead):
            raise Problem("not-found", "the branch knows no such ticket")
        return closed

    def _must_be_ready(self) -> None:
        if not self._front.ready():
            raise Problem("not-owner", retry_after_s=1)


def _admitted(door: Door, request: Request, row: str) -> bool:
    try:
        door.allowed(request, row)
    except Problem:
        return False
    return True


def as_json(body: str) -> Response:
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
