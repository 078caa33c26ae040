"""Which frames of a pad are one finger's press: repeats, bounces and floods taken out; pure."""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

BOUNCE_S = 0.4
"""No finger presses the same key twice so fast."""
FLOOD_PRESSES, FLOOD_S = 20, 10.0
"""More presses than this in this time are a child or a broken pad; they are counted and acknowledged, not told."""
STUCK_S = 10.0


class Judged(Enum):
    PRESS = auto()
    REPEAT = auto()
    BOUNCE = auto()
    FLOOD = auto()


@dataclass(slots=True)
class PressJudge:
    """Times are seconds of the machine clock."""

    _known: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=128))
    _last: tuple[int, float] = (0, float("-inf"))
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=FLOOD_PRESSES))
    _held_since: dict[int, float] = field(default_factory=dict)

    def judge(self, boot: int, sequence: int, key: int, pressed_at: float) -> Judged:
        """Says what this frame is; remembers nothing, so that a press nobody kept may come again."""
        if (boot, sequence) in self._known:
            return Judged.REPEAT
        if key == self._last[0] and abs(pressed_at - self._last[1]) < BOUNCE_S:
            return Judged.BOUNCE
        if self.flooded(pressed_at):
            return Judged.FLOOD
        return Judged.PRESS

    def remember(self, boot: int, sequence: int, key: int, pressed_at: float, judged: Judged) -> None:
        if judged is not Judged.REPEAT:
            self._known.append((boot, sequence))
        if judged in {Judged.PRESS, Judged.BOUNCE}:
            self._last = (key, pressed_at)
        if judged is Judged.PRESS:
            self._recent.append(pressed_at)

    def flooded(self, now: float) -> bool:
        return len(self._recent) == FLOOD_PRESSES and now - self._recent[0] < FLOOD_S

    def held(self, keys: frozenset[int], now: float) -> None:
        self._held_since = {key: self._held_since.get(key, now) for key in keys}

    def stuck(self, now: float) -> bool:
        return any(now - since >= STUCK_S for since in self._held_since.values())
