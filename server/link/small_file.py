"""A program's small SQLite file: fully synced, looked through when opened, and set aside when it is broken."""

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

log = logging.getLogger(__name__)

BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PARTS = ("", "-wal", "-shm")


def open_small_file(path: Path, schema: str) -> sqlite3.Connection:
    """Raises sqlite3.DatabaseError, `is_broken` when the file cannot be trusted.

    Each commit is copied into the main file at once: a log that is torn or lost beside it then loses nothing.
    """
    if _emptied(path):
        raise broken("the file is empty, it had content before")
    db = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA wal_autocheckpoint=1")
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise broken(str(verdict))
        db.executescript(schema)
    except BaseException:
        db.close()
        raise
    return db


def is_broken(cause: sqlite3.Error) -> bool:
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in BROKEN


def set_aside(path: Path, at: datetime, name: str, why: object) -> None:
    """Moves the broken file away, never over another; `aside` lists it until staff have taken it from there."""
    target = _aside_name(path, at, name)
    for ending in PARTS:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(target.with_name(target.name + ending))
    log.error("%s is broken (%s); set aside as %s", path, why, target.name)


def write_aside(path: Path, at: datetime, name: str, text: str, why: object) -> None:
    """Keeps one thing of the file that cannot be used, for staff to read."""
    target = _aside_name(path, at, name)
    target.write_text(text, encoding="utf-8")
    log.error("a part of %s cannot be used (%s); set aside as %s", path, why, target.name)


def aside(path: Path) -> tuple[Path, ...]:
    """What was set aside of this file and still lies beside it."""
    found = path.parent.glob(f"{path.name}.broken-*")
    return tuple(sorted(each for each in found if not each.name.endswith(PARTS[1:])))


def opened_or_fresh(
    path: Path, schema: str, wall: Callable[[], datetime], new_id: Callable[[], str]
) -> tuple[sqlite3.Connection, bool]:
    """The file, or a fresh one where the old had to be set aside; and whether that was so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return open_small_file(path, schema), False
    except sqlite3.DatabaseError as cause:
        if not is_broken(cause):
            raise
        set_aside(path, wall(), new_id(), cause)
        return open_small_file(path, schema), True


def _emptied(path: Path) -> bool:
    """SQLite takes a file without bytes for a new one, and forgets the log beside it."""
    if path.exists():
        return path.stat().st_size == 0
    return path.with_name(path.name + "-wal").exists()


def _aside_name(path: Path, at: datetime, name: str) -> Path:
    return path.with_name(f"{path.name}.broken-{at:%Y%m%dT%H%M%S}-{name[-6:]}")


def broken(why: str) -> sqlite3.DatabaseError:
    """What is raised where SQLite itself finds nothing wrong."""
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
