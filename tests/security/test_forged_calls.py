"""Calls in another counter's name: by its address, by another's session, by a machine, by a customer."""

import json
from typing import Any

import httpx
import pytest

from server.contract import acts
from server.contract.acts import IssueTicket
from server.domain.vocabulary import Outcome, Role
from server.link.acts import new_request_id
from server.link.errors import ActRefused

pytestmark = pytest.mark.attack(4)

OTHERS = [*({"role": role, "device": f"{role}-9"} for role in (Role.KIOSK, Role.STATION, Role.DISPLAY)), {}]


def audited(served: Any) -> list[dict[str, Any]]:
    files = (served.server.settings.data_dir / "audit").glob("*.jsonl")
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def bodies(ticket: str) -> dict[str, dict[str, Any]]:
    record = {"service_done": "pay", "outcome": "done"}
    return {
        "next": {"expect": None},
        "call": {"expect": None, "ticket": ticket, "reason": "a friend"},
        "recall": {"ticket": ticket},
        "start": {"ticket": ticket},
        "finish": {"ticket": ticket, "record": record},
        "no-show": {"ticket": ticket},
        "hold": {"ticket": ticket, "reason": "documents", "minutes": 10},
        "transfer": {"ticket": ticket, "service": "con", "note": "for my friend"},
        "return": {"ticket": ticket},
        "close": {},
        "pause": {"reason": "break"},
    }


def test_a_clerk_calls_nobody_to_another_counter_and_the_try_is_written_down(served: Any) -> None:
    ticket = served.machine(Role.KIOSK, "kiosk-1").issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    clerk = served.clerk(2)
    clerk.counter_act(2, "open", acts.OpenCounter(request_id=new_request_id()))
    third = served.clerk(3)
    third.counter_act(3, "open", acts.OpenCounter(request_id=new_request_id()))
    before = served.server.keeper.rev
    with httpx.Client(headers={"Authorization": f"Bearer {clerk.token}"}, trust_env=False) as forger:
        for act, body in bodies(ticket.id).items():
            address = f"{served.url}/api/v1/branches/chengdong/counters/3/{act}"
            answer = forger.post(address, json=body | {"request_id": new_request_id()})
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), act
    assert served.server.keeper.rev == before
    refused = [each for each in audited(served) if each["deed"] == "refused" and each["by"] == "1002"]
    assert {each["act"] for each in refused} == {f"counter-{act}" for act in bodies("")}


def test_a_customer_at_another_counter_is_out_of_reach(served: Any) -> None:
    kiosk = served.machine(Role.KIOSK, "kiosk-1")
    kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    victim, thief = served.clerk(4), served.clerk(5)
    for counter, clerk in ((4, victim), (5, thief)):
        clerk.counter_act(counter, "open", acts.OpenCounter(request_id=new_request_id()))
    desk = victim.counter_act(4, "next", acts.NextCustomer(request_id=new_request_id(), expect=None))
    assert desk.current is not None
    ticket = desk.current.ticket
    record = acts.Interaction(service_done="pay", outcome=Outcome.DONE)
    for act, body in (
        ("start", acts.CurrentAct(request_id=new_request_id(), ticket=ticket)),
        ("no-show", acts.CurrentAct(request_id=new_request_id(), ticket=ticket)),
        ("finish", acts.FinishCustomer(request_id=new_request_id(), ticket=ticket, record=record)),
        ("call", acts.CallTicket(request_id=new_request_id(), expect=None, ticket=ticket, reason="mine")),
    ):
        with pytest.raises(ActRefused) as refused:
            thief.counter_act(5, act, body)
        assert refused.value.problem.code in ("wrong-state", "expect-mismatch", "too-early"), act
    current = victim.desk(4).current
    assert current is not None
    assert current.ticket == ticket


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.get("role", "nobody"))
def test_only_a_signed_in_clerk_calls(served: Any, other: dict[str, Any]) -> None:
    token = served.machine(**other).token if other else ""
    body = {"request_id": new_request_id(), "expect": None}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.post(
        f"{served.url}/api/v1/branches/chengdong/counters/1/next", json=body, headers=headers, trust_env=False
    )
    assert answer.status_code == (403 if token else 401)


def test_a_counters_machine_calls_nobody_without_its_clerk(served: Any) -> None:
    machine = served.machine(Role.COUNTER, "counter-6", 6)
    with pytest.raises(ActRefused) as refused:
        machine.counter_act(6, "next", acts.NextCustomer(request_id=new_request_id(), expect=None))
    assert refused.value.problem.code == "forbidden"
