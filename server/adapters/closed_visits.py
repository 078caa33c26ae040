"""Visits that are over, read beside the keeper."""

from sqlalchemy import Engine

from server.adapters.codec import load
from server.adapters.database import reading
from server.adapters.projections.tables import closed_visits
from server.domain.ticket import ClosedVisit
from server.domain.vocabulary import TicketId


class ClosedVisits:
    """Reads the computed table of one branch; thread-safe."""

    def __init__(self, engine: Engine, branch: str) -> None:
        self._engine = engine
        self._branch = branch

    def find(self, ticket: TicketId) -> ClosedVisit | None:
        query = closed_visits.select().where(closed_visits.c.branch == self._branch, closed_visits.c.ticket == ticket)
        with reading(self._engine) as db:
            row = db.execute(query).one_or_none()
        return load(row.body, ClosedVisit) if row else None
