"""Where commands wait for the keeper."""

import threading
from collections import deque
from collections.abc import Sequence

from server.application.deliberation import Request


class WaitingRoom:
    """A bounded queue, first come first served; thread-safe."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: deque[Request] = deque()
        self._changed = threading.Condition()
        self._open = False

    def open(self) -> None:
        """Lets commands in."""
        with self._changed:
            self._open = True

    def close(self) -> list[Request]:
        """Lets nobody in any more; answers who was still waiting."""
        with self._changed:
            self._open = False
            left = list(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        return left

    def enter(self, requests: Sequence[Request]) -> Sequence[Request] | None:
        """Those for whom there is no place left; None: closed."""
        with self._changed:
            if not self._open:
                return None
            free = self._places - len(self._waiting)
            self._waiting.extend(requests[:free])
            self._changed.notify()
            return requests[free:]

    def take(self, most: int, timeout_s: float) -> list[Request]:
        """Everybody waiting, at most so many; waits for the first one."""
        with self._changed:
            if not self._waiting and timeout_s > 0:
                self._changed.wait(timeout_s)
            return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def wake(self) -> None:
        """Ends a running `take` early."""
        with self._changed:
            self._changed.notify_all()
