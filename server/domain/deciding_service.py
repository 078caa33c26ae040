"""Ending a leg: finished, held, transferred, or served away from the server."""

from datetime import timedelta

from server.domain.commands import AdoptServedOffline, Finish, Hold, Transfer
from server.domain.deciding import Course, Refused, in_state, who, wrong_state
from server.domain.deciding_ratings import open_window
from server.domain.deciding_tickets import back_in_queue
from server.domain.errors import Code
from server.domain.events.tickets import LegFinished, LegServedOffline, TicketCheckedIn, TicketHeld, TicketTransferred
from server.domain.numbering import business_day
from server.domain.ticket import Called, Delayed, Expected, Held, Missed, Serving, Ticket, Waiting
from server.domain.visit import Leg, Record, Visit
from server.domain.vocabulary import ClerkId, CounterNo, CounterState


def finish(course: Course, asked: Finish) -> None:
    ticket = in_state(course.at_counter(asked.counter, asked.ticket), Serving)
    finish_leg(course, ticket, asked.record)


def finish_leg(course: Course, ticket: Serving, record: Record) -> None:
    """After the visit's last leg its customer is asked for a rating."""
    course.known_record(record)
    upcoming = _upcoming(course, ticket.visit)
    served_s = (course.at - ticket.started_at).total_seconds()
    where = (*who(ticket), ticket.counter, ticket.clerk)
    times = (ticket.called_at, ticket.started_at, ticket.waited_s, served_s)
    course.add(LegFinished(course.at, *where, record, *times, upcoming))
    if upcoming is None:
        open_window(course, ticket.visit, ticket.counter, ticket.clerk, course.at)


def hold(course: Course, asked: Hold) -> None:
    ticket = in_state(course.at_counter(asked.counter, asked.ticket), Serving)
    until = course.at + timedelta(minutes=asked.minutes)
    where = (*who(ticket), ticket.counter, ticket.clerk)
    course.add(TicketHeld(course.at, *where, asked.reason, until, asked.note, ticket.started_at))


def transfer(course: Course, asked: Transfer) -> None:
    ticket = in_state(course.at_counter(asked.counter, asked.ticket), Serving)
    visit = ticket.visit
    service = course.known_service(asked.service) if asked.service else visit.leg.service
    number = visit.next_leg_number()
    to = Leg(number, service, _present_counter(course, asked), _present_clerk(course, asked))
    back = Leg(number + 1, visit.leg.service, ticket.counter) if asked.return_to_sender else None
    served_s = (course.at - ticket.started_at).total_seconds()
    where = (*who(ticket), ticket.counter, ticket.clerk)
    said = (asked.note, asked.documents_seen, ticket.called_at, ticket.started_at)
    course.add(TicketTransferred(course.at, *where, to, back, *said, served_s))


def adopt_served_offline(course: Course, asked: AdoptServedOffline) -> None:
    """The paper's number names the ticket; a press at the pad meanwhile finds its window by time."""
    course.known_record(asked.record)
    desk = course.desk(asked.counter)
    ticket = _servable(course, _by_number(course, asked), desk.number)
    finished_at = min(asked.finished_at, course.at)
    started_at = min(asked.started_at, finished_at)
    clerk = desk.clerk or ClerkId(course.by)
    upcoming = _upcoming(course, ticket.visit)
    times = (started_at, finished_at, ticket.visit.waited_s(started_at), (finished_at - started_at).total_seconds())
    course.add(LegServedOffline(course.at, *who(ticket), desk.number, clerk, asked.record, *times, upcoming))
    if upcoming is None:
        open_window(course, ticket.visit, desk.number, clerk, finished_at)


def _upcoming(course: Course, visit: Visit) -> Leg | None:
    """The next leg; one meant for a counter that has closed goes to its service."""
    if not visit.to_come:
        return None
    leg = visit.to_come[0]
    desk = course.hall.counters.get(leg.counter) if leg.counter is not None else None
    if leg.counter is None or (desk is not None and desk.state is not CounterState.CLOSED):
        return leg
    return Leg(leg.number, leg.service)


def _present_counter(course: Course, asked: Transfer) -> CounterNo | None:
    return course.staffed(asked.to_counter).number if asked.to_counter is not None else None


def _present_clerk(course: Course, asked: Transfer) -> ClerkId | None:
    if asked.to_clerk is None:
        return None
    if not any(desk.clerk == asked.to_clerk for desk in course.hall.counters.values()):
        raise Refused(Code.UNKNOWN_CLERK, clerk=asked.to_clerk)
    return asked.to_clerk


def _by_number(course: Course, asked: AdoptServedOffline) -> Ticket:
    """Numbers begin again each day: who holds this one since a later day was not the customer served then."""
    rules = course.hall.rules
    day = business_day(asked.finished_at, rules.day_start, rules.timezone)
    for ticket in course.hall.live.values():
        if ticket.visit.number == asked.number and ticket.visit.day <= day:
            return ticket
    raise Refused(Code.UNKNOWN_TICKET, number=asked.number)


def _servable(course: Course, ticket: Ticket, counter: CounterNo) -> Waiting | Called | Serving:
    """The ticket back in the queue, or at this counter; one at another counter is that counter's."""
    match ticket:
        case Called() | Serving():
            if ticket.counter != counter:
                raise wrong_state(ticket)
            return ticket
        case Waiting():
            return ticket
        case Expected():
            seniority = ticket.check_in(course.at).visit.seniority
            course.add(TicketCheckedIn(course.at, *who(ticket), seniority))
        case Delayed() | Held() | Missed():
            back_in_queue(course, ticket)
    return in_state(course.ticket(ticket.visit.id), Waiting)
