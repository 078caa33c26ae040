"""A real server process under a storm of callers, killed -9 at random moments and started again."""

import asyncio
import os
import random
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from server.demo.children import Household
from server.demo.programs import open_server
from server.demo.stage import Stage, set_stage
from server.demo.storm import STATIONS, Keys, Storm, Told, check
from server.demo.wire import LineCut, Wire

SERVICES = ["pay", "new", "con", "ent"]
"""One of each series, so that ten thousand numbers are to be had."""
LAST_NUMBER = 9000


@dataclass(frozen=True, slots=True)
class Siege:
    told: Told
    problems: list[str]
    kills: int
    seconds: float


def besiege(config_dir: Path, home: Path, *, tickets: int, kills: int, seed: int) -> tuple[Siege, Stage]:
    """The stage is left as it stood at the end, for `verify`."""
    stage = set_stage(
        config_dir, home, speed=1, start=datetime.now(UTC), erlangs=STATIONS / 1.15, last_number=LAST_NUMBER
    )
    household = Household()
    try:
        open_server(stage, household)
        return asyncio.run(_storm(stage, household, tickets, kills, seed)), stage
    finally:
        household.close()


async def _storm(stage: Stage, household: Household, tickets: int, kills: int, seed: int) -> Siege:
    keys = Keys(stage.tokens["kiosk-1"], lambda counter: sign_in(stage, counter))
    storm = Storm(stage.settings.port, stage.settings.branch, keys, SERVICES, tickets, seed)
    began = asyncio.get_running_loop().time()
    killer = asyncio.create_task(_kill(storm, household, tickets, kills, random.Random(seed)))
    told = await storm.run()
    killed = await killer
    return Siege(told, check(told, tickets), killed, asyncio.get_running_loop().time() - began)


async def _kill(storm: Storm, household: Household, tickets: int, kills: int, dice: random.Random) -> int:
    """Kills at random points of progress, so that the pace of the machine does not matter."""
    points = sorted(dice.uniform(0.05, 0.95) * tickets for _ in range(kills))
    for point in points:
        while len(storm.told.called_at) < point:
            await asyncio.sleep(0.01)
        server = household.children["server"].process
        if server is not None:
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.to_thread(server.wait)
            household.children["server"].start()
    return kills


async def sign_in(stage: Stage, counter: int) -> str:
    """A clerk's session token at an enrolled counter."""
    badge = next(badge for badge in stage.badges if badge.counter == counter)
    wire = Wire(stage.settings.port, stage.tokens[f"counter-{counter}"])
    while True:
        try:
            status, answer = await wire.ask(
                "POST", "/api/v1/login", {"staff": badge.staff, "secret": badge.pin, "counter": counter}
            )
        except LineCut:
            await asyncio.sleep(0.05)
            continue
        if status == 200:
            wire.close()
            return str(answer["token"])
        await asyncio.sleep(0.05)
