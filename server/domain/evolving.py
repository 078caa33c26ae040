"""What each event makes of the hall. Deterministic: the same journal gives the same hall."""

from datetime import timedelta
from typing import TypeVar

from server.domain import events as ev
from server.domain.configuring import configured
from server.domain.copying import replace
from server.domain.counter import Desk, LastLeg
from server.domain.rating import Window
from server.domain.state import RECENT_CALLS, Hall, Loss, RecentCall
from server.domain.ticket import (
    Called,
    ClosedVisit,
    Delayed,
    DoneLeg,
    Expected,
    Held,
    Missed,
    Note,
    Serving,
    Ticket,
    Waiting,
)
from server.domain.vocabulary import ClerkId, TicketId

T = TypeVar("T")


class BrokenJournal(Exception):
    """An event that cannot follow the hall before it."""


def evolve(hall: Hall, event: ev.Event) -> Hall:
    if isinstance(event, ev.DayOpened):
        return event.state
    after = _evolved(hall, event)
    return after if after.at is event.at else replace(after, at=event.at)


def closed_by(hall: Hall, event: ev.Event) -> ClosedVisit | None:
    """The visit that this event closes, from the hall before it."""
    if ev.closes(event) is None:
        return None
    moved = _moved(hall, event)
    return moved if isinstance(moved, ClosedVisit) else None


def _evolved(hall: Hall, event: ev.Event) -> Hall:
    match event:
        case ev.ConfigAdopted():
            return configured(hall, event.config, event.at)
        case ev.TicketIssued():
            return _issued(hall, event)
        case ev.CounterOpened() | ev.CounterPaused() | ev.CounterResumed() | ev.CounterClosed():
            return hall.with_desk(_staffed(hall, event), at=event.at)
        case ev.RatingOpened():
            return _asked(hall, event)
        case ev.RatingClosed():
            return _answered(hall, event)
        case ev.RatingGiven() | ev.RatingExplained():
            return _rated(hall, event)
        case ev.Restored():
            series = {name: numbers.skipping(event.skipped) for name, numbers in hall.series.items()}
            return replace(hall, series=series, loss=Loss(event.kept_until, event.at))
        case ev.TimeStepped() | ev.RatingIgnored() | ev.DayOpened():
            return hall
        case ev.InteractionRecorded():
            return _recorded(hall, event)
        case _:
            return _with_move(hall, event)


def _with_move(hall: Hall, event: ev.Event) -> Hall:
    """The ticket's move, and what it means for the counter and the numbers."""
    moved = _moved(hall, event)
    before = hall.live.get(moved.visit.id)
    if isinstance(moved, ClosedVisit):
        hall = hall.without_ticket(moved.visit.id, at=event.at)
    else:
        hall = hall.with_ticket(moved, at=event.at)
    match event:
        case ev.TicketCalled():
            desk = hall.counters[event.counter].calling(event.ticket, event.streak)
            return _shown(hall.with_desk(desk), event)
        case ev.TicketRecalled():
            return _shown_again(hall, event)
        case ev.LegFinished() | ev.LegServedOffline():
            return _done_at(hall, event, before)
        case ev.TicketRenumbered():
            series = moved.visit.series
            return replace(hall, series={**hall.series, series: hall.series[series].took(event.ordinal)})
    if isinstance(before, Called | Serving) and not isinstance(moved, Called | Serving):
        return hall.with_desk(hall.counters[before.counter].freed())
    return hall


def _moved(hall: Hall, event: ev.Event) -> Ticket | ClosedVisit:
    match event:
        case ev.TicketCheckedIn():
            return _as(hall, event.ticket, Expected).check_in(event.at)
        case ev.TicketDelayed():
            return _as(hall, event.ticket, Waiting).delay(event.until, event.at)
        case ev.TicketGivenUp():
            return _as(hall, event.ticket, Missed).give_up(event.at)
        case ev.TicketReturned():
            return _returned(hall, event)
        case ev.TicketCancelled():
            return _open(hall, event.ticket).cancel(event.at)
        case ev.TicketExpired():
            return _open(hall, event.ticket).expire(event.at)
        case ev.TicketRenumbered() | ev.SlipReprinted() | ev.ClassChanged() | ev.TicketReleased():
            return _rewritten(_open(hall, event.ticket), event)
        case _:
            return _moved_at_counter(hall, event)


def _moved_at_counter(hall: Hall, event: ev.Event) -> Ticket | ClosedVisit:
    match event:
        case ev.TicketCalled():
            return _as(hall, event.ticket, Waiting).call(event.counter, event.clerk, event.at)
        case ev.TicketRecalled():
            return _as(hall, event.ticket, Called).recall(event.at)
        case ev.ServiceStarted():
            return _as(hall, event.ticket, Called).begin(event.at)
        case ev.TicketMissed():
            return _as(hall, event.ticket, Called).miss(event.until, event.at)
        case ev.LegFinished():
            return _as(hall, event.ticket, Serving).finish(event.record, event.upcoming, event.at)
        case ev.LegServedOffline():
            return _served_away(hall, event)
        case ev.TicketHeld():
            note = Note(event.leg, event.at, event.clerk, event.counter, event.note)
            return _as(hall, event.ticket, Serving).hold(event.until, event.reason, note, event.at)
        case ev.TicketTransferred():
            note = Note(event.leg, event.at, event.clerk, event.counter, event.note, event.documents_seen)
            return _as(hall, event.ticket, Serving).transfer(event.to, event.back, note, event.at)
        case _:
            raise BrokenJournal(f"{type(event).__name__} moves no ticket")


