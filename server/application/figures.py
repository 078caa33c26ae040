"""The running figures of one business day, moved on by each event so that asking for them costs the same all day."""

import math
import threading
from array import array
from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from server.application.ports import Recorded
from server.domain.events.days import DayOpened
from server.domain.events.event import Event, closes
from server.domain.events.ratings import RatingClosed, RatingGiven, RatingIgnored
from server.domain.events.tickets import TicketCalled, TicketIssued
from server.domain.vocabulary import ClosedAs, RatingFate, ServiceId, TicketId

QUARTER_S = 900
RECENT_ARRIVALS = 21


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Waits, in seconds, of the legs of one service that were called today."""

    called: int
    p50_s: int | None
    p90_s: int | None
    within_target: int


@dataclass(frozen=True, slots=True)
class Today:
    """What the manager counts; `called` counts each leg once."""

    issued: int = 0
    called: int = 0
    finished: int = 0
    no_show: int = 0
    cancelled: int = 0
    expired: int = 0
    services: dict[ServiceId, ServiceFigures] = field(default_factory=dict)
    by_score: dict[int, int] = field(default_factory=dict)
    not_rated: int = 0
    """Windows that ended without a press."""
    unmatched: int = 0
    promised: int = 0
    """Promises of today whose customer has been called."""
    promises_kept: int = 0
    """Those whose wait fell into the promised range."""
    arrivals: tuple[int, ...] = ()
    """Tickets issued in each quarter hour since `arrivals_from`."""
    arrivals_from: datetime | None = None
    mean_interarrival_s: float | None = None
    """Over the last twenty tickets."""


class _Waits:
    """Sorted whole seconds of one service's waits."""

    def __init__(self) -> None:
        self.sorted = array("l")
        self.within = 0

    def add(self, waited_s: float, target_s: int) -> None:
        insort(self.sorted, int(waited_s))
        self.within += waited_s <= target_s

    def figures(self) -> ServiceFigures:
        return ServiceFigures(len(self.sorted), self._rank(0.5), self._rank(0.9), self.within)

    def _rank(self, share: float) -> int | None:
        return self.sorted[math.ceil(share * len(self.sorted)) - 1] if self.sorted else None


class Figures:
    """Follows the journal; `today` may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def follow(self, recorded: Iterable[Recorded]) -> None:
        """Takes in what was committed, in order."""
        with self._lock:
            for one in recorded:
                self._take_in(one.event)
            self._snapshot: Today | None = None

    def today(self) -> Today:
        """The figures as of the last commit."""
        with self._lock:
            if self._snapshot is None:
                self._snapshot = self._counted()
            return self._snapshot

    def _begin(self) -> None:
        self._day: date | None = None
        self._snapshot = None
        self._issued = self._called = self._promised = self._kept = self._unmatched = 0
        self._closed: Counter[ClosedAs] = Counter()
        self._scores: Counter[int] = Counter()
        self._unrated: set[str] = set()
        self._waits: dict[ServiceId, _Waits] = {}
        self._promises: dict[TicketId, tuple[int, int, int]] = {}
        self._quarters: Counter[int] = Counter()
        self._arrivals: deque[datetime] = deque(maxlen=RECENT_ARRIVALS)

    def _take_in(self, event: Event) -> None:
        take = _TAKEN_IN.get(type(event))
        if take is not None:
            take(self, event)
        closing = closes(event)
        if closing is not None:
            self._closed[closing[1]] += 1
            self._promises.pop(closing[0], None)

    def _open_day(self, event: DayOpened) -> None:
        self._begin()
        self._day = event.day

    def _issue(self, event: TicketIssued) -> None:
        self._issued += 1
        if event.visit.day == self._day:
            self._arrive(event.visit.issued_at)
        if event.visit.promise is not None:
            self._promises[event.ticket] = event.visit.promise

    def _arrive(self, at: datetime) -> None:
        self._quarters[int(at.timestamp()) // QUARTER_S] += 1
        self._arrivals.append(at)

    def _call(self, event: TicketCalled) -> None:
        if event.called_before:
            return
        self._called += 1
        self._waits.setdefault(event.service, _Waits()).add(event.waited_s, event.target_s)
        promise = self._promises.pop(event.ticket, None)
        if promise is not None:
            self._promised += 1
            self._kept += promise[0] <= event.waited_s <= promise[2]

    def _rate(self, event: RatingGiven) -> None:
        self._scores[event.score] += 1
        self._unrated.discard(event.window)

    def _end_window(self, event: RatingClosed) -> None:
        if event.score is None:
            self._unrated.add(event.window)

    def _ignore(self, event: RatingIgnored) -> None:
        self._unmatched += event.fate is RatingFate.UNMATCHED

    def _counted(self) -> Today:
        first = min(self._quarters, default=0)
        return Today(
            issued=self._issued,
            called=self._called,
            finished=self._closed[ClosedAs.FINISHED],
            no_show=self._closed[ClosedAs.NO_SHOW],
            cancelled=self._closed[ClosedAs.CANCELLED],
            expired=self._closed[ClosedAs.EXPIRED],
            services={service: waits.figures() for service, waits in self._waits.items()},
            by_score=dict(sorted(self._scores.items())),
            not_rated=len(self._unrated),
            unmatched=self._unmatched,
            promised=self._promised,
            promises_kept=self._kept,
            arrivals=tuple(self._quarters[quarter] for quarter in range(first, max(self._quarters, default=-1) + 1)),
            arrivals_from=datetime.fromtimestamp(first * QUARTER_S, UTC) if self._quarters else None,
            mean_interarrival_s=self._interarrival_s(),
        )

    def _interarrival_s(self) -> float | None:
        if len(self._arrivals) < 2:
            return None
        span = max(self._arrivals) - min(self._arrivals)
        return span.total_seconds() / (len(self._arrivals) - 1)


_TAKEN_IN: dict[type[Event], Callable[[Figures, Any], None]] = {
    DayOpened: Figures._open_day,
    TicketIssued: Figures._issue,
    TicketCalled: Figures._call,
    RatingGiven: Figures._rate,
    RatingClosed: Figures._end_window,
    RatingIgnored: Figures._ignore,
}
