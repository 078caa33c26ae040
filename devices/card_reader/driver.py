"""Asks a card reader politely whether a card lies on it, and tells of each card once; nothing else of it is kept.

What a card says stands in one buffer, filled byte by byte so that no other place ever holds a piece of it, and is
overwritten before the next question.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import serial
import structlog

from devices.card_reader import frames
from devices.card_reader.block import UnreadableCard, card_of
from devices.card_reader.frames import Answer, Command, Status
from devices.health import Cause, Health
from devices.line_driver import LineDriver
from devices.protocols import Card
from devices.resources import SerialPort
from devices.serial_line import forget, read_byte, write

log = structlog.get_logger(__name__)

_ROOM = 2 * frames.WHOLE
"""For a whole answer behind noise."""
_TRIES = 3
"""Before a card that lies there is called unreadable."""
_GONE = 2
"""Answers "no card" after which a card was taken away: one alone may be a card that moved."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A reader is asked every `ask_s`, and is silent when it has not answered for `silent_s`."""

    reopen_s: float = 1.0
    ask_s: float = 0.3
    answer_s: float = 0.8
    card_s: float = 2.0
    """A card's data take 0.12 s on the line, and the card itself up to a second."""
    silent_s: float = 1.8


class SamCardReader(LineDriver):
    """A `CardReader` on a serial port that it owns alone."""

    def __init__(
        self,
        name: str,
        port: SerialPort,
        key: bytes,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`key`: the branch's, by which the numbers of cards are hashed."""
        self._pace = pace or Pace()
        super().__init__(name, port, reopen_s=self._pace.reopen_s, clock=clock)
        self._key = key
        self._buffer = memoryview(bytearray(_ROOM))
        self._heard_at = float("-inf")
        self._laid = _Laid()
        self.wrong_checks = 0
        """Answers whose check was wrong since the start."""

    def start(self, on_card: Callable[[Card], None], on_health: Callable[[Health], None]) -> None:
        self._on_card = on_card
        self._begin(on_health)

    def _serve(self, line: serial.SerialBase) -> None:
        self._heard_at = self._clock()
        while not self._stopping.is_set():
            causes = self._look(line)
            if self._clock() - self._heard_at >= self._pace.silent_s:
                self._say({Cause.SILENT})
            elif causes is not None:
                self._say(causes)
            self._stopping.wait(self._pace.ask_s)

    def _look(self, line: serial.SerialBase) -> set[Cause] | None:
        """One question, and a reading if there is a new card; what is wrong, None where nothing was heard."""
        status = self._status(line, Command.FIND)
        if status is None:
            return None
        if status == Status.BROKEN:
            return {Cause.ERROR}
        if status != Status.FOUND:
            self._laid.not_found()
        elif self._laid.found():
            card = self._read(line)
            self._laid.tried(well=card is not None)
            if card is not None:
                self._on_card(card)
        return {Cause.UNREADABLE} if self._laid.unreadable else set()

    def _read(self, line: serial.SerialBase) -> Card | None:
        if self._status(line, Command.SELECT) != Status.DONE:
            return None
        with self._asked(line, Command.READ, self._pace.card_s) as answer:
            if answer is None or answer.status != Status.DONE:
                return None
            try:
                return card_of(self._buffer[answer.start : answer.end], self._key)
            except UnreadableCard as cause:
                log.info("unreadable card", device=self._name, why=str(cause))
                return None

    def _status(self, line: serial.SerialBase, order: Command) -> int | None:
        with self._asked(line, order, self._pace.answer_s) as answer:
            return answer.status if answer else None

    @contextmanager
    def _asked(self, line: serial.SerialBase, order: Command, within_s: float) -> Iterator[Answer | None]:
        """The answer, whose data stand in the buffer until the end of the block."""
        try:
            forget(self._name, line)
            write(self._name, line, frames.command(order))
            yield self._answer(line, self._clock() + within_s)
        finally:
            self._buffer[:] = bytes(_ROOM)

    def _answer(self, line: serial.SerialBase, until: float) -> Answer | None:
        filled = used = 0
        while filled < _ROOM and self._clock() < until and not self._stopping.is_set():
            byte = read_byte(self._name, line)
            if byte is None:
                continue
            self._buffer[filled] = byte
            filled += 1
            parsed = frames.parse(self._buffer[used:filled])
            self.wrong_checks += parsed.wrong_checks
            if parsed.answers:
                found = parsed.answers[0]
                self._heard_at = self._clock()
                return Answer(found.status, used + found.start, used + found.end)
            used += parsed.used
        return None


@dataclass(slots=True)
class _Laid:
    """The card on the reader: whether it has been read or given up since it was laid there."""

    _over: bool = False
    _tries: int = 0
    _missed: int = 0
    unreadable: bool = False

    def found(self) -> bool:
        """Whether it is to be read."""
        self._missed = 0
        return not self._over

    def tried(self, *, well: bool) -> None:
        self._tries += 1
        self.unreadable = not well and self._tries >= _TRIES
        self._over = well or self.unreadable

    def not_found(self) -> None:
        self._missed += 1
        if self._missed >= _GONE:
            self._over, self._tries, self.unreadable = False, 0, False
