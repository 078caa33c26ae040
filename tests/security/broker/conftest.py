"""A branch as `hall init` leaves it, with TLS for HTTP and broker, a real mosquitto, and visitors of every kind."""

import os
import queue
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from server.adapters.broker_users import BrokerUsers
from server.adapters.embedded_broker import command
from server.console import accounts, initialise
from server.contract.acts import Enrol
from server.domain.vocabulary import Role
from server.installing import install
from server.link.acts import HallClient
from server.link.broker import BrokerAddress
from server.settings import Settings, load

SHIPPED = Path(__file__).parents[3] / "config"
START_S = 60.0
DEVICES = ("station-1", "station-2", "kiosk-1")


def until(wanted: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not wanted():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.03)
    return True


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Visitor:
    """Somebody's own MQTT client, which keeps to no contract of ours."""

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str | None = None,
        will: tuple[str, bytes] | None = None,
        anonymous: bool = False,
    ) -> None:
        self.answers: list[str] = []
        self.heard: queue.Queue[MQTTMessage] = queue.Queue()
        self.gone = threading.Event()
        self._subscribed: queue.Queue[int | None] = queue.Queue()
        name = address.user if client_id is None else client_id
        self._client = Client(CallbackAPIVersion.VERSION2, name, reconnect_on_failure=False)
        if not anonymous:
            self._client.username_pw_set(address.user, address.password)
        if address.ca_file is not None:
            self._client.tls_set_context(ssl.create_default_context(cafile=address.ca_file))
        if will is not None:
            self._client.will_set(*will, qos=1, retain=True)
        self._client.on_connect = lambda _c, _d, _f, reason, _p: self.answers.append(str(reason))
        self._client.on_disconnect = lambda *_args: self.gone.set()
        self._client.on_message = lambda _c, _d, message: self.heard.put(message)
        self._client.on_subscribe = lambda _c, _d, mid, *_args: self._subscribed.put(mid)
        self._client.connect(address.host, address.port)
        self._client.loop_start()

    @property
    def inside(self) -> bool:
        """Waits for the broker's answer."""
        assert until(lambda: self.answers or self.gone.is_set())
        return self.answers == ["Success"] and not self.gone.is_set()

    def hear(self, *filters: str) -> None:
        for each in filters:
            _, mid = self._client.subscribe(each, 1)
            assert self._subscribed.get(timeout=5) == mid

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> MQTTMessageInfo:
        return self._client.publish(topic, payload, 1, retain)

    def said(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Returns when the broker has taken it."""
        self.say(topic, payload, retain=retain).wait_for_publish(5)

    def topics(self) -> list[str]:
        found = []
        while not self.heard.empty():
            found.append(self.heard.get().topic)
        return found

    def drop(self) -> None:
        """The line breaks without a goodbye, so that a last will speaks."""
        line = self._client.socket()
        assert isinstance(line, socket.socket)
        line.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@dataclass
class Branch:
    """A branch's files, and its broker as a process of its own."""

    config: Path
    home: Path
    settings: Settings
    broker: subprocess.Popen[bytes] | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.settings.broker.kind.value

    def address(self, user: str, password: str | None = None) -> BrokerAddress:
        place = self.settings.broker
        return BrokerAddress(
            place.host, place.port, user, self.passwords.get(user, "") if password is None else password, place.ca_file
        )

    def visit(self, user: str, password: str | None = None, **more: Any) -> Visitor:
        self.visitors.append(Visitor(self.address(user, password), **more))
        return self.visitors[-1]

    def enter(self, user: str, *filters: str, **more: Any) -> Visitor:
        """A visitor who must be let in."""
        visitor = self.visit(user, **more)
        assert visitor.inside, visitor.answers
        visitor.hear(*filters)
        return visitor

    def start_broker(self) -> None:
        place = self.settings.broker
        line = [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(self.home / "broker/mosquitto.conf")]
        if self.kind == "embedded":
            line = command(place.port, self.home / "broker/users")
        with (self.home / "broker.log").open("ab") as log:
            self.broker = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        assert until(lambda: listens(place.port), START_S), (self.home / "broker.log").read_text()

    def stop_broker(self) -> None:
        if self.broker is not None:
            self.broker.kill()
            self.broker.wait()

    def close(self) -> None:
        for visitor in self.visitors:
            visitor.leave()
        self.stop_broker()


def found_branch(folder: Path, kind: str, ports: tuple[int, int]) -> Branch:
    """`ports`: of HTTP and of the broker. Everything else as shipped, and as `hall init` makes it."""
    config, home = Path(shutil.copytree(SHIPPED, folder / "config")), folder / "data"
    text = (config / "hall.toml").read_text(encoding="utf-8")
    for old, new in (
        ("# [server.tls]", "[server.tls]"),
        ("# certificate =", "certificate ="),
        ("# key =", "key ="),
        ("port = 8080", f"port = {ports[0]}"),
        ("port = 1883", f"port = {ports[1]}"),
        ('kind = "embedded"', f'kind = "{kind}"'),
        ("data_dir = ", f'data_dir = "{home}"\n# was: '),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    if kind == "mosquitto":
        text = text.replace("# ca_file =", "ca_file =", 1)
    (config / "hall.toml").write_text(text, encoding="utf-8")
    install(load(config, before_init=True))
    return Branch(config, home, load(config))


@contextmanager
def two_ports() -> Iterator[tuple[int, int]]:
    """Free ones; both held until both are known, so that they differ."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(2)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        chosen = (probes[0].getsockname()[1], probes[1].getsockname()[1])
    yield chosen


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """Each of the two supported brokers with its users, and no hall behind it."""
    with two_ports() as ports:
        branch = found_branch(tmp_path_factory.mktemp(request.param), request.param, ports)
    users = BrokerUsers(branch.home / "broker/users")
    for user in ("server", "centre", *DEVICES):
        branch.passwords[user] = f"password-of-{user}"
        users.put(user, branch.passwords[user])
    branch.start_broker()
    yield branch
    branch.close()


@pytest.fixture
def small_broker(tmp_path: Path) -> Iterator[Branch]:
    """A mosquitto of the test's own with little memory: 8 MB."""
    with two_ports() as ports:
        branch = found_branch(tmp_path, "mosquitto", ports)
    branch.passwords = {user: f"password-of-{user}" for user in DEVICES}
    for user, password in branch.passwords.items():
        BrokerUsers(branch.home / "broker/users").put(user, password)
    config = branch.home / "broker/mosquitto.conf"
    text = re.sub(r"(?m)^memory_limit \d+$", "memory_limit 8000000", config.read_text(encoding="utf-8"))
    config.write_text(text, encoding="utf-8")
    branch.start_broker()
    yield branch
    branch.close()


@dataclass
class Hall:
    """The whole of a branch: `hall server` and mosquitto, each a process, and machines enrolled over HTTPS."""

    branch: Branch
    environ: dict[str, str]
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.branch.settings.port}"

    @property
    def authority(self) -> Path:
        found = self.branch.settings.broker.ca_file
        assert found is not None
        return found

    def hall(self, *words: str, typed: str = "", code: int = 0) -> str:
        """Runs `hall`; -> what it says."""
        line = [sys.executable, "-m", "server", *words]
        done = subprocess.run(
            line, input=typed, capture_output=True, text=True, env=self.environ, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def enrol(self, device: str, code: str) -> str:
        """The machine's token, which is also its password at the broker."""
        client = HallClient(self.url, "chengdong", "", ca_file=self.authority, timeout_s=5)
        token = client.enrol(Enrol(code=code, device=device))
        client.close()
        return self._expected(device, token)

    def enrol_by_hand(self, device: str, role: str) -> str:
        """As a technician does, at the machine itself."""
        code = self.hall("device", "code", device, "--role", role).split()[-1]
        where = ("--url", self.url, "--branch", "chengdong", "--ca-file", str(self.authority))
        self.hall("device", "enrol", device, *where, typed=f"{code}\n")
        return self._expected(device, (self.branch.home / "tokens" / device).read_text(encoding="utf-8"))

    def _expected(self, device: str, token: str) -> str:
        self.branch.passwords[device] = token
        assert until(lambda: self.branch.visit(device).inside), "mosquitto has not heard of the new machine"
        return token

    def start_server(self) -> None:
        line = [sys.executable, "-m", "server", "server"]
        with (self.branch.home / "server.log").open("ab") as log:
            self.server = subprocess.Popen(line, stdout=log, stderr=log, env=self.environ)
        assert until(lambda: listens(self.branch.settings.port), START_S), self.said()

    def stop_server(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(20)

    def said(self) -> str:
        return (self.branch.home / "server.log").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A whole branch with TLS everywhere, its stations and one kiosk enrolled."""
    with two_ports() as ports:
        branch = found_branch(tmp_path_factory.mktemp("hall"), "mosquitto", ports)
    made = Hall(branch, {**os.environ, "HALL_CONFIG": str(branch.config), "HALL_DATA": str(branch.home)})
    branch.start_broker()
    codes = {each.name: each.secret for each in initialise(branch.settings)}
    with accounts(branch.settings) as book:
        codes["station-2"] = book.invite(Role.STATION, device="station-2")
    made.start_server()
    for device in DEVICES:
        made.enrol(device, codes[device])
    yield made
    made.stop_server()
    branch.close()
