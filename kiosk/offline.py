"""Numbers given while the hall's server is away: from the range reserved for this kiosk, kept on its own disk first."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from server.contract.acts import IssuedOffline, IssueTicket
from server.contract.views.services import ReservedRange, ServicesView
from server.link.small_file import aside, opened_or_fresh, write_aside

ADOPTED = "adopted as"
"""How a number that the hall has taken over is settled; the ticket's id follows."""
REST_AFTER_USE = timedelta(hours=26)
"""A number is not given again within the longest business day (25 h when clocks go back, and a margin)."""
CLOCK_SLACK = timedelta(seconds=2)
KEEP_SETTLED = timedelta(days=30)
UNREADABLE = "unreadable"
SCHEMA = """
CREATE TABLE IF NOT EXISTS home (one INTEGER PRIMARY KEY CHECK (one = 1), machine TEXT NOT NULL,
    services TEXT, heard_hall TEXT, heard_wall TEXT, rests_until TEXT) STRICT;
CREATE TABLE IF NOT EXISTS ticket (
    request_id TEXT PRIMARY KEY, series TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
    issued_at TEXT NOT NULL, issued_wall TEXT NOT NULL, boot TEXT NOT NULL, mono REAL NOT NULL, settled TEXT) STRICT;
CREATE INDEX IF NOT EXISTS ticket_by_series ON ticket (series, issued_wall);
"""
SELECT = "SELECT series, number, body, issued_at, issued_wall, boot, mono FROM ticket"


class Reason(StrEnum):
    """Why no number is given offline; to the customer all are "please see staff"."""

    COPIED_DISK = "copied-disk"
    CLOCK_BEHIND = "clock-behind"
    NEVER_CONNECTED = "never-connected"
    NO_RANGE = "no-range"
    RANGE_USED_UP = "range-used-up"
    STORE_LOST = "store-lost"
    """Which numbers were given lately stood in a file that broke: none is given until the longest day is over."""
    UNKNOWN_SERVICE = "unknown-service"
    DISK = "disk"


class OfflineRefused(Exception):
    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Clocks:
    """The machine's own: wall time, monotonic seconds, and the name of this start of the machine."""

    wall: Callable[[], datetime]
    monotonic: Callable[[], float]
    boot: str


@dataclass(frozen=True, slots=True)
class OfflineTicket:
    request: IssueTicket
    number: int
    label: str
    """As people read it: `A801`."""
    issued_at: datetime
    """Hall time, as this kiosk last knew it."""
    age_s: float
    """Monotonic within one start of the machine, else by the wall clock."""

    def adoption(self) -> IssueTicket:
        """The same request again, now saying which number the customer already holds."""
        told = IssuedOffline(number=self.number, age_ms=int(self.age_s * 1000), issued_at=self.issued_at)
        return self.request.model_copy(update={"offline": told})


