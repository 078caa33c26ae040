"""Whether what callers were told holds together; never asks the server (as Jepsen's checkers do).

Numbers are unique, as in `unique-ids`; whatever was acknowledged happens once, as in `total-queue`; a ticket is at one
counter at a time; a rating counts once; each call is explained by the policy; and all of it in real-time order.
"""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from server.demo.told import (
    CANCEL,
    FINISH,
    HOLD,
    ISSUE,
    NEXT,
    NO_SHOW,
    RATE,
    RECALL,
    REVIVE,
    START,
    TRANSFER,
    Ended,
    Told,
    acts,
)
from server.domain.config import HallConfig
from server.domain.vocabulary import CounterNo, CustomerClass, RatingFate, ServiceId

WAITING, CALLED, SERVING, PARKED, OVER = "waiting", "called", "serving", "parked", "over"
MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    RECALL: (frozenset({CALLED}), CALLED),
    START: (frozenset({CALLED}), SERVING),
    FINISH: (frozenset({SERVING}), OVER),
    NO_SHOW: (frozenset({CALLED}), PARKED),
    HOLD: (frozenset({SERVING}), PARKED),
    REVIVE: (frozenset({PARKED}), WAITING),
    TRANSFER: (frozenset({SERVING}), WAITING),
    CANCEL: (frozenset({WAITING, CALLED, SERVING, PARKED}), OVER),
}
"""Act -> the states it may find a ticket in, and the one it leaves."""
OWN_COUNTER = frozenset({RECALL, START, FINISH, NO_SHOW, HOLD, TRANSFER})
SHARE_SLACK = 1e-6


def check(lines: Sequence[Told], rules: HallConfig) -> list[str]:
    """Every way in which the history breaks a promise; empty when all holds."""
    return [
        *_unanswered(lines),
        *_numbers(acts(lines, ISSUE)),
        *_real_time(lines),
        *Retelling(rules).problems(lines),
        *_ratings([line for line in lines if line.act == RATE and line.ended is Ended.OK]),
    ]


def _unanswered(lines: Sequence[Told]) -> Iterator[str]:
    """A refusal needs another caller's act that explains it."""
    cancelled = {line.ticket for line in acts(lines, CANCEL)}
    for line in lines:
        if line.ended is Ended.UNKNOWN:
            yield f"{line.act} was never answered, asked {line.tries} times"
        elif line.ended is Ended.REFUSED:
            excused = line.act == CANCEL or not cancelled.isdisjoint({line.ticket, line.finished})
            if not excused and (line.act, line.why) != (NEXT, "nobody-waiting"):
                yield f"{line.act} of {line.ticket or line.counter} was refused: {line.why}"


def _numbers(issues: Iterable[Told]) -> Iterator[str]:
    numbers = Counter((line.day, line.number) for line in issues)
    yield from (f"number {number} was given {n} times" for (_, number), n in numbers.items() if n > 1)
    tickets = Counter(line.ticket for line in issues)
    yield from (f"ticket {ticket} was the answer to {n} customers" for ticket, n in tickets.items() if n > 1)


def _real_time(lines: Iterable[Told]) -> Iterator[str]:
    """What was told before another act was asked stands before it in the journal; two acts share no place there."""
    done = sorted((line for line in lines if line.rev and line.ended is Ended.OK), key=lambda line: line.told_s)
    places = Counter(line.rev for line in done)
    yield from (f"{n} acts were told that they are the journal's event {rev}" for rev, n in places.items() if n > 1)
    newest, told = 0, iter(done)
    earlier = next(told, None)
    for line in sorted(done, key=lambda line: line.asked_s):
        while earlier is not None and earlier.told_s < line.asked_s:
            newest = max(newest, earlier.rev)
            earlier = next(told, None)
        if line.rev < newest:
            yield f"{line.act} of {line.number or line.ticket} is event {line.rev}, asked after {newest} was told"


@dataclass(slots=True)
class Place:
    """Where a ticket stands by what was told so far."""

    issued: Told
    service: str
    state: str = WAITING
    counter: int = 0

    @property
    def customer_class(self) -> CustomerClass:
        return self.issued.customer_class


Queue = tuple[str, CustomerClass]


