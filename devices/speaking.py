"""Calls said aloud by a hall's announcers: in order, none over another, none that is over."""

import contextlib
import queue
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
from server.contract.messages import CallNow, RatingWindow
from server.contract.sentences import Prompt, Utterance
from server.contract.topics import RATING_WINDOW
from server.contract.voice import Manner
from server.link.broker import BrokerLink

log = structlog.get_logger(__name__)

LOOK_S = 0.2
CALLS, PROMPTS = "calls", "prompts"


@dataclass(frozen=True, slots=True)
class Voice:
    """An announcer where it is heard: in the hall it calls, at a counter it asks customers to rate."""

    name: str
    device: Announcer
    manner: Manner
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    wish: RatingWindow
    until_s: float


class Voices:
    """Each announcer speaks on a thread of its own, so that a hung one silences no other."""

    def __init__(self, link: BrokerLink, facts: HallFacts, parts: Parts, voices: Sequence[Voice]) -> None:
        self._link = link
        self._facts = facts
        self._parts = parts
        self._voices = voices
        self._asked: dict[str, queue.SimpleQueue[_Asked]] = {voice.name: queue.SimpleQueue() for voice in voices}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._link.subscribe(RATING_WINDOW, self._hear_window)
        for voice in self._voices:
            counts = {CALLS: 0} if voice.counter is None else {PROMPTS: 0}
            self._parts.enter(voice.name, ANNOUNCER, voice.counter, voice.device.health(), counts)
            run = self._call if voice.counter is None else self._ask
            thread = threading.Thread(target=run, args=(voice,), name=f"voice-{voice.name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(2)

    def _hear_window(self, wish: RatingWindow) -> None:
        for voice in self._voices:
            if voice.counter == wish.counter:
                self._asked[voice.name].put(_Asked(wish, time.monotonic() + wish.seconds))

    def _ask(self, voice: Voice) -> None:
        """Each window once, while it is open."""
        known = ""
        while not self._stopping.is_set():
            with contextlib.suppress(queue.Empty):
                asked = self._asked[voice.name].get(timeout=LOOK_S)
                if asked.wish.window != known and time.monotonic() < asked.until_s:
                    self._say(voice, voice.manner.question(asked.wish.language), PROMPTS)
                known = asked.wish.window

    def _call(self, voice: Voice) -> None:
        announcements = Announcements(0)
        said: CallNow | None = None
        while not self._stopping.wait(LOOK_S):
            if not self._facts.known:
                continue
            announcements.hear(self._facts.calls())
            call = announcements.now(time.monotonic())
            if call is not None and call is not said:
                self._say(voice, voice.manner.utterance(call.number, call.counter, call.language), CALLS)
            said = call

    def _say(self, voice: Voice, spoken: Utterance | Prompt, counted: str) -> None:
        try:
            said = voice.device.say(spoken)
        except Exception:
            log.exception("a call was not said", device=voice.name)
            self._parts.tell(voice.name, Health.of({Cause.ERROR}))
            return
        if said:
            self._parts.count(voice.name, counted)
        self._parts.tell(voice.name, voice.device.health())
