"""Wrong secrets at one place: after some the same person rests there, longer each time, and nowhere else.

Counted in memory alone, for names the hall knows and does not know alike, so that nobody learns from a lock who works
here, and nobody can shut a clerk out of the own counter by guessing elsewhere.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FREE: Final = 5
LOCK: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=12)
MOST_KEPT: Final = 10_000


@dataclass(slots=True)
class _Tries:
    of: str
    """Hash of the secret that was not found: a new secret begins anew."""
    wrong: int = 0
    until: datetime | None = None


class Guesses:
    """Used by one thread at a time."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def wait_s(self, staff: str, place: str, secret_hash: str, now: datetime) -> int | None:
        """Seconds until this person may try again at this place; None: now."""
        tries = self._tries.get((staff, place))
        if tries is None or tries.of != secret_hash or tries.until is None or tries.until <= now:
            return None
        return math.ceil((tries.until - now).total_seconds())

    def wrong(self, staff: str, place: str, secret_hash: str, now: datetime) -> None:
        tries = self._tries.pop((staff, place), None)
        if tries is None or tries.of != secret_hash:
            tries = _Tries(secret_hash)
        tries.wrong += 1
        if tries.wrong >= FREE:
            tries.until = now + min(LOCK * 2 ** min(tries.wrong - FREE, 10), LONGEST)
        self._tries[staff, place] = tries
        if len(self._tries) > MOST_KEPT:
            self._tries.popitem(last=False)

    def right(self, staff: str, place: str) -> None:
        self._tries.pop((staff, place), None)
