"""How a wait is told: always a range, rounded outwards, never one number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kiosk.texts import Texts
from server.contract.common import WaitRange
from server.contract.telling import APART_MIN, told_minutes

LONG_FROM = 40
"""Minutes from which a wait is told as "over" and another time or the phone is advised."""
MOVES_BY = 2
"""Minutes by which an estimate must move before the screen follows."""
FORGET_AFTER_S = 15 * 60.0
"""An estimate older than this is no longer shown at all."""


class Kind(StrEnum):
    NONE = "none"
    UNDER = "under"
    RANGE = "range"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wait:
    """Whole minutes from `as_of`; low and high are rounded outwards, likely stays exact for the band."""

    kind: Kind
    low: int = 0
    high: int = 0
    likely: float = 0.0
    as_of: datetime | None = None

    @property
    def known(self) -> bool:
        return self.kind is not Kind.UNKNOWN


UNKNOWN = Wait(Kind.UNKNOWN)


def told(forecast: WaitRange | None, waiting: int) -> Wait:
    if forecast is None:
        return UNKNOWN
    low, high = told_minutes(forecast.low_s, forecast.high_s)
    if waiting == 0 and high <= APART_MIN:
        kind = Kind.NONE
    elif low >= LONG_FROM:
        kind = Kind.OVER
    elif low == 0:
        kind = Kind.UNDER
    else:
        kind = Kind.RANGE
    return Wait(kind, low, high, forecast.likely_s / 60, forecast.as_of)


def steadied(shown: Wait | None, new: Wait) -> Wait:
    """What to show next: the old figures until the estimate moves enough, so that figures do not flicker."""
    if shown is None or shown.kind is not new.kind or new.kind is Kind.UNKNOWN:
        return new
    moved = max(abs(shown.low - new.low), abs(shown.high - new.high))
    if moved >= MOVES_BY:
        return new
    return Wait(shown.kind, shown.low, shown.high, min(max(new.likely, shown.low), shown.high), new.as_of)


def clock_range(wait: Wait, local: datetime) -> tuple[str, str] | None:
    """From when to when the customer is called, as clock times; `local` is now in the branch's zone."""
    if wait.kind not in {Kind.RANGE, Kind.UNDER}:
        return None
    start, end = local + timedelta(minutes=wait.low), local + timedelta(minutes=wait.high)
    return f"{start:%H:%M}", f"{end:%H:%M}"


def scale_minutes(wait: Wait) -> int:
    """The end of the wait band's scale: 30 minutes, or the first doubling that holds the range."""
    scale = 30
    while wait.high > scale:
        scale *= 2
    return scale


def sentence(wait: Wait, texts: Texts, section: str = "wait") -> str:
    """The wait as one phrase without the figure set apart."""
    return texts(f"{section}.{wait.kind.value}", low=wait.low, high=wait.high)


def stale_sentence(wait: Wait, texts: Texts) -> str:
    """Told with the time it was true at, which stands beside it."""
    match wait.kind:
        case Kind.RANGE:
            return texts("wait.about", low=wait.low, high=wait.high)
        case Kind.UNDER:
            return texts("wait.about_under", high=wait.high)
        case Kind.OVER:
            return texts("wait.about_over", low=wait.low)
        case _:
            return sentence(wait, texts)
