"""The station between real pads' lines and a real broker: presses arrive once, lights follow, troubles are told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from time import sleep
from typing import Protocol

import pytest
from ulid import ULID

from devices.bootstrap import build_simulation, build_station
from devices.registry import load_devices
from devices.simulation import Simulation
from server.contract.messages import (
    DeviceAlert,
    Event,
    PartState,
    RatingClosed,
    RatingPress,
    RatingWindow,
    Stored,
)
from server.contract.topics import DEVICE_ALERT, DEVICE_PART, RATING, RATING_CLOSED, RATING_WINDOW, STORED
from server.link.broker import BrokerAddress, BrokerLink
from server.link.hearing import Heard
from server.link.presence import server_state

Wait = Callable[..., None]
PADS = 6


class Address(Protocol):
    host: str
    port: int


class Hall:
    """The server's side of the broker: keeps each event once and acknowledges what it kept."""

    def __init__(self, branch: str, address: tuple[str, int]) -> None:
        self.branch = branch
        self.events: dict[str, Event[RatingPress]] = {}
        self.deaf = False
        self.parts: dict[str, PartState] = {}
        self.alerts: dict[str, DeviceAlert | None] = {}
        self._address = address
        self._lock = threading.Lock()
        self.start()

    def start(self) -> None:
        host, port = self._address
        self._link = BrokerLink(BrokerAddress(host, port, "server", ""), server_state(self.branch, lambda: ("J", 1)))
        self._link.subscribe(RATING, self._keep)
        self._link.hear(DEVICE_PART, self._hear_part)
        self._link.hear(DEVICE_ALERT, self._hear_alert)
        self._link.start()
        assert self._link.wait_up(15)

    def stop(self) -> None:
        self._link.stop()

    def wish(self, wish: RatingWindow | RatingClosed) -> None:
        if isinstance(wish, RatingWindow):
            self._link.publish(RATING_WINDOW, wish, device="station-1")
        else:
            self._link.publish(RATING_CLOSED, wish, device="station-1")

    def open_window(self, window: str, counter: int, seconds: float = 30.0) -> None:
        self.wish(RatingWindow(id=str(ULID()), window=window, counter=counter, seconds=seconds, number="A023"))

    @property
    def presses(self) -> list[RatingPress]:
        with self._lock:
            return [event.data for event in self.events.values()]

    def _keep(self, event: Event[RatingPress]) -> None:
        if self.deaf:
            return
        with self._lock:
            self.events.setdefault(event.id, event)
            seqs = {each.seq for each in self.events.values() if each.boot == event.boot}
        upto = event.after
        while upto + 1 in seqs:
            upto += 1
        self._link.publish(STORED, Stored(id=str(ULID()), boot=event.boot, upto=upto), device=event.source)

    def _hear_part(self, heard: Heard[PartState]) -> None:
        if heard.message:
            self.parts[heard.ids["name"]] = heard.message

    def _hear_alert(self, heard: Heard[DeviceAlert]) -> None:
        self.alerts[heard.ids["name"]] = heard.message


class Branch:
    """A machine with six pads and a station that is not started yet."""

    def __init__(self, home: Path, branch: str, host: str, port: int, stack: ExitStack) -> None:
        self.home = home
        self.environ = {
            "HALL_DATA": str(home),
            "HALL_BRANCH": branch,
            "HALL_BROKER_HOST": host,
            "HALL_BROKER_PORT": str(port),
        }
        (home / "tokens").mkdir()
        (home / "tokens" / "station-1").write_text("secret")
        self.config = home / "config"
        shutil.copytree("config", self.config)
        text = (self.config / "devices.toml").read_text(encoding="utf-8")
        (self.config / "devices.toml").write_text(text[text.index("[devices.pad-1]") :], encoding="utf-8")
        simulation = build_simulation(load_devices(self.config, home), 0, Random(5))
        assert isinstance(simulation, Simulation)
        self.simulation = simulation
        simulation.start()
        stack.callback(simulation.stop)
        self.hall = Hall(branch, (host, port))
        stack.callback(self.hall.stop)

    def do(self, device: str, do: str, **facts: object) -> dict[str, object]:
        answer = self.simulation.answer(json.dumps({"device": device, "do": do, **facts}).encode())
        assert "error" not in answer
        return answer

    def unacknowledged(self) -> int:
        return sum(int(str(self.do(f"pad-{n}", "look")["unacknowledged"])) for n in range(1, PADS + 1))

    def run(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "devices", "station", "--config", str(self.config)]
        return subprocess.Popen(command, env={**os.environ, **self.environ}, stderr=subprocess.DEVNULL)


@pytest.fixture(params=["mosquitto", "amqtt_broker"])
def branch(request: pytest.FixtureRequest, tmp_path: Path, branch_id: str) -> Iterator[Branch]:
    address: Address = request.getfixturevalue(request.param)
    with ExitStack() as stack:
        yield Branch(tmp_path, branch_id, address.host, address.port, stack)


@pytest.fixture
def manned(branch: Branch) -> Iterator[Branch]:
    """The branch with its station at work."""
    station = build_station(branch.config, branch.environ)
    station.start()
    yield branch
    station.stop()


def test_a_press_in_its_window_arrives_with_it(manned: Branch, eventually: Wait) -> None:
    eventually(lambda: len(manned.hall.parts) == PADS)
    manned.hall.open_window("W1", counter=2)
    eventually(lambda: manned.do("pad-2", "look")["light"] == "invite")
    assert manned.do("pad-2", "look")["number"] == "A023"

    manned.do("pad-2", "press", key=5)

    eventually(lambda: len(manned.hall.presses) == 1)
    (press,) = manned.hall.presses
    assert (press.window, press.score, press.key, press.counter, press.in_time) == ("W1", 5, 5, 2, True)
    eventually(lambda: manned.do("pad-2", "look")["light"] == "thanks")


