"""The voice of the hall: the right clips in the right order, one call at a time, and no failure without a word."""

import array
import datetime
import io
import socket
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.announcer.driver import ClipAnnouncer, Loudspeaker, NetworkSpeaker, ProgramSpeaker
from devices.announcer.simulator import SimulatedSpeaker
from devices.health import Cause, Health, HealthState
from devices.resources import TcpPort
from server.contract.clips import ClipSet, wav
from server.contract.sentences import CALL, DIGITS, LETTERS, RATE, Prompt, Utterance, clips_of
from server.contract.voice import Manner, Quiet
from server.contract.words import Language

Reader = Callable[[bytes], list[str]]
CALL_ZH = Utterance("A012", 3, (Language.ZH,))


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


@pytest.fixture
def far() -> Iterator[SimulatedSpeaker]:
    speaker = SimulatedSpeaker("127.0.0.1", 0)
    speaker.start()
    yield speaker
    speaker.stop()


def announcer(tones: Path, speaker: Loudspeaker, manner: Manner | None = None, hour: int = 10) -> ClipAnnouncer:
    speaks_at = (manner or Manner()).speaks_at
    return ClipAnnouncer("voice-1", clips_in(tones), speaker, speaks_at, lambda: datetime.time(hour))


def clips_in(folder: Path, volume: float = 1.0, *, yao: bool = False) -> ClipSet:
    return ClipSet(lambda file: (folder / file).read_bytes(), volume=volume, yao=yao)


def network(far: SimulatedSpeaker) -> NetworkSpeaker:
    return NetworkSpeaker("voice-1", TcpPort("127.0.0.1", far.port))


def test_a_number_is_said_letter_by_letter_and_digit_by_digit() -> None:
    assert clips_of("A012", 3, Language.EN) == (CALL, "a", "0", "1", "2", "counter-3")
    assert clips_of("B110", 12, Language.ZH, yao=True) == (CALL, "b", "1-yao", "1-yao", "0", "counter-12")
    assert clips_of("B110", 12, Language.RU, yao=True) == (CALL, "b", "1", "1", "0", "counter-12")


@pytest.mark.parametrize(
    ("customers", "languages"),
    [
        ("vi", (Language.ZH, Language.VI)),
        ("zh-CN", (Language.ZH,)),
        (None, (Language.ZH,)),
        ("unknown", (Language.ZH,)),
    ],
)
def test_a_customers_own_language_follows_those_always_said(
    customers: str | None, languages: tuple[Language, ...]
) -> None:
    assert Manner().utterance("A012", 3, customers).languages == languages
    assert Manner(also_customers=False).utterance("A012", 3, customers).languages == (Language.ZH,)


@pytest.mark.parametrize("customers", [*Language, "unknown", None])
def test_one_customer_is_asked_in_the_language_that_was_chosen_as_long_as_it_is_known(customers: str | None) -> None:
    usual = (Language.ZH, Language.EN)
    asked = Manner(languages=usual).question(customers)

    assert asked.languages == ((Language(customers),) if customers in set(Language) else usual)
    assert Manner(languages=usual, also_customers=False).question(customers).languages == usual


@pytest.mark.parametrize(("also", "languages"), [(True, set(Language)), (False, {Language.EN})])
def test_asking_needs_the_clip_of_every_language_that_may_be_asked_in(also: bool, languages: set[Language]) -> None:
    asking = Manner(languages=(Language.EN,), also_customers=also)

    assert {*asking.asking_files()} == {f"{language.value}/{RATE}.wav" for language in languages}


@given(st.text(LETTERS + DIGITS, min_size=1, max_size=6), st.integers(1, 12), st.sampled_from(list(Language)))
def test_every_number_is_said_whole(number: str, counter: int, language: Language) -> None:
    clips = clips_of(number, counter, language)

    assert "".join(clips[1:-1]) == number.lower()


def test_a_call_is_a_chime_and_the_sentence_twice(tones: Path, read_back: Reader) -> None:
    sentence = [f"zh-CN/{name}" for name in ("call", "a", "0", "1", "2", "counter-3")]

    sound = clips_in(tones).say(CALL_ZH).sound

    assert read_back(sound) == ["chime", *sentence, *sentence]


def test_several_languages_follow_each_other(tones: Path, read_back: Reader) -> None:
    said = read_back(clips_in(tones, 0.5).say(Utterance("C7", 1, (Language.ZH, Language.VI))).sound)

    once = ["zh-CN/call", "zh-CN/c", "zh-CN/7", "zh-CN/counter-1", "vi/call", "vi/c", "vi/7", "vi/counter-1"]
    assert said == ["chime", *once, *once]


def test_a_sentence_is_asked_once_and_without_a_chime(tones: Path, read_back: Reader) -> None:
    said = clips_in(tones).say(Prompt(RATE, (Language.ZH, Language.RU))).sound

    assert read_back(said) == ["zh-CN/rate", "ru/rate"]


def test_the_volume_is_a_share_of_the_clips(tones: Path) -> None:
    def loudest(volume: float) -> int:
        with wave.open(io.BytesIO(clips_in(tones, volume).say(CALL_ZH).sound), "rb") as sound:
            return max(array.array("h", sound.readframes(sound.getnframes())))

    assert loudest(0.5) == pytest.approx(loudest(1) / 2, abs=1)
    assert loudest(0) == 0


