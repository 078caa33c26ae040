"""What every event says, and every one of a ticket or of a ticket at a counter.

Fields are of these kinds only: str, int, float, bool, None, datetime, enums, dataclasses, tuples and dicts of them.
"""

from dataclasses import dataclass
from datetime import datetime

from server.domain.vocabulary import ClerkId, CounterNo, ServiceId, TicketId


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime


@dataclass(frozen=True, slots=True)
class OfTicket(Happening):
    ticket: TicketId
    number: str
    service: ServiceId
    leg: int


@dataclass(frozen=True, slots=True)
class AtCounter(OfTicket):
    counter: CounterNo
    clerk: ClerkId