def test_the_lamp_goes_out_when_the_seconds_are_over_and_nobody_says_so(manned: Branch, eventually: Wait) -> None:
    eventually(lambda: len(manned.hall.parts) == PADS)
    manned.hall.open_window("W1", counter=2, seconds=1.5)
    eventually(lambda: manned.do("pad-2", "look")["light"] == "invite")

    eventually(lambda: manned.do("pad-2", "look")["light"] == "off")


def test_a_press_outside_the_window_known_here_is_left_to_the_servers_judgement(
    manned: Branch, eventually: Wait
) -> None:
    """It may be the first press of a new window whose word has not arrived yet."""
    eventually(lambda: len(manned.hall.parts) == PADS)
    manned.do("pad-1", "press", key=1)
    eventually(lambda: len(manned.hall.presses) == 1)
    manned.hall.open_window("W2", counter=1)
    eventually(lambda: manned.do("pad-1", "look")["light"] == "invite")
    manned.hall.wish(RatingClosed(id=str(ULID()), window="W2"))
    eventually(lambda: manned.do("pad-1", "look")["light"] == "off")
    manned.do("pad-1", "press", key=4)

    eventually(lambda: len(manned.hall.presses) == 2)
    assert [(press.window, press.in_time) for press in manned.hall.presses] == [(None, None), (None, None)]
    assert manned.hall.presses[1].pressed_age_ms < 1000


def test_a_dead_pad_is_told_and_stalls_no_other(manned: Branch, eventually: Wait) -> None:
    eventually(lambda: all(f"pad-{n}" in manned.hall.parts for n in range(1, PADS + 1)))
    eventually(lambda: manned.hall.parts["pad-3"].health == "ok")
    manned.do("pad-3", "unplug")
    manned.do("pad-4", "press", key=5)

    eventually(lambda: manned.hall.parts["pad-3"].health == "fault")
    assert manned.hall.parts["pad-3"].causes == ["unplugged"]
    eventually(lambda: manned.hall.alerts.get("pad-3") is not None)
    eventually(lambda: len(manned.hall.presses) == 1)
    manned.do("pad-3", "plug")
    eventually(lambda: manned.hall.parts["pad-3"].health == "ok")
    eventually(lambda: manned.hall.alerts["pad-3"] is None)


def test_a_station_that_starts_alarms_nobody_until_a_pad_stays_silent(branch: Branch, eventually: Wait) -> None:
    branch.do("pad-6", "silence")
    station = build_station(branch.config, branch.environ)
    station.start()
    eventually(lambda: branch.hall.alerts.get("pad-6") is not None, 10)
    station.stop()

    assert branch.hall.parts["pad-6"].causes == ["silent"]
    assert [name for name, alert in branch.hall.alerts.items() if alert] == ["pad-6"]


def test_presses_wait_for_a_server_that_is_away(manned: Branch, eventually: Wait) -> None:
    eventually(lambda: len(manned.hall.parts) == PADS)
    manned.hall.stop()
    for n in range(1, PADS + 1):
        manned.do(f"pad-{n}", "press", key=3)
    eventually(lambda: manned.unacknowledged() == 0)
    manned.hall.start()

    eventually(lambda: len(manned.hall.presses) == PADS, 15)


def test_fifty_presses_arrive_once_though_the_station_is_killed(branch: Branch, eventually: Wait) -> None:
    station = branch.run()
    try:
        for n in range(50):
            branch.do(f"pad-{n % PADS + 1}", "press", key=n // PADS % 5 + 1)
            if n in {11, 25, 40}:
                eventually(lambda: branch.unacknowledged() < 8, 15)
                station.send_signal(signal.SIGKILL)
                station.wait()
                station = branch.run()
        eventually(lambda: branch.unacknowledged() == 0, 30)
        eventually(lambda: len(branch.hall.events) >= 50, 30)
    finally:
        station.terminate()
        station.wait(20)

    scores = sorted((press.counter, press.score) for press in branch.hall.presses)
    assert scores == sorted((n % PADS + 1, n // PADS % 5 + 1) for n in range(50))


def test_fifty_presses_arrive_once_though_broker_and_server_are_killed(
    tmp_path: Path, branch_id: str, port: int, eventually: Wait
) -> None:
    tool = shutil.which("mosquitto", path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    assert tool is not None
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\n")
    broker = subprocess.Popen([tool, "-c", str(settings)], stderr=subprocess.DEVNULL)
    with ExitStack() as stack:
        branch = Branch(tmp_path, branch_id, "127.0.0.1", port, stack)
        station = build_station(branch.config, branch.environ)
        station.start()
        stack.callback(station.stop)
        for n in range(50):
            branch.do(f"pad-{n % PADS + 1}", "press", key=n // PADS % 5 + 1)
            sleep(0.02)
            if n in {15, 35}:
                broker.kill()
                broker.wait()
                broker = subprocess.Popen([tool, "-c", str(settings)], stderr=subprocess.DEVNULL)
            if n == 25:
                branch.hall.deaf = True
            if n == 45:
                branch.hall.deaf = False
        eventually(lambda: len(branch.hall.events) >= 50, 30)
        scores = sorted((press.counter, press.score) for press in branch.hall.presses)
    broker.kill()
    broker.wait()

    assert scores == sorted((n % PADS + 1, n // PADS % 5 + 1) for n in range(50))
