"""What the keeper answers to one who asked something of the hall."""

from dataclasses import dataclass

from server.domain.copying import quick
from server.domain.errors import Refusal
from server.domain.events.event import Event
from server.domain.state import Hall


@quick
@dataclass(frozen=True, slots=True)
class Accepted:
    """Committed. `body` is what `render` made of it, or what it made the first time when `repeated`."""

    seq: int
    """Of the last event in the hall that `body` speaks of."""
    events: tuple[Event, ...]
    hall: Hall
    body: str = ""
    status: int = 200
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed; asking again with the same id is judged anew."""

    refusal: Refusal
    hall: Hall


@dataclass(frozen=True, slots=True)
class ReusedRequestId:
    """This id was accepted before with another body."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Too many are waiting; come again in `retry_after_s`."""

    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class Dropped:
    """Its caller's deadline had passed before it was decided: nothing was done."""


@dataclass(frozen=True, slots=True)
class NotOwner:
    """Another process keeps this branch, or the keeper is not ready yet: nothing was decided here."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The journal could not be written and nothing was: disk full, database locked or away."""

    cause: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The commit failed half-way and the act was not found afterwards: ask again with the same id."""


Answer = Accepted | Refused | ReusedRequestId | Busy | Dropped | NotOwner | Unavailable | OutcomeUnknown
