"""The two clocks: the machine's, and the hall's, which follows it scaled."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

WALL_STEP_S = 2.0


class Machine:
    """The machine's monotonic clock."""

    def monotonic(self) -> float:
        """Seconds since some moment of this boot."""
        return time.monotonic()


def wall_now() -> datetime:
    """The machine's wall clock, UTC."""
    return datetime.now(UTC)


def since_boot() -> float:
    """Seconds, those included that the machine slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class HallTime:
    """Wall clock at start + monotonic time since × `speed`, moved on when the journal is ahead of it.

    A moved wall clock moves it only by `join_wall`, so that no duration ever holds the step.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        start: datetime | None = None,
        longest_closure: timedelta = timedelta.max,
        wall: Callable[[], datetime] = wall_now,
        monotonic: Callable[[], float] = since_boot,
    ) -> None:
        """`start`: the hall time to begin with instead of the wall clock's, for a demo day.

        `longest_closure`: a wall clock that was moved farther ahead than this is not joined.
        """
        self._speed = speed
        self._longest_closure = longest_closure
        self._wall = wall
        self._monotonic = monotonic
        self._origin = monotonic()
        self._wall_start = self._wall_origin = wall()
        self._start = self._base = start or self._wall_start

    def now(self) -> datetime:
        """Hall time, UTC."""
        return self._base + timedelta(seconds=(self._monotonic() - self._origin) * self._speed)

    def not_before(self, at: datetime) -> None:
        """Goes on from `at` if it is behind it."""
        behind = at - self.now()
        if behind > timedelta():
            self._base += behind

    def join_wall(self, last: datetime | None) -> None:
        """Shows what it would after a start now, but nothing before `last`; apart by up to 2 s it goes on as it is."""
        should = self._start + (self._wall() - self._wall_start) * self._speed
        apart = (should if last is None else max(should, last)) - self.now()
        if abs(apart) > timedelta(seconds=WALL_STEP_S) * self._speed and apart <= self._longest_closure:
            self._base += apart

    def seconds_until(self, at: datetime) -> float:
        """Machine seconds until the hall's clock shows `at`."""
        return max(0.0, (at - self.now()).total_seconds() / self._speed)

    def wall_step(self) -> float:
        """Seconds by which the wall clock was moved since last asked; 0 up to 2 s."""
        elapsed = self._monotonic() - self._origin
        step = (self._wall() - self._wall_origin).total_seconds() - elapsed
        if abs(step) <= WALL_STEP_S:
            return 0.0
        self._wall_origin += timedelta(seconds=step)
        return step
