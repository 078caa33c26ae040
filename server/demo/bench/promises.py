"""Goals 5 and 16: nothing doubled or lost under kills, a screen that admits its age."""

import math
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

from server.adapters.database import open_engine
from server.adapters.verify import inspect
from server.contract.views.hall import HallView
from server.demo.bench.figures import Figure, at_most
from server.demo.bench.hall import Ground, bench_hall
from server.demo.programs import KIOSK
from server.demo.siege import A_DAY, Plan, besiege
from server.demo.stage import Stage
from server.link.acts import HallClient
from server.link.stream import LineState, ViewStream

STALE_S = 12.0
KILL_EVERY = 500
"""Customers."""


def under_siege(ground: Ground) -> list[Figure]:
    """Goal 5."""
    tickets = ground.tickets or ground.amount(10_000, 60)
    a_day, kills = min(A_DAY, math.ceil(tickets / 2)), math.ceil(tickets / KILL_EVERY)
    plan = Plan(tickets, kills, seed=int(time.time()), database_url=ground.database_url, a_day=a_day)
    with tempfile.TemporaryDirectory(prefix="powerhall-bench-", dir=ground.directory) as home:
        siege, stage = besiege(ground.config_dir, Path(home), plan, ground.report)
        findings = _verified(stage)
    problems = [*siege.problems, *findings]
    chronicle, database = siege.chronicle, "PostgreSQL" if ground.database_url else "SQLite"
    seen = (
        f"{len(chronicle.over)} tickets on {database}, {siege.kills} kills -9 and a second server that writes, "
        f"{chronicle.cuts} lines cut, {chronicle.fenced} askings fenced off, {siege.seconds:.0f} s"
    )
    if problems:
        seen += f"; {problems[0]}"
    return [
        at_most(5, "duplicate numbers, double calls, lost after acknowledgement", len(problems), 0, seen),
    ]


def _verified(stage: Stage) -> list[str]:
    engine = open_engine(stage.settings.database_url)
    try:
        report = inspect(engine, stage.settings.branch)
    finally:
        engine.dispose()
    return [finding.words for finding in report.findings]


def stale(ground: Ground) -> list[Figure]:
    """Goal 16: the server falls silent without closing its lines."""
    with bench_hall(ground) as hall:
        stage = hall.stage
        client = HallClient(stage.url, stage.settings.branch, stage.tokens[KIOSK])
        up, down = threading.Event(), threading.Event()

        def hear(line: LineState) -> None:
            (up if line.up else down).set()

        stream = ViewStream(client, HallView, {"view": "hall"}, lambda _view: None, hear)
        stream.start()
        try:
            if not up.wait(STALE_S):
                raise RuntimeError("the hall's view never came")
            down.clear()
            os.kill(hall.server_pid, signal.SIGSTOP)
            began = time.monotonic()
            down.wait(STALE_S * 3)
            took = time.monotonic() - began
        finally:
            os.kill(hall.server_pid, signal.SIGCONT)
            stream.stop()
            client.close()
    return [at_most(16, "a screen says stale after its line falls silent, s", took, STALE_S, "server stopped")]
