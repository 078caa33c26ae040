"""The free clip set: every word of four languages is said by espeak-ng, and a recorded clip stays."""

import subprocess
from pathlib import Path

import pytest

from devices.__main__ import main
from devices.announcer.making import SPEAKER, make_clips, voice_of
from server.contract.clips import ClipSet
from server.contract.sentences import RATE, Prompt, Utterance, words_of
from server.contract.voice import Manner
from server.contract.words import Language


def test_all_languages_can_be_made_and_said(tmp_path: Path) -> None:
    counters = range(1, 3)
    wanted = 1 + sum(len(words_of(language, counters, "AB")) for language in Language)

    assert make_clips(tmp_path, Language, counters, "AB") == wanted

    clips = ClipSet(lambda file: (tmp_path / file).read_bytes(), yao=True)
    assert clips.missing(Manner(yao=True).files(counters, "AB")) == []
    for language in Language:
        assert len(clips.say(Utterance("A017", 2, (language,))).sound) > 100_000
        assert len(clips.say(Prompt(RATE, (language,))).sound) > 20_000


@pytest.mark.parametrize("language", Language)
def test_no_word_is_spelled_in_another_tongue(language: Language) -> None:
    """espeak-ng writes in brackets which tongue it changes to, and reads hanzi that it does not know as English."""
    words = {each: voice_of(language, each) for each in words_of(language, range(1, 13)).values()}
    for voice in set(words.values()):
        said = "\n".join(each for each in words if words[each] == voice)
        told = subprocess.run([SPEAKER, "-q", "-x", "-v", voice, said], capture_output=True, text=True, check=True)
        assert "(" not in told.stdout, told.stdout


def test_a_recorded_clip_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "call.wav").write_bytes(b"a person's voice")

    assert main(["voices", "--to", str(tmp_path), "--languages", "en", "--counters", "1"], {}) == 0

    assert (tmp_path / "en" / "call.wav").read_bytes() == b"a person's voice"
    assert (tmp_path / "en" / "counter-1.wav").stat().st_size > 10_000
