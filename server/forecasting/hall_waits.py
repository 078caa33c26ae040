"""Forecasts of a living hall: listens to its events, answers for any of its services."""

from collections.abc import Iterable
from datetime import datetime

from server.domain.calling import target_s
from server.domain.config import HallConfig
from server.domain.events import ConfigAdopted, DayOpened, Event, LegFinished, LegServedOffline, TicketTransferred
from server.domain.state import Hall
from server.domain.vocabulary import CustomerClass, ServiceId
from server.forecasting.waits import LearnedPace, OpenCounter, Queue


class HallWaits:
    """`hear` on the keeper's thread; asking is safe from any."""

    def __init__(self) -> None:
        self._pace = LearnedPace({})

    def hear(self, events: Iterable[Event]) -> None:
        """Also the journal's older events, after a restart, so that nothing learned is lost."""
        for event in events:
            match event:
                case ConfigAdopted():
                    self._know(event.config)
                case DayOpened() if event.state.config is not None:
                    self._know(event.state.config)
                case LegFinished() | TicketTransferred():
                    self._pace.learn(event.service, (event.at - event.called_at).total_seconds())
                case LegServedOffline():
                    self._pace.learn(event.service, event.served_s)
                case _:
                    pass

    def __call__(
        self, hall: Hall, service: ServiceId, customer_class: CustomerClass, ahead: int, _at: datetime
    ) -> tuple[int, int, int] | None:
        """Low, likely, high seconds with so many of the same service ahead; None: no open counter serves it."""
        self._know(hall.rules)
        asked = hall.rules.services.get(service)
        if asked is None:
            return None
        urgency = asked.target_s[CustomerClass.NORMAL] / target_s(asked, customer_class)
        found = self._pace.forecast(service, ahead, queue_of(hall), urgency)
        return (found.low_s, found.likely_s, found.high_s) if found else None

    def _know(self, config: HallConfig) -> None:
        for service in config.services.values():
            self._pace.guess(service.id, service.handle_guess_s)


def queue_of(hall: Hall) -> Queue:
    """What a newcomer finds; costs the number of counters, not of tickets."""
    counters = [OpenCounter(desk.services, desk.current is not None) for desk in hall.counters.values() if desk.open]
    return Queue(counters, hall.queued)