def _returned(hall: Hall, event: ev.TicketReturned) -> Waiting:
    ticket = _open(hall, event.ticket)
    match ticket:
        case Delayed() | Held():
            return ticket.back(event.at)
        case Missed():
            return ticket.revive()
        case Called() | Serving():
            return ticket.send_back()
        case _:
            raise BrokenJournal(f"{event.ticket} returned from {type(ticket).__name__}")


def _served_away(hall: Hall, event: ev.LegServedOffline) -> Waiting | ClosedVisit:
    ticket = _open(hall, event.ticket)
    if not isinstance(ticket, Waiting | Called | Serving):
        raise BrokenJournal(f"{event.ticket} served offline from {type(ticket).__name__}")
    past = DoneLeg(
        event.leg, event.service, event.counter, event.clerk, event.started_at, event.finished_at, event.record
    )
    return ticket.served_away(past, event.upcoming)


Rewriting = ev.TicketRenumbered | ev.SlipReprinted | ev.ClassChanged | ev.TicketReleased
"""Changes what the visit says and leaves the state."""


def _rewritten(ticket: Ticket, event: Rewriting) -> Ticket:
    match event:
        case ev.TicketReleased():
            return replace(ticket, visit=ticket.visit.released())
        case ev.TicketRenumbered():
            return replace(ticket, visit=replace(ticket.visit, ordinal=event.ordinal, offline=True))
        case ev.SlipReprinted():
            return replace(ticket, visit=replace(ticket.visit, reprints=event.count))
        case ev.ClassChanged():
            visit = replace(ticket.visit, customer_class=event.customer_class, class_reason=event.reason)
            return replace(ticket, visit=visit)


def _issued(hall: Hall, event: ev.TicketIssued) -> Hall:
    visit = event.visit
    series = hall.series
    if visit.day == hall.business_day:
        numbers = series[visit.series]
        numbers = numbers.took(visit.ordinal) if visit.offline else numbers.passed(visit.ordinal)
        series = {**series, visit.series: numbers}
    ticket = Expected(visit) if event.expected else Waiting(visit)
    return hall.with_ticket(ticket, issued=visit.seq, issued_today=hall.issued_today + 1, series=series, at=event.at)


def _done_at(hall: Hall, event: ev.LegFinished | ev.LegServedOffline, before: Ticket | None) -> Hall:
    desk = hall.counters[event.counter]
    finished_at = event.finished_at if isinstance(event, ev.LegServedOffline) else event.at
    if isinstance(before, Called | Serving) or desk.current is None:
        last = LastLeg(event.ticket, event.leg, event.number, event.service, finished_at)
        desk = desk.finished(last)
    return hall.with_desk(desk)


def _staffed(hall: Hall, event: ev.CounterOpened | ev.CounterPaused | ev.CounterResumed | ev.CounterClosed) -> Desk:
    desk = hall.counters[event.counter]
    match event:
        case ev.CounterOpened():
            return desk.opened(event.clerk, event.services, event.at)
        case ev.CounterPaused():
            return desk.paused(event.reason, event.at)
        case ev.CounterResumed():
            return desk.resumed(event.at)
        case ev.CounterClosed():
            return desk.closed(event.at)


def _shown(hall: Hall, event: ev.TicketCalled) -> Hall:
    call = RecentCall(hall.called + 1, event.ticket, event.number, event.counter, event.service, event.at)
    earlier = tuple(each for each in hall.calls if each.ticket != event.ticket)
    return replace(hall, called=call.seq, calls=(call, *earlier)[:RECENT_CALLS])


def _shown_again(hall: Hall, event: ev.TicketRecalled) -> Hall:
    call = RecentCall(hall.called + 1, event.ticket, event.number, event.counter, event.service, event.at, event.calls)
    earlier = tuple(each for each in hall.calls if each.ticket != event.ticket)
    return replace(hall, called=call.seq, calls=(call, *earlier)[:RECENT_CALLS])


def _asked(hall: Hall, event: ev.RatingOpened) -> Hall:
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
    )
    desk = hall.counters[event.counter].asking(window)
    return hall.with_desk(desk, windows=hall.windows.put(window), at=event.at)


def _answered(hall: Hall, event: ev.RatingClosed) -> Hall:
    desk = hall.counters[event.counter]
    shown = desk.window is not None and desk.window.id == event.window
    window = hall.windows.get(event.window)
    windows = hall.windows.put(window.ended(event.at)) if window else hall.windows
    return hall.with_desk(desk.asking(None) if shown else desk, windows=windows, at=event.at)


def _rated(hall: Hall, event: ev.RatingGiven | ev.RatingExplained) -> Hall:
    window = hall.windows.get(event.window)
    if window is None:
        raise BrokenJournal(f"no rating window {event.window}")
    score = event.score if isinstance(event, ev.RatingGiven) else window.score
    scored = replace(window, score=score, explained=bool(event.reasons or event.text))
    hall = replace(hall, windows=hall.windows.put(scored))
    desk = hall.counters.get(event.counter)
    if desk is None or desk.window is None or desk.window.id != event.window:
        return hall
    return hall.with_desk(desk.asking(scored))


def _recorded(hall: Hall, event: ev.InteractionRecorded) -> Hall:
    ticket = hall.live.get(event.ticket)
    if ticket is None:
        return hall
    return hall.with_ticket(
        replace(ticket, visit=ticket.visit.recorded(event.leg, event.record, ClerkId(event.by), event.at))
    )


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
