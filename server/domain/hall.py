"""The hall as decider: a command becomes events or a refusal, events make the next hall."""

from collections.abc import Callable
from typing import Any

from server.domain import commands as do
from server.domain.commands import Command, Context
from server.domain.deciding import Course, Refused
from server.domain.deciding_calls import call_next, call_one, no_show, recall, send_back, start
from server.domain.deciding_counters import close, open_counter, pause, resume
from server.domain.deciding_days import adopt, elapse, next_due, record_restore, roll_over, step_time
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
from server.domain.events.event import Event
from server.domain.evolving import after, evolve
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit

__all__ = ["Hall", "after", "decide", "evolve", "next_due"]


DECIDERS: dict[type[Command], Callable[[Course, Any], None]] = {
    do.AdoptConfig: adopt,
    do.Tick: elapse,
    do.StepTime: step_time,
    do.RecordRestore: record_restore,
    do.Issue: issue,
    do.Renumber: renumber,
    do.CheckIn: check_in,
    do.Delay: delay,
    do.Cancel: cancel,
    do.Reprint: reprint,
    do.ChangeClass: change_class,
    do.OpenCounter: open_counter,
    do.PauseCounter: pause,
    do.ResumeCounter: resume,
    do.CloseCounter: close,
    do.Next: call_next,
    do.Call: call_one,
    do.Recall: recall,
    do.Start: start,
    do.Finish: finish,
    do.NoShow: no_show,
    do.Revive: revive,
    do.Hold: hold,
    do.Return: send_back,
    do.Transfer: transfer,
    do.PutInteraction: put_interaction,
    do.AdoptServedOffline: adopt_served_offline,
    do.GiveRating: give_rating,
}
"""Every command and who decides it."""


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
        DECIDERS[type(command)](course, command)
    except Refused as refused:
        return refused.refusal
    return tuple(course.events)
