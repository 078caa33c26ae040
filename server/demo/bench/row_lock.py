"""The usual way to give numbers out, kept to compare with: one transaction an act, a row lock on the next number.

As small as can be that still promises the same: durable before it answers, the same answer to the same request id, no
number twice. It keeps no queue, no journal and no tables for anybody else.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.demo.bench.hall import BenchHall
from server.demo.children import Child
from server.demo.programs import READY_S, NotReady
from server.demo.stage import free_port

CONNECTIONS = 16
PATH = "/tickets"
TABLES = """
CREATE SCHEMA row_lock;
CREATE TABLE row_lock.series (id text PRIMARY KEY, next integer NOT NULL);
CREATE TABLE row_lock.tickets (
    request_id text PRIMARY KEY, series text, number integer, service text, answer text, UNIQUE (series, number)
);
INSERT INTO row_lock.series VALUES ('A', 1);
"""

Connection = psycopg.AsyncConnection[tuple[str]]


class Office:
    """Gives numbers of one series out."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: asyncio.Queue[Connection] = asyncio.Queue()

    @asynccontextmanager
    async def open(self, _app: Starlette) -> AsyncIterator[None]:
        connections = [await psycopg.AsyncConnection.connect(self._url, autocommit=True) for _ in range(CONNECTIONS)]
        await connections[0].execute(TABLES)
        for connection in connections:
            self._free.put_nowait(connection)
        yield
        for connection in connections:
            await connection.close()

    async def issue(self, request: Request) -> Response:
        asked = await request.json()
        connection = await self._free.get()
        try:
            answer = await _given(connection, asked["request_id"], asked["services"][0])
        finally:
            self._free.put_nowait(connection)
        return Response(answer, 201, media_type="application/json")


async def _given(connection: Connection, request_id: str, service: str) -> str:
    known = "SELECT answer FROM row_lock.tickets WHERE request_id = %s"
    async with connection.transaction():
        before = await (await connection.execute(known, (request_id,))).fetchone()
        if before is not None:
            return before[0]
        locked = await connection.execute("SELECT next FROM row_lock.series WHERE id = 'A' FOR UPDATE")
        (number,) = await locked.fetchone() or ("",)
        answer = json.dumps({"number": f"A{number:03}", "service": service})
        await connection.execute("UPDATE row_lock.series SET next = next + 1 WHERE id = 'A'")
        ticket = (request_id, number, service, answer)
        await connection.execute("INSERT INTO row_lock.tickets VALUES (%s, 'A', %s, %s, %s)", ticket)
    return answer


def start_row_lock(hall: BenchHall, database_url: str) -> int:
    """Runs beside the hall's programs and ends with them; -> its port. Raises NotReady."""
    port, url = free_port(), database_url.replace("+psycopg", "")
    command = [sys.executable, "-m", __name__, url, str(port)]
    child = hall.household.add(Child("row-lock", command, {}, hall.stage.home / "logs"))
    until = time.monotonic() + READY_S
    while child.alive and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return port
        time.sleep(0.05)
    raise NotReady(f"the row lock's server did not open; see {child.log_dir}")


def main(url: str, port: int) -> None:
    office = Office(url)
    app = Starlette(routes=[Route(PATH, office.issue, methods=["POST"])], lifespan=office.open)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
