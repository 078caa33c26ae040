"""From a code held up to the reader to its ticket: whose it is the hall says; who was expected is checked in."""

from collections.abc import Callable
from typing import Protocol

import structlog

from kiosk.visit import Unfound
from kiosk.visit_pages import Told
from server.contract.acts import TicketAct
from server.contract.common import Body
from server.contract.held import HeldTicket, held_ticket
from server.contract.views.answers import TicketView
from server.contract.words import TicketState
from server.link.circuit import Circuit
from server.link.errors import ActRefused, HallAway

log = structlog.get_logger()

COMING = frozenset({TicketState.EXPECTED, TicketState.DELAYED})
"""Whose customer is checked in by holding the code up: they have come, or are back."""


class NotScanned(Exception):
    """No ticket can be shown; `why` chooses the customer's words."""

    def __init__(self, why: Unfound) -> None:
        super().__init__(why.value)
        self.why = why


class Hall(Protocol):
    """The part of the line that knows tickets; `server.link.acts.HallClient` is one."""

    def held_ticket(self, held: HeldTicket) -> TicketView: ...

    def ticket_act(self, ticket: str, act: str, body: Body) -> TicketView: ...


class ScanDesk:
    """Blocking and thread-safe. No code is ever logged, kept or shown."""

    def __init__(self, client: Hall, circuit: Circuit, new_request_id: Callable[[], str]) -> None:
        self._client = client
        self._circuit = circuit
        self._new_request_id = new_request_id

    def show(self, text: str, public_url: str | None) -> Told:
        """Raises NotScanned."""
        held = held_ticket(text, public_url)
        if held is None:
            raise NotScanned(Unfound.FOREIGN)
        if not self._circuit.allows():
            raise NotScanned(Unfound.AWAY)
        try:
            told = self._checked_in(self._client.held_ticket(held))
        except HallAway as away:
            self._circuit.failed()
            raise NotScanned(Unfound.AWAY) from away
        except ActRefused as no:
            self._circuit.succeeded()
            log.info("the hall shows no ticket for a code", code=no.problem.code)
            raise NotScanned(Unfound.UNKNOWN) from no
        self._circuit.succeeded()
        return told

    def _checked_in(self, ticket: TicketView) -> Told:
        """A refusal, as of an appointment of another day, leaves the ticket as it is. Raises HallAway."""
        came = False
        if ticket.state in COMING:
            try:
                ticket = self._client.ticket_act(ticket.id, "check-in", TicketAct(request_id=self._new_request_id()))
                came = True
            except ActRefused as no:
                log.info("not checked in", number=ticket.number, code=no.problem.code)
        return Told(ticket.number, ticket.service, ticket.issued_at, ticket, scanned=True, checked_in=came)
