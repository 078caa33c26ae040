"""Recorded clips, and one utterance made of them: mono, 16 bit, all at one rate; pure, files are read by the caller."""

import array
import io
import wave
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from server.contract.sentences import CHIME, Prompt, Utterance, clips_of
from server.contract.words import Language

WIDTH = 2
"""Bytes of a sample."""
BETWEEN_S = 0.06
"""Between two clips of a sentence."""
PAUSE_S = 0.5
"""After the chime, and before the sentence is said again or in another language."""
TIMES = 2
"""A call is said so often."""


class ClipFault(Exception):
    """A clip that is missing or cannot be used; the words name its file."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sound to play, empty: nothing; and why it is less than was asked for."""

    sound: bytes
    fault: str = ""


class ClipSet:
    """The clips of one folder: `chime.wav`, and a folder for each language. Thread-safe."""

    def __init__(self, read: Callable[[str], bytes], *, volume: float = 1.0, yao: bool = False) -> None:
        """`read`: a file of the folder, by its name; may raise OSError. `volume`: 0 to 1, of the clips' own."""
        self._read = read
        self._volume = volume
        self._yao = yao
        self._known: dict[str, bytes] = {}
        self._rate = 0

    def say(self, spoken: Utterance | Prompt) -> Said:
        """A WAV file: of a call the chime, then all languages, then all of them again; of a prompt each language once.

        A language that cannot be said is left out; the chime alone still makes people look up at the display.
        """
        faults: list[str] = []
        phrases = [*self._able(faults, (partial(self._phrase, spoken, each) for each in spoken.languages))]
        if isinstance(spoken, Utterance):
            phrases = [*self._able(faults, [partial(self._clip, f"{CHIME}.wav")]), *phrases * TIMES]
        sound = wav(self._silence(PAUSE_S).join(phrases), self._rate) if phrases else b""
        return Said(sound, "; ".join(faults))

    def missing(self, words: Iterable[str]) -> list[str]:
        """What is wrong with these files, for each that is not there or cannot be used."""
        return [fault for fault in map(self._fault, words) if fault]

    def _able(self, faults: list[str], parts: Iterable[Callable[[], bytes]]) -> Iterator[bytes]:
        for part in parts:
            try:
                yield part()
            except ClipFault as fault:
                faults.append(str(fault))

    def _fault(self, file: str) -> str:
        try:
            self._clip(file)
        except ClipFault as fault:
            return str(fault)
        return ""

    def _phrase(self, spoken: Utterance | Prompt, language: Language) -> bytes:
        match spoken:
            case Utterance(number, counter):
                names = clips_of(number, counter, language, yao=self._yao)
            case Prompt(sentence):
                names = (sentence,)
        clips = [self._clip(f"{language.value}/{name}.wav") for name in names]
        return self._silence(BETWEEN_S).join(clips)

    def _clip(self, file: str) -> bytes:
        if file not in self._known:
            self._known[file] = self._samples(file)
        return self._known[file]

    def _samples(self, file: str) -> bytes:
        try:
            with wave.open(io.BytesIO(self._read(file)), "rb") as sound:
                rate, shape = sound.getframerate(), (sound.getnchannels(), sound.getsampwidth())
                samples = sound.readframes(sound.getnframes())
        except OSError as cause:
            raise ClipFault(f"{file}: {cause.strerror}") from cause
        except (EOFError, wave.Error) as cause:
            raise ClipFault(f"{file}: is no whole WAV file") from cause
        if shape != (1, WIDTH):
            raise ClipFault(f"{file}: must be mono and 16 bit")
        if self._rate and rate != self._rate:
            raise ClipFault(f"{file}: {rate} samples a second where the others have {self._rate}")
        self._rate = rate
        return _louder(samples, self._volume)

    def _silence(self, seconds: float) -> bytes:
        return bytes(round(seconds * self._rate) * WIDTH)


def seconds(sound: bytes) -> float:
    """How long a WAV file lasts."""
    with wave.open(io.BytesIO(sound), "rb") as file:
        return file.getnframes() / file.getframerate()


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
