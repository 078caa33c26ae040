"""Opening, pausing and closing a counter, and what its going means for tickets sent there."""

from server.domain.commands import CloseCounter, OpenCounter, PauseCounter, ResumeCounter
from server.domain.counter import Desk
from server.domain.deciding import Course, Refused, current_facts, who
from server.domain.errors import Code
from server.domain.events.counters import CounterClosed, CounterOpened, CounterPaused, CounterResumed
from server.domain.events.tickets import TicketReleased
from server.domain.vocabulary import ClerkId, CounterNo, CounterState, ServiceId


def open_counter(course: Course, asked: OpenCounter) -> None:
    """A clerk who sits elsewhere moves here, unless a customer is before them there."""
    desk = course.desk(asked.counter)
    services = _allowed(course, asked)
    if desk.state is not CounterState.CLOSED and desk.clerk != asked.clerk:
        raise Refused(Code.COUNTER_TAKEN, counter=desk.number, clerk=desk.clerk)
    if desk.open and desk.services == services:
        return
    for other in _elsewhere(course, asked):
        if other.current is not None:
            raise Refused(Code.CLERK_BUSY, clerk=asked.clerk, counter=other.number)
        close_desk(course, other, asked.counter)
    course.add(CounterOpened(course.at, desk.number, asked.clerk, services))


def pause(course: Course, asked: PauseCounter) -> None:
    desk = course.staffed(asked.counter)
    _free(course, desk)
    if desk.pause_reason is not asked.reason:
        course.add(CounterPaused(course.at, desk.number, _clerk(desk), asked.reason))


def resume(course: Course, asked: ResumeCounter) -> None:
    desk = course.staffed(asked.counter)
    if not desk.open:
        course.add(CounterResumed(course.at, desk.number, _clerk(desk)))


def close(course: Course, asked: CloseCounter) -> None:
    desk = course.staffed(asked.counter)
    _free(course, desk)
    close_desk(course, desk)


def close_desk(course: Course, desk: Desk, moved_to: CounterNo | None = None) -> None:
    """Tickets sent to this counter go to their service's queue; those sent to the clerk too, unless the clerk moves."""
    clerk = _clerk(desk)
    course.add(CounterClosed(course.at, desk.number, clerk, moved_to))
    for ticket in list(course.hall.live.values()):
        leg = ticket.visit.leg
        if leg.counter == desk.number or (leg.clerk == clerk and moved_to is None):
            course.add(TicketReleased(course.at, *who(ticket), leg.counter, leg.clerk))


def _allowed(course: Course, asked: OpenCounter) -> tuple[ServiceId, ...]:
    may_serve = course.hall.rules.counters[asked.counter].services
    for service in asked.services:
        if course.known_service(service) not in may_serve:
            raise Refused(Code.NOT_SERVED_HERE, service=service, counter=asked.counter)
    return tuple(service for service in may_serve if service in asked.services) or may_serve


def _elsewhere(course: Course, asked: OpenCounter) -> list[Desk]:
    return [
        desk
        for desk in course.hall.counters.values()
        if desk.clerk == asked.clerk and desk.number != asked.counter and desk.state is not CounterState.CLOSED
    ]


def _free(course: Course, desk: Desk) -> None:
    if desk.current is not None:
        raise Refused(Code.COUNTER_BUSY, counter=desk.number, **current_facts(course.hall.current(desk.number)))


def _clerk(desk: Desk) -> ClerkId:
    if desk.clerk is None:
        raise Refused(Code.COUNTER_CLOSED, counter=desk.number)
    return desk.clerk
