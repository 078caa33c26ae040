"""A caller's line to the server: how many there may be, how large a head, how long a request or an answer may take.

uvicorn bounds none of these, so who sends a byte a minute, or never reads, would hold a line for ever (slowloris).
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.entrypoints.problems import Problem

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    lines: int = 2400
    """At once; more than the event streams of a hall, fewer than the files a process may open."""
    of_one: int = 600
    """From one address: a region's phones may share one, a flood from it leaves room for others."""
    head: int = 32 * 1024
    """Bytes of a head that comes in pieces."""
    request_s: float = 15.0
    """From the line's opening, or a request's first byte, to its last."""
    idle_s: int = 15
    """After an answer; longer than callers keep a line, so that no request meets one that is just being closed."""
    unread_s: float = 20.0
    """How long an answer may wait to be read."""


BOUNDS = Bounds()


class Line(HttpToolsProtocol):
    """One line within its bounds; what breaks them is closed."""

    bounds: ClassVar[Bounds]
    by_address: ClassVar[Counter[str]]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = log
        self._address = ""
        self._in_head = self._whole = False
        self._head = 0
        self._late: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self.by_address[self._address] += 1
        if len(self.connections) > self.bounds.lines or self.by_address[self._address] > self.bounds.of_one:
            self._cut()
        else:
            self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        self.by_address[self._address] -= 1
        if not self.by_address[self._address]:
            del self.by_address[self._address]
        self._relax()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > self.bounds.head:
                self.send_400_response("its head is too large")
        if self._whole and self._answering:
            self._relax()
        elif self._late is None:
            self._hurry()

    def on_message_begin(self) -> None:
        self._in_head, self._whole, self._head = True, False, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Who asks before the last answer came is cut off by what this raises: no client of ours does."""
        self._in_head = False
        if self._answering:
            raise ValueError("asked before the last answer")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._read_soon()

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():
            self._cut()
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_soon()

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is told so as every other problem is, unless it would pass for another answer."""
        if self.transport.is_closing():
            return
        if self._answering:
            self._cut()
            return
        answer = Problem("not-http", msg).response()
        head = b"".join(b"%s: %s\r\n" % pair for pair in answer.raw_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%sconnection: close\r\n\r\n%s" % (head, answer.body))
        self.transport.close()

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _cut(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()

    def _hurry(self) -> None:
        self._late = self.loop.call_later(self.bounds.request_s, self._cut)

    def _read_soon(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(self.bounds.unread_s, self._cut)

    def _relax(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class HttpServer(uvicorn.Server):
    """Ends its event streams first when it is told to leave: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def lines(bounds_of_all: Bounds) -> type[Line]:
    """The lines of one server, which count each other.

    What callers send wrong is not logged: a flood of it would fill the disk.
    """
    log.setLevel(logging.ERROR)

    class Bounded(Line):
        bounds = bounds_of_all
        by_address: ClassVar = Counter[str]()

    return Bounded
