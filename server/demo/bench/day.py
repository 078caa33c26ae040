"""Goals 4, 11, 12 and 15: what a long day costs: an act, memory, rest, verifying, and coming back after a kill."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from server.adapters.clock import HallTime
from server.adapters.database import open_engine
from server.adapters.verify import inspect
from server.demo.bench.customers import Customers
from server.demo.bench.figures import Figure, at_least, at_most
from server.demo.bench.hall import BenchHall, Ground, bench_hall
from server.demo.bench.past import HALL_HOLDS, keeper_of, live
from server.demo.stage import Stage
from server.demo.wire import LineCut, Wire

MEMORY_DISK = Path("/dev/shm")  # noqa: S108 -- a directory of our own is made in it
FEW, MANY, CROWD, AFTER_KILL = 100, 20_000, 3_000, 5_000
BUSY = 14
"""Erlangs: most counters serve everything, so that nobody is left waiting for the one that can."""
ROUNDS, ACTS = 5, 200
US, MS, MB = 1e6, 1e3, 1e6
COMES_BACK_S = 60.0


def long_day(ground: Ground) -> list[Figure]:
    """Goals 4, 12 and 15: halls at the same counters, of which one has seen a hundred times the tickets."""
    acts = ground.amount(ACTS, 3)
    many = ground.amount(MANY, 60) - ROUNDS * acts
    in_memory = replace(ground, directory=MEMORY_DISK if MEMORY_DISK.is_dir() else ground.directory)
    days: dict[str, Callable[[Stage], None]] = {
        "short": partial(live, tickets=ground.amount(FEW, 50)),
        "long": partial(live, tickets=max(many, HALL_HOLDS)),
        "crowded": partial(live, tickets=ground.amount(CROWD + FEW, 60), waiting=ground.amount(CROWD, 50)),
    }
    with ExitStack() as stack:
        halls = {
            name: stack.enter_context(bench_hall(in_memory, erlangs=BUSY, past=past)) for name, past in days.items()
        }
        spent = asyncio.run(_interleaved(halls, acts))
        long = halls["long"]
        rest = _at_rest(long, ground.amount(10, 1))
        memory = long.server_memory()
        verified = _verified(long.stage)
    return [
        *(_ratio(act, *(median(spent[name][act]) * US for name in days)) for act in spent["long"]),
        at_most(12, f"server of an idle hall, {MANY} tickets in the day, % of one processor", rest * 100, 3),
        at_most(12, f"server memory, {MANY} tickets in the day, MB", memory / MB, 150),
        verified,
    ]


async def _interleaved(halls: dict[str, BenchHall], acts: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of the server's processor for one act of each kind, by hall, in each round."""
    customers = {name: Customers(hall) for name, hall in halls.items()}
    for each in customers.values():
        await each.come()
    for _ in range(ROUNDS):
        for each in customers.values():
            await each.act(acts)
    for each in customers.values():
        each.go()
    return {name: each.spent_s for name, each in customers.items()}


def _ratio(act: str, short: float, long: float, crowded: float) -> Figure:
    seen = f"{long:.0f} µs and {short:.0f} µs; {crowded:.0f} µs with {CROWD} waiting"
    return at_most(4, f"processor time of {act}, a day of {MANY} tickets to one of {FEW}", long / short, 1.1, seen)


def _at_rest(hall: BenchHall, seconds: float) -> float:
    """Share of one processor, a moment after the last act."""
    time.sleep(1)
    before = hall.server_cpu_s()
    time.sleep(seconds)
    return (hall.server_cpu_s() - before) / seconds


def _verified(stage: Stage) -> Figure:
    engine = open_engine(stage.settings.database_url)
    try:
        report = inspect(engine, stage.settings.branch)
    finally:
        engine.dispose()
    seen = f"{report.events} events of one day in {report.seconds:.2f} s, {len(report.findings)} findings"
    return at_least(15, "hall verify: events a second", report.events / report.seconds, 20_000, seen)


def after_a_kill(ground: Ground) -> list[Figure]:
    """Goal 11: killed -9 in the middle of a day and started again at once."""
    tickets, times = ground.amount(AFTER_KILL, 50), ground.amount(5, 1)
    with bench_hall(ground, erlangs=BUSY, past=partial(live, tickets=tickets)) as hall:
        backs = [asyncio.run(_killed(hall)) for _ in range(times)]
        _kill(hall)
        replayed, worked_replaying, events = _replayed(hall.stage)
    imports = median([_imports() for _ in range(times)])
    back, worked = (median(each) for each in zip(*backs, strict=True))
    words = f"{worked:.2f} s of processor time; an interpreter that only imports the server takes {imports:.2f} s"
    seen = f"day of {tickets} tickets, {events} events, {worked_replaying:.2f} s of processor time"
    return [
        at_most(11, "from exec to the first answer after a kill -9, s", back, 2.5, words),
        at_most(11, "replay alone, s", replayed, 0.5, seen),
    ]


async def _killed(hall: BenchHall) -> tuple[float, float]:
    """Seconds from the start to the first view of the hall, by the wall and of the processor."""
    stage = hall.stage
    wire, path = Wire(stage.settings.port, stage.tokens["kiosk-1"]), f"{hall.root}/services"
    await asyncio.to_thread(_kill, hall)
    began = time.monotonic()
    hall.household.children["server"].start()
    status = 0
    while status != 200:
        if time.monotonic() - began > COMES_BACK_S:
            raise RuntimeError(f"the server has not come back; it answers {status}")
        try:
            status, _ = await wire.ask("GET", path)
        except LineCut:
            status = 0
            await asyncio.sleep(0.01)
    took = time.monotonic() - began
    wire.close()
    return took, hall.server_cpu_s()


def _kill(hall: BenchHall) -> None:
    server = hall.household.children["server"].process
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    server.wait()


def _replayed(stage: Stage) -> tuple[float, float, int]:
    """Seconds of a keeper from start to ready, by the wall and of the processor, and the events it read."""
    took, events = list[tuple[float, float]](), 0
    for _ in range(3):
        with keeper_of(stage, HallTime(start=stage.settings.clock_start)) as keeper:
            began, worked = time.perf_counter(), time.process_time()
            keeper.start(COMES_BACK_S)
            took.append((time.perf_counter() - began, time.process_time() - worked))
            events = keeper.rev
    wall, processor = (median(each) for each in zip(*took, strict=True))
    return wall, processor, events


def _imports() -> float:
    """Seconds until an interpreter has read the server's modules: what no journal can be read before."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import server.bootstrap"], check=True)
    return time.perf_counter() - began
