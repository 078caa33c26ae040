"""Ticket flooding through the API, without and with a stolen key."""

import json
import time
from collections import Counter
from typing import Any

import httpx
import pytest

from server.application.alarms import Alarm
from server.application.audit import Deed, NoAudit
from server.application.callers import Caller
from server.contract.acts import IssueTicket
from server.domain.vocabulary import ClientId, Role
from server.entrypoints.buckets import MOST_KEPT, Buckets
from server.entrypoints.pace import Pace
from server.entrypoints.problems import Problem
from server.link.acts import new_request_id
from server.link.errors import HallAway
from server.settings import Limits

pytestmark = pytest.mark.attack(3)

FLOOD = 400
STEADY = 10


@pytest.fixture
def flooded(served: Any, expected_logs: Any) -> Any:
    expected_logs.expect("asks far too often")
    return served


def issue_as(hall: Any, token: str, times: int) -> list[httpx.Response]:
    tickets = f"{hall.url}/api/v1/branches/chengdong/tickets"
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as http:
        return [http.post(tickets, json={"request_id": new_request_id(), "services": ["pay"]}) for _ in range(times)]


def test_without_a_key_no_number_is_given(served: Any) -> None:
    answers = [*issue_as(served, "x" * 43, FLOOD // 2), *issue_as(served, "t." + "x" * 42, FLOOD // 2)]
    assert {answer.status_code for answer in answers} == {401}
    assert served.server.keeper.hall.live == {}


def test_a_stolen_kiosk_key_gives_out_a_bounded_number_of_tickets_and_others_are_unhindered(flooded: Any) -> None:
    stolen = flooded.machine(Role.KIOSK, "kiosk-6").token
    other = flooded.machine(Role.KIOSK, "kiosk-2").token
    began = time.monotonic()
    answers = issue_as(flooded, stolen, FLOOD)
    allowed = 120 + (time.monotonic() - began) * 1.0 + 1

    told = Counter(answer.status_code for answer in answers)
    assert set(told) == {201, 429}
    assert told[201] <= allowed
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too-many"
    assert 1 <= int(refused.headers["retry-after"]) <= 5
    assert {answer.status_code for answer in issue_as(flooded, other, STEADY)} == {201}


def test_a_flood_stands_on_the_board_and_in_the_audit_log(flooded: Any) -> None:
    issue_as(flooded, flooded.machine(Role.KIOSK, "kiosk-3").token, 130)

    assert flooded.server.front.board().alarms[0].cause == "asking-too-often"
    assert "kiosk-3" in flooded.server.front.board().alarms[0].names
    files = (flooded.server.settings.data_dir / "audit").glob("*.jsonl")
    deeds = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    slowed = [deed for deed in deeds if deed["deed"] == Deed.SLOWED and deed["by"] == "kiosk-3"]
    assert len(slowed) == 1


def test_what_a_kiosk_gave_out_while_away_is_not_a_flood(served: Any) -> None:
    kiosk = served.machine(Role.KIOSK, "kiosk-1")
    away = [
        {"number": number, "age_ms": 1000, "issued_at": "2026-11-22T01:00:00Z"}
        for _ in range(2)
        for number in range(800, 900)
    ]
    for service, one in zip(["pay"] * 100 + ["con"] * 100, away, strict=True):
        body = {"request_id": new_request_id(), "services": [service], "offline": one}
        kiosk.issue(IssueTicket.model_validate_json(json.dumps(body)))


def test_a_programs_act_that_came_too_soon_is_asked_again_and_not_lost(flooded: Any) -> None:
    kiosk = flooded.machine(Role.KIOSK, "kiosk-4")
    issue_as(flooded, kiosk.token, 130)
    with pytest.raises(HallAway) as slowed:
        kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    assert slowed.value.code == "too-many"
    assert not slowed.value.outcome_unknown
    assert slowed.value.retry_after_s


def test_a_phone_asks_for_its_ticket_as_often_as_a_person_looks(flooded: Any) -> None:
    issued = flooded.machine(Role.KIOSK, "kiosk-5").issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    headers = {"Authorization": "Bearer t." + issued.phone_url.rsplit("/", 1)[1]}
    address = f"{flooded.url}/api/v1/branches/chengdong/tickets/{issued.id}"
    with httpx.Client(headers=headers, trust_env=False) as http:
        answers = [http.get(address).status_code for _ in range(100)]
    assert answers[:30] == [200] * 30
    assert answers[-1] == 429


class Clock:
    """A machine clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_bucket_lets_its_burst_through_and_then_its_rate() -> None:
    clock = Clock()
    buckets = Buckets(per_s=2.0, burst_s=5.0, clock=clock)
    assert [buckets.wait_s("a") for _ in range(10)] == [0.0] * 10
    assert buckets.wait_s("a") == 0.5
    assert buckets.wait_s("b") == 0.0
    clock.at += 0.5
    assert [buckets.wait_s("a"), buckets.wait_s("a")] == [0.0, 0.5]
    clock.at += 1000
    assert [buckets.wait_s("a") for _ in range(11)] == [0.0] * 10 + [0.5]


def test_buckets_of_many_callers_are_forgotten_when_they_are_full_again() -> None:
    clock = Clock()
    buckets = Buckets(per_s=1.0, burst_s=60.0, clock=clock)
    for n in range(3 * MOST_KEPT):
        clock.at += 1.0
        buckets.wait_s(f"phone:{n}")
    assert len(buckets._full_at) <= MOST_KEPT


def test_the_alarm_of_a_flood_ends_a_minute_after_it(expected_logs: Any) -> None:
    expected_logs.expect("kiosk-1 asks far too often")
    clock = Clock()
    pace = Pace(Limits(numbers_per_minute=60, acts_per_second=20, phone_per_minute=60), NoAudit(), clock)
    thief = Caller(ClientId("kiosk-1"), Role.KIOSK)
    for _ in range(120):
        pace.number(thief)
    with pytest.raises(Problem):
        pace.number(thief)
    assert pace.alarms() == [Alarm("asking-too-often", ("kiosk-1",))]
    clock.at += 61
    assert pace.alarms() == []
    pace.number(thief)
