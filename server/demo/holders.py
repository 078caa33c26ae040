"""People at the demo's kiosk who hold a code up: their slip's, or one that is not the hall's."""

import random
import threading
from collections import Counter

import structlog

from server.demo.pace import Pace
from server.demo.simulated import Simulators

log = structlog.get_logger()

EVERY_S = 600.0
FOREIGN_SHARE = 0.25
FOREIGN = ("6901234567892", "https://elsewhere.example/t/0", "WIFI:S:hall;P:none;;")


class CodeHolders(threading.Thread):
    """Nobody's place in the queue may change by it: the closing account shows that."""

    def __init__(self, simulators: Simulators, reader: str, printer: str, pace: Pace, seed: int) -> None:
        super().__init__(name="code-holders", daemon=True)
        self._simulators = simulators
        self._reader = reader
        self._printer = printer
        self._pace = pace
        self._dice = random.Random(seed + 3)
        self.held: Counter[str] = Counter()

    def run(self) -> None:
        while self._pace.rest(EVERY_S * self._dice.uniform(0.5, 1.5)):
            codes = [slip.qr for slip in self._simulators.slips(self._printer) if slip.qr]
            ours = bool(codes) and self._dice.random() > FOREIGN_SHARE
            self._simulators.ask(self._reader, "scan", text=self._dice.choice(codes if ours else FOREIGN))
            self.held["ours" if ours else "foreign"] += 1
