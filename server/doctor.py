"""`hall doctor`: looks at everything a branch needs and says what is wrong and what to do."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from server.adapters.database import cause_of, missing_file, open_engine
from server.adapters.long_closure import ClockRefused, believe
from server.adapters.projections.tables import projection_state
from server.adapters.room import LEAST_FREE_BYTES, free_bytes
from server.doctor_backup import backups
from server.doctor_broker import broker, ports, tls
from server.doctor_machines import openers
from server.doctor_voices import voices
from server.domain.vocabulary import Language
from server.findings import Finding, Findings, Health
from server.settings import ConfigError, Settings, load, read_toml

NEARLY_FULL_BYTES = 100_000_000
CLOCK_SLACK_S = 2.0
DEVICES_S = 10.0
HIGH_CONTRAST = 7.0


def examine(config_dir: Path, environ: Mapping[str, str], now: datetime) -> Findings:
    """Every finding, config first; without a readable config the rest cannot be looked at. `now` is the machine's."""
    yield from theme(config_dir)
    yield from _devices(config_dir, environ)
    try:
        settings = load(config_dir, environ)
    except ConfigError as error:
        for problem in error.problems:
            to_do = "nothing starts before it is right; only certificates are made, by `hall init`"
            yield Finding("config", Health.FAULT, problem, to_do)
        return
    yield Finding("config", Health.OK, f"{settings.branch}: {len(settings.hall.services)} services")
    checks: tuple[Callable[[Settings], Findings], ...] = (
        texts,
        data,
        database,
        partial(backups, now=now),
        partial(tls, now=now),
        broker,
        ports,
        openers,
        voices,
        fonts,
        partial(clock, now=now),
    )
    for check in checks:
        yield from check(settings)


def texts(settings: Settings) -> Findings:
    for service in settings.catalogue.services:
        missing = [language.value for language in Language if language not in service.name]
        if missing:
            yield Finding("texts", Health.LOOK, f"{service.id} has no name in {', '.join(missing)}", "add it")


def data(settings: Settings) -> Findings:
    home = settings.data_dir
    if not home.is_dir():
        yield Finding("data", Health.FAULT, f"{home} is not there", "run `hall init`")
        return
    probe = home / ".doctor"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Finding("data", Health.FAULT, f"{home} cannot be written: {error.strerror}", "give it to the hall's user")
        return
    yield from _owners(home)
    free = free_bytes(home)
    health = Health.FAULT if free < NEARLY_FULL_BYTES else Health.LOOK if free < LEAST_FREE_BYTES else Health.OK
    to_do = "" if health is Health.OK else "make room before the disk is full: then no number can be issued"
    yield Finding("data", health, f"{home}: {free / 1e9:.1f} GB free", to_do)


def _owners(home: Path) -> Findings:
    """What a command left that was run as root stops the hall when it wants to write there."""
    owner = home.stat().st_uid
    others = [path for path in home.rglob("*") if path.lstat().st_uid != owner]
    if others:
        what = f"{len(others)} files in it belong to another user than {home} does, as {others[0].relative_to(home)}"
        to_do = f"chown -R --reference={home} {home}, and run `hall` as that user"
        yield Finding("data", Health.FAULT, what, to_do)


def _broken(connection: Connection, branch: str) -> Sequence[Row[Any]]:
    """The computed tables that were set aside; none in a database that has none yet."""
    if not inspect(connection).has_table(projection_state.name):
        return ()
    wanted = projection_state.select().where(projection_state.c.branch == branch)
    return connection.execute(wanted.order_by(projection_state.c.name)).all()


def database(settings: Settings) -> Findings:
    if missing_file(settings.database_url) is not None:
        yield Finding("database", Health.FAULT, "there is none yet", "run `hall init`")
        return
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            sqlite = engine.dialect.name == "sqlite"
            answer = connection.execute(text("PRAGMA quick_check" if sqlite else "SELECT 'ok'")).scalar_one()
            broken = _broken(connection, settings.branch) if answer == "ok" else ()
    except SQLAlchemyError as error:
        yield Finding(
            "database", Health.FAULT, f"does not answer: {cause_of(error)}", "start it, or correct server.database_url"
        )
        return
    finally:
        engine.dispose()
    if answer == "ok":
        yield Finding("database", Health.OK, f"{engine.dialect.name} answers")
    else:
        yield Finding(
            "database",
            Health.FAULT,
            f"is damaged: {answer}",
            "start the server anew: it goes on from the newest sound backup",
        )
    for table in broken:
        what = f"the tables of {table.name} stopped at event {table.broken_at_seq}: {table.why}"
        yield Finding("database", Health.FAULT, what, "stop the server, run `hall rebuild`, start it; nothing is lost")


