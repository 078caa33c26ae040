"""Time passing: what falls due, the end of the business day, config and the moved wall clock."""

from datetime import date, datetime, timedelta

from server.domain.commands import AdoptConfig, RecordRestore, StepTime, Tick
from server.domain.configuring import fault_of
from server.domain.copying import replace
from server.domain.deciding import Course, Refused, who
from server.domain.deciding_counters import close_desk
from server.domain.deciding_ratings import close_window
from server.domain.events.days import ConfigAdopted, DayOpened, Restored, TimeStepped
from server.domain.events.tickets import TicketExpired, TicketGivenUp, TicketReturned
from server.domain.numbering import Numbers, business_day, day_begins
from server.domain.state import Hall
from server.domain.ticket import Called, Delayed, Expected, Held, Missed, Serving, Ticket, state_of
from server.domain.vocabulary import CounterState


def adopt(course: Course, asked: AdoptConfig) -> None:
    """The first config also opens the hall's first day."""
    if asked.config == course.hall.config:
        return
    fault = fault_of(course.hall, asked.config)
    if fault is not None:
        raise Refused(fault.code, **fault.facts)
    course.add(ConfigAdopted(course.at, asked.config, course.by))
    if course.hall.business_day is None:
        _open_day(course, course.at)


def step_time(course: Course, asked: StepTime) -> None:
    course.add(TimeStepped(course.at, asked.seconds))


def record_restore(course: Course, asked: RecordRestore) -> None:
    """After the rollovers that fell due since the backup: the numbers skipped are those of the running day."""
    kept_until = course.known_until or course.at
    course.add(Restored(course.at, asked.journal, asked.rev, kept_until, asked.skip, course.by))


def elapse(course: Course, _tick: Tick) -> None:
    """What is due at `context.at`, in the order it fell due."""
    for ticket in sorted(_parked(course.hall), key=lambda each: (each.until, each.visit.seq)):
        if ticket.until > course.at:
            break
        if isinstance(ticket, Missed):
            course.add(TicketGivenUp(course.at, *who(ticket), ticket.counter))
        else:
            course.add(TicketReturned(course.at, *who(ticket), state_of(ticket), course.by))
    _end_windows(course)


def roll_over(course: Course) -> None:
    """One closing and opening for each business day that ended, dated as scheduled but never before the last event.

    A config that moves the hall eastward can find its day over already.
    """
    while (ends := course.hall.day_ends) is not None and ends <= course.context.at:
        at = max(ends, course.hall.at or ends)
        _close_day(course, at)
        _open_day(course, at)


def next_due(hall: Hall) -> datetime | None:
    """When the next Tick has work; None for a hall without a day."""
    dues = [ticket.until for ticket in _parked(hall)]
    dues += [desk.window.ends_at for desk in hall.counters.values() if desk.window]
    dues += [hall.day_ends] if hall.day_ends else []
    return min(dues, default=None)


def _parked(hall: Hall) -> list[Delayed | Missed | Held]:
    return [ticket for ticket in hall.parked() if isinstance(ticket, Delayed | Missed | Held)]


def _end_windows(course: Course) -> None:
    for desk in list(course.hall.counters.values()):
        if desk.window is not None and desk.window.ends_at <= course.at:
            close_window(course, desk.number)


def _close_day(course: Course, at: datetime) -> None:
    now = course.context
    course.context = replace(now, at=at)
    for desk in list(course.hall.counters.values()):
        close_window(course, desk.number)
    for ticket in sorted(course.hall.live.values(), key=lambda each: each.visit.seq):
        if not _has_later_slot(ticket, at):
            counter = ticket.counter if isinstance(ticket, Called | Serving) else None
            course.add(TicketExpired(at, *who(ticket), state_of(ticket), counter))
    for desk in list(course.hall.counters.values()):
        if desk.state is not CounterState.CLOSED:
            close_desk(course, desk)
    course.context = now


def _has_later_slot(ticket: Ticket, at: datetime) -> bool:
    return isinstance(ticket, Expected) and ticket.visit.appointment is not None and ticket.visit.appointment >= at


def _open_day(course: Course, at: datetime) -> None:
    rules = course.hall.rules
    day = business_day(at, rules.day_start, rules.timezone)
    course.add(DayOpened(at, day, _morning(course.hall, day, at)))


def _morning(hall: Hall, day: date, at: datetime) -> Hall:
    """Carried tickets keep their numbers, which today's numbering skips; windows live until the end of the next day."""
    rules = hall.rules
    yesterday = day_begins(day - timedelta(days=1), rules.day_start, rules.timezone)
    series = {name: Numbers(each.first, _carried(hall, name)) for name, each in rules.series.items()}
    return replace(
        hall,
        business_day=day,
        day_ends=day_begins(day + timedelta(days=1), rules.day_start, rules.timezone),
        at=at,
        series=series,
        windows=hall.windows.since(yesterday),
        issued_today=0,
        calls=(),
        loss=None,
    )


def _carried(hall: Hall, series: str) -> tuple[int, ...]:
    return tuple(sorted(ticket.visit.ordinal for ticket in hall.live.values() if ticket.visit.series == series))
