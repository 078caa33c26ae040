"""Brings the database's shape up to date and fills the computed tables anew."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, delete, insert, select, text

from server.adapters.journal import read_lines
from server.adapters.locks import lock_for
from server.adapters.projections.tables import SHAPE, projected, projection_shape
from server.adapters.projections.writer import ProjectionWriter, clear
from server.adapters.tables import incarnations
from server.application.deliberation import Laws, after_the_end
from server.application.ports import Recorded
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit
from server.domain.vocabulary import BranchId, TicketId

CHUNK = 500
RECORDS_CHANGE_FOR = timedelta(days=2)
"""Longer than any visit that is over can still change."""


class BranchKept(Exception):
    """A keeper holds the branch; stop the server first."""


def migrate(engine: Engine) -> None:
    """Brings the lasting tables to the newest version and the computed ones to their shape; harmless when they are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.execution_options(writer=True).begin() as connection:
        _one_at_a_time(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with engine.execution_options(writer=True).begin() as connection:
        _one_at_a_time(connection)
        projection_shape.create(connection, checkfirst=True)
        if connection.scalar(select(projection_shape.c.shape)) == SHAPE:
            return
        projected.drop_all(connection)
        projected.create_all(connection)
        for branch in _branches(connection):
            _refill(engine, connection, branch)
        connection.execute(delete(projection_shape))
        connection.execute(insert(projection_shape), {"shape": SHAPE})


def _one_at_a_time(connection: Connection) -> None:
    """Servers that start together migrate one after the other; SQLite's writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('powerhall:migrate'))"))


def rebuild(engine: Engine, branch: str) -> int:
    """Empties and recomputes the branch's computed tables from its journal; answers how many events it read.

    Raises BranchKept while a keeper runs.
    """
    lock = lock_for(engine, branch)
    with engine.execution_options(writer=True).connect() as connection:
        connection.detach()
        if not lock.take(connection):
            raise BranchKept(branch)
        try:
            clear(connection, branch)
            read = _refill(engine, connection, branch)
            connection.commit()
        finally:
            lock.drop()
    return read


def replayed(branch: str, recorded: Iterable[Recorded]) -> Iterator[tuple[Recorded, Hall]]:
    """Each event with the visit it closed or changed, and the hall after it."""
    laws, hall = Laws(), Hall.empty(BranchId(branch))
    over: dict[TicketId, ClosedVisit] = {}
    for one in recorded:
        ticket: TicketId | None = getattr(one.event, "ticket", None)
        closed = after_the_end(laws, hall, one.event, over.get(ticket) if ticket else None)
        hall = laws.evolve(hall, one.event)
        if closed is not None:
            over = {**_recent(over, closed), closed.visit.id: closed} if len(over) > 50_000 else over
            over[closed.visit.id] = closed
        yield Recorded(one.seq, one.event, one.by, one.hash, closed), hall


def _recent(over: dict[TicketId, ClosedVisit], newest: ClosedVisit) -> dict[TicketId, ClosedVisit]:
    since = newest.at - RECORDS_CHANGE_FOR
    return {ticket: closed for ticket, closed in over.items() if closed.at >= since}


def _branches(connection: Connection) -> list[str]:
    return list(connection.scalars(select(incarnations.c.branch).distinct()))


def _refill(engine: Engine, connection: Connection, branch: str) -> int:
    writer = ProjectionWriter(engine, branch)
    lines = read_lines(connection, branch)
    history = (one for one, _ in replayed(branch, (line.recorded for line in lines)))
    read = 0
    while chunk := list(islice(history, CHUNK)):
        writer.apply(connection, chunk)
        read += len(chunk)
    return read
