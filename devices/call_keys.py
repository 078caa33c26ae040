"""Keys of call pads become acts at once, or nothing: a call that comes late calls the wrong customer."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from devices.hall_facts import HallFacts
from devices.parts import Parts
from devices.protocols import CALL_PADS, CallLight, CallPads, PadKey
from server.contract.acts import PressKey
from server.contract.messages import CounterNow
from server.contract.words import CounterState, TicketState
from server.link.acts import HallClient
from server.link.errors import ActRefused, HallAway

log = structlog.get_logger(__name__)

TOO_OLD_S = 3.0
"""A key that could not be told by then is dropped; the lamp has said so."""
SHOWN_S = 1.5
"""How long the lamp tells that a key was refused or not heard."""
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Keys:
    """The call pads of one line where they stand."""

    name: str
    device: CallPads
    counters: Mapping[int, int]
    """By address."""


class CallKeys:
    """Each line's keys are told on a thread of their own, so that no other line waits for the hall's answer.

    Once the station was stopped no lamp says what may no longer be so.
    """

    def __init__(
        self,
        facts: HallFacts,
        parts: Parts,
        hall: HallClient,
        lines: Sequence[Keys],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._facts = facts
        self._parts = parts
        self._hall = hall
        self._lines = lines
        self._clock = clock
        self._pressed: dict[str, queue.SimpleQueue[PadKey]] = {line.name: queue.SimpleQueue() for line in lines}
        self._told: dict[tuple[str, int], tuple[CallLight, float]] = {}
        """By line and address: what the lamp tells of the last key, and until when."""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for line in self._lines:
            self._parts.enter(line.name, CALL_PADS, None, line.device.health(), {"keys": 0})
            line.device.start(self._pressed[line.name].put, partial(self._parts.tell, line.name))
            thread = threading.Thread(target=self._run, args=(line,), name=f"act-{line.name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(2)
        for line in self._lines:
            for address in line.counters:
                line.device.light(address, CallLight.AWAY)
            line.device.close()

    def _run(self, line: Keys) -> None:
        pressed = self._pressed[line.name]
        while not self._stopping.is_set():
            with contextlib.suppress(queue.Empty):
                self._act(line, pressed.get(timeout=LOOK_S))
            for address, counter in line.counters.items():
                line.device.light(address, self._light(line.name, address, counter))

    def _act(self, line: Keys, press: PadKey) -> None:
        """Asks once; whether the hall took it is seen on the lamp, and asking again is up to the clerk."""
        counter = line.counters[press.address]
        self._parts.count(line.name, "keys")
        if self._clock() - press.pressed_at_s > TOO_OLD_S:
            log.info("a key came too late", device=line.name, counter=counter, key=press.key.value)
            self._tell(line, press, CallLight.AWAY)
            return
        try:
            self._hall.press_key(counter, PressKey(request_id=press.mark, key=press.key.value))
        except ActRefused as refused:
            log.info("a key was refused", device=line.name, counter=counter, why=refused.problem.code)
            self._tell(line, press, CallLight.REFUSED)
        except HallAway as away:
            log.info("a key was not heard", device=line.name, counter=counter, why=str(away))
            self._tell(line, press, CallLight.AWAY)

    def _tell(self, line: Keys, press: PadKey, light: CallLight) -> None:
        self._told[line.name, press.address] = (light, self._clock() + SHOWN_S)

    def _light(self, name: str, address: int, counter: int) -> CallLight:
        light, until = self._told.get((name, address), (CallLight.OFF, 0.0))
        if self._clock() < until:
            return light
        now = self._facts.counter(counter)
        return _lamp(now) if self._facts.known and now else CallLight.AWAY


def _lamp(now: CounterNow) -> CallLight:
    if now.state is CounterState.PAUSED:
        return CallLight.PAUSED
    match now.ticket_state:
        case TicketState.CALLED:
            return CallLight.CALLED
        case TicketState.SERVING:
            return CallLight.SERVING
        case _:
            return CallLight.OFF
