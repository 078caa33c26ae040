"""Two real servers on one journal under a storm of callers, killed -9 at random moments and started again."""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from server.demo.checker import check
from server.demo.children import Child, Household
from server.demo.programs import READY_S
from server.demo.stage import Stage, free_port, set_stage
from server.demo.storm import AGAIN_S, STATIONS, Keys, Storm
from server.demo.told import Chronicle
from server.demo.wire import LineCut, Wire

SERVICES = ["pay", "new", "con", "ent"]
"""One of each series."""
LAST_NUMBER = 9000
A_DAY = 2000
"""Customers of one business day; as many as a hall has at most."""
PATIENCE = {"calling": {"no_show_after_s": 0}}
"""A customer may be given up at once."""
SERVERS = ("server", "rival")
RAID_EVERY = 50
"""Customers, between two times that a third of the callers turn to the other server."""
FIRST_MORNING = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""Half past eight in the hall."""


class Rival(StrEnum):
    """What the second server on the journal is."""

    STANDBY = "standby"
    """It waits for the branch's lock and takes over at each kill."""
    LOCKLESS = "lockless"
    """It has been robbed of its lock, as is the first: both write, and only the journal's key keeps them apart."""


PROGRAMS = {Rival.STANDBY: ("server", "server"), Rival.LOCKLESS: ("server.demo.mortal",)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a siege consists of."""

    tickets: int
    kills: int
    seed: int
    rivals: tuple[Rival, ...] = tuple(Rival)
    """In turn, one a business day."""
    database_url: str = ""
    """An empty database; without it SQLite in the siege's own directory."""
    a_day: int = A_DAY

    @property
    def days(self) -> list[int]:
        """Tickets of each business day."""
        whole, rest = divmod(self.tickets, self.a_day)
        return [self.a_day] * whole + [rest] * (rest > 0)


@dataclass(frozen=True, slots=True)
class Siege:
    chronicle: Chronicle
    problems: list[str]
    kills: int
    seconds: float


def besiege(
    config_dir: Path, home: Path, plan: Plan, report: Callable[[str], None] = lambda _: None
) -> tuple[Siege, Stage]:
    """The stage is left as it stood at the end, for `verify`; `report` hears of each day."""
    stage = set_stage(
        config_dir,
        home,
        speed=1,
        start=FIRST_MORNING,
        erlangs=STATIONS / 1.15,
        last_number=LAST_NUMBER,
        rules=PATIENCE,
        database_url=plan.database_url,
    )
    household = Household()
    try:
        return asyncio.run(_Besieging(stage, household, plan, report).run()), stage
    finally:
        household.close()


class _Besieging:
    def __init__(self, stage: Stage, household: Household, plan: Plan, report: Callable[[str], None]) -> None:
        self._stage = stage
        self._household = household
        self._plan = plan
        self._report = report
        self._dice = random.Random(plan.seed)
        self._ports = [stage.settings.port, free_port()]
        self._sessions: dict[int, str] = {}
        self._kills = 0
        for name, port in zip(SERVERS, self._ports, strict=True):
            household.children[name] = Child(name, (), self._environment(port, 0), stage.home / "logs")

    async def run(self) -> Siege:
        plan, stage, began = self._plan, self._stage, time.monotonic()
        keys = Keys(stage.tokens["kiosk-1"], self._session)
        storm = Storm(self._ports, stage.settings.branch, keys, SERVICES, plan.seed)
        troubles = asyncio.create_task(self._troubles(storm))
        for day, tickets in enumerate(plan.days):
            rival = plan.rivals[day % len(plan.rivals)]
            await self._morning(day, rival)
            storm.lockless = rival is Rival.LOCKLESS
            await storm.run(day, tickets)
            self._report(self._so_far(day, storm.chronicle, time.monotonic() - began))
        await troubles
        storm.close()
        problems = check(storm.chronicle.lines, stage.settings.hall)
        return Siege(storm.chronicle, problems, self._kills, time.monotonic() - began)

    async def _morning(self, day: int, rival: Rival) -> None:
        """Both servers die over night; the hall's clock shows the next morning when they are back."""
        for name, port in zip(SERVERS, self._ports, strict=True):
            child = self._household.children[name]
            child.command = [sys.executable, "-m", *PROGRAMS[rival]]
            child.environment = self._environment(port, day)
            await asyncio.to_thread(restart, child)
        async with asyncio.timeout(READY_S):
            while not await self._kept():
                await asyncio.sleep(AGAIN_S)

    async def _kept(self) -> bool:
        """Whether one of the servers keeps the branch."""
        for port in self._ports:
            wire = Wire(port, "")
            try:
                status, _ = await wire.ask("GET", "/healthz")
            except LineCut:
                continue
            finally:
                wire.close()
            if status == 200:
                return True
        return False

    def _environment(self, port: int, day: int) -> Mapping[str, str]:
        return {
            **self._stage.environment,
            "HALL_PORT": str(port),
            "HALL_BROKER": "none",
            "HALL_CLOCK_START": (FIRST_MORNING + timedelta(days=day)).isoformat(),
            "HALL_CLOCK_EPOCH": f"{time.time():.3f}",
        }

    async def _troubles(self, storm: Storm) -> None:
        """Kills and raids at random points of progress, so that the pace of the machine does not matter."""
        tickets, kills = self._plan.tickets, self._plan.kills
        troubles = [(self._dice.uniform(0.02, 0.98) * tickets, self._kill) for _ in range(kills)]
        troubles += [(self._dice.uniform(0.02, 0.98) * tickets, self._raid) for _ in range(tickets // RAID_EVERY)]
        for at, strike in sorted(troubles, key=lambda trouble: trouble[0]):
            while len(storm.chronicle.over) < at and not storm.stuck():
                await asyncio.sleep(AGAIN_S)
            await strike(storm)

    async def _kill(self, storm: Storm) -> None:
        """The one that most callers speak to."""
        await asyncio.to_thread(restart, self._household.children[SERVERS[storm.favourite()]])
        self._kills += 1

    async def _raid(self, storm: Storm) -> None:
        storm.raid(self._dice)

    def _so_far(self, day: int, chronicle: Chronicle, seconds: float) -> str:
        return (
            f"day {day + 1}: {len(chronicle.over)} customers served, {self._kills} kills, {chronicle.cuts} lines cut, "
            f"{chronicle.fenced} askings at a server that does not keep the branch, {seconds:.0f} s"
        )

    async def _session(self, counter: int) -> str:
        """A clerk signs in once; sessions survive the servers."""
        if counter not in self._sessions:
            self._sessions[counter] = await sign_in(self._stage, counter)
        return self._sessions[counter]


def restart(child: Child) -> None:
    """Killed -9, if it runs, and started again at once."""
    child.kill()
    if child.process is not None:
        child.process.wait()
    child.start()


async def sign_in(stage: Stage, counter: int) -> str:
    """A clerk's session token at an enrolled counter."""
    badge = next(badge for badge in stage.badges if badge.counter == counter)
    wire = Wire(stage.settings.port, stage.tokens[f"counter-{counter}"])
    said = {"staff": badge.staff, "secret": badge.pin, "counter": counter}
    while True:
        try:
            status, answer = await wire.ask("POST", "/api/v1/login", said)
        except LineCut:
            status = 0
        if status == 200:
            wire.close()
            return str(answer["token"])
        await asyncio.sleep(0.05)
