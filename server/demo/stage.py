"""Sets the demo's stage: a branch's own directory with config, accounts and tokens, all made anew with random secrets."""

import json
import math
import secrets
import shutil
import socket
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w
from sqlalchemy import create_engine

from server.adapters.accounts import Accounts
from server.demo.clerks import Badge
from server.domain.vocabulary import Role
from server.settings import Settings, load, read_toml

MANAGER = "manager-1"
SPARE_COUNTERS = 1.15
"""Counters for each erlang of the busiest hour."""
WINDOW_MACHINE_S = 2.0
"""A rating window of the demo lasts at least this long in machine time, or no finger would reach it at high speed."""


@dataclass(frozen=True, slots=True)
class Stage:
    home: Path
    settings: Settings
    badges: tuple[Badge, ...]
    tokens: Mapping[str, str]
    """Device id -> its token."""
    manager_password: str
    control_port: int
    environment: Mapping[str, str]
    """For every program of the hall."""

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


def set_stage(config_dir: Path, home: Path, *, speed: float, start: datetime, erlangs: float, port: int = 0) -> Stage:
    """Writes the demo branch's config from `config_dir`, with counters enough for `erlangs`."""
    hall = read_toml(config_dir / "hall.toml")
    counters = _counters(hall["counters"], erlangs)
    ports = {"server": port or free_port(), "broker": free_port(), "control": free_port(), "printer": free_port()}
    _write_config(config_dir, home, hall, counters, ports, speed)
    environment = {
        "HALL_CONFIG": str(home / "config"),
        "HALL_DATA": str(home / "data"),
        "HALL_SPEED": f"{speed:g}",
        "HALL_CLOCK_START": start.isoformat(),
        "HALL_CLOCK_EPOCH": f"{time.time():.3f}",
    }
    settings = load(home / "config", environment)
    badges, tokens, password = _people_and_machines(settings, [int(number) for number in counters])
    _keep_tokens(home, tokens)
    return Stage(home, settings, badges, tokens, password, ports["control"], environment)


def _counters(given: Mapping[str, Any], erlangs: float) -> dict[str, Any]:
    """The branch's own counters; more of them, serving everything, when the day needs more."""
    counters = dict(given)
    everything = sorted({service for counter in given.values() for service in counter["services"]})
    for number in range(len(counters) + 1, math.ceil(erlangs * SPARE_COUNTERS) + 1):
        counters[str(number)] = {"services": everything}
    return counters


def _write_config(
    config_dir: Path, home: Path, hall: dict[str, Any], counters: dict[str, Any], ports: Mapping[str, int], speed: float
) -> None:
    target = home / "config"
    shutil.copytree(config_dir, target, dirs_exist_ok=True)
    hall["counters"] = counters
    hall.setdefault("server", {}).update(
        port=ports["server"], data_dir=str(home / "data"), public_url=f"http://127.0.0.1:{ports['server']}", speed=speed
    )
    hall.setdefault("broker", {}).update(kind="embedded", host="127.0.0.1", port=ports["broker"])
    hall.setdefault("rating", {})["seconds"] = max(10, math.ceil(WINDOW_MACHINE_S * speed))
    (target / "hall.toml").write_text(tomli_w.dumps(hall), encoding="utf-8")
    devices = tomllib.loads((target / "devices.toml").read_text(encoding="utf-8"))
    (target / "devices.toml").write_text(tomli_w.dumps(_simulated(devices, home, counters, ports)), encoding="utf-8")


def _people_and_machines(settings: Settings, counters: list[int]) -> tuple[tuple[Badge, ...], dict[str, str], str]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database_url)
    accounts = Accounts(engine)
    accounts.open()
    badges = tuple(Badge(str(1000 + 7 * n), f"{secrets.randbelow(10**6):06d}", n) for n in counters)
    for badge in badges:
        accounts.put_person(badge.staff, Role.CLERK, badge.pin)
    password = secrets.token_urlsafe(9)
    accounts.put_person(MANAGER, Role.MANAGER, password)
    tokens = {f"counter-{n}": accounts.put_machine(f"counter-{n}", Role.COUNTER, n) for n in counters}
    tokens["kiosk-1"] = accounts.put_machine("kiosk-1", Role.KIOSK)
    tokens["station-1"] = accounts.put_machine("station-1", Role.STATION)
    tokens["display-1"] = accounts.put_machine("display-1", Role.DISPLAY)
    engine.dispose()
    return badges, tokens, password


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
        f"hall display   {stage.url}/display/{branch}",
        f"manager board  {stage.url}/board/{branch}    staff {MANAGER}    password {stage.manager_password}",
        f"counter {first.counter}      staff {first.staff}    PIN {first.pin}",
        f"programs' logs {stage.home / 'logs'}",
    ]
    return "\n".join(lines)


def facts(stage: Stage) -> str:
    return json.dumps({"url": stage.url, "branch": stage.settings.branch, "home": str(stage.home)})
