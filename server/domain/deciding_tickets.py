"""What a customer, guide or clerk may do with a ticket that stands at no counter."""

from datetime import datetime, timedelta

from server.domain.commands import Cancel, ChangeClass, CheckIn, Delay, PutInteraction, Reprint, Revive
from server.domain.deciding import Course, Refused, in_state, who, wrong_state
from server.domain.errors import Code
from server.domain.events.tickets import (
    ClassChanged,
    InteractionRecorded,
    SlipReprinted,
    TicketCancelled,
    TicketCheckedIn,
    TicketDelayed,
    TicketReturned,
)
from server.domain.numbering import business_day, day_begins
from server.domain.ticket import Called, Delayed, Expected, Held, Missed, Serving, Ticket, Waiting, state_of
from server.domain.visit import DoneLeg, Visit
from server.domain.vocabulary import ClosedAs, CounterNo, CounterState, CustomerClass, TicketId


def check_in(course: Course, asked: CheckIn) -> None:
    """An expected customer has come, or a delayed one is back early."""
    ticket = course.ticket(asked.ticket)
    if isinstance(ticket, Delayed):
        back_in_queue(course, ticket)
        return
    seniority = in_state(ticket, Expected).check_in(course.at).visit.seniority
    _not_of_another_day(course, ticket.visit)
    course.add(TicketCheckedIn(course.at, *who(ticket), seniority))


def delay(course: Course, asked: Delay) -> None:
    ticket = in_state(course.ticket(asked.ticket), Waiting)
    if ticket.visit.delayed:
        raise Refused(Code.ALREADY_DELAYED, number=ticket.visit.number)
    until = course.at + timedelta(minutes=asked.minutes)
    course.add(TicketDelayed(course.at, *who(ticket), until))


def cancel(course: Course, asked: Cancel) -> None:
    """A customer being served cannot leave by phone; the clerk finishes or cancels."""
    ticket = course.ticket(asked.ticket)
    if isinstance(ticket, Serving) and course.by.startswith("phone:"):
        raise wrong_state(ticket)
    counter = ticket.counter if isinstance(ticket, Called | Serving) else None
    course.add(TicketCancelled(course.at, *who(ticket), state_of(ticket), course.by, counter))


def reprint(course: Course, asked: Reprint) -> None:
    ticket = course.ticket(asked.ticket)
    course.add(SlipReprinted(course.at, *who(ticket), ticket.visit.reprints + 1, course.by))


def change_class(course: Course, asked: ChangeClass) -> None:
    ticket = course.ticket(asked.ticket)
    if not (course.context.supervisor or _is_clerk(course)):
        raise Refused(Code.NOT_ALLOWED, by=course.by)
    if not asked.reason and asked.customer_class is not CustomerClass.NORMAL:
        raise Refused(Code.REASON_NEEDED, customer_class=asked.customer_class.value)
    before = ticket.visit.customer_class
    if before is not asked.customer_class:
        course.add(ClassChanged(course.at, *who(ticket), before, asked.customer_class, asked.reason, course.by))


def revive(course: Course, asked: Revive) -> None:
    _not_given_up(course, asked.ticket)
    ticket = course.ticket(asked.ticket)
    if not (isinstance(ticket, Missed | Held | Delayed) or _stands_aside(ticket)):
        raise wrong_state(ticket)
    if isinstance(ticket, Missed) and course.at > ticket.until:
        raise Refused(Code.TOO_LATE, number=ticket.visit.number)
    back_in_queue(course, ticket, asked.counter)


def _stands_aside(ticket: Ticket) -> bool:
    return isinstance(ticket, Waiting) and ticket.visit.adopted_late


def back_in_queue(course: Course, ticket: Ticket, counter: CounterNo | None = None) -> None:
    course.add(TicketReturned(course.at, *who(ticket), state_of(ticket), course.by, counter))


def put_interaction(course: Course, asked: PutInteraction) -> None:
    """The leg's own clerk, or a manager, may edit its record until the business day closes."""
    course.known_record(asked.record)
    visit, past = _past_leg(course, asked)
    if not (course.context.supervisor or course.by == past.clerk):
        raise Refused(Code.NOT_ALLOWED, by=course.by, clerk=past.clerk)
    if past.finished_at < _day_start(course):
        raise Refused(Code.DAY_CLOSED, number=visit.number)
    where = (visit.id, visit.number, past.service, past.number)
    course.add(InteractionRecorded(course.at, *where, asked.record, course.by))


def _past_leg(course: Course, asked: PutInteraction) -> tuple[Visit, DoneLeg]:
    closed = course.closed
    is_closed = closed is not None and closed.visit.id == asked.ticket
    visit = closed.visit if closed is not None and is_closed else course.ticket(asked.ticket).visit
    past = visit.done_leg(asked.leg)
    if past is None:
        raise Refused(Code.UNKNOWN_LEG, number=visit.number, leg=asked.leg)
    return visit, past


def _day_start(course: Course) -> datetime:
    rules, day = course.hall.rules, course.hall.business_day
    return day_begins(day, rules.day_start, rules.timezone) if day else course.at


def _not_given_up(course: Course, ticket: TicketId) -> None:
    closed = course.closed
    if closed is not None and closed.visit.id == ticket and closed.closed_as is ClosedAs.NO_SHOW:
        raise Refused(Code.TOO_LATE, number=closed.visit.number)


def _not_of_another_day(course: Course, visit: Visit) -> None:
    """Who has an appointment on a later day would wait until then, and be sent away when this day closes."""
    rules, today = course.hall.rules, course.hall.business_day
    slot = visit.appointment
    if slot and today and business_day(slot, rules.day_start, rules.timezone) > today:
        tomorrow = day_begins(today + timedelta(days=1), rules.day_start, rules.timezone)
        raise Refused(Code.TOO_EARLY, number=visit.number, wait_s=int((tomorrow - course.at).total_seconds()))


def _is_clerk(course: Course) -> bool:
    return any(
        desk.clerk == course.by for desk in course.hall.counters.values() if desk.state is not CounterState.CLOSED
    )
