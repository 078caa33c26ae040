"""Who waits and who is parked, kept in order as they come and go: asking costs the number of queues, not of people."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from server.domain.copying import replace
from server.domain.ticket import Delayed, Expected, Held, Missed, Ticket, Waiting
from server.domain.visit import Visit
from server.domain.vocabulary import CustomerClass, ServiceId, TicketId

Place = tuple[datetime, int, TicketId]
"""Seniority, order of issue, ticket: places sort as their queue stands."""
Queue = tuple[Place, ...]

K = TypeVar("K")
V = TypeVar("V")

_PARKED = frozenset({Expected, Delayed, Missed, Held})


@dataclass(frozen=True, slots=True)
class Queues:
    shared: dict[ServiceId, dict[CustomerClass, Queue]] = field(default_factory=dict)
    """Whom every counter with the service may call; nobody's queue is empty."""
    apart: Queue = ()
    """Sent to a counter or clerk by name."""
    waiting: dict[ServiceId, int] = field(default_factory=dict)
    """How many wait for each service, those apart included."""
    parked: tuple[TicketId, ...] = ()
    """Those whom no counter calls by itself: expected, delayed, missed and held ones, and those adopted too late."""

    def moved(self, before: Ticket | None, after: Ticket | None) -> "Queues":
        """A ticket has come, moved on or gone."""
        queues = self
        if before is not None and is_parked(before):
            queues = replace(queues, parked=tuple(each for each in queues.parked if each != before.visit.id))
        elif type(before) is Waiting:
            queues = queues._leave(before.visit)
        if after is not None and is_parked(after):
            queues = replace(queues, parked=(*queues.parked, after.visit.id))
        elif type(after) is Waiting:
            queues = queues._join(after.visit)
        return queues

    def _join(self, visit: Visit) -> "Queues":
        service = visit.leg.service
        waiting = {**self.waiting, service: self.waiting.get(service, 0) + 1}
        if _stands_apart(visit):
            return replace(self, waiting=waiting, apart=_joined(self.apart, place_of(visit)))
        queues = self.shared.get(service, {})
        queue = _joined(queues.get(visit.customer_class, ()), place_of(visit))
        return replace(self, waiting=waiting, shared={**self.shared, service: {**queues, visit.customer_class: queue}})

    def _leave(self, visit: Visit) -> "Queues":
        service = visit.leg.service
        waiting = _without_nothing({**self.waiting, service: self.waiting[service] - 1}, service)
        if _stands_apart(visit):
            return replace(self, waiting=waiting, apart=_left(self.apart, place_of(visit)))
        queues = self.shared[service]
        queue = _left(queues[visit.customer_class], place_of(visit))
        left = _without_nothing({**queues, visit.customer_class: queue}, visit.customer_class)
        return replace(self, waiting=waiting, shared=_without_nothing({**self.shared, service: left}, service))


def is_parked(ticket: Ticket) -> bool:
    kind = type(ticket)
    return ticket.visit.adopted_late if kind is Waiting else kind in _PARKED


def place_of(visit: Visit) -> Place:
    return visit.seniority, visit.seq, visit.id


def _stands_apart(visit: Visit) -> bool:
    return visit.leg.counter is not None or visit.leg.clerk is not None


def _joined(queue: Queue, place: Place) -> Queue:
    if not queue or queue[-1] < place:
        return (*queue, place)
    places = list(queue)
    insort(places, place)
    return tuple(places)


def _left(queue: Queue, place: Place) -> Queue:
    at = bisect_left(queue, place)
    return queue[:at] + queue[at + 1 :]


def _without_nothing(kept: dict[K, V], key: K) -> dict[K, V]:
    if not kept[key]:
        del kept[key]
    return kept
