"""Opens the database, and how times and statements reach it."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Dialect, Engine, Executable, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler

from server.application.ports import LedgerUnavailable

T = TypeVar("T")

BUSY_TIMEOUT_MS = 1000
"""How long the keeper waits for another writer before it says locked; below a kiosk's patience of 1.4 s."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def open_engine(url: str) -> Engine:
    """For `sqlite:///file` or `postgresql+psycopg://…`, durable at every commit; errors do not show what was stored."""
    if url.startswith("sqlite"):
        return _open_sqlite(url)
    far_end = "-c synchronous_commit=on -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    near_end = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
    given = {"options": far_end, "connect_timeout": 3, **near_end}
    return create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=given)


def missing_file(url: str) -> Path | None:
    """The file that a SQLite address names when it is not there, and must not be made by looking."""
    place = make_url(url)
    file = Path(place.database or "")
    return file if place.get_backend_name() == "sqlite" and not file.exists() else None


def cause_of(error: Exception) -> str:
    """What the database said, on one line, without the statement that it was asked."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(cause).split())[:300]


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for those who read beside the keeper; raises LedgerUnavailable when the database does not answer."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise LedgerUnavailable(cause_of(error)) from error


FILE_ID: Final = "file_id"
"""Under which a connection remembers its file, so that it is not used for one that took its place."""


def file_id(file: Path) -> tuple[int, int] | None:
    """Tells one file from another of the same name; None when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _open_sqlite(url: str) -> Engine:
    given = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False, "cached_statements": MOST_PREPARED}
    engine = create_engine(url, hide_parameters=True, connect_args=given)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        durable = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")
        for pragma in (*durable, f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}").close()

    file = Path(engine.url.database or "")

    @event.listens_for(engine, "connect")
    def note_file(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[FILE_ID] = file_id(file)

    @event.listens_for(engine, "checkout")
    def same_file(_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info[FILE_ID] != file_id(file):
            raise DisconnectionError("another database has taken this one's place")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writer = connection.get_execution_options().get("writer", False)
        _on_driver(connection, lambda cursor: cursor.execute("BEGIN IMMEDIATE" if writer else "BEGIN"))

    return engine


def wait_briefly(connection: Connection) -> None:
    """Another session's lock is waited for no longer than `BUSY_TIMEOUT_MS`; on SQLite it is so anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")


def wash(engine: Engine) -> None:
    """After an erasure: takes what was overwritten out of the database's log (SQLite) or its pages (PostgreSQL).

    A PostgreSQL server's own log keeps it until it is recycled.
    """
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM texts, acts")


def to_us(at: datetime) -> int:
    """Microseconds since 1970, as times are stored."""
    return (at - _EPOCH) // _MICROSECOND


def from_us(stored: int) -> datetime:
    """The stored time again, UTC."""
    return _EPOCH + timedelta(microseconds=stored)


MOST_LINES = 128
"""New lines in one statement."""
MOST_PREPARED = 512
"""Statements that a connection to SQLite keeps compiled: each of those of the commit path for many numbers of lines."""
_NUMBERED = re.compile(r"\$(\d+)")


class Prepared:
    """A statement compiled once for one database and handed straight to its driver, which the commit path needs.

    Its parameters must be plain numbers, strings and bytes; errors are SQLAlchemy's.
    """

    def __init__(self, statement: Executable, engine: Engine) -> None:
        compiled = statement.compile(dialect=_positional(engine))  # type: ignore[attr-defined]  # all Core statements compile
        assert isinstance(compiled, SQLCompiler)
        self._sql = str(compiled)
        self._order = compiled.positiontup or ()
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._new_line = self._sql.partition(" VALUES ")[2] if compiled.isinsert else ""
        self._of_lines = {1: self._sql}

    def run(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Executes it for every row of parameters, keyed by bind name.

        New lines go many at once, for a driver lets other threads go first at every single statement.
        """
        filled = [self._filled(row) for row in rows]

        def execute(cursor: Any) -> None:
            if not self._new_line:
                cursor.executemany(self._sql, filled)
                return
            for first in range(0, len(filled), MOST_LINES):
                lines = filled[first : first + MOST_LINES]
                cursor.execute(self._for_lines(len(lines)), list(chain.from_iterable(lines)))

        _within(connection, execute)

    def fetch(self, connection: Connection, row: dict[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a query, as the driver gives them."""
        found: list[tuple[Any, ...]] = _within(
            connection, lambda cursor: cursor.execute(self._sql, self._filled(row)).fetchall()
        )
        return found

    def _for_lines(self, count: int) -> str:
        """The statement for so many new lines; where parameters are numbered, they go on from line to line."""
        known = self._of_lines.get(count)
        if known is None:
            width = len(self._order)
            more = [_from(self._new_line, line * width) for line in range(1, count)]
            known = self._of_lines[count] = ", ".join([self._sql, *more])
        return known

    def _filled(self, row: dict[str, Any]) -> list[Any]:
        values = self._fixed | row if self._fixed else row
        return list(map(values.__getitem__, self._order))


def _from(new_line: str, before: int) -> str:
    """With its parameters' numbers, if they have any, after those of the lines before."""
    return _NUMBERED.sub(lambda found: f"${int(found[1]) + before}", new_line)


def _positional(engine: Engine) -> Dialect:
    """The engine's own SQL with the database's own parameters, by place."""
    kind: Callable[..., Dialect] = type(engine.dialect)
    return engine.dialect if engine.dialect.positional else kind(paramstyle="numeric_dollar")


def run_plain(connection: Connection, sql: str) -> None:
    """Executes a statement without parameters."""
    _within(connection, lambda cursor: cursor.execute(sql))


def _within(connection: Connection, use: Callable[[Any], T]) -> T:
    """Uses the driver's cursor within the connection's transaction."""
    if not connection.in_transaction():
        connection.begin()
    return _on_driver(connection, use)


def _on_driver(connection: Connection, use: Callable[[Any], T]) -> T:
    raw: Any = connection.connection.dbapi_connection
    try:
        cursor = raw.cursor() if connection.dialect.name == "sqlite" else _numbered_cursor(raw)
        try:
            return use(cursor)
        finally:
            cursor.close()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, raw, error) from error


def _numbered_cursor(raw: Any) -> Any:
    """PostgreSQL's own numbered parameters; a hall on SQLite never waits for its driver to be imported."""
    from psycopg import RawCursor

    return RawCursor(raw)


def _translated(connection: Connection, raw: Any, error: Any) -> DBAPIError:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, raw, None)
    base = dialect.loaded_dbapi.Error
    translated = DBAPIError.instance(None, None, error, base, connection_invalidated=lost, dialect=dialect)
    assert isinstance(translated, DBAPIError)
    return translated
