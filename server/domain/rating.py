"""Rating windows, one for each visit's last leg: found by id, or by counter and moment, without the closed visits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.domain.copying import replace
from server.domain.vocabulary import ClerkId, CounterNo, ServiceId, TicketId

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opened_at` to `ends_at`, or shorter when the counter's next leg starts."""

    id: str
    ticket: TicketId
    number: str
    leg: int
    service: ServiceId
    counter: CounterNo
    clerk: ClerkId
    opened_at: datetime
    ends_at: datetime
    score: int | None = None
    """The one accepted score."""
    explained: bool = False
    """Reasons or a text have been added."""

    def covers(self, moment: datetime) -> bool:
        return self.opened_at <= moment <= self.ends_at

    def ended(self, at: datetime) -> "Window":
        return replace(self, ends_at=min(self.ends_at, at))

    def scored(self, score: int, explained: bool) -> "Window":
        return replace(self, score=score, explained=explained)


def window_id(ticket: TicketId, leg: int) -> str:
    return f"{ticket}-{leg}"


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows by the hour they opened in, so that one more copies only its hour."""

    hours: dict[int, dict[str, Window]] = field(default_factory=dict)

    def get(self, window: str) -> Window | None:
        return next((hour[window] for hour in self.hours.values() if window in hour), None)

    def put(self, window: Window) -> "Windows":
        key = _hour(window.opened_at)
        return Windows({**self.hours, key: {**self.hours.get(key, {}), window.id: window}})

    def covering(self, counter: CounterNo | None, moment: datetime) -> list[Window]:
        """Those open at that moment, at this counter or at any."""
        near = (self.hours.get(_hour(moment) + back, {}) for back in (0, -1))
        return [
            window
            for hour in near
            for window in hour.values()
            if window.covers(moment) and counter in (None, window.counter)
        ]

    def since(self, cutoff: datetime) -> "Windows":
        """Without what opened before; whole hours may stay a little longer."""
        first = _hour(cutoff - timedelta(seconds=_HOUR_S))
        return Windows({key: hour for key, hour in self.hours.items() if key > first})

    def __iter__(self) -> Iterator[Window]:
        return (window for hour in self.hours.values() for window in hour.values())


def _hour(moment: datetime) -> int:
    return int(moment.timestamp() // _HOUR_S)
