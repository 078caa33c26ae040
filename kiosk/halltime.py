"""The hall's time as this kiosk shows it, and how old what it knows is."""

from collections.abc import Callable
from datetime import datetime, timedelta

STALE_AFTER_S = 12.0


class HallTime:
    """Runs on from the last time the server told, before that it is the machine's own; `speed` is 1 but in a demo."""

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float], speed: float = 1.0) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._speed = speed
        self._told: datetime | None = None
        self._told_at = 0.0
        self._heard_at: float | None = None

    def told(self, as_of: datetime) -> None:
        """The hall's time now; never runs backwards on the screen for the same telling."""
        self._told, self._told_at = as_of, self._monotonic()

    def heard(self, at: float | None) -> None:
        """Monotonic time of the last word from the server."""
        if at is not None:
            self._heard_at = at

    def now(self) -> datetime:
        if self._told is None:
            return self._wall()
        return self._told + timedelta(seconds=(self._monotonic() - self._told_at) * self._speed)

    @property
    def age_s(self) -> float:
        return float("inf") if self._heard_at is None else self._monotonic() - self._heard_at

    @property
    def fresh(self) -> bool:
        return self.age_s <= STALE_AFTER_S
