"""Many callers at one hall while its server is killed: who was told what, and whether all of it holds together.

The checker reads the callers' own history and never asks the server (as Jepsen's `unique-ids` and `set` checkers do).
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from server.demo.wire import LineCut, Wire

AGAIN_S = 0.02
STATIONS = 16
"""Callers that issue, and as many counters that call."""
HALL_HOLDS = 200
"""Customers waiting at once; more would measure a crowd that no hall has."""
PATIENCE_S = 90.0
"""When so long nobody was told anything new, something is lost and the storm ends, for the checker to say what."""


@dataclass(slots=True)
class Told:
    """What the callers were told; only acknowledged answers stand here."""

    numbers: dict[str, str] = field(default_factory=dict)
    """Ticket id -> number."""
    called_at: dict[str, set[int]] = field(default_factory=dict)
    """Ticket id -> counters that were given it."""
    cuts: int = 0
    surprises: list[str] = field(default_factory=list)


def check(told: Told, wanted: int) -> list[str]:
    """Every way in which the history breaks a promise; empty when all holds."""
    twice = [number for number, n in Counter(told.numbers.values()).items() if n > 1]
    problems = [f"number {number} was given twice" for number in sorted(twice)]
    problems += [
        f"{told.numbers.get(ticket, ticket)} was called at {sorted(counters)}"
        for ticket, counters in told.called_at.items()
        if len(counters) > 1
    ]
    lost = set(told.numbers) - set(told.called_at)
    problems += [f"{told.numbers[ticket]} was acknowledged and never called" for ticket in sorted(lost)]
    strangers = set(told.called_at) - set(told.numbers)
    problems += [f"ticket {ticket} was called and never acknowledged" for ticket in sorted(strangers)]
    if len(told.numbers) != wanted:
        problems.append(f"{wanted} tickets were asked for, {len(told.numbers)} acknowledged")
    return problems + told.surprises


@dataclass(frozen=True, slots=True)
class Keys:
    """Tokens of the callers: one kiosk, and a clerk's session at each counter."""

    kiosk: str
    sign_in: Callable[[int], Awaitable[str]]
    """Counter -> a fresh session token; sessions survive the server, so it is asked once."""


class Storm:
    """`tickets` issued and called by 32 callers, each act repeated with its own id until it is answered."""

    def __init__(self, port: int, branch: str, keys: Keys, services: list[str], tickets: int, seed: int) -> None:
        self._port = port
        self._root = f"/api/v1/branches/{branch}"
        self._keys = keys
        self._services = services
        self._tickets = tickets
        self._dice = random.Random(seed)
        self._serial = itertools.count(1)
        self._run_id = f"{seed:08x}"
        self._progress = (0, 0)
        self._progress_at = 0.0
        self.told = Told()

    async def run(self) -> Told:
        share, rest = divmod(self._tickets, STATIONS)
        issuers = [self._issue(share + (n < rest)) for n in range(STATIONS)]
        clerks = [self._call(counter) for counter in range(1, STATIONS + 1)]
        await asyncio.gather(*issuers, *clerks)
        return self.told

    def _stuck(self) -> bool:
        progress, now = (len(self.told.numbers), len(self.told.called_at)), asyncio.get_running_loop().time()
        if progress != self._progress or not self._progress_at:
            self._progress, self._progress_at = progress, now
        return now - self._progress_at > PATIENCE_S

    async def _issue(self, count: int) -> None:
        wire = Wire(self._port, self._keys.kiosk)
        for _ in range(count):
            while len(self.told.numbers) - len(self.told.called_at) >= HALL_HOLDS and not self._stuck():
                await asyncio.sleep(AGAIN_S)
            service = self._dice.choice(self._services)
            answer = await self._until_answered(wire, "/tickets", {"services": [service]}, 201)
            if answer is not None:
                ticket, number = answer["id"], answer["number"]
                if self.told.numbers.setdefault(ticket, number) != number:
                    self.told.surprises.append(f"ticket {ticket} was told as {number} too")
        wire.close()

    async def _call(self, counter: int) -> None:
        wire = Wire(self._port, await self._keys.sign_in(counter))
        acts = f"/counters/{counter}"
        await self._until_answered(wire, f"{acts}/open", {}, 200)
        body: dict[str, Any] = {"expect": None}
        while len(self.told.called_at) < self._tickets and not self._stuck():
            desk = await self._until_answered(wire, f"{acts}/next", body, 200)
            if desk is None:
                await asyncio.sleep(AGAIN_S)
                body = {"expect": None}
                continue
            body = await self._serve(wire, acts, counter, desk)
        wire.close()

    async def _serve(self, wire: Wire, acts: str, counter: int, desk: dict[str, Any]) -> dict[str, Any]:
        """Takes the called customer on; -> the body that will finish and call the next."""
        current = desk["current"]
        if current is None:
            return {"expect": None}
        ticket = current["ticket"]
        self.told.called_at.setdefault(ticket, set()).add(counter)
        await self._until_answered(wire, f"{acts}/start", {"ticket": ticket}, 200)
        return {"expect": ticket, "record": {"service_done": current["service"], "outcome": "done"}}

    async def _until_answered(self, wire: Wire, path: str, body: dict[str, Any], wanted: int) -> Any:
        """None when the hall has nobody to call; any other refusal is written down."""
        request = {**body, "request_id": f"{self._run_id}-{next(self._serial)}"}
        while True:
            try:
                status, answer = await wire.ask("POST", self._root + path, request)
            except LineCut:
                self.told.cuts += 1
                if self._stuck():
                    self.told.surprises.append(f"{path}: no answer any more")
                    return None
                await asyncio.sleep(AGAIN_S)
                continue
            if status == wanted:
                return answer
            if status == 503:
                await asyncio.sleep(AGAIN_S)
                continue
            if answer["code"] != "nobody-waiting":
                self.told.surprises.append(f"{path}: {status} {answer['code']} {answer['detail']}")
            return None
