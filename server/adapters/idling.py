"""Sessions that nobody uses: an unattended counter's is over after a while, for somebody else may stand there."""

import time
from collections.abc import Callable, Container
from typing import Final

IDLE_S: Final = 3600.0


class Idling:
    """Machine seconds since each session last acted; looking is not acting."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._acted: dict[str, float] = {}

    def awake(self, session: str, *, acting: bool) -> bool:
        """A session that is met for the first time has just acted."""
        now = self._monotonic()
        if now - self._acted.setdefault(session, now) > IDLE_S:
            return False
        if acting:
            self._acted[session] = now
        return True

    def keep(self, sessions: Container[str]) -> None:
        """Forgets all others."""
        self._acted = {key: at for key, at in tuple(self._acted.items()) if key in sessions}
