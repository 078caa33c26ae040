"""What may go wrong on purpose: programs killed without warning, devices failing."""

import random
import threading
from collections import Counter
from collections.abc import Sequence

import structlog

from server.demo.children import Household
from server.demo.pace import Pace
from server.demo.simulated import Simulators

log = structlog.get_logger()

KILLED = ("server", "broker")
FAULT_EVERY_S = 900.0
FAULT_LASTS_S = 240.0


class Killings(threading.Thread):
    """Each of the server and the broker is killed -9 `times` times, spread over the day's arrivals."""

    def __init__(self, household: Household, times: int, over_s: float, pace: Pace, seed: int) -> None:
        super().__init__(name="killings", daemon=True)
        dice = random.Random(seed + 1)
        span = over_s / max(1, times)
        self._plan = sorted(
            (span * turn + dice.uniform(0.2, 0.8) * span, name) for name in KILLED for turn in range(times)
        )
        self._household = household
        self._pace = pace
        self.killed: Counter[str] = Counter()

    def run(self) -> None:
        for at_s, name in self._plan:
            if not self._pace.until(at_s):
                return
            log.info("killing a program", program=name)
            self._household.kill(name)
            self.killed[name] += 1


class DeviceFaults(threading.Thread):
    """Paper runs out and cables come loose, one device after the other, and all is mended again."""

    def __init__(
        self, simulators: Simulators, printers: Sequence[str], pads: Sequence[str], pace: Pace, seed: int
    ) -> None:
        super().__init__(name="device-faults", daemon=True)
        self._dice = random.Random(seed + 2)
        self._simulators = simulators
        self._printers = printers
        self._pads = pads
        self._pace = pace

    def run(self) -> None:
        while self._pace.rest(FAULT_EVERY_S * self._dice.uniform(0.5, 1.5)):
            if self._dice.random() < 0.5:
                self._paper_out(self._dice.choice(self._printers))
            else:
                self._unplug(self._dice.choice([*self._printers, *self._pads]))

    def _paper_out(self, printer: str) -> None:
        self._simulators.ask(printer, "paper", state="out")
        self._pace.rest(FAULT_LASTS_S)
        self._simulators.ask(printer, "paper", state="ok")

    def _unplug(self, device: str) -> None:
        self._simulators.ask(device, "unplug")
        self._pace.rest(FAULT_LASTS_S)
        self._simulators.ask(device, "plug")
