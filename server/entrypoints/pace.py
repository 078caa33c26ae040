"""How much one caller may ask for, so that a flood from one, also by a stolen key, hinders nobody else."""

import logging
import math
import time
from collections.abc import Callable
from typing import Final

from server.application.alarms import Alarm
from server.application.audit import Audit, Deed
from server.application.callers import Caller
from server.domain.vocabulary import Role
from server.entrypoints.buckets import Buckets
from server.entrypoints.problems import Problem
from server.settings import Limits

log = logging.getLogger(__name__)

ALARM: Final = "asking-too-often"
NUMBERS_BURST_S: Final = 120.0
ACTS_BURST_S: Final = 20.0
"""A kiosk that was away hands over what it gave out meanwhile, all at once."""
PHONE_BURST_S: Final = 60.0
QUIET_S: Final = 60.0
"""After so long without another refusal its alarm is solved."""


class Pace:
    """Asked on the event loop for every request, read by boards."""

    def __init__(self, limits: Limits, audit: Audit, clock: Callable[[], float] = time.monotonic) -> None:
        self._audit = audit
        self._clock = clock
        self._numbers = Buckets(limits.numbers_per_minute / 60, NUMBERS_BURST_S, clock)
        self._acts = Buckets(limits.acts_per_second, ACTS_BURST_S, clock)
        self._phones = Buckets(limits.phone_per_minute / 60, PHONE_BURST_S, clock)
        self._slowed: dict[str, float] = {}

    def ask(self, caller: Caller) -> None:
        """Every request counts. Raises Problem when there were too many."""
        buckets = self._phones if caller.role is Role.PHONE else self._acts
        self._take(buckets, caller, "ask")

    def number(self, caller: Caller) -> None:
        """Numbers of a day are few: who gives them out is slowed down long before they are used up."""
        self._take(self._numbers, caller, "issue")

    def alarms(self) -> list[Alarm]:
        """Who was refused within the last minute."""
        since = self._clock() - QUIET_S
        slowed = sorted(who for who, at in tuple(self._slowed.items()) if at > since)
        return [Alarm(ALARM, tuple(slowed))] if slowed else []

    def _take(self, buckets: Buckets, caller: Caller, act: str) -> None:
        wait_s = buckets.wait_s(caller.id)
        if not wait_s:
            return
        now = self._clock()
        self._slowed = {who: at for who, at in self._slowed.items() if at > now - QUIET_S}
        if caller.audited not in self._slowed:
            log.warning("%s asks far too often and is slowed down", caller.audited)
            self._audit.record(Deed.SLOWED, caller.audited, act=act)
        self._slowed[caller.audited] = now
        raise Problem("too-many", retry_after_s=math.ceil(wait_s))
