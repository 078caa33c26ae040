"""Reading the screen aloud with the machine's own voice program."""

import shutil
from collections.abc import Callable

from PySide6.QtCore import QObject, QProcess

from devices.announcer.making import SPEAKER, VOICES, WORDS_A_MINUTE
from kiosk.visit import Shown, Visit
from server.contract.words import Language


def voice_program() -> str | None:
    """None where this machine has no voice."""
    return shutil.which(SPEAKER)


class Voice(QObject):
    """Says one thing at a time; a new one ends the old one."""

    def __init__(self, program: str, on_change: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._process = QProcess(self)
        self._process.stateChanged.connect(lambda _: on_change())

    @property
    def speaking(self) -> bool:
        return self._process.state() != QProcess.ProcessState.NotRunning

    def say(self, text: str, language: Language) -> None:
        self.hush()
        self._process.start(self._program, ["-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--", text])

    def hush(self) -> None:
        if self.speaking:
            self._process.kill()
            self._process.waitForFinished(500)


class Aloud:
    """The reading of a visit's screens; where the machine has no voice, nothing is read."""

    def __init__(self, voice: Voice | None, words: Callable[[], tuple[str, Language]]) -> None:
        """`words`: those of the screen as it is now."""
        self._voice = voice
        self._words = words
        self._hushed = False

    @property
    def speaking(self) -> bool | None:
        """None: it cannot."""
        return self._voice.speaking if self._voice is not None else None

    def switch(self) -> None:
        """Stops the voice, or has it read the screen."""
        self._hushed = bool(self.speaking)
        if self._hushed:
            self.stop()
        else:
            self._say()

    def turn_page(self, *, unasked: bool) -> None:
        """What was being read is gone; the new screen is read `unasked` to a customer who has not hushed the voice."""
        self.stop()
        if unasked and not self._hushed:
            self._say()

    def next_customer(self) -> None:
        self._hushed = False

    def stop(self) -> None:
        if self._voice is not None:
            self._voice.hush()

    def _say(self) -> None:
        if self._voice is not None:
            self._voice.say(*self._words())


def read_as(visit: Visit) -> tuple[object, ...]:
    """Differs when a voice would have something else to say, in other words or in another tongue."""
    printing = visit.step.printing if isinstance(visit.step, Shown) else None
    return visit.changed_at, visit.manner.language, visit.manner.elder, printing
