"""What each event makes of its ticket."""

from collections.abc import Callable
from typing import Any, TypeVar

from server.domain.copying import replace
from server.domain.events.event import Event
from server.domain.events.tickets import (
    ClassChanged,
    LegFinished,
    LegServedOffline,
    ServiceStarted,
    SlipReprinted,
    TicketCalled,
    TicketCancelled,
    TicketCheckedIn,
    TicketDelayed,
    TicketExpired,
    TicketGivenUp,
    TicketHeld,
    TicketMissed,
    TicketRecalled,
    TicketReleased,
    TicketRenumbered,
    TicketReturned,
    TicketTransferred,
)
from server.domain.state import Hall
from server.domain.ticket import Called, ClosedVisit, Delayed, Expected, Held, Missed, Serving, Ticket, Waiting
from server.domain.visit import DoneLeg, Note
from server.domain.vocabulary import TicketId

T = TypeVar("T")


class BrokenJournal(Exception):
    """An event that cannot follow the hall before it."""


def _called(hall: Hall, event: TicketCalled) -> Called:
    return _as(hall, event.ticket, Waiting).call(event.counter, event.clerk, event.at)


def _finished(hall: Hall, event: LegFinished) -> Waiting | ClosedVisit:
    return _as(hall, event.ticket, Serving).finish(event.record, event.upcoming, event.at)


def _held(hall: Hall, event: TicketHeld) -> Held:
    note = Note(event.leg, event.at, event.clerk, event.counter, event.note)
    return _as(hall, event.ticket, Serving).hold(event.until, event.reason, note, event.at)


def _transferred(hall: Hall, event: TicketTransferred) -> Waiting:
    note = Note(event.leg, event.at, event.clerk, event.counter, event.note, event.documents_seen)
    return _as(hall, event.ticket, Serving).transfer(event.to, event.back, note, event.at)


def _returned(hall: Hall, event: TicketReturned) -> Waiting:
    ticket = _open(hall, event.ticket)
    match ticket:
        case Delayed() | Held():
            return ticket.back(event.at)
        case Missed():
            return ticket.revive()
        case Called() | Serving():
            return ticket.send_back()
        case Waiting() if ticket.visit.adopted_late:
            return ticket.join()
        case _:
            raise BrokenJournal(f"{event.ticket} returned from {type(ticket).__name__}")


def _served_away(hall: Hall, event: LegServedOffline) -> Waiting | ClosedVisit:
    ticket = _open(hall, event.ticket)
    if not isinstance(ticket, Waiting | Called | Serving):
        raise BrokenJournal(f"{event.ticket} served offline from {type(ticket).__name__}")
    past = DoneLeg(
        event.leg, event.service, event.counter, event.clerk, event.started_at, event.finished_at, event.record
    )
    return ticket.served_away(past, event.upcoming)


def _renumbered(hall: Hall, event: TicketRenumbered) -> Ticket:
    ticket = _open(hall, event.ticket)
    return replace(ticket, visit=replace(ticket.visit, ordinal=event.ordinal, offline=True))


def _released(hall: Hall, event: TicketReleased) -> Ticket:
    ticket = _open(hall, event.ticket)
    return replace(ticket, visit=ticket.visit.released())


def _reprinted(hall: Hall, event: SlipReprinted) -> Ticket:
    ticket = _open(hall, event.ticket)
    return replace(ticket, visit=replace(ticket.visit, reprints=event.count))


def _reclassed(hall: Hall, event: ClassChanged) -> Ticket:
    ticket = _open(hall, event.ticket)
    visit = replace(ticket.visit, customer_class=event.customer_class, class_reason=event.reason)
    return replace(ticket, visit=visit)


MOVES: dict[type[Event], Callable[[Hall, Any], Ticket | ClosedVisit]] = {
    TicketCheckedIn: lambda hall, event: _as(hall, event.ticket, Expected).check_in(event.at),
    TicketDelayed: lambda hall, event: _as(hall, event.ticket, Waiting).delay(event.until, event.at),
    TicketReturned: _returned,
    TicketReleased: _released,
    TicketRenumbered: _renumbered,
    SlipReprinted: _reprinted,
    ClassChanged: _reclassed,
    TicketCancelled: lambda hall, event: _open(hall, event.ticket).cancel(event.at),
    TicketExpired: lambda hall, event: _open(hall, event.ticket).expire(event.at),
    TicketGivenUp: lambda hall, event: _as(hall, event.ticket, Missed).give_up(event.at),
    TicketCalled: _called,
    TicketRecalled: lambda hall, event: _as(hall, event.ticket, Called).recall(event.at),
    ServiceStarted: lambda hall, event: _as(hall, event.ticket, Called).begin(event.at),
    TicketMissed: lambda hall, event: _as(hall, event.ticket, Called).miss(event.until, event.at),
    TicketHeld: _held,
    TicketTransferred: _transferred,
    LegFinished: _finished,
    LegServedOffline: _served_away,
}
"""Every event that moves a ticket, and what it makes of it."""


def _open(hall: Hall, ticket: TicketId) -> Ticket:
    found = hall.live.get(ticket)
    if found is None:
        raise BrokenJournal(f"no open ticket {ticket}")
    return found


def _as(hall: Hall, ticket: TicketId, state: type[T]) -> T:
    found = _open(hall, ticket)
    if not isinstance(found, state):
        raise BrokenJournal(f"{ticket} is {type(found).__name__}, not {state.__name__}")
    return found
