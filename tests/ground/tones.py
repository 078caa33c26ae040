"""Clip sets whose clips are tones, each of its own, so that a sound can be read back. A plugin of conftest.py."""

import array
import io
import math
import shutil
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
import tomli_w

from server.contract.clips import wav
from server.contract.sentences import CHIME, words_of
from server.contract.words import Language

RATE = 16_000
CLIP_S = 0.1
STEP_HZ = 36.0
LOWEST_HZ = 400.0
COUNTERS = range(1, 13)

Reader = Callable[[bytes], list[str]]


def _tone(hertz: float) -> bytes:
    samples = (round(12_000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(round(CLIP_S * RATE)))
    return array.array("h", samples).tobytes()


def names() -> list[str]:
    spoken = [f"{language.value}/{name}" for language in Language for name in words_of(language, COUNTERS)]
    return [CHIME, *spoken]


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of clips; the n-th name sounds `LOWEST_HZ + n * STEP_HZ`."""
    folder = tmp_path_factory.mktemp("voices")
    for nth, name in enumerate(names()):
        file = folder / f"{name}.wav"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(wav(_tone(LOWEST_HZ + nth * STEP_HZ), RATE))
    return folder


class VoicedConfig(Protocol):
    def __call__(self, **keys: object) -> Path: ...


@pytest.fixture
def voiced_config(config_dir: Path, tones: Path, tmp_path: Path) -> VoicedConfig:
    """Copies the shipped configuration, with these keys of [voice] beside the tones."""

    def written(**keys: object) -> Path:
        folder = tmp_path / "voiced"
        shutil.copytree(config_dir, folder)
        hall = folder / "hall.toml"
        voice = tomli_w.dumps({"voice": {"voices": str(tones), "displays": ["display-1"], **keys}})
        hall.write_text(hall.read_text("utf-8") + voice, "utf-8")
        return folder

    return written


@pytest.fixture
def read_back() -> Reader:
    """Names of the clips in a sound, by the pitch of each stretch between silences."""
    return _read_back


def _read_back(sound: bytes) -> list[str]:
    with wave.open(io.BytesIO(sound), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        samples = array.array("h", file.readframes(file.getnframes()))
    known = names()
    return [known[round((_pitch(stretch) - LOWEST_HZ) / STEP_HZ)] for stretch in _stretches(samples)]


def _stretches(samples: "array.array[int]") -> list["array.array[int]"]:
    """Parted by 20 ms of silence."""
    found: list[array.array[int]] = []
    quiet = RATE
    for value in samples:
        if value and quiet >= RATE // 50:
            found.append(array.array("h"))
        quiet = 0 if value else quiet + 1
        if found and quiet < RATE // 50:
            found[-1].append(value)
    return found


def _pitch(stretch: "array.array[int]") -> float:
    rising = [at for at in range(1, len(stretch)) if stretch[at - 1] < 0 <= stretch[at]]
    return (len(rising) - 1) * RATE / (rising[-1] - rising[0])
