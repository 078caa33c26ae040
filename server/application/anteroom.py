"""What stands beside the keeper's judgement: what newcomers are promised, and visits that have only just closed."""

from collections import OrderedDict
from datetime import datetime

from server.application.deliberation import Laws
from server.application.scene import Forecast
from server.domain.commands import Command, Issue
from server.domain.copying import replace
from server.domain.events.event import Event
from server.domain.evolving import after
from server.domain.state import Hall
from server.domain.ticket import ClosedVisit, Ticket
from server.domain.vocabulary import TicketId

MOST_CLOSED = 256


class Anteroom:
    """Belongs to the keeper's thread."""

    def __init__(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self._closed: OrderedDict[TicketId, ClosedVisit] = OrderedDict()

    def laws(self) -> Laws:
        return Laws(after=self._after, prepare=self._prepare)

    def lately(self, hall: Hall, ticket: TicketId) -> Ticket | ClosedVisit:
        """The ticket as an act just judged leaves it, also when it closed it; raises KeyError for any other."""
        return hall.live.get(ticket) or self._closed[ticket]

    def _after(self, hall: Hall, event: Event) -> tuple[Hall, ClosedVisit | None]:
        then, closed = after(hall, event)
        if closed is not None:
            self._closed[closed.visit.id] = closed
            if len(self._closed) > MOST_CLOSED:
                self._closed.popitem(last=False)
        return then, closed

    def _prepare(self, hall: Hall, command: Command, at: datetime) -> Command:
        """The promise and the number of people ahead; none for what a kiosk printed without a word of them."""
        if not isinstance(command, Issue) or command.offline is not None or command.appointment is not None:
            return command
        if not command.services or command.services[0] not in hall.rules.services:
            return command
        service = command.services[0]
        ahead = hall.queues.waiting.get(service, 0)
        promise = self._forecast(hall, service, command.customer_class, ahead, at)
        return replace(command, promise=promise, ahead=ahead)
