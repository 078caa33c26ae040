"""From a touch to paper: on line, off line, and back."""

from collections.abc import Callable
from typing import Any

import pytest

from devices.protocols import Printed
from kiosk.pages import Picture
from kiosk.taking import NoNumber, NumberDesk
from kiosk.texts import Texts
from kiosk.visit import Obstacle, Printing
from server.contract.acts import IssueTicket
from server.contract.words import Language

Server = Any
Printer = Any
Machine = Any
Services = Callable[..., Any]


def request(name: str) -> IssueTicket:
    return IssueTicket(request_id=f"request-{name}", services=["trf"])


def test_on_line_the_hall_gives_the_number(desk: NumberDesk) -> None:
    held = desk.take(request("a"))

    assert (held.number, held.offline) == ("A023", False)


def test_off_line_the_number_comes_from_the_reserved_range(
    desk: NumberDesk, server: Server, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away")
    desk.store.remember(services())
    server.away = True

    assert [desk.take(request("a")).number, desk.take(request("b")).number] == ["A800", "A801"]


def test_only_the_first_customer_waits_for_a_server_that_is_away(
    desk: NumberDesk, server: Server, services: Services, machine: Machine, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away")
    desk.store.remember(services())
    server.away = True
    desk.take(request("a"))
    server.away = False

    assert desk.take(request("b")).offline
    machine.passes(2.1)
    assert not desk.take(request("c")).offline


def test_a_lost_reply_is_joined_by_its_request_id(
    desk: NumberDesk, server: Server, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away")
    desk.store.remember(services())
    server.loses_reply = True
    held = desk.take(request("a"))
    server.loses_reply = False

    assert desk.adopt_waiting() == 1
    assert list(server.issued) == ["request-a"]
    assert [one.offline.number for one in server.adopted] == [800]
    assert held.number == "A800"
    assert desk.store.waiting() == ()


def test_offline_numbers_wait_while_the_hall_is_away(
    desk: NumberDesk, server: Server, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away")
    desk.store.remember(services())
    server.away = True
    desk.take(request("a"))

    assert desk.adopt_waiting() == 0
    assert len(desk.store.waiting()) == 1


def test_a_number_the_hall_refuses_is_not_offered_forever(
    desk: NumberDesk, server: Server, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away|offline number not adopted")
    desk.store.remember(services())
    server.away = True
    desk.take(request("a"))
    server.away, server.refuses = False, "number-taken"

    assert desk.adopt_waiting() == 1
    assert desk.store.waiting() == ()


def test_a_number_is_offered_again_to_a_hall_that_did_not_know_this_kiosk(
    desk: NumberDesk, server: Server, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("the hall is away")
    desk.store.remember(services())
    server.away = True
    desk.take(request("a"))
    server.away, server.refuses, server.status = False, "unauthorised", 401

    assert desk.adopt_waiting() == 0
    assert [one.label for one in desk.store.waiting()] == ["A800"]

    server.refuses = ""
    assert desk.adopt_waiting() == 1


@pytest.mark.parametrize(
    ("code", "obstacle"),
    [
        ("service-closed", Obstacle.CLOSED),
        ("not-issuing", Obstacle.NOT_ISSUING),
        ("series-full", Obstacle.FULL),
        ("unauthorised", Obstacle.SEE_STAFF),
    ],
)
def test_a_refusal_is_not_a_reason_to_issue_offline(
    desk: NumberDesk, server: Server, services: Services, code: str, obstacle: Obstacle
) -> None:
    desk.store.remember(services())
    server.refuses = code

    with pytest.raises(NoNumber) as caught:
        desk.take(request("a"))

    assert caught.value.obstacle is obstacle
    assert desk.store.waiting() == ()


def test_without_hall_and_range_the_customer_sees_staff(desk: NumberDesk, server: Server, expected_logs: Any) -> None:
    expected_logs.expect("the hall is away|no offline number")
    server.away = True

    with pytest.raises(NoNumber) as caught:
        desk.take(request("a"))

    assert caught.value.obstacle is Obstacle.SEE_STAFF


def test_printing_tells_what_the_printer_said(
    desk: NumberDesk, printer: Printer, services: Services, expected_logs: Any
) -> None:
    expected_logs.expect("slip not confirmed")
    held = desk.take(request("a"))
    picture, texts = Picture(held.issued_at, services()), Texts(Language.ZH)

    outcomes = []
    for says in Printed:
        printer.says = says
        outcomes.append(desk.print(held, picture, texts))

    assert outcomes == [Printing.PRINTED, Printing.UNCONFIRMED, Printing.FAILED]


def test_a_reprint_is_an_act_of_the_hall(desk: NumberDesk, server: Server) -> None:
    held = desk.reprinted(desk.take(request("a")))

    assert server.acts == ["reprint ticket-0"]
    assert held.ticket is not None
    assert held.ticket.reprints == 1
