"""Real servers of a test's own on free loopback ports: PostgreSQL, mosquitto, amqtt. A plugin of conftest.py."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

import psycopg
import pytest

START_S = 20.0
"""A server that does not answer within this long has failed to start."""


@pytest.fixture
def branch_id() -> str:
    """A branch that no other test knows."""
    return f"t-{secrets.token_hex(6)}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def port() -> int:
    """A loopback port that nobody listens on."""
    return free_port()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[int]:
    """Runs a server until the block ends; -> its port, once it accepts connections."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        until = monotonic() + START_S
        while not _answers(port):
            if process.poll() is not None or monotonic() > until:
                pytest.fail(f"{command[0]} did not start:\n{log.read_text(errors='replace')}", pytrace=False)
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tool(name: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", *folders]))
    if found is None:
        pytest.fail(f"{name} is needed by this test; `make setup` installs it", pytrace=False)
    return found


# -- PostgreSQL ------------------------------------------------------------
def _wait_for_postgresql(port: int) -> None:
    """It accepts connections a little before it answers them."""
    until = monotonic() + START_S
    while True:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            if monotonic() > until:
                raise
            sleep(0.05)
        else:
            return


class Cluster:
    """A PostgreSQL of the tests' own, on loopback; `kill` ends all of its processes at once."""

    def __init__(self, home: Path) -> None:
        newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        folders = [str(path) for path in reversed(newest)]
        self._initdb, self._postgres = _tool("initdb", *folders), _tool("postgres", *folders)
        self._user = "postgres" if os.geteuid() == 0 else None
        self._home, self._data = home, home / "data"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}"

    def create(self) -> None:
        if self._user:
            shutil.chown(self._home, self._user, self._user)
        words = ["-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        user = self._user
        subprocess.run([self._initdb, *words], check=True, capture_output=True, user=user, group=user, cwd=self._home)

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "200",
        }
        words = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        with (self._home / "log").open("ab") as output:
            self._process = subprocess.Popen(
                [self._postgres, "-D", str(self._data), *words],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                user=self._user, group=self._user, cwd=self._home, start_new_session=True,
            )  # fmt: skip
        _wait_for_postgresql(self._port)

    def kill(self) -> None:
        """As a power cut would; what it had committed is still there when it starts again."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)


@contextmanager
def _cluster() -> Iterator[Cluster]:
    home = Path(tempfile.mkdtemp(prefix="hall-pg-"))
    cluster = Cluster(home)
    try:
        cluster.create()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The address of a PostgreSQL cluster of this test run, without a database's name."""
    with _cluster() as cluster:
        yield cluster.url


@pytest.fixture
def mortal_postgresql() -> Iterator[Cluster]:
    """A PostgreSQL of this test alone, which may be killed."""
    with _cluster() as cluster:
        yield cluster


@contextmanager
def _pg_database(pg_server: str) -> Iterator[str]:
    name = f"hall_{secrets.token_hex(6)}"
    admin = pg_server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{pg_server}/{name}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def pg_url(pg_server: str) -> Iterator[str]:
    """SQLAlchemy's address of an empty database, dropped after the test."""
    with _pg_database(pg_server) as url:
        yield url


@pytest.fixture(scope="module")
def module_pg_url(pg_server: str) -> Iterator[str]:
    """One database for all tests of a file."""
    with _pg_database(pg_server) as url:
        yield url


# -- brokers ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class BrokerAddress:
    host: str
    port: int


class StartMosquitto(Protocol):
    def __call__(self, settings: str, at: int | None = None) -> BrokerAddress: ...


@contextmanager
def _mosquitto(home: Path, settings: str, at: int) -> Iterator[BrokerAddress]:
    file = home / f"mosquitto-{at}.conf"
    file.write_text(f"user root\nlistener {at} 127.0.0.1\n{settings}\n")
    with running([_tool("mosquitto"), "-c", str(file)], at, home / f"mosquitto-{at}.log"):
        yield BrokerAddress("127.0.0.1", at)


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerAddress]:
    """A mosquitto of this test run that lets everyone in; tests are apart by their branch."""
    settings = "allow_anonymous true\npersistence false"
    with _mosquitto(tmp_path_factory.mktemp("mosquitto"), settings, free_port()) as address:
        yield address


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[StartMosquitto]:
    """Starts a mosquitto of the test's own with the given lines of configuration."""
    with ExitStack() as stack:
        yield lambda settings, at=None: stack.enter_context(_mosquitto(tmp_path, settings, at or free_port()))


@pytest.fixture(scope="session")
def amqtt_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerAddress]:
    """An amqtt of this test run, in its own process, that lets everyone in."""
    home, chosen = tmp_path_factory.mktemp("amqtt"), free_port()
    (home / "amqtt.yaml").write_text(
        f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{chosen}\n"
        "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n"
    )
    amqtt = str(Path(sys.executable).with_name("amqtt"))
    with running([amqtt, "-c", str(home / "amqtt.yaml")], chosen, home / "amqtt.log"):
        yield BrokerAddress("127.0.0.1", chosen)
