"""The matrix of who may do what: every role at every endpoint of the running server, and the ways around it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.domain.vocabulary import Role
from server.entrypoints.table import ENDPOINTS, OPEN_TO_ALL
from server.entrypoints.who_may import MATRIX, SESSION_COOKIE
from server.link.acts import new_request_id

SECRET = "a secret of some length"
NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
VIEWS = ("hall", "board", "desk", "ticket")

ALLOWED: dict[str, str] = {
    "issue": "kiosk clerk guide manager",
    "ticket": "kiosk clerk guide manager phone",
    "cancel": "clerk guide manager phone",
    "delay": "clerk guide manager phone",
    "check-in": "kiosk clerk guide manager",
    "reprint": "kiosk clerk guide manager",
    "class": "guide manager",
    "revive": "clerk guide manager",
    "counter-open": "clerk",
    "counter-pause": "clerk manager",
    "counter-resume": "clerk",
    "counter-close": "clerk manager",
    "counter-next": "clerk",
    "counter-call": "clerk",
    "counter-recall": "clerk",
    "counter-start": "clerk",
    "counter-finish": "clerk",
    "counter-no-show": "clerk",
    "counter-revive": "clerk manager",
    "counter-hold": "clerk",
    "counter-return": "clerk manager",
    "counter-transfer": "clerk",
    "counter-served-offline": "clerk",
    "counter-key": "station",
    "desk": "clerk manager",
    "interaction": "clerk manager",
    "rate": "kiosk counter station phone",
    "services": "kiosk counter station display clerk guide manager auditor phone",
    "hall": "kiosk counter station display clerk guide manager auditor phone",
    "board": "manager",
    "events-hall": "kiosk counter station display clerk guide manager auditor phone",
    "call-sound": "display",
    "events-board": "manager",
    "events-desk": "clerk manager",
    "events-ticket": "kiosk clerk guide manager phone",
    "logout": "clerk guide manager auditor",
    "journal": "auditor",
    "metrics": "manager auditor",
}


class Everybody:
    """One caller of each role, with the credentials of the real ways in."""

    def __init__(self, served: Any, http: httpx.Client) -> None:
        self.url = served.url
        self.http = http
        accounts = served.server.accounts
        self.kiosk = served.machine(Role.KIOSK, "kiosk-1")
        self.ticket = served.client(self.kiosk.token).issue(_issue())
        self.headers: dict[str, dict[str, str]] = {
            "kiosk": _bearer(self.kiosk.token),
            "station": _bearer(served.machine(Role.STATION, "station-1").token),
            "display": _bearer(served.machine(Role.DISPLAY, "display-1").token),
            "pad": _bearer(served.machine(Role.PAD, "pad-1").token),
            "phone": _bearer("t." + str(self.ticket.phone_url).rsplit("/", 1)[1]),
            "clerk": _bearer(served.clerk(1).token),
            "nobody": {},
            "forger": _bearer("x" * 43),
            "spent": _bearer("spent"),
        }
        self.headers["counter"] = _bearer(accounts.put_machine("counter-9", Role.COUNTER, 1))
        for role in (Role.GUIDE, Role.MANAGER, Role.AUDITOR):
            accounts.put_person(f"{role}-1", role, SECRET)
            self.headers[role] = {"Cookie": self.cookie(f"{role}-1"), "Origin": self.url}

    def cookie(self, staff: str) -> str:
        answer = self.http.post(f"{self.url}/api/v1/login", json={"staff": staff, "secret": SECRET})
        assert answer.status_code == 200, answer.text
        return f"{SESSION_COOKIE}={answer.cookies[SESSION_COOKIE]}"

    def ask(self, role: str, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Status and problem code of an empty body, which a lawful caller is told to be malformed."""
        headers = self.headers[role]
        self.http.cookies.clear()
        with self.http.stream(method, self.url + path, headers=headers, **more) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return answer.status_code, ""
            answer.read()
            code = answer.json()["code"] if answer.is_error else ""
            return answer.status_code, code


