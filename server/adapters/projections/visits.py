"""Tickets, legs, records and closed visits, as each event changes them."""

import json
from collections.abc import Iterator
from typing import Any

from server.adapters.codec import dump
from server.adapters.database import to_us
from server.adapters.projections.statements import Change
from server.application.ports import Recorded
from server.domain import events as e
from server.domain.commands import Record
from server.domain.ticket import ClosedVisit, Leg
from server.domain.vocabulary import ClosedAs


def visit_changes(recorded: Recorded) -> Iterator[Change]:
    """Tickets and legs."""
    event = recorded.event
    match event:
        case e.TicketIssued():
            yield "issue", _ticket_row(event, recorded.seq)
            yield "queue", _leg_row(event, event.visit.leg, to_us(event.visit.seniority))
        case e.TicketRenumbered():
            yield "renumber", {"k_ticket": event.ticket, "v_number": event.number}
        case e.TicketCheckedIn():
            yield "check_in", _leg_key(event) | {"v_queued_us": to_us(event.seniority)}
        case e.ClassChanged():
            yield "reclass", {"k_ticket": event.ticket, "v_customer_class": event.customer_class.value}
        case e.TicketCalled():
            yield _called(event)
        case e.TicketRecalled():
            yield "recall", _leg_key(event)
        case e.ServiceStarted():
            yield "start", _leg_key(event) | _at_counter(event) | {"v_started_us": to_us(event.at)}
        case e.LegFinished() | e.LegServedOffline() | e.TicketTransferred():
            yield from _leg_ended(event)
        case e.TicketCancelled() | e.TicketExpired() | e.TicketGivenUp():
            yield "end", _leg_key(event) | _ended(event, _closed_as(event).value, None)
        case _:
            pass
    closing = e.closes(event)
    if closing is not None:
        ticket, closed_as = closing
        yield "close", {"k_ticket": ticket, "v_closed_as": closed_as.value, "v_closed_us": to_us(event.at)}


def record_changes(recorded: Recorded) -> Iterator[Change]:
    """The clerk's record of each leg, as last written."""
    event = recorded.event
    match event:
        case e.LegFinished() | e.LegServedOffline():
            yield from _record(event, event.record, event.clerk)
        case e.InteractionRecorded():
            yield from _record(event, event.record, event.by)
        case _:
            pass


def closed_changes(recorded: Recorded) -> Iterator[Change]:
    """Visits that are over, whole; a later change of one replaces it."""
    closed = recorded.closed
    if closed is None:
        return
    if e.closes(recorded.event) is None:
        yield "drop_visit", {"k_ticket": closed.visit.id}
    yield "keep_visit", {"ticket": closed.visit.id, "body": dump(closed, ClosedVisit).decode()}


def _ticket_row(event: e.TicketIssued, seq: int) -> dict[str, Any]:
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
    event: e.TicketIssued | e.LegFinished | e.LegServedOffline | e.TicketTransferred, leg: Leg, queued_us: int
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


def _called(event: e.TicketCalled) -> Change:
    if event.called_before:
        return "call_again", _leg_key(event) | _at_counter(event)
    first = {
        "v_called_us": to_us(event.at),
        "v_waited_s": event.waited_s,
        "v_target_s": event.target_s,
        "v_customer_class": event.customer_class.value,
    }
    return "call", _leg_key(event) | _at_counter(event) | first


def _leg_ended(event: e.LegFinished | e.LegServedOffline | e.TicketTransferred) -> Iterator[Change]:
    match event:
        case e.LegServedOffline():
            away = {"v_started_us": to_us(event.started_at), "v_waited_s": event.waited_s}
            ended = _ended(event, ClosedAs.FINISHED.value, event.served_s) | {"v_ended_us": to_us(event.finished_at)}
            yield "serve_away", _leg_key(event) | _at_counter(event) | ended | away
        case e.LegFinished():
            yield "end", _leg_key(event) | _ended(event, ClosedAs.FINISHED.value, event.served_s)
        case e.TicketTransferred():
            yield "end", _leg_key(event) | _ended(event, "transferred", event.served_s)
    upcoming = event.to if isinstance(event, e.TicketTransferred) else event.upcoming
    if upcoming is not None:
        yield "queue", _leg_row(event, upcoming, to_us(event.at))


def _record(
    event: e.LegFinished | e.LegServedOffline | e.InteractionRecorded, record: Record, by: str
) -> Iterator[Change]:
    if isinstance(event, e.InteractionRecorded):
        yield "drop_record", _leg_key(event)
    yield (
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


def _closed_as(event: e.Event) -> ClosedAs:
    closing = e.closes(event)
    assert closing is not None
    return closing[1]
