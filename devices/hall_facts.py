"""The hall's live facts as a station hears them: of the journal that the server names, known while it is heard."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from server.contract.messages import CallNow, CallsNow, CounterNow, Live, ServerState
from server.contract.topics import LIVE_CALLS, LIVE_COUNTER, SERVER_STATE
from server.link.broker import LOST_AFTER_S, BrokerLink

_CALLS = "calls"


@dataclass(slots=True)
class _Newest:
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


class HallFacts:
    """Thread-safe."""

    def __init__(self, link: BrokerLink, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._lock = threading.Lock()
        self._newest = _Newest()
        self._heard_at = float("-inf")

    def start(self) -> None:
        self._link.subscribe(SERVER_STATE, self._hear_server)
        self._link.subscribe(LIVE_COUNTER, self._hear_counter)
        self._link.subscribe(LIVE_CALLS, self._hear_calls)

    @property
    def known(self) -> bool:
        """Whether the server was heard so lately that its facts are true."""
        with self._lock:
            return self._clock() - self._heard_at < LOST_AFTER_S

    def counter(self, number: int) -> CounterNow | None:
        with self._lock:
            fact = self._newest.at(_counter(number))
        return fact if isinstance(fact, CounterNow) else None

    def calls(self) -> list[CallNow]:
        """The numbers called last, newest first."""
        with self._lock:
            fact = self._newest.at(_CALLS)
        return fact.calls if isinstance(fact, CallsNow) else []

    def _hear_server(self, state: ServerState) -> None:
        with self._lock:
            self._newest.follow(state.journal)
            self._heard_at = self._clock() if state.online else float("-inf")

    def _hear_counter(self, now: CounterNow) -> None:
        with self._lock:
            self._newest.hear(_counter(now.counter), now)

    def _hear_calls(self, calls: CallsNow) -> None:
        with self._lock:
            self._newest.hear(_CALLS, calls)


def _counter(number: int) -> str:
    return f"counter {number}"
