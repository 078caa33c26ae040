"""Calls said aloud by a hall's announcers: in order, none over another, none that is over."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from devices.announcements import Announcements
from devices.hall_facts import HallFacts
from devices.health import Cause, Health
from devices.parts import Parts
from devices.protocols import ANNOUNCER, Announcer
from server.contract.messages import CallNow
from server.contract.voice import Manner

log = structlog.get_logger(__name__)

LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Voice:
    """An announcer where it is heard."""

    name: str
    device: Announcer
    manner: Manner


class Voices:
    """Each announcer speaks on a thread of its own, so that a hung one silences no other."""

    def __init__(self, facts: HallFacts, parts: Parts, voices: Sequence[Voice]) -> None:
        self._facts = facts
        self._parts = parts
        self._voices = voices
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for voice in self._voices:
            self._parts.enter(voice.name, ANNOUNCER, None, voice.device.health(), {"calls": 0})
            thread = threading.Thread(target=self._run, args=(voice,), name=f"voice-{voice.name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(2)

    def _run(self, voice: Voice) -> None:
        announcements = Announcements(0)
        said: CallNow | None = None
        while not self._stopping.wait(LOOK_S):
            if not self._facts.known:
                continue
            announcements.hear(self._facts.calls())
            call = announcements.now(time.monotonic())
            if call is not None and call is not said:
                self._say(voice, call)
            said = call

    def _say(self, voice: Voice, call: CallNow) -> None:
        try:
            said = voice.device.say(voice.manner.utterance(call.number, call.counter, call.language))
        except Exception:
            log.exception("a call was not said", device=voice.name)
            self._parts.tell(voice.name, Health.of({Cause.ERROR}))
            return
        if said:
            self._parts.count(voice.name, "calls")
        self._parts.tell(voice.name, voice.device.health())
