"""One committed state of the hall as all screens of that moment see it: counted and forecast once, shared by them."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from server.contract.common import Stamp, WaitRange, Words
from server.contract.views import DeviceLine, GroupView, ServiceView
from server.domain.calling import target_s
from server.domain.state import Hall
from server.domain.ticket import Delayed, Expected, Held, Missed, Visit, Waiting
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
    def waiting(self) -> Mapping[ServiceId, list[Waiting]]:
        """By service, in order of issue."""
        queues: dict[ServiceId, list[Waiting]] = defaultdict(list)
        for ticket in self.hall.waiting():
            queues[ticket.visit.leg.service].append(ticket)
        return queues

    @cached_property
    def shares(self) -> Mapping[ServiceId, list[tuple[float, Waiting]]]:
        """Waited ÷ target of each who waits, by service, in order of issue."""
        services, now = self.hall.rules.services, self.as_of
        return {
            service: [
                (each.visit.waited_s(now) / target_s(services[service], each.visit.customer_class), each)
                for each in queue
            ]
            for service, queue in self.waiting.items()
        }

    @cached_property
    def parked(self) -> list[Missed | Held | Delayed | Expected]:
        return [each for each in self.hall.live.values() if isinstance(each, Missed | Held | Delayed | Expected)]

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
        before = len(self.waiting.get(service, ())) if ahead is None else ahead
        key = (service, customer_class, before)
        if key not in self._ranges:
            found = self.forecast(self.hall, service, customer_class, before, self.as_of)
            self._ranges[key] = None if found is None else as_range(found, self.as_of)
        return self._ranges[key]

    def target(self, visit: Visit) -> int:
        return target_s(self.hall.rules.services[visit.leg.service], visit.customer_class)


def as_range(quantiles: Quantiles, as_of: datetime) -> WaitRange:
    low, likely, high = quantiles
    return WaitRange(low_s=low, likely_s=likely, high_s=high, as_of=as_of)
