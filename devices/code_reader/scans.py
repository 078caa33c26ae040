"""Which codes are one customer holding up one code: repeats and floods taken out; pure."""

from collections import deque
from dataclasses import dataclass, field

BOUNCE_S = 1.0
"""A reader says a code again and again while it is held up; the same one so soon after is no other scan."""
FLOOD_SCANS, FLOOD_S = 8, 4.0
"""So many different codes in so short a time come from no hand; none is taken until it is quiet for as long."""


@dataclass(slots=True)
class ScanJudge:
    """Times are seconds of the machine clock."""

    _last: str | None = field(default=None, repr=False)
    _last_at: float = float("-inf")
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=FLOOD_SCANS))
    _flooded_at: float = float("-inf")

    def is_scan(self, text: str, now: float) -> bool:
        bounced = text == self._last and now - self._last_at < BOUNCE_S
        self._last, self._last_at = text, now
        if bounced:
            return False
        self._recent.append(now)
        if len(self._recent) == FLOOD_SCANS and now - self._recent[0] < FLOOD_S:
            self._flooded_at = now
        return not self.flooded(now)

    def flooded(self, now: float) -> bool:
        return now - self._flooded_at < FLOOD_S
