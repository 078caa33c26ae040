"""Goal 7: from a touch on the real window to the last byte of the slip at the printer."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from server.demo.bench.figures import Figure, at_most, quantile
from server.demo.bench.hall import BenchHall, Ground, bench_hall
from server.demo.programs import program
from server.demo.simulated import Simulators

LIMIT_MS = 150.0
MACHINE, PRINTER = "kiosk-2", "printer-2"
SERVICE = "pay"
READS_S = 0.7
"""A customer looks at each screen so long; touches sooner than half a second are not meant for it."""
PATIENCE_S = 30.0
LOOK_S = 0.05
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}


def touch_to_paper(ground: Ground) -> list[Figure]:
    """Server, window, taps and printer are those of a hall; wire time is that of TCP on loopback."""
    customers = ground.amount(100, 2)
    with bench_hall(ground, whole=True) as hall, _window(hall) as window:
        window.visit()
        took = [window.visit() * 1000 for _ in range(customers)]
    p50, p99 = quantile(took, 0.5), quantile(took, 0.99)
    seen = f"{customers} customers one after the other, p50 {p50:.1f}, most {max(took):.1f}"
    return [at_most(7, "touch to the slip's last byte at the printer, p99, ms", p99, LIMIT_MS, seen)]


@dataclass(slots=True)
class _Window:
    """A kiosk's window and its printer, and a customer before them."""

    touches: IO[str]
    answers: IO[str]
    printers: Simulators
    slips: int = 0

    def visit(self) -> float:
        """One customer from the first screen to the paper; -> seconds from the touch that takes the number."""
        self._tap(SERVICE)
        touched_at = self._tap()
        printed_at = self._printed()
        self._tap()
        return printed_at - touched_at

    def _tap(self, service: str = "") -> float:
        """As soon as it is on the screen, and read."""
        until = time.monotonic() + PATIENCE_S
        while True:
            time.sleep(READS_S)
            self.touches.write(json.dumps({"service": service}) + "\n")
            self.touches.flush()
            told: dict[str, Any] = json.loads(self.answers.readline())
            if not told["error"]:
                return float(told["at"])
            if time.monotonic() > until:
                raise RuntimeError(f"the kiosk's window cannot be touched: {told['error']}")

    def _printed(self) -> float:
        """When the last byte of the next slip had come to the printer; both programs have the machine's clock."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            rows = self.printers.ask(PRINTER, "slips", since=self.slips)["slips"]
            if isinstance(rows, list) and rows:
                self.slips += len(rows)
                return float(rows[0]["at"])
            time.sleep(LOOK_S)
        raise RuntimeError("no slip came out of the printer")


@contextmanager
def _window(hall: BenchHall) -> Iterator[_Window]:
    child = program(hall.stage, "window", ["kiosk", "--fingers"], machine=MACHINE, pipes=True)
    child.environment = {**child.environment, **OFFSCREEN}
    process = hall.household.add(child).process
    assert process is not None
    assert process.stdin is not None
    assert process.stdout is not None
    yield _Window(process.stdin, process.stdout, Simulators(hall.stage.control_port))
