"""Who is next at a counter, and why, in figures.

Queues are (service, class); a counter chooses among the heads of those it serves and of the tickets sent to it by name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain, islice

from server.domain.config import HallConfig, Service
from server.domain.copying import quick
from server.domain.counter import Desk
from server.domain.queues import Place, place_of
from server.domain.state import Hall
from server.domain.ticket import Waiting
from server.domain.visit import Visit
from server.domain.vocabulary import CallPolicy, CounterNo, CustomerClass, ServiceId

NAMED = "named"
"""The reason of a ticket that was sent to this counter or clerk."""


@quick
@dataclass(frozen=True, slots=True)
class Candidate:
    ticket: Waiting
    waited_s: float
    target_s: int
    share: float
    """waited_s ÷ target_s; below 0 before an appointment's slot."""
    reason: str
    """The policy's name, or `named`."""


@quick
@dataclass(frozen=True, slots=True)
class Choice:
    """The one to be called, and what it was weighed against."""

    chosen: Candidate
    candidates: int
    runner_up: Candidate | None
    streak: int
    """Priority customers called here in a row once this one is."""


def target_s(service: Service, customer_class: CustomerClass) -> int:
    return service.target_s.get(customer_class, service.target_s[CustomerClass.NORMAL])


def choose(hall: Hall, desk: Desk, at: datetime) -> Choice | None:
    """Whom this counter calls now; None when nobody waits for it."""
    heads = [list(islice(queue, 1)) for queue in _weighed_queues(hall, desk, at)]
    ranked = list(_ranked(hall.rules, desk.streak, heads))
    if not ranked:
        return None
    chosen, *others = ranked
    return Choice(chosen, len(ranked), others[0] if others else None, streak_after(desk, chosen.ticket.visit))


def order(hall: Hall, counter: CounterNo, at: datetime, most: int | None = None) -> list[Candidate]:
    """Those this counter may call, at most so many, in the order it would call them if time stood still."""
    desk = hall.counters[counter]
    return list(islice(_ranked(hall.rules, desk.streak, _weighed_queues(hall, desk, at)), most))


def weigh(hall: Hall, ticket: Waiting, desk: Desk, at: datetime) -> Candidate:
    """One ticket's figures, also when it is called out of order."""
    return _weighed(hall.rules, ticket, desk, at)


def streak_after(desk: Desk, visit: Visit) -> int:
    return desk.streak + 1 if visit.customer_class is not CustomerClass.NORMAL else 0


def _named(visit: Visit, desk: Desk) -> bool:
    leg = visit.leg
    return leg.counter == desk.number or (leg.clerk is not None and leg.clerk == desk.clerk)


def _queues(hall: Hall, desk: Desk, at: datetime) -> Iterator[Iterator[Waiting]]:
    """Each queue this counter may call from, in its order: those it shares, and the tickets sent to it by name."""
    for service, by_class in hall.queues.shared.items():
        if service in desk.services:
            yield from (_due(hall, queue, at) for queue in by_class.values())
    sent: dict[tuple[ServiceId, CustomerClass], list[Place]] = {}
    for place in hall.queues.apart:
        visit = hall.live[place[2]].visit
        if _named(visit, desk):
            sent.setdefault((visit.leg.service, visit.customer_class), []).append(place)
    yield from (_due(hall, queue, at) for queue in sent.values())


def _weighed_queues(hall: Hall, desk: Desk, at: datetime) -> list[Iterator[Candidate]]:
    return [(_weighed(hall.rules, ticket, desk, at) for ticket in queue) for queue in _queues(hall, desk, at)]


def _due(hall: Hall, queue: Iterable[Place], at: datetime) -> Iterator[Waiting]:
    """Those whose appointment, if they have one, is near enough; it counts as their seniority, so the rest is last."""
    soon = at + timedelta(seconds=hall.rules.appointment_early_s)
    for seniority, _seq, ident in queue:
        ticket = hall.live[ident]
        if seniority > soon or not isinstance(ticket, Waiting):
            return
        yield ticket


def _weighed(rules: HallConfig, ticket: Waiting, desk: Desk, at: datetime) -> Candidate:
    visit = ticket.visit
    target = target_s(rules.services[visit.leg.service], visit.customer_class)
    waited = (at - visit.seniority).total_seconds()
    reason = NAMED if _named(visit, desk) else rules.policy.value
    return Candidate(ticket, max(0.0, waited), target, waited / target, reason)


def _ranked(rules: HallConfig, streak: int, queues: Iterable[Iterable[Candidate]]) -> Iterator[Candidate]:
    """One order of queues that are each in order."""
    if rules.policy is CallPolicy.TARGET_SHARE:
        return merge(*queues, key=lambda each: (-each.share, each.ticket.visit.seq))
    normal, priority = list[Iterable[Candidate]](), list[Iterable[Candidate]]()
    for queue in map(iter, queues):
        for head in islice(queue, 1):
            of_class = normal if head.ticket.visit.customer_class is CustomerClass.NORMAL else priority
            of_class.append(chain([head], queue))
    before, after = merge(*priority, key=_place), merge(*normal, key=_place)
    if rules.policy is CallPolicy.STRICT_PRIORITY:
        return chain(before, after)
    return _interleaved(iter(before), iter(after), streak, rules.interleave_n)


def _place(candidate: Candidate) -> Place:
    return place_of(candidate.ticket.visit)


def _interleaved(
    priority: Iterator[Candidate], normal: Iterator[Candidate], streak: int, n: int
) -> Iterator[Candidate]:
    while True:
        turn = chain(priority, normal) if streak < n else chain(normal, priority)
        taken = next(turn, None)
        if taken is None:
            return
        streak = streak + 1 if taken.ticket.visit.customer_class is not CustomerClass.NORMAL else 0
        yield taken
