"""Codes of slips and phones at a real hall: who was expected is checked in, a changed code opens nothing."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from kiosk.scanning import NotScanned, ScanDesk
from kiosk.visit import Unfound
from server.contract import acts
from server.contract.held import held_ticket
from server.contract.views.answers import TicketView
from server.contract.words import Role, TicketState
from server.link.acts import HallClient, new_request_id
from server.link.circuit import Circuit


@pytest.fixture
def kiosk(served: Any) -> HallClient:
    client: HallClient = served.machine(Role.KIOSK, "kiosk-1")
    return client


@pytest.fixture
def scans(kiosk: HallClient) -> ScanDesk:
    return ScanDesk(kiosk, Circuit(), new_request_id)


def issue(kiosk: HallClient, **more: Any) -> TicketView:
    return kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["pay"], **more))


def test_an_appointment_is_checked_in_by_its_code(served: Any, kiosk: HallClient, scans: ScanDesk) -> None:
    ticket = issue(kiosk, appointment=kiosk.hall().stamp.as_of + timedelta(seconds=5))
    assert kiosk.ticket(ticket.id).state is TicketState.EXPECTED

    first, again = (scans.show(str(ticket.phone_url), served.url) for _ in range(2))

    assert (first.number, first.checked_in, again.checked_in) == (ticket.number, True, False)
    assert kiosk.ticket(ticket.id).state is TicketState.WAITING


def test_an_appointment_of_another_day_stands(served: Any, kiosk: HallClient, scans: ScanDesk) -> None:
    ticket = issue(kiosk, appointment=kiosk.hall().stamp.as_of + timedelta(days=2))

    told = scans.show(str(ticket.phone_url), served.url)

    assert not told.checked_in
    assert told.ticket is not None
    assert told.ticket.state is TicketState.EXPECTED


@pytest.mark.attack(14, 15)
def test_a_changed_code_opens_nothing(served: Any, kiosk: HallClient, scans: ScanDesk) -> None:
    ticket = issue(kiosk, appointment=kiosk.hall().stamp.as_of + timedelta(seconds=5))
    url = str(ticket.phone_url)
    start = url.index("/t/") + len("/t/")
    for place in (start, start + 21, start + 25, len(url) - 2):
        changed = url[:place] + ("A" if url[place] != "A" else "B") + url[place + 1 :]
        with pytest.raises(NotScanned) as refused:
            scans.show(changed, served.url)
        assert refused.value.why is Unfound.UNKNOWN

    assert kiosk.ticket(ticket.id).state is TicketState.EXPECTED


def test_the_phones_page_draws_its_own_code_and_no_other(served: Any, kiosk: HallClient) -> None:
    ticket = issue(kiosk)
    drawn = httpx.get(f"{ticket.phone_url}/code.svg")

    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert b"<path" in drawn.content
    assert httpx.get(f"{served.url}/t/{'A' * 42}/code.svg").status_code == 404
    held = held_ticket(str(ticket.phone_url), served.url)
    assert held is not None
    assert held.ticket == ticket.id
