"""`hall demo`: a whole hall on one machine, living one day with a crowd, and its closing account."""

import json
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from server.adapters.database import open_engine
from server.adapters.journal import read_events
from server.contract.acts import Login
from server.contract.views.board import BoardView
from server.contract.voice import Manner
from server.demo.children import Household
from server.demo.clerks import Clerk, Hall
from server.demo.crowd import KioskCrowd, wait_for_end
from server.demo.history import History
from server.demo.holders import CodeHolders
from server.demo.pace import Pace
from server.demo.plan import Customer, make_day, offered_load, read_trace
from server.demo.programs import KIOSK, has_display, open_hall
from server.demo.report import Report, reconcile
from server.demo.simulated import Simulators
from server.demo.stage import KEYS, MANAGER, READER, SIGNS, VOICE, Stage, describe, set_stage
from server.demo.troubles import (
    OF_CALL_PADS,
    OF_PADS,
    OF_PRINTERS,
    OF_READERS,
    OF_SIGNS,
    OF_VOICES,
    DeviceFaults,
    Killings,
    Trouble,
)
from server.demo.voice import VoiceAccount, calls_made, clips_in, judge, wrongly_shown
from server.domain.events.event import Event
from server.domain.events.ratings import RatingIgnored
from server.link.acts import HallClient
from server.link.errors import HallAway
from server.settings import Settings, load

OPENING_LOCAL_H = 8
DAY_LIMIT_H = 14
"""A day that has not ended so many hall hours after the opening is given up, and the account says who is left."""
SETTLE_S = 20.0
"""For the last presses to arrive, machine time."""
PATIENCE_S = 10.0
"""How long a clerk waits for an answer: signing in is slow by design, more so when six do it on a busy machine."""

Verify = Callable[[str, str], list[str]]
"""Database URL, branch -> the findings of `hall verify`."""


@dataclass(frozen=True, slots=True)
class Options:
    config_dir: Path
    headless: bool
    seconds: float | None
    """Machine time after which the day is broken off; None: to its end."""
    speed: float
    seed: int
    trace: Path | None
    faults: bool
    report: Path | None
    port: int
    kills: int
    """Times that the server and the broker are each killed -9 on the way."""
    home: Path | None
    """Kept when given; else a new directory that goes with the demo."""
    verify: Verify


