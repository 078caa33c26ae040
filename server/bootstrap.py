"""The one place where the server's real parts are chosen and put together."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from zoneinfo import ZoneInfo

import uvicorn
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Engine
from ulid import ULID
from uvicorn.config import STARTUP_FAILURE

from server.adapters.accounts import Accounts
from server.adapters.audit import AuditLog, audit_of
from server.adapters.broker_users import mosquitto_users
from server.adapters.clock import HallTime, Machine
from server.adapters.closed_visits import ClosedVisits
from server.adapters.journal_pages import JournalPages
from server.adapters.ledger import SqlLedger
from server.adapters.locks import Lock
from server.adapters.logs import set_up_logs
from server.adapters.long_closure import ClockRefused, believe
from server.adapters.opening import open_sound
from server.adapters.private_store import PrivateStore
from server.adapters.room import nearly_full
from server.adapters.secret_files import secret_of
from server.application.alarms import Alarm, Alarms
from server.application.anteroom import Anteroom
from server.application.audit import Deed, audit_events
from server.application.front import Front, NoteTexts
from server.application.keeper import Keeper
from server.application.phone import Capabilities
from server.application.ports import Checkpoint, pass_by
from server.application.scene import BranchFacts
from server.contract.clips import ClipSet
from server.entrypoints.app import Web, create_app
from server.entrypoints.devices import Devices
from server.entrypoints.display_voice import DisplayVoice
from server.entrypoints.lines import BOUNDS, Bounds, HttpServer, lines
from server.entrypoints.pace import Pace
from server.entrypoints.pages import pages
from server.entrypoints.who_may import Door
from server.forecasting.hall_waits import HallWaits
from server.mqtt_side import MqttSide, join_mqtt
from server.settings import Settings, loopback

log = logging.getLogger(__name__)

REFRESH_ACCOUNTS_S = 2.0
STREAMS_END_S = 2
SWITCH_S = 0.0005
"""Keeper and event loop hand over to each other often; the usual 5 ms would be most of an answer's time."""


@dataclass(slots=True)
class Server:
    """A branch's server, put together and not yet started."""

    settings: Settings
    engine: Engine
    keeper: Keeper
    accounts: Accounts
    front: Front
    web: Web
    audit: AuditLog
    mqtt: MqttSide | None = None
    """None: the branch has no broker."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _refreshing: threading.Thread | None = None

    def start(self) -> None:
        """Returns once the branch is kept, or stands by while another process keeps it. RuntimeError: a fault."""
        self.audit.record(Deed.STARTED, "system", version=version("powerhall"))
        owner = self.keeper.start()
        if self.keeper.fault:
            raise RuntimeError(f"the branch cannot be kept: {self.keeper.fault}")
        if not owner:
            log.warning("another server keeps %s; standing by", self.settings.branch)
        if self.mqtt is not None:
            self.mqtt.start()
        self._refreshing = threading.Thread(target=self._refresh_accounts, name="accounts", daemon=True)
        self._refreshing.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._refreshing is not None:
            self._refreshing.join()
        if self.mqtt is not None:
            self.mqtt.stop()
        self.keeper.stop()
        self.engine.dispose()

    def http(self, bounds: Bounds = BOUNDS) -> uvicorn.Server:
        """The HTTP server, to be run on a thread or as the process."""
        tls = self.settings.tls
        return HttpServer(
            uvicorn.Config(
                self.web.app,
                http=lines(bounds),
                ws="none",
                host=self.settings.host,
                port=self.settings.port,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=bounds.idle_s,
                timeout_graceful_shutdown=STREAMS_END_S,
                ssl_certfile=tls.certificate if tls else None,
                ssl_keyfile=tls.key if tls else None,
                proxy_headers=False,
            ),
            self.web.hub.stop,
        )

    def _refresh_accounts(self) -> None:
        away = False
        while not self._stopping.wait(REFRESH_ACCOUNTS_S):
            try:
                self.accounts.refresh()
                away = False
            except Exception:
                if not away:
                    log.exception("accounts could not be read; those known stay known until they can")
                away = True


def build(settings: Settings, *, checkpoint: Checkpoint = pass_by, lock: Lock | None = None) -> Server:
    """Opens the database and joins the parts; nothing runs yet. Refuses an open line without TLS.

    Raises DatabaseRefused and ClockRefused: a person must act.

    `checkpoint` and `lock` are for trials: see `server.demo.mortal`.
    """
    refuse_open_line(settings)
    audit = audit_of(settings)
    closure = timedelta(days=settings.longest_closure_days)
    clock = HallTime(speed=settings.speed, start=_clock_start(settings), longest_closure=closure)
    engine = open_sound(settings, audit, clock.now, lambda: str(ULID()))
    try:
        believe(engine, settings.branch, clock.now(), settings.longest_closure_days)
    except ClockRefused:
        engine.dispose()
        raise
    accounts = Accounts(engine, broker=mosquitto_users(settings), audit=audit)
    accounts.open()
    waits = HallWaits()
    anteroom = Anteroom(waits)
    private = PrivateStore(engine, settings.branch)
    devices = Devices()
    keeper = Keeper(
        settings.branch,
        settings.hall,
        ledger=SqlLedger(
            engine,
            settings.branch,
            private=private,
            new_journal_id=lambda: str(ULID()),
            now=clock.now,
            lock=lock,
            checkpoint=checkpoint,
        ),
        clock=clock,
        machine=Machine(),
        laws=anteroom.laws(),
        learner=waits,
        checkpoint=checkpoint,
    )
    front = Front(
        keeper=keeper,
        clock=clock,
        facts=_facts(settings),
        forecast=waits,
        anteroom=anteroom,
        texts=NoteTexts(private.read),
        capabilities=Capabilities(secret_of(settings.data_dir / "phone.key"), settings.public_url),
        alarms=Alarms(clock.now),
        find_closed=ClosedVisits(engine, settings.branch).find,
        read_journal=JournalPages(engine, settings.branch).read,
        devices=devices.facts,
        speed=settings.speed,
    )
    pace = Pace(settings.limits, audit)
    front.alarms.watch(pace.alarms)
    front.alarms.watch(lambda: _own_troubles(settings, keeper))
    mqtt = join_mqtt(settings, front, engine, devices, role_of=accounts.role_of, audit=audit)
    metrics = CollectorRegistry()
    tls = settings.tls is not None
    shown = pages(settings.config_dir / "theme.toml", _voice(settings))
    web = create_app(
        front, accounts, version=version("powerhall"), audit=audit, pace=pace, pages=shown, metrics=metrics, tls=tls
    )
    _measure(metrics, front, web)
    keeper.on_committed(lambda _recorded, _hall: web.hub.touch())
    accounts.gone = web.hub.look_again
    keeper.on_committed(lambda recorded, _hall: audit_events(audit, recorded))
    return Server(settings, engine, keeper, accounts, front, web, audit, mqtt)


def run_server(settings: Settings, *, checkpoint: Checkpoint = pass_by, lock: Lock | None = None) -> None:
    """Serves until SIGTERM or SIGINT; `checkpoint` and `lock` as for `build`."""
    set_up_logs(settings.logs, os.environ)
    sys.setswitchinterval(SWITCH_S)
    signal.signal(signal.SIGTERM, _leave)
    server = build(settings, checkpoint=checkpoint, lock=lock)
    gc.freeze()
    http = server.http()
    server.keeper.on_fault = partial(setattr, http, "should_exit", True)
    server.start()
    try:
        http.run()
    except KeyboardInterrupt:
        log.info("stopped by hand")
    except SystemExit as ended:
        if ended.code != STARTUP_FAILURE:
            raise
        log.error("`ss -ltnp` tells who has port %d, `ip addr` this machine's addresses", settings.port)
        sys.exit(1)
    finally:
        server.stop()
    if server.keeper.fault:
        sys.exit(1)


def _leave(_signal: int, _frame: object) -> None:
    """The HTTP server ends its streams first and then raises the signal again, for the rest to end."""
    sys.exit(0)


def _clock_start(settings: Settings) -> datetime | None:
    """A demo's hall time now, the same for a server that was started again; None: the wall clock."""
    if settings.clock_start is None:
        return None
    return settings.clock_start + timedelta(seconds=(time.time() - settings.clock_epoch) * settings.speed)


