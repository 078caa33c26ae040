"""What all deciders share: the course of one decision, refusing, and finding who is meant."""

from datetime import datetime
from typing import TypeVar

from server.domain.commands import Context
from server.domain.counter import Desk
from server.domain.errors import Code, Refusal
from server.domain.events.event import Event
from server.domain.evolving import evolve
from server.domain.state import Hall
from server.domain.ticket import Called, ClosedVisit, Serving, Ticket, state_of
from server.domain.visit import Record
from server.domain.vocabulary import CounterNo, CounterState, ServiceId, TicketId, TicketState

T = TypeVar("T")


class Refused(Exception):
    """Ends a decision; `hall.decide` turns it into its refusal."""

    def __init__(self, code: Code, **facts: str | int | float | None) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, facts)


class Course:
    """One decision under way: the events so far and the hall after them."""

    def __init__(self, hall: Hall, context: Context, closed: ClosedVisit | None = None) -> None:
        self.context = context
        self.closed = closed
        self.known_until = hall.at
        """When the last event before this decision happened."""
        self.events: list[Event] = []
        self._hall = hall
        self._evolved = 0

    @property
    def hall(self) -> Hall:
        """After the events so far; a decision that does not look again costs no evolving."""
        while self._evolved < len(self.events):
            self._hall = evolve(self._hall, self.events[self._evolved])
            self._evolved += 1
        return self._hall

    @property
    def at(self) -> datetime:
        return self.context.at

    @property
    def by(self) -> str:
        return self.context.by

    def add(self, event: Event) -> None:
        self.events.append(event)

    def ticket(self, ticket: TicketId) -> Ticket:
        found = self.hall.live.get(ticket)
        if found is not None:
            return found
        if self.closed is not None and self.closed.visit.id == ticket:
            raise Refused(Code.WRONG_STATE, number=self.closed.visit.number, state=TicketState.CLOSED.value)
        raise Refused(Code.UNKNOWN_TICKET, ticket=ticket)

    def desk(self, counter: CounterNo) -> Desk:
        desk = self.hall.counters.get(counter)
        if desk is None:
            raise Refused(Code.UNKNOWN_COUNTER, counter=counter)
        return desk

    def staffed(self, counter: CounterNo) -> Desk:
        desk = self.desk(counter)
        if desk.state is CounterState.CLOSED:
            raise Refused(Code.COUNTER_CLOSED, counter=counter)
        return desk

    def working(self, counter: CounterNo) -> Desk:
        desk = self.staffed(counter)
        if desk.state is CounterState.PAUSED:
            raise Refused(Code.COUNTER_PAUSED, counter=counter)
        return desk

    def at_counter(self, counter: CounterNo, ticket: TicketId) -> Called | Serving:
        """The ticket, which must be the one at this counter."""
        self.staffed(counter)
        self.ticket(ticket)
        current = self.hall.current(counter)
        if current is None or current.visit.id != ticket:
            raise Refused(Code.EXPECT_MISMATCH, counter=counter, **current_facts(current))
        return current

    def known_record(self, record: Record) -> Record:
        self.known_service(record.service_done)
        return record

    def known_service(self, service: ServiceId) -> ServiceId:
        if service not in self.hall.rules.services:
            raise Refused(Code.UNKNOWN_SERVICE, service=service)
        return service


def current_facts(current: Called | Serving | None) -> dict[str, str | int | float | None]:
    return {"current": current.visit.number if current else None, "ticket": current.visit.id if current else None}


def in_state(ticket: Ticket, state: type[T]) -> T:
    """The ticket, which must be in this state."""
    if not isinstance(ticket, state):
        raise wrong_state(ticket)
    return ticket


def wrong_state(ticket: Ticket) -> Refused:
    facts: dict[str, str | int | float | None] = {"number": ticket.visit.number, "state": state_of(ticket).value}
    if isinstance(ticket, Called | Serving):
        facts["counter"] = ticket.counter
    return Refused(Code.WRONG_STATE, **facts)


def who(ticket: Ticket) -> tuple[TicketId, str, ServiceId, int]:
    """The first facts of every ticket event: ticket, number, service, leg."""
    visit = ticket.visit
    return visit.id, visit.number, visit.leg.service, visit.leg.number
