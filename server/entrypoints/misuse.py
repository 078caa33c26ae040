"""Who misuses the broker: floods are dropped before they are read, and whoever sent them stands on the board."""

import threading
import time
from collections.abc import Callable
from typing import Final

from server.application.alarms import Alarm
from server.application.audit import Audit, Deed, NoAudit
from server.contract.topics import DEVICE_STATE, SERVER_USER
from server.entrypoints.buckets import Buckets

PER_SECOND: Final = 600.0
"""More than a station sends of what it kept while the line was down."""
BURST: Final = 1000.0
MOST_NAMED: Final = 8
MOST_OFFENCES: Final = 1024
QUIET_S: Final = 60.0
"""After so long without another offence its alarm is solved."""
FLOOD: Final = "flood"
REFUSED: Final = "messages-refused"


class Misuse:
    """Asked on the link's thread for every message, read by boards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, audit: Audit | None = None) -> None:
        self._clock = clock
        self._audit = audit or NoAudit()
        self._lock = threading.Lock()
        self._buckets = Buckets(PER_SECOND, BURST / PER_SECOND, clock)
        self._offences: dict[tuple[str, str], float] = {}
        self.after_flood: Callable[[], None] = lambda: None
        """Called when a flood is over: the last word of its sender may have been among what was dropped."""

    def admits(self, topic: str) -> bool:
        """Whether this message may be read; the server's own words always may."""
        sender = sender_of(topic)
        if sender == SERVER_USER:
            return True
        with self._lock:
            if not self._buckets.wait_s(sender):
                return True
        self._note(FLOOD, sender)
        return False

    def refused(self, topic: str) -> None:
        """A message there was none of the contract."""
        self._note(REFUSED, sender_of(topic))

    def alarms(self) -> list[Alarm]:
        since = self._clock() - QUIET_S
        with self._lock:
            standing = {offence: at for offence, at in self._offences.items() if at > since}
            flood_over = any(cause == FLOOD for cause, _ in self._offences.keys() - standing.keys())
            self._offences = standing
            offences = sorted(standing)
        if flood_over:
            self.after_flood()
        causes = dict.fromkeys(cause for cause, _ in offences)
        return [Alarm(cause, tuple(who for each, who in offences if each == cause)[:MOST_NAMED]) for cause in causes]

    def _note(self, cause: str, sender: str) -> None:
        now = self._clock()
        with self._lock:
            before = self._offences.get((cause, sender), now - QUIET_S)
            if len(self._offences) < MOST_OFFENCES:
                self._offences[cause, sender] = now
        if before <= now - QUIET_S:
            self._audit.record(Deed.MISUSED, sender, cause=cause)


def sender_of(topic: str) -> str:
    """The device below whose name it was published; all else only the server may publish."""
    steps = topic.split("/")
    place = DEVICE_STATE.template.split("/").index("device") + 1
    return steps[place] if len(steps) > place and steps[place - 1] == "device" else SERVER_USER
