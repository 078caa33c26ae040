"""The embedded broker's process: started when nobody listens, again when it dies, gone with its parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import create_connection

import pytest

from server.adapters.broker_users import BrokerUsers
from server.adapters.embedded_broker import WatchedBroker, command


def listens(port: int) -> bool:
    try:
        with create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def within(seconds: float, true: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        threading.Event().wait(0.05)
    return True


@pytest.fixture
def users_file(tmp_path: Path) -> Path:
    users = BrokerUsers(tmp_path / "users")
    users.put("server", "token")
    return users.path


@pytest.fixture
def watched(port: int, users_file: Path) -> Iterator[WatchedBroker]:
    broker = WatchedBroker(port, users_file, grace_s=0.0)
    yield broker
    broker.stop()


def test_broker_is_started_again_when_it_dies(watched: WatchedBroker, port: int) -> None:
    watched.start()
    assert within(20, lambda: listens(port))
    first = watched.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    assert within(20, lambda: watched.pid not in (None, first) and listens(port))


def test_broker_of_someone_else_is_left_to_them(watched: WatchedBroker, port: int, users_file: Path) -> None:
    with subprocess.Popen(command(port, users_file), stdin=subprocess.DEVNULL) as theirs:
        assert within(20, lambda: listens(port))
        watched.start()

        assert not within(1.2, lambda: watched.pid is not None)
        theirs.terminate()


def test_own_broker_that_runs_is_not_knocked_at(
    watched: WatchedBroker, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    watched.start()
    assert within(20, lambda: listens(port))
    capfd.readouterr()

    threading.Event().wait(1.5)

    ours = 1
    assert capfd.readouterr().err.count("No data from") <= ours


def test_second_broker_waits_for_the_first_to_end(port: int, users_file: Path) -> None:
    with subprocess.Popen(command(port, users_file), stdin=subprocess.DEVNULL) as first:
        assert within(20, lambda: listens(port))
        with subprocess.Popen(command(port, users_file), stdin=subprocess.DEVNULL) as second:
            assert not within(1.5, lambda: second.poll() is not None)

            first.kill()

            assert within(20, lambda: listens(port))
            second.terminate()


def test_broker_ends_with_the_program_that_started_it(port: int, users_file: Path) -> None:
    parent = (
        "import sys, threading; from pathlib import Path;"
        "from server.adapters.embedded_broker import WatchedBroker;"
        "WatchedBroker(int(sys.argv[1]), Path(sys.argv[2]), grace_s=0).start(); threading.Event().wait()"
    )
    with subprocess.Popen([sys.executable, "-c", parent, str(port), str(users_file)]) as process:
        assert within(20, lambda: listens(port))

        process.kill()

        assert within(10, lambda: not listens(port))
