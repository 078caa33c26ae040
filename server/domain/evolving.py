"""What each event makes of the hall. Deterministic: the same journal gives the same hall."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from server.domain.configuring import configured
from server.domain.copying import replace
from server.domain.counter import Desk, LastLeg
from server.domain.events.counters import CounterClosed, CounterOpened, CounterPaused, CounterResumed
from server.domain.events.days import ConfigAdopted, DayOpened, Restored, TimeStepped
from server.domain.events.event import Event
from server.domain.events.ratings import RatingClosed, RatingExplained, RatingGiven, RatingIgnored, RatingOpened
from server.domain.events.tickets import (
    InteractionRecorded,
    LegFinished,
    LegServedOffline,
    TicketCalled,
    TicketIssued,
    TicketRecalled,
    TicketRenumbered,
)
from server.domain.moving import MOVES, BrokenJournal
from server.domain.rating import Window
from server.domain.state import RECENT_CALLS, Hall, Loss, RecentCall
from server.domain.ticket import Called, ClosedVisit, Expected, Serving, Ticket, Waiting
from server.domain.vocabulary import ClerkId


def evolve(hall: Hall, event: Event) -> Hall:
    return after(hall, event)[0]


def after(hall: Hall, event: Event) -> tuple[Hall, ClosedVisit | None]:
    """The hall after the event, and the visit that the event closed."""
    kind = type(event)
    move = MOVES.get(kind)
    if move is None:
        then, closed = EVOLVERS[kind](hall, event), None
    else:
        now = move(hall, event)
        then, closed = PLACERS[kind](hall, event, now), now if isinstance(now, ClosedVisit) else None
    return then if then.at is event.at else replace(then, at=event.at), closed


def _opened(_hall: Hall, event: DayOpened) -> Hall:
    return event.state


def _restored(hall: Hall, event: Restored) -> Hall:
    known = hall.rules.series
    series = {name: hall.series[name].skipping(event.skipped, each) for name, each in known.items()}
    return replace(hall, series={**hall.series, **series}, loss=Loss(event.kept_until, event.at))


def _moved(hall: Hall, event: Any, now: Ticket | ClosedVisit) -> Hall:
    """A counter that the ticket left is free."""
    before = hall.live.get(event.ticket)
    desk = None
    if isinstance(before, Called | Serving) and not isinstance(now, Called | Serving):
        desk = hall.counters[before.counter].freed()
    return _with(hall, now, desk, at=event.at)


def _with(hall: Hall, now: Ticket | ClosedVisit, desk: Desk | None, **more: Any) -> Hall:
    if isinstance(now, ClosedVisit):
        return hall.without_ticket(now.visit.id, desk, **more)
    return hall.with_ticket(now, desk, **more)


def _called(hall: Hall, event: TicketCalled, now: Ticket | ClosedVisit) -> Hall:
    desk = hall.counters[event.counter].calling(event.ticket, event.streak)
    return _with(hall, now, desk, at=event.at, **_shown(hall, event, 1))


def _recalled(hall: Hall, event: TicketRecalled, now: Ticket | ClosedVisit) -> Hall:
    return _with(hall, now, None, at=event.at, **_shown(hall, event, event.calls))


def _shown(hall: Hall, event: TicketCalled | TicketRecalled, times: int) -> dict[str, Any]:
    language = hall.live[event.ticket].visit.language
    place = (event.ticket, event.number, event.counter, event.service)
    call = RecentCall(hall.called + 1, *place, language, event.at, times)
    earlier = tuple(each for each in hall.calls if each.ticket != event.ticket)
    return {"called": call.seq, "calls": (call, *earlier)[:RECENT_CALLS]}


def _finished(hall: Hall, event: LegFinished | LegServedOffline, now: Ticket | ClosedVisit) -> Hall:
    """One served away may have been called somewhere, or stand in the queue while the counter has another."""
    desk = hall.counters[event.counter]
    finished_at = event.finished_at if isinstance(event, LegServedOffline) else event.at
    if isinstance(hall.live[event.ticket], Called | Serving) or desk.current is None:
        desk = desk.finished(LastLeg(event.ticket, event.leg, event.number, event.service, finished_at))
    return _with(hall, now, desk, at=event.at)


def _renumbered(hall: Hall, event: TicketRenumbered, now: Ticket | ClosedVisit) -> Hall:
    """Also where the number is being called."""
    series = now.visit.series
    numbers = {**hall.series, series: hall.series[series].took(event.ordinal)}
    calls = tuple(replace(each, number=event.number) if each.ticket == event.ticket else each for each in hall.calls)
    return _with(hall, now, None, at=event.at, series=numbers, calls=calls)


def _issued(hall: Hall, event: TicketIssued) -> Hall:
    visit = event.visit
    series = hall.series
    if visit.day == hall.business_day:
        numbers = series[visit.series]
        numbers = numbers.took(visit.ordinal) if visit.offline else numbers.passed(visit.ordinal)
        series = {**series, visit.series: numbers}
    ticket = Expected(visit) if event.expected else Waiting(visit)
    return hall.with_ticket(ticket, issued=visit.seq, issued_today=hall.issued_today + 1, series=series, at=event.at)


def _staffed(hall: Hall, event: CounterOpened) -> Hall:
    return hall.with_desk(hall.counters[event.counter].opened(event.clerk, event.services, event.at), at=event.at)


def _paused(hall: Hall, event: CounterPaused) -> Hall:
    return hall.with_desk(hall.counters[event.counter].paused(event.reason, event.at), at=event.at)


def _resumed(hall: Hall, event: CounterResumed) -> Hall:
    return hall.with_desk(hall.counters[event.counter].resumed(event.at), at=event.at)


def _closed(hall: Hall, event: CounterClosed) -> Hall:
    return hall.with_desk(hall.counters[event.counter].closed(event.at), at=event.at)


def _asked(hall: Hall, event: RatingOpened) -> Hall:
    ends_at = event.opened_at + timedelta(seconds=event.seconds)
    window = Window(
        event.window,
        event.ticket,
        event.number,
        event.leg,
        event.service,
        event.counter,
        event.clerk,
        event.opened_at,
        ends_at,
        event.language,
    )
    desk = hall.counters[event.counter].asking(window) if ends_at > event.at else None
    return hall.with_desk(desk, windows=hall.windows.put(window), at=event.at)


def _answered(hall: Hall, event: RatingClosed) -> Hall:
    desk = hall.counters[event.counter]
    shown = desk.window is not None and desk.window.id == event.window
    window = hall.windows.get(event.window)
    windows = hall.windows.put(window.ended(event.at)) if window else hall.windows
    return hall.with_desk(desk.asking(None) if shown else desk, windows=windows, at=event.at)


def _rated(hall: Hall, event: RatingGiven | RatingExplained) -> Hall:
    window = hall.windows.get(event.window)
    if window is None:
        raise BrokenJournal(f"no rating window {event.window}")
    score = event.score if isinstance(event, RatingGiven) else window.score
    scored = replace(window, score=score, explained=bool(event.reasons or event.text))
    desk = hall.counters.get(event.counter)
    shown = desk is not None and desk.window is not None and desk.window.id == event.window
    windows = hall.windows.put(scored)
    return hall.with_desk(desk.asking(scored) if desk and shown else None, windows=windows, at=event.at)


def _recorded(hall: Hall, event: InteractionRecorded) -> Hall:
    ticket = hall.live.get(event.ticket)
    if ticket is None:
        return hall
    return hall.with_ticket(
        replace(ticket, visit=ticket.visit.recorded(event.leg, event.record, ClerkId(event.by), event.at))
    )


PLACERS: dict[type[Event], Callable[[Hall, Any, Any], Hall]] = {
    **dict.fromkeys(MOVES, _moved),
    TicketRenumbered: _renumbered,
    TicketCalled: _called,
    TicketRecalled: _recalled,
    LegFinished: _finished,
    LegServedOffline: _finished,
}
"""Every event that moves a ticket, and what the hall is with the ticket as it is now."""

EVOLVERS: dict[type[Event], Callable[[Hall, Any], Hall]] = {
    DayOpened: _opened,
    Restored: _restored,
    ConfigAdopted: lambda hall, event: configured(hall, event.config, event.at),
    TimeStepped: lambda hall, _event: hall,
    TicketIssued: _issued,
    InteractionRecorded: _recorded,
    CounterOpened: _staffed,
    CounterPaused: _paused,
    CounterResumed: _resumed,
    CounterClosed: _closed,
    RatingOpened: _asked,
    RatingClosed: _answered,
    RatingGiven: _rated,
    RatingExplained: _rated,
    RatingIgnored: lambda hall, _event: hall,
}
"""Every event that moves no ticket, and what it makes of the hall."""