def run(options: Options) -> Report:
    """Lives the day and returns its account. Raises TraceError, ConfigError, NotReady."""
    branch = load(options.config_dir)
    plan = _plan(options, branch)
    home = options.home or Path(tempfile.mkdtemp(prefix="powerhall-demo-"))
    home.mkdir(parents=True, exist_ok=True)
    now = datetime.now(ZoneInfo(branch.hall.timezone))
    start = now.replace(hour=OPENING_LOCAL_H, minute=0, second=0, microsecond=0)
    stage = set_stage(
        options.config_dir,
        home,
        speed=options.speed,
        start=start,
        erlangs=offered_load(plan),
        port=options.port,
        spoken=True,
    )
    household = Household()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _live(options, plan, stage, household)
    finally:
        household.close()
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends the demo as Ctrl-C does: its programs stop and the account is closed."""
    raise KeyboardInterrupt


def _plan(options: Options, branch: Settings) -> list[Customer]:
    services = [service.id for service in branch.catalogue.services]
    if options.trace is not None:
        return read_trace(options.trace, services, options.seed)
    return make_day(services, options.seed)


def _live(options: Options, plan: list[Customer], stage: Stage, household: Household) -> Report:
    windows = not options.headless and has_display()
    open_hall(stage, household, windows=windows)
    household.watch()
    print(describe(stage), flush=True)  # noqa: T201 -- what a newcomer needs to look at the hall
    day = Day(options, plan, stage, household, windows)
    complete = day.live()
    return day.account(complete)


class Day:
    """One day's crowd and what is known of it."""

    def __init__(
        self, options: Options, plan: Sequence[Customer], stage: Stage, household: Household, windows: bool
    ) -> None:
        self._options = options
        self._plan = plan
        self._stage = stage
        self._household = household
        self._windows = windows
        self._history = History()
        self._pace = Pace(options.speed)
        self._simulators = Simulators(stage.control_port)
        self._killings = Killings(household, options.kills, plan[-1].arrive_s, self._pace, options.seed)
        pads = frozenset(stage.call_pads)
        hall = Hall(self._history, self._pace, self._press, self._elsewhere, pads, self._press_key, windows)
        self._badges = [b for b in stage.badges if not (windows and b.counter == stage.window_counter)]
        self._faults = DeviceFaults(self._simulators, self._breakable(), self._pace, options.seed)
        self._holders = CodeHolders(self._simulators, READER, "printer-1", self._pace, options.seed)
        self._clerks = [
            Clerk(badge, self._client(f"counter-{badge.counter}"), hall, options.seed * 1000 + badge.counter)
            for badge in self._badges
        ]

    def live(self) -> bool:
        """Whether everybody ought to have been served or left: not when broken off, by hand or by `--for`."""
        kiosk = self._household.children[KIOSK]
        workers: list[threading.Thread] = [*self._clerks, KioskCrowd(kiosk, self._plan, self._history, self._pace)]
        workers += [self._killings, self._holders]
        if self._options.faults:
            workers.append(self._faults)
        threading.excepthook = self._note_failure
        for worker in workers:
            worker.start()
        limit_s = DAY_LIMIT_H * 3600 / self._options.speed
        if self._options.seconds is not None:
            limit_s = min(limit_s, self._options.seconds)
        try:
            ended = wait_for_end(self._history, self._pace, len(self._plan), time.monotonic() + limit_s)
            return ended or self._options.seconds is None
        except KeyboardInterrupt:
            return False
        finally:
            self._pace.stop.set()
            for worker in workers:
                worker.join()
            threading.excepthook = threading.__excepthook__

    def _note_failure(self, failed: threading.ExceptHookArgs) -> None:
        """A worker that fails is a problem of the account, not a silent hole in the day."""
        if failed.exc_type is not SystemExit:
            threading.__excepthook__(failed)
            self._history.problem(f"{failed.thread.name if failed.thread else 'a worker'} failed: {failed.exc_value!r}")

    def _breakable(self) -> dict[str, tuple[Trouble, ...]]:
        pads = dict.fromkeys((f"pad-{badge.counter}" for badge in self._badges), OF_PADS)
        return {
            "printer-1": OF_PRINTERS,
            READER: OF_READERS,
            KEYS: OF_CALL_PADS,
            VOICE: OF_VOICES,
            **pads,
            **dict.fromkeys(SIGNS, OF_SIGNS),
        }

    def account(self, complete: bool) -> Report:
        """Compares what the crowd saw with paper, board and journal; writes the report file."""
        slips = self._simulators.slips("printer-1")
        board = self._settled_board()
        settings = self._stage.settings
        events = journal_of(settings)
        findings = self._options.verify(settings.database_url, settings.branch)
        report = reconcile(
            self._history,
            board,
            slips,
            findings,
            expected=len(self._plan),
            complete=complete,
            killed=dict(self._killings.killed),
            died=self._household.died,
            visitors=self._windows,
            voice=self._heard_and_shown(events),
            ignored=Counter(event.fate.value for event in events if isinstance(event, RatingIgnored)),
        )
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=1)
        if self._options.report is not None:
            self._options.report.write_text(text + "\n", encoding="utf-8")
        print(text, flush=True)  # noqa: T201 -- the demo's last words
        return report

    def _heard_and_shown(self, events: Sequence[Event]) -> VoiceAccount:
        """What the loudspeaker and the signs told, against the calls of the journal."""
        settings, manner = self._stage.settings, Manner()
        made = calls_made(events, settings, manner)
        troubles = [*self._killings.times, *(each for each in self._faults.times if each.of == VOICE)]
        account = judge(made, self._simulators.heard(VOICE), clips_in(settings.config_dir, manner), troubles)
        for sign, counter in SIGNS.items():
            account.problems.extend(wrongly_shown(made, sign, self._simulators.shown(sign), counter))
        return account

    def _settled_board(self) -> BoardView:
        """The manager's board once every accepted press has been counted, or after SETTLE_S."""
        manager = self._client("")
        pressed = sum(1 for walk in self._history.walks.values() if walk.pressed is not None)
        until = time.monotonic() + SETTLE_S
        signed_in = False
        while True:
            try:
                if not signed_in:
                    manager.login(Login(staff=MANAGER, secret=self._stage.manager_password))
                    signed_in = True
                board = manager.board()
                if board.ratings.n >= pressed or time.monotonic() > until:
                    return board
            except HallAway:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)

    def _client(self, device: str) -> HallClient:
        token = self._stage.tokens.get(device, "")
        return HallClient(self._stage.url, self._stage.settings.branch, token, timeout_s=PATIENCE_S)

    def _press(self, counter: int, score: int) -> None:
        self._simulators.ask(f"pad-{counter}", "press", key=score)

    def _press_key(self, counter: int, key: str) -> None:
        self._simulators.ask(KEYS, "key", address=self._stage.call_pads[counter], key=key)

    def _elsewhere(self, service: str) -> str | None:
        """Another service of the branch, for a transfer."""
        others = [each.id for each in self._stage.settings.catalogue.services if each.id != service]
        return others[0] if others else None


def journal_of(settings: Settings) -> list[Event]:
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return [one.event for one in read_events(connection, settings.branch)]
    finally:
        engine.dispose()
