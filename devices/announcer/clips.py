"""Recorded clips, and one utterance made of them: mono, 16 bit, all at one rate."""

import array
import io
import wave
from collections.abc import Iterable, Sequence
from pathlib import Path

from devices.announcer.sentences import CHIME, clips_of
from devices.protocols import Utterance
from server.contract.words import Language

WIDTH = 2
"""Bytes of a sample."""
BETWEEN_S = 0.06
"""Between two clips of a sentence."""
PAUSE_S = 0.5
"""After the chime, and before the sentence is said again or in another language."""


class ClipFault(Exception):
    """A clip that is missing or cannot be used; the words name its file."""


class ClipSet:
    """The clips of one folder: `chime.wav`, and a folder for each language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[Path, bytes] = {}
        self._rate = 0

    def compose(self, utterance: Utterance, *, volume: float, yao: bool, times: int = 2) -> bytes:
        """A WAV file: the chime, then all languages, then all of them again; `volume` 0 to 1. Raises ClipFault."""
        chime = self._clip(self._folder / f"{CHIME}.wav")
        once = [self._sentence(utterance, language, yao=yao) for language in utterance.languages]
        sound = self._silence(PAUSE_S).join([chime, *once * times])
        return self._wav(_louder(sound, volume))

    def chime(self, *, volume: float) -> bytes:
        """The chime alone, where a sentence cannot be said. Raises ClipFault."""
        return self._wav(_louder(self._clip(self._folder / f"{CHIME}.wav"), volume))

    def missing(self, languages: Iterable[Language], names: Sequence[str]) -> list[str]:
        """Files that should be there and cannot be used."""
        files = [f"{CHIME}.wav", *(f"{language.value}/{name}.wav" for language in languages for name in names)]
        return [file for file in files if not self._usable(self._folder / file)]

    def _sentence(self, utterance: Utterance, language: Language, *, yao: bool) -> bytes:
        names = clips_of(utterance.number, utterance.counter, language, yao=yao)
        clips = [self._clip(self._folder / language.value / f"{name}.wav") for name in names]
        return self._silence(BETWEEN_S).join(clips)

    def _usable(self, file: Path) -> bool:
        try:
            self._clip(file)
        except ClipFault:
            return False
        return True

    def _clip(self, file: Path) -> bytes:
        if file not in self._known:
            self._known[file] = self._read(file)
        return self._known[file]

    def _read(self, file: Path) -> bytes:
        try:
            with wave.open(str(file), "rb") as sound:
                rate, shape = sound.getframerate(), (sound.getnchannels(), sound.getsampwidth())
                samples = sound.readframes(sound.getnframes())
        except (OSError, EOFError, wave.Error) as cause:
            raise ClipFault(f"{file}: {cause}") from cause
        if shape != (1, WIDTH):
            raise ClipFault(f"{file}: must be mono and 16 bit")
        if self._rate and rate != self._rate:
            raise ClipFault(f"{file}: {rate} samples a second where the others have {self._rate}")
        self._rate = rate
        return samples

    def _silence(self, seconds: float) -> bytes:
        return bytes(round(seconds * self._rate) * WIDTH)

    def _wav(self, samples: bytes) -> bytes:
        return wav(samples, self._rate)


def wav(samples: bytes, rate: int) -> bytes:
    """A whole WAV file of mono samples of 16 bit."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(WIDTH)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


def _louder(samples: bytes, volume: float) -> bytes:
    values = array.array("h", samples)
    return array.array("h", (round(value * volume) for value in values)).tobytes()
