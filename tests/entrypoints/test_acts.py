"""One customer's way over HTTP, and what the hall answers to acts that do not fit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.contract import acts
from server.contract.words import (
    Channel,
    CounterState,
    CustomerClass,
    HoldReason,
    Outcome,
    PauseReason,
    RatingFate,
    Role,
    TicketState,
)
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused

RECORD = acts.Interaction(service_done="pay", outcome=Outcome.DONE, note="paid in cash")


def rid() -> str:
    return new_request_id()


def issue(kiosk: HallClient, service: str = "pay", **more: Any) -> Any:
    return kiosk.issue(acts.IssueTicket(request_id=rid(), services=[service], **more))


def refused(run: Any) -> str:
    with pytest.raises(ActRefused) as no:
        run()
    return no.value.problem.code


@pytest.fixture
def hall(serve_hall: Any, tmp_path: Path) -> Iterator[Any]:
    with serve_hall(tmp_path) as served:
        yield served


def test_one_visit_from_number_to_rating(hall: Any) -> None:
    kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
    assert clerk.desk(1).state is CounterState.CLOSED
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=rid()))
    first, second = issue(kiosk), issue(kiosk)
    assert (first.number, second.number) == ("B001", "B002")
    assert (first.ahead, second.ahead) == (0, 1)
    assert second.promise is not None
    assert [queue.waiting for queue in kiosk.hall().queues if queue.service == "pay"] == [2]

    desk = clerk.counter_act(1, "next", acts.NextCustomer(request_id=rid(), expect=None))
    assert desk.current is not None
    assert (desk.current.number, desk.current.state) == ("B001", TicketState.CALLED)
    assert [call.number for call in kiosk.hall().calls] == ["B001"]
    clerk.counter_act(1, "recall", acts.CurrentAct(request_id=rid(), ticket=first.id))
    clerk.counter_act(1, "start", acts.CurrentAct(request_id=rid(), ticket=first.id))
    desk = clerk.counter_act(1, "finish", acts.FinishCustomer(request_id=rid(), ticket=first.id, record=RECORD))
    assert desk.current is None
    assert desk.rating is not None
    assert desk.last_leg is not None

    rated = kiosk.rate(acts.GiveRating(request_id=rid(), window=desk.rating.window, score=5))
    assert rated.fate is RatingFate.ACCEPTED
    again = kiosk.rate(acts.GiveRating(request_id=rid(), window=desk.rating.window, score=1))
    assert again.fate is RatingFate.REPEATED
    edited = clerk.put_interaction(
        first.id, 1, acts.PutInteraction(request_id=rid(), record=RECORD.model_copy(update={"note": "by card"}))
    )
    assert edited.note == "by card"
    gone = kiosk.ticket(first.id)
    assert (gone.state, gone.rated) == (TicketState.CLOSED, True)


def test_colleague_reads_the_note_of_a_transfer(hall: Any) -> None:
    kiosk, sender, taker = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1), hall.clerk(2)
    for number, clerk in ((1, sender), (2, taker)):
        clerk.counter_act(number, "open", acts.OpenCounter(request_id=rid()))
    ticket = issue(kiosk)
    sender.counter_act(1, "next", acts.NextCustomer(request_id=rid(), expect=None))
    sender.counter_act(1, "start", acts.CurrentAct(request_id=rid(), ticket=ticket.id))
    moved = acts.TransferCustomer(
        request_id=rid(), ticket=ticket.id, counter=2, note="meter photo is missing", documents_seen=["id"]
    )
    sender.counter_act(1, "transfer", moved)
    desk = taker.counter_act(2, "next", acts.NextCustomer(request_id=rid(), expect=None))
    assert desk.current is not None
    assert [(note.text, note.by) for note in desk.current.notes] == [("meter photo is missing", "1001")]
    assert desk.current.documents_seen == ["id"]


def test_repeated_request_is_answered_as_before(hall: Any) -> None:
    kiosk = hall.machine(Role.KIOSK, "kiosk-1")
    body = acts.IssueTicket(request_id=rid(), services=["pay"])
    assert kiosk.issue(body) == kiosk.issue(body)
    assert kiosk.hall().waiting == 1
    other = body.model_copy(update={"services": ["bil"]})
    assert refused(lambda: kiosk.issue(other)) == "reused-request-id"


def test_repeated_request_is_answered_as_before_by_a_restarted_server(
    serve_hall: Any, port: int, tmp_path: Path
) -> None:
    body = acts.IssueTicket(request_id=rid(), services=["pay"])
    with serve_hall(tmp_path, port) as hall:
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        first = kiosk.issue(body)
    with serve_hall(tmp_path, port) as hall:
        again = hall.client(kiosk.token).issue(body)
        waiting = hall.client(kiosk.token).hall().waiting
    assert again == first
    assert waiting == 1


def test_offline_number_is_adopted_once(hall: Any) -> None:
    kiosk = hall.machine(Role.KIOSK, "kiosk-1")
    away = acts.IssuedOffline(number=805, age_ms=60_000, issued_at=datetime.now(UTC))
    body = acts.IssueTicket(request_id=rid(), services=["pay"], offline=away)
    adopted = kiosk.issue(body)
    again = kiosk.issue(body.model_copy(update={"offline": away.model_copy(update={"age_ms": 90_000})}))
    assert adopted.number == again.number == "B805"
    assert 58 < (datetime.now(UTC) - adopted.issued_at).total_seconds() < 90
    assert kiosk.hall().waiting == 1


def test_paper_wins_when_the_answer_was_lost(hall: Any) -> None:
    kiosk = hall.machine(Role.KIOSK, "kiosk-1")
    body = acts.IssueTicket(request_id=rid(), services=["pay"])
    online = kiosk.issue(body)
    printed = acts.IssuedOffline(number=805, age_ms=1000, issued_at=datetime.now(UTC))
    adoption = body.model_copy(update={"offline": printed})
    assert [kiosk.issue(adoption).number for _ in range(2)] == ["B805", "B805"]
    assert kiosk.ticket(online.id).number == "B805"
    assert kiosk.hall().waiting == 1


def test_only_a_kiosk_issues_by_itself_and_only_from_its_range(hall: Any) -> None:
    away = acts.IssuedOffline(number=5, age_ms=0, issued_at=datetime.now(UTC))
    kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
    assert refused(lambda: issue(kiosk, offline=away)) == "bad-offline-number"
    assert refused(lambda: issue(clerk, offline=away)) == "forbidden"


def test_acts_that_do_not_fit_are_refused_with_the_present_view(hall: Any) -> None:
    kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
    ticket = issue(kiosk)
    next_one = acts.NextCustomer(request_id=rid(), expect=None)
    assert refused(lambda: clerk.counter_act(1, "next", next_one)) == "counter-closed"
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=rid()))
    start = acts.CurrentAct(request_id=rid(), ticket=ticket.id)
    with pytest.raises(ActRefused) as no:
        clerk.counter_act(1, "start", start)
    assert no.value.problem.code == "expect-mismatch"
    assert no.value.problem.request_id == start.request_id
    assert no.value.problem.desk is not None
    assert no.value.problem.desk.counter == 1
    clerk.counter_act(1, "next", next_one)
    assert refused(lambda: clerk.counter_act(1, "next", acts.NextCustomer(request_id=rid(), expect=None))) in (
        "expect-mismatch",
        "wrong-state",
    )
    soon = acts.CurrentAct(request_id=rid(), ticket=ticket.id)
    assert refused(lambda: clerk.counter_act(1, "no-show", soon)) == "too-early"
    clerk.counter_act(1, "start", acts.CurrentAct(request_id=rid(), ticket=ticket.id))
    held = acts.HoldCustomer(request_id=rid(), ticket=ticket.id, reason=HoldReason.DOCUMENTS, minutes=10)
    desk = clerk.counter_act(1, "hold", held)
    assert [line.number for line in desk.held] == ["B001"]
    assert refused(lambda: kiosk.ticket("01ARZ3NDEKTSV4RRFFQ69G5FAV")) == "not-found"
    assert refused(lambda: kiosk.ticket("no-ulid")) == "not-found"
    assert refused(lambda: issue(kiosk, "nonsense")) == "unknown-service"


def test_refused_act_is_judged_anew(hall: Any) -> None:
    kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=rid()))
    body = acts.NextCustomer(request_id=rid(), expect=None)
    assert refused(lambda: clerk.counter_act(1, "next", body)) == "nobody-waiting"
    ticket = issue(kiosk)
    desk = clerk.counter_act(1, "next", body)
    assert desk.current is not None
    assert desk.current.ticket == ticket.id


def test_pause_and_cancel_and_class(hall: Any) -> None:
    kiosk, clerk = hall.machine(Role.KIOSK, "kiosk-1"), hall.clerk(1)
    clerk.counter_act(1, "open", acts.OpenCounter(request_id=rid()))
    paused = clerk.counter_act(1, "pause", acts.PauseCounter(request_id=rid(), reason=PauseReason.MEAL))
    assert paused.state is CounterState.PAUSED
    resume = acts.CounterAct(request_id=rid())
    assert refused(lambda: clerk.counter_act(1, "resume", resume)) == "session-locked"
    assert refused(lambda: issue(clerk)) == "session-locked"
    assert clerk.desk(1).state is CounterState.PAUSED
    clerk = hall.client(hall.clerk(1).token)
    assert clerk.counter_act(1, "resume", resume).state is CounterState.OPEN
    ticket = issue(kiosk)
    gone = clerk.ticket_act(ticket.id, "cancel", acts.TicketAct(request_id=rid()))
    assert gone.state is TicketState.CLOSED
    assert refused(lambda: issue(clerk, customer_class=CustomerClass.ELDER, channel=Channel.COUNTER)) == "reason-needed"


def test_reprint_renews_the_phone_address_which_opens_its_own_ticket_alone(hall: Any) -> None:
    kiosk = hall.machine(Role.KIOSK, "kiosk-1")
    ticket, other = issue(kiosk), issue(kiosk)
    again = kiosk.ticket_act(ticket.id, "reprint", acts.TicketAct(request_id=rid()))
    assert again.reprints == 1
    assert ticket.phone_url is not None
    assert ticket.phone_url == again.phone_url
    assert ticket.phone_url != other.phone_url
    phone = hall.client("t." + ticket.phone_url.rsplit("/", 1)[1])
    assert phone.ticket(ticket.id).number == ticket.number
    assert refused(lambda: phone.ticket(other.id)) == "forbidden"
    forged = hall.client("t." + ticket.phone_url.rsplit("/", 1)[1][:-4] + "AAAA")
    assert refused(lambda: forged.ticket(ticket.id)) == "unauthorised"
    later = phone.ticket_act(ticket.id, "delay", acts.DelayTicket(request_id=rid(), minutes=10))
    assert later.state is TicketState.DELAYED
    assert refused(lambda: phone.ticket_act(other.id, "cancel", acts.TicketAct(request_id=rid()))) == "forbidden"


def test_no_public_address_no_phone_address(serve_hall: Any, tmp_path: Path) -> None:
    with serve_hall(tmp_path) as hall:
        hall.server.front.capabilities = type(hall.server.front.capabilities)(b"x" * 32, None)
        assert issue(hall.machine(Role.KIOSK, "kiosk-1")).phone_url is None
