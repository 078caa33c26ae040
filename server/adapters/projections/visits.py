"""Tickets, legs, records and closed visits, as each event changes them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from server.adapters.codec import encoded
from server.adapters.database import to_us
from server.adapters.projections.statements import Change
from server.application.ports import Recorded
from server.domain.events.event import Event, closes
from server.domain.events.tickets import (
    ClassChanged,
    InteractionRecorded,
    LegFinished,
    LegServedOffline,
    ServiceStarted,
    TicketCalled,
    TicketCancelled,
    TicketCheckedIn,
    TicketExpired,
    TicketGivenUp,
    TicketIssued,
    TicketRecalled,
    TicketRenumbered,
    TicketTransferred,
)
from server.domain.visit import Leg, Record
from server.domain.vocabulary import ClosedAs


def visit_changes(recorded: Recorded) -> Sequence[Change]:
    """Tickets and legs."""
    changes = _VISITS.get(type(recorded.event))
    return changes(recorded.event, recorded.seq) if changes else ()


def record_changes(recorded: Recorded) -> Sequence[Change]:
    """The clerk's record of each leg, as last written."""
    event = recorded.event
    match event:
        case LegFinished() | LegServedOffline():
            return (_record(event, event.record, event.clerk),)
        case InteractionRecorded():
            return ("drop_record", _leg_key(event)), _record(event, event.record, event.by)
        case _:
            return ()


def closed_changes(recorded: Recorded) -> Sequence[Change]:
    """Visits that are over, whole; a later change of one replaces it."""
    closed = recorded.closed
    if closed is None:
        return ()
    keep = "keep_visit", {"ticket": closed.visit.id, "body": encoded(closed).decode()}
    return (keep,) if closes(recorded.event) else (("drop_visit", {"k_ticket": closed.visit.id}), keep)


def _issued(event: TicketIssued, seq: int) -> Sequence[Change]:
    return (
        ("issue", _ticket_row(event, seq)),
        ("queue", _leg_row(event, event.visit.leg, to_us(event.visit.seniority))),
    )


def _renumbered(event: TicketRenumbered, _seq: int) -> Sequence[Change]:
    return (("renumber", {"k_ticket": event.ticket, "v_number": event.number}),)


def _checked_in(event: TicketCheckedIn, _seq: int) -> Sequence[Change]:
    return (("check_in", _leg_key(event) | {"v_queued_us": to_us(event.seniority)}),)


def _reclassed(event: ClassChanged, _seq: int) -> Sequence[Change]:
    return (("reclass", {"k_ticket": event.ticket, "v_customer_class": event.customer_class.value}),)


def _recalled(event: TicketRecalled, _seq: int) -> Sequence[Change]:
    return (("recall", _leg_key(event)),)


def _started(event: ServiceStarted, _seq: int) -> Sequence[Change]:
    return (("start", _leg_key(event) | _at_counter(event) | {"v_started_us": to_us(event.at)}),)


def _closed(event: TicketCancelled | TicketExpired | TicketGivenUp, _seq: int) -> Sequence[Change]:
    ((_, close),) = closing = _close(event)
    return (("end", _leg_key(event) | _ended(event, close["v_closed_as"], None)), *closing)


def _close(event: Event) -> Sequence[Change]:
    """Of the ticket, if this event closes it."""
    closing = closes(event)
    if closing is None:
        return ()
    ticket, closed_as = closing
    return (("close", {"k_ticket": ticket, "v_closed_as": closed_as.value, "v_closed_us": to_us(event.at)}),)


def _ticket_row(event: TicketIssued, seq: int) -> dict[str, Any]:
    visit = event.visit
    low, likely, high = visit.promise or (None, None, None)
    return {
        "ticket": visit.id,
        "seq": seq,
        "day": visit.day.isoformat(),
        "number": event.number,
        "customer_class": visit.customer_class.value,
        "language": visit.language.value,
        "channel": visit.channel.value,
        "issued_us": to_us(visit.issued_at),
        "issued_by": visit.issued_by,
        "offline": visit.offline,
        "appointment_us": to_us(visit.appointment) if visit.appointment else None,
        "promise_low_s": low,
        "promise_likely_s": likely,
        "promise_high_s": high,
        "ahead": visit.ahead,
        "closed_as": None,
        "closed_us": None,
    }


