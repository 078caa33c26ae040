"""Forecasts of a living hall: listens to its events, answers for any of its services."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from server.domain.calling import target_s
from server.domain.events.days import ConfigAdopted, DayOpened
from server.domain.events.event import Event
from server.domain.events.tickets import LegFinished, LegServedOffline, TicketCalled, TicketIssued, TicketTransferred
from server.domain.state import Hall
from server.domain.vocabulary import CustomerClass, ServiceId, TicketId
from server.forecasting.honesty import Honesty
from server.forecasting.waits import Forecast, LearnedPace, OpenCounter, Queue

LESSONS = 2000
"""Ended legs of earlier days that a new day starts from; more than any service remembers."""


class HallWaits:
    """Learns on the keeper's thread; asking is safe from any.

    A day starts from the lessons of the days before it, so that a server that only reads the last ones knows the same.
    """

    def __init__(self) -> None:
        self._pace = LearnedPace({})
        self._lessons: deque[tuple[ServiceId, float]] = deque(maxlen=LESSONS)
        self._honesty = Honesty()
        self._promises: dict[TicketId, Forecast] = {}
        """Of today's tickets that have not been called yet."""

    def learn_anew(self, events: Iterable[Event]) -> None:
        """Forgets all; `events` are the journal's last lessons and its running day."""
        self._pace = LearnedPace({})
        self._lessons.clear()
        self._honesty = Honesty()
        self._promises.clear()
        self.learn(events)

    def learn(self, events: Iterable[Event]) -> None:
        """What has happened since."""
        for event in events:
            hear = _HEARD.get(type(event))
            if hear is not None:
                hear(self, event)

    def __call__(
        self, hall: Hall, service: ServiceId, customer_class: CustomerClass, ahead: int, _at: datetime
    ) -> tuple[int, int, int] | None:
        """Low, likely, high seconds with so many of the same service ahead; None: no open counter serves it."""
        asked = hall.rules.services.get(service)
        if asked is None:
            return None
        urgency = asked.target_s[CustomerClass.NORMAL] / target_s(asked, customer_class)
        found = self._pace.forecast(service, ahead, queue_of(hall), urgency)
        if found is None:
            return None
        told = self._honesty.told(found)
        return told.low_s, told.likely_s, told.high_s

    def _answer_for(self, call: TicketCalled) -> None:
        """Compares what was told with what came; who did not have to wait was told nothing that could be wrong."""
        promise = self._promises.pop(call.ticket, None)
        if promise is not None and promise.likely_s > 0:
            self._honesty = self._honesty.learned(promise, call.waited_s)

    def _issued(self, event: TicketIssued) -> None:
        if event.visit.promise is not None:
            self._promises[event.ticket] = Forecast(*event.visit.promise)

    def _begin(self, event: DayOpened) -> None:
        config = event.state.config
        if config is None:
            return
        pace = LearnedPace({service.id: service.handle_guess_s for service in config.services.values()})
        for service, occupied_s in self._lessons:
            pace.learn(service, occupied_s)
        self._pace = pace
        self._honesty = Honesty()
        self._promises.clear()

    def _ended(self, event: LegFinished | TicketTransferred) -> None:
        self._learn(event.service, (event.at - event.called_at).total_seconds())

    def _served_away(self, event: LegServedOffline) -> None:
        self._learn(event.service, event.served_s)

    def _learn(self, service: ServiceId, occupied_s: float) -> None:
        self._lessons.append((service, occupied_s))
        self._pace.learn(service, occupied_s)

    def _know(self, event: ConfigAdopted) -> None:
        for service in event.config.services.values():
            self._pace.guess(service.id, service.handle_guess_s)


_HEARD: dict[type[Event], Callable[[HallWaits, Any], None]] = {
    ConfigAdopted: HallWaits._know,
    DayOpened: HallWaits._begin,
    LegFinished: HallWaits._ended,
    TicketTransferred: HallWaits._ended,
    LegServedOffline: HallWaits._served_away,
    TicketIssued: HallWaits._issued,
    TicketCalled: HallWaits._answer_for,
}


def queue_of(hall: Hall) -> Queue:
    """What a newcomer finds; costs the number of counters, not of tickets."""
    counters = [OpenCounter(desk.services, desk.current is not None) for desk in hall.counters.values() if desk.open]
    return Queue(counters, hall.queues.waiting)
