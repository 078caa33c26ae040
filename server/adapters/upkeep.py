"""Brings the database's shape up to date and fills the computed tables anew."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text

from server.adapters.chain import branches_of
from server.adapters.journal import read_events
from server.adapters.locks import BranchKept, kept, lock_for
from server.adapters.projections.tables import SHAPE, projected, projection_shape
from server.adapters.projections.writer import ProjectionWriter, clear
from server.adapters.tables import incarnations
from server.application.deliberation import Laws, moved_on
from server.application.ports import Recorded
from server.domain.events.days import DayOpened
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit
from server.domain.vocabulary import BranchId, TicketId

if TYPE_CHECKING:
    from alembic.config import Config

CHUNK = 500
RECORDS_CHANGE_FOR = timedelta(days=2)
"""Longer than any visit that is over can still change."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"


class NewerDatabase(Exception):
    """A later version of the program has made this database."""


class Version(Enum):
    """Of a database, as this program sees it."""

    NONE = "none"
    """Nothing was ever written."""
    OLDER = "older"
    RESHAPED = "reshaped"
    """Only the computed tables are older."""
    CURRENT = "current"


def version(engine: Engine) -> Version:
    """Raises NewerDatabase."""
    with engine.connect() as connection:
        found = _revision(connection)
        if found is None:
            return Version.NONE
        known = revisions()
        if found not in known:
            raise NewerDatabase(
                f"the database is of version {found}, made by a newer program; this one knows up to {known[-1]}. "
                "Install the newer program again, or `hall restore` a backup that this one made"
            )
        if found != known[-1]:
            return Version.OLDER
        shaped = inspect(connection).has_table(projection_shape.name)
        same = shaped and connection.scalar(select(projection_shape.c.shape)) == SHAPE
    return Version.CURRENT if same else Version.RESHAPED


def revisions() -> list[str]:
    """Those of the lasting tables that this program knows, oldest first, by their files' names.

    Alembic itself is imported to change a database only: it would be a tenth of a server's start.
    """
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    """Where Alembic has written it down."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def migrate(engine: Engine) -> None:
    """Brings the lasting tables to the newest version and the computed ones to their shape; harmless when they are.

    All or nothing. Raises NewerDatabase, and BranchKept when a running keeper would lose its tables.
    """
    if version(engine) is Version.CURRENT:
        return
    with engine.connect() as connection:
        known = inspect(connection).has_table(incarnations.name)
        branches = branches_of(connection) if known else []
    with kept(engine, branches):
        upgrade(engine)


def stamp(connection: Connection) -> None:
    """Says of tables that were just made as the code knows them that they are of the newest version."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    MigrationContext.configure(connection).stamp(ScriptDirectory.from_config(_alembic()), "head")


def _alembic() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade(engine: Engine) -> None:
    """As `migrate`, for one who keeps the branches."""
    from alembic import command

    config = _alembic()
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
        for branch in branches_of(connection):
            recompute(engine, connection, branch)
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
            read = recompute(engine, connection, branch)
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
        hall, closed = moved_on(laws, hall, one.event, over.get(ticket) if ticket else None)
        if closed is not None:
            over[closed.visit.id] = closed
        elif isinstance(one.event, DayOpened):
            over = {ticket: each for ticket, each in over.items() if each.at >= one.event.at - RECORDS_CHANGE_FOR}
        yield one if closed is None else one._replace(closed=closed), hall


def recompute(engine: Engine, connection: Connection, branch: str) -> int:
    """Empties and fills the branch's computed tables in the caller's transaction; answers how many events it read."""
    clear(connection, branch)
    writer = ProjectionWriter(engine, branch)
    history = (one for one, _ in replayed(branch, read_events(connection, branch)))
    read = 0
    while chunk := list(islice(history, CHUNK)):
        writer.apply(connection, chunk)
        read += len(chunk)
    return read
