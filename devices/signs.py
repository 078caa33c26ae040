"""What the hall's LED signs show: each counter's sign its number, the hall's signs one call after the other."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from devices.led_sign.announcements import Announcements
from devices.led_sign.texts import WORDS, call_text, counter_text
from devices.parts import Parts
from devices.protocols import LED_SIGN, LedSign
from server.contract.messages import CallsNow, CounterNow, Live, ServerState
from server.contract.topics import LIVE_CALLS, LIVE_COUNTER, SERVER_STATE
from server.contract.words import Language
from server.link.broker import LOST_AFTER_S, BrokerLink

LOOK_S = 0.2
_CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Sign:
    """An LED sign where it hangs; without a counter it is the hall's."""

    name: str
    device: LedSign
    language: Language
    counter: int | None
    each_s: float
    """How long a call stands on a hall's sign at least."""


@dataclass(slots=True)
class _Facts:
    """The newest fact of each place, by journal: a retained one may come before the server names its journal."""

    _journal: str = ""
    _by_journal: dict[str, dict[str, Live]] = field(default_factory=dict)

    def follow(self, journal: str) -> None:
        if journal != self._journal:
            self._journal, self._by_journal = journal, {journal: self._by_journal.get(journal, {})}

    def hear(self, place: str, fact: Live) -> None:
        facts = self._by_journal.setdefault(fact.stamp.journal, {})
        known = facts.get(place)
        if known is None or known.stamp.rev <= fact.stamp.rev:
            facts[place] = fact

    def at(self, place: str) -> Live | None:
        return self._by_journal.get(self._journal, {}).get(place)


class Signs:
    """Hears the hall's live facts; while the server is not heard, no sign shows what may no longer be so."""

    def __init__(
        self,
        link: BrokerLink,
        parts: Parts,
        signs: Sequence[Sign],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._parts = parts
        self._signs = signs
        self._clock = clock
        self._lock = threading.Lock()
        self._facts = _Facts()
        self._heard_at = float("-inf")
        self._announcements = {sign.name: Announcements(sign.each_s) for sign in signs if sign.counter is None}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if not self._signs:
            return
        for sign in self._signs:
            self._parts.enter(sign.name, LED_SIGN, sign.counter, sign.device.health(), {})
            sign.device.start(partial(self._parts.tell, sign.name))
        self._link.subscribe(SERVER_STATE, self._hear_server)
        self._link.subscribe(LIVE_COUNTER, self._hear_counter)
        self._link.subscribe(LIVE_CALLS, self._hear_calls)
        self._thread = threading.Thread(target=self._run, name="signs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()
        for sign in self._signs:
            sign.device.close()

    def _hear_server(self, state: ServerState) -> None:
        with self._lock:
            self._facts.follow(state.journal)
            self._heard_at = self._clock() if state.online else float("-inf")

    def _hear_counter(self, now: CounterNow) -> None:
        with self._lock:
            self._facts.hear(_counter(now.counter), now)

    def _hear_calls(self, calls: CallsNow) -> None:
        with self._lock:
            self._facts.hear(_CALLS, calls)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            self._look()

    def _look(self) -> None:
        with self._lock:
            now = self._clock()
            known = now - self._heard_at < LOST_AFTER_S
            texts = [self._text(sign, now) if known else WORDS[sign.language].listen for sign in self._signs]
        for sign, text in zip(self._signs, texts, strict=True):
            sign.device.show(text)

    def _text(self, sign: Sign, at_s: float) -> str:
        words = WORDS[sign.language]
        if sign.counter is not None:
            counter = self._facts.at(_counter(sign.counter))
            return counter_text(counter, words) if isinstance(counter, CounterNow) else words.listen
        announcements, calls = self._announcements[sign.name], self._facts.at(_CALLS)
        if isinstance(calls, CallsNow):
            announcements.hear(calls.calls)
        call = announcements.now(at_s)
        return call_text(call, words) if call else ""


def _counter(number: int) -> str:
    return f"counter {number}"
