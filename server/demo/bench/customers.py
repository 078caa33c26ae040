"""One kiosk, one clerk and the manager of a hall, and what their acts cost its server."""

import asyncio
import itertools
import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.request import Request, urlopen

from server.demo.bench.hall import BenchHall
from server.demo.siege import SERVICES, sign_in
from server.demo.stage import MANAGER
from server.demo.wire import Wire
from server.entrypoints.who_may import SESSION_COOKIE


class Customers:
    """Asks one thing at a time."""

    def __init__(self, hall: BenchHall) -> None:
        self._hall = hall
        self._counter = hall.stage.badges[-1].counter
        self._serial = itertools.count(1)
        self._services = itertools.cycle(SERVICES)
        self._finished: dict[str, Any] = {}
        self.spent_s: dict[str, list[float]] = {}
        """Seconds of the server's processor for one act, by kind, in each round."""

    async def come(self) -> None:
        stage = self._hall.stage
        port = stage.settings.port
        self._kiosk = Wire(port, stage.tokens["kiosk-1"])
        self._clerk = Wire(port, await sign_in(stage, self._counter))
        self._manager = Wire(port, await asyncio.to_thread(self._managers_key))
        await self._serve(await self._post(self._clerk, f"/counters/{self._counter}/open", {}))

    def go(self) -> None:
        """They may come again: a line that has rested is opened anew."""
        for wire in (self._kiosk, self._clerk, self._manager):
            wire.close()

    async def act(self, times: int) -> None:
        """So many numbers given, as many customers called, the board looked at as often."""
        for name, once in (("issue", self._issue), ("next", self._next), ("board", self._look)):
            self.go()
            before = self._hall.server_cpu_s()
            for _ in range(times):
                await once()
            self.spent_s.setdefault(name, []).append((self._hall.server_cpu_s() - before) / times)

    async def _issue(self) -> None:
        await self._post(self._kiosk, "/tickets", {"services": [next(self._services)]})

    async def _next(self) -> None:
        """Finishes one customer, calls and starts the next."""
        await self._serve(await self._post(self._clerk, f"/counters/{self._counter}/next", self._finished))

    async def _look(self) -> None:
        await self._ask(self._manager, "GET", "/board", None)

    async def _serve(self, desk: dict[str, Any]) -> None:
        current = desk["current"]
        if current is None:
            self._finished = {"expect": None}
            return
        if current["state"] == "called":
            await self._post(self._clerk, f"/counters/{self._counter}/start", {"ticket": current["ticket"]})
        record = {"service_done": current["service"], "outcome": "done"}
        self._finished = {"expect": current["ticket"], "record": record}

    async def _post(self, wire: Wire, path: str, body: dict[str, Any]) -> Any:
        return await self._ask(wire, "POST", path, body | {"request_id": f"bench-{next(self._serial):08}"})

    async def _ask(self, wire: Wire, method: str, path: str, body: dict[str, Any] | None) -> Any:
        status, answer = await wire.ask(method, self._hall.root + path, body)
        if status not in {200, 201}:
            raise RuntimeError(f"the hall answered {status}: {answer}")
        return answer

    def _managers_key(self) -> str:
        stage = self._hall.stage
        said = json.dumps({"staff": MANAGER, "secret": stage.manager_password}).encode()
        wanted = Request(f"{stage.url}/api/v1/login", said, {"Content-Type": "application/json"})  # noqa: S310 -- our own
        with urlopen(wanted, timeout=10) as answer:  # noqa: S310 -- an address of our own
            return SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE].value
