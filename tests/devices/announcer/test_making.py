"""The free clip set: every word of four languages is said by espeak-ng, and a recorded clip stays."""

from pathlib import Path

from devices.__main__ import main
from devices.announcer.clips import ClipSet
from devices.announcer.making import make_clips
from devices.announcer.sentences import words_of
from devices.protocols import Utterance
from server.contract.words import Language


def test_all_languages_can_be_made_and_said(tmp_path: Path) -> None:
    counters = range(1, 3)
    wanted = 1 + sum(len(words_of(language, counters)) for language in Language)

    assert make_clips(tmp_path, Language, counters) == wanted

    clips = ClipSet(tmp_path)
    for language in Language:
        assert clips.missing([language], list(words_of(language, counters))) == []
        assert len(clips.compose(Utterance("A017", 2, (language,)), volume=1, yao=True)) > 100_000


def test_a_recorded_clip_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "call.wav").write_bytes(b"a person's voice")

    assert main(["voices", "--to", str(tmp_path), "--languages", "en", "--counters", "1"], {}) == 0

    assert (tmp_path / "en" / "call.wav").read_bytes() == b"a person's voice"
    assert (tmp_path / "en" / "counter-1.wav").stat().st_size > 10_000
