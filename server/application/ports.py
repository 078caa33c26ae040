"""What the keeper needs of the world: a ledger that lasts, and two clocks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

from server.domain.copying import quick
from server.domain.events.event import Event
from server.domain.ticket import ClosedVisit
from server.domain.vocabulary import Digest, TicketId

Checkpoint = Callable[[str], None]
"""Told each named point that a batch passes on its way, so that a trial can end the process there."""


def pass_by(_name: str) -> None:
    """A checkpoint that does nothing."""


class HallClock(Protocol):
    """The hall's own time, scaled in the demo: targets, holds, rating windows."""

    def now(self) -> datetime:
        """UTC; runs back only by `join_wall`."""

    def not_before(self, at: datetime) -> None:
        """Goes on from `at` if it is behind it."""

    def join_wall(self, last: datetime | None) -> None:
        """Follows a wall clock that was moved, but not to before `last`; only while no duration runs in the hall."""

    def seconds_until(self, at: datetime) -> float:
        """Machine seconds until the hall's clock shows `at`; 0 when it is past."""

    def wall_step(self) -> float:
        """Seconds by which the wall clock was moved since last asked; 0 up to 2 s."""


class MachineClock(Protocol):
    """Timeouts, retries, staleness; never scaled."""

    def monotonic(self) -> float:
        """Seconds."""


class Recorded(NamedTuple):
    """One event in its place in the journal."""

    seq: int
    event: Event
    by: str
    hash: bytes = b""
    closed: ClosedVisit | None = None
    """The visit that this event closed, or changed after its end, as it then is."""


@quick
@dataclass(frozen=True, slots=True)
class Draft:
    """One event that is to be journalled."""

    event: Event
    by: str
    request: str
    """`client/request_id` of the act it comes from; empty when the keeper itself asked."""
    closed: ClosedVisit | None = None


@quick
@dataclass(frozen=True, slots=True)
class Act:
    """An accepted act, kept for 30 days to be answered again as before."""

    client: str
    request_id: str
    body_digest: str
    status: int
    answer: str
    seq: int
    at: datetime


ActKey = tuple[str, str]
"""Client and request id."""


@dataclass(frozen=True, slots=True)
class PrivateText:
    """What somebody wrote, kept apart from the journal, which holds only its digest."""

    digest: Digest
    text: str
    salt: bytes
    expires_at: datetime


def seal(text: str, salt: bytes, expires_at: datetime) -> PrivateText:
    """Salts a text so that its digest in the journal tells nothing of it."""
    return PrivateText(Digest(sha256(salt + text.encode()).hexdigest()), text, salt, expires_at)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes."""

    first_seq: int
    drafts: Sequence[Draft]
    acts: Sequence[Act] = ()
    texts: Sequence[PrivateText] = ()


class Learner(Protocol):
    """Learns from the journal, each event once; used by the keeper's thread."""

    def learn_anew(self, events: Iterable[Event]) -> None:
        """Forgets all it knew: these are the journal's, so far as anybody needs them, up to now."""

    def learn(self, events: Iterable[Event]) -> None:
        """These have been committed."""


class NoLearner:
    """Learns nothing."""

    def learn_anew(self, events: Iterable[Event]) -> None:
        pass

    def learn(self, events: Iterable[Event]) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the journal says at the start: its id and the events since the last `DayOpened`."""

    journal_id: str
    rev: int
    """Of the last event; 0 when there is none."""
    events: Iterator[Recorded]
    """Read as they are asked for, to their end, before anything else is asked of the ledger."""
    broken: dict[str, str] = field(default_factory=dict)
    """Projections set aside, and why."""
    earlier: Sequence[Event] = ()
    """The last legs that ended before `events`, oldest first, as many as forecasts learn from."""


@dataclass(frozen=True, slots=True)
class Committed:
    recorded: tuple[Recorded, ...]
    broken: dict[str, str] = field(default_factory=dict)
    """Projections that failed in this batch, and why."""


class LedgerUnavailable(Exception):
    """Nothing was written; the words say why."""


class LedgerRejected(Exception):
    """Nothing was written: something in the batch cannot be stored, as a text that is no text."""


class LedgerConflict(Exception):
    """Another writer has written under the same (branch, seq)."""


class CommitUnknown(Exception):
    """The transaction may or may not have been committed."""


class Ledger(Protocol):
    """The journal with its projections, acts and private texts, of one branch; used by one thread."""

    def acquire(self) -> bool:
        """Becomes the branch's only writer; False while another process is."""

    def release(self) -> None:
        """Lets another process take over; harmless when not held."""

    def still_held(self) -> bool:
        """Whether this process is the only writer yet: a lock can be lost in silence. Raises CommitUnknown."""

    def try_writing(self) -> None:
        """Commits something that leaves nothing behind; raises LedgerUnavailable or CommitUnknown."""

    def recover(self) -> Recovery:
        """Reads back from the last `DayOpened`."""

    def begin(self, keys: Sequence[ActKey]) -> dict[ActKey, Act]:
        """Starts a transaction and reads those of the asked acts that were accepted before."""

    def abandon(self) -> None:
        """Ends the transaction without writing."""

    def commit(self, batch: Batch) -> Committed:
        """Writes everything or nothing; raises one of the errors above.

        Also with nothing to write it raises LedgerConflict when the journal has gone on without this writer: whoever
        lost the branch must not refuse anybody by what it no longer knows.
        """

    def closed_visit(self, ticket: TicketId) -> ClosedVisit | None:
        """A visit that is over, as far back as its records are kept."""

    def prune(self, before: datetime, now: datetime) -> None:
        """Forgets acts older than `before` and erases texts that have expired by `now`."""
