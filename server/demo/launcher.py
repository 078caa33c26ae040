"""`hall demo`: a whole hall on one machine, living one day with a crowd, and its closing account."""

import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from server.contract.acts import Login
from server.contract.views import BoardView
from server.demo.children import Child, Household
from server.demo.clerks import Clerk, Hall
from server.demo.crowd import KioskCrowd, wait_for_end
from server.demo.history import History
from server.demo.pace import Pace
from server.demo.plan import Customer, make_day, offered_load, read_trace
from server.demo.report import Report, reconcile
from server.demo.simulated import Simulators
from server.demo.stage import MANAGER, Stage, describe, set_stage
from server.link.acts import HallClient
from server.link.errors import HallAway
from server.settings import load

log = structlog.get_logger()

OPENING_LOCAL_H = 8
DAY_LIMIT_H = 14
"""A day that has not ended by then (hall hours after opening) is given up and says who is left."""
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    config_dir: Path
    headless: bool = False
    seconds: float | None = None
    speed: float = 60.0
    seed: int = 7
    trace: Path | None = None
    faults: bool = False
    report: Path | None = None
    port: int = 8080
    kills: int = 0
    """Times that the server and the broker are each killed -9 on the way."""
    home: Path | None = None
    """Kept when given; else a new directory that goes with the demo."""
    verify: Callable[[str, str], list[str]] | None = None


def run(options: Options) -> Report:
    """Lives the day and returns its account. Raises TraceError, ConfigError."""
    plan = _plan(options)
    home = options.home or Path(tempfile.mkdtemp(prefix="powerhall-demo-"))
    home.mkdir(parents=True, exist_ok=True)
    branch = load(options.config_dir)
    today = datetime.now(ZoneInfo(branch.hall.timezone))
    start = today.replace(hour=OPENING_LOCAL_H, minute=0, second=0, microsecond=0)
    stage = set_stage(
        options.config_dir,
        home,
        speed=options.speed,
        start=start,
        erlangs=offered_load(plan),
        port=options.port,
    )
    household = Household()
    try:
        return _live(options, plan, stage, household)
    finally:
        household.close()
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)


def _plan(options: Options) -> list[Customer]:
    services = [service.id for service in load(options.config_dir).catalogue.services]
    if options.trace is not None:
        return read_trace(options.trace, services, options.seed)
    return make_day(services, options.seed)


def _live(options: Options, plan: list[Customer], stage: Stage, household: Household) -> Report:
    programs = Programs(stage, headless=options.headless)
    programs.start(household)
    manager = wait_until_open(stage)
    household.watch()
    print(describe(stage), flush=True)
    history, pace = History(), Pace(options.speed)
    simulators = Simulators(stage.control_port)
    workers = crowd(stage, household, plan, history, pace, simulators, options.seed)
    troubles = [Killings(household, options.kills, plan[-1].arrive_s, pace, options.seed)]
    if options.faults:
        troubles.append(DeviceFaults(simulators, stage, pace, options.seed))
    for worker in [*workers, *troubles]:
        worker.start()
    limit_s = min(options.seconds or float("inf"), DAY_LIMIT_H * 3600 / options.speed)
    try:
        complete = wait_for_end(history, pace, len(plan), time.monotonic() + limit_s)
    except KeyboardInterrupt:
        complete = False
    gave_up = not complete and options.seconds is None
    return closing(options, stage, household, history, pace, simulators, manager, complete or gave_up, len(plan))
