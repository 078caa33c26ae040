"""Which frames of a pad are one finger's press: repeats, bounces and floods taken out, a stuck key told."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

import structlog

from devices.health import Cause
from devices.protocols import Press

log = structlog.get_logger(__name__)

BOUNCE_S = 0.4
"""No finger presses the same key twice so fast."""
FLOOD_PRESSES, FLOOD_S = 20, 10.0
"""More presses than this in this time are a child or a broken pad; they are counted and acknowledged, not told."""
STUCK_S = 10.0
"""A key that is held, or never stops bouncing, for so long."""
MOST_UNKEPT = 64
"""Presses that wait while they cannot be kept on disk; then the oldest goes."""


class Judged(Enum):
    PRESS = auto()
    REPEAT = auto()
    BOUNCE = auto()
    FLOOD = auto()


@dataclass(slots=True)
class PressJudge:
    """Times are seconds of the machine clock; `counts` says how often it judged what."""

    counts: Counter[str] = field(default_factory=Counter)
    _known: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=128))
    _last: tuple[int, float] = (0, float("-inf"))
    _bouncing_since: float = float("inf")
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
            self._last = (key, pressed_at)
        if judged is Judged.PRESS:
            self._recent.append(pressed_at)
            self._bouncing_since = pressed_at
        self.counts[_COUNTED[judged]] += 1

    def flooded(self, now: float) -> bool:
        return len(self._recent) == FLOOD_PRESSES and now - self._recent[0] < FLOOD_S

    def held(self, keys: frozenset[int], now: float) -> None:
        self._held_since = {key: self._held_since.get(key, now) for key in keys}

    def stuck(self, now: float) -> bool:
        bouncing = now - self._last[1] < BOUNCE_S and now - self._bouncing_since >= STUCK_S
        return bouncing or any(now - since >= STUCK_S for since in self._held_since.values())

    def ignored(self) -> dict[str, int]:
        return {word: self.counts[word] for judged, word in _COUNTED.items() if judged is not Judged.PRESS}

    def causes(self, now: float) -> set[Cause]:
        troubles = {Cause.STUCK_KEY: self.stuck(now), Cause.FLOOD: self.flooded(now)}
        return {cause for cause, is_so in troubles.items() if is_so}


_COUNTED = {
    Judged.PRESS: "presses",
    Judged.REPEAT: "repeats",
    Judged.BOUNCE: "bounces",
    Judged.FLOOD: "floods",
}


class Fingers:
    """Presses of a pad that neither numbers nor repeats them; what cannot be kept on disk now waits, in order."""

    def __init__(self, name: str, new_mark: Callable[[], str]) -> None:
        self.judge = PressJudge()
        self._name = name
        self._new_mark = new_mark
        self._nth = 0
        self._unkept: deque[Press] = deque(maxlen=MOST_UNKEPT)
        self._keeps = True

    def take(self, key: int, pressed_at: float) -> None:
        self._nth += 1
        judged = self.judge.judge(0, self._nth, key, pressed_at)
        self.judge.remember(0, self._nth, key, pressed_at, judged)
        if judged is Judged.PRESS:
            self._unkept.append(Press(key, pressed_at, self._new_mark()))

    def keep(self, on_press: Callable[[Press], None]) -> None:
        """What fails is tried again at the next call."""
        while self._unkept:
            try:
                on_press(self._unkept[0])
            except Exception:
                if self._keeps:
                    log.exception("press not kept, it waits", device=self._name)
                self._keeps = False
                return
            self._keeps = True
            self._unkept.popleft()
