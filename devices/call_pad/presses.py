"""Which frames of call pads are one finger's press: repeats, bounces and keys that stick taken out; pure."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from devices.call_pad.frames import Frame

BOUNCE_S = 0.4
"""No finger presses the same key twice so fast."""
KNOWN_S = 5.0
"""Longer than a pad repeats a key; then its sequence may come round again."""
STUCK_PRESSES, STUCK_S = 6, 4.0
"""So many of one key in so short a time are a key that sticks; it stays so until it is quiet for as long."""

_Key = tuple[int, int]
"""Address and code."""


@dataclass(slots=True)
class KeyJudge:
    """Times are seconds of the machine clock."""

    _known: dict[tuple[int, int], float] = field(default_factory=dict)
    _last: dict[_Key, float] = field(default_factory=dict)
    _recent: dict[_Key, deque[float]] = field(default_factory=lambda: defaultdict(_few))
    _stuck: dict[_Key, float] = field(default_factory=dict)
    """Keys that stick, and when each was last heard."""

    def is_press(self, frame: Frame, now: float, *, numbered: bool) -> bool:
        """`numbered`: the form has sequences, by which a repetition is known."""
        if numbered:
            said = (frame.address, frame.sequence)
            repeated = now - self._known.get(said, float("-inf")) < KNOWN_S
            self._known[said] = now
            if repeated:
                return False
        key = (frame.address, frame.code)
        bounced = now - self._last.get(key, float("-inf")) < BOUNCE_S
        self._last[key] = now
        recent = self._recent[key]
        recent.append(now)
        if len(recent) == STUCK_PRESSES and now - recent[0] < STUCK_S:
            self._stuck[key] = now
        return not bounced and not self._sticks(key, now)

    def forget(self, address: int) -> None:
        """A pad that was switched on counts its sequences anew."""
        self._known = {said: at for said, at in self._known.items() if said[0] != address}

    def stuck(self, now: float) -> bool:
        return any(self._sticks(key, now) for key in tuple(self._stuck))

    def _sticks(self, key: _Key, now: float) -> bool:
        since = self._stuck.get(key)
        if since is None:
            return False
        if now - max(since, self._last[key]) >= STUCK_S:
            del self._stuck[key]
            return False
        return True


def _few() -> deque[float]:
    return deque(maxlen=STUCK_PRESSES)
