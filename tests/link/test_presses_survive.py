"""Every press of a pad counts exactly once, whoever is killed on the way: broker, server, or the station itself."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.adapters.accounts import Accounts
from server.adapters.database import open_engine
from server.adapters.ledger import SqlLedger
from server.adapters.private_store import PrivateStore
from server.adapters.upkeep import migrate
from server.contract.messages import RatingPress
from server.contract.topics import RATING
from server.contract.words import Role
from server.domain.events.ratings import RatingIgnored
from server.link.broker import BrokerAddress, BrokerLink
from server.link.outbox import Outbox
from server.link.presence import device_state
from server.link.sender import EventSender
from server.mqtt_side import server_user
from server.settings import Settings, load

CONFIG = Path(__file__).parents[2] / "config"


class Station:
    """The sending half of a station, that can be ended and begun again over the same outbox."""

    def __init__(self, address: BrokerAddress, branch: str, outbox: Path) -> None:
        self._link = BrokerLink(address, device_state(branch, address.user, "station"))
        self.outbox = Outbox(outbox)
        self._sender = EventSender(self._link, self.outbox, address.user, (RATING,), resend_after_s=0.5)
        self._sender.start()
        self._link.start()

    def press(self, score: int) -> None:
        self._sender.tell(RATING, RatingPress(score=score, counter=1))

    def emptied(self, timeout_s: float) -> bool:
        until = time.monotonic() + timeout_s
        while self.outbox.count() and time.monotonic() < until:
            threading.Event().wait(0.05)
        return self.outbox.count() == 0

    def close(self) -> None:
        self._sender.stop()
        self._link.stop()
        self.outbox.close()


class ServerProcess:
    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = os.environ | environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            line = [sys.executable, "-m", "server", "server", "--config", str(CONFIG)]
            self._process = subprocess.Popen(
                line, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=CONFIG.parent
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def on_close() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", ["amqtt", "mosquitto"])
def test_every_press_counts_once_though_broker_server_and_station_die(
    kind: str, tmp_path: Path, port: int, new_broker: Callable[..., Any], on_close: ExitStack
) -> None:
    data = tmp_path / "data"
    environment = {
        "HALL_DATA": str(data),
        "HALL_PORT": "0",
        "HALL_BROKER": "embedded" if kind == "amqtt" else "mosquitto",
        "HALL_BROKER_PORT": str(port),
    }
    settings = load(CONFIG, environment)
    token = enrol_station(settings)
    users, _ = server_user(settings)
    users.put_device("station-1", token)
    broker = new_broker(kind, data / "broker", port)
    server = ServerProcess(environment, tmp_path / "server.log")
    on_close.callback(server.kill)
    address = BrokerAddress("127.0.0.1", port, "station-1", token)

    def new_station() -> Station:
        station = Station(address, settings.branch, tmp_path / "outbox.db")
        on_close.callback(station.close)
        return station

    broker.start()
    server.start()
    station = new_station()
    for n in range(80):
        station.press(1 + n % 5)
        match n:
            case 15:
                assert station.emptied(60), (tmp_path / "server.log").read_text()
            case 20:
                broker.kill()
            case 30:
                broker.start()
            case 40:
                server.kill()
            case 50:
                server.start()
            case 60:
                station.close()
                station = new_station()
            case _:
                pass

    assert station.emptied(60), (tmp_path / "server.log").read_text()
    server.kill()
    assert presses_in_journal(settings) == Counter(dict.fromkeys(range(1, 6), 16))


def enrol_station(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, mode=0o700)
    engine = open_engine(settings.database_url)
    migrate(engine)
    accounts = Accounts(engine)
    accounts.open()
    token = accounts.put_machine("station-1", Role.STATION)
    engine.dispose()
    return token


def presses_in_journal(settings: Settings) -> Counter[int]:
    engine = open_engine(settings.database_url)
    migrate(engine)
    ledger = SqlLedger(
        engine,
        settings.branch,
        private=PrivateStore(engine, settings.branch),
        new_journal_id=lambda: "none",
        now=lambda: datetime.now(UTC),
    )
    assert ledger.acquire()
    events = [recorded.event for recorded in ledger.recover().events]
    ledger.release()
    engine.dispose()
    return Counter(event.score for event in events if isinstance(event, RatingIgnored))
