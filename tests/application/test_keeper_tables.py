"""Computed tables may break: they are set aside and named, the journal goes on, and `hall rebuild` fills them anew."""

import sqlite3
import threading
from contextlib import closing
from typing import Any

import psycopg.errors
import pytest
from sqlalchemy import Table, event, insert
from sqlalchemy.exc import OperationalError

from server.adapters.database import open_engine
from server.adapters.projections import tables as t
from server.adapters.projections.feedback import counter_changes
from server.adapters.projections.writer import PROJECTIONS, Projection, _lost
from server.adapters.upkeep import rebuild
from server.adapters.verify import verify
from server.application.answers import Accepted
from server.application.ports import Recorded


class Stumbling:
    """A projection of the counters that cannot take their opening."""

    def __init__(self) -> None:
        self.at = list[int]()
        self.projections = [*PROJECTIONS[:-1], Projection("counters", (t.counter_spans,), self._changes)]

    def _changes(self, recorded: Recorded) -> Any:
        if type(recorded.event).__name__ == "CounterOpened":
            self.at.append(recorded.seq)
            raise KeyError("no such counter")
        return counter_changes(recorded)


def rows(branch: Any, table: Table) -> set[tuple[Any, ...]]:
    with branch.engine.connect() as connection:
        return {tuple(row) for row in connection.execute(table.select())}


def test_a_projection_that_fails_is_set_aside_and_the_journal_goes_on(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("projection counters is set aside")
    stumbling = Stumbling()
    keeper = branch.keeper(projections=stumbling.projections)
    branch.open(keeper)
    branch.done(keeper, branch.issue("t1"))
    assert list(keeper.broken_projections) == ["counters"]
    keeper.stop()
    assert [(one.kind, one.seq) for one in verify(branch.engine, branch.name)] == [("projection", stumbling.at[0])]
    assert rows(branch, t.tickets)
    again = branch.keeper()
    assert list(again.broken_projections) == ["counters"]
    again.stop()
    assert rebuild(branch.engine, branch.name) == keeper.rev
    assert verify(branch.engine, branch.name) == []
    assert branch.keeper().broken_projections == {}


def test_tables_rebuilt_are_those_that_were_never_broken(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("projection visits is set aside")
    keeper = branch.keeper()
    branch.open(keeper)
    branch.done(keeper, branch.issue("t1"))
    whole = rows(branch, t.tickets)
    in_the_way = {"branch": branch.name, "ticket": "t2", "seq": 0, "day": "", "number": "", "customer_class": ""}
    told = {"language": "", "channel": "", "issued_us": 0, "issued_by": "", "offline": False}
    with branch.engine.execution_options(writer=True).begin() as connection:
        connection.execute(insert(t.tickets), in_the_way | told)

    for n in range(2, 5):
        branch.done(keeper, branch.issue(f"t{n}"))
    branch.serve(keeper, "t1")

    assert list(keeper.broken_projections) == ["visits"]
    assert len(rows(branch, t.interactions)) == 1
    keeper.stop()
    kinds = {(one.kind, one.words.split()[0]) for one in verify(branch.engine, branch.name)}
    assert kinds == {("projection", "visits")}
    rebuild(branch.engine, branch.name)
    assert verify(branch.engine, branch.name) == []
    assert {row[:5] for row in whole} < {row[:5] for row in rows(branch, t.tickets)}
    assert len(rows(branch, t.tickets)) == 4


def test_a_projection_broken_in_a_commit_that_never_was_is_whole(branch: Any, expected_logs: Any) -> None:
    expected_logs.expect("projection counters is set aside|ended unknown")
    engine, armed, stumbling = open_engine(branch.url), threading.Event(), Stumbling()

    @event.listens_for(engine, "commit")
    def cut(connection: Any) -> None:
        if armed.is_set():
            armed.clear()
            connection.connection.dbapi_connection.close()

    keeper = branch.keeper(engine=engine, projections=stumbling.projections)
    armed.set()
    answer = branch.ask(keeper, branch.issue("t1"), "request-1")
    assert not isinstance(answer, Accepted)
    assert keeper.wait_ready(10)
    assert keeper.broken_projections == {}
    branch.done(keeper, branch.issue("t1"), "request-1")
    branch.open(keeper)
    assert list(keeper.broken_projections) == ["counters"]
    keeper.stop()
    assert [one.seq for one in verify(branch.engine, branch.name)] == stumbling.at[-1:]
    engine.dispose()


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as the database says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("cause", "lost"),
    [
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.IoError(), True),
        (sqlite_error(sqlite3.SQLITE_FULL), True),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), True),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.UndefinedTable(), False),
        (sqlite_error(sqlite3.SQLITE_CONSTRAINT_UNIQUE), False),
        (sqlite_error(sqlite3.SQLITE_ERROR), False),
    ],
)
def test_the_databases_own_trouble_is_no_projections_fault(cause: Exception, lost: bool) -> None:
    assert _lost(OperationalError("", None, cause)) is lost


def test_a_table_that_is_not_there_is_a_projections_fault() -> None:
    with closing(sqlite3.connect(":memory:")) as database, pytest.raises(sqlite3.OperationalError) as told:
        database.execute("SELECT * FROM legs")
    assert not _lost(OperationalError("", None, told.value))
