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
from devices.ticket_printer.listening import Line
from devices.ticket_printer.presenter import Presenter
from devices.ticket_printer.rollbook import RollBook

log = structlog.get_logger(__name__)

_MOOT = WARNINGS | {Cause.SILENT}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. Real-time answers come within milliseconds; the marker waits for the paper to move."""

    answer_s: float = 0.25
    marker_s: float = 6.0
    look_s: float = 1.0
    """How often a printer that must be asked is asked while it prints."""
    recover_s: float = 10.0
    """How often, while nobody prints, one in error is told to go on: each time its cutter may move."""


@dataclass(frozen=True, slots=True)
class Says:
    """What a model can say of itself."""

    answers: bool = True
    """DLE EOT."""
    marker: bool = True
    """GS r: everything before was handled."""
    unasked: bool = False
    """GS a, automatic status back."""


class EscposTicketPrinter:
    """A `TicketPrinter`; one that is away is looked for at every sheet and every look, never in between."""

    def __init__(
        self,
        name: str,
        cable: Cable,
        paper: Paper,
        *,
        says: Says | None = None,
        presenter: Presenter | None = None,
        roll: RollBook | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._cable = cable
        self._paper = paper
        self._says = says or Says()
        self._presenter = presenter
        self._roll = roll
        self._patience = patience or Patience()
        self._clock = clock
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._torn = True
        """A part of a slip may stand in the printer: of this program, or of one that died while printing."""
        self._printing = False
        self._unasked: frozenset[Cause] = frozenset()
        self._recover_at = float("-inf")
        self._known = Health.of({Cause.SILENT})
        self._on_health: Callable[[Health], None] = lambda _health: None

    def print(self, sheet: Sheet) -> PrintOutcome:
        with self._lock:
            self._printing = True
            try:
                outcome = self._print(render(sheet, self._paper))
            except DeviceError as cause:
                self._lose(cause)
                outcome = PrintOutcome(Printed.FAILED, cause.cause, str(cause))
            finally:
                self._printing = False
        if outcome.printed is not Printed.PRINTED:
            log.info("sheet not confirmed", device=self._name, outcome=outcome.printed, cause=outcome.cause)
        return outcome

    def health(self) -> Health:
        if not self._lock.acquire(blocking=False):
            return self._known
        try:
            line, causes = self._ask_awake()
            if self._clock() >= self._recover_at:
                causes = self._go_on(line, causes)
            self._learn(causes)
            if self._presenter:
                self._presenter.look(line, self._clock())
        except DeviceError as cause:
            self._lose(cause)
        finally:
            self._lock.release()
        return self._known

    def watch(self, on_health: Callable[[Health], None]) -> None:
        self._on_health = on_health

    def counts(self) -> dict[str, int]:
        counts = self._roll.counts() if self._roll else {}
        return counts | (self._presenter.counts() if self._presenter else {})

    def close(self) -> None:
        with self._lock:
            self._disconnect()
            if self._roll:
                self._roll.close()

    def _print(self, data: bytes) -> PrintOutcome:
        line, before = self._ask_awake()
        before = self._go_on(line, before)
        self._learn(before)
        if hindering := before - _MOOT:
            return self._failed(hindering, "before printing")
        if self._torn:
            self._recover(line)
        if self._presenter:
            self._presenter.clear(line)
        self._torn, self._unasked = True, frozenset()
        line.forget(frames.is_marker)
        line.write(self._whole(data))
        if self._roll:
            self._roll.printed(data)
        if self._presenter:
            self._presenter.given(self._clock())
        marker = self._await_marker(line, len(data)) if self._will_confirm(before) else None
        after = before if Cause.SILENT in before else self._ask_all(line)
        if marker is not None:
            after |= frames.read_marker(marker)
        return self._judge(line, marker, frames.settle(after))

    def _whole(self, slip: bytes) -> bytes:
        """Each slip begins with a reset, which ends automatic status, and ends with the question whether it is done."""
        if self._says.unasked:
            slip = frames.INIT + frames.ASB_ON + slip.removeprefix(frames.INIT)
        return slip + frames.MARKER if self._says.marker else slip

    def _judge(self, line: Line, marker: int | None, after: frozenset[Cause]) -> PrintOutcome:
        self._learn(after)
        hindering = after - _MOOT - ({Cause.OFFLINE} if marker is not None else frozenset())
        if _stops(hindering):
            self._recover(line)
            return self._failed(hindering, "while printing")
        self._torn = marker is None and self._says.marker
        if marker is None:
            cause = next(iter(after & {Cause.OFFLINE, Cause.SILENT}), Cause.SILENT if self._says.marker else None)
            return PrintOutcome(Printed.UNCONFIRMED, cause, f"{self._name}: all bytes sent, nothing said back")
        return PrintOutcome(Printed.PRINTED)

    def _recover(self, line: Line) -> None:
        """Forgets what was left of a slip: a jam is followed by the whole slip, never by its lower half."""
        self._recover_at = self._clock() + self._patience.recover_s
        line.write(frames.CLEAR_AND_RECOVER + (frames.ASB_ON if self._says.unasked else b""))

    def _go_on(self, line: Line, causes: frozenset[Cause]) -> frozenset[Cause]:
        """A jam that was freed stays an error until the printer is told; never told while the cover is open."""
        if not causes & {Cause.CUTTER, Cause.ERROR} or Cause.COVER_OPEN in causes:
            return causes
        self._recover(line)
        return self._ask_all(line)

    def _failed(self, causes: frozenset[Cause], when: str) -> PrintOutcome:
        worst = min(causes, key=_WORST_FIRST.index)
        return PrintOutcome(Printed.FAILED, worst, f"{self._name}: {', '.join(sorted(causes))} {when}")

    def _ask_awake(self) -> tuple[Line, frozenset[Cause]]:
        """The causes now; a connection that the printer closed while idle is opened again, once."""
        line, fresh = self._connected()
        try:
            return line, self._ask_all(line)
        except DeviceAway:
            if fresh:
                raise
            self._disconnect()
            line, _ = self._connected()
            return line, self._ask_all(line)

    def _ask_all(self, line: Line) -> frozenset[Cause]:
        if not self._cable.speaks or not (self._says.answers or self._says.unasked):
            return frozenset({Cause.SILENT})
        if not self._says.answers:
            told = line.ask_block(frames.ASB_ON, self._patience.answer_s)
            return self._unasked if told else frozenset({Cause.SILENT})
        causes: frozenset[Cause] = frozenset()
        for n in frames.STATUS_QUESTIONS:
            answer = line.ask(frames.ask(n), frames.is_status, self._patience.answer_s)
            if answer is None:
                return frames.settle(causes | {Cause.SILENT})
            causes |= frames.read_status(n, answer)
        return frames.settle(causes)

    def _will_confirm(self, before: frozenset[Cause]) -> bool:
        """One that does not answer now will not answer then; one that cannot be asked may still confirm."""
        askable = self._says.answers or self._says.unasked
        return self._says.marker and self._cable.speaks and not (askable and Cause.SILENT in before)

    def _await_marker(self, line: Line, length: int) -> int | None:
        """Until it comes, or the printer says, unasked or asked now and then, that it cannot."""
        until = self._clock() + self._patience.marker_s + length / self._cable.bytes_per_s
        while (left := until - self._clock()) > 0:
            marker = line.hear(frames.is_marker, min(left, self._patience.look_s), lambda: _stops(self._unasked))
            if marker is not None:
                return marker
            if _stops(self._unasked) or (self._says.answers and _stops(self._ask_all(line))):
                return None
        return None

    def _hear_unasked(self, told: frozenset[Cause]) -> None:
        """On the line's thread."""
        before, self._unasked = self._known, frames.settle(told)
        self._learn(self._unasked - {Cause.OFFLINE} if self._printing else self._unasked)
        if self._known != before:
            self._on_health(self._known)

    def _connected(self) -> tuple[Line, bool]:
        """The line, and whether it was opened just now."""
        if self._line and not self._line.gone:
            return self._line, False
        self._disconnect()
        self._line = Line(self._cable, self._hear_unasked, unasked=self._says.unasked, clock=self._clock)
        if self._says.unasked:
            self._line.write(frames.ASB_ON)
        return self._line, True

    def _disconnect(self) -> None:
        line, self._line = self._line, None
        if line:
            line.close()

    def _lose(self, cause: DeviceError) -> None:
        self._disconnect()
        self._learn(frozenset({cause.cause}))

    def _learn(self, causes: frozenset[Cause]) -> None:
        if self._roll and self._roll.saw(causes):
            causes |= {Cause.ROLL_ENDING}
        self._known = Health.of(causes)


def _stops(causes: frozenset[Cause]) -> bool:
    """Some models are off line while they print."""
    return bool(causes - _MOOT - {Cause.OFFLINE})


_WORST_FIRST = tuple(sorted(Cause, key=lambda cause: (cause in {Cause.OFFLINE, Cause.ERROR}, list(Cause).index(cause))))
