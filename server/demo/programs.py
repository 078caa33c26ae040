"""The hall's programs as the demo starts them, each a process of its own with its own token."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.error import URLError
from urllib.request import urlopen

from server.adapters.embedded_broker import command
from server.demo.children import Child, Household
from server.demo.stage import Stage

READY_S = 60.0
CLIPS_S = 120.0
"""A voice whose clips are not made by then chimes."""
KIOSK, STATION = "kiosk-1", "station-1"


class NotReady(Exception):
    """The hall did not open in time; its programs' logs say why."""


def open_hall(stage: Stage, household: Household, *, windows: bool) -> None:
    """Starts everything and returns when the server answers. Raises NotReady."""
    simulators = ["devices", "simulate", "--control", str(stage.control_port)]
    broker = command(stage.settings.broker.port, stage.broker_users)
    with _clips_made(stage):
        household.add(Child("broker", broker, stage.environment, stage.home / "logs"))
        household.add(program(stage, "simulators", simulators))
        open_server(stage, household)
    household.add(program(stage, STATION, ["devices", "station"], machine=STATION))
    household.add(program(stage, KIOSK, ["kiosk", "--drive"], machine=KIOSK, pipes=True))
    if windows:
        household.add(program(stage, "kiosk-window", ["kiosk"], machine="kiosk-2"))
        household.add(program(stage, "counter-window", ["counter"], machine=f"counter-{stage.window_counter}"))


@contextmanager
def _clips_made(stage: Stage) -> Iterator[None]:
    """Meanwhile the clips that a voice lacks are made, if espeak-ng is here."""
    if stage.settings.voice is None:
        yield
        return
    highest = max(badge.counter for badge in stage.badges)
    words = ["devices", "voices", "--config", str(stage.settings.config_dir), "--counters", str(highest)]
    making = program(stage, "voices", words)
    making.start()
    try:
        yield
        if making.process is not None:
            with suppress(subprocess.TimeoutExpired):
                making.process.wait(CLIPS_S)
    finally:
        making.stop()


def open_server(stage: Stage, household: Household) -> None:
    """The server alone; returns when it answers. Raises NotReady."""
    household.add(program(stage, "server", ["server", "server"]))
    _wait_for_server(stage, household)


def has_display(environ: Mapping[str, str] = os.environ) -> bool:
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")) or sys.platform in {"win32", "darwin"}


def program(stage: Stage, name: str, words: list[str], *, machine: str = "", pipes: bool = False) -> Child:
    """One of them, not yet started; `machine` gives it that device's token and the way to the hall."""
    environment = dict(stage.environment)
    if machine:
        environment |= {
            "HALL_URL": stage.url,
            "HALL_BRANCH": stage.settings.branch,
            "HALL_DEVICE": machine,
            "HALL_TOKEN_FILE": str(stage.token_file(machine)),
            "HALL_BROKER_HOST": stage.settings.broker.host,
            "HALL_BROKER_PORT": str(stage.settings.broker.port),
        }
        if machine.startswith("counter-"):
            environment["HALL_COUNTER"] = machine.removeprefix("counter-")
    return Child(name, [sys.executable, "-m", *words], environment, stage.home / "logs", pipes)


def _wait_for_server(stage: Stage, household: Household) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            with urlopen(f"{stage.url}/healthz", timeout=2):  # noqa: S310 -- an address of our own
                return
        except (URLError, OSError):
            if not household.children["server"].alive:
                break
            time.sleep(0.05)
    raise NotReady(f"the server did not open; see {stage.home / 'logs'}")
