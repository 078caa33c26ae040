"""The demo's day in machine time: hall seconds pass `speed` times as fast."""

import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    speed: float
    began: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)

    def hall_s(self) -> float:
        """Hall seconds since the opening."""
        return (time.monotonic() - self.began) * self.speed

    def rest(self, hall_s: float) -> bool:
        """Let hall time pass; False when the demo is being stopped."""
        return not self.stop.wait(max(0.0, hall_s / self.speed))

    def until(self, hall_s: float) -> bool:
        return self.rest(hall_s - self.hall_s())
