"""What attackers' tests share: a hall on a line of its own bounds, and raw sockets to it."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from server.bootstrap import Server, build
from server.entrypoints.lines import BOUNDS, Bounds
from server.settings import load

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A served hall as an attacker meets it."""

    server: Server
    url: str
    bounds: Bounds
    open_lines: Callable[[], int]

    def line(self) -> socket.socket:
        """A line on which anything may be sent."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        opened = socket.create_connection((parts.hostname, parts.port or 0), timeout=PATIENCE_S)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(self.server.settings.config_dir / "ca.crt"))
            return context.wrap_socket(opened, server_hostname="127.0.0.1")
        return opened

    def says(self, *pieces: bytes) -> bytes:
        """All that is answered to these bytes until the server closes the line or is silent."""
        with self.line() as line:
            for piece in pieces:
                line.sendall(piece)
            return heard(line)


def heard(line: socket.socket) -> bytes:
    """What comes until the far end closes; TimeoutError when it never does."""
    found = bytearray()
    try:
        while piece := line.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return bytes(found)


class ServeGate(Protocol):
    def __call__(
        self, home: Path, bounds: Bounds = ..., config: Path | None = None, **environ: str
    ) -> AbstractContextManager[Gate]: ...


@pytest.fixture(scope="session")
def serve_gate() -> ServeGate:
    """Serves a hall whose lines are bounded as given, until the block ends."""
    shipped = Path(__file__).parents[2] / "config"

    @contextmanager
    def served(home: Path, bounds: Bounds = BOUNDS, config: Path | None = None, **environ: str) -> Iterator[Gate]:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        given = {"HALL_DATA": str(home), "HALL_BROKER": "none", **environ}
        server = build(load(config or shipped, given))
        server.start()
        http = server.http(bounds)
        thread = threading.Thread(target=lambda: http.run(sockets=[listening]), name="gate")
        thread.start()
        scheme = "https" if server.settings.tls else "http"
        try:
            url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
            yield Gate(server, url, bounds, lambda: len(http.server_state.connections))
        finally:
            http.should_exit = True
            thread.join()
            server.stop()
            listening.close()

    return served


@pytest.fixture(scope="module")
def gate(serve_gate: ServeGate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """One hall for all tests of a file; slow lines are cut soon, few may be open."""
    bounds = Bounds(lines=24, of_one=20, head=8192, request_s=0.5, idle_s=1, unread_s=0.5)
    with serve_gate(tmp_path_factory.mktemp("gate"), bounds) as opened:
        yield opened


@pytest.fixture(scope="session")
def bearer() -> Any:
    """The header of who holds this token."""
    return lambda token: {"Authorization": f"Bearer {token}"}