def test_calls_from_many_threads_never_overlap(tones: Path, far: SimulatedSpeaker, read_back: Reader) -> None:
    voice = announcer(tones, network(far))
    calls = [Utterance(f"A{n:03}", n, (Language.EN,)) for n in range(1, 7)]
    threads = [threading.Thread(target=voice.say, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    heard = [read_back(sound) for sound in far.sounds]
    assert sorted(said[-1] for said in heard) == sorted(f"en/counter-{n}" for n in range(1, 7))
    assert all(said[0] == "chime" and len(said) == 13 for said in heard)
    assert voice.health() == Health(HealthState.OK)


@pytest.mark.parametrize(("hour", "played"), [(11, 1), (12, 0), (13, 0), (14, 1), (22, 0), (3, 0)])
def test_in_quiet_hours_nothing_is_said(tones: Path, far: SimulatedSpeaker, hour: int, played: int) -> None:
    noon = Quiet(since=datetime.time(12), until=datetime.time(14))
    night = Quiet(since=datetime.time(21), until=datetime.time(7))

    said = announcer(tones, network(far), Manner(quiet=(noon, night)), hour).say(CALL_ZH)

    assert (len(far.sounds), said) == (played, bool(played))


@pytest.mark.parametrize("data", [b"", b"RIFF", b"GET / HTTP/1.1"])
def test_a_simulated_loudspeaker_plays_nothing_that_is_no_sound(
    tones: Path, far: SimulatedSpeaker, eventually: Callable[..., None], data: bytes
) -> None:
    """`hall doctor` knocks at its port and says nothing."""
    with socket.create_connection(("127.0.0.1", far.port), 5) as knock:
        knock.sendall(data)
        knock.shutdown(socket.SHUT_WR)
        assert knock.recv(1) == b""
    assert far.look() == {"played": 0, "seconds": [], "faults": []}

    announcer(tones, network(far)).say(CALL_ZH)

    eventually(lambda: far.look()["played"] == 1)
    assert far.look()["seconds"] != []


@pytest.mark.fault(31)
def test_a_dead_loudspeaker_blocks_no_call_and_shows(
    tones: Path, far: SimulatedSpeaker, expected_logs: Logs, read_back: Reader
) -> None:
    expected_logs.expect("loudspeaker fails")
    voice = announcer(tones, network(far))
    far.do({"do": "unplug"})
    voice.say(CALL_ZH)
    assert voice.health() == Health(HealthState.FAULT, frozenset({Cause.UNPLUGGED}))

    far.do({"do": "mend"})
    voice.say(CALL_ZH)

    assert voice.health() == Health(HealthState.OK)
    assert [read_back(sound)[0] for sound in far.sounds] == ["chime"]


@pytest.mark.fault(31)
def test_a_call_whose_clip_is_missing_is_told_by_the_chime(
    tones: Path, far: SimulatedSpeaker, expected_logs: Logs, read_back: Reader
) -> None:
    expected_logs.expect("not all can be said")
    voice = announcer(tones, network(far))

    voice.say(Utterance("A012", 99, (Language.ZH,)))

    assert [read_back(sound) for sound in far.sounds] == [["chime"]]
    assert voice.health() == Health(HealthState.FAULT, frozenset({Cause.CLIPS}))


def test_a_program_plays_what_it_reads(tones: Path, tmp_path: Path, read_back: Reader) -> None:
    heard = tmp_path / "heard.wav"
    keep = f"import sys, pathlib; pathlib.Path({str(heard)!r}).write_bytes(sys.stdin.buffer.read())"

    voice = announcer(tones, ProgramSpeaker("voice-1", (sys.executable, "-c", keep)))
    voice.say(CALL_ZH)

    assert read_back(heard.read_bytes())[-1] == "zh-CN/counter-3"
    assert voice.health().ok


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (("no-such-player",), Cause.UNPLUGGED),
        ((sys.executable, "-c", "raise SystemExit('no card')"), Cause.ERROR),
        ((sys.executable, "-c", "import time; time.sleep(600)"), Cause.SILENT),
    ],
)
def test_a_program_that_fails_or_hangs_is_told(
    tones: Path, expected_logs: Logs, command: tuple[str, ...], cause: Cause
) -> None:
    expected_logs.expect("loudspeaker fails")
    voice = announcer(tones, ProgramSpeaker("voice-1", command))

    voice.say(CALL_ZH)

    assert voice.health() == Health.of({cause})


@pytest.mark.parametrize(
    ("content", "words"), [(b"RIFF", "0.wav"), (wav(bytes(8), 8000), "8000 samples a second where the others have")]
)
def test_a_clip_that_cannot_be_used_is_named(tones: Path, tmp_path: Path, content: bytes, words: str) -> None:
    for name in ("chime.wav", "zh-CN/call.wav", "zh-CN/counter-1.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((tones / name).read_bytes())
    (tmp_path / "zh-CN/0.wav").write_bytes(content)

    assert words in clips_in(tmp_path).say(Utterance("0", 1, (Language.ZH,))).fault


def test_a_language_without_its_clips_is_left_out_and_the_others_are_said(tones: Path, read_back: Reader) -> None:
    def read(file: str) -> bytes:
        if file.startswith("vi/"):
            raise FileNotFoundError(2, "No such file or directory")
        return (tones / file).read_bytes()

    said = ClipSet(read).say(Utterance("A1", 1, (Language.ZH, Language.VI)))

    once = ["zh-CN/call", "zh-CN/a", "zh-CN/1", "zh-CN/counter-1"]
    assert (read_back(said.sound), said.fault) == (["chime", *once, *once], "vi/call.wav: No such file or directory")
