"""Journal, acts, private texts and projections of one branch behind one connection, one transaction at a time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from server.adapters.acts import Acts
from server.adapters.codec import load
from server.adapters.database import cause_of, to_us, wait_briefly
from server.adapters.journal import JournalWriter, last_day_opened, legs_ended_before, read_events
from server.adapters.locks import Lock, lock_for
from server.adapters.private_store import PrivateStore
from server.adapters.projections.tables import closed_visits, projection_state
from server.adapters.projections.writer import PROJECTIONS, Projection, ProjectionWriter
from server.application.ports import (
    Act,
    ActKey,
    Batch,
    Checkpoint,
    Committed,
    CommitUnknown,
    LedgerConflict,
    LedgerRejected,
    LedgerUnavailable,
    Recorded,
    Recovery,
    pass_by,
)
from server.domain.ticket import ClosedVisit
from server.domain.vocabulary import TicketId
from server.forecasting.hall_waits import LESSONS


class SqlLedger:
    """The keeper's ledger on SQLite or PostgreSQL; used by the keeper's thread alone."""

    def __init__(
        self,
        engine: Engine,
        branch: str,
        *,
        private: PrivateStore,
        new_journal_id: Callable[[], str],
        now: Callable[[], datetime],
        projections: Sequence[Projection] = PROJECTIONS,
        lock: Lock | None = None,
        checkpoint: Checkpoint = pass_by,
    ) -> None:
        """`now` dates a journal that begins here; without `lock` it is the database's own kind."""
        self._engine = engine.execution_options(writer=True)
        self._branch = branch
        self._private = private
        self._new_journal_id = new_journal_id
        self._now = now
        self._journal = JournalWriter(engine, branch)
        self._acts = Acts(engine, branch)
        self._projections = ProjectionWriter(engine, branch, projections)
        self._lock = lock or lock_for(engine, branch)
        self._checkpoint = checkpoint
        self._open: Connection | None = None

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            raise LedgerUnavailable("the database is not open")
        return self._open

    def acquire(self) -> bool:
        """Opens the connection that writes and takes the branch's lock; False while another process holds it."""
        try:
            if self._open is None:
                self._open = self._engine.connect()
                wait_briefly(self._open)
            taken = self._lock.take(self._open)
            self._open.commit()
        except SQLAlchemyError as error:
            self.release()
            raise LedgerUnavailable(cause_of(error)) from error
        if not taken:
            self.release()
        return taken

    def release(self) -> None:
        """Closes the connection for good, so that whatever it had begun is over, and lets the lock go."""
        connection, self._open = self._open, None
        if connection is not None:
            try:
                connection.invalidate()
                connection.close()
            except SQLAlchemyError:
                pass
        self._lock.drop()

    def still_held(self) -> bool:
        """Looks at the branch's lock."""
        try:
            held = self._lock.held(self._connection)
            self._connection.rollback()
        except SQLAlchemyError as error:
            raise CommitUnknown(cause_of(error)) from error
        return held

    def try_writing(self) -> None:
        """Writes a mark and takes it away in one commit."""
        mark = {"branch": self._branch, "name": "trial", "broken_at_seq": 0, "why": ""}
        try:
            self._connection.execute(projection_state.insert(), mark)
            self._connection.execute(projection_state.delete().where(projection_state.c.name == "trial"))
            self._connection.commit()
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def recover(self) -> Recovery:
        """The journal's id, its last seq, the events since the last `DayOpened`, and the legs that ended before."""
        try:
            rev = self._journal.open(self._connection, self._new_journal_id(), to_us(self._now()))
            self._projections.open(self._connection)
            self._connection.commit()
            first = last_day_opened(self._connection, self._branch)
            earlier = legs_ended_before(self._connection, self._branch, first, LESSONS)
        except SQLAlchemyError as error:
            raise LedgerUnavailable(cause_of(error)) from error
        return Recovery(self._journal.journal_id, rev, self._since(first), dict(self._projections.broken), earlier)

    def _since(self, first: int) -> Iterator[Recorded]:
        try:
            yield from read_events(self._connection, self._branch, first)
            self._connection.rollback()
        except SQLAlchemyError as error:
            raise LedgerUnavailable(cause_of(error)) from error

    def begin(self, keys: Sequence[ActKey]) -> dict[ActKey, Act]:
        """Starts a transaction and reads those of the asked acts that were accepted before."""
        try:
            return self._acts.find(self._connection, keys)
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def abandon(self) -> None:
        """Ends the transaction without writing."""
        try:
            self._connection.rollback()
        except SQLAlchemyError as error:
            raise CommitUnknown(cause_of(error)) from error

    def commit(self, batch: Batch) -> Committed:
        """Writes events, projections, acts and texts in one transaction, durable when it returns."""
        try:
            committed = self._write(batch)
        except LedgerConflict:
            self.abandon()
            raise
        except (IntegrityError, DataError, ValueError) as error:
            self.abandon()
            raise LedgerRejected(cause_of(error)) from error
        except SQLAlchemyError as error:
            raise self._failed(error) from error
        self._checkpoint("before_commit")
        try:
            self._connection.commit()
        except SQLAlchemyError as error:
            raise CommitUnknown(cause_of(error)) from error
        if committed.recorded:
            self._journal.committed(committed.recorded)
        self._private.committed(batch.texts)
        return committed

    def closed_visit(self, ticket: TicketId) -> ClosedVisit | None:
        """A visit that is over."""
        query = closed_visits.select().where(closed_visits.c.branch == self._branch, closed_visits.c.ticket == ticket)
        try:
            row = self._connection.execute(query).one_or_none()
        except SQLAlchemyError as error:
            raise self._failed(error) from error
        return load(row.body, ClosedVisit) if row else None

    def prune(self, before: datetime, now: datetime) -> None:
        """Forgets acts older than `before` and erases texts that have expired by `now`."""
        try:
            self._checkpoint("before_prune")
            self._acts.forget(self._connection, before)
            self._private.expire(self._connection, now)
            self._checkpoint("before_prune_commit")
            self._connection.commit()
            self._checkpoint("after_prune")
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def _write(self, batch: Batch) -> Committed:
        connection = self._connection
        recorded: list[Recorded] = []
        broken: dict[str, str] = {}
        if batch.drafts:
            recorded = self._journal.append(connection, batch.first_seq, batch.drafts)
            self._checkpoint("journal_written")
        else:
            self._journal.must_end_before(connection, batch.first_seq)
        self._acts.put(connection, batch.acts)
        self._private.put(connection, batch.texts)
        self._checkpoint("acts_written")
        if recorded:
            broken = self._projections.apply(connection, recorded)
            self._checkpoint("projections_written")
        return Committed(tuple(recorded), broken)

    def _failed(self, error: SQLAlchemyError) -> LedgerUnavailable | CommitUnknown:
        """Before the commit nothing is written; with the connection lost the lock is lost too."""
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return CommitUnknown(cause_of(error))
        self.abandon()
        return LedgerUnavailable(cause_of(error))
