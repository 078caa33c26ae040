"""Reading the screen aloud with the machine's own voice program."""

import shutil
from collections.abc import Callable

from PySide6.QtCore import QObject, QProcess

from server.contract.words import Language

VOICES = {Language.ZH: "cmn", Language.EN: "en", Language.VI: "vi", Language.RU: "ru"}
WORDS_A_MINUTE = "140"
PROGRAM = "espeak-ng"


def voice_program() -> str | None:
    """None where this machine has no voice."""
    return shutil.which(PROGRAM)


class Voice(QObject):
    """Says one thing at a time; a new one ends the old one."""

    def __init__(self, program: str, on_change: Callable[[bool], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._process = QProcess(self)
        self._process.stateChanged.connect(lambda state: on_change(state != QProcess.ProcessState.NotRunning))

    @property
    def speaking(self) -> bool:
        return self._process.state() != QProcess.ProcessState.NotRunning

    def say(self, text: str, language: Language) -> None:
        self.hush()
        self._process.start(self._program, ["-v", VOICES[language], "-s", WORDS_A_MINUTE, "--", text])

    def hush(self) -> None:
        if self.speaking:
            self._process.kill()
            self._process.waitForFinished(500)
