"""The line to the hall against the real server: acts are joined over a kill, screens learn that they are stale."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.adapters.accounts import Accounts
from server.adapters.database import open_engine
from server.adapters.upkeep import migrate
from server.contract.acts import IssueTicket, TicketAct
from server.contract.views.answers import TicketView
from server.contract.views.hall import HallView
from server.contract.words import Role
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused, HallAway
from server.link.stream import LineState, ViewStream
from server.settings import load

CONFIG = Path(__file__).parents[2] / "config"


class RealServer:
    def __init__(self, home: Path, port: int) -> None:
        environment = {"HALL_DATA": str(home / "data"), "HALL_PORT": str(port), "HALL_BROKER": "none"}
        settings = load(CONFIG, environment)
        settings.data_dir.mkdir(parents=True, mode=0o700)
        engine = open_engine(settings.database_url)
        migrate(engine)
        accounts = Accounts(engine)
        accounts.open()
        self.token = accounts.put_machine("kiosk-1", Role.KIOSK)
        engine.dispose()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = os.environ | environment
        self._log = home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, client: HallClient) -> None:
        with self._log.open("ab") as log:
            line = [sys.executable, "-m", "server", "server", "--config", str(CONFIG)]
            self._process = subprocess.Popen(line, env=self._environment, stdout=log, stderr=log, cwd=CONFIG.parent)
        assert until(lambda: answers(client)), self._log.read_text()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def until(wanted: Callable[[], bool], seconds: float = 30) -> bool:
    return any(wanted() or threading.Event().wait(0.1) for _ in range(int(seconds / 0.1)))


def answers(client: HallClient) -> bool:
    try:
        return client.hall().issuing
    except HallAway:
        return False


@pytest.fixture
def real(tmp_path: Path, port: int) -> Iterator[RealServer]:
    server = RealServer(tmp_path, port)
    yield server
    server.kill()


@pytest.fixture
def kiosk(real: RealServer) -> Iterator[HallClient]:
    client = HallClient(real.url, "chengdong", real.token)
    real.start(client)
    yield client
    client.close()


def test_acts_are_answered_refused_and_joined_over_a_kill(real: RealServer, kiosk: HallClient) -> None:
    wish = IssueTicket(request_id=new_request_id(), services=["pay"])
    ticket = kiosk.issue(wish)
    assert kiosk.issue(wish).number == ticket.number

    with pytest.raises(ActRefused) as refused:
        kiosk.issue(IssueTicket(request_id=new_request_id(), services=["tea"]))
    assert refused.value.problem.code == "unknown-service"
    with pytest.raises(ActRefused) as refused:
        kiosk.issue(IssueTicket(request_id=wish.request_id, services=["new"]))
    assert refused.value.problem.code == "reused-request-id"

    real.kill()
    with pytest.raises(HallAway) as away:
        kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    assert not away.value.outcome_unknown
    real.start(kiosk)

    again: TicketView = kiosk.issue(wish)
    assert (again.id, again.number) == (ticket.id, ticket.number)
    assert kiosk.services().reserved != []
    assert kiosk.ticket_act(ticket.id, "reprint", TicketAct(request_id=new_request_id())).reprints == 1


def test_screen_lives_goes_stale_and_lives_again(real: RealServer, kiosk: HallClient) -> None:
    views: queue.Queue[HallView] = queue.Queue()
    lines: queue.Queue[LineState] = queue.Queue()
    stream = ViewStream(kiosk, HallView, {"view": "hall"}, views.put, lines.put)

    def line_when(up: bool) -> Any:
        return until(lambda: lines.get(timeout=20).up is up)

    stream.start()
    assert line_when(up=True)
    kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    assert until(lambda: views.get(timeout=20).waiting == 1)

    real.kill()
    assert line_when(up=False)
    real.start(kiosk)
    assert line_when(up=True)

    assert until(lambda: views.get(timeout=20).waiting == 1)
    stream.stop()