def fonts(settings: Settings) -> Findings:  # noqa: ARG001 -- one shape for all checks
    if shutil.which("fc-list") is None:
        yield Finding("fonts", Health.LOOK, "cannot be listed here", "see that Noto Sans CJK SC is installed")
        return
    listed = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=False).stdout
    if "Noto Sans CJK SC" in listed:
        yield Finding("fonts", Health.OK, "Noto Sans CJK SC is here")
    else:
        yield Finding("fonts", Health.FAULT, "Noto Sans CJK SC is missing", "apt-get install fonts-noto-cjk")


def clock(settings: Settings, now: datetime) -> Findings:
    yield Finding("clock", Health.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC, local times in {settings.hall.timezone}")
    file = settings.data_dir / "hall.db"
    if file.exists() and file.stat().st_mtime > now.timestamp() + CLOCK_SLACK_S:
        yield Finding("clock", Health.FAULT, "stands behind the last thing the hall wrote", "set it right")
    yield from _closure(settings, now)
    answer = ""
    if shutil.which("timedatectl") is not None:
        command = ["timedatectl", "show", "-p", "NTPSynchronized", "--value"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    match answer:
        case "yes":
            yield Finding("clock", Health.OK, "is kept by a time server")
        case "no":
            yield Finding("clock", Health.LOOK, "is not kept by a time server", "enable one: timedatectl set-ntp true")
        case _:
            yield Finding("clock", Health.LOOK, "nobody can say whether a time server keeps it", "see that one does")


def _closure(settings: Settings, now: datetime) -> Findings:
    if missing_file(settings.database_url) is not None:
        return
    engine = open_engine(settings.database_url)
    try:
        believe(engine, settings.branch, now, settings.longest_closure_days)
    except ClockRefused as refused:
        what, _, to_do = str(refused).partition(". Nothing was changed. ")
        yield Finding("clock", Health.FAULT, what, to_do)
    except SQLAlchemyError:
        return
    finally:
        engine.dispose()


def _devices(config_dir: Path, environ: Mapping[str, str]) -> Findings:
    """Asked of the devices' own program, which alone knows drivers and ports."""
    command = [sys.executable, "-m", "devices", "doctor", "--json", "--config", str(config_dir)]
    try:
        asked = subprocess.run(
            command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=DEVICES_S, check=False
        )
    except subprocess.TimeoutExpired:
        yield Finding("devices", Health.LOOK, "were not looked at in time", "try each with `hall device test NAME`")
        return
    if asked.returncode == 2:
        for mistake in asked.stderr.splitlines():
            yield Finding("devices", Health.FAULT, mistake, "correct the file")
    elif not asked.stdout and asked.returncode:
        cause = asked.stderr.strip().splitlines()[-1:] or ["no word"]
        to_do = "on a server without devices: nothing; else install what is missing"
        yield Finding("devices", Health.LOOK, f"cannot be looked at here: {cause[0]}", to_do)
    for line in asked.stdout.splitlines():
        told = json.loads(line)
        yield Finding("devices", Health(told["health"]), told["what"], told["to_do"])


def theme(config_dir: Path) -> Findings:
    try:
        read = read_toml(config_dir / "theme.toml")
    except ConfigError as error:
        yield Finding("theme", Health.FAULT, str(error), "correct the file")
        return
    usual: dict[str, str] = read.get("colour", {})
    pairs = read.get("contrast", {}).get("pairs", [])
    high = usual | read.get("high-contrast", {})
    for ink, ground, least in pairs:
        yield from _unreadable("", usual, ink, ground, least)
        yield from _unreadable("high contrast: ", high, ink, ground, max(least, HIGH_CONTRAST) if least > 3 else least)
    yield Finding("theme", Health.OK, f"{len(pairs)} pairs of colours looked at")


def _unreadable(where: str, colours: Mapping[str, str], ink: str, ground: str, least: float) -> Findings:
    for name in (ink, ground):
        if name not in colours:
            yield Finding("theme", Health.FAULT, f"{where}there is no colour {name}", "add it")
            return
    real = contrast(colours[ink], colours[ground])
    if real < least:
        what = f"{where}{ink} on {ground} has contrast {real:.1f}, needs {least:.1f}"
        yield Finding("theme", Health.FAULT, what, "make the one darker or the other lighter")


def contrast(ink: str, ground: str) -> float:
    """WCAG contrast of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [part / 255 for part in bytes.fromhex(colour.removeprefix("#"))]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
