"""Goals 1 to 3: tickets made durable over HTTP, beside what the disk alone does in the same moments.

The callers are one light process of their own; it shares the machine with the server, so the figures hold both.
"""

import asyncio
import itertools
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvloop

from server.demo.bench.disk import Disk
from server.demo.bench.figures import Figure, at_least, at_most, quantile
from server.demo.bench.hall import BenchHall, Ground, bench_hall
from server.demo.bench.postgresql import NoPostgreSQL, own_postgresql
from server.demo.bench.row_lock import CONNECTIONS, PATH, start_row_lock
from server.demo.siege import SERVICES
from server.demo.wire import Wire

T = TypeVar("T")

CALLERS = 32
WARM_UP = 100
SLOW_DISK = 1000.0
"""Forced writes a second below which a disk is slow, and goal 2 counts in them."""
FAST_RATE = 3000.0
TIMES_A_ROW_LOCK, SHARE_OF_A_ROW_LOCK = 4.0, 0.25
MS = 1000.0


@dataclass(slots=True)
class Pace:
    """Seconds of each call and of each forced write."""

    calls: list[float] = field(default_factory=list)
    forced: list[float] = field(default_factory=list)
    calling_s: float = 0.0

    def add(self, more: "Pace") -> None:
        self.calls += more.calls
        self.forced += more.forced
        self.calling_s += more.calling_s

    @property
    def calls_a_second(self) -> float:
        return len(self.calls) / self.calling_s

    @property
    def forced_a_second(self) -> float:
        return len(self.forced) / sum(self.forced)


