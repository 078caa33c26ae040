"""One committed state of the hall as all screens of that moment see it: counted and forecast once, shared by them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from heapq import nlargest

from server.contract.common import Stamp, WaitRange, Words
from server.contract.views.board import DeviceLine
from server.contract.views.services import GroupView, ServiceView
from server.domain.calling import target_s
from server.domain.queues import Place, place_of
from server.domain.state import Hall
from server.domain.ticket import Waiting
from server.domain.visit import Visit
from server.domain.vocabulary import CounterNo, CustomerClass, ServiceId

Quantiles = tuple[int, int, int]
Forecast = Callable[[Hall, ServiceId, CustomerClass, int, datetime], Quantiles | None]
"""Low, likely, high seconds for one of this service and class with so many ahead at that moment; None: not known."""


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """The words and papers of the branch, which the hall does not need to decide."""

    branch: str
    name: Words
    groups: tuple[GroupView, ...]
    services: tuple[ServiceView, ...]
    reception_counter: int
    public_url: str | None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the broker last told of the devices; `lamps` is False while the broker is away."""

    lamps: bool = True
    lines: tuple[DeviceLine, ...] = ()


@dataclass(frozen=True)
class Scene:
    facts: BranchFacts
    hall: Hall
    journal: str
    rev: int
    as_of: datetime
    forecast: Forecast
    ask_devices: Callable[[], DeviceFacts] = DeviceFacts

    @cached_property
    def devices(self) -> DeviceFacts:
        return self.ask_devices()

    @cached_property
    def stamp(self) -> Stamp:
        return Stamp(journal=self.journal, rev=self.rev, as_of=self.as_of)

    @cached_property
    def oldest(self) -> Mapping[ServiceId, Waiting]:
        """Who has waited longest for each service."""
        found: dict[ServiceId, Place] = {}
        for service, queues in self.hall.queues.shared.items():
            found[service] = min(queue[0] for queue in queues.values())
        for place in self.hall.queues.apart:
            service = self._waiting(place).visit.leg.service
            found[service] = min(found.get(service, place), place)
        return {service: self._waiting(place) for service, place in found.items()}

    def late(self, share: float, most: int) -> list[Waiting]:
        """Those who have used up that share of their target, worst first."""
        queues = (queue for by_class in self.hall.queues.shared.values() for queue in by_class.values())
        worst = (
            self._waiting(place)
            for queue in (*(each[:most] for each in queues), self.hall.queues.apart)
            for place in queue
        )
        late = [(self.share(ticket.visit), ticket) for ticket in worst]
        late = [each for each in late if each[0] >= share]
        return [ticket for _, ticket in nlargest(most, late, key=lambda each: each[0])]

    def over_target(self, service: ServiceId) -> int:
        """How many have waited longer than their target."""
        over = sum(
            bisect_left(queue, (self.as_of - timedelta(seconds=self._target(service, customer_class)),))
            for customer_class, queue in self.hall.queues.shared.get(service, {}).items()
        )
        apart = (self._waiting(place).visit for place in self.hall.queues.apart)
        return over + sum(visit.leg.service == service and self.share(visit) > 1 for visit in apart)

    def ahead_of(self, visit: Visit) -> int:
        """How many of the same service have used up more of their target, as calling looks at it."""
        service, mine = visit.leg.service, self.share(visit)
        queues = self.hall.queues.shared.get(service, {})
        ahead = sum(
            bisect_left(queue, (self.as_of - timedelta(seconds=mine * self._target(service, kind)), visit.seq))
            for kind, queue in queues.items()
            if kind is not visit.customer_class
        )
        ahead += bisect_left(queues.get(visit.customer_class, ()), place_of(visit))
        apart = (self._waiting(place).visit for place in self.hall.queues.apart)
        return ahead + sum(
            (self.share(other), -other.seq) > (mine, -visit.seq) for other in apart if other.leg.service == service
        )

    def share(self, visit: Visit) -> float:
        """Waited ÷ target."""
        return visit.waited_s(self.as_of) / self.target(visit)

    def _waiting(self, place: Place) -> Waiting:
        ticket = self.hall.live[place[2]]
        assert isinstance(ticket, Waiting)
        return ticket

    @cached_property
    def serving_counters(self) -> Mapping[ServiceId, list[CounterNo]]:
        """Open counters by service."""
        counters: dict[ServiceId, list[CounterNo]] = defaultdict(list)
        for desk in self.hall.counters.values():
            for service in desk.services if desk.open else ():
                counters[service].append(desk.number)
        return counters

    @cached_property
    def _ranges(self) -> dict[tuple[ServiceId, CustomerClass, int], WaitRange | None]:
        return {}

    def wait_range(
        self, service: ServiceId, customer_class: CustomerClass = CustomerClass.NORMAL, ahead: int | None = None
    ) -> WaitRange | None:
        """For one with so many ahead, or who takes a number now; computed once a scene."""
        before = self.hall.queues.waiting.get(service, 0) if ahead is None else ahead
        key = (service, customer_class, before)
        if key not in self._ranges:
            found = self.forecast(self.hall, service, customer_class, before, self.as_of)
            self._ranges[key] = None if found is None else as_range(found, self.as_of)
        return self._ranges[key]

    def target(self, visit: Visit) -> int:
        return self._target(visit.leg.service, visit.customer_class)

    def _target(self, service: ServiceId, customer_class: CustomerClass) -> int:
        return target_s(self.hall.rules.services[service], customer_class)


def as_range(quantiles: Quantiles, as_of: datetime) -> WaitRange:
    low, likely, high = quantiles
    return WaitRange(low_s=low, likely_s=likely, high_s=high, as_of=as_of)
