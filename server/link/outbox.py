"""What a program must not lose, kept on its own disk until the hall acknowledges it."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ulid import ULID

from server.link.errors import OutboxFailed

log = logging.getLogger(__name__)

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
SCHEMA = """
CREATE TABLE IF NOT EXISTS boot (boot TEXT PRIMARY KEY, machine_boot TEXT NOT NULL, last_seq INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    boot TEXT NOT NULL REFERENCES boot, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, body TEXT NOT NULL, put_at TEXT NOT NULL, put_mono REAL NOT NULL,
    UNIQUE (boot, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS seen (
    position INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, mark TEXT NOT NULL, UNIQUE (source, mark)
) STRICT;
"""
SEEN_KEPT = 128
"""Marks remembered of each source; one that repeats itself does so sooner."""
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def machine_boot() -> str:
    """Names this start of the machine, within which monotonic times compare; new at every call where not knowable."""
    try:
        return BOOT_ID_FILE.read_text(encoding="ascii").strip()
    except OSError:
        return str(ULID())


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept thing; `seq` counts from 1 within `boot`, which is new with each start of the machine or new file."""

    boot: str
    seq: int
    id: str
    kind: str
    body: str
    put_at: datetime
    """By this machine's wall clock."""
    age_s: float | None
    """Monotonic time from put until this was read; None when the machine was restarted since."""


class Outbox:
    """A small SQLite file written with full sync: what `put` returned survives a kill or a power cut."""

    def __init__(
        self,
        path: Path,
        *,
        boot: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: str(ULID()),
    ) -> None:
        self.path = path
        self.set_aside: Path | None = None
        """Where a broken file was moved to, to be reported to staff; None while all was well."""
        self._machine_boot = boot if boot is not None else machine_boot()
        self._clock = clock
        self._wall = wall
        self._new_id = new_id
        self._lock = threading.RLock()
        self._boot = ""
        self._db = self._open_or_set_aside()

    @property
    def boot(self) -> str:
        """The boot that new entries belong to."""
        return self._boot

    def put(self, kind: str, body: str) -> Entry:
        """Keeps `body`; durable when it returns. Raises OutboxFailed with nothing kept."""
        with self._guarded():
            try:
                return self._insert(kind, body)
            except sqlite3.DatabaseError as cause:
                if not _is_broken(cause):
                    raise
                self._replace(cause)
                return self._insert(kind, body)

    def put_once(self, source: str, mark: str, kind: str, body: str) -> Entry | None:
        """As `put`, unless `source` gave this `mark` before, acknowledged or not: then None and nothing is kept."""
        with self._guarded():
            try:
                return self._insert_once(source, mark, kind, body)
            except sqlite3.DatabaseError as cause:
                if not _is_broken(cause):
                    raise
                self._replace(cause)
                return self._insert_once(source, mark, kind, body)

    def pending(self, kind: str | None = None, limit: int = 1000) -> tuple[Entry, ...]:
        """The oldest entries not yet acknowledged, in the order they were put."""
        with self._guarded():
            rows = self._db.execute(
                "SELECT boot, seq, id, kind, body, put_at, put_mono, machine_boot FROM entry JOIN boot USING (boot)"
                " WHERE ?1 IS NULL OR kind = ?1 ORDER BY position LIMIT ?2",
                (kind, limit),
            ).fetchall()
            return tuple(self._entry(row) for row in rows)

    def count(self) -> int:
        with self._guarded():
            (n,) = self._db.execute("SELECT count(*) FROM entry").fetchone()
            return int(n)

    def acknowledge(self, boot: str, upto: int) -> int:
        """Forgets the entries of `boot` up to and with `upto`; how many there were."""
        with self._guarded():
            return self._db.execute("DELETE FROM entry WHERE boot = ? AND seq <= ?", (boot, upto)).rowcount

    def drop(self, entry_id: str) -> bool:
        """Forgets one entry, answered or given up; whether it was there."""
        with self._guarded():
            return self._db.execute("DELETE FROM entry WHERE id = ?", (entry_id,)).rowcount == 1

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _insert(self, kind: str, body: str) -> Entry:
        with self._transaction():
            return self._add(kind, body)

    def _insert_once(self, source: str, mark: str, kind: str, body: str) -> Entry | None:
        with self._transaction():
            if not self._db.execute("INSERT OR IGNORE INTO seen (source, mark) VALUES (?, ?)", (source, mark)).rowcount:
                return None
            self._db.execute(
                "DELETE FROM seen WHERE source = ?1 AND position NOT IN"
                " (SELECT position FROM seen WHERE source = ?1 ORDER BY position DESC LIMIT ?2)",
                (source, SEEN_KEPT),
            )
            return self._add(kind, body)

    def _add(self, kind: str, body: str) -> Entry:
        at, mono, entry_id = self._wall(), self._clock(), self._new_id()
        (seq,) = self._db.execute(
            "UPDATE boot SET last_seq = last_seq + 1 WHERE boot = ? RETURNING last_seq", (self._boot,)
        ).fetchone()
        self._db.execute(
            "INSERT INTO entry (boot, seq, id, kind, body, put_at, put_mono) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._boot, seq, entry_id, kind, body, at.isoformat(), mono),
        )
        return Entry(self._boot, seq, entry_id, kind, body, at, 0.0)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _entry(self, row: tuple[str, int, str, str, str, str, float, str]) -> Entry:
        boot, seq, entry_id, kind, body, put_at, mono, machine = row
        age = max(0.0, self._clock() - mono) if machine == self._machine_boot else None
        return Entry(boot, seq, entry_id, kind, body, datetime.fromisoformat(put_at), age)

    def _open_or_set_aside(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._open()
        except sqlite3.DatabaseError as cause:
            if not _is_broken(cause):
                raise OutboxFailed(f"outbox {self.path}: {cause}") from cause
            self._move_away(cause)
            return self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=2.0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise _broken(str(verdict))
            db.executescript(SCHEMA)
            self._boot = self._adopt_boot(db)
        except BaseException:
            db.close()
            raise
        return db

    def _adopt_boot(self, db: sqlite3.Connection) -> str:
        row = db.execute(
            "SELECT boot FROM boot WHERE machine_boot = ? ORDER BY rowid DESC LIMIT 1", (self._machine_boot,)
        ).fetchone()
        if row is not None:
            return str(row[0])
        boot = self._new_id()
        db.execute("DELETE FROM boot WHERE boot NOT IN (SELECT boot FROM entry)")
        db.execute("INSERT INTO boot (boot, machine_boot, last_seq) VALUES (?, ?, 0)", (boot, self._machine_boot))
        return boot

    def _replace(self, cause: sqlite3.DatabaseError) -> None:
        self._db.close()
        self._move_away(cause)
        self._db = self._open()

    def _move_away(self, cause: sqlite3.DatabaseError) -> None:
        aside = self.path.with_name(f"{self.path.name}.broken-{self._wall():%Y%m%dT%H%M%S}-{self._new_id()[-6:]}")
        for ending in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
        self.set_aside = aside
        log.error("outbox %s is broken (%s); set aside as %s", self.path, cause, aside.name)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as cause:
                raise OutboxFailed(f"outbox {self.path}: {cause}") from cause


def _broken(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _is_broken(cause: sqlite3.DatabaseError) -> bool:
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in BROKEN
