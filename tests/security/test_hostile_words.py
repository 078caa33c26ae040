"""Hostile words in bodies, addresses and headers: databases, files and other halls stay out of reach."""

import json
import re
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from server.adapters.tables import texts
from server.contract.acts import IssueTicket
from server.domain.vocabulary import Role
from server.entrypoints.table import ENDPOINTS
from server.link.acts import new_request_id

pytestmark = pytest.mark.attack(20)

BRANCH = "/api/v1/branches/chengdong"
SECRET = "a secret of some length"
SQL = [
    "' OR '1'='1",
    "'; DROP TABLE events; --",
    "1' UNION SELECT token_hash FROM machine --",
    '" OR ""="',
    "%' AND 1=1 --",
    "\\'; SELECT pg_sleep(5); --",
    "${jndi:ldap://x}",
    "{{7*7}}",
]
PATHS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/hall.db",
    "%252e%252e%252fhall.db",
    "..\\..\\hall.db",
    "....//....//etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "hall.db%00.css",
    "base.css/../../pages.py",
    "../templates/board.html",
    "../translations/en.toml",
]


@pytest.fixture(scope="module")
def kiosk(served: Any) -> Any:
    headers = {"Authorization": f"Bearer {served.machine(Role.KIOSK, 'kiosk-1').token}"}
    with httpx.Client(base_url=served.url, headers=headers, trust_env=False) as http:
        yield http


@pytest.mark.parametrize("words", SQL)
def test_words_of_a_database_are_words(served: Any, kiosk: httpx.Client, words: str) -> None:
    before = len(served.server.keeper.hall.live)
    body = {"request_id": new_request_id(), "services": [words]}
    assert kiosk.post(f"{BRANCH}/tickets", json=body).status_code in (404, 422)
    login = kiosk.post("/api/v1/login", json={"staff": words[:32], "secret": words}, headers={"Authorization": ""})
    assert login.json()["code"] in ("sign-in-refused", "malformed")
    for address in (f"{BRANCH}/tickets/{words}", f"{BRANCH}/events?view={words}", f"{BRANCH}/journal?after={words}"):
        assert 400 <= kiosk.get(address).status_code < 500
    assert len(served.server.keeper.hall.live) == before
    assert served.server.accounts.machines()


def test_a_note_is_kept_as_it_was_written(served: Any) -> None:
    ticket = served.machine(Role.KIOSK, "kiosk-2").issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    served.server.accounts.put_person("guide-1", Role.GUIDE, SECRET)
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}, trust_env=False) as guide:
        guide.post("/api/v1/login", json={"staff": "guide-1", "secret": SECRET})
        for words, changed in zip(SQL, cycle(["elder", "disabled"]), strict=False):
            change = {"request_id": new_request_id(), "customer_class": changed, "reason": words}
            assert guide.post(f"{BRANCH}/tickets/{ticket.id}/class", json=change).status_code == 200
    with served.server.engine.connect() as db:
        assert set(SQL) <= set(db.scalars(select(texts.c.text)))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("root", ["/static/", "/t/", "/display/", "/board/", f"{BRANCH}/tickets/", "/"])
def test_no_path_leads_out_of_what_is_served(gate: Any, root: str, path: str) -> None:
    answer = gate.says(f"GET {root}{path} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n".encode())
    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500 or (status == 200 and root == "/t/")
    for secret in (b"root:", b"SQLite format", b"from starlette", b"{% ", b"board.title"):
        assert secret not in answer


@pytest.mark.parametrize("words", [*SQL, *PATHS, "0", "-1", "9" * 40, "%00", "%ff%fe", "ключ", "*"])
def test_every_part_of_every_address_refuses_what_it_does_not_know(kiosk: httpx.Client, words: str) -> None:
    for endpoint in ENDPOINTS:
        for part in re.findall(r"{(\w+)}", endpoint.path):
            known = {"branch": "chengdong", "ticket": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "counter": "1", "leg": "1"}
            address = endpoint.path.format(**(known | {part: words.replace("/", "%2f").replace("?", "%3f")}))
            answer = kiosk.request(endpoint.method, address, json=None if endpoint.method == "GET" else {})
            assert 400 <= answer.status_code < 500, address
            assert answer.headers["content-type"] == "application/problem+json"


def test_ids_cannot_be_guessed_or_counted(served: Any) -> None:
    kiosk = served.machine(Role.KIOSK, "kiosk-2")
    ids = [kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"])).id for _ in range(20)]
    tails = [each[10:] for each in ids]
    assert len(set(tails)) == len(tails)
    assert len({tail[:4] for tail in tails}) > 15
    display = {"Authorization": f"Bearer {served.machine(Role.DISPLAY, 'display-1').token}"}
    shown = httpx.get(f"{served.url}{BRANCH}/hall", headers=display, trust_env=False).text
    assert not any(each in shown for each in ids)


def test_nothing_is_written_for_spreadsheets() -> None:
    """The product makes no CSV, so that no formula can hide in one; the demo only reads traces."""
    for file in Path(__file__).parents[2].glob("server/**/*.py"):
        assert "csv.writer" not in file.read_text("utf-8")
        assert "DictWriter" not in file.read_text("utf-8")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://hall.example.evil.example"])
def test_other_sites_read_nothing(kiosk: httpx.Client, origin: str) -> None:
    for method, path in (("GET", f"{BRANCH}/hall"), ("OPTIONS", f"{BRANCH}/tickets"), ("GET", "/healthz")):
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = kiosk.request(method, path, headers=asks)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "X-HTTP-Method-Override", "X-Original-URL"])
def test_a_header_changes_neither_caller_nor_address(served: Any, header: str) -> None:
    answer = httpx.get(f"{served.url}{BRANCH}/board", headers={header: "127.0.0.1"}, trust_env=False)
    assert answer.status_code == 401


def test_a_failure_within_tells_nothing_of_the_inside(served: Any, expected_logs: Any, kiosk: httpx.Client) -> None:
    expected_logs.expect("failed")

    def fails() -> str:
        raise RuntimeError("secret-of-the-inside /etc/powerhall")

    front = served.server.front
    made, type(front).hall_json = type(front).hall_json, lambda _self: fails()
    try:
        answer = kiosk.get(f"{BRANCH}/hall")
    finally:
        type(front).hall_json = made
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.text)["code"] == "fault"
    for inside in ("secret-of-the-inside", "Traceback", "RuntimeError", "server/"):
        assert inside not in answer.text
