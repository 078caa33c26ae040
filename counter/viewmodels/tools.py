"""The parts that a desk is given."""

from collections.abc import Callable
from dataclasses import dataclass

from counter.hall_clock import HallClock
from counter.keepsake import Keepsake
from counter.ports import Hall, Worker
from server.link.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Tools:
    """What a desk works with."""

    hall: Hall
    worker: Worker
    outbox: Outbox
    keepsake: Keepsake
    clock: HallClock
    monotonic: Callable[[], float]
    new_id: Callable[[], str]
