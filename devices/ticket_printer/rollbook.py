"""The count of slips, cuts and paper, kept on disk: it survives the program and the machine."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from ulid import ULID

from devices.health import Cause
from devices.ticket_printer.length import DOTS_A_MM, measure
from devices.ticket_printer.roll import HourOfUse, Roll, ends_soon, lasts, mm_an_hour, told_minutes
from server.link.small_file import opened_or_fresh

log = structlog.get_logger(__name__)
T = TypeVar("T")

LOOKS_BACK = timedelta(days=7)
SCHEMA = """
CREATE TABLE IF NOT EXISTS roll (
    id INTEGER PRIMARY KEY, put_in TEXT NOT NULL, length_mm INTEGER NOT NULL, slips INTEGER NOT NULL,
    cuts INTEGER NOT NULL, used_mm INTEGER NOT NULL, near_at_mm INTEGER, opened INTEGER NOT NULL, out INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS hour (since TEXT PRIMARY KEY, mm INTEGER NOT NULL) STRICT;
"""
NEWEST = """
SELECT put_in, length_mm, slips, cuts, used_mm, near_at_mm, opened, out, id FROM roll ORDER BY id DESC LIMIT 1
"""
WRITE = "INSERT OR REPLACE INTO roll VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD = "INSERT INTO hour VALUES (?, ?) ON CONFLICT (since) DO UPDATE SET mm = mm + excluded.mm"


class RollBook:
    """Thread-safe; a disk that does not keep costs the count, never a slip."""

    def __init__(
        self, path: Path, length_mm: int, wall: Callable[[], datetime], *, near_end_mm: int = 0, fed_mm: int = 0
    ) -> None:
        """`fed_mm`: fed by the printer itself for a cut; `near_end_mm`: left when the sensor speaks, 0 without one."""
        self._path = path
        self._length_mm = length_mm
        self._wall = wall
        self._near_end_mm = near_end_mm
        self._fed_mm = fed_mm
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._failure = ""

    def printed(self, data: bytes) -> None:
        """A slip of these bytes was handed to the printer."""
        used, now = measure(data), self._wall()
        mm = used.dots // DOTS_A_MM + used.fed * self._fed_mm

        def add(db: sqlite3.Connection) -> None:
            self._write(db, lambda roll: roll.printed(mm, cut=used.cuts > 0))
            db.execute(ADD, (_hour_of(now), mm))
            db.execute("DELETE FROM hour WHERE since < ?", (_hour_of(now - LOOKS_BACK),))

        self._kept(add, None)

    def saw(self, causes: frozenset[Cause]) -> bool:
        """What the printer said of its paper; -> whether the roll ends soon."""

        def see(db: sqlite3.Connection) -> bool:
            roll = self._write(db, lambda roll: roll.seen(causes, self._wall(), self._length_mm))
            return ends_soon(self._lasts(db, roll))

        return self._kept(see, otherwise=False)

    def put_in(self, length_mm: int | None = None) -> bool:
        """A new roll, by a technician's word; whether the disk kept it."""
        fresh = Roll(self._wall(), length_mm or self._length_mm)
        return self._kept(lambda db: self._write(db, lambda _roll: fresh) == fresh, otherwise=False)

    def counts(self) -> dict[str, int]:
        """Empty while the disk does not tell."""

        def tell(db: sqlite3.Connection) -> dict[str, int]:
            roll, _ = self._newest(db)
            lasting = self._lasts(db, roll)
            told = {"slips": roll.slips, "cuts": roll.cuts, "paper-mm": roll.used_mm}
            told["paper-left-mm"] = roll.left_mm(self._near_end_mm)
            return told if lasting is None else told | {"paper-minutes": told_minutes(lasting)}

        return self._kept(tell, {})

    def close(self) -> None:
        with self._lock:
            if self._opened:
                self._opened.close()
            self._opened = None

    def _newest(self, db: sqlite3.Connection) -> tuple[Roll, int | None]:
        row = db.execute(NEWEST).fetchone()
        if row is None:
            return Roll(self._wall(), self._length_mm), None
        put_in, length_mm, slips, cuts, used_mm, near_at_mm, opened, out, known = row
        since = datetime.fromisoformat(put_in)
        return Roll(since, length_mm, slips, cuts, used_mm, near_at_mm, bool(opened), bool(out)), known

    def _write(self, db: sqlite3.Connection, change: Callable[[Roll], Roll]) -> Roll:
        """In the place of the same roll, else after the others."""
        known, place = self._newest(db)
        roll = change(known)
        if roll != known or place is None:
            place = place if roll.put_in == known.put_in else None
            since = roll.put_in.isoformat()
            used = (roll.length_mm, roll.slips, roll.cuts, roll.used_mm)
            db.execute(WRITE, (place, since, *used, roll.near_at_mm, roll.opened, roll.out))
        return roll

    def _lasts(self, db: sqlite3.Connection, roll: Roll) -> timedelta | None:
        hours = [HourOfUse(datetime.fromisoformat(since), mm) for since, mm in db.execute("SELECT since, mm FROM hour")]
        return lasts(roll.left_mm(self._near_end_mm), mm_an_hour(hours, self._wall()))

    def _kept(self, act: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """In one transaction; a disk that fails is told once, not at every look."""
        with self._lock:
            try:
                if self._opened is None:
                    self._opened, _ = opened_or_fresh(self._path, SCHEMA, self._wall, lambda: str(ULID()))
                with self._opened as db:
                    db.execute("BEGIN IMMEDIATE")
                    done = act(db)
            except (sqlite3.Error, OSError) as cause:
                if self._failure != str(cause):
                    self._failure = str(cause)
                    log.error("the roll is not counted", file=self._path.name, why=self._failure)
                return otherwise
            self._failure = ""
            return done


def _hour_of(moment: datetime) -> str:
    return moment.replace(minute=0, second=0, microsecond=0).isoformat()
