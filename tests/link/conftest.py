"""A small hall that answers over real HTTP whatever a test tells it to."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from server.adapters.broker_users import BrokerUsers
from server.adapters.embedded_broker import command
from server.link.acts import HallClient
from server.link.broker import BrokerAddress, BrokerLink
from server.link.outbox import Outbox
from server.link.presence import device_state, server_state

Answer = Callable[["Asked", "Handler"], None]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "ScriptedHall"

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.server.asked.append(asked)
        self.server.answer(asked, self)

    do_GET = do_POST = do_PUT = handle_any

    def reply(self, status: int, body: bytes | str | dict[str, Any], **headers: str) -> None:
        raw = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def begin_stream(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def event(self, name: str, data: dict[str, Any], event_id: str = "") -> None:
        text = f"event: {name}\nid: {event_id}\ndata: {json.dumps(data)}\n\n"
        self.wfile.write(text.encode())
        self.wfile.flush()

    def log_message(self, *_args: object) -> None:
        pass


class ScriptedHall(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.asked: list[Asked] = []
        self.answer: Answer = lambda _asked, handler: handler.reply(404, {})
        self.done = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is part of these tests."""


@pytest.fixture
def hall() -> Iterator[ScriptedHall]:
    server = ScriptedHall()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.done.set()
    server.shutdown()
    server.server_close()
    thread.join(2)


@pytest.fixture
def connect() -> Iterator[Callable[..., HallClient]]:
    opened: list[HallClient] = []

    def open_client(url: str, **options: Any) -> HallClient:
        opened.append(HallClient(url, "chengdong", "secret-token", **options))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def open_outbox(tmp_path: Path) -> Iterator[Callable[..., Outbox]]:
    """Opens the same file again and again: as after restarts of the program (`boot` same) or the machine (new)."""
    opened: list[Outbox] = []

    def open_one(boot: str = "b1", now: float = 10.0) -> Outbox:
        opened.append(Outbox(tmp_path / "outbox.db", boot=boot, clock=lambda: now))
        return opened[-1]

    yield open_one
    for outbox in opened:
        outbox.close()


# -- brokers with their rules ------------------------------------------------------------
USERS = ("server", "centre", "station-1", "station-2", "kiosk-1")
RULES = Path(__file__).parents[2] / "config" / "mosquitto" / "acl"


class BrokerUnderTest:
    """A broker with users and rules that can be killed and started again on its port."""

    def __init__(self, kind: str, home: Path, port: int) -> None:
        self.kind = kind
        self.port = port
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)
        self._log = (home / "broker.log").open("wb")
        self.users = BrokerUsers(home / "users")
        home.joinpath("mosquitto.conf").write_text(
            f"user root\nlistener {port} 127.0.0.1\nallow_anonymous false\npassword_file {home / 'users'}\n"
            f"acl_file {RULES}\nuse_username_as_clientid true\nmessage_size_limit 140000\npersistence false\n"
        )

    def start(self) -> None:
        line = command(self.port, self._home / "users") if self.kind == "amqtt" else self._mosquitto()
        self._process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                break
        pytest.fail((self._home / "broker.log").read_text(), pytrace=False)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        self._log.close()

    def address(self, user: str, password: str | None = None) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self.port, user, password or f"token-of-{user}")

    def _mosquitto(self) -> list[str]:
        found = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        if found is None:
            pytest.fail("mosquitto is needed by this test; `make setup` installs it", pytrace=False)
        return [found, "-c", str(self._home / "mosquitto.conf")]


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path, port: int) -> Iterator[BrokerUnderTest]:
    """Each of the two supported brokers, in its own process, with the rules of a branch."""
    under_test = BrokerUnderTest(request.param, tmp_path, port)
    for user in USERS:
        under_test.users.put(user, f"token-of-{user}")
    under_test.start()
    yield under_test
    under_test.close()


@pytest.fixture
def new_broker() -> Iterator[Callable[[str, Path, int], BrokerUnderTest]]:
    """Makes a broker of a kind over a folder that has its users' file, not yet started."""
    made: list[BrokerUnderTest] = []

    def make(kind: str, home: Path, port: int) -> BrokerUnderTest:
        made.append(BrokerUnderTest(kind, home, port))
        return made[-1]

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def join(broker: BrokerUnderTest) -> Iterator[Callable[..., BrokerLink]]:
    """Opens a program's line to the broker; the server's for `server`."""
    links: list[BrokerLink] = []

    def open_link(user: str, *, started: bool = True, **options: Any) -> BrokerLink:
        own = (
            server_state("chengdong", lambda: ("j1", 42))
            if user == "server"
            else device_state("chengdong", user, "station")
        )
        link = BrokerLink(broker.address(user), own, **options)
        links.append(link)
        if started:
            link.start()
            assert link.wait_up(30)
        return link

    yield open_link
    for link in links:
        link.stop()