@dataclass(slots=True)
class Retelling:
    """Goes through the acts as the journal has them and follows each ticket and each queue."""

    rules: HallConfig
    places: dict[str, Place] = field(default_factory=dict)
    queues: dict[Queue, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    """By place in the journal, which is the order of issue."""
    at: dict[int, str] = field(default_factory=dict)
    """Counter -> its customer."""

    def problems(self, lines: Iterable[Told]) -> Iterator[str]:
        for line in sorted((line for line in lines if line.rev and line.ended is Ended.OK), key=lambda line: line.rev):
            if line.act == ISSUE:
                self._issued(line)
            elif line.act == NEXT:
                yield from self._next(line)
            elif line.act in MOVES:
                yield from self._moved(line, line.ticket, line.act)
        for place in self.places.values():
            if place.state != OVER:
                yield f"{place.issued.number} was acknowledged and is {place.state} for ever"

    def _issued(self, line: Told) -> None:
        self.places[line.ticket] = Place(line, line.service)
        self._enter(line.ticket)

    def _next(self, line: Told) -> Iterator[str]:
        if line.finished:
            yield from self._moved(line, line.finished, FINISH)
        if not line.ticket:
            return
        place = self.places.get(line.ticket)
        if place is None:
            yield f"{line.number} was called at {line.counter} and never acknowledged"
            return
        if place.state != WAITING:
            yield f"{line.number} was called at {line.counter} while it is {place.state} at {place.counter}"
        else:
            yield from self._explained(line, place)
            self._leave(line.ticket)
        if line.counter in self.at:
            yield f"{line.counter} called {line.number} and has {self._name(self.at[line.counter])}"
        place.state, place.counter = CALLED, line.counter
        self.at[line.counter] = line.ticket

    def _explained(self, line: Told, place: Place) -> Iterator[str]:
        """The head of its queue, and of all heads that the counter may serve the one with most of its target gone."""
        mine = (place.service, place.customer_class)
        served = self.rules.counters[CounterNo(line.counter)].services
        if place.service not in served:
            yield f"{line.number} was called at {line.counter}, which does not serve {place.service}"
        first = self.queues[mine][0][1]
        if first != line.ticket:
            yield f"{self._name(first)} was passed over for {line.number}, of the same queue"
            return
        share = self._share(line.ticket, line.at_s)
        for queue, waiting in self.queues.items():
            if waiting and queue[0] in served:
                head = waiting[0][1]
                if self._share(head, line.at_s) > share + SHARE_SLACK:
                    yield f"{self._name(head)} was passed over for {line.number}, which had less of its target gone"

    def _share(self, ticket: str, at_s: float) -> float:
        place = self.places[ticket]
        targets = self.rules.services[ServiceId(place.service)].target_s
        target = targets.get(place.customer_class, targets[CustomerClass.NORMAL])
        return (at_s - place.issued.at_s) / target

    def _moved(self, line: Told, ticket: str, act: str) -> Iterator[str]:
        place = self.places.get(ticket)
        if place is None:
            yield f"{act} of {ticket}, which was never acknowledged"
            return
        found_in, left_in = MOVES[act]
        if place.state not in found_in:
            yield f"{place.issued.number} had its {act} while it was {place.state}"
        if act in OWN_COUNTER and place.counter != line.counter:
            yield f"{place.issued.number} had its {act} at {line.counter} while at {place.counter}"
        if place.state == WAITING:
            self._leave(ticket)
        place.state = left_in
        if left_in not in (CALLED, SERVING):
            self.at = {counter: held for counter, held in self.at.items() if held != ticket}
        if left_in == WAITING:
            place.service = line.service or place.service
            self._enter(ticket)

    def _enter(self, ticket: str) -> None:
        place = self.places[ticket]
        insort(self.queues[place.service, place.customer_class], (place.issued.rev, ticket))

    def _leave(self, ticket: str) -> None:
        place = self.places[ticket]
        queue = self.queues[place.service, place.customer_class]
        if (place.issued.rev, ticket) in queue:
            queue.remove((place.issued.rev, ticket))

    def _name(self, ticket: str) -> str:
        return self.places[ticket].issued.number


def _ratings(ratings: Iterable[Told]) -> Iterator[str]:
    by_window: dict[str, list[Told]] = defaultdict(list)
    for line in ratings:
        by_window[line.window].append(line)
    for window, given in by_window.items():
        counted = [line for line in given if line.why == RatingFate.ACCEPTED]
        if len(counted) > 1:
            yield f"the rating of {window} was counted {len(counted)} times"
        elif not counted:
            yield f"the rating of {window} was given {len(given)} times and never counted"
