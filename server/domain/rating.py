"""Rating windows, one for each visit's last leg: found by id, or by counter and moment, without the closed visits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from server.domain.copying import quick, replace
from server.domain.vocabulary import ClerkId, CounterNo, Language, ServiceId, TicketId

_SHELVES = 128
LATE = timedelta(minutes=1)
"""Who presses so soon after the time is the same customer, come late; who presses later is anybody."""


@quick
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
    language: Language | None = None
    """That the customer chose."""
    score: int | None = None
    """The one accepted score."""
    explained: bool = False
    """Reasons or a text have been added."""

    def covers(self, moment: datetime) -> bool:
        return self.opened_at <= moment <= self.ends_at

    def ended(self, at: datetime) -> "Window":
        return replace(self, ends_at=min(self.ends_at, at))


def window_id(ticket: TicketId, leg: int) -> str:
    return f"{ticket}-{leg}"


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows on shelves by their id, so that one more copies only its shelf, however many an hour sees."""

    shelves: dict[int, dict[str, Window]] = field(default_factory=dict)

    def get(self, window: str) -> Window | None:
        return self.shelves.get(_shelf(window), {}).get(window)

    def put(self, window: Window) -> "Windows":
        key = _shelf(window.id)
        return Windows({**self.shelves, key: {**self.shelves.get(key, {}), window.id: window}})

    def covering(self, counter: CounterNo | None, moment: datetime) -> list[Window]:
        """Those open at that moment, at this counter or at any; looks at all of them."""
        return [window for window in self if counter in (None, window.counter) and window.covers(moment)]

    def just_before(self, counter: CounterNo, moment: datetime) -> Window | None:
        """The one whose customer may still have stood at this counter at that moment."""
        ended = [each for each in self if each.counter == counter and each.ends_at < moment <= each.ends_at + LATE]
        return max(ended, key=lambda each: each.ends_at, default=None)

    def since(self, cutoff: datetime) -> "Windows":
        """Without what opened before."""
        kept: dict[int, dict[str, Window]] = {}
        for window in self:
            if window.opened_at >= cutoff:
                kept.setdefault(_shelf(window.id), {})[window.id] = window
        return Windows(kept)

    def __iter__(self) -> Iterator[Window]:
        return (window for shelf in self.shelves.values() for window in shelf.values())


def _shelf(window: str) -> int:
    return crc32(window.encode()) % _SHELVES
