"""Priority taken without right: it needs a reason and a name, is written down, and starves nobody."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from server.contract import acts
from server.contract.acts import IssueTicket
from server.domain.vocabulary import CustomerClass, Outcome, Role
from server.link.acts import new_request_id

pytestmark = pytest.mark.attack(16)

BRANCH = "/api/v1/branches/chengdong"
SECRET = "a secret of some length"
PRIORITY = [each for each in CustomerClass if each is not CustomerClass.NORMAL]


@pytest.fixture
def guide(served: Any) -> Any:
    served.server.accounts.put_person("guide-1", Role.GUIDE, SECRET)
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}, trust_env=False) as http:
        assert http.post("/api/v1/login", json={"staff": "guide-1", "secret": SECRET}).status_code == 200
        yield http


def priority(**more: Any) -> dict[str, Any]:
    return {"request_id": new_request_id(), "services": ["pay"], "customer_class": "elder"} | more


@pytest.mark.parametrize("reason", ["", "   "])
def test_staff_give_no_priority_without_a_reason(guide: httpx.Client, reason: str) -> None:
    answer = guide.post(f"{BRANCH}/tickets", json=priority(class_reason=reason))
    assert (answer.status_code, answer.json()["code"]) == (422, "reason-needed")


def test_a_clerk_or_customer_does_not_change_the_class_of_a_ticket(served: Any) -> None:
    ticket = served.machine(Role.KIOSK, "kiosk-1").issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    change = {"request_id": new_request_id(), "customer_class": "elder", "reason": "my uncle"}
    phone = "t." + ticket.phone_url.rsplit("/", 1)[1]
    for token in (served.clerk(1).token, phone):
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{served.url}{BRANCH}/tickets/{ticket.id}/class"
        assert httpx.post(address, json=change, headers=headers, trust_env=False).status_code == 403


def test_who_gave_priority_stands_in_journal_and_audit_log_and_the_reason_only_with_them(
    guide: httpx.Client, served: Any
) -> None:
    given = guide.post(f"{BRANCH}/tickets", json=priority(class_reason="carries a child"))
    assert given.status_code == 201
    served.server.accounts.put_person("auditor-1", Role.AUDITOR, SECRET)
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}, trust_env=False) as auditor:
        auditor.post("/api/v1/login", json={"staff": "auditor-1", "secret": SECRET})
        lines = auditor.get(f"{BRANCH}/journal").json()["lines"]
    (line,) = [each for each in lines if given.json()["id"] in each["body"] and each["type"] == "TicketIssued"]
    assert line["by"] == "guide-1"
    assert "elder" in line["body"]
    assert "carries a child" not in line["body"]
    files = (served.server.settings.data_dir / "audit").glob("*.jsonl")
    deeds = [json.loads(each) for file in files for each in file.read_text("utf-8").splitlines()]
    assert [deed["act"] for deed in deeds if deed["deed"] == "supervised" and deed["by"] == "guide-1"][-1] == "Issue"
    counted = served.server.keeper.hall.live[given.json()["id"]].visit.customer_class
    assert counted is CustomerClass.ELDER


def test_thirty_priority_tickets_do_not_starve_a_customer_who_waits(serve_hall: Any, tmp_path: Any) -> None:
    """Whoever has used the largest share of the target is next: the normal customer's turn comes within its time."""

    with serve_hall(tmp_path) as hall:
        kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
        clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))
        clock = hall.server.front.clock
        normal = kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
        issued_at = clock.now()
        called = ""
        for n in range(30):
            kiosk.issue(
                IssueTicket(request_id=new_request_id(), services=["pay"], customer_class=PRIORITY[n % len(PRIORITY)])
            )
            body = acts.NextCustomer(request_id=new_request_id(), expect=None)
            current = clerk.counter_act(1, "next", body).current
            assert current is not None
            called = current.ticket
            if called == normal.id:
                break
            clerk.counter_act(1, "start", acts.CurrentAct(request_id=new_request_id(), ticket=called))
            clock.not_before(clock.now() + timedelta(minutes=5))
            record = acts.Interaction(service_done="pay", outcome=Outcome.DONE)
            finish = acts.FinishCustomer(request_id=new_request_id(), ticket=called, record=record)
            clerk.counter_act(1, "finish", finish)
        assert called == normal.id
        target_s = hall.server.keeper.hall.rules.services["pay"].target_s[CustomerClass.NORMAL]
        assert (clock.now() - issued_at).total_seconds() <= 2 * target_s