class Issuing:
    """Callers of one hall, each ticket a new customer."""

    def __init__(self, wires: Sequence[Wire], path: str) -> None:
        self._path = path
        self._wires = wires
        self._serial = itertools.count(1)
        self._services = itertools.cycle(SERVICES)

    async def once(self, wire: Wire) -> float:
        """One ticket; -> seconds until its answer."""
        body = f'{{"services":["{next(self._services)}"],"request_id":"bench-{next(self._serial):08}"}}'
        began = time.perf_counter()
        head, answer = await wire.send(wire.request("POST", self._path, body))
        took = time.perf_counter() - began
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"the answer was {head!r} {answer!r}")
        return took

    async def alone(self, tickets: int, disk: Disk) -> Pace:
        """One caller; between two tickets the disk is measured once."""
        pace = Pace()
        for _ in range(tickets):
            pace.calls.append(await self.once(self._wires[0]))
            pace.forced.append(disk.force())
        pace.calling_s = sum(pace.calls)
        return pace

    async def together(self, tickets: int, rounds: int, disk: Disk, forcing_s: float) -> Pace:
        """All callers at once, in rounds, with the disk measured before each."""
        pace = Pace()
        for _ in range(rounds):
            pace.forced += disk.force_for(forcing_s)
            left = iter(range(tickets // rounds))
            began = time.perf_counter()
            took = await asyncio.gather(*(self._share(wire, left) for wire in self._wires))
            pace.calling_s += time.perf_counter() - began
            pace.calls += itertools.chain.from_iterable(took)
        return pace

    async def _share(self, wire: Wire, left: Iterator[int]) -> list[float]:
        return [await self.once(wire) for _ in left]

    def close(self) -> None:
        for wire in self._wires:
            wire.close()


def one_caller(ground: Ground) -> list[Figure]:
    """Goal 1."""
    with bench_hall(ground) as hall, Disk(hall.stage.settings.data_dir) as disk:
        pace = _run(_alone(hall, disk, ground.amount(2000, 50)))
    call, forced = quantile(pace.calls, 0.5) * MS, quantile(pace.forced, 0.5) * MS
    seen = (
        f"p50 {call:.2f} ms, p99 {quantile(pace.calls, 0.99) * MS:.1f} ms, {pace.calls_a_second:.0f}/s; "
        f"one fsync p50 {forced:.2f} ms, {pace.forced_a_second:.0f}/s"
    )
    return [at_most(1, "issue over HTTP, 1 caller: p50 beyond one fsync, ms", call - forced, 1.0, seen)]


async def _alone(hall: BenchHall, disk: Disk, tickets: int) -> Pace:
    issuing = Issuing([hall.kiosk_line()], hall.issue_path)
    await issuing.alone(min(WARM_UP, tickets), disk)
    pace = await issuing.alone(tickets, disk)
    issuing.close()
    return pace


def many_callers(ground: Ground) -> list[Figure]:
    """Goal 2."""
    with bench_hall(ground) as hall, Disk(hall.stage.settings.data_dir) as disk:
        pace = _run(_together(hall, disk, ground))
    a_second, forced = pace.forced_a_second, quantile(pace.forced, 0.5) * MS
    slow = a_second < SLOW_DISK
    rate_limit = 4 * a_second if slow else FAST_RATE
    p50, p99 = quantile(pace.calls, 0.5) * MS, quantile(pace.calls, 0.99) * MS
    disk_words = f"one fsync p50 {forced:.2f} ms, {a_second:.0f}/s: a {'slow' if slow else 'fast'} disk"
    return [
        at_least(2, "issue over HTTP, 32 callers: tickets a second", pace.calls_a_second, rate_limit, disk_words),
        at_most(2, "issue over HTTP, 32 callers: p99, ms", p99, 5 * forced + 20, f"p50 {p50:.1f} ms"),
    ]


def on_postgresql(ground: Ground) -> list[Figure]:
    """Goal 3."""
    rate = "issue on PostgreSQL, 16 callers: tickets a second, times those of a row lock on the number"
    worst = "issue on PostgreSQL, 16 callers: p99 as a share of the row lock's"
    try:
        ours, theirs = _beside_a_row_lock(ground)
    except NoPostgreSQL as none:
        return [at_least(3, rate, 0, TIMES_A_ROW_LOCK, str(none))]
    rates = f"{ours.calls_a_second:.0f} beside {theirs.calls_a_second:.0f}; one fsync: {ours.forced_a_second:.0f}/s"
    mine, other = quantile(ours.calls, 0.99) * MS, quantile(theirs.calls, 0.99) * MS
    return [
        at_least(3, rate, ours.calls_a_second / theirs.calls_a_second, TIMES_A_ROW_LOCK, rates),
        at_most(3, worst, mine / other, SHARE_OF_A_ROW_LOCK, f"{mine:.1f} ms beside {other:.1f} ms"),
    ]


def _beside_a_row_lock(ground: Ground) -> tuple[Pace, Pace]:
    """The hall and the other way in turns, on one database server."""
    with ExitStack() as open_now:
        url = ground.database_url or open_now.enter_context(own_postgresql(ground.directory))
        hall = open_now.enter_context(bench_hall(ground, database_url=url))
        port = start_row_lock(hall, url)
        disk = open_now.enter_context(Disk(hall.stage.settings.data_dir))
        ours = Issuing([hall.kiosk_line() for _ in range(CONNECTIONS)], hall.issue_path)
        theirs = Issuing([Wire(port, "") for _ in range(CONNECTIONS)], PATH)
        return _run(_in_turns(ours, theirs, disk, ground))


async def _in_turns(ours: Issuing, theirs: Issuing, disk: Disk, ground: Ground) -> tuple[Pace, Pace]:
    paces = Pace(), Pace()
    for issuing in (ours, theirs):
        await issuing.together(ground.amount(WARM_UP * 3, CONNECTIONS), 1, disk, 0.05)
    for _ in range(ground.amount(10, 1)):
        for pace, issuing in zip(paces, (ours, theirs), strict=True):
            pace.add(await issuing.together(ground.amount(400, CONNECTIONS), 1, disk, 0.05))
    for issuing in (ours, theirs):
        issuing.close()
    return paces


def _run(work: Coroutine[Any, Any, T]) -> T:
    """On the fastest loop there is, so that callers take little from the server."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def _together(hall: BenchHall, disk: Disk, ground: Ground) -> Pace:
    issuing = Issuing([hall.kiosk_line() for _ in range(CALLERS)], hall.issue_path)
    await issuing.together(ground.amount(WARM_UP * 5, CALLERS), 1, disk, 0.05)
    pace = await issuing.together(ground.amount(10_000, 200), ground.amount(10, 2), disk, ground.amount(5, 1) / 10)
    issuing.close()
    return pace
