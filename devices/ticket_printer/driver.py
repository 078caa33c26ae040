"""Prints sheets on an ESC/POS printer and says honestly whether paper came out."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from devices.errors import DeviceAway, DeviceError
from devices.health import WARNINGS, Cause, Health
from devices.protocols import Printed, PrintOutcome
from devices.sheets import Sheet
from devices.ticket_printer import frames
from devices.ticket_printer.cable import Cable
from devices.ticket_printer.layout import Paper, render

log = structlog.get_logger(__name__)

_MOOT = WARNINGS | {Cause.SILENT}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. Real-time answers come within milliseconds; the marker waits for the paper to move."""

    answer_s: float = 0.25
    marker_s: float = 6.0
    reopen_s: float = 2.0
    """Between two attempts to open, so that a dead printer is not hammered."""


class EscposTicketPrinter:
    """A `TicketPrinter`; connects when first asked, and again after the cable was pulled."""

    def __init__(
        self,
        name: str,
        cable: Cable,
        paper: Paper,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._cable = cable
        self._paper = paper
        self._patience = patience or Patience()
        self._clock = clock
        self._lock = threading.Lock()
        self._open = False
        self._torn = False
        self._retry_at = float("-inf")
        self._why_away = ""
        self._known = Health.of({Cause.SILENT})

    def print(self, sheet: Sheet) -> PrintOutcome:
        with self._lock:
            try:
                outcome = self._print(render(sheet, self._paper))
            except DeviceError as cause:
                self._lose(cause)
                outcome = PrintOutcome(Printed.FAILED, cause.cause, str(cause))
        if outcome.printed is not Printed.PRINTED:
            log.info("sheet not confirmed", device=self._name, outcome=outcome.printed, cause=outcome.cause)
        return outcome

    def health(self) -> Health:
        if not self._lock.acquire(blocking=False):
            return self._known
        try:
            return self._learn(self._ask_awake())
        except DeviceError as cause:
            self._lose(cause)
            return self._known
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _print(self, data: bytes) -> PrintOutcome:
        before = self._ask_awake()
        self._learn(before)
        if hindering := before - _MOOT:
            return self._failed(hindering, "before printing")
        if self._torn:
            self._cable.write(frames.CLEAR_AND_RECOVER)
            self._torn = False
        self._torn = True
        self._cable.write(data + frames.MARKER)
        mute = Cause.SILENT in before
        marker = None if mute else self._await_marker(len(data))
        after = before if mute else self._ask_all()
        if marker is not None:
            after |= frames.read_marker(marker)
        return self._judge(marker, frames.settle(after))

    def _judge(self, marker: int | None, after: frozenset[Cause]) -> PrintOutcome:
        self._learn(after)
        hindering = after - _MOOT - ({Cause.OFFLINE} if marker is not None else frozenset())
        if hindering - {Cause.OFFLINE}:
            self._cable.write(frames.CLEAR_AND_RECOVER)
            return self._failed(hindering, "while printing")
        self._torn = False
        if marker is None:
            cause = Cause.OFFLINE if Cause.OFFLINE in after else Cause.SILENT
            return PrintOutcome(Printed.UNCONFIRMED, cause, f"{self._name}: all bytes sent, nothing said back")
        return PrintOutcome(Printed.PRINTED)

    def _failed(self, causes: frozenset[Cause], when: str) -> PrintOutcome:
        worst = min(causes, key=_WORST_FIRST.index)
        return PrintOutcome(Printed.FAILED, worst, f"{self._name}: {', '.join(sorted(causes))} {when}")

    def _ask_awake(self) -> frozenset[Cause]:
        """The causes now; a connection that the printer closed while idle is opened again, once."""
        fresh = not self._open
        self._connect()
        try:
            return self._ask_all()
        except DeviceAway:
            if fresh:
                raise
            self._disconnect()
            self._connect()
            return self._ask_all()

    def _ask_all(self) -> frozenset[Cause]:
        if not self._cable.speaks:
            return frozenset({Cause.SILENT})
        self._drain()
        causes: frozenset[Cause] = frozenset()
        for n in frames.STATUS_QUESTIONS:
            self._cable.write(frames.ask(n))
            answer = self._await(frames.is_status, self._patience.answer_s)
            if answer is None:
                return frames.settle(causes | {Cause.SILENT})
            causes |= frames.read_status(n, answer)
        return frames.settle(causes)

    def _await_marker(self, length: int) -> int | None:
        return self._await(frames.is_marker, self._patience.marker_s + length / self._cable.bytes_per_s)

    def _await(self, wanted: Callable[[int], bool], within_s: float) -> int | None:
        """The first byte of the wanted form; noise is passed over."""
        until = self._clock() + within_s
        while (left := until - self._clock()) > 0:
            for byte in self._cable.read(min(left, 0.25)):
                if wanted(byte):
                    return byte
        return None

    def _drain(self) -> None:
        for _ in range(_DRAIN_READS):
            if not self._cable.read(0):
                return

    def _connect(self) -> None:
        if self._open:
            return
        if self._clock() < self._retry_at:
            raise DeviceAway(self._name, self._why_away)
        self._retry_at = self._clock() + self._patience.reopen_s
        self._cable.open()
        self._open = True
        self._retry_at = float("-inf")

    def _disconnect(self) -> None:
        if self._open:
            self._open = False
            self._cable.close()

    def _lose(self, cause: DeviceError) -> None:
        self._why_away = cause.what
        self._disconnect()
        self._learn(frozenset({cause.cause}))

    def _learn(self, causes: frozenset[Cause]) -> Health:
        self._known = Health.of(causes)
        return self._known


_DRAIN_READS = 64
_WORST_FIRST = tuple(sorted(Cause, key=lambda cause: (cause in {Cause.OFFLINE, Cause.ERROR}, list(Cause).index(cause))))
