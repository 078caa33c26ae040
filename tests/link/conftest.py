"""A small hall that answers over real HTTP whatever a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from server.link.acts import HallClient
from server.link.outbox import Outbox

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
