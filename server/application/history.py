"""Reads a journal as a sceptic: no number twice in a day, no ticket closed twice, no gap."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.application.ports import Recorded
from server.domain.events.event import Event, closes
from server.domain.events.ratings import RatingGiven
from server.domain.events.tickets import TicketIssued, TicketRenumbered
from server.domain.state import Hall
from server.domain.vocabulary import ClosedAs, TicketId


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be. `seq` is the event it was seen at; 0 when it is of no single event."""

    kind: str
    seq: int
    words: str


class History:
    """Follows the events and keeps count beside the hall."""

    def __init__(self) -> None:
        self._holders: dict[tuple[date, str], TicketId] = {}
        self._days: dict[TicketId, date] = {}
        self._open: set[TicketId] = set()
        self._closed: dict[TicketId, ClosedAs] = {}
        self._scored: set[str] = set()
        self._last_seq = 0

    def follow(self, recorded: Recorded) -> list[Finding]:
        """What is wrong with this event after those before it."""
        event, seq, found = recorded.event, recorded.seq, list[Finding]()
        if seq != self._last_seq + 1:
            found.append(Finding("gap", seq, f"follows seq {self._last_seq}"))
        self._last_seq = seq
        look = _LOOKED_AT.get(type(event))
        if look is not None:
            found += look(self, event, seq)
        closing = closes(event)
        if closing is not None:
            found += self._close(*closing, seq)
        return found

    def end(self, hall: Hall) -> Iterator[Finding]:
        """What does not fit between the count and the hall after the last event."""
        for ticket in sorted(self._open ^ hall.live.keys()):
            where = "the hall has no such open ticket" if ticket in self._open else "it was never issued or is closed"
            yield Finding("open-or-closed", 0, f"ticket {ticket}: {where}")

    @property
    def counts(self) -> dict[str, int]:
        """Tickets issued, open and closed in each way."""
        ways = {str(way): sum(1 for closed in self._closed.values() if closed is way) for way in ClosedAs}
        return {"issued": len(self._days), "open": len(self._open), "ratings": len(self._scored)} | ways

    def _issue(self, event: TicketIssued, seq: int) -> Iterator[Finding]:
        if event.ticket in self._days:
            yield Finding("issued-twice", seq, f"ticket {event.ticket} was issued before")
        self._days[event.ticket] = event.visit.day
        self._open.add(event.ticket)
        yield from self._hold(event.visit.day, event.number, event.ticket, seq)

    def _renumber(self, event: TicketRenumbered, seq: int) -> Iterator[Finding]:
        yield from self._hold(self._days.get(event.ticket), event.number, event.ticket, seq)

    def _rate(self, event: RatingGiven, seq: int) -> Iterator[Finding]:
        if event.window in self._scored:
            yield Finding("rated-twice", seq, f"window {event.window} has a score already")
        self._scored.add(event.window)

    def _hold(self, day: date | None, number: str, ticket: TicketId, seq: int) -> Iterator[Finding]:
        if day is None:
            yield Finding("unknown-ticket", seq, f"ticket {ticket} was never issued")
            return
        holder = self._holders.setdefault((day, number), ticket)
        if holder != ticket:
            yield Finding("number-twice", seq, f"{number} on {day} belongs to {holder} and to {ticket}")

    def _close(self, ticket: TicketId, closed_as: ClosedAs, seq: int) -> Iterator[Finding]:
        if ticket not in self._open:
            yield Finding("closed-twice", seq, f"ticket {ticket} is not open")
        self._open.discard(ticket)
        self._closed[ticket] = closed_as


_LOOKED_AT: dict[type[Event], Callable[[History, Any, int], Iterator[Finding]]] = {
    TicketIssued: History._issue,
    TicketRenumbered: History._renumber,
    RatingGiven: History._rate,
}
