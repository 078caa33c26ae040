"""What happens to a rating window, and what became of each press."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.copying import quick
from server.domain.events.happening import AtCounter, Happening
from server.domain.vocabulary import NO_TEXT, Channel, CounterNo, Digest, Language, RatingFate


@quick
@dataclass(frozen=True, slots=True)
class RatingOpened(AtCounter):
    window: str
    seconds: int
    opened_at: datetime
    """When the customer was finished; before `at` for one served away from the server."""
    language: Language | None = None
    """That the customer chose."""


@quick
@dataclass(frozen=True, slots=True)
class RatingClosed(Happening):
    """The window shows no more; unrated is missed, never satisfied."""

    window: str
    counter: CounterNo
    score: int | None


@quick
@dataclass(frozen=True, slots=True)
class RatingGiven(AtCounter):
    window: str
    score: int
    source: str
    channel: Channel
    pressed_at: datetime
    reasons: tuple[str, ...] = ()
    text: Digest = NO_TEXT


@dataclass(frozen=True, slots=True)
class RatingExplained(AtCounter):
    """Reasons or text added to the accepted score from phone or kiosk."""

    window: str
    source: str
    channel: Channel
    reasons: tuple[str, ...]
    text: Digest


@dataclass(frozen=True, slots=True)
class RatingIgnored(Happening):
    """A press kept but not counted; `fate` says why."""

    fate: RatingFate
    window: str | None
    counter: CounterNo | None
    score: int
    source: str
    channel: Channel
    pressed_at: datetime
