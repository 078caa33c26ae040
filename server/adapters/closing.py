"""The closing hash of each business day, by which `hall verify --anchor` later knows the journal again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import Engine, select

from server.adapters.journal import EVENTS
from server.adapters.tables import events
from server.domain.events.days import DayOpened


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A business day that is over: `seq` and `hash` are those of its last event."""

    day: date
    closed_at: datetime
    seq: int
    hash: str


def closed_days(engine: Engine, branch: str) -> Iterator[ClosedDay]:
    """Each day that was closed, oldest first."""
    opened = select(events.c.seq, events.c.type, events.c.body, events.c.prev_hash)
    days = opened.where(events.c.branch == branch, events.c.type == DayOpened.__name__).order_by(events.c.seq)
    with engine.connect() as connection:
        rows = [(row, EVENTS.load(row.type, row.body)) for row in connection.execute(days)]
    for (_, before), (row, after) in pairwise(rows):
        assert isinstance(before, DayOpened)
        yield ClosedDay(before.day, after.at, row.seq - 1, bytes(row.prev_hash).hex())
