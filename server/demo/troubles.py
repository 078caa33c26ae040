"""What may go wrong on purpose: programs killed without warning, devices failing."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from server.demo.children import Household
from server.demo.pace import Pace
from server.demo.simulated import Simulators

log = structlog.get_logger()

KILLED = ("server", "broker")
FAULT_EVERY_S = 900.0
FAULT_LASTS_S = 240.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A button of a simulator, and the one that mends it."""

    fault: str
    mending: str
    facts: Mapping[str, object] = field(default_factory=dict)
    mended: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spell:
    """A trouble's time by the wall's clock, Unix seconds."""

    of: str
    since: float
    until: float


UNPLUGGED = Trouble("unplug", "plug")
NOISE = Trouble("garbage", "plug")
HALF = Trouble("half", "plug")
SILENT = Trouble("silence", "mend")
DARK = Trouble("restart", "mend")
STUCK = Trouble("stuck", "stuck", {"key": 3}, {"key": 3, "on": False})
PAPER_OUT = Trouble("paper", "paper", {"state": "out"}, {"state": "ok"})
PAPER_ENDS = Trouble("paper", "paper", {"after": 20}, {"state": "ok"})
PAPER_LOW = Trouble("paper", "paper", {"state": "near_end"}, {"state": "ok"})
OPEN = Trouble("cover", "cover", {"state": "open"}, {"state": "closed"})
JAM = Trouble("cutter", "cutter", {"state": "jam"}, {"state": "ok"})
OF_PRINTERS = (PAPER_OUT, PAPER_ENDS, PAPER_LOW, OPEN, JAM, UNPLUGGED, SILENT)
OF_PADS = (UNPLUGGED, NOISE, HALF, SILENT, STUCK)
OF_CALL_PADS = (UNPLUGGED, NOISE, HALF, SILENT, DARK)
OF_READERS = (UNPLUGGED, NOISE, Trouble("flood", "mend"))
OF_VOICES = (UNPLUGGED, SILENT)
OF_SIGNS = (UNPLUGGED, NOISE, SILENT, DARK)


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
        self.times: list[Spell] = []
        """When."""

    def run(self) -> None:
        for at_s, name in self._plan:
            if not self._pace.until(at_s):
                return
            log.info("killing a program", program=name)
            now = time.time()
            self._household.kill(name)
            self.killed[name] += 1
            self.times.append(Spell(name, now, now))


class DeviceFaults(threading.Thread):
    """Devices fail one after the other, each in a way of its kind, and all is mended again."""

    def __init__(self, simulators: Simulators, devices: Mapping[str, Sequence[Trouble]], pace: Pace, seed: int) -> None:
        """`devices`: what may happen to each."""
        super().__init__(name="device-faults", daemon=True)
        self._dice = random.Random(seed + 2)
        self._simulators = simulators
        self._devices = devices
        self._pace = pace
        self.happened: Counter[str] = Counter()
        self.times: list[Spell] = []
        """Which device, and from when until when."""

    def run(self) -> None:
        while self._pace.rest(FAULT_EVERY_S * self._dice.uniform(0.5, 1.5)):
            device = self._dice.choice(sorted(self._devices))
            trouble = self._dice.choice(self._devices[device])
            log.info("a device fails", device=device, fault=trouble.fault)
            self.happened[trouble.fault] += 1
            since = time.time()
            self._simulators.ask(device, trouble.fault, **trouble.facts)
            self._pace.rest(FAULT_LASTS_S)
            self._simulators.ask(device, trouble.mending, **trouble.mended)
            self.times.append(Spell(device, since, time.time()))
