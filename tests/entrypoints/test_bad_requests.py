"""What is malformed, too large, misaddressed or meant for another method gets a clear answer and changes nothing."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.contract.acts import IssueTicket
from server.domain.vocabulary import Role
from server.entrypoints.bodies import parse
from server.entrypoints.problems import Problem
from server.link.acts import new_request_id

GOOD = {"request_id": "0123456789", "services": ["pay"]}
DEEP = 5000


@pytest.fixture(scope="module")
def kiosk(served: Any) -> Iterator[httpx.Client]:
    token = served.machine(Role.KIOSK, "kiosk-1").token
    base = f"{served.url}/api/v1/branches/chengdong"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=10) as client:
        yield client


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:powerhall:{problem['code']}"
    return answer.status_code, problem["code"]


def body(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "torn": b'{"request_id": "012345',
    "list": b"[]",
    "null": b"null",
    "number": b"1",
    "not UTF-8": b'{"request_id": "01234567\xff\xfe", "services": ["pay"]}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
    "lone surrogate": b'{"request_id": "0123456789", "services": ["\\ud800"]}',
    "NaN": b'{"request_id": "0123456789", "services": ["pay"], "offline": {"number": NaN, "age_ms": 1}}',
    "Infinity": b'{"request_id": "0123456789", "services": ["pay"], "offline": {"number": Infinity, "age_ms": 1}}',
    "key twice": b'{"request_id": "0123456789", "request_id": "9876543210", "services": ["pay"]}',
    "key twice inside": b'{"request_id": "0123456789", "services": ["pay"], "offline": {"number": 1, "number": 2}}',
    "deep": b'{"request_id": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "huge integer": b'{"request_id": "0123456789", "services": ["pay"], "offline": {"number": 1' + b"0" * 5000 + b"}}",
    "unknown field": body(favourite="blue"),
    "no services": body(services=[]),
    "too many services": body(services=["pay"] * 6),
    "number for text": body(services=[1]),
    "text for number": body(offline={"number": "805", "age_ms": 1, "issued_at": "2026-11-21T10:00:00Z"}),
    "moment without zone": body(appointment="2026-11-21T10:00:00"),
    "unknown class": body(customer_class="vip"),
    "short request id": body(request_id="1"),
    "request id with a line break": body(request_id="01234567\n89"),
    "text too long": body(class_reason="x" * 501),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_body_is_told_field_by_field(kiosk: httpx.Client, raw: bytes) -> None:
    before = kiosk.get("/hall").json()["waiting"]
    answer = kiosk.post("/tickets", content=raw)
    assert told(answer) == (422, "malformed")
    assert kiosk.get("/hall").json()["waiting"] == before


def test_faulty_field_is_named(kiosk: httpx.Client) -> None:
    problem = kiosk.post("/tickets", content=body(services=["pay", 7])).json()
    assert [error["field"] for error in problem["errors"]] == ["services.1"]


def test_private_words_are_not_repeated_to_the_sender(kiosk: httpx.Client) -> None:
    assert "my secret" not in kiosk.post("/tickets", content=body(services=[{"my secret": 1}], class_reason=5)).text


def test_megabyte_is_refused_before_it_is_read(kiosk: httpx.Client) -> None:
    assert told(kiosk.post("/tickets", content=b"x" * 1_000_000)) == (413, "too-large")


def test_megabyte_in_pieces_is_refused_too(kiosk: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 10_000

    assert told(kiosk.post("/tickets", content=pieces())) == (413, "too-large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_other_content_is_refused(kiosk: httpx.Client, kind: str) -> None:
    answer = kiosk.post("/tickets", content=body(), headers={"Content-Type": kind})
    assert told(answer) == (415, "not-json")


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/nothing", (404, "not-found")),
        ("DELETE", "/tickets", (405, "method-not-allowed")),
        ("POST", "/hall", (405, "method-not-allowed")),
        ("POST", "/counters/99/open", (403, "forbidden")),
        ("GET", "/events?view=secrets", (422, "malformed")),
        ("GET", "/events", (422, "malformed")),
        ("GET", "/events?view=ticket&ticket=nonsense", (404, "not-found")),
        ("GET", "/../../other/hall", (404, "not-found")),
        ("GET", "/tickets/%00", (404, "not-found")),
    ],
)
def test_wrong_address_or_method_is_a_problem_too(
    kiosk: httpx.Client, method: str, path: str, said: tuple[int, str]
) -> None:
    assert told(kiosk.request(method, path, content=body() if method == "POST" else None)) == said


def test_another_branch_is_not_served_here(kiosk: httpx.Client, served: Any) -> None:
    other = f"{served.url}/api/v1/branches/elsewhere/hall"
    assert told(kiosk.get(other)) == (404, "not-found")


def test_manager_is_told_of_a_counter_that_does_not_exist(served: Any) -> None:
    served.server.accounts.put_person("manager-1", Role.MANAGER, "a secret of some length")
    with httpx.Client(base_url=served.url, trust_env=False, headers={"Origin": served.url}) as manager:
        manager.post("/api/v1/login", json={"staff": "manager-1", "secret": "a secret of some length"})
        base = "/api/v1/branches/chengdong"
        assert told(manager.get(f"{base}/counters/99/desk")) == (404, "not-found")
        act = {"request_id": new_request_id()}
        assert told(manager.post(f"{base}/counters/99/close", json=act)) == (404, "unknown-counter")
        assert manager.get(f"{base}/board").json()["ratings"]["n"] == 0


def test_house_answers(served: Any) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as anybody:
        health = anybody.get("/healthz").json()
        assert health["owner"] is True
        assert "/api/v1/login" in anybody.get("/api/v1/openapi.json").json()["paths"]


def test_endless_number_is_told_in_plain_words() -> None:
    with pytest.raises(Problem) as refused:
        parse(b'{"number": ' + b"1" * 5000 + b"}", IssueTicket)

    assert str(refused.value.detail) == "not valid JSON: a number has too many digits"
