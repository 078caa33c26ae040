"""Makes a free clip set at set-up: espeak-ng says the words, the chime is two struck tones."""

import array
import math
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from server.contract.clips import WIDTH, wav
from server.contract.sentences import CHIME, LETTERS, words_of
from server.contract.words import Language

SPEAKER = "espeak-ng"
VOICES = {Language.ZH: "cmn-latn-pinyin", Language.EN: "en-us", Language.VI: "vi", Language.RU: "ru"}
"""The voice `cmn` spells hanzi as English syllables."""
CHINESE_LETTERS = "cmn"
"""Says Latin letters as they are said in China, which the other takes for pinyin."""
RATE = 22_050
"""That of espeak-ng."""
WORDS_A_MINUTE = 140
_TONES_HZ = (784.0, 622.25)
_TONE_S = 0.45
_QUIET = 200
"""Samples below this at both ends of a clip are silence."""


class NoVoice(Exception):
    """espeak-ng is not here, or did not do as it was told."""


def make_clips(folder: Path, languages: Iterable[Language], counters: range, letters: str = LETTERS) -> int:
    """Writes the chime and every clip that is not there yet; -> how many. Recorded ones are never overwritten."""
    made = _keep(folder / f"{CHIME}.wav", lambda: wav(_chime(), RATE))
    for language in languages:
        for name, words in words_of(language, counters, letters).items():
            made += _keep(folder / language.value / f"{name}.wav", partial(_spoken, words, voice_of(language, words)))
    return made


def voice_of(language: Language, words: str) -> str:
    """The voice of espeak-ng that says these words as they are said in that language."""
    return CHINESE_LETTERS if language is Language.ZH and words.isascii() else VOICES[language]


def _keep(file: Path, make: Callable[[], bytes]) -> int:
    if file.exists():
        return 0
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(make())
    fresh.replace(file)
    return 1


def _spoken(words: str, voice: str) -> bytes:
    speaker = shutil.which(SPEAKER)
    if speaker is None:
        raise NoVoice(f"{SPEAKER} is not installed: sudo apt-get install {SPEAKER}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        command = [speaker, "-v", voice, "-s", str(WORDS_A_MINUTE), "-w", str(file), words]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        if ended.returncode or not file.exists():
            raise NoVoice(f"{SPEAKER} cannot say {words!r} with voice {voice}: {ended.stderr.strip()}")
        with wave.open(str(file), "rb") as sound:
            return wav(_trimmed(sound.readframes(sound.getnframes())), sound.getframerate())


def _trimmed(samples: bytes) -> bytes:
    """Without the silence at both ends."""
    values = array.array("h", samples)
    loud = [at for at, value in enumerate(values) if abs(value) > _QUIET]
    return samples[loud[0] * WIDTH : (loud[-1] + 1) * WIDTH] if loud else samples


def _chime() -> bytes:
    samples = array.array("h")
    for tone in _TONES_HZ:
        for at in range(round(_TONE_S * RATE)):
            seconds = at / RATE
            loudness = math.exp(-4 * seconds) * min(1.0, seconds * 200)
            samples.append(round(14_000 * loudness * math.sin(2 * math.pi * tone * seconds)))
    return samples.tobytes()
