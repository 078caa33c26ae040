"""Copied, edited and old ticket codes: a code opens one ticket of one hall, for as long as it is open."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.contract import acts
from server.contract.views.answers import TicketView
from server.domain.vocabulary import Outcome, Role
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

pytestmark = pytest.mark.attack(15)


def issued(hall: Any) -> TicketView:
    kiosk: HallClient = hall.machine(Role.KIOSK, "kiosk-1")
    return kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"]))


def code_of(ticket: TicketView) -> str:
    return str(ticket.phone_url).rsplit("/", 1)[1]


def asked(hall: Any, code: str, ticket: str) -> tuple[int, str]:
    answer = httpx.get(
        f"{hall.url}/api/v1/branches/chengdong/tickets/{ticket}",
        headers={"Authorization": f"Bearer t.{code}"},
        trust_env=False,
    )
    return answer.status_code, answer.json().get("code", "")


def refused(phone: HallClient, ticket: str, act: str, body: acts.Act) -> str:
    with pytest.raises(ActRefused) as no:
        phone.ticket_act(ticket, act, body)
    return no.value.problem.code


def test_a_code_with_one_letter_changed_opens_nothing(served: Any) -> None:
    ticket = issued(served)
    code = code_of(ticket)
    with httpx.Client(trust_env=False) as http:
        for place in range(len(code) - 1):
            changed = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
            answer = http.get(
                f"{served.url}/api/v1/branches/chengdong/tickets/{ticket.id}",
                headers={"Authorization": f"Bearer t.{changed}"},
            )
            assert answer.status_code == 401, place


def test_a_code_put_together_from_two_others_opens_nothing(served: Any) -> None:
    mine, other = issued(served), issued(served)
    raw = [base64.urlsafe_b64decode(code_of(each) + "==") for each in (mine, other)]
    joined = base64.urlsafe_b64encode(raw[1][:16] + raw[0][16:]).decode().rstrip("=")
    assert asked(served, joined, other.id) == (401, "unauthorised")


def test_a_code_does_nothing_for_another_ticket(served: Any) -> None:
    mine, other = issued(served), issued(served)
    assert asked(served, code_of(mine), other.id) == (403, "forbidden")
    phone = served.client("t." + code_of(mine))
    assert refused(phone, other.id, "cancel", acts.TicketAct(request_id=new_request_id())) == "forbidden"
    delay = acts.DelayTicket(request_id=new_request_id(), minutes=10)
    assert refused(phone, other.id, "delay", delay) == "forbidden"


def test_a_code_of_another_branch_opens_nothing(served: Any, serve_hall: Any, tmp_path: Path) -> None:
    with serve_hall(tmp_path) as elsewhere:
        theirs = issued(elsewhere)
        assert asked(served, code_of(theirs), theirs.id) == (401, "unauthorised")


def test_a_photocopy_is_worth_nothing_once_its_ticket_was_served(served: Any) -> None:
    clerk = served.clerk(1)
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=new_request_id()))
    ticket = issued(served)
    called = clerk.counter_act(1, "next", acts.NextCustomer(request_id=new_request_id(), expect=None)).current
    while called is not None and called.ticket != ticket.id:
        clerk.counter_act(1, "start", acts.CurrentAct(request_id=new_request_id(), ticket=called.ticket))
        record = acts.Interaction(service_done="pay", outcome=Outcome.DONE)
        body = acts.NextCustomer(request_id=new_request_id(), expect=called.ticket, record=record)
        called = clerk.counter_act(1, "next", body).current
    assert called is not None
    clerk.counter_act(1, "start", acts.CurrentAct(request_id=new_request_id(), ticket=ticket.id))
    record = acts.Interaction(service_done="pay", outcome=Outcome.DONE)
    clerk.counter_act(1, "finish", acts.FinishCustomer(request_id=new_request_id(), ticket=ticket.id, record=record))

    phone = served.client("t." + code_of(ticket))
    assert refused(phone, ticket.id, "cancel", acts.TicketAct(request_id=new_request_id())) == "wrong-state"
    delay = acts.DelayTicket(request_id=new_request_id(), minutes=10)
    assert refused(phone, ticket.id, "delay", delay) == "wrong-state"
    kiosk = served.machine(Role.KIOSK, "kiosk-1")
    assert refused(kiosk, ticket.id, "check-in", acts.TicketAct(request_id=new_request_id())) == "wrong-state"


def test_yesterdays_ticket_is_not_called_again(serve_hall: Any, tmp_path: Path, until: Any) -> None:
    with serve_hall(tmp_path) as hall:
        ticket = issued(hall)
        clock = hall.server.front.clock
        clock.not_before(clock.now() + timedelta(days=1))
        assert until(lambda: ticket.id not in hall.server.keeper.hall.live)
        phone = hall.client("t." + code_of(ticket))
        assert phone.ticket(ticket.id).closed_as is not None
        assert refused(phone, ticket.id, "delay", acts.DelayTicket(request_id=new_request_id(), minutes=10))
        guide = hall.machine(Role.KIOSK, "kiosk-2")
        assert refused(guide, ticket.id, "check-in", acts.TicketAct(request_id=new_request_id()))
        assert issued(hall).number == ticket.number
