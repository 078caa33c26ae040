"""What a program must not lose, kept on its own disk until the hall acknowledges it."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from ulid import ULID

from server.link.errors import OutboxFailed
from server.link.small_file import aside, broken, is_broken, open_small_file, opened_or_fresh, set_aside, write_aside

T = TypeVar("T")

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
        self._machine_boot = boot if boot is not None else machine_boot()
        self._clock = clock
        self._wall = wall
        self._new_id = new_id
        self._lock = threading.RLock()
        self._boot = ""
        with self._guarded():
            self._db, _ = opened_or_fresh(path, SCHEMA, wall, new_id)
            self._boot = self._adopt_boot(self._db)

    @property
    def aside(self) -> tuple[Path, ...]:
        """What could not be used and lies beside the file until staff take it away."""
        return aside(self.path)

    @property
    def boot(self) -> str:
        """The boot that new entries belong to."""
        return self._boot

    def put(self, kind: str, body: str) -> Entry:
        """Keeps `body`; durable when it returns. Raises OutboxFailed with nothing kept."""
        return self._do(lambda: self._insert(kind, body))

    def put_once(self, source: str, mark: str, kind: str, body: str) -> Entry | None:
        """As `put`, unless `source` gave this `mark` before, acknowledged or not: then None and nothing is kept."""
        return self._do(lambda: self._insert_once(source, mark, kind, body))

    def pending(self, kind: str | None = None, limit: int = 1000) -> tuple[Entry, ...]:
        """The oldest entries not yet acknowledged, in the order they were put."""
        return self._do(lambda: self._read(kind, limit))

    def count(self) -> int:
        return self._do(lambda: int(self._db.execute("SELECT count(*) FROM entry").fetchone()[0]))

    def acknowledge(self, boot: str, upto: int) -> int:
        """Forgets the entries of `boot` up to and with `upto`; how many there were."""
        return self._do(
            lambda: self._db.execute("DELETE FROM entry WHERE boot = ? AND seq <= ?", (boot, upto)).rowcount
        )

    def drop(self, entry_id: str) -> bool:
        """Forgets one entry, answered or given up; whether it was there."""
        return self._do(lambda: self._db.execute("DELETE FROM entry WHERE id = ?", (entry_id,)).rowcount == 1)

    def give_up(self, entry: Entry, why: str) -> None:
        """What can be neither sent nor read is written beside the file, for staff, and no longer in the way."""
        kept = {"id": entry.id, "kind": entry.kind, "put_at": entry.put_at.isoformat(), "body": entry.body, "why": why}
        with self._guarded():
            write_aside(self.path, self._wall(), entry.id, json.dumps(kept, ensure_ascii=False), why)
            self.drop(entry.id)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _do(self, work: Callable[[], T]) -> T:
        """A file that turns out to be broken while the program runs is set aside, and a fresh one goes on."""
        with self._guarded():
            try:
                return work()
            except sqlite3.DatabaseError as cause:
                if not is_broken(cause):
                    raise
                self._replace(cause)
            return work()

    def _read(self, kind: str | None, limit: int) -> tuple[Entry, ...]:
        rows = self._db.execute(
            "SELECT boot, seq, id, kind, body, put_at, put_mono, machine_boot FROM entry JOIN boot USING (boot)"
            " WHERE ?1 IS NULL OR kind = ?1 ORDER BY position LIMIT ?2",
            (kind, limit),
        ).fetchall()
        try:
            return tuple(self._entry(row) for row in rows)
        except ValueError as cause:
            raise broken(f"an entry cannot be read: {cause}") from cause

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

    def _replace(self, cause: Exception) -> None:
        self._db.close()
        set_aside(self.path, self._wall(), self._new_id(), cause)
        self._db = open_small_file(self.path, SCHEMA)
        self._boot = self._adopt_boot(self._db)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as cause:
                raise OutboxFailed(f"outbox {self.path}: {cause}") from cause
