"""The crowd at the demo's kiosk: people touch it when the plan says so, and each answer is written down."""

import json
import threading
import time
from collections.abc import Sequence

from server.demo.children import Child
from server.demo.history import History, Walk
from server.demo.pace import Pace
from server.demo.plan import Customer

PRINTED, FAILED = "printed", "failed"
LOOK_EVERY_S = 120.0
"""How often somebody without a slip tries the printer, hall time."""


class KioskCrowd(threading.Thread):
    """Sends the plan's people to one driven kiosk (`python -m kiosk --drive`), one after the other."""

    def __init__(self, kiosk: Child, plan: Sequence[Customer], history: History, pace: Pace) -> None:
        super().__init__(name=f"crowd-{kiosk.name}", daemon=True)
        self._kiosk = kiosk
        self._plan = plan
        self._history = history
        self._pace = pace
        self._without_paper: list[Walk] = []
        self._asked_again = 0

    def run(self) -> None:
        for customer in self._plan:
            if not self._pace.until(customer.arrive_s):
                return
            walk = self._history.arrived(customer, self._pace.hall_s())
            self._touch(walk)
            if walk.printings[-1:] == [PRINTED]:
                self._come_back()
        while self._without_paper and self._pace.rest(LOOK_EVERY_S):
            self._come_back()

    def _touch(self, walk: Walk) -> None:
        customer = walk.customer
        touch = {
            "services": [customer.service],
            "customer_class": customer.customer_class.value,
            "language": customer.language.value,
        }
        line = json.dumps({"touch": touch, "tag": customer.tag}, ensure_ascii=False)
        while not self._pace.stop.is_set():
            answer = self._ask(line)
            if answer is None:
                self._pace.stop.wait(0.2)
                continue
            if answer.get("error"):
                self._history.refused(walk, str(answer["error"]))
            else:
                self._history.issued(
                    walk,
                    str(answer["ticket"]),
                    str(answer["number"]),
                    str(answer["printed"]),
                    bool(answer.get("offline")),
                )
                if walk.printings[-1:] == [FAILED]:
                    self._without_paper.append(walk)
            return

    def _come_back(self) -> None:
        """Those whose slip failed have it printed again, one after the other while the printer prints."""
        while self._without_paper and not self._pace.stop.is_set():
            walk = self._without_paper[0]
            self._asked_again += 1
            again = {"again": walk.customer.tag, "tag": f"{walk.customer.tag}.again{self._asked_again}"}
            answer = {"error": "served already"} if walk.ended else self._ask(json.dumps(again))
            if answer is None:
                return
            if not answer.get("error"):
                self._history.reprinted(walk, str(answer["printed"]))
                if walk.printings[-1] == FAILED:
                    return
            del self._without_paper[0]

    def _ask(self, line: str) -> dict[str, object] | None:
        """None when the kiosk died before it answered."""
        process = self._kiosk.process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            reply = process.stdout.readline()
        except (BrokenPipeError, ValueError):
            return None
        if not reply:
            return None
        answer: dict[str, object] = json.loads(reply)
        return answer


def wait_for_end(history: History, pace: Pace, expected: int, until: float | None) -> bool:
    """True when everybody has been served or has gone; False at `until` (monotonic) or when stopped."""
    while not pace.stop.is_set():
        if history.all_ended(expected):
            return True
        if until is not None and time.monotonic() > until:
            return False
        pace.stop.wait(0.25)
    return False
