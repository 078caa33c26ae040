"""Whether the database that a server is about to keep is what was written, looked at without costing a day's start.

SQLite's pages are read for at most two seconds, about two gigabytes; the journal's chain since the last day's opening.
What lies further back is read whole by every `hall backup` and by `hall verify`.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from server.adapters.chain import BrokenChain, follow
from server.adapters.codec import CodecError
from server.adapters.journal import last_day_opened, read_lines
from server.adapters.tables import events

LOOK_S: Final = 2.0
STEPS: Final = 100_000
"""SQLite's own instructions between two looks at the clock."""
CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damage(engine: Engine, branch: str, look_s: float = LOOK_S) -> str:
    """What is wrong, in words; empty when nothing was found. Raises errors that are no damage, as a server away."""
    try:
        if engine.dialect.name == "sqlite":
            told = _pages(Path(engine.url.database or ""), look_s)
            if told:
                return told
        return _chain(engine, branch)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    except DBAPIError as error:
        if is_damage(error.orig):
            return str(error.orig)
        raise


def is_damage(error: BaseException | None) -> bool:
    """Whether this says that the stored bytes are wrong, and not that they cannot be reached."""
    if isinstance(error, sqlite3.DatabaseError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in CORRUPT
    return getattr(error, "sqlstate", None) in ("XX001", "XX002")  # data_corrupted, index_corrupted


def _pages(file: Path, look_s: float) -> str:
    if not file.exists():
        return "there is no such file"
    with closing(sqlite3.connect(file, timeout=LOOK_S)) as connection:
        until = time.monotonic() + look_s
        connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
        try:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return ""
            raise
    return "" if answer == "ok" else str(answer)


def _chain(engine: Engine, branch: str) -> str:
    with engine.connect() as connection:
        if not inspect(connection).has_table(events.name):
            return "there is no journal in it"
        try:
            first = last_day_opened(connection, branch)
            follow(connection, branch, first)
            for line in read_lines(connection, branch, first, 1):
                _ = line.recorded
        except (BrokenChain, CodecError, UnicodeDecodeError) as error:
            return str(error)
    return ""
