"""The keeper's answers on their way to the event loop: all that are ready wake it once."""

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from server.application.answers import Answer, OutcomeUnknown

ANSWER_S = 8.0
"""Beyond it the caller has long gone; the act may still be committed."""

_Waiting = asyncio.Future[Answer]


class Homeward:
    """One for each event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready: deque[tuple[_Waiting, Future[Answer]]] = deque()
        self._woken = False

    async def answer(self, asked: "Future[Answer]") -> Answer:
        """The keeper's answer; a caller that goes away cancels nothing."""
        waiting: _Waiting = self._loop.create_future()
        late = self._loop.call_later(ANSWER_S, _give_up, waiting)
        asked.add_done_callback(partial(self._arrive, waiting))
        try:
            return await waiting
        finally:
            late.cancel()

    def _arrive(self, waiting: _Waiting, asked: "Future[Answer]") -> None:
        """On the keeper's thread."""
        self._ready.append((waiting, asked))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._woken = False
        while self._ready:
            waiting, asked = self._ready.popleft()
            if not waiting.done():
                waiting.set_result(asked.result())


def _give_up(waiting: _Waiting) -> None:
    if not waiting.done():
        waiting.set_result(OutcomeUnknown())
