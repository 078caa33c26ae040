"""What a display is given to say: what a loudspeaker would, at the volume, in the languages and hours configured."""

import array
import io
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from server.contract import acts
from server.domain.vocabulary import Language, Role
from server.link.acts import new_request_id
from server.settings import ConfigError, load

Reader = Callable[[bytes], list[str]]
SPEAKING = "display-1"
ALL_DAY = [{"since": time(0), "until": time(12)}, {"since": time(12), "until": time(23, 59, 59, 999_999)}]


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


class Called:
    """A hall in which somebody who speaks Vietnamese has been called to counter 1."""

    def __init__(self, hall: Any) -> None:
        self.hall = hall
        self.clerk = hall.clerk(1)
        kiosk = hall.machine(Role.KIOSK, "kiosk-1")
        kiosk.issue(acts.IssueTicket(request_id=new_request_id(), services=["con"], language=Language.VI))
        self.act("open", acts.OpenCounter(request_id=new_request_id()))
        self.act("next", acts.NextCustomer(request_id=new_request_id(), expect=None))
        (self.call,) = kiosk.hall().calls

    def act(self, name: str, body: acts.Act) -> None:
        self.desk = self.clerk.counter_act(1, name, body)

    def sound(self, role: Role = Role.DISPLAY, device: str = SPEAKING) -> httpx.Response:
        token = self.hall.server.accounts.put_machine(device, role, None)
        url = f"{self.hall.url}/display/chengdong/calls/{self.call.seq}.wav"
        return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)


@pytest.fixture
def called(serve_hall: Any, voiced_config: Callable[..., Path], tmp_path: Path) -> Any:
    @contextmanager
    def opened(**keys: object) -> Iterator[Called]:
        with serve_hall(tmp_path / "hall", config=voiced_config(**keys)) as hall:
            yield Called(hall)

    return opened


def sentence(language: Language) -> list[str]:
    return [f"{language.value}/{name}" for name in ("call", "c", "0", "0", "1", "counter-1")]


def loudest(sound: bytes) -> int:
    with wave.open(io.BytesIO(sound), "rb") as file:
        return max(array.array("h", file.readframes(file.getnframes())))


def test_a_call_is_said_as_by_a_loudspeaker_and_in_the_customers_language_too(called: Any, read_back: Reader) -> None:
    with called() as hall:
        answer = hall.sound()

        once = [*sentence(Language.ZH), *sentence(Language.VI)]
        assert answer.headers["content-type"] == "audio/wav"
        assert read_back(answer.content) == ["chime", *once, *once]


def test_volume_and_languages_are_as_configured(called: Any, read_back: Reader) -> None:
    with called(volume=50, languages=["ru", "en"], also_customers=False) as hall:
        sound = hall.sound().content

        once = [*sentence(Language.RU), *sentence(Language.EN)]
        assert read_back(sound) == ["chime", *once, *once]
        assert loudest(sound) == pytest.approx(6000, abs=1)


def test_nothing_is_said_in_quiet_hours(called: Any) -> None:
    with called(quiet=ALL_DAY) as hall:
        assert (hall.sound().status_code, hall.sound().content) == (204, b"")


def test_a_call_that_is_over_is_not_said(called: Any) -> None:
    with called() as hall:
        current = hall.desk.current
        hall.act("start", acts.CurrentAct(request_id=new_request_id(), ticket=current.ticket))

        assert (hall.sound().status_code, hall.sound().content) == (204, b"")


@pytest.mark.fault(31)
def test_a_missing_clip_leaves_the_chime(called: Any, tones: Path, read_back: Reader, expected_logs: Logs) -> None:
    expected_logs.expect("a display cannot say all of a call: zh-CN/call.wav")
    (tones / "zh-CN/call.wav").rename(tones / "kept")
    try:
        with called(also_customers=False) as hall:
            assert read_back(hall.sound().content) == ["chime"]
    finally:
        (tones / "kept").rename(tones / "zh-CN/call.wav")


def test_only_displays_that_are_named_speak(called: Any) -> None:
    with called() as hall:
        assert hall.sound(device="display-2").json()["code"] == "forbidden"
        for role in set(Role) - {Role.DISPLAY, Role.CLERK, Role.GUIDE, Role.MANAGER, Role.AUDITOR, Role.PHONE}:
            assert (hall.sound(role, "another").status_code, role) == (403, role)
        for display, speaks in ((SPEAKING, True), ("display-2", False)):
            token = hall.hall.server.accounts.put_machine(display, Role.DISPLAY, None)
            page = httpx.get(f"{hall.hall.url}/display/chengdong", cookies={"hall_session": token}, trust_env=False)
            assert ("data-voice" in page.text) is speaks


def test_a_voice_that_cannot_be_is_refused_with_its_key(voiced_config: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"hall.toml: voice.volume: .*less than or equal to 100"):
        load(voiced_config(volume=110))
