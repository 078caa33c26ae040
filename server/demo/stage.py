"""Sets the demo's stage: a branch of its own with config, accounts and tokens, all made anew with random secrets."""

import math
import secrets
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomli_w

from server.adapters.accounts import Accounts
from server.adapters.broker_users import USERS_FILE
from server.adapters.database import open_engine
from server.adapters.upkeep import migrate
from server.config_files import LimitsPart
from server.demo.badges import Badge
from server.domain.vocabulary import Role
from server.mqtt_side import server_user
from server.settings import ConfigError, Settings, load, read_toml

MANAGER = "manager-1"
SIGNS: Mapping[str, int | None] = MappingProxyType({"sign-1": 1, "sign-hall": None})
"""Each with its counter; without one it is the hall's."""
VOICE, KEYS = "voice-1", "keys-1"
READER = "reader-1"
DISPLAY = "display-1"
PADS_AT = 2
"""Counters after the first whose clerks have a call pad too; its address is the counter's number."""
SPARE_COUNTERS = 1.15
"""Counters for each erlang of the busiest hour."""
WINDOW_MACHINE_S = 2.0
"""A rating window of the demo lasts at least this long in machine time, or no finger would reach it at high speed."""
LONGEST_WINDOW_S = 600
"""What hall.toml may say, hall time."""

CROWD_LIMIT = 1_000_000
"""A crowd asks through a few tokens for everybody."""


@dataclass(frozen=True, slots=True)
class Stage:
    home: Path
    settings: Settings
    badges: tuple[Badge, ...]
    tokens: Mapping[str, str] = field(repr=False)
    """Device id -> its token."""
    manager_password: str = field(repr=False)
    display_code: str = field(repr=False)
    control_port: int
    environment: Mapping[str, str]
    """For every program of the hall."""
    window_counter: int
    """The counter left to the person at the counter window; the crowd's clerks leave it alone when there is one."""
    call_pads: Mapping[int, int]
    """Counter -> the address of its call pad."""

    @property
    def broker_users(self) -> Path:
        return self.settings.data_dir / USERS_FILE

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def token_file(self, device: str) -> Path:
        return self.home / "tokens" / device


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def set_stage(
    config_dir: Path,
    home: Path,
    *,
    speed: float,
    start: datetime,
    erlangs: float,
    port: int = 0,
    last_number: int = 799,
    rules: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    database_url: str = "",
    spoken: bool = False,
) -> Stage:
    """Writes the demo branch's config from `config_dir`, with counters enough for `erlangs`.

    `last_number`: of each series on line; the kiosks' reserved ranges follow it. `rules`: keys of hall.toml, by
    section, that differ. `database_url`: an empty database; without it the stage has one of its own. `spoken`: with a
    voice for its calls, and call pads.
    """
    hall = read_toml(config_dir / "hall.toml")
    for section, keys in rules.items():
        hall.setdefault(section, {}).update(keys)
    counters = _counters(hall["counters"], erlangs)
    names = ("broker", "control", "printer", "window-printer", "speaker")
    ports = {"server": port or free_port(), **{name: free_port() for name in names}}
    for series in hall["series"].values():
        series["last"] = last_number
        series["reserved"] = {
            "kiosk-1": [last_number + 1, last_number + 100],
            "kiosk-2": [last_number + 101, last_number + 150],
        }
    devices = _devices(counters, ports)
    if spoken:
        hall["voice"] = {"displays": [DISPLAY]}
        devices |= _voice_and_keys(counters, ports)
    _write_config(config_dir, home, hall, counters, ports, speed, devices)
    environment = {
        "HALL_CONFIG": str(home / "config"),
        "HALL_DATA": str(home / "data"),
        "HALL_SPEED": f"{speed:g}",
        "HALL_CLOCK_START": start.isoformat(),
        "HALL_CLOCK_EPOCH": f"{time.time():.3f}",
    }
    if database_url:
        environment["HALL_DATABASE_URL"] = database_url
    settings = load(home / "config", environment)
    people = _people_and_machines(settings, [int(number) for number in counters])
    _keep_tokens(home, people.tokens)
    return Stage(
        home=home,
        settings=settings,
        badges=people.badges,
        tokens=people.tokens,
        manager_password=people.manager_password,
        display_code=people.display_code,
        control_port=ports["control"],
        environment=environment,
        window_counter=people.badges[0].counter,
        call_pads={int(counter): int(counter) for counter in _with_pad(counters)} if spoken else {},
    )


def _counters(given: Mapping[str, Any], erlangs: float) -> dict[str, Any]:
    """The branch's own counters; more of them, serving everything, when the day needs more."""
    counters = dict(given)
    everything = sorted({service for counter in given.values() for service in counter["services"]})
    for number in range(len(counters) + 1, math.ceil(erlangs * SPARE_COUNTERS) + 1):
        counters[str(number)] = {"services": everything}
    return counters


