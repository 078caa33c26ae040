"""A bare HTTP/1.1 line for load: so light that a measurement shows the server and not its caller."""

import asyncio
import json
import re
from typing import Any

TIMEOUT_S = 5.0

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_END = b"\r\n\r\n"


class LineCut(Exception):
    """No answer: refused, reset or silent. What was asked may or may not have been done."""


class Wire:
    """One keep-alive connection; asks one thing at a time and opens again by itself."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._line: _Line | None = None

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and decoded answer. Raises LineCut."""
        head, answer = await self.send(self.request(method, path, "" if body is None else json.dumps(body)))
        try:
            return int(head[9:12]), json.loads(answer) if answer else None
        except ValueError as error:
            self.close()
            raise LineCut(str(error)) from error

    def request(self, method: str, path: str, body: str) -> bytes:
        """As it goes over the wire; `body` is ASCII."""
        return f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n{body}".encode("ascii")

    async def send(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer to a whole request. Raises LineCut."""
        try:
            if self._line is None or self._line.cut:
                self._line = await self._open()
            return await self._line.exchange(request)
        except (OSError, TimeoutError, ValueError) as error:
            self.close()
            raise LineCut(str(error)) from error
        except asyncio.CancelledError:
            self.close()
            raise

    async def _open(self) -> "_Line":
        async with asyncio.timeout(TIMEOUT_S):
            _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", self._port)
        return line

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


class _Line(asyncio.Protocol):
    def __init__(self) -> None:
        self.cut = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None
        self._read = b""

    async def exchange(self, request: bytes) -> tuple[bytes, bytes]:
        assert self._transport is not None
        self._answer = self._loop.create_future()
        self._transport.write(request)
        late = self._loop.call_later(TIMEOUT_S, self._fail, TimeoutError("no answer in time"))
        try:
            return await self._answer
        finally:
            late.cancel()

    def close(self) -> None:
        self.cut = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.cut = True
        self._fail(exc if isinstance(exc, OSError) else ConnectionResetError("the server closed the line"))

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(_END)
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._read = b""
        if _CLOSES.search(head):
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((head, body))

    def _fail(self, error: OSError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
