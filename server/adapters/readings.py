"""What is read from the computed tables beside the keeper: the story of one visit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, select

from server.adapters.database import from_us
from server.adapters.private_store import PrivateStore
from server.adapters.projections.tables import interactions, legs, ratings
from server.domain.commands import Digest
from server.domain.vocabulary import ClerkId, CounterNo, Outcome, ServiceId, TicketId


@dataclass(frozen=True, slots=True)
class RecordLine:
    """The clerk's record of a leg as last written; the note is empty when it was erased."""

    service_done: ServiceId
    outcome: Outcome
    documents_seen: tuple[str, ...]
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LegLine:
    """One leg with all its times, as far as it has come; call, wait and target are of its first call."""

    leg: int
    service: ServiceId
    queued_at: datetime
    called_at: datetime | None
    calls: int
    waited_s: float | None
    target_s: int | None
    started_at: datetime | None
    ended_at: datetime | None
    ended_as: str | None
    """transferred, or as the ticket closed."""
    counter: CounterNo | None
    clerk: ClerkId | None
    score: int | None
    record: RecordLine | None


class Readings:
    """Reads one branch's tables; thread-safe, not for the event loop."""

    def __init__(self, engine: Engine, branch: str, private: PrivateStore) -> None:
        self._engine = engine
        self._branch = branch
        self._private = private

    def ticket_history(self, ticket: TicketId) -> list[LegLine]:
        """Every leg of a visit in order; empty for an unknown ticket."""
        same_leg = and_(
            legs.c.branch == interactions.c.branch,
            legs.c.ticket == interactions.c.ticket,
            legs.c.leg == interactions.c.leg,
        )
        records = [
            interactions.c[name] for name in ("service_done", "outcome", "documents_seen", "note", "by", "at_us")
        ]
        story = select(legs, *records).select_from(legs.outerjoin(interactions, same_leg))
        scored = select(ratings.c.leg, ratings.c.score).where(
            ratings.c.branch == self._branch, ratings.c.ticket == ticket
        )
        with self._engine.connect() as connection:
            of_ticket = story.where(legs.c.branch == self._branch, legs.c.ticket == ticket).order_by(legs.c.leg)
            rows = connection.execute(of_ticket).mappings().all()
            scores: dict[int, int | None] = {row.leg: row.score for row in connection.execute(scored)}
        notes = self._private.read(Digest(row["note"]) for row in rows if row["note"])
        return [_leg_line(dict(row), scores.get(row["leg"]), notes) for row in rows]

    def visit_notes(self, digests: Iterable[Digest]) -> dict[Digest, str]:
        """The texts of the notes that a visit carries; erased ones are left out."""
        return self._private.read(digests)


def _leg_line(row: dict[str, Any], score: int | None, notes: Mapping[Digest, str]) -> LegLine:
    return LegLine(
        leg=row["leg"],
        service=row["service"],
        queued_at=from_us(row["queued_us"]),
        called_at=_moment(row["called_us"]),
        calls=row["calls"],
        waited_s=row["waited_s"],
        target_s=row["target_s"],
        started_at=_moment(row["started_us"]),
        ended_at=_moment(row["ended_us"]),
        ended_as=row["ended_as"],
        counter=row["counter"],
        clerk=row["clerk"],
        score=score,
        record=_record_line(row, notes) if row["outcome"] else None,
    )


def _record_line(row: dict[str, Any], notes: Mapping[Digest, str]) -> RecordLine:
    return RecordLine(
        row["service_done"],
        Outcome(row["outcome"]),
        tuple(json.loads(row["documents_seen"])),
        notes.get(Digest(row["note"]), ""),
        row["by"],
        from_us(row["at_us"]),
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else from_us(stored)
