"""From the files' shapes to the hall's values, and what no single key can show: that the parts fit each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from server.config_files import HallFile, ServicePart, ServicesFile
from server.contract.common import Words
from server.contract.views.services import DocumentView, GroupView, OnlineView, ServiceView
from server.domain.config import Counter, HallConfig, Series, Service
from server.domain.vocabulary import BranchId, CounterNo, CustomerClass, ServiceId


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words and papers of the branch: what screens show and the hall does not need to decide."""

    name: Words
    groups: tuple[GroupView, ...]
    services: tuple[ServiceView, ...]
    reception_counter: int


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'pay'?`, or nothing."""
    match = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {match[0]!r}?" if match else ""


def faults(hall: HallFile, services: ServicesFile) -> Iterator[str]:
    """What does not fit, as lines `file: key: why`."""
    yield from _service_faults(hall, services)
    yield from _counter_faults(hall, services)
    yield from _series_faults(hall)


def _service_faults(hall: HallFile, services: ServicesFile) -> Iterator[str]:
    for name, service in services.services.items():
        key = f"services.toml: services.{name}"
        if service.series not in hall.series:
            yield f"{key}.series: hall.toml has no series {service.series!r}, only {', '.join(hall.series)}"
        if service.group not in services.groups:
            yield f"{key}.group: there is no group {service.group!r}{near(service.group, services.groups)}"
        for document in service.documents:
            if document.id not in services.documents:
                yield f"{key}.documents: there is no document {document.id!r}{near(document.id, services.documents)}"
        if service.opens and service.opens == service.closes:
            yield f"{key}.closes: {service.closes:%H:%M} is when it opens, so it would never be open"


def _counter_faults(hall: HallFile, services: ServicesFile) -> Iterator[str]:
    served: set[str] = set()
    for number, counter in hall.counters.items():
        served.update(counter.services)
        for name in counter.services:
            if name not in services.services:
                hint = near(name, services.services)
                yield f"hall.toml: counters.{number}.services: there is no service {name!r}{hint}"
    for name in services.services:
        if name not in served:
            yield f"services.toml: services.{name}: no counter in hall.toml serves it"
    if hall.reception_counter not in hall.counters:
        yield f"hall.toml: reception_counter: there is no counter {hall.reception_counter}"


def _series_faults(hall: HallFile) -> Iterator[str]:
    for letter, series in hall.series.items():
        key = f"hall.toml: series.{letter}"
        if series.last < series.first:
            yield f"{key}.last: {series.last} is before the first number {series.first}"
        ranges = sorted((first, last, kiosk) for kiosk, (first, last) in series.reserved.items())
        for first, last, kiosk in ranges:
            if last < first:
                yield f"{key}.reserved.{kiosk}: {last} is before {first}"
        for (_, last, left), (first, _, right) in pairwise(ranges):
            if first <= last:
                yield f"{key}.reserved: the ranges of {left} and {right} overlap from {first}"


def hall_config(hall: HallFile, services: ServicesFile) -> HallConfig:
    return HallConfig(
        branch=BranchId(hall.branch),
        timezone=hall.timezone,
        day_start=hall.day_start,
        services={ServiceId(name): _service(name, part, services) for name, part in services.services.items()},
        series={
            letter: Series(letter, part.first, part.last, dict(part.reserved)) for letter, part in hall.series.items()
        },
        counters={
            CounterNo(number): Counter(CounterNo(number), tuple(ServiceId(name) for name in part.services))
            for number, part in hall.counters.items()
        },
        policy=hall.calling.policy,
        interleave_n=hall.calling.interleave_n,
        recall_limit=hall.calling.recall_limit,
        no_show_after_s=hall.calling.no_show_after_s,
        return_within_s=60 * hall.calling.return_within_minutes,
        rating_s=hall.rating.seconds,
        max_tickets=hall.issuing.max_tickets,
        appointment_early_s=60 * hall.calling.appointment_early_minutes,
    )


def _service(name: str, part: ServicePart, services: ServicesFile) -> Service:
    handle_target_s = round(60 * part.handle_target_minutes)
    return Service(
        id=ServiceId(name),
        series=part.series,
        target_s={who: round(60 * minutes) for who, minutes in _targets(part, services).items()},
        handle_target_s=handle_target_s,
        handle_guess_s=round(60 * part.handle_guess_minutes) if part.handle_guess_minutes else handle_target_s,
        opens=part.opens,
        closes=part.closes,
    )


def _targets(part: ServicePart, services: ServicesFile) -> dict[CustomerClass, float]:
    return services.target_minutes | part.target_minutes


def catalogue(hall: HallFile, services: ServicesFile) -> Catalogue:
    return Catalogue(
        name=hall.name,
        groups=tuple(GroupView(id=name, name=part.name) for name, part in services.groups.items()),
        services=tuple(_service_view(name, part, services) for name, part in services.services.items()),
        reception_counter=hall.reception_counter,
    )


def _service_view(name: str, part: ServicePart, services: ServicesFile) -> ServiceView:
    online = part.online
    return ServiceView(
        id=name,
        series=part.series,
        group=part.group,
        name=part.name,
        elder_name=part.elder_name,
        icon=part.icon,
        target_minutes=_targets(part, services),
        handle_target_minutes=part.handle_target_minutes,
        documents=[
            DocumentView(id=use.id, name=services.documents[use.id].name, hint=use.hint, optional=use.optional)
            for use in part.documents
        ],
        online=OnlineView(url=online.url, minutes=online.minutes, note=online.note) if online else None,
        more=part.more,
    )
