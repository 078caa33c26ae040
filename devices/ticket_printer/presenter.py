"""A presenter holds each slip out to its customer; one that is left there is drawn in before the next."""

from dataclasses import dataclass

from devices.ticket_printer.listening import Line

_ANSWER_S = 0.25


@dataclass(frozen=True, slots=True)
class Holding:
    """What a model's presenter is told."""

    hold_s: float
    ask: bytes = b""
    """Answered by one byte; empty: it does not say whether a slip is out."""
    out_mask: int = 0
    """The bit of that byte which says so."""
    retract: bytes = b""
    """Empty: it cannot draw a slip in, or does so by itself."""


class Presenter:
    """Used under its printer's lock."""

    def __init__(self, how: Holding) -> None:
        self._how = how
        self._given_at: float | None = None
        self._taken = self._left = 0

    def given(self, at: float) -> None:
        self._given_at = at

    def look(self, line: Line, at: float) -> None:
        """Notes a slip that was taken, and draws in one that nobody took in time."""
        if self._given_at is None or not self._how.ask:
            return
        if not self._out(line):
            self._taken, self._given_at = self._taken + 1, None
        elif at - self._given_at >= self._how.hold_s:
            self.clear(line)

    def clear(self, line: Line) -> None:
        """No customer gets another's slip."""
        if self._given_at is None or not self._how.retract:
            return
        if not self._how.ask or self._out(line):
            line.write(self._how.retract)
            self._left += 1
        else:
            self._taken += 1
        self._given_at = None

    def counts(self) -> dict[str, int]:
        return {"taken": self._taken, "left-behind": self._left} if self._how.ask else {}

    def _out(self, line: Line) -> bool:
        """One that does not answer is taken to hold nothing."""
        answer = line.ask(self._how.ask, lambda _byte: True, _ANSWER_S)
        return answer is not None and bool(answer & self._how.out_mask)
