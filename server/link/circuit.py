"""So that only one customer waits for a server that is away."""

import threading
import time
from collections.abc import Callable


class Circuit:
    """Opens at the first failure; then one asker every `probe_every_s` may try and all others go offline at once."""

    def __init__(self, probe_every_s: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._probe_every_s = probe_every_s
        self._clock = clock
        self._lock = threading.Lock()
        self._probe_at: float | None = None

    @property
    def is_open(self) -> bool:
        with self._lock:
            return self._probe_at is not None

    def allows(self) -> bool:
        """Whether this asker may try now; while open a True is the one probe of its interval."""
        with self._lock:
            if self._probe_at is None:
                return True
            now = self._clock()
            if now < self._probe_at:
                return False
            self._probe_at = now + self._probe_every_s
            return True

    def failed(self) -> None:
        with self._lock:
            self._probe_at = self._clock() + self._probe_every_s

    def succeeded(self) -> None:
        with self._lock:
            self._probe_at = None
