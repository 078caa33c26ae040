"""What was kept while the server was away, taken in by a real server: once, under its own request id."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from counter.desk import Act, Draft
from counter.requests import Ask, Asking, TransferTo
from counter.sending import ACT, REFUSED, keep, kept_tickets, send_kept
from server.contract.acts import CurrentAct, IssueTicket, NextCustomer, OpenCounter
from server.contract.views.desk import DeskView
from server.contract.words import Role
from server.link.acts import HallClient, new_request_id
from server.link.outbox import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.sqlite")
    yield made
    made.close()


@pytest.fixture
def hall(serve_hall: Any, tmp_path: Path) -> Iterator[Any]:
    with serve_hall(tmp_path / "hall") as served:
        yield served


@pytest.fixture
def clerk(hall: Any) -> HallClient:
    client: HallClient = hall.clerk(1)
    kiosk = hall.machine(Role.KIOSK, "kiosk-1")
    client.counter_act(1, "open", OpenCounter(request_id=new_request_id()))
    for _ in range(2):
        kiosk.issue(IssueTicket(request_id=new_request_id(), services=["pay"]))
    return client


def call(clerk: HallClient) -> DeskView:
    return clerk.counter_act(1, "next", NextCustomer(request_id=new_request_id(), expect=None))


def start(clerk: HallClient) -> Draft:
    current = call(clerk).current
    assert current is not None
    clerk.counter_act(1, "start", CurrentAct(request_id=new_request_id(), ticket=current.ticket))
    return Draft(current.ticket, current.leg, current.number, current.service, note="断线时办完")


def test_a_kept_finish_is_taken_once(clerk: HallClient, outbox: Outbox) -> None:
    draft = start(clerk)
    ask: Ask = Asking(new_request_id).finish(draft)
    keep(outbox, 1, ask)
    assert kept_tickets(outbox) == {draft.ticket}
    adopted = send_kept(clerk, outbox)

    assert adopted.view is not None
    assert (adopted.view.current, adopted.sent, adopted.refused) == (None, 1, 0)
    keep(outbox, 1, ask)
    again = send_kept(clerk, outbox)
    assert (again.sent, again.refused, outbox.count()) == (1, 0, 0)
    assert clerk.desk(1).last_leg is not None


def test_one_called_before_the_outage_and_served_in_it_is_taken_with_its_times(
    clerk: HallClient, outbox: Outbox
) -> None:
    view = call(clerk)
    assert view.current is not None
    draft = Draft("", 1, view.current.number, view.current.service)
    began = view.stamp.as_of
    keep(outbox, 1, Asking(new_request_id).served_offline(draft.number, began, began + timedelta(seconds=1), draft))
    adopted = send_kept(clerk, outbox)

    assert (adopted.sent, adopted.refused) == (1, 0)
    assert clerk.desk(1).current is None


def test_one_called_by_voice_leaves_the_queue(clerk: HallClient, outbox: Outbox) -> None:
    desk = clerk.desk(1)
    first = desk.waiting[0]
    served = Asking(new_request_id).served_offline(
        first.number, desk.stamp.as_of, desk.stamp.as_of, Draft("", 1, first.number, "pay")
    )
    keep(outbox, 1, served)
    send_kept(clerk, outbox)
    assert first.number not in [line.number for line in clerk.desk(1).waiting]


def test_what_the_server_refuses_stays_to_be_read(clerk: HallClient, outbox: Outbox, expected_logs: Any) -> None:
    expected_logs.expect("did not take a kept act")
    now = clerk.desk(1).stamp.as_of
    keep(outbox, 1, Asking(new_request_id).served_offline("Z999", now, now, Draft("", 1, "Z999", "pay")))
    adopted = send_kept(clerk, outbox)

    assert (adopted.sent, adopted.refused) == (1, 1)
    assert (len(outbox.pending(ACT)), len(outbox.pending(REFUSED))) == (0, 1)


def test_a_finish_refused_because_the_visit_is_over_still_leaves_its_record(clerk: HallClient, outbox: Outbox) -> None:
    draft = start(clerk)
    done = Asking(new_request_id).finish(draft)
    clerk.counter_act(1, "finish", done.body)
    late = Asking(new_request_id).finish(draft)
    assert late.act is Act.FINISH
    keep(outbox, 1, late)
    adopted = send_kept(clerk, outbox)
    assert (adopted.refused, outbox.count()) == (0, 0)


def test_the_record_of_a_leg_that_was_transferred_is_taken(clerk: HallClient, outbox: Outbox) -> None:
    draft, asking = start(clerk), Asking(new_request_id)
    sent_on = asking.transfer(replace(draft, handover="请核对户号"), TransferTo(service="new"))
    clerk.counter_act(1, "transfer", sent_on.body)
    keep(outbox, 1, asking.save(draft))
    adopted = send_kept(clerk, outbox)
    assert (adopted.sent, adopted.refused, outbox.count()) == (1, 0, 0)
