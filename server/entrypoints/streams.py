"""Event streams: each view is made and encoded once a revision, on its own thread, and fanned out to all who listen.

A listener holds only the newest frame, so a slow reader costs no memory and never sees an old view after a new one.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

BEAT_S = 5.0
REFRESH_S = 10.0
"""A view is made anew after so long without an event, because waits grow by themselves."""
MOST_PER_S = 4
MAX_LISTENERS = 2000
MAX_PER_CALLER = 64


@dataclass(frozen=True, slots=True)
class Topic:
    """One view that can be listened to: `hall`, `board`, `desk` of a counter, `ticket` by id."""

    view: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """Which state is the last committed one."""

    journal: str
    rev: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    rev: int
    json: str


Make = Callable[[Topic], Snapshot]


def frame(event: str, data: str, rev: int | None = None) -> bytes:
    head = f"event: {event}\n" if rev is None else f"event: {event}\nid: {rev}\n"
    return f"{head}data: {data}\n\n".encode()


class Listener:
    """One open stream; all but `topic` belongs to the event loop."""

    def __init__(self, topic: Topic, caller: str) -> None:
        self.topic = topic
        self.caller = caller
        self.closed = False
        self._newest: bytes | None = None
        self._news = asyncio.Event()

    def offer(self, newest: bytes) -> None:
        self._newest = newest
        self._news.set()

    def wake(self) -> None:
        self._news.set()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    async def next(self, timeout_s: float) -> bytes | None:
        """The newest frame not yet taken; None after `timeout_s` without one."""
        try:
            await asyncio.wait_for(self._news.wait(), timeout_s)
        except TimeoutError:
            return None
        self._news.clear()
        newest, self._newest = self._newest, None
        return newest


class Hub:
    """Feeds all listeners; `touch` may be called from any thread after each commit."""

    def __init__(self, make: Make, now: Callable[[], Now], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._now = now
        self._monotonic = monotonic
        self._listeners: dict[Topic, set[Listener]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._halt.clear()
        self._thread = threading.Thread(target=self._run, name="hall-views", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends every stream; to be called on the event loop."""
        self._halt.set()
        self._wake.set()
        for listener in [each for group in self._listeners.values() for each in group]:
            listener.close()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def touch(self) -> None:
        self._wake.set()

    def look_again(self) -> None:
        """Somebody may listen no more: every stream asks anew. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for listener in [each for group in self._listeners.values() for each in group]:
            listener.wake()

    @property
    def listening(self) -> int:
        return sum(len(group) for group in self._listeners.values())

    def beat(self) -> bytes:
        now = self._now()
        return frame("beat", f'{{"journal":"{now.journal}","rev":{now.rev},"as_of":"{now.as_of.isoformat()}"}}')

    def join(self, topic: Topic, caller: str) -> Listener | None:
        """A listener that gets its first snapshot at once; None when there are too many."""
        mine = sum(each.caller == caller for group in self._listeners.values() for each in group)
        if self.listening >= MAX_LISTENERS or mine >= MAX_PER_CALLER:
            return None
        listener = Listener(topic, caller)
        with self._lock:
            self._listeners.setdefault(topic, set()).add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        with self._lock:
            group = self._listeners.get(listener.topic, set())
            group.discard(listener)
            if not group:
                self._listeners.pop(listener.topic, None)

    def first(self, topic: Topic) -> bytes:
        """The present snapshot; may read the private store, so not on the event loop."""
        snapshot = self._make(topic)
        return frame("snapshot", snapshot.json, snapshot.rev)

    def _run(self) -> None:
        sent: deque[float] = deque(maxlen=MOST_PER_S)
        while not self._halt.is_set():
            self._wake.wait(REFRESH_S)
            if len(sent) == MOST_PER_S and (pause := sent[0] + 1.0 - self._monotonic()) > 0:
                self._halt.wait(pause)
            self._wake.clear()
            if self._halt.is_set():
                return
            sent.append(self._monotonic())
            self._publish()

    def _publish(self) -> None:
        with self._lock:
            topics = list(self._listeners)
        for topic in topics:
            try:
                made = self.first(topic)
            except Exception:
                log.exception("the view %s could not be made", topic)
                continue
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._fan_out, topic, made)

    def _fan_out(self, topic: Topic, made: bytes) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.offer(made)


class EventStream(Response):
    """An open `text/event-stream`: a snapshot at once, every newer one, and a beat in every silence of 5 s."""

    def __init__(self, hub: Hub, listener: Listener, first: bytes, still_may: Callable[[], bool]) -> None:
        self._hub = hub
        self._listener = listener
        self._first = first
        self._still_may = still_may
        self.status_code = 200
        self.background = None
        self.raw_headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's own shape
        gone = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._feed(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            pass
        finally:
            gone.cancel()
            self._hub.leave(self._listener)

    async def _feed(self, send: Send) -> None:
        newest: bytes | None = self._first
        beat_at = time.monotonic() + BEAT_S
        while not self._listener.closed and self._still_may():
            if newest is not None:
                await send({"type": "http.response.body", "body": newest, "more_body": True})
            if time.monotonic() >= beat_at:
                await send({"type": "http.response.body", "body": self._hub.beat(), "more_body": True})
                beat_at = time.monotonic() + BEAT_S
            newest = await self._listener.next(max(0.0, beat_at - time.monotonic()))

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._listener.close()
