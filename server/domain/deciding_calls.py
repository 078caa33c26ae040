"""Calling a customer to a counter: whose turn it is, one out of order, again, and who did not come."""

from datetime import timedelta

from server.domain.calling import Choice, choose, streak_after, weigh
from server.domain.commands import Call, Next, NoShow, Recall, Return, Start
from server.domain.counter import Desk
from server.domain.deciding import Course, Refused, current_facts, in_state, who, wrong_state
from server.domain.deciding_ratings import close_window
from server.domain.deciding_service import finish_leg
from server.domain.deciding_tickets import back_in_queue
from server.domain.errors import Code
from server.domain.events.tickets import ServiceStarted, TicketCalled, TicketMissed, TicketRecalled
from server.domain.ticket import Called, Delayed, Held, Missed, Serving, Waiting
from server.domain.visit import Record, Visit
from server.domain.vocabulary import NO_TEXT, ClerkId, CounterNo, Digest, TicketId


def call_next(course: Course, asked: Next) -> None:
    """From Serving it finishes and calls in one; that nobody waits then is no reason to refuse the finish."""
    desk = course.working(asked.counter)
    finished = _make_free(course, desk, asked.expect, asked.record)
    desk = course.working(asked.counter)
    choice = choose(course.hall, desk, course.at)
    if choice is not None:
        _call(course, desk, choice, NO_TEXT)
    elif not finished:
        raise Refused(Code.NOBODY_WAITING, counter=asked.counter)


def call_one(course: Course, asked: Call) -> None:
    """Out of order; a missed, held or delayed one comes back to the queue first."""
    if not asked.reason:
        raise Refused(Code.REASON_NEEDED, ticket=asked.ticket)
    desk = course.working(asked.counter)
    _make_free(course, desk, asked.expect, asked.record)
    desk = course.working(asked.counter)
    waiting = _callable(course, asked.ticket)
    _served_here(course, desk, waiting.visit)
    instead_of = choose(course.hall, desk, course.at)
    figures = weigh(course.hall, waiting, desk, course.at)
    candidates = instead_of.candidates if instead_of else 0
    passed_over = instead_of.chosen if instead_of and instead_of.chosen.ticket.visit.id != asked.ticket else None
    choice = Choice(figures, candidates, passed_over, streak_after(desk, waiting.visit))
    _call(course, desk, choice, asked.reason)


def recall(course: Course, asked: Recall) -> None:
    ticket = in_state(course.at_counter(asked.counter, asked.ticket), Called)
    limit = course.hall.rules.recall_limit
    if ticket.calls > limit:
        raise Refused(Code.RECALL_LIMIT, number=ticket.visit.number, limit=limit)
    where = (*who(ticket), ticket.counter, ticket.clerk)
    course.add(TicketRecalled(course.at, *where, ticket.calls + 1))


def start(course: Course, asked: Start) -> None:
    """The next leg at a counter ends the rating of the one before."""
    ticket = in_state(course.at_counter(asked.counter, asked.ticket), Called)
    close_window(course, asked.counter)
    where = (*who(ticket), ticket.counter, ticket.clerk)
    course.add(ServiceStarted(course.at, *where, ticket.called_at, ticket.waited_s))


def no_show(course: Course, asked: NoShow) -> None:
    ticket = in_state(course.at_counter(asked.counter, asked.ticket), Called)
    rules = course.hall.rules
    since_call_s = (course.at - ticket.last_call_at).total_seconds()
    if since_call_s < rules.no_show_after_s:
        raise Refused(Code.TOO_EARLY, number=ticket.visit.number, wait_s=rules.no_show_after_s - since_call_s)
    until = course.at + timedelta(seconds=rules.return_within_s)
    where = (*who(ticket), ticket.counter, ticket.clerk)
    course.add(TicketMissed(course.at, *where, ticket.calls, until))


def send_back(course: Course, asked: Return) -> None:
    ticket = course.at_counter(asked.counter, asked.ticket)
    back_in_queue(course, ticket, asked.counter)


def _make_free(course: Course, desk: Desk, expect: TicketId | None, record: Record | None) -> bool:
    """True when a leg was finished to make the counter free."""
    current = course.hall.current(desk.number)
    if (current.visit.id if current else None) != expect:
        raise Refused(Code.EXPECT_MISMATCH, counter=desk.number, **current_facts(current))
    if current is None:
        return False
    if not isinstance(current, Serving):
        raise wrong_state(current)
    if record is None:
        raise Refused(Code.REASON_NEEDED, number=current.visit.number, missing="record")
    finish_leg(course, current, record)
    return True


def _callable(course: Course, asked: TicketId) -> Waiting:
    ticket = course.ticket(asked)
    if isinstance(ticket, Missed | Held | Delayed):
        back_in_queue(course, ticket)
    return in_state(course.ticket(asked), Waiting)


def _served_here(course: Course, desk: Desk, visit: Visit) -> None:
    named = desk.number == visit.leg.counter or desk.clerk == visit.leg.clerk
    if not named and visit.leg.service not in course.hall.rules.counters[desk.number].services:
        raise Refused(Code.NOT_SERVED_HERE, service=visit.leg.service, counter=desk.number)


def _call(course: Course, desk: Desk, choice: Choice, reason: Digest) -> None:
    figures, second = choice.chosen, choice.runner_up
    visit = figures.ticket.visit
    course.add(
        TicketCalled(
            course.at,
            *who(figures.ticket),
            *_seat(desk),
            customer_class=visit.customer_class,
            policy=course.hall.rules.policy,
            waited_s=figures.waited_s,
            target_s=figures.target_s,
            share=figures.share,
            candidates=choice.candidates,
            runner_up=second.ticket.visit.id if second else None,
            runner_up_share=second.share if second else None,
            called_before=visit.called_at is not None,
            reason=reason,
            streak=choice.streak,
        )
    )


def _seat(desk: Desk) -> tuple[CounterNo, ClerkId]:
    if desk.clerk is None:
        raise Refused(Code.COUNTER_CLOSED, counter=desk.number)
    return desk.number, desk.clerk
