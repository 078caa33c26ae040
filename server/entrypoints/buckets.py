"""How often somebody may come: one small rule for requests, messages, sign-ins and enrolments."""

from collections.abc import Callable

MOST_KEPT = 4096


class Buckets:
    """A token bucket for each caller, kept as one moment: when it will be full again (GCRA, ITU-T I.371).

    Of more callers than are kept those are forgotten who may come again first.
    """

    def __init__(self, per_s: float, burst_s: float, clock: Callable[[], float]) -> None:
        """`burst_s`: what comes in so many seconds at `per_s` may come at once."""
        self._each_s = 1 / per_s
        self._burst_s = burst_s
        self._clock = clock
        self._full_at: dict[str, float] = {}

    def wait_s(self, who: str) -> float:
        """0: lets through and counts it; else how long to wait."""
        now = self._clock()
        full_at = max(self._full_at.get(who, now), now) + self._each_s
        if full_at - now > self._burst_s:
            return full_at - now - self._burst_s
        self._full_at[who] = full_at
        if len(self._full_at) > MOST_KEPT:
            latest = sorted(self._full_at.items(), key=lambda kept: kept[1])
            self._full_at = dict(latest[MOST_KEPT // 2 :])
        return 0.0
