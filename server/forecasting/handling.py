"""How long one leg occupies a counter, learned service by service."""

from dataclasses import dataclass
from math import sqrt

PRIOR_WEIGHT = 5.0
"""The configured guess counts as much as this many customers."""
MEMORY = 200.0
"""Older customers fade beyond this many, so that a changed procedure is learned within days."""
PRIOR_SPREAD = 0.7
"""Standard deviation ÷ mean of handle times before any was seen."""
OUTLIER = 4.0
"""A record left open over lunch counts as at most this many means."""


@dataclass(frozen=True, slots=True)
class Handling:
    """Mean and spread of one service's time at a counter, from call to end of leg."""

    mean_s: float
    spread: float = PRIOR_SPREAD
    """Standard deviation ÷ mean."""
    weight: float = PRIOR_WEIGHT

    def learned(self, occupied_s: float) -> "Handling":
        seen = min(max(occupied_s, self.mean_s / OUTLIER), self.mean_s * OUTLIER)
        weight = min(self.weight + 1, MEMORY)
        mean = self.mean_s + (seen - self.mean_s) / weight
        variance = (self.spread * self.mean_s) ** 2
        variance += ((seen - self.mean_s) * (seen - mean) - variance) / weight
        return Handling(mean, sqrt(max(variance, 0.0)) / mean, weight)
