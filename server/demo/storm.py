"""Many callers at one hall while its servers are killed: sixteen that issue, sixteen counters that call and serve.

Each act is asked again under its own id, of whichever server answers, until it is answered; all is written down.
"""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from server.demo import told
from server.demo.told import Chronicle, Ended, Told
from server.demo.wire import LineCut, Wire
from server.domain.vocabulary import CustomerClass, HoldReason

AGAIN_S = 0.02
STATIONS = 16
"""Callers that issue, and as many counters that call."""
HALL_HOLDS = 40
"""Customers in the hall at once; more would measure a crowd that no hall has."""
PATIENCE_S = 90.0
"""When so long nobody was told anything new, something is lost and the storm ends, for the checker to say what."""
MAY_BE_STALE = 20
"""Times that an act on something unknown is asked again where a server without a lock may not have heard of it yet."""
CLASSES = (CustomerClass.NORMAL, CustomerClass.NORMAL, CustomerClass.NORMAL, CustomerClass.ELDER)
UNUSUAL = 0.15
"""Share of customers with whom something else happens than being called, served and let go."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Tokens of the callers: one kiosk, and a clerk's session at each counter."""

    kiosk: str
    sign_in: Callable[[int], Awaitable[str]]
    """Counter -> a fresh session token; sessions survive the server, so it is asked once."""


