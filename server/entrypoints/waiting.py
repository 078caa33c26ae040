"""Between the event loop and the keeper's thread: all that is ready on one side crosses at once, both ways."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from server.application.answers import Answer, OutcomeUnknown
from server.application.deliberation import Request

ANSWER_S = 8.0
"""Beyond it the caller has long gone; the act may still be committed."""

Waiting = asyncio.Future[Answer]


class Crossing:
    """One for each event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ask: Callable[[Sequence[Request]], None]) -> None:
        self._loop = loop
        self._ask = ask
        self._asking: list[Request] = []
        self._told: deque[tuple[Waiting, Answer]] = deque()
        self._woken = False

    def waiting(self) -> Waiting:
        """Where a caller's answer will be."""
        return self._loop.create_future()

    async def answer(self, request: Request, waiting: Waiting) -> Answer:
        """The keeper's answer; a caller that goes away cancels nothing."""
        if not self._asking:
            self._loop.call_soon(self._cross)
        self._asking.append(request)
        late = self._loop.call_later(ANSWER_S, _give_up, waiting)
        try:
            return await waiting
        finally:
            late.cancel()

    def tell(self, waiting: Waiting, answer: Answer) -> None:
        """On the keeper's thread."""
        self._told.append((waiting, answer))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hand_out)

    def _cross(self) -> None:
        """After all that the loop has read in this turn."""
        requests, self._asking = self._asking, []
        self._ask(requests)

    def _hand_out(self) -> None:
        self._woken = False
        while self._told:
            waiting, answer = self._told.popleft()
            if not waiting.done():
                waiting.set_result(answer)


def _give_up(waiting: Waiting) -> None:
    if not waiting.done():
        waiting.set_result(OutcomeUnknown())
