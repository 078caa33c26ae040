"""Who may keep a branch: spares two keepers the trouble that the journal's key would end anyway."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, text

from server.adapters.database import FILE_ID, file_id


class BranchKept(Exception):
    """A keeper holds the branch; stop the server first."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"{branch} is being kept by a running server; stop it first")


class Lock(Protocol):
    """Held by one process at a time; dies with it."""

    def take(self, connection: Connection) -> bool:
        """False while another holds it."""

    def held(self, connection: Connection) -> bool:
        """Whether what was taken is held yet; raises SQLAlchemyError when the connection is gone."""

    def drop(self) -> None:
        """Lets it go; what the connection held ends with the connection."""


class FileLock:
    """A lock on a file beside the SQLite database, one for each branch."""

    def __init__(self, database: Path, branch: str) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.{branch}.lock")
        self._file: IO[str] | None = None

    def take(self, connection: Connection) -> bool:
        """Takes the file's lock without waiting; not for one who still reads a file that was replaced since."""
        if not self.lock():
            return False
        if connection.info.get(FILE_ID) not in (None, file_id(self._database)):
            self.drop()
            return False
        return True

    def lock(self) -> bool:
        """Takes the file's lock without waiting, whatever the database is like."""
        if self._file is not None:
            return True
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def held(self, connection: Connection) -> bool:  # noqa: ARG002 -- as the lock in the database is looked at
        """False when the file was deleted: another keeper would lock a new one."""
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def drop(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class SessionLock:
    """A PostgreSQL advisory lock on the session of the connection that writes."""

    def __init__(self, branch: str) -> None:
        self._key = int.from_bytes(sha256(f"powerhall:{branch}".encode()).digest()[:8], "big", signed=True)

    def take(self, connection: Connection) -> bool:
        """Takes the session's lock without waiting."""
        return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}))

    def held(self, connection: Connection) -> bool:
        """As long as the session answers, which is asked."""
        return bool(connection.scalar(text("SELECT true")))

    def drop(self) -> None:
        """Nothing to do: the session ends with its connection."""


def lock_for(engine: Engine, branch: str) -> Lock:
    """The kind of lock that this database has."""
    if engine.dialect.name == "sqlite":
        return FileLock(Path(engine.url.database or "hall.db").resolve(), branch)
    return SessionLock(branch)


@contextmanager
def kept(engine: Engine, branches: Iterable[str]) -> Iterator[None]:
    """Keeps these branches meanwhile, also of a database that cannot be read. Raises BranchKept."""
    with ExitStack() as held:
        if engine.dialect.name == "sqlite":
            for branch in branches:
                file = FileLock(Path(engine.url.database or "hall.db").resolve(), branch)
                held.callback(file.drop)
                if not file.lock():
                    raise BranchKept(branch)
        else:
            connection = held.enter_context(engine.connect())
            connection.detach()
            for branch in branches:
                if not SessionLock(branch).take(connection):
                    raise BranchKept(branch)
            connection.commit()
        yield