def _leg_row(
    event: TicketIssued | LegFinished | LegServedOffline | TicketTransferred, leg: Leg, queued_us: int
) -> dict[str, Any]:
    nothing_yet = dict.fromkeys(
        ("customer_class", "called_us", "waited_s", "target_s", "started_us", "ended_us", "ended_as", "served_s")
    )
    place = {"counter": None, "clerk": None, "calls": 0}
    return (
        {"ticket": event.ticket, "leg": leg.number, "service": leg.service, "queued_us": queued_us}
        | nothing_yet
        | place
    )


def _called(event: TicketCalled, _seq: int) -> Sequence[Change]:
    if event.called_before:
        return (("call_again", _leg_key(event) | _at_counter(event)),)
    first = {
        "v_called_us": to_us(event.at),
        "v_waited_s": event.waited_s,
        "v_target_s": event.target_s,
        "v_customer_class": event.customer_class.value,
    }
    return (("call", _leg_key(event) | _at_counter(event) | first),)


def _served_away(event: LegServedOffline, _seq: int) -> Sequence[Change]:
    away = {"v_started_us": to_us(event.started_at), "v_waited_s": event.waited_s}
    ended = _ended(event, ClosedAs.FINISHED.value, event.served_s) | {"v_ended_us": to_us(event.finished_at)}
    served = "serve_away", _leg_key(event) | _at_counter(event) | ended | away
    return served, *_upcoming(event, event.upcoming), *_close(event)


def _finished(event: LegFinished, _seq: int) -> Sequence[Change]:
    ended = "end", _leg_key(event) | _ended(event, ClosedAs.FINISHED.value, event.served_s)
    return ended, *_upcoming(event, event.upcoming), *_close(event)


def _transferred(event: TicketTransferred, _seq: int) -> Sequence[Change]:
    ended = "end", _leg_key(event) | _ended(event, "transferred", event.served_s)
    return ended, *_upcoming(event, event.to)


def _upcoming(event: LegFinished | LegServedOffline | TicketTransferred, leg: Leg | None) -> Sequence[Change]:
    return (("queue", _leg_row(event, leg, to_us(event.at))),) if leg is not None else ()


def _record(event: LegFinished | LegServedOffline | InteractionRecorded, record: Record, by: str) -> Change:
    return (
        "record",
        {
            "ticket": event.ticket,
            "leg": event.leg,
            "service_done": record.service_done,
            "outcome": record.outcome.value,
            "documents_seen": json.dumps(record.documents_seen),
            "note": record.note,
            "by": by,
            "at_us": to_us(event.at),
        },
    )


def _leg_key(event: Any) -> dict[str, Any]:
    return {"k_ticket": event.ticket, "k_leg": event.leg}


def _at_counter(event: Any) -> dict[str, Any]:
    return {"v_counter": event.counter, "v_clerk": event.clerk}


def _ended(event: Any, ended_as: str, served_s: float | None) -> dict[str, Any]:
    return {"v_ended_us": to_us(event.at), "v_ended_as": ended_as, "v_served_s": served_s}


_VISITS: dict[type[Event], Callable[[Any, int], Sequence[Change]]] = {
    TicketIssued: _issued,
    TicketRenumbered: _renumbered,
    TicketCheckedIn: _checked_in,
    ClassChanged: _reclassed,
    TicketCalled: _called,
    TicketRecalled: _recalled,
    ServiceStarted: _started,
    LegFinished: _finished,
    LegServedOffline: _served_away,
    TicketTransferred: _transferred,
    TicketCancelled: _closed,
    TicketExpired: _closed,
    TicketGivenUp: _closed,
}
