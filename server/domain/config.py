"""A branch's configuration as the hall holds it: plain values, validated before a `ConfigAdopted` event carries it."""

from dataclasses import dataclass, field
from datetime import time

from server.domain.vocabulary import BranchId, CallPolicy, CounterNo, CustomerClass, ServiceId


@dataclass(frozen=True, slots=True)
class Service:
    id: ServiceId
    series: str
    target_s: dict[CustomerClass, int]
    """Always has `normal`; a class not named has the normal target."""
    handle_target_s: int
    handle_guess_s: int
    """Mean handle time until the hall has learned its own."""
    opens: time | None = None
    closes: time | None = None
    """Local; None: whole day. A service may open in the evening and close after midnight."""

    def is_open(self, local: time) -> bool:
        """Whether numbers are given for it at that local time."""
        opened = self.opens is None or local >= self.opens
        still = self.closes is None or local < self.closes
        if self.opens is not None and self.closes is not None and self.closes < self.opens:
            return opened or still
        return opened and still


@dataclass(frozen=True, slots=True)
class Series:
    """One letter's numbers: `first`…`last` online; the reserved ranges are skipped and never shared."""

    id: str
    first: int = 1
    last: int = 799
    reserved: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Kiosk id -> first and last number it may issue offline."""


@dataclass(frozen=True, slots=True)
class Counter:
    number: CounterNo
    services: tuple[ServiceId, ...]


@dataclass(frozen=True, slots=True)
class HallConfig:
    branch: BranchId
    timezone: str
    day_start: time
    services: dict[ServiceId, Service]
    series: dict[str, Series]
    counters: dict[CounterNo, Counter]
    policy: CallPolicy = CallPolicy.TARGET_SHARE
    interleave_n: int = 2
    """Priority customers called for each normal one, with `n_for_1`."""
    recall_limit: int = 3
    no_show_after_s: int = 45
    """A no-show is refused before this long after the last call."""
    return_within_s: int = 1800
    rating_s: int = 10
    max_tickets: int = 20000
    appointment_early_s: int = 300
