"""From a touch to a number on paper: ask the hall, else issue from the reserved range; print; report back later."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from devices.protocols import Printed, TicketPrinter
from kiosk.offline import ADOPTED, OfflineRefused, OfflineStore
from kiosk.pages import Picture
from kiosk.slip import slip
from kiosk.texts import Texts
from kiosk.visit import Obstacle, Printing
from kiosk.visit_pages import Told
from server.contract.acts import IssueTicket, TicketAct
from server.contract.common import Body
from server.contract.views.answers import TicketView
from server.link.circuit import Circuit
from server.link.errors import ActRefused, HallAway

log = structlog.get_logger()

OBSTACLES = {
    "service-closed": Obstacle.CLOSED,
    "unknown-service": Obstacle.CLOSED,
    "not-issuing": Obstacle.NOT_ISSUING,
    "day-closed": Obstacle.NOT_ISSUING,
    "series-full": Obstacle.FULL,
}
"""By the hall's refusal code; any other sends the customer to staff."""
OF_RIGHTS = frozenset({401, 403})
"""The hall does not know this kiosk: no word on the number, which is offered again when it does."""
PRINTING = {
    Printed.PRINTED: Printing.PRINTED,
    Printed.UNCONFIRMED: Printing.UNCONFIRMED,
    Printed.FAILED: Printing.FAILED,
}


class NoNumber(Exception):
    """No number was given; `obstacle` chooses the customer's words, `code` is for the log."""

    def __init__(self, obstacle: Obstacle, code: str) -> None:
        super().__init__(code)
        self.obstacle = obstacle
        self.code = code


class Hall(Protocol):
    """The part of the line that gives numbers; `server.link.acts.HallClient` is one."""

    def issue(self, body: IssueTicket) -> TicketView: ...

    def ticket_act(self, ticket: str, act: str, body: Body) -> TicketView: ...


class NumberDesk:
    """Blocking and thread-safe; one for the window and for the driven kiosk alike."""

    def __init__(
        self,
        client: Hall,
        store: OfflineStore,
        circuit: Circuit,
        printer: TicketPrinter,
        kiosk: str,
        new_request_id: Callable[[], str],
    ) -> None:
        self.client = client
        self.store = store
        self.circuit = circuit
        self._printer = printer
        self._kiosk = kiosk
        self._new_request_id = new_request_id
        self._adopting = threading.Lock()

    def take(self, request: IssueTicket) -> Told:
        """The number, durable on the server or on this disk. Raises NoNumber."""
        if not self.circuit.allows():
            return self._offline(request)
        try:
            ticket = self.client.issue(request)
        except HallAway as away:
            self.circuit.failed()
            log.warning("the hall is away, issuing from the reserved range", why=str(away), code=away.code)
            return self._offline(request)
        except ActRefused as no:
            self.circuit.succeeded()
            code = no.problem.code
            raise NoNumber(OBSTACLES.get(code, Obstacle.SEE_STAFF), code) from no
        self.circuit.succeeded()
        return Told(ticket.number, request.services[0], ticket.issued_at, ticket)

    def print(self, told: Told, picture: Picture, texts: Texts, copies: int = 0) -> Printing:
        """Prints the slip, or its copy; what the printer says of it."""
        sheet = slip(told, picture, texts, self._kiosk, copies)
        outcome = self._printer.print(sheet)
        if outcome.printed is not Printed.PRINTED:
            log.warning("slip not confirmed", number=told.number, cause=outcome.cause, detail=outcome.detail)
        return PRINTING[outcome.printed]

    def reprinted(self, told: Told) -> Told:
        """Tells the hall, whose answer renews the phone address; without the hall the copy is printed all the same."""
        if told.ticket is None or not self.circuit.allows():
            return told
        try:
            ticket = self.client.ticket_act(told.ticket.id, "reprint", TicketAct(request_id=self._new_request_id()))
        except HallAway:
            self.circuit.failed()
            return told
        except ActRefused as no:
            log.warning("reprint refused", number=told.number, code=no.problem.code)
            return told
        self.circuit.succeeded()
        return replace(told, ticket=ticket)

    def adopt_waiting(self) -> int:
        """Reports offline numbers, oldest first, until the hall is away again; how many it has judged.

        A refusal that trying again cannot mend is kept with its code.
        """
        if not self._adopting.acquire(blocking=False):
            return 0
        try:
            return self._adopt()
        finally:
            self._adopting.release()

    def _adopt(self) -> int:
        answered = 0
        for ticket in self.store.waiting():
            try:
                adopted = self.client.issue(ticket.adoption())
            except HallAway:
                self.circuit.failed()
                break
            except ActRefused as no:
                if no.problem.status in OF_RIGHTS:
                    break
                log.error("offline number not adopted", number=ticket.label, code=no.problem.code)
                self.store.settle(ticket.request.request_id, f"refused {no.problem.code}")
            else:
                self.store.settle(ticket.request.request_id, f"{ADOPTED} {adopted.id}")
            answered += 1
        return answered

    def _offline(self, request: IssueTicket) -> Told:
        try:
            ticket = self.store.issue(request)
        except OfflineRefused as no:
            log.error("no offline number", why=str(no))
            raise NoNumber(Obstacle.SEE_STAFF, no.reason.value) from no
        return Told(ticket.label, request.services[0], ticket.issued_at)
