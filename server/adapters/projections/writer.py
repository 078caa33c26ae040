"""Keeps the computed tables beside the journal, inside its transaction, and sets one aside when it fails."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, delete, insert, select
from sqlalchemy.exc import DBAPIError

from server.adapters.database import Prepared, run_plain
from server.adapters.projections import tables as t
from server.adapters.projections.feedback import counter_changes, rating_changes
from server.adapters.projections.statements import STATEMENTS, Change
from server.adapters.projections.visits import closed_changes, record_changes, visit_changes
from server.application.ports import Recorded

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Projection:
    """A group of tables that stands or falls together."""

    name: str
    tables: tuple[Table, ...]
    changes: Callable[[Recorded], Iterable[Change]]


PROJECTIONS = (
    Projection("visits", (t.tickets, t.legs), visit_changes),
    Projection("records", (t.interactions,), record_changes),
    Projection("closed", (t.closed_visits,), closed_changes),
    Projection("ratings", (t.ratings, t.presses), rating_changes),
    Projection("counters", (t.counter_spans,), counter_changes),
)


class ProjectionWriter:
    """Applies recorded events to the computed tables of one branch."""

    def __init__(self, engine: Engine, branch: str, projections: Sequence[Projection] = PROJECTIONS) -> None:
        self._branch = branch
        self._projections = projections
        self._statements = {name: Prepared(way.sql(), engine) for name, way in STATEMENTS.items()}
        self._mark = Prepared(insert(t.projection_state), engine)
        self.broken: dict[str, str] = {}

    def open(self, connection: Connection) -> None:
        """Learns which projections were set aside before."""
        rows = connection.execute(select(t.projection_state).where(t.projection_state.c.branch == self._branch))
        self.broken = {row.name: row.why for row in rows}

    def apply(self, connection: Connection, recorded: Sequence[Recorded]) -> dict[str, str]:
        """Changes the tables; answers those that failed now, with why. The journal's own writes stay."""
        kept = [one for one in self._projections if one.name not in self.broken]
        try:
            with _Savepoint(connection):
                self._run(connection, self._changes(kept, recorded))
        except Exception as error:
            if _lost(error):
                raise
            return self._one_by_one(connection, kept, recorded)
        return {}

    def _one_by_one(
        self, connection: Connection, kept: list[Projection], recorded: Sequence[Recorded]
    ) -> dict[str, str]:
        failed: dict[str, str] = {}
        for projection in kept:
            try:
                with _Savepoint(connection):
                    self._run(connection, self._changes([projection], recorded))
            except Exception as error:
                if _lost(error):
                    raise
                log.exception("projection %s is set aside at seq %d", projection.name, recorded[0].seq)
                failed[projection.name] = f"{type(error).__name__}: {error}"[:500]
        for name, why in failed.items():
            self._set_aside(connection, name, recorded[0].seq, why)
        self.broken |= failed
        return failed

    def _set_aside(self, connection: Connection, name: str, seq: int, why: str) -> None:
        self._mark.run(connection, [{"branch": self._branch, "name": name, "broken_at_seq": seq, "why": why}])

    def _changes(self, kept: list[Projection], recorded: Sequence[Recorded]) -> Iterator[Change]:
        for projection in kept:
            for one in recorded:
                yield from projection.changes(one)

    def _run(self, connection: Connection, changes: Iterable[Change]) -> None:
        by_table: dict[str, list[Change]] = {}
        for change in changes:
            by_table.setdefault(STATEMENTS[change[0]].table.name, []).append(change)
        here = {"branch": self._branch, "k_branch": self._branch}
        for in_order in by_table.values():
            for statement, alike in groupby(in_order, key=itemgetter(0)):
                self._statements[statement].run(connection, [here | values for _, values in alike])


class _Savepoint:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        run_plain(self._connection, "SAVEPOINT projections")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            run_plain(self._connection, "RELEASE SAVEPOINT projections")
        elif not _lost(error):
            run_plain(self._connection, "ROLLBACK TO SAVEPOINT projections")
            run_plain(self._connection, "RELEASE SAVEPOINT projections")


def _lost(error: BaseException) -> bool:
    """The connection is gone, or the database itself is in trouble, as with a full disk: no projection's fault."""
    if not isinstance(error, DBAPIError):
        return False
    cause: Any = error.orig
    troubled = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _SQLITE_TROUBLES
    return error.connection_invalidated or troubled or str(getattr(cause, "sqlstate", ""))[:2] in _POSTGRES_TROUBLES


_SQLITE_TROUBLES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} | {
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_NOTADB,
}
_POSTGRES_TROUBLES = {"08", "40", "53", "55", "57", "58", "XX"}
"""Classes of SQLSTATE: connection, rollback, resources, not in a state for it, intervention, system, internal."""


def clear(connection: Connection, branch: str) -> None:
    """Empties the computed tables of one branch and forgives what was set aside."""
    for table in (*(table for one in PROJECTIONS for table in one.tables), t.projection_state):
        connection.execute(delete(table).where(table.c.branch == bindparam("this_branch")), {"this_branch": branch})
