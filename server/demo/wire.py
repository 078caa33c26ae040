"""A bare HTTP/1.1 line for load: so light that a measurement shows the server and not its caller."""

import asyncio
import json
from typing import Any

TIMEOUT_S = 5.0


class LineCut(Exception):
    """No answer: refused, reset or silent. What was asked may or may not have been done."""


class Wire:
    """One keep-alive connection; asks one thing at a time and opens again by itself."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and decoded answer. Raises LineCut."""
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(data)}\r\n\r\n".encode() + data
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._exchange(request)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise LineCut(str(error)) from error

    async def _exchange(self, request: bytes) -> tuple[int, Any]:
        if self._writer is None or self._reader is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        answer = await self._reader.readexactly(length)
        if b"connection: close" in head:
            self.close()
        return status, json.loads(answer) if answer else None

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
