"""Who is next at a counter, and why, in figures.

Queues are (service, class); a counter chooses among the heads of those it serves and of the tickets sent to it by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.config import HallConfig, Service
from server.domain.counter import Desk
from server.domain.state import Hall
from server.domain.ticket import Visit, Waiting
from server.domain.vocabulary import CallPolicy, CounterNo, CustomerClass

NAMED = "named"
"""The reason of a ticket that was sent to this counter or clerk."""


@dataclass(frozen=True, slots=True)
class Candidate:
    ticket: Waiting
    waited_s: float
    target_s: int
    share: float
    """waited_s ÷ target_s; below 0 before an appointment's slot."""
    reason: str
    """The policy's name, or `named`."""


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
    heads = [_weighed(hall.rules, visit, desk, at) for visit in _heads(hall, desk, at)]
    if not heads:
        return None
    ranked = _ranked(hall.rules, desk.streak, heads)
    chosen = ranked[0]
    return Choice(chosen, len(heads), ranked[1] if len(ranked) > 1 else None, streak_after(desk, chosen.ticket.visit))


def order(hall: Hall, counter: CounterNo, at: datetime) -> list[Candidate]:
    """All that this counter may call, in the order it would call them if time stood still."""
    desk = hall.counters[counter]
    waiting = [
        _weighed(hall.rules, ticket, desk, at)
        for ticket in hall.waiting()
        if may_call(hall.rules, ticket.visit, desk, at)
    ]
    return _ranked(hall.rules, desk.streak, waiting)


def weigh(hall: Hall, ticket: Waiting, desk: Desk, at: datetime) -> Candidate:
    """One ticket's figures, also when it is called out of order."""
    return _weighed(hall.rules, ticket, desk, at)


def may_call(rules: HallConfig, visit: Visit, desk: Desk, at: datetime) -> bool:
    """Whether `next` at this counter may choose this visit."""
    return _addressed(visit, desk) and not visit.adopted_late and _due(rules, visit, at)


def streak_after(desk: Desk, visit: Visit) -> int:
    return desk.streak + 1 if visit.customer_class is not CustomerClass.NORMAL else 0


def _addressed(visit: Visit, desk: Desk) -> bool:
    leg = visit.leg
    if leg.counter is None and leg.clerk is None:
        return leg.service in desk.services
    return _named(visit, desk)


def _named(visit: Visit, desk: Desk) -> bool:
    leg = visit.leg
    return leg.counter == desk.number or (leg.clerk is not None and leg.clerk == desk.clerk)


def _due(rules: HallConfig, visit: Visit, at: datetime) -> bool:
    return visit.appointment is None or visit.seniority - timedelta(seconds=rules.appointment_early_s) <= at


def _heads(hall: Hall, desk: Desk, at: datetime) -> Iterable[Waiting]:
    rules = hall.rules
    heads: dict[tuple[str, CustomerClass, bool], Waiting] = {}
    for ticket in hall.live.values():
        if not isinstance(ticket, Waiting) or not may_call(rules, ticket.visit, desk, at):
            continue
        visit = ticket.visit
        queue = (visit.leg.service, visit.customer_class, _named(visit, desk))
        head = heads.get(queue)
        if head is None or (visit.seniority, visit.seq) < (head.visit.seniority, head.visit.seq):
            heads[queue] = ticket
    return heads.values()


def _weighed(rules: HallConfig, ticket: Waiting, desk: Desk, at: datetime) -> Candidate:
    visit = ticket.visit
    target = target_s(rules.services[visit.leg.service], visit.customer_class)
    waited = (at - visit.seniority).total_seconds()
    reason = NAMED if _named(visit, desk) else rules.policy.value
    return Candidate(ticket, max(0.0, waited), target, waited / target, reason)


def _ranked(rules: HallConfig, streak: int, candidates: list[Candidate]) -> list[Candidate]:
    match rules.policy:
        case CallPolicy.TARGET_SHARE:
            return sorted(candidates, key=lambda each: (-each.share, each.ticket.visit.seq))
        case CallPolicy.STRICT_PRIORITY:
            priority, normal = _by_class(candidates)
            return priority + normal
        case CallPolicy.N_FOR_1:
            return _interleaved(*_by_class(candidates), streak, rules.interleave_n)


def _by_class(candidates: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Priority and normal customers, each by seniority."""
    in_order = sorted(candidates, key=lambda each: (each.ticket.visit.seniority, each.ticket.visit.seq))
    normal = [each for each in in_order if each.ticket.visit.customer_class is CustomerClass.NORMAL]
    priority = [each for each in in_order if each.ticket.visit.customer_class is not CustomerClass.NORMAL]
    return priority, normal


def _interleaved(priority: list[Candidate], normal: list[Candidate], streak: int, n: int) -> list[Candidate]:
    ranked: list[Candidate] = []
    first, second = iter(priority), iter(normal)
    while len(ranked) < len(priority) + len(normal):
        turn = (first, second) if streak < n else (second, first)
        taken = next(turn[0], None) or next(turn[1])
        ranked.append(taken)
        streak = streak + 1 if taken.ticket.visit.customer_class is not CustomerClass.NORMAL else 0
    return ranked
