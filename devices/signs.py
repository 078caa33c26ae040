"""What the hall's LED signs show: each counter's sign its number, the hall's signs one call after the other."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from devices.announcements import Announcements
from devices.hall_facts import HallFacts
from devices.led_sign.texts import WORDS, call_text, counter_text, short_call_text
from devices.parts import Parts
from devices.protocols import LED_SIGN, LedSign
from server.contract.words import Language

LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Sign:
    """An LED sign where it hangs; without a counter it is the hall's."""

    name: str
    device: LedSign
    language: Language
    counter: int | None
    each_s: float
    """How long a call stands on a hall's sign at least."""
    also_customers: bool = False
    """A call stands half of the time in the customer's own language, where that is another."""
    holds: Callable[[str], bool] = lambda _text: True
    """Whether it can show this whole."""
    speaks: Callable[[Language], bool] = lambda _language: True
    """Whether it has the letters."""


class Signs:
    """While the server is not heard, and once the station was stopped, no sign shows what may no longer be so."""

    def __init__(
        self, facts: HallFacts, parts: Parts, signs: Sequence[Sign], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._facts = facts
        self._parts = parts
        self._signs = signs
        self._clock = clock
        self._announcements = {sign.name: Announcements(sign.each_s) for sign in signs if sign.counter is None}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        for sign in self._signs:
            self._parts.enter(sign.name, LED_SIGN, sign.counter, sign.device.health(), {})
            sign.device.start(partial(self._parts.tell, sign.name))
        if self._signs:
            self._thread = threading.Thread(target=self._run, name="signs", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()
        for sign in self._signs:
            sign.device.show(WORDS[sign.language].listen)
            sign.device.close()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            known = self._facts.known
            for sign in self._signs:
                sign.device.show(self._text(sign) if known else WORDS[sign.language].listen)

    def _text(self, sign: Sign) -> str:
        words = WORDS[sign.language]
        if sign.counter is not None:
            counter = self._facts.counter(sign.counter)
            return counter_text(counter, words) if counter else words.listen
        announcements = self._announcements[sign.name]
        announcements.hear(self._facts.calls())
        now = self._clock()
        call = announcements.now(now)
        if call is None:
            return ""
        others = (each for each in Language if each != sign.language and sign.speaks(each))
        own = [each for each in others if sign.also_customers and each == call.language]
        languages = (sign.language, *own)
        turn = int(announcements.told_s(now) * len(languages) / sign.each_s) % len(languages)
        text = call_text(call, WORDS[languages[turn]])
        return text if sign.holds(text) else short_call_text(call)
