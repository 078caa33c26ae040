"""Keeps what is told true: widens or narrows the range until 8 of 10 customers are called within it.

Each point follows its own share of misses, so that no shape of the errors has to be known (quantile tracking, as in the
adaptive conformal inference of Gibbs & Candès, 2021).
"""

from dataclasses import dataclass
from math import exp

from server.forecasting.waits import Forecast

STEP = 0.12
"""How far one customer moves a factor, in logarithms; a hundred customers are enough to mend a forecast off by half."""
LEAST, MOST = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Honesty:
    """Factors on the points of every forecast of this branch; 1 until the day has taught better."""

    low: float = 1.0
    likely: float = 1.0
    high: float = 1.0

    def told(self, forecast: Forecast) -> Forecast:
        likely = forecast.likely_s * self.likely
        low = min(forecast.low_s * self.low, likely)
        high = max(forecast.high_s * self.high, likely)
        return Forecast(round(low), round(likely), round(high))

    def learned(self, told: Forecast, waited_s: float) -> "Honesty":
        """A customer who was told this has waited so long."""
        return Honesty(
            _moved(self.low, waited_s > told.low_s, 0.1),
            _moved(self.likely, waited_s > told.likely_s, 0.5),
            _moved(self.high, waited_s > told.high_s, 0.9),
        )


def _moved(factor: float, above: bool, share_below: float) -> float:
    """Up for a wait above the point, down for one below: in balance when `share_below` of them are below."""
    step = STEP * share_below if above else -STEP * (1 - share_below)
    return min(MOST, max(LEAST, factor * exp(step)))
