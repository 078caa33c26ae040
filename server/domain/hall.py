"""The hall as decider: a command becomes events or a refusal, events make the next hall."""

from server.domain import commands as do
from server.domain.commands import Command, Context
from server.domain.deciding import Course, Refused
from server.domain.deciding_calls import call_next, call_one, no_show, recall, send_back, start
from server.domain.deciding_counters import close, open_counter, pause, resume
from server.domain.deciding_days import adopt, next_due, roll_over, step_time, tick
from server.domain.deciding_issue import issue, renumber
from server.domain.deciding_ratings import give_rating
from server.domain.deciding_service import adopt_served_offline, finish, hold, transfer
from server.domain.deciding_tickets import (
    cancel,
    change_class,
    check_in,
    delay,
    put_interaction,
    reprint,
    revive,
)
from server.domain.errors import Code, Refusal
from server.domain.events import Event
from server.domain.evolving import closed_by, evolve
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit

__all__ = ["Hall", "closed_by", "decide", "evolve", "next_due"]


def decide(
    hall: Hall, command: Command, context: Context, closed: ClosedVisit | None = None
) -> tuple[Event, ...] | Refusal:
    """What the command makes happen; `closed` is the visit it speaks of when that is no longer live.

    A business day that has ended is rolled over first, whatever the command. No events: it is so already.
    """
    course = Course(hall, context, closed)
    try:
        if hall.business_day is None and not isinstance(command, do.AdoptConfig | do.Tick):
            raise Refused(Code.DAY_CLOSED)
        roll_over(course)
        _decided(course, command)
    except Refused as refused:
        return refused.refusal
    return tuple(course.events)


def _decided(course: Course, command: Command) -> None:
    match command:
        case do.AdoptConfig():
            adopt(course, command)
        case do.Tick():
            tick(course)
        case do.StepTime():
            step_time(course, command)
        case do.Issue():
            issue(course, command)
        case do.Renumber():
            renumber(course, command)
        case do.CheckIn():
            check_in(course, command)
        case do.Delay():
            delay(course, command)
        case do.Cancel():
            cancel(course, command)
        case do.Reprint():
            reprint(course, command)
        case do.ChangeClass():
            change_class(course, command)
        case do.OpenCounter():
            open_counter(course, command)
        case do.PauseCounter():
            pause(course, command)
        case do.ResumeCounter():
            resume(course, command)
        case do.CloseCounter():
            close(course, command)
        case do.Next():
            call_next(course, command)
        case do.Call():
            call_one(course, command)
        case do.Recall():
            recall(course, command)
        case do.Start():
            start(course, command)
        case do.Finish():
            finish(course, command)
        case do.NoShow():
            no_show(course, command)
        case do.Revive():
            revive(course, command)
        case do.Hold():
            hold(course, command)
        case do.Return():
            send_back(course, command)
        case do.Transfer():
            transfer(course, command)
        case do.PutInteraction():
            put_interaction(course, command)
        case do.AdoptServedOffline():
            adopt_served_offline(course, command)
        case do.GiveRating():
            give_rating(course, command)