class Line:
    """One caller's way to the hall: turns to the other server when its own is cut off or does not keep the branch."""

    def __init__(self, ports: Sequence[int], token: str) -> None:
        self._wires = [Wire(port, token) for port in ports]
        self.now = 0
        """Which of the servers it speaks to."""

    def turn(self) -> None:
        self.now = (self.now + 1) % len(self._wires)

    async def ask(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        return await self._wires[self.now].ask("POST", path, body)

    def close(self) -> None:
        for wire in self._wires:
            wire.close()


@dataclass(slots=True)
class Storm:
    """`lockless`: a server may think that it keeps the branch when it does not, and show what was so before."""

    ports: Sequence[int]
    branch: str
    keys: Keys
    services: Sequence[str]
    seed: int
    lockless: bool = False
    chronicle: Chronicle = field(default_factory=Chronicle)
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lines: list[Line] = field(default_factory=list)
    _progress: int = 0
    _progress_s: float = field(default_factory=monotonic)

    async def run(self, day: int, tickets: int) -> None:
        """One business day; at its end nobody is left in the hall."""
        share, rest = divmod(tickets, STATIONS)
        dice = [random.Random(f"{self.seed} {day} {n}") for n in range(2 * STATIONS)]
        issuers = [Issuer(self, day, dice.pop()).issue(share + (n < rest)) for n in range(STATIONS)]
        until = len(self.chronicle.over) + tickets
        clerks = [Clerk(self, day, counter, dice.pop()).work(until) for counter in range(1, STATIONS + 1)]
        await asyncio.gather(*issuers, *clerks)

    def line(self, token: str) -> Line:
        line = Line(self.ports, token)
        self._lines.append(line)
        return line

    def raid(self, dice: random.Random) -> None:
        """A third of the callers turn to the other server, as if it were the hall's."""
        for line in dice.sample(self._lines, len(self._lines) // 3):
            line.turn()

    def favourite(self) -> int:
        """The server that most callers speak to, by its place among `ports`."""
        now = [line.now for line in self._lines]
        return max(set(now), key=now.count, default=0)

    def close(self) -> None:
        for line in self._lines:
            line.close()

    def stuck(self) -> bool:
        if self.chronicle.acknowledged != self._progress:
            self._progress, self._progress_s = self.chronicle.acknowledged, monotonic()
        return monotonic() - self._progress_s > PATIENCE_S

    async def asked(self, line: Line, act: str, path: str, body: Mapping[str, Any], **known: Any) -> Any:
        """The answer, or None when it was refused or never came; what was told is written down by `heard`."""
        request = {**body, "request_id": f"{self.seed:08x}-{next(self._serial)}"}
        address, asked_s, stale = f"/api/v1/branches/{self.branch}{path}", monotonic(), 0
        for tries in itertools.count(1):
            try:
                status, answer = await line.ask(address, request)
            except LineCut:
                self.chronicle.cuts += 1
                status, answer = 503, {"code": "line-cut"}
            if status < 300:
                self.chronicle.add(Told(act, asked_s, monotonic(), tries=tries, **known, **heard(act, answer)))
                return answer
            unsure = self.lockless and answer["code"] == "not-found" and stale < MAY_BE_STALE
            if status not in (401, 503) and not unsure:
                self.chronicle.add(Told(act, asked_s, monotonic(), Ended.REFUSED, tries, answer["code"], **known))
                return None
            if self.stuck():
                self.chronicle.add(Told(act, asked_s, float("inf"), Ended.UNKNOWN, tries, answer["code"], **known))
                return None
            stale += status not in (401, 503)
            await self._again(line, status, answer["code"])
        raise AssertionError

    async def _again(self, line: Line, status: int, code: str) -> None:
        """To the other server, unless this one only has to learn of the caller or is full."""
        if code == "not-owner":
            self.chronicle.fenced += 1
        if status != 401 and code != "busy":
            line.turn()
        await asyncio.sleep(AGAIN_S)


def heard(act: str, answer: Any) -> dict[str, Any]:
    """What the checker needs of an answer."""
    if act == told.RATE:
        return {"why": answer["fate"], "window": answer["window"]}
    rev = answer["stamp"]["rev"]
    if act == told.ISSUE:
        return {
            "rev": rev,
            "ticket": answer["id"],
            "number": answer["number"],
            "service": answer["service"],
            "customer_class": CustomerClass(answer["customer_class"]),
            "at_s": _seconds(answer["issued_at"]),
        }
    current = answer.get("current")
    if act == told.NEXT and current is not None:
        return {
            "rev": rev,
            "ticket": current["ticket"],
            "number": current["number"],
            "at_s": _seconds(current["called_at"]),
        }
    return {"rev": rev}


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


class Issuer:
    """Customers at a kiosk, one after the other."""

    def __init__(self, storm: Storm, day: int, dice: random.Random) -> None:
        self._storm = storm
        self._day = day
        self._dice = dice
        self._line = storm.line(storm.keys.kiosk)

    async def issue(self, count: int) -> None:
        for _ in range(count):
            while self._storm.chronicle.open >= HALL_HOLDS and not self._storm.stuck():
                await asyncio.sleep(AGAIN_S)
            wish = {
                "services": [self._dice.choice(self._storm.services)],
                "customer_class": self._dice.choice(CLASSES).value,
            }
            await self._storm.asked(self._line, told.ISSUE, "/tickets", wish, day=self._day)


class Clerk:
    """Calls and serves until the day's customers are through; now and then something unusual happens."""

    def __init__(self, storm: Storm, day: int, counter: int, dice: random.Random) -> None:
        self._storm = storm
        self._day = day
        self._counter = counter
        self._dice = dice
        self._line = storm.line("")
        self._pad = storm.line(storm.keys.kiosk)
        self._serving: dict[str, Any] | None = None
        """The customer whom the next call will let go."""

    async def work(self, until: int) -> None:
        self._line = self._storm.line(await self._storm.keys.sign_in(self._counter))
        await self._storm.asked(self._line, "open", f"/counters/{self._counter}/open", {})
        while len(self._storm.chronicle.over) < until and not self._storm.stuck():
            called = await self._next()
            if called is None:
                await self._let_go()
                await asyncio.sleep(AGAIN_S)
            elif self._dice.random() < UNUSUAL:
                await self._dice.choice((self._missed, self._held, self._sent_on, self._again, self._rated))(called)
            else:
                await self._served(called)
        await self._let_go()

    async def _act(self, act: str, body: Mapping[str, Any], **known: Any) -> Any:
        path, fixed = f"/counters/{self._counter}/{act}", {"counter": self._counter, "day": self._day}
        return await self._storm.asked(self._line, act, path, body, **fixed, **known)

    async def _on(self, act: str, ticket: str, **body: Any) -> Any:
        return await self._act(act, {"ticket": ticket, **body}, ticket=ticket)

    async def _next(self) -> dict[str, Any] | None:
        leaving, self._serving = self._serving, None
        body: dict[str, Any] = {"expect": None}
        if leaving is not None:
            body = {"expect": leaving["ticket"], "record": _record(leaving)}
        desk = await self._act(told.NEXT, body, finished=leaving["ticket"] if leaving else "")
        if desk is None:
            return None
        if desk["waiting"] and self._dice.random() < UNUSUAL / 5:
            await self._cancelled(self._dice.choice(desk["waiting"])["ticket"])
        current: dict[str, Any] | None = desk["current"]
        return current

    async def _served(self, called: dict[str, Any]) -> None:
        if await self._on(told.START, called["ticket"]) is not None:
            self._serving = called

    async def _let_go(self) -> Any:
        leaving, self._serving = self._serving, None
        return await self._on(told.FINISH, leaving["ticket"], record=_record(leaving)) if leaving else None

    async def _cancelled(self, ticket: str) -> None:
        await self._storm.asked(self._line, told.CANCEL, f"/tickets/{ticket}/cancel", {}, ticket=ticket, day=self._day)

    async def _missed(self, called: dict[str, Any]) -> None:
        if await self._on(told.NO_SHOW, called["ticket"]) is not None:
            await self._on(told.REVIVE, called["ticket"])

    async def _held(self, called: dict[str, Any]) -> None:
        await self._on(told.START, called["ticket"])
        if await self._on(told.HOLD, called["ticket"], reason=HoldReason.DOCUMENTS.value, minutes=30) is not None:
            await self._on(told.REVIVE, called["ticket"])

    async def _sent_on(self, called: dict[str, Any]) -> None:
        await self._on(told.START, called["ticket"])
        service = self._dice.choice(self._storm.services)
        wish = {"ticket": called["ticket"], "service": service, "note": "storm"}
        await self._act(told.TRANSFER, wish, ticket=called["ticket"], service=service)

    async def _again(self, called: dict[str, Any]) -> None:
        await self._on(told.RECALL, called["ticket"])
        await self._served(called)

    async def _rated(self, called: dict[str, Any]) -> None:
        """Twice at once, from two places: one of them counts."""
        await self._served(called)
        desk = await self._let_go()
        if desk is not None and desk["rating"] is not None:
            window = desk["rating"]["window"]
            for score in (5, 1):
                await self._storm.asked(self._pad, told.RATE, "/ratings", {"window": window, "score": score})


def _record(leaving: Mapping[str, Any]) -> dict[str, str]:
    return {"service_done": leaving["service"], "outcome": "done"}