def _write_config(
    config_dir: Path,
    home: Path,
    hall: dict[str, Any],
    counters: dict[str, Any],
    ports: Mapping[str, int],
    speed: float,
    devices: dict[str, Any],
) -> None:
    target = home / "config"
    shutil.copytree(config_dir, target, dirs_exist_ok=True)
    hall["counters"] = counters
    hall.setdefault("server", {}).update(
        port=ports["server"], data_dir=str(home / "data"), public_url=f"http://127.0.0.1:{ports['server']}", speed=speed
    )
    hall.setdefault("broker", {}).update(kind="mosquitto", host="127.0.0.1", port=ports["broker"])
    hall["limits"] = dict.fromkeys(LimitsPart.model_fields, CROWD_LIMIT)
    hall.setdefault("rating", {})["seconds"] = min(max(10, math.ceil(WINDOW_MACHINE_S * speed)), LONGEST_WINDOW_S)
    (target / "hall.toml").write_text(tomli_w.dumps(hall), encoding="utf-8")
    (target / "devices.toml").write_text(tomli_w.dumps({"devices": devices}), encoding="utf-8")


def _devices(counters: Mapping[str, Any], ports: Mapping[str, int]) -> dict[str, Any]:
    """Printer and code reader at each kiosk, a pad at each counter, a sign over the first one and one of the hall."""
    printer = {"kind": "ticket_printer", "driver": "escpos"}
    devices: dict[str, Any] = {
        "printer-1": printer | {"at": "kiosk-1", "tcp": {"host": "127.0.0.1", "port": ports["printer"]}},
        "printer-2": printer | {"at": "kiosk-2", "tcp": {"host": "127.0.0.1", "port": ports["window-printer"]}},
    }
    reader = {"kind": "code_reader", "driver": "serial"}
    for name, kiosk in ((READER, "kiosk-1"), ("reader-2", "kiosk-2")):
        devices[name] = reader | {"at": kiosk, "serial": {"path": f"serial/{name}", "baudrate": 9600}}
    for number in map(int, counters):
        pad = {"kind": "rating_pad", "driver": "framed", "at": "station-1", "counter": number, "address": number}
        devices[f"pad-{number}"] = pad | {"serial": {"path": f"serial/pad-{number}"}}
    sign = {"kind": "led_sign", "driver": "bx6", "at": "station-1"}
    for name, counter in SIGNS.items():
        place = {} if counter is None else {"counter": counter}
        devices[name] = sign | place | {"serial": {"path": f"serial/{name}", "baudrate": 57600}}
    return devices


def _voice_and_keys(counters: Mapping[str, Any], ports: Mapping[str, int]) -> dict[str, Any]:
    """A loudspeaker on the network, and one line of call pads."""
    voice = {"kind": "announcer", "driver": "clips", "at": "station-1"}
    keys = {"kind": "call_pads", "driver": "checked", "at": "station-1", "serial": {"path": f"serial/{KEYS}"}}
    return {
        VOICE: voice | {"tcp": {"host": "127.0.0.1", "port": ports["speaker"]}},
        KEYS: keys | {"counters": {counter: int(counter) for counter in _with_pad(counters)}},
    }


def _with_pad(counters: Mapping[str, Any]) -> list[str]:
    return list(counters)[1 : 1 + PADS_AT]


@dataclass(frozen=True, slots=True)
class People:
    badges: tuple[Badge, ...]
    tokens: dict[str, str]
    manager_password: str
    display_code: str


def _people_and_machines(settings: Settings, counters: list[int]) -> People:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    migrate(engine)
    accounts = Accounts(engine)
    accounts.open()
    if not engine.url.drivername.startswith("sqlite") and (accounts.people() or accounts.machines()):
        engine.dispose()
        raise ConfigError(
            ["hall.toml: server.database_url: this database serves a hall already; give a demo an empty one, or none"]
        )
    badges = tuple(Badge(str(1000 + 7 * n), f"{secrets.randbelow(10**6):06d}", n) for n in counters)
    for badge in badges:
        accounts.put_person(badge.staff, Role.CLERK, badge.pin)
    password = secrets.token_urlsafe(9)
    accounts.put_person(MANAGER, Role.MANAGER, password)
    tokens = {f"counter-{n}": accounts.put_machine(f"counter-{n}", Role.COUNTER, n) for n in counters}
    for kiosk in ("kiosk-1", "kiosk-2"):
        tokens[kiosk] = accounts.put_machine(kiosk, Role.KIOSK)
    tokens["station-1"] = accounts.put_machine("station-1", Role.STATION)
    code = accounts.invite(Role.DISPLAY, device=DISPLAY)
    users, _ = server_user(settings)
    for device, token in tokens.items():
        users.put_device(device, token)
    engine.dispose()
    return People(badges, tokens, password, code)


def _keep_tokens(home: Path, tokens: Mapping[str, str]) -> None:
    directory = home / "tokens"
    directory.mkdir(mode=0o700, exist_ok=True)
    for device, token in tokens.items():
        path = directory / device
        path.write_text(token, encoding="utf-8")
        path.chmod(0o600)


def describe(stage: Stage) -> str:
    """The lines a newcomer needs: where to look and how to sign in."""
    branch = stage.settings.branch
    first = stage.badges[0]
    lines = [
        f"hall display   {stage.url}/display/{branch}    device {DISPLAY}    code {stage.display_code}",
        f"manager board  {stage.url}/board/{branch}    staff {MANAGER}    password {stage.manager_password}",
        f"counter {first.counter}      staff {first.staff}    PIN {first.pin}",
        f"programs' logs {stage.home / 'logs'}",
    ]
    return "\n".join(lines)
