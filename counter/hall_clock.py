"""Hall time at this counter: the server's last word carried on by the machine's monotonic clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

STEP_BACK_S = 2.0
"""A smaller step back than this is the network's delay: the shown time waits instead of jumping."""


class HallClock:
    """`speed` is that of the server's hall clock: 1 but in a demo."""

    def __init__(self, monotonic: Callable[[], float], start: datetime, speed: float = 1.0) -> None:
        self._monotonic = monotonic
        self._speed = speed
        self._said, self._heard = start, monotonic()
        self._shown = start

    def hear(self, as_of: datetime) -> None:
        self._said, self._heard = as_of, self._monotonic()

    def now(self) -> datetime:
        now = self._said + timedelta(seconds=(self._monotonic() - self._heard) * self._speed)
        behind = (self._shown - now).total_seconds()
        if not 0 < behind < STEP_BACK_S * max(1.0, self._speed):
            self._shown = now
        return self._shown
