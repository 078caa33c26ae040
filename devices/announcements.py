"""Which call is told now: each has its time, none overwrites another; pure."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from server.contract.messages import CallNow

MOST_WAITING = 32
"""Then the oldest goes: it would be told minutes after it was called."""


@dataclass(slots=True)
class Announcements:
    """Times are seconds of the machine clock. A call that is over before its turn is left out."""

    each_s: float
    _waiting: deque[CallNow] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    _known: dict[int, int] = field(default_factory=dict)
    """Times that each call, by seq, was heard."""
    _shown: CallNow | None = None
    _since: float = float("-inf")
    _until: float = float("-inf")

    def hear(self, calls: Iterable[CallNow]) -> None:
        """The newest calls, in any order; one that was repeated is announced again, and with none all are over."""
        told = sorted(calls, key=lambda call: call.seq)
        if not told:
            self._waiting.clear()
            self._shown, self._until = None, float("-inf")
            return
        over = {call.number for call in told if not call.active}
        for call in told:
            if call.active and self._known.get(call.seq, 0) < call.times:
                self._waiting.append(call)
        self._known = {call.seq: call.times for call in told}
        kept = [call for call in self._waiting if call.number not in over]
        self._waiting = deque(kept, MOST_WAITING)
        if self._shown and self._shown.number in over:
            self._shown, self._until = None, float("-inf")

    def now(self, at_s: float) -> CallNow | None:
        """The call to tell; the last one stays until its customer has come or another is called."""
        if at_s >= self._until and self._waiting:
            self._shown = self._waiting.popleft()
            self._since, self._until = at_s, at_s + self.each_s
        return self._shown

    def told_s(self, at_s: float) -> float:
        """How long the present call has been told."""
        return at_s - self._since

    def next_s(self) -> float | None:
        """When another call takes its turn; None while none waits."""
        return self._until if self._waiting else None
