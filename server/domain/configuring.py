"""Whether a branch's config can be adopted, and what it makes of a running hall."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from server.domain.config import HallConfig, Series
from server.domain.copying import replace
from server.domain.counter import Desk
from server.domain.errors import Code, Refusal
from server.domain.numbering import Numbers, day_begins, in_reserved
from server.domain.state import Hall
from server.domain.vocabulary import CounterNo, CounterState, CustomerClass

HIGHEST_NUMBER = 9999


def fault_of(hall: Hall, config: HallConfig) -> Refusal | None:
    """The first reason why this hall cannot adopt this config."""
    for fault in (*_own_faults(config), *_faults_for(hall, config)):
        return Refusal(Code.BAD_CONFIG, fault)
    return None


def configured(hall: Hall, config: HallConfig, at: datetime) -> Hall:
    """The running hall under the config; its numbers go on."""
    hall = replace(hall, series=_series_under(hall, config), counters=_desks_under(hall, config, at), config=config)
    if hall.business_day is None:
        return hall
    tomorrow = hall.business_day + timedelta(days=1)
    return replace(hall, day_ends=day_begins(tomorrow, config.day_start, config.timezone))


Fault = dict[str, str | int | float | None]


def _own_faults(config: HallConfig) -> Iterator[Fault]:
    if not _zone_known(config.timezone):
        yield {"fault": "unknown-timezone", "timezone": config.timezone}
    if config.interleave_n < 1:
        yield {"fault": "interleave-below-one", "interleave_n": config.interleave_n}
    served = {service for counter in config.counters.values() for service in counter.services}
    for service in config.services.values():
        if service.series not in config.series:
            yield {"fault": "unknown-series", "service": service.id, "series": service.series}
        if CustomerClass.NORMAL not in service.target_s or min(service.target_s.values()) <= 0:
            yield {"fault": "bad-target", "service": service.id}
        if service.id not in served:
            yield {"fault": "nobody-can-serve", "service": service.id}
    for unknown in sorted(served - set(config.services)):
        yield {"fault": "unknown-service", "service": unknown}
    for series in config.series.values():
        yield from _series_faults(series)


def _series_faults(series: Series) -> Iterator[Fault]:
    if not 1 <= series.first <= series.last <= HIGHEST_NUMBER:
        yield {"fault": "bad-range", "series": series.id}
    for kiosk, (first, last) in series.reserved.items():
        if not 1 <= first <= last <= HIGHEST_NUMBER:
            yield {"fault": "bad-range", "series": series.id, "kiosk": kiosk}
    for (one, a), (other, b) in combinations(series.reserved.items(), 2):
        if a[0] <= b[1] and b[0] <= a[1]:
            yield {"fault": "ranges-overlap", "series": series.id, "kiosk": one, "other": other}


def _faults_for(hall: Hall, config: HallConfig) -> Iterator[Fault]:
    if config.branch != hall.branch:
        yield {"fault": "other-branch", "branch": config.branch}
    for ticket in hall.live.values():
        for leg in (ticket.visit.leg, *ticket.visit.to_come):
            if leg.service not in config.services:
                yield {"fault": "service-in-use", "service": leg.service, "number": ticket.visit.number}
    for desk in hall.counters.values():
        if desk.state is not CounterState.CLOSED and desk.number not in config.counters:
            yield {"fault": "counter-in-use", "counter": desk.number}


def _zone_known(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _series_under(hall: Hall, config: HallConfig) -> dict[str, Numbers]:
    kept = {name: numbers for name, numbers in hall.series.items() if name not in config.series}
    return kept | {name: _numbers_under(hall, config, name) for name in config.series}


def _numbers_under(hall: Hall, config: HallConfig, name: str) -> Numbers:
    """Numbers issued online that the new config reserves stay taken."""
    new = config.series[name]
    numbers = hall.series.get(name)
    old = hall.config.series.get(name) if hall.config else None
    if numbers is None or old is None:
        return numbers or Numbers(new.first)
    for ordinal in range(old.first, numbers.next):
        if in_reserved(ordinal, new) and not in_reserved(ordinal, old):
            numbers = numbers.took(ordinal)
    return numbers


def _desks_under(hall: Hall, config: HallConfig, at: datetime) -> dict[CounterNo, Desk]:
    return {number: _desk_under(hall, config, number, at) for number in config.counters}


def _desk_under(hall: Hall, config: HallConfig, number: CounterNo, at: datetime) -> Desk:
    """An open desk keeps those of its services that the config still gives it, or takes all if none is left."""
    desk = hall.counters.get(number)
    may_serve = config.counters[number].services
    if desk is None or desk.state is CounterState.CLOSED:
        return desk or Desk(number, at)
    kept = tuple(service for service in desk.services if service in may_serve)
    return replace(desk, services=kept or may_serve)
