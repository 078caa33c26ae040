"""amqtt in its own process: the broker of a branch that has not installed one. Loopback only.

`python -m server.adapters.embedded_broker --port 1883 --users FILE`
"""

import argparse
import asyncio
import logging
import signal
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path
from socket import create_connection

from amqtt.broker import Broker

GUARD = "server.adapters.broker_guard"
START_S = 20.0
STOP_S = 5.0


class BrokerNotStarted(Exception):
    """The embedded broker did not begin to listen."""


def refuse_beyond_loopback(host: str) -> None:
    """Raises ValueError for any address that another machine could reach."""
    if host == "localhost":
        return
    try:
        inside = ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise ValueError(f"the embedded broker listens on loopback only, not on {host}; use mosquitto")


class EmbeddedBroker:
    """The process and its end; the demo's watch starts it again when it dies."""

    def __init__(self, port: int, users_file: Path, host: str = "127.0.0.1") -> None:
        refuse_beyond_loopback(host)
        self.host = host
        self.port = port
        self._users_file = users_file
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it listens; raises BrokerNotStarted."""
        self._process = subprocess.Popen(command(self.port, self._users_file, self.host), stdin=subprocess.DEVNULL)
        until = time.monotonic() + START_S
        while not self._listens():
            if not self.alive() or time.monotonic() > until:
                self.stop()
                raise BrokerNotStarted(f"no broker on {self.host}:{self.port}")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        try:
            with create_connection((self.host, self.port), timeout=1):
                return True
        except OSError:
            if self._process is not None:
                try:
                    self._process.wait(0.05)
                except subprocess.TimeoutExpired:
                    return False
            return False


def command(port: int, users_file: Path, host: str = "127.0.0.1") -> list[str]:
    """The command line of the broker's process."""
    words = ["--host", host, "--port", str(port), "--users", str(users_file)]
    return [sys.executable, "-m", "server.adapters.embedded_broker", *words]


async def serve(host: str, port: int, users_file: Path) -> None:
    """Until SIGTERM or SIGINT."""
    refuse_beyond_loopback(host)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {f"{GUARD}.Doorman": {"users_file": str(users_file)}, f"{GUARD}.Rules": {}},
        }
    )
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    await broker.start()
    await stopped.wait()
    await broker.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=Path, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(given.host, given.port, given.users))


if __name__ == "__main__":
    main()
