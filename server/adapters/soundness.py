"""Whether the database that a server is about to keep is what was written, looked at without costing a day's start.

All of SQLite's pages while they are few enough, and the journal's chain since the last day's opening. What lies
further back is read whole by every `hall backup` and by `hall verify`.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, get_args

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import DBAPIError

from server.adapters.chain import BrokenChain, follow
from server.adapters.journal import last_day_opened
from server.adapters.tables import events
from server.domain.events.event import Event

LOOK_BYTES: Final = 500_000_000
"""Half a second when the disk's cache holds them, a few when not: a year of a hall of three hundred customers a day."""
PATIENCE_S: Final = 2.0
CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damage(engine: Engine, branch: str, most_bytes: int = LOOK_BYTES) -> str:
    """What is wrong, in words; empty when nothing was found. Raises errors that are no damage, as a server away."""
    try:
        if engine.dialect.name == "sqlite":
            told = _pages(Path(engine.url.database or ""), most_bytes)
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


def unknown_events(engine: Engine, branch: str) -> list[str]:
    """Kinds of events since the last day's opening that this program has never heard of."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(events.name):
            return []
        since = last_day_opened(connection, branch)
        kinds = select(events.c.type).distinct().where(events.c.branch == branch, events.c.seq >= since)
        known = {kind.__name__ for kind in get_args(Event)}
        return sorted(set(connection.scalars(kinds)) - known)


def is_damage(error: BaseException | None) -> bool:
    """Whether this says that the stored bytes are wrong, and not that they cannot be reached."""
    if isinstance(error, sqlite3.DatabaseError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in CORRUPT
    return getattr(error, "sqlstate", None) in ("XX001", "XX002")  # data_corrupted, index_corrupted


def _pages(file: Path, most_bytes: int) -> str:
    if not file.exists():
        return "there is no such file"
    with closing(sqlite3.connect(file, timeout=PATIENCE_S)) as connection:
        if file.stat().st_size > most_bytes:
            return ""
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if answer == "ok" else " ".join(str(answer).split())


def _chain(engine: Engine, branch: str) -> str:
    with engine.connect() as connection:
        if not inspect(connection).has_table(events.name):
            return "there is no journal in it"
        try:
            first = last_day_opened(connection, branch)
            follow(connection, branch, first)
        except (BrokenChain, UnicodeDecodeError) as error:
            return str(error)
    return ""
