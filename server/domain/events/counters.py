"""What happens to a counter itself."""

from dataclasses import dataclass

from server.domain.events.happening import Happening
from server.domain.vocabulary import ClerkId, CounterNo, PauseReason, ServiceId


@dataclass(frozen=True, slots=True)
class CounterOpened(Happening):
    counter: CounterNo
    clerk: ClerkId
    services: tuple[ServiceId, ...]


@dataclass(frozen=True, slots=True)
class CounterPaused(Happening):
    counter: CounterNo
    clerk: ClerkId
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class CounterResumed(Happening):
    counter: CounterNo
    clerk: ClerkId


@dataclass(frozen=True, slots=True)
class CounterClosed(Happening):
    counter: CounterNo
    clerk: ClerkId
    moved_to: CounterNo | None = None
    """The clerk opened another counter."""