def _issue() -> Any:
    from server.contract.acts import IssueTicket

    return IssueTicket(request_id=new_request_id(), services=["pay"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def everybody(served: Any) -> Iterator[Everybody]:
    with httpx.Client(trust_env=False, timeout=10) as http:
        yield Everybody(served, http)


def _cells() -> Iterator[Any]:
    for endpoint in ENDPOINTS:
        if endpoint.row in OPEN_TO_ALL or endpoint.row == "logout":
            continue
        for role in Role:
            yield pytest.param(endpoint.method, endpoint.path, endpoint.row, role, id=f"{endpoint.row}-{role}")
    for view in VIEWS:
        for role in Role:
            path = "/api/v1/branches/{branch}/events?counter=1&ticket={ticket}&view=" + view
            yield pytest.param("GET", path, f"events-{view}", role, id=f"events-{view}-{role}")
    for role in Role:
        yield pytest.param("GET", "/metrics", "metrics", role, id=f"metrics-{role}")


def test_table_is_the_one_written_here() -> None:
    assert {row: set(roles) for row, roles in MATRIX.items()} == {
        row: {Role(word) for word in words.split()} for row, words in ALLOWED.items()
    }


@pytest.mark.parametrize(("method", "path", "row", "role"), list(_cells()))
def test_cell(everybody: Everybody, method: str, path: str, row: str, role: Role) -> None:
    address = path.format(branch="chengdong", ticket=everybody.ticket.id, counter=1, leg=1)
    more: dict[str, Any] = {} if method == "GET" else {"json": {}}
    status, code = everybody.ask(role, method, address, **more)
    if role.value in ALLOWED[row].split():
        assert (status, code) in ((200, ""), (422, "malformed"))
    else:
        assert (status, code) == (403, "forbidden")


@pytest.mark.parametrize("stranger", ["nobody", "forger", "spent"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.row)
def test_stranger_is_let_in_nowhere(everybody: Everybody, endpoint: Any, stranger: str) -> None:
    address = endpoint.path.format(branch="chengdong", ticket=everybody.ticket.id, counter=1, leg=1)
    more: dict[str, Any] = {} if endpoint.method == "GET" else {"json": {}}
    status, code = everybody.ask(stranger, endpoint.method, address, **more)
    if endpoint.row in OPEN_TO_ALL:
        assert (status, code) == (422, "malformed")
    else:
        assert (status, code) == (401, "unauthorised")


@pytest.mark.parametrize("act", ["next", "open", "close", "finish"])
def test_clerk_stands_only_at_the_own_counter(everybody: Everybody, act: str) -> None:
    path = f"/api/v1/branches/chengdong/counters/2/{act}"
    assert everybody.ask("clerk", "POST", path, json={}) == (403, "forbidden")
    assert everybody.ask("clerk", "GET", "/api/v1/branches/chengdong/counters/2/desk") == (403, "forbidden")
    events = "/api/v1/branches/chengdong/events?view=desk&counter=2"
    assert everybody.ask("clerk", "GET", events) == (403, "forbidden")


@pytest.mark.parametrize("counter", ["01", "1%20", "%31%00", "1.0", "+1", "-1", "99999", "one"])
def test_counter_cannot_be_named_another_way(everybody: Everybody, counter: str) -> None:
    status, code = everybody.ask("clerk", "POST", f"/api/v1/branches/chengdong/counters/{counter}/open", json={})
    assert (status, code) in ((403, "forbidden"), (404, "not-found"))


def test_phone_sees_its_own_ticket_alone(everybody: Everybody) -> None:
    base = "/api/v1/branches/chengdong"
    assert everybody.ask("phone", "GET", f"{base}/tickets/{NOBODY}") == (403, "forbidden")
    assert everybody.ask("phone", "GET", f"{base}/events?view=ticket&ticket={NOBODY}") == (403, "forbidden")
    assert everybody.ask("phone", "GET", f"{base}/events?view=ticket") == (200, "")


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1"])
def test_act_by_cookie_must_come_from_the_halls_own_page(everybody: Everybody, origin: str | None) -> None:
    headers = {"Cookie": everybody.headers["manager"]["Cookie"]}
    if origin is not None:
        headers["Origin"] = origin
    path = f"{everybody.url}/api/v1/branches/chengdong/tickets"
    body = {"request_id": new_request_id(), "services": ["pay"]}
    answer = everybody.http.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_cookie_is_kept_from_scripts_and_other_sites(everybody: Everybody) -> None:
    answer = everybody.http.post(f"{everybody.url}/api/v1/login", json={"staff": "manager-1", "secret": SECRET})
    assert answer.json()["token"] == ""
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_signed_out_session_is_worth_nothing(everybody: Everybody) -> None:
    headers = {"Cookie": everybody.cookie("auditor-1"), "Origin": everybody.url}
    assert everybody.http.get(f"{everybody.url}/metrics", headers=headers).status_code == 200
    assert everybody.http.post(f"{everybody.url}/api/v1/logout", headers=headers).status_code == 204
    assert everybody.http.get(f"{everybody.url}/metrics", headers=headers).status_code == 401


def test_guessing_a_pin_locks_the_clerk_and_says_so(everybody: Everybody, served: Any) -> None:
    served.server.accounts.put_person("7777", Role.CLERK, "123456")
    body = {"staff": "7777", "secret": "000000", "counter": 1}
    machine = everybody.headers["counter"]
    codes = [
        everybody.http.post(f"{everybody.url}/api/v1/login", json=body, headers=machine).json()["code"]
        for _ in range(6)
    ]
    assert codes == ["sign-in-refused"] * 5 + ["locked"]
    right = everybody.http.post(f"{everybody.url}/api/v1/login", json=body | {"secret": "123456"}, headers=machine)
    assert (right.status_code, right.json()["code"]) == (429, "locked")
    assert int(right.headers["retry-after"]) > 200


def test_clerk_cannot_sign_in_without_a_counter_machine(everybody: Everybody) -> None:
    body = {"staff": "1001", "secret": "4711", "counter": 1}
    for role in ("nobody", "kiosk", "station"):
        answer = everybody.http.post(f"{everybody.url}/api/v1/login", json=body, headers=everybody.headers[role])
        assert answer.json()["code"] == "sign-in-refused"


def test_enrolment_code_is_spent_by_its_first_use(everybody: Everybody, served: Any) -> None:
    code = served.server.accounts.invite(Role.DISPLAY)
    url = f"{everybody.url}/api/v1/enrol"
    first = everybody.http.post(url, json={"code": code, "device": "display-7"})
    assert first.status_code == 200
    hall = f"{everybody.url}/api/v1/branches/chengdong/hall"
    assert everybody.http.get(hall, headers=_bearer(first.json()["token"])).status_code == 200
    again = everybody.http.post(url, json={"code": code, "device": "display-8"})
    assert (again.status_code, again.json()["code"]) == (409, "bad-code")


def test_answers_carry_the_headers_that_keep_browsers_honest(everybody: Everybody) -> None:
    nothing, own = "default-src 'none'; frame-ancestors 'none'", "script-src 'self'"
    for path, may in (("/healthz", own), ("/nowhere", own), ("/api/v1/openapi.json", nothing), ("/api/v9", nothing)):
        headers = everybody.http.get(everybody.url + path).headers
        assert may in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers
