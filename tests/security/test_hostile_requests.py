"""Requests that are no requests: huge, deep, torn, doubled, in no encoding; told as problems, with bounded memory."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.vocabulary import Role
from server.entrypoints.openapi import document
from server.entrypoints.table import ENDPOINTS

pytestmark = pytest.mark.attack(12)

BRANCH = "/api/v1/branches/chengdong"
GROWTH = 24 * 1024 * 1024
DEEP = b"[" * 30_000 + b"]" * 30_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True, slots=True)
class Process:
    """A hall's server as the process it is in a real branch."""

    url: str
    port: int
    pid: int
    token: str
    http: httpx.Client

    def memory(self) -> int:
        used: int = psutil.Process(self.pid).memory_info().rss
        return used

    def says(self, raw: bytes) -> bytes:
        """The beginning of the answer to these bytes."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=10)) as line:
            try:
                line.sendall(raw)
                return line.recv(65536)
            except ConnectionError:
                return b""


@pytest.fixture(scope="module")
def process(serve_hall: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    home = tmp_path_factory.mktemp("process")
    with serve_hall(home) as made:
        token = made.machine(Role.KIOSK, "kiosk-1").token
    shipped = Path(__file__).parents[2] / "config"
    config = shutil.copytree(shipped, home / "config")
    hall = (config / "hall.toml").read_text("utf-8")
    (config / "hall.toml").write_text(hall.replace("acts_per_second = 20 ", "acts_per_second = 100000 "), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {"HALL_DATA": str(home), "HALL_BROKER": "none", "HALL_PORT": str(port)}
    command = [sys.executable, "-m", "server", "server", "--config", str(config)]
    with (home / "log").open("wb") as log:
        started = subprocess.Popen(command, env=os.environ | environ, stderr=log, stdout=log, cwd=shipped.parent)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while not _answers(url) and time.monotonic() < until and started.poll() is None:
            time.sleep(0.05)
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as http:
            yield Process(url, port, started.pid, token, http)
        assert started.poll() is None
        assert "Traceback" not in (home / "log").read_text("utf-8", "replace")
    finally:
        started.terminate()
        started.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def head(process: Process, *more: bytes, path: str = f"{BRANCH}/tickets") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1".encode(),
        b"Host: hall",
        b"Connection: close",
        b"Authorization: Bearer " + process.token.encode(),
        b"Content-Type: application/json",
        *more,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def with_body(process: Process, body: bytes) -> bytes:
    return head(process, b"Content-Length: %d" % len(body)) + body


BODIES = {
    "deep": DEEP,
    "null bytes": b'{"request_id":"0123456789\x00","services":["pay"]}',
    "escaped null": b'{"request_id":"0123456789","services":["pay\\u0000"]}',
    "not UTF-8": b'{"request_id":"01234567\xff\xfe","services":["pay"]}',
    "overlong UTF-8": b'{"request_id":"01234567\xc0\xaf","services":["pay"]}',
    "NaN": b'{"request_id":"0123456789","services":["pay"],"offline":{"number":NaN}}',
    "key twice": b'{"request_id":"0123456789","services":["pay"],"services":["con"]}',
    "endless number": b'{"request_id":' + b"9" * 60_000 + b"}",
    "many keys": json.dumps({f"k{n}": n for n in range(4000)}).encode(),
    "many faults": json.dumps({"request_id": "0123456789", "services": [1] * 9000}).encode(),
    "prototype": b'{"__proto__":{"admin":true},"request_id":"0123456789","services":["pay"]}',
    "class": b'{"request_id":"0123456789","services":[{"__class__":"os.system"}]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_hostile_body_is_told_as_a_problem(process: Process, body: bytes) -> None:
    answer = process.says(with_body(process, body))
    status = int(answer.split(b" ", 2)[1])
    assert status in (404, 413, 422)
    assert b"application/problem+json" in answer
    assert len(answer) < 20_000


HEADS = {
    "two lengths": (b"Content-Length: 4", b"Content-Length: 5"),
    "length and chunks": (b"Content-Length: 4", b"Transfer-Encoding: chunked"),
    "length below nothing": (b"Content-Length: -1",),
    "endless length": (b"Content-Length: " + b"9" * 40,),
    "null byte": (b"X-Null: a\x00b",),
    "bare line feed": (b"X-A: 1\nX-B: 2",),
    "folded": (b"X-A: 1", b" folded: 2"),
    "space before colon": (b"X-A : 1",),
    "thousands": tuple(b"X-%d: 1" % n for n in range(3000)),
    "long": (b"X-Long: " + b"a" * 60_000,),
    "not text": (b"X-Bytes: \xff\xfe\x80",),
    "token not text": (b"Authorization: Bearer \xff\xfe",),
    "cookie without end": (b"Cookie: " + b"hall_session=x; " * 2000,),
    "to a websocket": (b"Upgrade: websocket", b"Connection: Upgrade"),
    "expects": (b"Expect: 100-continue", b"Content-Length: 0"),
}


@pytest.mark.parametrize("more", HEADS.values(), ids=HEADS.keys())
def test_a_hostile_head_is_refused_or_the_line_is_cut(process: Process, more: tuple[bytes, ...]) -> None:
    answer = process.says(head(process, *more) + b"{}")
    assert not answer or answer.startswith(b"HTTP/1.1 1") or 400 <= int(answer.split(b" ", 2)[1]) < 500


@pytest.mark.parametrize(
    "first",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"get /healthz http/1.1\r\n\r\n",
        b"TRACE /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET http://evil.example/healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        b"GET /healthz\x00 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /%ff%fe%00 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /api/v1/branches/chengdong/events?view=%00%ff&view=" + b"x" * 9000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        random.Random(5).randbytes(4000) + b"\r\n\r\n",
        b"\r\n" * 200,
        b"\x00" * 4000,
    ],
    ids=range(15),
)
def test_a_line_that_speaks_no_http_of_ours_ends_in_a_problem_or_in_nothing(process: Process, first: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", process.port), timeout=10)) as line:
        line.settimeout(0.5)
        answer = b""
        try:
            line.sendall(first)
            answer = line.recv(65536)
        except (ConnectionError, TimeoutError):
            pass
    assert b" 500 " not in answer.split(b"\r\n", 1)[0]
    assert _answers(process.url)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(endpoint=st.sampled_from([each for each in ENDPOINTS if each.body is not None]), body=JSON)
def test_no_body_whatever_is_a_fault_of_the_server(process: Process, endpoint: Any, body: Any) -> None:
    address = endpoint.path.format(branch="chengdong", ticket="01ARZ3NDEKTSV4RRFFQ69G5FAV", counter=1, leg=1)
    raw = json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    answer = process.http.request(endpoint.method, address, content=raw, headers=kind)
    assert answer.status_code < 500
    assert answer.is_success or answer.headers["content-type"] == "application/problem+json"


def test_megabytes_and_depths_leave_the_memory_as_it_was(process: Process) -> None:
    def hundredfold() -> None:
        for _ in range(8):
            for body in BODIES.values():
                process.says(with_body(process, body))
            process.says(head(process, b"Content-Length: 100000000") + b"x" * 300_000)
            process.says(head(process, b"Transfer-Encoding: chunked") + b"10000\r\n" + b"x" * 65536 + b"\r\n" * 3)

    hundredfold()
    before = process.memory()
    hundredfold()
    assert process.memory() - before < GROWTH


schema = schemathesis.openapi.from_dict(document("1"))


def _checked(case: Any, process: Process) -> None:
    headers = {"Authorization": f"Bearer {process.token}"}
    answer = case.call(base_url=process.url, headers=headers)
    assert answer.status_code < 500 or answer.status_code == 503
    if answer.status_code >= 400:
        assert answer.headers["content-type"][0] == "application/problem+json"


@schema.parametrize()
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_within_its_contract(case: Any, process: Process) -> None:
    _checked(case, process)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_within_its_contract_for_long(case: Any, process: Process) -> None:
    _checked(case, process)
