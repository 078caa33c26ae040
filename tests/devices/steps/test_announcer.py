"""The hall's voice through random steps: said as told, in order, never two at once, and its health is right."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import time
from random import Random
from time import sleep
from typing import Protocol

import pytest

from devices.announcer.driver import ClipAnnouncer, NetworkSpeaker
from devices.announcer.simulator import SimulatedSpeaker
from devices.health import Cause, Health
from devices.resources import TcpPort
from server.contract.clips import ClipSet, wav
from server.contract.sentences import Prompt, Utterance
from server.contract.words import Language

SLACK_S = 0.3
RATE = 16_000
NOON = time(12)


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


def clip(file: str) -> bytes:
    """Every clip sounds like no other; there are none in Vietnamese."""
    if file.startswith(Language.VI.value):
        raise FileNotFoundError(file)
    return wav(Random(file).randbytes(64), RATE)


def mark(sound: bytes) -> str:
    return hashlib.sha256(sound).hexdigest()


class OneVoice(SimulatedSpeaker):
    """Hears whether two sounds are played at once."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0)
        self.overlaps = 0
        self._playing = threading.Lock()

    def take(self, data: bytes) -> None:
        if not self._playing.acquire(blocking=False):
            self.overlaps += 1
            return
        sleep(0.002)
        super().take(data)
        self._playing.release()


class AnnouncerTrial:
    """A loudspeaker, its driver, and what must have been heard."""

    def __init__(self) -> None:
        self._far = OneVoice()
        self._far.start()
        self._clips = ClipSet(clip)
        self._heard: list[str] = []
        self._plugged, self._hangs = True, False
        self._health = Health.of(())
        self._number = 0
        self._driver = self._begin()

    @property
    def steps(self) -> Mapping[str, Callable[[Random], None]]:
        return {
            "call": lambda random: self._say(self._call(random)),
            "prompt": lambda _: self._say(Prompt("rate", (Language.ZH, Language.EN))),
            "unknown words": lambda _: self._say(Utterance("A001", 1, (Language.VI,))),
            "two at once": self._two_at_once,
            "unplug": lambda _: self._do("unplug"),
            "plug": lambda _: self._do("plug"),
            "hang": lambda _: self._do("silence"),
            "mend": lambda _: self._do("mend"),
            "start anew": lambda _: self._start_anew(),
        }

    def close(self) -> None:
        self._far.stop()

    def ill_judged(self) -> str:
        said = self._driver.health()
        return f"health is {said}, not {self._health}" if said != self._health else ""

    def amiss(self) -> str:
        if self._far.overlaps:
            return "two sounds were played at once"
        heard = list(self._far.heard)
        return f"{len(heard)} heard of {len(self._heard)}" if heard != self._heard else ""

    def _begin(self) -> ClipAnnouncer:
        speaker = NetworkSpeaker("voice-1", TcpPort("127.0.0.1", self._far.port), SLACK_S)
        return ClipAnnouncer("voice-1", self._clips, speaker, lambda _: True, lambda: NOON)

    def _call(self, random: Random) -> Utterance:
        self._number += 1
        return Utterance(f"A{self._number:03}", random.randint(1, 9), (Language.ZH, Language.RU))

    def _say(self, spoken: Utterance | Prompt) -> None:
        """Calls are said where somebody hears them; a player that hangs is given the short prompt alone."""
        if self._hangs and isinstance(spoken, Utterance):
            return
        said = self._clips.say(spoken)
        causes = {Cause.CLIPS} if said.fault else set()
        if not self._plugged:
            causes.add(Cause.UNPLUGGED)
        elif self._hangs:
            causes.add(Cause.SILENT)
        else:
            self._heard.append(mark(said.sound))
        self._driver.say(spoken)
        self._health = Health.of(causes)

    def _two_at_once(self, random: Random) -> None:
        if self._hangs or not self._plugged:
            return
        calls = [self._call(random), self._call(random)]
        threads = [threading.Thread(target=self._driver.say, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        both = [mark(self._clips.say(call).sound) for call in calls]
        self._heard += both if self._far.heard[-2:] == both else both[::-1]
        self._health = Health.of(())

    def _do(self, button: str) -> None:
        self._far.do({"do": button})
        self._plugged = {"unplug": False, "plug": True, "mend": True}.get(button, self._plugged)
        self._hangs = {"silence": True, "mend": False}.get(button, self._hangs)

    def _start_anew(self) -> None:
        self._driver = self._begin()
        self._health = Health.of(())


@contextmanager
def opened() -> Iterator[AnnouncerTrial]:
    trial = AnnouncerTrial()
    try:
        yield trial
    finally:
        trial.close()


@pytest.mark.driver("announcer", "clips")
def test_calls_are_said_in_order_and_never_two_at_once(
    walk: Callable[[Callable[[], AbstractContextManager[AnnouncerTrial]]], None], expected_logs: Logs
) -> None:
    expected_logs.expect("the loudspeaker fails")
    expected_logs.expect("not all can be said")
    walk(opened)
