import socket
from collections.abc import Callable
from typing import Any

import pytest

from server.contract.acts import CounterAct, Enrol, IssueTicket, TicketAct
from server.link.acts import HallClient, new_request_id
from server.link.errors import ActRefused, HallAway

Connect = Callable[..., HallClient]

TICKET = {
    "stamp": {"journal": "j1", "rev": 4, "as_of": "2026-11-02T01:00:00Z"},
    "id": "01JB",
    "number": "A023",
    "service": "pay",
    "customer_class": "normal",
    "language": "zh-CN",
    "state": "waiting",
    "issued_at": "2026-11-02T01:00:00Z",
    "a_field_of_next_year": 1,
}


def issue(request_id: str | None = None) -> IssueTicket:
    return IssueTicket(request_id=request_id or new_request_id(), services=["pay"])


def problem(code: str, status: int) -> dict[str, Any]:
    return {"type": f"urn:powerhall:{code}", "title": "No", "status": status, "detail": "why", "code": code}


def test_issue_sends_the_body_with_the_token_and_reads_the_ticket(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(201, TICKET)

    view = connect(hall.url).issue(issue("request-0001"))

    assert (view.number, view.stamp.rev) == ("A023", 4)
    (asked,) = hall.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/branches/chengdong/tickets")
    assert asked.headers["Authorization"] == "Bearer secret-token"
    assert asked.json["request_id"] == "request-0001"


def test_token_can_be_set_after_login(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(200, TICKET)
    link = connect(hall.url)

    link.token = "session-token"
    link.ticket("01JB")

    assert hall.asked[-1].headers["Authorization"] == "Bearer session-token"


def test_requests_share_one_connection(hall: Any, connect: Connect) -> None:
    peers = []

    def answer(asked: Any, handler: Any) -> None:
        peers.append(handler.client_address)
        handler.reply(200, TICKET)

    hall.answer = answer
    link = connect(hall.url)

    for _ in range(5):
        link.ticket("01JB")

    assert len(set(peers)) == 1


def test_refusal_carries_the_problem(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(409, problem("expect-mismatch", 409))

    with pytest.raises(ActRefused) as caught:
        connect(hall.url).counter_act(3, "close", CounterAct(request_id="request-0001"))

    assert caught.value.problem.code == "expect-mismatch"


def test_refusal_without_a_problem_body_is_still_told(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(413, b"<html>")

    with pytest.raises(ActRefused) as caught:
        connect(hall.url).issue(issue())

    assert (caught.value.problem.code, caught.value.problem.status) == ("http-413", 413)


@pytest.mark.parametrize(
    ("status", "code", "unknown"),
    [
        (503, "busy", False),
        (503, "not-owner", False),
        (503, "unavailable", False),
        (503, "outcome-unknown", True),
        (500, "fault", True),
    ],
)
def test_server_errors_say_whether_the_act_may_have_happened(
    hall: Any, status: int, code: str, unknown: bool, connect: Connect
) -> None:
    hall.answer = lambda asked, handler: handler.reply(status, problem(code, status), Retry_After="2")

    with pytest.raises(HallAway) as caught:
        connect(hall.url).issue(issue())

    assert (caught.value.outcome_unknown, caught.value.code, caught.value.retry_after_s) == (unknown, code, 2.0)


def test_reading_never_leaves_an_outcome_unknown(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(500, b"")

    with pytest.raises(HallAway) as caught:
        connect(hall.url).ticket("01JB")

    assert not caught.value.outcome_unknown


def test_nobody_listening_is_away_with_nothing_done(connect: Connect) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(HallAway) as caught:
        connect(f"http://127.0.0.1:{port}").issue(issue())

    assert not caught.value.outcome_unknown


def test_silence_after_sending_leaves_the_outcome_unknown(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: hall.done.wait(60)

    with pytest.raises(HallAway) as caught:
        connect(hall.url, timeout_s=1.0).issue(issue())

    assert caught.value.outcome_unknown


def test_answer_that_dribbles_is_cut_off(hall: Any, connect: Connect) -> None:
    def dribble(asked: Any, handler: Any) -> None:
        handler.begin_stream()
        while not hall.done.wait(0.02):
            handler.wfile.write(b" ")

    hall.answer = dribble

    with pytest.raises(HallAway) as caught:
        connect(hall.url, timeout_s=1.0).issue(issue())

    assert caught.value.outcome_unknown


def test_hang_up_after_sending_leaves_the_outcome_unknown(hall: Any, connect: Connect) -> None:
    def hang_up(asked: Any, handler: Any) -> None:
        handler.close_connection = True

    hall.answer = hang_up

    with pytest.raises(HallAway) as caught:
        connect(hall.url).issue(issue())

    assert caught.value.outcome_unknown


@pytest.mark.parametrize("body", [b"<html>hotel wi-fi</html>", b"{}", b"\xff\xfe", b""])
def test_answer_that_is_not_the_halls_is_away(hall: Any, body: bytes, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(200, body)

    with pytest.raises(HallAway) as caught:
        connect(hall.url).issue(issue())

    assert (caught.value.outcome_unknown, caught.value.code) == (True, "bad-answer")


def test_enrolment_returns_the_token(hall: Any, connect: Connect) -> None:
    hall.answer = lambda asked, handler: handler.reply(201, {"device": "kiosk-1", "token": "t0"})

    assert connect(hall.url).enrol(Enrol(code="12345678", device="kiosk-1")) == "t0"
    assert hall.asked[0].path == "/api/v1/enrol"


@pytest.mark.parametrize("ticket", ["", "..", "a/b", "a?b", "a%2fb"])
def test_ids_cannot_name_another_path(ticket: str, connect: Connect) -> None:
    with pytest.raises(ValueError, match="not an id"):
        connect("http://127.0.0.1:9").ticket_act(ticket, "cancel", TicketAct(request_id="request-0001"))


def test_request_ids_are_all_new() -> None:
    assert len({new_request_id() for _ in range(1000)}) == 1000
