"""Lines that are opened and starved: heads and bodies that never end, answers that nobody reads, too many at once."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from server.domain.vocabulary import Role

pytestmark = pytest.mark.attack(3)

HEAD = b"POST /api/v1/login HTTP/1.1\r\nHost: hall\r\nContent-Type: application/json\r\n"
SLOWEST_S = 5.0
BETWEEN_S = 0.05


@pytest.fixture
def others_are_served(gate: Any, bearer: Any) -> Iterator[None]:
    """After the attack a kiosk is answered as before."""
    yield
    token = gate.server.accounts.put_machine("kiosk-1", Role.KIOSK)
    answer = httpx.get(f"{gate.url}/api/v1/branches/chengdong/hall", headers=bearer(token), trust_env=False)
    assert answer.status_code == 200


def dripped(gate: Any, first: bytes, drop: bytes) -> float:
    """Seconds until the server has enough of a caller that sends a drop now and then."""
    with gate.line() as line:
        line.sendall(first)
        began = time.monotonic()
        line.settimeout(BETWEEN_S)
        while time.monotonic() - began < SLOWEST_S:
            try:
                if not line.recv(4096):
                    break
            except TimeoutError:
                line.sendall(drop)
            except ConnectionError:
                break
        return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (b"", b"\r\n"),
        (b"GET /health", b"z"),
        (HEAD, b"X-Drop: 1\r\n"),
        (HEAD + b"Content-Length: 6000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"GET /healthz HTTP/1.1\r\nHost: hall\r\n\r\n", b"\r\n"),
    ],
    ids=["silence", "empty lines", "first line", "head", "body", "chunks", "after an answer"],
)
def test_a_caller_that_never_comes_to_an_end_is_cut_off(
    gate: Any, others_are_served: None, first: bytes, drop: bytes
) -> None:
    assert dripped(gate, first, drop) < SLOWEST_S


def test_a_head_without_end_is_told_to_be_too_large_and_cut_off(gate: Any, others_are_served: None) -> None:
    with gate.line() as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nX-Long: ")
        told = b""
        try:
            for _ in range(64):
                line.sendall(b"x" * 4096)
            told = line.recv(4096)
        except ConnectionError:
            return
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"not-http"' in told


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"], ids=["kept open", "closing"])
def test_an_answer_that_nobody_reads_is_given_up(gate: Any, until: Any, others_are_served: None, last: bytes) -> None:
    until(lambda: not gate.open_lines())
    with gate.line() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: hall\r\n%s\r\n" % last)
        assert until(gate.open_lines) == 1
        assert until(lambda: not gate.open_lines(), SLOWEST_S)


def test_who_asks_before_the_last_answer_came_is_cut_off(gate: Any, others_are_served: None) -> None:
    assert gate.says(b"GET /healthz HTTP/1.1\r\nHost: hall\r\n\r\n" * 50).count(b"HTTP/1.1 ") <= 1


def test_one_address_holds_only_its_share_of_the_lines(gate: Any, others_are_served: None) -> None:
    with ExitStack() as stack:
        opened = [stack.enter_context(gate.line()) for _ in range(30)]
        refused = 0
        for line in opened[20:]:
            try:
                refused += not line.recv(1)
            except ConnectionError:
                refused += 1
        assert refused == 10


def test_a_line_that_asks_now_and_then_is_kept(gate: Any) -> None:
    with httpx.Client(base_url=gate.url, trust_env=False) as http:
        for _ in range(3):
            assert http.get("/healthz").status_code == 200
            time.sleep(0.8 * gate.bounds.request_s)


def test_an_open_event_stream_is_not_a_slow_caller(gate: Any, bearer: Any) -> None:
    display, kiosk = (gate.server.accounts.put_machine(f"{role}-1", role) for role in (Role.DISPLAY, Role.KIOSK))
    branch = f"{gate.url}/api/v1/branches/chengdong"
    with httpx.stream("GET", f"{branch}/events?view=hall", headers=bearer(display), trust_env=False) as stream:
        pieces = stream.iter_text()
        assert "event: snapshot" in next(pieces)
        time.sleep(2 * gate.bounds.request_s)
        issue = {"request_id": "a-late-one", "services": ["pay"]}
        assert httpx.post(f"{branch}/tickets", json=issue, headers=bearer(kiosk), trust_env=False).status_code == 201
        assert any('"waiting":1,' in piece for piece in pieces)