class OfflineStore:
    """One small SQLite file, synchronous=FULL; raises OfflineRefused(DISK) when the disk does not keep."""

    def __init__(self, path: Path, machine: str, clocks: Clocks, new_id: Callable[[], str]) -> None:
        """A disk that does not open the file now is asked again at every use."""
        self._path = path
        self._clocks = clocks
        self._machine = machine
        self._new_id = new_id
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None

    @property
    def aside(self) -> tuple[Path, ...]:
        """What could not be used and lies beside the file until staff take it away."""
        return aside(self._path)

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    @property
    def _db(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> sqlite3.Connection:
        wall = self._clocks.wall
        db, lost = opened_or_fresh(self._path, SCHEMA, wall, self._new_id)
        rests_until = (wall() + REST_AFTER_USE).isoformat() if lost else None
        db.execute(
            "INSERT OR IGNORE INTO home (one, machine, rests_until) VALUES (1, ?, ?)", (self._machine, rests_until)
        )
        return db

    def remember(self, services: ServicesView) -> None:
        """Keeps what the kiosk must know of the branch, and the hall's time beside the machine's own.

        A hall with a new journal was restored from a backup and may have forgotten today's offline numbers: they are
        told again, which one that knows them answers as before.
        """
        known = self.services()
        with self._guarded():
            self._db.execute(
                "UPDATE home SET services = ? WHERE machine = ?", (services.model_dump_json(), self._machine)
            )
            if known is not None and known.stamp.journal != services.stamp.journal:
                since = (self._clocks.wall() - REST_AFTER_USE).isoformat()
                again = "UPDATE ticket SET settled = NULL WHERE settled LIKE ? AND issued_wall > ?"
                self._db.execute(again, (f"{ADOPTED}%", since))
        self.heard(services.stamp.as_of)

    def heard(self, hall_time: datetime) -> None:
        with self._guarded():
            self._db.execute(
                "UPDATE home SET heard_hall = ?, heard_wall = ? WHERE machine = ?",
                (hall_time.isoformat(), self._clocks.wall().isoformat(), self._machine),
            )

    def services(self) -> ServicesView | None:
        """The branch as last heard; None before the first time, or when it cannot be read."""
        with self._guarded():
            (kept,) = self._db.execute("SELECT services FROM home").fetchone()
        try:
            return ServicesView.model_validate_json(kept) if kept else None
        except ValidationError:
            return None

    def issue(self, request: IssueTicket) -> OfflineTicket:
        """Durable when it returns; the same request id gets the same number."""
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                ticket = self._known(request.request_id) or self._new(request)
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        return ticket

    def waiting(self) -> tuple[OfflineTicket, ...]:
        """Those the hall does not know yet, oldest first."""
        with self._guarded():
            rows = self._db.execute(f"{SELECT} WHERE settled IS NULL ORDER BY rowid").fetchall()
            tickets = [ticket for row in rows if (ticket := self._readable(row)) is not None]
        return tuple(sorted(tickets, key=lambda ticket: -ticket.age_s))

    def refused(self) -> tuple[str, ...]:
        """Numbers of the last day that people hold on paper and the hall would not take."""
        since = (self._clocks.wall() - REST_AFTER_USE).isoformat()
        with self._guarded():
            rows = self._db.execute(
                "SELECT series, number FROM ticket WHERE settled LIKE 'refused %' AND issued_wall > ? ORDER BY rowid",
                (since,),
            ).fetchall()
        return tuple(label(series, number) for series, number in rows)

    def settle(self, request_id: str, how: str) -> None:
        """Adopted, or refused by the hall with this code; kept for 30 days for whoever asks where a slip came from."""
        old = (self._clocks.wall() - KEEP_SETTLED).isoformat()
        with self._guarded():
            self._db.execute("UPDATE ticket SET settled = ? WHERE request_id = ?", (how, request_id))
            self._db.execute("DELETE FROM ticket WHERE settled IS NOT NULL AND issued_wall < ?", (old,))

    def _known(self, request_id: str) -> OfflineTicket | None:
        row = self._db.execute(f"{SELECT} WHERE request_id = ?", (request_id,)).fetchone()
        return self._ticket(row) if row else None

    def _new(self, request: IssueTicket) -> OfflineTicket:
        wall = self._clocks.wall()
        hall_time, services = self._judged_home(wall)
        span = self._range(services, request.services[0])
        number = self._free_number(span, wall)
        self._db.execute(
            "INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                request.request_id,
                span.series,
                number,
                request.model_dump_json(),
                hall_time.isoformat(),
                wall.isoformat(),
                self._clocks.boot,
                self._clocks.monotonic(),
            ),
        )
        return OfflineTicket(request, number, label(span.series, number), hall_time, 0.0)

    def _judged_home(self, wall: datetime) -> tuple[datetime, ServicesView]:
        machine, heard_hall, heard_wall, rests_until = self._db.execute(
            "SELECT machine, heard_hall, heard_wall, rests_until FROM home"
        ).fetchone()
        if machine != self._machine:
            raise OfflineRefused(Reason.COPIED_DISK)
        if rests_until is not None and wall < datetime.fromisoformat(rests_until):
            raise OfflineRefused(Reason.STORE_LOST, f"until {rests_until}")
        services = self.services()
        if services is None or heard_hall is None:
            raise OfflineRefused(Reason.NEVER_CONNECTED)
        since = wall - datetime.fromisoformat(heard_wall)
        if since < -CLOCK_SLACK:
            raise OfflineRefused(Reason.CLOCK_BEHIND, f"by {-since}")
        return datetime.fromisoformat(heard_hall) + max(since, timedelta()), services

    def _range(self, services: ServicesView, service: str) -> ReservedRange:
        series = next((one.series for one in services.services if one.id == service), None)
        if series is None:
            raise OfflineRefused(Reason.UNKNOWN_SERVICE, service)
        for span in services.reserved:
            if span.series == series:
                return span
        raise OfflineRefused(Reason.NO_RANGE, series)

    def _free_number(self, span: ReservedRange, wall: datetime) -> int:
        """The next one after the last given, round and round, leaving out those still resting or taken in the hall."""
        rows = self._db.execute(
            "SELECT number FROM ticket WHERE series = ? AND (issued_wall > ? OR settled IS NULL) ORDER BY rowid",
            (span.series, (wall - REST_AFTER_USE).isoformat()),
        ).fetchall()
        resting = {number for (number,) in rows} | set(span.taken)
        last = self._db.execute(
            "SELECT number FROM ticket WHERE series = ? ORDER BY rowid DESC LIMIT 1", (span.series,)
        ).fetchone()
        size = span.last - span.first + 1
        start = last[0] - span.first + 1 if last and span.first <= last[0] <= span.last else 0
        for step in range(size):
            number = span.first + (start + step) % size
            if number not in resting:
                return number
        raise OfflineRefused(Reason.RANGE_USED_UP, span.series)

    def _readable(self, row: tuple[str, int, str, str, str, str, float]) -> OfflineTicket | None:
        """A ticket that cannot be read is written beside the file for staff; its number stays given."""
        try:
            return self._ticket(row)
        except ValueError as cause:
            text = json.dumps(row, ensure_ascii=False)
            write_aside(self._path, self._clocks.wall(), self._new_id(), text, cause)
            unread = "UPDATE ticket SET settled = ? WHERE series = ? AND number = ? AND settled IS NULL"
            self._db.execute(unread, (UNREADABLE, *row[:2]))
            return None

    def _ticket(self, row: tuple[str, int, str, str, str, str, float]) -> OfflineTicket:
        series, number, body, issued_at, issued_wall, boot, mono = row
        if boot == self._clocks.boot:
            age_s = self._clocks.monotonic() - mono
        else:
            age_s = (self._clocks.wall() - datetime.fromisoformat(issued_wall)).total_seconds()
        return OfflineTicket(
            IssueTicket.model_validate_json(body),
            number,
            label(series, number),
            datetime.fromisoformat(issued_at).astimezone(UTC),
            max(0.0, age_s),
        )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as cause:
                raise OfflineRefused(Reason.DISK, str(cause)) from cause


def label(series: str, number: int) -> str:
    return f"{series}{number:03d}"
