"""The journal's lines: written in order, each chained to the one before by its hash, and read back."""

import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, desc, func, insert, select
from sqlalchemy.exc import IntegrityError

from server.adapters.codec import Registry
from server.adapters.database import Prepared, to_us
from server.adapters.tables import events, incarnations
from server.application.ports import Draft, LedgerConflict, Recorded
from server.domain.events.days import DayOpened
from server.domain.events.event import Event
from server.domain.events.tickets import LegFinished, LegServedOffline, TicketTransferred

ROOT = bytes(32)
"""What the first event of a journal is chained to."""

EVENTS = Registry(Event)


PAGE = 1000
"""Lines read at once."""


class Line(NamedTuple):
    """One event as stored."""

    seq: int
    journal: str
    at_us: int
    by: str
    request: str
    type: str
    body: bytes
    prev_hash: bytes
    hash: bytes

    @property
    def recorded(self) -> Recorded:
        return Recorded(self.seq, EVENTS.load(self.type, self.body), self.by, self.hash)

    @property
    def true_hash(self) -> bytes:
        """What its hash must be."""
        return line_hash(self.prev_hash, self.journal, self.seq, self.by, self.request, self.type, self.body)


_LINE = partial(tuple.__new__, Line)
"""A line of a row as it was read: what `Line` itself would do more slowly."""


def line_hash(prev: bytes, journal: str, seq: int, by: str, request: str, kind: str, body: bytes) -> bytes:
    """Covers the previous hash, the line's head and the stored bytes."""
    head = f"{journal}\n{seq}\n{by}\n{request}\n{kind}\n".encode()
    return sha256(prev + head + body).digest()


class JournalWriter:
    """Appends to one branch's journal; remembers the end of the chain."""

    def __init__(self, engine: Engine, branch: str) -> None:
        self._branch = branch
        self._insert = Prepared(insert(events), engine)
        self.journal_id = ""
        self._end = ROOT

    def open(self, connection: Connection, new_id: str, at_us: int) -> int:
        """Learns the journal's id and end, or begins a journal under `new_id`; answers the last seq."""
        known = select(incarnations.c.journal).where(incarnations.c.branch == self._branch)
        self.journal_id = connection.scalar(known.order_by(desc(incarnations.c.first_seq)).limit(1)) or ""
        last = select(events.c.seq, events.c.hash).where(events.c.branch == self._branch)
        row = connection.execute(last.order_by(desc(events.c.seq)).limit(1)).one_or_none()
        seq, self._end = (int(row.seq), bytes(row.hash)) if row else (0, ROOT)
        if not self.journal_id:
            begin_incarnation(connection, self._branch, new_id, seq + 1, at_us)
            self.journal_id = new_id
        return seq

    def append(self, connection: Connection, first_seq: int, drafts: Sequence[Draft]) -> list[Recorded]:
        """Writes the lines; the chain's end moves on only by `committed`."""
        rows, recorded, prev = list[dict[str, Any]](), list[Recorded](), self._end
        for seq, draft in enumerate(drafts, first_seq):
            kind, body = EVENTS.dump(draft.event)
            digest = line_hash(prev, self.journal_id, seq, draft.by, draft.request, kind, body)
            rows.append(
                {
                    "branch": self._branch,
                    "seq": seq,
                    "journal": self.journal_id,
                    "at_us": to_us(draft.event.at),
                    "by": draft.by,
                    "request": draft.request,
                    "type": kind,
                    "body": body,
                    "prev_hash": prev,
                    "hash": digest,
                }
            )
            recorded.append(Recorded(seq, draft.event, draft.by, digest, draft.closed))
            prev = digest
        try:
            self._insert.run(connection, rows)
        except IntegrityError as error:
            raise LedgerConflict(f"seq {first_seq} of {self._branch} is written already") from error
        return recorded

    def must_end_before(self, connection: Connection, seq: int) -> None:
        """Raises LedgerConflict when another writer has given out this seq."""
        there = select(events.c.seq).where(events.c.branch == self._branch, events.c.seq >= seq)
        if connection.execute(there.limit(1)).first() is not None:
            raise LedgerConflict(f"seq {seq} of {self._branch} is written already")

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """The lines are durable: the next one follows the last of them."""
        self._end = recorded[-1].hash


def begin_incarnation(connection: Connection, branch: str, journal: str, first_seq: int, at_us: int) -> None:
    """Gives the events from `first_seq` on a new journal id."""
    row = {"branch": branch, "journal": journal, "first_seq": first_seq, "at_us": at_us}
    connection.execute(insert(incarnations), row)


def last_day_opened(connection: Connection, branch: str) -> int:
    """The seq recovery starts from; 1 when no day was ever opened."""
    days = select(func.max(events.c.seq)).where(events.c.branch == branch, events.c.type == DayOpened.__name__)
    return int(connection.scalar(days) or 1)


def legs_ended_before(connection: Connection, branch: str, seq: int, most: int) -> list[Event]:
    """The last legs that ended before `seq`, oldest first."""
    kinds = [kind.__name__ for kind in (LegFinished, LegServedOffline, TicketTransferred)]
    ended = select(events.c.type, events.c.body).where(
        events.c.branch == branch, events.c.seq < seq, events.c.type.in_(kinds)
    )
    rows = connection.execute(ended.order_by(desc(events.c.seq)).limit(most)).all()
    return [EVENTS.load(row.type, row.body) for row in reversed(rows)]


def read_lines(connection: Connection, branch: str, from_seq: int = 1, limit: int | None = None) -> Iterator[Line]:
    """The stored lines from `from_seq` on, in order; read page by page, so that a long journal takes no memory."""
    for rows in _pages(connection, branch, Line._fields, from_seq, sys.maxsize if limit is None else limit):
        yield from map(_LINE, rows)


def read_events(connection: Connection, branch: str, from_seq: int = 1) -> Iterator[Recorded]:
    """What the lines tell, without their links: for those who need not prove them again."""
    for rows in _pages(connection, branch, ("seq", "type", "body", "by", "hash"), from_seq, sys.maxsize):
        for seq, kind, body, by, digest in rows:
            yield Recorded(seq, EVENTS.load(kind, body), by, digest)


def _pages(
    connection: Connection, branch: str, columns: tuple[str, ...], from_seq: int, left: int
) -> Iterator[list[tuple[Any, ...]]]:
    page = _page(connection.engine, columns)
    while left > 0:
        most = min(left, PAGE)
        rows = page.fetch(connection, {"of_branch": branch, "from_seq": from_seq, "most": most})
        yield rows
        if len(rows) < most:
            return
        from_seq, left = rows[-1][0] + 1, left - most


@lru_cache(maxsize=8)
def _page(engine: Engine, columns: tuple[str, ...]) -> Prepared:
    """`columns` begin with seq."""
    wanted = select(*(events.c[name] for name in columns)).where(
        events.c.branch == bindparam("of_branch"), events.c.seq >= bindparam("from_seq")
    )
    return Prepared(wanted.order_by(events.c.seq).limit(bindparam("most")), engine)