def refuse_open_line(settings: Settings) -> None:
    """Raises ValueError when others could listen in: off loopback without TLS, unless that is allowed by name."""
    if not (loopback(settings.host) or settings.tls or settings.insecure_lan):
        raise ValueError(f"{settings.host} is reachable by others without TLS; set insecure_lan = true to allow it")


def _facts(settings: Settings) -> BranchFacts:
    catalogue = settings.catalogue
    return BranchFacts(
        settings.branch,
        catalogue.name,
        catalogue.groups,
        catalogue.services,
        catalogue.reception_counter,
        settings.public_url,
    )


def _voice(settings: Settings) -> Callable[[Front, Door], DisplayVoice] | None:
    part = settings.voice
    if part is None:
        return None
    folder = settings.config_dir / part.voices
    clips = ClipSet(lambda file: (folder / file).read_bytes(), volume=part.volume / 100, yao=part.yao)
    return partial(DisplayVoice, part=part, clips=clips)


def _own_troubles(settings: Settings, keeper: Keeper) -> Iterator[Alarm]:
    if keeper.trouble:
        yield Alarm("journal-failing")
    if keeper.broken_projections:
        yield Alarm("projection-broken", tuple(sorted(keeper.broken_projections)))
    if nearly_full(settings.data_dir):
        yield Alarm("disk-nearly-full")
    loss = keeper.hall.loss
    if loss is not None:
        here = ZoneInfo(settings.hall.timezone)
        yield Alarm("restored", tuple(f"{at.astimezone(here):%H:%M}" for at in (loss.since, loss.until)))


def _measure(metrics: CollectorRegistry, front: Front, web: Web) -> None:
    keeper = front.keeper
    figures: Sequence[tuple[str, str, object]] = (
        ("hall_rev", "Seq of the last committed event", lambda: keeper.rev),
        ("hall_owner", "1 while this process keeps the branch", lambda: float(keeper.owner)),
        ("hall_live_tickets", "Tickets not closed", lambda: len(keeper.hall.live)),
        ("hall_waiting", "Customers waiting", lambda: keeper.hall.waiting),
        ("hall_streams", "Open event streams", lambda: web.hub.listening),
        ("hall_broken_projections", "Projections set aside until a rebuild", lambda: len(keeper.broken_projections)),
    )
    for name, told, ask in figures:
        Gauge(name, told, registry=metrics).set_function(ask)  # type: ignore[arg-type]  # all give numbers
