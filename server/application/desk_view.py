"""What a clerk sees at one counter: the customer, the colleagues' notes, who is next and why."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from server.application.scene import Scene
from server.application.views import counter_views, queue_views
from server.contract.views.desk import CurrentView, DeskView, LastLegView, NoteView, RatingWindowView, WaitingView
from server.domain.calling import Candidate, order
from server.domain.counter import Desk
from server.domain.ticket import Called, Delayed, Expected, Held, Missed, Serving, Waiting, state_of
from server.domain.visit import Visit
from server.domain.vocabulary import CounterNo, Digest

MOST_LINES = 200
"""Lines of the waiting list that travel; a longer queue is told by its counts."""
ERASED = "—"
"""Stands where a note's text has been erased."""

ReadTexts = Callable[[Sequence[Digest]], Mapping[Digest, str]]
"""What the private store still holds of the asked texts."""


def desk_view(scene: Scene, number: CounterNo, texts: ReadTexts, mean_interarrival_s: float | None = None) -> DeskView:
    """Raises KeyError for a counter the branch does not have."""
    hall = scene.hall
    desk = hall.counters[number]
    current = hall.current(number)
    parked = [each for each in hall.parked() if _concerns(each.visit, desk)]
    missed = sorted((each for each in parked if isinstance(each, Missed)), key=_back_at)
    held = sorted((each for each in parked if isinstance(each, Held | Delayed)), key=_back_at)
    too_late = [each for each in parked if isinstance(each, Waiting)]
    return DeskView(
        stamp=scene.stamp,
        branch=scene.facts.branch,
        counter=number,
        state=desk.state,
        clerk=desk.clerk,
        pause_reason=desk.pause_reason,
        since=desk.since,
        current=_current_view(current, texts) if current else None,
        waiting=[_line(each) for each in order(hall, number, scene.as_of, MOST_LINES)],
        missed=[parked_line(scene, each) for each in missed[:MOST_LINES]],
        held=[parked_line(scene, each) for each in [*held, *too_late][:MOST_LINES]],
        counters=counter_views(scene),
        queues=queue_views(scene),
        rating=_rating(scene, desk),
        last_leg=_last_leg(desk),
        mean_interarrival_s=mean_interarrival_s,
    )


def _back_at(ticket: Missed | Held | Delayed) -> datetime:
    return ticket.until


def _concerns(visit: Visit, desk: Desk) -> bool:
    leg = visit.leg
    if leg.counter is None and leg.clerk is None:
        return leg.service in desk.services
    return leg.counter == desk.number or (leg.clerk is not None and leg.clerk == desk.clerk)


def _line(candidate: Candidate) -> WaitingView:
    visit = candidate.ticket.visit
    return WaitingView(
        ticket=visit.id,
        number=visit.number,
        service=visit.leg.service,
        customer_class=visit.customer_class,
        waited_s=int(candidate.waited_s),
        target_s=candidate.target_s,
        share=round(max(0.0, candidate.share), 3),
        reason=candidate.reason,
        leg=visit.leg.number,
        appointment=visit.appointment,
        has_note=bool(visit.notes),
    )


def parked_line(scene: Scene, ticket: Waiting | Missed | Held | Delayed | Expected) -> WaitingView:
    """One who is not in the running order now, or is listed for another reason than being called next."""
    visit = ticket.visit
    waited, target = visit.waited_s(scene.as_of), scene.target(visit)
    return WaitingView(
        ticket=visit.id,
        number=visit.number,
        service=visit.leg.service,
        customer_class=visit.customer_class,
        state=state_of(ticket),
        waited_s=int(waited),
        target_s=target,
        share=round(waited / target, 3),
        leg=visit.leg.number,
        appointment=visit.appointment,
        has_note=bool(visit.notes),
        back_at=ticket.until if isinstance(ticket, Missed | Held | Delayed) else None,
        hold_reason=ticket.reason if isinstance(ticket, Held) else None,
    )


def _current_view(ticket: Called | Serving, texts: ReadTexts) -> CurrentView:
    visit = ticket.visit
    return CurrentView(
        ticket=visit.id,
        number=visit.number,
        service=visit.leg.service,
        customer_class=visit.customer_class,
        language=visit.language,
        state=state_of(ticket),
        leg=visit.leg.number,
        issued_at=visit.issued_at,
        called_at=ticket.called_at,
        last_call_at=ticket.last_call_at if isinstance(ticket, Called) else None,
        started_at=ticket.started_at if isinstance(ticket, Serving) else None,
        waited_s=int(ticket.waited_s),
        calls=ticket.calls,
        notes=_notes(visit, texts),
        documents_seen=list(visit.documents_seen),
        next_services=[leg.service for leg in visit.to_come],
    )


def _notes(visit: Visit, texts: ReadTexts) -> list[NoteView]:
    known = texts([note.text for note in visit.notes if note.text])
    return [
        NoteView(
            text=known.get(note.text, ERASED) if note.text else "",
            by=note.by,
            counter=note.counter,
            at=note.at,
            documents_seen=list(note.documents_seen),
        )
        for note in visit.notes
    ]


def _rating(scene: Scene, desk: Desk) -> RatingWindowView | None:
    window = desk.window
    if window is None or not window.covers(scene.as_of):
        return None
    return RatingWindowView(
        window=window.id,
        leg=window.leg,
        number=window.number,
        seconds=int((window.ends_at - window.opened_at).total_seconds()),
        opened_at=window.opened_at,
        score=window.score,
    )


def _last_leg(desk: Desk) -> LastLegView | None:
    last = desk.last_leg
    if last is None:
        return None
    return LastLegView(
        ticket=last.ticket, leg=last.leg, number=last.number, service=last.service, finished_at=last.finished_at
    )
