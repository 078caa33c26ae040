"""amqtt in its own process: the broker of a branch that has not installed one. Loopback only.

`python -m server.adapters.embedded_broker --port 1883 --users FILE`; another one for the same file waits its turn.
"""

import argparse
import asyncio
import fcntl
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection
from typing import TYPE_CHECKING, Final

from server.adapters.broker_users import BrokerUsers
from server.settings import loopback

if TYPE_CHECKING:
    from server.adapters.broker_guard import HallBroker

log = logging.getLogger(__name__)

GUARD: Final = "server.adapters.broker_guard"
LOOK_EVERY_S: Final = 0.5
GRACE_S: Final = 3.0
"""Whoever else runs the branch's broker, as the demo does, starts it again within this time."""
STOP_S: Final = 5.0


def refuse_beyond_loopback(host: str) -> None:
    """Raises ValueError for any address that another machine could reach."""
    if not loopback(host):
        raise ValueError(f"the embedded broker listens on loopback only, not on {host}; use mosquitto")


class WatchedBroker:
    """Sees to it that a broker listens: starts one when nobody does, and again when it dies."""

    def __init__(
        self,
        port: int,
        users_file: Path,
        host: str = "127.0.0.1",
        *,
        grace_s: float = GRACE_S,
        each_look: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`each_look` is called twice a second, to keep the users' file current."""
        refuse_beyond_loopback(host)
        self._command = [*command(port, users_file, host), "--with-parent"]
        self._place = host, port
        self._grace_s = grace_s
        self._each_look = each_look
        self._clock = clock
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Of the broker's process, if it is ours."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="embedded-broker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._end()

    def _watch(self) -> None:
        heard_at = self._clock()
        while not self._stopping.is_set():
            try:
                self._each_look()
                if self._alive() or self._listens():
                    heard_at = self._clock()
                elif self._clock() - heard_at >= self._grace_s:
                    self._begin()
            except Exception:
                log.exception("watching the embedded broker failed")
            self._stopping.wait(LOOK_EVERY_S)

    def _begin(self) -> None:
        self._end()
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _listens(self) -> bool:
        with suppress(OSError), create_connection(self._place, timeout=1):
            return True
        return False


def command(port: int, users_file: Path, host: str = "127.0.0.1") -> list[str]:
    """The command line of the broker's process."""
    words = ["--host", host, "--port", str(port), "--users", str(users_file)]
    return [sys.executable, "-m", "server.adapters.embedded_broker", *words]


async def serve(host: str, port: int, users_file: Path, *, with_parent: bool = False) -> None:
    """Until SIGTERM, SIGINT, or the end of the parent that holds our standard input."""
    from server.adapters.broker_guard import HallBroker

    refuse_beyond_loopback(host)
    broker = HallBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {f"{GUARD}.Doorman": {"users_file": str(users_file)}, f"{GUARD}.Rules": {}},
        }
    )
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), stopped.set)
    await broker.start()
    seeing_off = asyncio.create_task(_see_off_the_revoked(broker, BrokerUsers(users_file), stopped))
    await stopped.wait()
    await seeing_off
    await broker.shutdown()


async def _see_off_the_revoked(broker: "HallBroker", users: BrokerUsers, stopped: asyncio.Event) -> None:
    written_at = 0
    while not stopped.is_set():
        with suppress(FileNotFoundError):
            last = users.path.stat().st_mtime_ns
            if last != written_at:
                written_at = last
                await broker.see_off_all_but(users.read())
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), LOOK_EVERY_S)


@contextmanager
def turn(users_file: Path, *, wait: bool) -> Iterator[None]:
    """One process serves these users at a time; raises BlockingIOError when another does and we may not `wait`."""
    users_file.parent.mkdir(parents=True, exist_ok=True)
    with users_file.with_name(users_file.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=Path, required=True)
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with suppress(BlockingIOError), turn(given.users, wait=not given.with_parent):
        asyncio.run(serve(given.host, given.port, given.users, with_parent=given.with_parent))


if __name__ == "__main__":
    main()
