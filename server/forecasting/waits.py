"""How long a customer will wait: a port, and the first forecaster behind it.

The first forecaster counts the counters' completions that must come before the customer's turn, at the learned pace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from server.domain.vocabulary import ServiceId
from server.forecasting.handling import Handling

Z_10 = -1.281552
PACE_DOUBT = 0.2
"""Relative error of the pace itself: pauses, priority customers to come, no-shows."""
EMPTY_HIGH_S = 60
"""When a counter is free: the customer still walks up."""
LEAST_GUESS_S = 1.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """The 10, 50 and 90 % points of a wait, seconds."""

    low_s: int
    likely_s: int
    high_s: int


@dataclass(frozen=True, slots=True)
class OpenCounter:
    services: tuple[ServiceId, ...]
    busy: bool
    """A customer is called or being served there."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What the customer finds: the open counters and how many wait for each service."""

    counters: Sequence[OpenCounter]
    waiting: Mapping[ServiceId, int]


class LearnedPace:
    """The first forecaster: learned handle time × people to be served before ÷ counters that can serve them."""

    def __init__(self, guesses_s: Mapping[ServiceId, float]) -> None:
        self._handling = {service: Handling(max(guess, LEAST_GUESS_S)) for service, guess in guesses_s.items()}

    def learn(self, service: ServiceId, occupied_s: float) -> None:
        """A leg of this service has occupied a counter so long."""
        handling = self._handling.get(service)
        if handling is not None and occupied_s > 0:
            self._handling[service] = handling.learned(occupied_s)

    def guess(self, service: ServiceId, guess_s: float) -> None:
        """A service that the config has added; one that is known keeps what was learned."""
        if service not in self._handling:
            self._handling[service] = Handling(max(guess_s, LEAST_GUESS_S))

    def handling(self, service: ServiceId) -> Handling | None:
        return self._handling.get(service)

    def forecast(self, service: ServiceId, ahead: int, queue: Queue, urgency: float = 1.0) -> Forecast | None:
        """For a customer with `ahead` people of the same service before them; None: no open counter serves it.

        `urgency`: the normal target ÷ this customer's; who has a shorter target is overtaken by fewer.
        """
        pool = [counter for counter in queue.counters if service in counter.services]
        if not pool or service not in self._handling:
            return None
        before = self._before(service, ahead / max(urgency, 1.0), queue, max(urgency, 1.0))
        turns = sum(before.values()) + 1 - sum(not counter.busy for counter in pool)
        if turns <= 0:
            return Forecast(0, 0, EMPTY_HIGH_S)
        handling = self._mixed(service, before)
        spread = handling.spread if len(pool) == 1 else max(handling.spread, 1.0)
        return _spread_out(turns * handling.mean_s / len(pool), sqrt(spread**2 / turns + PACE_DOUBT**2))

    def _before(self, service: ServiceId, ahead: float, queue: Queue, urgency: float) -> dict[ServiceId, float]:
        """People to be served before at these counters; those of other services go wherever they are served."""
        shares = _shares(service, tuple(counter.services for counter in queue.counters))
        before = {service: ahead}
        for other, count in queue.waiting.items():
            if other != service and other in shares and other in self._handling:
                before[other] = count * shares[other] / urgency
        return before

    def _mixed(self, service: ServiceId, before: Mapping[ServiceId, float]) -> Handling:
        """The mean customer before; one's own service stands for those already at the counters."""
        people = {**before, service: before[service] + 1}
        total = sum(people.values())
        mean = sum(count * self._handling[each].mean_s for each, count in people.items()) / total
        square = sum(count * _square(self._handling[each]) for each, count in people.items()) / total
        return Handling(mean, sqrt(max(square - mean * mean, 0.0)) / mean)


@lru_cache(maxsize=256)
def _shares(service: ServiceId, offers: tuple[tuple[ServiceId, ...], ...]) -> Mapping[ServiceId, float]:
    """Of each service that some counter offers, the share of its counters that offer `service` too.

    Remembered, for counters open and close seldom, and a forecast is made with every number and every board.
    """
    able = {other: [offer for offer in offers if other in offer] for offer in offers for other in offer}
    return {other: sum(service in offer for offer in found) / len(found) for other, found in able.items()}


def _square(handling: Handling) -> float:
    return (1 + handling.spread**2) * handling.mean_s**2


def _spread_out(mean_s: float, relative_error: float) -> Forecast:
    """The gamma distribution with this mean and relative standard deviation (Wilson–Hilferty)."""
    ninth = relative_error**2 / 9

    def point(z: float) -> int:
        return round(mean_s * max(0.0, 1 - ninth + z * sqrt(ninth)) ** 3)

    return Forecast(point(Z_10), point(0.0), point(-Z_10))
